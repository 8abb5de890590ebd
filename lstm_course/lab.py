"""The gate lab: what the book's interactive cells are made of, and what stands in their place where no script runs.

There are four: `cell`, one LSTM cell whose numbers can be moved; `sentence`, a trained language model that reads a sentence
word by word; `attention`, a trained network that rewrites a date and shows where it looks; and `reading`, for the front page,
the second of these at work on one sentence. The book's builder writes `data` beside the page, and the page's script computes
with it; a test compares what the script gives with what this package gives.
"""

import io
import re
from functools import cache

import matplotlib as mpl
import numpy as np
import torch

from lstm_course import expect, studies, units
from lstm_course.cells import lstm
from lstm_course.drawing import lstm as diagram
from lstm_course.drawing.scene import Scene
from lstm_course.notebook import markdown
from lstm_course.ops import softmax
from lstm_course.studies import date_reader
from lstm_course.studies.agreement import Reading
from lstm_course.tasks import agreement, dates

DIGITS = 7
"""A weight is written down with as many significant digits as float32 has."""
START = {
    "x": 1.0, "h": 0.5, "c": 0.8,
    "W_x": [0.6, -0.4, 1.0, 0.5], "W_h": [0.2, 0.4, -0.6, 1.0], "b": [-0.5, 1.2, 0.1, 0.0],
}  # fmt: skip
"""Where `cell` begins, the step that is computed by hand in the walk-through. Lists are in the order i, f, g, o."""
EXAMPLES = {
    "the step of the walk-through": START,
    "remember: forget gate open, input gate shut": START | {"W_x": [0, 0, 1, 0], "W_h": [0] * 4, "b": [-10, 10, 0, 10]},
    "count: add 0.1 at every step": START | {"x": 1, "h": 0, "c": 0, "W_x": [0] * 4, "W_h": [0] * 4, "b": [10, 10, 0.1, 10]},
    "no memory: forget gate shut": START | {"W_x": [0, 0, 1, 0], "W_h": [0] * 4, "b": [10, -10, 0, 10]},
    "leak: keep half at each step": START | {"x": 0, "h": 0, "c": 1, "W_x": [0] * 4, "W_h": [0] * 4, "b": [-10, 0, 0, 10]},
}
STORY = "the king near the singers sings . the children sleep ."
DATE = "Fri 3 Sep 2021"


def show(name):
    """Show one of the four: in the book it can be worked with; elsewhere what it says at the start is shown.

    Args:
        name: "cell", "sentence", "attention" or "reading".
    Raises:
        ValueError: when there is no such name.
    """
    markdown(fallback(name), about={"widget": name})


def fallback(name):
    """What one of the four says at the start, in Markdown. Args and errors as in `show`."""
    expect.that(name in DATA, "name", repr(name), f"one of {', '.join(DATA)}")
    return FALLBACKS[name]()


def data(name):
    """All that the script of one of the four needs, in lists, dicts, numbers and str.

    Args:
        name: as in `show`.
    Returns:
        dict.
    Raises:
        ValueError: when there is no such name.
    """
    expect.that(name in DATA, "name", repr(name), f"one of {', '.join(DATA)}")
    return DATA[name]()


# One cell


def step(x, h, c, W_x, W_h, b):
    """One step of a cell of one unit.

    Args:
        x, h, c: numbers. W_x, W_h, b: four numbers each, in the order i, f, g, o.
    Returns:
        dict of the names on the lines of `drawing.lstm_module` to numbers.
    """
    p = lstm.Params(np.array([W_x], float), np.array([W_h], float), np.array(b, float))
    state = lstm.State(np.array([[h]], float), np.array([[c]], float))
    new, gates = lstm.step(p, lstm.inputs(p, np.array([[x]], float)), state)
    i, f, g, o = (float(gate[0, 0]) for gate in (gates.i, gates.f, gates.g, gates.o))
    c_new = float(new.c[0, 0])
    named = {"x": x, "h_prev": h, "c_prev": c, "i": i, "f": f, "g": g, "o": o, "kept": f * c, "written": i * g}
    return named | {"c": c_new, "squashed": float(np.tanh(c_new)), "h": float(new.h[0, 0])}


