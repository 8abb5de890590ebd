"""The exercises of the lab in which the tables of the papers are run again."""

import numpy as np

from lstm_course.exercises.differences import described
from lstm_course.exercises.kinds import Predict, Write, Wrong, equals
from lstm_course.tasks import adding, reber


def _tolerance():
    """By integrals over the sum of two values uniform in -1 ... 1, whose density is (2 - |s|) / 4."""
    s = (np.arange(400_000) + 0.5) / 100_000 - 2
    weights = (2 - np.abs(s)) / 4 / 100_000
    outputs = 0.5 + s / 4
    best = (weights * outputs).sum()
    near = np.abs(outputs - best) < adding.TOLERANCE
    return {
        "constant": float(best),
        "mse": float((weights * (outputs - best) ** 2).sum()),
        "on_the_sum": 4 * adding.TOLERANCE,
        "right": float(weights[near].sum()),
    }


TOLERANCE = Predict(
    key="tables.tolerance",
    title="What does 0.04 mean?",
    stars=1,
    statement=f"""
In the adding problem of 1997 the values are uniform in $[-1, 1]$, and the target is $0.5 + (X_1 + X_2)/4$. An answer counts as correct when its absolute error
is below {adding.TOLERANCE}. Somebody always gives the same answer, the one with the smallest mean squared error. Leave the special rule for a marked
first pair aside, and give three decimals:

- the answer (`constant`) and its mean squared error (`mse`),
- the tolerance, as an error of the plain sum $X_1 + X_2$ (`on_the_sum`),
- the share of sequences in which this answer is correct (`right`).
""",
    start="my_numbers = dict(constant=..., mse=..., on_the_sum=..., right=...)",
    hints=(
        "The best constant is the mean of the targets, and its mean squared error is their variance.",
        "A value uniform in $[-1, 1]$ has variance 1/3. Variances of independent values add up, and dividing a number by 4 divides its variance by 16.",
        "An error of the output is a quarter of an error of the sum. The density of $X_1 + X_2$ is a triangle, $(2 - |s|)/4$ for $s$ from $-2$ to 2: "
        "which area lies between $-0.16$ and $0.16$? Or draw a million sums and count.",
    ),
    truth=_tolerance,
    solution="""
- `constant`: $0.5$, since the values have mean 0. `mse`: $(1/3 + 1/3)/16 = 1/24 = 0.042$.
- `on_the_sum`: $4 \\cdot 0.04 = 0.16$.
- `right`: $1 - (1 - 0.08)^2 = 0.154$, the triangle without its two flanks.
""",
    tolerance=0.001,
    wrong=(
        Wrong("this is the mean of the sum; the target is half plus a quarter of it.", {"constant": 0.0}),
        Wrong("this is the variance of the plain sum. The target holds a quarter of it.", {"mse": 2 / 3}),
        Wrong("dividing by 4 divides a variance by 16.", {"mse": 1 / 6}),
        Wrong(
            "two values are added, and so are their variances. This is what is left when one of the two is known.",
            {"mse": 1 / 48},
        ),
        Wrong("this is its root.", {"mse": float(np.sqrt(1 / 24))}),
        Wrong("a value uniform from -1 to 1 has variance 1/3, one from 0 to 1 has 1/12.", {"mse": 1 / 96}),
        Wrong(
            "right with the special rule, by which a marked first pair counts 0. Leave it aside here.",
            {"mse": float(adding.baseline(100))},
        ),
        Wrong(
            "the sum is divided by 4, so an error of the sum is four times that of the output.",
            {"on_the_sum": adding.TOLERANCE},
        ),
        Wrong("the other way round: the output has a quarter of the error of the sum.", {"on_the_sum": adding.TOLERANCE / 4}),
        Wrong("0.04 bounds an absolute error, not a squared one: no root is to be taken.", {"on_the_sum": 0.2}),
        Wrong("this would be right if all sums were equally likely. Small ones are more frequent.", {"right": 0.08}),
        Wrong("this takes 0.04 as the tolerance of the plain sum.", {"right": float(1 - 0.98**2)}),
        Wrong("this takes 0.04 as a bound on the squared error.", {"right": 1 - 0.6**2}),
        Wrong("only half of it: the sum may be too small or too large.", {"right": (1 - 0.92**2) / 2}),
    ),
    afterword="""
So somebody who remembers nothing has a mean squared error of 0.042 and is correct in 15 % of the sequences. A report of a "mean squared error of 0.04" for this target is
a report that nothing has been learnt, although the number looks like the tolerance of the paper.
""",
)


