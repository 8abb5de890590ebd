"""What there is to learn: one file per task. A generator and sizes go in, NumPy arrays come out.

Every task has the function that draws a batch, the error or accuracy of the best answer that ignores the input, exactly,
and a direct solver that is always right: what is left between the two is what a network has to learn.
"""

from typing import Any, NamedTuple


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
