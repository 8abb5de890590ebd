"""The exercises of the gate lab."""

import numpy as np

from lstm_course import lab, unroll
from lstm_course.cells import lstm
from lstm_course.exercises.kinds import Choice, Option, Predict, Write, Wrong, equals
from lstm_course.units import hold, rewrite


def _leak():
    c, found = 1.0, {}
    leak = lab.EXAMPLES["leak: keep half at each step"] | {"b": [-100, 0, 0, 100]}
    for k in (1, 2, 3):
        said = lab.step(**leak | {"c": c})
        c = found[f"c_{k}"] = said["c"]
    return {"f": said["f"], "c_1": found["c_1"], "c_3": found["c_3"], "bias": float(np.log(0.9 / (1 - 0.9)))}


LEAK = Predict(
    key="gate.leak",
    title="A memory that leaks",
    stars=1,
    statement="""
A cell has $c = 1$ in its memory. All its weights are 0, its input gate is shut, and the bias of its forget gate is 0. How far open is the forget gate (`f`)? What is left in the memory after one step (`c_1`) and after three (`c_3`)? And which bias of the forget gate would keep 0.9 at each step (`bias`, to two decimals)? The lab has this cell among its examples; guess first.
""",
    start="my_leak = dict(f=..., c_1=..., c_3=..., bias=...)",
    hints=(
        "With weights of 0, the sum that goes into the forget gate is its bias alone. What is $\\sigma(0)$?",
        "Nothing is written, so each step multiplies the memory by the forget gate, and by nothing else.",
        "For the last one solve $\\sigma(b) = 0.9$: that is $e^{-b} = 1/0.9 - 1$.",
    ),
    truth=_leak,
    solution="""
- $\\sigma(0) = 0.5$: the gate is half open.
- Each step halves the memory: 0.5 after one, $0.5^3 = 0.125$ after three.
- $b = \\ln(0.9 / 0.1) = \\ln 9 \\approx 2.20$.
""",
    wrong=(
        Wrong("a bias of 0 does not shut the gate: $\\sigma(0)$ is not 0.", {"f": 0.0}),
        Wrong("a bias of 0 does not open the gate all the way: that takes a large positive one.", {"f": 1.0}),
        Wrong("the gate is half open, so half is left.", {"c_1": 1.0}),
        Wrong("this would be a gate that is shut. It is half open.", {"c_1": 0.0}),
        Wrong("this is $\\tanh 0.5$, what the output shows. The memory itself is asked for.", {"c_1": float(np.tanh(0.5))}),
        Wrong("this is after two steps.", {"c_3": 0.25}),
        Wrong("each step halves what is *left*; it does not take away half of what was there at first.", {"c_3": 0.0}),
        Wrong("the bias goes through $\\sigma$ first: $\\sigma(0.9)$ is only 0.71.", {"bias": 0.9}),
        Wrong("the sign is the wrong way round: this would keep 0.1.", {"bias": -float(np.log(9))}),
        Wrong("this is $\\ln 10$. The odds are 0.9 to 0.1, that is 9.", {"bias": float(np.log(10))}),
    ),
    afterword="""
Half a memory sounds like a lot, but ten steps leave a thousandth. A bias of 2.2 leaves a third after ten steps. That is why LSTMs are started with a positive forget bias.
""",
)


def _heldish(name, at):
    """Whether a quantity at a word changes when the number unit is held at plural from the sixth word, *sings*, on."""
    words, unit = lab.STORY.split()[:7], lab.reader()[1]["number"]
    held = [(unit["index"], unit["answers"]["plural"], 5)]
    before, after = lab.read(words)[name][at], lab.read(words, held)[name][at]
    return bool(np.abs(after - before).max() > 1e-9)


