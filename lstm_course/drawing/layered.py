"""Where the parts of a graph stand and its lines run: in layers from the bottom up, in the manner of Sugiyama.

Everything stands on a grid. A line that passes a layer has a spot of its own there, as if it were a part without width; between
two layers every value has a height at which its lines run sideways, so that lines cross at right angles or not at all.

    1  layers     as far up as the longest way from below is long
    2  order      within a layer, by the mean place of the neighbours, up and down in turns
    3  places     as near as may be above what is read, with room between
    4  heights    of the ways sideways: the order in which the fewest lines cross, and none lie upon each other
"""

from itertools import combinations, pairwise
from statistics import fmean, median
from typing import Any, NamedTuple

SWEEPS = 12
PASSING = 8
"""How much more it counts that a line runs straight where it passes a layer than that a part does not move."""
FREE = 2
"""Grid steps between neighbours in a layer."""


class Part(NamedTuple):
    """Half its width in grid steps, the parts it reads, and whether these must come in from left to right as they are named."""

    half: int
    reads: tuple = ()
    ordered: bool = False


class Link(NamedTuple):
    """From a spot to one in the layer above: there, it is read number `slot`."""

    below: Any
    above: Any
    slot: int


class Layout(NamedTuple):
    """Rows of spots (a part's name, or (name, layer) where a line of it passes), the links below each row but the first,
    the grid step of each spot and of each (spot, slot), and for each gap the height of each name's way sideways, from 0.
    """

    rows: list
    links: list
    x: dict
    ports: dict
    heights: list


def layout(parts, top):
    """Find places for the parts of a graph.

    Args:
        parts: dict of name to Part, each after those that it reads.
        top: names of those that stand above all others.
    Returns:
        Layout.

    >>> layout({"x": Part(3), "f": Part(3, ("x",)), "h": Part(3, ("f", "x"))}, ["h"]).rows
    [['x'], ['f', ('x', 1)], ['h']]
    """
    layer = {}
    for name, part in parts.items():
        layer[name] = 1 + max((layer[read] for read in part.reads), default=-1)
    layer |= dict.fromkeys(top, 1 + max(layer[name] for name in parts if name not in top))
    rows = [[name for name in parts if layer[name] == k] for k in range(1 + max(layer.values()))]
    links = [[] for _ in rows[1:]]
    for name in parts:
        readers = [
            (layer[other], other, k) for other, part in parts.items() for k, read in enumerate(part.reads) if read == name
        ]
        for gap in range(layer[name], max((above for above, _, _ in readers), default=0)):
            below = name if gap == layer[name] else (name, gap)
            links[gap] += [Link(below, other, k) for above, other, k in readers if above == gap + 1]
            if any(above > gap + 1 for above, _, _ in readers):
                rows[gap + 1].append((name, gap + 1))
                links[gap].append(Link(below, (name, gap + 1), 0))
    rows = _ordered(rows, links)
    offset = _offsets(parts, rows, links)
    half = {spot: parts[spot].half if spot in parts else 0 for row in rows for spot in row}
    x = _places(rows, links, half, offset)
    heights = [_raised(gap, row, x, half, offset) for gap, row in zip(links, rows[1:], strict=True)]
    return Layout(rows, links, x, {key: x[key[0]] + step for key, step in offset.items()}, heights)


def value(spot):
    """The part whose value passes a spot."""
    return spot[0] if isinstance(spot, tuple) else spot


def _crossings(links, below, above):
    """How many lines between two rows would cross if they were straight."""
    lines = {(below.index(link.below), above.index(link.above)) for link in links}
    return sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(lines, 2))


def _total(rows, links):
    return sum(_crossings(gap, *two) for gap, two in zip(links, pairwise(rows), strict=True))


def _ordered(rows, links):
    """The rows in the best order that the sweeps come through."""
    rows = [list(row) for row in rows]
    best = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        up = sweep % 2 == 0
        for k in range(1, len(rows)) if up else range(len(rows) - 2, -1, -1):
            other = rows[k - 1 if up else k + 1]
            ways = [(link.above, link.below) if up else (link.below, link.above) for link in links[k - 1 if up else k]]
            mean = {
                spot: fmean([(other.index(far) + 0.5) / len(other) for near, far in ways if near == spot] or [0.5])
                for spot in rows[k]
            }
            rows[k].sort(key=mean.get)
        _swap(rows, links)
        if _total(rows, links) < _total(best, links):
            best = [list(row) for row in rows]
    return best


def _swap(rows, links):
    """Let neighbours change places where fewer lines cross then."""
    for row in rows:
        for n in range(len(row) - 1):
            before = _total(rows, links)
            row[n : n + 2] = row[n + 1], row[n]
            if _total(rows, links) >= before:
                row[n : n + 2] = row[n + 1], row[n]


