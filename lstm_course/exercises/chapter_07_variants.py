"""The exercises of the chapter on the variants."""

import numpy as np

from lstm_course.cells import CELLS, coupled, gru, gru_2014
from lstm_course.cells.clockwork import clockwork
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals
from lstm_course.unroll import run


def _count():
    size = lambda name: sum(x.size for x in CELLS[name].init(np.random.default_rng(0), 3, 2))
    clock = clockwork((1, 2)).init(np.random.default_rng(0), 3, 2)
    used = sum(int(np.count_nonzero(x)) for x in clock)
    return {name: size(name) for name in ("peephole", "coupled", "gru_2014")} | {"clockwork": used}


COUNT = Predict(
    key="variants.count",
    title="What does a change cost?",
    stars=1,
    statement="""
With three inputs and two units an LSTM has $4 \\cdot 2 \\cdot (3 + 2 + 1) = 48$ weights. How many have its variants, biases included: the one with all peepholes (`peephole`), the coupled one without peepholes (`coupled`), the GRU of 2014
(`gru_2014`), and a clockwork network of two units with the periods 1 and 2 (`clockwork`), not counting the entries of $W_h$ that its mask sets to 0?
""",
    start="my_count = dict(peephole=..., coupled=..., gru_2014=..., clockwork=...)",
    hints=(
        "Each layer of two numbers costs $2 \\cdot (3 + 2 + 1) = 12$. How many layers has each cell?",
        "A peephole is one weight for each unit and each gate that sees. The GRU has two gates and a candidate.",
        "The clockwork network is a plain tanh layer of 12 weights. Of its $2 \\times 2$ matrix $W_h$ the slow unit does not read the fast one.",
    ),
    truth=_count,
    solution="""
- `peephole`: $48 + 3 \\cdot 2 = 54$. Three gates see, each unit's own cell.
- `coupled`: three layers, $3 \\cdot 12 = 36$.
- `gru_2014`: three layers as well, 36.
- `clockwork`: $12 - 1 = 11$. The slow unit reads itself, the fast one reads both.
""",
    wrong=(
        Wrong("this is the LSTM without peepholes.", {"peephole": 48}),
        Wrong("this is one peephole for each unit. Three gates see: i, f and o.", {"peephole": 50}),
        Wrong("this has a full matrix for each gate that sees. A gate sees its own cell and no other.", {"peephole": 60}),
        Wrong("a fourth peephole would be one for g, which is no gate and does not see.", {"peephole": 56}),
        Wrong("this is the LSTM. The forget gate has no layer of its own here.", {"coupled": 48}),
        Wrong("the biases are missing.", {"coupled": 30}),
        Wrong("this has peepholes for the two gates that are left.", {"coupled": 40}),
        Wrong("this has the second bias that torch gives to the candidate.", {"gru_2014": 38}),
        Wrong("this is the LSTM. The GRU has one layer less.", {"gru_2014": 48}),
        Wrong("these are the two gates. The candidate has a layer as well.", {"gru_2014": 24}),
        Wrong("this counts the weight by which the slow unit would read the fast one.", {"clockwork": 12}),
        Wrong(
            "of the four numbers of W_h three are read: each unit reads itself, and the fast one the slow one.",
            {"clockwork": 10},
        ),
    ),
    afterword="""
So "the same hidden size" is no fair comparison: the coupled cell has a quarter fewer weights than the LSTM. Fair would be the same number of weights, or the same time; these are different questions, and a paper should say which it asks.
""",
)


def _line_cases(rng):
    return [(rng.standard_normal((B, 3 * H)), rng.standard_normal((B, H))) for B, H in ((2, 3), (4, 1), (3, 5))]


def _coupled_truth(a, c):
    H = c.shape[-1]
    p = coupled.Params(np.zeros((1, 3 * H)), np.zeros((H, 3 * H)), np.zeros(3 * H))
    return tuple(coupled.step(p, a, (np.zeros_like(c), c))[0])


_ONE_LINE = """
def my_step(a, c_prev):
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    a_i, a_g, a_o = np.split(a, 3, axis=1)
    i, g, o = sigmoid(a_i), np.tanh(a_g), sigmoid(a_o)
    f = 1 - i
    c = f * c_prev + i * g
    return o * np.tanh(c), c
"""

