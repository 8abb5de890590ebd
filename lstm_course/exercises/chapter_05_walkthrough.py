"""Exercises of the page "The LSTM, step by step"."""

import numpy as np

from lstm_course.cells import lstm
from lstm_course.exercises.conventions import BATCH_FIRST, COLUMNS
from lstm_course.exercises.kinds import Choice, Mend, Option, Predict, Write, Wrong, equals
from lstm_course.ops import sigmoid
from lstm_course.unroll import trace


def _forget(w_x=-0.5, w_h=1.0, b=0.5):
    a = 2.0 * w_x - 0.5 * w_h + b
    f = float(sigmoid(np.float64(a)))
    return {"a": a, "f": f, "kept": f * 3.0}


GATE = Predict(
    key="walk.gate",
    title="A gate by hand",
    stars=1,
    statement="""
One cell, one input. The forget gate has the input weight $-0.5$, the weight $1$ for $h_{t-1}$, and the bias $0.5$. Now $x_t = 2$, $h_{t-1} = -0.5$
and $c_{t-1} = 3$. What is the sum $a_f$, what is the gate $f_t$, and how much of the memory is kept, $f_t\\,c_{t-1}$? Two decimals are enough, and a
pocket calculator is allowed.
""",
    start="my_gate = dict(a=..., f=..., kept=...)",
    hints=(
        "Three numbers are added up: input times weight, last output times weight, bias. Mind the two signs.",
        "The gate is $\\sigma(a) = 1 / (1 + e^{-a})$. The sum is negative: is the gate then above or below one half?",
        "$a_f = 2 \\cdot (-0.5) + (-0.5) \\cdot 1 + 0.5$, and $e^{1}$ is 2.718. The last number is the gate times 3.",
    ),
    truth=_forget,
    solution="""
$a_f = -1 - 0.5 + 0.5 = -1$. Then $f_t = 1 / (1 + e^{1}) = 1 / 3.718 = 0.269$. Kept is $0.269 \\cdot 3 = 0.807$.
""",
    wrong=(
        Wrong("the bias is missing.", {"a": _forget(b=0.0)["a"]}),
        Wrong("the share of the last output is missing.", {"a": _forget(w_h=0.0)["a"]}),
        Wrong("the last output is negative, and so is its share.", {"a": _forget(w_h=-1.0)["a"]}),
        Wrong("the input's weight is negative, and so is its share.", {"a": _forget(w_x=0.5)["a"]}),
        Wrong("this is the sum itself. It still has to go through the sigmoid.", {"f": -1.0}),
        Wrong("this is the sigmoid of +1. The sum is negative, so the gate is below one half.", {"f": 1 - _forget()["f"]}),
        Wrong("this is the tanh of the sum. A gate is a sigmoid, between 0 and 1.", {"f": float(np.tanh(-1.0))}),
        Wrong("this is e to the power of a. One must be added, and the whole turned over.", {"f": float(np.exp(-1.0))}),
        Wrong("this is what is lost. The forget gate says how much is kept.", {"kept": 3 - _forget()["kept"]}),
        Wrong("this is the gate. It is to be multiplied by the memory.", {"kept": _forget()["f"]}),
        Wrong("gate and memory are multiplied, not added.", {"kept": _forget()["f"] + 3}),
    ),
    afterword="""
A negative sum means below one half, a positive one above, zero one half exactly. That much one can see without a calculator.
""",
)


def _silent(c, h):
    """Whether the step with these gates ends in c and h."""
    a = np.array([[-20.0, 20.0, np.arctanh(0.9), -20.0]])
    state, _ = lstm.update(a, np.array([[-1.4]]))
    return bool(abs(state.c.item() - c) < 0.01 and abs(state.h.item() - h) < 0.01)


