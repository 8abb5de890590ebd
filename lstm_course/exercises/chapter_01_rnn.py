"""The exercises of the chapter on recurrent neural networks."""

import numpy as np

from lstm_course.cells import rnn
from lstm_course.exercises.conventions import BATCH_FIRST, COLUMNS
from lstm_course.exercises.kinds import Mend, Predict, Write, Wrong, equals
from lstm_course.unroll import run


def _shapes():
    p = rnn.init(np.random.default_rng(0), 5, 20)
    hs, _ = run(rnn, p, np.zeros((12, 8, 5)))
    return {"hs": hs.shape, "last": hs[-1].shape, "W_x": p.W_x.shape, "W_h": p.W_h.shape, "b": p.b.shape}


SHAPES = Predict(
    key="rnn.shapes",
    title="Predict a shape",
    stars=1,
    statement="""
The inputs `xs` have the shape `(12, 8, 5)`, and the network has 20 hidden units. It returns all its hidden states as `hs`.
What is the shape of `hs`? Of `hs[-1]`, which we call `last`? Of the weights `W_x` and `W_h`, and of the bias `b`?
""",
    start="my_shapes = dict(hs=..., last=..., W_x=..., W_h=..., b=...)",
    hints=(
        "Give every number of `(12, 8, 5)` its name first. In this course a sequence has the shape $(T, B, D)$.",
        "Look at the equation: $x_t W_x$, with $x_t$ of shape $(B, D)$, must give something of shape $(B, H)$.",
        "`hs` has one state for each step and each sequence, so $(T, B, H)$. `hs[-1]` takes one step, so its first axis is gone.",
    ),
    truth=_shapes,
    solution="""
$T = 12$ steps, $B = 8$ sequences, $D = 5$ features, $H = 20$ units.

- `hs` is $(T, B, H)$ = `(12, 8, 20)`, and `hs[-1]` is $(B, H)$ = `(8, 20)`.
- `W_x` is $(D, H)$ = `(5, 20)`, `W_h` is $(H, H)$ = `(20, 20)`, `b` is $(H)$ = `(20,)`.
""",
    wrong=(
        Wrong("here time comes first, then the batch.", {"hs": (8, 12, 20)}),
        Wrong("this is the shape of the inputs. The network gives 20 numbers where it gets 5.", {"hs": (12, 8, 5)}),
        Wrong("this is the last state alone; hs holds the states of all steps.", {"hs": (8, 20)}),
        Wrong("[-1] takes the last along the first axis, and that is time.", {"last": (12, 20)}),
        Wrong("[-1] takes the last along the first axis, and that is time.", {"last": (12, 8)}),
        Wrong("an index takes its axis away; a slice [-1:] would keep it.", {"last": (1, 8, 20)}),
        Wrong("no: all steps share one and the same matrix.", {"W_x": (12, 5, 20)}),
        Wrong("this is W_x on top of W_h, for input and state joined. Here each has its own matrix.", {"W_x": (25, 20)}),
        Wrong("with vectors as columns, yes. Here rows are inputs, and we write x @ W_x.", {"W_x": (20, 5)}),
        Wrong("the weights know nothing of how many sequences there are.", {"W_x": (8, 20)}),
        Wrong("W_h multiplies a state, not an input.", {"W_h": (5, 20)}),
        Wrong("the weights know nothing of how many sequences there are.", {"W_h": (8, 20)}),
        Wrong("no: all steps share one and the same matrix.", {"W_h": (12, 20, 20)}),
        Wrong("one bias for each unit: all sequences share it.", {"b": (8, 20)}),
        Wrong("one bias for each unit, and there are 20 of them.", {"b": (5,)}),
        Wrong("one bias for each unit, at all steps the same.", {"b": (12, 20)}),
    ),
    afterword="If the sequence becomes twice as long, only `hs` changes: there are more states, and not one weight more.",
)


