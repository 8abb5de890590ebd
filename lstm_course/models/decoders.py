"""Three ways to write a sequence with a recurrent cell: from one vector, or with a look at all that was read.

    Plain       h_t = cell(E y, h_{t-1})                                     said_t = tanh(h_t W_c + b_c)
    Bahdanau    context from h_{t-1};  h_t = cell([E y, context], h_{t-1})   said_t = tanh([h_t, context] W_c + b_c)
    Luong       h_t = cell([E y, said_{t-1}], h_{t-1});  context from h_t    said_t = tanh([h_t, context] W_c + b_c)

y is the symbol before, and the logits of the next are said_t W_y + b_y in all three.

Source: bahdanau2015, whose readout is another one; luong2015, with what it calls input feeding.
"""

from typing import Any, NamedTuple

import torch
from torch import nn

from lstm_course import attention, expect
from lstm_course.cells.start import uniform
from lstm_course.layers import Recurrent, register, stack_init
from lstm_course.models.embedding import embed


class Memory(NamedTuple):
    """What a decoder may look at: values (B, S, D), or (N, B, S, D); mask (B, 1, S), bool, True where there is something.

    keys: the values, prepared by the kind of attention once for all steps (`prepare`); None before.
    """

    values: Any
    mask: Any
    keys: Any = None


class Speaking(NamedTuple):
    """state: the cell's. said: (B, H), or (N, B, H), what was said last."""

    state: Any
    said: Any


class Ends(NamedTuple):
    """What stands around the cell: embedding (K, E); W_c (H + D, H), b_c (H,); W_y (H, K), b_y (K,)."""

    embedding: Any
    W_c: Any
    b_c: Any
    W_y: Any
    b_y: Any


def init_ends(rng, K, E, H, looks):
    """Standard normal embedding, torch's uniform for the two linear layers: Ends of one model, float64 arrays."""
    R = H + looks
    W_c, b_c = uniform(rng, R, R, H), uniform(rng, R, H)
    return Ends(rng.standard_normal((K, E)), W_c, b_c, uniform(rng, H, H, K), uniform(rng, H, K))


class Decoder(nn.Module):
    """What the three have in common: embedding, cell, readout; subclasses add `step`.

    Args:
        cell: any cell.
        vocabulary: K, symbols to write.
        embedding: E.
        hidden: H.
        models: None for one model, or N.
        rng: numpy.random.Generator.
        reads: how many numbers the cell reads beside the embedding.
        looks: the width of what it looks at, 0 for nothing.
        gradient: of the recurrent layer, where it runs by itself.
        **init: further arguments of `cell.init`.
    Raises:
        ValueError: when an argument is none of the above.
    """

    init_ends = staticmethod(init_ends)

    def __init__(self, cell, vocabulary, embedding, hidden, models=None, *, rng, reads=0, looks=0, gradient="autograd", **init):
        super().__init__()
        for name, value in (("vocabulary", vocabulary), ("embedding", embedding)):
            expect.positive(name, value)
        self.recurrent = Recurrent(cell, embedding + reads, hidden, models, rng=rng, gradient=gradient, **init)
        register(self, stack_init(self.init_ends, rng, models, vocabulary, embedding, hidden, looks))

    def prepare(self, memory):
        """The memory, with all that does not depend on the step."""
        return memory

    def start(self, state):
        """Speaking, with a state of the cell, before anything is said."""
        return Speaking(state, torch.zeros_like(state[0]))

    def step(self, tokens, speaking, memory):
        """Write one symbol more.

        Args:
            tokens: (B,), or (N, B), int64: the symbols before.
            speaking: Speaking.
            memory: Memory, from `prepare`.
        Returns:
            speaking: Speaking, after this step.
            alpha: (B, S), or (N, B, S): where it looked; None if it cannot.
        """
        raise NotImplementedError

    def forward(self, tokens, speaking, memory):
        """Read the right symbols, whatever it would have written itself (teacher forcing).

        Args:
            tokens: (T, B), or (T, N, B), int64: at each step the symbol before.
            speaking, memory: as in `step`.
        Returns:
            logits: (T, B, K), or (T, N, B, K).
            alpha: (T, B, S), or (T, N, B, S); None if it cannot look.
        """
        said, alphas = [], []
        for now in tokens.unbind(0):
            speaking, alpha = self.step(now, speaking, memory)
            said.append(speaking.said)
            alphas.append(alpha)
        return self.logits(torch.stack(said)), torch.stack(alphas)

    def logits(self, said):
        """(..., B, H) to (..., B, K)."""
        return said @ self.W_y + self.b_y[..., None, :]

    def move(self, state, *read):
        """One step of the cell on what it reads, end to end."""
        cell, p = self.recurrent.cell, self.recurrent.params
        return cell.step(p, cell.inputs(p, torch.cat(read, -1)), state)[0]

    def say(self, *seen):
        """What is said from h, and the context if there is one."""
        return torch.tanh(torch.cat(seen, -1) @ self.W_c + self.b_c[..., None, :])


