"""A self-test in the browser: by keyboard, after a reload, on paper, from a file, and without JavaScript."""

import io
import re

import pytest
from test_book import book  # noqa: F401
from test_browser import CUT_OFF, address, browser, visit  # noqa: F401
from test_self_tests import PAGES, questions

pytestmark = pytest.mark.slow
PAGE = "chapters/self_test_2.html"
ASKED = questions("self_test_2")
ONE = next(k for k, question in enumerate(ASKED) if not question.all)
ALL = next(k for k, question in enumerate(ASKED) if question.all)
TOTAL = len(ASKED)


@pytest.fixture
def page(browser, address):  # noqa: F811
    shown, trouble = visit(browser, address, PAGE)
    yield shown
    assert not trouble
    shown.close()


def question(page, k):
    return page.locator("div.quiz").nth(k)


def answer(page, k, right=True):
    """Choose and check; a wrong answer is one wrong option."""
    options = [n for n, option in enumerate(ASKED[k].options) if option.right is right]
    inputs = question(page, k).locator("input")
    for n in options if right else options[:1]:
        inputs.nth(n).check()
    question(page, k).get_by_role("button", name="Check").click()
    return options


def said(page, k):
    return question(page, k).locator(".quiz-result").inner_text()


def score(page):
    return page.locator(".quiz-score p").first.inner_text()


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent")


def test_a_question_is_solved_by_keyboard_alone(page):
    right = next(n for n, option in enumerate(ASKED[ONE].options) if option.right)
    name = question(page, ONE).get_attribute("id")
    question(page, ONE).locator("input").first.focus()
    page.keyboard.press("Space")
    for _ in range(right):
        page.keyboard.press("ArrowDown")
    assert focused(page) == f"{name}-{right}"
    page.keyboard.press("Tab")
    assert focused(page) == "Check"
    page.keyboard.press("Enter")
    assert said(page, ONE).startswith("Right.")
    assert f"So far 1 of {TOTAL}" in said(page, ONE)
    assert question(page, ONE).locator(".quiz-result").get_attribute("aria-live") == "polite"


def test_boxes_are_ticked_by_keyboard_and_tab_stops_at_nothing_else(page):
    right = [n for n, option in enumerate(ASKED[ALL].options) if option.right]
    name = question(page, ALL).get_attribute("id")
    question(page, ALL).locator("input").first.focus()
    for n in range(len(ASKED[ALL].options)):
        assert focused(page) == f"{name}-{n}"
        if n in right:
            page.keyboard.press("Space")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert said(page, ALL).startswith("Right.")


def test_a_wrong_answer_is_explained_and_can_be_tried_again(page):
    wrong, *_ = answer(page, ONE, right=False)
    text = said(page, ONE)
    assert text.startswith("Not right yet.")
    assert f"{'ABCD'[wrong]}. Not this one." in text
    assert ASKED[ONE].options[wrong].why.split()[0] in text
    assert question(page, ONE).locator(".quiz-mark").nth(wrong).inner_text() == "✗ not this one"
    question(page, ONE).get_by_role("button", name="Try again").click()
    assert said(page, ONE) == ""
    assert focused(page).endswith("-0")
    assert question(page, ONE).locator("input:checked").count() == 0
    answer(page, ONE)
    assert said(page, ONE).startswith("Right.")
    assert not question(page, ONE).get_by_role("button", name="Try again").is_visible()


def test_some_of_all_is_not_all(page):
    first = next(n for n, option in enumerate(ASKED[ALL].options) if option.right)
    question(page, ALL).get_by_role("button", name="Check").click()
    assert said(page, ALL) == "Choose an answer first."
    question(page, ALL).locator("input").nth(first).check()
    question(page, ALL).get_by_role("button", name="Check").click()
    missing = sum(option.right for option in ASKED[ALL].options) - 1
    assert said(page, ALL).startswith(f"Not all yet: {missing} missing.")
    assert score(page) == f"Your score: 0 of {TOTAL}."


