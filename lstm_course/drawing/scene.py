"""The parts that every diagram is put together from, and the sheet they are placed on.

One notation throughout: a box is a layer whose weights are learned, a circle a pointwise operation, or drawn out one on several
vectors together, a line a vector on its way; where lines join, vectors are laid end to end, where a line forks, it is copied.
"""

from itertools import groupby

from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from lstm_course import expect

INK = "#1f2933"
CARD = "#e6eef5"
LAYER = "#ffd9a8"
POINT = "#ffffff"
INPUT = "#cfe5f5"
OUTPUT = "#d3ecdf"
MARK = "#a3156f"
DIM = 0.18
LINE = 2.4


class Scene:
    """A sheet with named parts, in units of which about eleven fit across a page.

    Args:
        width, height: size of the sheet in units.
        inches: width of the figure in inches.

    >>> scene = Scene(4, 2)
    >>> scene.layer("tanh", (2, 1), "tanh")
    >>> scene.wire("in", [(0, 1), (1.4, 1)])
    >>> sorted(scene.parts)
    ['in', 'tanh']
    """

    def __init__(self, width, height, inches=7.2):
        for name, value in (("width", width), ("height", height)):
            if not value > 0:
                raise ValueError(f"{name}: got {value!r}, expected a positive number")
        self.parts = {}
        self.scale = 7.2 / 11  # inches to a unit on a sheet of full width: type keeps its size relative to the parts
        self.type = inches / (width * self.scale)
        self.figure = Figure(figsize=(inches, inches * height / width), facecolor="white", layout="none")
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
        self.axes.axis("off")

    def card(self, name, corner, size, colour=CARD):
        """The body of a module: a rounded card from its lower left corner."""
        (x, y), (w, h) = corner, size
        self._add(
            name, FancyBboxPatch((x + 0.25, y + 0.25), w - 0.5, h - 0.5, "round,pad=0.25", fc=colour, ec="#9fb3c8", lw=1.5)
        )

    def layer(self, name, centre, text, width=1.2):
        """A box: a layer with learned weights, named by its nonlinearity."""
        self._box(name, centre, width, fc=LAYER, ec=INK, lw=LINE * 0.8)
        self.text(name, centre, text, 15)

    def absent(self, name, centre, width=1.2):
        """The outline of a layer that is not there."""
        self._box(name, centre, width, fc="none", ec=INK, lw=LINE * 0.5, ls=":")

    def _box(self, name, centre, width, **look):
        x, y = centre
        self._add(name, FancyBboxPatch((x - width / 2 + 0.1, y - 0.32), width - 0.2, 0.64, "round,pad=0.1", zorder=3, **look))

    def point(self, name, centre, text, size=16):
        """A circle: a pointwise operation, nothing learned."""
        self._add(name, Circle(centre, 0.36, fc=POINT, ec=INK, lw=LINE * 0.8, zorder=3))
        self.text(name, centre, text, size)

    def together(self, name, centre, text, width, height=0.72):
        """A circle drawn out, wide or high: an operation that takes several vectors or numbers together, nothing learned."""
        (x, y), r = centre, 0.36
        inner = width - 2 * r, max(height - 2 * r, 1e-6)  # a box must not be flat
        corner = x - inner[0] / 2, y - inner[1] / 2
        self._add(name, FancyBboxPatch(corner, *inner, f"round,pad={r}", fc=POINT, ec=INK, lw=LINE * 0.8, zorder=3))
        self.text(name, centre, text, 15, rotation=90 if height > width else 0)

    def bar(self, name, foot, height):
        """A number from 0 to 1 as a bar, `height` units high."""
        x, y = foot
        self._add(name, FancyBboxPatch((x - 0.19, y), 0.38, height, "square,pad=0", fc=OUTPUT, ec=INK, lw=1.2, zorder=3))

    def square(self, name, corner, side, colour):
        """A coloured square from its lower left corner: of what a picture shows."""
        self._add(name, FancyBboxPatch(corner, side, side, "square,pad=0", fc=colour, ec=INK, lw=1.2))

    def block(self, name, corner, size, colour):
        """A part of a matrix: a coloured rectangle from its lower left corner."""
        self._add(name, FancyBboxPatch(corner, *size, "square,pad=0", fc=colour, ec=INK, lw=1.6))

    def bubble(self, name, centre, text, colour=INPUT, radius=0.52):
        """A vector that enters or leaves: a coloured disc with its letter."""
        self._add(name, Circle(centre, radius, fc=colour, ec=INK, lw=1.2, zorder=3))
        self.text(name, centre, text, 17)

    def wire(self, name, corners, *, arrow=True, dashed=False, colour=INK, radius=0.3):
        """A line along corners, rounded where it turns; with an arrow where it ends."""
        look = {"ec": colour, "lw": LINE, "zorder": 2}
        path = rounded(corners, radius)
        if dashed or not arrow:
            *start, before, tip = path.vertices
            neck = _towards(tip, before, 0.3 if arrow else 0)  # the head itself is not dashed
            shaft, path = Path([*start, before, neck], path.codes), Path([neck, tip])
            style = (0, (2.2, 1.4)) if dashed else "-"
            self._add(name, PathPatch(shaft, fc="none", capstyle="butt", ls=style, **look))
        if arrow:
            shape = {"arrowstyle": "-|>,head_length=.45,head_width=.22", "mutation_scale": 18 * self.type}
            self._add(name, FancyArrowPatch(path=path, fc=colour, shrinkA=0, shrinkB=0, **shape, **look))

    def text(self, name, place, text, size=14, **look):
        """Words, or a formula between dollar signs."""
        look = {"ha": "center", "va": "center", "color": INK, "zorder": 4, **look}
        self._add(name, self.axes.text(*place, text, fontsize=size * self.type, **look))

    def bridge(self, name, start, end, colour=CARD):
        """A straight piece of a line, lifted over another one by a margin in the colour of what is below."""
        path, margin = Path([start, end]), {"ec": colour, "lw": 3.5 * LINE, "zorder": 2.5, "capstyle": "butt"}
        for look in margin, {"ec": INK, "lw": LINE, "zorder": 2.6, "capstyle": "projecting"}:
            self._add(name, PathPatch(path, fc="none", **look))

    def highlight(self, names):
        """Dim every part that is not named.

        Raises:
            ValueError: when there is no part of that name.
        """
        self._find(names)
        for name, artists in self.parts.items():
            for artist in artists:
                artist.set_alpha(None if name in names else DIM)

    def mark(self, names):
        """Set the named parts apart by two signs: what is ink in them takes a second colour, and their lines are thicker.

        Raises:
            ValueError: when there is no part of that name.
        """
        self._find(names)
        for artist in (artist for name in names for artist in self.parts[name]):
            if isinstance(artist, Text):
                artist.set_color(MARK)
            elif artist.get_edgecolor() == to_rgba(INK):  # not the margin of a bridge
                artist.set(edgecolor=MARK, linewidth=1.7 * artist.get_linewidth(), snap=False)
                if isinstance(artist, FancyArrowPatch):
                    artist.set_facecolor(MARK)

    def remove(self, names):
        """Take the named parts off the sheet, so that something else can stand in their place.

        Raises:
            ValueError: when there is no part of that name.
        """
        self._find(names)
        for artist in (artist for name in names for artist in self.parts.pop(name)):
            artist.remove()

    def _find(self, names):
        unknown = sorted(set(names) - set(self.parts))
        if unknown:
            raise ValueError(f"names: got {', '.join(unknown)}, expected some of {', '.join(sorted(self.parts))}")

    def _add(self, name, artist):
        artist.set_gid(name)
        self.parts.setdefault(name, []).append(artist)
        if artist.axes is None:
            self.axes.add_patch(artist)


def rounded(corners, radius):
    """A path along corners whose turns are rounded off; a corner repeated counts once.

    Raises:
        ValueError: when there are not two different corners.

    >>> len(rounded([(0, 0), (1, 0), (1, 1)], 0.2).vertices)
    5
    """
    corners = [corner for corner, _ in groupby(corners)]
    expect.that(len(corners) > 1, "corners", corners, "at least two different points")
    vertices, codes = [corners[0]], [Path.MOVETO]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        vertices += [_towards(corner, before, radius), corner, _towards(corner, after, radius)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, corners[-1]], [*codes, Path.LINETO])


def _towards(a, b, distance):
    """The point at a distance from a on the way to b, at most half way."""
    length = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
    share = min(0.5, distance / length)
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
