"""The diagrams of the variants hold what the equations of their cells hold, and set apart what is new."""

import re
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.text import Text

from lstm_course import drawing
from lstm_course.cells import CELLS, odyssey
from lstm_course.cells.clockwork import clockwork
from lstm_course.drawing.clockwork import PERIODS
from lstm_course.drawing.family import CHANGES, FAMILY, LEADS, ROWS
from lstm_course.drawing.scene import INK, LINE, MARK, Scene

CHANGED = (drawing.peephole_module, drawing.coupled_module, drawing.depth_gated_module)
MUTS = tuple(partial(drawing.mut_module, k) for k in (1, 2, 3))
NEW = (
    *CHANGED,
    *MUTS,
    drawing.gru_module,
    drawing.gru_2014_module,
    drawing.clockwork_modules,
    drawing.clockwork_ticks,
    drawing.family_tree,
    drawing.odyssey_module,
    drawing.bottleneck,
    drawing.luong_step,
    drawing.bahdanau_step,
    drawing.lookup,
    drawing.transformer_block,
    drawing.show_attend_tell_step,
)
ORDERS = (drawing.luong_step, drawing.bahdanau_step)
PEEPHOLES = {"see f", "see i", "see o"}


def artists(figure, name=None):
    everything = [*figure.axes[0].patches, *figure.axes[0].texts]
    return [a for a in everything if a.get_gid() and (name is None or a.get_gid() == name)]


def names(figure, pattern=".*"):
    return {a.get_gid() for a in artists(figure) if re.fullmatch(pattern, a.get_gid())}


def marked(figure):
    """Names of the parts that have something in the second colour."""
    colour = lambda a: a.get_color() if isinstance(a, Text) else to_hex(a.get_edgecolor())
    return {a.get_gid() for a in artists(figure) if colour(a) == MARK}


def texts(figure, name):
    return [a.get_text() for a in artists(figure, name) if isinstance(a, Text)]


def ends(figure, name):
    """First and last point of the line of this name that ends with an arrow."""
    (line,) = [a for a in artists(figure, name) if isinstance(a, FancyArrowPatch)]
    return line._path_original.vertices[0], line._path_original.vertices[-1]


def shape(figure, name):
    """Box around the layer or circle of this name, in units of the sheet."""
    (patch,) = [a for a in artists(figure, name) if isinstance(a, Circle | FancyBboxPatch)]
    return patch.get_path().transformed(patch.get_patch_transform()).get_extents()


def touches(figure, point, name):
    box = shape(figure, name).padded(0.12)
    return box.contains(*point)


def words_of(figure, *kept):
    return sorted(a.get_text() for name in kept for a in artists(figure, name) if isinstance(a, Text))


@pytest.mark.parametrize("draw", NEW)
def test_no_line_runs_through_a_text(draw):
    figure = draw()
    axes, renderer = figure.axes[0], FigureCanvasAgg(figure).get_renderer()
    solid = {a.get_gid() for a in axes.patches if a.get_zorder() == 3}  # covers the line below it
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in axes.texts if t.get_text() and t.get_gid() not in solid]
    for line in (a for a in axes.patches if isinstance(a, FancyArrowPatch | PathPatch)):
        for way in line.get_path().interpolated(50).transformed(axes.transData).to_polygons(closed_only=False):
            for text, box in boxes:
                assert not any(box.contains(x, y) for x, y in way), (text, line.get_gid())


@pytest.mark.parametrize("draw", NEW)
def test_everything_drawn_is_on_the_sheet(draw):
    figure = draw()
    axes = figure.axes[0]
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    for patch in axes.patches:
        if isinstance(patch, FancyArrowPatch):
            box = patch._path_original.get_extents()
        else:
            box = patch.get_path().transformed(patch.get_patch_transform()).get_extents()
        assert left <= box.x0 <= box.x1 <= right, patch.get_gid()
        assert low <= box.y0 <= box.y1 <= high, patch.get_gid()


