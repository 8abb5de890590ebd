"""The three mutants of the GRU: what is otherwise in a second colour and with thicker lines, the rest where it was there."""

from lstm_course import expect
from lstm_course.drawing.lstm import GATES, LOW, SHEET, TOP
from lstm_course.drawing.scene import Scene
from lstm_course.drawing.variants import NEW, RESET, ROW, R, W, Z, gru_2014

X, EAST = 2.75, 1.62
"""Where e comes up, and how high its way to the right is."""
COPY, SUM = 3.72, 2.8
"""How high the way of z to the product that writes starts, and the sum of the first mutant stands."""


def mut_module(k):
    """One of the mutants MUT1, MUT2 and MUT3, beside the GRU as it was published: in all of them z = 1 writes.

    Args:
        k: 1, 2 or 3.
    Returns:
        matplotlib Figure. Parts as in `gru_2014_module`; but e_t comes in where x_t came in: "to embed", layer "embed", "e",
        "e to n". Marked in all: these but for the last, and "one minus", "z", "copy z", "1 - z", "kept", "written". Marked in
        MUT1: "e to z"; layer "memory", circles "squash e", "sum", "tanh", lines "to memory", "m", "e to n", "squashed",
        "to tanh", "n". In MUT2: layer "memory", circles "sum", "sigma", lines "to m", "m", "e to r", "to sigma", "r" ("reset"
        only makes room). In MUT3: circle "squash h", lines "to squash", "squashed", "e to z".
    Raises:
        ValueError: when there is no such mutant.
    """
    expect.that(k in (1, 2, 3), "k", repr(k), "1, 2 or 3")
    scene = Scene(*SHEET)
    gru_2014(scene)
    scene.mark([*_all(scene), *(_mut1, _mut2, _mut3)[k - 1](scene)])
    return scene.figure


def _all(scene):
    """What all three have; hands back the names of what is to be marked."""
    scene.remove(["x", "x to n", "z", "copy z", "1 - z", "one minus"])
    scene.bubble("x", (0.95, 0.55), "$x_t$", radius=0.48)
    scene.wire("to embed", [(1.43, 0.55), (X - 0.65, 0.55)])
    scene.layer("embed", (X, 0.55), "linear", 1.3)
    scene.wire("e to n", [(X, 1.2), (X, EAST), (NEW + 0.5, EAST), (NEW + 0.75, LOW), (NEW + 1, LOW)], arrow=False)
    scene.wire("e", [(X, 0.97), (X, LOW), (X + 0.3, LOW)], arrow=False)
    scene.text("e", (X + 0.15, 1.16), "$e_t$", 13, ha="left")
    scene.wire("z", [(Z, GATES + 0.22), (Z, ROW - 0.36)])
    scene.bridge("z", (Z, RESET - 0.2), (Z, RESET + 0.2))
    scene.point("one minus", (Z, ROW), "$1 -$", size=15)
    scene.wire("1 - z", [(Z, ROW + 0.36), (Z, TOP - 0.36)])
    scene.text("1 - z", (Z + 0.17, 5.36), "$1 - z_t$", 13, ha="left")
    scene.wire("copy z", [(Z, COPY - 0.3), (Z, COPY), (8.15, COPY), (8.15, ROW), (W - 0.36, ROW)])
    scene.bridge("copy z", (NEW - 0.2, COPY), (NEW + 0.2, COPY))
    scene.text("copy z", (7.93, 4.3), "$z_t$", 13, ha="right")
    for name, text, place in (
        ("kept", "$(1 - z_t)\\,h_{t-1}$", (7.5, 6.3)),
        ("written", "$z_t n_t$", (W + 0.5, 5.35)),
        ("after reset", "$r_t h_{t-1}$", (6.75, RESET + 0.32)),
    ):
        scene.parts[name][-1].set(text=text, position=place)
    return ["to embed", "embed", "e", "z", "one minus", "1 - z", "copy z", "kept", "written"]


