"""The LSTM whose gates see the cell that they guard.

    a = x W_x + h_prev W_h + b           four blocks, in the order i, f, g, o
    i = sigmoid(a_i + w_i * c_prev)
    f = sigmoid(a_f + w_f * c_prev)
    g = tanh(a_g)
    c = f * c_prev + i * g
    o = sigmoid(a_o + w_o * c)           the new c, since the output gate acts last
    h = o * tanh(c)

A gate sees its own cell and no other, so each w is a vector (H,). In the cell that `peepholes("o")` makes, the output gate
alone sees. The gradient here is the full one; that of the first papers did not go back through the peepholes.

Source: gers2000time, gers2002; in this form, with both tanh, greff2017.
"""

from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.cells import lstm
from lstm_course.cells.lstm import Gates, Local, State, initial_state, inputs
from lstm_course.cells.start import uniform
from lstm_course.ops import add_product, concat, sigmoid, split, sum_steps, tanh, transpose, zeros

__all__ = ["Gates", "Local", "State", "initial_state", "inputs"]


class Params(NamedTuple):
    """W_x (D, 4H), W_h (H, 4H), b (4H,), blocks i, f, g, o; w_c (3H,), blocks i, f, o. N models: one more axis in front."""

    W_x: Any
    W_h: Any
    b: Any
    w_c: Any


def init(rng, D, H, **biases):
    """Parameters of one model: those of `lstm.init`, and peepholes that are uniform in the same range.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
        **biases: forget_bias, input_bias or chrono, as in `lstm.init`.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: as in `lstm.init`.
    """
    return Params(*lstm.init(rng, D, H, **biases), uniform(rng, H, 3 * H))


def update(a, w_c, c_prev):
    """From finished pre-activations to the new state: everything but the products.

    Args:
        a: (..., B, 4H), order i, f, g, o.
        w_c: (3H,), order i, f, o.
        c_prev: (..., B, H).
    Returns:
        state: State(h, c), each (..., B, H).
        gates: Gates(i, f, g, o), each (..., B, H).
    """
    a_i, a_f, a_g, a_o = split(a, 4)
    w_i, w_f, w_o = split(w_c[..., None, :], 3)
    i, f, g = sigmoid(a_i + w_i * c_prev), sigmoid(a_f + w_f * c_prev), tanh(a_g)
    c = f * c_prev + i * g
    o = sigmoid(a_o + w_o * c)
    h = o * tanh(c)
    return State(h, c), Gates(i, f, g, o)


def step(p, a, state):
    """One time step.

    Args:
        p: Params: W_x (D, 4H), W_h (H, 4H), b (4H,), order i, f, g, o; w_c (3H,), order i, f, o.
        a: (..., B, 4H), from `inputs`.
        state: (h_prev, c_prev), each (..., B, H).
    Returns:
        state: State(h, c), each (..., B, H).
        gates: Gates(i, f, g, o), each (..., B, H).
    Source: gers2002, greff2017.
    """
    h_prev, c_prev = state
    return update(add_product(a, h_prev, p.W_h), p.w_c, c_prev)


local = lstm.local


def step_backward(p, local, dstate):
    """One time step, backwards. The LSTM's, and three ways more, from each gate to the cell that it sees.

        da_o    = dh * tanh(c) o (1 - o)
        dc      = dc + dh * o (1 - tanh(c)^2) + da_o * w_o
        da_i    = dc * g i (1 - i)          da_f = dc * c_prev f (1 - f)          da_g = dc * i (1 - g^2)
        dh_prev = da W_h^T                  dc_prev = dc * f + da_i * w_i + da_f * w_f

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh, dc), each (..., B, H): what later steps and the loss ask of h and c.
    Returns:
        da: (..., B, 4H), order i, f, g, o.
        dstate_prev: State(dh_prev, dc_prev).
    """
    dh, dc = dstate
    w_i, w_f, w_o = split(p.w_c[..., None, :], 3)
    da_o = dh * local.o
    dc = dc + dh * local.c + da_o * w_o
    da_i, da_f, da_g = dc * local.i, dc * local.f, dc * local.g
    da = concat((da_i, da_f, da_g, da_o))
    return da, State(da @ transpose(p.W_h), dc * local.c_prev + da_i * w_i + da_f * w_f)


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State, each (T, ..., B, H). gates: Gates. da: (T, ..., B, 4H).
    Returns:
        Params: those of the LSTM, and dw_c = sum (da_i * c_prev, da_f * c_prev, da_o * c).
    """
    _, c_prev = states_prev
    i, f, g, _ = gates
    da_i, da_f, _, da_o = split(da, 4)
    seen = concat((da_i * c_prev, da_f * c_prev, da_o * (f * c_prev + i * g)))
    return Params(*lstm.param_grads(p, xs, states_prev, gates, da), sum_steps(seen))


@cache
def peepholes(gates):
    """The cell in which only some gates see.

    Args:
        gates: which, some of the letters i, f and o in this order.
    Returns:
        A cell with derived backward; its w_c has a block (H,) for each of these gates.
    Raises:
        ValueError: when gates are none of these.

    >>> import numpy as np
    >>> peepholes("o").init(np.random.default_rng(0), 4, 5).w_c.shape
    (5,)
    """
    known = [name for name in ("i", "f", "o", "if", "io", "fo", "ifo") if name == gates]
    expect.that(known, "gates", repr(gates), "some of the letters of 'ifo', in this order")

    def full(p):
        """The same parameters with peepholes of 0 where a gate does not see."""
        blind = zeros(p.w_c, (*p.w_c.shape[:-1], p.b.shape[-1] // 4))
        seen = dict(zip(gates, split(p.w_c, len(gates)), strict=True))
        return p._replace(w_c=concat([seen.get(gate, blind) for gate in "ifo"]))

    def some(dp):
        blocks = dict(zip("ifo", split(dp.w_c, 3), strict=True))
        return dp._replace(w_c=concat([blocks[gate] for gate in gates]))

    return SimpleNamespace(
        Params=Params,
        init=lambda rng, D, H, **biases: some(init(rng, D, H, **biases)),
        initial_state=initial_state,
        inputs=inputs,
        step=lambda p, a, state: step(full(p), a, state),
        local=local,
        step_backward=lambda p, local, dstate: step_backward(full(p), local, dstate),
        param_grads=lambda p, xs, states_prev, gates, da: some(param_grads(p, xs, states_prev, gates, da)),
    )
