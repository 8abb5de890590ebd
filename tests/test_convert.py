"""Converted weights compute the same: each library's documented formula, written out, against our cells."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_course import convert, unroll
from lstm_course.cells import gru, gru_2014, lstm, peephole

T, B, D, H = 6, 3, 4, 5
CELLS = {"lstm": lstm, "peephole": peephole, "gru": gru, "gru_2014": gru_2014}


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


def nnx_lstm(w, x, h, c):
    return flax_lstm({name.replace("if_", "if"): array for name, array in w.items()}, x, h, c)


def nnx_optimized_lstm(w, x, h, c):
    i, f, g, o = np.split(x @ w["dense_i/kernel"] + h @ w["dense_h/kernel"] + w["dense_h/bias"], 4, -1)
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def cudnn_lstm(w, x, h, c):
    """Linear layers 0 to 3 read x, 4 to 7 read h: input gate, forget gate, new memory, output gate."""
    W, b = ([w[f"{k}/{kind}"] for k in range(8)] for kind in ("matrix", "bias"))
    it, ft, new, ot = (x @ W[k].T + h @ W[k + 4].T + b[k] + b[k + 4] for k in range(4))
    c = sigma(ft) * c + sigma(it) * np.tanh(new)
    return sigma(ot) * np.tanh(c), c


def tf1_peephole(w, x, h, c):
    i, j, f, o = np.split(np.concatenate([x, h], 1) @ w["kernel"] + w["bias"], 4, 1)
    c = sigma(f + 1.0 + w["w_f_diag"] * c) * c + sigma(i + w["w_i_diag"] * c) * np.tanh(j)
    return sigma(o + w["w_o_diag"] * c) * np.tanh(c), c


def onnx_peephole(w, x, h, c):
    (Wi, Wo, Wf, Wc), (Ri, Ro, Rf, Rc) = np.split(w["W"][0], 4), np.split(w["R"][0], 4)
    Wbi, Wbo, Wbf, Wbc, Rbi, Rbo, Rbf, Rbc = np.split(w["B"][0], 8)
    Pi, Po, Pf = np.split(w["P"][0], 3)
    it = sigma(x @ Wi.T + h @ Ri.T + Pi * c + Wbi + Rbi)
    ft = sigma(x @ Wf.T + h @ Rf.T + Pf * c + Wbf + Rbf)
    Ct = ft * c + it * np.tanh(x @ Wc.T + h @ Rc.T + Wbc + Rbc)
    ot = sigma(x @ Wo.T + h @ Ro.T + Po * Ct + Wbo + Rbo)
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


def nnx_gru(w, x, h, _):
    xi_r, xi_z, xi_n = np.split(x @ w["dense_i/kernel"] + w["dense_i/bias"], 3, -1)
    hh_r, hh_z, hh_n = np.split(h @ w["dense_h/kernel"], 3, -1)
    z = sigma(xi_z + hh_z)
    return (1 - z) * np.tanh(xi_n + sigma(xi_r + hh_r) * hh_n) + z * h, None


def cudnn_gru(w, x, h, _):
    """Linear layers 0 to 2 read x, 3 to 5 read h: reset gate, update gate (which it calls i), new memory."""
    W, b = ([w[f"{k}/{kind}"] for k in range(6)] for kind in ("matrix", "bias"))
    rt, it = (sigma(x @ W[k].T + h @ W[k + 3].T + b[k] + b[k + 3]) for k in range(2))
    new = np.tanh(x @ W[2].T + rt * (h @ W[5].T + b[5]) + b[2])
    return (1 - it) * new + it * h, None


def keras_gru_before(w, x, h, _):
    x_z, x_r, x_h = np.split(x @ w["kernel"] + w["bias"], 3, -1)
    R_z, R_r, R_h = np.split(w["recurrent_kernel"], 3, -1)
    z, r = sigma(x_z + h @ R_z), sigma(x_r + h @ R_r)
    return z * h + (1 - z) * np.tanh(x_h + (r * h) @ R_h), None


def onnx_gru_before(w, x, h, _):
    (Wz, Wr, Wh), (Rz, Rr, Rh) = np.split(w["W"][0], 3), np.split(w["R"][0], 3)
    Wbz, Wbr, Wbh, Rbz, Rbr, Rbh = np.split(w["B"][0], 6)
    zt = sigma(x @ Wz.T + h @ Rz.T + Wbz + Rbz)
    rt = sigma(x @ Wr.T + h @ Rr.T + Wbr + Rbr)
    return (1 - zt) * np.tanh(x @ Wh.T + (rt * h) @ Rh.T + Rbh + Wbh) + zt * h, None


def tf1_gru(w, x, h, _):
    r, u = np.split(sigma(np.concatenate([x, h], 1) @ w["gates/kernel"] + w["gates/bias"]), 2, 1)
    c = np.tanh(np.concatenate([x, r * h], 1) @ w["candidate/kernel"] + w["candidate/bias"])
    return u * h + (1 - u) * c, None


def haiku_gru(w, x, h, _):
    (x_z, x_r, x_a), (W_z, W_r, W_a) = np.split(x @ w["w_i"] + w["b"], 3, -1), np.split(w["w_h"], 3, -1)
    z, r = sigma(x_z + h @ W_z), sigma(x_r + h @ W_r)
    return (1 - z) * h + z * np.tanh(x_a + (r * h) @ W_a), None


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
    ("lstm", "flax nnx"): nnx_lstm,
    ("lstm", "flax nnx, optimized"): nnx_optimized_lstm,
    ("lstm", "onnx"): onnx_lstm,
    ("lstm", "cudnn"): cudnn_lstm,
    ("peephole", "tf1"): tf1_peephole,
    ("peephole", "onnx"): onnx_peephole,
    ("gru", "torch"): torch_gru,
    ("gru", "keras"): keras_gru,
    ("gru", "flax"): flax_gru,
    ("gru", "flax nnx"): nnx_gru,
    ("gru", "onnx"): onnx_gru,
    ("gru", "cudnn"): cudnn_gru,
    ("gru", "z overwrites"): overwriting_gru,
    ("gru_2014", "keras"): keras_gru_before,
    ("gru_2014", "onnx"): onnx_gru_before,
    ("gru_2014", "tf1"): tf1_gru,
    ("gru_2014", "haiku"): haiku_gru,
}


def example(cell, rng, library=None):
    p = CELLS[cell].init(rng, D, H)
    p = p._make(2 * x + 0.1 * rng.standard_normal(x.shape) for x in p)
    return p._replace(b_n=np.zeros(H)) if (cell, library) == ("gru", "flax nnx") else p  # it has no bias inside the reset


@pytest.mark.parametrize(("cell", "library"), convert.FORMATS)
def test_the_librarys_formula_with_converted_weights_equals_our_cell(cell, library, rng):
    p, xs = example(cell, rng, library), rng.standard_normal((T, B, D))
    hs, _ = unroll.run(CELLS[cell], p, xs)
    w, h, c = convert.write(p, library), np.zeros((B, H)), np.zeros((B, H))
    for t, x in enumerate(xs):
        h, c = FORMULAS[cell, library](w, x, h, c)
        np.testing.assert_allclose(h, hs[t], atol=1e-12, rtol=0)


@pytest.mark.parametrize(("cell", "library"), convert.FORMATS)
def test_there_and_back_is_exact(cell, library, rng):
    p = example(cell, rng, library)
    p = p._replace(b=np.round(p.b * 64) / 64)  # so that adding 1 and taking it away again rounds nothing
    for mine, again in zip(p, convert.read(convert.write(p, library), cell, library, D, H), strict=True):
        np.testing.assert_array_equal(mine, again)


@pytest.mark.parametrize(("cell", "library"), convert.FORMATS)
def test_a_librarys_own_weights_are_read(cell, library, rng):
    """Every array at random, both biases too: what is read computes what the library's formula computes."""
    w = {name: rng.standard_normal(array.shape) for name, array in convert.write(example(cell, rng, library), library).items()}
    p, x = convert.read(w, cell, library, D, H), rng.standard_normal((B, D))
    h, c = rng.standard_normal((2, B, H))
    state = gru.State(h) if "gru" in cell else lstm.State(h, c)
    mine, _ = CELLS[cell].step(p, CELLS[cell].inputs(p, x), state)
    np.testing.assert_allclose(mine.h, FORMULAS[cell, library](w, x, h, c)[0], atol=1e-12, rtol=0)


