"""The page on the LSTM's way back: each number that it quotes, derived once more with nothing but the math module."""

import sys
from math import exp, tanh
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "_ext"))
import chapters  # noqa: E402

X, H_PREV, C_PREV, DH, LATER_DC = 1.0, 0.5, 0.8, 1.0, 0.5
W_X = {"i": 0.6, "f": -0.4, "g": 1.0, "o": 0.5}
W_H = {"i": 0.2, "f": 0.4, "g": -0.6, "o": 1.0}
BIAS = {"i": -0.5, "f": 1.2, "g": 0.1, "o": 0.0}


def sigmoid(a):
    return 1 / (1 + exp(-a))


def step(x=X, h=H_PREV, c=C_PREV, w_x=W_X, w_h=W_H, b=BIAS, moved=None, by=0.0):
    """Every value of one step by name; `moved` names one that is shifted `by` something as soon as it is known."""
    values = {}

    def put(name, value):
        values[name] = value + by if name == moved else value
        return values[name]

    a = {k: put(f"a_{k}", x * w_x[k] + h * w_h[k] + b[k]) for k in "ifgo"}
    i, f, o = (put(k, sigmoid(a[k])) for k in "ifo")
    g = put("g", tanh(a["g"]))
    new_c = put("c", f * c + i * g)
    put("h", o * put("tanh_c", tanh(new_c)))
    return values


def loss(**changes):
    values = step(**changes)
    return DH * values["h"] + LATER_DC * values["c"]


def slope(function, e=1e-5):
    return (function(e) - function(-e)) / (2 * e)


def by_hand():
    """Every number of the page, by formulas in scalars."""
    v = step()
    i, f, g, o, t = (v[k] for k in ("i", "f", "g", "o", "tanh_c"))
    d = {"do": DH * t, "dtanh": DH * o, "through": DH * o * (1 - t * t)}
    d["dc"] = LATER_DC + d["through"]
    d |= {"df": d["dc"] * C_PREV, "di": d["dc"] * g, "dg": d["dc"] * i, "dc_prev": d["dc"] * f}
    da = {"i": d["di"] * i * (1 - i), "f": d["df"] * f * (1 - f), "g": d["dg"] * (1 - g * g), "o": d["do"] * o * (1 - o)}
    d |= {f"da_{k}": da[k] for k in "ifgo"}
    d |= {"dh_prev": sum(da[k] * W_H[k] for k in "ifgo"), "dx": sum(da[k] * W_X[k] for k in "ifgo")}
    d |= {"slope": 1 - t * t, "slope_g": 1 - g * g, "not_i": 1 - i, "not_f": 1 - f, "not_o": 1 - o}
    for k in "ifgo":
        d |= {f"dW_x_{k}": da[k] * X, f"dW_h_{k}": da[k] * H_PREV, f"db_{k}": da[k]}
    return v | d | two_steps(v)


def everything():
    """Every number of the page as it should be printed: what is given with one decimal, what follows with three."""
    given = {"x": X, "h_prev": H_PREV, "c_prev": C_PREV, "dh": DH, "later_dc": LATER_DC}
    for name, row in (("W_x", W_X), ("W_h", W_H), ("b", BIAS)):
        given |= {f"{name}_{k}": row[k] for k in "ifgo"}
    return {k: f"{v:.1f}" for k, v in given.items()} | {k: f"{v:.3f}" for k, v in by_hand().items()}


def two_steps(first):
    """What dc_2 = 1 sends back to c_1 and c_0 when the cell takes a second step with the same input."""
    v = step(h=first["h"], c=first["c"])
    i, f, g = v["i"], v["f"], v["g"]
    dh_1 = g * i * (1 - i) * W_H["i"] + first["c"] * f * (1 - f) * W_H["f"] + i * (1 - g * g) * W_H["g"]
    around = dh_1 * first["o"] * (1 - first["tanh_c"] ** 2)
    parts = {"f_2": f, "around": around, "whole_1": f + around}
    return parts | {"belt_0": f * first["f"], "whole_0": (f + around) * first["f"]}


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(ROOT / "chapters" / "05b_backward.ipynb", as_version=4)


