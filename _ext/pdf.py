"""The tool behind `make pdf`: the built book, printed by Chromium into one tagged PDF with bookmarks.

    python _ext/pdf.py [SITE [FOLDER]]      SITE is _build/html, FOLDER is _build/pdf

It prints twice: the first print tells on which page everything stands, the second has these numbers in it. The result also
goes beside the pages, and only then does the front page get a link to it.
"""

import argparse
import html
import re
import shutil
import sys
import time
from pathlib import Path

from paper import assemble
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
NAME = "lstm-course.pdf"
MARK = re.compile(r'<p class="pdf-link">.*?</p>', re.DOTALL)
WIDTH = 643  # of the text on A4 in CSS pixels: 210 mm less two margins of 20 mm
PRINTS = 4
START = time.monotonic()


def main():
    build = Path(__file__).parents[1] / "_build"
    parser = argparse.ArgumentParser(description="Print the built book into one PDF.")
    parser.add_argument("site", nargs="?", type=Path, default=build / "html", help="folder of the built pages")
    parser.add_argument("folder", nargs="?", type=Path, default=build / "pdf", help="where the PDF goes")
    arguments = parser.parse_args()
    if not (arguments.site / "intro.html").exists():
        parser.exit(1, f"{arguments.site} holds no built book: make book first\n")
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        parser.exit(1, f"the PDF is printed by Chromium or Chrome, and none of {', '.join(NAMES)} was found\n")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    page, pdf = arguments.folder / "lstm-course.html", arguments.folder / NAME
    say("putting the pages together")
    assemble(arguments.site, page)
    with sync_playwright() as playwright:
        printed(playwright.chromium.launch(executable_path=browser, args=OPTIONS), page, pdf)
    publish(pdf, arguments.site)
    print(f"The PDF: {pdf.resolve().as_uri()}")


def printed(browser, page, pdf):
    """Print the single page in the file `page` to the file `pdf`, again and again until its page numbers are right."""
    tab = opened(browser, page)
    known = {}
    for k in range(1, PRINTS + 1):
        say(f"print {k}")
        tab.pdf(path=pdf, tagged=True, outline=True, prefer_css_page_size=True, print_background=True)
        before, known = known, pages_of(pdf)
        if known == before:
            tab.close()
            return
        tab.evaluate(FILL, known)
    raise SystemExit(f"after {PRINTS} prints the page numbers do not settle")


def opened(browser, page):
    """The single page in a tab that shows it as it will be printed, its formulas set and its pictures there."""
    tab = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
    tab.set_default_timeout(300_000)
    tab.emulate_media(media="print")
    say("setting the formulas")
    tab.goto(page.resolve().as_uri())
    tab.evaluate("() => MathJax.startup.promise")
    tab.evaluate(SAY)
    tab.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    tab.evaluate(SHRINK)
    return tab


# A formula's words are its TeX: the tagged PDF would have none, since what MathJax adds for screen readers is never painted.
# Punctuation stays with the formula that it follows.
SAY = """() => {
  for (const { math, typesetRoot } of MathJax.startup.document.math) {
    const drawn = typesetRoot.querySelector("svg");
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", math.trim());
    drawn.removeAttribute("aria-hidden");
    typesetRoot.replaceChildren(drawn);
    const holder = typesetRoot.closest(".math");
    const after = holder?.nextSibling?.data?.match(/^\\S+/)?.[0];
    if (after && !typesetRoot.hasAttribute("display")) {
      const together = document.createElement("span");
      together.className = "together";
      holder.nextSibling.splitText(after.length);
      holder.before(together);
      together.append(holder, together.nextSibling);
    }
  }
}"""
# Tables that are wider than the text become as small as they must.
SHRINK = """() => {
  for (const table of document.querySelectorAll("table.table")) {
    const share = table.parentElement.clientWidth / table.getBoundingClientRect().width;
    if (share < 1) table.style.fontSize = `${0.98 * share * parseFloat(getComputedStyle(table).fontSize)}px`;
  }
}"""
FILL = """(pages) => {
  for (const gap of document.querySelectorAll(".page-of")) gap.dataset.page = pages[gap.dataset.of] ?? "";
}"""


def pages_of(pdf):
    """On which page each place stands that something links to: dict of id to number, the first page being 1."""
    reader = PdfReader(pdf)
    return {
        name.removeprefix("/"): 1 + reader.get_destination_page_number(to) for name, to in reader.named_destinations.items()
    }


def publish(pdf, site):
    """Put the PDF beside the pages and a link to it on the front page."""
    shutil.copyfile(pdf, site / NAME)
    size = f"{len(PdfReader(pdf).pages)} pages, {pdf.stat().st_size / 1e6:.0f} MB"
    front = site / "intro.html"
    text = front.read_text(encoding="utf-8")
    line = (
        f'<p class="pdf-link">To read on paper: <a href="{NAME}">{html.escape("the whole book as one PDF")}</a> ({size}).</p>'
    )
    front.write_text(MARK.sub(line, text), encoding="utf-8", newline="\n")


def say(words):
    """What the tool is at, with the seconds since it began."""
    print(f"{time.monotonic() - START:5.0f} s  {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