def _clip():
    import torch

    def clipped(clip, gradient):
        p = torch.zeros(len(gradient), dtype=torch.float64, requires_grad=True)
        p.grad = torch.tensor(gradient, dtype=torch.float64)
        clip([p], 1.0)
        return p.grad.numpy()

    angle = lambda g: float(np.degrees(np.arctan2(g[1], g[0])))
    norm, value = torch.nn.utils.clip_grad_norm_, torch.nn.utils.clip_grad_value_
    return {
        "before": angle(np.array([3.0, 0.1])),
        "by_norm": angle(clipped(norm, [3.0, 0.1])),
        "by_value": angle(clipped(value, [3.0, 0.1])),
        "longest": float(np.linalg.norm(clipped(value, [5.0] * 10_000))),
    }


_ANGLE = float(np.degrees(np.arctan2(0.1, 3)))

CLIP = Predict(
    key="tables.clip",
    title="Two ways to clip",
    stars=1,
    statement="""
The gradient $(3, 0.1)$ is clipped at 1, in two ways: *by norm*, the vector is shortened to length 1; *by value*, every number is cut to $[-1, 1]$. Which
angle with the first axis does it have `before`, after clipping `by_norm`, and after clipping `by_value`, in degrees with one decimal? And how long can a
gradient of 10 000 numbers be at most after it has been clipped by value at 1 (`longest`)?
""",
    start="my_clipping = dict(before=..., by_norm=..., by_value=..., longest=...)",
    hints=(
        "Draw the vector. Which of the two numbers does each way of clipping change?",
        "The angle is `np.degrees(np.arctan2(0.1, 3))`. By norm both numbers are divided by the same length; by value only the 3 is cut.",
        "By value $(3, 0.1)$ becomes $(1, 0.1)$. The longest vector has all its 10 000 numbers at the bound, and its length is a root.",
    ),
    truth=_clip,
    solution="""
- `before` and `by_norm`: $\\arctan(0.1/3) = 1.9$ degrees. Shortening turns nothing.
- `by_value`: $(1, 0.1)$ stands at $\\arctan(0.1/1) = 5.7$ degrees.
- `longest`: $\\sqrt{10\\,000 \\cdot 1^2} = 100$.
""",
    tolerance=0.06,
    wrong=(
        Wrong("this is in radians.", {"before": float(np.radians(_ANGLE))}),
        Wrong("this is the angle with the second axis.", {"before": 90 - _ANGLE}),
        Wrong("this is after clipping by value. By norm, both numbers are divided by the same length.", {"by_norm": 5.71}),
        Wrong("clipping by norm does not set anything to zero.", {"by_norm": 0.0}),
        Wrong("by value, the 3 is cut to 1 and the 0.1 stays: that turns the vector.", {"by_value": _ANGLE}),
        Wrong("only numbers beyond 1 are cut. 0.1 stays as it is.", {"by_value": 45.0}),
        Wrong("this is the bound of each number. The vector has 10 000 of them.", {"longest": 1}),
        Wrong("a length is the root of the sum of squares.", {"longest": 10_000}),
        Wrong("for two numbers, yes. Here there are 10 000.", {"longest": float(np.sqrt(2))}),
    ),
    afterword="""
Pascanu and others clip by norm. The threshold 1 means something else in the two ways, and the larger the network, the more so. When a paper says only "gradients were clipped", its table cannot be run again exactly.
""",
)


