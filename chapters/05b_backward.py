# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The LSTM, backwards
#
# This page carries the mathematics that the walk-through leaves out. You can skip it and come back. It builds on [backpropagation
# through time](01b_backpropagation.ipynb), where the same is done for a plain recurrent network.
#
# **After this page you will be able to**
#
# - send a derivative back through one LSTM step by hand, every number of it;
# - derive each line of the vector form, code it, and check it;
# - say which line decides how far back a gradient reaches, and what else adds to it;
# - make the way back fast by taking out of the loop what does not belong there;
# - recognise five common bugs by what gives them away: a shape, a check of a single step, or only a check of several steps.

# %% [markdown]
# ## The question
#
# Forward, an LSTM step is six lines. To train it we need the way back: given the derivatives of the loss with respect to $h_t$ and
# $c_t$, what are those with respect to the four layers, their weights, and the step before? There are more lines here than in a plain network, and two
# states instead of one. **Which lines are they, how do we know that each is right, and which of them makes the LSTM remember?**

# %%
import time
from functools import partial
from timeit import repeat
from types import SimpleNamespace

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from lstm_course import drawing, gradcheck
from lstm_course.cells import lstm
from lstm_course.convert import FORMATS, read, write
from lstm_course.drawing.lstm import BACK
from lstm_course.notebook import figure, glue, style, table
from lstm_course.ops import concat, split
from lstm_course.unroll import backward, record, run

style()
close = partial(np.allclose, rtol=0, atol=1e-12)

# %% [markdown]
# ## The picture

# %% tags=["remove-input"]
figure(
    drawing.lstm_backward(),
    alt="The module of the LSTM with all lines dashed and turned round. From the right come the later d c_t, above, and the later d h_t, "
    "below; from above, the loss's own share of d h_t. The total d h_t goes up to the last product. From there one way leads to the output gate, "
    "the other through tanh up to the cell's line, where it meets the later d c_t. The total d c_t goes left through the plus, down to the product of "
    "input gate and candidate, which sends d i_t and d g_t to their boxes, and on to the product with the forget gate, which sends d f_t down "
    "and d c_(t-1) out. All four layers send theirs down to one line, which "
    "leads to x_t and out as d h_(t-1).",
    name="fig-lstm-backward",
    caption="The module of the LSTM with every line turned round. A dot stands where a line forked on the way forward: there derivatives "
    r"meet and are added. Each layer multiplies its $\mathrm{d}a$ by its weights, transposed, before it joins the lower line. Where $h_{t-1}$ "
    "and $x_t$ were joined, the line splits, and each gets its own part.",
)

# %% [markdown]
# A $\mathrm{d}$ in front is short for a derivative of the loss: $\mathrm{d}c_t$ stands for $\mathrm{d}\mathcal{L}/\mathrm{d}c_t$, and so on.
# It is always a total derivative. Only the word *later* makes it a part: the *later* $\mathrm{d}c_t$ is what step $t+1$ sends back
# along the cell's line.
#
# Three rules draw the whole picture. At a **plus**, a derivative goes on to both sides unchanged. At a **product**, it goes to
# each side multiplied by the other side's value. Where a line **forked**, the derivatives of both ways are added. Everything below is
# these three rules and the slopes of two functions:
#
# $$\sigma' = \sigma\,(1 - \sigma), \qquad \tanh' = 1 - \tanh^2 .$$

# %% [markdown]
# ## One step by hand
#
# The cell of the walk-through: one example, one input, one unit. Its numbers are
#
# | block | *i* | *f* | *g* | *o* |
# |---|---|---|---|---|
# | $W_x$ | 0.6<!-- W_x_i --> | -0.4<!-- W_x_f --> | 1.0<!-- W_x_g --> | 0.5<!-- W_x_o --> |
# | $W_h$ | 0.2<!-- W_h_i --> | 0.4<!-- W_h_f --> | -0.6<!-- W_h_g --> | 1.0<!-- W_h_o --> |
# | $b$ | -0.5<!-- b_i --> | 1.2<!-- b_f --> | 0.1<!-- b_g --> | 0.0<!-- b_o --> |
#
# where $x_t$ is 1.0<!-- x -->, $h_{t-1}$ is 0.5<!-- h_prev --> and $c_{t-1}$ is 0.8<!-- c_prev -->. New are two numbers that come in
# from the right: the total $\mathrm{d}h_t$ is 1.0<!-- dh -->, the later $\mathrm{d}c_t$ is 0.5<!-- later_dc -->.

# %%
W_x, W_h, b = np.array(
    [[0.6, -0.4, 1.0, 0.5], [0.2, 0.4, -0.6, 1.0], [-0.5, 1.2, 0.1, 0.0]]
)
x, h_prev, c_prev = 1.0, 0.5, 0.8
dh, later_dc = 1.0, 0.5

given = {"x": x, "h_prev": h_prev, "c_prev": c_prev, "dh": dh, "later_dc": later_dc}
for name, row in (("W_x", W_x), ("W_h", W_h), ("b", b)):
    given |= {f"{name}_{k}": value for k, value in zip("ifgo", row, strict=True)}
glue(**{name: f"{value:.1f}" for name, value in given.items()})

# %%
a_i, a_f, a_g, a_o = x * W_x + h_prev * W_h + b
i, f, o = (1 / (1 + np.exp(-a)) for a in (a_i, a_f, a_o))
g = np.tanh(a_g)
c = f * c_prev + i * g
tanh_c = np.tanh(c)
h = o * tanh_c

# %%
names = ("a_i", "a_f", "a_g", "a_o", "i", "f", "g", "o", "c", "tanh_c", "h")
numbers = (a_i, a_f, a_g, a_o, i, f, g, o, c, tanh_c, h)
glue(**{name: f"{value:.3f}" for name, value in zip(names, numbers, strict=True)})

# %% [markdown]
# Forward, as on the [last page](05_walkthrough.ipynb). We calculate with all digits and print three decimals, so the last one may differ when
# you calculate with the printed numbers.
#
# | value | *i* | *f* | *g* | *o* |
# |---|---|---|---|---|
# | $a$ | 0.200<!-- a_i --> | 1.000<!-- a_f --> | 0.800<!-- a_g --> | 1.000<!-- a_o --> |
# | after $\sigma$ or $\tanh$ | 0.550<!-- i --> | 0.731<!-- f --> | 0.664<!-- g --> | 0.731<!-- o --> |
#
# then $c_t$ is 0.950<!-- c -->, its $\tanh$ is 0.740<!-- tanh_c -->, and $h_t$ is 0.541<!-- h -->. Now begin at the right of the
# picture and follow the dashed lines.
#
# **Your prediction, please:** which of the four layers gets the largest $\mathrm{d}a$, and which weight pulls $\mathrm{d}h_{t-1}$ down?

