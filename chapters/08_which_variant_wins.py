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
# # Which variant wins?
#
# **After this page you will be able to**
#
# - say what makes a comparison of networks a fair one, and what spoils it;
# - read how much each hyperparameter explains, and what such a bar does not say;
# - tell a winner from a lucky one;
# - say which of four well-known sentences about LSTM variants hold in an experiment that you can run.

# %% [markdown]
# ## The question
#
# So many variants: does it matter which one you take? The article points to two large studies. {cite:t}`greff2017` took one LSTM, changed one thing at a time, and gave all nine models the same amount of tuning. {cite:t}`jozefowicz2015` let a program invent new architectures. What is told of them since fits on a postcard:
#
# 1. *They are all about the same.*
# 2. *The forget gate and the output activation matter most.*
# 3. *The learning rate matters most of all hyperparameters, and momentum not at all.*
# 4. *A forget bias of 1 closes the gap between the LSTM and the GRU.*
#
# **What is left of the four when you run it yourself, in small?** The first study took about 15 years of processor time, ours a few hours. So this page cannot refute the papers. It can show what holds on other tasks and at another scale, and how one finds out.

# %%
from inspect import signature

import numpy as np
from matplotlib import pyplot as plt

from lstm_course import drawing, studies
from lstm_course.cells.architecture import architecture
from lstm_course.cells.graph import GRU, LSTM_1, equations
from lstm_course.cells.odyssey import ODYSSEY
from lstm_course.notebook import COLOURS, figure, frames, glue, style, table
from lstm_course.studies import evolution, evolved, odyssey, symbols, variants
from lstm_course.studies.comparisons import best_tenth, grouped, holm, paired, welch
from lstm_course.studies.intervals import bootstrap
from lstm_course.tasks import agreement, reber
from lstm_course.tasks.characters import VOCABULARY

style()

# %% [markdown]
# ## The picture
#
# The first study's LSTM has peepholes; it is called **V**, for vanilla. Each of the eight others changes one thing in it:

# %% tags=["hide-input"]
figure(
    drawing.odyssey_module(),
    alt="The LSTM with peepholes, with the name of a change at the place where it acts: NFG at the forget layer, NIG at the input layer, NIAF at the candidate's tanh layer, NOG at the output layer, CIFG at the line of f, NP at the peepholes, NOAF at the tanh between the cell and the output.",
    name="fig-nine",
    caption="V, and where seven changes act. N stands for *no*: no input, forget or output gate (NIG, NFG, NOG: the gate stays at 1), no activation function on what is written or shown (NIAF, NOAF), no peepholes (NP). CIFG couples input and forget gate. The eighth, FGR, adds lines: each gate also reads all three gates of the step before.",
)

# %% [markdown]
# **Your prediction, please**, before any numbers: which of the eight will be worse than V? Will one be better?
#
# ## The equation
#
# A fair comparison has to separate two things. The error of a trained network depends on the model *and* on its **hyperparameters**, all that is settled before training: learning rate, width and so on. A model that looks better may only have been tuned better. So every model gets the same number of **trials**, each with settings drawn at random: a *random search*. For two models with the same settings, what the settings do equally to both cancels in the differences $d$ of the pairs:
#
# $$
# t = \frac{\text{mean } d}{\sqrt{\text{var } d \,/\, n}}
# $$
#
# Here $n$ is the number of settings. A $t$ far from 0 is seldom due to luck; how seldom is the p value. (Welch's test, further down, does without pairs: under its root stand the variances of both groups, each divided by its number.)
#
# And which hyperparameter matters? The error is split into a mean $m$, a part for each hyperparameter by itself, and what belongs to several together:
#
# $$\begin{aligned}
# \text{error} = m &+ f_1(\text{rate}) + f_2(\text{momentum}) \\
# &+ f_3(\text{width}) + f_4(\text{noise}) + \text{together}
# \end{aligned}$$
#
# The share of a hyperparameter is the variance of its part, over its range, divided by the variance of the error. This is called **fANOVA**, functional analysis of variance. It needs the error everywhere and not only at the trials, so a random forest, the mean of many decision trees, learns it from them first.
#
# ## The code
#
# The nine models are one cell and a change each; a change is the equation that takes the old one's place. Their weights, with an input of 24 numbers and 64 units:

# %%
D, H = 24, 64
CHANGE = {
    "V": "", "NIG": "i = 1", "NFG": "f = 1", "NOG": "o = 1", "NIAF": "g without tanh",
    "NOAF": "h = o * c", "CIFG": "f = 1 - i", "NP": "no peepholes",
    "FGR": "gates read gates",
}  # fmt: skip


def weights(cell):
    return sum(part.size for part in cell.init(np.random.default_rng(0), D, H))


table(
    ["model", "change", "weights"],
    [[name, CHANGE[name], f"{weights(ODYSSEY[name]):,}"] for name in CHANGE],
)
assert list(CHANGE) == list(ODYSSEY)
assert weights(ODYSSEY["V"]) == 4 * H * D + 4 * H * H + 7 * H
for name in ("NIG", "NFG", "NOG", "CIFG"):
    assert weights(ODYSSEY[name]) == 3 * H * D + 3 * H * H + 5 * H
assert weights(ODYSSEY["FGR"]) == weights(ODYSSEY["V"]) + 9 * H * H

# %% [markdown]
# (V has four blocks with $HD$ input weights, $H^2$ recurrent ones and $H$ biases, and three peepholes for each unit. FGR adds nine matrices.)
#
# Training is plain stochastic gradient descent with **momentum** $\mu$: each step repeats $\mu$ times the step before and adds the new gradient. (Nesterov's form, used here and in the paper, looks one step ahead.) The settings of a trial come from the paper's ranges: learning rate from $10^{-6}$ to $10^{-2}$, width from 20 to 200, the distance of the momentum from 1 from 0.01 to 1, each evenly on a logarithmic scale, and noise on the inputs with a standard deviation from 0 to 1. Eight trials of one width are trained side by side, as a *group*. Here is one group, and its test errors with model V, from the stored results; then we run it again:

# %%
stored = studies.load("odyssey")
UNIT = "agreement, V, 4"


assert np.isfinite(stored["test"]).all()  # nobody diverged


def trials(task, model):
    # All trials of a model on a task, column by column, in the order of the settings.
    mine = (stored["task"] == task) & (stored["model"] == model)
    return {name: column[mine] for name, column in stored.items()}


v = trials("agreement", "V")
GROUP = v["trial"] // odyssey.TRIALS == 4
rows = [
    [f"{rate:.1e}", f"{momentum:.2f}", f"{noise:.2f}", f"{error:.2f}"]
    for rate, momentum, noise, error in zip(
        *(v[c][GROUP] for c in ("rate", "momentum", "noise", "test")), strict=True
    )
]
print(f"width {v['hidden'][GROUP][0]:.0f}")
table(["learning rate", "momentum", "noise", "test error"], rows)

fresh = np.array([float(row[-1]) for row in odyssey.run(UNIT)])
assert np.allclose(fresh, v["test"][GROUP], atol=0.05)
print("run again: the same, to within 0.05")

