"""The pictures of attention show the numbers they were given, and lines lead where the equations say."""

import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text
from test_drawing_variants import arriving, artists, ends, marked, names, shape, texts, touches

from lstm_course import drawing
from lstm_course.drawing import attention
from lstm_course.drawing.alignment import MOST
from lstm_course.drawing.looks import DARK
from lstm_course.drawing.lookup import KEYS, QUERY, VALUES
from lstm_course.drawing.scene import LINE, MARK, Scene
from lstm_course.tasks.shapes import COLOURS

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def random_alpha(*shape):
    scores = np.exp(3 * np.random.default_rng(0).standard_normal(shape))
    return scores / scores.sum(-1, keepdims=True)


def example(T=3, S=4, **more):
    return drawing.alignment(random_alpha(T, S), list(LETTERS[:S]), list(LETTERS[:T]), **more)


def check_words(figure):
    """All words, those of the axes too, on the sheet, apart, and legible when the figure is shown 360 px wide."""
    renderer, sheet = FigureCanvasAgg(figure).get_renderer(), figure.bbox
    figure.draw(renderer)
    words = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    boxes = [t.get_window_extent(renderer) for t in words]
    assert figure.get_figwidth() <= 7.2 + 1e-9
    assert all(t.get_fontsize() * 50 / 72 > 6 for t in words)
    for k, box in enumerate(boxes):
        assert sheet.x0 <= box.x0 < box.x1 <= sheet.x1, words[k]
        assert sheet.y0 <= box.y0 < box.y1 <= sheet.y1, words[k]
        assert not any(box.overlaps(other) for other in boxes[k + 1 :]), words[k]


def rings(figure):
    return [patch for patch in figure.axes[0].patches if patch.get_gid() == "ring"]


def test_squares_are_as_dark_as_the_weights():
    figure, alpha = example(), random_alpha(3, 4)
    (mesh,) = figure.axes[0].collections
    np.testing.assert_array_equal(mesh.get_array(), alpha)
    greys = mesh.to_rgba(alpha)[..., :3]
    np.testing.assert_allclose(greys, np.repeat(1 - alpha[..., None], 3, -1), atol=1 / 250)


def test_what_is_read_stands_along_and_what_is_written_downwards():
    ax = drawing.alignment(random_alpha(2, 3), ["a", " ", "$x$"], ["$", "b"]).axes[0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "␣", "$x$"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["$", "b"]
    assert not any(t.get_parse_math() for t in (*ax.get_xticklabels(), *ax.get_yticklabels())), "a symbol is no formula"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read", "written")
    assert ax.get_ylim() == (2, 0), "the first that is written is uppermost"


def test_rings_stand_at_the_true_places_and_are_seen_on_every_grey():
    where = np.array([[False, True, True], [False, False, False]])
    figure = drawing.alignment(np.zeros((2, 3)), list("abc"), list("de"), where)
    assert {patch.center for patch in rings(figure)} == {(1.5, 0.5), (2.5, 0.5)}
    assert [to_hex(patch.get_edgecolor()) for patch in rings(figure)] == ["#ffffff", MARK] * 2
    under, over = rings(figure)[:2]
    assert under.get_linewidth() > 2 * over.get_linewidth()
    assert not rings(example())


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (["x"], ["y"]),
        (["x", "y"], ["constantinople"]),
        (list(LETTERS[:25]), list("2021-09-03$")),
        (["european", "economic", "area"], ["économique", "européenne", "<end>", "."]),
        (["constantly"] * 30, ["<unknown>"] * 30),
        (list(LETTERS[:MOST]), list(LETTERS[:MOST])),
        (["one"], list(LETTERS[:MOST])),
    ],
)
def test_names_are_legible_and_apart_for_few_and_for_many(source, target):
    figure = drawing.alignment(random_alpha(len(target), len(source)), source, target)
    check_words(figure)
    box = figure.axes[0].get_window_extent()
    np.testing.assert_allclose(box.width / len(source), box.height / len(target), rtol=1e-3)
    assert box.width / len(source) / figure.bbox.width * 360 > 7, "pixels of a square on a phone"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alpha": np.zeros((2, 3))}, r"^alpha: got shape \(2, 3\), expected \(T, S\) with T = 2 and S = 2"),
        ({"alpha": [[0.5, 0.5], [1.1, 0.0]]}, r"^alpha: got other numbers, expected numbers from 0 to 1"),
        ({"alpha": [[0.5, np.nan], [1.0, 0.0]]}, r"^alpha: got other numbers"),
        ({"source": "ab"}, r"^source: got 'ab', expected a list of str"),
        ({"target": []}, r"^target: got 0 symbols, expected 1 to 36"),
        ({"target": ["a"] * 37}, r"^target: got 37 symbols, expected 1 to 36"),
        ({"where": np.zeros((2, 3), bool)}, r"^where: got shape \(2, 3\), expected \(T, S\) with T = 2"),
        ({"where": np.zeros((2, 2))}, r"^where: got numbers of type float64, expected bool"),
    ],
)
def test_an_alignment_refuses_what_does_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        drawing.alignment(**{"alpha": np.eye(2), "source": ["a", "b"], "target": ["c", "d"], **change})


