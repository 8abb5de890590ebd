from fractions import Fraction

import numpy as np
import pytest
import torch

from lstm_course.tasks import timing

WAVES = [timing.cosine, timing.triangle, timing.rectangle]
SETTINGS = [(10, (0, 1), 4), (1, (0, 1), 3), (4, (0, 3), 5), (3, range(11), 2), (49, [1, 0], 1)]


def intervals_of(spikes):
    """The lengths of the intervals of one stream, from the places of its spikes."""
    return np.diff(np.flatnonzero(spikes), prepend=-1)


@pytest.mark.parametrize(("F", "delays", "intervals"), SETTINGS)
def test_measuring_shows_spikes_and_asks_for_delays(F, delays, intervals, rng):
    xs, targets, asked, ends = timing.measuring(rng, 500, intervals, F, delays)
    T = intervals * (F + max(delays))
    assert xs.shape == (T, 500, 1)
    assert targets.shape == asked.shape == ends.shape == (T, 500)
    assert xs.dtype == targets.dtype == np.float64
    assert asked.dtype == ends.dtype == bool
    np.testing.assert_array_equal(asked, xs[..., 0] == 1)
    np.testing.assert_array_equal(xs[..., 0], 1.0 * asked)
    np.testing.assert_array_equal(ends, asked)
    for b in range(500):
        lengths = intervals_of(xs[:, b, 0])
        assert len(lengths) == intervals
        np.testing.assert_array_equal(lengths - F, targets[asked[:, b], b])
    np.testing.assert_array_equal(timing.solve_measuring(xs, F)[asked], targets[asked])


@pytest.mark.parametrize(("F", "delays", "intervals"), SETTINGS)
def test_generating_is_measuring_with_inputs_and_targets_exchanged(F, delays, intervals):
    measured = timing.measuring(np.random.default_rng(3), 50, intervals, F, delays)
    xs, targets, asked, ends = timing.generating(np.random.default_rng(3), 50, intervals, F, delays)
    assert xs.dtype == targets.dtype == np.float64
    np.testing.assert_array_equal(xs[..., 0], measured.targets)
    np.testing.assert_array_equal(targets, measured.xs[..., 0])
    np.testing.assert_array_equal(ends, measured.ends)
    np.testing.assert_array_equal(timing.solve_generating(xs, F)[asked], targets[asked])
    for b in range(50):
        lengths = intervals_of(targets[:, b])
        shown = np.repeat(lengths - F, lengths)  # the delay, at every step of its interval
        np.testing.assert_array_equal(xs[: len(shown), b, 0], shown)
        np.testing.assert_array_equal(asked[:, b], np.arange(len(xs)) < len(shown))
        assert not xs[len(shown) :, b].any()
        assert not targets[len(shown) :, b].any()


def test_the_first_steps_of_two_intervals_cannot_be_told_apart_before_the_shorter_one_is_over(rng):
    """When measuring, F steps are needed; so no answer can be had from short waits."""
    xs, targets, at = timing.measuring_one(rng, 100, F=49)
    assert not xs[:48].any()
    assert set(at[targets == 0]) == {48}
    assert set(at[targets == 1]) == {49}


def test_delays_are_uniform_and_independent(rng):
    xs, targets, asked, _ = timing.measuring(rng, 30_000, 2, F=2, delays=(0, 2, 5))
    first, second = targets.T[asked.T].reshape(-1, 2).T
    pairs = np.array([[((first == i) & (second == j)).mean() for j in (0, 2, 5)] for i in (0, 2, 5)])
    np.testing.assert_allclose(pairs, 1 / 9, atol=0.01)
    assert xs.sum() == 60_000


def test_a_single_interval_is_the_stream_of_one():
    xs, targets, at = timing.measuring_one(np.random.default_rng(5), 40, F=6, delays=(0, 1, 4))
    stream = timing.measuring(np.random.default_rng(5), 40, 1, F=6, delays=(0, 1, 4))
    np.testing.assert_array_equal(xs, stream.xs)
    np.testing.assert_array_equal(targets, stream.targets[at, np.arange(40)])
    np.testing.assert_array_equal(at, 6 + targets - 1)
    assert at.dtype == np.int64
    assert set(targets) == {0, 1, 4}


