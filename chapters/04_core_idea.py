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
# # The core idea: a line that runs straight through
#
# **After this page you will be able to**
#
# - write the cell state as a sum, and say what each gate does to each of its terms;
# - predict for how many steps a cell remembers from its forget bias alone;
# - say which gradient stays alive in an LSTM, and which does not;
# - say whether an LSTM remembers by default, and start one that does;
# - set a cell by hand that counts to 100,000 without an error.

# %% [markdown]
# ## The question
#
# A plain RNN rewrites its whole memory at every step. On the [page on long-term dependencies](02_long_term.ipynb) that was its ruin: what is multiplied by the same kind of matrix over and over
# fades or explodes. The LSTM has a second memory, the cell state $c$, and a new value is *added* to it.
#
# **How much does such a line carry, how far, and does it do so by itself?**

# %%
import numpy as np
from matplotlib import pyplot as plt

from lstm_course import drawing, probes, studies
from lstm_course.cells import lstm
from lstm_course.layers import stack_init
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.ops import sigmoid
from lstm_course.studies import intervals
from lstm_course.tasks import recall
from lstm_course.unroll import trace

style()

# %% [markdown]
# ## The picture
#
# Think of a conveyor belt. It runs along the top of the module, from the past into the future. Two things happen to what lies on it, and neither mixes one cell with another: it is multiplied
# by a number between 0 and 1, and something is added.

# %% tags=["remove-input"]
figure(
    drawing.lstm_module("conveyor"),
    alt="The LSTM module. Only its upper line stands out: c of the step before enters on the left, passes a pointwise multiplication, then a pointwise addition, and leaves on the right as c. "
    "The four layers and all other lines are pale.",
    name="fig-belt",
    caption="The belt. No layer with weights stands on it: what rides along is scaled and added to, and nothing else.",
)

# %% [markdown]
# Who decides how much stays? A **gate**: a layer whose sigmoid gives a number between 0 and 1, and a multiplication. It works like a tap, and any position between shut and open is
# possible.

# %% tags=["remove-input"]
figure(
    drawing.gate(),
    alt="Three gates beside each other. In each a signal of 0.8 arrives at a multiplication, and a sigmoid layer below sends a number up: 0 lets 0 through, 0.5 lets 0.4 through, 1 lets 0.8 through.",
    name="fig-gate",
    caption="One gate, three settings. The layer computes the setting anew at every step, from what it sees.",
)

# %% [markdown]
# ## The equation
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t$$
#
# Put the equation into itself, step after step, and a sum appears:
#
# $$\begin{aligned}
# c_T = {}& (f_T \cdots f_1)\, c_0 \\
# &+ \sum_{t=1}^{T} (f_T \cdots f_{t+1})\; i_t\, g_t .
# \end{aligned}$$
#
# Read it term by term. At step $t$ the candidate $g_t$ is written, as strongly as the input gate $i_t$ allows. From then on it is multiplied by one forget gate a step. What is left of it at the end is its **product of forget
# gates**; no weight matrix and no tanh stands in between.
#
# ## The code
#
# The sum and the loop are the same thing. Here for an LSTM with four cells and random weights, over 30 steps.

# %%
p = lstm.init(np.random.default_rng(0), D=3, H=4)
xs = np.random.default_rng(1).standard_normal((30, 1, 3))
states, (i, f, g, o) = trace(lstm, p, xs)

total = np.zeros((1, 4))
for t in range(30):
    total += f[t + 1 :].prod(0) * i[t] * g[t]
np.testing.assert_allclose(total, states.c[-1], rtol=0, atol=1e-14)

# %% [markdown]
# **Half-lives.** Suppose a gate always says $\sigma(b)$, where $b$ is its bias. After $k$ steps $\sigma(b)^k$ is left of what was written. **Your prediction, please:** how many steps does it take until half is gone, for
# $b$ = 0, 1, 3 and 5?

# %%
BIASES = (0, 1, 3, 5)
rows = []
for b in BIASES:
    half = np.log(0.5) / np.log(sigmoid(b))
    assert np.isclose(half, probes.half_life(b))
    rows.append((b, f"{sigmoid(b):.3f}", f"{half:.1f}", f"{sigmoid(b) ** 100:.1g}"))
table(("bias", "gate", "half-life in steps", "left after 100 steps"), rows)

