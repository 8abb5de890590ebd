"""What a notebook shows: figures that say what is to be seen, values that the prose quotes, progress that leaves no trace."""

import ast
import difflib
import inspect
import io
import os
import re
import sys
import textwrap
from numbers import Integral

import tqdm as _tqdm

COLOURS = ("#0072B2", "#D55E00", "#007A5E", "#A8467E")
"""Blue, orange, green and purple, told apart with any kind of colour vision, and never used without a second sign."""

STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.figsize": (7.2, 3.6),
    "font.size": 12,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "butt",
    "savefig.facecolor": "white",
}


def style():
    """Set the course's look for every matplotlib figure that follows: white card, safe colours with line styles, large type."""
    import matplotlib as mpl

    mpl.rcParams.update(STYLE)
    mpl.rcParams["axes.prop_cycle"] = mpl.cycler(color=COLOURS) + mpl.cycler(linestyle=["-", "--", "-.", ":"])


def figure(fig, *, alt, name, caption):
    """Show a figure as a picture with alternative text, a caption and a name to refer to.

    In JupyterLab it is a picture; in the book it becomes a numbered figure. The alternative text is stored as the
    output's plain text, so a comparison of stored with fresh outputs compares what is to be seen.

    Args:
        fig: matplotlib Figure; it is closed afterwards.
        alt: what is to be seen, for somebody who does not see it.
        name: label for references, such as "fig-unrolled": small letters, digits and hyphens, starting with "fig-".
        caption: one or two sentences, in Markdown.
    Raises:
        ValueError: when a text is empty or the name has other characters.
    """
    _show(png(fig), [], alt, name, caption)


def frames(figs, words, *, alt, name, caption):
    """Show figures of one size as the frames of one picture, one below the other; the book puts a slider to it.

    In JupyterLab, without JavaScript and on paper all frames are to be seen, and a list says what each shows.

    Args:
        figs: matplotlib Figures, at least two; they are closed afterwards.
        words: a sentence for each, what it shows.
        alt, name, caption: as in `figure`, of the whole.
    Raises:
        ValueError: when there are fewer than two figures, their sizes differ, or there is not a sentence for each.
    """
    figs, words = list(figs), [" ".join(sentence.split()) for sentence in words]
    if len(figs) < 2:
        raise ValueError(f"figs: got {len(figs)}, expected at least two")
    if len(words) != len(figs) or not all(words):
        raise ValueError(f"words: got {words}, expected {len(figs)} sentences")
    sizes = {tuple(fig.get_size_inches()) for fig in figs}
    if len(sizes) > 1:
        raise ValueError(f"figs: got sizes {sorted(sizes)}, expected one size")
    _show(_strip(figs), words, alt, name, caption)


def _show(picture, words, alt, name, caption):
    """A picture with all that belongs to it; `words` are those of its frames, if it has any."""
    from IPython.display import display

    for argument, text in (("alt", alt), ("caption", caption)):
        if not (isinstance(text, str) and text.strip()):
            raise ValueError(f"{argument}: got {text!r}, expected a sentence")
    if not (isinstance(name, str) and re.fullmatch(r"fig-[a-z0-9-]+", name)):
        raise ValueError(f"name: got {name!r}, expected fig- and then small letters, digits and hyphens")
    about = {"alt": " ".join(alt.split()), "name": name, "caption": " ".join(caption.split())}
    about |= {"frames": words} if words else {}
    display({"image/png": picture, "text/plain": "\n".join([about["alt"], *words])}, metadata={"lstm_course": about}, raw=True)