SILENT = Choice(
    key="walk.silent",
    title="One step, three gates",
    stars=1,
    statement="""
At some step a cell has $f_t = 1$, $i_t = 0$, $g_t = 0.9$ and $o_t = 0$ (to two decimals). Before the step it was $c_{t-1} = -1.4$ and $h_{t-1} = 0.3$. What is it
after?
""",
    hints=(
        "First the memory, then the output. Which products make up $c_t$?",
        "$c_t = 1 \\cdot (-1.4) + 0 \\cdot 0.9$.",
        "$h_t$ is a product with $o_t$ as a factor. Does the old $h_{t-1}$ stand anywhere in it?",
    ),
    options=(
        Option(
            "$c_t = 0$ and $h_t = 0$",
            "No: the output gate acts on what is shown, not on what is stored. The memory stays.",
            lambda: _silent(0.0, 0.0),
        ),
        Option(
            "$c_t = 0.9$ and $h_t = 0$",
            "No: forget gate 1 means keep, and input gate 0 means that nothing of the candidate is let in.",
            lambda: _silent(0.9, 0.0),
        ),
        Option(
            "$c_t = -1.4$ and $h_t = 0$",
            "Yes: all of the memory is kept, nothing is let in, nothing is shown.",
            lambda: _silent(-1.4, 0.0),
        ),
        Option(
            "$c_t = -1.4$ and $h_t = 0.3$",
            "No: $h$ is not kept from step to step. It is made anew each time, and a shut output gate makes it zero.",
            lambda: _silent(-1.4, 0.3),
        ),
        Option(
            "$c_t = -1$ and $h_t = 0$",
            "No: the memory is not squashed, and not cut off at $-1$ either. Below $-1$ is allowed.",
            lambda: _silent(-1.0, 0.0),
        ),
    ),
    afterword="""
This is a cell that remembers in silence. It can do so for a while. How long depends on how close to one the forget gate really is, and two decimals do not tell.
""",
)


def _arguments(rng, B, D, H, kind, *leading):
    sizes = [(*leading, B, D), (B, H), (B, H), (D, 4 * H), (H, 4 * H), (4 * H,)]
    return tuple(rng.standard_normal(size).astype(kind) for size in sizes)


def _step_cases(rng):
    shapes = [(3, 2, 5, "float64"), (1, 3, 2, "float64"), (2, 5, 3, "float32")]
    return [_arguments(rng, *shape) for shape in shapes]


def _torch_run(xs, h, c, W_x, W_h, b):
    """torch's LSTM: hs, and the last h and c."""
    import torch

    net = torch.nn.LSTM(xs.shape[-1], h.shape[-1])
    wide = lambda array: torch.from_numpy(array.astype("float64"))
    with torch.no_grad():
        names = {"weight_ih_l0": W_x.T, "weight_hh_l0": W_h.T, "bias_ih_l0": b, "bias_hh_l0": 0 * b}
        net = net.double()
        net.load_state_dict({name: wide(array) for name, array in names.items()})
        hs, (h, c) = net(wide(xs), (wide(h)[None], wide(c)[None]))
    return tuple(part.numpy().astype(xs.dtype) for part in (hs, h[0], c[0]))


