"""The exercises of the chapter that opens the LSTM."""

import numpy as np

from lstm_course.cells import lstm, lstm_1997
from lstm_course.exercises.differences import described
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals
from lstm_course.unroll import run


def _count():
    import torch

    p = lstm.init(np.random.default_rng(0), 3, 2)
    return {
        "W_x": p.W_x.shape,
        "W_h": p.W_h.shape,
        "ours": sum(x.size for x in p),
        "torch": sum(x.numel() for x in torch.nn.LSTM(3, 2).parameters()),
    }


COUNT = Predict(
    key="lstm.count",
    title="Count by hand",
    stars=1,
    statement="""
An LSTM reads vectors of three numbers and has hidden size 2. Which shapes do `W_x` and `W_h` have in this course? How many weights are there, biases included: here (`ours`),
and in `torch.nn.LSTM(3, 2)` (`torch`)?
""",
    start="my_count = dict(W_x=..., W_h=..., ours=..., torch=...)",
    hints=(
        "How many layers are learned, and how many numbers does each of them put out?",
        "Four layers of $H = 2$ numbers each, side by side: both matrices have $4H$ columns. Their rows are what is read.",
        "Each of the $4H = 8$ columns reads three inputs and two numbers of $h$, and has one bias. PyTorch gives it a second bias.",
    ),
    truth=_count,
    solution="""
$4H = 8$ numbers are to be computed. `W_x` is $(3, 8)$ and `W_h` is $(2, 8)$. Each of the 8 has $3 + 2 + 1 = 6$ weights: 48. PyTorch has one more for each: 56.
""",
    wrong=(
        Wrong("this is lying the other way. Our rows are inputs, and we write x W. (PyTorch stores it so.)", {"W_x": (8, 3)}),
        Wrong("this is one layer. The four of them stand side by side.", {"W_x": (3, 2)}),
        Wrong("these are the columns of `W_x`, but its rows are the numbers that it reads: three.", {"W_x": (2, 8)}),
        Wrong("this is lying the other way. Our rows are what is read, and we write h W.", {"W_h": (8, 2)}),
        Wrong("this is one layer. The four of them stand side by side.", {"W_h": (2, 2)}),
        Wrong("this matrix reads h, which has two numbers.", {"W_h": (3, 8)}),
        Wrong("this is one layer of the four.", {"ours": 12}),
        Wrong("these are three layers. There are four boxes in the picture.", {"ours": 36}),
        Wrong("the biases are missing.", {"ours": 40}),
        Wrong("this has two biases for every number. In this course there is one.", {"ours": 56}),
        Wrong("this has one bias for every number. PyTorch has two.", {"torch": 48}),
        Wrong("the biases are missing.", {"torch": 40}),
    ),
    afterword="""
The second bias of PyTorch adds nothing that the first could not do: the two are added up. Take care when you compare two papers by their numbers of weights.
""",
)


def _goes_on(handed):
    """Whether the second half goes on as if there were no cut, with what `handed` makes of the first half."""
    rng = np.random.default_rng(0)
    p, xs = lstm.init(rng, 8, 16), rng.standard_normal((100, 4, 8))
    hs, state = run(lstm, p, xs[:50])
    return np.allclose(run(lstm, p, xs[50:], handed(hs, state))[0], run(lstm, p, xs)[0][50:])


