"""The exercises of the chapter on long-term dependencies."""

from itertools import product

import numpy as np

from lstm_course import probes
from lstm_course.cells import lstm, rnn
from lstm_course.exercises.conventions import BATCH_FIRST, COLUMNS
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals
from lstm_course.tasks import recall
from lstm_course.unroll import run

_BACK = (0, 10, 20, 50, 100)
_A = 0.7 * np.array([[0.0, 1.0], [-1.0, 0.0]])
_C = np.array([[0.9, 2.0], [0.0, 0.9]])
_FORGET = 5.0
_RATE = np.log10(0.7)
_B_RATE = -np.log10(1 + np.exp(-_FORGET))


def _row(name, norms):
    return f"| {name} | {' | '.join(f'{np.log10(norms(k)) + 0:.2f}' for k in _BACK)} |"


def _logs():
    """The three networks, run on zeros, and their derivatives measured: index k is k steps back."""
    still = np.zeros((200, 1, 1))
    tanh = lambda W: probes.log10_sensitivity(rnn, rnn.Params(np.zeros((1, 2)), W, np.zeros(2)), still)[::-1, 0]
    gates = lstm.Params(np.zeros((1, 4)), np.zeros((1, 4)), np.array([0.0, _FORGET, 0.0, 0.0]))
    A, C = tanh(_A), tanh(_C)
    B = probes.log10_sensitivity(lstm, gates, still, part="c")[::-1, 0]
    return {
        "factor_A": float(10 ** (A[100] / 100)),
        "gone_A": int((A <= -6).argmax()),
        "left_B": float(10 ** B[200]),
        "most_C": int(max(_BACK, key=lambda k: C[k])),
    }


LOGS = Predict(
    key="long.logs",
    title="Read the logarithms",
    stars=1,
    statement=f"""
How much does the last state depend on an earlier one? The table shows $\\log_{{10}} \\lVert \\partial h_T/\\partial h_t \\rVert$ for two
tanh networks, A and C, and the same for B, an LSTM. (An LSTM keeps a second vector beside $h$, the cell state $c$: for B it is $\\lVert \\partial c_T/\\partial c_t \\rVert$.)
The columns are $T - t$.

| steps back | {" | ".join(map(str, _BACK))} |
|---|{"---:|" * len(_BACK)}
{_row("A", lambda k: np.linalg.norm(np.linalg.matrix_power(_A, k), 2))}
{_row("B", lambda k: 10 ** (k * _B_RATE))}
{_row("C", lambda k: np.linalg.norm(np.linalg.matrix_power(_C, k), 2))}

In A and B every step multiplies by the same factor. Which is that of A (`factor_A`, two decimals)? After how many steps is, for the first time, no more than
a millionth left in A (`gone_A`)? Which share is left in B after 200 steps (`left_B`, two decimals)? And how many steps back, among the columns of
the table, is the state on which the last state of C depends most (`most_C`)?
""",
    start="my_logs = dict(factor_A=..., gone_A=..., left_B=..., most_C=...)",
    hints=(
        "What does a logarithm do to a product of equal factors? The row of A is a straight line: find its slope for one step.",
        "The slope is the logarithm of the factor. A millionth is $10^{-6}$, so ask when the line crosses $-6$.",
        "`10 ** (row / steps)` is a factor. A's line falls by 0.1549 a step: how often does that go into 6? In B, 200 steps cost twice the logarithm "
        "of 100 steps. For C, look for the largest number in the row.",
    ),
    truth=_logs,
    solution="""
- `factor_A`: $10^{-15.49/100} = 0.70$.
- `gone_A`: $6/0.1549 = 38.7$, so after 38 steps a little more than a millionth is left, after 39 a little less.
- `left_B`: $10^{2 \\cdot (-0.29)} = 0.26$.
- `most_C`: the largest entry stands at 10 steps. It is positive: the dependence has grown.
""",
    tolerance=0.01,
    wrong=(
        Wrong("this is the logarithm of the factor. Raise 10 to that power.", {"factor_A": float(_RATE)}),
        Wrong("the logarithms are to the base 10, and e has been raised to their power.", {"factor_A": float(np.exp(_RATE))}),
        Wrong("this is the factor of ten steps.", {"factor_A": 0.7**10}),
        Wrong("this is its inverse: with every step back less is left, so the factor is below 1.", {"factor_A": 1 / 0.7}),
        Wrong("after 38 steps there is still a little more than a millionth.", {"gone_A": 38}),
        Wrong(
            "steps are whole numbers: which is the first at which the line is at or below -6?", {"gone_A": float(-6 / _RATE)}
        ),
        Wrong("this is the logarithm of the share.", {"left_B": float(200 * _B_RATE)}),
        Wrong("this is what is left after 100 steps.", {"left_B": float(10 ** (100 * _B_RATE))}),
        Wrong("on itself the last state depends with norm 1, logarithm 0. Are there larger numbers in the row?", {"most_C": 0}),
        Wrong("a large negative logarithm is a small number.", {"most_C": 100}),
    ),
    afterword="""
Three kinds of curve: a steep straight line, a nearly level one, and one that climbs before it falls. A straight line downwards in a
plot of logarithms is exponential decay, however harmless it looks.
""",
)

