"""The LSTM's variants: what is new or changed in a second colour and with thicker lines, the rest where it was in the LSTM."""

from lstm_course.drawing.lstm import GATES, LABELS, LOW, SHEET, TOP, UP, F, G, I, O, body
from lstm_course.drawing.scene import OUTPUT, Scene

SEEN = 4.05
"""How high the way from c_{t-1} to the input gate passes the line of f_t."""
R, Z, NEW, W, RESET, ROW = 4.5, 5.85, 7.35, 9.2, 4.15, 4.8
"""Where in the GRU r, z, what is made of r and the product that writes stand; how high the reset is, and that product."""

PLACES = {
    "NFG": [(F + 0.12, 2.42)], "NIG": [(I + 0.12, 2.42)], "NIAF": [(G + 0.12, 2.42)], "NOG": [(O + 0.12, 2.42)],
    "CIFG": [(F + 0.2, 5.15)], "NP": [(2.2, 5.15), (O - 0.25, 5.5)], "NOAF": [(8.5, 5.2)],
}  # fmt: skip
"""Where in the LSTM with peepholes each change of the comparison takes place."""


def peephole_module():
    """The LSTM whose gates see the cell: two of them c_{t-1}, the output gate c_t.

    Returns:
        matplotlib Figure. Parts as in `lstm_module`; marked: "see f", "see i", "see o".
    """
    scene = Scene(*SHEET)
    body(scene, LABELS)
    _peepholes(scene)
    scene.mark(["see f", "see i", "see o"])
    return scene.figure


def coupled_module():
    """The LSTM with one decision in place of two: 1 - i_t stands where f_t stood.

    Returns:
        matplotlib Figure. Parts as in `lstm_module` without "forget" and "to f"; marked: the circle "one minus", its lines
        "copy i" and "f", the sign "kept", and "gone", the outline of the layer that is no more.
    """
    scene = Scene(*SHEET)
    changed = {"f": ("$1 - i_t$", (F + 0.2, 5.25)), "kept": ("$(1 - i_t)\\,c_{t-1}$", (4.6, 6.3))}
    body(scene, LABELS | changed, layers="igo")
    scene.absent("gone", (F, GATES))
    scene.wire("copy i", [(I, 4.2), (I, 4.6), (F + 0.36, 4.6)])
    scene.point("one minus", (F, 4.6), "$1 -$", size=15)
    scene.wire("f", [(F, 4.96), (F, TOP - 0.36)])
    scene.mark(["gone", "copy i", "one minus", "f"])
    return scene.figure


def odyssey_module():
    """The LSTM with peepholes, and at each place that the comparison by Greff and others changes the name of the change.

    Returns:
        matplotlib Figure. Parts as in `peephole_module`; for each of the names of `PLACES` a text in the second colour.
    """
    scene = Scene(*SHEET)
    body(scene, LABELS)
    _peepholes(scene)
    for name, places in PLACES.items():
        for place in places:
            scene.text(name, place, name, 12, ha="left", weight="bold")
    scene.mark(list(PLACES))
    return scene.figure


def depth_gated_module():
    """One layer of a stack of LSTMs with peepholes in which the cell of the layer below comes in as well, through a gate d_t.

    Its x_t is the h_t of the layer below.

    Returns:
        matplotlib Figure. Parts as in `peephole_module`; marked: layer "depth", circles "deepen" and "add below", the cell
        below, "c_below"; lines "way up", "d", "from below", and what d_t sees: "x to d", "see d" (c_{t-1}), "see below".
    """
    x0, low, d, high = 2.4, 2.25, 3.35, 5.0
    f, drop, plus = F + x0, 2.05 + x0, 5.0 + x0
    scene = Scene(SHEET[0] + x0, SHEET[1])
    body(scene, LABELS | {"kept": ("$f_t c_{t-1}$", (4.05, 6.3)), "f": ("$f_t$", (F + 0.2, 4.5))}, x0, left=x0)
    _peepholes(scene, x0)
    scene.bubble("c_below", (low, 0.55), "", radius=0.48)
    scene.text("c_below", (low, 0.55), "$c_t^{\\,l-1}$", 14)
    scene.wire("way up", [(low, 1.03), (low, high), (d - 0.36, high)])
    scene.bridge("way up", (low, LOW - 0.25), (low, LOW + 0.25))
    scene.wire("x to d", [(2.2 + x0, 1.2), (2.2 + x0, 1.62), (d, 1.62), (d, GATES - 0.42)])
    scene.bridge("x to d", (d, LOW - 0.15), (d, LOW + 0.25))
    scene.layer("depth", (d, GATES), r"$\sigma$")
    scene.wire("see below", [(low, GATES - 0.4), (low, GATES), (d - 0.6, GATES)])
    scene.wire("see d", [(drop, GATES + 0.4), (drop, GATES), (d + 0.6, GATES)])
    scene.wire("d", [(d, GATES + 0.42), (d, high - 0.36)])
    scene.text("d", (d + 0.15, 4.1), "$d_t$", 13, ha="left")
    scene.point("deepen", (d, high), r"$\times$")
    scene.wire("from below", [(d + 0.36, high), (plus, high), (plus, TOP - 0.36)])
    scene.wire("kept", [(f + 0.36, TOP), (plus - 0.36, TOP)])
    scene.point("add below", (plus, TOP), "+")
    for name, x in (("see f", drop), ("f", f)):
        scene.bridge(name, (x, high - 0.2), (x, high + 0.2))
    scene.mark(["c_below", "way up", "x to d", "depth", "see below", "see d", "d", "deepen", "from below", "add below"])
    return scene.figure


