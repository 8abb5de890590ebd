"""The exercises of the page on what trained cells remember."""

from functools import lru_cache

import numpy as np

from lstm_course import studies, units, unroll
from lstm_course.cells import rnn
from lstm_course.exercises.differences import described
from lstm_course.exercises.kinds import Choice, Option, Predict, Write, Wrong, equals
from lstm_course.studies.agreement import Reading
from lstm_course.tasks import agreement


def _balance():
    """From the definition, one word at a time."""
    labels = [True] * 10 + [False] * 90
    told = [True] * 6 + [False] * 4 + [False] * 81 + [True] * 9
    right = {kind: [a == b for a, b in zip(told, labels, strict=True) if b == kind] for kind in (True, False)}
    share = {kind: sum(x) / len(x) for kind, x in right.items()}
    return {"plain": sum(map(sum, right.values())) / 100, "balanced": (share[True] + share[False]) / 2, "silent": 0.9}


BALANCE = Predict(
    key="cells.balance",
    title="How well is it told?",
    stars=1,
    statement="""
Of 100 words 10 stand in a plural sentence. A cell says *plural* at 6 of these, and also at 9 of the 90 others. What is its accuracy (`plain`), that is the share of all words at which it is right? What is its balanced accuracy
(`balanced`)? And what would be the plain accuracy of a cell that never says *plural* (`silent`)?
""",
    start="my_shares = dict(plain=..., balanced=..., silent=...)",
    hints=(
        "Count first: at how many of the 10 is it right, and at how many of the 90?",
        "The plain accuracy divides the sum of both by 100. The balanced one takes the two shares apart, and then their mean.",
        "`(6 + 81) / 100`, `(6 / 10 + 81 / 90) / 2`, and a cell that never says plural is right at the 90.",
    ),
    truth=_balance,
    solution="""
- `plain`: $(6 + 81)/100 = 0.87$.
- `balanced`: $(0.6 + 0.9)/2 = 0.75$.
- `silent`: right at 90 of 100, so 0.90.
""",
    wrong=(
        Wrong("this is the share among the plural words only. At how many of the others is it right?", {"plain": 0.6}),
        Wrong("this counts the 9 as right answers; there the cell is wrong.", {"plain": 0.15}),
        Wrong("this is the plain accuracy, which the 90 words rule. Take the two shares apart first.", {"balanced": 0.87}),
        Wrong("this is the share among the plural words. The others count as well.", {"balanced": 0.6}),
        Wrong("of the plural words it finds none. But how many of the 100 words are plural?", {"silent": 0.0}),
        Wrong("that would be its balanced accuracy. The plain one is asked for.", {"silent": 0.5}),
    ),
    afterword="""
By plain accuracy a cell that is deaf (0.90) beats one that has learned something (0.87). That is why this page balances.
""",
)


def _reads(word):
    """Mean forget gate of the first kept model's number cell at a kind of word."""
    rows = studies.load("agreement")
    among = (rows["kind"] == "LSTM") & (rows["seed"] == 0) & (rows["measure"] == f"number unit, f at {word}")
    return float(rows["value"][among][0])


GATE = Choice(
    key="cells.gate",
    title="When to forget",
    stars=1,
    statement="""
A cell holds the number of the last subject. The texts go on like this: "... near the singers sings . the children sleep . they ...". At which word should its forget gate close, if the network is to be ready for every sentence of the
language, and is to close it as early as it can be sure?
""",
    options=(
        Option(
            "at the verb *sings*",
            "The number may be needed again: the next sentence may begin with a pronoun.",
            lambda: False,
        ),
        Option(
            "at the full stop",
            "The next sentence may begin with a pronoun, which needs the number. At the full stop it is not yet certain that it will not.",
            lambda: False,
        ),
        Option(
            "at *the* after the full stop",
            "This is the first word from which the old number cannot be asked for.",
            lambda: _reads("opening") < min(map(_reads, ("subject", "attractor", "verb", "pronoun"))),
        ),
        Option(
            "at the noun *children*",
            "It could wait so long. But one word earlier it is already certain that a new subject comes.",
            lambda: False,
        ),
        Option(
            "at *the* before *singers*",
            "That *the* begins an attractor. Whoever forgets here gets the verb wrong.",
            lambda: False,
        ),
    ),
    hints=(
        "For how long may the old number still be asked for?",
        "After a full stop there are two ways to go on: with a pronoun, or with *the*.",
        "A sentence that begins with *the* has a new subject. From that word on the old number is of no use.",
    ),
    afterword="""
That is where nine of our ten networks shut it. The gate must know that this *the* opens a sentence, while one in the middle does not: it reads $h$ as well as the word. At such an inner *the* it stays open.
""",
)


def _half_truth(values, labels):
    unit = units.find(values, labels)
    return np.array([unit.index, unit.held_out])


