"""Reversal: read a sequence of symbols to its end, and write it down backwards.

    source    7 3 9 3 1                 symbols 1 ... V
    target    1 3 9 3 7 END             END is 0
    where     4 3 2 1 0 -               the place in the source that each target symbol is read from

Nothing about a symbol can be guessed from the others, so a network has to carry all n of them, n ln V nats, from one side to
the other: through one vector, or by looking back at the right place. Those places are the anti-diagonal of T against S.

A shorter sequence is padded with further random symbols. They look like all the others, so only `lengths` says where it ends,
and who reads on finds the wrong symbols there.
"""

import math

import numpy as np

from lstm_course import expect
from lstm_course.tasks import END, IGNORED, Pairs


def batch(rng, B, shortest=5, longest=40, V=50):
    """Draw a batch in which each sequence has a length of its own.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
        shortest, longest: lengths are uniform in shortest ... longest.
        V: how many symbols there are. Source and target share one vocabulary of V + 1, END and the symbols.
    Returns:
        Pairs: source (longest, B), target (longest + 1, B), where (longest + 1, longest, B).
    Raises:
        ValueError: when rng is no Generator, a size is not a positive integer, or longest is below shortest.

    >>> source, lengths, target, where = batch(np.random.default_rng(0), B=2, shortest=2, longest=4, V=9)
    >>> lengths
    array([4, 3])
    >>> source.T
    array([[5, 3, 1, 2],
           [3, 1, 1, 8]])
    >>> target.T
    array([[   2,    1,    3,    5,    0],
           [   1,    1,    3,    0, -100]])
    >>> where[..., 1].astype(int)
    array([[0, 0, 1, 0],
           [0, 1, 0, 0],
           [1, 0, 0, 0],
           [0, 0, 0, 0],
           [0, 0, 0, 0]])
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    _expect_sizes(shortest, longest, V)
    lengths = rng.integers(shortest, longest + 1, B)
    source = rng.integers(1, V + 1, (longest, B))
    at = lengths - 1 - np.arange(longest + 1)[:, None]  # -1 is where END stands
    target = np.where(at >= 0, np.take_along_axis(source, np.maximum(at, 0), 0), np.where(at == -1, END, IGNORED))
    return Pairs(source, lengths, target, at[:, None] == np.arange(longest)[:, None])


def batch_alike(rng, B, shortest=5, longest=40, V=50):
    """Draw a batch in which all sequences have the same length, one of shortest ... longest, so that there is no padding.

    Args and errors as in `batch`.

    Returns:
        Pairs: source (S, B), target (S + 1, B), where (S + 1, S, B), with S the length that was drawn.

    >>> batch_alike(np.random.default_rng(0), B=3).lengths
    array([35, 35, 35])
    """
    expect.generator("rng", rng)
    _expect_sizes(shortest, longest, V)
    length = int(rng.integers(shortest, longest + 1))
    return batch(rng, B, length, length, V)


def solve(source, lengths):
    """The answers, read off: each sequence from its last symbol to its first, then END.

    Args:
        source: (S, B).
        lengths: (B,).
    Returns:
        (S + 1, B), int64.
    Raises:
        ValueError: when the shapes do not fit, or a length is not one of 1 ... S.

    >>> solve(np.array([[7, 5], [3, 6], [9, 8]]), np.array([3, 2])).T
    array([[   9,    3,    7,    0],
           [   6,    5,    0, -100]])
    """
    expect.shape("source", source, S=None, B=None)
    expect.shape("lengths", lengths, B=source.shape[1])
    for n in lengths:
        expect.that(1 <= n <= len(source), "lengths", n, f"lengths from 1 to {len(source)}")
    target = np.full((len(source) + 1, source.shape[1]), IGNORED)
    for b, n in enumerate(lengths):
        target[:n, b] = source[:n, b][::-1]
        target[n, b] = END
    return target


def baseline(shortest=5, longest=40, V=50):
    """The cross-entropy, in nats per target token, of the best answer that ignores the source, exactly.

        (m ln V + ln L) / (m + 1),     m = (shortest + longest) / 2,     L = longest - shortest + 1

    It does not know the length, but it reads the right tokens so far and so knows how many there were, which is all that they
    tell. A sequence has m symbols on average, then END, and it takes ln L to say when that comes. Who knows the length saves
    these ln L; for one length n it is baseline(n, n, V). The mean is over all target tokens of many batches.

    Raises:
        ValueError: as in `batch`.

    >>> round(baseline(), 4), round(baseline(30, 30), 4)
    (3.898, 3.7858)
    """
    _expect_sizes(shortest, longest, V)
    m, L = (shortest + longest) / 2, longest - shortest + 1
    return (m * math.log(V) + math.log(L)) / (m + 1)


def chance(shortest=5, longest=40, V=50):
    """The accuracy, per target token, of the best answer that ignores the source, exactly. It knows what `baseline` knows.

        (shortest / V + sum_{k=1..L} max(1, (k - 1) / V) / L) / (m + 1)

    Behind `shortest` symbols the end may have come: with k lengths still possible its probability is 1 / k, that of any one
    symbol (1 - 1 / k) / V, and the larger is the answer. At the symbols alone, for who knows the length, it is 1 / V.

    Raises:
        ValueError: as in `batch`.

    >>> round(chance(), 4), round(chance(30, 30), 4)
    (0.0468, 0.0516)
    """
    _expect_sizes(shortest, longest, V)
    m, L = (shortest + longest) / 2, longest - shortest + 1
    return (shortest / V + sum(max(1, (k - 1) / V) for k in range(1, L + 1)) / L) / (m + 1)


def chance_whole(shortest=5, longest=40, V=50):
    """How often the best guess gets a whole sequence right, exactly: V^-shortest / L. It knows neither source nor length.

    For one length n it is chance_whole(n, n, V) = V^-n.

    Raises:
        ValueError: as in `batch`.

    >>> chance_whole(1, 2, 5), chance_whole(10, 10, 2) == 2**-10
    (0.1, True)
    """
    _expect_sizes(shortest, longest, V)
    return float(V) ** -shortest / (longest - shortest + 1)


def _expect_sizes(shortest, longest, V):
    for name, size in (("shortest", shortest), ("longest", longest), ("V", V)):
        expect.positive(name, size)
    expect.that(longest >= shortest, "longest", repr(longest), f"at least shortest = {shortest}")
