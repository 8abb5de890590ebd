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
# # What do the cells remember?
#
# **After this page you will be able to**
#
# - say what it means that a cell "holds" the number of a subject, and measure it;
# - choose a cell on one half of the data and score it on the other, and say why;
# - read the gates of a trained LSTM at the words that matter;
# - turn a cell round while the network runs, and see who follows;
# - say what such a picture proves, and what it does not.

# %% [markdown]
# ## The question
#
# On the [page with the step](05_walkthrough.ipynb) a small network kept a subject's gender and number, forgot them when a new subject came, and put the number out for the verb. We had *set* its weights by hand. It is a good story, and has been told of LSTMs for years.
#
# **Does a network that nobody has told anything, and that only learns to guess the next word, end up with such cells?**

# %%
import numpy as np
from matplotlib import pyplot as plt

from lstm_course import drawing, studies, units
from lstm_course.cells import lstm
from lstm_course.models.language_model import LanguageModel
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.studies import agreement as study
from lstm_course.studies import character_cells
from lstm_course.studies.agreement import Reading
from lstm_course.tasks import agreement, characters, source
from lstm_course.tasks.agreement import VOCABULARY

style()

# %% [markdown]
# ## The language
#
# We need a language in which number and gender matter, and in which they can be known for certain. So we make one, of 58<!-- words --> words. Here are three texts of it:

# %%
spoken = lambda tokens: " ".join(VOCABULARY[k] for k in tokens)
for tokens in agreement.draw(np.random.default_rng(4), B=3, T=22).tokens.T:
    print(spoken(tokens), "...")
glue(words=len(VOCABULARY))

# %% [markdown]
# A verb agrees with its subject. A pronoun, and a word like *herself*, agree with the last subject in number and, in the singular, in gender. (A word like *herself* is a **reflexive**.) Between a subject and its verb stand up to three other nouns, which we call **attractors**, since they may tempt a reader to agree with them (they have nothing to do with the line attractor of [chapter 4](04_core_idea.ipynb)):
#
# > the king near the **singers** *sings* (and not *sing*)
#
# Nothing else carries over from one sentence to the next, and each noun is as likely as any other. A new sentence begins with a pronoun, or with *the* and a new subject. **Your prediction, please**, before anything is trained: at which *words* must a forget gate close, if a cell is to hold the subject's number?
#
# ## The picture
#
# What we hope to find, in the colours of this page, as the hand-set network of [chapter 5](05_walkthrough.ipynb) would do it. Above: a cell, orange for the singular and violet for the plural, held from one subject to the next. Below: its forget gate, shut at a subject and open elsewhere, and its input gate, open at a subject and shut elsewhere.

# %% tags=["hide-input"]
STORY = "the king near the singers sings . the children sleep . they laugh .".split()
subject = np.isin(np.arange(len(STORY)), (1, 8))
hoped = np.where(np.arange(len(STORY)) < 8, 1.0, -1.0)
hoped[0] = 0
figure(
    drawing.word_strip(
        STORY, hoped, {"f": 1.0 - subject, "i": 1.0 * subject}, "number"
    ),
    alt="A strip of fourteen words in three rows. The upper row, number, is 0.0 at the first word, orange, 1.0, from king to the the that opens the second sentence, and violet, -1.0, from children to the end. "
    "The forget gate f is 1.0 but at king and children, where it is 0.0; the input gate i is 0.0 but there, where it is 1.0.",
    name="fig-cells-hoped",
    caption="Drawn by hand: what a cell for number might do. A guess, not the answer.",
)

# %% [markdown]
# ## The equation
#
# When does a cell *hold* a label? Take many **places**, each a word of some text. Cut the cell's values at a threshold, and see how often the label is told rightly. Two in three subjects are singular, so a cell that always says *singular* would be right at two places in three. Therefore the two kinds count alike:
#
# $$\begin{aligned}
# \text{balanced accuracy} = \tfrac12 \big( & \text{share told of the plural places} \\
# + {} & \text{share told of the singular places} \big)
# \end{aligned}$$
#
# A cell that knows nothing has 0.5. But a network has many cells, and the best of many looks good by luck. So one half of the texts chooses the cell and its threshold, and **the other half scores it**.
#
# ## The code
#
# A language model reads a word and gives the odds of the next: an embedding, an LSTM of 32 cells, a readout. It sees tokens and nothing else; the labels of a text (who was the last subject, how many attractors stood between) are for us. One model, trained here and now. (`Reading` lets a model read a text; its `.right()` gives 1 or 0 wherever a form is asked for, `.find` chooses and scores a cell, `.flipped` turns cells round.)

# %%
live = study.train("LSTM", seeds=(0,), updates=600).pick(0)
right = Reading(live, agreement.draw(np.random.default_rng(10**6), 200, 60)).right()
for question, answers in right.items():
    print(f"{question:17} mostly right: {np.nanmean(answers) > 0.9}")
assert min(np.nanmean(answers) for answers in right.values()) > 0.9

# %% [markdown]
# That is a fifth of a training. A **study** has trained ten models to the end, 3,000<!-- updates --> updates each, and kept them; from here on we look into those, so that you see what we saw.
#
# ## The experiment: does it agree?
#
# Ten LSTMs, and ten plain tanh RNNs with as many units (and so about a quarter of the recurrent weights). The training texts hold at most 3<!-- trained --> attractors. **Your prediction, please:** up to how many attractors will the LSTM still choose the right verb? And the plain RNN? Is it harder to keep a number or a gender?

