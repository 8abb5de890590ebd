import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch

from lstm_course.tasks import END, IGNORED, reversal

DRAWS = [reversal.batch, reversal.batch_alike]
SIZES = [(5, 40, 50), (60, 60, 50), (1, 3, 2), (5, 60, 50)]


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("shortest", "longest", "V"), SIZES)
def test_shapes_and_the_solver(draw, shortest, longest, V, rng):
    source, lengths, target, where = draw(rng, 300, shortest, longest, V)
    S = longest if draw is reversal.batch else lengths[0]
    assert source.shape == (S, 300)
    assert lengths.shape == (300,)
    assert target.shape == (S + 1, 300)
    assert where.shape == (S + 1, S, 300)
    assert source.dtype == lengths.dtype == target.dtype == np.int64
    assert where.dtype == bool
    assert lengths.min() >= shortest
    assert lengths.max() <= longest
    np.testing.assert_array_equal(reversal.solve(source, lengths), target)


@pytest.mark.parametrize("draw", DRAWS)
def test_every_sequence_backwards_with_plain_lists(draw, rng):
    source, lengths, target, where = draw(rng, 50, 2, 9, 6)
    for b, n in enumerate(lengths):
        written = source[:, b].tolist()[:n]
        assert target[:, b].tolist() == [*reversed(written), END, *[IGNORED] * (len(source) - n)]
        for t in range(len(target)):
            assert np.flatnonzero(where[t, :, b]).tolist() == ([n - 1 - t] if t < n else [])


def test_the_truth_holds_exactly_the_symbols_that_are_written(rng):
    """Who looks only where `where` is True reads the target; a symbol changed there changes it, one beyond the end does not."""
    source, lengths, target, where = reversal.batch(rng, 200, 2, 9)
    np.testing.assert_array_equal((source * where).sum(1), np.maximum(target, 0))
    changed = source.copy()
    beyond = np.arange(9)[:, None] >= lengths
    changed[beyond] = 1
    np.testing.assert_array_equal(reversal.solve(changed, lengths), target)
    for s in range(9):
        changed = source.copy()
        changed[s] += 1
        np.testing.assert_array_equal(reversal.solve(changed, lengths) != target, where[:, s])


def test_symbols_and_lengths_are_uniform_in_the_padding_too(rng):
    source, lengths, *_ = reversal.batch(rng, 20_000, 3, 6, V=5)
    np.testing.assert_allclose(np.bincount(lengths, minlength=7) / 20_000, [0, 0, 0, *[1 / 4] * 4], atol=0.02)
    for row in source:
        np.testing.assert_allclose(np.bincount(row, minlength=6) / 20_000, [0, *[1 / 5] * 5], atol=0.02)
    alike = [set(reversal.batch_alike(rng, 4, 3, 6).lengths.tolist()) for _ in range(200)]
    assert all(len(one) == 1 for one in alike)
    assert set.union(*alike) == {3, 4, 5, 6}


def test_torchs_loss_leaves_the_padding_out(rng):
    target = reversal.batch(rng, 30, 1, 5, V=7).target
    logits = torch.zeros(*target.shape, 8, dtype=torch.float64)
    logits[torch.from_numpy(target == IGNORED)] = torch.arange(8.0, dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(target).flatten())
    assert loss.item() == pytest.approx(math.log(8), rel=1e-12)


def every_target(shortest, longest, V):
    """Every target there is, with its probability."""
    for n in range(shortest, longest + 1):
        for symbols in itertools.product(range(1, V + 1), repeat=n):
            yield (*symbols, END), 1 / (longest - shortest + 1) / V**n


@pytest.mark.parametrize(("shortest", "longest", "V"), [(1, 3, 2), (2, 5, 3), (3, 3, 4), (1, 8, 2), (2, 2, 1), (1, 7, 1)])
def test_baselines_against_every_target_there_is(shortest, longest, V):
    after, whole, tokens = {}, Counter(), 0.0
    for target, probability in every_target(shortest, longest, V):
        whole[target] += probability
        tokens += probability * len(target)
        for t, token in enumerate(target):
            after.setdefault(target[:t], Counter())[token] += probability
    nats = -sum(p * math.log(p / sum(counts.values())) for counts in after.values() for p in counts.values())
    right = sum(max(counts.values()) for counts in after.values())
    assert reversal.baseline(shortest, longest, V) == pytest.approx(nats / tokens, abs=1e-12)
    assert reversal.chance(shortest, longest, V) == pytest.approx(right / tokens, rel=1e-12)
    assert reversal.chance_whole(shortest, longest, V) == pytest.approx(max(whole.values()), rel=1e-12)
    place = {}
    for beginning, counts in after.items():
        place.setdefault(len(beginning), Counter()).update(counts)
    constant = sum(max(counts.values()) for counts in place.values())
    assert constant == pytest.approx(right, rel=1e-12), "the tokens so far tell no more than how many there were"


def test_who_knows_the_length_saves_its_entropy():
    known = sum(n * math.log(50) for n in range(5, 41)) / sum(n + 1 for n in range(5, 41))
    assert reversal.baseline() - known == pytest.approx(math.log(36) / 23.5, rel=1e-12)


@pytest.mark.parametrize("draw", DRAWS)
def test_the_same_generator_draws_the_same_batch(draw):
    one, other, third = (draw(np.random.default_rng(seed), 20) for seed in (5, 5, 6))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.source, third.source)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rng": 0}, r"^rng: got 0, expected a numpy.random.Generator"),
        ({"B": 0}, r"^B: got 0, expected an integer of at least 1"),
        ({"shortest": 0}, r"^shortest: got 0, expected an integer of at least 1"),
        ({"longest": 5.0}, r"^longest: got 5.0, expected an integer of at least 1"),
        ({"longest": 4}, r"^longest: got 4, expected at least shortest = 5"),
        ({"V": True}, r"^V: got True, expected an integer of at least 1"),
    ],
)
def test_bad_sizes_are_named(change, message):
    for draw in DRAWS:
        with pytest.raises(ValueError, match=message):
            draw(**{"rng": np.random.default_rng(0), "B": 2, **change})
    if not {"rng", "B"} & set(change):
        for known in (reversal.baseline, reversal.chance, reversal.chance_whole):
            with pytest.raises(ValueError, match=message):
                known(**change)


def test_bad_sources_are_named():
    with pytest.raises(ValueError, match=r"^source: got shape \(3,\), expected \(S, B\)"):
        reversal.solve(np.ones(3, int), np.array([3]))
    with pytest.raises(ValueError, match=r"^lengths: got shape \(3,\), expected \(B\) with B = 2"):
        reversal.solve(np.ones((3, 2), int), np.array([3, 3, 3]))
    with pytest.raises(ValueError, match=r"^lengths: got 4, expected lengths from 1 to 3"):
        reversal.solve(np.ones((3, 2), int), np.array([3, 4]))
