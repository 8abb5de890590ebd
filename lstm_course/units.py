"""What single units hold: find one, score it where it was not chosen, and change it to see what follows.

Everything works on sequences of any cell and on any labels: values (T, B, H) of H units, labels (T, B) that are true or false,
and `among` (T, B), the places that count. Every other sequence chooses, the rest score, since the best of many units looks
better than it is on the data that chose it.
"""

from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect, unroll
from lstm_course.ops import stack, unbind


class Threshold(NamedTuple):
    """The best cut through each of H units, all (H,).

    at: where to cut. above: whether the label is true above it. accuracy: balanced, on the data that chose the cut. r: the
    point-biserial correlation of unit and label.
    """

    at: Any
    above: Any
    accuracy: Any
    r: Any


def balanced_accuracy(said, labels):
    """The mean of the shares of true and of false labels that are met: chance is 1/2, however rare one of them is.

    Args:
        said: (n,) or (n, H), true or false.
        labels: (n,), true or false.
    Returns:
        float, or (H,).
    Raises:
        ValueError: when the labels are all alike.

    >>> balanced_accuracy(np.array([True, True, False, False]), np.array([True, False, False, False])).round(3)
    np.float64(0.833)
    """
    _expect_both(labels)
    return (said[labels].mean(0) + (~said[~labels]).mean(0)) / 2


def thresholds(values, labels):
    """Cut each unit where it tells the labels apart best.

    Args:
        values: (n, H).
        labels: (n,), true or false.
    Returns:
        Threshold.
    Raises:
        ValueError: when shapes do not fit or the labels are all alike.

    >>> found = thresholds(np.array([[0.1, 5.0], [0.2, 4.0], [0.9, 4.5], [0.8, 5.5]]), np.array([False, False, True, True]))
    >>> found.at.round(2), found.above, found.accuracy
    (array([0.5 , 4.25]), array([ True,  True]), array([1.  , 0.75]))
    """
    values, labels = np.asarray(values, float), np.asarray(labels, bool)
    expect.that(values.ndim == 2 and len(values) == len(labels), "values", f"shape {values.shape}", f"({len(labels)}, H)")
    _expect_both(labels)
    order = values.argsort(0, kind="stable")
    ordered = np.take_along_axis(values, order, 0)
    below = np.cumsum(labels[order], 0)[:-1] / labels.sum()  # share of the true ones up to each cut
    below_false = np.cumsum(~labels[order], 0)[:-1] / (~labels).sum()
    gain = np.where(ordered[1:] > ordered[:-1], below_false - below, 0)  # no cut between equal values
    best = np.abs(gain).argmax(0)
    units = np.arange(values.shape[1])
    gain = gain[best, units]
    at = (ordered[best, units] + ordered[best + 1, units]) / 2
    spread = values.std(0) * labels.std()
    r = np.divide(
        ((values - values.mean(0)) * (labels - labels.mean())[:, None]).mean(0), spread, where=spread > 0, out=0 * spread
    )
    return Threshold(at, gain >= 0, (1 + np.abs(gain)) / 2, r)


class Unit(NamedTuple):
    """The unit that tells a label best.

    index: which. at, above: its cut, as in `Threshold`. r, chosen: its correlation and its balanced accuracy where it was
    chosen. held_out: its balanced accuracy on the other sequences, with the same cut. ranked: (H,), all units, best first where
    they were chosen. each: (H,), the held-out balanced accuracy of every unit, with a cut of its own.
    """

    index: int
    at: float
    above: bool
    r: float
    chosen: float
    held_out: float
    ranked: Any
    each: Any


def find(values, labels, among=None):
    """Choose the unit that tells a label best on every other sequence, and score it on the rest.

    Args:
        values: (T, B, H).
        labels: (T, B), true or false.
        among: (T, B), the places that count; all if None.
    Returns:
        Unit.
    Raises:
        ValueError: when shapes do not fit, or one half has only labels of one kind.
    """
    values, labels, among = _expect(values, labels, among)
    (v, y), (held_v, held_y) = (_part(values, labels, among, half) for half in (0, 1))
    cut = thresholds(v, y)
    each = balanced_accuracy((held_v > cut.at) == cut.above, held_y)
    ranked = np.argsort(-cut.accuracy, kind="stable")
    k = int(ranked[0])
    best = (k, float(cut.at[k]), bool(cut.above[k]), float(cut.r[k]), float(cut.accuracy[k]), float(each[k]))
    return Unit(*best, ranked, each)


def permuted(values, labels, among=None, *, rng, draws=100):
    """What `find` would find if units and labels had nothing to do with each other: the sequences' labels change places.

    Args:
        values, labels, among: as in `find`.
        rng: numpy.random.Generator.
        draws: how often.
    Returns:
        (draws, 2): chosen and held-out balanced accuracy of the best unit each time.
    Raises:
        ValueError: as in `find`, or when rng is no Generator.
    """
    expect.generator("rng", rng)
    expect.positive("draws", draws)
    values, labels, among = _expect(values, labels, among)
    orders = (rng.permutation(labels.shape[1]) for _ in range(draws))
    found = (find(values, labels[:, order], among[:, order]) for order in orders)
    return np.array([(unit.chosen, unit.held_out) for unit in found])


