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
# # The LSTM, step by step
#
# **After this page you will be able to**
#
# - work out one step of an LSTM with a pocket calculator, number by number;
# - name the four parts of the step, and say which line of the equation does which;
# - read the gates of a running network, word by word;
# - say what happens to $c$ and to $h$ when a gate is held shut or held open;
# - write the step in NumPy so that it agrees with PyTorch to the last digits.

# %% [markdown]
# ## The question
#
# Read this aloud, and stop before the dots:
#
# > Anna sings and … reads. Children sing and … read.
#
# You said *she* the first time and *they* the second. To do so you kept two facts about Anna in mind, her **gender** and her **number** (one person,
# not several); and when the children came, you dropped both and took up new ones. You also knew *when* a fact was needed: the number for the verb, both facts for
# the pronoun, none at the full stop.
#
# A language model, which must guess the next word, has the same work to do. At each word there are four things to do:
#
# 1. **What to forget.** A new subject has come: away with the old one's gender and number.
# 2. **What to store.** Which gender, which number has the new one?
# 3. **The update.** Carry both out: old memory in, new memory out.
# 4. **What to put out.** A verb comes next: show the number, whatever else is in store.
#
# How does an LSTM do this, with nothing but sums and products? We follow one step with real numbers, and beside it a small network that does the
# work above.

# %%
import numpy as np
import torch
from matplotlib import pyplot as plt

from lstm_course import convert, drawing
from lstm_course.cells import lstm
from lstm_course.notebook import figure, frames, glue, style, table
from lstm_course.unroll import trace

style()

# %% [markdown]
# ## The picture

# %% tags=["remove-input"]
figure(
    drawing.lstm_module(),
    alt="One LSTM module. From the left come the cell state c_{t-1} on an upper line and h_{t-1} on a lower line, from below x_t. "
    "On the lower line h_{t-1} and x_t are joined and enter four boxes side by side: forget gate (sigma), input gate (sigma), candidate "
    "(tanh), output gate (sigma). The forget gate's f_t multiplies c_{t-1} on the upper line. The product of i_t and the candidate g_t is added to "
    "it, which gives c_t. A copy of c_t goes through tanh and is multiplied by o_t: that is h_t, which leaves to the right and upwards.",
    name="fig-step-whole",
    caption="The whole module. Boxes are layers with weights of their own, circles are pointwise operations. From left to right the boxes are "
    "forget gate, input gate, candidate, output gate.",
)

# %% [markdown]
# Four boxes, and each is a small layer of its own that sees the same two things: the input $x_t$ and the last output $h_{t-1}$. No box sees the
# memory $c_{t-1}$. Three boxes are **gates**: they end in $\sigma$, give numbers between 0 and 1, and these numbers only ever multiply something. The fourth, the
# **candidate** $g_t$, ends in $\tanh$, and is what may be written.

# %% [markdown]
# ## The equation
#
# Six lines, in the order of the four parts:
#
# $$
# \begin{aligned}
# f_t &= \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f) \\
# i_t &= \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i) \\
# g_t &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) \\
# c_t &= f_t * c_{t-1} + i_t * g_t \\
# o_t &= \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o) \\
# h_t &= o_t * \tanh(c_t)
# \end{aligned}
# $$
#
# What stands in the brackets is called $a$, with the gate's letter: $a_f$ goes into the forget gate. The order in which the parts are told is
# $f, i, g, o$; the order in which the arrays of this course hold the blocks is PyTorch's, $i, f, g, o$. For the result it makes no difference which comes first, since
# none of the four needs another.

# %% [markdown]
# ## The code
#
# Let everything be a single number: one input, one cell, one example. The weights are chosen so that the sums come out round.

# %%
x, h_prev, c_prev = 1.0, 0.5, 0.8
W_x = {"i": 0.6, "f": -0.4, "g": 1.0, "o": 0.5}
W_h = {"i": 0.2, "f": 0.4, "g": -0.6, "o": 1.0}
b = {"i": -0.5, "f": 1.2, "g": 0.1, "o": 0.0}


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


a = {k: x * W_x[k] + h_prev * W_h[k] + b[k] for k in "figo"}

# %% tags=["hide-input"]
names = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}
terms = {k: (x * W_x[k], h_prev * W_h[k], b[k], a[k]) for k in names}
head = ("layer", "from $x_t$", "from $h_{t-1}$", "bias", "sum: $a$")
table(head, [(names[k], *(f"{v:.2f}" for v in terms[k])) for k in names])

