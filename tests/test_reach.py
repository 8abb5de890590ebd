"""How a book is found, opened and launched: built twice, without and with a place where it is published."""

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from test_book import book, copy_sources, jupyter_book, pages  # noqa: F401
from test_notebooks import NOTEBOOKS

pytestmark = pytest.mark.slow
SHA = "0123456789abcdef0123456789abcdef01234567"
SITE = "https://some-owner.github.io/lstm_course/"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Folder of the pages of a book whose repository is known."""
    folder = tmp_path_factory.mktemp("published")
    copy_sources(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LSTM_COURSE_REPOSITORY", "some-owner/lstm_course")
        patch.setenv("LSTM_COURSE_COMMIT", SHA)
        patch.delenv("LSTM_COURSE_SITE", raising=False)
        code, log = jupyter_book("build", "-W", "-n", "--keep-going", ".", cwd=folder)
    assert code == 0, log[-3000:]
    return folder / "_build" / "html"


def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def meta(page):
    return {tag.get("name") or tag.get("property"): tag["content"] for tag in page.find_all("meta", content=True)}


def names(folder):
    return [path.relative_to(folder).as_posix() for path in pages(folder)]


def test_an_unpublished_book_names_no_place(book):  # noqa: F811
    assert not any(name.startswith("LSTM_COURSE_REPOSITORY") for name in os.environ)
    for path in pages(book):
        text = path.read_text(encoding="utf-8")
        assert "mybinder.org" not in text
        assert "colab.research.google.com" not in text
        assert "og:" not in text
        assert not soup(path).select("a[href='']")
    for name in ("sitemap.xml", "robots.txt", "card.png"):
        assert not (book / name).exists()
    for path in (book / "_sources").rglob("*.ipynb"):
        assert path.read_bytes() == (Path(__file__).parents[1] / "chapters" / path.name).read_bytes()


def test_every_page_has_a_description_of_its_own(book):  # noqa: F811
    said = {name: meta(soup(book / name)).get("description", "") for name in names(book) if name != "index.html"}
    for name, words in said.items():
        assert 50 <= len(words) <= 160, f"{name}: {words!r}"
        assert soup(book / name).select_one("html")["lang"] == "en"
    assert len(set(said.values())) == len(said)
    assert said["chapters/05_walkthrough.html"].startswith("After this page you will be able to work out one step of an LSTM")


def test_the_first_page_leads_on(book, published):  # noqa: F811
    for folder, canonical in ((book, "intro.html"), (published, f"{SITE}intro.html")):
        page = soup(folder / "index.html")
        assert page.find("meta", {"http-equiv": "refresh"})["content"] == "0; url=intro.html"
        assert page.find("link", rel="canonical")["href"] == canonical
        assert page.find("a")["href"] == "intro.html"
        assert page.title.get_text()
    assert Image.open(book / "apple-touch-icon.png").size == (180, 180)
    assert soup(book / "chapters/01_rnn.html").find("link", rel="apple-touch-icon")["href"] == "../apple-touch-icon.png"


def test_notebook_pages_have_buttons_that_open_their_notebook(published):
    notebooks = [f"chapters/{path.name}" for path in NOTEBOOKS]
    for name in names(published):
        links = [a["href"] for a in soup(published / name).select(".dropdown-launch-buttons a")]
        notebook = name.replace(".html", ".ipynb")
        if notebook in notebooks:
            assert links == [
                f"https://mybinder.org/v2/gh/some-owner/lstm_course/launch?urlpath=lab/tree/{notebook}",
                f"https://colab.research.google.com/github/some-owner/lstm_course/blob/launch/{notebook}",
            ]
            assert soup(published / name).select_one(f"a[href='../_sources/{notebook}']")
        else:
            assert links == [], name


def test_downloaded_notebooks_fetch_the_package(published):
    found = sorted((published / "_sources").rglob("*.ipynb"))
    assert found
    for path in found:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert f"git+https://github.com/some-owner/lstm_course@{SHA}" in notebook.cells[0].source
        assert [cell.id for cell in notebook.cells].count("launch") == 1


def test_pages_tell_search_engines_and_friends_where_they_are(published):
    locations = [e.text for e in ElementTree.parse(published / "sitemap.xml").iter() if e.tag.endswith("loc")]
    content = [name for name in names(published) if "/" in name or name == "intro.html"]
    assert sorted(locations) == sorted(SITE + name for name in content)
    assert (published / "robots.txt").read_text(encoding="utf-8").splitlines()[-1] == f"Sitemap: {SITE}sitemap.xml"
    for name in content:
        page = soup(published / name)
        said = meta(page)
        assert page.find("link", rel="canonical")["href"] == SITE + name == said["og:url"]
        assert said["og:description"] == said["description"]
        assert said["og:image"] == f"{SITE}card.png"
        assert said["og:image:alt"]
        assert len(page.find_all("meta", attrs={"name": "description"})) == 1
    assert Image.open(published / "card.png").size == (1200, 630)


def test_the_page_for_lost_addresses_works_from_any_depth(book, published):  # noqa: F811
    for folder, root in ((book, "/"), (published, "/lstm_course/")):
        page = soup(folder / "404.html")
        assert {h1.get_text() for h1 in page.find_all("h1")} == {"There is no such page"}
        assert page.find("html")["data-content_root"] == root
        for tag in page.find_all(["a", "link", "script", "img"]):
            target = tag.get("href") or tag.get("src")
            if not target or target.startswith(("#", "https://")):
                continue
            assert target.startswith(root), tag
            assert (folder / re.split("[?#]", target.removeprefix(root))[0]).exists(), target


def test_pictures_keep_their_place_and_wait_until_they_are_scrolled_to(book):  # noqa: F811
    for notebook in NOTEBOOKS:
        path = book / "chapters" / f"{notebook.stem}.html"
        images = soup(path).select("article figure img")
        assert "loading" not in images[0].attrs
        for image in images:
            assert (int(image["width"]), int(image["height"])) == Image.open(path.parent / image["src"]).size
            assert image["decoding"] == "async"
        assert {image["loading"] for image in images[1:]} <= {"lazy"}


def test_scripts_that_are_not_used_are_not_loaded(book):  # noqa: F811
    for name in names(book):
        scripts = " ".join(tag["src"] for tag in soup(book / name).find_all("script", src=True))
        assert "fontawesome" not in scripts
        assert ("searchindex.js" in scripts) == (name == "search.html")
        assert ("mathjax" in scripts) == bool(soup(book / name).select(".math")), name
