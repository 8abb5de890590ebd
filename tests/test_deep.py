"""Stacks and two directions, against torch's own layers and against their parts run by hand."""

import copy

import numpy as np
import pytest
import torch
from conftest import DERIVED, B, D, H, T
from test_padding import BAD, LENGTHS, alone, assert_same, results, sequences
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_course import convert
from lstm_course.cells import CELLS, gru, lstm, rnn
from lstm_course.deep import Bidirectional, Stack, is_recurrent, stacked
from lstm_course.dropout import RecurrentDropout, SameMask
from lstm_course.layers import Recurrent

pytestmark = pytest.mark.usefixtures("float64")
TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def take(layer, name, theirs, place):
    """Give a Recurrent the weights that torch's layer has at `place`, for instance "l1_reverse"."""
    arrays = {f"{part}_l0": getattr(theirs, f"{part}_{place}").detach().numpy() for part in PARTS}
    if name == "rnn":
        x, h, b, b2 = arrays.values()
        p = rnn.Params(x.T, h.T, b + b2)
    else:
        p = convert.read(arrays, name, "torch", layer.input_size, layer.hidden_size)
    with torch.no_grad():
        for mine, value in zip(layer.params, p, strict=True):
            mine.copy_(torch.from_numpy(value))


PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def run_torch(layer, name, xs, start, lengths):
    """Its outputs and last states, the states as one list: for every layer and direction all of its parts."""
    parts = [torch.stack(part) for part in zip(*start, strict=True)]
    if lengths is None:
        hs, last = layer(xs, tuple(parts) if name == "lstm" else parts[0])
    else:
        packed = pack_padded_sequence(xs, lengths, enforce_sorted=False)
        hs, last = layer(packed, tuple(parts) if name == "lstm" else parts[0])
        hs, _ = pad_packed_sequence(hs, total_length=T)
    last = last if name == "lstm" else (last,)
    return hs, [part[k] for k in range(len(start)) for part in last]


def starts(name, count):
    parts = len(CELLS[name].State._fields)
    return [tuple(torch.full((B, H), 0.1 + k + 0.3 * j, requires_grad=True) for j in range(parts)) for k in range(count)]


def flat(state):
    return [state] if isinstance(state, torch.Tensor) else [x for part in state for x in flat(part)]


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("gradient", ["autograd", "derived"])
@pytest.mark.parametrize("lengths", [None, *LENGTHS])
def test_three_layers_are_torchs(name, gradient, lengths):
    theirs = TORCH[name](D, H, num_layers=3)
    mine = stacked(CELLS[name], D, H, 3, rng=np.random.default_rng(0), gradient=gradient)
    for k, layer in enumerate(mine.layers):
        take(layer, name, theirs, f"l{k}")
    xs, start = sequences(lengths or [T] * B, fill=9.0), starts(name, 3)
    hs, last = mine(xs, tuple(start), lengths)
    leaves = [xs, *flat(start)]
    assert_same(results(hs, flat(last), leaves), results(*run_torch(theirs, name, xs, start, lengths), leaves))


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("gradient", ["autograd", "derived"])
@pytest.mark.parametrize("lengths", [None, *LENGTHS])
def test_two_layers_in_two_directions_are_torchs(name, gradient, lengths):
    theirs = TORCH[name](D, H, num_layers=2, bidirectional=True)
    rng = np.random.default_rng(0)
    make = lambda size: Recurrent(CELLS[name], size, H, rng=rng, gradient=gradient)
    mine = Stack(*(Bidirectional(make(size), make(size)) for size in (D, 2 * H)))
    for k, layer in enumerate(mine.layers):
        take(layer.ahead, name, theirs, f"l{k}")
        take(layer.back, name, theirs, f"l{k}_reverse")
    xs, start = sequences(lengths or [T] * B, fill=9.0), starts(name, 4)
    hs, last = mine(xs, ((start[0], start[1]), (start[2], start[3])), lengths)
    leaves = [xs, *flat(start)]
    assert_same(results(hs, flat(last), leaves), results(*run_torch(theirs, name, xs, start, lengths), leaves))
    assert [[type(x) for x in pair] for pair in last] == [[CELLS[name].State] * 2] * 2


def mixed(models=None, gradient="autograd"):
    """A bit of everything, a plain module at both ends."""
    rng = np.random.default_rng(0)
    make = lambda cell, size: Recurrent(cell, size, H, models, rng=rng, gradient=gradient)
    torch.manual_seed(0)
    both = Bidirectional(make(gru, H), Stack(make(rnn, H), nn.LayerNorm(H)))
    stack = Stack(nn.Linear(D, D), make(lstm, D), nn.LayerNorm(H), SameMask(0.5), both, nn.Linear(2 * H, 2))
    return stack.eval()


@pytest.mark.parametrize("gradient", ["autograd", "derived"])
@pytest.mark.parametrize("models", [None, 2, B])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_in_a_mixed_stack_too_each_sequence_runs_as_if_alone(models, gradient, lengths):
    stack, xs = mixed(models, gradient), sequences(lengths, models)
    hs, state = stack(xs, lengths=lengths)
    runs = [stack(xs[:n, ..., b : b + 1, :]) for b, n in enumerate(lengths)]
    want = torch.cat([torch.cat([h, h.new_zeros(T - len(h), *h.shape[1:])]) for h, _ in runs], -2)
    last = [torch.cat(parts, -2) for parts in zip(*(flat(after) for _, after in runs), strict=True)]
    leaves = [xs, *stack.parameters()]
    assert_same(results(hs, flat(state), leaves), results(want, last, leaves))


