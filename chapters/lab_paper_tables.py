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
# # The papers' tables, run again
#
# **After this page you will be able to**
#
# - say what stands behind one number of an old results table: the task, the rule that ended the training, what was counted, and over how many runs;
# - run the experiments of 1997 with today's LSTM, and give each result with its interval;
# - say why fewer sequences do not make a better cell;
# - explain what an endless stream does to a memory that cannot forget;
# - say what clipping by norm does to a training, and what it cannot do.

# %% [markdown]
# ## The question
#
# *The LSTM learns the embedded Reber grammar after 8,440 sequences.* So says a table of {cite:t}`hochreiter1997`. Sequences until *what*? On average over how
# many runs, and of how many did all succeed? With which learning rate, and who chose it? A number from a table means something only together with the answers. (Here: until all of 512 strings are
# predicted without a fault; in all of 30 runs; with a rate of 0.5, the best of five rows that differ in rate and size, the worst of which says 39,740.)
#
# This lab takes results from three papers, of 1997, 2000 and 2013, and does three things: it implements each task and each rule, as far as the paper states it, runs
# ten networks of today on it, and writes the results beside the paper's. **What comes out, and which of the numbers may be compared?**

# %%
import numpy as np
import torch
from matplotlib import pyplot as plt
from scipy import stats

from lstm_course import drawing, studies
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.studies import (
    criteria,
    gers_2000,
    hochreiter_1997,
    intervals,
    pascanu_2013,
)
from lstm_course.tasks import adding, latch, reber, temporal_order
from lstm_course.training import Carried, History, fit

style()

# %% [markdown]
# ## The picture
#
# Each of the tasks hides a little information in a long sequence and asks for it later.

# %% tags=["hide-input"]
TASKS = {
    "embedded Reber": ([(1, 1)], 10, 12),
    "temporal order 6a": (temporal_order.SPANS[2], 104, 105),
    "two-sequence": ([(0, 2)], 104, 105),
    "adding": ([(0, adding.START - 1), (0, 49)], 104, 105),
}
fig, ax = plt.subplots(figsize=(7.2, 3.4))
for row, (spans, answer, length) in enumerate(TASKS.values()):
    ax.barh(row, length, left=-0.5, height=0.5, color="#e3e6ea", zorder=2)
    for k, (first, last) in enumerate(spans):
        place = {"left": first - 0.5, "height": 0.5 - 0.2 * k, "zorder": 3 + k}
        look = {"color": COLOURS[k], "hatch": "/\\"[k] * 3, "edgecolor": "white"}
        ax.barh(row, last - first + 1, **place, **look)
    ax.plot(answer, row, "D", color="black", markersize=8, zorder=6)
ax.set_yticks(range(len(TASKS)), TASKS)
ax.invert_yaxis()
ax.grid(visible=False)
ax.set(xlabel="step (T = 100)", xlim=(-2, 110))
figure(
    fig,
    alt="Four horizontal bars over the steps 0 to 105. Embedded Reber is short: step 1 is hatched, a diamond at step 10 asks for it. Temporal order: hatched "
    "from 10 to 20 and from 50 to 60, diamond at the end, 104. Two-sequence: steps 0 to 2 hatched, diamond at the end. Adding: 0 to 9 hatched, and overlapping it 0 to 49; diamond at the end.",
    name="fig-tasks",
    caption="Where the information stands (hatched; the second of two spans narrower and hatched the other way) and where it is asked for (diamond), for "
    "T = 100 and a Reber string of average length.",
)

# %% [markdown]
# - **Embedded Reber** (experiment 1): a random walk through a small graph writes a string, such as BTBPVVETE. Predict at every step which symbols may come next. One of them, the
#   last but one, always equals the second.
# - **Temporal order** (6a): among 100 to 110 letters stand two marks, each an X or a Y. Which came first, which second? Four classes.
# - **Two-sequence** (3a): the first three numbers are all +1 or all -1, and noise follows. Which was it?
# - **Adding** (4): of 100 to 110 random numbers two are marked, one of the first ten and another in the first half. Give $0.5 + (X_1 + X_2)/4$ at the end, where the $X$ are the marked numbers. (If the very
#   first number is marked it counts 0: a quirk of the original. The paper says so of one of the two marks; here it holds for both.)

# %% tags=["hide-input"]
figure(
    drawing.reber_graph(),
    alt="Two graphs of discs and arrows with letters. Above, from left to right: B, then a fork, T to a box named inner string and from there by T again, "
    "P to a second such box and by P again, both to the same disc and by E to the end. Below: the inner graph. B leads to state 0; T to 1, P to 2; from 1 the letter S loops and X "
    "leads to 3; from 2 T loops and V leads to 4; from 3 X leads to 2 and S to 5; from 4 P leads to 3 and V to 5; E leaves from 5.",
    name="fig-reber",
    caption="The embedded Reber grammar. Follow the arrows from left to right and write down their letters; where two leave a state, each is taken with chance one half. "
    "The box stands for a string of the graph below.",
)