def _strip(figs):
    """Figures one below the other as one PNG of 64 colours, a quarter of the size of all colours; they are closed."""
    import base64

    import numpy as np
    from PIL import Image  # what matplotlib writes pictures with

    sheets = [Image.open(io.BytesIO(base64.b64decode(png(fig)))).convert("RGB") for fig in figs]
    file = io.BytesIO()
    Image.fromarray(np.concatenate(sheets)).quantize(64).save(file, format="png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def png(fig):
    """A figure as the bytes of a PNG without time stamps, base64 as notebooks store it; the figure is closed.

    Returns:
        str.
    """
    import base64

    from matplotlib import pyplot

    file = io.BytesIO()
    fig.savefig(file, format="png", dpi=160, facecolor="white", metadata={"Software": None})
    pyplot.close(fig)
    return base64.b64encode(file.getvalue()).decode()


def markdown(text, *, plain=None, about=None):
    """Show Markdown in a notebook; elsewhere print its plain form.

    Args:
        text: Markdown.
        plain: what to show where Markdown cannot be; the text itself if None.
        about: dict, metadata for the book's builder.
    """
    from IPython import get_ipython
    from IPython.display import display

    plain = text if plain is None else plain
    if get_ipython() is None:
        print(plain)
    else:
        display({"text/markdown": text, "text/plain": plain}, metadata={"lstm_course": about} if about else {}, raw=True)


def table(header, rows):
    """Show a table; elsewhere than in a notebook its Markdown is printed, which reads as a table as well.

    Args:
        header: a str for each column, in Markdown.
        rows: lists of as many cells; numbers as they should be printed.
    Raises:
        ValueError: when a row has another number of cells.
    """
    rows = [[str(cell) for cell in row] for row in (header, *rows)]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"rows: got {len(row)} cells in {row}, expected {len(header)}")
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [" | ".join(map(str.ljust, row, widths)) for row in (rows[0], ["-" * width for width in widths], *rows[1:])]
    markdown("\n".join(f"| {line} |" for line in lines))


def glue(**values):
    """Show values as lines `name = value`, for the prose to quote; the book leaves the lines out, since it has the prose.

    A sentence writes the value and, in a comment that nobody sees, its name: `in 7<!-- solved --> of 10 runs`. A check
    holds the two together.

    Args:
        **values: each a str or an integer, NumPy's included, as it should be printed.
    Raises:
        ValueError: when a value is anything else: a float must be formatted first, since its last digits differ elsewhere.
    """
    from IPython.display import display

    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, Integral | str):
            raise ValueError(f"{name}: got {value!r}, expected an int or a str, for instance {name}=f'{{x:.2f}}'")
    lines = "\n".join(f"{name} = {value}" for name, value in values.items())
    display({"text/plain": lines}, metadata={"lstm_course": {"glued": True}}, raw=True)


def changes(old, new):
    """Print two functions as one: what both have, what only the old one has (-), what only the new one has (+).

    Args:
        old, new: functions; their docstrings and comments are left out.

    >>> from lstm_course.cells import coupled, lstm
    >>> changes(lstm.update, coupled.update)
      def update(a, c_prev):
    -     i, f, g, o = activate(a, sigmoid, sigmoid, tanh, sigmoid)
    +     i, g, o = activate(a, sigmoid, tanh, sigmoid)
    -     c = f * c_prev + i * g
    +     c = (1 - i) * c_prev + i * g
          h = o * tanh(c)
    -     return (State(h, c), Gates(i, f, g, o))
    +     return (State(h, c), Gates(i, g, o))
    """
    lines = difflib.ndiff(*(_code(function) for function in (old, new)))
    print("\n".join(line for line in lines if not line.startswith("?")))


def _code(function):
    """The lines of a function without docstring and comments."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    body = tree.body[0].body
    if ast.get_docstring(tree.body[0]) is not None:
        del body[0]
    return ast.unparse(tree).splitlines()


def progress(items, description=None, total=None):
    """Go through items behind a progress bar on the error stream.

    The bar is silent where it would be stored: with LSTM_COURSE_PROGRESS=0, and under pytest.

    Args:
        items: a sequence or range, or any iterable.
        description: a word in front of the bar.
        total: how many items, where they have no length.
    Returns:
        An iterator over the items.

    >>> list(progress(range(3)))
    [0, 1, 2]
    """
    quiet = os.environ.get("LSTM_COURSE_PROGRESS") == "0" or "PYTEST_VERSION" in os.environ
    return _tqdm.tqdm(items, description, total, disable=quiet, leave=False, file=sys.stderr)
