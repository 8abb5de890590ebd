"""The gated recurrent unit in torch's form: z keeps the old state, and the reset comes after the product.

    r = sigmoid(x W_xr + h_prev W_hr + b_r)
    z = sigmoid(x W_xz + h_prev W_hz + b_z)
    m = h_prev W_hn + b_n'
    n = tanh(x W_xn + b_n + r * m)
    h = (1 - z) * n + z * h_prev

Source: cho2014, with the reset after the product and the extra bias b_n' as in torch.nn.GRU (field `b_n` of Params).
"""

from typing import Any, NamedTuple

from lstm_course.cells.start import sizes, uniform, zero_state
from lstm_course.ops import affine, concat, outer_sum, sigmoid, split, sum_steps, tanh, transpose


class Params(NamedTuple):
    """W_x (D, 3H), W_h (H, 3H), b (3H,), blocks in the order r, z, n; b_n (H,), inside the reset. N models: one more axis."""

    W_x: Any
    W_h: Any
    b: Any
    b_n: Any


class State(NamedTuple):
    """h (B, H)."""

    h: Any


class Gates(NamedTuple):
    """Reset gate r, update gate z, candidate n, and m, the memory's share of the candidate before the reset; each (B, H)."""

    r: Any
    z: Any
    n: Any
    m: Any


def init(rng, D, H):
    """Parameters of one model: torch's uniform(-1/sqrt(H), 1/sqrt(H)); biases that torch adds up are one sum here.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    """
    sizes(rng, D, H)
    p = Params(uniform(rng, H, D, 3 * H), uniform(rng, H, H, 3 * H), uniform(rng, H, 3 * H), uniform(rng, H, H))
    p.b[: 2 * H] += uniform(rng, H, 2 * H)
    return p


def initial_state(p, batch):
    """State of zeros (..., B, H), in the library and type of p."""
    return State(zero_state(p, batch))


def inputs(p, xs):
    """The input's share of r, z and n, for all steps in one product: x W_x + b, (..., B, D) to (..., B, 3H)."""
    return affine(xs, p.W_x, p.b)


def step(p, a, state):
    """One time step.

    Args:
        p: Params: W_x (D, 3H), W_h (H, 3H), b (3H,), b_n (H,); order r, z, n.
        a: (..., B, 3H), from `inputs`.
        state: (h_prev,), (..., B, H).
    Returns:
        state: State(h), (..., B, H).
        gates: Gates(r, z, n, m), each (..., B, H).
    Source: cho2014, reset after the product.
    """
    (h_prev,) = state
    x_r, x_z, x_n = split(a, 3)
    h_r, h_z, h_n = split(h_prev @ p.W_h, 3)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    m = h_n + p.b_n[..., None, :]
    n = tanh(x_n + r * m)
    h = (1 - z) * n + z * h_prev
    return State(h), Gates(r, z, n, m)


class Local(NamedTuple):
    """dh/da_r, dh/da_z, dh/da_n, dh/dh_prev directly, known once the way forward is done; and the reset r. Each (..., B, H)."""

    r: Any
    z: Any
    n: Any
    h_prev: Any
    reset: Any


def local(gates, state_prev, state):
    """Every derivative that is not the recursion, elementwise: for one step, or for all T at once.

    Args:
        gates: Gates, each (..., B, H) or (T, ..., B, H).
        state_prev, state: State before and after, likewise.
    Returns:
        Local, likewise.
    """
    r, z, n, m = gates
    (h_prev,) = state_prev
    d_n = (1 - z) * (1 - n * n)
    return Local(r=d_n * m * r * (1 - r), z=(h_prev - n) * z * (1 - z), n=d_n, h_prev=z, reset=r)


def step_backward(p, local, dstate):
    """One time step, backwards.

        da_r = dh * (1 - z)(1 - n^2) m r (1 - r)
        da_z = dh * (h_prev - n) z (1 - z)
        da_n = dh * (1 - z)(1 - n^2)
        dh_prev = dh * z + (da_r, da_z, da_n * r) W_h^T

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh,), the total derivative of the loss with respect to h, (..., B, H).
    Returns:
        da: (..., B, 3H), order r, z, n.
        dstate_prev: State(dh_prev).
    """
    (dh,) = dstate
    da_r, da_z, da_n = dh * local.r, dh * local.z, dh * local.n
    dh_prev = dh * local.h_prev + concat((da_r, da_z, da_n * local.reset)) @ transpose(p.W_h)
    return concat((da_r, da_z, da_n)), State(dh_prev)


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    The memory reaches n through the reset, so dW_h takes da_n * r where dW_x takes da_n.

    Args:
        xs: (T, ..., B, D). states_prev: State, h (T, ..., B, H). gates: Gates. da: (T, ..., B, 3H).
    Returns:
        Params: dW_x = sum x^T da, dW_h = sum h_prev^T (da_r, da_z, da_n r), db = sum da, db_n = sum da_n r.
    """
    da_r, da_z, da_n = split(da, 3)
    dm = da_n * gates.r
    (h_prev,) = states_prev
    return Params(outer_sum(xs, da), outer_sum(h_prev, concat((da_r, da_z, dm))), sum_steps(da), sum_steps(dm))
