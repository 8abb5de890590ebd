"""Notebooks that run alone: copies whose first cell fetches the package where it is missing, as on Colab.

    LSTM_COURSE_REPOSITORY=owner/name python _ext/launch.py FOLDER      copies of all chapters, in FOLDER/chapters

The committed notebooks have no such cell, since they cannot know from where to fetch. Three environment variables say it:
LSTM_COURSE_REPOSITORY (owner/name on GitHub), LSTM_COURSE_COMMIT (the commit to fetch; without it the newest) and
LSTM_COURSE_SITE (the book's address, unless it is GitHub's own for the repository).
"""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat
from pybtex.database import parse_file

CHAPTERS = Path(__file__).parents[1] / "chapters"
CITED = re.compile(r"\{cite(?P<form>:[tp])?\}`(?P<keys>[^`]+)`")
NAME = "launch"
CELL = """\
# Fetches the course's package where it is missing, as on Colab (about a minute); elsewhere it does nothing.
from importlib.util import find_spec

if find_spec("lstm_course") is None:
    %pip install --quiet "lstm-course[search] @ {source}"\
"""


class Published(NamedTuple):
    """Where the course is published: repository (owner/name), commit (or None), site (an address that ends in /)."""

    repository: str
    commit: str | None
    site: str

    @property
    def url(self):
        """The repository's page."""
        return f"https://github.com/{self.repository}"

    @property
    def source(self):
        """What pip fetches the package from."""
        return f"git+{self.url}" + (f"@{self.commit}" if self.commit else "")

    @property
    def cell(self):
        """The first cell of a notebook that runs alone."""
        return CELL.format(source=self.source)


def published(environ=os.environ):
    """What the environment says about where the course is published.

    Args:
        environ: a mapping such as os.environ.
    Returns:
        Published, or None where nothing is said: then nothing of the book may depend on it.
    Raises:
        ValueError: when a variable is not of its form; the message names it, what came and what was expected.
    """
    repository = read(environ, "LSTM_COURSE_REPOSITORY", r"[A-Za-z0-9-]{1,39}/(?!\.{1,2}$)[\w.-]{1,100}", "owner/name")
    commit = read(environ, "LSTM_COURSE_COMMIT", "[0-9a-f]{40}", "40 hexadecimal digits")
    site = read(environ, "LSTM_COURSE_SITE", r"https://[\w.-]+(:\d+)?(/[\w.~-]+)*/?", "https://host/path/")
    if repository is None:
        return None
    return Published(repository, commit, site.rstrip("/") + "/" if site else pages(repository))


def read(environ, name, pattern, form):
    value = environ.get(name, "").strip()
    if value and not re.fullmatch(pattern, value, re.ASCII):
        raise ValueError(f"{name} is {value!r}, expected {form}")
    return value or None


def pages(repository):
    """The address that GitHub Pages gives a repository (owner/name)."""
    owner, name = repository.split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def insert(notebook, cell):
    """Put a first cell into a notebook, or renew the one that it has. Outputs and counts of the others stay.

    Args:
        notebook: a notebook of nbformat 4.5, changed in place.
        cell: the cell's source.
    """
    if notebook.cells and notebook.cells[0].get("id") == NAME:
        del notebook.cells[0]
    notebook.cells.insert(0, nbformat.v4.new_code_cell(cell, id=NAME))


def spelt_out(text, entries):
    """A cell's text with its citations as words, which only the book makes of them.

    Args:
        text: Markdown.
        entries: of references.bib, by key.
    Returns:
        str. "{cite:t}`key`" becomes "Author (year)", the other forms "(Author, year)".
    Raises:
        KeyError: when an entry is missing.
    """

    def words(match):
        inside = match["form"] == ":t"
        said = [cited(entries[key.strip()], " ({})" if inside else ", {}") for key in match["keys"].split(",")]
        return ", ".join(said) if inside else f"({'; '.join(said)})"

    return CITED.sub(words, text)


def cited(entry, year):
    """Authors and year of an entry, as one reads them in a text."""
    people = entry.persons.get("author") or entry.persons["editor"]
    names = [" ".join([*person.prelast_names, *person.last_names]).strip("{}") for person in people]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return who + year.format(entry.fields["year"])


def copy(source, target, cell):
    """Write a copy of the notebook at source to target, with a first cell and citations in words."""
    notebook = nbformat.read(source, as_version=4)
    entries = parse_file(str(CHAPTERS.parent / "references.bib"), "bibtex").entries
    for one in notebook.cells:
        if one.cell_type == "markdown":
            one.source = spelt_out(one.source, entries)
    insert(notebook, cell)
    nbformat.validate(notebook)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def main():
    parser = argparse.ArgumentParser(description="Write copies of the chapters that run alone.")
    parser.add_argument("folder", type=Path, help="the copies go to FOLDER/chapters")
    folder = parser.parse_args().folder
    where = published()
    if where is None:
        raise SystemExit("LSTM_COURSE_REPOSITORY is not set, expected owner/name")
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        copy(path, folder / "chapters" / path.name, where.cell)


if __name__ == "__main__":
    sys.exit(main())
