"""The embedded Reber grammar: predict what may come next, and remember the second symbol until the last but one.

    outer     B -> T or P -> an inner string -> the same letter again -> E
    inner     B -> 0;  0: T 1, P 2;  1: S 1, X 3;  2: T 2, V 4;  3: X 2, S 5;  4: P 3, V 5;  5: E     ("S 1": S, then state 1)

    string    B  T  B  P  V  V  E  T  E
    may come  TP B  TP TV PV E  T  E         from step 6 on: P instead of T, had the second symbol been P

Where two symbols may come, each does with chance 1/2. A string has at least 9 symbols, 12 on average, and no most. All
steps but one depend on the state of the inner graph alone; a network that forgets the outer letter has to guess that one.

Source: hochreiter1997, experiment 1; without gaps between the strings, gers2000.
"""

from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.tasks import Steps

SYMBOLS = "BTPSXVE"
LENGTH = 12
"""The expected length of a string, exactly."""

INNER = tuple(tuple((edge[0], int(edge[1])) for edge in node.split()) for node in ("T1 P2", "S1 X3", "T2 V4", "X2 S5", "P3 V5"))
"""The two edges of each state of the inner graph but the last, as pairs of a letter and the next state."""

_PAD = len(SYMBOLS)
_BLOCK = 16  # steps drawn at once: most strings are over by then
_ONE_HOT = np.eye(_PAD + 1, _PAD)
_LETTERS = np.frombuffer(SYMBOLS.encode(), np.uint8)


def _automaton():
    """For each state one or two (symbol, next state); one inner graph per outer letter. 0: start and end; 18: E is left."""
    edges = [["B1"], ["T2", "P10"]]
    for letter, first in ("T", 2), ("P", 10):
        inner = [[symbol + str(first + 1 + after) for symbol, after in node] for node in INNER]
        edges += [[f"B{first + 1}"], *inner, [f"E{first + 7}"], [f"{letter}18"]]
    edges.append(["E0"])
    return [[(SYMBOLS.index(edge[0]), int(edge[1:])) for edge in node] for node in edges]


def _tables(edges):
    """The automaton as arrays: symbol and next state of the edge 2 state + coin; next state and legal set by what is read."""
    wrong, over = len(edges), len(edges) + 1
    coins = np.array([[node[0], node[-1]] for node in edges]).reshape(-1, 2)
    after = np.full((len(edges) + 2, _PAD + 1), wrong)
    for state, node in enumerate(edges):
        for symbol, successor in node:
            after[state, symbol] = successor
    legal = after[:, :_PAD] != wrong
    after[:, _PAD] = over
    after[wrong] = wrong
    return *coins.T.copy(), after, legal


_SYMBOL, _NEXT, _AFTER, _LEGAL = _tables(_automaton())
_WRONG = len(_LEGAL) - 2


def _walk(rng, B):
    """B endless walks through the automaton: step by step the edges (B,)."""
    state = np.zeros(B, np.int64)
    while True:
        for coin in rng.integers(0, 2, (_BLOCK, B)):
            edge = 2 * state + coin
            state = _NEXT[edge]
            yield edge


def string(rng):
    """Draw one string.

    Raises:
        ValueError: when rng is no Generator.

    >>> string(np.random.default_rng(0))
    'BPBTSSSSSXSEPE'
    """
    return strings(rng, 1)[0]


def strings(rng, n):
    """Draw n strings, as a list of str.

    Raises:
        ValueError: when rng is no Generator, or n is not a positive integer.
    """
    expect.generator("rng", rng)
    expect.positive("n", n)
    walk, edges, ends = _walk(rng, n), [], np.zeros((1, n), bool)
    while not ends.any(0).all():
        edges += islice(walk, _BLOCK)
        ends = _NEXT[edges] == 0
    rows = _LETTERS[_SYMBOL[edges].T]
    return [row.tobytes()[: end + 1].decode() for row, end in zip(rows, ends.argmax(0), strict=True)]


