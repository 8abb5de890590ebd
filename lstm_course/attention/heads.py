"""Multi-head attention: several queries, keys and values for each position, by projections; each head looks by itself.

    q, k, v projected   = q W_q + b_q,  k W_k + b_k,  v W_v + b_v            cut into heads along the width
    context of a head   = scaled dot product attention, of `scaled_dot`
    out                 = (contexts, end to end) W_o + b_o

Source: vaswani2017, section 3.2.2; with the biases of torch.nn.MultiheadAttention.
"""

from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.attention import attend_backward, attend_record, blank, check_arrays, expect_params, expect_shapes, scaled_dot
from lstm_course.cells.start import uniform
from lstm_course.ops import linear, project_backward, rows


class Params(NamedTuple):
    """W_q, W_k, W_v (D, A) with b_q, b_k, b_v (A,), and W_o (A, D) with b_o (D,): A is the width of all heads together.

    For N models all have one more axis in front.
    """

    W_q: Any
    W_k: Any
    W_v: Any
    W_o: Any
    b_q: Any
    b_k: Any
    b_v: Any
    b_o: Any


def init(rng, D, A):
    """Parameters of one model, by the rule of torch.nn.MultiheadAttention, whose A is D.

    Args:
        rng: numpy.random.Generator.
        D, A: width of queries, keys, values and output; width of all heads together.
    Returns:
        Params of float64 arrays: W_q, W_k, W_v uniform in +-sqrt(6 / (D + 3 A)), W_o in +-1/sqrt(A), the biases zero.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    """
    expect.generator("rng", rng)
    expect.positive("D", D)
    expect.positive("A", A)
    inwards = (uniform(rng, (D + 3 * A) / 6, D, A) for _ in "qkv")
    return Params(*inwards, uniform(rng, A, A, D), *(np.zeros(A) for _ in "qkv"), np.zeros(D))


def multi_head(p, heads, q, k, v, mask=None):
    """What each query receives through all heads.

    Args:
        p: Params.
        heads: how many; A must be a multiple of it.
        q, k, v: queries (..., Q, D), keys and values (..., S, D).
        mask: bool, True where a query may look; it broadcasts to (..., Q, S) and holds for every head. None where all is open.
    Returns:
        out: (..., Q, D).
        alpha: (..., heads, Q, S).
    Raises:
        ValueError: when p is not Params, A no multiple of heads, shapes or types disagree, or a query may look nowhere.

    >>> p, x = init(np.random.default_rng(0), 4, 6), np.ones((3, 5, 4))
    >>> out, alpha = multi_head(p, 2, x, x, x)
    >>> out.shape, alpha.shape
    ((3, 5, 4), (3, 2, 5, 5))
    """
    out, tape = multi_head_record(p, heads, q, k, v, mask)
    return out, tape.inner.alpha


class Tape(NamedTuple):
    """What the way back needs: q, k, v as they were computed with, the tape of the heads, and their contexts end to end."""

    q: Any
    k: Any
    v: Any
    inner: Any
    contexts: Any


def multi_head_record(p, heads, q, k, v, mask=None):
    """`multi_head`, with a tape for `multi_head_backward`. Args and errors as there.

    Returns:
        out: (..., Q, D).
        tape: Tape; `tape.inner.alpha` are the weights.
    """
    mask = check_arrays(q, k, v, mask)
    expect_params(p, Params, q)
    A, D = (1, 1, *p.W_o.shape)[-2:]
    inwards, biases = ((x.shape[-1], A) for x in (q, k, v)), ((A,),) * 3
    expect_shapes(p, Params(*inwards, (A, D), *biases, (D,)), q)
    expect.positive("heads", heads)
    expect.that(A % heads == 0, "heads", heads, f"a divisor of {A}, the width of W_q")
    k, v = blank(k, mask), blank(v, mask)
    parts = (linear(q, p.W_q, p.b_q), linear(k, p.W_k, p.b_k), linear(v, p.W_v, p.b_v))
    for_heads = None if mask is None else mask[..., None, :, :]
    context, inner = attend_record(scaled_dot, scaled_dot.Params(), *(cut(x, heads) for x in parts), for_heads)
    contexts = join(context)
    return linear(contexts, p.W_o, p.b_o), Tape(q, k, v, inner, contexts)


def multi_head_backward(p, tape, dout, dalpha=None):
    """The way back through `multi_head`: that of each projection y = x W + b, around that of `attend`.

        dx = dy W^T            dW = x^T dy            db = sum dy

    Args:
        p: as given to `multi_head_record`.
        tape: what it returned.
        dout: (..., Q, D).
        dalpha: (..., heads, Q, S), what the loss asks of the weights themselves; None for nothing.
    Returns:
        dq, dk, dv: like q, k, v. Where one array serves as several of them, its derivative is their sum.
        dp: Params, like p.
    Raises:
        ValueError: when the tape is none, or shapes or types disagree.
    """
    expect.that(isinstance(tape, Tape), "tape", type(tape).__name__, "the Tape that `multi_head_record` returned")
    q, k, v, inner, contexts = tape
    shape = (*q.shape[:-1], p.W_o.shape[-1])
    expect.floats("dout", dout)
    expect.same_kind("dout", dout, "q", q)
    expect.that(dout.shape == shape, "dout", f"shape {tuple(dout.shape)}", f"{tuple(shape)}")
    dcontexts, dW_o, db_o = _affine_backward(contexts, p.W_o, dout)
    heads = inner.alpha.shape[-3]
    *inwards, _ = attend_backward(scaled_dot, scaled_dot.Params(), inner, cut(dcontexts, heads), dalpha)
    back = [_affine_backward(x, W, join(dy)) for x, W, dy in zip((q, k, v), (p.W_q, p.W_k, p.W_v), inwards, strict=True)]
    (dq, dk, dv), dWs, dbs = zip(*back, strict=True)
    return dq, dk, dv, Params(*dWs, dW_o, *dbs, db_o)


def cut(x, heads):
    """(..., S, A) to (..., heads, S, A / heads): the width in equal parts, one for each head."""
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def join(x):
    """(..., heads, S, A / heads) to (..., S, A): the opposite of `cut`."""
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], -1)


def _affine_backward(x, W, dy):
    return *project_backward(x, W, dy), rows(dy, W).sum(-2)
