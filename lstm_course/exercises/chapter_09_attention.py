"""The exercises of the chapter on attention."""

import numpy as np

from lstm_course import attention
from lstm_course.attention import dot
from lstm_course.exercises.differences import difference
from lstm_course.exercises.kinds import Mend, Predict, Write, Wrong, equals

_Q = np.log([[2.0, 3.0]])
_K = np.array([[1.0, 1.0], [1.0, 0.0], [2.0, 0.0]])
_V = np.array([[2.0, 4.0], [6.0, 0.0], [-3.0, 3.0]])


def _context():
    (c,), (alpha,) = attention.attend(dot, dot.Params(), _Q, _K, _V)
    names = ("alpha_1", "alpha_2", "alpha_3", "c_1", "c_2")
    return dict(zip(names, map(float, (*alpha, *c)), strict=True))


CONTEXT = Predict(
    key="attention.context",
    title="A context by hand",
    stars=1,
    statement="""
A query looks at three positions. Its score for each is the dot product of query and key, not scaled:

$$q = (\\ln 2, \\ln 3), \\qquad k_1 = (1, 1), \\; k_2 = (1, 0), \\; k_3 = (2, 0), \\qquad v_1 = (2, 4), \\; v_2 = (6, 0), \\; v_3 = (-3, 3).$$

What are the three weights, `alpha_1` to `alpha_3`, and the two numbers of the context, `c_1` and `c_2`? No calculator is needed; fractions such as `1 / 4` may be handed in.
""",
    start="my_context = dict(alpha_1=..., alpha_2=..., alpha_3=..., c_1=..., c_2=...)",
    hints=(
        "First the three scores. What is $e$ to the power of each? Remember that $e^{a + b} = e^a e^b$.",
        "The scores are $\\ln 6$, $\\ln 2$ and $\\ln 4$, so the softmax has 6, 2 and 4 above the line. What stands below it?",
        "Below it stands the sum, 12. The context is $\\alpha_1 v_1 + \\alpha_2 v_2 + \\alpha_3 v_3$, one sum for each of the two columns.",
    ),
    truth=_context,
    solution="""
The scores are $\\ln 2 + \\ln 3 = \\ln 6$, $\\ln 2$ and $2 \\ln 2 = \\ln 4$. Their exponentials are 6, 2 and 4, together 12, so the weights are 1/2, 1/6 and 1/3. The context is
$(2/2 + 6/6 - 3/3, \\; 4/2 + 0 + 3/3) = (1, 3)$.
""",
    wrong=(
        Wrong(
            "these are the scores divided by their sum. The softmax divides their exponentials.",
            {"alpha_1": float(np.log(6) / np.log(48))},
        ),
        Wrong("this is the score itself. The softmax is still to come.", {"alpha_1": float(np.log(6))}),
        Wrong("this is the exponential of the score. Divide by the sum of all three.", {"alpha_1": 6}),
        Wrong("the exponential of ln 2 + ln 3 is not 2 + 3: the exponential of a sum is a product.", {"alpha_1": 5 / 11}),
        Wrong(
            "here the query was taken to be (2, 3). It is (ln 2, ln 3).",
            {"alpha_1": float(np.exp(5) / np.exp([5, 2, 4]).sum())},
        ),
        Wrong("with the third score at ln 2 it would be 6 of 10. It is twice ln 2.", {"alpha_1": 6 / 10}),
        Wrong("the highest score does not get everything: a softmax leaves something for each.", {"alpha_1": 1}),
        Wrong("the three do not share equally: their scores differ.", {"alpha_1": 1 / 3}),
        Wrong("this is the exponential of the score. Divide by the sum of all three.", {"alpha_2": 2}),
        Wrong("the second score is ln 2, whose exponential is 2, of 12 in all.", {"alpha_2": 1 / 12}),
        Wrong("this is the exponential of the score. Divide by the sum of all three.", {"alpha_3": 4}),
        Wrong("the third score is 2 ln 2, and not ln 2.", {"alpha_3": 1 / 6}),
        Wrong(
            "this is the mean of the keys. Keys are what is looked for; values are what is received.",
            {"c_1": float(_K[:, 0] @ [1 / 2, 1 / 6, 1 / 3])},
        ),
        Wrong("this is the plain sum of the values. Each counts by its weight.", {"c_1": 5}),
        Wrong("this is the plain mean of the values. Each counts by its weight.", {"c_1": 5 / 3}),
        Wrong("this is weighted with 6, 2 and 4, which add up to 12. Weights add up to 1.", {"c_1": 12}),
        Wrong("this is the value with the highest score alone. The others have a share as well.", {"c_1": 2}),
        Wrong("here -3 has lost its sign.", {"c_1": 3}),
        Wrong(
            "this is the mean of the keys. Keys are what is looked for; values are what is received.",
            {"c_2": float(_K[:, 1] @ [1 / 2, 1 / 6, 1 / 3])},
        ),
        Wrong("this is the plain sum of the values. Each counts by its weight.", {"c_2": 7}),
        Wrong("this is the plain mean of the values. Each counts by its weight.", {"c_2": 7 / 3}),
        Wrong("this is weighted with 6, 2 and 4, which add up to 12. Weights add up to 1.", {"c_2": 36}),
        Wrong("this is the value with the highest score alone. The others have a share as well.", {"c_2": 4}),
    ),
    afterword="""
The context is a mean, so it never leaves the range of the values: each of its numbers lies between the smallest and the largest of its column. Attention alone cannot make anything larger; it can only choose. And one unit more on a score makes its weight $e$ times larger in comparison with the others, wherever the scores stand.
""",
)


