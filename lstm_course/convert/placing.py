"""Where a layout puts each number, and what stands there."""

import math

import numpy as np

from lstm_course import expect


def numbered(*shapes):
    """Arrays of these shapes in which every entry has a number of its own: where that turns up, its value is found."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return [x.reshape(shape) for x, shape in zip(np.split(np.arange(ends[-1]), ends[:-1]), shapes, strict=True)]


def placed(arrays, layout, numbers):
    """A library's values in the shapes of ours, which `numbers` are; `layout` is how the library would keep these numbers.

    Args:
        arrays, layout: dicts of name to array.
        numbers: arrays, from `numbered`.
    Returns:
        list of float64 arrays; zero where the library keeps nothing.
    Raises:
        ValueError: when the arrays are not those of the layout in name or shape.
    """
    expect.that(set(arrays) == set(layout), "arrays", ", ".join(sorted(arrays)), ", ".join(sorted(layout)))
    values = np.zeros(sum(x.size for x in numbers))
    for name, places in layout.items():
        array = np.asarray(arrays[name], float)
        expect.that(array.shape == places.shape, f"arrays[{name!r}]", f"shape {array.shape}", places.shape)
        values[places] = array
    return [values[places] for places in numbers]