# %%
print("Reber: ", *reber.strings(np.random.default_rng(1), 3))
xs, classes, _ = temporal_order.batch(np.random.default_rng(0), 1)
letters = "".join(temporal_order.SYMBOLS[k] for k in xs[:, 0].argmax(-1))
print("Order: ", letters[:62] + "...", "class", classes[0])
assert temporal_order.solve(xs) == classes

# %% [markdown]
# ## The equation
#
# When is such a task *learnt*? The paper has a rule for each experiment. For adding and temporal order we read it so: with $e_k$ the error on the $k$-th training
# sequence, stop at the first $n \ge 2000$ for which
#
# $$\begin{aligned}
# &e_k < \tau \;\text{ for } n - 2000 < k \le n, \\
# &\frac{1}{2000}\sum_{k=n-1999}^{n} e_k < \beta.
# \end{aligned}$$
#
# The last two thousand sequences were all correct, and their error was small on average. For adding $\tau = 0.04$ and $\beta = 0.01$, for temporal order 0.3 and 0.1; there $\tau$ bounds each of the four outputs and $\beta$ their
# mean. (What is averaged, and over which sequences, the paper leaves open: we take absolute errors and the same two thousand, rounded up to whole batches, and look after every batch.) For the two-sequence problem, 256 fresh sequences must all be correct to within 0.2, with a mean error below 0.01. For Reber,
# all 512 strings, 256 to learn from and 256 others, must be predicted without a fault at every step: each symbol that may come gets more than each that may not. (We look every 25 updates, and for Reber every 20 strings.)
#
# Such rules are strict, and they count in a currency of their own: *sequences*, not updates, not seconds. And what does somebody get who has learnt nothing of the dependency?

# %%
table(
    ("task", "the trivial answer", "what it gets"),
    [
        ("embedded Reber", "knows the graph, guesses one letter", f"{reber.baseline():.1%} of the steps"),
        ("temporal order 6a", "guesses", f"{temporal_order.chance():.0%} of the sequences"),
        ("two-sequence", "guesses", f"{latch.chance():.0%} of the sequences"),
        ("adding, T = 100", "always 0.5", f"mean squared error {adding.baseline(100):.3f}"),
    ],
)  # fmt: skip

# %% [markdown]
# Look at the first line: a network that is right in 95.5 % of the steps may not have learnt the long dependency at all. And at the last: a squared error of 0.04 is nothing to be
# proud of, though it looks like the tolerance.
#
# ## The code
#
# The rule is a function that looks at the history of a training. Here it meets ten made-up batches of 500 sequences, of which the third has one fault.

# %%
rule = criteria.in_a_row(sequences=2000, error=0.01, batch=500)
wrong, error = np.zeros(10), np.full(10, 0.002)
wrong[2] = 1
for updates in range(1, 11):
    values = {"wrong": wrong[:updates], "error": error[:updates]}
    if rule(History(values, norms=None, stopped=None)):
        break
print(f"stops after {updates} updates, {500 * updates} sequences")
assert updates == 7, "four whole batches after the third"

# %% [markdown]
# Now one experiment in full, temporal order, with three networks. It is small enough to be run here: an LSTM of 16 units, with the chrono start of
# [chapter 2](02_long_term.ipynb), to which we tell the length 100. **Your prediction, please:** the networks of 1997 took 31,390 sequences on average. And these?

# %% tags=["nbval-ignore-output"]
rows = hochreiter_1997.run("temporal order 6a", seeds=(30, 31, 32))
for _, seed, sequences, wrong in rows:
    print(
        f"network {seed}: {sequences:6,} sequences, then {wrong} of 2,560 new ones wrong"
    )

# %%
counts = [sequences for _, _, sequences, _ in rows]
assert min(counts) > 2000
assert max(counts) < 0.6 * hochreiter_1997.PAPER["temporal order 6a"][0]

# %% [markdown]
# Each of the three is done well before that.

