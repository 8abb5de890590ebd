"""The picture of a graph holds each of its nodes and reads once, and nothing runs into anything else."""

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch

from lstm_course import drawing
from lstm_course.cells.graph import BINARY, GRU, LSTM, LSTM_1, UNARY, Graph, Node, linear
from lstm_course.drawing import layered
from lstm_course.studies.evolution import FOUNDERS, mutate


def _mutants(count, rng):
    for k in range(count):
        graph = FOUNDERS[k % 3]
        for _ in range(rng.integers(1, 13)):
            graph = mutate(graph, rng) or graph
        yield graph


def _grown(graph, rng):
    for _ in range(60):
        more = mutate(graph, rng)
        graph = more if more and len(more.nodes) >= len(graph.nodes) else graph
    return graph


ODD = (
    Graph((linear(0, 1), Node("-", (2, 2)), Node("tanh", (2,))), (3,)),  # twice the same, and a node that nothing reads
    Graph((linear(0, 0, 1, bias=-1.0), Node("*", (1, 1))), (1, 3)),  # one matrix for two reads; h stays as it is
    Graph((linear(0), linear(3, 3, 2), Node("relu", (4,)), Node("relu", (4,))), (5, 5)),  # a part goes on as both
)
GRAPHS = [*FOUNDERS, *_mutants(20, np.random.default_rng(7)), _grown(LSTM, np.random.default_rng(8)), *ODD]
PICTURES = [(graph, drawing.architecture_graph(graph)) for graph in GRAPHS]
every_picture = pytest.mark.parametrize(("graph", "figure"), PICTURES, ids=[str(k) for k in range(len(PICTURES))])


def boxed(graph):
    """Linear node to the function that is one box with it."""
    M = len(graph.after)
    reads = [v for node in graph.nodes for v in node.reads] + list(graph.after)
    return {
        node.reads[0]: k
        for k, node in enumerate(graph.nodes, M + 1)
        if node.operation in UNARY
        and node.reads[0] > M
        and graph.nodes[node.reads[0] - M - 1].operation == "linear"
        and reads.count(node.reads[0]) == 1
    }


def part_of(graph):
    """What the part is called that draws each value."""
    M, box = len(graph.after), boxed(graph)
    names = ["x", "h_prev", *(f"s{m}_prev" for m in range(1, M))] + [f"v{M + 1 + k}" for k in range(len(graph.nodes))]
    for k, function in box.items():
        names[k] = names[function] = f"v{k} v{function}"
    return names


def solid(figure):
    """Every box and circle by its name."""
    return {a.get_gid(): a for a in figure.axes[0].patches if a.get_zorder() == 3}


def extent(patch):
    return patch.get_path().transformed(patch.get_patch_transform()).get_extents()


def lines(figure):
    """Pairs of a name and the corners of that line, in the order in which they were drawn."""
    return [(a.get_gid(), a._path_original.vertices) for a in figure.axes[0].patches if isinstance(a, FancyArrowPatch)]


def words(figure, name):
    return "".join(t.get_text() for t in figure.axes[0].texts if t.get_gid() == name)


@every_picture
def test_every_node_is_drawn_once(graph, figure):
    M = len(graph.after)
    drawn = [a.get_gid() for a in figure.axes[0].patches if a.get_zorder() == 3]
    inner = [value for name in drawn if name[0] == "v" for value in name.split()]
    assert sorted(inner) == sorted(f"v{k}" for k in range(M + 1, M + 1 + len(graph.nodes)))
    bubbles = ["x", "h_prev", "h", *(f"s{m}{end}" for m in range(1, M) for end in ("", "_prev"))]
    assert sorted(name for name in drawn if name[0] != "v") == sorted(bubbles)


@every_picture
def test_boxes_are_linear_and_circles_are_not(graph, figure):
    M, box, names, parts = len(graph.after), boxed(graph), part_of(graph), solid(figure)
    signs = {"sigmoid": r"\sigma", "tanh": "tanh", "relu": "relu", "linear": "linear", "*": r"\times", "+": "+", "-": "-"}
    for k, node in enumerate(graph.nodes, M + 1):
        linear_one = node.operation == "linear" or k in box.values()
        assert isinstance(parts[names[k]], FancyBboxPatch if linear_one else Circle)
        assert k in box or signs[node.operation] in words(figure, names[k])
        if node.operation == "linear" and node.bias:
            assert f"_{{{node.bias:+g}}}" in words(figure, names[k])


