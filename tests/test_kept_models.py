"""The models that studies have kept: they learned from words alone, and what is stored of them comes out again."""

import numpy as np
import pytest
import torch

from lstm_course import studies, units
from lstm_course.studies import agreement as study
from lstm_course.studies.agreement import Reading
from lstm_course.tasks import agreement, characters
from lstm_course.tasks.agreement import ROLES, VOCABULARY


def test_models_learn_from_tokens_alone(monkeypatch):
    """With labels that are nonsense the same weights come out."""
    draw = agreement.draw
    monkeypatch.setattr(study, "TEXTS", 40)
    honest = study.train("LSTM", (0, 1), updates=2)
    monkeypatch.setattr(agreement, "draw", lambda *args: agreement.Text(draw(*args).tokens, *[None] * 4))
    blind = study.train("LSTM", (0, 1), updates=2)
    for one, other in zip(honest.parameters(), blind.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_texts_of_training_are_not_those_of_the_measures(monkeypatch):
    drawn = []
    draw = agreement.draw
    monkeypatch.setattr(study, "TEXTS", 40)
    monkeypatch.setattr(agreement, "draw", lambda rng, *args: drawn.append(draw(rng, *args)) or drawn[-1])
    model = study.train("RNN", range(10), updates=1)
    dict(study.measures(model.pick(0)))
    first = {text.tokens[:16, 0].tobytes() for text in drawn}
    assert len(first) == len(drawn) == 10 + len(study.ATTRACTORS) + 1


def test_the_first_pronoun_is_the_one_after_the_subjects_own_sentence():
    text = agreement.read("the king sings . he reads . he laughs . the aunt near the king sings . she waits . she")
    at = np.flatnonzero(study.first_pronoun(text)[:, 0])
    assert [VOCABULARY[k] for k in text.tokens[at + 1, 0]] == ["he", "she"]
    assert at.tolist() == [3, 16]


def test_reading_a_text(rng):
    model = studies.model("agreement_lstm").pick(5)
    reading = Reading(model, agreement.draw(rng, 60, 40))
    logits, _ = model(torch.from_numpy(reading.text.tokens))
    for question, answers in agreement.right(logits.detach().double().numpy(), reading.text).items():
        np.testing.assert_array_equal(answers, reading.right()[question])
    plural, among = reading.labels("number")
    feminine, singular = reading.labels("gender")
    assert (plural[among] == (reading.text.kind[among] == 2)).all()
    assert (among & ~plural == singular).all()
    assert not (feminine & plural).any()
    assert not reading.at("opening")[0].any()
    assert (reading.text.roles[reading.at("verb")] == ROLES.index("verb")).all()
    nothing = reading.right(units.rewrite(reading.cell, reading.p, reading.xs, lambda t, state, gates: state))
    np.testing.assert_array_equal(nothing["verb"], reading.right()["verb"])


@pytest.mark.parametrize(("kind", "seed"), [("LSTM", 0), ("RNN", 9)])
def test_what_is_stored_of_a_kept_model_comes_out_again(kind, seed):
    rows = studies.load("agreement")
    stored = {
        measure: value
        for measure, value, k, s in zip(rows["measure"], rows["value"], rows["kind"], rows["seed"], strict=True)
        if (k, s) == (kind, seed)
    }
    again = dict(study.measures(studies.model(study.NAMES[kind]).pick(seed)))
    assert list(again) == list(stored)
    for measure, value in again.items():
        assert value == pytest.approx(stored[measure], abs=0.011), measure


def test_the_agreement_models_hold_what_the_study_was_made_for():
    """A crisp cell, a gate that forgets at an opening, and obedience when the cell is turned: all in the same networks."""
    rows = studies.load("agreement")

    def ten(measure):
        return rows["value"][(rows["kind"] == "LSTM") & (rows["measure"] == measure)]

    questions = ("verb", "pronoun number", "pronoun gender")
    right = np.array([[ten(f"{question}, {k} attractors") for k in study.ATTRACTORS] for question in questions])
    assert ((right.mean(1) >= 0.99).all(0)).sum() >= 9, "averaged over 0 to 8 attractors"
    crisp = ten("number unit, held out") >= 0.95
    gate = (ten("number unit, f at opening") < 0.3) & (ten("number unit, f at attractor") > 0.6)
    flipped = (ten("1 number flipped, pronoun number") < 0.3) & (ten("1 number flipped, far verb") < 0.3)
    assert (crisp & gate & flipped).sum() >= 8


def test_the_character_model_is_small_and_as_good_as_stored():
    path = studies.FOLDER / "character_cells.npz"
    assert path.stat().st_size < 1.4e6
    model, rows = studies.model("character_cells"), studies.load("character_cells")
    held_out = torch.from_numpy(characters.encode(characters.read(("heapq", "cmd"))))
    assert model.bits(held_out, batch=4) < 2.2
    assert (np.diff(rows["bits"]) < 0).all()
    assert rows["updates"][-1] == 12_000