class Plain(Decoder):
    """Write from one vector: the state in which the encoder ended is all that is known of the source. Args as in `Decoder`."""

    def __init__(self, *sizes, rng, gradient="derived", **init):
        super().__init__(*sizes, rng=rng, gradient=gradient, **init)

    def step(self, tokens, speaking, memory):
        state = self.move(speaking.state, embed(self.embedding, tokens))
        return Speaking(state, self.say(state[0])), None

    def forward(self, tokens, speaking, memory):
        hs, _ = self.recurrent(embed(self.embedding, tokens), speaking.state)  # no step waits for a context
        return self.logits(self.say(hs)), None


class Looking(Decoder):
    """What the two that look have in common.

    Args:
        kind: of attention, one of `lstm_course.attention.KINDS`.
        looks: D, the width of what is looked at.
        reads: how many numbers the cell reads beside the embedding.
        rng: as in `Decoder`, and so is all the rest.

    The hidden layer of a score, where the kind has one, is as wide as the cell.
    """

    def __init__(self, *sizes, kind, looks, reads, rng, **init):
        super().__init__(*sizes, rng=rng, reads=reads, looks=looks, **init)
        self.kind, hidden = kind, self.recurrent.hidden_size
        register(self, stack_init(kind.init, rng, self.recurrent.models, hidden, looks, hidden), "score_")

    @property
    def score(self):
        """The Params of the kind of attention."""
        return self.kind.Params(*(getattr(self, f"score_{name}") for name in self.kind.Params._fields))

    def prepare(self, memory):
        return memory._replace(keys=self.kind.keys(self.score, memory.values))

    def look(self, h, memory):
        """With one query for each sequence: the context (B, D), and alpha (B, S). N models: (N, B, D), (N, B, S)."""
        alpha = attention.weights(self.kind.scores(self.score, h[..., None, :], memory.keys), memory.mask)
        return (alpha @ memory.values)[..., 0, :], alpha[..., 0, :]


class Bahdanau(Looking):
    """Look first, with the state before, then step: the context is among what the cell reads. Args as in `Looking`."""

    def __init__(self, *sizes, kind, looks, rng, **init):
        super().__init__(*sizes, kind=kind, looks=looks, reads=looks, rng=rng, **init)

    def step(self, tokens, speaking, memory):
        context, alpha = self.look(speaking.state[0], memory)
        state = self.move(speaking.state, embed(self.embedding, tokens), context)
        return Speaking(state, self.say(state[0], context)), alpha


class Luong(Looking):
    """Step first, then look with the new state; what was said before is among what the cell reads. Args as in `Looking`."""

    def __init__(self, cell, vocabulary, embedding, hidden, *models, kind, looks, rng, **init):
        super().__init__(cell, vocabulary, embedding, hidden, *models, kind=kind, looks=looks, reads=hidden, rng=rng, **init)

    def step(self, tokens, speaking, memory):
        state = self.move(speaking.state, embed(self.embedding, tokens), speaking.said)
        context, alpha = self.look(state[0], memory)
        return Speaking(state, self.say(state[0], context)), alpha