STEP = Write(
    key="walk.step",
    title="One step, four parts",
    stars=2,
    statement="""
Write one step of an LSTM: forget, store, update, put out. The shapes: `x` $(B, D)$, `h_prev` and `c_prev` $(B, H)$, `W_x` $(D, 4H)$, `W_h`
$(H, 4H)$, `b` $(4H,)$. The four blocks stand in the order $i, f, g, o$. Return `h, c`, in this order.
""",
    start="""
def my_step(x, h_prev, c_prev, W_x, W_h, b):
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    ...
    return h, c
""",
    hints=(
        "One product for all four layers, then cut the result into four pieces: `np.split(a, 4, axis=1)`.",
        "Three of the pieces go through `sigmoid`, the third, the candidate, through `np.tanh`.",
        "The update is `f * c_prev + i * g`. What is put out is the new memory, first through `np.tanh`, then times the output gate.",
    ),
    solution="""
def my_step(x, h_prev, c_prev, W_x, W_h, b):
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    a_i, a_f, a_g, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=1)
    f = sigmoid(a_f)
    i = sigmoid(a_i)
    g = np.tanh(a_g)
    c = f * c_prev + i * g
    o = sigmoid(a_o)
    h = o * np.tanh(c)
    return h, c
""",
    cases=_step_cases,
    examine=equals(lambda x, *rest: _torch_run(x[None], *rest)[1:], "h", "c"),
    wrong=(
        Wrong("The memory goes out unsquashed: in h there is a tanh around c.", "h = o * c\n", "h = o * np.tanh(c)\n"),
        Wrong("The candidate g ends in tanh, not in sigmoid: it is no gate.", "g = sigmoid(a_g)", "g = np.tanh(a_g)"),
        Wrong(
            "Forget gate and input gate have changed places. f multiplies the old memory, i the candidate, and the block of i comes first.",
            "c = i * c_prev + f * g",
            "c = f * c_prev + i * g",
        ),
        Wrong(
            "The output gate comes after the tanh, not before it: first squash the memory, then multiply by o.",
            "h = np.tanh(o * c)",
            "h = o * np.tanh(c)",
        ),
        Wrong(
            "Forget gate 1 means keep: it is f that multiplies the old memory, not 1 - f.",
            "c = (1 - f) * c_prev + i * g",
            "c = f * c_prev + i * g",
        ),
        Wrong(
            "The update uses 1 - f where the input gate belongs. The two gates are independent here.",
            "c = f * c_prev + (1 - f) * g",
            "c = f * c_prev + i * g",
        ),
        Wrong("The blocks stand in the order i, f, g, o, not i, f, o, g.", "a_i, a_f, a_o, a_g =", "a_i, a_f, a_g, a_o ="),
        Wrong("The blocks stand in the order i, f, g, o, not f, i, o, g.", "a_f, a_i, a_o, a_g =", "a_i, a_f, a_g, a_o ="),
        Wrong("The blocks stand in the order i, f, g, o, not i, g, f, o.", "a_i, a_g, a_f, a_o =", "a_i, a_f, a_g, a_o ="),
        Wrong("The blocks stand in the order i, f, g, o, not i, o, f, g.", "a_i, a_o, a_f, a_g =", "a_i, a_f, a_g, a_o ="),
        Wrong("h and c are returned in the wrong order: h comes first.", "return c, h", "return h, c"),
        Wrong(
            "The memory itself is squashed: c is the plain sum, and tanh belongs to h only.",
            "c = np.tanh(f * c_prev + i * g)\n    o = sigmoid(a_o)\n    h = o * c\n",
            "c = f * c_prev + i * g\n    o = sigmoid(a_o)\n    h = o * np.tanh(c)\n",
        ),
        Wrong(
            "The memory is squashed twice: c is the plain sum, and tanh belongs to h only.",
            "c = np.tanh(f * c_prev + i * g)",
            "c = f * c_prev + i * g",
        ),
        Wrong("The new memory is to be shown, not the old one.", "h = o * np.tanh(c_prev)", "h = o * np.tanh(c)"),
        Wrong("The gates see the last output h_prev, not the memory c_prev.", "c_prev @ W_h", "h_prev @ W_h"),
        Wrong("The bias is missing.", "x @ W_x + h_prev @ W_h,", "x @ W_x + h_prev @ W_h + b,"),
        Wrong("The last output is missing: all four layers see h_prev too.", "x @ W_x + b,", "x @ W_x + h_prev @ W_h + b,"),
        Wrong("Nothing new is let in: the product of i and g is missing.", "c = f * c_prev\n", "c = f * c_prev + i * g\n"),
        Wrong("The old memory is missing: c is not only what is written now.", "c = i * g\n", "c = f * c_prev + i * g\n"),
        Wrong(
            "The candidate is written in full: the input gate is missing.", "c = f * c_prev + g\n", "c = f * c_prev + i * g\n"
        ),
        Wrong("The output gate is missing.", "h = np.tanh(c)\n", "h = o * np.tanh(c)\n"),
        Wrong("The gates end in sigmoid. A tanh could be negative, and a gate must not.", "np.tanh(a)", "1 / (1 + np.exp(-a))"),
        Wrong("The sigmoid has a minus in the exponent: 1 / (1 + exp(-a)).", "np.exp(a)", "np.exp(-a)"),
    ),
    conventions=COLUMNS,
    afterword="""
Six lines, and the rest of an LSTM layer is a loop around them.
""",
)


