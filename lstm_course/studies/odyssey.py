"""A search space odyssey in small: nine models, random search over four hyperparameters, the same trials for each.

Protocol as in Greff and others: stochastic gradient descent with Nesterov momentum; learning rate, momentum, width and the
noise on the inputs drawn at random from the paper's ranges; of each trial the test error where the validation error was lowest.
In small: three tasks of our own, 600 to 2,000 updates on batches of eight sequences, and eight trials of one width in one pass.
All nine models get the same settings, so that they can be compared setting by setting.

Source: greff2017.
"""

import warnings
from functools import partial

import numpy as np
import torch
from tqdm import TqdmWarning

from lstm_course.cells.odyssey import ODYSSEY
from lstm_course.models.network import Network
from lstm_course.studies.symbols import draw, losses
from lstm_course.training import fit

COLUMNS = ("task", "model", "trial", "hidden", "rate", "momentum", "noise", "validation", "test")
PASSES = {"agreement": 25, "characters": 7, "reber": 7}
TRIALS = 8
"""In each pass, side by side and of one width."""

UNITS = tuple(f"{task}, {model}, {k}" for task, passes in PASSES.items() for k in range(passes) for model in ODYSSEY)
UPDATES = {"agreement": 600, "characters": 600, "reber": 2000}
BATCH, LOOKS = 8, 10
HELD_OUT = 64
"""Sequences for validation, and as many for the test."""


def context():
    """On what terms."""
    return {"updates": UPDATES, "batch": BATCH, "trials": {task: n * TRIALS for task, n in PASSES.items()}}


def settings(task, k):
    """The settings of one pass, drawn by Optuna from the paper's ranges.

    Log-uniform: hidden 20 to 200, rate 1e-6 to 1e-2, 1 - momentum 0.01 to 1; uniform: noise 0 to 1. The widths of all passes of
    a task are spread evenly over the range, each at a random place of its share.

    Args:
        task: a name in PASSES.
        k: number of the pass.
    Returns:
        List of dicts: hidden, rate, momentum, noise.
    """
    optuna = _optuna()
    seed = 1000 * list(PASSES).index(task) + k
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    ranges = {name: of for name, of in _ranges().items() if name != "hidden"}
    share = (k + np.random.default_rng(seed).uniform()) / PASSES[task]
    hidden = round(20 * 10**share)
    drawn = [study.ask(ranges).params for _ in range(TRIALS)]
    return [{"hidden": hidden, "rate": x["rate"], "momentum": 1 - x["drag"], "noise": x["noise"]} for x in drawn]


def _optuna():
    """Optuna without its reports, and without its complaint that a notebook lacks what would show a progress bar."""
    with warnings.catch_warnings(category=TqdmWarning, action="ignore"):
        import optuna
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _ranges():
    """The paper's ranges; momentum as its distance from 1."""
    from optuna.distributions import FloatDistribution as Float

    each = {"rate": Float(1e-6, 1e-2, log=True), "drag": Float(0.01, 1, log=True), "noise": Float(0, 1)}
    return each | {"hidden": Float(20, 200, log=True)}


def importance(trials, seed=0):
    """How much of the variance of the test error each hyperparameter explains by itself: Optuna's fANOVA.

    All but the noise are taken by their logarithms, in which they were drawn; by themselves the forest would weigh the highest
    rates most.

    Args:
        trials: dict of name to array, as `studies.load("odyssey")` gives it, or a part of it; what diverged is left out.
        seed: of the forest that stands in for the trials.
    Returns:
        dict of "rate", "momentum", "hidden" and "noise" to a share, and of "together" to what is left for several at once.
    Source: greff2017, which uses the same analysis.
    """
    optuna = _optuna()
    names = {"rate": "rate", "momentum": "drag", "hidden": "hidden", "noise": "noise"}
    flat = {name: _flat(of) for name, of in _ranges().items()}
    study = optuna.create_study()
    drawn = {"rate": trials["rate"], "drag": 1 - trials["momentum"], "hidden": trials["hidden"], "noise": trials["noise"]}
    drawn = {name: np.clip(np.log10(x) if name != "noise" else x, flat[name].low, flat[name].high) for name, x in drawn.items()}
    for k in np.flatnonzero(np.isfinite(trials["test"])):
        params = {name: float(x[k]) for name, x in drawn.items()}
        study.add_trial(optuna.create_trial(params=params, distributions=flat, value=float(trials["test"][k])))
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
    with warnings.catch_warnings(category=optuna.exceptions.ExperimentalWarning, action="ignore"):  # of `normalize`
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator, normalize=False)
    return {name: shares[short] for name, short in names.items()} | {"together": 1 - sum(shares.values())}