# %% tags=["hide-input"]
stored, about = studies.load("agreement"), studies.about("agreement")["context"]
KINDS = ("LSTM", "LSTM, no weight decay", "RNN")


def ten(kind, measure):
    """What the ten models of a kind reached, in the order of their seeds."""
    rows = (stored["kind"] == kind) & (stored["measure"] == measure)
    assert rows.sum() == about["seeds"]
    return stored["value"][rows]


fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.4), sharey=True)
for ax, question in zip(
    axes, ("verb", "pronoun number", "pronoun gender"), strict=True
):
    for kind, colour, dash in zip(
        ("LSTM", "RNN"), COLOURS[:2], ("-", "--"), strict=True
    ):
        lines = np.array(
            [ten(kind, f"{question}, {k} attractors") for k in study.ATTRACTORS]
        )
        ax.plot(lines, color=colour, alpha=0.45, lw=1, ls=dash)
        ax.plot(lines.mean(1), color=colour, ls=dash, label=kind)
    ax.set_xticks(range(0, 9, 2))
    ax.axvspan(-0.3, about["trained_attractors"], color="#eeeeee", zorder=0)
    ax.set(title=question, xlabel="attractors", xlim=(-0.3, 8))
axes[0].set_ylabel("share of right answers")
axes[0].legend(loc="lower left")
figure(
    fig,
    alt="Three panels, verb, pronoun number and pronoun gender: share of right answers against attractors, 0 to 8, ten thin lines and their mean for LSTM and RNN. The LSTMs stay above 0.98 throughout, but for one that dips to about 0.95 in gender. "
    "The RNNs sink slowly: their means end at about 0.98 for verbs, 0.99 for the number and 0.92 for the gender of pronouns, single ones at 0.8.",
    name="fig-cells-agreement",
    caption="Ten models of each kind (thin) and their means, on texts in which every subject is followed by the same number of attractors. The grey ground ends at the largest number in training. The vertical axis begins at 0.8.",
)

# %% tags=["hide-input"]
QUESTIONS = ("verb", "pronoun number", "pronoun gender")


def curve(kind, question, first=0):
    """(attractors, seeds)"""
    return np.array(
        [ten(kind, f"{question}, {k} attractors") for k in study.ATTRACTORS[first:]]
    )


pooled = {
    kind: np.min([curve(kind, q).mean(0) for q in QUESTIONS], 0) for kind in KINDS
}
every = {kind: np.min([curve(kind, q).min(0) for q in QUESTIONS], 0) for kind in KINDS}
good = {kind: int((x >= 0.99).sum()) for kind, x in pooled.items()}
always = {kind: int((x >= 0.99).sum()) for kind, x in every.items()}
free = "LSTM, no weight decay"
tempted = {
    kind: curve(kind, "tempted verb", first=1)[-1].mean() for kind in ("LSTM", "RNN")
}
crossing = {kind: curve(kind, "first pronoun gender")[8] for kind in ("LSTM", "RNN")}
glue(updates=f"{about['updates']:,}", trained=about["trained_attractors"])
glue(good_lstm=good["LSTM"], good_free=good[free], good_rnn=good["RNN"])
glue(always_lstm=always["LSTM"], always_free=always[free])
glue(tempted_lstm=f"{tempted['LSTM']:.3f}", tempted_rnn=f"{tempted['RNN']:.3f}")
glue(
    cross_lstm=f"{crossing['LSTM'].mean():.2f}",
    cross_rnn=f"{crossing['RNN'].mean():.2f}",
)
assert good["LSTM"] >= 9
assert good["RNN"] <= 2
assert tempted["LSTM"] > 0.99
assert tempted["RNN"] > 0.95, "the plain RNN nearly keeps up"
assert crossing["RNN"].mean() < crossing["LSTM"].mean() - 0.1

# %% [markdown]
# *Verbs:* with 8 attractors, the last of them of the other number, the LSTMs are right in a share of 0.996<!-- tempted_lstm -->, the RNNs in 0.982<!-- tempted_rnn -->. The training had shown at most three. So whoever says that a task like this cannot be done without gates is wrong.
#
# *Pronouns* need a closer look. Their number need not cross anything: the verb of the sentence before shows it. Gender must cross, to a word like *herself* in the subject's own sentence, and to the first pronoun after it (unless such a word has just shown it). At first pronouns, with 8 attractors, the LSTMs reach 0.99<!-- cross_lstm -->, the RNNs 0.86<!-- cross_rnn -->. **Gender is where the plain RNN loses the thread.**
#
# All together: 9<!-- good_lstm --> of ten LSTMs are right in at least 99 % of verbs, pronoun numbers and pronoun genders alike, averaged over 0 to 8 attractors; and 9<!-- always_lstm --> of ten are so at every single number of attractors. Of the RNNs it is 2<!-- good_rnn --> of ten.
#
# (A note for the exact. These LSTMs were trained with *weight decay*, a pull of all weights towards zero; how strong was settled on a forerunner of this language. We shall see what it does to cells. Without it 10<!-- good_free --> of ten reach the 99 % on average, and 9<!-- always_free --> at every number of attractors.)
#
# ## The experiment: which cell holds the number?
#
# We let the first of the ten LSTMs read 300 new texts, and look for the cell whose value tells singular from plural. **Your prediction, please:** the network has 32 cells. How well will the best of them do? How well would the best do if number and cells had nothing to do with each other? (To see that, `units.permuted` gives each text the labels of another, 20 times, and takes the best cell each time; `units.by_symbol` tells the label from the last word alone.)

