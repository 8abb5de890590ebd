"""A vector for every token: what stands between symbols and a recurrent layer."""

from typing import Any, NamedTuple

import torch
from torch.nn.functional import embedding


class Table(NamedTuple):
    """embedding (K, E). N models: one more axis in front."""

    embedding: Any


def init_table(rng, K, E):
    """Standard normal: Table of one model, a float64 array."""
    return Table(rng.standard_normal((K, E)))


def embed(table, tokens):
    """Look tokens up.

    Args:
        table: (K, E), or (N, K, E) for N models.
        tokens: (..., B), int64, or (..., N, B).
    Returns:
        (..., B, E), or (..., N, B, E).

    >>> embed(torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([1, 0, 1])).tolist()
    [[2.0, 3.0], [0.0, 1.0], [2.0, 3.0]]
    """
    if table.dim() == 2:
        return embedding(tokens, table)
    # all tables as one, so that one lookup serves
    N, K, _ = table.shape
    return embedding(tokens + torch.arange(N, device=tokens.device)[:, None] * K, table.flatten(0, 1))