def _attend_cases(rng):
    cases = []
    for Q, S, D, kind in ((2, 3, 4, "float64"), (3, 3, 2, "float64"), (1, 4, 3, "float32")):
        cases.append(tuple(rng.standard_normal(size).astype(kind) for size in ((Q, D), (S, D), (S, D + 1))))
    high = np.arange(1.0, 5.0)[:, None] * np.full(5, 1 / 5)  # scores near 1000, 2000, 3000, 4000
    return [*cases, (high, 1000 + rng.standard_normal((2, 5)), rng.standard_normal((2, 3)))]


_ATTEND = """
def my_attend(q, k, v):
    scores = q @ k.T
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    alpha = e / e.sum(axis=1, keepdims=True)
    return alpha @ v, alpha
"""

_ROW_MAX, _ROW_SUM = "scores.max(axis=1, keepdims=True)", "e.sum(axis=1, keepdims=True)"

AXIS = Mend(
    key="attention.axis",
    title="Who shares what?",
    stars=1,
    statement="""
Dot product attention without a mask: `q` is $(Q, D)$, `k` is $(S, D)$, `v` is $(S, D_v)$, and the function returns the context $(Q, D_v)$ and `alpha` $(Q, S)$. It runs, every shape is right, and its weights are not. Mend it. (The largest score is taken away so that `np.exp` does not overflow. That should change no weight: keep it.)
""",
    start=_ATTEND.replace("axis=1", "axis=0"),
    hints=(
        "Print `alpha.sum(axis=1)`: what should each query hand out altogether?",
        "Row $q$ of `scores` belongs to query $q$, and its entries to the positions that it chooses from. Along which axis do you walk from position to position?",
        "`axis=0` walks down a column, from query to query. Two places have it.",
    ),
    solution=_ATTEND,
    cases=_attend_cases,
    examine=equals(lambda q, k, v: attention.attend(dot, dot.Params(), q, k, v), "context", "alpha"),
    wrong=(
        Wrong(
            "Each column of alpha adds up to 1: the queries compete for a position. It is the positions that should compete for a query, so that each row adds up to 1.",
            _ATTEND.replace("axis=1", "axis=0"),
        ),
        Wrong(
            "One of two is mended. The sum still runs over the queries: each row of alpha should add up to 1.",
            "e.sum(axis=0, keepdims=True)",
            _ROW_SUM,
        ),
        Wrong(
            "One of two is mended. What is taken away must be the same for all positions of a query, or it changes the weights: the largest score of each row.",
            "scores.max(axis=0, keepdims=True)",
            _ROW_MAX,
        ),
        Wrong("All of alpha together adds up to 1. Each row should: every query has a whole to hand out.", "e.sum()", _ROW_SUM),
        Wrong(
            "The largest score of all is taken away. A query whose scores lie a thousand lower is left with nothing but zeros, and 0 / 0. Each row needs its own largest.",
            "scores.max()",
            _ROW_MAX,
        ),
        Wrong(
            "The weights are right while the scores are small. `np.exp` of a score of 1000 is infinite: take away the largest of each row first.",
            "np.exp(scores)",
            f"np.exp(scores - {_ROW_MAX})",
        ),
        Wrong(
            "The rows need keepdims: a sum of shape (Q,) does not fit to (Q, S), or, if Q = S, it is laid along the wrong axis.",
            "e.sum(axis=1)",
            _ROW_SUM,
        ),
        Wrong(
            "The weights are right and come first. The order is context, alpha.",
            "return alpha, alpha @ v",
            "return alpha @ v, alpha",
        ),
    ),
    afterword="""
No shape gives this mistake away, and nothing raises an error. One line tells: `assert np.allclose(alpha.sum(-1), 1)`. To write `axis=-1` is safer still: it stays right when a batch comes in front.
""",
)