# %% [markdown]
# With bias 0, which is about where PyTorch starts, a memory does not survive its first step in full: half of it is gone. Forget bias 1, a common advice, gives it two steps. For a hundred steps the bias has to be about 5:
# what matters is how far the gate is from 1, and the sigmoid comes near to 1 only slowly.
#
# ## The experiment: which gradient lives?
#
# Along the belt the derivative of the last cell state with respect to an earlier one is the product of forget gates, nothing else. Sepp Hochreiter's name for a cell that keeps this product at 1 is *constant error carousel*: the error goes round and round, and is neither lost nor multiplied.
#
# But $c_t$ also depends on $c_{t-1}$ in a second way: through $h_{t-1}$, which every gate reads. The **full Jacobian** has both. **Your prediction, please:** in an untrained LSTM, will the full derivative be larger or smaller than the product of gates?

# %%
T, MODELS, H = 100, 10, 32
noise = np.random.default_rng(2).standard_normal((T, MODELS, 1, 4))
path, full = {}, {}
for b in BIASES:
    rng = np.random.default_rng(3)
    p = stack_init(lstm.init, rng, MODELS, 4, H, forget_bias=float(b))
    gates = probes.forget_products(trace(lstm, p, noise)).max(-1)
    path[b] = np.log10(gates).mean((1, 2))
    full[b] = probes.log10_sensitivity(lstm, p, noise, part="c").mean((1, 2))

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.8), sharey=True)
back = np.arange(T, -1, -1)
for b, colour, style_ in zip(BIASES, COLOURS, ("-", "--", "-.", ":"), strict=True):
    look = {"color": colour, "linestyle": style_}
    axes[0].plot(back, path[b], label=f"bias {b}", **look)
    axes[0].plot(back, back * np.log10(sigmoid(b)), color=colour, alpha=0.35, lw=5)
    axes[1].plot(back, full[b], **look)
axes[0].set(title="along the belt", ylabel="log10 of the derivative")
axes[1].set(title="full Jacobian")
for ax in axes:
    ax.set(xlabel="steps back")
axes[0].legend(loc="lower left")
figure(
    fig,
    alt="Two panels, the base-ten logarithm of the derivative of the last cell state against the steps back, 0 to 100, for forget biases 0, 1, 3 and 5. Left, along the belt: four falling, nearly straight lines, to about -28, "
    "-12, -1.4 and -0.2. Right, the full Jacobian: bias 0 falls to -20, bias 1 to about -7, while biases 3 and 5 rise above 0, to about 1 and 2.",
    name="fig-belt-gradient",
    caption="Untrained LSTMs of 32 cells, means of the logarithm over ten of them. Left: the largest product of forget gates; the broad pale lines are powers of sigmoid(b). "
    "Right: the spectral norm of the full derivative.",
)

# %%
for b in (0, 1):
    assert full[b][0] < -5, "vanishes over 100 steps"
for b in (3, 5):
    assert path[b][0] > -2
    assert full[b][0] > 0.5, "more than 1: it grows"
for b in BIASES:
    assert full[b][0] > path[b][0] + 1
    assert (np.diff(path[b]) >= 0).all()
assert round(path[0][0]) == -28
assert full[0][0] < -18
glue(path_5=f"{10 ** path[5][0]:.1f}")

# %% [markdown]
# **The belt does what the formula says**: the lines on the left follow the powers of $\sigma(b)$. They lie a little higher, since each shows the largest of 32 products. With bias 0 hardly anything arrives after 100 steps: some $10^{-28}$ of it. An LSTM has a vanishing gradient
# like any other network, *unless its forget gates are near 1*. With bias 5 most of it arrives: 0.7<!-- path_5 -->.
#
# **The full derivative is larger**, and with biases of 3 and 5 it even grows. The ways through $h$ are the recurrent network inside the LSTM, and they multiply by weight matrices. So the carousel is a statement about one path. It guarantees that this one stays open; it does not
# forbid that the others explode. That is why LSTMs are trained with clipping as well.
#
# ## A line or a latch?
#
# There are two ways to hold a value. The units of [chapter 2](02_long_term.ipynb) held a bit like a **latch**: two stable states, and whatever lies in between is pulled to one of them. A cell with $f = 1$ and $i = 0$ holds *any* value; every point
# stays where it is. That is a **line attractor**. **Your prediction, please:** which of the two holds the better when noise is added at every step?