def test_answers_outlive_a_reload_until_they_are_forgotten(page, address):  # noqa: F811
    answer(page, ONE)
    answer(page, ALL, right=False)
    assert score(page) == f"Your score: 1 of {TOTAL}."
    page.reload()
    assert page.locator(".quiz-before").inner_text() == f"When you were last here, you had 1 of {TOTAL}."
    assert said(page, ONE).startswith("Right.")
    assert said(page, ALL).startswith("Not")
    page.goto(f"{address}/intro.html")
    listed = page.locator(".quiz-progress li").all_inner_texts()
    assert len(listed) == len(PAGES)
    assert [f"(1 of {TOTAL})" in text for text in listed] == [name == "self_test_2" for name in PAGES]
    assert sum("(not begun)" in text for text in listed) == len(PAGES) - 1
    page.goto(f"{address}/{PAGE}")
    page.get_by_role("button", name="Forget my answers").click()
    assert said(page, 0) == "Your answers have been forgotten."
    assert page.locator("input:checked").count() == 0
    page.reload()
    assert score(page) == "Your score: not begun."
    assert page.locator(".quiz-before").count() == 0


def test_all_right_is_said(page, address):  # noqa: F811
    for k in range(TOTAL):
        answer(page, k)
    assert score(page) == f"Your score: all right, {TOTAL} of {TOTAL}."
    page.goto(f"{address}/intro.html")
    assert f"(all right, {TOTAL} of {TOTAL})" in page.locator(".quiz-progress").inner_text()


def test_it_works_where_nothing_can_be_kept(browser, address):  # noqa: F811
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } })")
    page = context.new_page()
    trouble = []
    page.on("pageerror", lambda error: "quiz.js" in str(error.stack) and trouble.append(error))
    page.goto(f"{address}/{PAGE}")
    answer(page, ONE)
    assert said(page, ONE).startswith("Right.")
    assert not trouble
    context.close()


def test_it_works_from_a_file(browser, book):  # noqa: F811
    page = browser.new_page()
    page.goto((book / PAGE).as_uri())
    answer(page, ONE)
    page.reload()
    assert said(page, ONE).startswith("Right.")
    page.goto((book / "intro.html").as_uri())
    assert f"(1 of {TOTAL})" in page.locator(".quiz-progress").inner_text()
    page.close()


def test_without_javascript_the_answers_can_be_read(browser, address):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    assert page.locator("div.quiz ol.quiz-options").count() == TOTAL
    fold = question(page, ONE).locator("details")
    assert not fold.locator("ol").is_visible()
    fold.locator("summary").click()
    assert fold.locator("ol").is_visible()
    assert len(re.findall(r"Not this one\.|Right\.", fold.inner_text())) == len(ASKED[ONE].options)
    context.close()


def test_on_paper_the_answers_stand_behind_the_questions(page):
    from pypdf import PdfReader

    answer(page, ONE)
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages)
    last, first = text.index(f"Question {TOTAL}."), text.index("Answer to question 1,")
    assert last < first < text.index(f"Answer to question {TOTAL},")
    assert text.count("Not this one.") == sum(not option.right for asked in ASKED for option in asked.options)
    assert "Check" not in text
    assert question(page, 0).locator("details:not([open])").count() == 1, "and on the screen all is as it was"


@pytest.mark.parametrize("name", PAGES)
def test_explanations_are_not_too_wide_for_a_phone(browser, address, name):  # noqa: F811
    page, trouble = visit(browser, address, f"chapters/{name}.html", width=390)
    for form in page.locator("form.quiz-form").all():
        for box in form.locator("input").all():
            box.check()
        form.get_by_role("button", name="Check").click()
    for fold in page.locator("summary:visible").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not page.evaluate(CUT_OFF)
    assert not trouble
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_after_answering(browser, address, scheme):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page, _ = visit(browser, address, PAGE, scheme)
    answer(page, ONE)
    answer(page, ONE + 1, right=False)
    answer(page, ALL, right=False)
    found = [f"{v['id']}: {v['nodes'][0]['html'][:150]}" for v in Axe().run(page).response["violations"]]
    assert not found, "\n".join(found)
    page.close()
