"""The recurrent network of Elman: one tanh layer that reads the input and its own last output.

    a = x W_x + h_prev W_h + b
    h = tanh(a)

Source: elman1990, with the gradient of werbos1990; conventions as torch.nn.RNN, whose two biases are one here.
"""

from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.cells.start import orthogonal, sizes, uniform, zero_state
from lstm_course.ops import add_product, affine, outer_sum, sum_steps, tanh, transpose


class Params(NamedTuple):
    """W_x (D, H), W_h (H, H), b (H,); rows are inputs. N models: one more axis in front."""

    W_x: Any
    W_h: Any
    b: Any


class State(NamedTuple):
    """h (B, H)."""

    h: Any


class Gates(NamedTuple):
    """None: this unit takes over its new value whole."""


def init(rng, D, H, gain=None):
    """Parameters of one model: torch's uniform(-1/sqrt(H), 1/sqrt(H)), the bias as the sum of torch's two.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
        gain: W_h becomes a random orthogonal matrix times this number; None leaves it as drawn.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, a size is not a positive integer, or gain is not a number.
    """
    sizes(rng, D, H)
    p = Params(uniform(rng, H, D, H), uniform(rng, H, H, H), uniform(rng, H, H) + uniform(rng, H, H))
    if gain is None:
        return p
    expect.number("gain", gain)
    return p._replace(W_h=gain * orthogonal(rng, H))


def initial_state(p, batch):
    """State of zeros (..., B, H), in the library and type of p."""
    return State(zero_state(p, batch))


def inputs(p, xs):
    """The input's share of a, for all steps in one product: x W_x + b, (..., B, D) to (..., B, H)."""
    return affine(xs, p.W_x, p.b)


def step(p, a, state):
    """One time step.

        h = tanh(a + h_prev W_h)

    Args:
        p: Params: W_x (D, H), W_h (H, H), b (H,).
        a: (..., B, H), from `inputs`.
        state: (h_prev,), (..., B, H).
    Returns:
        state: State(h), (..., B, H).
        gates: Gates(), empty.
    Source: elman1990.
    """
    (h_prev,) = state
    h = tanh(add_product(a, h_prev, p.W_h))
    return State(h), Gates()


class Local(NamedTuple):
    """What a step's backward needs of the record: a, the derivative of h with respect to its pre-activation."""

    a: Any


def local(gates, state_prev, state):
    """dh/da = 1 - h^2, elementwise: for one step (..., B, H), or for all T at once (T, ..., B, H)."""
    (h,) = state
    return Local(1 - h * h)


def step_backward(p, local, dstate):
    """One time step, backwards.

        da      = dh * (1 - h^2)
        dh_prev = da W_h^T

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh,), the total derivative of the loss with respect to h, (..., B, H).
    Returns:
        da: (..., B, H).
        dstate_prev: State(dh_prev).
    Source: werbos1990.
    """
    (dh,) = dstate
    da = dh * local.a
    return da, State(da @ transpose(p.W_h))


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State, h (T, ..., B, H). gates: Gates. da: (T, ..., B, H).
    Returns:
        Params: dW_x = sum x^T da, dW_h = sum h_prev^T da, db = sum da.
    """
    (h_prev,) = states_prev
    return Params(outer_sum(xs, da), outer_sum(h_prev, da), sum_steps(da))
