from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from conftest import DERIVED, B, D, H, T
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cells import example

from lstm_course import gradcheck, unroll
from lstm_course.cells import CELLS, lstm, rnn


@pytest.mark.parametrize("name", CELLS)
def test_trace_equals_stepping_by_hand(name, rng):
    cell, p, xs, state = example(name, rng)
    states, gates = unroll.trace(cell, p, xs, state)
    hs, last = unroll.run(cell, p, xs, state)
    for t in range(T):
        state, now = cell.step(p, cell.inputs(p, xs[t]), state)
        for name_, x in state._asdict().items():
            np.testing.assert_allclose(getattr(states, name_)[t], x, atol=1e-13)
        for name_, x in now._asdict().items():
            np.testing.assert_allclose(getattr(gates, name_)[t], x, atol=1e-13)
        np.testing.assert_allclose(hs[t], state.h, atol=1e-13)
    for mine, theirs in zip(last, state, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-13)


@pytest.mark.parametrize("name", CELLS)
def test_a_split_sequence_goes_on_where_it_stopped(name, rng):
    cell, p, xs, state = example(name, rng)
    whole, end = unroll.run(cell, p, xs, state)
    first, state = unroll.run(cell, p, xs[:3], state)
    second, state = unroll.run(cell, p, xs[3:], tuple(state))
    np.testing.assert_allclose(np.concatenate([first, second]), whole, atol=1e-14)
    np.testing.assert_allclose(state.h, end.h, atol=1e-14)


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("lead", [(), (2,)])
def test_backward_does_not_depend_on_the_size_of_its_blocks(name, lead, rng, monkeypatch):
    cell, p, xs, state = example(name, rng, lead)
    hs, tape = unroll.record(cell, p, xs, state)
    dhs = rng.standard_normal(hs.shape)
    results = []
    for size in (1, 3 * hs[0].nbytes, 10**9):
        monkeypatch.setattr(unroll._blocks, "__defaults__", (size,))
        dxs, dp, dstate0 = unroll.backward(cell, p, tape, dhs)
        results.append([dxs, *dp, *dstate0])
    for other in results[1:]:
        for x, y in zip(results[0], other, strict=True):
            np.testing.assert_allclose(x, y, atol=1e-14)


@pytest.mark.parametrize("name", DERIVED)
def test_backward_leaves_the_tape_for_another_pass(name, rng):
    cell, p, xs, state = example(name, rng)
    hs, tape = unroll.record(cell, p, xs, state)
    once, again = (unroll.backward(cell, p, tape, np.ones_like(hs))[1] for _ in range(2))
    for x, y in zip(once, again, strict=True):
        np.testing.assert_array_equal(x, y)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(list(CELLS)), *(st.integers(1, 4) for _ in range(4)), st.none() | st.integers(1, 4))
def test_shapes(name, T, B, D, H, N):
    cell, lead = CELLS[name], () if N is None else (N,)
    p = cell.init(np.random.default_rng(0), D, H)
    p = p if N is None else cell.Params(*(np.stack([x] * N) for x in p))
    xs = np.zeros((T, *lead, B, D))
    hs, state = unroll.run(cell, p, xs)
    assert hs.shape == (T, *lead, B, H)
    assert [np.shape(part) for part in state] == [np.shape(part) for part in cell.initial_state(p, B)]
    if hasattr(cell, "step_backward"):
        dxs, dp, dstate0 = unroll.backward(cell, p, unroll.record(cell, p, xs)[1], hs)
        assert [x.shape for x in (dxs, *dp, *dstate0)] == [x.shape for x in (xs, *p, *state)]


def variant(cell, **changes):
    return SimpleNamespace(**{name: getattr(cell, name) for name in dir(cell)} | changes)


