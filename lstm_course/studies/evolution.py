"""A search through architectures in small: graphs that descend from LSTM and GRU by mutation, about a thousand of them.

After Jozefowicz and others. A generation is 50 new graphs, each a mutation, or up to three in a row, of one of the ten best so
far. A graph must first pass a cheap test, plain recall across two steps; who passes is trained on three tasks. On each, two
learning rates with two random starts; the accuracy with the better rate counts, as a ratio to the GRU's, and a graph is as fit
as its worst ratio; of equals the one with the better mean goes first. Who falls below the tenth best so far can no longer
become a parent, so it is not trained any further. What wins here has been chosen for its luck as well: `symbols.rematch`
trains single graphs anew, on other seeds.

Source: jozefowicz2015; the mutations and the tasks are our own.
"""

import json

import numpy as np

from lstm_course.cells.architecture import architecture
from lstm_course.cells.graph import BINARY, GRU, LSTM, LSTM_1, UNARY, Graph, Node, linear
from lstm_course.studies.symbols import RATES, accuracy

COLUMNS = ("generation", "number", "parent", "graph", "test", "recall", "agreement", "characters")
FOUNDERS = (GRU, LSTM, LSTM_1)
GENERATIONS, CHILDREN, PARENTS = 20, 50, 10
SEEDS = (0, 1)
UPDATES = 300
PASSED = 0.9
"""Accuracy in the cheap test from which on a graph goes on to the tasks."""

MOST = {"nodes": 24, "matrices": 10}
"""A graph that has grown beyond this is thrown away."""


def context():
    """On what terms."""
    terms = {"rates": RATES, "seeds": len(SEEDS), "updates": UPDATES, "passed": PASSED}
    return terms | {"generations": GENERATIONS, "children": CHILDREN, "parents": PARENTS}


def encode(graph):
    """A graph as one line of text, without spaces."""
    return json.dumps([graph.nodes, graph.after], separators=(",", ":"))


def decode(text):
    """The graph of a line that `encode` made."""
    nodes, after = json.loads(text)
    return Graph(tuple(Node(operation, tuple(reads), bias) for operation, reads, bias in nodes), tuple(after))


def tidy(graph):
    """The same graph without what nothing reads, or None if it is none to train: too large, without x, or not recurrent."""
    M = len(graph.after)
    needed, stack = set(), list(graph.after)
    while stack:
        if (value := stack.pop()) not in needed:
            needed.add(value)
            stack += graph.nodes[value - M - 1].reads if value > M else []
    kept = [k for k in range(M + 1, M + 1 + len(graph.nodes)) if k in needed]
    names = {**{v: v for v in range(M + 1)}, **{k: M + 1 + n for n, k in enumerate(kept)}}
    rename = lambda values: tuple(names[v] for v in values)
    nodes = tuple(node._replace(reads=rename(node.reads)) for node in (graph.nodes[k - M - 1] for k in kept))
    matrices = sum(len(set(node.reads)) for node in nodes if node.operation == "linear")
    fine = 0 < len(nodes) <= MOST["nodes"] and matrices <= MOST["matrices"]
    fine = fine and set(range(M + 1)) <= needed and all(v > M for v in graph.after)
    return Graph(nodes, rename(graph.after)) if fine else None


def mutate(graph, rng):
    """One random change: of a function, of an operation, of what a node reads; a node more, or one less; another bias.

    Args:
        graph: Graph.
        rng: numpy.random.Generator.
    Returns:
        Graph, or None if the change led to none that could be trained.
    """
    M, nodes = len(graph.after), list(graph.nodes)
    pick = lambda choices: choices[rng.integers(len(choices))]
    n = int(rng.integers(len(nodes)))
    node, k = nodes[n], n + M + 1
    earlier = range(0 if node.operation == "linear" else 1, k)
    place = int(rng.integers(len(node.reads)))
    put = lambda value: (*node.reads[:place], value, *node.reads[place + 1 :])
    after = graph.after
    kind = pick(("function", "reads", "more", "less", "bias"))
    if kind == "function":
        if node.operation == "linear":  # reads one value more, or one less
            fewer = node.reads[:place] + node.reads[place + 1 :]
            more = [(*node.reads, v) for v in earlier if v not in node.reads]
            nodes[n] = node._replace(reads=pick([x for x in (fewer, pick(more) if more else ()) if x] or [node.reads]))
        else:
            nodes[n] = node._replace(operation=pick(UNARY if node.operation in UNARY else BINARY))
    elif kind == "reads":
        nodes[n] = node._replace(reads=put(pick(earlier)))
    elif kind == "bias":
        nodes[n] = node._replace(bias=float(pick((-1, 0, 1)))) if node.operation == "linear" else node
    elif kind == "more":  # between the node and what it reads
        read = node.reads[place]
        new = linear(read) if read == 0 else pick([linear(read), *(Node(f, (read,)) for f in UNARY)])
        new = Node(pick(BINARY), (read, pick(range(1, k)))) if read and rng.integers(2) else new
        shift = lambda v: v + (v >= k)
        moved = [x._replace(reads=tuple(map(shift, x.reads))) for x in nodes]
        moved[n] = moved[n]._replace(reads=put(k))
        nodes, after = [*moved[:n], new, *moved[n:]], tuple(map(shift, after))
    elif node.reads[place]:  # whoever read the node reads what it has read
        instead = lambda v: node.reads[place] if v == k else v
        nodes = [x._replace(reads=tuple(map(instead, x.reads))) for x in nodes]
        after = tuple(map(instead, after))
    return tidy(Graph(tuple(nodes), after))


