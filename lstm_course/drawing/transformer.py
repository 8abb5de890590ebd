"""The block that a transformer repeats: every position looks at all of them, then each goes through a network by itself.

Source: vaswani2017, figure 1.
"""

from lstm_course.drawing.scene import OUTPUT, Scene

MIDDLE = 3.6
"""Where the way straight up stands."""


def transformer_block():
    """One block: queries, keys and values are made of x; attention, add and normalise; a network, add and normalise.

    One head with no projection behind it, and normalised after the sums, as it was published. The boxes "normalise" hold a
    learned gain and bias.

    Returns:
        matplotlib Figure. Parts: "x", "body", "y"; layers "q", "k", "v" with the lines "x to q", "q out" and the like;
        "attention" and its line "context"; layers "relu" and "linear" with "hidden" and "changed"; for k = 1, 2 the way round
        "around k", circle "add k", line "sum k" and layer "normalise k"; lines "normal 1", "to y"; "words ...".
    """
    scene = Scene(8.2, 13.9, inches=4.1)
    scene.card("body", (0.1, 1.3), (8.0, 11.35))
    scene.bubble("x", (MIDDLE, 0.6), "$x$", radius=0.48)
    for letter, x in zip("qkv", (1.35, MIDDLE, 5.85), strict=True):
        way = [(MIDDLE, 1.08), (MIDDLE, 2.15), (x, 2.15), (x, 2.58)]
        scene.wire(f"x to {letter}", way if x != MIDDLE else way[::3])
        scene.layer(letter, (x, 3.0), "linear", 1.5)
        scene.wire(f"{letter} out", [(x, 3.42), (x, 4.09)])
        scene.text(f"{letter} out", (x + 0.2, 3.72), f"${letter}$", 15, ha="left")
    scene.together("attention", (MIDDLE, 4.45), "scaled dot product attention", 6.2)
    scene.wire("context", [(MIDDLE, 4.81), (MIDDLE, 5.29)])
    _add_and_normalise(scene, 1, 1.2, 5.65, 7.45)
    scene.wire("normal 1", [(MIDDLE, 7.22), (MIDDLE, 7.93)])
    scene.layer("relu", (MIDDLE, 8.35), "relu", 1.5)
    scene.wire("hidden", [(MIDDLE, 8.77), (MIDDLE, 9.13)])
    scene.layer("linear", (MIDDLE, 9.55), "linear", 1.5)
    scene.wire("changed", [(MIDDLE, 9.97), (MIDDLE, 10.39)])
    _add_and_normalise(scene, 2, 7.25, 10.75, 5.5)
    scene.wire("to y", [(MIDDLE, 12.32), (MIDDLE, 12.87)])
    scene.bubble("y", (MIDDLE, 13.35), "$y$", OUTPUT, radius=0.48)
    for name, y, words in (("look", 5.6, "looks at\nall positions"), ("think", 8.95, "each position\nby itself")):
        scene.text(f"words {name}", (1.55, y), words, 14)
    return scene.figure


def _add_and_normalise(scene, k, fork, y, lane):
    """The sum at height y of what comes from below and of what goes round it from `fork` on, and its normalisation."""
    scene.wire(f"around {k}", [(MIDDLE, fork), (MIDDLE, fork + 0.4), (lane, fork + 0.4), (lane, y), (MIDDLE + 0.36, y)])
    scene.point(f"add {k}", (MIDDLE, y), "+")
    scene.wire(f"sum {k}", [(MIDDLE, y + 0.36), (MIDDLE, y + 0.73)])
    scene.layer(f"normalise {k}", (MIDDLE, y + 1.15), "normalise", 2.0)
