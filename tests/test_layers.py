import copy
import re
import sys
import tracemalloc
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from conftest import DERIVED, B, D, H, T, torch_layer
from test_unroll import clocked, in_plain_tuples, variant

from lstm_course.cells import CELLS, lstm, rnn
from lstm_course.layers import Recurrent, stack_init

pytestmark = pytest.mark.usefixtures("float64")


def pair(name, models=None):
    return [Recurrent(CELLS[name], D, H, models, rng=np.random.default_rng(1), gradient=g) for g in ("autograd", "derived")]


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("models", [None, 2, B, T])
def test_derived_path_equals_autograd_path(name, models):
    torch.manual_seed(0)
    xs = torch.randn(T, *(() if models is None else (models,)), B, D, requires_grad=True)
    results = []
    for layer in pair(name, models):
        zero = layer.cell.initial_state(layer.params, B)
        start = tuple(torch.full(part.shape, 0.3, requires_grad=True) for part in zero)
        hs, last = layer(xs, start)
        loss = (hs**2).sum() + sum((part**3).sum() for part in last)
        results.append([hs, *last, *torch.autograd.grad(loss, [xs, *layer.params, *start])])
    for x, y in zip(*results, strict=True):
        torch.testing.assert_close(x, y, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("models", [None, 3])
def test_derived_path_equals_autograd_path_for_arrays_whose_memory_is_used_again(name, models):
    lead, results = () if models is None else (models,), []
    # layer normalisation divides by a spread that may be small: over 80 steps autograd's own gradient hangs on the last bit
    steps = 12 if name == "lstm_normalised" else 40
    xs = torch.randn(steps, *lead, 16, 8, generator=torch.Generator().manual_seed(0))
    for gradient in ("derived", "autograd"):
        layer = Recurrent(CELLS[name], 8, 64, models, rng=np.random.default_rng(1), gradient=gradient)
        for _ in range(2):
            once, state = layer(xs)
            again, _ = layer(xs.flip(0), state)
            grads = torch.autograd.grad((once**2).sum() + (again**2).sum(), list(layer.params))
        results.append([once, again, *grads])
    for x, y in zip(*results, strict=True):
        torch.testing.assert_close(x, y, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("name", DERIVED)
def test_derived_path_takes_expanded_and_strided_tensors_and_inputs_without_gradient(name):
    autograd, derived = pair(name)
    xs = torch.randn(B, T, D).transpose(0, 1)
    for layer in (autograd, derived):
        layer(xs)[0].sum().backward()  # the gradient of a sum is an expanded tensor
    for x, y in zip(autograd.params, derived.params, strict=True):
        torch.testing.assert_close(x.grad, y.grad)
    with torch.no_grad():
        torch.testing.assert_close(autograd(xs)[0], derived(xs)[0])


@pytest.mark.parametrize("name", DERIVED)
def test_one_layer_used_twice_adds_its_gradients(name):
    results = []
    for layer in pair(name):
        xs = torch.linspace(-1, 1, T * B * D).view(T, B, D)
        first, state = layer(xs)
        second, _ = layer(xs * 2, state)
        results.append(torch.autograd.grad((first + second**2).sum(), list(layer.params)))
    for x, y in zip(*results, strict=True):
        torch.testing.assert_close(x, y)


@pytest.mark.parametrize("name", [n for n in CELLS if n in ("rnn", "irnn", "lstm", "gru")])
def test_layer_equals_torchs(name):
    layer = pair(name)[1]
    theirs = torch_layer(name, layer.cell.Params(*(p.detach().numpy() for p in layer.params)))
    xs = torch.randn(T, B, D)
    torch.testing.assert_close(layer(xs)[0], theirs(xs)[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", DERIVED)
def test_float32_stays_float32(name):
    layer = pair(name)[1].float()
    hs, state = layer(torch.randn(T, B, D, dtype=torch.float32))
    hs.sum().backward()
    assert {x.dtype for x in (hs, *state, *(p.grad for p in layer.params))} == {torch.float32}


@pytest.mark.parametrize("change", ["weights", "inputs", "outputs"])
def test_a_change_in_place_before_the_backward_is_an_error_not_a_wrong_gradient(change):
    layer, xs = pair("lstm")[1], torch.randn(T, B, D)
    hs, state = layer(xs)
    loss = hs.sum() + 0 * state.c.sum()
    state.h.detach().zero_()
    assert hs[-1].abs().sum() > 0, "the last state is a copy"
    with torch.no_grad():
        {"weights": layer.W_h, "inputs": xs, "outputs": hs}[change].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_each_model_draws_from_a_stream_of_its_own():
    layer = Recurrent(rnn, D, H, 3, rng=np.random.default_rng(1))
    each = [rnn.init(stream, D, H) for stream in np.random.default_rng(1).spawn(3)]
    for n, p in enumerate(each):
        for mine, theirs in zip(layer.params, p, strict=True):
            torch.testing.assert_close(mine[n].detach(), torch.from_numpy(theirs))


def test_the_cell_in_contributing_runs_and_trains_through_autograd(monkeypatch):
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    leaky, registry = ModuleType("leaky"), {}
    cell, lines, *_ = re.findall(r"```python\n(.*?)```", text, re.S)
    exec(cell, vars(leaky))
    monkeypatch.setitem(sys.modules, "lstm_course.cells.leaky", leaky)
    exec(lines, registry)
    assert registry["CELLS"] == {"leaky": leaky}
    layer = Recurrent(leaky, D, H, 2, rng=np.random.default_rng(0))
    layer(torch.randn(T, 2, B, D))[0].sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in layer.params)
    with pytest.raises(ValueError, match=r"^cell: got leaky, expected a cell with a derived backward"):
        Recurrent(leaky, D, H, rng=np.random.default_rng(0), gradient="derived")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gradient": "exact"}, r"^gradient: got 'exact', expected 'autograd' or 'derived'"),
        ({"models": 0}, r"^models: got 0, expected an integer of at least 1"),
        ({"rng": 0}, r"^rng: got 0, expected a numpy.random.Generator"),
        ({"input_size": 0}, r"^input_size: got 0, expected an integer of at least 1"),
        ({"hidden_size": -1}, r"^hidden_size: got -1, expected an integer of at least 1"),
        ({"cell": "lstm"}, r"^cell: got 'lstm', expected a cell: an object with Params"),
        ({"cell": None, "gradient": "derived"}, r"^cell: got None, expected a cell: an object with Params"),
    ],
)
def test_bad_arguments_are_named(change, message):
    arguments = {"cell": rnn, "input_size": D, "hidden_size": H, "rng": np.random.default_rng(0), **change}
    with pytest.raises(ValueError, match=message):
        Recurrent(**arguments)


@pytest.mark.parametrize("gradient", ["autograd", "derived"])
def test_bad_input_is_named(gradient):
    layer = Recurrent(rnn, D, H, 2, rng=np.random.default_rng(0), gradient=gradient)
    with pytest.raises(ValueError, match=r"^xs: got shape \(7, 3, 4\), expected \(T, N, B, D\) with N = 2 and D = 4"):
        layer(torch.randn(T, B, D))
    with pytest.raises(ValueError, match=r"^xs: got numbers of type torch.int64"):
        layer(torch.zeros(T, 2, B, D, dtype=torch.int64))


def test_nothing_is_shared_with_what_init_returned(rng):
    p = rnn.init(rng, D, H)
    layer = Recurrent(variant(rnn, init=lambda rng, D, H: p), D, H, rng=rng)
    with torch.no_grad():
        layer.b += 1
    assert not np.array_equal(layer.b.detach(), p.b)


@pytest.mark.parametrize("gradient", ["autograd", "derived"])
@pytest.mark.parametrize("models", [None, 2])
def test_states_of_a_readers_own_cell(gradient, models):
    lead, results = () if models is None else (models,), []
    xs = torch.randn(T, *lead, B, D)
    for cell, kind in ((lstm, lstm.State), (in_plain_tuples(lstm), tuple)):
        layer = Recurrent(cell, D, H, models, rng=np.random.default_rng(0), gradient=gradient)
        hs, state = layer(xs, layer(xs)[1])
        assert type(state) is kind
        results.append([hs, *state, *torch.autograd.grad((hs**2).sum(), list(layer.params))])
    for x, y in zip(*results, strict=True):
        torch.testing.assert_close(x, y, atol=0, rtol=0)


def test_a_counter_in_the_state_passes_through_the_derived_path():
    results = []
    for cell in (rnn, clocked(0)):
        layer = Recurrent(cell, D, H, rng=np.random.default_rng(0), gradient="derived")
        hs, state = layer(torch.linspace(-1, 1, T * B * D).view(T, B, D))
        results.append(torch.autograd.grad((layer(hs[..., :D], state)[0] ** 2).sum(), list(layer.params)))
    assert state.count == T
    for x, y in zip(*results, strict=True):
        torch.testing.assert_close(x, y)


def test_the_tape_is_freed_by_the_backward_however_long_the_loss_is_kept():
    layer, xs, kept = pair("lstm")[1], torch.randn(50, 16, D), []
    layer(xs)[0].sum().backward()
    tracemalloc.start()  # sees NumPy's memory, in which the tape lies
    for _ in range(5):
        hs, _ = layer(xs)
        kept += [hs, (hs**2).sum()]
        kept[-1].backward()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 5 * 1.5 * hs.nbytes
    with pytest.raises(RuntimeError, match="second time"):
        kept[-1].backward()


def test_a_layer_says_what_it_is_whatever_its_parameters_are_called(rng):
    Only = namedtuple("Only", "U")
    mine = variant(rnn, __name__="mine", Params=Only, init=lambda rng, D, H: Only(np.zeros((D, H))))
    assert repr(Recurrent(mine, D, H, 2, rng=rng)) == "Recurrent(mine, 4, 5, models=2, gradient='autograd')"


def test_a_copy_shares_nothing_but_the_cell(rng):
    layer = Recurrent(CELLS["lstm"], D, H, rng=rng)
    twin, xs = copy.deepcopy(layer), torch.zeros(T, B, D)
    assert torch.equal(twin(xs)[0], layer(xs)[0])
    with torch.no_grad():
        twin.b += 1
    assert not torch.equal(twin(xs)[0], layer(xs)[0])


def test_stack_init_passes_arguments_on():
    p = stack_init(CELLS["lstm"].init, np.random.default_rng(0), 2, D, H, forget_bias=3.0)
    assert p.W_x.shape == (2, D, 4 * H)
    assert (p.b[:, H : 2 * H] == 3).all()
