"""Captions: which are right, and where the network looked, by what was asked of the looking and by how far a place sees.

Pictures of 32 x 32 pixels with two shapes, a grid of 8 x 8 places, an LSTM decoder of 64 units, additive attention, Adam, a
learning rate of 0.004 that rises and falls once, batches of 64 new pictures, ten seeds. Hard attention has half that rate, and
1,200 updates, from the start or the last 400 of them after soft attention; one soft network has as many, so that nobody gains
by that alone. Networks with another field have the entropy penalty, and one that looks evenly has none.

Judged is what a network writes by itself, on 500 new pictures of captions that it has seen, of captions that it has not, of
pairs of colour and shape that it has not, and of two objects of the same kind. Where it looks is judged with the right words
given, on the first of these.

Source: xu2015 for the network, the doubly stochastic penalty and hard attention; the pictures, the entropy penalty and all
sizes are our own.
"""

from functools import partial

import numpy as np
import torch

from lstm_course import alignment
from lstm_course.attention import KINDS, even
from lstm_course.cells import lstm
from lstm_course.models.captioner import Captioner, captioning, doubly_stochastic, entropy, evaluating, penalised
from lstm_course.models.grid import NARROW, WIDE, Grid, Layer, field
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
"""Weight of the entropy: as a penalty on soft attention; as a reward for hard attention after soft, and from the start."""

FIELDS = {
    "field 4": (Layer(24, 2, 2), Layer(64, 2, 2), Layer(48, 1, 1)),
    "field 8": (Layer(24, 2, 2), Layer(64, 4, 2), Layer(48, 1, 1)),
    "field 10": (Layer(24, 4, 2), Layer(64, 4, 2), Layer(48, 1, 1)),
    "field 14": WIDE,
    "no attention, field 14": WIDE,
}
"""How many pixels a side a place sees, beside NARROW's 6; the grid is always 8 x 8."""

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
    **dict.fromkeys(FIELDS, sharp),
    "no attention, field 14": captioning,
}
"""What is minimised by those that do not draw. The paper adds its penalty to the nats of a caption, ours is of a word."""

WAYS = (*MEASURES, "hard", "hard, after soft")
SEEDS = tuple(range(10))
UNITS = tuple((way, seed) for way in WAYS for seed in SEEDS)
SPLITS = {"exact": "training", "other captions": "test", "unseen pairs": "unseen pairs"}
LOOKED = ("mass", "pointing", "sees")
WORDS = ("unseen colour", "unseen shape", "known colour", "known shape")
COLUMNS = ("way", "seed", *SPLITS, "twins", *LOOKED, *WORDS)


def context():
    """On what terms."""
    sizes = {"updates": UPDATES, "afterwards": AFTERWARDS, "rate": RATE, "hard rate": HARD_RATE, "batch": BATCH, "test": TEST}
    weights = {"sharp": SHARP, "spread": SPREAD, "spread alone": SPREAD_ALONE}
    return sizes | weights | {"hidden": HIDDEN, "embedding": EMBEDDING, "chance": shapes.expected_chance()}


def build(way, seed):
    """The network of a way, before training: Captioner."""
    rng = np.random.default_rng(seed)
    grid = Grid(FIELDS.get(way, NARROW), rng=rng)
    kind = even if way.startswith("no attention") else KINDS["additive"]
    Decoder = HardAttention if way.startswith("hard") else ShowAttendTell
    sizes = len(shapes.VOCABULARY), EMBEDDING, HIDDEN
    return Captioner(grid, Decoder(lstm, *sizes, kind=kind, looks=grid.width, rng=rng, forget_bias=1.0))


def draw(seed, step, B=BATCH):
    """The pictures of an update, and their captions: tensors, as a measure takes them."""
    images, captions, *_ = shapes.batch(np.random.default_rng([seed, step]), B)
    return torch.from_numpy(images), torch.from_numpy(captions)


def train(way, seed, updates=UPDATES, afterwards=AFTERWARDS):
    """A network of a way, trained: Captioner."""
    model, batches = build(way, seed), partial(draw, seed)

    def learn(model, measure, steps, rate):
        fit(model, measure, batches, steps=steps, lr=rate, schedule=one_cycle(steps), progress=False)

    with torch.random.fork_rng(devices=[]):  # hard attention draws from these
        torch.manual_seed(seed)
        if way == "hard":
            learn(model, Carried(hard_captioning(SPREAD_ALONE)), updates + afterwards, HARD_RATE)
        elif way == "hard, after soft":
            model.load_state_dict(train("entropy", seed, updates).state_dict())
            learn(model, Carried(hard_captioning(SPREAD)), afterwards, HARD_RATE)
        else:
            learn(model, MEASURES[way], updates + afterwards * (way == "entropy, longer"), RATE)
    return model


def run(unit, updates=UPDATES, afterwards=AFTERWARDS, B=TEST):
    """Train one network, then ask it.

    Args:
        unit: (way, seed).
        updates, afterwards, B: other numbers of updates and of pictures, for a trial.
    Returns:
        One row of `COLUMNS`, shares to four decimals; where it looked is empty without attention.
    """
    way, seed = unit
    model, pictures = train(way, seed, updates, afterwards), partial(np.random.default_rng, [seed, 2**32 - 1])
    asked = {name: shapes.batch(pictures(), B, split) for name, split in SPLITS.items()}
    written = [exact(model, shown) for shown in (*asked.values(), shapes.twins(pictures(), B))]
    found = looked(model, asked["exact"])
    named = words(model, asked["unseen pairs"])
    texts = [f"{share:.4f}" for share in (*written, *found, *named)]
    if way.startswith("no attention"):
        texts[len(written) : len(written) + len(found)] = [""] * len(found)
    return [(way, seed, *texts)]


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
    """At words of colour and shape: the attention in the box of what is named, how often most of it is there, and how often the
    place with most of it sees at least a pixel of the box."""
    _, alpha = told(model, shown)
    size = field([convolution.layer for convolution in model.grid.layers]).size
    reach = size / 2 * np.array([-1, -1, 1, 1])
    near, there = (shapes.where(boxes, shown.names) for boxes in (shown.boxes + reach, shown.boxes))
    return float(alignment.mass(alpha, there)), float(alignment.pointing(alpha, there)), float(alignment.pointing(alpha, near))


def words(model, shown):
    """How often colour and shape are right, of the unseen pair and of the known one, in the order of `WORDS`."""
    logits, _ = told(model, shown)
    right, B = (logits.argmax(-1).numpy() == shown.captions).T, len(shown.images)
    spoken = shown.captions.T
    pairs = [[tuple(shapes.VOCABULARY[w] for w in spoken[b][shown.names[:, b] == k]) for k in (0, 1)] for b in range(B)]
    marks = np.array([[right[b][shown.names[:, b] == k] for k in (0, 1)] for b in range(B)])
    new = np.array([[pair in shapes.UNSEEN for pair in both] for both in pairs])
    return *marks[new].mean(0), *marks[~new].mean(0)
