"""The pictures against their captions, read off the pixels in another way than the solver does."""

from collections import Counter, defaultdict
from itertools import combinations, product

import numpy as np
import pytest
import torch

from lstm_course.tasks import shapes
from lstm_course.tasks.shapes import COLOURS, END, IGNORED, SHAPES, SIZES, SPLITS, UNSEEN, VOCABULARY

RGB = np.array(list(COLOURS.values()), np.float32)
KNOWN = [pair for pair in product(COLOURS, SHAPES) if pair not in UNSEEN]
B = 1000


def coloured(image):
    """(32, 32), bool: what is not white."""
    return (image != 1).any(0)


def seen(image, box):
    """Colour and shape of what is in a box, from its one colour and the widths of its rows."""
    left, top, right, bottom = box
    inner = image[:, top:bottom, left:right]
    mask = coloured(inner)
    (colour,) = np.unique(inner[:, mask], axis=1).T
    widths = mask.sum(1).tolist()
    if len(set(widths)) == 1:
        shape = "square"
    elif widths == sorted(widths):
        shape = "triangle"
    else:
        assert widths == widths[::-1]
        shape = "cross" if len(set(widths)) == 2 else "circle"
    return list(COLOURS)[int((colour == RGB).all(1).argmax())], shape


def pairs(caption):
    """The two pairs of colour and shape in a caption."""
    said = caption.split()
    return (said[1], said[2]), (said[-2], said[-1])


def all_captions(split):
    """Every caption of a split, from the words of the module, and a split of the 190 combinations that is written anew."""
    held_out = {frozenset((a, b)) for i, a in enumerate(KNOWN) for j, b in enumerate(KNOWN) if i < j and not (i + j) % 5}
    for a, b in product(product(COLOURS, SHAPES), repeat=2):
        unseen = (a in UNSEEN) + (b in UNSEEN)
        where = "unseen pairs" if unseen == 1 else SPLITS[frozenset((a, b)) in held_out] if a != b and not unseen else None
        if where == split:
            for relation in ("above", "left of"):
                yield f"a {' '.join(a)} {relation} a {' '.join(b)}"


def equally_often(drawn, wanted):
    """A chi-squared test, five standard deviations wide."""
    counts = Counter(drawn)
    assert set(counts) <= set(wanted)
    mean, free = counts.total() / len(wanted), len(wanted) - 1
    assert mean < 10 or len(counts) == len(wanted)
    assert abs(sum((counts[x] - mean) ** 2 for x in wanted) / mean - free) < 5 * (2 * free) ** 0.5


@pytest.mark.parametrize("split", SPLITS)
def test_captions_say_what_the_pixels_show(split, rng):
    images, captions, boxes, _ = shapes.batch(rng, B, split)
    for image, caption, (first, second) in zip(images, shapes.words(captions), boxes, strict=True):
        upright, lying = first[3] + 2 <= second[1], first[2] + 2 <= second[0]
        assert upright != lying
        relation = "above" if upright else "left of"
        one, other = (" ".join(seen(image, box)) for box in (first, second))
        assert caption == f"a {one} {relation} a {other}"


@pytest.mark.parametrize("split", SPLITS)
def test_boxes_are_tight_and_there_is_nothing_outside(split, rng):
    images, _, boxes, _ = shapes.batch(rng, B, split)
    for image, both in zip(images, boxes, strict=True):
        mask = coloured(image)
        for left, top, right, bottom in both:
            y, x = np.nonzero(mask[top:bottom, left:right])
            assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == (0, 0, right - left, bottom - top)
            mask[top:bottom, left:right] = False  # a second box on the same pixels would find nothing
        assert not mask.any()