def _step_cases(rng):
    """Odd sizes, both types of numbers, a batch of one; and equal sizes, where a wrong product passes unnoticed by its shape."""
    shapes = [(3, 5, 4, "float64"), (1, 2, 3, "float64"), (3, 3, 3, "float64"), (4, 3, 5, "float32")]
    return [_weights(rng, D, H, kind, (B, D), (B, H)) for B, D, H, kind in shapes]


def _run_cases(rng):
    shapes = [
        (7, 3, 5, 4, "float64"),
        (4, 1, 2, 3, "float64"),
        (5, 2, 3, 4, "float32"),
        (1, 2, 3, 4, "float64"),
        (3, 3, 3, 3, "float64"),
    ]
    return [_weights(rng, D, H, kind, (T, B, D), (B, H)) for T, B, D, H, kind in shapes]


def _weights(rng, D, H, kind, *shapes):
    """Inputs, a state, and weights large enough for every part to be seen."""
    shapes = (*shapes, (D, H), (H, H), (H,))
    return tuple((0.6 * rng.standard_normal(shape)).astype(kind) for shape in shapes)


def _step_truth(x, h_prev, W_x, W_h, b):
    return run(rnn, rnn.Params(W_x, W_h, b), x[None], (h_prev,))[1].h


def _run_truth(xs, h, W_x, W_h, b):
    return run(rnn, rnn.Params(W_x, W_h, b), xs, (h,))[0]


STEP = Write(
    key="rnn.step",
    title="Write the step",
    stars=1,
    statement="""
Write one time step of the network, in NumPy, for a whole batch at once: $x$ has the shape $(B, D)$, and what comes back
is $h$ of shape $(B, H)$.

$$h = \\tanh(x W_x + h_{prev} W_h + b)$$
""",
    start="""
def my_step(x, h_prev, W_x, W_h, b):
    ...
""",
    hints=(
        "The equation is a sum of three terms inside one function. Write it from left to right.",
        "A product of matrices is written `@` in NumPy, and rows are inputs: `x` stands to the left of `W_x`.",
        "The sum is `x @ W_x`, then the same for the state, then `b`, which NumPy adds to every row. Around all of it: `np.tanh`.",
    ),
    solution="""
def my_step(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h + b)
""",
    cases=_step_cases,
    examine=equals(_step_truth),
    wrong=(
        Wrong("The bias b is missing.", "", " + b"),
        Wrong("The nonlinearity is missing: tanh must go around the whole sum.", "(", "np.tanh("),
        Wrong("The last state is missing: this layer has no memory.", "", " + h_prev @ W_h"),
        Wrong("The input is missing.", "h_prev @ W_h", "x @ W_x + h_prev @ W_h"),
        Wrong(
            "tanh must go around the whole sum, the term with h_prev and the bias included.",
            "np.tanh(x @ W_x) + h_prev @ W_h + b",
            "np.tanh(x @ W_x + h_prev @ W_h + b)",
        ),
        Wrong(
            "tanh must go around the whole sum, the bias included.",
            "np.tanh(x @ W_x + h_prev @ W_h) + b",
            "np.tanh(x @ W_x + h_prev @ W_h + b)",
        ),
        Wrong(
            "tanh must go around the whole sum, once.",
            "np.tanh(x @ W_x) + np.tanh(h_prev @ W_h) + b",
            "np.tanh(x @ W_x + h_prev @ W_h + b)",
        ),
        Wrong(
            "tanh must go around the whole sum, once.",
            "np.tanh(x @ W_x + b) + np.tanh(h_prev @ W_h)",
            "np.tanh(x @ W_x + h_prev @ W_h + b)",
        ),
        Wrong("Inside tanh the bias must be added; here it is subtracted.", "- b", "+ b"),
        Wrong(
            "This is the logistic function. The plain recurrent network uses tanh.",
            "1 / (1 + np.exp(-(x @ W_x + h_prev @ W_h + b)))",
            "np.tanh(x @ W_x + h_prev @ W_h + b)",
        ),
        Wrong("W_h is transposed: rows are inputs, so h_prev @ W_h.", "h_prev @ W_h.T", "h_prev @ W_h"),
        Wrong("The shapes do not fit: W_x has the shape (D, H) already and needs no transpose.", "x @ W_x.T", "x @ W_x"),
        Wrong("x stands to the left of its matrix: x @ W_x.", "W_x @ x", "x @ W_x"),
        Wrong("* multiplies number by number; a matrix product is written @.", "x * W_x", "x @ W_x"),
        Wrong("x and h_prev have changed places, or their matrices.", "x @ W_h + h_prev @ W_x", "x @ W_x + h_prev @ W_h"),
    ),
    conventions=COLUMNS,
    afterword="One line, and the whole network: everything else in this chapter is a loop around it.",
)

