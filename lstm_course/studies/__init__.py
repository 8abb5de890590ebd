"""Experiments over many seeds, and their stored results.

A study is a module with COLUMNS, the UNITS of work, `run(unit)`, which gives the rows of one unit, and `context()`, a dict of
what the rows are to be compared with. A unit is one pass of fixed composition on one thread, so that its rows are the same
whenever and wherever it runs; if its trained models are to be looked at, it gives `Kept(rows, models)`. A search, whose later
units depend on what the earlier ones gave, has `plan(done)` in place of UNITS. The results are package data: NAME.csv holds
deterministic values only, NAME.meta.json the command, versions, context and CPU time.

    python -m lstm_course.studies               lists them, with the time each takes
    python -m lstm_course.studies gap_curve     runs one, or takes up where an interrupted run stopped

Units go through an executor of `concurrent.futures`: by default a process for each core.
"""

import csv
import importlib
import io
import json
import platform
import time
from base64 import b64decode, b64encode
from concurrent.futures import as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.notebook import progress

FOLDER = Path(__file__).parent
STUDIES = (
    "character_model",
    "gap_curve",
    "plain_recall",
    "more_updates",
    "three_units",
    "remember_by_default",
    "agreement",
    "character_cells",
    "growing_cells",
    "hochreiter_1997",
    "gers_2000",
    "pascanu_2013",
    "variants",
    "waveforms",
    "precise_timing",
    "depth_gates",
    "odyssey",
    "odyssey_importance",
    "evolution",
    "evolved",
    "evolved_longer",
    "bottleneck",
    "one_block",
    "captions",
    "fields",
    "date_reader",
)


class Kept(NamedTuple):
    """What a unit gives that keeps its models: rows, and a dict of name to a model with `save`, each written to NAME.npz."""

    rows: Any
    models: dict[str, Any]


def find(name):
    """The module of a study of the course.

    Raises:
        ValueError: when there is no such study.
    """
    expect.that(name in STUDIES, "name", repr(name), f"one of {', '.join(STUDIES)}")
    return importlib.import_module(f"lstm_course.studies.{name}")


def load(name):
    """The stored results of a study.

    Returns:
        dict of column name to array (rows,): float64, or str for a column of words.
    Raises:
        ValueError: when there is no such study.

    >>> sorted(load("character_model"))
    ['bits', 'seed', 'updates']
    """
    text = (FOLDER / f"{_name(find(name))}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    return {column: _numbers([row[column] for row in rows]) for column in rows[0]}


def _numbers(words):
    try:
        return np.array(words, float)
    except ValueError:
        return np.array(words)


def model(name):
    """A trained model that a study has kept.

    Returns:
        LanguageModel.
    Raises:
        ValueError: when there is no such model.
    """
    from lstm_course.models.language_model import LanguageModel

    kept = sorted(path.stem for path in FOLDER.glob("*.npz"))
    expect.that(name in kept, "name", repr(name), f"one of {', '.join(kept)}")
    return LanguageModel.load(FOLDER / f"{name}.npz")


def about(name):
    """How a study's results came about: command, units, CPU seconds of all and of each, versions, machine, context."""
    return json.loads((FOLDER / f"{_name(find(name))}.meta.json").read_text(encoding="utf-8"))


def run(study, folder=FOLDER, executor=None):
    """Run a study; finished units of an interrupted run are kept.

    Args:
        study: module, for instance `find("gap_curve")`, importable by name where the work is done.
        folder: where the results go (pathlib.Path).
        executor: a `concurrent.futures.Executor`, or what behaves like one; a process for each core if None.
    """
    name = _name(study)
    part = folder / f"{name}.part.json"
    done = json.loads(part.read_text(encoding="utf-8")) if part.exists() else {}
    if executor is None:
        from lstm_course.studies.processes import pool

        with pool() as executor:
            _work_off(study, done, part, executor)
    else:
        _work_off(study, done, part, executor)
    store(study, done, folder)
    part.unlink(missing_ok=True)


def store(study, done, folder=FOLDER, command=""):
    """Write the results of a finished study.

    Args:
        study: module.
        done: dict of the name of each unit to what `work` gave.
        folder: where to.
        command: what is to be added to the command that is written down.
    """
    name, units = _name(study), settled(study, done)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(study.COLUMNS)
    writer.writerows(row for unit in units for row in done[str(unit)]["rows"])
    _write(folder / f"{name}.csv", table.getvalue())
    for unit in units:
        for model, data in done[str(unit)]["models"].items():
            _write(folder / f"{model}.npz", b64decode(data))
    import torch

    meta = {
        "command": f"python -m lstm_course.studies {name}{command}",
        "units": len(units) if hasattr(study, "plan") else list(units),
        "cpu_seconds": round(sum(done[str(unit)]["cpu_seconds"] for unit in units)),
        "unit_cpu_seconds": [round(done[str(unit)]["cpu_seconds"]) for unit in units],
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__},
        "machine": f"{platform.machine()}, 1 thread for each unit",
        "context": study.context(),
    }
    _write(folder / f"{name}.meta.json", json.dumps(meta, indent=2) + "\n")


def _work_off(study, done, part, executor):
    """Hand out the units, and write down each as soon as it is done, until none is left."""
    while todo := missing(study, done):
        futures = {executor.submit(work, study.__name__, unit): unit for unit in todo}
        try:
            for future in progress(as_completed(futures), _name(study), total=len(todo)):
                done[str(futures[future])] = future.result()
                _write(part, json.dumps(done))
        finally:
            for future in futures:
                future.cancel()


def settled(study, done):
    """The units of a study, as far as they are known: all UNITS, or of a search those that follow from what is done."""
    return study.plan(done) if hasattr(study, "plan") else study.UNITS


def missing(study, done):
    """Those of the `settled` units that are not done."""
    return [unit for unit in settled(study, done) if str(unit) not in done]


def work(study, unit):
    """Run one unit on one thread.

    Args:
        study: full name of the study's module.
        unit: one of its UNITS.
    Returns:
        dict of "rows", "cpu_seconds" and "models", a dict of name to the bytes of an .npz file in base64.
    """
    from lstm_course.studies.processes import one_thread

    module = importlib.import_module(study)
    with one_thread():
        start = time.process_time()
        rows = module.run(unit)
        kept = rows if isinstance(rows, Kept) else Kept(rows, {})
        seconds = time.process_time() - start
        return {"rows": kept.rows, "cpu_seconds": seconds, "models": {name: _packed(m) for name, m in kept.models.items()}}


def _packed(model):
    """A model as the bytes that `save` writes, in base64."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        model.save(path)
        return b64encode(path.read_bytes()).decode()


def _name(study):
    return study.__name__.rpartition(".")[-1]


def _write(path, content):
    """Text or bytes, aside first, then renamed."""
    aside = path.with_name(path.name + ".aside")
    aside.write_bytes(content.encode() if isinstance(content, str) else content)
    aside.replace(path)
