"""Attention: a query looks through a collection of keys, and receives the values that belong to them, each by its weight.

    scores  = how well each query fits each key      one of the `KINDS`
    alpha   = softmax(scores) over the keys
    context = alpha v

Shapes: Q queries and S positions to look at, q (..., Q, Dq), k (..., S, Dk), v (..., S, Dv), scores and alpha (..., Q, S),
context (..., Q, Dv). The axes in front are the batch, alike for all three; for N models at once N stands first, in front of
every parameter too. A mask is bool, True where a query may look, and broadcasts to (..., Q, S).

A kind of attention is any object with

    Params, init(rng, Dq, Dk, A)
    keys(p, k)                                   what depends on the keys alone: once for all steps of a decoder
    scores(p, q, keys)
    scores_backward(p, q, keys, dscores)         dq, dkeys, and by name the derivatives of the parameters in `scores`
    keys_backward(p, k, dkeys)                   dk, and by name the derivatives of the parameters in `keys`

Source: bahdanau2015, luong2015, vaswani2017.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.attention import additive, dot, general, scaled_dot
from lstm_course.ops import as_mask, library, softmax, transpose, values_known, where

KINDS = {"additive": additive, "general": general, "dot": dot, "scaled_dot": scaled_dot}
"""The kinds of attention, by name."""


def weights(scores, mask=None):
    """The share of each position in what a query receives.

        alpha_s = exp(scores_s) / sum_r exp(scores_r)           over the positions that the query may look at

    Args:
        scores: (..., Q, S).
        mask: bool, True where a query may look; it broadcasts to the shape of scores, and may be NumPy's for a tensor too.
            None where all is open.
    Returns:
        alpha: like scores. What is masked gets exactly 0, and no gradient flows there, whatever the score: nan too.
    Raises:
        ValueError: when scores are not floating-point numbers, the mask does not fit, or a query may look nowhere. The last is
            found by reading the mask, in NumPy and eager torch; compiled by torch, such a query gets weights of 0.

    >>> weights(np.array([[0.0, 0.0, np.nan]]), np.array([[True, True, False]]))
    array([[0.5, 0.5, 0. ]])
    """
    expect.floats("scores", scores)
    return _weights(scores, None if mask is None else check_mask(mask, scores, scores.shape))


def _weights(scores, mask):
    if mask is None:
        return softmax(scores)
    return where(mask, softmax(where(mask, scores, -np.inf)), 0.0)


def weights_backward(alpha, dalpha):
    """The derivative by the scores.

        dscores = alpha * (dalpha - sum(alpha * dalpha))

    Args:
        alpha: (..., Q, S), from `weights`.
        dalpha: likewise. Where alpha is 0 it does not matter, and may be nan.
    Returns:
        dscores: likewise, 0 where alpha is.
    """
    dalpha = where(alpha > 0, dalpha, 0.0)
    return alpha * (dalpha - (alpha * dalpha).sum(-1, keepdims=True))


def attend(kind, p, q, k, v, mask=None):
    """What each query receives.

        context = alpha v               alpha = weights(scores(q, k))

    Args:
        kind: one of `KINDS`.
        p: its Params.
        q, k, v: queries (..., Q, Dq), keys (..., S, Dk), values (..., S, Dv).
        mask: bool, True where a query may look; it broadcasts to (..., Q, S). None where all is open.
    Returns:
        context: (..., Q, Dv).
        alpha: (..., Q, S).
    Raises:
        ValueError: when the kind is none, p is not its Params, shapes or types disagree, or a query may look nowhere.

    A position at which no query may look is never computed with: keys and values there may be nan. One that is open to some
    queries must hold numbers, for the others too: their weight is 0, and 0 times nan is nan. Queries are never masked; one
    beyond the end of its sentence must hold numbers as well, for instance 0.

    >>> k = v = np.eye(3)
    >>> context, alpha = attend(dot, dot.Params(), 9 * k[:1], k, v, padding_mask([2], 3)[0])
    >>> alpha.round(2)
    array([[1., 0., 0.]])
    """
    context, tape = attend_record(kind, p, q, k, v, mask)
    return context, tape.alpha


class Tape(NamedTuple):
    """What the way back needs: q, k, v as they were computed with, the kind's keys, and alpha."""

    q: Any
    k: Any
    v: Any
    keys: Any
    alpha: Any


