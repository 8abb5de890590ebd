"""Three truths for each cell: finite differences, autograd through the same step, and torch's own layers."""

import numpy as np
import pytest
import torch
from conftest import DERIVED, B, D, H, T, derived_equals_autograd, stacked, torch_gradients, torch_layer

from lstm_course import gradcheck, unroll
from lstm_course.cells import CELLS

TORCH = [name for name in CELLS if name in ("rnn", "irnn", "lstm", "gru")]


def example(name, rng, lead=()):
    cell = CELLS[name]
    each = [cell.init(rng, D, H) for _ in range(int(np.prod(lead)))]
    p = stacked(each) if lead else each[0]
    zero = cell.initial_state(p, B)
    state = type(zero)(*(rng.standard_normal(x.shape) if np.ndim(x) else x for x in zero))  # a clock stays as it is
    return cell, p, rng.standard_normal((T, *lead, B, D)), state


def of_model(n, record):
    return type(record)(*(x[n] if np.ndim(x) else x for x in record))


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("models", [None, 2, B, T])
def test_derived_gradient_equals_differences(name, models):
    eps = 1e-6 if name == "lstm_normalised" else 1e-5  # it bends more than the others
    assert gradcheck.cell(CELLS[name], rng=np.random.default_rng(1), models=models, eps=eps) < 1e-7


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("lead", [(), (2,), (B,), (T,)])
def test_derived_gradient_equals_autograd(name, lead, rng):
    derived_equals_autograd(*example(name, rng, lead), rng)


