"""From an encoder to a decoder: through one vector, or by a look at all that the encoder said, after a step or before it."""

from lstm_course.attention import weights
from lstm_course.drawing.scene import OUTPUT, Scene

SHEET = 14.6, 11.6
SCORE, READ, BUS, PRODUCTS, SUM, ROW, SAY = 0.75, 2.35, 3.75, 5.45, 6.9, 8.6, 10.0
"""How high the score, the encoder's states, the weights' line, the products, their sum, decoder and readout stand."""
COLUMNS = 5.0, 7.1, 9.2, 11.3
"""Where the four states of the encoder stand."""
LANE = 0.95
"""How far to the right of its state a weight goes up."""
MIDDLE, CELL = 8.15, 2.5
"""Where the sum and the readout stand, and the decoder's cell."""

SCORES = 0.5, 1.6, 0.9, -0.2
"""What each state scores; the bars are as high as the weights that follow from these."""


def bottleneck():
    """An encoder of three steps, a decoder of three, and one vector between them.

    Returns:
        matplotlib Figure. Parts, for k = 1, 2, 3: the encoder's "A k" with "x k" and its line "read k"; the decoder's "B k",
        what it reads, "y k-1 again", by "hear k", and "y k", which it writes by "say k"; lines "A 1-2", "B 1-2" and the like;
        marked: "vector", and the lines "in" and "out".
    """
    scene = Scene(15.4, 6.0)
    low, high, half, row = 2.4, 4.0, 0.75, 3.2
    for k, x in enumerate((1.15, 3.35, 5.55), 1):
        _step(scene, f"A {k}", x, (low, high))
        scene.bubble(f"x {k}", (x, 1.3), f"$x_{k}$")
        scene.wire(f"read {k}", [(x, 1.82), (x, low)])
        far = x + 4.3 + 2.2 * 2
        _step(scene, f"B {k}", far, (low, high))
        scene.bubble(f"y {k - 1} again", (far, 1.3), f"$y_{k - 1}$")
        scene.wire(f"hear {k}", [(far, 1.82), (far, low)])
        scene.bubble(f"y {k}", (far, 5.1), f"$y_{k}$", OUTPUT)
        scene.wire(f"say {k}", [(far, high), (far, 4.58)])
        if k < 3:
            for letter, start in (("A", x), ("B", far)):
                scene.wire(f"{letter} {k}-{k + 1}", [(start + half, row), (start + 2.2 - half, row)])
    scene.wire("in", [(6.3, row), (7.1, row)])
    scene.bubble("vector", (7.7, row), "$h_3$", "#ffffff", radius=0.6)
    scene.wire("out", [(8.3, row), (9.1, row)])
    scene.text("words vector", (7.7, 4.75), "one vector", 15)
    scene.text("words A", (3.35, 0.35), "the encoder reads", 15)
    scene.text("words B", (12.05, 0.35), "the decoder writes", 15)
    scene.mark(["in", "vector", "out", "words vector"])
    return scene.figure


def _step(scene, name, x, heights):
    """A closed module."""
    low, high = heights
    scene.card(name, (x - 0.75, low), (1.5, high - low))
    scene.text(name, (x, (low + high) / 2), name[0], 22)


def luong_step():
    """One step of `models.decoders.Luong`: step first, then look with the new state.

    Returns:
        matplotlib Figure. Parts: see `look`; marked: "query", from the new state, and the input feeding, "said_prev" and
        "said on".
    """
    scene = Scene(*SHEET)
    look(scene)
    scene.wire("query", [(3.4, ROW), (3.9, ROW), (3.9, SCORE), (4.35, SCORE)])
    scene.text("query", (3.65, 3.0), "query $h_t$:\nthe state\nafter the step", 14, ha="right", linespacing=1.4)
    scene.wire("said_prev", [(0, SUM), (CELL, SUM), (CELL, ROW - 1.1)], arrow=False)
    scene.text("said_prev", (0.95, SUM + 0.4), r"$\mathrm{said}_{t-1}$", 14)
    scene.wire("said on", [(8.9, SAY), (9.3, SAY), (9.3, SAY + 1.0), (14.5, SAY + 1.0)])
    scene.text("said on", (13.3, SAY + 1.35), r"$\mathrm{said}_t$", 14)
    scene.mark(["query", "said_prev", "said on"])
    return scene.figure


def bahdanau_step():
    """One step of `models.decoders.Bahdanau`: look first, with the state before, then step.

    Returns:
        matplotlib Figure. Parts: see `look`; marked: "query", from the state before, and "to cell", the context among what the
        cell reads.
    """
    scene = Scene(*SHEET)
    look(scene)
    scene.wire("query", [(0.0, ROW), (0.5, ROW), (0.5, SCORE), (4.35, SCORE)])
    scene.text("query", (0.8, 3.0), "query $h_{t-1}$:\nthe state\nbefore the step", 14, ha="left", linespacing=1.4)
    scene.wire("to cell", [(COLUMNS[0] - 0.6, SUM), (CELL, SUM), (CELL, ROW - 1.1)], arrow=False)
    scene.text("to cell", (3.5, SUM + 0.36), "context", 14)
    scene.mark(["query", "to cell"])
    return scene.figure


