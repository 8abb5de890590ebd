"""The exercises of the museum of mistakes: each hands out the broken program of an exhibit, and knows the mended one. First half."""

import numpy as np

from lstm_course.exercises.chapter_lab_bug_museum_rest import REST
from lstm_course.exercises.differences import difference
from lstm_course.exercises.kinds import Mend, Wrong, equals
from lstm_course.museum import EXHIBITS, carried, crossed, linear, masked, twice
from lstm_course.museum.exhibit import source


def _programs(module, name):
    """The broken and the mended program of an exhibit, as code."""
    return {"start": source(module.broken, name), "solution": source(module.mended, name)}


_LINEAR = _programs(linear, "my_rnn")
_STEP = "h = np.tanh(x @ W_x + h @ W_h + b)"

LINEAR = Mend(
    key="museum.linear",
    title=EXHIBITS["linear"].title,
    stars=1,
    statement="""
This program is meant to be a recurrent network: `xs` is $(T, B, D)$, the weights are `W_x` $(D, H)$, `W_h` $(H, H)$ and `b` $(H,)$, and all states come back, $(T, B, H)$. It trains, and after a fashion it learns. Mend it.
""",
    hints=(
        "Give it the sum of two sequences. What comes back?",
        "A product of matrices is a matrix. What stands between two products in the network of the first chapter?",
        "The new state goes through `np.tanh`, all of it, before it is stored and before it is handed to the next step.",
    ),
    **_LINEAR,
    cases=lambda rng: [linear.draw(rng, *sizes) for sizes in ((4, 3, 2, 5), (1, 2, 3, 4), (6, 1, 3, 3))],
    examine=equals(linear.truth),
    wrong=(
        Wrong("The state is still linear in what has been read: however long the sequence, one matrix product does it all.", _LINEAR["start"]),
        Wrong(
            "What is stored bends, what is handed on does not: the memory itself is as linear as before.",
            "h = x @ W_x + h @ W_h + b\n        hs.append(np.tanh(h))",
            f"{_STEP}\n        hs.append(h)",
        ),
        Wrong("Only what is read now bends. The state is added outside and stays linear in the state before.", "h = np.tanh(x @ W_x) + h @ W_h + b", _STEP),
        Wrong("The bias is added outside of tanh. It belongs inside: it shifts the place where the unit bends.", "h = np.tanh(x @ W_x + h @ W_h) + b", _STEP),
        Wrong("This bends, with a logistic sigmoid; the network of the first chapter uses tanh.", "h = 1 / (1 + np.exp(-(x @ W_x + h @ W_h + b)))", _STEP),
        Wrong("This bends, as a rectified unit does; the network of the first chapter uses tanh.", "h = np.maximum(x @ W_x + h @ W_h + b, 0)", _STEP),
    ),
    afterword="""
Many sequences can be told apart by a linear memory: names by the letters in them, for instance, weighted by their place. That is why the mistake is so hard to notice. What such a memory cannot do is to let the meaning of one thing depend on another.
""",
)  # fmt: skip

_TWICE = _programs(twice, "my_biases")
_SET = "b_ih[H : 2 * H] = forget"


def _twice_examine(value, H, forget):
    """However the wish is shared out, the two biases add up to it."""
    want = np.repeat([0.0, forget, 0.0, 0.0], H)
    if text := difference(value, (want, want), parts=("b_ih", "b_hh")):
        if not (isinstance(value, tuple | list) and len(value) == 2 and all(np.shape(part) == want.shape for part in value)):
            return text
        return difference(value[0] + value[1], want, "the sum of the two biases")
    return "Each of the two biases is right alone. PyTorch adds them."


