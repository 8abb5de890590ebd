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
# # Backpropagation through time
#
# This page carries the mathematics that the main line leaves out. You can skip it and come back.
#
# **After this page you will be able to**
#
# - derive the gradient of a recurrent network, line by line, and check each line with numbers;
# - keep the immediate and the total derivative apart, which is where derivations easily go wrong;
# - say what truncated backpropagation cuts and what it leaves alone;
# - recognise an exploding gradient, and clip it without changing its direction.

# %% [markdown]
# ## The question
#
# To train a network we need the derivative of the loss with respect to every weight. In a recurrent network the same matrix $W_h$
# acts at every time step, and a change in $h_1$ changes $h_2$, and through it $h_3$, and so on to the end. How does one
# collect all of that without getting lost?
#
# The answer is an old one, **backpropagation through time** {cite:p}`werbos1990`: unroll the network, then apply the
# chain rule to the chain, from its last step to its first. There is one thing to be careful about, and it has a name.

# %%
import time

import numpy as np
import torch
from matplotlib import pyplot as plt
from threadpoolctl import threadpool_limits

from lstm_course import drawing, gradcheck
from lstm_course.cells import rnn
from lstm_course.layers import Recurrent, stack_init
from lstm_course.models.language_model import LanguageModel
from lstm_course.notebook import COLOURS, figure, glue, style
from lstm_course.tasks import characters
from lstm_course.training import Carried, fit
from lstm_course.unroll import backward, record, run

style()

# %% [markdown]
# ## The picture

# %% tags=["remove-input"]
figure(
    drawing.backward_flow(4),
    alt="Four copies of a network A in a row, with inputs below, states h_0 to h_3 above, and a loss above each state. Solid "
    "arrows lead forward: from inputs to A, from each A to the next and to its state and loss. Dashed arrows lead back: from each "
    "loss down through its state into A, and from each A to the one before it.",
    name="fig-backward",
    caption="Forward along the solid lines; derivatives come back along the dashed ones. Two dashed lines arrive at every A but the last.",
)

# %% [markdown]
# Look at where the dashed lines meet: at each A but the last, one comes down from the loss, and one comes back from the
# right. What leaves the second A upwards and to the right is the same vector $h_1$, forked, and it matters to the loss in two ways:
# directly, because $\mathcal{L}_1$ looks at it, and indirectly, because $h_2$ is computed from it. So there are two
# derivatives of the whole loss $\mathcal{L} = \sum_t \mathcal{L}_t$ with respect to the same $h_t$:
#
# - the **immediate** derivative $\dfrac{\partial \mathcal{L}}{\partial h_t}$, along the direct line only, all later
#   states held fixed;
# - the **total** derivative $\dfrac{\mathrm{d} \mathcal{L}}{\mathrm{d} h_t}$, along every line: what really happens to the loss when
#   $h_t$ moves.
#
# Written with the same symbol, the two are easily mixed up, and then the formulas below look like nonsense. Here a
# straight $\mathrm{d}$ is always total and a curly $\partial$ always immediate. In code, `dhs` holds the immediate ones and
# `dh` is total. Take care when you read elsewhere: {cite:t}`werbos1990` writes $\partial^+$ for the total one, which he calls
# the ordered derivative, and {cite:t}`pascanu2013` write $\partial^+$ for the immediate one.

# %% [markdown]
# ## The equations, each with its check
#
# A network small enough to check everything: four steps, one example, two inputs, three hidden units. At each step the
# loss asks $h_t$ to be near a target $y_t$:
#
# $$\mathcal{L} = \sum_t \mathcal{L}_t, \qquad \mathcal{L}_t = \tfrac12 \lVert h_t - y_t \rVert^2 .$$

# %%
rng = np.random.default_rng(0)
T, B, D, H = 4, 1, 2, 3
p = rnn.init(rng, D, H)
xs, ys = rng.standard_normal((T, B, D)), rng.standard_normal((T, B, H))


def loss(p, xs):
    hs, _ = run(rnn, p, xs)
    return 0.5 * ((hs - ys) ** 2).sum()


hs, _ = run(rnn, p, xs)
print(f"loss {loss(p, xs):.3f}")