# %% tags=["hide-input"]
glue(x=f"{x:.1f}", h_prev=f"{h_prev:.1f}", c_prev=f"{c_prev:.1f}")
glue(**{f"a_{k}": f"{a[k]:.1f}" for k in "figo"})
glue(**{f"exp_{k}": f"{np.exp(-a[k]):.3f}" for k in "fio"})
shown = {"x": f"{x:.2f}", "h_prev": f"{h_prev:.2f}", "c_prev": f"{c_prev:.2f}"}


def spoken():
    words = {"kept": "f times c_prev", "written": "i times g", "squashed": "tanh c"}
    return ", ".join(f"{words.get(k, k)} = {value}" for k, value in shown.items())


# %% [markdown]
# The input is 1.0<!-- x -->, the last output 0.5<!-- h_prev -->, and in the memory lies 0.8<!-- c_prev -->. One row of the table is the work of one box, up to its
# $\sigma$ or $\tanh$. Everything else on this page is done to these four sums.
#
# ### A model whose cells have names
#
# Beside the numbers runs a network that reads words. Its vocabulary has 12<!-- words --> of them, and it has three cells:
#
# - **gender**: +1 for Anna, −1 for Ben, 0 for children;
# - **number**: +1 for one person, −1 for several;
# - **due**: +1 if a verb comes next, −1 if a pronoun does, else 0.
#
# Its weights were **set by hand** to make the point. Whether *trained* networks have such cells is another question, which a later chapter measures.
# A word comes as a one-hot vector, so its row of $W_x$ *is* the list of its $a$: we write +10<!-- open_word --> where a gate shall open and −10<!-- shut_word --> where it shall close. $W_h$ and $b$ are
# zero: here the word alone works the gates. In a trained network $h_{t-1}$ has its say too.

# %%
WORDS = "Anna Ben children sings sing reads read she he they and .".split()
CELLS = ("gender", "number", "due")
GENDER_NUMBER = {"Anna": (1, 1), "Ben": (-1, 1), "children": (0, -1)}

rows = np.zeros((len(WORDS), 4, 3))  # word, block (i, f, g, o), cell
i_, f_, g_, o_ = (rows[:, k] for k in range(4))  # views: what they get, rows gets
subject = np.array([word in GENDER_NUMBER for word in WORDS])
pronoun = np.array([word in ("she", "he", "they") for word in WORDS])
joint = np.array([word == "and" for word in WORDS])

f_[:] = np.where(subject, -10, 10)[:, None]  # forget at a subject
i_[:] = np.where(subject, 10, -10)[:, None]  # store at a subject
g_[subject, :2] = 10 * np.array(list(GENDER_NUMBER.values()))
o_[:, 0] = np.where(joint, 10, -10)  # gender: for a pronoun
o_[:, 1] = np.where(subject | pronoun | joint, 10, -10)  # number: verb or pronoun
f_[:, 2], i_[:, 2], o_[:, 2] = -10, 10, 10  # "due" keeps nothing, writes always
g_[:, 2] = 10 * (1 * (subject | pronoun) - 1 * joint)
model = lstm.Params(rows.reshape(12, 12), np.zeros((3, 12)), np.zeros(12))

# %% tags=["hide-input"]
signed = lambda number: f"{number:+.0f}".replace("-", "−")
glue(words=len(WORDS), open_word=signed(o_.max()), shut_word=signed(o_.min()))

# %% [markdown]
# `unroll.trace` runs a cell along a sequence and keeps all that it computes, by name:

# %%
story = "Anna sings and she reads . children sing and they read .".split()


def read(story, model=model):
    one_hot = np.eye(len(WORDS))[[WORDS.index(word) for word in story]]
    return trace(lstm, model, one_hot[:, None])  # a batch of one


gates, states = read(story).gates, read(story).states
at_subject = np.array([word in GENDER_NUMBER for word in story])


def heat(**panels):
    """Maps over the words of the story, one for each panel."""
    panels = {title: values[:, 0] for title, values in panels.items()}
    return drawing.heat_map(panels, CELLS, story)


# %% [markdown]
# ## Part 1: what to forget
#
# *In the language model:* has a new subject come? Then the old one's gender and number must go.

# %%
f = sigmoid(a["f"])

# %% tags=["remove-input"]
shown["f"] = f"{f:.2f}"
glue(f=f"{f:.3f}", percent_kept=round(100 * f))
figure(
    drawing.lstm_module("forget", shown),
    alt="The module with its forget gate standing out, all else pale: h_{t-1} and x_t are joined, enter the box sigma, and f_t leaves it for the circle on "
    f"the line of the cell state. Numbers on the lines: {spoken()}.",
    name="fig-step-forget",
    caption="What to forget. The numbers on the lines of this and the next pictures are those of our step, to two decimals.",
)

