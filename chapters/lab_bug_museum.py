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
# # A museum of mistakes
#
# **After this page you will be able to**
#
# - write ten tests of a recurrent program, of a few lines each, that need to know nothing of the mistake they find;
# - say which kind of mistake each of them can see, and which it cannot;
# - find and mend ten mistakes that real people have made in public, some of them in places where thousands learn;
# - explain why a loss that goes down proves so little.

# %% [markdown]
# ## The question
#
# A program runs. No error, every shape fits, the loss goes down. The results are not as good as hoped, but whose are? Perhaps the data are hard, or the learning rate is off.
# **Or perhaps there is a mistake in the program. How would anybody know?**
#
# This page is a museum. Its ten exhibits are short programs of ours, and each contains a mistake that was made elsewhere, in a tutorial, a library, an explanation, and that went unnoticed for weeks or years. Not because its authors
# were careless: because a network with a mistake in it *learns around it*. The labels with names and addresses hang behind the exercises, so that you can hunt first.

# %%
import numpy as np
import torch
from matplotlib import pyplot as plt
from torch.nn.functional import soft_margin_loss

from lstm_course import gradcheck
from lstm_course.cells import lstm
from lstm_course.museum import CHECKS, EXHIBITS, copied, matrix, twice
from lstm_course.museum.checks import in_torch
from lstm_course.museum.exhibit import source
from lstm_course.notebook import COLOURS, figure, glue, style, table

style()


def programs(name):
    """The two programs of an exhibit, broken and mended."""
    return EXHIBITS[name].broken, EXHIBITS[name].mended


def show(name):
    """Print the broken program."""
    print(source(EXHIBITS[name].broken, name))


def drawn(name, seed=0, **sizes):
    """Arguments for a program."""
    return EXHIBITS[name].draw(np.random.default_rng(seed), **sizes)


def hang(test, name):
    """Try a test on both programs."""
    for word, program in zip(("broken", "mended"), programs(name), strict=True):
        try:
            test(program)
            print(f"{test.__name__}: the {word} program passes")
        except AssertionError:
            print(f"{test.__name__}: the {word} program fails")


# %% [markdown]
# ## The picture
#
# Ten programs, and ten tests that know nothing of what is wrong with them. Each test is tried wherever there is something to try: one about padding, say, only where there is padding.
#
# | the test | what it does, and what must come out |
# |---|---|
# | one example alone | takes one example out of the batch: its answer is what it was in company |
# | another order | puts the examples in another order: the answers come in that order, unchanged |
# | more padding | adds padding behind: nothing changes |
# | change an input | changes one argument: what should depend on it changes |
# | add two inputs | gives the sum of two inputs: *not* the sum of the two answers |
# | no two alike | compares what nothing makes alike: gates, examples, biases |
# | adds up to 1 | adds up the attention weights of an example |
# | a gate by hand | opens or closes a gate by a large bias: we know what it must do then |
# | difference quotient | compares a gradient with small differences |
# | compare with torch | compares with somebody else's program |
#
# **Your prediction, please.** Many people know one test for a network that they have written by hand, the difference quotient. Of the ten mistakes, how many will it find? And the comparison with PyTorch?

# %% tags=["hide-input"]
verdicts = matrix("broken", np.random.default_rng(0))
fig, ax = plt.subplots(figsize=(7.2, 6.2))
for y, row in enumerate(verdicts.values()):
    for x, verdict in enumerate(row.values()):
        if verdict is False:
            ax.plot(x, y, "s", color=COLOURS[1], markersize=19)
            ax.text(x, y, "×", ha="center", va="center", color="white", fontsize=17)
        elif verdict:
            ax.plot(x, y, "o", color="#7a7a7a", markersize=6, markerfacecolor="white")
