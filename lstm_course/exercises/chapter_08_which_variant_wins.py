"""The exercises of the chapter on which variant wins."""

import numpy as np
from scipy import stats

from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals
from lstm_course.studies import comparisons

_SHARES = {"rate": 0.7, "width": 0.15, "momentum": 0.01, "noise": 0.05}


def _errors(**stretched):
    """Errors on a grid with the shares of the exercise, of which the rest belongs to rate and width together.

    Each hyperparameter runs from -1 to 1 on its scale, or over `stretched` times that. The best rate lies in the middle, and
    momentum does harm outside its range.
    """
    grid = np.linspace(-1, 1, 21)
    shapes = {"rate": lambda u: u**2, "width": lambda u: -u, "momentum": lambda u: u**8, "noise": lambda u: u}
    axes = dict(zip(_SHARES, np.meshgrid(*(stretched.get(name, 1) * grid for name in _SHARES), indexing="ij"), strict=True))
    parts = {name: (f(axes[name]) - f(grid).mean()) / f(grid).std() for name, f in shapes.items()}
    together = axes["rate"] * axes["width"] / grid.var()
    return sum(share**0.5 * parts[name] for name, share in _SHARES.items()) + 0.09**0.5 * together


def _alone(errors):
    """The mean error at each value of each hyperparameter."""
    return {name: np.moveaxis(errors, k, 0).reshape(len(errors), -1).mean(1) for k, name in enumerate(_SHARES)}


def _bars(errors):
    return {name: means.var() / errors.var() for name, means in _alone(errors).items()}


BAR = Choice(
    key="winner.bar",
    title="What a bar says",
    stars=1,
    statement="""
Four hyperparameters were drawn at random for a thousand trials, each from a range of its own. An fANOVA splits the variance of the test error among them: learning rate 0.70, width 0.15, noise 0.05, momentum 0.01; the remaining 0.09
belong to several together. What does the bar of the learning rate say?
""",
    options=(
        Option(
            "The higher the learning rate, the better.",
            "A bar has no direction. The best rate may lie at the top, at the bottom or, as in most searches, somewhere between: the curve of the mean error over the rate shows where.",
            lambda: bool(np.all(np.diff(_alone(_errors())["rate"]) < 0)),
        ),
        Option(
            "With the right learning rate the error is 70 % lower than on average.",
            "It is a share of the variance and not of the error. Add 10 to all errors, and every bar stays as it is, while the gain becomes a trifle.",
            lambda: all(np.isclose(_alone(e := _errors() + add)["rate"].min(), 0.3 * e.mean()) for add in (3, 13)),
        ),
        Option(
            "Over the range that was searched, and on average over the others, the rate alone accounts for 70 % of the variance of the error.",
            "That is what it measures, range and all: drawn from a narrower range around the best rate, the same networks would show a shorter bar.",
            lambda: np.isclose(_bars(_errors())["rate"], 0.7) and _bars(_errors(rate=0.5))["rate"] < 0.5,
        ),
        Option(
            "The rate is the first thing to tune in any search, whatever its ranges.",
            "Whoever knows the rate to a factor of two and draws it from there finds a short bar, and the width ahead of it.",
            lambda: max(bars := _bars(_errors(rate=0.25)), key=bars.get) == "rate",
        ),
        Option(
            "The rate and the width matter; the momentum, with 0.01, may be anything.",
            "It may be anything *within its range*, on average. Nobody tried what lies outside: a momentum of 0.9999 may ruin everything.",
            lambda: _bars(_errors(momentum=2))["momentum"] < 0.02,
        ),
    ),
    hints=(
        "Of what quantity is 0.70 a share, and who decided how much the rate would vary?",
        "Think of the curve of the mean error over the learning rate. The bar is the variance of that curve over the range, as a share of the whole. What can you tell from one number about a curve?",
        "Imagine the range shrunk to a single rate. What becomes of the bar?",
    ),
    afterword="""
So a bar compares ranges as much as hyperparameters. Greff and others drew the learning rate over four powers of ten and the width over one; that the rate came first is a statement about both. And where the bars of a figure add up to 1, ask what was left out: Optuna, the library used here, drops by default what belongs to several together, and stretches the rest until it adds up to 1.
""",
)


def _expected_best(n):
    """The mean of the best of n standard normal numbers, from the density of the best."""
    return float(stats.norm.expect(lambda x: x * n * stats.norm.cdf(x) ** (n - 1)))


