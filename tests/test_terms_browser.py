"""Terms, letters, heads and feet in the real book: what is linked and said, and what pointer, key and finger find."""

import json

import pytest
from bs4 import BeautifulSoup
from test_book import book  # noqa: F401
from test_browser import CUT_OFF, address, browser, visit  # noqa: F401
from test_glossary import course_glossary
from test_notebooks import NOTEBOOKS

pytestmark = pytest.mark.slow
NAMES = [path.stem for path in NOTEBOOKS]
PAGE = "chapters/02_long_term.html"


def soup(book, name):  # noqa: F811
    return BeautifulSoup((book / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def said(paragraph):
    """A paragraph's words, its formulas without TeX."""
    for formula in paragraph.select("span.math"):
        formula.replace_with(course_glossary.plain(formula.get_text().removeprefix(r"\(").removesuffix(r"\)")))
    return " ".join(paragraph.get_text().split())


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_some_links_and_each_tells_what_the_glossary_says(book, name):  # noqa: F811
    page, glossary = soup(book, f"chapters/{name}"), soup(book, "reference/glossary")
    links = page.select("article a.term")
    assert 3 <= len(links) <= 25
    assert len(page.select("article a.letter")) <= 15
    targets = [link["href"] for link in page.select("article :is(a.term, a.letter)")]
    assert len(targets) == len(set(targets)), "once each"
    for link in links:
        entry = glossary.find(id=link["href"].removeprefix("../reference/glossary.html#"))
        assert link["title"] == said(entry.find_next_sibling("dd").find("p"))


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_leads_to_its_row(book, name):  # noqa: F811
    notation = soup(book, "reference/notation")
    for link in soup(book, f"chapters/{name}").select("article a.letter"):
        row = notation.find("tr", id=link["href"].removeprefix("../reference/notation.html#"))
        meaning = row.find_all("td")[-1]
        assert said(meaning) in link["title"]
        assert link.select("span.math")


@pytest.mark.parametrize("name", NAMES)
def test_links_stand_in_running_text_only(book, name):  # noqa: F811
    page = soup(book, f"chapters/{name}")
    for place in ("h1", "h2", "h3", "h4", "pre", "code", "th", "a", "details", ".admonition-title", ".page-head", ".page-foot"):
        assert not page.select(f"article {place} :is(a.term, a.letter)"), place


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_can_be_fetched_and_the_next_page_is_the_next_button(book, name):  # noqa: F811
    page = soup(book, f"chapters/{name}")
    (download,) = page.select(".page-head a[download]")
    notebook = json.loads((book / "chapters" / download["href"]).resolve().read_text(encoding="utf-8"))
    assert notebook["cells"]
    following, button = page.select_one(".page-foot > p:last-child a"), page.select_one("a.right-next")["href"]
    assert following["href"] == button if following else not button.startswith("chapters/")


def opened(browser, address, scheme="light", width=1280):  # noqa: F811
    """A page with a term in sight, the term, and its note."""
    page, trouble = visit(browser, address, PAGE, scheme, width)
    assert not trouble
    link = page.locator("a.term", has_text="input gate").first
    link.scroll_into_view_if_needed()
    return page, link, page.locator(f"#{link.get_attribute('aria-describedby')}")


def test_a_pointer_shows_the_note_and_may_move_onto_it(browser, address):  # noqa: F811
    page, link, note = opened(browser, address)
    assert link.get_attribute("title") is None, "not a second one of the browser's own"
    assert not note.is_visible()
    link.hover()
    note.wait_for(state="visible")
    assert note.inner_text().startswith("The gate of an LSTM that says how much of the candidate")
    note.hover()
    page.wait_for_timeout(600)
    assert note.is_visible(), "hoverable, and persistent"
    page.keyboard.press("Escape")
    assert not note.is_visible(), "dismissible"
    page.mouse.move(5, 5)
    link.hover()
    note.wait_for(state="visible")
    page.mouse.move(5, 5)
    note.wait_for(state="hidden")
    page.close()


def test_the_keyboard_shows_the_note_and_escape_hides_it(browser, address):  # noqa: F811
    page, link, note = opened(browser, address)
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert link.evaluate("e => e === document.activeElement")
    assert note.is_visible()
    assert note.get_attribute("role") == "tooltip"
    page.keyboard.press("Escape")
    assert not note.is_visible()
    assert link.evaluate("e => e === document.activeElement"), "the focus stays"
    page.keyboard.press("Enter")
    page.wait_for_url("**/reference/glossary.html#term-input-gate")
    page.close()


def test_a_touch_follows_the_link(browser, address):  # noqa: F811
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/{PAGE}", wait_until="networkidle")
    page.locator("a.term", has_text="input gate").first.tap()
    page.wait_for_url("**/reference/glossary.html#term-input-gate")
    context.close()


def test_without_javascript_the_title_tells(browser, address):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    link = page.locator("a.term", has_text="input gate").first
    assert link.get_attribute("title").startswith("The gate of an LSTM")
    link.click()
    assert page.url.endswith("/reference/glossary.html#term-input-gate")
    context.close()


def test_letters_are_rendered_and_reached_once(browser, address):  # noqa: F811
    page, _ = visit(browser, address, PAGE)
    letters = page.locator("a.letter")
    assert letters.count() >= 3
    page.wait_for_function("!document.querySelector('a.letter mjx-container[tabindex]')")
    for letter in letters.all():
        assert letter.locator("mjx-container").count() == 1
        assert letter.bounding_box()["width"] > 5
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_a_note_is_open(browser, address, scheme):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page, link, note = opened(browser, address, scheme)
    link.hover()
    note.wait_for(state="visible")
    found = [f"{v['id']}: {v['nodes'][0]['html'][:150]}" for v in Axe().run(page).response["violations"]]
    assert not found, "\n".join(found)
    page.close()


def test_every_note_stays_on_a_phone(browser, address):  # noqa: F811
    page, _, _ = opened(browser, address, width=390)
    for link in page.locator("a.term, a.letter").all():
        link.scroll_into_view_if_needed()
        link.hover()
        note = page.locator(f"#{link.get_attribute('aria-describedby')}")
        note.wait_for(state="visible")
        box = note.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] >= 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert not page.evaluate(CUT_OFF)
    page.close()


def test_ticks_stay(browser, address):  # noqa: F811
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    boxes = page.locator(".page-foot input[type=checkbox]")
    assert boxes.count() == 5
    boxes.nth(1).check()
    page.reload()
    assert [box.is_checked() for box in boxes.all()] == [False, True, False, False, False]
    context.close()
