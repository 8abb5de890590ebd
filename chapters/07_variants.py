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
# # Variants
#
# **After this page you will be able to**
#
# - say what each of the LSTM's best-known relatives changes, and what for;
# - read a variant as a difference of a few lines, in a picture, in an equation and in code;
# - tell two cells apart that bear the same name;
# - say whether an experiment has shown that a change pays.

# %% [markdown]
# ## The question
#
# There is no such thing as *the* LSTM. Nearly every paper uses one that is a little different: a line more, a gate less. Some of these differences have names.
#
# **What does each of them change, what was it meant for, and does it show?**

# %%
import numpy as np
from matplotlib import pyplot as plt
from scipy.stats import fisher_exact

from lstm_course import drawing, studies, unroll
from lstm_course.cells import CELLS, coupled, gru, gru_2014, lstm, peephole, rnn
from lstm_course.cells.clockwork import clockwork
from lstm_course.cells.depth_gated import depth_gated
from lstm_course.cells.depth_gated import update as depth_gated_update
from lstm_course.notebook import COLOURS, changes, figure, frames, glue, style, table
from lstm_course.studies.comparisons import holm, paired
from lstm_course.studies.intervals import bootstrap, wilson
from lstm_course.tasks.characters import VOCABULARY

style()

# %% [markdown]
# ## The picture
#
# First the whole family, all of it in this course's package. **Your prediction, please:** at the end of this page eleven of them will be compared with the LSTM on a small task. How many will differ from it by more than luck?

# %% tags=["hide-input"]
figure(
    drawing.family_tree(),
    alt="A family tree from 1990 downwards. From Elman's tanh RNN come the LSTM of 1997 (a cell that adds up, and gates), the clockwork network of 2014 (modules with clocks) and the IRNN of 2015 (ReLU, W_h starts as the identity). From the LSTM of 1997 comes the LSTM with forget gate of 2000. "
    "From that come peepholes in 2000, the GRU in 2014, coupled gates in 2015 and layer normalisation in 2016. Peepholes lead to the depth-gated LSTM and to seven of the comparison's eight changes, both 2015. The GRU leads to MUT1 to 3 in 2015 and to torch's form.",
    name="fig-family",
    caption="The recurrent units of this course; on each line stands what was changed. The years are not to scale; the seven changes are those of a large comparison (its eighth, without peepholes, is the LSTM).",
)

# %% [markdown]
# And the parent of most, the LSTM of [chapter 5](05_walkthrough.ipynb). In the pictures below another colour and thicker lines mark a difference; each caption says from what. A box that says *linear* is a layer without a function at its end.

# %% tags=["hide-input"]
figure(
    drawing.lstm_module(),
    alt="The LSTM: c runs straight through along the top, first times f, then plus i times g. h_{t-1} and x_t join at the bottom and go to four layers: forget, input, candidate and output. tanh of the new c times o is h_t.",
    name="fig-parent",
    caption="The LSTM, parent of the variants.",
)

# %% [markdown]
# ## The equation
#
# Once more, with boxes around the places at which its nearest relatives differ:
#
# $$\begin{aligned}
# i, f, o &= \sigma(x W_x + h_{t-1} W_h + b \;\boxed{+\ \text{peepholes}}) \\
# g &= \tanh(x W_x + h_{t-1} W_h + b) \\
# c_t &= \boxed{f} * c_{t-1} + i * g \;\boxed{+\ \text{from below}} \\
# h_t &= o * \tanh c_t
# \end{aligned}$$
#
# - **Peepholes** let the gates see the cell.
# - **Coupled gates** put $1 - i$ in the place of $f$.
# - **Depth gates** add what the cell of the layer below holds.
#
# Three others leave more behind: the **GRU** has no $c$ at all, $h$ itself is the line that runs straight through; the **clockwork** network has clocks instead of gates; and **MUT1** to **MUT3** were found by a program.
#
# ## The code
#
# A variant is a short difference from its parent. `changes` prints two functions as one: `-` is a line of the parent, `+` one of the variant. (`activate` cuts $a$ into blocks and applies a function to each; in other cells `split` only cuts, `add_product(a, x, W)` is `a + x @ W`, and `[..., None, :]` makes room for the batch.) Here is the shortest change of all:

# %%
changes(lstm.update, coupled.update)

# %% [markdown]
# ## Coupled gates
#
# **What for?** If something new is written, something old should go; and what is not written should be kept. So let one gate decide both: $f = 1 - i$. A quarter of the weights is gone. Its usual name is CIFG, *coupled input and forget gate*; that of {cite:t}`greff2017` has peepholes as well, ours has none.

# %% tags=["hide-input"]
figure(
    drawing.coupled_module(),
    alt="The LSTM, with a dotted outline where the forget layer was. A line forks from i_t, goes through a circle, 1 minus, and leads to the product with c_{t-1}.",
    name="fig-coupled",
    caption="Coupled gates; in colour, what differs from the LSTM: a fork and a subtraction stand in for a layer.",
)

# %% [markdown]
# What is lost? The new cell, $(1 - i)\, c_{t-1} + i\, g$, is a mean of the old cell and the candidate. A mean of numbers between −1 and 1 stays between −1 and 1. So this cell can hold, and it can replace, but it cannot **count** without end: an LSTM that keeps everything and adds 1 at each step gets to 100 in 100 steps. Whatever weights we give the coupled cell, it does not get past 1:

# %%
steps, open_wide = np.zeros((100, 1, 1)), np.full(4, 20.0)
counter = lstm.Params(np.zeros((1, 4)), np.zeros((1, 4)), open_wide)
c = unroll.trace(lstm, counter, steps).states.c
print(f"LSTM, all gates open: {c[-1].item():.0f}")

rng, highest = np.random.default_rng(0), 0
for _ in range(200):
    p = coupled.Params(*(rng.normal(0, 20, shape) for shape in ((1, 3), (1, 3), (3,))))
    highest = max(highest, abs(unroll.trace(coupled, p, steps).states.c).max())
print(f"coupled, 200 times random weights: {highest:.2f} at most")
assert abs(c[-1].item() - 100) < 1e-4
assert highest <= 1

