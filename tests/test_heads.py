"""Multi-head attention: against torch's, differences, autograd, and single heads by hand."""

import numpy as np
import pytest
import torch
from conftest import stacked

from lstm_course import convert, gradcheck
from lstm_course.attention import KINDS, attend, causal_mask, heads, padding_mask
from lstm_course.attention.heads import multi_head, multi_head_backward, multi_head_record

B, Q, S, D, A, HEADS = 3, 2, 5, 4, 6, 2
MASKS = {
    "none": None,
    "padding": padding_mask([4, 5, 1], S),
    "causal": causal_mask(Q, S),
    "both": padding_mask([4, 5, 1], S) & causal_mask(Q, S),
}
MASK = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


def example(rng, front=(B,), queries=Q, width=A):
    p = heads.init(rng, D, width)
    p = p._make(x + 0.1 * rng.standard_normal(x.shape) for x in p)  # biases that are not 0
    return p, *(rng.standard_normal((*front, n, D)) for n in (queries, S, S))


def derived(p, q, k, v, mask, dout, dalpha=None, parts=HEADS):
    out, tape = multi_head_record(p, parts, q, k, v, mask)
    dq, dk, dv, dp = multi_head_backward(p, tape, dout, dalpha)
    assert type(dp) is heads.Params
    return [out, tape.inner.alpha, dq, dk, dv, *dp]


def autograd(p, q, k, v, mask, dout, dalpha):
    leaves = [torch.tensor(x, requires_grad=True) for x in (q, k, v, *p)]
    out, alpha = multi_head(heads.Params(*leaves[3:]), HEADS, *leaves[:3], mask)
    loss = (out * torch.from_numpy(dout)).sum() + (alpha * torch.from_numpy(dalpha)).sum()
    return [out.detach(), alpha.detach(), *torch.autograd.grad(loss, leaves)]


def assert_all_close(mine, theirs, atol=1e-12):
    for x, y in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(x, y, atol=atol, rtol=atol)


@MASK
def test_the_derived_gradient_is_that_of_differences_and_of_autograd(mask, rng):
    p, q, k, v = example(rng)
    dout, dalpha = rng.standard_normal((B, Q, D)), rng.standard_normal((B, HEADS, Q, S))
    mine = derived(p, q, k, v, mask, dout, dalpha)
    assert_all_close(mine, autograd(p, q, k, v, mask, dout, dalpha))

    def loss(q, k, v, *p):
        out, alpha = multi_head(heads.Params(*p), HEADS, q, k, v, mask)
        return (out * dout).sum() + (alpha * dalpha).sum()

    gradcheck.compare(loss, [q, k, v, *p], mine[2:], rng=rng)


@MASK
@pytest.mark.parametrize("parts", [1, 2, 4])
def test_it_is_torchs_multi_head_attention(mask, parts, rng):
    p, q, k, v = example(rng, width=D)
    theirs = torch.nn.MultiheadAttention(D, parts, batch_first=True).double()
    theirs.load_state_dict({name: torch.from_numpy(x) for name, x in convert.write_multi_head(p).items()})
    closed = None if mask is None else torch.from_numpy(~np.broadcast_to(mask, (B, Q, S))).repeat_interleave(parts, 0)
    leaves = [torch.tensor(x, requires_grad=True) for x in (q, k, v)]
    out, alpha = theirs(*leaves, attn_mask=closed, average_attn_weights=False)
    dout = rng.standard_normal((B, Q, D))
    out.backward(torch.from_numpy(dout))
    gradients = convert.read_multi_head({name: x.grad.numpy() for name, x in theirs.named_parameters()}, D)
    want = [out.detach(), alpha.detach(), *(x.grad for x in leaves), *gradients]
    assert_all_close(derived(p, q, k, v, mask, dout, parts=parts), want)


@pytest.mark.parametrize("models", [2, B, HEADS + 2])
@pytest.mark.parametrize(("front", "queries"), [((B,), Q), ((B,), S), ((), Q), ((2, B), Q)])
def test_many_models_are_as_many_single_ones(models, front, queries, rng):
    each = [example(stream, front, queries) for stream in rng.spawn(models)]
    p, (q, k, v) = stacked([one[0] for one in each]), (np.stack(x) for x in list(zip(*each, strict=True))[1:])
    mask, dout = causal_mask(queries, S), rng.standard_normal(q.shape)
    together = derived(p, q, k, v, mask, dout)
    for n, one in enumerate(each):
        assert_all_close([x[n] for x in together], derived(*one, mask, dout[n]))