ax.set_xticks(range(len(CHECKS)), CHECKS, rotation=50, ha="left")
ax.xaxis.tick_top()
ax.set_yticks(range(len(EXHIBITS)), [exhibit.title for exhibit in EXHIBITS.values()])
ax.tick_params(length=0)
ax.set(xlim=(-0.6, len(CHECKS) - 0.4), ylim=(len(EXHIBITS) - 0.4, -0.6))
ax.spines[:].set_visible(False)
figure(
    fig,
    alt="A matrix, ten mistakes downwards and ten tests across. The last column, compare with torch, has crosses in eight rows, all but the wish granted twice "
    "and four gates, one draw. Every other column has one to three crosses: one alone two, another order one, more padding one, change an input two, add two inputs one, no two alike two, adds up to 1 one, a gate by hand three, "
    "difference quotient one, in the row of the copied line. Every row has at least one cross outside the last column. Circles, where a test ran and found nothing, fill most of the rest; some fields are empty.",
    name="fig-matrix",
    caption="Which test finds which mistake. A cross on a square: found. A circle: the test ran and found nothing. Empty: there was nothing to try. "
    "Where a column has few fields, its crosses say little of how sharp the test is: gates were set in three rooms, padding was added in one. "
    "On the ten mended programs no test finds anything.",
)

# %% tags=["remove-input"]
finds = {t: sum(row[t] is False for row in verdicts.values()) for t in CHECKS}
tried = {t: sum(row[t] is not None for row in verdicts.values()) for t in CHECKS}
most = max(number for test, number in finds.items() if test != "compare with torch")
without = [
    name
    for name, row in verdicts.items()
    if any(v is False for t, v in row.items() if t != "compare with torch")
]
glue(
    quotient=finds["difference quotient"],
    torch=finds["compare with torch"],
    most=most,
    without=len(without),
    tried=tried["difference quotient"],
    faultless=tried["difference quotient"] - finds["difference quotient"],
)
assert tried["difference quotient"] == 8
assert tried["a gate by hand"] == 3
assert tried["more padding"] == 1
assert finds["difference quotient"] == 1
assert verdicts["copied"]["difference quotient"] is False
assert finds["compare with torch"] == 8
assert len(without) == len(EXHIBITS) == 10
assert all(
    verdict is not False
    for row in matrix("mended", np.random.default_rng(0)).values()
    for verdict in row.values()
)

# %% [markdown]
# The difference quotient could be tried on 8<!-- tried --> of the ten (the other two only make starting values), and finds 1<!-- quotient -->. It must be so: it asks whether the gradient belongs to the program, not whether the program is the right one. A wrong program has a gradient, too, and autograd gives it without a fault.
#
# The comparison with PyTorch finds 8<!-- torch -->: whoever has a second program by somebody else should use it. But for a network of your own invention there is none. The other nine need no second program that does the same (in Room 2 a gate is set in PyTorch's own cell, since the biases are meant for that). The best of them finds 3<!-- most -->, and together they find 10<!-- without --> of ten.

# %% [markdown]
# ## The equation
#
# What can be said of the answer of a program without knowing the answer? Write $F$ for the program, $x_1 \ldots x_B$ for the examples of a batch, $\pi$ for another order of them.
#
# | what must hold | in words |
# |---|---|
# | $F(x_1, \ldots, x_B)_b = F(x_b)$ | nobody else has a say |
# | $F(x_{\pi(1)}, \ldots, x_{\pi(B)})_b = F(x_1, \ldots, x_B)_{\pi(b)}$ | nor has the order |
# | $F(x, \text{padding}) = F(x)$ | nor has what is not there |
# | $\partial F / \partial u \ne 0$ | everything that should matter does |
# | $F(x + y) + F(0) \ne F(x) + F(y)$ | it is not linear |
# | $\nabla L \cdot v \approx (L(\theta + \epsilon v) - L(\theta - \epsilon v)) / 2 \epsilon$ | the gradient is one |
#
# The first three are **invariances**: something is changed that must not matter, and nothing may change. The next two are the opposite: something is changed that must matter. Such a test needs random numbers and two calls, and it is hard to write it so that it repeats the mistake,
# as a second program by the same hand so easily does.
#
# The first implies the second, but not the other way round: if every example is divided by the sum over the batch, that sum is the same in every order.

# %% [markdown]
# ## The code
#
# The ten programs stand in `lstm_course/museum/`, each beside its mended twin, and the tests in `checks.py`. One of the tests, written out for one of the programs, and what its first example gets:

# %%
broken, mended = programs("crossed")
scores, values = EXHIBITS["crossed"].draw(np.random.default_rng(0))
for name, attend in (("broken", broken), ("mended", mended)):
    together = attend(scores, values)[1][0]
    alone = attend(scores[:, :1], values[:, :1])[1][0]
    print(f"{name}: in company {together.round(2)}, alone {alone.round(2)}")

