import re
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Circle, FancyArrowPatch, PathPatch

from lstm_course import drawing
from lstm_course.cells.graph import LSTM_1
from lstm_course.drawing import lstm
from lstm_course.drawing.scene import DIM, Scene
from lstm_course.drawing.shapes import SHAPES
from lstm_course.tasks import reber


def heat_map():
    return drawing.heat_map({"c": [[0.5, -0.5], [1.0, 0.0]]}, ["gender", "number"], ["Anna", "sings"])


def word_strip():
    return drawing.word_strip(["the", "queen", "near"], [0.0, -2.5, 1.25], {"f": [0.1, 0.5, 1.0], "i": [0.0, 1.0, 0.04]})


def source_strip():
    return drawing.source_strip('x = "a" \n  # b', np.linspace(-1, 1, 14), -1, 1)


def mut_module():
    return drawing.mut_module(1)


def architecture_graph():
    return drawing.architecture_graph(LSTM_1)


def alignment():
    return drawing.alignment([[0.9, 0.1], [0.2, 0.8]], ["ein", "Haus"], ["a", "house"], np.eye(2, dtype=bool))


def looks():
    return drawing.looks(np.ones((3, 32, 32)), np.ones((2, 8, 8)), ["red", "circle"], [None, (4, 4, 14, 14)])


SHOWN = (heat_map, word_strip, source_strip, mut_module, architecture_graph, alignment, looks)
ALL = [getattr(drawing, name) for name in drawing.__all__ if name not in [show.__name__ for show in SHOWN]] + [*SHOWN]


def parts(figure, pattern):
    """Names of the parts of a figure that match."""
    artists = [*figure.axes[0].patches, *figure.axes[0].texts]
    return sorted({a.get_gid() for a in artists if re.fullmatch(pattern, a.get_gid() or "")})


def texts(figure):
    return [t.get_text() for t in figure.axes[0].texts]


@pytest.mark.parametrize("draw", ALL)
def test_words_stay_on_the_sheet_and_apart(draw):
    figure = draw()
    renderer, sheet = FigureCanvasAgg(figure).get_renderer(), figure.bbox
    boxes = [t.get_window_extent(renderer) for t in figure.axes[0].texts if t.get_text()]
    for k, box in enumerate(boxes):
        assert sheet.x0 <= box.x0 < box.x1 <= sheet.x1
        assert sheet.y0 <= box.y0 < box.y1 <= sheet.y1
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])


@pytest.mark.parametrize("draw", ALL)
def test_words_are_legible_on_a_phone(draw):
    """At 360 px width a figure 7.2 inches wide shows 50 px to the inch; a letter then wants about 6 px and more."""
    figure = draw()
    shrunk = min(1.0, 7.2 / figure.get_figwidth()) * 50 / 72
    assert all(t.get_fontsize() * shrunk > 6 for t in figure.axes[0].texts)


@pytest.mark.parametrize("T", [1, 2, 5])
def test_unrolled_chain_has_T_copies_each_with_input_output_and_link(T):
    figure = drawing.rnn_unrolled(T)
    for kind, count in (("A", T), ("x", T), ("h", T), ("in", T), ("out", T), ("next", T - 1)):
        assert len(parts(figure, kind + r"\d+")) == count
    assert texts(figure).count("A") == T + 1, "and the folded one beside them"
    assert {f"$x_{{{t}}}$" for t in range(T)} | {f"$h_{{{t}}}$" for t in range(T)} <= set(texts(figure))


def test_steps_of_two_digits_and_numpys_integers():
    assert {"$x_{10}$", "$h_{10}$"} <= set(texts(drawing.rnn_unrolled(np.int64(11))))
    assert {"$x_{10}$", r"$\mathcal{L}_{10}$"} <= set(texts(drawing.backward_flow(np.int64(11))))


