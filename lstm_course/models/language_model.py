"""A language model: an embedding, a recurrent layer, a readout. It gives, at every step, the odds of what comes next."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lstm_course import expect, storage
from lstm_course.cells import CELLS
from lstm_course.layers import Recurrent, register, stack_init
from lstm_course.models.embedding import embed


class Ends(NamedTuple):
    """What stands before and after the cell: embedding (K, E); W_y (H, K), b_y (K,). N models: one more axis in front."""

    embedding: Any
    W_y: Any
    b_y: Any


def init_ends(rng, K, E, H):
    """Standard normal embedding, readout of standard deviation 1/sqrt(H), no bias: Ends of one model, float64 arrays."""
    return Ends(rng.standard_normal((K, E)), rng.standard_normal((H, K)) / np.sqrt(H), np.zeros(K))


class LanguageModel(nn.Module):
    """Predict the next token of a sequence, for characters and words alike.

    Args:
        cell: any cell.
        vocabulary: K, the number of different tokens.
        hidden: H.
        embedding: E, the size of the vector that stands for a token.
        models: None for one model, or N independent ones.
        rng: numpy.random.Generator.
        gradient: "derived" or "autograd", as in `Recurrent`.
        **init: further arguments of `cell.init`.
    Raises:
        ValueError: when an argument is none of the above.

    >>> from lstm_course.cells import rnn
    >>> model = LanguageModel(rnn, vocabulary=10, hidden=5, embedding=4, rng=np.random.default_rng(0))
    >>> logits, state = model(torch.zeros(7, 3, dtype=torch.int64))
    >>> tuple(logits.shape)
    (7, 3, 10)
    """

    def __init__(self, cell, vocabulary, hidden, embedding, models=None, *, rng, gradient="derived", **init):
        super().__init__()
        for name, value in (("vocabulary", vocabulary), ("hidden", hidden), ("embedding", embedding)):
            expect.positive(name, value)
        self.recurrent = Recurrent(cell, embedding, hidden, models, rng=rng, gradient=gradient, **init)
        self.vocabulary, self.models, self.init = int(vocabulary), None if models is None else int(models), init
        register(self, stack_init(init_ends, rng, models, vocabulary, embedding, hidden))

    def forward(self, tokens, state=None):
        """Scores for the token after each one given.

        Args:
            tokens: (T, B) int64, or (T, N, B) for N models.
            state: where to start; zeros if None.
        Returns:
            logits: (T, B, K), or (T, N, B, K).
            state: the state after the last step.
        Raises:
            ValueError: when tokens have the wrong shape or type, or lie outside the vocabulary.
        """
        hs, state = self.recurrent(self.embed(tokens), state)
        return hs @ self.W_y + self.b_y[..., None, :], state

    def embed(self, tokens):
        """The vectors of tokens (T, B) or (T, N, B): (T, B, E) or (T, N, B, E). Errors as in `forward`."""
        self._expect_tokens("tokens", tokens, T=None, **({} if self.models is None else {"N": self.models}), B=None)
        return embed(self.embedding, tokens)

    def loss(self, tokens, targets, state=None):
        """Cross-entropy, in nats per token.

        Args:
            tokens, targets: (T, B) int64, or (T, N, B): what is read, and what comes after each.
            state: where to start; zeros if None.
        Returns:
            losses: (T, B), or (T, N, B): one for each token.
            state: the state after the last step.
        Raises:
            ValueError: when tokens or targets have the wrong shape or type, or lie outside the vocabulary.
        """
        logits, state = self(tokens, state)
        self._expect_tokens("targets", targets, **dict(zip("TB" if self.models is None else "TNB", tokens.shape, strict=True)))
        return cross_entropy(logits.flatten(0, -2), targets.reshape(-1), reduction="none").view(targets.shape), state

    @torch.no_grad()
    def sample(self, prompt, length, *, rng, temperature=1.0):
        """Continue a sequence by drawing one token after another. For one model.

        Args:
            prompt: sequence, array or tensor of at least one token number.
            length: how many tokens to draw.
            rng: numpy.random.Generator.
            temperature: the scores are divided by it; below 1 likelier tokens become likelier still.
        Returns:
            list of `length` token numbers.
        Raises:
            ValueError: when an argument does not fit, or there are several models.
        """
        expect.that(self.models is None, "model", f"{self.models} models", "a single one (see `pick`)")
        expect.generator("rng", rng)
        expect.positive("length", length)
        expect.number("temperature", temperature)
        expect.that(temperature > 0, "temperature", temperature, "a positive number")
        prompt = torch.from_numpy(expect.array("prompt", prompt, "iu", "one or more token numbers").astype(np.int64))
        self._expect_tokens("prompt", prompt, T=None)
        tokens, state, drawn = prompt[:, None], None, []
        for _ in range(length):
            logits, state = self(tokens, state)
            scores = logits[-1, 0].double().numpy() / temperature
            drawn.append(int(np.argmax(scores + rng.gumbel(size=self.vocabulary))))  # the Gumbel-max way to draw
            tokens = torch.tensor([[drawn[-1]]])
        return drawn

    @torch.no_grad()
    def bits(self, tokens, *, batch=16, steps=256):
        """How well a text is predicted, in bits per token, the state carried from its start to its end.

        The text is cut into streams that are read side by side; each starts from a state of zeros.

        Args:
            tokens: 1-D int64 tensor. batch: number of streams. steps: tokens read at a time.
        Returns:
            float, or an array (N,) for N models.
        Raises:
            ValueError: when tokens are no such tensor, lie outside the vocabulary, or are too few for that many streams.
        """
        expect.positive("batch", batch)
        expect.positive("steps", steps)
        self._expect_tokens("tokens", tokens, T=None)
        length = len(tokens) // batch
        expect.that(length >= 2, "tokens", len(tokens), f"at least {2 * batch} for {batch} streams")
        streams = tokens[: batch * length].view(batch, length).T
        state, total = None, 0.0
        for start in range(0, length - 1, steps):
            stop = min(start + steps, length - 1)
            inputs, targets = streams[start:stop], streams[start + 1 : stop + 1]
            if self.models is not None:
                inputs, targets = (x[:, None].expand(-1, self.models, -1) for x in (inputs, targets))
            losses, state = self.loss(inputs, targets, state)
            total = total + losses.double().sum((0, -1))
        bits = total / ((length - 1) * batch * np.log(2))
        return float(bits) if self.models is None else bits.numpy()

    def weights(self):
        """The cell's Params and the `Ends`, as NumPy arrays of float64, for looking inside."""
        ends = Ends(self.embedding, self.W_y, self.b_y)
        return tuple(
            type(part)(*(x.detach().double().numpy(force=True) for x in part)) for part in (self.recurrent.params, ends)
        )

    def pick(self, n):
        """Model n of several, as a single LanguageModel of its own, with weights of the same type."""
        expect.that(self.models is not None, "model", "a single one", "several models")
        ok = isinstance(n, Integral) and not isinstance(n, bool) and 0 <= n < self.models
        expect.that(ok, "n", repr(n), f"an integer from 0 to {self.models - 1}")
        one = self._alike(None)
        one.load_state_dict({name: x[n].clone() for name, x in self.state_dict().items()}, assign=True)
        return one

    def save(self, path):
        """Write sizes and weights to an .npz file, aside first and then renamed. The cell must stand in `CELLS`.

        Raises:
            ValueError: when it does not, or the path does not fit (see `storage.save`).
        """
        name = next((name for name, cell in CELLS.items() if cell is self.recurrent.cell), None)
        expect.that(name is not None, "cell", self.recurrent.cell, f"one of {', '.join(CELLS)}")
        about = {"cell": name, "models": self.models, "gradient": self.recurrent.gradient}
        weights = {name: p.detach().numpy(force=True) for name, p in self.named_parameters()}
        storage.save(path, weights, about)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote: the same weights, of the same type.

        Raises:
            FileNotFoundError: when there is no such file.
            ValueError: when the file is not a saved LanguageModel.
        """
        arrays, about = storage.load_about(path, "a saved LanguageModel")
        try:
            (*models, vocabulary, embedding), hidden = arrays["embedding"].shape, arrays["W_y"].shape[-2]
            expect.that(models == [n for n in (about["models"],) if n is not None], "models", about["models"], models)
            cell, rng = CELLS[about.pop("cell")], np.random.default_rng(0)
            model = cls(cell, vocabulary, hidden, embedding, rng=rng, **about)
            model.load_state_dict({name: torch.tensor(x) for name, x in arrays.items()}, assign=True)
        except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"path: got {path} ({error!r}), expected a saved LanguageModel") from error
        return model

    def _expect_tokens(self, name, x, **axes):
        """`x` is a tensor of token numbers with these axes."""
        expect.that(torch.is_tensor(x), name, type(x).__name__, "a torch tensor")
        expect.that(x.dtype == torch.int64, name, x.dtype, "torch.int64")
        expect.shape(name, x, **axes)
        low, high = int(x.min()), int(x.max())
        ok = low >= 0 and high < self.vocabulary
        expect.that(ok, name, f"numbers from {low} to {high}", f"numbers from 0 to {self.vocabulary - 1}")

    def _alike(self, models):
        r = self.recurrent
        sizes = (self.vocabulary, self.W_y.shape[-2], self.embedding.shape[-1])
        return type(self)(r.cell, *sizes, models, rng=np.random.default_rng(0), gradient=r.gradient, **self.init)
