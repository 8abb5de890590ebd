"""The exercises of the page on queries, keys and values."""

import numpy as np
from scipy import stats

from lstm_course import attention
from lstm_course.attention import causal_mask, heads, scaled_dot
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals


def _scale():
    """A product of two independent numbers of mean 0 has the product of their variances; the variances of products add up."""
    variance = lambda d: float(d * stats.norm.moment(2) ** 2)
    divided = variance(64) / (64**0.5) ** 2
    return {"variance_4": variance(4), "variance_64": variance(64), "deviation_64": variance(64) ** 0.5, "scaled_64": divided}


SCALE = Predict(
    key="qkv.scale",
    title="Why a square root?",
    stars=1,
    statement="""
A query and a key of width $d$ hold independent standard normal numbers, mean 0 and variance 1. Their dot product has mean 0. What is its variance for $d = 4$ (`variance_4`) and for $d = 64$ (`variance_64`)? How large is its standard deviation for $d = 64$ (`deviation_64`)? And what is its variance for $d = 64$, if it is divided by $\\sqrt d$ (`scaled_64`)?
""",
    start="my_scale = dict(variance_4=..., variance_64=..., deviation_64=..., scaled_64=...)",
    hints=(
        "The dot product is a sum of $d$ products. What is the variance of one product of two such numbers?",
        "It is the mean of $q^2 k^2$, and since the two are independent, the mean of $q^2$ times the mean of $k^2$, 1. The variances of independent summands add up.",
        "The standard deviation is the root of the variance. Divide a random number by 8, and its standard deviation falls to an eighth; its variance?",
    ),
    truth=_scale,
    solution="""
- One product has the variance 1, and $d$ of them, being independent, have the variance $d$: 4 and 64.
- `deviation_64`: $\\sqrt{64} = 8$.
- `scaled_64`: divided by 8, the standard deviation is 1, and so is the variance, $64 / 8^2$.
""",
    wrong=(
        Wrong("this is the standard deviation.", {"variance_4": 2}),
        Wrong("this is the variance of one product. Four of them are added.", {"variance_4": 1}),
        Wrong("the variances of the two factors multiply, 1 times 1. They do not add up.", {"variance_4": 8}),
        Wrong("it is the variances that add up, and not the standard deviations.", {"variance_4": 16}),
        Wrong("this is the variance of the mean of the products. The dot product is their sum.", {"variance_4": 0.25}),
        Wrong("this is the standard deviation.", {"variance_64": 8}),
        Wrong("this is the variance of one product. 64 of them are added.", {"variance_64": 1}),
        Wrong("the variances of the two factors multiply, 1 times 1. They do not add up.", {"variance_64": 128}),
        Wrong("it is the variances that add up, and not the standard deviations.", {"variance_64": 4096}),
        Wrong("this is the variance. Its root is asked for.", {"deviation_64": 64}),
        Wrong("the root, and not the half.", {"deviation_64": 32}),
        Wrong("this is the standard deviation of one product.", {"deviation_64": 1}),
        Wrong("the variance has to be divided by the square of 8.", {"scaled_64": 8}),
        Wrong("divided by 8, it can hardly vary as much as before.", {"scaled_64": 64}),
        Wrong("this is what is left after a division by d. Here it is by the root of d.", {"scaled_64": 1 / 64}),
    ),
    afterword="""
What does it matter? Let one score lie a standard deviation above another. Unscaled, at $d = 64$, it gets $e^8$, some 3000 times, the other's weight: before anything is learned, most queries stare at one position, and where the weights are 0 or 1, hardly any gradient comes back. Scaled, it is $e$ times, at every width.
""",
)


def _causal_cases(rng):
    small = [(rng.standard_normal((T, T)),) for T in (3, 5, 1)]
    return [*small, (1000 + rng.standard_normal((4, 4)),)]


_CAUSAL = """
def my_weights(scores):
    t = np.arange(len(scores))
    mask = t <= t[:, None]
    scores = np.where(mask, scores, -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""

_LINE = "mask = t <= t[:, None]\n"

CAUSAL = Mend(
    key="qkv.causal",
    title="Too good to be true",
    stars=2,
    statement="""