def _flat(of):
    """A range, by the logarithms of its ends if it is logarithmic."""
    from optuna.distributions import FloatDistribution as Float

    return Float(float(np.log10(of.low)), float(np.log10(of.high))) if of.log else of


class Nesterov(torch.optim.Optimizer):
    """Stochastic gradient descent with Nesterov momentum, of which every model has its own.

        v = momentum v + dp          p = p - lr (dp + momentum v)

    Args:
        parameters: tensors with N in front.
        lr: learning rate. momentum: (N,).
    """

    def __init__(self, parameters, lr, momentum):
        super().__init__(parameters, {"lr": lr})
        self.momentum = momentum

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                momentum = self.momentum.reshape(-1, *[1] * (p.dim() - 1)).to(p)
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                v.mul_(momentum).add_(p.grad)
                p.sub_(group["lr"] * (p.grad + momentum * v))


def run(unit):
    """Train one pass of one model on one task.

    Args:
        unit: "task, model, number of the pass".
    Returns:
        Rows (task, model, trial, hidden, rate, momentum, noise, validation, test); the last two in nats per symbol, nan where a
        trial diverged.
    """
    task, model, k = unit.split(", ")
    k, trials = int(k), settings(task, int(k))
    rate, momentum, noise = (np.array([trial[name] for trial in trials]) for name in ("rate", "momentum", "noise"))
    rngs = np.random.default_rng([1, k])
    D = draw(task, np.random.default_rng(0), 1)[0].shape[-1]
    network = Network(ODYSSEY[model], D, trials[0]["hidden"], D, TRIALS, rng=rngs, gradient="derived")

    def batch(step):
        rng = np.random.default_rng([2, k, step])
        xs, targets = draw(task, rng, BATCH)
        xs = xs[:, None] + noise[:, None, None] * rng.standard_normal((len(xs), TRIALS, *xs.shape[1:]), np.float32)
        return torch.from_numpy(xs.astype(np.float32)), torch.from_numpy(targets)[:, None].expand(-1, TRIALS, -1)

    def held_out(seed):
        xs, targets = map(torch.from_numpy, draw(task, np.random.default_rng(seed), HELD_OUT, held_out=True))
        return xs[:, None].float().expand(-1, TRIALS, -1, -1), targets[:, None].expand(-1, TRIALS, -1)

    validation, test = held_out(3), held_out(4)
    best = np.full((2, TRIALS), np.nan)

    def look(done, network):
        if done % (UPDATES[task] // LOOKS) == 0:
            with torch.no_grad():
                now = np.stack([losses(network, part)[1].double().numpy() for part in (validation, test)])
            better = (now[0] < best[0]) | (np.isnan(best[0]) & np.isfinite(now[0]))
            best[:, better] = now[:, better]

    optimizer = partial(Nesterov, momentum=torch.from_numpy(momentum))
    measure = lambda network, batch: {"loss": losses(network, batch)[0]}
    with np.errstate(over="ignore", invalid="ignore"):  # a trial may diverge
        fit(network, measure, batch, steps=UPDATES[task], lr=rate, clip=None, optimizer=optimizer, watch=look, progress=False)
    return [
        (task, model, TRIALS * k + n, trial["hidden"], *(f"{trial[name]:.3g}" for name in ("rate", "momentum", "noise")),
         *(f"{value:.4f}" for value in best[:, n]))
        for n, trial in enumerate(trials)
    ]  # fmt: skip