# %% [markdown]
# ## The experiment
#
# Now the rooms. In each hangs a program; below it stands what its owner noticed, measured here, and a test in a few lines: what it asserts of the mended program is false of the broken one. **Before you read on, look at each program and make a prediction: what is wrong with it?** You will be asked to mend it.
#
# ### Room 1: the network that cannot bend

# %% tags=["remove-input"]
show("linear")

# %% [markdown]
# *What was noticed*: it learns, but less than expected. Here its 32 random units read two signs, and the best linear readout tries to tell whether they were equal.

# %%
rng = np.random.default_rng(0)
signs = rng.choice([-1.0, 1.0], (2, 1000, 1))
equal = signs.prod(0)[:, 0]
shapes = (1, 32), (32, 32), (32,)
W_x, W_h, b = (rng.standard_normal(shape) for shape in shapes)
right = {}
for name, network in zip(("broken", "mended"), programs("linear"), strict=True):
    states = network(signs, W_x, W_h / 6, b)[-1]
    states = np.column_stack([states, np.ones(1000)])
    readout = np.linalg.lstsq(states[:500], equal[:500])[0]
    right[name] = np.mean((states[500:] @ readout > 0) == (equal[500:] > 0))
    print(f"{name}: {right[name]:.0%} of new pairs right")
assert 0.3 < right["broken"] < 0.7
assert right["mended"] == 1


def superposition(network):
    x, *weights = drawn("linear")
    y, *_ = drawn("linear", seed=1)
    f = lambda z: network(z, *weights)
    assert not np.allclose(f(x + y) + f(0 * x), f(x) + f(y))


hang(superposition, "linear")

# %% [markdown]
# ### Room 2: the wish granted twice

# %% tags=["remove-input"]
show("twice")

# %% [markdown]
# *What was noticed*: without measuring, nothing. The biases were meant for `torch.nn.LSTM`, whose forget gate was to start at $\sigma(1)$. The test asks PyTorch itself: what is left after one step of a cell of 1?

# %%
gate = {}
for name, biases in zip(("broken", "mended"), programs("twice"), strict=True):
    gate[name] = twice.forget_gate(*biases(H=5, forget=1.0))[0]
    half = np.log(0.5) / np.log(gate[name])
    print(f"{name}: forget gate {gate[name]:.2f}, half-life {half:.1f} steps")
assert np.allclose(gate["broken"], 1 / (1 + np.exp(-2)))


def wish(biases):
    kept = twice.forget_gate(*biases(H=5, forget=1.0))
    assert np.allclose(kept, 1 / (1 + np.exp(-1)))


hang(wish, "twice")

# %% [markdown]
# ### Room 3: the softmax across the batch

# %% tags=["remove-input"]
show("crossed")

# %% [markdown]
# *What was noticed*: with a single example, as one tries it first, all weights are 1. With several examples everything looks like attention.

# %%
scores, values = drawn("crossed", S=6, B=8)
for name, attend in zip(("broken", "mended"), programs("crossed"), strict=True):
    single = attend(scores[:, :1], values[:, :1])[0][:, 0]
    sums = attend(scores, values)[0].sum(0)
    low, high = sums.min(), sums.max()
    print(f"{name}: alone {single.round(2)}, sums in a batch {low:.2f} to {high:.2f}")


def in_company(attend):
    scores, values = drawn("crossed")
    alone = attend(scores[:, :1], values[:, :1])[1]
    assert np.allclose(attend(scores, values)[1][:1], alone)


hang(in_company, "crossed")

# %% [markdown]
# ### Room 4: the memory of somebody else

# %% tags=["remove-input"]
show("carried")

# %% [markdown]
# *What was noticed*: a layer that keeps its state between batches, in a tutorial that shuffles the batches; a reader asked how the two go together. Here one and the same window is read in 100 different orders of the others.

