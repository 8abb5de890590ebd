"""The gap curve: how many updates do eight networks need to carry one token across a gap, and how often do they manage?

Marked recall (`tasks.recall`) with K = 4 tokens, H = 32, batches of 32 fresh sequences, Adam, clipping at norm 1, at most 1,000
updates. Each network gets its best learning rate of 0.001, 0.003 and 0.01, chosen at every gap on three other seeds. No network
is told the gap: the chrono range is the same, up to 640 steps, for all of them.
"""

from functools import partial

from lstm_course.cells import gru, irnn, lstm, rnn
from lstm_course.studies import trials
from lstm_course.tasks import recall

COLUMNS = ("network", "gap", "rate", "seed", "updates", "accuracy")
NETWORKS = {
    "RNN": (rnn, {}),
    "RNN, orthogonal": (rnn, {"gain": 1.0}),
    "IRNN": (irnn, {}),
    "GRU": (gru, {}),
    "LSTM": (lstm, {}),
    "LSTM, forget bias 1": (lstm, {"forget_bias": 1.0}),
    "LSTM, biases 5 and -5": (lstm, {"forget_bias": 5.0, "input_bias": -5.0}),
    "LSTM, chrono": (lstm, {"chrono": 640}),
}
GAPS = (2, 5, 10, 20, 40, 80, 160, 320)
SEEDS = tuple(range(10))
BUDGET = 1000
UNITS = tuple((network, gap) for gap in GAPS for network in NETWORKS)


def context():
    """What the rows are compared with, and on what terms."""
    return trials.terms(recall.chance(), BUDGET, SEEDS)


def run(unit, updates=BUDGET):
    """Choose the learning rate of one network at one gap, then train it from ten seeds.

    Args:
        unit: (network, gap).
        updates: the budget.
    Returns:
        Rows of `COLUMNS`; updates is -1 where the budget ended first, accuracy is given to three decimals.
    """
    network, gap = unit
    cell, init = NETWORKS[network]
    rate, outcome = trials.trial(cell, partial(recall.marked, gap=gap), SEEDS, updates, **init)
    return [(network, gap, rate, *row) for row in trials.rows(outcome, SEEDS)]