def _planted(rng):
    """Readings of kept networks, with the number of the subject as the label; places before the first subject are cut off."""
    cases = []
    for seed in (0, 2, 3, 7, 9):
        text = agreement.draw(rng, 40, 24)
        reading = Reading(studies.model("agreement_lstm").pick(seed), text)
        cases.append((reading.values[3:], text.kind[3:] == 2))
    return cases


FIND = Write(
    key="cells.find",
    title="Find the cell",
    stars=2,
    statement="""
Here is what 32 cells of a trained network held at each word, `values` of shape $(T, B, H)$, and whether the last subject was plural, `labels` of shape $(T, B)$. Somewhere among the cells sits one for number. Find it: choose on the
texts 0, 2, 4, ... (`[:, ::2]`), score on the texts 1, 3, 5, ... (`[:, 1::2]`), and return an array of two numbers, the cell and its held-out balanced accuracy.

`units.thresholds(values, labels)` cuts each of $H$ cells where it tells the labels of $n$ places apart best; it wants shapes $(n, H)$ and $(n,)$ and gives `.at`, `.above` (true where the label is true above the cut) and `.accuracy`, each $(H,)$.
`units.balanced_accuracy(said, labels)` compares two arrays of true and false.
""",
    start="""
from lstm_course import units


def my_cell(values, labels):
    H = values.shape[-1]
    ...
    return np.array([best, score])
""",
    hints=(
        "Three steps: flatten the texts 0, 2, ... to $(n, H)$ and let `thresholds` cut; take the cell with the best accuracy; apply *its* cut to the texts 1, 3, ....",
        "`values[:, ::2].reshape(-1, H)` and `labels[:, ::2].reshape(-1)` are the one half.",
        "The cell says plural where `(held_values.T[best] > cut.at[best]) == cut.above[best]`.",
    ),
    solution="""
from lstm_course import units


def my_cell(values, labels):
    H = values.shape[-1]
    cut = units.thresholds(values[:, ::2].reshape(-1, H), labels[:, ::2].reshape(-1))
    best = np.argmax(cut.accuracy)
    held_values, held_labels = values[:, 1::2].reshape(-1, H), labels[:, 1::2].reshape(-1)
    said = (held_values.T[best] > cut.at[best]) == cut.above[best]
    return np.array([best, units.balanced_accuracy(said, held_labels)])
""",
    cases=_planted,
    examine=equals(_half_truth),
    wrong=(
        Wrong(
            "This is the score on the texts that chose the cell. The other half has to judge it.",
            "return np.array([best, cut.accuracy[best]])",
            "return np.array([best, units.balanced_accuracy(said, held_labels)])",
        ),
        Wrong(
            "The cell's direction is left out: some cells are high for the singular.",
            "said = held_values.T[best] > cut.at[best]",
            "said = (held_values.T[best] > cut.at[best]) == cut.above[best]",
        ),
        Wrong(
            "This is plain accuracy; the two kinds are to count alike.",
            "return np.array([best, (said == held_labels).mean()])",
            "return np.array([best, units.balanced_accuracy(said, held_labels)])",
        ),
        Wrong(
            "The cell is chosen and cut on the texts that are to score it.",
            "cut = units.thresholds(values[:, 1::2].reshape(-1, H), labels[:, 1::2].reshape(-1))",
            "cut = units.thresholds(values[:, ::2].reshape(-1, H), labels[:, ::2].reshape(-1))",
        ),
    ),
    afterword="""
`units.find` does this. Whoever looks into networks with thousands of cells needs it all the more.
""",
)


def _flattery_truth(values, labels):
    return np.array(units.thresholds(values, labels).accuracy.max())


