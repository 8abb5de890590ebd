"""General attention: the dot product of the query with the key, seen through a matrix.

    scores = q W k^T

Source: luong2015, section 3.1, "general". The query there is the decoder's present state.
"""

from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.attention import dot
from lstm_course.cells.start import uniform
from lstm_course.ops import project, project_backward, transpose

scores, scores_backward = dot.scores, dot.scores_backward  # the query meets keys of its own width


class Params(NamedTuple):
    """W (Dq, Dk). N models: one more axis in front."""

    W: Any


def init(rng, Dq, Dk, A=None):
    """Parameters of one model, uniform in +-1/sqrt(Dk), torch's rule for a linear layer that reads the keys.

    Args:
        rng: numpy.random.Generator.
        Dq, Dk: width of a query, of a key.
        A: has no meaning here.
    Returns:
        Params of a float64 array.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    """
    expect.generator("rng", rng)
    expect.positive("Dq", Dq)
    expect.positive("Dk", Dk)
    return Params(uniform(rng, Dk, Dq, Dk))


def keys(p, k):
    """The keys as a query sees them, k W^T, once for all queries: (..., S, Dk) to (..., S, Dq)."""
    return project(k, transpose(p.W))


def keys_backward(p, k, dkeys):
    """The way back through `keys`.

        dk = dkeys W            dW = dkeys^T k

    Args:
        p, k: as given to `keys`.
        dkeys: (..., S, Dq).
    Returns:
        dk: like k.
        dp: dict of dW, by its name in Params.
    """
    dk, dW = project_backward(k, transpose(p.W), dkeys)
    return dk, {"W": transpose(dW)}
