"""The exercises of the chapter on backpropagation through time."""

import numpy as np

from lstm_course.cells import rnn
from lstm_course.exercises.conventions import BATCH_FIRST, COLUMNS
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals


def _clip_cases(rng):
    """Long, short and zero gradients, in three arrays of different shapes and in one."""
    shapes = [(4, 3), (3, 3), (3,)]
    long = [rng.standard_normal(shape) for shape in shapes]
    short = [0.01 * rng.standard_normal(shape) for shape in shapes]
    single = [rng.standard_normal((2, 5)).astype("float32")]
    return [(long, 1.5), (short, 1.5), ([np.zeros(shape) for shape in shapes], 1.5), (single, 0.5)]


def _clip_truth(gradients, largest):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
    return [g * g.dtype.type(largest / norm) if norm > largest else g for g in gradients]


CLIP = Write(
    key="bptt.clip",
    title="Clip by norm",
    stars=1,
    statement="""
Write the clipping of gradients: `gradients` is a list of arrays, to be treated as one long vector. If that vector is longer
than `largest`, shorten it to this length without changing its direction; else leave it as it is. Return a list of new arrays.
""",
    start="""
def my_clip(gradients, largest):
    ...
""",
    hints=(
        "One long vector has one length. Find it before you touch any array.",
        "The square of the length is the sum of all squares, over all arrays: `sum((g ** 2).sum() for g in gradients)`.",
        "Every array is multiplied by the same factor, `largest / norm`, but only if the norm is larger than `largest`. A gradient of zero is "
        "never divided by its length.",
    ),
    solution="""
def my_clip(gradients, largest):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    if norm <= largest:
        return [g.copy() for g in gradients]
    return [g * (largest / norm) for g in gradients]
""",
    cases=_clip_cases,
    examine=equals(_clip_truth),
    wrong=(
        Wrong(
            "This clips number by number. The long entries are cut and the short ones are not, so the direction changes.",
            "def my_clip(gradients, largest):\n    return [np.clip(g, -largest, largest) for g in gradients]",
        ),
        Wrong(
            "Each array is clipped by its own norm. Together they are one vector, with one norm.",
            "def my_clip(gradients, largest):\n    return [g * min(1, largest / max(np.linalg.norm(g), 1e-9)) for g in gradients]",
        ),
        Wrong(
            "The root is missing: the norm is the square root of the sum of squares.",
            "sum((g**2).sum() for g in gradients)",
            "np.sqrt(sum((g**2).sum() for g in gradients))",
        ),
        Wrong(
            "Short gradients are made longer. Those below the limit must stay as they are.",
            "    if norm == 0:\n",
            "    if norm <= largest:\n",
        ),
        Wrong(
            "A gradient of zero is divided by its length, and 0 / 0 is nan. And those below the limit must stay as they are.",
            "    return [g * (largest / norm) for g in gradients]",
            "    if norm <= largest:\n        return [g.copy() for g in gradients]\n    return [g * (largest / norm) for g in gradients]",
        ),
        Wrong("The length becomes 1 and not `largest`.", "g * (1 / norm)", "g * (largest / norm)"),
        Wrong(
            "The factor stands on its head: largest / norm makes long gradients shorter.",
            "g * (norm / largest)",
            "g * (largest / norm)",
        ),
        Wrong(
            "The arrays are changed in place, and the caller loses the gradients. Return new ones.",
            "    for g in gradients:\n        g *= largest / norm\n    return gradients",
            "    return [g * (largest / norm) for g in gradients]",
        ),
        Wrong(
            "The norms of the arrays do not add up to the norm of the whole: add the squares, and take the root of the sum.",
            "sum(np.linalg.norm(g) for g in gradients)",
            "np.sqrt(sum((g**2).sum() for g in gradients))",
        ),
        Wrong(
            "The length becomes 1 and not `largest`, and short gradients are changed too.",
            "    return [g / max(norm, 1e-12) for g in gradients]",
            "    if norm <= largest:\n        return [g.copy() for g in gradients]\n    return [g * (largest / norm) for g in gradients]",
        ),
        Wrong(
            "Nearly: PyTorch adds 1e-6 to the norm so that nothing is divided by zero. Here the length should be exactly `largest`.",
            "largest / (norm + 1e-6)",
            "largest / norm",
        ),
        Wrong(
            "These are sums of absolute values. The length of a vector is the root of the sum of squares.",
            "sum(np.abs(g).sum() for g in gradients)",
            "np.sqrt(sum((g**2).sum() for g in gradients))",
        ),
    ),
    afterword="""
Every direction survives, and a gradient of zero stays zero. PyTorch's `torch.nn.utils.clip_grad_norm_` does the same in
place, but for the $10^{-6}$ that it adds to the norm.
""",
)


