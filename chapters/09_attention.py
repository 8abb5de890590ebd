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
# # Attention: letting an RNN look
#
# **After this page you will be able to**
#
# - say what the bottleneck of an encoder and a decoder is, and measure it;
# - work out attention by hand: scores, softmax, context;
# - tell Bahdanau's order from Luong's;
# - say what a mask is for, and what may happen without one;
# - find out whether a network uses what its attention shows.

# %% [markdown]
# ## The question
#
# A network that translates reads a sentence to its end, and only then begins to write. What reads is called the **encoder**, what writes the **decoder**. All that the decoder knows of the sentence is the state in which the encoder stopped: *one vector*, however long the sentence was. Whoever has ever tried to repeat a sentence of forty words knows the trouble.
#
# The article ends by naming a way out, attention: let every step **look** at a larger collection, here at all that was read, and pick what it needs.
#
# **How much gets through one vector, and how much more with a look back? And where does a network look, if nobody has told it?**

# %%
import numpy as np
import torch
from matplotlib import pyplot as plt

from lstm_course import alignment, drawing, studies
from lstm_course.attention import KINDS, attend, padding_mask
from lstm_course.cells import lstm
from lstm_course.drawing.lookup import KEYS, QUERY, VALUES
from lstm_course.models.decoders import Luong
from lstm_course.models.seq2seq import Encoder, Seq2Seq, translation, whole
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.schedules import one_cycle
from lstm_course.studies import bottleneck
from lstm_course.tasks import dates, reversal
from lstm_course.training import fit

style()

# %% [markdown]
# ## The picture

# %% tags=["hide-input"]
figure(
    drawing.bottleneck(),
    alt="Three boxes A in a row read x_1, x_2 and x_3. From the last one a marked line leads through a single circle, h_3, with the words one vector above it, to three boxes B, which read y_0, y_1, y_2 and write y_1, y_2, y_3.",
    name="fig-bottleneck",
    caption="An encoder and a decoder. Everything that the right half knows of the left half passes through one line. ($y_0$ is a sign to begin; drawn with one direction of reading, and without $c$.)",
)

# %% [markdown]
# **Your prediction, please.** The task is to read symbols, each one of 50, and to write them down in reverse order. A symbol carries $\log_2 50 = 5.6$ bits. The vector in the middle has 128 numbers (64 for $h$ and 64 for $c$). How many symbols will get through: five, twenty, or a hundred?
#
# ## The equation
#
# Attention is a look-up in a dictionary that gives a soft answer. A dictionary has **keys**, each with a **value**. You come with a **query**. An ordinary dictionary finds the one key that equals the query. Here every key is compared with the query, which gives a **score**; the scores become weights that add up to 1, and what you receive is the mean of all values, weighted so: the **context**.
#
# $$\begin{aligned}
# e_s &= \text{score}(q, k_s) \\
# \alpha_s &= \frac{\exp e_s}{\sum_r \exp e_r} \\
# \text{context} &= \sum_s \alpha_s v_s
# \end{aligned}$$
#
# Everything in it can be differentiated, so a network can learn what to ask for. In a decoder the query is its state. Keys and values are the same thing: what the encoder said at each symbol ($\bar h_s$ in the pictures). There are several ways to compare; $d$ is the width of query and key:
#
# | kind | score | source |
# |---|---|---|
# | additive | $v \cdot \tanh(q W_q + k_s W_k)$ | {cite:t}`bahdanau2015` |
# | dot | $q \cdot k_s$ | {cite:t}`luong2015` |
# | general | $q\, W \cdot k_s$ | {cite:t}`luong2015` |
# | scaled dot | $q \cdot k_s \,/\, \sqrt{d}$ | {cite:t}`vaswani2017` |
#
# Here is one look-up, with a query and three keys of two numbers each:

# %% tags=["hide-input"]
figure(
    drawing.lookup(),
    alt="The query (2, 1) meets three keys in circles with a dot. Keys (1, 0), (0, 1) and (-1, 2) get the scores 2, 1 and 0; the softmax makes the weights 0.67, 0.24 and 0.09 of them, drawn as bars. The values (8, 0), (0, 6) and (4, 4) are multiplied by them and added: the answer is 5.68, 1.83.",
    name="fig-lookup",
    caption="A soft look-up: the query is compared with three keys by the dot product.",
)

