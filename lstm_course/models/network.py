"""A recurrent layer and a linear readout: the network for the tasks that ask one question, or one at every step."""

from typing import Any, NamedTuple

from torch import nn
from torch.nn.functional import cross_entropy

from lstm_course import expect
from lstm_course.cells.start import uniform
from lstm_course.layers import Recurrent, register, stack_init


class Readout(NamedTuple):
    """W_y (H, K), b_y (K,). N models: one more axis in front."""

    W_y: Any
    b_y: Any


def init_readout(rng, H, K):
    """Uniform in +-1/sqrt(H), torch's rule for a linear layer: Readout of one model, float64 arrays."""
    return Readout(uniform(rng, H, H, K), uniform(rng, H, K))


class Network(nn.Module):
    """Read a sequence and answer.

    Args:
        cell: any cell.
        inputs: D.
        hidden: H.
        outputs: K.
        models: None for one model, or N independent ones.
        rng: numpy.random.Generator.
        gradient: "derived" or "autograd", as in `Recurrent`.
        **init: further arguments of `cell.init`.
    Raises:
        ValueError: when an argument is none of the above.

    >>> import numpy as np
    >>> import torch
    >>> from lstm_course.cells import lstm
    >>> network = Network(lstm, inputs=4, hidden=5, outputs=2, rng=np.random.default_rng(0))
    >>> outputs, state = network(torch.zeros(7, 3, 4))
    >>> tuple(outputs.shape)
    (7, 3, 2)
    >>> outputs, state = network(torch.zeros(7, 3, 4), at=torch.tensor([6, 2, 6]))
    >>> tuple(outputs.shape)
    (3, 2)
    """

    def __init__(self, cell, inputs, hidden, outputs, models=None, *, rng, gradient="derived", **init):
        super().__init__()
        expect.positive("outputs", outputs)
        self.recurrent = Recurrent(cell, inputs, hidden, models, rng=rng, gradient=gradient, **init)
        register(self, stack_init(init_readout, rng, models, hidden, outputs))

    def forward(self, xs, at=None, state=None):
        """What the network says.

        Args:
            xs: (T, B, D), or (T, N, B, D) for N models.
            at: (B,) or (N, B), int64: the step after which each sequence is asked; None for every step.
            state: where to start; zeros if None.
        Returns:
            outputs: (B, K) or (N, B, K); with at=None (T, B, K) or (T, N, B, K).
            state: the state after the last step.
        Raises:
            ValueError: when shapes or types disagree.
        """
        hs, state = self.recurrent(xs, state)
        if at is not None:
            expect.that(at.shape == hs.shape[1:-1], "at", f"shape {tuple(at.shape)}", tuple(hs.shape[1:-1]))
            hs = hs.gather(0, at[None, ..., None].expand(1, *hs.shape[1:]))[0]
        return hs @ self.W_y + self.b_y[..., None, :], state


def classification(network, batch):
    """A measure for `fit`: the mean cross-entropy of the answers, and the share of right ones.

    Args:
        network: Network.
        batch: a tasks.Batch of tensors, for N models with N before B; targets are classes.
    Returns:
        dict: "loss" and "accuracy", each () or (N,).
    """
    xs, targets, at = batch
    outputs, _ = network(xs, at)
    losses = cross_entropy(outputs.movedim(-1, 1), targets, reduction="none")  # torch wants the classes second
    return {"loss": losses.mean(-1), "accuracy": (outputs.argmax(-1) == targets).to(outputs.dtype).mean(-1)}
