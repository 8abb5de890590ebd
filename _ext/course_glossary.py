"""Sphinx: on each page of chapters/ the first use of a term of the glossary, and of a letter of the notation, becomes a quiet
link to its entry, with the entry's first paragraph as description. `_static/terms.js` shows that on hover and on focus.

Nothing is typed into the notebooks: the words are found in the finished page, and the glossary stays the only source.
"""

import html
import re

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)
GLOSSARY, NOTATION, PAGES = "reference/glossary", "reference/notation", "chapters/"

SILENT = PAGES + "self_test"  # a definition would give the answer away

# Everyday words, and words with other meanings in this book: linked only where the page itself emphasises them.
EMPHASISED = {"context", "distractor", "embedding", "gap", "head", "latch", "pointing", "readout", "sampling"}
# Forms of a term that are not its plural.
FORMS = {
    "chrono": "chrono initialisation",
    "queries, keys and values": "query, key, value",
    "truncated backpropagation": "truncated backpropagation through time",
    "truncated gradient": "truncated backpropagation through time",
    "unroll": "unrolling",
    "unrolled": "unrolling",
}
# Letters that also count, or number, or are widths: linked only after a word of their meaning ("the depth gate d").
COMMON = set("abdeiknqrvzENS")
# Pages on which a letter means something else.
ELSEWHERE = {"chapters/09b_queries_keys_values": {"x"}, "chapters/08_which_variant_wins": {"x", "h"}}

SKIPPED = (nodes.title, nodes.rubric, nodes.thead, nodes.reference, nodes.literal, nodes.math, nodes.FixedTextElement)
FOLDED = {"sd-dropdown", "dropdown", "toggle", "cell_input", "page-head", "page-foot"}
LOWERED = str.maketrans("t0123456789+-", "ₜ₀₁₂₃₄₅₆₇₈₉₊₋")
STEP = re.compile(r"_(t|T|0|1|\{t ?[-+] ?1\})$")


def words(node):
    """A node's text, with its formulas as they would be typed without TeX."""
    if isinstance(node, nodes.math):
        return plain(node.astext())
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(words(child) for child in node.children)


def plain(tex):
    r"""A short formula without TeX: `\delta J` is δJ, `-\log_2 p` is −log₂ p."""
    text = re.sub(r"\\mathcal\{(.)\}|\\(?=log|tanh|ln)|\\[,;:!]", r"\1", tex).replace("\\cdot", "·")
    text = re.sub(r"\\([a-z]+) ?", lambda m: html.unescape(f"&{m[1]};"), text)
    text = re.sub(r"_(?:\{([t0-9+-]+)\}|([t0-9]))", lambda m: (m[1] or m[2]).translate(LOWERED), text)
    return text.replace("-", "−")


def describe(node):
    text = " ".join(words(node).split())
    if re.search(r"[\\{}_^]", text):
        logger.warning(f"not readable as plain text, so not on hover: {text}", location=node)
    return text


def read_terms(doctree):
    """Form of a term, singular or plural -> (id of its entry, first paragraph of the definition)."""
    found = {}
    for item in doctree.findall(nodes.definition_list_item):
        text = describe(item[-1][0])
        terms = [child for child in item.children if isinstance(child, nodes.term)]
        for term in terms:
            for form in (term.astext(), plural(term.astext())):
                found.setdefault(form, (terms[0]["ids"][0], text))
    return found | {form: found[term] for form, term in FORMS.items() if term in found}


def plural(term):
    first, of, rest = term.partition(" of ")
    return re.sub(r"(?<![aeiou])ys$", "ies", re.sub("(ch|sh|s|x)s$", r"\1es", f"{first}s")) + of + rest


def read_letters(doctree):
    """Letter without its time step -> (id of its row, meaning and shape). Gives the rows their ids."""
    found = {}
    for row in doctree.findall(nodes.row):
        entries = [child for child in row.children if isinstance(child, nodes.entry)]
        for math in entries[0].findall(nodes.math):
            for letter in filter(None, re.split(r",\s*", math.astext())):
                key = STEP.sub("", letter)
                if not row["ids"]:
                    row["ids"].append(nodes.make_id(f"letter-{'upper-' if key[0].isupper() else ''}{key}"))
                shape = f" Shape: {describe(entries[1])}." if len(entries) > 2 else ""
                found.setdefault(key, (row["ids"][0], f"{describe(entries[-1])}.{shape}"))
    return found


