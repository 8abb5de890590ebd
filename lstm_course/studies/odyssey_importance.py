"""How much of the odyssey's test error each hyperparameter explains: an fANOVA for every task and model, with intervals.

The trials of one pass share a width, so it is passes that are drawn anew for the intervals: 20 times, with replacement, and
for all nine models the same ones, as they share their settings. The shares are stored, since a forest of another library
version or processor may differ in the third digit.

Source: greff2017, which uses the same analysis.
"""

import numpy as np

from lstm_course import studies
from lstm_course.cells.odyssey import ODYSSEY
from lstm_course.studies import odyssey

SHARES = ("rate", "momentum", "hidden", "noise", "together")
COLUMNS = ("task", "model", "draw", *SHARES)
UNITS = tuple((task, model) for task in odyssey.PASSES for model in ODYSSEY)
DRAWS = 20


def context():
    """On what terms."""
    return {"draws": DRAWS}


def resampled(stored, unit, draw):
    """The trials of one unit.

    Args:
        stored: what `studies.load("odyssey")` gives.
        unit: (task, model).
        draw: 0 for all trials as they are; else the number of a draw of as many passes with replacement.
    Returns:
        dict of column to array.
    """
    task, model = unit
    mine = np.flatnonzero((stored["task"] == task) & (stored["model"] == model))
    passes = mine.reshape(-1, odyssey.TRIALS)
    if draw:
        passes = passes[np.random.default_rng([6, draw]).integers(len(passes), size=len(passes))]
    return {name: column[passes.ravel()] for name, column in stored.items()}


def run(unit, draws=DRAWS):
    """The shares of one model on one task.

    Args:
        unit: (task, model).
        draws: how often the passes are drawn anew.
    Returns:
        Rows of `COLUMNS`, draw 0 first; shares to three decimals.
    """
    stored, rows = studies.load("odyssey"), []
    for draw in range(draws + 1):
        shares = odyssey.importance(resampled(stored, unit, draw))
        rows.append((*unit, draw, *(f"{shares[name]:.3f}" for name in SHARES)))
    return rows