@every_picture
def test_every_read_is_a_line_from_what_is_read_to_the_reader(graph, figure):
    M, box, names, parts = len(graph.after), boxed(graph), part_of(graph), solid(figure)
    expected = Counter()
    for k, node in enumerate(graph.nodes, M + 1):
        reads = dict.fromkeys(node.reads) if node.operation == "linear" else node.reads
        expected.update(f"{names[v]} > {names[k]}" for v in reads if v not in box or box[v] != k)
    expected.update(f"{names[v]} > {'h' if m == 0 else f's{m}'}" for m, v in enumerate(graph.after))
    assert Counter(name for name, _ in lines(figure)) == expected
    for name, way in lines(figure):
        start, end = (extent(parts[part]) for part in name.split(" > "))
        assert way[0][0] == pytest.approx((start.x0 + start.x1) / 2)
        assert way[0][1] == pytest.approx(start.y1)
        assert end.x0 < way[-1][0] < end.x1
        assert end.y0 - 1e-6 <= way[-1][1] < end.y0 + 0.1
    tips = [tuple(way[-1].round(6)) for _, way in lines(figure)]
    assert len(set(tips)) == len(tips), "each comes in at a place of its own"


@every_picture
def test_boxes_and_circles_keep_apart_and_on_the_sheet(graph, figure):
    (left, right), (low, high) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    for (one, patch), (other, further) in combinations(solid(figure).items(), 2):
        assert not extent(patch).padded(0.05).overlaps(extent(further)), (one, other)
    boxes = [extent(a) for a in figure.axes[0].patches if not isinstance(a, FancyArrowPatch)]
    assert all(left <= box.x0 and box.x1 <= right and low <= box.y0 and box.y1 <= high for box in boxes)
    assert all(left < x < right for _, way in lines(figure) for x, _ in way)


@every_picture
def test_no_line_runs_through_a_part_that_it_does_not_touch(graph, figure):
    for name, way in lines(figure):
        for part, patch in solid(figure).items():
            box = extent(patch).padded(0.1)
            for (x, y), (then, up) in pairwise(way):
                beside = max(x, then) <= box.x0 or min(x, then) >= box.x1 or max(y, up) <= box.y0 or min(y, up) >= box.y1
                assert beside or part in name.split(" > "), (name, part)


def stretches(figure, upright):
    """(what is carried, place across, from, to) of all lines in one direction."""
    a, b = (0, 1) if upright else (1, 0)
    for name, way in lines(figure):
        for one, other in pairwise(way):
            if abs(one[a] - other[a]) < 1e-9:
                yield name.split(" > ")[0], one[a], min(one[b], other[b]), max(one[b], other[b])


@every_picture
def test_lines_of_two_values_never_lie_upon_each_other(graph, figure):
    for upright in (True, False):
        for one, other in combinations(stretches(figure, upright), 2):
            upon = abs(one[1] - other[1]) < 0.1 and min(one[3], other[3]) > max(one[2], other[2])
            assert one[0] == other[0] or not upon, (one, other)


@every_picture
def test_where_two_values_cross_one_is_lifted_over_the_other(graph, figure):
    pieces = [a for a in figure.axes[0].patches if isinstance(a, PathPatch)]
    bridges = {tuple(a.get_path().vertices.mean(0).round(3)) for a in pieces}
    level = [*stretches(figure, upright=False)]
    crossed = {
        (round(x, 3), round(y, 3))
        for one, x, low, high in stretches(figure, upright=True)
        for other, y, left, right in level
        if one != other and low < y < high and left < x < right
    }
    assert bridges == crossed


