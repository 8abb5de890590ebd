"""The variants of the LSTM against the papers' equations, written down again unit by unit, and against each other."""

from math import exp, tanh

import numpy as np
import pytest
import torch
import torchrecurrent
from conftest import B, D, H, T
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_course import unroll
from lstm_course.cells import CELLS, coupled, gru, gru_2014, lstm, peephole, rnn
from lstm_course.cells.clockwork import clockwork
from lstm_course.cells.constant_forget import constant_forget
from lstm_course.cells.depth_gated import depth_gated
from lstm_course.cells.odyssey import ODYSSEY, changed
from lstm_course.cells.peephole import peepholes


def sigma(x):
    return 1 / (1 + exp(-x))


def size(p):
    return sum(x.size for x in p)


def units(p, name, block, H=H):
    """Columns of one block of a matrix, for `of`."""
    return getattr(p, name)[..., block * H : (block + 1) * H]


def of(W, x):
    """The papers' W x: a sum for each row of their matrix, a column of ours."""
    return [sum(W[j, k] * x[j] for j in range(len(x))) for k in range(W.shape[1])]


def greff(p, x, h, c, u, name):
    """The nine models for one sequence and one step, after table and equations of the paper."""
    learnt = [gate for gate in "ifgo" if (name, gate) not in (("NIG", "i"), ("NFG", "f"), ("NOG", "o"), ("CIFG", "f"))]
    gates = [gate for gate in learnt if gate != "g"]

    def net(gate, k, seen):
        block = learnt.index(gate)
        total = of(units(p, "W_x", block), x)[k] + of(units(p, "W_h", block), h)[k] + units(p, "b", block)[k]
        if gate != "g" and name != "NP":
            total += units(p, "w_c", gates.index(gate))[k] * seen[k]
        if gate != "g" and name == "FGR":
            total += of(units(p, "W_u", gates.index(gate)), u)[k]
        return total

    each = range(len(h))
    g = [net("g", k, c) if name == "NIAF" else tanh(net("g", k, c)) for k in each]
    i = [1 if name == "NIG" else sigma(net("i", k, c)) for k in each]
    f = [1 if name == "NFG" else 1 - i[k] if name == "CIFG" else sigma(net("f", k, c)) for k in each]
    c = [g[k] * i[k] + c[k] * f[k] for k in each]
    o = [1 if name == "NOG" else sigma(net("o", k, c)) for k in each]
    h = [(c[k] if name == "NOAF" else tanh(c[k])) * o[k] for k in each]
    return h, c, i + f + o


@pytest.mark.parametrize("name", ODYSSEY)
def test_greffs_nine_models_follow_the_equations_of_the_paper(name, rng):
    cell = ODYSSEY[name]
    p = cell.init(rng, D, H)
    p = p._replace(b=3 * p.b)
    xs = rng.standard_normal((T, B, D))
    hs, state = unroll.run(cell, p, xs)
    for n in range(B):
        h, c, u = [0.0] * H, [0.0] * H, [0.0] * 3 * H
        for t in range(T):
            h, c, u = greff(p, xs[t, n], h, c, u, name)
            np.testing.assert_allclose(hs[t, n], h, atol=1e-13)
        np.testing.assert_allclose(state.c[n], c, atol=1e-13)


WEIGHTS = {  # the paper's models have 4HD + 4H^2 + 7H weights, but for what a change takes away
    "V": 4 * H * D + 4 * H**2 + 7 * H,
    "NIG": 3 * H * D + 3 * H**2 + 5 * H,
    "NFG": 3 * H * D + 3 * H**2 + 5 * H,
    "NOG": 3 * H * D + 3 * H**2 + 5 * H,
    "NIAF": 4 * H * D + 4 * H**2 + 7 * H,
    "NOAF": 4 * H * D + 4 * H**2 + 7 * H,
    "CIFG": 3 * H * D + 3 * H**2 + 5 * H,
    "NP": 4 * H * D + 4 * H**2 + 4 * H,
    "FGR": 4 * H * D + 13 * H**2 + 7 * H,
}