# %%
model = studies.model("agreement_lstm").pick(0)
reading = Reading(model, agreement.draw(np.random.default_rng(10**6 + 1), 300, 60))
number, gender = reading.find("number"), reading.find("gender")
for name, unit in (("number", number), ("gender", gender)):
    print(
        f"{name}: cell {unit.index}, {unit.chosen:.2f} where chosen, {unit.held_out:.2f} held out"
    )

plural, among = reading.labels("number")
rng = np.random.default_rng(0)
chance = units.permuted(reading.values, plural, among, rng=rng, draws=20)
chosen, held_out = chance.max(0)
print(f"labels exchanged between texts: at most {chosen:.2f}, held out {held_out:.2f}")
alone = units.by_symbol(reading.text.tokens, plural, among)
print(f"from the word just read and nothing else: {alone:.2f}")
assert number.index != gender.index
assert number.held_out > 0.95
assert chosen < 0.6
assert 0.65 < alone < 0.75

# %% tags=["hide-input"]
says_plural = (reading.values[..., number.index] > number.at) == number.above
tempting = (agreement.last_noun(reading.text) == 2) != plural
scored = among & tempting & (np.arange(300) % 2 == 1)
crossed = units.balanced_accuracy(says_plural[scored], plural[scored])
beginner = LanguageModel(
    lstm, len(VOCABULARY), 32, 16, rng=np.random.default_rng(0), forget_bias=1.0
)
untrained = units.linear(Reading(beginner, reading.text).values, plural, among)
glue(luck=f"{chosen:.2f}", crossed=f"{crossed:.2f}", word_number=f"{alone:.2f}")
glue(untrained=f"{untrained:.1f}")
assert crossed > 0.9
assert 0.75 < untrained < 0.88

# %% [markdown]
# One cell of 32 tells the number of the last subject at nearly every place, also where the last noun has the other number (0.94<!-- crossed -->). The word just read tells 0.71<!-- word_number --> by itself. With the labels exchanged, the best of 32 cells has 0.55<!-- luck --> where it is chosen: luck is small here, since there are 300 texts with several subjects each. Was it luck of another kind, the seed? Here are all ten, and the two other kinds of network:

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
for ax, of in zip(axes, ("number", "gender"), strict=True):
    for k, (kind, colour, mark) in enumerate(
        zip(KINDS, COLOURS[:3], "osv", strict=True)
    ):
        best, everything = (
            np.sort(ten(kind, f"{of}{what}"))
            for what in (" unit, held out", ", all units")
        )
        across = k + np.linspace(-0.3, 0.3, len(best))
        ax.plot(across, best, mark, color=colour, ls="", ms=6)
        ax.plot(across, everything, "_", color="black", ms=7)
    ax.axhline(ten("LSTM", f"{of}, the word alone").mean(), color="black", lw=1, ls=":")
    ax.set_xticks(range(3), ["LSTM", "LSTM,\nno decay", "RNN"])
    ax.set(title=of, ylim=(0.5, 1.02))
axes[0].set_ylabel("balanced accuracy, held out")
figure(
    fig,
    alt="Two panels, number and gender, each with three groups of ten marks: balanced accuracy of the best cell. LSTM, number: two at 0.80 and 0.86, eight from 0.96 to 1; gender: 0.84 to 1. LSTM without decay: somewhat lower, from 0.77 to 0.99. "
    "RNN: number from 0.75 to 0.96, gender from 0.67 to 0.82. Black dashes, all cells together: above 0.9 everywhere. A dotted line, the word alone, at 0.70 for number and 0.61 for gender.",
    name="fig-cells-units",
    caption="The best cell of each network (marks; for the RNN the best unit of h), and all of them together (black dashes: a weighted sum with a cut, fitted by least squares on the one half), sorted. Dotted: what the word just read tells by itself. Chance is 0.5.",
)

# %% tags=["hide-input"]
best = {
    (kind, of): ten(kind, f"{of} unit, held out")
    for kind in KINDS
    for of in ("number", "gender")
}
crisp = {key: int((values >= 0.95).sum()) for key, values in best.items()}
glue(crisp_number=crisp["LSTM", "number"], crisp_gender=crisp["LSTM", "gender"])
glue(crisp_free=crisp[free, "number"], crisp_free_gender=crisp[free, "gender"])
glue(crisp_rnn=crisp["RNN", "number"])
glue(word_gender=f"{ten('RNN', 'gender, the word alone').mean():.2f}")
glue(least_number=f"{best['LSTM', 'number'].min():.2f}")
glue(
    rnn_low=f"{best['RNN', 'gender'].min():.2f}",
    rnn_high=f"{best['RNN', 'gender'].max():.2f}",
)
second = np.array([ten("LSTM", f"{of}, second unit") for of in ("number", "gender")])
glue(second_low=f"{second.min():.2f}", second_high=f"{second.max():.2f}")
together = np.array(
    [ten(kind, f"{of}, all units") for kind in KINDS for of in ("number", "gender")]
)
assert crisp["LSTM", "number"] >= 8
assert crisp["RNN", "number"] < 4
for of in ("number", "gender"):
    assert np.median(best["LSTM", of]) > np.median(best["RNN", of]) + 0.1
assert together.min() > 0.9
assert second.max() > 0.9

