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
# # Queries, keys and values: a bridge
#
# **After this page you will be able to**
#
# - say what queries, keys and values are, and find them in attention as you know it;
# - explain why scores are divided by the root of the width, and show what happens otherwise;
# - write multi-head attention, and read the block that a transformer repeats;
# - say what such a block gains over a recurrent network, and what it pays, as functions of the length.

# %% [markdown]
# ## The question
#
# On [the page before](09_attention.ipynb) a recurrent network read, another one wrote, and between them stood a look-up. Whoever can look at everything that was read does not depend on a memory that was handed from step to step. So why keep the recurrence? {cite:t}`vaswani2017` left it out.
#
# **What has to be put in its place, does it work on the same task, and what does it cost?**

# %%
import numpy as np
import torch
from matplotlib import pyplot as plt
from torch.utils.flop_counter import FlopCounterMode

from lstm_course import alignment, drawing, studies
from lstm_course.attention import heads, weights
from lstm_course.cells import lstm
from lstm_course.layers import Recurrent
from lstm_course.models.seq2seq import translation, whole
from lstm_course.models.transformer import Block, Transformer, sinusoids
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.schedules import one_cycle
from lstm_course.studies import bottleneck, one_block
from lstm_course.tasks import reversal
from lstm_course.training import fit

style()

# %% [markdown]
# ## The picture
#
# This is the block that a transformer repeats. Here are no arrows from one step to the next: $x$ stands for *all* positions of a sequence, side by side, and they meet only in the wide white box.

# %% tags=["hide-input"]
figure(
    drawing.transformer_block(),
    alt="From x below, three lines go to three boxes called linear, whose outputs q, k and v go into a wide box, scaled dot product attention. Its output meets, in a circle with a plus, a line that comes round from x. Then a box normalise, a box relu, a box linear, another plus, where a line comes round from before relu, and a box normalise; above it y. Beside the lower half stands: looks at all positions; beside the upper half: each position by itself.",
    name="fig-block",
    caption="One block of a transformer, for one head ($W_o$ is not drawn, and $W_1$ belongs to the box relu). First every position looks at all of them, then each one goes through a small network by itself. Twice, what went in is added to what comes out, and the sum is normalised.",
)

# %% [markdown]
# ## The equation
#
# **Queries, keys and values.** In the decoder of the page before, the query was the decoder's state, and what the encoder had said of a symbol served as its key and as its value at once. But the words by which a thing is found need not be the thing. So let each position make three vectors of what it holds: one to ask with, one to be found by, one to hand over.
#
# $$
# q = x W_q + b_q \qquad k = x W_k + b_k \qquad v = x W_v + b_v
# $$
#
# A row of $x$ belongs to a position, $T$ rows in all. Then comes the look-up that you know, for all queries at once:
#
# $$
# \text{context} = \text{softmax}\!\left(\frac{q\, k^{\mathsf T}}{\sqrt d}\right) v
# $$
#
# $d$ is the width of a query and of a key. Where the same sequence asks and answers, as in the picture, this is called **self-attention**.
#
# **Several heads.** One softmax gives one mixture. To look at two places for two reasons, cut $q$, $k$ and $v$ along their width into pieces, let each piece look by itself (a **head**), lay the contexts side by side, and multiply by a last matrix $W_o$. Under the root then stands the width of a piece.
#
# **The rest of the block.** LN is layer normalisation: each vector gets mean 0 and variance 1, then a learned gain and bias ({cite:t}`ba2016`).
#
# $$\begin{aligned}
# a &= \text{LN}(x + \text{contexts}\, W_o + b_o) \\
# y &= \text{LN}(a + \text{relu}(a W_1 + b_1)\, W_2 + b_2)
# \end{aligned}$$
#
# ($\text{relu}(z)$ is $z$ where $z$ is positive, else 0.) The sums are old acquaintances ({cite:t}`he2016`): what comes in is kept and something is added, as on [the line of an LSTM's cell](04_core_idea.ipynb), only upwards through the layers and not along the time. There a forget gate stands on the line, here a normalisation. (The biases of $q$, $k$, $v$ and behind $W_o$ are torch's; the paper has none.)
#
# A **transformer** is a stack of such blocks: $y$ of one is $x$ of the next. At the bottom, $x$ is a learned vector for each symbol, plus one for its place; at the top, a matrix and a softmax make the next symbol of each $y$. On this page the stack has one block.
#
# What you know from the page before, in these words:
#
# | there | here |
# |---|---|
# | the decoder's state ($h_{t-1}$ or $h_t$) | query |
# | what the encoder said of a symbol | key, and value as well |
# | dot product, one look-up | the same, divided by $\sqrt d$, several heads |
# | a state, handed on, that knows what came before, and in which order | a look at what was written, and a vector for each place |

