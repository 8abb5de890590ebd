"""Trials: the same network from many random starts, each with its own stream of data, in one pass.

The learning rate is chosen on seeds of its own, so that the runs that are reported have not taken part in the choice.
"""

from typing import Any, NamedTuple

import numpy as np
import torch

from lstm_course.models.network import Network, classification
from lstm_course.studies.processes import one_thread
from lstm_course.training import fit

RATES = (1e-3, 3e-3, 1e-2)
CHOICE = (1000, 1001, 1002)  # the seeds on which a learning rate is chosen
BATCH = 32
AFTER = 50  # updates that follow the one at which a run counts as solved: at that moment it is often right by luck


class Outcome(NamedTuple):
    """updates (N,), int: until the mean accuracy of ten batches first reached 99 %, -1 where the budget ended before.
    accuracy (N,): on 1,000 fresh sequences after training, which ends `AFTER` updates later, or with the budget: whether
    the run has kept what it had reached."""

    updates: Any
    accuracy: Any


def stack(batches):
    """Batches of N models as one: xs (T, N, B, D), shorter ones padded with zeros; the rest (N, B), or (T, N, B) for Steps.

    Args:
        batches: list of tasks.Batch or tasks.Steps.
    Returns:
        The same kind, of tensors, floats in torch's default type.
    """
    T = max(len(batch.xs) for batch in batches)

    def join(name, parts):
        axis = 1 if name == "xs" or parts[0].ndim == 2 else 0
        if axis:
            parts = [np.pad(x, [(0, T - len(x)), *[(0, 0)] * (x.ndim - 1)]) if len(x) < T else x for x in parts]
        out = torch.from_numpy(np.stack(parts, axis))
        return out.to(torch.get_default_dtype()) if out.is_floating_point() else out

    kind = type(batches[0])
    return kind(*(join(name, parts) for name, parts in zip(kind._fields, zip(*batches, strict=True), strict=True)))


def streams(draw, seeds, B=BATCH):
    """Fresh data at every update, for each model from its own seed.

    Args:
        draw: function (rng, B) to a tasks.Batch or tasks.Steps.
        seeds: N of them.
        B: sequences for each model.
    Returns:
        Function of the update's number to a stacked batch, for `fit`.
    """
    return lambda step: stack([draw(np.random.default_rng([seed, step]), B) for seed in seeds])


def moment(accuracy, threshold=0.99, last=10):
    """The update after which the mean over the `last` batches first reached the threshold.

    Args:
        accuracy: (updates, N).
    Returns:
        (N,), int: at least `last`; -1 where it never did.

    >>> moment(np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.9]]), last=2)
    array([3, 2])
    """
    sums = np.cumsum(np.concatenate([np.zeros((1, *accuracy.shape[1:])), accuracy]), 0)
    reached = (sums[last:] - sums[:-last]) / last >= threshold - 1e-12
    return np.where(reached.any(0), reached.argmax(0) + last, -1) if len(reached) else np.full(accuracy.shape[1:], -1)


def settled(history):
    """The stopping rule: `AFTER` updates since the run was solved."""
    solved = moment(history.values["accuracy"])
    return (solved >= 0) & (len(history.norms) >= solved + AFTER)


@one_thread()
def train(cell, draw, seeds, lr, updates, hidden=32, **init):
    """Train one network for each seed.

    Args:
        cell: any cell.
        draw: function (rng, B) to a tasks.Batch whose targets are classes.
        seeds: N of them. Each settles a stream of data; all together, in their order, settle the random starts.
        lr: learning rate, a number or N.
        updates: the budget.
        hidden: H.
        **init: further arguments of `cell.init`.
    Returns:
        network: Network of N models.
        outcome: Outcome.
    """
    example = draw(np.random.default_rng(0), 100)
    classes = int(example.targets.max()) + 1
    rng = np.random.default_rng(seeds)
    network = Network(cell, example.xs.shape[-1], hidden, classes, len(seeds), rng=rng, **init)
    history = fit(network, classification, streams(draw, seeds), steps=updates, lr=lr, stop=settled, progress=False)
    return network, Outcome(moment(history.values["accuracy"]), accuracy(network, draw, seeds))


@torch.no_grad()
def accuracy(network, draw, seeds, n=1000):
    """The share of right answers of each model on n fresh sequences, (N,)."""
    fresh = stack([draw(np.random.default_rng([seed, 2**32 - 1]), n) for seed in seeds])
    return classification(network, fresh)["accuracy"].double().numpy()


def trial(cell, draw, seeds, updates, **how):
    """Choose the learning rate, then train one network for each seed with it. Args as in `train`.

    Returns:
        rate: float.
        outcome: Outcome.
    """
    rate = best_rate(cell, draw, updates, **how)
    return rate, train(cell, draw, seeds, rate, updates, **how)[1]


def rows(outcome, seeds):
    """An Outcome as rows (seed, updates, accuracy to three decimals)."""
    results = zip(seeds, outcome.updates, outcome.accuracy, strict=True)
    return [(seed, int(updates), f"{accuracy:.3f}") for seed, updates, accuracy in results]


def terms(chance, budget, seeds):
    """What a study of trials tells in its `context`: the chance level, and on what terms the networks were trained."""
    return {"chance": chance, "budget": budget, "seeds": len(seeds), "rates": RATES, "choice": CHOICE}


def best_rate(cell, draw, updates, rates=RATES, **how):
    """The learning rate with the fewest updates to success, on the seeds of `CHOICE`; between equals the highest accuracy.

    Args as in `train`; all rates and seeds are trained in one pass.

    Returns:
        float. A run that was not solved counts as the whole budget.
    """
    seeds = np.tile(CHOICE, len(rates))
    _, outcome = train(cell, draw, seeds, np.repeat(rates, len(CHOICE)), updates, **how)
    cost = np.where(outcome.updates < 0, updates, outcome.updates).reshape(len(rates), -1).mean(1)
    score = outcome.accuracy.reshape(len(rates), -1).mean(1)
    return float(min(zip(cost, -score, rates, strict=True))[2])
