"""The variants of chapter 7 on three tasks, ten seeds each: what does each change gain, and what does it cost?

32 units, Adam, clipping at norm 1, batches of 16, 600 updates; the learning rate, 0.003 or 0.01, is chosen for each cell and
task on two other seeds. Where a forget gate has a bias, it starts at 1. The coupled cell runs twice: with 32 units, and with as
many weights as the LSTM has.
"""

import numpy as np

from lstm_course.cells import CELLS
from lstm_course.studies import symbols
from lstm_course.studies.symbols import draw

COLUMNS = ("cell", "task", "hidden", "weights", "rate", "seed", "accuracy")
TASKS = ("recall", "agreement", "characters")
BIASED = ("lstm", "peephole", "coupled", "lstm_normalised", "depth_gated")
NAMES = (*BIASED, "coupled, widened", "gru_2014", "gru", "mut1", "mut2", "mut3", "rnn")
UNITS = tuple((name, task) for task in TASKS for name in NAMES)
SEEDS = tuple(range(10))
HIDDEN, UPDATES = 32, 600


def context():
    """On what terms."""
    return {"hidden": HIDDEN, "updates": UPDATES, "rates": symbols.RATES, "seeds": len(SEEDS)}


def weights(cell, D, H):
    """How many weights a cell has."""
    return sum(x.size for x in cell.init(np.random.default_rng(0), D, H))


def widened(cell, other, D, H):
    """The width at which a cell has about as many weights as another one of width H."""
    wanted = weights(other, D, H)
    return min(range(H, 2 * H), key=lambda width: abs(weights(cell, D, width) - wanted))


def run(unit, updates=UPDATES, seeds=SEEDS):
    """Choose the learning rate of one cell on one task, then train it from ten seeds.

    Args:
        unit: (name, task).
        updates: length of training.
        seeds: those that count.
    Returns:
        Rows of `COLUMNS`, accuracy to four decimals.
    """
    name, task = unit
    cell = CELLS[name.removesuffix(", widened")]
    D = draw(task, np.random.default_rng(0), 1)[0].shape[-1]
    hidden = widened(cell, CELLS["lstm"], D, HIDDEN) if name.endswith("widened") else HIDDEN
    gradient = "derived" if hasattr(cell, "step_backward") else "autograd"
    how = {"forget_bias": 1.0} if name.split(",")[0] in BIASED else {}
    head = (name, task, hidden, weights(cell, D, hidden))
    return symbols.rematch_rows(head, cell, task, seeds, hidden=hidden, updates=updates, gradient=gradient, **how)
