"""Plain recall: the gap curve's networks where the distractors can be told from the key at a glance.

Everything is as in `gap_curve`, except that the fillers have an alphabet of their own and no flag is shown.
"""

from functools import partial

from lstm_course.studies import trials
from lstm_course.studies.gap_curve import BUDGET, COLUMNS, NETWORKS, SEEDS, context
from lstm_course.tasks import recall

__all__ = ["COLUMNS", "UNITS", "context", "run"]
GAPS = (20, 50)
UNITS = tuple((network, gap) for gap in GAPS for network in NETWORKS)


def run(unit, updates=BUDGET):
    """Choose the learning rate of one network at one gap, then train it from ten seeds. Args and returns as in `gap_curve`."""
    network, gap = unit
    cell, init = NETWORKS[network]
    rate, outcome = trials.trial(cell, partial(recall.plain, gap=gap), SEEDS, updates, **init)
    return [(network, gap, rate, *row) for row in trials.rows(outcome, SEEDS)]
