"""The built book as one page of HTML, for `pdf.py` to print.

It is put together from the pages as they are, so numbers, references and pictures are those of the site. Every id gets its
page's name in front, because sections of the same name stand in all chapters; hints, solutions and answers move to the end.
"""

import os
import re
from pathlib import Path
from posixpath import dirname, normpath
from posixpath import join as joined

from bs4 import BeautifulSoup
from course_mathjax import MATHJAX
from paper_ends import APPENDICES, appendix, contents, element, leave_only_the_statements, title_page

STYLE = Path(__file__).with_name("paper.css")
LEFT_OUT = ("reference/api",)  # 200 pages of docstrings, which stand in the code
SHORT = 14  # lines of code that are not worth a break
REFERRING = ("for", "aria-controls", "aria-describedby", "aria-labelledby")
NOT_FOR_PAPER = (
    "a.headerlink, script, button, .toctree-wrapper, .pdf-link, .quiz-progress, .screen-only, a.download, "
    "details.above-input, details.below-input"
)


def assemble(site, target):
    """Write the built book in the folder `site` as the single page `target`.

    Args:
        site: folder with the built pages, intro.html among them.
        target: file to write; pictures and styles stay where they are and are referred to from there.
    """
    front = read(site / "intro.html")
    groups = plan(front)
    names = [name for _, group in groups for name in group]
    pages = {name: read(site / f"{name}.html") for name in names}
    where = os.path.relpath(site, target.parent).replace(os.sep, "/")
    chapters = {name: chapter(pages[name], name, names, where) for name in names}
    title = chapters["intro"]["data-title"]
    chapters["intro"].h1.string = chapters["intro"]["data-title"] = "About this course"
    appendices = [appendix(name, chapters) for name in APPENDICES]
    for section in chapters.values():
        leave_only_the_statements(section)
    listed = [(caption, [chapters[name] for name in group]) for caption, group in groups]
    listed.append(("Hints, solutions, answers", appendices))
    heads = "\n".join(running_head(section) for section in [*chapters.values(), *appendices])
    style = f"<style>\n{STYLE.read_text(encoding='utf-8')}{heads}\n</style>"
    body = [title_page(front, title, f"{where}/_static/logo.png"), contents(listed), *chapters.values(), *appendices]
    target.write_text(
        f'<!DOCTYPE html>\n<html lang="{front.html["lang"]}" data-theme="light">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n{head(pages, where)}\n{style}\n</head>\n"
        '<body class="paper"><div class="bd-content"><div class="bd-article-container"><main class="bd-article">\n'
        + "\n".join(map(str, body))
        + "\n</main></div></div></body>\n</html>\n",
        encoding="utf-8",
        newline="\n",
    )


