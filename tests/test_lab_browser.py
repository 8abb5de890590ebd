"""The gate lab as a reader meets it: with a keyboard, with a mistake, without JavaScript, from a file and below a path."""

import shutil

import pytest
from test_book import book  # noqa: F401
from test_browser import address, browser, visit  # noqa: F401

from lstm_course import lab

pytestmark = pytest.mark.slow
PAGE = "chapters/lab_gate.html"
PARTS = ("cell", "sentence", "attention")


@pytest.fixture
def page(browser, address):  # noqa: F811
    page, trouble = visit(browser, address, PAGE)
    yield page
    assert not trouble
    page.close()


def part(page, name):
    return page.locator(f'.lab[data-widget="{name}"] .lab-live')


def walk(page, wanted, most=60):
    """Press Tab until the element that has the keyboard fits; a reader without a mouse can do no other."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"() => {{ const e = document.activeElement; return {wanted}; }}"):
            return
    raise AssertionError(f"the keyboard does not get to {wanted}")


def test_the_cell_with_the_keyboard_alone(page):
    cell = part(page, "cell")
    assert "The new memory is 0.95." in cell.get_by_role("status").inner_text()
    cell.locator("select").first.focus()
    walk(page, 'e.textContent === "Step forward in time"')
    page.keyboard.press("Enter")
    after = lab.step(**lab.START)
    again = lab.step(**lab.START | {"h": after["h"], "c": after["c"]})
    assert f"The new memory is {again['c']:.2f}." in cell.get_by_role("status").inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # back
    assert "The new memory is 0.95." in cell.get_by_role("status").inner_text()
    walk(page, 'e.type === "range"')
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "−5.00"
    moved = lab.step(**lab.START | {"x": -5.0})
    assert f"Forget gate {moved['f']:.2f}" in cell.get_by_role("status").inner_text()
    assert f"Forget gate {moved['f']:.2f}" in cell.locator("svg").get_attribute("aria-label")


def test_a_memory_beyond_the_slider_is_still_told(page):
    cell = part(page, "cell")
    cell.get_by_label("Begin with").select_option("count: add 0.1 at every step")
    for _ in range(60):
        cell.get_by_role("button", name="Step forward in time").click()
    memory = cell.locator(".lab-field", has_text="memory c").first
    assert memory.locator("input").input_value() == "5", "the knob has an end"
    assert f"of the memory {memory.locator('.lab-value').inner_text()}," in cell.get_by_role("status").inner_text()
    assert float(memory.locator(".lab-value").inner_text()) > 5.5


def test_a_step_back_brings_back_the_weights_of_that_step(page):
    cell = part(page, "cell")
    told = cell.get_by_role("status").inner_text
    before = told()
    cell.get_by_role("button", name="Step forward in time").click()
    cell.locator("summary", has_text="Weights and biases").click()
    cell.get_by_role("slider", name="bias").first.press("Home")
    cell.get_by_role("button", name="Step back").click()
    assert told() == before


def test_what_was_computed_before_a_mistake_does_not_stay(page):
    for name, label in (("sentence", "A sentence of the language"), ("attention", "A date, as people write it")):
        box = part(page, name)
        assert box.locator("table").count()
        box.get_by_label(label).fill("Zoë")
        box.get_by_label(label).press("Enter")
        assert "never met" in box.get_by_role("status").inner_text()
        assert not box.locator("table").count()
    part(page, "sentence").get_by_role("combobox", name="The number unit").select_option(label="hold it at “plural”")


def test_the_numbers_stand_on_the_diagram(page):
    signs = part(page, "cell").locator("svg text[data-part]")
    texts = {sign.get_attribute("data-part"): sign.text_content().replace("\u200b", "") for sign in signs.all()}
    said = lab.step(**lab.START)
    assert set(texts) == set(said)
    for name, text in texts.items():
        assert text.endswith(f" = {said[name]:.2f}"), name


def test_a_part_of_the_step_stands_out(page):
    cell = part(page, "cell")
    cell.get_by_label("Show").select_option("forget")
    opacity = lambda name: cell.locator(f'svg [id="{name}"]').first.evaluate("e => getComputedStyle(e).opacity")
    assert float(opacity("forget")) == 1
    assert float(opacity("candidate")) < 0.5
    cell.get_by_label("Show").select_option("")
    assert float(opacity("candidate")) == 1


def test_a_sentence_with_the_keyboard_alone(page):
    box = part(page, "sentence")
    field, said = box.get_by_label("A sentence of the language"), box.get_by_role("status")
    field.fill("The girl near the children sings.")
    field.press("Enter")
    assert "the number unit leans to singular, the gender unit leans to feminine" in said.inner_text()
    assert "Likeliest next: she" in said.inner_text()
    box.locator("input[type=radio]:checked").focus()
    page.keyboard.press("ArrowLeft")
    assert "After “the girl near the children sings”:" in said.inner_text()
    page.keyboard.press("ArrowRight")
    box.get_by_role("combobox", name="The number unit").select_option(label="hold it at “plural”")
    assert "Likeliest next: they" in said.inner_text()
    assert box.get_by_text("untouched").count()


@pytest.mark.parametrize(
    ("name", "label", "typed", "complaint"),
    [
        ("sentence", "A sentence of the language", "the dog sings .", "never met “dog”"),
        ("sentence", "A sentence of the language", "   ", "nothing to read yet"),
        ("attention", "A date, as people write it", "3 März 2021", "never met “ä”"),
        ("attention", "A date, as people write it", "", "no date yet"),
        ("attention", "A date, as people write it", "1 " * 40, "80 characters"),
    ],
)
def test_a_friendly_word_for_what_it_does_not_know(page, name, label, typed, complaint):
    box = part(page, name)
    box.get_by_label(label).fill(typed)
    box.get_by_label(label).press("Enter")
    assert complaint in box.get_by_role("status").inner_text()


def test_a_date_with_the_keyboard_alone(page):
    box = part(page, "attention")
    field = box.get_by_label("A date, as people write it")
    field.fill("7 march 1994")
    field.press("Enter")
    assert box.locator(".lab-answer").inner_text() == "It writes 1994-03-07"
    before = box.get_by_role("status").inner_text()
    box.locator("input[type=radio]:checked").focus()
    page.keyboard.press("ArrowRight")
    assert box.get_by_role("status").inner_text() != before
    assert box.get_by_role("status").inner_text().startswith("Writing character 2, “9”")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_everything_unfolded(browser, address, scheme):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page, _ = visit(browser, address, PAGE, scheme)
    page.evaluate("document.querySelectorAll('.lab details').forEach((one) => (one.open = true))")
    assert not [(v["id"], v["nodes"][0]["html"][:150]) for v in Axe().run(page).response["violations"]]
    page.close()


def test_without_javascript_the_numbers_can_be_read(browser, address):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    for name in PARTS:
        place = page.locator(f'.lab[data-widget="{name}"]')
        assert place.locator("table").is_visible()
        assert place.locator(".lab-live").count() == 0
    context.close()


def test_on_paper_the_numbers_can_be_read(page):
    page.emulate_media(media="print")
    assert not part(page, "cell").is_visible()
    assert page.locator('.lab[data-widget="cell"] .lab-fallback table').is_visible()


def test_from_a_file_and_below_a_path(browser, address, book, tmp_path):  # noqa: F811
    page = browser.new_page()
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto((book / PAGE).as_uri())
    for name in PARTS:
        part(page, name).wait_for()
    page.close()
    assert not trouble
    below = book / "some" / "where"  # as a site of a project is served
    shutil.copytree(book, below, ignore=shutil.ignore_patterns("some", "_images", "mathjax"))
    try:
        page = browser.new_page()
        page.goto(f"{address}/some/where/{PAGE}")
        for name in PARTS:
            part(page, name).wait_for()
        page.close()
    finally:
        shutil.rmtree(book / "some")


def test_the_front_page_reads_a_sentence_and_can_be_stopped(browser, address):  # noqa: F811
    page, trouble = visit(browser, address, "intro.html")
    picture = part(page, "reading")
    words, said = lab.STORY.split(), picture.get_by_role("img")
    button = picture.get_by_role("button", name="Pause")
    button.click()
    label = said.get_attribute("aria-label")
    page.wait_for_timeout(1500)
    assert said.get_attribute("aria-label") == label, "it stands still"
    slider = picture.get_by_role("slider")
    slider.press("End")
    assert f"Word {len(words)} of {len(words)}" in said.get_attribute("aria-label")
    assert "they" in said.get_attribute("aria-label")
    assert not trouble
    page.close()


def test_nothing_moves_for_those_who_want_rest(browser, address):  # noqa: F811
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/intro.html")
    said = part(page, "reading").get_by_role("img")
    label = said.get_attribute("aria-label")
    page.wait_for_timeout(2000)
    assert said.get_attribute("aria-label") == label
    context.close()
