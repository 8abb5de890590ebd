"""Recall: remember one token among others across a gap.

Marked recall shows one of K tokens and a flag at every step. In one of the first ten steps the flag is up; a gap later the
token of that step is asked for. Nothing announces the question, and every other token looks exactly like the one to keep.

    step      0  1  2  3  4  5  6  7  8 ...
    token     c  a  d  b  b  a  c  d  a ...
    flag      0  0  1  0  0  0  0  0  0 ...      gap 5: asked after step 7, the answer is d

Plain recall shows the token to keep among fillers of an alphabet of their own, and no flag is needed: its distractors can be
told from the key at a glance, which makes it a much easier task.
"""

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Batch

START = 10


def marked(rng, B, gap, K=4):
    """Draw a batch of marked recall.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        gap: steps between the mark and the question.
        K: tokens.
    Returns:
        Batch: xs (10 + gap, B, K + 1), tokens one-hot, flag last; targets (B,), the marked token; at (B,), its step + gap.
    Raises:
        ValueError: when rng is no Generator or a size is not a positive integer.

    >>> xs, targets, at = marked(np.random.default_rng(0), B=2, gap=5)
    >>> xs.shape, targets, at
    ((15, 2, 5), array([2, 1]), array([13,  6]))
    >>> xs[at[0] - 5, 0]
    array([0., 0., 1., 0., 1.])
    """
    tokens, step = _draw(rng, B, gap, K)
    flag = np.zeros((START + gap, B, 1))
    flag[step, np.arange(B)] = 1.0
    return Batch(np.concatenate([np.eye(K)[tokens], flag], -1), tokens[step, np.arange(B)], step + gap)


def plain(rng, B, gap, K=4):
    """Draw a batch of plain recall: the token to keep is the only one of its alphabet.

    Args and errors as in `marked`.

    Returns:
        Batch: xs (10 + gap, B, 2 K), one-hot, keys before fillers; targets (B,); at (B,), the key's step + gap.

    >>> xs, targets, at = plain(np.random.default_rng(0), B=2, gap=5)
    >>> xs[at[0] - 5, 0]
    array([0., 0., 1., 0., 0., 0., 0., 0.])
    """
    tokens, step = _draw(rng, B, gap, K)
    targets = tokens[step, np.arange(B)]
    tokens += K
    tokens[step, np.arange(B)] = targets
    return Batch(np.eye(2 * K)[tokens], targets, step + gap)


def _draw(rng, B, gap, K):
    """Tokens (10 + gap, B), and for each sequence one of the first ten steps."""
    expect.generator("rng", rng)
    for name, size in (("B", B), ("gap", gap), ("K", K)):
        expect.positive(name, size)
    return rng.integers(0, K, (START + gap, B)), rng.integers(0, START, B)


def chance(K=4):
    """The accuracy of the best answer that does not remember: 1 / K, since every token is as likely as any other.

    >>> chance()
    0.25
    """
    expect.positive("K", K)
    return 1 / K


def solve_marked(xs):
    """The answers, looked up: the token at the flag.

    Args:
        xs: (T, B, K + 1).
    Returns:
        (B,), int64.
    """
    return xs[xs[..., -1].argmax(0), np.arange(xs.shape[1]), :-1].argmax(-1)


def solve_plain(xs):
    """The answers, looked up: the one key that was shown. xs (T, B, 2 K) to (B,)."""
    return xs[..., : xs.shape[-1] // 2].sum(0).argmax(-1)
