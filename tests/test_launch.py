"""Notebooks that run alone: their first cell fetches the package where it is missing, and only there."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "_ext"))
import launch  # noqa: E402

SHA = "0123456789abcdef0123456789abcdef01234567"
WHERE = launch.published({"LSTM_COURSE_REPOSITORY": "some-owner/some.name", "LSTM_COURSE_COMMIT": SHA})
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("variables", "site"),
    [
        ({}, "https://some-owner.github.io/some.name/"),
        ({"LSTM_COURSE_REPOSITORY": "Some-Owner/some-owner.github.io"}, "https://some-owner.github.io/"),
        ({"LSTM_COURSE_SITE": "https://books.example.org/lstm"}, "https://books.example.org/lstm/"),
        ({"LSTM_COURSE_SITE": ""}, "https://some-owner.github.io/some.name/"),
    ],
)
def test_the_address_is_that_of_pages_unless_another_is_given(variables, site):
    assert launch.published({"LSTM_COURSE_REPOSITORY": "some-owner/some.name", **variables}).site == site


@pytest.mark.parametrize("environ", [{}, {"LSTM_COURSE_REPOSITORY": " "}, {"LSTM_COURSE_COMMIT": SHA}])
def test_without_a_repository_nothing_is_published(environ):
    assert launch.published(environ) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("LSTM_COURSE_REPOSITORY", value)
            for value in ("owner", "owner/", "owner/a/b", "https://github.com/o/n", "o/..", "o/n'")
        ),
        *(("LSTM_COURSE_COMMIT", value) for value in ("main", "0123", SHA.upper().replace("0", "G"))),
        *(("LSTM_COURSE_SITE", value) for value in ("books.example.org", "http://a.b/", "https://a.b/?q", 'https://a.b/"')),
    ],
)
def test_a_variable_of_another_form_is_named_in_the_error(name, value):
    with pytest.raises(ValueError, match=f"{name} is .*{re.escape(value)}.*expected"):
        launch.published({"LSTM_COURSE_REPOSITORY": "o/n", name: value})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_copy_differs_by_its_first_cell_and_its_citations_alone(path, tmp_path):
    before = nbformat.read(path, as_version=4)
    assert launch.NAME not in {cell.id for cell in before.cells}, "the committed notebooks stay clean"
    launch.copy(path, tmp_path / path.name, WHERE.cell)
    once = (tmp_path / path.name).read_bytes()
    launch.copy(tmp_path / path.name, tmp_path / path.name, WHERE.cell)
    assert (tmp_path / path.name).read_bytes() == once
    after = nbformat.read(tmp_path / path.name, as_version=4)
    assert len(after.cells) == len(before.cells) + 1
    for old, new in zip(before.cells, after.cells[1:], strict=True):
        kept = launch.CITED.split(old.source)[::3]  # what stands between the citations
        assert re.fullmatch(".+?".join(map(re.escape, kept)), new.source, re.DOTALL)
        assert {**new, "source": old.source} == old
    assert f'"lstm-course[search] @ git+https://github.com/some-owner/some.name@{SHA}"' in after.cells[0].source


def test_another_commit_takes_the_place_of_the_first():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    launch.insert(notebook, "a")
    launch.insert(notebook, "b")
    assert [cell.source for cell in notebook.cells] == ["b", "1 + 1"]


def run(monkeypatch, module):
    """What the first cell does, %pip taken down in place of run, where find_spec is asked for the module named."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    taken = "def pip(line):\n    print('pip', line)\n\nget_ipython().register_magic_function(pip)"
    cells = [taken, WHERE.cell.replace('find_spec("lstm_course")', f'find_spec("{module}")')]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return "".join(output.text for output in notebook.cells[1].outputs)


def test_the_first_cell_does_nothing_where_the_package_is(monkeypatch):
    assert 'find_spec("lstm_course")' in WHERE.cell
    assert run(monkeypatch, "lstm_course") == ""


def test_the_first_cell_fetches_the_package_where_it_is_missing(monkeypatch):
    said = f'pip install --quiet "lstm-course[search] @ git+https://github.com/some-owner/some.name@{SHA}"'
    assert run(monkeypatch, "a_module_that_nobody_has").strip() == said


def test_the_command_needs_a_repository(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LSTM_COURSE_")}
    command = [sys.executable, str(ROOT / "_ext" / "launch.py"), str(tmp_path)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode != 0
    assert "LSTM_COURSE_REPOSITORY is not set, expected owner/name" in done.stderr
    done = subprocess.run(command, env={**environ, "LSTM_COURSE_REPOSITORY": "o/n"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in sorted((tmp_path / "chapters").iterdir())] == [path.name for path in NOTEBOOKS]


@pytest.mark.slow
def test_pip_installs_the_package_from_a_commit(tmp_path):
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    if head.returncode:
        pytest.skip("no git repository to install from")
    wanted = re.search('"(.*)"$', WHERE._replace(commit=head.stdout.strip()).cell)[1]
    here = {
        "GIT_CONFIG_COUNT": "1",  # git fetches from this checkout what it is told to fetch from the published address
        "GIT_CONFIG_KEY_0": f"url.{ROOT.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": WHERE.url,
    }
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "site"), wanted]
    subprocess.run(pip, check=True, cwd=tmp_path, env=os.environ | here)
    look = "import lstm_course, lstm_course.studies as s; print(lstm_course.__file__); s.load('gap_curve')"
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run([sys.executable, "-c", look], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("see {cite:t}`olah2015`.", "see Olah (2015)."),
        ("so {cite}`cho2014,gers2000`", "so (Cho et al., 2014; Gers et al., 2000)"),
        ("{cite:p}`hochreiter1997`", "(Hochreiter and Schmidhuber, 1997)"),
        ("{cite}`issue_tutorials_647`", "(pytorch/tutorials, 2019)"),
        ("nothing", "nothing"),
    ],
)
def test_citations_are_spelt_out_in_the_copies(text, words):
    entries = launch.parse_file(str(ROOT / "references.bib"), "bibtex").entries
    assert launch.spelt_out(text, entries) == words


def test_no_copy_has_a_citation_left(tmp_path):
    for path in NOTEBOOKS:
        launch.copy(path, tmp_path / path.name, WHERE.cell)
        assert "{cite" not in (tmp_path / path.name).read_text(encoding="utf-8"), path.stem


def distributions():
    """What the first cell installs beside the package: the core dependencies and the extra it names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["search"]
    return {re.match(r"[\w-]+", requirement)[0] for requirement in wanted}


def test_the_pages_import_nothing_that_the_first_cell_does_not_bring():
    found = set()
    for path in (ROOT / "chapters").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.split(".")[0])
    names = {"IPython": "ipython", "sklearn": "scikit-learn", "lstm_course": None}
    needed = {names.get(module, module) for module in found - sys.stdlib_module_names} - {None}
    assert needed <= distributions()


def test_binder_has_the_same_packages_in_the_pinned_versions():
    script = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8")
    assert '--constraint requirements.txt --editable ".[search]" jupyterlab-myst' in script
    assert script.startswith("#!")
    assert "==" not in script, "versions stand in requirements.txt alone"
    pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
    assert distributions() - {"ipython"} <= set(pins), "ipykernel brings ipython"
    assert "jupyterlab-myst" in pins
    version = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8").strip()
    assert version in ("python-3.11", "python-3.12", "python-3.13")
