"""Dot product attention: a key scores high when it points where the query points. There is nothing to learn in it.

    scores = q k^T

Source: luong2015, section 3.1, "dot".
"""

from typing import NamedTuple

from lstm_course import expect
from lstm_course.ops import transpose


class Params(NamedTuple):
    """None at all: an empty tuple."""


def init(rng, Dq, Dk, A=None):
    """No parameters.

    Args:
        rng: numpy.random.Generator, from which nothing is drawn.
        Dq, Dk: width of a query and of a key, which must be the same.
        A: has no meaning here.
    Returns:
        Params.
    Raises:
        ValueError: when rng is no Generator, a size is not a positive integer, or the two differ.
    """
    expect.generator("rng", rng)
    expect.positive("Dq", Dq)
    expect.positive("Dk", Dk)
    expect.that(Dk == Dq, "Dk", Dk, f"{Dq}, as Dq: a dot product takes a query and a key of one width")
    return Params()


def keys(p, k):
    """The keys themselves."""
    return k


def scores(p, q, keys):
    """How well each query fits each key.

    Args:
        p: Params.
        q: (..., Q, D).
        keys: (..., S, D), from `keys`.
    Returns:
        scores: (..., Q, S).
    """
    return q @ transpose(keys)


def scores_backward(p, q, keys, dscores):
    """The way back through `scores`.

        dq = dscores keys           dkeys = dscores^T q

    Args:
        p, q, keys: as given to `scores`.
        dscores: (..., Q, S).
    Returns:
        dq, dkeys: like q, keys.
        dp: empty dict.
    """
    return dscores @ keys, transpose(dscores) @ q, {}


def keys_backward(p, k, dkeys):
    """dk = dkeys, and an empty dict."""
    return dkeys, {}
