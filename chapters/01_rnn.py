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
# # Recurrent neural networks
#
# **After this page you will be able to**
#
# - say why a network that reads a sequence needs a memory, and what a fixed window cannot do;
# - draw a recurrent network with its loop, and unroll it into a chain;
# - compute a time step by hand, and recognise it in four lines of code;
# - choose the right shape for a task: one to many, many to one, many to many;
# - train a network that writes source code one character at a time, and judge it against honest rivals.

# %% [markdown]
# ## The question
#
# Read this line of Python and guess the character that comes next:
#
# ```
# for name in sorted(self._sections.keys()
# ```
#
# You know that a bracket is still open, that `for` was the first word, and that a colon is due after the bracket. The
# evidence lies far back, and you did not read the line again to find it: you *carried it along* while reading.
#
# A plain feedforward network carries nothing. It maps one input to one output and starts each time from a blank slate.
# You could hand it the last five characters at once, but then it is blind to the sixth, and whatever it learns about a
# character in the first place of the window it must learn again for the second.
#
# So we want a network that reads one thing at a time, however many there are, and remembers. How little must be added
# to a layer to get that?

# %%
import numpy as np
import torch
from matplotlib import pyplot as plt

from lstm_course import drawing, studies
from lstm_course.cells import rnn
from lstm_course.models import baselines
from lstm_course.models.language_model import LanguageModel
from lstm_course.notebook import COLOURS, figure, glue, style
from lstm_course.tasks import characters
from lstm_course.training import Carried, fit
from lstm_course.unroll import run

style()

# %% [markdown]
# ## The picture
#
# One line. A **recurrent network** hears from itself: at every **time step** it reads an input $x_t$ together with what it
# computed at the step before, $h_{t-1}$, and gives $h_t$. What goes round the loop is called the **hidden state**, and it
# is all the memory there is.
#
# A loop is hard to compute with; laid out in time it is an ordinary chain. On the right of the picture the same network
# stands once for each time step. These are copies of one network, with the same weights, each handing a message on to the
# next. The first copy has nobody before it, so it starts from zeros: $h_{-1} = 0$.

# %% tags=["remove-input"]
figure(
    drawing.rnn_unrolled(4),
    alt="Left: a card A with an input x_t from below, an output h_t above, and an arrow that leaves it on the right and "
    "enters it again. After an equals sign: four copies of the card A in a row, with inputs x_0 to x_3 and outputs h_0 to "
    "h_3; an arrow leads from each copy to the next.",
    name="fig-unrolled",
    caption="A recurrent network with its loop, and the same network unrolled over four time steps.",
)

# %% [markdown]
# What is inside A? In the simplest case a single layer. {cite:t}`elman1990` made this network well known (with another
# squashing function in the place of $\tanh$, which is PyTorch's choice and ours). Five signs are enough to show what is
# inside, here and in every diagram of this course. A large pale card, such as A, is a whole module.

# %% tags=["remove-input"]
figure(
    drawing.legend(),
    alt="Five signs with their names. An orange box: learned layer. A white circle: pointwise operation. A line with an arrow: "
    "vector. Two lines that join into one: end to end. A line that forks into two: copy.",
    name="fig-legend",
    caption="The signs of all diagrams; what stands in a box or a circle ($\\sigma$, $\\times$) says which layer or operation it is. Only "
    "the boxes hold weights that are learned.",
)

# %% tags=["remove-input"]
figure(
    drawing.rnn_module(),
    alt="Three modules in a row; the middle one is opened. Inside it the line h_(t-1) from the left module and the line x_t "
    "from below join and enter one box, tanh. Its output forks: one copy goes up to h_t, one goes right to the next module.",
    name="fig-rnn-module",
    caption="One step, opened: the old state and the input join and pass through a single tanh layer.",
)