@pytest.mark.parametrize("draw", NEW)
def test_layers_and_circles_do_not_overlap(draw):
    figure = draw()
    solid = {a.get_gid() for a in figure.axes[0].patches if a.get_zorder() == 3}
    for one, other in combinations(sorted(solid), 2):
        assert not shape(figure, one).overlaps(shape(figure, other)), (one, other)


@pytest.mark.parametrize("draw", [*CHANGED, *MUTS, drawing.gru_module, drawing.gru_2014_module, *ORDERS])
def test_what_is_new_has_a_second_colour_and_thicker_lines_and_the_rest_neither(draw):
    figure = draw()
    new = marked(figure)
    assert new
    for name in names(figure) - {"up", "x", "c_below"}:
        arrows = [a for a in artists(figure, name) if isinstance(a, FancyArrowPatch)]
        assert all((a.get_linewidth() > LINE) == (name in new) for a in arrows)
        assert all((to_hex(a.get_facecolor()) == MARK) == (name in new) for a in arrows)
        assert all((a.get_color() == MARK) == (name in new) for a in artists(figure, name) if isinstance(a, Text))


@pytest.mark.parametrize("draw", CHANGED[:2])
def test_what_is_not_new_stands_where_it_stands_in_the_lstm(draw):
    figure, parent = draw(), drawing.lstm_module()
    assert list(figure.get_size_inches()) == list(parent.get_size_inches())
    for name in names(parent) & names(figure) - marked(figure):
        there = [a.get_path().vertices for a in artists(parent, name) if not isinstance(a, Text)]
        here = [a.get_path().vertices for a in artists(figure, name) if not isinstance(a, Text)]
        assert all(np.array_equal(one, other) for one, other in zip(there, here, strict=False))


def test_three_gates_of_the_peephole_cell_see_a_cell():
    figure = drawing.peephole_module()
    assert names(figure) - names(drawing.lstm_module()) == marked(figure) == PEEPHOLES
    for gate, layer in (("f", "forget"), ("i", "input"), ("o", "output")):
        assert touches(figure, ends(figure, f"see {gate}")[1], layer)


def test_the_output_gate_sees_the_new_cell_and_the_others_the_old_one():
    figure = drawing.peephole_module()
    old, new = ends(figure, "c_prev"), ends(figure, "c")
    first = {gate: ends(figure, f"see {gate}")[0] for gate in "fio"}
    assert first["f"][1] == first["o"][1] == old[0][1]
    assert old[0][0] < first["f"][0] < old[1][0]
    assert new[0][0] < first["o"][0] < new[1][0]
    way = ends(figure, "see f")
    assert way[0][0] <= first["i"][0] <= way[1][0], "forks off from what the forget gate sees"
    assert texts(figure, "see f") == ["$c_{t-1}$"]
    assert texts(figure, "see o") == ["$c_t$"]


def test_the_coupled_cell_has_no_forget_layer_and_keeps_what_the_input_gate_leaves():
    figure = drawing.coupled_module()
    assert not names(figure) & {"forget", "to f"}
    assert texts(figure, "one minus") == ["$1 -$"]
    assert touches(figure, ends(figure, "copy i")[1], "one minus")
    assert touches(figure, ends(figure, "f")[0], "one minus")
    assert touches(figure, ends(figure, "f")[1], "keep")
    assert ends(figure, "copy i")[0][0] == ends(figure, "i")[0][0], "forks off from the line of i"
    assert texts(figure, "f") == ["$1 - i_t$"]
    (gone,) = artists(figure, "gone")
    assert gone.get_linestyle() == ":"
    np.testing.assert_allclose(shape(figure, "gone").bounds, shape(drawing.lstm_module(), "forget").bounds)


def test_the_depth_gate_reads_x_both_cells_and_not_h():
    figure = drawing.depth_gated_module()
    assert names(figure) >= PEEPHOLES
    assert not PEEPHOLES & marked(figure)
    reads = {name for name in names(figure) if name != "d" and any(
        touches(figure, a._path_original.vertices[-1], "depth") for a in artists(figure, name) if isinstance(a, FancyArrowPatch)
    )}  # fmt: skip
    assert reads == {"x to d", "see d", "see below"}
    assert touches(figure, ends(figure, "x to d")[0] - np.array((0, 0.1)), "x")
    assert ends(figure, "see below")[0][0] == ends(figure, "way up")[0][0]
    assert ends(figure, "see d")[0][0] == ends(figure, "see i")[0][0]


