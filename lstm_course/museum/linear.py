"""A recurrent network without its bend: whatever it has read, its state is one matrix product away from it."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(xs, W_x, W_h, b):
    """xs (T, B, D) to hs (T, B, H)."""
    h = np.zeros((xs.shape[1], len(b)))
    hs = []
    for x in xs:
        h = x @ W_x + h @ W_h + b
        hs.append(h)
    return np.stack(hs)


def mended(xs, W_x, W_h, b):
    """xs (T, B, D) to hs (T, B, H)."""
    h = np.zeros((xs.shape[1], len(b)))
    hs = []
    for x in xs:
        h = np.tanh(x @ W_x + h @ W_h + b)
        hs.append(h)
    return np.stack(hs)


def draw(rng, T=4, B=3, D=2, H=5):
    """xs (T, B, D), W_x (D, H), W_h (H, H), b (H,)."""
    return tuple(rng.standard_normal(shape) for shape in ((T, B, D), (D, H), (H, H), (H,)))


def truth(xs, W_x, W_h, b):
    """By torch's cell."""
    import torch

    xs, W_x, W_h, b = map(torch.from_numpy, (xs, W_x, W_h, b))
    h, hs = xs.new_zeros(xs.shape[1], len(b)), []
    for x in xs:
        h = torch.rnn_tanh_cell(x, h, W_x.T, W_h.T, b)
        hs.append(h)
    return torch.stack(hs).numpy()


EXHIBIT = Exhibit(
    title="The network that cannot bend",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=((0, 0), (1, 0), (2, 0), (3, 0)),
    batch={0: 1},
    examples=(1,),
    superpose=0,
    truth=truth,
)
