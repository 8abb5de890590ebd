import itertools

import numpy as np
import pytest
import torch

from lstm_course.tasks import temporal_order

PAPER = {2: [(10, 20), (50, 60)], 3: [(10, 20), (33, 43), (66, 76)]}


def letters(xs, at):
    """The sequences as words."""
    return ["".join("abcdXYEB"[k] for k in xs[: end + 1, b].argmax(-1)) for b, end in enumerate(at)]


@pytest.mark.parametrize("marks", [2, 3])
@pytest.mark.parametrize("T", [10, 11, 19, 50, 100, 200])
def test_shapes_lengths_and_the_solver(T, marks, rng):
    xs, targets, at = temporal_order.batch(rng, 2000, T, marks)
    assert xs.shape == (T + T // 10, 2000, 8)
    assert xs.dtype == np.float64
    assert targets.dtype == at.dtype == np.int64
    np.testing.assert_array_equal(np.unique(at + 1), np.arange(T, T + T // 10 + 1))
    solved = temporal_order.solve(xs)
    assert solved.dtype == np.int64
    np.testing.assert_array_equal(solved, targets)
    shown = np.arange(len(xs))[:, None] <= at
    np.testing.assert_array_equal(xs.sum(-1), shown)
    classes = ["".join(word) for word in itertools.product("XY", repeat=marks)]
    for word, target in zip(letters(xs, at), targets, strict=True):
        assert word[0] == "E"
        assert word[-1] == "B"
        assert not set(word[1:-1]) & set("EB")
        assert "".join(k for k in word if k in "XY") == classes[target]


@pytest.mark.parametrize("marks", [2, 3])
def test_at_100_the_task_is_the_papers(marks, rng):
    B = 20_000
    xs, targets, at = temporal_order.batch(rng, B, marks=marks)
    assert len(xs) == 110
    np.testing.assert_allclose(np.bincount(at + 1)[100:] / B, 1 / 11, atol=0.01)
    np.testing.assert_allclose(np.bincount(targets) / B, temporal_order.chance(marks), atol=0.015)
    marked = xs[..., 4:6].sum((1, 2)) / B
    expected = np.zeros(110)
    for first, last in PAPER[marks]:
        expected[first : last + 1] = 1 / 11
    assert (marked[expected == 0] == 0).all()
    np.testing.assert_allclose(marked, expected, atol=0.012)
    np.testing.assert_allclose(xs[5].mean(0), [0.25] * 4 + [0] * 4, atol=0.02)


def test_another_length_moves_the_places_in_proportion(rng):
    for T, places in ((50, {*range(5, 11), *range(25, 31)}), (200, {*range(20, 41), *range(100, 121)})):
        xs, _, _ = temporal_order.batch(rng, 5000, T)
        assert set(np.flatnonzero(xs[..., 4:6].any((1, 2)))) == places


def test_chance_and_half_the_marks(rng):
    """Length says nothing; one mark of two is half the answer."""
    assert (temporal_order.chance(), temporal_order.chance(3)) == (1 / 4, 1 / 8)
    xs, targets, at = temporal_order.batch(rng, 20_000)

    def best(clue):
        return sum(np.bincount(targets[clue == k]).max() for k in np.unique(clue)) / len(targets)

    assert best(at) == pytest.approx(1 / 4, abs=0.03)
    assert best(xs[50:61, :, 5].sum(0)) == pytest.approx(1 / 2, abs=0.02)
    assert best(xs[10:21, :, 5].sum(0)) == pytest.approx(1 / 2, abs=0.02)


@pytest.mark.parametrize("K", [4, 8])
def test_correct_is_the_papers_criterion(K, rng):
    targets = rng.integers(0, K, 40)
    wanted = np.eye(K)[targets]
    outputs = wanted + rng.uniform(-0.31, 0.31, (3, 40, K))
    want = (np.abs(outputs - wanted) < 0.3).all(-1)
    assert 0.1 < want.mean() < 0.9
    came = temporal_order.correct(outputs, targets)
    assert came.dtype == np.bool_
    np.testing.assert_array_equal(came, want)
    each = rng.integers(0, K, (3, 40))
    assert temporal_order.correct(np.eye(K)[each], each).all()
    torch_came = temporal_order.correct(torch.from_numpy(outputs), torch.from_numpy(targets))
    assert torch_came.dtype == torch.bool
    np.testing.assert_array_equal(torch_came.numpy(), want)


def test_every_single_output_counts():
    for k, sign in itertools.product(range(4), (-1, 1)):
        outputs = np.eye(4)[[2]]
        outputs[0, k] += 0.29 * sign
        assert temporal_order.correct(outputs, np.array([2])) == [True]
        outputs[0, k] += 0.02 * sign
        assert temporal_order.correct(outputs, np.array([2])) == [False]
    assert temporal_order.correct(np.full((1, 4), np.nan), np.array([2])) == [False]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: temporal_order.batch(0, 2), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: temporal_order.batch(np.random.default_rng(0), 0), r"^B: got 0, expected an integer"),
        (lambda: temporal_order.batch(np.random.default_rng(0), 2, 9), r"^T: got 9, expected a length of at least 10"),
        (lambda: temporal_order.batch(np.random.default_rng(0), 2, 9.5), r"^T: got 9.5, expected an integer"),
        (lambda: temporal_order.batch(np.random.default_rng(0), 2, marks=4), r"^marks: got 4, expected 2 .* or 3"),
        (lambda: temporal_order.chance("6a"), r"^marks: got '6a', expected 2 .* or 3"),
        (lambda: temporal_order.correct(np.zeros((3, 4)), np.zeros(4, int)), r"^outputs: got shape \(3, 4\), .*\(4,\)"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
