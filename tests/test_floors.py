"""The house stands: imports run down its floors, and importing the package is light."""

import ast
import subprocess
import sys
import token
import tokenize
from pathlib import Path

import pytest

import lstm_course

PACKAGE = Path(lstm_course.__file__).parent
FLOORS = {  # from the top; a room may import from the floors below it and from its own room, never from beside or above
    "__main__": 8,
    "exercises": 7,
    "lab": 6.5,
    "studies": 6,
    "museum": 6,
    "models": 5,
    "probes": 5,
    "alignment": 5,
    "units": 5,
    "drawing": 5,
    "training": 4,
    "schedules": 4,
    "deep": 3.5,
    "dropout": 3.5,
    "convert": 3.5,
    "layers": 3,
    "gradcheck": 3,
    "attention": 3,
    "padding": 2.5,
    "unroll": 2,
    "cells": 1,
    "storage": 0.7,
    "tasks": 0.6,
    "expect": 0.5,
    "layer_norm": 0.4,
    "ops": 0.3,
    "memory": 0,
    "notebook": 0,
}
GROUND = {"notebook", "memory"}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room(module):
    """The first name below the package."""
    return module.split(".")[1] if "." in module else None


def imported(path):
    """Rooms of the package that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (room(alias.name) for alias in node.names if alias.name.startswith("lstm_course."))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the import in full"
            if node.module == "lstm_course":
                yield from (alias.name for alias in node.names)
            elif (node.module or "").startswith("lstm_course."):
                yield room(node.module)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_downwards(path):
    mine = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert mine in FLOORS, f"give {mine} a floor"
    for other in imported(path):
        assert other == mine or FLOORS[other] < FLOORS[mine], f"{mine} may not import {other}"
        assert mine not in GROUND or other == mine, f"{mine} imports nothing of the package"


def test_no_room_without_a_subject():
    assert not {"utils", "helpers", "common", "misc", "core"} & {p.stem for p in PACKAGE.rglob("*")}


def test_files_are_short():
    """About a screen or two of code. Lines of words (docstrings, statements, messages) do not count, nor do blank ones."""
    for path in FILES:
        with tokenize.open(path) as file:
            tokens = list(tokenize.generate_tokens(file.readline))
        code = {
            t.start[0] for t in tokens if t.type in (token.NAME, token.NUMBER) or (t.type == token.OP and t.string not in "(),")
        }
        most = 250 if path.name.startswith("chapter_") else 200  # a page of exercises is a list
        assert len(code) <= most, f"{path.name}: {len(code)} lines"


def test_importing_the_package_loads_neither_torch_nor_matplotlib():
    code = "import sys, lstm_course; print(sorted({'torch', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_numpy_cells_run_without_torch():
    code = "import sys\nfrom lstm_course import gradcheck, cells\nimport numpy as np\n"
    code += "gradcheck.cell(cells.lstm, rng=np.random.default_rng(0)); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
