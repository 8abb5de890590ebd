"""Models of the agreement language, ten of each kind, and what single units of theirs hold.

Kinds: the LSTM, the same without weight decay, and a plain tanh RNN. H = 32, embedding 16, 6,000 texts of 40 words, batches of
32, AdamW, clipping at norm 1, 3,000 updates. Weight decay makes units tidier; its size, 0.3, was found on a forerunner of this
language, and nothing was chosen on the seeds that are reported. The models are kept, to be looked at.
"""

from functools import partial

import numpy as np
import torch

from lstm_course import units, unroll
from lstm_course.cells import lstm, rnn
from lstm_course.models.language_model import LanguageModel
from lstm_course.studies import Kept
from lstm_course.studies.character_model import schedule
from lstm_course.tasks import agreement
from lstm_course.training import fit

COLUMNS = ("kind", "seed", "measure", "value")
UNITS = ("LSTM", "LSTM, no weight decay", "RNN")
SEEDS = tuple(range(10))
UPDATES, TEXTS, LENGTH, BATCH = 3000, 6000, 40, 32
ATTRACTORS = tuple(range(9))
NAMES = {"LSTM": "agreement_lstm", "RNN": "agreement_rnn"}
"""Under which the models are kept."""


def context():
    """What the rows are compared with, and on what terms."""
    return {"updates": UPDATES, "seeds": len(SEEDS), "texts": TEXTS, "words": LENGTH, "hidden": 32, "trained_attractors": 3}


def train(kind, seeds=SEEDS, updates=UPDATES):
    """Train models of one kind side by side, each on texts of its own.

    Returns:
        LanguageModel of as many models as seeds.
    """
    cell, rate, decay, how = {
        "LSTM": (lstm, 1e-2, 0.3, {"forget_bias": 1.0}),
        "LSTM, no weight decay": (lstm, 1e-2, 0.0, {"forget_bias": 1.0}),
        "RNN": (rnn, 3e-3, 0.3, {}),
    }[kind]
    texts = [agreement.draw(np.random.default_rng([seed, 0]), TEXTS, LENGTH + 1).tokens for seed in seeds]

    def batch(k):
        picks = (np.random.default_rng([seed, 1, k]).integers(0, TEXTS, BATCH) for seed in seeds)
        tokens = torch.from_numpy(np.stack([text[:, pick] for text, pick in zip(texts, picks, strict=True)], 1))
        return tokens[:-1], tokens[1:]

    rng = np.random.default_rng(seeds)
    model = LanguageModel(cell, len(agreement.VOCABULARY), 32, 16, len(seeds), rng=rng, gradient="derived", **how)
    optimizer = partial(torch.optim.AdamW, weight_decay=decay)
    fit(model, loss, batch, steps=updates, lr=rate, schedule=schedule(updates), optimizer=optimizer, progress=False)
    return model


def loss(model, batch):
    """A measure for `fit`: the mean cross-entropy of each model."""
    losses, _ = model.loss(*batch)
    return {"loss": losses.mean((0, -1))}


class Reading:
    """One model reading a text: `text`, `trace`, `cell`, the part of the state that is its `memory`, and its `values` there."""

    def __init__(self, model, text):
        self.text, self.cell = text, model.recurrent.cell
        self.p, self.ends = model.weights()
        self.xs = self.ends.embedding[text.tokens]
        self.trace = unroll.trace(self.cell, self.p, self.xs)
        self.memory = self.trace.states._fields[-1]
        self.values = getattr(self.trace.states, self.memory)

    def right(self, hs=None):
        """`agreement.right` of this model, or of what it would say with other hs."""
        return agreement.right((self.trace.states.h if hs is None else hs) @ self.ends.W_y + self.ends.b_y, self.text)

    def labels(self, of):
        """For "number" or "gender": what is true of plural or of feminine subjects, and the places where it is known."""
        kind = self.text.kind
        return (kind == 2, kind >= 0) if of == "number" else (kind == 1, (kind == 0) | (kind == 1))

    def find(self, of):
        """The unit that holds number or gender, as `units.Unit`."""
        return units.find(self.values, *self.labels(of))

    def flipped(self, of, numbers):
        """`right`, while some units say the opposite at every step."""
        opposite = units.opposite(self.values, *self.labels(of), numbers)
        return self.right(units.rewrite(self.cell, self.p, self.xs, units.hold(self.memory, numbers, opposite)))

    def zeroed(self, numbers):
        """`right`, while some units hold zero at every step."""
        return self.right(units.rewrite(self.cell, self.p, self.xs, units.hold(self.memory, numbers, 0.0)))

    def shares(self, right, what):
        """The shares of right answers, and balanced those of verbs with and without attractors: pairs of name and number."""
        for question, answers in right.items():
            yield f"{what}, {question}", np.nanmean(answers)
        plural = self.text.kind[:-1] == 2
        for name, among in (("near verb", self.text.attractors == 0), ("far verb", self.text.attractors > 0)):
            kinds = (right["verb"][among[:-1] & kind] for kind in (plural, ~plural))
            yield f"{what}, {name}", np.mean([np.nanmean(kind) for kind in kinds])

    def at(self, role):
        """The places of words of one role; the first word of a text, before which nothing was, is not among them."""
        found = self.text.roles == agreement.ROLES.index(role)
        found[0] = False
        return found


