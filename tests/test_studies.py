import json

import numpy as np
import pytest

from lstm_course import studies
from lstm_course.studies import character_model


@pytest.fixture
def small(monkeypatch):
    """The character study with three cheap units that count how often they run."""
    ran = []

    def run(seed):
        ran.append(seed)
        return [(seed, 1, f"{seed / 3:.3f}")]

    monkeypatch.setattr(character_model, "UNITS", (0, 1, 2))
    monkeypatch.setattr(character_model, "run", run)
    return ran


def test_an_interrupted_study_goes_on_and_gives_the_same_bytes(small, tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    studies.run("character_model", tmp_path / "a")
    whole = (tmp_path / "a" / "character_model.csv").read_bytes()
    steady, small[:] = character_model.run, []

    def killed(seed):
        if seed == 2:
            raise KeyboardInterrupt
        return steady(seed)

    monkeypatch.setattr(character_model, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        studies.run("character_model", tmp_path / "b")
    monkeypatch.setattr(character_model, "run", steady)
    studies.run("character_model", tmp_path / "b")
    assert small == [0, 1, 2], "nothing ran twice"
    assert (tmp_path / "b" / "character_model.csv").read_bytes() == whole
    assert {p.name for p in (tmp_path / "b").iterdir()} == {"character_model.csv", "character_model.meta.json"}
    assert json.loads((tmp_path / "b" / "character_model.meta.json").read_text())["units"] == [0, 1, 2]


def test_the_stored_study_is_complete():
    stored, about = studies.load("character_model"), studies.about("character_model")
    assert about["units"] == list(range(10))
    assert sorted(set(stored["seed"])) == list(range(10))
    for seed in range(10):
        mine = stored["seed"] == seed
        assert stored["updates"][mine].tolist() == list(character_model.MOMENTS)
        assert np.all(np.diff(stored["bits"][mine]) < 0), "it goes on learning"


def test_a_slice_of_the_study_comes_out_again():
    stored = studies.load("character_model")
    seed, updates, bits = character_model.run(3, updates=30)[0]
    assert (seed, updates) == (3, 1)
    first = stored["bits"][(stored["seed"] == 3) & (stored["updates"] == 1)]
    assert float(bits) == pytest.approx(first[0], abs=0.05)


def test_unknown_studies_are_named():
    with pytest.raises(ValueError, match=r"^name: got 'x', expected one of character_model"):
        studies.load("x")
