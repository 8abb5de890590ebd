"""The exercises of the page on the LSTM's way back."""

import numpy as np

from lstm_course.exercises.conventions import COLUMNS
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals


def _scalar():
    dh, later, o, tanh_c, f, c_prev = 2.0, 0.25, 0.5, 0.6, 0.8, 2.0
    dc = later + dh * o * (1 - tanh_c**2)
    return {"dc": dc, "da_f": dc * c_prev * f * (1 - f), "dc_prev": dc * f}


SCALAR = Predict(
    key="lback.scalar",
    title="The forget gate by hand",
    stars=1,
    statement="""
One unit, one step. On the way forward it had $o_t = 0.5$, $\\tanh c_t = 0.6$, $f_t = 0.8$ and $c_{t-1} = 2$. The way back
begins with a total $\\mathrm{d}h_t = 2$ and a later $\\mathrm{d}c_t = 0.25$. What are the total $\\mathrm{d}c_t$, then
$\\mathrm{d}a_f$ and $\\mathrm{d}c_{t-1}$?
""",
    start="my_scalar = dict(dc=..., da_f=..., dc_prev=...)",
    hints=(
        "Two ways lead back into the cell: the later one, and the one through $h_t$. Add them before anything else.",
        "Through $h_t$ comes $\\mathrm{d}h_t \\cdot o_t \\cdot (1 - \\tanh^2 c_t)$, here $2 \\cdot 0.5 \\cdot 0.64$.",
        "The forget gate stands next to $c_{t-1}$ and has the slope $f_t (1 - f_t) = 0.16$. The step before gets the total times $f_t$.",
    ),
    truth=_scalar,
    solution="""
The total is $0.25 + 2 \\cdot 0.5 \\cdot (1 - 0.36) = 0.89$. Hence
$\\mathrm{d}a_f = 0.89 \\cdot 2 \\cdot 0.8 \\cdot 0.2 = 0.285$ and $\\mathrm{d}c_{t-1} = 0.89 \\cdot 0.8 = 0.712$.
""",
    wrong=(
        Wrong("this is only what later steps send. The way through h is missing.", {"dc": 0.25}),
        Wrong("this is only the way through h. What later steps send must be added.", {"dc": 0.64}),
        Wrong("the slope of tanh is missing on the way through h: 1 - 0.6 squared.", {"dc": 1.25}),
        Wrong("the slope of tanh is 1 - tanh squared, not 1 - tanh.", {"dc": 0.65}),
        Wrong("the output gate stands between h and tanh(c): its 0.5 is missing.", {"dc": 1.53}),
        Wrong("this is the derivative with respect to the gate f. The slope of its sigmoid is missing.", {"da_f": 1.78}),
        Wrong("the forget gate stands next to the cell of the step before: its 2 is missing.", {"da_f": 0.1424}),
        Wrong("next to f stands c before the step, 2, and not tanh c after it, 0.6.", {"da_f": 0.89 * 0.6 * 0.16}),
        Wrong("this comes from later steps alone. The total derivative of c belongs here.", {"da_f": 0.25 * 2 * 0.16}),
        Wrong("the slope of the sigmoid is f (1 - f): the factor f is missing.", {"da_f": 0.89 * 2 * 0.2}),
        Wrong("the way to the step before leads through the product with f: its 0.8 is missing.", {"dc_prev": 0.89}),
        Wrong("this comes from later steps alone. The total derivative of c is what goes back.", {"dc_prev": 0.2}),
        Wrong(
            "c stands next to f itself in the product, so the factor is f and not the slope of its sigmoid.",
            {"dc_prev": 0.89 * 0.16},
        ),
    ),
    afterword="""
More comes back to $c_{t-1}$ than later steps sent to $c_t$: the way through $h_t$ has joined in. A forget gate below 1 makes each
share smaller, but at every step a new share joins, of either sign.
""",
)


def _derivatives(f):
    """What the four derivatives are at one step, for a forget gate of this value and all else in the middle."""
    dc, c_prev, i, g = 1.0, 1.0, 0.5, 0.5
    parts = {"c_prev": dc * f, "a_f": dc * c_prev * f * (1 - f), "a_i": dc * g * i * (1 - i), "a_g": dc * i * (1 - g**2)}
    return {name for name, value in parts.items() if abs(value) < 1e-3}