def data_set(rng, train=256, test=256):
    """Strings to learn from, and strings to be judged by, none of which is among the former.

    As in 1997; how often a string may occur within either list the paper's summary leaves open: here as often as it is drawn.
    The short, frequent strings are nearly all drawn for training, so test strings are longer.

    Args:
        rng: numpy.random.Generator.
        train, test: how many.
    Returns:
        Two lists of str.
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    Source: hochreiter1997, experiment 1.
    """
    expect.positive("test", test)
    expect.positive("train", train)
    learn = strings(rng, train)
    seen, judge = set(learn), []
    while len(judge) < test:
        judge += [s for s in strings(rng, test) if s not in seen]
    return learn, judge[:test]


def batch(rng, B):
    """Draw a batch of strings, every symbol to be predicted from those before it.

    Args:
        rng: numpy.random.Generator.
        B: sequences.
    Returns:
        Steps: xs (T, B, 7), one-hot, all symbols but the last E; targets (T, B), the next symbol; asked (T, B). T is one less
        than the longest string has. The legal sets are `solve(xs)`.
    Raises:
        ValueError: when rng is no Generator, or B is not a positive integer.
    """
    expect.positive("B", B)
    return encode(strings(rng, B))


def encode(strings):
    """Given strings as a batch.

    Args:
        strings: B of them, each at least two of SYMBOLS.
    Returns:
        Steps, as from `batch`.
    Raises:
        ValueError: when strings are anything else.

    >>> xs, targets, asked = encode(["BTBTXSETE", "BPBTSXSEPE"])
    >>> xs.shape, targets[:, 0].tolist(), asked[:, 0].tolist()
    ((9, 2, 7), [1, 0, 1, 4, 3, 6, 1, 6, 0], [True, True, True, True, True, True, True, True, False])
    """
    ok = isinstance(strings, list | tuple) and len(strings) > 0
    ok = ok and all(isinstance(s, str) and len(s) > 1 and not s.strip(SYMBOLS) for s in strings)
    expect.that(ok, "strings", repr(strings), f"a list of strings, each at least two of {SYMBOLS}")
    longest = max(map(len, strings))
    tokens = _tokens("".join(s.ljust(longest) for s in strings)).reshape(-1, longest).T
    asked = tokens[1:] != _PAD
    return Steps(_ONE_HOT[np.where(asked, tokens[:-1], _PAD)], np.where(asked, tokens[1:], 0), asked)


def _tokens(s):
    return _NUMBER[np.frombuffer(s.encode(), np.uint8)]


_NUMBER = np.full(128, _PAD)
_NUMBER[_LETTERS] = np.arange(_PAD)


class Stream(NamedTuple):
    """Strings one after the other, cut to a fixed length.

    steps: Steps, (T, B), asked everywhere. legal: (T, B, 7), bool: what may come next.
    begins: (T, B), bool: a new string begins with this input; who resets a state, resets it before this step.
    """

    steps: Any
    legal: Any
    begins: Any


def continual(rng, length, B):
    """Draw B streams of strings: behind the last E comes the next string's B, and nothing says where a string ends.

    Args:
        rng: numpy.random.Generator.
        length: T, in symbols.
        B: streams.
    Returns:
        Stream: steps (xs (T, B, 7), targets (T, B), asked (T, B)), legal (T, B, 7), begins (T, B).
    Raises:
        ValueError: when rng is no Generator, or a size is not a positive integer.
    Source: gers2000.
    """
    return next(endless(rng, length, B))


def endless(rng, length, B):
    """The streams of `continual` without end: one Stream after another, each going on where the last one stopped.

    Args, shapes and errors as in `continual`.
    """
    expect.generator("rng", rng)
    expect.positive("length", length)
    expect.positive("B", B)
    return _windows(_walk(rng, B), length, B)


def _windows(walk, length, B):
    edges, asked = [next(walk)], np.ones((length, B), bool)
    starts = np.ones((1, B), bool)
    while True:
        edges = np.stack([edges[-1], *islice(walk, length)])
        symbols, states = _SYMBOL[edges], _NEXT[edges]
        starts = np.concatenate([starts[-1:], states[:-1] == 0])
        yield Stream(Steps(_ONE_HOT[symbols[:-1]], symbols[1:], asked.copy()), _LEGAL[states[:-1]], starts[:-1])


