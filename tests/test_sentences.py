from fractions import Fraction

import numpy as np
import pytest

from lstm_course.tasks import sentences

WHERE = {
    "clouds": "sky",
    "fish": "sea",
    "birds": "trees",
    "cows": "meadow",
    "trains": "station",
    "camels": "desert",
    "books": "library",
    "cakes": "oven",
}
SPOKEN = {
    "france": "french",
    "spain": "spanish",
    "italy": "italian",
    "germany": "german",
    "greece": "greek",
    "poland": "polish",
    "norway": "norwegian",
    "japan": "japanese",
}
GAPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 23, 80]
FIRST = [line.split() for line in sentences._CLAUSES.strip().splitlines()]
SECOND = [line.split() for line in sentences._SECOND_CLAUSES.strip().splitlines()]
CLOSINGS = [line.split() for line in sentences._CLOSINGS.strip().splitlines()]


def matches(words, pattern):
    return len(words) == len(pattern) and all(
        w == p or (p == "ANY" and w in SPOKEN) for w, p in zip(words, pattern, strict=True)
    )


def parses(words, turn=0):
    """Whether these words are clauses of the first and second kind in turn, then one closing."""
    if any(matches(words, closing) for closing in CLOSINGS):
        return True
    return any(matches(words[: len(c)], c) and parses(words[len(c) :], 1 - turn) for c in (FIRST, SECOND)[turn])


def test_the_words_are_different_lower_case_and_none_is_an_answer():
    assert len(set(sentences.VOCABULARY)) == len(sentences.VOCABULARY)
    assert all(word.isalpha() and word.islower() for word in sentences.VOCABULARY)
    assert not {*sentences.PLACES, *sentences.LANGUAGES} & {*sentences.VOCABULARY}
    assert len({*sentences.PLACES}) == len({*sentences.LANGUAGES}) == 8


def test_every_word_is_shown_somewhere(rng):
    shown = sentences.short(rng, 2000).xs.any((0, 1)) | sentences.long(rng, 500, 40).xs.any((0, 1))
    assert shown.all()


def test_short_sentences(rng):
    xs, targets, at = sentences.short(rng, 2000)
    assert xs.shape == (8, 2000, len(sentences.VOCABULARY))
    assert xs.dtype == np.float64
    assert targets.dtype == at.dtype == np.int64
    np.testing.assert_array_equal(xs.sum(-1), np.arange(8)[:, None] <= at)
    read = sentences.words(xs)
    for sentence, k, last in zip(read, targets, at, strict=True):
        words = sentence.split()
        (subject,) = set(words) & set(WHERE)
        assert WHERE[subject] == sentences.PLACES[k]
        assert words[-2:] == ["in", "the"]
        assert len(words) == last + 1
        assert 2 <= last - words.index(subject) <= 4
    np.testing.assert_array_equal(sentences.solve_short(xs), targets)
    assert len(set(read)) > 500


@pytest.mark.parametrize("gap", GAPS)
def test_long_sentences(gap, rng):
    xs, targets, at = sentences.long(rng, 300, gap)
    assert xs.shape == (13 + gap, 300, len(sentences.VOCABULARY))
    assert xs.dtype == np.float64
    assert targets.dtype == at.dtype == np.int64
    np.testing.assert_array_equal(xs.sum(-1), np.arange(13 + gap)[:, None] <= at)
    assert at.max() == len(xs) - 1
    for sentence, k, last in zip(sentences.words(xs), targets, at, strict=True):
        words = sentence.split()
        assert words.count("born") == 1
        home = words.index("born") + 2
        assert words[home - 4 : home] == ["i", "was", "born", "in"]
        assert SPOKEN[words[home]] == sentences.LANGUAGES[k]
        assert words[home + 1 + gap :] == ["i", "speak"]
        assert last == home + gap + 2
        assert parses(words[home + 1 : home + 1 + gap]), sentence
    np.testing.assert_array_equal(sentences.solve_long(xs), targets)