# %% [markdown]
# ## Peepholes
#
# **What for?** The gates of an LSTM see $x_t$ and $h_{t-1}$, not the cell. While the output gate is shut, $h$ is 0, and so the gates do not know what they guard. A **peephole** is a weight that lets a gate see its own cell:

# %% tags=["hide-input"]
figure(
    drawing.peephole_module(),
    alt="The LSTM, with three marked lines: two fork from the old cell c_{t-1} and lead to the forget layer and the input layer; the third forks from the new cell c_t and leads to the output layer.",
    name="fig-peephole",
    caption="Peepholes; in colour, what the LSTM does not have. The output gate acts last, so it sees the new cell.",
)

# %% [markdown]
# $$\begin{aligned}
# i &= \sigma(a_i \;\boxed{+\ w_i * c_{t-1}}) \\
# f &= \sigma(a_f \;\boxed{+\ w_f * c_{t-1}}) \\
# o &= \sigma(a_o \;\boxed{+\ w_o * c_t})
# \end{aligned}$$

# %%
changes(lstm.update, peephole.update)

# %% [markdown]
# It was invented for **timing**. One cell with peepholes is a clock, with nothing in $W_h$. It adds 1 at each step. The sum in its output gate is $20\,(c_t - 9.5)$: negative up to 9, positive from 10, so at 10 the gate opens. The sum in its forget gate is $20\,(9.5 - c_{t-1})$; it sees the *old* cell, so it shuts one step later, and the count begins again. We set the weights by hand. **Your prediction, please:** what will the same cell do when its peepholes are taken away, that is, set to 0? And is there *any* clock that is an LSTM without peepholes?

# %%
F, sharp = 10, 20.0
biases = np.array([20, sharp * (F - 0.5), 20, -sharp * (F - 0.5)])  # of i, f, g, o
sees = np.array([0, -sharp, sharp])  # peepholes of i, f, o
nothing = np.zeros((1000 * F, 1, 1))
clock, blind = (
    unroll.trace(
        peephole,
        peephole.Params(np.zeros((1, 4)), np.zeros((1, 4)), biases, w),
        nothing,
    )
    for w in (sees, 0 * sees)
)
spikes = clock.states.h[:, 0, 0]
assert np.flatnonzero(spikes > 0.5).tolist() == list(range(F - 1, 1000 * F, F))
assert abs(blind.states.h).max() < 1e-6

# %% tags=["hide-input"]
fig, axes = plt.subplots(2, 1, figsize=(7.2, 3.8), sharex=True)
for trace, name, colour, dash in (
    (clock, "with peepholes", COLOURS[0], "-"),
    (blind, "without", COLOURS[1], "--"),
):
    axes[0].plot(trace.states.c[:45, 0, 0], dash, color=colour, label=name)
    axes[1].plot(trace.states.h[:45, 0, 0], dash, marker="o", ms=4, color=colour)
axes[0].set(ylabel="cell c")
axes[1].set(ylabel="output h", xlabel="step, from 0")
axes[0].legend()
figure(
    fig,
    alt="Two panels over 45 steps. The cell with peepholes rises from 1 to 10 and falls back to 1, again and again; its output is 0 but at the steps 9, 19, 29 and 39, where it is 1. Without peepholes the cell rises in a straight line to 45 and the output stays 0.",
    name="fig-clock",
    caption="A clock made of one cell and set by hand. The same cell without peepholes counts as well, but nobody is told.",
)

# %% [markdown]
# Ten thousand steps, a thousand spikes, none too early and none too late. But the rival was made blind, and that is no fair fight. An LSTM without peepholes *can* be a clock: it keeps its output gate open, adds 0.1 at each step, and looks at its own $h$, which is $\tanh$ of the count. Its forget gate shuts when $h$ was above 0.74, that is, after the tenth step:

# %%
looks = np.array([[0, -1000.0, 0, 0]])  # the forget gate's weight for h
biases = np.array([20, 740, np.arctanh(0.1), 20])  # of i, f, g, o
plain = lstm.Params(np.zeros((1, 4)), looks, biases)
h = unroll.trace(lstm, plain, nothing).states.h[:, 0, 0]
print("above 0.74 at the steps", *np.flatnonzero(h > 0.74)[:5], "...")
assert np.flatnonzero(h > 0.74).tolist() == list(range(F - 1, 1000 * F, F))

# %% [markdown]
# So peepholes are one way to keep the time. What a cell without them cannot do is look at its count while its output gate is shut. Which of the two does training find?
#
# ## The experiment: timing
#
# Four tasks after {cite:t}`gers2002`: **measuring** (was the wait between two spikes 10 steps or 11?), **generating** (give a spike after 10 or 11 steps, as told), and a **cosine** of 10 or of 25 steps a period, to be produced out of nothing. Three networks: the LSTM, the LSTM with peepholes, and the latter with $h = o * c$, without the tanh, which is nearer to the paper's. Two or four cells, 2,000<!-- timing_updates --> updates on streams of ten intervals, ten seeds; each network's learning rate was chosen on two other seeds. What counts: how many intervals of 100<!-- timing_tested --> are right before the first error, on average over 20 new streams. (An interval is one answer when measuring, one wait when generating; of a cosine it is a whole period, nowhere off by more than 0.3.) A study has stored the results.
#
# **Your prediction, please:** on which of the four do peepholes help?

# %% tags=["hide-input"]
stored = studies.load("precise_timing")
TASKS = list(dict.fromkeys(stored["task"]))
KINDS = ("LSTM", "peephole", "peephole, no tanh")


def intervals(task, kind, hidden):
    """Right intervals of the ten seeds."""
    mine = stored["task"] == task
    mine &= (stored["cell"] == kind) & (stored["hidden"] == hidden)
    assert mine.sum() == 10
    return stored["intervals"][mine]


