"""Each kind of attention: against loops, differences, autograd, torch's own, and with nan wherever nobody may look."""

import numpy as np
import pytest
import torch
from conftest import stacked
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from lstm_course import attention, gradcheck
from lstm_course.attention import KINDS, attend, attend_backward, attend_record, causal_mask, padding_mask, weights

B, Q, S, DQ, DK, DV, A = 3, 2, 6, 4, 5, 7, 8
LENGTHS = [4, 6, 1]
MASKS = {
    "none": None,
    "padding": padding_mask(LENGTHS, S),
    "causal": causal_mask(Q, S),
    "both": padding_mask(LENGTHS, S) & causal_mask(Q, S),
}
KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
BOTH = pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])


def example(kind, rng, front=(B,), queries=Q):
    """Parameters of one model, and q, k, v."""
    width = DQ if kind.Params._fields == () else DK
    p = kind.init(rng, DQ, width, A)
    return p, *(rng.standard_normal((*front, *shape)) for shape in ((queries, DQ), (S, width), (S, DV)))


def derived(kind, p, q, k, v, mask, dcontext, dalpha=None):
    """context, alpha, and the derived gradients by q, k, v and the parameters."""
    context, tape = attend_record(kind, p, q, k, v, mask)
    dq, dk, dv, dp = attend_backward(kind, p, tape, dcontext, dalpha)
    assert type(dp) is kind.Params
    return [context, tape.alpha, dq, dk, dv, *dp]


def autograd(kind, p, q, k, v, mask, dcontext, dalpha):
    """The same, by torch."""
    leaves = [torch.tensor(x, requires_grad=True) for x in (q, k, v, *p)]
    context, alpha = attend(kind, kind.Params(*leaves[3:]), *leaves[:3], mask)
    loss = (context * torch.from_numpy(dcontext)).sum() + (alpha * torch.from_numpy(dalpha)).sum()
    return [context.detach(), alpha.detach(), *torch.autograd.grad(loss, leaves)]


def assert_all_close(mine, theirs, atol=1e-12):
    for x, y in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(x, y, atol=atol, rtol=atol)


@KIND
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("models", [None, 2, B])
def test_the_derived_gradient_is_that_of_differences_and_of_autograd(kind, mask, models, rng):
    each = [example(kind, stream) for stream in rng.spawn(models or 1)]
    p, q, k, v = (stacked([one[0] for one in each]), *(map(np.stack, list(zip(*each, strict=True))[1:]))) if models else each[0]
    lead = () if models is None else (models,)
    dcontext, dalpha = rng.standard_normal((*lead, B, Q, DV)), rng.standard_normal((*lead, B, Q, S))
    mine = derived(kind, p, q, k, v, mask, dcontext, dalpha)
    assert_all_close(mine, autograd(kind, p, q, k, v, mask, dcontext, dalpha))

    def loss(q, k, v, *p):
        context, alpha = attend(kind, kind.Params(*p), q, k, v, mask)
        return (context * dcontext).sum() + (alpha * dalpha).sum()

    gradcheck.compare(loss, [q, k, v, *p], mine[2:], rng=rng, directions=1)


@KIND
@pytest.mark.parametrize("front", [(B,), (), (2, B)])
@pytest.mark.parametrize(("models", "queries"), [(2, Q), (B, S), (S, B)])
def test_many_models_are_as_many_single_ones(kind, front, models, queries, rng):
    each = [example(kind, stream, front, queries) for stream in rng.spawn(models)]
    p, (q, k, v) = stacked([one[0] for one in each]), (np.stack(x) for x in list(zip(*each, strict=True))[1:])
    mask = causal_mask(queries, S)
    dcontext, dalpha = rng.standard_normal((*q.shape[:-1], DV)), rng.standard_normal((*q.shape[:-1], S))
    together = derived(kind, p, q, k, v, mask, dcontext, dalpha)
    for n, one in enumerate(each):
        assert_all_close([x[n] for x in together], derived(kind, *one, mask, dcontext[n], dalpha[n]))


