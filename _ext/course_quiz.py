"""Sphinx: questions to test oneself with, written as a list of options, each with its explanation.

    ````{quiz} Half-lives
    How much is left after a step?

    - [ ] All of it.

      A gate of one half halves what passes.

    - [x] Half of it.

      This is what the gate says.

    Shown in [the core idea](04_core_idea.ipynb#the-code).
    ````

One option is right, or, with `:all:`, every one that is marked; what follows the list says where the answer is shown. The
page itself holds it all: question, options, and the explanations in a fold. `widgets/quiz.js`, which only pages with a quiz
load, makes a form of it. Where no script runs (PDF, text) the explanations stand at the end of the page.

`quiz-progress` holds a list of links to pages with questions; the script writes beside each how far the reader is.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

MARKS = {"[x] ": True, "[ ] ": False}
INTERACTIVE = ("html", "dirhtml")


class quiz(nodes.General, nodes.Element):
    """A question: title, what is asked, options, answers."""


class quiz_title(nodes.Part, nodes.TextElement):
    """Number and title."""


class quiz_answers(nodes.General, nodes.Element):
    """Of every option, whether it is right and why: a summary, a list in the order of the options, and a link."""


class quiz_summary(nodes.Part, nodes.TextElement):
    """What the fold of the answers is called."""


class quiz_progress(nodes.General, nodes.Element):
    """A list of links to pages with questions."""


class Quiz(SphinxDirective):
    """A question; the title names it, also in what the reader's browser keeps."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"all": directives.flag}  # noqa: RUF012
    has_content = True

    def run(self):
        title = self.arguments[0]
        content = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, content)
        (where, listed) = next(((k, c) for k, c in enumerate(content) if isinstance(c, nodes.bullet_list)), (0, None))
        if listed is None:
            raise self.error(f"quiz {title!r}: a list of options is missing")
        options, reasons, right = [], [], []
        for item in listed:
            option, reason, holds = self.option(item)
            options.append(nodes.list_item("", option))
            reasons.append(nodes.list_item("", *reason, classes=["right" if holds else "wrong"]))
            right.append(holds)
        if not ("all" in self.options or sum(right) == 1) or not any(right):
            raise self.error(f"quiz {title!r}: {sum(right)} right options; expected one, or `:all:`")
        number = self.env.temp_data["quiz"] = self.env.temp_data.get("quiz", 0) + 1
        asks = "Choose all that apply." if "all" in self.options else "Choose one."
        asked = nodes.container(
            "", *content[:where], nodes.paragraph("", asks, classes=["quiz-asks"]), classes=["quiz-question"]
        )
        answers = quiz_answers("", quiz_summary("", f"Answer to question {number}, with every option explained"))
        answers += [lettered(reasons, "quiz-reasons"), *content[where + 1 :]]
        node = quiz("", quiz_title("", f"Question {number}. {title}"), asked, lettered(options, "quiz-options"), answers)
        node["ids"] = [f"quiz-{nodes.make_id(title)}"]
        node["page"], node["choose"] = self.env.docname.rsplit("/", 1)[-1], "all" if "all" in self.options else "one"
        return [node]

    def option(self, item):
        """Of an item of the list: what is offered, its explanation, whether it is right."""
        offered, *reason = item
        mark = offered.astext()[:4]
        if mark not in MARKS or not isinstance(offered, nodes.paragraph):
            raise self.error(f"quiz: an option begins with [x] or [ ], not with {mark!r}")
        if not (reason and isinstance(reason[0], nodes.paragraph)):
            raise self.error(f"quiz: an explanation is missing below {offered.astext()!r}")
        offered[0] = nodes.Text(offered[0].astext()[4:])
        offered.rawsource = offered.rawsource.removeprefix(mark)  # what a translator sees
        return offered, reason, MARKS[mark]


class QuizProgress(SphinxDirective):
    """Links to the pages with questions, and how far the reader is with each."""

    has_content = True

    def run(self):
        node = quiz_progress()
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def lettered(items, name):
    return nodes.enumerated_list("", *items, enumtype="upperalpha", prefix="", suffix=".", classes=[name])


def resolved(app, doctree, docname):
    """The verdict before each explanation. Where no script will run: plain nodes, the answers at the end of the page."""
    for answers in doctree.findall(quiz_answers):
        for reason in answers.children[1]:
            verdict = "Right." if "right" in reason["classes"] else "Not this one."
            reason[0].insert(0, [nodes.strong("", verdict), nodes.Text(" ")])
    if app.builder.name in INTERACTIVE:
        return
    for node in list(doctree.findall(quiz)):
        page = node
        while not isinstance(page.parent, nodes.document | addnodes.start_of_file):
            page = page.parent
        title, asked, options, answers = node.children
        strong = lambda part: nodes.paragraph("", "", nodes.strong("", part.astext()))
        page += nodes.container("", strong(answers.children[0]), *answers.children[1:], classes=["quiz-answers"])
        node.replace_self(nodes.container("", strong(title), asked, options, classes=["quiz"], ids=node["ids"]))
    for node in list(doctree.findall(quiz_progress)):
        node.replace_self(node.children)


def with_script(app, pagename, templatename, context, doctree):
    """The script, on pages that need it."""
    if app.builder.name in INTERACTIVE and doctree and any(doctree.findall(lambda n: isinstance(n, quiz | quiz_progress))):
        context["body"] += f'<script defer src="{context["pathto"]("widgets/quiz.js", 1)}"></script>\n'


def visitors(tag, **attributes):
    """How HTML begins and ends an element; the attributes are functions of the node."""

    def visit(self, node):
        given = {name.replace("_", "-"): value(node) for name, value in attributes.items()}
        self.body.append(self.starttag(node, tag, "", CLASS=type(node).__name__.replace("_", "-"), **given))

    def depart(self, node):
        self.body.append(f"</{tag}>\n")

    return visit, depart


def setup(app):
    app.add_node(quiz, html=visitors("div", data_page=lambda n: n["page"], data_choose=lambda n: n["choose"]))
    app.add_node(quiz_title, html=visitors("h2"))
    app.add_node(quiz_answers, html=visitors("details"))
    app.add_node(quiz_summary, html=visitors("summary"))
    app.add_node(quiz_progress, html=visitors("div"))
    app.add_directive("quiz", Quiz)
    app.add_directive("quiz-progress", QuizProgress)
    app.connect("doctree-resolved", resolved)
    app.connect("html-page-context", with_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