@pytest.mark.parametrize("F", [4, 10, 25])
def test_waves_are_those_of_the_paper(F):
    t = np.arange(3 * F)
    np.testing.assert_allclose(timing.cosine(t, F), np.sin(np.pi * t / F) ** 2, atol=1e-12)
    fold = [min(k % F, F - k % F) for k in range(3 * F)]
    np.testing.assert_allclose(timing.triangle(t, F), np.array(fold) * 2 / F, atol=1e-12)
    np.testing.assert_array_equal(timing.rectangle(t, F), [float(Fraction(k % F) > Fraction(F, 2)) for k in range(3 * F)])


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize(("F", "periods"), [(10, 3), (25, 2), (7, 1)])
def test_periodic(wave, F, periods):
    xs, targets, asked, ends = timing.periodic(wave, periods, F, B=3)
    assert xs.shape == (periods * F, 3, 1)
    assert targets.shape == asked.shape == ends.shape == (periods * F, 3)
    assert xs.dtype == targets.dtype == np.float64
    assert not xs.any()
    assert asked.all()
    assert asked.dtype == ends.dtype == bool
    for b in range(3):
        np.testing.assert_array_equal(targets[:, b], wave(np.arange(periods * F), F))
        np.testing.assert_array_equal(np.flatnonzero(ends[:, b]), np.arange(1, periods + 1) * F - 1)
    assert targets.min() == 0
    assert targets.max() <= 1
    np.testing.assert_allclose(targets[:F], targets[-F:], atol=1e-12)


@pytest.mark.parametrize("delays", [(0, 1), (0, 3, 4), range(11)])
def test_baselines_of_measuring_are_the_best_constants(delays):
    answers = np.linspace(-1, 11, 1201)
    errors = abs(np.array(delays)[:, None] - answers)
    assert (errors**2).mean(0).min() == pytest.approx(timing.baseline(delays), abs=1e-4)
    assert (errors <= timing.TOLERANCE).mean(0).max() == pytest.approx(timing.chance(delays), rel=1e-12)


def test_baselines_of_a_long_stream(rng):
    """What a constant gets wrong, and how far a clock comes that does not look at the delay."""
    F, delays = 5, (0, 2, 3)
    stream = timing.generating(rng, 400, 100, F, delays)
    targets = stream.targets[stream.asked]
    assert targets.var() == pytest.approx(timing.baseline_generating(F, delays), rel=5e-3)
    clock = timing.solve_generating(np.full_like(stream.xs, 2), F)
    lengths = timing.score(clock, stream).intervals
    assert lengths.mean() == pytest.approx(timing.baseline_length(delays), abs=0.15)
    assert (lengths > 0).mean() == pytest.approx(timing.chance(delays), abs=0.08)
    measured = timing.measuring(rng, 4000, 20, F, delays)
    lengths = timing.score(np.full(measured.targets.shape, 2.0), measured).intervals
    assert lengths.mean() == pytest.approx(timing.baseline_length(delays), abs=0.06)


