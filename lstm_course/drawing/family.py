"""The family tree of the course's recurrent units: what came from what, when, and what was changed."""

from typing import NamedTuple

from lstm_course.drawing.scene import Scene

BAND = "#f3f5f8"
WIDTHS = {"coupled": 1.35, "depth-gated": 1.85, "seven changes": 2.55, "LSTM of 1997": 3.3, "peepholes": 2.4}
"""Of the cards that are not as wide as the others."""


class Relative(NamedTuple):
    """Year, authors, key in references.bib and names in `cells.CELLS` of one unit or several; how far right they stand."""

    year: str
    who: str
    source: str
    cells: tuple
    x: float


ROWS = {"1990": 12.0, "1997": 10.5, "2000": 9.0, "2014": 7.2, "2015": 5.3, "2016": 2.05, "torch": 0.75}
"""How high each year stands; the steps between them are not to scale."""

FAMILY = {
    "tanh RNN": Relative("1990", "Elman", "elman1990", ("rnn",), 2.7),
    "LSTM of 1997": Relative("1997", "Hochreiter, Schmidhuber", "hochreiter1997", ("lstm_1997",), 7.55),
    "LSTM": Relative("2000", "Gers et al.", "gers2000", ("lstm",), 7.55),
    "peepholes": Relative("2000", "Gers, Schmidhuber", "gers2000time", ("peephole",), 10.95),
    "clockwork": Relative("2014", "Koutník et al.", "koutnik2014", ("clockwork",), 2.1),
    "GRU": Relative("2014", "Cho et al.", "cho2014", ("gru_2014",), 5.55),
    "IRNN": Relative("2015", "Le et al.", "le2015", ("irnn",), 3.3),
    "MUT1 to 3": Relative("2015", "Jozefowicz et al.", "jozefowicz2015", ("mut1", "mut2", "mut3"), 5.55),
    "coupled": Relative("2015", "Greff et al.", "greff2017", ("coupled",), 7.27),
    "depth-gated": Relative("2015", "Yao et al.", "yao2015", ("depth_gated",), 9.2),
    "seven changes": Relative(
        "2015", "Greff et al.", "greff2017", ("nig", "nfg", "nog", "niaf", "noaf", "cifg", "fgr"), 11.45
    ),
    "layer norm": Relative("2016", "Ba et al.", "ba2016", ("lstm_normalised",), 8.1),
    "GRU in torch": Relative("torch", "torch.nn.GRU", "cho2014", ("gru",), 4.45),
}  # fmt: skip
"""Name to Relative. The coupled gates are one of the seven changes, here without peepholes."""

CHANGES = (
    "NIG", "$i = 1$", "NFG", "$f = 1$", "NOG", "$o = 1$", "NIAF", "$g = a_g$",
    "NOAF", r"$h = o \cdot c$", "CIFG", "$f = 1 - i$", "FGR", "sees gates",
)  # fmt: skip
"""Name and new equation of the seven changes."""

LEADS = {
    ("tanh RNN", "LSTM of 1997"): (
        "a cell that adds up, and gates", (5.5, 12.28), "center", [(3.7, 12.0), (7.55, 12.0), (7.55, 11.02)],
    ),
    ("tanh RNN", "clockwork"): ("modules\nwith clocks", (1.98, 8.12), "right", [(2.15, 11.48), (2.15, 7.72)]),
    ("tanh RNN", "IRNN"): ("ReLU, $W_h$ starts\nas the identity", (3.37, 8.1), "left", [(3.25, 11.48), (3.25, 5.82)]),
    ("LSTM of 1997", "LSTM"): ("forget gate", (7.7, 9.75), "left", [(7.55, 9.98), (7.55, 9.52)]),
    ("LSTM", "peepholes"): ("gates see\nthe cell", (9.12, 8.62), "center", [(8.5, 9.0), (9.71, 9.0)]),
    ("LSTM", "GRU"): ("one state,\ntwo gates", (5.7, 8.2), "left", [(6.6, 9.0), (5.55, 9.0), (5.55, 7.72)]),
    ("LSTM", "coupled"): ("$1 - i$\nfor $f$", (7.14, 7.2), "right", [(7.27, 8.48), (7.27, 5.82)]),
    ("LSTM", "layer norm"): ("sums\nnormalised", (8.25, 3.4), "left", [(8.1, 8.48), (8.1, 2.57)]),
    ("peepholes", "depth-gated"): ("gate to the\nlayer below", (9.85, 7.2), "right", [(9.97, 8.48), (9.97, 5.82)]),
    ("peepholes", "seven changes"): ("one change\nat a time", (11.35, 7.2), "left", [(11.2, 8.48), (11.2, 5.82)]),
    ("GRU", "MUT1 to 3"): ("found by\na search", (5.67, 6.3), "left", [(5.55, 6.68), (5.55, 5.82)]),
    ("GRU", "GRU in torch"): ("reset after\nthe product", (4.6, 3.4), "left", [(4.6, 7.2), (4.4, 7.2), (4.4, 1.27)]),
}  # fmt: skip
"""What leads from one to the next, in words, with their place and side, and the corners of the line."""


def family_tree():
    """Every recurrent unit of the course, from 1990 downwards; on each line stands what was changed.

    Returns:
        matplotlib Figure. Parts: each name of `FAMILY`; each line of `LEADS`, named "from > to"; the years, "year 1990" and the
        like; "changes", the seven of the comparison.
    """
    scene = Scene(12.8, 12.8)
    for year, y in ROWS.items():
        low = 2.72 if year == "2015" else y - 0.55
        scene.card(f"year {year}", (0.05, low), (12.7, y + 0.55 - low), BAND)
        scene.parts[f"year {year}"][0].set_linewidth(0)
        scene.text(f"year {year}", (0.2, y), year, 13, ha="left", weight="bold")
    for name, (year, who, _, _, x) in FAMILY.items():
        y, width = ROWS[year], WIDTHS.get(name, 1.9)
        low = 2.82 if name == "seven changes" else y - 0.46
        scene.card(name, (x - width / 2, low), (width, y + 0.46 - low))
        scene.text(name, (x, y + 0.2), name, 11, weight="bold")
        scene.text(f"who {name}", (x, y - 0.2), who, 10.5)
    for k, text in enumerate(CHANGES):
        scene.text("changes", (10.28 + 0.72 * (k % 2), 4.65 - 0.27 * (k // 2)), text, 10.5, ha="left")
    for (one, other), (words, place, side, corners) in LEADS.items():
        scene.wire(f"{one} > {other}", corners)
        scene.text(f"{one} > {other}", place, words, 10.5, ha=side)
    return scene.figure
