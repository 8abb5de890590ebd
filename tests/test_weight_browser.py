"""How much a reader's browser fetches before the reader scrolls: the text as GitHub Pages sends it, compressed."""

import functools
import gzip
import http.server
import threading

import pytest
from test_book import book  # noqa: F401
from test_browser import browser, names  # noqa: F401

pytestmark = pytest.mark.slow
LIMIT = 1_500_000
COMPRESSED = (".html", ".css", ".js", ".svg", ".json")


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Sends text compressed, as a web server does, and notes for each request what it sent and how large the file is."""

    sent: list

    def log_message(self, *args):
        pass

    def do_GET(self):
        file = self.send_head()
        if file is None:
            return
        with file:
            self.wfile.write(self.body)

    def send_head(self):
        path = self.translate_path(self.path)
        try:
            with open(path, "rb") as file:
                whole = file.read()
        except OSError:
            return self.send_error(404)
        self.body = gzip.compress(whole, 6) if path.endswith(COMPRESSED) else whole
        self.sent.append((self.path, len(self.body), len(whole)))
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        if self.body is not whole:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        return open(path, "rb")


@pytest.fixture(scope="module")
def server(book):  # noqa: F811
    """The address of a server that compresses, and the list of what it has sent."""
    handler = type("Handler", (Compressing,), {"sent": []})
    started = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(book)))
    threading.Thread(target=started.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{started.server_address[1]}", handler.sent
    started.shutdown()


def test_the_first_view_of_every_page_is_light(browser, server, book):  # noqa: F811
    address, sent = server
    heavy = []
    for name in names(book):
        sent.clear()
        context = browser.new_context(viewport={"width": 1280, "height": 900})  # nothing is remembered from page to page
        page = context.new_page()
        page.goto(f"{address}/{name}", wait_until="networkidle")
        page.evaluate("() => window.MathJax?.startup?.promise")
        total, whole = sum(size for _, size, _ in sent), sum(size for _, _, size in sent)
        print(f"{name}: {len(sent)} requests, {total / 1e6:.2f} MB, {whole / 1e6:.2f} MB uncompressed")
        if not 0 < total <= LIMIT:
            heavy.append(f"{name}: {total / 1e6:.2f} MB: {sorted(sent, key=lambda entry: -entry[1])[:5]}")
        context.close()
    assert not heavy, "\n".join(heavy)


def test_pictures_below_the_first_view_come_when_they_are_scrolled_to(browser, server):  # noqa: F811
    address, sent = server
    sent.clear()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/chapters/07_variants.html", wait_until="networkidle")
    images = page.locator("article img")
    before = {path for path, *_ in sent if "_images/" in path}
    assert len(before) < images.count()
    height = images.last.evaluate("i => i.getBoundingClientRect().height")
    assert height > 50, "its place is kept"
    images.last.scroll_into_view_if_needed()
    assert images.last.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
    assert abs(images.last.evaluate("i => i.getBoundingClientRect().height") - height) < 1, "nothing jumps"
    context.close()