# %% [markdown]
# **Line 1: the immediate derivative.** $\mathcal{L}_t$ is the only part of the loss that looks at $h_t$ directly, so
#
# $$\frac{\partial \mathcal{L}}{\partial h_t} = h_t - y_t .$$
#
# Is it right? A derivative can be checked without believing anybody: move the variable a little both ways, and see how
# the loss changes. `gradcheck.compare` does this along random directions, and complains with both numbers if they
# differ.

# %%
dhs = hs - ys


def check_derivative(function, x, dx):
    gradcheck.compare(function, [x], [dx], rng=np.random.default_rng(1))


for t in range(T):
    check_derivative(lambda h, t=t: 0.5 * ((h - ys[t]) ** 2).sum(), hs[t], dhs[t])
print("line 1 agrees with finite differences")

# %% [markdown]
# **Line 2: the last step.** Steps are counted from 0, as in the code, so the last one is $T-1$. Nothing comes after it,
# so there total and immediate derivative are the same:
#
# $$\frac{\mathrm{d} \mathcal{L}}{\mathrm{d} h_{T-1}} = \frac{\partial \mathcal{L}}{\partial h_{T-1}} .$$
#
# **Line 3: through the nonlinearity.** ($*$ multiplies number by number.) With $a_t = x_t W_x + h_{t-1} W_h + b$ and $h_t = \tanh a_t$, and since the
# derivative of $\tanh$ at $a$ is $1 - \tanh^2 a$,
#
# $$\frac{\mathrm{d} \mathcal{L}}{\mathrm{d} a_t} = \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} h_t} * (1 - h_t^2) .$$
#
# **Line 4: one step back.** $h_{t-1}$ has two ways to the loss: its own, and the one through $a_t$. Unit $i$ of $h_{t-1}$ enters
# unit $j$ of $a_t$ with the weight $W_{h,ij}$, so what comes back to it is the sum over $j$ of the derivative with respect to
# $a_{t,j}$ times $W_{h,ij}$. As a product of matrices that is a row times $W_h^\top$. Add the two:
#
# $$\frac{\mathrm{d} \mathcal{L}}{\mathrm{d} h_{t-1}} = \frac{\partial \mathcal{L}}{\partial h_{t-1}} + \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} a_t} W_h^\top .$$
#
# These lines are the whole of backpropagation through time. In code:

# %%
da, dh = [None] * T, [None] * T
for t in reversed(range(T)):
    dh[t] = dhs[t] if t == T - 1 else dhs[t] + da[t + 1] @ p.W_h.T
    da[t] = dh[t] * (1 - hs[t] ** 2)


# %% [markdown]
# To check a total derivative we need the loss as a function of $h_t$: the direct part, and whatever follows when the
# chain starts again from there.


# %%
def loss_from(h, t):
    direct = 0.5 * ((h - ys[t]) ** 2).sum()
    if t == T - 1:
        return direct
    later, _ = run(rnn, p, xs[t + 1 :], (h,))
    return direct + 0.5 * ((later - ys[t + 1 :]) ** 2).sum()


for t in range(T):
    check_derivative(lambda h, t=t: loss_from(h, t), hs[t], dh[t])
    a = np.arctanh(hs[t])  # the way back from h_t to a_t
    check_derivative(lambda a, t=t: loss_from(np.tanh(a), t), a, da[t])
print("lines 2 to 4 agree with finite differences")

# %% [markdown]
# Now the common mistake. Suppose we had written the immediate derivative where the total one belongs.

# %%
try:
    check_derivative(lambda h: loss_from(h, 0), hs[0], dhs[0])
except AssertionError as error:
    print(error)

# %% [markdown]
# **Line 5: the weights and the inputs.** $W_h$ is used at every step, so every step has its say. At step $t$ it multiplies
# $h_{t-1}$ on the way to $a_t$ (and $h_{-1} = 0$, where the chain starts); hence
#
# $$\frac{\mathrm{d} \mathcal{L}}{\mathrm{d} W_h} = \sum_t h_{t-1}^\top \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} a_t}, \qquad
# \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} W_x} = \sum_t x_t^\top \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} a_t},$$
#
# $$\frac{\mathrm{d} \mathcal{L}}{\mathrm{d} b} = \sum_t \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} a_t}, \qquad
# \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} x_t} = \frac{\mathrm{d} \mathcal{L}}{\mathrm{d} a_t} W_x^\top .$$
#
# (The last one is needed wherever something learned lies below, such as the embedding of the character model.)