# %% [markdown]
# ## The code
#
# One head, written out, and the package's function. Five positions, eight numbers each:

# %%
rng = np.random.default_rng(0)
p, x = heads.init(rng, 8, 8), rng.standard_normal((5, 8))

q, k, v = x @ p.W_q + p.b_q, x @ p.W_k + p.b_k, x @ p.W_v + p.b_v  # (5, 8) each
alpha = weights(q @ k.T / 8**0.5)  # (5, 5): row t says where position t looks
one = alpha @ v @ p.W_o + p.b_o  # (5, 8)
assert np.allclose(one, heads.multi_head(p, 1, x, x, x)[0])

# %% [markdown]
# With two heads, each of `q`, `k` and `v` is cut into two pieces $(5, 4)$. Each head has its own $(5, 5)$ weights, its scores are divided by $\sqrt 4$, and the two contexts are laid side by side to $(5, 8)$ before they meet $W_o$. Here with the same weights as torch's:

# %%
out, alpha = heads.multi_head(p, 2, x, x, x)
print("out", out.shape, "  weights", alpha.shape)

theirs = torch.nn.MultiheadAttention(8, 2, dtype=torch.float64)
with torch.no_grad():
    # torch keeps the three matrices in one, transposed
    inwards = np.concatenate([p.W_q.T, p.W_k.T, p.W_v.T])
    theirs.in_proj_weight.copy_(torch.tensor(inwards))
    theirs.out_proj.weight.copy_(torch.tensor(p.W_o.T))
    t = torch.tensor(x)
    want, _ = theirs(t, t, t)
assert np.abs(out - want.numpy()).max() < 1e-12


# %% [markdown]
# (Biases are zero at the start, in both.) A test does the same for the whole block and torch's `TransformerEncoderLayer`.
#
# ## Why the square root?
#
# **Your prediction, please.** A query and 20 keys of width $d$, all filled with independent random numbers of mean 0 and variance 1. The scores are their dot products. Before anything is learned, how much weight does the largest of the 20 get, for $d = 4$, for $d = 64$, and for $d = 1024$? (The scores are not divided by anything. Spread evenly, each would get 0.05.)


# %%
def drawn(d, B=400, S=20):
    # Scores of random queries and keys of width d, and the keys.
    rng = np.random.default_rng(d)
    q, k = rng.standard_normal((B, 1, d)), rng.standard_normal((B, S, d))
    return (q @ k.swapaxes(1, 2))[:, 0], k


def answer(alpha, k, divisor):
    # How much the weights change with each query. The derivative of weight i
    # by score j is alpha_i ((i = j) - alpha_j), of the scores by q k / divisor.
    J = alpha[:, :, None] * (np.eye(alpha.shape[-1]) - alpha[:, None])
    return np.linalg.norm(J @ k / divisor, axis=(1, 2))


# %% tags=["hide-input"]
widths = [4, 16, 64, 256, 1024]
measured = []
for d in widths:
    scores, k = drawn(d)
    raw, scaled = weights(scores), weights(scores / d**0.5)
    largest = raw.max(-1).mean(), scaled.max(-1).mean()
    each = answer(raw, k, 1), answer(scaled, k, d**0.5)
    middle = np.median(each[0]), np.median(each[1])
    measured.append((d, scores.var(), *largest, *middle, each[0].max()))
table(
    [
        "width d",
        "variance of a score",
        "largest weight",
        "the same, scaled",
        "answer to the query, median",
        "the same, scaled",
        "largest, unscaled",
    ],
    [
        [
            f"{x:{how}}"
            for x, how in zip(
                row, ("d", ".0f", ".2f", ".2f", ".3f", ".3f", ".1f"), strict=True
            )
        ]
        for row in measured
    ],
)

# %% tags=["remove-input"]
for d, variance, _, scaled, _, calm, _ in measured:
    assert 0.9 < variance / d < 1.1
    assert 0.15 < scaled < 0.27
    assert 0.2 < calm < 0.35
