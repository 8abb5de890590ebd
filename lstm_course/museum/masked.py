"""A mask of nearly 0 where minus infinity was meant: the padding takes part like a word whose score is 0."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(scores, lengths):
    """scores (S, B), lengths (B,) to alpha (S, B)."""
    inside = np.arange(len(scores))[:, None] < lengths
    e = np.exp(np.where(inside, scores, 1e-9))
    return e / e.sum(0)


def mended(scores, lengths):
    """scores (S, B), lengths (B,) to alpha (S, B)."""
    inside = np.arange(len(scores))[:, None] < lengths
    e = np.exp(np.where(inside, scores, -np.inf))
    return e / e.sum(0)


def draw(rng, S=5, B=3):
    """scores (S, B), lengths (B,) from 2 to S, of which at least one is below S."""
    lengths = rng.integers(2, S + 1, B)
    lengths[0] = rng.integers(2, S)
    return rng.standard_normal((S, B)), lengths


def pad(arguments, rng):
    """Three more rows of scores, which no length reaches."""
    scores, lengths = arguments
    return np.concatenate([scores, rng.standard_normal((3, scores.shape[1]))]), lengths


def truth(scores, lengths):
    """By torch, sentence by sentence without padding."""
    import torch

    alpha = np.zeros_like(scores)
    for b, length in enumerate(lengths):
        alpha[:length, b] = torch.softmax(torch.from_numpy(scores[:length, b]), 0).numpy()
    return alpha


EXHIBIT = Exhibit(
    title="The mask that hides nothing",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=((0, 0),),
    batch={0: 1, 1: 0},
    examples=(1,),
    superpose=0,
    pad=pad,
    total=0,
    truth=truth,
)