# %% [markdown]
# $$f_t = \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f)$$
#
# *By hand:* the sum is 1.0<!-- a_f -->, $e$ to the minus that is 0.368<!-- exp_f -->, and one divided by one plus that is 0.731<!-- f -->. So 73<!-- percent_kept --> % of the
# old memory will be kept. Mind the direction: the forget gate says how much *stays*. A gate at one forgets nothing.
#
# *In the running model*, **your prediction, please**, before you look: at which words is the forget gate of the cell "gender" near zero?

# %% tags=["hide-input"]
figure(
    heat(**{"forget gate f": gates.f}),
    alt="Heat map of the forget gate, three cells by twelve words. In the rows gender and number every value is 1.0 but at the two subjects, Anna and "
    "children, where it is 0.0. In the row due every value is 0.0.",
    name="fig-step-read-forget",
    caption="The forget gate of the running model. At the two subjects it shuts for gender and number; for “due” it is always shut.",
)

# %%
assert (gates.f[at_subject, 0, :2] < 0.001).all()
assert (gates.f[~at_subject, 0, :2] > 0.999).all()
assert (gates.f[:, 0, 2] < 0.001).all()

# %% [markdown]
# At *Anna* and at *children*, and nowhere else. Each cell has a gate of its own: "due" forgets at every word, in the same network and at the same moment at which its
# neighbours keep everything.

# %% [markdown]
# ## Part 2: what to store
#
# *In the language model:* which gender and which number has the new subject? And is this word a subject at all, so that there is anything to be stored?
#
# These are two questions, and there are two boxes. The candidate says *what* could be written, the input gate *how much* of it will be.

# %%
i = sigmoid(a["i"])
g = np.tanh(a["g"])

# %% tags=["remove-input"]
shown |= {"i": f"{i:.2f}", "g": f"{g:.2f}"}
glue(i=f"{i:.3f}", g=f"{g:.3f}")
figure(
    drawing.lstm_module("store", shown),
    alt="The module with input gate and candidate standing out: h_{t-1} and x_t enter a box sigma, which gives i_t, and a box tanh, which gives "
    f"g_t; both lead to one circle. Numbers on the lines: {spoken()}.",
    name="fig-step-store",
    caption="What to store: how much ($i_t$), and what ($g_t$).",
)

# %% [markdown]
# $$
# \begin{aligned}
# i_t &= \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i) \\
# g_t &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g)
# \end{aligned}
# $$
#
# *By hand:* the input gate's sum is 0.2<!-- a_i -->, $e$ to the minus that is 0.819<!-- exp_i -->, and so the gate is at 0.550<!-- i -->. The candidate's sum is 0.8<!-- a_g -->,
# and its $\tanh$ is 0.664<!-- g -->. The candidate may be negative, which no gate can be.

# %% tags=["hide-input"]
figure(
    heat(**{"input gate i": gates.i, "candidate g": gates.g}),
    alt="Two heat maps, three cells by twelve words. Input gate: gender and number 1.0 at the subjects Anna and children, else 0.0; due always 1.0. Candidate: "
    "gender 1.0 at Anna and else 0.0, children included; number 1.0 at Anna, -1.0 at children, else 0.0; due 1.0 at subjects and pronouns, -1.0 at and, "
    "else 0.0.",
    name="fig-step-read-store",
    caption="Input gate and candidate of the running model. At *children* the gender cell's input gate is open, and what it lets in is zero: "
    "the plural has no gender here.",
)

# %%
assert (gates.i[at_subject, 0, :2] > 0.999).all()
assert (gates.i[~at_subject, 0, :2] < 0.001).all()
assert np.allclose(gates.g[at_subject, 0, :2], [[1, 1], [0, -1]], atol=0.001)
assert (gates.i[:, 0, 2] > 0.999).all()
assert np.abs(gates.g[~at_subject, 0, :2]).max() == 0, "nothing to be written"

# %% [markdown]
# ## Part 3: the update
#
# *In the language model:* nothing is decided any more; now it is done. The old subject's number leaves, the new one's enters.

# %%
c = f * c_prev + i * g

# %% tags=["remove-input"]
kept, written = f * c_prev, i * g
shown |= {"kept": f"{kept:.2f}", "written": f"{written:.2f}", "c": f"{c:.2f}"}
glue(kept=f"{kept:.3f}", written=f"{written:.3f}", c=f"{c:.3f}")
figure(
    drawing.lstm_module("update", shown),
    alt="The module with the line of the cell state standing out: c_{t-1} meets f_t in a circle with a cross, i_t and g_t meet in another, and both products "
    f"are added to give c_t. Numbers on the lines: {spoken()}.",
    name="fig-step-update",
    caption="The update: two products and a sum, and no weight of its own.",
)

