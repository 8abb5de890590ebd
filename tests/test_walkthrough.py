"""The step by hand: every number of the page and of its pictures, derived again with nothing but `math`."""

import math
import re
import sys
from pathlib import Path

import nbformat
import pytest

from lstm_course import drawing
from lstm_course.drawing import lstm

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "_ext"))
import chapters  # noqa: E402

X, H_PREV, C_PREV = 1.0, 0.5, 0.8


def sigma(a):
    return 1 / (1 + math.exp(-a))


A_I = 1.0 * 0.6 + 0.5 * 0.2 - 0.5
A_F = 1.0 * -0.4 + 0.5 * 0.4 + 1.2
A_G = 1.0 * 1.0 + 0.5 * -0.6 + 0.1
A_O = 1.0 * 0.5 + 0.5 * 1.0 + 0.0
I, F, G, O = sigma(A_I), sigma(A_F), math.tanh(A_G), sigma(A_O)  # noqa: E741
C = F * C_PREV + I * G
H = O * math.tanh(C)


def grown():
    """c and h after ten steps of the same input from nothing, forget and input gate held open."""
    h = c = 0.0
    for _ in range(10):
        c = sigma(-0.4 + 0.4 * h + 20) * c + sigma(0.6 + 0.2 * h + 20) * math.tanh(1.0 - 0.6 * h + 0.1)
        h = sigma(0.5 + 1.0 * h + 0.0) * math.tanh(c)
    return c, h


C_TEN, H_TEN = grown()


def printed(value):
    """Two decimals, and the sign of a negative number as it is set in print."""
    return f"{value:.2f}".replace("-", "−")


def six_steps():
    """What is on the lines in each of six steps, of which the first is the one by hand."""
    steps, h, c = [], H_PREV, C_PREV
    for x in (1.0, 1.0, 1.0, 0.0, 0.0, 0.0):
        i, f = sigma(0.6 * x + 0.2 * h - 0.5), sigma(-0.4 * x + 0.4 * h + 1.2)
        g, o = math.tanh(x - 0.6 * h + 0.1), sigma(0.5 * x + h)
        numbers = {"x": x, "h_prev": h, "c_prev": c, "i": i, "f": f, "g": g, "o": o, "kept": f * c, "written": i * g}
        c = f * c + i * g
        h = o * math.tanh(c)
        steps.append({**numbers, "c": c, "squashed": math.tanh(c), "h": h})
    return steps


FLOW = six_steps()
LEFT = math.prod(numbers["f"] for numbers in FLOW[3:])
GLUED = {
    "x": (X, 1), "h_prev": (H_PREV, 1), "c_prev": (C_PREV, 1),
    "a_f": (A_F, 1), "a_i": (A_I, 1), "a_g": (A_G, 1), "a_o": (A_O, 1),
    "exp_f": (math.exp(-A_F), 3), "exp_i": (math.exp(-A_I), 3), "exp_o": (math.exp(-A_O), 3),
    "f": (F, 3), "i": (I, 3), "g": (G, 3), "o": (O, 3), "percent_kept": (100 * F, 0),
    "kept": (F * C_PREV, 3), "written": (I * G, 3), "c": (C, 3), "squashed": (math.tanh(C), 3), "h": (H, 3),
    "turned_f": (sigma(0.4 + 0.2 + 1.2), 3), "turned_o": (sigma(-0.5 + 0.5), 3),
    "c_wide_f": (C_PREV + I * G, 3), "h_wide_f": (O * math.tanh(C_PREV + I * G), 3),
    "c_wide_i": (F * C_PREV + G, 3), "h_wide_i": (O * math.tanh(F * C_PREV + G), 3),
    "c_three": (FLOW[2]["c"], 2), "c_six": (FLOW[5]["c"], 2), "f_three": (FLOW[2]["f"], 2), "f_four": (FLOW[3]["f"], 2),
    "left": (LEFT, 2), "left_c": (LEFT * FLOW[2]["c"], 2),
    "c_ten": (C_TEN, 1), "h_ten": (H_TEN, 2), "words": (12, 0),
}  # fmt: skip
"""What the page quotes: the value, and to how many decimals."""

ON_LINES = {
    "x": X, "h_prev": H_PREV, "c_prev": C_PREV, "f": F, "i": I, "g": G, "kept": F * C_PREV, "written": I * G, "c": C,
    "o": O, "squashed": math.tanh(C), "h": H,
}  # fmt: skip
KNOWN = {"forget": 4, "store": 6, "update": 9, "output": 12, None: 12}
"""How many of them each picture shows, in this order."""


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(ROOT / "chapters" / "05_walkthrough.ipynb", as_version=4)