def test_the_cell_below_comes_up_through_a_product_and_is_added_after_the_forget_gate():
    figure = drawing.depth_gated_module()
    assert touches(figure, ends(figure, "way up")[0], "c_below")
    assert texts(figure, "c_below")[-1] == "$c_t^{\\,l-1}$"
    assert touches(figure, ends(figure, "way up")[1], "deepen")
    assert touches(figure, ends(figure, "d")[1], "deepen")
    assert touches(figure, ends(figure, "from below")[0], "deepen")
    assert touches(figure, ends(figure, "from below")[1], "add below")
    assert shape(figure, "keep").x1 < shape(figure, "add below").x0 < shape(figure, "add below").x1 < shape(figure, "add").x0


@pytest.mark.parametrize("draw", [drawing.gru_module, drawing.gru_2014_module])
def test_both_forms_of_the_gru_mix_the_old_state_with_something_new(draw):
    figure = draw()
    for line, start, end in (
        ("r", "reset gate", "reset"),
        ("z", "update gate", "keep"),
        ("kept", "keep", "add"),
        ("1 - z", "one minus", "write"),
        ("written", "write", "add"),
    ):
        assert touches(figure, ends(figure, line)[0], start)
        assert touches(figure, ends(figure, line)[1], end)
    assert touches(figure, ends(figure, "h_prev")[1], "keep"), "z = 1 keeps"
    assert touches(figure, ends(figure, "copy z")[1], "one minus")
    assert touches(figure, ends(figure, "n")[1], "write")


def test_the_published_reset_comes_before_the_layer_and_torchs_after_it():
    before, after = drawing.gru_2014_module(), drawing.gru_module()
    assert names(before, "memory|input|sum|candidate") == {"candidate"}
    assert names(after, "memory|input|sum|candidate") == {"memory", "input", "sum"}
    assert touches(before, ends(before, "to reset")[1], "reset")
    assert touches(before, ends(before, "to n")[1], "candidate")
    assert touches(after, ends(after, "to m")[1], "memory")
    assert touches(after, ends(after, "m")[0], "memory")
    assert touches(after, ends(after, "m")[1], "reset")
    assert touches(after, ends(after, "after reset")[1], "sum")
    assert touches(after, ends(after, "a")[1], "sum")
    assert words_of(after, "memory", "input") == ["linear", "linear"]


def test_both_forms_of_the_gru_show_the_same_but_for_the_reset():
    one, other = drawing.gru_module(), drawing.gru_2014_module()
    assert names(one) - marked(one) - {"n"} == names(other) - marked(other) - {"n"}


def arriving(figure, part):
    """Names of the lines whose arrows end at a part."""
    arrows = [a for a in artists(figure) if isinstance(a, FancyArrowPatch)]
    return {a.get_gid() for a in arrows if touches(figure, a._path_original.vertices[-1], part)}


@pytest.mark.parametrize("draw", MUTS)
def test_in_a_mutant_z_writes_and_e_stands_where_x_stood(draw):
    figure = draw()
    assert touches(figure, ends(figure, "z")[0], "update gate")
    assert arriving(figure, "one minus") == {"z"}
    assert arriving(figure, "write") == {"copy z", "n"}
    assert arriving(figure, "keep") == {"h_prev", "1 - z"}
    assert arriving(figure, "add") == {"kept", "written"}
    assert [*texts(figure, "kept"), *texts(figure, "written")] == ["$(1 - z_t)\\,h_{t-1}$", "$z_t n_t$"]
    assert ends(figure, "copy z")[0][0] == ends(figure, "z")[0][0], "forks off from the line of z"
    assert touches(figure, ends(figure, "to embed")[0], "x")
    assert arriving(figure, "embed") == {"to embed"}
    assert texts(figure, "embed") == ["linear"]
    assert touches(figure, artists(figure, "e")[0].get_path().vertices[0], "embed")