def test_the_light_on_a_picture_is_its_weight_and_lies_on_the_right_pixels():
    """The figure is rendered; the colour in the middle of each cell of the grid is computed from the picture by hand."""
    rng, G, Y, X = np.random.default_rng(1), 3, 6, 9
    cells = rng.random((3, G, G))
    image, alphas = cells.repeat(Y // G, 1).repeat(X // G, 2), rng.random((2, G, G))
    figure = drawing.looks(image, alphas, ["one", "two"])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = np.asarray(canvas.buffer_rgba())[..., :3] / 255
    for ax, alpha in zip(figure.axes, alphas, strict=True):
        box = ax.get_window_extent()
        for row in range(G):
            for column in range(G):
                x = box.x0 + box.width * (column + 0.5) / G
                y = box.y1 - box.height * (row + 0.5) / G
                light = 1 - DARK * (1 - alpha[row, column] / alpha.max())
                there = shown[int(len(shown) - y), int(x)]
                np.testing.assert_allclose(there, cells[:, row, column] * light, atol=0.02)


@pytest.mark.parametrize(("T", "rows"), [(1, [1]), (4, [4]), (5, [5]), (6, [5, 1]), (11, [5, 5, 1])])
def test_panels_stand_in_rows_of_five_each_below_its_word(T, rows):
    words = [f"w{t}" for t in range(T)]
    figure = drawing.looks(np.ones((3, 8, 8)), np.ones((T, 2, 2)), words)
    check_words(figure)
    assert [ax.get_title() for ax in figure.axes] == words
    boxes = [ax.get_window_extent() for ax in figure.axes]
    tops = [round(box.y1) for box in boxes]
    assert [tops.count(top) for top in sorted(set(tops), reverse=True)] == rows
    assert not any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[k + 1 :])
    np.testing.assert_allclose([box.width for box in boxes], [box.height for box in boxes], rtol=1e-3)


def test_the_box_of_what_a_word_names_is_outlined():
    figure = drawing.looks(np.ones((3, 8, 8)), np.ones((2, 2, 2)), ["a", "circle"], [None, (1, 2, 4, 7)])
    first, second = ([patch for patch in ax.patches if patch.get_gid() == "box"] for ax in figure.axes)
    assert first == []
    assert [patch.get_bbox().extents.tolist() for patch in second] == [[1, 2, 4, 7]] * 2
    assert [to_hex(patch.get_edgecolor()) for patch in second] == ["#ffffff", MARK]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"words": []}, r"^words: got \[\], expected a list of at least one str"),
        ({"words": "ab"}, r"^words: got 'ab', expected"),
        ({"image": np.ones((8, 8, 3))}, r"^image: got shape \(8, 8, 3\), expected \(C, Y, X\) with C = 3"),
        ({"image": np.full((3, 8, 8), 255)}, r"^image: got other numbers, expected numbers from 0 to 1"),
        ({"alphas": np.ones((3, 2, 2))}, r"^alphas: got shape \(3, 2, 2\), expected \(T, G, H\) with T = 2"),
        ({"alphas": np.ones((2, 2, 3))}, r"^alphas: got shape \(2, 2, 3\), expected as many rows of the grid as columns"),
        ({"alphas": -np.ones((2, 2, 2))}, r"^alphas: got other numbers, expected finite numbers of at least 0"),
        ({"alphas": np.zeros((2, 2, 2))}, r"^alphas: got a word with no weight anywhere"),
        ({"boxes": [None]}, r"^boxes: got 1 of them, expected 2, one or None for each word"),
        ({"boxes": [None, (1, 2)]}, r"^boxes: got \(1, 2\), expected left, top, right, bottom"),
    ],
)
def test_looks_refuse_what_does_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        drawing.looks(**{"image": np.ones((3, 8, 8)), "alphas": np.ones((2, 2, 2)), "words": ["a", "b"], **change})