SATURATED = Choice(
    key="lback.saturated",
    title="A gate wide open",
    stars=1,
    statement="""
A unit's forget gate is as good as 1: its pre-activation is $a_f = 12$. The total $\\mathrm{d}c_t$, the cell $c_{t-1}$, the input gate and
the candidate are of ordinary size, say a half to one. Which of the derivatives at this step is nearly zero?
""",
    hints=(
        "Which lines have $f_t$ in them? There are two.",
        "In one of them stands $f_t$ itself, in the other the slope $f_t (1 - f_t)$.",
        "Put in $f_t = 1$: the slope is $1 \\cdot 0$.",
    ),
    options=(
        Option(
            "$\\mathrm{d}c_{t-1}$: nothing comes back to the cell of the step before.",
            "It is $\\mathrm{d}c_t \\cdot f_t$, so with $f_t$ near 1 nearly all of it comes back. It would vanish with the gate shut.",
            lambda: _derivatives(1 / (1 + np.exp(-12.0))) == {"c_prev"},
        ),
        Option(
            "$\\mathrm{d}a_f$: the weights of the forget gate itself learn next to nothing from this step.",
            "The slope of the sigmoid, $f_t (1 - f_t)$, is nearly zero at both ends. The cell's derivative passes, the gate's own does not.",
            lambda: _derivatives(1 / (1 + np.exp(-12.0))) == {"a_f"},
        ),
        Option(
            "$\\mathrm{d}a_i$ and $\\mathrm{d}a_g$: a cell that keeps everything cannot learn to write.",
            "Neither line contains $f_t$. What is written is added, so the plus hands both of them the whole $\\mathrm{d}c_t$.",
            lambda: _derivatives(1 / (1 + np.exp(-12.0))) == {"a_i", "a_g"},
        ),
        Option(
            "All of them: where a gate saturates, the gradient stops.",
            "A saturated gate stops the derivative into the gate. What passes beside it, along the cell's line, is multiplied by its value.",
            lambda: _derivatives(1 / (1 + np.exp(-12.0))) == {"c_prev", "a_f", "a_i", "a_g"},
        ),
        Option(
            "None: a gate that is open lets everything through.",
            "It lets through what flows along the cell's line. The way into the gate itself has the slope of the sigmoid on it.",
            lambda: _derivatives(1 / (1 + np.exp(-12.0))) == set(),
        ),
    ),
    afterword="""
This has two sides. A large forget bias makes a cell remember from the start, and makes its forget gate slow to learn anything else.
""",
)


def _coupled_cases(rng):
    shapes = [(3, 4, "float64"), (1, 2, "float64"), (2, 5, "float32"), (4, 1, "float64")]
    cases = []
    for B, H, kind in shapes:
        dh, later_dc, c_prev, a_f, a_g, a_o = rng.standard_normal((6, B, H))
        f, o = (1 / (1 + np.exp(-a)) for a in (a_f, a_o))
        g = np.tanh(a_g)
        cases.append(tuple(x.astype(kind) for x in (dh, later_dc, c_prev, f, g, o, f * c_prev + (1 - f) * g)))
    return cases


def _coupled_truth(dh, later_dc, c_prev, f, g, o, c):
    """torch's derivative with respect to a_f."""
    import torch

    kind = dh.dtype
    dh, later_dc, c_prev, f, g, o = (torch.from_numpy(x.astype("float64")) for x in (dh, later_dc, c_prev, f, g, o))
    a_f = torch.logit(f).requires_grad_()
    f = torch.sigmoid(a_f)
    cell = f * c_prev + (1 - f) * g
    loss = (dh * o * torch.tanh(cell)).sum() + (later_dc * cell).sum()
    return torch.autograd.grad(loss, a_f)[0].numpy().astype(kind)


