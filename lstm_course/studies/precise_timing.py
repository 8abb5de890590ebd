"""Do peepholes help with timing? Four tasks of Gers and others, three cells, ten seeds each.

The cells: the LSTM, the LSTM with peepholes, and the latter without a tanh on what it shows, as in the paper (NOAF). Two or
four cells, a linear readout, Adam, clipping at norm 1, 2,000 updates on streams of ten intervals, forget bias 1. The learning
rate is chosen for each network and task of 0.003, 0.01 and 0.03 on two other seeds, by what counts: the right intervals, of at
most 100, before the first error, on average over 20 fresh streams (of a wave there is only one).

Source: gers2002; there one cell, other starts, stochastic gradient descent and far more training.
"""

from functools import partial

import numpy as np
import torch

from lstm_course.cells.odyssey import ODYSSEY
from lstm_course.models.network import Network
from lstm_course.tasks import timing
from lstm_course.training import fit

COLUMNS = ("task", "cell", "hidden", "rate", "seed", "intervals", "error")
TASKS = {
    "measuring": (timing.measuring, timing.TOLERANCE),
    "generating": (timing.generating, timing.TOLERANCE),
    "cosine, 10 steps": (partial(timing.periodic, timing.cosine, F=10), timing.TOLERANCE_PERIODIC),
    "cosine, 25 steps": (partial(timing.periodic, timing.cosine, F=25), timing.TOLERANCE_PERIODIC),
}
CELLS = {"LSTM": "NP", "peephole": "V", "peephole, no tanh": "NOAF"}
UNITS = tuple((task, cell, hidden) for task in TASKS for hidden in (2, 4) for cell in CELLS)
RATES = (3e-3, 1e-2, 3e-2)
SEEDS, CHOICE = tuple(range(10)), (1000, 1001)
UPDATES, INTERVALS, TEST = 2000, 10, 100


def context():
    """On what terms."""
    return {"seeds": len(SEEDS), "rates": RATES, "updates": UPDATES, "trained": INTERVALS, "tested": TEST}


def _streams(task, seeds, B, intervals):
    """Streams of N seeds side by side: xs (T, N, B, 1), the rest (T, N, B), of tensors."""
    make, _ = TASKS[task]
    if task.startswith("cosine"):
        each = [make(periods=intervals)] * len(seeds)
    else:
        each = [make(np.random.default_rng(seed), B, intervals) for seed in seeds]
    return timing.Stream(*(torch.from_numpy(np.stack(parts, 1)) for parts in zip(*each, strict=True)))


def outcome(task, cell, hidden, rates, seeds, updates=UPDATES):
    """Train a network for each pair of rate and seed.

    Returns:
        intervals, error: each (rates, seeds): right intervals before the first error, and the mean squared error, when tested.
    """
    pairs = [*seeds] * len(rates)
    model = ODYSSEY[CELLS[cell]]
    network = Network(model, 1, hidden, 1, len(pairs), rng=np.random.default_rng(pairs), gradient="derived", forget_bias=1.0)

    def errors(stream):
        outputs = network(stream.xs.float())[0][..., 0]
        squares = (outputs - stream.targets.float()) ** 2 * stream.asked
        return outputs, squares.sum((0, -1)) / stream.asked.sum((0, -1))

    fit(
        network,
        lambda network, stream: {"loss": errors(stream)[1]},
        lambda step: _streams(task, [[seed, step] for seed in pairs], 8, INTERVALS),
        steps=updates,
        lr=np.repeat(rates, len(seeds)),
        schedule=lambda step: min(1.0, 2 * (1 - step / updates)),
        progress=False,
    )
    with torch.no_grad():
        test = _streams(task, [[seed, 2**32 - 1] for seed in pairs], 20, TEST)
        outputs, error = errors(test)
        intervals = timing.score(outputs.double(), test, TASKS[task][1]).intervals.double().mean(-1)
    return tuple(x.double().numpy().reshape(len(rates), len(seeds)) for x in (intervals, error))


def run(unit, updates=UPDATES):
    """Choose the learning rate of one network on one task, then train it from ten seeds.

    Args:
        unit: (task, cell, hidden).
        updates: length of training.
    Returns:
        Rows of `COLUMNS`, intervals to one decimal, error to four.
    """
    tried = outcome(*unit, RATES, CHOICE, updates)[0].mean(1)
    rate = RATES[int(tried.argmax())]
    found = outcome(*unit, (rate,), SEEDS, updates)
    return [
        (*unit, rate, seed, f"{n:.1f}", f"{error:.4f}") for seed, n, error in zip(SEEDS, *(x[0] for x in found), strict=True)
    ]