MEND = Mend(
    key="walk.mend",
    title="A memory that fades",
    stars=2,
    statement="""
This function runs an LSTM along a sequence `xs` $(T, B, D)$ from the state `h`, `c` and returns all outputs, $(T, B, H)$. Its first output agrees with
that of `torch.nn.LSTM`, the second does not. Mend it.
""",
    start="""
def my_run(xs, h, c, W_x, W_h, b):
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    hs = []
    for x in xs:
        a_i, a_f, a_g, a_o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
        c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
        c = np.tanh(c)
        h = sigmoid(a_o) * c
        hs.append(h)
    return np.stack(hs)
""",
    hints=(
        "The first output is right, so the equations of a single step cannot be far off. What does the second step get from the first?",
        "Two things are handed on, h and c. The first output proves h right. What is c at the end of the loop's body?",
        "In the equations tanh stands around $c_t$ in the line of $h_t$ only. The name `c` must keep the plain sum.",
    ),
    solution="""
def my_run(xs, h, c, W_x, W_h, b):
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    hs = []
    for x in xs:
        a_i, a_f, a_g, a_o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
        c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
        h = sigmoid(a_o) * np.tanh(c)
        hs.append(h)
    return np.stack(hs)
""",
    cases=lambda rng: [
        _arguments(rng, 3, 2, 5, "float64", 6),
        _arguments(rng, 2, 3, 1, "float64", 4),
        _arguments(rng, 2, 5, 3, "float32", 5),
    ],
    examine=equals(lambda *case: _torch_run(*case)[0]),
    wrong=(
        Wrong(
            "The memory is squashed at every step: what goes on to the next step is tanh(c) and not c. Only what is shown may be squashed.",
            "c = np.tanh(c)\n        h = sigmoid(a_o) * c\n",
            "h = sigmoid(a_o) * np.tanh(c)\n",
        ),
        Wrong(
            "Now the tanh is gone altogether. In h it is needed.", "h = sigmoid(a_o) * c\n", "h = sigmoid(a_o) * np.tanh(c)\n"
        ),
        Wrong(
            "The memory is squashed at every step, and in h once more.",
            "c = np.tanh(c)\n        h = sigmoid(a_o) * np.tanh(c)\n",
            "h = sigmoid(a_o) * np.tanh(c)\n",
        ),
        Wrong(
            "The tanh has moved from the memory to the product: first squash, then multiply by the gate.",
            "h = np.tanh(sigmoid(a_o) * c)\n",
            "h = sigmoid(a_o) * np.tanh(c)\n",
        ),
        Wrong(
            "The squashing is gone from the memory, and the candidate's tanh has gone with it.",
            "sigmoid(a_i) * a_g",
            "sigmoid(a_i) * np.tanh(a_g)",
        ),
        Wrong(
            "What was shown is stored: the next step gets h in place of c.",
            "hs.append(h)\n        c = h\n",
            "hs.append(h)\n",
        ),
    ),
    conventions=BATCH_FIRST,
    afterword="""
No shape was wrong, and nothing crashed. It is an LSTM whose memory stays between $-1$ and $1$ and fades a little at every step, however far its
forget gate is open. Compare more than one step when you compare two implementations.
""",
)


_STEPS = 100


def _story():
    """Values, marks, and what is to be remembered after each step: 0 before the first mark."""
    rng = np.random.default_rng(0)
    marks = np.zeros(_STEPS * 5 + 10)
    marks[[10, 11, 12]] = 1  # at once, one after the other
    marks[[10 + _STEPS, 10 + 2 * _STEPS, 10 + 3 * _STEPS, 10 + 4 * _STEPS]] = 1
    values = rng.choice([-1.0, 1.0], len(marks))
    values[[10, 11, 12, 10 + _STEPS, 10 + 2 * _STEPS, 10 + 3 * _STEPS, 10 + 4 * _STEPS]] = [1, -1, 1, 1, -1, -1, 1]
    values[20 + 2 * _STEPS : 5 + 3 * _STEPS] = 1  # a long pull one way, and then the other
    values[20 + 4 * _STEPS :] = -1
    want, last = [], 0.0
    for value, mark in zip(values, marks, strict=True):
        last = value if mark else last
        want.append(last)
    return values, marks, np.array(want)