def test_every_format_has_a_formula_here():
    assert set(FORMULAS) == set(convert.FORMATS)


@pytest.mark.parametrize(("cell", "source"), convert.CONVENTIONS)
def test_a_convention_says_what_it_calls_each_gate(cell, source):
    one = convert.CONVENTIONS[cell, source]
    letters = {"lstm": "fgio", "peephole": "fgio", "lstm_1997": "gio", "gru": "nrz", "gru_2014": "nrz"}[cell]
    assert "".join(sorted(one.gates)) == letters
    assert len(one.names) == len(set(one.names)) == len(one.gates)
    assert set(one.turned) | set(one.adds) <= set(letters)
    assert one.biases in (0, 1, 2)
    assert len(one.start) in (0, 3)
    assert one.who
    assert one.source


def test_papers_are_cited_and_libraries_are_classes():
    keys = set(re.findall(r"@\w+\{(\w+),", (Path(__file__).parents[1] / "references.bib").read_text(encoding="utf-8")))
    papers = {one.source for one in convert.CONVENTIONS.values() if one.arrays is None}
    assert papers <= keys
    assert not {one.source for one in convert.FORMATS.values()} & keys


@pytest.mark.parametrize(("cell", "library"), convert.FORMATS)
def test_the_number_of_biases_is_the_one_that_is_told(cell, library, rng):
    """What stands in the biases beyond one for each gate; for a GRU in Flax's linen it is b_n alone."""
    one, w = convert.FORMATS[cell, library], convert.write(example(cell, rng, library), library)
    sizes = [x.size for name, x in w.items() if re.search(r"(?i)bias|^b$", name)]
    more = H if (cell, library) == ("gru", "flax") else 0
    assert sum(sizes) == one.biases * len(one.gates) * H + more