# %%
windows, *weights = drawn("carried", N=20, T=4)
for name, read in zip(("broken", "mended"), programs("carried"), strict=True):
    answers, first = set(), 0
    for seed in range(100):
        order = np.random.default_rng(seed).permutation(20)
        first += order[0] == 7
        state = read(windows[order], *weights)[order == 7][0]
        answers.add(tuple(state.round(6)))
    print(f"{name}: different answers to the same window: {len(answers)}")
    assert len(answers) == (1 if name == "mended" else 101 - first)


def order_is_nothing(read):
    windows, *weights = drawn("carried")
    backwards = read(windows[::-1], *weights)[::-1]
    assert np.allclose(backwards, read(windows, *weights))


hang(order_is_nothing, "carried")

# %% [markdown]
# (Not quite a hundred: in the few orders in which it comes first, the window is read as it should be, always with the same answer.)
#
# ### Room 5: the mask that hides nothing

# %% tags=["remove-input"]
show("masked")

# %% [markdown]
# *What was noticed*: the number in the mask, by a reader of the code. What can be measured: the share of its attention that a sentence of five words gives to padding, in an array of fifty places.

# %%
lost = {}
for name, weigh in zip(("broken", "mended"), programs("masked"), strict=True):
    scores = np.random.default_rng(0).standard_normal((50, 1000))
    alpha = weigh(scores, np.full(1000, 5))
    lost[name] = alpha[5:].sum(0).mean()
    print(f"{name}: {lost[name]:.0%} of the attention goes to the padding")
assert lost["broken"] > 0.8


def padding_is_nothing(weigh):
    scores, lengths = drawn("masked")
    longer = np.concatenate([scores, scores])
    assert np.allclose(weigh(longer, lengths)[: len(scores)], weigh(scores, lengths))


hang(padding_is_nothing, "masked")

# %% [markdown]
# ### Room 6: four gates, one draw

# %% tags=["remove-input"]
show("seeded")

# %% [markdown]
# *What was noticed*: the place of the seed, by a reader of the code. Measured: how alike are two gates, input and forget gate, in what they say of a thousand random inputs?

# %%
inputs = np.random.default_rng(1).standard_normal((1000, 53))
for name, start in zip(("broken", "mended"), programs("seeded"), strict=True):
    i, f, g, o = np.split(inputs @ start(seed=0, D=3, H=50), 4, axis=1)
    correlation = np.corrcoef(i.ravel(), f.ravel())[0, 1]
    print(f"{name}: input and forget gate correlate with {correlation:.1f}")
    assert abs(correlation - (name == "broken")) < 0.04


def no_two_gates_alike(start):
    first, second, *_ = np.split(start(seed=0, D=3, H=5), 4, axis=1)
    assert not np.allclose(first, second)


hang(no_two_gates_alike, "seeded")

# %% [markdown]
# ### Room 7: the gates that changed places

# %% tags=["remove-input"]
show("swapped")

# %% [markdown]
# *What was noticed*: weights that were trained elsewhere gave other answers here. Below, the largest difference of any unit from PyTorch's own GRU, after 20 steps.

# %%
x, h, *weights = drawn("swapped", B=8, D=3, H=10)
xs = np.random.default_rng(1).standard_normal((20, 8, 3))
for name, step in zip(("broken", "mended"), programs("swapped"), strict=True):
    ours = theirs = np.zeros((8, 10))
    for x in xs:
        ours = step(x, ours, *weights)
        theirs = EXHIBITS["swapped"].truth(x, theirs, *weights)
    apart = np.abs(ours - theirs).max()
    print(f"{name}: {apart:.1f} apart")
    assert (apart > 0.3) == (name == "broken")


def kept_by_hand(step):
    x, h, W_x, W_h, b, b_n = drawn("swapped", H=5)
    b[5:10] = 60  # the update gate: keep everything
    assert np.allclose(step(x, h, W_x, W_h, b, b_n), h)


hang(kept_by_hand, "swapped")

# %% [markdown]
# ### Room 8: the memory nobody reads

# %% tags=["remove-input"]
show("unread")

# %% [markdown]
# *What was noticed*: a name in the last line but one, by a reader of the code. Two sequences differ in their first step alone. How long does one see it in $h$? (The forget gates have a bias of 4: they keep nearly all.)

