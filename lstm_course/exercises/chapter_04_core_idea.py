"""The exercises of the page on the cell state and its gates."""

import numpy as np

from lstm_course import unroll
from lstm_course.cells import lstm
from lstm_course.exercises.differences import described
from lstm_course.exercises.kinds import Choice, Option, Predict, Write, Wrong, equals


def _left():
    """From powers of the gate, step by step."""
    gate, half = 1 / (1 + np.exp(-2.0)), 0
    while gate ** (half / 1000) > 0.5:
        half += 1
    return {"gate": float(gate), "half_life": half / 1000, "left": float(np.prod([gate] * 30))}


LEFT = Predict(
    key="core.left",
    title="What is left?",
    stars=1,
    statement="""
A forget gate has the bias 2 and hears nothing else. What does it put out (`gate`)? After how many steps is half of the cell gone (`half_life`, not rounded up)? Which share of the cell is
left after 30 steps (`left`)? Two decimals will do.
""",
    start="my_memory = dict(gate=..., half_life=..., left=...)",
    hints=(
        "The gate is a sigmoid of its bias. Every step multiplies the cell by it once more.",
        "After $k$ steps $\\sigma(2)^k$ is left. For the half-life solve $\\sigma(2)^k = 1/2$ for $k$.",
        "`gate = 1 / (1 + np.exp(-2))`, `np.log(0.5) / np.log(gate)` and `gate ** 30`.",
    ),
    truth=_left,
    solution="""
- `gate`: $\\sigma(2) = 0.88$.
- `half_life`: $\\ln 0.5 / \\ln 0.881 = 5.46$ steps.
- `left`: $0.881^{30} = 0.022$.
""",
    tolerance=0.012,
    wrong=(
        Wrong("this is tanh(2). A gate is a sigmoid.", {"gate": float(np.tanh(2))}),
        Wrong("this is what is lost in a step; the gate is what stays.", {"gate": float(1 / (1 + np.exp(2.0)))}),
        Wrong(
            "this is the number of steps counted by what is left, 1 / (1 - gate); half is gone earlier.",
            {"half_life": float(1 + np.exp(2.0))},
        ),
        Wrong("this is the time after which 1/e is left, not 1/2.", {"half_life": float(1 / np.log1p(np.exp(-2.0)))}),
        Wrong("rounded up it is 6; the exact number is asked for.", {"half_life": 6.0}),
        Wrong("close; give two decimals.", {"half_life": 5.5}),
        Wrong("the loss does not add up, it is multiplied: after 30 steps gate to the power of 30 is left.", {"left": 0.0}),
        Wrong("this is what is gone. What is left?", {"left": float(1 - (1 / (1 + np.exp(-2.0))) ** 30)}),
        Wrong("this is what is left after one step.", {"left": float(1 / (1 + np.exp(-2.0)))}),
    ),
    afterword="""
A bias of 2 looks like a lot, and the gate looks nearly open. Yet five and a half steps later half is gone: what counts is not the gate but its distance from 1.
""",
)


def _cell(i, f, o, c=0.5, g=0.9):
    """New c and h of one cell with its gates held at these values."""
    new = f * c + i * g
    return new, o * np.tanh(new)


_BEFORE = _cell(0, 1, 1)[0]

GATES = Choice(
    key="core.gates",
    title="Keep it, and keep quiet",
    stars=1,
    statement="""
A cell holds 0.5, the candidate says 0.9. The network wants to keep the 0.5 unchanged for later and, at this step, to show nothing of it. Which setting of the three gates does that?
""",
    hints=(
        "Which gate decides what of the old content stays, which what comes in, which what is seen?",
        "The content stays when the forget gate is 1. (Its name is misleading.)",
        "Nothing comes in with $i = 0$, and $h = o \\tanh(c)$ is 0 when $o$ is.",
    ),
    options=(
        Option(
            "input 0, forget 1, output 0",
            "The new cell state is 1 times 0.5 plus 0 times 0.9, and h is 0 times tanh(0.5).",
            lambda: _cell(0, 1, 0) == (_BEFORE, 0),
        ),
        Option(
            "input 0, forget 0, output 0",
            "A forget gate of 0 keeps nothing: the cell is empty afterwards. To keep, it must be 1.",
            lambda: _cell(0, 0, 0) == (_BEFORE, 0),
        ),
        Option(
            "input 1, forget 1, output 0",
            "The candidate is let in: afterwards the cell holds 0.5 + 0.9 = 1.4.",
            lambda: _cell(1, 1, 0) == (_BEFORE, 0),
        ),
        Option(
            "input 0, forget 1, output 1",
            "The cell is kept, but it is shown as well: h is tanh(0.5).",
            lambda: _cell(0, 1, 1) == (_BEFORE, 0),
        ),
        Option(
            "input 1, forget 0, output 1",
            "This writes the candidate over the content, and shows it.",
            lambda: _cell(1, 0, 1) == (_BEFORE, 0),
        ),
    ),
    afterword="""
Three questions, three gates: what stays, what comes in, what is seen. They are answered independently, for each cell and at each step.
""",
)


