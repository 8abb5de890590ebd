"""The source code of Python's standard library, character by character: a text that every reader already has.

Karpathy (2015) trained recurrent networks on source code and looked at what they wrote. This is that experiment without
a download. The modules are fixed and exist in Python 3.11 to 3.14; their text differs a little from version to version.
"""

import operator
import os
import reprlib
import unicodedata
from collections.abc import Iterable
from numbers import Integral
from pathlib import Path

import numpy as np

HELD_OUT = ("configparser", "heapq", "tempfile", "random", "cmd")

TRAINING = tuple(
    """
    _strptime _weakrefset abc argparse ast base64 bdb bisect calendar code codecs codeop collections colorsys
    compileall contextlib contextvars copy copyreg csv dataclasses dis doctest enum filecmp fileinput fnmatch
    fractions functools genericpath getopt getpass gettext graphlib gzip hashlib hmac inspect io keyword linecache
    lzma bz2 netrc ntpath numbers operator os pdb pkgutil platform poplib posixpath pprint profile pstats pty
    py_compile pyclbr queue quopri reprlib rlcompleter runpy sched secrets selectors shelve shlex shutil signal site
    smtplib socket socketserver stat string subprocess sysconfig tabnanny tarfile textwrap threading timeit token
    tokenize trace traceback tracemalloc types typing uuid warnings wave weakref zipapp zipimport asyncio/events
    asyncio/futures asyncio/locks asyncio/queues asyncio/runners asyncio/streams asyncio/tasks asyncio/transports
    concurrent/futures/_base concurrent/futures/process concurrent/futures/thread ctypes ctypes/util
    email/_policybase email/charset email/contentmanager email/feedparser email/generator email/header
    email/headerregistry email/policy email/utils html html/parser http http/client http/cookies http/server json
    json/decoder json/encoder logging logging/config multiprocessing/connection multiprocessing/context
    multiprocessing/queues multiprocessing/shared_memory multiprocessing/util unittest/async_case unittest/case
    unittest/loader unittest/main unittest/result unittest/runner unittest/suite unittest/util urllib/parse
    urllib/robotparser wsgiref/handlers wsgiref/headers wsgiref/simple_server wsgiref/validate xml/dom/pulldom
    xml/etree/ElementPath xml/etree/ElementTree xml/sax/handler xml/sax/saxutils xmlrpc/client xmlrpc/server
    """.split()
)
"""The modules to learn from, and, in `HELD_OUT`, those to be judged by: none of them was trained on."""

VOCABULARY = "\n" + "".join(map(chr, range(32, 127)))
"""The 96 characters a text is made of, line feed and printable ASCII."""


def read(modules):
    """The source text of standard-library modules, one after the other, in the course's 96 characters.

    Accented letters lose their accents, tabs become spaces, and what is left outside the vocabulary is dropped.

    Args:
        modules: names such as "heapq" or "json/decoder"; `TRAINING` and `HELD_OUT` are the course's.
    Returns:
        str.
    Raises:
        ValueError: when modules are no list of names, or this Python has no source file for one of them.

    >>> read(["heapq"]).count("def heappush") > 0
    True
    """
    if isinstance(modules, str) or not isinstance(modules, Iterable):
        raise ValueError(f"modules: got {modules!r}, expected several names, for instance ['heapq']")
    return "".join(fold(_source(name).read_text(encoding="utf-8")) for name in modules)


def _source(name, library=None):
    library = Path(os.__file__).parent if library is None else library
    for path in (library / f"{name}.py", library / f"{name}" / "__init__.py"):
        if path.is_file():
            return path
    raise ValueError(f"modules: got {name!r}, expected modules whose source stands in this Python's standard library")


def fold(text):
    r"""Write a text in the course's 96 characters.

    Raises:
        ValueError: when text is no str.

    >>> fold("na\u00efve\tcaf\u00e9 \u2192\r\n")
    'naive   cafe \n'
    """
    _expect_text(text)
    text = unicodedata.normalize("NFKD", text.expandtabs(8))
    return "".join(filter(VOCABULARY.__contains__, text))


def encode(text):
    r"""Characters to numbers.

    Returns:
        int64 array (len(text),).
    Raises:
        ValueError: when text is no str, or a character lies outside the vocabulary.

    >>> encode("\n A")
    array([ 0,  1, 34])
    """
    _expect_text(text)
    tokens = np.array([_NUMBER.get(c, -1) for c in text], np.int64)
    if (tokens < 0).any():
        raise ValueError(f"text: got {text[int(tokens.argmin())]!r}, expected only characters of VOCABULARY (see `fold`)")
    return tokens


_NUMBER = {c: k for k, c in enumerate(VOCABULARY)}
_CHARACTER = dict(enumerate(VOCABULARY))


def _expect_text(text):
    if not isinstance(text, str):
        raise ValueError(f"text: got {text!r}, expected a str")


def decode(tokens):
    """Numbers to characters: the opposite of `encode`.

    Raises:
        ValueError: when tokens are anything but numbers from 0 to 95.

    >>> decode([34, 35])
    'AB'
    """
    try:
        return "".join(_CHARACTER[operator.index(k)] for k in tokens)
    except (KeyError, TypeError) as error:
        last = len(VOCABULARY) - 1
        raise ValueError(f"tokens: got {reprlib.repr(tokens)}, expected numbers from 0 to {last} ({error})") from error


def windows(tokens, batch, steps):
    """Cut a text into `batch` parallel streams, to be read window by window.

    Args:
        tokens: int64 array, the text.
        batch: B, the number of streams.
        steps: T, the length of a window.
    Returns:
        A function of the step number k: 0, 1, ..., to (inputs, targets), each (T, B) and a copy. Targets are one
        character ahead.
        Window k + 1 goes on where window k ended; after the last whole window the streams begin anew.
    Raises:
        ValueError: when a size is no positive integer, tokens are no such array, or too few for a single window.

    >>> window = windows(np.arange(10), batch=2, steps=2)
    >>> inputs, targets = window(1)
    >>> inputs.T.tolist(), targets.T.tolist()
    ([[2, 3], [7, 8]], [[3, 4], [8, 9]])
    """
    for name, value in (("batch", batch), ("steps", steps)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise ValueError(f"{name}: got {value!r}, expected an integer of at least 1")
    if not (isinstance(tokens, np.ndarray) and tokens.ndim == 1 and tokens.dtype == np.int64):
        came = f"{tokens.dtype} of shape {tokens.shape}" if isinstance(tokens, np.ndarray) else type(tokens).__name__
        raise ValueError(f"tokens: got {came}, expected an int64 array with one axis")
    length = len(tokens) // batch
    count = (length - 1) // steps
    if count < 1:
        raise ValueError(f"tokens: got {len(tokens)}, expected at least {batch * (steps + 1)} for one window")
    streams = tokens[: batch * length].reshape(batch, length).T.copy()

    def window(k):
        start = k % count * steps
        return streams[start : start + steps].copy(), streams[start + 1 : start + steps + 1].copy()

    return window
