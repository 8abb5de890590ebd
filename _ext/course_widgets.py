"""Sphinx: the outputs of `lab.show` become interactive. Their text stays as what is to be seen without JavaScript and on paper.

What the package knows is written beside the scripts when the book has been built, so that it cannot be older than the package.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lstm_course import lab

SCRIPTS = ("lstm", "lab")
"""Which every widget needs, in this order; then come its data and its own script."""


class widget(nodes.General, nodes.Element):
    """A place for the widget `name`, with its static fallback inside."""


class WidgetRenderer:
    """Takes the Markdown outputs of `lab.show`."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer, data, inline):
        name = data.output_metadata.get("lstm_course", {}).get("widget")
        if inline or data.mime_type != "text/markdown" or name is None:
            return None
        place = widget(name=name)
        with renderer.renderer.current_node_context(place):
            renderer.renderer.nested_render_text(data.string, data.line or 0)
        return [place]


class WidgetDirective(SphinxDirective):
    """The same on a page that is no notebook."""

    required_arguments = 1

    def run(self):
        (name,) = self.arguments
        place = widget(name=name)
        self.state.nested_parse(lab.fallback(name).splitlines(), self.content_offset, place)
        return [place]


def visit(self, node):
    self.body.append(f'<div class="lab" data-widget="{node["name"]}">\n')


def depart(self, node):
    self.body.append("</div>\n")
    if self.builder.name != "html":
        return  # nobody has written the data
    up = "../" * self.builder.current_docname.count("/")
    loaded = self.__dict__.setdefault("course_widgets", set())  # of this page
    for script in (*SCRIPTS, f"data_{node['name']}", node["name"]):
        if script not in loaded:
            loaded.add(script)
            self.body.append(f'<script defer src="{up}widgets/{script}.js"></script>\n')


def nothing(self, node):
    """Other builders show what is inside."""


def write_data(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir, "widgets")
    for name in lab.DATA:
        text = json.dumps(lab.data(name), ensure_ascii=False, separators=(",", ":"))
        (folder / f"data_{name}.js").write_text(f"LAB.data.{name} = {text};\n", encoding="utf-8", newline="\n")


def setup(app):
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (nothing, nothing))
    app.add_node(widget, html=(visit, depart), **others)
    app.add_directive("widget", WidgetDirective)
    app.connect("build-finished", write_data)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
