"""What an exercise is: one object with its words, its solution, its usual mistakes and its check.

There are four kinds: a function to `Write`, a program to `Mend`, a value to `Predict`, a `Choice`. Each judges an answer:
`judge(answer, rng)` is None when the answer is right, else what to tell the learner.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lstm_course import expect
from lstm_course.exercises.differences import described, difference, raised
from lstm_course.exercises.sandbox import Sandbox, alike, compiled, misfit, parameters, where


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What all kinds have.

    Args:
        key: page and name, such as "rnn.step".
        title: a few words.
        stars: 1 (a line) to 3 (an evening).
        statement: Markdown.
        hints: at least three pieces of Markdown, from a nudge to nearly the answer.
        afterword: Markdown, what to take along: shown below the solution.
    """

    key: str
    title: str
    stars: int
    statement: str
    hints: tuple
    afterword: str = ""


class Wrong(NamedTuple):
    """An answer that people really give, and what to tell them.

    For a value, `new` is the value. For code, `new` stands in place of `old` in the solution, or is the whole of it.
    """

    says: str
    new: Any
    old: str = ""

    def code(self, solution):
        """The wrong answer as code.

        Raises:
            ValueError: when `old` does not stand in the solution exactly once.
        """
        if not self.old:
            return self.new
        expect.that(solution.count(self.old) == 1, "old", repr(self.old), "what stands in the solution once")
        return solution.replace(self.old, self.new)


@dataclass(frozen=True, kw_only=True)
class Write(Exercise):
    """A function to write.

    Args:
        start: code to begin with.
        solution: code; the last function in it is the answer.
        cases: takes rng, gives a list of argument tuples.
        examine: takes what was returned and the arguments, gives None or what is wrong; see `equals`.
        wrong: of Wrong, the likeliest first.
        conventions: of Convention, in which people may be right as well.
    """

    start: str
    solution: str
    cases: Callable
    examine: Callable
    wrong: tuple
    conventions: tuple = ()

    def judge(self, answer, rng):
        """None if the function is right, else what is the matter with it."""
        if not callable(answer):
            return f"This is {described(answer)} and not a function. Hand over the function itself, without parentheses."
        model, cases = compiled(self.solution, self.key), self.cases(rng)
        if text := misfit(answer, model, cases[0]):
            return text
        call, outcomes = Sandbox(answer), []
        for case in cases:
            outcomes.append(call(*case))
            if outcomes[-1].late:
                return outcomes[-1].late + _printed(outcomes[-1])
        messages = [self._message(outcome, case, model) for outcome, case in zip(outcomes, cases, strict=True)]
        for outcome, message in zip(outcomes, messages, strict=True):
            if message:
                if convention := self._other_convention(call, cases):
                    return convention + _printed(outcome)
                known = self._known_mistake(outcomes, cases) or ""
                message = message if message.startswith(known) else known
                return message + where(outcome.error, answer) + _printed(outcome)
        return None

    def _message(self, outcome, case, model):
        """What is wrong with one call, by its looks; None if nothing is."""
        if outcome.error is not None:
            return raised(outcome.error, parameters(model), case)
        if outcome.edited:
            names = ", ".join(parameters(model)[k] for k in outcome.edited)
            return f"The function changes its argument {names}, which the caller still needs. Make a new array instead."
        message = self.examine(outcome.value, *case)
        if message is None and outcome.shared:
            names = ", ".join(parameters(model)[k] for k in outcome.shared)
            return f"The numbers are right, but the answer lies in the memory of {names}: change one, and both change. Copy it."
        return message

    def _known_mistake(self, outcomes, cases):
        """The message of the first wrong answer that does the same in every case."""
        for wrong in self.wrong:
            call = Sandbox(compiled(wrong.code(self.solution), f"{self.key}, a wrong answer"))
            if all(alike(outcome, call(*case)) for outcome, case in zip(outcomes, cases, strict=True)):
                return wrong.says
        return None

    def _other_convention(self, call, cases):
        """The message of the first convention in which the answer is right in every case."""
        for convention in self.conventions:
            outcomes = [call(*map(convention.before, case)) for case in cases]
            if not any(
                outcome.error or outcome.late or self.examine(convention.after(outcome.value), *case)
                for outcome, case in zip(outcomes, cases, strict=True)
            ):
                return convention.says
        return None