def _mask_cases(rng):
    cases = []
    for Q, S, length in ((2, 4, 2), (3, 3, 3), (1, 5, 4)):
        cases.append((rng.standard_normal((Q, S)), np.arange(S)[None] < length))
    return [*cases, (1000 + rng.standard_normal((2, 3)), np.arange(3)[None] < 2)]


_MASK = """
def my_weights(scores, mask):
    scores = np.where(mask, scores, -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""

_MASK_LATE = """
def my_weights(scores, mask):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    alpha = e / e.sum(axis=1, keepdims=True)
    return np.where(mask, alpha, 0)
"""

_FILL = "np.where(mask, scores, -np.inf)"

MASK = Mend(
    key="attention.mask",
    title="Nothing for the padding",
    stars=2,
    statement="""
A short sentence is filled up with padding, and no weight may go there. `scores` is $(Q, S)$; `mask` is bool, $(1, S)$, True where there is a word, and at least one is. This program wipes the weights of the padding, and yet something is wrong with the weights of the words. Mend it and return `alpha`, $(Q, S)$: what the softmax over the words alone would give, and exactly 0 at the padding.
""",
    start=_MASK_LATE,
    hints=(
        "Print `alpha.sum(axis=1)` for a sentence with padding, and for one without.",
        "The padding has had its share before it was wiped. It must not take part in the sum: what score makes $e$ to its power exactly 0?",
        "`np.where` chooses between two arrays. Let it choose among the scores, before anything else, and not among the weights.",
    ),
    solution=_MASK,
    cases=_mask_cases,
    examine=equals(lambda scores, mask: attention.weights(scores, mask)),
    wrong=(
        Wrong(
            "The rows no longer add up to 1: the padding had its share, which was then thrown away. Mask the scores, before the softmax.",
            _MASK_LATE,
        ),
        Wrong(
            "A score of 0 is a score like any other: its exponential is 1, and padding receives weight. What has the exponential 0?",
            "np.where(mask, scores, 0)",
            _FILL,
        ),
        Wrong(
            "The mask is turned round: here the words are shut out. True is where a query may look.",
            "np.where(mask, -np.inf, scores)",
            _FILL,
        ),
        Wrong("Nothing is masked any more: padding has its weight.", "scores", _FILL),
        Wrong(
            "-10 is a low score and no more: padding still receives a little, and more where the other scores are low too.",
            "np.where(mask, scores, -10)",
            _FILL,
        ),
        Wrong(
            "Here 0 is multiplied by infinity, which is nan. Choose with `np.where` in place of multiplying.",
            "scores - np.inf * ~mask",
            _FILL,
        ),
        Wrong(
            "The weights are minus infinity at the padding. That is a value for scores; it has to come before the softmax.",
            _MASK_LATE.replace("alpha, 0", "alpha, -np.inf"),
        ),
        Wrong(
            "What the padding had is handed out in equal parts. It belongs to the words by their shares, as if the padding had never been there.",
            """