COUPLED = Write(
    key="lback.coupled",
    title="One gate for two",
    stars=2,
    statement="""
An LSTM may save a gate: what it writes is as much as it forgets, $i_t = 1 - f_t$, and so

$$c_t = f_t * c_{t-1} + (1 - f_t) * g_t .$$

Derive and return $\\mathrm{d}a_f$, the derivative with respect to the pre-activation of this one gate, $(B, H)$. You get the total
$\\mathrm{d}h_t$ as `dh`, the later $\\mathrm{d}c_t$ as `later_dc`, the cell before the step as `c_prev`, the values `f`, `g`, `o`, and the cell after
the step as `c`, each $(B, H)$.
""",
    start="""
def my_da_f(dh, later_dc, c_prev, f, g, o, c):
    ...
""",
    hints=(
        "How does $a_f$ get to the loss? It moves $f_t$, that moves $c_t$, and $c_t$ has two ways on. Begin with the total $\\mathrm{d}c_t$.",
        "In $c_t$ the gate stands in two places: next to $c_{t-1}$, and with a minus next to $g_t$. Add what comes through both.",
        "So the gate gets the total $\\mathrm{d}c_t$ times $c_{t-1} - g_t$. Then comes the slope of its sigmoid.",
    ),
    solution="""
def my_da_f(dh, later_dc, c_prev, f, g, o, c):
    total = later_dc + dh * o * (1 - np.tanh(c) ** 2)
    return total * (c_prev - g) * f * (1 - f)
""",
    cases=_coupled_cases,
    examine=equals(_coupled_truth),
    wrong=(
        Wrong(
            "The gate stands in two places, and the second is forgotten: f also decides, as 1 - f, how much of g is written.",
            "total * c_prev * f",
            "total * (c_prev - g) * f",
        ),
        Wrong(
            "The sign of the second place is wrong: g is multiplied by 1 - f, and that falls when f grows.",
            "(c_prev + g)",
            "(c_prev - g)",
        ),
        Wrong(
            "Only the second place of the gate is there. It also stands next to c_prev.",
            "total * -g * f",
            "total * (c_prev - g) * f",
        ),
        Wrong(
            "The sign is the wrong way round: a larger f keeps more of c_prev and writes less of g.",
            "(g - c_prev)",
            "(c_prev - g)",
        ),
        Wrong(
            "This is the derivative with respect to f, not to a_f: the slope of the sigmoid, f (1 - f), is missing.",
            "return total * (c_prev - g)",
            "return total * (c_prev - g) * f * (1 - f)",
        ),
        Wrong("The slope of the sigmoid is f (1 - f): the factor 1 - f is missing.", "* f\n", "* f * (1 - f)\n"),
        Wrong(
            "The way through h is missing: later_dc is only what later steps send, not the total derivative of c.",
            "total = later_dc\n",
            "total = later_dc + dh * o * (1 - np.tanh(c) ** 2)\n",
        ),
        Wrong(
            "What later steps send is missing: the total derivative of c has two parts.",
            "total = dh",
            "total = later_dc + dh",
        ),
        Wrong(
            "c is what tanh takes on the way to h: the slope is 1 - tanh(c)^2, not 1 - c^2.",
            "(1 - c**2)",
            "(1 - np.tanh(c) ** 2)",
        ),
        Wrong("On the way through h the slope of tanh at c is missing.", "dh * o\n", "dh * o * (1 - np.tanh(c) ** 2)\n"),
        Wrong("On the way through h stands the output gate, and it is missing.", "dh * (1", "dh * o * (1"),
        Wrong(
            "The two places are treated as two gates, each with its own value as a factor. What moves is f, and 1 - f moves against it.",
            "(f * c_prev - (1 - f) * g)",
            "(c_prev - g)",
        ),
    ),
    conventions=COLUMNS,
    afterword="""
With $g_t = c_{t-1}$ nothing comes back: where the new value is the old one, it does not matter how far the gate moves between them.
""",
)


def _sums_cases(rng):
    shapes = [(5, 3, 4, 2, "float64"), (3, 1, 2, 4, "float64"), (1, 2, 3, 2, "float64"), (4, 2, 3, 5, "float32")]
    cases = []
    for T, B, D, H, kind in shapes:
        sizes = [(T, B, D), (T, B, H), (B, H), (T, B, 4 * H)]
        cases.append(tuple(rng.standard_normal(size).astype(kind) for size in sizes))
    return cases