def in_plain_tuples(cell):
    """The same cell with states that have no names, as a reader may write them."""

    def step_backward(p, local, dstate):
        da, dstate = cell.step_backward(p, local, dstate)
        return da, tuple(dstate)

    return variant(
        cell,
        initial_state=lambda p, batch: tuple(cell.initial_state(p, batch)),
        step=lambda p, a, state: (tuple(cell.step(p, a, state)[0]), cell.step(p, a, state)[1]),
        step_backward=step_backward,
    )


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("lead", [(), (2,)])
def test_a_state_may_be_a_plain_tuple(name, lead, rng):
    cell, p, xs, state = example(name, rng, lead)
    plain, start = in_plain_tuples(cell), tuple(state)
    hs, last = unroll.run(plain, p, xs, start)
    np.testing.assert_array_equal(hs, unroll.run(cell, p, xs, state)[0])
    states, _ = unroll.trace(plain, p, xs, start)
    recorded, tape = unroll.record(plain, p, xs, start)
    assert {type(x) for x in (last, states, tape.states)} == {tuple}
    np.testing.assert_array_equal(states[0], hs)
    np.testing.assert_array_equal(recorded, hs)
    mine, theirs = (unroll.backward(c, p, unroll.record(c, p, xs, start)[1], hs, start) for c in (plain, cell))
    for x, y in zip([mine[0], *mine[1], *mine[2]], [theirs[0], *theirs[1], *theirs[2]], strict=True):
        np.testing.assert_array_equal(x, y)
    with pytest.raises(ValueError, match=r"^state.0: got shape .*, expected"):
        unroll.run(plain, p, xs, tuple(x[..., :1, :] for x in start))


class Ticking(NamedTuple):
    h: Any
    count: Any


class Fixed(NamedTuple):
    """A gate of one number for each unit, and a constant."""

    half: Any
    two: Any


def clocked(zero):
    """The recurrent network with a counter in its state and gates that are not (B, H), whose product is 1."""

    def step(p, a, state):
        (h,), _ = rnn.step(p, a, state[:1])
        return Ticking(h, state.count + 1), Fixed(np.full(H, 0.5), 2.0)

    def step_backward(p, local, dstate):
        da, (dh,) = rnn.step_backward(p, local, dstate[:1])
        return da, Ticking(dh, dstate.count)

    return variant(
        rnn,
        initial_state=lambda p, batch: Ticking(*rnn.initial_state(p, batch), zero),
        step=step,
        local=lambda gates, before, after: rnn.Local(gates.half * gates.two * rnn.local((), before[:1], after[:1]).a),
        step_backward=step_backward,
        param_grads=lambda p, xs, before, gates, da: rnn.param_grads(p, xs, before[:1], gates, da),
    )


@pytest.mark.parametrize(
    "zero",
    [0, 0.0, np.zeros(()), np.zeros((), int), np.zeros(1), np.zeros((B, 1), int)],
    ids=lambda x: f"{type(x).__name__} {np.shape(x)}",
)
@pytest.mark.parametrize(("T", "lead"), [(T, ()), (B, ()), (T, (2,)), (2, (2,))])
def test_a_counter_in_the_state_and_gates_without_a_batch(zero, T, lead, rng):
    _, p, _, _ = example("rnn", rng, lead)
    cell, xs = clocked(zero), rng.standard_normal((T, *lead, B, D))
    (states, gates), (hs, tape) = unroll.trace(cell, p, xs), unroll.record(cell, p, xs)
    np.testing.assert_array_equal(states.count.reshape(T, -1)[:, 0], np.arange(1, T + 1))
    assert gates.half.shape == (T, H)
    assert gates.two.shape == (T,)
    want, same = unroll.record(rnn, p, xs)
    np.testing.assert_array_equal(hs, want)
    _, end = unroll.run(cell, p, xs, unroll.run(cell, p, xs)[1])
    assert (np.asarray(end.count) == 2 * T).all()
    mine, theirs = unroll.backward(cell, p, tape, hs), unroll.backward(rnn, p, same, hs)
    for x, y in zip([mine[0], *mine[1], mine[2].h], [theirs[0], *theirs[1], theirs[2].h], strict=True):
        np.testing.assert_allclose(x, y, atol=1e-14)


def test_a_cell_may_name_its_parameters_as_it_likes_and_ask_init_for_more(rng):
    class Params(NamedTuple):
        U: Any
        v: Any

    def init(rng, D, H, scale):
        return Params(scale * rng.standard_normal((D, H)), np.zeros(H))

    cell = SimpleNamespace(
        Params=Params,
        init=init,
        initial_state=lambda p, batch: (np.zeros((*p.U.shape[:-2], batch, p.U.shape[-1])),),
        inputs=lambda p, xs: xs @ p.U + p.v[..., None, :],
        step=lambda p, a, state: ((0.5 * (state[0] + a),), ()),
    )
    many = Params(rng.standard_normal((2, D, H)), np.zeros((2, H)))
    assert unroll.run(cell, many, np.zeros((T, 2, B, D)))[0].shape == (T, 2, B, H)
    with pytest.raises(ValueError, match=r"^p.v: got shape \(5,\), expected \(2, 5\)"):
        unroll.run(cell, many._replace(v=np.zeros(H)), np.zeros((T, 2, B, D)))
    cell.init = lambda rng, D, H: init(rng, D, H, 1.0)
    with pytest.raises(ValueError, match=r"^p.U: got shape \(2, 4, 5\), expected \(2, 3, 5\)"):
        unroll.run(cell, many, np.zeros((T, 2, B, 3)))
    with pytest.raises(ValueError, match=r"^cell: .* expected a cell with a derived backward"):
        unroll.expect_derived(cell)
    with pytest.raises(ValueError, match=r"^cell: got Params\('U', 'v'\), expected Params with W_x"):
        unroll.expect_derived(variant(rnn, Params=Params))


