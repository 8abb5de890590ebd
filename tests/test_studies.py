"""The runner: what is interrupted goes on, whoever does the work, and the bytes are the same. The stored results are whole."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lstm_course import studies
from lstm_course.cells import lstm
from lstm_course.models.language_model import LanguageModel
from lstm_course.studies import character_model, intervals, remember_by_default, trials
from lstm_course.studies.__main__ import line

SMALL = '''
"""A study of small real trainings, for the tests of the runner."""
from functools import partial
from lstm_course.cells import lstm
from lstm_course.studies import trials
from lstm_course.tasks import recall

COLUMNS, UNITS = ("gap", "seed", "updates", "accuracy"), tuple(range(1, 9))

def context():
    return {}

def run(gap):
    _, outcome = trials.train(lstm, partial(recall.marked, gap=gap), (0, 1, 2), 1e-2, 60, hidden=8)
    return [(gap, s, int(u), f"{a:.3f}") for s, u, a in zip(range(3), outcome.updates, outcome.accuracy)]
'''
START = """
import sys
from pathlib import Path
from lstm_course import studies
import small_study
if __name__ == "__main__":
    studies.run(small_study, Path(sys.argv[1]))
"""


SHARE = """
import sys
from pathlib import Path
import small_study
from lstm_course.studies import shared
if __name__ == "__main__":
    shared.run(small_study, sys.argv[2], Path(sys.argv[1]), heartbeat=1, progress=False)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the small study, and its results from one uninterrupted run in this process."""
    folder = tmp_path_factory.mktemp("studies")
    (folder / "small_study.py").write_text(SMALL)
    (folder / "start.py").write_text(START)
    (folder / "share.py").write_text(SHARE)
    (folder / "whole").mkdir()
    sys.path.insert(0, str(folder))
    import small_study

    with ThreadPoolExecutor(1) as executor:
        studies.run(small_study, folder / "whole", executor)
    yield folder
    sys.path.remove(str(folder))
    del sys.modules["small_study"]


def results(folder):
    return (folder / "small_study.csv").read_bytes()


def test_a_study_killed_in_the_middle_goes_on_and_gives_the_same_bytes(place, tmp_path):
    command = [sys.executable, str(place / "start.py"), str(tmp_path)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(place)}, stderr=subprocess.DEVNULL)
    part, patience = tmp_path / "small_study.part.json", time.monotonic() + 120
    while not part.exists() and time.monotonic() < patience:
        assert process.poll() is None, "over before it could be killed"
        time.sleep(0.02)
    process.kill()  # SIGKILL where there is one: nothing can be tidied up
    process.wait()
    kept = json.loads(part.read_text())
    assert 0 < len(kept) < 8
    assert not (tmp_path / "small_study.csv").exists()
    next(iter(kept.values()))["cpu_seconds"] = -1000  # to be recognised: what is done is not done again
    part.write_text(json.dumps(kept))
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(place)}, check=True, stderr=subprocess.DEVNULL)
    assert results(tmp_path) == results(place / "whole")
    assert json.loads((tmp_path / "small_study.meta.json").read_text())["cpu_seconds"] < 0
    assert {p.name for p in tmp_path.iterdir()} == {"small_study.csv", "small_study.meta.json"}


def test_a_dask_cluster_gives_the_same_bytes(place, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(place))
    import small_study

    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
    with cluster, distributed.Client(cluster) as client:
        studies.run(small_study, tmp_path, client.get_executor())
    assert results(tmp_path) == results(place / "whole")


def test_two_workers_share_one_storage_and_what_a_killed_one_has_finished_is_not_done_again(place, tmp_path):
    optuna = pytest.importorskip("optuna")
    url = f"sqlite:///{(tmp_path / 'shared.db').as_posix()}"
    command = [sys.executable, str(place / "share.py"), str(tmp_path), url]
    start = lambda: subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(place)}, stderr=subprocess.PIPE, text=True)
    first, patience = start(), time.monotonic() + 120

    def finished():
        try:
            trials = optuna.load_study(study_name="small_study", storage=url).get_trials(deepcopy=False)
        except Exception:  # the first worker has not made the tables yet
            return {}
        return {trial.user_attrs["unit"]: trial for trial in trials if "result" in trial.user_attrs}

    while len(finished()) < 2 and time.monotonic() < patience:
        assert first.poll() is None, first.stderr.read()
        time.sleep(0.05)
    second = start()
    while len(finished()) < 4 and time.monotonic() < patience:
        time.sleep(0.05)
    first.kill()
    first.communicate()
    kept = finished()
    assert 4 <= len(kept) < 8
    optuna.load_study(study_name="small_study", storage=url).ask()  # as by one who dies before its first sign of life
    _, said = second.communicate(timeout=240)
    assert second.returncode == 0, said
    assert results(tmp_path) == results(place / "whole")
    after = finished()
    assert set(after) == set("12345678")
    assert all(after[unit].number == trial.number for unit, trial in kept.items()), "none was done twice"
    late = start()
    _, said = late.communicate(timeout=120)
    assert late.returncode == 0, said
    assert {unit: trial.number for unit, trial in finished().items()} == {unit: trial.number for unit, trial in after.items()}


def test_a_worker_gives_a_sign_of_life_before_it_says_that_it_has_begun(tmp_path, monkeypatch):
    """Killed between the two, it would be neither stale nor an orphan, and waited for for good."""
    optuna = pytest.importorskip("optuna")
    from lstm_course.studies import shared

    said, main = [], threading.current_thread()
    life, attribute = optuna.storages.RDBStorage.record_heartbeat, optuna.trial.Trial.set_user_attr

    def record_heartbeat(self, trial):
        if threading.current_thread() is main:
            said.append("life")
        life(self, trial)

    def set_user_attr(self, key, value):
        said.append(key)
        attribute(self, key, value)

    monkeypatch.setattr(optuna.storages.RDBStorage, "record_heartbeat", record_heartbeat)
    monkeypatch.setattr(optuna.trial.Trial, "set_user_attr", set_user_attr)
    monkeypatch.setattr(studies, "work", lambda name, unit: {"rows": [(unit,)], "cpu_seconds": 0.0, "models": {}})
    study = SimpleNamespace(__name__="quick", COLUMNS=("unit",), UNITS=(1, 2), context=dict)
    shared.run(study, f"sqlite:///{(tmp_path / 'shared.db').as_posix()}", tmp_path, progress=False)
    assert said == ["life", "begun", "result"] * 2


def test_the_command_hands_the_storage_on(monkeypatch):
    from lstm_course.studies import __main__, shared

    calls = []
    monkeypatch.setattr(shared, "run", lambda study, url: calls.append((study, url)))
    monkeypatch.setattr(sys, "argv", ["studies", "gap_curve", "--storage", "sqlite:///studies.db"])
    __main__.main()
    assert calls == [(studies.find("gap_curve"), "sqlite:///studies.db")]


SEARCH = """
COLUMNS = ("unit", "value")

