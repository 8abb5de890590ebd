import subprocess
import sys
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from conftest import DERIVED, B, D, H, T, stacked
from test_cells import example

from lstm_course import probes, unroll
from lstm_course.cells import CELLS, lstm, rnn
from lstm_course.ops import add_product, sigmoid, tanh
from lstm_course.tasks import recall


def like(cell, **changes):
    return SimpleNamespace(**{name: getattr(cell, name) for name in dir(cell)} | changes)


def logistic_step(p, a, state):
    return rnn.State(sigmoid(add_product(a, state[0], p.W_h))), rnn.Gates()


LOGISTIC = like(rnn, step=logistic_step)  # its backward is the wrong one, so nothing may call it


def plain(W, b=None):
    """An RNN that hears nothing: its recurrent matrix (..., H, H) alone."""
    return rnn.Params(np.zeros((*W.shape[:-2], 1, W.shape[-1])), W, np.zeros((*W.shape[:-2], W.shape[-1])) if b is None else b)


def silence(T, *lead):
    return np.zeros((T, *lead, 1, 1))


def orthogonal(rng, H):
    return np.linalg.qr(rng.standard_normal((H, H)))[0]


def vector(state):
    return np.concatenate(state, -1)


def parts(vector, state):
    return unroll.remake(state, np.split(vector, np.cumsum([x.shape[-1] for x in state])[:-1], -1))


def differences(cell, p, xs, state, eps=1e-6):
    """d (last state) / d (first state), (..., B, S, S), by central differences."""
    x, rows = vector(state), []
    for e in eps * np.eye(x.shape[-1]):
        ahead, behind = (vector(unroll.run(cell, p, xs, parts(x + d, state))[1]) for d in (e, -e))
        rows.append((ahead - behind) / (2 * eps))
    return np.stack(rows, -2)


@pytest.mark.parametrize("name", [*(name for name in CELLS if name != "clockwork"), "logistic"])
@pytest.mark.parametrize("lead", [(), (B,), (T,)])
def test_jacobians_and_sensitivities_equal_finite_differences(name, lead, rng):
    cell, p, xs, state = example("rnn" if name == "logistic" else name, rng, lead)
    cell = LOGISTIC if name == "logistic" else cell
    J = probes.jacobians(cell, p, xs, state)
    widths = [part.shape[-1] for part in state]
    S = sum(widths)
    assert J.shape == (T, *lead, B, S, S)
    assert J.dtype == np.float64
    sensitivity = {part: probes.log10_sensitivity(cell, p, xs, state, part) for part in (None, *state._fields)}
    states = [state, *(parts(x, state) for x in vector(unroll.trace(cell, p, xs, state).states))]
    for t in range(T):
        np.testing.assert_allclose(J[t], differences(cell, p, xs[t : t + 1], states[t]), atol=1e-8)
    for t in (0, 4):
        rest = differences(cell, p, xs[t:], states[t])
        for k, part in enumerate((None, *state._fields)):
            rows = slice(sum(widths[: k - 1]), sum(widths[:k])) if part else slice(None)
            norm = np.linalg.norm(rest[..., rows, rows], 2, (-2, -1))
            np.testing.assert_allclose(10 ** sensitivity[part][t], norm, rtol=1e-5, atol=1e-9)
    for norms in sensitivity.values():
        assert norms.shape == (T + 1, *lead, B)
        np.testing.assert_array_equal(norms[T], 0)


def test_jacobians_of_a_clockwork_are_those_of_the_modules_that_tick(rng):
    cell, p, xs, (h, t) = example("clockwork", rng)
    J = probes.jacobians(cell, p, xs, (h, t))
    assert J.shape == (T, B, H, H)
    for step in range(T):
        ahead, behind = (
            np.stack([cell.step(p, cell.inputs(p, xs[step]), (h + e, step))[0].h for e in sign * 1e-5 * np.eye(H)], -2)
            for sign in (1, -1)
        )
        np.testing.assert_allclose(J[step], (ahead - behind) / 2e-5, atol=1e-9)
        h = cell.step(p, cell.inputs(p, xs[step]), (h, step))[0].h