# %%
h_prev = [np.zeros((B, H)), *hs[:-1]]
dp = rnn.Params(
    W_x=sum(xs[t].T @ da[t] for t in range(T)),
    W_h=sum(h_prev[t].T @ da[t] for t in range(T)),
    b=sum(da[t].sum(0) for t in range(T)),
)
dxs = np.stack(da) @ p.W_x.T
for name, dvalue in dp._asdict().items():
    check_derivative(
        lambda value, name=name: loss(p._replace(**{name: value}), xs),
        getattr(p, name),
        dvalue,
    )
check_derivative(lambda xs: loss(p, xs), xs, dxs)
print("line 5 agrees with finite differences")

# %% [markdown]
# How much would the mistake cost here? With immediate derivatives in place of the total ones, the gradient with respect to
# $W_h$ keeps something of its direction: a small step against it still lowers the loss. Nothing crashes. That is why the
# mistake lives long.

# %%
wrong = sum(h_prev[t].T @ (dhs[t] * (1 - hs[t] ** 2)) for t in range(T))
cosine = (wrong * dp.W_h).sum() / np.linalg.norm(wrong) / np.linalg.norm(dp.W_h)
error = np.linalg.norm(wrong - dp.W_h) / np.linalg.norm(dp.W_h)
glue(wrong_cosine=f"{cosine:.2f}", wrong_error=round(100 * error))
assert loss(p._replace(W_h=p.W_h - 0.01 * wrong), xs) < loss(p, xs)

# %% [markdown]
# The cosine between the wrong and the right gradient is 0.75<!-- wrong_cosine --> here, and the wrong one is off by
# 73<!-- wrong_error --> % of the right one's length.

# %% [markdown]
# ## The code
#
# The package holds the same lines. `rnn.local` is the factor of line 3, `rnn.step_backward` is lines 3 and 4,
# `rnn.param_grads` is line 5, and `unroll.backward` is the loop; it needs a **tape**, which is what `record` writes down on the
# way forward. Everything that does not have to wait for the step
# after it is done for all steps at once; that is where the speed comes from.

# %%
hs, tape = record(rnn, p, xs)
dxs_package, dp_package, _ = backward(rnn, p, tape, hs - ys)
pairs = zip((dxs, *dp), (dxs_package, *dp_package), strict=True)
print(all(np.allclose(ours, theirs) for ours, theirs in pairs))

# %% [markdown]
# And a second, independent witness. A PyTorch tensor made with `requires_grad=True` remembers everything that is computed from
# it: this history is called the **graph**. `backward()` walks it back from the loss and leaves the gradient in `.grad`. From the same
# `step` PyTorch finds the same gradient by itself:

# %%
p_torch = rnn.Params(*(torch.tensor(value, requires_grad=True) for value in p))
hs_torch, _ = run(rnn, p_torch, torch.tensor(xs))
(0.5 * (hs_torch - torch.tensor(ys)) ** 2).sum().backward()
pairs = zip(dp, p_torch, strict=True)
largest = max(np.abs(ours - theirs.grad.numpy()).max() for ours, theirs in pairs)
print(f"largest difference below 1e-12: {largest < 1e-12}")