def _sums_truth(xs, hs, h_0, das):
    """torch's gradient of the sum of da times the pre-activations: its derivative by each of these is da."""
    import torch

    D, H = xs.shape[-1], hs.shape[-1]
    leaves = [torch.zeros(size, dtype=torch.float64, requires_grad=True) for size in ((D, 4 * H), (H, 4 * H), (4 * H,))]
    W_x, W_h, b = leaves
    loss = 0.0
    for t in range(len(xs)):
        h_prev = h_0 if t == 0 else hs[t - 1]
        x, h_prev, da = (torch.from_numpy(y.astype("float64")) for y in (xs[t], h_prev, das[t]))
        loss = loss + (da * (x @ W_x + h_prev @ W_h + b)).sum()
    return tuple(gradient.numpy().astype(xs.dtype) for gradient in torch.autograd.grad(loss, leaves))


_SUMS = """
def my_param_grads(xs, hs, h_0, das):
    h_prev = np.concatenate([h_0[None], hs[:-1]])
    dW_x = xs.reshape(-1, xs.shape[-1]).T @ das.reshape(-1, das.shape[-1])
    dW_h = h_prev.reshape(-1, h_prev.shape[-1]).T @ das.reshape(-1, das.shape[-1])
    return dW_x, dW_h, das.sum((0, 1))
"""

_AFTER = "W_h is paired with the state after each step. It multiplied the state before: h_0 at the first step, then `hs` without its last."
_BATCH = "The bias is summed over the steps and not over the batch: its shape gives it away. Every example uses the same bias."

SUMS = Mend(
    key="lback.sums",
    title="Mend the sums",
    stars=2,
    statement="""
This function should give the gradients of all parameters at once, after the loop: `xs` are the inputs $(T, B, D)$, `hs` the states *after* each
step $(T, B, H)$, `h_0` the state at the start $(B, H)$, `das` the derivatives with respect to the pre-activations $(T, B, 4H)$. It has **two** mistakes.
A shape tells you of one, the other is silent. Mend both. (`reshape(-1, n)` lays the rows of all steps below one another, $T \\cdot B$ of them.)
""",
    start="""
def my_param_grads(xs, hs, h_0, das):
    dW_x = xs.reshape(-1, xs.shape[-1]).T @ das.reshape(-1, das.shape[-1])
    dW_h = hs.reshape(-1, hs.shape[-1]).T @ das.reshape(-1, das.shape[-1])
    return dW_x, dW_h, das.sum(0)
""",
    hints=(
        "Which shape should the gradient of each parameter have? That of the parameter: $(D, 4H)$, $(H, 4H)$, $(4H)$.",
        "The sum for the bias must run over steps and examples. For the other mistake ask: what did $W_h$ multiply on the way to $a_t$?",
        "It multiplied $h_{t-1}$. Put `h_0[None]` in front of `hs[:-1]` with `np.concatenate`, and sum `das` over the axes `(0, 1)`.",
    ),
    solution=_SUMS,
    cases=_sums_cases,
    examine=equals(_sums_truth, "dW_x", "dW_h", "db"),
    wrong=(
        Wrong(
            _BATCH + " And there is the silent mistake too: which state did W_h multiply?",
            """
def my_param_grads(xs, hs, h_0, das):
    dW_x = xs.reshape(-1, xs.shape[-1]).T @ das.reshape(-1, das.shape[-1])
    dW_h = hs.reshape(-1, hs.shape[-1]).T @ das.reshape(-1, das.shape[-1])
    return dW_x, dW_h, das.sum(0)
""",
        ),
        Wrong("One is mended. " + _AFTER, "h_prev = hs", "h_prev = np.concatenate([h_0[None], hs[:-1]])"),
        Wrong("One is mended. " + _BATCH, "das.sum(0)", "das.sum((0, 1))"),
        Wrong(
            "The start is forgotten: at the first step W_h multiplied the given h_0, not zeros.",
            "np.zeros_like(h_0)[None]",
            "h_0[None]",
        ),
        Wrong(
            "db is a mean over the batch. The loss is a sum, and so is its gradient.", "das.sum(0).mean(0)", "das.sum((0, 1))"
        ),
        Wrong(
            "The states are shifted the wrong way: step t gets the state of step t + 1.",
            "[hs[1:], hs[-1:]]",
            "[h_0[None], hs[:-1]]",
        ),
        Wrong(
            "The bias is summed over the batch and not over the steps. Every step uses the same bias.",
            "das.sum(1)",
            "das.sum((0, 1))",
        ),
    ),
    conventions=(),
    afterword="""
Nothing in here waits for another step, and that is why it can stand after the loop: one product of $T \\cdot B$ rows in place of $T$ small
ones, for each of the two matrices.
""",
)