@pytest.mark.parametrize("name", DERIVED)
def test_jacobians_equal_the_derived_backward(name, rng):
    """The k-th column of J is what the backward step makes of the k-th unit vector."""
    cell, p, xs, state = example(name, rng, (2,))
    _, tape = unroll.record(cell, p, xs, state)
    before, after = (unroll.remake(state, (x[k : k + T] for x in tape.states)) for k in (0, 1))
    local, J = cell.local(tape.gates, before, after), probes.jacobians(cell, p, xs, state)
    for t in range(T):
        for k, unit in enumerate(np.eye(J.shape[-1])):
            dstate = parts(np.broadcast_to(unit, J.shape[1:-1]), state)
            _, back = cell.step_backward(p, unroll.remake(local, (x[t] for x in local)), dstate)
            np.testing.assert_allclose(J[t, ..., :, k], vector(back), atol=1e-14)


def test_the_jacobian_of_the_rnn_is_the_transpose_of_diag_times_w_transposed(rng):
    _, p, xs, state = example("rnn", rng)
    hs, _ = unroll.run(rnn, p, xs, state)
    J = probes.jacobians(rnn, p, xs, state)
    for t in range(T):
        for b in range(B):
            np.testing.assert_allclose(J[t, b], (np.diag(1 - hs[t, b] ** 2) @ p.W_h.T).T, atol=1e-14)
    slope, sigma = probes.rnn_factors(p, hs)
    np.testing.assert_allclose(slope, np.linalg.norm(np.linalg.inv(p.W_h) @ J, 2, (-2, -1)), rtol=1e-10)
    np.testing.assert_allclose(sigma, np.linalg.norm(p.W_h, 2), rtol=1e-12)
    assert (probes.singular_max(J) <= slope * sigma * (1 + 1e-12)).all()


@pytest.mark.parametrize("name", CELLS)
def test_torch_float32_and_read_only_arrays_are_taken(name, rng):
    cell, p, xs, _ = example(name, rng)
    p, xs = p._make(x.astype("float32") for x in p), xs.astype("float32")
    xs.flags.writeable = False
    double = probes.jacobians(cell, p._make(x.astype(float) for x in p), xs.astype(float))
    np.testing.assert_array_equal(probes.jacobians(cell, p, xs), double)
    tensors = p._make(torch.nn.Parameter(torch.tensor(x)) for x in p)
    with torch.no_grad():
        np.testing.assert_array_equal(probes.jacobians(cell, tensors, torch.tensor(xs)), double)
    assert all(x.grad is None for x in tensors)


class Clock(NamedTuple):
    """A state with a plain count behind h, and a memory of the count that no later step reads."""

    h: Any
    tick: int
    log: Any


def clock_step(p, a, state):
    h, tick, _ = state
    h = tanh(add_product(a, h, p.W_h)) * (1 + tick % 2)
    return Clock(h, tick + 1, h * 0 + tick), rnn.Gates()


def test_a_cell_of_the_readers_own_with_a_counter_and_a_dead_part(rng):
    cell = like(rnn, step=clock_step, initial_state=lambda p, batch: Clock(h := rnn.initial_state(p, batch).h, 0, h))
    _, p, xs, _ = example("rnn", rng)
    J = probes.jacobians(cell, p, xs)
    assert J.shape == (T, B, 2 * H, 2 * H)
    hs, _ = unroll.run(cell, p, xs)
    for t in range(T):
        factor = 1 + t % 2
        np.testing.assert_allclose(J[t, ..., :H, :H], p.W_h * factor * (1 - (hs[t] / factor) ** 2)[:, None], atol=1e-14)
    np.testing.assert_array_equal(J[..., H:, :], 0)
    assert (probes.log10_sensitivity(cell, p, xs, part="log")[:-1] == -np.inf).all()
    with pytest.raises(ValueError, match=r"^part: got 'tick', expected None or one of 'h', 'log'"):
        probes.log10_sensitivity(cell, p, xs, part="tick")