HAND = Choice(
    key="lstm.hand",
    title="What must be handed on?",
    stars=1,
    statement="""
An LSTM with $D = 8$ and $H = 16$ reads 100 steps, four sequences at a time. You cut the job in two: steps 0 to 49 today, 50 to 99 tomorrow, and today's inputs will be gone by then. Which is the least that you must keep
overnight, beside the weights, so that tomorrow's outputs are the same as without the cut?
""",
    hints=(
        "Look at the chain: which lines cross from one module into the next?",
        "Write down what one step of the equations needs beside $x_t$ and the weights.",
        "$h_{t-1}$ goes into the four layers, and $c_{t-1}$ onto the upper line. Neither can be computed from the other alone.",
    ),
    options=(
        Option(
            "Nothing. The weights are the memory.",
            "The weights are the same for all sequences. What this sequence has said so far is in the state.",
            lambda: _goes_on(lambda hs, state: None),
        ),
        Option(
            "The last h, an array (4, 16): it is the output, and what the layers read.",
            "The upper line is cut: c starts from zero tomorrow. It cannot be computed back from h, which has passed the output gate.",
            lambda: _goes_on(lambda hs, state: lstm.State(state.h, 0 * state.c)),
        ),
        Option(
            "The last c, an array (4, 16): it is the memory.",
            "The four layers read h of the step before, and at the first step of tomorrow they would read zeros.",
            lambda: _goes_on(lambda hs, state: lstm.State(0 * state.h, state.c)),
        ),
        Option(
            "The last h and the last c, two arrays (4, 16).",
            "These are the two lines that cross from module to module.",
            lambda: _goes_on(lambda hs, state: state),
        ),
        Option(
            "All 50 outputs, an array (50, 4, 16), since the state of any step may be needed later.",
            "Fifty arrays, and c is in none of them. To work it out from h one needs the output gate, and for that an input which is gone.",
            lambda: _goes_on(lambda hs, state: lstm.State(hs[-1], 0 * state.c)),
        ),
    ),
    afterword="""
Two arrays, however long the sequence was. In PyTorch they are the pair that comes back beside the outputs: `hs, (h, c) = layer(xs)`.
""",
)


def _weights_cases(rng):
    sizes = [(2, 1, 2, 2), (8, 4, 2, 2), (8, 8, 3, 2), (3, 2, 1, 4), (5, 3, 4, 1)]
    return [*sizes, tuple(int(k) for k in rng.integers(2, 9, 4))]


def _weights_truth(D, K, blocks, size):
    """Build the network and count its numbers."""
    import torch

    hidden = lstm_1997.memory_blocks(size).init(np.random.default_rng(0), D, blocks * size)
    return sum(x.size for x in hidden) + sum(x.numel() for x in torch.nn.Linear(blocks * size, K).parameters())


def _whole_number(value, *case):
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return (
            "The answer is None. Is a `return` missing?"
            if value is None
            else f"A number is expected, and {described(value)} came."
        )
    if value == _weights_truth(*case):
        return (
            None if isinstance(value, int | np.integer) else "The number is right, but a count is a whole number: use * and +."
        )
    D, K, blocks, size = case
    return f"{value} is not it for D={D}, K={K}, blocks={blocks}, size={size}; expected {_weights_truth(*case)}."


WEIGHTS = Write(
    key="lstm.1997",
    title="A network of 1997",
    stars=2,
    statement="""
Count the weights of a network of 1997: `D` inputs, `K` outputs, `blocks` memory blocks with `size` cells each. A block has one input gate and one output gate, which all its cells share. Every
gate and every cell reads all inputs, all cells and all gates. Every output reads all cells. Gates, cells and outputs have one bias each. (So it was in experiments 4 to 6.) Return a whole number.
""",
    start="""
def my_weights(D, K, blocks, size):
    ...
""",
    hints=(
        "First count units, then what each unit reads. How many gates are there, and how many cells?",
        "`gates = 2 * blocks`, `cells = blocks * size`. A gate and a cell read the same things: how many numbers is that?",
        "Each of the `gates + cells` units has `D + cells + gates` weights and a bias; each of the `K` outputs has `cells` weights and a bias.",
    ),
    solution="""
def my_weights(D, K, blocks, size):
    gates, cells = 2 * blocks, blocks * size
    hidden = (gates + cells) * (D + cells + gates + 1)
    return hidden + K * (cells + 1)
""",
    cases=_weights_cases,
    examine=_whole_number,
    wrong=(
        Wrong(
            "The gates are not read. In 1997 every gate and every cell reads the gates of the step before as well.",
            "(D + cells + 1)",
            "(D + cells + gates + 1)",
        ),
        Wrong(
            "This has two gates for every cell. The cells of a block share one pair.",
            "2 * blocks * size,",
            "2 * blocks,",
        ),
        Wrong(
            "This has three gates for a block. The forget gate came in 2000.",
            "gates, cells = 3 * blocks, blocks * size",
            "gates, cells = 2 * blocks, blocks * size",
        ),
        Wrong("The outputs read the cells only, not the gates.", "K * (cells + gates + 1)", "K * (cells + 1)"),
        Wrong("The outputs read the cells only, not the inputs.", "K * (cells + D + 1)", "K * (cells + 1)"),
        Wrong("The outputs are missing.", "return hidden", "return hidden + K * (cells + 1)"),
        Wrong("The biases of the outputs are missing.", "K * cells", "K * (cells + 1)"),
        Wrong("The biases of gates and cells are missing.", "(D + cells + gates)", "(D + cells + gates + 1)"),
        Wrong(
            "This is the formula of today's cell, with an output layer: four layers for each cell, none of which reads gates.",
            "    H = blocks * size\n    return 4 * (D * H + H * H + H) + K * (H + 1)\n",
            "    gates, cells = 2 * blocks, blocks * size\n    hidden = (gates + cells) * (D + cells + gates + 1)\n"
            "    return hidden + K * (cells + 1)\n",
        ),
        Wrong(
            "No biases at all are counted. Gates, cells and outputs have one each.",
            "    return (gates + cells) * (D + cells + gates) + K * cells\n",
            "    hidden = (gates + cells) * (D + cells + gates + 1)\n    return hidden + K * (cells + 1)\n",
        ),
    ),
    afterword="""
`my_weights(2, 1, 2, 2)` is the adding network with its 93 weights. Sharing gates saves weights: four blocks of one cell have as many cells, and nearly twice as many weights.
""",
)


