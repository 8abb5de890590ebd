"""Cells from graphs: those of known cells are these cells, and what cannot be computed is refused."""

import numpy as np
import pytest
import torch
from conftest import B, D, H, T, derived_equals_autograd, stacked

from lstm_course import gradcheck, unroll
from lstm_course.cells import gru_2014, lstm
from lstm_course.cells.architecture import architecture
from lstm_course.cells.graph import GRU, LSTM, LSTM_1, Graph, Node, equations, linear
from lstm_course.layers import Recurrent
from lstm_course.studies import evolution


def test_the_graph_of_the_lstm_is_the_lstm(rng):
    cell = architecture(LSTM)
    p, xs = cell.init(rng, D, H), rng.standard_normal((T, B, D))
    hs, state = unroll.run(cell, p, xs)
    wanted, last = unroll.run(lstm, lstm.Params(p.W_x, p.W_h, p.b), xs)
    np.testing.assert_allclose(hs, wanted, atol=1e-14)
    np.testing.assert_allclose(state.s1, last.c, atol=1e-14)


def test_the_graph_of_the_gru_is_the_gru_of_2014(rng):
    cell = architecture(GRU)
    p, xs = cell.init(rng, D, H), rng.standard_normal((T, B, D))
    q = gru_2014.Params(p.W_x, p.W_h, p.W_6, p.b)
    np.testing.assert_allclose(unroll.run(cell, p, xs)[0], unroll.run(gru_2014, q, xs)[0], atol=1e-14)


def test_a_bias_starts_where_the_graph_says():
    p, q = (architecture(graph).init(np.random.default_rng(0), D, H) for graph in (LSTM, LSTM_1))
    np.testing.assert_allclose(q.b - p.b, np.repeat([0, 1, 0, 0], H), atol=1e-15)


def everything(function):
    """Of every operation one, and one function twice; the third part of the state is read by nobody."""
    nodes = (
        linear(2),  # 4: reads no x, so that its sums stand behind those of the next
        linear(0, 1, 4),  # 5
        Node(function, (5,)),  # 6
        Node("sigmoid", (4,)),  # 7
        Node("*", (6, 6)),  # 8: a square
        Node("-", (7, 8)),  # 9
        Node("-", (9, 9)),  # 10: nothing
        Node("+", (9, 9)),  # 11
        linear(11, 9, 11),  # 12: reads 11 once
        Node("tanh", (12,)),  # 13
        Node("*", (13, 2)),  # 14
        Node("+", (14, 10)),  # 15
        linear(0),  # 16: nobody reads it
    )
    return Graph(nodes, (15, 14, 1))


@pytest.mark.parametrize("graph", [LSTM_1, GRU, everything("tanh")], ids=["LSTM_1", "GRU", "everything"])
@pytest.mark.parametrize("models", [None, 2, B, T])
def test_the_derived_gradient_equals_differences(graph, models):
    assert gradcheck.cell(architecture(graph), rng=np.random.default_rng(1), models=models) < 1e-7


def mutants(count):
    rng, graph = np.random.default_rng(0), LSTM
    for k in range(count):
        graph = (LSTM, GRU)[k % 2] if k % 10 < 2 else graph
        graph = evolution.mutate(graph, rng) or graph
        yield graph


@pytest.mark.parametrize("graph", [everything("relu"), *mutants(40)])
@pytest.mark.parametrize("lead", [(), (2,)])
def test_the_derived_gradient_equals_autograd(graph, lead, rng):
    cell = architecture(graph)
    each = [cell.init(rng, D, H) for _ in range(int(np.prod(lead)))]
    p = cell.Params(*stacked(each)) if lead else each[0]
    xs, state = rng.standard_normal((4, *lead, B, D)), cell.initial_state(p, B)
    derived_equals_autograd(cell, p, xs, cell.State(*(0.5 * rng.standard_normal(x.shape) for x in state)), rng)


@pytest.mark.parametrize("models", [2, B, T])
def test_many_models_equal_one_by_one_and_train_both_ways(models, rng):
    cell = architecture(LSTM_1)
    each = [cell.init(rng, D, H) for _ in range(models)]
    xs = rng.standard_normal((T, models, B, D))
    hs, _ = unroll.run(cell, cell.Params(*stacked(each)), xs)
    for n, p in enumerate(each):
        np.testing.assert_allclose(hs[:, n], unroll.run(cell, p, xs[:, n])[0], atol=1e-14)
    for gradient in ("autograd", "derived"):
        layer = Recurrent(cell, D, H, models, rng=rng, gradient=gradient)
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