# %% [markdown]
# ## Truncation
#
# The way back needs every state of the way forward. For a text of millions of characters that is a lot to keep for one
# update. **Truncated** backpropagation limits how far a derivative travels. There are two ways to do it
# {cite:p}`williams1990`:
#
# - cut the sequence into **windows**, and let no derivative cross a border. This is what nearly everybody does, since it
#   costs nothing; but the loss at the first step of a window cannot tell any earlier step what to keep.
# - let every loss send its derivative back the **same number of steps**. That treats all steps alike, and costs more.
#
# In both, the *state* is carried on as if nothing had happened. What is cut is the learning about long spans, not the
# memory itself. The extreme of both is a single step: then every derivative is an immediate one, and we are back at the
# "common mistake" from above. It was no mistake when {cite:t}`elman1990` trained his network that way, but it has its price.
# So "Elman's network" and "a simple recurrent network with full backpropagation through time" share their forward pass and
# differ in their gradient.
#
# **Your prediction, please.** A sequence of 64 steps. How far is the truncated gradient from the full one when derivatives
# travel within 1, 4, 16 steps? (1 means the loss's own step only, 4 three more.) And which of the two ways is nearer to the truth? We ask 20 networks, freshly drawn, all at
# once.

# %%
models, T = 20, 64
rng = np.random.default_rng(3)
many = stack_init(rnn.init, rng, models, 8, 32)
xs, ys = rng.standard_normal((T, models, 1, 8)), rng.standard_normal((T, models, 1, 32))


def windowed(window):
    state, total = None, 0.0
    for start in range(0, T, window):
        hs, tape = record(rnn, many, xs[start : start + window], state)
        # nothing comes back from later windows
        _, dp, _ = backward(rnn, many, tape, hs - ys[start : start + window])
        state, total = (hs[-1],), total + dp.W_h
    return total


def shares(steps):
    """The gradient's shares by age: what a loss says about its own step, about the step before, and so on."""
    hs, _ = run(rnn, many, xs)
    h_prev = np.concatenate([np.zeros_like(hs[:1]), hs[:-1]])
    da = (hs - ys) * (1 - hs**2)  # of each step's own loss
    for _ in range(steps):
        yield (h_prev[: len(da)].swapaxes(-1, -2) @ da).sum(0)
        # all one step further back
        da = da[1:] @ many.W_h.swapaxes(-1, -2) * (1 - hs[: len(da) - 1] ** 2)


limits = [1, 2, 4, 8, 16, 32]
full = windowed(T)
alike = np.cumsum(list(shares(T)), axis=0)
assert np.allclose(alike[-1], full)


def error(gradient):
    off, whole = (np.linalg.norm(x, axis=(1, 2)) for x in (gradient - full, full))
    return 100 * off / whole


errors = {
    "windows": np.array([error(windowed(steps)) for steps in limits]),
    "same number of steps": np.array([error(alike[steps - 1]) for steps in limits]),
}

# %% tags=["hide-input"]
fig, ax = plt.subplots()
for (name, values), marker in zip(errors.items(), "os", strict=True):
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=1)
    ax.plot(limits, middle, marker=marker, label=name)
    ax.fill_between(limits, low, high, alpha=0.25)
ax.set(
    xscale="log",
    xlabel="steps that a derivative may travel",
    ylabel="error of the gradient, %",
)
ax.set_xticks(limits, limits)
ax.minorticks_off()
ax.set_ylim(bottom=0)
ax.legend()
figure(
    fig,
    alt="Error of the truncated gradient against the steps that a derivative may travel, two curves with bands over 20 networks. Both start "
    "a little above 50 per cent at one step. With the same number of steps for every loss the error is below ten per cent at four steps and almost "
    "zero from eight on. With windows it falls slowly and is still several per cent at 32 steps.",
    name="fig-truncated",
    caption="How far the truncated gradient is from the full one, relative to the full one's length, in freshly drawn networks: "
    "the median of 20 and the band from 10 % to 90 %.",
)

