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
# # The Rosetta stone
#
# **After this page you will be able to**
#
# - read the LSTM and the GRU of a paper or a library you have not met before, and say which of its letters is which of ours;
# - move weights between PyTorch, Keras, TensorFlow 1, Haiku, Flax, ONNX and cuDNN, and say between which of them it cannot be done;
# - say where the 1 of the forget bias hides, and which way round $z$ is;
# - say which mistakes in loading make no noise at all;
# - find out the order of the gates in a file that nobody has described.

# %% [markdown]
# ## The question
#
# You have a file of weights, trained by somebody else, and the formulas of the library that wrote it. The library calls something $j$. Its matrix has $4H$ columns, and so has yours. You
# load it. There is no error, since all shapes fit, and out come numbers between -1 and 1, as they should.
#
# **Which block is which gate, and how would you notice if you had guessed wrong?**

# %%
from functools import partial
from itertools import permutations
from textwrap import fill

import numpy as np
import torch
from matplotlib import pyplot as plt

from lstm_course import convert, drawing, studies, unroll
from lstm_course.cells import gru, gru_2014, lstm, peephole
from lstm_course.convert import CONVENTIONS, FORMATS
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.studies import trials
from lstm_course.tasks import agreement, recall

style()

# %% [markdown]
# ## The picture
#
# An LSTM has four layers that read the same, so most libraries pack the four side by side, in one matrix for $x$ and one for $h$, or both in one. (Flax's `LSTMCell`s keep an array for each gate, by name, and cuDNN numbers them.) Here is how the packed matrix is cut. The letters and the
# colours are ours: **i** input gate, **f** forget gate, **g** candidate, **o** output gate.

# %% tags=["remove-input"]
figure(
    drawing.gate_strips("lstm", ["torch", "keras", "tf1", "haiku", "onnx", "cudnn"]),
    alt="Six strips of four lettered blocks each. PyTorch: i, f, g, o. Keras the same, with g called c there. TF1 and Haiku: i, g, f, o, with 1 added to f at run time; TF1 calls g j. ONNX: i, o, f, g, "
    "g called c there. cuDNN: i, f, g, o, g called c prime there.",
    name="fig-rosetta-lstm",
    caption="The four blocks of an LSTM's matrix, in each library's order. In PyTorch, ONNX and cuDNN a block is H rows, in the others H columns.",
)

# %% [markdown]
# A GRU has three blocks: **r** reset gate, **z** update gate, **n** candidate. There are two kinds of GRU, which no conversion makes equal (see [Variants](07_variants.ipynb)). Those above reset what comes *out of* the product
# with the weights, those below reset $h$ *before* it.

# %% tags=["remove-input"]
figure(
    drawing.gate_strips("gru", ["torch", "keras", "cudnn"]),
    alt="Three strips of three lettered blocks. PyTorch: r, z, n. Keras: z, r, n, with n called h there. cuDNN: r, z, n, with z called i there and n called h prime.",
    name="fig-rosetta-gru",
    caption="GRUs that reset after the product: PyTorch's, Keras's as it comes, cuDNN's. (ONNX with linear_before_reset=1 is as Keras, Flax has the letters of PyTorch.)",
)

# %% tags=["remove-input"]
figure(
    drawing.gate_strips("gru_2014", ["tf1", "haiku"]),
    alt="Two strips of three lettered blocks. TF1: r, z, n, with z called u there and n called c. Haiku: z, r, n, where z is turned and n is called a.",
    name="fig-rosetta-gru-2014",
    caption="GRUs that reset before the product. In Haiku z is turned: there z = 1 takes the new state, with us it keeps the old. (Keras with reset_after=False and ONNX as it comes have the order z, r, n and our sign.)",
)