# %% [markdown]
# $$c_t = f_t * c_{t-1} + i_t * g_t$$
#
# *By hand:* kept are 0.731<!-- f --> times 0.8<!-- c_prev -->, that is 0.585<!-- kept -->. Written are 0.550<!-- i --> times 0.664<!-- g -->, that is 0.365<!-- written -->.
# Together: 0.950<!-- c -->.

# %% tags=["hide-input"]
figure(
    heat(**{"cell state c": states.c}),
    alt="Heat map of the cell state, three cells by twelve words. Gender is 1.0 from Anna to the first full stop and 0.0 from children on. Number is 1.0 from "
    "Anna to the first full stop and -1.0 from children on. Due is 1.0 at subjects and pronouns, -1.0 at and, and 0.0 at verbs and full stops.",
    name="fig-step-read-update",
    caption="The cell states of the running model. Gender and number change at a subject and are held until the next. “Due” is new at every word.",
)

# %%
assert np.allclose(states.c[:6, 0, :2], [1, 1], atol=0.001)
assert np.allclose(states.c[6:, 0, :2], [0, -1], atol=0.001)

# %% [markdown]
# ## Part 4: what to put out
#
# *In the language model:* what must be known for the *next* word? After a subject comes a verb, and it needs the number. After "and" comes a pronoun, and
# it needs gender and number. After a verb neither is needed, and the memory should not disturb.

# %%
o = sigmoid(a["o"])
h = o * np.tanh(c)

# %% tags=["remove-input"]
squashed = np.tanh(c)
shown |= {"o": f"{o:.2f}", "squashed": f"{squashed:.2f}", "h": f"{h:.2f}"}
glue(o=f"{o:.3f}", squashed=f"{squashed:.3f}", h=f"{h:.3f}")
figure(
    drawing.lstm_module("output", shown),
    alt="The module with its output standing out: h_{t-1} and x_t enter the last box sigma, which gives o_t; a copy of c_t goes through tanh, and the product of both "
    f"leaves as h_t, upwards and to the right. Numbers on the lines: {spoken()}.",
    name="fig-step-output",
    caption="What to put out: the memory, squashed and filtered. The memory itself goes on unchanged.",
)

# %% [markdown]
# $$
# \begin{aligned}
# o_t &= \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o) \\
# h_t &= o_t * \tanh(c_t)
# \end{aligned}
# $$
#
# *By hand:* the sum is 1.0<!-- a_o -->, as it was for the forget gate, so this gate too is at 0.731<!-- o -->. The $\tanh$ of 0.950<!-- c --> is 0.740<!-- squashed -->.
# Their product is the output: 0.541<!-- h -->. That was the step. The next one starts with $c$ = 0.950<!-- c --> and $h$ = 0.541<!-- h -->.

# %% tags=["remove-input"]
figure(
    drawing.lstm_module(None, shown),
    alt=f"The whole module with every number of the step on its line: {spoken()}.",
    name="fig-step-numbers",
    caption="One step from end to end. Follow it once with a finger: lower line, boxes, upper line, output.",
)

# %% [markdown]
# The package takes the same step. Its arrays have the shapes $(B, D)$ and $(B, H)$, here all $(1, 1)$:

# %%
p = lstm.Params(
    *(np.array([[w[k] for k in "ifgo"]]) for w in (W_x, W_h)), np.array([*b.values()])
)
before = lstm.State(np.array([[h_prev]]), np.array([[c_prev]]))


def one(p, x=x):
    """One step from `before`: c and h."""
    after, _ = lstm.step(p, lstm.inputs(p, np.array([[x]])), before)
    return after.c.item(), after.h.item()


assert list(b) == list("ifgo")
assert np.allclose(one(p), (c, h), rtol=0, atol=1e-15)

# %% [markdown]
# ### Six steps in a row
#
# Now let it run on: our step was the first of six. The input is 1 three times, then 0 three times. **Your prediction, please:** what does the cell do once the input is gone: hold what
# it has, or lose it?

# %%
inputs = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
flow = trace(lstm, p, np.reshape(inputs, (6, 1, 1)), before)
stays = flow.gates.f * np.concatenate([before.c[None], flow.states.c[:-1]])

# %% tags=["hide-input"]
lines = {
    "x": inputs,
    "h_prev": [h_prev, *flow.states.h[:-1].ravel()],
    "c_prev": [c_prev, *flow.states.c[:-1].ravel()],
    "kept": stays.ravel(),
    "written": (flow.gates.i * flow.gates.g).ravel(),
    "squashed": np.tanh(flow.states.c).ravel(),
    "c": flow.states.c.ravel(),
    "h": flow.states.h.ravel(),
} | {k: getattr(flow.gates, k).ravel() for k in "figo"}
steps = [
    {k: f"{lines[k][t] + 0.0:.2f}".replace("-", "−") for k in lines} for t in range(6)
]
left = flow.gates.f[3:].prod()
glue(c_three=steps[2]["c"], c_six=steps[5]["c"])
glue(f_three=steps[2]["f"], f_four=steps[3]["f"])
glue(left=f"{left:.2f}", left_c=f"{left * flow.states.c[2].item():.2f}")


