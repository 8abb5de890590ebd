"""Ten cheap tests of a program. Each takes an exhibit, a program and rng, and gives True (nothing to complain of), False (found
something), or None where it has nothing to try. None of them knows what the mistake is."""

from itertools import combinations

import numpy as np

from lstm_course.museum.exhibit import source


def alone(exhibit, program, rng):
    """Does an example alone give what it gives in company?"""
    if not exhibit.batch or None in exhibit.examples:
        return None
    arguments = exhibit.draw(rng)
    last = _pick(exhibit, arguments, [-1])
    return _same(_parts(program(*last)), _pick_parts(exhibit, program(*arguments), [-1]))


def permuted(exhibit, program, rng):
    """Are the answers the same when the examples stand in another order?"""
    if not exhibit.batch:
        return None
    arguments = exhibit.draw(rng)
    (argument, axis), *_ = exhibit.batch.items()
    order = np.roll(np.arange(arguments[argument].shape[axis]), 1)
    after = _parts(program(*_pick(exhibit, arguments, order)))
    return _same(after, _pick_parts(exhibit, program(*arguments), order))


def padded(exhibit, program, rng):
    """Are the answers the same with more padding behind?"""
    if exhibit.pad is None:
        return None
    arguments = exhibit.draw(rng)
    before, after = _parts(program(*arguments)), _parts(program(*exhibit.pad(arguments, rng)))
    return _same([x[: len(y)] for x, y in zip(after, before, strict=True)], before)


def reached(exhibit, program, rng):
    """Does everything that should matter matter?"""
    if not exhibit.reach:
        return None
    arguments = exhibit.draw(rng)
    before = _parts(program(*arguments))
    for argument, part in exhibit.reach:
        moved = list(arguments)
        moved[argument] = moved[argument] + rng.standard_normal(moved[argument].shape)
        if np.allclose(_parts(program(*moved))[part], before[part]):
            return False
    return True


def bent(exhibit, program, rng):
    """Is the answer to a sum anything else than the sum of the answers?"""
    if exhibit.superpose is None:
        return None
    arguments, others = exhibit.draw(rng), exhibit.draw(rng)
    x, y = arguments[exhibit.superpose], others[exhibit.superpose]
    put = lambda z: _parts(program(*arguments[: exhibit.superpose], z, *arguments[exhibit.superpose + 1 :]))[0]
    return not np.allclose(put(x + y) + put(0 * x), put(x) + put(y))


def distinct(exhibit, program, rng):
    """Are no two of the answers alike, which nothing makes alike?"""
    value = program(*exhibit.draw(rng))
    if exhibit.differ is not None:
        rows = exhibit.differ(value)
    elif exhibit.batch:
        rows = np.moveaxis(_parts(value)[0], exhibit.examples[0], 0)
    else:
        return None
    return not any(np.allclose(x, y) for x, y in combinations(rows, 2))


def whole(exhibit, program, rng):
    """Do the weights of an example add up to 1?"""
    if exhibit.total is None:
        return None
    return bool(np.allclose(_parts(program(*exhibit.draw(rng)))[0].sum(exhibit.total), 1))


def by_hand(exhibit, program, rng):
    """Does a gate that is set by hand do what is known of it?"""
    return None if exhibit.by_hand is None else bool(np.allclose(*exhibit.by_hand(program)))


def differences(exhibit, program, rng):
    """Is the gradient a difference quotient? That of a program that goes forward is found by torch, from the same lines."""
    import torch

    if exhibit.claims is not None:
        try:
            exhibit.claims(program, rng)
        except AssertionError:
            return False
        return True
    if exhibit.truth is None:
        return None
    arguments = [torch.from_numpy(x).requires_grad_(x.dtype.kind == "f") for x in exhibit.draw(rng)]
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return torch.autograd.gradcheck(in_torch(program), arguments, raise_exception=False)
    finally:
        torch.set_default_dtype(usual)


def compared(exhibit, program, rng):
    """Does somebody else's program give the same?"""
    if exhibit.truth is None:
        return None
    arguments = exhibit.draw(rng)
    return _same(_parts(program(*arguments)), _parts(exhibit.truth(*arguments)))


CHECKS = {
    "one example alone": alone,
    "another order": permuted,
    "more padding": padded,
    "change an input": reached,
    "add two inputs": bent,
    "no two alike": distinct,
    "adds up to 1": whole,
    "a gate by hand": by_hand,
    "difference quotient": differences,
    "compare with torch": compared,
}
"""The tests, by what they do."""


def in_torch(program):
    """The same lines with torch in the place of NumPy, so that autograd can differentiate them."""
    import torch

    names = {"np": torch}
    exec(source(program, "program"), names)
    return names["program"]


def _parts(value):
    return value if isinstance(value, tuple) else (value,)


def _pick(exhibit, arguments, which):
    """Arguments of some of the examples."""
    taken = lambda k, x: np.take(x, which, exhibit.batch[k]) if k in exhibit.batch else x
    return [taken(k, x) for k, x in enumerate(arguments)]


def _pick_parts(exhibit, value, which):
    parts = zip(_parts(value), exhibit.examples, strict=True)
    return [part if axis is None else np.take(part, which, axis) for part, axis in parts]


def _same(some, others):
    return all(x.shape == y.shape and np.allclose(x, y) for x, y in zip(some, others, strict=True))
