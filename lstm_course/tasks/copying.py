"""The copy task: read ten letters, wait for T steps, and write them down in order.

    input     c a d ... b  _ _ ... _  !  _ _ _ ... _        10 letters, T - 1 blanks, the sign to begin, 10 blanks
    target    _ _ _ ... _  _ _ ... _  _  c a d ... b        T + 10 blanks, then the letters

Each letter is asked for T + 10 steps after it was shown. Most of the answers are blanks, so the loss of a network that
remembers nothing is small already (`baseline`), and the accuracy says something only at the last ten steps.

Source: arjovsky2016; the layout and the baseline as given in tallec2018.
"""

import math

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Steps


def batch(rng, B, T, letters=10, alphabet=8):
    """Draw a batch.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        T: the wait, in steps, between the last letter and the first blank to be answered with a letter.
        letters: how many are to be remembered.
        alphabet: how many different ones there are: symbols 0 .. alphabet - 1. Then come the blank and the sign to begin.
    Returns:
        Steps: xs (T + 2 letters, B, alphabet + 2), one-hot; targets (T + 2 letters, B); asked everywhere.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.

    >>> xs, targets, asked = batch(np.random.default_rng(0), B=1, T=4, letters=3)
    >>> xs.argmax(-1)[:, 0].tolist(), targets[:, 0].tolist()
    ([6, 5, 4, 8, 8, 8, 9, 8, 8, 8], [8, 8, 8, 8, 8, 8, 8, 6, 5, 4])
    """
    expect.generator("rng", rng)
    for name, size in (("B", B), ("T", T), ("letters", letters), ("alphabet", alphabet)):
        expect.positive(name, size)
    shown = rng.integers(0, alphabet, (letters, B))
    tokens = np.full((T + 2 * letters, B), alphabet)
    targets = tokens.copy()
    tokens[:letters] = targets[-letters:] = shown
    tokens[letters + T - 1] = alphabet + 1
    return Steps(np.eye(alphabet + 2)[tokens], targets, np.ones(tokens.shape, bool))


def baseline(T, letters=10, alphabet=8):
    """The cross-entropy, in nats per step, of the best answer that remembers no letter: letters ln(alphabet) / (T + 2 letters).

    The blanks are certain, since one can count; a letter has `alphabet` equally likely values.

    Raises:
        ValueError: when a size is not a positive integer.

    >>> round(baseline(100), 4)
    0.1733
    """
    for name, size in (("T", T), ("letters", letters), ("alphabet", alphabet)):
        expect.positive(name, size)
    return letters * math.log(alphabet) / (T + 2 * letters)


def chance(alphabet=8):
    """The accuracy of the same answer where a letter is asked for.

    Raises:
        ValueError: when alphabet is not a positive integer.

    >>> chance()
    0.125
    """
    expect.positive("alphabet", alphabet)
    return 1 / alphabet


def solve(xs):
    """The answers, looked up. How many letters there are is told by the sign to begin: as many steps follow it.

    Args:
        xs: (T + 2 letters, B, alphabet + 2).
    Returns:
        (T + 2 letters, B), int64.
    """
    tokens = xs.argmax(-1)
    sign = xs.shape[-1] - 1
    letters = len(tokens) - 1 - int((tokens[:, 0] == sign).argmax())
    answers = np.full_like(tokens, sign - 1)
    answers[-letters:] = tokens[:letters]
    return answers