UNROLL = Write(
    key="rnn.unroll",
    title="Unroll it",
    stars=2,
    statement="""
Write the loop. `xs` has the shape $(T, B, D)$ and `h` is the state to start from, $(B, H)$. Return the states after
every step as one array of shape $(T, B, H)$; the start is not among them. Leave the arguments as they are.
""",
    start="""
def my_run(xs, h, W_x, W_h, b):
    hs = []
    ...
    return np.stack(hs)
""",
    hints=(
        "A `for` over an array takes its first axis apart, and that axis is time: `for x in xs:` gives one $x_t$ after the other.",
        "In each round the state becomes the new state, computed from $x_t$ and the state of the round before.",
        "Give the new state the old name, `h = np.tanh(...)`, and put it at the end of the list with `hs.append(h)`.",
    ),
    solution="""
def my_run(xs, h, W_x, W_h, b):
    hs = []
    for x in xs:
        h = np.tanh(x @ W_x + h @ W_h + b)
        hs.append(h)
    return np.stack(hs)
""",
    cases=_run_cases,
    examine=equals(_run_truth),
    wrong=(
        Wrong(
            "Every step starts from the same state: the new state is not handed on.",
            "hs.append(np.tanh(x @ W_x + h @ W_h + b))",
            "h = np.tanh(x @ W_x + h @ W_h + b)\n        hs.append(h)",
        ),
        Wrong(
            "The states are one step late: append h after it has been computed, not before.",
            "hs.append(h)\n        h = np.tanh(x @ W_x + h @ W_h + b)",
            "h = np.tanh(x @ W_x + h @ W_h + b)\n        hs.append(h)",
        ),
        Wrong("The state at the start is among the states; only those after a step are wanted.", "hs = [h]", "hs = []"),
        Wrong("Only the last state came back; all of them are wanted.", "return h", "return np.stack(hs)"),
        Wrong("The steps must be the first axis, (T, B, H); here the batch is.", "np.stack(hs, axis=1)", "np.stack(hs)"),
        Wrong(
            "The steps are glued together along the batch. np.stack makes an axis for time.",
            "np.concatenate(hs)",
            "np.stack(hs)",
        ),
        Wrong("The sequence is read backwards.", "for x in xs[::-1]:", "for x in xs:"),
        Wrong(
            "The start is ignored: the given h must be used, not zeros.",
            "hs, h = [], np.zeros_like(h)",
            "hs = []",
        ),
        Wrong(
            "One array is filled again and again, so that every entry of the list is the last state, and the caller's h is overwritten.",
            "h[:] = np",
            "h = np",
        ),
        Wrong(
            "What is shown has been through tanh, but what goes round the loop has not: squeeze h itself.",
            "x @ W_x + h @ W_h + b\n        hs.append(np.tanh(h))",
            "np.tanh(x @ W_x + h @ W_h + b)\n        hs.append(h)",
        ),
        Wrong(
            "The return stands inside the loop, so it ends after one step.",
            "        return np.stack(hs)",
            "    return np.stack(hs)",
        ),
        Wrong("The nonlinearity is missing.", "(", "np.tanh("),
        Wrong("The bias b is missing.", "", " + b"),
        Wrong("The last step is missing.", "for x in xs[:-1]:", "for x in xs:"),
        Wrong(
            "The numbers are right, but float32 went in and float64 came out: the array that holds the states needs dtype=h.dtype.",
            "hs = np.zeros((len(xs), *h.shape))\n    for t, x in enumerate(xs):\n        h = np.tanh(x @ W_x + h @ W_h + b)\n        hs[t] = h\n    return hs",
            "hs = []\n    for x in xs:\n        h = np.tanh(x @ W_x + h @ W_h + b)\n        hs.append(h)\n    return np.stack(hs)",
        ),
    ),
    conventions=BATCH_FIRST + COLUMNS,
    afterword="""
Run ten steps in two halves, handing the state over, and the same states come out: `my_run(xs[5:], my_run(xs[:5], h, ...)[-1], ...)`.
The state is all that the second half needs to know about the first.
""",
)

