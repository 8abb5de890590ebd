"""What there is to learn: one file per task. A generator and sizes go in, NumPy arrays come out.

Every task has the function that draws a batch, the error or accuracy of the best answer that ignores the input, exactly,
and a direct solver that is always right: what is left between the two is what a network has to learn.
"""

from typing import Any, NamedTuple

END = 0
"""The token behind every target sequence, in every task of `Pairs`; a decoder reads it first, too."""

IGNORED = -100
"""What stands behind END in a target. Torch's losses leave this number out."""


class Batch(NamedTuple):
    """Sequences with one question each.

    xs: (T, B, D), float64: what is shown; a sequence shorter than T ends in zeros.
    targets: (B,): a class (int64), or a number (float64).
    at: (B,), int64: the step after which the answer is read.
    """

    xs: Any
    targets: Any
    at: Any


class Steps(NamedTuple):
    """Sequences with a question after every step.

    xs: (T, B, D), float64. targets: (T, B): a class (int64), or a number (float64). asked: (T, B), bool: False in the padding
    behind a shorter sequence.
    """

    xs: Any
    targets: Any
    asked: Any


class Pairs(NamedTuple):
    """Sequences to be turned into other sequences, and where in the one stands what the other says.

    source: (S, B), int64, tokens; beyond its length a sequence goes on with any tokens of its vocabulary. lengths: (B,), int64.
    target: (T, B), int64, tokens, the last of them END, and IGNORED behind it. where: (T, S, B), bool: from which places of the
    source a target token is read. It is False all over S where the token is read from nowhere, END and IGNORED among them, and
    never True beyond the length. The mass that weights alpha (T, S, B) put on the truth is (alpha * where).sum(1).
    """

    source: Any
    lengths: Any
    target: Any
    where: Any
