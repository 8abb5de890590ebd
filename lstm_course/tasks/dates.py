"""Dates: read a date as people write it, character by character, and write it in the form of ISO 8601.

    3 September 2021        3rd of sep 2021        WED, SEP 3, 2021        03/09/2021        3.9.21        2021-09-03

are all 2021-09-03. FORMATS lists the ways of writing; a text may be all lower or all upper case, and have too many spaces.
Three rules say how a text is read, so that none has two readings:

- where the month is a number, a year of four digits in front goes with year, month, day, and everything else is day, month,
  year: 03/05/2021 is 3 May;
- a year of two digits, 50 to 99, is 1950 to 1999, and 00 to 49 is 2000 to 2049: the same hundred years as those of four;
- the name of the weekday is always right and never needed.

Where a target character is read from is known too. A digit that stands in the text is read from that very digit. What does not
stand there is read from the whole of what stands for it: the two digits of a month from all letters of its name, the 0 before a
single digit from that digit, the 19 or 20 before a year of two digits from both. Dashes and END are the same in every answer:
they are read from nowhere, even if the text has dashes.

Days are split, not texts. A day is in TEST if 10 divides the CRC-32 of its ISO form, in ASCII, otherwise in TRAINING.
So a day to be tested on was never seen in any format, and the split is the same everywhere and for ever.
"""

import re
import string
from datetime import date
from itertools import chain
from zlib import crc32

import numpy as np

from lstm_course import expect
from lstm_course.tasks import END, IGNORED, Pairs

VOCABULARY = " 0123456789,-./" + string.ascii_letters
"""The characters a text is made of, in the order of their tokens; the space is also the padding."""

TARGET_VOCABULARY = "$0123456789-"
"""The characters an answer is made of. The first stands for END."""

MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

FORMATS = (
    "D MONTH YYYY",
    "MONTH D, YYYY",
    "DD/MM/YYYY",
    "YYYY-MM-DD",
    "WKD D MON YYYY",
    "Dth of MONTH YYYY",
    "D.M.YY",
    "WEEKDAY, MON D, YYYY",
    "MON Dth YY",
    "D-MON-YY",
    "DD/MM/YY",
    "YYYY/M/D",
)
"""The ways of writing a date. Capital letters stand for a part of it, once for each digit or in short (WKD, MON) or in full;
D and M are written without a 0 in front, and Dth is 1st, 2nd, 3rd, 4th."""

_CALENDAR = np.arange("1950-01-01", "2050-01-01", dtype="datetime64[D]")
_held_out = np.array([crc32(text.encode("ascii")) % 10 == 0 for text in np.datetime_as_string(_CALENDAR).tolist()])
TRAINING, TEST = _CALENDAR[~_held_out], _CALENDAR[_held_out]
"""The days to learn from and those to be judged by, datetime64[D], about nine to one."""

T = len("2021-09-03") + 1  # the characters of an answer, END among them

# Pieces of text. With each character goes the set of the target characters that are read from it, as the bits of a number.

_YEAR, _MONTH, _DAY = (0, 1, 2, 3), (5, 6), (8, 9)


def _word(text, *told):
    """Every letter tells the same."""
    return text, [sum(1 << t for t in told)] * len(text)


def _digits(text, told):
    """The last digits of a number tell those of the answer, and together those that are not written."""
    missing = len(told) - len(text)
    unwritten = sum(1 << t for t in told[:missing])
    return text, [unwritten | 1 << t for t in told[missing:]]


def _ordinal(day):
    suffix = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    text, told = _digits(str(day), _DAY)
    return text + suffix, [*told, 0, 0]