def attend_record(kind, p, q, k, v, mask=None):
    """`attend`, with a tape for `attend_backward`. Args and errors as there.

    Returns:
        context: (..., Q, Dv).
        tape: Tape; `tape.alpha` are the weights.
    """
    mask = check(kind, p, q, k, v, mask)
    k, v = blank(k, mask), blank(v, mask)
    keys = kind.keys(p, k)
    alpha = _weights(kind.scores(p, q, keys), mask)
    return alpha @ v, Tape(q, k, v, keys, alpha)


def attend_backward(kind, p, tape, dcontext, dalpha=None):
    """The way back through `attend`; `dalpha` on the left is the total derivative, the one that came in plus the way through
    the context.

        dv       = alpha^T dcontext
        dalpha   = dalpha + dcontext v^T
        dscores  = weights_backward(alpha, dalpha)
        dq, dkeys = the kind's own way back from dscores
        dk       = likewise from dkeys

    Args:
        kind, p: as given to `attend_record`.
        tape: what it returned.
        dcontext: (..., Q, Dv).
        dalpha: (..., Q, S), what the loss asks of the weights themselves; None for nothing.
    Returns:
        dq, dk, dv: like q, k, v, exactly 0 at a position at which no query may look.
        dp: the kind's Params, like p.
    Raises:
        ValueError: when the kind or the tape is none, or shapes or types disagree.
    """
    expect_kind(kind)
    expect.that(isinstance(tape, Tape), "tape", type(tape).__name__, "the Tape that `attend_record` returned")
    q, k, v, keys, alpha = tape
    _expect_like("dcontext", dcontext, (*alpha.shape[:-1], v.shape[-1]), v)
    through_context = dcontext @ transpose(v)
    if dalpha is not None:
        _expect_like("dalpha", dalpha, alpha.shape, v)
        through_context = through_context + dalpha
    dscores = weights_backward(alpha, through_context)
    dq, dkeys, by_scores = kind.scores_backward(p, q, keys, dscores)
    dk, by_keys = kind.keys_backward(p, k, dkeys)
    return dq, dk, transpose(alpha) @ dcontext, kind.Params(**by_scores, **by_keys)


def blank(x, mask):
    """Keys or values (..., S, D) with zeros at the positions at which no query may look, whatever stood there.

    `attend` does so by itself; whoever calls a kind's `keys` should do it first, since 0 times nan is no 0.
    """
    return x if mask is None else where(transpose(as_mask(mask, x).any(-2, keepdims=True)), x, 0.0)


def padding_mask(lengths, S):
    """True up to the end of each sentence. Together with another mask: `padding_mask(lengths, S) & causal_mask(S)`.

    Args:
        lengths: (B,), whole numbers from 1 to S: a list, an array or a tensor.
        S: positions.
    Returns:
        NumPy array (B, 1, S) of bool: the same for all queries.
    Raises:
        ValueError: when S is not a positive integer, or the lengths are not whole numbers from 1 to S.

    >>> padding_mask([1, 3], 3)[:, 0]
    array([[ True, False, False],
           [ True,  True,  True]])
    """
    expect.positive("S", S)
    expected = f"whole numbers from 1 to {S}, one for each sentence"
    lengths = expect.array("lengths", lengths if library(lengths) is np else lengths.cpu(), "iu", expected)
    expect.that(lengths.ndim == 1, "lengths", f"shape {lengths.shape}", expected)
    for length in lengths[(lengths < 1) | (lengths > S)]:
        expect.that(False, "lengths", length, expected)
    return np.arange(S) < lengths[:, None, None]


def causal_mask(Q, S=None):
    """True where nothing lies ahead: query q may look at the positions 0 to q.

    Args:
        Q, S: queries and positions; S = Q if None.
    Returns:
        NumPy array (Q, S) of bool.
    Raises:
        ValueError: when Q or S is not a positive integer.

    >>> causal_mask(2, 3)
    array([[ True, False, False],
           [ True,  True, False]])
    """
    S = Q if S is None else S
    expect.positive("Q", Q)
    expect.positive("S", S)
    return np.arange(S) <= np.arange(Q)[:, None]


def expect_kind(kind):
    """Raise ValueError unless this is a kind of attention."""
    names = ("Params", "init", "keys", "scores", "scores_backward", "keys_backward")
    came = getattr(kind, "__name__", repr(kind))
    expect.that(all(hasattr(kind, name) for name in names), "kind", came, f"an object with {', '.join(names)}")