def link_terms(doctree, terms, address):
    """Make the first use of each term a link."""
    forms = "|".join(re.escape(form) for form in sorted(terms, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])".replace("\\ ", r"\s+"), re.IGNORECASE)
    known, seen = {form.lower(): form for form in terms}, set()
    for parent, text in spots(doctree, nodes.Text):
        parts, end = [], 0
        for match in pattern.finditer(text):
            form = known[" ".join(match[0].lower().split())]
            target, description = terms[form]
            if target in seen or not same_case(match[0], form) or (bare(form) and not emphasised(parent, match[0])):
                continue
            seen.add(target)
            parts += [text[end : match.start()], link(address + target, description, "term", nodes.Text(match[0]))]
            end = match.end()
        if parts:
            swap(
                parent,
                text,
                [nodes.Text(part) if isinstance(part, str) else part for part in (*parts, text[end:]) if part != ""],
            )


def same_case(found, form):
    """Only the first letter may differ, as at the beginning of a sentence."""
    return " ".join(found.split())[1:] == form[1:]


def bare(form):
    return form in EMPHASISED or (form.endswith("s") and form[:-1] in EMPHASISED)


def emphasised(parent, found):
    return isinstance(parent, (nodes.strong, nodes.emphasis)) and parent.astext() == found


def link_letters(doctree, letters, address):
    """Make the first formula that is nothing but a letter a link, for each letter."""
    seen = set()
    for parent, math in spots(doctree, nodes.math):
        letter = STEP.sub("", math.astext().strip())
        if letter in letters and letter not in seen:
            target, description = letters[letter]
            if letter not in COMMON or word_before(parent, math) in re.findall(r"\w{4,}", description.lower()):
                seen.add(letter)
                said = f"{plain(math.astext().strip())}: {description}"
                swap(parent, math, [link(address + target, said, "letter", math.deepcopy())])


def word_before(parent, node):
    before = "".join(child.astext() for child in parent.children[: place(parent, node)])
    return "".join(re.findall(r"\w+", before.lower())[-1:])


def link(address, description, kind, child):
    return nodes.reference("", "", child, refuri=address, internal=True, reftitle=description, classes=[kind])


def place(parent, node):
    return next(k for k, child in enumerate(parent.children) if child is node)  # index() takes equal texts for one


def swap(parent, node, others):
    k = place(parent, node)
    parent[k : k + 1] = others


def spots(doctree, kind):
    """Texts or formulas in reading order, each with its parent: from the second heading on, outside of what is skipped."""
    for page in [top for top in doctree.children if isinstance(top, nodes.section)]:
        for section in [child for child in page.children if isinstance(child, nodes.section)]:
            if not FOLDED & set(section["classes"]):
                yield from inside(section, kind)


def inside(node, kind):
    join_texts(node)
    for child in list(node.children):
        if isinstance(child, kind) and isinstance(node, nodes.TextElement):
            yield node, child
        elif isinstance(child, nodes.Element) and not isinstance(child, SKIPPED) and not FOLDED & set(child["classes"]):
            yield from inside(child, kind)


def join_texts(node):
    """Texts side by side as one: a line break of the source stands between two."""
    for k in range(len(node.children) - 1, 0, -1):
        left, right = node.children[k - 1 : k + 1]
        if isinstance(left, nodes.Text) and isinstance(right, nodes.Text):
            node[k - 1 : k + 1] = [nodes.Text(left + right)]


def on_read(app, doctree):
    if app.env.docname.startswith(PAGES):
        for source in (GLOSSARY, NOTATION):
            app.env.note_dependency(app.env.doc2path(source))


def on_resolved(app, doctree, docname):
    if app.builder.format != "html":
        return
    if docname == NOTATION:
        read_letters(doctree)
    if not docname.startswith(PAGES) or docname.startswith(SILENT):
        return
    for source, read, put in ((GLOSSARY, read_terms, link_terms), (NOTATION, read_letters, link_letters)):
        if source in app.env.found_docs:
            entries = {
                form: entry
                for form, entry in read(app.env.get_doctree(source)).items()
                if form not in ELSEWHERE.get(docname, ())
            }
            put(doctree, entries, f"{app.builder.get_relative_uri(docname, source)}#")


def setup(app):
    app.connect("doctree-read", on_read)
    app.connect("doctree-resolved", on_resolved)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