def test_every_line_of_the_chain_ends_on_a_part():
    """Both ends of an arrow lie on the outline of some box or disc, within a tenth of a unit."""
    figure = drawing.rnn_unrolled(3)
    axes = figure.axes[0]
    bodies = [a for a in axes.patches if not isinstance(a, FancyArrowPatch)]
    boxes = [a.get_path().transformed(a.get_patch_transform()).get_extents() for a in bodies]
    for arrow in (a for a in axes.patches if isinstance(a, FancyArrowPatch)):
        ends = arrow._path_original.vertices[[0, -1]]
        for x, y in ends:
            assert any(b.x0 - 0.1 <= x <= b.x1 + 0.1 and b.y0 - 0.1 <= y <= b.y1 + 0.1 for b in boxes), arrow.get_gid()


def test_module_holds_one_learned_layer():
    figure = drawing.rnn_module()
    assert texts(figure).count("tanh") == 1
    assert {"$x_t$", "$h_t$", "$x_{t-1}$", "$h_{t+1}$"} <= set(texts(figure))
    assert parts(figure, "join|fork|next|h_prev") == ["fork", "h_prev", "join", "next"]


def test_ways_back_are_dashed_and_ways_forward_solid():
    figure = drawing.backward_flow(3)
    lines = [a for a in figure.axes[0].patches if isinstance(a, FancyArrowPatch | PathPatch)]
    dashed = {a.get_gid() for a in lines if a.get_linestyle() not in ("-", "solid")}
    assert dashed == set(parts(figure, r"(immediate|back|through)\d"))
    assert not any(isinstance(a, FancyArrowPatch) for a in lines if a.get_linestyle() not in ("-", "solid")), "no dashed head"
    assert len(parts(figure, r"through\d")) == 2
    assert len(parts(figure, r"immediate\d")) == 3


def test_arrows_of_both_ways_keep_apart_and_end_where_the_discs_begin():
    patches = drawing.backward_flow(3).axes[0].patches
    arrows = [a for a in patches if isinstance(a, FancyArrowPatch)]
    for one, other in combinations(arrows, 2):
        assert not one.get_window_extent().overlaps(other.get_window_extent()), f"{one.get_gid()}, {other.get_gid()}"
    for disc in (a for a in patches if isinstance(a, Circle)):
        tips = np.array([a._path_original.vertices[-1] for a in arrows])
        assert np.hypot(*(tips - disc.center).T).min() > disc.radius - 1e-9


def test_a_corner_repeated_changes_nothing():
    once, twice = Scene(4, 2), Scene(4, 2)
    once.wire("w", [(0, 1), (2, 1), (2, 2)], dashed=True)
    twice.wire("w", [(0, 1), (0, 1), (2, 1), (2, 1), (2, 2), (2, 2)], dashed=True)
    for one, other in zip(once.parts["w"], twice.parts["w"], strict=True):
        np.testing.assert_array_equal(one.get_path().vertices, other.get_path().vertices)


def test_shapes_read_and_write_where_they_say():
    figure = drawing.sequence_shapes()
    for k, (name, steps, reads, writes) in enumerate(SHAPES):
        assert parts(figure, rf"A {k} \d") == [f"A {k} {t}" for t in range(steps)]
        assert parts(figure, rf"x {k} \d") == [f"x {k} {t}" for t in reads]
        assert parts(figure, rf"h {k} \d") == [f"h {k} {t}" for t in writes]
        assert name in texts(figure)


def test_legend_names_five_signs():
    assert len(parts(drawing.legend(), "words .*")) == 5


def test_the_way_of_a_word_begins_at_it_and_leads_to_the_answer():
    figure = drawing.dependency("born in france ... i speak", 2, "french")
    assert {"born", "in", "france", "...", "i", "speak", "french"} <= set(texts(figure))
    assert parts(figure, r"A \d") == ["A 0", "A 1", "A 2", "A 4", "A 5"], "no network where words are left out"
    lines = [a for a in figure.axes[0].patches if isinstance(a, FancyArrowPatch)]
    way = {a.get_gid() for a in lines if a.get_linewidth() > min(b.get_linewidth() for b in lines)}
    assert way == {"in 2", "next 2", "next 3", "next 4", "out"}
    assert {a.get_gid() for a in lines if a.get_edgecolor() == lines[-1].get_edgecolor()} == way, "not by colour alone"