def _step_cases(rng):
    cases = []
    for B, D, H, kind in ((3, 2, 4, "float64"), (1, 3, 2, "float64"), (2, 4, 3, "float32")):
        sizes = [(B, D), (B, H), (B, H), (D, 4 * H), (H, 4 * H), (4 * H,)]
        cases.append(tuple((0.8 * rng.standard_normal(size)).astype(kind) for size in sizes))
    return cases


def _step_truth(x, h, c, W_x, W_h, b):
    """One step of torch's own LSTM."""
    import torch

    cell = torch.nn.LSTMCell(*W_x.shape[:1], len(W_h)).double()
    tensor = lambda array: torch.from_numpy(np.ascontiguousarray(array, "float64"))
    weights = {"weight_ih": W_x.T, "weight_hh": W_h.T, "bias_ih": b, "bias_hh": 0 * b}
    cell.load_state_dict({name: tensor(array) for name, array in weights.items()})
    with torch.no_grad():
        new = cell(tensor(x), (tensor(h), tensor(c)))
    return tuple(part.numpy().astype(x.dtype) for part in new)


_STEP = """
def my_step(x, h, c, W_x, W_h, b):
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    a_i, a_f, a_g, a_o = np.split(x @ W_x + b, 4, axis=1)
    W_i, W_f, W_g, W_o = np.split(W_h, 4, axis=1)
    i = sigmoid(a_i + np.einsum("bj,jk->bk", h, W_i))
    f = sigmoid(a_f + np.einsum("bj,jk->bk", h, W_f))
    g = np.tanh(a_g + np.einsum("bj,jk->bk", h, W_g))
    o = sigmoid(a_o + np.einsum("bj,jk->bk", h, W_o))
    c = f * c + i * g
    return o * np.tanh(c), c
"""

_RIGHT, _TURNED = '"bj,jk->bk", h, W_', '"bk,jk->bj", h, W_'