def _peepholes(scene, x0=0.0):
    """From the cell's line to the layers of f, i and o."""
    drop, i = 2.05 + x0, I - 0.4 + x0
    scene.wire("see f", [(drop - 0.32, TOP), (drop, TOP), (drop, GATES), (F - 0.6 + x0, GATES)])
    scene.wire("see i", [(drop, SEEN + 0.5), (drop, SEEN), (i, SEEN), (i, GATES + 0.42)])
    scene.bridge("f", (F + x0, SEEN - 0.25), (F + x0, SEEN + 0.25))
    o = O - 0.4 + x0
    scene.wire("see o", [(o - 0.5, TOP), (o, TOP), (o, GATES + 0.42)])
    scene.text("see f", (drop + 0.15, 4.57), "$c_{t-1}$", 13, ha="left")
    scene.text("see o", (o + 0.15, 5.0), "$c_t$", 13, ha="left")


def gru_2014_module():
    """The gated recurrent unit as it was published: the reset acts on h_{t-1}, before the product with the weights.

    Returns:
        matplotlib Figure. Parts: layers "reset gate", "update gate"; pointwise "reset", "keep", "one minus", "write", "add";
        lines "h_prev", "x", "joined", "r", "z", "n", "kept", "written", "h", "up"; marked: what torch's form has otherwise,
        lines "to reset", "after reset", "x to n", "to n" and layer "candidate".
    """
    scene = Scene(*SHEET)
    gru_2014(scene)
    scene.mark(["to reset", "after reset", "x to n", "to n", "candidate"])
    return scene.figure


def gru_2014(scene):
    """The module of `gru_2014_module` on a sheet, nothing in it marked."""
    _gru(scene)
    scene.wire("to reset", [(2.05, RESET + 0.5), (2.05, RESET), (R - 0.36, RESET)])
    scene.text("to reset", (3.2, RESET + 0.32), "$h_{t-1}$", 13)
    scene.wire("after reset", [(R + 0.36, RESET), (NEW, RESET), (NEW, LOW), (NEW + 0.9, LOW)], arrow=False)
    scene.text("after reset", (5.36, RESET + 0.32), "$r_t h_{t-1}$", 13)
    scene.wire("x to n", [(2.75, 1.2), (2.75, 1.62), (NEW + 0.5, 1.62), (NEW + 0.75, LOW), (NEW + 1, LOW)], arrow=False)
    scene.wire("to n", [(NEW + 0.8, LOW), (W, LOW), (W, GATES - 0.42)])
    scene.layer("candidate", (W, GATES), "tanh")
    scene.wire("n", [(W, GATES + 0.42), (W, ROW - 0.36)])
    scene.bridge("z", (Z, RESET - 0.2), (Z, RESET + 0.2))


