"""Adding: find the two marked values in a long sequence of others, and give their sum at the end.

A step shows a value in [-1, 1] and a marker. One of the first ten pairs is marked, then one of the first T/2 - 1 still unmarked
pairs. The marker is 1 at a marked pair, else -1 at the two ends and 0 between. From T = 20 on, the end is at least T/2 steps
behind both marks.

    step       0    1    2    3    4    5    6    7    8    9   10   11
    value     .3  -.5   .8   .1  -.4   .9   .0  -.2   .7  -.9   .2  -.6
    marker    -1    0    1    0    1    0    0    0    0    0    0   -1      target 0.5 + (0.8 - 0.4) / 4 = 0.6

A marked first pair shows 1, and counts 0. The paper says so of the mark set first, and leaves open what happens when the second
falls there. Here it counts 0 as well. If it did not, marks at step 0 and at one of steps 1 to 9 would not tell which was set
first: with T = 100, 3.7 % of the sequences would have a target that cannot be known from what is shown.

The paper's rule. A sequence is correct when the absolute error of its output is below TOLERANCE. Training stops when the
average training error is below MEAN_ERROR and the IN_A_ROW most recent training sequences were all correct.

Later papers (Tallec and Ollivier, 2018, for one) use another version, `batch_unit`: a fixed length, values in [0, 1], one
mark in each half, and as the target the plain sum.

Source: hochreiter1997, experiment 4.
"""

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Batch

TOLERANCE = 0.04  # of the output, whose sum is divided by 4; it is no bound on a squared error
MEAN_ERROR = 0.01
IN_A_ROW = 2000

START = 10


def batch(rng, B, T):
    """Draw a batch of the 1997 version.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        T: the shortest length, at least 11, so that no mark falls on the last pair; lengths are uniform in T ... T + T // 10.
    Returns:
        Batch: xs (T + T // 10, B, 2), value and marker; targets (B,), float64, 0.5 + (X1 + X2) / 4; at (B,), the last step.
    Raises:
        ValueError: when rng is no Generator, B no positive integer, or T no integer of at least 11.

    >>> xs, targets, at = batch(np.random.default_rng(2), B=2, T=20)
    >>> xs.shape, at
    ((22, 2, 2), array([21, 19]))
    >>> xs[:, 1, 1]
    array([-1.,  0.,  0.,  1.,  0.,  1.,  0.,  0.,  0.,  0.,  0.,  0.,  0.,
            0.,  0.,  0.,  0.,  0.,  0., -1.,  0.,  0.])
    >>> bool(targets[1] == 0.5 + (xs[3, 1, 0] + xs[5, 1, 0]) / 4)
    True
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    _expect_length(T)
    each = np.arange(B)
    at = rng.integers(T, T + T // 10 + 1, B) - 1
    xs = np.zeros((T + T // 10, B, 2))
    xs[..., 0] = rng.uniform(-1, 1, xs.shape[:2])
    xs[np.arange(len(xs))[:, None] > at, 0] = 0
    first = rng.integers(0, START, B)
    second = rng.integers(0, T // 2 - 1, B)
    second += second >= first  # a number among the unmarked pairs becomes a number among all
    xs[0, :, 1] = xs[at, each, 1] = -1
    xs[first, each, 1] = xs[second, each, 1] = 1
    X1 = np.where(first == 0, 0, xs[first, each, 0])
    X2 = np.where(second == 0, 0, xs[second, each, 0])
    return Batch(xs, 0.5 + (X1 + X2) / 4, at)


def batch_unit(rng, B, T):
    """Draw a batch of the later version: values in [0, 1], one mark in each half, the plain sum.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        T: the length of all of them, at least 2.
    Returns:
        Batch: xs (T, B, 2), value and marker (0 or 1); targets (B,), float64, in [0, 2]; at (B,), T - 1.
    Raises:
        ValueError: when rng is no Generator, B no positive integer, or T no integer of at least 2.

    >>> xs, targets, at = batch_unit(np.random.default_rng(0), B=1, T=6)
    >>> xs[:, 0, 1], at
    (array([0., 1., 0., 0., 1., 0.]), array([5]))
    >>> bool(targets[0] == xs[1, 0, 0] + xs[4, 0, 0])
    True
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    expect.positive("T", T)
    expect.that(T >= 2, "T", repr(T), "a length of at least 2, for a mark in each half")
    each = np.arange(B)
    xs = np.zeros((T, B, 2))
    xs[..., 0] = rng.random((T, B))
    first, second = rng.integers(0, T // 2, B), rng.integers(T // 2, T, B)
    xs[first, each, 1] = xs[second, each, 1] = 1
    return Batch(xs, xs[first, each, 0] + xs[second, each, 0], np.full(B, T - 1))


def baseline(T):
    """The mean squared error of the best answer that ignores the input, 0.5, exactly, for `batch`.

        (P(first mark counts) + P(second mark counts)) / 48 = (0.9 + 1 - 0.9 / (T // 2 - 1)) / 48

    since a value has variance 1/3 and is divided by 4. If the first pair counted like any other, it would be 1/24 = 0.0417. Who
    knows one of the two values and guesses the other is left with about half.

    Args:
        T: the shortest length, at least 11.
    Returns:
        float.
    Raises:
        ValueError: when T is no integer of at least 11.

    >>> round(baseline(100), 5)
    0.0392
    """
    _expect_length(T)
    return (1.9 - 0.9 / (T // 2 - 1)) / 48


def _expect_length(T):
    expect.positive("T", T)
    expect.that(T > START, "T", repr(T), f"a length of at least {START + 1}: one of the first {START} pairs is marked")


def baseline_unit():
    """The mean squared error of the best answer that ignores the input, 1, exactly, for `batch_unit`: 2 / 12 = 1/6."""
    return 1 / 6


def solve(xs):
    """The answers to `batch`, looked up: the values where the marker is 1, the first pair left out.

    Args:
        xs: (T, B, 2).
    Returns:
        (B,), float64.
    """
    return 0.5 + _marked(xs[1:]) / 4


def solve_unit(xs):
    """The answers to `batch_unit`, looked up: the values where the marker is 1. xs (T, B, 2) to (B,)."""
    return _marked(xs)


def _marked(xs):
    """The sum of the marked values, (T, B, 2) to (B,)."""
    return (xs[..., 0] * (xs[..., 1] == 1)).sum(0)


def correct(outputs, targets):
    """Which sequences are correct in the sense of the paper: an absolute error below TOLERANCE.

    Args:
        outputs: (..., B), NumPy or torch; one output a sequence.
        targets: (B,), or with leading axes as outputs.
    Returns:
        (..., B), bool.
    Raises:
        ValueError: when the axes of outputs do not end in those of targets: (B, 1) and (B,) would make (B, B).

    >>> correct(np.array([0.53, 0.55]), np.array([0.5, 0.5]))
    array([ True, False])
    """
    expect.ends_alike("outputs", outputs, "targets", targets)
    return abs(outputs - targets) < TOLERANCE