ONE_LINE = Write(
    key="variants.one_line",
    title="One decision in one line",
    stars=1,
    statement="""
Turn the LSTM into the coupled cell. `a` of shape $(B, 3H)$ holds the pre-activations of i, g and o, finished; there is none for f. Return $h_t$ and $c_t$, each $(B, H)$. Where the dots are, an LSTM has `f = sigmoid(a_f)`; put in the line of the coupled cell.
""",
    start="""
def my_step(a, c_prev):
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    a_i, a_g, a_o = np.split(a, 3, axis=1)
    i, g, o = sigmoid(a_i), np.tanh(a_g), sigmoid(a_o)
    ...
    c = f * c_prev + i * g
    return o * np.tanh(c), c
""",
    hints=(
        "What is not written should be kept. How much is written?",
        "The two shares add up to one.",
        "f is what is missing from i to one.",
    ),
    solution=_ONE_LINE,
    cases=_line_cases,
    examine=equals(_coupled_truth, "h", "c"),
    wrong=(
        Wrong("here as much is kept as is written: f is i. It should be the rest.", "f = i\n", "f = 1 - i\n"),
        Wrong(
            "f is to be a share between 0 and 1, computed from the gate i and not from its pre-activation.",
            "f = 1 - a_i\n",
            "f = 1 - i\n",
        ),
        Wrong("f is held open: this is the cell that cannot forget.", "f = np.ones_like(i)\n", "f = 1 - i\n"),
        Wrong(
            "kept and written have changed places: what the gate lets in is the old c.",
            "c = i * c_prev + f * g",
            "c = f * c_prev + i * g",
        ),
        Wrong(
            "it is the output gate that is coupled here. The input gate decides what is written.", "f = 1 - o\n", "f = 1 - i\n"
        ),
        Wrong("h is the output gate times tanh of c. The tanh is missing.", "return o * c, c", "return o * np.tanh(c), c"),
    ),
    afterword="""
Since $1 - \\sigma(a) = \\sigma(-a)$, the coupled cell is an LSTM whose forget pre-activation is minus its input pre-activation. A forget bias of 1 is then an input bias of -1.
""",
)

_GRU = """
def my_step(x_part, h_prev, W_h, b_n):
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    x_r, x_z, x_n = np.split(x_part, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ W_h, 3, axis=1)
    r = sigmoid(x_r + h_r)
    z = sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * (h_n + b_n))
    return (1 - z) * n + z * h_prev
"""


def _gru_cases(rng):
    sizes = ((2, 3), (3, 2), (4, 5))
    return [
        (rng.standard_normal((B, 3 * H)), rng.standard_normal((B, H)), rng.standard_normal((H, 3 * H)), rng.standard_normal(H))
        for B, H in sizes
    ]


def _gru_truth(x_part, h_prev, W_h, b_n):
    p = gru.Params(np.zeros((1, W_h.shape[1])), W_h, np.zeros(W_h.shape[1]), b_n)
    return gru.step(p, x_part, (h_prev,))[0].h


SWAPPED = Mend(
    key="variants.swapped",
    title="Which way round is z?",
    stars=2,
    statement="""
This GRU was written after one paper and is fed with the weights of `torch.nn.GRU`. It runs, its outputs look fine, and it is wrong. `x_part` of shape $(B, 3H)$ is the input's share with its bias, in the order r, z, n;
`W_h` is $(H, 3H)$, `b_n` $(H,)$. Mend it, so that it computes what torch computes, and return $h_t$, $(B, H)$.
""",
    start=_GRU.replace("(1 - z) * n + z * h_prev", "z * n + (1 - z) * h_prev"),
    hints=(
        "Two papers may use one letter for opposite things. Which line would not notice?",
        "In torch's form, z = 1 keeps the old state.",
        "Let z be 1 everywhere: what should come out, and what does come out of the last line?",
    ),
    solution=_GRU,
    cases=_gru_cases,
    examine=equals(_gru_truth),
    wrong=(
        Wrong(
            "z is the wrong way round: here z = 1 takes the new value. In torch it keeps the old one.",
            "z * n + (1 - z) * h_prev",
            "(1 - z) * n + z * h_prev",
        ),
        Wrong(
            "now r and z have changed places in the input's share. The order is r, z, n.",
            "x_z, x_r, x_n = np.split(x_part",
            "x_r, x_z, x_n = np.split(x_part",
        ),
        Wrong(
            "now the reset acts before the product, as in the paper of 2014, and b_n is left outside.",
            "n = np.tanh(x_n + (r * h_prev) @ W_h[:, -len(b_n):] + b_n)",
            "n = np.tanh(x_n + r * (h_n + b_n))",
        ),
        Wrong(
            "torch has its second bias inside the reset: r * (h_n + b_n).",
            "n = np.tanh(x_n + r * h_n + b_n)",
            "n = np.tanh(x_n + r * (h_n + b_n))",
        ),
        Wrong(
            "here x_z alone has changed its sign. Turn the last line, or the whole sum, sigmoid(-(x_z + h_z)), with the last line as it was; a part of it is no use.",
            "z = sigmoid(-x_z + h_z)",
            "z = sigmoid(x_z + h_z)",
        ),
    ),
    afterword="""
Trained and run by the same code, both ways are equally good: training finds the weights with the other sign, since $1 - \\sigma(a) = \\sigma(-a)$. The mistake bites when weights change hands, and when one reads off a picture that "z is open".
""",
)


def _mask_truth(periods, H):
    p = clockwork(periods).init(np.random.default_rng(0), 1, H)
    return (p.W_h != 0).astype(float)


_MASK = """
def my_mask(periods, H):
    size = H // len(periods)
    period = np.repeat(periods, size)
    return (period[:, None] >= period[None, :]).astype(float)
"""

