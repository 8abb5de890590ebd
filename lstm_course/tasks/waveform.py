"""A waveform out of nothing: no input, and one fixed curve of 320 values, fast and slow at once, to be reproduced.

The paper took short pieces of music. Here a piece is made up, as many as are wanted: five partials, one in each octave from
T / 32 to T steps a period, so that there is something to learn at every time scale; equally loud on average, as the octaves of
music roughly are; each swelling or fading smoothly.

    w(t) = sum_k a_k(t) sin(2 pi t / P_k + phi_k)                           k = 1 ... 5, t = 0 ... T - 1
    a_k(t) = (start_k + end_k) / 2 + (start_k - end_k) / 2 cos(pi t / (T - 1))

    P_k                T / 2^k times 2^u, u uniform in [0, 1): with T = 320 between 10 and 320 steps
    phi_k              uniform in [0, 2 pi)
    start_k, end_k     uniform in [0.2, 1): the loudness at the first step and at the last

Then w is shifted and scaled, so that its least value is -1 and its greatest 1.

A network is shown zeros: its biases and its recurrent weights must do everything, from the same first state each time. A column
of ones would be a second bias. As the weights of the input never learn, leave them out where networks are compared by size.

What is judged is the normalised error over all steps: 0 is perfect, and the mean of the waveform gets 1. There is no solver
here, since nothing is shown that an answer could be read from; what a few numbers can do is told by `sinusoids`.

Source: koutnik2014, the generation of sequences.
"""

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Steps

LENGTH = 320
PARTIALS = 5
LEAST = 2 ** (PARTIALS + 1)
"""The shortest piece, whose fastest partial still has two samples a period."""

_FINENESS = 8  # frequencies tried by `sinusoids` for each one that fits into a piece a whole number of times


def batch(rng, B, T=LENGTH):
    """Draw B waveforms.

    Each needs a network of its own, as nothing tells one from the other: B = 1, or N models with B = N and `xs[:, :, None]`,
    `targets[:, :, None]`.

    Args:
        rng: numpy.random.Generator.
        B: waveforms.
        T: samples, at least 64.
    Returns:
        Steps: xs (T, B, 1), zeros; targets (T, B), float64, from -1 to 1; asked everywhere.
    Raises:
        ValueError: when rng is no Generator, B no positive integer, or T no integer of at least 64.

    >>> xs, targets, asked = batch(np.random.default_rng(0), B=2)
    >>> targets.shape, targets.min(0), targets.max(0)
    ((320, 2), array([-1., -1.]), array([1., 1.]))
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    expect.positive("T", T)
    expect.that(T >= LEAST, "T", repr(T), f"a length of at least {LEAST}, for two samples in the fastest period")
    t = np.arange(T)[:, None, None]
    octave = 2.0 ** np.arange(1, PARTIALS + 1)
    period = T / octave * 2 ** rng.random((B, PARTIALS))
    phase = rng.uniform(0, 2 * np.pi, (B, PARTIALS))
    start, end = rng.uniform(0.2, 1, (2, B, PARTIALS))
    loudness = (start + end) / 2 + (start - end) / 2 * np.cos(np.pi * t / (T - 1))
    waves = (loudness * np.sin(2 * np.pi * t / period + phase)).sum(-1)
    low, high = waves.min(0), waves.max(0)
    targets = (2 * waves - low - high) / (high - low)
    return Steps(np.zeros((T, B, 1)), np.clip(targets, -1, 1), np.ones((T, B), bool))  # clip: the last bit


def normalised_error(outputs, targets):
    """The mean squared error over that of the mean: 0 is perfect, 1 is nothing.

        sum_t (outputs - targets)^2 / sum_t (targets - mean of targets)^2

    Args:
        outputs: (T, ...), NumPy or torch.
        targets: (T, ...), of the same library and shape.
    Returns:
        (...).
    Raises:
        ValueError: when the shapes differ.

    >>> normalised_error(np.array([0.5, 0.5, 0.5, 0.5]), np.array([0.0, 1.0, 1.0, 0.0])).item()
    1.0
    """
    expect.that(
        outputs.shape == targets.shape, "outputs", f"shape {tuple(outputs.shape)}", f"{tuple(targets.shape)}, as targets"
    )
    return ((outputs - targets) ** 2).sum(0) / ((targets - targets.mean(0)) ** 2).sum(0)


def baseline():
    """The normalised error of the best constant, the mean of each waveform, exactly: 1.

    >>> baseline()
    1.0
    """
    return 1.0


def sinusoids(wave, k):
    """A constant and k sinusoids, fitted: what k undamped linear oscillators can do when they are started just right.

    One after the other that frequency is taken which fits best what is still left, among the multiples of 1 / (8 T) below 1/2;
    each time all amplitudes and phases are fitted anew, by least squares. So 3 k + 1 numbers describe the curve. Frequencies
    chosen all at once may do a little better.

    Args:
        wave: (T,), float64, one waveform.
        k: how many, at most (T - 1) / 2.
    Returns:
        (T,), float64: the fitted curve.
    Raises:
        ValueError: when wave has another shape, or k is no positive integer of at most (T - 1) / 2.

    >>> wave = batch(np.random.default_rng(0), B=1).targets[:, 0]
    >>> [float(normalised_error(sinusoids(wave, k), wave).round(2)) for k in (1, 3, 5, 10)]
    [0.69, 0.27, 0.06, 0.0]
    """
    expect.shape("wave", wave, T=None)
    expect.positive("k", k)
    T = len(wave)
    expect.that(2 * k < T, "k", repr(k), f"at most {(T - 1) // 2}: more would fit any {T} values")
    angles = 2 * np.pi * np.arange(1, (_FINENESS * T + 1) // 2)[:, None] * np.arange(T) / (_FINENESS * T)
    pairs = np.stack([np.cos(angles), np.sin(angles)], -1)
    axes = np.linalg.qr(pairs)[0]
    basis, fit = np.ones((T, 1)), np.full(T, wave.mean())
    for _ in range(k):
        gain = ((wave - fit) @ axes) ** 2
        basis = np.concatenate([basis, pairs[gain.sum(-1).argmax()]], 1)
        fit = basis @ np.linalg.lstsq(basis, wave, rcond=None)[0]
    return fit
