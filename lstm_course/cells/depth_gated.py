"""A stack of LSTM layers in which the cell is passed on upwards as well, through a gate.

Layer 1 is the `peephole` cell. In every layer above, x is the h of the layer below, and

    d = sigmoid(x W_d + w_cd * c_prev + w_ld * c_below + b_d)
    c = d * c_below + f * c_prev + i * g          c_below at the same step

so that c has a way without a squashing function in both directions: f guards the one through time, d the one through depth.
With d = 0 it is a stack of `peephole` cells.

Source: yao2015.
"""

from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.cells import peephole
from lstm_course.cells.start import sizes, uniform
from lstm_course.ops import affine, concat, sigmoid, split, tanh, zeros


class Params(NamedTuple):
    """Of L layers: W_x (D, 4H), b_x (4H,), blocks i, f, g, o, of the lowest; W_up (L-1, H, 5H), b_up (L-1, 5H), blocks i, f, g,
    o, d, of those above; W_h (L, H, 4H), and w_c (L, 3H), the peepholes of i, f, o, of all; w_d (L-1, 2H), those of d, to
    c_prev and to c_below. N models: one more axis in front."""

    W_x: Any
    b_x: Any
    W_up: Any
    b_up: Any
    W_h: Any
    w_c: Any
    w_d: Any


class State(NamedTuple):
    """h (B, H) of the highest layer; h_below (B, (L-1) H), of the others, and c (B, L H), of all, the lowest first."""

    h: Any
    h_below: Any
    c: Any


class Gates(NamedTuple):
    """Of all layers, the lowest first: i, f, g, o, each (B, L H); d (B, (L-1) H), which the lowest does not have."""

    i: Any
    f: Any
    g: Any
    o: Any
    d: Any


def update(a, w_c, c_prev, c_below):
    """From finished pre-activations of one layer that is not the lowest to its new state: everything but the products.

    Args:
        a: (..., B, 5H), order i, f, g, o, d.
        w_c: (5H,), order i, f, o and, of d, to c_prev and to c_below.
        c_prev, c_below: (..., B, H), the layer's own cell before the step, and the new one of the layer below.
    Returns:
        state: (h, c), each (..., B, H), as `peephole.State`.
        gates: Gates(i, f, g, o, d), each (..., B, H).
    """
    a_i, a_f, a_g, a_o, a_d = split(a, 5)
    w_i, w_f, w_o, w_cd, w_ld = split(w_c[..., None, :], 5)
    i, f, g = sigmoid(a_i + w_i * c_prev), sigmoid(a_f + w_f * c_prev), tanh(a_g)
    d = sigmoid(a_d + w_cd * c_prev + w_ld * c_below)
    c = d * c_below + f * c_prev + i * g
    o = sigmoid(a_o + w_o * c)
    h = o * tanh(c)
    return peephole.State(h, c), Gates(i, f, g, o, d)


@cache
def depth_gated(layers):
    """The cell that is a stack of some layers.

    Args:
        layers: L, 2 or more.
    Returns:
        A cell, without derived backward.
    Raises:
        ValueError: when layers is no whole number of at least 2.
    """
    expect.positive("layers", layers)
    expect.that(layers > 1, "layers", layers, "2 or more")
    L = layers

    def init(rng, D, H, forget_bias=None, depth_bias=None):
        sizes(rng, D, H)
        shapes = ((D, 4 * H), (4 * H,), (L - 1, H, 5 * H), (L - 1, 5 * H), (L, H, 4 * H), (L, 3 * H), (L - 1, 2 * H))
        p = Params(*(uniform(rng, H, *shape) for shape in shapes))
        for name, bias, blocks in (
            ("forget_bias", forget_bias, (p.b_x[H : 2 * H], p.b_up[:, H : 2 * H])),
            ("depth_bias", depth_bias, (p.b_up[:, 4 * H :],)),
        ):
            if bias is not None:
                expect.number(name, bias)
                for block in blocks:
                    block[:] = bias
        return p

    def initial_state(p, batch):
        *lead, _, H, _ = p.W_h.shape
        return State(*(zeros(p.W_h, (*lead, batch, width)) for width in (H, (L - 1) * H, L * H)))

    def step(p, a, state):
        h_prev, h_below_prev, c_prev = state
        each = zip((*split(h_below_prev, L - 1), h_prev), split(c_prev, L), strict=True)
        layers = []
        for k, (h_prev, c_prev) in enumerate(each):
            if k == 0:
                layers.append(peephole.update(a + h_prev @ p.W_h[..., 0, :, :], p.w_c[..., 0, :], c_prev))
                continue
            (h_below, c_below), _ = layers[-1]
            up = affine(h_below, p.W_up[..., k - 1, :, :], p.b_up[..., k - 1, :])
            a, a_d = up[..., : 4 * h_prev.shape[-1]], up[..., 4 * h_prev.shape[-1] :]
            a = concat([a + h_prev @ p.W_h[..., k, :, :], a_d])
            layers.append(update(a, concat([p.w_c[..., k, :], p.w_d[..., k - 1, :]]), c_prev, c_below))
        hs, cs = zip(*(state for state, _ in layers), strict=True)
        i, f, g, o = (concat(of_all) for of_all in zip(*(gates[:4] for _, gates in layers), strict=True))
        return State(hs[-1], concat(hs[:-1]), concat(cs)), Gates(i, f, g, o, concat([gates.d for _, gates in layers[1:]]))

    names = (init, initial_state, step)
    return SimpleNamespace(
        Params=Params, State=State, Gates=Gates, inputs=lambda p, xs: affine(xs, p.W_x, p.b_x),
        **{function.__name__: function for function in names},
    )  # fmt: skip
