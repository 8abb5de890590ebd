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
# # LSTM networks
#
# **After this page you will be able to**
#
# - read the diagram of an LSTM, and say how many numbers run along each of its lines;
# - write one step in five lines of code, with the shape of everything in it;
# - count the weights of an LSTM, of today's and of the one of 1997, and say why a library's count differs;
# - say where the memory lives, what must be handed on, and what a *hidden size* is;
# - say what came in 1991, in 1997 and in 2000, and what an LSTM does not promise.

# %% [markdown]
# ## The question
#
# A plain recurrent network has one state, and every step rewrites all of it: the old state goes through a matrix and a $\tanh$, and what comes out is the new one. [Chapter 2](02_long_term.ipynb)
# has shown what follows: in a network that nobody prepared, a signal fades within a dozen steps or two, and so does the gradient that could teach it to keep the signal.
#
# The LSTM, **long short-term memory** {cite:p}`hochreiter1997`, keeps the chain and changes what stands in each link. It has a second state, $c$, that is not rewritten. At each step something is
# taken away from it and something is added to it, and small learned layers decide how much. **What stands in the link, what does it cost, and where does it keep what it remembers?**

# %%
import numpy as np
import torch
from matplotlib import pyplot as plt

from lstm_course import convert, drawing, studies
from lstm_course.cells import gru, lstm, lstm_1997, rnn
from lstm_course.layers import stack_init
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.ops import sigmoid
from lstm_course.studies import gap_curve, intervals
from lstm_course.unroll import run, trace

style()

# %% [markdown]
# ### What it is for: one picture ahead
#
# Does it help? In chapter 2 the task was to carry one token across a gap, past others that look like it. Here is that study again, with one network without gates and three LSTMs. The three
# are the same cell, of the same size. They differ in a single thing, the biases from which training starts. (A forget bias is a number in the layer that decides what is kept: the larger, the more is kept. An input bias does the same for what is let in.)

# %% tags=["hide-input"]
study = studies.load("gap_curve")
names = ("RNN", "LSTM", "LSTM, forget bias 1", "LSTM, biases 5 and -5")
gaps = list(gap_curve.GAPS)


def solved(name, gap):
    rows = (study["network"] == name) & (study["gap"] == gap)
    return int((study["updates"][rows] > 0).sum())


fig, ax = plt.subplots()
for k, name in enumerate(names):
    counts = [solved(name, gap) for gap in gaps]
    low, high = np.transpose([intervals.wilson(count, 10) for count in counts])
    share = np.array(counts) / 10
    ax.errorbar(
        np.array(gaps) * 1.06 ** (k - 1.5),
        share,
        (np.maximum(share - low, 0), np.maximum(high - share, 0)),
        label=name,
        capsize=3,
        color=COLOURS[k],
        marker="os^D"[k],
        linestyle=("-", "--", "-.", ":")[k],
    )
