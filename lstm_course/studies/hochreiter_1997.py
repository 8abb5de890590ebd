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
    """draw: function (rng, B) to a Batch. measure: for `fit`. rule: stopping rule, or None for the examination of the latch.
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


def _adding(T, hidden, rate=2e-2, B=8):
    rule = criteria.in_a_row(adding.IN_A_ROW, adding.MEAN_ERROR, B)
    return Experiment(partial(adding.batch, T=T), partial(numbers, adding), rule, 1, hidden, rate, B, 200_000, {"chrono": T})


def _latch(T):
    return Experiment(partial(latch.batch, T=T, N=3), partial(numbers, latch), None, 1, 16, 1e-2, 32, 100_000, {"chrono": T})


EXPERIMENTS = {
    "temporal order 6a": Experiment(
        temporal_order.batch,
        partial(classes, temporal_order),
        criteria.in_a_row(temporal_order.IN_A_ROW, temporal_order.MEAN_ERROR, 32),
        outputs=4, hidden=16, rate=1e-2, batch=32, budget=200_000, init={"chrono": 100},
    ),
    "two-sequence, T = 100": _latch(100),
    "two-sequence, T = 1000": _latch(1000),
    "adding, T = 100": _adding(100, 32),
    "adding, T = 100, batches of 32": _adding(100, 32, 1e-2, 32),
    "adding, T = 500": _adding(500, 16),
    "adding, T = 1000": _adding(1000, 16),
}  # fmt: skip
UNITS = ("embedded Reber", *EXPERIMENTS)


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
    if unit == "embedded Reber":
        return _run_reber(seeds, 30_000 if budget is None else budget)
    experiment = EXPERIMENTS[unit]
    draw, measure, B = experiment.draw, experiment.measure, experiment.batch
    D = draw(np.random.default_rng(0), 1).xs.shape[-1]
    rng = np.random.default_rng(seeds)
    network = Network(lstm, D, experiment.hidden, experiment.outputs, len(seeds), rng=rng, **experiment.init)

    @torch.no_grad()
    def fresh(network, n, label):
        """What `measure` says of n sequences that were never trained on."""
        return measure(network, trials.stack([draw(np.random.default_rng([seed, 2**31, *label]), n) for seed in seeds]))

    def examine(done, network):
        values = fresh(network, latch.TESTS, (1, done))
        return ((values["wrong"] == latch.WRONG) & (values["error"] < latch.MEAN_ERROR)).numpy()

    examined = criteria.Examined(examine, 25, len(seeds))
    how = {"stop": experiment.rule} if experiment.rule else {"stop": examined.stop, "watch": examined.watch}
    updates = (experiment.budget if budget is None else budget) // B
    history = fit(network, measure, trials.streams(draw, seeds, B), steps=updates, lr=experiment.rate, progress=False, **how)
    wrong = sum(fresh(network, 256, (0, k))["wrong"] for k in range(TESTS // 256))
    return _rows(unit, seeds, history.stopped, B, wrong)


def _rows(unit, seeds, stopped, B, wrong):
    sequences = np.where(stopped < 0, -1, stopped * B)
    return [(unit, seed, int(n), int(k)) for seed, n, k in zip(seeds, sequences, wrong, strict=True)]


def _run_reber(seeds, budget):
    """One string an update, from the 256 for training, until all 512 are predicted without fault at every step."""
    sets = [reber.data_set(np.random.default_rng([seed, 0])) for seed in seeds]
    every = trials.stack([reber.encode(learn + judge) for learn, judge in sets])
    legal = torch.from_numpy(np.stack([reber.solve(xs.numpy()) for xs in every.xs.unbind(1)], 1))
    rng = np.random.default_rng(seeds)
    network = Network(lstm, len(reber.SYMBOLS), 12, len(reber.SYMBOLS), len(seeds), rng=rng)

    def draw(rng, B, learn):
        return reber.encode([learn[k] for k in rng.integers(0, len(learn), B)])

    def batches(step):
        return trials.stack(
            [draw(np.random.default_rng([seed, 1, step]), 1, learn) for seed, (learn, _) in zip(seeds, sets, strict=True)]
        )

    @torch.no_grad()
    def wrong(network):
        right = reber.correct(network(every.xs)[0], legal) | ~every.asked
        return (~right.all(0)).sum(-1).numpy()

    examined = criteria.Examined(lambda done, network: wrong(network) == 0, 20, len(seeds))
    how = {"stop": examined.stop, "watch": examined.watch}
    history = fit(network, next_symbol, batches, steps=budget, lr=1e-2, progress=False, **how)
    return _rows("embedded Reber", seeds, history.stopped, 1, wrong(network))


def next_symbol(network, batch):
    """A measure for tasks of `tasks.Steps`: the mean cross-entropy of every answer that is asked for."""
    xs, targets, asked = batch
    losses = cross_entropy(network(xs)[0].movedim(-1, 1), targets, reduction="none") * asked
    return {"loss": losses.sum((0, -1)) / asked.sum((0, -1))}