def test_no_near_ties(rng):
    """The rule of the module: GAP pixels between, centres shifted by less than half the smaller side; both limits are met."""
    _, captions, boxes, _ = shapes.batch(rng, 5000)
    assert boxes.min() == 0
    assert boxes.max() == 32
    above = captions[3] == VOCABULARY.index("above")
    boxes = np.where(above[:, None, None], boxes[..., [1, 0, 3, 2]], boxes)  # as if all lay side by side
    size = boxes[..., 2:] - boxes[..., :2]
    np.testing.assert_array_equal(size[..., 0], size[..., 1])
    apart = boxes[:, 1, 0] - boxes[:, 0, 2]
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2
    along, across = np.abs(centre[:, 1] - centre[:, 0]).T
    assert apart.min() == shapes.GAP
    assert apart.max() == 32 - 2 * min(SIZES)
    slack = size.min((1, 2)) / 2 - across
    assert slack.min() == 0.5
    assert (along > 2 * across).all()


def test_relations_sizes_and_places_are_equally_likely(rng):
    _, captions, boxes, _ = shapes.batch(rng, 20_000)
    above = captions[3] == VOCABULARY.index("above")
    assert above.mean() == pytest.approx(0.5, abs=0.01)
    size = boxes[..., 2] - boxes[..., 0]
    equally_often(map(tuple, size.tolist()), list(product(SIZES, SIZES)))
    for s1, s2 in ((12, 12), (8, 12)):
        here = (size == (s1, s2)).all(1)
        on = list(product(range(33 - s1), range(33 - s2)))
        apart = [(a, b) for a, b in on if b - a >= s1 + 2]
        level = [(a, b) for a, b in on if abs(a + s1 / 2 - b - s2 / 2) < min(s1, s2) / 2]
        for these, axis in ((boxes[above & here], 1), (boxes[~above & here], 0)):
            equally_often(map(tuple, these[..., axis].tolist()), apart)
            equally_often(map(tuple, these[..., 1 - axis].tolist()), level)


@pytest.mark.parametrize(
    "draw", [*(lambda rng, split=s: shapes.batch(rng, 50, split) for s in SPLITS), lambda rng: shapes.twins(rng, 50)]
)
def test_the_arrays(draw, rng):
    images, captions, boxes, names = draw(rng)
    assert images.shape == (50, 3, 32, 32)
    assert images.dtype == np.float32
    assert images.flags.c_contiguous
    assert captions.shape == names.shape == (shapes.LENGTH, 50)
    assert boxes.shape == (50, 2, 4)
    assert captions.dtype == boxes.dtype == names.dtype == np.int64
    for caption, named, text in zip(captions.T, names.T, shapes.words(captions), strict=True):
        said = text.split()
        assert caption.tolist() == [*(VOCABULARY.index(word) for word in said), END, *[IGNORED] * (8 - len(said))]
        nouns = [t for t, word in enumerate(said) if word in (*COLOURS, *SHAPES)]
        assert named[nouns].tolist() == [0, 0, 1, 1]
        assert (np.delete(named, nouns) == -1).all()


def test_a_vocabulary_of_words_that_differ():
    assert VOCABULARY[END] == "<end>"
    assert len(set(VOCABULARY)) == len(VOCABULARY) == 15
    assert not any(colour[0] in "aeiou" for colour in COLOURS), "it would be 'an'"


@pytest.mark.parametrize(("split", "many"), [(SPLITS[0], 608), (SPLITS[1], 152), (SPLITS[2], 320)])
def test_every_split_draws_all_of_its_captions_equally_often(split, many, rng):
    wanted = list(all_captions(split))
    assert len(set(wanted)) == len(wanted) == many
    equally_often(shapes.words(shapes.batch(rng, 30 * many, split).captions), wanted)


def test_no_caption_and_no_unseen_pair_leaks(rng):
    said = {split: set(shapes.words(shapes.batch(rng, 8000, split).captions)) for split in SPLITS}
    for one, other in combinations(SPLITS, 2):
        assert not said[one] & said[other]
    together = {split: {frozenset(pairs(caption)) for caption in said[split]} for split in SPLITS}
    assert [len(together[split]) for split in SPLITS] == [152, 38, 80]
    assert not together["training"] & together["test"], "neither in the other order nor in the other relation"
    known = Counter(pair for both in together["training"] for pair in both)
    assert set(known) == set(KNOWN) == {pair for both in together["test"] for pair in both}
    assert min(known.values()) >= 15
    assert all(len(both & set(UNSEEN)) == 1 for both in together["unseen pairs"])