def _share_truth(f):
    """Backwards, one factor at a time."""
    shares = [np.ones(f.shape[1:])]
    for gate in f[:0:-1]:
        shares.append(shares[-1] * gate)
    return np.array(shares[::-1])


SHARE = Write(
    key="core.sum",
    title="What became of each step?",
    stars=2,
    statement="""
The forget gates of a run are `f`, of shape $(T, H)$, all above 0. Return the array of the same shape whose row $t$ says which share of what was written at step $t$ is left after the last step:

$$f_{t+1}\\, f_{t+2} \\cdots f_{T-1},$$

where the steps are numbered $0, \\ldots, T-1$ as in Python. Then $\\sum_t \\text{share}_t\\, i_t\\, g_t$ is the last cell state, if the cells were empty at first.
""",
    start="""
def my_shares(f):
    ...
""",
    hints=(
        "What was written at the last step has met no forget gate since. Its share is 1.",
        "From the last row upwards, every row is the row below it times one more gate. Which one?",
        "A loop from the back: `shares[t] = shares[t + 1] * f[t + 1]`, beginning with ones. Or `np.cumprod` of the reversed array, shifted by one row.",
    ),
    solution="""
def my_shares(f):
    shares = np.ones_like(f)
    for t in reversed(range(len(f) - 1)):
        shares[t] = shares[t + 1] * f[t + 1]
    return shares
""",
    cases=lambda rng: [(rng.uniform(0.3, 1, shape),) for shape in ((5, 3), (3, 3), (1, 2), (40, 1))],
    examine=equals(_share_truth),
    wrong=(
        Wrong(
            "Off by one: the gate of step t itself is in the product. It acts on what was there before, not on what step t writes.",
            "return np.cumprod(f[::-1], 0)[::-1]",
            "return shares",
        ),
        Wrong(
            "This multiplies the gates before step t. What is written at step t meets the gates after it.",
            "return np.cumprod(f, 0)",
            "return shares",
        ),
        Wrong(
            "This multiplies the gates before step t. What is written at step t meets the gates after it.",
            "return np.concatenate([np.ones_like(f[:1]), np.cumprod(f, 0)[:-1]])",
            "return shares",
        ),
        Wrong("The rows are in reverse order.", "return shares[::-1]", "return shares"),
        Wrong("Only the next gate is met here; all later ones act as well.", "f[t + 1]", "shares[t + 1] * f[t + 1]"),
        Wrong("Gates are multiplied, not added.", "shares[t + 1] + f[t + 1]", "shares[t + 1] * f[t + 1]"),
        Wrong(
            "This is the share for the first step only; one row for every step is wanted.", "return shares[0]", "return shares"
        ),
        Wrong(
            "Cells are mixed: the product runs over the cells as well. Each has its own.",
            "return np.stack([np.full(f.shape[1], f[t + 1 :].prod()) for t in range(len(f))])",
            "return shares",
        ),
    ),
    afterword="""
This is the memory along the belt, in one product. It is also the gradient along it: row $t$ is the derivative of the last $c$ with respect to $c_t$, as long as nothing passes through $h$.
""",
)


def _bias_truth(k, left):
    """By bisection on the share that is left."""
    low, high = np.full(k.shape, -60.0), np.full(k.shape, 60.0)
    for _ in range(200):
        middle = (low + high) / 2
        enough = np.exp(-k * np.logaddexp(0, -middle)) > left
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return middle


