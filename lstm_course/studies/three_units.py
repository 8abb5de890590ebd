"""Three tanh units, trained: do they find the weights that a hand can set?

Marked recall with K = 2 tokens, H = 3, thirty seeds, batches of 32 fresh sequences, Adam, clipping at norm 1, at most 5,000
updates, with the best learning rate of 0.001, 0.003 and 0.01, chosen at every gap on three other seeds.
"""

from functools import partial

from lstm_course.cells import rnn
from lstm_course.studies import trials
from lstm_course.tasks import recall

COLUMNS = ("gap", "rate", "seed", "updates", "accuracy")
GAPS = (5, 10, 20, 50)
UNITS = GAPS
SEEDS = tuple(range(30))
BUDGET = 5000


def context():
    """What the rows are compared with, and on what terms."""
    return trials.terms(recall.chance(2), BUDGET, SEEDS)


def run(gap, updates=BUDGET):
    """Train at one gap.

    Args:
        gap: steps.
        updates: the budget.
    Returns:
        Rows of `COLUMNS`; updates is -1 where the budget ended first, accuracy is given to three decimals.
    """
    rate, outcome = trials.trial(rnn, partial(recall.marked, gap=gap, K=2), SEEDS, updates, hidden=3)
    return [(gap, rate, *row) for row in trials.rows(outcome, SEEDS)]
