"""What five times the updates buy: networks that fail early on the gap curve, given 5,000 updates.

Everything else is as in `gap_curve`, the choice of the learning rate included, which has the larger budget as well.
"""

from lstm_course.studies import gap_curve
from lstm_course.studies.gap_curve import COLUMNS, SEEDS
from lstm_course.studies.trials import CHOICE, RATES
from lstm_course.tasks.recall import chance

__all__ = ["COLUMNS", "UNITS", "context", "run"]
BUDGET = 5000
NETWORKS = ("RNN", "RNN, orthogonal", "IRNN", "LSTM", "LSTM, forget bias 1")
GAPS = (10, 20, 40)
UNITS = tuple((network, gap) for gap in GAPS for network in NETWORKS)


def context():
    """What the rows are compared with, and on what terms."""
    return {"chance": chance(), "budget": BUDGET, "seeds": len(SEEDS), "rates": RATES, "choice": CHOICE}


def run(unit, updates=BUDGET):
    """One network at one gap. Args and returns as in `gap_curve.run`."""
    return gap_curve.run(unit, updates)