HOLD = Choice(
    key="gate.hold",
    title="When does a hand show?",
    stars=2,
    statement=f"""
The model reads *{" ".join(lab.STORY.split()[:7])}* and you hold its number unit at "plural" from the word *sings* on: as soon as the new $c$ of that word has been computed, one of its 32 numbers is overwritten, and $h$ is computed from what then stands there. What is the first thing that can change?
""",
    hints=(
        "Write down the six lines of a step, and mark the place where your hand comes in.",
        "The gates of a word are computed from its embedding and from the last output, $h_{t-1}$.",
        "Which lines stand behind the place that you marked, in the same step?",
    ),
    options=(
        Option(
            "The forget gate at *singers*, since the network can tell that something will happen.",
            "A recurrent network reads from left to right: nothing before the first word that you touched can change.",
            lambda: _heldish("f", 4),
        ),
        Option(
            "The forget gate at *sings*, since it decides what happens to this memory.",
            "The gates of a word are computed before its new memory, from $x_t$ and $h_{t-1}$, and both are untouched.",
            lambda: _heldish("f", 5),
        ),
        Option(
            "What the network expects after *sings*.",
            "The new $c$ goes through $\\tanh$ and the output gate into $h$, and from $h$ come the chances of the next word: in the very same step.",
            lambda: _heldish("probabilities", 5) and not _heldish("f", 5),
        ),
        Option(
            "The memory at the full stop, and not before: a hand works with a delay of one step.",
            "The gates answer one step later. But $h$ of the same word is computed from the new $c$, and so are the chances of the next word.",
            lambda: not _heldish("probabilities", 5),
        ),
    ),
    afterword="""
An intervention has a place in the order of the computation, and it shows from there on. If an effect shows *before*, the experiment leaks; if it shows only a step later, as when $c$ is overwritten but $h$ is kept, something was forgotten.
""",
)


def _moved_cases(rng):
    cases = []
    for units, words in ((5, 7), (6, 4), (1, 3)):
        odds = np.exp(2 * rng.standard_normal((units + 1, words)))
        odds /= odds.sum(-1, keepdims=True)
        cases.append((odds[1:], odds[0]))
    return cases


def _moved_truth(held, untouched):
    return np.array([sum(max(float(p) - float(q), 0.0) for p, q in zip(row, untouched, strict=True)) for row in held])


MOVED = Write(
    key="gate.moved",
    title="How much does a unit move?",
    stars=2,
    statement="""
Somebody has taken one unit after the other by the hand and written down what the network then expected: `held` is $(H, K)$, row $k$ the chances of the $K$ words while unit $k$ was held, and `untouched`, $(K,)$, the chances without a hand. How much does each unit move? Take the **total variation**, the share of the chances that has changed sides:

$$\\frac{1}{2} \\sum_w |p_w - q_w|.$$

Return one number for each unit, $(H,)$.
""",
    start="""
def my_moved(held, untouched):
    return ...
""",
    hints=(
        "How far is the first row from `untouched`, word by word? Those are $K$ differences, some positive, some negative.",
        "`np.abs(held - untouched)` has the shape $(H, K)$; over which axis must it be summed?",
        "What one word gains another has lost, so every change is counted twice: that is what the half is for.",
    ),
    solution="""
def my_moved(held, untouched):
    return np.abs(held - untouched).sum(axis=1) / 2
""",
    cases=_moved_cases,
    examine=equals(_moved_truth),
    wrong=(
        Wrong(
            "The differences are summed over the units, which leaves a number for each word. Sum over the words.",
            "axis=0",
            "axis=1",
        ),
        Wrong(
            "Without the absolute value, gains and losses cancel: each row sums to 1, so nothing is left.",
            "(held - untouched)",
            "np.abs(held - untouched)",
        ),
        Wrong(
            "This is the largest change of a single word. Several smaller ones together may be more.",
            ".max(axis=1)",
            ".sum(axis=1) / 2",
        ),
        Wrong("The half is missing: what one word gains another has lost, and both are counted here.", "", " / 2"),
        Wrong("This is a mean over the words. The total variation is half the sum.", ".mean(axis=1)", ".sum(axis=1) / 2"),
    ),
    afterword="""
A unit that moves the chances a lot need not *mean* anything: holding any unit far outside its usual values breaks something. Compare with holding it at values that it really takes, as the lab does with the mean of the other kind, and look at *which* chances move.
""",
)


