"""The book on paper: a small book with figures, frames, exercises and references, printed by a real browser and read again."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from test_book import copy_sources, jupyter_book
from test_browser import browser  # noqa: F401

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "_ext"))
import paper  # noqa: E402
import pdf  # noqa: E402

pytestmark = pytest.mark.slow
NAMES = [
    "intro",
    "chapters/01_rnn",
    "chapters/self_test_1",
    "chapters/05_walkthrough",
    "reference/notation",
    "reference/bibliography",
]
PLAN = """format: jb-book
root: intro
parts:
  - caption: Chapters
    chapters: [{file: chapters/01_rnn}, {file: chapters/self_test_1}, {file: chapters/05_walkthrough}]
  - caption: Reference
    chapters: [{file: reference/notation}, {file: reference/bibliography}, {file: reference/api}]
"""
LINK = re.compile(r"\[([^\[\]]+)\]\((?:\.\./)?(?:chapters/|reference/)?(\w+)(?:\.\w+)?(?:#[\w-]+)?\)")


def kept(link):
    """A link in Markdown as it is, or its words alone if its page is missing."""
    return link[0] if link[2] in {Path(name).name for name in NAMES} else link[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built pages of a small book, without links to pages that it does not have."""
    folder = tmp_path_factory.mktemp("small")
    copy_sources(folder)
    for path in [*folder.glob("chapters/*"), *folder.glob("reference/*")]:
        if path.is_file() and path.relative_to(folder).with_suffix("").as_posix() not in NAMES:
            path.unlink()
    for path in [
        folder / "intro.md",
        *folder.glob("chapters/*.ipynb"),
        *folder.glob("chapters/*.md"),
        *folder.glob("reference/*.md"),
    ]:
        path.write_text(LINK.sub(kept, path.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "reference/api.md").write_text("# The package\n\nNot for paper.\n", encoding="utf-8")
    (folder / "_toc.yml").write_text(PLAN, encoding="utf-8")
    code, log = jupyter_book("build", ".", cwd=folder)
    assert code == 0, log[-3000:]
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def page(site):
    """The small book as one page of HTML: file, and soup."""
    target = site.parent / "pdf" / "book.html"
    target.parent.mkdir(exist_ok=True)
    paper.assemble(site, target)
    return target, paper.read(target)


@pytest.fixture(scope="module")
def print_out(browser, page):  # noqa: F811
    """The PDF, read again, with the texts of its pages."""
    pdf.printed(browser, page[0], page[0].with_suffix(".pdf"))
    reader = PdfReader(page[0].with_suffix(".pdf"))
    return reader, [one.extract_text() for one in reader.pages]


def tagged(reader):
    """Every element of the structure tree."""
    waiting = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        element = waiting.pop()
        element = element.get_object() if hasattr(element, "get_object") else element
        if isinstance(element, list):
            waiting += element
        elif isinstance(element, dict):
            yield element
            waiting.append(element.get("/K", []))


def chapters(reader):
    """Title and first page of each chapter, from the bookmarks."""
    return [(mark.title, reader.get_destination_page_number(mark)) for mark in reader.outline if not isinstance(mark, list)]


def test_an_id_stands_once_and_every_link_leads_somewhere(page):
    soup = page[1]
    ids = Counter(tag["id"] for tag in soup.find_all(id=True))
    assert ids.most_common(1)[0][1] == 1, ids.most_common(3)
    links = [tag["href"] for tag in soup.find_all("a", href=True)]
    assert not [link for link in links if not re.match("#|https://", link)], "a file is no place on paper"
    assert not [link for link in links if link[0] == "#" and link[1:] not in ids]
    assert {"chapters-01_rnn--the-question", "chapters-05_walkthrough--the-question"} <= set(ids), "each chapter has its own"


def test_a_link_stays_in_its_chapter_or_leads_to_the_one_it_names(site, page):
    for name in NAMES:
        old = paper.read(site / f"{name}.html").find("article")
        new = page[1].find(id=paper.anchor(name))
        for tag in old.select(f"{paper.NOT_FOR_PAPER}, details.quiz-answers"):  # these stand at the end
            tag.decompose()
        meant = [tag["href"] for tag in old.select("a.internal[href]") if "api.html" not in tag["href"]]
        found = [tag["href"] for tag in new.select("a.internal[href]")]
        assert len(meant) == len(found)
        for before, after in zip(meant, found, strict=True):
            path, _, fragment = before.partition("#")
            stem = Path(path).stem if path else Path(name).name
            assert re.fullmatch(rf"#(\w+-)?{stem}" + (f"--{re.escape(fragment)}" if fragment else ""), after), (before, after)


def test_hints_solutions_and_answers_stand_at_the_end(site, page):
    soup = page[1]
    asked = soup.select("div.exercise")
    assert len(asked) > 8
    for exercise in asked:
        assert not exercise.find("details")
        assert [a["href"] for a in exercise.select(".ways a")] == [f"#{exercise['id']}-{way}" for way in ("hints", "solutions")]
        for way in ("hints", "solutions"):
            heading = soup.find(id=way).find(id=f"{exercise['id']}-{way}")
            assert heading.a["href"] == f"#{exercise['id']}"
            assert heading.a.get_text() == " ".join(exercise.find(class_="admonition-title").get_text().split())
            (other,) = {"hints", "solutions"} - {way}
            assert heading.find_next_sibling(class_="ways").a["href"] == f"#{exercise['id']}-{other}"
    asked = soup.select("div.quiz")
    assert len(asked) > 8
    for question in asked:
        assert not question.find("details")
        assert [a["href"] for a in question.select(".ways a")] == [f"#{question['id']}-answers"]
        assert "Right." in soup.find(id=f"{question['id']}-answers").find_next_sibling(class_="fold").get_text()
    folds = paper.read(site / "chapters/01_rnn.html").select("div.exercise details")
    there = soup.find(id="solutions").get_text() + soup.find(id="hints").get_text()
    for fold in folds:
        assert fold.find("div").get_text().strip() in there, fold.summary.get_text()


def test_what_is_folded_code_or_a_page_of_the_package_is_left_out(page):
    assert not page[1].select("details.above-input, .headerlink, .pdf-link")
    assert "Not for paper" not in page[1].get_text()


def test_the_pdf_is_tagged_and_says_its_title_and_language(print_out):
    root = print_out[0].trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert print_out[0].metadata.title == "Understanding LSTM networks, with every sentence run"


def test_the_bookmarks_hold_every_chapter_in_order(page, print_out):
    titles = [section["data-title"] for section in page[1].select("section.chapter")]
    assert titles[0] == "About this course"
    assert titles[-3:] == ["Hints", "Solutions", "Answers"]
    assert [title for title, _ in chapters(print_out[0])] == [print_out[0].metadata.title, "Contents", *titles]
    deeper = [
        mark.title for marks in print_out[0].outline if isinstance(marks, list) for mark in marks if not isinstance(mark, list)
    ]
    assert deeper == [" ".join(h2.get_text().split()) for h2 in page[1].select("section.chapter h2")]
    for place, name in ((-3, "solutions"), (-1, "answers")):
        lowest = [mark.title.strip() for marks in print_out[0].outline[place] if isinstance(marks, list) for mark in marks]
        assert lowest == [h3.a.get_text() for h3 in page[1].select(f"#{name} h3")]


def test_pictures_and_formulas_have_words(page, print_out):
    words = [element.get("/Alt", "").strip() for element in tagged(print_out[0]) if element.get("/S") == "/Figure"]
    assert all(words)
    pictures = [" ".join(image["alt"].split()) for image in page[1].select("figure img") if image["alt"]]
    assert len(pictures) > 8
    assert set(pictures) <= {" ".join(alt.split()) for alt in words}
    formulas = [span.get_text().strip()[2:-2] for span in page[1].select("span.math")]
    assert len(formulas) > 100
    assert not Counter(formula.strip() for formula in formulas) - Counter(words)


def test_links_lead_into_the_chapter_that_they_name(page, print_out):
    reader, texts = print_out
    starts = [
        (section["id"], start)
        for section, (_, start) in zip(page[1].select("section.chapter"), chapters(reader)[2:], strict=True)
    ]
    spans = {name: range(start, end) for (name, start), (_, end) in zip(starts, [*starts[1:], ("", len(texts))], strict=True)}
    places = {name.removeprefix("/"): reader.get_destination_page_number(to) for name, to in reader.named_destinations.items()}
    for there, number in places.items():
        section = page[1].find(id=there)
        name = section["id"] if section["id"] in spans else section.find_parent("section", class_="chapter")["id"]
        assert number in spans[name], there
    for exercise in page[1].select("div.exercise"):
        for there in (exercise["id"], f"{exercise['id']}-hints", f"{exercise['id']}-solutions"):
            assert exercise.find(class_="caption-number").get_text().strip() in texts[places[there]], there
    used = [note.get_object() for one in reader.pages for note in one.get("/Annots", [])]
    inside = {str(note["/Dest"]).removeprefix("/") for note in used if "/Dest" in note}
    assert inside == {a["href"][1:] for a in page[1].select('a[href^="#"]')} == set(places)
    outside = {note["/A"]["/URI"] for note in used if "/A" in note}
    assert outside == {a["href"] for a in page[1].select('a[href^="https:"]')}


def test_page_numbers_are_those_of_the_bookmarks(page, print_out):
    reader, texts = print_out
    for title, start in chapters(reader)[2:]:
        assert re.search(rf"^{re.escape(title)}\s+{start + 1}$", texts[1], re.MULTILINE), title
    for number, text in enumerate(texts[1:], 2):
        assert re.search(rf"(^|\n)\s*{number}\s*(\n|$)", text), "at the foot of the page"
        assert number == 2 or any(text.startswith(title) for title, _ in chapters(reader)), "the chapter on top of its pages"
        assert len(text.split()) > 5 or "/XObject" in reader.pages[number - 1]["/Resources"], f"page {number} is empty"


def test_nothing_raw_is_left(print_out):
    for number, text in enumerate(print_out[1], 1):
        found = re.findall(r"\$\$|\{(?:cite|numref|ref|doc|term)|Math Processing Error|\\\(|\\frac|page \)", text)
        assert not found, f"page {number}: {found}"


# What ends beyond the text.
CUT_OFF = """() => [...document.querySelectorAll("main *")].filter(e => e.checkVisibility())
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 200))"""


def test_nothing_is_wider_than_the_paper(browser, page):  # noqa: F811
    tab = pdf.opened(browser, page[0])
    assert tab.locator("mjx-container > svg[aria-label]").count() == tab.locator(".math").count() > 100
    assert not tab.evaluate(CUT_OFF)
    assert tab.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    tab.close()


def test_a_page_printed_alone_is_light_and_has_nothing_to_click(browser, site):  # noqa: F811
    tab = browser.new_page(color_scheme="dark", viewport={"width": pdf.WIDTH, "height": 900})
    tab.emulate_media(media="print")
    tab.goto((site / "chapters/05_walkthrough.html").as_uri())
    tab.evaluate("() => MathJax.startup.promise")
    assert tab.locator("html").get_attribute("data-theme") == "dark"
    colours = "e => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]"
    assert tab.locator("article p").first.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    for gone in ("header.bd-header", ".bd-sidebar-primary", ".bd-sidebar-secondary", "footer", "button", ".headerlink"):
        assert not [one for one in tab.locator(gone).all() if one.is_visible()], gone
    assert not tab.locator("details").first.get_attribute("open")
    assert [one.inner_text() for one in tab.locator("h1").all() if one.is_visible()] == ["The LSTM, step by step"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= pdf.WIDTH
    tab.close()


def test_the_front_page_links_to_a_pdf_that_is_there(site, print_out, page):
    front = site / "intro.html"
    assert pdf.NAME not in front.read_text(encoding="utf-8")
    for _ in range(2):
        pdf.publish(page[0].with_suffix(".pdf"), site)
        links = BeautifulSoup(front.read_text(encoding="utf-8"), "html.parser").select("p.pdf-link a")
        assert [link["href"] for link in links] == [pdf.NAME]
    assert len(PdfReader(site / pdf.NAME).pages) == len(print_out[1])


@pytest.mark.parametrize(("path", "built", "words"), [("", True, "none of chromium"), (None, False, "make book first")])
def test_what_is_missing_is_named(tmp_path, path, built, words):
    if built:
        (tmp_path / "intro.html").write_text("", encoding="utf-8")
    environment = {**os.environ, "PATH": os.environ["PATH"] if path is None else path}
    done = subprocess.run(
        [sys.executable, ROOT / "_ext/pdf.py", tmp_path, tmp_path / "pdf"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert words in done.stderr
