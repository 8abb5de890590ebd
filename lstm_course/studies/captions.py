"""Captions: which are right, and where the network looked, by what was asked of the looking.

Pictures of 32 x 32 pixels with two shapes, a grid of 8 x 8 places, an LSTM decoder of 64 units, additive attention, Adam, a
learning rate of 0.004 that rises and falls once, batches of 64 new pictures, ten seeds. Hard attention has half that rate, and
1,200 updates, from the start or the last 400 of them after soft attention, which see the first 400 batches again; one soft
network has as many, so that nobody gains by that alone. Without attention there is a second one, whose places see more.

Judged is what a network writes by itself, on 500 new pictures of captions that it has seen, of captions that it has not, of
pairs of colour and shape that it has not, and of two objects of the same kind. Where it looks is judged with the right words
given, on the first of these.

Source: xu2015 for the network, the doubly stochastic penalty and hard attention; the pictures and all sizes are our own, and
the entropy penalty is not in the paper.
"""

from functools import partial

import numpy as np
import torch

from lstm_course import alignment
from lstm_course.attention import KINDS, even
from lstm_course.cells import lstm
from lstm_course.models.captioner import Captioner, captioning, doubly_stochastic, entropy, evaluating, penalised
from lstm_course.models.grid import NARROW, WIDE, Grid
from lstm_course.models.hard_attention import HardAttention, hard_captioning
from lstm_course.models.seq2seq import whole
from lstm_course.models.show_attend_tell import ShowAttendTell
from lstm_course.schedules import one_cycle
from lstm_course.tasks import shapes
from lstm_course.training import Carried, fit

UPDATES, AFTERWARDS = 800, 400
RATE, HARD_RATE, BATCH, TEST = 4e-3, 2e-3, 64, 500
HIDDEN, EMBEDDING = 64, 24
SHARP, SPREAD, SPREAD_ALONE = 0.01, 0.01, 0.05
"""Weights of the entropy, as a penalty on soft attention and as a reward for hard attention, after soft and from the start."""

sharp = penalised(lambda alpha, said: SHARP * entropy(alpha, said))
"""The measure with which a network is to look at few places."""


def _evened(weight):
    return penalised(lambda alpha, said: weight / shapes.LENGTH * doubly_stochastic(alpha, said))


MEASURES = {
    "no attention": captioning,
    "soft": captioning,
    "doubly stochastic": _evened(1),
    "doubly stochastic, a tenth": _evened(0.1),
    "entropy": sharp,
    "entropy, longer": sharp,
    "no attention, field 14": captioning,
}
"""What is minimised by those that do not draw. The paper adds its penalty to the nats of a caption, ours is of a word."""

WAYS = (*MEASURES, "hard", "hard, after soft")
SEEDS = tuple(range(10))
UNITS = tuple((way, seed) for way in WAYS for seed in SEEDS)
SPLITS = {"exact": "training", "other captions": "test", "unseen pairs": "unseen pairs"}
LOOKED = ("mass", "pointing")
WORDS = ("unseen colour", "unseen shape", "known colour", "known shape")
COLUMNS = ("way", "seed", *SPLITS, "twins", *LOOKED, *WORDS)


def context():
    """On what terms."""
    sizes = {"updates": UPDATES, "afterwards": AFTERWARDS, "rate": RATE, "hard rate": HARD_RATE, "batch": BATCH, "test": TEST}
    weights = {"sharp": SHARP, "spread": SPREAD, "spread alone": SPREAD_ALONE}
    return sizes | weights | {"hidden": HIDDEN, "embedding": EMBEDDING, "chance": shapes.expected_chance()}


def build(way, seed):
    """The network of a way, before training: Captioner."""
    layers = WIDE if way.endswith("field 14") else NARROW
    kind = even if way.startswith("no attention") else KINDS["additive"]
    return assemble(layers, seed, kind, HardAttention if way.startswith("hard") else ShowAttendTell)


def assemble(layers, seed, kind=KINDS["additive"], Decoder=ShowAttendTell):
    """An eye of these layers, and a decoder that looks with this kind of attention, untrained: Captioner."""
    rng = np.random.default_rng(seed)
    grid, sizes = Grid(layers, rng=rng), (len(shapes.VOCABULARY), EMBEDDING, HIDDEN)
    return Captioner(grid, Decoder(lstm, *sizes, kind=kind, looks=grid.width, rng=rng, forget_bias=1.0))