# %% [markdown]
# ## The experiment: 1997
#
# Now all of them, ten networks each. The terms are *not* those of the paper:
#
# | what | here | in 1997 |
# |---|---|---|
# | cell | with a forget gate | without one; gates read gates; the cells of a block share gates |
# | start | PyTorch's, or chrono | small weights; gate biases set by hand for each task, from -1 to -6 |
# | training | Adam at 0.01 or 0.02, mini-batches, clipped at norm 1 | gradient descent after every sequence or step, at 0.5 or 1 |
# | gradient | in full | truncated |
# | outputs and loss | softmax with cross-entropy; for one number linear with squared error | logistic with squared error |
# | runs | 10, of at most 200,000 sequences (Reber 30,000; two-sequence, and adding with T = 500 and 1000, 100,000) | 10 to 30 |
#
# Our sizes, rates and starts were settled on other seeds; the paper's were settled by its authors. In brackets stand 95 % intervals: for a success rate Wilson's, as in chapter 2, for a mean that of the bootstrap. (That one is somewhat too narrow for ten values or fewer, and knows nothing of runs that failed.) Where the table says *told T*, the chrono start knew the length of the task. The CPU time is that of one pass
# of ten networks, which lasts as long as the slowest of them and includes all examinations.
#
# The authors themselves remark that guessing weights at random solves the two-sequence problem faster than their LSTM does. A long task need not be a hard one.
#
# **Your prediction, please.** Adding with T = 100 took 74,000 sequences in 1997. What will it be here with batches of 8, and what with batches of 32?

# %% tags=["hide-input"]
results, about = studies.load("hochreiter_1997"), studies.about("hochreiter_1997")
seconds = dict(zip(about["units"], about["unit_cpu_seconds"], strict=True))
TEN = about["context"]["seeds"]


def share(k):
    low, high = intervals.wilson(k, TEN)
    return f"{k} ({100 * low:.0f} to {100 * high:.0f} %)"


def mean(values):
    low, high = intervals.bootstrap(values)
    return f"{np.mean(values):,.0f} ({low:,.0f} to {high:,.0f})"


def of(unit, column):
    return results[column][results["experiment"] == unit]


def reached(unit):
    sequences = of(unit, "sequences")
    return sequences[sequences > 0]


table(
    (
        "experiment",
        "sequences in 1997",
        "here, of the solved",
        "solved of 10",
        "CPU s of all",
    ),
    [
        (
            unit,
            f"{hochreiter_1997.PAPER[unit][0]:,}",
            mean(reached(unit)),
            share(len(reached(unit))),
            seconds[unit],
        )
        for unit in about["units"]
    ],
)


# %% tags=["hide-input"]
def row(unit):
    how, (_, paper, weights) = (
        hochreiter_1997.EXPERIMENTS[unit],
        hochreiter_1997.PAPER[unit],
    )
    told = ", told T" if how.init else ""
    differs = f"{hochreiter_1997.weights(unit):,} weights, not {weights}; batches of {how.batch}{told}"
    if paper is None:
        return unit, "0 of 512, by the rule", "the same", differs
    ours = of(unit, "wrong")[of(unit, "sequences") > 0].mean()
    return unit, paper, f"{ours:.1f}", differs


table(
    ("experiment", "wrong of 2,560 in 1997", "here, of the solved", "what differs"),
    [row(unit) for unit in about["units"]],
)

# %% tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.2, 4.8))
for y, unit in enumerate(about["units"]):
    sequences = reached(unit)
    dots = np.full(len(sequences), y)
    ax.plot(sequences, dots, "o", color=COLOURS[0], alpha=0.6)
    ax.plot(sequences.mean(), y, "|", color="black", markersize=20)
    ax.plot(hochreiter_1997.PAPER[unit][0], y, "D", color=COLOURS[1], markersize=9)
ax.set_yticks(range(len(about["units"])), about["units"])
ax.invert_yaxis()
ax.set(xlabel="sequences until the paper's rule held", xscale="log")
ticks = [1000, 10_000, 100_000]
ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
ax.minorticks_off()
figure(
    fig,
    alt="Dots on a logarithmic axis of sequences, a row for each experiment. In every row nearly all dots of our networks lie left of the paper's diamond. In the two rows of the two-sequence problem and in adding with T = 1000 their mean lies left of it by a factor of about ten or more; in the row with batches of 32 they lie close to it.",
    name="fig-sequences",
    caption="Each dot is one of our networks, the stroke their mean, the diamond the paper's mean.",
)

