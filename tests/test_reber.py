import re
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch

from lstm_course.tasks import reber

# The graph once more, as a regular expression: state by state, the loops written out by hand.
FROM_3 = "(?:XT*VP)*(?:S|XT*VV)"
STRING = re.compile(f"B([TP])B(?:TS*X{FROM_3}|PT*V(?:V|P{FROM_3}))E\\1E")
GRAPH = {0: {"T": 1, "P": 2}, 1: {"S": 1, "X": 3}, 2: {"T": 2, "V": 4}, 3: {"X": 2, "S": 5}, 4: {"P": 3, "V": 5}}


def may_follow(prefix):
    """The set of next symbols, told from the letters alone."""
    if len(prefix) < 3:
        return {1: set("TP"), 2: set("B")}[len(prefix)]
    state = 0
    for k, symbol in enumerate(prefix[3:], 3):
        if state == 5:
            behind = len(prefix) - k
            return [set(prefix[1]), set("E"), set("B")][behind - 1]
        state = GRAPH[state][symbol]
    return set("E") if state == 5 else set(GRAPH[state])


def names(legal):
    return [{s for s, is_legal in zip(reber.SYMBOLS, row, strict=True) if is_legal} for row in legal]


def test_strings_obey_the_grammar_and_the_legal_sets_are_exact(rng):
    drawn = reber.strings(rng, 5000)
    assert all(STRING.fullmatch(s) for s in drawn)
    for s in drawn[:1000]:
        assert names(reber.legal(s)) == [may_follow(s[:k]) for k in range(1, len(s) + 1)]
    assert reber.legal("BT").shape == (2, 7)


def test_branches_are_fair_and_the_shortest_string_has_nine_symbols(rng):
    drawn = reber.strings(rng, 20_000)
    lengths = np.array([len(s) for s in drawn])
    assert lengths.min() == 9
    assert lengths.mean() == pytest.approx(reber.LENGTH, abs=0.12)
    for short in ("BTBTXSETE", "BPBTXSEPE", "BTBPVVETE", "BPBPVVEPE"):  # four fair coins each
        assert drawn.count(short) / 20_000 == pytest.approx(1 / 16, abs=0.008)
    assert np.mean([s[-2] == "T" for s in drawn]) == pytest.approx(reber.chance(), abs=0.015)


def test_the_expected_length_is_twelve_exactly():
    """t = 1 + Q t: the steps from each inner state to the end, by elimination in fractions."""
    rows = [[Fraction(int(k == j)) for j in range(5)] + [Fraction(1)] for k in range(5)]
    for k, node in GRAPH.items():
        for after in node.values():
            if after < 5:
                rows[k][after] -= Fraction(1, 2)
    for k in range(5):
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for j in range(5):
            if j != k:
                rows[j] = [x - rows[j][k] * y for x, y in zip(rows[j], rows[k], strict=True)]
    assert rows[0][-1] + len("B") + len("E") + len("BT") + len("TE") == reber.LENGTH


def test_one_string_is_drawn_like_many():
    assert reber.string(np.random.default_rng(3)) == reber.strings(np.random.default_rng(3), 1)[0]


def test_a_batch_asks_for_every_next_symbol(rng):
    xs, targets, asked = reber.batch(rng, 50)
    assert xs.dtype == np.float64
    assert targets.dtype == np.int64
    assert asked.dtype == bool
    lengths = asked.sum(0)
    assert len(xs) == lengths.max()
    np.testing.assert_array_equal(xs.sum(-1), asked)
    for b, n in enumerate(lengths):
        shown, wanted = ("".join(reber.SYMBOLS[k] for k in row) for row in (xs[:n, b].argmax(-1), targets[:n, b]))
        assert STRING.fullmatch(shown + wanted[-1])
        assert shown[1:] == wanted[:-1]
        assert asked[:n, b].all()
    assert (targets[~asked] == 0).all()


def test_given_strings_are_shown_as_they_are():
    xs, targets, asked = reber.encode(["BTBTXSETE", "BPBTSSXSEPE"])
    assert xs.shape == (10, 2, 7)
    assert asked.sum(0).tolist() == [8, 10]
    assert "".join(reber.SYMBOLS[k] for k in targets[:, 1]) == "PBTSSXSEPE"