# %% [markdown]
# In 8<!-- crisp_number --> of ten LSTMs one cell tells the number with 0.95 and more, in 7<!-- crisp_gender --> the gender; the worst of the ten has 0.80<!-- least_number -->. Without weight decay it is 4<!-- crisp_free --> for the number and 7<!-- crisp_free_gender --> for the gender. In the plain RNN it is 1<!-- crisp_rnn --> of ten, and its best units for gender reach only 0.67<!-- rnn_low --> to 0.82<!-- rnn_high -->, where the word alone tells 0.61<!-- word_gender -->.
#
# Weight decay seems to make number cells tidier, but with ten of each it may be chance.
#
# Yet in all of them, the RNNs included, *all* units together tell number and gender with more than 0.9 (the black dashes). Mind that an untrained LSTM reaches about 0.8<!-- untrained --> in this way: like an echo, it still holds the last words. The rest has been learned, in every network; what differs is whether it sits in one place.
#
# ## The experiment: the story of the gates, measured
#
# Now the gates. This is the number cell of the first network while it reads the story from above:

# %% tags=["hide-input"]
told = Reading(model, agreement.read(STORY))
of_cell = lambda values: values[:, 0, number.index]
gates = {k: of_cell(getattr(told.trace.gates, k)) for k in "fio"}
sign = 1 if number.r < 0 else -1  # orange for the singular
figure(
    drawing.word_strip(STORY, sign * of_cell(told.values - number.at), gates, "number"),
    alt="A strip of fourteen words in four rows. Number is -0.1 at the first word and orange from king to the the that opens the second sentence, rising to 1.1, with a dip to 0.0 at the attractor singers; from children on it is violet, falling from -1.2 to -2.8. The forget gate is at 0.3 at the "
    "first word, between 0.7 and 0.9 through the first sentence, at 0.1 and 0.2 at the words the children, and between 0.5 and 0.9 afterwards. Input and output gate are between 0.7 and 1.0 everywhere.",
    name="fig-cells-strip",
    caption="The number cell of a trained network, less its cut (above: singular, below: plural), and its forget, input and output gate.",
)

# %% tags=["hide-input"]
held, f = sign * of_cell(told.values - number.at), gates["f"]
assert (held[[1, 2, 3, 5, 6]] > 0.2).all(), "singular from the subject on"
assert abs(held[4]) < 0.3, "a dip to the cut at the attractor"
assert sign * of_cell(told.trace.gates.g)[4] < 0, "written against the number"
assert held[7] > 0.2, "a new subject is taken to be singular"
assert (held[8:] < -1).all(), "plural"
assert f[7] < 0.2, "the second the"
assert f[2:7].min() > 0.6
assert np.median(gates["i"]) > 0.9
glue(f_the=f"{f[7]:.2f}")

noun = reading.at("subject")
open_at = reading.trace.gates.f[..., number.index]
at_singular, at_plural = (open_at[noun & kind].mean() for kind in (~plural, plural))
glue(f_singular=f"{at_singular:.1f}", f_plural=f"{at_plural:.1f}")
assert at_singular > at_plural + 0.3

# %% [markdown]
# Nearly the picture we drew. The cell says singular from the subject on, dips to its cut at the attractor and recovers, and changes sides with the new subject. Three things are different.
#
# - The forget gate closes **at *the***, to 0.13<!-- f_the -->, one word before the noun: it is the first word from which the old number can no longer be asked for.
# - The input gate does not wait for subjects. It stands open nearly always, and the candidate writes at every word; at the attractor it even writes against the number, and what is stored outweighs it.
# - At the opening *the* the cell does not go to zero. It takes the new subject to be singular, as two in three are, until the noun comes.
#
# One sentence is an anecdote. Here is the mean of that gate over 300 texts, in all ten networks:

# %% tags=["hide-input"]
ROLES = ("opening", "subject", "attractor", "verb", "pronoun")
means = {role: ten("LSTM", f"number unit, f at {role}") for role in ROLES}
fig, ax = plt.subplots(figsize=(7.2, 3.2))
for k, values in enumerate(means.values()):
    across = k + np.linspace(-0.25, 0.25, len(values))
    ax.plot(across, values, "o", color=COLOURS[0], ls="")
    ax.plot([k - 0.3, k + 0.3], [np.median(values)] * 2, color="black", ls="-")
ax.set_xticks(
    range(5), ["the, opening", "the subject", "an attractor", "the verb", "a pronoun"]
)
ax.set(ylabel="forget gate, mean", ylim=(0, 1))
figure(
    fig,
    alt="Ten points and their median at each of five kinds of words. At the opening the: nine points between 0.04 and 0.15, one at 0.67. At the subject: 0.38 to 0.95, median 0.55. At attractors: 0.73 to 0.95. At the verb: 0.40 to 0.96, median 0.90. At pronouns: 0.2 to 0.53.",
    name="fig-cells-gates",
    caption="Forget gate of the number cell at five kinds of words, in ten networks (in the order of their seeds), and the median.",
)

# %% tags=["hide-input"]
shut = int((means["opening"] < 0.3).sum())
kept = int((means["attractor"] > 0.6).sum())
by_gender = {
    role: ten("LSTM", f"gender unit, f at {role}") for role in ("opening", "attractor")
}
inner = ten("LSTM", "number unit, f at inner the")
texts = agreement.draw(np.random.default_rng(10**6 + 2), 100, 60)
lstms, cell_of = studies.model("agreement_lstm"), ten("LSTM", "number unit").astype(int)
readings = [Reading(lstms.pick(n), texts) for n in range(10)]
writes = {
    role: np.array(
        [
            reader.trace.gates.i[..., k][reader.at(role)].mean()
            for reader, k in zip(readings, cell_of, strict=True)
        ]
    )
    for role in ("opening", "attractor")
}
glue(shut=shut, kept=kept, attractor_low=f"{means['attractor'].min():.2f}")
glue(
    odd_one=f"{means['opening'].max():.2f}", subject_low=f"{means['subject'].min():.2f}"
)
glue(
    shut_gender=int((by_gender["opening"] < 0.3).sum()),
    kept_gender=int((by_gender["attractor"] > 0.6).sum()),
)
glue(write_attractor=f"{writes['attractor'].min():.2f}")
glue(write_opening=f"{writes['opening'].min():.2f}")
assert shut >= 8
assert kept >= 8
assert (means["opening"] < inner).all(), "another the leaves it open"
assert means["subject"].min() > 0.3
assert means["opening"].argmax() == best["LSTM", "number"].argmin()
assert writes["attractor"].min() > 0.85
assert writes["opening"].min() < 0.5
assert np.median(means["pronoun"]) < np.median(means["verb"]) - 0.3

