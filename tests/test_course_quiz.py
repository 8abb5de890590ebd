"""The quiz directive: what it refuses, and what is left of a question where no script runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]
QUESTION = """````{quiz} Half-lives
How much of $c$ is left?

- [ ] All of it.

  A gate of one half halves.

- [x] Half, or `0.5`.

  So says the *gate*.

Shown [here](index.md).
````"""
pytestmark = pytest.mark.slow


def build(folder, text, builder="html"):
    """A book of one page: what Sphinx says, and the folder of what it has built."""
    (folder / "conf.py").write_text(
        "extensions = ['myst_parser', 'course_quiz']\nmyst_enable_extensions = ['dollarmath']\n"
        f"html_extra_path = [{str(ROOT / '_extra')!r}]",
        encoding="utf-8",
    )
    (folder / "index.md").write_text(f"# A page\n\n{text}\n\n## Another section\n\nSomething else.\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", builder, str(folder), str(folder / builder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "_ext"), "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr, folder / builder


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[ ] All", "[x] All", "2 right options; expected one, or `:all:`"),
        ("[x] Half", "[ ] Half", "0 right options"),
        ("\n  A gate of one half halves.\n", "", "an explanation is missing below '[ ] All of it.'"),
        ("[ ] All", "All", "an option begins with [x] or [ ], not with 'All '"),
        ("- ", "", "a list of options is missing"),
    ],
)
def test_a_question_that_cannot_be_answered_fails_the_build(tmp_path, old, new, complaint):
    assert old in QUESTION
    said, _ = build(tmp_path, QUESTION.replace(old, new))
    assert complaint in said


def test_a_question_as_html(tmp_path):
    said, folder = build(tmp_path, QUESTION)
    assert said == ""
    soup = BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser")
    quiz = soup.select_one("div.quiz#quiz-half-lives[data-page=index][data-choose=one]")
    assert quiz.find("h2").get_text() == "Question 1. Half-lives"
    assert [li.get_text().strip() for li in quiz.select("ol.quiz-options > li")] == ["All of it.", "Half, or 0.5."]
    assert quiz.find("details").find("summary").get_text().startswith("Answer to question 1")
    reasons = [li.get_text().strip() for li in quiz.select("details ol.quiz-reasons > li")]
    assert reasons == ["Not this one. A gate of one half halves.", "Right. So says the gate."]
    assert soup.select_one('script[src="widgets/quiz.js"][defer]')
    assert (folder / "widgets/quiz.js").exists()


def test_pages_without_questions_load_no_script(tmp_path):
    _, folder = build(tmp_path, "Nothing is asked here.")
    assert "quiz.js" not in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("builder", "file"), [("singlehtml", "index.html"), ("text", "index.txt"), ("latex", "projectnamenotset.tex")]
)
def test_elsewhere_the_answers_stand_at_the_end_of_the_page(tmp_path, builder, file):
    said, folder = build(tmp_path, QUESTION, builder)
    assert said == ""
    text = (folder / file).read_text(encoding="utf-8")
    places = [text.index(words) for words in ("lives", "All of it", "Something else", "Not this one.", "So says the")]
    assert places == sorted(places)
    assert "<details" not in text
    assert "quiz.js" not in text
