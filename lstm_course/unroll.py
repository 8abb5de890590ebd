"""A cell along a sequence: forward, and back through time. The cell knows one step; the loop stands here, once.

Everywhere xs is (T, B, D), or (T, N, B, D) for N models at once; then the parameters have the models axis N in front,
and so do the states: (N, B, H).
"""

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
        ValueError: when shapes or types disagree.
    """
    state, hs = check(cell, p, xs, state), []
    for a_t in unbind(cell.inputs(p, xs)):
        state, _ = cell.step(p, a_t, state)
        hs.append(state[0])
    return stack(hs), state


class Trace(NamedTuple):
    """states, gates: the cell's State and Gates with a leading T, step t's values at index t."""

    states: Any
    gates: Any


def trace(cell, p, xs, state=None):
    """Run a cell and keep everything it computes, by name, for looking inside.

    Args and errors as in `run`.

    Returns:
        Trace: `trace.states.h`, `trace.gates.f`, ..., each (T, B, H) or (T, N, B, H).
    """
    states, gates = _walk(cell, p, xs, state)
    return Trace(_slice(states, 1, None), gates)


class Tape(NamedTuple):
    """What the way back needs: xs (T, ..., B, D); states with a leading T + 1, the start first; gates with a leading T."""

    xs: Any
    states: Any
    gates: Any


def record(cell, p, xs, state=None):
    """Run a cell and keep a tape for `backward`. Args and errors as in `run`.

    Returns:
        hs: (T, B, H) or (T, N, B, H).
        tape: Tape.
    """
    states, gates = _walk(cell, p, xs, state)
    return states[0][1:], Tape(xs, states, gates)


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
        ValueError: when the cell has no derived backward, or shapes or types disagree.
    """
    expect_derived(cell)
    xs, states, gates = tape
    T = len(xs)
    expect.floats("dhs", dhs)
    expect.that(dhs.shape == states[0][1:].shape, "dhs", f"shape {tuple(dhs.shape)}", f"{tuple(states[0][1:].shape)}")
    expect.same_kind("dhs", dhs, "hs", states[0])
    dstate = _check_state(cell, p, "dstate", dstate, dhs.shape[-2])
    q = p._replace(W_h=by_columns(p.W_h))  # the loop multiplies by the transpose
    das = _Rows(T)
    for start, stop in _blocks(T, states[0][0]):
        local = cell.local(_slice(gates, start, stop), _slice(states, start, stop), _slice(states, start + 1, stop + 1))
        for t in reversed(range(start, stop)):
            dstate = type(dstate)(dhs[t] + dstate[0], *dstate[1:])
            da, dstate = cell.step_backward(q, _row(local, t - start), dstate)
            das[t] = da
    da = das.gather()
    dp = cell.param_grads(p, xs, _slice(states, 0, T), gates, da)
    return product(da, transpose(p.W_x)), dp, dstate


def _walk(cell, p, xs, state):
    """Every state, the start first, and all gates, each with a leading time axis."""
    state = check(cell, p, xs, state)
    states = [_Rows(len(xs) + 1) for _ in state]
    _write(states, 0, state)
    gates = None
    for start, stop in reversed(_blocks(len(xs), state[0])):
        for t, a_t in enumerate(unbind(cell.inputs(p, xs[start:stop])), start):
            state, now = cell.step(p, a_t, state)
            if gates is None:
                gates = [_Rows(len(xs)) for _ in now]
            _write(states, t + 1, state)
            _write(gates, t, now)
    return type(state)(*(rows.gather() for rows in states)), type(now)(*(rows.gather() for rows in gates))


class _Rows:
    """T arrays of one shape to be gathered along a new first axis; NumPy rows are written in place while still in cache."""

    def __init__(self, T):
        self.rows = [None] * T

    def __setitem__(self, t, row):
        if isinstance(self.rows, list) and library(row) is np:
            self.rows = empty_steps(len(self.rows), row)
        self.rows[t] = row

    def gather(self):
        return stack(self.rows) if isinstance(self.rows, list) else self.rows


def _write(columns, t, values):
    for rows, value in zip(columns, values, strict=True):
        rows[t] = value


def _slice(record, start, stop):
    return type(record)(*(x[start:stop] for x in record))


def _row(record, t):
    return type(record)(*(x[t] for x in record))


def _blocks(T, h, size=2**17):
    """Ranges of steps, the last first, in which the h of all steps together fill about `size` bytes, so that the rest of what
    these steps need stays in cache as well."""
    steps = max(1, size // h.nbytes)
    return [(max(0, stop - steps), stop) for stop in range(T, 0, -steps)]


def expect_derived(cell):
    """Raise ValueError unless the cell has a derived backward."""
    name = getattr(cell, "__name__", repr(cell))
    expect.that(hasattr(cell, "step_backward"), "cell", name, "a cell with a derived backward (step_backward)")


def check(cell, p, xs, state=None):
    """Check a sequence and a start against a cell's parameters.

    Args as in `run`.

    Returns:
        The state to start from, as the cell's State: zeros if it was None.
    Raises:
        ValueError: when shapes or types disagree.
    """
    models = {"N": p.W_x.shape[0]} if len(p.W_x.shape) == 3 else {}
    expect.floats("xs", xs)
    expect.shape("xs", xs, T=None, **models, B=None, D=p.W_x.shape[-2])
    expect.same_kind("xs", xs, "p", p.W_x)
    return _check_state(cell, p, "state", state, xs.shape[-2])


def _check_state(cell, p, name, state, batch):
    """Zeros if None; else the cell's own tuple, its parts checked against what the cell would start from."""
    zero = cell.initial_state(p, batch)
    if state is None:
        return zero
    expect.that(isinstance(state, tuple), name, type(state).__name__, "a tuple, h first")
    expect.that(len(state) == len(zero), name, f"{len(state)} parts", f"{len(zero)}: {', '.join(zero._fields)}")
    for part, x, like in zip(zero._fields, state, zero, strict=True):
        expect.floats(f"{name}.{part}", x)
        expect.that(x.shape == like.shape, f"{name}.{part}", f"shape {tuple(x.shape)}", f"{tuple(like.shape)}")
        expect.same_kind(f"{name}.{part}", x, "p", like)
    return type(zero)(*state)
