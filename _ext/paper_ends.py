"""What the printed book has and the website has not: a title page, a table of contents, hints and solutions at the end."""

import os
import tomllib
from datetime import date
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]
CONTENTS, HINTS, SOLUTIONS = "Contents", "Hints", "Solutions"
LEFT_OUT = (
    "Hints and solutions of the exercises stand at the end. Code that is folded away on the pages of the website, and the "
    "reference of the package, are left out; the notebooks and the package hold them."
)


def exercises(section):
    """The exercises of a chapter that have something folded away: list of (exercise, its folds)."""
    found = [(exercise, exercise.find_all("details")) for exercise in section.select("div.exercise[id]")]
    return [(exercise, folds) for exercise, folds in found if folds]


def appendix(title, chapters, which):
    """A section with some of each exercise's folds (`which`, a slice), and the way back to the exercise."""
    new = BeautifulSoup(f'<section class="chapter appendix"><h1>{title}</h1></section>', "html.parser").section
    new["id"], new["data-title"] = title.lower(), title
    for section in chapters.values():
        asked = exercises(section)
        if asked:
            new.append(fragment(f"<h2>{section['data-title']}</h2>"))
        for exercise, folds in asked:
            there, name = exercise["id"], exercise.find(class_="admonition-title").get_text().strip()
            new.append(fragment(f'<h3 id="{there}-{title.lower()}"><a href="#{there}">{name}</a> {page_of(there)}</h3>'))
            new.extend(copy_of(fold, title) for fold in folds[which])
    return new


def copy_of(fold, title):
    """What a fold holds, its heading in front where there are several."""
    inside = BeautifulSoup(str(fold.find("div")), "html.parser").div
    inside["class"] = ["fold"]
    if title == HINTS:
        inside.insert(0, fragment(f'<p class="fold-title">{fold.summary.get_text().strip()}</p>'))
    for tag in inside.find_all(id=True):
        tag["id"] += f"-{title.lower()}"
    return inside


def leave_only_the_statements(section):
    """Take the folds out of the exercises and say where they went."""
    for exercise, folds in exercises(section):
        for fold in folds:
            fold.decompose()
        ways = [("Hints", f"{exercise['id']}-{HINTS.lower()}"), ("Solution", f"{exercise['id']}-{SOLUTIONS.lower()}")]
        links = " · ".join(f'<a href="#{there}">{word}</a> {page_of(there)}' for word, there in ways)
        exercise.append(fragment(f'<p class="ways">{links}</p>'))


def fragment(html):
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
