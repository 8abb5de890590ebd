"""The LSTM whose forget gate is a constant: 1 for the cell of 1997, which could not forget; below 1 for a fixed decay.

    c = keep * c_prev + i * g           instead of f * c_prev + i * g

Everything else is the LSTM's, its Params included, whose forget block is left unused.

Source: gers2000, which compares both with the learnt forget gate.
"""

from math import inf, log
from types import SimpleNamespace

from lstm_course import expect
from lstm_course.cells import lstm
from lstm_course.ops import add_product, concat, split, zeros


def constant_forget(keep):
    """The cell for one constant.

    Args:
        keep: the share of c that each step keeps, above 0 and at most 1.
    Returns:
        A cell, with its derived backward.
    Raises:
        ValueError: when keep is no such number.

    >>> import numpy as np
    >>> cell = constant_forget(1.0)
    >>> p = lstm.Params(np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4))
    >>> state, gates = cell.step(p, np.zeros((1, 4)), (np.zeros((1, 1)), np.full((1, 1), 3.0)))
    >>> gates.f.item(), state.c.item()
    (1.0, 3.0)
    """
    expect.number("keep", keep)
    expect.that(0 < keep <= 1, "keep", keep, "a number above 0 and at most 1")
    logit = log(keep / (1 - keep)) if keep < 1 else inf

    def step(p, a, state):
        h_prev, c_prev = state
        i, f, g, o = split(add_product(a, h_prev, p.W_h), 4)
        return lstm.update(concat((i, zeros(f, f.shape) + logit, g, o)), c_prev)

    def local(gates, state_prev, state):
        derivatives = lstm.local(gates, state_prev, state)
        return derivatives._replace(f=zeros(derivatives.f, derivatives.f.shape))

    parts = ("Params", "State", "Gates", "Local", "init", "initial_state", "inputs", "step_backward", "param_grads")
    return SimpleNamespace(**{name: getattr(lstm, name) for name in parts}, step=step, local=local)
