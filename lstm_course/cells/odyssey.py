"""The nine models of the comparison by Greff and others: the LSTM with peepholes, and what is left when one thing is changed.

`ODYSSEY` is the paper's list; a change is written as the equation that takes the place of the old one. Two of the nine stand
elsewhere in the course under names of their own: V is `peephole`, NP, without peepholes, is `lstm`.

Source: greff2017.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

from lstm_course import expect
from lstm_course.cells import full_gate_recurrence, lstm, peephole
from lstm_course.cells.lstm import Gates, Local, State, initial_state, inputs
from lstm_course.cells.start import sizes, uniform
from lstm_course.ops import add_product, concat, outer_sum, sigmoid, split, sum_steps, tanh, transpose, zeros


class Params(NamedTuple):
    """W_x (D, A), W_h (H, A), b (A,), with a block (H,) of A for each of i, f, g, o that is learnt; w_c, one for each gate."""

    W_x: Any
    W_h: Any
    b: Any
    w_c: Any


CHANGES = {"i": ("1",), "f": ("1", "1 - i"), "g": ("a_g",), "o": ("1",), "h": ("o * c",)}


def changed(**change):
    """The LSTM with peepholes, with one of its equations replaced.

    Args:
        **change: none, or one of these. i="1", f="1" or o="1": no such gate, it stays open. f="1 - i": one decision for both.
            g="a_g": no tanh on what is written. h="o * c": no tanh on what is shown.
    Returns:
        A cell with derived backward. It has no weights for what is not learnt.
    Raises:
        ValueError: when the change is none of these, or there are several.

    >>> import numpy as np
    >>> changed(f="1").init(np.random.default_rng(0), 4, 5).W_h.shape
    (5, 15)
    """
    expect.that(len(change) <= 1, "change", ", ".join(change), "one at most")
    for name, equation in change.items():
        expect.that(name in CHANGES, "change", name, f"some of {', '.join(CHANGES)}")
        expect.that(equation in CHANGES[name], name, repr(equation), " or ".join(map(repr, CHANGES[name])))
    learnt = [name for name in "ifgo" if name == "g" or name not in change]
    gates = [name for name in learnt if name != "g"]
    coupled, linear, plain = change.get("f") == "1 - i", "g" in change, "h" in change

    def init(rng, D, H, forget_bias=None):
        sizes(rng, D, H)
        A = len(learnt) * H
        p = Params(*(uniform(rng, H, *shape) for shape in ((D, A), (H, A), (A,), (len(gates) * H,))))
        p.b[:] += uniform(rng, H, A)
        if forget_bias is not None:
            expect.number("forget_bias", forget_bias)
            expect.that("f" in learnt or coupled, "forget_bias", forget_bias, "None, since there is no forget gate")
            split(p.b, len(learnt))[0 if coupled else learnt.index("f")][:] = -forget_bias if coupled else forget_bias
        return p

    def by_name(names, blocks):
        return dict(zip(names, split(blocks, len(names)), strict=True))

    def step(p, a, state):
        h_prev, c_prev = state
        a, w = by_name(learnt, add_product(a, h_prev, p.W_h)), by_name(gates, p.w_c[..., None, :])
        gate = lambda name, c: sigmoid(a[name] + w[name] * c) if name in a else zeros(c, c.shape) + 1
        i = gate("i", c_prev)
        f = 1 - i if coupled else gate("f", c_prev)
        g = a["g"] if linear else tanh(a["g"])
        c = f * c_prev + i * g
        o = gate("o", c)
        h = o * c if plain else o * tanh(c)
        return State(h, c), Gates(i, f, g, o)

    def local(gates, state_prev, state):
        (i, f, g, o), (_, c_prev), (h, c) = gates, state_prev, state
        return Local(
            i=(g - c_prev if coupled else g) * i * (1 - i),
            f=c_prev * f * (1 - f),
            g=i if linear else i * (1 - g * g),
            o=h * (1 - o),
            c=o if plain else o - h * tanh(c),
            c_prev=f,
        )

    def step_backward(p, local, dstate):
        dh, dc = dstate
        w = by_name(gates, p.w_c[..., None, :])
        da = {"o": dh * local.o}
        dc = dc + dh * local.c + (da["o"] * w["o"] if "o" in w else 0)
        da |= {"i": dc * local.i, "f": dc * local.f, "g": dc * local.g}
        dc_prev = dc * local.c_prev + sum(da[gate] * w[gate] for gate in gates if gate != "o")
        da = concat([da[name] for name in learnt])
        return da, State(da @ transpose(p.W_h), dc_prev)

    def param_grads(p, xs, states_prev, values, da):
        h_prev, c_prev = states_prev
        i, f, g, _ = values
        seen = {"i": c_prev, "f": c_prev, "o": f * c_prev + i * g}
        each = by_name(learnt, da)
        dw_c = sum_steps(concat([each[gate] * seen[gate] for gate in gates]))
        return Params(outer_sum(xs, da), outer_sum(h_prev, da), sum_steps(da), dw_c)

    names = (init, step, local, step_backward, param_grads)
    shared = {"Params": Params, "State": State, "Gates": Gates, "initial_state": initial_state, "inputs": inputs}
    return SimpleNamespace(**shared, **{function.__name__: function for function in names})


ODYSSEY = {
    "V": peephole,
    "NIG": changed(i="1"),
    "NFG": changed(f="1"),
    "NOG": changed(o="1"),
    "NIAF": changed(g="a_g"),
    "NOAF": changed(h="o * c"),
    "CIFG": changed(f="1 - i"),
    "NP": lstm,
    "FGR": full_gate_recurrence,
}