# %%
T, H = 40, 20
rng = np.random.default_rng(0)
W_x, W_h = rng.standard_normal((2, 4 * H)), rng.standard_normal((H, 4 * H)) / 10
b = np.repeat([0.0, 4.0, 0.0, 0.0], H)
xs = rng.standard_normal((T, 1, 2))
other = np.concatenate([-xs[:1], xs[1:]])
trace = {}
for name, step in zip(("broken", "mended"), programs("unread"), strict=True):
    states = []
    for sequence in (xs, other):
        h = c = np.zeros((1, H))
        states.append([])
        for x in sequence:
            h, c = step(x, h, c, W_x, W_h, b)
            states[-1].append(h[0])
    trace[name] = np.linalg.norm(np.subtract(*states), axis=1)
    print(f"{name}: after 40 steps the two h are {trace[name][-1]:.4f} apart")


def the_cell_matters(step):
    x, h, c, *weights = drawn("unread")
    assert not np.allclose(step(x, h, c + 1, *weights)[0], step(x, h, c, *weights)[0])


hang(the_cell_matters, "unread")

# %% tags=["hide-input"]
fig, ax = plt.subplots()
for name, look in (("mended", "-o"), ("broken", "--s")):
    ax.plot(range(1, T + 1), trace[name], look, markevery=5, markersize=7, label=name)
ax.set(xlabel="step", ylabel="difference in h", yscale="log", ylim=(1e-6, 10))
ax.legend()
figure(
    fig,
    alt="Two curves over 40 steps, the vertical axis logarithmic: how far the states of two sequences lie apart that differ in their first step. The mended one falls slowly, from above 1 to about a tenth at step 25, and stays near there. The broken one falls along a straight line, by a factor of about eight at each step, and leaves the picture, below a millionth, before step 10.",
    name="fig-unread",
    caption="What one different first step leaves behind. The broken program still has a memory, the way through h, which fades at every step. The cell, which fades far more slowly, nobody reads.",
)

# %%
assert trace["mended"][-1] > 0.05
assert trace["broken"][-1] < 1e-5
fading = trace["broken"][1:8] / trace["broken"][:7]
assert 1 / 16 < np.exp(np.log(fading).mean()) < 1 / 5


# %% [markdown]
# And yet it learns. Both programs are trained to repeat the first of four signs, each from ten different starts. **Your prediction, please:** what will the two losses be after 150 updates?


# %% tags=["nbval-ignore-output"]
def learn(program, seed, T=4, H=8, updates=150):
    """The loss before and after training a program to repeat the first of T signs."""
    torch.manual_seed(seed)
    shapes = (1, 4 * H), (H, 4 * H), (4 * H,), (H, 1)
    weights = [(torch.randn(shape) / 2).requires_grad_() for shape in shapes]
    adam = torch.optim.Adam(weights, 0.02)
    losses = []
    for _ in range(updates):
        xs = torch.randint(2, (T, 64, 1)) * 2.0 - 1
        h = c = torch.zeros(64, H)
        for x in xs:
            h, c = program(x, h, c, *weights[:3])
        losses.append(soft_margin_loss(h @ weights[3], xs[0]))
        adam.zero_grad()
        losses[-1].backward()
        adam.step()
    return losses[0].item(), losses[-1].item()


after = {}
for name, program in zip(("broken", "mended"), programs("unread"), strict=True):
    losses = np.array([learn(in_torch(program), seed) for seed in range(10)])
    (before, after[name]), worst = np.median(losses, 0), losses[:, 1].max()
    print(
        f"{name}: loss {before:.2f} -> {after[name]:.4f}, the worst of ten {worst:.4f}"
    )
    assert abs(before - np.log(2)) < 0.1, "a guess between two"
    assert worst < 0.02

# %%
assert 1 / 3 < after["broken"] / after["mended"] < 3

# %% [markdown]
# In each of the twenty runs the loss falls from that of guessing to nearly nothing, and by the medians nobody could tell which program is which. Over four steps the way through $h$ is enough.

# %% [markdown]
# ### Room 9: the copied line

# %% tags=["remove-input"]
show("copied")


# %% [markdown]
# *What was noticed*: two names, by a reader of the code. There had been a gradient check; it compared one matrix, the forget gate's part of $W_h$, and that one is right. Here an LSTM with these lines is tried by a check of that kind, which looks at one array only, and then by the course's own, which compares every array.


