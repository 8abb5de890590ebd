"""Scaled dot product attention: the dot product, divided by the square root of the width D.

    scores = q k^T / sqrt(D)

Of D independent pairs of numbers with variance 1 the dot product has variance D; divided by sqrt(D), 1 at any width.

Source: vaswani2017, equation 1.
"""

from lstm_course.attention import dot

Params, init, keys, keys_backward = dot.Params, dot.init, dot.keys, dot.keys_backward


def scores(p, q, keys):
    """How well each query fits each key; shapes as in `dot.scores`."""
    return dot.scores(p, q / q.shape[-1] ** 0.5, keys)


def scores_backward(p, q, keys, dscores):
    """The way back through `scores`: that of the dot product, from dscores / sqrt(D)."""
    return dot.scores_backward(p, q, keys, dscores / q.shape[-1] ** 0.5)
