"""The studies of the chapters on attention, by small runs."""

import numpy as np
import pytest
import torch

from lstm_course.models.decoders import Bahdanau, Luong, Plain
from lstm_course.models.grid import field
from lstm_course.studies import bottleneck, captions, fields, one_block
from lstm_course.tasks import shapes


@pytest.mark.parametrize("name", bottleneck.DECODERS)
def test_a_unit_of_the_bottleneck_runs_for_every_decoder(name):
    rows = bottleneck.run((name, 1000), updates=2, seeds=(0, 1))
    assert [row[:4] for row in rows] == [(name, 1000, seed, length) for length in bottleneck.LENGTHS for seed in (0, 1)]
    assert len(rows[0]) == len(bottleneck.COLUMNS)
    assert all((row[6] == "") == name.startswith("none") for row in rows)
    assert rows == bottleneck.run((name, 1000), updates=2, seeds=(0, 1))


def test_who_scores_before_the_step_and_who_after():
    kinds = {name: Decoder for name, (Decoder, _) in bottleneck.DECODERS.items()}
    assert kinds["additive"] is Bahdanau
    assert {kinds[name] for name in ("dot", "scaled dot", "general")} == {Luong}
    assert {kinds["none"], kinds["none, wider"]} == {Plain}


def test_each_seed_has_sequences_of_its_own_and_the_test_is_not_seen_in_training():
    source, lengths, target, where = bottleneck.draw((3, 4, 3), 5, length=9, B=6)
    assert source.shape == (9, 3, 6)
    assert target.shape == (10, 3, 6)
    assert where.shape == (10, 9, 6)
    assert lengths.tolist() == [9] * 6
    assert torch.equal(source[:, 0], source[:, 2])
    assert not torch.equal(source[:, 0], source[:, 1])
    assert torch.equal(target[:9], source.flip(0))
    assert bottleneck.LONGER < 2**32 - 1, "no update draws what the test draws"


def test_a_network_that_looks_learns_to_reverse_what_is_short(monkeypatch):
    monkeypatch.setattr(bottleneck, "LONGEST", 6)
    monkeypatch.setattr(bottleneck, "SYMBOLS", 8)
    monkeypatch.setattr(bottleneck, "LENGTHS", (5,))
    for name in ("dot", "none"):
        first, last = (np.mean([float(row[4]) for row in bottleneck.run((name, 0), updates=n, seeds=(0,))]) for n in (2, 120))
        assert last > first + 0.3, name


def test_width_is_the_only_difference_of_the_wider_one():
    sizes = {
        name: sum(p.numel() for p in bottleneck.build(name, None, np.random.default_rng(0)).parameters())
        for name in bottleneck.DECODERS
    }
    assert sizes["none, wider"] > 3 * sizes["none"]
    assert sizes["none"] < sizes["dot"] == sizes["scaled dot"] < min(sizes["general"], sizes["additive"])


@pytest.mark.parametrize("name", one_block.UNITS)
def test_a_unit_of_the_one_block_runs_for_every_model(name):
    rows = one_block.run(name, updates=2, seeds=(0, 1))
    assert [row[:3] for row in rows] == [(name, seed, length) for length in bottleneck.LENGTHS for seed in (0, 1)]
    assert len(rows[0]) == len(one_block.COLUMNS)
    assert rows == one_block.run(name, updates=2, seeds=(0, 1))


def test_places_that_are_kept_are_not_learned():
    trained = {name: one_block.build(name, None, np.random.default_rng(0)).place_embedding for name in one_block.UNITS}
    assert [name for name, p in trained.items() if p.requires_grad] == ["learned places", "four heads"]
    assert not trained["no places"].any()


@pytest.mark.parametrize("way", captions.WAYS)
def test_a_unit_of_the_captions_runs_for_every_way(way):
    random = torch.get_rng_state()
    (row,) = captions.run((way, 3), updates=2, afterwards=1, B=20)
    assert dict(zip(captions.COLUMNS, row, strict=True))["way"] == way
    assert all(
        (share == "") == (name in captions.LOOKED and way.startswith("no attention"))
        for name, share in zip(captions.COLUMNS[2:], row[2:], strict=True)
    )
    assert [row] == captions.run((way, 3), updates=2, afterwards=1, B=20)
    assert torch.equal(torch.get_rng_state(), random)


