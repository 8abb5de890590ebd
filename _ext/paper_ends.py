"""What the printed book has and the website has not: a title page, a table of contents; hints, solutions and answers at the
end."""

import os
import tomllib
from datetime import date
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]
CONTENTS = "Contents"
LEFT_OUT = (
    "Hints and solutions of the exercises, and the answers of the self-tests, stand at the end. Code that is folded away on "
    "the pages of the website, and the reference of the package, are left out; the notebooks and the package hold them."
)


def exercises(section):
    """The exercises of a chapter that have something folded away: list of (exercise, its folds)."""
    found = [(exercise, exercise.find_all("details")) for exercise in section.select("div.exercise[id]")]
    return [(exercise, folds) for exercise, folds in found if folds]


def questions(section):
    """The questions of a self-test: list of (question, its folds)."""
    return [(question, question.select("details.quiz-answers")) for question in section.select("div.quiz[id]")]


APPENDICES = {
    "Hints": (exercises, slice(0, -1)),
    "Solutions": (exercises, slice(-1, None)),
    "Answers": (questions, slice(None)),
}
"""Title to what is asked, and which of its folds stand there."""


def appendix(title, chapters):
    """A section with some of the folds of all that is asked, the way back to the question, and the way to its other folds."""
    new = BeautifulSoup(f'<section class="chapter appendix"><h1>{title}</h1></section>', "html.parser").section
    new["id"], new["data-title"] = title.lower(), title
    find, which = APPENDICES[title]
    for section in chapters.values():
        asked = find(section)
        if asked:
            new.append(element(f"<h2>{section['data-title']}</h2>"))
        for one, folds in asked:
            there = one["id"]
            new.append(element(f'<h3 id="{there}-{title.lower()}"><a href="#{there}">{name_of(one)}</a>{page_of(there)}</h3>'))
            new.extend([*ways(one, find, title), *(copy_of(fold, title) for fold in folds[which])])
    return new


def name_of(asked):
    """The title of an exercise or of a question."""
    return " ".join(asked.select_one(".admonition-title, .quiz-title").get_text().split())


def ways(asked, find, here=""):
    """A line of links to what stands at the end on a question, but for what stands `here`; no line where nothing else does."""
    titles = [title for title, (kind, _) in APPENDICES.items() if kind is find and title != here]
    there = [f"{asked['id']}-{title.lower()}" for title in titles]
    links = [f'<a href="#{to}">{title}</a> {page_of(to)}' for title, to in zip(titles, there, strict=True)]
    return [element(f'<p class="ways">{" · ".join(links)}</p>')] if links else []


def copy_of(fold, title):
    """What a fold holds, its heading in front where there are several."""
    inside = BeautifulSoup(str(fold), "html.parser").details
    heading = inside.summary.extract().get_text().strip()
    inside.name, inside.attrs = "div", {"class": ["fold"]}
    for body in inside.select(".sd-summary-content"):
        body.unwrap()
    if title == "Hints":
        inside.insert(0, element(f'<p class="fold-title">{heading}</p>'))
    for tag in inside.find_all(id=True):
        tag["id"] += f"-{title.lower()}"
    return inside


def leave_only_the_statements(section):
    """Take the folds out of what is asked and say where they went."""
    for find in (exercises, questions):
        for asked, folds in find(section):
            for fold in folds:
                fold.decompose()
            asked.extend(ways(asked, find))


def element(html):
    return next(iter(BeautifulSoup(html, "html.parser").contents)).extract()


def page_of(there):
    """A gap for a page number, which is known only after a first print."""
    return f'<span class="page-of" data-of="{there}"></span>'


def contents(groups):
    """The table of contents: list of (caption or "", sections)."""
    lines = [f'<nav class="plan" id="contents"><h1>{CONTENTS}</h1>']
    for caption, sections in groups:
        lines.append(f'<p class="part">{caption}</p>' if caption else "")
        rows = [(section["id"], section["data-title"]) for section in sections]
        lines += ["<ol>", *(f'<li><a href="#{there}">{title}</a> {page_of(there)}</li>' for there, title in rows), "</ol>"]
    return "\n".join([*lines, "</nav>"])


def title_page(front, title, logo):
    """Title, what it is, version and day, licences."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    what = project["description"].split(": ")[-1].capitalize()
    day = date.fromtimestamp(float(os.environ["SOURCE_DATE_EPOCH"])) if "SOURCE_DATE_EPOCH" in os.environ else date.today()
    foot = front.select("footer .component-author, footer .copyright, footer .extra_footer")
    return "\n".join(
        [
            f'<header class="title-page"><img class="logo" src="{logo}" alt="Logo: a box, run, and a loop"><h1>{title}</h1>',
            f'<p class="what">{what}</p>',
            f"<p>Version {project['version']}, printed on {day.day} {day:%B %Y}</p>",
            *(f"<p>{line.get_text(' ').strip()}</p>" for line in foot),
            f'<p class="how">{LEFT_OUT}</p></header>',
        ]
    )
