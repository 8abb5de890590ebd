"""The exercises of the lab on notations."""

from itertools import permutations

import numpy as np

from lstm_course import convert
from lstm_course.cells import gru, gru_2014, lstm
from lstm_course.convert import CONVENTIONS
from lstm_course.exercises.differences import difference, misfit
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong
from lstm_course.unroll import run

_SOURCES = {"article": "olah2015", "cho": "cho2014", "haiku": "haiku", "tf1": "tf1"}


def _open():
    """What becomes of h = 1 where the candidate is 0 and the update gate 0.9, by the table of conventions."""
    return {name: 0.1 if CONVENTIONS["gru_2014", key].turned else 0.9 for name, key in _SOURCES.items()}


_KEEPS = "here the update gate keeps: 0.9 of the old state stays."
_TAKES = "here the update gate takes: 0.9 of the candidate comes in, and 0.1 of the old state stays."

OPEN = Predict(
    key="rosetta.open",
    title="An update gate at 0.9",
    stars=1,
    statement="""
Four sources describe a GRU with one unit. Its update gate is at 0.9, the old state is 1 and the candidate 0. What is the new state, in the GRU of the article (`article`), of the paper by Cho and others (`cho`), of Haiku (`haiku`)
and of TF1 (`tf1`), where the update gate is called u?
""",
    start="my_states = dict(article=..., cho=..., haiku=..., tf1=...)",
    hints=(
        "The new state is a mean of the old one and the candidate. With these numbers it is 0.9 or 0.1: which of the two gets the 0.9?",
        "The table on this page has a column *z = 1*. Where it says *keeps*, 0.9 of the old state stays.",
        "Two of the four keep. TF1's documentation says that it follows Cho, Haiku's that it follows Chung, whose sign is that of the article.",
    ),
    truth=_open,
    solution="""
- `article`: $h = (1 - z)\\, h_{t-1} + z\\, \\tilde{h}$, so 0.1.
- `cho`: $h = z\\, h_{t-1} + (1 - z)\\, \\tilde{h}$, so 0.9.
- `haiku`: the sign of the article, 0.1.
- `tf1`: $u\\, h + (1 - u)\\, c$, so 0.9.
""",
    wrong=(
        Wrong(_TAKES, {"article": 0.9}),
        Wrong(_KEEPS, {"cho": 0.1}),
        Wrong(_TAKES, {"haiku": 0.9}),
        Wrong(_KEEPS, {"tf1": 0.1}),
        Wrong("the new state is a mean of 1 and 0 with weights that add up to 1, so it lies between.", {"article": 1.9}),
    ),
    afterword="""
None of the four is wrong, and nobody who trains one of them from scratch notices. You notice when you read a plot of somebody's update gates, or load somebody's weights.
""",
)

_TURN = """
def my_turned(kernel, recurrent_kernel, bias, order):
    H = len(recurrent_kernel)
    sign = np.repeat([-1.0 if gate == "z" else 1.0 for gate in order], H)
    return kernel * sign, recurrent_kernel * sign, bias * sign
"""


def _turn_cases(rng):
    return [
        (rng.standard_normal((D, 3 * H)), rng.standard_normal((H, 3 * H)), rng.standard_normal(3 * H), order)
        for D, H, order in ((2, 3, "zrn"), (4, 3, "rzn"), (3, 1, "zrn"), (3, 2, "nrz"))
    ]


def _turns(value, kernel, recurrent_kernel, bias, order):
    """None if a GRU with h = (1 - z) h + z n and the old weights does what one with the other sign and the new ones does."""
    if problem := misfit(value, kernel=kernel.shape, recurrent_kernel=recurrent_kernel.shape, bias=bias.shape):
        return problem
    rng = np.random.default_rng(0)
    xs, H = rng.standard_normal((5, 4, len(kernel))), len(recurrent_kernel)
    if np.allclose(
        _states(xs, *value, order, True), _states(xs, kernel, recurrent_kernel, bias, order, False), rtol=0, atol=1e-9
    ):
        return None
    return f"The shapes are right, but the GRU with the other sign gives other states, for the order {order!r} with H = {H}."


