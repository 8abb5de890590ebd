"""Comparisons against their definitions, and against what they promise."""

from itertools import combinations

import numpy as np
import pytest
from scipy import integrate, stats

from lstm_course.studies.comparisons import best_tenth, grouped, holm, paired, welch


def student(df):
    """The density of Student's t, from its definition up to a factor that is integrated away; gives its two-sided p value."""
    density = lambda t: (1 + t * t / df) ** (-(df + 1) / 2)
    whole = integrate.quad(density, -np.inf, np.inf)[0]
    return lambda t: 2 * integrate.quad(density, abs(t), np.inf)[0] / whole


@pytest.mark.parametrize(("n", "m"), [(3, 7), (7, 3), (2, 2), (20, 20)])
def test_welch_is_its_formula(rng, n, m):
    ours, theirs = rng.standard_normal(n) + 0.5, 3 * rng.standard_normal(m)
    parts = np.array([np.sum((x - x.mean()) ** 2) / (len(x) - 1) / len(x) for x in (ours, theirs)])
    df = parts.sum() ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1))
    got, error = welch(ours, theirs), np.sqrt(parts.sum())
    assert got.difference == pytest.approx(ours.sum() / n - theirs.sum() / m)
    assert got.p == pytest.approx(student(df)(got.difference / error))
    assert (got.low + got.high) / 2 == pytest.approx(got.difference)
    assert student(df)((got.high - got.difference) / error) == pytest.approx(0.05)


@pytest.mark.parametrize("n", [2, 3, 20])
def test_paired_is_its_formula(rng, n):
    ours, theirs = rng.standard_normal((2, n)) + 5 * rng.standard_normal(n)
    d = [a - b for a, b in zip(ours, theirs, strict=True)]
    mean = sum(d) / n
    error = np.sqrt(sum((x - mean) ** 2 for x in d) / (n - 1) / n)
    got = paired(ours, theirs, 0.8)
    assert got.difference == pytest.approx(mean)
    assert got.p == pytest.approx(student(n - 1)(mean / error))
    assert (got.low + got.high) / 2 == pytest.approx(mean)
    assert student(n - 1)((got.high - mean) / error) == pytest.approx(0.2)


@pytest.mark.parametrize("compare", [welch, paired])
def test_the_other_way_round_only_the_sign_changes(rng, compare):
    ours, theirs = rng.standard_normal((2, 7))
    one, other = compare(ours, theirs), compare(theirs, ours)
    np.testing.assert_allclose(other, (-one.difference, -one.high, -one.low, one.p))
    assert all(type(value) is float for value in one)
    np.testing.assert_allclose(compare(list(ours), theirs), one)


@pytest.mark.parametrize(("compare", "level"), [(welch, 0.95), (paired, 0.95), (welch, 0.6), (paired, 0.6)])
def test_intervals_cover_the_difference_as_often_as_they_say(rng, compare, level):
    def covered():
        ours, theirs = rng.standard_normal((2, 6)) * [[1], [3]]
        return compare(ours + 2, theirs, level)

    share = np.mean([x.low <= 2 <= x.high for x in (covered() for _ in range(600))])
    assert share == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 600) + 0.01)


def test_pairs_see_what_the_settings_hide(rng):
    settings, luck = 10 * rng.standard_normal(40), rng.standard_normal((2, 40))
    ours, theirs = settings + luck[0] + 1, settings + luck[1]
    assert paired(ours, theirs).p < 0.01
    assert welch(ours, theirs).p > 0.3


def by_definition(p):
    """Holm by closed testing: p_k is the largest Bonferroni p of all sets of comparisons that contain k."""
    m = len(p)
    sets = [s for size in range(1, m + 1) for s in combinations(range(m), size)]
    return [max(min(1, len(s) * min(p[j] for j in s)) for s in sets if k in s) for k in range(m)]


@pytest.mark.parametrize("m", [1, 2, 5, 8])
def test_holm_is_closed_bonferroni_testing(rng, m):
    for p in (rng.uniform(0, 1, m), rng.uniform(0, 0.05, m), rng.integers(0, 4, m) / 20, np.zeros(m), np.ones(m)):
        np.testing.assert_allclose(holm(p), by_definition(p), atol=1e-15)


def test_holm_keeps_the_order_and_the_argument(rng):
    p = rng.uniform(0, 0.3, 9)
    kept, shuffle = p.copy(), rng.permutation(9)
    np.testing.assert_array_equal(holm(p)[shuffle], holm(p[shuffle]))
    np.testing.assert_array_equal(p, kept)


def test_holm_errs_at_all_as_rarely_as_it_says(rng):
    """Eight comparisons with one model, none of which differs: they hang together, as in the chapter."""
    errs = {"holm": 0, "plain": 0}
    for _ in range(1000):
        models = rng.standard_normal((9, 20))
        p = stats.ttest_ind(models[1:], models[0], axis=1, equal_var=False).pvalue
        errs["plain"] += p.min() < 0.05
        errs["holm"] += holm(p).min() < 0.05
    assert errs["holm"] <= 70
    assert errs["plain"] >= 150


