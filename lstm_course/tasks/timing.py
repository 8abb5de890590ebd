"""Timing: how long was the wait, when is the time up, and what comes next in a wave that goes on for ever?

Time is cut into intervals. Each has F + I steps: F is fixed, the delay I is drawn anew, and the last step bears a spike.

    interval    1            2          3                 F = 3, delays 0 and 1
    delay       1  1  1  1   0  0  0    1  1  1  1
    spike       0  0  0  1   0  0  1    0  0  0  1

    measuring   the spikes are shown, and at each of them the delay of the interval that it ends is asked for
    generating  the delays are shown, and at every step the spikes are asked for: the same two rows exchanged
    periodic    nothing is shown, and at every step the value of a wave of period F is asked for

Two waits of 49 and 50 steps differ by one in fifty, so a network must count, and begin again after every spike.

The paper's rule. A stream is over at the first error above TOLERANCE (periodic: TOLERANCE_PERIODIC), or after TRAIN_INTERVALS
right intervals when the network learns, TEST_INTERVALS when it is tested; who gets to the end of a test has solved the task.
An interval is right when every answer asked in it is: one when measuring, F + I when generating, F in a period of a wave.

Open, as far as we know the paper, and decided here:

- Measuring asks nothing between the spikes.
- Generating shows a delay at all steps of its interval. Shown at the spike alone, it would come too late: it must be known by
  step F. As it stays until the spike, the network need not remember it, nor is told that an interval begins, unless the next
  delay is another.
- A stream begins on the step after a spike that is not shown, so that the first interval is like every other. A wave begins at
  t = 0, and the network must be in step from there.
- The input of a wave is a column of zeros, so that the cell's biases alone set it going. Ones would be a second bias.

Source: gers2002.
"""

from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Batch

TOLERANCE = 0.49
TOLERANCE_PERIODIC = 0.3
TRAIN_INTERVALS, TEST_INTERVALS = 100, 1000


class Stream(NamedTuple):
    """Intervals one after the other; where a stream is shorter than T, padding in which nothing is asked.

    xs: (T, B, 1), float64. targets: (T, B), float64. asked: (T, B), bool: an answer counts here.
    ends: (T, B), bool: an interval ends with this step.
    """

    xs: Any
    targets: Any
    asked: Any
    ends: Any


class Score(NamedTuple):
    """answers, intervals: (..., B), integers: right answers, and right intervals, before the first error of each stream."""

    answers: Any
    intervals: Any


def measuring(rng, B, intervals, F=10, delays=(0, 1)):
    """Draw streams of spikes, to be answered at each spike with the delay.

    Args:
        rng: numpy.random.Generator.
        B: streams.
        intervals: how many in each; the non-continual version of the paper has one (see `measuring_one`).
        F: the steps of an interval without its delay.
        delays: at least two different integers, from 0 up, each as likely as any other.
    Returns:
        Stream: xs (T, B, 1), 1 at a spike, else 0; targets (T, B), the delay; asked and ends (T, B), the spikes.
        T = intervals (F + the longest delay).
    Raises:
        ValueError: when rng is no Generator, a size is no positive integer, or delays are none.

    >>> xs, targets, asked, ends = measuring(np.random.default_rng(1), B=1, intervals=3, F=3)
    >>> xs[:, 0, 0]
    array([0., 0., 1., 0., 0., 0., 1., 0., 0., 0., 1., 0.])
    >>> targets[asked]
    array([0., 1., 1.])
    """
    held, spikes, _ = _draw(rng, B, intervals, F, delays)
    return Stream(spikes[..., None] * 1.0, held, spikes, spikes.copy())


def measuring_one(rng, B, F=10, delays=(0, 1)):
    """Draw single intervals: the non-continual version of `measuring`, where nothing has to be begun again.

    Args and errors as there.

    Returns:
        Batch: xs (F + the longest delay, B, 1), one spike each; targets (B,), float64, the delay; at (B,), the spike's step.
    """
    xs, targets, asked, _ = measuring(rng, B, 1, F, delays)
    at = asked.argmax(0)
    return Batch(xs, targets[at, np.arange(B)], at)