def my_weights(scores, mask):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    alpha = np.where(mask, e / e.sum(axis=1, keepdims=True), 0)
    return np.where(mask, alpha + (1 - alpha.sum(axis=1, keepdims=True)) / mask.sum(), 0)
""",
        ),
        Wrong(
            "The weights are right while the scores are small. `np.exp` of a score of 1000 is infinite: take away the largest of each row first.",
            "np.exp(scores)",
            "np.exp(scores - scores.max(axis=1, keepdims=True))",
        ),
    ),
    afterword="""
Masking the weights and dividing by their sum once more would do as well, unless a padding's score is so high that the words' exponentials beside it are 0. Many programs write $-10^9$ in place of $-\\infty$. The two differ where a query may look nowhere at all: one gives equal weights to all of the padding, the other nan. The course's `attention.weights` raises an error there.
""",
)


def _state_cases(rng):
    cases = []
    for D, H, S in ((3, 4, 5), (2, 3, 4), (4, 2, 3)):
        sizes = ((D,), (H,), (S, H), (D, H), (H, H), (2 * H, H))
        cases.append(tuple(rng.standard_normal(size) for size in sizes))
    return cases


def _state_truth(x, h_prev, values, W_x, W_h, W_c):
    """By torch: its recurrent cell, its attention, its linear layer."""
    import torch
    from torch.nn import functional

    x, h_prev, values, W_x, W_h, W_c = map(torch.from_numpy, (x, h_prev, values, W_x, W_h, W_c))
    h = torch.rnn_tanh_cell(x[None], h_prev[None], W_x.T, W_h.T)
    attend = lambda v: functional.scaled_dot_product_attention(h[None], values[None], v[None], scale=1.0)[0]
    said = functional.linear(torch.cat([h, attend(values)], 1), W_c.T).tanh()
    return tuple(y[0].numpy() for y in (h, said, attend(torch.eye(len(values), dtype=h.dtype))))


_LUONG = """
def my_step(x, h_prev, values, W_x, W_h, W_c):
    h = np.tanh(x @ W_x + h_prev @ W_h)
    e = np.exp(values @ h)
    alpha = e / e.sum()
    context = alpha @ values
    said = np.tanh(np.concatenate([h, context]) @ W_c)
    return h, said, alpha
"""

_OLD_QUERY = """
def my_step(x, h_prev, values, W_x, W_h, W_c):
    e = np.exp(values @ h_prev)
    alpha = e / e.sum()
    context = alpha @ values
    h = np.tanh(x @ W_x + h_prev @ W_h)
    said = np.tanh(np.concatenate([h, context]) @ W_c)
    return h, said, alpha
"""

STATE = Mend(
    key="attention.state",
    title="Which state asks?",
    stars=2,
    statement="""
Two decoders, two orders. Bahdanau's looks first: the state before, $h_{t-1}$, is the query, and the cell reads the context. Luong's (here without input feeding) steps first: the new state $h_t$ is the query, and the context joins it behind the cell,

$$h_t = \\tanh(x_t W_x + h_{t-1} W_h), \\qquad \\mathrm{said}_t = \\tanh([h_t, \\mathrm{context}_t] W_c).$$

The program below is meant to be Luong's, with a tiny cell and dot product scores, and has mixed up the two. Mend it. `x` is $(D,)$, `h_prev` $(H,)$, `values` $(S, H)$ are keys as well, `W_x` $(D, H)$, `W_h` $(H, H)$, `W_c` $(2H, H)$. Return $h_t$ $(H,)$, $\\mathrm{said}_t$ $(H,)$ and `alpha` $(S,)$.
""",
    start=_OLD_QUERY,
    hints=(
        "The returned $h_t$ is right already. Which of the lines above it uses the wrong state?",
        "The scores are formed before the new state exists. What has to happen first?",
        "Move one line to the top, and change one name in the line with `np.exp`.",
    ),
    solution=_LUONG,
    cases=_state_cases,
    examine=equals(_state_truth, "h", "said", "alpha"),
    wrong=(
        Wrong(
            "The query is still the state before the step. Bahdanau's decoder asks with it; Luong's steps first and asks with the new state.",
            _OLD_QUERY,
        ),
        Wrong(
            "The query has the right name now, but nothing to stand for it: `h` is computed further down. Luong's decoder steps first, so move that line to the top.",
            _OLD_QUERY.replace("values @ h_prev", "values @ h"),
        ),
        Wrong(
            "alpha is right now. What is said is computed from the state before: beside the context belongs the new state.",
            "[h_prev, context]",
            "[h, context]",
        ),
        Wrong(
            "In the readout state and context have changed places: first h, then the context.", "[context, h]", "[h, context]"
        ),
        Wrong(
            "The query is the sum of both states. Luong's decoder asks with the new state alone.",
            "values @ (h + h_prev)",
            "values @ h",
        ),
        Wrong(
            "The context goes into the cell in place of the state before, and with the old state as query: this is neither decoder. Here Luong's cell does not read the context.",
            """
