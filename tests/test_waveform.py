import numpy as np
import pytest
import torch

from lstm_course.tasks import waveform


def spectrum(wave):
    """The share of the variance at each whole number of periods, 0 ... T / 2."""
    power = abs(np.fft.rfft(wave - wave.mean(0), axis=0)) ** 2
    return power / power.sum(0)


@pytest.mark.parametrize(("T", "B"), [(320, 40), (64, 3), (101, 4)])
def test_shapes_scale_and_an_input_that_says_nothing(T, B, rng):
    xs, targets, asked = waveform.batch(rng, B, T)
    assert xs.shape == (T, B, 1)
    assert targets.shape == asked.shape == (T, B)
    assert xs.dtype == targets.dtype == np.float64
    assert asked.dtype == bool
    assert not xs.any()
    assert asked.all()
    np.testing.assert_allclose(targets.min(0), -1, atol=1e-15)
    np.testing.assert_allclose(targets.max(0), 1, atol=1e-15)
    assert abs(targets).max() == 1


def test_waveforms_are_different_and_come_from_the_rng_alone(rng):
    targets = waveform.batch(rng, 5).targets
    assert abs(np.corrcoef(targets.T) - np.eye(5)).max() < 0.9
    again = waveform.batch(np.random.default_rng(0), 5).targets
    np.testing.assert_array_equal(targets, again)
    assert not np.array_equal(targets, waveform.batch(rng, 5).targets)


def test_the_recipe_of_the_docstring_term_by_term():
    """The same draws, and the two equations in plain loops."""
    B, T = 3, 80
    rng = np.random.default_rng(7)
    u, phi = rng.random((B, 5)), 2 * np.pi * rng.random((B, 5))
    start, end = 0.2 + 0.8 * rng.random((2, B, 5))
    targets = waveform.batch(np.random.default_rng(7), B, T).targets
    for b in range(B):
        w = np.zeros(T)
        for t in range(T):
            for k in range(5):
                period = T / 2 ** (k + 1) * 2 ** u[b, k]
                fade = (1 - np.cos(np.pi * t / (T - 1))) / 2
                w[t] += (start[b, k] * (1 - fade) + end[b, k] * fade) * np.sin(2 * np.pi * t / period + phi[b, k])
        np.testing.assert_allclose(targets[:, b], 2 * (w - w.min()) / (w.max() - w.min()) - 1, atol=1e-12)


def test_there_is_something_at_every_time_scale(rng):
    """Within each octave of periods; hardly anything is faster than 8 steps, what the two ends make of it apart."""
    share = spectrum(waveform.batch(rng, 200).targets)
    for k in range(5):
        octave = share[2**k : 2 ** (k + 1) + 1].sum(0)
        assert 0.1 < np.median(octave) < 0.35
        assert octave.min() > 0.005
    assert share[40:].sum(0).max() < 0.04


def test_normalised_error_is_one_for_the_mean_and_nought_for_the_wave(rng):
    targets = waveform.batch(rng, 4).targets
    np.testing.assert_allclose(
        waveform.normalised_error(targets.mean(0) + 0 * targets, targets), waveform.baseline(), rtol=1e-12
    )
    np.testing.assert_array_equal(waveform.normalised_error(targets, targets), np.zeros(4))
    outputs = targets + rng.normal(0, 0.3, targets.shape)
    want = [((outputs[:, b] - targets[:, b]) ** 2).mean() / targets[:, b].var() for b in range(4)]
    np.testing.assert_allclose(waveform.normalised_error(outputs, targets), want, rtol=1e-12)
    torch_came = waveform.normalised_error(torch.from_numpy(outputs), torch.from_numpy(targets))
    np.testing.assert_allclose(torch_came, want, rtol=1e-12)
    models = waveform.normalised_error(outputs[:, :, None], targets[:, :, None])
    np.testing.assert_allclose(models[:, 0], want, rtol=1e-12)