_W = np.array([[1.5, 2.0], [-1.0, -1.0]])
_RHO, _SIGMA = float(probes.spectral_radius(_W)), float(probes.singular_max(_W))


def _norm(k, *slopes):
    """The norm of k steps in which the units' activations have these slopes, J[i, j] = W_h[i, j] slope[j]."""
    return np.linalg.norm(np.linalg.matrix_power(_W * slopes, k), 2)


BOUNDS = Choice(
    key="long.bounds",
    title="Two bounds, one of them certain",
    stars=2,
    statement=f"""
A network has two units and the matrix

$$W_h = \\begin{{pmatrix}} 1.5 & 2 \\\\ -1 & -1 \\end{{pmatrix}}.$$

The largest modulus of its eigenvalues, the spectral radius, is {_RHO:.2f}, and its largest singular value is {_SIGMA:.2f}. You know nothing of the
inputs. Which of these statements is certain?
""",
    hints=(
        "The derivative of one step is $W_h$ with its columns multiplied by the slopes of the activation, and the slopes change with the inputs.",
        "Norms of factors bound the norm of a product. The largest singular value of $W_h$ is its norm; spectral radii of factors bound nothing.",
        "$\\tanh$ is nowhere steeper than 1, the logistic function nowhere steeper than 1/4. For which of the two is slope times largest singular value "
        "below 1? And can the norm of a single step be above 1 although the spectral radius is below?",
    ),
    options=(
        Option(
            f"With $\\tanh$, gradients vanish over many steps, since the spectral radius {_RHO:.2f} is below 1.",
            f"The spectral radius speaks of powers of $W_h$ alone. Let the inputs keep the slopes at 1 and 0.1: one step is then ((1.5, 0.2), (-1, -0.1)), whose spectral radius is "
            f"{float(probes.spectral_radius(_W * (1, 0.1))):.2f}, and gradients explode.",
            lambda: max(_norm(60, 1, 1), _norm(60, 1, 0.1)) < 1,
        ),
        Option(
            f"With $\\tanh$, gradients explode over many steps, since the largest singular value {_SIGMA:.2f} is above 1.",
            "Above 1 they *may* explode: it is necessary for that, not sufficient. While the state rests at zero all slopes are 1, the product is a power of "
            f"$W_h$, and after 60 steps its norm is {_norm(60, 1, 1):.0e}.",
            lambda: min(_norm(60, 1, 1), _norm(60, 1, 0.1)) > 1,
        ),
        Option(
            f"Without any activation, gradients shrink at every single step, since the spectral radius {_RHO:.2f} is below 1.",
            f"In the end they vanish, but not at every step: some gradient becomes {_norm(1, 1, 1):.2f} times as long in one. "
            "The eigenvectors of $W_h$ are not at right angles, so its norm is larger than its spectral radius.",
            lambda: _norm(1, 1, 1) < 1,
        ),
        Option(
            f"With the logistic function, gradients vanish over many steps, since {_SIGMA:.2f} is below 4.",
            f"Its slope is at most 1/4, so no step multiplies a norm by more than {_SIGMA:.2f} / 4 = {_SIGMA / 4:.2f}. This holds for all inputs, and it is enough.",
            lambda: probes.STEEPEST["sigmoid"] * _SIGMA < 1,
        ),
        Option(
            "None of this is certain: whether gradients vanish depends on the inputs, whatever the matrix and the activation.",
            "If largest singular value times steepest slope is below 1, no input can change it. For one of the activations that is so.",
            lambda: min(probes.STEEPEST.values()) * _SIGMA >= 1,
        ),
    ),
    afterword="""
A largest singular value below one over the steepest slope is *sufficient* for gradients to vanish; one above it is only *necessary* for them to explode.
The spectral radius answers for a linear network, and only after many steps.
""",
)