def _states(xs, kernel, recurrent_kernel, bias, order, keeps):
    """A GRU that resets before the product; its z keeps the old state or overwrites it."""
    H, hs = len(recurrent_kernel), []
    h = np.zeros((xs.shape[1], H))
    W_x, W_h, b = (dict(zip(order, np.split(w, 3, -1), strict=True)) for w in (kernel, recurrent_kernel, bias))
    sigma = lambda a: 1 / (1 + np.exp(-a))
    for x in xs:
        r, z = (sigma(x @ W_x[gate] + h @ W_h[gate] + b[gate]) for gate in "rz")
        n = np.tanh(x @ W_x["n"] + (r * h) @ W_h["n"] + b["n"])
        h = z * h + (1 - z) * n if keeps else (1 - z) * h + z * n
        hs.append(h)
    return np.array(hs)


TURN = Write(
    key="rosetta.turn",
    title="The other sign of z",
    stars=1,
    statement="""
A GRU was trained where $z = 1$ *takes the new* state: $h = (1 - z)\\, h_{t-1} + z\\, n$. You want to run it where $z = 1$ *keeps the old*: $h = z\\, h_{t-1} + (1 - z)\\, n$. Its arrays are `kernel` $(D, 3H)$,
`recurrent_kernel` $(H, 3H)$ and `bias` $(3H,)$, with three blocks of columns in the `order` that is told, such as `"zrn"` or `"rzn"`. Return the three arrays, new ones, with which it computes the same.
""",
    start="""
def my_turned(kernel, recurrent_kernel, bias, order):
    ...
    return kernel, recurrent_kernel, bias
""",
    hints=(
        "You want a gate that is $1 - z$ wherever the old one was $z$. What has to be done to the pre-activation?",
        "$1 - \\sigma(a) = \\sigma(-a)$. So all that is added up to the pre-activation of z changes its sign, and nothing else.",
        "The columns of z begin at `H * order.index('z')`. Multiply those of all three arrays by -1, in copies: an array of $3H$ signs does it in one product each.",
    ),
    solution=_TURN,
    cases=_turn_cases,
    examine=_turns,
    wrong=(
        Wrong(
            "Every block is turned here. r and n are the same in both networks: only z is.",
            "np.repeat([-1.0 for gate in order], H)",
            'np.repeat([-1.0 if gate == "z" else 1.0 for gate in order], H)',
        ),
        Wrong(
            "The bias is left as it was. It is part of the pre-activation: 1 - sigma(a) is sigma(-a) only if all of a changes its sign.",
            "recurrent_kernel * sign, bias.copy()",
            "recurrent_kernel * sign, bias * sign",
        ),
        Wrong(
            "The first block is turned, whatever it is. Where z stands is told by `order`.",
            "np.repeat([-1.0, 1.0, 1.0], H)",
            'np.repeat([-1.0 if gate == "z" else 1.0 for gate in order], H)',
        ),
        Wrong(
            "The weights of z are subtracted from 1. What is to be subtracted from 1 is the gate; its weights change their sign.",
            "def my_turned(kernel, recurrent_kernel, bias, order):\n"
            "    z = np.repeat([gate == 'z' for gate in order], len(recurrent_kernel))\n"
            "    return tuple(np.where(z, 1 - w, w) for w in (kernel, recurrent_kernel, bias))",
        ),
        Wrong(
            "Only what comes from x is turned. The pre-activation of z has a share of h as well.",
            "return kernel * sign, recurrent_kernel.copy(), bias * sign",
            "return kernel * sign, recurrent_kernel * sign, bias * sign",
        ),
    ),
    afterword="""
Do it twice, and you are back. It is the only difference between GRUs that costs nothing; where the reset acts cannot be converted.
""",
)


def _fits(cell, library, arrays):
    """Whether a library takes arrays of these shapes, D = H = 4."""
    want = convert.write(cell.init(np.random.default_rng(0), 4, 4), library)
    return {name: np.shape(x) for name, x in arrays.items()} == {name: x.shape for name, x in want.items()}


def _arrays(cell, library):
    return convert.write(cell.init(np.random.default_rng(1), 4, 4), library)


def _torch_from_keras():
    w = _arrays(lstm, "keras")
    return {
        "weight_ih_l0": w["kernel"],
        "weight_hh_l0": w["recurrent_kernel"],
        "bias_ih_l0": w["bias"],
        "bias_hh_l0": w["bias"],
    }


