"""MUT1, MUT2 and MUT3: three cells that a search through many architectures found.

    all     e = x W_x                                       as wide as h; what the paper calls x
    MUT1    z = sigmoid(e W_z + b_z)
    MUT1    r = sigmoid(e W_r + h_prev U_r + b_r)
    MUT1    n = tanh(tanh(e) + (r * h_prev) U_n + b_n)
    MUT2    z = sigmoid(e W_z + h_prev U_z + b_z)
    MUT2    r = sigmoid(e + h_prev U_r + b_r)
    MUT2    n = tanh(e W_n + (r * h_prev) U_n + b_n)
    MUT3    z = sigmoid(e W_z + tanh(h_prev) U_z + b_z)
    MUT3    r = sigmoid(e W_r + h_prev U_r + b_r)
    MUT3    n = tanh(e W_n + (r * h_prev) U_n + b_n)
    all     h = z * n + (1 - z) * h_prev                    z = 1 writes, against the GRU, whose z = 1 keeps

In places x enters without a matrix of its own, so it must be as wide as h. W_x sees to that; for symbols it is the embedding.
Every cell keeps its matrices side by side: W_e for e, W_h for h_prev, in the order z, r, n, without those it does not have.

Source: jozefowicz2015.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

from lstm_course.cells.gru import State
from lstm_course.cells.gru_2014 import Gates
from lstm_course.cells.start import sizes, uniform
from lstm_course.ops import concat, product, sigmoid, split, tanh, zeros


class Params(NamedTuple):
    """W_x (D, H); W_e (H, kH), of z, r, n those that read e by a matrix; W_h (H, kH), of z, r; W_n (H, H); b (3H,), z, r, n."""

    W_x: Any
    W_e: Any
    W_h: Any
    W_n: Any
    b: Any


def _mut(read_e, read_h, share, memory):
    """A cell from what makes it one.

    Args:
        read_e: of z, r and n those that read e by a matrix.
        read_h: of z and r those that read h_prev.
        share: function of e: what it gives to the one that reads it without a matrix.
        memory: function of h_prev: what z reads.
    """

    def init(rng, D, H):
        sizes(rng, D, H)
        shapes = ((D, H), (H, len(read_e) * H), (H, len(read_h) * H), (H, H), (3 * H,))
        return Params(*(uniform(rng, H, *shape) for shape in shapes))

    def initial_state(p, batch):
        return State(zeros(p.W_n, (*p.W_n.shape[:-2], batch, p.W_n.shape[-1])))

    def inputs(p, xs):
        e = product(xs, p.W_x)
        by_matrix = dict(zip(read_e, split(product(e, p.W_e), len(read_e)), strict=True))
        return concat([by_matrix[name] if name in by_matrix else share(e) for name in "zrn"]) + p.b[..., None, :]

    def step(p, a, state):
        (h_prev,) = state
        x = dict(zip("zrn", split(a, 3), strict=True))
        U = dict(zip(read_h, split(p.W_h, len(read_h)), strict=True))
        z = sigmoid(x["z"] + memory(h_prev) @ U["z"] if "z" in U else x["z"])
        r = sigmoid(x["r"] + h_prev @ U["r"])
        n = tanh(x["n"] + (r * h_prev) @ p.W_n)
        return State(z * n + (1 - z) * h_prev), Gates(r, z, n)

    names = (init, initial_state, inputs, step)
    return SimpleNamespace(Params=Params, State=State, Gates=Gates, **{function.__name__: function for function in names})


def _itself(x):
    return x


mut1 = _mut(read_e="zr", read_h="r", share=tanh, memory=_itself)
mut2 = _mut(read_e="zn", read_h="zr", share=_itself, memory=_itself)
mut3 = _mut(read_e="zrn", read_h="zr", share=_itself, memory=tanh)