# %% [markdown]
# ## The equation
#
# Ours, once more; $*$ multiplies number by number, and vectors are rows.
#
# $$\begin{aligned}
# i, f, o &= \sigma(x_t W_x + h_{t-1} W_h + b) \\
# g &= \tanh(x_t W_x + h_{t-1} W_h + b) \\
# c_t &= f * c_{t-1} + i * g \\
# h_t &= o * \tanh c_t
# \end{aligned}$$
#
# (each with its own block of $W_x$, $W_h$ and $b$), and the GRU:
#
# $$\begin{aligned}
# r, z &= \sigma(x_t W_x + h_{t-1} W_h + b) \\
# n &= \tanh(x_t W_{xn} + b_n + r * (h_{t-1} W_{hn} + b'_n)) \\
# h_t &= z * h_{t-1} + (1 - z) * n
# \end{aligned}$$
#
# ### If you read X, it is our Y
#
# The course has one table of conventions, `convert.CONVENTIONS`. The converters work from it, and so does every table on this page. First the letters: wherever a source calls a gate or a candidate something else than we do, it stands here. TF1 is TensorFlow 1; names with a year are papers, listed at the end of the page.

# %% tags=["hide-input"]
LSTMS = ("lstm", "peephole", "lstm_1997")


def foreign(cells):
    """Rows: a name, our letter for it, and who uses it; only names that are not ours."""
    found = {}
    for (cell, _), one in CONVENTIONS.items():
        if cell in cells:
            for name, gate in zip(one.names, one.gates, strict=True):
                if name.strip("$") != gate:
                    found.setdefault((name, gate), []).append(one.who)
    order = lambda row: row[0][0].strip("$\\").lower()
    return [
        (name, gate, "; ".join(dict.fromkeys(who)))
        for (name, gate), who in sorted(found.items(), key=order)
    ]


table(("you read, in an LSTM", "it is our", "found in"), foreign(LSTMS))

# %% tags=["hide-input"]
table(("you read, in a GRU", "it is our", "found in"), foreign(("gru", "gru_2014")))
assert {("$z$", "g", "Greff 2017"), ("j", "g", "TF1")} <= set(foreign(LSTMS))


# %% [markdown]
# One letter, two meanings:
#
# - **$z$** is a GRU's update gate; in Greff's comparison it is the LSTM's candidate.
# - **$c$** is the cell; in Keras and ONNX also the LSTM's candidate, and in TF1's GRU the candidate.
# - **$i$** is the input gate; in cuDNN's GRU it is the update gate.
# - **$h$** is the state; in the GRUs of Keras and ONNX also the candidate. In the papers of 1997 and 2000 $g$ and $h$ are functions, where we write a tanh.
#
# The weights have letters, too:
#
# | our | you read |
# |---|---|
# | $W_x$ | `weight_ih` in PyTorch, `kernel` in Keras, $W$ in ONNX, cuDNN, Cho, Greff |
# | $W_h$ | `weight_hh` in PyTorch, `recurrent_kernel` in Keras, $R$ in ONNX, cuDNN, Greff, $U$ in Cho, Chung, Bahdanau |
# | $W_x$ and $W_h$ in one | $W$ in the article, `kernel` in TF1, `w` in Haiku's LSTM |
# | $W_x$ and $W_h$, gate by gate | `ii`, `hi`, `if`, `hf` and so on in Flax |
# | $w_c$ | $p$ in Greff, $P$ in ONNX, `w_i_diag`, `w_f_diag`, `w_o_diag` in TF1 |
#
# Other things that you may read:
#
# - **$s_c$** (1997, 2000, 2002) is our $c$, the *internal state*; **$y^c$**, and **$y$** in Greff's comparison, is our $h$; **$C$** in the article is our $c$. **$net$** is a pre-activation, our $a$.
# - **$[h_{t-1}, x_t]$** in the article is both end to end, $h$ first. TF1 and Haiku join them too, $x$ first: the rows of their matrix begin with those of $x$.
# - **block input**, **cell input**, **new memory**, **new input**, **cell gate**, **new gate**, **hidden gate**: the candidate, $g$ or $n$. In 1997 and 2000 it is $2\tanh(a/2)$, in $(-2, 2)$, and $h = o * \tanh(c/2)$; in the timing tasks of 2002 neither has a tanh. In 1997 there is no forget gate, see [LSTM networks](03_lstm_networks.ipynb).
# - **hidden state**: nearly everywhere our $h$; but the help text of TF1's `LSTMStateTuple` calls $c$ the hidden state and $h$ the output. Its `LSTMCell` calls $h$ `m`.
# - **update gate** and **reset gate**: $z$ and $r$. The help text of Haiku's GRU names them the other way round, against its own formulas. Those of Keras say that the GRU which resets *before* is the default; the argument's default is *after*.
# - **`reset_after=True`**, **`linear_before_reset=1`**: our `gru`. **`False`** and **0**: our `gru_2014`.
# - **peepholes**: weights from $c$ to the gates. PyTorch, Keras, Haiku, Flax and cuDNN have none; TF1's `LSTMCell` and ONNX can. The input and forget gates read the old $c$, the output gate the new one; ONNX keeps them in the order i, o, f.
#
# ### LSTM: order, biases, and the 1
#
# One bias or two is a matter of taste in an LSTM: only their sum counts. The 1 of the forget gate is not. It can be *stored*, as a start value that training then changes, or *added at run time* to whatever is stored. A file of the second kind holds 1 less. (In TF1 the number is an argument of the cell, `forget_bias`, 1 unless somebody changed it, and no array holds it: look into the code that trained the model. In Haiku it is fixed.)