ax.set(xscale="log", xlabel="gap, steps", ylabel="share of runs that solved it")
ax.set_xticks(gaps, gaps)
ax.minorticks_off()
ax.legend(fontsize=10, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
figure(
    fig,
    alt="Share of ten runs that solved marked recall against the gap from 2 to 320 steps, with intervals. The LSTM stands at 1 up to a gap of 10, the RNN too but for 0.8 at 10; both are at 0 from 20 on. The LSTM with "
    "forget bias 1 stands at 1 up to 20 and at 0 from 40 on. The LSTM with biases 5 and -5 stays at 1 up to 160 and is at one half at 320.",
    name="fig-lstm-preview",
    caption="Marked recall, 32 units, at most 1,000 updates: how many of ten runs solved it, with Wilson's 95 % interval. Forget and input bias are what the last three differ in.",
)

# %%
reach = {name: max(gap for gap in gaps if solved(name, gap) >= 8) for name in names}
glue(
    preview_rnn=reach["RNN"],
    preview_lstm=reach["LSTM"],
    preview_one=reach["LSTM, forget bias 1"],
    preview_five=reach["LSTM, biases 5 and -5"],
    preview_last=solved("LSTM, biases 5 and -5", 320),
)
assert reach["LSTM"] <= reach["RNN"], "as it comes, no farther than the RNN"
assert reach["LSTM, forget bias 1"] <= 2 * reach["RNN"]
assert reach["LSTM, biases 5 and -5"] >= 8 * reach["RNN"]
assert max(solved(name, 20) for name in ("RNN", "LSTM")) == 0

# %% [markdown]
# The largest gap that at least eight of ten runs solved is 10<!-- preview_rnn --> for the RNN, and 10<!-- preview_lstm --> for the LSTM as PyTorch starts it. With a forget bias of 1 it is
# 20<!-- preview_one -->. With biases of 5 and -5 it is 160<!-- preview_five -->, and 5<!-- preview_last --> of ten runs solve even 320.
#
# So the honest answer has two halves. **The cell can do it**: at the largest gap it succeeds in 5<!-- preview_last --> of ten runs, and none of the three networks without gates that chapter 2 tried succeeds in a single one. **Within 1,000 updates, on this task, it does not do it by default.** This page is about the first half,
# what is in the cell. The second half is the subject of [chapter 4](04_core_idea.ipynb).

# %%
without = ("RNN", "RNN, orthogonal", "IRNN")
assert max(solved(name, 320) for name in without) == 0
assert solved("LSTM, biases 5 and -5", 320) >= 4

# %% [markdown]
# ## The picture
#
# Both networks are chains of one repeating module. In the plain one a single layer stands in each link:

# %% tags=["remove-input"]
figure(
    drawing.rnn_module(),
    alt="Three modules in a row; the middle one is opened. Inside it one line from the left module and the line x_t from below join and enter one box, tanh. Its output forks: one copy goes up "
    "to h_t, one goes right to the next module.",
    name="fig-lstm-rnn-module",
    caption="The repeating module of a plain recurrent network: one layer.",
)

# %% [markdown]
# In the LSTM there are four. None reads another; their results are put together on the upper line:

# %% tags=["remove-input"]
figure(
    drawing.lstm_chain(),
    alt="Three modules in a row; the middle one is opened. Two lines cross it from left to right. The upper one carries c: it passes a circle with a times sign and a circle with a plus sign and leaves as c_t. The "
    "lower one carries h_(t-1), is joined by x_t, and feeds four boxes: sigma, sigma, tanh, sigma. The first box leads to the times sign on the upper line. The second and third are multiplied and lead to "
    "the plus sign. From the upper line a copy goes down through a tanh circle, is multiplied by what the fourth box gives, and becomes h_t, which goes right and up.",
    name="fig-lstm-chain",
    caption="The repeating module of an LSTM: four layers, two lines that go on to the next module.",
)

# %% tags=["remove-input"]
figure(
    drawing.legend(),
    alt="Five signs with their names. An orange box: learned layer. A white circle: pointwise operation. A line with an arrow: vector. Two lines that join into one: end to end. A line that forks into two: copy.",
    name="fig-lstm-legend",
    caption="The signs. Only the boxes hold weights that are learned.",
)


# %% [markdown]
# Take your time with it; three things are worth seeing now.
#
# - **Boxes learn, circles do not.** There are four boxes, so four layers with weights. The $\tanh$ in a *circle*, on the right, has no weights: it is the function, applied to each number.
# - **All four boxes read the same**: $x_t$ and $h_{t-1}$, joined end to end. None of them reads $c$.
# - **Two lines leave to the right**, $c_t$ above and $h_t$ below, and one leaves upwards, which is $h_t$ again. On the upper line there is no box at all: $c$ is multiplied number by
#   number, and added to, and that is all.
#
# The four layers have names. From left to right: the **forget gate** $f_t$, the **input gate** $i_t$, the **candidate** $g_t$, the **output gate** $o_t$. (In formulas and code this course lists them
# in PyTorch's order: i, f, g, o.) In short: $f = 1$ keeps and $f = 0$ wipes, $i$ lets in, $o$ shows. Chapters 4 and 5 tell it at length.

# %% [markdown]
# ## The equation
#
# Four layers, all alike but for the function at the end; then the two states. $*$ multiplies number by number.
#
# $$
# \begin{aligned}
# i_t &= \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i) \\
# f_t &= \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f) \\
# g_t &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) \\
# o_t &= \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o) \\[4pt]
# c_t &= f_t * c_{t-1} + i_t * g_t \\
# h_t &= o_t * \tanh(c_t)
# \end{aligned}
# $$
#
# With $D$ inputs, $H$ hidden units and a batch of $B$ examples:
#
# | what | shape |
# |---|---|
# | $x_t$ | $(B, D)$ |
# | each $W_{x\cdot}$ | $(D, H)$ |
# | each $W_{h\cdot}$ | $(H, H)$ |
# | each $b_\cdot$ | $(H,)$ |
# | $i_t,\ f_t,\ g_t,\ o_t,\ c_t,\ h_t$ | $(B, H)$ |
#
# The gates have the same shape as $c$: each of the $H$ numbers of $c$ has its own forget gate, its own input gate, its own output gate. And since all four layers read the same, their matrices
# can stand side by side, as one $W_x$ of shape $(D, 4H)$ and one $W_h$ of shape $(H, 4H)$. Then a single product computes all four.

# %% [markdown]
# ## The code
#
# Five lines:


# %%
def my_step(p, x, h, c):
    a = x @ p.W_x + h @ p.W_h + p.b
    i, f, g, o = np.split(a, 4, axis=-1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c = f * c + i * g
    return o * np.tanh(c), c


rng = np.random.default_rng(0)
B, D, H = 3, 4, 5
p = lstm.init(rng, D, H)
x, h, c = (rng.standard_normal((B, size)) for size in (D, H, H))
mine = my_step(p, x, h, c)
theirs, gates = lstm.step(p, lstm.inputs(p, x), (h, c))
assert np.allclose(mine, theirs, rtol=0, atol=1e-14)

# %% [markdown]
# The package's `lstm.step` computes the same; the share of the input it takes ready-made, for all time steps at once. What runs along the lines?

# %%
lines = {"x": x, "h_prev": h, "c_prev": c, **gates._asdict(), **theirs._asdict()}
print("  ".join(f"{name} {value.shape}" for name, value in lines.items()))
assert {value.shape for name, value in lines.items() if name != "x"} == {(B, H)}
assert np.concatenate([x, h], 1).shape == (B, D + H)

# %% [markdown]
# $x_t$ carries $D$ numbers for each example, the line on which it is joined with $h_{t-1}$ carries $D + H$, and every other line $H$. And an independent witness: PyTorch's LSTM, with the same weights. (`convert` writes them in PyTorch's form, whose matrices are the transposed ones of ours.)

# %%
layer = torch.nn.LSTM(D, H).double()
layer.load_state_dict(
    {name: torch.from_numpy(w) for name, w in convert.write(p, "torch").items()}
)
xs = rng.standard_normal((7, B, D))
with torch.no_grad():
    hs_torch, (h_torch, c_torch) = layer(torch.from_numpy(xs))
hs, state = run(lstm, p, xs)
assert np.allclose(hs, hs_torch.numpy(), rtol=0, atol=1e-12)
assert np.allclose(state.h, h_torch[0].numpy(), rtol=0, atol=1e-12)
assert np.allclose(state.c, c_torch[0].numpy(), rtol=0, atol=1e-12)
print("outputs and last state agree with torch.nn.LSTM to 1e-12")

# %% [markdown]
# ### Where the state lives
#
# `run` gave back two things. `hs` holds $h$ after every step: that is what the rest of the network gets to see, such as a layer on top that makes the prediction. The *state* at the end is a pair, $(h, c)$: that
# is what the LSTM itself needs in order to go on. **$c$ is handed on and never shown. $h$ is handed on and shown.**
#
# So a long sequence may be read in pieces, if the pair is carried over:

# %%
p = lstm.init(rng, D, 32, forget_bias=1.0)
xs = rng.standard_normal((60, 8, D))
whole, _ = run(lstm, p, xs)
first, state = run(lstm, p, xs[:30])
second, _ = run(lstm, p, xs[30:], state)
halves = np.concatenate([first, second])
assert halves.shape == whole.shape
assert np.allclose(halves, whole, rtol=0, atol=1e-12)
print("two halves with (h, c) handed on: the same as one run")

# %% [markdown]
# **Your prediction, please.** Somebody hands on $h$ alone, since that is "the output", and lets $c$ start from zero. What happens: an error message, wrong numbers for ever, or wrong numbers for a while?

# %%
errors = {}
for bias in (0.0, 1.0, 5.0):
    p = lstm.init(np.random.default_rng(0), D, 32, forget_bias=bias)
    whole, _ = run(lstm, p, xs)
    _, state = run(lstm, p, xs[:30])
    second, _ = run(lstm, p, xs[30:], lstm.State(state.h, 0 * state.c))
    off, size = ((x**2).mean((1, 2)) ** 0.5 for x in (second - whole[30:], whole[30:]))
    errors[bias] = off / size
    shown = ", ".join(f"{100 * errors[bias][k]:.0f} %" for k in (0, 10, 20, 29))
    print(f"forget bias {bias:.0f}: off by {shown} after 1, 11, 21, 30 steps")

# %%
assert errors[0.0][0] > 0.4
assert errors[0.0][10:].max() < 0.02
assert errors[1.0][0] > 0.5
assert errors[1.0][-1] < 0.05
assert errors[5.0].min() > 0.3, "not within these thirty steps"

# %% [markdown]
# No error message: the shapes are right. (The error is the root of its mean square, in per cent of that of $h$.) At first half of $h$ and more is wrong. With a forget bias of 0 the mistake is gone after some ten steps, with 1 after some thirty, since the network forgets anyhow. With 5 it does not heal within these thirty. So a
# test that looks at the end of a sequence alone misses the bug, as long as the network forgets.

# %% [markdown]
# ### What a hidden size is
#
# $H$ says how many numbers there are in $h$, in $c$ and in each gate, and nothing else. It is not a number of layers: there are four boxes in every module, whatever $H$. And it is not a number of time steps: the modules of the
# chain are one module, drawn several times. The same weights read a sequence of any length.

# %%
for T in (1, 10, 1000):
    hs, _ = run(lstm, p, rng.standard_normal((T, 2, D)))
    print(f"T = {T:4}: outputs {hs.shape}, weights {sum(w.size for w in p)}")

# %% [markdown]
# ## Counting the weights
#
# **Your prediction, please.** An LSTM with $D = 32$ inputs and $H = 128$ units: how many weights? How many times those of a plain recurrent network of this size, and what does doubling $H$ do?
#
# Each layer has $DH$ weights from the input, $H^2$ from $h$, and $H$ biases. There are four layers:
#
# $$4\,(DH + H^2 + H)$$
#
# A plain network has one layer of this form. The GRU, a simpler relative that [chapter 2](02_long_term.ipynb) has met, has three, and one more bias. PyTorch gives every layer two biases, which it adds up; so its
# LSTM has
#
# $$4\,(DH + H^2 + 2H).$$

# %%
D, H = 32, 128
one, two = D * H + H * H + H, D * H + H * H + 2 * H  # a layer with one bias, with two
ours = {"RNN": one, "GRU": 3 * one + H, "LSTM": 4 * one}
in_torch = {"RNN": two, "GRU": 3 * two, "LSTM": 4 * two}
counted = {
    name: sum(w.size for w in cell.init(rng, D, H))
    for name, cell in {"RNN": rnn, "GRU": gru, "LSTM": lstm}.items()
}
counted_torch = {
    name: sum(w.numel() for w in getattr(torch.nn, name)(D, H).parameters())
    for name in ours
}
assert counted == ours
assert counted_torch == in_torch
rows = [(name, f"{ours[name]:,}", f"{in_torch[name]:,}") for name in ours]
table(("D = 32, H = 128", "here", "in PyTorch"), rows)

# %%
double = 4 * (D * 2 * H + (2 * H) ** 2 + 2 * H) / ours["LSTM"]
as_costly = max(n for n in range(4 * H) if D * n + n * n + n <= ours["LSTM"])
glue(
    count=f"{ours['LSTM']:,}",
    recurrent=round(100 * 4 * H * H / ours["LSTM"]),
    double=f"{double:.1f}",
    as_costly=as_costly,
)
assert ours["LSTM"] == 4 * ours["RNN"]
assert 2.0 < as_costly / H < 2.2
assert 3.5 < double < 4

# %% [markdown]
# It is 82,432<!-- count -->, four times the RNN's, and 80<!-- recurrent --> % of them sit in $W_h$. Doubling $H$ makes it 3.6<!-- double --> times as many: nearly four times, since $H^2$ rules.
#
# Mind this when two networks are compared. At equal $H$ the LSTM has four times the weights. At equal *weights* the plain network may have 271<!-- as_costly --> units in place of 128, a little more than twice as
# many. The two comparisons may come out differently, and a report should say which one it makes.

# %% [markdown]
# ## A short history
#
# | year | what came | what becomes of $c$ | what was still missing |
# |---|---|---|---|
# | 1991 | the diagnosis: why errors fade or explode on their way back {cite:p}`hochreiter1991` | there is no $c$ yet | a cure |
# | 1997 | the cell, with an input and an output gate {cite:p}`hochreiter1997` | $c_t = c_{t-1} + i_t * g_t$ | a way to forget |
# | 2000 | the forget gate {cite:p}`gers2000` | $c_t = f_t * c_{t-1} + i_t * g_t$ | nothing in the cell; its start was soon dropped again: [chapter 4](04_core_idea.ipynb) |
#
# **1991.** Sepp Hochreiter's diploma thesis, in German, works out what chapter 2 has measured: an error that travels back is multiplied once a step, and shrinks or grows exponentially.
#
# **1997.** The cure is a unit whose factor is exactly one. $c$ only ever gets something added; the input gate protects it from what does not matter, the output gate protects the others from it. Between two sequences it is set to zero from outside. This cell differs
# from today's in more than the missing gate: the cells of a *block* share their gates; gates and cells read the gates of the step before, as well as $h$; $g$ lies between -2 and 2, and $h$ is $o_t * \tanh(c_t / 2)$; and the gradient was cut so that errors travel back in
# time along $c$ alone.
#
# **2000.** What if nobody says where a sequence ends? Then $c$ has no way to let go. It usually grows, $h$ saturates, and little new gets through. The [lab of paper tables](lab_paper_tables.ipynb) runs that experiment again, and finds exceptions. The forget gate lets the cell empty itself. What libraries call
# LSTM is, in its essentials, the cell of 2000.
#
# The package has the cell of 1997 too. Here is its update, on numbers:

# %%
p = lstm_1997.init(rng, 4, 5)
states, gates = trace(lstm_1997, p, rng.standard_normal((20, 3, 4)))
change = np.diff(states.c, axis=0)
assert np.allclose(change, (gates.i * gates.g)[1:], rtol=0, atol=1e-12)
print("c changes by i * g and by nothing else")

# %% [markdown]
# ### Counting like in 1997
#
# The paper reports how many weights each network had. Can we arrive at its numbers? It takes one rule: **every gate and every cell reads all inputs, all cells and all gates; every output reads all cells.** For $D$
# inputs, $G$ gates, $H$ cells and $K$ outputs that is
#
# $$(G + H)(D + H + G) + K H + \text{biases}.$$
#
# Which units have a bias changes from experiment to experiment: the gates, the hidden units (gates and cells), or all of them (outputs as well). `lstm_1997.weights` counts in this way.

# %%
rows = [
    ("1, Reber, 4 blocks of 1", 264, (7, 7, 4, 1, "gates")),
    ("1, Reber, 3 blocks of 2", 276, (7, 7, 3, 2, "gates")),
    ("3, two sequences", 102, (1, 1, 3, 1, "hidden")),
    ("4 and 5, adding, multiplying", 93, (2, 1, 2, 2, "all")),
    ("6a, temporal order", 156, (8, 4, 2, 2, "all")),
    ("6b, temporal order", 308, (8, 8, 3, 2, "all")),
]
header = ("experiment", "in, out", "blocks x cells", "biases", "the paper", "counted")
table(
    header,
    [
        (
            name,
            f"{i}, {o}",
            f"{b} x {s}",
            has,
            paper,
            lstm_1997.weights(i, o, b, s, has),
        )
        for name, paper, (i, o, b, s, has) in rows
    ],
)
for _, paper, sizes in rows:
    assert lstm_1997.weights(*sizes) == paper

# %% [markdown]
# The networks of experiment 2 had no biases at all. In experiment 2c there are $p$ distracting symbols and four others, two outputs, and two blocks of one cell: six units that read $p + 4$ inputs and six units, and two outputs that
# read two cells, $6\,(p + 10) + 4$. And experiment 2a is a case of its own. Its one cell has no output gate; the paper's count comes out if the cell and its input gate read the 101 inputs and nothing else, and each of the 101 outputs reads the inputs and the cell.

# %%
for p_, paper in ((50, 364), (100, 664), (200, 1264), (500, 3064), (1000, 6064)):
    assert 6 * (p_ + 10) + 4 == paper
    biased = lstm_1997.weights(p_ + 4, 2, blocks=2, size=1, biased="gates")
    assert biased - 4 == paper, "less the four biases of the gates"
assert 2 * 101 + 101 * (101 + 1) == 10504

# %% [markdown]
# All of them agree. (So does one of 2000, with 424 weights, from the experiment with an endless stream: with a forget gate, and gates that no longer read gates, it has 8 cells, 12 gates and 7 outputs. Its cells have no bias, the others have one.)

# %%
reads = 7 + 8  # inputs and cells
assert 8 * reads + 12 * (reads + 1) + 7 * (reads + 1) == 424

# %% [markdown]
# **Your prediction, please.** The cell of 1997 has three layers where today's has four. With one cell in each block, and again $D = 32$ and $H = 128$: does it have three quarters of the weights?

# %%
old = sum(w.size for w in lstm_1997.init(rng, 32, 128))
shared = sum(w.size for w in lstm_1997.memory_blocks(4).init(rng, 32, 128))
glue(old=f"{old:,}", shared=f"{shared:,}", old_ratio=f"{old / ours['LSTM']:.1f}")
assert old == 3 * H * (D + 3 * H + 1)
assert 1.9 < old / ours["LSTM"] < 2
assert shared < 0.7 * ours["LSTM"]

# %% [markdown]
# It has 160,128<!-- old -->, which is 1.9<!-- old_ratio --> times as many. Every layer reads the $2H$ gates besides the $H$ cells, so its recurrent part is three times as wide. With blocks of four cells it would have
# 43,200<!-- shared -->: that is what sharing gates saves.

# %% [markdown]
# ## The experiment: an echo
#
# Before any training: how long does a fresh network carry a trace of its first input? Take a sequence of random inputs, and a twin that differs from it **in step 0 alone**. Run the same network on both and measure how far apart the two states are, in each later step.
# If they have become equal, nothing of the first input is left.
#
# We do it with 200<!-- starts --> random starts for each of four networks of 32 units: the RNN, and LSTMs whose forget biases are 0, 1 and 5. (A bias of 0 means that a forget gate begins near 1/2; 1 means near 0.73; 5 means near 0.993.)
#
# **Your prediction, please.** After 20 steps, which networks still have a trace? How large is it, compared with that at step 0? And is it larger in $h$ or in $c$?

# %%
N, D, H, T = 200, 4, 32, 41
xs = np.random.default_rng(1).standard_normal((T, N, 1, D))
twins = xs.copy()
twins[0] = np.random.default_rng(2).standard_normal((N, 1, D))


def echo(cell, cut=False, **init):
    """How far apart the states of a sequence and its twin are: part to (T, N)."""
    p = stack_init(cell.init, np.random.default_rng(3), N, D, H, **init)
    p = p._replace(W_h=0 * p.W_h) if cut else p
    one, other = trace(cell, p, xs).states, trace(cell, p, twins).states
    apart = {k: getattr(one, k) - getattr(other, k) for k in one._fields}
    return {k: np.linalg.norm(v, axis=-1)[..., 0] for k, v in apart.items()}


echoes = {"RNN": echo(rnn)}
for bias in (0, 1, 5):
    echoes[f"forget bias {bias}"] = echo(lstm, forget_bias=float(bias))

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.8), sharex=True, sharey=True)
for ax, part in zip(axes, "hc", strict=True):
    for k, (name, parts) in enumerate(echoes.items()):
        if part in parts:
            low, middle, high = np.quantile(parts[part], [0.1, 0.5, 0.9], axis=1)
            ax.plot(
                middle,
                label=name,
                color=COLOURS[k],
                linestyle=("-", "--", "-.", ":")[k],
                marker="os^D"[k],
                markevery=5,
            )
            ax.fill_between(range(T), low, high, color=COLOURS[k], alpha=0.2)
    ax.set(xlabel="steps after step 0", title=f"in {part}", yscale="log")