MASK = Write(
    key="variants.mask",
    title="Who reads whom?",
    stars=3,
    statement="""
A clockwork network can be written as a plain network with a mask: `h_prev @ (W_h * mask)`. Build the mask, an array $(H, H)$ of 0 and 1. `periods` are the modules' periods, rising, for instance `(1, 2, 4, 8)`; $H$ is a multiple of their number, and each
module has equally many units, the fast ones first. A module reads itself and the slower ones, never a faster one.
""",
    start="""
def my_mask(periods, H):
    ...
    return mask
""",
    hints=(
        "With row vectors, entry $(j, k)$ of $W_h$ is the weight by which unit $k$ reads unit $j$.",
        "So entry $(j, k)$ is 1 if unit $j$ is as slow as unit $k$ or slower.",
        "Give each unit the period of its module with `np.repeat`, and compare all pairs: `period[:, None]` is that of the unit that is read.",
    ),
    solution=_MASK,
    cases=lambda rng: [((1, 2), 4), ((1, 2, 4), 6), ((1, 3, 9, 27), 8), ((1, 2, 4, 8), 4)],
    examine=equals(_mask_truth),
    wrong=(
        Wrong(
            "this is the mask for columns, W_h h_prev, as in the paper: it lets slow modules read fast ones. With row vectors it is its transpose.",
            "(period[:, None] <= period[None, :])",
            "(period[:, None] >= period[None, :])",
        ),
        Wrong(
            "a module must read itself as well, or it is no memory.",
            "(period[:, None] > period[None, :])",
            "(period[:, None] >= period[None, :])",
        ),
        Wrong(
            "here each module reads itself and nobody else.",
            "(period[:, None] == period[None, :])",
            "(period[:, None] >= period[None, :])",
        ),
        Wrong(
            "the triangle runs through the modules: units of one module must read each other, also the ones behind them.",
            "def my_mask(periods, H):\n    return np.tril(np.ones((H, H)))\n",
        ),
        Wrong(
            "here units take turns between the modules. Units of one module stand together: np.repeat, and not np.tile.",
            "np.tile(periods, size)",
            "np.repeat(periods, size)",
        ),
    ),
    afterword="""
The wrong way round, slow modules read fast ones: the network runs and trains, and no error shows it. A test takes one line: push a fast unit, and the slow modules must not move.
""",
)


def _same(W_n=None, quiet=False, shut=False):
    """Whether the two GRUs agree over ten random steps, with weights that fit this description."""
    rng = np.random.default_rng(0)
    H = 3
    p = gru_2014.init(rng, 2, H)
    p = p._replace(W_n=rng.standard_normal((H, H)) if W_n is None else W_n(rng, H))
    if quiet:
        p = p._replace(W_x=p.W_x * np.repeat([0, 1, 1], H), W_h=p.W_h * np.repeat([0, 1], H), b=p.b * np.repeat([0, 1, 1], H))
    if shut:
        p = p._replace(b=p.b + np.repeat([0, -3, 0], H))
    q = gru.Params(p.W_x, np.concatenate([p.W_h, p.W_n], 1), p.b, np.zeros(H))
    xs = rng.standard_normal((10, 4, 2))
    return np.allclose(run(gru_2014, p, xs)[0], run(gru, q, xs)[0])


RESET = Choice(
    key="variants.reset",
    title="Before or after?",
    stars=2,
    statement="""
The GRU of 2014 resets before the product, $(r * h) W_n$; torch resets after it, $r * (h W_n)$. Both get the same weights, and torch's second bias `b_n` is 0. For which of these weights do the two compute the same?
""",
    hints=(
        "Write the product out for unit $k$: $\\sum_j r_j h_j W_{jk}$ and $r_k \\sum_j h_j W_{jk}$.",
        "In the first, each $h_j$ is weakened by its own reset; in the second, the whole sum by that of unit $k$. When is that no difference?",
        "When all $r_j$ are the same number, it may stand in front of the sum. When are they?",
    ),
    options=(
        Option(
            "For all: the product is linear, so it does not matter where one multiplies.",
            "A number could be moved across the product. r is a vector with a number for each unit, and these differ.",
            lambda: _same(),
        ),
        Option(
            "For a symmetric W_n.",
            "Symmetry does not help: unit k still reads other units, whose resets differ from its own.",
            lambda: _same(lambda rng, H: (m := rng.standard_normal((H, H))) + m.T),
        ),
        Option(
            "For an orthogonal W_n, since it keeps lengths.",
            "Lengths are kept, but units are mixed, and each has another reset.",
            lambda: _same(lambda rng, H: np.linalg.qr(rng.standard_normal((H, H)))[0]),
        ),
        Option(
            "For any W_n, if the weights and biases of the reset gate are 0.",
            "Then every reset is one half, at every step, and a number that is the same for all units can be moved across the product.",
            lambda: _same(quiet=True),
        ),
        Option(
            "For z near 0, where the candidate counts most.",
            "That makes the candidate matter more, and with it the difference.",
            lambda: _same(shut=True),
        ),
    ),
    afterword="""
And for a diagonal $W_n$, where units do not mix. Else the same weights give different networks. In torch's form $h$ is multiplied by one matrix of $3H$ columns at every step; the other form needs two products, one after the other.
""",
)

EXERCISES = (COUNT, ONE_LINE, SWAPPED, RESET, MASK)