def check(kind, p, q, k, v, mask=None):
    """Check the arguments of `attend` against the kind and each other.

    Returns:
        mask, in the library of q; None if it was None.
    Raises:
        ValueError: when the kind is none, p is not its Params, or shapes or types disagree.
    """
    expect_kind(kind)
    mask = check_arrays(q, k, v, mask)
    expect_params(p, kind.Params, q)
    A = (1, *p[-1].shape)[-1] if p else 1
    expect_shapes(p, kind.Params(*_shapes(kind.init, q.shape[-1], k.shape[-1], A)), q)
    return mask


@lru_cache(maxsize=64)
def _shapes(init, Dq, Dk, A):
    return tuple(x.shape for x in init(np.random.default_rng(0), Dq, Dk, A))  # the numbers do not matter


def expect_params(p, Params, q):
    """Raise ValueError unless p are these Params, of arrays of the library and type of q."""
    came = f"{type(p).__name__}{getattr(p, '_fields', '')}"
    expect.that(getattr(p, "_fields", None) == Params._fields, "p", came, f"Params{Params._fields}")
    for field, x in p._asdict().items():
        expect.floats(f"p.{field}", x)
        expect.same_kind(f"p.{field}", x, "q", q)


def expect_shapes(p, shapes, q):
    """Raise ValueError unless the parameters have these shapes, for N models behind an axis N with which q begins, too."""
    models = tuple(p[0].shape[: max(0, len(p[0].shape) - len(shapes[0]))]) if p else ()
    for field, x, shape in zip(p._fields, p, shapes, strict=True):
        expect.that(x.shape == (*models, *shape), f"p.{field}", f"shape {tuple(x.shape)}", f"{(*models, *shape)}")
    begins = q.shape[: len(q.shape) - 2][: len(models)] == models
    expect.that(begins, "q", f"shape {tuple(q.shape)}", f"one that begins with {models}, the models of p")


def check_arrays(q, k, v, mask):
    """Check queries, keys, values and a mask, or None, against each other.

    Returns:
        mask, in the library of q.
    Raises:
        ValueError: when shapes or types disagree.
    """
    for name, x in (("q", q), ("k", k), ("v", v)):
        expect.floats(name, x)
        expected = "(..., positions, width), none of them empty"
        expect.that(len(x.shape) > 1 and 0 not in x.shape, name, f"shape {tuple(x.shape)}", expected)
        expect.same_kind(name, x, "q", q)
    *front, S = (*q.shape[:-2], k.shape[-2])
    beginning = "".join(f"{size}, " for size in front)
    expect.that([*k.shape[:-2]] == front, "k", f"shape {tuple(k.shape)}", f"({beginning}S, Dk), the axes in front as in q")
    expect.that(v.shape[:-1] == k.shape[:-1], "v", f"shape {tuple(v.shape)}", f"({beginning}{S}, Dv), the positions of k")
    return None if mask is None else check_mask(mask, q, (*front, q.shape[-2], S))


def check_mask(mask, like, shape):
    """Check a mask against the shape of the scores.

    Returns:
        mask, in the library and place of `like`.
    Raises:
        ValueError: when it is not of bool, does not broadcast to that shape, or a query may look nowhere.
    """
    expected = f"an array of bool, (..., Q, S), that broadcasts to {tuple(shape)}"
    kind = str(getattr(mask, "dtype", type(mask).__name__))
    expect.that(kind in ("bool", "torch.bool") and hasattr(mask, "shape"), "mask", kind, expected)
    mask = as_mask(mask, like)
    fits = all(size in (1, want) for size, want in zip(reversed(mask.shape), reversed(shape), strict=False))
    expect.that(fits and 2 <= len(mask.shape) <= len(shape), "mask", f"shape {tuple(mask.shape)}", expected)
    somewhere = not values_known(mask) or mask.any(-1).all()
    expect.that(somewhere, "mask", "a query that may look nowhere", "at least one True for every query")
    return mask


def _expect_like(name, x, shape, like):
    expect.floats(name, x)
    expect.same_kind(name, x, "v", like)
    expect.that(x.shape == shape, name, f"shape {tuple(x.shape)}", f"{tuple(shape)}")