def test_training_shows_every_colour_and_shape_and_any_two_of_them_together():
    for k, all_of_them in enumerate((COLOURS, SHAPES)):
        met = {tuple(pair[k] for pair in pairs(caption)) for caption in all_captions("training")}
        assert met == set(product(all_of_them, repeat=2))
        assert len({pair[k] for pair in UNSEEN}) == 4, "no colour and no shape loses more than one pair"


def test_a_training_picture_drawn_anew_is_new():
    """How many of the first 100,000 are expected to equal it: at most that share of pictures is among them."""
    same = 0
    for s1, s2 in product(SIZES, SIZES):
        a, b = np.ogrid[: 33 - s1, : 33 - s2]
        places = (b - a >= s1 + 2).sum() * (abs(2 * a + s1 - 2 * b - s2) < min(s1, s2)).sum()
        same += 1 / 25**2 / places
    assert 100_000 * same / 608 < 1e-3


def test_twins_are_two_of_a_known_kind(rng):
    images, captions, boxes, _ = shapes.twins(rng, B)
    kinds = Counter()
    for image, caption, both in zip(images, shapes.words(captions), boxes, strict=True):
        one, other = pairs(caption)
        assert one == other == seen(image, both[0]) == seen(image, both[1])
        kinds[one] += 1
    assert set(kinds) == set(KNOWN)
    assert max(kinds.values()) < 3 * min(kinds.values())
    np.testing.assert_array_equal(shapes.solve(images), captions)
    assert not {frozenset(pairs(caption)) for split in SPLITS for caption in all_captions(split)} & {
        frozenset([x]) for x in kinds
    }


def test_noise_has_its_size_and_stays_between_0_and_1(rng):
    clean, noisy = (shapes.batch(np.random.default_rng(1), B, noise=noise) for noise in (0, 0.03))
    for one, other in zip(clean[1:], noisy[1:], strict=True):
        np.testing.assert_array_equal(one, other)
    assert noisy.images.dtype == np.float32
    assert noisy.images.min() >= 0
    assert noisy.images.max() <= 1
    added = noisy.images - clean.images
    assert added[(clean.images > 0.15) & (clean.images < 0.8)].std() == pytest.approx(0.03, rel=0.02)
    assert (added[clean.images == 1] == 0).mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_the_solver_is_always_right(split, noise, rng):
    images, captions, _, _ = shapes.batch(rng, 2000, split, noise)
    np.testing.assert_array_equal(shapes.solve(images), captions)


def test_the_solver_reads_a_picture_made_by_hand():
    image = np.ones((2, 3, 32, 32))
    image[0, :, 3:12, 20:29] = image[1, :, 3:12, 2:11] = np.array(COLOURS["red"])[:, None, None]
    for k, row in enumerate((20, 5)):
        image[k, :, row + 3 : row + 6, 18:27] = image[k, :, row : row + 9, 21:24] = np.array(COLOURS["red"])[:, None, None]
    assert shapes.words(shapes.solve(image)) == ["a red square above a red cross", "a red square left of a red cross"]
    np.testing.assert_array_equal(shapes.solve(torch.from_numpy(image)), shapes.solve(image))


@pytest.mark.parametrize("boxes", [[], [(2, 2)], [(2, 2), (20, 20)], [(0, 0), (10, 0), (20, 0)]])
def test_the_solver_refuses_what_is_no_pair(boxes, rng):
    images = shapes.batch(rng, 3).images
    images[1] = 1
    for x, y in boxes:
        images[1, :, y : y + 8, x : x + 8] = 0
    with pytest.raises(ValueError, match=r"^images: got something else in 1 of them, expected two objects, apart in one"):
        shapes.solve(images)


