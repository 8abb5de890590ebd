"""What gates and cells did along a sequence: a field for every cell and step, coloured by its value."""

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
            image = ax.imshow(values.T, cmap="cividis", vmin=low, vmax=high, aspect="auto", interpolation="nearest")
            if T <= FEW:
                _numbers(ax, values.T, low + 0.45 * (high - low))
            ax.set_title(title, loc="left")
            ax.set_ylabel("cell")
            ax.grid(visible=False)
            if cells is not None:
                ax.set_yticks(range(H), cells)
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


def _numbers(ax, fields, bright):
    """The number of each field, dark where the field is bright."""
    for (row, column), value in np.ndenumerate(np.round(fields, 1) + 0.0):  # no minus before a zero
        ink = "black" if value >= bright else "white"
        ax.text(column, row, f"{value:.1f}".replace("-", "−"), ha="center", va="center", color=ink)