# %% tags=["hide-input"]
REBER, ORDER, TWO = "embedded Reber", "temporal order 6a", "two-sequence, T = 100"
ADDING, LARGER = "adding, T = 100", "adding, T = 100, batches of 32"
LONG = "two-sequence, T = 1000"
HALF, THOUSAND = "adding, T = 500", "adding, T = 1000"
one_exam = (1 - of(TWO, "wrong").max() / 2560) ** latch.TESTS
glue(
    reber=f"{reached(REBER).mean():,.0f}",
    order=f"{reached(ORDER).mean():,.0f}",
    two=f"{reached(TWO).mean():,.0f}",
    long=f"{reached(LONG).mean():,.0f}",
    long_solved=len(reached(LONG)),
    adding=f"{reached(ADDING).mean():,.0f}",
    larger=f"{reached(LARGER).mean():,.0f}",
    half=f"{reached(HALF).mean():,.0f}",
    half_solved=len(reached(HALF)),
    thousand=f"{reached(THOUSAND).mean():,.0f}",
    thousand_solved=len(reached(THOUSAND)),
    two_wrong=int(of(TWO, "wrong").max()),
    long_wrong=int(of(LONG, "wrong")[of(LONG, "sequences") > 0].max()),
    long_failed=f"{of(LONG, 'wrong')[of(LONG, 'sequences') < 0].max():,.0f}",
    factor=f"{reached(LARGER).mean() / reached(ADDING).mean():.1f}",
    adding_wrong=int(of(ADDING, "wrong").max()),
    larger_wrong=int(of(LARGER, "wrong").max()),
    one_exam=f"{one_exam:.0%}",
)


def usual(unit):
    """The median, in which a run that failed counts as endless."""
    sequences = of(unit, "sequences")
    return np.median(np.where(sequences < 0, np.inf, sequences))


for unit in about["units"]:
    sequences, _, weights = hochreiter_1997.PAPER[unit]
    assert len(reached(unit)) >= 9
    assert reached(unit).mean() < sequences * (1 if unit == LARGER else 1 / 2)
    assert 3.5 < hochreiter_1997.weights(unit) / weights < 50
for unit in (TWO, LONG, THOUSAND):
    assert max(reached(unit).mean(), usual(unit)) < hochreiter_1997.PAPER[unit][0] / 9
for unit in (TWO, LONG):
    solved = of(unit, "sequences") > 0
    assert of(unit, "wrong")[solved].mean() > 4 * hochreiter_1997.PAPER[unit][1]
for unit in (HALF, THOUSAND):
    assert reached(unit).mean() < 4 / 3 * reached(ADDING).mean()
    assert usual(unit) < 1.6 * usual(ADDING)
    failed = of(unit, "wrong")[of(unit, "sequences") < 0]
    assert abs(failed / 2560 - 0.85).max() < 0.02
assert reached(LARGER).mean() > 1.5 * reached(ADDING).mean()
assert 0.2 < one_exam < 0.4

# %% [markdown]
# **Fewer sequences, with a different optimiser.** In every row but one the rule held, on average, after less than half of the paper's sequences: 3,034<!-- reber --> for Reber, 11,514<!-- order --> for temporal order, 3,680<!-- two --> and
# 22,667<!-- long --> (in 9<!-- long_solved --> of ten runs) for the two-sequence problem, 26,466<!-- adding -->, 30,520<!-- half --> and 33,856<!-- thousand --> for adding with T = 100, 500 and 1000. Nothing of this says that the cell of today is better. Our networks have from four to fifty times the weights, they have Adam and the full
# gradient, and most are told how long the task is.
#
# **What the mean leaves out.** A network that needs more than the budget is missing from it, and two budgets (two-sequence and adding, T = 1000) lie far below the paper's number. So look at the column *solved* as well. The tenth two-sequence network gets 2,548<!-- long_failed --> of 2,560 wrong: its answers are hardly ever within 0.2 of 0 or 1. Of adding,
# 9<!-- half_solved --> of ten networks meet the rule at T = 500 and 9<!-- thousand_solved --> at T = 1000; the one that fails at each length gets about as many wrong as somebody who always answers one half, about 85 %. (These two budgets were 200,000 at first. We halved them to save time, after nine of ten had been seen to pass; a tenth that passes later would be missed, and would raise the mean.)
#
# **A longer lag costs little more here.** In 1997 the number for adding rises more than tenfold from T = 100 to T = 1000; ours rises by less than a third. The rows differ in more than T: 16 units instead of 32, and half the budget. The chrono start is told T, and spreads the memories of its units up to it. That may be the reason; a row without it, which could tell, is not in the table.
#
# **Batch and rate alone move the number by a factor of 2.4<!-- factor -->.** The row *batches of 32* is the same network on the same task, with four times the batch and half the rate: 63,018<!-- larger --> sequences instead of 26,466<!-- adding -->. (Which of the two does it, this table cannot tell.) Who reports numbers of sequences has to report both.
#
# **To pass is not to be right.** The networks that met the rule for the two-sequence problem get up to 12<!-- two_wrong --> (T = 100) and 17<!-- long_wrong --> (T = 1000) of 2,560 new sequences wrong, on average many more than those of 1997, although no error in 256 was asked for. But 256 are few: a network that gets 12 of 2,560 wrong passes one such examination in
# 30%<!-- one_exam --> of the cases, and it may try again every 25 updates. Two thousand in a row are a stricter rule. Still 2<!-- adding_wrong --> (T = 100, batches of 8) and 11<!-- larger_wrong --> (batches of 32) are wrong in the worst run of adding: those two thousand were read by weights still on the move, and the rule is looked at after every batch.

