"""`python -m lstm_course`: the list of exercises, what comes next, and what is said of a damaged file."""

import json
import os
import subprocess
import sys

import pytest

from lstm_course.exercises import EXERCISES, PAGES, progress, upcoming


def run(*arguments):
    """Exit code, output, errors; `LSTM_COURSE_SOLVED` is set for every test."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "lstm_course", *arguments], env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def note(tmp_path):
    """Writes what is solved, or something else."""

    def write(content):
        (tmp_path / "solved.json").write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")

    return write


def test_progress_lists_everything_and_says_what_comes_next(note):
    note(["rnn.shapes"])
    code, out, errors = run("progress")
    assert (code, errors) == (0, "")
    assert out.count("\n  [") == len(EXERCISES)
    *_, total, following = out.splitlines()
    assert total == f"Total: 1 of {len(EXERCISES)}"
    assert following.startswith("Next: rnn.step (01_rnn, ★")
    assert following.endswith(f"{EXERCISES['rnn.step'].title}, at the end of chapters/01_rnn.ipynb")


@pytest.mark.parametrize("content", ["", "{", '{"dear": "diary"}', "[1, 2]", "null"])
def test_a_damaged_file_is_named_and_left_alone(note, tmp_path, content):
    note(content)
    code, out, errors = run("progress")
    assert code == 1
    assert out == ""
    assert errors.startswith(
        f"Your progress could not be read: {tmp_path / 'solved.json'}: this is no list of solved exercises"
    )
    assert "move it away" in errors
    assert "Traceback" not in errors
    assert (tmp_path / "solved.json").read_text(encoding="utf-8") == content


def test_help_and_unknown_commands():
    code, out, errors = run()
    assert (code, errors) == (0, "")
    assert "which exercises are solved" in out
    code, out, errors = run("progres")
    assert (code, out) == (2, "")
    assert "'progress'" in errors


def key(page, k):
    return PAGES[page][k].key


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ([], ("01_rnn", 0)),
        (["gone.since"], ("01_rnn", 0)),
        ([key("04_core_idea", 2)], ("04_core_idea", 0)),
        ([key("04_core_idea", 0), key("02_long_term", 0)], ("02_long_term", 1)),
        ([key("02_long_term", 0), key("04_core_idea", 0), "gone.since"], ("04_core_idea", 1)),
        ([e.key for e in PAGES["04_core_idea"]], ("05_walkthrough", 0)),
        ([e.key for e in PAGES[list(PAGES)[-1]]], ("01_rnn", 0)),
        ([k for k in EXERCISES if k != key("07_variants", 3)], ("07_variants", 3)),
    ],
)
def test_next_is_on_the_page_last_worked_on_then_behind_it_then_from_the_start(keys, wanted):
    page, exercise = upcoming(keys)
    assert (page, exercise.key) == (wanted[0], key(*wanted))


def test_all_solved(note, capsys):
    note(list(EXERCISES))
    progress()
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"Total: {len(EXERCISES)} of {len(EXERCISES)}",
        "All are solved. Well done!",
    ]
    assert upcoming(list(EXERCISES)) is None