# %% [markdown]
# ## The code
#
# The same in NumPy, and by the package's function:

# %%
q, k, v = (np.array(x, float) for x in (QUERY, KEYS, VALUES))
scores = k @ q
alpha = np.exp(scores) / np.exp(scores).sum()
print("scores ", scores)
print("weights", alpha.round(2))
print("context", (alpha @ v).round(2))

dot = KINDS["dot"]
context, weights = attend(dot, dot.Params(), q[None], k, v)
assert np.allclose(weights[0], alpha)
assert np.allclose(context[0], alpha @ v)

# %% [markdown]
# ### Look first, or step first?
#
# A decoder makes a step and looks. In which order? {cite:t}`bahdanau2015` look **first**, with the state $h_{t-1}$ of the step before, and give the context to the cell. {cite:t}`luong2015` step first, look with the new state $h_t$, and put the context beside it into what is said. With what they call *input feeding*, an addition of theirs that we always use, what was said goes into the next step, so that the cell learns of it as well.

# %% tags=["hide-input"]
figure(
    drawing.bahdanau_step(),
    alt="One step of a decoder. The four states of the encoder go to a box, score, and to four products. Marked: the query for the score is h_{t-1}, the state before the step. The scores go through softmax to four weights, drawn as bars, which multiply the four states; the sum is the context. Marked: the context goes into the cell B, together with y_{t-1}. With the new h_t it also goes through tanh and a linear layer to y_t.",
    name="fig-bahdanau",
    caption="Bahdanau's order: score with the state before; the cell reads the context. (What is said of it is ours; theirs is read out otherwise.) In colour, where the two orders differ.",
)
figure(
    drawing.luong_step(),
    alt="The same step in the other order. Marked: the query is h_t, the state after the step. The context goes with h_t through tanh; what comes out, said_t, goes through a linear layer to y_t and, marked, on to the next step, where it is read together with the next symbol.",
    name="fig-luong",
    caption="Luong's order: score with the new state; the context goes to what is said, and with it into the next step.",
)

# %% [markdown]
# ## The experiment: how much gets through?
#
# The study `bottleneck` trained an encoder of 2 times 32<!-- hidden --> LSTM units, which reads in both directions (one LSTM from the left, one from the right; what they say of a symbol is laid side by side, 64 numbers, and so are their last states, with which the decoder starts), and a decoder of 64 on **reversal**, with sequences of 5<!-- shortest --> to 40<!-- longest --> symbols: without attention and with each of the four kinds. All had 1,000<!-- updates --> updates on batches of 64<!-- batch --> sequences, the same learning rate, ten seeds. (Additive attention in Bahdanau's order, the others in Luong's; so the first differs from the rest in two things, not one. The learning rate, 0.005<!-- rate -->, was not tuned for each kind. All sequences of a batch had one length, so there was no padding. The networks with attention start from the vector as well.) Two rivals without attention were added, so that nobody can say they had too little: one with 2.5 times the width, and one with 3,000<!-- longer --> updates, which takes about as much computing time as additive attention.
#
# In training the decoder reads the right symbols so far, whatever it would have written (**teacher forcing**). Then each network writes by itself. 100<!-- tested --> new sequences of each length; one counts if it is right from the first symbol to the end:

# %% tags=["hide-input"]
stored = studies.load("bottleneck")
about = studies.about("bottleneck")
terms = about["context"]
UNITS = [tuple(unit) for unit in about["units"]]


def found(name, updates, length, column="whole"):
    # What the ten seeds reached.
    mine = (stored["model"] == name) & (stored["updates"] == updates)
    mine &= stored["length"] == length
    assert mine.sum() == 10
    return stored[column][mine].astype(float)