_years, _months, _days = range(1950, 2050), range(1, 13), range(1, 32)
_FIELDS = {  # every value of every part of a date, in order
    "WEEKDAY": [_word(name) for name in WEEKDAYS],
    "WKD": [_word(name[:3]) for name in WEEKDAYS],
    "MONTH": [_word(name, *_MONTH) for name in MONTHS],
    "MON": [_word(name[:3], *_MONTH) for name in MONTHS],
    "YYYY": [_digits(f"{year}", _YEAR) for year in _years],
    "YY": [_digits(f"{year % 100:02}", _YEAR) for year in _years],
    "MM": [_digits(f"{month:02}", _MONTH) for month in _months],
    "M": [_digits(f"{month}", _MONTH) for month in _months],
    "Dth": [_ordinal(day) for day in _days],
    "DD": [_digits(f"{day:02}", _DAY) for day in _days],
    "D": [_digits(f"{day}", _DAY) for day in _days],
}
_FIRST = np.cumsum([0, *map(len, _FIELDS.values())])  # the number of each part's first piece; then come the others
_SLOTS = [re.findall("|".join(_FIELDS) + r"|of|\W", form) for form in FORMATS]
_OTHERS = ["", " ", "  ", *sorted({slot for slots in _SLOTS for slot in slots} - {*_FIELDS, " "})]
_NOTHING, _SPACE, _TWO_SPACES = _FIRST[-1] + np.arange(3)
_PIECES = [*chain(*_FIELDS.values(), map(_word, _OTHERS))]
_LENGTH = np.array([len(text) for text, _ in _PIECES])
_TOKENS, _TOLD = np.zeros((2, len(_PIECES), _LENGTH.max()), np.int64)
for _row, (_text, _told) in enumerate(_PIECES):
    _TOKENS[_row, : len(_text)] = [VOCABULARY.index(c) for c in _text]
    _TOLD[_row, : len(_text)] = _told

# A format is a row of slots, margins at both ends. Slot k is part k for k < len(_FIELDS), then come the pieces that never vary.
_ORDER = {name: k for k, name in enumerate((*_FIELDS, *_OTHERS))}
_FORMAT = np.full((len(FORMATS), max(map(len, _SLOTS)) + 2), _ORDER[""])
for _row, _slots in enumerate(_SLOTS):
    _FORMAT[_row, 1 : 1 + len(_slots)] = [_ORDER[slot] for slot in _slots]

_CASES = np.array([[VOCABULARY.index(c) for c in text] for text in (VOCABULARY, VOCABULARY.lower(), VOCABULARY.upper())])
_TARGET_TOKEN = np.zeros(128, np.int64)
_TARGET_TOKEN[[ord(c) for c in TARGET_VOCABULARY]] = np.arange(len(TARGET_VOCABULARY))
_WIDEST = np.array([max(len(text) for text, _ in pieces) for pieces in _FIELDS.values()] + [len(text) for text in _OTHERS])
_WIDEST[_ORDER[" "]] = 2
_ROOM = _WIDEST[_FORMAT].sum(1) + 4  # with two spaces at either end


