"""Is a check hard to fool? Every reference is changed in one small place at a time, and the check must notice.

Operators, signs, comparisons, numbers, indices, names, calls, transposes and whole statements are changed. A mutant that
passes must stand in EQUIVALENT, with the reason why it is right as well.
"""

import ast
import copy

import numpy as np
import pytest

from lstm_course.exercises import EXERCISES
from lstm_course.exercises.kinds import Write
from lstm_course.exercises.sandbox import compiled

ZERO, SQUARE, LENGTH = "zeros all the same", "squared, the sign is gone", "the same length"
UNIT = "a sign divides as it multiplies"
LAST, HAND = "of two axes, 1 is the last", (20, -20, 10, -10, 10, 10)
EQUIVALENT = {
    "gate.moved": {
        "return np.abs(held - untouched).sum(axis=-1) / 2": "there are two axes",
        "return np.abs(untouched - held).sum(axis=1) / 2": "the sign does not count",
    },
    "gate.read": {"h = c = np.zeros(len(-W_h))": LENGTH},
    "rnn.latch": {f"return ({w_x}, {w_h}, 0)": "many weights do" for w_x, w_h in ((5, 2), (3, 2), (4, 3))},
    "bptt.clip": {
        "if norm < largest:": "at the bound itself the factor is 1",
        "norm = np.sqrt(sum((((-g) ** 2).sum() for g in gradients)))": SQUARE,
    },
    "bptt.total": {
        "total[t] = total[t] + da @ W_h.T": "total holds dhs[t] until then",
        "da = total[t + 1] * (1 - (-hs)[t + 1] ** 2)": SQUARE,
        "for t in reversed(range(len(-hs) - 1)):": LENGTH,
        "for t in reversed(range(len(dhs) - 1)):": LENGTH,
        "for t in reversed(range(len(total) - 1)):": LENGTH,
    },
    "bptt.leak": {
        "((-hs) ** 2).mean().backward()": SQUARE,
        "state = (state[-1].detach(),)": "the state has one part, which is also the last",
        "state = (state[0 - 1].detach(),)": "the state has one part, which is also the last",
    },
    "bptt.backward": {
        "dh = np.zeros_like(-h)": ZERO,
        "dh = np.zeros_like(b)": "zeros of (H,), which broadcast over the batch",
        "dh = np.zeros_like(db)": "zeros of (H,), which broadcast over the batch",
        "dW_x, dW_h, db = (np.zeros_like(-W_x), np.zeros_like(W_h), np.zeros_like(b))": ZERO,
        "dW_x, dW_h, db = (np.zeros_like(W_x), np.zeros_like(-W_h), np.zeros_like(b))": ZERO,
        "dW_x, dW_h, db = (np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(-b))": ZERO,
        "for t in reversed(range(len(-xs))):": LENGTH,
        "for t in reversed(range(len(dhs))):": LENGTH,
    },
    "long.jacobians": {
        "H = len(-W_h)": LENGTH,
        "total = np.empty((*(-hs).shape, H), hs.dtype)": "the same shape",
        "total = np.empty((*hs.shape, H), (-hs).dtype)": "the same type",
        "total = np.empty((*hs.shape, H), W_h.dtype)": "the same type",
        "for t in reversed(range(len(-hs) - 1)):": LENGTH,
        "for t in reversed(range(len(total) - 1)):": LENGTH,
        "J = np.einsum('ij,bj->bij', W_h, 1 - (-hs)[t + 1] ** 2)": SQUARE,
    },
    "lstm.transposed": {
        "a_i, a_f, a_g, a_o = np.split(x @ W_x + b, 4, axis=-1)": LAST,
        "W_i, W_f, W_g, W_o = np.split(W_h, 4, axis=-1)": LAST,
    },
    "lstm.keras": {
        "H = len(-recurrent_kernel)": LENGTH,
        "return (kernel.T[columns], recurrent_kernel.T[columns], b, np.zeros_like(-b))": ZERO,
        "return (kernel.T[columns], recurrent_kernel.T[columns], b, np.zeros_like(bias))": ZERO,
    },
    "core.sum": {
        "shares = np.ones_like(-f)": "ones all the same",
        "for t in reversed(range(len(-f) - 1)):": LENGTH,
        "for t in reversed(range(len(shares) - 1)):": LENGTH,
    },
    "core.abc": {
        **{f"b[:4] = {number}": "any large number will do" for number in (29, 31)},
        **{
            f"W_x[:, {column}] = ({', '.join(map(str, weights))})": "any large number will do"
            for column, row in ((4, (30, -30, 0)), (5, (0, 30, -30)))
            for k in (0, 1, 2)
            if row[k]
            for change in (-1, 1)
            for weights in [(*row[:k], row[k] + change, *row[k + 1 :])]
        },
        "W_x[:4] = 30": "every letter opens the gates, as a bias does",
        "b[:-4] = 30": "the same four of eight",
        "W_x[:, -4] = (30, -30, 0)": "the same column of eight",
        "return (W_x, -W_h, b)": "zeros all the same",
    },
    "walk.step": {"a_i, a_f, a_g, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)": LAST},
    "walk.mend": {"a_i, a_f, a_g, a_o = np.split(x @ W_x + h @ W_h + b, 4, axis=-1)": LAST},
    "walk.remember": {
        f"return ({', '.join(str(number) for number in (*HAND[:k], HAND[k] + change, *HAND[k + 1 :]))})": "many weights do"
        for k in range(len(HAND))
        for change in (-1, 1)
    },
    "lback.coupled": {"total = later_dc + dh * o * (1 - np.tanh(-c) ** 2)": SQUARE},
    "lback.sums": {
        f"{line}.reshape({rows}).T @ das.reshape({das})": why
        for line, shape in (("dW_x = xs", "xs.shape[-1]"), ("dW_h = h_prev", "h_prev.shape[-1]"))
        for rows, das, why in (
            (f"-2, {shape}", "-1, das.shape[-1]", "NumPy takes any number below 0 for the one to find"),
            (f"-1, {shape}", "-2, das.shape[-1]", "NumPy takes any number below 0 for the one to find"),
            (f"-1, (-{shape.split('.')[0]}).shape[-1]", "-1, das.shape[-1]", LENGTH),
            (f"-1, {shape}", "-1, (-das).shape[-1]", LENGTH),
        )
    }
    | {
        "dW_h = h_prev.reshape(-1, hs.shape[-1]).T @ das.reshape(-1, das.shape[-1])": LENGTH,
        "dW_h = h_prev.reshape(-1, h_0.shape[-1]).T @ das.reshape(-1, das.shape[-1])": LENGTH,
        "dW_h = h_prev.reshape(-1, h_prev.shape[-1]).T @ das.reshape(-1, dW_x.shape[-1])": LENGTH,
    },
    "lback.step": {
        "total = later_dc + dh * o * (1 - (-tanh_c) ** 2)": SQUARE,
        "da_g = total * i * (1 - (-g) ** 2)": SQUARE,
        "da = np.concatenate([da_i, da_f, da_g, da_o], axis=-1)": "of two axes, 1 is the last",
    },
    "cells.find": {
        "H = (-values).shape[-1]": LENGTH,
        **{
            line.replace(f"({sizes})", f"({sizes.replace('-1', '-2')})"): "NumPy takes any negative number for the rest"
            for line, sizes in (
                ("cut = units.thresholds(values[:, ::2].reshape(-1, H), labels[:, ::2].reshape(-1))", "-1"),
                ("cut = units.thresholds(values[:, ::2].reshape(-1, H), labels[:, ::2].reshape(-1))", "-1, H"),
                ("held_values, held_labels = (values[:, 1::2].reshape(-1, H), labels[:, 1::2].reshape(-1))", "-1"),
                ("held_values, held_labels = (values[:, 1::2].reshape(-1, H), labels[:, 1::2].reshape(-1))", "-1, H"),
            )
        },
        "said = (held_values.T[best] >= cut.at[best]) == cut.above[best]": "no value lies on the cut",
    },
    "cells.flattery": {
        "best = -0.5": "some cut is better than that",
        "for x in (-values).T:": "each cut may be turned round",
        "return best": "a number all the same",
        "said = x <= cut": "each cut may be turned round",
        "said = x >= cut": "the same cuts, but for the one outside",
    },
    "cells.trap": {"for noun in agreement.MASCULINE:": "these are enough"},
    "variants.one_line": {"a_i, a_g, a_o = np.split(a, 3, axis=-1)": LAST},
    "variants.swapped": {
        "x_r, x_z, x_n = np.split(x_part, 3, axis=-1)": LAST,
        "h_r, h_z, h_n = np.split(h_prev @ W_h, 3, axis=-1)": LAST,
    },
    "variants.mask": {"return (period[:, None] >= period).astype(float)": "a row all the same"},
    "tables.stop": {
        "for update in -errors:": LENGTH,
        "for update in right:": LENGTH,
        "seen += len(-update)": LENGTH,
    },
    "tables.reber": {
        "return np.linalg.solve(np.eye(len(P)) - P, P.sum(1))": LENGTH,
        "return np.linalg.solve(np.eye(len(after)) - P, P.sum(-1))": "of two axes, 1 is the last",
    },
    "museum.linear": {
        "h = np.zeros(((-xs).shape[1], len(b)))": "the same shape",
        "h = np.zeros((xs.shape[1], len(-b)))": LENGTH,
        "h = np.zeros((xs.shape[1], len(W_h)))": LENGTH,
    },
    "museum.twice": {
        "b_hh[H:2 * H] = forget": "it does not matter which of the two has it",
        "return (b_ih, -b_hh)": ZERO,
        "b_ih[H:-2 * H] = forget": "the same half of 4H",
        "b_ih[H:2 * -H] = forget": "the same half of 4H",
    },
    "museum.carried": {"h = np.zeros(len(-W_h))": LENGTH},
    "museum.copied": {"db_g = parts[-2].sum((0, 1))": "of four parts the third"},
    "museum.masked": {"inside = np.arange(len(-scores))[:, None] < lengths": LENGTH},
    "museum.seeded": {"return np.concatenate(gates, axis=-1)": LAST},
    "museum.swapped": {"H = (-h_prev).shape[1]": LENGTH, "H = h_prev.shape[-1]": LAST},
    "museum.unread": {
        "H = (-h_prev).shape[1]": LENGTH,
        "H = c_prev.shape[1]": LENGTH,
        "H = h_prev.shape[-1]": LAST,
        "f = 1 / (1 + np.exp(-a[:, H:-2 * H]))": "the same half of 4H",
        "f = 1 / (1 + np.exp(-a[:, H:2 * -H]))": "the same half of 4H",
        "g = np.tanh(a[:, -2 * H:3 * H])": "the same half of 4H",
        "g = np.tanh(a[:, 2 * -H:3 * H])": "the same half of 4H",
    },
    "winner.tenth": {"n = len(-validation) // 10": LENGTH, "n = len(test) // 10": LENGTH},
    "winner.pairs": {
        "return np.array([d.mean(), (-d).std(ddof=1) / np.sqrt(len(d))])": SQUARE,
        **{f"return np.array([d.mean(), d.std(ddof=1) / np.sqrt(len({other}))])": LENGTH for other in ("ours", "theirs", "-d")},
    },
    "winner.holm": {"m = len(-p)": LENGTH},
    "attention.axis": {
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True))": LAST,
        "alpha = e / e.sum(axis=-1, keepdims=True)": LAST,
    },
    "attention.mask": {
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True))": LAST,
        "return e / e.sum(axis=-1, keepdims=True)": LAST,
    },
    "attention.beam": {
        "K = log_p.shape[-1]": LAST,
        "K = (-log_p).shape[1]": LENGTH,
        "stay = np.where(np.arange(K) == 0, -0.0, -np.inf)": ZERO,
    },
    "qkv.causal": {
        "t = np.arange(len(-scores))": LENGTH,
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True))": LAST,
        "return e / e.sum(axis=-1, keepdims=True)": LAST,
    },
    "qkv.heads": {
        "q, k, v = (np.split(x @ W, heads, axis=-1) for W in (W_q, W_k, W_v))": LAST,
        "return np.concatenate(contexts, axis=-1) @ W_o": LAST,
    },
    "captions.doubly": {
        "return ((1 - seen) ** 2).sum(axis=-1)": LAST,
        "return ((seen - 1) ** 2).sum(axis=1)": SQUARE,
    },
    "captions.pointing": {
        "asked = truth.any(axis=-1)": LAST,
        "top = alpha.argmax(axis=-1)": LAST,
        **{f"hit = truth[np.arange(len({other})), top]": LENGTH for other in ("-alpha", "truth", "asked", "top")},
        "return hit[asked].mean()": "a number all the same",
    },
    "rosetta.turn": {
        "H = len(-recurrent_kernel)": LENGTH,
        "return (kernel / sign, recurrent_kernel * sign, bias * sign)": UNIT,
        "return (kernel * sign, recurrent_kernel / sign, bias * sign)": UNIT,
        "return (kernel * sign, recurrent_kernel * sign, bias / sign)": UNIT,
    },
    "rosetta.one": {
        "H = kernel.shape[-1] // 4": LAST,
        "H = (-kernel).shape[1] // 4": LENGTH,
        "b[H:2 * -H] += 1": "2 H from the end is 2 H from the start",
        "b[H:-2 * H] += 1": "2 H from the end is 2 H from the start",
    },
    "rosetta.gru": {"H = weight_hh.shape[-1]": LAST, "H = (-weight_hh).shape[1]": LENGTH},
    "rosetta.detective": {
        **{f"h = c = np.zeros({step}.shape)": "every step has the same shape" for step in ("hs[1]", "hs[-1]", "(-hs)[0]")},
        **{f"h = c = np.zeros(hs[0 {sign} 1].shape)": "every step has the same shape" for sign in "+-"},
        "a = dict(zip(order, np.split(x @ W_x + h @ W_h + b, 4, axis=-1)))": LAST,
        "apart[k] = max(apart[k], np.abs(seen - h).max())": "a distance all the same",
    },
    "captions.reinforce": {
        **{f"chosen = np.eye(len({other}))[place]": LENGTH for other in ("-scores", "e", "alpha")},
    },
}
"""Key to the changed line of each mutant that passes, and why it may."""

OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
}


def mutations(node, names):
    """What may stand in place of a node: copies, each with one change."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for operator in OPERATORS.get(type(node.op), ()):
            yield changed(node, op=operator())
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
        if not isinstance(node.op, ast.Add | ast.Mult):
            yield changed(node, left=node.right, right=node.left)
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value, lineno=0)
    if isinstance(node, ast.Compare):
        for operator in OPERATORS.get(type(node.ops[0]), ()):
            yield changed(node, ops=[operator()])
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield from (ast.Constant(value) for value in (node.value + 1, node.value - 1, -node.value))
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield ast.UnaryOp(ast.USub(), node)
        yield from (changed(node, id=name) for name in names if name != node.id)
    if isinstance(node, ast.Call) and len(node.args) == 1:
        yield node.args[0]
    if isinstance(node, ast.Call) and not node.args and isinstance(node.func, ast.Attribute):
        yield node.func.value
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
        if not any(isinstance(part, ast.Slice) for part in (node.slice, *getattr(node.slice, "elts", ()))):
            yield from (changed(node, slice=ast.BinOp(node.slice, op(), ast.Constant(1))) for op in (ast.Add, ast.Sub))
    if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.Return):
        yield ast.Pass()


def changed(node, **fields):
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin


def mutants(code):
    """The code of every mutant, each once and none equal to the original."""
    tree = ast.parse(code)
    arguments = [argument.arg for argument in tree.body[-1].args.args]
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    seen = {ast.unparse(tree)}
    for parent in ast.walk(tree):
        for field, old in ast.iter_fields(parent):
            for k, node in enumerate(old) if isinstance(old, list) else [(None, old)]:
                if not isinstance(node, ast.AST):
                    continue
                for new in mutations(node, [*arguments, *dict.fromkeys(stored)]):
                    setattr(parent, field, new if k is None else [*old[:k], new, *old[k + 1 :]])
                    text = ast.unparse(ast.fix_missing_locations(tree))
                    # A list inside itself keeps NumPy busy for minutes in one call, which nothing can stop.
                    if text not in seen and "hs.append(hs)" not in text:
                        seen.add(text)
                        yield text
                setattr(parent, field, old)


def difference(code, mutant):
    """The line in which a mutant differs from the reference."""
    before = ast.unparse(ast.parse(code)).splitlines()
    return next((line.strip() for line in mutant.splitlines() if line not in before), "a line less")


@pytest.mark.parametrize("exercise", [e for e in EXERCISES.values() if isinstance(e, Write)], ids=lambda e: e.key)
def test_only_equivalent_mutants_survive(exercise, monkeypatch):
    monkeypatch.setattr("lstm_course.exercises.sandbox.SECONDS", 0.5)
    monkeypatch.setattr(type(exercise), "_known_mistake", lambda *args: None)  # whether is asked, not why
    monkeypatch.setattr(type(exercise), "_other_convention", lambda *args: None)
    everyone = list(mutants(exercise.solution))
    survivors = {
        difference(exercise.solution, mutant)
        for mutant in everyone
        if exercise.judge(compiled(mutant, "a mutant"), np.random.default_rng(0)) is None
    }
    assert len(everyone) >= 8
    assert survivors == set(EQUIVALENT.get(exercise.key, {})), f"{len(everyone)} mutants"
