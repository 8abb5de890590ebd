"""Temporal order: two or three marks stand far apart in a long sequence; in which order did they come?

A sequence begins with E and ends with B. Between them stand distractors a, b, c, d, and at two (6a) or three (6b) places an X
or a Y. The class is read at the end. With T = 100 the places are drawn from steps 10-20 and 50-60, or 10-20, 33-43 and 66-76.

    step        0  1  2 ... 13 14 ... 57 58 ... 103 104
    symbol      E  c  a      X  d      Y  a       b   B      XY: class 1

    classes of 6a    XX 0   XY 1   YX 2   YY 3
    classes of 6b    XXX 0   XXY 1   XYX 2   XYY 3   YXX 4   YXY 5   YYX 6   YYY 7

To know one of two marks is to know half: who remembers only the last one is right in 1 of 2 cases of 6a.

The paper's rule. A sequence is correct when every output (one a class) is within TOLERANCE of its target, 1 for the class that
was shown and 0 for the others. Training stops when the average training error is below MEAN_ERROR and the IN_A_ROW most recent
training sequences were all correct.

Source: hochreiter1997, experiments 6a and 6b, which have T = 100. Another T moves the places in proportion: pascanu2013 goes
through lengths from 50 to 200.
"""

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Batch

TOLERANCE = 0.3
MEAN_ERROR = 0.1
IN_A_ROW = 2000

SYMBOLS = "abcdXYEB"
SPANS = {2: ((10, 20), (50, 60)), 3: ((10, 20), (33, 43), (66, 76))}
"""Where the marks may stand, first and last step, when T = 100."""

_X, _Y, _E, _B, _NOTHING = range(4, 9)


def batch(rng, B, T=100, marks=2):
    """Draw a batch.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        T: the shortest length, at least 10; lengths are uniform in T ... T + T // 10. The paper's is 100.
        marks: 2 for task 6a, 3 for task 6b.
    Returns:
        Batch: xs (T + T // 10, B, 8), symbols one-hot in the order of SYMBOLS; targets (B,), int64, in 0 ... 2**marks - 1;
        at (B,), the last step, which shows B.
    Raises:
        ValueError: when rng is no Generator, B no positive integer, T no integer of at least 10, or marks neither 2 nor 3.

    >>> xs, targets, at = batch(np.random.default_rng(6), B=2, T=20)
    >>> ["".join(SYMBOLS[k] for k in xs[: at[b] + 1, b].argmax(-1)) for b in range(2)]
    ['EdcbYbdcbcXddcdabcccB', 'EbbdXcbcaaYadddaadbcB']
    >>> targets
    array([2, 1])
    """
    expect.generator("rng", rng)
    for name, size in (("B", B), ("T", T)):
        expect.positive(name, size)
    expect.that(T >= 10, "T", repr(T), "a length of at least 10, so that no mark falls on the first symbol")
    _expect_marks(marks)
    each = np.arange(B)
    at = rng.integers(T, T + T // 10 + 1, B) - 1
    symbols = rng.integers(0, _X, (T + T // 10, B))
    symbols[np.arange(len(symbols))[:, None] > at] = _NOTHING
    symbols[0], symbols[at, each] = _E, _B
    targets = np.zeros(B, np.int64)
    for first, last in SPANS[marks]:
        mark = rng.integers(0, 2, B)
        symbols[rng.integers(first * T // 100, last * T // 100 + 1, B), each] = _X + mark
        targets = 2 * targets + mark
    return Batch(np.eye(_NOTHING + 1, _NOTHING)[symbols], targets, at)


def chance(marks=2):
    """The accuracy of the best answer that ignores the input: all 4 or 8 classes are equally likely.

    >>> chance(2), chance(3)
    (0.25, 0.125)
    """
    _expect_marks(marks)
    return 2.0**-marks


def _expect_marks(marks):
    expect.that(marks in (2, 3), "marks", repr(marks), "2 (task 6a) or 3 (task 6b)")


def solve(xs):
    """The answers, looked up: the marks in their order, X and Y read as the binary digits 0 and 1.

    Args:
        xs: (T, B, 8).
    Returns:
        (B,), int64.
    """
    digit = xs[..., _Y].astype(np.int64)
    mark = digit + xs[..., _X].astype(np.int64)
    later = mark.sum(0) - mark.cumsum(0)
    return (digit * 2**later).sum(0)


def correct(outputs, targets):
    """Which sequences are correct in the sense of the paper: every output within TOLERANCE of its 0 or 1.

    Args:
        outputs: (..., B, K), NumPy or torch, K = 4 or 8: one output a class.
        targets: (B,), integers, or with leading axes as outputs.
    Returns:
        (..., B), bool.
    Raises:
        ValueError: when the axes of outputs before the last do not end in those of targets.

    >>> correct(np.array([[0.1, 0.8, 0.0, 0.2], [0.1, 0.6, 0.0, 0.2]]), np.array([1, 1]))
    array([ True, False])
    """
    *came, K = outputs.shape
    want = list(targets.shape)
    ok = came[len(came) - len(want) :] == want
    expect.that(ok, "outputs", f"shape {(*came, K)}", f"one that ends in {(*want, 'K')}, as targets {tuple(want)}")
    right = abs(outputs[..., 0] - 1.0 * (targets == 0)) < TOLERANCE
    for k in range(1, K):
        right = right & (abs(outputs[..., k] - 1.0 * (targets == k)) < TOLERANCE)
    return right