def _back(W, dhs, hs, W_back):
    """Total derivatives with the matrix `W_back` on the way back, in place of W's transpose."""
    dh = [dhs[-1]]
    for t in reversed(range(len(hs) - 1)):
        dh.insert(0, dhs[t] + (dh[0] * (1 - hs[t + 1] ** 2)) @ W_back)
    return np.stack(dh)


def _unnoticed(kind):
    """Whether the planted error changes nothing, for a matrix of this kind."""
    rng = np.random.default_rng(0)
    W = kind(rng.standard_normal((4, 4)))
    dhs, hs = rng.standard_normal((5, 2, 4)), np.tanh(rng.standard_normal((5, 2, 4)))
    return np.allclose(_back(W, dhs, hs, W), _back(W, dhs, hs, W.T))


def _any(W):
    return W


def _symmetric(W):
    return W + W.T


def _orthogonal(W):
    return np.linalg.qr(W)[0]


def _triangular(W):
    return np.triu(W)


PLANTED = Choice(
    key="bptt.transpose",
    title="The planted error",
    stars=1,
    statement="""
Somebody has replaced `W_h.T` in line 4 by `W_h`. For which matrices $W_h$ would nobody ever notice, not even a gradient check?
""",
    hints=(
        "Does the program still run? Look at the shape of $W_h$.",
        "The mistake has no effect exactly if the two matrices are the same.",
        "$W_h^\\top = W_h$: there is a word for such matrices.",
    ),
    options=(
        Option(
            "For none: the program stops, since the shapes do not fit.",
            "$W_h$ is square, and so is its transpose: the program runs, and no shape gives the mistake away.",
            lambda: np.ones((4, 4)).shape != np.ones((4, 4)).T.shape,
        ),
        Option(
            "For orthogonal matrices, which keep the length of every vector.",
            "The lengths would be right, but not the directions: the transpose of a rotation turns the other way round.",
            lambda: _unnoticed(_orthogonal),
        ),
        Option(
            "For symmetric matrices.",
            "A symmetric matrix is its own transpose, so both lines compute the same.",
            lambda: _unnoticed(_symmetric),
        ),
        Option(
            "For triangular matrices, in which no unit hears from the units after it.",
            "The transpose of an upper triangular matrix is a lower triangular one, and the derivative would go to the wrong units.",
            lambda: _unnoticed(_triangular),
        ),
        Option(
            "For all: a product with a matrix and one with its transpose are the same when summed over all units.",
            "Try a matrix of random numbers: `gradcheck.compare` finds the mistake at once.",
            lambda: _unnoticed(_any),
        ),
    ),
    afterword="""
No shape gives the mistake away, and training with it even makes some progress. That is why a gradient is checked with numbers, and
with a matrix that has no symmetry to hide behind.
""",
)


def _total_cases(rng):
    shapes = [(5, 3, 4, "float64"), (4, 1, 3, "float64"), (3, 2, 5, "float32"), (1, 2, 3, "float64")]
    cases = []
    for T, B, H, kind in shapes:
        dhs, hs, W_h = rng.standard_normal((T, B, H)), np.tanh(rng.standard_normal((T, B, H))), rng.standard_normal((H, H))
        cases.append(tuple(x.astype(kind) for x in (dhs, hs, W_h)))
    return cases


