"""What gates and cells did along a sequence: fields, words and characters coloured by a value."""

import numpy as np

from lstm_course import expect
from lstm_course.notebook import STYLE

FEW = 16
"""Up to so many steps a field is wide enough for its number."""


def heat_map(panels, cells=None, words=None, low=-1.0, high=1.0):
    """Panels one above the other, cells downwards and steps along.

    Up to FEW steps each field shows its number, to one decimal; beyond, a bar says which colour is which.

    Args:
        panels: dict of title to values of one example, (T, H).
        cells: a name for each cell; None numbers them.
        words: what was read at each step; None numbers the steps.
        low, high: the ends of the scale of colours.
    Returns:
        matplotlib Figure, with axes for each panel.
    Raises:
        ValueError: when there are no panels, their shapes differ or are not (T, H), a value is not finite, there is not a name
            for each cell or a word for each step, or low is not below high.

    >>> heat_map({"forget gate": np.ones((3, 2))}, words=["Anna", "sings", "."]).axes[0].get_title(loc="left")
    'forget gate'
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    expect.that(len(panels) > 0, "panels", panels, "at least one panel")
    panels = {title: np.asarray(values, float) for title, values in panels.items()}
    T, H = _shape(panels)
    expect.that(cells is None or len(cells) == H, "cells", cells, f"{H} names")
    expect.that(words is None or len(words) == T, "words", words, f"{T} words")
    expect.that(low < high, "low, high", (low, high), "low below high")
    with mpl.rc_context(STYLE):
        fig = Figure(figsize=(7.2, 0.6 + len(panels) * (0.7 + 0.3 * min(max(H, 3), 5))))
        axes = fig.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for ax, (title, values) in zip(axes, panels.items(), strict=True):
            image = _fields(ax, values, cells, "cividis", low, high)
            ax.set_title(title, loc="left")
            ax.set_ylabel("cell")
        if words is not None:
            axes[-1].set_xticks(range(T), words, rotation=45)
        axes[-1].set_xlabel("step" if words is None else "word that has been read")
        if T > FEW:
            fig.colorbar(image, ax=list(axes), label="value", pad=0.02)
    return fig


def _shape(panels):
    """The one shape of all panels."""
    first = next(iter(panels.values())).shape
    for title, values in panels.items():
        expect.that(values.ndim == 2 and values.size > 0, "panels", f"{title!r} of shape {values.shape}", "shapes (T, H)")
        expect.that(values.shape == first, "panels", f"shapes {first} and {values.shape}", "one shape")
        expect.that(np.isfinite(values).all(), "panels", f"{title!r} with a value that is not finite", "finite numbers")
    return first


def word_strip(words, unit, gates, name="unit"):
    """A unit word by word, and the gates that work on it.

    Args:
        words: at most FEW, what was read.
        unit: its value after each word, (T,), in orange above zero and in violet below.
        gates: dict of name to values between 0 and 1, (T,).
        name: what the unit is called.
    Returns:
        matplotlib Figure of two axes, the unit and the gates; every field shows its number.
    Raises:
        ValueError: when there are no words or too many, or the numbers do not fit them.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    expect.that(0 < len(words) <= FEW, "words", f"{len(words)} words", f"1 to {FEW}")
    rows = {key: np.asarray(values, float)[:, None] for key, values in {name: unit, **gates}.items()}
    T, _ = _shape(rows)
    expect.that(len(words) == T, "unit", f"{T} values", f"{len(words)}, one for each word")
    values, far = np.concatenate([*rows.values()], 1), max(np.abs(rows[name]).max(), 1e-12)
    with mpl.rc_context(STYLE):
        fig = Figure(figsize=(7.2, 1.7 + 0.4 * len(rows)))
        above, below = fig.subplots(2, 1, sharex=True, height_ratios=(1, len(gates)))
        _fields(above, values[:, :1], [name], "PuOr_r", -far, far)
        _fields(below, values[:, 1:], list(gates), "cividis", 0.0, 1.0)
        below.set_xticks(range(T), words, rotation=45)
        below.set_xlabel("word that has been read")
    return fig


def source_strip(text, values, low, high):
    """Source text, the ground behind each character coloured by a value: bright is high.

    Args:
        text: str of some lines.
        values: (len(text),); nan leaves the ground white. A line feed shows none.
        low, high: the ends of the scale.
    Returns:
        matplotlib Figure.
    Raises:
        ValueError: when there is not a value for each character, or low is not below high.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    values = np.asarray(values, float)
    expect.that(values.shape == (len(text),) and len(text) > 0, "values", f"shape {values.shape}", f"({len(text)},)")
    expect.that(low < high, "low, high", (low, high), "low below high")
    lines, start = text.splitlines(), 0
    grid = np.full((len(lines), max(map(len, lines))), np.nan)
    for row, line in zip(grid, lines, strict=True):
        row[: len(line)] = values[start : start + len(line)]
        start += len(line) + 1
    with mpl.rc_context(STYLE):
        fig = Figure(figsize=(7.2, 0.8 + 0.24 * len(lines)))
        ax = fig.subplots()
        image = ax.imshow(grid, cmap="cividis", vmin=low, vmax=high, aspect="auto", interpolation="nearest")
        size = min(11.0, 7.0 * 72 / grid.shape[1] / 0.62)  # a character of this type is 0.6 of its size wide
        for (row, column), value in np.ndenumerate(grid):
            if column < len(lines[row]) and lines[row][column] != " ":
                ink = _ink(image, value) if np.isfinite(value) else "black"
                ax.text(column, row, lines[row][column], ha="center", va="center", family="monospace", size=size, color=ink)
        ax.axis("off")
        fig.colorbar(image, ax=ax, location="bottom", label="value", aspect=60, pad=0.02)
    return fig


def _fields(ax, values, cells, colours, low, high):
    """One field for each cell and step of values (T, H), with its number if there are few."""
    image = ax.imshow(values.T, cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    if len(values) <= FEW:
        for (row, column), value in np.ndenumerate(np.round(values.T, 1) + 0.0):  # no minus before a zero
            text = f"{value:.1f}".replace("-", "−")
            ax.text(column, row, text, ha="center", va="center", color=_ink(image, value))
    if cells is not None:
        ax.set_yticks(range(values.shape[1]), cells)
    ax.grid(visible=False)
    return image


def _ink(image, value):
    """Black or white, whichever is the easier to read on the colour of a value."""
    rgb = np.array(image.to_rgba(value)[:3])
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)
    return "black" if light > 0.179 else "white"