def gru_module():
    """The gated recurrent unit in torch's form: the reset acts after the product of h_{t-1} and the weights, on what comes out.

    Returns:
        matplotlib Figure. Parts as in `gru_2014_module`; but marked, in place of what is marked there, two learned layers
        without a nonlinearity, "memory" and "input", circles "sum" and "tanh", and lines "to m", "m", "after reset", "x to n",
        "a", "to tanh".
    """
    scene = Scene(*SHEET)
    _gru(scene)
    scene.wire("to m", [(2.05, RESET + 0.5), (2.05, RESET), (2.4, RESET)])
    scene.layer("memory", (3.05, RESET), "linear", 1.3)
    scene.wire("m", [(3.7, RESET), (R - 0.36, RESET)])
    scene.text("m", (3.92, RESET + 0.38), "$m_t$", 13)
    scene.wire("after reset", [(R + 0.36, RESET), (NEW - 0.36, RESET)])
    scene.text("after reset", (5.36, RESET + 0.32), "$r_t m_t$", 13)
    scene.wire("x to n", [(2.75, 1.2), (2.75, 1.62), (NEW, 1.62), (NEW, GATES - 0.62)])
    scene.layer("input", (NEW, GATES - 0.2), "linear", 1.3)
    scene.wire("a", [(NEW, GATES + 0.22), (NEW, RESET - 0.36)])
    scene.point("sum", (NEW, RESET), "+")
    scene.wire("to tanh", [(NEW + 0.36, RESET), (8.11, RESET)])
    scene.point("tanh", (8.47, RESET), "tanh", size=12)
    scene.wire("n", [(8.83, RESET), (W, RESET), (W, ROW - 0.36)], radius=0.2)
    scene.bridge("z", (Z, RESET - 0.2), (Z, RESET + 0.2))
    scene.mark(["to m", "memory", "m", "after reset", "x to n", "input", "a", "sum", "to tanh", "tanh"])
    return scene.figure


def _gru(scene):
    """What both forms of the GRU have; h itself takes the way straight through."""
    scene.card("body", (1.7, 1.3), (9.3, 5.3))
    scene.wire("h_prev", [(0.0, TOP), (Z - 0.36, TOP)])
    scene.wire("kept", [(Z + 0.36, TOP), (W - 0.36, TOP)])
    scene.wire("h", [(W + 0.36, TOP), (12.7, TOP)])
    scene.wire("h out", [(UP - 0.5, TOP), (UP, TOP), (UP, 6.87)])
    scene.bubble("up", (UP, 7.35), "$h_t$", OUTPUT, radius=0.48)
    scene.bubble("x", (2.75, 0.55), "$x_t$", radius=0.48)
    scene.wire("h down", [(1.72, TOP), (2.05, TOP), (2.05, LOW), (2.8, LOW)], arrow=False)
    scene.wire("x", [(2.75, 1.03), (2.75, LOW), (3.05, LOW)], arrow=False)
    scene.wire("joined", [(2.7, LOW), (Z - 0.4, LOW)], arrow=False)
    for letter, name, place, end in (("r", "reset gate", R, RESET), ("z", "update gate", Z, TOP)):
        scene.wire(f"to {letter}", [(place - 0.5, LOW), (place, LOW), (place, GATES - 0.62)])
        scene.layer(name, (place, GATES - 0.2), r"$\sigma$")
        scene.wire(letter, [(place, GATES + 0.22), (place, end - 0.36)])
    scene.wire("copy z", [(Z, ROW - 0.4), (Z, ROW), (6.6 - 0.36, ROW)])
    scene.wire("1 - z", [(6.96, ROW), (W - 0.36, ROW)])
    scene.wire("written", [(W, ROW + 0.36), (W, TOP - 0.36)])
    for name, place, text in (
        ("reset", (R, RESET), r"$\times$"), ("keep", (Z, TOP), r"$\times$"), ("one minus", (6.6, ROW), "$1 -$"),
        ("write", (W, ROW), r"$\times$"), ("add", (W, TOP), "+"),
    ):  # fmt: skip
        scene.point(name, place, text, size=15)
    for name, text, place in (
        ("h_prev", "$h_{t-1}$", (0.85, 6.3)), ("h", "$h_t$", (11.85, 6.3)), ("kept", "$z_t h_{t-1}$", (7.5, 6.3)),
        ("1 - z", "$1 - z_t$", (7.9, ROW + 0.33)), ("r", "$r_t$", (R + 0.32, 3.56)), ("z", "$z_t$", (Z - 0.28, 5.2)),
        ("n", "$n_t$", (W + 0.3, 4.1)), ("written", "$(1 - z_t)\\,n_t$", (W + 0.85, 5.35)),
    ):  # fmt: skip
        scene.text(name, place, text, 13)