def _total_truth(dhs, hs, W_h):
    """torch's derivative with respect to every state of a chain that runs through exactly these states."""
    import torch

    immediate, states, W = (torch.from_numpy(x.astype("float64")) for x in (dhs, hs, W_h))
    inputs = torch.atanh(states[1:]) - states[:-1] @ W
    chain = [states[0].clone().requires_grad_()]
    for a in inputs:
        chain.append(torch.tanh(chain[-1] @ W + a))
        chain[-1].retain_grad()
    sum((d * h).sum() for d, h in zip(immediate, chain, strict=True)).backward()
    return np.stack([h.grad.numpy() for h in chain]).astype(dhs.dtype)


TOTAL = Write(
    key="bptt.total",
    title="From immediate to total",
    stars=2,
    statement="""
You are given the immediate derivatives `dhs`, where `dhs[t]` is $\\partial\\mathcal{L}/\\partial h_t$, the states
`hs`, both of shape $(T, B, H)$, and `W_h`. Return the total derivatives $\\mathrm{d}\\mathcal{L}/\\mathrm{d}h_t$ for all $t$, with shape
$(T, B, H)$.
""",
    start="""
def my_total(dhs, hs, W_h):
    ...
""",
    hints=(
        "Suppose only the last step has a loss. Then all immediate derivatives but the last are zero. Are the total ones?",
        "Begin at the end: the last total derivative is the immediate one. Then go back with lines 3 and 4.",
        "For $t = T-2, \\dots, 0$: `da = total[t + 1] * (1 - hs[t + 1] ** 2)`, and `total[t] = dhs[t] + da @ W_h.T`.",
    ),
    solution="""
def my_total(dhs, hs, W_h):
    total = dhs.copy()
    for t in reversed(range(len(hs) - 1)):
        da = total[t + 1] * (1 - hs[t + 1] ** 2)
        total[t] = dhs[t] + da @ W_h.T
    return total
""",
    cases=_total_cases,
    examine=equals(_total_truth),
    wrong=(
        Wrong(
            "These are the immediate derivatives again: nothing comes back from later steps.",
            "return dhs.copy()",
            "return total",
        ),
        Wrong(
            "These are derivatives with respect to a, the pre-activations. Those with respect to h are wanted: without the last factor.",
            "return total * (1 - hs**2)",
            "return total",
        ),
        Wrong(
            "What comes back is the immediate derivative of the next step, not its total one. Does the loop run from the end to the beginning?",
            "da = dhs[t + 1]",
            "da = total[t + 1]",
        ),
        Wrong(
            "The immediate derivative of the step itself is missing: both ways to the loss must be added.",
            "total[t] = da @ W_h.T",
            "total[t] = dhs[t] + da @ W_h.T",
        ),
        Wrong(
            "The derivative of tanh is missing: the factor 1 - h^2 of line 3.",
            "da = total[t + 1]",
            "da = total[t + 1] * (1 - hs[t + 1] ** 2)",
        ),
        Wrong(
            "The factor 1 - h^2 belongs to the later step, in whose tanh the way back begins.",
            "1 - hs[t] ** 2",
            "1 - hs[t + 1] ** 2",
        ),
        Wrong("On the way back the matrix is transposed.", "da @ W_h", "da @ W_h.T"),
        Wrong("The derivative of tanh is 1 - h^2, not 1 - h.", "(1 - hs[t + 1])", "(1 - hs[t + 1] ** 2)"),
        Wrong(
            "hs holds what tanh gave, not what it took: the derivative is 1 - h^2 without another tanh.",
            "(1 - np.tanh(hs[t + 1]) ** 2)",
            "(1 - hs[t + 1] ** 2)",
        ),
        Wrong("dhs is changed in place, and the caller loses its immediate derivatives.", "total = dhs", "total = dhs.copy()"),
    ),
    conventions=BATCH_FIRST + COLUMNS,
    afterword="""
If only the last step has a loss, $\\partial\\mathcal{L}/\\partial h_1 = 0$, and $\\mathrm{d}\\mathcal{L}/\\mathrm{d}h_1$ is not: it has come all the way back.
""",
)


