"""Small networks that rewrite dates, ten of them, the first kept for the gate lab to look into.

An encoder of 2 times 16 LSTM units, a decoder of 32 in Luong's order with dot product attention, embeddings of 8: small enough
for a page to carry. All see the same batches of 64 dates and start from different weights.

Source: bahdanau2015 and luong2015; the task and all sizes are our own.
"""

import numpy as np
import torch

from lstm_course import alignment, storage
from lstm_course.attention import KINDS
from lstm_course.cells import lstm
from lstm_course.models.decoders import Luong
from lstm_course.models.seq2seq import Encoder, Seq2Seq, translation, whole
from lstm_course.schedules import one_cycle
from lstm_course.studies import FOLDER, Kept
from lstm_course.tasks import dates
from lstm_course.training import fit

COLUMNS = ("seed", "whole", "mass", "pointing")
UNITS = ("ten readers",)
SEEDS = tuple(range(10))
HIDDEN, EMBEDDING = 16, 8
UPDATES, RATE, BATCH, TEST = 1000, 1e-2, 64, 1000
NAME, KIND = "date_reader", "a saved reader of dates"


def context():
    """On what terms."""
    sizes = {"hidden": HIDDEN, "embedding": EMBEDDING, "updates": UPDATES, "rate": RATE, "batch": BATCH, "test": TEST}
    return sizes | {"seeds": len(SEEDS)}


class Reader(Seq2Seq):
    """One network, or N side by side.

    Args:
        models: None for one, or N.
        rng: numpy.random.Generator.
    """

    def __init__(self, models=None, *, rng):
        sizes, start = (len(dates.VOCABULARY), len(dates.TARGET_VOCABULARY)), {"rng": rng, "forget_bias": 1.0}
        encoder = Encoder(lstm, sizes[0], EMBEDDING, HIDDEN, models, **start)
        looking = {"kind": KINDS["dot"], "looks": 2 * HIDDEN}
        super().__init__(encoder, Luong(lstm, sizes[1], EMBEDDING, 2 * HIDDEN, models, **start, **looking))

    def pick(self, n):
        """Network n of several, by itself."""
        one = Reader(rng=np.random.default_rng(0))
        one.load_state_dict({name: x[n].clone() for name, x in self.state_dict().items()}, assign=True)
        return one

    def save(self, path):
        """Write the weights to an .npz file. Errors as in `storage.save`."""
        storage.save(path, {name: p.detach().numpy(force=True) for name, p in self.named_parameters()}, {"kind": KIND})


def load():
    """The network that the study has kept.

    Returns:
        Reader.
    """
    arrays, _ = storage.load_about(FOLDER / f"{NAME}.npz", KIND, want={"kind": KIND})
    model = Reader(rng=np.random.default_rng(0))
    model.load_state_dict({name: torch.tensor(x) for name, x in arrays.items()}, assign=True)
    return model


def draw(step, B, days, N):
    """A batch that all N networks see: as dates.batch, with N before B, tensors; `where` is the same for all."""
    pairs = dates.batch(np.random.default_rng([5, step]), B, days)
    source, target = (torch.from_numpy(x)[:, None].expand(-1, N, -1) for x in (pairs.source, pairs.target))
    return source, torch.from_numpy(pairs.lengths), target, pairs.where


def run(unit, updates=UPDATES):
    """Train the ten, and let them write dates of days that none has seen.

    Args:
        unit: the only one of UNITS.
        updates: the budget.
    Returns:
        Kept: rows of `COLUMNS`, shares to four decimals; and the first network.
    """
    model = Reader(len(SEEDS), rng=np.random.default_rng(SEEDS))
    batches = lambda step: draw(step, BATCH, dates.TRAINING, len(SEEDS))[:3]
    fit(model, translation, batches, steps=updates, lr=RATE, schedule=one_cycle(updates), progress=False)
    return Kept(judge(model), {NAME: model.pick(0)})


@torch.no_grad()
def judge(model):
    """Rows: the share of dates that are right as a whole, and of the attention that lies where the answer stands."""
    source, lengths, target, where = draw(2**31, TEST, dates.TEST, len(SEEDS))
    right = whole(model.greedy(source, lengths, dates.T).tokens, target).double().mean(-1)
    _, alpha = model(source, lengths, target)
    found = zip(right, alignment.mass(alpha, where), alignment.pointing(alpha, where), strict=True)
    return [(seed, *(f"{float(value):.4f}" for value in row)) for seed, row in zip(SEEDS, found, strict=True)]