CURSE = Predict(
    key="winner.curse",
    title="The curse of the winner",
    stars=2,
    statement="""
A hundred networks are equally good: the true score of each is $\\mu$. Each is measured once, with normal noise of standard deviation $s$, and the one with the highest measured score is declared the winner. How far above $\\mu$ is the winner's measured score on average, in units of $s$
(`hundred`)? The winner is then measured once more: how far above $\\mu$ is that, on average (`again`)? And how far is the best of only ten networks, measured once (`ten`)?

A tolerance of 0.05 is allowed; you may simulate.
""",
    start="my_curse = dict(hundred=..., again=..., ten=...)",
    hints=(
        "The mean of a hundred measurements is about $\\mu$. What is asked for is the mean of their *maximum*, if all hundred are measured again and again.",
        "The second measurement is a fresh one. Is there anything it could know of the first?",
        "`np.random.default_rng(0).standard_normal((20000, 100)).max(1)` are the winners of 20,000 contests, with $\\mu = 0$ and $s = 1$.",
    ),
    truth=lambda: {"hundred": _expected_best(100), "again": 0.0, "ten": _expected_best(10)},
    tolerance=0.05,
    solution="""
- `hundred`: the mean of `rng.standard_normal((20000, 100)).max(1)`, about 2.51.
- `again`: the winner is as good as all the others, so 0.
- `ten`: the same with 10 in place of 100, about 1.54.
""",
    wrong=(
        Wrong("that is the mean of all hundred. The winner was chosen because its noise was high.", {"hundred": 0.0}),
        Wrong(
            "that is the noise of a typical network. The winner is the luckiest of a hundred, and no typical one.",
            {"hundred": 1.0},
        ),
        Wrong(
            "a single measurement exceeds that once in a hundred times. The highest of a hundred lies further out on average.",
            {"hundred": float(stats.norm.ppf(0.99))},
        ),
        Wrong("a hundred measurements reach that far only now and then.", {"hundred": 3.0}),
        Wrong("$\\sqrt{100}$ belongs to the mean of a hundred, and divides. Here it is the highest.", {"hundred": 10.0}),
        Wrong("a new measurement has new noise: the luck of the first does not come back.", {"again": _expected_best(100)}),
        Wrong(
            "that would be the mean of both measurements. The second alone is asked for, and it knows nothing of the first.",
            {"again": _expected_best(100) / 2},
        ),
        Wrong(
            "fewer networks are less lucky, but not ten times less: the maximum grows slowly.",
            {"ten": _expected_best(100) / 10},
        ),
        Wrong("that is how a mean would scale. A maximum grows more slowly.", {"ten": _expected_best(100) / 10**0.5}),
        Wrong(
            "a single measurement exceeds that once in ten times. The highest of ten lies further out on average.",
            {"ten": float(stats.norm.ppf(0.9))},
        ),
        Wrong("the best of ten is luckier than a typical one.", {"ten": 1.0}),
    ),
    afterword="""
Whoever tries more, wins by more, and has nothing in hand. This is why all nine models get equally many trials, why one set of sequences chooses the trial and another reports it, and why what a search through a thousand architectures has found is trained anew on other seeds before it is believed.
""",
)


def _tenth_cases(rng):
    cases = []
    for n, diverged in ((10, 0), (20, 3), (50, 4), (200, 20)):
        good = rng.standard_normal(n)
        validation, test = good + rng.standard_normal((2, n))
        where = rng.permutation(n)[:diverged]
        validation[where] = test[where] = np.nan
        cases.append((validation, test))
    return cases


_TENTH = """
def my_report(validation, test):
    n = len(validation) // 10
    best = np.argsort(validation)[:n]
    return test[best]
"""