def batch(rng, B, days=TRAINING, formats=FORMATS):
    """Draw a batch: days, formats, and the case of the letters (as usual, all lower, all upper), each of them uniformly.

    At either end stand no, one or two spaces, with probability 1/2, 1/4, 1/4; a space within is doubled with probability 1/4.

    Args:
        rng: numpy.random.Generator.
        B: how many.
        days: datetime64 (N,), the days to draw from: TRAINING, TEST, or any of 1950 to 2049.
        formats: some of FORMATS.
    Returns:
        Pairs: source (S, B), tokens in VOCABULARY, where S is the longest text that these formats can give (30 for all of
        them); target (11, B), tokens in TARGET_VOCABULARY; where (11, S, B).
    Raises:
        ValueError: when rng is no Generator, B is not a positive integer, there is no day or one outside the hundred years, or
            formats are none of FORMATS.

    >>> source, lengths, target, where = batch(np.random.default_rng(4), B=4)
    >>> for text, answer in zip(decode(source, lengths), answers(target)): print(answer, repr(text))
    2022-07-19 '2022/7/19  '
    2044-04-05 '2044/4/5'
    2038-01-27 ' 2038/1/27 '
    2000-12-28 '28  december 2000'
    >>> np.flatnonzero(where[5, :, 3])
    array([ 4,  5,  6,  7,  8,  9, 10, 11])
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    days, allowed = _expect_days(days), _expect_formats(formats)
    drawn, form = days[rng.integers(0, len(days), B)], allowed[rng.integers(0, len(allowed), B)]
    pieces = np.take_along_axis(_parts(drawn), _FORMAT[form], 1)
    pieces = np.where((pieces == _SPACE) & (rng.random(pieces.shape) < 1 / 4), _TWO_SPACES, pieces)
    pieces[:, [0, -1]] = _NOTHING + np.maximum(rng.integers(-1, 3, (B, 2)), 0)
    tokens, told = _laid_out(pieces, _ROOM[allowed].max())
    tokens = _CASES[rng.integers(0, len(_CASES), B)[:, None], tokens]
    where = (told.T & (1 << np.arange(T))[:, None, None]) > 0
    return Pairs(tokens.T.copy(), _LENGTH[pieces].sum(1), _target(drawn), where)


def _parts(days):
    """For each day (B,) the piece that every slot is filled with, (B, slots)."""
    month = days.astype("datetime64[M]")
    y, m, d = month.astype(np.int64) // 12 + 20, month.astype(np.int64) % 12, (days - month).astype(np.int64)  # from 1950, 0, 0
    weekday = (days.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
    value = np.stack([weekday, weekday, m, m, y, y, m, m, d, d, d], 1)  # in the order of _FIELDS
    others = np.broadcast_to(_NOTHING + np.arange(len(_OTHERS)), (len(days), len(_OTHERS)))
    return np.concatenate([_FIRST[:-1] + value, others], 1)


def _laid_out(pieces, S):
    """Pieces (B, slots) one behind the other: tokens and what they tell, (B, S) each, 0 behind the last."""
    ends = _LENGTH[pieces].cumsum(1)
    s = np.arange(S)
    slot = (s >= ends[..., None]).sum(1)  # the one that place s belongs to
    pieces = np.pad(pieces, ((0, 0), (0, 1)), constant_values=_NOTHING)
    piece = np.take_along_axis(pieces, slot, 1)
    place = s - np.take_along_axis(np.pad(ends, ((0, 0), (1, 0))), slot, 1)
    place[piece == _NOTHING] = 0
    return _TOKENS[piece, place], _TOLD[piece, place]


def _target(days):
    """The answers (11, B) for days (B,)."""
    characters = np.datetime_as_string(days).astype("U10").view(np.uint32).reshape(len(days), T - 1)
    return np.pad(_TARGET_TOKEN[characters.T], ((0, 1), (0, 0)), constant_values=END)


def encode(texts):
    """Texts to tokens, padded with spaces.

    Args:
        texts: B str, none of them empty.
    Returns:
        source: (S, B), int64, S the length of the longest.
        lengths: (B,), int64.
    Raises:
        ValueError: when texts are no such list, or a character lies outside VOCABULARY.

    >>> source, lengths = encode(["3.9.21", "2021-09-03"])
    >>> source.shape, lengths
    ((10, 2), array([ 6, 10]))
    """
    ok = isinstance(texts, list | tuple) and len(texts) > 0 and all(isinstance(text, str) and text for text in texts)
    expect.that(ok, "texts", repr(texts), "a list of str, none of them empty")
    for c in "".join(texts):
        expect.that(c in VOCABULARY, "texts", repr(c), "only characters of VOCABULARY")
    lengths = np.array([len(text) for text in texts])
    source = np.array([[VOCABULARY.index(c) for c in text.ljust(lengths.max())] for text in texts])
    return source.T.copy(), lengths


def decode(source, lengths):
    """Tokens to texts: the opposite of `encode`.

    Args:
        source: (S, B).
        lengths: (B,).
    Returns:
        A list of B str.
    Raises:
        ValueError: when the shapes do not fit, or source has anything but tokens of VOCABULARY.
    """
    source = _expect_tokens("source", source, "S", 0, len(VOCABULARY))
    expect.shape("lengths", lengths, B=source.shape[1])
    return ["".join(VOCABULARY[k] for k in text[:n]) for text, n in zip(source.T.tolist(), lengths, strict=True)]


def answers(tokens):
    """Tokens of the target, or of what a decoder wrote, to text: each as far as its first END.

    Args:
        tokens: (T, B) for any T; what stands behind END does not count.
    Returns:
        A list of B str.
    Raises:
        ValueError: when tokens are anything but tokens of TARGET_VOCABULARY, or IGNORED.

    >>> answers(np.array([[3, 3], [1, 4], [0, 5]]))
    ['20', '234']
    """
    tokens = _expect_tokens("tokens", tokens, "T", IGNORED, len(TARGET_VOCABULARY))
    ends = np.where((tokens <= END).any(0), (tokens <= END).argmax(0), len(tokens))
    return ["".join(TARGET_VOCABULARY[k] for k in row[:n]) for row, n in zip(tokens.T.tolist(), ends, strict=True)]


def solve(text):
    """The answer, worked out by the rules at the top of this page, from one text.

    Args:
        text: str.
    Returns:
        str, for instance "2021-09-03".
    Raises:
        ValueError: when it is no date that these rules can read, or one outside the hundred years.

    >>> solve(" fri  3rd of SEP 2021"), solve("3/9/21")
    ('2021-09-03', '2021-09-03')
    """
    expect.that(isinstance(text, str), "text", repr(text), "a str")
    read, expected = re.findall(r"[0-9]+", text), "a date from 1950 to 2049"
    words = [word for word in re.findall(r"[a-z]+", text.lower()) if len(word) >= 3]
    read[1:1] = [str(k) for word in words for k, name in enumerate(MONTHS, 1) if name.lower().startswith(word)]
    expect.that(len(read) == 3, "text", repr(text), expected)
    year, month, day = read if len(read[0]) == 4 else reversed(read)
    expect.that(len(year) in (2, 4), "text", repr(text), expected)
    century = 0 if len(year) == 4 else 1900 if int(year) >= 50 else 2000
    try:
        found = date(century + int(year), int(month), int(day))
    except ValueError:
        found = date.min
    expect.that(1950 <= found.year < 2050, "text", repr(text), expected)
    return found.isoformat()


# Answers that ignore the text


def baseline(days=TRAINING):
    """The cross-entropy, in nats per character with END, of the best answer that knows nothing but which character it is.

        (H_1 + ... + H_11) / 11,    H_t the entropy of character t over the days

    Args:
        days: as in `batch`.
    Returns:
        float, exact for days drawn uniformly.
    Raises:
        ValueError: as in `batch`.

    >>> round(baseline(), 3)
    1.123
    """
    return sum(_entropy(np.unique(row, return_counts=True)[1]) for row in _target(_expect_days(days))) / T


def chance(days=TRAINING):
    """The accuracy per character of the same answer: at each place, the most frequent character. Arguments and errors too.

    >>> round(chance(), 3)
    0.506
    """
    target = _target(_expect_days(days))
    return float(np.mean([np.bincount(row).max() for row in target]) / target.shape[1])


def baseline_forced(days=TRAINING):
    """The cross-entropy, in nats per character with END, of the best answer that ignores the text but is shown, as in teacher
    forcing, the right characters so far: ln N / 11 for N different days. Arguments and errors as in `baseline`.

    >>> round(baseline_forced(), 3)
    0.945
    """
    return _entropy(np.unique(_expect_days(days), return_counts=True)[1]) / T


def chance_forced(days=TRAINING):
    """The accuracy per character of the best answer that ignores the text but is shown the right characters so far.

    Arguments and errors as in `baseline`.

    >>> round(chance_forced(), 3)
    0.565
    """
    target = _target(_expect_days(days))
    right, seen = 0, np.zeros(target.shape[1], np.int64)
    for row in target:
        seen = seen * len(TARGET_VOCABULARY) + row  # one number for each beginning
        begun, counts = np.unique(seen, return_counts=True)
        first = np.unique(begun // len(TARGET_VOCABULARY), return_index=True)[1]
        right += np.maximum.reduceat(counts, first).sum()
    return float(right / target.size)


def chance_whole(days=TRAINING):
    """How often the best guess is right from its first character to its last: 1 / N for N different days.

    Arguments and errors as in `baseline`.

    >>> round(1 / chance_whole())
    32858
    """
    days = _expect_days(days)
    return float(np.unique(days, return_counts=True)[1].max() / len(days))


def _entropy(counts):
    p = counts / counts.sum()
    return float(-(p * np.log(p)).sum())


def _expect_days(days):
    ok = isinstance(days, np.ndarray) and days.dtype.kind == "M" and days.ndim == 1 and len(days) > 0
    if not (ok and _CALENDAR[0] <= days.min() and days.max() <= _CALENDAR[-1]):  # writing a message takes longer than a batch
        expect.that(False, "days", repr(days), "days from 1950 to 2049, a datetime64 array (N,), for instance TRAINING")
    return days.astype("datetime64[D]", copy=False)


def _expect_formats(formats):
    ok = isinstance(formats, list | tuple) and len(formats) > 0 and all(form in FORMATS for form in formats)
    expect.that(ok, "formats", repr(formats), "a list of one or more of FORMATS")
    return np.array([FORMATS.index(form) for form in formats])


def _expect_tokens(name, tokens, axis, also, K):
    """Tokens below K, or the number `also`, with these two axes; handed back as a NumPy array."""
    expected = f"integers ({axis}, B) from 0 to {K - 1}"
    came = expect.array(name, tokens, "iu", expected)
    expect.shape(name, came, **{axis: None, "B": None})
    wrong = came[((came < 0) & (came != also)) | (came >= K)]
    expect.that(wrong.size == 0, name, wrong[:1], expected)
    return came