def test_what_record_hands_out_cannot_harm_the_tape(rng):
    cell, p, xs, state = example("lstm", rng)
    hs, _ = unroll.record(cell, p, xs, state)
    with pytest.raises(ValueError, match="read-only"):
        hs -= 0.5


def bad(**changes):
    p = lstm.init(np.random.default_rng(0), D, H)
    many = lstm.Params(*(np.stack([x] * 2) for x in p))
    h, c = np.zeros((B, H)), np.zeros((B, H))
    return {"p": p, "xs": np.zeros((T, B, D)), "state": None, **{k: v(p, many, h, c) for k, v in changes.items()}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"xs": lambda *_: np.zeros((T, D))}, r"^xs: got shape \(7, 4\), expected \(T, B, D\) with D = 4"),
        ({"xs": lambda *_: np.zeros((T, B, D + 1))}, r"^xs: got shape \(7, 3, 5\), expected \(T, B, D\) with D = 4"),
        ({"xs": lambda *_: np.zeros((0, B, D))}, r"^xs: got shape \(0, 3, 4\), expected .* none of them empty"),
        ({"xs": lambda *_: np.zeros((T, B, D), int)}, r"^xs: got numbers of type int64, expected floating-point"),
        ({"xs": lambda *_: [[[0.0] * D] * B] * T}, r"^xs: got list, expected a NumPy array or a torch tensor"),
        ({"xs": lambda *_: np.zeros((T, B, D), np.float32)}, r"^xs: got numpy float32, expected numpy float64, as in p"),
        ({"xs": lambda *_: torch.zeros(T, B, D).double()}, r"^xs: got torch torch.float64, expected numpy float64"),
        ({"p": lambda p, many, *_: many}, r"^xs: got shape \(7, 3, 4\), expected \(T, N, B, D\) with N = 2 and D = 4"),
        ({"xs": lambda *_: np.zeros((T, 2, B, D))}, r"^xs: got shape \(7, 2, 3, 4\), expected \(T, B, D\)"),
        ({"p": lambda *_: None}, r"^p: got NoneType, expected Params\('W_x', 'W_h', 'b'\)"),
        ({"p": lambda *_: np.zeros((T, B, D)), "xs": lambda p, *_: p}, r"^p: got ndarray, expected Params\("),
        ({"p": lambda p, *_: tuple(p)}, r"^p: got tuple, expected Params\("),
        ({"p": lambda p, *_: lstm.Params}, r"^p: got type, expected Params\("),
        ({"p": lambda *_: CELLS["gru"].init(np.random.default_rng(0), D, H)}, r"^p: got Params\(.*'b_n'\), expected"),
        ({"p": lambda p, *_: p._replace(b=None)}, r"^p.b: got NoneType, expected an array of floating-point numbers"),
        ({"p": lambda p, *_: lstm.Params(*(x.astype(int) for x in p))}, r"^p.W_x: got int64, expected an array of float"),
        ({"p": lambda p, *_: p._replace(b=p.b.astype("float32"))}, r"^p.b: got float32, expected float64, as in p.W_x"),
        ({"p": lambda p, *_: p._replace(W_h=torch.from_numpy(p.W_h))}, r"^p.W_h: got torch.float64, expected float64"),
        ({"p": lambda p, *_: p._replace(W_x=p.b)}, r"^p.W_x: got shape \(20,\), expected \(4, 20\)"),
        ({"p": lambda p, *_: p._replace(W_h=p.b)}, r"^p.W_h: got shape \(20,\), expected \(H, ...\)"),
        ({"p": lambda p, *_: p._replace(W_h=p.W_h[:, 1:])}, r"^p.W_h: got shape \(5, 19\), expected \(5, 20\)"),
        ({"p": lambda p, *_: p._replace(b=np.zeros((T, 4 * H)))}, r"^p.b: got shape \(7, 20\), expected \(20,\)"),
        ({"p": lambda p, *_: p._replace(b=np.zeros(1))}, r"^p.b: got shape \(1,\), expected \(20,\)"),
        (
            {"p": lambda p, many, *_: many._replace(b=p.b), "xs": lambda *_: np.zeros((T, 2, B, D))},
            r"^p.b: got shape \(20,\), expected \(2, 20\)",
        ),
        ({"state": lambda p, m, h, c: h}, r"^state: got ndarray, expected a tuple, h first"),
        ({"state": lambda p, m, h, c: (h,)}, r"^state: got 1 parts, expected 2: h, c"),
        ({"state": lambda p, m, h, c: (h, c[:1])}, r"^state.c: got shape \(1, 5\), expected \(3, 5\)"),
        ({"state": lambda p, m, h, c: (h.astype(int), c)}, r"^state.h: got numbers of type int64, expected floating"),
    ],
)
@pytest.mark.parametrize("function", [unroll.run, unroll.trace, unroll.record])
def test_bad_input_is_named(function, changes, message):
    with pytest.raises(ValueError, match=message):
        function(lstm, **bad(**changes))