TRANSPOSED = Mend(
    key="lstm.transposed",
    title="Find the transposed matrix",
    stars=2,
    statement="""
This step runs, and its $h$ lies between -1 and 1 as it should. Yet with the same weights it does not compute what the equations say: one of the matrices is transposed. No shape gives it away, and from
a state of zeros the first step is right. (`np.einsum("bj,jk->bk", h, W)` is `h @ W`, with its indices written out.) Find the place by comparing line by line with the definition, and mend it. It returns $h_t$ and $c_t$.
""",
    start=_STEP.replace(_RIGHT + "g", _TURNED + "g"),
    hints=(
        "Which matrices could be transposed without an error message? Only square ones.",
        "`W_x` is $(D, 4H)$ and `W_h` is $(H, 4H)$; but its four blocks are $(H, H)$. In which of the four products do rows and columns change places?",
        "In the definition each of the four is $x W_x + h W_h + b$, with its own block and no transpose: unit $k$ sums over $j$ what $h_j$ sends through $W_{jk}$. Which line sums over the other index?",
    ),
    solution=_STEP,
    cases=_step_cases,
    examine=equals(_step_truth, "h", "c"),
    wrong=(
        Wrong(
            "The gates i, f and o are right, and the candidate g is not: its block of W_h is transposed, so that it hears from h through the wrong weights.",
            _TURNED + "g",
            _RIGHT + "g",
        ),
        Wrong(
            "Now all four blocks are transposed. They agree with one another, and not with the definition, x W_x + h W_h + b.",
            _STEP.replace(_RIGHT, _TURNED),
        ),
        Wrong("Now the forget gate has the transposed block.", _TURNED + "f", _RIGHT + "f"),
        Wrong("Now the input gate has the transposed block.", _TURNED + "i", _RIGHT + "i"),
        Wrong("Now the output gate has the transposed block.", _TURNED + "o", _RIGHT + "o"),
        Wrong("The candidate does not hear from h any more.", "np.tanh(a_g)", 'np.tanh(a_g + np.einsum("bj,jk->bk", h, W_g))'),
        Wrong(
            "The candidate takes the block of the output gate: the order is i, f, g, o.",
            _RIGHT + "o))\n    o",
            _RIGHT + "g))\n    o",
        ),
        Wrong("f and i have changed places: f keeps the old c, i lets the candidate in.", "i * c + f * g", "f * c + i * g"),
        Wrong("h is the output gate times tanh of c. The tanh is missing.", "o * c, c", "o * np.tanh(c), c"),
    ),
    afterword="""
As long as one and the same code trains a network and runs it, this mistake costs nothing: a transposed block is only another way to store the same weights. It bites when weights come from elsewhere, or when a
derived gradient follows the definition. Any comparison with another implementation finds it, if the weights are random and the state is not zero.
""",
)


def _torch_cases(rng):
    cases = []
    for order, D, H in (("ifgo", 3, 2), ("igfo", 2, 3), ("iofg", 4, 3)):
        cases.append((*(rng.standard_normal(size) for size in ((D, 4 * H), (H, 4 * H), (4 * H,))), order))
    return cases


def _by_letters(xs, kernel, recurrent_kernel, bias, order):
    """The foreign layer's outputs, each gate found by its letter."""
    H = len(recurrent_kernel)
    h = c = np.zeros((xs.shape[1], H))
    hs = []
    for x in xs:
        a = dict(zip(order, np.split(x @ kernel + h @ recurrent_kernel + bias, 4, axis=1), strict=True))
        i, f, o = (1 / (1 + np.exp(-a[gate])) for gate in "ifo")
        c = f * c + i * np.tanh(a["g"])
        h = o * np.tanh(c)
        hs.append(h)
    return np.stack(hs)


_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _loads(value, kernel, recurrent_kernel, bias, order):
    """Put an answer into torch's own layer and compare its outputs; how the bias is shared out does not matter."""
    import torch

    (D, A), H = kernel.shape, len(recurrent_kernel)
    if value is None:
        return "The answer is None. Is a `return` missing?"
    if not isinstance(value, tuple | list) or len(value) != 4:
        came = f"{len(value)} parts" if isinstance(value, tuple | list) else described(value)
        return f"Four arrays are expected, {', '.join(_NAMES)}; {came} came."
    for name, array, shape in zip(_NAMES, value, ((A, D), (A, H), (A,), (A,)), strict=True):
        if not isinstance(array, np.ndarray) or array.dtype != kernel.dtype:
            kind = f"an array of {array.dtype}" if isinstance(array, np.ndarray) else described(array)
            return f"{name} is {kind}; an array of {kernel.dtype} is expected."
        if array.shape != shape:
            return f"{name} has the shape {array.shape}, expected {shape}."
    layer = torch.nn.LSTM(D, H).double()
    layer.load_state_dict(
        {f"{name}_l0": torch.from_numpy(np.ascontiguousarray(x)) for name, x in zip(_NAMES, value, strict=True)}
    )
    xs = np.random.default_rng(0).standard_normal((5, 2, D))
    with torch.no_grad():
        hs = layer(torch.from_numpy(xs))[0].numpy()
    if np.allclose(hs, _by_letters(xs, kernel, recurrent_kernel, bias, order), rtol=0, atol=1e-9):
        return None
    return f"The shapes are right, but torch.nn.LSTM with these weights gives other outputs, for the order {order!r}."