NOISE = Choice(
    key="rosetta.noise",
    title="Which mistake is noticed?",
    stars=2,
    statement="""
Five people load weights, with as many inputs as units, $D = H$. Each does something that may be a mistake, and each library checks the names and the shapes of the arrays, and nothing else. Who gets an error message?
""",
    hints=(
        "A check of shapes sees how many axes an array has and how long they are. For each of the five, write down the shape that comes and the one that is expected.",
        "An exchange of blocks never changes a shape. A matrix (4H, H) and its transpose differ. How many biases does each library have?",
        "Keras's GRU has one bias or two, depending on where it resets: (3H,) or (2, 3H). ONNX's W and R have the same shape when D = H. TF1 and Haiku both have a matrix (D + H, 4H).",
    ),
    options=(
        Option(
            "Who puts TF1's `kernel` and `bias` into Haiku's `w` and `b`, names changed accordingly, and forgets that 1 is added.",
            "Nothing is wrong here at all: both have the order i g f o, one bias, and both add the 1 at run time.",
            lambda: not _fits(lstm, "haiku", {"w": _arrays(lstm, "tf1")["kernel"], "b": _arrays(lstm, "tf1")["bias"]}),
        ),
        Option(
            "Who puts the weights of x into ONNX's `R` and those of h into `W`.",
            "Both are (1, 4H, H) when D = H: not a sound.",
            lambda: (
                not _fits(
                    lstm,
                    "onnx",
                    {"W": _arrays(lstm, "onnx")["R"], "R": _arrays(lstm, "onnx")["W"], "B": _arrays(lstm, "onnx")["B"]},
                )
            ),
        ),
        Option(
            "Who loads a Keras GRU with `reset_after=True` from a file that was trained with `reset_after=False`.",
            "The bias betrays it: (3H,) comes, and (2, 3H) is expected.",
            lambda: not _fits(gru, "keras", _arrays(gru_2014, "keras")),
        ),
        Option(
            "Who loads an ONNX GRU with `linear_before_reset` 1 in place of 0.",
            "ONNX always has two biases, so all shapes are the same. The setting is an attribute of the operator and not an array.",
            lambda: not _fits(gru, "onnx", _arrays(gru_2014, "onnx")),
        ),
        Option(
            "Who takes PyTorch's GRU for one whose z overwrites.",
            "A sign has no shape.",
            lambda: not _fits(gru, "z overwrites", _arrays(gru, "torch")),
        ),
    ),
    afterword="""
Who puts Keras's matrices into PyTorch without turning them is noticed, too: $(H, 4H)$ is not $(4H, H)$, even if $D = H$. Of mistakes in loading these are the kind ones.
""",
)

_ONE = """
def my_torch(kernel, bias, D):
    H = kernel.shape[1] // 4
    i, j, f, o = (np.arange(H) + H * k for k in range(4))
    rows = np.concatenate([i, f, j, o])
    b = bias[rows]
    b[H:2 * H] += 1
    return kernel[:D].T[rows], kernel[D:].T[rows], b, np.zeros(4 * H)
"""


def _one_cases(rng):
    return [(rng.standard_normal((D + H, 4 * H)), rng.standard_normal(4 * H), D) for D, H in ((2, 3), (3, 2), (4, 1), (2, 4))]


def _one_loads(value, kernel, bias, D):
    """None if a torch.nn.LSTM with the answer in it does what TF1's cell does."""
    H = kernel.shape[1] // 4
    if problem := misfit(value, weight_ih=(4 * H, D), weight_hh=(4 * H, H), bias_ih=(4 * H,), bias_hh=(4 * H,)):
        return problem
    xs = np.random.default_rng(0).standard_normal((5, 3, D))
    if np.allclose(_torch("LSTM", value, xs), _tf1(xs, kernel, bias), rtol=0, atol=1e-9):
        return None
    return "The shapes are right, but torch.nn.LSTM with these weights gives other outputs than TF1's cell."


def _torch(kind, arrays, xs):
    """The outputs of torch.nn.LSTM or GRU with weights and biases of x and h in it."""
    import torch

    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    layer = getattr(torch.nn, kind)(xs.shape[-1], arrays[1].shape[1]).double()
    layer.load_state_dict({name: torch.from_numpy(np.array(x, float)) for name, x in zip(names, arrays, strict=True)})
    with torch.no_grad():
        return layer(torch.from_numpy(xs))[0].numpy()


def _tf1(xs, kernel, bias):
    H, hs = kernel.shape[1] // 4, []
    h, c = np.zeros((2, xs.shape[1], H))
    sigma = lambda a: 1 / (1 + np.exp(-a))
    for x in xs:
        i, j, f, o = np.split(np.concatenate([x, h], 1) @ kernel + bias, 4, 1)
        c = c * sigma(f + 1.0) + sigma(i) * np.tanh(j)
        h = np.tanh(c) * sigma(o)
        hs.append(h)
    return np.array(hs)


