"""The cell of a graph of expressions, with its derived gradient: the chain rule, node by node, from the last to the first.

Linear nodes that read the same value have their weights side by side, so that a step needs one product for each value that is
read, and the way back one for each as well. What does not depend on later steps, slopes and factors, is had for all steps at
once, and so are the gradients of the weights; only the sums over readers go step by step.

Source: jozefowicz2015, whose search goes through such graphs.
"""

from collections import namedtuple
from types import SimpleNamespace

from lstm_course.cells.graph import UNARY, check
from lstm_course.cells.start import sizes, uniform
from lstm_course.ops import affine, concat, outer_sum, relu, sigmoid, sign, split, sum_steps, tanh, transpose, zeros

FUNCTIONS = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}
SLOPES = {"sigmoid": lambda y: y * (1 - y), "tanh": lambda y: 1 - y * y, "relu": sign}
"""The derivative of each, from what it gave."""

OPERATIONS = {"+": lambda u, v: u + v, "-": lambda u, v: u - v, "*": lambda u, v: u * v}


def architecture(graph):
    """The cell of a graph.

    Args:
        graph: Graph.
    Returns:
        A cell with derived backward. Its Params: for each value that linear nodes read, W_x (D, kH), W_h (H, kH), W_5 (H, kH),
        ..., blocks in the order of the k nodes that read it; b (KH,) of all K linear nodes, those that read x first. Its Gates:
        every node's value, v2, v3, ...
    Raises:
        ValueError: when the graph cannot be computed.

    >>> import numpy as np
    >>> from lstm_course import unroll
    >>> from lstm_course.cells.graph import GRU
    >>> cell = architecture(GRU)
    >>> hs, state = unroll.run(cell, cell.init(np.random.default_rng(0), 4, 5), np.zeros((7, 3, 4)))
    >>> hs.shape
    (7, 3, 5)
    """
    check(graph)
    M = len(graph.after)
    nodes = dict(enumerate(graph.nodes, M + 1))
    linears = [k for k in nodes if nodes[k].operation == "linear"]
    linears.sort(key=lambda k: 0 not in nodes[k].reads)  # stable: within both kinds the order stays
    readers = {v: [k for k in linears if v in nodes[k].reads] for v in range(M + 1 + len(nodes))}
    readers = {v: ks for v, ks in readers.items() if ks}
    names = {0: "W_x", 1: "W_h"} | {v: f"W_{v}" for v in readers if v > 1}
    Params = namedtuple("Params", [*(names[v] for v in readers), "b"])
    State = namedtuple("State", ["h", *(f"s{m}" for m in range(1, M))])
    Gates = namedtuple("Gates", [f"v{k}" for k in nodes])
    unary = [k for k in nodes if nodes[k].operation in UNARY]
    products = [k for k in nodes if nodes[k].operation == "*"]
    Local = namedtuple("Local", [f"d{k}" for k in unary] + [f"{side}{k}" for k in products for side in ("left", "right")])

    def init(rng, D, H):
        sizes(rng, D, H)
        matrices = [uniform(rng, H, H if v else D, len(ks) * H) for v, ks in readers.items()]
        b = uniform(rng, H, len(linears) * H)
        for k, block in zip(linears, split(b, len(linears)), strict=True):
            block += nodes[k].bias
        return Params(*matrices, b)

    def initial_state(p, batch):
        *lead, width = p.b.shape
        return State(*(zeros(p.b, (*lead, batch, width // len(linears))) for _ in range(M)))

    def inputs(p, xs):
        return affine(xs, p.W_x, p.b[..., : p.W_x.shape[-1]])

    def step(p, a, state):
        blocks = [*split(a, len(readers[0])), *split(p.b[..., None, :], len(linears))[len(readers[0]) :]]
        sums, values = dict(zip(linears, blocks, strict=True)), [None]

        def add(value):
            values.append(value)
            if ks := readers.get(v := len(values) - 1):
                for k, share in zip(ks, split(value @ getattr(p, names[v]), len(ks)), strict=True):
                    sums[k] = sums[k] + share

        for part in state:
            add(part)
        for k, (operation, reads, _) in nodes.items():
            read = [values[v] for v in reads]
            if operation == "linear":
                add(sums[k])
            else:
                add(FUNCTIONS[operation](*read) if operation in UNARY else OPERATIONS[operation](*read))
        return State(*(values[v] for v in graph.after)), Gates(*values[M + 1 :])

    def local(gates, state_prev, state):
        values = [None, *state_prev, *gates]
        slopes = [SLOPES[nodes[k].operation](values[k]) for k in unary]
        return Local(*slopes, *(values[v] for k in products for v in nodes[k].reads))

    def step_backward(p, local, dstate):
        d = dict.fromkeys(range(1, M + 1 + len(nodes)), 0.0)
        for v, from_later in zip(graph.after, dstate, strict=True):
            d[v] = d[v] + from_later
        full = lambda x: x if hasattr(x, "shape") else zeros(dstate[0], dstate[0].shape)
        da = {}
        for k in reversed(d):
            if k in readers:
                d[k] = d[k] + concat([da[j] for j in readers[k]]) @ transpose(getattr(p, names[k]))
            if k <= M:
                continue
            operation, reads, _ = nodes[k]
            if operation == "linear":
                da[k] = full(d[k])
            elif operation in UNARY:
                d[reads[0]] = d[reads[0]] + d[k] * getattr(local, f"d{k}")
            elif operation == "*":
                d[reads[0]] = d[reads[0]] + d[k] * getattr(local, f"right{k}")
                d[reads[1]] = d[reads[1]] + d[k] * getattr(local, f"left{k}")
            else:
                d[reads[0]] = d[reads[0]] + d[k]
                d[reads[1]] = d[reads[1]] + d[k] if operation == "+" else d[reads[1]] - d[k]
        return concat([da[k] for k in linears]), State(*(full(d[m]) for m in range(1, M + 1)))

    def param_grads(p, xs, states_prev, gates, da):
        values, blocks = [xs, *states_prev, *gates], dict(zip(linears, split(da, len(linears)), strict=True))
        return Params(*(outer_sum(values[v], concat([blocks[k] for k in ks])) for v, ks in readers.items()), sum_steps(da))

    functions = (init, initial_state, inputs, step, local, step_backward, param_grads)
    return SimpleNamespace(Params=Params, State=State, Gates=Gates, **{function.__name__: function for function in functions})