# %%
def every_array(gradients):
    gradcheck.cell(copied.cell(gradients), rng=np.random.default_rng(0))


def one_array_only(gradients):
    """dW_h of these lines against dW_h of the right ones: all that was looked at."""
    arguments = drawn("copied")
    assert np.allclose(
        gradients(*arguments)[1], EXHIBITS["copied"].truth(*arguments)[1]
    )


hang(one_array_only, "copied")
hang(every_array, "copied")
try:
    every_array(copied.broken)
except AssertionError as error:
    print(error)

# %% [markdown]
# ### Room 10: the decoder with closed eyes

# %% tags=["remove-input"]
show("blind")

# %% [markdown]
# *What was noticed*: that the encoder's outputs never enter, by readers of the code; and years later that the pictures of the weights looked strange. Two words of the source change places, the one that got most attention and another. Does the attention follow?

# %%
follows = {}
for name, look in zip(("broken", "mended"), programs("blind"), strict=True):
    follows[name] = 0
    for seed in range(200):
        q, encoded, W = drawn("blind", seed, B=1, S=5)
        best = look(q, encoded, W)[:, 0].argmax()
        order = np.arange(5)
        order[[best, best - 1]] = order[[best - 1, best]]
        follows[name] += order[look(q, encoded[order], W)[:, 0].argmax()] == best
    print(f"{name}: the attention follows the word in {follows[name]} of 200 cases")
assert (follows["broken"], follows["mended"]) == (0, 200)


def the_source_matters(look):
    q, encoded, W = drawn("blind")
    assert not np.allclose(look(q, 2 * encoded, W), look(q, encoded, W))


hang(the_source_matters, "blind")

# %% [markdown]
# ## What surprised us
#
# **A wrong program learns.** That of Room 8 learned as well as the mended one. 7<!-- faultless --> of the ten have gradients without a fault, and training makes of each what can be made of it. A linear memory can tell names apart by their letters. Attention by place is no bad guess where two languages have similar orders. Padding that takes its share takes about the same
# from everybody. How much each mistake costs depends on the task, and we did not measure it: but it may be no more than lies between two learning rates, and then nobody looks for it.
#
# **The mistakes are small and of few kinds**: a name taken from the line above, a line a level too far out or in, a 0 for a 1, a sign, a thing left out. In the exercises each is mended by changing a line or two, or moving one.
#
# **The order of a batch is a weaker test than its size.** The softmax across the batch passes every reordering; one example alone gives it away.
#
# ## Common misconceptions
#
# - *"It learns, so it is right."* What learns is whatever is there.
# - *"The gradient check passed, so the program is right."* It says that the gradient belongs to the program. And only for the arrays it looked at.
# - *"Autograd makes gradient checks superfluous."* For the gradient, yes. Seven other mistakes of this page have perfect gradients, and two have none to check.
# - *"A shape error would have told."* At the sizes of these tests not one of the ten changes a shape. (The tenth would, for a source with more places than there are units.)
# - *"Famous code has been read by thousands, so it is right."* Thousands read it and copied it, mistake included. Of those who found one, many asked politely whether *they* had misunderstood something.

# %% [markdown]
# ## Exercises
#
# One for each room. They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("museum.linear")

# %% tags=["remove-input"]
ask("museum.twice")

# %% tags=["remove-input"]
ask("museum.crossed")

# %% tags=["remove-input"]
ask("museum.carried")

# %% tags=["remove-input"]
ask("museum.masked")

# %% tags=["remove-input"]
ask("museum.seeded")

# %% tags=["remove-input"]
ask("museum.swapped")

# %% tags=["remove-input"]
ask("museum.unread")

# %% tags=["remove-input"]
ask("museum.copied")

# %% tags=["remove-input"]
ask("museum.blind")

