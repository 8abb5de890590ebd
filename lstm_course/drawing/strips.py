"""The packed matrices of several libraries, one below the other: which gate stands in which block."""

from lstm_course import expect
from lstm_course.convert import FORMATS
from lstm_course.drawing.scene import INK, Scene

LIBRARIES = {"lstm": ("torch", "keras", "tf1", "haiku", "onnx"), "gru": ("torch", "keras"), "gru_2014": ("tf1", "haiku")}
"""Unless others are asked for."""
COLOURS = {"i": "#cfe5f5", "f": "#ffd9a8", "g": "#d3ecdf", "o": "#f0d5e6", "r": "#cfe5f5", "z": "#ffd9a8", "n": "#d3ecdf"}
LABEL, HEIGHT, GAP = 2.7, 1.2, 0.2
"""Room for the names of the libraries, and how high a strip is and what lies between two."""


def gate_strips(cell="lstm", libraries=None):
    """A strip for each library, cut into the blocks of its packed matrix: coloured and lettered by our gates, in its order.

    Below our letter stands what is not as with us: the name there, what is added at run time, a sign that is turned.

    Args:
        cell: "lstm", "peephole", "gru" or "gru_2014".
        libraries: names that `convert.FORMATS` has for this cell.
    Returns:
        matplotlib Figure. Parts: for each library its name, and the blocks "name gate".
    Raises:
        ValueError: when there is no such library.

    >>> gate_strips("gru", ["keras"]).axes[0].texts[1].get_text()
    'z'
    """
    libraries = LIBRARIES.get(cell, ()) if libraries is None else libraries
    known = [name for kind, name in FORMATS if kind == cell]
    expect.that(len(libraries) > 0, "libraries", repr(libraries), f"some of {', '.join(known) or 'a known cell'}")
    scene = Scene(11, len(libraries) * (HEIGHT + GAP) + GAP)
    for k, library in enumerate(reversed(libraries)):
        expect.that(library in known, "libraries", repr(library), f"some of {', '.join(known)}")
        _strip(scene, library, FORMATS[cell, library], GAP + k * (HEIGHT + GAP))
    return scene.figure


def _strip(scene, library, form, low):
    name, *more = form.who.split(", ")
    scene.text(library, (0.2, low + HEIGHT / 2), "\n".join((name, *more)), 13 if more else 16, ha="left")
    width = (11 - LABEL - 0.2) / len(form.gates)
    for k, (gate, there) in enumerate(zip(form.gates, form.names, strict=True)):
        block, left = f"{library} {gate}", LABEL + k * width
        scene.block(block, (left, low), (width, HEIGHT), COLOURS[gate])
        note = [f"there {there}"] if there != gate else []
        note += [f"+{form.adds[gate]:g} at run time"] if gate in form.adds else []
        note += ["turned"] if gate in form.turned else []
        scene.text(block, (left + width / 2, low + HEIGHT * (0.66 if note else 0.5)), gate, 19, color=INK)
        if note:
            scene.text(block, (left + width / 2, low + 0.26), ", ".join(note), 11.5)
