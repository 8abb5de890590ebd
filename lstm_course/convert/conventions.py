"""What papers and libraries call the parts of a cell, in which order they keep them, and which signs and biases they use.

Cells are those of the course: "lstm", "peephole" and "lstm_1997"; "gru", whose reset acts on what comes out of the product, and
"gru_2014", whose reset acts before it. A `Convention` with a layout is also a format, for `convert.write` and `convert.read`.

Source: the papers by their keys; of each library the class that is named, whose step the tests write out.
"""

from typing import Any, NamedTuple

from lstm_course.convert import layouts


class Convention(NamedTuple):
    """How one source writes one cell.

    who: what to call it in a table.
    gates: our letters, in its order.
    names: its own names for them, in the same order; formulas between dollar signs.
    biases: how many it adds up for each gate.
    state: what is handed on, in its order and its names.
    source: a key of references.bib, or the class of a library.
    arrays: layout, a function of `layouts.Blocks` and `gates` to arrays by name; None for papers.
    adds: what it adds to a gate's bias at run time, by our letter; TF1's is an argument of its cell, here its default.
    turned: gates, by our letters, whose sign is the opposite of ours, since it writes 1 - gate.
    start: weights from x, weights from h, biases: how they start, in words; empty where nothing is said.
    """

    who: str
    gates: str
    names: tuple
    biases: int
    state: str
    source: str
    arrays: Any = None
    adds: dict = {}  # noqa: RUF012
    turned: str = ""
    start: tuple = ()


TORCH = ("uniform ±1/√H", "uniform ±1/√H", "uniform ±1/√H, both")
KERAS = ("Glorot uniform", "orthogonal, all blocks as one", "0, forget gate 1")
TF1 = ("Glorot uniform", "the same array", "0")
HAIKU = ("normal, 1/√(D + H), cut off at twice that", "the same array", "0")
FLAX = ("LeCun normal", "orthogonal, each gate by itself", "0")
JOINT = ("LeCun normal", "orthogonal, all blocks as one", "0")
GERS = (r"$y^{in}$", r"$y^{\varphi}$", "$g(net_c)$", "$y^{out}$")
ONE = {"f": 1.0}

