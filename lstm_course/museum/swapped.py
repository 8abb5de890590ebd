"""Reset and update gate in each other's place: the same formulas, the same shapes, another reading of the same weights."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(x, h_prev, W_x, W_h, b, b_n):
    """x (B, D), h_prev (B, H), W_x (D, 3H), W_h (H, 3H), b (3H,), in the order r, z, n, and b_n (H,) to h (B, H)."""
    H = h_prev.shape[1]
    a, m = x @ W_x + b, h_prev @ W_h
    z = 1 / (1 + np.exp(-a[:, :H] - m[:, :H]))
    r = 1 / (1 + np.exp(-a[:, H : 2 * H] - m[:, H : 2 * H]))
    n = np.tanh(a[:, 2 * H :] + r * (m[:, 2 * H :] + b_n))
    return (1 - z) * n + z * h_prev


def mended(x, h_prev, W_x, W_h, b, b_n):
    """x (B, D), h_prev (B, H), W_x (D, 3H), W_h (H, 3H), b (3H,), in the order r, z, n, and b_n (H,) to h (B, H)."""
    H = h_prev.shape[1]
    a, m = x @ W_x + b, h_prev @ W_h
    r = 1 / (1 + np.exp(-a[:, :H] - m[:, :H]))
    z = 1 / (1 + np.exp(-a[:, H : 2 * H] - m[:, H : 2 * H]))
    n = np.tanh(a[:, 2 * H :] + r * (m[:, 2 * H :] + b_n))
    return (1 - z) * n + z * h_prev


def draw(rng, B=3, D=2, H=5):
    """x (B, D), h_prev (B, H), W_x (D, 3H), W_h (H, 3H), b (3H,), b_n (H,)."""
    return tuple(rng.standard_normal(shape) for shape in ((B, D), (B, H), (D, 3 * H), (H, 3 * H), (3 * H,), (H,)))


def truth(x, h_prev, W_x, W_h, b, b_n):
    """By torch's cell."""
    import torch

    x, h_prev, W_x, W_h, b, b_n = map(torch.from_numpy, (x, h_prev, W_x, W_h, b, b_n))
    inner = torch.cat([b.new_zeros(2 * len(b_n)), b_n])
    return torch.gru_cell(x, h_prev, W_x.T, W_h.T, b, inner).numpy()


def kept(program):
    """With the update gate wide open, the state must stay; here and what must be."""
    x, h_prev, W_x, W_h, b, b_n = draw(np.random.default_rng(0))
    b[len(b_n) : 2 * len(b_n)] = 60
    return program(x, h_prev, W_x, W_h, b, b_n), h_prev


EXHIBIT = Exhibit(
    title="The gates that changed places",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=tuple((k, 0) for k in range(6)),
    batch={0: 0, 1: 0},
    examples=(0,),
    superpose=0,
    by_hand=kept,
    truth=truth,
)