def plan(done):
    """The graphs to be evaluated as far as they are settled: a generation is, once the one before it is finished.

    Args:
        done: dict of unit to what `studies.work` gave.
    Returns:
        List of "generation number parent bars graph"; bars are the accuracies that a graph must reach to go on.
    """
    all_units = [f"0 {k} {k} 0,0,0 {encode(graph)}" for k, graph in enumerate(FOUNDERS)]
    for generation in range(1, GENERATIONS + 1):
        if any(unit not in done for unit in all_units):
            break
        rows = [done[unit]["rows"][0] for unit in all_units]
        best = sorted(range(len(rows)), key=lambda k: _standing(rows[k], rows[0]), reverse=True)[:PARENTS]
        last = fitness(rows[best[-1]], rows[0]) if len(best) == PARENTS else 0
        bars = ",".join(f"{last * float(its):.4f}" for its in rows[0][5:])
        seen, rng = {row[3] for row in rows}, np.random.default_rng([5, generation])
        children = []
        while len(children) < CHILDREN:
            parent = int(best[rng.integers(len(best))])
            graph = decode(rows[parent][3])
            for _ in range(rng.integers(1, 4)):
                graph = mutate(graph, rng) or graph
            if (text := encode(graph)) not in seen:
                seen.add(text)
                children.append(f"{generation} {len(all_units) + len(children)} {parent} {bars} {text}")
        all_units += children
    return all_units


def fitness(row, gru):
    """The smallest ratio of accuracies to the GRU's, or more where a graph was not trained on every task; 0 where on none.

    Args:
        row, gru: rows as in COLUMNS.
    """
    return min(_ratios(row, gru), default=0.0)


def _ratios(row, gru):
    return [float(mine) / float(its) for mine, its in zip(row[5:], gru[5:], strict=True) if mine]


def _standing(row, gru):
    """What a graph is ranked by. Recall is soon at 1 for many, and so the worst ratio as well."""
    return fitness(row, gru), sum(_ratios(row, gru))


def ranking(stored):
    """Who is how fit, founders left out.

    Args:
        stored: what `studies.load("evolution")` gives.
    Returns:
        Rows' numbers, the fittest first: of those that were trained on every task and are no founders.
    """
    rows = list(zip(*(stored[name] for name in COLUMNS), strict=True))
    whole = [k for k, row in enumerate(rows) if k >= len(FOUNDERS) and row[-1] != ""]
    return sorted(whole, key=lambda k: _standing(rows[k], rows[0]), reverse=True)


def run(unit):
    """Evaluate one graph.

    Args:
        unit: "generation number parent bars graph", as in `plan`.
    Returns:
        One row (generation, number, parent, graph, test, recall, agreement, characters): accuracies, empty where not trained.
    """
    generation, number, parent, bars, graph = unit.split(" ")
    cell = architecture(decode(graph))
    measure = lambda task: accuracy(cell, task, RATES, SEEDS, UPDATES, gradient="derived")
    test, found = measure("plain").max(), []
    if test >= PASSED:
        for task, bar in zip(COLUMNS[5:], map(float, bars.split(",")), strict=True):
            found.append(measure(task).mean(1).max())
            if found[-1] < bar:
                break
    found = [f"{x:.4f}" for x in (test, *found)]
    return [(int(generation), int(number), int(parent), graph, *found, *[""] * (4 - len(found)))]