def _recall_form(value, B, T, K):
    """What is wrong with the looks of a batch; None if it is one."""
    if not isinstance(value, tuple | list) or len(value) != 3 or not all(isinstance(x, np.ndarray) for x in value):
        return "Three arrays are expected: return tokens, marks, keys."
    tokens, marks, keys = value
    if tokens.shape != (T, B) or marks.shape != (T, B) or keys.shape != (B,):
        return f"The shapes are {tokens.shape}, {marks.shape}, {keys.shape}; expected {(T, B)}, {(T, B)}, {(B,)}: time comes first."
    if tokens.dtype.kind not in "iu" or tokens.min() < 0 or tokens.max() >= K:
        return f"The tokens must be the whole numbers 0 to {K - 1}; other ones are among them."
    if not np.isin(marks, (0, 1)).all() or (marks.sum(0) != 1).any() or marks[recall.START :].any():
        return f"The marks must be 0, but for a single 1 in one of the first {recall.START} steps of each sequence."
    if (tokens[marks.argmax(0), np.arange(B)] != keys).any():
        return "The key must be the token at the mark; in some sequences another one stands there."
    return None


def _recall(value, rng, B, T, K):
    """None if nothing but the mark tells which token counts. The margins are about five standard deviations or more."""
    if message := _recall_form(value, B, T, K):
        return message
    tokens, marks, keys = value
    counts = np.eye(K)[tokens].sum(0)
    rarest = (np.where(counts == 0, T, counts).argmin(-1) == keys).mean()  # among those that are shown
    if rarest > 1 / K + 0.04:
        return f"The token that is shown least often is the key in {100 * rarest:.0f} % of the sequences, and nobody needs the marks."
    for counts, message in (
        (
            np.bincount(marks.argmax(0), minlength=recall.START),
            "The marks do not stand at each of the first ten steps equally often.",
        ),
        (np.bincount(keys, minlength=K), "Some keys are drawn more often than others."),
        (
            np.bincount(tokens[marks == 0], minlength=K),
            "The other tokens are not drawn from all tokens alike: that tells them from the key.",
        ),
    ):
        if np.abs(counts / counts.sum() - 1 / len(counts)).max() > 0.04:
            return message
    same = (tokens[1:] == tokens[:-1])[(marks[1:] == 0) & (marks[:-1] == 0)].mean()
    if abs(same - 1 / K) > 0.03:
        return "A token tells which one comes next: every token must be drawn by itself."
    met = ((tokens == keys) & (marks == 0)).sum(1) / (marks == 0).sum(1)
    worst = np.abs(met - 1 / K).argmax()
    if abs(met[worst] - 1 / K) > 0.06:
        return f"Where step {worst} is not marked, its token is the key in {100 * met[worst]:.0f} % of the sequences: it gives the key away."
    return None


_RECALL = """
def my_recall(rng, B, T, K):
    each = np.arange(B)
    keys = rng.integers(0, K, B)
    tokens = rng.integers(0, K, (T, B))
    step = rng.integers(0, 10, B)
    marks = np.zeros((T, B))
    tokens[step, each] = keys
    marks[step, each] = 1
    return tokens, marks, keys
"""
_OTHERS = "    tokens = rng.integers(0, K, (T, B))\n"
_OTHERS_STEP = _OTHERS + "    step = rng.integers(0, 10, B)\n"
_AVOID = "    tokens = rng.integers(0, K - 1, (T, B))\n    tokens += tokens >= keys  # no other token is the key\n"
_FIRST = "    step = np.zeros(B, int)\n"

