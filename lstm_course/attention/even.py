"""Attention that does not look: every position gets the same score, so the context is the mean of the values.

    scores = 0

It stands in for the other kinds where a model is to be compared with one that has no attention and differs in nothing else.
It is none of `KINDS`, since it has nothing to teach about keys.
"""

from lstm_course import expect
from lstm_course.attention import dot
from lstm_course.ops import zeros

Params, keys, keys_backward = dot.Params, dot.keys, dot.keys_backward  # nothing to learn, and the keys as they are


def init(rng, Dq, Dk, A=None):
    """No parameters.

    Args:
        rng: numpy.random.Generator, from which nothing is drawn.
        Dq, Dk: width of a query and of a key.
        A: has no meaning here.
    Returns:
        Params.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    """
    expect.generator("rng", rng)
    expect.positive("Dq", Dq)
    expect.positive("Dk", Dk)
    return Params()


def scores(p, q, keys):
    """The same for all.

    Args:
        p: Params.
        q: (..., Q, Dq).
        keys: (..., S, Dk), from `keys`.
    Returns:
        scores: (..., Q, S), zeros.

    >>> import numpy as np
    >>> scores(Params(), np.ones((2, 4)), np.ones((3, 5))).shape
    (2, 3)
    """
    return zeros(q, (*q.shape[:-1], keys.shape[-2]))


def scores_backward(p, q, keys, dscores):
    """Zeros like q, zeros like keys, and an empty dict: a score that is always 0 depends on nothing."""
    return zeros(q, q.shape), zeros(keys, keys.shape), {}