def cell():
    """The diagram as SVG without its signs, the signs with their places in it, which parts belong to which of the four parts of
    the walk-through, and the numbers to begin with."""
    scene = Scene(*diagram.SHEET)
    diagram.body(scene, {})
    width = 72 * scene.figure.get_size_inches()[0]
    per_unit, high = float(width) / diagram.SHEET[0], diagram.SHEET[1]
    place = lambda x, y: (round(x * per_unit, 1), round((high - y) * per_unit, 1))
    places = {name: (sign, *place(*at)) for name, (sign, at) in diagram.LABELS.items()}
    places["x"] = ("$x_t$", *place(2.9, 0.55))
    signs = {name: {"sign": _plain(sign), "x": x, "y": y} for name, (sign, x, y) in places.items()}
    return {"svg": _svg(scene.figure), "signs": signs, "steps": diagram.STEPS, "examples": EXAMPLES}


def _svg(figure):
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "lstm_course"}):
        figure.savefig(file, format="svg", facecolor="none", metadata={"Date": None, "Creator": None})
    return re.sub(r"\s+", " ", file.getvalue()[file.getvalue().index("<svg") :])


def _plain(sign):
    """A formula of `LABELS` as pieces of text: (text, whether it is an index)."""
    words = sign.strip("$").replace(r"\tanh", "tanh").replace(" ", "\u2009")
    return [(part.strip("_{}").replace("-", "−"), part.startswith("_")) for part in re.findall(r"_\{[^}]*\}|_\w|[^_]+", words)]


def _cell_fallback():
    said = step(**START)
    rows = "\n".join(f"| {name} | {said[part]:.2f} |" for name, part in WORDS.items())
    return f"| on the line | number |\n| --- | --- |\n{rows}"


WORDS = {
    "input x": "x", "last output h": "h_prev", "memory c before": "c_prev", "forget gate f": "f", "input gate i": "i",
    "candidate g": "g", "kept, f times c": "kept", "written, i times g": "written", "memory c": "c", "output gate o": "o",
    "tanh c": "squashed", "output h": "h",
}  # fmt: skip
"""What the numbers on the lines are called, in the order in which they arise."""


# A sentence


@cache
def reader():
    """The model of the agreement language that the lab reads with, its number unit and its gender unit.

    Returns:
        model: LanguageModel, the first of the ten that the study kept.
        held: "number" and "gender" to a dict: "index" of the unit, its cut "at", and for each answer the mean of its c there.
    """
    model = studies.model("agreement_lstm").pick(0)
    reading = Reading(model, agreement.draw(np.random.default_rng(10**6 + 1), 300, 60))
    held = {}
    for of, answers in (("number", ("plural", "singular")), ("gender", ("feminine", "masculine"))):
        labels, among = reading.labels(of)
        unit = reading.find(of)
        k = unit.index
        means = [float(reading.values[among & kind][:, k].mean()) for kind in (labels, ~labels)]
        held[of] = {"index": k, "at": unit.at, "answers": dict(zip(answers, means, strict=True))}
    return model, held


def sentence():
    """Weights of the model, its words, and where its number unit and its gender unit are."""
    model, held = reader()
    p, ends = model.weights()
    weights = _lists({**p._asdict(), **ends._asdict()})
    return {"weights": weights, "vocabulary": list(agreement.VOCABULARY), "units": held, "story": STORY}


