"""A derivative against a difference: the truth that needs no other library.

Along a direction v, the derivative of f at x is (f(x + e v) - f(x - e v)) / 2e up to an error of order e^2. A few random
directions find a wrong gradient almost surely, at two evaluations each, whatever the number of parameters.
"""

import numpy as np

from lstm_course import expect, unroll


def compare(function, arguments, gradients, *, rng, directions=3, eps=1e-5, tolerance=1e-7):
    """Check gradients along random directions.

    Args:
        function: takes arrays like `arguments`, gives a number.
        arguments: sequence of float64 arrays, where to look.
        gradients: sequence of arrays of the same shapes: the claimed derivatives of `function`.
        rng: numpy.random.Generator, draws the directions.
        directions: how many to try for each argument alone.
        eps: half the width of the difference.
        tolerance: largest error allowed, relative to the larger of 1 and the difference.
    Returns:
        The largest relative error seen.
    Raises:
        ValueError: when arguments and gradients do not match in number, shape or type, or a setting is out of range.
        AssertionError: when a derivative is wrong; the message names the argument by its place and gives both numbers.

    >>> x = np.array([1.0, 2.0])
    >>> compare(lambda x: (x**3).sum(), [x], [3 * x**2], rng=np.random.default_rng(0)) < 1e-9
    True
    """
    arguments, gradients = list(arguments), list(gradients)
    expect.generator("rng", rng)
    expect.positive("directions", directions)
    for name, value in (("eps", eps), ("tolerance", tolerance)):
        expect.number(name, value)
        expect.that(value > 0, name, value, "a positive number")
    expect.that(len(arguments) == len(gradients), "gradients", len(gradients), f"one for each of {len(arguments)} arguments")
    for k, (x, dx) in enumerate(zip(arguments, gradients, strict=True)):
        expect.that(np.asarray(x).dtype == np.float64, f"arguments[{k}]", np.asarray(x).dtype, "float64")
        expect.that(np.shape(dx) == np.shape(x), f"gradients[{k}]", f"shape {np.shape(dx)}", f"{np.shape(x)}")
    worst = 0.0
    for k, (x, dx) in enumerate(zip(arguments, gradients, strict=True)):
        for _ in range(directions):
            v = rng.standard_normal(np.shape(x))
            claimed = float((dx * v).sum())
            ahead, behind = ([*arguments[:k], x + e * v, *arguments[k + 1 :]] for e in (eps, -eps))
            difference = float(function(*ahead) - function(*behind)) / (2 * eps)
            error = abs(claimed - difference) / max(1.0, abs(difference))
            if not error <= tolerance:
                digits = 3 if error > 1e-2 else 9  # as many as it takes to see the difference
                both = f"the gradient says {claimed:.{digits}g}, finite differences {difference:.{digits}g}"
                raise AssertionError(f"argument {k}: {both}")
            worst = max(worst, error)
    return worst


def cell(cell, *, rng, T=7, B=3, D=4, H=5, models=None, eps=1e-5, **init):
    """Check a cell's derived backward: the gradient of a random linear loss of all h and of the last state.

    Args:
        cell: a cell with a derived backward.
        rng: numpy.random.Generator.
        T, B, D, H: sizes.
        models: None, or N models at once.
        eps: half the width of the difference; smaller for a cell that bends more, as one with layer normalisation does.
        **init: further arguments of `cell.init`.
    Returns:
        The largest relative error seen, over xs, every parameter and every part of the starting state.
    Raises:
        ValueError: when the cell has no derived backward, rng is no Generator, a size is not a positive integer, or eps is not
            a positive number.
        AssertionError: when a derivative is wrong.

    >>> from lstm_course.cells import lstm
    >>> cell(lstm, rng=np.random.default_rng(0)) < 1e-7
    True
    """
    unroll.expect_derived(cell)
    expect.generator("rng", rng)
    for name, size in {"T": T, "B": B, "D": D, "H": H, "models": 1 if models is None else models}.items():
        expect.positive(name, size)
    lead = () if models is None else (models,)
    each = [cell.init(stream, D, H, **init) for stream in rng.spawn(models or 1)]
    p = each[0] if models is None else cell.Params(*map(np.stack, zip(*each, strict=True)))
    xs = rng.standard_normal((T, *lead, B, D))
    zero = cell.initial_state(p, B)
    state = unroll.remake(zero, (rng.standard_normal(x.shape) for x in zero))
    hs, tape = unroll.record(cell, p, xs, state)
    dhs = rng.standard_normal(hs.shape)
    dlast = unroll.remake(zero, (rng.standard_normal(x.shape) for x in zero))

    def loss(xs, *rest):
        hs, last = unroll.run(cell, cell.Params(*rest[: len(p)]), xs, tuple(rest[len(p) :]))
        return (hs * dhs).sum() + sum((x * d).sum() for x, d in zip(last, dlast, strict=True))

    dxs, dp, dstate0 = unroll.backward(cell, p, tape, dhs, dlast)
    return compare(loss, [xs, *p, *state], [dxs, *dp, *dstate0], rng=rng, eps=eps)