fig, axes = plt.subplots(1, 4, figsize=(7.2, 3.4), sharey=True)
for ax, task in zip(axes, TASKS, strict=True):
    for k, (kind, colour, mark) in enumerate(zip(KINDS, COLOURS, "os^", strict=False)):
        for hidden, place in ((2, k), (4, k + 4)):
            values = intervals(task, kind, hidden)
            jitter = np.linspace(-0.28, 0.28, len(values))
            ax.plot(place + jitter, values, mark, color=colour, ms=4, alpha=0.8)
            ax.hlines(
                values.mean(), place - 0.4, place + 0.4, color=colour, ls="-", lw=3
            )
    ax.set(title=task.replace(", ", ",\n"), xticks=[1, 5], xticklabels=["2", "4"])
    ax.set(xlabel="cells")
    ax.title.set_fontsize(11)
axes[0].set(ylabel="right intervals of 100")
fig.legend(
    [
        plt.Line2D([], [], color=c, marker=m, ls="-", lw=3)
        for c, m in zip(COLOURS, "os^", strict=False)
    ],
    KINDS,
    loc="outside lower center",
    ncols=3,
)
figure(
    fig,
    alt="Four panels, one for each task, with two cells on the left and four on the right, for LSTM, peephole and peephole without tanh. Most marks lie at 0 or at 100. Means: measuring 41, 8, 50 and 90, 46, 81; generating 0, 0, 0 and 20, 31, 21; cosine of 10 steps 60, 42, 73 and 90, 100, 95; cosine of 25 steps 13, 5, 48 and 40, 58, 100.",
    name="fig-timing",
    caption="Right intervals before the first error, of 100: ten seeds as marks, their mean as a bar. Three networks with two cells (left in each panel) and with four.",
)

# %% [markdown]
# How many of the ten solve a task, and is that a difference? A network **solves** a task if it gets all 100<!-- timing_tested --> intervals right; behind each number stands the 95 % interval, Wilson's, for the share that would:

# %%
rows, solved = [], {}
for task in TASKS:
    for hidden in (2, 4):
        row = [task, hidden]
        for kind in KINDS:
            n = solved[task, hidden, kind] = int(
                (intervals(task, kind, hidden) == 100).sum()
            )
            low, high = wilson(n, 10)
            row.append(f"{n} ({low:.2f} to {high:.2f})")
        rows.append(row)
table(["task", "cells", *KINDS], rows)

# %% tags=["hide-input"]
p = {
    (task, hidden, kind): fisher_exact(
        [
            [solved[task, hidden, k], 10 - solved[task, hidden, k]]
            for k in (kind, "LSTM")
        ]
    ).pvalue
    for task, hidden, kind in solved
    if kind != "LSTM"
}
adjusted = dict(zip(p, holm(list(p.values())), strict=True))
best = min(p, key=p.get)
print(f"{len(p)} comparisons with the LSTM; the smallest p: {p[best]:.3f}")
print(f"of {best[0]}, {best[1]} cells, {best[2]}")
print(f"after Holm's correction for {len(p)} comparisons: {adjusted[best]:.2f}")
assert best == ("cosine, 25 steps", 4, "peephole, no tanh")
assert min(adjusted.values()) > 0.05

# %% tags=["remove-input"]
terms = studies.about("precise_timing")["context"]
edge = {}
for task, hidden, kind in solved:
    mine = (stored["task"] == task) & (stored["hidden"] == hidden)
    (chosen,) = set(stored["rate"][mine & (stored["cell"] == kind)])
    edge[task, hidden, kind] = int(chosen != sorted(terms["rates"])[1])
enough = [fisher_exact([[10, 0], [n, 10 - n]]).pvalue for n in (3, 4)]
assert 16 * enough[0] < 0.05 < 16 * enough[1]
glue(
    timing_updates=f"{terms['updates']:,}",
    timing_tested=terms["tested"],
    measure_lstm=solved["measuring", 4, "LSTM"],
    measure_peephole=solved["measuring", 4, "peephole"],
    cosine_lstm=solved["cosine, 25 steps", 4, "LSTM"],
    cosine_free=solved["cosine, 25 steps", 4, "peephole, no tanh"],
    cosine_peephole=solved["cosine, 25 steps", 4, "peephole"],
    edge_peephole=sum(edge[key] for key in p),
    edge_lstm=sum(edge.values()) - sum(edge[key] for key in p),
    generate_most=max(solved["generating", 4, kind] for kind in KINDS),
    comparisons=len(p),
    smallest=f"{p[best]:.3f}",
    corrected=f"{adjusted[best]:.2f}",
)
assert max(solved["generating", 2, kind] for kind in KINDS) == 0

# %% [markdown]
# - **Measuring:** of networks with four cells 9<!-- measure_lstm --> LSTMs solve it, and 4<!-- measure_peephole --> with peepholes.
# - **Generating:** in the paper, only the network with peepholes learned it. Here none does with two cells, and with four at most 3<!-- generate_most --> of any kind.
# - **A cosine of 25 steps:** 4<!-- cosine_lstm --> LSTMs with four cells, and 10<!-- cosine_free --> of the network with peepholes and without the tanh.
#
# The last looks like a difference. A **p value** says how often luck alone would give one as large or larger; here, by Fisher's exact test for counts, it is 0.011<!-- smallest -->. But it is the smallest of 16<!-- comparisons --> that we looked at (four tasks, two sizes, two cells against the LSTM). Corrected for that, by Holm's method, it is 0.17<!-- corrected -->. **None of the 16 has been shown.** Nor has it been shown that there is none: beside a network that solves 10 of 10, another would have to solve 3 or fewer to count, with ten seeds and so many comparisons. (Holm's method multiplies the smallest of $m$ p values by $m$, the next by $m - 1$, and so on: who asks more often must be surer of each answer.)
#
# Two more things to weigh. The network without the tanh differs from the LSTM in two ways; with peepholes *and* the tanh 5<!-- cosine_peephole --> of ten solve the long cosine, hardly more than 4<!-- cosine_lstm -->. So if that is an effect, it may be the missing tanh's. And the learning rate was chosen by a score that is mostly 0 or 100: in 9<!-- edge_peephole --> of 16 choices for networks with peepholes it is the lowest or the highest of three, for the LSTM in 1<!-- edge_lstm --> of 8. The networks with peepholes may be the worse tuned.
#
# This does not refute the paper: there one cell had to do, was trained on up to ten million streams and more, and began with a forget gate nearly shut. It says that in a short training of today's kind we could not show that peepholes help.
#
# ## The GRU, and the two that bear this name
#
# **What for?** To do with less: one state instead of two, two gates instead of three. $h$ itself runs straight through; $z$ decides, as coupled gates do, how much of it is kept and how much is new; $r$ decides how much of the old $h$ the candidate may see.

