"""The decoder of "Show, Attend and Tell": it looks before each word, with the state in which the word before has left it.

    alpha    = softmax(scores of h_{t-1} with a_1 ... a_L)
    z        = beta (alpha_1 a_1 + ... + alpha_L a_L)           beta = sigmoid(h_{t-1} W_beta + b_beta), one number
    h, c     = cell([E y, z], h_{t-1}, c_{t-1})
    logits   = (E y + h L_h + z L_z) L_o
    h_0, c_0 = tanh(mean of a_1 ... a_L times W_0 + b_0)

y is the word before and E y its embedding. The gate beta says how much of the picture the next word needs at all. What is
said is read off three things, the word before, the state and the picture: the paper calls this a deep output.

Without attention, but otherwise the same: the kind `lstm_course.attention.even`.

Source: xu2015; its matrices stand to the left of columns, and it does not say which biases there are.
"""

from typing import Any, NamedTuple

import torch

from lstm_course import expect, unroll
from lstm_course.cells.start import uniform
from lstm_course.layers import register, stack_init
from lstm_course.models.decoders import Looking, Speaking
from lstm_course.models.embedding import embed
from lstm_course.ops import split


class Ends(NamedTuple):
    """What stands around the cell: embedding (K, E); L_h (H, E), L_z (D, E), L_o (E, K); W_beta (H, 1), b_beta (1,)."""

    embedding: Any
    L_h: Any
    L_z: Any
    L_o: Any
    W_beta: Any
    b_beta: Any


def init_ends(rng, K, E, H, D):
    """Standard normal embedding, torch's uniform for the linear layers: Ends of one model, float64 arrays."""
    out = uniform(rng, H, H, E), uniform(rng, D, D, E), uniform(rng, E, E, K)
    return Ends(rng.standard_normal((K, E)), *out, uniform(rng, H, H, 1), uniform(rng, H, 1))


class First(NamedTuple):
    """From the mean of what is looked at to all parts of the first state, end to end: W_0 (D, parts H), b_0 (parts H,)."""

    W_0: Any
    b_0: Any


def init_first(rng, D, width):
    """Torch's uniform: First of one model, float64 arrays."""
    return First(uniform(rng, D, D, width), uniform(rng, D, width))


class ShowAttendTell(Looking):
    """Look, step, tell. For one model, or N: nothing here is a convolution.

    Args:
        cell: one whose state consists of vectors (B, H): h, or h and c.
        vocabulary, embedding, hidden, models: K, E, H and None or N, as in `Decoder`.
        kind: of attention, one of `lstm_course.attention.KINDS`, the paper's is "additive"; or `lstm_course.attention.even`.
        looks: D, the width of an annotation vector.
        rng: numpy.random.Generator.
        **init: further arguments of `cell.init`.
    Raises:
        ValueError: when an argument is none of the above.
    """

    init_ends = staticmethod(init_ends)

    def __init__(self, cell, vocabulary, embedding, hidden, models=None, *, kind, looks, rng, **init):
        expect.positive("looks", looks)
        super().__init__(cell, vocabulary, embedding, hidden, models, kind=kind, looks=looks, reads=looks, rng=rng, **init)
        state = self._zeros()
        shapes = [tuple(getattr(part, "shape", ()))[-2:] for part in state]
        expect.that(
            set(shapes) == {(1, hidden)}, "cell", f"a state of shapes {shapes}", f"only (B, {hidden}), for instance h, c"
        )
        register(self, stack_init(init_first, rng, models, looks, len(state) * hidden))

    def start(self, memory):
        """Speaking, before anything is said.

        Args:
            memory: Memory, open everywhere: the state begins with the mean of all of it.
        """
        parts = torch.tanh(memory.values.mean(-2) @ self.W_0 + self.b_0[..., None, :])
        zeros = self._zeros()
        state = unroll.remake(zeros, split(parts, len(zeros)))
        return Speaking(state, state[0].new_zeros(*state[0].shape[:-1], self.embedding.shape[-1]))

    def step(self, tokens, speaking, memory):
        context, alpha = self.look(speaking.state[0], memory)
        return self.tell(tokens, speaking.state, context), alpha

    def tell(self, tokens, state, context):
        """What follows from having looked: Speaking, after this step.

        Args:
            tokens: (B,), or (N, B), int64: the words before.
            state: the cell's.
            context: (B, D), or (N, B, D).
        """
        y, z = embed(self.embedding, tokens), self.beta(state[0]) * context
        state = self.move(state, y, z)
        return Speaking(state, y + state[0] @ self.L_h + z @ self.L_z)

    def beta(self, h):
        """How much the next word needs of the picture: (B, H) to (B, 1), from 0 to 1. N models: (N, B, H) to (N, B, 1)."""
        return torch.sigmoid(h @ self.W_beta + self.b_beta[..., None, :])

    def logits(self, said):
        return said @ self.L_o

    def _zeros(self):
        return self.recurrent.cell.initial_state(self.recurrent.params, 1)
