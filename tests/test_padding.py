"""Sequences of different lengths: as if each had been run alone, and as torch's packed sequences."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from conftest import DERIVED, B, D, H, T, torch_layer
from test_cells import TORCH
from test_unroll import clocked, in_plain_tuples, variant
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_course import padding
from lstm_course.cells import CELLS, lstm, rnn
from lstm_course.layers import Recurrent

pytestmark = pytest.mark.usefixtures("float64")
LENGTHS = [[4, 1, 7], [5, 2, 5], [7, 7, 7], [1, 1, 1]]
WAYS = [(name, "autograd") for name in CELLS] + [(name, "derived") for name in DERIVED]


def sequences(lengths, models=None, fill=float("nan")):
    """xs (T, ..., B, D) with something bad behind each sequence."""
    lead = () if models is None else (models,)
    xs = torch.randn(T, *lead, B, D, generator=torch.Generator().manual_seed(0))
    for b, length in enumerate(lengths):
        xs[length:, ..., b, :] = fill
    return xs.requires_grad_()


def alone(layer, xs, start, lengths):
    """Each sequence in a run of its own, without padding."""
    runs = []
    for b, length in enumerate(lengths):
        state = None if start is None else tuple(x[..., b : b + 1, :] if np.ndim(x) else x for x in start)
        runs.append(layer(xs[:length, ..., b : b + 1, :], state))
    hs = torch.cat([torch.cat([h, h.new_zeros(T - len(h), *h.shape[1:])]) for h, _ in runs], -2)
    columns = zip(*(state for _, state in runs), strict=True)
    return hs, [torch.cat(parts, -2) if np.ndim(parts[0]) else max(parts) for parts in columns]  # a clock they share


def results(hs, state, leaves):
    weights = torch.cos(torch.arange(hs.numel())).view(hs.shape)
    loss = (hs * weights).sum() + sum((part**2).sum() for part in state if np.ndim(part))
    return [hs, *state, *torch.autograd.grad(loss, leaves)]


def assert_same(mine, theirs, atol=1e-12):
    for x, y in zip(mine, theirs, strict=True):
        torch.testing.assert_close(x, y, atol=atol, rtol=atol)


@pytest.mark.parametrize(("name", "gradient"), WAYS)
@pytest.mark.parametrize("models", [None, 2, B])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_each_sequence_runs_as_if_alone_whatever_the_padding(name, gradient, models, lengths):
    layer = Recurrent(CELLS[name], D, H, models, rng=np.random.default_rng(1), gradient=gradient)
    xs, zero = sequences(lengths, models), layer.cell.initial_state(layer.params, B)
    wave = lambda x: torch.cos(torch.arange(x.numel())).view(x.shape).requires_grad_()
    start = tuple(wave(x) if np.ndim(x) else x for x in zero)
    leaves = [xs, *layer.params, *(x for x in start if np.ndim(x))]
    mine, theirs = layer(xs, start, lengths), alone(layer, xs, start, lengths)
    assert type(mine[1]) is type(zero)
    assert_same(results(*mine, leaves), results(*theirs, leaves))


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("lengths", LENGTHS)
def test_packed_sequences_of_torch(name, lengths):
    layer = Recurrent(CELLS[name], D, H, rng=np.random.default_rng(1), gradient="derived")
    theirs = torch_layer(name, layer.params._make(p.detach().numpy() for p in layer.params))
    xs, start = sequences(lengths, fill=9.0), [torch.full((B, H), 0.3 * k, requires_grad=True) for k in (1, 2)]
    start = start[: len(layer.cell.State._fields)]
    packed = pack_padded_sequence(xs, lengths, enforce_sorted=False)
    stacked = [x[None] for x in start]
    out, last = theirs(packed, tuple(stacked) if name == "lstm" else stacked[0])
    out, _ = pad_packed_sequence(out, total_length=T)
    last = [x[0] for x in (last if name == "lstm" else (last,))]
    leaves = [xs, *start]
    assert_same(results(*layer(xs, tuple(start), lengths), leaves), results(out, last, leaves))


@pytest.mark.parametrize("gradient", ["autograd", "derived"])
@pytest.mark.parametrize("lengths", [torch.tensor([4, 1, 7]), np.array([4, 1, 7], np.uint64), (4, 1, 7)])
def test_lengths_come_as_tensor_array_or_list_and_may_be_left_out(gradient, lengths):
    layer = Recurrent(lstm, D, H, rng=np.random.default_rng(1), gradient=gradient)
    xs = torch.randn(T, B, D)
    assert_same(layer(xs, lengths=lengths)[0], layer(xs, lengths=[4, 1, 7])[0], atol=0)
    hs, state = layer(xs, lengths=[T] * B)
    assert_same([hs, *state], [layer(xs)[0], *layer(xs)[1]])


@pytest.mark.parametrize("gradient", ["autograd", "derived"])
@pytest.mark.parametrize("zero", [0, np.zeros(()), np.zeros(1), torch.zeros(1)])
def test_a_counter_that_the_sequences_share_goes_on_to_the_longest(gradient, zero):
    mine, theirs = (Recurrent(c, D, H, rng=np.random.default_rng(0), gradient=gradient) for c in (clocked(zero), rnn))
    xs, lengths = sequences([5, 2, 5]), [5, 2, 5]
    hs, (h, count) = mine(xs, lengths=lengths)
    want, last = theirs(xs, lengths=lengths)
    assert np.shape(count) == np.shape(zero)
    assert (torch.as_tensor(count) == 5).all()
    assert_same(results(hs, [h], [xs, *mine.params]), results(want, last, [xs, *theirs.params]))


class Timed(NamedTuple):
    h: Any
    count: Any


@pytest.mark.parametrize("models", [None, 2, B])
@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_a_counter_of_each_sequence_stops_at_its_end(models, make):
    def step(p, a, state):
        after, gates = rnn.step(p, a, state[:1])
        return Timed(*after, state.count + 1), gates

    start = lambda p, batch: Timed(*rnn.initial_state(p, batch), make((batch, 1)))
    layer = Recurrent(variant(rnn, initial_state=start, step=step), D, H, models, rng=np.random.default_rng(0))
    _, state = layer(sequences([4, 1, 7], models), lengths=[4, 1, 7])
    assert np.asarray(state.count).ravel().tolist() == [4, 1, 7]
    again = layer(torch.zeros(T, *state.h.shape[:-1], D), state, [1, 2, 3])[1]
    assert np.asarray(again.count).ravel().tolist() == [5, 3, 10]


def test_a_state_may_be_a_plain_tuple():
    layer = Recurrent(in_plain_tuples(lstm), D, H, rng=np.random.default_rng(0))
    _, state = layer(sequences([4, 1, 7]), lengths=[4, 1, 7])
    assert type(state) is tuple


BAD = [
    ([4, 7], r"^lengths: got shape \(2,\), expected 3 whole numbers from 1 to 7$"),
    ([[4], [1], [7]], r"^lengths: got shape \(3, 1\), expected 3 whole numbers from 1 to 7$"),
    (5, r"^lengths: got shape \(\), expected 3 whole numbers from 1 to 7$"),
    ([4, 0, 1], r"^lengths: got 0, expected 3 whole numbers from 1 to 7$"),
    ([4, -1, 1], r"^lengths: got -1, expected 3 whole numbers from 1 to 7$"),
    (torch.tensor([4, 8, 1]), r"^lengths: got 8, expected 3 whole numbers from 1 to 7$"),
    ([4.0, 7.0, 1.0], r"^lengths: got \[4.0, 7.0, 1.0\], expected 3 whole numbers from 1 to 7$"),
    (torch.tensor([4.0, 7.0, 1.0]), r"^lengths: got tensor\(\[4., 7., 1.\].*\), expected 3 whole numbers from 1 to 7$"),
    ([True, True, True], r"^lengths: got \[True, True, True\], expected"),
    ("471", r"^lengths: got '471', expected 3 whole numbers from 1 to 7$"),
]


@pytest.mark.parametrize(("lengths", "message"), BAD)
@pytest.mark.parametrize("gradient", ["autograd", "derived"])
def test_bad_lengths_are_named(lengths, message, gradient):
    layer = Recurrent(lstm, D, H, rng=np.random.default_rng(0), gradient=gradient)
    with pytest.raises(ValueError, match=message):
        layer(torch.zeros(T, B, D), lengths=lengths)


@pytest.mark.parametrize("gradient", ["autograd", "derived"])
def test_other_bad_input_is_named_before_the_lengths(gradient):
    layer = Recurrent(lstm, D, H, rng=np.random.default_rng(0), gradient=gradient)
    with pytest.raises(ValueError, match=r"^xs: got shape \(7,\), expected \(T, B, D\) with D = 4"):
        layer(torch.zeros(T), lengths=[0])
    with pytest.raises(ValueError, match=r"^state.c: got shape \(2, 5\), expected \(3, 5\)"):
        layer(torch.zeros(T, B, D), (torch.zeros(B, H), torch.zeros(2, H)), [1, 2, 3])


@pytest.mark.parametrize("models", [None, 2, B])
def test_blank_and_flip_against_loops(models):
    xs, lengths = sequences([4, 1, 7], models, fill=9.0).detach(), [4, 1, 7]
    blank, flipped = torch.zeros_like(xs), xs.clone()
    for b, length in enumerate(lengths):
        for t in range(length):
            blank[t, ..., b, :] = xs[t, ..., b, :]
            flipped[t, ..., b, :] = xs[length - 1 - t, ..., b, :]
    assert torch.equal(padding.blank(xs, lengths), blank)
    assert torch.equal(padding.flip(xs, lengths), flipped)
    assert torch.equal(padding.flip(xs), torch.stack(list(xs)[::-1]))


def test_blank_and_flip_let_no_nan_into_a_gradient():
    xs, lengths = sequences([4, 1, 7]), [4, 1, 7]
    (dxs,) = torch.autograd.grad((padding.blank(padding.flip(xs, lengths), lengths) ** 2).sum(), xs)
    torch.testing.assert_close(dxs, 2 * padding.blank(xs, lengths))
