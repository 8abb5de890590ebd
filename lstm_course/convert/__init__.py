"""Weights of other libraries: one table of gate orders, signs and bias rules, and one way to read and to write.

All libraries compute the same LSTM. They differ in the order of the four blocks, in whether matrices stand or lie, in how many
biases they add up, and in whether a forget bias is stored with the others or added at run time. In some GRUs z keeps the
old state, in others it overwrites it; and where the reset acts makes two different networks, `cells.gru` and `cells.gru_2014`,
between which no weights can be converted. `CONVENTIONS` has it all, papers included.

Source: each library's documented formula, transcribed in the tests.
"""

import numpy as np

from lstm_course import expect
from lstm_course.cells import gru, gru_2014, lstm, peephole
from lstm_course.convert.conventions import CONVENTIONS, FORMATS, REFUSED, Convention
from lstm_course.convert.heads import read_multi_head, write_multi_head
from lstm_course.convert.layouts import Blocks
from lstm_course.convert.placing import numbered, placed

__all__ = ["CONVENTIONS", "FORMATS", "REFUSED", "Convention", "read", "read_multi_head", "write", "write_multi_head"]

CELLS = {"lstm": (lstm, "ifgo"), "peephole": (peephole, "ifgo"), "gru": (gru, "rzn"), "gru_2014": (gru_2014, "rzn")}


def write(p, library):
    """Our weights as the arrays of another library.

    Args:
        p: Params of `cells.lstm`, `peephole`, `gru` or `gru_2014`, of NumPy arrays, one model.
        library: one of those that `FORMATS` has for this cell.
    Returns:
        dict of name to array, copies.
    Raises:
        ValueError: when p is none of these, the library's cell is another one (the message says why), or it has no place for a
            weight that is not zero.

    >>> p = lstm.init(np.random.default_rng(0), 3, 2)
    >>> {name: array.shape for name, array in write(p, "keras").items()}
    {'kernel': (3, 8), 'recurrent_kernel': (2, 8), 'bias': (8,)}
    """
    name = next((name for name, (cell, _) in CELLS.items() if isinstance(p, cell.Params)), None)
    expect.that(name is not None, "p", type(p).__name__, "lstm.Params, gru.Params, or those of peephole or gru_2014")
    form, ours = _format(name, library), CELLS[name][1]
    expect.that(np.ndim(p.W_x) == 2, "p.W_x", f"shape {np.shape(p.W_x)}", "one model, (D, A)")
    w = _signed(_reordered(_blocks(p, name), ours, form.gates), form, -1)
    numbers = Blocks(*numbered(*map(np.shape, w)))
    kept = np.concatenate([places.ravel() for places in form.arrays(numbers, form.gates).values()])
    lost = np.delete(np.concatenate([part.ravel() for part in w]), kept)
    expect.that(not lost.any(), "p.b_n", "a bias inside the reset", f"zeros, since {library} has no such bias")
    return {key: np.array(array) for key, array in form.arrays(w, form.gates).items()}


def read(arrays, cell, library, D, H):
    """Another library's arrays as our weights.

    Args:
        arrays: dict of name to array, as `write` gives them.
        cell: "lstm", "peephole", "gru" or "gru_2014".
        library: one of those that `FORMATS` has for this cell.
        D, H: input features, hidden units.
    Returns:
        The cell's Params, float64 arrays.
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
    numbers = Blocks(*numbered((D, A), (H, A), (A,), (A,), (3 * H if cell == "peephole" else 0,)))
    w = _signed(Blocks(*placed(arrays, form.arrays(numbers, form.gates), numbers)), form, 1)
    return _params(_reordered(w, form.gates, CELLS[cell][1]), cell)


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
    W_h = np.concatenate((p.W_h, p.W_n), 1) if cell == "gru_2014" else p.W_h
    return Blocks(p.W_x, W_h, p.b, second, p.w_c if cell == "peephole" else np.zeros(0))


def _params(w, cell):
    """Blocks in our order as our Params: two biases that are added up become their sum."""
    H, b = len(w.h), w.b + w.b2
    if cell == "gru":
        return gru.Params(w.x, w.h, np.concatenate((b[:-H], w.b[-H:])), w.b2[-H:])
    if cell == "gru_2014":
        return gru_2014.Params(w.x, w.h[:, :-H], w.h[:, -H:], b)
    return peephole.Params(w.x, w.h, b, w.peep) if cell == "peephole" else lstm.Params(w.x, w.h, b)


def _reordered(w, gates, order):
    """The blocks of `gates`, put in another order; g has no peephole."""
    move = lambda part, gates, order: np.concatenate([np.split(part, len(gates), -1)[gates.index(g)] for g in order], -1)
    *parts, peep = w
    return Blocks(*(move(part, gates, order) for part in parts), move(peep, gates.replace("g", ""), order.replace("g", "")))


def _signed(w, form, direction):
    """Turn the gates that a library turns; take away (-1) or add (+1) what it adds at run time."""
    H = len(w.h)
    sign = np.repeat([-1.0 if gate in form.turned else 1.0 for gate in form.gates], H)
    shift = np.repeat([form.adds.get(gate, 0.0) for gate in form.gates], H)
    return Blocks(w.x * sign, w.h * sign, w.b * sign + direction * shift, w.b2 * sign, w.peep)