@pytest.mark.parametrize("cell", ["lstm", None, lstm.Params, SimpleNamespace(step=None)])
def test_a_cell_that_is_none_is_named(cell):
    with pytest.raises(ValueError, match=r"^cell: got .*, expected a cell: an object with Params, init, .* step"):
        unroll.run(cell, **bad())


@pytest.mark.parametrize("part", ["local", "step_backward", "param_grads"])
def test_a_derived_backward_has_three_parts(part):
    half = variant(lstm)
    delattr(half, part)
    with pytest.raises(ValueError, match=r"^cell: got .*, expected a cell with a derived backward: .*local"):
        unroll.expect_derived(half)


def test_inputs_that_are_not_affine_have_a_way_back_of_their_own(rng):
    """x W_x through tanh: what `inputs_backward` gives stands in for W_x, and the rest stays."""

    def inputs_backward(p, xs, da):
        de = da * (1 - np.tanh(xs @ p.W_x) ** 2)
        return de @ p.W_x.T, {"W_x": np.einsum("tbd,tbh->dh", xs, de)}

    squashed = variant(
        rnn,
        inputs=lambda p, xs: np.tanh(xs @ p.W_x) + p.b,
        param_grads=lambda *args: rnn.param_grads(*args)._replace(W_x=None),
        inputs_backward=inputs_backward,
    )
    assert gradcheck.cell(squashed, rng=rng) < 1e-7


def test_backward_refuses_what_does_not_fit(rng):
    _, p, xs, state = example("rnn", rng)
    hs, tape = unroll.record(rnn, p, xs, state)
    with pytest.raises(ValueError, match=r"^dhs: got shape \(6, 3, 5\), expected \(7, 3, 5\)"):
        unroll.backward(rnn, p, tape, hs[1:])
    with pytest.raises(ValueError, match=r"^dstate.h: got shape \(2, 5\), expected \(3, 5\)"):
        unroll.backward(rnn, p, tape, hs, (np.zeros((2, H)),))
    with pytest.raises(ValueError, match=r"^dhs: got numpy float32, expected numpy float64"):
        unroll.backward(rnn, p, tape, hs.astype("float32"))
    with pytest.raises(ValueError, match=r"^tape: got NoneType, expected the Tape that `record` returned"):
        unroll.backward(rnn, p, None, hs)
    with pytest.raises(ValueError, match=r"^tape: got Trace, expected the Tape"):
        unroll.backward(rnn, p, unroll.trace(rnn, p, xs, state), hs)
    with pytest.raises(ValueError, match=r"^p.W_x: got shape \(4, 6\), expected \(4, 5\)"):
        unroll.backward(rnn, rnn.init(rng, D, H + 1), tape, hs)
    with pytest.raises(ValueError, match=r"^p.b: got shape \(7, 5\), expected \(5,\)"):
        unroll.backward(rnn, p._replace(b=np.zeros((T, H))), tape, hs)
    with pytest.raises(ValueError, match=r"^p: got float32, expected float64"):
        unroll.backward(rnn, rnn.Params(*(x.astype("float32") for x in p)), tape, hs)
