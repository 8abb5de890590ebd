"""The one training loop: one model, or N models side by side, each with its own loss, learning rate, clipping and end."""

import copy
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
            A `Carried` one hands its state on, from None at the start.
        batches: function of the step number (0, 1, ...) to a batch. It must depend on nothing else, so that a resumed
            run sees what an uninterrupted one would have seen.
        steps: number of updates.
        lr: learning rate, a number or N numbers.
        clip: largest gradient norm of a model, over all of its parameters together; None for no clipping.
        optimizer: function (parameters, lr) to a torch optimizer whose update is proportional to lr.
        schedule: function of the step number to a factor on lr; None for 1.
        stop: function of the History so far (not to be changed) to a bool, or N bools; a stopped model's parameters are
            left as they are. See `solved`.
        watch: function (number of updates done, model), called after every update, before `stop`; it must change nothing.
        checkpoint: path of an .npz file. If it exists, training goes on from it; the result is the same, bit for bit. It
            holds the model's state_dict, the state of the optimizer and of a `Carried` measure, and, for dropout, that of
            torch's random numbers on the CPU, which are set to it.
        every: updates between two checkpoints.
        progress: show a progress bar.
    Returns:
        History. A model that diverges shows nan in its own column and harms no other.
    Raises:
        ValueError: when an argument does not fit, or the checkpoint belongs to another run.
    """
    expect.positive("steps", steps)
    expect.positive("every", every)
    if checkpoint is not None:
        checkpoint = storage.expect_place("checkpoint", checkpoint)
    for name, function in (("schedule", schedule), ("stop", stop), ("watch", watch)):
        expect.that(function is None or callable(function), name, repr(function), "a function, or None")
    run = _Run(model, measure, batches, lr, clip, optimizer, schedule)
    if checkpoint is not None and checkpoint.exists():
        run.restore(checkpoint, steps)
    numbers = range(run.done, steps)
    for step in notebook.progress(numbers, "training") if progress else numbers:
        if run.stopped is not None and np.all(run.stopped >= 0):
            break
        run.update(step)
        if watch is not None:
            watch(run.done, model)
        if stop is not None:
            run.stop(stop(run.history()))
        if checkpoint is not None and (run.done % every == 0 or run.done == steps or np.all(run.stopped >= 0)):
            run.save(checkpoint)
    return copy.deepcopy(run.history())


def solved(name, threshold, last=10):
    """A stopping rule: the mean of `name` over the last updates has reached a threshold.

    Raises:
        ValueError: when an argument does not fit, or, in training, `measure` gives no such name.

    >>> rule = solved("accuracy", 0.99, last=2)
    >>> rule(History({"accuracy": np.array([[0.5, 1.0], [1.0, 0.98], [1.0, 1.0]])}, None, None))
    array([ True,  True])
    """
    expect.number("threshold", threshold)
    expect.positive("last", last)

    def rule(history):
        expect.that(name in history.values, "name", repr(name), f"one of {sorted(history.values)}")
        values = history.values[name]
        return np.full(values.shape[1:], len(values) >= last) & (values[-last:].mean(0) >= threshold)

    return rule


class Carried:
    """A measure whose state goes from batch to batch, while the gradient stays within one: truncated backpropagation.

    Args:
        measure: function (model, batch, state) to (dict of tensors, state); the first state is None, later ones are tuples
            of tensors.
    """

    def __init__(self, measure):
        expect.that(callable(measure), "measure", repr(measure), "a function")
        self.measure, self.state = measure, None

    def __call__(self, model, batch):
        result = self.measure(model, batch, self.state)
        ok = isinstance(result, tuple | list) and len(result) == 2 and isinstance(result[1], tuple | list)
        ok = ok and all(map(torch.is_tensor, result[1]))
        expect.that(ok, "measure", type(result).__name__, "(dict of tensors, tuple of tensors) from a carried one")
        self.state = tuple(part.detach() for part in result[1])
        return result[0]


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
    each = [g.flatten(len(models)).norm(dim=-1) if g.dim() > len(models) else g.abs() for g in gradients]
    norms = torch.stack(each).norm(dim=0)
    if largest is not None:
        factor = (largest / (norms + 1e-6)).clamp(max=1.0)
        for g in gradients:
            g.mul_(_spread(factor, g))
    return norms


def _spread(factor, x):
    """() or (N,) as something to multiply x (N, ...) with."""
    return factor.reshape(factor.shape + (1,) * (x.dim() - factor.dim()))


class _Run:
    """A training run that can be written down after any update and taken up again."""

    def __init__(self, model, measure, batches, lr, clip, optimizer, schedule):
        expect.that(isinstance(model, torch.nn.Module), "model", type(model).__name__, "a torch.nn.Module")
        for name, value in (("measure", measure), ("batches", batches), ("optimizer", optimizer)):
            expect.that(callable(value), name, repr(value), "a function")
        rates = expect.array("lr", lr, "iuf", "a positive number, or one for each model").astype(float)
        ok = rates.ndim <= 1 and rates.size and np.all(np.isfinite(rates)) and np.all(rates > 0)
        expect.that(ok, "lr", repr(lr), "a positive number, or one for each model")
        if clip is not None:
            expect.number("clip", clip)
            expect.that(clip > 0, "clip", clip, "a positive number, or None")
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        expect.that(self.parameters, "model", "no parameters", "a model with parameters to train")
        self.model, self.measure, self.batches, self.schedule = model, measure, batches, schedule
        self.rates, self.rate, self.clip = rates, float(rates.max()), None if clip is None else float(clip)
        self.optimizer = optimizer(list(self.parameters.values()), lr=self.rate)
        ok = isinstance(self.optimizer, torch.optim.Optimizer)
        expect.that(ok, "optimizer", f"one that gives {type(self.optimizer).__name__}", "one that gives a torch optimizer")
        self.carried = isinstance(measure, Carried)
        if self.carried:
            measure.state = None
        self.done, self.restored, self.room, self.shapes, self.stopped = 0, None, {}, None, None

    def update(self, step):
        self.optimizer.zero_grad()
        batch = self.batches(step)
        if step == 0:
            self.batch = storage.form(batch)
        values = self.measure(self.model, batch)
        loss = self._expect_values(values, step)
        loss.sum().backward()
        gradients = [p.grad for p in self.parameters.values() if p.grad is not None]
        expect.that(gradients, "measure", "a loss that depends on no parameter", "one that can be minimised")
        norms = clip_norms(gradients, self.clip, tuple(loss.shape))
        self._move(step)
        for name, row in {"norms": norms, **{f"values/{name}": value for name, value in values.items()}}.items():
            self._record(name, row.detach().cpu().double().numpy())
        self.done = step + 1

    def _record(self, name, row):
        """Write the row of this update. The room for them doubles, so that n rows cost time proportional to n."""
        room = self.room.get(name, np.empty((0, *row.shape)))
        if len(room) == self.done:
            room = self.room[name] = np.concatenate([room, np.empty((self.done + 64, *row.shape))])
        room[self.done] = row

    def recorded(self):
        """Rows so far, read-only, under "norms" and "values/NAME"."""
        rows = {name: room[: self.done] for name, room in self.room.items()}
        for x in rows.values():
            x.flags.writeable = False
        return rows

    def stop(self, held):
        """Note the models for which the stopping rule holds."""
        expected = f"a bool, or bools of shape {self.stopped.shape}"
        holds = expect.array("stop", held, "b", expected)
        expect.that(holds.shape in ((), self.stopped.shape), "stop", repr(held), expected)
        self.stopped = np.where((self.stopped < 0) & holds, self.done, self.stopped)

    def _expect_values(self, values, step):
        """One number a model under each name, and the same names at every update. The loss is handed back."""
        came = f"a dict of {sorted(map(str, values))}" if isinstance(values, dict) else type(values).__name__
        expect.that(isinstance(values, dict) and "loss" in values, "measure", came, "a dict that holds 'loss'")
        ok = all(isinstance(name, str) and torch.is_tensor(x) and not x.is_complex() for name, x in values.items())
        expect.that(ok, "measure", {name: type(x).__name__ for name, x in values.items()}, "real tensors, each with a name")
        loss, shapes = values["loss"], {name: tuple(values[name].shape) for name in sorted(values)}
        expect.that(loss.requires_grad, "measure", "a loss without gradient", "one that depends on the parameters")
        if self.shapes is None:
            self._expect_models(loss)
            self.shapes, self.stopped = dict.fromkeys(shapes, tuple(loss.shape)), np.full(tuple(loss.shape), -1)
        name, *both = ("checkpoint", self.shapes, shapes) if step == self.restored else ("measure", shapes, self.shapes)
        expect.that(shapes == self.shapes, name, f"values of shapes {both[0]}", both[1])
        return loss

    def _expect_models(self, loss):
        """Every parameter and the learning rates must have the models axis of the loss."""
        models = tuple(loss.shape)
        expect.that(len(models) <= 1, "measure", f"a loss of shape {models}", "() for one model, or (N,)")
        expect.that(self.rates.shape in ((), models), "lr", f"{self.rates.size} numbers", f"one, or one for each of {models}")
        for name, p in self.parameters.items():
            ok, came = p.shape[: len(models)] == models, f"{loss.numel()} losses for parameter {name} {tuple(p.shape)}"
            expect.that(ok, "measure", came, "one loss a model")

    def _move(self, step):
        """One step of the optimizer, of which each model takes its own share: none once it has stopped."""
        came, expected = 1.0 if self.schedule is None else self.schedule(step), f"a number of at least 0 for step {step}"
        factor = expect.array("schedule", came, "iuf", expected)
        expect.that(factor.ndim == 0 and 0 <= factor < np.inf, "schedule", repr(came), expected)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * float(factor)
        share = np.where(self.stopped < 0, self.rates / self.rate, 0.0)
        if np.all(share == 1.0):
            return self.optimizer.step()
        before = [p.detach().clone() for p in self.parameters.values()]
        self.optimizer.step()
        with torch.no_grad():
            for p, start in zip(self.parameters.values(), before, strict=True):
                mine = _spread(torch.from_numpy(share).to(p), p)
                p.copy_(torch.where(mine > 0, torch.lerp(start, p, mine), start))  # a share of 0 takes no part in nan

    def history(self):
        rows = self.recorded()
        norms = rows.pop("norms")
        return History({name.removeprefix("values/"): x for name, x in rows.items()}, norms, self.stopped)

    def identity(self):
        """What a checkpoint must share with the run that takes it up."""
        out = {"lr": self.rates.tolist(), "clip": self.clip, "carried": self.carried, "batch": self.batch}
        out |= {"trained": list(self.parameters), "random": storage.form(torch.get_rng_state())}
        out |= {f"model/{name}": storage.form(x) for name, x in self.model.state_dict().items()}
        out["optimizer"] = type(self.optimizer).__name__
        for k, group in enumerate(self.optimizer.param_groups):
            out |= {f"optimizer/{k}/{name}": x for name, x in group.items() if name not in ("params", "lr")}
        return out

    def save(self, path):
        """Write down everything that the rest of the run depends on."""
        out = {f"model/{name}": x for name, x in self.model.state_dict().items()}
        for k, state in self.optimizer.state_dict()["state"].items():
            out |= {f"optimizer/{k}/{name}": x for name, x in state.items() if x is not None}
        out |= {f"carried/{k}": part for k, part in enumerate(self.measure.state if self.carried else ())}
        out["random"] = torch.get_rng_state()
        out = {name: torch.as_tensor(x).numpy(force=True) for name, x in out.items()}
        storage.save(path, {**out, **self.recorded(), "done": self.done, "stopped": self.stopped}, self.identity())

    def restore(self, path, steps):
        self.batch = storage.form(self.batches(0))
        arrays, _ = storage.load_about(path, "a checkpoint of a training run", "checkpoint", self.identity())
        self.done = self.restored = int(arrays["done"])
        expect.that(self.done <= steps, "steps", steps, f"at least {self.done}, the updates that the checkpoint has done")

        def part(prefix):
            return {name.removeprefix(prefix): torch.tensor(x) for name, x in arrays.items() if name.startswith(prefix)}

        self.room = {name: x for name, x in arrays.items() if name == "norms" or name.startswith("values/")}
        self.shapes, self.stopped = {name: tuple(x.shape[1:]) for name, x in part("values/").items()}, arrays["stopped"]
        self.model.load_state_dict(part("model/"))
        states = {k: state for k in range(len(self.parameters)) if (state := part(f"optimizer/{k}/"))}
        self.optimizer.load_state_dict({"state": states, "param_groups": self.optimizer.state_dict()["param_groups"]})
        device, carried = next(iter(self.parameters.values())).device, part("carried/")
        if self.carried:
            self.measure.state = tuple(carried[str(k)].to(device) for k in range(len(carried)))
        torch.set_rng_state(torch.tensor(arrays["random"]))