def test_a_cell_without_memory_passes_nothing_on(rng):
    """Its state is a plain tuple, as a reader may write it."""
    start = lambda p, batch: tuple(rnn.initial_state(p, batch))
    cell = like(rnn, step=lambda p, a, state: ((tanh(a),), rnn.Gates()), initial_state=start)
    _, p, xs, _ = example("rnn", rng)
    assert (probes.jacobians(cell, p, xs) == 0).all()
    assert (probes.log10_sensitivity(cell, p, xs)[:-1] == -np.inf).all()


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_norms_far_outside_the_range_of_float64(factor):
    norms = probes.log10_sensitivity(rnn, plain(factor * np.eye(2)), silence(200))
    np.testing.assert_allclose(norms[:, 0], np.arange(200, -1, -1) * np.log10(factor), rtol=1e-12)


# Bounds


def test_no_tanh_network_exceeds_the_singular_bound(rng):
    N, T = 6, 60
    p = stacked([rnn.init(stream, 2, 8) for stream in rng.spawn(N)])
    p = p._replace(W_h=p.W_h * np.linspace(0.5, 4, N)[:, None, None])
    norms = probes.log10_sensitivity(rnn, p, rng.standard_normal((T, N, 2, 2)))
    bound = probes.log10_singular_bound(p.W_h, np.arange(T, -1, -1))
    assert bound.shape == (T + 1, N)
    assert (norms <= bound[..., None] + 1e-9).all()
    quarter = probes.log10_singular_bound(p.W_h, np.arange(T, -1, -1), probes.STEEPEST["sigmoid"])
    assert not (norms <= quarter[..., None] + 1e-9).all()


def test_no_logistic_network_exceeds_its_own_which_is_reached_at_the_steepest_point(rng):
    N, T, H = 5, 40, 6
    p = stacked([rnn.init(stream, 2, H) for stream in rng.spawn(N)])
    p = p._replace(W_h=p.W_h * 6)
    k = np.arange(T, -1, -1)
    bound = probes.log10_singular_bound(p.W_h, k, probes.STEEPEST["sigmoid"])
    assert (probes.log10_sensitivity(LOGISTIC, p, rng.standard_normal((T, N, 2, 2))) <= bound[..., None] + 1e-9).all()
    W = 3.2 * orthogonal(rng, H)
    steepest = plain(W, b=-0.5 * W.sum(0))  # h = 1/2 stays, with all pre-activations 0
    norms = probes.log10_sensitivity(LOGISTIC, steepest, silence(T), rnn.State(np.full((1, H), 0.5)))
    np.testing.assert_allclose(norms[:, 0], k * np.log10(3.2 / 4), atol=1e-9)
    np.testing.assert_allclose(norms[:, 0], probes.log10_singular_bound(W, k, probes.STEEPEST["sigmoid"]), atol=1e-9)


@pytest.mark.parametrize("gain", [0.9, 1.0, 1.5])
def test_an_orthogonal_matrix_without_input_gives_the_gain_to_the_k(gain, rng):
    W, k = gain * orthogonal(rng, 16), np.arange(100, -1, -1)
    norms = probes.log10_sensitivity(rnn, plain(W), silence(100))[:, 0]
    np.testing.assert_allclose(norms, k * np.log10(gain), atol=1e-10)
    np.testing.assert_allclose(probes.log10_singular_bound(W, k), norms, atol=1e-10)
    np.testing.assert_allclose(probes.log10_spectral_bound(W, k), norms, atol=1e-10)