def _leak_cases(rng):
    import torch

    from lstm_course.layers import Recurrent

    layer = Recurrent(rnn, 2, 3, rng=rng).double()
    return [(layer, [torch.from_numpy(rng.standard_normal((4, 2, 2))) for _ in range(3)])]


def _leak_truth(layer, chunks):
    """By the course's own backpropagation, which sends nothing back over a border unless it is told to."""
    from lstm_course.unroll import backward, record

    p = rnn.Params(*(getattr(layer, name).detach().numpy() for name in rnn.Params._fields))
    state, total = None, 0.0
    for chunk in chunks:
        hs, tape = record(rnn, p, chunk.numpy(), state)
        state, total = (hs[-1],), total + backward(rnn, p, tape, 2 * hs / hs.size)[1].W_h
    return total


LEAK = Mend(
    key="bptt.leak",
    title="Mend the leak",
    stars=2,
    statement="""
This loop goes through a long text in chunks and adds up the truncated gradient of `W_h`. At the second chunk it fails.
`layer` is a fresh `Recurrent` layer of this course, without a gradient yet, `chunks` a list of tensors $(T, B, D)$; `state` is a tuple with one part, $h$. Mend it in one line, so that the state
is carried on and the gradient is not.
""",
    start="""
def my_gradient(layer, chunks):
    state = None
    for chunk in chunks:
        hs, state = layer(chunk, state)
        (hs**2).mean().backward()
    return layer.W_h.grad.numpy()
""",
    hints=(
        "Read the error message: something is gone through backwards for a second time. Which part of the second chunk's computation belongs to the first?",
        "The state remembers how it was computed. The value should be handed on, and the memory of how it came about should not.",
        "A tensor's `detach()` gives the same numbers without their history. The state is a tuple with one part: `(state[0].detach(),)`.",
    ),
    solution="""
def my_gradient(layer, chunks):
    state = None
    for chunk in chunks:
        hs, state = layer(chunk, state)
        (hs**2).mean().backward()
        state = (state[0].detach(),)
    return layer.W_h.grad.numpy()
""",
    cases=_leak_cases,
    examine=equals(_leak_truth),
    wrong=(
        Wrong(
            "The state still carries its history, so the second backward() walks into the first chunk, whose graph is gone. (If you have written "
            "detach() already: it changes nothing in place, it returns a new tensor.)",
            "",
            "        state = (state[0].detach(),)\n",
        ),
        Wrong(
            "Every chunk starts with a blank state: the leak is closed, and so is the memory. Keep the numbers of the state.",
            "state = None",
            "state = (state[0].detach(),)",
        ),
        Wrong(
            "Every chunk sends its gradient back to the very beginning: nothing is truncated, and the whole history must be kept.",
            "(hs**2).mean().backward(retain_graph=True)\n",
            "(hs**2).mean().backward()\n        state = (state[0].detach(),)\n",
        ),
        Wrong(
            "Only the last chunk's gradient is left. Every chunk needs its own backward(), and no zero_grad() may come in between.",
            "    for chunk in chunks:\n        layer.zero_grad()\n",
            "    for chunk in chunks:\n",
        ),
        Wrong(
            "The outputs have lost their history, so there is nothing to go back through. Detach the state that is handed on, after backward().",
            "        (hs.detach()**2).mean().backward()",
            "        (hs**2).mean().backward()",
        ),
    ),
    afterword="""
Two mistakes live at this place. The state that keeps its history makes the program fail, or slow down with every chunk. The state
that is set to `None` makes nothing fail at all, and the network forgets at every border: this one is found only by measuring.
""",
)


def _wall():
    w, h = 1.5, 0.5
    for _ in range(1000):
        h = np.tanh(w * h)
    return {"settles": float(h), "slope_at_zero": w, "slope_there": float(w * (1 - h**2))}


