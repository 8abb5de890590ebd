"""Read one sequence, write another: a bidirectional encoder, and a decoder that may look at all of what it has read.

Source: bahdanau2015.
"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lstm_course import expect, unroll
from lstm_course.attention import padding_mask
from lstm_course.deep import Bidirectional
from lstm_course.layers import Recurrent, register, stack_init
from lstm_course.models import decoding
from lstm_course.models.decoders import Memory
from lstm_course.models.embedding import embed, init_table
from lstm_course.tasks import END, IGNORED


class Encoder(nn.Module):
    """Read a sequence in both directions.

    Args:
        cell: any cell whose state has a batch axis in every part.
        vocabulary: symbols to read.
        embedding: E.
        hidden: H of each direction; what it says of each symbol is 2H wide, and so is each part of the state at the end.
        models: None for one model, or N.
        rng: numpy.random.Generator.
        gradient: as in `Recurrent`.
        **init: further arguments of `cell.init`.
    Raises:
        ValueError: when an argument is none of the above.
    """

    def __init__(self, cell, vocabulary, embedding, hidden, models=None, *, rng, gradient="derived", **init):
        super().__init__()
        expect.positive("vocabulary", vocabulary)
        layer = lambda: Recurrent(cell, embedding, hidden, models, rng=rng, gradient=gradient, **init)
        self.both = Bidirectional(layer(), layer())
        register(self, stack_init(init_table, rng, models, vocabulary, embedding))

    def forward(self, source, lengths):
        """Read.

        Args:
            source: (S, B), or (S, N, B), int64.
            lengths: (B,), the same for all models.
        Returns:
            memory: Memory, what was said of each symbol, with the mask of where each sequence is.
            state: the cell's, the ends of the two directions side by side.
        """
        hs, (ahead, back) = self.both(embed(self.embedding, source), None, lengths)
        state = unroll.remake(ahead, (torch.cat(parts, -1) for parts in zip(ahead, back, strict=True)))
        return Memory(hs.movedim(0, -2), torch.from_numpy(padding_mask(lengths, len(source)))), state


class Seq2Seq(nn.Module):
    """Read a sequence, write another.

    Args:
        encoder: Encoder, or another module from a source, and lengths, to a Memory and a state of the decoder's cell.
        decoder: one of `lstm_course.models.decoders`, for `Encoder` twice as wide as a direction of it.

    >>> import numpy as np
    >>> from lstm_course.attention import KINDS
    >>> from lstm_course.cells import lstm
    >>> from lstm_course.models.decoders import Luong
    >>> from lstm_course.tasks import reversal
    >>> rng = np.random.default_rng(0)
    >>> decoder = Luong(lstm, 10, 4, 12, kind=KINDS["dot"], looks=12, rng=rng)
    >>> model = Seq2Seq(Encoder(lstm, 10, 4, 6, rng=rng), decoder)
    >>> pairs = reversal.batch(rng, B=3, shortest=2, longest=5, V=9)
    >>> logits, alpha = model(*map(torch.from_numpy, pairs[:3]))
    >>> tuple(logits.shape), tuple(alpha.shape)
    ((6, 3, 10), (6, 3, 5))
    """

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, source, lengths, target):
        """Write with the right symbols before one's eyes (teacher forcing).

        Args:
            source: (S, B), or (S, N, B), int64. lengths: (B,).
            target: (T, B), or (T, N, B), int64, as in tasks.Pairs.
        Returns:
            logits: (T, B, K), or (T, N, B, K).
            alpha: (T, B, S), or (T, N, B, S): where each step looked; None without attention.
        """
        return self.decoder(before(target), *self._read(source, lengths))

    def greedy(self, source, lengths, most):
        """Write by itself, always the likeliest symbol. Args as in `forward` and `decoding.greedy`; returns Written."""
        return decoding.greedy(*self._task(source, lengths), most)

    def beam(self, source, lengths, most, width):
        """Write by itself, following several beginnings; for one model. As in `decoding.beam`."""
        return decoding.beam(*self._task(source, lengths), most, width)

    def _read(self, source, lengths):
        memory, state = self.encoder(source, lengths)
        return self.decoder.start(state), self.decoder.prepare(memory)

    @torch.no_grad()
    def _task(self, source, lengths):
        return writing(self.decoder, *self._read(source, lengths))


def before(target):
    """What is read at each step of teacher forcing: END at first, then the right symbols.

    >>> import torch
    >>> before(torch.tensor([[3], [4], [0], [-100]])).T
    tensor([[0, 3, 4, 0]])
    """
    read = torch.cat((torch.full_like(target[:1], END), target[:-1]))
    return read.where(read != IGNORED, END)


def writing(decoder, speaking, memory):
    """A decoder's task for the functions of `decoding`: what they call `step`, `state` and `first`."""

    def step(tokens, state):
        speaking, _ = decoder.step(tokens, *state)
        return decoder.logits(speaking.said), (speaking, state[1])

    said = speaking.said
    return step, (speaking, memory), torch.full(said.shape[:-1], END, device=said.device)


def nats(logits, target):
    """-log p of every symbol.

    Args:
        logits: (T, B, K), or (T, N, B, K).
        target: (T, B), or (T, N, B), int64.
    Returns:
        like target, 0 where it says IGNORED.
    """
    return cross_entropy(logits.movedim(-1, 1), target, reduction="none", ignore_index=IGNORED)


def graded(logits, target):
    """Cross-entropy and accuracy of what was asked. Args as in `nats`.

    Returns:
        dict: "loss" in nats a symbol, and "accuracy", each () or (N,).
    """
    asked = target != IGNORED
    right = (logits.argmax(-1) == target) & asked
    total = lambda x: x.sum((0, -1)) / asked.sum((0, -1))
    return {"loss": total(nats(logits, target)), "accuracy": total(right)}


def translation(model, batch):
    """A measure for `fit`: cross-entropy and accuracy of the next symbol, the right ones before being given.

    Args:
        model: Seq2Seq.
        batch: (source, lengths, target), tensors.
    Returns:
        dict: "loss" in nats a symbol, and "accuracy", each () or (N,).
    """
    source, lengths, target = batch
    logits, _ = model(source, lengths, target)
    return graded(logits, target)


def whole(written, target):
    """Which sequences are right from the first symbol to END.

    Args:
        written: tokens (T', ..., B), as `greedy` gives them.
        target: (T, ..., B), with IGNORED behind END.
    Returns:
        (..., B), bool.
    """
    said, wanted = decoding.alike(written, target.where(target != IGNORED, END))
    return (said == wanted).all(0)