# %% [markdown]
# In 9<!-- shut --> of ten networks the gate is below 0.3 at the opening *the*, and in 10<!-- kept --> of ten above 0.6 at attractors (at least 0.73<!-- attractor_low -->). The odd one, at 0.67<!-- odd_one -->, has the least crisp number cell of all. At the noun itself no mean is below 0.3 (at least 0.38<!-- subject_low -->). In the first network it is 0.7<!-- f_singular --> at singular nouns and 0.3<!-- f_plural --> at plural ones, where the guess *singular* has to go. The gender cells do the same as those for number
# in 8<!-- shut_gender --> and 10<!-- kept_gender --> of ten.
#
# **So the part of the story about forgetting is true of nine of these networks, one word early.** The part about the input gate is not: at attractors, where it should be shut, its mean is at least 0.92<!-- write_attractor -->. (At other words it half closes in some networks; at the opening *the* it is 0.36<!-- write_opening --> in one.) And at a pronoun the forget gate is half shut, of which the story knows nothing. Nothing is lost there: the pronoun itself shows the number, which can be written anew.
#
# ## The experiment: turn the cell round
#
# So far we have only watched. A cell may *show* the number and yet not be what the network *uses*. To find out, we take hold of it: while the network reads, we write into the one cell, after every word, the mean that it has where the subject has the other number, and compute *h* anew from it. We write into no other cell; they go on from what they now see. **Your prediction, please:** what will the next verb be, what the next pronoun, and what the gender of *he* and *she*?

# %%
flipped = reading.flipped("number", [number.index])
far = reading.text.attractors[:-1] > 0  # the last word asks for nothing
verbs = {"verb right behind its noun": ~far, "verb behind an attractor": far}
shares = {name: flipped["verb"][which] for name, which in verbs.items()} | flipped
del shares["verb"]
rows = [(name, f"{np.nanmean(answers):.2f}") for name, answers in shares.items()]
table(("asked for", "right answers while the cell is turned"), rows)

# %% tags=["hide-input"]
near_verb, far_verb = (
    ten("LSTM", f"1 number flipped, {w} verb") for w in ("near", "far")
)
pronoun = {
    many: ten("LSTM", f"{many} number flipped, pronoun number") for many in (1, 2)
}
she = {many: ten("LSTM", f"{many} gender flipped, pronoun gender") for many in (1, 2)}
other = ten("LSTM", "1 number flipped, pronoun gender")
zeroed = ten("LSTM", "number zeroed, far verb")
crisp_ten = best["LSTM", "number"] >= 0.95
obeys = (far_verb < 0.3) & (pronoun[1] < 0.3)
joint = crisp_ten & (means["opening"] < 0.3) & (means["attractor"] > 0.6) & obeys
glue(far=int((far_verb < 0.3).sum()), pronoun_one=int((pronoun[1] < 0.3).sum()))
glue(she_one=int((she[1] < 0.3).sum()), she_two=int((she[2] < 0.3).sum()))
glue(near=int((near_verb > 0.9).sum()), near_low=f"{near_verb.min():.2f}")
glue(
    other_median=f"{np.median(other):.2f}",
    zeroed=f"{np.median(zeroed):.2f}",
    joint=int(joint.sum()),
)
glue(idle=f"{best['LSTM', 'number'][1]:.2f}", idle_f=f"{means['opening'][1]:.2f}")
glue(idle_pronoun=f"{pronoun[1][1]:.2f}")
glue(ninth=f"{best['LSTM', 'number'][8]:.2f}", ninth_far=f"{far_verb[8]:.2f}")
reflexive = np.median(ten("LSTM", "1 number flipped, reflexive number"))
glue(reflexive=f"{reflexive:.2f}")
assert not crisp_ten[[1, 8]].any()
assert pronoun[1][1] < 0.8
assert far_verb[8] < 0.3
assert np.nanmean(flipped["verb"][~far]) > 0.9
assert np.nanmean(flipped["verb"][far]) < 0.1
assert min((pronoun[k] < 0.3).sum() for k in (1, 2)) >= 8
assert (she[2] < 0.3).sum() >= 8
assert (near_verb > 0.9).sum() >= 9
assert 0.6 < reflexive < 0.85
assert 0.5 < np.median(zeroed) < 0.8
assert joint.sum() >= 8
assert far_verb[1] > 0.99, "the second network does not use its cell"