# %% [markdown]
# The error is the cross-entropy: $-\ln p$ of the symbol that came, on average. Its unit is the **nat**, a bit with $e$ in place of 2. Two sets of sequences were kept away from training. One, for **validation**, says after which updates a trial was at its best; the other, for the test, says how good it was then. Who chooses does not report.
#
# ## The experiment: an odyssey in small
#
# Three tasks on which the next symbol is asked for: the [agreement language](06_what_cells_remember.ipynb) of chapter 6, characters of Python source text, and Reber strings, of seven letters, whose last letter but one repeats the second (they come from the [lab](lab_paper_tables.ipynb)). There were 600<!-- ody_updates --> updates on batches of 8<!-- ody_batch --> sequences (2,000<!-- ody_reber --> for Reber). All nine models get the same 200<!-- ody_trials --> settings on agreement, and 56<!-- ody_few --> on the two others: 2,808<!-- ody_all --> trainings.
#
# The errors have landmarks. On agreement somebody who knows nothing of 58<!-- ody_words --> words has $\ln 58$, or 4.06<!-- ody_nothing -->, nats, and who knows only how frequent each word is has 3.53<!-- ody_frequent -->. On Reber strings a perfect network has 0.44<!-- reber_perfect -->, and one that knows the grammar but guesses the letter that is to be remembered 0.51<!-- reber_guess -->.
#
# First all trials of V on agreement, against the learning rate and against what we call the **effective rate**: with momentum $\mu$ every gradient goes on acting, with weights $1, \mu, \mu^2, \dots$, so in the long run a step is as large as with the rate divided by $1 - \mu$. **Your prediction, please:** in which of the two pictures will the points lie closer to a curve?

# %% tags=["hide-input"]
words = agreement.draw(np.random.default_rng(0), 4000, 26).tokens[1:]
often = np.bincount(words.ravel()) / words.size
nothing, frequent = np.log(len(often)), -(often * np.log(often)).sum()
strings = reber.strings(np.random.default_rng(0), 3000)
choices = np.concatenate([reber.legal(string)[:-1].sum(1) for string in strings])
perfect = np.log(choices).mean()  # all letters that may follow are equally likely
guessing = perfect + np.log(2) / (len(choices) / len(strings))

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.3), sharey=True)
effective = v["rate"] / (1 - v["momentum"])
NOISY = v["noise"] > 0.5
for ax, x, label in (
    (axes[0], v["rate"], "learning rate"),
    (axes[1], effective, "rate / (1 − momentum)"),
):
    for part, mark, colour, name in (
        (~NOISY, "o", COLOURS[0], "noise up to 0.5"),
        (NOISY, "^", COLOURS[1], "noise above 0.5"),
    ):
        ax.plot(
            x[part], v["test"][part], mark, color=colour, ms=4, alpha=0.7, label=name
        )
    ax.set(xscale="log", xlabel=label)
    for level in (nothing, frequent):
        ax.axhline(level, color="#555555", lw=1, ls=":")
axes[0].set(ylabel="test error, nats per symbol")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
figure(
    fig,
    alt="Two panels with the same 200 errors, from 4.1 nats down to 1.7. Over the learning rate, from 1e-6 to 1e-2, they fall from left to right in a broad band. Over rate / (1 − momentum), from 1e-6 to 1, they lie close to one curve: about 4.0 up to 1e-4, a shelf at 3.5 between 1e-3 and 1e-2, then steeply down to 1.7. Two dotted lines stand at 4.06 and 3.53. Triangles, with much noise, lie among the discs, and above them at the right end.",
    name="fig-trials",
    caption="The 200 trials of V on agreement, in both panels the same; over the effective rate they fall onto one curve. Dotted: who knows nothing, and who knows only how frequent each word is.",
)


# %%
def rank(x):
    return np.argsort(np.argsort(x))


alone = abs(np.corrcoef(rank(v["rate"]), rank(v["test"]))[0, 1])
both = abs(np.corrcoef(rank(effective), rank(v["test"]))[0, 1])
print(f"rank correlation with the error: rate −{alone:.2f}, effective rate −{both:.2f}")
assert both > 0.97 > 0.93 > alone
good = effective > 0.03
loud = np.corrcoef(rank(v["noise"][good]), rank(v["test"][good]))[0, 1]
print(f"above an effective rate of 0.03: noise {loud:.2f}")
assert loud > 0.8