def read(words, held=()):
    """What the model computes while it reads, and what it expects after each word.

    Args:
        words: list of str, of agreement.VOCABULARY.
        held: (unit, value, since) each: from word `since` on, c of that unit is held at that value.
    Returns:
        dict of "i", "f", "g", "o", "c", "h", each (T, 32), and "probabilities" (T, 58).
    """
    (p, ends), said = reader()[0].weights(), []
    xs = ends.embedding[[agreement.VOCABULARY.index(word) for word in words]][:, None]
    H = len(p.W_h)
    wanted = np.full((len(xs), 1, H), np.nan)
    for unit, value, since in held:
        wanted[since:, 0, unit] = value
    hand = units.hold("c", range(H), wanted)

    def watched(t, state, gates):
        state = hand(t, state, gates)
        said.append({**gates._asdict(), **state._asdict()})
        return state

    hs = units.rewrite(lstm, p, xs, watched)
    found = {name: np.stack([step[name][0] for step in said]) for name in said[0]}
    return found | {"probabilities": softmax(hs[:, 0] @ ends.W_y + ends.b_y)}


def reading():
    """One sentence, word by word: what was read, c of the number unit and of the gender unit, and the likeliest next word."""
    words, held = STORY.split(), reader()[1]
    said = read(words)
    numbers = {of: [round(float(c), 2) for c in said["c"][:, unit["index"]]] for of, unit in held.items()}
    likeliest = [agreement.VOCABULARY[k] for k in said["probabilities"].argmax(-1)]
    return {"words": words, "next": likeliest, "units": held, **numbers}


def _sentence_fallback():
    words, held = STORY.split(), reader()[1]
    said = read(words)
    rows = []
    for word, c, odds in zip(words, said["c"], said["probabilities"], strict=True):
        numbers = " | ".join(f"{c[held[of]['index']]:+.2f}".replace("-", "−") for of in ("number", "gender"))
        rows.append(f"| {word} | {numbers} | {agreement.VOCABULARY[odds.argmax()]} |")
    return "| word read | number unit c | gender unit c | likeliest next |\n| --- | --- | --- | --- |\n" + "\n".join(rows)


# A date


@cache
def _date_model():
    return date_reader.load().double()


def attention():
    """Weights of the network, its two alphabets, and some dates."""
    weights = {name: x.detach().numpy() for name, x in _date_model().named_parameters()}
    alphabets = {"read": dates.VOCABULARY, "written": dates.TARGET_VOCABULARY}
    examples = [DATE, "12.6.24", "1st of august 1999", "MAY 9, 2011", "2030/1/7"]
    return {
        "weights": _lists(weights),
        **alphabets,
        "examples": examples,
        "longest": dates.batch(np.random.default_rng(0), 1).source.shape[0],
    }


@torch.no_grad()
def write(text):
    """Rewrite a date, and see where the network looked.

    Args:
        text: str, characters of dates.VOCABULARY.
    Returns:
        answer: str, what it wrote before END.
        alpha: (T, S), for each character that it wrote, END included, the attention on each that it read.
    """
    model = _date_model()
    source, lengths = map(torch.from_numpy, dates.encode([text]))
    tokens = model.greedy(source, lengths, dates.T).tokens
    _, alpha = model(source, lengths, tokens)
    (answer,) = dates.answers(tokens.numpy())
    return answer, alpha[: len(answer) + 1, 0].numpy()


def _attention_fallback():
    answer, alpha = write(DATE)
    rows = [
        f"| {c} | {DATE[row.argmax()].replace(' ', 'a space')} | {row.max():.2f} |"
        for c, row in zip(answer, alpha, strict=False)
    ]
    head = f"The text is *{DATE}*.\n\n| written | looked at most | weight |\n| --- | --- | --- |\n"
    return head + "\n".join(rows)


def _lists(arrays):
    """Arrays as nested lists, numbers to `DIGITS` significant digits."""
    short = np.vectorize(lambda value: float(f"{value:.{DIGITS}g}"))
    return {name: short(x).tolist() for name, x in arrays.items()}


DATA = {"cell": cell, "sentence": sentence, "attention": attention, "reading": reading}
FALLBACKS = {
    "cell": _cell_fallback,
    "sentence": _sentence_fallback,
    "attention": _attention_fallback,
    "reading": _sentence_fallback,
}
