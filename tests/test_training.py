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


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    fit(make(), checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"^checkpoint: got a run with .*0.01.*, expected .*0.5"):
        fit(make(), checkpoint=tmp_path / "run.npz", lr=0.5)


def test_a_kill_while_writing_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    storage.save(path, {"x": np.arange(3)})

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(storage.np, "savez", killed)
    with pytest.raises(KeyboardInterrupt):
        storage.save(path, {"x": np.arange(4)})
    monkeypatch.undo()
    np.testing.assert_array_equal(storage.load(path)["x"], np.arange(3))
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_storage_refuses_pickles_other_names_and_broken_files(tmp_path):
    with pytest.raises(ValueError, match=r"^arrays\['x'\]: got Python objects"):
        storage.save(tmp_path / "a.npz", {"x": np.array([{}, 1])})
    with pytest.raises(ValueError, match=r"^path: got 'a.bin', expected a name that ends in .npz"):
        storage.save(tmp_path / "a.bin", {})
    np.savez(tmp_path / "pickled.npz", x=np.array([{}, 1], dtype=object))
    (tmp_path / "broken.npz").write_bytes(b"not a zip")
    for name in ("pickled.npz", "broken.npz"):
        with pytest.raises(ValueError, match=f"^path: got {name}, expected an .npz file of plain arrays"):
            storage.load(tmp_path / name)


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
        ({"lr": [1e-2, 1e-2]}, r"^lr: got 2 numbers, expected one, or one for each of \(3,\)"),
        ({"clip": 0}, r"^clip: got 0, expected a positive number, or None"),
        (
            {"measure": lambda model, x: {"accuracy": x}},
            r"^measure: got a dict of \['accuracy'\], expected one that holds 'loss'",
        ),
        ({"measure": lambda model, x: {"loss": plain(model, x)["loss"][:2]}}, r"^measure: got 2 losses for parameter"),
        ({"optimizer": None}, r"^optimizer: got None, expected a function"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        fit(make(3), models=3, **changes)
