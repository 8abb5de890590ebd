"""What an exhibit is: a broken program, the same program mended, and what each test needs to know in order to try either."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Exhibit(NamedTuple):
    """A mistake that people make, with all that is needed to find it.

    Arguments are numbered by their place; what a program gives has one part, or is a tuple of parts. Where a test has nothing
    to try, its field is left empty.

    Args:
        title: a few words.
        broken, mended: functions of the same arguments, NumPy arrays and whole numbers.
        draw: takes rng, gives arguments.
        reach: pairs (argument, part): to change the one must change the other.
        batch: argument to the axis along which its examples lie.
        examples: for each part the axis of its examples, or None for a part that all examples share.
        superpose: the argument in which the program must not be linear.
        pad: takes arguments and rng, gives arguments with more padding behind.
        total: the axis along which the first part adds up to 1.
        differ: takes the value, gives the arrays of which no two may be alike.
        by_hand: takes a program, gives an array and what it must be when the gates are set by hand.
        claims: takes a program and rng, and raises AssertionError when a gradient it gives is none; None for a program that
            goes forward, whose gradient torch finds.
        truth: takes arguments, gives the value by independent means, as a rule by torch.
    """

    title: str
    broken: Callable
    mended: Callable
    draw: Callable
    reach: tuple = ()
    batch: Mapping = {}
    examples: tuple = ()
    superpose: int | None = None
    pad: Callable | None = None
    total: int | None = None
    differ: Callable | None = None
    by_hand: Callable | None = None
    claims: Callable | None = None
    truth: Callable | None = None


def source(function, name):
    """The code of a program, to be shown or handed out: without its docstring, under another name.

    Args:
        function: a program of the museum.
        name: what to call it.
    Returns:
        str.

    >>> from lstm_course.museum import twice
    >>> print(source(twice.mended, "my_biases"))
    def my_biases(H, forget):
        b_ih, b_hh = np.zeros(4 * H), np.zeros(4 * H)
        b_ih[H : 2 * H] = forget
        return b_ih, b_hh
    """
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    first, *_ = ast.parse("\n".join(lines)).body
    doc = first.body[0]
    kept = [line for number, line in enumerate(lines, 1) if not doc.lineno <= number <= doc.end_lineno]
    return "\n".join(kept).replace(f"def {function.__name__}(", f"def {name}(", 1).rstrip()
