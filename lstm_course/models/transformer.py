"""A transformer of one block: read a sequence and write another without a recurrent cell, by looking alone.

    x_t  = E w_t + place_t                              w: what was read, then what was written so far
    a_t  = LN(x_t + what t receives, looking at all that was read, and at what was written up to itself)
    y_t  = LN(a_t + relu(a_t W_1 + b_1) W_2 + b_2)      LN: layer normalisation, with a gain and a bias
    logits of the next symbol = y_t W_y + b_y

Nothing here runs along the sequence, so nothing would know the order: every place has a vector of its own, which is added to
that of the symbol. Places are counted from the sign to begin writing, at 0: what was read last stands at -1.

What was read is only looked at: with a single block, nothing depends on what it would have seen itself.

Source: vaswani2017, whose encoder has blocks of its own.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from lstm_course import expect
from lstm_course.attention import causal_mask, heads, padding_mask
from lstm_course.cells.start import uniform
from lstm_course.layer_norm import normalise
from lstm_course.layers import register, stack_init
from lstm_course.models import decoding
from lstm_course.models.embedding import embed, init_table
from lstm_course.models.language_model import init_ends
from lstm_course.models.seq2seq import before
from lstm_course.ops import linear, rows
from lstm_course.tasks import END


class Thinking(NamedTuple):
    """For each position by itself: gain_1, bias_1 (D,); W_1 (D, F), b_1 (F,), W_2 (F, D), b_2 (D,); gain_2, bias_2 (D,)."""

    gain_1: Any
    bias_1: Any
    W_1: Any
    b_1: Any
    W_2: Any
    b_2: Any
    gain_2: Any
    bias_2: Any


def init_thinking(rng, D, F):
    """Torch's uniform for the linear layers, gains of 1, biases of 0 beside them: Thinking of one model, float64 arrays."""
    inner = uniform(rng, D, D, F), uniform(rng, D, F), uniform(rng, F, F, D), uniform(rng, F, D)
    return Thinking(np.ones(D), np.zeros(D), *inner, np.ones(D), np.zeros(D))


class Block(nn.Module):
    """Look, add and normalise; think, add and normalise.

    Args:
        width: D, of what comes in and goes out.
        hidden: F, of what is between.
        heads: how many look side by side, a divisor of the width.
        models: None for one model, or N.
        rng: numpy.random.Generator.
    Raises:
        ValueError: when an argument is none of the above.
    """

    def __init__(self, width, hidden, heads=1, models=None, *, rng):
        super().__init__()
        for name, value in (("width", width), ("hidden", hidden), ("heads", heads)):
            expect.positive(name, value)
        expect.that(width % heads == 0, "heads", heads, f"a divisor of the width, {width}")
        self.heads = heads
        register(self, stack_init(_looking, rng, models, width))
        register(self, stack_init(init_thinking, rng, models, width, hidden))

    def forward(self, x, seen, mask=None):
        """Change each vector by what it looks at.

        Args:
            x: (..., Q, D). seen: (..., S, D), in self-attention x itself.
            mask: bool, as in `heads.multi_head`.
        Returns:
            y: (..., Q, D).
            alpha: (..., heads, Q, S).
        """
        received, alpha = heads.multi_head(self._part(heads.Params), self.heads, x, seen, seen, mask)
        p = self._part(Thinking)
        x = _layer_norm(x + received, p.gain_1, p.bias_1)
        thought = linear(linear(x, p.W_1, p.b_1).relu(), p.W_2, p.b_2)
        return _layer_norm(x + thought, p.gain_2, p.bias_2), alpha

    def _part(self, Params):
        return Params(*(getattr(self, name) for name in Params._fields))


def _looking(rng, D):
    return heads.init(rng, D, D)


def _layer_norm(x, gain, bias):
    gain, bias = gain[..., None, :], bias[..., None, :]
    return (rows(normalise(x)[0], gain) * gain + bias).reshape(x.shape)


