"""What can be read and what can be written: the shapes of sequence tasks, and the legend of all diagrams."""

from lstm_course.drawing.scene import OUTPUT, Scene

SHAPES = (
    ("one to one", 1, (0,), (0,)),
    ("one to many", 3, (0,), (0, 1, 2)),
    ("many to one", 3, (0, 1, 2), (2,)),
    ("many to many, in step", 3, (0, 1, 2), (0, 1, 2)),
    ("many to many: read, then write", 4, (0, 1), (2, 3)),
)
"""Name, number of steps, steps at which something is read, steps at which something is written."""


def sequence_shapes():
    """Five shapes of sequence tasks: what is read (below) and written (above) at which steps of the chain.

    Returns:
        matplotlib Figure. Parts, for shape k and step t: "A k t", "x k t", "h k t".
    """
    scene = Scene(18, 10.4)
    places = ((1.3, 6.3), (5.6, 6.3), (12.0, 6.3), (1.6, 1.0), (9.6, 1.0))
    for k, ((name, steps, reads, writes), (left, low)) in enumerate(zip(SHAPES, places, strict=True)):
        for t in range(steps):
            x = left + 1.9 * t + 0.7
            scene.card(f"A {k} {t}", (x - 0.62, low + 1.35), (1.24, 1.0))
            if t + 1 < steps:
                scene.wire(f"next {k} {t}", [(x + 0.62, low + 1.85), (x + 1.28, low + 1.85)])
            if t in reads:
                scene.bubble(f"x {k} {t}", (x, low + 0.35), "", radius=0.4)
                scene.wire(f"in {k} {t}", [(x, low + 0.75), (x, low + 1.35)])
            if t in writes:
                scene.bubble(f"h {k} {t}", (x, low + 3.35), "", OUTPUT, radius=0.4)
                scene.wire(f"out {k} {t}", [(x, low + 2.35), (x, low + 2.95)])
        scene.text(f"name {k}", (left + 0.7 + 0.95 * (steps - 1), low - 0.55), name, 21)
    return scene.figure


def legend():
    """The five signs of every diagram, each with its meaning in words.

    Returns:
        matplotlib Figure. Parts: "layer", "point", "line", "join", "fork", and "words ..." for each.
    """
    scene = Scene(11, 2.6)
    for k, (name, words) in enumerate(
        (
            ("layer", "learned\nlayer"),
            ("point", "pointwise\noperation"),
            ("line", "vector"),
            ("join", "join:\nend to end"),
            ("fork", "fork:\ncopy"),
        )
    ):
        x = 1.15 + 2.18 * k
        if name == "layer":
            scene.layer(name, (x, 1.85), r"$\sigma$")
        elif name == "point":
            scene.point(name, (x, 1.85), r"$\times$")
        elif name == "line":
            scene.wire(name, [(x - 0.7, 1.85), (x + 0.7, 1.85)])
        elif name == "join":
            scene.wire(name, [(x - 0.7, 2.1), (x + 0.75, 2.1)])
            scene.wire(name, [(x - 0.7, 1.5), (x - 0.2, 1.5), (x + 0.1, 2.1), (x + 0.5, 2.1)], arrow=False)
        else:
            scene.wire(name, [(x - 0.7, 2.1), (x + 0.75, 2.1)])
            scene.wire(name, [(x - 0.6, 2.1), (x - 0.2, 2.1), (x + 0.1, 1.5), (x + 0.75, 1.5)])
        scene.text(f"words {name}", (x, 0.62), words, 14)
    return scene.figure