# %% tags=["hide-input"]
def library_rows(cell, *columns):
    """A row for each library that has this cell."""
    return [
        (one.who, *(column(one) for column in columns))
        for (kind, _), one in FORMATS.items()
        if kind == cell
    ]


def order(one):
    return " ".join(one.gates)


def added(one):
    return ", ".join(f"{x:g} to {gate}" for gate, x in one.adds.items()) or "nothing"


table(
    ("library", "order, in our letters", "biases", "added at run time", "hands on"),
    library_rows("lstm", order, lambda one: one.biases, added, lambda one: one.state),
)
runtime = [one.who for key, one in FORMATS.items() if key[0] == "lstm" and one.adds]
assert runtime == ["TF1", "Haiku"]

# %% [markdown]
# Mind the last column as well: TF1 and Flax hand on $c$ first. (In Flax's linen and in `nnx.LSTMCell` the gates stand in separate arrays, so the order is only that of the formulas.)
#
# **What no array tells.** In TF 1.15 the gates of Keras were by default a *hard sigmoid*, made of straight lines, and its GRU reset before the product; since TF 2 its gates are our sigmoid, and it resets after. TF1's `LSTMCell` can also clip the cell (`cell_clip`). All this stands in the settings and not in the weights. Here Keras means Keras 3, and `tf.keras` from TF 2 on.
#
# Not everything that a help text says is so. That of `nnx.OptimizedLSTMCell` calls its arrays compatible with those of `nnx.LSTMCell`; in linen that is so, in nnx the arrays have other names. TF1's `LSTMCell` says that forget biases *are initialised to 1*, and its code adds the 1 at every step.
#
# ### How they start
#
# Two networks "of the same size" in two libraries do not start alike. It matters: in [the problem of long-term dependencies](02_long_term.ipynb) the start decided whether a network learned at all.

# %% tags=["hide-input"]
started = [
    (one.who, *one.start[:2], one.start[2] + ", 1 added later" * bool(one.adds))
    for key, one in CONVENTIONS.items()
    if key[0] in ("lstm", "peephole") and one.start and key != ("peephole", "tf1")
]
table(("LSTM of", "weights of x", "weights of h", "biases"), started)

# %% [markdown]
# (ONNX and cuDNN are handed their weights and have no rule for a start. The papers chose for each experiment: here stand the continual Reber grammar of 2000 and the timing tasks of 2002. *Glorot uniform* is uniform within $\pm\sqrt{6/(\text{rows} + \text{columns})}$ of the packed matrix, four gates wide; *LeCun normal* has the standard deviation $1/\sqrt{\text{rows}}$ and is cut off at a little more than twice that. A matrix $(H, 4H)$ can be *orthogonal as one*, rows
# against rows, or gate by gate: these are not the same, since in the first case a single gate's matrix is no rotation: it shortens, to a half on average (root mean square), and in some directions to almost nothing.) PyTorch's rule can be measured here and now:

# %%
layer = torch.nn.LSTM(30, 64)
for name, weights in layer.named_parameters():
    print(f"{name:12} largest {weights.abs().max() * 64**0.5:.1f} / sqrt(64)")
    assert 0.95 < weights.abs().max() * 64**0.5 < 1.001
forget = (layer.bias_ih_l0 + layer.bias_hh_l0)[64:128]
assert abs(forget.mean()) < 0.1
block = torch.nn.init.orthogonal_(torch.empty(64, 256))[:, :64]
lengths = torch.linalg.svdvals(block)
assert abs(lengths.square().mean().sqrt() - 0.5) < 0.05
assert lengths.min() < 0.1


# %% [markdown]
# So in PyTorch a forget gate starts at about one half, whatever you have read about a forget bias of 1. If you want one, put the 1 into *one* of the two biases.
#
# ### GRU: order, sign, reset
#
# Here the sources really disagree. $z = 1$ *keeps* the old state in some and *takes* the new one in others.


# %% tags=["hide-input"]
def gru_row(key, one):
    keeps = "replaces" if "z" in one.turned else "keeps"
    where = "before" if key[0] == "gru_2014" else "after"
    return one.who, where, keeps, order(one) if one.arrays else "-", one.biases


grus = [(key, one) for key, one in CONVENTIONS.items() if "gru" in key[0]]
table(
    ("GRU of", "reset", "z = 1 (old state)", "order, in our letters", "biases"),
    [gru_row(*entry) for entry in grus if entry[0][1] != "z overwrites"],
)
takes = {one.who for _, one in grus if one.turned} - {"PyTorch's, z turned"}
assert takes == {"Haiku", "the article", "Chung 2014", "Bahdanau 2015"}

# %% [markdown]
# The GRU of 2014 has two versions. The first one that was put on arXiv resets after the product; the later one, and the printed paper, before it. So both camps can say that theirs is the original. (Two biases make sense only *after*: there the second one of $n$ stands inside
# the reset. Flax's linen has just that one extra. `flax.nnx.GRUCell` has none, though the formula in its help text shows it.)
#
# ## The code
#
# `convert.write` turns our weights into another library's arrays, and `convert.read` turns them back. From Keras to Haiku, say, leads through ours:

# %%
rng = np.random.default_rng(0)
D, H = 3, 2
p = lstm.init(rng, D, H)
keras = convert.write(p, "keras")  # as if we had loaded it from there
ours = convert.read(keras, "lstm", "keras", D, H)
haiku = convert.write(ours, "haiku")
for name, array in (keras | haiku).items():
    print(f"{name:17} {array.shape}")
assert np.allclose(keras["bias"][H : 2 * H] - 1, haiku["b"][2 * H : 3 * H])


# %% [markdown]
# What it does in between is three things: transpose, pick blocks, and take the 1 out where the other library will add it. Is it right? Each library's step, written out from its documented formulas, computes what our cell computes: that is tested for every library in the table (for the GRUs of the papers, too), and once
# it was run against the real libraries as well (Keras 3.15, Flax 0.12, Haiku 0.0.17, ONNX's reference evaluator 1.23: no difference beyond rounding; TF1 and cuDNN were not, for these stand only the formulas, read in code and manual). Here is one such step, TF1's, without anything of ours in it:


# %%
def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def tf1_step(kernel, bias, x, h, c):
    i, j, f, o = np.split(np.concatenate([x, h], 1) @ kernel + bias, 4, axis=1)
    c = sigmoid(f + 1.0) * c + sigmoid(i) * np.tanh(j)
    return sigmoid(o) * np.tanh(c), c


x, h, c = (rng.standard_normal((4, size)) for size in (D, H, H))
theirs = tf1_step(**convert.write(p, "tf1"), x=x, h=h, c=c)
state, _ = lstm.step(p, lstm.inputs(p, x), (h, c))
assert np.allclose(theirs, state, rtol=0, atol=1e-14)
print(f"largest difference below 1e-14: {np.abs(theirs[0] - state.h).max() < 1e-14}")

# %% [markdown]
# And all of them, there and back:

# %%
cells = {"lstm": lstm, "peephole": peephole, "gru": gru, "gru_2014": gru_2014}
for kind, cell in cells.items():
    there = [
        name for other, name in FORMATS if other == kind and name != "z overwrites"
    ]
    for library in there:
        q = cell.init(rng, D, H)
        if library == "flax nnx" and kind == "gru":
            q = q._replace(b_n=np.zeros(H))  # it has no place for this one
        again = convert.read(convert.write(q, library), kind, library, D, H)
        assert all(np.allclose(x, y, atol=1e-14) for x, y in zip(q, again, strict=True))
    print(f"{kind}: {'; '.join(there)}")

# %% [markdown]
# What cannot be converted is refused, with the reason:

# %%
try:
    convert.write(gru.init(rng, D, H), "haiku")
except ValueError as error:
    print(fill(str(error).rpartition(": it ")[2], 70))


# %% [markdown]
# ## The experiment: the wrong order
#
# Take ten LSTMs that can do something: those of [What do the cells remember?](06_what_cells_remember.ipynb), which have learned to make verbs agree with subjects far back. Suppose that you do not know the order of the blocks, and load them in another one. There are $4! = 24$ orders, one of which is right. **Your prediction, please:**
#
# 1. In how many of the 23 wrong orders will there be an error message?
# 2. What share of the verbs will be right?
# 3. Will one of them work nearly as well as the right one? Which?


# %%
def read_as(p, order):
    """Weights in our order, taken by somebody who believes that it is another."""
    H = p.W_h.shape[-2]
    blocks = [np.arange(H) + H * order.index(gate) for gate in "ifgo"]
    return lstm.Params(*(w[..., np.concatenate(blocks)] for w in p))


p, ends = studies.model("agreement_lstm").weights()  # ten models, stacked
text = agreement.draw(np.random.default_rng(5), B=60, T=40)
xs = ends.embedding[:, text.tokens].swapaxes(0, 1)


def answers(p):
    """Right (1) or wrong (0), (10, T - 1, B), nan where no verb follows; and the states."""
    hs, _ = unroll.run(lstm, p, xs)
    logits = hs @ ends.W_y + ends.b_y[:, None]
    said = [agreement.right(logits[:, n], text)["verb"] for n in range(10)]
    return np.array(said), hs


orders = ["".join(order) for order in permutations("ifgo")]
right, states = {}, {}
for believed in orders:
    said, states[believed] = answers(read_as(p, believed))
    right[believed] = np.nanmean(said, (1, 2))  # of each model
print(f"{len(right)} orders loaded and run, no error")

# %% [markdown]
# So much for the first question: **none of them complains.** All blocks have the same shape.

# %% tags=["hide-input"]
asked = text.roles[1:] == agreement.ROLES.index("verb")
singular = (text.kind[1:] != 2)[asked].mean()
ranked = sorted(orders, key=lambda o: np.median(right[o]))
fig, ax = plt.subplots(figsize=(7.2, 7.4))
known = {"ifgo": "PyTorch, Keras", "igfo": "TF1, Haiku", "iofg": "ONNX"}
for y, believed in enumerate(ranked):
    good = believed == "ifgo"
    ax.plot(
        right[believed],
        np.full(10, y),
        "D" if good else "o",
        color=COLOURS[2] if good else COLOURS[0],
        alpha=0.6,
        ms=6,
    )
    ax.plot(np.median(right[believed]), y, "|", color="black", ms=15)
ax.axvline(singular, color="black", lw=1.5, ls=":")
names = [f"{known[o]}   {' '.join(o)}" if o in known else " ".join(o) for o in ranked]
ax.set_yticks(range(24), names, size=11)
ax.set(xlabel="share of right verbs", xlim=(0.1, 1.03), ylim=(-0.7, 23.7))
figure(
    fig,
    alt="24 rows, one for each order, with ten dots each: the share of right verbs. In the highest row, i f g o, all ten stand at 1. In the second, o f g i, they spread from 0.75 to 0.97, median 0.83. "
    "In the other 22 rows they lie between 0.13 and 0.84, about a quarter of them exactly on a dotted line at 0.69 or at its mirror image, 0.31; the medians are between 0.58 and 0.71.",
    name="fig-rosetta-orders",
    caption="Ten trained LSTMs, read in each of the 24 orders, of which the first is right; a dot is a model, a stroke the median. Dotted: what one gets who always says the singular. Beside three orders stand the libraries that have them.",
)