# %% [markdown]
# ## The experiment: 2000
#
# In all of these tasks a sequence has a beginning, and there the state is set to zero. {cite:t}`gers2000` took that away: embedded Reber strings one after the other, without end and without a
# sign where one stops. A network that reads this has to notice by itself that a string is over and the old letter worthless. The LSTM of 1997 rarely could: its cell has no
# forget gate. Their remedy was one, and this table is where it comes from.
#
# Five ways to deal with the end of a string:
#
# - *nothing*, as in 1997 (*no forget gate* in the table);
# - the same with *external resets*: somebody sets the state to zero wherever a string begins;
# - *fixed decay*: at every step the cell keeps 0.9 of itself;
# - a *forget gate*: the cell learns when to keep and when to drop;
# - the same with a *falling* learning rate.
#
# First look inside. Three networks without and three with a forget gate train on 200,000 symbols, and then read a fresh stream of 3,000. **Your prediction, please:**
# by what factor will their largest cells have grown between symbol 1,500 and symbol 3,000? (The **cell** $c$ is what an LSTM keeps; it shows $\tanh(c)$ times a gate, see chapter 3.)

# %% tags=["nbval-ignore-output"]
MODELS, PIECES = (30, 31, 32), 60
largest, right = {}, {}
for unit in ("no forget gate", "forget gate"):
    network = gers_2000.build(unit, MODELS)
    data = gers_2000.windows(MODELS)
    fit(network, Carried(gers_2000.measure), data, steps=400, lr=0.01)
    streams = [reber.endless(np.random.default_rng([3, k]), 50, 10) for k in MODELS]
    state, cells, faultless = None, [], []
    for _ in range(PIECES):
        xs, legal = gers_2000.batch([next(stream) for stream in streams], False)
        with torch.no_grad():
            outputs, state = network(xs, state=state)
        cells.append(state.c.abs().amax(-1).mean(-1).numpy())
        faultless.append(reber.within(outputs.sigmoid(), legal).numpy().mean())
    largest[unit], right[unit] = np.array(cells), np.mean(faultless)
    print(
        f"{unit}: largest cell {cells[-1].mean():,.0f}, {right[unit]:.0%} of the steps right"
    )

# %%
grows, stays = largest["no forget gate"].mean(1), largest["forget gate"].mean(1)
assert grows[-1] > 500
assert 1.8 < grows[-1] / grows[PIECES // 2 - 1] < 2.2, (
    "twice the symbols, twice the cell"
)
assert stays.max() < 30
assert max(right.values()) < reber.baseline_continual()
assert round(reber.baseline_continual(), 3) == 0.958

# %% tags=["hide-input"]
fig, ax = plt.subplots()
read = 50 * np.arange(1, PIECES + 1)
for (unit, values), colour, marker in zip(largest.items(), COLOURS, "os", strict=False):
    look = {"color": colour, "marker": marker, "markevery": 6}
    ax.plot(read, values.mean(1), label=unit, **look)
ax.set(xlabel="symbols read", ylabel="largest |c| of the 8 cells")
ax.legend(loc="upper left")
figure(
    fig,
    alt="Size of the largest cell against the number of symbols read, 50 to 3,000. Without a forget gate it rises in a straight line to about 2,400. "
    "With one it stays level near the axis, about 10.",
    name="fig-cells",
    caption="The largest of eight cells, mean over three networks and ten streams. Without a forget gate it grows in proportion to what was read.",
)

# %% [markdown]
# Without a forget gate the largest cell of these three networks grows in proportion to what was read. Since $\tanh(c)$ of a large $c$ is $\pm 1$ whatever happened lately, such a cell cannot react any more. With a forget gate none of the three grows. (Neither kind has learnt the task after so few symbols: somebody who knows the grammar and guesses the letter is right in 95.8 % of the steps.)
#
# Now the whole table, ten networks each. Every 250 updates they are examined on ten fresh streams, each read up to the first error: an output 0.49 or more away from what it should be,
# which is 1 for the symbols that may come next and 0 for the others. As in the paper, a network is
#
# - **perfect** when all ten streams reach 100,000 symbols,
# - **good** when they reach more than 1,000 on average;
# - of the **rest** the table gives the mean reach in angle brackets.
#
# Who knows the grammar and guesses the letter, T or P, reaches 21<!-- guesser --> symbols on average; who says one half for both reaches the first letter, about 9.
#
# | what | here | in 2000 |
# |---|---|---|
# | cells | 8 cells, each with its own gates; 575 weights (with resets 32 more, without effect) | blocks of cells that share gates, outputs that see the inputs as well; 424 weights |
# | start | forget gate bias 1 | gate biases spread by hand, forget gates from 0.5 to 2 |
# | training | Adam at 0.01, clipped at norm 1, after every window of 50 symbols from ten streams | gradient descent at 0.5, after every symbol |
# | gradient | through one window; the state is carried on | truncated |
# | streams | begin anew after 1,000 symbols, go on through errors | end at the first error |
# | budget | 2 million symbols, 16 examinations, the last of which counts for the reach | 30,000 streams, an examination after each |
# | targets | the legal symbols | open |
# | falling rate | linearly, to nothing at the end | 1 % less with every symbol of a stream, begins anew with the next |
#
# **Your prediction, please.** Order the five by the number of perfect networks. The paper's order is: resets, falling rate, forget gate, and the other two with none.