# %% tags=["hide-input"]
figure(
    drawing.gru_2014_module(),
    alt="The GRU of 2014. h runs straight through along the top: times z_t, then plus (1 - z_t) times n_t. Marked: h_{t-1} is multiplied by r_t first, and what comes out is joined with x_t and goes into the layer of the candidate, tanh.",
    name="fig-gru-2014",
    caption="The GRU as published: the reset acts on $h_{t-1}$, before the product with the weights. In colour, here and in the next picture, where the two GRUs differ.",
)

# %% tags=["hide-input"]
figure(
    drawing.gru_module(),
    alt="The GRU in torch's form. As in the picture before, but marked: h_{t-1} goes through a linear layer first, what comes out, m_t, is multiplied by r_t, added to another linear layer of x_t, and the sum goes through a circle, tanh.",
    name="fig-gru-torch",
    caption="The GRU in torch: the reset acts on what comes out of the product.",
)

# %% [markdown]
# $$\begin{aligned}
# r, z &= \sigma(x W_x + h_{t-1} W_h + b) \\
# h_t &= z * h_{t-1} + (1 - z) * n
# \end{aligned}$$
#
# So far both agree. The candidate $n$ reads the old $h$ through a matrix $W_n$; in the paper as printed the reset acts *before* that product, in `torch.nn.GRU` *after* it, and after a second bias $b'$. (So did the paper's first version on arXiv, without biases.)
#
# $$\begin{aligned}
# \text{2014:} \quad n &= \tanh(x W_{xn} + \boxed{(r * h_{t-1})\, W_n} + b) \\
# \text{torch:} \quad n &= \tanh(x W_{xn} + \boxed{r * (h_{t-1} W_n + b')} + b)
# \end{aligned}$$

# %%
changes(gru_2014.step, gru.step)

# %% [markdown]
# **Your prediction, please:** with the same weights, will the two give the same outputs? And if $W_n$ is diagonal, so that every unit is by itself?

# %%
D, H, T, B = 3, 4, 20, 5
rng = np.random.default_rng(1)
p = gru_2014.init(rng, D, H)
xs = rng.normal(size=(T, B, D))


def apart(p):
    """The largest difference between the outputs of both forms, with the same weights."""
    W_h = np.concatenate([p.W_h, p.W_n], axis=1)
    torchs, _ = unroll.run(gru, gru.Params(p.W_x, W_h, p.b, np.zeros(H)), xs)
    papers, _ = unroll.run(gru_2014, p, xs)
    return abs(torchs - papers).max()


alone = p._replace(W_n=np.diag(np.diag(p.W_n)))
no_r = np.repeat([0, 1, 1], H)  # nothing reaches r, so it is one half
even = p._replace(W_x=p.W_x * no_r, W_h=p.W_h * no_r[: 2 * H], b=p.b * no_r)
print(f"same weights: {apart(p):.2f}")
print(f"units by themselves: {apart(alone):.2f}")
print(f"r one half everywhere: {apart(even):.2f}")
assert apart(p) > 0.01
assert max(apart(alone), apart(even)) < 1e-12

# %% [markdown]
# So with the same weights these are **two different networks**, unless units do not mix or the reset is the same number for all of them. Whoever moves weights between libraries must ask which one it is.
#
# The *sign of z*, about which papers disagree as well, is another matter. Here $z = 1$ keeps the old state; elsewhere $z = 1$ takes the new one. Since $1 - \sigma(a) = \sigma(-a)$, turning the sign of all weights of $z$ turns one into the other: it is the same network, written differently. One of the exercises has that mistake in it.
#
# ## Depth gates
#
# **What for?** For stacks. In a stack of LSTMs a layer hands its $h$ upwards, squashed and gated. A **depth gate** $d$ hands the cell upwards as well, so that $c$ has a straight way in both directions: through time, guarded by $f$, and through depth, guarded by $d$.

# %% tags=["hide-input"]
figure(
    drawing.depth_gated_module(),
    alt="The LSTM with peepholes, and at its left, marked, a further layer, depth. It reads x_t, the old cell c_{t-1} and the new cell of the layer below; its output d_t is multiplied by the cell of the layer below, and the product is added to f_t c_{t-1} on the cell's line.",
    name="fig-depth-gated",
    caption="A depth gate: one layer of a stack, whose $x_t$ is the $h_t$ of the layer below. In colour, what differs from the LSTM with peepholes.",
)

# %% [markdown]
# $$\begin{aligned}
# d &= \sigma(x_t W_d + w_{cd} * c_{t-1} + w_{ld} * c_t^{l-1} + b_d) \\
# c_t &= \boxed{d * c_t^{l-1}} + f * c_{t-1} + i * g
# \end{aligned}$$
#
# Here $c_t^{l-1}$ is the new cell of the layer below. The gate sees both cells and $x_t$, but not $h_{t-1}$.

# %%
changes(peephole.update, depth_gated_update)

# %% [markdown]
# Does more of the gradient reach the lowest layer? Before any training we send a derivative of size 1 into the last $h$ of the highest layer and measure what comes out at the input weights of the lowest one, with the depth gates as they start, about half open, and with the gates shut (by a bias of −30, which makes a plain stack of LSTMs with peepholes). **Your prediction, please:** what happens from two layers to six?

# %%
import torch

from lstm_course.layers import Recurrent
from lstm_course.studies import depth_gates


def reaches(layers, depth_bias):
    """Size of the derivative at the lowest layer's weights: the median of ten starts."""
    biases = {"forget_bias": 1.0, "depth_bias": depth_bias}
    sizes = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        stack = Recurrent(depth_gated(layers), 8, 24, rng=rng, **biases)
        xs = torch.tensor(rng.normal(size=(20, 1, 8))).float()
        v = torch.tensor(rng.normal(size=24)).float()
        hs, _ = stack(xs)
        (hs[-1, 0] @ (v / v.norm())).backward()  # the derivative v / |v| has size 1
        sizes.append(stack.W_x.grad.norm().item())
    return np.median(sizes)