def _remember(numbers):
    """None if h shows the last marked value at every step."""
    ok = isinstance(numbers, tuple | list | np.ndarray) and len(numbers) == 6
    if not ok or not all(isinstance(part, int | float | np.number) for part in numbers):
        return "Six numbers are expected: return mark_i, mark_f, value_g, b_i, b_f, b_o."
    mark_i, mark_f, value_g, b_i, b_f, b_o = map(float, numbers)
    if not np.all(np.isfinite([mark_i, mark_f, value_g, b_i, b_f, b_o])):
        return "Six finite numbers are expected."
    values, marks, want = _story()
    W_x = np.array([[0, 0, value_g, 0], [mark_i, mark_f, 0, 0]])
    p = lstm.Params(W_x, np.zeros((1, 4)), np.array([b_i, b_f, 0, b_o]))
    (hs, _), gates = trace(lstm, p, np.stack([values, marks], axis=1)[:, None])
    h, marked = hs.ravel(), marks == 1
    i, f, o = (gate.ravel() for gate in (gates.i, gates.f, gates.o))
    right = np.where(want == 0, np.abs(h) < 0.1, h * want > 0.7)
    if right.all():
        return None
    if o.min() < 0.9:
        return "The output gate is not open: what the memory holds is not shown."
    if i[~marked].max() > 0.001:
        return "Values without a mark get in: without a mark the input gate must be shut, firmly."
    if i[marked].min() < 0.9:
        return "At a mark the input gate does not open: mark_i must win against b_i."
    if f[~marked].min() < 0.9:
        return "Between marks the memory is lost: without a mark the forget gate must be open."
    if f[~marked].min() < 0.999:
        return "Between marks the memory fades: the forget gate is open, only not far enough for 100 steps."
    if f[marked].max() > 0.1:
        return "At a mark the old value is not forgotten, and the new one is added to it."
    if value_g <= 0:
        return "The candidate does not have the sign of the value."
    seen = f"|h| is down to {np.abs(h[want != 0]).min():.2f} somewhere, and 0.7 is asked for."
    if abs(np.tanh(value_g)) * i[marked].min() < 0.95:
        return f"What is written is too weak: {seen}"
    return f"Each gate is nearly good enough, and the small losses add up: {seen} Open and shut them further."


REMEMBER = Write(
    key="walk.remember",
    title="The last marked value",
    stars=3,
    statement="""
Set a cell by hand. Its input has two parts: a value, $-1$ or $+1$ at every step, and a mark, $1$ at a few steps and else $0$. The cell shall show the value
that came with the **last mark**, until the next mark comes, through at least 100 steps without one: $h_t$ must have that value's sign, and $|h_t|$ must be above
$0.7$. Before the first mark it shall stay near zero, $|h_t| < 0.1$. (Since $\\tanh 1 = 0.76$, there is a little room, not much.)

Six numbers do it. All other weights and biases are zero, those of $h_{t-1}$ included.

| number | what it is |
|---|---|
| `mark_i` | weight of the mark in the input gate |
| `mark_f` | weight of the mark in the forget gate |
| `value_g` | weight of the value in the candidate |
| `b_i`, `b_f`, `b_o` | biases of the three gates |
""",
    start="""
def my_weights():
    return ..., ..., ..., ..., ..., ...  # mark_i, mark_f, value_g, b_i, b_f, b_o
""",
    hints=(
        "Write down, for each of the three gates, whether it shall be open or shut at a step *with* a mark and at a step *without*.",
        "Without a mark only the bias counts, with a mark bias plus weight. So the bias decides the one case, and the weight must turn the sign for the other.",
        "How far open is far enough? A gate of $0.99$ to the power of 100 is $0.37$. You need $\\sigma(b_f)$ to the power of 100 near one; $\\sigma(10)$ will do.",
    ),
    solution="""
def my_weights():
    return 20, -20, 10, -10, 10, 10
""",
    cases=lambda rng: [()],
    examine=_remember,
    wrong=(
        Wrong("Six numbers are expected", "20, -20, 10, -10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("The output gate is not open", "20, -20, 10, -10, 10, 0", "20, -20, 10, -10, 10, 10"),
        Wrong("Values without a mark get in", "20, -20, 10, 0, 10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("Values without a mark get in", "20, -20, 10, -4, 10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("At a mark the input gate does not open", "10, -20, 10, -10, 10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("Between marks the memory is lost", "20, 20, 10, -10, -10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("Between marks the memory fades", "20, -20, 10, -10, 4, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("At a mark the old value is not forgotten", "20, 0, 10, -10, 10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("At a mark the old value is not forgotten", "20, -10, 10, -10, 10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("The candidate does not have the sign of the value.", "20, -20, -10, -10, 10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("What is written is too weak", "20, -20, 1, -10, 10, 10", "20, -20, 10, -10, 10, 10"),
        Wrong("Each gate is nearly good enough", "20, -20, 10, -10, 10, 2.3", "20, -20, 10, -10, 10, 10"),
        Wrong("Each gate is nearly good enough", "20, -20, 10, -7, 7, 10", "20, -20, 10, -10, 10, 10"),
    ),
    afterword="""
Two gates work in step here: where one opens, the other shuts. A single plain recurrent unit, $\\tanh$ of a weighted sum, cannot do this. To let $-1$ in, the mark would have to push its sum
down, since without the mark the same sum must stay positive; to let $+1$ in, it would have to push up. A sum cannot say *only if*; a product can.
""",
)

EXERCISES = (GATE, SILENT, STEP, MEND, REMEMBER)