def look(scene):
    """What both orders have in common, on a sheet.

    Parts: those of `weigh`, of what is weighed the encoder's states, "state s"; the decoder's cell "B" with "y_prev",
    "symbol", "h_prev" and "h"; the readout: "h to say", layers "say" and "logits", "said", "to y", "y"; and "context".
    """
    weigh(scene, "state", r"\bar{h}")
    _decoder(scene)
    scene.text("context", (MIDDLE + 0.2, 7.9), "context", 14, ha="left")


def weigh(scene, what, letter):
    """From four vectors to the sum of them all by their weights: the lower part of a sheet.

    Parts: for s = 1 ... 4, the vector, `what` and s, named by the letter, its line to the score "key s" and to the product
    "value s", the bar "bar s" and its line "weight s", the circle "times s" and its line "product s"; layer "score", "scores",
    "softmax", "weights", "sum".
    """
    import numpy as np

    scene.layer("score", (MIDDLE, SCORE), "score", 7.6)
    scene.wire("scores", [(11.95, SCORE), (13.3, SCORE), (13.3, 1.84)])
    scene.text("scores", (12.6, SCORE - 0.4), "scores", 14)
    scene.together("softmax", (13.3, 2.2), "softmax", 2.1)
    scene.wire("weights", [(13.3, 2.56), (13.3, BUS), (COLUMNS[0] + LANE + 0.4, BUS)], arrow=False)
    scene.text("weights", (12.4, 3.2), "weights", 14)
    alpha = weights(np.array([SCORES]))[0]
    for s, (x, weight) in enumerate(zip(COLUMNS, alpha, strict=True), 1):
        scene.bubble(f"{what} {s}", (x, READ), "", radius=0.5)
        scene.text(f"{what} {s}", (x, READ), f"${letter}_{s}$", 16)
        _column(scene, s, x, weight)
    scene.together("sum", (MIDDLE, SUM), "+", 7.5)


def _column(scene, s, x, weight):
    """What becomes of one of the vectors."""
    scene.wire(f"key {s}", [(x, READ - 0.5), (x, SCORE + 0.42)])
    scene.wire(f"value {s}", [(x, READ + 0.5), (x, PRODUCTS - 0.36)])
    if s > 1:
        scene.bridge(f"value {s}", (x, BUS - 0.2), (x, BUS + 0.2), "white")
    lane = x + LANE
    scene.wire(f"weight {s}", [(lane + 0.5, BUS), (lane, BUS), (lane, PRODUCTS), (x + 0.36, PRODUCTS)])
    scene.bar(f"bar {s}", (lane, BUS + 0.3), 1.9 * weight)
    scene.text(f"weight {s}", (lane + 0.28, BUS + 0.6), rf"$\alpha_{s}$", 14, ha="left")
    scene.point(f"times {s}", (x, PRODUCTS), r"$\times$")
    scene.wire(f"product {s}", [(x, PRODUCTS + 0.36), (x, SUM - 0.36)])


def _decoder(scene):
    """The cell, and what is said from its state and the context."""
    scene.card("B", (CELL - 0.8, ROW - 0.8), (1.6, 1.6))
    scene.text("B", (CELL, ROW), "B", 22)
    scene.wire("h_prev", [(0, ROW), (CELL - 0.8, ROW)])
    scene.text("h_prev", (0.85, ROW + 0.4), "$h_{t-1}$", 14)
    scene.bubble("y_prev", (CELL, 5.7), "", radius=0.52)
    scene.text("y_prev", (CELL, 5.7), "$y_{t-1}$", 15)
    scene.wire("symbol", [(CELL, 6.22), (CELL, ROW - 0.8)])
    scene.wire("h", [(CELL + 0.8, ROW), (14.5, ROW)])
    scene.text("h", (13.3, ROW + 0.36), "$h_t$", 14)
    scene.wire("context", [(MIDDLE, SUM + 0.36), (MIDDLE, SAY - 0.42)])
    scene.bridge("context", (MIDDLE, ROW - 0.2), (MIDDLE, ROW + 0.2), "white")
    scene.wire("h to say", [(6.7, ROW), (7.2, ROW), (7.2, 9.15), (MIDDLE, 9.15), (MIDDLE, 9.4)], arrow=False, radius=0.25)
    scene.layer("say", (MIDDLE, SAY), "tanh")
    scene.wire("said", [(MIDDLE + 0.6, SAY), (10.75, SAY)])
    scene.text("said", (10.05, SAY - 0.38), r"$\mathrm{said}_t$", 14)
    scene.layer("logits", (11.4, SAY), "linear", 1.3)
    scene.wire("to y", [(12.05, SAY), (12.78, SAY)])
    scene.bubble("y", (13.3, SAY), "$y_t$", OUTPUT)