RECALL = Mend(
    key="long.shortcut",
    title="A task that is too easy",
    stars=2,
    statement="""
This program draws a recall task: `tokens` and `marks` of shape $(T, B)$, and the `keys`, the tokens at the marks, which are asked for at the
end. A network solves it at any gap, and its author is proud. But two guesses that never look at the marks solve it too:

- the token of the first step, `tokens[0]`,
- the token that is shown least often, `np.eye(K)[tokens].sum(0).argmin(-1)`.

Mend it. The mark shall stand at each of the first ten steps equally often, every other token shall be any of the $K$, drawn independently, and each key shall
be as likely as any other ($T$ is at least 10). Guessing the first token is then right in one sequence of ten, and by chance in $1/K$ of the rest; guessing the rarest token is right in at most $1/K$ of
the sequences.
""",
    start=_RECALL.replace(_OTHERS_STEP, _AVOID + _FIRST),
    hints=(
        "There are two mistakes, one for each guess. What does a sequence look like at its first step? How often does the key come in it?",
        "Whoever wanted to make the task clear has made it easy: the key never comes again, so it is the odd one out. It must be allowed to come again.",
        "Draw the step from the first ten with `rng.integers`. Draw the other tokens from all $K$, and leave out the line that moves them away from the key.",
    ),
    solution=_RECALL,
    cases=lambda rng: [(np.random.default_rng(seed), 4000, T, K) for seed, T, K in ((1, 40, 4), (2, 25, 3))],
    examine=_recall,
    wrong=(
        Wrong("The token that is shown least often is the key in", _AVOID + _FIRST, _OTHERS_STEP),
        Wrong("The token that is shown least often is the key in", _AVOID, _OTHERS),
        Wrong(
            "Every mark still stands at the first step, so `tokens[0]` is always the key.",
            "np.zeros(B, int)",
            "rng.integers(0, 10, B)",
        ),
        Wrong(
            "The key is always at the same step. Another one than the first is no better: whoever keeps the token of that step needs no mark.",
            "np.full(B, 5)",
            "rng.integers(0, 10, B)",
        ),
        Wrong(
            "All sequences of the batch have their mark at the same step: draw a step for each of them.",
            "np.full(B, rng.integers(0, 10))",
            "rng.integers(0, 10, B)",
        ),
        Wrong(
            "Nearly: 10 is the end that integers leaves out, so step 9 is never marked.",
            "rng.integers(0, 9, B)",
            "rng.integers(0, 10, B)",
        ),
        Wrong("The marks must be 0, but for a single 1", "rng.integers(0, T, B)", "rng.integers(0, 10, B)"),
        Wrong(
            "The last token of the alphabet is never among the others: without the second line, draw from all K.",
            "rng.integers(0, K - 1, (T, B))",
            "rng.integers(0, K, (T, B))",
        ),
        Wrong(
            "Drawn from all K, the tokens need not be moved: some become K now, which is none of the alphabet.",
            _OTHERS + "    tokens += tokens >= keys\n",
            _OTHERS,
        ),
        Wrong(
            "The other tokens are all the same within a sequence, so that the key is the odd one out.",
            "rng.integers(0, K, B) + np.zeros((T, 1), int)",
            "rng.integers(0, K, (T, B))",
        ),
        Wrong(
            "The token that is shown least often is the key in",
            _OTHERS.replace("0, K,", "1, K,") + "    tokens = (keys + tokens) % K\n",
            _OTHERS,
        ),
        Wrong(
            "A token tells which one comes next",
            "np.repeat(rng.integers(0, K, (T, B)), 2, 0)[:T]",
            "rng.integers(0, K, (T, B))",
        ),
        Wrong("The key must be the token at the mark", "", "    tokens[step, each] = keys\n"),
    ),
    afterword="""
Before a task tells you something about memory, try what gets by without it. A network finds every short cut that there is, and a
success at gap 1000 is then no more than a success of the short cut.
""",
)

_NOISE, _GAP, _LEAST = 0.5, 100, 0.1
_DETECTORS = probes.hand_set_latch()
_WINDOW = np.linspace(1, 4, 3001)
_WINDOW = _WINDOW[(probes.noise_margin(_WINDOW) >= _NOISE) & (probes.latch_gradient(_WINDOW) >= _LEAST)]