_TWICE = "    return kernel[:D].T[rows], kernel[D:].T[rows], b, np.zeros(4 * H)"

ONE = Mend(
    key="rosetta.one",
    title="From TF1 to PyTorch, with a mistake",
    stars=2,
    statement="""
This loads an LSTM of TF1 into `torch.nn.LSTM`, and its author was pleased with the first results. TF1 keeps `kernel` $(D + H, 4H)$, the rows of x first, and `bias` $(4H,)$, with the blocks i, j, f, o, and adds 1 to the forget gate when it runs. Return `weight_ih`
$(4H, D)$, `weight_hh` $(4H, H)$, `bias_ih` and `bias_hh`, $(4H,)$ each, so that torch computes what TF1 computed.
""",
    start=_ONE.replace(_TWICE, "    return kernel[:D].T[rows], kernel[D:].T[rows], b, b.copy()"),
    hints=(
        "Compare the outputs of both for one input, and look for what there is twice.",
        "PyTorch adds its two biases up.",
        "One of the two biases may hold everything, the 1 included, and the other zeros.",
    ),
    solution=_ONE,
    cases=_one_cases,
    examine=_one_loads,
    wrong=(
        Wrong(
            "Every bias counts twice, and with it the 1: PyTorch adds its two biases up.",
            "b, b.copy()",
            "b, np.zeros(4 * H)",
        ),
        Wrong(
            "Now the biases are right but for the 1, which nobody adds any more: PyTorch does not add it at run time.",
            "    b = bias[rows]\n",
            "    b = bias[rows]\n    b[H:2 * H] += 1\n",
        ),
        Wrong(
            "The 1 goes to the third block, where TF1 has its forget gate. After the exchange it is the second.",
            "b[2 * H:3 * H] += 1",
            "b[H:2 * H] += 1",
        ),
        Wrong(
            "The blocks are no longer exchanged: TF1's order is i, j, f, o, and PyTorch's i, f, g, o.",
            "np.concatenate([i, j, f, o])",
            "np.concatenate([i, f, j, o])",
        ),
        Wrong(
            "The 1 is shared out right, but the bias is not: half of it goes to each, and the 1 to both.",
            "def my_torch(kernel, bias, D):\n"
            "    H = kernel.shape[1] // 4\n"
            "    i, j, f, o = (np.arange(H) + H * k for k in range(4))\n"
            "    rows = np.concatenate([i, f, j, o])\n"
            "    b = bias[rows] / 2\n"
            "    b[H:2 * H] += 1\n"
            "    return kernel[:D].T[rows], kernel[D:].T[rows], b, b.copy()",
        ),
    ),
    afterword="""
Why was the author pleased? Where biases are small, hardly anything shows when they count twice: on this page no share changed in the second decimal. In a network that needs a large forget bias it would be another matter.
""",
)

_GRU = """
def my_keras(weight_ih, weight_hh, bias_ih, bias_hh):
    H = weight_hh.shape[1]
    r, z, n = (np.arange(H) + H * k for k in range(3))
    columns = np.concatenate([z, r, n])
    bias = np.array([bias_ih, bias_hh])
    return weight_ih.T[:, columns], weight_hh.T[:, columns], bias[:, columns]
"""


def _gru_cases(rng):
    draw = rng.standard_normal
    return [(draw((3 * H, D)), draw((3 * H, H)), draw(3 * H), draw(3 * H)) for D, H in ((2, 3), (3, 2), (4, 1), (2, 2))]


def _keras_loads(value, weight_ih, weight_hh, bias_ih, bias_hh):
    """None if Keras's formula with the answer does what torch.nn.GRU does."""
    H, D = weight_hh.shape[1], weight_ih.shape[1]
    if problem := misfit(value, kernel=(D, 3 * H), recurrent_kernel=(H, 3 * H), bias=(2, 3 * H)):
        return problem
    xs = np.random.default_rng(0).standard_normal((5, 3, D))
    hs = _torch("GRU", (weight_ih, weight_hh, bias_ih, bias_hh), xs)
    kernel, recurrent_kernel, bias = value
    h, sigma = np.zeros((3, H)), lambda a: 1 / (1 + np.exp(-a))
    for x, want in zip(xs, hs, strict=True):
        x_z, x_r, x_h = np.split(x @ kernel + bias[0], 3, 1)
        h_z, h_r, h_h = np.split(h @ recurrent_kernel + bias[1], 3, 1)
        z = sigma(x_z + h_z)
        h = z * h + (1 - z) * np.tanh(x_h + sigma(x_r + h_r) * h_h)
        if not np.allclose(h, want, rtol=0, atol=1e-9):
            return "The shapes are right, but Keras's GRU with these weights gives other outputs than torch.nn.GRU."
    return None