# %% tags=["hide-input"]
gers, about = studies.load("gers_2000"), studies.about("gers_2000")
seconds = dict(zip(about["units"], about["unit_cpu_seconds"], strict=True))


def column(unit, name):
    return gers[name][gers["algorithm"] == unit]


def kinds(unit):
    """How many are perfect, good and neither, and how far the last ones get."""
    perfect, lengths = column(unit, "symbols") > 0, column(unit, "length")
    rest = lengths[~perfect & (lengths <= 1000)]
    reach = rest.mean() if len(rest) else None
    return perfect.sum(), TEN - perfect.sum() - len(rest), len(rest), reach


def row(unit):
    perfect, good, rest, reach = kinds(unit)
    others = f"{good}, {rest} ⟨{reach:.0f}⟩" if rest else f"{good}, 0"
    paper, *rest = gers_2000.PAPER[unit]
    return unit, paper, share(perfect), "{}, {} ⟨{}⟩".format(*rest), others


def cost(unit):
    symbols = column(unit, "symbols")
    until = ", ".join(f"{n / 1e6:.2f}" for n in sorted(symbols[symbols > 0])) or "-"
    return unit, until, seconds[unit]


table(
    (
        "algorithm",
        "perfect of 100 in 2000",
        "of 10 here",
        "good, rest ⟨reach⟩ in 2000",
        "here",
    ),
    [row(unit) for unit in about["units"]],
)

# %% tags=["hide-input"]
table(
    ("algorithm", "million symbols until perfect", "CPU s of all"),
    [cost(unit) for unit in about["units"]],
)

# %% tags=["hide-input"]
RESETS, NONE, DECAY, GATE, FALLING = gers_2000.UNITS
perfect = {unit: int(kinds(unit)[0]) for unit in gers_2000.UNITS}
far = {unit: int(sum(kinds(unit)[:2])) for unit in gers_2000.UNITS}
glue(
    guesser=reber.baseline_length(),
    perfect_resets=perfect[RESETS],
    perfect_decay=perfect[DECAY],
    perfect_gate=perfect[GATE],
    perfect_falling=perfect[FALLING],
    far_resets=far[RESETS],
    far_gate=far[GATE],
    far_falling=far[FALLING],
    far_decay=far[DECAY],
    far_none=far[NONE],
    farthest=f"{column(NONE, 'length').max():,.0f}",
)
weights = {
    unit: sum(w.numel() for w in gers_2000.build(unit, (0,)).parameters())
    for unit in gers_2000.UNITS
}
assert weights[RESETS] - 32 == weights[GATE] == 575, "32 that have no effect"
assert [perfect[unit] for unit in (GATE, RESETS, FALLING, DECAY, NONE)] == [
    4,
    3,
    2,
    1,
    0,
]
assert 1 / 12 < stats.fisher_exact([[4, 6], [0, 10]])[1] < 1 / 10
assert gers_2000.UPDATES // gers_2000.EVERY == 16
assert reber.LENGTH - 3 == 9
assert perfect[NONE] == 0 < perfect[DECAY]
assert min(perfect[RESETS], perfect[GATE]) >= 3
assert far[RESETS] == TEN
assert far[GATE] > far[NONE] > 0
assert (
    stats.fisher_exact([[far[GATE], TEN - far[GATE]], [far[NONE], TEN - far[NONE]]])[1]
    > 0.1
)
assert intervals.wilson(far[RESETS], TEN)[0] > intervals.wilson(far[NONE], TEN)[1]
assert intervals.wilson(perfect[RESETS], TEN)[1] < gers_2000.PAPER[RESETS][0] / 100
assert column(NONE, "length").max() > 50_000