@pytest.mark.parametrize("name", ODYSSEY)
def test_greffs_nine_models_have_as_many_weights_as_their_equations(name, rng):
    assert size(ODYSSEY[name].init(rng, D, H)) == WEIGHTS[name]


COUNTS = {
    "rnn": D * H + H**2 + H,
    "irnn": D * H + H**2 + H,
    "clockwork": D * H + H**2 + H,
    "lstm": 4 * (D * H + H**2 + H),
    "lstm_1997": 3 * (D * H + H**2 + 2 * H * H + H),
    "peephole": WEIGHTS["V"],
    "coupled": 3 * (D * H + H**2 + H),
    "lstm_normalised": 4 * (D * H + H**2 + H) + 8 * H + 2 * H,
    "depth_gated": 4 * (D * H + H**2 + H) + 5 * (H**2 + H) + 4 * H**2 + 2 * 3 * H + 2 * H,
    "gru_2014": 3 * (D * H + H**2 + H),
    "gru": 3 * (D * H + H**2 + H) + H,
    "mut1": D * H + 4 * H**2 + 3 * H,
    "mut2": D * H + 5 * H**2 + 3 * H,
    "mut3": D * H + 6 * H**2 + 3 * H,
} | {name.lower(): count for name, count in WEIGHTS.items()}


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_has_exactly_so_many_weights(name, rng):
    assert size(CELLS[name].init(rng, D, H)) == COUNTS[name]


def test_there_are_many_cells_and_no_two_are_the_same():
    assert len(CELLS) >= 18
    assert len({id(cell) for cell in CELLS.values()}) == len(CELLS)
    outputs = {}
    for name, cell in CELLS.items():
        rng = np.random.default_rng(0)
        p = cell.init(rng, D, H)
        outputs[name] = unroll.run(cell, p, np.random.default_rng(1).standard_normal((T, B, D)))[0].ravel()
    names = list(outputs)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            assert abs(outputs[one] - outputs[other]).max() > 1e-3, (one, other)


def theirs(kind, xs, **weights):
    """A cell of torchrecurrent along a sequence, with our weights."""
    cell = kind(D, H).double()
    with torch.no_grad():
        for name in dict(cell.named_parameters()):
            value = weights.get(name)
            getattr(cell, name).copy_(torch.zeros(()) if value is None else torch.from_numpy(value))
        state, hs = None, []
        for x in torch.from_numpy(xs):
            state = cell(x, state)
            hs.append(state[0] if isinstance(state, tuple) else state)
    return np.stack(hs)


def test_peepholes_equal_those_of_torchrecurrent(rng):
    p, xs = peephole.init(rng, D, H), rng.standard_normal((T, B, D))
    weights = {"weight_ih": p.W_x.T, "weight_hh": p.W_h.T, "weight_ph": p.w_c, "bias_ih": p.b}
    hs = theirs(torchrecurrent.PeepholeLSTMCell, xs, **weights)
    np.testing.assert_allclose(unroll.run(peephole, p, xs)[0], hs, atol=1e-12)


