"""Latch, the two-sequence problem: the first N elements tell the class, and everything after them is noise.

Class 1 begins with N times +1, class 2 with N times -1. The rest is Gaussian with mean 0 and variance 0.2. The answer at the
end is 1 for class 1 and 0 for class 2.

    step      0   1   2    3    4    5    6    7    8    9   10
    3a        1   1   1  -.2   .4   .0  -.6   .3   .1  -.5   .4      N = 3, class 1: 1
    3b       .7 1.3  .9  -.2   .4   .0  -.6   .3   .1  -.5   .4      the same with noise on the first N too

3a is `batch`, 3b is `batch_noisy`. In 3b the noise can turn a beginning into one of the other class, so nobody is always right:
`bayes_error` is what the best possible answer gets wrong. 3c, `batch_noisy_targets`, is 3a with the target 0.2 for class 1 and
0.8 for class 2, and Gaussian noise of variance 0.1 on that target: what is to be learnt is the mean.

The paper's rules. A sequence is correct when the absolute error at the end is below TOLERANCE. ST1: at most WRONG of TESTS
random test sequences are not correct. ST2: ST1, and their mean absolute error is below MEAN_ERROR. 3b has the same rules with
the constants in _NOISY. 3c has ST2 alone, with the constants in _NOISY_TARGETS; its errors are measured from the target without
the noise.

Source: hochreiter1997, experiments 3a, 3b and 3c; the problem is that of bengio1994.
"""

import math

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Batch

TESTS = 256
TOLERANCE, WRONG, MEAN_ERROR = 0.2, 0, 0.01
TOLERANCE_NOISY, WRONG_NOISY, MEAN_ERROR_NOISY = 0.2, 5, 0.04
TOLERANCE_NOISY_TARGETS, WRONG_NOISY_TARGETS, MEAN_ERROR_NOISY_TARGETS = 0.1, 0, 0.015

VARIANCE = 0.2  # not the standard deviation, which is 0.447
TARGET_VARIANCE = 0.1


def batch(rng, B, T, N=3):
    """Draw a batch of 3a: the first N elements are all +1 or all -1.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        T: the shortest length; lengths are uniform in T ... T + T // 10.
        N: how many elements tell the class, at most T.
    Returns:
        Batch: xs (T + T // 10, B, 1); targets (B,), float64, 1 for +1 and 0 for -1; at (B,), the last step.
    Raises:
        ValueError: when rng is no Generator, a size is no positive integer, or N exceeds T.

    >>> xs, targets, at = batch(np.random.default_rng(1), B=2, T=10)
    >>> xs[:4, :, 0].round(1)
    array([[-1. ,  1. ],
           [-1. ,  1. ],
           [-1. ,  1. ],
           [ 0.3,  0.2]])
    >>> targets, at
    (array([0., 1.]), array([ 9, 10]))
    """
    xs, targets, at = _draw(rng, B, T, N)
    xs[:N, :, 0] = 2 * targets - 1
    return Batch(xs, targets, at)


def batch_noisy(rng, B, T, N=3):
    """Draw a batch of 3b: the noise lies on the first N elements as well. Arguments, shapes and errors as in `batch`."""
    xs, targets, at = _draw(rng, B, T, N)
    xs[:N, :, 0] += 2 * targets - 1
    return Batch(xs, targets, at)


def batch_noisy_targets(rng, B, T, N=3):
    """Draw a batch of 3c: xs and at as in `batch`, targets (B,) 0.2 for +1 and 0.8 for -1, with noise. Errors as in `batch`."""
    xs, targets, at = batch(rng, B, T, N)
    return Batch(xs, noise_free(targets) + rng.normal(0, math.sqrt(TARGET_VARIANCE), B), at)


def noise_free(targets):
    """The target of 3c without its noise, 0.2 or 0.8, from that of 3a, 1 or 0. Any shape; NumPy or torch.

    >>> noise_free(np.array([1.0, 0.0])).round(1)
    array([0.2, 0.8])
    """
    return 0.8 - 0.6 * targets


def _draw(rng, B, T, N):
    """Noise (T + T // 10, B, 1) that ends with each sequence, the classes as targets (B,), and the last steps (B,)."""
    expect.generator("rng", rng)
    for name, size in (("B", B), ("T", T), ("N", N)):
        expect.positive(name, size)
    expect.that(N <= T, "N", repr(N), f"at most T = {T}")
    at = rng.integers(T, T + T // 10 + 1, B) - 1
    xs = rng.normal(0, math.sqrt(VARIANCE), (T + T // 10, B, 1))
    xs[np.arange(len(xs))[:, None] > at] = 0
    return xs, rng.integers(0, 2, B).astype(np.float64), at


def chance():
    """The accuracy of the best answer that ignores the input: the classes are equally likely. As an output, the best is 0.5.

    Its mean squared error is 1/4 in 3a and 3b. In 3c it is 0.09 + 0.1, and 0.1 of that is the targets' noise, which stays.

    >>> chance()
    0.5
    """
    return 0.5


def bayes_error(N, variance=VARIANCE):
    """The fraction of 3b that the best possible answer gets wrong, exactly.

        P(the sum of the first N has the wrong sign) = erfc(sqrt(N / (2 variance))) / 2

    The sum is Gaussian with mean N or -N and variance N * variance, and it holds all that the input says of the class. The nets
    of 1997 got 1.50 % (T = 100) and 1.21 % (T = 1000) wrong with N = 1, where 1.27 % is the limit; with N = 3 they got 0.83 %,
    where it is 0.005 %.

    Args:
        N: how many elements tell the class.
        variance: of the noise on them.
    Returns:
        float.
    Raises:
        ValueError: when N is no positive integer, or variance no positive number.

    >>> round(bayes_error(1), 4), round(bayes_error(3), 6)
    (0.0127, 5.4e-05)
    """
    expect.positive("N", N)
    expect.number("variance", variance)
    expect.that(variance > 0, "variance", repr(variance), "a positive number")
    return math.erfc(math.sqrt(N / (2 * variance))) / 2


def solve(xs):
    """The answers to `batch`, looked up: the sign of the first element. xs (T, B, 1) to (B,), 1.0 or 0.0."""
    return solve_noisy(xs, 1)


def solve_noisy(xs, N=3):
    """The best possible answers to `batch_noisy`: the sign of the sum of the first N. See `bayes_error`.

    Args:
        xs: (T, B, 1).
        N: as in `batch_noisy`.
    Returns:
        (B,), float64: 1.0 or 0.0.
    """
    expect.positive("N", N)
    return (xs[:N, :, 0].sum(0) > 0).astype(np.float64)


def correct(outputs, targets, tolerance=TOLERANCE):
    """Which sequences are correct in the sense of the paper: an absolute error below the tolerance.

    Args:
        outputs: (..., B), NumPy or torch; one output a sequence.
        targets: (B,), or with leading axes as outputs; for 3c those of `noise_free`.
        tolerance: TOLERANCE, or TOLERANCE_NOISY_TARGETS for 3c.
    Returns:
        (..., B), bool.
    Raises:
        ValueError: when the axes of outputs do not end in those of targets: (B, 1) and (B,) would make (B, B).

    >>> correct(np.array([0.9, 0.7]), np.array([1.0, 1.0]))
    array([ True, False])
    """
    expect.ends_alike("outputs", outputs, "targets", targets)
    return abs(outputs - targets) < tolerance
