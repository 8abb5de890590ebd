"""The LSTM with one decision in place of two: as much as is written is forgotten.

    a = x W_x + h_prev W_h + b           three blocks, in the order i, g, o
    i, o = sigmoid(a_i), sigmoid(a_o)
    g = tanh(a_g)
    c = (1 - i) * c_prev + i * g         1 - i in the place of f
    h = o * tanh(c)

So c stays between -1 and 1: it is a mean of candidates. A quarter of the LSTM's weights is gone.

Source: greff2017, whose CIFG has peepholes as well; the GRU's z does the same.
"""

from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.cells.lstm import State, initial_state, inputs
from lstm_course.cells.start import sizes, uniform
from lstm_course.ops import activate, add_product, concat, outer_sum, sigmoid, sum_steps, tanh, transpose

__all__ = ["State", "initial_state", "inputs"]


class Params(NamedTuple):
    """W_x (D, 3H), W_h (H, 3H), b (3H,); blocks in the order i, g, o. N models: one more axis in front."""

    W_x: Any
    W_h: Any
    b: Any


class Gates(NamedTuple):
    """Input gate i, candidate g, output gate o, each (B, H)."""

    i: Any
    g: Any
    o: Any


def init(rng, D, H, forget_bias=None):
    """Parameters of one model: torch's uniform(-1/sqrt(H), 1/sqrt(H)), the bias as the sum of torch's two.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
        forget_bias: what b_f would be; since 1 - sigmoid(a) is sigmoid(-a), b_i becomes its negative. None leaves it as drawn.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, a size is not a positive integer, or forget_bias is not a number.
    """
    sizes(rng, D, H)
    p = Params(uniform(rng, H, D, 3 * H), uniform(rng, H, H, 3 * H), uniform(rng, H, 3 * H) + uniform(rng, H, 3 * H))
    if forget_bias is not None:
        expect.number("forget_bias", forget_bias)
        p.b[:H] = -forget_bias
    return p


def update(a, c_prev):
    """From finished pre-activations to the new state: everything but the products.

    Args:
        a: (..., B, 3H), order i, g, o.
        c_prev: (..., B, H).
    Returns:
        state: State(h, c), each (..., B, H).
        gates: Gates(i, g, o), each (..., B, H).
    """
    i, g, o = activate(a, sigmoid, tanh, sigmoid)
    c = (1 - i) * c_prev + i * g
    h = o * tanh(c)
    return State(h, c), Gates(i, g, o)


def step(p, a, state):
    """One time step.

    Args:
        p: Params: W_x (D, 3H), W_h (H, 3H), b (3H,); order i, g, o.
        a: (..., B, 3H), from `inputs`.
        state: (h_prev, c_prev), each (..., B, H).
    Returns:
        state: State(h, c), each (..., B, H).
        gates: Gates(i, g, o), each (..., B, H).
    Source: greff2017.
    """
    h_prev, c_prev = state
    return update(add_product(a, h_prev, p.W_h), c_prev)


class Local(NamedTuple):
    """dc/da_i, dc/da_g; dh/da_o; dh/dc; dc/dc_prev: what is known once the way forward is done. Each (..., B, H)."""

    i: Any
    g: Any
    o: Any
    c: Any
    c_prev: Any


def local(gates, state_prev, state):
    """Every derivative that is not the recursion, elementwise: for one step, or for all T at once.

    Args:
        gates: Gates, each (..., B, H) or (T, ..., B, H).
        state_prev, state: State before and after, likewise.
    Returns:
        Local, likewise.
    """
    i, g, o = gates
    _, c_prev = state_prev
    h, c = state
    keep = 1 - i
    return Local(i=(g - c_prev) * i * keep, g=i * (1 - g * g), o=h * (1 - o), c=o - h * tanh(c), c_prev=keep)


def step_backward(p, local, dstate):
    """One time step, backwards.

        dc      = dc + dh * o (1 - tanh(c)^2)
        da_i    = dc * (g - c_prev) i (1 - i)
        da_g    = dc * i (1 - g^2)          da_o = dh * tanh(c) o (1 - o)
        dh_prev = da W_h^T                  dc_prev = dc * (1 - i)

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh, dc), each (..., B, H): what later steps and the loss ask of h and c.
    Returns:
        da: (..., B, 3H), order i, g, o.
        dstate_prev: State(dh_prev, dc_prev).
    """
    dh, dc = dstate
    dc = dc + dh * local.c
    da = concat((dc * local.i, dc * local.g, dh * local.o))
    return da, State(da @ transpose(p.W_h), dc * local.c_prev)


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State, each (T, ..., B, H). gates: Gates. da: (T, ..., B, 3H).
    Returns:
        Params: dW_x = sum x^T da, dW_h = sum h_prev^T da, db = sum da.
    """
    h_prev, _ = states_prev
    return Params(outer_sum(xs, da), outer_sum(h_prev, da), sum_steps(da))
