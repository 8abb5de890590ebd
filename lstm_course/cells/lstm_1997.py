"""The LSTM as it was published in 1997: cells that cannot forget, gates that read gates, blocks of cells that share gates.

    a = x W_x + h_prev W_h + u_prev W_u + b     i, g, o: as many i and o as blocks, as many g as cells
    i, o = sigmoid(a_i), sigmoid(a_o)           one pair for each block of S cells
    g = 4 sigmoid(a_g) - 2 = 2 tanh(a_g / 2)    in (-2, 2)
    c = c_prev + i * g                          each gate serves the S cells of its block
    h = o * (2 sigmoid(c) - 1) = o * tanh(c / 2)
    u = (i, o)                                  which all gates and cells read at the next step

`init` makes blocks of one cell, that of `memory_blocks(S)` blocks of S. The gradient here is the full one; the paper's own
stops at h_prev and u_prev: `truncated(cell)` has that gradient, `truncated_gradient` is the paper's way to compute it.

Source: hochreiter1997, appendix A.1. (The caption of its summary table swaps the ranges of g and h.)
"""

from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.cells.start import sizes, uniform, zero_state
from lstm_course.ops import (
    add_product,
    affine,
    concat,
    fold_blocks,
    outer_sum,
    repeat_blocks,
    sigmoid,
    sum_steps,
    tanh,
    transpose,
    zeros,
)  # fmt: skip


class Params(NamedTuple):
    """W_x (D, 2G + H), W_h (H, 2G + H), W_u (2G, 2G + H), b (2G + H,) for G blocks and H cells; columns i, g, o."""

    W_x: Any
    W_h: Any
    W_u: Any
    b: Any


class State(NamedTuple):
    """h, c, each (B, H); u, the gates i and o that the next step reads, (B, 2G)."""

    h: Any
    c: Any
    u: Any


class Gates(NamedTuple):
    """Input gates i (B, G), candidates g (B, H), output gates o (B, G)."""

    i: Any
    g: Any
    o: Any


def init(rng, D, H, input_bias=None, output_bias=None):
    """Parameters of one model whose blocks have one cell each; weights as in the course's other cells.

    Args:
        rng: numpy.random.Generator.
        D, H: input features, cells.
        input_bias, output_bias: b_i and b_o in every block, or one number for each; None leaves them as drawn, around 0.
            (The paper starts its blocks with -1, -2, -3 or the like.)
    Returns:
        Params of float64 arrays.
    Raises:
        ValueError: when rng is no Generator, a size is not a positive integer, or a bias is neither.
    """
    return _init(1, rng, D, H, input_bias, output_bias)


def _init(size, rng, D, H, input_bias, output_bias):
    sizes(rng, D, H)
    expect.that(H % size == 0, "H", H, f"a multiple of {size}, the cells of a block")
    G = H // size
    A = 2 * G + H
    p = Params(*(uniform(rng, H, *shape) for shape in ((D, A), (H, A), (2 * G, A), (A,))))
    for name, bias, block in (("input_bias", input_bias, p.b[:G]), ("output_bias", output_bias, p.b[A - G :])):
        if bias is not None:
            values = expect.array(name, bias, "iuf", f"a number, or {G} of them")
            expect.that(values.shape in ((), (G,)), name, f"shape {values.shape}", f"a number, or {G} of them")
            block[:] = values
    return p


def initial_state(p, batch):
    """State of zeros, in the library and type of p."""
    h = zero_state(p, batch)
    return State(h, zero_state(p, batch), zeros(h, (*h.shape[:-1], p.W_u.shape[-2])))


def inputs(p, xs):
    """The input's share of a, for all steps in one product: x W_x + b, (..., B, D) to (..., B, 2G + H)."""
    return affine(xs, p.W_x, p.b)