# %%
rng, start = np.random.default_rng(4), np.linspace(-1, 1, 9)
hits = 0.1 * rng.standard_normal((200, 9))
latch, line = [start], [start]
for hit in hits:
    latch.append(np.tanh(2 * latch[-1] + hit))  # a unit that feeds itself
    line.append(1.0 * line[-1] + hit)  # a cell: f = 1, and noise for i g
latch, line = np.array(latch), np.array(line)

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
for ax, values, title in zip(
    axes, (latch, line), ("latch: tanh(2 h)", "line: f = 1"), strict=True
):
    ax.plot(values, color=COLOURS[0], lw=1, ls="-")
    ax.set(title=title, xlabel="step")
axes[0].set_ylabel("value held")
figure(
    fig,
    alt="Nine values between -1 and 1 held for 200 steps under noise. Left, the latch: within a few steps all are near 0.96 or near -0.96, and stay there. Right, the line: every value wanders off on "
    "its own, and the nine spread from about -3 to 3.",
    name="fig-latch-line",
    caption="The same noise for both. The latch forgets which value it was, and keeps the sign for good; the line keeps the value, and all the noise.",
)

# %%
sure = abs(latch[20:, abs(start) > 0.2])
assert sure.min() > 0.8
drift = (line[-1] - start) / (0.1 * np.sqrt(200))
assert abs(drift).max() < 3, "a random walk: 0.1 times the root of the steps"
assert np.ptp(line[-1]) > 2

# %% [markdown]
# A latch repairs small errors and can therefore hold one bit and no more; and repairing means a factor below 1, so its gradient vanishes. A line repairs nothing: it can hold a number, its gradient is 1, and every disturbance stays in it for ever. What protects it is the
# *input gate*: as long as that is shut, no noise comes in.
#
# ## "LSTMs remember by default"
#
# So it is often said. A look at the gates before any training shows what to expect.

# %%
STARTS = {
    "default": {},
    "forget bias 1": {"forget_bias": 1.0},
    "chrono": {"chrono": 640},
}
xs, *_ = recall.marked(np.random.default_rng(6), B=1, gap=40)
before = {}
for name, how in STARTS.items():
    p = lstm.init(np.random.default_rng(5), D=5, H=32, **how)
    f = trace(lstm, p, xs).gates.f[:, 0]
    before[name] = f[:, f.mean(0).argsort()]

# %% tags=["hide-input"]
figure(
    drawing.heat_map(before, low=0.0, high=1.0),
    alt="Three heat maps of the forget gates of 32 cells over 50 steps, sorted by their mean. Default: all fields are of middling colour, around 0.5. Forget bias 1: all a little brighter, around 0.7. Chrono: "
    "nearly all fields are bright, close to 1, with a few darker rows at the top. Along the steps hardly anything changes.",
    name="fig-gates-before",
    caption="Forget gates before any training, over a sequence of marked recall. Cells are sorted; each row is one cell.",
)

# %%
for gates, low, high in zip(
    before.values(), (0.4, 0.6, 0.9), (0.6, 0.8, 1), strict=True
):
    assert low < np.median(gates) < high
    assert np.median(np.ptp(gates, 0)) < 0.2, "the input hardly moves them"

# %% [markdown]
# The gates hardly listen to the input yet: a start is a set of biases. So the biases tell how many steps each cell remembers:

# %%
spans = {}
for name, how in STARTS.items():
    p = lstm.init(np.random.default_rng(5), D=5, H=1000, **how)
    spans[name] = np.sort(probes.time_constant(p.b[1000:2000]))
table(
    (
        "start",
        "half of the cells remember fewer steps than",
        "one in a hundred more than",
    ),
    [(name, f"{np.median(x):.0f}", f"{x[-10]:.0f}") for name, x in spans.items()],
)
assert spans["default"][-1] < 2.1, "nothing remembers three steps"
assert spans["chrono"][-10] > 500