def draw(seed, step):
    """The pictures of an update, and their captions: tensors, as a measure takes them."""
    images, captions, *_ = shapes.batch(np.random.default_rng([seed, step]), BATCH)
    return torch.from_numpy(images), torch.from_numpy(captions)


def learn(model, measure, seed, updates, rate=RATE):
    """Train on batches of this seed; the Captioner is handed back."""
    fit(model, measure, partial(draw, seed), steps=updates, lr=rate, schedule=one_cycle(updates), progress=False)
    return model


def train(way, seed, updates=UPDATES, afterwards=AFTERWARDS):
    """A network of a way, trained: Captioner."""
    model, more = build(way, seed), updates + afterwards
    with torch.random.fork_rng(devices=[]):  # hard attention draws from these
        torch.manual_seed(seed)
        if way == "hard":
            return learn(model, Carried(hard_captioning(SPREAD_ALONE)), seed, more, HARD_RATE)
        if way == "hard, after soft":
            model.load_state_dict(train("entropy", seed, updates).state_dict())
            return learn(model, Carried(hard_captioning(SPREAD)), seed, afterwards, HARD_RATE)
        return learn(model, MEASURES[way], seed, more if way == "entropy, longer" else updates)


def run(unit, updates=UPDATES, afterwards=AFTERWARDS, B=TEST):
    """Train one network, then ask it.

    Args:
        unit: (way, seed).
        updates, afterwards, B: other numbers of updates and of pictures, for a trial.
    Returns:
        One row of `COLUMNS`, shares to four decimals; where it looked is empty without attention.
    """
    way, seed = unit
    shares = judge(train(way, seed, updates, afterwards), seed, B)
    if way.startswith("no attention"):
        shares |= dict.fromkeys(LOOKED, "")
    return [(way, seed, *(shares[column] for column in COLUMNS[2:]))]


def judge(model, seed, B=TEST):
    """The shares of a row, as texts, by their column."""
    asked = {name: ask(seed, B, split) for name, split in SPLITS.items()}
    found = {name: exact(model, shown) for name, shown in asked.items()}
    found["twins"] = exact(model, shapes.twins(_test(seed), B))
    found |= zip(LOOKED, looked(model, asked["exact"]), strict=True)
    found |= zip(WORDS, words(model, asked["unseen pairs"]), strict=True)
    return {name: f"{share:.4f}" for name, share in found.items()}


def ask(seed, B=TEST, split="training"):
    """The pictures on which a network of this seed is judged: Captioned."""
    return shapes.batch(_test(seed), B, split)


def _test(seed):
    return np.random.default_rng([seed, 2**32 - 1])


@torch.no_grad()
def told(model, shown):
    """Logits and alpha, in eval mode, with the right words given: Captioner and Captioned to (T, B, K) and (T, B, L)."""
    with evaluating(model):
        return model(torch.from_numpy(shown.images), torch.from_numpy(shown.captions))


def exact(model, shown):
    """The share of captions that a model writes by itself without a mistake."""
    tokens = model.greedy(torch.from_numpy(shown.images), shapes.LENGTH).tokens
    return float(whole(tokens, torch.from_numpy(shown.captions)).double().mean())


def looked(model, shown):
    """At words of colour and shape: the attention in the box of what is named, and how often most of it is there."""
    _, alpha = told(model, shown)
    where = shapes.where(shown.boxes, shown.names)
    return float(alignment.mass(alpha, where)), float(alignment.pointing(alpha, where))


def words(model, shown):
    """How often colour and shape are right, of the unseen pair and of the known one, in the order of `WORDS`."""
    logits, _ = told(model, shown)
    right, B = (logits.argmax(-1).numpy() == shown.captions).T, len(shown.images)
    spoken = shown.captions.T
    pairs = [[tuple(shapes.VOCABULARY[w] for w in spoken[b][shown.names[:, b] == k]) for k in (0, 1)] for b in range(B)]
    marks = np.array([[right[b][shown.names[:, b] == k] for k in (0, 1)] for b in range(B)])
    new = np.array([[pair in shapes.UNSEEN for pair in both] for both in pairs])
    return *marks[new].mean(0), *marks[~new].mean(0)
