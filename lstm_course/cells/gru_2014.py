"""The gated recurrent unit as it was published: the reset acts on the memory before the product, not on what comes out of it.

    r = sigmoid(x W_xr + h_prev W_hr + b_r)
    z = sigmoid(x W_xz + h_prev W_hz + b_z)
    n = tanh(x W_xn + (r * h_prev) W_n + b_n)         torch's form: x W_xn + b_n + r * (h_prev W_n + b_n')
    h = (1 - z) * n + z * h_prev

The two are different networks: no weights of one make it the other, unless r is one number for all units.

Source: cho2014 (with biases, which the paper leaves out).
"""

from typing import Any, NamedTuple

from lstm_course.cells.gru import State, initial_state, inputs
from lstm_course.cells.start import sizes, uniform
from lstm_course.ops import add_product, concat, outer_sum, sigmoid, split, sum_steps, tanh, transpose

__all__ = ["State", "initial_state", "inputs"]


class Params(NamedTuple):
    """W_x (D, 3H), b (3H,), order r, z, n; W_h (H, 2H), order r, z; W_n (H, H). N models: one more axis in front."""

    W_x: Any
    W_h: Any
    W_n: Any
    b: Any


class Gates(NamedTuple):
    """Reset gate r, update gate z, candidate n, each (B, H)."""

    r: Any
    z: Any
    n: Any


def init(rng, D, H):
    """Parameters of one model: torch's uniform(-1/sqrt(H), 1/sqrt(H)), the bias as the sum of two.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    """
    sizes(rng, D, H)
    p = Params(*(uniform(rng, H, *shape) for shape in ((D, 3 * H), (H, 2 * H), (H, H), (3 * H,))))
    return p._replace(b=p.b + uniform(rng, H, 3 * H))


def step(p, a, state):
    """One time step.

    Args:
        p: Params: W_x (D, 3H), W_h (H, 2H), W_n (H, H), b (3H,).
        a: (..., B, 3H), from `inputs`; order r, z, n.
        state: (h_prev,), (..., B, H).
    Returns:
        state: State(h), (..., B, H).
        gates: Gates(r, z, n), each (..., B, H).
    Source: cho2014.
    """
    (h_prev,) = state
    x_r, x_z, x_n = split(a, 3)
    h_r, h_z = split(h_prev @ p.W_h, 2)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = tanh(add_product(x_n, r * h_prev, p.W_n))
    h = (1 - z) * n + z * h_prev
    return State(h), Gates(r, z, n)


class Local(NamedTuple):
    """dh/da_z, dh/da_n, dh/dh_prev directly; h_prev r (1 - r), by which the reset passes on; r itself. Each (..., B, H)."""

    z: Any
    n: Any
    h_prev: Any
    r: Any
    reset: Any


def local(gates, state_prev, state):
    """Every derivative that is not the recursion, elementwise: for one step, or for all T at once.

    Args:
        gates: Gates, each (..., B, H) or (T, ..., B, H).
        state_prev, state: State before and after, likewise.
    Returns:
        Local, likewise.
    """
    r, z, n = gates
    (h_prev,) = state_prev
    return Local(z=(h_prev - n) * z * (1 - z), n=(1 - z) * (1 - n * n), h_prev=z, r=h_prev * r * (1 - r), reset=r)


def step_backward(p, local, dstate):
    """One time step, backwards. The way to the reset gate leads through W_n: a second product at every step.

        da_z = dh * (h_prev - n) z (1 - z)
        da_n = dh * (1 - z)(1 - n^2)
        dm   = da_n W_n^T                               of r * h_prev
        da_r = dm * h_prev r (1 - r)
        dh_prev = dh * z + dm * r + (da_r, da_z) W_h^T

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh,), the total derivative of the loss with respect to h, (..., B, H).
    Returns:
        da: (..., B, 3H), order r, z, n.
        dstate_prev: State(dh_prev).
    """
    (dh,) = dstate
    da_z, da_n = dh * local.z, dh * local.n
    dm = da_n @ transpose(p.W_n)
    da_r = dm * local.r
    dh_prev = dh * local.h_prev + dm * local.reset + concat((da_r, da_z)) @ transpose(p.W_h)
    return concat((da_r, da_z, da_n)), State(dh_prev)


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State, h (T, ..., B, H). gates: Gates. da: (T, ..., B, 3H).
    Returns:
        Params: dW_x = sum x^T da, dW_h = sum h_prev^T (da_r, da_z), dW_n = sum (r * h_prev)^T da_n, db = sum da.
    """
    da_r, da_z, da_n = split(da, 3)
    (h_prev,) = states_prev
    dW_h = outer_sum(h_prev, concat((da_r, da_z)))
    return Params(outer_sum(xs, da), dW_h, outer_sum(gates.r * h_prev, da_n), sum_steps(da))