def _answers(W_h, noise):
    """States (T, B, 3) of the three units on marked recall, disturbed; and the signs that are right, and the marks' steps."""
    xs, targets, at = recall.marked(np.random.default_rng(0), noise.shape[1], _GAP, K=2)
    p = rnn.Params(np.vstack([_DETECTORS.W_x, np.eye(3)]), W_h, _DETECTORS.b)
    return run(rnn, p, np.concatenate([xs, noise], -1))[0], 1 - 2 * targets, at - _GAP


def _disturbances():
    """As large as they may be: each unit steadily to one side or the other, in all combinations, and from side to side at random."""
    noise = np.random.default_rng(1).choice([-_NOISE, _NOISE], (recall.START + _GAP, 80, 3))
    noise[:, :64] = np.repeat(_NOISE * np.array(list(product((-1, 1), repeat=3))), 8, 0)
    return noise


def _latch_fault(W_h):
    """What is wrong with a 3 x 3 matrix; None if nothing is."""
    noise, w = _disturbances(), W_h[2, 2]
    hs, sign, step = _answers(W_h, 0 * noise)
    end = (step + _GAP, np.arange(len(sign)), 2)
    still, disturbed = hs[end] * sign, _answers(W_h, noise)[0][end] * sign
    lost = min(still.min(), disturbed.min()) <= 0
    if w < 0:
        return "With a negative weight on itself the third unit turns over at every step."
    if still.max() < 0:
        return "All answers are turned round: token 0 must make the third unit positive, token 1 negative."
    if lost and abs(W_h[:2, 2].sum()) > 0.02:
        return "The third unit is pulled to one side. The detectors rest at -1, both: what they send it then must cancel."
    if np.abs(still).max() < 1e-3:
        return (
            "Even without noise nothing is left of the bit at the end: the third unit must hear the detectors, and hold itself."
        )
    if lost and probes.noise_margin(w) < _NOISE + 0.01:
        return f"Noise of {_NOISE} wipes the bit out: the weight of the third unit on itself is too small for it."
    if lost:
        return (
            "The mark does not turn the third unit over for good, with noise against it: what the detectors send is too weak."
        )
    if (slope := probes.latch_gradient(w)) < _LEAST:
        return f"The bit is safe, safer than it need be: of a gradient only {slope:.3f} is left with each step, and at least {_LEAST} is wanted. A smaller weight will do."
    return None


def _latch(value):
    numbers = isinstance(value, np.ndarray) and value.shape == (3, 3) and value.dtype.kind in "iuf"
    if not numbers or not np.isfinite(value).all():
        return "An array of finite numbers of shape (3, 3) is expected: return W_h."
    W_h = value.astype(float)
    fault = _latch_fault(W_h)
    if fault and _latch_fault(W_h.T) is None:
        return "This is W_h transposed. Rows are where a number comes from, columns where it goes: h_prev @ W_h."
    return fault