axes[0].set(ylabel="distance of the twins", ylim=(1e-6, 20))
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
figure(
    fig,
    alt="Two panels on a logarithmic axis: the distance of the twins in h and in c, against steps from 0 to 40. In h the RNN starts highest, above 1, and falls along a steep straight line, to less than a hundred-thousandth at step 20. Forget bias 0 falls "
    "nearly as steeply. Forget bias 1 falls more slowly, to below a thousandth at 40. Forget bias 5 stays level near one third to one half. In c, which the RNN does not have, the LSTMs look alike, but with bias 5 the line rises from 0.7 to about 3.",
    name="fig-echo",
    caption="What is left of a different first input, before training: median of 200 starts and the band from 10 % to 90 %.",
)

# %%
left = {
    n: {k: np.median(v[20] / v[0]) for k, v in e.items()} for n, e in echoes.items()
}
rate = {
    n: np.median((e["h"][20] / e["h"][10]) ** 0.1) for n, e in echoes.items()
}  # per step
glue(
    starts=N,
    rate_rnn=f"{rate['RNN']:.2f}",
    rate_0=f"{rate['forget bias 0']:.2f}",
    rate_1=f"{rate['forget bias 1']:.2f}",
    left_1=f"{100 * left['forget bias 1']['h']:.1f}",
    left_5=f"{100 * left['forget bias 5']['h']:.0f}",
    left_5c=f"{left['forget bias 5']['c']:.1f}",
)

