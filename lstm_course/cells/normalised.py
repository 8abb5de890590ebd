"""The LSTM with layer normalisation: the two products and the cell that is shown are normalised, each with gains of its own.

    LN(v) = (v - mean(v)) / sqrt(var(v) + 1e-5)                       over the numbers of one vector
    a = LN(x W_x) gain_x + LN(h_prev W_h) gain_h + b                  instead of x W_x + h_prev W_h + b
    h = o * tanh(LN(c) gain_c + shift_c)                              instead of o * tanh(c)

Everything else is the LSTM's. A shift of their own in the first line would add nothing to b.

Source: ba2016, supplementary equations for the LSTM; its gradient is left to autograd.
"""

from typing import Any, NamedTuple

import numpy as np

from lstm_course.cells import lstm
from lstm_course.cells.lstm import Gates, State, initial_state
from lstm_course.ops import normalise, product, tanh

__all__ = ["Gates", "State", "initial_state"]


class Params(NamedTuple):
    """W_x (D, 4H), W_h (H, 4H), b (4H,); gain_x, gain_h (4H,); gain_c, shift_c (H,). N models: one more axis in front."""

    W_x: Any
    W_h: Any
    b: Any
    gain_x: Any
    gain_h: Any
    gain_c: Any
    shift_c: Any


def init(rng, D, H, **biases):
    """Parameters of one model: the LSTM's, with gains of 1 and no shift.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
        **biases: as in `lstm.init`, for instance forget_bias.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: as in `lstm.init`.
    """
    return Params(*lstm.init(rng, D, H, **biases), np.ones(4 * H), np.ones(4 * H), np.ones(H), np.zeros(H))


def inputs(p, xs):
    """The input's share of a, for all steps at once: LN(x W_x) gain_x + b, (..., B, D) to (..., B, 4H)."""
    return normalise(product(xs, p.W_x)) * p.gain_x[..., None, :] + p.b[..., None, :]


def step(p, a, state):
    """One time step.

        a = a + LN(h_prev W_h) gain_h
        h = o * tanh(LN(c) gain_c + shift_c)            c as in the LSTM

    Args:
        p: Params.
        a: (..., B, 4H), from `inputs`.
        state: (h_prev, c_prev), each (..., B, H).
    Returns:
        state: State(h, c), each (..., B, H).
        gates: Gates(i, f, g, o), each (..., B, H).
    """
    h_prev, c_prev = state
    (_, c), gates = lstm.update(a + normalise(h_prev @ p.W_h) * p.gain_h[..., None, :], c_prev)
    h = gates.o * tanh(normalise(c) * p.gain_c[..., None, :] + p.shift_c[..., None, :])
    return State(h, c), gates