# %% [markdown]
# Turn the one cell, and behind an attractor nearly every verb is wrong: the network says *sing* of a king. In 9<!-- far --> of ten networks more than 70 % of such verbs are. The numbers of pronouns follow in 8<!-- pronoun_one --> of ten. The gender of *he* and *she* mostly stays (median 0.94<!-- other_median -->): that is another cell. Turn the best cell for *gender*, and *he* becomes *she* in 9<!-- she_one --> of ten networks;
# with the second-best turned as well, in 10<!-- she_two -->. Of the reflexives' numbers 0.71<!-- reflexive --> stay right (median; the verb just read shows the number too).
#
# But look at the first line of the table. **A verb right behind its noun hardly cares**: in 9<!-- near --> of ten networks at least nine in ten stay right (the least obedient has 0.77<!-- near_low -->). The number cell is needed *across* something. A large network trained on real text was found to do likewise: two cells for the long distance, and a mechanism spread over many for the short one {cite:p}`lakretz2019`.
#
# Why not set the cell to zero, as is often done? Then, both numbers counted alike, 0.63<!-- zeroed --> of far verbs remain right (median of ten), a little more than by guessing. So the network misses its cell; but only the turned cell shows what it *says*.
#
# ## What the picture does not tell
#
# **Correlation is not use.** In 8<!-- joint --> of ten networks everything fits: a crisp cell, a gate that forgets at *the* and stays open at attractors, verbs and pronouns that follow. Now the two others. In the second network the best number cell tells the number with 0.86<!-- idle -->, and its forget gate falls to 0.15<!-- idle_f --> at *the*: a fine picture. Turn it, and *every* verb behind an attractor stays right; of the pronouns' numbers a third go wrong (0.67<!-- idle_pronoun --> right). In the ninth the best cell has 0.80<!-- ninth -->, and its gate does not shut, yet its far verbs follow (0.18<!-- ninth_far --> right). The score and the picture did not tell what a cell is used for. Turning it did.
#
# **A cell is not the only place.** All cells together tell number and gender in every network, also in those without a crisp cell, also in the RNNs. The second-best cell tells it with 0.66<!-- second_low --> to 0.94<!-- second_high -->: partly a copy, partly what the last word gives away. We think that one cell can be special because gates work on each cell by itself, and because of weight decay; we have not tested it.
#
# **It is a small, clean language.** Its nouns have no meaning. On real English, LSTMs that were trained to tell the number make few errors, more where order and structure disagree, and many more when they were trained only to guess the next word {cite:p}`linzen2016`.
#
# ## The experiment: cells of a character model
#
# Our language was made for the purpose; Python was not. A larger sister of the model of [chapter 1](01_rnn.ipynb), an LSTM of 256<!-- cells --> cells, has read the standard library for 12,000<!-- char_updates --> updates, and reaches 1.72<!-- char_bits --> bits per character on modules that it has not seen (another study; this model too is kept). What is true of those modules at each character, we know from Python's own tokenizer. The first of the unseen modules chooses each cell; the four others score it.
#
# Six questions. *In code* leaves out comments and strings in triple quotes; the truth is what holds after the character has been read. **Your prediction, please:** for which of them will there be a cell: a string is open; a comment goes on; one of the two; a bracket is open; the line is indented by eight or more; the line is already longer than 40 characters?

# %%
reader = studies.model("character_cells")
tokens, questions = character_cells.pieces()
c = character_cells.values(reader, tokens)

# %% tags=["nbval-ignore-output"]
cells, rows = {}, []
for name, (label, among) in questions.items():
    unit = cells[name] = units.find(c, label, among)
    others = (np.median(unit.each), units.by_symbol(tokens, label, among))
    scores = (unit.held_out, *others, units.linear(c, label, among))
    rows.append((name, unit.index, *(f"{x:.2f}" for x in scores)))
table(
    ("label", "cell", "held out", "median cell", "character alone", "all cells"), rows
)

# %% tags=["hide-input"]
char_study = studies.load("character_cells")
glue(cells=reader.recurrent.hidden_size, char_bits=f"{char_study['bits'][-1]:.2f}")
glue(char_updates=f"{int(char_study['updates'][-1]):,}")
clear = [name for name, unit in cells.items() if unit.held_out >= 0.9]
assert clear == list(questions)[:5]
median, alone, together = np.array([row[3:] for row in rows], float).T
glue(char_alone=f"{alone.max():.2f}", column_all=f"{together[-1]:.2f}")
assert median.max() < 0.62
assert alone.max() < 0.7
assert together[-1] > 0.85, "all cells together tell the length of the line"
assert cells["beyond column 40"].held_out < 0.85
text_cell = cells["a string or comment is open"]
assert {cells[name].index for name in list(questions)[:3]} == {text_cell.index}

# %% [markdown]
# (The table is from Python 3.11; other versions have slightly other modules. *Median cell*: half of the cells do worse, each with its best cut. *Character alone*: what the last character tells. *All cells*: least squares, as above, which looks for a good sum and can come out below the best cell.)
#
# **Five of the six questions are answered with 0.9 and more, by three cells**, on modules that did not choose them; the median cell has 0.6 and less, the character alone at most 0.65<!-- char_alone -->. The length of the line has no such cell: all cells together tell it with 0.91<!-- column_all -->, no single one. Karpathy and others, who in 2015 looked into character models, report cells that keep track of line lengths, quotes and brackets {cite:p}`karpathy2015visualizing`.
#
# Look at the numbers of the cells. The one for strings is also the one for comments: it tells **text from code**. Here are the three on a piece of a module that the model has never seen, which we picked since it has a bit of everything. The ground is the distance of the cell from its cut (its tanh): yellow where the cell says yes, blue where it says no, grey where it is close to the cut.

# %% tags=["hide-input"]
modules, truth = source.joined(characters.HELD_OUT)
start = modules.index("    def do_help(")
end = modules.index("__doc__\n", start) + 8
before = characters.encode(modules[start - 500 : end])  # with something to read first
seen = character_cells.values(reader, before[:, None])[500:, 0]