# %%
do = dh * tanh_c
dtanh = dh * o
through = dtanh * (1 - tanh_c**2)
dc = later_dc + through
df, di, dg = dc * c_prev, dc * g, dc * i
dc_prev = dc * f
da_o = do * o * (1 - o)
da_f = df * f * (1 - f)
da_i = di * i * (1 - i)
da_g = dg * (1 - g**2)

# %%
ways = {"do": do, "dtanh": dtanh, "through": through, "dc": dc, "df": df, "di": di}
ways |= {"dg": dg, "da_f": da_f, "da_i": da_i, "da_g": da_g, "da_o": da_o}
ways |= {"dc_prev": dc_prev, "slope": 1 - tanh_c**2, "not_f": 1 - f, "not_i": 1 - i}
ways |= {"not_o": 1 - o, "slope_g": 1 - g**2}
glue(**{name: f"{value:.3f}" for name, value in ways.items()})

# %% [markdown]
# 1. **The last product**, $h_t = o_t \tanh c_t$. Each side gets the other side's value: the output gate
#    $\mathrm{d}o_t = \mathrm{d}h_t \tanh c_t$, that is 0.740<!-- do -->, and the $\tanh$ gets $\mathrm{d}h_t\, o_t$, that is
#    0.731<!-- dtanh -->.
# 2. **Through the tanh.** Its slope is 1 − 0.740<!-- tanh_c -->², or 0.453<!-- slope -->. Times 0.731<!-- dtanh --> that leaves 0.331<!-- through --> for the cell.
# 3. **The dot on the cell's line.** Two ways meet: 0.5<!-- later_dc --> from later steps and 0.331<!-- through --> through $h_t$. The total
#    $\mathrm{d}c_t$ is 0.831<!-- dc -->.
# 4. **The plus**, $c_t = f_t c_{t-1} + i_t g_t$. Both products get 0.831<!-- dc -->.
# 5. **The two products.** The forget gate gets $\mathrm{d}c_t\, c_{t-1}$ or 0.665<!-- df -->, the input gate $\mathrm{d}c_t\, g_t$ or
#    0.552<!-- di -->, the candidate $\mathrm{d}c_t\, i_t$ or 0.457<!-- dg -->. And the step before gets
#    $\mathrm{d}c_{t-1} = \mathrm{d}c_t\, f_t$, which is 0.607<!-- dc_prev -->.
# 6. **Into the layers.** Each times its own slope. For the output gate that is 0.731<!-- o --> · 0.269<!-- not_o -->, so
#    $\mathrm{d}a_o$ = 0.740<!-- do --> · 0.731<!-- o --> · 0.269<!-- not_o --> = 0.145<!-- da_o -->. Likewise $\mathrm{d}a_f$ =
#    0.665<!-- df --> · 0.731<!-- f --> · 0.269<!-- not_f --> = 0.131<!-- da_f --> and $\mathrm{d}a_i$ =
#    0.552<!-- di --> · 0.550<!-- i --> · 0.450<!-- not_i --> = 0.137<!-- da_i -->. The candidate has the slope
#    1 − 0.664<!-- g -->², or 0.559<!-- slope_g -->, so $\mathrm{d}a_g$ = 0.457<!-- dg --> · 0.559<!-- slope_g --> = 0.255<!-- da_g -->.

# %%
da = np.array([da_i, da_f, da_g, da_o])
dh_prev, dx = (da * W_h).sum(), (da * W_x).sum()
dW_x, dW_h, db = x * da, h_prev * da, da
glue(dh_prev=f"{dh_prev:.3f}", dx=f"{dx:.3f}")
for name, gradient in (("dW_x", dW_x), ("dW_h", dW_h), ("db", db)):
    glue(**{f"{name}_{k}": f"{v:.3f}" for k, v in zip("ifgo", gradient, strict=True)})
assert da.argmax() == 2
assert (da * W_h < 0).tolist() == [False, False, True, False]

# %% [markdown]
# 7. **The four layers share their inputs**, so four ways meet on the way to each. Every layer sends its $\mathrm{d}a$ times its weight: $\mathrm{d}h_{t-1}$ is
#    0.137<!-- da_i --> · 0.2<!-- W_h_i --> + 0.131<!-- da_f --> · 0.4<!-- W_h_f --> + 0.255<!-- da_g --> · (-0.6<!-- W_h_g -->) + 0.145<!-- da_o --> · 1.0<!-- W_h_o -->,
#    that is 0.072<!-- dh_prev -->. In the same way, with $W_x$, $\mathrm{d}x_t$ is 0.358<!-- dx -->.
# 8. **The weights.** A weight gets $\mathrm{d}a$ times what it multiplied, and a bias multiplied 1:
#
# | gradient | *i* | *f* | *g* | *o* |
# |---|---|---|---|---|
# | of $W_x$ | 0.137<!-- dW_x_i --> | 0.131<!-- dW_x_f --> | 0.255<!-- dW_x_g --> | 0.145<!-- dW_x_o --> |
# | of $W_h$ | 0.068<!-- dW_h_i --> | 0.065<!-- dW_h_f --> | 0.128<!-- dW_h_g --> | 0.073<!-- dW_h_o --> |
# | of $b$ | 0.137<!-- db_i --> | 0.131<!-- db_f --> | 0.255<!-- db_g --> | 0.145<!-- db_o --> |
#
# So the candidate gets the largest $\mathrm{d}a$. And its weight, the only one in $W_h$ below zero, is the one that pulls $\mathrm{d}h_{t-1}$ down.

# %% tags=["remove-input"]
shown = {"dc_in": later_dc, "dh": dh} | ways | {"dh_prev": dh_prev, "dx": dx}
shown = {name: f"{value:.3f}" for name, value in shown.items() if name in BACK}


def said(sign):
    """A sign of the picture in words: "total d c_t"."""
    for old, new in (("$", ""), (r"\mathrm{d}", "d "), ("\\", ""), ("{t-1}", "(t-1)")):
        sign = sign.replace(old, new)
    return sign


