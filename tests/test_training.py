import numpy as np
import pytest
import torch

from lstm_course import storage, training
from lstm_course.cells import lstm
from lstm_course.models.language_model import LanguageModel

K = 10
RATES = [1e-2, 3e-3, 1e-3]


def make(models=None, seed=0):
    return LanguageModel(lstm, K, 8, 4, models, rng=np.random.default_rng(seed), forget_bias=1.0)


def batches(models=None):
    def batch(step):
        x = torch.from_numpy(np.random.default_rng([1, step]).integers(0, K, (6, 5)))
        x = torch.cat([x, x])
        return x if models is None else x[:, None].expand(-1, models, -1)

    return batch


def measure(model, x, state=None):
    losses, state = model.loss(x[:-1], x[1:], state)
    return {"loss": losses.mean((0, -1)), "worst": losses.detach().amax((0, -1))}, state


def plain(model, x):
    return measure(model, x)[0]


def fit(model, measure=plain, models=None, **changes):
    arguments = {"steps": 20, "lr": 1e-2, "progress": False, **changes}
    return training.fit(model, measure, batches(models), **arguments)


def test_many_models_equal_separate_runs_with_their_own_rates_and_clipping():
    many = make(3)
    singles = [many.pick(n) for n in range(3)]
    history = fit(many, models=3, lr=RATES, clip=0.2)
    assert history.values["loss"].shape == history.norms.shape == (20, 3)
    assert (history.norms > 0.2).mean() > 0.5, "clipping was at work"
    for n, one in enumerate(singles):
        alone = fit(one, lr=RATES[n], clip=0.2)
        np.testing.assert_allclose(history.values["loss"][:, n], alone.values["loss"], atol=1e-4)
        np.testing.assert_allclose(history.norms[:, n], alone.norms, rtol=1e-3)
        for mine, theirs in zip(many.pick(n).parameters(), one.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=0)


def test_carried_hands_the_state_on_and_cuts_the_gradient():
    model, carried, state = make(), training.Carried(measure), None
    for step in range(3):
        x = batches()(step)
        got, (want, state) = carried(model, x), measure(model, x, state)
        assert torch.equal(got["loss"], want["loss"])
        assert not any(part.requires_grad for part in carried.state)
    fresh = measure(model, x)[0]["loss"]
    assert not torch.equal(fresh, want["loss"]), "the state mattered"


def test_one_model_equals_a_plain_torch_loop():
    ours, theirs = make(), make()
    fit(ours, clip=0.2)
    optimizer = torch.optim.Adam(theirs.parameters(), lr=1e-2)
    for step in range(20):
        optimizer.zero_grad()
        plain(theirs, batches()(step))["loss"].backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.2)
        optimizer.step()
    for x, y in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(x, y)


@pytest.mark.parametrize("models", [None, 3])
@pytest.mark.parametrize("cut", [1, 7, 12])
def test_a_resumed_run_gives_the_same_bits(models, cut, tmp_path):
    path, lr = tmp_path / "run.npz", 1e-2 if models is None else RATES
    schedule = lambda k: 1 / (1 + k)
    straight = make(models)
    whole = fit(straight, training.Carried(measure), models, lr=lr, schedule=schedule)
    for steps in (cut, 20):
        resumed = make(models, seed=steps)  # what it starts from must not matter once there is a checkpoint
        if steps == cut:
            resumed = make(models)
        again = fit(resumed, training.Carried(measure), models, lr=lr, schedule=schedule, steps=steps, checkpoint=path, every=5)
    for name in whole.values:
        np.testing.assert_array_equal(whole.values[name], again.values[name])
    np.testing.assert_array_equal(whole.norms, again.norms)
    for x, y in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(x, y)


