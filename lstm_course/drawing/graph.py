"""Any cell that is a graph of expressions as a picture: what comes in below, what goes on above, everything in layers."""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from lstm_course.cells.graph import UNARY, check
from lstm_course.drawing.layered import Part, layout
from lstm_course.drawing.scene import INPUT, OUTPUT, Scene

SCALE = 0.5
"""Inches to a unit of the sheet, less than elsewhere, since these pictures are high."""
GRID = 0.2
"""Units to a step of the layout."""
SIGNS = {"sigmoid": r"$\sigma$", "tanh": "tanh", "relu": "relu", "+": "+", "-": "$-$", "*": r"$\times$"}
UP = {"bubble": 0.48, "point": 0.36, "layer": 0.42}
"""Half the height of each kind."""
FOOT, STEP, HEAD = 0.3, 0.36, 0.56
"""Room in a gap below its lowest way sideways, between two, and above its highest."""
EDGE = 0.72
"""How far the card's edges stand from the middles of the bubbles below and above it."""


class Drawn(NamedTuple):
    """kind: "bubble", "layer" or "point". text: what is written in it. reads: names of the parts it reads."""

    kind: str
    text: str
    reads: tuple = ()
    ordered: bool = False


def architecture_graph(graph):
    """The picture of a cell that is a graph: x_t and the state come in below, the new state leaves above.

    A linear node and the function that alone reads it are one box. A small number beside the word in a box is what its bias
    starts with. What a minus takes away comes in on its right, with a small minus sign.

    Args:
        graph: Graph of `cells.graph`.
    Returns:
        matplotlib Figure. Parts: "x", "h_prev", "s1_prev" and on, "h", "s1" and on; for the node that is value 5, "v5"; for a
        box that is a linear node and its function, "v5 v6"; for each read a line, "v5 > v9"; "signs", the minus signs; "body".
    Raises:
        ValueError: when the graph cannot be computed.
    """
    check(graph)
    parts = _parts(graph)
    shapes = {name: Part(_half(part), part.reads, part.ordered) for name, part in parts.items()}
    after = [name for name in parts if name not in ("x", "h_prev") and parts[name].kind == "bubble" and parts[name].reads]
    plan = layout(shapes, after)
    edges = [
        plan.x[spot] + side * (shapes[spot].half if spot in shapes else 0)
        for row in plan.rows
        for spot in row
        for side in (-1, 1)
    ]
    left, width = min(edges), GRID * (max(edges) - min(edges)) + 1.0
    at = lambda step: round(0.5 + GRID * (step - left), 6)
    middles, lows = _heights(plan)
    scene = Scene(width, middles[-1] + 0.6, inches=min(7.2, width * SCALE))
    scene.card("body", (0.1, middles[0] + EDGE), (width - 0.2, middles[-1] - middles[0] - 2 * EDGE))
    ways = [
        (read, name, [(at(step), y) for step, y in _corners(plan, parts, middles, lows, name, slot)])
        for name, part in parts.items()
        for slot, read in enumerate(part.reads)
    ]
    for read, name, corners in ways:
        scene.wire(f"{read} > {name}", corners, radius=0.16)
    for (x, y), name in _crossed(ways).items():
        scene.bridge(name, (x, y - 0.12), (x, y + 0.12))
        for piece in scene.parts[name][-2:]:
            piece.set_snap(False)  # as the line has round corners, it is not moved onto whole pixels either
    for middle, row in zip(middles, plan.rows, strict=True):
        for name in (spot for spot in row if spot in parts):
            _draw(scene, name, parts[name], (at(plan.x[name]), middle))
    return scene.figure


