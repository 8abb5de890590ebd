"""Measure how long the chapters take to run, and note it in chapters/pages.yml.

    python _ext/times.py [NAME ...]      all chapters, or those named (01_rnn)

One thread, a fresh kernel each; outputs are thrown away, and the notebooks stay as they are.
"""

import argparse
import math
import os
import re
import sys
import time

import nbformat

from chapters import CHAPTERS, execute, write

PAGES = CHAPTERS / "pages.yml"


def main():
    parser = argparse.ArgumentParser(description="Measure how long the chapters take to run.")
    parser.add_argument("names", nargs="*", help="such as 01_rnn; all chapters if none is given")
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in parser.parse_args().names or sorted(path.stem for path in CHAPTERS.glob("*.ipynb")):
        notebook = nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4)
        start = time.perf_counter()
        execute(notebook, CHAPTERS)
        seconds = math.ceil(time.perf_counter() - start)
        print(f"{name}: {seconds} s", flush=True)
        write(PAGES, noted(PAGES.read_text(encoding="utf-8"), name, seconds))


def noted(text, name, seconds):
    """The file's text with a page's seconds; all else stays as it is written."""
    text, count = re.subn(rf"(?m)(^{re.escape(name)}:\n(?:[ ].*\n)*?  seconds: )\d+$", rf"\g<1>{seconds}", text)
    if count != 1:
        raise SystemExit(f"{name}: got {count} entries with `seconds:` in {PAGES.name}, expected 1")
    return text


if __name__ == "__main__":
    sys.exit(main())