LATCH = Write(
    key="long.latch",
    title="A bit against noise",
    stars=2,
    statement=f"""
Three tanh units, numbered 0, 1 and 2, shall solve marked recall with two tokens. The first two are detectors, and their weights are set (the number
below an $h$ is that of the unit here):

$$h_0 = \\tanh({_DETECTORS.W_x[0, 0]:g}\\,\\text{{token}}_0 + {_DETECTORS.W_x[2, 0]:g}\\,\\text{{flag}} - {-_DETECTORS.b[0]:g}), \\qquad
h_1 = \\tanh({_DETECTORS.W_x[1, 1]:g}\\,\\text{{token}}_1 + {_DETECTORS.W_x[2, 1]:g}\\,\\text{{flag}} - {-_DETECTORS.b[1]:g}).$$

Each is near 1 in the one step where its token is marked, and near $-1$ in all others. The third unit hears no input and has no bias. Return
$W_h$, of shape $(3, 3)$, such that {_GAP} steps after the mark $h_2 > 0$ if token 0 was marked, $h_2 < 0$ if token 1. This must hold even if noise
between $-{_NOISE}$ and {_NOISE} is added, at each step, to what enters each $\\tanh$.

A second wish: without noise, when the third unit rests, at least {_LEAST} of a small change of it shall survive one step
($\\partial h_2/\\partial h_{{2,prev}} \\ge {_LEAST}$), so that a gradient does not vanish faster than it must.
""",
    start="""
def my_W_h():
    W_h = np.zeros((3, 3))
    ...
    return W_h
""",
    hints=(
        "Only the third unit listens to the last state. In $h_{prev} W_h$, is that a row of $W_h$ or a column?",
        "While nothing is marked both detectors send $-1$. Their two weights must cancel then, and one marked token must push up, the other down.",
        "So the column is $v, -v, w$. A small $w$ is beaten by the noise, a large $w$ flattens the $\\tanh$: `probes.noise_margin(w)` must be above "
        f"{_NOISE} and `probes.latch_gradient(w)` at least {_LEAST}. Try a few $w$ between 1 and 3, and let $v$ be no smaller than $w$, so that the mark wins against memory and noise together.",
    ),
    solution="""
def my_W_h():
    W_h = np.zeros((3, 3))
    W_h[:, 2] = 2, -2, 2
    return W_h
""",
    cases=lambda rng: [()],
    examine=_latch,
    wrong=(
        Wrong("This is W_h transposed.", "W_h[2] = 2", "W_h[:, 2] = 2"),
        Wrong("Even without noise nothing is left", "2, -2, 0.5", "2, -2, 2"),
        Wrong("Noise of 0.5 wipes the bit out", "2, -2, 1.8", "2, -2, 2"),
        Wrong("The bit is safe, safer than it need be", "2, -2, 3", "2, -2, 2"),
        Wrong("All answers are turned round", "-2, 2, 2", "2, -2, 2"),
        Wrong("The third unit is pulled to one side.", "2, 2, 2", "2, -2, 2"),
        Wrong("The mark does not turn the third unit over for good", "1, -1, 2", "2, -2, 2"),
        Wrong("With a negative weight on itself", "2, -2, -2", "2, -2, 2"),
        Wrong("Even without noise nothing is left", "0, 0, 2", "2, -2, 2"),
        Wrong("An array of finite numbers of shape (3, 3) is expected", "return 2, -2, 2", "return W_h"),
    ),
    afterword=f"""
The window is narrow: below about {_WINDOW.min():.1f} the noise wins, above about {_WINDOW.max():.1f} a gradient keeps less than {_LEAST} of itself in a step. And even at $w = 2$
it keeps only {float(probes.latch_gradient(2.0)):.2f}, which after ten steps is {float(probes.latch_gradient(2.0)) ** 10:.0e}. A unit that holds a bit
firmly forgets how it came to hold it.
""",
)


def _jacobian_cases(rng):
    """Slopes from flat to steep; equal sizes, where a wrong product passes unnoticed; a batch of one; no step at all."""
    sizes = [(6, 3, 4, "float64"), (3, 3, 3, "float64"), (4, 1, 2, "float32"), (1, 2, 3, "float64")]
    return [
        (np.tanh(rng.standard_normal((steps, B, H))).astype(kind), (0.8 * rng.standard_normal((H, H))).astype(kind))
        for steps, B, H, kind in sizes
    ]


def _jacobian_truth(hs, W_h):
    """torch's derivatives of the last state, along a chain that runs through exactly these states."""
    import torch

    states, W = (torch.from_numpy(x.astype("float64")) for x in (hs, W_h))
    inputs = torch.atanh(states[1:]) - states[:-1] @ W
    chain = [states[0].clone().requires_grad_()]
    for a in inputs:
        chain.append(torch.tanh(chain[-1] @ W + a))
    columns = [torch.autograd.grad(unit.sum(), chain, retain_graph=True) for unit in chain[-1].unbind(-1)]
    return np.stack([np.stack(column) for column in columns], -1).astype(hs.dtype)


_BATCH_FIRST = tuple(
    convention._replace(after=lambda x: x.swapaxes(0, 1) if isinstance(x, np.ndarray) and x.ndim > 1 else x)
    for convention in BATCH_FIRST
)

