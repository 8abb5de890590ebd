"""The LSTM with peepholes whose gates also read the gates of the step before, as those of 1997 did.

    a = x W_x + h_prev W_h + b, and in the blocks i, f and o   + u_prev W_u
    u = (i, f, o)                                              which the next step reads

The rest is the `peephole` cell's. W_u stands for nine matrices (H, H): each of three gates reads each of three.

Source: greff2017.
"""

from typing import Any, NamedTuple

from lstm_course.cells import peephole
from lstm_course.cells.lstm import Gates, inputs
from lstm_course.cells.start import uniform, zero_state
from lstm_course.ops import concat, outer_sum, split, tanh, transpose, zeros

__all__ = ["Gates", "inputs"]


class Params(NamedTuple):
    """W_x (D, 4H), W_h (H, 4H), b (4H,), blocks i, f, g, o; w_c (3H,), W_u (3H, 3H), order i, f, o. N models: an axis more."""

    W_x: Any
    W_h: Any
    b: Any
    w_c: Any
    W_u: Any


class State(NamedTuple):
    """h, c, each (B, H); u, the gates i, f and o that the next step reads, (B, 3H)."""

    h: Any
    c: Any
    u: Any


def init(rng, D, H, **biases):
    """Parameters of one model: those of `peephole.init`, and W_u in the same range.

    Args, raises: as there.

    Returns:
        Params of float64 arrays.
    """
    return Params(*peephole.init(rng, D, H, **biases), uniform(rng, H, 3 * H, 3 * H))


def initial_state(p, batch):
    """State of zeros, in the library and type of p."""
    h = zero_state(p, batch)
    return State(h, zero_state(p, batch), zeros(h, (*h.shape[:-1], 3 * h.shape[-1])))


def step(p, a, state):
    """One time step.

    Args:
        p: Params.
        a: (..., B, 4H), from `inputs`; order i, f, g, o.
        state: (h_prev, c_prev, u_prev).
    Returns:
        state: State(h, c, u). gates: Gates(i, f, g, o).
    """
    h_prev, c_prev, u_prev = state
    u_i, u_f, u_o = split(u_prev @ p.W_u, 3)
    a = a + concat((u_i, u_f, zeros(u_i, u_i.shape), u_o))
    (h, c), gates = peephole.step(p, a, (h_prev, c_prev))
    return State(h, c, concat((gates.i, gates.f, gates.o))), gates


class Local(NamedTuple):
    """di/da_i, df/da_f, do/da_o; dc/di, dc/df, dc/da_g; dh/do, dh/dc; dc/dc_prev. Each (..., B, H)."""

    i: Any
    f: Any
    o: Any
    c_i: Any
    c_f: Any
    g: Any
    h_o: Any
    c: Any
    c_prev: Any


def local(gates, state_prev, state):
    """Every derivative that is not the recursion, elementwise: for one step, or for all T at once.

    Args:
        gates: Gates. state_prev, state: State before and after; each for one step or with a leading T.
    Returns:
        Local, likewise.
    """
    i, f, g, o = gates
    shown = tanh(state[1])
    return Local(
        i=i * (1 - i), f=f * (1 - f), o=o * (1 - o),
        c_i=g, c_f=state_prev[1], g=i * (1 - g * g),
        h_o=shown, c=o * (1 - shown * shown), c_prev=f,
    )  # fmt: skip


def step_backward(p, local, dstate):
    """One time step, backwards. What the next step's gates ask of these, du, comes on top of what c and h ask.

        da_o    = (dh * tanh(c) + du_o) * o (1 - o)
        dc      = dc + dh * o (1 - tanh(c)^2) + da_o * w_o
        da_i    = (dc * g + du_i) * i (1 - i)              da_f = (dc * c_prev + du_f) * f (1 - f)
        da_g    = dc * i (1 - g^2)
        dh_prev = da W_h^T          dc_prev = dc * f + da_i * w_i + da_f * w_f          du_prev = (da_i, da_f, da_o) W_u^T

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh, dc, du).
    Returns:
        da: (..., B, 4H), order i, f, g, o. dstate_prev: State.
    """
    dh, dc, du = dstate
    du_i, du_f, du_o = split(du, 3)
    w_i, w_f, w_o = split(p.w_c[..., None, :], 3)
    da_o = (dh * local.h_o + du_o) * local.o
    dc = dc + dh * local.c + da_o * w_o
    da_i, da_f = (dc * local.c_i + du_i) * local.i, (dc * local.c_f + du_f) * local.f
    da = concat((da_i, da_f, dc * local.g, da_o))
    dc_prev = dc * local.c_prev + da_i * w_i + da_f * w_f
    return da, State(da @ transpose(p.W_h), dc_prev, concat((da_i, da_f, da_o)) @ transpose(p.W_u))


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State with a leading T. gates: Gates. da: (T, ..., B, 4H).
    Returns:
        Params.
    """
    h_prev, c_prev, u_prev = states_prev
    da_i, da_f, _, da_o = split(da, 4)
    dW_u = outer_sum(u_prev, concat((da_i, da_f, da_o)))
    return Params(*peephole.param_grads(p, xs, (h_prev, c_prev), gates, da), dW_u)