# %%
late = {n: np.quantile(e["h"][20] / e["h"][0], [0.1, 0.9]) for n, e in echoes.items()}
assert late["RNN"][1] < 1e-4
assert late["forget bias 0"][1] < 1e-3
assert late["forget bias 0"][1] < late["forget bias 1"][0]
assert late["forget bias 1"][1] < 0.05
assert late["forget bias 5"][0] > 0.5
assert (echoes["RNN"]["h"][0] > echoes["forget bias 0"]["h"][0]).mean() > 0.95
assert (
    echoes["forget bias 5"]["c"][20] > echoes["forget bias 5"]["c"][0]
).mean() > 0.95
for name in list(echoes)[1:]:
    assert (echoes[name]["c"] > echoes[name]["h"]).mean() > 0.99

# %% [markdown]
# In the RNN a trace shrinks to 0.55<!-- rate_rnn --> of itself at each step, and in the LSTM with forget bias 0 to 0.62<!-- rate_0 -->. That is hardly better, as the preview said. With forget bias 1 it is 0.84<!-- rate_1 -->, and after twenty steps
# 1.7<!-- left_1 --> % are left. With forget bias 5 it is still there: 119<!-- left_5 --> % in $h$.
#
# And it is larger in $c$ than in $h$, in nearly every network and at nearly every step. That is no accident: $h$ shows $c$ through $\tanh$ and a gate that stands half open.
#
# **A second look.** The forget gate stands near 1/2 when its bias is 0. Why then is the rate not 1/2, and how can the trace *grow*, to 2.4<!-- left_5c --> times its size in $c$, when nothing on the upper line multiplies by more than one? There is a second way from step to step: through $h$ and
# $W_h$ into the four layers. We cut it: the same networks with $W_h = 0$.