FLATTERY = Write(
    key="cells.flattery",
    title="A number cell in noise",
    stars=2,
    statement="""
Choosing and scoring on the same data cheats. See how much: `values` of shape $(n, H)$ are pure noise, and a random third of the `labels`, of shape $(n,)$, is true. Return, as `np.array(best)`, the balanced accuracy of the best cut through the best cell, measured on the very data that chose it.

Try every cut `values > cut`, with each value of the cell for the cut, and in both directions. Do not use `units` here.
""",
    start="""
def my_best(values, labels):
    ...
    return np.array(best)
""",
    hints=(
        "For one cell and one cut, `said = values[:, h] > cut` has a balanced accuracy; turned round, the cell has 1 minus that.",
        "Every value of the cell is a cut worth trying. Two loops do, one over cells and one over their values.",
        "`score = (said[labels].mean() + (~said[~labels]).mean()) / 2`, and `best = max(best, score, 1 - score)`.",
    ),
    solution="""
def my_best(values, labels):
    best = 0.5
    for x in values.T:
        for cut in x:
            said = x > cut
            score = (said[labels].mean() + (~said[~labels]).mean()) / 2
            best = max(best, score, 1 - score)
    return np.array(best)
""",
    cases=lambda rng: [
        (np.arange(6.0)[:, None], np.arange(6) > 2),
        (-np.arange(6.0)[:, None], np.arange(6) > 1),
        *((rng.standard_normal((n, H)), rng.permutation(np.arange(n) < n // 3)) for n, H in ((12, 3), (20, 8), (30, 20))),
    ],
    examine=equals(_flattery_truth),
    wrong=(
        Wrong(
            "A cell that is high for the false labels tells them just as well: it may be turned round.",
            "best = max(best, score)",
            "best = max(best, score, 1 - score)",
        ),
        Wrong(
            "This is plain accuracy; the two kinds are to count alike.",
            "score = (said == labels).mean()",
            "score = (said[labels].mean() + (~said[~labels]).mean()) / 2",
        ),
        Wrong("This looks at the first cell only.", "for x in values.T[:1]:", "for x in values.T:"),
    ),
    afterword="""
With 20 cells and 30 places, noise is told with about three quarters. On fresh data the same cell is at 0.5. Real cells are not noise, but the flattery comes on top of what they know.
""",
)


@lru_cache
def _rnn():
    """The tenth kept RNN, in NumPy."""
    return studies.model("agreement_rnn").pick(9).weights()


@lru_cache(2000)
def _prefers_plural(text):
    """Whether it prefers a plural verb after a text."""
    p, ends = _rnn()
    hs, _ = unroll.run(rnn, p, ends.embedding[agreement.read(text).tokens])
    odds = np.exp(hs[-1, 0] @ ends.W_y + ends.b_y)
    singular, plural = (odds[[agreement.VOCABULARY.index(verb) for verb in form]].sum() for form in agreement.VERBS)
    return bool(plural > singular)


def _trapped(value, prefers_plural):
    """None if the text is a trap; else what is wrong with it."""
    if not isinstance(value, str):
        return f"This is {described(value)}. A text is expected, such as 'the king near the singers'."
    try:
        text = agreement.read(value)
        agreement.read(f"{value} {'sing' if text.kind[-1, 0] == 2 else 'sings'}")
    except ValueError as error:
        return f"{value!r} cannot be followed by the verb of its subject ({error})."
    if len(value.split()) > 8:
        return f"This has {len(value.split())} words; at most eight are allowed."
    if text.kind[-1, 0] == 2:
        return "The subject is plural. The model is to be led to a plural verb where a singular one is right."
    if not prefers_plural(value):
        return f"After {value!r} the model prefers a singular verb, as it should."
    return None


TRAP = Write(
    key="cells.trap",
    title="Lead it astray",
    stars=3,
    statement="""
The tenth of our plain RNNs can be caught with a single attractor. Catch it: return a text of at most eight words, in the language of this page, whose next word must be the *singular* verb of its subject, and after which the network prefers a plural one. For example,
`"the king near the singers"` has the right form, but is no trap: the network gets it right.

Your function is given `prefers_plural`, which asks the network: `prefers_plural("the king near the singers")` is `False`. It may ask as often as it likes; most texts fail, so let it try many. The words stand in `agreement.MASCULINE`, `agreement.FEMININE`, `agreement.PLURAL` and `agreement.PREPOSITIONS`.
""",
    start="""
from lstm_course.tasks import agreement


def my_trap(prefers_plural):
    ...
""",
    hints=(
        "What tempts a network to a plural verb? A plural noun right before it.",
        "`f'the {noun} {preposition} the {attractor}'` for all nouns, prepositions and plural attractors makes 12 · 4 · 6 texts. Ask the network about each.",
        "Three loops, and inside: `if prefers_plural(text): return text`.",
    ),
    solution="""
from lstm_course.tasks import agreement


def my_trap(prefers_plural):
    for noun in agreement.FEMININE + agreement.MASCULINE:
        for preposition in agreement.PREPOSITIONS:
            for attractor in agreement.PLURAL:
                text = f"the {noun} {preposition} the {attractor}"
                if prefers_plural(text):
                    return text
""",
    cases=lambda rng: [(_prefers_plural,)],
    examine=_trapped,
    wrong=(
        Wrong(
            "The subject is plural. The model is to be led to a plural verb where a singular one is right.",
            "for noun in agreement.PLURAL:",
            "for noun in agreement.FEMININE + agreement.MASCULINE:",
        ),
        Wrong(
            "After 'the queen near the children' the model prefers a singular verb, as it should.",
            "if not prefers_plural(text):",
            "if prefers_plural(text):",
        ),
        Wrong("This is None and not a string.", "for attractor in agreement.MASCULINE:", "for attractor in agreement.PLURAL:"),
    ),
    afterword="""
Most texts it gets right, and on average over random ones it looks fine. All its traps of this form have a masculine subject: an average does not show where a network is weak. Whoever searches finds more than whoever samples.
""",
)

EXERCISES = (BALANCE, GATE, FIND, FLATTERY, TRAP)
