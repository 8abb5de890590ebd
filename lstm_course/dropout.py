"""Dropout for recurrent layers: one mask for all steps of a sequence, on what a layer reads or on what it remembers.

A mask that changed at every step would, on the way from step to step, forget more the longer the sequence. One mask for the
whole sequence is the same smaller network at every step.

Masks are drawn from torch's own random numbers, as those of torch.nn.Dropout are: `torch.manual_seed` reproduces them, and
`lstm_course.training.fit` keeps their state in its checkpoints, so that a resumed run draws what an uninterrupted one would
have drawn. In eval mode nothing is dropped.

Source: gal2016.
"""

from types import SimpleNamespace

import torch
from torch import nn
from torch.nn.functional import dropout

from lstm_course import expect, padding, unroll
from lstm_course.layers import Recurrent


class SameMask(nn.Module):
    """Dropout with one mask for all steps, for a `lstm_course.deep.Stack`.

        xs = xs * mask          mask = 0 with probability p, else 1 / (1 - p), drawn once for each sequence

    Args:
        p: the share that is dropped, at least 0 and below 1.
    Raises:
        ValueError: when p is no such number.

    >>> masks = SameMask(0.5)(torch.ones(7, 3, 4))
    >>> bool((masks == masks[0]).all())
    True
    """

    def __init__(self, p):
        super().__init__()
        expect.share("p", p)
        self.p = p

    def forward(self, xs):
        """(T, B, D), or (T, N, B, D) for N models, which have masks of their own. Returns the same shape."""
        return xs * draw(xs[0], self.p) if self.training else xs

    def extra_repr(self):
        return f"p={self.p}"


class RecurrentDropout(nn.Module):
    """A recurrent layer with dropout on the way from step to step: its products read h_prev * mask.

        a = x W_x + (h_prev * mask) W_h + b         for the LSTM, whose c is never dropped

    Args:
        layer: a Recurrent whose cell reads h_prev, the first part of its state, through W_h alone. The GRU does not: it takes
            h_prev over as its memory, in which the factors of one mask would multiply from step to step.
        p: the share that is dropped, at least 0 and below 1.
    Raises:
        ValueError: when an argument is none of the above.

    In training mode the gradient is autograd's whatever the layer's own; in eval mode it is the layer and nothing else.
    """

    def __init__(self, layer, p):
        super().__init__()
        expect.that(isinstance(layer, Recurrent), "layer", type(layer).__name__, "a lstm_course.layers.Recurrent")
        expect.share("p", p)
        _expect_products_alone(layer)
        self.layer, self.p = layer, p

    def forward(self, xs, state=None, lengths=None):
        """Args, returns and errors as in `Recurrent.forward`. Each call draws its masks anew."""
        if not self.training:
            return self.layer(xs, state, lengths)
        cell, params = self.layer.cell, self.layer.params
        start = unroll.check(cell, params, xs, state)
        with_mask = (*start, draw(start[0], self.p))  # in the state, each row keeps its mask wherever the rows go
        hs, (*last, _) = padding.run(unroll.run, _masked(cell, start), params, xs, with_mask, lengths)
        return hs, unroll.remake(start, last)

    def extra_repr(self):
        return f"p={self.p}"


def draw(like, p):
    """A mask of this shape and type: 0 with probability p, else 1 / (1 - p), which is 1 on average."""
    return dropout(torch.ones_like(like), p)


def _masked(cell, like):
    """The cell with a mask as the last part of its state, through which its step sees h_prev."""

    def initial_state(p, batch):
        state = cell.initial_state(p, batch)
        return (*state, torch.ones_like(state[0]))

    def step(p, a, state):
        h_prev, *rest, mask = state
        state, gates = cell.step(p, a, unroll.remake(like, (h_prev * mask, *rest)))
        return (*state, mask), gates

    return SimpleNamespace(Params=cell.Params, init=cell.init, inputs=cell.inputs, initial_state=initial_state, step=step)


@torch.no_grad()
def _expect_products_alone(layer):
    """Without W_h, a step must not see what h_prev was."""
    cell, p = layer.cell, layer.params
    has = hasattr(p, "W_h")
    expect.that(has, "layer", f"a cell with Params{p._fields}", "one with W_h, whose product with h_prev can be masked")
    p = p._replace(W_h=torch.zeros_like(p.W_h))
    state = start = cell.initial_state(p, 1)
    a = cell.inputs(p, p.W_h.new_ones(*state[0].shape[:-1], layer.input_size))
    for _ in range(3):  # a clock's slow units take h over at some steps only
        h, *rest = state
        state, other = (cell.step(p, a, unroll.remake(start, (h_prev, *rest)))[0] for h_prev in (h, h + 1))
        same = all(torch.equal(*map(torch.as_tensor, parts)) for parts in zip(state, other, strict=True))
        expect.that(same, "layer", f"{layer}", "one whose cell reads h_prev through W_h alone")