def frame(t):
    """The module with the numbers of step t."""
    fig = drawing.lstm_module(None, steps[t])
    fig.text(0.97, 0.07, f"step {t + 1} of 6", ha="right", fontsize=14)
    return fig


# %% tags=["remove-input"]
frames(
    [frame(t) for t in range(6)],
    [
        "The input is {x}. f = {f} keeps {kept} of c = {c_prev}; i times g = {i} times {g} adds {written}. "
        "Now c = {c}, and o = {o} shows h = {h}.".format(**step)
        for step in steps
    ],
    alt="The whole module six times, with the numbers of one step on its lines each time. What leaves on the right of one, c and h, enters the next on the left.",
    name="fig-step-frames",
    caption="Six steps of the same cell, each with its numbers on the lines, rounded: a sum may be off by 0.01.",
)

# %%
after = flow.states.c[:, 0, 0]
assert (np.diff(after[:3]) > 0).all()
assert (np.diff(after[2:]) < -0.1).all(), "it leaks away"
assert (flow.gates.f[3:] > flow.gates.f[2] + 0.03).all(), "opens a little"
assert (flow.gates.g[3:] < -0.05).all()
assert (flow.states.h[2:5] > 1 / 6).all()

# %% [markdown]
# It loses it: from 1.13<!-- c_three --> to 0.43<!-- c_six --> within three steps. The forget gate even opens a little when the input goes, from 0.74<!-- f_three --> to 0.81<!-- f_four -->. But the three factors together leave only 0.51<!-- left -->, that is 0.58<!-- left_c -->. The candidate
# hears little more than $h$ now, with a negative weight; it is negative as long as $h$ is above a sixth, and takes the rest. What it takes for a cell to *hold* is the subject of the exercises, and of the [page before](04_core_idea.ipynb).

# %% [markdown]
# ### The running model's output

# %% tags=["hide-input"]
figure(
    heat(**{"output gate o": gates.o, "output h": states.h}),
    alt="Two heat maps, three cells by twelve words. Output gate: gender 1.0 only at the two words and; number 1.0 at the subjects, at the words and, and at the "
    "pronouns, else 0.0; due always 1.0. Output h: where a gate is open it shows tanh of the cell, so 0.8 for 1 and -0.8 for -1; gender is 0.8 at the first "
    "and, and 0.0 at the second; everywhere else it is 0.0.",
    name="fig-step-read-output",
    caption="Output gate and output of the running model. At both full stops all of $h$ is zero, and yet gender and number are still in $c$.",
)

# %%
at_and = np.array([word == "and" for word in story])
at_pronoun = np.array([word in ("she", "he", "they") for word in story])
number_due = at_subject | at_and | at_pronoun
assert (gates.o[at_and, 0, 0] > 0.999).all()
assert (gates.o[~at_and, 0, 0] < 0.001).all()
assert (gates.o[number_due, 0, 1] > 0.999).all()
assert (gates.o[~number_due, 0, 1] < 0.001).all()
assert (gates.o[:, 0, 2] > 0.999).all()
due = 1.0 * (at_subject | at_pronoun) - at_and
assert np.allclose(states.c[:, 0, 2], due, atol=0.001)
stop = np.array([word == "." for word in story])
assert np.abs(states.h[stop]).max() < 0.001
assert abs(states.c[stop][0, 0, 0]) > 0.99, (
    "at the first full stop gender is still there"
)

# %% [markdown]
# Does it speak well? A last layer, set by hand as well, turns $h$ into a score for every word, and softmax turns the scores into probabilities. It looks at $h$ alone: what the
# output gates hold back, it cannot use.

# %%
W_out = np.zeros((3, len(WORDS)))  # gender, number, due
for words, weights in {
    ("sings", "reads"): (0, 10, 10),
    ("sing", "read"): (0, -10, 10),
    ("she",): (10, 5, -10),
    ("he",): (-10, 5, -10),
    ("they",): (0, -10, -10),
}.items():
    for word in words:
        W_out[:, WORDS.index(word)] = weights


def says(story, model=model):
    """The likely next words after a story, with their probabilities."""
    scores = np.exp(read(story, model).states.h[-1, 0] @ W_out)
    chances = dict(zip(WORDS, scores / scores.sum(), strict=True))
    return {word: chance for word, chance in chances.items() if chance > 0.05}


# %%
def told(chances):
    return ", ".join(f"{word} {chance:.2f}" for word, chance in chances.items())


