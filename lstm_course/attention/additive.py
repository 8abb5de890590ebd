"""Additive attention: a small network with one hidden layer looks at a query and a key, and gives the score.

    scores = v^T tanh(q W_q + k W_k)

Source: bahdanau2015, whose W_a, U_a, v_a are W_q, W_k, v; its equation has no bias. The query there is the decoder's
previous state.
"""

from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.cells.start import uniform
from lstm_course.ops import project, project_backward, tanh


class Params(NamedTuple):
    """W_q (Dq, A), W_k (Dk, A), v (A,). N models: one more axis in front."""

    W_q: Any
    W_k: Any
    v: Any


def init(rng, Dq, Dk, A):
    """Parameters of one model, each uniform in +-1/sqrt(rows), torch's rule for a linear layer.

    Args:
        rng: numpy.random.Generator.
        Dq, Dk, A: width of a query, of a key, of the hidden layer.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    """
    expect.generator("rng", rng)
    for name, size in (("Dq", Dq), ("Dk", Dk), ("A", A)):
        expect.positive(name, size)
    return Params(uniform(rng, Dq, Dq, A), uniform(rng, Dk, Dk, A), uniform(rng, A, A))


def keys(p, k):
    """The keys' share, k W_k, once for all queries: (..., S, Dk) to (..., S, A)."""
    return project(k, p.W_k)


def scores(p, q, keys):
    """How well each query fits each key.

    Args:
        p: Params.
        q: (..., Q, Dq).
        keys: (..., S, A), from `keys`.
    Returns:
        scores: (..., Q, S).
    """
    return project(_hidden(p, q, keys), p.v[..., None])[..., 0]


def _hidden(p, q, keys):
    """tanh(q W_q + keys) for each pair: (..., Q, S, A)."""
    return tanh(project(q, p.W_q)[..., None, :] + keys[..., None, :, :])


def scores_backward(p, q, keys, dscores):
    """The way back through `scores`. The hidden layer, S times as large as the queries, is formed again rather than kept.

        da    = dscores v^T * (1 - tanh(a)^2)               a = q W_q + keys, for each pair
        dkeys = sum of da over the queries                  dv   = sum of dscores tanh(a) over all pairs
        dq    = (sum of da over the keys) W_q^T             dW_q = q^T (sum of da over the keys)

    Args:
        p, q, keys: as given to `scores`.
        dscores: (..., Q, S).
    Returns:
        dq, dkeys: like q, keys.
        dp: dict of dW_q and dv, by the names in Params.
    """
    hidden = _hidden(p, q, keys)
    dhidden, dv = project_backward(hidden, p.v[..., None], dscores[..., None])
    da = dhidden * (1 - hidden * hidden)
    dq, dW_q = project_backward(q, p.W_q, da.sum(-2))
    return dq, da.sum(-3), {"W_q": dW_q, "v": dv[..., 0]}


def keys_backward(p, k, dkeys):
    """The way back through `keys`.

        dk = dkeys W_k^T            dW_k = k^T dkeys

    Args:
        p, k: as given to `keys`.
        dkeys: (..., S, A).
    Returns:
        dk: like k.
        dp: dict of dW_k, by its name in Params.
    """
    dk, dW_k = project_backward(k, p.W_k, dkeys)
    return dk, {"W_k": dW_k}
