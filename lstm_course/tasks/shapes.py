"""Shapes: pictures of two coloured shapes, each with its one caption, and for every word the place of what it names.

    step       0    1    2       3      4    5    6      7       8
    caption    a    red  circle  left   of   a    blue   square  <end>
    names      -1   0    0       -1     -1   -1   1      1       -1

A picture is white, 32 x 32 pixels; both objects fill boxes of 8 to 12 pixels a side. All places that obey this rule are equally
likely: in one direction the boxes lie at least GAP pixels apart, in the other their centres differ by less than half the
smaller side. So the centres are more than twice as far apart in the first direction as in the second, and nobody could take
"above" for "left of". The upper or the left object is named first, and therefore exactly one caption is right.

What is held out. Of the 24 pairs of a colour and a shape, the 4 UNSEEN ones never occur in training. The other 20 make 190
combinations of two different objects, and 38 of them never occur in training either.

    training       two different objects in one of 152 combinations      608 captions
    test           two different objects in one of the other 38          152 captions
    unseen pairs   one of the 4 unseen pairs and one of the 20 others    320 captions

In each, all captions are equally likely. No two splits share a caption, and so they share no picture. "test" asks for two
objects that were often seen, but never together: each of the 20 meets at least 15 others in training, every two colours meet
there, and every two shapes. In "unseen pairs" the known object is the control, in the same picture. Who wants new pictures
of old captions draws "training" with another generator: of these, fewer than one in a thousand is among 100,000 drawn before.

Source: johnson2017, for holding out pairs of a colour and a shape.
"""

from collections import Counter, defaultdict
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.tasks import END, IGNORED

SIDE = 32
SIZES = (8, 9, 10, 11, 12)
GAP = 2

COLOURS = {
    "black": (0.05, 0.05, 0.05),
    "blue": (0.1, 0.2, 0.7),
    "red": (0.75, 0.05, 0.1),
    "green": (0.15, 0.6, 0.3),
    "pink": (1.0, 0.55, 0.7),
    "yellow": (1.0, 0.85, 0.0),
}
"""From dark to light in steps that are seen without any colour, and far apart for colour-blind eyes too."""

SHAPES = ("circle", "square", "triangle", "cross")
UNSEEN = (("blue", "square"), ("red", "cross"), ("green", "circle"), ("yellow", "triangle"))
SPLITS = ("training", "test", "unseen pairs")

VOCABULARY = ("<end>", "a", "above", "left", "of", *COLOURS, *SHAPES)
LENGTH = 9
"""Steps of the longest caption with its END; a decoder may take so many."""

_NUMBER = {word: k for k, word in enumerate(VOCABULARY)}
_PALETTE = np.array([(1.0, 1.0, 1.0), *COLOURS.values()], np.float32)  # the background first
_OBJECTS = tuple(product(COLOURS, SHAPES))
_UNSEEN = [_OBJECTS.index(pair) for pair in UNSEEN]
_KNOWN = [k for k in range(len(_OBJECTS)) if k not in _UNSEEN]
_HELD_OUT = [(_KNOWN[i], _KNOWN[j]) for i, j in combinations(range(len(_KNOWN)), 2) if (i + j) % 5 == 0]
_SEEN = [pair for pair in combinations(_KNOWN, 2) if pair not in _HELD_OUT]
_SPLIT = {
    name: np.array([pair[::way] for pair in pairs for way in (1, -1)])
    for name, pairs in zip(SPLITS, (_SEEN, _HELD_OUT, product(_UNSEEN, _KNOWN)), strict=True)
}
"""Split to (n, 2): which objects, numbers in _OBJECTS, are named first and second."""

_BOTH_SIZES = np.array(list(product(SIZES, SIZES)))
_FIRST, _SECOND = np.indices((SIDE, SIDE))


def _starts(rule):
    """For every two sizes, the pairs of first pixels (n, 2) that obey a rule and lie on the canvas."""
    on = ((_FIRST + s1 <= SIDE) & (_SECOND + s2 <= SIDE) & rule(s1, s2) for s1, s2 in _BOTH_SIZES)
    return [np.argwhere(mask) for mask in on]


_ALONG = _starts(lambda s1, s2: _FIRST + s1 + GAP <= _SECOND)
_ACROSS = _starts(lambda s1, s2: abs((2 * _FIRST + s1) - (2 * _SECOND + s2)) < min(s1, s2))