# %% tags=["remove-input"]
best_own = np.argsort(v["validation"])[: len(v["test"]) // 10]
terms = studies.about("odyssey")
settings = terms["context"]
many, few = settings["trials"]["agreement"], settings["trials"]["characters"]
assert many >= 200
assert few == settings["trials"]["reber"] >= 50
assert settings["updates"]["agreement"] == settings["updates"]["characters"]
glue(
    ody_words=len(often),
    ody_frequent=f"{frequent:.2f}",
    reber_perfect=f"{perfect:.2f}",
    reber_guess=f"{guessing:.2f}",
    ody_updates=settings["updates"]["agreement"],
    ody_reber=f"{settings['updates']['reber']:,}",
    ody_batch=settings["batch"],
    ody_trials=many,
    ody_few=few,
    ody_all=f"{len(ODYSSEY) * (many + 2 * few):,}",
    ody_hours=round(terms["cpu_seconds"] / 3600),
    rate_alone=f"{alone:.2f}",
    rate_both=f"{both:.2f}",
    noise_high=f"{loud:.2f}",
    ody_nothing=f"{nothing:.2f}",
    tenth_lowest=f"{effective[best_own].min():.2f}",
    tenth_highest=f"{effective[best_own].max():.1f}",
)

# %% [markdown]
# So in a training of this length there is, over most of the range, hardly more to four hyperparameters than one number, the effective rate: the rank correlation with the error (both replaced by their ranks, so that any falling curve gives −1) is 0.99<!-- rate_both --> in size, against 0.90<!-- rate_alone --> for the learning rate by itself. Momentum matters here because it makes the steps longer. Among the settings with an effective rate above 0.03, where it gets interesting, it is another number that decides: the noise, with 0.92<!-- noise_high -->. The best tenth of the settings lies between 0.02<!-- tenth_lowest --> and 0.8<!-- tenth_highest -->; further right there are none to tell. And the error is still far from where it would end: 600<!-- ody_updates --> updates are few.

# %% [markdown]
# ### Nine models
#
# Now the models. Of each take the tenth of its trials that did best in validation, 20<!-- tenth_many --> of 200 and 6<!-- tenth_few --> of 56, and look at their test errors:

# %% tags=["hide-input"]
TASKS = list(odyssey.PASSES)


def draw(ax, y, values, mark="o", colour=COLOURS[0], bar=COLOURS[1]):
    # Values as marks in a row, and below them the 95 % interval of their mean.
    ax.plot(values, [y] * len(values), mark, color=colour, ms=4, alpha=0.5)
    low, high = bootstrap(values) if np.ptp(values) else (values[0], values[0])
    ax.plot([low, high], [y - 0.3] * 2, "-", color=bar, lw=3)


tenth = {
    (task, model): best_tenth(*(trials(task, model)[c] for c in ("validation", "test")))
    for task in TASKS
    for model in ODYSSEY
}
fig, axes = plt.subplots(1, 3, figsize=(7.2, 4.2), sharey=True)
for ax, task in zip(axes, TASKS, strict=True):
    for y, model in enumerate(reversed(ODYSSEY)):
        draw(ax, y, tenth[task, model])
    for level in (perfect, guessing) if task == "reber" else ():
        ax.axvline(level, color="#555555", lw=1, ls=":")
    ax.set(title=task)
axes[0].set_yticks(range(len(ODYSSEY)), list(ODYSSEY)[::-1])
fig.supxlabel("test error of the best tenth, nats per symbol", fontsize=12)
figure(
    fig,
    alt="Three panels with nine rows. In each row the circles lie far apart, on agreement from 1.7 to 2.8, on characters from 2.1 to 2.8, on Reber from 0.44 to 0.52, and the intervals of most models overlap that of V. On agreement NFG lies furthest to the right, NOG and NIG furthest to the left; on characters NFG to the right; on Reber, between two dotted lines at 0.44 and 0.51, FGR and NFG to the left, V and CIFG to the right.",
    name="fig-tenth",
    caption="The best tenth of each model's trials as circles; below them, in orange, the 95 % interval of their mean. Dotted, on Reber: perfect, and all but the letter to be remembered. Each panel has an axis of its own.",
)

# %% [markdown]
# Within each row the circles scatter more than the rows differ, since even among the best tenth some settings are far better than others. (On Reber the panel shows who remembers the letter: the circles lie from the left line, where it is remembered, to the right one and a little beyond, where it is guessed.) Is any of it more than luck? That depends on how one asks.
#
# - **Welch's test**, which the paper uses too, takes two tenths for independent samples, and allows them to scatter differently.
# - But they are not independent. All models got the same settings, and nearly the same ones are among the best tenth of each. Nor are the eight trials of a group independent of each other: they share a width and the training data. So the second analysis draws whole **groups** with replacement, for both models at once, lets each model choose its own best tenth among the trials drawn, and looks at how the difference scatters (`grouped`: a bootstrap).
#
# Eight models are compared with V, so the p values are corrected by [Holm's method](07_variants.ipynb) for eight, separately for each analysis. The table says how much a model's error is above V's on agreement (**below 0: better than V**), with 95 % intervals, which are not corrected, and a star where the corrected p is below 0.05. The two other tasks have only seven groups, too few for a p value of this kind; their intervals stand beside it.

# %%
GROUPS = {task: trials(task, "V")["trial"] // odyssey.TRIALS for task in TASKS}
others = [model for model in ODYSSEY if model != "V"]


def apart(task, model):
    # Own best tenth against V's own, from the same groups.
    sides = [trials(task, m) for m in (model, "V")]

    def difference(k):
        ours, theirs = (best_tenth(x["validation"][k], x["test"][k]) for x in sides)
        return ours.mean() - theirs.mean()

    return grouped(difference, GROUPS[task], draws=4999)


bootstrapped = {(task, m): apart(task, m) for task in TASKS for m in others}
independent = {m: welch(tenth["agreement", m], tenth["agreement", "V"]) for m in others}
p_grouped = holm([bootstrapped["agreement", m].p for m in others])
p_welch = holm([independent[m].p for m in others])


# %% tags=["hide-input"]
def shown(found, p=1.0):
    star = "* " if p < 0.05 else ""
    return f"{star}{found.difference:+.2f} ({found.low:+.2f} to {found.high:+.2f})"


table(
    [
        "model",
        "agreement, Welch",
        "agreement, groups",
        *(f"{task}, groups" for task in TASKS[1:]),
    ],
    [
        [
            m,
            shown(independent[m], p_welch[k]),
            shown(bootstrapped["agreement", m], p_grouped[k]),
            *(shown(bootstrapped[task, m]) for task in TASKS[1:]),
        ]
        for k, m in enumerate(others)
    ],
)

# %% tags=["remove-input"]
starred = [m for k, m in enumerate(others) if p_grouped[k] < 0.05]
assert starred == ["NIG", "NFG", "NOG", "NOAF"]
assert p_welch.min() > 0.05
for m in ("CIFG", "NP"):
    assert (
        max(
            abs(bootstrapped["agreement", m].low),
            abs(bootstrapped["agreement", m].high),
        )
        < 0.02
    )
assert bootstrapped["characters", "NFG"].low > 0.03
assert bootstrapped["reber", "NFG"].high < 0
common = [
    len(
        set(np.argsort(trials("agreement", m)["validation"])[:20])
        & set(np.argsort(v["validation"])[:20])
    )
    for m in others
]
glue(
    tenth_many=len(tenth["agreement", "V"]),
    tenth_few=len(tenth["reber", "V"]),
    common_least=min(common),
    nfg=f"{bootstrapped['agreement', 'NFG'].difference:.2f}",
    nog=f"{-bootstrapped['agreement', 'NOG'].difference:.2f}",
    nig=f"{-bootstrapped['agreement', 'NIG'].difference:.2f}",
    noaf=f"{-bootstrapped['agreement', 'NOAF'].difference:.2f}",
    wide=f"{independent['NFG'].high - independent['NFG'].low:.2f}",
    narrow=f"{bootstrapped['agreement', 'NFG'].high - bootstrapped['agreement', 'NFG'].low:.2f}",
)

# %% [markdown]
# After correction Welch's test shows nothing at all. It asks the wrong question: at least 16<!-- common_least --> of the 20<!-- tenth_many --> settings are the same on both sides, so most of what makes its interval for NFG 0.34<!-- wide --> wide is not a difference between the models. Asked with the groups it is 0.08<!-- narrow -->, from the same trainings, and four of eight differ on agreement:
#
# - **NFG**, without a forget gate, is worse, by 0.20<!-- nfg -->. It is on characters too; on Reber strings, which begin with an empty memory and are over after a dozen letters, it is not, perhaps because there is nothing to forget. (All forget gates of this study start half open, and so forget by half at each step. One that keeps everything has a better start.)
# - **NOG** and **NIG**, without an output or input gate, are *better*, by 0.16<!-- nog --> and 0.13<!-- nig -->. In the paper both were worse on two of three tasks.
# - **NOAF**, without the tanh on the output, is a little better, by 0.04<!-- noaf -->. In the paper it was worse on all three.
#
# CIFG and NP are as good as V on agreement, as in the paper. How good was your prediction?
#
# ### Better, or only better tuned?
#
# Did we not say that equal tuning is fair? Look at the differences **pair by pair**, each setting with model and with V, over the effective rate. Now what a setting does equally to both cancels, and what is left shows *where* a model is better:

# %% tags=["hide-input"]
fig, axes = plt.subplots(2, 4, figsize=(7.2, 4.6), sharex=True, sharey=True)
for ax, model in zip(axes.flat, others, strict=True):
    less = trials("agreement", model)["test"] - v["test"]
    ax.plot(effective, less, "o", color=COLOURS[0], ms=3, alpha=0.5)
    ax.axhline(0, color="#555555", lw=1, ls=":")
    ax.set(xscale="log", title=model, xticks=[1e-5, 1e-3, 1e-1])
axes[0, 0].set(ylim=(-1, 0.7))
fig.supxlabel("rate / (1 − momentum)", fontsize=12)
fig.supylabel("error minus V's, nats; below: better", fontsize=12)
figure(
    fig,
    alt="Eight panels, a dotted line at 0 in each. NIG and NOG: at 0 on the left, a dip to −0.3 around 3e-4, back to 0 at 2e-3, a deeper dip to −0.7 around 2e-2, at 0 again above 0.1. FGR likewise, but at the right end it rises to 0.4. NFG: a dip to −0.4 around 1e-4, at 0 from 1e-3 on, then up to 0.45 from 1e-2 on. NIAF and NOAF: a shallow dip around 1e-2, to −0.25 for NOAF. CIFG and NP: along the line.",
    name="fig-pairs",
    caption="Agreement: each circle is a setting, its height the error of a model minus that of V with the same setting.",
)

# %% tags=["hide-input"]
every = np.mean([trials("agreement", m)["validation"] for m in ODYSSEY], axis=0)
chosen = np.argsort(every)[: len(every) // 10]  # best for all nine on average
upper = effective[chosen] >= np.median(effective[chosen])
rows, single, high = [], {}, {}
for m in others:
    mine = trials("agreement", m)
    less = (mine["test"] - v["test"])[chosen]
    single[m] = mine["test"][np.argmin(mine["validation"])]
    high[m] = paired(mine["test"][chosen][upper], v["test"][chosen][upper])
    rows.append(
        [
            m,
            f"{less[~upper].mean():+.2f}",
            f"{less[upper].mean():+.2f}",
            f"{single[m]:.2f}",
        ]
    )
single["V"] = v["test"][np.argmin(v["validation"])]
table(
    ["model", "lower half of the rates", "upper half", "best trial alone"],
    [["V", "", "", f"{single['V']:.2f}"], *rows],
)
print(f"the halves meet at an effective rate of {np.median(effective[chosen]):.2f}")

# %% tags=["remove-input"]
alike = [x for m, x in single.items() if m != "NFG"]
assert max(alike) - min(alike) < 0.03
assert single["NFG"] - max(alike) > 0.1
assert high["NFG"].low > 0.05
less = {m: trials("agreement", m)["test"] - v["test"] for m in others}
shelf = (effective > 1e-3) & (effective < 4e-3)  # where V's own curve is flat
falls = (effective > 8e-3) & (effective < 4e-2)
for m in ("NOG", "NIG", "FGR"):
    assert abs(less[m][shelf].mean()) < 0.1
    assert less[m][falls].mean() < -0.2
low = (effective > 5e-5) & (effective < 5e-4)
assert less["NFG"][low].mean() < -0.1
assert less["NFG"][effective > 2e-2].mean() > 0.1
assert abs(high["NOG"].difference) < 0.05
assert abs(high["NIG"].difference) < 0.05
glue(
    best_low=f"{min(alike):.2f}",
    best_high=f"{max(alike):.2f}",
    best_nfg=f"{single['NFG']:.2f}",
)
glue(
    nog_upper=f"{-high['NOG'].difference:.2f}",
    nig_upper=f"{abs(high['NIG'].difference):.2f}",
)


# %% [markdown]
# NOG, NIG and FGR are far ahead in two dips, and the dips lie where V's own curve falls (in the picture of the 200 trials): their curves are the same, shifted to the left. They are ahead where the rate is **too low** for V, and nowhere else. In the upper half of the twenty settings that suit all nine best, NOG is ahead by 0.02<!-- nog_upper --> and NIG by 0.00<!-- nig_upper -->. And the single best trials of eight of the nine models lie between 1.70<!-- best_low --> and 1.72<!-- best_high -->; only NFG, ahead where hardly anything is learned and behind where it counts, stays at 1.86<!-- best_nfg -->. So what looked like a better cell was a **faster** one. With a random search in which good rates are rare, and an end after 600<!-- ody_updates --> updates, the faster ones are the better tuned.
#
# Why faster? A gate that starts half open halves what passes, forwards and backwards; without it everything moves twice as much. That would explain NOG and NIG, but FGR is as quick and has all its gates (and more weights). So it is a guess, and not the whole of it.

# %% [markdown]
# ### Or is it the settings?
#
# All nine models were trained with the same settings. So the variance of all their errors on a task can be split exactly, without a forest: what the settings explain (the mean over the nine models varies from setting to setting), what the model explains (its mean over all settings), and the rest, which belongs to both together.


# %%
def shares_of(errors):
    # What the settings explain by themselves, and the model by itself.
    return np.array([errors.mean(0).var(), errors.mean(1).var()]) / errors.var()


split, near = {}, {}
for task in TASKS:
    errors, seen = (
        np.array([trials(task, m)[column] for m in ODYSSEY])
        for column in ("test", "validation")
    )
    split[task] = shares_of(errors)
    near[task] = shares_of(
        errors[:, np.argsort(seen.mean(0))[: -(-errors.shape[1] // 10)]]
    )
table(
    ["task", "all settings", "the model", "best tenth: settings", "the model"],
    [[task, *(f"{x:.2f}" for x in (*split[task], *near[task]))] for task in TASKS],
)

# %% tags=["remove-input"]
assert min(part[0] for part in split.values()) > 0.9
assert max(part[1] for part in split.values()) < 0.03
assert min(part[1] for part in near.values()) > 0.05
glue(
    settings_low=f"{100 * min(part[0] for part in split.values()):.0f}",
    settings_high=f"{100 * max(part[0] for part in split.values()):.0f}",
    model_low=f"{100 * min(part[1] for part in split.values()):.0f}",
    model_high=f"{100 * max(part[1] for part in split.values()):.0f}",
    near_low=f"{100 * min(part[1] for part in near.values()):.0f}",
    near_high=f"{100 * max(part[1] for part in near.values()):.0f}",
)

# %% [markdown]
# Over all settings the choice among nine models explains 1<!-- model_low --> to 2<!-- model_high --> % of the variance, the settings 95<!-- settings_low --> to 96<!-- settings_high --> %. But most of these settings nobody would use. Within the tenth that suits all models best the model explains 6<!-- near_low --> to 40<!-- near_high --> %. Both are true. A share depends on what was allowed to vary; a rate that is far off costs more than a wrong cell.

# %% [markdown]
# ### Which setting?
#
# And now the fANOVA: one for each model and task, from its own trials (the study `odyssey_importance`). To see how sure that is, the groups are drawn again 20<!-- importance_draws --> times with replacement, as for a bootstrap. **Your prediction, please:** how long will the bar of the momentum be, as a share from 0 to 1?

# %% tags=["hide-input"]
importance = studies.load("odyssey_importance")
PARTS = {"rate": "rate", "momentum": "momentum", "hidden": "width", "noise": "noise"}


def shares(task, name):
    # The share on average over the models, and from draw to draw its extremes.
    mine = importance["task"] == task
    draws = importance[name][mine].reshape(len(ODYSSEY), -1)
    again = draws.mean(0)[1:]
    return draws[:, 0], again.min(), again.max()


fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.4), sharey=True)
for ax, task in zip(axes, TASKS, strict=True):
    for x, name in enumerate(PARTS):
        models, low, high = shares(task, name)
        ax.bar(x, models.mean(), color="#BBD5E8", edgecolor=COLOURS[0])
        ax.plot(x + np.linspace(-0.3, 0.3, 9), models, "o", color=COLOURS[0], ms=3)
        ax.plot([x] * 2, [low, high], "-", color=COLOURS[1], lw=3)
    ax.set(title=task)
    ax.set_xticks(range(len(PARTS)), PARTS.values(), rotation=45, ha="right")
axes[0].set(ylabel="share of the variance", ylim=(0, 1))
figure(
    fig,
    alt="Three panels with four bars. Learning rate: 0.68 on agreement, 0.81 on characters, 0.72 on Reber. Momentum: 0.12, 0.08, 0.11. Width: below 0.01 on all three. Noise: about 0.02. The dots of the nine models lie near the top of each bar, on characters from 0.73 to 0.91 for the rate and from 0.02 to 0.13 for the momentum; the orange lines are short on agreement and longest on Reber, for the rate from 0.53 to 0.84.",
    name="fig-importance",
    caption="How much of the variance of the test error each hyperparameter explains by itself. Bars: the mean over the nine models, which are the dots; orange: from the lowest to the highest mean over 20 draws of the groups.",
)

# %% tags=["remove-input"]
for task in TASKS:
    means = {name: shares(task, name)[0].mean() for name in PARTS}
    assert means["rate"] > 0.6
    assert 0.05 < means["momentum"] < 0.2
    assert means["hidden"] < 0.01
    assert shares(task, "rate")[1] > 2 * shares(task, "momentum")[2]
    assert shares(task, "momentum")[1] > shares(task, "hidden")[2]
together = [
    importance["together"][
        (importance["task"] == task) & (importance["draw"] == 0)
    ].mean()
    for task in TASKS
]
glue(
    together_low=f"{min(together):.2f}",
    together_high=f"{max(together):.2f}",
    importance_draws=studies.about("odyssey_importance")["context"]["draws"],
    rate_low=f"{min(shares(task, 'rate')[0].mean() for task in TASKS):.2f}",
    rate_high=f"{max(shares(task, 'rate')[0].mean() for task in TASKS):.2f}",
    momentum_low=f"{min(shares(task, 'momentum')[0].mean() for task in TASKS):.2f}",
    momentum_high=f"{max(shares(task, 'momentum')[0].mean() for task in TASKS):.2f}",
)

# %% [markdown]
# The learning rate explains most, 0.68<!-- rate_low --> to 0.81<!-- rate_high -->: the first half of the third sentence holds. The second half does not. Momentum comes next, with 0.08<!-- momentum_low --> to 0.12<!-- momentum_high -->, and the width hardly counts. In the paper width was second and momentum nothing.
#
# The picture of the 200 trials says why. Rate and momentum are two handles of one thing, the effective rate. If the error depended on its logarithm alone, and in a straight line, the shares would go with the squares of the ranges: the rate runs over four powers of ten, and the distance of the momentum from 1 over two, so 16 to 4, or 0.8 to 0.2. What was found is near that, with a rest of 0.09<!-- together_low --> to 0.17<!-- together_high --> that belongs to several together, since the line is not straight. **A bar compares ranges as much as hyperparameters.** And all of these are means over the whole range: a width that hardly counts on average may count where the rate is good.

# %% [markdown]
# ### Does the best rate depend on the width?
#
# The paper advises to find a good learning rate on a small network, which is quick, and to use it for a large one. That works if the two are independent:

# %% tags=["hide-input"]
BANDS = ((20, 43), (43, 93), (93, 201))
fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.6))
best = {}
for ax, task in zip(axes, TASKS, strict=True):
    edges = np.linspace(-6, 0, 13 if task == "agreement" else 7)
    middle = 10 ** ((edges[:-1] + edges[1:]) / 2)
    everyone = [trials(task, model) for model in ODYSSEY]
    rate = np.log10(everyone[0]["rate"] / (1 - everyone[0]["momentum"]))
    mean = np.mean([each["test"] for each in everyone], axis=0)
    for (low, high), colour, dash, mark in zip(
        BANDS, COLOURS, ("-", "--", "-."), "os^", strict=False
    ):
        width = everyone[0]["hidden"]
        band = (width >= low) & (width < high)
        where = np.digitize(rate[band], edges) - 1
        curve = np.array(
            [
                np.median(mean[band][where == k]) if np.any(where == k) else np.nan
                for k in range(len(middle))
            ]
        )
        name = f"width {low} to {high - 1}"
        ax.plot(middle, curve, dash, color=colour, marker=mark, ms=4, label=name)
        best[task, low] = middle[np.nanargmin(curve)]
        if task == "agreement":
            assert max(sum(where == k) for k in (10, 11)) <= 4
    ax.set(xscale="log", title=task, xticks=[1e-6, 1e-3, 1])
axes[0].set(ylabel="test error, nats per symbol")
axes[1].set(xlabel="rate / (1 − momentum)")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
figure(
    fig,
    alt="Three panels, error over the effective rate, with a line for each of three widths. On agreement they lie nearly on each other up to 0.01 and fall; beyond, the small networks go on falling to 2.3 at 0.6, the middling ones reach 2.2 at 0.2 and rise again, the large ones reach 2.0 at 0.06. On characters and Reber all three fall, up to half a nat apart on the way, with few marks at the right end.",
    name="fig-rates",
    caption="The error against the effective rate for small, middling and large networks: mean over the nine models, median over the settings of a bin. On agreement there are 25 widths, on the two others seven; a mark at the right end stands for one to four settings.",
)

# %% tags=["remove-input"]
widths = [len(set(trials(task, "V")["hidden"])) for task in TASKS]
assert widths == [25, 7, 7]
assert best["agreement", 20] > best["agreement", 43] > best["agreement", 93]
glue(
    best_small=f"{best['agreement', 20]:.1f}",
    best_large=f"{best['agreement', 93]:.2f}",
)

# %% [markdown]
# On agreement, up to an effective rate of 0.01, width makes hardly a difference. Beyond, the lowest mark of the small networks is at 0.6<!-- best_small -->, that of the large ones at 0.06<!-- best_large -->. That may look as if large networks wanted smaller steps. But each mark there stands for one to four settings, and their noise differs as well, which at such rates decides. These trials cannot tell; whoever wants to know has to vary width and rate alone.

# %% [markdown]
# ## The other search: let a program invent cells
#
# From here on the optimiser is Adam again, and what counts is the share of right answers, as in chapter 7: higher is better.
#
# Nine models are nine ideas of people. {cite:t}`jozefowicz2015` had a program try many more. Ours does so in small. A cell is written down as a **graph**: a list of operations, each reading what comes before it. $L(\dots)$ is a linear layer with weights of its own for each of the values that it reads; only it may read $x$; a number after a semicolon is where its bias starts. The GRU of 2014, and the LSTM with forget bias 1:

# %%
print("GRU", *equations(GRU), "", "LSTM", *equations(LSTM_1), sep="\n")

# %% [markdown]
# (On the right of an equals sign $h$ and the cell $s1$ are those of the step before, on the left the new ones; what has no name of its own is called v and a number.) A **mutation** makes one random change: another function, another operation, another value to be read, a node more or one less, another bias. Some mutants of the GRU:

# %%
rng = np.random.default_rng(3)
mutants = [evolution.mutate(GRU, rng) for _ in range(20)]
for mutant in [each for each in mutants if each not in (None, GRU)][:4]:
    print(*equations(mutant), "", sep="\n")

# %% [markdown]
# Most mutants are nonsense, and it would be a waste to train them for long. So each must first do a cheap test: 90 % right in recalling one symbol across two steps. Who gets through is trained on recall across ten steps, on agreement and on characters, 300<!-- search_updates --> updates each. On each task its accuracy is divided by the GRU's, and the *worst* of the three ratios is its fitness (between equals the better mean counts): a specialist does not get far. The ten fittest so far are the parents of the next fifty. Twenty generations make 1,003<!-- search_all --> graphs, the three founders included: the GRU, and the LSTM with forget bias 0 and 1. **Your prediction, please:** will the fittest descend from the GRU or from the LSTM?

# %% tags=["hide-input"]
search = studies.load("evolution")
ranking = evolution.ranking(search)
tested = search["test"] >= evolution.PASSED
whole = search["characters"] != ""
gru = {name: float(search[name][0]) for name in evolution.COLUMNS[5:]}
number = search["number"].astype(int)


def ratio(k):
    # Mean over the tasks of the accuracy, divided by the GRU's.
    return np.mean([float(search[name][k]) / its for name, its in gru.items()])


ratios = np.array([ratio(k) if whole[k] else np.nan for k in number])
fit = {
    k: evolution.fitness(*([search[c][m] for c in evolution.COLUMNS] for m in (k, 0)))
    for k in number[whole]
}
level = np.array([fit.get(k, 0) == 1 for k in number])
fig, ax = plt.subplots(figsize=(7.2, 3.8))
for part, mark, colour, name in (
    (whole & ~level, "o", COLOURS[1], "trained on all, fitness below 1"),
    (level, "s", COLOURS[0], "fitness 1: nowhere worse than the GRU"),
):
    ax.plot(number[part], ratios[part], mark, color=colour, ms=4, alpha=0.6, label=name)
floor = np.nanmin(ratios) - 0.05
for part, colour, name in (
    (tested & ~whole, "#777777", "given up"),
    (~tested, "#000000", "failed the cheap test"),
):
    place = floor if name == "given up" else floor - 0.05
    ax.plot(number[part], [place] * part.sum(), "|", color=colour, ms=6, label=name)
ax.set(xlabel="number of the graph", ylabel="mean ratio to the GRU's")
fig.legend(loc="outside lower center", ncols=2)
figure(
    fig,
    alt="The mean ratio of accuracies to the GRU's over the number of the graph, 0 to 1,002. Early on there are few squares, at 1.0, and circles below, down to 0.6. From about number 200 on squares at 1.03 to 1.07 prevail, and hardly rise any more after 700. Two rows of ticks below, those given up and those that failed the cheap test, fill the whole width.",
    name="fig-search",
    caption="All graphs of the search, in the order in which they were made. Squares are on no task worse than the GRU, so their fitness is 1; the height tells how good a graph is on average.",
)


# %%
def line(k):
    # A graph, its parent, and so on to the founder.
    parent = int(search["parent"][k])
    return [k] if parent == k else [k, *line(parent)]


rows = [
    [k, search["generation"][k].astype(int), *(search[n][k] for n in gru)]
    for k in reversed(line(ranking[0]))
]
table(["number", "generation", *gru], rows)
founders = {line(k)[-1] for k in ranking[:10]}
print("founder of the ten fittest:", *founders)

# %% tags=["remove-input"]
assert founders == {2}
assert (
    evolved.graph("LSTM, forget bias 1")
    == evolution.decode(search["graph"][2])
    == LSTM_1
)
assert max(fit.values()) == 1
for place in (1, 2, 3):  # neither sigmoid nor tanh between the cell and the output
    (out,) = (e for e in equations(evolved.graph(f"place {place}")) if e[:4] == "h = ")
    assert out.startswith("h = L(")
    assert "sigmoid" not in out
    assert "tanh" not in out
assert np.nanmax(ratios[: len(ratios) * 7 // 10]) > np.nanmax(ratios) - 0.02
about = studies.about("evolution")
glue(
    search_all=f"{len(number):,}",
    search_updates=about["context"]["updates"],
    search_failed=int((~tested).sum()),
    search_given_up=int((tested & ~whole).sum()),
    search_whole=int(whole.sum()),
    search_one=int(level.sum()),
    search_hours=round(about["cpu_seconds"] / 3600),
    search_hidden=signature(symbols.accuracy).parameters["hidden"].default,
)

# %% [markdown]
# 209<!-- search_failed --> graphs fail the cheap test, and 447<!-- search_given_up --> are given up on the way, since they can no longer become parents; 347<!-- search_whole --> are trained on everything. No fitness is above 1, since the GRU solves recall and nobody can do better than that; 264<!-- search_one --> reach it, the GRU itself among them. All ten fittest of this one run descend from the LSTM with forget bias 1, number 2, and not from the GRU; they are one family. The table shows the line of the winner. Each step of it was found by chance and kept because it did well.
#
# The three fittest, as equations and as pictures:

# %%
for place in (1, 2, 3):
    print(f"place {place}", *equations(evolved.graph(f"place {place}")), "", sep="\n")

# %% tags=["hide-input"]
pictures = [drawing.architecture_graph(evolved.graph(f"place {k}")) for k in (1, 2, 3)]
sheet = np.max([picture.get_size_inches() for picture in pictures], axis=0)
for picture in pictures:
    picture.set_size_inches(sheet)
frames(
    pictures,
    [
        "Place 1. s1 is multiplied by a sigmoid layer that reads x, h and s1, and the product goes through relu. Added to it is the tanh of a linear layer of x, times the sigmoid of a product; the factors of this product are a linear layer of x and h and a second linear layer behind that of x. The sum is the new s1. The new h is the new s1 times a linear layer that reads h and the second linear layer of x.",
        "Place 2. Like the first, but the forget gate is the sigmoid of a linear layer that reads h and a difference, two linear layers of x in a row less the old s1. The linear layer that multiplies the new s1 reads that same layer, h and the old s1. The input gate is a plain sigmoid layer of x and h.",
        "Place 3. Like the first, with one more linear layer between the product and the sigmoid of the input gate.",
    ],
    alt="Three graphs of boxes and circles, one for each of the three fittest; x, h and s1 come in below, the new s1 and h leave above.",
    name="fig-places",
    caption="The three fittest of all graphs. In a box, +1 says that its bias starts at 1; a small minus beside a circle marks what is subtracted. Each is an LSTM that has lost the sigmoid of its output gate and the tanh on its cell, and got a relu on what it keeps.",
)

# %% [markdown]
# It is the LSTM that one recognises: a cell along whose line something is kept and something is added, with a forget gate whose bias starts at 1. But the output gate has no sigmoid any more, so it can also turn the sign; between cell and output there is no tanh; the candidate reads $x$ alone; and what is kept goes through a relu, so a cell below zero is forgotten altogether.
#
# ### A rematch
#
# Is it really better than the GRU? It was **chosen** out of a thousand because it did well on two seeds. Part of that is luck, and luck does not come back. That is the **winner's curse**: of many that are measured, the one that looks best is likely to be overrated. So the ten fittest and the founders were trained anew on ten seeds that the search has not seen, the learning rate being chosen on two others. **Your prediction, please:** how many of the ten are still better than the GRU, on agreement and on characters? (In recall nobody can be: the GRU solves it.)

# %% tags=["hide-input"]
again = studies.load("evolved")
CONTENDERS = (*evolved.FOUNDERS, *evolved.PLACES)
FORMER = dict(zip(CONTENDERS, [*range(3), *ranking[:10]], strict=True))


def accuracy(name, task, of=again):
    # What the ten seeds reached.
    mine = (of["contender"] == name) & (of["task"] == task)
    assert mine.sum() == 10
    return of["accuracy"][mine]


fig, axes = plt.subplots(1, 3, figsize=(7.2, 5.2), sharey=True)
for ax, task in zip(axes, gru, strict=True):
    for y, name in enumerate(reversed(CONTENDERS)):
        draw(ax, y, accuracy(name, task))
        ax.plot(
            float(search[task][FORMER[name]]), y, "D", color="black", mfc="none", ms=7
        )
    ax.set(title=task)
axes[0].set_yticks(range(len(CONTENDERS)), CONTENDERS[::-1])
axes[0].set(xlim=(0.1, 1.08))
fig.supxlabel("right answers, share", fontsize=12)
figure(
    fig,
    alt="Three panels with thirteen rows. Recall: the GRU and most of the ten at 1, places 9 and 10 with one or two below, place 2 spread from 0.2 to 1, the LSTM at 0.25, with forget bias 1 from 0.2 to 1. Agreement: the ten at 0.98 to 1, the GRU near 0.93, both LSTMs near 0.85. Characters: the ten near 0.485, the GRU at 0.447, both LSTMs near 0.39; here the diamonds of all ten lie to the right of the means, as do those of both LSTMs.",
    name="fig-again",
    caption="Ten new seeds as circles; below them, in orange, the 95 % interval of their mean. A diamond is what the search said, from two seeds. Each panel has an axis of its own.",
)

# %% tags=["hide-input"]
versus = {
    (name, task): paired(accuracy(name, task), accuracy("GRU", task))
    for task in ("agreement", "characters")
    for name in evolved.PLACES
}
# Recall counts as asked, but nobody can be better there than a GRU that is always right.
asked = [each.p for each in versus.values()] + [1.0] * 10
adjusted = dict(zip(versus, holm(asked), strict=False))
rows = []
for task in gru:
    gains = [(accuracy(n, task) - accuracy("GRU", task)).mean() for n in evolved.PLACES]
    sure = sum(adjusted.get((n, task), 1) < 0.05 for n in evolved.PLACES)
    above, below = sum(g > 0 for g in gains), sum(g < 0 for g in gains)
    rows.append([task, f"{min(gains):+.3f} to {max(gains):+.3f}", above, below, sure])
table(
    ["task", "gains over the GRU", "above it", "below it", "p, corrected, below 0.05"],
    rows,
)
lost = [
    float(search["characters"][FORMER[n]]) - accuracy(n, "characters").mean()
    for n in evolved.PLACES
]
print(f"characters: all ten overrated, by {np.mean(lost):.3f} on average")
print(f"recall: place 2 was 1.00 and is {accuracy('place 2', 'recall').mean():.2f}")
assert min(lost) > 0

# %% tags=["remove-input"]
gains = {
    task: [versus[n, task].difference for n in evolved.PLACES]
    for task in ("agreement", "characters")
}
fell = {
    n: float(search["characters"][FORMER[n]]) - accuracy(n, "characters").mean()
    for n in CONTENDERS[1:3]
}
assert min(fell.values()) > np.mean(lost)
lower = sum(accuracy(n, "recall").mean() < 1 for n in evolved.PLACES)
assert max(adjusted.values()) < 0.05
assert min(min(gain) for gain in gains.values()) > 0.03
assert accuracy("place 2", "recall").mean() < 0.85
assert search["recall"][FORMER["place 2"]] == "1.0000"
assert accuracy("GRU", "recall").min() == 1
glue(
    again_agreement=f"{np.mean(gains['agreement']):.2f}",
    again_characters=f"{np.mean(gains['characters']):.2f}",
    again_lost=f"{np.mean(lost):.3f}",
    again_lower=lower,
    again_second=f"{accuracy('place 2', 'recall').mean():.2f}",
    longer_updates=f"{studies.about('evolved_longer')['context']['updates']:,}",
)

# %% [markdown]
# On agreement and on characters the advantage is real: all ten beat the GRU, by about 0.05<!-- again_agreement --> and 0.04<!-- again_characters -->, in all 20 comparisons after Holm's correction for 30 (the ten on recall count as asked). And the curse? Place 2 shows it: a perfect score in recall when it was chosen, and 0.75<!-- again_second --> now. (On recall 7<!-- again_lower --> of the ten are below the GRU.) On characters all ten do worse than the search said, by 0.006<!-- again_lost --> on average; but so do the two LSTMs, whom nobody had chosen, and by more. That may be nothing but two seeds' noise.
#
# ### Better, or only quicker?
#
# 300<!-- search_updates --> updates are few. The three fittest and the founders once more, on characters and on the same ten seeds, with 3,000<!-- longer_updates --> updates. **Your prediction, please:** will the distance to the GRU grow, stay or shrink?

# %% tags=["hide-input"]
longer = studies.load("evolved_longer")
SHOWN = CONTENDERS[:6]
fig, ax = plt.subplots(figsize=(7.2, 3.6))
for y, name in enumerate(reversed(SHOWN)):
    for of, mark, colour in ((again, "o", COLOURS[0]), (longer, "s", COLOURS[1])):
        draw(ax, y, accuracy(name, "characters", of), mark, colour, colour)
ax.set_yticks(range(6), SHOWN[::-1])
ax.set(xlabel="right characters, share")
for mark, colour, name in (
    ("o", COLOURS[0], "300 updates"),
    ("s", COLOURS[1], "3,000"),
):
    ax.plot([], [], mark, color=colour, label=name)
fig.legend(loc="outside lower center", ncols=2)
figure(
    fig,
    alt="Six rows with two groups of marks each. After 300 updates: GRU 0.45, both LSTMs 0.39 to 0.40, the three fittest 0.49. After 3,000 updates all six lie between 0.51 and 0.54.",
    name="fig-longer",
    caption="Right characters after 300 updates (circles) and after 3,000 (squares); ten seeds, and the 95 % interval of their mean.",
)

# %% tags=["hide-input"]
gaps = {
    name: paired(*(accuracy(n, "characters", longer) for n in (name, "GRU")))
    for name in SHOWN[1:]
}
p = dict(zip(gaps, holm([each.p for each in gaps.values()]), strict=True))
size = {
    name: variants.weights(architecture(evolved.graph(name)), len(VOCABULARY), 24)
    for name in SHOWN
}
rows = []
for name, gap in gaps.items():
    quick = paired(*(accuracy(n, "characters") for n in (name, "GRU")))
    between = f"{gap.difference:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})"
    rows.append(
        [name, f"{size[name]:,}", f"{quick.difference:+.3f}", between, f"{p[name]:.3f}"]
    )
print(f"weights of the GRU: {size['GRU']:,}")
header = [
    "cell",
    "weights",
    "better than the GRU, 300 updates",
    "3,000 updates",
    "p, corrected",
]
table(header, rows)

# %% tags=["remove-input"]
glue(
    longer_first=f"{paired(accuracy('place 1', 'characters'), accuracy('GRU', 'characters')).difference:.2f}",
    longer_lstm_quick=f"{-paired(accuracy('LSTM', 'characters'), accuracy('GRU', 'characters')).difference:.2f}",
    longer_lstm=f"{-gaps['LSTM'].difference:.3f}",
    longer_widest=f"{max(-gap.difference for gap in gaps.values()):.3f}",
)
assert max(gap.high for gap in gaps.values()) < 0.005
assert min(gap.low for gap in gaps.values()) > -0.02
assert gaps["place 3"].low < 0 < gaps["place 3"].high
assert [name for name in gaps if p[name] < 0.05] == ["LSTM, forget bias 1", "place 2"]
assert set(longer["rate"]) == {max(symbols.RATES)}


# %% [markdown]
# The distance is gone. What led by 0.04<!-- longer_first --> after 300<!-- search_updates --> updates is level with the GRU or a little behind it after 3,000<!-- longer_updates -->, and the LSTM, 0.05<!-- longer_lstm_quick --> behind at first, is only 0.005<!-- longer_lstm --> behind now. The largest distance that is left is 0.011<!-- longer_widest -->. **On characters, what the search found is quicker, not better.** (In both trainings every cell took the higher of the two rates offered; a still higher one might do more for some than for others.) No wonder: who is judged after 300<!-- search_updates --> updates is selected for speed. And so the first sentence of the postcard comes back by itself: trained ten times as long, all six are about the same; two differences, small ones, are still beyond luck.

# %% [markdown]
# ## The four sentences
#
# A forget bias of 1 is the last of the four. How much of the distance from the LSTM to the GRU does it close? The share, with the 95 % bootstrap interval over ten seeds, after 300 updates:


# %%
def closed(task):
    # Share of the gap, and its interval.
    names = ("GRU", "LSTM", "LSTM, forget bias 1")
    top, plain, biased = (accuracy(name, task) for name in names)
    drawn = np.random.default_rng(0).integers(10, size=(9999, 10))
    gap = top[drawn].mean(1) - plain[drawn].mean(1)
    many = (biased[drawn].mean(1) - plain[drawn].mean(1)) / gap
    one = (biased.mean() - plain.mean()) / (top.mean() - plain.mean())
    return one, *np.quantile(many, [0.025, 0.975])


gap = {task: closed(task) for task in gru}
for task, (one, low, high) in gap.items():
    print(f"{task}: {one:.2f} ({low:.2f} to {high:.2f})")


# %% [markdown]
# Now all four, beside what the papers say. Behind the differences and shares stand 95 % intervals, behind the bars of the fANOVA the lowest and highest of the redraws:


# %% tags=["hide-input"]
def among(name):
    # The share of a hyperparameter on each task: lowest and highest.
    each = [shares(task, name) for task in TASKS]
    means = [models.mean() for models, _, _ in each]
    low, high = min(low for _, low, _ in each), max(high for _, _, high in each)
    return f"{min(means):.2f} to {max(means):.2f} (redrawn {low:.2f} to {high:.2f})"


def worse(model, task="agreement"):
    return shown(bootstrapped[task, model])


shut = [
    f"{task} {one:.2f} ({low:.2f} to {high:.2f})"
    for task, (one, low, high) in gap.items()
]
table(
    ["sentence", "in the papers", "here", "verdict"],
    [
        [
            "all about the same",
            "no change is better than V; five of eight are worse on at least two of three tasks",
            f"agreement, best tenths: CIFG {worse('CIFG')}, NP {worse('NP')}, NOG {worse('NOG')}; best single trials of eight models within 0.03",
            "eight of nine, where the rate is good; below, the faster ones are ahead",
        ],
        [
            "forget gate and output activation matter most",
            "NFG and NOAF are worse on all three tasks",
            f"NFG {worse('NFG')} on agreement, {worse('NFG', 'characters')} on characters, {worse('NFG', 'reber')} on Reber; NOAF {worse('NOAF')} on agreement",
            "the forget gate on two of three; not the output activation",
        ],
        [
            "learning rate first, momentum nothing",
            "the rate dominates, the width is second, momentum does not matter",
            f"share of the rate {among('rate')}, of the momentum {among('momentum')}, of the width below 0.01",
            "the first half; momentum counts, and the width does not",
        ],
        [
            "a forget bias of 1 closes the gap",
            "closes most of it",
            "share that is closed: " + ", ".join(shut),
            "after 300 updates: on one task of three, about half",
        ],
    ],
)

# %% tags=["remove-input"]
assert gap["recall"][1] > 0.1
assert gap["agreement"][1] < 0 < gap["agreement"][2]
assert gap["characters"][2] < 0
glue(
    biased_through=int((accuracy("LSTM, forget bias 1", "recall") > 0.99).sum()),
    closed_recall=f"{gap['recall'][0]:.2f}",
    closed_low=f"{gap['recall'][1]:.2f}",
    closed_high=f"{gap['recall'][2]:.2f}",
)

# %% [markdown]
# Read the verdicts with the next section in mind. On recall the plain LSTM never gets beyond guessing in 300<!-- search_updates --> updates; with a bias of 1, 3<!-- biased_through --> of ten seeds solve it. So the bias closes 0.45<!-- closed_recall --> of the gap (0.21<!-- closed_low --> to 0.70<!-- closed_high -->) there, again a matter of speed. On agreement nothing can be said, on characters it does a little harm (a share below 0 is a step away from the GRU). What the sentence leaves out is the task.

# %% [markdown]
# ## How small is small?
#
# | what | in the papers | here |
# |---|---|---|
# | one change at a time: trainings | 5,400, about 15 years of processor time | 2,808<!-- ody_all -->, about 2<!-- ody_hours --> hours |
# | trials for each model and task | 200 on each of three tasks | 200<!-- ody_trials --> on one, 56<!-- ody_few --> on two |
# | updates | after each sequence | after each eight |
# | tasks | speech, handwriting, music | agreement, source text, Reber strings |
# | end of training | when validation stops improving | after 600<!-- ody_updates --> or 2,000<!-- ody_reber --> updates |
# | invented architectures | a search of their own | 1,003<!-- search_all -->, 300<!-- search_updates --> updates, 24<!-- search_hidden --> units, about 3<!-- search_hours --> hours |
#
# The end of training is the difference that counts most. With a fixed number of updates whoever learns quickly looks good, and what speeds up learning, a high rate or a high momentum, explains much of the error.

# %% [markdown]
# ## What surprised us
#
# **Nine models with one gate more or less, and it hardly matters**, compared with a factor of ten in the learning rate.
#
# **Networks without a gate got ahead**, because they were faster: at good rates nothing was left of it. A comparison with a fixed end is a race, and who is ahead in a race need not get furthest.
#
# **The same trainings show nothing or four differences**, depending on whether the analysis knows that the settings were shared.
#
# **A thousand invented cells, and the ten best all come from the LSTM**, keep its forget gate with a bias of 1, and win only the sprint.
#
# ## Common misconceptions
#
# - *"The paper compared eight variants."* Nine models: V, and eight that differ from it in one thing.
# - *"They are all about the same, with the same number of weights."* What was equal is the amount of *tuning*. FGR has three and a half times the weights of CIFG.
# - *"Not significant means equal."* It means that nothing has been shown. The interval says how large a difference may be.
# - *"A long bar means a high value is good."* It has no direction; and it is as long as the range of the search makes it.
# - *"Momentum does not matter."* That was found for a training that goes on until it stops improving, with a learning rate drawn anew in each trial.
# - *"The best of a thousand is the best."* It is among the good ones, and among the lucky ones.

# %% [markdown]
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("winner.bar")

# %% tags=["remove-input"]
ask("winner.curse")

# %% tags=["remove-input"]
ask("winner.tenth")

# %% tags=["remove-input"]
ask("winner.pairs")

# %% tags=["remove-input"]
ask("winner.holm")

# %% [markdown]
# ## Sources
#
# The nine models, the random search, the ranges and the fANOVA: {cite:t}`greff2017`. The search through architectures: {cite:t}`jozefowicz2015`. Comparing two means whose spreads differ: {cite:t}`welch1947`. Correcting for many comparisons: {cite:t}`holm1979`. The article that points to both studies: {cite:t}`olah2015`.
