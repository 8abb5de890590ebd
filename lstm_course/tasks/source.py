r"""What a reader of Python source text has to remember, character by character: is a string open, how deep in brackets am I?

Karpathy, Johnson and Li (2015) found single units of a character model that answer such questions. To look for them, one has
to know the answers. Here they are, for the text that `lstm_course.tasks.characters` gives.

Every label is the truth *after* the character at its place was read. So a string counts from the last of its opening quotes
up to the character before the last of its closing quotes: as long as something still has to be closed.

    text       x   =   f ( ' ( ' )     #   i t ' s
    string     0 0 0 0 0 0 1 1 0 0 0 0 0 0 0 0 0 0
    comment    0 0 0 0 0 0 0 0 0 0 0 0 1 1 1 1 1 1
    depth      0 0 0 0 0 1 1 1 1 0 0 0 0 0 0 0 0 0
    column     1 2 3 4 5 6 7 8 ...

Truth here is Python's, which knows the whole text. A reader who goes from left to right has to guess in one place: after the
first of three opening quotes a string seems to be open, after the second an empty one closed. Both are labelled False.

Strings, comments and brackets are found by the standard library's `tokenize`. An f-string is one string from its first quote
to its last, with the expressions in its braces: Python 3.11 hands it over whole, later versions in parts, and the labels are
the same.

Source: karpathy2015visualizing.
"""

import io
import re
import reprlib
import token
import tokenize
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.tasks import characters

_NEWLINE, _SPACE = characters.encode("\n ")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_STRAY = set("!$?`")  # operators to `tokenize` from Python 3.12 on, an error before
_BEGINS = {getattr(token, name, None) for name in ("FSTRING_START", "TSTRING_START")}  # from 3.12, from 3.14
_ENDS = {getattr(token, name, None) for name in ("FSTRING_END", "TSTRING_END")}
_OPENING = re.compile(r"""[a-zA-Z]*(\"""|'''|"|')""")


class Labels(NamedTuple):
    """What is true after each character was read; arrays (N,) for a text of N characters.

    string: a string literal is open, from the last of its opening quotes on; a prefix such as r or f is not in it. bool.
    docstring: a string in triple quotes is open, whether it documents something or not. bool.
    comment: a comment goes on, from # to the last character before the newline. bool.
    depth: how many of ( [ { are open, those in strings and comments not counted. int64.
    indent: how many spaces the line on the page began with, also inside a string or bracket, from its first other character to
    its last; -1 as long as there were only spaces, and at the newline, after which the next line begins. int64.
    column: characters read since the last newline, 0 at a newline and 1 at the first character of a line. int64.
    """

    string: Any
    docstring: Any
    comment: Any
    depth: Any
    indent: Any
    column: Any


def labels(text):
    r"""Label every character of one module.

    Args:
        text: Python source in the characters of `characters.VOCABULARY`, N of them.
    Returns:
        Labels: six arrays (N,).
    Raises:
        ValueError: when text is no str, has other characters, or is no Python source: a string or bracket stays open, a
            bracket closes what it did not open, or this Python's `tokenize` finds something else wrong.

    >>> found = labels("x = f('(')  # it's\n")
    >>> for row in (found.string, found.comment, found.depth):
    ...     print(*row.astype(int), sep="")
    0000001100000000000
    0000000000001111110
    0000011110000000000
    >>> labels("if x:\n  y\n").indent
    array([ 0,  0,  0,  0,  0, -1, -1, -1,  2, -1])
    """
    numbers = characters.encode(text)
    string, docstring, comment = np.zeros((3, len(text)), bool)
    turn = np.zeros(len(text), np.int64)
    opened = []
    for kind, written, start, stop in _pieces(text, numbers):
        if kind == token.STRING:
            quotes = _OPENING.match(written)
            inside = slice(start + quotes.end() - 1, stop - 1)
            string[inside] = True
            docstring[inside] = len(quotes[1]) == 3
        elif kind == token.COMMENT:
            comment[start:stop] = True
        elif written in _PAIRS.values():
            opened.append(written)
            turn[start] = 1
        elif written in _PAIRS:
            if not opened or opened.pop() != _PAIRS[written]:
                raise _no_source(text, f"unmatched '{written}'")
            turn[start] = -1
        elif kind == token.ERRORTOKEN or written in _STRAY:
            raise _no_source(text, f"stray {text[start:].lstrip()[:1]!r}")
    return Labels(string, docstring, comment, np.cumsum(turn), *_places(numbers))


def _pieces(text, numbers):
    """The tokens of a text: kind, what is written, and the places of its first character and behind its last."""
    before = [0, *(np.flatnonzero(numbers == _NEWLINE) + 1).tolist(), len(text)]
    try:
        for kind, written, start, stop in _whole(tokenize.generate_tokens(io.StringIO(text).readline)):
            yield kind, written, before[start[0] - 1] + start[1], before[stop[0] - 1] + stop[1]
    except (tokenize.TokenError, SyntaxError) as error:
        raise _no_source(text, error.args[0]) from error


def _whole(stream):
    """Tokens as Python 3.11 has them: an f-string in parts becomes one STRING, written like its first part."""
    open_strings = []
    for kind, written, start, stop, _ in stream:
        if kind in _BEGINS:
            open_strings.append((written, start))
        elif kind in _ENDS:
            first = open_strings.pop()
            if not open_strings:
                yield token.STRING, *first, stop
        elif not open_strings:
            yield kind, written, start, stop


def _no_source(text, why):
    return ValueError(f"text: got {reprlib.repr(text)}, expected Python source ({why})")


def _places(numbers):
    """Indent and column, each (N,)."""
    here = np.arange(len(numbers))
    newline = np.maximum.accumulate(np.where(numbers == _NEWLINE, here, -1))
    column = here - newline
    ink = np.maximum.accumulate(np.where(numbers != _SPACE, here, -1))
    known = ink > newline  # never at a newline itself
    first = known & np.diff(known, prepend=False)
    spaces = column[np.maximum.accumulate(np.where(first, here, 0))] - 1
    return np.where(known, spaces, -1), column


def joined(modules):
    """The text of several standard-library modules, one after the other, and its labels. Each module is labelled on its own.

    Args:
        modules: names as for `characters.read`, for instance `characters.HELD_OUT`.
    Returns:
        text: str of N characters, that of `characters.read`.
        labels: Labels, arrays (N,).
    Raises:
        ValueError: when modules are no list of names, this Python has no source file for one of them, or `labels` rejects it.

    >>> text, found = joined(["heapq", "cmd"])
    >>> found.depth[text.index("def heappush(") + np.arange(len("def heappush("))]
    array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    """
    several = isinstance(modules, Iterable) and not isinstance(modules, str)
    expect.that(several, "modules", repr(modules), "several names, for instance ['heapq']")
    texts = [characters.read([name]) for name in modules]
    parts = [labels(text) for text in ["", *texts]]  # the empty one, for when there are none
    return "".join(texts), Labels(*map(np.concatenate, zip(*parts, strict=True)))
