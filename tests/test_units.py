"""Finding what single units hold: against brute force, on planted units, and on labels that mean nothing."""

import numpy as np
import pytest
from scipy.stats import pointbiserialr

from lstm_course import units, unroll
from lstm_course.cells import CELLS, lstm, lstm_1997, rnn
from lstm_course.layers import stack_init

T, B, H = 12, 40, 6


@pytest.fixture
def planted(rng):
    """Values of which unit 4 holds the label upside down, with some noise; and the labels."""
    labels = rng.random((T, B)) < 0.3
    values = rng.standard_normal((T, B, H))
    values[..., 4] = -2.0 * labels + 0.5 * rng.standard_normal((T, B))
    return values, labels


def best_cut(x, y):
    """By trying every cut in both directions."""
    cuts = (np.unique(x)[1:] + np.unique(x)[:-1]) / 2
    scores = [((y & (x > cut)).sum() / y.sum() + (~y & (x <= cut)).sum() / (~y).sum()) / 2 for cut in cuts]
    return max(max(scores), 1 - min(scores))


def test_thresholds_against_brute_force(rng):
    values = rng.integers(0, 5, (60, 7)).astype(float)  # many ties
    labels = rng.random(60) < 0.4
    found = units.thresholds(values, labels)
    for h in range(7):
        assert found.accuracy[h] == pytest.approx(best_cut(values[:, h], labels))
        said = (values[:, h] > found.at[h]) == found.above[h]
        assert units.balanced_accuracy(said, labels) == pytest.approx(found.accuracy[h])
        assert found.r[h] == pytest.approx(pointbiserialr(labels, values[:, h]).statistic)


def test_a_unit_that_never_moves_tells_nothing():
    found = units.thresholds(np.ones((10, 1)), np.arange(10) < 5)
    assert (found.accuracy[0], found.r[0]) == (0.5, 0.0)


def test_a_planted_unit_is_found_and_scored_where_it_was_not_chosen(planted):
    values, labels = planted
    unit = units.find(values, labels)
    assert unit.index == 4
    assert not unit.above
    assert unit.r < -0.7
    assert unit.chosen == pytest.approx(best_cut(values[:, ::2, 4].ravel(), labels[:, ::2].ravel()))
    held = (values[:, 1::2, 4] <= unit.at).ravel()
    assert unit.held_out == pytest.approx(units.balanced_accuracy(held, labels[:, 1::2].ravel()))
    assert unit.held_out > 0.93
    assert unit.each.argmax() == unit.ranked[0] == 4
    cuts = [best_cut(values[:, ::2, h].ravel(), labels[:, ::2].ravel()) for h in range(H)]
    assert (np.diff(np.array(cuts)[unit.ranked]) <= 0).all()
    assert np.delete(unit.each, 4).max() < 0.65


def test_only_places_that_count_are_looked_at(planted, rng):
    values, labels = planted
    among = rng.random((T, B)) < 0.5
    other = values.copy()
    other[~among] = 99.0
    one, same = units.find(values, labels, among), units.find(other, labels, among)
    assert one[:-2] == same[:-2]
    assert units.linear(values, labels, among) == units.linear(other, labels, among)


def test_choosing_and_scoring_on_the_same_data_flatters(rng):
    """With many units and few sequences the best one looks good on labels that mean nothing; held out it does not."""
    gaps = []
    for _ in range(20):
        values = np.repeat(rng.standard_normal((1, 20, 200)), 5, 0)  # constant within a sequence
        labels = np.repeat(rng.random((1, 20)) < 0.5, 5, 0)
        if 0.2 < labels[:, ::2].mean() < 0.8 and 0.2 < labels[:, 1::2].mean() < 0.8:
            unit = units.find(values, labels)
            gaps.append((unit.chosen, unit.held_out))
    chosen, held_out = np.mean(gaps, 0)
    assert chosen > 0.9
    assert abs(held_out - 0.5) < 0.1


def test_permuted_labels_show_what_chance_would_find(planted):
    values, labels = planted
    chance = units.permuted(values, labels, rng=np.random.default_rng(0), draws=50)
    assert chance.shape == (50, 2)
    assert chance[:, 0].max() < units.find(values, labels).chosen - 0.2
    assert abs(chance[:, 1].mean() - 0.5) < 0.05


def test_all_units_together_find_what_is_spread_over_them(rng):
    labels = rng.random((T, B)) < 0.2
    values = rng.standard_normal((T, B, H)) + 0.7 * np.where(labels, 1, -1)[..., None]
    values = values * 10 ** rng.uniform(-2, 2, H)
    assert units.linear(values, labels) > units.find(values, labels).held_out + 0.03
    noise = rng.standard_normal((T, B, H))
    assert abs(units.linear(noise, labels) - 0.5) < 0.1


def test_what_the_symbol_alone_tells(rng):
    symbols = rng.integers(0, 4, (T, B))
    labels = (symbols == 2) ^ (rng.random((T, B)) < 0.1)
    told = np.isin(symbols[:, 1::2], [2]).ravel()
    assert units.by_symbol(symbols, labels) == pytest.approx(units.balanced_accuracy(told, labels[:, 1::2].ravel()))
    assert abs(units.by_symbol(symbols, rng.random((T, B)) < 0.3) - 0.5) < 0.1


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_a_run_that_is_not_changed_is_the_run(name, rng):
    cell = CELLS[name]
    p, xs = cell.init(rng, 3, 5), rng.standard_normal((T, B, 3))
    np.testing.assert_array_equal(units.rewrite(cell, p, xs, lambda t, state, gates: state), unroll.run(cell, p, xs)[0])


