"""Temporal order with fifty tanh units and plain gradient descent, with and without clipping, ten seeds each.

Sparse recurrent weights with 15 inputs a unit and spectral radius 0.95, other weights of standard deviation 0.1, learning rate
0.01, 20 sequences an update, norms clipped at 1: as in the paper, whose budget of 5 million updates is out of reach here. A run
succeeds when less than 1 % of 1,000 fresh sequences (in the paper 10,000) are wrong; it is examined every 500 updates.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np
import torch

from lstm_course.cells import rnn
from lstm_course.models.network import Network, classification
from lstm_course.probes import spectral_radius
from lstm_course.studies import trials
from lstm_course.studies.criteria import Examined
from lstm_course.tasks import temporal_order
from lstm_course.training import fit

COLUMNS = ("clip", "length", "seed", "updates", "accuracy")
SEEDS = tuple(range(10))
LENGTHS = (20, 30)
UNITS = tuple((clip, length) for length in LENGTHS for clip in ("1", "none"))
HIDDEN, FAN_IN, RADIUS, SPREAD = 50, 15, 0.95, 0.1
BUDGET, TESTS = 20_000, 1000


def context():
    """What guessing reaches, and the budget."""
    return {"chance": temporal_order.chance(), "budget": BUDGET, "seeds": len(SEEDS), "tests": TESTS}


def sparse_init(rng, D, H):
    """rnn.Params with FAN_IN non-zero recurrent weights for each unit, scaled to a spectral radius of RADIUS; biases are zero.

    The paper gives the spread of the other weights as N(0, 0.01); here that is a variance.
    """
    W_h = rng.standard_normal((H, H))
    for unit in range(H):
        W_h[rng.permutation(H)[FAN_IN:], unit] = 0
    return rnn.Params(SPREAD * rng.standard_normal((D, H)), W_h * (RADIUS / spectral_radius(W_h)), np.zeros(H))


def build(seeds):
    """The untrained networks, one for each seed."""
    cell = SimpleNamespace(**{**vars(rnn), "init": sparse_init})
    network = Network(cell, 8, HIDDEN, 4, len(seeds), rng=np.random.default_rng(seeds))
    with torch.no_grad():
        network.W_y.copy_(SPREAD * torch.randn(network.W_y.shape, generator=torch.Generator().manual_seed(0)))
        network.b_y.zero_()
    return network


def train(network, unit, seeds, updates, **how):
    """Gradient descent on one unit, (clip, length). Further arguments and the history are those of `fit`."""
    clip, length = unit
    streams = trials.streams(partial(temporal_order.batch, T=length), seeds, B=20)
    how |= {"clip": None if clip == "none" else float(clip), "optimizer": torch.optim.SGD}
    return fit(network, classification, streams, steps=updates, lr=0.01, progress=False, **how)


def run(unit, seeds=SEEDS, updates=BUDGET):
    """Train at one length, with or without clipping, all seeds in one pass.

    Args:
        unit: (clip, length), clip "1" or "none".
        seeds: of the random starts and the data.
        updates: the budget.
    Returns:
        Rows of `COLUMNS`: updates until the examination was passed, -1 where it was not, and the accuracy at the end, nan if
        the weights have left the finite numbers.
    """
    clip, length = unit
    network, accuracy = build(seeds), np.full(len(seeds), np.nan)

    @torch.no_grad()
    def examine(done, network):
        rngs = (np.random.default_rng([seed, 2**31, done]) for seed in seeds)
        fresh = trials.stack([temporal_order.batch(rng, TESTS, T=length) for rng in rngs])
        going = ~examined.passed
        right = classification(network, fresh)["accuracy"].numpy()
        finite = network.W_y.isfinite().all(-1).all(-1).numpy() & network.recurrent.W_h.isfinite().all(-1).all(-1).numpy()
        accuracy[going] = np.where(finite, right, np.nan)[going]
        return np.rint(accuracy * TESTS) > 0.99 * TESTS

    examined = Examined(examine, 500, len(seeds))
    history = train(network, unit, seeds, updates, stop=examined.stop, watch=examined.watch)
    results = zip(seeds, history.stopped, accuracy, strict=True)
    return [(clip, length, seed, int(n), f"{share:.3f}") for seed, n, share in results]