@pytest.mark.parametrize("F", [3, 10, 25])
def test_baseline_of_a_wave_in_fractions(F):
    triangle = [Fraction(2 * min(k, F - k), F) for k in range(F)]
    ones = Fraction((F - 1) // 2, F)
    variance = sum(x**2 for x in triangle) / F - (sum(triangle) / F) ** 2
    assert timing.baseline_periodic(timing.triangle, F) == pytest.approx(float(variance), rel=1e-12)
    assert timing.baseline_periodic(timing.rectangle, F) == pytest.approx(float(ones * (1 - ones)), rel=1e-12)
    assert timing.baseline_periodic(timing.cosine, F) == pytest.approx(1 / 8, rel=1e-12)


def by_hand(outputs, stream, tolerance):
    """One stream, step by step, as the paper says it."""
    answers = intervals = 0
    for y, target, asked, end in zip(outputs, stream.targets, stream.asked, stream.ends, strict=True):
        if asked and not abs(y - target) <= tolerance:
            break
        answers += int(asked)
        intervals += int(end)
    return answers, intervals


def one(stream, b):
    return timing.Stream(*(x[:, b] for x in stream))


@pytest.mark.parametrize("tolerance", [0.3, 0.49])
def test_score_against_the_words_of_the_paper(tolerance, rng):
    for stream in (
        timing.measuring(rng, 30, 6, F=3),
        timing.generating(rng, 30, 6, F=3),
        timing.periodic(timing.triangle, 4, F=5, B=30),
    ):
        outputs = stream.targets + np.where(rng.random(stream.targets.shape) < 0.1, 0.6, 0.29) * rng.choice([-1, 1], (1, 30))
        came = timing.score(outputs, stream, tolerance)
        want = [by_hand(outputs[:, b], one(stream, b), tolerance) for b in range(30)]
        np.testing.assert_array_equal(np.stack(came, 1), want)
        assert len({tuple(w) for w in want}) > 3
        as_tensors = timing.Stream(*map(torch.from_numpy, stream))
        torch_came = timing.score(torch.from_numpy(outputs), as_tensors, tolerance)
        np.testing.assert_array_equal(np.stack(torch_came, 1), want)


def test_score_of_the_solvers_is_full_and_that_of_N_models_has_N(rng):
    streams = [timing.generating(rng, 2, 5, F=4) for _ in range(3)]
    stream = timing.Stream(*(np.stack(x, 1) for x in zip(*streams, strict=True)))
    outputs = np.stack([timing.solve_generating(s.xs, 4) for s in streams], 1)
    outputs[0, 1] = np.nan
    came = timing.score(outputs, stream)
    np.testing.assert_array_equal(came.intervals, [[5, 5], [0, 0], [5, 5]])
    np.testing.assert_array_equal(came.answers[[0, 2]], stream.asked.sum(0)[[0, 2]])
    assert not came.answers[1].any()


def test_an_error_of_exactly_the_tolerance_is_none():
    stream = timing.periodic(timing.rectangle, 1, F=2)
    assert timing.score(stream.targets + 0.25, stream, 0.25).answers == 2
    assert timing.score(stream.targets + 0.25, stream, 0.2499).answers == 0


def draw(**changes):
    return timing.measuring(**{"rng": np.random.default_rng(0), "B": 2, "intervals": 3, **changes})


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: draw(rng=0), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: draw(B=0), r"^B: got 0, expected an integer"),
        (lambda: draw(intervals=0), r"^intervals: got 0, expected an integer"),
        (lambda: draw(F=2.5), r"^F: got 2.5, expected an integer"),
        (lambda: draw(delays=(0,)), r"^delays: got \(0,\), expected at least two different integers from 0 up"),
        (lambda: draw(delays=(1, 1)), r"^delays: got \(1, 1\)"),
        (lambda: draw(delays=(-1, 1)), r"^delays: got \(-1, 1\)"),
        (lambda: draw(delays=(0, 0.5)), r"^delays: got \(0, 0.5\)"),
        (lambda: draw(delays=[[0, 1]]), r"^delays: got \[\[0, 1\]\]"),
        (lambda: draw(delays=3), r"^delays: got 3"),
        (lambda: timing.measuring_one(None, 2), r"^rng: got None"),
        (lambda: timing.generating(None, 2, 3), r"^rng: got None"),
        (lambda: timing.periodic("cosine", 2), r"^wave: got 'cosine', expected a function of t and F"),
        (lambda: timing.periodic(timing.cosine, 0), r"^periods: got 0, expected an integer"),
        (lambda: timing.periodic(timing.cosine, 2, F=0), r"^F: got 0, expected an integer"),
        (lambda: timing.periodic(timing.cosine, 2, B=0), r"^B: got 0, expected an integer"),
        (lambda: timing.chance((0,)), r"^delays: got \(0,\)"),
        (lambda: timing.baseline(()), r"^delays: got \(\)"),
        (lambda: timing.baseline_length((0,)), r"^delays: got \(0,\)"),
        (lambda: timing.baseline_generating(0), r"^F: got 0"),
        (lambda: timing.baseline_generating(5, (0,)), r"^delays: got \(0,\)"),
        (lambda: timing.baseline_periodic(None), r"^wave: got None"),
        (lambda: timing.baseline_periodic(timing.cosine, 0), r"^F: got 0"),
        (lambda: timing.score(np.zeros((33, 2)), draw(), "0.49"), r"^tolerance: got '0.49', expected a finite number"),
        (
            lambda: timing.score(np.zeros((33, 2, 1)), draw()),
            r"^outputs: got shape \(33, 2, 1\), expected \(33, 2\), as targets",
        ),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
