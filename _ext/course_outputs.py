"""Sphinx: outputs of `lstm_course.notebook.figure` become numbered figures with alternative text, those of `ask` numbered
exercises whose hints and solution are folded away, and those of `glue` are left out: the prose has their values.

Any other picture is a warning, so that a strict build fails on a picture that says nothing to those who cannot see it.
"""

from course_widgets import WidgetRenderer
from docutils import nodes
from myst_nb.core import render
from sphinx.util import logging

from lstm_course.exercises import find, words

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
        if "frames" in about:
            _frames(holder.children[0], images, about["frames"])
        return holder.children


def _frames(figure, images, words):
    """A strip of frames: below its caption a list of what they show, which the script of the page turns into a slider."""
    for image in images:
        image["classes"].append("frames")
    items = [nodes.list_item("", nodes.paragraph(text=sentence)) for sentence in words]
    figure.append(nodes.legend("", nodes.enumerated_list("", *items, classes=["frames"])))


class ExerciseRenderer:
    """Takes the Markdown outputs of `ask`; the exercise's key, in the metadata, leads to its parts."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer, data, inline):
        key = data.output_metadata.get("lstm_course", {}).get("exercise")
        if inline or data.mime_type != "text/markdown" or key is None:
            return None
        holder = nodes.Element()
        with renderer.renderer.current_node_context(holder):
            renderer.renderer.nested_render_text(directive(find(key)), data.line or 0)
        for section in holder.findall(nodes.section):
            section["ids"] = [f"{label(find(key))}-content"]  # all would have the same one
        return holder.children


class GluedRenderer:
    """Takes the outputs of `glue`, and shows nothing."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer, data, inline):
        return [] if "glued" in data.output_metadata.get("lstm_course", {}) else None


def label(exercise):
    """What to refer to an exercise by: ex-rnn-step for rnn.step."""
    return f"ex-{exercise.key.replace('.', '-')}"


def directive(exercise):
    """An exercise in the directives of sphinx-exercise and sphinx-design."""
    folds = [f"::::{{dropdown}} {heading}\n\n{text}\n\n::::" for heading, text in words.folds(exercise)]
    head = f":::::{{exercise}} {words.stars(exercise)} {exercise.title}\n:label: {label(exercise)}"
    return "\n\n".join([head, words.task(exercise), *folds, ":::::"])


def setup(app):
    found = render.load_mime_renders
    ours = (FigureRenderer, ExerciseRenderer, GluedRenderer, WidgetRenderer)

    def with_ours():
        return [*ours, *(plugin for plugin in found() if plugin not in ours)]

    render.load_mime_renders = with_ours
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
