"""Where attention looked while a sequence was written: a grey square for each place and each symbol, dark where much went."""

import numpy as np

from lstm_course import expect
from lstm_course.drawing.scene import MARK
from lstm_course.notebook import STYLE

FEW = 20
"""Up to so many symbols on either side there is room for large letters."""
MOST = 36
"""So many symbols fit on either side; with more, their names would be too small for a phone."""
LARGEST = 0.42
SHORTEST = 1.0
"""How wide a square is, where there are few, and how high the scale is at least, in inches."""


def alignment(alpha, source, target, where=None):
    """The weights of attention of one example: what is written downwards, what is read along, and the squares between.

    Args:
        alpha: (T, S), from 0 to 1: a row for each symbol that is written.
        source: list of S str, what is read; a space is shown as ␣.
        target: list of T str, what is written.
        where: bool, (T, S), True at the places that a symbol is read from, which get a ring; None for no rings.
    Returns:
        matplotlib Figure of two axes, the squares and the scale of greys. Parts: "weights", and "ring" for every True.
    Raises:
        ValueError: when alpha is no such array, there is not a str for each row and column, or `where` does not fit.

    >>> figure = alignment([[0.9, 0.1], [0.2, 0.8]], ["ein", "Haus"], ["a", "house"], np.eye(2, dtype=bool))
    >>> [name.get_text() for name in figure.axes[0].get_yticklabels()]
    ['a', 'house']
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    alpha, where = _checked(alpha, source, target, where)
    T, S = alpha.shape
    columns, rows = (["␣" if name == " " else name for name in names] for names in (source, target))
    upright = max(map(len, columns)) > 1
    letters = 12.0 if max(S, T) <= FEW else 9.5
    left, right, above = 0.45 + _width(rows, letters), 0.92, 0.5 + (_width(columns, letters) if upright else 0.16)
    side = min(LARGEST, (7.2 - left - right) / S, 7.2 / T)
    width, height = left + side * S + right, above + max(side * T, SHORTEST) + 0.1
    place = lambda x, y, w, h: (x / width, 1 - (y + h) / height, w / width, h / height)  # inches from the upper left corner
    with mpl.rc_context(STYLE | {"figure.constrained_layout.use": False, "axes.grid": False}):
        fig = Figure(figsize=(width, height))
        ax = fig.add_axes(place(left, above, side * S, side * T))
        grey = ax.pcolormesh(alpha, cmap="gray_r", vmin=0, vmax=1, ec="#d5dbe1", lw=0.6, gid="weights")
        ax.set(ylim=(T, 0), aspect="equal")
        ax.xaxis.set(ticks_position="top", label_position="top")
        ax.set_xticks(np.arange(S) + 0.5, columns, rotation=90 if upright else 0, size=letters, parse_math=False)
        ax.set_yticks(np.arange(T) + 0.5, rows, size=letters, parse_math=False)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_xlabel("read", loc="left", size=12)
        ax.set_ylabel("written", loc="top", size=12)
        scale = fig.add_axes(place(left + side * S + 0.2, above, 0.14, min(max(side * T, SHORTEST), 1.6)))
        fig.colorbar(grey, cax=scale, ticks=[0, 0.5, 1])
        scale.tick_params(labelsize=10, length=2)
        scale.set_ylabel("weight", size=10, labelpad=4)
    for row, column in np.argwhere(where):
        _ring(ax, (column + 0.5, row + 0.5), 72 * side)
    return fig


def _checked(alpha, source, target, where):
    """Alpha as floats, and where as an array too."""
    alpha = np.asarray(alpha, float)
    for name, names in (("source", source), ("target", target)):
        expect.that(not isinstance(names, str), name, repr(names), "a list of str")
        expect.that(0 < len(names) <= MOST, name, f"{len(names)} symbols", f"1 to {MOST}")
    expect.shape("alpha", alpha, T=len(target), S=len(source))
    inside = np.isfinite(alpha).all() and alpha.min() >= 0 and alpha.max() <= 1 + 1e-5  # a sum in single precision may exceed 1
    expect.that(inside, "alpha", "other numbers", "numbers from 0 to 1")
    where = np.zeros(alpha.shape, bool) if where is None else np.asarray(where)
    expect.shape("where", where, T=len(target), S=len(source))
    expect.that(where.dtype == bool, "where", f"numbers of type {where.dtype}", "bool")
    return alpha, where


def _width(names, size):
    """Inches that the longest of the names takes."""
    from matplotlib.textpath import TextPath

    widths = (TextPath((0, 0), name.replace("$", "S"), size=size).get_extents().width for name in names if name.strip())
    return max(widths, default=0) / 72


def _ring(ax, centre, side):
    """A dark ring between two white ones: seen on every grey. `side` of the square in points."""
    from matplotlib.patches import Circle

    thin = min(2.0, 0.08 * side)
    for colour, width in (("white", 2.4 * thin), (MARK, thin)):
        ax.add_patch(Circle(centre, 0.36, fc="none", ec=colour, lw=width, gid="ring"))
