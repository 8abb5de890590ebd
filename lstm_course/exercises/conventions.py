"""Answers that are right, only not here: the same computation in another convention deserves another message."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np


class Convention(NamedTuple):
    """says: the message. before: our arguments to theirs. after: their result to ours, each a function of one value."""

    says: str
    before: Any
    after: Any


def _each(function, x):
    """A function of arrays, applied inside tuples and lists as well."""
    return type(x)(_each(function, part) for part in x) if isinstance(x, tuple | list) else function(x)


def _transposed(x):
    return np.ascontiguousarray(x.swapaxes(-1, -2)) if isinstance(x, np.ndarray) and x.ndim >= 2 else x


def _swapped(x):
    return np.ascontiguousarray(x.swapaxes(0, 1)) if isinstance(x, np.ndarray) and x.ndim == 3 else x


def _column(x):
    return x[:, None] if isinstance(x, np.ndarray) and x.ndim == 1 else _transposed(x)


def _flat(x):
    return x.ravel() if isinstance(x, np.ndarray) and x.ndim == 2 and x.shape[1] == 1 else _transposed(x)


_SAYS_COLUMNS = "This is right for column vectors, with W x + b. In this course a batch is an array of rows, so we write x @ W."

COLUMNS = (
    Convention(_SAYS_COLUMNS, partial(_each, _transposed), partial(_each, _transposed)),
    Convention(_SAYS_COLUMNS, partial(_each, _column), partial(_each, _transposed)),
    Convention(_SAYS_COLUMNS, partial(_each, _column), partial(_each, _flat)),
)
"""The convention of vectors as columns, with every matrix transposed. A bias stays as it is, or is a column as well."""

BATCH_FIRST = (
    Convention(
        "This is right with the batch as the first axis, (B, T, D). In this course time comes first: (T, B, D).",
        partial(_each, _swapped),
        partial(_each, _swapped),
    ),
)
"""The convention of sequences as (B, T, D), with the first two axes swapped."""
