"""Sphinx: outputs of `lstm_course.notebook.figure` become numbered figures with alternative text.

Any other picture is a warning, so that a strict build fails on a picture that says nothing to those who cannot see it.
"""

from docutils import nodes
from myst_nb.core import render
from sphinx.util import logging

logger = logging.getLogger(__name__)


class FigureRenderer:
    """Takes every PNG output of a notebook; the words come from the output's metadata."""

    mime_priority_overrides = (("gettext", "image/png", 5),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        if inline or data.mime_type != "image/png":
            return None
        about = data.output_metadata.get("lstm_course")
        images = renderer.render_image(data)
        if not about or not about.get("alt"):
            place = f"cell {data.cell_index}, output {data.output_index}"
            logger.warning(f"a picture without alternative text ({place}): show it with lstm_course.notebook.figure")
            return images
        for image in images:
            image["alt"] = about["alt"]
        holder = nodes.Element()
        parser = renderer.renderer
        options = {"name": about["name"], "caption": about["caption"]}
        with parser.current_node_context(holder), render.create_figure_context(parser, options, data.line or 0):
            parser.current_node.extend(images)
        return holder.children


def setup(app):
    found = render.load_mime_renders

    def with_figures():
        return [FigureRenderer, *(plugin for plugin in found() if plugin is not FigureRenderer)]

    render.load_mime_renders = with_figures
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