def test_every_opening_and_clause_is_used(rng):
    read = " ".join(sentences.words(sentences.long(rng, 300, 40).xs))
    openings = [line.split() for line in sentences._OPENINGS.strip().splitlines()]
    for pattern in openings + FIRST + SECOND + CLOSINGS:
        assert " ".join(pattern).split("ANY")[0].split("HOME")[0].strip() in read


@pytest.mark.parametrize("draw", [sentences.short, lambda rng, B: sentences.long(rng, B, 9)], ids=["short", "long"])
def test_nothing_but_subject_and_country_tells_the_answer(draw, rng):
    """The classes are equally likely whatever the rest of the sentence is: its length, its first or its last word."""
    xs, targets, at = draw(rng, 20_000)
    every = np.arange(20_000)
    for seen in (np.zeros(20_000, int), at, xs[0].argmax(-1), xs[at, every].argmax(-1)):
        best = sum(np.bincount(targets[seen == value]).max() for value in np.unique(seen)) / 20_000
        assert best == pytest.approx(sentences.chance(), abs=0.02)


def test_other_countries_say_nothing(rng):
    """Before and after the right one stand all eight, the right one among them, each as often as any other."""
    xs, targets, _ = sentences.long(rng, 20_000, 20)
    times = xs[..., 8:16].sum(0)
    times[np.arange(20_000), targets] -= 1
    together = np.stack([times[targets == k].sum(0) for k in range(8)])
    np.testing.assert_allclose(together / together.sum(1, keepdims=True), 1 / 8, atol=0.02)


@pytest.mark.parametrize("gap", [1, 4, 5, 6, 7, 9, 12, 25])
def test_the_short_cuts_have_their_known_accuracies(gap, rng):
    xs, targets, _ = sentences.long(rng, 20_000, gap)
    assert (sentences.most_recent(xs) == targets).mean() == pytest.approx(sentences.recency_accuracy(gap), abs=0.015)
    countries = xs[..., 8:16]
    first = countries[countries.any(-1).argmax(0), np.arange(20_000)].argmax(-1)
    assert (first == targets).mean() == pytest.approx(1 / 4 + 3 / 4 * sentences.chance(), abs=0.015)


@pytest.mark.parametrize("gap", [1, 4, 5, 7, 8, 11, 14])
def test_the_recency_accuracy_against_every_filler_there_is(gap):
    """All fillers of this length, each with its probability: a fair choice among the clauses that still fit."""

    def silent(left, turn):
        closings = [c for c in CLOSINGS if len(c) == left]
        clauses = [c for c in (FIRST, SECOND)[turn] if len(c) < left]
        quiet = sum(silent(left - len(c), 1 - turn) for c in clauses if "ANY" not in c)
        return Fraction(quiet + len(closings)) / (len(clauses) + len(closings))

    q = silent(gap, 0)
    assert sentences.recency_accuracy(gap) == pytest.approx(float(q + (1 - q) / 8), rel=1e-12)


def test_the_most_recent_country_is_the_last_one_named(rng):
    xs, _, _ = sentences.long(rng, 200, 15)
    for sentence, k in zip(sentences.words(xs), sentences.most_recent(xs), strict=True):
        assert [w for w in sentence.split() if w in SPOKEN][-1] == sentences.COUNTRIES[k]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: sentences.short(0, 2), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: sentences.short(np.random.default_rng(0), 0), r"^B: got 0, expected an integer"),
        (lambda: sentences.long(0, 2, 5), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: sentences.long(np.random.default_rng(0), 0, 5), r"^B: got 0, expected an integer"),
        (lambda: sentences.long(np.random.default_rng(0), 2, 0), r"^gap: got 0, expected an integer"),
        (lambda: sentences.recency_accuracy(0), r"^gap: got 0, expected an integer"),
        (lambda: sentences.words(np.zeros((3, 4))), r"^xs: got shape \(3, 4\), expected \(T, B, V\)"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