def test_highlight_dims_the_rest_and_only_the_rest():
    scene = Scene(4, 2)
    scene.layer("layer", (1, 1), "tanh")
    scene.point("point", (3, 1), r"$\times$")
    scene.highlight(["layer"])
    alpha = {name: {artist.get_alpha() for artist in artists} for name, artists in scene.parts.items()}
    assert alpha == {"layer": {None}, "point": {DIM}}
    with pytest.raises(ValueError, match=r"^names: got nothing, expected some of layer, point"):
        scene.highlight(["nothing"])


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: drawing.rnn_unrolled(0), r"^T: got 0, expected an integer of at least 1"),
        (lambda: drawing.rnn_unrolled(2.0), r"^T: got 2.0, expected"),
        (lambda: drawing.backward_flow(1), r"^T: got 1, expected an integer of at least 2"),
        (lambda: drawing.rnn_unrolled(True), r"^T: got True, expected"),
        (
            lambda: Scene(2, 2).wire("w", [(1, 1), (1, 1)]),
            r"^corners: got \[\(1, 1\)\], expected at least two different points",
        ),
        (lambda: drawing.dependency("word"), r"^words: got word, expected at least two words"),
        (lambda: drawing.dependency("a ... b", 1), r"^source: got 1, expected the number of one of the words"),
        (lambda: Scene(0, 1), r"^width: got 0, expected a positive number"),
    ],
)
def test_bad_arguments_are_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()


def test_the_same_picture_comes_out_twice():
    from lstm_course.notebook import png

    assert png(drawing.rnn_unrolled(2)) == png(drawing.rnn_unrolled(2))


def test_discs_are_round():
    figure = drawing.rnn_folded()
    figure.canvas.draw()
    for disc in (a for a in figure.axes[0].patches if isinstance(a, Circle)):
        extent = disc.get_window_extent()
        np.testing.assert_allclose(extent.width, extent.height, rtol=0.02)


def test_the_reber_graph_shows_every_edge_of_the_grammar():
    figure = drawing.reber_graph()
    inner = {f"{state}-{after}" for state, edges in enumerate(reber.INNER) for _, after in edges}
    assert set(parts(figure, r"\d-\d")) == inner
    letters = {a.get_gid(): a.get_text() for a in figure.axes[0].texts}
    assert all(letters[f"{state}-{after}"] == letter for state, edges in enumerate(reber.INNER) for letter, after in edges)
    assert letters["either-T"] == letters["T-last"] == "T"
    assert letters["either-P"] == letters["P-last"] == "P"


def test_the_lstm_has_four_layers_and_five_pointwise_operations():
    figure = drawing.lstm_module()
    assert parts(figure, "forget|input|candidate|output") == ["candidate", "forget", "input", "output"]
    assert texts(figure).count(r"$\sigma$") == 3
    assert texts(figure).count("tanh") == 2, "one layer, one operation"
    circles = [a for a in figure.axes[0].patches if isinstance(a, Circle) and a.get_gid() not in ("x", "up")]
    assert sorted(a.get_gid() for a in circles) == ["add", "keep", "show", "squash", "write"]


@pytest.mark.parametrize("step", lstm.STEPS)
def test_each_step_of_the_walk_through_stands_out(step):
    figure = drawing.lstm_module(step)
    for artist in (*figure.axes[0].patches, *figure.axes[0].texts):
        assert artist.get_alpha() == (None if artist.get_gid() in (*lstm.STEPS[step], "body") else DIM)


def test_the_four_decisions_and_the_belt_speak_of_every_part():
    everything = set(parts(drawing.lstm_module(), ".*"))
    assert everything - {"body"} == {name for names in lstm.STEPS.values() for name in names}


