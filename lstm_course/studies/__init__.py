"""Experiments over many seeds, and their stored results.

A study is a module here with COLUMNS, the UNITS of work, `run(unit)`, which gives the rows of one unit, and `context()`, a
dict of what the rows are to be compared with. Its results are package data: NAME.csv holds deterministic values only,
NAME.meta.json the command, versions, context and CPU time.

    python -m lstm_course.studies character_model

takes up where an interrupted run stopped.
"""

import csv
import importlib
import io
import json
import platform
import time
from pathlib import Path

import numpy as np

from lstm_course import expect
from lstm_course.notebook import progress

FOLDER = Path(__file__).parent
STUDIES = ("character_model",)


def load(name):
    """The stored results of a study.

    Returns:
        dict of column name to array, numbers as float64.
    Raises:
        ValueError: when there is no such study.

    >>> sorted(load("character_model"))
    ['bits', 'seed', 'updates']
    """
    _expect_known(name)
    with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {column: np.array([float(row[column]) for row in rows]) for column in rows[0]}


def about(name):
    """How a study's results came about: command, units, CPU seconds, versions, machine, context."""
    _expect_known(name)
    return json.loads((FOLDER / f"{name}.meta.json").read_text(encoding="utf-8"))


def run(name, folder=FOLDER):
    """Run a study, one unit after the other; finished units of an interrupted run are kept.

    Args:
        name: one of `STUDIES`.
        folder: where the results go (pathlib.Path).
    Raises:
        ValueError: when there is no such study.
    """
    _expect_known(name)
    study = importlib.import_module(f"lstm_course.studies.{name}")
    part = folder / f"{name}.part.json"
    done = json.loads(part.read_text(encoding="utf-8")) if part.exists() else {}
    for unit in progress(study.UNITS, name):
        if str(unit) not in done:
            start = time.process_time()
            rows = study.run(unit)
            done[str(unit)] = {"rows": rows, "cpu_seconds": time.process_time() - start}
            _write(part, json.dumps(done))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(study.COLUMNS)
    writer.writerows(row for unit in study.UNITS for row in done[str(unit)]["rows"])
    _write(folder / f"{name}.csv", table.getvalue())
    import torch

    meta = {
        "command": f"python -m lstm_course.studies {name}",
        "units": list(study.UNITS),
        "cpu_seconds": round(sum(entry["cpu_seconds"] for entry in done.values())),
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__},
        "machine": f"{platform.machine()}, {torch.get_num_threads()} thread",
        "context": study.context(),
    }
    _write(folder / f"{name}.meta.json", json.dumps(meta, indent=2) + "\n")
    part.unlink()


def _expect_known(name):
    expect.that(name in STUDIES, "name", repr(name), f"one of {', '.join(STUDIES)}")


def _write(path, text):
    """Aside first, then renamed."""
    aside = path.with_name(path.name + ".aside")
    aside.write_text(text, encoding="utf-8", newline="\n")
    aside.replace(path)