# %% tags=["hide-input"]
best = ranked[-2]
others = [np.median(right[o]) for o in ranked[:-2]]
shift = np.abs(states[best] - states["ifgo"]).mean()
shift_others = min(np.abs(states[o] - states["ifgo"]).mean() for o in ranked[:-2])
glue(
    true_low=f"{right['ifgo'].min():.2f}",
    best=best,
    best_median=f"{np.median(right[best]):.2f}",
    best_max=f"{right[best].max():.2f}",
    singular=f"{singular:.2f}",
    others_low=f"{min(others):.2f}",
    others_high=f"{max(others):.2f}",
    tf1=f"{np.median(right['igfo']):.2f}",
)
assert best == "ofgi"
assert right["ifgo"].min() > 0.97
assert np.median(right[best]) > max(others) + 0.05
assert max(others) < singular + 0.06
rest = np.array([right[o] for o in ranked[:-2]])
assert rest.min() > 0.13
assert rest.max() < 0.845
alike = np.minimum(np.abs(rest - singular), np.abs(rest - (1 - singular)))
assert 0.2 < (alike < 1e-9).mean() < 0.35, (
    "about a quarter on the dotted line or its mirror"
)
assert shift < shift_others


# %% [markdown]
# In the right order the share is 1.00<!-- true_low -->, rounded, for all ten. Of the 23 wrong ones, 22 end near what one gets who says the singular every time, 0.69<!-- singular --> (their medians run from 0.58<!-- others_low --> to 0.71<!-- others_high -->). Many dots lie exactly on the dotted line, or at its mirror image: these models say the singular every time, or the plural. If you had a share of
# right answers and no idea of what is usual, you might take 0.69<!-- singular --> for a mediocre network. PyTorch's file read as TF1's or Haiku's is among them (0.63<!-- tf1 -->), and so is a file of theirs read as PyTorch's, which is the same exchange of two blocks.
#
# And one is dangerous: **ofgi<!-- best -->, input and output gate exchanged.** The median is 0.83<!-- best_median -->, and the best of the ten models reaches 0.97<!-- best_max -->. That would pass for a network which is a little worse. Why this one? Forget gate and candidate stand where they should, so the cell still keeps what it holds and adds numbers of both signs. Both
# other gates open to let something through, at one end of the cell or at the other. Put the candidate in the wrong place, and something that was trained to be a signed content becomes a gate, and a gate, never negative, becomes all that is ever written.
#
# ## The experiment: the 1, twice or never
#
# Now the order is right, and the forget bias is wrong. A file in which 1 is to be added at run time is read by somebody who does not add it; or a file that holds everything, by somebody who adds 1 all the same. **Your prediction, please:** is that better or worse than a wrong order? (And as a third mistake, PyTorch's: the whole bias is put into both
# of the two biases, so that it counts twice.)


# %%
def biased(change):
    """The models with other biases; `change` gets those of i, f, g, o, (10, 4, H)."""
    b = p.b.reshape(10, 4, -1).copy()
    change(b)
    return p._replace(b=b.reshape(10, -1))


def plus(number):
    def change(b):
        b[:, 1] += number

    return biased(change)


def twice(b):
    b *= 2


mistakes = {
    "as it should be": p,
    "1 never added": plus(-1),
    "1 added twice": plus(1),
    "1 added three times": plus(2),
    "all biases twice": biased(twice),
}
between = text.attractors[:-1]
rows = []
for name, q in mistakes.items():
    said, _ = answers(q)
    some = {"all": between >= 0, "none": between == 0, "more": between >= 2}
    cut = {k: np.nanmean(np.where(v, said, np.nan), (1, 2)) for k, v in some.items()}
    rows.append((name, *(f"{np.median(v):.2f}" for v in cut.values())))
table(("forget bias", "right verbs", "no noun between", "two or more between"), rows)