# %% [markdown]
# ## The equation
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$$
#
# The input times a matrix, plus the last state times another matrix, plus a bias; then $\tanh$, which squeezes every
# number into the range from $-1$ to $1$. Take $h_{t-1} W_h$ away and an ordinary layer is left. That product is the
# whole difference.
#
# Joining $x_t$ and $h_{t-1}$ end to end and multiplying by one tall matrix is the same thing as multiplying each by its
# own matrix and adding, which is why the picture shows one box. (The code below checks it.) We keep two matrices, because
# their roles differ.

# %% [markdown]
# ## The code
#
# Two input features, three hidden units, weights simple enough to follow with a pencil. Rows are inputs: `W_x[1, 2]` is
# the weight from feature 1 to unit 2.

# %%
p = rnn.Params(
    W_x=np.array([[1.0, 0.0, 0.5], [0.0, 1.0, -0.5]]),
    W_h=np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 1.0], [0.0, 0.0, 0.5]]),
    b=np.zeros(3),
)
x = np.array([[1.0, 0.0]])
h_prev = np.array([[0.0, 0.8, 0.0]])

a = x @ p.W_x + h_prev @ p.W_h + p.b
h = np.tanh(a)
print("a =", a.round(2))
print("h =", h.round(2))
assert np.allclose(a, np.hstack([x, h_prev]) @ np.vstack([p.W_x, p.W_h]) + p.b), (
    "one tall matrix does the same"
)

# %% [markdown]
# Check the third unit yourself: $1 \cdot 0.5$ from the input, $0.8 \cdot 1$ from the state, so $a = 1.3$, and
# $\tanh 1.3 \approx 0.86$. The package's cell, `lstm_course/cells/rnn.py`, does the same. It splits the work in two:
# `inputs` is the part of $a$ that depends on the input alone, and `step` adds $h_{t-1} W_h$, which must wait for the last
# state. A state is a tuple with names; this cell's has one part, `h`. (What `step` hands back besides will matter for the
# LSTM's gates; this cell has none.)

# %%
state, _ = rnn.step(p, rnn.inputs(p, x), (h_prev,))
print(np.allclose(state.h, h))

# %% [markdown]
# A sequence is a loop around that step. `run` is the loop. It takes inputs of shape $(T, B, D)$, time first, and
# returns every hidden state.
#
# **Your prediction, please,** before you run the next cell. Both sequences contain the same two inputs, once in the order A, B and
# once in the order B, A. Will the last states differ?

# %%
A, B = [1.0, 0.0], [0.0, 1.0]
both_orders = np.array([[A, B], [B, A]])  # step, example, feature
hs, last = run(rnn, p, both_orders)
print("after A, B:", last.h[0].round(2))
print("after B, A:", last.h[1].round(2))
assert np.abs(last.h[0] - last.h[1]).max() > 0.2

# %% [markdown]
# They do. Nobody told the network about order; it follows from the loop: what came first has been through $W_h$ and
# through $\tanh$ once more than what came second. Mere adding up would not notice.
#
# And the number of weights does not depend on the number of steps: the same three arrays serve a sequence of two and a
# sequence of two thousand.

# %%
long = np.ones((2000, 1, 2))
hs, _ = run(rnn, p, long)
weights = sum(array.size for array in p)
print(f"{weights} numbers, {len(hs)} steps")
assert weights == 2 * 3 + 3 * 3 + 3

# %% [markdown]
# ## What can be read, what can be written
#
# A recurrent network may read at some steps and write at others. That makes it a tool for quite different jobs.

# %% tags=["remove-input"]
figure(
    drawing.sequence_shapes(),
    alt="Five chains of boxes. One to one: one input, one output. One to many: input at the first of three steps, output at "
    "all. Many to one: input at all of three steps, output at the last. Many to many in step: input and output at all three. "
    "Many to many, read then write: input at the first two of four steps, output at the last two.",
    name="fig-shapes",
    caption="Discs below are read, discs above are written. Only the first shape could do without a chain.",
)

