"""Sphinx: light pages. Pictures come when they are scrolled to, and keep their place until then; scripts that the book does
not use are not loaded.

The theme loads Font Awesome twice, as a font by its style sheet and as a script of 1.5 MB that draws the same icons again; and
on every page the search's index, which it uses only on the search page unless it searches while one types. Sphinx loads
MathJax where a page below has formulas, so always on the first.
"""

import re
from functools import cache
from pathlib import Path

from PIL import Image

IMAGE = re.compile(r"<img\b[^>]*>")
SOURCE = re.compile(r'\bsrc="([^"]+)"')
UNUSED = re.compile(
    r'\s*<script\b[^>]*\bsrc="[^"]*(fontawesome|searchtools|language_data|searchindex)\.js[^"]*"[^>]*></script>'
)


def without_unused_scripts(html):
    return UNUSED.sub("", html)


@cache
def size(path):
    """Width and height of a picture in pixels, None where it has none, as a drawing in SVG."""
    if path.suffix not in (".png", ".jpg", ".jpeg", ".webp"):
        return None
    with Image.open(path) as image:
        return image.size


def place(app, pagename, templatename, context, doctree):
    """Say of every picture of a page how large it is; all but the first wait until they are scrolled to."""
    body = context.get("body")
    if not body or doctree is None:
        return
    files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
    first = True

    def dressed(match):
        nonlocal first
        tag, extra = match[0], []
        name = SOURCE.search(tag)[1].rpartition("/")[2]
        known = size(files[name]) if name in files else None
        if known and "width=" not in tag and "height=" not in tag:
            extra += [f'width="{known[0]}"', f'height="{known[1]}"']
        extra += ['decoding="async"'] + ([] if first or "loading=" in tag else ['loading="lazy"'])
        first = False
        return f"{tag.rstrip('/>').rstrip()} {' '.join(extra)} />"

    context["body"] = IMAGE.sub(dressed, body)


def without_unused_mathjax(app, pagename, templatename, context, doctree):
    if not re.search(r'class="[^"]*\bmath\b', context.get("body") or ""):
        used = [file for file in context["script_files"] if "mathjax" not in str(getattr(file, "filename", file))]
        context["script_files"] = [file for file in used if "MathJax" not in getattr(file, "attributes", {}).get("body", "")]


def templates(app, config):
    config.templates_path.insert(0, str(Path(__file__).parent / "templates"))


def filters(app):
    if app.builder.format == "html":
        app.builder.templates.environment.filters["without_unused_scripts"] = without_unused_scripts


def setup(app):
    app.connect("config-inited", templates)
    app.connect("builder-inited", filters)
    app.connect("html-page-context", place)
    app.connect("html-page-context", without_unused_mathjax, priority=600)  # after sphinx.ext.mathjax has added it
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
