"""What several tests share: sizes that no transposed axis can hide in, and an oracle for each of torch's own layers."""

from functools import partial

import matplotlib as mpl
import numpy as np
import pytest
import torch

from lstm_course import unroll
from lstm_course.cells import CELLS

mpl.use("Agg")
T, B, D, H = 7, 3, 4, 5
DERIVED = [name for name, cell in CELLS.items() if hasattr(cell, "step_backward")]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def float64():
    """Torch makes float64 by default, for as long as the test lasts."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def stacked(each):
    """N NamedTuples of arrays as one with a models axis in front."""
    return type(each[0])(*map(np.stack, zip(*each, strict=True)))


def torch_layer(name, p):
    """torch's own layer with the weights of Params p (one model, NumPy, float64). Its rows are our columns."""
    kinds = {
        "rnn": torch.nn.RNN,
        "irnn": partial(torch.nn.RNN, nonlinearity="relu"),
        "lstm": torch.nn.LSTM,
        "gru": torch.nn.GRU,
    }
    layer = kinds[name](*p.W_x.shape[:1], p.W_h.shape[0]).double()
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.from_numpy(p.W_x.T))
        layer.weight_hh_l0.copy_(torch.from_numpy(p.W_h.T))
        layer.bias_ih_l0.copy_(torch.from_numpy(p.b))
        layer.bias_hh_l0.zero_()
        if name == "gru":
            layer.bias_hh_l0[-p.b_n.shape[0] :] = torch.from_numpy(p.b_n)
    return layer


def torch_gradients(name, layer):
    """torch's gradients in the order and shape of our Params."""
    grads = [layer.weight_ih_l0.grad.T, layer.weight_hh_l0.grad.T, layer.bias_ih_l0.grad]
    if name == "gru":
        grads.append(layer.bias_hh_l0.grad[-layer.hidden_size :])
    return [g.numpy() for g in grads]


@pytest.fixture(autouse=True)
def nobody_has_solved_anything(tmp_path, monkeypatch):
    """What the reader has solved stays the reader's: tests write elsewhere."""
    monkeypatch.setenv("LSTM_COURSE_SOLVED", str(tmp_path / "solved.json"))


def derived_equals_autograd(cell, p, xs, state, rng):
    """Derived backward against autograd through the same step: outputs, and the gradients of a random linear loss."""
    hs, tape = unroll.record(cell, p, xs, state)
    dhs, dlast = rng.standard_normal(hs.shape), [rng.standard_normal(x.shape) for x in state]
    dxs, dp, dstate0 = unroll.backward(cell, p, tape, dhs, tuple(dlast))

    leaves = [torch.from_numpy(x).requires_grad_() for x in (xs, *p, *state)]
    params, start = cell.Params(*leaves[1 : 1 + len(p)]), tuple(leaves[1 + len(p) :])
    hs_torch, last = unroll.run(cell, params, leaves[0], start)
    total = (hs_torch * torch.from_numpy(dhs)).sum()
    total = total + sum((x * torch.from_numpy(d)).sum() for x, d in zip(last, dlast, strict=True))
    np.testing.assert_allclose(hs, hs_torch.detach(), atol=1e-12)
    gradients = torch.autograd.grad(total, leaves, allow_unused=True)
    for x, mine, theirs in zip(leaves, [dxs, *dp, *dstate0], gradients, strict=True):
        np.testing.assert_allclose(mine, torch.zeros_like(x) if theirs is None else theirs, atol=1e-12, rtol=1e-12)