def step(p, a, state):
    """One time step.

    Args:
        p: Params.
        a: (..., B, 2G + H), from `inputs`; columns i, g, o.
        state: (h_prev, c_prev, u_prev).
    Returns:
        state: State(h, c, u). gates: Gates(i, g, o).
    """
    h_prev, c_prev, u_prev = state
    a = add_product(add_product(a, h_prev, p.W_h), u_prev, p.W_u)
    i, g, o = _columns(a, p.W_u.shape[-2] // 2)
    i, g, o = sigmoid(i), 2 * tanh(g / 2), sigmoid(o)
    size = _size(g, i)
    c = c_prev + repeat_blocks(i, size) * g
    h = repeat_blocks(o, size) * tanh(c / 2)
    return State(h, c, concat((i, o))), Gates(i, g, o)


def _columns(a, G):
    return a[..., :G], a[..., G : a.shape[-1] - G], a[..., a.shape[-1] - G :]


def _size(cells, gates):
    return cells.shape[-1] // gates.shape[-1]


class Local(NamedTuple):
    """di/da_i, do/da_o (B, G); dc/da_g, dc/di, dh/do, dh/dc (B, H), where dc/di and dh/do are each cell's own."""

    i: Any
    o: Any
    g: Any
    c_i: Any
    h_o: Any
    c: Any


def local(gates, state_prev, state):
    """Every derivative that is not the recursion, elementwise: for one step, or for all T at once.

    Args:
        gates: Gates. state_prev, state: State before and after; each for one step or with a leading T.
    Returns:
        Local, likewise.
    """
    i, g, o = gates
    size, shown = _size(g, i), tanh(state[1] / 2)
    return Local(
        i=i * (1 - i),
        o=o * (1 - o),
        g=repeat_blocks(i, size) * (1 - g * g / 4),
        c_i=g,
        h_o=shown,
        c=repeat_blocks(o, size) * (1 - shown * shown) / 2,
    )


def step_backward(p, local, dstate):
    """One time step, backwards, in full; sums run over the cells of a block.

        dc      = dc + dh * o (1 - tanh(c/2)^2) / 2
        da_i    = (sum dc * g + du_i) * i (1 - i)          da_g = dc * i (1 - g^2 / 4)
        da_o    = (sum dh * tanh(c/2) + du_o) * o (1 - o)
        dh_prev = da W_h^T          dc_prev = dc          du_prev = da W_u^T

    Args:
        p: Params.
        local: Local of this step.
        dstate: (dh, dc, du): what later steps and the loss ask of h, c and u.
    Returns:
        da: (..., B, 2G + H), columns i, g, o. dstate_prev: State.
    """
    dh, dc, du = dstate
    G, size = local.i.shape[-1], _size(local.g, local.i)
    dc = dc + dh * local.c
    di = fold_blocks(dc * local.c_i, size) + du[..., :G]
    do = fold_blocks(dh * local.h_o, size) + du[..., G:]
    da = concat((di * local.i, dc * local.g, do * local.o))
    return da, State(da @ transpose(p.W_h), dc, da @ transpose(p.W_u))


def param_grads(p, xs, states_prev, gates, da):
    """The gradient with respect to the parameters, all T steps in one product each.

    Args:
        xs: (T, ..., B, D). states_prev: State with a leading T. gates: Gates. da: (T, ..., B, 2G + H).
    Returns:
        Params.
    """
    h_prev, _, u_prev = states_prev
    return Params(outer_sum(xs, da), outer_sum(h_prev, da), outer_sum(u_prev, da), sum_steps(da))


_CELL = {
    "Params": Params, "State": State, "Gates": Gates, "Local": Local, "init": init, "initial_state": initial_state,
    "inputs": inputs, "step": step, "local": local, "step_backward": step_backward, "param_grads": param_grads,
}  # fmt: skip


@cache
def memory_blocks(size):
    """The cell with blocks of several cells.

    Args:
        size: cells of a block, which share an input and an output gate.
    Returns:
        A cell, whose `init` takes a number H of cells that is a multiple of `size`.
    Raises:
        ValueError: when size is not a positive integer.

    >>> import numpy as np
    >>> p = memory_blocks(2).init(np.random.default_rng(0), 2, 4)
    >>> p.W_x.shape, p.W_u.shape
    ((2, 8), (4, 8))
    """
    expect.positive("size", size)

    def init_blocks(rng, D, H, input_bias=None, output_bias=None):
        return _init(size, rng, D, H, input_bias, output_bias)

    return SimpleNamespace(**_CELL | {"init": init_blocks})


def truncated(cell):
    """The same cell with the paper's gradient in place of the full one, for `lstm_course.unroll.backward`.

    Args:
        cell: this module, or what `memory_blocks` returned.
    Returns:
        A cell. No error goes back through h_prev and u_prev: in time it travels through c alone.
    """

    def step_backward(p, local, dstate):
        da, (dh, dc, du) = cell.step_backward(p, local, dstate)
        return da, State(zeros(dh, dh.shape), dc, zeros(du, du.shape))

    return SimpleNamespace(**{name: getattr(cell, name) for name in _CELL} | {"step_backward": step_backward})


def truncated_gradient(p, xs, dhs):
    """The paper's gradient in the paper's way: forward in time, with memory and time for a step that do not depend on T.

    Beside the state it carries the derivatives of c with respect to the weights of g and i; the error of a step meets them
    there and then, so that nothing has to be kept for a way back.

        dc/dw_g += g'(a_g) i * source          dc/dw_i += g * sigma'(a_i) * source

    Args:
        p: Params of NumPy arrays.
        xs: (T, B, D).
        dhs: (T, B, H): the immediate derivative of the loss with respect to each h.
    Returns:
        Params: the sum over steps and batch, equal to what `unroll.backward` gives for the `truncated` cell.
    Source: hochreiter1997, appendix A.1.
    """
    state, traces, total = initial_state(p, xs.shape[-2]), 0.0, 0.0
    W = (p.W_x, p.W_h, p.W_u, p.b[None])
    for x, dh in zip(xs, dhs, strict=True):
        before = state
        source = concat((x, state.h, state.u, zeros(x, (len(x), 1)) + 1))[:, :, None]
        state, gates = step(p, inputs(p, x), state)
        d = local(gates, before, state)
        size = _size(d.g, d.i)
        traces = traces + source * concat((repeat_blocks(d.i, size) * d.c_i, d.g))[:, None]
        by_cell = (traces * concat((dh * d.c, dh * d.c))[:, None]).sum(0)
        i, g = by_cell[:, : d.g.shape[-1]], by_cell[:, d.g.shape[-1] :]
        o = (source * (fold_blocks(dh * d.h_o, size) * d.o)[:, None]).sum(0)
        total = total + concat((fold_blocks(i, size), g, o))
    rows = [len(w) for w in W]
    starts = [sum(rows[:k]) for k in range(len(rows))]
    W_x, W_h, W_u, b = (total[start : start + n] for start, n in zip(starts, rows, strict=True))
    return Params(W_x, W_h, W_u, b[0])


def weights(inputs, outputs, blocks, size, biased):
    """How many weights a network of 1997 has: inputs, fully connected memory blocks, outputs that read the cells.

    Args:
        inputs, outputs: numbers of units.
        blocks, size: memory blocks, cells of a block.
        biased: which units have a bias: "gates", "hidden" (gates and cells) or "all" (outputs as well).
    Returns:
        int.
    Raises:
        ValueError: when a number is not a positive integer, or `biased` is none of the three.

    >>> weights(2, 1, blocks=2, size=2, biased="all")
    93
    """
    for name, value in (("inputs", inputs), ("outputs", outputs), ("blocks", blocks), ("size", size)):
        expect.positive(name, value)
    expect.that(biased in ("gates", "hidden", "all"), "biased", repr(biased), "'gates', 'hidden' or 'all'")
    gates, cells = 2 * blocks, blocks * size
    biases = {"gates": gates, "hidden": gates + cells, "all": gates + cells + outputs}[biased]
    return (gates + cells) * (inputs + cells + gates) + outputs * cells + biases