# %% tags=["hide-input"]
found = {name: [float(x) for x in numbers] for name, *numbers in rows}
assert found["all biases twice"] == found["as it should be"], "not even seen"
never, again = found["1 never added"], found["1 added twice"]
glue(never=f"{never[0]:.2f}", again=f"{again[0]:.2f}")
glue(never_short=f"{never[1]:.2f}", never_long=f"{never[2]:.2f}")
assert 0.85 < min(never[0], again[0]) <= max(never[0], again[0]) < 0.99
assert np.median(right[best]) < min(never[0], again[0])
assert never[1] > never[2] + 0.1
assert again[1] > again[2] + 0.05

# %% [markdown]
# (Medians of the ten models; the nouns are those between the subject and its verb.) **Better, and therefore worse.** With the 1 forgotten 0.95<!-- never --> of the verbs are right, with the 1 added twice 0.93<!-- again -->. Nobody is startled by such a figure. The network forgets a little too fast, or a little too slowly. With the 1 forgotten, sentences without a noun
# between come out right (1.00<!-- never_short -->), and those with two or more suffer (0.82<!-- never_long -->). That all biases count twice is not even seen, since those of these models are small. If you compare libraries by how well a loaded model does, this is the mistake that you will publish.
#
# ## The experiment: the other z
#
# For the GRU we train ten small networks, here and now, to carry a token over ten steps (`recall.plain`, with four tokens, so that guessing gets a quarter). Then we exchange what people exchange: the sign of $z$, or the blocks of $r$ and $z$, which is PyTorch's order read as Keras's. **Your prediction, please:** which is worse?

# %% tags=["nbval-ignore-output"]
draw = partial(recall.plain, gap=10)
network, _ = trials.train(gru, draw, range(10), 0.01, 300, hidden=16)
trained = {name: w.clone() for name, w in network.state_dict().items()}


def exchanged(change):
    """The accuracy of each network, with other blocks r, z, n in x's, h's and b."""
    for name in ("recurrent.W_x", "recurrent.W_h", "recurrent.b"):
        blocks = change(*trained[name].chunk(3, -1))
        network.state_dict()[name].copy_(torch.cat(blocks, -1))
    return trials.accuracy(network, draw, range(10))


results = {
    "as trained": exchanged(lambda r, z, n: (r, z, n)),
    "z turned": exchanged(lambda r, z, n: (r, -z, n)),
    "r and z exchanged": exchanged(lambda r, z, n: (z, r, n)),
}
for name, accuracy in results.items():
    low, middle, high = np.quantile(accuracy, (0, 0.5, 1))
    print(f"{name:18} median {middle:.2f}, from {low:.2f} to {high:.2f}")

# %%
medians = {name: np.median(accuracy) for name, accuracy in results.items()}
assert medians["as trained"] > 0.95
assert 0.3 < medians["z turned"] < 0.85
assert 0.3 < medians["r and z exchanged"] < 0.9

# %% [markdown]
# Either way about half of the answers are wrong, in the median network, and yet that is twice as good as guessing. And the networks differ a lot: in our run some of the ten did not mind at all that $r$ and $z$ were exchanged. A single model that still works proves nothing about the loader.
#
# ## The detective
#
# How do you find the order of a file that nobody has described? **Not by looking at the biases.** It is tempting: the forget gate should be the block with the largest ones. In these ten models, which all started with a forget bias of 1?

# %%
largest = np.argmax(p.b.reshape(10, 4, -1).mean(-1), 1)
count = int((largest == 1).sum())
print(f"the largest mean bias is that of f in {count} of 10 models")
glue(largest=count)
assert count < 5


# %% [markdown]
# In 0<!-- largest --> of ten (they were trained with weight decay, which pulled it down again). Behaviour is the better witness. Ask whoever has the model for its outputs on a few inputs, random numbers will do. Then try all suspects: 24 orders, each with and without a 1 that is added at run time. **Your prediction, please:** how many of the 48 are left after one step, from a state of zeros? How many after two?