def test_a_stack_is_its_layers_one_after_the_other():
    stack, xs = mixed(), torch.randn(T, B, D)
    linear, first, norm, _, both, out = stack.layers
    hs, one = first(linear(xs))
    hs, two = both(norm(hs))
    mine, state = stack(xs)
    assert_same([mine, *flat(state)], [out(hs), *flat((one, two))], atol=0)


@pytest.mark.parametrize("name", DERIVED)
def test_many_models_are_as_many_stacks(name):
    many = stacked(CELLS[name], D, H, 2, 2, rng=np.random.default_rng(0), gradient="derived")
    xs = torch.randn(T, 2, B, D)
    hs, state = many(xs)
    for n in range(2):
        one = stacked(CELLS[name], D, H, 2, rng=np.random.default_rng(5))
        for x, y in zip(one.parameters(), many.parameters(), strict=True):
            x.data.copy_(y[n])
        mine, last = one(xs[:, n])
        assert_same([mine, *flat(last)], [hs[:, n], *(x[n] for x in flat(state))])


def test_a_split_sequence_goes_on_where_it_stopped():
    stack, xs = stacked(lstm, D, H, 2, rng=np.random.default_rng(0)), torch.randn(T, B, D)
    whole, end = stack(xs)
    first, state = stack(xs[:3])
    second, state = stack(xs[3:], state)
    assert_same([whole, *flat(end)], [torch.cat((first, second)), *flat(state)])
    one, _ = stack(xs, (None, end[1]))
    other, _ = stack(xs, (lstm.initial_state(stack.layers[0].params, B), end[1]))
    assert_same([one], [other], atol=0)


def test_dropout_stands_between_layers_only():
    stack = stacked(gru, D, H, 3, rng=np.random.default_rng(0), dropout=0.5)
    assert [type(layer) for layer in stack.layers] == [Recurrent, nn.Dropout, Recurrent, nn.Dropout, Recurrent]
    assert stack.layers[1].p == 0.5
    plain, xs = stacked(gru, D, H, 3, rng=np.random.default_rng(0)), torch.randn(T, B, D)
    assert [type(layer) for layer in plain.layers] == [Recurrent] * 3
    assert not torch.equal(stack(xs)[0], plain(xs)[0])
    assert torch.equal(stack.eval()(xs)[0], plain(xs)[0])


def test_arguments_of_init_reach_every_layer():
    stack = stacked(lstm, D, H, 2, rng=np.random.default_rng(0), forget_bias=3.0)
    assert all((layer.b[H : 2 * H] == 3).all() for layer in stack.layers)


def test_a_stack_may_begin_with_an_embedding():
    torch.manual_seed(0)
    stack = Stack(nn.Embedding(6, D), Recurrent(lstm, D, H, rng=np.random.default_rng(0)))
    tokens = torch.randint(6, (T, B))
    hs, state = stack(tokens, lengths=[4, 7, 1])
    want, last = alone(stack.layers[1], stack.layers[0](tokens), None, [4, 7, 1])
    assert_same([hs, *flat(state)], [want, *last])


def test_what_is_recurrent():
    layer = Recurrent(lstm, D, H, rng=np.random.default_rng(0))
    recurrent = (layer, Stack(layer), Bidirectional(layer, layer), RecurrentDropout(layer, 0.5))
    assert all(map(is_recurrent, recurrent))
    assert not any(map(is_recurrent, (nn.LayerNorm(H), nn.LSTM(D, H), SameMask(0.5), lstm, None)))


def test_a_copy_shares_nothing_but_the_cell():
    stack, xs = mixed(), torch.randn(T, B, D)
    twin = copy.deepcopy(stack)
    assert torch.equal(twin(xs)[0], stack(xs)[0])
    assert not {id(p) for p in twin.parameters()} & {id(p) for p in stack.parameters()}


@pytest.mark.parametrize(("lengths", "message"), BAD)
def test_bad_lengths_are_named(lengths, message):
    with pytest.raises(ValueError, match=message):
        mixed()(torch.zeros(T, B, D), lengths=lengths)
    with pytest.raises(ValueError, match=message):
        mixed().layers[4](torch.zeros(T, B, H), lengths=lengths)


def recurrent():
    return Recurrent(lstm, D, H, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Stack, r"^layers: got none, expected at least one module"),
        (lambda: Stack(recurrent(), lstm), r"^layers\[1\]: got module, expected a torch.nn.Module"),
        (lambda: Stack(nn.LSTM(D, H))(torch.zeros(T, B, D)), r"^layers\[0\]: got LSTM, which returns a tuple, expected"),
        (lambda: Stack(recurrent())(torch.zeros(T, B, D), [None]), r"^state: got list, expected a tuple, one entry"),
        (lambda: Stack(recurrent())(torch.zeros(T, B, D), (None,) * 2), r"^state: got 2 entries, expected 1, one for each"),
        (lambda: Bidirectional(recurrent(), nn.GRU(D, H)), r"^backward: got GRU, expected a module with forward\(xs, state"),
        (lambda: Bidirectional(lstm, recurrent()), r"^forward: got module, expected a module with forward\(xs, state"),
        (lambda: Bidirectional(recurrent(), recurrent())(torch.zeros(T, B, D), (1,)), r"^state: got 1 parts, expected a pair"),
        (lambda: Bidirectional(recurrent(), recurrent())(torch.zeros(T, B, D), 1), r"^state: got int, expected a pair"),
        (lambda: stacked(lstm, D, H, 0, rng=np.random.default_rng(0)), r"^layers: got 0, expected an integer of at least 1"),
        (lambda: stacked(lstm, D, H, 2, rng=np.random.default_rng(0), dropout=1), r"^dropout: got 1, expected a number of"),
        (lambda: stacked(lstm, D, H, 2, rng=np.random.default_rng(0), dropout="1"), r"^dropout: got '1', expected a finite"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