TWICE = Mend(
    key="museum.twice",
    title=EXHIBITS["twice"].title,
    stars=1,
    statement="""
`torch.nn.LSTM` has two biases, `b_ih` and `b_hh`, each $(4H,)$ in the order i, f, g, o. This program is meant to give them values such that the forget gate starts at $\\sigma(\\mathrm{forget})$, and no other gate has a bias. With `forget = 1` that would be 0.73; measured is 0.88. Mend it.
""",
    hints=(
        "Which bias makes $\\sigma$ equal to 0.88? How does it compare with the one that was wished for?",
        "The documentation of `torch.nn.LSTM` writes each gate with both biases in its sum.",
        "The two values must add up to `forget`: one gets it and the other 0, or each gets half.",
    ),
    **_TWICE,
    cases=lambda rng: [twice.draw(rng, H) for H in (1, 3, 4)],
    examine=_twice_examine,
    wrong=(
        Wrong("Each of the two biases is right alone. PyTorch adds them.", _TWICE["start"]),
        Wrong("This is the place of the input gate, which stands first. The order is i, f, g, o.", "b_ih[:H] = forget", _SET),
        Wrong("This is the place of the candidate, the third. The order is i, f, g, o.", "b_ih[2 * H : 3 * H] = forget", _SET),
        Wrong("Every gate gets the bias. Only the forget gate should.", "b_ih[:] = forget", _SET),
        Wrong("A quarter of the wish is left. Two biases are added, so each may have half of it, or one all.", "b_ih[H : 2 * H] = forget / 4", _SET),
        Wrong("This is the value of the gate, and the bias is asked for, before the sigmoid.", "b_ih[H : 2 * H] = 1 / (1 + np.exp(-forget))", _SET),
    ),
    afterword="""
A gate of 0.88 instead of 0.73 is no disaster; who has a long gap to bridge might even be pleased. But somebody who compares two settings believes to compare other ones, and somebody who repeats the experiment elsewhere, with one bias, gets something else.
""",
)  # fmt: skip

_CROSSED = _programs(crossed, "my_attend")
_SHARE = "e.sum(0, keepdims=True)"

CROSSED = Mend(
    key="museum.crossed",
    title=EXHIBITS["crossed"].title,
    stars=1,
    statement="""
Attention for a batch: `scores` is $(S, B)$, the score of each of $S$ places for each of $B$ examples, `values` is $(S, B, H)$. The program returns the weights `alpha` $(S, B)$ and what each example receives, `context` $(B, H)$. For a single example all weights come out as 1. Mend it. (The scores are small: nothing overflows.)
""",
    hints=(
        "Which numbers of `alpha` should add up to 1? Write the sum down and look at it.",
        "An example has one whole to hand out over its places. Places lie along the first axis.",
        "Somewhere a 1 stands for an axis, and should be a 0.",
    ),
    **_CROSSED,
    cases=lambda rng: [crossed.draw(rng, *sizes) for sizes in ((4, 3, 2), (3, 3, 4), (5, 1, 2))],
    examine=equals(crossed.truth, "alpha", "context"),
    wrong=(
        Wrong("The examples still compete for each place: a row of alpha adds up to 1, and a column should.", _CROSSED["start"]),
        Wrong("All weights of the batch together add up to 1. Each example should hand out a whole.", "e.sum()", _SHARE),
        Wrong("These are no weights yet: the exponentials must be divided by their sum over the places.", "alpha = e\n", f"alpha = e / {_SHARE}\n"),
        Wrong("The weights are right. What they weight is added up, not averaged: the weights have made it a mean already.", ".mean(0)", ".sum(0)"),
        Wrong("The weights are right. The sum must run over the places, which is the first axis; here it runs over the examples.", "* values).sum(1)", "* values).sum(0)"),
        Wrong("A softmax of the exponentials: e has been formed twice.", "e = np.exp(np.exp(scores))", "e = np.exp(scores)"),
    ),
    afterword="""
With several examples nothing looks strange: weights between 0 and 1, and in another order of the examples the same again. It takes one example *alone* to see that the others had a say.
""",
)  # fmt: skip

_CARRIED = _programs(carried, "my_states")
_RESET = "h = np.zeros(len(W_h))\n        for x in window:"