@pytest.mark.parametrize(
    ("k", "reads"),
    [
        (1, {
            "update gate": {"e to z"}, "reset gate": {"to r"}, "reset": {"to reset", "r"}, "memory": {"after reset"},
            "squash e": {"e to n"}, "sum": {"m", "squashed"}, "tanh": {"to tanh"},
        }),
        (2, {
            "update gate": {"to z"}, "memory": {"to m"}, "sum": {"m", "e to r"}, "sigma": {"to sigma"},
            "reset": {"to reset", "r"}, "candidate": {"to n"},
        }),
        (3, {
            "update gate": {"squashed", "e to z"}, "squash h": {"to squash"}, "reset gate": {"to r"},
            "reset": {"to reset", "r"}, "candidate": {"to n"},
        }),
    ],
)  # fmt: skip
def test_the_mutants_read_what_their_equations_say(k, reads):
    figure = drawing.mut_module(k)
    assert {part: arriving(figure, part) for part in reads} == reads
    circles = {"keep", "add", "write", "one minus", "up", "x", "embed"}
    assert {a.get_gid() for a in figure.axes[0].patches if a.get_zorder() == 3} == circles | set(reads)
    swapped = {"to embed", "embed", "e", "z", "copy z", "one minus", "1 - z", "kept", "written"}
    own = {
        1: "e to z|memory|m|e to n|squash e|squashed|sum|to tanh|tanh|n",
        2: "to m|memory|m|e to r|sum|to sigma|sigma|r",
        3: "to squash|squash h|squashed|e to z",
    }
    assert marked(figure) == swapped | set(own[k].split("|"))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_what_a_mutant_leaves_alone_stands_where_it_stands_in_the_gru(k):
    figure, parent = drawing.mut_module(k), drawing.gru_2014_module()
    path = lambda a: a._path_original if isinstance(a, FancyArrowPatch) else a.get_path()  # a thicker head is longer
    moved = {"x"} | {1: {"joined", "after reset"}, 2: {"reset", "to reset", "after reset"}, 3: {"joined"}}[k]
    same = names(parent) & names(figure) - marked(figure) - moved
    assert same >= {"body", "h_prev", "h", "up", "keep", "write", "add", "update gate"}
    for name in same:
        there, here = ([a for a in artists(one, name) if not isinstance(a, Text)] for one in (parent, figure))
        for one, other in zip(there, here, strict=True):
            np.testing.assert_array_equal(path(one).vertices, path(other).vertices)


def test_a_mutant_that_there_is_not_is_named():
    with pytest.raises(ValueError, match=r"^k: got 4, expected 1, 2 or 3"):
        drawing.mut_module(4)


def test_modules_read_what_the_mask_of_the_clockwork_cell_lets_them_read():
    W_h = clockwork(PERIODS).init(np.random.default_rng(0), 1, len(PERIODS)).W_h
    figure = drawing.clockwork_modules()
    assert names(figure, r"\d-\d") == {f"{reader}-{read}" for read, reader in np.argwhere(W_h)}
    assert names(figure, r"in \d") == {f"in {k}" for k in range(len(PERIODS))}
    for line in names(figure, r"\d-\d"):
        reader, read = line.split("-")
        assert touches(figure, ends(figure, line)[0], f"A {read}")
        assert touches(figure, ends(figure, line)[1], f"A {reader}")
    assert [texts(figure, f"A {k}") for k in range(len(PERIODS))] == [[str(period)] for period in PERIODS]


@pytest.mark.parametrize("T", [1, 9, 12])
def test_ticks_are_the_steps_at_which_the_clockwork_cell_changes(T):
    cell = clockwork(PERIODS)
    p = cell.init(np.random.default_rng(0), 1, len(PERIODS))
    state = cell.initial_state(p, 1)
    expected = set()
    for t, x in enumerate(np.random.default_rng(1).normal(size=(T, 1, 1))):
        after, _ = cell.step(p, cell.inputs(p, x), state)
        expected |= {f"tick {k} {t}" for k in np.flatnonzero(after.h[0] != state.h[0])}
        state = after
    assert names(drawing.clockwork_ticks(T), "tick .*") == expected