JACOBIANS = Write(
    key="long.jacobians",
    title="All the way to the first state",
    stars=3,
    statement="""
Compute the curves of this chapter yourself. You get the states `hs` of a tanh network, $(T + 1, B, H)$, the state at the start included, and `W_h`. Return
the array of shape $(T + 1, B, H, H)$ whose entry $t$ is the derivative of the last state with respect to `hs[t]`:

$$\\left(\\frac{\\partial h_T}{\\partial h_t}\\right)_{ij} = \\frac{\\partial\\,h_T[j]}{\\partial\\,h_t[i]}.$$

Rows are where we come from, columns where we go, as everywhere in this course. The last entry is the identity.
""",
    start="""
def my_jacobians(hs, W_h):
    ...
""",
    hints=(
        "Begin with a single step: $h_{t+1}[j] = \\tanh(\\sum_i h_t[i]\\, W_h[i, j] + \\dots)$. What is its derivative with respect to $h_t[i]$?",
        "It is $W_h[i, j]\\,(1 - h_{t+1}[j]^2)$: the slope belongs to the new unit, so it multiplies the *columns* of $W_h$, for each sequence its own.",
        "Go backwards, as the chain rule reads with rows: `total[t] = J @ total[t + 1]`, starting from `np.eye(H)`. A `J` of shape $(B, H, H)$ comes from "
        '`np.einsum` with `"ij,bj->bij"`, and `@` multiplies the matrices of a batch one by one.',
    ),
    solution="""
def my_jacobians(hs, W_h):
    H = len(W_h)
    total = np.empty((*hs.shape, H), hs.dtype)
    total[-1] = np.eye(H)
    for t in reversed(range(len(hs) - 1)):
        J = np.einsum("ij,bj->bij", W_h, 1 - hs[t + 1] ** 2)
        total[t] = J @ total[t + 1]
    return total
""",
    cases=_jacobian_cases,
    examine=equals(_jacobian_truth),
    wrong=(
        Wrong(
            "Every matrix is transposed: entry [i, j] must be the derivative of unit j of the last state with respect to unit i.",
            "return total.swapaxes(-1, -2)",
            "return total",
        ),
        Wrong(
            "The slope 1 - h^2 multiplies the rows of W_h. It belongs to the unit that is computed, and that is the column.",
            "bi->bij",
            "bj->bij",
        ),
        Wrong(
            "The order is reversed: the step that follows h_t comes first in the product, the last step last.",
            "total[t + 1] @ J",
            "J @ total[t + 1]",
        ),
        Wrong("W_h is transposed: what leads from unit i to unit j is W_h[i, j].", "ji,bj->bij", "ij,bj->bij"),
        Wrong(
            "The slope is taken from the state before the step; it is that of the state after it.",
            "hs[t] ** 2",
            "hs[t + 1] ** 2",
        ),
        Wrong(
            "These are the derivatives of single steps. To get from h_t to h_T, multiply all that lie between.",
            "total[t] = J\n",
            "total[t] = J @ total[t + 1]\n",
        ),
        Wrong("The slopes of tanh are missing.", "np.ones_like(hs[t + 1])", "1 - hs[t + 1] ** 2"),
        Wrong("The slope of tanh is 1 - h^2, not 1 - h.", "1 - hs[t + 1])", "1 - hs[t + 1] ** 2)"),
        Wrong(
            "hs holds what tanh gave, not what it took: the slope is 1 - h^2 without another tanh.",
            "1 - np.tanh(hs[t + 1]) ** 2",
            "1 - hs[t + 1] ** 2",
        ),
        Wrong(
            "* multiplies number by number; matrices are multiplied with @.",
            "J * total[t + 1]",
            "J @ total[t + 1]",
        ),
        Wrong(
            "These are the derivatives of h_t with respect to the first state, forwards. Those of the last state are wanted: begin at the end.",
            "    total[0] = np.eye(H)\n    for t in range(len(hs) - 1):\n"
            '        J = np.einsum("ij,bj->bij", W_h, 1 - hs[t + 1] ** 2)\n        total[t + 1] = total[t] @ J\n',
            "    total[-1] = np.eye(H)\n    for t in reversed(range(len(hs) - 1)):\n"
            '        J = np.einsum("ij,bj->bij", W_h, 1 - hs[t + 1] ** 2)\n        total[t] = J @ total[t + 1]\n',
        ),
    ),
    conventions=_BATCH_FIRST + COLUMNS,
    afterword="""
The spectral norm of every entry, `np.linalg.norm(total, 2, axis=(-2, -1))`, on a logarithmic axis, is the curve of this chapter. Over a thousand steps the numbers leave
what float64 can hold; `probes.log10_sensitivity` therefore keeps the scale of the product apart, as a logarithm.
""",
)

EXERCISES = (LOGS, BOUNDS, RECALL, LATCH, JACOBIANS)
