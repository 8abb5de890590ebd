"""The strips of packed matrices show the table of conventions and nothing else."""

from itertools import pairwise

import pytest
from matplotlib.colors import to_hex

from lstm_course import drawing
from lstm_course.convert import FORMATS
from lstm_course.drawing import strips

PACKED = [key for key in FORMATS if key[0] in ("lstm", "peephole", "gru", "gru_2014")]


def blocks(figure, library):
    """The blocks of one library from left to right, as (gate, colour, left, right)."""
    found = []
    for patch in figure.axes[0].patches:
        name, _, gate = patch.get_gid().rpartition(" ")
        if name == library:
            x = patch.get_path().transformed(patch.get_patch_transform()).get_extents()
            found.append((gate, to_hex(patch.get_facecolor()), x.x0, x.x1))
    return sorted(found, key=lambda block: block[2])


def words(figure, part):
    return [t.get_text() for t in figure.axes[0].texts if t.get_gid() == part]


@pytest.mark.parametrize(("cell", "library"), PACKED)
def test_a_strip_has_the_gates_in_the_librarys_order_side_by_side(cell, library):
    figure, form = drawing.gate_strips(cell, [library]), FORMATS[cell, library]
    drawn = blocks(figure, library)
    assert "".join(gate for gate, *_ in drawn) == form.gates
    for one, other in pairwise(drawn):
        assert one[3] == pytest.approx(other[2])
    for gate, colour, *_ in drawn:
        assert colour == strips.COLOURS[gate]
        assert words(figure, f"{library} {gate}")[0] == gate, "colour is never alone"


@pytest.mark.parametrize(
    ("cell", "library", "gate", "note"),
    [
        ("lstm", "torch", "f", []),
        ("lstm", "keras", "g", ["there c"]),
        ("lstm", "tf1", "f", ["+1 at run time"]),
        ("lstm", "tf1", "g", ["there j"]),
        ("gru", "cudnn", "z", ["there i"]),
        ("gru_2014", "haiku", "z", ["turned"]),
    ],
)
def test_what_differs_from_ours_stands_below_the_letter(cell, library, gate, note):
    assert words(drawing.gate_strips(cell, [library]), f"{library} {gate}") == [gate, *note]


def test_the_first_library_stands_highest():
    figure = drawing.gate_strips("lstm", ["torch", "onnx"])
    height = {t.get_gid(): t.get_position()[1] for t in figure.axes[0].texts if t.get_gid() in ("torch", "onnx")}
    assert height["torch"] > height["onnx"]


def test_notes_stay_in_their_blocks():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for cell, libraries in strips.LIBRARIES.items():
        figure = drawing.gate_strips(cell, libraries)
        renderer = FigureCanvasAgg(figure).get_renderer()
        frames = {patch.get_gid(): patch.get_window_extent(renderer) for patch in figure.axes[0].patches}
        for text in figure.axes[0].texts:
            if text.get_gid() in frames:
                box, frame = text.get_window_extent(renderer), frames[text.get_gid()]
                assert frame.x0 + 1 < box.x0 < box.x1 < frame.x1 - 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lstm", ["theano"]), r"^libraries: got 'theano', expected some of torch, keras, tf1"),
        (("gru", []), r"^libraries: got \[\], expected some of torch, keras"),
        (("rnn",), r"^libraries: got \(\), expected some of a known cell"),
    ],
)
def test_unknown_libraries_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        drawing.gate_strips(*arguments)