def _step_cases(rng):
    shapes = [(3, 4, 2, "float64"), (1, 2, 3, "float64"), (2, 3, 5, "float32"), (4, 5, 4, "float64")]
    cases = []
    for B, D, H, kind in shapes:
        dh, later_dc, h_prev, c_prev, a_i, a_f, a_g, a_o = 0.8 * rng.standard_normal((8, B, H))
        i, f, o = (1 / (1 + np.exp(-a)) for a in (a_i, a_f, a_o))
        x, W_x, W_h = (rng.standard_normal(size) for size in ((B, D), (D, 4 * H), (H, 4 * H)))
        cell = [y.astype(kind) for y in (dh, later_dc, x, h_prev, c_prev)]
        gates = tuple(y.astype(kind) for y in (i, f, np.tanh(a_g), o))
        cases.append((*cell, gates, W_x.astype(kind), W_h.astype(kind)))
    return cases


def _step_truth(dh, later_dc, x, h_prev, c_prev, gates, W_x, W_h):
    """torch's gradient of a step whose gates are these: what the products do not give is a constant."""
    import torch

    kind = dh.dtype
    to = lambda y: torch.from_numpy(y.astype("float64"))
    leaves = [to(y).requires_grad_() for y in (x, h_prev, c_prev, W_x, W_h)]
    b = torch.zeros(W_h.shape[1], dtype=torch.float64, requires_grad=True)
    x, h_prev, c_prev, W_x, W_h = leaves
    i, f, g, o = map(to, gates)
    wanted = torch.cat([torch.logit(i), torch.logit(f), torch.atanh(g), torch.logit(o)], 1)
    products = x @ W_x + h_prev @ W_h + b
    a = products + (wanted - products).detach()
    i, f, g, o = a.chunk(4, 1)
    c = f.sigmoid() * c_prev + i.sigmoid() * g.tanh()
    loss = (to(dh) * o.sigmoid() * c.tanh()).sum() + (to(later_dc) * c).sum()
    return tuple(gradient.numpy().astype(kind) for gradient in torch.autograd.grad(loss, [*leaves, b]))


_STEP = """
def my_step_back(dh, later_dc, x, h_prev, c_prev, gates, W_x, W_h):
    i, f, g, o = gates
    tanh_c = np.tanh(f * c_prev + i * g)
    total = later_dc + dh * o * (1 - tanh_c**2)
    da_i = total * g * i * (1 - i)
    da_f = total * c_prev * f * (1 - f)
    da_g = total * i * (1 - g**2)
    da_o = dh * tanh_c * o * (1 - o)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    return da @ W_x.T, da @ W_h.T, total * f, x.T @ da, h_prev.T @ da, da.sum(0)
"""

