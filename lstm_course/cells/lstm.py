"""The LSTM as it is used today: four layers around a cell state, forget gate included.

    a = x W_x + h_prev W_h + b           four blocks, in the order i, f, g, o
    i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
    g = tanh(a_g)
    c = f * c_prev + i * g
    h = o * tanh(c)

Source: hochreiter1997, with the forget gate of gers2000; order as torch.nn.LSTM, whose two biases are one here.
"""

from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.cells.start import sizes, uniform, zero_state
from lstm_course.ops import activate, add_product, affine, concat, outer_sum, sigmoid, sum_steps, tanh, transpose


class Params(NamedTuple):
    """W_x (D, 4H), W_h (H, 4H), b (4H,); blocks in the order i, f, g, o. N models: one more axis in front."""

    W_x: Any
    W_h: Any
    b: Any


class State(NamedTuple):
    """h, c, each (B, H)."""

    h: Any
    c: Any


class Gates(NamedTuple):
    """Input gate i, forget gate f, candidate g, output gate o, each (B, H)."""

    i: Any
    f: Any
    g: Any
    o: Any


def init(rng, D, H, forget_bias=None, input_bias=None, chrono=None):
    """Parameters of one model: torch's uniform(-1/sqrt(H), 1/sqrt(H)), the bias as the sum of torch's two.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
        forget_bias: the value of b_f in every unit; None leaves it as drawn, around 0.
        input_bias: likewise of b_i.
        chrono: the longest span to be remembered, T_max > 2: b_f = log u with u uniform in (1, T_max - 1) for each unit, and
            b_i = -b_f. It sets both biases, so the two arguments above must then be None.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, a size is not a positive integer, a bias is not a number, or chrono is not a
            number above 2, or comes with another bias.
    Source: tallec2018, equation 16.
    """
    sizes(rng, D, H)
    p = Params(uniform(rng, H, D, 4 * H), uniform(rng, H, H, 4 * H), uniform(rng, H, 4 * H) + uniform(rng, H, 4 * H))
    if chrono is not None:
        expect.number("chrono", chrono)
        expect.that(chrono > 2, "chrono", chrono, "a span of more than 2 steps")
        alone = forget_bias is None and input_bias is None
        expect.that(alone, "chrono", "another bias beside it", "chrono alone, since it sets both biases")
        p.b[H : 2 * H] = np.log(rng.uniform(1, chrono - 1, H))
        p.b[:H] = -p.b[H : 2 * H]
    for name, bias, block in (("input_bias", input_bias, p.b[:H]), ("forget_bias", forget_bias, p.b[H : 2 * H])):
        if bias is not None:
            expect.number(name, bias)
            block[:] = bias
    return p


def initial_state(p, batch):
    """State of zeros, h and c (..., B, H), in the library and type of p."""
    return State(zero_state(p, batch), zero_state(p, batch))


def inputs(p, xs):
    """The input's share of a, for all steps in one product: x W_x + b, (..., B, D) to (..., B, 4H)."""
    return affine(xs, p.W_x, p.b)


def update(a, c_prev):
    """From finished pre-activations to the new state: everything of the LSTM but its products.

    Args:
        a: (..., B, 4H), order i, f, g, o.
        c_prev: (..., B, H).
    Returns:
        state: State(h, c), each (..., B, H).
        gates: Gates(i, f, g, o), each (..., B, H).
    """
    i, f, g, o = activate(a, sigmoid, sigmoid, tanh, sigmoid)
    c = f * c_prev + i * g
    h = o * tanh(c)
    return State(h, c), Gates(i, f, g, o)


def step(p, a, state):
    """One time step.

    Args:
        p: Params: W_x (D, 4H), W_h (H, 4H), b (4H,); order i, f, g, o.
        a: (..., B, 4H), from `inputs`.
        state: (h_prev, c_prev), each (..., B, H).
    Returns:
        state: State(h, c), each (..., B, H).
        gates: Gates(i, f, g, o), each (..., B, H).
    Source: hochreiter1997, gers2000.
    """
    h_prev, c_prev = state
    return update(add_product(a, h_prev, p.W_h), c_prev)


class Local(NamedTuple):
    """dc/da_i, dc/da_f, dc/da_g; dh/da_o; dh/dc; dc/dc_prev: what is known once the way forward is done. Each (..., B, H)."""

    i: Any
    f: Any
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
        Local, likewise. Products that the step has formed already are used again: h = o tanh(c), and the two parts of c.
    """
    i, f, g, o = gates
    _, c_prev = state_prev
    h, c = state
    tanh_c = tanh(c)
    written, kept = i * g, f * c_prev
    return Local(
        i=written * (1 - i),
        f=kept * (1 - f),
        g=i - written * g,
        o=h * (1 - o),
        c=o - h * tanh_c,
        c_prev=f,
    )


def step_backward(p, local, dstate):
    """One time step, backwards; `dc` on the left is the total derivative, the one that came in plus the way through h.

        dc      = dc + dh * o (1 - tanh(c)^2)
        da_i    = dc * g i (1 - i)          da_f = dc * c_prev f (1 - f)
        da_g    = dc * i (1 - g^2)          da_o = dh * tanh(c) o (1 - o)
        dh_prev = da W_h^T                  dc_prev = dc * f

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh, dc), each (..., B, H): what later steps and the loss ask of h and c.
    Returns:
        da: (..., B, 4H), order i, f, g, o.
        dstate_prev: State(dh_prev, dc_prev).
    """
    dh, dc = dstate
    dc = dc + dh * local.c
    da = concat((dc * local.i, dc * local.f, dc * local.g, dh * local.o))
    return da, State(da @ transpose(p.W_h), dc * local.c_prev)


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State, each (T, ..., B, H). gates: Gates. da: (T, ..., B, 4H).
    Returns:
        Params: dW_x = sum x^T da, dW_h = sum h_prev^T da, db = sum da.
    """
    h_prev, _ = states_prev
    return Params(outer_sum(xs, da), outer_sum(h_prev, da), sum_steps(da))