figure(
    drawing.lstm_backward(shown),
    alt="The module of the LSTM turned round, with the numbers of the example beside the signs: "
    + ", ".join(f"{said(BACK[name])} {value}" for name, value in shown.items())
    + ".",
    name="fig-lstm-backward-numbers",
    caption="The step by hand, from right to left. At the two dots on the right the numbers are added as they stand. On the lower line each "
    r"$\mathrm{d}a$ is first multiplied by its weights: by $W_h$ on the way to $h_{t-1}$, by $W_x$ on the way to $x_t$. "
    r"Of $\mathrm{d}h_t$ only the total is given.",
)

# %% [markdown]
# Two witnesses. Both need a loss. We do not have the later steps, only what they send. So we take the simplest loss that sends the same,
#
# $$\mathcal{L} = \mathrm{d}h_t\, h_t + (\text{later } \mathrm{d}c_t)\, c_t ,$$
#
# with the two derivatives held fixed as numbers. Its derivative with respect to $h_t$ is $\mathrm{d}h_t$, and with respect to $c_t$,
# directly, it is the later $\mathrm{d}c_t$. First PyTorch, which keeps a history of its own:

# %%
leaf = lambda value: torch.tensor(value, dtype=torch.float64, requires_grad=True)
leaves = [leaf(value) for value in (x, h_prev, c_prev, W_x, W_h, b)]
X, HP, CP, WX, WH, BB = leaves
A = X * WX + HP * WH + BB
four = [A[0].sigmoid(), A[1].sigmoid(), A[2].tanh(), A[3].sigmoid()]
C = four[1] * CP + four[0] * four[2]
S = C.tanh()
loss = dh * four[3] * S + later_dc * C
between = [A, *four, C, S]
theirs = torch.autograd.grad(loss, leaves + between)
mine = [dx, dh_prev, dc_prev, dW_x, dW_h, db, da, di, df, dg, do, dc, dtanh]
for value, witness in zip(mine, theirs, strict=True):
    assert np.abs(value - witness.numpy()).max() < 1e-12
print(f"{len(mine)} derivatives equal PyTorch's within 1e-12")


# %% [markdown]
# Second, the finite difference, which needs no library: nudge a number, and see how the loss changes. `gradcheck.compare`
# does it. We may enter the chain where we like: at the start, at the pre-activations, at the gates, at the cell.


# %%
def from_cell(c, o):
    return dh * o * np.tanh(c) + later_dc * c


def from_gates(i, f, g, o, c_prev):
    return from_cell(f * c_prev + i * g, o)


def from_a(a, c_prev):
    i, f, o = (1 / (1 + np.exp(-a[k])) for k in (0, 1, 3))
    return from_gates(i, f, np.tanh(a[2]), o, c_prev)


def from_start(x, h_prev, c_prev, W_x, W_h, b):
    return from_a(x * W_x + h_prev * W_h + b, c_prev)


# %%
def differences_agree(function, arguments, gradients):
    arguments = [np.array(value) for value in arguments]
    gradcheck.compare(function, arguments, gradients, rng=np.random.default_rng(0))


differences_agree(from_cell, [c, o], [dc, do])
differences_agree(from_gates, [i, f, g, o, c_prev], [di, df, dg, do, dc_prev])
differences_agree(from_a, [np.array([a_i, a_f, a_g, a_o]), c_prev], [da, dc_prev])
start = [x, h_prev, c_prev, W_x, W_h, b]
differences_agree(from_start, start, [dx, dh_prev, dc_prev, dW_x, dW_h, db])
print("and they agree with finite differences")

# %% [markdown]
# ## The equations, line by line
#
# Now a batch, several inputs, several units. Nothing changes but the bookkeeping: $*$ multiplies number by number, and the
# weights become matrices. We write one line at a time, and ask PyTorch after each. Two examples, three inputs, four units; at
# the end of the step some $\mathrm{d}h_t$ and some later $\mathrm{d}c_t$, drawn at random.

# %%
rng = np.random.default_rng(0)
B, D, H = 2, 3, 4
p = lstm.init(rng, D, H)
x, h_prev, c_prev = (rng.standard_normal((B, n)) for n in (D, H, H))
dh, later_dc = rng.standard_normal((2, B, H))

state_prev = lstm.State(h_prev, c_prev)
(h, c), gates = lstm.step(p, lstm.inputs(p, x), state_prev)
i, f, g, o = gates

# %% [markdown]
# The witness keeps values on the way, and their derivatives. `lstm.update` is the step from the pre-activations on.

# %%
names, values = ("W_x", "W_h", "b", "x", "h_prev", "c_prev"), (*p, x, h_prev, c_prev)
kept = {name: leaf(value) for name, value in zip(names, values, strict=True)}
kept["a"] = kept["x"] @ kept["W_x"] + kept["h_prev"] @ kept["W_h"] + kept["b"]
new, _ = lstm.update(kept["a"], kept["c_prev"])
kept["c"], kept["h"] = new.c, new.h
loss = (torch.tensor(dh) * kept["h"]).sum() + (torch.tensor(later_dc) * kept["c"]).sum()
truth = dict(zip(kept, torch.autograd.grad(loss, list(kept.values())), strict=True))


def agrees(name, value):
    assert np.abs(value - truth[name].numpy()).max() < 1e-12
    print(f"d{name} agrees with PyTorch within 1e-12")


# %% [markdown]
# **Line 1: the total derivative of the cell.** $c_t$ has two ways to the loss: along its own line into the next step, and
# through $h_t = o_t * \tanh c_t$. Add them:
#
# $$\begin{aligned}
# \mathrm{d}c_t = {} & \text{later } \mathrm{d}c_t \\
# & + \mathrm{d}h_t * o_t * (1 - \tanh^2 c_t) .
# \end{aligned}$$

# %%
dc = later_dc + dh * o * (1 - np.tanh(c) ** 2)
agrees("c", dc)

# %% [markdown]
# **Line 2: the output gate.** It appears in $h_t$ only, next to $\tanh c_t$; then comes the slope of its own sigmoid:
#
# $$\mathrm{d}a_o = \mathrm{d}h_t * \tanh c_t * o_t * (1 - o_t) .$$
#
# **Line 3: the forget gate.** In $c_t$ it stands next to $c_{t-1}$:
#
# $$\mathrm{d}a_f = \mathrm{d}c_t * c_{t-1} * f_t * (1 - f_t) .$$
#
# **Lines 4 and 5: input gate and candidate.** They stand next to each other, so each gets the other:
#
# $$\begin{aligned}
# \mathrm{d}a_i &= \mathrm{d}c_t * g_t * i_t * (1 - i_t) , \\
# \mathrm{d}a_g &= \mathrm{d}c_t * i_t * (1 - g_t^2) .
# \end{aligned}$$

