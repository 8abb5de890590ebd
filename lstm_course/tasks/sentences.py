"""Two kinds of sentences whose last word is asked for: what tells it stands just before, or far back.

    short     these small birds are still in the ...      trees
    long      we love japan and i was born in france then i worked in spain and it rained and today i speak ...      french

In the short ones the answer follows from a word two to four words back. In the long ones the country to keep was named many
words ago, other countries were named before and after it, every one of them as likely as any other, and "born in" alone tells
which of them counts.

After the two examples of olah2015; the sentences are the course's own.
"""

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Batch

SUBJECTS = ("clouds", "fish", "birds", "cows", "trains", "camels", "books", "cakes")
PLACES = ("sky", "sea", "trees", "meadow", "station", "desert", "library", "oven")
"""Class k of the short sentences is the k-th place, where the k-th subject is."""

COUNTRIES = ("france", "spain", "italy", "germany", "greece", "poland", "norway", "japan")
LANGUAGES = ("french", "spanish", "italian", "german", "greek", "polish", "norwegian", "japanese")
"""Class k of the long sentences is the k-th language, which is spoken in the k-th country."""

_SHORT = """
    THESE SUBJECT are in the
    THESE KIND SUBJECT are in the
    THESE SUBJECT are still in the
    THESE KIND SUBJECT are still in the
    look at THESE SUBJECT in the
    look at THESE KIND SUBJECT in the
    today we saw THESE SUBJECT in the
    today we saw THESE KIND SUBJECT in the
    i think THESE SUBJECT are in the
    i think THESE KIND SUBJECT are in the
"""
_OPENINGS = """
    i was born in HOME
    we love ANY and i was born in HOME
    my aunt lives in ANY and i was born in HOME
    we came here from ANY and i was born in HOME
"""
_CLAUSES = """
    then we left
    soon we returned
    then i saw ANY
    later we visited ANY
    then i worked in ANY
    later we lived in ANY
    soon we left for ANY
    later i met people from ANY
"""
_SECOND_CLAUSES = """
    and we slept
    and it rained
    and i loved ANY
    but i missed ANY
    and we liked it there
    and we dreamt of ANY
    but my friends stayed in ANY
    and a friend came from ANY
"""
_CLOSINGS = """
    and
    and today
    and even today
"""
_SLOTS = {
    "THESE": ("the", "these", "those"),
    "KIND": ("white", "grey", "dark", "small", "big", "beautiful"),
    "SUBJECT": SUBJECTS,
    "ANY": COUNTRIES,
    "HOME": COUNTRIES,
}


def _lines(text):
    return [line.split() for line in text.strip().splitlines()]


_KINDS = [*map(_lines, (_OPENINGS, _CLAUSES, _SECOND_CLAUSES, _CLOSINGS)), [["i", "speak"]], [[]]]
_PIECES = [piece for kind in _KINDS for piece in kind]
_OPENING, *_CLAUSE, _CLOSING, (_END,), (_NOTHING,) = np.split(np.arange(len(_PIECES)), np.cumsum([*map(len, _KINDS)])[:-1])
_shown = {word for piece in [*_lines(_SHORT), *_PIECES] for word in piece}.union(*_SLOTS.values())

VOCABULARY = (*SUBJECTS, *COUNTRIES, *sorted(_shown - {*SUBJECTS, *COUNTRIES, *_SLOTS}))
"""The words that are shown, in the order of the columns of xs. Answers are none of them."""

_PAD = len(VOCABULARY)
_ONE_HOT = np.eye(_PAD + 1, _PAD)
_NUMBER = {word: k for k, word in enumerate((*VOCABULARY, "", *_SLOTS))}


def _table(pieces):
    """Pieces as numbers, (pieces, longest), padded; and their lengths."""
    lengths = np.array([len(piece) for piece in pieces])
    table = np.full((len(pieces), lengths.max()), _PAD)
    for row, piece in zip(table, pieces, strict=True):
        row[: len(piece)] = [_NUMBER[word] for word in piece]
    return table, lengths


_TEMPLATE, _TEMPLATE_LENGTH = _table(_lines(_SHORT))
_PIECE, _LENGTH = _table(_PIECES)
_FIRST_COUNTRY, _FIRST_WORD = len(SUBJECTS), len(SUBJECTS) + len(COUNTRIES)


def _may(turn, left):
    """The pieces that may come when so many words are left: this turn's clauses if a closing can follow, else that closing.

    Closings of 1, 2 and 3 words and a clause of 3 in both turns make every length possible.
    """
    clauses = _CLAUSE[turn]
    closings = _CLOSING[_LENGTH[_CLOSING] == left]
    return np.concatenate([clauses[_LENGTH[clauses] < left], closings]) if left else np.array([_NOTHING])


_ENOUGH = max(_LENGTH[clauses].max() for clauses in _CLAUSE) + 1  # from here on every clause fits
_MAY = [[_may(turn, left) for left in range(_ENOUGH + 1)] for turn in (0, 1)]
_COUNT = np.array([[len(pieces) for pieces in turn] for turn in _MAY])
_MAY = np.array([[np.resize(pieces, _COUNT.max()) for pieces in turn] for turn in _MAY])


def _fill(tokens, slot, numbers):
    """Put words' numbers (B, 1) or (B, T) into the places of tokens (B, T) that are left open for `slot`."""
    return np.where(tokens == _NUMBER[slot], numbers, tokens)


def _fill_any(rng, tokens, slot):
    """Put one of its words, drawn for each place, into the places that are left open for `slot`."""
    words = np.array([_NUMBER[word] for word in _SLOTS[slot]])
    return _fill(tokens, slot, words[rng.integers(0, len(words), tokens.shape)])