assert measured[2][2] > 0.75
assert measured[-1][2] > 0.93
assert measured[-1][4] < 0.001
assert measured[-1][6] > 4
glue(
    var_64=f"{measured[2][1]:.0f}",
    large_4=f"{measured[0][2]:.2f}",
    large_64=f"{measured[2][2]:.2f}",
    large_1024=f"{measured[-1][2]:.2f}",
    scaled_64=f"{measured[2][3]:.2f}",
    answer_1024=f"{measured[-1][4]:.3f}",
    calm_1024=f"{measured[-1][5]:.2f}",
    most_1024=f"{measured[-1][6]:.0f}",
)

# %% [markdown]
# The variance of a score is the width: each of the $d$ products in it has the variance 1, and the variances of independent summands add up. So the wider the vectors, the further the scores lie apart, and the softmax turns distance into certainty: the largest weight is 0.39<!-- large_4 --> at width 4, 0.84<!-- large_64 --> at 64 and 0.96<!-- large_1024 --> at 1024. A network that is sure before it has learned anything has two troubles. It sees one random place. And where the weights are near 0 or 1, the softmax is flat: the *answer to the query* in the table is the size of the derivative of the weights by the query, which is what a gradient is multiplied with on its way back. At width 1024 half of the queries get less than 0.001<!-- answer_1024 -->, so next to no gradient, and a few get up to 16<!-- most_1024 -->; scaled, all get about 0.28<!-- calm_1024 -->. {cite:t}`vaswani2017` suspected this as the reason. Divided by $\sqrt d$, the scores have the variance 1 at every width, and the largest weight stays near 0.22<!-- scaled_64 -->.
#
# ### The puzzle of the page before
#
# There, the scaled dot product was by far the worst of four kinds. The square root is right for numbers of variance 1, of standard deviation 1. How large are the states of an LSTM? We ask the encoder of that study, untrained; its states are 64 numbers wide, so the root is 8:

# %%
network = bottleneck.build("scaled dot", None, np.random.default_rng(0))
source, lengths, *_ = bottleneck.draw((0,), 0, length=20)
with torch.no_grad():
    memory, _ = network.encoder(source[:, 0], lengths)
states = memory.values
plain = (states @ states.mT).std()
print(f"states: standard deviation {states.std():.2f}")
print(f"their dot products: {plain:.2f}, divided by 8: {plain / 8:.3f}")
assert 0.15 < states.std() < 0.25
assert plain / 8 < 0.15

# %% tags=["remove-input"]
glue(
    independent=f"{8 * states.var():.2f}",
    plain=f"{plain:.2f}",
    divided=f"{plain / 8:.2f}",
)

# %% [markdown]
# A fifth of what the square root was made for, in each of the two factors. The products of independent numbers of this size would have a standard deviation of 0.28<!-- independent -->; states of one sequence resemble each other, so it is 0.59<!-- plain -->. Divided by 8 that is 0.07<!-- divided -->, where the root was meant to leave 1: every place gets about the same weight, and the network has to make its states larger before it can point at anything. (The queries there are states of an LSTM, too.) A block starts otherwise: out of its $W_q$ and $W_k$ come queries and keys of variance about 1:

# %%
fresh = Transformer(51, 64, 128, longest=40, rng=np.random.default_rng(0))
with torch.no_grad():
    x = fresh.place(source[:, 0], -lengths)
    q, k = x @ fresh.block.W_q, x @ fresh.block.W_k
scores = q @ k.mT / 8
print(f"a block's queries {q.std():.1f}, keys {k.std():.1f}, scores {scores.std():.1f}")
assert 0.6 < scores.std() < 1.6

# %% [markdown]
# **The scale belongs to the numbers it is meant for.** (That this is the reason for the poor result there is our reading; we have not put it to the test.)

# %% [markdown]
# ## What knows the order?
#
# Self-attention compares every position with every other, and nothing in a score knows which of them came first: as long as no mask tells, reverse the rows of $x$, and the rows of $y$ are reversed. What a recurrent network has by its nature must be put in: a vector for each **place**, added to that of the symbol. They can be learned, or be fixed waves of many lengths, one pair of numbers for each:
#
# $$
# \text{place}_n = (\sin n\omega_1, \dots, \sin n\omega_{d/2},\ \cos n\omega_1, \dots, \cos n\omega_{d/2})
# $$
#
# with $\omega_j = 10000^{-2(j-1)/d}$, from 1 down to nearly 1/10,000. (The paper lets sines and cosines take turns, which is the same up to the order.) Since $\sin a \sin b + \cos a \cos b = \cos(a - b)$, the dot product of two such vectors depends only on how far apart the places are:

# %%
waves = sinusoids(longest=20, width=64)  # the first row is place -20
products = waves @ waves.T
assert np.allclose(products[0, 3], products[30, 33])
print("places 0, 1, 2, 5 and 20 apart:", products[0, [0, 1, 2, 5, 20]].round(1))

# %% [markdown]
# 32 is a place with itself, half the width. Neighbours are nearly alike, and the likeness falls slowly. What matters more here: moving all places by $k$ is a matrix, the same for all of them, and so is turning place $t$ into place $-(t+1)$, which reversal asks for. Such a matrix is what $W_q$ and $W_k$ can learn:

# %%
turned = waves[::-1][1:]  # beside place t stands place -(t + 1)
W = np.linalg.lstsq(waves[:-1], turned, rcond=None)[0]
assert np.allclose(waves[:-1] @ W, turned)

# %% [markdown]
# ## The experiment: the same task
#
# Reversal again: read symbols, each one of 50, and write them down backwards. One sequence holds it all: what was read, a sign to begin, and what was written so far. Places are counted from the sign, which is at 0; what was read last stands at −1. For the symbols 7 3 9:
#
# | place | −3 | −2 | −1 | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|---|---|---|
# | holds | 7 | 3 | 9 | sign | 9 | 3 | 7 |
# | writes | – | – | – | 9 | 3 | 7 | end |
# | should look at | – | – | – | −1 | −2 | −3 | – |
#
# At place $t = 0, 1, 2, \dots$ it has to look at place $-(t+1)$: so *where* to look depends on the place only, and *what* to write only on what is found there. (But for the end: to stop, it must notice that there is nothing at that place.) With a single block, what was read is only looked at, and does not look itself. A **causal mask** hides from each place whatever comes after it: as with padding, those scores become $-\infty$. Otherwise place 0 could simply look at place 1, where in training the answer stands.
#
# The study `one_block` gave a transformer of one block (64<!-- width --> numbers wide, 128<!-- hidden --> between $W_1$ and $W_2$) the same 1,000<!-- updates --> updates, the same batches of sequences of 5 to 40 symbols, the same learning rate and ten seeds as the recurrent networks of the page before had. (Nor was this rate tuned for the block. It has 47,795<!-- size --> parameters, the LSTM with the dot product 72,691<!-- lstm_size -->.)
#
# **Your prediction, please:** will one block, with no state handed from step to step, do better or worse at 30 symbols than an LSTM with attention, which had 0.98<!-- dot_30 --> of them right? And at 60, longer than all it has seen?

# %% tags=["hide-input"]
stored, rival = studies.load("one_block"), studies.load("bottleneck")
about = studies.about("one_block")
terms = about["context"]


def found(name, length, column="whole", source=stored):
    mine = (source["model"] == name) & (source["length"] == length)
    if source is rival:
        mine &= source["updates"] == bottleneck.UPDATES
    assert mine.sum() == 10
    return source[column][mine].astype(float)


LINES = [
    ("LSTM, dot", rival, "dot", "#444444", "*", "--"),
    ("LSTM, general", rival, "general", "#444444", "^", ":"),
    ("block, learned places", stored, "learned places", COLOURS[0], "o", "-"),
    ("block, four heads", stored, "four heads", COLOURS[2], "D", ":"),
    ("block, sinusoids", stored, "sinusoids", COLOURS[1], "s", "-."),
    ("block, no places", stored, "no places", COLOURS[3], "v", "--"),
]
fig, ax = plt.subplots(figsize=(6.4, 3.8))
for label, source, name, colour, mark, dash in LINES:
    at = [found(name, length, source=source) for length in bottleneck.LENGTHS]
    ax.plot(
        bottleneck.LENGTHS,
        [x.mean() for x in at],
        dash,
        marker=mark,
        ms=6,
        color=colour,
        label=label,
    )
    ax.fill_between(
        bottleneck.LENGTHS,
        [x.min() for x in at],
        [x.max() for x in at],
        color=colour,
        alpha=0.12,
    )