WALL = Predict(
    key="bptt.wall",
    title="A wall by hand",
    stars=2,
    statement="""
Take the single unit of the walls without its bias, $h_t = \\tanh(w\\,h_{t-1})$, with $w = 1.5$ and $h_0 = 0.5$. At which value does it
settle, to two decimals? And what is $\\mathrm{d} h_t / \\mathrm{d} h_{t-1}$ at the two resting points: at zero, and where it settles? A
pocket calculator is allowed, and so is a loop.
""",
    start="my_wall = dict(settles=..., slope_at_zero=..., slope_there=...)",
    hints=(
        "Where the unit rests, $h = \\tanh(1.5\\,h)$. Start at 0.5 and press the key again and again.",
        "The derivative of $\\tanh(w h)$ by $h$ is $w\\,(1 - \\tanh^2(w h))$.",
        "At a resting point $\\tanh(w h)$ is $h$ itself, so the slope is $1.5\\,(1 - h^2)$. At zero that is a very simple number.",
    ),
    truth=_wall,
    solution="""
Iterating $h = \\tanh(1.5\\,h)$ from 0.5 settles near 0.86. The slope $1.5\\,(1 - h^2)$ is 1.5 at zero and about 0.39 there.
""",
    wrong=(
        Wrong(
            "zero is a resting point too, but no state near it stays: every step moves it away by the factor 1.5.",
            {"settles": 0.0},
        ),
        Wrong("tanh never reaches 1.", {"settles": 1.0}),
        Wrong("this is the other resting point. From 0.5 the state stays positive.", {"settles": -_wall()["settles"]}),
        Wrong("this is the state after one step. Go on until nothing changes.", {"settles": float(np.tanh(0.75))}),
        Wrong("this is tanh(1.5), a single step from 1.", {"settles": float(np.tanh(1.5))}),
        Wrong("this is the slope of tanh alone; the inner derivative w is missing.", {"slope_at_zero": 1.0}),
        Wrong("at zero tanh is steepest, not flat.", {"slope_at_zero": 0.0}),
        Wrong(
            "this is the slope of tanh alone; the inner derivative w is missing.", {"slope_there": _wall()["slope_there"] / 1.5}
        ),
        Wrong("this is the slope at zero.", {"slope_there": 1.5}),
    ),
    afterword="""
A slope below 1 pulls neighbours together, a slope above 1 drives them apart. Zero is such a watershed: a start that is ever so slightly
negative ends at $-0.86$ instead. After fifty steps there is hardly anything in between, and seen from outside, that is a wall.
""",
)


def _backward_cases(rng):
    shapes = [(5, 3, 4, 2, "float64"), (3, 1, 2, 4, "float64"), (1, 2, 3, 2, "float64"), (4, 2, 3, 5, "float32")]
    cases = []
    for T, B, D, H, kind in shapes:
        sizes = [(T, B, D), (B, H), (D, H), (H, H), (H,), (T, B, H)]
        cases.append(tuple((0.7 * rng.standard_normal(size)).astype(kind) for size in sizes))
    return cases


def _backward_truth(xs, h, W_x, W_h, b, dhs):
    """torch's gradient of the loss whose immediate derivatives are dhs."""
    import torch

    leaves = [torch.from_numpy(x.astype("float64")).requires_grad_() for x in (W_x, W_h, b)]
    state, loss = torch.from_numpy(h.astype("float64")), 0.0
    for x, dh in zip(xs, dhs, strict=True):
        state = torch.tanh(torch.from_numpy(x.astype("float64")) @ leaves[0] + state @ leaves[1] + leaves[2])
        loss = loss + (torch.from_numpy(dh.astype("float64")) * state).sum()
    loss.backward()
    return tuple(leaf.grad.numpy().astype(xs.dtype) for leaf in leaves)


_BACKWARD = """
def my_backward(xs, h, W_x, W_h, b, dhs):
    hs = [h]
    for x in xs:
        hs.append(np.tanh(x @ W_x + hs[-1] @ W_h + b))
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
    dh = np.zeros_like(h)
    for t in reversed(range(len(xs))):
        dh = dhs[t] + dh
        da = dh * (1 - hs[t + 1] ** 2)
        dW_x += xs[t].T @ da
        dW_h += hs[t].T @ da
        db += da.sum(0)
        dh = da @ W_h.T
    return dW_x, dW_h, db
"""