def test_only_one_vector_leads_from_the_encoder_to_the_decoder():
    figure = drawing.bottleneck()
    edge = np.mean(shape(figure, "vector").intervalx)
    lines = {
        name: ends(figure, name) for name in names(figure) if any(isinstance(a, FancyArrowPatch) for a in artists(figure, name))
    }
    assert marked(figure) == {"in", "vector", "out", "words vector"}
    assert not [name for name, (start, end) in lines.items() if start[0] < edge < end[0]], "but for the vector itself"
    assert {name for name, way in lines.items() if any(touches(figure, point, "vector") for point in way)} == {"in", "out"}
    for name, start, end in (
        ("in", "A 3", "vector"),
        ("out", "vector", "B 1"),
        ("A 1-2", "A 1", "A 2"),
        ("B 2-3", "B 2", "B 3"),
    ):
        assert touches(figure, lines[name][0], start)
        assert touches(figure, lines[name][1], end)
    for k in (1, 2, 3):
        assert arriving(figure, f"B {k}") == {"out" if k == 1 else f"B {k - 1}-{k}", f"hear {k}"}
        assert texts(figure, f"y {k - 1} again") == [f"$y_{k - 1}$"]


def corners(figure, name):
    """All points of the lines of a name, in the order in which they were drawn."""
    return np.concatenate(
        [getattr(a, "_path_original", a.get_path()).vertices for a in artists(figure, name) if not isinstance(a, Text)]
    )


@pytest.mark.parametrize("draw", [drawing.luong_step, drawing.bahdanau_step])
def test_both_orders_score_every_state_and_add_every_product(draw):
    figure = draw()
    states = range(1, len(attention.COLUMNS) + 1)
    assert arriving(figure, "score") == {"query", *(f"key {s}" for s in states)}
    assert arriving(figure, "sum") == {f"product {s}" for s in states}
    assert arriving(figure, "softmax") == {"scores"}
    assert touches(figure, ends(figure, "scores")[0], "score")
    for s in states:
        assert arriving(figure, f"times {s}") == {f"value {s}", f"weight {s}"}
        assert touches(figure, ends(figure, f"key {s}")[0], f"state {s}")
        assert touches(figure, ends(figure, f"value {s}")[0], f"state {s}")
        assert touches(figure, ends(figure, f"product {s}")[0], f"times {s}")
        assert ends(figure, f"weight {s}")[0][1] == corners(figure, "weights")[-1][1], "forks off from the line of the weights"
    assert touches(figure, ends(figure, "context")[0], "sum")
    assert touches(figure, ends(figure, "context")[1], "say")
    assert touches(figure, ends(figure, "to y")[1], "y")
    start, end = corners(figure, "h to say")[[0, -1]]
    assert start[1] == ends(figure, "h")[0][1]
    assert end[0] == ends(figure, "context")[0][0], "h and the context are joined"


@pytest.mark.parametrize("draw", [drawing.luong_step, drawing.bahdanau_step])
def test_bars_are_as_high_as_the_weights(draw):
    figure = draw()
    total = sum(math.exp(score) for score in attention.SCORES)
    heights = [shape(figure, f"bar {s}").height for s in range(1, 5)]
    expected = [math.exp(score) / total for score in attention.SCORES]
    np.testing.assert_allclose(np.array(heights) / sum(heights), expected, rtol=1e-6)