# %%
da_o = dh * np.tanh(c) * o * (1 - o)
da_f = dc * c_prev * f * (1 - f)
da_i = dc * g * i * (1 - i)
da_g = dc * i * (1 - g**2)
blocks = split(truth["a"].numpy(), 4)
for mine, wanted in zip((da_i, da_f, da_g, da_o), blocks, strict=True):
    assert close(mine, wanted)
da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
agrees("a", da)

# %% [markdown]
# The four are laid side by side in the order in which `W_x`, `W_h` and `b` hold their blocks. From here on they are one array
# $\mathrm{d}a_t$ of shape $(B, 4H)$.
#
# **Line 6: the cell of the step before.** In $c_t$ it stands next to $f_t$, and that is all:
#
# $$\mathrm{d}c_{t-1} = \mathrm{d}c_t * f_t .$$
#
# This is what line 1 of step $t-1$ will call its *later* part.
#
# **Lines 7 and 8: the inputs of the layers.** $h_{t-1}$ and $x_t$ enter all four blocks. The sum over the blocks is already in the
# product with the one wide matrix:
#
# $$\mathrm{d}h_{t-1} = \mathrm{d}a_t\, W_h^\top, \qquad \mathrm{d}x_t = \mathrm{d}a_t\, W_x^\top .$$

# %%
dc_prev = dc * f
dh_prev, dx = da @ p.W_h.T, da @ p.W_x.T
for name, mine in (("c_prev", dc_prev), ("h_prev", dh_prev), ("x", dx)):
    agrees(name, mine)
four = zip(split(da, 4), split(p.W_h, 4), strict=True)
assert close(dh_prev, sum(block @ W.T for block, W in four))

# %% [markdown]
# **Lines 9 to 11: the weights.** Every example has its say, and the product of matrices adds them up; the bias needs the sum written out:
#
# $$\begin{aligned}
# \mathrm{d}W_x &= x_t^\top \mathrm{d}a_t , \\
# \mathrm{d}W_h &= h_{t-1}^\top \mathrm{d}a_t , \\
# \mathrm{d}b &= \text{sum of } \mathrm{d}a_t \text{ over the batch} .
# \end{aligned}$$
#
# Over many steps, these are summed over the steps too.

# %%
dW_x, dW_h, db = x.T @ da, h_prev.T @ da, da.sum(0)
for name, mine in (("W_x", dW_x), ("W_h", dW_h), ("b", db)):
    agrees(name, mine)

# %% [markdown]
# ## The code
#
# The package has these lines in three functions. They are sorted by *when* they can be computed, and that will make the speed:
#
# - `lstm.local` holds every factor that is known once the way forward is done. `local.i`, `.f`, `.g` are what $\mathrm{d}c_t$ is multiplied by in
#   lines 3 to 5, `local.o` what $\mathrm{d}h_t$ is multiplied by in line 2; `local.c` is $o_t * (1-\tanh^2 c_t)$ of line 1, and
#   `local.c_prev` is $f_t$ of line 6;
# - `lstm.step_backward` is the recursion, lines 1 to 7;
# - `lstm.param_grads` is lines 9 to 11. Line 8 is in `unroll.backward`, beside the loop.

# %%
factors = lstm.local(gates, state_prev, lstm.State(h, c))
package_da, package_prev = lstm.step_backward(p, factors, lstm.State(dh, later_dc))
assert close(factors.c, o * (1 - np.tanh(c) ** 2))
assert close(package_da, da)
assert close(package_prev.h, dh_prev)
assert close(package_prev.c, dc_prev)
grads = lstm.param_grads(p, x[None], lstm.State(h_prev[None], None), None, da[None])
for mine, theirs in zip((dW_x, dW_h, db), grads, strict=True):
    assert close(mine, theirs)
print("the package computes the same lines")


# %% [markdown]
# ## Over time: the line that matters
#
# Line 6 has no matrix in it and no slope. A plain network multiplies by $W_h^\top$ and by $1 - h_t^2$ at every step back. Along the cell's line,
# the LSTM multiplies by $f_t$ alone, a number that each unit chooses for itself, and that may be close to 1. Over many steps it becomes a
# product of forget gates: from $c_T$ back to $c_0$ comes
#
# $$\mathrm{d}c_T * f_T * \dots * f_2 * f_1 .$$
#
# Only that is not the whole derivative. The cell also acts on the next step through $h$, and so through the layers there. Let the scalar cell take
# two steps, both with $x = 1$, and let the loss be $c_2$ alone, so that $\mathrm{d}c_2 = 1$ and $\mathrm{d}h_2 = 0$. Step 2 sends back two things: along the
# line to $c_1$, and through its layers to $h_1$. What reaches $h_1$ goes on to $c_1$ by line 1.


# %%
def factors_of(tape):
    """`lstm.local` of every step. states[0] is the start: gates[t] lead on from states[t]."""
    at = lambda part, t: type(part)(*(v[t] for v in part))
    gates, states = tape.gates, tape.states
    return [
        lstm.local(at(gates, t), at(states, t), at(states, t + 1))
        for t in range(len(tape.xs))
    ]


# %%
cell = lstm.Params(W_x[None], W_h[None], b)
begin = lstm.State(np.array([[0.5]]), np.array([[0.8]]))
_, tape = record(lstm, cell, np.ones((2, 1, 1)), begin)
first, second = factors_of(tape)
end = lstm.State(np.zeros((1, 1)), np.ones((1, 1)))
_, sent = lstm.step_backward(cell, second, end)
around = (sent.h * first.c).item()  # through h_1: the second part of line 1
_, d0 = lstm.step_backward(cell, first, sent)

# %%
f_1, f_2 = tape.gates.f.ravel()
whole_1, whole_0 = f_2 + around, d0.c.item()
assert close(whole_1 * f_1, whole_0)
for name, value in (("f_2", f_2), ("around", around), ("whole_1", whole_1)):
    glue(**{name: f"{value:.3f}"})
glue(belt_0=f"{f_2 * f_1:.3f}", whole_0=f"{whole_0:.3f}")