class Captioned(NamedTuple):
    """B pictures with their captions, and where the things are.

    images: (B, 3, 32, 32), float32, from 0 to 1; red, green, blue.
    captions: (T, B), int64, numbers in VOCABULARY up to END, then IGNORED; T = 9.
    boxes: (B, 2, 4), int64, pixels: left, top, right, bottom, the latter two exclusive; the object that is named first is 0.
    names: (T, B), int64: the object that a word of colour or shape names, 0 or 1; -1 at every other word.
    """

    images: Any
    captions: Any
    boxes: Any
    names: Any


def batch(rng, B, split="training", noise=0.0):
    """Draw pictures of two different objects.

    Args:
        rng: numpy.random.Generator.
        B: pictures.
        split: one of SPLITS.
        noise: standard deviation of what is added to every number of a picture, before it is cut off at 0 and 1.
    Returns:
        Captioned.
    Raises:
        ValueError: when rng is no Generator, B no positive integer, split none of SPLITS, or noise not from 0 to below 1.

    >>> images, captions, boxes, names = batch(np.random.default_rng(3), B=2)
    >>> words(captions)
    ['a green square above a yellow cross', 'a black circle left of a yellow circle']
    >>> boxes[1]
    array([[ 0, 10, 10, 20],
           [16,  6, 28, 18]])
    >>> names[:, 1]
    array([-1,  0,  0, -1, -1, -1,  1,  1, -1])
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    _expect_split(split)
    expect.share("noise", noise)
    return _draw(rng, _SPLIT[split][rng.integers(len(_SPLIT[split]), size=B)], noise)


def twins(rng, B, noise=0.0):
    """Draw pictures of two objects of the same colour and shape, one of the 20 pairs known from training.

    Args and errors as in `batch`. No such caption occurs in a split. Sizes may differ, as ever.

    >>> words(twins(np.random.default_rng(0), B=1).captions)
    ['a yellow circle above a yellow circle']
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    expect.share("noise", noise)
    return _draw(rng, np.array(_KNOWN)[rng.integers(len(_KNOWN), size=B)][:, None].repeat(2, 1), noise)


def _expect_split(split):
    expect.that(split in SPLITS, "split", repr(split), "one of " + ", ".join(map(repr, SPLITS)))


def _draw(rng, objects, noise):
    """Place the objects (B, 2), paint them, say so."""
    above = rng.random(len(objects)) < 0.5
    sizes = rng.integers(len(_BOTH_SIZES), size=len(objects))
    along, across = (_pick(rng, places, sizes) for places in (_ALONG, _ACROSS))
    start = np.where(above[:, None, None], np.stack([across, along], -1), np.stack([along, across], -1))
    boxes = np.concatenate([start, start + _BOTH_SIZES[sizes][..., None]], -1)
    colours, shapes = np.divmod(objects, len(SHAPES))
    captions, names = _say(colours, shapes, above)
    images = np.ones((len(objects), 3, SIDE, SIDE), np.float32)
    masks = _paint(boxes, shapes)
    for k in (0, 1):
        np.copyto(images, _PALETTE[1 + colours[:, k], :, None, None], where=masks[:, k, None])
    if noise:
        images = (images + noise * rng.standard_normal(images.shape, np.float32)).clip(0, 1, dtype=np.float32)
    return Captioned(images, captions, boxes, names)


def _pick(rng, places, sizes):
    """For every picture, one of the places that go with its sizes, (B, 2)."""
    counts = np.array([len(x) for x in places])
    before = np.cumsum(counts) - counts
    return np.concatenate(places)[before[sizes] + rng.integers(counts[sizes])]


def _paint(boxes, shapes):
    """The pixels whose centres lie in the shapes, (B, 2, 32, 32), bool. Every row and column of a box has some.

    Twice the distance from the middle of the box is a whole number: no rounding decides about a pixel.
    """
    boxes = boxes.astype(np.int16)  # squares of at most 62 fit, and large batches stay small
    twice = 2 * np.arange(SIDE, dtype=np.int16) + 1
    u, v = (twice - (boxes[..., k] + boxes[..., k + 2])[..., None] for k in (0, 1))
    u, v = abs(u)[:, :, None, :], v[..., None]
    s = (boxes[..., 2] - boxes[..., 0])[..., None, None]
    square = (u < s) & (abs(v) < s)
    return np.choose(
        shapes[..., None, None],
        [
            u**2 + v**2 <= s**2,
            square,
            square & (2 * u <= v + s + 1),  # about as wide as it is high down to here
            square & ((3 * u < s) | (3 * abs(v) < s)),
        ],
    )


