"""A cell along a sequence: forward, and back through time. The cell knows one step; the loop stands here, once.

Everywhere xs is (T, B, D), or (T, N, B, D) for N models at once; then the parameters have the models axis N in front,
and so do the states: (N, B, H).
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.ops import by_columns, empty_steps, library, product, stack, transpose, unbind


def run(cell, p, xs, state=None):
    """Run a cell over a sequence.

    Args:
        cell: a cell, for instance `lstm_course.cells.lstm`.
        p: its Params, NumPy or torch.
        xs: (T, B, D), or (T, N, B, D).
        state: where to start, each part (B, H) or (N, B, H); zeros if None.
    Returns:
        hs: (T, B, H) or (T, N, B, H): h after every step.
        state: the state after the last step.
    Raises:
        ValueError: when the cell is none, p is not its Params, or shapes or types disagree.
    """
    start = state = check(cell, p, xs, state)
    hs = []
    for a_t in unbind(cell.inputs(p, xs)):
        state, _ = cell.step(p, a_t, state)
        hs.append(state[0])
    return stack(hs), remake(start, state)


class Trace(NamedTuple):
    """states, gates: the cell's State and Gates with a leading T, step t's values at index t."""

    states: Any
    gates: Any


def trace(cell, p, xs, state=None):
    """Run a cell and keep everything it computes, by name, for looking inside.

    Args and errors as in `run`.

    Returns:
        Trace: `trace.states.h`, `trace.gates.f`, ..., each (T, B, H) or (T, N, B, H); what has another shape than h, a clock's
        counter for instance, has a leading T as well.
    """
    _, states, gates = walk(cell, p, xs, check(cell, p, xs, state))
    return Trace(_slice(states, 1, None), gates)


class Tape(NamedTuple):
    """What the way back needs: xs (T, ..., B, D); states with a leading T + 1, the start first; gates with a leading T."""

    xs: Any
    states: Any
    gates: Any


def record(cell, p, xs, state=None):
    """Run a cell and keep a tape for `backward`. Args and errors as in `run`.

    Returns:
        hs: (T, B, H) or (T, N, B, H); for NumPy not to be written to, since the tape lies in the same memory.
        tape: Tape. It holds xs itself, which must stay as it is until `backward`, and so must p.
    """
    tape = walk(cell, p, xs, check(cell, p, xs, state))
    hs = tape.states[0][1:]
    if library(hs) is np:
        hs.flags.writeable = False
    return hs, tape


def backward(cell, p, tape, dhs, dstate=None):
    """Backpropagation through time.

    Args:
        cell, p: as given to `record`.
        tape: what `record` returned.
        dhs: (T, B, H) or (T, N, B, H): the immediate derivative of the loss with respect to each h.
        dstate: the derivative with respect to the last state as such (what a continuation would send back); zeros if None.
    Returns:
        dxs: like xs.
        dp: Params, like p.
        dstate0: the total derivative with respect to the state at the start.
    Raises:
        ValueError: when the cell has no derived backward, p does not fit the tape, or shapes or types disagree.
    """
    expect_derived(cell)
    expect.that(isinstance(tape, Tape), "tape", type(tape).__name__, "the Tape that `record` returned")
    xs, (h, *_), _ = tape
    shapes = _expect_arrays(cell, p)
    expect.that(p[0].dtype == xs.dtype, "p", p[0].dtype, xs.dtype)
    _expect_shapes(cell.init, p._fields, shapes, tuple(xs.shape[1:-2]), xs.shape[-1], h.shape[-1])
    T = len(xs)
    expect.floats("dhs", dhs)
    expect.that(dhs.shape == h[1:].shape, "dhs", f"shape {tuple(dhs.shape)}", f"{tuple(h[1:].shape)}")
    expect.same_kind("dhs", dhs, "hs", h)
    dstate = _check_state("dstate", dstate, cell.initial_state(p, dhs.shape[-2]))
    states, gates = (_aligned(record, len(h.shape)) for record in (tape.states, tape.gates))
    q = p._replace(W_h=by_columns(p.W_h)) if hasattr(p, "W_h") else p  # the loop multiplies by the transpose
    das = _Rows(T)
    for start, stop in _blocks(T, h[0]):
        local = cell.local(_slice(gates, start, stop), _slice(states, start, stop), _slice(states, start + 1, stop + 1))
        for t in reversed(range(start, stop)):
            dstate = remake(dstate, (dhs[t] + dstate[0], *dstate[1:]))
            da, dstate = cell.step_backward(q, _row(local, t - start), dstate)
            das[t] = da
    da = das.gather()
    dp = cell.param_grads(p, xs, _slice(states, 0, T), gates, da)
    dxs, from_inputs = getattr(cell, "inputs_backward", _affine_backward)(p, xs, da)
    return dxs, dp._replace(**from_inputs), dstate


def _affine_backward(p, xs, da):
    """Back through x W_x + b, whose gradients `param_grads` has given."""
    from_x = da[..., : p.W_x.shape[-1]]  # what reads no x stands behind
    return product(from_x, transpose(p.W_x)), {}


def walk(cell, p, xs, state):
    """`record` without its checks: every state, the start first, and all gates, each with a leading time axis.

    Args:
        cell, p, xs: as in `run`.
        state: what `check` returned.
    Returns:
        Tape.
    """
    start, gates = state, None
    states = [_Rows(len(xs) + 1) for _ in state]
    _write(states, 0, state)
    for first, stop in reversed(_blocks(len(xs), state[0])):
        for t, a_t in enumerate(unbind(cell.inputs(p, xs[first:stop])), first):
            state, now = cell.step(p, a_t, state)
            if gates is None:
                gates = [_Rows(len(xs)) for _ in now]
            _write(states, t + 1, state)
            _write(gates, t, now)
    return Tape(xs, _gather(start, states), _gather(now, gates))


class _Rows:
    """T rows of one shape to be gathered along a new first axis; NumPy arrays are written in place while still in cache."""

    def __init__(self, T):
        self.T, self.rows = T, None

    def __setitem__(self, t, row):
        if self.rows is None:
            self.rows = empty_steps(self.T, row) if library(row) is np and np.ndim(row) > 1 else [None] * self.T
        self.rows[t] = row

    def gather(self):
        return stack(self.rows) if isinstance(self.rows, list) else self.rows


def _write(columns, t, values):
    for rows, value in zip(columns, values, strict=True):
        rows[t] = value


def _gather(record, columns):
    return remake(record, (rows.gather() for rows in columns))


def remake(record, parts):
    """A record of the same kind, a NamedTuple or a plain tuple, from other parts."""
    return getattr(record, "_make", tuple)(parts)


def _slice(record, start, stop):
    return remake(record, (x[start:stop] for x in record))


def _row(record, t):
    return remake(record, (x[t] for x in record))


def _aligned(record, axes):
    """Parts with fewer axes than h, a constant gate for instance, with further ones behind the time, so that they broadcast."""
    missing = lambda x: axes - len(x.shape)
    return remake(record, (x.reshape(len(x), *[1] * missing(x), *x.shape[1:]) if missing(x) > 0 else x for x in record))


def _blocks(T, h, size=2**17):
    """Ranges of steps, the last first, in which the h of all steps together fill about `size` bytes, so that the rest of what
    these steps need stays in cache as well."""
    steps = max(1, size // h.nbytes)
    return [(max(0, stop - steps), stop) for stop in range(T, 0, -steps)]


def expect_cell(cell):
    """Raise ValueError unless this is a cell."""
    _expect_names(cell, "a cell", "Params", "init", "initial_state", "inputs", "step")


def expect_derived(cell):
    """Raise ValueError unless the cell has a derived backward."""
    expect_cell(cell)
    _expect_names(cell, "a cell with a derived backward", "local", "step_backward", "param_grads")
    expect.that(hasattr(cell.Params, "W_x"), "cell", f"Params{cell.Params._fields}", "Params with W_x, the way back to xs")


def _expect_names(cell, kind, *names):
    if not all(hasattr(cell, name) for name in names):
        expect.that(False, "cell", getattr(cell, "__name__", repr(cell)), f"{kind}: an object with {', '.join(names)}")


def check(cell, p, xs, state=None):
    """Check parameters, a sequence and a start against a cell and each other.

    Args as in `run`.

    Returns:
        The state to start from, as the cell's State: zeros if it was None.
    Raises:
        ValueError: when the cell is none, p is not its Params, or shapes or types disagree.
    """
    expect_cell(cell)
    shapes = _expect_arrays(cell, p)
    expect.floats("xs", xs)
    zero = cell.initial_state(p, max(1, 1, *xs.shape[-2:-1]))  # an xs without a batch is refused below
    models, H = tuple(zero[0].shape[:-2][-1:]), zero[0].shape[-1]  # one axis of models at most
    D = p.W_x.shape[-2] if hasattr(p, "W_x") and len(p.W_x.shape) > 1 else (1, *xs.shape)[-1]
    _expect_shapes(cell.init, p._fields, shapes, models, D, H)
    expect.shape("xs", xs, T=None, **dict(zip("N", models, strict=False)), B=None, D=D)
    expect.same_kind("xs", xs, "p", zero[0])
    return _check_state("state", state, zero)


def _expect_arrays(cell, p):
    """Their shapes, if the parameters are the cell's, arrays of floating-point numbers of one library and type."""
    fields = getattr(p, "_fields", ()) if isinstance(p, tuple) else ()
    types = tuple(getattr(x, "dtype", type(x).__name__) for x in p) if fields else ()
    _expect_types(cell.Params._fields, type(p).__name__, fields, types)
    return tuple(x.shape for x in p)