# %% [markdown]
# - Back at step 1, the cell's line brings $f_2$, which is 0.734<!-- f_2 -->. Through $h_1$ and the layers of step 2 comes
#   -0.028<!-- around -->. The total $\mathrm{d}c_1$ is 0.706<!-- whole_1 -->.
# - One more step back, times $f_1$: the product of the two forget gates is 0.537<!-- belt_0 -->, the whole
#   derivative $\mathrm{d}c_0$ is 0.516<!-- whole_0 -->.
#
# Here the ways through $h$ take a little away. How much they matter depends on the weights. Take a layer of 32 units and some
# $\mathrm{d}c_2$. How long is what comes back to $c_1$ through $h_1$, relative to what comes along the line? **Your prediction, please:** with
# $W_h$ as drawn, four times and sixteen times as large, is the way through $h$ shorter or longer than the line?


# %%
def around_to_line(factor):
    rng = np.random.default_rng(0)
    p = lstm.init(rng, 3, 32)
    p = p._replace(W_h=factor * p.W_h)
    begin = lstm.State(*rng.standard_normal((2, 1, 32)))
    xs = rng.standard_normal((2, 1, 3))
    _, tape = record(lstm, p, xs, begin)
    first, second = factors_of(tape)
    end = lstm.State(np.zeros((1, 32)), rng.standard_normal((1, 32)))
    _, sent = lstm.step_backward(p, second, end)
    return np.linalg.norm(sent.h * first.c) / np.linalg.norm(sent.c)


# %%
shares = {factor: around_to_line(factor) for factor in (1, 4, 16)}
for factor, share in shares.items():
    print(f"W_h times {factor:2}: {share:.1f} times the line")
assert shares[1] < 0.5
assert shares[4] > 0.8
assert shares[4] < 1
assert shares[16] > 1.5
assert around < 0

# %% [markdown]
# As drawn, the way through $h$ is much shorter than the line; four times as large, nearly as long; sixteen times as large, longer. So the product of forget gates is the part that we understand and can set
# by a bias, and not the whole. The authors of the first LSTM made it the whole, at least for training: they cut every way back through the inputs of the layers (in their cell these read the gates as well as
# $h$) {cite:p}`hochreiter1997`, and since their cell had no forget gate, the factor along its line was 1.
#
# The full gradient needs no new line for all of this. The recursion of lines 1 to 7 walks every way at once:

# %%
gradcheck.cell(lstm, rng=np.random.default_rng(0), T=12)  # raises if one is wrong
print("twelve steps, all ways: agrees with finite differences")

# %% [markdown]
# ## Why it is fast
#
# A direct program has four layers, hence four products with `x` and four with `h` at each step, and on the way back as many products with transposed matrices and as many
# for the weights. Three rearrangements leave every number as it is, up to rounding:
#
# - **Fuse.** The four blocks stand side by side in one matrix $(H, 4H)$: one product in place of four. All libraries in the box below store them so, except Flax.
# - **Hoist the inputs.** $x_t W_x + b$ waits for nobody. `lstm.inputs` does it for all steps in one product before the loop.
# - **Hoist the way back.** Lines 8 to 11 wait for nobody: each is one product, or one sum, over all $T \cdot B$ rows after the loop. Lines 9 and 10, for all steps, are one
#   product each of two long matrices. The factors of `local` need no loop either. (The package also stores $W_h$ by columns, since the loop multiplies by its
#   transpose, and it takes a long sequence in pieces that fit the cache; the table counts both with the hoisting.)
#
# In the loop remains what truly has to wait: on the way forward $h_{t-1} W_h$ and the gates, on the way back $\mathrm{d}a_t W_h^\top$ and a handful of multiplications.

# %%
big = lstm.init(np.random.default_rng(0), 32, 64)


def forth(weights, xs):
    """Everything inside the loop; the weights are cut into four parts, or into one."""
    state, kept = lstm.initial_state(big, xs.shape[1]), []
    for x in xs:
        before = state
        a = concat([x @ W_x + before.h @ W_h + b for W_x, W_h, b in weights])
        state, gates = lstm.update(a, before.c)
        kept.append((x, before, state, gates))
    return kept


# %%
def back(weights, kept, dhs):
    (dh, dc), dxs, dp = lstm.initial_state(big, dhs.shape[1]), [], [0, 0, 0]
    for (x, before, state, gates), own in zip(kept[::-1], dhs[::-1], strict=True):
        local, dh = lstm.local(gates, before, state), dh + own
        dc = dc + dh * local.c
        da = concat((dc * local.i, dc * local.f, dc * local.g, dh * local.o))
        # da cut as the weights are: four blocks, or one
        parts = list(zip(split(da, len(weights)), weights, strict=True))
        dp[0] += concat([x.T @ part for part, _ in parts])
        dp[1] += concat([before.h.T @ part for part, _ in parts])
        dp[2] += da.sum(0)
        dxs.append(sum(part @ W_x.T for part, (W_x, _, _) in parts))
        dh = sum(part @ W_h.T for part, (_, W_h, _) in parts)
        dc = dc * local.c_prev
    return np.stack(dxs[::-1]), dp


# %% [markdown]
# A stopwatch for both halves: 100 steps, 32 inputs, 64 units, one example at a time and then sixteen. **Your prediction, please:** which of the two rearrangements, fusing or
# hoisting, helps more, and with one example or with sixteen?


# %%
def cut(parts):
    return list(zip(*(split(w, parts) for w in big), strict=True))


def contestants(xs, dhs):
    four, whole = cut(4), cut(1)
    return {
        "four products, looped": (
            lambda: forth(four, xs),
            lambda kept: back(four, kept, dhs),
        ),
        "one product, looped": (
            lambda: forth(whole, xs),
            lambda kept: back(whole, kept, dhs),
        ),
        "one product, hoisted": (
            lambda: record(lstm, big, xs)[1],
            lambda tape: backward(lstm, big, tape, dhs),
        ),
    }


# %%
def stopwatch(B, rounds=12):
    ways = contestants(
        rng.standard_normal((100, B, 32)), rng.standard_normal((100, B, 64))
    )
    times, results = {name: [] for name in ways}, {}
    for _ in range(rounds):  # in turn, so that a slow moment hits all alike
        for name, (there, home) in ways.items():
            clock = [time.perf_counter()]
            kept = there()
            clock.append(time.perf_counter())
            results[name] = home(kept)
            clock.append(time.perf_counter())
            times[name].append(np.diff(clock))
    return {name: np.median(t[2:], axis=0) for name, t in times.items()}, results


# %%
with threadpool_limits(1):
    clocks = {B: stopwatch(B) for B in (1, 16)}