STEP = Write(
    key="lback.step",
    title="A whole step back",
    stars=3,
    statement="""
Write one step back of the LSTM, all of it, from nothing but NumPy. You get the total $\\mathrm{d}h_t$ as `dh` and the
later $\\mathrm{d}c_t$ as `later_dc`, each $(B, H)$; from the way forward `x` $(B, D)$, `h_prev` and `c_prev` $(B, H)$, and `gates`, the
tuple `(i, f, g, o)`, each $(B, H)$; and the weights `W_x` $(D, 4H)$ and `W_h` $(H, 4H)$ with their blocks in the order $i, f, g, o$. Return
`dx, dh_prev, dc_prev, dW_x, dW_h, db`.
""",
    start="""
def my_step_back(dh, later_dc, x, h_prev, c_prev, gates, W_x, W_h):
    i, f, g, o = gates
    ...
    return dx, dh_prev, dc_prev, dW_x, dW_h, db
""",
    hints=(
        "The cell after the step was not handed over, but you can form it again: $c_t = f_t * c_{t-1} + i_t * g_t$. Then go through the picture from right to left.",
        "First the total derivative of the cell, with its two parts. From it come $\\mathrm{d}a_i$, $\\mathrm{d}a_f$, $\\mathrm{d}a_g$ and $\\mathrm{d}c_{t-1}$; from "
        "`dh` alone comes $\\mathrm{d}a_o$.",
        "Lay the four side by side with `np.concatenate`, in the order $i, f, g, o$. The rest is products: `da @ W_x.T`, `da @ W_h.T`, `x.T @ da`, `h_prev.T @ da`, "
        "and the sum of `da` over the batch.",
    ),
    solution=_STEP,
    cases=_step_cases,
    examine=equals(_step_truth, "dx", "dh_prev", "dc_prev", "dW_x", "dW_h", "db"),
    wrong=(
        Wrong(
            "The cell's derivative lacks the way through h: later_dc is only what later steps send.",
            "total = later_dc\n",
            "total = later_dc + dh * o * (1 - tanh_c**2)\n",
        ),
        Wrong(
            "dc_prev lacks the forget gate: on the way back along the cell's line stands the factor f.",
            "total, x.T",
            "total * f, x.T",
        ),
        Wrong(
            "The blocks i and f of da have changed places. The order is i, f, g, o.",
            "[da_f, da_i, da_g, da_o]",
            "[da_i, da_f, da_g, da_o]",
        ),
        Wrong(
            "db is not summed over the batch: its shape should be that of the bias, (4H,).",
            "h_prev.T @ da, da\n",
            "h_prev.T @ da, da.sum(0)\n",
        ),
        Wrong(
            "In dh_prev each square block of W_h is used as it is, and must be transposed. The shapes cannot tell you.",
            "sum(d @ W for d, W in zip(np.split(da, 4, axis=1), np.split(W_h, 4, axis=1)))",
            "da @ W_h.T",
        ),
        Wrong("In dh_prev W_h must be transposed: da has 4H columns, and so has W_h.", "da @ W_h, total", "da @ W_h.T, total"),
        Wrong("In dx W_x must be transposed: da has 4H columns, and so has W_x.", "return da @ W_x, ", "return da @ W_x.T, "),
        Wrong(
            "dc_prev starts from what later steps send. It needs the total derivative of the cell.",
            "later_dc * f, x.T",
            "total * f, x.T",
        ),
        Wrong(
            "The slope of tanh is missing where the total derivative of the cell is formed.",
            "total = later_dc + dh * o\n",
            "total = later_dc + dh * o * (1 - tanh_c**2)\n",
        ),
        Wrong(
            "The output gate is missing where the total derivative of the cell is formed.",
            "dh * (1 - tanh_c**2)",
            "dh * o * (1 - tanh_c**2)",
        ),
        Wrong(
            "The candidate is a tanh: its slope is 1 - g^2, and not that of a sigmoid.",
            "total * i * g * (1 - g)",
            "total * i * (1 - g**2)",
        ),
        Wrong(
            "da_o starts from the cell's derivative. The output gate stands in h only, so it starts from dh.",
            "da_o = total *",
            "da_o = dh *",
        ),
        Wrong(
            "da_o has c itself. In h the output gate stands next to tanh(c).",
            "dh * (f * c_prev + i * g) * o",
            "dh * tanh_c * o",
        ),
        Wrong(
            "dx and dh_prev have changed places. The order is dx, dh_prev, dc_prev.",
            "da @ W_h.T, da @ W_x.T, total",
            "da @ W_x.T, da @ W_h.T, total",
        ),
        Wrong("da_f lacks the slope of the sigmoid, f (1 - f).", "total * c_prev\n", "total * c_prev * f * (1 - f)\n"),
        Wrong(
            "da_f has the cell after the step. In c = f c_prev + i g the forget gate stands next to the cell before it.",
            "total * (f * c_prev + i * g) * f * (1 - f)",
            "total * c_prev * f * (1 - f)",
        ),
        Wrong(
            "dW_h pairs da with the state after the step. W_h multiplied the state before it.",
            "(o * tanh_c).T @ da",
            "h_prev.T @ da",
        ),
        Wrong(
            "The blocks of da stand in the order i, o, f, g, as in ONNX. Here it is i, f, g, o.",
            "[da_i, da_o, da_f, da_g]",
            "[da_i, da_f, da_g, da_o]",
        ),
        Wrong("db is a mean over the batch. The loss is a sum, and so is its gradient.", "da.mean(0)", "da.sum(0)"),
    ),
    conventions=COLUMNS,
    afterword="""
With a loop around it and three sums behind it, this trains an LSTM. The five bugs of the page are among the wrong answers that this exercise knows by
name; make one on purpose, and see what it is told.
""",
)

EXERCISES = (SCALAR, SATURATED, COUPLED, SUMS, STEP)
