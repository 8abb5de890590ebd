from fractions import Fraction

import numpy as np
import pytest
import torch

from lstm_course.tasks import adding


def marked(xs):
    """(T, B), bool."""
    return xs[..., 1] == 1


def possible(T):
    """Every pair of places (first, second) with its probability, from the words of the paper."""
    for first in range(10):
        unmarked = [k for k in range(T) if k != first][: T // 2 - 1]
        for second in unmarked:
            yield first, second, Fraction(1, 10 * len(unmarked))


@pytest.mark.parametrize("T", [11, 20, 100])
def test_shapes_lengths_and_the_solver(T, rng):
    xs, targets, at = adding.batch(rng, 5000, T)
    assert xs.shape == (T + T // 10, 5000, 2)
    assert xs.dtype == targets.dtype == np.float64
    assert at.dtype == np.int64
    np.testing.assert_array_equal(adding.solve(xs), targets)
    lengths = np.arange(T, T + T // 10 + 1)
    np.testing.assert_array_equal(np.unique(at + 1), lengths)
    np.testing.assert_allclose(np.bincount(at + 1)[T:] / 5000, 1 / len(lengths), atol=0.03)
    assert (xs[np.arange(len(xs))[:, None] > at] == 0).all()
    assert (np.count_nonzero(xs[..., 0], 0) == at + 1).all()
    assert (xs[at, np.arange(5000), 1] == -1).all()
    assert not marked(xs)[-1 - T // 10 :].any()


def test_the_example_of_the_docstring():
    values = [0.3, -0.5, 0.8, 0.1, -0.4, 0.9, 0.0, -0.2, 0.7, -0.9, 0.2, -0.6]
    markers = [-1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, -1]
    assert adding.solve(np.stack([values, markers], -1)[:, None]) == pytest.approx(0.6)


@pytest.mark.parametrize("T", [11, 20, 40])
def test_marks_fall_where_the_paper_puts_them(T, rng):
    """The frequency of every set of two places against an enumeration."""
    B = 100_000
    xs, _, _ = adding.batch(rng, B, T)
    marks = marked(xs)
    assert (marks.sum(0) == 2).all()
    low = marks.argmax(0)
    high = len(xs) - 1 - marks[::-1].argmax(0)
    counts = np.zeros((len(xs), len(xs)))
    np.add.at(counts, (low, high), 1)
    expected = np.zeros_like(counts)
    for first, second, probability in possible(T):
        expected[min(first, second), max(first, second)] += float(probability)
    assert (counts[expected == 0] == 0).all()
    np.testing.assert_allclose(counts / B, expected, atol=5 * np.sqrt(expected.max() / B))


def test_markers_of_the_ends_and_values(rng):
    xs, _, at = adding.batch(rng, 20_000, 20)
    start = xs[0, :, 1]
    assert set(np.unique(start)) == {-1, 1}
    assert (start == 1).mean() == pytest.approx(0.1 + 0.9 / 9, abs=0.015)
    inside = (np.arange(len(xs))[:, None] > 0) & (np.arange(len(xs))[:, None] < at)
    assert set(np.unique(xs[inside][:, 1])) == {0, 1}
    values = xs[..., 0][np.arange(len(xs))[:, None] <= at]
    np.testing.assert_allclose(np.quantile(values, [0, 0.25, 0.5, 0.75, 1]), [-1, -0.5, 0, 0.5, 1], atol=0.01)


def test_a_marked_first_pair_counts_nothing(rng):
    xs, targets, _ = adding.batch(rng, 2000, 20)
    here = xs[0, :, 1] == 1
    other = (xs[1:, here, 0] * marked(xs)[1:, here]).sum(0)
    np.testing.assert_allclose(targets[here], 0.5 + other / 4, atol=1e-15)


def test_the_end_is_half_of_T_away(rng):
    """The paper's minimal lag: 50 for T = 100."""
    xs, _, at = adding.batch(rng, 50_000, 100)
    last = len(xs) - 1 - marked(xs)[::-1].argmax(0)
    assert (at - last).min() == 50


@pytest.mark.parametrize("T", [11, 12, 20, 100, 1000])
def test_baseline_is_the_expectation_over_all_places(T):
    exact = sum(p * ((first > 0) + (second > 0)) * Fraction(1, 48) for first, second, p in possible(T))
    assert adding.baseline(T) == pytest.approx(float(exact), rel=1e-14)
    assert adding.baseline(T) < 1 / 24


def test_share_of_sequences_that_the_papers_words_leave_undecided():
    undecided = sum(p for first, second, p in possible(100) if min(first, second) == 0 and max(first, second) < 10)
    assert float(undecided) == pytest.approx(0.037, abs=5e-4)


@pytest.mark.parametrize("T", [11, 100])
def test_no_constant_beats_the_baseline(T, rng):
    """In a sample, the best constant is the mean and its error is the variance."""
    targets = np.concatenate([adding.batch(rng, 10_000, T).targets for _ in range(10)])
    assert targets.mean() == pytest.approx(0.5, abs=0.004)
    assert targets.var() == pytest.approx(adding.baseline(T), abs=6e-4)  # 1/24, or 19/480 for 11, lie farther off


def test_the_later_version(rng):
    xs, targets, at = adding.batch_unit(rng, 20_000, 7)
    assert xs.shape == (7, 20_000, 2)
    assert at.dtype == np.int64
    assert (at == 6).all()
    np.testing.assert_array_equal(adding.solve_unit(xs), targets)
    assert set(np.unique(xs[..., 1])) == {0, 1}
    assert (marked(xs)[:3].sum(0) == 1).all()
    assert (marked(xs)[3:].sum(0) == 1).all()
    np.testing.assert_allclose(marked(xs).mean(1), [1 / 3] * 3 + [1 / 4] * 4, atol=0.02)
    np.testing.assert_allclose(np.quantile(xs[..., 0], [0, 0.25, 0.5, 0.75, 1]), [0, 0.25, 0.5, 0.75, 1], atol=0.01)
    assert targets.mean() == pytest.approx(1, abs=0.015)
    assert targets.var() == pytest.approx(adding.baseline_unit(), abs=0.006)
    assert adding.baseline_unit() == pytest.approx(2 / 12)
    assert adding.batch_unit(rng, 3, 2).xs[..., 1].all()


def test_correct_is_the_papers_criterion(rng):
    targets = np.array([0.2, 0.5, 0.7])
    outputs = targets + np.array([[0.039, -0.041, 0.0], [-0.039, 0.041, np.nan]])
    want = [[True, False, True], [True, False, False]]
    came = adding.correct(outputs, targets)
    assert came.dtype == np.bool_
    np.testing.assert_array_equal(came, want)
    np.testing.assert_array_equal(adding.correct(outputs, np.stack([targets, targets])), want)
    torch_came = adding.correct(torch.from_numpy(outputs), torch.from_numpy(targets))
    assert torch_came.dtype == torch.bool
    assert torch_came.tolist() == want


def test_how_often_the_trivial_answer_is_correct(rng):
    """15.4 % of sequences lie within the tolerance of 0.5 where both values count: an area under the triangle of their sum."""
    targets = 0.5 + rng.uniform(-1, 1, (2, 200_000)).sum(0) / 4
    both = 1 - (1 - 0.16 / 2) ** 2
    assert adding.correct(np.full_like(targets, 0.5), targets).mean() == pytest.approx(both, abs=0.004)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: adding.batch(0, 2, 20), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: adding.batch(np.random.default_rng(0), 0, 20), r"^B: got 0, expected an integer"),
        (lambda: adding.batch(np.random.default_rng(0), 2, 10), r"^T: got 10, expected a length of at least 11"),
        (lambda: adding.batch(np.random.default_rng(0), 2, 20.0), r"^T: got 20.0, expected an integer"),
        (lambda: adding.batch_unit(None, 2, 20), r"^rng: got None"),
        (lambda: adding.batch_unit(np.random.default_rng(0), 2, 1), r"^T: got 1, expected a length of at least 2"),
        (lambda: adding.baseline(10), r"^T: got 10, expected a length of at least 11"),
        (lambda: adding.correct(np.zeros((3, 1)), np.zeros(3)), r"^outputs: got shape \(3, 1\), .* ends in \(3,\)"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