def _stop_cases(rng):
    """Stories of errors, part by part: (sequences, from, to). The two conditions are met late in turn, or never."""

    def story(B, below, in_a_row, *parts):
        errors = np.concatenate([rng.uniform(low, high, count) for count, low, high in parts]).reshape(-1, B)
        return errors, errors < adding.TOLERANCE, below, in_a_row

    return [
        story(4, 0.01, 10, (20, 0.1, 0.5), (40, 0.02, 0.039), (40, 0, 0.002)),
        story(4, 0.01, 10, (8, 0.3, 0.5), (8, 0, 0.002), (1, 0.041, 0.045), (23, 0, 0.002)),
        story(4, 0.01, 10, (40, 0.02, 0.039)),
        story(1, 0.01, 5, (3, 0, 0.002), (2, 0, 0.002), (3, 0.3, 0.5)),
        story(1, 0.01, 5, (3, 0.3, 0.5), (4, 0, 0.002)),
        story(4, 1 / 64, 8, (24, 1 / 64, 1 / 64), (8, 0, 0)),
        story(4, 0.01, 50, (40, 0, 0.002)),
        story(4, 0.05, 10, (16, 0.041, 0.045), (8, 0, 0.002), (1, 0.041, 0.045), (23, 0, 0.002)),
        story(4, 0.01, 10, (20, 0.02, 0.039), (20, 0, 0.002)),
        story(2, 0.01, 9, (10, 0.1, 0.5), (11, 0, 0.002), (5, 0.1, 0.5)),
    ]


def _stop_truth(errors, right, below, in_a_row):
    """By running counts: how many in a row up to each sequence, and differences of cumulative sums."""
    streak, streaks = 0, []
    for ok in right.flat:
        streak = streak + 1 if ok else 0
        streaks.append(streak)
    sums = np.concatenate([[0], errors.cumsum()])
    for seen in range(errors.shape[1], errors.size + 1, errors.shape[1]):
        if streaks[seen - 1] >= in_a_row and sums[seen] - sums[seen - in_a_row] < below * in_a_row * (1 - 1e-12):
            return seen
    return -1


def _stop(got, errors, right, below, in_a_row):
    if got is None:
        return "The answer is None. Is a `return` missing? Remember the -1 for training that never stops."
    if not isinstance(got, int | np.integer) or isinstance(got, bool | np.bool_):
        return f"The answer is {described(got)}; a whole number is expected, the number of sequences."
    want = _stop_truth(errors, right, below, in_a_row)
    if got == want:
        return None
    U, B = errors.shape
    return (
        f"With {U} updates of {B} sequences, below={below:.4g} and in_a_row={in_a_row}, the answer is {got}, expected {want}."
    )


