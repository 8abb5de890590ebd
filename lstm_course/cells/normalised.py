"""The LSTM with layer normalisation: the two products and the cell that is shown are normalised, each with gains of its own.

    LN(v) = (v - mean(v)) / sqrt(var(v) + 1e-5)                       over the numbers of one vector
    a = LN(x W_x) gain_x + LN(h_prev W_h) gain_h + b                  instead of x W_x + h_prev W_h + b
    h = o * tanh(LN(c) gain_c + shift_c)                              instead of o * tanh(c)

Everything else is the LSTM's. A shift of their own in the first line would add nothing to b. For LN backwards see
`lstm_course.layer_norm`.

Source: ba2016, supplementary equations for the LSTM.
"""

from typing import Any, NamedTuple

import numpy as np

from lstm_course.cells import lstm
from lstm_course.cells.lstm import State, initial_state
from lstm_course.layer_norm import normalise, normalise_backward, product_backward, product_grads
from lstm_course.ops import activate, concat, dot_sum, product, sigmoid, sum_steps, tanh, transpose

__all__ = ["State", "initial_state"]


class Params(NamedTuple):
    """W_x (D, 4H), W_h (H, 4H), b (4H,); gain_x, gain_h (4H,); gain_c, shift_c (H,). N models: one more axis in front."""

    W_x: Any
    W_h: Any
    b: Any
    gain_x: Any
    gain_h: Any
    gain_c: Any
    shift_c: Any


class Gates(NamedTuple):
    """Input gate i, forget gate f, candidate g, output gate o, and what o lets out, shown = tanh(LN(c) gain_c + shift_c), each
    (B, H); n_h = LN(h_prev W_h) (B, 4H) and n_c = LN(c) (B, H), each with its scale (B, 1)."""

    i: Any
    f: Any
    g: Any
    o: Any
    shown: Any
    n_h: Any
    scale_h: Any
    n_c: Any
    scale_c: Any


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
    a, _ = normalise(product(xs, p.W_x))
    a *= p.gain_x[..., None, :]
    a += p.b[..., None, :]
    return a


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
        gates: Gates: i, f, g, o, and what the way back needs.
    """
    h_prev, c_prev = state
    n_h, scale_h = normalise(h_prev @ p.W_h)
    i, f, g, o = activate(a + n_h * p.gain_h[..., None, :], sigmoid, sigmoid, tanh, sigmoid)
    c = f * c_prev + i * g
    n_c, scale_c = normalise(c)
    shown = tanh(n_c * p.gain_c[..., None, :] + p.shift_c[..., None, :])
    return State(o * shown, c), Gates(i, f, g, o, shown, n_h, scale_h, n_c, scale_c)


class Local(NamedTuple):
    """dc/da_i, dc/da_f, dc/da_g; dh/da_o; dh/dy, y being what tanh is taken of; dc/dc_prev; and the last four of Gates."""

    i: Any
    f: Any
    g: Any
    o: Any
    y: Any
    c_prev: Any
    n_h: Any
    scale_h: Any
    n_c: Any
    scale_c: Any


def local(gates, state_prev, state):
    """Every derivative that is not the recursion, elementwise: for one step, or for all T at once.

    Args:
        gates: Gates. state_prev, state: State before and after; each for one step or with a leading T.
    Returns:
        Local, likewise.
    """
    i, f, g, o, shown, *normalised = gates
    (_, c_prev), (h, _) = state_prev, state
    written, kept = i * g, f * c_prev
    return Local(written * (1 - i), kept * (1 - f), i - written * g, h * (1 - o), o - h * shown, f, *normalised)


def step_backward(p, local, dstate):
    """One time step, backwards, with y = LN(c) gain_c + shift_c.

        dy      = dh * o (1 - tanh(y)^2)
        dc      = dc + LN backwards (dy gain_c)
        da_i    = dc * g i (1 - i)          da_f = dc * c_prev f (1 - f)
        da_g    = dc * i (1 - g^2)          da_o = dh * tanh(y) o (1 - o)
        dh_prev = LN backwards (da gain_h) W_h^T                  dc_prev = dc * f

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh, dc), each (..., B, H): what later steps and the loss ask of h and c.
    Returns:
        da: (..., B, 5H + 1), order i, f, g, o; behind them dy, and the m of LN(h_prev W_h) for `product_grads`.
        dstate_prev: State(dh_prev, dc_prev).
    """
    dh, dc = dstate
    dy = dh * local.y
    from_y, _ = normalise_backward(dy * p.gain_c[..., None, :], local.n_c)
    dc = dc + from_y * local.scale_c
    da = concat((dc * local.i, dc * local.f, dc * local.g, dh * local.o))
    du, m = normalise_backward(da * p.gain_h[..., None, :], local.n_h)
    return concat((da, dy, m)), State(du @ transpose(p.W_h) * local.scale_h, dc * local.c_prev)


def inputs_backward(p, xs, da):
    """Back through `inputs`, for all T steps at once.

    Args:
        xs: (T, ..., B, D). da: (T, ..., B, 5H + 1), from `step_backward`.
    Returns:
        dxs: like xs.
        dp: a dict of the gradients that `param_grads` leaves to it, those of W_x and gain_x.
    """
    dxs, dW_x, dgain_x = product_backward(xs, p.W_x, p.gain_x, da[..., : p.W_x.shape[-1]])
    return dxs, {"W_x": dW_x, "gain_x": dgain_x}


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State, each (T, ..., B, H). gates: Gates. da: (T, ..., B, 5H + 1).
    Returns:
        Params: dW_h and dgain_h of LN(h_prev W_h) gain_h; db = sum da; dgain_c = sum dy * LN(c), dshift_c = sum dy. For W_x and
        gain_x it is None, since `inputs_backward` gives both.
    """
    h_prev, _ = states_prev
    H = h_prev.shape[-1]
    blocks = lambda x: (x[..., : 4 * H], x[..., 4 * H : 5 * H], x[..., 5 * H :])
    (da, dy, m), (db, dshift_c, _) = blocks(da), blocks(sum_steps(da))
    z = h_prev * gates.scale_h
    dW_h, dgain_h = product_grads(z, p.W_h, p.gain_h, m * z, da)
    return Params(None, dW_h, db, None, dgain_h, dot_sum(dy, gates.n_c), dshift_c)