def test_numbers_are_printed_on_their_lines():
    numbers = {name: f"{k}.25" for k, name in enumerate((*lstm.LABELS, "x"), 10)}
    figure = drawing.lstm_module("output", numbers)
    for name, number in numbers.items():
        assert [t.get_text() for t in figure.axes[0].texts if t.get_gid() == name][-1].endswith(f"= {number}")
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [t.get_window_extent(renderer) for t in figure.axes[0].texts if t.get_text()]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_negative_numbers_keep_off_the_lines():
    figure = drawing.lstm_module(None, {k: "0.28" if k in "fio" else "−0.28" for k in (*lstm.LABELS, "x")})
    axes, renderer = figure.axes[0], FigureCanvasAgg(figure).get_renderer()
    boxes = {t.get_text(): t.get_window_extent(renderer) for t in axes.texts if "=" in t.get_text()}
    assert len(boxes) == len(lstm.LABELS) + 1
    assert not any(one.overlaps(other) for one, other in combinations(boxes.values(), 2))
    for line in (a for a in axes.patches if isinstance(a, FancyArrowPatch | PathPatch)):
        for way in line.get_path().interpolated(50).transformed(axes.transData).to_polygons(closed_only=False):
            for text, box in boxes.items():
                assert not any(box.contains(x, y) for x, y in way), (text, line.get_gid())


def test_the_way_back_has_the_same_layers_and_operations_as_the_way_forward():
    back, forth = drawing.lstm_backward(), drawing.lstm_module()
    for name in ("forget", "input", "candidate", "output", "keep", "write", "add", "show", "squash"):
        there, here = ([t.get_text() for t in figure.axes[0].texts if t.get_gid() == name] for figure in (forth, back))
        assert there == here


def test_every_line_of_the_way_back_is_dashed_and_leads_from_right_to_left_or_to_a_layer():
    figure = drawing.lstm_backward()
    shafts = [a for a in figure.axes[0].patches if isinstance(a, PathPatch)]
    assert all(a.get_linestyle() not in ("-", "solid") for a in shafts)
    ends = {a.get_gid(): a._path_original.vertices[-1] for a in figure.axes[0].patches if isinstance(a, FancyArrowPatch)}
    starts = {a.get_gid(): a.get_path().vertices[0] for a in shafts}
    for name in ("dc_in", "dc", "kept", "dc_prev", "dh_in", "dh_prev", "on i", "on g", "do", "di"):
        assert ends[name][0] < starts[name][0]
    for name in ("df", "di", "dg", "do"):
        assert ends[name][1] < starts[name][1]
    assert ends["through"][1] > starts["through"][1]


def test_ways_back_meet_where_lines_forked():
    figure = drawing.lstm_backward()
    ends = [a._path_original.vertices[-1] for a in figure.axes[0].patches if isinstance(a, FancyArrowPatch)]
    dots = [a for a in figure.axes[0].patches if isinstance(a, Circle) and a.get_gid().startswith("sum ")]
    assert len(dots) == 5, "the cell, h, and three of the four layers meet the next one"
    for dot in dots:
        arriving = [end for end in ends if np.isclose(np.hypot(*(end - np.array(dot.center))), dot.radius)]
        assert len(arriving) == 2


def test_numbers_are_printed_on_the_ways_back():
    numbers = {name: f"-0.{k}0" for k, name in enumerate(lstm.BACK, 10)}
    figure = drawing.lstm_backward(numbers)
    for name, number in numbers.items():
        assert any(t.get_text().endswith(number) for t in figure.axes[0].texts if t.get_gid() == name)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [t.get_window_extent(renderer) for t in figure.axes[0].texts if t.get_text()]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: drawing.lstm_backward({"c": 1}), r"^numbers: got c, expected some of dc_prev"),
        (lambda: drawing.lstm_module("remember"), r"^step: got 'remember', expected one of conveyor, forget"),
        (lambda: drawing.lstm_module(None, {"z": 1}), r"^numbers: got z, expected some of c_prev"),
        (lambda: drawing.gate((0.5, 1.5)), r"^values: got 1.5, expected numbers from 0 to 1"),
        (lambda: drawing.gate(()), r"^values: got \(\), expected at least one number"),
    ],
)
def test_bad_arguments_of_the_lstm_are_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_a_heat_map_colours_each_field_by_its_value_and_prints_it():
    values = np.array([[0.04, -0.96], [1.0, 0.0], [0.5, -0.04]])
    figure = drawing.heat_map({"gate": values, "cell": -values}, ["gender", "number"], ["Anna", "sings", "."])
    above, below = figure.axes
    np.testing.assert_array_equal(above.images[0].get_array(), values.T)
    np.testing.assert_array_equal(below.images[0].get_array(), -values.T)
    assert texts(figure) == ["0.0", "1.0", "0.5", "−1.0", "0.0", "0.0"], "no minus before a zero"
    assert [t.get_text() for t in below.get_xticklabels()] == ["Anna", "sings", "."]
    assert [t.get_text() for t in above.get_yticklabels()] == ["gender", "number"]
    assert above.get_title(loc="left") == "gate"