LOOKS = {
    "none": (COLOURS[1], "o", "--"), "none, wider": (COLOURS[3], "v", ":"),
    "dot": (COLOURS[0], "s", "-"), "scaled dot": (COLOURS[0], "^", "-."),
    "general": (COLOURS[2], "D", "-"), "additive": (COLOURS[2], "x", "--"),
}  # fmt: skip
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.9), sharey=True)
for ax, column, title in zip(
    axes, ("whole", "symbols"), ("whole sequences", "symbols"), strict=True
):
    for name, updates in UNITS:
        colour, mark, dash = LOOKS[name]
        more = updates != bottleneck.UPDATES
        means, spans = [], []
        for length in bottleneck.LENGTHS:
            values = found(name, updates, length, column)
            means.append(values.mean())
            spans.append((values.min(), values.max()))
        label = f"{name}, {updates:,} updates" if more else name
        shade, mark = ("#444444", "*") if more else (colour, mark)
        ax.plot(
            bottleneck.LENGTHS, means, dash, marker=mark, ms=6, color=shade, label=label
        )
        ax.fill_between(
            bottleneck.LENGTHS, *zip(*spans, strict=True), color=shade, alpha=0.1
        )
    ax.axvline(bottleneck.LONGEST, color="#777777", lw=1, ls=":")
    ax.set(title=title, xlabel="length", xticks=[5, 20, 40, 60])