SCORES = {  # with p, a query, a key
    "additive": lambda p, q, k: sum(p.v[a] * np.tanh(q @ p.W_q[:, a] + k @ p.W_k[:, a]) for a in range(A)),
    "general": lambda p, q, k: sum(q[i] * p.W[i, j] * k[j] for i in range(DQ) for j in range(DK)),
    "dot": lambda p, q, k: sum(q[i] * k[i] for i in range(DQ)),
    "scaled_dot": lambda p, q, k: sum(q[i] * k[i] for i in range(DQ)) / np.sqrt(DQ),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_papers_equation_in_loops(name, rng):
    p, q, k, v = example(KINDS[name], rng)
    context, alpha = attend(KINDS[name], p, q, k, v, MASKS["both"])
    for b in range(B):
        for i in range(Q):
            e = [np.exp(SCORES[name](p, q[b, i], k[b, s])) for s in range(min(LENGTHS[b], i + 1))]
            np.testing.assert_allclose(alpha[b, i, : len(e)], e / np.sum(e), rtol=1e-12)
            np.testing.assert_allclose(context[b, i], sum(a * v[b, s] for s, a in enumerate(e / np.sum(e))), rtol=1e-12)


@KIND
def test_keys_are_made_once_for_all_steps_of_a_decoder(kind, rng):
    p, q, k, v = example(kind, rng)
    context, _ = attend(kind, p, q, k, v, MASKS["padding"])
    keys = kind.keys(p, k)
    for t in range(Q):
        alpha = weights(kind.scores(p, q[:, t : t + 1], keys), MASKS["padding"])
        np.testing.assert_allclose((alpha @ v)[:, 0], context[:, t], atol=1e-14)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_scaled_dot_is_torchs(mask, rng):
    p, q, k, v = example(KINDS["scaled_dot"], rng)
    dcontext = rng.standard_normal((B, Q, DV))
    leaves = [torch.tensor(x, requires_grad=True) for x in (q, k, v)]
    out = scaled_dot_product_attention(*leaves, attn_mask=None if mask is None else torch.from_numpy(mask))
    want = [out.detach(), *torch.autograd.grad(out, leaves, torch.from_numpy(dcontext))]
    context, _, *gradients = derived(KINDS["scaled_dot"], p, q, k, v, mask, dcontext)
    assert_all_close([context, *gradients], want)


@BOTH
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_are_exactly_0_where_masked_whatever_the_score(make, bad, rng):
    scores, mask = rng.standard_normal((B, Q, S)), np.broadcast_to(MASKS["both"], (B, Q, S))
    clean = weights(make(scores), mask)
    alpha = weights(make(np.where(mask, scores, bad)), mask)
    assert (np.asarray(alpha)[~mask] == 0).all()
    np.testing.assert_array_equal(alpha, clean)
    np.testing.assert_allclose(alpha.sum(-1), 1, rtol=1e-14)
    dalpha = rng.standard_normal((B, Q, S))
    dscores = attention.weights_backward(alpha, make(np.where(mask, dalpha, bad)))
    np.testing.assert_array_equal(dscores, attention.weights_backward(clean, make(dalpha)))
    assert (np.asarray(dscores)[~mask] == 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_no_gradient_of_torch_reaches_a_masked_score(bad, rng):
    mask = np.broadcast_to(MASKS["both"], (B, Q, S))
    scores = torch.tensor(np.where(mask, rng.standard_normal((B, Q, S)), bad), requires_grad=True)
    weights(scores, torch.from_numpy(mask.copy())).square().sum().backward()
    assert (scores.grad.numpy()[~mask] == 0).all()
    assert scores.grad.isfinite().all()
    assert (scores.grad != 0).any()


@KIND
@pytest.mark.parametrize("way", [derived, autograd])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_stands_beyond_the_end_of_a_sentence_reaches_nothing(kind, way, bad, rng):
    p, q, k, v = example(kind, rng)
    beyond = np.arange(S) >= np.array(LENGTHS)[:, None]
    k[beyond], v[beyond] = bad, bad
    dcontext, dalpha = rng.standard_normal((B, Q, DV)), rng.standard_normal((B, Q, S))
    context, alpha, dq, dk, dv, *dp = way(kind, p, q, k, v, MASKS["padding"], dcontext, dalpha)
    total = [np.zeros_like(x) for x in p]
    for b, end in enumerate(LENGTHS):
        cut = (x[b, :end] for x in (k, v))
        one = derived(kind, p, q[b], *cut, None, dcontext[b], dalpha[b, :, :end])
        assert_all_close([context[b], alpha[b, :, :end], dq[b], dk[b, :end], dv[b, :end]], one[:5])
        total = [x + dx for x, dx in zip(total, one[5:], strict=True)]
        for rest in (alpha[b, :, end:], dk[b, end:], dv[b, end:]):
            assert (np.asarray(rest) == 0).all()
    assert_all_close(dp, total)


@KIND
@settings(deadline=None, max_examples=10)
@given(st.permutations(range(S)), st.integers(0, 99))
def test_the_order_of_the_positions_does_not_matter(kind, order, seed):
    p, q, k, v = example(kind, np.random.default_rng(seed))
    context, alpha = attend(kind, p, q, k, v)
    again, permuted = attend(kind, p, q, k[:, order], v[:, order])
    np.testing.assert_allclose(again, context, atol=1e-13)
    np.testing.assert_allclose(permuted, alpha[..., order], atol=1e-13)
    np.testing.assert_allclose(alpha.sum(-1), 1, rtol=1e-13)


@KIND
@BOTH
def test_float32_with_very_large_scores(kind, make, rng):
    p, q, k, v = (x if isinstance(x, tuple) else x.astype("float32") for x in example(kind, rng))
    p = p._make(make(1e15 * x.astype("float32")) for x in p)
    context, tape = attend_record(kind, p, make(1e15 * q), make(k), make(v), MASKS["padding"])
    assert np.abs(np.asarray(kind.scores(p, make(1e15 * q), tape.keys))).max() > 1e14
    assert context.dtype == tape.alpha.dtype == make(v).dtype
    for x in (context, tape.alpha, *attend_backward(kind, p, tape, context)[:3]):
        assert np.isfinite(np.asarray(x)).all()
    np.testing.assert_allclose(tape.alpha.sum(-1), 1, rtol=1e-6)


def test_additive_starts_by_the_rule_of_torchs_linear_layers(rng):
    p = KINDS["additive"].init(rng, 100, 400, 900)
    assert [x.shape for x in p] == [(100, 900), (400, 900), (900,)]
    np.testing.assert_allclose([abs(x).max() for x in p], [1 / 10, 1 / 20, 1 / 30], rtol=1e-2)
    (W,) = KINDS["general"].init(rng, 100, 400)
    assert W.shape == (100, 400)
    np.testing.assert_allclose(abs(W).max(), 1 / 20, rtol=1e-2)


def test_the_square_root_keeps_the_variance_of_the_scores(rng):
    for D in (4, 400):
        scores = KINDS["scaled_dot"].scores((), rng.standard_normal((400, D)), rng.standard_normal((400, D)))
        assert scores.var() == pytest.approx(1, abs=0.1)