rows = [[L, *(reaches(L, b) for b in depth_gates.STARTS.values())] for L in (2, 4, 6)]
table(
    ["layers", "gates shut", "gates half open"],
    [[L, f"{shut:.3f}", f"{half:.2f}"] for L, shut, half in rows],
)
glue(depth_updates=depth_gates.UPDATES)
glue(reach=f"{round(rows[-1][2] / rows[-1][1], -1):.0f}")
assert rows[0][1] > 10 * rows[-1][1]
assert rows[0][2] < rows[-1][2]

# %% [markdown]
# In six layers, about 130<!-- reach --> times as much. And does it help? The study `depth_gates` trained stacks of two, four and six layers with 24 units each, with depth gates and without, on two tasks: the [agreement language](06_what_cells_remember.ipynb) (how many verbs and pronouns are right?) and the next character of Python source text. 600<!-- depth_updates --> updates, ten seeds. **Your prediction, please:** will six layers be better than two?

# %% tags=["hide-input"]
stacks = studies.load("depth_gates")


def reached(gates, layers, task):
    """What the ten seeds reached."""
    mine = (stacks["depth_gates"] == gates) & (stacks["layers"] == layers)
    mine &= stacks["task"] == task
    assert mine.sum() == 10
    return stacks["accuracy"][mine]


fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.3))
for ax, task in zip(axes, depth_gates.TASKS, strict=True):
    for gates, colour, mark, shift in zip(
        depth_gates.STARTS, COLOURS[1::-1], "so", (-0.2, 0.2), strict=True
    ):
        for layers in (2, 4, 6):
            values = reached(gates, layers, task)
            jitter = np.linspace(-0.1, 0.1, len(values))
            ax.plot(
                layers + shift + jitter, values, mark, color=colour, ms=4, alpha=0.6
            )
        means = [reached(gates, layers, task).mean() for layers in (2, 4, 6)]
        ax.plot(
            np.array([2, 4, 6]) + shift,
            means,
            "--" if gates == "without" else "-",
            color=colour,
            label=f"{gates} depth gates",
        )
    ax.set(title=task, xlabel="layers", xticks=[2, 4, 6])
axes[0].set(ylabel="right answers, share")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
figure(
    fig,
    alt="Two panels, agreement and characters, over two, four and six layers. All four lines fall from left to right; the line with depth gates lies above the one without at each depth. Agreement: 0.97, 0.92, 0.72 with, 0.89, 0.72, 0.58 without. Characters: 0.46, 0.43, 0.39 with, 0.40, 0.33, 0.29 without.",
    name="fig-depth",
    caption="Stacks with and without depth gates: ten seeds as marks, their means as lines.",
)

# %%
rows, gains = [], {}
for task in depth_gates.TASKS:
    for layers in (2, 4, 6):
        pair = [reached(gates, layers, task) for gates in ("with", "without")]
        gain = gains[task, layers] = paired(*pair)
        means = [f"{values.mean():.2f}" for values in pair]
        rows.append([task, layers, *means, f"{gain.low:+.2f} to {gain.high:+.2f}"])
table(["task", "layers", "with", "without", "95 % interval, difference"], rows)
assert max(holm([gain.p for gain in gains.values()])) < 0.05
for gates in depth_gates.STARTS:
    for task in depth_gates.TASKS:
        means = [reached(gates, layers, task).mean() for layers in (2, 4, 6)]
        assert np.all(np.diff(means) < -0.02)

# %% tags=["remove-input"]
glue(
    with_two=f"{reached('with', 2, 'agreement').mean():.2f}",
    without_two=f"{reached('without', 2, 'agreement').mean():.2f}",
    with_six=f"{reached('with', 6, 'agreement').mean():.2f}",
    without_six=f"{reached('without', 6, 'agreement').mean():.2f}",
)

# %% [markdown]
# **The gates do what they were meant for.** At each depth and on both tasks the stack with depth gates gets further; all six differences hold after Holm's correction. On agreement it is 0.97<!-- with_two --> against 0.89<!-- without_two --> with two layers, 0.72<!-- with_six --> against 0.58<!-- without_six --> with six.
#
# **But depth does not pay here.** With gates or without, each further pair of layers makes it worse. So depth gates mend a part of what depth spoils in a training of 600<!-- depth_updates --> updates. Whether depth pays in a long one, with much data, has not been tried.
#
# ## The clockwork network
#
# **What for?** Some things change quickly and some slowly. A **clockwork** network has no gates. Its units are shared out among modules, each with a period: a module with period 8 moves at every eighth step and keeps still in between. So it sees further, with fewer steps between then and now. The slow ones are read by the fast ones, never the other way round:

# %% tags=["hide-input"]
figure(
    drawing.clockwork_modules(),
    alt="Four boxes in a row with the periods 1, 2, 4 and 8. Each has a loop to itself and is read by every faster one to its left. x_t goes to all four.",
    name="fig-clockwork",
    caption="Four modules: each reads itself, the slower ones, and $x_t$.",
)

# %% tags=["hide-input"]
figure(
    drawing.clockwork_ticks(),
    alt="Four rows over the steps 0 to 8. Period 1 has a disc at every step, period 2 at 0, 2, 4, 6 and 8, period 4 at 0, 4 and 8, period 8 at 0 and 8. In between there are lines.",
    name="fig-ticks",
    caption="A disc: the module moves. A line: it keeps still.",
)

# %% [markdown]
# $$\begin{aligned}
# \hat h &= \tanh(x W_x + h_{t-1} (\boxed{\text{reads} *}\; W_h) + b) \\
# h_t &= \boxed{\text{ticks} * \hat h + (1 - \text{ticks}) * h_{t-1}}
# \end{aligned}$$
#
# Row $j$, column $k$ of the mask *reads* is 1 if unit $k$ reads unit $j$. With row vectors, as everywhere in this course, the ones stand in the blocks on the diagonal, since the units of one module read each other, and in the blocks **below**. In the paper, which writes columns, they are in the blocks above. Whoever takes the paper's mask and writes rows lets the slow modules read the fast ones; the exercise *Who reads whom?* is about that. (In the code, `period` gives each unit's period, and `constant` turns an array into the type of the weights.)