@every_picture
def test_words_are_legible_and_off_the_lines(graph, figure):
    axes, renderer = figure.axes[0], FigureCanvasAgg(figure).get_renderer()
    assert figure.get_figwidth() <= 7.2
    for t in axes.texts:
        box = t.get_window_extent(renderer)
        assert t.get_fontsize() >= 8.64 or not t.get_text(), "about 6 px of 360"
        if t.get_gid() in solid(figure) and t.get_text():
            x0, x1 = axes.transData.transform(extent(solid(figure)[t.get_gid()]).get_points())[:, 0]
            assert x0 <= box.x0 < box.x1 <= x1
        elif t.get_text():
            ways = [axes.transData.transform(p) for _, way in lines(figure) for p in _dense(way)]
            assert not any(box.contains(x, y) for x, y in ways)
            assert not any(extent(a).transformed(axes.transData).overlaps(box) for a in solid(figure).values())


def _dense(way):
    return np.concatenate([np.linspace(one, other, 20) for one, other in pairwise(way)])


@every_picture
def test_what_is_taken_away_comes_in_on_the_right(graph, figure):
    M, names = len(graph.after), part_of(graph)
    minus = [(k, node) for k, node in enumerate(graph.nodes, M + 1) if node.operation == "-"]
    assert words(figure, "signs") == "$-$" * len(minus)
    for k, node in minus:
        tips = {v: [way[-1][0] for name, way in lines(figure) if name == f"{names[v]} > {names[k]}"] for v in node.reads}
        first, second = node.reads
        assert tips[first][0] < tips[second][-1]


def test_the_lstm_is_four_boxes_and_five_circles():
    parts = solid(drawing.architecture_graph(LSTM))
    assert sum(isinstance(a, FancyBboxPatch) for a in parts.values()) == 4
    assert sum(isinstance(a, Circle) and name[0] == "v" for name, a in parts.items()) == 5
    assert words(drawing.architecture_graph(LSTM_1), "v4 v8") == r"$\sigma_{+1}$"


def test_no_lines_of_the_gru_cross_more_often_than_they_must():
    pieces = [a for a in drawing.architecture_graph(GRU).axes[0].patches if isinstance(a, PathPatch)]
    assert len(pieces) <= 2 * 4


def test_a_layout_runs_upwards_and_keeps_to_the_order():
    parts = {"a": layered.Part(2), "b": layered.Part(2), "-": layered.Part(2, ("b", "a"), True), "top": layered.Part(3, ("-",))}
    plan = layered.layout(parts, ["top"])
    assert [sorted(row) for row in plan.rows] == [["a", "b"], ["-"], ["top"]]
    assert plan.ports["-", 0] < plan.ports["-", 1]


def test_a_part_makes_way_where_no_order_keeps_the_lines_apart():
    x = {"a": 0, "b": 5, "over a": 0, "over b": 5}
    links = [layered.Link("a", "over b", 0), layered.Link("b", "over a", 0)]
    heights = layered._raised(links, ["over a", "over b"], x, dict.fromkeys(x, 1), {("over a", 0): 0, ("over b", 0): 0})
    assert sorted(heights.values()) == [0, 1]
    assert x["over b"] - x["over a"] >= 2 + layered.FREE
    low, high = sorted(heights, key=heights.get)
    assert x[high] != x[{"a": "over b", "b": "over a"}[low]]


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (Graph((linear(0, 1),), ()), r"^after: got \(\), expected a value for each part of the state"),
        (Graph((linear(0, 1), Node("log", (2,))), (3,)), r"^node 3: got 'log', expected linear, sigmoid"),
        (Graph((linear(0, 1), Node("*", (2, 9))), (3,)), r"^node 3: got values \(2, 9\), expected values from 1 to 2"),
        (Graph((linear(1),), (2,)), r"^nodes: got none that reads x"),
    ],
)
def test_what_is_no_graph_is_named(graph, message):
    with pytest.raises(ValueError, match=message):
        drawing.architecture_graph(graph)


def test_the_mutants_are_of_every_kind():
    operations = {node.operation for graph in GRAPHS for node in graph.nodes}
    assert operations == {"linear", *UNARY, *BINARY}
    assert max(len(graph.nodes) for graph in GRAPHS) >= 20