def test_the_solver_holds_for_batches_and_streams(rng):
    xs, targets, asked = reber.batch(rng, 40)
    legal = reber.solve(xs)
    assert legal.shape == xs.shape
    np.testing.assert_array_equal(legal.any(-1), asked)
    assert np.take_along_axis(legal, targets[..., None], -1)[asked].all()
    for b in range(40):
        s = "".join(reber.SYMBOLS[k] for k in xs[asked[:, b], b].argmax(-1))
        np.testing.assert_array_equal(legal[asked[:, b], b], reber.legal(s))
    stream = reber.continual(rng, 60, 5)
    np.testing.assert_array_equal(reber.solve(stream.steps.xs), stream.legal)


def test_streams_are_strings_without_gaps(rng):
    (xs, targets, asked), legal, begins = reber.continual(rng, 203, 5)
    assert xs.shape == legal.shape == (203, 5, 7)
    assert targets.shape == asked.shape == begins.shape == (203, 5)
    assert asked.all()
    np.testing.assert_array_equal(xs[1:].argmax(-1), targets[:-1])
    for b in range(5):
        text = "".join(reber.SYMBOLS[k] for k in xs[:, b].argmax(-1))
        starts = np.flatnonzero(begins[:, b])
        assert starts[0] == 0
        whole = [text[i:j] for i, j in pairwise(starts)]
        assert len(whole) > 5
        assert all(STRING.fullmatch(s) for s in whole)
        assert names(legal[: starts[1], b]) == [may_follow(whole[0][:k]) for k in range(1, len(whole[0]) + 1)]


@pytest.mark.parametrize("length", [1, 2, 16, 17, 100])
def test_streams_of_any_length(length, rng):
    stream = reber.continual(rng, length, 3)
    assert stream.steps.xs.shape == (length, 3, 7)
    assert stream.begins[0].all()
    symbols = stream.steps.xs.argmax(-1)
    np.testing.assert_array_equal(stream.begins[1:], (symbols[1:] == 0) & (symbols[:-1] == 6))  # B behind E


def test_no_test_string_is_in_training(rng):
    train, test = reber.data_set(rng)
    assert len(train) == len(test) == 256
    assert not set(train) & set(test)
    assert all(STRING.fullmatch(s) for s in train + test)
    assert [len(part) for part in reber.data_set(rng, train=3, test=7)] == [3, 7]


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_correct_wants_every_legal_symbol_above_every_other(of, rng):
    legal = reber.continual(rng, 40, 3).legal
    outputs = rng.random(legal.shape)
    expected = [[min(y[k]) > max(y[~k]) for y, k in zip(*row, strict=True)] for row in zip(outputs, legal, strict=True)]
    assert 0.02 < np.mean(expected) < 0.5
    np.testing.assert_array_equal(np.asarray(reber.correct(of(outputs), of(legal))), expected)
    assert reber.correct(of(legal * 1.0), of(legal)).all()
    assert not reber.correct(of(np.ones(legal.shape)), of(legal)).any()  # a tie is no prediction
    assert not reber.correct(of(np.full(legal.shape, np.nan)), of(legal)).any()


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_within_is_strict_about_every_output(of):
    targets = np.array([0, 1, 1, 0, 0, 0, 0], bool)
    outputs = np.array([[0.48, 0.52, 1, 0, 0, 0, 0.48], [0.5, 1, 1, 0, 0, 0, 0], [0, 0.5, 1, 0, 0, 0, 0]])
    assert reber.within(of(outputs), of(targets)).tolist() == [True, False, False]
    assert reber.within(of(outputs), of(targets * 1.0), tolerance=0.51).all()
    assert not reber.within(of(outputs[0]), of(targets), tolerance=0.48)


def test_no_output_is_within_reach_of_both_symbols_that_may_be_drawn():
    """Why the targets of `within` cannot be the symbol drawn: between two fair ones no output is right for both draws."""
    y = np.linspace(0, 1, 10_001)
    assert not ((abs(y - 0) < 0.49) & (abs(y - 1) < 0.49)).any()


