"""Sphinx: the head and the foot of each page that has an entry in chapters/pages.yml.

Below the title: how long the page takes to read and to run, the notebook to download, and what it builds on. At the end: the
points of the page's own list of aims, to be ticked off, with the exercises that try them, and the next page with the reason why
it follows.
"""

import math
import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

from lstm_course.exercises import find

logger = logging.getLogger(__name__)
SOURCE = "chapters/pages.yml"
WORDS, LINES, LOOKS = 200, 20, 2  # read in a minute: words of prose, lines of code, pictures and displayed equations


def entry(app, name):
    """What the file says of a page; None where it says nothing."""
    path = Path(app.srcdir, SOURCE)
    pages = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return pages.get(name.removeprefix("chapters/")) if name.startswith("chapters/") else None


def minutes_to_read(page):
    """By what is to be read: prose, code that is not folded away, pictures, equations. Exercises and sources do not count."""
    words = lines = looks = 0
    left_out = [s for s in page.findall(nodes.section) if {"exercises", "sources"} & set(s["ids"])]
    left_out += [c for c in page.findall(nodes.container) if "tag_hide-input" in c["classes"]]
    skipped = {id(node) for part in left_out for node in part.findall()}
    for node in page.findall():
        if id(node) in skipped:
            continue
        if isinstance(node, (nodes.paragraph, nodes.caption)):
            words += len(re.findall(r"\w\S*", node.astext()))
        elif isinstance(node, nodes.literal_block) and "cell_input" in getattr(node.parent, "attributes", {}).get(
            "classes", []
        ):
            lines += sum(bool(line.strip()) for line in node.astext().splitlines())
        elif isinstance(node, (nodes.image, nodes.math_block)):
            looks += 1
    return words / WORDS + lines / LINES + looks / LOOKS


def spoken(seconds):
    """A running time as it is said, never less than what was measured."""
    if seconds <= 50:
        return f"about {math.ceil(seconds / 10) * 10} s"
    return "about a minute" if seconds <= 60 else f"about {math.ceil(seconds / 60)} minutes"


def on_read(app, doctree):
    """While the page is read: note its minutes, and append the section that the page's own table of contents shall list."""
    name = app.env.docname
    about = entry(app, name)
    if about is None:
        return
    app.env.note_dependency(str(Path(app.srcdir, SOURCE)))
    page = next(doctree.findall(nodes.section))
    app.env.metadata[name]["minutes"] = minutes_to_read(page)
    aims = next((child for child in page.children if isinstance(child, (nodes.bullet_list, nodes.section))), None)
    if not isinstance(aims, nodes.bullet_list):
        return
    if len(aims) != len(about["practise"]):
        logger.warning(f"{SOURCE}: practise of {name}: got {len(about['practise'])} lists, expected {len(aims)}", location=page)
    known = {target for node in page.findall(nodes.Element) for target in node["ids"]}
    points = [point(aim, keys, k, known) for k, (aim, keys) in enumerate(zip(aims.children, about["practise"], strict=False))]
    page += nodes.section(
        "",
        nodes.title("", "What you can do now"),
        nodes.paragraph("", "Tick what you would dare to do without looking. The exercises tell whether you can."),
        nodes.bullet_list("", *points, classes=["can-do"]),
        ids=["what-you-can-do-now"],
        classes=["page-foot"],
    )


def point(aim, keys, k, known):
    """An aim with a box to tick, and the exercises that try it."""
    words = [child.deepcopy() for child in aim[0].children]
    if isinstance(words[-1], nodes.Text):
        words[-1] = nodes.Text(words[-1].rstrip(";. "))
    text = nodes.inline("", "", *words, ids=[f"can-do-{k}"])
    said = nodes.paragraph("", "", nodes.raw("", f'<input type="checkbox" aria-labelledby="can-do-{k}">', format="html"), text)
    links = []
    for key in keys:
        target = f"ex-{key.replace('.', '-')}"
        if target not in known:
            logger.warning(f"{SOURCE}: practise: the page has no exercise {key}", location=aim)
        links.append(reference(f"#{target}", find(key).title))
    if links:
        word = " (exercise: " if len(links) == 1 else " (exercises: "
        said += nodes.inline("", "", *texts(word, *between(links, "; "), ")"), classes=["practise"])
    return nodes.list_item("", said)


def reference(address, text, **more):
    return nodes.reference("", text, refuri=address, internal=True, **more)


def on_resolved(app, doctree, name):
    """When all titles are known: the head, and what comes next."""
    about = entry(app, name)
    if about is None or app.builder.format != "html":
        return
    page = next(doctree.findall(nodes.section))

    def to(other, text=None):
        title = app.env.titles[other].astext()
        return reference(app.builder.get_relative_uri(name, other), text or title, **({"reftitle": title} if text else {}))

    read = math.ceil(app.env.metadata[name]["minutes"] / 5) * 5
    number = re.match(r"chapters/0*(\d+b?)_", name)
    times = nodes.paragraph("", f"Chapter {number[1]}. " if number else "", classes=["page-head"])
    times += nodes.Text(f"About {read} minutes to read")
    if "seconds" in about:
        notebook = relative_uri(app.builder.get_target_uri(name), f"_sources/{name}.ipynb")
        download = addnodes.download_reference("", "Download this page as a notebook", refuri=notebook)
        times += [nodes.Text(f", {spoken(about['seconds'])} to run. "), download]
    else:
        times += nodes.Text(".")
    needs = [to(f"chapters/{other}", words) for other, words in about["needs"].items()]
    builds = ["It builds on ", *between(needs, "; ")] if needs else ["It builds on no other page"]
    lines = [times, nodes.paragraph("", "", *texts(*builds, "."), classes=["page-head"])]
    page[1:1] = lines
    foot = next((part for part in page.findall(nodes.section) if "page-foot" in part["classes"]), page)
    following = next_pages(app, name)
    if following:
        last = entry(app, following[-1])
        links = [to(other) for other in following]
        end = "" if app.env.titles[following[-1]].astext().endswith("?") else "."
        foot += nodes.paragraph(
            "", "", nodes.strong("", "Next: "), *texts(*between(links, ", then "), f"{end} {last['follows']}")
        )


def next_pages(app, name):
    """The next page with an entry, after any without, such as a self-test; none at the end of the chapters."""
    order, found = app.env.collect_relations(), []
    while name in order and (name := order[name][2]) is not None:
        found.append(name)
        if entry(app, name) is not None:
            return found
    return []


def between(links, text):
    return [node for link in links for node in (nodes.Text(text), link)][1:]


def texts(*parts):
    return [nodes.Text(part) if isinstance(part, str) else part for part in parts]


def setup(app):
    app.connect("doctree-read", on_read, priority=400)  # before the table of contents is collected
    app.connect("doctree-resolved", on_resolved, priority=600)  # after the glossary's links
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
