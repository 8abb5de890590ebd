"""Which of two is better, when each was tried many times, and what is left of that when many pairs are compared."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from lstm_course import expect


class Comparison(NamedTuple):
    """difference: of the means, ours less theirs. low, high: its interval. p: two-sided, for no difference at all."""

    difference: float
    low: float
    high: float
    p: float


def welch(ours, theirs, level=0.95):
    """Compare two means by Welch's t test: the two may differ in spread and in number, and are drawn independently.

        t = (mean ours - mean theirs) / sqrt(var ours / n + var theirs / m)

    Args:
        ours: (n,), one for each run, at least two.
        theirs: (m,), likewise.
        level: of confidence.
    Returns:
        Comparison.
    Raises:
        ValueError: when one is not at least two finite numbers that differ (runs that diverged are for the caller to judge), or
            the level is not between 0 and 1.
    Source: welch1947.

    >>> print("%.1f, %.1f to %.1f, p = %.2f" % welch([3, 4, 5], [1, 2, 4, 1]))
    2.0, -0.3 to 4.3, p = 0.08
    """
    ours, theirs = (_several(name, x) for name, x in (("ours", ours), ("theirs", theirs)))
    for name, x in (("ours", ours), ("theirs", theirs)):
        _spread(name, x, np.abs(x).max())
    _level(level)
    return _comparison(ours.mean() - theirs.mean(), stats.ttest_ind(ours, theirs, equal_var=False), level)


def paired(ours, theirs, level=0.95):
    """Compare two means by Student's t test for pairs: run k of both shares its settings, and what these do cancels.

        t = mean d / sqrt(var d / n)          d = ours - theirs

    Args:
        ours: (n,), one for each pair, at least two.
        theirs: (n,), in the same order.
        level: of confidence.
    Returns:
        Comparison.
    Raises:
        ValueError: when one is not at least two finite numbers (a pair of which one diverged is for the caller to judge), the
            lengths or the level are wrong, or all differences are the same.

    >>> print("%.1f, %.1f to %.1f, p = %.2f" % paired([3, 4, 5], [1, 2, 4]))
    1.7, 0.2 to 3.1, p = 0.04
    """
    ours, theirs = (_several(name, x) for name, x in (("ours", ours), ("theirs", theirs)))
    _equally_many("ours", ours, "theirs", theirs)
    _spread("ours - theirs", ours - theirs, max(np.abs(ours).max(), np.abs(theirs).max()))
    _level(level)
    return _comparison((ours - theirs).mean(), stats.ttest_rel(ours, theirs), level)


def grouped(statistic, groups, level=0.95, draws=1999):
    """Compare by a bootstrap of whole groups, where runs of one group have something in common and are not independent.

    As many groups as there are are drawn with replacement, again and again, and the statistic is computed of the runs of those
    drawn; p is twice the share of draws on the rarer side of 0. With few groups, say less than ten, both are rough.

    Args:
        statistic: function of the numbers of the runs that count, (m,), some of them several times, to a difference.
        groups: (n,), the group of each run; at least two groups.
        level: of confidence.
        draws: how often.
    Returns:
        Comparison, the same on every call.
    Raises:
        ValueError: when there are not two groups, or the level is not between 0 and 1.

    >>> gains = np.array([1.0, 1.2, 3.0, 3.1, 2.0, 2.2])
    >>> print("%.1f, %.1f to %.1f, p = %.3f" % grouped(lambda k: gains[k].mean(), [0, 0, 1, 1, 2, 2]))
    2.1, 1.1 to 3.1, p = 0.001
    """
    labels, groups = np.unique(groups, return_inverse=True)
    expect.that(len(labels) >= 2, "groups", f"{len(labels)} groups", "at least two")
    _level(level)
    members, rng = [np.flatnonzero(groups == g) for g in range(len(labels))], np.random.default_rng(0)
    drawn = rng.integers(len(labels), size=(draws, len(labels)))
    found = np.array([statistic(np.concatenate([members[g] for g in row])) for row in drawn])
    rarer = min((found <= 0).sum(), (found >= 0).sum())
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Comparison(
        float(statistic(np.arange(len(groups)))), float(low), float(high), min(1.0, 2 * (rarer + 1) / (draws + 1))
    )


def holm(p):
    """Adjust the p values of several comparisons: who then calls those below 0.05 real errs at all in 5 % of cases at most.

        adjusted_k = max over j <= k of min(1, (m - j + 1) p_j)          p_1 <= ... <= p_m

    Args:
        p: (m,).
    Returns:
        (m,), in the order given.
    Raises:
        ValueError: when p are not at least one number, each from 0 to 1.
    Source: holm1979.

    >>> print(holm([0.04, 0.01, 0.03, 0.7]))
    [0.09 0.04 0.09 0.7 ]
    """
    expected = "at least one number, each from 0 to 1"
    p = expect.array("p", p, "iuf", expected)
    expect.that(p.ndim == 1 and p.size and bool(np.all((p >= 0) & (p <= 1))), "p", p, expected)
    order, factors = np.argsort(p), np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * p[order]))
    return adjusted


def best_tenth(validation, test):
    """The test errors of the tenth of the trials that did best in validation, so that what chooses is not what is reported.

    The tenth is one of all trials, rounded up, those that diverged included: models with equally many trials are then compared
    by equally many.

    Args:
        validation: (n,), errors; who is not finite diverged and is never chosen.
        test: (n,), errors of the same trials.
    Returns:
        (ceil(n / 10),), the trial with the lowest validation error first; of equals the earlier.
    Raises:
        ValueError: when the two are not equally many numbers, or fewer trials than a tenth have a finite validation error.

    >>> print(best_tenth([5, 1, 2, 3, 4, 9, 9, 9, 9, 9, np.nan], np.arange(11)))
    [1 2]
    """
    expected = "one number for each trial"
    validation, test = (expect.array(name, x, "iuf", expected) for name, x in (("validation", validation), ("test", test)))
    expect.that(validation.ndim == 1, "validation", f"shape {validation.shape}", expected)
    _equally_many("validation", validation, "test", test)
    n, finite = -(-len(validation) // 10), np.flatnonzero(np.isfinite(validation))
    expect.that(len(finite) >= max(n, 1), "validation", f"{len(finite)} finite of {len(validation)}", f"at least {max(n, 1)}")
    return test[finite[np.argsort(validation[finite], kind="stable")[:n]]]


def _comparison(difference, tested, level):
    interval = tested.confidence_interval(level)
    return Comparison(*map(float, (difference, interval.low, interval.high, tested.pvalue)))


def _several(name, values):
    """At least two finite numbers, as floats."""
    expected = "at least two finite numbers"
    values = expect.array(name, values, "iuf", expected).astype(float)
    expect.that(values.ndim == 1 and len(values) >= 2, name, f"shape {values.shape}", expected)
    expect.that(bool(np.isfinite(values).all()), name, f"{np.sum(~np.isfinite(values))} that are not finite", expected)
    return values


def _equally_many(name, x, other_name, other):
    expect.that(x.shape == other.shape, other_name, f"shape {other.shape}", f"{x.shape}, as {name}")


def _spread(name, x, size):
    """Not all the same, up to rounding: else any other mean would be infinitely far."""
    expect.that(np.ptp(x) > 1e-12 * size, name, f"{len(x)} times {x[0]:.6g}", "numbers that differ")


def _level(level):
    expect.number("level", level)
    expect.that(0 < level < 1, "level", level, "a number between 0 and 1")