ax.axvline(bottleneck.LONGEST, color="#777777", lw=1, ls=":")
ax.set(xlabel="length", ylabel="sequences right, share", xticks=[5, 20, 40, 60])
fig.legend(loc="outside lower center", ncols=2, fontsize=10)
figure(
    fig,
    alt="Up to 40 symbols the block with learned places, with four heads, and with sinusoids stays at or near 1, above the lines of the LSTMs with dot and general attention, which fall from 1 to 0.93 and 0.89; with sinusoids it is at 0.96 for 5 symbols, with a shade down to 0.57. The block without places lies at 0. At 60 all blocks are at 0, the LSTMs at 0.25 and 0.50.",
    name="fig-one-block",
    caption="Whole sequences right, over their length: means of ten seeds, shaded from the lowest to the highest. Right of the dotted line the sequences are longer than any in training; between 40 and 60 nothing was measured.",
)

# %%
rows = []
for label, source, name, *_ in LINES:
    at = [found(name, length, source=source) for length in (5, 30, 40)]
    at.append(found(name, 20, "mass", source))
    at.append(found(name, 20, "pointing", source))
    rows.append(
        [label, *(f"{x.mean():.2f} ({x.min():.2f} to {x.max():.2f})" for x in at)]
    )
table(
    [
        "network",
        "5 symbols",
        "30 symbols",
        "40 symbols",
        "mass, at 20",
        "pointing, at 20",
    ],
    rows,
)

# %% tags=["remove-input"]
rng, blocks = np.random.default_rng(0), ("learned places", "four heads", "sinusoids")
size = lambda network: sum(x.numel() for x in network.parameters())
assert terms["updates"] == bottleneck.UPDATES
assert min(found(name, 30).min() for name in blocks) >= 0.99
assert min(found(name, 40).min() for name in blocks) >= 0.97
for length in (5, 10, 15, 20, 30, 40):
    others = [found(k, length, source=rival).mean() for k in bottleneck.DECODERS]
    for name in ("learned places", "four heads"):
        assert found(name, length).mean() >= max(others)
assert max(found(name, 60).max() for name in blocks) == 0
assert abs(found("learned places", 60, "symbols").mean() - 40 / 60) < 0.01
assert found("sinusoids", 60, "symbols").mean() < 0.68
assert found("sinusoids", 5, "symbols").min() == 1
assert abs(found("no places", 5, "symbols").mean() - (1 + 4 / 50) / 5) < 0.03
beyond = (60 * found("sinusoids", 60, "pointing").mean() - 40) / 20
assert found("no places", 5).max() <= 0.01
glue(
    size=f"{size(one_block.build('learned places', None, rng)):,}",
    lstm_size=f"{size(bottleneck.build('dot', None, rng)):,}",
    width=terms["width"],
    hidden=terms["thinking"],
    updates=f"{terms['updates']:,}",
    least_30=f"{min(found(name, 30).min() for name in blocks):.2f}",
    least_40=f"{min(found(name, 40).min() for name in blocks):.2f}",
    dot_30=f"{found('dot', 30, source=rival).mean():.2f}",
    dot_40=f"{found('dot', 40, source=rival).mean():.2f}",
    dot_60=f"{found('dot', 60, source=rival).mean():.2f}",
    symbols_60=f"{found('learned places', 60, 'symbols').mean():.2f}",
    general_60=f"{found('general', 60, source=rival).mean():.2f}",
    wave_symbols=f"{found('sinusoids', 60, 'symbols').mean():.2f}",
    wave_beyond=f"{beyond:.2f}",
    wave_mass_20=f"{found('sinusoids', 20, 'mass').mean():.2f}",
    wave_mass_60=f"{found('sinusoids', 60, 'mass').mean():.2f}",
    wave_five=f"{found('sinusoids', 5).min():.2f}",
    bag_five=f"{found('no places', 5, 'symbols').mean():.2f}",
)


