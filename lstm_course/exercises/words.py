"""An exercise as Markdown: readable in JupyterLab as it stands, and the source of the book's numbered exercise."""

import re

from lstm_course.exercises.kinds import Choice, Predict


def stars(exercise):
    """The difficulty: one to three stars."""
    return "★" * exercise.stars


def task(exercise):
    """Statement and code to begin with, Markdown."""
    options = [f"- **{letter}** {option.text}" for letter, option in getattr(exercise, "letters", {}).items()]
    return "\n\n".join([exercise.statement.strip(), *(["\n".join(options)] if options else []), _code(start(exercise))])


def start(exercise):
    """The code to begin with, its last line the call of `check`."""
    if isinstance(exercise, Choice):
        return f'check("{exercise.key}", "...")'
    code = exercise.start.strip()
    name = re.search(r"def (\w+)|(\w+) =", code)
    gap = "\n\n\n" if name[1] else "\n\n"
    return f'{code}{gap}check("{exercise.key}", {name[1] or name[2]})'


def folds(exercise):
    """What is folded away: list of (heading, Markdown), the hints and then the solution."""
    hints = [(f"Hint {k}", hint.strip()) for k, hint in enumerate(exercise.hints, 1)]
    return [*hints, ("Solution", f"{solution(exercise)}\n\n{exercise.afterword.strip()}".strip())]


def solution(exercise):
    """The worked solution, Markdown."""
    if isinstance(exercise, Choice):
        (right,) = (letter for letter, option in exercise.letters.items() if option.holds())
        reasons = [f"- **{letter}** {option.says}" for letter, option in exercise.letters.items()]
        return "\n".join([f"**{right}** is right.\n", *reasons])
    return exercise.solution.strip() if isinstance(exercise, Predict) else _code(exercise.solution.strip())


def markdown(exercise):
    """The whole exercise for a notebook."""
    details = [
        f"<details><summary><b>{heading}</b> (click to open)</summary>\n\n{text}\n\n</details>"
        for heading, text in folds(exercise)
    ]
    head = f"**Exercise {stars(exercise)} {exercise.title}** (`{exercise.key}`)"
    return "\n\n".join([head, task(exercise), *details])


def _code(text):
    return f"```python\n{text}\n```"
