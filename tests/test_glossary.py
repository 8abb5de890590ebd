"""The first use of a term, and of a letter, on a page leads to its entry and tells what that says: on a book of three pages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

EXT = Path(__file__).parents[1] / "_ext"
sys.path.insert(0, str(EXT))
import course_glossary  # noqa: E402

CONF = """\
extensions = ["myst_parser", {extensions}]
myst_enable_extensions = ["dollarmath", "colon_fence"]
mathjax_path = "none.js"
"""
INDEX = """\
# A book

The gate of the index is none of a chapter.

```{toctree}
chapters/one
chapters/two
chapters/self_test_1
reference/glossary
reference/notation
```
"""
GLOSSARY = r"""# Glossary

```{glossary}
gap
  The steps between.

forget gate
  The {term}`gate` that keeps, $f = 1 - i$.

gate
  What opens and
  shuts.

  A second paragraph: $e^{x_k}$.

gated recurrent unit
GRU
  Two gates.

query
  What is asked.

Jacobian
  All derivatives: $\delta J$.
```
"""
NOTATION = r"""# Notation

| letter | meaning |
|---|---|
| $H$ | hidden units |

| letter | shape | meaning |
|---|---|---|
| $h_t$, `h` | $(B, H)$ | hidden state |
| $n_t$ | $(B, H)$ | candidate |
| $W_x, W_h$ | | weights, of $h_{t-1}$ |
"""
ONE = r"""# The gate

Before the first heading a gate is left alone, and $H$.

## Another gate

`gate`, [a gate](two) and a gap of ten. The forget
gate is longer than a gate. A gate again, and gates. *Gap* or **gaps**? An investigate-gate and a forget gate.

```
gate query
```

| gate | $H$ |
|---|---|
| query | Queries |

There are $n$ units, and the candidate $n$ has $h_{t-1}$ or $h$ or $h W_x$.

$$ W_h $$

Then $W_h$. Not a JACOBIAN, a Jacobian.

:::{note}
:class: dropdown
A GRU that is folded away.
:::
"""
TWO = """# Two

## Further

- Queries first; a GRU is a gated recurrent unit, and GRUs are two.
"""
FILES = {
    "index.md": INDEX,
    "chapters/self_test_1.md": TWO,
    "chapters/one.md": ONE,
    "chapters/two.md": TWO,
    "reference/glossary.md": GLOSSARY,
    "reference/notation.md": NOTATION,
}


def build(folder, files, *extensions):
    """The pages of a small book that is built strictly, as a function from a name to its soup; and the log."""
    (folder / "conf.py").write_text(CONF.format(extensions=", ".join(map(repr, extensions))), encoding="utf-8")
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(EXT), str(EXT.parent)]), "NO_COLOR": "1"}
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-n",
        "--keep-going",
        "-b",
        "html",
        str(folder),
        str(folder / "html"),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    soup = lambda name: BeautifulSoup((folder / "html" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    return soup, done.stderr


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    soup, log = build(tmp_path_factory.mktemp("small"), FILES, "course_glossary")
    assert log == "", log
    return soup


def links(soup, kind):
    """What is linked, as (text, target)."""
    return [(" ".join(a.get_text().split()), a["href"].rpartition("#")[2]) for a in soup.select(f"a.{kind}")]


def test_the_first_use_is_linked_and_the_longest_term_wins(page):
    assert links(page("chapters/one"), "term") == [
        ("forget gate", "term-forget-gate"),
        ("gate", "term-gate"),
        ("Gap", "term-gap"),  # an everyday word: only where it is emphasised
        ("query", "term-query"),
        ("Jacobian", "term-Jacobian"),
    ]
    gate = page("chapters/one").select("a.term")[1]
    assert gate.previous_sibling.endswith("is longer than a ")


def test_plurals_capitals_and_abbreviations_are_the_same_term(page):
    assert links(page("chapters/two"), "term") == [("Queries", "term-query"), ("GRU", "term-gated-recurrent-unit")]


def test_headings_code_links_table_heads_and_folds_are_left_alone(page):
    soup = page("chapters/one")
    for place in ("h1", "h2", "pre", "code", "th", "a a", "div.dropdown", "h1 ~ p"):
        assert not soup.select(f"{place} a.term, {place} a.letter"), place
    assert not page("index").select("a.term")
    assert not page("chapters/self_test_1").select("a.term"), "a definition would give the answer away"
    assert not page("reference/glossary").select("a.term")


def test_the_description_is_the_first_paragraph_of_the_definition(page):
    said = {a["href"].rpartition("#")[2]: a["title"] for a in page("chapters/one").select("a.term")}
    assert said["term-gate"] == "What opens and shuts."
    assert said["term-forget-gate"] == "The gate that keeps, f = 1 − i."
    assert said["term-Jacobian"] == "All derivatives: δJ."


def test_letters_are_linked_where_a_formula_is_nothing_else(page):
    soup = page("chapters/one")
    assert links(soup, "letter") == [
        (r"\(n\)", "letter-n"),
        (r"\(h_{t-1}\)", "letter-h"),
        (r"\(W_h\)", "letter-upper-w-x"),
    ]
    n, h, w = soup.select("a.letter")
    assert n.previous_sibling.endswith("the candidate "), "a letter that often counts: only after its meaning"
    assert h["title"] == "hₜ₋₁: hidden state. Shape: (B, H)."
    assert w["title"].startswith("W_h: weights, of hₜ₋₁.")
    assert h.find("span", class_="math")


def test_every_link_arrives(page):
    for name in ("one", "two"):
        for link in page(f"chapters/{name}").select("a.term, a.letter"):
            address, _, target = link["href"].partition("#")
            found = page(f"chapters/{address.removesuffix('.html')}").find(id=target)
            assert found.name in ("dt", "tr"), link


def test_a_definition_that_cannot_be_read_as_text_fails_the_build(tmp_path):
    bad = {**FILES, "reference/glossary.md": GLOSSARY.replace("The steps between.", r"The steps $\frac{1}{2}$.")}
    _, log = build(tmp_path, bad, "course_glossary")
    assert "not readable as plain text" in log


@pytest.mark.parametrize(
    ("term", "several"),
    [
        ("gate", "gates"),
        ("query", "queries"),
        ("latch", "latches"),
        ("norm of a matrix", "norms of a matrix"),
        ("delay", "delays"),
    ],
)
def test_plurals(term, several):
    assert course_glossary.plural(term) == several


@pytest.mark.parametrize(
    ("tex", "text"),
    [(r"-\log_2 p", "−log₂ p"), (r"\delta J_t", "δJₜ"), (r"h_{t-1}", "hₜ₋₁"), (r"\mathcal{L}", "L"), (r"(3H,)", "(3H,)")],
)
def test_short_formulas_are_readable_without_tex(tex, text):
    assert course_glossary.plain(tex) == text
