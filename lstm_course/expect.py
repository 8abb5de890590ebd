"""What an argument must be, said in one voice: its name, what came, what was expected."""

import math
from numbers import Integral

import numpy as np

from lstm_course.ops import library


def that(condition, name, came, expected):
    """Raise ValueError unless `condition` holds.

    >>> that(False, "steps", 0, "a positive integer")
    Traceback (most recent call last):
        ...
    ValueError: steps: got 0, expected a positive integer
    """
    if not condition:
        raise ValueError(f"{name}: got {came}, expected {expected}")


def positive(name, value):
    """`value` is an integer of at least 1."""
    ok = isinstance(value, Integral) and not isinstance(value, bool) and value >= 1
    that(ok, name, repr(value), "an integer of at least 1")


def number(name, value):
    """`value` is a finite number."""
    ok = isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)
    that(ok, name, repr(value), "a finite number")


def share(name, value):
    """`value` is a share that may be left out: a number of at least 0 and below 1."""
    number(name, value)
    that(0 <= value < 1, name, value, "a number of at least 0 and below 1")


def array(name, value, kinds, expected):
    """`value` can be read as an array of these kinds ("b": bool, "iu": integers, "f": floats), and is handed back as one.

    >>> array("lr", "0.1", "iuf", "a number, or several")
    Traceback (most recent call last):
        ...
    ValueError: lr: got '0.1', expected a number, or several
    """
    try:
        x = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # of unequal rows, or a tensor that NumPy cannot read
        x = np.asarray(None)
    if x.dtype.kind not in kinds:  # writing a large array into a message would take long, even if nobody reads it
        that(False, name, repr(value), expected)
    return x


def same(name, came, want):
    """Two dicts agree; the message shows the entries that do not.

    >>> same("checkpoint", {"lr": 0.1, "clip": 1}, {"lr": 0.2, "clip": 1})
    Traceback (most recent call last):
        ...
    ValueError: checkpoint: got {'lr': 0.1}, expected {'lr': 0.2}
    """
    other = sorted(key for key in {*came, *want} if key not in came or key not in want or came[key] != want[key])
    that(not other, name, *({key: entries[key] for key in other if key in entries} for entries in (came, want)))


def generator(name, rng):
    """`rng` is a numpy.random.Generator: nothing in the course reads a global seed."""
    ok = isinstance(rng, np.random.Generator)
    that(ok, name, repr(rng), "a numpy.random.Generator, for instance numpy.random.default_rng(0)")


def floats(name, x):
    """`x` is an array or tensor of floating-point numbers."""
    that(hasattr(x, "dtype") and hasattr(x, "shape"), name, type(x).__name__, "a NumPy array or a torch tensor")
    kind = x.dtype.kind == "f" if library(x) is np else x.is_floating_point()
    that(kind, name, f"numbers of type {x.dtype}", "floating-point numbers")


def shape(name, x, **axes):
    """`x` has exactly these axes; a size of None is free, but at least 1.

    >>> shape("xs", np.zeros((7, 3)), T=None, B=None, D=4)
    Traceback (most recent call last):
        ...
    ValueError: xs: got shape (7, 3), expected (T, B, D) with D = 4
    """
    ok = len(x.shape) == len(axes) and all(
        size >= 1 if want is None else size == want for size, want in zip(x.shape, axes.values(), strict=True)
    )
    fixed = " and ".join(f"{letter} = {want}" for letter, want in axes.items() if want is not None)
    expected = f"({', '.join(axes)})" + (f" with {fixed}" if fixed else "")
    if any(size == 0 for size in x.shape):
        expected += ", none of them empty"
    that(ok, name, f"shape {tuple(x.shape)}", expected)


def ends_alike(name, x, other_name, other):
    """The axes of `x` end in those of `other`: (B, 1) beside (B,) would silently make (B, B).

    >>> ends_alike("outputs", np.zeros((3, 1)), "targets", np.zeros(3))
    Traceback (most recent call last):
        ...
    ValueError: outputs: got shape (3, 1), expected one that ends in (3,), as targets
    """
    came, want = tuple(x.shape), tuple(other.shape)
    that(came[len(came) - len(want) :] == want, name, f"shape {came}", f"one that ends in {want}, as {other_name}")


def same_kind(name, x, other_name, other):
    """`x` and `other` belong to the same library and have the same type of numbers."""
    ok = library(x) is library(other) and x.dtype == other.dtype
    came = f"{library(x).__name__} {x.dtype}"
    that(ok, name, came, f"{library(other).__name__} {other.dtype}, as in {other_name}")
