"""Cells from graphs: those of known cells are these cells, and what cannot be computed is refused."""

import numpy as np
import pytest
import torch
from conftest import B, D, H, T, stacked

from lstm_course import unroll
from lstm_course.cells import gru_2014, lstm
from lstm_course.cells.architecture import GRU, LSTM, LSTM_1, Graph, Node, architecture, equations, linear
from lstm_course.layers import Recurrent


def test_the_graph_of_the_lstm_is_the_lstm(rng):
    cell = architecture(LSTM)
    p, xs = cell.init(rng, D, H), rng.standard_normal((T, B, D))
    side = lambda kind: np.concatenate([getattr(p, kind.format(k)) for k in (3, 4, 5, 6)], -1)
    hs, state = unroll.run(cell, p, xs)
    wanted, last = unroll.run(lstm, lstm.Params(side("W_{}_0"), side("W_{}_1"), side("b_{}")), xs)
    np.testing.assert_allclose(hs, wanted, atol=1e-14)
    np.testing.assert_allclose(state.s1, last.c, atol=1e-14)


def test_the_graph_of_the_gru_is_the_gru_of_2014(rng):
    cell = architecture(GRU)
    p, xs = cell.init(rng, D, H), rng.standard_normal((T, B, D))
    side = lambda *names: np.concatenate([getattr(p, name) for name in names], -1)
    q = gru_2014.Params(side("W_2_0", "W_3_0", "W_7_0"), side("W_2_1", "W_3_1"), p.W_7_6, side("b_2", "b_3", "b_7"))
    np.testing.assert_allclose(unroll.run(cell, p, xs)[0], unroll.run(gru_2014, q, xs)[0], atol=1e-14)


def test_a_bias_starts_where_the_graph_says():
    p, q = (architecture(graph).init(np.random.default_rng(0), D, H) for graph in (LSTM, LSTM_1))
    np.testing.assert_allclose(q.b_4 - p.b_4, 1)
    np.testing.assert_array_equal(q.b_3, p.b_3)


@pytest.mark.parametrize("models", [2, B, T])
def test_many_models_equal_one_by_one_and_train_through_autograd(models, rng):
    cell = architecture(LSTM_1)
    each = [cell.init(rng, D, H) for _ in range(models)]
    xs = rng.standard_normal((T, models, B, D))
    hs, _ = unroll.run(cell, cell.Params(*stacked(each)), xs)
    for n, p in enumerate(each):
        np.testing.assert_allclose(hs[:, n], unroll.run(cell, p, xs[:, n])[0], atol=1e-14)
    layer = Recurrent(cell, D, H, models, rng=rng)
    layer(torch.randn(T, models, B, D))[0].sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in layer.parameters())


def test_what_is_read_once_is_written_where_it_is_read_and_brackets_stand_where_they_must():
    assert equations(LSTM_1) == [
        "v13 = sigmoid(L(x, h; 1)) * s1 + sigmoid(L(x, h)) * tanh(L(x, h))",
        "h = sigmoid(L(x, h)) * tanh(v13)",
        "s1 = v13",
    ]
    nodes = (linear(0), Node("-", (1, 2)), Node("-", (1, 3)), Node("+", (1, 4)), Node("*", (5, 1)))
    assert equations(Graph(nodes, (6,))) == ["h = (h + h - (h - L(x))) * h"]


@pytest.mark.parametrize(
    ("nodes", "after", "message"),
    [
        ((Node("swish", (1,)),), (2,), r"^node 2: got 'swish', expected linear, sigmoid"),
        ((Node("+", (1,)),), (2,), r"^node 2: got 1 values, expected 2 for \+"),
        ((Node("tanh", (0,)),), (2,), r"^node 2: got values \(0,\), expected values from 1 to 1 for tanh"),
        ((linear(0, 3), Node("tanh", (2,))), (3,), r"^node 2: got values \(0, 3\), expected values from 0 to 1"),
        ((linear(0),), (3,), r"^after: got \(3,\), expected values from 1 to 2"),
        ((linear(0),), (), r"^after: got \(\), expected a value for each"),
        ((linear(1),), (2,), r"^nodes: got none that reads x"),
        ((linear(),), (2,), r"^node 2: got 0 values, expected 1 for linear"),
    ],
)
def test_what_cannot_be_computed_is_refused(nodes, after, message):
    with pytest.raises(ValueError, match=message):
        architecture(Graph(nodes, after))