A language model made of self-attention reads symbol $t$ at position $t$ and has to predict symbol $t + 1$ there. In training its error falls to nearly nothing; what it writes afterwards is rubbish. `scores` is $(T, T)$: row $t$ belongs to the query at position $t$, column $s$ to the position that it looks at. Mend the program, so that a query looks at its own position and at all that came before, and return `alpha`, $(T, T)$.
""",
    start=_CAUSAL.replace(_LINE, "mask = t <= t[:, None] + 1\n"),
    hints=(
        "What would make the prediction of symbol $t + 1$ as easy as child's play in training, and is not there while writing?",
        "Print `mask` for $T = 4$. How many ones should the first row have?",
        "The first query may look at position 0 and nowhere else: the ones fill the lower triangle, the diagonal included.",
    ),
    solution=_CAUSAL,
    cases=_causal_cases,
    examine=equals(lambda scores: attention.weights(scores, causal_mask(len(scores)))),
    wrong=(
        Wrong(
            "Position t still sees position t + 1, where the very symbol stands that it has to predict.",
            "mask = t <= t[:, None] + 1\n",
            _LINE,
        ),
        Wrong(
            "Now a query may not look at its own position either, and the first one nowhere at all, which gives nan.",
            "mask = t < t[:, None]\n",
            _LINE,
        ),
        Wrong(
            "The mask is transposed: each query sees what is still to come and not what came before. Rows are queries, columns are positions.",
            "mask = t >= t[:, None]\n",
            _LINE,
        ),
        Wrong("Each query sees its own position and no other: nothing of the past gets in.", "mask = t == t[:, None]\n", _LINE),
        Wrong("Everything is open: each query sees all that is still to come.", "mask = t < len(t)\n", _LINE),
        Wrong(
            "The mask is right, and the places in `np.where` are not: what is open is shut. True is where a query may look.",
            "np.where(mask, -np.inf, scores)",
            "np.where(mask, scores, -np.inf)",
        ),
        Wrong(
            "A shut position has the score 0 here, whose exponential is 1: what is to come still gets weight.",
            "np.where(mask, scores, 0)",
            "np.where(mask, scores, -np.inf)",
        ),
        Wrong(
            "Each query sees its own position and the one before, and nothing earlier.",
            "mask = (t <= t[:, None]) & (t >= t[:, None] - 1)\n",
            _LINE,
        ),
    ),
    afterword="""
A leak is the friendliest of mistakes: every curve looks better for it. There is a test that needs no eyes: change the last symbol of the input, and no output but the last may move. A recurrent network passes it by construction, as it has not read the symbol yet.
""",
)

_T, _D = 30, 100


def _multiplications(*shapes):
    """Of a product of two matrices, counted by torch."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        torch.ones(shapes[0]) @ torch.ones(shapes[1])
    return counter.get_total_flops() // 2  # a multiplication and an addition each


def _cost():
    look = lambda T, d=_D: _multiplications((T, d), (d, T))
    step = lambda d=_D: _multiplications((1, d), (d, d))
    return {
        "attention": look(_T),
        "recurrent": _T * step(),
        "attention_grows": look(2 * _T) // look(_T),
        "recurrent_grows": 2 * _T * step() // (_T * step()),
        "equal": next(T for T in range(1, 10 * _D) if look(T) == T * step()),
        "waits": len(range(_T)),
        "path": len(range(1, _T)),
    }


