"""Multi-head attention in torch's arrays: the three projections inwards in one standing matrix, in the order q, k, v."""

import numpy as np

from lstm_course import expect
from lstm_course.attention import heads
from lstm_course.convert.placing import numbered, placed


def write_multi_head(p):
    """Our multi-head attention as the arrays of torch.nn.MultiheadAttention, the same for any number of heads.

    Args:
        p: heads.Params of NumPy arrays, one model, whose heads together are as wide as its input.
    Returns:
        dict of name to array, copies.
    Raises:
        ValueError: when p is something else.

    >>> p = heads.init(np.random.default_rng(0), 4, 4)
    >>> {name: array.shape for name, array in write_multi_head(p).items()}
    {'in_proj_weight': (12, 4), 'in_proj_bias': (12,), 'out_proj.weight': (4, 4), 'out_proj.bias': (4,)}
    """
    expect.that(isinstance(p, heads.Params), "p", type(p).__name__, "heads.Params")
    D = np.shape(p.b_o)[-1]
    for name, x in p._asdict().items():
        want = (D, D) if name.startswith("W") else (D,)
        expect.that(np.shape(x) == want, f"p.{name}", f"shape {np.shape(x)}", f"{want}: one model, all of one width")
    return {key: np.array(array) for key, array in _multi_head(p).items()}


def read_multi_head(arrays, D):
    """The arrays of torch.nn.MultiheadAttention as our multi-head attention.

    Args:
        arrays: dict of name to array, as `write_multi_head` gives them.
        D: width of its input, of its output and of all heads together.
    Returns:
        heads.Params of float64 arrays.
    Raises:
        ValueError: when D is not a positive integer, or the arrays are not those of torch in name or shape.

    >>> p = heads.init(np.random.default_rng(0), 4, 4)
    >>> again = read_multi_head(write_multi_head(p), 4)
    >>> all((x == y).all() for x, y in zip(again, p))
    True
    """
    expect.positive("D", D)
    numbers = heads.Params(*numbered(*[(D, D)] * 4, *[(D,)] * 4))
    return heads.Params(*placed(arrays, _multi_head(numbers), numbers))


def _multi_head(p):
    inwards = np.concatenate((p.W_q.T, p.W_k.T, p.W_v.T)), np.concatenate((p.b_q, p.b_k, p.b_v))
    return {"in_proj_weight": inwards[0], "in_proj_bias": inwards[1], "out_proj.weight": p.W_o.T, "out_proj.bias": p.b_o}