STOP = Write(
    key="tables.stop",
    title="When does training stop?",
    stars=2,
    statement="""
One of the stopping rules of 1997: training stops when the average training error is below a bound *and* the 2000 most recent training sequences were all
processed correctly. Write it for training in mini-batches. `errors` and `right` have the shape $(U, B)$: the error of each of the $B$ sequences of
each of the $U$ updates, and whether it was processed correctly. The order of the sequences is that of reading row by row.

After every update, look at the `in_a_row` most recent *sequences*, once there are so many. If all of them are right and the mean of their
errors is below `below`, return the number of sequences seen so far. If this never happens, return $-1$. (Over which sequences the average runs has to be
settled: we take the same ones.)
""",
    start="""
def my_stop(errors, right, below, in_a_row):
    ...
    return -1
""",
    hints=(
        "After $u$ updates $u B$ sequences have been seen. Which of them are the most recent ones?",
        "`errors.ravel()` puts all sequences in one row. The most recent ones are those from `seen - in_a_row` to `seen`, and there must be as many.",
        "Loop over the updates and count `seen` up by the size of the batch. Three conditions are joined by `and`: enough sequences seen, `.all()` of "
        "the recent ones right, and the `.mean()` of their errors `< below`.",
    ),
    solution="""
def my_stop(errors, right, below, in_a_row):
    seen = 0
    for update in errors:
        seen += len(update)
        recent = slice(seen - in_a_row, seen)
        if seen >= in_a_row and right.ravel()[recent].all() and errors.ravel()[recent].mean() < below:
            return seen
    return -1
""",
    cases=_stop_cases,
    examine=_stop,
    wrong=(
        Wrong("This is the number of updates. The paper counts sequences.", "return seen // len(update)", "return seen"),
        Wrong(
            "The window is as many updates long as it should be sequences.",
            "in_a_row * len(update), seen)\n        if seen >= in_a_row * len(update)",
            "in_a_row, seen)\n        if seen >= in_a_row",
        ),
        Wrong(
            "The mean is taken over everything since the beginning. Early errors then count for ever; take the most recent sequences.",
            "errors.ravel()[:seen]",
            "errors.ravel()[recent]",
        ),
        Wrong("The mean is taken over the last update only.", "update.mean()", "errors.ravel()[recent].mean()"),
        Wrong(
            "Only whether the sequences are right is asked. The mean of the errors must be below the bound as well.",
            "",
            " and errors.ravel()[recent].mean() < below",
        ),
        Wrong(
            "Only the mean of the errors is asked. All the recent sequences must be right as well.",
            "",
            "right.ravel()[recent].all() and ",
        ),
        Wrong("One of the two conditions is enough here; both must hold.", "all() or errors", "all() and errors"),
        Wrong(
            "This stops before as many sequences have been seen.",
            "slice(max(0, seen - in_a_row), seen)\n        if right",
            "slice(seen - in_a_row, seen)\n        if seen >= in_a_row and right",
        ),
        Wrong(
            "The right ones are counted, in a row or not. A wrong one in between starts the count anew.",
            "right.ravel()[:seen].sum() >= in_a_row",
            "right.ravel()[recent].all()",
        ),
        Wrong(
            "All sequences since the beginning must be right here; only the most recent ones must.",
            "right.ravel()[:seen]",
            "right.ravel()[recent]",
        ),
        Wrong("Every single error must be below the bound here; only their mean must.", "max()", "mean()"),
        Wrong("A mean that equals the bound is not below it.", "<= below", "< below"),
        Wrong(
            "The first sequences are looked at, not the most recent ones.", "slice(0, in_a_row)", "slice(seen - in_a_row, seen)"
        ),
    ),
    afterword="""
The count depends on the size of the batch, on the optimiser and its rate, and with this rule on luck as well: one wrong sequence costs another `in_a_row`. Numbers of sequences
from two trainings that differ in any of these do not compare two cells.
""",
)

_INNER = [[1], [2, 3], [2, 4], [3, 5], [3, 6], [4, 6], [7], []]
_EMBEDDED = [[1], [2, 2], *([state + 2 for state in states] for states in _INNER[:-1]), [10], [11], []]


def _length_cases(rng):
    """The grammar, and two graphs at random, forwards with some steps back; the end is not always the last state."""
    cases = [(_EMBEDDED,)]
    for S in (4, 7):
        after = [[s + 1, *rng.integers(0, S, rng.integers(1, 4)).tolist()] for s in range(S - 1)] + [[]]
        name = rng.permutation(S).tolist()
        renamed = [[]] * S
        for s, states in enumerate(after):
            renamed[name[s]] = [name[state] for state in states]
        cases.append((renamed,))
    return cases


def _length_truth(after):
    """By waiting: how many symbols have come after n steps, until nothing more is added."""
    lengths, old = np.zeros(len(after)), None
    while old is None or np.abs(lengths - old).max() > 1e-13 * lengths.max():
        old = lengths
        lengths = np.array([1 + old[states].mean() if states else 0.0 for states in after])
    return lengths