@pytest.mark.parametrize("size", fields.EYES)
def test_a_unit_of_the_fields_runs_for_every_eye(size):
    (row,) = fields.run((size, 3), updates=2, B=20)
    assert len(row) == len(fields.COLUMNS)
    assert row[:2] == (size, 3)
    assert [row] == fields.run((size, 3), updates=2, B=20)
    assert (field(fields.EYES[size]).size, field(fields.EYES[size]).step) == (size, 4)


def test_the_eye_of_both_studies_is_trained_alike():
    (one,), (other,) = captions.run(("entropy", 1), updates=3, B=20), fields.run((6, 1), updates=3, B=20)
    assert one[2:] == other[2:-1]


@pytest.mark.parametrize("size", [4, 6, 14])
def test_reaching_boxes_hold_the_places_that_see_a_pixel_of_the_box(size):
    boxes = shapes.batch(np.random.default_rng(0), 40).boxes
    near = shapes.inside(fields.reaching(boxes, size))
    for b, k in np.ndindex(40, 2):
        left, top, right, bottom = boxes[b, k]
        for i, j in np.ndindex(8, 8):
            y, x = (range(4 * n + 2 - size // 2, 4 * n + 2 + size // 2) for n in (i, j))
            want = any(top <= v < bottom for v in y) and any(left <= u < right for u in x)
            assert near[b, k, i, j] == want


class Knowing(torch.nn.Module):
    """Stands in for a captioner: says what a caption says, but for what is in `wrong`, and looks where it is told."""

    def __init__(self, alpha, wrong=()):
        super().__init__()
        self.alpha, self.wrong = alpha, wrong
        self.grid = captions.build("soft", 0).grid

    def forward(self, images, spoken):
        words = spoken.clone()
        for word in self.wrong:
            words[words == shapes.VOCABULARY.index(word)] = 0
        return torch.nn.functional.one_hot(words.clamp(min=0), len(shapes.VOCABULARY)).double(), self.alpha


def test_where_a_network_looked_and_what_its_place_saw():
    shown = shapes.batch(np.random.default_rng(0), 30)
    there = torch.from_numpy(shapes.where(shown.boxes, shown.names)).movedim(1, -1).double()
    everywhere = torch.full_like(there, 1 / 64)
    best = torch.where(there.any(-1, keepdim=True), there / there.sum(-1, keepdim=True).clamp(min=1), everywhere)
    assert captions.looked(Knowing(best), shown) == pytest.approx((1, 1))
    assert fields.sees(Knowing(best), shown) == pytest.approx(1)
    mass, _ = captions.looked(Knowing(everywhere), shown)
    assert mass == pytest.approx(shapes.chance(shown.boxes))
    # one cell to the left of the leftmost of a box: outside of it, but what it sees may reach in
    beside = shown.boxes.copy()
    beside[..., 0] -= 1
    edge = torch.from_numpy(shapes.where(beside, shown.names)).movedim(1, -1).double() - there
    off = edge.any(-1)
    assert off.any(), "a cell whose centre is a pixel off"
    beside = Knowing(torch.where(off[..., None], edge, best))
    assert captions.looked(beside, shown)[1] < fields.sees(beside, shown) == pytest.approx(1)


def test_which_words_are_wrong_is_told_by_pair():
    shown = shapes.batch(np.random.default_rng(0), 200, "unseen pairs")
    alpha = torch.full((9, 200, 64), 1 / 64)
    assert captions.words(Knowing(alpha), shown) == pytest.approx((1, 1, 1, 1))
    rates = dict(zip(captions.WORDS, captions.words(Knowing(alpha, shapes.SHAPES), shown), strict=True))
    assert rates == pytest.approx({"unseen colour": 1, "unseen shape": 0, "known colour": 1, "known shape": 0})
    rates = dict(zip(captions.WORDS, captions.words(Knowing(alpha, ("black",)), shown), strict=True))
    assert rates["unseen colour"] == 1, "no unseen pair is black"
    assert 0.6 < rates["known colour"] < 0.9
