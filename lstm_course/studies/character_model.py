"""The character model of chapter 1, from ten random starts: bits per character on held-out modules during training.

About 8 minutes on one core.
"""

import numpy as np
import torch

from lstm_course.cells import rnn
from lstm_course.models import baselines
from lstm_course.models.language_model import LanguageModel
from lstm_course.tasks import characters
from lstm_course.training import Carried, fit

UNITS = tuple(range(10))
COLUMNS = ("seed", "updates", "bits")
UPDATES = 1600
MOMENTS = (1, 30, 100, 300, 600, 1000, UPDATES)


def context():
    """What counting reaches on the same text: bits of the n-gram models, from the uniform distribution to the 8-gram."""
    training, held_out = (characters.encode(characters.read(names)) for names in (characters.TRAINING, characters.HELD_OUT))
    rows = baselines.kneser_ney(training, held_out, 8, len(characters.VOCABULARY))
    return {"n_gram_bits": [round(float(bits), 3) for bits in baselines.bits_per_character(rows)]}


def run(seed, updates=UPDATES):
    """Train one model.

    Args:
        seed: of the random start; the text is the same for all.
        updates: length of training.
    Returns:
        Rows (seed, updates, bits), bits per held-out character to three decimals.
    """
    tokens = characters.encode(characters.read(characters.TRAINING))
    held_out = torch.from_numpy(characters.encode(characters.read(characters.HELD_OUT)))
    window = characters.windows(tokens, batch=64, steps=24)
    model = LanguageModel(rnn, 96, hidden=256, embedding=32, rng=np.random.default_rng(seed), gradient="autograd")
    rows = []

    def look(done, model):
        if done in MOMENTS or done == updates:
            rows.append((seed, done, f"{model.bits(held_out):.3f}"))

    fit(
        model,
        Carried(measure),
        lambda k: [torch.from_numpy(part) for part in window(k)],
        steps=updates,
        lr=6e-3,
        schedule=schedule(updates),
        watch=look,
        progress=False,
    )
    return rows


def measure(model, batch, state):
    """The mean loss of a window, and the state to carry on."""
    losses, state = model.loss(*batch, state)
    return {"loss": losses.mean()}, state


def schedule(updates):
    """A factor on the learning rate: up over the first 100 updates, then down along a cosine to almost nothing."""
    return lambda k: min((k + 1) / 100, 1.0) * np.cos(np.pi / 2 * k / updates) ** 2 + 1e-3
