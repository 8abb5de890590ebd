"""Weights of other libraries: one table of gate orders, signs and bias rules, and one way to read and to write.

All libraries compute the same LSTM. They differ in the order of the four blocks, in whether matrices stand or lie, in how many
biases they add up, and in whether a forget bias is stored with the others or added at run time. For the GRU there is one thing
more: where the reset acts makes two different networks, between which no weights can be converted.

    library    LSTM     GRU      biases
    ours       i f g o  r z n    one; the GRU's b_n, inside the reset, apart
    torch      i f g o  r z n    two, added up
    keras      i f g o  z r n    one; for the GRU two, as rows of one array
    tf1        i g f o  -        one; 1 is added to the forget gate at run time
    haiku      i g f o  -        one; 1 is added to the forget gate at run time
    flax       by name  by name  LSTM: with the recurrent weights; GRU: with the inputs', and b_n
    onnx       i o f g  z r n    two, end to end

Every library that names the candidate calls it c, j or h; here it is g in the LSTM and n in the GRU.

Multi-head attention is simpler: torch keeps the three projections inwards in one standing matrix, in the order q, k, v.

Source: each library's documented formula, transcribed in the tests.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.attention import heads
from lstm_course.cells import gru, lstm


class Blocks(NamedTuple):
    """A cell's weights with the blocks in some order: x (D, A), h (H, A), b (A,) and, behind a second bias, b2 (A,)."""

    x: Any
    h: Any
    b: Any
    b2: Any


class Format(NamedTuple):
    """How a library keeps one cell.

    gates: our letters in the library's order.
    arrays: function of Blocks and `gates` to the library's arrays by name.
    adds: what the library adds to a gate's bias at run time, by letter.
    turned: gates whose sign is the opposite of ours, since the library writes 1 - gate.
    """

    gates: str
    arrays: Any
    adds: dict = {}  # noqa: RUF012
    turned: str = ""


def _standing(w, gates):
    return {"weight_ih_l0": w.x.T, "weight_hh_l0": w.h.T, "bias_ih_l0": w.b, "bias_hh_l0": w.b2}


def _lying(w, gates):
    return {"kernel": w.x, "recurrent_kernel": w.h, "bias": w.b}


def _lying_with_two(w, gates):
    return {"kernel": w.x, "recurrent_kernel": w.h, "bias": np.stack((w.b, w.b2))}


def _joined(kernel, bias):
    return lambda w, gates: {kernel: np.concatenate((w.x, w.h)), bias: w.b}


def _onnx(w, gates):
    return {"W": w.x.T[None], "R": w.h.T[None], "B": np.concatenate((w.b, w.b2))[None]}


def _by_name(side, inside=""):
    """A kernel for each gate; the bias beside that of `side`, "i" or "h", and for the gates `inside` a second one."""

    def arrays(w, gates):
        out = {}
        for gate, x, h, b, b2 in zip(gates, *(np.split(part, len(gates), -1) for part in w), strict=True):
            out |= {f"i{gate}/kernel": x, f"h{gate}/kernel": h, f"{side}{gate}/bias": b}
            out |= {f"h{gate}/bias": b2} if gate in inside else {}
        return out

    return arrays


FORMATS = {
    ("lstm", "torch"): Format("ifgo", _standing),
    ("lstm", "keras"): Format("ifgo", _lying),
    ("lstm", "tf1"): Format("igfo", _joined("kernel", "bias"), adds={"f": 1.0}),
    ("lstm", "haiku"): Format("igfo", _joined("w", "b"), adds={"f": 1.0}),
    ("lstm", "flax"): Format("ifgo", _by_name("h")),
    ("lstm", "onnx"): Format("iofg", _onnx),
    ("gru", "torch"): Format("rzn", _standing),
    ("gru", "keras"): Format("zrn", _lying_with_two),
    ("gru", "flax"): Format("rzn", _by_name("i", inside="n")),
    ("gru", "onnx"): Format("zrn", _onnx),
    ("gru", "z overwrites"): Format("rzn", _standing, turned="z"),
}
"""The one table, by cell and library; "z overwrites" is torch's GRU with the other sign of z, h = (1 - z) h_prev + z n."""

_BEFORE = "it resets h before the product, W (r * h); ours resets the product, r * (W h): two different networks"
REFUSED = {
    ("gru", "keras, reset_after=False"): _BEFORE,
    ("gru", "onnx, linear_before_reset=0"): _BEFORE,
    ("gru", "tf1"): _BEFORE,
    ("gru", "cho2014"): _BEFORE,
    ("lstm", "peephole"): "its gates read the cell, with weights that our LSTM does not have",
    ("lstm", "hochreiter1997"): "its gates read gates and it has no forget gate: see lstm_course.cells.lstm_1997",
}
"""What cannot be converted, and why."""

CELLS = {"lstm": (lstm, "ifgo"), "gru": (gru, "rzn")}


