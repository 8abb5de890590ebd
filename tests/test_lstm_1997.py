"""The LSTM of 1997: against its equations written out, with gradients cut where the paper cuts them, and its weight counts."""

import numpy as np
import pytest
import torch

from lstm_course import gradcheck, unroll
from lstm_course.cells import lstm_1997
from lstm_course.cells.lstm_1997 import Params, State, memory_blocks, truncated, truncated_gradient, weights

T, B, D, G, S = 9, 3, 2, 2, 3
H = G * S


@pytest.fixture
def example(rng):
    p = memory_blocks(S).init(rng, D, H)
    return p._make(2 * x for x in p), rng.standard_normal((T, B, D)), rng.standard_normal((T, B, H))


def written_out(p, xs, truncate):
    """The equations of the paper's appendix, unit by unit, in torch; `truncate` cuts what the next step reads."""
    W = torch.cat([p.W_x, p.W_h, p.W_u, p.b[None]])
    h, c, u = torch.zeros(B, H), torch.zeros(B, H), torch.zeros(B, 2 * G)
    logistic, hs = lambda x: 1 / (1 + torch.exp(-x)), []
    for x in xs:
        read = torch.cat([x, h.detach() if truncate else h, u.detach() if truncate else u, torch.ones(B, 1)], 1)
        net = (read @ W).unbind(1)
        i = [logistic(net[k]) for k in range(G)]
        o = [logistic(net[G + H + k]) for k in range(G)]
        c = torch.stack([c[:, v] + i[v // S] * (4 * logistic(net[G + v]) - 2) for v in range(H)], 1)
        h = torch.stack([o[v // S] * (2 * logistic(c[:, v]) - 1) for v in range(H)], 1)
        u = torch.stack([*i, *o], 1)
        hs.append(h)
    return torch.stack(hs)


def gradient(p, xs, dhs, truncate):
    leaves = Params(*(torch.tensor(x, requires_grad=True) for x in p))
    hs = written_out(leaves, torch.tensor(xs), truncate)
    return hs.detach().numpy(), torch.autograd.grad((hs * torch.tensor(dhs)).sum(), leaves)


@pytest.mark.usefixtures("float64")
def test_blocks_equal_the_equations_written_out(example):
    p, xs, dhs = example
    hs, tape = unroll.record(memory_blocks(S), p, xs)
    want, grads = gradient(p, xs, dhs, truncate=False)
    np.testing.assert_allclose(hs, want, atol=1e-13)
    for mine, theirs in zip(unroll.backward(memory_blocks(S), p, tape, dhs)[1], grads, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


@pytest.mark.usefixtures("float64")
def test_the_truncated_gradient_equals_autograd_with_the_states_detached(example):
    p, xs, dhs = example
    _, grads = gradient(p, xs, dhs, truncate=True)
    cell = truncated(memory_blocks(S))
    _, tape = unroll.record(cell, p, xs)
    for mine in (unroll.backward(cell, p, tape, dhs)[1], truncated_gradient(p, xs, dhs)):
        for x, y in zip(mine, grads, strict=True):
            np.testing.assert_allclose(x, y, atol=1e-12)


@pytest.mark.usefixtures("float64")
def test_the_truncated_gradient_is_another_one(example):
    p, xs, dhs = example
    full, cut = (gradient(p, xs, dhs, truncate)[1][0] for truncate in (False, True))
    assert float((full - cut).norm() / full.norm()) > 0.05


@pytest.mark.parametrize("models", [None, 2])
def test_blocks_pass_the_gradient_check(models):
    assert gradcheck.cell(memory_blocks(2), rng=np.random.default_rng(1), models=models, H=4) < 1e-7


def test_many_models_of_blocks_equal_one_by_one(rng):
    cell = memory_blocks(S)
    each = [cell.init(rng, D, H) for _ in range(2)]
    xs = rng.standard_normal((T, 2, B, D))
    hs, _ = unroll.run(cell, Params(*map(np.stack, zip(*each, strict=True))), xs)
    for n, p in enumerate(each):
        np.testing.assert_allclose(hs[:, n], unroll.run(cell, p, xs[:, n])[0], atol=1e-13)


def test_ranges_are_those_of_the_appendix(rng):
    p = lstm_1997.init(rng, D, H)
    big = p._replace(W_x=1e3 * p.W_x)
    trace = unroll.trace(lstm_1997, big, rng.standard_normal((200, B, D)))
    assert 1.99 < trace.gates.g.max() <= 2
    assert 0.99 < abs(trace.states.h).max() <= 1


def test_with_its_input_gate_shut_a_cell_keeps_its_content_for_ever(rng):
    p = lstm_1997.init(rng, D, H, input_bias=-800.0)
    start = State(np.zeros((B, H)), rng.standard_normal((B, H)), np.zeros((B, 2 * H)))
    _, last = unroll.run(lstm_1997, p, rng.standard_normal((1000, B, D)), start)
    np.testing.assert_array_equal(last.c, start.c)


@pytest.mark.parametrize(
    ("experiment", "inputs", "outputs", "blocks", "size", "biased", "count"),
    [
        ("1, 4 blocks", 7, 7, 4, 1, "gates", 264),
        ("1, 3 blocks", 7, 7, 3, 2, "gates", 276),
        ("3", 1, 1, 3, 1, "hidden", 102),
        ("4 and 5", 2, 1, 2, 2, "all", 93),
        ("6a", 8, 4, 2, 2, "all", 156),
        ("6b", 8, 8, 3, 2, "all", 308),
    ],
)
def test_weights_of_the_experiments_of_1997(experiment, inputs, outputs, blocks, size, biased, count):
    assert weights(inputs, outputs, blocks, size, biased) == count
    p = memory_blocks(size).init(np.random.default_rng(0), inputs, blocks * size)
    hidden = sum(x.size for x in p[:3])
    biases = {"gates": 2 * blocks, "hidden": p.b.size, "all": p.b.size + outputs}[biased]
    assert hidden + blocks * size * outputs + biases == count


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: memory_blocks(0), r"^size: got 0, expected an integer of at least 1"),
        (lambda: memory_blocks(2).init(np.random.default_rng(0), 2, 5), r"^H: got 5, expected a multiple of 2"),
        (lambda: lstm_1997.init(np.random.default_rng(0), 2, 2, input_bias="x"), r"^input_bias: got 'x', expected a number"),
        (
            lambda: lstm_1997.init(np.random.default_rng(0), 2, 2, output_bias=[1.0]),
            r"^output_bias: got shape \(1,\), expected",
        ),
        (lambda: weights(2, 1, 2, 2, "some"), r"^biased: got 'some', expected"),
        (lambda: weights(2, 1, 0, 2, "all"), r"^blocks: got 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_biases_fill_their_blocks_alone():
    p, q = (
        memory_blocks(S).init(np.random.default_rng(0), D, H, **b) for b in ({}, {"input_bias": -3, "output_bias": [-1, -2]})
    )
    np.testing.assert_array_equal(q.b, np.concatenate([[-3, -3], p.b[G : G + H], [-1, -2]]))