_TORCH = """
def my_torch(kernel, recurrent_kernel, bias, order):
    H = len(recurrent_kernel)
    columns = np.concatenate([np.arange(H) + H * order.index(gate) for gate in "ifgo"])
    b = bias[columns]
    return kernel.T[columns], recurrent_kernel.T[columns], b, np.zeros_like(b)
"""

KERAS = Write(
    key="lstm.keras",
    title="From Keras to PyTorch",
    stars=3,
    statement="""
Keras keeps an LSTM as `kernel` $(D, 4H)$, `recurrent_kernel` $(H, 4H)$ and one `bias` $(4H,)$, with the four blocks in the order i, f, c, o. What Keras calls c is our candidate g, so in
our letters this is `"ifgo"`. Other libraries have the blocks in another order, `"igfo"` or `"iofg"`; let us suppose that their arrays come in the same three pieces.

Write the conversion to PyTorch for any such `order`. Return four new arrays, as `torch.nn.LSTM` keeps them: `weight_ih` $(4H, D)$, `weight_hh` $(4H, H)$, `bias_ih` $(4H,)$, `bias_hh` $(4H,)$, blocks in
the order i, f, g, o. Your arrays are put into a `torch.nn.LSTM`, which must then compute what the other layer computed. All that is added to the forget gate is in `bias` already.
""",
    start="""
def my_torch(kernel, recurrent_kernel, bias, order):
    ...
    return weight_ih, weight_hh, bias_ih, bias_hh
""",
    hints=(
        "Three things differ: how the matrices lie, in which order the blocks stand, and how many biases there are. Do them one at a time, for Keras first: there one of the three is nothing to do.",
        'The block of a gate begins at column `H * order.index(gate)`. Pick the blocks for the gates of `"ifgo"`, one after the other, and put them side by side.',
        "Then transpose the two matrices. PyTorch adds its two biases up: only their sum counts, so one of them may hold the whole bias and the other zeros.",
    ),
    solution=_TORCH,
    cases=_torch_cases,
    examine=_loads,
    wrong=(
        Wrong(
            "Right for Keras, whose order is PyTorch's in our letters. In the other orders the blocks still stand in the wrong places.",
            "np.arange(4 * H)",
            'np.concatenate([np.arange(H) + H * order.index(gate) for gate in "ifgo"])',
        ),
        Wrong(
            "Both biases hold the whole bias, and PyTorch adds them up: every gate gets it twice.",
            "b, b.copy()",
            "b, np.zeros_like(b)",
        ),
        Wrong(
            "1 is added to the bias of the forget gate. Keras sets it to 1 at the start of training and stores it with the others: it is in `bias` already.",
            "    b = bias[columns]\n    b[H : 2 * H] += 1\n",
            "    b = bias[columns]\n",
        ),
        Wrong(
            "The matrices lie as in Keras, rows for inputs. PyTorch keeps them transposed.",
            "return kernel[:, columns], recurrent_kernel[:, columns], b",
            "return kernel.T[columns], recurrent_kernel.T[columns], b",
        ),
        Wrong(
            "The blocks are sent the wrong way: from PyTorch's order to the other one. For an exchange of two blocks both ways are the same, for 'iofg' they are not.",
            '"ifgo".index(gate) for gate in order]',
            'order.index(gate) for gate in "ifgo"]',
        ),
        Wrong(
            "The four columns of a unit are taken to lie side by side. They do not: the H columns of one gate come first, then the H of the next.",
            "4 * np.arange(H) + order.index(gate)",
            "np.arange(H) + H * order.index(gate)",
        ),
        Wrong(
            "The matrices are in the new order, and the bias is not.",
            "b = bias.copy()",
            "b = bias[columns]",
        ),
        Wrong("Where has the bias gone? Both are zero.", "0 * b, np.zeros_like(b)", "b, np.zeros_like(b)"),
    ),
    afterword="""
Any two arrays that add up to the bias would do. The way back is not unique either: from PyTorch to Keras the two are added, and nobody can tell afterwards how they had been shared out.
""",
)

EXERCISES = (COUNT, HAND, WEIGHTS, TRANSPOSED, KERAS)