LOST = Mend(
    key="rnn.nonlinearity",
    title="Find the lost nonlinearity",
    stars=2,
    statement="""
This program looks right, and what it returns lies between $-1$ and $1$ as it should. Yet it is no longer the network of
this page: over a long sequence its hidden numbers may grow until $\\tanh$ shows nothing but $\\pm 1$. Find the mistake and mend it.
""",
    start="""
def my_run(xs, h, W_x, W_h, b):
    hs = []
    for x in xs:
        h = x @ W_x + h @ W_h + b
        hs.append(np.tanh(h))
    return np.stack(hs)
""",
    hints=(
        "Follow one number through two rounds of the loop. Which value goes round, and which is only shown?",
        "The loop hands on `h`. Is that the $h_{t-1}$ of the equation?",
        "What is handed on never passed through $\\tanh$. Put $\\tanh$ where `h` is made; then nothing is left to do where it is kept.",
    ),
    solution=UNROLL.solution,
    cases=_run_cases,
    examine=equals(_run_truth),
    wrong=(
        Wrong(
            "What goes round the loop has not been through tanh: the network remembers linearly, and only what it shows is squeezed.",
            "x @ W_x + h @ W_h + b\n        hs.append(np.tanh(h))",
            "np.tanh(x @ W_x + h @ W_h + b)\n        hs.append(h)",
        ),
        Wrong("Now tanh acts twice on what is kept.", "hs.append(np.tanh(h))", "hs.append(h)"),
        Wrong("Now there is no tanh at all.", "(", "np.tanh("),
        Wrong(
            "tanh must go around the whole sum, input and bias included, not around the product with the state alone.",
            "x @ W_x + np.tanh(h @ W_h) + b",
            "np.tanh(x @ W_x + h @ W_h + b)",
        ),
        Wrong(
            "Nearly: the rule is right from the second step on, but the state given at the start is squeezed as well, and that spoils what follows. "
            "Put tanh where h is made.",
            "x @ W_x + np.tanh(h) @ W_h + b\n        hs.append(np.tanh(h))",
            "np.tanh(x @ W_x + h @ W_h + b)\n        hs.append(h)",
        ),
        Wrong("The bias belongs inside tanh.", "np.tanh(x @ W_x + h @ W_h) + b", "np.tanh(x @ W_x + h @ W_h + b)"),
        Wrong(
            "The state is squeezed before it is used, and what goes round is still the sum without tanh: keep and show tanh of the sum.",
            "x @ W_x + np.tanh(h) @ W_h + b",
            "np.tanh(x @ W_x + h @ W_h + b)",
        ),
    ),
    conventions=BATCH_FIRST + COLUMNS,
    afterword="""
Without $\\tanh$ in the loop, the state after $T$ steps is a plain sum: the input $x_s$ enters it through
$W_x W_h^{T-1-s}$. With $W_h = 0.5\\, I$ that weight is halved with every step, with $W_h = 2\\, I$ it is doubled, and
a thousand steps do to it what one would expect.
""",
)