# %% [markdown]
# **At 30** each of the ten seeds has at least 0.99<!-- least_30 --> of the sequences right, with learned places, with waves, and with four heads; at 40 at least 0.97<!-- least_40 -->. The LSTM with the dot product had 0.98<!-- dot_30 --> and 0.93<!-- dot_40 -->, means of its seeds, and it also starts from the vector of its encoder. This task is made for a block: where to look depends on nothing but the place.
#
# **At 60** no block has a single sequence right, while the LSTM has 0.25<!-- dot_60 --> with the dot product and 0.50<!-- general_60 --> with the general one (the other kinds have none). Learned places beyond 40 have never been trained: 0.67<!-- symbols_60 --> of the symbols are right, as many as lie within 40 places of the sign, and as many as the LSTM with the dot product has. The paper chose waves in the hope that they would carry beyond the lengths of training, too. Here they hardly do: 0.65<!-- wave_symbols --> of the symbols. If all of the first 40 steps point at the right place, about half of the others do, 0.53<!-- wave_beyond -->, but with less and less weight: 0.77<!-- wave_mass_20 --> at 20, 0.43<!-- wave_mass_60 --> at 60. An LSTM has no table of places that could end; it does not get through unharmed either.
#
# **Without places** the block sees a bag of symbols: 0.22<!-- bag_five --> of five symbols are right, about what a guess among the five gives, and no sequence.
#
# (With waves, one seed has only 0.57<!-- wave_five --> of the shortest sequences right, though every symbol in them is: it does not know when to stop. Mass is the mean of the heads: with four, not all of them need to look there. With waves it is low too, perhaps because neighbouring places are so much alike.)

# %% [markdown]
# ## Where does it look?
#
# We train one block, on short sequences of unequal lengths, and look at its weights:


# %% tags=["nbval-ignore-output"]
def given(pairs):
    # What a network is given to read, and what it should write.
    return tuple(map(torch.from_numpy, pairs[:3]))


def short(rng, B):
    return reversal.batch(rng, B, 5, 12)


torch.set_num_threads(1)
model = Transformer(51, 64, 128, longest=12, rng=np.random.default_rng(0))
history = fit(
    model,
    translation,
    lambda step: given(short(np.random.default_rng([1, step]), 64)),
    steps=600,
    lr=5e-3,
    schedule=one_cycle(600),
)

# %%
test = short(np.random.default_rng(2), 200)
source, lengths, target = given(test)
written = model.greedy(source, lengths, len(target)).tokens
with torch.no_grad():
    _, alpha = model(source, lengths, target)
right = float(whole(written, target).double().mean())
mass = float(alignment.mass(alpha, test.where))
pointing = float(alignment.pointing(alpha, test.where))
assert min(right, pointing, mass) > 0.9
print(
    "more than 90 % are right, and more than 90 % of the weight is in the right place"
)

# %% tags=["hide-input"]
b = int(np.flatnonzero(test.lengths == 10)[0])
row = lambda tokens: [str(t) for t in tokens]
figure(
    drawing.alignment(
        alpha[:11, b, :10].clamp(max=1).numpy(),
        row(test.source[:10, b]),
        [*row(test.target[:10, b]), "end"],
        test.where[:11, :10, b],
    ),
    alt="A matrix of eleven rows and ten columns. Ten black squares run from the upper right to the lower left, each within a ring; all else is white, but the last row, end, which has no ring and a little grey.",
    name="fig-block-looks",
    caption="Where the block looks among what was read, while it writes ten symbols backwards. A ring marks where the symbol stands. What a row lacks to 1 lies on what was written.",
)


# %% [markdown]
# Sharper than the LSTM's on the page before, which mostly had a grey neighbour. At *end* nothing needs to be found, and nearly all the weight is on what was written.

# %% [markdown]
# ## What is gained
#
# **A short path.** In a recurrent network, what stands in $x_1$ goes through $T - 1$ steps to get to $y_T$; in the block it takes one look, whatever $T$ is. What comes of it? We ask untrained networks for the derivative of the last output by the first input, compared with that by the last one.
#
# **No waiting.** To compute $h_t$, one needs $h_{t-1}$. So the operations form a chain in which each waits for the one before, and the chain grows with $T$. Torch keeps a record of which operation needs which, and the longest chain in it can be counted. In the block all positions are worked on at once, in training at least.


# %% tags=["hide-input"]
def chain(y):
    # The longest chain of operations that led to y, from torch's record. Each operation is
    # put on the list twice: to ask for what it needs, and, when that is known, to count.
    longest, todo = {}, [(y.grad_fn, False)]
    while todo:
        node, ready = todo.pop()
        before = [n for n, _ in node.next_functions if n is not None]
        if ready:
            longest[node] = 1 + max((longest[n] for n in before), default=0)
        elif node not in longest:
            todo += [(node, True), *((n, False) for n in before)]
    return longest[y.grad_fn]


# %%
WIDTH = one_block.WIDTH


