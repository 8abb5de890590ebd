import token
from itertools import pairwise
from tokenize import TokenInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_course.tasks import characters, source

# Labelled by hand. Under each line its labels, one sign a character and one for the newline: s in a string, d in one in triple
# quotes, c in a comment; then the depth.
EXAMPLE = (
    r"""def f(a, b='('):  # don't [
...........ss.....ccccccccc.
0000011111111100000000000000
    '''It isn't (
......dddddddddddd
000000000000000000
    over "#".'''
ddddddddddddddd..
00000000000000000

.
0
    r = [a, {
..............
00000000111122
        'k\']': '\\'}, # '
........sssss...sss....ccc.
222222222222222222221111111
    ]
......
111100
    g = f"{r[0]['k)']:{b}}" + rb''
.........sssssssssssssssss......s..
00000000000000000000000000000000000
"""
    r'''    return """"q"\"""", (""" # """)
.............dddddddd......dddddd...
000000000000000000000000111111111100'''
).split("\n")
INDENT = [0, 4, 4, 0, 4, 8, 4, 4, 4]


def test_labels_are_those_made_by_hand():
    lines = [line + "\n" for line in EXAMPLE[::3]]
    found = source.labels("".join(lines))
    marks = "".join(EXAMPLE[1::3])
    np.testing.assert_array_equal(found.string, [mark in "sd" for mark in marks])
    np.testing.assert_array_equal(found.docstring, [mark == "d" for mark in marks])
    np.testing.assert_array_equal(found.comment, [mark == "c" for mark in marks])
    np.testing.assert_array_equal(found.depth, [int(digit) for digit in "".join(EXAMPLE[2::3])])
    np.testing.assert_array_equal(found.column, [k for line in lines for k in [*range(1, len(line)), 0]])
    spread = [[-1] * n + [n] * (len(line) - 1 - n) + [-1] for line, n in zip(lines, INDENT, strict=True)]
    np.testing.assert_array_equal(found.indent, np.concatenate(spread))


def scan(text):
    """The labels from a machine that knows no tokens. An f-string with its own quotes in its braces (3.12) would fool it."""
    rows = []
    quotes, wait, width, comment, depth, indent, column = "", 0, 0, False, 0, -1, 0
    for place, c in enumerate(text):
        if c == "\n":
            comment, indent, column = False, -1, 0
        else:
            column += 1
            if indent < 0 and c != " ":
                indent = column - 1
        if wait:
            wait -= 1
        elif quotes and c == "\\":
            wait = 1
        elif quotes:
            if text.startswith(quotes, place):
                wait, quotes = len(quotes) - 1, ""
        elif c == "#":
            comment = True
        elif not comment and c in "'\"":
            quotes = 3 * c if text.startswith(3 * c, place) else c
            wait = len(quotes) - 1
        elif not comment:
            depth += (c in "([{") - (c in ")]}")
        if not wait:
            width = len(quotes)
        rows.append((width > 0, width == 3, comment, depth, indent, column))
    return source.Labels(*np.array(rows).T)


def check(found, want):
    for name, got, expected in zip(source.Labels._fields, found, want, strict=True):
        assert got.dtype == (bool if name in ("string", "docstring", "comment") else np.int64)
        np.testing.assert_array_equal(got, expected, err_msg=name)


@pytest.mark.parametrize("module", ["heapq", "random", "cmd"])
def test_labels_agree_with_a_scanner(module):
    text = characters.read([module])
    check(source.labels(text), scan(text))


PIECES = ["a", "''", "b'('", "'\\'['", '""', '"\'{"', '""""]"\\""""', "'''\n # '\n'''", "f'{a[0]:{b}}('"]
PIECES += ["# ('\n", "\\\n", "\n  ", "[{(a)}]", "{'[': {}}"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=10))
def test_whatever_is_mixed_agrees_with_a_scanner(pieces):
    text = f"({' '.join(pieces)})"  # in brackets no indentation is wrong
    check(source.labels(text), scan(text))