CARRIED = Mend(
    key="museum.carried",
    title=EXHIBITS["carried"].title,
    stars=2,
    statement="""
A long text was cut into windows, and the windows were shuffled, so that each is to be read on its own. `windows` is $(N, T, D)$, the weights are `W_x` $(D, H)$ and `W_h` $(H, H)$; the state after each window comes back, $(N, H)$. The program gives other answers when the windows come in another order. Mend it.
""",
    hints=(
        "Which window is read correctly in any case?",
        "What is `h` when the second window begins?",
        "Every window begins with a state of zeros. One line stands a level too far out.",
    ),
    **_CARRIED,
    cases=lambda rng: [carried.draw(rng, *sizes) for sizes in ((4, 3, 2, 5), (3, 1, 2, 4), (2, 5, 3, 3))],
    examine=equals(carried.truth),
    wrong=(
        Wrong("The state still goes from one window to the next. In a shuffled order it comes from another place of the text.", _CARRIED["start"]),
        Wrong("Now the state is emptied at every step: a memory that begins anew with each x remembers nothing.", "for x in window:\n            h = np.zeros(len(W_h))", _RESET),
        Wrong("The state of every step is there. Asked for is the last one of each window.", "            hs.append(h)\n", "        hs.append(h)\n"),
        Wrong("Only the first x of each window is read.", f"{_RESET[:-1]}[:1]:".replace("window[:1]", "window[:1]"), _RESET),
        Wrong("Halved, the memory of the last window is still there.", "h = 0.5 * h if hs else np.zeros(len(W_h))\n        for x in window:", _RESET),
        Wrong("The windows are read from their end to their start.", "h = np.zeros(len(W_h))\n        for x in window[::-1]:", _RESET),
    ),
    afterword="""
To carry the state on is right where window follows window: then the batch must keep each text in its own row, in order, and the state is cut from the graph with `detach` between windows, as in [backpropagation through time](01b_backpropagation.ipynb). Shuffle or carry: never both.
""",
)  # fmt: skip

_MASKED = _programs(masked, "my_weights")
_FILL = "np.where(inside, scores, -np.inf)"


def _masked_cases(rng):
    low = masked.draw(rng, 4, 2)
    return [masked.draw(rng), masked.draw(rng, 3, 4), (low[0] - 9, low[1]), (rng.standard_normal((3, 2)), np.array([1, 2]))]


MASKED = Mend(
    key="museum.masked",
    title=EXHIBITS["masked"].title,
    stars=2,
    statement="""
Sentences of different `lengths` $(B,)$ stand in one array, filled up with padding. `scores` is $(S, B)$; the weights `alpha`, $(S, B)$, are to be 0 at the padding and elsewhere what a softmax over the words alone gives. The program has a mask, and still a short sentence gives most of its weight away. Mend it. (The scores are small: nothing overflows.)
""",
    hints=(
        "Print `alpha` for a sentence of one word in an array of five places.",
        "What is $e$ to the power of `1e-9`? Which exponent gives 0?",
        "The minus sign stands in the wrong place: $-10^9$ was meant. `-np.inf` says it more clearly.",
    ),
    **_MASKED,
    cases=_masked_cases,
    examine=equals(masked.truth),
    wrong=(
        Wrong("The padding has a score of almost 0, and 0 is a score like any other: its exponential is 1.", _MASKED["start"]),
        Wrong("-10 is a low score and no more. The padding still receives something, and much where the words score low too.", "np.where(inside, scores, -10)", _FILL),
        Wrong("The mask is turned round: here the words are shut out.", "np.where(inside, -np.inf, scores)", _FILL),
        Wrong("Nothing is masked any more.", "scores", _FILL),
        Wrong("A score times 0 is 0, and 0 is a score like any other. Or almost: choose a score whose exponential is nothing.", "scores * inside - 0.5 * ~inside", _FILL),
        Wrong("One word too few is let in: the last one of each sentence is hidden as well.", "<= lengths - 2", "< lengths"),
        Wrong(
            "The padding gets 0, but only after it has had its share: what is left does not add up to 1.",
            """
def my_weights(scores, lengths):
    inside = np.arange(len(scores))[:, None] < lengths
    e = np.exp(scores)
    return np.where(inside, e / e.sum(0), 0)
""",
        ),
    ),
    afterword="""
Networks can live with this mistake: if all sentences are about equally long, the padding takes about the same everywhere, and training makes up for it. The weights then depend on how much padding the *batch* happens to need, and at test time, one sentence at a time, there is none.
""",
)  # fmt: skip

EXERCISES = (LINEAR, TWICE, CROSSED, CARRIED, MASKED, *REST)