def _say(colours, shapes, above):
    """The captions of objects (B, 2), and which object each word names: two arrays (9, B)."""
    word = lambda w: np.full(len(above), w)
    colours, shapes = _NUMBER["black"] + colours.T, _NUMBER["circle"] + shapes.T
    a = word(_NUMBER["a"])
    first, second = ([a, colours[k], shapes[k]] for k in (0, 1))
    upright = [*first, word(_NUMBER["above"]), *second, word(END), word(IGNORED)]
    lying = [*first, word(_NUMBER["left"]), word(_NUMBER["of"]), *second, word(END)]
    names = np.where(above, np.array([[-1, 0, 0, -1, -1, 1, 1, -1, -1]]).T, np.array([[-1, 0, 0, -1, -1, -1, 1, 1, -1]]).T)
    return np.where(above, upright, lying), names


def words(captions):
    """The captions as text, without the end.

    Args:
        captions: (T, B), integers: numbers in VOCABULARY; what stands behind END does not matter.
    Returns:
        list of B str.
    Raises:
        ValueError: when the shape does not fit, or there is no such word.

    >>> words([[1, 1], [7, 5], [11, 12], [0, 3], [-100, 4]])
    ['a red circle', 'a black square left of']
    """
    captions = expect.array("captions", captions, "iu", "numbers in VOCABULARY, (T, B)")
    expect.shape("captions", captions, T=None, B=None)
    read = np.where(np.logical_or.accumulate(captions == END), END, captions)
    for number in read[(read < 0) | (read >= len(VOCABULARY))]:
        expect.that(False, "captions", number, f"numbers from 0 to {len(VOCABULARY) - 1} up to END")
    return [" ".join(VOCABULARY[k] for k in caption if k != END) for caption in read.T]


class Blind(NamedTuple):
    """What the best answers get that ignore the picture.

    exact: share of whole captions. given: share of words (END included), each guessed from the true words before it, as in
    teacher forcing. fixed: share of words, when each step has one word for all captions.
    """

    exact: Any
    given: Any
    fixed: Any