def equals(truth, *parts):
    """An `examine` for functions with one right result.

    Args:
        truth: takes the arguments, gives what must come out, by other means than the solution.
        *parts: what to call the parts of a result that has several.
    """
    return lambda value, *case: difference(value, truth(*case), parts=parts)


@dataclass(frozen=True, kw_only=True)
class Mend(Write):
    """A program with a mistake to mend: `start` runs, and is one of the wrong answers."""


@dataclass(frozen=True, kw_only=True)
class Predict(Exercise):
    """Values to predict, by name.

    Args:
        start: code to begin with: a dict with the names, and ... for each value.
        truth: computes the dict of numbers or shapes (tuples).
        solution: Markdown.
        wrong: of Wrong, each with a dict of one name and value.
        tolerance: how far a float may be off.
    """

    start: str
    truth: Callable
    solution: str
    wrong: tuple
    tolerance: float = 0.005

    def judge(self, answer, rng):
        """None if every value is right, else what is the matter with the first that is not."""
        truth = self.truth()
        if not isinstance(answer, dict):
            return f"This is {described(answer)}. A dict is expected, with the names {', '.join(truth)}."
        if strange := [str(name) for name in answer if name not in truth]:
            return f"Nobody asked for {', '.join(strange)}. The names are {', '.join(truth)}."
        for name, want in truth.items():
            if name not in answer or answer[name] is ...:
                return f"{name} is still missing."
            if not self._near(answer[name], want):
                return f"{name}: {self._message(name, answer[name], want)}"
        return None

    def _message(self, name, got, want):
        for wrong in self.wrong:
            if name in wrong.new and self._near(got, wrong.new[name]):
                return wrong.says
        if isinstance(want, tuple) and _kind(got) == "a whole number":
            return f"this is a number, and a shape is a tuple. With one axis it is written ({got},), comma included."
        return f"{got} is not it." if _comparable(got, want) else f"this is {described(got)}, and {_kind(want)} is expected."

    def _near(self, got, want):
        if not _comparable(got, want):
            return False
        return tuple(got) == want if isinstance(want, tuple) else bool(abs(got - want) <= self._slack(want))

    def _slack(self, want):
        return 0 if isinstance(want, int) else self.tolerance


def _comparable(got, want):
    return _kind(got) == _kind(want) or {_kind(got), _kind(want)} == {"a whole number", "a number"}


def _kind(value):
    """The sort of value, as a learner would call it."""
    if isinstance(value, tuple | list) and all(_kind(part) == "a whole number" for part in value):
        return "a tuple of whole numbers"
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return "a whole number"
    return "a number" if isinstance(value, float | np.floating) else described(value)


class Option(NamedTuple):
    """text, says: Markdown, the option and what to answer to it. holds: computes whether it is the right one."""

    text: str
    says: str
    holds: Callable


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """One right option among several, each with its explanation.

    Args:
        options: of Option, exactly one of which holds.
    """

    options: tuple

    @property
    def letters(self):
        """The options by their letters, a, b, c and so on."""
        return dict(zip(string.ascii_lowercase, self.options, strict=False))

    def judge(self, answer, rng):
        """None if the letter is that of the option that holds, else what speaks against the choice."""
        letter = answer.strip().lower() if isinstance(answer, str) else ""
        if letter not in self.letters:
            came = repr(answer) if isinstance(answer, str) and len(answer) < 20 else described(answer)
            return f"This is {came}. One of the letters is expected: {', '.join(map(repr, self.letters))}."
        option = self.letters[letter]
        return None if option.holds() else option.says


def _printed(outcome):
    return f"\nIt printed:\n{outcome.printed}" if outcome.printed else ""
