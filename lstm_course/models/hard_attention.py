"""Hard attention: at each step one place is drawn from alpha, and only that is seen. No gradient runs through a draw.

    s     drawn from alpha                  a place for each step
    z     = beta a_s                        what the soft decoder mixes from all places; the rest is as there

To be made large is the expectation of log p(y | s) over the draws. Its derivative has two parts: what is said at the places
seen, and which places are seen. The second is that of the draw's own log-probability, times how well it turned out,

    d E[log p(y | s)] = E[ d log p(y | s) + (log p(y | s) - b) d log p(s) ]         log p(s) = sum over steps of log alpha_s

with any number b that does not depend on s: since E[d log p(s)] = 0, the baseline b changes no expectation, but how much the
estimate scatters.

Source: xu2015 for the decoder, its baseline, and its half of captions with the expectation in place of a draw;
there the second part has a factor of its own, and a gate beta is spoken of only for the soft decoder. williams1992 for the
derivative, called REINFORCE.
"""

from typing import Any, NamedTuple

import torch

from lstm_course import expect
from lstm_course.models.captioner import entropy
from lstm_course.models.seq2seq import graded, nats
from lstm_course.models.show_attend_tell import ShowAttendTell
from lstm_course.tasks import IGNORED


class Choosing(NamedTuple):
    """Speaking, for a decoder that draws. drawn: (B,), bool: False in a caption that mixes. place: (B,), int64, seen last."""

    state: Any
    said: Any
    drawn: Any
    place: Any


class Record(NamedTuple):
    """logits (T, B, K), alpha (T, B, L); place (T, B), int64, drawn from alpha; drawn (B,), bool: whose context it became."""

    logits: Any
    alpha: Any
    place: Any
    drawn: Any


class HardAttention(ShowAttendTell):
    """ShowAttendTell, with a draw where that mixes. The parameters are the same: each may begin with the other's weights.

    Args as in `ShowAttendTell`.

    In training mode a caption draws with probability 1/2, else it mixes. In eval mode all of them see, at each step, the place
    of the largest alpha: nothing is left to chance. Draws come from torch's own random numbers, as those of
    `lstm_course.dropout` do: `torch.manual_seed` reproduces them, and `fit` keeps their state in its checkpoints.
    """

    def start(self, memory):
        state, said = super().start(memory)
        return Choosing(state, said, self.toss(said), torch.zeros_like(said[..., 0], dtype=torch.int64))

    def step(self, tokens, speaking, memory):
        mixed, alpha = self.look(speaking.state[0], memory)
        place = self.choose(alpha)
        seen = memory.values.take_along_dim(place[..., None, None], -2)[..., 0, :]
        context = torch.where(speaking.drawn[..., None], seen, mixed)
        return Choosing(*self.tell(tokens, speaking.state, context), speaking.drawn, place), alpha

    def forward(self, tokens, speaking, memory):
        return self.record(tokens, speaking, memory)[:2]

    def record(self, tokens, speaking, memory):
        """As `forward`, for training: a Record, which tells what was drawn."""
        steps = []
        for now in tokens.unbind(0):
            speaking, alpha = self.step(now, speaking, memory)
            steps.append((speaking.said, alpha, speaking.place))
        said, alpha, place = map(torch.stack, zip(*steps, strict=True))
        return Record(self.logits(said), alpha, place, speaking.drawn)

    def choose(self, alpha):
        """A place for each row: (..., L) to (...), int64."""
        if not self.training:
            return alpha.argmax(-1)
        return torch.multinomial(alpha.detach().flatten(0, -2), 1).view(alpha.shape[:-1])

    def toss(self, like):
        """Which captions draw: (..., E) to (...), bool."""
        return torch.rand_like(like[..., 0]) < 0.5 if self.training else torch.ones_like(like[..., 0], dtype=torch.bool)


def reinforce(log_p, log_chosen, baseline):
    """A loss whose derivative is, in expectation, that of -E[log p(y | s)].

        -log p(y | s) - (log p(y | s) - b) log p(s)             the bracket is a number: nothing is derived through it

    Args:
        log_p: (B,), log p(y | s).
        log_chosen: (B,), log p(s) of what was drawn, 0 for a caption that has drawn nothing.
        baseline: b, a number or (), that does not depend on these draws.
    Returns:
        (B,). Its value means nothing.
    """
    return -log_p - (log_p - baseline).detach() * log_chosen


def hard_captioning(spread):
    """What `Carried` makes a measure for `fit`: the derivative of `reinforce`, less a reward for looking around.

        loss = mean of reinforce(log p(y | s), log p(s), b) - spread entropy(alpha)
        b    = 0.9 b + 0.1 mean of log p(y | s)                 afterwards

    b begins with the mean of the first batch. Where a caption mixes, the gradient runs through alpha as in the soft decoder.

    Args:
        spread: weight of the entropy, at least 0.
    Returns:
        Function of model (Captioner with HardAttention), batch (images, captions) and state to a dict and the state (b,). The
        dict has "loss", of whole captions; "nats" and "accuracy" of a word, as in `captioning`; "entropy"; and "baseline".
    Raises:
        ValueError: when spread is no such number.

    >>> from lstm_course.training import Carried
    >>> measure = Carried(hard_captioning(spread=0.01))
    """
    expect.number("spread", spread)
    expect.that(spread >= 0, "spread", spread, "a number of at least 0")

    def measure(model, batch, state):
        images, captions = batch
        record, said = model.decoder.record(*model.task(images, captions)), captions != IGNORED
        log_p = -nats(record.logits, captions).sum(0)
        log_alpha = record.alpha.take_along_dim(record.place[..., None], -1)[..., 0].log()
        log_chosen = (log_alpha * said).sum(0) * record.drawn
        (b,) = (log_p.detach().mean(),) if state is None else state
        values, spreading = graded(record.logits, captions), entropy(record.alpha, said)
        loss = reinforce(log_p, log_chosen, b).mean() - spread * spreading
        values = {"loss": loss, "nats": values["loss"], "accuracy": values["accuracy"], "entropy": spreading, "baseline": b}
        return values, (0.9 * b + 0.1 * log_p.detach().mean(),)

    return measure
