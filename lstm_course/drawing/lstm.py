"""The LSTM opened: four layers around a line that runs straight through, and one time step flowing along its lines."""

from lstm_course import expect
from lstm_course.drawing.rnn import ORANGE
from lstm_course.drawing.scene import OUTPUT, Scene

TOP, SHOW, GATES, LOW = 5.9, 4.15, 3.15, 2.0
"""How high the cell's line, the last product, the layers and the line of h stand."""
F, I, G, O, OUT, UP = 3.1, 4.6, 6.2, 8.0, 9.85, 10.55  # noqa: E741
"""Where the four layers stand, the last product, and the way of h upwards."""

SHEET = 12.8, 7.9
LAYERS = {
    "f": (F, "forget", r"$\sigma$"),
    "i": (I, "input", r"$\sigma$"),
    "g": (G, "candidate", "tanh"),
    "o": (O, "output", r"$\sigma$"),
}
"""Place, name and text of the layer that puts each of the four out."""

LABELS = {
    "c_prev": ("$c_{t-1}$", (0.9, 6.3)), "h_prev": ("$h_{t-1}$", (0.9, 2.4)), "f": ("$f_t$", (3.3, 4.5)),
    "i": ("$i_t$", (4.8, 4.1)), "g": ("$g_t$", (6.4, 3.8)), "kept": ("$f_t c_{t-1}$", (4.6, 6.3)),
    "written": ("$i_t g_t$", (6.45, 5.15)), "o": ("$o_t$", (8.2, 3.8)), "squashed": (r"$\tanh c_t$", (9.65, 4.72)),
    "c": ("$c_t$", (11.85, 6.3)), "h": ("$h_t$", (11.85, 2.4)),
}  # fmt: skip
"""Sign and place of the text of each vector on its line."""

STEPS = {
    "conveyor": ("c_prev", "keep", "kept", "add", "c"),
    "forget": ("h_prev", "x", "joined", "to f", "forget", "f"),
    "store": ("h_prev", "x", "joined", "to i", "input", "i", "to g", "candidate", "g"),
    "update": ("c_prev", "keep", "f", "kept", "i", "g", "write", "written", "add", "c"),
    "output": (
        "c",
        "h_prev",
        "x",
        "joined",
        "to o",
        "output",
        "o",
        "to squash",
        "squash",
        "squashed",
        "show",
        "h",
        "h out",
        "up",
    ),
}
"""The parts that belong to the belt and to each of the four parts of the walk-through."""

BACK = {
    "dc_prev": r"$\mathrm{d}c_{t-1}$", "dh_prev": r"$\mathrm{d}h_{t-1}$", "dx": r"$\mathrm{d}x_t$",
    "dc_in": r"later $\mathrm{d}c_t$", "dh_in": r"later $\mathrm{d}h_t$", "dh": r"total $\mathrm{d}h_t$",
    "dc": r"total $\mathrm{d}c_t$", "through": "through $h_t$", "dtanh": r"$\mathrm{d}\tanh c_t$",
    "df": r"$\mathrm{d}f_t$", "di": r"$\mathrm{d}i_t$", "dg": r"$\mathrm{d}g_t$", "do": r"$\mathrm{d}o_t$",
    "da_f": r"$\mathrm{d}a_f$", "da_i": r"$\mathrm{d}a_i$", "da_g": r"$\mathrm{d}a_g$", "da_o": r"$\mathrm{d}a_o$",
}  # fmt: skip
"""Signs of the derivatives on the ways back; d is short for the derivative of the loss by what follows."""


