"""The clockwork network: which module reads which, and which of them ticks at which step."""

from lstm_course import expect
from lstm_course.drawing.scene import LAYER, Scene

PERIODS = 1, 2, 4, 8


def clockwork_modules():
    """Four modules with the periods 1, 2, 4 and 8, the fast ones first: each reads x_t, itself and the slower ones.

    Returns:
        matplotlib Figure. Parts, for modules k and j = 0 ... 3: the card "A k", its input "in k"; the line "k-j", which leads
        from module j to module k, where k reads j; "k-k" is k's own loop.
    """
    scene = Scene(12.8, 6.2)
    low, high, half, numbers = 1.75, 3.75, 0.85, range(len(PERIODS))
    place = [2.25 + 2.95 * k for k in numbers]
    over = {(1, 3): (-0.4, 0.4, 4.45), (0, 2): (0.4, 0.4, 5.15), (0, 3): (0.4, -0.4, 5.85)}
    scene.bubble("x", (0.62, 0.6), "$x_t$", radius=0.48)
    for k in numbers:
        x = place[k]
        scene.card(f"A {k}", (x - half, low), (2 * half, high - low))
        scene.text(f"A {k}", (x, 2.65), f"{PERIODS[k]}", 22)
        scene.text(f"words {k}", (x, 3.35), "period", 13)
        scene.wire(f"in {k}", [(place[k - 1] - 0.4 if k else 1.1, 0.6), (x, 0.6), (x, low)])
        scene.wire(f"{k}-{k}", [(x + half, 3.5), (x + half + 0.6, 3.5), (x + half + 0.6, 2.9), (x + half, 2.9)])
        if k:
            scene.wire(f"{k - 1}-{k}", [(x - half, 2.2), (place[k - 1] + half, 2.2)])
    for (k, j), (out, into, top) in over.items():
        start, end = place[j] + out, place[k] + into
        scene.wire(f"{k}-{j}", [(start, high), (start, top), (end, top), (end, high)])
    scene.bridge("0-2", (place[2] + 0.4, 4.25), (place[2] + 0.4, 4.65), "white")
    return scene.figure


def clockwork_ticks(T=9):
    """Which of the modules ticks at which step: a disc where it does, a line while it keeps still.

    Args:
        T: number of steps, from 1 to 12.
    Returns:
        matplotlib Figure. Parts, for module k and step t: "tick k t"; "still k t", where it keeps its state; "step t".
    Raises:
        ValueError: when T is no such number.
    """
    expect.positive("T", T)
    expect.that(T <= 12, "T", T, "an integer from 1 to 12")
    scene = Scene(12.8, 5.2)
    apart = 9.9 / max(T, 9)
    for t in range(T):
        scene.text(f"step {t}", (2.7 + apart * t, 0.5), f"$t={t}$" if t == 0 else f"${t}$", 13)
    for k, period in enumerate(PERIODS):
        y = 4.5 - 1.05 * k
        scene.text(f"words {k}", (0.2, y), f"period {period}", 14, ha="left")
        for t in range(T):
            x = 2.7 + apart * t
            if t:
                scene.wire(f"still {k} {t}", [(x - apart, y), (x, y)], arrow=False)
            if t % period == 0:
                scene.bubble(f"tick {k} {t}", (x, y), "", LAYER, radius=0.3)
    return scene.figure