def layer(seed):
    # Untrained LSTMs, and an untrained block, of the same width.
    rng = np.random.default_rng(seed)
    runs = {}
    for bias in (1, 3):
        cell = Recurrent(lstm, WIDTH, WIDTH, rng=rng, forget_bias=float(bias))
        runs[f"LSTM, forget bias {bias}"] = lambda x, cell=cell: cell(x[:, None])[0][
            :, 0
        ]
    block = Block(WIDTH, 2 * WIDTH, rng=rng)
    return runs | {"block": lambda x: block(x, x)[0]}


def reach(run, T, seed):
    # The last output's derivative by the first input, relative to that by the last.
    x = torch.tensor(np.random.default_rng([seed, T]).standard_normal((T, WIDTH)))
    x = x.float().requires_grad_()
    ask = torch.randn(WIDTH, generator=torch.Generator().manual_seed(seed))
    (g,) = torch.autograd.grad((run(x)[-1] * ask).sum(), x)
    return float(g[0].norm() / g[-1].norm())


lengths = [4, 8, 16, 32, 64, 128]
reached, chains = {}, {}
for name in layer(0):
    nets = [layer(seed)[name] for seed in range(10)]
    reached[name] = [
        [reach(run, T, seed) for seed, run in enumerate(nets)] for T in lengths
    ]
    chains[name] = [chain(nets[0](torch.zeros(T, WIDTH))) for T in lengths]

# %% tags=["hide-input"]
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4))
MARKS = dict(
    zip(
        chains,
        [(COLOURS[1], "s", "-"), (COLOURS[3], "^", ":"), (COLOURS[0], "o", "--")],
        strict=True,
    )
)
for name, (colour, mark, dash) in MARKS.items():
    middle = np.median(reached[name], axis=1)
    axes[0].plot(lengths, middle, dash, marker=mark, color=colour, label=name)
    axes[1].plot(lengths, chains[name], dash, marker=mark, color=colour, label=name)
axes[0].set(
    title="derivative, first / last input",
    ylabel="quotient",
    yscale="log",
    ylim=(1e-14, 10),
)
axes[1].set(title="longest chain", ylabel="operations")
for ax in axes:
    ax.set(xlabel="length $T$", xticks=[4, 32, 64, 128])