def my_step(x, h_prev, values, W_x, W_h, W_c):
    e = np.exp(values @ h_prev)
    alpha = e / e.sum()
    context = alpha @ values
    h = np.tanh(x @ W_x + context @ W_h)
    said = np.tanh(np.concatenate([h, context]) @ W_c)
    return h, said, alpha
""",
        ),
        Wrong(
            "The cell steps twice. It moves once, from the state before to the new one; then the new one looks.",
            "h = np.tanh(x @ W_x + h_prev @ W_h)\n    h = np.tanh(x @ W_x + h @ W_h)",
            "h = np.tanh(x @ W_x + h_prev @ W_h)",
        ),
        Wrong(
            "What is said is handed on as the state. The state of the next step is h itself; what is said goes to the readout.",
            "return said, said, alpha",
            "return h, said, alpha",
        ),
        Wrong(
            "The scores are there and their exponentials are not: this is no softmax.",
            "e = values @ h\n",
            "e = np.exp(values @ h)\n",
        ),
    ),
    afterword="""
Bahdanau's order cannot be had by changing a name only: if the context is to be among what the cell reads, it must be there before the new state is, so only the old one can ask. Luong's decoder pays for its freedom: the cell never learns where it has looked. That is why $\\mathrm{said}_{t-1}$ is fed into its next step, beside $x_t$; Luong and others call it input feeding, and `models.decoders.Luong` does so.
""",
)


def _beam_cases(rng):
    cases = []
    for K, width, ended in ((4, 2, "0"), (5, 3, "010"), (4, 2, "001"), (3, 4, "1001"), (3, 2, "111")):
        ended = np.array([*map(int, ended)], bool)
        scores = rng.uniform(-3, -2, len(ended)) + 2 * ended  # what has ended is among the best
        logits = rng.standard_normal((len(ended), K))
        cases.append((scores, ended, logits - np.log(np.exp(logits).sum(1, keepdims=True)), width))
    return cases


def _beam_truth(scores, ended, log_p, width):
    """Every continuation on a list, and the list sorted."""
    found = []
    for k, score in enumerate(scores):
        found += [(score, k, 0)] if ended[k] else [(score + log_p[k, y], k, y) for y in range(log_p.shape[1])]
    score, parent, symbol = zip(*sorted(found, reverse=True)[:width], strict=True)
    return tuple(np.array(x, float) for x in (parent, symbol, score))


def _beam_examine(value, *case):
    """Whole numbers of any type are welcome."""
    plain = lambda x: x.astype(float) if isinstance(x, np.ndarray) and x.dtype.kind in "iu" else x
    value = tuple(map(plain, value)) if isinstance(value, tuple | list) else value
    return difference(value, _beam_truth(*case), parts=("parent", "symbol", "score"))


_BEAM = """
def my_beam_step(scores, ended, log_p, width):
    K = log_p.shape[1]
    stay = np.where(np.arange(K) == 0, 0.0, -np.inf)
    total = scores[:, None] + np.where(ended[:, None], stay, log_p)
    best = np.argsort(-total.ravel())[:width]
    return best // K, best % K, total.ravel()[best]
"""

_STAY, _BEST = "np.where(ended[:, None], stay, log_p)", "np.argsort(-total.ravel())[:width]"

BEAM = Write(
    key="attention.beam",
    title="One step of a beam",
    stars=3,
    statement="""