@pytest.mark.parametrize("split", SPLITS)
def test_baselines_against_all_captions(split):
    """The best word after each beginning, and at each step, found by trying every word."""
    said = [(*caption.split(), "<end>") for caption in all_captions(split)]
    asked = sum(map(len, said))
    after = defaultdict(list)
    for caption in said:
        for t, word in enumerate(caption):
            after[caption[:t]].append(word)
    given = sum(max(group.count(word) for word in VOCABULARY) for group in after.values())
    fixed = sum(max(sum(caption[t : t + 1] == (word,) for caption in said) for word in VOCABULARY) for t in range(9))
    assert shapes.baseline(split) == pytest.approx((1 / len(said), given / asked, fixed / asked), rel=1e-12)


def test_what_blind_answers_score_on_drawn_captions(rng):
    """One answer for all, the word that is most frequent at each step in another sample."""
    first, second = (shapes.batch(rng, 5000).captions for _ in range(2))
    best = np.array([np.bincount(row[row != IGNORED], minlength=15).argmax() for row in first])
    asked = second != IGNORED
    assert (second == best[:, None])[asked].mean() == pytest.approx(shapes.baseline().fixed, abs=0.01)


@pytest.mark.parametrize("G", [1, 3, 4, 8, 13, 32])
def test_cells_whose_centres_lie_in_the_box(G, rng):
    boxes = shapes.batch(rng, 20).boxes
    for these in (boxes, boxes + 0.3):
        mask = shapes.inside(these, G)
        assert mask.shape == (20, 2, G, G)
        assert mask.dtype == np.bool_
        for b, k, row, column in product(range(20), range(2), range(G), range(G)):
            left, top, right, bottom = these[b, k]
            y, x = (row + 0.5) * 32 / G, (column + 0.5) * 32 / G
            assert mask[b, k, row, column] == (left <= x < right and top <= y < bottom)


@pytest.mark.parametrize("G", [4, 8, 13])
def test_a_word_is_read_from_the_box_of_what_it_names(G, rng):
    _, captions, boxes, names = shapes.batch(rng, 20)
    where, cells = shapes.where(boxes, names, G), shapes.inside(boxes, G)
    assert where.shape == (len(captions), G * G, 20)
    for t, b in product(range(len(captions)), range(20)):
        want = cells[b, names[t, b]] if names[t, b] >= 0 else np.zeros((G, G), bool)
        np.testing.assert_array_equal(where[t, :, b], want.ravel())


def test_single_pixels_as_cells_are_the_box(rng):
    images, _, boxes, _ = shapes.batch(rng, 50)
    mask = shapes.inside(boxes, 32)
    np.testing.assert_array_equal(mask.sum((2, 3)), (boxes[..., 2] - boxes[..., 0]) ** 2)
    assert not ((images != 1).any(1) & ~mask.any(1)).any()


@pytest.mark.parametrize("G", [4, 8, 13])
def test_chance_is_what_attention_without_aim_scores(G, rng):
    _, _, boxes, names = shapes.batch(rng, 10_000)
    mask = shapes.inside(boxes, G)
    t, b = np.nonzero(names >= 0)
    named = mask[b, names[t, b]]
    chance = shapes.chance(boxes, G)
    even = np.full((G, G), 1 / G**2)
    assert (named * even).sum((1, 2)).mean() == pytest.approx(chance, rel=1e-12)
    pointing = named[np.arange(len(t)), rng.integers(G, size=len(t)), rng.integers(G, size=len(t))].mean()
    assert pointing == pytest.approx(chance, abs=0.006)
    assert shapes.expected_chance(G) == pytest.approx(chance, abs=0.001)


def test_expected_chance_of_single_pixels_is_the_mean_area():
    assert shapes.expected_chance(32) == pytest.approx(np.mean(np.square(SIZES)) / 32**2, rel=1e-12)
    assert shapes.inside(shapes.batch(np.random.default_rng(0), B).boxes, 8).any((2, 3)).all(), "no object without a cell"


# Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision deficiency, 2009: severity 1.
EYES = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(rgb, eyes):
    """CIE L*a*b* of sRGB colours (n, 3) as these eyes see them."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(EYES[eyes]), 0, 1)
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
    xyz = linear @ to_xyz.T / to_xyz.sum(1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


@pytest.mark.parametrize("eyes", EYES)
def test_every_eye_tells_the_colours_and_the_ground_apart(eyes):
    """A difference of 2 can be seen side by side; 20 cannot be mistaken."""
    seen_as = lab(np.array([*COLOURS.values(), (1, 1, 1)]), eyes)
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen_as, 2)) > 20


def test_the_colours_differ_in_print_without_colour():
    assert np.diff(lab(np.array([*COLOURS.values(), (1, 1, 1)]), "usual")[:, 0]).min() > 10


def test_words_read_up_to_the_end():
    assert shapes.words([[1, 0], [7, -100], [0, 99], [IGNORED, 5]]) == ["a red", ""]


def test_the_same_generator_draws_the_same_pictures():
    for draw in (shapes.batch, shapes.twins):
        one, same, other = (draw(np.random.default_rng(seed), 20, noise=0.1) for seed in (5, 5, 6))
        for a, b, c in zip(one, same, other, strict=True):
            np.testing.assert_array_equal(a, b)
            assert (a != c).any()


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: shapes.batch(0, 2), r"^rng: got 0, expected a numpy.random.Generator"),
        (lambda: shapes.batch(RNG, 0), r"^B: got 0, expected an integer of at least 1"),
        (lambda: shapes.batch(RNG, 2, "train"), r"^split: got 'train', expected one of 'training', 'test', 'unseen pairs'$"),
        (lambda: shapes.batch(RNG, 2, noise=-0.1), r"^noise: got -0.1, expected a number of at least 0 and below 1"),
        (lambda: shapes.batch(RNG, 2, noise=None), r"^noise: got None, expected a finite number"),
        (lambda: shapes.twins(None, 2), r"^rng: got None"),
        (lambda: shapes.twins(RNG, 2.0), r"^B: got 2.0"),
        (lambda: shapes.twins(RNG, 2, noise=1), r"^noise: got 1, expected a number of at least 0 and below 1"),
        (lambda: shapes.baseline("unseen"), r"^split: got 'unseen', expected one of"),
        (lambda: shapes.words(["a"]), r"^captions: got \['a'\], expected numbers in VOCABULARY"),
        (lambda: shapes.words([1, 2]), r"^captions: got shape \(2,\), expected \(T, B\)"),
        (lambda: shapes.words([[1], [15]]), r"^captions: got 15, expected numbers from 0 to 14 up to END"),
        (lambda: shapes.words([[-100], [0]]), r"^captions: got -100, expected numbers"),
        (lambda: shapes.inside(np.zeros((2, 4))), r"^boxes: got shape \(2, 4\), expected \(B, objects, sides\) with sides = 4"),
        (lambda: shapes.inside("boxes"), r"^boxes: got 'boxes', expected numbers"),
        (lambda: shapes.inside(np.zeros((2, 2, 4)), 0), r"^G: got 0, expected an integer of at least 1"),
        (lambda: shapes.where(np.zeros((2, 2, 4)), [[0, 2]]), r"^names: got 2, expected whole numbers from -1 to 1, \(T, 2\)"),
        (lambda: shapes.where(np.zeros((2, 2, 4)), [[-2, 0]]), r"^names: got -2, expected whole numbers from -1 to 1"),
        (lambda: shapes.where(np.zeros((2, 2, 4)), [[0]]), r"^names: got shape \(1, 1\), expected \(T, B\) with B = 2"),
        (lambda: shapes.where(np.zeros((2, 2, 4)), [[0.0, 1.0]]), r"^names: got .*, expected whole numbers from -1 to 1"),
        (lambda: shapes.chance(np.zeros((2, 2, 5))), r"^boxes: got shape \(2, 2, 5\)"),
        (lambda: shapes.expected_chance(8.0), r"^G: got 8.0"),
        (
            lambda: shapes.solve(np.zeros((2, 32, 32, 3))),
            r"^images: got shape \(2, 32, 32, 3\), expected \(B, C, Y, X\) with C = 3",
        ),
        (lambda: shapes.solve(np.zeros((2, 3, 32, 32), int)), r"^images: got numbers of type int64"),
        (lambda: shapes.solve([[1.0]]), r"^images: got list"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