wanted = np.flatnonzero(number_due)
heard = [(" ".join(story[: t + 1][-4:]), told(says(story[: t + 1]))) for t in wanted]
table(("the last words read", "the model's next word"), heard)

# %%
for t in wanted:
    chances = says(story[: t + 1])
    assert story[t + 1] in chances
    assert min(chances.values()) > 0.49, "nothing but the right words"
for t in np.flatnonzero([word in ("sings", "reads", "sing", "read") for word in story]):
    chances = says(story[: t + 1]).values()
    assert np.allclose(list(chances), 1 / len(WORDS), atol=1e-3), "any word"

# %% [markdown]
# Right at all six places where a verb or a pronoun is due. Where it is a verb, two verbs have the right form, and the model has no reason to prefer one. After a verb all of $h$ is zero and every word is equally
# likely to this model: it has not been told about "and" and the full stop.

# %% [markdown]
# ### From numbers to vectors
#
# With $H$ cells each gate is a vector, one number for each cell, and each of the four layers has its own matrices. The package lays the four side by side in one matrix of
# width $4H$, so that one product does for all. Here are three inputs, four cells and two examples, with random weights, line by line in NumPy:

# %%
rng = np.random.default_rng(0)
D, H, B = 3, 4, 2
p4 = lstm.init(rng, D, H)
x4, h4, c4 = (rng.standard_normal((B, size)) for size in (D, H, H))

a_i, a_f, a_g, a_o = np.split(x4 @ p4.W_x + h4 @ p4.W_h + p4.b, 4, axis=1)
f4 = sigmoid(a_f)
i4 = sigmoid(a_i)
g4 = np.tanh(a_g)
c_new = f4 * c4 + i4 * g4
o4 = sigmoid(a_o)
h_new = o4 * np.tanh(c_new)

# %% [markdown]
# The six equations once more, and one line that cuts the product into four. Do three others agree: the package's `step`; the same `step` on PyTorch tensors that record what is
# needed for a gradient; and PyTorch's own LSTM, which knows nothing of this course? `convert.write` hands it the weights.

# %%
by_package, _ = lstm.step(p4, lstm.inputs(p4, x4), lstm.State(h4, c4))

leaves = lstm.Params(*(torch.tensor(part, requires_grad=True) for part in p4))
tensors = [torch.tensor(part) for part in (x4, h4, c4)]
by_tensors, _ = lstm.step(leaves, lstm.inputs(leaves, tensors[0]), tuple(tensors[1:]))

theirs = torch.nn.LSTM(D, H).double()
arrays = convert.write(p4, "torch")
theirs.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
_, by_torch = theirs(tensors[0][None], tuple(part[None] for part in tensors[1:]))

# %%
sizes = {}
for name, (h_, c_) in {
    "lstm.step": by_package,
    "lstm.step on tensors": (part.detach().numpy() for part in by_tensors),
    "torch.nn.LSTM": (part[0].detach().numpy() for part in by_torch),
}.items():
    sizes[name] = max(np.abs(h_ - h_new).max(), np.abs(c_ - c_new).max())
    print(f"{name:21} differs by less than 1e-12: {sizes[name] < 1e-12}")
assert max(sizes.values()) < 1e-12
by_tensors.h.sum().backward()
assert all(leaf.grad.abs().max() > 0 for leaf in leaves), "gradients for all weights"

# %% [markdown]
# ## The experiment: a gate before it is computed
#
# Back to single numbers. We turn the input from 1.0<!-- x --> to its opposite and leave all else alone. **Your prediction, please**, from the table of sums and without a
# calculator: which of the four grows? Which becomes negative? And which is one half exactly?

# %%
turned = {k: -x * W_x[k] + h_prev * W_h[k] + b[k] for k in names}
value = {k: np.tanh if k == "g" else sigmoid for k in names}
now = {k: value[k](turned[k]) for k in names}
then = {"f": f, "i": i, "g": g, "o": o}
lines = [(names[k], *(f"{v:.3f}" for v in (then[k], turned[k], now[k]))) for k in names]
table(("layer", "before", "the new sum", "after"), lines)
glue(turned_f=f"{now['f']:.3f}", turned_o=f"{now['o']:.3f}")
assert [k for k in names if now[k] > then[k]] == ["f"]
assert [k for k in names if now[k] < 0] == ["g"]
assert now["o"] == 0.5

# %% [markdown]
# The forget gate grows, to 0.858<!-- turned_f -->, since its input weight is the only negative one. The candidate becomes negative; a gate never can. And the output gate's sum is zero, where $\sigma$ is
# 0.500<!-- turned_o -->: half open is what a gate is when it has no opinion.