# %%
def suspects(file, probes, outputs):
    """How far each suspect's outputs are from those that were observed."""
    H = file.W_h.shape[0]
    forget = np.repeat([0, 1, 0, 0], H)
    apart = {}
    for order in orders:
        q = read_as(file, order)
        for extra in (0, 1):
            hs, _ = unroll.run(lstm, q._replace(b=q.b + extra * forget), probes)
            apart[" ".join(order), extra] = np.abs(hs - outputs).max()
    return apart


rng = np.random.default_rng(7)
secret = lstm.Params(*(w[0] for w in p))  # the first model
arrays = convert.write(secret, "haiku")  # somebody's file: order and rule forgotten
file = lstm.Params(*np.split(arrays["w"], [16]), arrays["b"])
probes = rng.standard_normal((2, 3, 16))
outputs, _ = unroll.run(lstm, secret, probes)  # what the owner of the model sends us

for steps in (1, 2):
    apart = suspects(file, probes[:steps], outputs[:steps])
    near = sorted(apart, key=apart.get)
    left = [suspect for suspect in near if apart[suspect] < 1e-9]
    print(f"after {steps}: {left}; the next is {apart[near[len(left)]]:.2f} away")
    assert len(left) == 3 - steps
assert apart[near[1]] > 0.1
assert left == [("i g f o", 1)]

# %% [markdown]
# After one step the order is settled, but the 1 is not: the cell was empty, so it did not matter what the forget gate did. After two there is a single suspect, i g f o with 1 added at run time. It is no close race: its outputs agree to the last digits, and those of the next best are off by more than a tenth.
#
# That is also the test for any loader: **two steps of random numbers, from both sides, equal to many digits.** Not a loss, not an accuracy. If you have one probe only, let it start from a state that is not zero.
#
# ## What surprised us
#
# **How quiet it is.** 23 wrong orders and not one message. Only a matrix that lies where it should stand, or a bias of another shape, makes a library complain. When $D = H$, even the weights of $x$ and those of $h$ can change places unnoticed.
#
# **The small mistake is the dangerous one.** A wrong order costs nearly everything, and somebody will notice. A forget bias that is off by 1 costs five or seven verbs in a hundred.
#
# **That help texts are not code.** TF1, Keras, Haiku and Flax each have a sentence or a formula in their documentation that their own code contradicts. What settles such a question is two steps of numbers.
#
# ## Common misconceptions
#
# - *"The order is i f g o."* In PyTorch, Keras, cuDNN and Flax. It is i g f o in TF1 and Haiku, i o f g in ONNX.
# - *"If the shapes fit, it is loaded correctly."* All 24 orders fit.
# - *"The LSTM has a forget bias of 1."* Keras stores one, TF1 and Haiku add one, PyTorch and Flax have none. Who reads a TF1 file into PyTorch must add 1 to the stored bias, or whatever `forget_bias` was, and nothing if the file is Keras's.
# - *"With $z$ open, a GRU takes in the new."* In the article, in Chung's paper and in Haiku; in Cho's paper, PyTorch, Keras and most libraries it keeps the old.
# - *"A GRU is a GRU."* There are two, and no weights of one make it the other.
# - *"Two biases are more expressive than one."* For an LSTM only their sum counts. In a GRU that resets after the product, the second bias of $n$ does count.

# %% [markdown]
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("rosetta.open")

# %% tags=["remove-input"]
ask("rosetta.turn")

# %% tags=["remove-input"]
ask("rosetta.noise")

# %% tags=["remove-input"]
ask("rosetta.one")

# %% tags=["remove-input"]
ask("rosetta.gru")

# %% tags=["remove-input"]
ask("rosetta.detective")

# %% [markdown]
# ## Sources
#
# Letters and formulas: the article is {cite:t}`olah2015`; the LSTM of 1997 {cite:t}`hochreiter1997`; forget gates {cite:t}`gers2000`; peepholes {cite:t}`gers2002`; the comparison that appeared on arXiv in 2015 and in print in 2017 {cite:t}`greff2017`. The GRU: {cite:t}`cho2014`; with the other sign of $z$, {cite:t}`chung2014` and {cite:t}`bahdanau2015`. The libraries' conventions were read in the source
# code of Keras, TensorFlow 1, Haiku, Flax and PyTorch, in the operator specification of ONNX and in cuDNN's documentation of its linear layers.