TENTH = Mend(
    key="winner.tenth",
    title="Who chooses, and who reports?",
    stars=2,
    statement="""
Of a model's trials the best tenth is to be reported. `validation` and `test`, both $(n,)$ with $n$ a multiple of ten, hold the errors of the same trials; where a trial diverged, both are nan, which `np.argsort` puts last. This program makes every model look better than it is. Mend it, so that it returns the *test* errors of the tenth of the
trials that an honest choice takes, $(n/10,)$, in the order of their validation errors.
""",
    start=_TENTH.replace("np.argsort(validation)", "np.argsort(test)"),
    hints=(
        "Two things happen to the test errors here: they choose, and they are reported. What does the winner's curse say of that?",
        "The test errors may be looked at once, at the very end. Who else can choose?",
        "One word in the line with `argsort` is wrong.",
    ),
    solution=_TENTH,
    cases=_tenth_cases,
    examine=equals(comparisons.best_tenth),
    wrong=(
        Wrong(
            "The test errors still choose the trials that they report: part of what you see is luck. Let the validation errors choose.",
            "np.argsort(test)",
            "np.argsort(validation)",
        ),
        Wrong(
            "The right trials, but these are their validation errors, which have chosen them and flatter. Report the test errors.",
            "return validation[best]",
            "return test[best]",
        ),
        Wrong(
            "The test errors have half a vote in the choice. They must have none.",
            "np.argsort(validation + test)",
            "np.argsort(validation)",
        ),
        Wrong(
            "These are trials with the highest validation errors. It is errors that are sorted, so the best come first.",
            "np.argsort(-validation)",
            "np.argsort(validation)",
        ),
        Wrong(
            "These come from the end, where argsort puts the highest errors and what diverged.",
            "np.argsort(validation)[-n:]",
            "np.argsort(validation)[:n]",
        ),
        Wrong(
            "The right trials, but in the order of their test errors. They are to stand in the order of their validation errors.",
            "return np.sort(test[best])",
            "return test[best]",
        ),
        Wrong("This is the best trial alone. The best tenth is asked for.", "[:1]", "[:n]"),
    ),
    afterword="""
The two ways differ the more, the more the errors are noise. `comparisons.best_tenth` also copes with numbers of trials that are no multiple of ten. It is worth asking of every published table: which data chose the row?
""",
)


def _pair_cases(rng):
    cases = []
    for n, gain in ((2, 1.0), (5, -2.0), (12, 0.3), (40, 0.1)):
        setting = 3 * rng.standard_normal(n)
        cases.append(tuple(setting + 0.5 * rng.standard_normal((2, n)) + [[gain], [0]]))
    return cases


def _pair_truth(ours, theirs):
    """From the interval, backwards."""
    found = comparisons.paired(ours, theirs, 0.95)
    return np.array([found.difference, (found.high - found.low) / 2 / stats.t.ppf(0.975, len(ours) - 1)])


_PAIRS = """
def my_pairs(ours, theirs):
    d = ours - theirs
    return np.array([d.mean(), d.std(ddof=1) / np.sqrt(len(d))])
"""

PAIRS = Write(
    key="winner.pairs",
    title="Pair by pair",
    stars=2,
    statement="""
Two models were trained with the same settings: `ours[k]` and `theirs[k]`, both arrays of shape $(n,)$, are the errors with setting $k$. A bad setting is bad for both, and drowns whatever the models differ in. Compare them setting by setting: return an array of two numbers, the mean of ours minus theirs, and the standard error of this mean, computed from the
differences of the pairs. The settings are a sample, so their variance is estimated with $n - 1$.
""",
    start="""
def my_pairs(ours, theirs):
    ...
    return np.array([mean, error])
""",
    hints=(
        "What is left of a setting's effect in `ours[k] - theirs[k]`?",
        "Go on with the $n$ differences alone. The standard error of the mean of $n$ numbers is their standard deviation over $\\sqrt n$.",
        "NumPy's `std` divides by $n$, unless it is told `ddof=1`.",
    ),
    solution=_PAIRS,
    cases=_pair_cases,
    examine=equals(_pair_truth),
    wrong=(
        Wrong(
            "This standard error forgets the pairs: it holds for two models with settings of their own, and has the spread of the settings in it, twice.",
            "np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / len(d))",
            "d.std(ddof=1) / np.sqrt(len(d))",
        ),
        Wrong("The variance is divided by n, and not by n - 1: the option is called ddof.", "d.std()", "d.std(ddof=1)"),
        Wrong(
            "This is the standard deviation of the differences. Their mean is steadier, by the square root of n.",
            "d.std(ddof=1)",
            "d.std(ddof=1) / np.sqrt(len(d))",
        ),
        Wrong(
            "The standard deviation falls with the square root of n, and not with n.",
            "d.std(ddof=1) / len(d)",
            "d.std(ddof=1) / np.sqrt(len(d))",
        ),
        Wrong(
            "This is the variance of the mean; the standard error is its square root.",
            "d.var(ddof=1) / len(d)",
            "d.std(ddof=1) / np.sqrt(len(d))",
        ),
        Wrong("The sign is turned round: ours minus theirs is asked for.", "d = theirs - ours", "d = ours - theirs"),
        Wrong(
            "The distances of the pairs are averaged, without their signs: two models that take turns in winning would seem to differ.",
            "d = np.abs(ours - theirs)",
            "d = ours - theirs",
        ),
    ),
    afterword="""
The first number is the same with and without pairs; the second is not. Pairs cost nothing but the decision, before the search, to give all models the same settings. They help as far as a setting means the same for both models: where one likes high rates and the other low ones, little cancels.
""",
)


