"""Say what a picture shows: an eye, a decoder that looks around in what the eye sees, and what to ask of the looking.

Captions are (T, B), int64, with END and, behind it, IGNORED, as in `lstm_course.tasks.shapes`; alpha is (T, B, L).

Source: xu2015.
"""

from contextlib import contextmanager

import torch
from torch import nn

from lstm_course import expect
from lstm_course.models import decoding
from lstm_course.models.decoders import Memory
from lstm_course.models.seq2seq import before, graded, writing
from lstm_course.tasks import IGNORED


class Captioner(nn.Module):
    """Look at a picture, write its caption. One model.

    Args:
        grid: Grid, or another module from images (B, ...) to annotation vectors (B, L, D).
        decoder: ShowAttendTell, or another decoder that starts from a Memory; its `looks` is D.

    In training mode a grid with batch normalisation measures each picture by the others in the batch. To see what the model
    makes of a picture by itself, use `evaluating`; what writes by itself does so on its own. `lstm_course.models.seq2seq.whole`
    tells which captions are right from the first word to the last.

    >>> import numpy as np, torch
    >>> from lstm_course.attention import KINDS
    >>> from lstm_course.cells import lstm
    >>> from lstm_course.models.grid import Grid
    >>> from lstm_course.models.show_attend_tell import ShowAttendTell
    >>> from lstm_course.tasks import shapes
    >>> rng = np.random.default_rng(0)
    >>> grid = Grid(rng=rng)
    >>> decoder = ShowAttendTell(lstm, len(shapes.VOCABULARY), 24, 64, kind=KINDS["additive"], looks=grid.width, rng=rng)
    >>> images, captions, *_ = map(torch.from_numpy, shapes.batch(rng, B=3))
    >>> logits, alpha = Captioner(grid, decoder)(images, captions)
    >>> tuple(logits.shape), tuple(alpha.shape)
    ((9, 3, 15), (9, 3, 64))
    """

    def __init__(self, grid, decoder):
        super().__init__()
        self.grid, self.decoder = grid, decoder

    def forward(self, images, captions):
        """Write with the right words before one's eyes (teacher forcing).

        Args:
            images: (B, 3, side, side), as the grid takes them.
            captions: (T, B), int64.
        Returns:
            logits: (T, B, K).
            alpha: (T, B, L): where each step looked.
        Raises:
            ValueError: when an argument has the wrong shape or type.
        """
        return self.decoder(*self.task(images, captions))

    def task(self, images, captions):
        """What the decoder is given: tokens, speaking, memory. Args and errors as in `forward`."""
        expect.that(torch.is_tensor(captions), "captions", type(captions).__name__, "a torch tensor")
        expect.that(captions.dtype == torch.int64, "captions", captions.dtype, "torch.int64")
        expect.shape("captions", captions, T=None, B=len(images))
        return before(captions), *self._look(images)

    def greedy(self, images, most):
        """Write by itself, in eval mode, always the likeliest word.

        Args:
            images: as in `forward`.
            most: words to be written at most, END included.
        Returns:
            Written, as from `decoding.greedy`.
        """
        with evaluating(self):
            return decoding.greedy(*self._writing(images), most)

    def beam(self, images, most, width):
        """Write by itself, in eval mode, following several beginnings, as in `decoding.beam`."""
        with evaluating(self):
            return decoding.beam(*self._writing(images), most, width)

    def _look(self, images):
        values = self.grid(images)
        memory = Memory(values, values.new_ones(len(values), 1, values.shape[-2], dtype=torch.bool))
        return self.decoder.start(memory), self.decoder.prepare(memory)

    @torch.no_grad()
    def _writing(self, images):
        return writing(self.decoder, *self._look(images))


