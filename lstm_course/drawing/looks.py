"""Where a model looked at a picture while it described it: the picture for each word, dimmed where little attention lay."""

import math

import numpy as np

from lstm_course import expect
from lstm_course.drawing.scene import MARK
from lstm_course.notebook import STYLE

COLUMNS = 5
"""Panels in a row, at most."""
DARK = 0.7
"""How much of the light is taken away where no attention lies."""


def looks(image, alphas, words, boxes=None):
    """A panel for each word: the picture in full light where most attention lay, the darker the less there was.

    The light is relative: in each panel the largest weight is full light. Attention spread evenly dims nothing.

    Args:
        image: (3, Y, X), from 0 to 1; red, green, blue.
        alphas: (T, G, G), at least 0: for each word the weights of a grid laid over the picture, rows before columns.
        words: list of T str.
        boxes: list of T, for each word None or the four sides of what it names: left, top, right, bottom, in pixels, the latter
            two exclusive, as in `tasks.shapes`; their outlines are drawn. None for no outlines at all.
    Returns:
        matplotlib Figure, with axes for each word. Parts: "picture", "shade", and "box" where there is one.
    Raises:
        ValueError: when image or alphas are no such arrays, or there is not a grid, or a box or None, for each word.

    >>> figure = looks(np.ones((3, 32, 32)), np.full((2, 8, 8), 1 / 64), ["red", "circle"], [None, (0, 4, 10, 14)])
    >>> [ax.get_title() for ax in figure.axes]
    ['red', 'circle']
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    image, alphas, boxes = _checked(image, alphas, words, boxes)
    _, Y, X = image.shape
    columns = min(COLUMNS, len(words))
    rows = math.ceil(len(words) / columns)
    across, title, gap = 7.2 / COLUMNS, 0.3, 0.08  # inches: a panel and its gap, the room for its word
    down = (across - gap) * Y / X + title + gap
    width, height = across * columns, down * rows
    with mpl.rc_context(STYLE | {"figure.constrained_layout.use": False, "axes.grid": False}):
        fig = Figure(figsize=(width, height))
        for k, (word, alpha, box) in enumerate(zip(words, alphas, boxes, strict=True)):
            row, column = divmod(k, columns)
            corner = (column * across + gap / 2) / width, 1 - ((row + 1) * down - gap / 2) / height
            ax = fig.add_axes((*corner, (across - gap) / width, (down - title - gap) / height))
            _panel(ax, image.transpose(1, 2, 0), alpha, box)
            ax.set_title(word, size=12, pad=4, parse_math=False)
    return fig


def _checked(image, alphas, words, boxes):
    """Image and alphas as floats, and a box or None for each word."""
    image, alphas = np.asarray(image, float), np.asarray(alphas, float)
    expect.that(not isinstance(words, str) and len(words) > 0, "words", repr(words), "a list of at least one str")
    expect.shape("image", image, C=3, Y=None, X=None)
    lit = np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1
    expect.that(lit, "image", "other numbers", "numbers from 0 to 1")
    expect.shape("alphas", alphas, T=len(words), G=None, H=None)
    expect.that(alphas.shape[1] == alphas.shape[2], "alphas", f"shape {alphas.shape}", "as many rows of the grid as columns")
    most = alphas.max((1, 2))
    expect.that(np.isfinite(alphas).all() and alphas.min() >= 0, "alphas", "other numbers", "finite numbers of at least 0")
    expect.that((most > 0).all(), "alphas", "a word with no weight anywhere", "at least one weight above 0 for each")
    boxes = [None] * len(words) if boxes is None else list(boxes)
    expect.that(len(boxes) == len(words), "boxes", f"{len(boxes)} of them", f"{len(words)}, one or None for each word")
    for box in boxes:
        expect.that(box is None or len(box) == 4, "boxes", box, "left, top, right, bottom")
    return image, alphas / most[:, None, None], boxes


def _panel(ax, picture, light, box):
    """The picture under a shade that is clear where the light is 1; distances are pixels, from the upper left corner."""
    from matplotlib.patches import Rectangle

    Y, X, _ = picture.shape
    shade = np.zeros((*light.shape, 4))
    shade[..., 3] = DARK * (1 - light)
    for name, what in (("picture", picture), ("shade", shade)):
        ax.imshow(what, extent=(0, X, Y, 0), interpolation="nearest", gid=name)
    ax.set(xlim=(0, X), ylim=(Y, 0), xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="#9fb3c8")
    if box is not None:
        left, top, right, bottom = box
        for colour, width in (("white", 3.2), (MARK, 1.6)):  # seen on every ground
            look = {"fc": "none", "ec": colour, "lw": width, "clip_on": False, "gid": "box"}
            ax.add_patch(Rectangle((left, top), right - left, bottom - top, **look))
