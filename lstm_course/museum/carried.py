"""A memory of somebody else: the state is handed from window to window, and the windows have been shuffled."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(windows, W_x, W_h):
    """windows (N, T, D), each to be read on its own, to the last states (N, H)."""
    h = np.zeros(len(W_h))
    hs = []
    for window in windows:
        for x in window:
            h = np.tanh(x @ W_x + h @ W_h)
        hs.append(h)
    return np.stack(hs)


def mended(windows, W_x, W_h):
    """windows (N, T, D), each to be read on its own, to the last states (N, H)."""
    hs = []
    for window in windows:
        h = np.zeros(len(W_h))
        for x in window:
            h = np.tanh(x @ W_x + h @ W_h)
        hs.append(h)
    return np.stack(hs)


def draw(rng, N=4, T=3, D=2, H=5):
    """windows (N, T, D), W_x (D, H), W_h (H, H)."""
    return tuple(rng.standard_normal(shape) for shape in ((N, T, D), (D, H), (H, H)))


def truth(windows, W_x, W_h):
    """By torch, all windows side by side as one batch."""
    import torch

    windows, W_x, W_h = map(torch.from_numpy, (windows, W_x, W_h))
    h = windows.new_zeros(len(windows), len(W_h))
    for x in windows.unbind(1):
        h = torch.rnn_tanh_cell(x, h, W_x.T, W_h.T)
    return h.numpy()


EXHIBIT = Exhibit(
    title="The memory of somebody else",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=((0, 0), (1, 0), (2, 0)),
    batch={0: 0},
    examples=(0,),
    superpose=0,
    truth=truth,
)
