"""Converted weights compute the same: each library's documented formula, written out, against our cells."""

import re

import numpy as np
import pytest
import torch

from lstm_course import convert, unroll
from lstm_course.cells import gru, lstm

T, B, D, H = 6, 3, 4, 5
CELLS = {"lstm": lstm, "gru": gru}


def sigma(x):
    return 1 / (1 + np.exp(-x))


def torch_lstm(w, x, h, c):
    return torch_cell(torch.nn.LSTM, w, x, (h, c))


def torch_gru(w, x, h, c):
    return torch_cell(torch.nn.GRU, w, x, h)


def torch_cell(kind, w, x, state):
    layer = kind(D, H).double()
    layer.load_state_dict({name: torch.from_numpy(array) for name, array in w.items()})
    start = tuple(torch.from_numpy(s)[None] for s in state) if isinstance(state, tuple) else torch.from_numpy(state)[None]
    with torch.no_grad():
        _, last = layer(torch.from_numpy(x)[None], start)
    return [s[0].numpy() for s in (last if isinstance(last, tuple) else (last, last))]


def keras_lstm(w, x, h, c):
    z0, z1, z2, z3 = np.split(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"], 4, 1)
    c = sigma(z1) * c + sigma(z0) * np.tanh(z2)
    return sigma(z3) * np.tanh(c), c


def tf1_lstm(w, x, h, c):
    i, j, f, o = np.split(np.concatenate([x, h], 1) @ w["kernel"] + w["bias"], 4, 1)
    c = c * sigma(f + 1.0) + sigma(i) * np.tanh(j)
    return np.tanh(c) * sigma(o), c


def haiku_lstm(w, x, h, c):
    i, g, f, o = np.split(np.concatenate([x, h], -1) @ w["w"] + w["b"], 4, -1)
    c = sigma(f + 1) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def flax_lstm(w, x, h, c):
    dense_i = lambda g: x @ w[f"i{g}/kernel"]
    dense_h = lambda g: h @ w[f"h{g}/kernel"] + w[f"h{g}/bias"]
    i, f, o = (sigma(dense_i(g) + dense_h(g)) for g in "ifo")
    c = f * c + i * np.tanh(dense_i("g") + dense_h("g"))
    return o * np.tanh(c), c


def onnx_lstm(w, x, h, c):
    (Wi, Wo, Wf, Wc), (Ri, Ro, Rf, Rc) = np.split(w["W"][0], 4), np.split(w["R"][0], 4)
    Wbi, Wbo, Wbf, Wbc, Rbi, Rbo, Rbf, Rbc = np.split(w["B"][0], 8)
    it = sigma(x @ Wi.T + h @ Ri.T + Wbi + Rbi)
    ft = sigma(x @ Wf.T + h @ Rf.T + Wbf + Rbf)
    ct = np.tanh(x @ Wc.T + h @ Rc.T + Wbc + Rbc)
    Ct = ft * c + it * ct
    ot = sigma(x @ Wo.T + h @ Ro.T + Wbo + Rbo)
    return ot * np.tanh(Ct), Ct


def keras_gru(w, x, h, _):
    x_z, x_r, x_h = np.split(x @ w["kernel"] + w["bias"][0], 3, -1)
    recurrent_z, recurrent_r, recurrent_h = np.split(h @ w["recurrent_kernel"] + w["bias"][1], 3, -1)
    z, r = sigma(x_z + recurrent_z), sigma(x_r + recurrent_r)
    hh = np.tanh(x_h + r * recurrent_h)
    return z * h + (1 - z) * hh, None


def flax_gru(w, x, h, _):
    i = lambda g: x @ w[f"i{g}/kernel"] + w[f"i{g}/bias"]
    r, z = (sigma(i(g) + h @ w[f"h{g}/kernel"]) for g in "rz")
    n = np.tanh(i("n") + r * (h @ w["hn/kernel"] + w["hn/bias"]))
    return (1 - z) * n + z * h, None


def onnx_gru(w, x, h, _):
    (Wz, Wr, Wh), (Rz, Rr, Rh) = np.split(w["W"][0], 3), np.split(w["R"][0], 3)
    Wbz, Wbr, Wbh, Rbz, Rbr, Rbh = np.split(w["B"][0], 6)
    zt = sigma(x @ Wz.T + h @ Rz.T + Wbz + Rbz)
    rt = sigma(x @ Wr.T + h @ Rr.T + Wbr + Rbr)
    ht = np.tanh(x @ Wh.T + rt * (h @ Rh.T + Rbh) + Wbh)
    return (1 - zt) * ht + zt * h, None


def overwriting_gru(w, x, h, _):
    x_r, x_z, x_n = np.split(x @ w["weight_ih_l0"].T + w["bias_ih_l0"], 3, 1)
    h_r, h_z, h_n = np.split(h @ w["weight_hh_l0"].T + w["bias_hh_l0"], 3, 1)
    z, n = sigma(x_z + h_z), np.tanh(x_n + sigma(x_r + h_r) * h_n)
    return (1 - z) * h + z * n, None


FORMULAS = {
    ("lstm", "torch"): torch_lstm,
    ("lstm", "keras"): keras_lstm,
    ("lstm", "tf1"): tf1_lstm,
    ("lstm", "haiku"): haiku_lstm,
    ("lstm", "flax"): flax_lstm,
    ("lstm", "onnx"): onnx_lstm,
    ("gru", "torch"): torch_gru,
    ("gru", "keras"): keras_gru,
    ("gru", "flax"): flax_gru,
    ("gru", "onnx"): onnx_gru,
    ("gru", "z overwrites"): overwriting_gru,
}


def example(cell, rng):
    p = CELLS[cell].init(rng, D, H)
    return p._make(2 * x + 0.1 * rng.standard_normal(x.shape) for x in p)


@pytest.mark.parametrize(("cell", "library"), convert.FORMATS)
def test_the_librarys_formula_with_converted_weights_equals_our_cell(cell, library, rng):
    p, xs = example(cell, rng), rng.standard_normal((T, B, D))
    hs, _ = unroll.run(CELLS[cell], p, xs)
    w, h, c = convert.write(p, library), np.zeros((B, H)), np.zeros((B, H))
    for t, x in enumerate(xs):
        h, c = FORMULAS[cell, library](w, x, h, c)
        np.testing.assert_allclose(h, hs[t], atol=1e-12, rtol=0)


@pytest.mark.parametrize(("cell", "library"), convert.FORMATS)
def test_there_and_back_is_exact(cell, library, rng):
    p = example(cell, rng)
    p = p._replace(b=np.round(p.b * 64) / 64)  # so that adding 1 and taking it away again rounds nothing
    for mine, again in zip(p, convert.read(convert.write(p, library), cell, library, D, H), strict=True):
        np.testing.assert_array_equal(mine, again)


@pytest.mark.parametrize(("cell", "library"), convert.FORMATS)
def test_a_librarys_own_weights_are_read(cell, library, rng):
    """Every array at random, both biases too: what is read computes what the library's formula computes."""
    w = {name: rng.standard_normal(array.shape) for name, array in convert.write(example(cell, rng), library).items()}
    p, x = convert.read(w, cell, library, D, H), rng.standard_normal((B, D))
    h, c = rng.standard_normal((2, B, H))
    state = lstm.State(h, c) if cell == "lstm" else gru.State(h)
    mine, _ = CELLS[cell].step(p, CELLS[cell].inputs(p, x), state)
    np.testing.assert_allclose(mine.h, FORMULAS[cell, library](w, x, h, c)[0], atol=1e-12, rtol=0)


def test_the_table_and_its_docstring_tell_the_same_orders():
    rows = [re.split(r"\s{2,}", line.strip()) for line in convert.__doc__.splitlines() if line.startswith("    ")]
    told = {row[0]: row[1:] for row in rows}
    for (cell, library), form in convert.FORMATS.items():
        if library in ("flax", "z overwrites"):
            continue
        column = 0 if cell == "lstm" else 1
        assert told[library][column].replace(" ", "") == form.gates, library


@pytest.mark.parametrize(("cell", "library"), convert.REFUSED)
def test_what_cannot_be_converted_says_why(cell, library, rng):
    with pytest.raises(
        ValueError, match=r"^library: got .*cannot be converted: (it resets h before the product|its gates read)"
    ):
        convert.write(example(cell, rng), library)
    with pytest.raises(ValueError, match="cannot be converted"):
        convert.read({}, cell, library, D, H)


def test_where_the_reset_acts_makes_another_network(rng):
    p = example("gru", rng)
    w, x, h = convert.write(p, "keras"), rng.standard_normal((B, D)), rng.standard_normal((B, H))
    x_z, x_r, x_h = np.split(x @ w["kernel"] + w["bias"][0] + w["bias"][1], 3, -1)
    R_z, R_r, R_h = np.split(w["recurrent_kernel"], 3, -1)
    z, r = sigma(x_z + h @ R_z), sigma(x_r + h @ R_r)
    before = z * h + (1 - z) * np.tanh(x_h + (r * h) @ R_h)
    assert np.abs(before - keras_gru(w, x, h, None)[0]).max() > 0.05


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: convert.write(p, "theano"), r"^library: got 'theano', expected one of torch, keras, tf1"),
        (lambda p: convert.write(tuple(p), "torch"), r"^p: got tuple, expected lstm.Params or gru.Params"),
        (lambda p: convert.write(p._make(x[None] for x in p), "torch"), r"^p.W_x: got shape \(1, 4, 20\), expected one model"),
        (lambda p: convert.read({}, "rnn", "torch", D, H), r"^cell: got 'rnn', expected one of lstm, gru"),
        (lambda p: convert.read({}, "lstm", "keras", D, H), r"^arrays: got , expected bias, kernel, recurrent_kernel"),
        (lambda p: convert.read({}, "lstm", "keras", 0, H), r"^D: got 0"),
        (
            lambda p: convert.read(convert.write(p, "keras"), "lstm", "keras", D, H + 1),
            r"^arrays\['kernel'\]: got shape \(4, 20\), expected \(4, 24\)",
        ),
    ],
)
def test_bad_arguments_are_named(call, message, rng):
    with pytest.raises(ValueError, match=message):
        call(example("lstm", rng))