# %%
alone = {b: echo(lstm, cut=True, forget_bias=float(b))["c"] for b in (0, 1, 5)}
for bias, c in alone.items():
    per_step = np.median((c[20] / c[10]) ** 0.1)
    print(
        f"forget bias {bias}: {per_step:.3f}, and sigma({bias}) = {sigmoid(bias):.3f}"
    )
    assert abs(per_step - sigmoid(bias)) < 0.01
    assert (np.diff(c, axis=0) < 0).all(), "smaller at every step"

# %% [markdown]
# Now the trace fades as the forget gates say, and it gets smaller at every step. So what was on top came through $h$: the two networks *see* their difference, write different things, and the upper line keeps those too. A trace that grows in this way is not a better memory. It is
# mixed with everything that came later.

# %% [markdown]
# ## What surprised us
#
# **An LSTM as it comes carried no farther than a plain network** in the study, and hardly farther in the echo. The second state makes a long memory possible. The biases decide whether there is one.
#
# **Three layers can cost more than four.** The cell of 1997, with a block for each cell, has nearly twice the weights of today's.
#
# **Half a state raises no error.** A network that is handed $h$ without $c$ goes on, and where it forgets quickly nobody notices after a while.

# %% [markdown]
# ## Common misconceptions
#
# - *"Hidden size 128 means 128 layers, or 128 steps."* It means 128 numbers in $h$, in $c$ and in each gate. Layers are stacked modules, and steps are copies of one.
# - *"Each copy in the chain has its own weights."* There is one set. We ran the same weights on 1, 10 and 1,000 steps.
# - *"The four boxes are four neurons."* Each is a layer of $H$ units.
# - *"$c$ is the output."* The output is $h$. $c$ is handed from step to step and seen by nobody else.
# - *"An LSTM has four times the weights since it has two states."* It has four layers. The GRU has one state, and three.
# - *"The LSTM of 1997 had a forget gate."* It came in 2000.
# - *"An LSTM remembers, since that is what it is built for."* It can. As PyTorch starts it, on the task above, it reached no farther than the RNN.

# %% [markdown]
# ## Exercises
#
# As on the pages before: put your answer into a cell of its own and hand it to `check`; `hint` helps.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("lstm.count")

# %% tags=["remove-input"]
ask("lstm.hand")

# %% tags=["remove-input"]
ask("lstm.1997")

# %% tags=["remove-input"]
ask("lstm.transposed")

# %% tags=["remove-input"]
ask("lstm.keras")

# %% [markdown]
# ## Sources
#
# The order of this part of the course, the chain beside the chain and the notation of boxes and circles, is after {cite:t}`olah2015`. The diagnosis is that of {cite:t}`hochreiter1991`, as the paper of 1997 retells it; the cell and the counts that of
# {cite:t}`hochreiter1997` (experiments 1 to 6 and appendix), the forget gate and the network of 424 weights that of {cite:t}`gers2000`. The intervals are those of {cite:t}`wilson1927`. The echo is the course's own.
