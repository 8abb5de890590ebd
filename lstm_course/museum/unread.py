"""A memory that is written and never read: the output is made of the candidate, where the cell should be."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(x, h_prev, c_prev, W_x, W_h, b):
    """x (B, D), h_prev and c_prev (B, H), W_x (D, 4H), W_h (H, 4H), b (4H,), in the order i, f, g, o, to h and c."""
    H = h_prev.shape[1]
    a = x @ W_x + h_prev @ W_h + b
    i = 1 / (1 + np.exp(-a[:, :H]))
    f = 1 / (1 + np.exp(-a[:, H : 2 * H]))
    g = np.tanh(a[:, 2 * H : 3 * H])
    o = 1 / (1 + np.exp(-a[:, 3 * H :]))
    c = f * c_prev + i * g
    h = o * g
    return h, c


def mended(x, h_prev, c_prev, W_x, W_h, b):
    """x (B, D), h_prev and c_prev (B, H), W_x (D, 4H), W_h (H, 4H), b (4H,), in the order i, f, g, o, to h and c."""
    H = h_prev.shape[1]
    a = x @ W_x + h_prev @ W_h + b
    i = 1 / (1 + np.exp(-a[:, :H]))
    f = 1 / (1 + np.exp(-a[:, H : 2 * H]))
    g = np.tanh(a[:, 2 * H : 3 * H])
    o = 1 / (1 + np.exp(-a[:, 3 * H :]))
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def draw(rng, B=3, D=2, H=5):
    """x (B, D), h_prev (B, H), c_prev (B, H), W_x (D, 4H), W_h (H, 4H), b (4H,)."""
    return tuple(rng.standard_normal(shape) for shape in ((B, D), (B, H), (B, H), (D, 4 * H), (H, 4 * H), (4 * H,)))


def truth(x, h_prev, c_prev, W_x, W_h, b):
    """By torch's cell."""
    import torch

    x, h_prev, c_prev, W_x, W_h, b = map(torch.from_numpy, (x, h_prev, c_prev, W_x, W_h, b))
    return tuple(part.numpy() for part in torch.lstm_cell(x, (h_prev, c_prev), W_x.T, W_h.T, b, torch.zeros_like(b)))


def shown(program):
    """Keep all, write nothing, show all: h must be tanh of the old cell."""
    x, h_prev, c_prev, W_x, W_h, b = draw(np.random.default_rng(0))
    b[:] = np.repeat([-60, 60, 0, 60], h_prev.shape[1])
    return program(x, h_prev, c_prev, W_x, W_h, b)[0], np.tanh(c_prev)


EXHIBIT = Exhibit(
    title="The memory nobody reads",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=(*((k, 0) for k in range(6)), *((k, 1) for k in range(6))),
    batch={0: 0, 1: 0, 2: 0},
    examples=(0, 0),
    superpose=0,
    by_hand=shown,
    truth=truth,
)
