"""What a person meets: every page in a real browser, light and dark, wide and narrow."""

import functools
import http.server
import os
import shutil
import threading
import warnings

import pytest
from test_book import book, pages  # noqa: F401

pytestmark = pytest.mark.slow
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def address(book):  # noqa: F811
    """The book on a server of its own."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(book))
    handler.log_message = lambda *args: None
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *args: None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=str(book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium found, and CI must have one")
        warnings.warn("NO CHROMIUM FOUND: the pages were not looked at in a browser", stacklevel=1)
        pytest.skip("NO CHROMIUM FOUND: the pages were not looked at in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
        )
        yield started
        started.close()


def visit(browser, address, name, scheme="light", width=1280):
    """An open page, and what went wrong while it loaded."""
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    trouble = []
    page.on("console", lambda message: message.type == "error" and trouble.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("requestfailed", lambda request: trouble.append(f"failed: {request.url}"))
    page.on("response", lambda response: response.status >= 400 and trouble.append(f"{response.status}: {response.url}"))
    page.on("request", lambda request: request.url.startswith((address, "data:")) or trouble.append(f"foreign: {request.url}"))
    page.goto(f"{address}/{name}", wait_until="networkidle")
    page.evaluate("() => window.MathJax?.startup?.promise")
    return page, trouble


def names(book):  # noqa: F811
    return [path.relative_to(book).as_posix() for path in pages(book) if path.name not in ("index.html",)]


def test_pages_load_without_trouble_and_show_formulas_and_pictures(browser, address, book):  # noqa: F811
    for name in names(book):
        page, trouble = visit(browser, address, name)
        assert not trouble, f"{name}: {trouble}"
        formulas = page.locator(".math").count()
        if formulas:
            assert page.locator("mjx-container").count() >= formulas, f"{name}: formulas without MathJax"
            assert page.locator("mjx-merror").count() == 0, f"{name}: a formula that MathJax cannot read"
        for image in page.locator("img").all():
            image.scroll_into_view_if_needed() if image.is_visible() else None
            assert image.get_attribute("alt").strip(), name
            assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0, f"{name}: {image.get_attribute('src')}"
        page.close()


# What ends to the right of the screen and cannot be scrolled to.
CUT_OFF = """() => {
    const scrolls = e => e && (/auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    const cut = e => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility() && !scrolls(e);
    return [...document.querySelectorAll('.bd-article-container *')].filter(cut).map(e => e.outerHTML.slice(0, 100));
}"""


def test_nothing_is_too_wide_for_a_phone(browser, address, book):  # noqa: F811
    for name in names(book):
        page, _ = visit(browser, address, name, width=390)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{name}: {width} px"
        assert not page.evaluate(CUT_OFF), name
        page.close()


def test_a_slider_shows_one_frame_at_a_time_and_says_which(browser, address, book):  # noqa: F811
    page, trouble = visit(browser, address, "chapters/05_walkthrough.html")
    figure = page.locator("figure:has(img.frames)")
    picture, slider, said = figure.locator("img"), figure.get_by_label("Frame"), figure.locator("output")
    picture.scroll_into_view_if_needed()
    picture.evaluate("i => i.decode()")
    shares = picture.evaluate("i => [i.naturalWidth / (i.naturalHeight / 6), i.clientWidth / i.clientHeight]")
    assert shares[0] == pytest.approx(shares[1], rel=0.02), "one sixth of the strip"
    assert said.inner_text().startswith("1 of 6. The input is 1.00. f = 0.73 keeps")
    slider.press("End")
    assert said.inner_text().startswith("6 of 6. The input is 0.00.")
    assert slider.get_attribute("aria-valuetext") == said.inner_text()
    assert picture.evaluate("i => i.style.objectPosition") == "0px 100%"
    assert figure.locator("ol.frames").count() == 0
    assert not trouble
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser, address, book, scheme):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for name in names(book):
        page, _ = visit(browser, address, name, scheme)
        assert page.locator("html").get_attribute("data-theme") == scheme
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["html"][:150] for node in violation["nodes"]]
            found.append(f"{name}: {violation['id']} x {len(nodes)}: {nodes[0]}")
        page.close()
    assert not found, "\n".join(found)