def test_what_holds_for_every_text():
    text, found = source.joined(characters.HELD_OUT)
    newline = np.array(list(text)) == "\n"
    assert found.depth.min() == 0
    assert found.depth[-1] == 0
    assert not found.comment[newline].any()
    assert newline[1:][found.comment[:-1] & ~found.comment[1:]].all()
    assert not (found.docstring & ~found.string).any()
    assert not (found.string & found.comment).any()
    assert (found.depth[1:] == found.depth[:-1])[found.string[1:] | found.comment[1:]].all()
    assert [len(line) for line in text.splitlines()] == found.column[np.flatnonzero(newline) - 1].tolist()
    assert (found.column[newline] == 0).all()
    assert (found.indent < found.column)[~newline].all()


def test_modules_are_joined_in_order():
    modules = ("cmd", "heapq")
    text, found = source.joined(name for name in modules)
    texts = [characters.read([name]) for name in modules]
    assert text == "".join(texts)
    for row, *rows in zip(found, *map(source.labels, texts), strict=True):
        np.testing.assert_array_equal(row, np.concatenate(rows))


def test_no_text_has_no_labels():
    text, found = source.joined([])
    assert text == ""
    check(found, source.labels(""))
    assert all(row.shape == (0,) for row in found)


def stream(*tokens):
    """Tokens of one line with nothing between them, as `tokenize` gives them."""
    ends = np.cumsum([0, *(len(written) for _, written in tokens)]).tolist()
    return [TokenInfo(*token, (1, a), (1, b), "") for token, (a, b) in zip(tokens, pairwise(ends), strict=True)]


def test_fstrings_read_alike_whole_and_in_parts(monkeypatch):
    """As Python 3.11 has them, and later versions: both are written out here, so any version checks both."""
    begin, middle, end = 1001, 1002, 1003
    monkeypatch.setattr(source, "_BEGINS", {begin})
    monkeypatch.setattr(source, "_ENDS", {end})
    text = "(f'''a{b[\"(\"]:{f\"{c}\"}}''')"
    whole = [(token.OP, "("), (token.STRING, text[1:-1]), (token.OP, ")")]
    parts = [(token.OP, "("), (begin, "f'''"), (middle, "a"), (token.OP, "{"), (token.NAME, "b"), (token.OP, "[")]
    parts += [(token.STRING, '"("'), (token.OP, "]"), (token.OP, ":"), (token.OP, "{")]
    parts += [(begin, 'f"'), (token.OP, "{"), (token.NAME, "c"), (token.OP, "}"), (end, '"')]
    parts += [(token.OP, "}"), (token.OP, "}"), (end, "'''"), (token.OP, ")")]
    for tokens in (whole, parts):
        assert "".join(written for _, written in tokens) == text
        monkeypatch.setattr(source.tokenize, "generate_tokens", lambda readline, tokens=tokens: stream(*tokens))
        check(source.labels(text), scan(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"^text: got None, expected a str"),
        ("a\tb", r"^text: got '\\t', expected only characters of VOCABULARY"),
        ("x = (", r"^text: got 'x = \(', expected Python source \(.*EOF in multi-line statement\)"),
        ("x = )", r"^text: got 'x = \)', expected Python source \(unmatched '\)'\)"),
        ("x = (]", r"^text: got 'x = \(\]', expected Python source \(unmatched '\]'\)"),
        ("'''x", r"^text: got \"'''x\", expected Python source \(EOF in multi-line string\)"),
        ("x = 'a", r"^text: got \"x = 'a\", expected Python source \((stray \"'\"|unterminated string)"),
        ("a $ b", r"^text: got 'a \$ b', expected Python source \(stray '\$'\)"),
        ("!ls", r"^text: got '!ls', expected Python source \(stray '!'\)"),
        ("if x:\n    a\n  b\n", r"^text: got 'if x.*, expected Python source \(unindent does not match"),
    ],
)
def test_what_is_no_source_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        source.labels(text)


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ("heapq", r"^modules: got 'heapq', expected several names"),
        (None, r"^modules: got None, expected several names"),
        (["nosuchmodule"], r"^modules: got 'nosuchmodule', expected modules whose source"),
    ],
)
def test_what_is_no_list_of_modules_is_named(modules, message):
    with pytest.raises(ValueError, match=message):
        source.joined(modules)