def forgetful(legal):
    """The legal sets of who has forgotten the outer letter: T wherever T or P alone may come, which is nowhere else so."""
    outputs = legal * 1.0
    alone = legal.sum(-1) == 1
    outputs[alone & legal[..., 2]] = np.eye(7)[1]
    return outputs


def test_the_baselines_are_those_of_forgetting_the_outer_letter_alone(rng):
    xs, _, asked = reber.batch(rng, 10_000)
    legal = reber.solve(xs)
    right = reber.correct(forgetful(legal), legal)
    assert right[asked].mean() == pytest.approx(reber.baseline(), abs=0.002)
    assert (right | ~asked).all(0).mean() == pytest.approx(reber.chance(), abs=0.015)
    wrong = ~right & asked
    assert (np.flatnonzero(wrong.any(0)) == np.flatnonzero(wrong.sum(0) == 1)).all()
    assert (wrong.argmax(0) == asked.sum(0) - 2)[wrong.any(0)].all()
    legal = reber.continual(rng, 2000, 60).legal
    right = reber.correct(forgetful(legal), legal)
    assert right.mean() == pytest.approx(reber.baseline_continual(), abs=0.002)
    assert reber.baseline() == float(Fraction(21, 22))
    assert reber.baseline_continual() == float(Fraction(23, 24))
    legal = reber.continual(rng, 300, 5000).legal
    lengths = reber.correct(forgetful(legal), legal).argmin(0)
    assert lengths.mean() == pytest.approx(reber.baseline_length(), abs=0.75)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: reber.string(0), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: reber.strings(np.random.default_rng(0), 0), r"^n: got 0, expected an integer"),
        (lambda: reber.batch(np.random.default_rng(0), 1.5), r"^B: got 1.5, expected an integer"),
        (lambda: reber.continual(np.random.default_rng(0), 0, 3), r"^length: got 0, expected an integer"),
        (lambda: reber.continual(np.random.default_rng(0), 3, 0), r"^B: got 0, expected an integer"),
        (lambda: reber.data_set(np.random.default_rng(0), test=0), r"^test: got 0, expected an integer"),
        (lambda: reber.data_set(np.random.default_rng(0), train=0), r"^train: got 0, expected an integer"),
        (lambda: reber.encode("BTB"), r"^strings: got 'BTB', expected a list of strings"),
        (lambda: reber.encode([]), r"^strings: got \[\], expected a list of strings"),
        (lambda: reber.encode(["BTA"]), r"^strings: got \['BTA'\], expected a list of strings"),
        (lambda: reber.legal("BXT"), r"^xs: got a symbol that may not come there, expected strings of"),
        (lambda: reber.legal("BTBTXSEPE"), r"^xs: got a symbol that may not come there"),
        (lambda: reber.legal("Reber"), r"^string: got 'Reber', expected symbols of BTPSXVE"),
        (lambda: reber.solve(np.eye(7)[[[0], [1], [1]]]), r"^xs: got a symbol that may not come there"),
        (lambda: reber.solve(np.zeros((3, 7))), r"^xs: got shape \(3, 7\), expected \(T, B, D\) with D = 7"),
        (lambda: reber.within(np.zeros(7), np.zeros(7), "0.49"), r"^tolerance: got '0.49', expected a finite number"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()


def test_endless_streams_go_on_where_they_stopped():
    windows = reber.endless(np.random.default_rng(4), 7, 3)
    parts = [next(windows) for _ in range(20)]
    whole = reber.continual(np.random.default_rng(4), 140, 3)
    np.testing.assert_array_equal(np.concatenate([part.steps.xs for part in parts]), whole.steps.xs)
    np.testing.assert_array_equal(np.concatenate([part.steps.targets for part in parts]), whole.steps.targets)
    np.testing.assert_array_equal(np.concatenate([part.legal for part in parts]), whole.legal)
    np.testing.assert_array_equal(np.concatenate([part.begins for part in parts]), whole.begins)
    np.testing.assert_array_equal(reber.solve(whole.steps.xs), whole.legal)
    with pytest.raises(ValueError, match=r"^length: got 0, expected an integer"):
        reber.endless(np.random.default_rng(4), 0, 3)