def test_luong_asks_with_the_new_state_and_bahdanau_with_the_one_before():
    after, before = drawing.luong_step(), drawing.bahdanau_step()
    for figure, line in ((after, "h"), (before, "h_prev")):
        start = ends(figure, "query")[0]
        assert start[1] == ends(figure, line)[0][1]
        assert ends(figure, line)[0][0] <= start[0] < ends(figure, line)[1][0]
    assert "$h_t$" in texts(after, "query")[0]
    assert "$h_{t-1}$" in texts(before, "query")[0]


def test_bahdanaus_cell_reads_the_context_and_luongs_what_was_said():
    luong, bahdanau = drawing.luong_step(), drawing.bahdanau_step()
    assert marked(luong) == {"query", "said_prev", "said on"}
    assert marked(bahdanau) == {"query", "to cell"}
    for figure, line in ((luong, "said_prev"), (bahdanau, "to cell")):
        end, (low, high) = corners(figure, line)[-1], ends(figure, "symbol")
        assert end[0] == low[0], "joined with the symbol"
        assert low[1] < end[1] < high[1]
        assert touches(figure, high, "B")
    assert corners(luong, "said_prev")[0][0] == 0
    assert touches(bahdanau, corners(bahdanau, "to cell")[0], "sum")
    start, end = ends(luong, "said on")
    assert start[1] == ends(luong, "said")[0][1]
    assert end[0] > shape(luong, "y").x1, "goes on to the next step"


def test_what_both_orders_have_in_common_stands_in_the_same_place():
    one, other = drawing.luong_step(), drawing.bahdanau_step()
    same = names(one) - marked(one)
    assert same == names(other) - marked(other)
    for name in same:
        assert [a.get_text() for a in artists(one, name) if isinstance(a, Text)] == texts(other, name)
        if any(not isinstance(a, Text) for a in artists(one, name)):
            np.testing.assert_array_equal(corners(one, name), corners(other, name))
            assert all(a.get_linewidth() <= LINE * 3.5 for a in artists(other, name) if not isinstance(a, Text))


QUESTIONS = [
    (QUERY, KEYS, VALUES),
    ((-1.5, 2.25), ((0.5, 1.0), (-2.0, 0.25), (1.0, -1.0)), ((-8.25, 1.5), (3.0, -7.75), (1.0, 2.0))),
]


@pytest.mark.parametrize(("query", "keys", "values"), QUESTIONS)
def test_the_numbers_of_the_lookup_are_those_of_an_explicit_loop(query, keys, values):
    figure = drawing.lookup(query, keys, values)
    read = lambda name: [float(n.replace("−", "-")) for n in texts(figure, name)[0].split(", ")]
    scores = [query[0] * key[0] + query[1] * key[1] for key in keys]
    total = sum(math.exp(score) for score in scores)
    answer = [0.0, 0.0]
    for k, (score, value) in enumerate(zip(scores, values, strict=True), 1):
        weight = math.exp(score) / total
        answer = [a + weight * v for a, v in zip(answer, value, strict=True)]
        assert read(f"key {k}") == list(keys[k - 1])
        assert read(f"value {k}") == list(value)
        np.testing.assert_allclose(read(f"score {k}"), score, atol=0.0051)
        np.testing.assert_allclose(read(f"weight {k}"), weight, atol=0.0051)
        np.testing.assert_allclose(read(f"product {k}"), [weight * v for v in value], atol=0.0051)
        np.testing.assert_allclose(shape(figure, f"bar {k}").height, 1.1 * weight)
    assert read("query") == list(query)
    np.testing.assert_allclose(read("answer"), answer, atol=0.0051)
    check_words(figure)


def test_the_numbers_printed_by_default_add_up():
    figure = drawing.lookup()
    read = lambda name: np.array([float(n) for n in texts(figure, name)[0].split(", ")])
    assert round(sum(read(f"weight {k}")[0] for k in (1, 2, 3)), 2) == 1
    np.testing.assert_allclose(sum(read(f"product {k}") for k in (1, 2, 3)), read("answer"))


