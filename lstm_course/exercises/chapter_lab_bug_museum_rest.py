"""The exercises of the museum of mistakes, second half: gates, memories, gradients, and attention."""

import numpy as np

from lstm_course.exercises.differences import difference
from lstm_course.exercises.kinds import Mend, Wrong, equals
from lstm_course.museum import EXHIBITS, blind, copied, seeded, swapped, unread
from lstm_course.museum.exhibit import source


def _programs(module, name):
    """The broken and the mended program of an exhibit, as code."""
    return {"start": source(module.broken, name), "solution": source(module.mended, name)}


_SEEDED = _programs(seeded, "my_start")
_RNG = "rng = np.random.default_rng(seed)\n"
_DRAWN = "rng.uniform(-bound, bound, (D + H, H))"


def _seeded_examine(value, seed, D, H):
    """The numbers of one generator, in any arrangement."""
    bound = 1 / np.sqrt(H)
    want = np.random.default_rng(seed).uniform(-bound, bound, (D + H, 4 * H))
    if not isinstance(value, np.ndarray) or value.shape != want.shape or value.dtype != want.dtype:
        return difference(value, want)
    if len(np.unique(value)) < value.size:
        return "Some numbers stand there more than once: gates that begin alike."
    if not np.all(np.abs(value) <= bound):
        return f"Some numbers lie beyond 1/sqrt(H), which is {bound:.3f} here."
    if not np.allclose(np.sort(value, None), np.sort(want, None), rtol=0, atol=1e-12):
        return "The numbers are all different, but not those that one generator draws. Is it made once, and from `seed`?"
    return None


SEEDED = Mend(
    key="museum.seeded",
    title=EXHIBITS["seeded"].title,
    stars=2,
    statement="""
This program is meant to draw the starting weights of an LSTM: four gates side by side, $(D + H, 4H)$, uniform between $-1/\\sqrt{H}$ and $1/\\sqrt{H}$. With the same `seed` the same numbers must come, as they do. But in a fresh network input, forget and output gate are equal at every step. Mend it. Draw from one generator, made from `seed`.
""",
    hints=(
        "Compare the first $H$ columns with the next $H$.",
        "How often is the generator made, and what does a fresh generator with the same seed draw first?",
        "Make the generator once, before the loop, and let it draw on.",
    ),
    **_SEEDED,
    cases=lambda rng: [seeded.draw(rng, *sizes) for sizes in ((3, 5), (2, 2), (1, 4))],
    examine=_seeded_examine,
    wrong=(
        Wrong("All four gates are the same draw: a fresh generator with the same seed draws the same numbers again.", _SEEDED["start"]),
        Wrong("Whatever the seed, the same numbers come. The generator is to be made from `seed`.", "rng = np.random.default_rng(0)\n", _RNG),
        Wrong("The numbers are all positive. They should lie on both sides of 0.", "rng.uniform(0, bound, (D + H, H))", _DRAWN),
        Wrong("A normal distribution has no bound. Uniform is asked for.", "bound * rng.standard_normal((D + H, H))", _DRAWN),
        Wrong(
            "A seed for each gate, seed + 1, seed + 2 and so on: no two alike here, but the next model, seeded with seed + 1, shares three of them.",
            """
def my_start(seed, D, H):
    bound = 1 / np.sqrt(H)
    gates = [np.random.default_rng(seed + k).uniform(-bound, bound, (D + H, H)) for k in range(4)]
    return np.concatenate(gates, axis=1)
""",
        ),
    ),
    afterword="""
Gates that begin alike do not stay alike, since their gradients differ: this mistake costs variety at the start, not the whole network. *Units* that begin alike, in the weights that lead in and in those that lead out, are worse off. Nothing ever tells them apart, and a layer of a hundred is a layer of one.
""",
)  # fmt: skip

_SWAPPED = _programs(swapped, "my_gru")
_N = "np.tanh(a[:, 2 * H :] + r * (m[:, 2 * H :] + b_n))"