def _holm_cases(rng):
    fixed = ([0.2], [0.012, 0.01, 0.04], [0.03, 0.001, 0.9, 0.7, 0.02], [0.02, 0.5, 0.02, 0.004])
    return [(np.array(p),) for p in fixed] + [(rng.uniform(0, 0.1, 8),), (rng.uniform(0, 1, 8) ** 3,)]


_HOLM = """
def my_holm(p):
    m = len(p)
    order = np.argsort(p)
    steps = p[order] * np.arange(m, 0, -1)
    steps = np.minimum(1, np.maximum.accumulate(steps))
    adjusted = np.empty(m)
    adjusted[order] = steps
    return adjusted
"""

HOLM = Write(
    key="winner.holm",
    title="Eight questions at once",
    stars=3,
    statement="""
Eight variants are compared with one LSTM, which gives eight p values. If none of them differs, one of the eight falls below 0.05 by luck much more often than once in twenty. Bonferroni multiplies each p by 8; Holm multiplies only the smallest by 8, and loses nothing by it:

The $m$ values are sorted, $p_1 \\le p_2 \\le \\dots \\le p_m$. The smallest is multiplied by $m$, the next by $m - 1$, and so on, the largest by 1. No adjusted value may be smaller than one before it (it then takes that one's), and none larger than 1.

Write it: `p` is an array $(m,)$ in any order; return the adjusted values, $(m,)$, *in the order given*.
""",
    start="""
def my_holm(p):
    ...
    return adjusted
""",
    hints=(
        "Four steps: sort, multiply, let no value fall below one before it, put everything back. `order = np.argsort(p)` is where to begin.",
        "The factors are `np.arange(m, 0, -1)`. The running maximum of an array is `np.maximum.accumulate`.",
        "`p[order]` sorts; to put back, assign the other way round: `adjusted[order] = ...`.",
    ),
    solution=_HOLM,
    cases=_holm_cases,
    examine=equals(comparisons.holm),
    wrong=(
        Wrong(
            "This is Bonferroni: every p is multiplied by m. Holm does so with the smallest only.",
            "def my_holm(p):\n    return np.minimum(1, len(p) * p)\n",
        ),
        Wrong(
            "A larger p may come out smaller than one before it. Each takes at least what the one before it has: a running maximum.",
            "np.minimum(1, steps)",
            "np.minimum(1, np.maximum.accumulate(steps))",
        ),
        Wrong(
            "These factors rise. The smallest p is multiplied by m and the largest by 1.",
            "np.arange(1, m + 1)",
            "np.arange(m, 0, -1)",
        ),
        Wrong(
            "The factors are one too small: they begin with m - 1, and the largest p is multiplied by 0.",
            "np.arange(m - 1, -1, -1)",
            "np.arange(m, 0, -1)",
        ),
        Wrong(
            "The values are right, but stay sorted. Each belongs where its p stood.",
            "adjusted[:] = steps",
            "adjusted[order] = steps",
        ),
        Wrong(
            "The values are right, but `steps[order]` shuffles them once more. To put back, assign: adjusted[order] = steps.",
            "adjusted[:] = steps[order]",
            "adjusted[order] = steps",
        ),
        Wrong(
            "Some values exceed 1. A probability does not.",
            "steps = np.maximum.accumulate(steps)",
            "steps = np.minimum(1, np.maximum.accumulate(steps))",
        ),
        Wrong(
            "The p values are multiplied in the order they came in. The factor goes by rank: sort first.",
            "p * np.arange(m, 0, -1)",
            "p[order] * np.arange(m, 0, -1)",
        ),
        Wrong(
            "This steps up from the largest p, with a running minimum, as Hochberg does; that errs rarely enough only under further assumptions. Holm steps down from the smallest.",
            "np.minimum.accumulate(steps[::-1])[::-1]",
            "np.maximum.accumulate(steps)",
        ),
        Wrong(
            "This is the method of Benjamini and Hochberg, which bounds the share of errors among what is called different. Holm bounds the chance of any error.",
            "steps = p[order] * m / np.arange(1, m + 1)\n    steps = np.minimum(1, np.minimum.accumulate(steps[::-1])[::-1])",
            "steps = p[order] * np.arange(m, 0, -1)\n    steps = np.minimum(1, np.maximum.accumulate(steps))",
        ),
    ),
    afterword="""
Whoever calls different what is below 0.05 *after* this step is wrong anywhere with a chance of at most 5 %, however the eight questions hang together; and here they do, since all eight are compared with the same LSTM. What does not become significant has not been shown to be equal: that is what the intervals are for.
""",
)

EXERCISES = (BAR, CURSE, TENTH, PAIRS, HOLM)