def lstm_module(step=None, numbers=None):
    """One LSTM, opened.

    Args:
        step: a key of STEPS, whose parts stand out; None for all alike.
        numbers: dict of names of `LABELS` and "x" to numbers or words, which are printed on the lines.
    Returns:
        matplotlib Figure. Parts: layers "forget", "input", "candidate", "output"; pointwise "keep", "write", "add", "squash",
        "show"; lines as in `LABELS`, with their signs; "x", "joined", "to f" and the like; "h out", "up".
    Raises:
        ValueError: when there is no such step, or a number belongs to no line.
    """
    expect.that(step is None or step in STEPS, "step", repr(step), f"one of {', '.join(STEPS)}")
    numbers = {} if numbers is None else numbers
    unknown = sorted(set(numbers) - {*LABELS, "x"})
    expect.that(not unknown, "numbers", ", ".join(unknown), f"some of {', '.join(LABELS)}, x")
    scene = Scene(*SHEET)
    signs = {name: (f"{sign} = {numbers[name]}", place) for name, (sign, place) in LABELS.items() if name in numbers}
    body(scene, LABELS | signs)
    if "x" in numbers:
        scene.text("x", (2.9, 0.55), f"$x_t$ = {numbers['x']}", 14, ha="left")
    if step:
        scene.highlight([*STEPS[step], "body"])
    return scene.figure


def lstm_chain():
    """Three copies of the repeating module, the middle one opened.

    Returns:
        matplotlib Figure. Parts as in `lstm_module`, and "before", "after".
    """
    scene = Scene(15.2, 7.9)
    for name, x, step in (("before", 0.65, "t-1"), ("after", 14.55, "t+1")):
        scene.card(name, (x - 0.65, 1.3), (1.3, 5.3))
        scene.text(name, (x, 3.95), "A", 22)
        scene.bubble(f"{name} x", (x, 0.55), f"$x_{{{step}}}$", radius=0.48)
        scene.bubble(f"{name} h", (x, 7.35), f"$h_{{{step}}}$", OUTPUT, radius=0.48)
        scene.wire(f"{name} in", [(x, 1.03), (x, 1.3)])
        scene.wire(f"{name} out", [(x, 6.6), (x, 6.87)])
    body(scene, LABELS, 1.2)
    return scene.figure


def body(scene, labels, x0=0.0, left=0.0, layers="figo"):
    """The LSTM's module on a sheet.

    Args:
        scene: Scene, 7.9 units high.
        labels: dict like `LABELS`: what is written on each line, and where.
        x0: how far to the right of its own sheet's place the module stands.
        left: how far its left edge, with what comes in there, is moved back to the left to make room inside.
        layers: which of the four layers it has.
    """
    at = lambda *points: [(x + x0, y) for x, y in points]
    wire = lambda name, *points, **look: scene.wire(name, at(*points), **look)
    scene.card("body", (1.7 + x0 - left, 1.3), (9.3 + left, 5.3))
    wire("c_prev", (-left, TOP), (F - 0.36, TOP))
    wire("kept", (F + 0.36, TOP), (G - 0.36, TOP))
    wire("c", (G + 0.36, TOP), (12.7, TOP))
    wire("h_prev", (-left, LOW), (2.7, LOW), arrow=False)
    wire("joined", (2.6, LOW), (O - 0.4, LOW), arrow=False)
    scene.bubble("x", (2.2 + x0, 0.55), "$x_t$", radius=0.48)
    wire("x", (2.2, 1.03), (2.2, LOW), (2.8, LOW), arrow=False)
    ways = {"f": [(F, TOP - 0.36)], "i": [(I, 4.6), (G - 0.36, 4.6)], "g": [(G, 4.24)], "o": [(O, SHOW), (OUT - 0.36, SHOW)]}
    for name in layers:
        place, layer, text = LAYERS[name]
        wire(f"to {name}", (place - 0.5, LOW), (place, LOW), (place, GATES - 0.32))
        scene.layer(layer, (place + x0, GATES), text)
        wire(name, (place, GATES + 0.32), *ways[name])
    wire("written", (G, 4.96), (G, TOP - 0.36))
    wire("to squash", (OUT - 0.6, TOP), (OUT, TOP), (OUT, 5.57), radius=0.25)
    wire("squashed", (OUT, 4.83), (OUT, SHOW + 0.36))
    wire("h", (OUT, SHOW - 0.36), (OUT, LOW), (12.7, LOW))
    wire("h out", (UP - 0.5, LOW), (UP, LOW), (UP, TOP - 0.3), arrow=False)
    wire("h out", (UP, TOP + 0.3), (UP, 6.87))
    scene.bridge("h out", *at((UP, TOP - 0.35), (UP, TOP + 0.35)))
    for name, place in ("keep", (F, TOP)), ("write", (G, 4.6)), ("show", (OUT, SHOW)):
        scene.point(name, *at(place), r"$\times$")
    scene.point("add", *at((G, TOP)), "+")
    scene.point("squash", *at((OUT, 5.2)), "tanh", size=12)
    scene.bubble("up", (UP + x0, 7.35), "$h_t$", OUTPUT, radius=0.48)
    for name, (text, (x, y)) in labels.items():
        side = "left" if name in ("f", "i", "g", "written", "o") else "right" if name == "squashed" else "center"
        back = left if name.endswith("prev") else 0.0
        scene.text(name, (x + x0 - back, y), text, 13, ha=side)