# %% [markdown]
# (Steps are counted as $1 + f + f^2 + \ldots = 1/(1 - f)$ for the gate $f = \sigma(b)$ of a cell without input. The **chrono** start draws its biases so that these numbers are spread evenly up to a chosen longest span, here 640, and closes the input gates as far.)
#
# By this count no cell of PyTorch's default start remembers three steps. It is a *start*, though, and training may open the gates. Does it?
#
# A study has tried. The task is the marked recall of [chapter 2](02_long_term.ipynb) across a gap of 20<!-- gap --> steps: carry one of four tokens past others that look like it. Sixteen starts, each a pair of a forget and an input bias,
# meet three learning rates; every field is ten LSTMs of 32 cells, with at most 1,000<!-- budget --> updates. **Your prediction, please:** which of the two biases matters more, and does the learning rate matter?

# %% tags=["hide-input"]
study, about = (f("remember_by_default") for f in (studies.load, studies.about))
FORGET, INPUT, RATES = (
    np.unique(study[k]) for k in ("forget_bias", "input_bias", "rate")
)


def solved(forget, enter, rate):
    rows = (study["forget_bias"] == forget) & (study["input_bias"] == enter)
    return int((study["updates"][rows & (study["rate"] == rate)] > 0).sum())


counts = np.array(
    [[[solved(f, i, rate) for f in FORGET] for i in INPUT[::-1]] for rate in RATES]
)
fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.2), sharey=True)
for ax, rate, grid in zip(axes, RATES, counts, strict=True):
    ax.imshow(grid, cmap="cividis", vmin=0, vmax=10)
    for (row, column), n in np.ndenumerate(grid):
        ink = "black" if n > 5 else "white"
        ax.text(column, row, n, ha="center", va="center", color=ink)
    ax.set(title=f"rate {rate:g}", xlabel="forget bias")
    ax.set_xticks(range(4), [f"{f:g}" for f in FORGET])
    ax.set_yticks(range(4), [f"{i:g}" for i in INPUT[::-1]])
    ax.grid(visible=False)
axes[0].set_ylabel("input bias")
figure(
    fig,
    alt="Three grids, for learning rates 0.001, 0.003 and 0.01; in each, forget biases 0, 1, 3, 5 from left to right and input biases 0, -1, -3, -5 from top to bottom. In all three the column of forget bias 0 holds "
    "only zeros, and the columns of 3 and 5 only eights to tens. The column of forget bias 1 reads, from the top: 8, 8, 0, 0 at rate 0.001; 10, 7, 10, 10 at 0.003; 1, 0, 8, 10 at 0.01.",
    name="fig-default-map",
    caption="How many of ten LSTMs solved marked recall across a gap of 20. By Wilson's 95 % interval 0 of ten may stand for a rate up to 28 %, and 10 of ten for one down to 72 %.",
)

# %% tags=["hide-input"]
glue(gap=about["context"]["gap"], budget=f"{about['context']['budget']:,}")
low, high = (intervals.wilson(n, 10) for n in (0, 10))
assert (round(low[1], 2), round(high[0], 2)) == (0.28, 0.72)
more = studies.load("more_updates")["updates"][
    studies.load("more_updates")["network"] == "LSTM"
]
patience = studies.about("more_updates")["context"]["budget"]


def typical(forget, enter, rate):
    """Median of the updates needed; who did not get there counts as the budget."""
    rows = (study["forget_bias"] == forget) & (study["input_bias"] == enter)
    needed = study["updates"][rows & (study["rate"] == rate)]
    return int(np.median(np.where(needed > 0, needed, about["context"]["budget"])))


wide, shut = typical(5, 0, 0.01), typical(5, -3, 0.01)
assert len(more) == 10
glue(more=(more > 0).sum(), patience=f"{patience:,}", wide=wide, shut=shut)
columns = dict(zip(FORGET, counts.transpose(2, 0, 1), strict=True))  # rate, input bias
least = min(columns[3].min(), columns[5].min())
glue(trained=120, least=least, ones_low=columns[1].min(), ones_high=columns[1].max())
assert columns[0].max() == 0
assert columns[0].size == 12
assert least >= 8
assert columns[1].min() == 0
assert columns[1].max() == 10
assert list(columns[1][:, 0]) == [8, 10, 1], "input bias 0, at the three rates"
assert list(columns[1][:, 3]) == [0, 10, 10], "input bias -5"
for rate in RATES:
    assert typical(5, -3, rate) < 0.8 * typical(5, 0, rate), "a shut input gate helps"

