"""Better, or only quicker? The three fittest graphs of the search and their founders, trained ten times as long on characters.

Seeds, widths and the choice of the learning rate are those of `evolved`.
"""

from lstm_course.studies import evolved, symbols

COLUMNS = evolved.COLUMNS
UNITS = tuple((name, "characters") for name in (*evolved.FOUNDERS, *evolved.PLACES[:3]))
UPDATES = 3000


def context():
    """On what terms."""
    return {"updates": UPDATES, "rates": symbols.RATES, "seeds": evolved.SEEDS}


def run(unit):
    """`evolved.run` with more updates."""
    return evolved.run(unit, updates=UPDATES)
