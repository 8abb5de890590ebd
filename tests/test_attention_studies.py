"""The study of chapter 9, by small runs."""

import numpy as np
import pytest
import torch

from lstm_course.models.decoders import Bahdanau, Luong, Plain
from lstm_course.studies import bottleneck


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
