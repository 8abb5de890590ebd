"""What a handful of runs can say: intervals for a rate and for a mean."""

import numpy as np
from scipy import stats

from lstm_course import expect


def wilson(successes, n, level=0.95):
    """Wilson's interval for a success rate; unlike the textbook one it does not shrink to a point at 0 of n or n of n.

    Args:
        successes: how many of n runs succeeded.
        n: runs.
        level: of confidence.
    Returns:
        (low, high), floats.
    Raises:
        ValueError: when n is not a positive integer, or there are not 0 to n successes.

    >>> print("%.2f to %.2f" % wilson(10, 10))
    0.72 to 1.00
    """
    expect.positive("n", n)
    expect.that(0 <= successes <= n, "successes", successes, f"0 to {n}")
    interval = stats.binomtest(int(successes), int(n)).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def bootstrap(values, level=0.95, draws=9999):
    """The bootstrap interval of a mean, by percentiles of resampled means; the same on every call.

    Args:
        values: (n,), one for each run.
        level: of confidence.
        draws: resampled means.
    Returns:
        (low, high), floats.
    Raises:
        ValueError: when values are not at least two numbers.

    >>> print("%.1f to %.1f" % bootstrap([1, 2, 3, 4]))
    1.5 to 3.5
    """
    values = expect.array("values", values, "iuf", "at least two numbers")
    expect.that(values.ndim == 1 and len(values) >= 2, "values", f"shape {values.shape}", "at least two numbers")
    rng = np.random.default_rng(0)
    result = stats.bootstrap((values,), np.mean, confidence_level=level, n_resamples=draws, method="percentile", rng=rng)
    return tuple(map(float, result.confidence_interval))