def test_without_a_place_for_it_a_bias_inside_the_reset_is_refused(rng):
    with pytest.raises(
        ValueError, match=r"^p.b_n: got a bias inside the reset, expected zeros, since flax nnx has no such bias"
    ):
        convert.write(example("gru", rng), "flax nnx")


@pytest.mark.parametrize(("cell", "kind"), [("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)])
def test_torch_starts_as_is_told(cell, kind):
    bound = 1 / np.sqrt(64)
    for x in kind(30, 64).parameters():
        assert 0.95 * bound < x.abs().max() <= bound * (1 + 1e-6)
        assert abs(float(x.detach().mean())) < 6 * bound / np.sqrt(3 * x.numel())
    assert convert.CONVENTIONS[cell, "torch"].start == ("uniform ±1/√H", "uniform ±1/√H", "uniform ±1/√H, both")


@pytest.mark.parametrize(("cell", "library"), convert.REFUSED)
def test_what_cannot_be_converted_says_why(cell, library, rng):
    with pytest.raises(
        ValueError,
        match=r"^library: got .*cannot be converted: (it resets (h before )?the product|it has no peepholes|its gates read)",
    ):
        convert.write(example(cell, rng), library)
    with pytest.raises(ValueError, match="cannot be converted"):
        convert.read({}, cell, library, D, H)


def paper_gru(source, W, U, x, h):
    """One step of a paper's GRU, written out with its own letters; W and U by its gates, columns."""
    product = lambda name: W[name] @ x + U[name] @ h
    if source == "first version":  # Cho, as it first stood on arXiv
        z, r = sigma(product("z")), sigma(product("r"))
        return z * h + (1 - z) * np.tanh(W["n"] @ x + r * (U["n"] @ h))
    r, z = sigma(product("r")), sigma(product("z"))
    proposed = np.tanh(W["n"] @ x + U["n"] @ (r * h))
    if source == "cho2014":
        return z * h + (1 - z) * proposed
    return (1 - z) * h + z * proposed  # chung2014, bahdanau2015, olah2015


@pytest.mark.parametrize(
    ("cell", "source"), [key for key, one in convert.CONVENTIONS.items() if key[0].startswith("gru") and one.arrays is None]
)
def test_the_grus_of_the_papers_are_as_the_table_has_them(cell, source, rng):
    p, one = example(cell, rng), convert.CONVENTIONS[cell, source]
    p = p._replace(**{name: np.zeros_like(x) for name, x in p._asdict().items() if name.startswith("b")})
    W = dict(zip("rzn", np.split(p.W_x.T, 3), strict=True))
    U = dict(zip("rzn", np.split(p.W_h.T, 3) if cell == "gru" else [*np.split(p.W_h.T, 2), p.W_n.T], strict=True))
    for gate in one.turned:
        W[gate], U[gate] = -W[gate], -U[gate]
    x, h = rng.standard_normal((B, D)), rng.standard_normal((B, H))
    (ours,), _ = CELLS[cell].step(p, CELLS[cell].inputs(p, x), (h,))
    theirs = [paper_gru("first version" if cell == "gru" else source, W, U, x[b], h[b]) for b in range(B)]
    assert np.allclose(ours, theirs, rtol=0, atol=1e-14)


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
        (lambda p: convert.write(tuple(p), "torch"), r"^p: got tuple, expected lstm.Params, gru.Params, or those of peephole"),
        (lambda p: convert.write(p._make(x[None] for x in p), "torch"), r"^p.W_x: got shape \(1, 4, 20\), expected one model"),
        (lambda p: convert.read({}, "rnn", "torch", D, H), r"^cell: got 'rnn', expected one of lstm, peephole, gru, gru_2014"),
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