def test_lines_of_the_lookup_lead_from_keys_and_query_to_the_answer():
    figure = drawing.lookup()
    for k in (1, 2, 3):
        assert arriving(figure, f"dot {k}") == {f"key line {k}", f"query {k}"}
        assert arriving(figure, f"times {k}") == {f"weight {k}", f"value {k}"}
        assert touches(figure, ends(figure, f"key line {k}")[0], f"key {k}")
        assert touches(figure, ends(figure, f"value {k}")[0], f"value {k}")
        assert ends(figure, f"query {k}")[0][0] == corners(figure, "ask")[0][0], "forks off from the query's line"
    assert touches(figure, corners(figure, "ask")[0], "query")
    assert arriving(figure, "softmax") == {f"score {k}" for k in (1, 2, 3)}
    assert arriving(figure, "sum") == {f"product {k}" for k in (1, 2, 3)}
    assert arriving(figure, "answer") == {"give"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query": (1.0, 2.0, 3.0)}, r"^query: got \(1.0, 2.0, 3.0\), expected finite numbers of shape \(2,\)"),
        ({"keys": [[1.0, 2.0]]}, r"^keys: got \[\[1.0, 2.0\]\], expected finite numbers of shape \(3, 2\)"),
        ({"values": [[1, 2], [3, 4], [5, math.inf]]}, r"^values: got .*inf.*, expected finite numbers"),
        ({"query": ("a", "b")}, r"^query: got \('a', 'b'\), expected numbers of shape \(2,\)"),
    ],
)
def test_a_lookup_refuses_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        drawing.lookup(**arguments)


def test_the_block_makes_three_vectors_of_x_and_goes_round_both_its_halves():
    figure = drawing.transformer_block()
    reads = {
        "q": {"x to q"}, "k": {"x to k"}, "v": {"x to v"}, "attention": {"q out", "k out", "v out"},
        "add 1": {"context", "around 1"}, "normalise 1": {"sum 1"}, "relu": {"normal 1"}, "linear": {"hidden"},
        "add 2": {"changed", "around 2"}, "normalise 2": {"sum 2"}, "y": {"to y"},
    }  # fmt: skip
    assert {part: arriving(figure, part) for part in reads} == reads
    assert {a.get_gid() for a in figure.axes[0].patches if a.get_zorder() == 3} == {"x", *reads}
    for line, start in (
        ("q out", "q"), ("k out", "k"), ("v out", "v"), ("context", "attention"), ("sum 1", "add 1"),
        ("normal 1", "normalise 1"), ("hidden", "relu"), ("changed", "linear"), ("sum 2", "add 2"),
        ("to y", "normalise 2"), ("x to k", "x"),
    ):  # fmt: skip
        assert touches(figure, ends(figure, line)[0], start), line
    for way, line in (("around 1", "x to k"), ("around 2", "normal 1")):
        start, (low, high) = ends(figure, way)[0], ends(figure, line)
        assert start[0] == low[0]
        assert low[1] <= start[1] < high[1], "forks off from the line"


def test_an_operation_on_many_is_as_wide_or_high_as_asked_and_round_at_its_ends():
    scene = Scene(8, 4)
    scene.together("wide", (4, 2), "+", 3.0)
    scene.together("high", (1, 2), "+", 0.72, 3.4)
    scene.bar("bar", (7, 1), 0.5)
    for name, extents in (("wide", (2.5, 1.64, 5.5, 2.36)), ("high", (0.64, 0.3, 1.36, 3.7)), ("bar", (6.81, 1, 7.19, 1.5))):
        (patch,) = (a for a in scene.parts[name] if not isinstance(a, Text))
        path = patch.get_path()
        np.testing.assert_allclose(path.get_extents().extents, extents, atol=1e-5)
        assert path.contains_point((extents[0] + 0.03, extents[1] + 0.03)) == (name == "bar"), "no corner"


