import numpy as np
import pytest

from lstm_course.tasks import recall

KINDS = [(recall.marked, recall.solve_marked, 5), (recall.plain, recall.solve_plain, 8)]


@pytest.mark.parametrize(("draw", "solve", "D"), KINDS)
@pytest.mark.parametrize("T", [1, 5, 40])
def test_shapes_and_the_solver(draw, solve, D, T, rng):
    xs, targets, at = draw(rng, 200, T)
    assert xs.shape == (10 + T, 200, D)
    assert xs.dtype == np.float64
    assert targets.dtype == at.dtype == np.int64
    np.testing.assert_array_equal(solve(xs), targets)
    assert at.min() == T
    assert at.max() == T + 9 == len(xs) - 1
    shown = xs[at - T, np.arange(200)]
    np.testing.assert_array_equal(shown[:, :4].argmax(-1), targets)


def test_one_token_a_step_and_one_flag(rng):
    xs, _, at = recall.marked(rng, 500, 7)
    assert (xs[..., :4].sum(-1) == 1).all()
    assert (xs[..., 4].sum(0) == 1).all()
    assert (xs[at - 7, np.arange(500), 4] == 1).all()
    np.testing.assert_allclose(np.bincount(at - 7, minlength=10) / 500, 0.1, atol=0.05)


def test_plain_shows_one_key_and_otherwise_fillers(rng):
    xs, _, _ = recall.plain(rng, 500, 7)
    assert (xs.sum(-1) == 1).all()
    assert (xs[..., :4].sum((0, 2)) == 1).all()


@pytest.mark.parametrize(("draw", "_", "__"), KINDS)
def test_no_answer_from_the_last_step_or_from_the_counts_of_the_rest_beats_chance(draw, _, __, rng):
    """What is shown when the question comes says nothing about the answer."""
    xs, targets, at = draw(rng, 20_000, 3)
    now = xs[at, np.arange(20_000)].argmax(-1)
    best = sum(np.bincount(targets[now == token], minlength=4).max() for token in np.unique(now)) / 20_000
    assert best == pytest.approx(recall.chance(), abs=0.02)
    assert recall.chance(5) == 0.2


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: recall.marked(0, 2, 5), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: recall.marked(np.random.default_rng(0), 0, 5), r"^B: got 0, expected an integer"),
        (lambda: recall.plain(np.random.default_rng(0), 2, -1), r"^gap: got -1, expected an integer"),
        (lambda: recall.chance(0), r"^K: got 0, expected an integer"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