class Transformer(nn.Module):
    """Read a sequence, write another, as `Seq2Seq` does, but for its `beam`.

    Args:
        vocabulary: K, symbols to read and to write.
        width: D.
        hidden: F.
        longest: of the sequences to be read, and to be written without END.
        heads: how many.
        models: None for one model, or N.
        rng: numpy.random.Generator.
    Raises:
        ValueError: when an argument is none of the above.

    >>> from lstm_course.tasks import reversal
    >>> model = Transformer(10, 8, 16, longest=5, heads=2, rng=np.random.default_rng(0))
    >>> pairs = reversal.batch(np.random.default_rng(0), B=3, shortest=2, longest=5, V=9)
    >>> logits, alpha = model(*map(torch.from_numpy, pairs[:3]))
    >>> tuple(logits.shape), tuple(alpha.shape)
    ((6, 3, 10), (6, 3, 5))
    """

    def __init__(self, vocabulary, width, hidden, longest, heads=1, models=None, *, rng):
        super().__init__()
        expect.positive("vocabulary", vocabulary)
        expect.positive("longest", longest)
        self.longest, self.block = longest, Block(width, hidden, heads, models, rng=rng)
        register(self, stack_init(init_ends, rng, models, vocabulary, width, width))
        register(self, stack_init(init_table, rng, models, 2 * longest + 1, width), "place_")

    def forward(self, source, lengths, target):
        """Write with the right symbols before one's eyes: all steps at once, each looks only at what stands before it.

        Args:
            source: (S, B), or (S, N, B), int64. lengths: (B,), each at most `longest`.
            target: (T, B), or (T, N, B), int64, as in tasks.Pairs; T at most longest + 1.
        Returns:
            logits: (T, B, K), or (T, N, B, K).
            alpha: (T, B, S), or (T, N, B, S): how much went to what was read, and not to what was written; mean of the heads.
        Raises:
            ValueError: when a sequence is longer than that.
        """
        read, open_ = self._read(source, lengths)
        self._expect_steps("target", f"{len(target)} steps", len(target))
        written = self.place(before(target), 0)
        T, B = len(target), len(lengths)
        mask = torch.cat((open_.expand(B, T, -1), torch.from_numpy(causal_mask(T)).expand(B, T, T)), -1)
        y, alpha = self.block(written, torch.cat((read, written), -2), mask)
        return self.logits(y).movedim(-2, 0), alpha[..., : len(source)].mean(-3).movedim(-2, 0)

    def greedy(self, source, lengths, most):
        """Write by itself, always the likeliest symbol. Args as in `forward` and `decoding.greedy`; returns Written."""
        expect.positive("most", most)
        self._expect_steps("most", most, most)
        with torch.no_grad():
            read, open_ = self._read(source, lengths)

        def step(tokens, written):
            now = self.place(tokens[None], written.shape[-2])
            written = torch.cat((written, now), -2)
            free = open_.new_ones(len(lengths), 1, written.shape[-2])
            y, _ = self.block(now, torch.cat((read, written), -2), torch.cat((open_, free), -1))
            return self.logits(y)[..., 0, :], written

        first = torch.full(source.shape[1:], END, device=source.device)
        return decoding.greedy(step, read[..., :0, :], first, most)

    def logits(self, y):
        """(..., D) to (..., K)."""
        return linear(y, self.W_y, self.b_y)

    def place(self, tokens, first):
        """A vector for each symbol, and in it one for its place.

        Args:
            tokens: (T, B), or (T, N, B), int64.
            first: the place of the first, a number, or (B,).
        Returns:
            (B, T, D), or (N, B, T, D).
        """
        at = torch.as_tensor(first) + torch.arange(len(tokens))[:, None] + self.longest  # (T, 1), or (T, B)
        at = at.clamp(max=2 * self.longest)  # padding may stand beyond, and is masked
        at = at.view(len(tokens), *(1,) * (tokens.dim() - 2), -1).expand(tokens.shape)
        return (embed(self.embedding, tokens) + embed(self.place_embedding, at)).movedim(0, -2)

    def _read(self, source, lengths):
        """What was read (B, S, D), or (N, B, S, D), and the mask of it, (B, 1, S)."""
        lengths = torch.as_tensor(lengths)
        longest = int(lengths.max())
        expect.that(longest <= self.longest, "lengths", longest, f"at most {self.longest}, for which there are places")
        return self.place(source, -lengths), torch.from_numpy(padding_mask(lengths, len(source)))

    def _expect_steps(self, name, came, steps):
        expect.that(steps <= self.longest + 1, name, came, f"at most {self.longest + 1}: there are no places for more")


def sinusoids(longest, width):
    """Vectors for the places without anything learned: place n is sin(n w), cos(n w) for frequencies w from 1 towards 1/10,000.

    Args:
        longest: places go from -longest to longest.
        width: D, an even number.
    Returns:
        float64 array (2 longest + 1, D), the sines before the cosines.
    Source: vaswani2017, where sines and cosines take turns and places begin at 0.

    >>> sinusoids(1, 2).round(2)
    array([[-0.84,  0.54],
           [ 0.  ,  1.  ],
           [ 0.84,  0.54]])
    """
    expect.positive("longest", longest)
    expect.positive("width", width)
    expect.that(width % 2 == 0, "width", width, "an even number")
    angles = np.arange(-longest, longest + 1)[:, None] * 1e4 ** (-np.arange(0, width, 2) / width)
    return np.concatenate([np.sin(angles), np.cos(angles)], -1)
