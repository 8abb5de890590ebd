import itertools
import math

import numpy as np
import pytest

from lstm_course.tasks import copying


@pytest.mark.parametrize("T", [1, 2, 30])
@pytest.mark.parametrize(("letters", "alphabet"), [(10, 8), (3, 5), (1, 2)])
def test_layout_and_the_solver(T, letters, alphabet, rng):
    xs, targets, asked = copying.batch(rng, 40, T, letters=letters, alphabet=alphabet)
    blank, sign = alphabet, alphabet + 1
    assert xs.shape == (T + 2 * letters, 40, alphabet + 2)
    assert xs.dtype == np.float64
    assert targets.dtype == np.int64
    assert asked.dtype == bool
    assert asked.all()
    assert (xs.sum(-1) == 1).all()
    tokens = xs.argmax(-1)
    parts = np.split(tokens, np.cumsum([letters, T - 1, 1]))
    assert (parts[0] < alphabet).all()
    assert (parts[1] == blank).all()
    assert (parts[2] == sign).all()
    assert (parts[3] == blank).all()
    assert (targets[: T + letters] == blank).all()
    np.testing.assert_array_equal(targets[T + letters :], tokens[:letters])
    np.testing.assert_array_equal(copying.solve(xs), targets)


def test_letters_are_uniform_and_independent(rng):
    _, targets, _ = copying.batch(rng, 20_000, 5)
    letters = targets[-10:]
    for row in letters:
        np.testing.assert_allclose(np.bincount(row, minlength=8) / 20_000, copying.chance(), atol=0.012)
    pairs = np.bincount(8 * letters[0] + letters[1], minlength=64) / 20_000
    np.testing.assert_allclose(pairs, 1 / 64, atol=0.005)


def test_the_baseline_is_the_entropy_of_each_step_alone(rng):
    """Who ignores the input answers each step by its distribution over all sequences; its cross-entropy is their entropy."""
    T, letters, alphabet = 4, 3, 5
    every = np.array(list(itertools.product(range(alphabet), repeat=letters)))  # all equally likely
    targets = np.full((len(every), T + 2 * letters), alphabet)
    targets[:, -letters:] = every
    entropy = 0.0
    for step in targets.T:
        p = np.bincount(step) / len(every)
        entropy -= sum(q * math.log(q) for q in p if q)
    assert copying.baseline(T, letters, alphabet) == pytest.approx(entropy / targets.shape[1], rel=1e-12)
    _, drawn, _ = copying.batch(rng, 20_000, T, letters, alphabet)
    p = np.stack([np.bincount(step, minlength=alphabet + 2) / 20_000 for step in drawn])
    plugged_in = -np.log(np.take_along_axis(p, drawn, 1)).mean()
    assert plugged_in == pytest.approx(copying.baseline(T, letters, alphabet), abs=1e-3)


@pytest.mark.parametrize(("T", "nats"), [(50, 0.2971), (300, 0.0650), (2000, 0.0103)])
def test_the_baseline_at_the_waits_of_the_paper(T, nats):
    assert copying.baseline(T) == pytest.approx(10 * math.log(8) / (T + 20), rel=1e-12)
    assert copying.baseline(T) == pytest.approx(nats, abs=5e-5)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: copying.batch(0, 2, 5), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: copying.batch(np.random.default_rng(0), 0, 5), r"^B: got 0, expected an integer"),
        (lambda: copying.batch(np.random.default_rng(0), 2, 0), r"^T: got 0, expected an integer"),
        (lambda: copying.batch(np.random.default_rng(0), 2, 5, letters=0), r"^letters: got 0, expected an integer"),
        (lambda: copying.batch(np.random.default_rng(0), 2, 5, alphabet=0), r"^alphabet: got 0, expected an integer"),
        (lambda: copying.baseline(0), r"^T: got 0, expected an integer"),
        (lambda: copying.chance(0), r"^alphabet: got 0, expected an integer"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