class Noisy(torch.nn.Module):
    """Dropout, running statistics and a frozen parameter: all that a parameter's gradient does not tell."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.5))
        self.layers[0].bias.requires_grad_(False)

    def forward(self, x):
        return self.layers(x).square().mean()


def noisy_fit(model, **changes):
    batch = lambda step: torch.from_numpy(np.random.default_rng(step).standard_normal((5, 3))).float()
    arguments = {"steps": 6, "lr": 1e-2, "progress": False, **changes}
    return training.fit(model, lambda model, x: {"loss": model(x)}, batch, **arguments)


def test_resuming_takes_up_buffers_frozen_parameters_and_dropout(tmp_path):
    models = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        models.append(Noisy())
    straight, first, second = models
    with torch.random.fork_rng():
        whole = noisy_fit(straight)
    with torch.random.fork_rng():
        noisy_fit(first, steps=4, checkpoint=tmp_path / "run.npz")
    torch.manual_seed(3)
    again = noisy_fit(second, checkpoint=tmp_path / "run.npz")
    np.testing.assert_array_equal(whole.values["loss"], again.values["loss"])
    for name, x in straight.state_dict().items():
        assert torch.equal(x, second.state_dict()[name]), name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.5}, r"^checkpoint: got {'lr': 0.01}, expected {'lr': 0.5}"),
        ({"clip": None}, r"^checkpoint: got {'clip': 1.0}, expected {'clip': None}"),
        ({"optimizer": torch.optim.AdamW}, r"^checkpoint: got .*'optimizer': 'Adam'.*, expected .*'optimizer': 'AdamW'"),
        (
            {"optimizer": lambda p, lr: torch.optim.Adam(p, lr, weight_decay=0.1)},
            r"^checkpoint: got {'optimizer/0/weight_decay': 0}, expected {'optimizer/0/weight_decay': 0.1}",
        ),
        ({"measure": training.Carried(measure)}, r"^checkpoint: got {'carried': False}, expected {'carried': True}"),
        (
            {"measure": lambda model, x: {"loss": plain(model, x)["loss"]}},
            r"^checkpoint: got values of shapes {'loss': \(\), 'worst': \(\)}, expected {'loss': \(\)}",
        ),
        (
            {"batches": lambda step: batches()(step)[:, :3]},
            r"^checkpoint: got {'batch': 'torch.int64 \(12, 5\)'}, expected {'batch': 'torch.int64 \(12, 3\)'}",
        ),
        ({"model": make().double()}, r"^checkpoint: got .*'model/W_y': 'torch.float32 \(8, 10\)'.*, expected .*float64"),
        ({"model": make().requires_grad_(False)}, r"^checkpoint: got {'trained': .*'W_y'.*}, expected {'trained': \['b_y'\]}"),
        ({"steps": 3}, r"^steps: got 3, expected at least 4"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(change, message, tmp_path):
    run = {"model": make(), "measure": plain, "batches": batches(), "lr": 1e-2, "progress": False}
    training.fit(**run, steps=4, checkpoint=tmp_path / "run.npz")
    if "model" in change:
        change["model"].b_y.requires_grad_(True)
    with pytest.raises(ValueError, match=message):
        training.fit(**{**run, "model": make(), "steps": 6, "checkpoint": tmp_path / "run.npz", **change})


def test_an_incomplete_checkpoint_is_refused_whatever_is_missing(tmp_path):
    path = tmp_path / "run.npz"
    run = lambda: fit(make(), training.Carried(measure), steps=2, checkpoint=path)
    run()
    whole = storage.load(path)
    assert {name.split("/")[0] for name in whole} >= {"about", "carried", "model", "norms", "optimizer", "random", "values"}
    for name in whole:
        storage.save(path, {other: x for other, x in whole.items() if other != name})
        with pytest.raises(ValueError, match=r"^checkpoint: got .*, expected "):
            run()
    changed = {**whole, "carried/0": whole["carried/0"][:1]}
    storage.save(path, changed)
    with pytest.raises(ValueError, match=r"^checkpoint: got {'carried/0': 'float32 \(1, 8\)'}, expected .*\(5, 8\)"):
        run()


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    for arrays in ({"x": np.ones(3)}, {"about": "no json"}, {"about": "[1]"}):
        storage.save(path, arrays)
        with pytest.raises(ValueError, match=r"^checkpoint: got a file of .*, expected a checkpoint"):
            fit(make(), checkpoint=path)
    make().save(path)
    with pytest.raises(ValueError, match=r"^checkpoint: got .*'cell': 'lstm'.*, expected .*'lr': 0.01"):
        fit(make(), checkpoint=path)
    path.write_bytes(b"not a zip")
    with pytest.raises(ValueError, match=r"^checkpoint: got run.npz, expected an .npz file"):
        fit(make(), checkpoint=path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("run.bin", r"^checkpoint: got 'run.bin', expected a name that ends in .npz"),
        ("none/run.npz", r"^checkpoint: got a file in '.*none', expected one in a folder that exists"),
        (3, r"^checkpoint: got 3, expected a path"),
    ],
)
def test_a_bad_checkpoint_path_is_found_before_training(name, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        fit(make(), None, checkpoint=tmp_path / name if isinstance(name, str) else name)


@pytest.mark.parametrize("clip", [np.float32(1), np.int64(1)])
def test_numpy_numbers_can_be_written_down(clip, tmp_path):
    for _ in range(2):
        fit(make(), steps=2, clip=clip, lr=np.float32(0.01), checkpoint=tmp_path / "run.npz")


def test_a_carried_measure_starts_anew_with_each_training():
    carried = training.Carried(measure)
    first, second = (fit(make(), carried).values["loss"] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_stopped_model_is_left_as_it_is_while_others_go_on():
    many, seen = make(3), {}

    def watch(done, model):
        seen[done] = [p.detach().clone() for p in model.parameters()]

    stop = lambda history: np.array([len(history.norms) >= 4, False, len(history.norms) >= 9])
    history = fit(many, models=3, stop=stop, watch=watch)
    assert history.stopped.tolist() == [4, -1, 9]
    for at_stop, at_end, p in zip(seen[4], seen[20], many.parameters(), strict=True):
        assert torch.equal(at_stop[0], at_end[0])
        assert not torch.equal(at_stop[1], at_end[1])
        assert torch.equal(at_end, p)


class Points(torch.nn.Module):
    """N points in the plane, or one number."""

    def __init__(self, *shape, dtype=torch.float32):
        super().__init__()
        self.x = torch.nn.Parameter(torch.ones(shape, dtype=dtype))


def squares(model, targets):
    return {"loss": (model.x - targets).square().flatten(1).sum(1) if model.x.dim() else (model.x - targets).square()}


def test_a_stopped_model_is_left_as_it_is_by_a_batch_that_is_not_a_number():
    model, kept = Points(2, 3), []
    batch = lambda step: torch.tensor([[float("nan") if step >= 3 else 0.0], [0.0]])
    watch = lambda done, model: kept.append(model.x.detach().clone())
    stop = lambda history: np.array([len(history.norms) >= 3, False])
    training.fit(model, squares, batch, steps=6, lr=0.1, stop=stop, watch=watch, progress=False)
    assert torch.equal(kept[2][0], model.x[0])
    assert not torch.equal(kept[2][1], model.x[1])


@pytest.mark.parametrize("lr", [[0.1, 0.01], 0.1])
def test_a_loss_may_be_more_precise_than_the_parameters(lr):
    model, twin = Points(2, 3), Points(2, 3, dtype=torch.float64)
    stop = lambda history: np.array([False, len(history.norms) >= 3])
    for m in (model, twin):
        training.fit(m, squares, lambda step: torch.zeros(1, dtype=torch.float64), steps=5, lr=lr, stop=stop, progress=False)
    torch.testing.assert_close(model.x, twin.x, check_dtype=False)


def test_a_parameter_may_be_a_single_number():
    model = Points()
    training.fit(model, squares, lambda step: 0.0, steps=1, lr=0.1, clip=0.5, optimizer=torch.optim.SGD, progress=False)
    assert model.x.item() == pytest.approx(1 - 0.1 * 0.5)


def test_the_history_grows_without_being_copied_at_every_update():
    seen = []
    history = training.fit(
        Points(2, 1),
        squares,
        lambda step: 0.0,
        steps=300,
        lr=1e-3,
        stop=lambda history: bool(seen.append(history)),
        progress=False,
    )
    assert [len(h.norms) for h in seen] == list(range(1, 301))
    assert all(np.array_equal(h.norms, history.norms[: k + 1]) for k, h in enumerate(seen))
    assert len({id(h.norms.base) for h in seen}) <= 4
    assert not seen[-1].norms.flags.writeable
    assert history.norms.flags.owndata
    assert history.norms.flags.writeable


def test_training_ends_when_all_have_stopped():
    history = fit(make(), stop=lambda history: len(history.norms) == 5)
    assert len(history.norms) == 5
    assert history.stopped == 5


def test_solved_waits_for_its_window():
    rule = training.solved("accuracy", 0.99, last=10)
    short, long = (training.History({"accuracy": np.ones((n, 2))}, None, None) for n in (9, 10))
    assert rule(short).tolist() == [False, False]
    assert rule(long).tolist() == [True, True]


def test_a_diverged_model_harms_no_other():
    healthy, mixed = make(2), make(2)
    with torch.no_grad():
        mixed.W_y[0] = float("nan")
    want, got = fit(healthy, models=2), fit(mixed, models=2)
    assert np.isnan(got.values["loss"][:, 0]).all()
    np.testing.assert_allclose(got.values["loss"][:, 1], want.values["loss"][:, 1], rtol=1e-6)


def test_clipping_is_over_all_parameters_of_a_model_together():
    gradients = [torch.tensor([[3.0, 0.0], [0.3, 0.0]]), torch.tensor([[4.0], [0.4]])]
    norms = training.clip_norms(gradients, 1.0, (2,))
    torch.testing.assert_close(norms, torch.tensor([5.0, 0.5]))
    torch.testing.assert_close(gradients[0], torch.tensor([[0.6, 0.0], [0.3, 0.0]]), atol=1e-5, rtol=0)
    torch.testing.assert_close(gradients[1], torch.tensor([[0.8], [0.4]]), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, r"^steps: got 0, expected"),
        ({"lr": -1.0}, r"^lr: got -1.0, expected a positive number"),
        ({"lr": "0.1"}, r"^lr: got '0.1', expected a positive number"),
        ({"lr": "abc"}, r"^lr: got 'abc', expected a positive number"),
        ({"lr": True}, r"^lr: got True, expected a positive number"),
        ({"lr": 1j}, r"^lr: got 1j, expected a positive number"),
        ({"lr": [[1.0], [1.0, 2.0]]}, r"^lr: got \[\[1.0\], \[1.0, 2.0\]\], expected a positive number"),
        ({"lr": [1e-2, 1e-2]}, r"^lr: got 2 numbers, expected one, or one for each of \(3,\)"),
        ({"clip": 0}, r"^clip: got 0, expected a positive number, or None"),
        ({"optimizer": None}, r"^optimizer: got None, expected a function"),
        ({"optimizer": lambda p, lr: None}, r"^optimizer: got one that gives NoneType, expected one that gives a torch opt"),
        ({"schedule": 0.5}, r"^schedule: got 0.5, expected a function, or None"),
        ({"schedule": lambda k: float("nan")}, r"^schedule: got nan, expected a number of at least 0 for step 0"),
        ({"schedule": lambda k: -1.0 if k else 1.0}, r"^schedule: got -1.0, expected a number of at least 0 for step 1"),
        ({"schedule": lambda k: None}, r"^schedule: got None, expected a number"),
        ({"stop": 3}, r"^stop: got 3, expected a function, or None"),
        ({"stop": lambda history: [True, False]}, r"^stop: got \[True, False\], expected a bool, or bools of shape \(3,\)"),
        ({"stop": lambda history: None}, r"^stop: got None, expected a bool"),
        ({"stop": training.solved("nope", 1.0)}, r"^name: got 'nope', expected one of \['loss', 'worst'\]"),
        ({"watch": 3}, r"^watch: got 3, expected a function, or None"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        fit(make(3), models=3, **changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values, x: {"accuracy": x}, r"^measure: got a dict of \['accuracy'\], expected a dict that holds 'loss'"),
        (lambda values, x: None, r"^measure: got NoneType, expected a dict that holds 'loss'"),
        (lambda values, x: values["loss"], r"^measure: got Tensor, expected a dict that holds 'loss'"),
        (lambda values, x: {**values, "a": 0.5}, r"^measure: got {.*'a': 'float'}, expected real tensors"),
        (lambda values, x: {"loss": values["loss"][:2]}, r"^measure: got 2 losses for parameter"),
        (lambda values, x: {"loss": values["loss"].detach()}, r"^measure: got a loss without gradient, expected"),
        (lambda values, x: {"loss": torch.ones(3, requires_grad=True)}, r"^measure: got a loss that depends on no parameter"),
        (lambda values, x: {**values, "a": x}, r"^measure: got values of shapes {'a': \(12, 3, 5\), 'loss': \(3,\)"),
    ],
)
def test_a_bad_measure_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        fit(make(3), lambda model, x: change(plain(model, x), x), models=3)


def test_a_measure_keeps_its_names():
    calls = []

    def forgetful(model, x):
        calls.append(x)
        return plain(model, x) if len(calls) < 3 else {"loss": plain(model, x)["loss"]}

    with pytest.raises(ValueError, match=r"^measure: got values of shapes {'loss': \(\)}, expected {'loss': \(\), 'worst'"):
        fit(make(), forgetful)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: training.solved("loss", 1.0, last=0), r"^last: got 0, expected"),
        (lambda: training.solved("loss", "high"), r"^threshold: got 'high', expected a finite number"),
        (lambda: training.Carried(None), r"^measure: got None, expected a function"),
        (lambda: training.Carried(lambda model, x, state: {})(None, None), r"^measure: got dict, expected \(dict of tensors"),
    ],
)
def test_bad_rules_and_carried_measures_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
