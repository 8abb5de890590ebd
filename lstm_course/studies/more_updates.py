"""What five times the updates buy: six networks, each at the first gap that it does not reliably bridge, given 5,000 updates.

Everything else is as in `gap_curve`, the choice of the learning rate included, which has the larger budget as well.
"""

from lstm_course.studies import gap_curve, trials
from lstm_course.studies.gap_curve import COLUMNS, SEEDS
from lstm_course.tasks import recall

__all__ = ["COLUMNS", "UNITS", "context", "run"]
BUDGET = 5000
UNITS = (
    ("RNN", 20),
    ("RNN, orthogonal", 40),
    ("IRNN", 80),
    ("GRU", 20),
    ("LSTM", 20),
    ("LSTM, forget bias 1", 40),
)


def context():
    """What the rows are compared with, and on what terms."""
    return trials.terms(recall.chance(), BUDGET, SEEDS)


def run(unit, updates=BUDGET):
    """One network at one gap. Args and returns as in `gap_curve.run`."""
    return gap_curve.run(unit, updates)