# %% [markdown]
# | shape | read | written | for example |
# |---|---|---|---|
# | one to many | one vector | a sequence | a picture in, a sentence about it out {cite:p}`vinyals2015` |
# | many to one | a sequence | one vector | a film review in, its verdict out {cite:p}`dai2015` |
# | many to many, in step | a sequence | one output a step | a text in, a guess of each next character out {cite:p}`karpathy2015` |
# | many to many, read then write | a sequence | another sequence | a sentence in, its translation out {cite:p}`sutskever2014` |
#
# In code, the shapes that read at every step differ only in what you keep: all of `hs`, with shape $(T, B, H)$, or
# `hs[-1]` alone. Where there is nothing to read, something must be put in all the same: zeros or, as in the experiment
# that comes now, what the network itself has just written.

# %% [markdown]
# ## The experiment: a network that writes Python
#
# **The task.** Read source code one character at a time and, at every step, give a probability to each of the 96
# characters that may come next. That is many to many, in step.
#
# **The text.** You have it already: the source of a fixed list of modules of Python's standard library. Some modules are held out. The
# network never trains on them, and they are its examination.

# %% tags=["nbval-ignore-output"]
text = characters.read(characters.TRAINING)
held_out = characters.read(characters.HELD_OUT)
tokens, held_out_tokens = characters.encode(text), characters.encode(held_out)
glue(megabytes=f"{len(text) / 1e6:.1f}", kilobytes=round(len(held_out) / 1e3))
glue(modules=len(characters.TRAINING), held_out_modules=len(characters.HELD_OUT))
assert 3e6 < len(text) < 4.5e6
assert 1e5 < len(held_out) < 2.5e5

# %% [markdown]
# That is 3.7<!-- megabytes --> million characters from 156<!-- modules --> modules to learn from, and
# 155<!-- kilobytes --> thousand from 5<!-- held_out_modules --> modules to be judged by. (These figures are from Python
# 3.11; your library may differ a little.)
#
# **The measure.** If the model gave probability $p$ to the character that came, we charge it $-\log_2 p$ bits. The
# average over a text is its **bits per character**: fewer is better. A model that knows nothing pays
# $\log_2 96 \approx 6.58$.
#
# **The rivals.** A number alone says little, so let us first ask what can be had without a network.
#
# - An **n-gram model** looks at the last $n-1$ characters and counts what followed them in the training text. It is the
#   fixed window from the beginning of this page, in its simplest form. Where a context is new, or says little, it leans on
#   the shorter context. How it does so matters a good deal; we take one of the best ways known
#   {cite:p}`kneser1995,chen1999`.
# - A **compressor** is a predictor in disguise: whoever predicts well needs few bits. We ask `bz2` and `xz`, once with
#   the held-out text alone, and once with the training text in front of it, counting only what the held-out text adds.
#   They have one advantage: they go on learning while they are examined, and the others do not.

# %% tags=["nbval-ignore-output"]
counted = baselines.kneser_ney(tokens, held_out_tokens, 8, len(characters.VOCABULARY))
bits = baselines.bits_per_character(counted)
rivals = {"uniform": bits[0]} | {f"{n}-gram": bits[n] for n in range(1, 9)}
for name in ("bz2", "xz"):
    compress = baselines.COMPRESSORS[name]
    rivals[f"{name} alone"] = baselines.compressed_bits(held_out, compress)
    given = baselines.compressed_bits(held_out, compress, given=text)
    rivals[f"{name} after the training text"] = given
for name, value in rivals.items():
    print(f"{value:5.2f}  {name}")

# %%
assert abs(rivals["uniform"] - np.log2(96)) < 1e-9
assert all(np.diff(bits) < 0), "each longer window helps"
assert (
    rivals["xz after the training text"]
    < rivals["bz2 after the training text"]
    < rivals["8-gram"]
    < rivals["bz2 alone"]
)
assert abs(rivals["xz alone"] - rivals["bz2 alone"]) < 0.1