@pytest.mark.parametrize("name", ["mut1", "mut3"])
def test_muts_equal_those_of_torchrecurrent(name, rng):
    """Theirs have one matrix where ours have two, W_x W_e."""
    cell = CELLS[name]
    p, xs = cell.init(rng, D, H), rng.standard_normal((T, B, D))
    z, r, *n = np.split(p.W_x @ p.W_e, p.W_e.shape[1] // H, axis=1)
    weights = {
        "weight_ih": np.concatenate([z, r, *(n or [p.W_x])], 1).T,
        "weight_hh": np.concatenate([p.W_h, p.W_n], 1).T,
        "bias_ih": p.b * np.repeat([1, 1, name == "mut3"], H),
        "bias_hh": np.r_[np.zeros(H), p.b[2 * H :]] if name == "mut1" else np.zeros(3 * H),
    }
    hs = theirs(getattr(torchrecurrent, f"{name.upper()}Cell"), xs, **weights)
    np.testing.assert_allclose(unroll.run(cell, p, xs)[0], hs, atol=1e-12)


def test_the_mut2_of_torchrecurrent_is_the_gru_of_2014_with_the_other_sign_of_z(rng):
    p, xs = gru_2014.init(rng, D, H), rng.standard_normal((T, B, D))
    turned = lambda W: np.concatenate([-W[..., H : 2 * H], W[..., :H], W[..., 2 * H :]], -1)  # z, r, n
    weights = {"weight_ih": turned(p.W_x).T, "weight_hh": turned(np.concatenate([p.W_h, p.W_n], 1)).T, "bias_ih": turned(p.b)}
    hs = theirs(torchrecurrent.MUT2Cell, xs, **weights)
    np.testing.assert_allclose(unroll.run(gru_2014, p, xs)[0], hs, atol=1e-12)


@pytest.mark.parametrize("name", ["mut1", "mut2", "mut3"])
def test_the_muts_follow_the_equations_of_the_paper(name, rng):
    cell = CELLS[name]
    p, x, h = cell.init(rng, D, H), rng.standard_normal(D), rng.standard_normal(H)
    p = p._replace(b=3 * p.b)
    (after,), _ = cell.step(p, cell.inputs(p, x[None]), (h[None],))
    e, each = of(p.W_x, x), range(H)
    b_z, b_r, b_n = np.split(p.b, 3)
    W = [units(p, "W_e", k) for k in range(p.W_e.shape[1] // H)]
    U = [units(p, "W_h", k) for k in range(p.W_h.shape[1] // H)]
    if name == "mut1":
        z = [sigma(of(W[0], e)[k] + b_z[k]) for k in each]
        r = [sigma(of(W[1], e)[k] + of(U[0], h)[k] + b_r[k]) for k in each]
        new = [tanh(e[k]) for k in each]
    elif name == "mut2":
        z = [sigma(of(W[0], e)[k] + of(U[0], h)[k] + b_z[k]) for k in each]
        r = [sigma(e[k] + of(U[1], h)[k] + b_r[k]) for k in each]
        new = of(W[1], e)
    else:
        z = [sigma(of(W[0], e)[k] + of(U[0], [tanh(x) for x in h])[k] + b_z[k]) for k in each]
        r = [sigma(of(W[1], e)[k] + of(U[1], h)[k] + b_r[k]) for k in each]
        new = of(W[2], e)
    reset = of(p.W_n, [r[k] * h[k] for k in each])
    wanted = [tanh(reset[k] + new[k] + b_n[k]) * z[k] + h[k] * (1 - z[k]) for k in each]
    np.testing.assert_allclose(after[0], wanted, atol=1e-13)


def test_where_the_reset_acts_makes_two_networks_unless_units_do_not_mix(rng):
    p, xs = gru_2014.init(rng, D, H), rng.standard_normal((T, B, D))

    def both(p):
        as_torch = gru.Params(p.W_x, np.concatenate([p.W_h, p.W_n], 1), p.b, np.zeros(H))
        return unroll.run(gru_2014, p, xs)[0], unroll.run(gru, as_torch, xs)[0]

    before, after = both(p)
    assert abs(before - after).max() > 1e-2
    np.testing.assert_allclose(*both(p._replace(W_n=np.diag(rng.standard_normal(H)))), atol=1e-13)
    even = p._replace(W_x=p.W_x * np.repeat([0, 1, 1], H), W_h=p.W_h * np.repeat([0, 1], H), b=p.b * np.repeat([0, 1, 1], H))
    np.testing.assert_allclose(*both(even), atol=1e-13, err_msg="r is one half everywhere")


def test_the_gru_of_2014_follows_the_equations_of_the_paper(rng):
    p, x, h = gru_2014.init(rng, D, H), rng.standard_normal(D), rng.standard_normal(H)
    (after,), _ = gru_2014.step(p, gru_2014.inputs(p, x[None]), (h[None],))
    net = lambda k, block: of(units(p, "W_x", block), x)[k] + p.b[block * H + k]
    each = range(H)
    r = [sigma(net(k, 0) + of(units(p, "W_h", 0), h)[k]) for k in each]
    z = [sigma(net(k, 1) + of(units(p, "W_h", 1), h)[k]) for k in each]
    n = [tanh(net(k, 2) + of(p.W_n, [r[j] * h[j] for j in each])[k]) for k in each]
    np.testing.assert_allclose(after[0], [z[k] * h[k] + (1 - z[k]) * n[k] for k in each], atol=1e-13)


def test_mut2_with_a_matrix_of_its_own_for_r_is_the_gru_of_2014_with_the_other_sign_of_z(rng):
    mut2 = CELLS["mut2"]
    p, xs = mut2.init(rng, H, H)._replace(W_x=np.eye(H)), rng.standard_normal((T, B, H))
    z, n = np.split(p.W_e, 2, axis=1)
    W_hz, W_hr = np.split(p.W_h, 2, axis=1)
    b_z, b_r, b_n = np.split(p.b, 3)
    side = lambda *blocks: np.concatenate(blocks, -1)
    q = gru_2014.Params(side(np.eye(H), -z, n), side(W_hr, -W_hz), p.W_n, side(b_r, -b_z, b_n))
    np.testing.assert_allclose(unroll.run(mut2, p, xs)[0], unroll.run(gru_2014, q, xs)[0], atol=1e-13)


def test_cells_without_what_makes_them_are_their_parents(rng):
    p, xs = peephole.init(rng, D, H), rng.standard_normal((T, B, D))
    blind, plain = p._replace(w_c=0 * p.w_c), lstm.Params(*p[:3])
    wanted = unroll.run(lstm, plain, xs)[0]
    np.testing.assert_allclose(unroll.run(peephole, blind, xs)[0], wanted, atol=1e-14)
    fgr = ODYSSEY["FGR"]
    without = fgr.Params(*p, np.zeros((3 * H, 3 * H)))
    np.testing.assert_allclose(unroll.run(fgr, without, xs)[0], unroll.run(peephole, p, xs)[0], atol=1e-14)
    q = coupled.init(rng, D, H)
    cifg = ODYSSEY["CIFG"]
    np.testing.assert_allclose(
        unroll.run(cifg, cifg.Params(*q, np.zeros(2 * H)), xs)[0], unroll.run(coupled, q, xs)[0], atol=1e-14
    )
    tied = lstm.Params(*(np.concatenate([i, -i, g, o], -1) for i, g, o in (np.split(x, 3, axis=-1) for x in q)))
    np.testing.assert_allclose(unroll.run(coupled, q, xs)[0], unroll.run(lstm, tied, xs)[0], atol=1e-14)


def test_the_factory_without_a_change_is_the_vanilla_cell_and_nfg_is_the_constant_carousel(rng):
    p, xs = peephole.init(rng, D, H), rng.standard_normal((T, B, D))
    np.testing.assert_allclose(unroll.run(changed(), p, xs)[0], unroll.run(peephole, p, xs)[0], atol=1e-14)
    nfg = ODYSSEY["NFG"]
    q = nfg.init(rng, D, H)._replace(w_c=np.zeros(2 * H))
    full = (np.insert(x, [H], np.zeros((*x.shape[:-1], H)), -1) for x in q[:3])
    wanted = unroll.run(constant_forget(1.0), lstm.Params(*full), xs)[0]
    np.testing.assert_allclose(unroll.run(nfg, q, xs)[0], wanted, atol=1e-14)


@pytest.mark.parametrize("gates", ["i", "f", "o", "if", "io", "fo", "ifo"])
def test_some_peepholes_are_all_with_nothing_in_the_others(gates, rng):
    cell = peepholes(gates)
    p, xs = cell.init(rng, D, H), rng.standard_normal((T, B, D))
    assert p.w_c.shape == (len(gates) * H,)
    blocks = dict(zip(gates, np.split(p.w_c, len(gates)), strict=True))
    full = p._replace(w_c=np.concatenate([blocks.get(gate, np.zeros(H)) for gate in "ifo"]))
    hs, tape = unroll.record(cell, p, xs)
    wanted, full_tape = unroll.record(peephole, full, xs)
    np.testing.assert_array_equal(hs, wanted)
    dhs = rng.standard_normal(hs.shape)
    _, dp, _ = unroll.backward(cell, p, tape, dhs)
    _, dfull, _ = unroll.backward(peephole, full, full_tape, dhs)
    kept = np.concatenate([np.split(dfull.w_c, 3)["ifo".index(gate)] for gate in gates])
    np.testing.assert_array_equal(dp.w_c, kept)
    np.testing.assert_array_equal(dp.W_h, dfull.W_h)


def test_the_output_gate_sees_the_new_cell_and_the_others_the_old(rng):
    p = peephole.Params(np.zeros((1, 4)), np.zeros((1, 4)), np.array([50.0, 50, 0.5, 0]), np.array([0.0, 0, 7]))
    (_, c), gates = peephole.step(p, p.b[None], (np.zeros((1, 1)), np.array([[3.0]])))
    assert c.item() == pytest.approx(3 + tanh(0.5))
    assert gates.o.item() == pytest.approx(sigma(7 * c.item()))
    blind = p._replace(w_c=np.array([0.0, -100, 0]))
    assert peephole.step(blind, p.b[None], (np.zeros((1, 1)), np.array([[3.0]])))[1].f.item() == pytest.approx(0)


def test_depth_gates_that_are_shut_leave_a_stack(rng):
    cell = depth_gated(3)
    p, xs = cell.init(rng, D, H, depth_bias=-800.0), rng.standard_normal((T, B, D))
    hs = xs
    for k in range(3):
        W, b = (p.W_x, p.b_x) if k == 0 else (p.W_up[k - 1][:, : 4 * H], p.b_up[k - 1][: 4 * H])
        hs, _ = unroll.run(peephole, peephole.Params(W, p.W_h[k], b, p.w_c[k]), hs)
    np.testing.assert_allclose(unroll.run(cell, p, xs)[0], hs, atol=1e-13)


def test_depth_gates_follow_the_equations_of_the_paper(rng):
    cell = depth_gated(2)
    p, x = cell.init(rng, D, H), rng.standard_normal(D)
    h_low, h_high, c_low, c_high = rng.standard_normal((4, H))
    (h, h_below, c), gates = cell.step(p, cell.inputs(p, x[None]), (h_high[None], h_low[None], np.r_[c_low, c_high][None]))
    low = peephole.Params(p.W_x, p.W_h[0], p.b_x, p.w_c[0])
    (h_low, low_new), _ = peephole.step(low, (x @ p.W_x + p.b_x)[None], (h_low[None], c_low[None]))
    np.testing.assert_allclose(h_below, h_low, atol=1e-14)
    up, b = np.split(p.W_up[0], 5, axis=1), np.split(p.b_up[0], 5)
    at = range(H)
    net = lambda k, j: of(up[j], h_low[0])[k] + of(p.W_h[1][:, j * H : (j + 1) * H], h_high)[k] + b[j][k]
    i = [sigma(net(k, 0) + p.w_c[1][k] * c_high[k]) for k in at]
    f = [sigma(net(k, 1) + p.w_c[1][H + k] * c_high[k]) for k in at]
    d = [sigma(of(up[4], h_low[0])[k] + b[4][k] + p.w_d[0][k] * c_high[k] + p.w_d[0][H + k] * low_new[0, k]) for k in at]
    new = [d[k] * low_new[0, k] + f[k] * c_high[k] + i[k] * tanh(net(k, 2)) for k in at]
    np.testing.assert_allclose(c[0], [*low_new[0], *new], atol=1e-13)
    np.testing.assert_allclose(gates.d[0], d, atol=1e-13)
    o = [sigma(net(k, 3) + p.w_c[1][2 * H + k] * new[k]) for k in at]
    np.testing.assert_allclose(h[0], [o[k] * tanh(new[k]) for k in at], atol=1e-13)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 20), st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
def test_a_clockwork_follows_the_equations_of_the_paper(H, periods):
    """Columns as in the paper: h_new = tanh(W_in x + W_hid h_prev + b), rows of whole modules taken over at their ticks."""
    periods, rng = tuple(sorted(periods)), np.random.default_rng(0)
    cell = clockwork(periods)
    p, xs = cell.init(rng, D, H), rng.standard_normal((T, D))
    shares = np.array_split(np.arange(H), len(periods))
    sizes = sorted((len(share) for share in shares), reverse=True)
    period = np.repeat(periods, np.diff([0, *(-(-H * (k + 1) // len(periods)) for k in range(len(periods)))]))
    assert sorted(np.unique(period, return_counts=True)[1].tolist(), reverse=True) == [n for n in sizes if n]
    reads = period[:, None] <= period[None, :]  # row: who reads, column: who is read
    h = np.zeros(H)
    hs, state = unroll.run(cell, p, xs[:, None])
    for t in range(T):
        new = np.tanh(p.W_x.T @ xs[t] + (p.W_h.T * reads) @ h + p.b)
        h = np.where(t % period == 0, new, h)
        np.testing.assert_allclose(hs[t, 0], h, atol=1e-13)
    assert state.t == T
    assert np.count_nonzero(p.W_h) == reads.sum()


def test_fast_modules_read_slow_ones_and_never_the_other_way_round(rng):
    cell = clockwork((1, 2, 4, 8))
    p = cell.init(rng, D, 8)
    p = p._replace(W_h=rng.standard_normal((8, 8)))  # whatever stands above the diagonal
    h, a = rng.standard_normal((1, 8)), np.zeros((1, 8))
    fast, slow = h.copy(), h.copy()
    fast[0, :2] += 1
    slow[0, 6:] += 1
    (before, _), (nudged, _), (pushed, _) = (cell.step(p, a, (x, 0))[0] for x in (h, fast, slow))
    np.testing.assert_array_equal((nudged != before)[0], [True] * 2 + [False] * 6)
    assert (pushed != before).all()


@pytest.mark.parametrize(("H", "g"), [(64, 8), (32, 4), (48, 6)])
def test_a_clockwork_has_the_papers_number_of_recurrent_weights(H, g, rng):
    p = clockwork(tuple(2**k for k in range(g))).init(rng, 1, H)
    assert np.count_nonzero(p.W_h) == H**2 / 2 * (1 + 1 / g)


def test_one_module_that_always_ticks_is_the_plain_network(rng):
    p, xs = rnn.init(rng, D, H), rng.standard_normal((T, B, D))
    np.testing.assert_allclose(unroll.run(clockwork((1,)), p, xs)[0], unroll.run(rnn, p, xs)[0], atol=1e-14)


def test_a_coupled_cell_stays_within_its_candidates(rng):
    p = coupled.init(rng, D, H)
    _, state = unroll.run(coupled, coupled.Params(*(20 * x for x in p)), rng.standard_normal((300, B, D)))
    assert abs(state.c).max() <= 1


@pytest.mark.parametrize("cell", [coupled, ODYSSEY["CIFG"]])
def test_a_forget_bias_of_coupled_gates_is_the_input_bias_turned_round(cell, rng):
    np.testing.assert_array_equal(cell.init(rng, D, H, forget_bias=1.5).b[:H], -1.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: peepholes("og"), r"^gates: got 'og', expected some of the letters of 'ifo'"),
        (lambda rng: changed(i="0"), r"^i: got '0', expected '1'"),
        (lambda rng: changed(f="2"), r"^f: got '2', expected '1' or '1 - i'"),
        (lambda rng: changed(i="1", f="1 - i"), r"^change: got i, f, expected one at most"),
        (lambda rng: changed(c="1"), r"^change: got c, expected some of i, f, g, o, h"),
        (lambda rng: ODYSSEY["NFG"].init(rng, D, H, forget_bias=1.0), r"^forget_bias: got 1.0, expected None"),
        (lambda rng: clockwork((2, 1)), r"^periods: got \(2, 1\), expected some, each longer"),
        (lambda rng: clockwork(()), r"^periods: got \(\), expected some"),
        (lambda rng: clockwork((0, 1)), r"^periods: got 0, expected an integer of at least 1"),
        (lambda rng: depth_gated(1), r"^layers: got 1, expected 2 or more"),
        (lambda rng: depth_gated(2).init(rng, D, H, depth_bias="1"), r"^depth_bias: got '1', expected a finite number"),
        (lambda rng: coupled.init(rng, D, H, forget_bias="1"), r"^forget_bias: got '1', expected a finite number"),
    ],
)
def test_bad_input_is_named(call, message, rng):
    with pytest.raises(ValueError, match=message):
        call(rng)
