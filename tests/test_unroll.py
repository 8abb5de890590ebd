import numpy as np
import pytest
import torch
from conftest import DERIVED, B, D, H, T
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cells import example

from lstm_course import unroll
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
    assert all(part.shape == (*lead, B, H) for part in state)
    if hasattr(cell, "step_backward"):
        dxs, dp, dstate0 = unroll.backward(cell, p, unroll.record(cell, p, xs)[1], hs)
        assert [x.shape for x in (dxs, *dp, *dstate0)] == [x.shape for x in (xs, *p, *state)]


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


def test_backward_refuses_what_does_not_fit(rng):
    _, p, xs, state = example("rnn", rng)
    hs, tape = unroll.record(rnn, p, xs, state)
    with pytest.raises(ValueError, match=r"^dhs: got shape \(6, 3, 5\), expected \(7, 3, 5\)"):
        unroll.backward(rnn, p, tape, hs[1:])
    with pytest.raises(ValueError, match=r"^dstate.h: got shape \(2, 5\), expected \(3, 5\)"):
        unroll.backward(rnn, p, tape, hs, (np.zeros((2, H)),))
    with pytest.raises(ValueError, match=r"^dhs: got numpy float32, expected numpy float64"):
        unroll.backward(rnn, p, tape, hs.astype("float32"))