# %% [markdown]
# **With forget bias 0 nothing is learned, whatever else is chosen**: 0 of ten in all twelve fields, 120<!-- trained --> networks. (Patience does not help either: in [chapter 2](02_long_term.ipynb) the default start met the same gap with 5,000<!-- patience --> updates, and 0<!-- more --> of ten runs got there.) **With forget bias 3 or 5 it is learned whatever else is chosen**: never fewer than 8<!-- least --> of ten.
#
# **Forget bias 1 is in between, and there everything matters.** From 0<!-- ones_low --> to 10<!-- ones_high --> of ten: with input bias 0 a high rate is ruin, with input bias −5 a low one is. Whoever tries a single setting may come home with either story.
#
# The input bias is no second forget bias, but it helps: with forget bias 5 and the highest rate the median run needs 225<!-- wide --> updates with the input gate half open, and 130<!-- shut --> with input bias −3. A memory into which less noise leaks is a better memory.
#
# So: *LSTMs do not remember by default. They remember when they are started as memories.* All this is one task and one size; the gap of 20 is long for a cell with a half-life of two steps, and short for one with a half-life of a hundred.
#
# ## The experiment: counting to 100,000
#
# One cell, set by hand. It reads a letter at every step, *a* or *b*. Forget, input and output gate are held open by biases of 50, and the candidate is +1 for an *a* and -1 for a *b*. **Your prediction, please:** what are $c$ and $h$ after 100,000 times *a*? And after as many times *b*?

# %%
p = lstm.Params(
    W_x=np.array(
        [[0, 0, 100.0, 0], [0, 0, -100.0, 0]]
    ),  # rows a, b; columns i, f, g, o
    W_h=np.zeros((1, 4)),
    b=np.array([50.0, 50, 0, 50]),
)
n = 100_000
letters = np.repeat(np.eye(2), n, 0)[:, None]
states, gates = trace(lstm, p, letters)
c, h = states.c[:, 0, 0], states.h[:, 0, 0]
print(f"after {n:,} a: c = {c[n - 1]:,.0f}, h = {h[n - 1]:.3f}")
print(f"after as many b: c = {c[-1]:,.0f}, h = {h[-1]:.3f}")
np.testing.assert_array_equal(c[:n], np.arange(1, n + 1))
np.testing.assert_array_equal(c[n:], np.arange(n)[::-1])
assert h[19:n].min() > 1 - 1e-15

# %% [markdown]
# Not one step is wrong: $\sigma(50)$ and $\tanh(100)$ are 1 to the last bit of a double. The cell **counts**, and nothing bounds it. But what the rest of the network sees is $h = \tanh(c)$, and from about 20 on that is 1: *more than 20* and *100,000* look alike from outside. What the cell can do with
# its number is to be counted down again, and show when it comes to zero. That is enough to tell whether a string has as many *b* as *a*. A GRU or a plain RNN, whose memory lies between -1 and 1, has no room for such a count.
#
# ## What surprised us
#
# **A memory has to be asked for.** The design makes it possible to remember; the biases at the start decide whether it does.
#
# **An LSTM's full gradient explodes where its memory is good**, at least before training. The belt is kept at 1, and whatever comes through $h$ is on top of that.
#
# ## Common misconceptions
#
# - *"LSTMs have no vanishing gradient."* With forget gates around one half, less than a billionth of a billionth arrives after 100 steps, by all ways together.
# - *"The forget gate forgets when it is 1."* It keeps when it is 1. (Its name tells what it is for, not what its value means.)
# - *"Forget bias 1 makes an LSTM remember."* It gives a half-life of 2.2 steps.
# - *"$c$ lies between -1 and 1."* $h$ does. $c$ is a sum.
# - *"A gate is on or off."* At one half it halves.

# %% [markdown]
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("core.left")

# %% tags=["remove-input"]
ask("core.gates")

# %% tags=["remove-input"]
ask("core.sum")

# %% tags=["remove-input"]
ask("core.hundred")

# %% tags=["remove-input"]
ask("core.abc")

# %% [markdown]
# ## Sources
#
# The constant error carousel, the cell and its gates: {cite:t}`hochreiter1997`; the forget gate: {cite:t}`gers2000`. The chrono start and the count of steps: {cite:t}`tallec2018`. Latches, and why they lose their gradient: {cite:t}`bengio1994`.