def run(kind, updates=UPDATES):
    """Train ten models of one kind, and measure each on texts that none was trained on.

    Args:
        kind: one of UNITS.
        updates: the budget.
    Returns:
        Kept: rows of `COLUMNS`, values to three decimals; and the models.
    """
    model, rows = train(kind, updates=updates), []
    for seed in SEEDS:
        rows += [(kind, seed, measure, f"{value:.3f}") for measure, value in measures(model.pick(seed))]
    return Kept(rows, {NAMES[kind]: model} if kind in NAMES else {})


def measures(model):
    """All that is measured of one model, as pairs of name and number."""
    rng = np.random.default_rng(2**32)
    for many in ATTRACTORS:
        text = agreement.draw(rng, 200, 16 + 8 * many, many)
        right = Reading(model, text).right()
        for question, answers in right.items():
            yield f"{question}, {many} attractors", np.nanmean(answers)
        tempted = ((agreement.last_noun(text) == 2) != (text.kind == 2))[:-1]
        if many:
            yield f"tempted verb, {many} attractors", np.nanmean(right["verb"][tempted])
        yield f"first pronoun gender, {many} attractors", np.nanmean(right["pronoun gender"][first_pronoun(text)])
    usual = Reading(model, agreement.draw(rng, 300, 60))
    for of in ("number", "gender"):
        unit = usual.find(of)
        best, (labels, among) = unit.ranked[:2].tolist(), usual.labels(of)
        yield from {
            f"{of} unit": unit.index, f"{of} unit, chosen": unit.chosen, f"{of} unit, held out": unit.held_out,
            f"{of} unit, r": unit.r, f"{of}, second unit": unit.each[best[1]],
            f"{of}, all units": units.linear(usual.values, labels, among),
            f"{of}, the word alone": units.by_symbol(usual.text.tokens, labels, among),
        }.items()  # fmt: skip
        if hasattr(usual.trace.gates, "f"):
            for role in ("opening", "subject", "attractor", "verb", "pronoun"):
                yield f"{of} unit, f at {role}", usual.trace.gates.f[..., unit.index][usual.at(role)].mean()
            inner = usual.at("other") & (usual.text.tokens == agreement.VOCABULARY.index("the"))
            yield f"{of} unit, f at inner the", usual.trace.gates.f[..., unit.index][inner].mean()
            yield f"{of} unit, i", usual.trace.gates.i[..., unit.index].mean()
        for many in (1, 2):
            yield from usual.shares(usual.flipped(of, best[:many]), f"{many} {of} flipped")
        yield from usual.shares(usual.zeroed(best[:1]), f"{of} zeroed")


def first_pronoun(text):
    """Where the next word is the first pronoun since its subject, (T - 1, B): unless a reflexive has just shown it, gender must
    cross the attractors there."""
    pronouns = np.cumsum(text.roles == agreement.ROLES.index("pronoun"), 0)
    at_subject = np.where(text.roles == agreement.ROLES.index("subject"), pronouns, 0)
    return (text.roles[1:] == agreement.ROLES.index("pronoun")) & (pronouns[:-1] == np.maximum.accumulate(at_subject)[:-1])