def test_without_input_the_rate_goes_with_the_spectral_radius_and_not_with_the_singular_value(rng):
    N, T, H = 4, 300, 32
    W = rng.standard_normal((N, H, H)) / np.sqrt(H)
    norms = probes.log10_sensitivity(rnn, plain(W), silence(T, N))[::-1, :, 0]  # k steps at index k
    rate = 10 ** ((norms[T] - norms[T // 2]) / (T - T // 2))
    np.testing.assert_allclose(rate, probes.spectral_radius(W), rtol=0.02)
    assert (probes.singular_max(W) > 1.5 * rate).all()
    k = np.arange(T + 1)
    assert (norms >= probes.log10_spectral_bound(W, k) - 1e-6).all()
    assert (norms <= probes.log10_singular_bound(W, k) + 1e-6).all()


def test_powers_of_a_matrix_of_small_spectral_radius_may_grow_before_they_vanish():
    W = np.array([[0.9, 5.0], [0.0, 0.9]])
    norms = probes.log10_sensitivity(rnn, plain(W), silence(300))[::-1, 0]
    assert probes.spectral_radius(W) == pytest.approx(0.9)
    assert norms.max() > 1
    assert 5 < norms.argmax() < 20
    assert norms[300] < -9
    np.testing.assert_allclose(10 ** norms[10], np.linalg.norm(np.linalg.matrix_power(W, 10), 2), rtol=1e-12)


def test_radius_and_norm_of_many_matrices(rng):
    W = rng.standard_normal((2, 3, 4, 4))
    radius, norm = probes.spectral_radius(W), probes.singular_max(torch.tensor(W, requires_grad=True))
    for place in np.ndindex(2, 3):
        power = np.linalg.matrix_power(W[place], 512)
        assert np.linalg.norm(power, 2) ** (1 / 512) == pytest.approx(radius[place], rel=0.02)
        assert np.sqrt(np.linalg.eigvalsh(W[place].T @ W[place]).max()) == pytest.approx(norm[place])
    rotation = np.array([[0.0, -2.0], [2.0, 0.0]])  # eigenvalues +-2i: the modulus counts
    assert probes.spectral_radius(rotation) == pytest.approx(2)
    assert probes.singular_max(np.ones((5, 2, 3))).shape == (5,)


# The forget gate


def test_forget_products_multiply_the_gates_that_follow(rng):
    cell, p, xs, state = example("lstm", rng, (2,))
    trace = unroll.trace(cell, p, xs, state)
    products = probes.forget_products(trace)
    assert products.shape == (T + 1, 2, B, H)
    for t in range(T + 1):
        np.testing.assert_allclose(products[t], trace.gates.f[t:].prod(0), rtol=1e-12)


def test_without_a_way_through_h_they_are_the_derivative_of_the_cell_state(rng):
    _, p, xs, state = example("lstm", rng)
    cut = p._replace(W_h=0 * p.W_h)
    norms = probes.log10_sensitivity(lstm, cut, xs, state, "c")
    np.testing.assert_allclose(10**norms, probes.forget_products(unroll.trace(lstm, cut, xs, state)).max(-1), rtol=1e-10)
    with_ways = probes.log10_sensitivity(lstm, p, xs, state, "c")[0]
    alone = np.log10(probes.forget_products(unroll.trace(lstm, p, xs, state)).max(-1))[0]
    assert (np.abs(with_ways - alone) > 1e-3).all()


def test_half_life_and_time_constant():
    b = np.array([-2.0, 0.0, 1.0, 3.0, 5.0])
    f = 1 / (1 + np.exp(-b))
    np.testing.assert_allclose(f ** probes.half_life(b), 0.5, rtol=1e-12)
    np.testing.assert_allclose(probes.time_constant(b), (f ** np.arange(10_000)[:, None]).sum(0), rtol=1e-12)
    assert probes.half_life(0.0) == pytest.approx(1)
    chrono = np.log(1000 - 1)  # the forget bias for a range of 1,000 steps
    assert probes.time_constant(chrono) == pytest.approx(1000)
    assert probes.half_life(chrono) / 1000 == pytest.approx(np.log(2), rel=1e-3)


# The latch


def test_the_fixed_point_is_one_and_attracts():
    w = np.array([1.001, 1.1, 1.5, 2.0, 3.0, 20.0])
    h = probes.fixed_point(w)
    np.testing.assert_allclose(np.tanh(w * h), h, rtol=1e-14)
    settled = np.ones_like(w)
    for _ in range(20_000):
        settled = np.tanh(w * settled)
    np.testing.assert_allclose(h, settled, rtol=1e-9)
    assert probes.fixed_point(1 + 1e-6) == pytest.approx(np.sqrt(3e-6), rel=1e-4)  # tanh a = a - a^3 / 3 + ...
    np.testing.assert_array_equal(probes.fixed_point([[-2.0, 0.0, 0.5, 1.0]]), 0)


W_LATCH = np.array([1.1, 1.25, 1.5, 2.0, 3.0, 5.0])


def test_an_input_just_below_the_margin_never_flips_the_latch_and_one_just_above_does():
    margin = probes.noise_margin(W_LATCH)
    ends = []
    for share in (0.999, 1.001):
        h = probes.fixed_point(W_LATCH)
        for _ in range(50_000):
            h = np.tanh(W_LATCH * h - share * margin)
        ends.append(h)
    assert (ends[0] > 0.1).all()
    assert (ends[1] < -0.1).all()


def test_the_margin_is_the_most_that_a_resting_point_can_balance():
    h = np.linspace(0, 1, 1_000_001)[:-1, None]
    np.testing.assert_allclose(probes.noise_margin(W_LATCH), (W_LATCH * h - np.arctanh(h)).max(0), rtol=1e-6)
    np.testing.assert_array_equal(probes.noise_margin([-1.0, 0.5, 1.0]), 0)


def test_the_gradient_factor_is_the_slope_at_the_fixed_point_and_not_the_margin():
    h, eps = probes.fixed_point(W_LATCH), 1e-6
    slope = (np.tanh(W_LATCH * (h + eps)) - np.tanh(W_LATCH * (h - eps))) / (2 * eps)
    factor = probes.latch_gradient(W_LATCH)
    np.testing.assert_allclose(factor, slope, atol=1e-9)
    margin = probes.noise_margin(W_LATCH)
    assert (np.diff(factor) < 0).all()
    assert (np.diff(margin) > 0).all()
    assert (factor < 1).all()
    assert factor[0] > 30 * margin[0]
    np.testing.assert_allclose(probes.latch_gradient([-2.0, 0.5]), [-2.0, 0.5])
    assert 0 < probes.latch_gradient(40.0) < 1e-30  # where 1 - h^2 would round to 0


@pytest.mark.parametrize("w", [1.5, 3.0])
def test_a_resting_latch_as_a_network_forgets_its_gradient_at_that_factor(w):
    p = plain(np.array([[w]]))
    norms = probes.log10_sensitivity(rnn, p, silence(100), rnn.State(np.full((1, 1), probes.fixed_point(w))))
    np.testing.assert_allclose(norms[:, 0], np.arange(100, -1, -1) * np.log10(probes.latch_gradient(w)), rtol=1e-6)


def test_a_strong_latch_holds_under_noise_and_a_weak_one_does_not(rng):
    assert probes.latch_accuracy(3.0, 2000, 0.2, rng, 1000) > 0.99
    weak = probes.latch_accuracy([0.5, 1.0, 1.1], 100, 0.2, rng, 4000)
    assert weak.shape == (3,)
    assert (np.abs(weak - 0.5) < 0.06).all()
    assert 0.55 < probes.latch_accuracy(2.0, 1000, 0.2, rng, 2000) < 0.95
    assert (probes.latch_accuracy(W_LATCH, 500, 0.0, rng, 3) == 1).all()


def test_the_noise_has_the_variance_asked_for(rng):
    """After one step the answer is right where w + u > 0: with w = -s, above s standard deviations of the noise."""
    accuracy = probes.latch_accuracy(-1.5, 1, 2.25, rng, 100_000)
    assert accuracy == pytest.approx(0.15866, abs=0.005)  # the normal distribution above one deviation


def test_three_units_with_weights_set_by_hand_solve_marked_recall_over_5000_steps(rng):
    p = rnn.Params(*(x.astype("float32") for x in probes.hand_set_latch()))
    right = 0
    for _ in range(4):
        xs, targets, at = recall.marked(rng, 250, 5000, K=2)
        hs, _ = unroll.run(rnn, p, xs.astype("float32"))
        answers = np.where(hs[at, np.arange(250), 2] > 0, 0, 1)
        right += (answers == targets).sum()
    assert right == 1000


@pytest.mark.parametrize("gap", [0, 1, 2, 30])
def test_the_latch_turns_one_step_after_the_mark(gap, rng):
    xs, targets, at = recall.marked(rng, 1000, 30, K=2)
    hs = unroll.run(rnn, probes.hand_set_latch(), xs)[0].copy()
    mark, each = at - 30, np.arange(1000)
    right = np.mean(np.where(hs[mark + gap, each, 2] > 0, 0, 1) == targets)
    assert right == 1 if gap else 0.4 < right < 0.6
    assert (hs[mark, each, targets] > 0.999).all()
    hs[mark, each, targets] = -1
    assert (hs[..., :2] < -0.999).all()  # otherwise both a and b rest


# Bad input


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda p, xs: probes.jacobians(rnn, p, xs[0]), r"^xs: got shape \(3, 4\), expected \(T, B, D\)"),
        (lambda p, xs: probes.jacobians(rnn, tuple(p), xs), r"^p: got tuple, expected Params"),
        (lambda p, xs: probes.jacobians(rnn, p, xs, (xs[0],)), r"^state\.h: got shape \(3, 4\), expected \(3, 5\)"),
        (lambda p, xs: probes.jacobians(None, p, xs), r"^cell: got None, expected a cell"),
        (lambda p, xs: probes.log10_sensitivity(rnn, p, xs, part="c"), r"^part: got 'c', expected None or one of 'h'"),
        (lambda p, xs: probes.log10_sensitivity(rnn, p, xs * np.nan), r"^W: got some that are infinite or not a number"),
        (lambda p, xs: probes.forget_products(unroll.trace(rnn, p, xs)), r"^trace: got Gates, expected the trace of a cell"),
        (lambda p, xs: probes.forget_products(None), r"^trace: got NoneType, expected the trace of a cell"),
        (lambda p, xs: probes.spectral_radius(p.W_x), r"^W: got shape \(4, 5\), expected \(..., H, H\)"),
        (lambda p, xs: probes.singular_max([1.0]), r"^W: got shape \(1,\), expected \(..., D, H\)"),
        (lambda p, xs: probes.log10_singular_bound(p.W_x, 1), r"^W_h: got shape \(4, 5\), expected \(..., H, H\)"),
        (lambda p, xs: probes.log10_spectral_bound(p.W_h, "many"), r"^k: got 'many', expected numbers"),
        (lambda p, xs: probes.fixed_point([1.0, np.inf]), r"^w: got some that are infinite or not a number, expected finite"),
        (lambda p, xs: probes.half_life("1"), r"^b: got '1', expected numbers"),
        (lambda p, xs: probes.latch_accuracy(3, 0, 0.2, np.random.default_rng(0)), r"^T: got 0, expected an integer"),
        (lambda p, xs: probes.latch_accuracy(3, 9, -0.2, np.random.default_rng(0)), r"^variance: got -0.2, expected a number"),
        (lambda p, xs: probes.latch_accuracy(3, 9, 0.2, 0), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda p, xs: probes.latch_accuracy(3, 9, 0.2, np.random.default_rng(0), 0), r"^n: got 0, expected an integer"),
    ],
)
def test_bad_input_is_named(use, message, rng):
    _, p, xs, _ = example("rnn", rng)
    assert (T, B, D, H) == (7, 3, 4, 5)
    with pytest.raises(ValueError, match=message):
        use(p, xs)


def test_importing_the_probes_does_not_load_torch():
    code = "import sys, lstm_course.probes; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