def linear(values, labels, among=None, ridge=1e-3):
    """How well all units together tell a label: a straight cut through their space, by least squares, scored held out.

    Args:
        values, labels, among: as in `find`.
        ridge: weight of the squared coefficients, for standardised units.
    Returns:
        float, balanced accuracy.
    Raises:
        ValueError: as in `find`.
    """
    (v, y), (held_v, held_y) = (_part(*_expect(values, labels, among), half) for half in (0, 1))
    middle, spread = v.mean(0), v.std(0) + 1e-12
    v, held_v = (v - middle) / spread, (held_v - middle) / spread
    weight = np.where(y, 0.5 / y.mean(), 0.5 / (1 - y.mean()))  # both kinds count alike
    gram = (v * weight[:, None]).T @ v / len(v) + ridge * np.eye(v.shape[1])
    target = np.where(y, 1.0, -1.0) * weight
    offset = (v * weight[:, None]).mean(0)
    w = np.linalg.solve(gram - np.outer(offset, offset), (v * target[:, None]).mean(0))
    return float(balanced_accuracy(held_v @ w > offset @ w, held_y))


def by_symbol(symbols, labels, among=None):
    """How well a label can be told from the symbol just read and nothing else, scored held out: what no memory is needed for.

    Args:
        symbols: (T, B), whole numbers from 0.
        labels, among: as in `find`.
    Returns:
        float, balanced accuracy.
    Raises:
        ValueError: as in `find`.

    >>> symbols = np.array([[0, 0], [1, 1], [2, 2], [2, 2]])
    >>> by_symbol(symbols, np.array([[True, True], [False, False], [True, True], [False, False]]))
    0.75
    """
    x, labels, among = _expect(np.asarray(symbols)[..., None], labels, among)
    (x, y), (held_x, held_y) = (_part(x.astype(int), labels, among, half) for half in (0, 1))
    _expect_both(y)
    kinds = int(np.max(symbols)) + 1
    share = lambda which: np.bincount(x[which, 0], minlength=kinds) / which.sum()
    return float(balanced_accuracy((share(y) > share(~y))[held_x[:, 0]], held_y))


def rewrite(cell, p, xs, change, state=None):
    """Run a cell whose state is changed after every step, before anybody sees it.

    Args:
        cell, p, xs, state: as in `unroll.run`.
        change: function (t, state, gates) to a state of the same kind; it leaves the old one as it is.
    Returns:
        hs: (T, B, H), what the rest of the network gets to see.
    Raises:
        ValueError: as in `unroll.run`.
    """
    state, hs = unroll.check(cell, p, xs, state), []
    for t, a in enumerate(unbind(cell.inputs(p, xs))):
        state = change(t, *cell.step(p, a, state))
        hs.append(state[0])
    return stack(hs)


def hold(part, units, value):
    """A change for `rewrite`, on NumPy arrays: write a value into some units of one part of the state.

    What is written into an LSTM's c shows at once: h is computed anew, as o tanh(c).

    Args:
        part: a name, "c" or "h".
        units: numbers of units.
        value: a number; or (T, B, len(units)), nan where a unit is to be left alone.
    Returns:
        A function (t, state, gates). It raises ValueError for the c of a cell whose h is not o tanh(c).
    """

    def change(t, state, gates):
        x = getattr(state, part).copy()
        wanted = value[t] if np.ndim(value) else value
        x[:, units] = np.where(np.isnan(wanted), x[:, units], wanted)
        if part != "c":
            return state._replace(**{part: x})
        expect.that(np.allclose(state.h, gates.o * np.tanh(state.c)), "part", "'c' of another cell", "one whose h is o tanh(c)")
        return state._replace(c=x, h=gates.o * np.tanh(x))

    return change


def opposite(values, labels, among, units):
    """The values with which `hold` makes units say the opposite: at each place the mean of the other kind.

    Args:
        values: (T, B, H). labels, among: (T, B).
        units: numbers of units.
    Returns:
        (T, B, len(units)), nan outside `among`.
    """
    values, labels, among = _expect(values, labels, among)
    when_true, when_false = (values[among & kind][:, units].mean(0) for kind in (labels, ~labels))
    return np.where(among[..., None], np.where(labels[..., None], when_false, when_true), np.nan)


def _expect(values, labels, among):
    values, labels = np.asarray(values, float), np.asarray(labels, bool)
    expect.that(values.ndim == 3, "values", f"shape {values.shape}", "(T, B, H)")
    among = np.ones(values.shape[:2], bool) if among is None else np.asarray(among, bool)
    for name, x in (("labels", labels), ("among", among)):
        expect.that(x.shape == values.shape[:2], name, f"shape {x.shape}", values.shape[:2])
    return values, labels, among


def _expect_both(labels):
    expect.that(0 < np.mean(labels) < 1, "labels", f"{np.mean(labels):g} of them true", "some true and some false")


def _part(values, labels, among, half):
    """What counts of every other sequence: values (n, H), labels (n,)."""
    of = np.s_[:, half::2]
    return values[of][among[of]], labels[of][among[of]]
