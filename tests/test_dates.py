import math
import re
from collections import Counter
from datetime import date, timedelta
from zlib import crc32

import numpy as np
import pytest

from lstm_course.tasks import END, IGNORED, dates
from lstm_course.tasks.dates import FORMATS, TEST, TRAINING, WEEKDAYS

YEAR, MONTH, DAY = (0, 1, 2, 3), (5, 6), (8, 9)
FIRST, DAYS = date(1950, 1, 1), 36525


def drawn(rng, B, **change):
    """A batch, its texts and its answers."""
    pairs = dates.batch(rng, B, **change)
    return pairs, dates.decode(pairs.source, pairs.lengths), dates.answers(pairs.target)


def parts(form, text):
    """Where year, month and day stand in a text of this format, as spans, by a pattern of the test's own."""
    patterns = {"WEEKDAY": "[a-z]+", "WKD": "[a-z]{3}", "MONTH": "(?P<m>[a-z]+)", "MON": "(?P<m>[a-z]{3})"}
    patterns |= {"YYYY": "(?P<y>[0-9]{4})", "YY": "(?P<y>[0-9]{2})", "MM": "(?P<m>[0-9]{2})", "M": "(?P<m>[0-9]{1,2})"}
    patterns |= {"Dth": "(?P<d>[0-9]{1,2})(st|nd|rd|th)", "DD": "(?P<d>[0-9]{2})", "D": "(?P<d>[0-9]{1,2})", " ": " {1,2}"}
    whole = re.sub("|".join(patterns), lambda found: patterns[found[0]], form.replace(".", "[.]"))
    found = re.fullmatch(f" {{0,2}}{whole} {{0,2}}", text.lower())
    assert found, f"{text!r} is no {form}"
    return {YEAR: found.span("y"), MONTH: found.span("m"), DAY: found.span("d")}


@pytest.mark.parametrize("form", FORMATS)
def test_shapes_and_the_solver(form, rng):
    (source, lengths, target, where), texts, answers = drawn(rng, 2000, formats=[form])
    S = len(source)
    assert source.shape == (S, 2000)
    assert lengths.shape == (2000,)
    assert target.shape == (11, 2000)
    assert where.shape == (11, S, 2000)
    assert source.dtype == lengths.dtype == target.dtype == np.int64
    assert where.dtype == bool
    assert [dates.solve(text) for text in texts] == answers
    assert (target[-1] == END).all()
    assert (source[np.arange(S)[:, None] >= lengths] == dates.VOCABULARY.index(" ")).all()
    assert not where[:, np.arange(S)[:, None] >= lengths].any()


@pytest.mark.parametrize("form", FORMATS)
def test_a_text_has_its_format_and_where_is_the_rule_of_the_page(form, rng):
    pairs, texts, answers = drawn(rng, 500, formats=[form])
    for b, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        expected = np.zeros((11, len(pairs.source)), bool)
        for rows, (start, end) in parts(form, text).items():
            written = text[start:end]
            for t in rows:
                s = end - 1 - (rows[-1] - t)  # numbers end together
                if written.isdigit() and s >= start:
                    expected[t, s] = True
                    assert text[s] == answer[t]
                else:
                    expected[t, start:end] = True
        np.testing.assert_array_equal(pairs.where[..., b], expected)


@pytest.mark.parametrize("form", FORMATS)
def test_no_other_character_tells_the_answer(form, rng):
    """Change one character of the text: if it is still a date, what changes in the answer was to be read from there."""
    pairs, texts, answers = drawn(rng, 40, formats=[form])
    changed = np.zeros(pairs.where.shape, bool)
    for b, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        for s, c in enumerate(text):
            for other in "0123456789" if c.isdigit() else " ,bz":
                try:
                    now = dates.solve(text[:s] + other + text[s + 1 :])
                except ValueError:
                    continue
                changed[:10, s, b] |= [a != b for a, b in zip(now, answer, strict=True)]
    assert not (changed & ~pairs.where).any()
    copied = pairs.where.sum(1, keepdims=True) == 1
    assert (changed & copied).any((1, 2))[[3, 9]].all(), "the last digits of year and day can be changed"


def test_every_digit_of_the_answer_has_its_truth_and_nothing_else_has(rng):
    where = dates.batch(rng, 500).where.any(1)
    assert where[[*YEAR, *MONTH, *DAY]].all()
    assert not where[[4, 7, 10]].any()


def test_one_day_in_every_format(rng):
    day = np.array(["2021-09-03"], "datetime64[D]")
    _, texts, answers = drawn(rng, 3000, days=day)
    written = """
        3 September 2021;September 3, 2021;03/09/2021;2021-09-03;Fri 3 Sep 2021;3rd of September 2021;3.9.21
        Friday, Sep 3, 2021;Sep 3rd 21;3-Sep-21;03/09/21;2021/9/3
    """
    expected = [text.strip() for text in re.split("[;\n]", written.strip())]
    assert {" ".join(text.split()) for text in texts} == {f(text) for text in expected for f in (str, str.lower, str.upper)}
    assert len(expected) == len(FORMATS)
    assert set(answers) == {"2021-09-03"}