def generating(rng, B, intervals, F=10, delays=(0, 1)):
    """Draw streams of delays, each shown throughout its interval, to be answered with spikes.

    Args and errors as in `measuring`.

    Returns:
        Stream: xs (T, B, 1), the delay; targets (T, B), 1 at the last step of an interval, else 0; asked (T, B), up to the
        last spike; ends (T, B), the spikes.

    >>> xs, targets, asked, ends = generating(np.random.default_rng(1), B=1, intervals=3, F=3)
    >>> xs[:, 0, 0]
    array([0., 0., 0., 1., 1., 1., 1., 1., 1., 1., 1., 0.])
    >>> targets[:, 0]
    array([0., 0., 1., 0., 0., 0., 1., 0., 0., 0., 1., 0.])
    """
    held, spikes, inside = _draw(rng, B, intervals, F, delays)
    return Stream(held[..., None], spikes * 1.0, inside, spikes)


def _draw(rng, B, intervals, F, delays):
    """For every step, (T, B): the delay of its interval, or 0 behind the last; a spike or not; within an interval or not."""
    expect.generator("rng", rng)
    for name, size in (("B", B), ("intervals", intervals), ("F", F)):
        expect.positive(name, size)
    delays = _expect_delays(delays)
    drawn = rng.choice(delays, (intervals, B))
    spikes = np.zeros((intervals * (F + delays.max()), B), bool)
    spikes[(F + drawn).cumsum(0) - 1, np.arange(B)] = True
    number = spikes.cumsum(0) - spikes  # of the intervals before
    held = np.take_along_axis(np.concatenate([drawn, np.zeros((1, B))]), number, 0)
    return held, spikes, number < intervals


def _expect_delays(delays):
    expected = "at least two different integers from 0 up"
    x = expect.array("delays", delays, "iu", expected)
    expect.that(x.ndim == 1 and x.size > 1 and np.unique(x).size == x.size and x.min() >= 0, "delays", repr(delays), expected)
    return x


def cosine(t, F):
    """(1 - cos(2 pi t / F)) / 2: from 0 up to 1 and back, smoothly. t: array."""
    return (1 - np.cos(2 * np.pi * np.asarray(t) / F)) / 2


def triangle(t, F):
    """1 - abs(2 (t mod F) / F - 1): from 0 straight up to 1 and straight back. t: array."""
    return 1 - abs(2 * (np.asarray(t) % F) / F - 1)


def rectangle(t, F):
    """1 where t mod F > F / 2, else 0: for F = 10 six steps at 0, then four at 1. t: array.

    >>> rectangle(np.arange(10), 10)
    array([0., 0., 0., 0., 0., 0., 1., 1., 1., 1.])
    """
    return 1.0 * (np.asarray(t) % F > F / 2)


def periodic(wave, periods, F=10, B=1):
    """A wave to be produced out of nothing. Nothing is drawn either: all B streams are the same, so one is enough.

    Args:
        wave: `cosine`, `triangle` or `rectangle`, or another function of an array of times t and the period F.
        periods: how many; a period counts as an interval.
        F: the steps of one; the paper has 10 and 25.
        B: streams.
    Returns:
        Stream: xs (T, B, 1), zeros; targets (T, B), wave(t) at step t = 0, 1, ...; asked everywhere; ends (T, B), at the last
        step of every period. T = periods F.
    Raises:
        ValueError: when wave is no function, or a size is no positive integer.

    >>> periodic(triangle, periods=2, F=4).targets[:, 0]
    array([0. , 0.5, 1. , 0.5, 0. , 0.5, 1. , 0.5])
    """
    _expect_wave(wave, F)
    for name, size in (("periods", periods), ("B", B)):
        expect.positive(name, size)
    t = np.arange(periods * F)
    targets = np.tile(np.asarray(wave(t, F), np.float64)[:, None], B)
    ends = np.tile((t % F == F - 1)[:, None], B)
    return Stream(np.zeros((*targets.shape, 1)), targets, np.ones(targets.shape, bool), ends)


def _expect_wave(wave, F):
    expect.that(callable(wave), "wave", repr(wave), "a function of t and F, for instance timing.cosine")
    expect.positive("F", F)


