"""Looking something up in a soft dictionary, with numbers: every key fits a little, every value is received in part."""

import numpy as np

from lstm_course import expect
from lstm_course.attention import attend_record, dot
from lstm_course.drawing.scene import INPUT, OUTPUT, Scene

QUERY = 2.0, 1.0
KEYS = (1.0, 0.0), (0.0, 1.0), (-1.0, 2.0)
VALUES = (8.0, 0.0), (0.0, 6.0), (4.0, 4.0)
"""Unless others are asked for."""


def lookup(query=QUERY, keys=KEYS, values=VALUES):
    """One look of dot product attention: scores, their softmax, the sum of the values by these weights; all numbers computed.

    Args:
        query: (2,).
        keys: (3, 2).
        values: (3, 2).
    Returns:
        matplotlib Figure. Parts: card "query" and its line "ask"; for k = 1, 2, 3 card "key k" with "key line k", "query k",
        the circle "dot k" of both, line and number "score k", line and number "weight k" with "bar k", card and line "value k",
        circle "times k", line and numbers "product k"; "softmax", "sum", line "give" and card "answer"; "words ...".
    Raises:
        ValueError: when the arguments are not finite numbers of these shapes.
    """
    given = {"query": (query, (2,)), "keys": (keys, (3, 2)), "values": (values, (3, 2))}
    q, k, v = (_checked(name, *argument) for name, argument in given.items())
    context, tape = attend_record(dot, dot.Params(), q[None], k, v)
    scores, alpha = dot.scores(dot.Params(), q[None], k)[0], tape.alpha[0]
    scene = Scene(15.4, 7.3)
    for row in range(3):
        _row(scene, row + 1, 4.9 - 1.95 * row, k[row], v[row], scores[row], alpha[row])
    scene.wire("ask", [(2.7, 6.3), (2.7, 2.2)], arrow=False)
    for row in (1, 2):
        y = 4.9 - 1.95 * (row - 1)
        scene.bridge(f"key line {row}", (2.5, y), (2.9, y), "white")
    _vector(scene, "query", (2.7, 6.6), q, "#ffffff")
    scene.together("softmax", (6.0, 2.95), "softmax", 0.72, 4.9)
    scene.together("sum", (12.35, 2.95), "+", 0.72, 4.9)
    scene.wire("give", [(12.71, 2.95), (13.45, 2.95)])
    _vector(scene, "answer", (14.35, 2.95), context[0], OUTPUT)
    for name, x, y in (
        ("query", 1.2, 6.6), ("keys", 1.0, 5.55), ("scores", 4.85, 6.6), ("weights", 7.5, 6.6), ("values", 9.3, 6.6),
        ("answer", 14.35, 3.6),
    ):  # fmt: skip
        scene.text(f"words {name}", (x, y), name, 14)
    return scene.figure


def _checked(name, value, shape):
    """The argument as an array of floats."""
    array = expect.array(name, value, "iuf", f"numbers of shape {shape}").astype(float)
    expect.that(array.shape == shape and np.isfinite(array).all(), name, repr(value), f"finite numbers of shape {shape}")
    return array


def _row(scene, k, y, key, value, score, weight):
    """A key on its way to its score, and its value on its way into the sum."""
    _vector(scene, f"key {k}", (1.0, y), key, INPUT)
    scene.wire(f"key line {k}", [(1.88, y), (3.44, y)])
    scene.wire(f"query {k}", [(2.7, y + 1.2), (2.7, y + 0.78), (3.8, y + 0.78), (3.8, y + 0.36)])
    scene.point(f"dot {k}", (3.8, y), r"$\cdot$", 34)
    scene.wire(f"score {k}", [(4.16, y), (5.64, y)])
    scene.text(f"score {k}", (4.85, y + 0.36), _number(score), 14)
    scene.wire(f"weight {k}", [(6.36, y), (8.94, y)])
    scene.bar(f"bar {k}", (7.1, y + 0.08), 1.1 * weight)
    scene.text(f"weight {k}", (7.45, y + 0.36), _number(weight), 14, ha="left")
    scene.point(f"times {k}", (9.3, y), r"$\times$")
    _vector(scene, f"value {k}", (9.3, y + 1.02), value, INPUT)
    scene.wire(f"value {k}", [(9.3, y + 0.72), (9.3, y + 0.36)])
    scene.wire(f"product {k}", [(9.66, y), (11.99, y)])
    scene.text(f"product {k}", (10.75, y + 0.36), _pair(weight * value), 14)


def _vector(scene, name, centre, numbers, colour):
    """Two numbers in a card."""
    x, y = centre
    scene.card(name, (x - 0.85, y - 0.3), (1.7, 0.6), colour)
    scene.text(name, centre, _pair(numbers), 14)


def _pair(numbers):
    return ", ".join(map(_number, numbers))


def _number(x):
    """Two digits behind the point, none where there are none, and a minus that is one."""
    return f"{x + 0.0:.2f}".replace(".00", "").replace("-", "−")