@pytest.mark.parametrize("name", TORCH)
def test_cell_equals_torchs_own_layer_in_outputs_and_all_gradients(name, rng):
    cell, p, xs, state = example(name, rng)
    layer, x = torch_layer(name, p), torch.from_numpy(xs).requires_grad_()
    start = [torch.from_numpy(part)[None].requires_grad_() for part in state]
    out, last = layer(x, tuple(start) if name == "lstm" else start[0])
    last = last if name == "lstm" else (last,)

    hs, tape = unroll.record(cell, p, xs, state)
    np.testing.assert_allclose(hs, out.detach(), atol=1e-12, rtol=0)
    for mine, theirs in zip(tape.states, last, strict=True):
        np.testing.assert_allclose(mine[-1], theirs[0].detach(), atol=1e-12, rtol=0)

    dhs, dlast = rng.standard_normal(hs.shape), [rng.standard_normal(part.shape) for part in state]
    total = (out * torch.from_numpy(dhs)).sum()
    total = total + sum((part[0] * torch.from_numpy(d)).sum() for part, d in zip(last, dlast, strict=True))
    total.backward()
    dxs, dp, dstate0 = unroll.backward(cell, p, tape, dhs, tuple(dlast))
    theirs = [x.grad.numpy(), *torch_gradients(name, layer), *(part.grad[0].numpy() for part in start)]
    for mine, their in zip([dxs, *dp, *dstate0], theirs, strict=True):
        np.testing.assert_allclose(mine, their, atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("models", [2, B, T])
def test_many_models_equal_one_by_one(name, models, rng):
    cell, p, xs, state = example(name, rng, (models,))
    hs, last = unroll.run(cell, p, xs, state)
    for n in range(models):
        one, one_last = unroll.run(cell, of_model(n, p), xs[:, n], of_model(n, state))
        np.testing.assert_allclose(hs[:, n], one, atol=1e-13)
        for mine, theirs in zip(of_model(n, last), one_last, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-13)


@pytest.mark.parametrize("name", [name for name in CELLS if name not in DERIVED])
@pytest.mark.parametrize("lead", [(), (B,)])
def test_autograd_through_a_step_equals_differences(name, lead, rng):
    cell, p, xs, (h, *rest) = example(name, rng, lead)
    weights = rng.standard_normal((T, *lead, B, H))

    def loss(xs, h, *p):
        return (unroll.run(cell, cell.Params(*p), xs, cell_state(h))[0] * weights).sum()

    cell_state = lambda h: unroll.remake(cell.initial_state(p, B), (h, *rest))
    leaves = [torch.from_numpy(x).requires_grad_() for x in (xs, h, *p)]
    rest = [torch.from_numpy(x) if np.ndim(x) else x for x in rest]
    hs, _ = unroll.run(cell, cell.Params(*leaves[2:]), leaves[0], cell_state(leaves[1]))
    gradients = torch.autograd.grad((hs * torch.from_numpy(weights)).sum(), leaves)
    rest = [x.numpy() if np.ndim(x) else x for x in rest]
    assert gradcheck.compare(loss, [xs, h, *p], [x.numpy() for x in gradients], rng=rng, eps=1e-6) < 1e-7


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_step_is_the_same_on_numpy_and_torch_and_changes_nothing_it_is_given(name, kind, rng):
    cell, p, xs, state = example(name, rng)
    to_kind = lambda record: type(record)(*(x.astype(kind) if np.ndim(x) else x for x in record))
    p, state = to_kind(p), to_kind(state)
    a = cell.inputs(p, xs[0].astype(kind))
    before = [np.copy(x) for x in (*p, a, *state)]
    new, gates = cell.step(p, a, state)
    for x, y in zip((*p, a, *state), before, strict=True):
        np.testing.assert_array_equal(x, y)
    to_torch = lambda record: type(record)(*(torch.from_numpy(x) if np.ndim(x) else x for x in record))
    new_torch, gates_torch = cell.step(to_torch(p), torch.from_numpy(a), to_torch(state))
    assert new._fields == new_torch._fields
    assert new._fields[0] == "h"
    for mine, theirs in zip((*new, *gates), (*new_torch, *gates_torch), strict=True):
        if not np.ndim(mine):
            assert mine == theirs
            continue
        assert str(mine.dtype) == kind
        assert str(theirs.dtype) == f"torch.{kind}"
        np.testing.assert_allclose(mine, theirs, atol=1e-6 if kind == "float32" else 1e-14)


@pytest.mark.parametrize("name", DERIVED)
def test_a_state_given_as_a_plain_tuple_will_do(name, rng):
    cell, p, xs, state = example(name, rng)
    after, gates = cell.step(p, cell.inputs(p, xs[0]), tuple(state))
    da, _ = cell.step_backward(p, cell.local(gates, state, after), state)
    stacked_state, stacked_gates = tuple(x[None] for x in state), unroll.remake(gates, (x[None] for x in gates))
    for mine, theirs in (
        (cell.local(gates, tuple(state), tuple(after)), cell.local(gates, state, after)),
        (
            cell.param_grads(p, xs[:1], stacked_state, stacked_gates, da[None]),
            cell.param_grads(p, xs[:1], type(state)(*stacked_state), stacked_gates, da[None]),
        ),
    ):
        for x, y in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("name", CELLS)
def test_step_takes_more_inputs_than_states(name, rng):
    cell, p, xs, state = example(name, rng)
    whole, _ = cell.step(p, cell.inputs(p, xs), state)
    for t in range(T):
        one, _ = cell.step(p, cell.inputs(p, xs[t]), state)
        np.testing.assert_allclose(whole.h[t], one.h, atol=1e-14)


def test_gru_refuses_pre_activations_of_another_width(rng):
    cell, p, _, state = example("gru", rng)
    with pytest.raises(ValueError, match=r"^x: got a last axis of 17, expected a multiple of 3"):
        cell.step(p, np.zeros((B, 17)), state)


@pytest.mark.parametrize("name", TORCH)
def test_init_has_torchs_range_and_reproduces(name):
    cell = CELLS[name]
    p, again = (cell.init(np.random.default_rng(5), 100, 64) for _ in range(2))
    for x, y in zip(p, again, strict=True):
        np.testing.assert_array_equal(x, y)
    assert 0.99 / 8 < abs(p.W_x).max() < 1 / 8
    assert abs(p.b).max() < 2 / 8


def test_forget_bias_fills_the_second_block_alone():
    lstm = CELLS["lstm"]
    p, q = lstm.init(np.random.default_rng(5), D, H), lstm.init(np.random.default_rng(5), D, H, forget_bias=1.0)
    np.testing.assert_array_equal(q.b[H : 2 * H], 1.0)
    changed = p.b != q.b
    assert changed[H : 2 * H].all()
    assert changed.sum() == H


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(
    ("arguments", "word"),
    [((None, D, H), "rng"), ((np.random.default_rng(0), 0, H), "D"), ((np.random.default_rng(0), D, 2.5), "H")],
)
def test_init_refuses_bad_arguments_by_name(name, arguments, word):
    with pytest.raises(ValueError, match=rf"^{word}: got .*, expected"):
        CELLS[name].init(*arguments)


def test_forget_bias_must_be_a_number(rng):
    with pytest.raises(ValueError, match=r"^forget_bias: got 'one', expected a finite number"):
        CELLS["lstm"].init(rng, D, H, forget_bias="one")


def test_an_orthogonal_start_keeps_lengths_and_leaves_the_rest(rng):
    rnn = CELLS["rnn"]
    p, q = rnn.init(np.random.default_rng(5), D, 20), rnn.init(np.random.default_rng(5), D, 20, gain=1.5)
    np.testing.assert_allclose(q.W_h @ q.W_h.T, 2.25 * np.eye(20), atol=1e-12)
    np.testing.assert_array_equal(p.W_x, q.W_x)
    np.testing.assert_array_equal(p.b, q.b)
    traces = [np.trace(rnn.init(rng, 1, 4, gain=1.0).W_h) for _ in range(4000)]
    assert np.mean(traces) == pytest.approx(0, abs=0.08), "no direction is preferred"
    assert np.var(traces) == pytest.approx(1, abs=0.1)


def test_chrono_draws_spans_evenly_and_closes_the_input_gate_as_far(rng):
    p = CELLS["lstm"].init(rng, 1, 400, chrono=101)
    i, f, _, _ = np.split(p.b, 4)
    np.testing.assert_array_equal(i, -f)
    spans = np.exp(f)
    assert 1 <= spans.min() < 4
    assert 97 < spans.max() <= 100
    assert spans.mean() == pytest.approx(50.5, abs=4)
    sigmoid = 1 / (1 + np.exp(-np.log(100)))  # the longest: f = 1 - 1/T_max, a time constant of T_max steps
    assert 1 / (1 - sigmoid) == pytest.approx(101)


def test_input_and_forget_bias_fill_their_blocks_alone():
    lstm = CELLS["lstm"]
    p = lstm.init(np.random.default_rng(5), D, H)
    q = lstm.init(np.random.default_rng(5), D, H, forget_bias=5, input_bias=-5)
    np.testing.assert_array_equal(q.b, np.concatenate([np.full(H, -5.0), np.full(H, 5.0), p.b[2 * H :]]))


def test_an_identity_start_is_a_memory(rng):
    irnn = CELLS["irnn"]
    p = irnn.init(rng, D, H)
    h = rng.uniform(0, 3, (B, H))
    for _ in range(100):
        (after,), _ = irnn.step(p, np.zeros((B, H)), (h,))
    np.testing.assert_array_equal(after, h)


@pytest.mark.parametrize(
    ("cell", "arguments", "message"),
    [
        ("rnn", {"gain": "1"}, r"^gain: got '1', expected a finite number"),
        ("lstm", {"input_bias": None, "chrono": 2}, r"^chrono: got 2, expected a span of more than 2 steps"),
        ("lstm", {"chrono": "20"}, r"^chrono: got '20', expected a finite number"),
        ("lstm", {"chrono": 20, "forget_bias": 1}, r"^chrono: got another bias beside it, expected chrono alone"),
        ("lstm", {"input_bias": "-5"}, r"^input_bias: got '-5', expected a finite number"),
    ],
)
def test_bad_starts_are_named(cell, arguments, message, rng):
    with pytest.raises(ValueError, match=message):
        CELLS[cell].init(rng, D, H, **arguments)