for _, results in clocks.values():
    dxs, dp, *_ = results["one product, hoisted"]
    for other_dxs, other_dp, *_ in results.values():
        assert np.allclose(dxs, other_dxs, rtol=1e-9, atol=1e-9)
        for mine, theirs in zip(dp, other_dp, strict=True):
            assert np.allclose(mine, theirs, rtol=1e-9, atol=1e-9)
print("all ways give the same gradient, up to rounding")

# %% tags=["nbval-ignore-output", "hide-input"]
rows = []
for B, (times, _) in clocks.items():
    fastest = times["one product, hoisted"].sum()
    for name, (there, home) in times.items():
        ratio = f"{(there + home) / fastest:.1f}"
        rows.append([B, name, f"{1000 * there:.1f}", f"{1000 * home:.1f}", ratio])
table(["examples", "way", "forward, ms", "back, ms", "times the hoisted"], rows)

# %% [markdown]
# The milliseconds are from one machine and differ on yours; the gradients do not. From the first row to the second is fusing, from the second to the third hoisting. With one example,
# hoisting helped more than fusing in our run, and nearly all of its gain is on the way back; on the way forward, taking out the product with $x$ gained nearly nothing here. With sixteen the whole
# gain was smaller. Where a product has one row, much of its cost is the call; with sixteen, less. And most of the way forward was then the gates: they need a $\tanh$ for every number, and no
# rearrangement makes that less.

# %%
slow, fused, hoisted = clocks[1][0].values()
hoisting = fused - hoisted
assert hoisting[1] > 2 * abs(hoisting[0])
assert hoisted.sum() < 0.8 * slow.sum()

# %% tags=["nbval-ignore-output"]
x, h, c = (rng.standard_normal((16, n)) for n in (32, 64, 64))
a = x @ big.W_x + h @ big.W_h + big.b
with threadpool_limits(1):
    products, gates = (
        min(repeat(action, number=100))
        for action in (lambda: x @ big.W_x + h @ big.W_h, lambda: lstm.update(a, c))
    )
print(f"sixteen examples: the gates take {gates / products:.1f} times the products")

# %% [markdown]
# ## The box of conventions
#
# All libraries compute these equations. They differ in the order of the four blocks, in how many biases they keep, and in where a forget bias of 1 comes from: TF1 and Haiku add it
# at run time, Keras puts it into the stored bias when a layer is made (`unit_forget_bias`), PyTorch and Flax start without one. The package has one table, `convert.FORMATS`. Here
# it is, read out for $D = 3$ and $H = 2$ (the [Rosetta stone](lab_rosetta.ipynb) has all of it, papers and GRUs included):

# %% tags=["hide-input"]
p = lstm.init(np.random.default_rng(0), 3, 2)
rows = []
for library in ("torch", "keras", "tf1", "haiku", "flax", "onnx"):
    form, arrays = FORMATS["lstm", library], write(p, library)
    by_name = len(arrays) > 4  # an array for every gate
    order = "by name" if by_name else " ".join(form.gates)
    first = next(iter(arrays.values())).shape
    sizes = sum(map(np.size, arrays.values()))
    biases = (sizes - p.W_x.size - p.W_h.size) // 8  # 4H = 8
    added = ", ".join(f"{v:g} to {k}" for k, v in form.adds.items()) or "nothing"
    rows.append([library, order, len(arrays), first, biases, added])
table(
    ["library", "order", "arrays", "first array", "biases", "added at run time"], rows
)
assert [row[0] for row in rows if row[1] == "by name"] == ["flax"]

# %% [markdown]
# *First array* is the shape of the inputs' weights. PyTorch and ONNX store rows per gate, Keras columns; TF1 and Haiku join $x$'s and $h$'s weights in one array. TF1 and Flax also return the
# state as $(c, h)$. *Biases* counts how many are added up for each pre-activation. No library writes $1 - \text{gate}$ for a gate of the LSTM; in the GRU, a later chapter, there is one: $z$ is met both ways round.

# %%
turned = lambda cell: {
    form.turned for (kind, _), form in FORMATS.items() if kind == cell
}
assert turned("lstm") == {""}
assert turned("gru") == {"", "z"}

# %% [markdown]
# One round trip: to Haiku and back. In Haiku's arrays the forget gate's bias is ours minus 1. Nothing is lost: the library adds the 1 when it runs.

# %%
there = write(p, "haiku")
again = read(there, "lstm", "haiku", D=3, H=2)
ours_f, theirs_f = p.b[2:4], there["b"][4:6]  # f is our second block, Haiku's third
assert close(ours_f - theirs_f, 1)
for before, after in zip(p, again, strict=True):
    assert close(before, after)
print("there and back again, with the forget bias less 1 on the way")

# %% [markdown]
# And what about the gradient of two biases? Let `torch.nn.LSTM` take our weights, and send the same derivatives back through it. **Your prediction, please:** does each get half the gradient of our one bias,
# all of it, or twice as much?

# %%
T, B, D, H = 5, 2, 3, 2
xs, dhs = rng.standard_normal((T, B, D)), rng.standard_normal((T, B, H))
layer = torch.nn.LSTM(D, H, dtype=torch.float64)
layer.load_state_dict({k: torch.tensor(v) for k, v in write(p, "torch").items()})
layer(torch.tensor(xs))[0].backward(torch.tensor(dhs))
_, tape = record(lstm, p, xs)
_, dp, _ = backward(lstm, p, tape, dhs)
twice = {name: parameter.grad.numpy() for name, parameter in layer.named_parameters()}
assert np.abs(twice["weight_ih_l0"] - dp.W_x.T).max() < 1e-12
assert np.abs(twice["weight_hh_l0"] - dp.W_h.T).max() < 1e-12
assert np.abs(twice["bias_ih_l0"] - dp.b).max() < 1e-12
assert np.abs(twice["bias_hh_l0"] - dp.b).max() < 1e-12
print("each of the two biases has the gradient of the one")


# %% [markdown]
# ## The experiment: five bugs
#
# Now we break it. Each of these is one small change, and people make them all:
#
# 1. **no way through h**: line 1 takes the later $\mathrm{d}c_t$ for the total;
# 2. **no forget gate**: line 6 sends $\mathrm{d}c_t$ back without the factor $f_t$;
# 3. **i and f swapped**: the two blocks of $\mathrm{d}a_t$ stand in the wrong order;
# 4. **no sum for b**: $\mathrm{d}b$ is summed over the steps and not over the batch;
# 5. **W not transposed**: in line 7 each $H \times H$ block of $W_h$ is used without the transpose.


