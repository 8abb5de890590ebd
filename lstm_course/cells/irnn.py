"""A recurrent network of rectified linear units that starts as a plain memory: the RNN with two things changed.

    h = relu(a + h_prev W_h)        instead of tanh
    W_h = I, b = 0                  at the start: what h holds, it keeps

Source: le2015; with other starts this is torch.nn.RNN with nonlinearity="relu".
"""

import numpy as np

from lstm_course.cells import rnn
from lstm_course.cells.rnn import Gates, Local, Params, State, initial_state, inputs, param_grads, step_backward
from lstm_course.ops import add_product, relu, sign

__all__ = ["Gates", "Local", "Params", "State", "initial_state", "inputs", "param_grads", "step_backward"]


def init(rng, D, H):
    """Parameters of one model: W_h the identity, b zero, W_x as drawn for the RNN (the paper does not fix it for every task).

    Args:
        rng: numpy.random.Generator.
        D, H: input features, hidden units.
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    """
    return rnn.init(rng, D, H)._replace(W_h=np.eye(H), b=np.zeros(H))


def step(p, a, state):
    """One time step.

        h = relu(a + h_prev W_h)

    Args, returns as in `rnn.step`.
    """
    (h_prev,) = state
    h = relu(add_product(a, h_prev, p.W_h))
    return State(h), Gates()


def local(gates, state_prev, state):
    """dh/da = 1 where h > 0, else 0: the sign of h. For one step (..., B, H), or for all T at once (T, ..., B, H)."""
    (h,) = state
    return Local(sign(h))
