"""Do depth gates help a deep stack? Two, four and six layers with and without them, on two tasks, ten seeds each.

24 units in every layer, Adam, clipping at norm 1, batches of 16, 600 updates, forget bias 1; the learning rate, 0.003 or 0.01,
is chosen for each stack and task on two other seeds. A stack without depth gates is one in which they are held shut.

Source: yao2015, on tasks of our own.
"""

from lstm_course.cells.depth_gated import depth_gated
from lstm_course.studies import symbols

COLUMNS = ("depth_gates", "layers", "task", "rate", "seed", "accuracy")
TASKS = ("agreement", "characters")
STARTS = {"without": -30.0, "with": None}
"""At what bias the depth gate starts, where not as all others do. sigmoid(-30) is 1e-13, and so is what training can move it
by, so that the gate stays shut."""

UNITS = tuple((name, layers, task) for layers in (2, 4, 6) for task in TASKS for name in STARTS)
SEEDS = tuple(range(10))
UPDATES = 600


def context():
    """On what terms."""
    return {"updates": UPDATES, "rates": symbols.RATES, "seeds": len(SEEDS)}


def run(unit, updates=UPDATES, seeds=SEEDS):
    """Choose the learning rate of one stack on one task, then train it from ten seeds.

    Args:
        unit: (with or without depth gates, layers, task).
        updates: length of training.
        seeds: those that count.
    Returns:
        Rows of `COLUMNS`, accuracy to four decimals.
    """
    name, layers, task = unit
    how = {"forget_bias": 1.0, "depth_bias": STARTS[name], "updates": updates}
    return symbols.rematch_rows(unit, depth_gated(layers), task, seeds, **how)
