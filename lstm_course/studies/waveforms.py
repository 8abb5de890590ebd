"""A waveform out of nothing, with three cells of the same number of weights: does a clock in the cell help?

Ten waveforms of 320 samples, one network for each. About 100, 250, 500 and 1,000 weights, as in the paper; the input's, which
see nothing, are not counted. Adam, clipping at norm 1, 1,500 updates; the learning rate of each cell and size is chosen of
0.001, 0.003, 0.01 and 0.03 on three other waveforms.

Source: koutnik2014, on waveforms of our own.
"""

import numpy as np
import torch

from lstm_course.cells import lstm, rnn
from lstm_course.cells.clockwork import clockwork
from lstm_course.models.network import Network
from lstm_course.tasks import waveform
from lstm_course.training import fit

COLUMNS = ("cell", "weights", "hidden", "rate", "waveform", "error")
CELLS = {"clockwork": clockwork(tuple(2**k for k in range(8))), "RNN": rnn, "LSTM": lstm}
WEIGHTS = (100, 250, 500, 1000)
UNITS = tuple((name, weights) for weights in WEIGHTS for name in CELLS)
RATES = (1e-3, 3e-3, 1e-2, 3e-2)
WAVEFORMS, CHOICE = tuple(range(10)), (1000, 1001, 1002)
UPDATES = 1500


def context():
    """On what terms."""
    return {"waveforms": len(WAVEFORMS), "choice": CHOICE, "rates": RATES, "updates": UPDATES, "samples": waveform.LENGTH}


def size(cell, H):
    """Weights that do something: of the cell without W_x, and of the readout."""
    p = cell.init(np.random.default_rng(0), 1, H)
    return int(sum(np.count_nonzero(x) for name, x in p._asdict().items() if name != "W_x")) + H + 1


def hidden(cell, weights):
    """The largest H with at most so many weights."""
    H = 1
    while size(cell, H + 1) <= weights:
        H += 1
    return H


def errors(cell, H, rates, seeds, updates):
    """Train one network for each pair of rate and waveform.

    Returns:
        (rates, seeds): the normalised error after the last update.
    """
    targets = np.concatenate([waveform.batch(np.random.default_rng(seed), 1).targets for seed in seeds] * len(rates), 1)
    targets = torch.from_numpy(targets).float()[..., None]  # (T, N, 1)
    xs = torch.zeros(*targets.shape, 1)
    gradient = "derived" if hasattr(cell, "step_backward") else "autograd"
    rng = np.random.default_rng([*seeds] * len(rates))
    network = Network(cell, 1, H, 1, targets.shape[1], rng=rng, gradient=gradient)

    def measure(network, batch):
        outputs, _ = network(xs)
        return {"loss": waveform.normalised_error(outputs[..., 0], targets)[:, 0]}

    fit(network, measure, lambda step: None, steps=updates, lr=np.repeat(rates, len(seeds)), progress=False)
    with torch.no_grad():
        return measure(network, None)["loss"].double().numpy().reshape(len(rates), len(seeds))


def run(unit, updates=UPDATES):
    """Choose the learning rate of one cell of one size, then train it on the waveforms that count.

    Args:
        unit: (cell, weights).
        updates: length of training.
    Returns:
        Rows of `COLUMNS`: weights as they really are, error to four decimals.
    """
    name, weights = unit
    cell = CELLS[name]
    H = hidden(cell, weights)
    rate = RATES[int(np.nanargmin(np.median(errors(cell, H, RATES, CHOICE, updates), 1)))]
    found = errors(cell, H, (rate,), WAVEFORMS, updates)[0]
    return [(name, size(cell, H), H, rate, k, f"{error:.4f}") for k, error in zip(WAVEFORMS, found, strict=True)]
