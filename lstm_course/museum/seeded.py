"""A seed inside the function that draws: every gate of the LSTM starts with the same numbers."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(seed, D, H):
    """Weights of four gates, side by side, (D + H, 4H), uniform below 1/sqrt(H)."""
    bound = 1 / np.sqrt(H)
    gates = [np.random.default_rng(seed).uniform(-bound, bound, (D + H, H)) for _ in range(4)]
    return np.concatenate(gates, axis=1)


def mended(seed, D, H):
    """Weights of four gates, side by side, (D + H, 4H), uniform below 1/sqrt(H)."""
    bound = 1 / np.sqrt(H)
    rng = np.random.default_rng(seed)
    gates = [rng.uniform(-bound, bound, (D + H, H)) for _ in range(4)]
    return np.concatenate(gates, axis=1)


def draw(rng, D=3, H=5):
    """A seed, and the sizes D and H. The seed is small: who takes it for a size must not fill the memory."""
    return int(rng.integers(10, 100)), D, H


EXHIBIT = Exhibit(
    title="Four gates, one draw",
    broken=broken,
    mended=mended,
    draw=draw,
    differ=lambda value: np.split(value, 4, axis=1),
)