# %%
changes(rnn.step, CELLS["clockwork"].step)
print(
    (clockwork((1, 2, 4, 8)).init(np.random.default_rng(0), 1, 8).W_h != 0).astype(int)
)

# %% [markdown]
# ## The experiment: a waveform out of nothing
#
# The task is after the paper's, with waveforms of our own: without any input, produce a curve of 320<!-- samples --> values that swings fast and slowly at once. Ten waveforms, a network for each; RNN, LSTM and clockwork network get about the same number of weights, and so different widths. The clocks have the periods 1, 2, 4, ..., 128. The learning rate was chosen, for each cell and size, on three other waveforms.
#
# The error is the mean squared error divided by that of a straight line at the mean: 1 is nothing, 0 is perfect. **Your prediction, please:** who wins, and by how much?

# %% tags=["hide-input"]
waves = studies.load("waveforms")
SIZES = (100, 250, 500, 1000)
UNITS = ("clockwork", "LSTM", "RNN")
LEAST = 5e-5  # what is stored as 0.0000 is drawn here
medians = {}


def errors(cell, size):
    """The errors on the ten waveforms, of the size that is nearest below."""
    mine = (waves["cell"] == cell) & (waves["weights"] <= size)
    mine &= waves["weights"] > size / 1.7
    assert mine.sum() == 10
    return waves["error"][mine]


fig, ax = plt.subplots()
for cell, colour, mark, dash, shift in zip(
    UNITS, COLOURS, "os^", ("-", "--", "-."), (0.96, 1, 1.04), strict=False
):
    places = np.array(SIZES) * shift
    for place, size in zip(places, SIZES, strict=True):
        shown = np.maximum(errors(cell, size), LEAST)
        ax.plot([place] * 10, shown, mark, color=colour, ms=4, alpha=0.5)
    medians[cell] = [np.median(errors(cell, size)) for size in SIZES]
    ax.plot(places, np.maximum(medians[cell], LEAST), dash, color=colour, label=cell)
ax.set(
    xscale="log",
    yscale="log",
    xlabel="weights",
    ylabel="normalised error",
    xticks=SIZES,
    xticklabels=map(str, SIZES),
)
ax.minorticks_off()
ax.legend()
figure(
    fig,
    alt="Error against weights, both axes logarithmic. The clockwork network falls from 0.03 at 100 weights to 0.001 at 250 and to about 0.0001 at 500 and 1,000. LSTM and RNN stay between 0.57 and 1.0 at all four sizes.",
    name="fig-waves",
    caption="Ten waveforms as marks, their medians as lines; both axes logarithmic. An error stored as 0.0000 is drawn at 0.00005.",
)

# %% [markdown]
# The clockwork network wins, by far: with about 250 weights its median error is 0.001<!-- clock_error -->, while the medians of LSTM and RNN stay above 0.6, whatever their size. No other picture of this page is as clear. Three things should be said beside it.
#
# **The task suits the clocks.** A waveform has one part in each octave, from 10 to 320 steps a period, and the periods of the modules are octaves too. The clockwork network need not find out at which time scales to look; we have told it. And it is handed a clock: at every step it is told who ticks, while the others have to make their own oscillations.
#
# **Nobody is at the end.** All had 1,500<!-- wave_updates --> updates, the LSTM's forget bias did not start at 1 here, and for all three cells the best of four learning rates was at some size the lowest or the highest. What is shown is who gets there quickly, not who can.
#
# **Compare with something simple.** Five sinusoids, as many as a waveform is made of, fitted by least squares, are 16 numbers: a frequency, an amplitude and a phase for each, and a constant. They cannot be perfect, since each part of a waveform swells or fades:

# %%
from lstm_course.tasks import waveform

fitted = []
for seed in range(10):
    wave = waveform.batch(np.random.default_rng(seed), 1).targets[:, 0]
    five = waveform.sinusoids(wave, 5)
    fitted.append(waveform.normalised_error(five, wave))
print(f"five sinusoids: {np.median(fitted):.3f}")
print(f"clockwork, about 100 weights: {medians['clockwork'][0]:.3f}")
glue(clock_error=f"{medians['clockwork'][1]:.3f}", samples=waveform.LENGTH)
glue(small_clock=int(waves["weights"][waves["cell"] == "clockwork"].min()))
glue(wave_updates=f"{studies.about('waveforms')['context']['updates']:,}")
assert medians["clockwork"][1] < 0.01
assert min(errors(cell, size).min() for cell in ("LSTM", "RNN") for size in SIZES) > 0.5
assert max(errors("clockwork", size).max() for size in SIZES) < 0.2
assert min(medians["LSTM"] + medians["RNN"]) > 0.6
assert 0.5 < np.median(fitted) / medians["clockwork"][0] < 2
tried = studies.about("waveforms")["context"]["rates"]
for cell in UNITS:
    assert np.isin(waves["rate"][waves["cell"] == cell], (tried[0], tried[-1])).any()

# %% [markdown]
# They do as well as a clockwork network of 92<!-- small_clock --> weights. That takes nothing from the comparison of the three networks, but it tells how hard the task is.
#
# ## Layer normalisation
#
# **What for?** To keep the sums in a useful range. If they grow, $\sigma$ and $\tanh$ saturate; if they shrink, all gates are half open. So each sum is **normalised** over the units of the layer: its mean is subtracted, and it is divided by its standard deviation; learned gains follow, and for the cell that is shown a learned shift as well. Every gate stays as it is:
#
# $$\begin{aligned}
# a &= \boxed{\mathrm{LN}}(x W_x) + \boxed{\mathrm{LN}}(h_{t-1} W_h) + b \\
# h_t &= o * \tanh \boxed{\mathrm{LN}}(c_t) \\
# \mathrm{LN}(v) &= \text{gain} * (v - \text{mean of } v) \,/\, \text{std of } v
# \end{aligned}$$

# %%
changes(lstm.step, CELLS["lstm_normalised"].step)