def _reading_cases(rng):
    cases = []
    for T, D, H, many in ((6, 2, 3, 1), (5, 3, 4, 2), (4, 2, 3, 0)):
        p = lstm.Params(*(2 * x for x in lstm.init(rng, D, H)))
        b = p.b + rng.normal(0, 0.5, 4 * H)
        units = rng.choice(H, many, replace=False)
        held = [(int(k), float(rng.normal(0, 2)), int(rng.integers(1, T - 1))) for k in units]
        cases.append((rng.standard_normal((T, D)), p.W_x, p.W_h, b, held))
    return cases


def _reading_truth(xs, W_x, W_h, b, held):
    wanted = np.full((len(xs), 1, len(W_h)), np.nan)
    for unit, value, since in held:
        wanted[since:, 0, unit] = value
    change = hold("c", list(range(len(W_h))), wanted)
    p = lstm.Params(W_x, W_h, b)
    start = unroll.check(lstm, p, xs[:, None], None)
    return rewrite(lstm, p, xs[:, None], change, start)[:, 0]


_HAND = """\
        for unit, value, since in held:
            if t >= since:
                c[unit] = value
"""
_SHOW = """\
        h = sigmoid(o) * np.tanh(c)
"""

READING = Write(
    key="gate.read",
    title="Read with a hand on the memory",
    stars=3,
    statement="""
Write the loop that the lab runs when you hold units. `xs` is $(T, D)$, one sequence; `W_x` $(D, 4H)$, `W_h` $(H, 4H)$, `b` $(4H,)$, blocks in the order i, f, g, o. `held` is a list of `(unit, value, since)`: from step `since` on (counted from 0, itself included), as soon as the new $c$ is computed, that unit's $c$ is set to the value. State and output begin with zeros. Return all outputs $h$, $(T, H)$.
""",
    start="""
def my_read(xs, W_x, W_h, b, held):
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    h = c = np.zeros(len(W_h))
    hs = []
    for t, x in enumerate(xs):
        ...
    return np.array(hs)
""",
    hints=(
        "Leave `held` aside at first: write the plain LSTM, with `np.split(x @ W_x + h @ W_h + b, 4)` for the four sums.",
        "Between the line that computes the new $c$ and the line that computes $h$ goes a loop over `held`.",
        "`for unit, value, since in held: if t >= since: c[unit] = value`, and only then `h = sigmoid(o) * np.tanh(c)`.",
    ),
    solution=f"""
def my_read(xs, W_x, W_h, b, held):
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    h = c = np.zeros(len(W_h))
    hs = []
    for t, x in enumerate(xs):
        i, f, g, o = np.split(x @ W_x + h @ W_h + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
{_HAND}{_SHOW}        hs.append(h)
    return np.array(hs)
""",
    cases=_reading_cases,
    examine=equals(_reading_truth),
    wrong=(
        Wrong("Right without a hand, but `held` does nothing here.", "False", "t >= since"),
        Wrong("The hand comes one step late: step `since` itself is included.", "t > since", "t >= since"),
        Wrong("The unit is held at step `since` only, and not from there on.", "t == since", "t >= since"),
        Wrong("This holds the unit *until* `since`. It is to be held from there on.", "t <= since", "t >= since"),
        Wrong(
            "The output of the unit is set, and its memory is left alone. It is c that is to be held.",
            _SHOW + _HAND.replace("c[unit]", "h[unit]"),
            _HAND + _SHOW,
        ),
        Wrong(
            "The memory is set after h was computed, so the hand shows a step too late, and through the forget gate. Set it before.",
            _SHOW + _HAND,
            _HAND + _SHOW,
        ),
        Wrong("The first two blocks are mixed up: the order is i, f, g, o.", "f, i, g, o", "i, f, g, o"),
        Wrong("The last two blocks are mixed up: the order is i, f, g, o.", "i, f, o, g", "i, f, g, o"),
        Wrong("The $\\tanh$ between memory and output is missing.", "sigmoid(o) * c", "sigmoid(o) * np.tanh(c)"),
        Wrong("The biases are missing.", "x @ W_x + h @ W_h,", "x @ W_x + h @ W_h + b,"),
    ),
    afterword="""
This is a dozen lines, and with them and the weights of a trained network you can ask what no training curve tells: what is this number *for*? The package has the same as `units.rewrite` and `units.hold`, for any cell and for whole batches.
""",
)

EXERCISES = (LEAK, HOLD, MOVED, READING)
