"""Converted weights in the real libraries, where they are installed: none of them belongs to the course.

    pip install keras flax dm-haiku onnx        with KERAS_BACKEND=torch
    pytest tests/test_convert_libraries.py

TF1's cells and cuDNN are not among them: for these stands what tests/test_convert.py transcribes.
"""

import os

import numpy as np
import pytest

from lstm_course import convert, unroll
from lstm_course.cells import gru, gru_2014, lstm, peephole

T, B, D, H = 6, 3, 4, 5
CELLS = {"lstm": lstm, "peephole": peephole, "gru": gru, "gru_2014": gru_2014}
os.environ.setdefault("KERAS_BACKEND", "torch")


def keras_layer(cell, **settings):
    keras = pytest.importorskip("keras")
    kind = keras.layers.LSTM if cell == "lstm" else keras.layers.GRU
    extra = {} if cell == "lstm" else {"reset_after": cell == "gru"}
    layer = kind(H, return_sequences=True, dtype="float64", **extra, **settings)
    layer.build((B, T, D))
    return layer


def keras(cell, library, w, xs):
    layer = keras_layer(cell)
    layer.set_weights([w[name] for name in ("kernel", "recurrent_kernel", "bias")])
    return layer(xs.swapaxes(0, 1)).detach().numpy().swapaxes(0, 1)


def jax64():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def nested(w):
    out = {}
    for name, x in w.items():
        *path, last = name.split("/")
        part = out
        for key in path:
            part = part.setdefault(key, {})
        part[last] = x
    return out


def linen_cells(cell):
    linen = pytest.importorskip("flax.linen")
    kinds = (linen.LSTMCell, linen.OptimizedLSTMCell) if cell == "lstm" else (linen.GRUCell,)
    return [kind(H, param_dtype=np.float64, dtype=np.float64) for kind in kinds]


def flax(cell, library, w, xs):
    jax64()
    results = []
    for model in linen_cells(cell):
        carry, hs = (np.zeros((B, H)),) * 2 if cell == "lstm" else np.zeros((B, H)), []
        for x in xs:
            carry, h = model.apply({"params": nested(w)}, carry, x)
            hs.append(h)
        results.append(np.stack(hs))
    for one in results[1:]:
        np.testing.assert_allclose(one, results[0], atol=1e-12, rtol=0)
    return results[0]


def nnx_cell(cell, library):
    jax64()
    nnx = pytest.importorskip("flax.nnx")
    kind = nnx.GRUCell if cell == "gru" else nnx.OptimizedLSTMCell if "optimized" in library else nnx.LSTMCell
    return kind(D, H, rngs=nnx.Rngs(0), param_dtype=np.float64, dtype=np.float64)


def flax_nnx(cell, library, w, xs):
    model = nnx_cell(cell, library)
    for name, x in w.items():
        part, kind = name.split("/")
        parameter = getattr(getattr(model, part), kind)
        assert parameter.shape == x.shape
        parameter[...] = x
    carry, hs = (np.zeros((B, H)),) * 2 if cell == "lstm" else np.zeros((B, H)), []
    for x in xs:
        carry, h = model(carry, x)
        hs.append(h)
    return np.stack(hs)


def haiku_run(cell, xs):
    """The transformed unroll of Haiku's core."""
    jax64()
    hk = pytest.importorskip("haiku")

    def run(xs):
        core = hk.LSTM(H) if cell == "lstm" else hk.GRU(H)
        return hk.static_unroll(core, xs, core.initial_state(B))[0]

    return hk.without_apply_rng(hk.transform(run))


def haiku(cell, library, w, xs):
    run, jax = haiku_run(cell, xs), jax64()
    module = "lstm/linear" if cell == "lstm" else "gru"
    assert list(run.init(jax.random.PRNGKey(0), xs)) == [module]
    return np.asarray(run.apply({module: w}, xs))