BIAS = Write(
    key="core.hundred",
    title="Remember for a hundred steps",
    stars=2,
    statement="""
Which forget bias must a cell start with, so that after $k$ steps the share `left` of its content is still there? The gate hears nothing but its bias. `k` is an array with a number of steps for each
cell, `left` one number; return the array of biases. For example, 100 in `k` and `left = 0.5` ask for a half-life of a hundred steps.
""",
    start="""
def my_forget_bias(k, left):
    ...
""",
    hints=(
        "First ask for the gate: which number, multiplied with itself $k$ times, gives `left`?",
        "The gate is $f = \\text{left}^{1/k}$. Now the bias: $\\sigma(b) = f$, solved for $b$.",
        "From $f = 1/(1 + e^{-b})$ follows $f/(1 - f) = e^b$. So the inverse of the sigmoid is $b = \\ln f - \\ln(1 - f)$.",
    ),
    solution="""
def my_forget_bias(k, left):
    f = left ** (1 / k)
    return np.log(f / (1 - f))
""",
    cases=lambda rng: [
        (np.array([100.0, 10, 1]), 0.5),
        (np.array([3.0, 1000]), 0.9),
        (rng.uniform(2, 500, 5), rng.uniform(0.1, 0.9)),
    ],
    examine=equals(_bias_truth),
    wrong=(
        Wrong("This is the gate. Which bias gives it? The sigmoid has to be undone.", "return f", "return np.log(f / (1 - f))"),
        Wrong(
            "Here the sigmoid is applied once more; it has to be undone.",
            "return 1 / (1 + np.exp(-f))",
            "return np.log(f / (1 - f))",
        ),
        Wrong("The sign is wrong: such a gate forgets what it should keep.", "np.log((1 - f) / f)", "np.log(f / (1 - f))"),
        Wrong(
            "This is the logarithm of the gate; the inverse of a sigmoid is log(f / (1 - f)).",
            "np.log(f)",
            "np.log(f / (1 - f))",
        ),
        Wrong("The losses do not add up to 1 - left; the gates are multiplied.", "1 - (1 - left) / k", "left ** (1 / k)"),
        Wrong("This gate leaves that share after one step, not after k.", "left", "left ** (1 / k)"),
        Wrong("The gate to the power of k is to be left, so take the k-th root.", "left ** k", "left ** (1 / k)"),
        Wrong("This is the inverse of tanh. The gate is a sigmoid.", "np.arctanh(f)", "np.log(f / (1 - f))"),
        Wrong(
            "Nearly: this rule, log(k - 1), leaves about 1/e after k steps, whatever share is asked for.",
            "np.log(np.maximum(k - 1, 1))",
            "np.log(f / (1 - f))",
        ),
    ),
    afterword="""
For half of it after 100 steps the bias is 4.97, after 1,000 steps 7.27: ten times as long costs only 2.3 more, the logarithm of 10. That is why biases between 0 and 7 cover all spans up to a thousand steps, which is what the chrono
start makes use of.
""",
)

_LETTERS = "abc"


def _counts(text):
    return np.cumsum([[(x == "a") - (x == "b"), (x == "b") - (x == "c")] for x in text], 0)


_STRINGS = ("aabbcc", "cba", "a" * 60 + "b" * 60 + "c" * 60, "abcacbbac" * 20)


def _counter(value):
    """None if the two cells count; else what is wrong, with the first string that shows it."""
    ok = isinstance(value, tuple | list) and len(value) == 3 and all(isinstance(x, np.ndarray) for x in value)
    if not ok:
        return "Three arrays are expected: return W_x, W_h, b."
    for name, x, shape in zip(("W_x", "W_h", "b"), value, ((3, 8), (2, 8), (8,)), strict=True):
        if x.shape != shape or x.dtype.kind not in "iuf" or not np.isfinite(x).all():
            return f"{name} is {described(x)}; an array of finite numbers of shape {shape} is expected."
    p = lstm.Params(*(x.astype(float) for x in value))
    for text in _STRINGS:
        xs = np.eye(3)[[_LETTERS.index(x) for x in text]][:, None]
        c, want = unroll.trace(lstm, p, xs).states.c[:, 0], _counts(text)
        wrong = np.abs(c - want).max(1) > 1e-3
        if wrong.any():
            t = int(wrong.argmax())
            shown = text if len(text) < 12 else f"{text[:6]}..."
            held, due = (f"{x[0]:.5g} and {x[1]:.5g}" for x in (c[t], want[t]))
            return f"In {shown}, after letter {t + 1} ({text[t]}), the cells hold {held}; expected are {due}, to within 0.001."
    return None


