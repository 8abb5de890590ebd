"""From a picture to the next word of what is said about it: look, step, tell.

Source: xu2015.
"""

from lstm_course.drawing.attention import COLUMNS, READ, SCORE, SUM, weigh
from lstm_course.drawing.scene import OUTPUT, Scene
from lstm_course.tasks.shapes import COLOURS

GATE, WORD, ROW, LINEAR, TELL = 8.4, 9.5, 11.05, 12.4, 13.6
"""How high the gate, the word before, the cell, the layers of the readout and their sum stand, above the sum of the look."""
BEFORE, EYE, FORK, CELL, AFTER, LOOK = 0.5, 2.4, 4.3, 5.7, 7.3, 9.3
"""How far to the right the way of the state before, the eye, the way of the word before, cell, new state and the look stand."""


def show_attend_tell_step():
    """One step of `models.show_attend_tell.ShowAttendTell`, with an eye of four places; c is left out.

    Returns:
        matplotlib Figure. Parts: those of `attention.weigh`, of what is weighed the annotation vectors, "annotation 1" to
        "annotation 4". The eye: "picture" with "place 1" to "place 4", "shape 2" and "shape 4"; line "see", layer
        "convolutions", line "seen", card "annotations". The gate: "ask gate", layer "gate", "beta", circle "let through", to
        which "context" leads. The cell "B": "h_prev", from which "query" goes to the score, "y_prev", "symbol", layer "embed",
        "embedded", "z to cell", "h". What is told: "h to tell" and "z to tell", layers "L_h" and "L_z", "h told" and "z told",
        "y told", the sum "tell", "told", layer "L_o", "to y", "y".
    """
    scene = Scene(14.6, 14.5)
    _eye(scene)
    weigh(scene, "annotation", "a")
    _gate(scene)
    _step(scene)
    _tell(scene)
    return scene.figure


def _eye(scene):
    """A picture, as in `lstm_course.tasks.shapes`, which convolutions turn into a vector for each of its places."""
    side, low = 1.45, 3.75
    left = EYE - side
    scene.square("picture", (left, low), 2 * side, "#ffffff")
    for k, (x, y) in enumerate(((0, 1), (1, 1), (0, 0), (1, 0)), 1):
        corner = left + x * side, low + y * side
        scene.square(f"place {k}", corner, side, "#ffffff")
        scene.text(f"place {k}", (corner[0] + 0.22, corner[1] + side - 0.27), str(k), 14)
    scene.bubble("shape 2", (EYE + 0.82, low + side + 0.6), "", COLOURS["red"], radius=0.44)
    scene.square("shape 4", (EYE + 0.43, low + 0.2), 0.78, COLOURS["pink"])
    scene.wire("see", [(EYE, low), (EYE, READ + 0.42)])
    scene.layer("convolutions", (EYE, READ), "convolutions", 2.5)
    scene.wire("seen", [(EYE + 1.25, READ), (COLUMNS[0] - 0.72, READ)])
    scene.card("annotations", (COLUMNS[0] - 0.72, READ - 0.66), (COLUMNS[-1] - COLUMNS[0] + 1.44, 1.32))


def _gate(scene):
    """The state before asks for the picture, and says how much of it is let through."""
    scene.wire("query", [(0, ROW), (BEFORE, ROW), (BEFORE, SCORE), (4.35, SCORE)])
    scene.text("query", (2.4, SCORE + 0.4), "$h_{t-1}$", 14)
    scene.wire("ask gate", [(BEFORE, ROW - 1), (BEFORE, GATE), (6.3, GATE)])
    scene.text("ask gate", (3.4, GATE - 0.4), "$h_{t-1}$", 14)
    scene.layer("gate", (6.9, GATE), r"$\sigma$")
    scene.wire("beta", [(7.5, GATE), (LOOK - 0.36, GATE)])
    scene.text("beta", (8.15, GATE - 0.4), r"$\beta$", 15)
    scene.wire("context", [(LOOK, SUM + 0.36), (LOOK, GATE - 0.36)])
    scene.text("context", (LOOK + 0.25, 7.62), "context", 14, ha="left")
    scene.point("let through", (LOOK, GATE), r"$\times$")


def _step(scene):
    """The cell reads the word before, and what was let through."""
    scene.wire("h_prev", [(0, ROW), (CELL - 0.8, ROW)])
    scene.text("h_prev", (1.5, ROW + 0.4), "$h_{t-1}$", 14)
    scene.bubble("y_prev", (1.5, WORD), "", radius=0.7)
    scene.text("y_prev", (1.5, WORD), "red", 15)
    scene.text("y_prev", (1.5, WORD + 1.0), "$y_{t-1}$", 14)
    scene.wire("symbol", [(2.2, WORD), (2.65, WORD)])
    scene.layer("embed", (3.3, WORD), "embed", 1.3)
    scene.wire("embedded", [(3.95, WORD), (CELL, WORD), (CELL, ROW - 0.8)])
    scene.wire("z to cell", [(LOOK, GATE + 0.36), (LOOK, WORD), (CELL, WORD), (CELL, ROW - 1.1)], arrow=False)
    scene.card("B", (CELL - 0.8, ROW - 0.8), (1.6, 1.6))
    scene.text("B", (CELL, ROW), "LSTM", 17)
    scene.wire("h", [(CELL + 0.8, ROW), (14.5, ROW)])
    scene.text("h", (13.4, ROW + 0.36), "$h_t$", 14)


def _tell(scene):
    """A deep output: the next word is read off the word before, the new state, and what was let through."""
    scene.wire("h to tell", [(AFTER - 0.5, ROW), (AFTER, ROW), (AFTER, LINEAR - 0.42)])
    scene.wire("z to tell", [(LOOK, GATE + 0.36), (LOOK, LINEAR - 0.42)])
    scene.bridge("z to tell", (LOOK, ROW - 0.2), (LOOK, ROW + 0.2), "white")
    scene.text("z to tell", (LOOK + 0.25, WORD), "$z$", 15, ha="left")
    for letter, x in (("h", AFTER), ("z", LOOK)):
        scene.layer(f"L_{letter}", (x, LINEAR), "linear", 1.3)
        scene.wire(f"{letter} told", [(x, LINEAR + 0.42), (x, TELL - 0.36)])
    scene.wire("y told", [(3.95, WORD), (FORK, WORD), (FORK, TELL), (AFTER - 0.65, TELL)])
    scene.bridge("y told", (FORK, ROW - 0.2), (FORK, ROW + 0.2), "white")
    scene.text("y told", (5.3, TELL + 0.4), "$E\\,y_{t-1}$", 14)
    scene.together("tell", ((AFTER + LOOK) / 2, TELL), "+", LOOK - AFTER + 1.3)
    scene.wire("told", [(LOOK + 0.65, TELL), (10.75, TELL)])
    scene.layer("L_o", (11.4, TELL), "linear", 1.3)
    scene.wire("to y", [(12.05, TELL), (12.7, TELL)])
    scene.bubble("y", (13.4, TELL), "", OUTPUT, radius=0.7)
    scene.text("y", (13.4, TELL), "circle", 15)
    scene.text("y", (13.4, TELL - 1.0), "$y_t$", 14)