def test_each_head_is_a_single_one_of_its_own(rng):
    p, q, k, v = example(rng)
    out, alpha = multi_head(p, HEADS, q, k, v, MASKS["both"])
    want = np.zeros_like(out) + p.b_o
    for h, part in enumerate(np.split(np.arange(A), HEADS)):
        projected = (x @ W[:, part] + b[part] for x, W, b in ((q, p.W_q, p.b_q), (k, p.W_k, p.b_k), (v, p.W_v, p.b_v)))
        context, one = attend(KINDS["scaled_dot"], KINDS["scaled_dot"].Params(), *projected, MASKS["both"])
        want += context @ p.W_o[part]
        np.testing.assert_allclose(alpha[:, h], one, atol=1e-14)
    np.testing.assert_allclose(out, want, atol=1e-13)


@pytest.mark.parametrize("way", [derived, autograd])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_stands_beyond_the_end_of_a_sentence_reaches_nothing(way, bad, rng):
    p, q, k, v = example(rng)
    beyond = ~MASKS["padding"][:, 0]
    dout, dalpha = rng.standard_normal((B, Q, D)), rng.standard_normal((B, HEADS, Q, S))
    want = derived(p, q, k, v, MASKS["padding"], dout, dalpha)
    k[beyond], v[beyond] = bad, bad
    mine = way(p, q, k, v, MASKS["padding"], dout, dalpha)
    assert_all_close(mine, want)
    for x in (np.moveaxis(np.asarray(mine[1]), -1, 1), mine[3], mine[4]):
        assert (np.asarray(x)[beyond] == 0).all()


def test_self_attention_whose_positions_see_only_what_came_before(rng):
    p, _, x, _ = example(rng)
    out, _ = multi_head(p, HEADS, x, x, x, causal_mask(S))
    for t in range(S):
        head = x[:, : t + 1]
        np.testing.assert_allclose(out[:, t], multi_head(p, HEADS, head, head, head)[0][:, -1], atol=1e-14)


def test_it_starts_by_torchs_rule(rng):
    p = heads.init(rng, 60, 60)
    theirs = torch.nn.MultiheadAttention(60, 1)
    for name, x in convert.write_multi_head(p).items():
        want = theirs.state_dict()[name]
        assert x.shape == want.shape
        np.testing.assert_allclose(abs(x).max(), want.abs().max(), rtol=1e-2)


def test_conversion_there_and_back_is_exact(rng):
    p, *_ = example(rng, width=D)
    for x, y in zip(p, convert.read_multi_head(convert.write_multi_head(p), D), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p, *x: multi_head(p, 4, *x), r"^heads: got 4, expected a divisor of 6, the width of W_q"),
        (lambda p, *x: multi_head(p, 0, *x), r"^heads: got 0, expected an integer of at least 1"),
        (lambda p, *x: multi_head(tuple(p), 2, *x), r"^p: got tuple, expected Params"),
        (lambda p, *x: multi_head(p._replace(b_k=p.b_k[1:]), 2, *x), r"^p.b_k: got shape \(5,\), expected \(6,\)"),
        (lambda p, q, k, v: multi_head(p, 2, q, k, v[..., 1:]), r"^p.W_v: got shape \(4, 6\), expected \(3, 6\)"),
        (lambda p, q, k, v: multi_head(p, 2, q, k[0], v), r"^k: got shape \(5, 4\), expected \(3, S, Dk\)"),
        (lambda p, *x: multi_head(p, 2, *x, np.zeros((Q, S), bool)), r"^mask: got a query that may look nowhere"),
        (lambda p, *x: multi_head(p, 2, *x, np.ones((B, S), bool)), r"^mask: got shape \(3, 5\), expected"),
        (lambda p, *x: multi_head_backward(p, x, x[0]), r"^tape: got tuple, expected the Tape"),
        (lambda p, *x: derived(p, *x, None, x[1]), r"^dout: got shape \(3, 5, 4\), expected \(3, 2, 4\)"),
        (lambda p, *x: derived(p, *x, None, x[0], x[0]), r"^dalpha: got shape \(3, 2, 4\), expected \(3, 2, 2, 5\)"),
        (lambda p, *x: heads.init(None, 4, 4), r"^rng: got None"),
        (lambda p, *x: heads.init(np.random.default_rng(0), 0, 4), r"^D: got 0"),
        (lambda p, *x: heads.init(np.random.default_rng(0), 4, 0), r"^A: got 0"),
        (
            lambda p, *x: convert.write_multi_head(p),
            r"^p.W_q: got shape \(4, 6\), expected \(4, 4\): one model",
        ),
        (lambda p, *x: convert.write_multi_head(tuple(p)), r"^p: got tuple, expected heads.Params"),
        (lambda p, *x: convert.read_multi_head({}, 4), r"^arrays: got , expected in_proj_bias, in_proj_weight, out_proj.bias"),
        (lambda p, *x: convert.read_multi_head({}, 0), r"^D: got 0"),
    ],
)
def test_bad_arguments_are_named(call, message, rng):
    with pytest.raises(ValueError, match=message):
        call(*example(rng))
