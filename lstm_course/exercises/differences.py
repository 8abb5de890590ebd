"""How an answer differs from the truth, in words: the kind of thing first, then its shape, then its numbers."""

import numpy as np

DIGITS = {"float32": 1e-4, "float64": 1e-8}
"""How far numbers may be apart, relative to the size of the truth, by the type of the truth."""


def difference(got, want, name="the answer", parts=()):
    """What is wrong with an answer, the likeliest first.

    Args:
        got: what the learner's code returned.
        want: the truth: a NumPy array, or a tuple or list of arrays.
        name: what to call it.
        parts: what to call the parts of a tuple or list.
    Returns:
        A sentence, or None when there is no difference.

    >>> difference(-np.ones(3), np.ones(3))
    'The answer has the opposite sign.'
    """
    Name = name if name in parts else _sentence(name)
    if got is None:
        return f"{Name} is None. Is a `return` missing?"
    if isinstance(want, tuple | list):
        return _parts_difference(got, want, parts or [f"part {k} of {len(want)}" for k in range(1, len(want) + 1)])
    if type(got) is not np.ndarray and not isinstance(got, np.generic):
        return _kind_difference(got, want, name)
    if got.dtype.kind not in "fiub":
        return f"{Name} holds {got.dtype} and not plain numbers."
    return _shape_difference(got, want, Name) or _number_difference(got, want, Name) or _type_difference(got, want, Name)


def misfit(got, **shapes):
    """What is wrong with a tuple of arrays before its numbers are looked at.

    Args:
        got: what the learner's code returned.
        shapes: names of the arrays to their shapes, in order.
    Returns:
        A sentence, or None when there are as many NumPy arrays, of these shapes.

    >>> misfit((np.ones(3), np.ones(2)), kernel=(3,), bias=(3,))
    'bias is to be an array of the shape (3,).'
    """
    if not isinstance(got, tuple) or len(got) != len(shapes):
        return f"A tuple of {len(shapes)} arrays is expected: {', '.join(shapes)}."
    for x, (name, shape) in zip(got, shapes.items(), strict=True):
        if not isinstance(x, np.ndarray) or x.shape != shape:
            return f"{name} is to be an array of the shape {shape}."
    return None


def raised(error, names, arguments):
    """An exception that an answer raised, and what it was called with: most often two shapes do not fit.

    Args:
        error: the exception.
        names, arguments: of the call.
    Returns:
        One or two sentences.
    """
    text = f"The function raises {type(error).__name__}: {error}"
    if "must be Tensor, not numpy" in str(error):
        return f"{text}. The arguments are NumPy arrays: use NumPy's functions."
    shapes = [f"{name} {x.shape}" for name, x in zip(names, arguments, strict=True) if isinstance(x, np.ndarray)]
    return f"{text}. The shapes were {', '.join(shapes)}." if shapes and isinstance(error, ValueError | IndexError) else text


def same(got, want):
    """Equal shapes and numbers within the digits of the truth."""
    if got.shape != want.shape or not np.all(np.isfinite(got)):
        return False
    return bool(np.max(np.abs(got - want), initial=0) <= DIGITS[str(want.dtype)] * max(1, np.max(np.abs(want), initial=0)))


def _parts_difference(got, want, parts):
    expected = f"A {type(want).__name__} of {len(want)} is expected"
    if not isinstance(got, tuple | list):
        return f"{expected}, and {described(got)} came."
    if len(got) != len(want):
        return f"{expected}, and {len(got)} came."
    found = [difference(g, w, part, parts) for g, w, part in zip(got, want, parts, strict=True)]
    return next((text for text in found if text), None)


def _kind_difference(got, want, name):
    """The answer is no NumPy array. Are its numbers right at least?"""
    if callable(got):
        return "A function came back and not its result. Are the parentheses of a call missing?"
    try:
        numbers = np.asarray(got.detach() if hasattr(got, "detach") else got)
        right = numbers.dtype.kind in "fiu" and same(numbers, want)
    except (TypeError, ValueError, RuntimeError):
        right = False
    head = "The numbers are right, but " if right else ""
    return _sentence(f"{head}{name} is {described(got)}; a NumPy array is expected.")