GRU = Write(
    key="rosetta.gru",
    title="A GRU from PyTorch to Keras",
    stars=2,
    statement="""
Write the conversion of a `torch.nn.GRU` to Keras's GRU, with `reset_after=True`. PyTorch has `weight_ih` $(3H, D)$, `weight_hh` $(3H, H)$ and two biases $(3H,)$, with the blocks r, z, n. Keras has `kernel` $(D, 3H)$, `recurrent_kernel` $(H, 3H)$ and one array `bias` $(2, 3H)$,
the bias beside x in its first row and that beside h in its second, with the blocks z, r, h; its h is our n. In both, $z = 1$ keeps the old state. Return `kernel`, `recurrent_kernel`, `bias`.
""",
    start="""
def my_keras(weight_ih, weight_hh, bias_ih, bias_hh):
    ...
    return kernel, recurrent_kernel, bias
""",
    hints=(
        "Three things: matrices that stand are to lie, two blocks change places, two biases become the rows of one array. What happens to the sign of z?",
        "Nothing happens to the sign. Blocks of H columns: the first two change places, the third stays.",
        "The order in which the old columns are wanted is `np.concatenate([z, r, n])`, where r, z, n are the numbers of PyTorch's rows, `np.arange(H)`, `np.arange(H) + H` and `np.arange(H) + 2 * H`. Use it for the transposed matrices and for both biases.",
    ),
    solution=_GRU,
    cases=_gru_cases,
    examine=_keras_loads,
    wrong=(
        Wrong(
            "The blocks are still in PyTorch's order, r z n. Keras has z r h.",
            "np.concatenate([r, z, n])",
            "np.concatenate([z, r, n])",
        ),
        Wrong(
            "The matrices are in Keras's order, and the biases are not.",
            "weight_hh.T[:, columns], bias",
            "weight_hh.T[:, columns], bias[:, columns]",
        ),
        Wrong(
            "The rows of the bias have changed places. That beside x comes first; for r and z it makes no difference, for n it does, since its second bias is inside the reset.",
            "np.array([bias_hh, bias_ih])",
            "np.array([bias_ih, bias_hh])",
        ),
        Wrong(
            "The biases were added up. For r and z that is right, but the second bias of n is multiplied by the reset.",
            "np.array([bias_ih + bias_hh, 0 * bias_hh])",
            "np.array([bias_ih, bias_hh])",
        ),
        Wrong(
            "z was turned. Keras and PyTorch agree: z = 1 keeps the old state.",
            "def my_keras(weight_ih, weight_hh, bias_ih, bias_hh):\n"
            "    H = weight_hh.shape[1]\n"
            "    columns = np.concatenate([np.arange(H, 2 * H), np.arange(H), np.arange(2 * H, 3 * H)])\n"
            "    sign = np.repeat([-1.0, 1.0, 1.0], H)\n"
            "    bias = np.array([bias_ih, bias_hh])[:, columns] * sign\n"
            "    return weight_ih.T[:, columns] * sign, weight_hh.T[:, columns] * sign, bias",
        ),
    ),
    afterword="""
With `reset_after=False` there is no such conversion: that is the other GRU, and its bias has another shape, which tells.
""",
)

_DETECTIVE = """
def my_order(W_x, W_h, b, xs, hs):
    from itertools import permutations
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    orders, apart = list(permutations("ifgo")), np.zeros(24)
    for k, order in enumerate(orders):
        h = c = np.zeros(hs[0].shape)
        for x, seen in zip(xs, hs):
            a = dict(zip(order, np.split(x @ W_x + h @ W_h + b, 4, axis=1)))
            c = sigmoid(a["f"]) * c + sigmoid(a["i"]) * np.tanh(a["g"])
            h = sigmoid(a["o"]) * np.tanh(c)
            apart[k] = max(apart[k], np.abs(h - seen).max())
    return "".join(orders[np.argmin(apart)]), apart
"""


def _blocks(H, order, wanted):
    """Columns of the blocks of `order`, in the order that is wanted."""
    return np.concatenate([np.arange(H) + H * "".join(order).index(gate) for gate in wanted])


