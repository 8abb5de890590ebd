"""Sphinx: formulas without another host. The parts of MathJax that the pages use are copied into the built book.

The pip package sphinx-mathjax-offline serves as a source of files only; as an extension it would copy 24 MB.
"""

import shutil
import sysconfig
from pathlib import Path

PARTS = (
    "tex-chtml.js",
    "output/chtml/fonts",
    "input/tex/extensions",
    "a11y",
    "ui",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)
MATHJAX = Path(sysconfig.get_path("purelib"), "sphinx-mathjax-offline", "static", "mathjax")


def copy_mathjax(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    for part in PARTS:
        target = Path(app.outdir, "mathjax", part)
        if (MATHJAX / part).is_dir():
            shutil.copytree(MATHJAX / part, target, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(MATHJAX / part, target)


def setup(app):
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