# %% [markdown]
# Beside the gates, the step hands back what it has normalised, and by how much: the derivation of the gradient needs both on the way back.
#
# ## MUT1, MUT2, MUT3
#
# **What for?** These were not thought out. A program of {cite:t}`jozefowicz2015` found them in a search through many architectures.

# %% tags=["hide-input"]
frames(
    [drawing.mut_module(k) for k in (1, 2, 3)],
    [
        "MUT1: a linear layer makes e of the input. The gate z reads e alone. The candidate is the tanh of a sum: tanh e as it is, and a linear layer of r times the last output.",
        "MUT2: a linear layer makes e of the input. The gate r is the sigmoid of a sum: e as it is, and a linear layer of the last output.",
        "MUT3: a linear layer makes e of the input. The gate z reads e and, in place of the last output, its tanh.",
    ],
    alt="Three pictures like that of the GRU of 2014; where a MUT differs is in a second colour. In all three z_t goes to the product that writes and 1 - z_t to the one that keeps.",
    name="fig-mut",
    caption="MUT1, MUT2 and MUT3; in colour, where each differs from the GRU of 2014. Here $z = 1$ writes.",
)

# %% [markdown]
# Let $e = x W_x$ be as wide as $h$ (the paper calls it $x$). Each mutant has the equations of the GRU with $e$ for $x$, but for what stands in a box, and with the other sign of $z$: $h_t = z * n + (1 - z) * h_{t-1}$.
#
# $$\begin{aligned}
# \text{MUT1:}\quad z &= \sigma(\boxed{e\, W_z + b_z}) \\
# n &= \tanh(\boxed{\tanh e} + (r * h_{t-1})\, U_n + b_n) \\[4pt]
# \text{MUT2:}\quad r &= \sigma(\boxed{e} + h_{t-1} U_r + b_r) \\[4pt]
# \text{MUT3:}\quad z &= \sigma(e\, W_z + \boxed{\tanh h_{t-1}}\, U_z + b_z)
# \end{aligned}$$
#
# Look at MUT2. Give its $r$ a matrix of its own, and let all three layers read $x$ itself: then nothing but the sign of $z$ sets it apart from the GRU of 2014. The library `torchrecurrent` (version 0.2.5) has a MUT2 of this kind, and so, under that name, a GRU; a test of this course turns one into the other. A name does not tell you the equation.
#
# ## All of them, on three tasks
#
# What is gained? The study `variants` trained each with 32<!-- hidden --> units on three tasks, 600<!-- updates --> updates, ten seeds, the learning rate chosen on two other seeds: **recall** (one marked symbol, to be told again ten steps later), **agreement**, and **characters**, the next one in Python source text. Where there is a forget gate, its bias starts at 1. Since the coupled cell has fewer weights, it runs a second time, as wide as it takes to have as many as the LSTM.
#
# **Your prediction, please:** which comes out on top, and is it the same on all three tasks?

# %% tags=["hide-input"]
found = studies.load("variants")
NAMES = {
    "rnn": "tanh RNN", "lstm": "LSTM", "peephole": "peepholes", "coupled": "coupled",
    "coupled, widened": "coupled, widened", "depth_gated": "depth gates, 2 layers",
    "lstm_normalised": "layer normalisation", "gru_2014": "GRU of 2014",
    "gru": "GRU of torch", "mut1": "MUT1", "mut2": "MUT2", "mut3": "MUT3",
}  # fmt: skip


def accuracy(name, task):
    """What the ten seeds reached."""
    mine = (found["cell"] == name) & (found["task"] == task)
    assert mine.sum() == 10
    return found["accuracy"][mine]


fig, axes = plt.subplots(1, 3, figsize=(7.2, 5.2), sharey=True)
for ax, task in zip(axes, ("recall", "agreement", "characters"), strict=True):
    for y, name in enumerate(reversed(NAMES)):
        values = accuracy(name, task)
        ax.plot(values, [y] * 10, "o", color=COLOURS[0], ms=4, alpha=0.4)
        low, high = bootstrap(values) if np.ptp(values) else (values[0], values[0])
        ax.plot([low, high], [y - 0.3] * 2, "-", color=COLOURS[1], lw=3)
    ax.set(title=task)
axes[0].set_yticks(range(len(NAMES)), list(NAMES.values())[::-1])
fig.supxlabel("right answers, share", fontsize=12)
figure(
    fig,
    alt="Three panels with twelve rows each. Recall: nearly all at 1.0, but for the tanh RNN, mostly near 0.3, and MUT1, from 0.4 to 1.0. Agreement: all between 0.92 and 1.0; layer normalisation, both GRUs and peepholes all above 0.99, the coupled cell lowest with a mean of 0.97. Characters: layer normalisation at 0.54, the GRU of 2014 at 0.52, the GRU of torch and the MUTs at 0.50 to 0.51, coupled and widened at 0.49, all others at 0.47 to 0.48.",
    name="fig-variants",
    caption="Twelve cells on three tasks, each with axes of its own: ten seeds as circles; below them, in orange, the 95 % interval of their mean. In recall, guessing gets 0.25.",
)

# %% [markdown]
# On **recall** nearly all arrive. Only the tanh RNN does not; and of ten runs of MUT1, whose $z$ does not see $h$, only 6<!-- mut1_recall --> do. On **agreement** all twelve means lie between 0.97<!-- agree_low --> and 1.00<!-- agree_high -->, that of the tanh RNN too. On **characters** they come apart. How far from the LSTM, and how sure is that? The table gives, for characters, the difference of the means, its 95 % interval, and its p value after Holm's correction for eleven comparisons. Seed $k$ means the same training data for every cell, so they are compared in pairs, seed by seed:

# %%
mine = found["task"] == "characters"
size = {n: int(found["weights"][mine & (found["cell"] == n)][0]) for n in NAMES}
others = [name for name in NAMES if name != "lstm"]
base = accuracy("lstm", "characters")
gains = {name: paired(accuracy(name, "characters"), base) for name in others}
p = dict(zip(others, holm([gain.p for gain in gains.values()]), strict=True))
rows = [["LSTM", size["lstm"], f"its mean: {base.mean():.3f}", "", ""]]
for name, gain in gains.items():
    between = f"{gain.low:+.3f} to {gain.high:+.3f}"
    shown = "< 0.001" if p[name] < 0.001 else f"{p[name]:.2f}"
    rows.append([NAMES[name], size[name], f"{gain.difference:+.3f}", between, shown])