# %%
middle = {name: np.median(values, axis=1) for name, values in errors.items()}
cut, same = middle["windows"], middle["same number of steps"]
glue(
    cut_1=round(cut[0]),
    cut_4=round(cut[2]),
    cut_16=round(cut[4]),
    same_4=round(same[2]),
)
assert np.allclose(cut[0], same[0])
assert all(np.diff(cut) < 0)
assert all(same[1:] < cut[1:])
assert same[2] < 10
assert same[3] < 1
borders = np.array([T // steps - 1 for steps in limits])
assert np.ptp(cut / np.sqrt(borders)) < 0.3 * np.mean(cut / np.sqrt(borders)), (
    "in step with the root of their number"
)

# %% [markdown]
# With windows the median error is 52<!-- cut_1 --> % at one step, 27<!-- cut_4 --> % at four, 11<!-- cut_16 --> % at
# sixteen. If every loss may look back as far as four steps, only 6<!-- same_4 --> % are missing. So in these networks a derivative has
# faded after a few steps, and little is lost by not sending it further. What windows leave out, they leave out at their
# borders. The missing parts at different borders point in different directions and add up like independent errors: with the root of
# the number of borders. So a window four times as long is about twice as good.
#
# These networks were freshly drawn. That their derivatives fade so fast is a convenience now and will be the trouble of the next
# chapter: a gradient that does not reach back cannot teach the network to look back.
#
# Is our cut the one that everybody means? In PyTorch one detaches the state between windows: `detach()` gives the same numbers
# without their history. The two agree:

# %%
leaves = rnn.Params(*(torch.tensor(value, requires_grad=True) for value in many))
state, total = None, 0.0
for start in range(0, T, 16):
    hs_torch, state = run(rnn, leaves, torch.tensor(xs[start : start + 16]), state)
    total = total + (0.5 * (hs_torch - torch.tensor(ys[start : start + 16])) ** 2).sum()
    state = (state.h.detach(),)
total.backward()
print(np.allclose(windowed(16), leaves.W_h.grad.numpy()))

# %% [markdown]
# Cutting the gradient is not the same as **resetting the state**. Truncation leaves every $h_t$ as it is. A reset
# changes what the network computes: after it, the network has forgotten.

# %%
whole, _ = run(rnn, many, xs)
first, state = run(rnn, many, xs[:32])
carried, _ = run(rnn, many, xs[32:], state)
reset, _ = run(rnn, many, xs[32:])
for name, hs in (("carried on", carried), ("reset", reset)):
    print(f"{name}: {np.allclose(hs, whole[32:])}")


# %% [markdown]
# ## Exploding gradients, a first meeting
#
# Every step back multiplies by $(1 - h_t^2)$ and by $W_h^\top$. If the product grows or shrinks on average, it does so
# exponentially. Shrinking has a chapter of its own. Growing shows itself in training as a sudden jump, and
# {cite:t}`pascanu2013` drew the reason: the loss has *walls*.
#
# We can draw one too. Take a single unit, $h_t = \tanh(w\,h_{t-1} + b)$. Here we let $h_0 = 0.5$ be the start, so that 50
# steps give the states $h_1, \dots, h_{50}$; the loss asks $h_{50}$ to be 0.7. Two numbers, $w$ and $b$, make a map of the loss. Every point of the map is a
# network, and since the package computes many networks at once, the map is one call.


# %%
def unit(w, b):
    """Loss and length of the gradient for many single units at once."""
    N = w.size
    p = rnn.Params(np.zeros((N, 1, 1)), w.reshape(N, 1, 1), b.reshape(N, 1))
    start = (np.full((N, 1, 1), 0.5),)
    hs, tape = record(rnn, p, np.zeros((50, N, 1, 1)), start)
    dhs = np.zeros_like(hs)
    dhs[-1] = 2 * (hs[-1] - 0.7)
    _, dp, _ = backward(rnn, p, tape, dhs)
    length = np.hypot(dp.W_h.ravel(), dp.b.ravel())
    return ((hs[-1] - 0.7) ** 2).reshape(w.shape), length.reshape(w.shape)


w, b = np.meshgrid(np.linspace(0.5, 6, 221), np.linspace(-2, 1, 181))
surface, _ = unit(w, b)

# along b = -0.5, close in on the place where the loss falls from high to low
low, high = 0.5, 6.0
for _ in range(7):
    line = np.linspace(low, high, 401)
    losses, lengths = unit(line, np.full(line.size, -0.5))
    fall = np.flatnonzero(np.diff(losses < 1))[0]
    low, high = line[max(fall - 9, 0)], line[min(fall + 10, 400)]
wall = line[lengths.argmax()]

distances = np.geomspace(1e-10, 1, 81)
_, before = unit(wall - distances, np.full(81, -0.5))
_, behind = unit(wall + distances, np.full(81, -0.5))

# %% tags=["hide-input"]
fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.6))
left.pcolormesh(w, b, surface, cmap="cividis", shading="auto", rasterized=True)
left.set(xlabel="w", ylabel="b")
left.grid(visible=False)
left.text(3.6, 0.3, "low loss", color="white")
left.text(1.0, -1.5, "high loss", color="black")
left.plot([0.5, 6], [-0.5, -0.5], color="white", linewidth=1.5, linestyle=":")
left.plot(
    [wall], [-0.5], marker="o", color=COLOURS[1], markeredgecolor="white", markersize=10
)
right.loglog(distances, before, label="on the high side")
right.loglog(distances, behind, label="on the low side")
right.set(xlabel="distance in w from the wall", ylabel="length of the gradient")
right.legend()
figure(
    fig,
    alt="Left: map of the loss over w and b, a dark region of low loss above and a bright one of high loss below, with a sharp straight "
    "border between them that falls from the left to the lower right. A dotted line at b = -0.5 crosses it at a marked point. Right: on logarithmic axes, the length of the gradient against the "
    "distance from that border along b = -0.5. Nearest to the border it is a thousand million on the high side and more than ten times that on "
    "the low side. It falls steeply and is below one from a hundred-millionth on the high side, from a millionth on the low side.",
    name="fig-wall",
    caption="Left: the loss of a single unit after 50 steps. Right: the gradient along the dotted line $b = -0.5$, close to the wall and away "
    "from it. (The notch is where $h_{50}$ happens to be 0.7: there the loss is zero.)",
)

