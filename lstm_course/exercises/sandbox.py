"""A learner's function is run where it can do no harm to the notebook: watched, timed, its printing kept short.

What cannot be stopped: a single call that does not come back to Python (a long `time.sleep`, one enormous matrix product),
and code that catches every exception for ever. The notebook then goes on all the same, and says that the kernel should be
restarted. What this cannot help against: a call that keeps the interpreter to itself all the while, such as `np.stack` of a
list that contains itself, and an answer that fills the memory.
"""

import contextlib
import copy
import ctypes
import inspect
import io
import itertools
import linecache
import threading
import time
import traceback
import warnings
from functools import lru_cache
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

SECONDS = 3.0
"""What an answer may take for everything it is asked at one check."""
GRACE = 1.5
"""What stopping may take, after which the answer is left to itself."""


class TimeIsUp(SystemExit):
    """Raised into the answer's thread. A thread that ends with a SystemExit ends in silence, however late it is struck."""


class Outcome(NamedTuple):
    """What came of one call.

    value: what was returned. error: the exception, or None. edited: positions of arguments that are no longer what they were.
    shared: positions of arguments in whose memory the value lies. printed: the first lines of what was printed. late: what to
    say when there is nothing to judge, most often since the time was up, else "".
    """

    value: Any = None
    error: BaseException | None = None
    edited: tuple = ()
    shared: tuple = ()
    printed: str = ""
    late: str = ""


class Sandbox:
    """Calls of one function, with a common allowance of time.

    Args:
        function: the answer; all its calls together have `SECONDS`.
    """

    def __init__(self, function):
        import torch  # noqa: F401  here, since an answer that imports it and is stopped half way would leave it broken

        self.function, self.deadline = function, time.monotonic() + SECONDS

    def __call__(self, *arguments):
        """Outcome of one call. The function gets copies; the arguments stay what they are."""
        given, box, paper = copy.deepcopy(arguments), {}, Paper()

        def work():
            try:
                box["value"] = self.function(*given)
            except BaseException as error:  # whatever a learner's code may raise, the notebook lives on
                box["error"] = error

        thread = threading.Thread(target=work, daemon=True)
        with (
            contextlib.redirect_stdout(paper),
            contextlib.redirect_stderr(paper),
            warnings.catch_warnings(),
            mock.patch("builtins.input", _no_input),
        ):
            warnings.simplefilter("ignore")
            thread.start()
            late = self._wait(thread)
        if any(part is box.get("value") for part in _parts(box.get("value"))):
            late = "The answer is a list that contains itself. Was it appended to itself?"
        if late:
            return Outcome(printed=paper.text(), late=late)
        edited = tuple(k for k, (now, before) in enumerate(zip(given, arguments, strict=True)) if not unchanged(now, before))
        shared = tuple(k for k, now in enumerate(given) if shares(box.get("value"), now))
        return Outcome(box.get("value"), box.get("error"), edited, shared, paper.text())

    def _wait(self, thread):
        """ "" when the thread ended in time, else what became of it."""
        try:
            thread.join(max(0.0, self.deadline - time.monotonic()))
        finally:  # also when the learner interrupts the kernel
            late, give_up = thread.is_alive(), time.monotonic() + GRACE
            while thread.is_alive() and time.monotonic() < give_up:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeIsUp))
                thread.join(0.02)
        if thread.is_alive():
            return f"No answer after {SECONDS:.0f} s, and the function cannot be stopped: please restart the kernel."
        return f"No answer after {SECONDS:.0f} s; the function was stopped. Is there a loop that never ends?" if late else ""


def _no_input(prompt=""):
    raise EOFError("nobody is there to answer input(); everything an answer needs is in its arguments")


class Paper(io.TextIOBase):
    """Where an answer prints: the beginning is kept, the rest only counted."""

    MOST = 500

    def __init__(self):
        self.kept, self.written = "", 0

    def write(self, text):
        self.kept += text[: self.MOST - len(self.kept)]
        self.written += len(text)
        return len(text)

    def text(self):
        """What was printed, shortened to a few lines."""
        lines = self.kept.splitlines()[:5]
        left = self.written - sum(len(line) + 1 for line in lines)
        return "\n".join([*lines, f"... and {left} characters more"] if left > 1 else lines)


_numbers = itertools.count(1)


def unchanged(now, before):
    """Whether an argument is still exactly what it was, arrays bit by bit."""
    if isinstance(before, np.ndarray):
        return isinstance(now, np.ndarray) and now.shape == before.shape and now.tobytes() == before.tobytes()
    if isinstance(before, list | tuple):
        return isinstance(now, list | tuple) and len(now) == len(before) and all(map(unchanged, now, before))
    return not isinstance(before, int | float | str) or now == before


def shares(value, argument):
    """Whether an array of the value lies in the memory of one of the argument's."""
    return any(np.shares_memory(x, y) for x in _arrays(value) for y in _arrays(argument))


def _arrays(x):
    return [part for part in (x, *_parts(x)) if isinstance(part, np.ndarray)]


def _parts(x):
    return x if isinstance(x, list | tuple) else ()


def alike(one, other):
    """Whether two calls did the same: the same mistake raised, the same arguments edited, the same numbers returned."""
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error) and str(one.error) == str(other.error)
    return one.edited == other.edited and _alike(one.value, other.value)


def _alike(x, y):
    if isinstance(x, tuple | list) and isinstance(y, tuple | list):
        return type(x) is type(y) and len(x) == len(y) and all(map(_alike, x, y))
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        close = x.shape == y.shape and x.dtype == y.dtype and x.dtype.kind in "fiub"
        return close and np.allclose(x, y, rtol=1e-4 if x.dtype.itemsize < 8 else 1e-8, atol=1e-7, equal_nan=True)
    return type(x) is type(y) and isinstance(x, int | float | str | None) and x == y


def parameters(function):
    """The names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def misfit(function, model, case):
    """Why a function cannot be called as its model is; None if it can."""
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        return "With `async` or `yield`, a call computes nothing yet. A plain `def` with `return` is expected."
    try:
        inspect.signature(function).bind(*case)
    except TypeError:
        want = f"{model.__name__}({', '.join(parameters(model))})"
        return f"The function takes {inspect.signature(function)}. It is called as {want}."
    except ValueError:  # a function that does not tell its parameters: we shall see
        return None
    return None


def where(error, function):
    """The learner's own line in which an exception came up; "" if there is none.

    Args:
        error: the exception, or None.
        function: the learner's function, which tells the file or notebook cell.
    """
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    mine = [frame for frame in frames if frame.filename == file]
    return f"\n  in {mine[-1].name}, line {mine[-1].lineno}:   {mine[-1].line}" if mine else ""


@lru_cache(maxsize=1024)
def compiled(source, name):
    """The last function that a piece of code defines, with its lines known to tracebacks.

    Args:
        source: code; `np` is at its disposal.
        name: what to call the piece in tracebacks.
    """
    file = f"<{name}, {next(_numbers)}>"  # a number of its own, or a traceback would show another piece's lines
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"np": np}
    exec(compile(source, file, "exec"), names)
    return [value for value in names.values() if getattr(getattr(value, "__code__", None), "co_filename", None) == file][-1]