BACKWARD = Write(
    key="bptt.backward",
    title="The whole way back",
    stars=3,
    statement="""
Write backpropagation through time from nothing but NumPy. You get the inputs `xs` $(T, B, D)$, the state `h` at the start $(B, H)$, the
weights, and `dhs`, the immediate derivatives of some loss by the states, $(T, B, H)$. Return `dW_x, dW_h, db`: the gradient of the
whole loss, summed over steps and batch.
""",
    start="""
def my_backward(xs, h, W_x, W_h, b, dhs):
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
    ...
    return dW_x, dW_h, db
""",
    hints=(
        "You need all states first. Run forward and keep them, the start included, since $W_h$ multiplies the state *before* each step.",
        "Then go backwards with one variable, the derivative that comes from the step after. At the last step it is zero.",
        "In each round: add `dhs[t]`; multiply by $1 - h^2$ to get `da`; add the share of this step to all three gradients (line 5); "
        "send `da @ W_h.T` on to the step before.",
    ),
    solution=_BACKWARD,
    cases=_backward_cases,
    examine=equals(_backward_truth, "dW_x", "dW_h", "db"),
    wrong=(
        Wrong(
            "dW_h pairs each da with the state of the same step. It must be the state before, which is what W_h multiplied.",
            "dW_h += hs[t + 1].T @ da",
            "dW_h += hs[t].T @ da",
        ),
        Wrong(
            "dW_h forgets the given start: at the first step W_h multiplied the given h, not zeros.",
            "dW_h += (hs[t] if t else np.zeros_like(h)).T @ da",
            "dW_h += hs[t].T @ da",
        ),
        Wrong(
            "What goes back is the immediate derivative of the step, not the total one: `da`, with all that has come from later steps.",
            "dh = (dhs[t] * (1 - hs[t + 1] ** 2)) @ W_h.T\n",
            "dh = da @ W_h.T\n",
        ),
        Wrong(
            "The loop runs forwards. What comes from later steps is known only when they are done: begin at the end.",
            "for t in range(len(xs)):",
            "for t in reversed(range(len(xs))):",
        ),
        Wrong(
            "Nothing comes back from later steps: these are gradients with immediate derivatives in place of total ones.",
            "dh = dhs[t]\n",
            "dh = dhs[t] + dh\n",
        ),
        Wrong(
            "The immediate derivatives are used at the last step only.",
            "dh = dhs[t] if t == len(xs) - 1 else dh\n",
            "dh = dhs[t] + dh\n",
        ),
        Wrong(
            "Only the first step's share is left: the gradients must be added up over the steps.",
            "dW_x, dW_h, db = xs[t].T @ da, hs[t].T @ da, da.sum(0)\n",
            "dW_x += xs[t].T @ da\n        dW_h += hs[t].T @ da\n        db += da.sum(0)\n",
        ),
        Wrong("On the way back W_h is transposed.", "dh = da @ W_h\n", "dh = da @ W_h.T\n"),
        Wrong("What goes back is dh, but it must be da: the way leads through tanh.", "dh = dh @ W_h.T\n", "dh = da @ W_h.T\n"),
        Wrong("The derivative of tanh is missing.", "da = dh\n", "da = dh * (1 - hs[t + 1] ** 2)\n"),
        Wrong("The factor 1 - h^2 is taken from the state before the step.", "(1 - hs[t] ** 2)", "(1 - hs[t + 1] ** 2)"),
        Wrong("db is a mean over the batch. The loss is a sum, and so is its gradient.", "da.mean(0)", "da.sum(0)"),
        Wrong(
            "The start is forgotten: at the first step W_h multiplied the given h, not zeros.",
            "hs = [np.zeros_like(h)]",
            "hs = [h]",
        ),
    ),
    conventions=COLUMNS,
    afterword="""
Feed it `dhs` with zeros in the second half of the steps, then with zeros in the first, and add the two gradients: the result is
that of a single run. Everything on the way back is linear in `dhs`, and that is why one pass serves all the losses.
""",
)

EXERCISES = (CLIP, PLANTED, TOTAL, LEAK, WALL, BACKWARD)
