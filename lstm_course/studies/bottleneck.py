"""The bottleneck: how much of a sequence gets through one vector, and how much with a look back, over the sequence's length.

Reversal of 5 to 40 symbols out of 50. A bidirectional LSTM encoder of 2 x 32 units and an LSTM decoder of 64, Adam, a learning
rate of 0.005 that rises and falls once, batches of 64 sequences of one length, ten seeds. Without attention a second time, two
and a half times as wide, and a third time with as many updates as take about the time of the slowest attention. Judged is what
a network writes by itself, on sequences of a length; 60 is longer than any it has learned from.

Source: bahdanau2015 and luong2015; the task and all sizes are our own.
"""

import numpy as np
import torch

from lstm_course import alignment
from lstm_course.attention import KINDS
from lstm_course.cells import lstm
from lstm_course.models.decoders import Bahdanau, Luong, Plain
from lstm_course.models.decoding import alike
from lstm_course.models.seq2seq import Encoder, Seq2Seq, translation, whole
from lstm_course.schedules import one_cycle
from lstm_course.tasks import END, IGNORED, reversal
from lstm_course.training import fit

COLUMNS = ("model", "updates", "seed", "length", "symbols", "whole", "mass", "pointing")
DECODERS = {
    "none": (Plain, {}),
    "none, wider": (Plain, {}),
    "dot": (Luong, {"kind": KINDS["dot"]}),
    "scaled dot": (Luong, {"kind": KINDS["scaled_dot"]}),
    "general": (Luong, {"kind": KINDS["general"]}),
    "additive": (Bahdanau, {"kind": KINDS["additive"]}),
}
UPDATES, LONGER = 1000, 3000
UNITS = (*((name, UPDATES) for name in DECODERS), ("none", LONGER))
SEEDS = tuple(range(10))
LENGTHS = (5, 10, 15, 20, 30, 40, 60)
HIDDEN, WIDER, EMBEDDING = 32, 80, 32
RATE, BATCH, TEST = 5e-3, 64, 100
SHORTEST, LONGEST, SYMBOLS = 5, 40, 50


def context():
    """On what terms."""
    sizes = {"hidden": HIDDEN, "wider": WIDER, "updates": UPDATES, "longer": LONGER, "rate": RATE, "batch": BATCH}
    return sizes | {"shortest": SHORTEST, "longest": LONGEST, "symbols": SYMBOLS, "test": TEST, "seeds": len(SEEDS)}


def build(name, models, rng, hidden=None):
    """The encoder and decoder of a name.

    Args:
        name: in DECODERS.
        models: None for one model, or N.
        rng: numpy.random.Generator.
        hidden: of each direction; that of the study if None.
    Returns:
        Seq2Seq.
    """
    Decoder, looking = DECODERS[name]
    hidden = hidden or (WIDER if name == "none, wider" else HIDDEN)
    looking = looking and {**looking, "looks": 2 * hidden}
    encoder = Encoder(lstm, SYMBOLS + 1, EMBEDDING, hidden, models, rng=rng, forget_bias=1.0)
    return Seq2Seq(encoder, Decoder(lstm, SYMBOLS + 1, EMBEDDING, 2 * hidden, models, rng=rng, forget_bias=1.0, **looking))


def draw(seeds, step, length, B=BATCH):
    """Sequences of one length, those of each seed side by side.

    Args:
        seeds: N of them. step: number of the update, or another name of the draw.
        length: of all sequences.
        B: for each seed.
    Returns:
        source (S, N, B), lengths (B,), target (S + 1, N, B), tensors; where (S + 1, S, B), the same for all.
    """
    each = [reversal.batch(np.random.default_rng([seed, step]), B, length, length, SYMBOLS) for seed in seeds]
    source, target = (torch.from_numpy(np.stack([pairs[k] for pairs in each], 1)) for k in (0, 2))
    return source, torch.from_numpy(each[0].lengths), target, each[0].where


def run(unit, updates=None, seeds=SEEDS):
    """Train one kind of decoder from all seeds, then let it write.

    Args:
        unit: (name, updates).
        updates: another number of them, for a trial.
        seeds: N of them.
    Returns:
        Rows of `COLUMNS`, shares to four decimals; mass and pointing are empty without attention.
    """
    model = build(unit[0], len(seeds), np.random.default_rng(seeds))
    return ask(model, unit, updates or unit[1], seeds)


def ask(model, head, updates, seeds):
    """Train networks side by side, then let them write.

    Args:
        model: N networks, with `greedy` as that of Seq2Seq. head: how its rows begin. updates: how many. seeds: N of them.
    Returns:
        Rows, behind `head` as in `COLUMNS`.
    """

    def batches(step):
        length = int(np.random.default_rng([7, step]).integers(SHORTEST, LONGEST + 1))
        return draw(seeds, step, length)[:3]

    fit(model, translation, batches, steps=updates, lr=RATE, schedule=one_cycle(updates), progress=False)
    return [row for length in LENGTHS for row in judge(model, head, seeds, length)]


@torch.no_grad()
def judge(model, head, seeds, length):
    """Rows of one length: the share of right symbols and of right sequences, and of the attention that lies on the truth."""
    source, lengths, target, where = draw(seeds, 2**32 - 1, length, TEST)
    tokens = model.greedy(source, lengths, length + 1).tokens
    _, alpha = model(source, lengths, target)
    said, wanted = alike(tokens, target.where(target != IGNORED, END))
    symbols = (said == wanted)[:length].double().mean((0, -1))
    found = [symbols, whole(tokens, target).double().mean(-1)]
    if alpha is not None:
        found += [alignment.mass(alpha, where), alignment.pointing(alpha, where)]
    texts = [[f"{float(part[n]):.4f}" for part in found] + [""] * (4 - len(found)) for n in range(len(seeds))]
    return [(*head, seed, length, *row) for seed, row in zip(seeds, texts, strict=True)]
