"""Sequences of different lengths in one array, padded at the end with anything at all.

Everywhere xs is (T, B, D), or (T, N, B, D) for N models, and `lengths` is (B,), whole numbers from 1 to T, shared by the
models. What stands beyond the end of a sequence is never computed with: not even nan would reach a result or a gradient.
"""

import numpy as np
import torch
from torch.nn.functional import pad

from lstm_course import expect, unroll


def check(lengths, xs):
    """Check lengths against the sequences they belong to.

    Args:
        lengths: (B,), integers: a tensor, an array or a list.
        xs: (T, ..., B, D).
    Returns:
        NumPy array (B,) of int64.
    Raises:
        ValueError: when they are not B whole numbers from 1 to T.

    >>> check([3, 8], torch.zeros(7, 2, 4))
    Traceback (most recent call last):
        ...
    ValueError: lengths: got 8, expected 2 whole numbers from 1 to 7
    """
    T, B = xs.shape[0], xs.shape[-2]
    expected = f"{B} whole numbers from 1 to {T}"
    came = expect.array("lengths", lengths.cpu() if isinstance(lengths, torch.Tensor) else lengths, "iu", expected)
    expect.that(came.shape == (B,), "lengths", f"shape {came.shape}", expected)
    for length in came[(came < 1) | (came > T)]:
        expect.that(False, "lengths", length, expected)
    return came.astype(np.int64)


def run(along, cell, p, xs, state, lengths):
    """Run a cell over every sequence as far as that goes.

    The longest stand first, so that those which still run are always the first rows; between one end and the next, these rows
    are an ordinary run. A part of the state without a batch axis (a counter that is one number) is shared by the sequences: it
    goes on to the end of the longest.

    Args:
        along: what runs a cell over sequences of one length: `unroll.run`, or `layers.run_derived` for its derived gradient.
        cell, p, xs, state: its arguments, for torch.
        lengths: (B,), or None where all have T steps.
    Returns:
        hs: (T, ..., B, H), zero beyond the end of each sequence.
        state: each sequence's own last one.
    Raises:
        ValueError: when an argument does not fit.
    """
    if lengths is None:
        return along(cell, p, xs, state)
    start = unroll.check(cell, p, xs, state)
    lengths = check(lengths, xs)
    T, B = len(xs), len(lengths)
    order, ends = np.argsort(-lengths, kind="stable"), np.unique(lengths)
    back = np.argsort(order)
    batched = [np.shape(part)[-2:-1] == (B,) for part in start]

    def rows(parts, which):
        return unroll.remake(start, (x[..., which, :] if has else x for x, has in zip(parts, batched, strict=True)))

    state = rows((torch.as_tensor(x) if has else x for x, has in zip(start, batched, strict=True)), order)
    hs, states = [], []
    # One split, since under autograd a slice of xs for each piece would cost time quadratic in their number.
    for end, piece in zip(ends, xs[..., order, :].split(np.diff(ends, prepend=0, append=T).tolist()), strict=False):
        running = int((lengths >= end).sum())
        states.append(rows(state, slice(running, None)))
        h, state = along(cell, p, piece[..., :running, :], rows(state, slice(running)))
        hs.append(pad(h, (0, 0, 0, B - running)))
    hs.append(h.new_zeros(T - end, *hs[0].shape[1:]))
    columns = zip(*reversed([*states, state]), strict=True)
    last = (torch.cat(x, -2)[..., back, :] if has else x[0] for x, has in zip(columns, batched, strict=True))
    return torch.cat(hs)[..., back, :], unroll.remake(start, last)


def blank(xs, lengths):
    """xs with zeros beyond the end of each sequence, whatever stood there. Args and errors as in `check`."""
    lengths = torch.from_numpy(check(lengths, xs)).to(xs.device)
    inside = torch.arange(len(xs), device=xs.device).view(-1, *[1] * (xs.dim() - 1)) < lengths[:, None]
    return xs.where(inside, xs.new_zeros(()))


def flip(xs, lengths=None):
    """Each sequence read from its own end to its start; what stands beyond the end stays where it is.

    Args:
        xs: (T, ..., B, D).
        lengths: (B,), or None where all have T steps.
    Returns:
        Like xs. Flipped twice, xs is as it was.
    Raises:
        ValueError: as in `check`.

    >>> xs = torch.tensor([[1, 5], [2, 6], [3, 7]])[..., None]
    >>> flip(xs, [3, 2])[..., 0]
    tensor([[3, 6],
            [2, 5],
            [1, 7]])
    """
    if lengths is None:
        return xs.flip(0)
    t, lengths = np.arange(len(xs))[:, None], check(lengths, xs)
    source = torch.from_numpy(np.where(t < lengths, lengths - 1 - t, t)).to(xs.device)
    return xs.gather(0, source.view(len(xs), *[1] * (xs.dim() - 3), -1, 1).expand_as(xs))