def gate(values=(0.0, 0.5, 1.0), signal=0.8):
    """The same gate three times: a sigmoid layer says how much of the signal passes.

    Args:
        values: what the layer puts out, between 0 and 1, one number for each picture.
        signal: what arrives.
    Returns:
        matplotlib Figure. Parts, for picture k: "in k", "out k", "layer k", "product k", "value k".
    Raises:
        ValueError: when there are no values, or one lies outside 0 ... 1.
    """
    expect.that(len(values) > 0, "values", values, "at least one number")
    for value in values:
        expect.that(0 <= value <= 1, "values", value, "numbers from 0 to 1")
    scene = Scene(3.7 * len(values), 3.6, inches=7.2 if len(values) > 2 else 2.4 * len(values))
    for k, value in enumerate(values):
        x = 3.7 * k + 1.85
        scene.wire(f"in {k}", [(x - 1.75, 2.6), (x - 0.36, 2.6)])
        scene.wire(f"out {k}", [(x + 0.36, 2.6), (x + 1.75, 2.6)], dashed=value == 0)
        scene.point(f"product {k}", (x, 2.6), r"$\times$")
        scene.layer(f"layer {k}", (x, 0.75), r"$\sigma$")
        scene.wire(f"value {k}", [(x, 1.07), (x, 2.24)])
        scene.text(f"value {k}", (x + 0.2, 1.6), f"{value:g}", 14, ha="left")
        scene.text(f"in {k}", (x - 1.1, 3.0), f"{signal:g}", 14)
        scene.text(f"out {k}", (x + 1.1, 3.0), f"{value * signal:g}", 14)
    return scene.figure