# %%
at_wall, far = max(before[0], behind[0]), max(before[-10], behind[-10])
glue(times=f"{10 ** int(np.log10(at_wall / far)):,}")
assert at_wall > 1e9 * far
assert behind[0] > 1e10 > before[0] > 1e8
assert max(before[distances > 1e-8].max(), behind[distances > 2e-6].max()) < 1
near, _ = unit(wall + distances, np.full(81, -0.5))
notch = np.flatnonzero(np.diff(behind) > 0)[0]
assert distances[notch] < 1e-9
assert near[notch] < 1e-3, "there h_50 is almost 0.7"

# %% [markdown]
# The map looks like two flat plains. Between them stands a wall, and on the wall the gradient is more than
# 100,000,000,000<!-- times --> times as long as a little way off. A step of plain gradient descent that meets it is thrown far
# across the map, and everything learned so far may be lost. And note how narrow the wall is: a few millionths away from it there
# is nothing to be felt of it. A single update hardly ever lands on it; but a training makes many thousands of updates, and it runs
# smoothly until, suddenly, it does not.
#
# The remedy is plain. **Clipping by norm**: when the gradient is longer than a bound $\theta$, shorten it to $\theta$:
#
# $$g \leftarrow g \cdot \min\!\left(1, \frac{\theta}{\lVert g \rVert}\right) .$$
#
# The norm is taken over all parameters together, and the direction stays. **Clipping by value**, which cuts each
# component for itself, is something else: it turns the gradient.

# %%
g = np.array([3.0, 0.1])
by_norm, by_value = g * min(1, 1 / np.linalg.norm(g)), np.clip(g, -1, 1)
vectors = {"g": g, "by norm": by_norm, "by value": by_value}
angle = {name: np.degrees(np.arctan2(v[1], v[0])) for name, v in vectors.items()}
for name, degrees in angle.items():
    print(f"{name:9}{degrees:.1f} degrees")
assert np.isclose(angle["g"], angle["by norm"])
assert not np.isclose(angle["g"], angle["by value"])

# %% [markdown]
# Clipping cures leaps. It cannot cure gradients that have shrunk to nothing: there is nothing left to scale. The course's
# training loop, `fit`, clips at a norm of 1 unless told otherwise.

# %% [markdown]
# ## The experiment: our gradient at work
#
# A derivation that only passes tests may still be a toy. So let it train the character model of the [last
# page](01_rnn.ipynb): once with our backpropagation through time, once with PyTorch's automatic one, from the same start, on
# the same text.
#
# **Your prediction, please.** Will the two runs give exactly the same losses, nearly the same, or merely similar ones?

