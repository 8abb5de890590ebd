"""A softmax across the batch: the examples compete for each place, in place of the places for each example."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(scores, values):
    """scores (S, B), values (S, B, H) to alpha (S, B) and context (B, H)."""
    e = np.exp(scores)
    alpha = e / e.sum(1, keepdims=True)
    return alpha, (alpha[..., None] * values).sum(0)


def mended(scores, values):
    """scores (S, B), values (S, B, H) to alpha (S, B) and context (B, H)."""
    e = np.exp(scores)
    alpha = e / e.sum(0, keepdims=True)
    return alpha, (alpha[..., None] * values).sum(0)


def draw(rng, S=4, B=3, H=2):
    """scores (S, B), values (S, B, H)."""
    return rng.standard_normal((S, B)), rng.standard_normal((S, B, H))


def truth(scores, values):
    """By torch."""
    import torch

    alpha = torch.softmax(torch.from_numpy(scores), 0)
    return alpha.numpy(), torch.einsum("sb,sbh->bh", alpha, torch.from_numpy(values)).numpy()


EXHIBIT = Exhibit(
    title="The softmax across the batch",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=((0, 0), (0, 1), (1, 1)),
    batch={0: 1, 1: 1},
    examples=(1, 0),
    superpose=0,
    total=0,
    truth=truth,
)