# %% [markdown]
# **The network.** Each character becomes a vector of 32<!-- embedding --> numbers, its **embedding**: a row of a table
# that is learned. A recurrent layer of 256<!-- hidden --> units reads the vectors. A last layer, the **readout**, a matrix and
# a bias, turns every $h_t$ into 96 scores, and softmax makes probabilities of them.
#
# **The training.** The text is cut into 64<!-- streams --> streams that are read side by side, 24<!-- steps -->
# characters at a time. The state is carried from one window to the next; the gradient is not (the
# [next page](01b_backpropagation.ipynb) explains why, and how the gradient is found at all; here PyTorch finds it). The
# optimiser is Adam {cite:p}`kingma2015`, its rate rises for 100 updates and then falls to almost nothing, and a gradient
# longer than 1 is shortened to 1 (the next page again).
#
# **To write**, we draw a character from the network's probabilities, *feed it back as the next input*, and draw again.
# (The `temperature` of 0.7 is explained below.)
#
# **Your prediction, please.** In training the network reads about two thirds of the training text, once. Will it beat
# the 2-gram? The 5-gram? `xz`, which has the whole training text at hand? And what will it write before it has learned
# anything, after 30 updates, after 300?
#
# (In the code below, `Carried` hands the state from window to window, `glue` hands a number over to the text, and `fit` is the
# course's training loop. How they work does not matter here.)

# %%
UPDATES, STREAMS, STEPS, EMBEDDING, HIDDEN = 1600, 64, 24, 32, 256
window = characters.windows(tokens, STREAMS, STEPS)
model = LanguageModel(
    rnn, 96, HIDDEN, EMBEDDING, rng=np.random.default_rng(0), gradient="autograd"
)
held_out_bits, samples = {}, {}
glue(embedding=EMBEDDING, hidden=HIDDEN, streams=STREAMS, steps=STEPS)
glue(weights=f"{sum(p.numel() for p in model.parameters()):,}")
assert 0.6 < UPDATES * STREAMS * STEPS / len(tokens) < 0.75, "about two thirds"


def measure(model, batch, state):
    losses, state = model.loss(*batch, state)
    return {"loss": losses.mean()}, state


def write(model, length, temperature, seed=0):
    start = "\n    def "
    prompt, rng = characters.encode(start), np.random.default_rng(seed)
    drawn = model.sample(prompt, length, rng=rng, temperature=temperature)
    return start + characters.decode(drawn)


def look(done, model):
    if done in (1, 30, 300, UPDATES):
        samples[done] = [write(model, 400, 0.7, seed) for seed in range(5)]
    if done in (1, 30, 100, 300, 1000, UPDATES):
        held_out_bits[done] = model.bits(torch.from_numpy(held_out_tokens))


history = fit(
    model,
    Carried(measure),
    lambda k: [torch.from_numpy(part) for part in window(k)],
    steps=UPDATES,
    lr=6e-3,
    schedule=lambda k: (
        min((k + 1) / 100, 1.0) * np.cos(np.pi / 2 * k / UPDATES) ** 2 + 1e-3
    ),
    watch=look,
)

# %% [markdown]
# ### What it wrote
#
# The same network, asked to go on from the beginning of a method, `def`, at four moments of its training:

# %% tags=["nbval-ignore-output"]
for done, several in samples.items():
    print(f"--- updates: {done}, bits per character: {held_out_bits[done]:.2f}")
    print(f"{several[0][:200]}\n")

# %% [markdown]
# Watch what comes when. At first it is noise, all 96 characters alike. (It pays more than 6.58 bits, since random scores are
# worse than equal ones: the network is sure of things that are wrong.) After 30 updates the network knows which characters are
# common, blanks above all, and little about their order. Then come short words and indentation, and at last lines that look like Python from across the
# room, and mean nothing. Readers of Karpathy's article will recognise the sequence.