SWAPPED = Mend(
    key="museum.swapped",
    title=EXHIBITS["swapped"].title,
    stars=2,
    statement="""
One step of a GRU, with weights of `torch.nn.GRU`, transposed: `x` $(B, D)$, `h_prev` $(B, H)$, `W_x` $(D, 3H)$, `W_h` $(H, 3H)$, `b` $(3H,)$, blocks in the order r, z, n, and a bias `b_n` $(H,)$ inside the reset. Trained from scratch this program is as good as any. With weights that were trained in PyTorch it talks nonsense. Mend it, so that it returns PyTorch's $h$, $(B, H)$.
""",
    hints=(
        "Set the bias of the update gate to 60. What must become of the state?",
        "The blocks come in the order reset, update, candidate. Which block does the program take for which gate?",
        "The last two lines are right. Of the lines above, two have each other's name.",
    ),
    **_SWAPPED,
    cases=lambda rng: [swapped.draw(rng, *sizes) for sizes in ((3, 2, 5), (1, 3, 2), (4, 4, 4))],
    examine=equals(swapped.truth),
    wrong=(
        Wrong("The first block is the reset gate and the second the update gate. Here each is taken for the other.", _SWAPPED["start"]),
        Wrong("The gates have their places now, but z works the other way round: in PyTorch it *keeps* the old state.", "z * n + (1 - z) * h_prev", "(1 - z) * n + z * h_prev"),
        Wrong("The bias b_n stands outside of the reset. In PyTorch it is inside: r multiplies it too.", "np.tanh(a[:, 2 * H :] + r * m[:, 2 * H :] + b_n)", _N),
        Wrong("The reset comes before the matrix product here, as in the paper of 2014. In PyTorch it comes after.", "np.tanh(a[:, 2 * H :] + (r * h_prev) @ W_h[:, 2 * H :] + b_n)", _N),
        Wrong("The update gate stands where the reset gate should: r decides what the candidate sees of the past.", "np.tanh(a[:, 2 * H :] + z * (m[:, 2 * H :] + b_n))", _N),
        Wrong("Nothing is reset any more.", "np.tanh(a[:, 2 * H :] + m[:, 2 * H :] + b_n)", _N),
    ),
    afterword="""
No training curve would have shown this, since both gates are sigmoids of the same shape, and names are but names. It comes to light where weights travel: Keras stores z, r, h, PyTorch r, z, n. A test with a gate that is set by hand needs no second library.
""",
)  # fmt: skip

_UNREAD = _programs(unread, "my_lstm")
_H = "h = o * np.tanh(c)"

UNREAD = Mend(
    key="museum.unread",
    title=EXHIBITS["unread"].title,
    stars=2,
    statement="""
One step of an LSTM, blocks in the order i, f, g, o: `x` $(B, D)$, `h_prev` and `c_prev` $(B, H)$, `W_x` $(D, 4H)$, `W_h` $(H, 4H)$, `b` $(4H,)$. It returns $h$ and $c$. It learns, but what has to be remembered for long it does not learn. Mend it.
""",
    hints=(
        "Change `c_prev`. Which of the two results changes?",
        "The cell is kept and written as it should be. Where does anybody look at it?",
        "What the output gate lets out is a squashed cell. One name in the line of `h` is another letter.",
    ),
    **_UNREAD,
    cases=lambda rng: [unread.draw(rng, *sizes) for sizes in ((3, 2, 5), (1, 3, 2), (4, 4, 4))],
    examine=equals(unread.truth, "h", "c"),
    wrong=(
        Wrong("The output is made of the candidate: c goes from step to step, and nothing ever looks at it.", _UNREAD["start"]),
        Wrong("The output reads the cell now, but does not squash it: tanh is missing, and h can grow without bound.", "h = o * c", _H),
        Wrong("The output reads the cell of the step before. What has just been written would come out one step late.", "h = o * np.tanh(c_prev)", _H),
        Wrong("tanh belongs to the cell alone: the gate multiplies what has been squashed.", "h = np.tanh(o * c)", _H),
        Wrong("Still the candidate, squashed once more.", "h = o * np.tanh(g)", _H),
        Wrong("The output gate is gone. It decides how much of the cell is shown.", "h = np.tanh(c)", _H),
        Wrong("What is handed on as c has been squashed. The straight line to the next step is c itself.", "c = np.tanh(f * c_prev + i * g)\n    h = o * c", f"c = f * c_prev + i * g\n    {_H}"),
    ),
    afterword="""
Every shape is right, every output lies between -1 and 1, and the loss goes down: with its candidate and its output gate this is a recurrent network, only not one with a long memory. Ask of every variable: if I change it, what changes?
""",
)  # fmt: skip

_COPIED = _programs(copied, "my_gradients")
_I, _O = "db_i = parts[0].sum((0, 1))", "db_o = parts[3].sum((0, 1))"