def onnx(cell, library, w, xs):
    onnx = pytest.importorskip("onnx")
    helper, reference = onnx.helper, pytest.importorskip("onnx.reference")
    operator = "GRU" if "gru" in cell else "LSTM"
    before = {"linear_before_reset": int(cell == "gru")} if operator == "GRU" else {}
    inputs = ["X", "W", "R", "B", *(["", "", "", "P"] if cell == "peephole" else [])]
    value = lambda name, shape: helper.make_tensor_value_info(name, onnx.TensorProto.DOUBLE, shape)
    given = {"X": xs, **w}
    node = helper.make_node(operator, inputs, ["Y"], hidden_size=H, **before)
    graph = helper.make_graph([node], "cell", [value(name, x.shape) for name, x in given.items()], [value("Y", [T, 1, B, H])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    onnx.checker.check_model(model)
    return reference.ReferenceEvaluator(model).run(None, given)[0][:, 0]


REAL = {"keras": keras, "flax": flax, "flax nnx": flax_nnx, "flax nnx, optimized": flax_nnx, "haiku": haiku, "onnx": onnx}
CASES = [key for key in convert.FORMATS if key[1] in REAL]


def example(cell, library, rng):
    p = CELLS[cell].init(rng, D, H)
    p = p._make(2 * x + 0.1 * rng.standard_normal(x.shape) for x in p)
    return p._replace(b_n=np.zeros(H)) if (cell, library) == ("gru", "flax nnx") else p


@pytest.mark.parametrize(("cell", "library"), CASES)
def test_the_real_library_computes_what_our_cell_computes(cell, library, rng):
    p, xs = example(cell, library, rng), rng.standard_normal((T, B, D))
    theirs = REAL[library](cell, library, convert.write(p, library), xs)
    ours, _ = unroll.run(CELLS[cell], p, xs)
    single = (cell, library) == ("gru_2014", "keras")  # on the way some of it is in single precision, whatever the layer's type
    np.testing.assert_allclose(np.asarray(theirs), ours, atol=1e-6 if single else 1e-12, rtol=0)


def orthogonal(W):
    """Whether the shorter side is an orthonormal system."""
    W = W if W.shape[0] <= W.shape[1] else W.T
    return np.allclose(W @ W.T, np.eye(len(W)), atol=1e-6)


def within(w, bound, least=0.8):
    return least * bound < np.abs(w).max() <= bound * (1 + 1e-6)


def test_keras_starts_as_is_told():
    for cell in ("lstm", "gru", "gru_2014"):
        kernel, recurrent, bias = keras_layer(cell).get_weights()
        assert within(kernel, np.sqrt(6 / sum(kernel.shape)))
        assert orthogonal(recurrent)
        want = np.repeat([0, 1, 0, 0], H) if cell == "lstm" else np.zeros_like(bias)
        np.testing.assert_array_equal(bias, want)


def test_flax_starts_as_is_told():
    jax = jax64()
    for cell in ("lstm", "gru"):
        for model in linen_cells(cell):
            carry = (np.zeros((B, H)),) * 2 if cell == "lstm" else np.zeros((B, H))
            w = model.init(jax.random.PRNGKey(0), carry, np.zeros((B, D)))["params"]
            for name, part in w.items():
                assert within(part["kernel"], 2 / 0.87962566103423978 / np.sqrt(D), 0.4) or name[0] == "h"
                assert orthogonal(np.asarray(part["kernel"])) == (name[0] == "h")
                assert not np.any(part.get("bias", 0))
    for cell, library in (("lstm", "flax nnx"), ("lstm", "flax nnx, optimized"), ("gru", "flax nnx")):
        model = nnx_cell(cell, library)
        h = model.hf if library == "flax nnx" and cell == "lstm" else model.dense_h
        assert orthogonal(np.asarray(h.kernel[...]))


def test_haiku_starts_as_is_told():
    jax, xs = jax64(), np.zeros((T, B, D))
    w = haiku_run("lstm", xs).init(jax.random.PRNGKey(0), xs)["lstm/linear"]
    assert within(w["w"], 2 / np.sqrt(D + H))
    assert not np.any(w["b"])
    w = haiku_run("gru", xs).init(jax.random.PRNGKey(0), xs)["gru"]
    assert within(w["w_i"], 2 / 0.87962566103423978 / np.sqrt(D), 0.6)
    assert within(w["w_h"], 2 / 0.87962566103423978 / np.sqrt(H), 0.6)
    assert not np.any(w["b"])