@contextmanager
def evaluating(model):
    """`with evaluating(model):` puts a model into eval mode, and each part of it back into its own mode afterwards."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


# Measures, for `fit`


def captioning(model, batch):
    """A measure for `fit`: cross-entropy and accuracy of the next word, the right ones before being given.

    Args:
        model: Captioner.
        batch: (images, captions), tensors.
    Returns:
        dict: "loss" in nats a word, END included, and "accuracy", each ().
    """
    images, captions = batch
    logits, _ = model(images, captions)
    return graded(logits, captions)


def penalised(penalty):
    """A measure for `fit`: `captioning`, with a penalty on where it looked.

    Args:
        penalty: function of alpha (T, B, L), and of said (T, B), bool, True at the steps that count, to a tensor ().
    Returns:
        Function of model and batch to a dict: "loss", which is "nats" and "penalty" together; and "accuracy".

    The paper adds its penalty to the -log p of a whole caption. Ours is the mean over the words, a ninth of that, and so is a
    weight that means the same.

    >>> measure = penalised(lambda alpha, said: 0.1 * doubly_stochastic(alpha, said) + 0.01 * entropy(alpha, said))
    """
    expect.that(callable(penalty), "penalty", repr(penalty), "a function of alpha and said")

    def measure(model, batch):
        images, captions = batch
        logits, alpha = model(images, captions)
        values, more = graded(logits, captions), penalty(alpha, captions != IGNORED)
        return {**values, "loss": values["loss"] + more, "nats": values["loss"], "penalty": more}

    return measure


# Penalties on alpha


def doubly_stochastic(alpha, said):
    """How far a caption is from having looked at every place as much as at any other.

        sum over places i of (1 - sum over steps t of alpha_ti)^2           the mean over the batch

    The weights of a step add up to 1 over the places; this asks the same of a place over the steps. With T steps and L places
    there is only T / L for each, so it is a wish, not a law: the penalty is smallest, L (1 - T / L)^2, where all got that.

    Args:
        alpha: (T, B, L), or (T, N, B, L).
        said: (T, B), or (T, N, B), bool: True at the steps that count.
    Returns:
        () or (N,).
    Raises:
        ValueError: when alpha are not floating-point numbers, or the shapes do not fit.
    Source: xu2015.

    >>> import torch
    >>> alpha = torch.tensor([[[0.5, 0.5, 0.0]], [[0.5, 0.0, 0.5]], [[1.0, 0.0, 0.0]]])
    >>> float(doubly_stochastic(alpha, torch.tensor([[True], [True], [False]])))
    0.5
    """
    _expect_steps(alpha, said)
    return (1 - (alpha * said[..., None]).sum(0)).square().sum(-1).mean(-1)


def entropy(alpha, said):
    """How spread the looking is, in nats, from 0 at a single place to log L.

        - sum over places i of alpha_ti log alpha_ti            the mean over all steps that count

    As a penalty on soft attention it is not in the paper. Args, returns and errors as in `doubly_stochastic`.

    >>> import torch
    >>> alpha = torch.tensor([[[0.5, 0.5, 0.0]], [[0.5, 0.0, 0.5]], [[1.0, 0.0, 0.0]]])
    >>> round(float(entropy(alpha, torch.tensor([[True], [True], [False]])).exp()), 3)
    2.0
    """
    _expect_steps(alpha, said)
    least = torch.finfo(alpha.dtype).tiny  # where alpha is 0, 0 log 0 = 0 would have an infinite derivative
    each = -(alpha * alpha.clamp_min(least).log()).sum(-1)
    return (each * said).sum((0, -1)) / said.sum((0, -1))


def _expect_steps(alpha, said):
    expect.that(torch.is_tensor(alpha), "alpha", type(alpha).__name__, "a torch tensor")
    expect.floats("alpha", alpha)
    kind = str(getattr(said, "dtype", type(said).__name__))
    expect.that(kind == "torch.bool", "said", kind, "a torch tensor of bool")
    ok = said.shape == alpha.shape[:-1] and said.dim() > 1 and bool(said.any())
    came = f"shape {tuple(said.shape)}" if said.any() else "no True"
    expect.that(ok, "said", came, f"{tuple(alpha.shape[:-1])}, as alpha without the places, with a step that counts")