def baseline(split="training"):
    """The accuracies of the best answers that ignore the picture, exactly: all captions of the split are counted.

    Args:
        split: one of SPLITS. These answers know its captions, those of "test" too.
    Returns:
        Blind of floats.
    Raises:
        ValueError: when split is none of SPLITS.

    >>> [round(x, 4) for x in baseline()]
    [0.0016, 0.6026, 0.4801]
    """
    _expect_split(split)
    objects = np.concatenate([_SPLIT[split]] * 2)
    captions, _ = _say(*np.divmod(objects, len(SHAPES)), np.arange(len(objects)) < len(objects) // 2)
    given, fixed = defaultdict(Counter), defaultdict(Counter)
    for caption in captions.T.tolist():
        for t, word in enumerate(caption[: caption.index(END) + 1]):
            given[tuple(caption[:t])][word] += 1
            fixed[t][word] += 1
    best = lambda groups: sum(max(group.values()) for group in groups.values())
    asked = sum(group.total() for group in fixed.values())
    return Blind(1 / len(objects), best(given) / asked, best(fixed) / asked)


def inside(boxes, G=8):
    """Which cells of a grid belong to a box: those whose centres lie in it.

    The centre is where one says that attention to this cell points. It also makes the share of cells fair: averaged over all
    ways to lay the grid, it is the box's share of the picture. If touching the box were enough, it would be more.

    Args:
        boxes: (B, objects, 4), pixels: left, top, right, bottom.
        G: cells a side, each 32 / G pixels wide.
    Returns:
        (B, objects, G, G), bool, rows before columns, as an image.
    Raises:
        ValueError: when boxes are no such array of numbers, or G is no positive integer.

    >>> inside(np.array([[[0, 0, 10, 9], [6, 20, 15, 29]]]), G=8).sum((-1, -2))
    array([[4, 6]])
    """
    boxes = expect.array("boxes", boxes, "iuf", "numbers, (B, objects, 4)")
    expect.shape("boxes", boxes, B=None, objects=None, sides=4)
    expect.positive("G", G)
    centres = (2 * np.arange(G) + 1) * SIDE / (2 * G)
    x, y = ((boxes[..., k, None] <= centres) & (centres < boxes[..., k + 2, None]) for k in (0, 1))
    return y[..., :, None] & x[..., None, :]


def where(boxes, names, G=8):
    """Where each word should be read from: the cells of the box of what it names.

    Args:
        boxes: (B, objects, 4), as in `inside`.
        names: (T, B), integers: the object that a word names, or -1 where it names none.
        G: cells a side.
    Returns:
        (T, G * G, B), bool, the cells row by row, as `lstm_course.alignment` takes it.
    Raises:
        ValueError: as in `inside`, or when names are no such array.

    >>> images, captions, boxes, names = batch(np.random.default_rng(3), B=2)
    >>> where(boxes, names).sum(1)[:, 1]
    array([0, 6, 6, 0, 0, 0, 9, 9, 0])
    """
    cells = inside(boxes, G)
    B, objects, *_ = cells.shape
    expected = f"whole numbers from -1 to {objects - 1}, (T, {B})"
    names = expect.array("names", names, "iu", expected)
    expect.shape("names", names, T=None, B=B)
    for name in names[(names < -1) | (names >= objects)]:
        expect.that(False, "names", name, expected)
    cells = np.concatenate([cells.reshape(B, objects, -1), np.zeros((B, 1, G * G), bool)], 1)  # -1 is the last: nowhere
    return cells[np.arange(B), names].swapaxes(1, 2)


def chance(boxes, G=8):
    """What attention scores at words that name something, when it is spread evenly or points anywhere at random.

        the mean, over all objects, of the share of cells that belong to the object's box

    That is its expected mass in the box, and how often it points into the box. Each object is named by two words.

    Args and errors as in `inside`.

    Returns:
        float.

    >>> chance(np.array([[[0, 0, 10, 9], [6, 20, 15, 29]]]), G=8) == (4 + 6) / 2 / 64
    True
    """
    return float(inside(boxes, G).mean())


def expected_chance(G=8):
    """The expectation of `chance`, exactly: over all places where the objects can stand. It is the same in all splits.

    >>> round(expected_chance(), 4)
    0.1006
    """
    expect.positive("G", G)
    total = 0.0
    for sizes, *places in zip(_BOTH_SIZES, _ALONG, _ACROSS, strict=True):
        for k, size in enumerate(sizes):
            total += np.prod([_centres_in(start[:, k], size, G).mean() for start in places])
    return float(total / (2 * len(_BOTH_SIZES) * G**2))


def _centres_in(start, size, G):
    """How many centres of cells lie from `start` on, `size` pixels far, in one direction."""
    centres = (2 * np.arange(G) + 1) * SIDE / (2 * G)
    return ((start[:, None] <= centres) & (centres < start[:, None] + size)).sum(-1)


def solve(images):
    """The captions, read off the pixels: what lies apart from what, and of each the colour and the corners.

    A square reaches all four corners of its box and a triangle two. Of the others, a circle fills more of it than a cross.

    Args:
        images: (B, 3, 32, 32); noise far below the distance of two colours does no harm.
    Returns:
        (9, B), int64, as in `Captioned`.
    Raises:
        ValueError: when images have another shape, or one does not show two objects, apart in one direction.
    """
    expect.floats("images", images)
    expect.shape("images", images, B=None, C=3, Y=SIDE, X=SIDE)
    pixels = np.asarray(images).transpose(0, 2, 3, 1)
    colour = ((_PALETTE**2).sum(-1) - 2 * pixels @ _PALETTE.T).argmin(-1)  # the nearest of the palette
    shown = colour > 0
    rows, columns = (_runs(shown.any(axis)) for axis in (2, 1))
    above, beside = rows.max(-1) == 2, columns.max(-1) == 2
    one = (rows.max(-1) + columns.max(-1) == 3) & (above | beside)
    expect.that(one.all(), "images", f"something else in {(~one).sum()} of them", "two objects, apart in one direction")
    which = np.where(above[:, None, None], rows[:, :, None], columns[:, None, :]) * shown
    found = [_look(which == k, colour) for k in (1, 2)]
    return _say(*(np.stack(part, -1) for part in zip(*found, strict=True)), above)[0]


def _runs(occupied):
    """Number the runs of True in each row: 1 in the first, 2 in the second, and so on; 0 where there is none."""
    begins = occupied & ~np.pad(occupied, ((0, 0), (1, 0)))[:, :-1]
    return begins.cumsum(-1) * occupied


def _look(mask, colour):
    """Colour and shape, (B,) each, of what stands alone in a mask."""
    each = np.arange(len(mask))
    columns, rows = mask.any(1), mask.any(2)
    left, top = columns.argmax(-1), rows.argmax(-1)
    right, bottom = (SIDE - 1 - x[:, ::-1].argmax(-1) for x in (columns, rows))
    corners = sum(mask[each, y, x].astype(int) for y in (top, bottom) for x in (left, right))
    full = mask.sum((1, 2)) > 0.7 * (right - left + 1) * (bottom - top + 1)
    names = np.select([corners == 4, corners == 2, full], [SHAPES.index(x) for x in SHAPES[1:3] + SHAPES[:1]], 3)
    return (colour * mask).max((1, 2)) - 1, names
