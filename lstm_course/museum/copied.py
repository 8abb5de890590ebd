"""A line copied and only half changed: the gradients of two biases are that of a third."""

from types import SimpleNamespace

import numpy as np

from lstm_course import gradcheck
from lstm_course.cells import lstm
from lstm_course.museum.exhibit import Exhibit


def broken(xs, hs_prev, das):
    """xs (T, B, D), hs_prev (T, B, H), das (T, B, 4H), in the order i, f, g, o, to dW_x, dW_h, db."""
    dW_x = np.einsum("tbd,tba->da", xs, das)
    dW_h = np.einsum("tbh,tba->ha", hs_prev, das)
    parts = np.split(das, 4, axis=-1)
    db_i = parts[1].sum((0, 1))
    db_f = parts[1].sum((0, 1))
    db_g = parts[2].sum((0, 1))
    db_o = parts[1].sum((0, 1))
    return dW_x, dW_h, np.concatenate([db_i, db_f, db_g, db_o])


def mended(xs, hs_prev, das):
    """xs (T, B, D), hs_prev (T, B, H), das (T, B, 4H), in the order i, f, g, o, to dW_x, dW_h, db."""
    dW_x = np.einsum("tbd,tba->da", xs, das)
    dW_h = np.einsum("tbh,tba->ha", hs_prev, das)
    parts = np.split(das, 4, axis=-1)
    db_i = parts[0].sum((0, 1))
    db_f = parts[1].sum((0, 1))
    db_g = parts[2].sum((0, 1))
    db_o = parts[3].sum((0, 1))
    return dW_x, dW_h, np.concatenate([db_i, db_f, db_g, db_o])


def draw(rng, T=4, B=3, D=2, H=5):
    """xs (T, B, D), hs_prev (T, B, H), das (T, B, 4H)."""
    return tuple(rng.standard_normal(shape) for shape in ((T, B, D), (T, B, H), (T, B, 4 * H)))


def cell(program):
    """The course's LSTM, its parameter gradients from a program."""
    grads = lambda p, xs, states_prev, gates, da: lstm.Params(*program(xs, states_prev.h, da))
    return SimpleNamespace(**{**vars(lstm), "param_grads": grads})


def truth(xs, hs_prev, das):
    """By autograd: with das held fast, these are the gradients of a sum of products."""
    import torch

    xs, hs_prev, das = map(torch.from_numpy, (xs, hs_prev, das))
    p = [torch.zeros(n, das.shape[-1], dtype=das.dtype, requires_grad=True) for n in (xs.shape[-1], hs_prev.shape[-1], 1)]
    ((xs @ p[0] + hs_prev @ p[1] + p[2][0]) * das).sum().backward()
    return p[0].grad.numpy(), p[1].grad.numpy(), p[2].grad[0].numpy()


EXHIBIT = Exhibit(
    title="The copied line",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=((0, 0), (1, 1), (2, 0), (2, 1), (2, 2)),
    batch={0: 1, 1: 1, 2: 1},
    examples=(None, None, None),
    differ=lambda value: np.split(value[2], 4),
    claims=lambda program, rng: gradcheck.cell(cell(program), rng=rng),
    truth=truth,
)
