"""What a network for text must beat: counting, and the compressors that every computer has."""

import bz2
import gzip
import lzma

import numpy as np

COMPRESSORS = {
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "bz2": lambda data: bz2.compress(data, 9),
    "xz": lambda data: lzma.compress(data, preset=9),
}
"""Functions from bytes to fewer bytes, from the standard library."""


def kneser_ney(training, text, order, vocabulary):
    """The probability of every character of a text, by counting which characters followed which in a training text.

    A model that looks at k - 1 characters s takes a discount D from each of its counts, and gives what it saves to the model
    that looks at one less:

        p_k(w | s) = (max(count(s w) - D, 0) + D kinds(s) p_{k-1}(w | shorter s)) / count(s)

    where kinds(s) is the number of different characters seen after s. An unseen s leaves the shorter one's word. In the
    shorter models count(s w) is not how often s w was seen, but after how many different characters: a pair that is frequent
    in one phrase only says little about any other place. D = n_1 / (n_1 + 2 n_2), from the numbers of n-grams that are counted
    once and twice, for each length its own.

    Args:
        training, text: int64 arrays of characters, numbered 0 ... vocabulary - 1.
        order: n of the longest n-gram, at least 1.
        vocabulary: K.
    Returns:
        (order + 1, len(text)): row 0 is the uniform distribution, row n the n-gram model. Before the text stand zeros.
    Raises:
        ValueError: when a text is empty, order is not positive, or the n-grams are too many to number.
    Source: kneser1995, interpolated as in chen1999.
    """
    for name, value in (("training", training), ("text", text)):
        if len(value) == 0:
            raise ValueError(f"{name}: got an empty array, expected characters")
    if not (order >= 1 and vocabulary ** (order + 1) < 2**63):
        raise ValueError(f"order: got {order} for {vocabulary} characters, expected 1 or more and K**(order + 1) < 2**63")
    tables = [np.unique(_grams(training, n, vocabulary), return_counts=True) for n in range(1, order + 2)]
    rows = [np.full(len(text), 1 / vocabulary)]
    shorter = rows[0]
    for n in range(1, order + 1):
        wanted = _grams(text, n, vocabulary)
        rows.append(_mix(*tables[n - 1], wanted, vocabulary, shorter))
        without_first = np.unique(tables[n][0] % vocabulary**n, return_counts=True)
        shorter = _mix(*without_first, wanted, vocabulary, shorter)
    return np.stack(rows)


def _mix(grams, counts, wanted, vocabulary, shorter):
    """The formula of `kneser_ney` for n-grams of one length: their discounted counts, mixed with the shorter model."""
    once, twice = ((counts == k).sum() for k in (1, 2))
    discount = once / (once + 2 * twice) if once else 0.5  # never 0: what is unseen must have a probability
    contexts, first = np.unique(grams // vocabulary, return_index=True)
    totals, kinds = np.add.reduceat(counts, first), np.diff(first, append=len(grams))
    count = _look_up(grams, counts, wanted)
    total, kind = (_look_up(contexts, values, wanted // vocabulary) for values in (totals, kinds))
    mixed = (np.maximum(count - discount, 0) + discount * kind * shorter) / np.maximum(total, 1)
    return np.where(total > 0, mixed, shorter)


def _grams(tokens, n, vocabulary):
    """Each character with the n - 1 before it, as one number; the character itself is the last digit."""
    padded = np.concatenate([np.zeros(n - 1, np.int64), tokens])
    out = np.zeros(len(tokens), np.int64)
    for k in range(n):
        out = out * vocabulary + padded[k : k + len(tokens)]
    return out


def _look_up(keys, values, wanted):
    """values[keys == wanted], or 0; keys are sorted."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)


def bits_per_character(probabilities):
    """The mean of -log2 p along the last axis.

    >>> bits_per_character(np.array([0.5, 0.125]))
    np.float64(2.0)
    """
    return -np.log2(probabilities).mean(-1)


def compressed_bits(text, compress, given=""):
    """Bits that a compressor needs for each character of a text, when it has read another one before.

    Args:
        text: str of ASCII characters, not empty.
        compress: function from bytes to bytes; see `COMPRESSORS`.
        given: text that is known already; only what the new text adds is counted.
    Returns:
        float.
    Raises:
        ValueError: when the text is empty or not ASCII.
    """
    if not text:
        raise ValueError("text: got an empty one, expected at least one character")
    if not (text.isascii() and given.isascii()):
        raise ValueError("text: got other characters, expected ASCII")
    size = len(compress((given + text).encode())) - (len(compress(given.encode())) if given else 0)
    return 8 * size / len(text)
