"""A recurrent layer for torch: any cell, one model or N at once, its gradient by autograd or by our own derivation."""

import copy
from itertools import islice

import numpy as np
import torch
from torch import nn

from lstm_course import expect, padding, unroll


class Recurrent(nn.Module):
    """A cell along a sequence, with its parameters.

    Args:
        cell: any cell, for instance `lstm_course.cells.lstm`.
        input_size: D.
        hidden_size: H.
        models: None for one model, or N for N independent models side by side.
        rng: numpy.random.Generator; with N models each draws from its own `rng.spawn(N)` stream.
        gradient: "autograd", or "derived": the cell's own backpropagation through time, on one core the faster of the two.
        **init: further arguments of `cell.init`, for instance forget_bias.

    The parameters carry the names of the cell's `Params`, in torch's default floating-point type.

    Raises:
        ValueError: when an argument is none of the above, or "derived" is asked of a cell without a derived backward.

    >>> from lstm_course.cells import lstm
    >>> layer = Recurrent(lstm, 4, 5, rng=np.random.default_rng(0))
    >>> hs, state = layer(torch.zeros(7, 3, 4))
    >>> tuple(hs.shape), tuple(state.c.shape)
    ((7, 3, 5), (3, 5))
    """

    def __init__(self, cell, input_size, hidden_size, models=None, *, rng, gradient="autograd", **init):
        super().__init__()
        expect.that(gradient in ("autograd", "derived"), "gradient", repr(gradient), "'autograd' or 'derived'")
        unroll.expect_cell(cell)
        if gradient == "derived":
            unroll.expect_derived(cell)
        expect.positive("input_size", input_size)
        expect.positive("hidden_size", hidden_size)
        self.cell, self.models, self.gradient = cell, models, gradient
        self.input_size, self.hidden_size = input_size, hidden_size
        register(self, stack_init(cell.init, rng, models, input_size, hidden_size, **init))

    @property
    def params(self):
        """The cell's Params, of tensors."""
        return self.cell.Params(*(getattr(self, name) for name in self.cell.Params._fields))

    def forward(self, xs, state=None, lengths=None):
        """Run over sequences.

        Args:
            xs: (T, B, D), or (T, N, B, D) for N models.
            state: where to start; zeros if None.
            lengths: (B,), whole numbers from 1 to T; None where all sequences have T steps. What stands beyond the end of a
                sequence is never read.
        Returns:
            hs: (T, B, H), or (T, N, B, H), zero beyond the end of each sequence.
            state: the state after each sequence's last step.
        Raises:
            ValueError: when shapes or types disagree.
        """
        along = unroll.run if self.gradient == "autograd" else run_derived
        return padding.run(along, self.cell, self.params, xs, state, lengths)

    def __deepcopy__(self, memo):
        """A copy with parameters of its own; the cell is shared, since a module of functions cannot be copied."""
        memo[id(self.cell)] = self.cell
        twin = memo[id(self)] = type(self).__new__(type(self))
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    def extra_repr(self):
        name = getattr(self.cell, "__name__", "cell").split(".")[-1]
        return f"{name}, {self.input_size}, {self.hidden_size}, models={self.models}, gradient={self.gradient!r}"


def stack_init(init, rng, models, *args, **kwargs):
    """Parameters of one model, or of N stacked along a new first axis, each drawn from its own stream.

    Args:
        init: function of a generator, and of the further arguments, to a NamedTuple of arrays.
        rng: numpy.random.Generator.
        models: None, or N.
    Returns:
        What `init` returns; with N models every array has N in front.
    Raises:
        ValueError: when models is neither None nor a positive integer, or rng is no Generator.
    """
    expect.generator("rng", rng)
    if models is None:
        return init(rng, *args, **kwargs)
    expect.positive("models", models)
    each = [init(stream, *args, **kwargs) for stream in rng.spawn(models)]
    return each[0]._make(np.stack(values) for values in zip(*each, strict=True))


def register(module, values, prefix=""):
    """Make a NamedTuple of arrays parameters of a module, under their names, in torch's default floating-point type."""
    for name, value in values._asdict().items():
        module.register_parameter(prefix + name, nn.Parameter(torch.tensor(value, dtype=torch.get_default_dtype())))


def run_derived(cell, p, xs, state=None):
    """`unroll.run`, with the cell's own backward in place of autograd's. Args, returns and errors as there."""
    unroll.expect_derived(cell)
    state = unroll.check(cell, p, xs, state)
    hs, *last = _Derived.apply(cell, type(state), xs, *p, *map(torch.as_tensor, state))
    return hs, unroll.remake(state, last)


class _Derived(torch.autograd.Function):
    """Backpropagation through time as one node of torch's graph. On the CPU its arrays are NumPy's, in the same memory."""

    @staticmethod
    def forward(ctx, cell, State, xs, *tensors):
        x, *arrays = map(_array, (xs, *tensors))
        count = len(cell.Params._fields)
        p, start = cell.Params(*arrays[:count]), unroll.remake(State, arrays[count:])
        _, states, gates = unroll.walk(cell, p, x, start)
        ctx.cell, ctx.State, ctx.Gates = cell, State, type(gates)
        hs, *tape = map(torch.as_tensor, (states[0][1:], *states, *gates))
        # Torch watches what is saved for changes in place, hs for the tape in its memory, and frees it after the backward.
        ctx.save_for_backward(hs, xs, *tensors[:count], *tape)
        return hs, *(part[-1].clone() for part in tape[: len(states)])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, dhs, *dstate):
        saved = map(_array, ctx.saved_tensors)
        _, xs, *p = islice(saved, 2 + len(ctx.cell.Params._fields))
        states = unroll.remake(ctx.State, islice(saved, len(dstate)))
        tape = unroll.Tape(xs, states, unroll.remake(ctx.Gates, saved))
        dhs, *dstate = map(_array, (dhs, *dstate))
        dxs, dp, dstate0 = unroll.backward(ctx.cell, ctx.cell.Params(*p), tape, dhs, tuple(dstate))
        return None, None, *map(torch.as_tensor, (dxs, *dp, *dstate0))


def _array(x):
    x = x.detach()
    return x.numpy() if x.device.type == "cpu" else x
