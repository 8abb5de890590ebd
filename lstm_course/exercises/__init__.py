"""The exercises: `ask` shows one, `check` judges an answer, `hint` helps, `progress` tells how far you are.

>>> from lstm_course.exercises import ask, check, hint, progress
>>> check("rnn.step", 42)
Not yet. This is an int and not a function. Hand over the function itself,
without parentheses.
"""

import textwrap
from difflib import get_close_matches

import numpy as np

from lstm_course import expect
from lstm_course.exercises import (
    chapter_01_rnn,
    chapter_01b_backpropagation,
    chapter_02_long_term,
    chapter_03_lstm_networks,
    chapter_04_core_idea,
    chapter_05_walkthrough,
    chapter_05b_backward,
    chapter_06_what_cells_remember,
    chapter_07_variants,
    chapter_08_which_variant_wins,
    chapter_09_attention,
    chapter_09b_queries_keys_values,
    chapter_10_show_attend_tell,
    chapter_lab_bug_museum,
    chapter_lab_gate,
    chapter_lab_paper_tables,
    chapter_lab_rosetta,
    solved,
    words,
)
from lstm_course.notebook import markdown

PAGES = {
    "01_rnn": chapter_01_rnn.EXERCISES,
    "01b_backpropagation": chapter_01b_backpropagation.EXERCISES,
    "02_long_term": chapter_02_long_term.EXERCISES,
    "03_lstm_networks": chapter_03_lstm_networks.EXERCISES,
    "04_core_idea": chapter_04_core_idea.EXERCISES,
    "05_walkthrough": chapter_05_walkthrough.EXERCISES,
    "05b_backward": chapter_05b_backward.EXERCISES,
    "06_what_cells_remember": chapter_06_what_cells_remember.EXERCISES,
    "07_variants": chapter_07_variants.EXERCISES,
    "08_which_variant_wins": chapter_08_which_variant_wins.EXERCISES,
    "09_attention": chapter_09_attention.EXERCISES,
    "09b_queries_keys_values": chapter_09b_queries_keys_values.EXERCISES,
    "10_show_attend_tell": chapter_10_show_attend_tell.EXERCISES,
    "lab_gate": chapter_lab_gate.EXERCISES,
    "lab_paper_tables": chapter_lab_paper_tables.EXERCISES,
    "lab_bug_museum": chapter_lab_bug_museum.EXERCISES,
    "lab_rosetta": chapter_lab_rosetta.EXERCISES,
}
"""Chapter to its exercises, in order."""

EXERCISES = {exercise.key: exercise for page in PAGES.values() for exercise in page}
"""Key to exercise."""

_streams = {key: np.random.default_rng([number, 2024]) for number, key in enumerate(EXERCISES)}
_hints_given = dict.fromkeys(EXERCISES, 0)


def ask(key):
    """Show an exercise: statement, code to begin with, and folded away the hints and the solution.

    Args:
        key: such as "rnn.step".
    Raises:
        ValueError: when there is no such exercise.
    """
    exercise = find(key)
    plain = f"Exercise {key}: {exercise.title}\n\n{words.task(exercise)}"
    markdown(words.markdown(exercise), plain=plain, about={"exercise": key})


def check(key, answer):
    """Judge an answer and say what is wrong with it, or note it as solved. Every call tries other numbers.

    Args:
        key: such as "rnn.step".
        answer: what the exercise asks for: a function, a dict of values, a letter.
    Raises:
        ValueError: when there is no such exercise.
    """
    exercise = find(key)
    if problem := exercise.judge(answer, _streams[key]):
        print(_folded(f"Not yet. {problem}"))
        return
    markdown(f"**Right!** {exercise.afterword.strip()}", plain="Right!")
    try:
        solved.add(key)
    except (OSError, ValueError) as error:
        print(f"(This could not be noted down: {error})")


def hint(key):
    """Show the next hint to an exercise, and after the last the first again.

    Raises:
        ValueError: when there is no such exercise.
    """
    hints = find(key).hints
    number = _hints_given[key] % len(hints)
    _hints_given[key] += 1
    markdown(f"**Hint {number + 1} of {len(hints)}.** {hints[number].strip()}")


def progress():
    """Print what is solved and what is not, page by page, then the total and which exercise comes next.

    Raises:
        OSError, ValueError: when the file of what is solved cannot be read, or is not one of ours.
    """
    keys, width = solved.load(), max(map(len, EXERCISES))
    for page, exercises in PAGES.items():
        print(f"{page}: {sum(e.key in keys for e in exercises)} of {len(exercises)}")
        for exercise in exercises:
            print(
                f"  [{'x' if exercise.key in keys else ' '}] {exercise.key:{width}} {words.stars(exercise):3} {exercise.title}"
            )
    print(f"Total: {sum(key in keys for key in EXERCISES)} of {len(EXERCISES)}")
    if found := upcoming(keys):
        page, exercise = found
        print(f"Next: {exercise.key} ({page}, {words.stars(exercise)}): {exercise.title}, at the end of chapters/{page}.ipynb")
    else:
        print("All are solved. Well done!")


def upcoming(keys):
    """What to do next: the first unsolved exercise of the page last worked on, else of the pages behind it or the first.

    Args:
        keys: of what is solved, in that order.
    Returns:
        (page, exercise), or None when all are solved.
    """
    pages = list(PAGES)
    last = next((EXERCISES[key] for key in reversed(keys) if key in EXERCISES), None)
    first = next((k for k, page in enumerate(pages) if last in PAGES[page]), 0)
    ordered = ((page, exercise) for page in pages[first:] + pages[:first] for exercise in PAGES[page])
    return next(((page, exercise) for page, exercise in ordered if exercise.key not in keys), None)


def find(key):
    """The exercise of a key.

    Raises:
        ValueError: when there is no such exercise.
    """
    near = get_close_matches(str(key), EXERCISES, 3, 0.5) or [next(iter(EXERCISES))]
    expect.that(key in EXERCISES, "key", repr(key), f"one of those that progress() lists, such as {', '.join(near)}")
    return EXERCISES[key]


def _folded(text):
    """Lines that JupyterLab would break within a word, broken between words."""
    lines = (textwrap.wrap(line, 79, break_long_words=False, break_on_hyphens=False) or [""] for line in text.split("\n"))
    return "\n".join("\n".join(line) for line in lines)
