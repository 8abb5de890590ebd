"""Does an LSTM remember by default? Marked recall across a gap of 20, for sixteen starts and three learning rates.

Everything else is as in `gap_curve`: K = 4 tokens, H = 32, batches of 32, Adam, clipping at norm 1, at most 1,000 updates.
A start is a pair of forget and input bias. Every start meets every rate, ten seeds each, all thirty networks in one pass. No
rate is chosen: the map shows all.
"""

from functools import partial

import numpy as np

from lstm_course.cells import lstm
from lstm_course.studies import trials
from lstm_course.tasks import recall

COLUMNS = ("forget_bias", "input_bias", "rate", "seed", "updates", "accuracy")
GAP = 20
FORGET, INPUT = (0.0, 1.0, 3.0, 5.0), (0.0, -1.0, -3.0, -5.0)
SEEDS = tuple(range(10))
BUDGET = 1000
UNITS = tuple((forget, enter) for forget in FORGET for enter in INPUT)


def context():
    """What the rows are compared with, and on what terms."""
    return {"chance": recall.chance(), "budget": BUDGET, "seeds": len(SEEDS), "rates": trials.RATES, "gap": GAP}


def run(unit, updates=BUDGET):
    """Train with one pair of biases at every learning rate.

    Args:
        unit: (forget bias, input bias).
        updates: the budget.
    Returns:
        Rows of `COLUMNS`; updates is -1 where the budget ended first, accuracy is given to three decimals.
    """
    forget, enter = unit
    rates, seeds = np.repeat(trials.RATES, len(SEEDS)), SEEDS * len(trials.RATES)
    how = {"forget_bias": forget, "input_bias": enter}
    _, outcome = trials.train(lstm, partial(recall.marked, gap=GAP), seeds, rates, updates, **how)
    return [(forget, enter, rate, *row) for rate, row in zip(rates.tolist(), trials.rows(outcome, seeds), strict=True)]
