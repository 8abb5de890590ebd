"""A larger character model for looking inside: an LSTM of 256 cells that has read the standard library for half an hour.

Embedding 32, forget bias 1, 32 streams in windows of 96 characters with the state carried on, Adam, clipping at norm 1, 12,000
updates. One seed; nothing was chosen but the size, so that the model stays below 1.4 MB. It is kept, to be looked at.
"""

import numpy as np
import torch

from lstm_course.cells import lstm
from lstm_course.models.language_model import LanguageModel
from lstm_course.studies import Kept
from lstm_course.studies.character_model import context, measure, schedule
from lstm_course.tasks import characters
from lstm_course.training import Carried, fit

__all__ = ["COLUMNS", "UNITS", "context", "run"]
UNITS = (0,)
COLUMNS = ("seed", "updates", "bits")
UPDATES = 12_000


def train(seed, hidden, updates, watch=None, progress=False):
    """An LSTM that reads the training modules.

    Args:
        seed: of the random start.
        hidden: H.
        updates: length of training.
        watch, progress: as in `fit`.
    Returns:
        LanguageModel.
    """
    tokens = characters.encode(characters.read(characters.TRAINING))
    window = characters.windows(tokens, batch=32, steps=96)
    rng = np.random.default_rng(seed)
    model = LanguageModel(lstm, 96, hidden, embedding=32, rng=rng, gradient="derived", forget_bias=1.0)
    batch = lambda k: [torch.from_numpy(part) for part in window(k)]
    fit(model, Carried(measure), batch, steps=updates, lr=4e-3, schedule=schedule(updates), watch=watch, progress=progress)
    return model


def run(seed, updates=UPDATES):
    """Train the model.

    Args:
        seed: of the random start.
        updates: length of training.
    Returns:
        Kept: rows (seed, updates, bits), bits per held-out character to three decimals; and the model.
    """
    held_out = torch.from_numpy(characters.encode(characters.read(characters.HELD_OUT)))
    rows, moments = [], {updates // 12 * k for k in range(1, 12)} | {updates}

    def look(done, model):
        if done in moments:
            rows.append((seed, done, f"{model.bits(held_out):.3f}"))

    return Kept(rows, {"character_cells": train(seed, 256, updates, watch=look)})
