"""What the search through architectures found, trained anew: the ten fittest graphs and their founders, ten new seeds each.

The graphs come from the stored results of `evolution`, whose widths, updates and tasks are kept. The learning rate of each
graph and task is chosen on two seeds that count neither here nor there.
"""

from lstm_course import studies
from lstm_course.cells.architecture import architecture
from lstm_course.cells.graph import GRU, LSTM, LSTM_1
from lstm_course.studies import evolution, symbols

COLUMNS = ("contender", "task", "rate", "seed", "accuracy")
FOUNDERS = {"GRU": GRU, "LSTM": LSTM, "LSTM, forget bias 1": LSTM_1}
PLACES = tuple(f"place {k}" for k in range(1, 11))
UNITS = tuple((name, task) for task in evolution.COLUMNS[5:] for name in (*FOUNDERS, *PLACES))
SEEDS = tuple(range(10, 20))
"""The search has used 0 and 1."""


def context():
    """On what terms."""
    return {"updates": evolution.UPDATES, "rates": symbols.RATES, "seeds": SEEDS}


def graph(name):
    """The graph of a contender: a founder, or what the stored search found, by its place.

    Args:
        name: in FOUNDERS or PLACES.
    Returns:
        Graph.
    """
    if name in FOUNDERS:
        return FOUNDERS[name]
    stored = studies.load("evolution")
    return evolution.decode(stored["graph"][evolution.ranking(stored)[PLACES.index(name)]])


def run(unit, updates=evolution.UPDATES, seeds=SEEDS):
    """Choose the learning rate of one graph on one task, then train it from ten seeds.

    Args:
        unit: (contender, task).
        updates: length of training.
        seeds: those that count.
    Returns:
        Rows of `COLUMNS`, accuracy to four decimals.
    """
    name, task = unit
    return symbols.rematch_rows(unit, architecture(graph(name)), task, seeds, updates=updates, gradient="derived")