def short(rng, B):
    """Draw sentences whose last word follows from a word two to four words before it.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
    Returns:
        Batch: xs (8, B, V), one-hot in VOCABULARY; targets (B,), the class among PLACES; at (B,), the last word shown.
    Raises:
        ValueError: when rng is no Generator, or B is not a positive integer.

    >>> xs, targets, at = short(np.random.default_rng(1), B=3)
    >>> for sentence, k in zip(words(xs), targets): print(sentence, "...", PLACES[k])
    look at the cakes in the ... oven
    look at these big clouds in the ... sky
    today we saw the white fish in the ... sea
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    template, targets = rng.integers(0, len(_TEMPLATE), B), rng.integers(0, len(PLACES), B)
    tokens = _fill(_TEMPLATE[template], "SUBJECT", targets[:, None])
    tokens = _fill_any(rng, _fill_any(rng, tokens, "THESE"), "KIND")
    return Batch(_ONE_HOT[tokens.T], targets, _TEMPLATE_LENGTH[template] - 1)


def long(rng, B, gap):
    """Draw sentences that name the country of birth, then speak of something else for exactly `gap` words, then ask.

    The other countries are drawn from all, the country of birth among them: were it left out, the answer would be the one
    that is never named again, and no context would be needed.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        gap: how many words stand between the country and "i speak".
    Returns:
        Batch: xs (13 + gap, B, V), one-hot in VOCABULARY; targets (B,), the class among LANGUAGES; at (B,), the last word.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.

    >>> xs, targets, at = long(np.random.default_rng(2), B=2, gap=12)
    >>> for sentence, k in zip(words(xs), targets): print(sentence, "...", LANGUAGES[k])
    we came here from poland and i was born in spain then i saw norway and we slept then i saw italy and i speak ... spanish
    we love norway and i was born in poland soon we left for germany and we liked it there and today i speak ... polish
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    expect.positive("gap", gap)
    pieces, left = [rng.choice(_OPENING, B)], np.full(B, gap)
    while left.any():
        turn, row = (len(pieces) - 1) % 2, np.minimum(left, _ENOUGH)
        pieces.append(_MAY[turn, row, (rng.random(B) * _COUNT[turn, row]).astype(np.int64)])
        left -= _LENGTH[pieces[-1]]
    pieces.append(np.full(B, _END))
    tokens, length = _laid_out(np.stack(pieces, 1), _LENGTH[_OPENING].max() + gap + 2)
    targets = rng.integers(0, len(COUNTRIES), B)
    tokens = _fill_any(rng, _fill(tokens, "HOME", _FIRST_COUNTRY + targets[:, None]), "ANY")
    return Batch(_ONE_HOT[tokens.T], targets, length - 1)


def _laid_out(pieces, T):
    """Pieces (B, count), word by word: tokens (B, T), padded, and the lengths (B,)."""
    lengths = _LENGTH[pieces]
    size = lengths.ravel()
    place = np.arange(size.sum()) - np.repeat(size.cumsum() - size, size)
    length = lengths.sum(1)
    tokens = np.full((len(pieces), T), _PAD)
    tokens[np.arange(T) < length[:, None]] = _PIECE[np.repeat(pieces.ravel(), size), place]
    return tokens, length


def words(xs):
    """The sentences, to be read.

    Args:
        xs: (T, B, V).
    Returns:
        A list of B str.
    Raises:
        ValueError: when xs has another shape.
    """
    expect.shape("xs", xs, T=None, B=None, V=_PAD)
    tokens = np.where(xs.any(-1), xs.argmax(-1), _PAD)
    return [" ".join(VOCABULARY[k] for k in sentence if k != _PAD) for sentence in tokens.T]


def chance():
    """The accuracy of the best answer that knows neither subject nor country: 1/8, for both kinds of sentences.

    >>> chance()
    0.125
    """
    return 1 / len(COUNTRIES)


def recency_accuracy(gap):
    """The accuracy of `most_recent`, exactly: 1 where no country was named after the right one, else 1/8.

    Raises:
        ValueError: when gap is not a positive integer.

    >>> [round(recency_accuracy(gap), 3) for gap in (3, 10, 20, 80)]
    [1.0, 0.207, 0.127, 0.125]
    """
    expect.positive("gap", gap)
    silent = np.ones((2, gap + 1))  # by whose turn it is and the words left: the chance that no more country is named
    for left in range(1, gap + 1):
        for turn in (0, 1):
            pieces = _may(turn, left)
            quiet = pieces[(_PIECE[pieces] != _NUMBER["ANY"]).all(1)]
            silent[turn, left] = silent[1 - turn, left - _LENGTH[quiet]].sum() / len(pieces)
    return float(silent[0, gap] + (1 - silent[0, gap]) * chance())


def most_recent(xs):
    """The tempting short cut: the language of the country named last. xs (T, B, V) to (B,), int64."""
    countries = xs[..., _FIRST_COUNTRY:_FIRST_WORD]
    last = len(xs) - 1 - countries.any(-1)[::-1].argmax(0)
    return countries[last, np.arange(xs.shape[1])].argmax(-1)


def solve_short(xs):
    """The answers, looked up: where the one subject that is shown belongs. xs (8, B, V) to (B,), int64."""
    return xs[..., : len(SUBJECTS)].any(0).argmax(-1)


def solve_long(xs):
    """The answers, looked up: the country after "born in". xs (T, B, V) to (B,), int64."""
    country = xs[..., _NUMBER["born"]].argmax(0) + 2
    return xs[country, np.arange(xs.shape[1]), _FIRST_COUNTRY:_FIRST_WORD].argmax(-1)
