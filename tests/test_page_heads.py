"""Head and foot of the chapters: what chapters/pages.yml says of each page, and what becomes of it in a small book."""

import sys

import nbformat
import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from test_glossary import EXT, build
from test_notebooks import NOTEBOOKS, ROOT

from lstm_course.exercises import PAGES, find

sys.path.insert(0, str(EXT))
import course_heads
import times

ABOUT = yaml.safe_load((ROOT / course_heads.SOURCE).read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
ORDER = [entry["file"].removeprefix("chapters/") for part in TOC["parts"] for entry in part["chapters"]]
NAMES = [path.stem for path in NOTEBOOKS]


def test_every_notebook_has_an_entry_and_every_entry_a_page():
    assert set(NAMES) <= set(ABOUT) <= set(ORDER)
    assert list(ABOUT) == [name for name in ORDER if name in ABOUT], "in the order of the book"


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_complete(name):
    about = ABOUT[name]
    assert set(about) == {"needs", "follows", "practise", "seconds"}
    assert about["follows"].endswith((".", "?"))
    for other, words in about["needs"].items():
        assert ORDER.index(other) < ORDER.index(name), f"{other} does not come before {name}"
        assert words
        assert not words.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_aim_has_its_exercises(name):
    cells = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4).cells
    aims = [line for line in cells[0].source.splitlines() if line.startswith("- ")]
    assert len(ABOUT[name]["practise"]) == len(aims)
    keys = [key for some in ABOUT[name]["practise"] for key in some]
    assert len(keys) == len(set(keys))
    assert set(keys) <= {exercise.key for exercise in PAGES[name]}


@pytest.mark.parametrize("name", NAMES)
def test_running_times_are_measured_and_short(name):
    """A page runs in a minute; a new one is measured by `python _ext/times.py NAME`."""
    assert 0 < ABOUT[name]["seconds"] <= 90


def test_measured_seconds_are_noted_in_their_place():
    text = "# why\na:\n  needs: {}\n  seconds: 1\n\nab:\n  seconds: 2\n"
    assert times.noted(text, "a", 30) == text.replace("seconds: 1", "seconds: 30")
    assert times.noted(text, "ab", 30) == text.replace("seconds: 2", "seconds: 30")
    with pytest.raises(SystemExit, match="b: got 0 entries"):
        times.noted(text, "b", 30)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "about 10 s"),
        (20, "about 20 s"),
        (21, "about 30 s"),
        (51, "about a minute"),
        (60, "about a minute"),
        (61, "about 2 minutes"),
    ],
)
def test_a_running_time_is_rounded_up(seconds, words):
    assert course_heads.spoken(seconds) == words


def test_reading_time_counts_prose_code_and_pictures_but_not_exercises():
    page = nodes.section("", nodes.title("", "Title words"), nodes.paragraph("", "word " * 400))
    code = nodes.literal_block("", "\n\n".join(["x = 1"] * 40))
    page += nodes.container("", nodes.container("", code, classes=["cell_input"]))
    page += nodes.container("", nodes.container("", code.deepcopy(), classes=["cell_input"]), classes=["tag_hide-input"])
    page += nodes.container("", nodes.container("", code.deepcopy(), classes=["cell_output"]))
    page += [nodes.image(), nodes.math_block("", "x")]
    page += nodes.section("", nodes.paragraph("", "word " * 4000), ids=["exercises"])
    new_document("page").append(page)
    assert course_heads.minutes_to_read(page) == pytest.approx(400 / 200 + 40 / 20 + 2 / 2)


AIMS = "# {}\n\n**After this page you will be able to**\n\n- say *this*;\n- do $x$.\n\n## Further\n\n{}\n"
FILES = {
    "index.md": "# Book\n\n```{toctree}\nchapters/one\nchapters/self_test\nchapters/two\nchapters/three\nreference/end\n```\n",
    "chapters/one.md": AIMS.format("One", "word " * 1100 + "\n\n(ex-rnn-step)=\n## An exercise\n\nIt."),
    "chapters/self_test.md": "# Self-test\n\nTen questions.\n",
    "chapters/two.md": AIMS.format("Who is two?", "Words."),
    "chapters/three.md": "# Three\n\nNo aims.\n\n## Further\n\nWords.\n",
    "reference/end.md": "# End\n\nNothing.\n",
    "chapters/pages.yml": """
one: {needs: {}, follows: First., practise: [[rnn.step], []], seconds: 12}
two: {needs: {one: the step}, follows: Why two., practise: [[], []]}
three: {needs: {one: the step, two: "this, and that"}, follows: Why three., practise: []}
""",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    soup, log = build(tmp_path_factory.mktemp("small"), FILES, "course_heads")
    assert log == "", log
    return soup


def head(soup):
    assert [p.find_previous_sibling().name for p in soup.select("p.page-head")][:1] == ["h1"], "right below the title"
    return [" ".join(p.get_text().split()) for p in soup.select("p.page-head")]


def foot(soup):
    return [" ".join(p.get_text().split()) for p in soup.select("section.page-foot p")]


def test_the_head_tells_time_and_what_the_page_builds_on(page):
    assert head(page("chapters/one")) == [
        "About 10 minutes to read, about 20 s to run. Download this page as a notebook",
        "It builds on no other page.",
    ]
    assert head(page("chapters/two")) == ["About 5 minutes to read.", "It builds on the step."]
    assert head(page("chapters/three"))[1] == "It builds on the step; this, and that."
    assert [a["href"] for a in page("chapters/three").select(".page-head a")] == ["one.html", "two.html"]
    assert page("chapters/one").select_one(".page-head a")["href"] == "../_sources/chapters/one.ipynb"


def test_the_foot_ties_the_aims_to_exercises_and_tells_why_the_next_page_follows(page):
    title = find("rnn.step").title
    _, this, do, following = foot(page("chapters/one"))
    assert (this, do) == (f"say this (exercise: {title})", r"do \(x\)")
    assert following == "Next: Self-test, then Who is two? Why two."
    assert foot(page("chapters/two"))[-1] == "Next: Three. Why three."
    assert not page("chapters/three").select(".page-foot"), "no aims, and after it no page of the chapters"
    boxes = page("chapters/one").select("section.page-foot input[type=checkbox]")
    assert [page("chapters/one").find(id=box["aria-labelledby"]).get_text() for box in boxes] == ["say this", r"do \(x\)"]


def test_pages_without_an_entry_stay_as_they_are(page):
    for name in ("chapters/self_test", "reference/end", "index"):
        assert not page(name).select(".page-head, .page-foot"), name


@pytest.mark.parametrize(
    ("now", "message"),
    [
        ("[[rnn.count], []]", "the page has no exercise rnn.count"),
        ("[[]]", "practise of chapters/one: got 1 lists, expected 2"),
    ],
)
def test_what_does_not_fit_the_page_fails_the_build(tmp_path, now, message):
    files = {**FILES, "chapters/pages.yml": FILES["chapters/pages.yml"].replace("[[rnn.step], []]", now)}
    _, log = build(tmp_path, files, "course_heads")
    assert message in log