def test_the_numbers_of_a_heat_map_stand_out_from_their_fields():
    figure = drawing.heat_map({"c": np.linspace(-1, 1, 16)[:, None]})
    image = figure.axes[0].images[0]
    for text, value in zip(figure.axes[0].texts, image.get_array()[0], strict=True):
        r, g, b, _ = image.to_rgba(value)
        share = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in (r, g, b)]
        light = np.dot(share, (0.2126, 0.7152, 0.0722))
        assert (1.05 / (light + 0.05) if text.get_color() == "white" else (light + 0.05) / 0.05) > 4.5


def test_a_word_strip_shows_the_unit_above_its_gates():
    figure = word_strip()
    above, below = figure.axes
    assert texts(figure) == ["0.0", "−2.5", "1.2"]
    assert [t.get_text() for t in below.texts] == ["0.1", "0.5", "1.0", "0.0", "1.0", "0.0"]
    assert above.images[0].get_clim() == (-2.5, 2.5)
    assert below.images[0].get_clim() == (0.0, 1.0)
    assert [t.get_text() for t in below.get_yticklabels()] == ["f", "i"]
    assert [t.get_text() for t in below.get_xticklabels()] == ["the", "queen", "near"]


def test_a_source_strip_colours_each_character_in_its_line():
    figure = source_strip()
    grid = figure.axes[0].images[0].get_array()
    values = np.linspace(-1, 1, 14)
    np.testing.assert_allclose(grid[0], values[:8])
    np.testing.assert_allclose(grid[1][:5], values[9:])
    assert grid[1].mask[5:].all()
    shown = [(t.get_text(), *t.get_position()) for t in figure.axes[0].texts]
    assert shown[:3] == [("x", 0, 0), ("=", 2, 0), ('"', 4, 0)]
    assert shown[-1] == ("b", 4, 1)


def test_strips_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match=r"^words: got 17 words, expected 1 to 16"):
        drawing.word_strip(["a"] * 17, [0.0] * 17, {"f": [0.0] * 17})
    with pytest.raises(ValueError, match=r"^unit: got 1 values, expected 2, one for each word"):
        drawing.word_strip(["a", "b"], [0.0], {"f": [0.0]})
    with pytest.raises(ValueError, match=r"^values: got shape \(2,\), expected \(3,\)"):
        drawing.source_strip("abc", [0.0, 1.0], 0, 1)


def test_a_long_heat_map_has_a_bar_in_place_of_numbers():
    figure = drawing.heat_map({"gate": np.zeros((17, 2))}, low=0.0)
    assert texts(figure) == []
    assert figure.axes[-1].get_ylabel() == "value"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"panels": {}}, r"^panels: got {}, expected at least one panel"),
        ({"panels": {"a": [1.0, 2.0]}}, r"^panels: got 'a' of shape \(2,\), expected shapes \(T, H\)"),
        ({"panels": {"a": [[1.0]], "b": [[1.0, 2.0]]}}, r"^panels: got shapes \(1, 1\) and \(1, 2\), expected one shape"),
        ({"panels": {"a": [[float("nan")]]}}, r"^panels: got 'a' with a value that is not finite, expected finite numbers"),
        ({"cells": ["x", "y", "z"]}, r"^cells: got \['x', 'y', 'z'\], expected 2 names"),
        ({"words": ["x"]}, r"^words: got \['x'\], expected 3 words"),
        ({"low": 1.0}, r"^low, high: got \(1.0, 1.0\), expected low below high"),
    ],
)
def test_a_heat_map_refuses_what_does_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        drawing.heat_map(**{"panels": {"a": np.zeros((3, 2))}, **change})
