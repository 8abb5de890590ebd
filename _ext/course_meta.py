"""Sphinx: what a page tells those who have not opened it: a description of its own for search engines, an icon for a
phone's home screen, a first page that leads on, and a page for addresses that lead nowhere.
"""

import html
from pathlib import Path

from docutils import nodes
from PIL import Image

LONGEST = 160  # about what a search engine shows
ICON = "apple-touch-icon.png"
PROMISE = "After this page you will be able to"
GIVEN = {
    "404": "There is no such page in this course on recurrent networks. What there is, and where to look.",
    "genindex": "Every name of the course's package in alphabetical order, with the place where it is explained.",
    "py-modindex": "The modules of the course's package, from the equations of one cell to studies over many seeds.",
    "search": "Search the course: recurrent networks, LSTMs and attention, with every sentence run.",
    "reference/bibliography": "The articles and papers that this course on LSTM networks runs again, cites and builds on.",
    "reference/glossary": "The words of this course on recurrent networks, LSTMs and attention, each in one sentence.",
}
LOST = """\
<h1>There is no such page</h1>
<p>The address leads nowhere: it may have been mistyped, or a page may have moved.</p>
<ul>
<li><a href="{root}intro.html">All pages of the course</a></li>
<li><a href="{root}search.html">Search</a></li>
<li><a href="{root}reference/glossary.html">Glossary</a></li>
</ul>
"""
FIRST = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={target}">
<title>{title}</title>
<meta name="description" content="{description}">
<link rel="canonical" href="{canonical}">
</head>
<body><p><a href="{target}">{title}</a></p></body>
</html>
"""


def description(doctree):
    """What a page is about: what one can do after it, else its first paragraph, cut at a word."""
    paragraphs = [p for p in doctree.findall(nodes.paragraph) if not isinstance(p.parent, nodes.Admonition)]
    chosen = next((p for p in paragraphs if p.astext().startswith(PROMISE)), next(iter(paragraphs), None))
    if chosen is None:
        return ""
    text = chosen.astext()
    if text == PROMISE:
        aims = chosen.parent[chosen.parent.index(chosen) + 1]
        text = " ".join([text, *(item.astext() for item in aims)])
    return cut(" ".join(text.split()))


def cut(text):
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def describe(app, pagename, templatename, context, doctree):
    """Add the description and the icon to a page's head, and the description to what is shown with a shared link."""
    given = (context.get("meta") or {}).get("description")
    text = given or GIVEN.get(pagename) or (description(doctree) if doctree else "")
    icon = f'<link rel="apple-touch-icon" href="{context["pathto"](ICON, True)}" />'
    words = f'<meta name="description" content="{html.escape(text)}" />' if text else ""
    context["metatags"] = "\n".join([context.get("metatags", ""), words, icon, ""])
    if text and doctree is not None:
        context["meta"] = {"og:description": html.escape(text), **(context.get("meta") or {})}
    context.setdefault(
        "pagetitle", context.get("title", "")
    )  # what the theme prints on paper; on a page without source nothing
    if pagename == app.config.notfound_pagename:
        context["content_root"] = app.config.notfound_urls_prefix


def lost(app, config):
    """The words of the page for addresses that lead nowhere; its links work from any depth, so they begin at the root."""
    config.notfound_context = {"title": "There is no such page", "body": LOST.format(root=config.notfound_urls_prefix)}


def finish(app, exception):
    """Write the icon, and index.html, which Jupyter Book would make without a title."""
    if exception is not None or app.builder.name != "html":
        return
    icon = Image.open(Path(app.srcdir, app.config.html_logo)).convert("RGBA").resize((180, 180))
    white = Image.new("RGBA", icon.size, "white")
    Image.alpha_composite(white, icon).convert("RGB").save(Path(app.outdir, ICON), optimize=True)
    root = app.builder.get_target_uri(app.config.root_doc)
    words = {
        "target": root,
        "title": html.escape(app.config.html_title),
        "description": html.escape(description(app.env.get_doctree(app.config.root_doc))),
        "canonical": f"{app.config.html_baseurl or ''}{root}",
    }
    if app.config.root_doc != "index":
        Path(app.outdir, "index.html").write_text(FIRST.format(**words), encoding="utf-8")


def setup(app):
    app.connect("config-inited", lost, priority=450)  # after the address is known
    app.connect("html-page-context", describe, priority=450)  # before the cards of a shared link are made
    app.connect("build-finished", finish, priority=400)  # before sphinx-external-toc leaves an index.html of its own
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