# %% [markdown]
# **What agrees.** With nothing at all no network is perfect; with a forget gate 4<!-- perfect_gate --> of ten are. Counting those that are at least good, resets, which tell where a string begins, come first with
# 10<!-- far_resets --> of ten, as they do in the paper, and stand clearly above the row *no forget gate*, with 3<!-- far_none -->.
#
# **What does not.** The order: ours is forget gate (4<!-- perfect_gate --> perfect), resets (3<!-- perfect_resets -->), falling rate (2<!-- perfect_falling -->), fixed decay (1<!-- perfect_decay -->), nothing. Steps of one network mean nothing, and even 4 against 0 of ten happens by chance in about one case of eleven, were both equally good (Fisher's exact test). Fixed decay, hopeless in the paper, gives 1<!-- perfect_decay --> perfect network and 5<!-- far_decay --> that are at least good. Some networks with nothing get far, one of them 91,022<!-- farthest --> symbols on average over its ten streams: a cell that can only add could still take away what it added, by adding the
# opposite when the string ends. (We did not look whether it does.) Resets make fewer networks perfect than in the paper. And our falling rate gains nothing visible: 2<!-- perfect_falling --> perfect, 6<!-- far_falling --> at least good. Each of the differences above may be the reason.
#
# **What ten networks cannot tell.** At least good are 7<!-- far_gate --> of ten with a forget gate and 3<!-- far_none --> with nothing, and if both were equally good, a difference at least as large would still come up in more than one case of ten. The paper's hundred networks say more here than our ten.

# %% [markdown]
# ## The experiment: 2013
#
# {cite:t}`pascanu2013` asked how far a *plain* RNN can be brought, without any gate. One of their two remedies is clipping **by norm**: a gradient that is longer than a threshold is shortened to it and keeps its
# direction. The other is a penalty on gradients that shrink on their way back. Their experiment is temporal order, longer and longer: fifty tanh units, 20 sequences an update, gradient
# descent at 0.01 without momentum, threshold 1; a run succeeds when less than 1 % of 10,000 fresh sequences are wrong. With both remedies one network learnt the lengths from 50 to 200, in five of five runs.
#
# | what | here | in 2013 |
# |---|---|---|
# | remedy | none, or clipping | clipping and the penalty, in the result just quoted |
# | lengths | 20 and 30, one at a time | 50 to 200 |
# | budget | 20,000 updates | at most 5 million |
# | examination | 1,000 sequences, every 500 updates; the first pass counts | 10,000 |
# | start | one of the paper's three (sparse recurrent weights, spectral radius 0.95), its "N(0, 0.01)" read as a variance | three |
#
# So this is not the paper's result run again: its budget is out of reach. It is the question what clipping alone does where our budget reaches. (The two lengths were settled on the first of these very seeds: at them some runs succeed and some do not.) **Your prediction, please:** how many of ten runs succeed at length 30 with clipping, and how many without?

# %% tags=["hide-input"]
clipping, about = studies.load("pascanu_2013"), studies.about("pascanu_2013")
costs = zip(about["units"], about["unit_cpu_seconds"], strict=True)
seconds = {tuple(unit): cost for unit, cost in costs}


def runs(clip, length):
    """Updates until success, -1 where there was none, and accuracy at the end."""
    here = (clipping["clip"] == clip) & (clipping["length"] == length)
    return clipping["updates"][here], clipping["accuracy"][here]


def row(clip, length):
    updates, accuracy = runs(clip, length)
    failed = " ".join(f"{x:.0%}" for x in sorted(accuracy[updates < 0])) or "-"
    until = mean(updates[updates > 0])
    return (
        length,
        clip,
        share((updates > 0).sum()),
        until,
        failed,
        seconds[clip, length],
    )


header = ("length", "clipped at", "solved of 10", "updates until then")
table(
    (*header, "accuracy of the others", "CPU s of all"),
    [row(*unit) for unit in seconds],
)

# %% tags=["hide-input"]
passed = {unit: set(np.flatnonzero(runs(*unit)[0] > 0)) for unit in seconds}
both = sorted(passed["1", 20] & passed["none", 20])
later = runs("1", 20)[0][both] - runs("none", 20)[0][both]
only_clip = passed["1", 30] - passed["none", 30]
only_none = passed["none", 30] - passed["1", 30]
chance, half = (
    np.concatenate([a[n < 0] for n, a in (runs(clip, T) for T in pascanu_2013.LENGTHS)])
    for clip in ("none", "1")
)
glue(
    clip_20=len(passed["1", 20]),
    none_20=len(passed["none", 20]),
    clip_30=len(passed["1", 30]),
    none_30=len(passed["none", 30]),
    only_clip=len(only_clip),
    only_none=len(only_none),
    later=int((later > 0).sum()),
    both=len(both),
    stuck_none=len(chance),
    stuck_clip=len(half),
)
assert passed["1", 20] < passed["none", 20]
assert (later >= 0).all()
assert stats.binomtest(len(only_clip), len(only_clip | only_none)).pvalue > 0.2
assert only_clip == set(range(TEN)) - passed["none", 30]
assert chance.max() < 0.3
assert 0.45 < half.min() <= half.max() < 0.55