def _count():
    from lstm_course.models.language_model import LanguageModel

    model = LanguageModel(rnn, vocabulary=96, hidden=256, embedding=32, rng=np.random.default_rng(0))
    size = {name.rpartition(".")[2]: value.numel() for name, value in model.named_parameters()}
    total = sum(size.values())
    return {"embedding": size["embedding"], "recurrent": total - size["embedding"] - size["W_y"] - size["b_y"], "total": total}


COUNT = Predict(
    key="rnn.count",
    title="Count the weights",
    stars=2,
    statement="""
The network of the experiment knows 96 characters, turns each into a vector of 32 numbers, has 256 hidden units, and a
readout that gives 96 scores and has a bias. How many numbers does training have to find for the `embedding`, for the
`recurrent` layer, and in `total`?
""",
    start="my_count = dict(embedding=..., recurrent=..., total=...)",
    hints=(
        "Write down the shape of every array that is learned. There are six.",
        "The embedding is a table with a row for each character. The recurrent layer has `W_x`, `W_h` and `b`.",
        "The readout has a matrix of shape $(256, 96)$ and 96 biases. Multiply, then add up: the sequence length appears nowhere.",
    ),
    truth=_count,
    solution="""
- Embedding: $96 \\cdot 32$.
- Recurrent layer: $32 \\cdot 256 + 256 \\cdot 256 + 256$.
- Readout: $256 \\cdot 96 + 96$; and the total is the sum of the three.

Nearly two thirds of all weights are in $W_h$.
""",
    wrong=(
        Wrong("a row of 32 numbers for each character, and there are 96.", {"embedding": 32}),
        Wrong("the embedding is a table; it has no bias.", {"embedding": 96 * 32 + 32}),
        Wrong("the embedding's vectors have 32 numbers, not 256.", {"embedding": 96 * 256}),
        Wrong("the bias of the recurrent layer is missing.", {"recurrent": 32 * 256 + 256 * 256}),
        Wrong("this is W_h alone; W_x and b belong to the layer too.", {"recurrent": 256 * 256}),
        Wrong("this is W_x alone, with its bias; the product with the state is missing.", {"recurrent": 32 * 256 + 256}),
        Wrong(
            "torch's own layer has two biases that are added up; ours has one.", {"recurrent": 32 * 256 + 256 * 256 + 2 * 256}
        ),
        Wrong(
            "all steps share the same weights: the length of a window does not count.",
            {"recurrent": 24 * (32 * 256 + 256 * 256 + 256)},
        ),
        Wrong("the layer reads the vector of 32 numbers, not the 96 characters.", {"recurrent": 96 * 256 + 256 * 256 + 256}),
        Wrong("the readout is missing.", {"total": 96 * 32 + 32 * 256 + 256 * 256 + 256}),
        Wrong("the readout has a bias too, 96 numbers.", {"total": 96 * 32 + 32 * 256 + 256 * 256 + 256 + 256 * 96}),
        Wrong("the embedding is learned as well, and counts.", {"total": 32 * 256 + 256 * 256 + 256 + 256 * 96 + 96}),
    ),
    afterword="""
Compare with the rival: how many counts does a 5-gram table of the same text hold? (`np.unique` over the windows of five
tells.) The network makes do with a fraction of them, but it needs the training time.
""",
)

_ZEROS = 100