def context():
    return {}

def plan(done):
    first = ["1", "2", "3"]
    if any(unit not in done for unit in first):
        return first
    best = max(first, key=lambda unit: done[unit]["rows"][0][1])
    return [*first, best + "1", best + "2"]

def run(unit):
    return [(unit, int(unit) % 3)]
"""


@pytest.mark.parametrize("shared_out", [False, True])
def test_the_later_units_of_a_search_follow_from_the_earlier(shared_out, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "small_search.py").write_text(SEARCH)
    import small_search

    if shared_out:
        pytest.importorskip("optuna")
        from lstm_course.studies import shared

        shared.run(small_search, f"sqlite:///{(tmp_path / 'search.db').as_posix()}", tmp_path, progress=False)
    else:
        with ThreadPoolExecutor(1) as executor:
            studies.run(small_search, tmp_path, executor)
    assert (tmp_path / "small_search.csv").read_text() == "unit,value\n1,1\n2,2\n3,0\n21,0\n22,1\n"
    assert json.loads((tmp_path / "small_search.meta.json").read_text())["units"] == 5
    sys.modules.pop("small_search")


def test_a_failing_unit_loses_no_finished_one(place, tmp_path, monkeypatch):
    import small_study

    steady = small_study.run

    def fails(gap):
        if gap == 3:
            raise KeyboardInterrupt
        return steady(gap)

    monkeypatch.setattr(small_study, "run", fails)
    with ThreadPoolExecutor(1) as executor, pytest.raises(KeyboardInterrupt):
        studies.run(small_study, tmp_path, executor)
    assert {"1", "2"} <= set(json.loads((tmp_path / "small_study.part.json").read_text()))


def test_models_that_a_unit_keeps_are_written_beside_the_rows(tmp_path, monkeypatch):
    model = LanguageModel(lstm, 7, hidden=3, embedding=2, models=2, rng=np.random.default_rng(0))
    study = SimpleNamespace(
        __name__="keeper", COLUMNS=("unit",), UNITS=(1, 2), context=dict, run=lambda k: studies.Kept([(k,)], {f"m{k}": model})
    )
    monkeypatch.setitem(sys.modules, "keeper", study)
    with ThreadPoolExecutor(1) as executor:
        studies.run(study, tmp_path, executor)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keeper.csv", "keeper.meta.json", "m1.npz", "m2.npz"]
    assert (tmp_path / "m1.npz").read_bytes() == (tmp_path / "m2.npz").read_bytes()
    monkeypatch.setattr(studies, "FOLDER", tmp_path)
    for name, weight in studies.model("m2").named_parameters():
        torch.testing.assert_close(weight, dict(model.named_parameters())[name], rtol=0, atol=0)
    with pytest.raises(ValueError, match=r"^name: got 'm3', expected one of m1, m2"):
        studies.model("m3")


def test_the_list_names_every_study_with_its_time():
    for name in studies.STUDIES:
        assert line(name).startswith(name)
        assert " min CPU " in line(name)


@pytest.mark.parametrize("name", studies.STUDIES)
def test_stored_results_have_the_columns_and_units_of_their_study(name):
    study, stored, about = studies.find(name), studies.load(name), studies.about(name)
    assert tuple(stored) == study.COLUMNS
    planned = hasattr(study, "plan")  # then there are too many units, and too long, to be written down once more
    assert about["units"] == (len(stored[study.COLUMNS[0]]) if planned else json.loads(json.dumps(study.UNITS)))
    assert about["command"] == f"python -m lstm_course.studies {name}"
    assert about["context"] == json.loads(json.dumps(study.context()))
    assert about["cpu_seconds"] > 0


def test_the_character_study_is_complete():
    stored = studies.load("character_model")
    assert sorted(set(stored["seed"])) == list(range(10))
    for seed in range(10):
        mine = stored["seed"] == seed
        assert stored["updates"][mine].tolist() == list(character_model.MOMENTS)
        assert np.all(np.diff(stored["bits"][mine]) < 0), "it goes on learning"


def test_a_slice_of_the_character_study_comes_out_again():
    stored = studies.load("character_model")
    seed, updates, bits = character_model.run(3, updates=30)[0]
    assert (seed, updates) == (3, 1)
    first = stored["bits"][(stored["seed"] == 3) & (stored["updates"] == 1)]
    assert float(bits) == pytest.approx(first[0], abs=0.05)


def test_the_map_of_starts_is_complete_and_its_fields_differ_by_their_biases_alone():
    stored = studies.load("remember_by_default")
    fields = product(*(np.unique(stored[name]) for name in ("forget_bias", "input_bias", "rate", "seed")))
    assert len(stored["seed"]) == len(list(fields)) == 4 * 4 * 3 * 10
    rows = remember_by_default.run((5.0, -3.0), updates=2)
    assert [row[:4] for row in rows] == [(5.0, -3.0, rate, seed) for rate in trials.RATES for seed in range(10)]
    assert all(row[4] == -1 for row in rows), "two updates are too few"
    one, other = (
        lstm.init(np.random.default_rng(0), 5, 32, forget_bias=forget, input_bias=enter)
        for forget, enter in remember_by_default.UNITS[::15]
    )
    np.testing.assert_array_equal(one.W_x, other.W_x)
    np.testing.assert_array_equal(one.W_h, other.W_h)
    np.testing.assert_array_equal(one.b[64:], other.b[64:])


def test_unknown_studies_are_named():
    for use in (studies.find, studies.load, studies.about):
        with pytest.raises(ValueError, match=r"^name: got 'x', expected one of character_model"):
            use("x")


def test_wilson_against_its_formula():
    z = 1.959963984540054
    for k, n in ((0, 10), (7, 10), (10, 10), (3, 40)):
        centre, half = (k + z * z / 2) / (n + z * z), z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4)
        np.testing.assert_allclose(intervals.wilson(k, n), (centre - half, centre + half), atol=1e-12)


def test_the_bootstrap_covers_a_known_mean_about_as_often_as_it_says(rng):
    covered = 0
    for _ in range(200):
        low, high = intervals.bootstrap(rng.standard_normal(30), draws=400)
        covered += low <= 0 <= high
    assert 0.87 <= covered / 200 <= 0.98
    assert intervals.bootstrap([2.0, 2.0, 2.0]) == (2.0, 2.0)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: intervals.wilson(1, 0), r"^n: got 0, expected an integer of at least 1"),
        (lambda: intervals.wilson(11, 10), r"^successes: got 11, expected 0 to 10"),
        (lambda: intervals.bootstrap([1.0]), r"^values: got shape \(1,\), expected at least two numbers"),
        (lambda: intervals.bootstrap("ab"), r"^values: got 'ab', expected at least two numbers"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
