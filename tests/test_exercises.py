"""Every exercise: its reference passes, each of its wrong answers is told what is wrong, and the words are all there."""

import re
from pathlib import Path

import numpy as np
import pytest

from lstm_course import exercises
from lstm_course.exercises import EXERCISES, PAGES, check, hint, kinds, progress, solved, words
from lstm_course.exercises.kinds import Choice, Mend, Predict, Write
from lstm_course.exercises.sandbox import compiled

ALL = list(EXERCISES.values())
CODE = [e for e in ALL if isinstance(e, Write)]
VALUES = [e for e in ALL if isinstance(e, Predict)]
CHOICES = [e for e in ALL if isinstance(e, Choice)]
each = lambda some: pytest.mark.parametrize("exercise", some, ids=lambda e: e.key)


def answer(code):
    """A learner's function, from code in a cell of its own."""
    return compiled(code, "a learner's cell")


def told(exercise, code, seed=0):
    return exercise.judge(answer(code), np.random.default_rng(seed))


@each(CODE)
@pytest.mark.parametrize("seed", range(5))
def test_the_reference_passes_whatever_the_numbers(exercise, seed):
    assert told(exercise, exercise.solution, seed) is None


@pytest.mark.parametrize(("exercise", "wrong"), [(e, w) for e in CODE for w in e.wrong], ids=lambda x: getattr(x, "key", ""))
@pytest.mark.parametrize("seed", range(2))
def test_a_wrong_answer_gets_its_own_message(exercise, wrong, seed):
    assert told(exercise, wrong.code(exercise.solution), seed).startswith(wrong.says)


@each(CODE)
def test_the_code_to_begin_with_fails_politely(exercise):
    message = told(exercise, exercise.start)
    assert message
    assert "Traceback" not in message
    if isinstance(exercise, Mend):
        assert any(message.startswith(wrong.says) for wrong in exercise.wrong), "its mistake is one of the known ones"


@each(CODE)
def test_judging_takes_moments(exercise):
    import time

    told(exercise, exercise.solution)
    start = time.perf_counter()
    told(exercise, exercise.start)
    assert time.perf_counter() - start < 2


@each(VALUES)
def test_values(exercise):
    truth, rng = exercise.truth(), np.random.default_rng(0)
    assert exercise.judge(truth, rng) is None
    assert exercise.judge(dict.fromkeys(truth, ...), rng) == f"{next(iter(truth))} is still missing."
    for wrong in exercise.wrong:
        assert exercise.judge({**truth, **wrong.new}, rng) == f"{next(iter(wrong.new))}: {wrong.says}"
    for name, value in truth.items():
        moved = tuple(part + 1 for part in value) if isinstance(value, tuple) else value * 1.05 + 1
        for other in (moved, "a", None, np.zeros(3), float("nan"), True):
            assert exercise.judge({**truth, name: other}, rng).startswith(f"{name}: ")


@each(CHOICES)
def test_choices(exercise):
    rng, right = np.random.default_rng(0), [letter for letter, option in exercise.letters.items() if option.holds()]
    assert len(right) == 1
    for letter, option in exercise.letters.items():
        assert exercise.judge(letter, rng) == (None if letter in right else option.says)
        assert exercise.judge(f" {letter.upper()} ", rng) == exercise.judge(letter, rng)
    for other in ("z", "", 3, None, ["a"], np.zeros(2)):
        assert "One of the letters is expected" in exercise.judge(other, rng)


@each(ALL)
def test_the_words_are_all_there(exercise):
    assert exercise.stars in (1, 2, 3)
    assert exercise.title[0].isupper()
    assert len(exercise.hints) >= 3
    assert len(getattr(exercise, "wrong", exercise.letters if isinstance(exercise, Choice) else ())) >= 3
    text = words.markdown(exercise)
    for part in (exercise.title, exercise.statement, *exercise.hints, exercise.afterword, words.start(exercise)):
        assert part.strip() in text
    assert f'check("{exercise.key}", ' in words.start(exercise)
    assert text.count("<details>") == text.count("</details>") == len(exercise.hints) + 1


def compact(text):
    return re.sub(r"\s|`", "", text)