# %%
common = "self return def if in not the is None for import class to a of and".split()
blanks = {
    done: np.mean([s.count(" ") / len(s) for s in several])
    for done, several in samples.items()
}
words = {
    done: sum(word in common for s in several for word in s.split()[1:])
    for done, several in samples.items()
}
assert held_out_bits[1] > rivals["uniform"], "random scores are worse than equal ones"
assert blanks[1] < 0.1 < 0.2 < blanks[30], "blanks come first"
assert words[1] < 5, "no words in the noise"
assert words[UPDATES] > words[30] + 10, "then words"

# %% [markdown]
# ### How good it is

# %% tags=["hide-input"]
fig, ax = plt.subplots()
ax.plot(
    list(held_out_bits),
    list(held_out_bits.values()),
    marker="o",
    label="recurrent network",
)
for name, look_like, colour in (
    ("2-gram", "--", COLOURS[1]),
    ("5-gram", "-.", COLOURS[2]),
    ("xz after the training text", ":", COLOURS[3]),
):
    ax.axhline(rivals[name], linestyle=look_like, color=colour, label=name)
ax.set(
    xscale="log",
    xlabel="updates",
    ylabel="bits per character, held-out text",
    ylim=(1, 7),
)
ax.legend()
figure(
    fig,
    alt="Held-out bits per character against updates on a logarithmic axis. The network's curve falls from above six, crosses "
    "the line of the 2-gram model between 30 and 100 updates, and ends, still falling, a little above the line of the 5-gram. The line of "
    "xz with the training text lies well below both.",
    name="fig-learning",
    caption="The network learns; dots are measurements, and three rivals stand as horizontal lines.",
)

# %% tags=["nbval-ignore-output"]
final = held_out_bits[UPDATES]
glue(
    rnn_bits=f"{final:.2f}",
    two_gram=f"{rivals['2-gram']:.2f}",
    four_gram=f"{rivals['4-gram']:.2f}",
)
glue(five_gram=f"{rivals['5-gram']:.2f}", eight_gram=f"{rivals['8-gram']:.2f}")
glue(
    xz_given=f"{rivals['xz after the training text']:.2f}",
    xz_alone=f"{rivals['xz alone']:.2f}",
)

# %% [markdown]
# In this run the network pays 2.12<!-- rnn_bits --> bits for each character of modules that it has never seen. The
# 2-gram pays 3.45<!-- two_gram -->, the 4-gram 2.16<!-- four_gram -->, the 5-gram 1.97<!-- five_gram --> and the 8-gram
# 1.87<!-- eight_gram -->; `xz` pays 1.90<!-- xz_alone --> alone and 1.60<!-- xz_given --> after the training text.

# %%
assert held_out_bits[30] > rivals["2-gram"] > held_out_bits[100]
assert final < rivals["4-gram"] - 0.02, "better than a window of three characters"
assert final > rivals["5-gram"] + 0.04, (
    "but not as good as a window of four, counted with care"
)
assert final > rivals["xz after the training text"] + 0.3, "let alone xz"

# %% [markdown]
# One run proves little: perhaps its random start was a lucky one. So the same training was repeated from
# 10<!-- starts --> random starts, and the results are stored with the package
# (`python -m lstm_course.studies character_model` makes them anew, in about 8<!-- minutes --> minutes).

# %%
study, about = studies.load("character_model"), studies.about("character_model")
counted = about["context"]["n_gram_bits"]
ends = study["bits"][study["updates"] == UPDATES]
glue(
    best=f"{ends.min():.2f}",
    worst=f"{ends.max():.2f}",
    starts=len(ends),
    minutes=round(about["cpu_seconds"] / 60),
)
glue(over_four=int((ends < counted[4]).sum()), over_five=int((ends < counted[5]).sum()))
glue(
    misses_five=f"{ends.mean() - counted[5]:.2f}",
    misses_eight=f"{ends.mean() - counted[8]:.2f}",
)
assert (np.diff(study["bits"].reshape(len(ends), -1)) < 0).all(), (
    "each run improved from one measurement to the next"
)
assert ends.min() - 0.1 < final < ends.max() + 0.1, (
    "the run on this page is one of the kind"
)