fig.legend(
    *axes[0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=3,
    fontsize=10,
)
figure(
    fig,
    alt="Two panels over the length, from 4 to 128. Left, on a logarithmic scale: the derivative by the first input, divided by that by the last, falls in the LSTM with a forget bias of 1 from about 0.4 to below 1e-11 at 128, with a forget bias of 3 from 0.9 to about 0.2, in the block from about 0.1 to about 0.003. Right: the longest chain rises in both LSTMs along a straight line, to about 1,000 operations at 128; in the block it stays level at about 40.",
    name="fig-gains",
    caption="Untrained networks, 64 numbers wide. Left: medians of ten networks; right: counted in torch's record, for a batch of any size.",
)

# %% tags=["remove-input"]
lstm_reach, open_reach, block_reach = (np.median(x, axis=1) for x in reached.values())
assert lstm_reach[-1] < 1e-9
assert open_reach[-1] > 10 * block_reach[-1]
assert 16 < block_reach[0] / block_reach[-1] < 64
assert len(set(chains["block"])) == 1
slow = chains["LSTM, forget bias 1"]
assert np.allclose(np.diff(slow) / np.diff(lengths), 8)
glue(
    chain_block=chains["block"][0],
    chain_lstm=f"{slow[-1]:,}",
    chain_step=(slow[-1] - slow[-2]) // 64,
)


# %% [markdown]
# In the block the derivative falls about as $1/T$, since before training each of $T$ positions gets about one part in $T$ of the weight (it starts low, as the last input has its way straight through as well); in the LSTM with a forget bias of 1 it falls by a factor for each step, the old trouble of [long-term dependencies](02_long_term.ipynb). With a bias of 3 it reaches further than in the block, even over 128 steps: a gate can hold the path open, but it has to be set, or learned, for the length. (And the LSTM with attention of the page before has a path of one look to all that was read.)
#
# What neither of them has is the other gain. The chain grows by 8<!-- chain_step --> operations a step in the LSTM and is 1,030<!-- chain_lstm --> long at 128; in the block it is 43<!-- chain_block -->, always.
#
# A chain costs time only where there are hands enough to do at once what need not wait. Where there is a single core there are none; so seconds are not shown here.
#
# ## What is paid
#
# Every position is compared with every other. We let torch count the multiplications in the matrix products of both:


# %%
def multiplications(run, T):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run(torch.zeros(T, WIDTH))
    return counter.get_total_flops() // 2  # torch counts the additions as well


long = [16, 64, 256, 1024]
counts = {
    name: [multiplications(run, T) for T in long] for name, run in layer(0).items()
}
counts["LSTM"] = counts["LSTM, forget bias 1"]
rows = []
for k, T in enumerate(long):
    both = [counts[name][k] for name in ("LSTM", "block")]
    looked = 2 * T**2 * WIDTH
    rows.append([f"{T:,}", *(f"{n / 1e6:.1f}" for n in (*both, looked)), f"{T**2:,}"])
table(
    [
        "length",
        "LSTM, millions",
        "block, millions",
        "of it scores and contexts",
        "weights to be kept",
    ],
    rows,
)

# %%
for k, T in enumerate(long):
    assert counts["LSTM"][k] == 8 * T * WIDTH**2
    assert counts["block"][k] == 8 * T * WIDTH**2 + 2 * T**2 * WIDTH

# %% [markdown]
# With an inner layer twice as wide as $x$, as here, an LSTM and a block happen to do the same number of multiplications for each position, $8 d^2$ ($d$ is the width of $x$, and there is one head). In the LSTM three gates and the candidate have two matrices each, $d$ by $d$: 8. In the block $W_q$, $W_k$, $W_v$ and $W_o$ are 4, and $W_1$ and $W_2$, between $d$ and $2d$, count for 2 each: 8 as well; with an inner layer of $4d$, as in the paper, it is 12. On top of it the block pays $2 T^2 d$ for scores and contexts, and, as we compute it, has $T^2$ weights to keep for the way back, for each head. (An LSTM keeps its gates and states as well, but of those there are $T$.) Up to $T = 4d$ that is the smaller part, beyond it the larger. For a sentence it hardly shows; for a book it is everything.
#
# And there is a second bill, for writing. In training all symbols are known, so all positions are worked on at once. A network that writes by itself has to wait for its own last symbol, block or not. And while an LSTM takes along a state of fixed size, two vectors, the block has to keep what it has read and written, all of it, for every look back (as has the LSTM with attention, for what was read). **What the LSTM forgets, it need not carry. What the block carries, it need not remember.**

# %% [markdown]
# ## What surprised us
#
# **One block with learned places**, and no state handed from step to step, does at least as well on reversal as every recurrent network of the page before, up to the longest sequence in training.
#
# **At 60, nothing.** The LSTM with general attention still has 0.50<!-- general_60 -->.
#
# **The same number of multiplications**, $8d^2$ a position, in an LSTM and in our block, whose inner layer is twice as wide. (In the paper's it is four times as wide, which makes $12 d^2$.)
#
# ## Common misconceptions
#
# - *"Without recurrence a network knows the order from the positions of the array."* As long as no mask tells, it knows no order at all until places are put in.
# - *"Key and value are the same thing."* They are made of the same vector, by two matrices: what a thing is found by, and what it hands over.
# - *"Eight heads cost eight times as much."* Each is an eighth as wide, so the matrix products cost the same; only the weights, and their softmaxes, are eight times as many.
# - *"The square root makes the weights add up to 1."* That is the softmax. The square root keeps the softmax from deciding too early.
# - *"A transformer is faster than a recurrent network."* It does not wait, in training, and where there are hands for all its work at once. It does not multiply less, and when it writes, it waits too.
# - *"It has a longer memory."* It has no state in which to remember: it keeps everything, as long as there is room, and can be lost beyond the places it has learned.
#
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("qkv.scale")

# %% tags=["remove-input"]
ask("qkv.causal")

# %% tags=["remove-input"]
ask("qkv.cost")

# %% tags=["remove-input"]
ask("qkv.heads")

# %% tags=["remove-input"]
ask("qkv.order")

# %% [markdown]
# ## Sources
#
# The block, the scale, the heads, the waves, and the comparison of costs and paths: {cite:t}`vaswani2017`. Adding what comes in to what comes out: {cite:t}`he2016`. Layer normalisation: {cite:t}`ba2016`. The look-up in a decoder: {cite:t}`bahdanau2015` and {cite:t}`luong2015`. That the paper's transformer has an encoder of its own, and many blocks, is left out here: one block on one sequence shows what this page is about.