# %%
tokens = characters.encode(characters.read(characters.TRAINING[:12]))
window = characters.windows(tokens, batch=32, steps=32)


def batches(k):
    return [torch.from_numpy(part) for part in window(k)]


def measure(model, batch, state):
    losses, state = model.loss(*batch, state)
    return {"loss": losses.mean()}, state


curves = {}
for gradient in ("derived", "autograd"):
    rng = np.random.default_rng(0)
    model = LanguageModel(rnn, 96, 128, 32, rng=rng, gradient=gradient)
    history = fit(model, Carried(measure), batches, steps=60, lr=3e-3)
    curves[gradient] = history.values["loss"]

# %%
largest = np.abs(curves["derived"] - curves["autograd"]).max()
print(f"{len(curves['derived'])} losses, all equal to 1e-4: {largest < 1e-4}")
assert curves["derived"][-1] < curves["derived"][0] - 0.5, "and it learns"


# %% [markdown]
# Nearly the same. The two ways add the same numbers in a different order, so the last digits of some losses differ; in a long
# training such differences grow. Both are right.
#
# Now the clock: forward and backward through one layer, 32 steps, 64 examples, 32 inputs, 256 units, on a single core so
# that nobody wins by having more of them. Each contestant runs 15 times in a row, the first three runs do not count, and the
# median of the others does. **Your prediction, please:** which one will be the fastest, and by how much?


# %%
def milliseconds(layer, repeats=15):
    xs = torch.randn(32, 64, 32, requires_grad=True)
    dhs = torch.randn(32, 64, 256)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        layer(xs)[0].backward(dhs)
        times.append(1000 * (time.perf_counter() - start))
    return np.median(times[3:])


contestants = {
    "derived": Recurrent(
        rnn, 32, 256, rng=np.random.default_rng(0), gradient="derived"
    ),
    "autograd": Recurrent(rnn, 32, 256, rng=np.random.default_rng(0)),
    "torch.nn.RNN": torch.nn.RNN(32, 256),
}
with threadpool_limits(1):
    clock = {name: milliseconds(layer) for name, layer in contestants.items()}

# %% tags=["nbval-ignore-output"]
for name, value in clock.items():
    ratio = value / clock["torch.nn.RNN"]
    print(f"{name:13} {value:6.1f} ms   {ratio:.1f} times torch.nn.RNN")

# %% [markdown]
# The figures above are from one machine and differ on yours. The lesson is that at this size a gradient derived by hand, in a
# screenful of NumPy, is in the same league as the libraries: most of the time goes into the matrix products, and those are
# the same for everybody. With smaller layers the calls from Python weigh more; `benchmarks/README.md` has the figures for
# the LSTM at four sizes.

# %%
assert clock["derived"] < 4 * clock["torch.nn.RNN"]

# %% [markdown]
# ## Common misconceptions
#
# - *"$\partial \mathcal{L} / \partial h_t$ is the derivative with respect to $h_t$."* Which one? The recursion of line 4 has both
#   kinds in one line, and works only if they are kept apart.
# - *"Truncation makes the network forget."* It keeps the state. It only stops the gradient, that is, the blame.
# - *"Clipping helps against vanishing gradients."* It makes long gradients shorter and never short ones longer.
# - *"Backpropagation through time is an approximation."* It is exact. Its truncated form is the approximation.

# %% [markdown]
# ## Exercises
#
# As on the [last page](01_rnn.ipynb): your answer goes into a cell of its own, `check` judges it, `hint` helps.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("bptt.clip")

# %% tags=["remove-input"]
ask("bptt.transpose")

# %% tags=["remove-input"]
ask("bptt.total")

# %% tags=["remove-input"]
ask("bptt.leak")

# %% tags=["remove-input"]
ask("bptt.wall")

# %% tags=["remove-input"]
ask("bptt.backward")

# %% [markdown]
# ## Sources
#
# The method, and the care with ordered derivatives, is that of {cite:t}`werbos1990`; truncation with carried states is
# analysed in {cite:t}`williams1990`; the wall and clipping by norm are from {cite:t}`pascanu2013`, who draw it for a
# logistic unit, where we use $\tanh$.