COPIED = Mend(
    key="museum.copied",
    title=EXHIBITS["copied"].title,
    stars=2,
    statement="""
The last lines of an LSTM's backward pass. The way back through time is done and has given `das` $(T, B, 4H)$, the derivatives with respect to the pre-activations, in the order i, f, g, o. With `xs` $(T, B, D)$ and `hs_prev` $(T, B, H)$ the program forms the gradients $dW_x$ $(D, 4H)$, $dW_h$ $(H, 4H)$ and $db$ $(4H,)$. Its author compared $dW_h$ with difference quotients, and found no fault. Mend it.
""",
    hints=(
        "Which of the three results has *not* been compared with anything?",
        "Print `np.split(db, 4)`. Are there two that should not be alike?",
        "Each gate's bias collects its own quarter of `das`. Two lines name another gate's.",
    ),
    **_COPIED,
    cases=lambda rng: [copied.draw(rng, *sizes) for sizes in ((4, 3, 2, 5), (1, 2, 3, 2), (3, 4, 2, 3))],
    examine=equals(copied.truth, "dW_x", "dW_h", "db"),
    wrong=(
        Wrong("The gradients of the biases of input and output gate are that of the forget gate.", _COPIED["start"]),
        Wrong("The input gate is mended. The output gate still has the gradient of the forget gate.", "db_o = parts[1].sum((0, 1))", _O),
        Wrong("The output gate is mended. The input gate still has the gradient of the forget gate.", "db_i = parts[1].sum((0, 1))", _I),
        Wrong("Input and output gate have each other's gradient.", "parts = np.split(das, 4, axis=-1)\n    parts[0], parts[3] = parts[3], parts[0]\n", "parts = np.split(das, 4, axis=-1)\n"),
        Wrong("The input gate's gradient is averaged and not added up. A bias acts at every step of every example, and its gradient is the sum.", "db_i = parts[0].mean((0, 1))", _I),
        Wrong("The bias of the input gate looks at the last step only. It acts at every step.", "db_i = parts[0][-1].sum(0)", _I),
        Wrong("The batch is averaged over. Whether a loss is a mean over the batch is in `das` already.", "parts = np.split(das / das.shape[1], 4, axis=-1)", "parts = np.split(das, 4, axis=-1)"),
    ),
    afterword="""
A gradient check finds a mistake only in what it compares. Compare every array; the course's `gradcheck.cell` does. And compare over several steps from a state that is *not* zero: from a state of zeros the first step has no part in $dW_h$, and whatever is wrong there stays hidden.
""",
)  # fmt: skip

_BLIND = _programs(blind, "my_look")
_SCORES = "scores = ((q @ W) * encoded).sum(-1)"

BLIND = Mend(
    key="museum.blind",
    title=EXHIBITS["blind"].title,
    stars=3,
    statement="""
A decoder asks with its state `q` $(B, H)$, the encoder has left `encoded` $(S, B, H)$, and the program gives the weights `alpha` $(S, B)$. The picture of the weights looks strange: the words of the source may be exchanged for others, and it stays the same. Mend the program, with the same `W` $(H, H)$: the score of place $s$ is to be the product $q\\,W \\cdot \\mathrm{encoded}_s$, example by example, and the weights of an example are to add up to 1 over the places. (The scores are small: nothing overflows.)
""",
    hints=(
        "What does the program use `encoded` for?",
        "`q @ W` is a question, $(B, H)$, and `encoded` holds an answer $(B, H)$ for each place. A product, element by element, fits as it is.",
        "Multiply the two, $(B, H)$ with $(S, B, H)$, and add up over the last axis: one number for each place and example.",
    ),
    **_BLIND,
    cases=lambda rng: [blind.draw(rng, *sizes) for sizes in ((4, 3, 5), (3, 3, 3), (2, 1, 4))],
    examine=equals(blind.truth),
    wrong=(
        Wrong("Of the encoder only the number of places is used: the weights are the same whatever stands there.", _BLIND["start"]),
        Wrong("W is left out: the state is compared with the encoder's directly.", "scores = (q * encoded).sum(-1)", _SCORES),
        Wrong("W is transposed: here it is applied to what the encoder has left, and then compared with q.", "scores = (q * (encoded @ W)).sum(-1)", _SCORES),
        Wrong("Now the decoder has no say: the weights come from the encoder alone.", "scores = (encoded @ W).sum(-1)", _SCORES),
        Wrong("The scores are right. The weights of a *place* add up to 1 over the batch here; those of an example should, over the places.", "e.sum(1, keepdims=True)", "e.sum(0)"),
        Wrong("The scores are right. All weights together add up to 1; those of each example should.", "e.sum()", "e.sum(0)"),
        Wrong("The scores are averages over the H numbers. The product adds them up.", "scores = ((q @ W) * encoded).mean(-1)", _SCORES),
    ),
    afterword="""
A decoder like this one is not useless. It looks at the first place at the first step, at the second at the second, and for languages with about the same order of words that is not a bad guess. It even has a name, location-based attention. Only the picture does not show what people read from it: which word the network found.
""",
)  # fmt: skip

REST = (SEEDED, SWAPPED, UNREAD, COPIED, BLIND)