def _sentence(text):
    return text[0].upper() + text[1:]


def described(x):
    """What kind of thing a value is, with its article: "a list", "a torch.Tensor"."""
    if type(x) is np.ndarray:
        return "a NumPy array"
    word = f"{type(x).__module__}.{type(x).__name__}".removeprefix("builtins.").removeprefix("numpy.")
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _shape_difference(got, want, Name):
    """The shape is wrong. Is there a simple reason?"""
    if got.shape == want.shape:
        return None
    text = f"{Name} has the shape {got.shape}, expected {want.shape}"
    one = "step" if want.ndim > 2 else "row"
    reasons = {
        "it is transposed": lambda: same(got.T, want),
        "its first two axes are swapped": lambda: got.ndim > 1 and same(got.swapaxes(0, 1), want),
        f"only the last {one} is there": lambda: want.ndim > got.ndim and same(got, want[-1]),
        f"only the first {one} is there": lambda: want.ndim > got.ndim and same(got, want[0]),
        "the start is among the steps": lambda: got.ndim == want.ndim > 2 and same(got[1:], want),
        f"the last {one} is missing": lambda: got.ndim == want.ndim and same(got, want[:-1]),
        f"the first {one} is missing": lambda: got.ndim == want.ndim and same(got, want[1:]),
        "an axis of size 1 is missing or left over": lambda: same(got.reshape(want.shape), want),
    }
    return f"{text}: {reason}." if (reason := _first(reasons)) else f"{text}."


def _number_difference(got, want, Name):
    """The shape is right and the numbers are wrong. Is there a simple reason?"""
    if same(got, want):
        return None
    if not np.all(np.isfinite(got)):
        return f"{Name} contains nan or inf."
    if not np.any(got):
        return f"{Name} is zero everywhere."
    with np.errstate(all="ignore"):
        factor = float(np.sum(got * want) / np.sum(want * want)) if np.any(want) else 0.0
    steps = want.ndim > 2 and len(want) > 1
    reasons = {
        "has the opposite sign": lambda: same(-got, want),
        "is transposed": lambda: got.ndim == 2 and got.shape == got.T.shape and same(got.T, want),
        "runs backwards in time": lambda: steps and same(got[::-1], want),
        "is one step late: entry t holds what belongs to t - 1": lambda: steps and same(got[1:], want[:-1]),
        "is one step early: entry t holds what belongs to t + 1": lambda: steps and same(got[:-1], want[1:]),
        "holds the last step at every step, as if one array were filled again and again": lambda: (
            steps and same(got, want[-1] + 0 * want)
        ),
        f"is {factor:.4g} times too large" if factor > 1 else f"is too small by the factor {factor:.4g}": lambda: (
            factor > 0 and same(got / factor, want)
        ),
    }
    if reason := _first(reasons):
        return f"{Name} {reason}."
    if np.allclose(got, want, rtol=1e-4, atol=1e-5):
        return f"{Name} is nearly right, but only to a few digits. Is something computed in float32, or a small number added?"
    wrong = np.unravel_index(np.argmax(np.abs(got - want)), want.shape)
    place = f" at [{', '.join(map(str, wrong))}]" if want.ndim else ""
    return f"{Name} has other numbers: for instance {got[wrong]:.4f}{place}, expected {want[wrong]:.4f}."


def _type_difference(got, want, Name):
    if got.dtype == want.dtype:
        return None
    text = f"{Name} has the right numbers but the type {got.dtype}, where {want.dtype} went in."
    return text + " An array made inside needs `dtype=`, and NumPy makes float64 if it is not told."


def _first(reasons):
    """The first reason that holds."""
    for text, holds in reasons.items():
        try:
            if holds():
                return text
        except (ValueError, TypeError, IndexError, FloatingPointError):
            continue
    return None