@each(CODE)
def test_no_hint_is_the_whole_reference(exercise):
    body = exercise.solution.strip().split("\n", 1)[1]
    for text in map(compact, exercise.hints):
        assert compact(body) not in text
        assert compact(body.removeprefix("    return")) not in text


def test_no_wrong_answer_stands_twice():
    for exercise in CODE:
        codes = [wrong.code(exercise.solution) for wrong in exercise.wrong]
        assert len(set(codes)) == len(codes)


def test_every_page_has_from_easy_to_hard():
    for name, page in PAGES.items():
        stars = [exercise.stars for exercise in page]
        assert len(page) == 10 if name == "lab_bug_museum" else 4 <= len(page) <= 6  # the museum has one for each exhibit
        assert stars == sorted(stars)
        assert {1, 3} <= set(stars)
    assert len(EXERCISES) == sum(map(len, PAGES.values())), "no key twice"


def test_check_prints_and_notes_what_is_solved(capsys):
    check("rnn.step", answer(EXERCISES["rnn.step"].start))
    assert capsys.readouterr().out == "Not yet. The answer is None. Is a `return` missing?\n"
    assert solved.load() == []
    for key in ("rnn.step", "bptt.transpose", "rnn.step"):
        check(key, "c" if key == "bptt.transpose" else answer(EXERCISES["rnn.step"].solution))
        assert capsys.readouterr().out == "Right!\n"
    assert solved.load() == ["rnn.step", "bptt.transpose"]
    progress()
    out = capsys.readouterr().out
    assert out.count("[x]") == 2
    assert "01_rnn: 1 of 6" in out
    assert f"\nTotal: 2 of {len(EXERCISES)}\n" in out
    assert out.splitlines()[-1].startswith("Next: bptt.clip (01b_backpropagation, ★): ")


def test_every_check_tries_other_numbers():
    seen = []

    def spy(x, h_prev, W_x, W_h, b):
        seen.append(x)
        return np.tanh(x @ W_x + h_prev @ W_h + b)

    for _ in range(2):
        check("rnn.step", spy)
    half = len(seen) // 2
    assert len(seen) == 2 * half > 0
    assert not any(np.array_equal(x, y) for x, y in zip(seen[:half], seen[half:], strict=True))
    assert {x.dtype.name for x in seen} == {"float32", "float64"}
    assert 1 in {len(x) for x in seen}, "a batch of one"


def test_hints_come_one_after_the_other(capsys, monkeypatch):
    monkeypatch.setitem(exercises._hints_given, "rnn.step", 0)
    for number in (1, 2, 3, 1):
        hint("rnn.step")
        assert capsys.readouterr().out.startswith(f"**Hint {number} of 3.**")


def test_unknown_keys_are_named():
    for function in (exercises.ask, hint, lambda key: check(key, 0)):
        with pytest.raises(ValueError, match=r"^key: got 'rnn.stop', expected one of those .* such as rnn.step"):
            function("rnn.stop")


def test_a_foreign_file_is_not_overwritten(tmp_path, monkeypatch, capsys):
    path = tmp_path / "diary.json"
    path.write_text('{"dear": "diary"}', encoding="utf-8")
    monkeypatch.setenv("LSTM_COURSE_SOLVED", str(path))
    check("bptt.transpose", "c")
    assert "could not be noted down" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == '{"dear": "diary"}'


def test_the_place_can_be_set_and_is_made(tmp_path, monkeypatch):
    path = tmp_path / "a" / "b" / "solved.json"
    monkeypatch.setenv("LSTM_COURSE_SOLVED", str(path))
    solved.add("rnn.step")
    assert solved.load() == ["rnn.step"]
    assert [p.name for p in path.parent.iterdir()] == ["solved.json"]
    monkeypatch.delenv("LSTM_COURSE_SOLVED")
    assert solved.place().name == "solved.json"
    assert "lstm_course" in str(solved.place())


def test_the_exercise_in_contributing_is_one():
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "Write(" in block)
    names = {"np": np, "Write": Write, "Wrong": kinds.Wrong, "equals": kinds.equals}
    exec(code, names)
    double = names["DOUBLE"]
    assert told(double, double.solution) is None
    assert told(double, double.start)
    for wrong in double.wrong:
        assert told(double, wrong.code(double.solution)).startswith(wrong.says)