table(
    ["cell", "weights", "better than the LSTM by", "95 % interval", "p, corrected"],
    rows,
)

# %% tags=["remove-input"]
means = {name: accuracy(name, "characters").mean() for name in NAMES}
agree = [accuracy(name, "agreement").mean() for name in NAMES]
glue(
    hidden=studies.about("variants")["context"]["hidden"],
    updates=studies.about("variants")["context"]["updates"],
    characters=len(VOCABULARY),
    mut1_recall=int((accuracy("mut1", "recall") > 0.99).sum()),
    agree_low=f"{min(agree):.2f}",
    agree_high=f"{max(agree):.2f}",
    norm_gain=f"{gains['lstm_normalised'].difference:.3f}",
    gru_gain=f"{gains['gru_2014'].difference:.3f}",
    wide_gain=f"{gains['coupled, widened'].difference:.3f}",
    mut_low=f"{100 * size['mut1'] / size['gru_2014']:.0f}",
    mut_high=f"{100 * size['mut3'] / size['gru_2014']:.0f}",
    differ=sum(value < 0.05 for value in p.values()),
    depth_size=f"{size['depth_gated'] / size['lstm']:.1f}",
)
assert (
    min(
        accuracy(name, "recall").mean() for name in NAMES if name not in ("rnn", "mut1")
    )
    > 0.99
)
assert accuracy("rnn", "recall").mean() < 0.6
assert min(agree) > 0.95
assert means["lstm"] == min(means.values())
assert max(means, key=means.get) == "lstm_normalised"
assert size["gru_2014"] == size["coupled"] == 0.75 * size["lstm"]
assert size["rnn"] == 0.25 * size["lstm"]
assert set(found["rate"][found["task"] != "recall"]) == {1e-2}
better = {name for name in p if p[name] < 0.01 and gains[name].low > 0.01}
assert {name for name in p if p[name] < 0.05} == better | {"rnn"}
assert min(gains["coupled"].low, gains["rnn"].low) > 0
assert better == {
    "lstm_normalised",
    "gru_2014",
    "gru",
    "mut1",
    "mut2",
    "mut3",
    "coupled, widened",
}
for name in ("peephole", "depth_gated"):
    assert gains[name].low < 0 < gains[name].high
worse = [
    paired(accuracy(name, "characters"), accuracy("gru_2014", "characters"))
    for name in ("mut1", "mut2", "mut3")
]
assert max(difference.high for difference in worse) < 0
assert min(agree) == accuracy("coupled", "agreement").mean()

# %% [markdown]
# - **Layer normalisation** gains most, 0.071<!-- norm_gain -->, and changes no gate.
# - **GRUs and MUTs** come next; the GRU of 2014, with a quarter fewer weights than the LSTM, gains 0.048<!-- gru_gain -->. The three mutants stay below it, but have only 59<!-- mut_low --> to 75<!-- mut_high --> % of its weights, since $e$ is 32<!-- hidden --> wide and $x$ 96<!-- characters -->.
# - **Coupled gates** cost nothing that we could see on characters, although a quarter of the weights is gone. (Their interval excludes 0, yet the corrected p value does not let us say so: that is the price of eleven comparisons.) With as many weights as the LSTM they gain 0.021<!-- wide_gain -->. On agreement they come last of the twelve, by a little.
# - **Peepholes**: the interval includes 0. Nothing has been shown; nor that they do nothing. The row with depth gates has a second layer and 1.6<!-- depth_size --> times the weights, and so says nothing of the gate; see above.
#
# So 8<!-- differ --> of eleven differ by more than luck, all of them for the better. But read what has been measured. On characters 600<!-- updates --> updates are few: this says who *gets going* fastest, with 32<!-- hidden --> units, on one kind of text, with one optimiser. Only two learning rates were tried, and on agreement and characters the higher one, 0.01, was best for every cell; a still higher one may be better, and not equally so for all. GRUs, MUTs and the tanh RNN have fewer weights than the LSTM, and were not widened.
#
# ## What surprised us
#
# **The plain LSTM has the lowest mean on characters**, in its own course. Even the tanh RNN, with a quarter of the weights, gets going faster.
#
# **Deeper was worse**, with depth gates and without.
#
# **A clock out of one cell**, with peepholes or without. Yet of all networks with two cells none learned to *generate* spikes on time.
#
# ## Common misconceptions
#
# - *"The LSTM of this paper is the LSTM of that library."* Look at the equations: peepholes, biases, where the reset acts.
# - *"torch's LSTM has peepholes."* It has none.
# - *"Peepholes help with timing."* One cell set by hand shows that they can keep time; so can a cell without. Trained ones, in 2,000<!-- timing_updates --> updates, were not shown to do better than the LSTM on any of four tasks.
# - *"The GRU is an LSTM with fewer gates."* It has coupled gates, no gate on what it shows, and a gate that the LSTM does not have, $r$.
# - *"The GRU has fewer weights, so it is worse."* See the table above.
# - *"The other sign of z is another network."* It is the same with turned weights. Where the reset acts is the difference.
# - *"A variant that wins with the same number of units is better."* With the same number of units it may have more weights.

# %% [markdown]
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("variants.count")

# %% tags=["remove-input"]
ask("variants.one_line")

# %% tags=["remove-input"]
ask("variants.swapped")

# %% tags=["remove-input"]
ask("variants.reset")

# %% tags=["remove-input"]
ask("variants.mask")

# %% [markdown]
# ## Sources
#
# Peepholes: {cite:t}`gers2000time`, and for the timing tasks {cite:t}`gers2002`. Coupled gates and the seven changes: {cite:t}`greff2017`. GRU: {cite:t}`cho2014`. Depth gates: {cite:t}`yao2015`. Clockwork: {cite:t}`koutnik2014`. MUT1 to MUT3: {cite:t}`jozefowicz2015`. Layer normalisation: {cite:t}`ba2016`. The article that names most of them: {cite:t}`olah2015`.