def test_the_captioner_looks_with_the_state_before_and_reads_what_the_gate_lets_through():
    figure = drawing.show_attend_tell_step()
    states = range(1, len(attention.COLUMNS) + 1)
    reads = {
        "convolutions": {"see"}, "annotations": {"seen"}, "score": {"query", *(f"key {s}" for s in states)},
        "softmax": {"scores"}, "sum": {f"product {s}" for s in states}, "gate": {"ask gate"},
        "let through": {"beta", "context"}, "embed": {"symbol"}, "B": {"h_prev", "embedded"}, "L_h": {"h to tell"},
        "L_z": {"z to tell"}, "tell": {"h told", "z told", "y told"}, "L_o": {"told"}, "y": {"to y"},
        **{f"times {s}": {f"value {s}", f"weight {s}"} for s in states},
    }  # fmt: skip
    assert {part: arriving(figure, part) for part in reads} == reads
    entering = {"y_prev", "shape 2", *(f"annotation {s}" for s in states), *(f"bar {s}" for s in states)}
    solid = {a.get_gid() for a in figure.axes[0].patches if a.get_zorder() == 3}
    assert solid == set(reads) - {"annotations", "B"} | entering
    for line, start in (
        ("see", "picture"), ("seen", "convolutions"), ("scores", "score"), ("context", "sum"), ("beta", "gate"),
        ("symbol", "y_prev"), ("embedded", "embed"), ("y told", "embed"), ("z to tell", "let through"), ("h", "B"),
        ("h told", "L_h"), ("z told", "L_z"), ("told", "tell"), ("to y", "L_o"),
        *((f"{way} {s}", f"annotation {s}") for way in ("key", "value") for s in states),
    ):  # fmt: skip
        assert touches(figure, ends(figure, line)[0], start), line
    (x, y), (left, row) = ends(figure, "ask gate")[0], ends(figure, "h_prev")[0]
    assert ends(figure, "query")[0].tolist() == [left, row] == [0, row], "the state before, which comes from the left"
    way = corners(figure, "query")
    assert x == way[3][0], "forks off from the query on its way down"
    assert way[4][1] < y < way[3][1]
    (x, y), (out, row) = ends(figure, "h to tell")[0], ends(figure, "h")[0]
    assert y == row
    assert out < x < ends(figure, "h")[1][0], "the new state"
    start, *_, end = corners(figure, "z to cell")
    assert touches(figure, start, "let through"), "z, not the context"
    assert end[0] == ends(figure, "embedded")[1][0], "joined with the word before"
    assert end[1] > corners(figure, "embedded")[0][1]


def test_the_picture_has_a_place_for_each_annotation_vector_row_by_row():
    figure = drawing.show_attend_tell_step()
    places = [shape(figure, f"place {k}") for k in range(1, 5)]
    assert [texts(figure, f"place {k}") for k in range(1, 5)] == [["1"], ["2"], ["3"], ["4"]]
    assert [texts(figure, f"annotation {k}")[-1] for k in range(1, 5)] == ["$a_1$", "$a_2$", "$a_3$", "$a_4$"]
    order = sorted(range(4), key=lambda k: (-places[k].y0, places[k].x0))
    assert order == [0, 1, 2, 3]
    whole = shape(figure, "picture")
    np.testing.assert_allclose(sum(box.width * box.height for box in places), whole.width * whole.height)
    for k, colour in ((2, "red"), (4, "pink")):
        inner, place = shape(figure, f"shape {k}"), places[k - 1]
        assert place.x0 < inner.x0 < inner.x1 < place.x1
        assert place.y0 < inner.y0 < inner.y1 < place.y1
        (patch,) = (a for a in artists(figure, f"shape {k}") if not isinstance(a, Text))
        assert to_hex(patch.get_facecolor()) == to_hex(COLOURS[colour])
    heights = [shape(figure, f"bar {k}").height for k in range(1, 5)]
    assert "red" in texts(figure, "y_prev")
    assert "circle" in texts(figure, "y")
    assert np.argmax(heights) == 1, "looks at the red circle"


def test_the_words_of_the_captioner_are_legible_and_apart():
    check_words(drawing.show_attend_tell_step())


def test_a_look_stands_in_the_captioner_where_it_stands_in_the_decoder():
    one, other = drawing.bahdanau_step(), drawing.show_attend_tell_step()
    for name in ("score", "scores", "softmax", "weights", "sum", *(f"{n} {s}" for n in ("key", "value") for s in (1, 2, 3, 4))):
        np.testing.assert_array_equal(corners(one, name), corners(other, name))
