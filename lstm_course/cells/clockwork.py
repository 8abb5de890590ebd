"""The clockwork network: a tanh RNN in modules, each with a clock of its own, that keep still between two ticks.

    h_new = tanh(a + h_prev (reads * W_h))
    h     = ticks * h_new + (1 - ticks) * h_prev

`ticks` is 1 for units of modules whose period t is a multiple of, else 0; t begins with 0, so at the first step every module
ticks. Modules are sorted by their periods, the fast ones first. A module reads itself and the slower ones, never a faster one:
with row vectors, h_prev W_h, the mask `reads` is 1 in the blocks on the diagonal and *below*.

Source: koutnik2014, whose columns (W_h h_prev) make the same matrix upper triangular.
"""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.cells import rnn
from lstm_course.cells.rnn import Params, inputs
from lstm_course.cells.start import zero_state
from lstm_course.ops import constant, tanh


class State(NamedTuple):
    """h (B, H); t, how many steps have been done, a whole number."""

    h: Any
    t: Any


class Gates(NamedTuple):
    """None: which modules tick is written in the clock."""


def clockwork(periods=(1, 2, 4, 8)):
    """The cell for some periods.

    Args:
        periods: whole numbers from 1, one for each module, rising; the paper's are powers of two.
    Returns:
        A cell, without derived backward. Its H units are shared out among the modules as evenly as they can be, the fast ones
        first; W_h is (H, H), with zeros where a module would read a faster one, and stays so.
    Raises:
        ValueError: when periods are no such numbers.

    >>> import numpy as np
    >>> p = clockwork((1, 4)).init(np.random.default_rng(0), 1, 4)
    >>> (p.W_h != 0).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 0, 0],
           [1, 1, 1, 1],
           [1, 1, 1, 1]])
    """
    for period in periods:
        expect.positive("periods", period)
    rising = all(fast < slow for fast, slow in pairwise(periods))
    expect.that(len(periods) > 0 and rising, "periods", periods, "some, each longer than the one before")

    def period(H):
        """That of each unit's module, (H,)."""
        ends = [-(-H * k // len(periods)) for k in range(len(periods) + 1)]
        return np.repeat(periods, np.diff(ends))

    def reads(p):
        each = period(p.W_h.shape[-1])
        return constant(p.W_h, each[:, None] >= each)

    def init(rng, D, H, **start):
        p = rnn.init(rng, D, H, **start)
        return p._replace(W_h=reads(p) * p.W_h)

    def step(p, a, state):
        h_prev, t = state
        ticks = constant(p.W_h, t % period(h_prev.shape[-1]) == 0)
        h_new = tanh(a + h_prev @ (reads(p) * p.W_h))
        h = ticks * h_new + (1 - ticks) * h_prev
        return State(h, t + 1), Gates()

    return SimpleNamespace(
        Params=Params, State=State, Gates=Gates, init=init, inputs=inputs, step=step,
        initial_state=lambda p, batch: State(zero_state(p, batch), 0),
    )  # fmt: skip