axes[0].set(ylabel="right, share")
fig.legend(
    *axes[0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=3,
    fontsize=10,
)
figure(
    fig,
    alt="Two panels over the length, 5 to 60. Whole sequences: the three lines without attention fall to nearly 0 by 15 to 20, scaled dot by 30. Dot, general and additive stay above 0.95 up to 30; at 40 they are at 0.93, 0.89 and 0.48, at 60 at 0.25, 0.50 and 0. Symbols: the same order, falling more slowly; without attention 0.1 to 0.2 at 30.",
    name="fig-lengths",
    caption="What is right, over the length of the sequence: means of ten seeds, shaded from the lowest to the highest. Right of the dotted line the sequences are longer than any in training.",
)

# %%
seconds = dict(zip(UNITS, about["unit_cpu_seconds"], strict=True))
rows = []
for unit in UNITS:
    at = [found(*unit, length) for length in (10, 15, 30)]
    rows.append(
        [unit[0], f"{unit[1]:,}", f"{seconds[unit] / terms['seeds']:.0f}"]
        + [
            f"{values.mean():.2f} ({values.min():.2f} to {values.max():.2f})"
            for values in at
        ]
    )
table(
    [
        "attention",
        "updates",
        "seconds a network",
        "10 symbols",
        "15 symbols",
        "30 symbols",
    ],
    rows,
)

# %% tags=["remove-input"]
ways = [(name, bottleneck.UPDATES) for name in ("dot", "general", "additive")]
for unit in ways:
    assert found(*unit, 30).min() >= 0.9
assert found("none", 1000, 15).max() <= 0.01
assert terms["wider"] == 2.5 * terms["hidden"]
for unit in (("none, wider", 1000), ("none", 3000)):
    assert 0.85 < seconds[unit] / seconds["additive", 1000] < 1.15
    assert 1.3 < seconds[unit] / seconds["dot", 1000] < 1.7
assert found("none", 3000, 15).max() <= 0.1
assert found("none, wider", 1000, 15).mean() < 0.2
assert found("scaled dot", 1000, 30).mean() < 0.05
glue(
    hidden=terms["hidden"],
    shortest=terms["shortest"],
    longest=terms["longest"],
    updates=f"{terms['updates']:,}",
    longer=f"{terms['longer']:,}",
    batch=terms["batch"],
    rate=f"{terms['rate']:g}",
    tested=terms["test"],
    none_ten=f"{found('none', 1000, 10).mean():.2f}",
    none_fifteen=f"{found('none', 1000, 15).mean():.2f}",
    long_ten=f"{found('none', 3000, 10).mean():.2f}",
    long_fifteen=f"{found('none', 3000, 15).mean():.2f}",
    wide_ten=f"{found('none, wider', 1000, 10).mean():.2f}",
    wide_fifteen=f"{found('none, wider', 1000, 15).mean():.2f}",
    least_thirty=f"{min(found(*unit, 30).min() for unit in ways):.2f}",
    scaled_ten=f"{found('scaled dot', 1000, 10).mean():.2f}",
    scaled_pointing=f"{found('scaled dot', 1000, 20, 'pointing').mean():.2f}",
    scaled_mass=f"{found('scaled dot', 1000, 20, 'mass').mean():.2f}",
    none_five=f"{found('none', 1000, 5).mean():.2f}",
    dot_forty=f"{found('dot', 1000, 40).mean():.2f}",
    general_forty=f"{found('general', 1000, 40).mean():.2f}",
    additive_forty=f"{found('additive', 1000, 40).mean():.2f}",
    scaled_thirty=f"{found('scaled dot', 1000, 30).mean():.2f}",
    dot_sixty=f"{found('dot', 1000, 60).mean():.2f}",
    general_sixty=f"{found('general', 1000, 60).mean():.2f}",
    additive_sixty=f"{found('additive', 1000, 60).mean():.2f}",
)


# %% [markdown]
# **Without attention** 0.10<!-- none_ten --> of the sequences of ten symbols are right, and 0.00<!-- none_fifteen --> of those of fifteen. Three times as many updates make it 0.67<!-- long_ten --> and 0.05<!-- long_fifteen -->, two and a half times the width 0.78<!-- wide_ten --> and 0.15<!-- wide_fifteen -->; both take about as much computing time as additive attention, and about half as much again as the dot product. Ten symbols are 56 bits, and the same 128 numbers carry them in 0.67<!-- long_ten --> of the cases after three times the updates; so at ten it is learning that is slow, not room that is lacking. For longer sequences this study cannot tell the two apart. Of the three numbers of the prediction, five is the nearest: 0.87<!-- none_five --> of the sequences of five are right.
#
# **With** dot, general or additive attention, sequences of 30 are right in at least 0.90<!-- least_thirty --> of the cases, in each of the ten seeds. At 40, the longest in training, it is 0.93<!-- dot_forty -->, 0.89<!-- general_forty --> and 0.48<!-- additive_forty -->; at 60, beyond everything seen in training, 0.25<!-- dot_sixty -->, 0.50<!-- general_sixty --> and 0.00<!-- additive_sixty -->. Whether the additive score or Bahdanau's order is to blame for the last we cannot say: they come together here.
#
# **And the scaled dot?** 0.01<!-- scaled_thirty --> at 30, and 0.68<!-- scaled_ten --> at ten. It does learn where to look: at length 20, as a table below shows, the right place has the most attention in 0.63<!-- scaled_pointing --> of the steps, where blind choice would give 0.05. But only 0.20<!-- scaled_mass --> of the weight lies there, so the context is a mixture of many symbols. A likely reason: the states of an LSTM lie between −1 and 1, so a score is at most 64 in size, divided by $\sqrt{64} = 8$ at most 8, and far less unless most of the 64 numbers are close to ±1. To make sharp weights, the network must first make the states large. We have not tried whether more updates or a larger learning rate would mend it.

# %% [markdown]
# ## Where does it look?
#
# Nobody told the decoder where a symbol stands. The only thing that was ever marked right or wrong is what it wrote. Yet for each step we have its weights $\alpha$: a matrix, with a row for each symbol written and a column for each symbol read. We train one network, on shorter sequences:


# %% tags=["nbval-ignore-output"]
def given(pairs):
    # What a network is given to read, and what it should write.
    return tuple(map(torch.from_numpy, pairs[:3]))


def train(model, draw, steps):
    # Adam, one learning rate for all, batches of 64.
    def batches(step):
        return given(draw(np.random.default_rng([1, step]), 64))

    fit(model, translation, batches, steps=steps, lr=5e-3, schedule=one_cycle(steps))
    return model


def short(rng, B):
    return reversal.batch(rng, B, 5, 12)


torch.set_num_threads(1)
reverser = train(bottleneck.build("dot", None, np.random.default_rng(0)), short, 350)


# %%
def right(model, pairs):
    # The share of sequences that are right to the end, written by itself.
    source, lengths, target = given(pairs)
    written = model.greedy(source, lengths, len(target)).tokens
    return float(whole(written, target).double().mean())


def look(model, pairs):
    with torch.no_grad():
        return model(*given(pairs))[1]


def scored(model, pairs):
    # Mass and pointing, and what attention spread evenly would get.
    mask = torch.from_numpy(padding_mask(pairs.lengths, len(pairs.source)))
    alpha = look(model, pairs)
    return {
        "mass": float(alignment.mass(alpha, pairs.where)),
        "pointing": float(alignment.pointing(alpha, pairs.where)),
        "chance": float(alignment.chance(alpha, pairs.where, mask)),
    }


test = short(np.random.default_rng(2), 200)
alpha = look(reverser, test)

# %% tags=["hide-input"]
b = int(np.flatnonzero(test.lengths == 10)[0])
row = lambda tokens: [str(t) for t in tokens]
figure(
    drawing.alignment(
        alpha[:11, b, :10].numpy(),
        row(test.source[:10, b]),
        [*row(test.target[:10, b]), "end"],
        test.where[:11, :10, b],
    ),
    alt="A matrix of eleven rows and ten columns. The dark squares run from the upper right to the lower left, each within a ring; most have a light grey neighbour. The last row, end, has no ring and is grey at the first columns.",
    name="fig-reversal",
    caption="Where the network looks while it writes ten symbols backwards. Rows: what is written, from above; columns: what was read. Dark is much; a ring marks the place where the symbol really stands.",
)

# %% [markdown]
# An anti-diagonal: it reads backwards, as one would. Since we know where each symbol stands, this can be scored. The **mass** is the share of attention that lies on the right place; **pointing** asks how often the place with most attention is the right one. Attention spread evenly would get the share that is called chance. First for this network, on 200 sequences of 5 to 12 symbols; then for all kinds in the study, at length 20 and over ten seeds:

# %% tags=["nbval-ignore-output"]
score = scored(reverser, test)
print("this network:", ", ".join(f"{name} {x:.2f}" for name, x in score.items()))

# %%
rows = []
for name, updates in UNITS:
    if not name.startswith("none"):
        at = [found(name, updates, 20, column) for column in ("mass", "pointing")]
        rows.append(
            [
                name,
                *(f"{x.mean():.2f} ({x.min():.2f} to {x.max():.2f})" for x in at),
                f"{1 / 20:.2f}",
            ]
        )
table(["attention", "mass", "pointing", "chance"], rows)

# %% tags=["remove-input"]
assert score["pointing"] > 0.9
assert score["mass"] > 4 * score["chance"]
assert found("additive", 1000, 20).min() > 0.95
assert found("additive", 1000, 20, "mass").max() < 0.7
glue(
    additive_mass=f"{found('additive', 1000, 20, 'mass').mean():.2f}",
    additive_right=f"{found('additive', 1000, 20).mean():.2f}",
)


# %% [markdown]
# Dot and general attention find the place nearly always. But look at additive attention: only 0.56<!-- additive_mass --> of its weight lies on the right place, and yet 0.99<!-- additive_right --> of its sequences are right. How can that be? Three things would allow it, and this study does not tell them apart. A mean in which the right symbol has the largest share can still be read. The encoder reads in both directions, so what it says at a place may speak of the neighbours too. And in Bahdanau's order the cell reads the context, and can keep a symbol for a later step. (The encoder alone cannot be the reason: dot and general attention have the same one.)

# %% [markdown]
# ### Dates
#
# Reversal is a toy: the right place can be counted out. People's dates cannot. *3 September 2021*, *SEP 3RD 21*, *3.9.21* and nine other ways of writing are to be turned into 2021-09-03. Which characters does the network need for the month? It must find out for each way of writing. The days on which it is tested were never seen in training, in no way of writing.
#
# **Your prediction, please:** when it writes the first digit of the month, 0 or 1, at which letter of its name will it look?


# %% tags=["nbval-ignore-output"]
def small(decoder, read, write):
    # An encoder of 2 times 32 units and a decoder of 64, dot product attention.
    rng, start = np.random.default_rng(0), {"forget_bias": 1.0}
    encoder = Encoder(lstm, read, 16, 32, rng=rng, **start)
    looking = {"kind": KINDS["dot"], "looks": 64}
    return Seq2Seq(encoder, decoder(lstm, write, 16, 64, rng=rng, **start, **looking))


sizes = len(dates.VOCABULARY), len(dates.TARGET_VOCABULARY)
reader = train(small(Luong, *sizes), dates.batch, 350)

# %%
days = dates.batch(np.random.default_rng(9), 500, dates.TEST)
day_score = scored(reader, days)
assert right(reader, days) > 0.9
assert day_score["mass"] > 4 * day_score["chance"]
print("more than 90 % of the dates are right; mass more than 4 times chance")


# %% tags=["hide-input"]
def text(tokens, vocabulary):
    return [vocabulary[int(t)] for t in tokens]


b = int(np.flatnonzero((days.lengths > 14) & (days.lengths < 20))[0])
n = int(days.lengths[b])
figure(
    drawing.alignment(
        look(reader, days)[:10, b, :n].numpy(),
        text(days.source[:n, b], dates.VOCABULARY),
        text(days.target[:10, b], dates.TARGET_VOCABULARY),
        days.where[:10, :n, b],
    ),
    alt="Ten rows, one for each character of 2023-01-15, over the text Sun 15 Jan 2023. The digits of the year are dark at the year, those of the day at 15. The first digit of the month looks most at a of Jan, the second at n. The first dash looks mostly at the last digit of the year, the second faintly at several places. Rings stand around all three letters of Jan for both digits of the month, around one digit for the others.",
    name="fig-dates",
    caption="Where the network looks while it writes a date. Rings mark the characters from which the digit can be read; dashes are read from nowhere.",
)

# %% [markdown]
# In this text the year is read digit by digit, the day as well. The two digits of the month come from letters of its name, a different one for each; in this run at *a* for the first and at *n* for the second. Did you guess so? Each of the letters stands for a state that has read its neighbours as well.

# %% [markdown]
# ### Type a date
#
# A smaller network for the same task, trained to the end, waits here: type a date and see where it looks (on the website; on paper and in a notebook you see one example). There is more in [the gate lab](lab_gate.ipynb).

# %% tags=["remove-input"]
from lstm_course import lab

lab.show("attention")


# %% [markdown]
# ## Padding, and what may happen without a mask
#
# Sequences of a batch have different lengths. The shorter ones are filled up, so that all fit into one array: this is **padding**. It must not be looked at. A mask says where there is something: the scores of all other places become $-\infty$ before the softmax, so their weight is exactly 0, and so is their gradient. In our reversal the padding looks like ordinary symbols, so nothing but the mask tells where a sequence ends.
#
# **Your prediction, please:** the same network, on the same 200 sequences, first with every place open to attention, then with the lengths forgotten altogether, so that the encoder reads the padding as well: how many are right?


# %%
def opened(memory):
    return memory._replace(mask=torch.ones_like(memory.mask))


class Forgetful(Seq2Seq):
    # Takes the padding for a part of the sequence.
    def _read(self, source, lengths):
        return super()._read(source, torch.full_like(lengths, len(source)))


looking = alignment.tampered(reverser, opened)
reading_on = Forgetful(reverser.encoder, reverser.decoder)
outside = torch.from_numpy(np.arange(12) >= test.lengths[:, None])
stray = (look(looking, test) * outside).sum(-1)[:, test.lengths < 9].mean()
masked, without, forgot = (right(m, test) for m in (reverser, looking, reading_on))
full = np.mean(test.lengths == len(test.source))
assert float((alpha * outside).abs().max()) == 0
assert forgot < 0.3 < 0.9 < min(masked, without)
assert abs(forgot - full) < 0.05
assert stray > 1 / 7
print(f"masks in encoder and attention: {masked:.1f} right")
print(f"attention open everywhere: {without:.1f} right")
print(f"lengths forgotten: {forgot:.1f}; without padding anyway: {full:.1f}")


# %% [markdown]
# Forgotten lengths are the failing example: the network dutifully reverses the padding, and about as many sequences are right as have none. It is mended by handing over the lengths. Attention that is open everywhere goes well here, but by luck: our encoder stops at the end of each sequence and puts zeros behind it, so what is looked at there adds nothing; it only takes its share from the rest, and the context becomes smaller. Still more than a seventh of the attention goes there in sequences below nine symbols. Never rely on that; with a mask the weight is exactly 0, and so is the gradient.

# %% [markdown]
# ## Is attention an explanation?
#
# The pictures are persuasive: the network *looked there*, so that is *why*. But a network may show weights that it does not use. So three **frauds**: we tamper with what the decoder looks at, and leave all weights of the network as they are.
#
# - **uniform:** all keys alike, so that each place gets the same attention;
# - **shuffled:** keys and values no longer belong together: it looks where it always looked, and finds something else there;
# - **exchanged:** keys and values come from another sequence of the batch.
#
# A network that ignores its context cannot fail any of them: nothing that it uses has changed. One that needs the right value from the right place should fail all three. Failing proves less than not failing: a network may also stumble because it has never met such a context. To see that the test works, we plant one: it computes its weights like the others, and then says everything from its own state, without the context. It learns to reverse three to five symbols of ten, which one vector can hold.


# %% tags=["nbval-ignore-output"]
class Pretender(Luong):
    # Attention for show: what is said does not depend on the context.
    def look(self, h, memory):
        context, alpha = super().look(h, memory)
        return 0 * context, alpha


def tiny(rng, B):
    return reversal.batch(rng, B, 3, 5, V=10)


honest, pretender = (
    train(small(kind, 11, 11), tiny, 300) for kind in (Luong, Pretender)
)

# %%
few = tiny(np.random.default_rng(3), 500)
JUDGED = {
    "dates": (reader, days),
    "reversal": (honest, few),
    "reversal, planted": (pretender, few),
}
results = {
    name: [right(model, pairs)]
    + [right(alignment.tampered(model, f), pairs) for f in alignment.FRAUDS.values()]
    for name, (model, pairs) in JUDGED.items()
}

# %% tags=["nbval-ignore-output"]
table(
    ["network", "as it is", *alignment.FRAUDS],
    [[name, *(f"{x:.2f}" for x in row)] for name, row in results.items()],
)

# %%
for name in ("dates", "reversal"):
    assert max(results[name][1:]) < 0.4 < 0.9 < results[name][0]
assert min(results["reversal, planted"]) > 0.8
assert len(set(results["reversal, planted"])) == 1

# %% [markdown]
# The two honest networks fail all three (what is left of the short reversal under uniform attention comes through the one vector, or can be had from the mean). The planted one does not notice: it has weights, and it writes down the right answer, but the one has nothing to do with the other. So a picture of weights *can* explain an answer only after it has been shown that the answer depends on the context; and a failed fraud shows that the context matters, not yet that each weight does.

# %% [markdown]
# ## The article's conclusion, ten years on
#
# The article of 2015 closes with the hope that the next big step, after the LSTM, would be attention: at every step a network picks what it looks at from a larger collection of information. Of all its sentences this is the one that came true most visibly. Two years later {cite:t}`vaswani2017` kept the attention and left out the recurrence, and networks of this kind have taken over translation and much else. It did not foresee that for this kind of network the recurrence would be left out. The look-up on this page is the same idea there, with the scaled dot product, several look-ups side by side, and a matrix each for queries, keys and values.
#
# ## What surprised us
#
# **Ten symbols are too many** for a vector of 128 numbers after 1,000<!-- updates --> updates; after 3,000<!-- longer -->, 0.67<!-- long_ten --> of the sequences get through.
#
# **The scaled dot product**, on which the networks of today rest, does worst of the four kinds here.
#
# **Nearly half of the weight on the wrong places, and nearly everything right.**
#
# ## Common misconceptions
#
# - *"Attention came with the transformer."* It came with recurrent networks; {cite:t}`bahdanau2015` was first online in 2014, three years before. What the transformer left out is the recurrence.
# - *"Attention tells the network where to look."* Nobody tells it. The weights are computed from the state, and learned from what was written, like everything else.
# - *"The weights say which input the answer depends on."* They say of which values the context is a mean. Whether the answer depends on the context is another question; tamper with it and see.
# - *"Bahdanau and Luong differ in the score."* They do. But they also differ in when they look, and in where the context goes.
# - *"It went well without a mask, so none is needed."* It went well because our encoder writes zeros behind the end of each sequence. With one that reads on, the weights lie on wrong symbols.
# - *"Without attention a network cannot reverse."* It can, as long as the sequence is short.
#
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("attention.context")

# %% tags=["remove-input"]
ask("attention.axis")

# %% tags=["remove-input"]
ask("attention.mask")

# %% tags=["remove-input"]
ask("attention.state")

# %% tags=["remove-input"]
ask("attention.beam")

# %% [markdown]
# ## Sources
#
# Encoder and decoder with one vector between them: {cite:t}`sutskever2014` and {cite:t}`cho2014`. Attention: {cite:t}`bahdanau2015`, dot and general, and the other order: {cite:t}`luong2015` (a third score there, concat, is close to the additive one). The scale: {cite:t}`vaswani2017`. The article: {cite:t}`olah2015`.