# %% [markdown]
# ## The experiment: every gate shut, every gate open
#
# Now we take hold of one gate at a time. A bias of −20<!-- shut_bias --> shuts it, for all inputs on this page, and a bias of +20<!-- open_bias --> opens it. The rest of the step stays as it was.
#
# **Your prediction, please.** For each of the three gates: shut, does $c$ change, does $h$, and in which direction? Which of the six leave $c$ as it is? Which make it greater than one?

# %%
order = list("ifgo")
SHUT, OPEN = -20, 20


def held(gate, bias):
    """The step with one gate's bias replaced."""
    new = p.b.copy()
    new[order.index(gate)] = bias
    return one(p._replace(b=new))


results = {("as it was", "-"): (c, h)}
for gate in "fio":
    for bias, word in ((SHUT, "shut"), (OPEN, "open")):
        results[names[gate], word] = held(gate, bias)
table(
    ("gate", "held", "cell $c_t$", "output $h_t$"),
    [(*key, *(f"{v:.3f}" for v in pair)) for key, pair in results.items()],
)

# %% tags=["hide-input"]
shut = {k: results[names[k], "shut"] for k in "fio"}
wide = {k: results[names[k], "open"] for k in "fio"}
glue(shut_bias=signed(SHUT), open_bias=signed(OPEN))
glue(c_wide_f=f"{wide['f'][0]:.3f}", h_wide_f=f"{wide['f'][1]:.3f}")
glue(c_wide_i=f"{wide['i'][0]:.3f}", h_wide_i=f"{wide['i'][1]:.3f}")

# %%
assert np.isclose(shut["f"][0], written, atol=1e-6), "only the new is left"
assert np.isclose(shut["i"][0], kept, atol=1e-6), "only the old is left"
assert np.isclose(shut["o"][0], c)
assert np.isclose(wide["o"][0], c)
assert abs(shut["o"][1]) < 1e-6, "nothing is said"
assert np.isclose(wide["o"][1], np.tanh(c), atol=1e-6), "everything is said"
assert [k for k in "fio" if wide[k][0] > 1] == ["f", "i"]
assert max(h_ for _, h_ in results.values()) < 1

# %% [markdown]
# - With the **forget gate** shut, $c$ is what was written: 0.365<!-- written -->. Nothing of the past is left.
# - With the **input gate** shut, $c$ is what was kept: 0.585<!-- kept -->. The present leaves no trace.
# - With the **output gate** shut or open, $c$ is the same. The step says nothing, or everything; what it remembers is untouched.
# - With the forget gate open, $c$ is 1.165<!-- c_wide_f -->; with the input gate open, it is 1.249<!-- c_wide_i -->. Both are above one, though $h$ is only
#   0.601<!-- h_wide_f --> and 0.620<!-- h_wide_i -->.
#
# The last line deserves a look of its own. $\tanh$ squashes what is *shown*, not what is *stored*. **Your prediction, please:** hold both gates open, feed the same input again and again, and
# start from nothing. Where do $c$ and $h$ go?

# %%
biases = p.b.copy()
biases[[order.index("f"), order.index("i")]] = OPEN
both = p._replace(b=biases)
path = trace(lstm, both, np.full((10, 1, 1), x)).states

# %% tags=["hide-input"]
fig, ax = plt.subplots()
steps = range(1, 11)
ax.plot(steps, path.c.ravel(), marker="o", label="$c_t$, the memory")
ax.plot(steps, path.h.ravel(), marker="s", label="$h_t$, what is shown")
ax.axhline(1, color="black", linewidth=1)
ax.set(xlabel="step", ylabel="value")
ax.legend()
figure(
    fig,
    alt="Two curves over ten steps and a horizontal line at one. The memory c, with round marks, is above one from the second step on and rises almost in a "
    "straight line to more than five. The output h, with square marks, rises quickly, levels off, and stays below the line at one.",
    name="fig-step-unbounded",
    caption="Forget and input gate held open, the same input at every step: the memory counts, the output saturates.",
)

# %%
glue(c_ten=f"{path.c[-1].item():.1f}", h_ten=f"{path.h[-1].item():.2f}")
assert (path.c[1:] > 1).all()
assert path.c[-1].item() > 5
assert (np.diff(path.c.ravel()) > 0.4).all(), "every step adds"
assert (path.h < 1).all()
assert (path.c.ravel() <= np.arange(1, 11)).all()

# %% [markdown]
# After ten steps $c$ is at 6.0<!-- c_ten --> and has grown at every step; $h$ is at 0.78<!-- h_ten -->, and stays below one. A step can add at most one to $c$, so after $t$ steps it is at most $t$.

# %% [markdown]
# ## The experiment: a gate that fails at its work
#
# In the language model, let the forget gates of gender and number never shut again: +10<!-- open_word --> at every word. Everything else works as before. The first sentence will be
# fine. **Your prediction, please:** what comes after "Anna sings and she reads. Ben reads and"? And with children in place of Ben?