@lru_cache(maxsize=64)
def _expect_types(fields, name, came, types):
    expect.that(came == fields, "p", f"{name}{came or ''}", f"Params{fields}")
    for field, kind in zip(fields, types, strict=True):
        floating = getattr(kind, "is_floating_point", getattr(kind, "kind", "") == "f")  # torch, or NumPy
        expect.that(floating, f"p.{field}", kind, "an array of floating-point numbers")
        expect.that(kind == types[0], f"p.{field}", kind, f"{types[0]}, as in p.{fields[0]}")


@lru_cache(maxsize=256)
def _expect_shapes(init, fields, shapes, models, D, H):
    """Raise ValueError unless the shapes are those that the cell's own `init` gives, with the models axis in front."""
    try:
        wanted = [(*models, *x.shape) for x in init(np.random.default_rng(0), D, H)]  # the numbers do not matter
    except Exception:  # it asks for more than the sizes: only the models axis is known
        wanted = [shape if shape[: len(models)] == models else (*models, *shape) for shape in shapes]
    for field, shape, want in zip(fields, shapes, wanted, strict=True):
        expect.that(shape == want, f"p.{field}", f"shape {tuple(shape)}", want)


def _check_state(name, state, zero):
    """What the cell would start from if None; else a tuple of the same kind, its parts checked against that."""
    if state is None:
        return zero
    fields = getattr(zero, "_fields", tuple(map(str, range(len(zero)))))
    expect.that(isinstance(state, tuple), name, type(state).__name__, "a tuple, h first")
    expect.that(len(state) == len(zero), name, f"{len(state)} parts", f"{len(zero)}: {', '.join(fields)}")
    for field, x, like in zip(fields, state, zero, strict=True):
        part = f"{name}.{field}"
        if hasattr(like, "dtype") and like.dtype == zero[0].dtype:  # a clock's counter may be any number
            expect.floats(part, x)
            expect.same_kind(part, x, "p", like)
        expect.that(np.shape(x) == np.shape(like), part, f"shape {tuple(np.shape(x))}", f"{tuple(np.shape(like))}")
    return remake(zero, state)
