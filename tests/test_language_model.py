import numpy as np
import pytest
import torch

from lstm_course.cells import CELLS, rnn
from lstm_course.models.language_model import LanguageModel

K = 9


def make(cell=rnn, models=None, **options):
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


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda m: m(tokens(7)), r"^tokens: got shape \(7,\), expected \(T, B\)"),
        (lambda m: m(tokens(7, 2).float()), r"^tokens: got torch.float32, expected torch.int64"),
        (lambda m: m(tokens(7, 2) + K), r"^tokens: got numbers from .*, expected numbers from 0 to 8"),
        (lambda m: m(np.zeros((7, 2), int)), r"^tokens: got ndarray, expected a torch tensor"),
        (lambda m: m.sample([0], 5, rng=np.random.default_rng(0), temperature=0), r"^temperature: got 0, expected"),
        (lambda m: m.sample([], 5, rng=np.random.default_rng(0)), r"^tokens: got .*, expected"),
        (lambda m: m.sample([0], 5, rng=0), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda m: m.pick(0), r"^model: got a single one, expected several models"),
        (lambda m: make(models=2).pick(2), r"^n: got 2, expected a number from 0 to 1"),
        (lambda m: make(models=2).sample([0], 5, rng=np.random.default_rng(0)), r"^model: got 2 models, expected a single"),
        (lambda m: m.bits(tokens(5), batch=4), r"^tokens: got 5, expected at least 8"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use(make())


def test_loading_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(ValueError, match=r"^path: got a file of \['x'\], expected a saved LanguageModel"):
        LanguageModel.load(tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError):
        LanguageModel.load(tmp_path / "none.npz")
