"""The one training loop: one model, or N models side by side, each with its own loss, learning rate, clipping and end."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from lstm_course import expect, notebook, storage


class History(NamedTuple):
    """What happened, update by update.

    values: dict of name to array (steps,) or (steps, N): what `measure` gave, before the update.
    norms: (steps,) or (steps, N): the gradient's norm before clipping.
    stopped: () or (N,), int: the number of updates after which the stopping rule held; -1 where it never did.
    """

    values: dict[str, Any]
    norms: Any
    stopped: Any


def fit(
    model,
    measure,
    batches,
    *,
    steps,
    lr,
    clip=1.0,
    optimizer=torch.optim.Adam,
    schedule=None,
    stop=None,
    watch=None,
    checkpoint=None,
    every=100,
    progress=True,
):
    """Train one model, or N models whose parameters have a leading axis N, in place.

    Args:
        model: torch.nn.Module.
        measure: function (model, batch) to a dict of tensors () or (N,); "loss" is minimised, the rest is recorded.
            A `Carried` one hands its state on.
        batches: function of the step number (0, 1, ...) to a batch. It must depend on nothing else, so that a resumed
            run sees what an uninterrupted one would have seen.
        steps: number of updates.
        lr: learning rate, a number or N numbers.
        clip: largest gradient norm of a model, over all of its parameters together; None for no clipping.
        optimizer: function (parameters, lr) to a torch optimizer whose update is proportional to lr.
        schedule: function of the step number to a factor on lr; None for 1.
        stop: function of the History so far to a bool, or N bools; a stopped model is left as it is. See `solved`.
        watch: function (number of updates done, model), called after every update; it must change nothing.
        checkpoint: path of an .npz file. If it exists, training goes on from it; the result is the same, bit for bit.
        every: updates between two checkpoints.
        progress: show a progress bar.
    Returns:
        History. A model that diverges shows nan in its own column and harms no other.
    Raises:
        ValueError: when an argument does not fit, or the checkpoint belongs to another run.
    """
    run = _Run(model, measure, batches, lr, clip, optimizer, schedule)
    expect.positive("steps", steps)
    expect.positive("every", every)
    if checkpoint is not None and Path(checkpoint).exists():
        run.restore(storage.load(checkpoint))
    numbers = range(run.done, steps)
    for step in notebook.progress(numbers, "training") if progress else numbers:
        if run.stopped is not None and np.all(run.stopped >= 0):
            break
        run.update(step)
        if stop is not None:
            held = np.broadcast_to(np.asarray(stop(run.history()), bool), run.stopped.shape)
            run.stopped = np.where((run.stopped < 0) & held, run.done, run.stopped)
        if watch is not None:
            watch(run.done, model)
        if checkpoint is not None and (run.done % every == 0 or run.done == steps or np.all(run.stopped >= 0)):
            storage.save(checkpoint, run.arrays())
    return run.history()


def solved(name, threshold, last=10):
    """A stopping rule: the mean of `name` over the last updates has reached a threshold.

    >>> rule = solved("accuracy", 0.99, last=2)
    >>> rule(History({"accuracy": np.array([[0.5, 1.0], [1.0, 0.98], [1.0, 1.0]])}, None, None))
    array([ True,  True])
    """

    def rule(history):
        values = history.values[name]
        return np.full(values.shape[1:], len(values) >= last) & (values[-last:].mean(0) >= threshold)

    return rule


class Carried:
    """A measure whose state goes from batch to batch, while the gradient stays within one: truncated backpropagation.

    Args:
        measure: function (model, batch, state) to (dict of tensors, state); the first state is None.
    """

    def __init__(self, measure):
        self.measure, self.state = measure, None

    def __call__(self, model, batch):
        values, state = self.measure(model, batch, self.state)
        self.state = tuple(part.detach() for part in state)
        return values


def clip_norms(gradients, largest, models=()):
    """Scale gradients in place so that no model's norm, over all of its gradients together, exceeds `largest`.

    Args:
        gradients: tensors; with models=(N,), each has N in front.
        largest: the bound, or None.
        models: () or (N,).
    Returns:
        (): or (N,): the norms before.
    Source: pascanu2013, with torch's 1e-6 in the denominator.
    """
    norms = torch.stack([g.flatten(len(models)).norm(dim=-1) if g.dim() > len(models) else g.abs() for g in gradients]).norm(
        dim=0
    )
    if largest is not None:
        factor = (largest / (norms + 1e-6)).clamp(max=1.0)
        for g in gradients:
            g.mul_(_spread(factor, g))
    return norms


def _spread(factor, x):
    """() or (N,) as something to multiply x (N, ...) with."""
    return factor.reshape(*factor.shape, *[1] * (x.dim() - factor.dim()))


class _Run:
    """A training run that can be written down after any update and taken up again."""

    def __init__(self, model, measure, batches, lr, clip, optimizer, schedule):
        expect.that(isinstance(model, torch.nn.Module), "model", type(model).__name__, "a torch.nn.Module")
        for name, value in (("measure", measure), ("batches", batches), ("optimizer", optimizer)):
            expect.that(callable(value), name, repr(value), "a function")
        rates = np.asarray(lr, float)
        ok = rates.ndim <= 1 and rates.size and np.all(np.isfinite(rates)) and np.all(rates > 0)
        expect.that(ok, "lr", repr(lr), "a positive number, or one for each model")
        if clip is not None:
            expect.number("clip", clip)
            expect.that(clip > 0, "clip", clip, "a positive number, or None")
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        expect.that(self.parameters, "model", "no parameters", "a model with parameters to train")
        self.model, self.measure, self.batches, self.schedule, self.clip = model, measure, batches, schedule, clip
        self.rates, self.rate = rates, float(rates.max())
        self.optimizer = optimizer(list(self.parameters.values()), lr=self.rate)
        self.done, self.columns, self.norms, self.stopped = 0, {}, [], None

    def update(self, step):
        self.optimizer.zero_grad()
        values = self.measure(self.model, self.batches(step))
        expect.that("loss" in values, "measure", f"a dict of {sorted(values)}", "one that holds 'loss'")
        loss = values["loss"]
        self._expect_models(loss)
        loss.sum().backward()
        norms = clip_norms([p.grad for p in self.parameters.values() if p.grad is not None], self.clip, tuple(loss.shape))
        self._move(loss, 1.0 if self.schedule is None else self.schedule(step))
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value.detach().double().numpy(force=True).copy())
        self.norms.append(norms.double().numpy(force=True).copy())
        self.done = step + 1

    def _expect_models(self, loss):
        """Every parameter and the learning rates must have the models axis of the loss."""
        models = tuple(loss.shape)
        expect.that(len(models) <= 1, "measure", f"a loss of shape {models}", "() for one model, or (N,)")
        expect.that(self.rates.shape in ((), models), "lr", f"{self.rates.size} numbers", f"one, or one for each of {models}")
        for name, p in self.parameters.items():
            ok = tuple(p.shape[: len(models)]) == models
            expect.that(
                ok, "measure", f"{models[0] if models else 1} losses for parameter {name} {tuple(p.shape)}", "one loss a model"
            )
        if self.stopped is None:
            self.stopped = np.full(models, -1)

    def _move(self, loss, factor):
        """One step of the optimizer, of which each model takes its own share: none once it has stopped."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * factor
        share = np.where(self.stopped < 0, self.rates / self.rate, 0.0)
        if np.all(share == 1.0):
            return self.optimizer.step()
        before = [p.detach().clone() for p in self.parameters.values()]
        self.optimizer.step()
        share = torch.as_tensor(share, dtype=loss.dtype, device=loss.device)
        with torch.no_grad():
            for p, start in zip(self.parameters.values(), before, strict=True):
                p.copy_(torch.lerp(start, p, _spread(share, p)))

    def history(self):
        return History({name: np.stack(rows) for name, rows in self.columns.items()}, np.stack(self.norms), self.stopped)

    def identity(self):
        """What a checkpoint must share with the run that takes it up."""
        shapes = {name: list(p.shape) for name, p in self.parameters.items()}
        settings = {"lr": self.rates.tolist(), "clip": self.clip, "optimizer": type(self.optimizer).__name__}
        return {**settings, "parameters": shapes}

    def arrays(self):
        """Everything the rest of the run depends on, as named arrays."""
        out = {
            "done": self.done,
            "identity": json.dumps(self.identity()),
            "norms": np.stack(self.norms),
            "stopped": self.stopped,
        }
        out |= {f"values/{name}": np.stack(rows) for name, rows in self.columns.items()}
        out |= {f"parameter/{name}": p.detach().numpy(force=True) for name, p in self.parameters.items()}
        for k, state in self.optimizer.state_dict()["state"].items():
            out |= {f"optimizer/{k}/{name}": x.numpy(force=True) for name, x in state.items() if x is not None}
        for k, part in enumerate(getattr(self.measure, "state", None) or ()):
            out[f"carried/{k}"] = part.numpy(force=True)
        return out

    def restore(self, arrays):
        came = json.loads(str(arrays["identity"])) if "identity" in arrays else None
        want = json.loads(json.dumps(self.identity()))
        expect.that(came == want, "checkpoint", f"a run with {came}", f"{want}")
        part = {group: {} for group in ("values", "parameter", "optimizer", "carried")}
        for name, x in arrays.items():
            group, _, rest = name.partition("/")
            if rest:
                part[group][rest] = x
        self.done, self.norms, self.stopped = int(arrays["done"]), list(arrays["norms"]), arrays["stopped"]
        self.columns = {name: list(rows) for name, rows in part["values"].items()}
        with torch.no_grad():
            for name, p in self.parameters.items():
                p.copy_(torch.from_numpy(part["parameter"][name]))
        state = {}
        for name, x in part["optimizer"].items():
            k, _, name = name.partition("/")
            state.setdefault(int(k), {})[name] = torch.from_numpy(np.array(x))
        self.optimizer.load_state_dict({"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]})
        if part["carried"]:
            device = next(iter(self.parameters.values())).device
            self.measure.state = tuple(
                torch.from_numpy(part["carried"][k]).to(device) for k in sorted(part["carried"], key=int)
            )
