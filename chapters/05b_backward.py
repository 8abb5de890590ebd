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
# - recognise five common bugs by what gives them away: a shape, a gradient check, or nothing at all.

# %% [markdown]
# ## The question
#
# Forward, an LSTM step is six lines. To train it we need the way back: given what the loss asks of $h_t$ and $c_t$, what does it
# ask of the four layers, of their weights, and of the step before? There are more lines here than in a plain network, and two
# states instead of one. **Which lines are they, how do we know that each is right, and which of them makes the LSTM remember?**

# %%
import time
from types import SimpleNamespace

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from lstm_course import drawing, gradcheck
from lstm_course.cells import lstm
from lstm_course.convert import FORMATS, read, write
from lstm_course.notebook import figure, glue, style, table
from lstm_course.ops import concat, split
from lstm_course.unroll import backward, record, run

style()

# %% [markdown]
# ## The picture

# %% tags=["remove-input"]
figure(
    drawing.lstm_backward(),
    alt="The module of the LSTM with all lines dashed and turned round. From the right come the later d c_t, above, and the later d h_t, "
    "below; from above, the loss's own share of d h_t. The total d h_t goes up to the last product. From there one way leads to the output gate, "
    "the other through tanh up to the cell's line, where it meets the later d c_t. The total d c_t goes left through the plus, down to the product of "
    "input gate and candidate, and on to the product with the forget gate, then out as d c_(t-1). All four layers send theirs down to one line, which "
    "leads to x_t and out as d h_(t-1).",
    name="fig-lstm-backward",
    caption="The module of the LSTM with every line turned round. A dot stands where a line forked on the way forward: there derivatives "
    "meet and are added. Each layer passes its own on through its weights, transposed.",
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
# where $x_t$ is 1.0<!-- x -->, $h_{t-1}$ is 0.5<!-- h_prev --> and $c_{t-1}$ is 0.8<!-- c_prev -->. All that is new: the loss and the
# later steps together ask for $\mathrm{d}h_t$ of 1.0<!-- dh -->, and later steps for $\mathrm{d}c_t$ of 0.5<!-- later_dc --> along the cell's line.

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
# Forward, as on the [last page](05_walkthrough.ipynb), rounded to three decimals:
#
# | value | *i* | *f* | *g* | *o* |
# |---|---|---|---|---|
# | $a$ | 0.200<!-- a_i --> | 1.000<!-- a_f --> | 0.800<!-- a_g --> | 1.000<!-- a_o --> |
# | gate | 0.550<!-- i --> | 0.731<!-- f --> | 0.664<!-- g --> | 0.731<!-- o --> |
#
# then $c_t$ is 0.950<!-- c -->, its $\tanh$ is 0.740<!-- tanh_c -->, and $h_t$ is 0.541<!-- h -->. Now begin at the right of the
# picture and follow the dashed lines.

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
ways["dc_prev"] = dc_prev
glue(**{name: f"{value:.3f}" for name, value in ways.items()})

# %% [markdown]
# 1. **The last product**, $h_t = o_t \tanh c_t$. Each side gets the other side's value: the output gate
#    $\mathrm{d}o_t = \mathrm{d}h_t \tanh c_t$, that is 0.740<!-- do -->, and the $\tanh$ gets $\mathrm{d}h_t\, o_t$, that is
#    0.731<!-- dtanh -->.
# 2. **Through the tanh.** Its slope is $1 - \tanh^2 c_t$, which leaves 0.331<!-- through --> for the cell.
# 3. **The dot on the cell's line.** Two ways meet: 0.5<!-- later_dc --> from later steps and 0.331<!-- through --> through $h_t$. The total
#    $\mathrm{d}c_t$ is 0.831<!-- dc -->.
# 4. **The plus**, $c_t = f_t c_{t-1} + i_t g_t$. Both products get 0.831<!-- dc -->.
# 5. **The two products.** The forget gate gets $\mathrm{d}c_t\, c_{t-1}$ or 0.665<!-- df -->, the input gate $\mathrm{d}c_t\, g_t$ or
#    0.552<!-- di -->, the candidate $\mathrm{d}c_t\, i_t$ or 0.457<!-- dg -->. And the step before gets
#    $\mathrm{d}c_{t-1} = \mathrm{d}c_t\, f_t$, which is 0.607<!-- dc_prev -->.
# 6. **Into the layers.** Times the slopes: $\mathrm{d}a_o$ is 0.145<!-- da_o -->, $\mathrm{d}a_f$ is 0.131<!-- da_f -->, $\mathrm{d}a_i$ is
#    0.137<!-- da_i -->, $\mathrm{d}a_g$ is 0.255<!-- da_g -->.

# %%
da = np.array([da_i, da_f, da_g, da_o])
dh_prev, dx = (da * W_h).sum(), (da * W_x).sum()
dW_x, dW_h, db = x * da, h_prev * da, da
glue(dh_prev=f"{dh_prev:.3f}", dx=f"{dx:.3f}")
for name, gradient in (("dW_x", dW_x), ("dW_h", dW_h), ("db", db)):
    glue(**{f"{name}_{k}": f"{v:.3f}" for k, v in zip("ifgo", gradient, strict=True)})

# %% [markdown]
# 7. **The four layers share their inputs**, so four ways meet on the way to each. Every layer sends its $\mathrm{d}a$ times its weight: $\mathrm{d}h_{t-1}$ is
#    0.072<!-- dh_prev -->, $\mathrm{d}x_t$ is 0.358<!-- dx -->. The candidate's weight of -0.6<!-- W_h_g --> pulls the first one down.
# 8. **The weights.** A weight gets $\mathrm{d}a$ times what it multiplied, and a bias multiplied 1:
#
# | gradient | *i* | *f* | *g* | *o* |
# |---|---|---|---|---|
# | of $W_x$ | 0.137<!-- dW_x_i --> | 0.131<!-- dW_x_f --> | 0.255<!-- dW_x_g --> | 0.145<!-- dW_x_o --> |
# | of $W_h$ | 0.068<!-- dW_h_i --> | 0.065<!-- dW_h_f --> | 0.128<!-- dW_h_g --> | 0.073<!-- dW_h_o --> |
# | of $b$ | 0.137<!-- db_i --> | 0.131<!-- db_f --> | 0.255<!-- db_g --> | 0.145<!-- db_o --> |

# %% tags=["remove-input"]
shown = {name: f"{value:.3f}" for name, value in ways.items()}
shown |= {"dh_prev": f"{dh_prev:.3f}", "dx": f"{dx:.3f}"}
shown |= {"dh": f"{dh:.3f}", "dc_in": f"{later_dc:.3f}"}
figure(
    drawing.lstm_backward(shown),
    alt="The module of the LSTM turned round, with the numbers of the example beside the signs: "
    + ", ".join(f"{name} {value}" for name, value in shown.items())
    + ".",
    name="fig-lstm-backward-numbers",
    caption="The step by hand. Follow the numbers from right to left: at each dot the arriving derivatives are added.",
)

# %% [markdown]
# Two witnesses. First PyTorch, which keeps a history of its own and is asked for every derivative on the way:

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
# The witness keeps every value on the way, and its derivative:

# %%
names, values = ("W_x", "W_h", "b", "x", "h_prev", "c_prev"), (*p, x, h_prev, c_prev)
kept = {name: leaf(value) for name, value in zip(names, values, strict=True)}
kept["a"] = kept["x"] @ kept["W_x"] + kept["h_prev"] @ kept["W_h"] + kept["b"]
new, _ = lstm.update(kept["a"], kept["c_prev"])
kept["c"] = new.c
# h once more, from this very c, so that the way from c to h is seen
kept["o"] = kept["a"][:, 3 * H :].sigmoid()
kept["h"] = kept["o"] * kept["c"].tanh()
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
for block, mine in zip(range(4), (da_i, da_f, da_g, da_o), strict=True):
    wanted = truth["a"].numpy()[:, block * H : (block + 1) * H]
    assert np.abs(mine - wanted).max() < 1e-12
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
assert np.allclose(dh_prev, sum(block @ W.T for block, W in four))

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
# - `lstm.local` holds every factor that needs no other time step: the slopes, and what stands next to what;
# - `lstm.step_backward` is the recursion, lines 1 to 7;
# - `lstm.param_grads` is lines 9 to 11. Line 8 is in `unroll.backward`, beside the loop.
#
# The factors use products that the forward step has formed already. For instance $o_t * (1 - \tanh^2 c_t)$ is
# `o - h * tanh(c)`.

# %%
factors = lstm.local(gates, state_prev, lstm.State(h, c))
package_da, package_prev = lstm.step_backward(p, factors, lstm.State(dh, later_dc))
assert np.allclose(factors.c, o * (1 - np.tanh(c) ** 2))
assert np.allclose(package_da, da)
assert np.allclose(package_prev.h, dh_prev)
assert np.allclose(package_prev.c, dc_prev)
grads = lstm.param_grads(p, x[None], lstm.State(h_prev[None], None), None, da[None])
for mine, theirs in zip((dW_x, dW_h, db), grads, strict=True):
    assert np.allclose(mine, theirs)
print("the package computes the same lines")

# %% [markdown]
# ## Over time: the line that matters
#
# Line 6 has no matrix in it and no slope. A plain network multiplies by $W_h^\top$ and by $1 - h_t^2$ at every step back. Along the cell's line,
# the LSTM multiplies by $f_t$ alone, a number that each unit chooses for itself, and that may be close to 1. Over many steps it becomes a
# product of forget gates. Along the cell's line, from $c_T$ back to $c_0$ comes
#
# $$\mathrm{d}c_T * f_T * \dots * f_2 * f_1 .$$
#
# Only that is not the whole derivative. The cell also acts on the next step through $h$, and so through the layers there. Let the scalar cell take
# two steps, both with $x = 1$, and ask for $c_2$ alone, so that $\mathrm{d}c_2 = 1$ and $\mathrm{d}h_2 = 0$.

# %%
cell = lstm.Params(W_x[None], W_h[None], b)
begin = lstm.State(np.array([[0.5]]), np.array([[0.8]]))
hs, tape = record(lstm, cell, np.ones((2, 1, 1)), begin)
f_1, f_2 = tape.gates.f.ravel()
end = lstm.State(np.zeros((1, 1)), np.ones((1, 1)))
_, _, d0 = backward(lstm, cell, tape, np.zeros((2, 1, 1)), end)
second = record(
    lstm, cell, np.ones((1, 1, 1)), lstm.State(*(s[1] for s in tape.states))
)
_, _, d1 = backward(lstm, cell, second[1], np.zeros((1, 1, 1)), end)

# %%
slope = tape.gates.o[0] * (1 - np.tanh(tape.states.c[1]) ** 2)
around = (d1.h * slope).item()
whole_1, whole_0 = f_2 + around, d0.c.item()
assert np.isclose(whole_1 * f_1, whole_0)
for name, value in (("f_2", f_2), ("around", around), ("whole_1", whole_1)):
    glue(**{name: f"{value:.3f}"})
glue(belt_0=f"{f_2 * f_1:.3f}", whole_0=f"{whole_0:.3f}")


# %% [markdown]
# - Back at step 1, the cell's line brings $f_2$, which is 0.734<!-- f_2 -->. Through $h_1$ and the layers of step 2 comes
#   -0.028<!-- around -->. The total $\mathrm{d}c_1$ is 0.706<!-- whole_1 -->.
# - One more step back, times $f_1$: the product of the two forget gates is 0.537<!-- belt_0 -->, the whole
#   derivative $\mathrm{d}c_0$ is 0.516<!-- whole_0 -->.
#
# Here the ways through $h$ take a little away. How much they matter depends on the weights. A layer of 32 units, freshly drawn, then with $W_h$ made larger;
# for some $\mathrm{d}c_2$, how long is what comes back to $c_1$ through $h_1$, relative to what comes along the line?


# %%
def around_to_line(factor):
    rng = np.random.default_rng(0)
    p = lstm.init(rng, 3, 32)
    p = p._replace(W_h=factor * p.W_h)
    begin = lstm.State(*rng.standard_normal((2, 1, 32)))
    xs = rng.standard_normal((2, 1, 3))
    _, tape = record(lstm, p, xs, begin)
    later = lstm.State(*(part[1] for part in tape.states))
    _, second = record(lstm, p, xs[1:], later)
    end = lstm.State(np.zeros((1, 32)), rng.standard_normal((1, 32)))
    _, _, d1 = backward(lstm, p, second, np.zeros((1, 1, 32)), end)
    slope = tape.gates.o[0] * (1 - np.tanh(later.c) ** 2)
    return np.linalg.norm(d1.h * slope) / np.linalg.norm(d1.c)


# %%
shares = {factor: around_to_line(factor) for factor in (1, 4, 16)}
for factor, share in shares.items():
    print(f"W_h times {factor:2}: {share:.1f} times the line")
assert shares[1] < 0.5
assert shares[16] > 1.5
assert around < 0

# %% [markdown]
# So the product of forget gates is the part that we understand and can set by a bias, and not the whole. The authors of the first LSTM made it the whole, at least for training: they cut the ways through $h$ on
# the way back {cite:p}`hochreiter1997`, and since their cell had no forget gate, the factor along its line was 1.
#
# The full gradient needs no new line for all of this. The recursion of lines 1 to 7 walks every way at once:

# %%
worst = gradcheck.cell(lstm, rng=np.random.default_rng(0), T=12)
assert worst < 1e-7
print("twelve steps, all ways: agrees with finite differences")


# %% [markdown]
# ## Why it is fast
#
# A direct program has four layers, hence four products with `x` and four with `h` at each step, and on the way back as many products with transposed matrices and as many
# for the weights. Three rearrangements leave every number as it is:
#
# - **Fuse.** The four blocks stand side by side in one matrix $(H, 4H)$: one product in place of four. That is why libraries store them so.
# - **Hoist the inputs.** $x_t W_x + b$ waits for nobody. `lstm.inputs` does it for all steps in one product before the loop.
# - **Hoist the weight gradients.** Line 9 for all steps is one product of two long matrices, of $T \cdot B$ rows each, after
#   the loop. The factors of `local` need no loop either.
#
# In the loop remains what truly has to wait: on the way forward $h_{t-1} W_h$ and the gates, on the way back $\mathrm{d}a_t W_h^\top$ and a handful of multiplications.


# %%
def forth(weights, xs):
    """Everything inside the loop; the weights are cut into four parts, or into one."""
    state, kept = lstm.initial_state(big, xs.shape[1]), []
    for x in xs:
        before = state
        a = concat([x @ W + before.h @ U + b for W, U, b in weights])
        state, gates = lstm.update(a, before.c)
        kept.append((x, before, state, gates))
    return kept


# %%
def back(weights, kept, dhs):
    (dh, dc), dxs, dp = lstm.initial_state(big, dhs.shape[1]), [], [0, 0, 0]
    for (x, before, state, gates), asked in zip(kept[::-1], dhs[::-1], strict=True):
        local, dh = lstm.local(gates, before, state), dh + asked
        dc = dc + dh * local.c
        da = concat((dc * local.i, dc * local.f, dc * local.g, dh * local.o))
        parts = list(zip(split(da, len(weights)), weights, strict=True))
        dp[0] += concat([x.T @ part for part, _ in parts])
        dp[1] += concat([before.h.T @ part for part, _ in parts])
        dp[2] += da.sum(0)
        dxs.append(sum(part @ W.T for part, (W, _, _) in parts))
        dh, dc = sum(part @ U.T for part, (_, U, _) in parts), dc * local.c_prev
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
big = lstm.init(rng, 32, 64)
with threadpool_limits(1):
    clocks = {B: stopwatch(B) for B in (1, 16)}
for _, results in clocks.values():
    dxs, dp, *_ = results["one product, hoisted"]
    for other_dxs, other_dp, *_ in results.values():
        assert np.allclose(dxs, other_dxs)
        for mine, theirs in zip(dp, other_dp, strict=True):
            assert np.allclose(mine, theirs)
print("all ways give the same gradient")

# %% tags=["nbval-ignore-output"]
rows = []
for B, (times, _) in clocks.items():
    fastest = times["one product, hoisted"].sum()
    for name, (there, home) in times.items():
        ratio = f"{(there + home) / fastest:.1f}"
        rows.append([B, name, f"{1000 * there:.1f}", f"{1000 * home:.1f}", ratio])
table(["examples", "way", "forward, ms", "back, ms", "times the hoisted"], rows)

# %% [markdown]
# The milliseconds are from one machine and differ on yours; the gradients do not. The gain is larger with a single example, where each product is
# small and the calls cost more than the arithmetic. With many examples in a batch the products are the work, every way has to do them, and the differences may drown
# in the noise of a busy machine. With one example most of the gain is on the way back, where more could be taken out of the loop. Which of the two steps helped
# more can be read off between the lines of the table.

# %%
slow, _, quick = clocks[1][0].values()
assert quick.sum() < 0.8 * slow.sum()
assert slow[1] - quick[1] > slow[0] - quick[0]
totals = {B: [t.sum() for t in times.values()] for B, (times, _) in clocks.items()}
assert totals[1][0] / totals[1][2] > totals[16][0] / totals[16][2]

# %% [markdown]
# ## The box of conventions
#
# All libraries compute these equations. They differ in the order of the four blocks, in how many biases they keep, and in whether a 1 is added to the
# forget gate's pre-activation at run time or stored in the bias. The package has one table of it, `convert.FORMATS`, and here it is, read out:

# %%
p = lstm.init(np.random.default_rng(0), 3, 2)
rows = []
for (kind, library), form in FORMATS.items():
    if kind == "lstm":
        arrays = write(p, library)
        by_name = len(arrays) > 4  # an array for every gate
        order = "by name" if by_name else " ".join(form.gates)
        biases = (sum(map(np.size, arrays.values())) - p.W_x.size - p.W_h.size) // 8
        added = ", ".join(f"{v:g} to {k}" for k, v in form.adds.items()) or "nothing"
        turned = form.turned or "none"
        rows.append([library, order, len(arrays), biases, added, turned])
table(
    ["library", "order", "arrays", "biases", "added at run time", "gates turned"], rows
)

# %% [markdown]
# *Biases* counts how many are added up for each pre-activation. *Gates turned* are those that a library writes as $1 - \text{gate}$; in the
# LSTM there is none, and in the GRU one may meet $z$ both ways round.
#
# One round trip: to Haiku and back. Where the forget gate's bias is ours minus 1, nothing is lost, since the library adds it again.

# %%
there = write(p, "haiku")
again = read(there, "lstm", "haiku", D=3, H=2)
ours_f, theirs_f = p.b[2:4], there["b"][4:6]  # i f g o; i g f o
print("ours minus theirs:", np.round(ours_f - theirs_f, 2))
for before, after in zip(p, again, strict=True):
    assert np.allclose(before, after, rtol=0, atol=1e-15)

# %% [markdown]
# And what about the gradient of two biases? Let `torch.nn.LSTM` take our weights, and send the same derivatives back through it.

# %%
T, B, D, H = 5, 2, 3, 2
xs, dhs = rng.standard_normal((T, B, D)), rng.standard_normal((T, B, H))
layer = torch.nn.LSTM(D, H, dtype=torch.float64)
layer.load_state_dict({k: torch.tensor(v) for k, v in write(p, "torch").items()})
layer(torch.tensor(xs))[0].backward(torch.tensor(dhs))
hs, tape = record(lstm, p, xs)
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
# 5. **W not transposed**: each $H \times H$ block of $W_h$ is used as it is in line 7.


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
# **Your prediction, please.** Look at the gradient of the weights only.
#
# - Which of the five does a *shape* give away, with no check at all?
# - Which of the others would pass every check of that gradient as long as the sequence has a single step?
# - And with how many of these would a small step against the wrong gradient still lower the loss, so that a training run looks alive?

# %%
broken = {
    "no way through h": {"step_backward": no_way},
    "no forget gate": {"step_backward": no_forget},
    "i and f swapped": {"step_backward": swapped},
    "no sum for b": {"param_grads": no_sum},
    "W not transposed": {"step_backward": not_transposed},
}
bugs = {name: SimpleNamespace(**(vars(lstm) | bug)) for name, bug in broken.items()}
noticed = {}
for name, bug in bugs.items():
    try:
        gradcheck.cell(bug, rng=np.random.default_rng(0))
    except (AssertionError, ValueError) as error:
        noticed[name] = f"{type(error).__name__}: {error}"
        print(f"{name}\n   {noticed[name]}")
assert list(noticed) == list(bugs)

# %% [markdown]
# The gradient check finds them all. It runs several steps, with a random start and a random loss of every state. One of the five it does
# not even have to compute: the shape is wrong.
#
# A wide $W_h$ protects against the fifth, by the way. With the one matrix $(H, 4H)$, forgetting the `.T` is an error at once; with four square
# matrices it is silent.

# %%
shapes = {name for name, text in noticed.items() if "shape" in text}
assert shapes == {"no sum for b"}
try:
    da @ big.W_h[:4, :16]
except ValueError:
    print("da W_h: these shapes do not fit")


# %% [markdown]
# Now the four that run. A small layer, its loss asking every $h_t$ for a target, from a random start; once with a single step, once with six.


# %%
def setting(T, forget_bias=None):
    rng = np.random.default_rng(0)
    p = lstm.init(rng, 3, 8, forget_bias=forget_bias)
    xs = rng.standard_normal((T, 4, 3))
    state = lstm.State(*rng.standard_normal((2, 4, 8)))
    return p, xs, state, rng.standard_normal((T, 4, 8))


def flat(dp):
    return np.concatenate([part.ravel() for part in dp])


def off(bug, p, xs, state, ys):
    """How far the wrong gradient is from the right one, relative to its length."""
    hs, tape = record(lstm, p, xs, state)
    right, wrong = (backward(cell, p, tape, hs - ys)[1] for cell in (lstm, bug))
    return np.linalg.norm(flat(wrong) - flat(right)) / np.linalg.norm(flat(right))


# %%
def still_falls(bug, p, xs, state, ys, rate=1e-3):
    loss = lambda p: 0.5 * ((run(lstm, p, xs, state)[0] - ys) ** 2).sum()
    hs, tape = record(lstm, p, xs, state)
    _, wrong, _ = backward(bug, p, tape, hs - ys)
    moved = lstm.Params(*(w - rate * dw for w, dw in zip(p, wrong, strict=True)))
    return loss(moved) < loss(p)


# %%
running = [name for name in bugs if name not in shapes]
single = {name: off(bugs[name], *setting(1)) for name in running}
several = {name: off(bugs[name], *setting(6)) for name in running}
falls = {name: still_falls(bugs[name], *setting(6)) for name in running}
rows = [
    [
        name,
        f"{single[name]:.1f}",
        f"{several[name]:.1f}",
        "yes" if falls[name] else "no",
    ]
    for name in running
]
table(["bug", "off, 1 step", "off, 6 steps", "loss still falls"], rows)

# %%
unseen = {name for name in running if single[name] < 1e-12}
assert unseen == {"no forget gate", "W not transposed"}
for name in unseen:  # the start gives them away even so
    try:
        gradcheck.cell(bugs[name], rng=np.random.default_rng(0), T=1)
    except AssertionError:
        continue
    raise AssertionError(name)
for name in running:
    assert several[name] > 0.1
    assert falls[name]

# %% [markdown]
# - **A shape** gives away the missing sum, and nothing else.
# - **A single step** hides the missing forget gate and the matrix that is not transposed. Both live in what is sent to the step before, and with one step
#   nobody receives it. Test with more than one step, or check the derivative with respect to the start as well.
# - **With all four** that run, a small step still lowers the loss. A falling loss is no proof of a gradient.

# %% [markdown]
# ## What surprised us
#
# Bug 2 leaves out the very line that we called the one that matters. How much harm it does depends on the forget gates. Give every forget gate a bias of 8, so that the cell starts out remembering, and
# look again; and then give it the ordinary start and a longer sequence.

# %%
forget = bugs["no forget gate"]
remembering = off(forget, *setting(6, forget_bias=8.0))
longer = {T: off(forget, *setting(T)) for T in (2, 6, 20, 50)}
print(f"forget bias 8, 6 steps: off by {remembering:.4f} times its length")
for T, error in longer.items():
    print(f"ordinary start, {T} steps: off by {error:.1f} times its length")
assert remembering < 1e-3
assert longer[50] > 10 > longer[20] / 2 > longer[6] > longer[2]

# %% [markdown]
# In a cell that remembers, $f_t$ is nearly 1, and leaving it out changes next to nothing: the gradient is off by less than a thousandth. A rough comparison would call that right, while `gradcheck`, in float64 and with a
# tolerance of $10^{-7}$, does not. In a cell that forgets, the wrong derivative never fades on its way back, piles up with every step, and soon is many times as long as the right one. So the same bug is
# all but invisible in one net and ruinous in another. It pays to check a gradient with many digits, and where the gates are in the middle of their range.

# %%
try:
    gradcheck.cell(forget, rng=np.random.default_rng(0), forget_bias=8.0)
except AssertionError:
    print("gradcheck notices it even here")
else:
    raise AssertionError("not noticed")

# %% [markdown]
# ## Common misconceptions
#
# - *"The gradient of an LSTM does not vanish."* Along the cell's line it is multiplied by $f_t$ at each step. With $f_t$ near 1 it lasts, with the forget gate of our example it is down
#   to a hundredth within 20 steps, and a gate that closes cuts it off.
# - *"Two biases double the gradient of the bias."* Each of the two has the same gradient as the one. What doubles is the movement: a plain gradient step moves both, and so their sum twice as far.
# - *"The way back needs the inputs only."* It needs the gates and the states of every step, which are kept on the way forward, or computed a second time.
# - *"$\mathrm{d}c_t$ is what the next step sends back."* That is one of its two parts; the other comes through $h_t$.
# - *"The loss falls, so the gradient is right."* It fell with four wrong ones.

# %%
assert f_1**20 < 0.01
assert f_1**20 > 0.001
step = 0.1 * dp.b
moved = sum(np.array(write(p, "torch")[f"bias_{k}h_l0"]) - step for k in "ih")
assert np.allclose(moved, p.b - 2 * step)
assert {"states", "gates"} <= set(tape._fields)

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
ask("lback.candidate")

# %% tags=["remove-input"]
ask("lback.sums")

# %% tags=["remove-input"]
ask("lback.step")

# %% [markdown]
# ## Sources
#
# The cell and its cut gradient are those of {cite:t}`hochreiter1997`, the forget gate that of {cite:t}`gers2000`; the way back through time, with total derivatives kept apart from
# immediate ones, follows {cite:t}`werbos1990`. The table of conventions is read from the package, whose tests transcribe each library's documented formula.
