"""Dropout with one mask for all steps, against the same steps by hand with the masks that the same seed gives."""

import numpy as np
import pytest
import torch
from conftest import B, D, H, T
from test_padding import assert_same, sequences
from test_unroll import variant

from lstm_course import training
from lstm_course.cells import CELLS, gru, lstm, rnn
from lstm_course.deep import Stack
from lstm_course.dropout import RecurrentDropout, SameMask, draw
from lstm_course.layers import Recurrent

pytestmark = pytest.mark.usefixtures("float64", "own_numbers")
BY_PRODUCTS = ["rnn", "irnn", "lstm", "lstm_1997", "lstm_normalised"]


@pytest.fixture
def own_numbers():
    """torch's random numbers are as they were when the test is over."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def layer(cell=lstm, models=None, gradient="autograd"):
    return Recurrent(cell, D, H, models, rng=np.random.default_rng(0), gradient=gradient)


def test_every_step_has_the_same_mask_and_every_sequence_and_model_its_own():
    masks = SameMask(0.5)(torch.ones(T, 2, B, 40))
    assert (masks == masks[0]).all()
    assert len(masks[0].reshape(-1, 40).unique(dim=0)) == 2 * B


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
def test_the_share_of_zeros_and_what_the_others_are_multiplied_by(p):
    mask = draw(torch.zeros(300, 300), p)
    assert (mask == 0).double().mean().item() == pytest.approx(p, abs=0.01)
    torch.testing.assert_close(mask[mask != 0], torch.full_like(mask[mask != 0], 1 / (1 - p)))
    assert mask.mean().item() == pytest.approx(1, abs=0.05)


def test_what_is_dropped_has_no_gradient_and_the_rest_the_masks():
    xs, dropout = torch.randn(T, B, D, requires_grad=True), SameMask(0.5)
    torch.manual_seed(1)
    (dxs,) = torch.autograd.grad(dropout(xs).sum(), xs)
    torch.manual_seed(1)
    mask = draw(xs[0], 0.5)
    assert 0 < (mask == 0).sum() < mask.numel()
    assert torch.equal(dxs, mask.expand_as(dxs))


def test_nothing_is_dropped_in_eval_mode_and_seeds_reproduce():
    dropout, xs = SameMask(0.5), torch.ones(T, B, D)
    assert dropout.eval()(xs) is xs
    one, other, again = (torch.manual_seed(seed) and dropout.train()(xs) for seed in (1, 2, 1))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def by_hand(layer, xs, start, mask):
    hs, state = [], start
    for x in xs:
        state, _ = layer.cell.step(layer.params, layer.cell.inputs(layer.params, x), (state[0] * mask, *state[1:]))
        hs.append(state[0])
    return torch.stack(hs), state


@pytest.mark.parametrize("name", BY_PRODUCTS)
@pytest.mark.parametrize("models", [None, 2])
def test_a_step_sees_the_masked_h(name, models):
    plain = layer(CELLS[name], models)
    xs, zero = sequences([T] * B, models), plain.cell.initial_state(plain.params, B)
    start = type(zero)(*(torch.rand_like(x).requires_grad_() for x in zero))
    torch.manual_seed(1)
    hs, state = RecurrentDropout(plain, 0.5)(xs, start)
    torch.manual_seed(1)
    want, last = by_hand(plain, xs, start, draw(start[0], 0.5))
    assert type(state) is type(zero)
    leaves = [xs, *plain.params, *start]
    grads = [torch.autograd.grad((x**2).sum(), leaves) for x in (hs, want)]
    assert_same([hs, *state, *grads[0]], [want, *last, *grads[1]])


@pytest.mark.parametrize("models", [None, 2])
def test_each_sequence_keeps_its_mask_whatever_the_lengths(models):
    plain, xs, lengths = layer(models=models), sequences([2, 7, 5], models), [2, 7, 5]
    torch.manual_seed(1)
    hs, state = RecurrentDropout(plain, 0.5)(xs, lengths=lengths)
    torch.manual_seed(1)
    mask = draw(state.h, 0.5)
    for b, length in enumerate(lengths):
        one = lambda x, b=b: x[..., b : b + 1, :]
        zero = lstm.initial_state(plain.params, 1)
        want, last = by_hand(plain, one(xs[:length]), zero, one(mask))
        assert_same([one(hs[:length]), *map(one, state)], [want, *last])
        assert not one(hs[length:]).any()


def test_a_dropped_unit_is_heard_by_no_product():
    plain = layer(rnn)
    start, xs = torch.randn(1, H, requires_grad=True), torch.randn(1, 1, D)
    torch.manual_seed(1)
    hs, _ = RecurrentDropout(plain, 0.5)(xs, (start,))
    dstart, dW_h = torch.autograd.grad(hs.sum(), [start, plain.W_h])
    torch.manual_seed(1)
    dropped = draw(start, 0.5)[0] == 0
    assert 0 < dropped.sum() < H
    assert torch.equal(dstart[0] == 0, dropped)
    assert torch.equal((dW_h == 0).all(1), dropped)


@pytest.mark.parametrize("gradient", ["autograd", "derived"])
def test_in_eval_mode_it_is_the_layer(gradient):
    plain = layer(gradient=gradient)
    dropped, xs = RecurrentDropout(plain, 0.5), sequences([4, 7, 1])
    assert not torch.equal(dropped(xs, None, [4, 7, 1])[0], plain(xs, None, [4, 7, 1])[0])
    hs, state = dropped.eval()(xs, plain(xs)[1], [4, 7, 1])
    want, last = plain(xs, plain(xs)[1], [4, 7, 1])
    for x, y in zip((hs, *state), (want, *last), strict=True):
        torch.testing.assert_close(x, y, atol=0, rtol=0, equal_nan=True)


def test_a_run_that_was_interrupted_draws_the_masks_it_would_have_drawn(tmp_path):
    def fit(**changes):
        network = Stack(SameMask(0.5), RecurrentDropout(layer(), 0.5))
        measure = lambda network, xs: {"loss": (network(xs)[0] ** 2).mean()}
        batches = lambda step: torch.from_numpy(np.random.default_rng(step).standard_normal((T, B, D)))
        return training.fit(network, measure, batches, lr=0.01, **{"steps": 6, "progress": False, **changes}).values["loss"]

    torch.manual_seed(1)
    whole = fit()
    torch.manual_seed(1)
    fit(steps=4, checkpoint=tmp_path / "run.npz")
    torch.manual_seed(2)
    np.testing.assert_array_equal(fit(checkpoint=tmp_path / "run.npz"), whole)


@pytest.mark.parametrize("name", [name for name in BY_PRODUCTS if name in CELLS])
def test_every_cell_that_reads_h_by_its_products_is_taken(name):
    RecurrentDropout(layer(CELLS[name], 2), 0.5)


class Other(tuple):
    _fields = ("U",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SameMask(1.0), r"^p: got 1.0, expected a number of at least 0 and below 1"),
        (lambda: SameMask("0.5"), r"^p: got '0.5', expected a finite number"),
        (lambda: RecurrentDropout(layer(), -0.1), r"^p: got -0.1, expected a number of at least 0 and below 1"),
        (lambda: RecurrentDropout(torch.nn.LSTM(D, H), 0.5), r"^layer: got LSTM, expected a lstm_course.layers.Recurrent"),
        (lambda: RecurrentDropout(layer(gru), 0.5), r"^layer: got Recurrent\(gru, .*\), expected one whose cell reads h_prev"),
        (lambda: RecurrentDropout(layer(LEAKY, 2), 0.5), r"^layer: got Recurrent\(.*\), expected one whose cell reads h_prev"),
        (lambda: RecurrentDropout(layer(RESTING), 0.5), r"^layer: got Recurrent\(.*\), expected one whose cell reads h_prev"),
        (lambda: RecurrentDropout(layer(), 0.5)(torch.zeros(T, B, D + 1)), r"^xs: got shape \(7, 3, 5\), expected"),
        (lambda: RecurrentDropout(layer(), 0.5)(torch.zeros(T, B, D), None, [0] * B), r"^lengths: got 0, expected 3 whole"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def leaky_step(p, a, state):
    after, gates = rnn.step(p, a, state)
    return rnn.State(0.5 * state[0] + 0.5 * after.h), gates


LEAKY = variant(rnn, step=leaky_step)


def resting_step(p, a, state):
    """At every other step it takes its h over."""
    after, gates = rnn.step(p, a, state[:1])
    return (state[0] if state[1] % 2 else after.h, state[1] + 1), gates


RESTING = variant(rnn, step=resting_step, initial_state=lambda p, batch: (*rnn.initial_state(p, batch), 0))
