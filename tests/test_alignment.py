"""Where attention looks: scores by loops, and frauds that leave no honest model as it was."""

import numpy as np
import pytest
import torch

from lstm_course import alignment
from lstm_course.attention import KINDS
from lstm_course.cells import lstm
from lstm_course.models.decoders import Bahdanau, Luong
from lstm_course.models.seq2seq import Encoder, Seq2Seq
from lstm_course.tasks import reversal

T, N, B, S = 6, 2, 3, 5


def drawn(seed=0, models=()):
    rng = np.random.default_rng(seed)
    _, lengths, _, where = reversal.batch(rng, B, 3, S)
    mask = torch.arange(S) < torch.from_numpy(lengths)[:, None, None]
    scores = torch.from_numpy(rng.normal(0, 2, (T, *models, B, S)))
    return scores.masked_fill(~mask[:, 0], -torch.inf).softmax(-1), where, mask


def by_loops(alpha, where):
    masses, hits = [], []
    for t in range(T):
        for b in range(B):
            truth = [s for s in range(S) if where[t, s, b]]
            if truth:
                masses.append(sum(alpha[t, b, s] for s in truth))
                hits.append(alpha[t, b].argmax() in truth)
    return np.mean(masses), np.mean(hits)


def test_scores_are_those_of_a_loop_over_the_steps_that_have_a_truth():
    alpha, where, mask = drawn()
    want = by_loops(alpha.numpy(), where)
    assert float(alignment.mass(alpha, where)) == pytest.approx(want[0])
    assert float(alignment.pointing(alpha, where)) == pytest.approx(want[1])
    even = (mask / mask.sum(-1, keepdim=True))[:, 0].expand(T, B, S)
    assert float(alignment.chance(alpha, where, mask)) == pytest.approx(by_loops(even.numpy(), where)[0])


@pytest.mark.parametrize("own", [False, True])
def test_models_are_scored_one_by_one(own):
    alpha, where, mask = drawn(models=(N,))
    each = np.stack([drawn(n)[1] for n in range(N)], 2) if own else where
    for score in (alignment.mass, alignment.pointing):
        want = [float(score(alpha[:, n], each[:, :, n] if own else where)) for n in range(N)]
        np.testing.assert_allclose(score(alpha, each), want)
    assert alignment.chance(alpha, each, mask).shape == (N,)


def test_right_attention_scores_one_and_wrong_nought():
    _, where, _ = drawn()
    right = torch.from_numpy(where).movedim(1, -1).double()
    assert float(alignment.mass(right, where)) == 1
    assert float(alignment.pointing(right, where)) == 1
    assert float(alignment.mass(right.roll(1, -1), where)) == 0
    assert float(alignment.pointing(right.roll(1, -1), where)) == 0


def model(Decoder, kind, models=None):
    rng = np.random.default_rng(0)
    decoder = Decoder(lstm, 9, 3, 8, models, kind=KINDS[kind], looks=8, rng=rng)
    return Seq2Seq(Encoder(lstm, 9, 3, 4, models, rng=rng), decoder)


def batch(models=None):
    source, lengths, target, _ = map(torch.from_numpy, reversal.batch(np.random.default_rng(1), B, 3, S, V=8))
    if models:
        source, target = (x[:, None].expand(-1, models, -1) for x in (source, target))
    return source, lengths, target


@pytest.mark.parametrize("models", [None, N])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("Decoder", [Bahdanau, Luong])
def test_each_fraud_changes_what_an_honest_model_says_and_leaves_the_model_as_it_was(Decoder, kind, models):
    honest, task = model(Decoder, kind, models), batch(models)
    logits, alpha = honest(*task)
    changed = {name: alignment.tampered(honest, fraud)(*task) for name, fraud in alignment.FRAUDS.items()}
    for other, _ in changed.values():
        assert bool(((other - logits).abs() > 1e-6).flatten(0, -3).any(0).any(-1).all()), "somewhere in every sequence"
    assert torch.equal(honest(*task)[0], logits)
    _, even = changed["uniform"]
    lengths = task[1]
    for b, n in enumerate(lengths.tolist()):
        torch.testing.assert_close(even[..., b, :n], torch.full_like(even[..., b, :n], 1 / n))
        # the first step's query is the same for both kinds of memory, so its weights move on by one place
        moved = changed["shuffled"][1][0, ..., b, :n]
        torch.testing.assert_close(moved, alpha[0, ..., b, :n].roll(1, -1))


class Blind(Luong):
    """Planted: it has weights for attention, shows them, and makes no use of what it sees."""

    def look(self, h, memory):
        context, alpha = super().look(h, memory)
        return torch.zeros_like(context), alpha


def test_a_planted_model_that_ignores_the_encoder_is_unmasked():
    blind, task = model(Blind, "general"), batch()
    logits, alpha = blind(*task)
    assert bool((alpha.sum(-1) > 0.99).all()), "its pictures look like anybody's"
    for fraud in alignment.FRAUDS.values():
        assert torch.equal(alignment.tampered(blind, fraud)(*task)[0], logits)


def test_what_does_not_fit_is_named():
    alpha, where, _ = drawn()
    with pytest.raises(
        ValueError, match=r"where: got shape \(6, 3, 4\), places last, expected one that fits alpha's \(6, 3, 5\)"
    ):
        alignment.mass(alpha, where[:, :4])
    with pytest.raises(ValueError, match="where: got no True, expected a step with a truth"):
        alignment.pointing(alpha, np.zeros_like(where))