def test_no_constant_beats_the_baseline(rng):
    targets = waveform.batch(rng, 3).targets
    errors = [waveform.normalised_error(np.full_like(targets, c), targets) for c in np.linspace(-1, 1, 201)]
    assert np.min(errors) >= waveform.baseline()
    np.testing.assert_allclose(np.min(errors, 0), waveform.baseline(), atol=1e-3)


def test_sinusoids_finds_the_sinusoids_that_were_added(rng):
    """Three frequencies of its grid, far apart, and a constant."""
    t = np.arange(96)
    wave = 0.3 + sum(
        a * np.sin(2 * np.pi * f * t / 96 + phase) for a, f, phase in ((1, 3.125, 0.4), (0.7, 11, 2), (0.5, 30.5, 5))
    )
    errors = [float(waveform.normalised_error(waveform.sinusoids(wave, k), wave)) for k in (1, 2, 3)]
    assert errors[0] > errors[1] > 0.05
    assert errors[2] < 1e-20


def test_one_sinusoid_is_the_one_that_fits_best(rng):
    """An independent search by torch's least squares, also for curves of less than one period, where sine and cosine mix."""
    T = 64
    turns = 2 * np.pi * np.arange(1, 4 * T)[:, None] * np.arange(T) / (8 * T)
    design = torch.from_numpy(np.stack([np.ones_like(turns), np.cos(turns), np.sin(turns)], -1))
    curves = [*waveform.batch(rng, 3, T).targets.T, np.linspace(0, 1, T) ** 2, np.linspace(-1, 1, T) ** 3]

    def fits(columns, y):
        right = torch.from_numpy(y)[:, None].expand(len(turns), T, 1)
        return (columns @ torch.linalg.lstsq(columns, right).solution)[..., 0].numpy()

    for wave in curves:
        rest = wave - wave.mean()
        best = ((fits(design[..., 1:], rest) - rest) ** 2).sum(-1).argmin()
        np.testing.assert_allclose(waveform.sinusoids(wave, 1), fits(design, wave)[best], atol=1e-8)


def test_more_sinusoids_never_do_worse_and_fifteen_are_nearly_enough(rng):
    """A partial whose loudness follows half a cosine is three sinusoids, so fifteen and a constant are a whole waveform."""
    for wave in waveform.batch(rng, 3).targets.T:
        errors = [float(waveform.normalised_error(waveform.sinusoids(wave, k), wave)) for k in (1, 2, 3, 5, 15)]
        assert errors == sorted(errors, reverse=True)
        assert errors[0] > 0.25
        assert 0.005 < errors[3] < 0.2
        assert errors[4] < 0.005


@pytest.mark.parametrize("k", [2, 3])
def test_as_many_numbers_as_samples_fit_anything(k, rng):
    wave = rng.normal(size=2 * k + 1)
    np.testing.assert_allclose(waveform.sinusoids(wave, k), wave, atol=1e-6)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: waveform.batch(0, 2), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: waveform.batch(np.random.default_rng(0), 0), r"^B: got 0, expected an integer"),
        (lambda: waveform.batch(np.random.default_rng(0), 2, 320.0), r"^T: got 320.0, expected an integer"),
        (lambda: waveform.batch(np.random.default_rng(0), 2, 63), r"^T: got 63, expected a length of at least 64"),
        (
            lambda: waveform.normalised_error(np.zeros((7, 3, 1)), np.zeros((7, 3))),
            r"^outputs: got shape \(7, 3, 1\), .* \(7, 3\)",
        ),
        (lambda: waveform.sinusoids(np.zeros((7, 1)), 2), r"^wave: got shape \(7, 1\), expected \(T\)"),
        (lambda: waveform.sinusoids(np.zeros(7), 0), r"^k: got 0, expected an integer"),
        (lambda: waveform.sinusoids(np.zeros(7), 4), r"^k: got 4, expected at most 3"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