# %%
stuck = rows.copy()
stuck[:, 1, :2] = 10  # block f, gender and number
broken = model._replace(W_x=stuck.reshape(12, 12))
first = "Anna sings and she reads .".split()
tried = {}
for second in ("Ben reads and", "children read and"):
    for name, one_model in (("as set", model), ("never forgets", broken)):
        tried[second, name] = says(first + second.split(), one_model)
lines = [(*key, told(chances)) for key, chances in tried.items()]
table(("the second sentence", "forget gates", "the model's next word"), lines)

# %%
assert list(says(first[:3], broken)) == ["she"], "the first sentence is fine"
assert list(tried["Ben reads and", "as set"]) == ["he"]
assert list(tried["children read and", "as set"]) == ["they"]
muddled = tried["Ben reads and", "never forgets"]
assert list(muddled) == ["she", "he"]
assert np.allclose(list(muddled.values()), 0.5, atol=0.004)
assert list(tried["children read and", "never forgets"]) == ["she"]
last = read([*first, "Ben"], broken).states.c[-1, 0]
assert np.allclose(last[:2], [0, 2], atol=0.01), "one and minus one; one and one"

# %% [markdown]
# With Ben, the new −1 was added to the old +1: the gender is zero, and *she* and *he* are equally likely. The numbers have been added too: two singulars make a 2, for which the model was never given a meaning. With children the numbers cancel, Anna's
# gender is still there, and the model says *she* of several children, sure of itself. A memory that cannot forget does not keep the old and the new side by side. It keeps
# their sum.

# %% [markdown]
# ## Turn it yourself
#
# This is the step that you have just computed, and every number of it can be moved (on the website; on paper and in a notebook you see its numbers). Choose one of the four parts under *Show*, change the input, and say beforehand which numbers will move. There is more in [the gate lab](lab_gate.ipynb).

# %% tags=["remove-input"]
from lstm_course import lab

lab.show("cell")

# %% [markdown]
# ## What surprised us
#
# **The shares need not add up to one.** In our step 73<!-- percent_kept --> % of the old are kept *and* more than half of the new is let in. Forget gate and input gate are two independent
# layers; nothing ties one to the other, and so the memory could grow.
#
# **Silence is not forgetting.** At a full stop all of the model's $h$ is zero. Someone who looks only at $h$ would say that it has lost everything; two of its three
# cells hold all they ever held.
#
# **A cell of an LSTM need not be a memory.** "Due" has its forget gate shut and its other gates open at every word. What is left is a $\tanh$ layer followed by another $\tanh$: a
# plain recurrent unit. Here its $W_h$ is zero too, so it has no past at all.

# %%
assert f + i > 1
assert i > 0.5
assert np.allclose(states.h[:, 0, 2], np.tanh(gates.g[:, 0, 2]), atol=0.001)
assert np.allclose(states.c[stop][:, 0], [[1, 1, 0], [0, -1, 0]], atol=0.001)

# %% [markdown]
# ## Common misconceptions
#
# - *"An LSTM has four gates."* Four layers, three gates. The candidate is what is to be written; it may be negative, and it is multiplied by a gate.
# - *"Forget gate 1 means: forget."* It means: keep. The gate is named after what happens when it is shut.
# - *"The gate is open"*, as if there were one. Each gate is a vector with one number for each cell, and in the running model one cell forgets while its neighbours keep.
# - *"$h$ is the memory."* $h$ is what the memory shows at this step. It can be zero while $c$ holds everything.
# - *"Everything in an LSTM is between −1 and 1."* $h$ is. $c$ is not squashed, and after $t$ steps may be nearly $t$: with both gates open it was at 6.0<!-- c_ten --> after ten steps.
# - *"The gates look at the memory."* In this cell they see $x_t$ and $h_{t-1}$ only. There are variants in which they see it; a later chapter is about them.

# %% [markdown]
# ## Exercises
#
# As on the [first page](01_rnn.ipynb): your answer goes into a cell of its own, `check` judges it, `hint` helps.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("walk.gate")

# %% tags=["remove-input"]
ask("walk.silent")

# %% tags=["remove-input"]
ask("walk.step")

# %% tags=["remove-input"]
ask("walk.mend")

# %% tags=["remove-input"]
ask("walk.remember")

# %% [markdown]
# ## Sources
#
# The order of the four parts, and the language model with its subject, are those of {cite:t}`olah2015`; the sentences, the numbers and the network that is set by hand are the course's own. The cell is
# that goes back to {cite:t}`hochreiter1997`; its forget gate is that of {cite:t}`gers2000`.