def says(name):
    """How far the cell of a question is on the side of yes, along the piece."""
    unit = cells[name]
    return np.tanh((seen[:, unit.index] - unit.at) * (1 if unit.above else -1))


strip = lambda name: drawing.source_strip(modules[start:end], says(name), -1, 1)
figure(
    strip("a string or comment is open"),
    alt="Nine lines of source text on coloured ground. The line with a long string and the comment are yellow from their first mark to the last, also between the double quotes inside the string; nearly all code is blue. The short strings 'help_' and 'do_', and what follows them up to the end of the brackets, are grey.",
    name="fig-cells-text",
    caption="The cell for text: is a string or comment open? Yellow: yes; blue: no; grey: close to the cut.",
)

# %% tags=["hide-input"]
figure(
    strip("a bracket is open, in code"),
    alt="The same nine lines. The three pairs of brackets in code are yellow from the opening to the closing bracket, the strings inside them too, the first pair up to the colon behind it; nearly everything else is blue. Grey: the end of the long string, the end of the word AttributeError, and the name behind the last bracket.",
    name="fig-cells-bracket",
    caption="The cell for brackets: is one open? Yellow: yes; blue: no; grey: close to the cut.",
)

# %% tags=["hide-input"]
figure(
    strip("indented by 8 or more"),
    alt="The same nine lines. The first line, indented by four, is blue and grey; the others are yellow, brighter the further a line is indented, and in the spaces in front of a line the ground brightens from left to right.",
    name="fig-cells-indent",
    caption="The cell for indentation: is it eight or more? Yellow: yes; blue: no; grey: close to the cut.",
)

# %% tags=["hide-input"]
is_text = (truth.string | truth.comment)[start:end]
asked = {
    "a string or comment is open": (is_text, np.isfinite(is_text)),
    "a bracket is open, in code": (truth.depth[start:end] > 0, ~is_text),
    "indented by 8 or more": (
        truth.indent[start:end] >= 8,
        truth.indent[start:end] >= 0,
    ),
}
for name, (answer, among) in asked.items():
    assert units.balanced_accuracy(says(name)[among] > 0, answer[among]) > 0.9, name

# %% [markdown]
# The cell for text is sure of the long string and of the comment; at the short strings it stays close to its cut. The cell for brackets closes late, and errs at the end of *AttributeError*. The cell for indentation grows with the depth rather than saying yes or no.
#
# Mind that here we have only watched. We have not turned these cells, so we do not know what the network uses them for.

# %% [markdown]
# ## The experiment: when do they come?
#
# That network has read for half an hour. Here is a smaller one, of 64 cells, which reads for some seconds. **Your prediction, please:** which of the six questions will one of its cells answer?

# %% tags=["nbval-ignore-output"]
small = character_cells.train(seed=0, hidden=64, updates=200, progress=True)
c_small = character_cells.values(small, tokens)
early = {name: units.find(c_small, *asked) for name, asked in questions.items()}
rows = [(name, unit.index, f"{unit.held_out:.2f}") for name, unit in early.items()]
table(("label", "cell", "held out"), rows)

# %%
answered = [name for name, unit in early.items() if unit.held_out >= 0.9]
print("questions answered with 0.9 and more:", len(answered))

# %% [markdown]
# None. Is it too small, or has it read too little? A study has trained ten such networks for 6,400<!-- grown_updates --> updates each, on the same text, from ten random starts, and looked into them every 200<!-- grown_every --> updates. **Your prediction, please:** do the cells get better little by little, or do they come all at once? And in all ten?

# %% tags=["hide-input"]
grown, size = studies.load("growing_cells"), studies.about("growing_cells")["context"]
moments = np.unique(grown["updates"])


def course(measure):
    """(moments, seeds)"""
    rows = grown["measure"] == measure
    return grown["value"][rows].reshape(10, -1).T


fig, axes = plt.subplots(2, 3, figsize=(7.2, 5), sharex=True, sharey=True)
for ax, name in zip(axes.flat, questions, strict=True):
    ax.plot(moments, course(name), color=COLOURS[0], alpha=0.45, lw=1, ls="-")
    ax.plot(moments, course(name).mean(1), color=COLOURS[0], ls="-", label="best cell")
    together = course(f"all: {name}").mean(1)
    ax.plot(moments, together, color=COLOURS[1], ls="--", label="all cells")
    ax.set(ylim=(0.45, 1), xticks=(0, 3000, 6000))
    ax.set_title(name.replace(", ", ",\n"), fontsize=10)
for ax in axes[1]:
    ax.set_xlabel("updates")
for ax in axes[:, 0]:
    ax.set_ylabel("balanced accuracy")
axes[0, 0].legend(loc="lower right")
figure(
    fig,
    alt="Six panels, one for each question: balanced accuracy against updates, 0 to 6,400. Untrained, the best cells lie between 0.5 and 0.73. For strings, comments and both they rise at once and then slowly, to between 0.77 and 0.94. For brackets they rise steeply from the first updates and end between 0.83 and 0.95. "
    "For indentation they stay near 0.6 for some 800 updates; then most climb steeply to 0.9 and above, one stays at 0.64 and one at 0.49. Beyond column 40 all end between 0.70 and 0.80. The dashed line of all cells begins between 0.63 and 0.81 and ends between 0.82 and 0.94; for indentation most best cells end above it.",
    name="fig-cells-growing",
    caption="Ten networks of 64 cells, from before training on: the best cell of each (thin; it may be another one at each look), their mean, and the mean of what all cells together tell; held out. The vertical axis begins at 0.45.",
)


