import numpy as np
import pytest
import torch

from lstm_course import storage, unroll
from lstm_course.cells import CELLS, rnn
from lstm_course.models.language_model import LanguageModel

K = 9


def make(cell=rnn, models=None, **options):
    options = {"gradient": "derived" if hasattr(cell, "step_backward") else "autograd", **options}
    return LanguageModel(cell, K, hidden=6, embedding=4, models=models, rng=np.random.default_rng(0), **options)


def tokens(*shape):
    return torch.from_numpy(np.random.default_rng(1).integers(0, K, shape))


@pytest.mark.parametrize("name", CELLS)
def test_many_models_equal_their_picks(name):
    many, x = make(CELLS[name], 3), tokens(7, 3, 2)
    logits, _ = many(x)
    for n in range(3):
        torch.testing.assert_close(logits[:, n], many.pick(n)(x[:, n])[0])


def test_loss_is_the_cross_entropy_of_the_next_token():
    model, x, y = make(), tokens(7, 2), tokens(7, 2)
    losses, _ = model.loss(x, y)
    p = model(x)[0].softmax(-1)
    for t, b in ((0, 0), (3, 1), (6, 1)):
        torch.testing.assert_close(losses[t, b], -p[t, b, y[t, b]].log())


@pytest.mark.parametrize("models", [None, 2])
def test_bits_do_not_depend_on_the_window(models):
    model, text = make(models=models), tokens(211)
    long, short = model.bits(text, batch=3, steps=1000), model.bits(text, batch=3, steps=7)
    np.testing.assert_allclose(long, short, rtol=1e-5)
    assert np.shape(long) == (() if models is None else (2,))
    assert np.all(np.abs(long - np.log2(K)) < 2)


def test_samples_follow_the_models_odds():
    model = make()
    with torch.no_grad():
        model.W_y.zero_()
        model.b_y.copy_(torch.tensor([3.0, 2.0, 1.0, *[-30.0] * (K - 3)]))
    drawn = np.array(model.sample([0], 4000, rng=np.random.default_rng(0)))
    want = torch.tensor([3.0, 2.0, 1.0]).softmax(0).numpy()
    np.testing.assert_allclose(np.bincount(drawn, minlength=K)[:3] / 4000, want, atol=0.03)
    cold = np.array(model.sample([0], 500, rng=np.random.default_rng(0), temperature=0.05))
    assert (cold == 0).all()


def test_samples_reproduce():
    model = make()
    once, again = (model.sample([1, 2], 20, rng=np.random.default_rng(3)) for _ in range(2))
    assert once == again
    assert len(once) == 20


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("models", [None, 2])
def test_save_and_load(name, models, tmp_path):
    model = make(CELLS[name], models)
    model.save(tmp_path / "model.npz")
    again = LanguageModel.load(tmp_path / "model.npz")
    assert again.recurrent.cell is CELLS[name]
    assert again.models == models
    for x, y in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(x, y)


def test_no_digit_is_lost(float64, tmp_path):
    model = make(models=np.int64(2))
    torch.set_default_dtype(torch.float32)
    model.save(tmp_path / "model.npz")
    again = LanguageModel.load(tmp_path / "model.npz")
    for name, x in model.state_dict().items():
        assert torch.equal(x, again.state_dict()[name])
        assert torch.equal(x[1], model.pick(np.int64(1)).state_dict()[name])
    assert all(p.requires_grad for m in (again, again.pick(0)) for p in m.parameters())
    with torch.no_grad():
        picked = model.pick(0)
        picked.W_y.zero_()
    assert model.W_y[0].abs().min() > 0, "a pick has weights of its own"