def _latch(weights):
    """None if the unit remembers the last sign for a hundred zeros and changes it when it must."""
    ok = isinstance(weights, tuple | list | np.ndarray) and len(weights) == 3
    if not ok or not all(isinstance(part, int | float | np.number) for part in weights):
        return "Three numbers are expected: return w_x, w_h, b."
    w_x, w_h, b = map(float, weights)
    if not np.all(np.isfinite([w_x, w_h, b])):
        return "Three finite numbers are expected."
    p = rnn.Params(np.array([[w_x]]), np.array([[w_h]]), np.array([b]))
    story = [1.0, *[0.0] * _ZEROS, -1.0, *[0.0] * _ZEROS, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, *[0.0] * _ZEROS]
    hs, last = run(rnn, p, np.array(story)[:, None, None])[0].ravel(), 0.0
    for t, (x, h) in enumerate(zip(story, hs, strict=True)):
        last = x or last
        if h * last > 0:
            continue
        if t == 0:
            return "After the very first input the state does not have its sign."
        if x:
            return "An input comes and the state does not take its sign: w_x is too small against w_h and b."
        if h == 0:
            return "While zeros come, nothing is left of the state: w_h is too small to hold anything."
        if w_h < 0 and h * hs[t - 1] < 0 and h * hs[t + 1] < 0:
            return "The sign changes at every zero: a negative w_h turns the state over each time."
        return "Both signs should be kept, and one of them is lost while zeros come: does b pull to one side?"
    left = min(abs(hs[_ZEROS]), abs(hs[2 * _ZEROS + 1]))
    return (
        None if left > 0.5 else f"The sign is kept, but the memory fades: after {_ZEROS} zeros only {left:.2g} is left of it."
    )


LATCH = Write(
    key="rnn.latch",
    title="A memory by hand",
    stars=3,
    statement="""
One hidden unit, one input that is $-1$, $0$ or $1$. Choose the three numbers so that $h_t$ has the sign of the last
input that was not zero, through 100 zeros in a row, and with $|h_t|$ still above one half after them. When the input
changes its sign, the state must change at once.

$$h_t = \\tanh(w_x x_t + w_h h_{t-1} + b)$$
""",
    start="""
def my_weights():
    return ..., ..., ...  # w_x, w_h, b
""",
    hints=(
        "Nothing should prefer one sign to the other. What does that say about $b$?",
        "While zeros come, $h_t = \\tanh(w_h h_{t-1})$. Draw $\\tanh(w_h h)$ and $h$ in one picture, for $w_h = 1$ and for $w_h = 2$: where do the curves cross?",
        "Beyond $w_h = 1$ there are two resting points, one of each sign. To turn the state over, the input must be stronger than the "
        "memory, whatever the state: since $|h| < 1$, it is enough that $w_x > w_h$.",
    ),
    solution="""
def my_weights():
    return 4, 2, 0
""",
    cases=lambda rng: [()],
    examine=_latch,
    wrong=(
        Wrong("The sign is kept, but the memory fades", "1, 1, 0", "4, 2, 0"),
        Wrong("The sign is kept, but the memory fades", "4, 0.5, 0", "4, 2, 0"),
        Wrong("An input comes and the state does not take its sign", "1, 4, 0", "4, 2, 0"),
        Wrong("An input comes and the state does not take its sign", "1.95, 2, 0", "4, 2, 0"),
        Wrong("The sign changes at every zero", "4, -2, 0", "4, 2, 0"),
        Wrong("After the very first input the state does not have its sign.", "-4, 2, 0", "4, 2, 0"),
        Wrong("Both signs should be kept, and one of them is lost", "4, 2, 1", "4, 2, 0"),
        Wrong("Three numbers are expected", "4, 2", "4, 2, 0"),
    ),
    afterword="""
With $w_h = 1$ the state creeps towards zero, and with a smaller $w_h$ it runs there. A larger $w_h$ holds more firmly, and in return the input
needs a larger $w_x$ to turn the state over. A single number thus decides how long the unit remembers *and* how hard it is
to make it change its mind. The LSTM separates the two.
""",
)

EXERCISES = (SHAPES, STEP, UNROLL, LOST, COUNT, LATCH)
