"""Tasks in which the next symbol is asked for, in one form, and how well a cell learns them.

    plain         plain recall across 2 steps: a cheap test
    recall        marked recall across 10 steps
    agreement     25 words of the agreement language
    characters    40 characters of the standard library's source text
    reber         embedded Reber strings

Of the first two one answer is asked, of the others the symbol after each.
"""

from functools import lru_cache, partial

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from lstm_course.models.network import Network
from lstm_course.tasks import IGNORED, agreement, characters, reber, recall
from lstm_course.training import fit

LENGTH = 40
RATES = (3e-3, 1e-2)


@lru_cache(maxsize=2)
def _text(held_out):
    return characters.encode(characters.read(characters.HELD_OUT if held_out else characters.TRAINING))


def draw(task, rng, B, held_out=False):
    """Sequences of a task.

    Args:
        task: a name of the list above.
        rng: numpy.random.Generator. B: sequences.
        held_out: of the characters, whether from the held-out modules; the other tasks are drawn anew each time.
    Returns:
        xs: (T, B, K), one-hot, in recall with a flag. targets: (T, B), the next symbol, or what was to be remembered; `IGNORED`
        where nothing is asked.
    """
    if task in ("plain", "recall"):
        xs, answers, at = (partial(recall.plain, gap=2) if task == "plain" else partial(recall.marked, gap=10))(rng, B)
        targets = np.full(xs.shape[:2], IGNORED)
        targets[at, np.arange(B)] = answers
        return xs, targets
    if task == "reber":
        xs, targets, asked = reber.batch(rng, B)
        return xs, np.where(asked, targets, IGNORED)
    if task == "agreement":
        tokens, K = agreement.draw(rng, B, 26).tokens, len(agreement.VOCABULARY)
    else:
        text, K = _text(held_out), len(characters.VOCABULARY)
        tokens = text[rng.integers(0, len(text) - LENGTH - 1, B) + np.arange(LENGTH + 1)[:, None]]
    return np.eye(K)[tokens[:-1]], tokens[1:]


def losses(network, batch):
    """Cross-entropy of N models in nats: summed over each sequence, the mean of the batch; and the mean of what is asked.

    Args:
        network: Network. batch: xs (T, N, B, K), targets (T, N, B), tensors.
    Returns:
        Two tensors (N,).
    """
    xs, targets = batch
    outputs, _ = network(xs)
    each = cross_entropy(outputs.movedim(-1, 1), targets, reduction="none", ignore_index=IGNORED).sum((0, -1))
    return each / targets.shape[-1], each / (targets != IGNORED).sum((0, -1))


def accuracy(cell, task, rates, seeds, updates=300, hidden=24, batch=16, gradient="autograd", **init):
    """Train a cell on a task with Adam, and count right answers on 200 fresh sequences.

    Args:
        cell: any cell.
        task: as in `draw`.
        rates: learning rates.
        seeds: of starts and data; each rate gets all of them.
        updates, hidden, batch, gradient: as in `fit` and `Network`.
        **init: further arguments of `cell.init`.
    Returns:
        (rates, seeds): the share of right symbols; of agreement, of right forms of verbs and pronouns, each question alike.
    """
    lr, pairs = np.repeat(rates, len(seeds)), [*seeds] * len(rates)
    N, K = len(pairs), draw(task, np.random.default_rng(0), 1)[0].shape[-1]
    network = Network(cell, K, hidden, K, N, rng=np.random.default_rng(pairs), gradient=gradient, **init)

    def batches(step):
        each = [draw(task, np.random.default_rng([seed, 2, step]), batch) for seed in seeds]
        T = max(len(xs) for xs, _ in each)
        fill = lambda x, value: np.pad(x, [(0, T - len(x)), *[(0, 0)] * (x.ndim - 1)], constant_values=value)
        sides = zip(*((fill(xs, 0), fill(targets, IGNORED)) for xs, targets in each), strict=True)
        xs, targets = (torch.from_numpy(np.stack([*parts] * len(rates), 1)) for parts in sides)
        return xs.float(), targets

    measure = lambda network, batch: {"loss": losses(network, batch)[1]}
    fit(network, measure, batches, steps=updates, lr=lr, progress=False)
    judge = np.random.default_rng([*seeds, 1])  # so that a rate is not chosen on the sequences that judge it
    return (_forms if task == "agreement" else _symbols)(network, task, N, judge).reshape(len(rates), len(seeds))


def rematch(cell, task, seeds, choice=(100, 101), **how):
    """Accuracy on seeds that have taken part in no choice, the learning rate having been chosen on others.

    Args:
        cell, task: as in `accuracy`.
        seeds: those that count.
        choice: those on which the rate is chosen.
        **how: further arguments of `accuracy`.
    Returns:
        rate: float. accuracy: (seeds,).
    """
    rate = RATES[int(accuracy(cell, task, RATES, choice, **how).mean(1).argmax())]
    return rate, accuracy(cell, task, (rate,), seeds, **how)[0]


def rematch_rows(head, cell, task, seeds, **how):
    """`rematch` as a study stores it.

    Args:
        head: what every row begins with.
        cell, task, seeds: as in `rematch`.
        **how: likewise.
    Returns:
        A row for each seed: those of head, rate, seed, and the accuracy to four decimals.
    """
    rate, found = rematch(cell, task, seeds, **how)
    return [(*head, rate, seed, f"{x:.4f}") for seed, x in zip(seeds, found, strict=True)]


@torch.no_grad()
def _symbols(network, task, N, rng):
    xs, targets = map(torch.from_numpy, draw(task, rng, 200, held_out=True))
    right = network(xs[:, None].float().expand(-1, N, -1, -1))[0].argmax(-1) == targets[:, None]
    return (right.sum((0, -1)) / (targets != IGNORED).sum()).double().numpy()


@torch.no_grad()
def _forms(network, task, N, rng):
    text = agreement.draw(rng, 200, 40)
    xs = torch.eye(len(agreement.VOCABULARY))[torch.from_numpy(text.tokens)]
    outputs = network(xs[:, None].expand(-1, N, -1, -1))[0].double().numpy()
    each = (agreement.right(outputs[:, n], text).values() for n in range(N))
    return np.array([np.mean([np.nanmean(answers) for answers in questions]) for questions in each])