# %% [markdown]
# ## The labels
#
# Where the mistakes were made, what became of them, and what each of them teaches. We tell only what we have read ourselves, in the thread or file named, in a stored copy: by now things may have moved on. Everybody named here gave their work away, and several answered within a day. The exhibits are ours, and simpler than what they stand for.
#
# **1. The network that cannot bend.** PyTorch's tutorials on names, letter by letter, built an RNN of linear layers and passed the state on without a nonlinearity. Readers asked about it, over years {cite}`issue_tutorials_647,issue_tutorials_3791,issue_tutorials_3953`. The tutorial that classifies names has been rewritten with `nn.RNN`, which bends {cite}`pull_tutorials_2954`; for the one that generates them, a mend had been offered when we read it {cite}`pull_tutorials_3956`.
# *Lesson: a recurrence of linear maps is one linear map.*
#
# **2. The wish granted twice.** The advice to set the forget gate's quarter of the bias to 1 stands in a thread of 2017; the next question there was whether *both* biases should be set, and the answer was that one of the two is redundant {cite}`issue_pytorch_750`. *Lesson: measure the gate, not the parameter.*
#
# **3. The softmax across the batch.** The attention layer of a library for PyTorch: a reader tried one example, and every weight was 1 {cite}`issue_pytorch_nlp_2`. The thread is closed. *Lesson: name the axis, and try one example alone.*
#
# **4. The memory of somebody else.** TensorFlow's tutorial on writing text used a layer that keeps its state between batches, and shuffled the batches; a reader asked, and it was changed {cite}`issue_tensorflow_40067`. *Lesson: carry or shuffle.*
#
# **5. The mask that hides nothing.** In a library for forecasting a mask was filled with `1e-9`, where `-1e9` was meant. It was mended, and a reviewer remarked, with thanks, that it had probably done no harm most of the time {cite}`pull_gluonts_1401`. In TensorFlow's sequence-to-sequence code of 2015 the question was whether there was a mask at all {cite}`issue_tensorflow_512`. *Lesson: nothing that is not there may matter.*
#
# **6. Four gates, one draw.** A small LSTM in NumPy, written to be read, seeded the generator inside the function that draws; a reader offered to take the line out, and that was still open when we read it {cite}`pull_lstm_35`. *Lesson: a seed belongs where the program starts.*
#
# **7. The gates that changed places.** In an explanation with beautiful pictures the labels of the two gates pointed to one another's place; the author thanked the reader and mended it the same day {cite}`issue_memorization_24`. In programs it happens where weights travel: one comment on how to carry them from Keras to PyTorch tells the order, z before r here, r before z there, and its code, in the copy that we read, turns them round for the weights of the input and not for those of the state {cite}`issue_keras_8720`. *Lesson: names are not checked by anybody; set a gate and look.*
#
# **8. The memory nobody reads.** In a library with many convolutional LSTMs one cell computed its output from the candidate; it was reported, and mended {cite}`issue_openstl_68`. *Lesson: ask of every variable what changes when it changes.*
#
# **9. The copied line.** A collection of programs for learning, in NumPy, gave the biases of two gates the gradient of the third, as a reader reported in 2019 {cite}`issue_learn_dl_53`. Its gradient check went through one matrix. It was mended in 2026 {cite}`pull_learn_dl_63`. In another library the same thing had happened in the forward pass, and its author drew the moral: never copy and paste {cite}`issue_numpy_ml_42`. *Lesson: a check finds only what it compares.*
#
# **10. The decoder with closed eyes.** In PyTorch's tutorial on translation the weights came from the decoder's input and state, through a layer with one output for each place {cite}`issue_tutorials_87,issue_tutorials_1098`. Since 2023 they are computed as in {cite:t}`bahdanau2015` {cite}`pull_tutorials_2452`. *Lesson: exchange what is looked at, and look whether anybody notices.*
#
# In the store room there are more, which we had no wall for: a gradient clipped *after* the step that used it {cite}`issue_onsets_24`; a last state of 0 for every sentence but the longest {cite}`issue_allennlp_1713`; the last output of a network that reads from both sides, whose backward half has then read a single word {cite}`issue_pytorch_tutorial_149`; and time and batch exchanged by `view`, which gives the right shape and scrambles the numbers, as another reader of the thread showed with ten of them, where `transpose` was needed {cite}`issue_video_42`.
#
# ## Sources
#
# The mistakes: see the labels. The cells: {cite:t}`hochreiter1997` and {cite:t}`gers2000` for the LSTM, {cite:t}`cho2014` for the GRU; attention: {cite:t}`bahdanau2015`, and {cite:t}`luong2015` for the product with a matrix between, and for attention by place. The forget bias of 1: {cite:t}`jozefowicz2015`.
