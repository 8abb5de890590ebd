"""How libraries keep a cell's weights: each layout takes the blocks, in the library's order, and gives its arrays by name.

A layout only moves numbers: it transposes, joins, splits and stacks. So it can be read in both directions: `convert.read` gives
every weight a number, looks where the layout puts it, and fetches the value from there.
"""

from typing import Any, NamedTuple

import numpy as np


class Blocks(NamedTuple):
    """A cell's weights, with its A / H gates in some order.

    x (D, A), h (H, A), b (A,); b2 (A,) behind a second bias; peep (3H,), one block for each gate but g, or (0,).
    """

    x: Any
    h: Any
    b: Any
    b2: Any
    peep: Any


def standing(w, gates):
    """torch: a row for each unit of each gate."""
    return {"weight_ih_l0": w.x.T, "weight_hh_l0": w.h.T, "bias_ih_l0": w.b, "bias_hh_l0": w.b2}


def lying(w, gates):
    """Keras: a column for each unit of each gate."""
    return {"kernel": w.x, "recurrent_kernel": w.h, "bias": w.b}


def lying_with_two(w, gates):
    """Keras's GRU with reset_after=True: two biases, as the rows of one array."""
    return lying(w, gates) | {"bias": np.stack((w.b, w.b2))}


def lying_apart(w, gates):
    """Haiku's GRU."""
    return {"w_i": w.x, "w_h": w.h, "b": w.b}


def joined(kernel, bias):
    """TF1, Haiku: the weights of x above those of h, in one array."""
    return lambda w, gates: {kernel: np.concatenate((w.x, w.h)), bias: w.b}


def joined_in_two(w, gates):
    """TF1's GRU: the gates by themselves, and the candidate, which comes last."""
    both, A = np.concatenate((w.x, w.h)), 2 * len(w.h)
    gate, candidate = {"kernel": both[:, :A], "bias": w.b[:A]}, {"kernel": both[:, A:], "bias": w.b[A:]}
    return {f"gates/{key}": x for key, x in gate.items()} | {f"candidate/{key}": x for key, x in candidate.items()}


def with_diagonals(w, gates):
    """TF1's LSTMCell(use_peepholes=True)."""
    order = gates.replace("g", "")
    peeps = dict(zip(order, np.split(w.peep, len(order)), strict=True))
    return joined("kernel", "bias")(w, gates) | {f"w_{gate}_diag": peeps[gate] for gate in order}


def onnx(w, gates):
    """ONNX: the first axis is the direction; the two biases end to end."""
    return {"W": w.x.T[None], "R": w.h.T[None], "B": np.concatenate((w.b, w.b2))[None]}


def onnx_with_peepholes(w, gates):
    """ONNX's LSTM with its optional input P."""
    return onnx(w, gates) | {"P": w.peep[None]}


def by_name(side, inside="", spelt=None):
    """Flax: a kernel for each gate; the bias beside that of `side`, "i" or "h", and for the gates `inside` a second one."""

    def arrays(w, gates):
        out = {}
        for gate, x, h, b, b2 in zip(gates, *(np.split(part, len(gates), -1) for part in w[:4]), strict=True):
            i, h_ = (spelt or {}).get(f"i{gate}", f"i{gate}"), f"h{gate}"
            out |= {f"{i}/kernel": x, f"{h_}/kernel": h, f"{i if side == 'i' else h_}/bias": b}
            out |= {f"{h_}/bias": b2} if gate in inside else {}
        return out

    return arrays


def dense(side):
    """Flax nnx: two layers, of which that of `side`, "i" or "h", has the only bias."""
    return lambda w, gates: {"dense_i/kernel": w.x, "dense_h/kernel": w.h, f"dense_{side}/bias": w.b}


def numbered(w, gates):
    """cuDNN: a matrix and a bias for each linear layer, those of x first, then those of h."""
    parts = [
        part for side in ((w.x, w.b), (w.h, w.b2)) for part in zip(*(np.split(x, len(gates), -1) for x in side), strict=True)
    ]
    return {key: x for k, (W, b) in enumerate(parts) for key, x in ((f"{k}/matrix", W.T), (f"{k}/bias", b))}
