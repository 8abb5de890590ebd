"""The experiments of 1997 with today's LSTM, ten seeds each, stopped by the paper's own rules.

Embedded Reber, adding, temporal order (6a) and the two-sequence problem (3a), with a forget gate, one layer, Adam and clipping
at norm 1. Sizes, rates, starts and batches were settled beforehand on other seeds (0 to 9, 20 to 25); the chrono start is told
the length of the task. One experiment is there twice, with small batches and with larger ones.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy, one_hot

from lstm_course.cells import lstm
from lstm_course.models.network import Network
from lstm_course.studies import criteria, trials
from lstm_course.tasks import adding, latch, reber, temporal_order
from lstm_course.training import fit

COLUMNS = ("experiment", "seed", "sequences", "wrong")
SEEDS = tuple(range(10, 20))
TESTS = 2560


class Experiment(NamedTuple):
    """draw: function (rng, B) to a Batch or Steps. measure: for `fit`. rule: stopping rule; None where networks are examined.
    outputs, hidden, rate, batch: sizes and learning rate. budget: sequences. init: how the LSTM starts."""

    draw: Any
    measure: Any
    rule: Any
    outputs: int
    hidden: int
    rate: float
    batch: int
    budget: int
    init: dict


def numbers(task, network, batch):
    """A measure for a task that asks for one number: squared error; absolute "error"; "wrong" by the paper's tolerance.

    The output is 0.5 + z / 4 of the readout z: the paper's logistic unit, made linear.
    """
    xs, targets, at = batch
    outputs = 0.5 + network(xs, at)[0][..., 0] / 4
    wrong = ~task.correct(outputs, targets)
    loss, error = 16 * ((outputs - targets) ** 2).mean(-1), abs(outputs - targets).mean(-1)
    return {"loss": loss, "error": error, "wrong": wrong.to(loss.dtype).sum(-1)}


def classes(task, network, batch):
    """A measure for a task that asks for a class: cross-entropy; absolute "error" of the probabilities; "wrong" likewise."""
    xs, targets, at = batch
    outputs = network(xs, at)[0]
    loss = cross_entropy(outputs.movedim(-1, 1), targets, reduction="none").mean(-1)
    probabilities = outputs.softmax(-1)
    error = abs(probabilities - one_hot(targets, outputs.shape[-1])).mean((-1, -2))
    return {"loss": loss, "error": error, "wrong": (~task.correct(probabilities, targets)).to(loss.dtype).sum(-1)}


def next_symbol(network, batch):
    """A measure for tasks of `tasks.Steps`: the mean cross-entropy of every answer that is asked for."""
    xs, targets, asked = batch
    losses = cross_entropy(network(xs)[0].movedim(-1, 1), targets, reduction="none") * asked
    return {"loss": losses.sum((0, -1)) / asked.sum((0, -1))}


def _adding(T, hidden, rate=2e-2, B=8, budget=200_000):
    rule = criteria.in_a_row(adding.IN_A_ROW, adding.MEAN_ERROR, B)
    return Experiment(partial(adding.batch, T=T), partial(numbers, adding), rule, 1, hidden, rate, B, budget, {"chrono": T})


def _latch(T):
    return Experiment(partial(latch.batch, T=T, N=3), partial(numbers, latch), None, 1, 16, 1e-2, 32, 100_000, {"chrono": T})


EXPERIMENTS = {
    "embedded Reber": Experiment(
        reber.batch, next_symbol, None, outputs=7, hidden=12, rate=1e-2, batch=1, budget=30_000, init={}
    ),
    "temporal order 6a": Experiment(
        temporal_order.batch,
        partial(classes, temporal_order),
        criteria.in_a_row(temporal_order.IN_A_ROW, temporal_order.MEAN_ERROR, 32),
        outputs=4, hidden=16, rate=1e-2, batch=32, budget=200_000, init={"chrono": 100},
    ),
    "two-sequence, T = 100": _latch(100),
    "two-sequence, T = 1000": _latch(1000),
    "adding, T = 100": _adding(100, 32),
    "adding, T = 500": _adding(500, 16, budget=100_000),
    "adding, T = 1000": _adding(1000, 16, budget=100_000),
    "adding, T = 100, batches of 32": _adding(100, 32, 1e-2, 32),
}  # fmt: skip
UNITS = tuple(EXPERIMENTS)

PAPER = {
    "embedded Reber": (8_440, None, 276),  # the fewest among the rows where all trials succeeded
    "temporal order 6a": (31_390, 1, 156),
    "two-sequence, T = 100": (39_850, 0.5, 102),
    "two-sequence, T = 1000": (452_460, 0.2, 102),
    "adding, T = 100": (74_000, 1, 93),
    "adding, T = 500": (209_000, 0, 93),
    "adding, T = 1000": (853_000, 1, 93),
    "adding, T = 100, batches of 32": (74_000, 1, 93),
}
"""Sequences until the rule held, on average over the trials of the paper; how many of 2,560 were wrong afterwards; weights."""


def context():
    """What the trivial answer reaches, and how many fresh sequences each network is tested on after its training."""
    mse = {f"adding, T = {T}": round(adding.baseline(T), 5) for T in (100, 500, 1000)}
    accuracy = {"temporal order 6a": temporal_order.chance(), "two-sequence": latch.chance(), "outer Reber letter": 0.5}
    return {"tests": TESTS, "seeds": len(SEEDS), "baseline_squared_error": mse, "chance": accuracy}


def run(unit, seeds=SEEDS, budget=None):
    """Train on one experiment, all seeds in one pass.

    Args:
        unit: its name.
        seeds: of the random starts and the data.
        budget: sequences; the experiment's own if None.
    Returns:
        Rows of `COLUMNS`: sequences until the paper's rule held, -1 where it did not within the budget; wrong, of 2,560 fresh
        sequences (for Reber: of the 512 strings of both sets).
    """
    experiment, network = EXPERIMENTS[unit], build(unit, seeds)
    updates = (experiment.budget if budget is None else budget) // experiment.batch
    train = _train_reber if unit == "embedded Reber" else _train
    stopped, wrong = train(experiment, network, seeds, updates)
    sequences = np.where(stopped < 0, -1, stopped * experiment.batch)
    return [(unit, seed, int(n), int(k)) for seed, n, k in zip(seeds, sequences, wrong, strict=True)]


def build(unit, seeds):
    """The untrained networks of one experiment."""
    experiment, rng = EXPERIMENTS[unit], np.random.default_rng(seeds)
    D = experiment.draw(np.random.default_rng(0), 1).xs.shape[-1]
    return Network(lstm, D, experiment.hidden, experiment.outputs, len(seeds), rng=rng, **experiment.init)


def weights(unit):
    """How many weights one network of an experiment has."""
    return sum(p.numel() for p in build(unit, (0,)).parameters())


def _train(experiment, network, seeds, updates):
    """The number of updates at which each network was stopped, and how many of 2,560 fresh sequences it gets wrong."""
    draw, measure = experiment.draw, experiment.measure

    @torch.no_grad()
    def fresh(network, n, label):
        """What `measure` says of n sequences that were never trained on."""
        return measure(network, trials.stack([draw(np.random.default_rng([seed, 2**31, *label]), n) for seed in seeds]))

    def examine(done, network):
        values = fresh(network, latch.TESTS, (1, done))
        return ((values["wrong"] == latch.WRONG) & (values["error"] < latch.MEAN_ERROR)).numpy()

    examined = criteria.Examined(examine, 25, len(seeds))
    how = {"stop": experiment.rule} if experiment.rule else {"stop": examined.stop, "watch": examined.watch}
    batches = trials.streams(draw, seeds, experiment.batch)
    history = fit(network, measure, batches, steps=updates, lr=experiment.rate, progress=False, **how)
    return history.stopped, sum(fresh(network, 256, (0, k))["wrong"] for k in range(TESTS // 256))


def _train_reber(experiment, network, seeds, updates):
    """Strings of the 256 for training, until all 512 are predicted without fault at every step. Returns as `_train`, of 512."""
    sets = [reber.data_set(np.random.default_rng([seed, 0])) for seed in seeds]
    every = trials.stack([reber.encode(learn + judge) for learn, judge in sets])
    legal = torch.from_numpy(np.stack([reber.solve(xs.numpy()) for xs in every.xs.unbind(1)], 1))

    def batches(step):
        picks = [np.random.default_rng([seed, 1, step]).integers(0, 256, experiment.batch) for seed in seeds]
        return trials.stack([reber.encode([sets[n][0][k] for k in pick]) for n, pick in enumerate(picks)])

    @torch.no_grad()
    def wrong(network):
        right = reber.correct(network(every.xs)[0], legal) | ~every.asked
        return (~right.all(0)).sum(-1).numpy()

    examined = criteria.Examined(lambda done, network: wrong(network) == 0, 20, len(seeds))
    how = {"stop": examined.stop, "watch": examined.watch}
    history = fit(network, experiment.measure, batches, steps=updates, lr=experiment.rate, progress=False, **how)
    return history.stopped, wrong(network)
