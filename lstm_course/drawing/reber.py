"""The embedded Reber grammar as a graph: every way along the arrows from start to end writes a string."""

from lstm_course.drawing.scene import INPUT, OUTPUT, Scene
from lstm_course.tasks import reber

RADIUS = 0.36
TOP, MIDDLE = 6.3, 2.25
OUTER = {
    "start": (0.6, TOP), "either": (2.4, TOP), "T": (7.4, TOP + 0.9), "P": (7.4, TOP - 0.9), "last": (9.0, TOP),
    "end": (10.4, TOP),
}  # fmt: skip
INNER = (
    (2.4, MIDDLE), (4.2, MIDDLE + 1.1), (4.2, MIDDLE - 1.1), (6.4, MIDDLE + 1.1), (6.4, MIDDLE - 1.1), (8.2, MIDDLE),
)  # fmt: skip
ENTRY, EXIT = (0.6, MIDDLE), (10.0, MIDDLE)


def reber_graph():
    """The outer graph above, in which a box stands for an inner string, and the inner graph below, with its states' numbers.

    Returns:
        matplotlib Figure. Parts: "inner T" and "inner P", the boxes; "outer NAME" and "state K", the states; "A-B", the arrow
        from one state to another with its letter.
    """
    scene = Scene(11, 7.9)
    for letter in "TP":
        y = OUTER[letter][1]
        scene.card(f"inner {letter}", (3.9, y - 0.42), (2.6, 0.84))
        scene.text(f"inner {letter}", (5.2, y), "inner string", 13)
        _arrow(scene, f"either-{letter}", OUTER["either"], (3.9, y), letter, gap=0)
        _arrow(scene, f"inner-{letter}", (6.5, y), OUTER[letter], "", start=0)
        _arrow(scene, f"{letter}-last", OUTER[letter], OUTER["last"], letter)
    _arrow(scene, "start-either", OUTER["start"], OUTER["either"], "B")
    _arrow(scene, "last-end", OUTER["last"], OUTER["end"], "E")
    for name, place in OUTER.items():
        scene.bubble(f"outer {name}", place, "", {"start": INPUT, "end": OUTPUT}.get(name, "white"), RADIUS)
    _arrow(scene, "entry-0", ENTRY, INNER[0], "B", start=0)
    _arrow(scene, "5-exit", INNER[5], EXIT, "E", gap=0)
    for state, edges in enumerate(reber.INNER):
        for letter, after in edges:
            if after == state:
                _loop(scene, f"{state}-{state}", INNER[state], letter)
            else:
                _arrow(scene, f"{state}-{after}", INNER[state], INNER[after], letter)
    for state, place in enumerate(INNER):
        scene.bubble(f"state {state}", place, "", "white", RADIUS)
        scene.text(f"state {state}", place, str(state), 13)
    return scene.figure


def _arrow(scene, name, a, b, letter, start=RADIUS, gap=RADIUS):
    """From one state's rim to the other's, the letter beside its middle: to the left of the way, or above it."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = (dx**2 + dy**2) ** 0.5
    ux, uy = dx / length, dy / length
    scene.wire(name, [(a[0] + start * ux, a[1] + start * uy), (b[0] - gap * ux, b[1] - gap * uy)])
    sign = 1 if ux >= 0 else -1
    middle = (a[0] + b[0] + (start - gap) * ux) / 2, (a[1] + b[1] + (start - gap) * uy) / 2
    if letter:
        scene.text(name, (middle[0] - sign * 0.32 * uy, middle[1] + sign * 0.32 * ux), letter, 14, weight="bold")


def _loop(scene, name, place, letter):
    """Out of a state and back into it, above in the upper half of the graph and below in the lower."""
    (x, y), up = place, 1 if place[1] > MIDDLE else -1
    corners = [(x + side * 0.2, y + up * height) for side, height in ((-1, 0.3), (-1, 0.95), (1, 0.95), (1, 0.3))]
    scene.wire(name, corners, radius=0.2)
    scene.text(name, (x + 0.55, y + up * 0.75), letter, 14, weight="bold")