# %% [markdown]
# **Clipping changes which runs succeed, not visibly how many.** At length 20 it is 8<!-- clip_20 --> of ten with clipping and 10<!-- none_20 --> without, at length 30 it is 6<!-- clip_30 --> and 7<!-- none_30 -->. The runs are pairs, with the same start and the same data. At length 30 clipping succeeds in
# 3<!-- only_clip --> that fail without it, which are all that do, and fails in 4<!-- only_none --> that succeed without it. Ten pairs do not tell which is better.
#
# **At length 20 it is slower**: of the 8<!-- both --> pairs in which both succeed, 7<!-- later --> need more updates with clipping, and none fewer.
#
# **They fail in different places.** The 3<!-- stuck_none --> runs that fail without clipping end near chance, one in four. The 6<!-- stuck_clip --> that fail with clipping end at about one half, as somebody does who knows one of the two marks. (Whether they do, and whether more updates would have helped, we did not look.)
#
# What clipping does at the lengths of the paper, with its budget and its penalty, these runs do not say.
#
# Why slower? Look at the length of the gradient, *before* it is clipped, in three other networks. **Your prediction, please:** with which of the two will it be longer in the second half of 1,000 updates?

# %% tags=["nbval-ignore-output"]
norms = {}
for clip in ("none", "1"):
    network = pascanu_2013.build(MODELS)
    history = pascanu_2013.train(network, (clip, 20), MODELS, 1000)
    norms[clip] = np.asarray(history.norms)[500:]
    long = f"longer than 1 in {(norms[clip] > 1).mean():.0%} of the updates"
    print(f"clipped at {clip}: median {np.median(norms[clip]):.1f}, {long}")

# %%
assert np.median(norms["1"]) > 1.5 * np.median(norms["none"]) > 2
assert (norms["1"] > 1).mean() > 0.9
assert norms["1"].mean() / 2 > 1

# %% [markdown]
# With clipping nearly every gradient of these updates is longer than 1, so nearly every step has the same length, 0.01. Without clipping a step is as long as its gradient makes it, usually more than that. Smaller steps fit the delay. They do not prove it: without clipping these networks may be nearly done by then, and their gradients
# shorter for that reason. A control would clip *and* raise the rate.

# %% [markdown]
# ## What surprised us
#
# **How much of a table is not the cell.** Batch and rate together moved our number by a factor of 2.4<!-- factor -->. Optimiser, size, start, and how often one looks whether the rule holds differ from the paper's too; we did not test them one by one. A comparison of cells changes the cell and nothing else.
#
# **A threshold is a rate in disguise.** Where nearly every gradient is longer than it, clipping makes all steps equally small. The paper advises to look first how long the gradients are on average, and to take from half of that to ten times as much. By that advice the threshold 1 was too low for these networks with clipping, though it is the one of the paper's own experiment.
#
# **A network without a forget gate can live with a stream that never ends** for tens of thousands of symbols, now and then. In the three that we looked into, the cells grow; whether those of the ten that got far do, we did not look.
#
# ## Common misconceptions
#
# - *"The new LSTM learns in 3,000 sequences what took the old one 8,440, so it is better."* It was given Adam, nearly four times the weights and the gradient in full.
# - *"The LSTM of 1997 had a forget gate."* It came in 2000, for streams without end.
# - *"A mean squared error below 0.04 solves the adding problem."* Always answering 0.5 gets there (0.039, by the rule for a marked first number). The paper's 0.04 bounds the *absolute* error of each single sequence.
# - *"Clipping lets an RNN learn long dependencies."* It can keep a training alive that would explode. What has vanished on its way back it cannot lengthen (see [chapter 2](02_long_term.ipynb)).
# - *"95 % of the steps right means that the grammar is learnt."* All but one step in eleven can be answered without any long memory.

# %% [markdown]
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("tables.tolerance")

# %% tags=["remove-input"]
ask("tables.clip")

# %% tags=["remove-input"]
ask("tables.stop")

# %% tags=["remove-input"]
ask("tables.reber")

# %% [markdown]
# ## Sources
#
# Tasks, rules and figures of 1997: {cite:t}`hochreiter1997`, experiments 1, 3a, 4 and 6a; the two-sequence problem is that of {cite:t}`bengio1994`. The stream without end, and its table: {cite:t}`gers2000`. Clipping by norm: {cite:t}`pascanu2013`. Adam: {cite:t}`kingma2015`; the chrono start: {cite:t}`tallec2018`; the intervals: {cite:t}`wilson1927` for rates, bootstrap percentiles for means.
