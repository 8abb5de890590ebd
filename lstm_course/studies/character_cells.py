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


def untrained(seed, hidden):
    """A character LSTM as it begins: LanguageModel with H = hidden."""
    rng = np.random.default_rng(seed)
    return LanguageModel(lstm, 96, hidden, embedding=32, rng=rng, gradient="derived", forget_bias=1.0)


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
    model = untrained(seed, hidden)
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
    """Text that no model has read, in B pieces of T characters, and six questions about places in it.

    Every other piece, those on which `units.find` chooses, is from the first of the held-out modules; the rest, on which it
    scores, are spread over the four others. The first 100 characters of a piece do not count, since it begins in the middle of
    something; of the others every third does, as neighbours say nearly the same.

    Args:
        T, B: characters, pieces.
    Returns:
        Pieces.
    """
    text, truth = source.joined(characters.HELD_OUT)
    first = len(characters.read(characters.HELD_OUT[:1]))
    chosen = np.linspace(0, first - T, B // 2).astype(int)
    scored = np.linspace(first, len(text) - T, B // 2).astype(int)
    at = np.stack([chosen, scored], -1).ravel() + np.arange(T)[:, None]
    string, docstring, comment, depth, indent, column = (part[at] for part in truth)
    counts = np.isin(np.arange(T), np.arange(100, T, 3))[:, None] & np.ones(B, bool)
    code = counts & ~docstring & ~comment
    questions = {
        "a string is open, in code": (string, code),
        "a comment goes on, strings left out": (comment, counts & ~string),
        "a string or comment is open": (string | comment, counts),
        "a bracket is open, in code": (depth > 0, code & ~string),
        "indented by 8 or more": (indent >= 8, counts & (indent >= 0)),
        "beyond column 40": (column > 40, counts),
    }
    return Pieces(characters.encode(text)[at], questions)


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