def _mut1(scene):
    """z sees only e; the candidate adds tanh(e) as it is."""
    _e_to_z(scene)
    scene.remove(["e to n", "after reset", "to n", "candidate", "n"])
    scene.wire("after reset", [(R + 0.36, RESET), (NEW, RESET), (NEW, SUM + 0.42)])
    scene.text("after reset", (6.75, RESET + 0.32), "$r_t h_{t-1}$", 13)
    scene.layer("memory", (NEW, SUM), "linear", 1.3)
    scene.wire("m", [(NEW + 0.65, SUM), (W - 0.36, SUM)])
    scene.wire("e to n", [(X, 1.2), (X, EAST), (7.4, EAST), (7.6, LOW), (7.94, LOW)])
    scene.point("squash e", (8.3, LOW), "tanh", size=12)
    scene.wire("squashed", [(8.66, LOW), (W, LOW), (W, SUM - 0.36)])
    scene.text("squashed", (W + 0.2, 2.05), r"$\tanh e_t$", 13, ha="left")
    scene.point("sum", (W, SUM), "+")
    scene.wire("to tanh", [(W, SUM + 0.36), (W, 3.42)])
    scene.point("tanh", (W, 3.78), "tanh", size=12)
    scene.wire("n", [(W, 4.14), (W, ROW - 0.36)])
    scene.text("n", (W + 0.42, 4.3), "$n_t$", 13)
    return ["e to z", "memory", "m", "e to n", "squash e", "squashed", "sum", "to tanh", "tanh", "n"]


def _mut2(scene):
    """r adds e as it is."""
    high, plus, sigma = 4.78, 2.8, 3.79  # how high the parts of r stand, and the product that had to make room
    scene.remove(["to r", "reset gate", "r", "to reset", "reset", "after reset"])
    scene.wire("to m", [(2.05, plus + 0.5), (2.05, plus), (2.45, plus)])
    scene.layer("memory", (3.1, plus), "linear", 1.3)
    scene.wire("m", [(3.75, plus), (R - 0.36, plus)])
    scene.wire("e to r", [(R - 0.5, EAST), (R, EAST), (R, plus - 0.36)])
    scene.bridge("e to r", (R, LOW - 0.12), (R, LOW + 0.12))
    scene.point("sum", (R, plus), "+")
    scene.wire("to sigma", [(R, plus + 0.36), (R, sigma - 0.36)])
    scene.point("sigma", (R, sigma), r"$\sigma$", size=15)
    scene.wire("r", [(R, sigma + 0.36), (R, high - 0.36)])
    scene.text("r", (R + 0.3, 4.28), "$r_t$", 13)
    scene.wire("to reset", [(2.05, high + 0.5), (2.05, high), (R - 0.36, high)])
    scene.text("to reset", (3.2, high + 0.32), "$h_{t-1}$", 13)
    scene.point("reset", (R, high), r"$\times$", size=15)
    turn = [(R + 0.36, high), (5.2, high), (5.2, RESET), (NEW, RESET), (NEW, LOW), (NEW + 0.9, LOW)]
    scene.wire("after reset", turn, arrow=False)
    scene.text("after reset", (6.75, RESET + 0.32), "$r_t h_{t-1}$", 13)
    return ["to m", "memory", "m", "e to r", "sum", "to sigma", "sigma", "r"]


def _mut3(scene):
    """z sees tanh(h_{t-1}) in place of h_{t-1}."""
    high, x = 5.1, 5.17
    _e_to_z(scene)
    scene.wire("to squash", [(2.05, high + 0.5), (2.05, high), (2.84, high)])
    scene.point("squash h", (3.2, high), "tanh", size=12)
    scene.wire("squashed", [(3.56, high), (x, high), (x, COPY), (Z - 0.4, COPY), (Z - 0.4, GATES + 0.22)], radius=0.2)
    scene.bridge("squashed", (x, RESET - 0.2), (x, RESET + 0.2))
    scene.text("squashed", (4.3, high + 0.36), r"$\tanh h_{t-1}$", 13)
    return ["to squash", "squash h", "squashed", "e to z"]


def _e_to_z(scene):
    """z reads e alone from below, so that the line of h_{t-1} and e ends at r."""
    scene.remove(["to z", "joined"])
    scene.wire("joined", [(X - 0.05, LOW), (R - 0.4, LOW)], arrow=False)
    scene.wire("e to z", [(Z - 0.5, EAST), (Z, EAST), (Z, GATES - 0.62)])