Beam search follows a few beginnings of a sentence side by side. Write one step. There are $W$ beginnings and $K$ symbols, and symbol 0 is END:

- `scores` $(W,)$: the logarithm of the probability of each beginning, in no special order;
- `ended` $(W,)$, bool: whether it has written END already;
- `log_p` $(W, K)$: the logarithm of the probability of each symbol after it.

A beginning that has not ended can go on with any of the $K$ symbols, and the logarithms add up. One that has ended stays as it is: it has one continuation only, END once more, at no cost. Of all continuations of all beginnings keep the best `width`. Return three arrays $(\\mathrm{width},)$, the best first: `parent`, the number of the beginning that each goes on from; `symbol`, the one that it adds; `score`, its new score. There are always enough continuations, and `width` need not be $W$.
""",
    start="""
def my_beam_step(scores, ended, log_p, width):
    ...
    return parent, symbol, score
""",
    hints=(
        "Begin as if nothing had ever ended: a table $(W, K)$ of the scores of all continuations. It is `scores[:, None] + log_p`.",
        "Lay the table out flat with `ravel()`; `np.argsort` puts the smallest first, so sort its negative. Place $j$ of the flat table stands in row `j // K`, column `j % K`.",
        "For what has ended, a row of its own takes the place of `log_p`: 0 at END and `-np.inf` everywhere else. `np.where(ended[:, None], ..., log_p)` puts it in.",
    ),
    solution=_BEAM,
    cases=_beam_cases,
    examine=_beam_examine,
    wrong=(
        Wrong("What has ended goes on writing here. It stays as it is, at no cost, and only once.", "log_p\n", f"{_STAY}\n"),
        Wrong(
            "What has ended is thrown away. It is a finished sentence, perhaps the best: it stays in the running with its score.",
            "np.where(ended[:, None], -np.inf, log_p)",
            _STAY,
        ),
        Wrong(
            "What has ended goes on with every symbol at no cost, so that it fills the beam with copies of itself. It has one continuation, END.",
            "np.where(ended[:, None], 0.0, log_p)",
            _STAY,
        ),
        Wrong(
            "Every beginning gets one continuation, its own best. That is greedy search, several times over: the two best may well have the same parent.",
            """
def my_beam_step(scores, ended, log_p, width):
    symbol = np.where(ended, 0, log_p.argmax(1))
    total = scores + np.where(ended, 0.0, log_p.max(1))
    best = np.argsort(-total)[:width]
    return best, symbol[best], total[best]
""",
        ),
        Wrong(
            "The scores of the beginnings are forgotten: a likely next symbol is no help to an unlikely beginning.",
            f"total = {_STAY}",
            f"total = scores[:, None] + {_STAY}",
        ),
        Wrong(
            "Logarithms are multiplied. Probabilities multiply; their logarithms add up.",
            "scores[:, None] *",
            "scores[:, None] +",
        ),
        Wrong(
            "A probability is added to a logarithm. `log_p` holds logarithms already: add it as it is.",
            "np.where(ended[:, None], stay, np.exp(log_p))",
            _STAY,
        ),
        Wrong("These are the worst. `np.argsort` puts the smallest first.", "np.argsort(total.ravel())[:width]", _BEST),
        Wrong("The right ones, but the best comes last.", "np.argsort(total.ravel())[-width:]", _BEST),
        Wrong(
            "Parent and symbol have changed places: in the flat table a row has K entries, so `// K` gives the row, which is the beginning.",
            "best % K, best // K,",
            "best // K, best % K,",
        ),
        Wrong(
            "The places are divided by the number of beginnings. A row of the flat table has K entries, one for each symbol.",
            "best // len(scores), best % len(scores),",
            "best // K, best % K,",
        ),
    ),
    afterword="""
With `width` 1 this is greedy search. The chain in the documentation of `models.decoding` shows what a second beginning is good for: greedy search starts with the likelier symbol and ends at a probability of 0.25, a beam of two at 0.36. A beam promises nothing, though: a wider one may drop the very beginning that a narrower one keeps. And since each symbol can only lower the sum, short sentences have it easier; many systems divide by a power of the length in the end.
""",
)

EXERCISES = (CONTEXT, AXIS, MASK, STATE, BEAM)