def chance(delays=(0, 1)):
    """The share of intervals that are right for the best answer that knows nothing of the interval: 1 / K for K delays.

    When measuring that is any one of the delays, at every spike: no number is within TOLERANCE of two of them. When generating
    it belongs to a perfect clock that does not look at the delay, and always spikes after F steps plus one and the same delay.

    >>> chance(range(5))
    0.2
    """
    return 1 / len(_expect_delays(delays))


def baseline(delays=(0, 1)):
    """The mean squared error at the spikes of the best constant answer, the mean delay, when measuring: the delays' variance.

    >>> baseline()
    0.25
    """
    return float(_expect_delays(delays).var())


def baseline_generating(F=10, delays=(0, 1)):
    """The mean squared error of the best constant answer when generating: p (1 - p), where p = 1 / (F + mean delay) are spikes.

    >>> round(baseline_generating(), 4)
    0.0862
    """
    expect.positive("F", F)
    p = 1 / (F + _expect_delays(delays).mean())
    return float(p * (1 - p))


def baseline_periodic(wave, F=10):
    """The mean squared error of the best constant answer to a wave: its variance over a period. For `cosine` that is 1/8.

    >>> round(baseline_periodic(cosine), 12), round(baseline_periodic(rectangle), 12)
    (0.125, 0.24)
    """
    _expect_wave(wave, F)
    return float(np.var(wave(np.arange(F), F)))


def baseline_length(delays=(0, 1)):
    """The right intervals before the first error, on average, in an endless stream answered as in `chance`: 1 / (K - 1).

    >>> baseline_length()
    1.0
    """
    return 1 / (len(_expect_delays(delays)) - 1)


def solve_measuring(xs, F=10):
    """The answers, counted: the steps since the last spike, less F.

    Args:
        xs: (T, B, 1).
        F: as in `measuring`.
    Returns:
        (T, B), float64; 0 where no spike is.
    """
    answers, count = np.zeros(xs.shape[:2]), np.zeros(xs.shape[1])
    for t, spike in enumerate(xs[..., 0] == 1):
        count += 1
        answers[t, spike] = count[spike] - F
        count[spike] = 0
    return answers


def solve_generating(xs, F=10):
    """The answers, counted: a spike as soon as F steps, and as many as are shown, have passed since the last.

    Args:
        xs: (T, B, 1).
        F: as in `generating`.
    Returns:
        (T, B), float64; in the padding it goes on with the delay 0.
    """
    answers, count = np.zeros(xs.shape[:2]), np.zeros(xs.shape[1])
    for t, delay in enumerate(xs[..., 0]):
        count += 1
        answers[t] = spike = count == F + delay
        count[spike] = 0
    return answers


def score(outputs, stream, tolerance=TOLERANCE):
    """How far each stream goes before the first error above the tolerance.

    Args:
        outputs: (T, ..., B), NumPy or torch: one output a step.
        stream: Stream of the same library, its targets, asked and ends of the same shape as outputs.
        tolerance: TOLERANCE, or TOLERANCE_PERIODIC for a wave.
    Returns:
        Score: answers and intervals, each (..., B).
    Raises:
        ValueError: when shapes differ, or tolerance is no number.

    >>> stream = measuring(np.random.default_rng(1), B=1, intervals=3, F=3)  # the delays 0, 1, 1
    >>> score(np.full((12, 1), 0.2), stream).intervals
    array([1])
    >>> score(solve_measuring(stream.xs, F=3), stream).intervals
    array([3])
    """
    expect.number("tolerance", tolerance)
    for name, x in zip(Stream._fields[1:], stream[1:], strict=True):
        expect.that(outputs.shape == x.shape, "outputs", f"shape {tuple(outputs.shape)}", f"{tuple(x.shape)}, as {name}")
    right = (abs(outputs - stream.targets) <= tolerance) | ~stream.asked  # nan is not right
    alive = (1 * right).cumprod(0)  # 1 up to the first error, then 0
    return Score((alive * stream.asked).sum(0), (alive * stream.ends).sum(0))