def test_the_rounded_numbers_of_the_step_add_up_as_they_are_told():
    assert [f"{a:.1f}" for a in (A_I, A_F, A_G, A_O)] == ["0.2", "1.0", "0.8", "1.0"]
    kept, written, c = (round(value, 3) for value in (F * C_PREV, I * G, C))
    assert math.isclose(kept + written, c)
    assert math.isclose(round(F * C_PREV, 2) + round(I * G, 2), round(C, 2))


def test_every_number_that_the_page_quotes(notebook):
    signed = {"open_word": "+10", "shut_word": "−10", "shut_bias": "−20", "open_bias": "+20"}
    wanted = {name: f"{value:.{digits}f}" for name, (value, digits) in GLUED.items()}
    assert chapters.values(notebook) == {**wanted, **signed}
    assert chapters.disagreements(notebook) == []


def test_no_decimal_in_the_prose_without_its_source(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.findall(r"\d\.\d+(?!\d|<!-- )", cell.source), cell.source[:80]


def test_the_table_of_sums(notebook):
    (table,) = (text for text in markdown(notebook) if "sum: $a$" in text)
    rows = [[cell.strip() for cell in line.split("|")[2:-1]] for line in table.splitlines()[2:]]
    terms = [(-0.4, 0.2, 1.2, A_F), (0.6, 0.1, -0.5, A_I), (1.0, -0.3, 0.1, A_G), (0.5, 0.5, 0.0, A_O)]
    assert rows == [[f"{value:.2f}" for value in row] for row in terms]


def test_the_table_of_gates_shut_and_open(notebook):
    (table,) = (text for text in markdown(notebook) if "| held" in text)
    rows = [[cell.strip() for cell in line.split("|")[3:-1]] for line in table.splitlines()[2:]]
    of = lambda f=F, i=I, o=O: (f * C_PREV + i * G, o * math.tanh(f * C_PREV + i * G))
    wanted = [of(), of(f=0), of(f=1), of(i=0), of(i=1), of(o=0), of(o=1)]
    assert rows == [[f"{value:.3f}" for value in row] for row in wanted]


def test_the_table_of_the_turned_input(notebook):
    (table,) = (text for text in markdown(notebook) if "the new sum" in text)
    rows = [[cell.strip() for cell in line.split("|")[2:-1]] for line in table.splitlines()[2:]]
    sums = {"f": A_F + 0.8, "i": A_I - 1.2, "g": A_G - 2.0, "o": A_O - 1.0}
    after = {k: math.tanh(a) if k == "g" else sigma(a) for k, a in sums.items()}
    wanted = zip((F, I, G, O), sums.values(), after.values(), strict=True)
    assert [[float(cell) for cell in row] for row in rows] == [[round(value, 3) for value in row] for row in wanted]


def markdown(notebook):
    """The tables among the outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "text/markdown" in output.get("data", {}):
                yield output.data["text/markdown"]


def test_every_number_on_the_pictures(notebook, monkeypatch, capsys):
    """The page is run up to its last picture of the module, and what it hands to the drawing is looked at."""
    drawn = []

    def draw(step=None, numbers=None):
        figure = lstm.lstm_module(step, numbers)
        if numbers:
            drawn.append((step, {text.get_text() for text in figure.axes[0].texts if "=" in text.get_text()}))
        return figure

    monkeypatch.setattr(drawing, "lstm_module", draw)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and len(drawn) < len(KNOWN) + len(FLOW):
            exec(cell.source, names)
    signs = {"x": "$x_t$", **{name: sign for name, (sign, _) in lstm.LABELS.items()}}
    wanted = {name: f"{signs[name]} = {value:.2f}" for name, value in ON_LINES.items()}
    steps = [(step, set(list(wanted.values())[:number])) for step, number in KNOWN.items()]
    frames = [(None, {f"{signs[name]} = {printed(value)}" for name, value in numbers.items()}) for numbers in FLOW]
    assert drawn == steps + frames


def test_every_number_in_the_descriptions_of_the_pictures(notebook):
    alts = {
        output.metadata["lstm_course"]["name"]: output.data["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    }
    for step, number in KNOWN.items():
        found = re.findall(r" = ([\d.]+\d)", alts[f"fig-step-{step or 'numbers'}"])
        assert found == [f"{value:.2f}" for value in list(ON_LINES.values())[:number]]


def test_every_number_in_the_words_of_the_six_steps(notebook):
    (about,) = (
        output.metadata["lstm_course"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "frames" in output.get("metadata", {}).get("lstm_course", {})
    )
    order = ("x", "f", "kept", "c_prev", "i", "g", "written", "c", "o", "h")
    found = [re.findall(r"−?\d\.\d\d", sentence) for sentence in about["frames"]]
    assert found == [[printed(numbers[name]) for name in order] for numbers in FLOW]