def solve(xs):
    """What may come next, from the symbols so far: the automaton, followed.

    Args:
        xs: (T, B, 7), from `batch`, `encode` or `continual`: strings from their beginning; zeros behind them.
    Returns:
        (T, B, 7), bool; behind a last E a new B, in the padding nothing.
    Raises:
        ValueError: when xs has another shape, or the symbols do not obey the grammar.
    """
    expect.shape("xs", xs, T=None, B=None, D=_PAD)
    tokens = np.where(xs.any(-1), xs.argmax(-1), _PAD)
    state, states = np.zeros(xs.shape[1], np.int64), np.empty(tokens.shape, np.int64)
    for t, token in enumerate(tokens):
        state = states[t] = _AFTER[state, token]
    expect.that((state != _WRONG).all(), "xs", "a symbol that may not come there", "strings of the embedded Reber grammar")
    return _LEGAL[states]


def legal(string):
    """What may come next, behind each symbol of one string.

    Args:
        string: str, or the beginning of one.
    Returns:
        (len(string), 7), bool, in the order of SYMBOLS.
    Raises:
        ValueError: when string is none of the grammar.

    >>> ["".join(np.array(list(SYMBOLS))[may]) for may in legal("BTBPVVETE")]
    ['TP', 'B', 'TP', 'TV', 'PV', 'E', 'T', 'E', 'B']
    """
    ok = isinstance(string, str) and string and not string.strip(SYMBOLS)
    expect.that(ok, "string", repr(string), f"symbols of {SYMBOLS}")
    return solve(_ONE_HOT[_tokens(string)][:, None])[:, 0]


def correct(outputs, legal):
    """The criterion of 1997: the legal symbols are the most active ones, each of them above every other.

    Args:
        outputs: (..., 7), NumPy or torch: probabilities, scores, whatever grows with what is expected.
        legal: (..., 7), bool, of the same library.
    Returns:
        (...,), bool; True where nothing is legal (the padding: leave it out by `asked`).
    Source: hochreiter1997, experiment 1.

    >>> correct(np.array([[0.0, 0.6, 0.4, 0, 0, 0, 0], [0.5, 0.6, 0.4, 0, 0, 0, 0]]), legal("BT")[:1])
    array([ True, False])
    """
    above = outputs[..., :, None] > outputs[..., None, :]
    return (above | ~legal[..., :, None] | legal[..., None, :]).all(-1).all(-1)


def within(outputs, targets, tolerance=0.49):
    """The criterion of 2000: every output is less than 0.49 away from its target.

    Args:
        outputs: (..., 7), NumPy or torch, from 0 to 1.
        targets: (..., 7), of the same library: the legal set as zeros and ones, or as bool.
        tolerance: what the distance stays below.
    Returns:
        (...,), bool.
    Source: gers2000.

    >>> within(np.array([0.1, 0.52, 0.52, 0, 0, 0, 0.48]), legal("B")[0]).item()
    True
    """
    # Open: what the target is. It cannot be the symbol that was drawn: where either of two may
    # come, no output is less than 0.49 away from both 0 and 1, and no network could be right for 100 000 symbols on end.
    # So it is the legal set. Open as well: whether the networks of 2000 were trained towards the set or the symbol drawn.
    expect.number("tolerance", tolerance)
    return (abs(outputs - targets * 1.0) < tolerance).all(-1)


def chance():
    """How often the outer letter is guessed, at the last step but one, by who has forgotten it: 1/2."""
    return 0.5


def baseline():
    """The share of steps that are `correct` for who knows the grammar but has forgotten the outer letter.

    In an average string of `batch` 11 steps are asked, and one of them is guessed: 1 - (1/2) / 11. Half of the strings are
    correct throughout.

    >>> round(baseline(), 4)
    0.9545
    """
    return 1 - (1 - chance()) / (LENGTH - 1)


def baseline_continual():
    """The same share in the streams of `continual`, where the beginning B is asked for as well: 1 - (1/2) / 12.

    >>> round(baseline_continual(), 4)
    0.9583
    """
    return 1 - (1 - chance()) / LENGTH


def baseline_length():
    """How many symbols of `continual` are right on average before the first wrong one, for who guesses each outer letter.

    One string on average is passed by luck, with its 12 predictions; in the next, 9 come before the outer letter.

    >>> baseline_length()
    21
    """
    return LENGTH + LENGTH - 3