@pytest.mark.parametrize("models", [None, 2])
def test_targets_are_held_to_the_tokens(models):
    model = make(models=models)
    x = tokens(7, 2, 3) if models else tokens(7, 3)
    axes = r"\(T, N, B\) with T = 7 and N = 2 and B = 3" if models else r"\(T, B\) with T = 7 and B = 3"
    for y, message in (
        (x.swapaxes(0, 1), f"shape .*, expected {axes}"),
        (x[:-1], f"shape .*, expected {axes}"),
        (x.int(), "torch.int32, expected torch.int64"),
        (None, "NoneType, expected a torch tensor"),
        (torch.full_like(x, -100), "numbers from -100 to -100, expected numbers from 0 to 8"),
        (x + K, "numbers from .*, expected numbers from 0 to 8"),
    ):
        with pytest.raises(ValueError, match=f"^targets: got {message}"):
            model.loss(x, y)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda m: m(tokens(7)), r"^tokens: got shape \(7,\), expected \(T, B\)"),
        (lambda m: m(tokens(7, 2).float()), r"^tokens: got torch.float32, expected torch.int64"),
        (lambda m: m(tokens(7, 2) + K), r"^tokens: got numbers from .*, expected numbers from 0 to 8"),
        (lambda m: m(np.zeros((7, 2), int)), r"^tokens: got ndarray, expected a torch tensor"),
        (lambda m: m.sample([0], 5, rng=np.random.default_rng(0), temperature=0), r"^temperature: got 0, expected"),
        (lambda m: m.sample([], 5, rng=np.random.default_rng(0)), r"^prompt: got \[\], expected one or more token numbers"),
        (lambda m: m.sample("a", 5, rng=np.random.default_rng(0)), r"^prompt: got 'a', expected one or more token numbers"),
        (lambda m: m.sample(None, 5, rng=np.random.default_rng(0)), r"^prompt: got None, expected one or more token numbers"),
        (lambda m: m.sample([[0, 1]], 5, rng=np.random.default_rng(0)), r"^prompt: got shape \(1, 2\), expected \(T\)"),
        (lambda m: m.sample([0, K], 5, rng=np.random.default_rng(0)), r"^prompt: got numbers from 0 to 9, expected"),
        (lambda m: m.bits([0] * 50), r"^tokens: got list, expected a torch tensor"),
        (lambda m: m.bits(tokens(50, 2)), r"^tokens: got shape \(50, 2\), expected \(T\)"),
        (lambda m: m.sample([0], 5, rng=0), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda m: m.pick(0), r"^model: got a single one, expected several models"),
        (lambda m: make(models=2).pick(2), r"^n: got 2, expected an integer from 0 to 1"),
        (lambda m: make(models=2).pick(1.0), r"^n: got 1.0, expected an integer from 0 to 1"),
        (lambda m: make(models=2).pick(None), r"^n: got None, expected an integer from 0 to 1"),
        (lambda m: make(models=2).pick(True), r"^n: got True, expected an integer from 0 to 1"),
        (lambda m: make(models=1.5), r"^models: got 1.5, expected an integer of at least 1"),
        (lambda m: make(models=2).sample([0], 5, rng=np.random.default_rng(0)), r"^model: got 2 models, expected a single"),
        (lambda m: m.bits(tokens(5), batch=4), r"^tokens: got 5, expected at least 8"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use(make())


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays, about: arrays.pop("W_y"),
        lambda arrays, about: arrays.update(extra=np.ones(3)),
        lambda arrays, about: arrays.update(b_y=np.ones(K + 1, np.float32)),
        lambda arrays, about: arrays.update(b_y=np.ones(K, int)),
        lambda arrays, about: arrays.update(b_y=np.full(K, "a")),
        lambda arrays, about: arrays.update(embedding=np.ones(3)),
        lambda arrays, about: about.pop("cell"),
        lambda arrays, about: about.update(cell="gru"),
        lambda arrays, about: about.update(cell="none"),
        lambda arrays, about: about.update(models=10**9),
        lambda arrays, about: about.update(models="two"),
        lambda arrays, about: about.update(gradient=3),
        lambda arrays, about: about.update(more=3),
    ],
)
def test_a_file_that_does_not_fit_together_is_refused(change, tmp_path):
    path = tmp_path / "model.npz"
    make().save(path)
    arrays, about = storage.load_about(path, "a model")
    change(arrays, about)
    storage.save(path, arrays, about)
    with pytest.raises(ValueError, match=r"^path: got .*, expected a saved LanguageModel"):
        LanguageModel.load(path)


def test_a_file_that_lost_a_weight_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    make().save(path)
    arrays = storage.load(path)
    for name in arrays:
        storage.save(path, {other: x for other, x in arrays.items() if other != name})
        with pytest.raises(ValueError, match=r"^path: got .*, expected "):
            LanguageModel.load(path)


def test_loading_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(ValueError, match=r"^path: got a file of \['x'\], expected a saved LanguageModel"):
        LanguageModel.load(tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError):
        LanguageModel.load(tmp_path / "none.npz")


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_weights_are_the_model_in_numpy(name):
    model = make(CELLS[name])
    p, ends = model.weights()
    hs, _ = unroll.run(CELLS[name], p, ends.embedding[tokens(7, 3).numpy()])
    np.testing.assert_allclose(hs @ ends.W_y + ends.b_y, model(tokens(7, 3))[0].detach().numpy(), atol=1e-5)
    assert {x.dtype for x in (*p, *ends)} == {np.dtype("float64")}
