"""The exercises of the chapter on networks that look at a picture."""

import numpy as np
import torch

from lstm_course import alignment
from lstm_course.exercises.kinds import Mend, Predict, Write, Wrong, equals
from lstm_course.models.captioner import doubly_stochastic
from lstm_course.models.grid import Layer, field
from lstm_course.models.hard_attention import reinforce
from lstm_course.tasks import shapes

LAYERS = (Layer(24, 4, 2), Layer(64, 3, 1), Layer(48, 4, 2))


def _fields():
    found = {}
    for k in range(1, len(LAYERS) + 1):
        found[f"size_{k}"], found[f"step_{k}"], _ = field(LAYERS[:k])
    return {**found, "places": shapes.SIDE // field(LAYERS).step}


FIELD = Predict(
    key="captions.field",
    title="What does a place see?",
    stars=1,
    statement="""
A picture is 32 pixels wide. Three convolution layers turn it into a grid of places, each layer reading the one before:

| layer | kernel | stride |
|---|---|---|
| 1 | 4 | 2 |
| 2 | 3 | 1 |
| 3 | 4 | 2 |

A layer with kernel 3 and stride 1 reads three neighbouring places of the layer before, then moves on by one of *its* places and reads again. How many pixels does one place of each layer see in one direction, through all layers before it (`size_1`, `size_2`, `size_3`)? How many pixels is the next place further on (`step_1`, `step_2`, `step_3`)? And how many places does one side of the last grid have (`places`), if every layer reads as many zeros beyond the edges as it takes, so that a stride of 2 exactly halves a side and a stride of 1 leaves it?
""",
    start="my_field = dict(size_1=..., step_1=..., size_2=..., step_2=..., size_3=..., step_3=..., places=...)",
    hints=(
        "Draw the 32 pixels as a row of boxes, above it what the first two or three places of layer 1 see, and above that a place of layer 2.",
        "Three places side by side overlap. The first of them sees `size_1` pixels; by how many pixels does each further one reach beyond it?",
        "Each layer adds (kernel - 1) times the step *before* it to the size, and multiplies the step by its stride.",
    ),
    truth=_fields,
    solution="""
- Layer 1 reads pixels: it sees 4, in steps of 2.
- Layer 2 reads three places. The first sees 4 pixels, and the other two reach 2 further each: $4 + 2 \\cdot 2 = 8$. Its stride is one place, which is 2 pixels.
- Layer 3 reads four places, 2 pixels apart: $8 + 3 \\cdot 2 = 14$. Its stride is two places, which is 4 pixels.
- $32 / 4 = 8$ places a side.
""",
    wrong=(
        Wrong("this is how far the layer moves on. It sees as much as its kernel.", {"size_1": 2}),
        Wrong("this is the whole square. In one direction it is its side.", {"size_1": 16}),
        Wrong("this is what a place sees. The next one begins earlier, by the stride, and the two overlap.", {"step_1": 4}),
        Wrong("it reads three places of layer 1, and each of them sees 4 pixels.", {"size_2": 3}),
        Wrong("three places with 4 pixels each overlap: each begins only 2 pixels after the one before.", {"size_2": 12}),
        Wrong("neighbouring places of layer 1 lie 2 pixels apart, not 1.", {"size_2": 6}),
        Wrong(
            "kernels are not simply added: the first of the three places is there already, and the others reach 2 further each.",
            {"size_2": 7},
        ),
        Wrong("only two of the three places reach further. The first is in the 4 pixels already.", {"size_2": 10}),
        Wrong("this is its stride, in places of layer 1. How many pixels are those?", {"step_2": 1}),
        Wrong("its stride is 1: it moves on by a single place of layer 1.", {"step_2": 4}),
        Wrong("it reads four places of layer 2, and each of them sees 8 pixels.", {"size_3": 4}),
        Wrong("four places with 8 pixels each overlap: each begins only 2 pixels after the one before.", {"size_3": 32}),
        Wrong("what counts is how far apart the places are that it reads, 2 pixels, and not its own places.", {"size_3": 20}),
        Wrong("three of the four places reach further. The first is in the 8 pixels already.", {"size_3": 16}),
        Wrong("the places that it reads lie 2 pixels apart, not 1.", {"size_3": 11}),
        Wrong(
            "this would be so if every stride were 1. Behind a stride of 2, each further place is 2 pixels on.", {"size_3": 9}
        ),
        Wrong("this is its stride, in places of layer 2. How many pixels are those?", {"step_3": 2}),
        Wrong("strides are not added. Two places of layer 2, each 2 pixels, are one step.", {"step_3": 5}),
        Wrong("places may overlap. The next one begins where the strides say, not where this one ends.", {"step_3": 14}),
        Wrong("this is the whole grid. One side of it is asked for.", {"places": 64}),
        Wrong("this is after the second layer. The third halves it once more.", {"places": 16}),
        Wrong("places overlap, so that more of them fit. Count by steps.", {"places": 2}),
        Wrong("this is without padding. Here a side is halved, left, and halved again.", {"places": 5}),
    ),
    afterword="""
A place is at home in 4 by 4 pixels and sees five more on each side. The same three layers in another order see another amount, since a kernel counts by the steps before it: 12 pixels with the 3 in front, 18 with the 3 at the end. Keep the difference in mind when you read a map of attention: it says which *place* was looked at. What was seen there may lie up to five pixels beside it.
""",
)

BOXES = np.array([[[7, 10, 18, 21], [21, 9, 29, 17]]])


def _chance():
    cells, chance = shapes.inside(BOXES)[0], shapes.chance(BOXES)
    circle, triangle = map(int, cells.sum((1, 2)))
    return {"circle": circle, "triangle": triangle, "even": chance, "random": chance, "fixed": float(cells[:, 3, 3].mean())}


CHANCE = Predict(
    key="captions.chance",
    title="How good is blind?",
    stars=1,
    statement="""
A picture of 32 by 32 pixels has a grid of 8 by 8 places. Their centres lie at 2, 6, 10, ..., 30, counted from the left and from the top. A place belongs to a box if its centre lies in it, left $\\le x <$ right and top $\\le y <$ bottom. The caption is *a red circle left of a blue triangle*:

| box | left | top | right | bottom |
|---|---|---|---|---|
| circle | 7 | 10 | 18 | 21 |
| triangle | 21 | 9 | 29 | 17 |

How many places belong to each box (`circle`, `triangle`)? Four words name something, two the circle and two the triangle. Now three networks that know nothing of the picture; give the mean over these four words:

- One gives all places the same weight, always. How much of its attention lies in the box of what is named (`even`)?
- One points at a place that is drawn anew for every word, all places equally likely. How often, in expectation, does it point into the right box (`random`)?
- One always points at the place with the centre (14, 14), whatever the word. How often is that in the right box (`fixed`)?

Fractions such as `3 / 64` may be handed in.
""",
    start="my_chance = dict(circle=..., triangle=..., even=..., random=..., fixed=...)",
    hints=(
        "Take the two directions one after the other: which of 2, 6, 10, ... lie from 7 up to, but not including, 18?",
        "The number of places in a box is the number of columns times the number of rows. Attention spread evenly over 64 places puts 1/64 on each of them.",
        "For two words the share is that of the circle, for two that of the triangle: the mean of both. And in which boxes is (14, 14)?",
    ),
    truth=_chance,
    tolerance=0.0005,
    solution="""
- `circle`: the columns at 10 and 14 (18 is no longer inside) and the rows at 10, 14 and 18: 6 places. `triangle`: 22 and 26, 10 and 14: 4 places.
- `even`: 6/64 at two words and 4/64 at two, 5/64 in the mean.
- `random`: the same. A place that is drawn lies in a box of 6 places in 6 of 64 cases.
- `fixed`: always in the box of the circle and never in that of the triangle, so 1/2.
""",
    wrong=(
        Wrong("these are all places of which the box touches something. It must hold the centre.", {"circle": 16}),
        Wrong("here 18 counts as inside. The right edge is no longer in the box.", {"circle": 9}),
        Wrong(
            "too few: a centre on the top edge counts, and a place need not lie in the box with all that surrounds it.",
            {"circle": 4},
        ),
        Wrong("columns and rows multiply.", {"circle": 5}),
        Wrong("this is the box in pixels, in units of 4 by 4. Count the centres inside.", {"circle": 121 / 16}),
        Wrong("this is the number of pixels. Count the places.", {"circle": 121}),
        Wrong("these are all places of which the box touches something. It must hold the centre.", {"triangle": 9}),
        Wrong("a place need not lie in the box with all that surrounds it: only its centre.", {"triangle": 1}),
        Wrong("this is the number of pixels. Count the places.", {"triangle": 64}),
        Wrong("this is the share of both boxes together. A word names one of the two.", {"even": 10 / 64}),
        Wrong("this holds for the words that name the circle. Two others name the triangle.", {"even": 6 / 64}),
        Wrong("this holds for the words that name the triangle. Two others name the circle.", {"even": 4 / 64}),
        Wrong("this is the sum over the four words. Their mean is asked for.", {"even": 20 / 64}),
        Wrong("this is the share of pixels. Attention lies on places: count those.", {"even": (121 + 64) / 2 / 32**2}),
        Wrong("this is the mean number of places. What share of attention do they get?", {"even": 5}),
        Wrong("there are two boxes, but most places lie in neither.", {"random": 0.5}),
        Wrong("this is the chance of one certain place. A box has several.", {"random": 1 / 64}),
        Wrong("this counts both boxes as right. Only that of what is named is.", {"random": 10 / 64}),
        Wrong("this is for a place drawn at random. This one is always the same: look where it lies.", {"fixed": 5 / 64}),
        Wrong("the place lies in the circle. What of the words that name the triangle?", {"fixed": 1}),
        Wrong("two of the four words name the circle, and not one.", {"fixed": 0.25}),
        Wrong("14 lies from 7 up to 18 and from 10 up to 21: the place is in the box of the circle.", {"fixed": 0}),
    ),
    afterword="""
Over all pictures of this task, `even` and `random` are 0.10. But chance is not the best that the blind can do: a network that points at one fixed place for words of the first object and at another for those of the second gets 0.37 without a look at the picture, since the first stands above or on the left. Whoever reports where attention looks should say what both would get.
""",
)


def _weights(scores):
    """Positive numbers that add up to 1 along the last axis."""
    e = np.exp(scores)
    return e / e.sum(-1, keepdims=True)


def _doubly_cases(rng):
    cases = []
    for T, B, L in ((4, 3, 5), (3, 3, 3), (6, 2, 4), (5, 1, 2)):
        lengths = np.append(rng.integers(1, T + 1, B - 1), T - 1)
        cases.append((_weights(2 * rng.standard_normal((T, B, L))), np.arange(T)[:, None] < lengths))
    return cases


def _doubly_truth(alpha, said):
    """Caption by caption."""
    alpha, said = torch.from_numpy(alpha), torch.from_numpy(said)
    return np.array([float(doubly_stochastic(alpha[:, [b]], said[:, [b]])) for b in range(said.shape[1])])


_DOUBLY = """
def my_penalty(alpha, said):
    seen = (alpha * said[..., None]).sum(axis=0)
    return ((1 - seen) ** 2).sum(axis=1)
"""

_SEEN, _SUM = "seen = (alpha * said[..., None]).sum(axis=0)\n", "return ((1 - seen) ** 2).sum(axis=1)\n"
_OVER_PLACES = _DOUBLY.replace(".sum(axis=1)", ".sum(axis=0)").replace(_SEEN, _SEEN.replace("axis=0", "axis=2"))

DOUBLY = Mend(
    key="captions.doubly",
    title="A penalty that never moves",
    stars=2,
    statement="""
The doubly stochastic penalty asks a network to give every place of the picture attention at some time. For one caption it is

$$\\sum_i \\Big(1 - \\sum_t \\alpha_{ti}\\Big)^2,$$

with the places $i$ and the steps $t$ of the caption. `alpha` is $(T, B, L)$, steps by captions by places; at each step the weights of a caption add up to 1 over the places. `said` is bool, $(T, B)$: True at the steps that count, since the captions are of different lengths. The program returns the penalty of each caption, $(B,)$, but for the same captions that is always the same, however the network learns. Mend it.
""",
    start=_OVER_PLACES,
    hints=(
        "Print `seen` for a caption, at the steps that count. Could those numbers ever be anything else?",
        "The inner sum of the formula runs over $t$, and leaves a number for every place. Which axis of `alpha` is $t$?",
        "There are two sums and both have the wrong axis. After the inner one, what is left is $(B, L)$, and the outer one runs over the places.",
    ),
    solution=_DOUBLY,
    cases=_doubly_cases,
    examine=equals(_doubly_truth),
    wrong=(
        Wrong(
            "The inner sum still runs over the places, where the weights of each step add up to 1 whatever they are. All that is left is the number of steps that do not count. Add up over the steps.",
            _OVER_PLACES,
        ),
        Wrong(
            "One of two is mended. What is seen of each place is right, but the squares are now added up over the captions of the batch. They belong to the places.",
            "return ((1 - seen) ** 2).sum(axis=0)\n",
            _SUM,
        ),
        Wrong(
            "The steps behind the end of a caption are counted as well. `said` is to leave them out.",
            "alpha",
            "(alpha * said[..., None])",
        ),
        Wrong(
            "`said` has an axis less than `alpha`, and NumPy lays it along the wrong ones. `said[..., None]` gives it an axis for the places.",
            "alpha * said)",
            "alpha * said[..., None])",
        ),
        Wrong("What a place has had is its sum over the steps. This is its mean.", _SEEN.replace("sum", "mean"), _SEEN),
        Wrong("The squares are averaged over the places. They are to be added up.", _SUM.replace("sum", "mean"), _SUM),
        Wrong(
            "The square is missing, and so too much at one place makes up for too little at another: this is the number of places less the number of steps, whatever alpha is.",
            "return (1 - seen).sum(axis=1)\n",
            _SUM,
        ),
        Wrong(
            "The sum is squared, not its terms. Too much at one place makes up for too little at another: once more the result is the same whatever alpha is.",
            "return (1 - seen).sum(axis=1) ** 2\n",
            _SUM,
        ),
        Wrong("These are distances. The penalty has their squares.", "np.abs(1 - seen)", "((1 - seen) ** 2)"),
        Wrong("The 1 is missing: here a place should get as little as possible.", "(seen ** 2)", "((1 - seen) ** 2)"),
        Wrong(
            "Squared first, and then added up over the steps: every single weight is asked to be 1. It is what a place has had in all steps together that should be.",
            """
def my_penalty(alpha, said):
    return ((1 - alpha) ** 2 * said[..., None]).sum(axis=(0, 2))
""",
        ),
        Wrong(
            "Here a place should get its part of the steps, T / L. That differs from what is asked by a number that does not depend on alpha, and would train the same network; but the formula has a 1.",
            "((said.sum(axis=0)[:, None] / alpha.shape[2] - seen) ** 2)",
            "((1 - seen) ** 2)",
        ),
    ),
    afterword="""
The gradient of the broken penalty is zero: through a softmax, nothing that depends on the sum of its weights alone can teach anything. The mended one is a wish and no law. With $T$ steps there are $T$ portions for $L$ places, so the 1 is out of reach for all places at once if $L > T$; the penalty is smallest where all get $T / L$. It pulls towards looking everywhere alike. Whether one wants that in a picture that is mostly white is another question.
""",
)


def _pointing_cases(rng):
    cases = []
    for T, L, share, sharp in ((6, 4, 0.4, 2), (5, 5, 0.4, 2), (40, 6, 0.4, 2), (60, 12, 0.15, 1)):
        truth, steps = rng.random((T, L)) < share, rng.permutation(T)
        truth[steps[: T // 3]] = False
        truth[steps[-1], rng.integers(L)] = True
        cases.append((_weights(sharp * rng.standard_normal((T, L)) + truth), truth))
    return cases


def _pointing_truth(alpha, truth):
    """Word by word."""
    each = zip(torch.from_numpy(alpha)[:, None, None], truth[:, None, :, None], strict=True)
    return np.array(np.mean([float(alignment.pointing(weights, right)) for weights, right in each if right.any()]))


_POINTING = """
def my_pointing(alpha, truth):
    asked = truth.any(axis=1)
    top = alpha.argmax(axis=1)
    hit = truth[np.arange(len(alpha)), top]
    return np.array(hit[asked].mean())
"""

_HIT, _SHARE = "truth[np.arange(len(alpha)), top]", "hit[asked].mean()"

POINTING = Write(
    key="captions.pointing",
    title="Does it point at what it names?",
    stars=2,
    statement="""
A network has told a caption of $T$ words, and its attention at each of them is a row of `alpha`, $(T, L)$. `truth` is bool, $(T, L)$: True at the places in the box of what the word names. Words such as *above* name nothing; their rows of `truth` hold no True. A box has several places, and any of them is right.

Write the pointing score: of the words that name something, the share at which the place with most attention is a right one. At least one word names something. Return it as `np.array(share)`.
""",
    start="""
def my_pointing(alpha, truth):
    ...
    return np.array(share)
""",
    hints=(
        "Three questions: which words name something, where does each word have most attention, and is it True there?",
        "`truth.any(axis=1)` answers the first and `alpha.argmax(axis=1)` the second, each with one entry for every word.",
        "`truth[rows, columns]` with two arrays of $T$ whole numbers picks one entry for each word; the rows are `np.arange(T)`. Then take the mean over the words that were asked about.",
    ),
    solution=_POINTING,
    cases=_pointing_cases,
    examine=equals(_pointing_truth),
    wrong=(
        Wrong(
            "Words that name nothing are counted as missed. They are to be left out, above and below the line.",
            "hit.mean()",
            _SHARE,
        ),
        Wrong(
            "Words that name nothing are counted as hits. They are to be left out, above and below the line.",
            "(hit | ~asked).mean()",
            _SHARE,
        ),
        Wrong(
            "This is the mass: how much attention lies on the truth. Pointing asks only where the most of it is.",
            "(alpha * truth).sum(axis=1)[asked].mean()",
            _SHARE,
        ),
        Wrong(
            "Here most of all attention has to lie in the box. Pointing asks for a single place, the one with most, and it may have little.",
            "((alpha * truth).sum(axis=1) > 0.5)[asked].mean()",
            _SHARE,
        ),
        Wrong(
            "Here a right place has to have more than half of the attention. To have the most of all places is enough.",
            "((alpha * truth).max(axis=1) > 0.5)[asked].mean()",
            _SHARE,
        ),
        Wrong(
            "The maximum is taken over the words: for every place the word at which it has most attention. It is the places that compete, within a row.",
            "alpha.argmax(axis=0)",
            "alpha.argmax(axis=1)",
        ),
        Wrong("This is the place with the least attention.", "alpha.argmin(axis=1)", "alpha.argmax(axis=1)"),
        Wrong(
            "`argmax` of `truth` is the first of the right places, and only that one is accepted. Any of them is right.",
            "top == truth.argmax(axis=1)",
            _HIT,
        ),
        Wrong(
            "`truth[:, top]` holds, for each word, the places of all the words. Each word has to be asked for its own: give the rows as well.",
            "truth[:, top]",
            _HIT,
        ),
        Wrong("This is the number of hits. Their share is asked for.", "hit[asked].sum()", _SHARE),
        Wrong(
            "The hits are divided by the number of right places, and a box has several. Divide by the number of words that name something.",
            "hit[asked].sum() / truth.sum()",
            _SHARE,
        ),
    ),
    afterword="""
Mass and pointing answer two questions. A network that spreads its attention over the whole picture, with a little more in the box, points rightly every time and has hardly any mass there. Report both. And both ask only where the network looks, and not whether it uses what it sees there: for that, something has to be taken away from it.
""",
)


def _reinforce_cases(rng):
    cases = []
    for n, L in ((1, 4), (5, 3), (4, 4), (30, 6)):
        place = rng.integers(L, size=n)
        cases.append((rng.standard_normal(L), place, rng.uniform(-4, -1, n), -rng.uniform(1.5, 3)))
    return cases


def _reinforce_truth(scores, place, reward, baseline):
    """By autograd, from the loss with which the course trains."""
    scores = torch.tensor(scores, requires_grad=True)
    log_alpha = scores.log_softmax(0)[torch.from_numpy(place)]
    reinforce(torch.from_numpy(reward), log_alpha, baseline).mean().backward()
    return -scores.grad.numpy()


_REINFORCE = """
def my_gradient(scores, place, reward, baseline):
    e = np.exp(scores)
    alpha = e / e.sum()
    chosen = np.eye(len(scores))[place]
    better = reward - baseline
    return (better[:, None] * (chosen - alpha)).mean(axis=0)
"""

_MEAN, _BETTER = "(better[:, None] * (chosen - alpha)).mean(axis=0)", "better = reward - baseline\n"

REINFORCE = Write(
    key="captions.reinforce",
    title="To learn from a draw",
    stars=3,
    statement="""
Hard attention looks at one place only, which is drawn from $\\alpha = \\mathrm{softmax}(e)$ of the scores $e$. What comes of it is a reward, here the log-probability of the caption. No gradient runs through a draw, and the reward is known only for the places that were drawn. All the same, the expected reward is to be made larger. Its derivative by the scores is, in expectation, that of

$$\\frac{1}{n} \\sum_{j=1}^n (r_j - b) \\, \\frac{\\partial \\log \\alpha_{k_j}}{\\partial e},$$

where $k_j$ is the place of draw $j$, $r_j$ its reward, and $b$ a baseline that was fixed before the draws.

Write this estimate with NumPy alone. `scores` is $(L,)$, small enough for `np.exp`; `place` $(n,)$ holds whole numbers from 0, `reward` is $(n,)$, `baseline` a number. Return the estimate, $(L,)$. It points to where the expected reward rises. First work out by hand what the derivative of $\\log \\alpha_k$ by each of the scores is.
""",
    start="""
def my_gradient(scores, place, reward, baseline):
    ...
    return estimate
""",
    hints=(
        "$\\log \\alpha_k = e_k - \\log \\sum_i \\exp(e_i)$. Derive the two parts by one score $e_i$; what is the second part's derivative called?",
        "The first part gives 1 at the place drawn and 0 elsewhere, the second $\\alpha_i$, at all places. So for each draw there is a row $(L,)$: one-hot minus $\\alpha$.",
        "`np.eye(L)[place]` are the one-hot rows, $(n, L)$. Each row is multiplied by its own $r_j - b$, which as a column is `[:, None]`; then take the mean over the draws.",
    ),
    solution=_REINFORCE,
    cases=_reinforce_cases,
    examine=equals(_reinforce_truth),
    wrong=(
        Wrong(
            "The sign is turned round: what turned out well would become rarer. A loss has this gradient; the reward has the opposite one.",
            "(alpha - chosen)",
            "(chosen - alpha)",
        ),
        Wrong(
            "The baseline is missing. All rewards here are negative, so every place drawn is pushed down, the good ones as well.",
            "better = reward\n",
            _BETTER,
        ),
        Wrong(
            "The baseline is to be subtracted from the rewards, and here it multiplies them.",
            "better = reward * baseline\n",
            _BETTER,
        ),
        Wrong(
            "The baseline is added. What counts is by how much a draw was better than it.",
            "better = reward + baseline\n",
            _BETTER,
        ),
        Wrong(
            "The baseline is the mean of these very rewards, and not the one given. This one depends on the draws, and with a single draw nothing would be left to learn from.",
            "better = reward - reward.mean()\n",
            _BETTER,
        ),
        Wrong(
            "The baseline is taken away from the estimate. It belongs to the reward, inside the bracket: here it moves every score by the same, whatever was drawn.",
            "(reward[:, None] * (chosen - alpha)).mean(axis=0) - baseline",
            _MEAN,
        ),
        Wrong(
            "This is the derivative of log alpha by alpha, 1 / alpha at the place drawn. By the scores is asked for, and between the two lies the softmax.",
            "(chosen / alpha)",
            "(chosen - alpha)",
        ),
        Wrong(
            "Divided by alpha once too often: one-hot minus alpha is the derivative of the logarithm already.",
            "((chosen - alpha) / alpha)",
            "(chosen - alpha)",
        ),
        Wrong(
            "This is the derivative of alpha itself, and not of its logarithm. How likely a place is counts twice so: likely places are already drawn more often.",
            "(alpha[place][:, None] * (chosen - alpha))",
            "(chosen - alpha)",
        ),
        Wrong(
            "This has log alpha in it, and not its derivative.",
            "(chosen * np.log(alpha))",
            "(chosen - alpha)",
        ),
        Wrong(
            "This is the number whose derivative is asked for. A loss for autograd would look like that; here the derivative is up to you.",
            "np.array((better * np.log(alpha[place])).mean())",
            _MEAN,
        ),
        Wrong(
            "Only the place drawn is moved. When its probability rises, the others' fall: the softmax's sum gives - alpha at every place.",
            "* chosen)",
            "* (chosen - alpha))",
        ),
        Wrong("This is the sum over the draws. Their mean is asked for.", ".sum(axis=0)", ".mean(axis=0)"),
        Wrong(
            "This is the product of two means. Each draw's row has to be multiplied by its own reward first, or a good draw cannot be told from a bad one.",
            "better.mean() * (chosen - alpha).mean(axis=0)",
            _MEAN,
        ),
        Wrong(
            "These one-hot rows belong to the likeliest place, and not to those that were drawn.",
            "[np.full(len(place), alpha.argmax())]",
            "[place]",
        ),
    ),
    afterword="""
Why may $b$ be any number? Go through all places in place of drawing them, each as often as $\\alpha$ says: the mean of the estimates is $\\alpha_i (r_i - \\sum_k \\alpha_k r_k)$ at place $i$, and $b$ has dropped out, because $\\sum_k \\alpha_k \\, \\partial \\log \\alpha_k / \\partial e$ is zero. It changes only how much the estimates scatter. If all places are equally good, and $b$ says how good, every estimate is exactly zero; without a baseline it is zero only in the mean. Your row also adds up to zero over the places, whatever is drawn: what one score gains, the others lose.
""",
)

EXERCISES = (FIELD, CHANCE, DOUBLY, POINTING, REINFORCE)
