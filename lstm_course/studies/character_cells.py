"""A larger character model for looking inside: an LSTM of 256 cells that has read the standard library for half an hour.

Embedding 32, forget bias 1, 32 streams in windows of 96 characters with the state carried on, Adam, clipping at norm 1, 12,000
updates. One seed; nothing was chosen but the size, so that the model stays below 1.4 MB. It is kept, to be looked at.
"""

from typing import Any, NamedTuple

import numpy as np
import torch

from lstm_course.cells import lstm
from lstm_course.models.language_model import LanguageModel
from lstm_course.studies import Kept
from lstm_course.studies.character_model import context, measure, schedule
from lstm_course.tasks import characters, source
from lstm_course.training import Carried, fit
from lstm_course.unroll import trace

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


class Pieces(NamedTuple):
    """Text that a model has not seen, side by side, and what is true of it.

    tokens: (T, B). questions: dict of name to (label, among), both (T, B), as `units.find` takes them.
    """

    tokens: Any
    questions: dict[str, Any]


def pieces(T=1000, B=64):
    """The beginning of the held-out modules in B pieces of T characters, and six questions about each place.

    The first 100 characters of a piece do not count, since it begins in the middle of something.

    Returns:
        Pieces.
    """
    text, truth = source.joined(characters.HELD_OUT)
    side_by_side = lambda x: np.asarray(x)[: T * B].reshape(B, T).T
    string, docstring, comment, depth, indent, column = map(side_by_side, truth)
    warm = np.arange(T)[:, None] * np.ones(B) >= 100
    code = warm & ~docstring & ~comment
    questions = {
        "a string is open, in code": (string, code),
        "a comment goes on, strings left out": (comment, warm & ~string),
        "a string or comment is open": (string | comment, warm),
        "a bracket is open, in code": (depth > 0, code & ~string),
        "indented by 8 or more": (indent >= 8, warm & (indent >= 0)),
        "beyond column 40": (column > 40, warm),
    }
    return Pieces(side_by_side(characters.encode(text)), questions)


def values(model, tokens):
    """What the cells of a character LSTM hold while it reads: c, (T, B, H), for tokens (T, B)."""
    p, ends = model.weights()
    return trace(model.recurrent.cell, p, ends.embedding[tokens]).states.c


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