@pytest.mark.parametrize("T", [0, 13, 2.0])
def test_a_number_of_steps_that_does_not_fit_is_named(T):
    with pytest.raises(ValueError, match=rf"^T: got {T}, expected an integer"):
        drawing.clockwork_ticks(T)


def test_the_family_is_every_cell_of_the_course_once():
    members = [cell for relative in FAMILY.values() for cell in relative.cells]
    assert sorted(members) == sorted(CELLS)


def test_years_are_those_of_the_sources_and_nobody_is_older_than_what_it_came_from():
    bibliography = (Path(__file__).parents[1] / "references.bib").read_text(encoding="utf-8")
    preprints = {"greff2017": "1503.04069"}  # the year is in the number
    for relative in FAMILY.values():
        entry = re.search(rf"@\w+{{{relative.source},\n(.*?)\n}}", bibliography, re.DOTALL)[1]
        year = re.search(r"year = {(\d+)}", entry)[1]
        if relative.source in preprints:
            assert preprints[relative.source] in entry
            year = f"20{preprints[relative.source][:2]}"
        assert relative.year in (year, "torch")
    order = list(ROWS)
    assert all(order.index(FAMILY[one].year) <= order.index(FAMILY[other].year) for one, other in LEADS)


def test_every_line_of_the_tree_leads_from_one_card_to_the_other():
    figure = drawing.family_tree()
    assert {other for _, other in LEADS} == set(FAMILY) - {"tanh RNN"}, "each has one parent, but the first"
    for (one, other), (words, *_) in LEADS.items():
        start, end = ends(figure, f"{one} > {other}")
        assert touches(figure, start, one)
        assert touches(figure, end, other)
        assert texts(figure, f"{one} > {other}") == [words]


def test_the_tree_names_the_changes_of_the_comparison():
    known = {name for name in odyssey.ODYSSEY if name not in ("V", "NP")}
    assert set(CHANGES[::2]) == known
    assert {name.lower() for name in known} == set(FAMILY["seven changes"].cells)


def test_each_change_of_the_comparison_stands_beside_what_it_changes():
    figure = drawing.odyssey_module()
    assert marked(figure) == set(odyssey.ODYSSEY) - {"V", "FGR"}, "FGR adds lines that are not there"
    beside = {"NFG": "forget", "NIG": "input", "NIAF": "candidate", "NOG": "output", "NOAF": "squash", "CIFG": "keep"}
    solid = {a.get_gid() for a in figure.axes[0].patches if a.get_zorder() == 3} - {"x", "up"}
    for change, part in beside.items():
        (word,) = artists(figure, change)
        middle = lambda name: np.mean([shape(figure, name).min, shape(figure, name).max], axis=0)
        far = {name: np.abs(np.subtract(middle(name), word.get_position())).sum() for name in solid}
        assert min(far, key=far.get) == part, change
    assert len(artists(figure, "NP")) == 2
    assert names(figure) >= PEEPHOLES


def test_what_is_removed_is_off_the_sheet():
    scene = Scene(4, 2)
    scene.point("p", (1, 1), "+")
    scene.point("q", (3, 1), "+")
    scene.remove(["p"])
    assert {a.get_gid() for a in (*scene.axes.patches, *scene.axes.texts)} == set(scene.parts) == {"q"}
    with pytest.raises(ValueError, match=r"^names: got p, expected some of q"):
        scene.remove(["p"])


def test_a_mark_leaves_the_margin_of_a_bridge_alone():
    scene = Scene(4, 2)
    scene.wire("w", [(0, 1), (4, 1)])
    scene.bridge("w", (1, 1), (2, 1))
    scene.point("p", (3, 0.5), "+")
    scene.mark(["w"])
    assert sorted(to_hex(a.get_edgecolor()) for a in scene.parts["w"]) == sorted([MARK, MARK, "#e6eef5"])
    assert {to_hex(a.get_edgecolor()) for a in scene.parts["p"] if isinstance(a, Circle)} == {INK}
    with pytest.raises(ValueError, match=r"^names: got nothing, expected some of p, w"):
        scene.mark(["nothing"])
