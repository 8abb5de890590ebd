"""The recurrent network: folded, unrolled, opened, and seen from the way back."""

from lstm_course import expect
from lstm_course.drawing.scene import OUTPUT, Scene

ORANGE = "#D55E00"
LANE = 0.2
"""How far the ways forth and back keep from the middle; there the edge of a disc is 0.48 above and below its centre."""


def rnn_folded():
    """A recurrent network A with its loop: it reads x_t, gives h_t, and hands h_t to itself.

    Returns:
        matplotlib Figure. Parts: "A", "x", "h", "loop", "in", "out".
    """
    scene = Scene(4, 5, inches=2.6)
    _folded(scene, 1.6)
    return scene.figure


def rnn_unrolled(T=4):
    """The loop, and the same network unrolled over T time steps: T copies of A, each handing its h to the next.

    Args:
        T: number of copies, at least 1.
    Returns:
        matplotlib Figure. Parts: "A", "x", "h" and the same with 0 ... T-1 behind.
    Raises:
        ValueError: when T is not a positive integer.
    """
    expect.positive("T", T)
    scene = _chain(T, 4.4, 5)
    _folded(scene, 1.2)
    scene.text("equals", (3.65, 2.5), "=", 26)
    return scene.figure


def backward_flow(T=4):
    """The unrolled network with a loss at every step, and the ways back to h_0: one immediate, the others through time.

    Solid: forward. Dashed: derivatives, on their way back.

    Args:
        T: number of steps, at least 2.
    Returns:
        matplotlib Figure. Parts: "A0", ..., "L0", ..., "immediate0", ..., "through1", ...
    Raises:
        ValueError: when T is smaller than 2.
    """
    expect.positive("T", T)
    expect.that(T >= 2, "T", T, "an integer of at least 2")
    scene = _chain(T, 0.4, 7.4, gap=0.9, lane=LANE)
    back = {"dashed": True, "colour": ORANGE}
    for t in range(T):
        x = 0.4 + 2.6 * t + 1.0
        scene.bubble(f"L{t}", (x, 6.66), rf"$\mathcal{{L}}_{{{t}}}$", "#f3dce6")
        scene.wire(f"loss{t}", [(x - LANE, 5.2), (x - LANE, 6.18)])
        scene.wire(f"immediate{t}", [(x + LANE, 6.18), (x + LANE, 5.2)], **back)
        scene.wire(f"back{t}", [(x + LANE, 4.24), (x + LANE, 3.3)], **back)
        if t:
            scene.wire(f"through{t}", [(x - 0.8, 2.15), (x - 1.8, 2.15)], **back)
    return scene.figure


def rnn_module():
    """Three copies of the repeating module, the middle one opened: h_{t-1} and x_t join, pass one tanh layer, fork.

    Returns:
        matplotlib Figure. Parts: "before", "after", "body", "tanh", "join", "fork", "x", "h", "next".
    """
    scene = Scene(11, 5.2)
    for name, x, step in (("before", 1.45, "t-1"), ("after", 9.55, "t+1")):
        scene.card(name, (x - 1.1, 1.5), (2.2, 2.2))
        scene.text(name, (x, 2.6), "A", 22)
        scene.bubble(f"{name} x", (x, 0.62), f"$x_{{{step}}}$")
        scene.bubble(f"{name} h", (x, 4.58), f"$h_{{{step}}}$", OUTPUT)
        scene.wire(f"{name} in", [(x, 1.14), (x, 1.5)])
        scene.wire(f"{name} out", [(x, 3.7), (x, 4.06)])
    scene.card("body", (3.5, 1.5), (4.0, 2.2))
    scene.bubble("x", (4.2, 0.62), "$x_t$")
    scene.bubble("h", (6.8, 4.58), "$h_t$", OUTPUT)
    scene.wire("h_prev", [(2.55, 2.3), (4.85, 2.3)])
    scene.wire("join", [(4.2, 1.14), (4.2, 2.3), (4.75, 2.3)], arrow=False)
    scene.layer("tanh", (5.5, 2.3), "tanh", 1.3)
    scene.wire("next", [(6.15, 2.3), (8.45, 2.3)])
    scene.wire("fork", [(6.25, 2.3), (6.8, 2.3), (6.8, 4.06)])
    return scene.figure


def _chain(T, left, height, **room):
    """T copies of A from `left` on, each handing its h to the next; `room` as in `_module`."""
    scene = Scene(left + 2.6 * T - 0.2, height)
    for t in range(T):
        x = left + 2.6 * t + 1.0
        _module(scene, x, f"A{t}", f"$x_{{{t}}}$", f"$h_{{{t}}}$", **room)
        if t + 1 < T:
            scene.wire(f"next{t}", [(x + 0.8, 2.75), (x + 1.8, 2.75)])
    return scene


def _folded(scene, x):
    """The network with its loop on the right."""
    _module(scene, x, "A", "$x_t$", "$h_t$")
    scene.wire("loop", [(x + 0.8, 2.9), (x + 1.65, 2.9), (x + 1.65, 2.1), (x + 0.8, 2.1)], radius=0.38)


def _module(scene, x, name, x_text, h_text, gap=0.46, lane=0.0):
    """One closed copy of A with its input below and, a gap above, its output; the line to that is `lane` left of the middle."""
    number = name[1:]
    scene.card(name, (x - 0.8, 1.7), (1.6, 1.6))
    scene.text(name, (x, 2.5), "A", 22)
    scene.bubble(f"x{number}", (x, 0.65), x_text)
    scene.bubble(f"h{number}", (x, 3.82 + gap), h_text, OUTPUT)
    scene.wire(f"in{number}", [(x, 1.17), (x, 1.7)])
    edge = 3.82 + gap - (0.52**2 - lane**2) ** 0.5
    scene.wire(f"out{number}", [(x - lane, 3.3), (x - lane, edge)])