def _offsets(parts, rows, links):
    """How far from the middle of its reader each line comes in: from left to right, as they come from below."""
    offset = {}
    for gap, below, above in zip(links, rows, rows[1:], strict=False):
        for spot in above:
            lines = [link for link in gap if link.above == spot]
            fixed = spot in parts and parts[spot].ordered
            lines.sort(key=lambda link, fixed=fixed, below=below: (not fixed and below.index(link.below), link.slot))
            offset |= {(spot, link.slot): 2 * n - len(lines) + 1 for n, link in enumerate(lines)}
    return offset


def _places(rows, links, half, offset):
    """Grid steps: each row moves above the one below it, or below the one above it, in turns, as far as there is room.

    In the last turn, upwards, a part stands straight above the nearest of those it reads.
    """
    x = {}
    for row in rows:
        x |= _packed(row, dict.fromkeys(row, 0), half)
    for sweep in range(2 * SWEEPS + 1):
        up = sweep % 2 == 0
        for k in range(1, len(rows)) if up else range(len(rows) - 2, -1, -1):
            wish = {spot: [] for spot in rows[k]}
            for below, above, slot in links[k - 1 if up else k]:
                if up:
                    wish[above].append(x[below] - offset[above, slot])
                else:
                    wish[below].append(x[above] + offset[above, slot])
            if sweep < 2 * SWEEPS:
                goal = {spot: median(steps or [x[spot]]) for spot, steps in wish.items()}
            else:
                goal = {spot: min(steps, key=lambda step, now=x[spot]: abs(step - now)) for spot, steps in wish.items()}
            x |= _packed(rows[k], goal, half)
    return x


def _packed(row, wish, half):
    """Integers as near to the wishes as the order and the room between neighbours permit, in the sense of least squares."""
    shift, room = {}, 0
    for before, spot in zip([None, *row], row, strict=False):
        room += half[before] + half[spot] + FREE if before is not None else 0
        shift[spot] = room
    blocks = []  # neighbours that push each other move as one
    for spot in row:
        blocks.append([spot])
        while len(blocks) > 1 and _mean(blocks[-2], wish, shift) >= _mean(blocks[-1], wish, shift):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return {spot: round(_mean(block, wish, shift)) + shift[spot] for block in blocks for spot in block}


def _mean(block, wish, shift):
    """Where the block would best begin; a line that only passes should run straight and counts most."""
    weight = [PASSING if isinstance(spot, tuple) else 1 for spot in block]
    return fmean([wish[spot] - shift[spot] for spot in block], weight)


def _raised(gap, row, x, half, offset):
    """Heights for one gap; where no order keeps the lines off each other, what is above makes way to the right."""
    while True:
        nets = {}
        for link in gap:
            nets.setdefault(link.below, set()).add(x[link.above] + offset[link.above, link.slot])
        nets = {(value(below), x[below]): ends for below, ends in nets.items()}
        order, upon = _stacked(nets)
        if upon is None:
            return _levels(nets, order)
        spot = next(link.above for link in gap if x[link.above] + offset[link.above, link.slot] == upon)
        x[spot] += 1
        for one, other in pairwise(row[row.index(spot) :]):
            x[other] = max(x[other], x[one] + half[one] + half[other] + FREE)


def _stacked(nets):
    """The nets that run sideways, from the lowest up, and a place at which lines still lie upon each other, or None."""
    order = [net for net, ends in nets.items() if ends != {net[1]}]
    best, better = _cost(nets, order), True
    while better:
        better = False
        for a, b in combinations(range(len(order)), 2):
            order[a], order[b] = order[b], order[a]
            if (cost := _cost(nets, order)) < best:
                best, better = cost, True
            else:
                order[a], order[b] = order[b], order[a]
    for low, high in combinations(order, 2):
        if high[1] in nets[low]:
            return order, high[1]
    return order, None


def _cost(nets, order):
    """Lines that lie upon each other count most, then crossings, then how many heights there are."""
    upon = crossed = 0
    for low, high in combinations(order, 2):
        upon += high[1] in nets[low]
        crossed += min(nets[low] | {low[1]}) < high[1] < max(nets[low] | {low[1]})
        left, right = min(nets[high] | {high[1]}), max(nets[high] | {high[1]})
        crossed += sum(left < end < right for end in nets[low])
    return upon, crossed, max(_levels(nets, order).values(), default=0)


def _levels(nets, order):
    """The height of each net: above all before it that reach as far as it."""
    span = {net: (min(nets[net] | {net[1]}), max(nets[net] | {net[1]})) for net in order}
    level = {}
    for net in order:
        below = [level[name] for name in level if span[name][0] <= span[net][1] + 1 and span[net][0] <= span[name][1] + 1]
        level[net] = 1 + max(below, default=-1)
    return {name: height for (name, _), height in level.items()}