@pytest.mark.parametrize(("n", "chosen"), [(1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (56, 6), (200, 20)])
def test_validation_chooses_and_test_reports(rng, n, chosen):
    validation, test = rng.standard_normal((2, n))
    trials = sorted(zip(validation, test, strict=True))
    np.testing.assert_array_equal(best_tenth(validation, test), [t for _, t in trials[:chosen]])


def test_the_best_tenth_by_validation_is_not_flattered_and_by_test_is(rng):
    validation, test = rng.standard_normal((2, 2000))
    assert abs(best_tenth(validation, test).mean()) < 0.25
    assert best_tenth(test, test).mean() < -1.5


def test_who_diverged_counts_but_is_never_chosen():
    validation = np.array([np.nan, np.inf, -np.inf, 4, 3, *[np.nan] * 10])
    test = np.arange(15.0)
    np.testing.assert_array_equal(best_tenth(validation, test), [4, 3])
    with pytest.raises(ValueError, match=r"^validation: got 1 finite of 15, expected at least 2$"):
        best_tenth(np.where(validation == 4, np.nan, validation), test)


def test_of_equals_the_earlier_is_chosen():
    np.testing.assert_array_equal(best_tenth(np.arange(400) % 2, np.arange(400)), np.arange(0, 80, 2))


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: welch([1.0], [1, 2]), r"^ours: got shape \(1,\), expected at least two finite numbers"),
        (lambda: welch([1, 2], [[1, 2]]), r"^theirs: got shape \(1, 2\), expected at least two finite numbers"),
        (lambda: welch([1, 2], "ab"), r"^theirs: got 'ab', expected at least two finite numbers"),
        (lambda: welch([1, np.nan, np.inf], [1, 2]), r"^ours: got 2 that are not finite, expected at least two finite"),
        (lambda: welch([1, 2], [0.3, 0.3]), r"^theirs: got 2 times 0\.3, expected numbers that differ"),
        (lambda: welch([0, 0], [1, 2]), r"^ours: got 2 times 0, expected numbers that differ"),
        (lambda: welch([1, 2], [1, 3], 95), r"^level: got 95, expected a number between 0 and 1"),
        (lambda: welch([1, 2], [1, 3], 1), r"^level: got 1, expected a number between 0 and 1"),
        (lambda: paired([1, 2], [1, 3], 0), r"^level: got 0, expected a number between 0 and 1"),
        (lambda: paired([1, 2], [1, 3], "x"), r"^level: got 'x', expected a finite number"),
        (lambda: paired([1, 2], [1, 2, 3]), r"^theirs: got shape \(3,\), expected \(2,\), as ours"),
        (lambda: paired([1, 2], [1, np.nan]), r"^theirs: got 1 that are not finite, expected at least two finite"),
        (lambda: paired([1.0, 2.0, 3.0], [0.9, 1.9, 2.9]), r"^ours - theirs: got 3 times 0\.1, expected numbers that differ"),
        (lambda: holm([]), r"^p: got \[\], expected at least one number, each from 0 to 1"),
        (lambda: holm(0.05), r"^p: got 0\.05, expected at least one number"),
        (lambda: holm([0.1, 1.1]), r"^p: got \[0\.1 1\.1\], expected at least one number"),
        (lambda: holm([0.1, -0.1]), r"^p: got .*, expected at least one number"),
        (lambda: holm([0.1, np.nan]), r"^p: got .*, expected at least one number"),
        (lambda: best_tenth([], []), r"^validation: got 0 finite of 0, expected at least 1"),
        (lambda: best_tenth([[1]], [[1]]), r"^validation: got shape \(1, 1\), expected one number for each trial"),
        (lambda: best_tenth([1, 2], [1]), r"^test: got shape \(1,\), expected \(2,\), as validation"),
        (lambda: best_tenth([1], ["a"]), r"^test: got \['a'\], expected one number for each trial"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()


def test_a_bootstrap_of_groups_covers_where_runs_of_a_group_go_together(rng):
    groups, hits, naive = np.repeat(np.arange(20), 5), 0, 0
    for _ in range(150):
        gains = 1 + rng.standard_normal(20)[groups] + 0.2 * rng.standard_normal(100)
        found = grouped(lambda k, gains=gains: gains[k].mean(), groups, draws=199)
        each = grouped(lambda k, gains=gains: gains[k].mean(), np.arange(100), draws=199)
        assert found.difference == pytest.approx(gains.mean())
        hits += found.low <= 1 <= found.high
        naive += each.low <= 1 <= each.high
    assert hits > 0.85 * 150 > 0.75 * 150 > naive


def test_a_bootstrap_of_groups_draws_whole_groups_and_is_the_same_each_time():
    seen, groups = [], np.array([2, 0, 2, 1, 0, 1])
    grouped(lambda k: seen.append(k) or 0.0, groups, draws=50)
    assert all(len(k) == 6 and all((k == a).sum() == (k == b).sum() for a, b in ((0, 2), (1, 4), (3, 5))) for k in seen)
    values = np.arange(6.0)
    statistic = lambda k: values[k].mean() - 2.0
    assert grouped(statistic, groups) == grouped(statistic, groups)
    assert grouped(lambda k: 0 * values[k].mean(), groups).p == 1
    with pytest.raises(ValueError, match=r"groups: got 1 groups, expected at least two"):
        grouped(statistic, [0] * 6)
    with pytest.raises(ValueError, match="level"):
        grouped(statistic, groups, level=1.5)
