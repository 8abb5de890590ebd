"""Writing a sequence symbol by symbol: always the likeliest next one, or the likeliest few beginnings side by side.

Both ask a function `step(tokens, state) -> (logits, state)` what may come after the symbols just written. What a network looks
at while it writes, a source or an image, belongs to the state.
"""

from typing import Any, NamedTuple

import torch

from lstm_course import expect, unroll
from lstm_course.tasks import END


class Written(NamedTuple):
    """tokens: (T, ..., B), int64, END from the end of each sequence on. scores: (..., B), log p of it all, its END included."""

    tokens: Any
    scores: Any


@torch.no_grad()
def greedy(step, state, first, most):
    """Write the likeliest next symbol, again and again, until every sequence has ended.

    Args:
        step: function of tokens (..., B), int64, and a state to logits (..., B, K) and the next state.
        state: where to start.
        first: (..., B), int64: what is read before anything is written, for instance END everywhere.
        most: symbols to be written at most, END included.
    Returns:
        Written, of T <= most steps.
    Raises:
        ValueError: when most is not a positive integer.

    >>> chain = torch.tensor([[0.1, 0.5, 0.4], [0.5, 0.3, 0.2], [0.9, 0.05, 0.05]]).log()
    >>> tokens, scores = greedy(lambda tokens, state: (chain[tokens], state), None, torch.tensor([0]), most=5)
    >>> tokens.T.tolist(), round(float(scores.exp()), 3)
    ([[1, 0]], 0.25)
    """
    expect.positive("most", most)
    tokens, scores, ended = [], 0, torch.zeros_like(first, dtype=torch.bool)
    for _ in range(most):
        logits, state = step(tokens[-1] if tokens else first, state)
        best, chosen = logits.log_softmax(-1).max(-1)
        tokens.append(chosen.masked_fill(ended, END))
        scores = scores + best.masked_fill(ended, 0.0)
        ended = ended | (chosen == END)
        if ended.all():
            break
    return Written(torch.stack(tokens), scores)


@torch.no_grad()
def beam(step, state, first, most, width):
    """Follow the `width` likeliest beginnings, and keep the likeliest sequence in the end. For one model.

    A wider beam may lose the beginning that would have turned out best, even the greedy one; so what `greedy` writes stands for
    election as well. A width of 1 is greedy.

    Args:
        step, state, first, most: as in `greedy`; first is (B,), and every tensor in the state has B in front.
        width: beginnings kept for each sequence.
    Returns:
        Written, whose scores are never below those of `greedy`.
    Raises:
        ValueError: when most or width is not a positive integer.

    >>> chain = torch.tensor([[0.1, 0.5, 0.4], [0.5, 0.3, 0.2], [0.9, 0.05, 0.05]]).log()
    >>> tokens, scores = beam(lambda tokens, state: (chain[tokens], state), None, torch.tensor([0]), most=5, width=2)
    >>> tokens.T.tolist(), round(float(scores.exp()), 3)
    ([[2, 0]], 0.36)
    """
    expect.positive("width", width)
    expect.positive("most", most)
    simple = greedy(step, state, first, most)
    B, row = len(first), torch.arange(len(first), device=first.device)[:, None]
    state, last = rows(state, row.expand(B, width).flatten()), first[:, None].expand(B, width)
    scores = simple.scores.new_zeros(B, width)
    scores[:, 1:] = -torch.inf  # so far, all are the same beginning
    tokens, ended = last.new_zeros(0, B, width), torch.zeros_like(last, dtype=torch.bool)
    for _ in range(most):
        logits, state = step(last.flatten(), state)
        odds = logits.log_softmax(-1).view(B, width, -1)
        K = odds.shape[-1]
        stay = torch.full((K,), -torch.inf, dtype=odds.dtype, device=odds.device)
        stay[END] = 0.0  # what has ended goes on with END, at no cost
        odds = torch.where(ended[..., None], stay, odds)
        scores, places = (scores[..., None] + odds).flatten(1).topk(width)
        parent, last = places // K, places % K
        state = rows(state, (row * width + parent).flatten())
        tokens = torch.cat((tokens[:, row, parent], last[None]))
        ended = ended.gather(1, parent) | (last == END)
        if ended.all():
            break
    return _better(Written(tokens[..., 0], scores[:, 0]), simple)


def rows(state, which):
    """The rows of every tensor in a state: a tensor, None, or tuples of such."""
    if state is None or isinstance(state, torch.Tensor):
        return state if state is None else state[which]
    return unroll.remake(state, (rows(part, which) for part in state))


def _better(ours, theirs):
    """Of each sequence the likelier of two."""
    wins = ours.scores >= theirs.scores
    return Written(torch.where(wins, *alike(ours.tokens, theirs.tokens)), torch.maximum(ours.scores, theirs.scores))


def alike(*each):
    """Tokens (T, ..., B) of several lengths, all as long as the longest, with END behind their ends."""
    T = max(map(len, each))
    return [torch.cat((x, x.new_full((T - len(x), *x.shape[1:]), END))) for x in each]