def read(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def plan(front):
    """The order of the book, from the navigation of its front page: list of (caption or "", names of pages)."""
    groups = [("", ["intro"])]
    for tag in front.select_one("nav.bd-links").select("p.caption, li > a.internal[href]"):
        if tag.name == "p":
            groups.append((tag.get_text().strip(), []))
        elif tag["href"] != "#":
            groups[-1][1].append(tag["href"].removesuffix(".html"))
    return [(caption, [name for name in names if name not in LEFT_OUT]) for caption, names in groups]


def head(pages, where):
    """Styles and MathJax's settings of all pages, each once, and the MathJax that draws (see `pdf.py`)."""
    lines = {}
    for name, page in pages.items():
        for link in page.select('link[rel="stylesheet"]'):
            lines[f'<link rel="stylesheet" href="{resolve(link["href"], name, where)}">'] = None
        for script in page.find_all("script"):
            if "window.MathJax" in script.get_text():
                lines[str(script)] = None
    return "\n".join([*lines, f'<script defer src="{(MATHJAX / "tex-svg.js").as_uri()}"></script>'])


def running_head(section):
    """The rule that puts a section's title on top of its pages, as CSS."""
    name, title = f"p-{re.sub(r'[^a-z0-9-]', '-', section['id'])}", section["data-title"].replace('"', '\\"')
    style = f'content: "{title}"; font: 9pt sans-serif; color: #444;'
    return f'[id="{section["id"]}"] {{ page: {name}; }} @page {name} {{ @top-right {{ {style} }} }}'


def resolve(address, name, where):
    """An address as page `name` gives it, seen from the folder of the single page."""
    if re.match(r"[a-z]+:|//|#", address):
        return address
    return f"{where}/{normpath(joined(dirname(name), address))}"


def anchor(name, fragment=""):
    """The id on paper of a place on a page, or of the whole page."""
    page = name.replace("/", "-")
    return f"{page}--{fragment}" if fragment else page


def chapter(page, name, names, where):
    """A page's article as a section with ids of its own, links that stay inside, and nothing to click."""
    article = page.find("article")
    for tag in article.select(NOT_FOR_PAPER):
        tag.decompose()
    for tag in article.find_all("noscript"):
        tag.unwrap()
    for tag in article.select("a.sd-stretched-link"):
        name_on_card(tag)
    for tag in article.select(".lab[data-widget]"):
        tag.insert_before(element('<p class="lab-paper">What can be moved on the website stands here as it begins:</p>'))
    for tag in article.select("figure img.frames"):
        side_by_side(tag)
    for tag in article.find_all("details"):
        tag["open"] = ""
    for tag in article.select("pre :is(span.n, span.nn, span.p, span.w)"):
        tag.unwrap()  # black on paper; each would be an element of the PDF
    article.smooth()
    for tag in article.find_all("pre"):
        if len(tag.get_text().strip().splitlines()) <= SHORT:
            tag["class"] = ["short"]
    for tag in article.find_all("figure"):
        tag["role"] = "group"  # the picture inside is what has the words
    for tag in article.find_all(True):
        move(tag, name, names, where)
    article.name, article["id"], article["class"] = "section", anchor(name), ["chapter"]
    if number := re.match(r"chapters/0*(\d+b?)_", name):
        article.h1.insert(0, f"{number[1]} ")
    article["data-title"] = article.h1.get_text().strip()
    return article


def name_on_card(link):
    """The link that covers a card on the screen becomes a link of the card's title."""
    title = link.find_parent(class_="sd-card").select_one(".sd-card-title")
    link.string, link["class"] = title.get_text().strip(), ["internal"]
    title.clear()
    title.append(link.extract())


def side_by_side(strip):
    """Frames one below the other, which a script would show one by one, as pictures side by side with their sentences."""
    figure = strip.find_parent("figure")
    told = figure.select_one("ol.frames").extract()
    sentences = told.find_all("li", recursive=False)
    wide, high = int(strip["width"]), int(strip["height"]) / len(sentences)
    grid = element(f'<div class="grid" style="--columns: {2 if wide > high else len(sentences)}"></div>')
    for k, sentence in enumerate(sentences):
        frame = element(f"<div>{strip}<p>{k + 1}. {sentence.get_text().strip()}</p></div>")
        place = 100 * k / max(1, len(sentences) - 1)
        frame.img["style"] = f"aspect-ratio: {wide} / {high:.1f}; object-position: 0 {place:.2f}%"
        if k:
            frame.img["alt"] = ""
        grid.append(frame)
    strip.replace_with(grid)
    figure["class"] = [*figure.get("class", []), "strip"]


def move(tag, name, names, where):
    """Change whatever a tag says about places."""
    if tag.get("id"):
        tag["id"] = anchor(name, tag["id"])
    for key in REFERRING:
        if tag.get(key):
            tag[key] = " ".join(anchor(name, word) for word in tag[key].split())
    for key, value in tag.attrs.items():
        if isinstance(value, str) and "url(#" in value:
            tag[key] = value.replace("url(#", f"url(#{anchor(name)}--")
    for key in ("href", "xlink:href"):
        if tag.has_attr(key):
            tag[key] = link(tag[key], name, names)
            if tag[key] is None:
                del tag[key]
    if tag.has_attr("src"):
        tag["src"] = resolve(tag["src"], name, where)
    tag.attrs.pop("loading", None)


def link(address, name, names):
    """Where a link leads on paper: to a place on it or to the web; None for a page that is left out."""
    if re.match(r"[a-z]+:", address):
        return address
    path, _, fragment = address.partition("#")
    target = name if not path else normpath(joined(dirname(name), path)).removesuffix(".html")
    if target == "index":
        target = "intro"
    return f"#{anchor(target, fragment)}" if target in names else None
