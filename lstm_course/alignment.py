"""Where attention looks, against where the answer stands; and three frauds that no model which uses its attention survives.

Everywhere alpha is (T, ..., B, S), as a decoder gives it, and `where` (T, S, B), as in tasks.Pairs, the same for all models or,
with N models, (T, S, N, B): True at the places that a symbol is read from.
"""

import copy

import torch

from lstm_course import expect


def mass(alpha, where):
    """The share of attention that lies on the truth, of all steps that have one.

    Args:
        alpha: (T, B, S), or (T, N, B, S), tensor.
        where: bool, (T, S, B), or (T, S, N, B).
    Returns:
        () or (N,).
    Raises:
        ValueError: when the shapes do not fit, or no step has a truth.

    >>> alpha = torch.tensor([[[0.7, 0.2, 0.1]], [[0.3, 0.3, 0.4]]])
    >>> round(float(mass(alpha, torch.tensor([[[True], [False], [False]], [[False], [False], [True]]]))), 2)
    0.55
    """
    where, asked = _truth(alpha, where)
    return ((alpha * where).sum(-1) * asked).sum((0, -1)) / asked.sum((0, -1))


def pointing(alpha, where):
    """How often the place that gets most attention is a right one, of all steps that have one. Args and errors as in `mass`."""
    where, asked = _truth(alpha, where)
    hit = where.gather(-1, alpha.argmax(-1, keepdim=True))[..., 0]
    return (hit & asked).sum((0, -1)) / asked.sum((0, -1))


def chance(alpha, where, mask):
    """The mass that attention spread evenly would have on the truth.

    Args:
        alpha, where: as in `mass`; of alpha only the shape counts.
        mask: bool, (B, 1, S): True at the places that can be looked at.
    Returns:
        () or (N,).
    Raises:
        ValueError: as in `mass`.
    """
    even = (mask.to(alpha.dtype) / mask.sum(-1, keepdim=True))[:, 0]
    return mass(even.expand(alpha.shape), where)


def _truth(alpha, where):
    where = torch.as_tensor(where)
    expect.floats("alpha", alpha)
    where = where.movedim(1, -1)
    where = where[:, None] if alpha.dim() == where.dim() + 1 else where
    fits = where.dim() == alpha.dim() and all(b in (1, a) for a, b in zip(alpha.shape, where.shape, strict=True))
    expect.that(fits, "where", f"shape {tuple(where.shape)}, places last", f"one that fits alpha's {tuple(alpha.shape)}")
    where = where.expand(alpha.shape)
    asked = where.any(-1)
    expect.that(bool(asked.any()), "where", "no True", "a step with a truth")
    return where, asked


# Frauds: a model whose memory was tampered with


def uniform(memory):
    """All keys alike, so that every place gets the same attention."""
    return memory._replace(keys=torch.zeros_like(memory.keys))


def shuffled(memory):
    """Keys that belong to other values: attention goes where it always did, and finds something else there.

    Within each sequence the keys move on by one place, the last to the first.
    """
    S = memory.keys.shape[-2]
    lengths = memory.mask.sum(-1)[..., 0]
    places = torch.arange(S, device=lengths.device)
    source = torch.where(places < lengths[..., None], (places - 1) % lengths[..., None], places)
    return memory._replace(keys=memory.keys.gather(-2, source[..., None].expand(memory.keys.shape)))


def exchanged(memory):
    """Keys and values of the sequence before in the batch: whoever reads them writes what another was asked."""
    turn = lambda x: x.roll(1, -3)
    return memory._replace(keys=turn(memory.keys), values=turn(memory.values), mask=turn(memory.mask))


FRAUDS = {"uniform": uniform, "shuffled": shuffled, "exchanged": exchanged}


def tampered(model, fraud):
    """A model like this one, with the same weights, that looks at a memory which was tampered with.

    Args:
        model: with a `decoder` that has `prepare`, for instance Seq2Seq.
        fraud: a function of the prepared Memory, one of `FRAUDS`.
    Returns:
        A model of the same class; the one given stays as it is.
    """
    other = copy.copy(model)
    other._modules = {**model._modules, "decoder": copy.copy(model.decoder)}
    prepare = model.decoder.prepare
    other.decoder.prepare = lambda memory: fraud(prepare(memory))
    return other
