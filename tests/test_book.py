"""The book builds without a warning, twice: by Jupyter Book, and by plain Sphinx from the exported configuration."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from lstm_course.exercises import PAGES

ROOT = Path(__file__).parents[1]
SOURCES = (
    "_config.yml",
    "_toc.yml",
    "intro.md",
    "references.bib",
    "chapters",
    "reference",
    "_ext",
    "_extra",
    "_static",
    "lstm_course",
)
pytestmark = pytest.mark.slow


def copy_sources(folder):
    """The book's sources in a folder of their own, so that the checkout stays as it is."""
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copyfile(source, folder / name)


def python(*arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(cwd), str(cwd / "_ext")]), "NO_COLOR": "1"}
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def jupyter_book(*arguments, cwd):
    return python("-c", "from jupyter_book.cli.main import main; main()", *arguments, cwd=cwd)


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """Folder of the built pages."""
    folder = tmp_path_factory.mktemp("book")
    copy_sources(folder)
    code, log = jupyter_book("build", "-W", "-n", "--keep-going", ".", cwd=folder)
    assert code == 0, "\n".join(line for line in log.splitlines() if "WARNING" in line or "ERROR" in line) or log[-3000:]
    return folder / "_build" / "html"


def pages(book):
    return sorted(path for path in book.rglob("*.html") if "_static" not in path.parts and "mathjax" not in path.parts)


def test_every_source_is_a_page(book):
    names = {path.relative_to(book).with_suffix("").as_posix() for path in pages(book)}
    sources = [p for folder in ("chapters", "reference") for p in (ROOT / folder).iterdir() if p.suffix in (".ipynb", ".md")]
    assert {path.relative_to(ROOT).with_suffix("").as_posix() for path in sources} | {"intro", "index"} <= names


def test_nothing_is_loaded_from_another_host(book):
    for path in pages(book):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        loads = [tag.get("src") or tag.get("href") for tag in soup.find_all(["script", "img", "link", "iframe", "source"])]
        assert not [url for url in loads if url and re.match(r"(https?:)?//", url)], path.name


def test_no_page_tells_where_it_was_built(book):
    for path in pages(book):
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text, path.name
        assert str(book.parents[1]) not in text, path.name


def test_every_image_has_alternative_text(book):
    for path in pages(book):
        for image in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find_all("img"):
            assert image.get("alt", "").strip(), f"{path.name}: {image.get('src')}"


def test_figures_are_numbered_and_captioned(book):
    for notebook in (ROOT / "chapters").glob("*.ipynb"):
        path = book / "chapters" / f"{notebook.stem}.html"
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        figures = soup.select("div.cell_output figure")
        assert figures
        for figure in figures:
            assert figure.find("img")["alt"]
            assert figure.find("figcaption").find(class_="caption-number").get_text().startswith("Fig.")
            assert len(figure.find("figcaption").find(class_="caption-text").get_text()) > 20


def test_the_frames_of_a_picture_are_told_one_by_one(book):
    soup = BeautifulSoup((book / "chapters/05_walkthrough.html").read_text(encoding="utf-8"), "html.parser")
    (words,) = soup.select("figure:has(img.frames) figcaption ol.frames")
    assert len(words.find_all("li")) == 6
    assert words.find("li").get_text().strip().startswith("The input is 1.00.")


@pytest.mark.parametrize("page", PAGES)
def test_exercises_are_numbered_and_folded(book, page):
    soup = BeautifulSoup((book / "chapters" / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    shown = soup.select("div.exercise")
    assert [div["id"] for div in shown] == [f"ex-{exercise.key.replace('.', '-')}" for exercise in PAGES[page]]
    for div, exercise in zip(shown, PAGES[page], strict=True):
        title = div.find(class_="admonition-title").get_text()
        assert re.fullmatch(rf"Exercise \d+ +\({'★' * exercise.stars} {re.escape(exercise.title)}\)", title.strip())
        folds = [details.find("summary").get_text().strip() for details in div.find_all("details")]
        assert folds == [*(f"Hint {k}" for k in range(1, len(exercise.hints) + 1)), "Solution"]
        assert not any(details.has_attr("open") for details in div.find_all("details"))
        assert f'check("{exercise.key}"' in div.get_text()
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids)), "an id stands once"


def test_a_picture_without_alternative_text_fails_the_build(book, tmp_path):
    import nbformat

    copy_sources(tmp_path)
    path = next((tmp_path / "chapters").glob("*.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    pictures = [o for cell in notebook.cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    pictures[0].metadata = nbformat.from_dict({})
    nbformat.write(notebook, path)
    code, log = jupyter_book("build", "-W", "-n", "--keep-going", ".", cwd=tmp_path)
    assert code != 0
    assert "a picture without alternative text" in log


def test_plain_sphinx_builds_the_same_book(book, tmp_path):
    copy_sources(tmp_path)
    code, log = jupyter_book("config", "sphinx", ".", cwd=tmp_path)
    assert code == 0, log
    code, log = python("-m", "sphinx", "-W", "-n", "--keep-going", "-q", "-b", "html", ".", "html", cwd=tmp_path)
    assert code == 0, log[-3000:]
    names = lambda folder: {path.relative_to(folder).as_posix() for path in pages(folder)}
    assert names(book) - {"index.html"} <= names(tmp_path / "html")
    for page in (book / "chapters").glob("*.html"):
        text = lambda p: BeautifulSoup(p.read_text(encoding="utf-8"), "html.parser").find("article").get_text()
        assert text(page) == text(tmp_path / "html" / "chapters" / page.name)