LENGTH = Write(
    key="tables.reber",
    title="How long is a Reber string?",
    stars=3,
    statement=f"""
How long is an average string of the embedded Reber grammar? No simulation is needed. Number the states of a graph 0, 1, 2 and so on. `after[s]` is the list of the states
that may follow state $s$, each entry with the same probability; a state may be listed twice. Every move writes one symbol, and a state whose list is empty is the end. Return the
array, of shape $(S,)$, of the expected number of symbols that are still to be written from each state; from every state the end can be reached.

For the grammar, with one inner graph for both letters, `after` is

```python
{_EMBEDDED}
```

and the first number of your answer is the length of an average string.
""",
    start="""
def my_lengths(after):
    ...
""",
    hints=(
        "Let $m_s$ be the number for state $s$. A move writes one symbol and leads to a state for which the same question is asked. Write that as an equation.",
        "$m_s = 1 + \\sum_k P_{sk}\\, m_k$, and $m_s = 0$ at the end. These are $S$ linear equations in $S$ unknowns; $P$ is the matrix of the "
        "probabilities to go from $s$ to $k$.",
        "Fill `P` by adding `1 / len(states)` for every entry of a list. In matrices the equations read $(I - P)\\,m = w$, where $w_s$ is 1, and 0 at the end: "
        "`np.linalg.solve` does the rest. The sum of a row of `P` is just this $w_s$.",
    ),
    solution="""
def my_lengths(after):
    P = np.zeros((len(after), len(after)))
    for s, states in enumerate(after):
        for k in states:
            P[s, k] += 1 / len(states)
    return np.linalg.solve(np.eye(len(after)) - P, P.sum(1))
""",
    cases=_length_cases,
    examine=equals(_length_truth),
    wrong=(
        Wrong(
            "All numbers are one too large: at the end nothing more is written, so its right-hand side is 0.",
            "np.ones(len(after))",
            "P.sum(1)",
        ),
        Wrong(
            "A state that is listed twice is twice as likely: add its probability, do not overwrite it.",
            "P[s, k] = 1",
            "P[s, k] += 1",
        ),
        Wrong(
            "The probabilities must add up to 1: divide by how many states may follow.",
            "P[s, k] += 1",
            "P[s, k] += 1 / len(states)",
        ),
        Wrong("P is transposed: row s tells where one goes from s.", "P[k, s]", "P[s, k]"),
        Wrong("The sign is wrong: m = w + P m, so (I - P) m = w.", "np.eye(len(after)) + P", "np.eye(len(after)) - P"),
        Wrong("The sign is wrong: m = w + P m, so (I - P) m = w.", "P - np.eye(len(after))", "np.eye(len(after)) - P"),
        Wrong(
            "Only the first number came back; those of all states are wanted.",
            "P.sum(1))[0]",
            "P.sum(1))",
        ),
        Wrong(
            "These are the numbers of the shortest way to the end, not of an average one.",
            "def my_lengths(after):\n"
            "    m = np.array([0.0 if not states else np.inf for states in after])\n"
            "    for _ in after:\n"
            "        m = np.array([1 + min(m[k] for k in states) if states else 0.0 for states in after])\n"
            "    return m",
        ),
        Wrong(
            "Nearly: long strings are rare, but they count. Cutting them off after so many moves leaves the sum too small; a linear system has no end to cut.",
            "sum(np.linalg.matrix_power(P, n) @ P.sum(1) for n in range(20))",
            "np.linalg.solve(np.eye(len(after)) - P, P.sum(1))",
        ),
        Wrong(
            "Only one move is looked ahead: this is w + P w. What follows after that must be counted as well.",
            "P.sum(1) + P @ P.sum(1)",
            "np.linalg.solve(np.eye(len(after)) - P, P.sum(1))",
        ),
        Wrong(
            "This is I - P inverted and not multiplied: expected visits of each state, from each state. Sum the visits of all states but the end.",
            "np.linalg.inv(np.eye(len(after)) - P)",
            "np.linalg.solve(np.eye(len(after)) - P, P.sum(1))",
        ),
    ),
    afterword=f"""
For the grammar the first number is {_length_truth(_EMBEDDED)[0]:.0f}, exactly. It tells what a score is worth: of the {reber.LENGTH - 1} symbols that are to be predicted in
an average string, one alone needs the outer letter, so that a network which forgets it is still correct in {100 * reber.baseline():.1f} % of the steps.
""",
)

EXERCISES = (TOLERANCE, CLIP, STOP, LENGTH)
