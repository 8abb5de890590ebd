"""A museum of mistakes: ten broken programs, each mended beside it, and ten cheap tests that do not know the mistake.

The programs are ours, a few lines each, after mistakes that people have made in public; the lab page says who and where.

>>> print(*EXHIBITS)
linear twice crossed carried masked seeded swapped unread copied blind
"""

from lstm_course.museum import blind, carried, copied, crossed, linear, masked, seeded, swapped, twice, unread
from lstm_course.museum.checks import CHECKS

EXHIBITS = {
    module.__name__.rpartition(".")[2]: module.EXHIBIT
    for module in (linear, twice, crossed, carried, masked, seeded, swapped, unread, copied, blind)
}
"""Name to `Exhibit`, in the order of the rooms."""


def matrix(which, rng):
    """Every test on every program.

    Args:
        which: "broken" or "mended".
        rng: numpy.random.Generator.
    Returns:
        dict of name to a dict of test to True (nothing found), False (found) or None (nothing to try).

    >>> import numpy as np
    >>> matrix("broken", np.random.default_rng(0))["masked"]["more padding"]
    False
    """
    return {
        name: {test: check(exhibit, getattr(exhibit, which), rng) for test, check in CHECKS.items()}
        for name, exhibit in EXHIBITS.items()
    }
