"""Networks of several recurrent layers, put together from single ones.

A recurrent layer is any module with forward(xs, state, lengths) -> (hs, state): a `Recurrent`, and what stands here as well, so
that a stack of bidirectional layers, or two directions of stacks, are written down as such.
"""

import inspect

import torch
from torch import nn

from lstm_course import expect, padding
from lstm_course.layers import Recurrent


def is_recurrent(layer):
    """Whether a module takes sequences with a state and lengths: it shows in the arguments of its `forward`."""
    return isinstance(layer, nn.Module) and {"state", "lengths"} <= inspect.signature(layer.forward).parameters.keys()


class Stack(nn.Module):
    """Layers one after the other, each reading what the one before it says.

    Args:
        *layers: recurrent layers, and plain modules that work at each step: torch.nn.LayerNorm, torch.nn.Dropout,
            `lstm_course.dropout.SameMask`, torch.nn.Linear.
    Raises:
        ValueError: when there is none, or one of them is no module.

    >>> import numpy as np
    >>> from lstm_course.cells import gru, lstm
    >>> rng = np.random.default_rng(0)
    >>> stack = Stack(Recurrent(lstm, 4, 5, rng=rng), nn.LayerNorm(5), Recurrent(gru, 5, 6, rng=rng))
    >>> hs, state = stack(torch.zeros(7, 3, 4))
    >>> tuple(hs.shape), [type(part).__module__.split(".")[-1] for part in state]
    ((7, 3, 6), ['lstm', 'gru'])
    """

    def __init__(self, *layers):
        super().__init__()
        expect.that(layers, "layers", "none", "at least one module")
        for k, layer in enumerate(layers):
            expect.that(isinstance(layer, nn.Module), f"layers[{k}]", type(layer).__name__, "a torch.nn.Module")
        self.layers = nn.ModuleList(layers)

    def forward(self, xs, state=None, lengths=None):
        """Run over sequences.

        Args:
            xs: (T, B, D), or (T, N, B, D) for N models; or what else the first layer takes.
            state: a tuple with one entry for each recurrent layer; None for zeros, as a whole or for one of them.
            lengths: (B,), whole numbers from 1 to T; None where all sequences have T steps.
        Returns:
            hs: (T, B, H), or (T, N, B, H): what the last layer says, zero beyond the end of each sequence.
            state: like the argument: the states after each sequence's last step.
        Raises:
            ValueError: when shapes or types disagree.
        """
        count = sum(map(is_recurrent, self.layers))
        state = (None,) * count if state is None else state
        expect.that(isinstance(state, tuple), "state", type(state).__name__, "a tuple, one entry for each recurrent layer")
        expect.that(len(state) == count, "state", f"{len(state)} entries", f"{count}, one for each recurrent layer")
        if lengths is not None and xs.is_floating_point():
            xs = padding.blank(xs, lengths)  # a plain module reads every step, and 0 times nan is no gradient
        starts, last = iter(state), []
        for k, layer in enumerate(self.layers):
            if is_recurrent(layer):
                xs, after = layer(xs, next(starts), lengths)
                last.append(after)
            else:
                xs = layer(xs)
                came = f"{type(layer).__name__}, which returns a {type(xs).__name__}"
                expect.that(isinstance(xs, torch.Tensor), f"layers[{k}]", came, "a module that returns a tensor")
        return xs if lengths is None else padding.blank(xs, lengths), tuple(last)


def stacked(cell, input_size, hidden_size, layers, models=None, *, rng, dropout=0.0, gradient="autograd", **init):
    """The usual stack: layers of one cell and one size, with dropout between them but not after the last, as in torch.nn.LSTM.

    Args:
        cell, input_size, hidden_size, models, gradient: as in `Recurrent`.
        layers: how many.
        rng: numpy.random.Generator, from which the layers draw one after the other.
        dropout: the share dropped between two layers, anew at every step, as torch.nn.Dropout does; at least 0 and below 1.
        **init: further arguments of `cell.init`.
    Returns:
        Stack.
    Raises:
        ValueError: when an argument is none of the above.
    Source: zaremba2014.

    >>> import numpy as np
    >>> from lstm_course.cells import lstm
    >>> stacked(lstm, 4, 5, layers=2, dropout=0.5, rng=np.random.default_rng(0))
    Stack(
      (layers): ModuleList(
        (0): Recurrent(lstm, 4, 5, models=None, gradient='autograd')
        (1): Dropout(p=0.5, inplace=False)
        (2): Recurrent(lstm, 5, 5, models=None, gradient='autograd')
      )
    )
    """
    expect.positive("layers", layers)
    expect.share("dropout", dropout)
    modules = []
    for k in range(layers):
        modules += [nn.Dropout(dropout)] if k > 0 and dropout > 0 else []
        size = hidden_size if k else input_size
        modules.append(Recurrent(cell, size, hidden_size, models, rng=rng, gradient=gradient, **init))
    return Stack(*modules)


class Bidirectional(nn.Module):
    """Two layers over the same sequence, one from its start, one from its end; at every step both are heard.

        hs_t = (h_t of `forward`, h_t of `backward`)            end to end, 2H wide for two layers of H

    Args:
        forward, backward: recurrent layers.
    Raises:
        ValueError: when one of them is no recurrent layer.
    Source: schuster1997.

    >>> import numpy as np
    >>> from lstm_course.cells import lstm
    >>> rng = np.random.default_rng(0)
    >>> layer = Bidirectional(Recurrent(lstm, 4, 5, rng=rng), Recurrent(lstm, 4, 5, rng=rng))
    >>> hs, (ahead, back) = layer(torch.zeros(7, 3, 4), lengths=[7, 2, 5])
    >>> tuple(hs.shape), tuple(back.h.shape)
    ((7, 3, 10), (3, 5))
    """

    def __init__(self, forward, backward):
        super().__init__()
        for name, layer in (("forward", forward), ("backward", backward)):
            expected = "a module with forward(xs, state, lengths), for instance Recurrent"
            expect.that(is_recurrent(layer), name, type(layer).__name__, expected)
        self.ahead, self.back = forward, backward

    def forward(self, xs, state=None, lengths=None):
        """Run over sequences, each within its own length.

        Args:
            xs: (T, B, D), or (T, N, B, D) for N models.
            state: a pair: where the layers start, the second at the end of each sequence; None for zeros.
            lengths: (B,), whole numbers from 1 to T; None where all sequences have T steps.
        Returns:
            hs: (T, B, 2H), or (T, N, B, 2H), zero beyond the end of each sequence.
            state: a pair: the first layer's state after the last step of each sequence, the second's after the first step.
        Raises:
            ValueError: when shapes or types disagree.
        """
        state = (None, None) if state is None else state
        pair = "a pair, the states of the two directions"
        expect.that(isinstance(state, tuple), "state", type(state).__name__, pair)
        expect.that(len(state) == 2, "state", f"{len(state)} parts", pair)
        hs, ahead = self.ahead(xs, state[0], lengths)
        reverse, back = self.back(padding.flip(xs, lengths), state[1], lengths)
        return torch.cat((hs, padding.flip(reverse, lengths)), -1), (ahead, back)