def write(p, library):
    """Our weights as the arrays of another library.

    Args:
        p: lstm.Params or gru.Params of NumPy arrays, one model.
        library: one of those in `FORMATS`.
    Returns:
        dict of name to array, copies.
    Raises:
        ValueError: when p is neither, or the library's cell is another one; the message says why.

    >>> p = lstm.init(np.random.default_rng(0), 3, 2)
    >>> {name: array.shape for name, array in write(p, "keras").items()}
    {'kernel': (3, 8), 'recurrent_kernel': (2, 8), 'bias': (8,)}
    """
    name = next((name for name, (cell, _) in CELLS.items() if isinstance(p, cell.Params)), None)
    expect.that(name is not None, "p", type(p).__name__, "lstm.Params or gru.Params")
    form, ours = _format(name, library), CELLS[name][1]
    expect.that(np.ndim(p.W_x) == 2, "p.W_x", f"shape {np.shape(p.W_x)}", "one model, (D, A)")
    w = _reordered(_blocks(p, name), ours, form.gates)
    return {key: np.array(array) for key, array in form.arrays(_signed(w, form, -1), form.gates).items()}


def read(arrays, cell, library, D, H):
    """Another library's arrays as our weights.

    Args:
        arrays: dict of name to array, as `write` gives them.
        cell: "lstm" or "gru".
        library: one of those in `FORMATS`.
        D, H: input features, hidden units.
    Returns:
        lstm.Params or gru.Params of float64 arrays.
    Raises:
        ValueError: when the library's cell is another one (the message says why), or the arrays are not those of the library in
            name or shape.

    >>> p = lstm.init(np.random.default_rng(0), 3, 2)
    >>> again = read(write(p, "onnx"), "lstm", "onnx", D=3, H=2)
    >>> all((x == y).all() for x, y in zip(again, p))
    True
    """
    form = _format(cell, library)
    expect.positive("D", D)
    expect.positive("H", H)
    A = len(form.gates) * H
    numbers = Blocks(*_numbered((D, A), (H, A), (A,), (A,)))
    w = _signed(Blocks(*_placed(arrays, form.arrays(numbers, form.gates), numbers)), form, 1)
    return _params(_reordered(w, form.gates, CELLS[cell][1]), cell)


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
    numbers = heads.Params(*_numbered(*[(D, D)] * 4, *[(D,)] * 4))
    return heads.Params(*_placed(arrays, _multi_head(numbers), numbers))


def _multi_head(p):
    inwards = np.concatenate((p.W_q.T, p.W_k.T, p.W_v.T)), np.concatenate((p.b_q, p.b_k, p.b_v))
    return {"in_proj_weight": inwards[0], "in_proj_bias": inwards[1], "out_proj.weight": p.W_o.T, "out_proj.bias": p.b_o}


def _numbered(*shapes):
    """Arrays of these shapes in which every entry has a number of its own: where that turns up, its value is found."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return [x.reshape(shape) for x, shape in zip(np.split(np.arange(ends[-1]), ends[:-1]), shapes, strict=True)]


def _placed(arrays, layout, numbers):
    """A library's values in the shapes of ours, which `numbers` are; `layout` is how the library would keep these numbers."""
    expect.that(set(arrays) == set(layout), "arrays", ", ".join(sorted(arrays)), ", ".join(sorted(layout)))
    values = np.zeros(sum(x.size for x in numbers))
    for name, places in layout.items():
        array = np.asarray(arrays[name], float)
        expect.that(array.shape == places.shape, f"arrays[{name!r}]", f"shape {array.shape}", places.shape)
        values[places] = array
    return [values[places] for places in numbers]


def _format(cell, library):
    expect.that(cell in CELLS, "cell", repr(cell), f"one of {', '.join(CELLS)}")
    known = ", ".join(name for kind, name in FORMATS if kind == cell)
    reason = REFUSED.get((cell, library))
    expect.that(reason is None, "library", repr(library), f"one of {known}; this one cannot be converted: {reason}")
    expect.that((cell, library) in FORMATS, "library", repr(library), f"one of {known}")
    return FORMATS[cell, library]


def _blocks(p, cell):
    """Our Params as Blocks; behind the second bias only what is not to be added to the first, the GRU's b_n."""
    second = np.zeros_like(p.b)
    if cell == "gru":
        second[-len(p.b_n) :] = p.b_n
    return Blocks(p.W_x, p.W_h, p.b, second)


def _params(w, cell):
    """Blocks in our order as our Params: two biases that are added up become their sum."""
    if cell == "lstm":
        return lstm.Params(w.x, w.h, w.b + w.b2)
    H = len(w.h)
    return gru.Params(w.x, w.h, np.concatenate((w.b[:-H] + w.b2[:-H], w.b[-H:])), w.b2[-H:])


def _reordered(w, gates, order):
    """The blocks of `gates`, put in another order."""
    return Blocks(*(np.concatenate([np.split(part, len(gates), -1)[gates.index(g)] for g in order], -1) for part in w))


def _signed(w, form, direction):
    """Turn the gates that a library turns; take away (-1) or add (+1) what it adds at run time."""
    H = len(w.h)
    sign = np.repeat([-1.0 if gate in form.turned else 1.0 for gate in form.gates], H)
    shift = np.repeat([form.adds.get(gate, 0.0) for gate in form.gates], H)
    return Blocks(w.x * sign, w.h * sign, w.b * sign + direction * shift, w.b2 * sign)
