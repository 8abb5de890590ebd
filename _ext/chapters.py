"""The tool behind `make chapters`: pair, execute, fill in the numbers of the prose, clean. Also what the tests call to check.

    python _ext/chapters.py [NAME ...]      all chapters, or those named (01_rnn)

A chapter is a notebook with outputs and, for reading and review, a twin in plain Python (py:percent). Edit either: the
newer one wins. The same run on the same machine gives the same bytes again.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

CHAPTERS = Path(__file__).parents[1] / "chapters"
PAIRED = {"jupytext": {"formats": "ipynb,py:percent", "text_representation": {"extension": ".py", "format_name": "percent"}}}
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
QUOTED = re.compile(r"([\w.,+−-]+(?: ?%)?)<!-- ([\w-]+) -->")


def main():
    parser = argparse.ArgumentParser(description="Pair, execute and clean the chapters.")
    parser.add_argument("names", nargs="*", help="such as 01_rnn; all chapters if none is given")
    names = parser.parse_args().names or sorted(
        {p.stem for p in CHAPTERS.glob("*.py")} | {p.stem for p in CHAPTERS.glob("*.ipynb")}
    )
    for name in names:
        print(name, flush=True)
        make(CHAPTERS / f"{name}.ipynb")


def make(path):
    """Bring one chapter up to date: notebook and twin, outputs, numbers."""
    notebook = latest(path)
    execute(notebook, path.parent)
    fill(notebook)
    clean(notebook)
    write(path, nbformat.writes(notebook) + "\n")
    write(path.with_suffix(".py"), twin(notebook))


def latest(path):
    """The chapter as last edited: the twin if it is newer, with no outputs, else the notebook."""
    text = path.with_suffix(".py")
    if text.exists() and (not path.exists() or text.stat().st_mtime >= path.stat().st_mtime):
        return jupytext.read(text)
    return nbformat.read(path, as_version=4)


def execute(notebook, folder):
    """Run every cell in a fresh kernel; streams that belong together are stored together."""
    os.environ["LSTM_COURSE_PROGRESS"] = "0"
    notebook.metadata.update(KERNEL)
    NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(folder)}}, coalesce_streams=True, record_timing=False
    ).execute()


def values(notebook):
    """What the notebook's cells have glued: name to text, from the stored outputs."""
    lines = (
        line
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "glued" in output.get("metadata", {}).get("lstm_course", {})
        for line in output.data["text/plain"].splitlines()
    )
    return dict(line.split(" = ", 1) for line in lines)


def disagreements(notebook):
    """Where the prose and the code tell different numbers, as sentences; none if all is well."""
    known, found = values(notebook), []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for text, name in QUOTED.findall(cell.source):
                if name not in known:
                    found.append(f"the prose names {name}, which no cell has glued")
                elif text != known[name]:
                    found.append(f"the prose says {text} for {name}, the code says {known[name]}")
            marks, quoted = cell.source.count("<!-- "), len(QUOTED.findall(cell.source))
            if marks != quoted:
                found.append(f"{marks - quoted} comments without a number before them in: {cell.source[:60]!r}")
    return found


def fill(notebook):
    """Write the glued values into the prose."""
    known = values(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = QUOTED.sub(lambda m: f"{known.get(m[2], m[1])}<!-- {m[2]} -->", cell.source)
    wrong = disagreements(notebook)
    if wrong:
        raise SystemExit("\n".join(wrong))


def clean(notebook):
    """Leave nothing that depends on when or where the notebook was run."""
    notebook.metadata = nbformat.from_dict({**PAIRED, **KERNEL})
    notebook.nbformat_minor = 5
    for k, cell in enumerate(notebook.cells):
        cell.id = f"cell-{k}"
        cell.metadata = nbformat.from_dict({key: value for key, value in cell.metadata.items() if key == "tags"})


def twin(notebook):
    """The text twin of a notebook, laid out by ruff as all our code is."""
    plain = nbformat.from_dict({**notebook, "metadata": {**notebook.metadata, "language_info": {}}})
    text = jupytext.writes(plain, fmt="py:percent")
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "chapters/twin.py", "-"]
    return subprocess.run(ruff, input=text, capture_output=True, text=True, check=True, encoding="utf-8").stdout


def write(path, text):
    """Aside first, then renamed: never half a file."""
    aside = path.with_name(path.name + ".part")
    aside.write_text(text, encoding="utf-8", newline="\n")
    aside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
