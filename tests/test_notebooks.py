"""Every chapter: twin and notebook agree, all cells have run, the prose quotes what the code computed."""

import re
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from lstm_course.exercises import PAGES, words

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "_ext"))
import chapters  # noqa: E402

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def test_every_twin_has_a_notebook_and_every_notebook_a_place_in_the_book():
    names = {path.stem for path in NOTEBOOKS}
    assert names
    assert {path.stem for path in (ROOT / "chapters").glob("*.py")} == names
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = {entry["file"] for part in toc["parts"] for entry in part["chapters"]}
    words = {path.stem for path in (ROOT / "chapters").glob("*.md")}
    assert not words & names, "a page is a notebook or a text"
    assert {f"chapters/{name}" for name in names | words} == {file for file in listed if file.startswith("chapters/")}


def test_twin_is_the_notebook(path, notebook):
    assert path.with_suffix(".py").read_text(encoding="utf-8") == chapters.twin(notebook)


def test_every_cell_has_run_in_order_and_without_error(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]


def test_no_cell_ends_on_a_semicolon(notebook):
    assert not [cell.source for cell in code(notebook) if cell.source.rstrip().endswith(";")]


def test_only_what_must_differ_is_not_compared(notebook):
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    assert set(tags) <= {"nbval-ignore-output", "remove-input", "hide-input"}
    assert tags.count("nbval-ignore-output") <= max(2, len(code(notebook)) // 4)


def test_prose_says_what_the_code_says(notebook):
    assert chapters.disagreements(notebook) == []


def test_every_picture_says_what_is_to_be_seen(notebook):
    names = []
    for output in outputs(notebook):
        if "image/png" in output.get("data", {}):
            about = output.metadata["lstm_course"]
            assert "\n".join([about["alt"], *about.get("frames", [])]) == output.data["text/plain"]
            assert len(about["alt"].split()) >= 10
            names.append(about["name"])
    assert len(names) == len(set(names)) > 0


def test_metadata_does_not_depend_on_time_or_machine(notebook):
    assert set(notebook.metadata) == {"jupytext", "kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    assert not re.search(r"/home/|/Users/|/root/|/tmp/", nbformat.writes(notebook))


def test_a_link_leads_to_a_file_and_says_where(notebook):
    for cell in notebook.cells:
        links = re.findall(r"\[([^\[\]]+)\]\(([^()\s]+)\)", cell.source) if cell.cell_type == "markdown" else []
        for said, target in links:
            assert said.lower() not in ("here", "there", "this", "more"), f"[{said}]({target})"
            path = target.partition("#")[0]
            assert "://" in path or (ROOT / "chapters" / path).exists(), f"[{said}]({target}) leads nowhere in JupyterLab"


def test_every_page_has_the_same_bones(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    heads = ("After this page you will be able to", "## The question", "## The picture", "## The equation", "## The code")
    for head in (*heads, "## The experiment", "misconceptions", "## Exercises", "## Sources"):
        assert head in text
    assert "prediction" in text


def test_the_exercises_of_a_page_are_all_asked_and_shown_as_they_are(path, notebook):
    asked = [cell for cell in code(notebook) if cell.source.startswith("ask(")]
    page = PAGES[path.stem]
    assert [cell.source for cell in asked] == [f'ask("{exercise.key}")' for exercise in page]
    for cell, exercise in zip(asked, page, strict=True):
        (output,) = cell.outputs
        assert output.data["text/markdown"] == words.markdown(exercise)
        assert output.metadata == {"lstm_course": {"exercise": exercise.key}}
        assert cell.metadata.tags == ["remove-input"]


def test_every_page_of_exercises_is_a_chapter():
    assert set(PAGES) <= {path.stem for path in NOTEBOOKS}


@pytest.fixture
def small(tmp_path):
    """A chapter of two cells, as a twin only."""
    (tmp_path / "small.py").write_text(
        "# %% [markdown]\n# solved in 3<!-- solved --> of 10 runs, loss 0.1<!-- loss -->\n\n"
        '# %%\nfrom lstm_course.notebook import glue\n\nglue(solved=7, loss="0.25")\n',
        encoding="utf-8",
    )
    return tmp_path / "small.ipynb"


@pytest.mark.slow
def test_the_tool_writes_the_numbers_and_repeats_itself(small):
    chapters.make(small)
    notebook = nbformat.read(small, as_version=4)
    assert notebook.cells[0].source == "solved in 7<!-- solved --> of 10 runs, loss 0.25<!-- loss -->"
    assert "solved in 7<!-- solved --> of 10" in small.with_suffix(".py").read_text(encoding="utf-8")
    first = small.read_bytes()
    chapters.make(small)
    assert small.read_bytes() == first
    assert not list(small.parent.glob("*.part"))


def prose(source, **values):
    lines = "\n".join(f"{name} = {value}" for name, value in values.items())
    output = nbformat.v4.new_output("display_data", {"text/plain": lines}, metadata={"lstm_course": {"glued": True}})
    cells = [nbformat.v4.new_markdown_cell(source), nbformat.v4.new_code_cell("", outputs=[output])]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("in 3<!-- solved --> runs", "the prose says 3 for solved, the code says 7"),
        ("in 3<!-- sovled --> runs", "the prose names sovled, which no cell has glued"),
        ("in <!-- solved --> runs", "1 comments without a number before them"),
        ("−7<!-- solved -->", "the prose says −7"),
    ],
)
def test_a_disagreement_is_found(source, complaint):
    (found,) = chapters.disagreements(prose(source, solved=7))
    assert complaint in found
    assert chapters.disagreements(prose("in 7<!-- solved --> runs", solved=7)) == []