CONVENTIONS = {
    ("lstm", "torch"): Convention(
        "PyTorch", "ifgo", ("i", "f", "g", "o"), 2, "(h, c)", "torch.nn.LSTM", layouts.standing, start=TORCH
    ),
    ("lstm", "keras"): Convention(
        "Keras", "ifgo", ("i", "f", "c", "o"), 1, "[h, c]", "keras.layers.LSTM", layouts.lying, start=KERAS
    ),
    ("lstm", "tf1"): Convention(
        "TF1", "igfo", ("i", "j", "f", "o"), 1, "(c, h)", "tf.nn.rnn_cell.BasicLSTMCell and LSTMCell",
        layouts.joined("kernel", "bias"), ONE, start=TF1,
    ),
    ("lstm", "haiku"): Convention(
        "Haiku", "igfo", ("i", "g", "f", "o"), 1, "(hidden, cell)", "haiku.LSTM", layouts.joined("w", "b"), ONE, start=HAIKU
    ),
    ("lstm", "flax"): Convention(
        "Flax linen", "ifgo", ("i", "f", "g", "o"), 1, "(c, h)", "flax.linen.LSTMCell and OptimizedLSTMCell",
        layouts.by_name("h"), start=FLAX,
    ),
    ("lstm", "flax nnx"): Convention(
        "Flax nnx", "ifgo", ("i", "f", "g", "o"), 1, "(c, h)", "flax.nnx.LSTMCell",
        layouts.by_name("h", spelt={"if": "if_"}), start=FLAX,
    ),
    ("lstm", "flax nnx, optimized"): Convention(
        "Flax nnx, optimized", "ifgo", ("i", "f", "g", "o"), 1, "(c, h)", "flax.nnx.OptimizedLSTMCell",
        layouts.dense("h"), start=JOINT,
    ),
    ("lstm", "onnx"): Convention("ONNX", "iofg", ("i", "o", "f", "c"), 2, "H, C", "ONNX operator LSTM", layouts.onnx),
    ("lstm", "cudnn"): Convention("cuDNN", "ifgo", ("i", "f", "c'", "o"), 2, "h, c", "CUDNN_LSTM", layouts.numbered),
    ("lstm", "olah2015"): Convention("the article", "figo", ("$f$", "$i$", r"$\tilde{C}$", "$o$"), 1, "$C$, $h$", "olah2015"),
    ("lstm", "gers2000"): Convention(
        "Gers 2000", "ifgo", GERS, 1, "$s_c$, $y^c$", "gers2000",
        start=("uniform ±0.2", "uniform ±0.2", "by hand: forget gates 0.5 to 2, input and output gates -0.5 to -2, cells none"),
    ),
    ("lstm_1997", "hochreiter1997"): Convention(
        "LSTM 1997", "igo", (GERS[0], GERS[2], GERS[3]), 1, "$s_c$, $y^c$", "hochreiter1997"
    ),
    ("peephole", "gers2002"): Convention(
        "Gers 2002", "ifgo", GERS, 1, "$s_c$, $y^c$", "gers2002",
        start=("uniform ±0.1", "uniform ±0.1", "by hand: input 0, forget gate -2, output 2"),
    ),
    ("peephole", "greff2017"): Convention("Greff 2017", "gifo", ("$z$", "$i$", "$f$", "$o$"), 1, "$c$, $y$", "greff2017"),
    ("peephole", "tf1"): Convention(
        "TF1", "igfo", ("i", "j", "f", "o"), 1, "(c, h)", "tf.nn.rnn_cell.LSTMCell(use_peepholes=True)",
        layouts.with_diagonals, ONE, start=TF1,
    ),
    ("peephole", "onnx"): Convention(
        "ONNX", "iofg", ("i", "o", "f", "c"), 2, "H, C", "ONNX operator LSTM with P", layouts.onnx_with_peepholes
    ),
    ("gru", "torch"): Convention("PyTorch", "rzn", ("r", "z", "n"), 2, "h", "torch.nn.GRU", layouts.standing, start=TORCH),
    ("gru", "keras"): Convention(
        "Keras", "zrn", ("z", "r", "h"), 2, "h", "keras.layers.GRU", layouts.lying_with_two, start=(*KERAS[:2], "0")
    ),
    ("gru", "flax"): Convention(
        "Flax linen", "rzn", ("r", "z", "n"), 1, "h", "flax.linen.GRUCell", layouts.by_name("i", inside="n"), start=FLAX
    ),
    ("gru", "flax nnx"): Convention(
        "Flax nnx", "rzn", ("r", "z", "n"), 1, "h", "flax.nnx.GRUCell", layouts.dense("i"), start=JOINT
    ),
    ("gru", "onnx"): Convention(
        "ONNX, linear_before_reset=1", "zrn", ("z", "r", "h"), 2, "H", "ONNX operator GRU, linear_before_reset=1", layouts.onnx
    ),
    ("gru", "cudnn"): Convention("cuDNN", "rzn", ("r", "i", "h'"), 2, "h", "CUDNN_GRU", layouts.numbered),
    ("gru", "z overwrites"): Convention(
        "PyTorch's, z turned", "rzn", ("r", "z", "n"), 2, "h", "torch.nn.GRU with h = (1 - z) h_prev + z n",
        layouts.standing, turned="z",
    ),
    ("gru", "cho2014"): Convention(
        "Cho 2014, first version", "rzn", ("$r$", "$z$", r"$\tilde{h}$"), 0, "$h$", "cho2014"
    ),
    ("gru_2014", "cho2014"): Convention("Cho 2014", "rzn", ("$r$", "$z$", r"$\tilde{h}$"), 0, "$h$", "cho2014"),
    ("gru_2014", "chung2014"): Convention(
        "Chung 2014", "zrn", ("$z$", "$r$", r"$\tilde{h}$"), 0, "$h$", "chung2014", turned="z"
    ),
    ("gru_2014", "bahdanau2015"): Convention(
        "Bahdanau 2015", "zrn", ("$z$", "$r$", r"$\tilde{s}$"), 0, "$s$", "bahdanau2015", turned="z"
    ),
    ("gru_2014", "olah2015"): Convention(
        "the article", "zrn", ("$z$", "$r$", r"$\tilde{h}$"), 0, "$h$", "olah2015", turned="z"
    ),
    ("gru_2014", "keras"): Convention(
        "Keras, reset_after=False", "zrn", ("z", "r", "h"), 1, "h", "keras.layers.GRU(reset_after=False)",
        layouts.lying, start=(*KERAS[:2], "0"),
    ),
    ("gru_2014", "onnx"): Convention("ONNX", "zrn", ("z", "r", "h"), 2, "H", "ONNX operator GRU", layouts.onnx),
    ("gru_2014", "tf1"): Convention(
        "TF1", "rzn", ("r", "u", "c"), 1, "h", "tf.nn.rnn_cell.GRUCell",
        layouts.joined_in_two, start=(*TF1[:2], "gates 1, candidate 0"),
    ),
    ("gru_2014", "haiku"): Convention(
        "Haiku", "zrn", ("z", "r", "a"), 1, "h", "haiku.GRU", layouts.lying_apart, turned="z",
        start=("LeCun normal", "LeCun normal", "0"),
    ),
}  # fmt: skip
"""The one table, by cell and source; "z overwrites" is torch's GRU with the other sign of z, h = (1 - z) h_prev + z n."""

FORMATS = {key: convention for key, convention in CONVENTIONS.items() if convention.arrays is not None}
"""Those of `CONVENTIONS` that `convert.write` and `convert.read` know how to lay out."""

_BEFORE = "it resets h before the product, W (r * h); ours resets the product, r * (W h): two different networks (see gru_2014)"
_AFTER = "it resets the product, r * (W h); ours resets h before it, W (r * h): two different networks (see gru)"
_NONE = "it has no peepholes, weights from the cell to the gates: see lstm_course.cells.lstm"
REFUSED = {
    ("gru", "keras, reset_after=False"): _BEFORE,
    ("gru", "onnx, linear_before_reset=0"): _BEFORE,
    ("gru", "tf1"): _BEFORE,
    ("gru", "haiku"): _BEFORE,
    ("lstm", "peephole"): "its gates read the cell, with weights that our LSTM does not have: see lstm_course.cells.peephole",
    ("lstm", "hochreiter1997"): "its gates read gates and it has no forget gate: see lstm_course.cells.lstm_1997",
    **{("gru_2014", library): _AFTER for library in ("torch", "flax", "flax nnx", "cudnn")},
    **{("peephole", library): _NONE for kind, library in FORMATS if kind == "lstm" and ("peephole", library) not in FORMATS},
}
"""What cannot be converted, and why."""