# %% tags=["hide-input"]
def rise(values):
    """Updates from the last look below 0.75 to the first with 0.9, for those that get there."""
    first = np.argmax(values >= 0.9, axis=0)
    below = [
        np.flatnonzero(v[:k] < 0.75)[-1]
        for v, k in zip(values.T, first, strict=True)
        if k
    ]
    return moments[first[first > 0]] - moments[below]


best_cell = {name: course(name) for name in questions}
string, comment, either, bracket, indent, column = best_cell.values()
reach = {name: int((values[-1] >= 0.9).sum()) for name, values in best_cell.items()}
fast = np.sort(rise(indent))
for_strings, for_comments = (course(f"cell: {name}")[-1] for name in [*questions][:2])
at_start = np.concatenate([course(f"all: {name}")[0] for name in questions])
glue(grown_updates=f"{size['updates']:,}", grown_every=size["every"])
glue(
    grown_bracket=reach["a bracket is open, in code"],
    bracket_rise=f"{int(np.median(rise(bracket))):,}",
)
glue(
    grown_before=f"{indent[moments <= 600].max():.2f}",
    indent_fast=int((fast <= 600).sum()),
)
glue(grown_slow=int((fast > 600).sum()), grown_never=int((indent.max(0) < 0.9).sum()))
glue(
    grown_comment=reach["a comment goes on, strings left out"],
    grown_string=reach["a string is open, in code"],
)
glue(grown_shared=int((for_strings == for_comments).sum()))
glue(start_low=f"{at_start.min():.1f}", start_high=f"{at_start.max():.1f}")
assert max(values[0].max() for values in best_cell.values()) < 0.8, "untrained"
assert len(fast) == 8
assert fast[:6].max() <= 600
assert fast[6:].min() > 1000
assert np.median(rise(bracket)) > 2 * np.median(fast)
assert (
    (bracket[moments == 400] > 0.75).sum() > 5 > (indent[moments == 400] > 0.75).sum()
)
assert indent[moments <= 600].max() < 0.8
assert column.max() < 0.85

# %% [markdown]
# The questions differ. For **brackets** the best cell rises from the first updates on; to get from below 0.75 to 0.9 it takes 1,200<!-- bracket_rise --> updates (median), and 7<!-- grown_bracket --> of ten end there. The cell for **indentation** lets us wait: after 600 updates no network has one (the best has 0.69<!-- grown_before -->). Then, in 6<!-- indent_fast --> of ten, 600 updates or fewer lead from below 0.75 to 0.9. In 2<!-- grown_slow --> it comes slowly, in 2<!-- grown_never --> not at all. For comments 4<!-- grown_comment --> of ten have such a cell in the end, for strings 2<!-- grown_string -->, for the length of the line none. In 4<!-- grown_shared --> of ten the best cell for strings is also the best for comments, as in the large network.
#
# All ten have read the same text in the same order; only their first weights differed. So whether there is such a cell, and when it comes, depends on these as well, and of one network, such as the large one, we cannot tell what another would have.
#
# The dashed line begins high: all cells of an *untrained* network together tell 0.6<!-- start_low --> to 0.8<!-- start_high -->: like an echo, they still hold the last characters. Only what lies above its beginning has been learned.

# %% [markdown]
# ## Read for yourself
#
# This is the first of the ten networks. Type a sentence of the language, see what the number unit and the gender unit say word by word, and hold one of them at another answer (on the website; on paper and in a notebook you see what it says of one text). There is more in [the gate lab](lab_gate.ipynb).

# %% tags=["remove-input"]
from lstm_course import lab

lab.show("sentence")

# %% [markdown]
# ## What surprised us
#
# **The forget gate closes at *the*.** Our hand-set network closed it at the noun.
#
# **The input gate hardly closes.** Our hand-set network had it open at the subject and shut elsewhere; here something is written at nearly every word.
#
# **A verb next to its noun is not fooled.** The number cell is a specialist for distance.
#
# **A cell can come late and fast.** For hundreds of updates there is no sign of a cell for indentation, and a few hundred later most networks have one.
#
# ## Common misconceptions
#
# - *"We found a cell that correlates with number, so the network uses it."* Turn it, and see.
# - *"Setting a cell to zero shows what it says."* It shows whether it is missed.
# - *"The best of 32 cells has 0.8, so it knows something."* With few places the best of many cells has that on noise, on the data that chose it (see the exercise *A number cell in noise*). And what does the word alone tell?
# - *"A plain RNN cannot do this."* Verbs it can, nearly as well; gender it loses with distance.
# - *"Each cell of an LSTM means something."* We have named two of 32, and three of 256.
# - *"This network has a cell for brackets, so LSTMs have one."* Of ten small ones 7<!-- grown_bracket --> had.

# %% [markdown]
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("cells.balance")

# %% tags=["remove-input"]
ask("cells.gate")

# %% tags=["remove-input"]
ask("cells.find")

# %% tags=["remove-input"]
ask("cells.flattery")

# %% tags=["remove-input"]
ask("cells.trap")

# %% [markdown]
# ## Sources
#
# The story of gender and number: {cite:t}`olah2015`. Cells of character models that keep track of line lengths, quotes and brackets: {cite:t}`karpathy2015visualizing`, and before that {cite:t}`karpathy2015`. Agreement in English: {cite:t}`linzen2016`. Number cells in a large LSTM, by taking single cells out: {cite:t}`lakretz2019`.