COST = Predict(
    key="qkv.cost",
    title="Two ways to pay",
    stars=2,
    statement=f"""
A sequence of $T = {_T}$ positions of width $d = {_D}$ goes through self-attention with one head of width $d$, without a mask, or through a plain recurrent layer of $d$ units. Count multiplications of numbers, those of the scores $q k^T$ alone for the one (`attention`), those of $h_{{t-1}} W_h$ at all $T$ steps alone for the other (`recurrent`).

By which factor does each grow if $T$ is doubled (`attention_grows`, `recurrent_grows`)? At which $T$ do the two cost the same, with $d = {_D}$ (`equal`)? How many steps, each waiting for the one before, does the recurrent layer take from $h_0$ to $h_{{{_T}}}$ (`waits`)? And through how many steps must what stands in $h_1$ go to get to $h_{{{_T}}}$ (`path`)?
""",
    start="my_cost = dict(attention=..., recurrent=..., attention_grows=..., recurrent_grows=..., equal=..., waits=..., path=...)",
    hints=(
        "A product of $(m, n)$ and $(n, p)$ costs $m \\cdot n \\cdot p$ multiplications. Which shapes have $q$ and $k^T$, and which $h_{t-1}$ and $W_h$?",
        "The scores cost $T \\cdot d \\cdot T$, and the recurrence $T$ times $d \\cdot d$. Set the two equal and cancel.",
        "For the steps draw the states in a row, from $h_0$ to $h_3$, and count the arrows: all of them, and those behind $h_1$.",
    ),
    truth=_cost,
    solution=f"""
- `attention`: $T^2 d = {_T}^2 \\cdot {_D} = {_T**2 * _D}$. `recurrent`: $T d^2 = {_T} \\cdot {_D}^2 = {_T * _D**2}$.
- Twice as long, the first grows by the factor 4, the second by 2.
- `equal`: $T^2 d = T d^2$ where $T = d = {_D}$.
- `waits`: {_T} steps. `path`: {_T - 1}, since the first of them is done. In self-attention all scores can be computed at once, and from any position to any other it is a single step.
""",
    wrong=(
        Wrong("this is the number of scores. Each of them costs d multiplications.", {"attention": _T**2}),
        Wrong("this is one query. There are T.", {"attention": _T * _D}),
        Wrong("this has the context as well. The scores alone are asked for.", {"attention": 2 * _T**2 * _D}),
        Wrong(
            "this is for a causal mask, with half of the pairs left out. Here is none.", {"attention": _T * (_T + 1) // 2 * _D}
        ),
        Wrong("this is the recurrent layer's: a matrix of width d at each of T steps.", {"attention": _T * _D**2}),
        Wrong("this is one step. There are T.", {"recurrent": _D**2}),
        Wrong("each of d units reads all of d units, so a step costs d squared.", {"recurrent": _T * _D}),
        Wrong("this has the product with W_x as well. That with W_h alone is asked for.", {"recurrent": 2 * _T * _D**2}),
        Wrong("this is attention's: the recurrent layer does not compare pairs of positions.", {"recurrent": _T**2 * _D}),
        Wrong("twice as many queries look at twice as many positions, each.", {"attention_grows": 2}),
        Wrong("T is doubled and d is not.", {"attention_grows": 8}),
        Wrong("there are twice as many steps, and each costs what it did.", {"recurrent_grows": 4}),
        Wrong("a step costs the same however long the sequence is, but there are twice as many.", {"recurrent_grows": 1}),
        Wrong("T squared times d equals T times d squared. One T and one d cancel: what is left?", {"equal": int(_D**0.5)}),
        Wrong("T squared times d equals T times d squared. One T and one d cancel: what is left?", {"equal": _D**2}),
        Wrong("here the recurrent layer still costs more. For which T is it the same?", {"equal": _T}),
        Wrong("that is so for self-attention, where no position waits for another.", {"waits": 1}),
        Wrong("the step from h_0 to h_1 counts as well.", {"waits": _T - 1}),
        Wrong("that is so for self-attention: each position looks at each other one directly.", {"path": 1}),
        Wrong("it stands in h_1 already: the step from h_0 to h_1 is done.", {"path": _T}),
        Wrong("no, every state on the way has to hand it on.", {"path": 0}),
    ),
    afterword="""
The whole bill is longer. Forming the contexts costs as much again as the scores, the projections to queries, keys and values $3 T d^2$, the last one $T d^2$, and the two matrices behind it $4 T d^2$ or more; an LSTM, with four blocks and two matrices, pays $8 T d^2$. But $T^2$ stands in the one only: for a sentence it is small, for a book it is not. Vaswani and others give three reasons for self-attention: fewer multiplications as long as $T$ is below $d$, no waiting, and short paths. The third is that of this course: a path of one step needs no forget gate to keep it open.
""",
)


def _attend(q, k, v):
    return attention.attend(scaled_dot, scaled_dot.Params(), q, k, v)[0]


def _heads_cases(rng):
    cases = []
    for T, D, A, n, kind in (
        (3, 4, 6, 2, "float64"),
        (4, 4, 4, 2, "float64"),
        (5, 6, 6, 3, "float32"),
        (2, 3, 4, 1, "float64"),
    ):
        x, *W, W_o = (rng.standard_normal(size).astype(kind) for size in ((T, D), *((D, A),) * 3, (A, D)))
        cases.append((_attend, x, *W, W_o, n))
    return cases


def _heads_truth(attend, x, W_q, W_k, W_v, W_o, n):
    A, D = W_o.shape
    p = heads.Params(W_q, W_k, W_v, W_o, *(np.zeros(size, x.dtype) for size in (A, A, A, D)))
    return heads.multi_head(p, n, x, x, x)[0]


_HEADS = """
def my_heads(attend, x, W_q, W_k, W_v, W_o, heads):
    q, k, v = (np.split(x @ W, heads, axis=1) for W in (W_q, W_k, W_v))
    contexts = [attend(q[n], k[n], v[n]) for n in range(heads)]
    return np.concatenate(contexts, axis=1) @ W_o
"""

_SPLIT, _JOINED = "np.split(x @ W, heads, axis=1)", "np.concatenate(contexts, axis=1)"

HEADS = Write(
    key="qkv.heads",
    title="Many heads out of one",
    stars=3,
    statement="""
You are given the attention of a single head: `attend(q, k, v)` takes queries, keys and values of one width, one row for each position, and returns the contexts (it scales the scores by itself). Make multi-head self-attention of it, for one sequence `x` $(T, D)$:

Project $x$ with `W_q`, `W_k`, `W_v`, each $(D, A)$. Cut each of the three along its width into `heads` equal pieces of columns side by side, the first piece for the first head and so on. Each head attends by itself, with its own pieces. Its contexts, $(T, A / \\mathrm{heads})$, are laid side by side in the order of the heads, and multiplied by `W_o` $(A, D)$. Return this, $(T, D)$. There are no biases and no mask.
""",
    start="""
def my_heads(attend, x, W_q, W_k, W_v, W_o, heads):
    ...
""",
    hints=(
        "Four steps: project, cut, attend once for each head, join and project again. For `heads = 1` it is `attend(x @ W_q, x @ W_k, x @ W_v) @ W_o`.",
        "`np.split(y, heads, axis=1)` gives a list of `heads` pieces of columns. Head number $n$ takes piece $n$ of each of the three lists.",
        "Collect what `attend` returns in a list. `np.concatenate(..., axis=1)` lays its arrays side by side; then comes `W_o`.",
    ),
    solution=_HEADS,
    cases=_heads_cases,
    examine=equals(_heads_truth),
    wrong=(
        Wrong(
            "This is one head of the full width. Cut queries, keys and values into pieces, so that each head has weights of its own.",
            "def my_heads(attend, x, W_q, W_k, W_v, W_o, heads):\n    return attend(x @ W_q, x @ W_k, x @ W_v) @ W_o\n",
        ),
        Wrong(
            "`reshape` to (heads, T, ...) cuts the numbers as they lie in memory, row by row, and so gives a head whole positions in place of columns of each. Cut along the width.",
            "(x @ W).reshape(heads, len(x), -1)",
            _SPLIT,
        ),
        Wrong(
            "The heads take turns here, column by column. Each head takes columns that lie side by side.",
            "[(x @ W)[:, n::heads] for n in range(heads)]",
            _SPLIT,
        ),
        Wrong(
            "The sequence is cut into pieces, and not the width: axis 0 runs along the positions.",
            "np.split(x @ W, heads, axis=0)",
            _SPLIT,
        ),
        Wrong(
            "What comes to W_o is only as wide as one head. The contexts belong side by side, neither below one another nor added up: so each head has rows of W_o for itself.",
            "np.mean(contexts, axis=0)",
            _JOINED,
        ),
        Wrong(
            "The last product is missing: what the heads found has to go through W_o.",
            f"return {_JOINED}\n",
            f"return {_JOINED} @ W_o\n",
        ),
        Wrong(
            "Each head is right, but `reshape` joins them as they lie in memory, head after head, and so mixes up the positions. Bring the axis of the heads back behind that of the positions first.",
            "np.stack(contexts).reshape(len(x), -1)",
            _JOINED,
        ),
        Wrong("Queries and keys have changed places.", "(W_k, W_q, W_v)", "(W_q, W_k, W_v)"),
        Wrong("The keys serve as values too. `W_v` belongs to the values.", "(W_q, W_k, W_k)", "(W_q, W_k, W_v)"),
        Wrong(
            "The heads are joined in reverse order. The first head's contexts come first.",
            "np.concatenate(contexts[::-1], axis=1)",
            _JOINED,
        ),
        Wrong("Every head gets the first piece of the values. Each has one of its own.", "v[0]", "v[n]"),
    ),
    afterword="""
The projections cost the same for any number of heads, and so do the scores: `heads` times as many, each of a width that is `heads` times smaller. In one pass it is a `reshape` to $(T, \\mathrm{heads}, A / \\mathrm{heads})$, with the axis of the heads then brought to the front; see `cut` and `join` in `attention/heads.py`. In that order: the other one is among the wrong answers.
""",
)


def _turned(n=1, layers=1, mask=None):
    """What comes out for a reversed sequence, compared with what came out before: "the same", "reversed" or "other"."""
    rng = np.random.default_rng(0)
    x, ps = rng.standard_normal((5, 4)), [heads.init(rng, 4, 4) for _ in range(layers)]

    def network(x):
        for p in ps:
            x = np.tanh(x + heads.multi_head(p, n, x, x, x, mask)[0])
        return x

    before, after = network(x), network(x[::-1])
    return "the same" if np.allclose(after, before) else "reversed" if np.allclose(after, before[::-1]) else "other"


def _found():
    """For one head in one layer, for two heads in three layers, and for the latter under a causal mask."""
    return _turned(), _turned(2, 3), _turned(2, 3, causal_mask(5))


ORDER = Choice(
    key="qkv.order",
    title="Dog bites man",
    stars=3,
    statement="""
A sequence $x$, $(T, D)$ with all rows different, goes through self-attention, with no code for the positions in it, and $y$, $(T, D)$, comes out. Now the rows of $x$ are put in reverse order, the last one first, and go through the same layer. What comes out, and what if the network has several heads, several layers, or a causal mask? (Each layer adds its input to what attention gives and takes the $\\tanh$ of each number.)
""",
    hints=(
        "Follow one row: which query does it ask with after the reversal, and which keys and values does it meet?",
        "Nothing in a score or a weighted sum knows at which place a key stands. So each row finds what it found before, at its new place. Does it matter if there are several heads, or if such a layer follows another?",
        "A causal mask says: look at what stands before you. Who stands before the last row now?",
    ),
    options=(
        Option(
            "$y$ itself, unchanged: what does not know the order cannot depend on it.",
            "Each row of $x$ has an output of its own, and takes it along to its new place. Only a sum or mean over all positions would be unchanged.",
            lambda: _found()[0] == "the same",
        ),
        Option(
            "The rows of $y$ in reverse order with one head in one layer; several heads or layers tell the order, since they can compare what others have seen.",
            "Each head does the same with reversed rows as with rows in order, and so does each layer on top: if what goes in is only reversed, what comes out is only reversed.",
            lambda: _found()[:2] == ("reversed", "other"),
        ),
        Option(
            "The rows of $y$ in reverse order, with any number of heads and layers, but not under a causal mask.",
            "Queries, keys and values move together, so each row finds what it found before, at its new place. A causal mask shuts by place: the row that saw all the others now sees itself alone.",
            lambda: _found() == ("reversed", "reversed", "other"),
        ),
        Option(
            "The rows of $y$ in reverse order, with any number of heads and layers, under a causal mask too.",
            "It is right up to the mask. That one knows places: the last row, which could look at all others, comes first now and sees only itself.",
            lambda: _found() == ("reversed",) * 3,
        ),
        Option(
            "Other rows altogether: the matrix of scores is another one, so the weights are too.",
            "The scores are the same numbers, with their rows and columns reversed. The values are reversed as well, and each weight meets the value that it met before.",
            lambda: _found()[0] == "other",
        ),
    ),
    afterword="""
It holds for any order, not for reversal alone, and is called equivariance. So without a code for positions "dog bites man" and "man bites dog" are one bag of three words, for a network of any depth. A recurrent network needs no code: it reads one after the other. A causal mask gives away a little: in the first layer the last position still sees a bag of words, but the positions before it see smaller bags, and a second layer can look at those.
""",
)

EXERCISES = (SCALE, CAUSAL, COST, HEADS, ORDER)