def lstm_backward(numbers=None):
    """One LSTM with every line turned round: dashed, the derivatives on their ways back.

    A dot stands where a line forked on the way forward, so that two ways back meet and are added.

    Args:
        numbers: dict of names of `BACK` to numbers or words, which are printed beside their signs.
    Returns:
        matplotlib Figure. Parts: layers and pointwise operations as in `lstm_module`; ways back and their signs as in `BACK`;
        "loss", the way from the output h_t; "kept", "written", "out f" and the like; dots "sum c", "sum h", "sum f", ...
    Raises:
        ValueError: when a number belongs to no way back.
    """
    numbers = {} if numbers is None else numbers
    unknown = sorted(set(numbers) - set(BACK))
    expect.that(not unknown, "numbers", ", ".join(unknown), f"some of {', '.join(BACK)}")
    scene = Scene(14.6, 7.9)
    place = {"f": 3.5, "i": 5.4, "g": 7.4, "o": 9.3}
    f, i, g, o = place.values()
    out, up, dot, layer = 11.1, 11.9, 0.13, 0.42  # `dot` and `layer`: from the middle to where a line ends

    def back(name, *corners, arrow=True, **look):
        scene.wire(name, corners, arrow=arrow, dashed=True, colour=ORANGE, **look)

    scene.card("body", (1.7, 1.3), (10.9, 5.3))
    back("dc_in", (14.5, TOP), (out + dot, TOP))
    back("dc", (out - dot, TOP), (g + 0.36, TOP))
    back("kept", (g - 0.36, TOP), (f + 0.36, TOP))
    back("dc_prev", (f - 0.36, TOP), (0.1, TOP))
    back("df", (f, TOP - 0.36), (f, GATES + layer))
    back("written", (g, TOP - 0.36), (g, 4.96))
    back("di", (g - 0.36, 4.6), (i, 4.6), (i, GATES + layer))
    back("dg", (g, 4.24), (g, GATES + layer))
    back("do", (out - 0.36, SHOW), (o, SHOW), (o, GATES + layer), radius=0.2)
    back("dh_in", (14.5, LOW), (up + dot, LOW))
    back("loss", (up, 6.87), (up, TOP + 0.2), arrow=False)  # passes below the cell's line
    back("loss", (up, TOP - 0.2), (up, LOW + dot))
    back("dh", (up - dot, LOW), (out, LOW), (out, SHOW - 0.36))
    back("dtanh", (out, SHOW + 0.36), (out, 4.83))
    back("through", (out, 5.57), (out, TOP - dot))
    for name in "fig":
        back(f"out {name}", (place[name], GATES - layer), (place[name], LOW + dot))
    back("out o", (o, GATES - layer), (o, LOW), (g + dot, LOW))
    back("on g", (g - dot, LOW), (i + dot, LOW))
    back("on i", (i - dot, LOW), (f + dot, LOW))
    back("dh_prev", (f - dot, LOW), (0.1, LOW))
    back("dx", (2.85, LOW), (2.55, LOW), (2.55, 1.03))
    for name, x, y in (("c", out, TOP), ("h", up, LOW), ("f", f, LOW), ("i", i, LOW), ("g", g, LOW)):
        scene.bubble(f"sum {name}", (x, y), "", ORANGE, radius=dot)
    for name, x in zip(("forget", "input", "candidate", "output"), place.values(), strict=True):
        scene.layer(name, (x, GATES), "tanh" if name == "candidate" else r"$\sigma$")
    for name, x, y in (("keep", f, TOP), ("write", g, 4.6), ("show", out, SHOW)):
        scene.point(name, (x, y), r"$\times$")
    scene.point("add", (g, TOP), "+")
    scene.point("squash", (out, 5.2), "tanh", size=12)
    scene.bubble("x", (2.55, 0.55), "$x_t$", radius=0.48)
    scene.bubble("up", (up, 7.35), "$h_t$", OUTPUT, radius=0.48)
    _signs(scene, place, out, numbers)
    return scene.figure


def _signs(scene, place, out, numbers):
    """The signs of the ways back, with their numbers: `place` says where the layers stand, `out` where the last product."""
    f, i, g, o = place.values()
    beside = {"df": (f, 4.75), "di": (i, 3.98), "dg": (g, 3.9), "do": (o, 3.8), "dx": (2.55, 1.6)}
    beside |= {f"da_{name}": (x, 2.38) for name, x in place.items()}
    for name, sign in BACK.items():
        number = f"{numbers[name]}" if name in numbers else ""
        if name in beside:  # sign and number on either side of a line that leads down
            x, y = beside[name]
            scene.text(name, (x - 0.15, y), sign, 13, ha="right")
            scene.text(name, (x + 0.15, y), number, 13, ha="left")
        elif name in ("dtanh", "through"):  # to the left of one that leads up
            y = 4.78 if name == "dtanh" else 5.62
            scene.text(name, (out - 0.42, y), f"{sign} = {number}" if number else sign, 13, ha="right")
        elif name in ("dc", "dh"):
            x, y = (9.25, TOP + 0.38) if name == "dc" else (10.9, LOW - 0.4)
            scene.text(name, (x, y), f"{sign} = {number}" if number else sign, 13)
        else:  # above and below one that leads to the left
            x, y = 0.85 if name.endswith("prev") else 13.6, TOP if "c" in name else LOW
            scene.text(name, (x, y + 0.4), sign, 13)
            scene.text(name, (x, y - 0.4), number, 13)
