import math

import numpy as np
import pytest
import torch

from lstm_course.tasks import latch

DRAWS = [latch.batch, latch.batch_noisy, latch.batch_noisy_targets]


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("T", "N"), [(1, 1), (5, 5), (20, 3), (100, 1)])
def test_shapes_and_lengths(draw, T, N, rng):
    xs, targets, at = draw(rng, 2000, T, N)
    assert xs.shape == (T + T // 10, 2000, 1)
    assert targets.shape == at.shape == (2000,)
    assert xs.dtype == targets.dtype == np.float64
    assert at.dtype == np.int64
    lengths = np.arange(T, T + T // 10 + 1)
    np.testing.assert_array_equal(np.unique(at + 1), lengths)
    np.testing.assert_allclose(np.bincount(at + 1)[T:] / 2000, 1 / len(lengths), atol=0.04)
    assert (np.count_nonzero(xs[..., 0], 0) == at + 1).all()
    assert (xs[np.arange(len(xs))[:, None] > at] == 0).all()


@pytest.mark.parametrize("N", [1, 3])
def test_the_solver_is_right_without_noise(N, rng):
    xs, targets, _ = latch.batch(rng, 5000, 10, N)
    np.testing.assert_array_equal(latch.solve(xs), targets)
    np.testing.assert_array_equal(xs[:N, :, 0], np.tile(np.where(targets == 1, 1, -1), (N, 1)))
    assert targets.mean() == pytest.approx(latch.chance(), abs=0.04)
    assert set(targets) == {0, 1}


def test_noise_has_the_papers_variance_and_knows_nothing(rng):
    xs, targets, _ = latch.batch(rng, 20_000, 10, 3)
    rest = xs[3:10, :, 0]
    assert rest.var() == pytest.approx(0.2, abs=0.005)
    for sign in (0, 1):
        np.testing.assert_allclose(rest[:, targets == sign].mean(1), 0, atol=0.025)
    xs, targets, _ = latch.batch_noisy(rng, 20_000, 10, 3)
    start = xs[:3, :, 0] - np.where(targets == 1, 1, -1)
    assert start.mean() == pytest.approx(0, abs=0.01)
    np.testing.assert_allclose(np.cov(start), 0.2 * np.eye(3), atol=0.01)
    assert xs[3:10].var() == pytest.approx(0.2, abs=0.005)


@pytest.mark.parametrize("N", [1, 2])
def test_bayes_error_by_simulation_of_the_task(N, rng):
    """The right answer to a noisy beginning is wrong as often as the formula says."""
    B = 400_000
    xs, targets, _ = latch.batch_noisy(rng, B, 2, N)
    wrong = (latch.solve_noisy(xs, N) != targets).mean()
    p = latch.bayes_error(N)
    assert wrong == pytest.approx(p, abs=4 * math.sqrt(p / B))
    assert p > 5 * math.sqrt(p / B)


@pytest.mark.parametrize(("N", "variance"), [(1, 0.2), (3, 0.2), (3, 2.0), (5, 8.0)])
def test_bayes_error_is_half_of_what_two_classes_share(N, variance):
    """An independent calculation: half the overlap of the densities of the sum under the two classes."""
    sd = math.sqrt(N * variance)
    s, step = np.linspace(-N - 12 * sd, N + 12 * sd, 400_001, retstep=True)
    one, two = (np.exp(-((s - mean) ** 2) / (2 * sd**2)) / (sd * math.sqrt(2 * math.pi)) for mean in (N, -N))
    overlap = np.minimum(one, two).sum() * step
    assert latch.bayes_error(N, variance) == pytest.approx(overlap / 2, rel=1e-5)


def test_no_other_simple_answer_beats_the_sum(rng):
    """One element, a vote, or another threshold: all are wrong more often (at N = 3, with more noise so that errors occur)."""
    truth = rng.integers(0, 2, 200_000)
    shown = 2 * truth - 1 + rng.normal(0, math.sqrt(2), (3, 200_000))
    best = latch.bayes_error(3, 2.0)
    assert ((shown.sum(0) > 0) != truth).mean() == pytest.approx(best, abs=0.003)
    for answer in (shown[0] > 0, (shown > 0).sum(0) >= 2, shown.sum(0) > 1, shown.max(0) > 1):
        assert (answer != truth).mean() > best + 0.005


def test_the_solver_for_noise_uses_all_N(rng):
    xs = np.array([[[-0.1], [0.1]], [[0.3], [-0.3]], [[0.1], [-9.0]]])
    np.testing.assert_array_equal(latch.solve(xs), [0, 1])
    np.testing.assert_array_equal(latch.solve_noisy(xs, 2), [1, 0])
    xs, targets, _ = latch.batch_noisy(rng, 20_000, 5)
    assert (latch.solve_noisy(xs) != targets).mean() < 0.0005 < (latch.solve(xs) != targets).mean()


def test_noisy_targets_lie_around_those_without_noise(rng):
    xs, targets, _ = latch.batch_noisy_targets(rng, 50_000, 4)
    clean = latch.noise_free(latch.solve(xs))
    assert set(clean.round(12)) == {0.2, 0.8}
    assert clean[xs[0, :, 0] == 1] == pytest.approx(0.2)
    for value in (0.2, 0.8):
        mine = targets[np.isclose(clean, value)]
        assert mine.mean() == pytest.approx(value, abs=0.01)
        assert mine.var() == pytest.approx(0.1, abs=0.004)
    assert ((targets - 0.5) ** 2).mean() == pytest.approx(0.19, abs=0.005)


def test_correct_is_the_papers_criterion():
    targets = np.array([1.0, 0.0, 1.0])
    outputs = np.array([[0.81, 0.19, 1.19], [0.79, 0.21, np.nan]])
    want = [[True] * 3, [False] * 3]
    came = latch.correct(outputs, targets)
    assert came.dtype == np.bool_
    np.testing.assert_array_equal(came, want)
    torch_came = latch.correct(torch.from_numpy(outputs), torch.from_numpy(targets))
    assert torch_came.dtype == torch.bool
    assert torch_came.tolist() == want
    close = latch.correct(np.array([0.29, 0.69]), latch.noise_free(targets[:2]), latch.TOLERANCE_NOISY_TARGETS)
    np.testing.assert_array_equal(close, [True, False])


@pytest.mark.parametrize(
    ("use", "message"),
    [
        *((lambda draw=draw: draw(0, 2, 20), r"^rng: got 0, expected a numpy.random.Generator") for draw in DRAWS),
        *((lambda draw=draw: draw(np.random.default_rng(0), 2, 2), r"^N: got 3, expected at most T = 2") for draw in DRAWS),
        (lambda: latch.batch(np.random.default_rng(0), 0, 20), r"^B: got 0, expected an integer"),
        (lambda: latch.batch(np.random.default_rng(0), 2, 1.5), r"^T: got 1.5, expected an integer"),
        (lambda: latch.batch_noisy(np.random.default_rng(0), 2, 20, 0), r"^N: got 0, expected an integer"),
        (lambda: latch.bayes_error(0), r"^N: got 0, expected an integer"),
        (lambda: latch.bayes_error(1, 0.0), r"^variance: got 0.0, expected a positive number"),
        (lambda: latch.bayes_error(1, math.inf), r"^variance: got inf, expected a finite number"),
        (lambda: latch.solve_noisy(np.zeros((3, 2, 1)), 0), r"^N: got 0, expected an integer"),
        (lambda: latch.correct(np.zeros((3, 1)), np.zeros(3)), r"^outputs: got shape \(3, 1\), .* ends in \(3,\)"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