def _detective_cases(rng):
    cases = []
    for D, H, order in zip((3, 2, 4, 3), (4, 3, 2, 5), rng.permutation(list(permutations("ifgo")))[:4], strict=True):
        p, xs = lstm.init(rng, D, H), rng.standard_normal((6, 3, D))
        p = p._replace(W_x=2 * p.W_x, W_h=2 * p.W_h)
        cases.append((*(w[..., _blocks(H, "ifgo", order)] for w in p), xs, run(lstm, p, xs)[0]))
    return cases


def _detected(value, W_x, W_h, b, xs, hs):
    """None if the order and the distances are those that the package's own cell finds."""
    if not isinstance(value, tuple) or len(value) != 2 or not isinstance(value[0], str):
        return "A tuple is expected, of the order, a string such as 'igfo', and the 24 distances."
    orders = ["".join(order) for order in permutations("ifgo")]
    apart = []
    for order in orders:
        mine, _ = run(lstm, lstm.Params(*(w[..., _blocks(len(W_h), order, "ifgo")] for w in (W_x, W_h, b))), xs)
        apart.append(np.abs(mine - hs).max())
    truth = orders[int(np.argmin(apart))]
    if value[0] != truth:
        return f"{value[0]!r} does not reproduce the outputs, {truth!r} does. (The next file has another order.)"
    return difference(value[1], np.array(apart), "the array of distances")


DETECTIVE = Write(
    key="rosetta.detective",
    title="The detective",
    stars=3,
    statement="""
An LSTM without papers: `W_x` $(D, 4H)$, `W_h` $(H, 4H)$, `b` $(4H,)$, its four blocks of columns in an unknown order. Nothing is added at run time. Somebody has fed it with `xs` $(T, B, D)$, from a state of zeros, and wrote down
its outputs `hs` $(T, B, H)$. Return two things: the order of the blocks as a string, in our letters (`"ifgo"` if it is PyTorch's, `"igfo"` if it is TF1's, and so on), and as evidence an array of 24 distances: for each order, in the sequence of
`itertools.permutations("ifgo")`, the largest absolute difference between its outputs and `hs`.
""",
    start="""
def my_order(W_x, W_h, b, xs, hs):
    ...
    return order, apart
""",
    hints=(
        "There are 24 suspects, and each makes a prediction. Import `permutations` inside the function.",
        "For each order, run the LSTM from zeros: split the pre-activations into four blocks, give each its letter (`dict(zip(order, blocks))`), and compute c and h as always.",
        "Keep the largest of all `np.abs(h - seen)` of an order in `apart[k]`. The right order has a distance of 0, but for rounding: it is `orders[np.argmin(apart)]`.",
    ),
    solution=_DETECTIVE,
    cases=_detective_cases,
    examine=_detected,
    wrong=(
        Wrong(
            "This is the worst suspect: the one whose outputs are farthest from what was seen.",
            "np.argmax(apart)",
            "np.argmin(apart)",
        ),
        Wrong(
            "Each suspect starts where the one before it ended. Every order is to start from a state of zeros.",
            "    h = c = np.zeros(hs[0].shape)\n    for k, order in enumerate(orders):\n",
            "    for k, order in enumerate(orders):\n        h = c = np.zeros(hs[0].shape)\n",
        ),
        Wrong(
            "The order is right, but the distances are those of the last step alone. The largest of all steps is asked for.",
            "apart[k] = np.abs(h - seen).max()",
            "apart[k] = max(apart[k], np.abs(h - seen).max())",
        ),
        Wrong(
            "Here h is tanh of the cell alone: the output gate is missing, and no order can reproduce what was seen.",
            "h = np.tanh(c)",
            'h = sigmoid(a["o"]) * np.tanh(c)',
        ),
        Wrong(
            "Each step is given the outputs that it is to reproduce, in place of those of the step before.",
            "seen @ W_h + b",
            "h @ W_h + b",
        ),
        Wrong(
            "The forget bias gets 1 more than stands in the file. In this file nothing is added at run time.",
            'sigmoid(a["f"] + 1) * c',
            'sigmoid(a["f"]) * c',
        ),
    ),
    afterword="""
One step would have been enough: from a state of zeros the three blocks i, g and o make themselves known, and f is the one that is left. But you would not know then whether a 1 is added to it, since it had nothing to forget.
""",
)

EXERCISES = (OPEN, TURN, NOISE, ONE, GRU, DETECTIVE)