# %%
def no_way(p, local, dstate):
    return lstm.step_backward(p, local._replace(c=0 * local.c), dstate)


def no_forget(p, local, dstate):
    return lstm.step_backward(p, local._replace(c_prev=np.ones_like(local.f)), dstate)


def swapped(p, local, dstate):
    return lstm.step_backward(p, local._replace(i=local.f, f=local.i), dstate)


def no_sum(p, xs, states_prev, gates, da):
    return lstm.param_grads(p, xs, states_prev, gates, da)._replace(b=da.sum(0))


def not_transposed(p, local, dstate):
    da, prev = lstm.step_backward(p, local, dstate)
    pairs = zip(split(da, 4), split(p.W_h, 4), strict=True)
    return da, prev._replace(h=sum(block @ W for block, W in pairs))


# %% [markdown]
# **Your prediction, please**, for the gradient of the weights only.
#
# - Which of the five does a comparison of *shapes* give away, before any number is compared?
# - Which of the others would pass every check of that gradient as long as the sequence has a single step?
# - And over six steps, with how many of these would a small step against the wrong gradient still lower the loss, so that a training run looks alive?
#
# Each bug is a copy of `lstm` with one function replaced.

# %%
broken = {
    "no way through h": {"step_backward": no_way},
    "no forget gate": {"step_backward": no_forget},
    "i and f swapped": {"step_backward": swapped},
    "no sum for b": {"param_grads": no_sum},
    "W not transposed": {"step_backward": not_transposed},
}
bugs = {name: SimpleNamespace(**(vars(lstm) | bug)) for name, bug in broken.items()}