def _parts(graph):
    """Name to Drawn, each after those it reads."""
    M = len(graph.after)
    uses = Counter(v for node in graph.nodes for v in node.reads) + Counter(graph.after)
    names = ["x", "h_prev", *(f"s{m}_prev" for m in range(1, M))]
    signs = ["$x_t$", "$h_{t-1}$", *(f"$s{m}_{{t-1}}$" for m in range(1, M))]
    parts = {name: Drawn("bubble", sign) for name, sign in zip(names, signs, strict=True)}
    waiting = {}  # linear nodes that become one box with what reads them
    for k, (operation, reads, bias) in enumerate(graph.nodes, M + 1):
        names.append(f"v{k}")
        if operation == "linear":
            reader = [node for node in graph.nodes if k in node.reads]
            if uses[k] == 1 and reader and reader[0].operation in UNARY:
                waiting[k] = reads, bias
            else:
                parts[names[k]] = _box("linear", reads, bias, names)
        elif reads[0] in waiting:
            names[k] = f"v{reads[0]} v{k}"
            parts[names[k]] = _box(SIGNS[operation], *waiting[reads[0]], names)
        else:
            parts[names[k]] = Drawn("point", SIGNS[operation], tuple(names[v] for v in reads), operation == "-")
    for m, v in enumerate(graph.after):
        parts["h" if m == 0 else f"s{m}"] = Drawn("bubble", "$h_t$" if m == 0 else f"$s{m}_t$", (names[v],))
    return parts


def _box(word, reads, bias, names):
    text = f"{word}$_{{{bias:+g}}}$" if bias else word
    return Drawn("layer", text.replace("$$", ""), tuple(names[v] for v in dict.fromkeys(reads)))


def _half(part):
    """Half the width in grid steps: a box has room for its word and for the lines that come in."""
    if part.kind != "layer":
        return 2 if part.kind == "point" else 3
    return max(3 + ("linear" in part.text) + ("_" in part.text), len(part.reads))


def _heights(plan):
    """How high the middle of each row is, and the lowest way sideways of each gap."""
    middles, lows = [0.6], []
    for gap, heights in enumerate(plan.heights):
        first, last = gap == 0, gap == len(plan.heights) - 1
        lows.append(middles[-1] + (EDGE if first else UP["layer"]) + FOOT)
        room = STEP * max(heights.values()) + (FOOT if last else HEAD) if heights else HEAD - FOOT
        middles.append(lows[-1] + room + (EDGE if last else UP["layer"]))
    return middles, lows


def _corners(plan, parts, middles, lows, name, slot):
    """The way of a read, from the part that is read to its reader: grid steps and heights."""
    read = parts[name].reads[slot]
    first, last = (next(k for k, row in enumerate(plan.rows) if part in row) for part in (read, name))
    x = plan.x[read]
    yield x, middles[first] + UP[parts[read].kind]
    for gap in range(first, last):
        then = plan.ports[name, slot] if gap + 1 == last else plan.x[read, gap + 1]
        if then != x:
            y = lows[gap] + STEP * plan.heights[gap][read]
            yield from ((x, y), (then, y))
            x = then
    aside = GRID * (x - plan.x[name]) if parts[name].kind == "point" else 0.0
    yield x, middles[last] - (UP[parts[name].kind] ** 2 - aside**2) ** 0.5


def _crossed(ways):
    """Where a line on its way up passes one on its way sideways: place to the first one's name."""
    upright = [
        (f"{read} > {name}", *two) for read, name, corners in ways for two in pairwise(corners) if two[0][0] == two[1][0]
    ]
    level = [two for _, _, corners in ways for two in pairwise(corners) if two[0][1] == two[1][1]]
    return {
        (x, y): name
        for name, (x, low), (_, high) in upright
        for (start, y), (end, _) in level
        if low < y < high and min(start, end) < x < max(start, end)
    }


def _draw(scene, name, part, middle):
    x, y = middle
    if part.kind == "bubble":
        scene.bubble(name, middle, "", OUTPUT if part.reads else INPUT, radius=UP["bubble"])
        scene.text(name, middle, part.text, 13 if "s" in part.text else 15)
    elif part.kind == "layer":
        scene.layer(name, middle, part.text, 2 * GRID * _half(part))
    else:
        scene.point(name, middle, part.text, 12 if part.text in ("tanh", "relu") else 16)
        if part.ordered:
            scene.text("signs", (x + 0.55, y - 0.5), "$-$", 15)