def test_weekdays_and_ordinals_are_those_of_the_calendar(rng):
    endings = dict.fromkeys(range(32), "th") | {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
    _, texts, answers = drawn(rng, 2000, formats=["WKD D MON YYYY", "WEEKDAY, MON D, YYYY", "Dth of MONTH YYYY"])
    for text, answer in zip(texts, answers, strict=True):
        day, first = date.fromisoformat(answer), re.split("[ ,]", text.strip().lower())[0]
        name = WEEKDAYS[day.weekday()].lower()
        assert first in ([f"{day.day}{endings[day.day]}"] if " of " in text.lower() else [name, name[:3]])


def test_margins_wide_spaces_and_cases_are_drawn_as_told(rng):
    B = 20_000
    _, texts, _ = drawn(rng, B, formats=["D MONTH YYYY"])
    for margin in (lambda text: len(text) - len(text.lstrip()), lambda text: len(text) - len(text.rstrip())):
        counts = np.bincount([margin(text) for text in texts], minlength=3)
        np.testing.assert_allclose(counts / B, [1 / 2, 1 / 4, 1 / 4], atol=0.02)
    wide = np.array([[len(gap) for gap in re.findall(" +", text.strip())] for text in texts])
    np.testing.assert_allclose((wide == 2).mean(0), 1 / 4, atol=0.02)
    cases = Counter((text.islower(), text.isupper()) for text in texts)
    np.testing.assert_allclose([n / B for n in cases.values()], 1 / 3, atol=0.02)
    assert len(cases) == 3


def test_days_and_formats_are_uniform(rng):
    days = TRAINING[[5, 100, 7000]]
    pairs, _, answers = drawn(rng, 20_000, days=days, formats=["DD/MM/YYYY", "D.M.YY"])
    counts = Counter(answers)
    assert set(counts) == {str(day) for day in days}
    np.testing.assert_allclose([n / 20_000 for n in counts.values()], 1 / 3, atol=0.02)
    dots = (pairs.source == dates.VOCABULARY.index(".")).any(0)
    assert dots.mean() == pytest.approx(1 / 2, abs=0.02)


@pytest.mark.parametrize("k", range(len(FORMATS)))
def test_the_longest_text_just_fits(k, rng):
    longest = np.array(["2022-09-21", "2022-12-21"], "datetime64[D]")  # both Wednesdays
    source, lengths, *_ = dates.batch(rng, 4000, longest, [FORMATS[k]])
    assert lengths.max() == len(source)
    assert len(dates.batch(rng, 1).source) == 30


def test_splits_are_disjoint_and_together_the_hundred_years():
    every = [FIRST + timedelta(k) for k in range(DAYS)]
    held_out = [day for day in every if crc32(day.isoformat().encode()) % 10 == 0]
    assert TEST.tolist() == held_out
    assert TRAINING.tolist() == sorted({*every} - {*held_out})
    assert len(TEST) / DAYS == pytest.approx(1 / 10, abs=0.005)


@pytest.mark.parametrize("days", [TRAINING, TEST], ids=["training", "test"])
def test_each_split_has_every_year_month_day_and_weekday(days, rng):
    for part in (lambda day: day.year, lambda day: (day.month, day.day // 8), lambda day: day.day, lambda day: day.weekday()):
        assert {part(day) for day in days.tolist()} == {part(FIRST + timedelta(k)) for k in range(DAYS)}
    _, texts, _ = drawn(rng, 3000, days=days)
    assert {dates.solve(text) for text in texts} <= set(days.astype(str).tolist())


def test_what_is_drawn_without_a_word_is_training(rng):
    assert not {*drawn(rng, 3000)[2]} & {*TEST.astype(str).tolist()}


def entropy(counts):
    return -sum(n / sum(counts) * math.log(n / sum(counts)) for n in counts)


@pytest.mark.parametrize("days", [TEST[:200], TEST, np.array(["2000-01-01", "2000-01-01", "2011-01-01"], "datetime64[D]")])
def test_baselines_against_counting(days):
    written, N = [f"{day}$" for day in days.astype(str)], len(days)
    place = [Counter(text[t] for text in written) for t in range(11)]
    assert dates.baseline(days) == pytest.approx(sum(entropy(counts.values()) for counts in place) / 11, rel=1e-12)
    assert dates.chance(days) == pytest.approx(sum(max(counts.values()) for counts in place) / 11 / N, rel=1e-12)
    after = {}
    for text in written:
        for t in range(11):
            after.setdefault(text[:t], Counter())[text[t]] += 1
    nats = sum(sum(counts.values()) * entropy(counts.values()) for counts in after.values())
    assert dates.baseline_forced(days) == pytest.approx(nats / N / 11, rel=1e-12)
    assert dates.chance_forced(days) == pytest.approx(sum(max(c.values()) for c in after.values()) / N / 11, rel=1e-12)
    assert dates.chance_whole(days) == max(Counter(written).values()) / N


def test_encoding_comes_back(rng):
    pairs, texts, _ = drawn(rng, 50)
    source, lengths = dates.encode(texts)
    np.testing.assert_array_equal(source, pairs.source[: lengths.max()])
    np.testing.assert_array_equal(lengths, pairs.lengths)
    assert source.dtype == lengths.dtype == np.int64
    assert dates.decode(*dates.encode([dates.VOCABULARY, "b"])) == [dates.VOCABULARY, "b"]
    assert dates.answers(np.array([[0, 1, 11], [5, IGNORED, 2], [1, 3, 3]])) == ["", "0", "-12"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("03/05/2021", "2021-05-03"),
        ("1/12/49", "2049-12-01"),
        ("1/12/50", "1950-12-01"),
        ("2021/5/3", "2021-05-03"),
        (" MON  3 may 2021", "2021-05-03"),
        ("Sept 11th 00", "2000-09-11"),
        ("29.2.96", "1996-02-29"),
    ],
)
def test_the_rules(text, answer):
    assert dates.solve(text) == answer


@pytest.mark.parametrize(
    "text", ["", "soon", "3 May", "29.2.97", "3/13/2021", "1 1 1 1", "3 May 021", "3 May 1949", "2050-01-01", "3 May June 21"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=rf"^text: got '{text}', expected a date from 1950 to 2049"):
        dates.solve(text)


def test_the_same_generator_draws_the_same_batch():
    one, other, third = (dates.batch(np.random.default_rng(seed), 20) for seed in (5, 5, 6))
    assert all(map(np.array_equal, one, other))
    assert not np.array_equal(one.source, third.source)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rng": 0}, r"^rng: got 0, expected a numpy.random.Generator"),
        ({"B": 0}, r"^B: got 0, expected an integer of at least 1"),
        ({"days": ["2021-09-03"]}, r"^days: got \['2021-09-03'\], expected days from 1950 to 2049"),
        ({"days": np.arange(3)}, r"^days: got array\(\[0, 1, 2\]\), expected days"),
        ({"days": TEST[:0]}, r"^days: got array\(\[\], .*, expected days"),
        ({"days": TEST[3]}, r"^days: got .*, expected days"),
        ({"days": np.array(["2050-01-01"], "datetime64[D]")}, r"^days: got .*2050-01-01.*, expected days"),
        ({"days": np.array(["2000-01-01", "NaT"], "datetime64[D]")}, r"^days: got .*NaT.*, expected days"),
        ({"formats": "YYYY-MM-DD"}, r"^formats: got 'YYYY-MM-DD', expected a list of one or more of FORMATS"),
        ({"formats": []}, r"^formats: got \[\], expected a list"),
        ({"formats": ["D M Y"]}, r"^formats: got \['D M Y'\], expected a list"),
    ],
)
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        dates.batch(**{"rng": np.random.default_rng(0), "B": 2, **change})
    if "days" in change:
        for known in (dates.baseline, dates.chance, dates.baseline_forced, dates.chance_forced, dates.chance_whole):
            with pytest.raises(ValueError, match=message):
                known(**change)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: dates.encode("3.9.21"), r"^texts: got '3.9.21', expected a list of str"),
        (lambda: dates.encode([]), r"^texts: got \[\], expected a list of str"),
        (lambda: dates.encode(["3.9.21", ""]), r"^texts: got .*, expected a list of str, none of them empty"),
        (lambda: dates.encode(["3. März 2021"]), r"^texts: got 'ä', expected only characters of VOCABULARY"),
        (lambda: dates.decode(np.zeros(3, int), [3]), r"^source: got shape \(3,\), expected \(S, B\)"),
        (lambda: dates.decode(np.full((3, 1), 67), np.array([3])), r"^source: got \[67\], expected .* from 0 to 66"),
        (lambda: dates.decode(np.zeros((3, 1), int), np.ones(2)), r"^lengths: got shape \(2,\), expected \(B\) with B = 1"),
        (lambda: dates.decode(np.full((3, 1), IGNORED), np.array([3])), r"^source: got \[-100\]"),
        (lambda: dates.answers(np.full((3, 1), 12)), r"^tokens: got \[12\], expected integers \(T, B\) from 0 to 11"),
        (lambda: dates.answers(np.zeros((1, 1))), r"^tokens: got .*, expected integers"),
        (lambda: dates.solve(None), r"^text: got None, expected a str"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