# %% [markdown]
# They end between 2.11<!-- best --> and 2.13<!-- worst --> bits: 10<!-- over_four --> of them beat the 4-gram,
# and 0<!-- over_five --> beat the 5-gram, which they miss by 0.15<!-- misses_five --> bits on average; the 8-gram they miss by
# 0.26<!-- misses_eight -->. The result does not hang on a lucky start.

# %% [markdown]
# ### Temperature
#
# Dividing the scores by a **temperature** before softmax sharpens the probabilities (below 1) or flattens them (above 1).
# **Your prediction, please:** what will the network write at 0.3, and what at 1.5?

# %% tags=["nbval-ignore-output"]
by_temperature = {}
for temperature in (0.3, 0.7, 1.0, 1.5):
    by_temperature[temperature] = write(model, 600, temperature, seed=2)
    print(f"--- temperature {temperature}\n{by_temperature[temperature][:200]}\n")

# %%
kinds = [
    len({s[k : k + 4] for k in range(len(s) - 3)}) for s in by_temperature.values()
]
assert kinds[0] + 50 < kinds[2] < kinds[3], "hotter text repeats itself less"

# %% [markdown]
# A cold network falls into loops and repeats itself, a hot one scatters. Neither is the right setting: temperature is a
# choice about the writing and changes nothing in what the network knows.

# %% [markdown]
# ## What surprised us
#
# **Careful counting beats the network.** A table of n-grams, made in a few seconds, predicts better than a network that
# trained much longer. Why? The table can afford to write everything down, every context of seven characters with all
# that followed it. The network must press the same text into
# 101,728<!-- weights --> numbers, and has read two thirds of it, once. But the table is blind beyond its window, and the network is
# not: what it could do with a better memory and more time is a question for the rest of this course.
#
# **`xz` is better than both, by a trick.** It keeps the training text and finds long passages that return word for
# word: licence headers, familiar idioms, `if __name__ == '__main__':`. Our network has nothing that can look up a
# passage. Without the training text `xz` still does well, since a text of this length repeats itself too. (`bz2` works in blocks
# of at most 900 kB, so it profits from the last part of the training text only.)
#
# ## Common misconceptions
#
# - *"Each time step has its own weights."* No: the unrolled picture shows copies of **one** network. That is why 18
#   numbers can read two thousand steps.
# - *"It reads in order because it adds things up in time."* Adding knows no order. What comes first goes through the loop
#   more often: that is the difference.
# - *"It remembers everything it has read."* It has $H$ numbers to do it in, rewrites all of them at every step, and is
#   never told what to keep. How far back it can really look is the question of the next chapters.

# %% [markdown]
# ## Exercises
#
# In the notebook, put your answer into a cell of its own and hand it to `check`, as the last line of each exercise shows.
# It tries a function on fresh random numbers, where it takes any, and says what is wrong with an answer, as far as it can tell. `hint("rnn.step")`
# gives one hint after the other, and `progress()` lists what you have solved. Hints and solution are also folded away below
# each exercise. Stars say how long it may take: one for a few minutes, three for an evening. A function that gets NumPy arrays
# gives new ones back, of the type that went in: `float32` stays `float32`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("rnn.shapes")

# %% tags=["remove-input"]
ask("rnn.step")

# %% tags=["remove-input"]
ask("rnn.unroll")

# %% tags=["remove-input"]
ask("rnn.nonlinearity")

# %% tags=["remove-input"]
ask("rnn.count")

# %% tags=["remove-input"]
ask("rnn.latch")

# %% [markdown]
# ## Sources
#
# The loop and the unrolled chain are the starting point of {cite:t}`olah2015`; the network is that of
# {cite:t}`elman1990`; the five shapes and the experiment are those of {cite:t}`karpathy2015`, here drawn anew and run on a
# different text; the counting model is that of {cite:t}`kneser1995` in the form of {cite:t}`chen1999`, applied to characters.