COUNTER = Write(
    key="core.abc",
    title="Counting three letters with two cells",
    stars=3,
    statement="""
The strings $a^n b^n c^n$ (abc, aabbcc, ...) have as many *b* as *a*, and as many *c* as *b*. Set an LSTM with two cells by hand that keeps both accounts: after every letter of any string over a, b, c

- cell 0 holds the number of *a* minus the number of *b*,
- cell 1 holds the number of *b* minus the number of *c*,

to within a thousandth, for 180 letters and more. Return `W_x` of shape $(3, 8)$, `W_h` of shape $(2, 8)$ and `b` of shape $(8,)$. The rows of `W_x` are the letters a, b, c; the
columns are four blocks of two cells in the order i, f, g, o.
""",
    start="""
def my_counter():
    W_x, W_h, b = np.zeros((3, 8)), np.zeros((2, 8)), np.zeros(8)
    ...
    return W_x, W_h, b
""",
    hints=(
        "Begin with one cell and one letter: it must keep what it has and add 1. Which values must forget gate, input gate and candidate take?",
        "Gates near 1 come from large biases, independent of the letter: `b[0:2]` for the input gates, `b[2:4]` for the forget gates. A bias of 5 is not enough: 180 steps with $\\sigma(5) = 0.993$ leave 0.30 of it.",
        "The candidates are columns 4 (cell 0) and 5 (cell 1). For the letter a, cell 0 needs $g = 1$ and cell 1 needs $g = 0$: `W_x[0, 4:6] = 30, 0`. For b it is `-30, 30`, for c `0, -30`.",
    ),
    solution="""
def my_counter():
    W_x, W_h, b = np.zeros((3, 8)), np.zeros((2, 8)), np.zeros(8)
    b[:4] = 30
    W_x[:, 4] = 30, -30, 0
    W_x[:, 5] = 0, 30, -30
    return W_x, W_h, b
""",
    cases=lambda rng: [()],
    examine=_counter,
    wrong=(
        Wrong("In aabbcc, after letter 1 (a), the cells hold 0.5 and 0;", "b[:4] = 0", "b[:4] = 30"),
        Wrong("In aabbcc, after letter 1 (a), the cells hold 0.99331 and 0;", "b[:4] = 5", "b[:4] = 30"),
        Wrong(
            "In aaaaaa..., after letter 7 (a), the cells hold 6.9987 and 0; expected are 7 and 0,", "b[:4] = 10", "b[:4] = 30"
        ),
        Wrong("In aabbcc, after letter 1 (a), the cells hold 0.5 and 1;", "b[2:6] = 30", "b[:4] = 30"),
        Wrong("In aabbcc, after letter 2 (a), the cells hold 1.5 and 0;", "b[:2] = 30", "b[:4] = 30"),
        Wrong("In aabbcc, after letter 1 (a), the cells hold 0.76159 and 0;", "1, -1, 0", "30, -30, 0"),
        Wrong("In aabbcc, after letter 1 (a), the cells hold -1 and 0;", "-30, 30, 0", "30, -30, 0"),
        Wrong("In aabbcc, after letter 5 (c), the cells hold -1 and 1;", "30, -30, -30", "30, -30, 0"),
        Wrong("In aabbcc, after letter 1 (a), the cells hold 0 and 0;", "W_x[:, 6] = 30, -30, 0", "W_x[:, 4] = 30, -30, 0"),
        Wrong("Three arrays are expected", "return W_x", "return W_x, W_h, b"),
    ),
    afterword="""
Both accounts are at zero after the last letter of $a^n b^n c^n$; that the letters also come in order is one more thing to watch, which the output side of a network can do. A memory between -1 and 1, such as a GRU's, would have to count in ever smaller steps.
""",
)

EXERCISES = (LEFT, GATES, SHARE, BIAS, COUNTER)