def test_every_number_of_the_page_is_the_one_derived_here(notebook):
    assert chapters.values(notebook) == everything()


def test_every_number_is_quoted_and_as_it_was_computed(notebook):
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    quoted = chapters.QUOTED.findall(prose)
    expected = everything()
    assert {name for _, name in quoted} == set(expected)
    for text, name in quoted:
        assert text == expected[name]


def test_the_picture_shows_these_numbers(notebook):
    (figure,) = (
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.get("metadata", {}).get("lstm_course", {}).get("name") == "fig-lstm-backward-numbers"
    )
    told = figure.metadata["lstm_course"]["alt"].split(": ")[1].rstrip(".").split(", ")
    shown = dict(part.rsplit(" ", 1) for part in told)
    d = by_hand()
    expected = {"later d c_t": LATER_DC, "total d h_t": DH, "d tanh c_t": d["dtanh"], "through h_t": d["through"]}
    expected |= {"total d c_t": d["dc"], "d c_(t-1)": d["dc_prev"], "d h_(t-1)": d["dh_prev"], "d x_t": d["dx"]}
    for k in "ifgo":
        expected |= {f"d {k}_t": d[f"d{k}"], f"d a_{k}": d[f"da_{k}"]}
    assert shown == {name: f"{value:.3f}" for name, value in expected.items()}


@pytest.mark.parametrize("k", "ifgo")
def test_derivatives_by_layer_are_slopes(k):
    d = by_hand()
    moved = lambda weights: lambda e: {**weights, k: weights[k] + e}
    assert d[f"da_{k}"] == pytest.approx(slope(lambda e: loss(moved=f"a_{k}", by=e)), abs=1e-9)
    assert d[f"d{k}"] == pytest.approx(slope(lambda e: loss(moved=k, by=e)), abs=1e-9)
    assert d[f"dW_x_{k}"] == pytest.approx(slope(lambda e: loss(w_x=moved(W_X)(e))), abs=1e-9)
    assert d[f"dW_h_{k}"] == pytest.approx(slope(lambda e: loss(w_h=moved(W_H)(e))), abs=1e-9)
    assert d[f"db_{k}"] == pytest.approx(slope(lambda e: loss(b=moved(BIAS)(e))), abs=1e-9)


def test_the_other_derivatives_are_slopes():
    d = by_hand()
    assert d["dx"] == pytest.approx(slope(lambda e: loss(x=X + e)), abs=1e-9)
    assert d["dh_prev"] == pytest.approx(slope(lambda e: loss(h=H_PREV + e)), abs=1e-9)
    assert d["dc_prev"] == pytest.approx(slope(lambda e: loss(c=C_PREV + e)), abs=1e-9)
    assert d["dc"] == pytest.approx(slope(lambda e: loss(moved="c", by=e)), abs=1e-9)
    assert d["dtanh"] == pytest.approx(slope(lambda e: loss(moved="tanh_c", by=e)), abs=1e-9)
    assert d["through"] == pytest.approx(slope(lambda e: DH * step(moved="c", by=e)["h"]), abs=1e-9)


@pytest.mark.parametrize("k", "ifgo")
def test_the_slopes_that_are_quoted_are_slopes(k):
    d = by_hand()
    quoted = d["slope_g"] if k == "g" else d[k] * d[f"not_{k}"]
    assert quoted == pytest.approx(slope(lambda e: step(moved=f"a_{k}", by=e)[k]), abs=1e-9)
    assert d["slope"] == pytest.approx(slope(lambda e: step(moved="c", by=e)["tanh_c"]), abs=1e-9)


def test_the_derivative_over_two_steps_is_a_slope():
    def second_cell(e, moved=None):
        first = step(c=C_PREV + (0 if moved else e), moved=moved, by=e)
        return step(h=first["h"], c=first["c"])["c"]

    d = by_hand()
    assert d["whole_0"] == pytest.approx(slope(second_cell), abs=1e-9)
    assert d["whole_1"] == pytest.approx(slope(lambda e: second_cell(e, "c")), abs=1e-9)