def test_a_run_that_is_changed_by_hand(rng):
    p, xs = lstm.init(rng, 3, 5), rng.standard_normal((4, 2, 3))
    value = rng.standard_normal((4, 2, 2))
    value[1, 0, 1] = np.nan
    state, wanted = lstm.initial_state(p, 2), []
    for t in range(4):
        state, gates = lstm.step(p, lstm.inputs(p, xs)[t], state)
        c = state.c.copy()
        for b in range(2):
            for k, unit in enumerate((3, 0)):
                if (t, b, k) != (1, 0, 1):
                    c[b, unit] = value[t, b, k]
        state = lstm.State(gates.o * np.tanh(c), c)
        wanted.append(state.h)
    np.testing.assert_array_equal(units.rewrite(lstm, p, xs, units.hold("c", [3, 0], value)), wanted)


def test_ablation_leaves_the_old_state_alone_and_shows_at_once(rng):
    gates, c = lstm.Gates(*rng.random((4, 3, 5))), rng.standard_normal((3, 5))
    state = lstm.State(gates.o * np.tanh(c), c)
    before = state.c.copy()
    after = units.hold("c", [2], 0.0)(0, state, gates)
    np.testing.assert_array_equal(state.c, before)
    np.testing.assert_array_equal(after.c[:, 2], 0)
    np.testing.assert_array_equal(after.h[:, 2], 0)
    np.testing.assert_array_equal(np.delete(after.c, 2, 1), np.delete(before, 2, 1))
    np.testing.assert_allclose(after.h, gates.o * np.tanh(after.c))


def test_a_cell_that_shows_its_c_in_another_way_is_refused(rng):
    p, xs = lstm_1997.init(rng, 3, 5), rng.standard_normal((T, B, 3))
    with pytest.raises(ValueError, match=r"^part: got 'c' of another cell, expected one whose h is o tanh\(c\)"):
        units.rewrite(lstm_1997, p, xs, units.hold("c", [0], 0.5))


def test_what_is_written_into_h_leaves_the_rest_of_the_state_alone(rng):
    p, xs = rnn.init(rng, 3, 5), rng.standard_normal((T, B, 3))
    hs = units.rewrite(rnn, p, xs, units.hold("h", [1], 0.25))
    np.testing.assert_array_equal(hs[..., 1], 0.25)
    np.testing.assert_allclose(hs[3, :, 2], np.tanh(xs[3] @ p.W_x + hs[2] @ p.W_h + p.b)[:, 2])


def test_the_opposite_is_the_mean_of_the_other_kind(planted, rng):
    values, labels = planted
    among = rng.random((T, B)) < 0.7
    opposite = units.opposite(values, labels, among, [4, 1])
    assert np.isnan(opposite[~among]).all()
    for kind in (True, False):
        here = among & (labels == kind)
        other = among & (labels != kind)
        np.testing.assert_allclose(opposite[here], np.broadcast_to(values[other][:, [4, 1]].mean(0), opposite[here].shape))


def test_a_model_that_holds_a_bit_in_one_unit_follows_when_it_is_flipped(rng):
    """One cell of three keeps the first input's sign for ever and shows it; the others are noise."""
    W_x = np.zeros((2, 12))
    W_x[0, 6], W_x[1, 0] = 5.0, 40.0  # cell 0: its candidate, and its input gate, which opens at the mark
    W_x[0, 7:9] = rng.standard_normal(2)
    b = np.zeros(12)
    b[0], b[3], b[9] = -20.0, 20.0, 20.0
    p = lstm.Params(W_x, np.zeros((3, 12)), b)
    xs = np.concatenate([np.where(rng.random((T, B, 1)) < 0.5, 1.0, -1.0), np.zeros((T, B, 1))], -1)
    xs[0, :, 1] = 1.0
    labels = np.broadcast_to(xs[0, :, 0] > 0, (T, B))
    trace = unroll.trace(lstm, p, xs)
    unit = units.find(trace.states.c, labels)
    assert (unit.index, unit.held_out) == (0, 1.0)
    everywhere = np.ones((T, B), bool)
    change = units.hold("c", [0], units.opposite(trace.states.c, labels, everywhere, [0]))
    hs = units.rewrite(lstm, p, xs, change)
    assert ((hs[..., 0] > 0) == ~labels).all()


def test_values_of_several_models_and_labels_of_one_kind_are_refused(rng):
    p = stack_init(lstm.init, rng, 2, 3, 5)
    values = unroll.trace(lstm, p, rng.standard_normal((T, 2, B, 3))).states.c
    with pytest.raises(ValueError, match=r"^values: got shape \(12, 2, 40, 5\), expected \(T, B, H\)"):
        units.find(values, np.zeros((T, B), bool))
    with pytest.raises(ValueError, match=r"^labels: got shape \(3, 40\), expected \(12, 40\)"):
        units.find(values[:, 0], np.zeros((3, B), bool))
    with pytest.raises(ValueError, match=r"^labels: got 0 of them true, expected some true and some false"):
        units.find(values[:, 0], np.zeros((T, B), bool))
    with pytest.raises(ValueError, match=r"^rng: "):
        units.permuted(values[:, 0], np.zeros((T, B), bool), rng=0)