def complaint(check, *arguments, **settings):
    """The error that a check raises, as text; none if it is content."""
    try:
        check(*arguments, **settings)
    except (AssertionError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


# %%
noticed = {
    name: complaint(gradcheck.cell, bug, rng=np.random.default_rng(0))
    for name, bug in bugs.items()
}
for name, text in noticed.items():
    print(f"{name}\n   {text}")
assert all(noticed.values())
assert [name for name in bugs if "shape" in noticed[name]] == ["no sum for b"]

# %% [markdown]
# The gradient check finds them all. It runs several steps, with a random start and a random loss of every $h_t$ and of the last $c$. Argument 0 is `xs`, which it checks first; then come `W_x`, `W_h`, `b` and
# the start, so `gradients[3]` is that of `b`. There no number had to be compared: the shape is wrong. Without that comparison NumPy is silent: `b - rate * db` makes a bias for each
# example, and the next step runs on. `b -= rate * db` would refuse.
#
# A wide $W_h$ guards against the fifth, by the way: with the one matrix $(H, 4H)$, a forgotten `.T` is an error at once; with four square ones it is silent.

# %%
x, W_x, W_h, b = (np.ones(shape) for shape in ((2, 3), (3, 16), (4, 16), (16,)))
da = db = np.ones((2, 16))  # two examples, and no sum over them
silent = b - 0.1 * db
assert (x @ W_x + silent).shape == (2, 16)  # runs on
in_place = partial(np.subtract, out=b)  # in_place(b, step) is b -= step
assert complaint(in_place, b, 0.1 * db)
assert complaint(np.matmul, da, W_h)


# %% [markdown]
# Four of the messages name `xs`, whatever the bug. Over several steps every one of the four mistakes spreads into everything, and the message does not say where it began. So we check **one step**, every argument
# and every block of the weights apart. A small layer, the loss the squared distance of every $h_t$ to a target, from a random start:


# %%
def setting(T, forget_bias=None, seed=0):
    rng = np.random.default_rng(seed)
    p = lstm.init(rng, 3, 8, forget_bias=forget_bias)
    xs = rng.standard_normal((T, 4, 3))
    state = lstm.State(*rng.standard_normal((2, 4, 8)))
    return p, xs, state, rng.standard_normal((T, 4, 8))


def loss(p, xs, state, ys):
    return 0.5 * ((run(lstm, p, xs, state)[0] - ys) ** 2).sum()


def gradient(cell, p, xs, state, ys):
    hs, tape = record(lstm, p, xs, state)
    return backward(cell, p, tape, hs - ys)


# %%
def parts(xs, p, state):
    """All that derivatives are sent to, apart: xs, four blocks of each weight, start."""
    return [xs, *(block for w in p for block in split(w, 4)), *state]


def contradicted(bug, T):
    """For each part: do finite differences contradict its derivative?"""
    p, xs, state, ys = setting(T)

    def value(xs, *rest):
        p = lstm.Params(*(concat(rest[k : k + 4]) for k in (0, 4, 8)))
        return loss(p, xs, lstm.State(*rest[12:]), ys)

    at, claimed = parts(xs, p, state), parts(*gradient(bug, p, xs, state, ys))
    alone = lambda k: lambda part: value(*at[:k], part, *at[k + 1 :])
    check = partial(gradcheck.compare, rng=np.random.default_rng(0))
    return [
        complaint(check, alone(k), [at[k]], [claimed[k]]) is not None
        for k in range(len(at))
    ]


# %% tags=["hide-input"]
found = {}
for name, bug in bugs.items():
    bad = contradicted(bug, T=1)
    letters = [
        "".join(k for k, is_bad in zip("ifgo", bad[n:], strict=False) if is_bad)
        for n in (1, 5, 9)
    ]
    found[name] = ["xs" * bad[0], *letters, "h_0" * bad[13], "c_0" * bad[14]]
show = lambda text: " ".join(text) if set(text) <= set("ifgo") else "wrong"
rows = [
    [name, *(show(text) if text else "·" for text in row)]
    for name, row in found.items()
]
table(["one step", "`xs`", "`W_x`", "`W_h`", "`b`", "`h_0`", "`c_0`"], rows)

# %%
assert found["no way through h"] == ["xs", "ifg", "ifg", "ifg", "h_0", "c_0"]
assert found["no forget gate"] == ["", "", "", "", "", "c_0"]
assert found["i and f swapped"] == ["xs", "if", "if", "if", "h_0", ""]
assert found["no sum for b"] == ["", "", "", "ifgo", "", ""]
assert found["W not transposed"] == ["", "", "", "", "h_0", ""]
for name in set(bugs) - {"no sum for b"}:
    assert all(contradicted(bugs[name], T=7))


# %% [markdown]
# A dot is a derivative that is right, a letter a block that is wrong. The three layers behind $c_t$ and not the output gate: that is line 1. Two layers, while $\mathrm{d}c_0$ is right: these two are swapped. Only
# $\mathrm{d}c_0$: line 6. Only $\mathrm{d}h_0$: line 7. Over seven steps everything is wrong with all four.
#
# > **Debugging a way back**
# >
# > - Compare shapes before numbers, and change weights in place: `b -= rate * db`.
# > - Check one step first, every argument and every block apart. The pattern names the line.
# > - Then check several steps, in float64 and from a random start.
# > - Do not take a falling loss for a check.
#
# Now the four whose shapes are right, and the gradient of the weights only; once with a single step, once with six. *Off* is the length of the error divided by the length of the right gradient: 0 is right, and at 1
# the error is as long as the gradient itself.


# %%
def flat(dp):
    return np.concatenate([part.ravel() for part in dp])


def both(name, *given, **settings):
    """The right gradient of the weights and the wrong one, each as one long row."""
    where = setting(*given, **settings)
    return (flat(gradient(cell, *where)[1]) for cell in (lstm, bugs[name]))


def off(*given, **settings):
    right, wrong = both(*given, **settings)
    return np.linalg.norm(wrong - right) / np.linalg.norm(right)


# %%
def still_falls(bug, p, xs, state, ys, rate=1e-3):
    _, wrong, _ = gradient(bug, p, xs, state, ys)
    moved = lstm.Params(*(w - rate * dw for w, dw in zip(p, wrong, strict=True)))
    return loss(moved, xs, state, ys) < loss(p, xs, state, ys)


# %% tags=["hide-input"]
running = [name for name in bugs if name != "no sum for b"]
single, several = ({name: off(name, T) for name in running} for T in (1, 6))
falls = {name: still_falls(bugs[name], *setting(6)) for name in running}
say = lambda error: "0" if error < 1e-12 else f"{error:.1f}"
rows = [
    [name, say(single[name]), say(several[name]), "yes" if falls[name] else "no"]
    for name in running
]
table(["bug", "off, 1 step", "off, 6 steps", "loss still falls"], rows)

# %%
unseen = {name for name in running if single[name] < 1e-12}
assert unseen == {"no forget gate", "W not transposed"}
for name in running:
    assert several[name] > 0.1
    assert falls[name]

# %% [markdown]
# - **A shape** gives away the missing sum, and nothing else.
# - **A single step** hides the missing forget gate and the matrix that is not transposed, as long as one looks at the weights only. Both live in what is sent to the step before, and with one step
#   no weight receives it.
# - **With all four** whose shapes are right, a small step over these six steps still lowers the loss. A falling loss is no proof of a gradient.

# %% [markdown]
# ## What surprised us
#
# Bug 2 leaves out the factor in the very line that we called the one that matters. How much harm it does depends on the forget gates. Give every forget gate a bias of 8, so that the cell starts out remembering, and
# look again; and then give it the ordinary start and a longer sequence. **Your prediction, please:** with which of the two is the gradient further off? And does a longer sequence make it better or worse?

# %%
remembering = off("no forget gate", 6, forget_bias=8.0)
longer = {T: off("no forget gate", T) for T in (2, 6, 20, 50)}
print(f"forget bias 8, 6 steps: off by {remembering:.4f} times its length")
for T, error in longer.items():
    print(f"ordinary start, {T} steps: off by {error:.1f} times its length")
assert remembering < 1e-3
assert longer[50] > 10
assert sorted(longer.values()) == list(longer.values())
check = partial(gradcheck.cell, rng=np.random.default_rng(0), forget_bias=8.0)
assert complaint(check, bugs["no forget gate"])


# %% [markdown]
# In a cell that remembers, $f_t$ is nearly 1, and leaving it out changes next to nothing: the gradient is off by less than a thousandth. A rough comparison would call that right, while `gradcheck`, in float64 and with a
# tolerance of $10^{-7}$, does not. In a cell that forgets, the wrong derivative never fades on its way back, piles up with every step, and soon is many times as long as the right one. Does it at
# least point the same way? Thirty nets, and of each bug the smallest cosine of the angle between the two gradients:


# %%
def cosine(name, T, seed):
    right, wrong = both(name, T, seed=seed)
    return right @ wrong / np.linalg.norm(right) / np.linalg.norm(wrong)


# %% tags=["hide-input"]
lowest = {
    name: [min(cosine(name, T, seed) for seed in range(30)) for T in (6, 50)]
    for name in running
}
rows = [[name, *(f"{value:.2f}" for value in row)] for name, row in lowest.items()]
table(["bug, smallest cosine", "6 steps", "50 steps"], rows)
assert [name for name in running if lowest[name][1] < 0] == ["no forget gate"]
assert min(six for six, _ in lowest.values()) > 0.1

# %% [markdown]
# So the same bug is nearly invisible in one net and many times too long in another, and with 50 steps it may even point uphill. It pays to check a gradient with many digits, and where the gates are in the middle of
# their range.

# %% [markdown]
# ## Common misconceptions
#
# - *"The gradient of an LSTM does not vanish."* Along the cell's line it is multiplied by $f_t$ at each step. With $f_t$ near 1 it lasts, with $f_t$ held at our example's value it is
#   below a hundredth after 15 steps, and a gate that closes cuts it off.
# - *"Two biases double the gradient of the bias."* Each of the two has the same gradient as the one. What doubles is the movement: a plain gradient step moves both, and so their sum twice as far.
# - *"The way back needs the inputs only."* It needs the gates and the states of every step, which are kept on the way forward, or computed a second time.
# - *"$\mathrm{d}c_t$ is what the next step sends back."* That is one of its two parts; the other comes through $h_t$.
# - *"The loss falls, so the gradient is right."* It fell with four wrong ones.

# %%
assert f_1**14 > 0.01
assert f_1**15 < 0.01
torch.optim.SGD(layer.parameters(), lr=0.1).step()
moved = layer.bias_ih_l0 + layer.bias_hh_l0
assert close(moved.detach().numpy(), p.b - 2 * 0.1 * dp.b)

# %% [markdown]
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("lback.scalar")

# %% tags=["remove-input"]
ask("lback.saturated")

# %% tags=["remove-input"]
ask("lback.coupled")

# %% tags=["remove-input"]
ask("lback.sums")

# %% tags=["remove-input"]
ask("lback.step")

# %% [markdown]
# ## Sources
#
# The cell and its cut gradient are those of {cite:t}`hochreiter1997`, the forget gate that of {cite:t}`gers2000`; the way back through time is that of {cite:t}`werbos1990`. The table of conventions is read from the package, whose tests transcribe each library's documented formula.
