"""One block: how much of a sequence gets through a transformer of one block, by what it knows of the places.

The task, the updates, the rate, the seeds and the judging are those of `bottleneck`. The block is 64 numbers wide, with 128 in
between: with a learned vector for each place, with sines and cosines, with four heads in place of one, and without any places.

Source: vaswani2017; the task and all sizes are our own.
"""

import numpy as np
import torch

from lstm_course.models.transformer import Transformer, sinusoids
from lstm_course.studies import bottleneck

COLUMNS = ("model", "seed", "length", "symbols", "whole", "mass", "pointing")
UNITS = ("learned places", "sinusoids", "four heads", "no places")
WIDTH, HIDDEN, HEADS, LONGEST = 64, 128, 4, max(bottleneck.LENGTHS)


def context():
    """On what terms."""
    shared = ("updates", "rate", "batch", "shortest", "longest", "symbols", "test", "seeds")
    theirs = bottleneck.context()
    return {"width": WIDTH, "thinking": HIDDEN, "heads": HEADS} | {name: theirs[name] for name in shared}


def build(name, models, rng):
    """The network of a name.

    Args:
        name: in UNITS.
        models: None for one model, or N.
        rng: numpy.random.Generator.
    Returns:
        Transformer.
    """
    heads = HEADS if name == "four heads" else 1
    model = Transformer(bottleneck.SYMBOLS + 1, WIDTH, HIDDEN, LONGEST, heads, models, rng=rng)
    if name == "sinusoids":
        keep_places(model, sinusoids(LONGEST, WIDTH))
    if name == "no places":
        keep_places(model, 0.0)
    return model


@torch.no_grad()
def keep_places(model, values):
    """Give the places of a Transformer these vectors, once and for all."""
    model.place_embedding.copy_(torch.as_tensor(values))
    model.place_embedding.requires_grad_(False)


def run(unit, updates=bottleneck.UPDATES, seeds=bottleneck.SEEDS):
    """Train the networks of a name from all seeds, then let them write. Args, but for the unit, and returns as there."""
    return bottleneck.ask(build(unit, len(seeds), np.random.default_rng(seeds)), (unit,), updates, seeds)
