"""Cells written down as graphs of expressions, so that a program can take them apart and put them together anew.

A graph is a list of nodes, each an operation on values that come before it: value 0 is the input x, values 1 to M are the
parts of the state before the step, and from there on every node adds one. `after` says which values the state becomes; the
first of them is h.

    linear      u W_1 + v W_2 + ... + b     of any number of values, with weights of its own; only this one may read x
    sigmoid, tanh, relu                     of one value
    + - *                                   of two, elementwise

Source: jozefowicz2015, whose search goes through such graphs.
"""

from typing import NamedTuple

from lstm_course import expect

UNARY, BINARY = ("relu", "sigmoid", "tanh"), ("*", "+", "-")


class Node(NamedTuple):
    """An operation, the numbers of the values it reads, and for "linear" where its bias starts."""

    operation: str
    reads: tuple
    bias: float = 0.0


class Graph(NamedTuple):
    """nodes: Nodes, each reading what comes before it. after: the value that each part of the state becomes."""

    nodes: tuple
    after: tuple


def linear(*reads, bias=0.0):
    return Node("linear", reads, bias)


def _lstm(forget_bias):
    x, h, c = range(3)
    gates = [Node("sigmoid", (3,)), Node("sigmoid", (4,)), Node("tanh", (5,)), Node("sigmoid", (6,))]
    nodes = [linear(x, h), linear(x, h, bias=forget_bias), linear(x, h), linear(x, h), *gates]
    i, f, g, o = range(7, 11)
    nodes += [Node("*", (f, c)), Node("*", (i, g)), Node("+", (11, 12)), Node("tanh", (13,)), Node("*", (o, 14))]
    return Graph(tuple(nodes), (15, 13))


def _gru():
    x, h = range(2)
    nodes = [linear(x, h), linear(x, h), Node("sigmoid", (2,)), Node("sigmoid", (3,)), Node("*", (4, h)), linear(x, 6)]
    nodes += [Node("tanh", (7,)), Node("-", (h, 8)), Node("*", (5, 9)), Node("+", (8, 10))]  # n + z (h - n)
    return Graph(tuple(nodes), (11,))


LSTM, LSTM_1, GRU = _lstm(0.0), _lstm(1.0), _gru()
"""The LSTM, with forget bias 0 and 1, and the GRU of 2014, as graphs."""


def check(graph):
    """Raise ValueError unless this is a graph whose every node can be computed."""
    M = len(graph.after)
    expect.that(M > 0, "after", graph.after, "a value for each part of the state")
    for k, (operation, reads, _) in enumerate(graph.nodes, M + 1):
        known = operation == "linear" or operation in UNARY or operation in BINARY
        expect.that(known, f"node {k}", repr(operation), "linear, sigmoid, tanh, relu, +, - or *")
        count = 1 if operation in UNARY else 2 if operation in BINARY else max(1, len(reads))
        expect.that(len(reads) == count, f"node {k}", f"{len(reads)} values", f"{count} for {operation}")
        first = 0 if operation == "linear" else 1  # x has another width
        ok = all(first <= value < k for value in reads)
        expect.that(ok, f"node {k}", f"values {reads}", f"values from {first} to {k - 1} for {operation}")
    expect.that(any(0 in node.reads for node in graph.nodes), "nodes", "none that reads x", "a linear one that does")
    ok = all(1 <= value <= M + len(graph.nodes) for value in graph.after)
    expect.that(ok, "after", graph.after, f"values from 1 to {M + len(graph.nodes)}")


def equations(graph):
    """The graph in lines that can be read, for instance "v3 = sigmoid(L(x, h))".

    Args:
        graph: Graph.
    Returns:
        List of str. What is read once is written where it is read.

    >>> print(*equations(GRU), sep="\\n")
    v8 = tanh(L(x, sigmoid(L(x, h)) * h))
    h = v8 + sigmoid(L(x, h)) * (h - v8)
    """
    M = len(graph.after)
    names = ["x", "h", *(f"s{m}" for m in range(1, M))]
    uses = [v for node in graph.nodes for v in node.reads] + list(graph.after)
    lines, texts = [], [*names]
    for k, (operation, reads, bias) in enumerate(graph.nodes, M + 1):
        read = [texts[v] for v in reads]
        if operation in BINARY:
            left, right = read if operation == "+" else map(_bracketed, read)
            text = f"{read[0] if operation == '-' else left} {operation} {right}"
        else:
            extra = f"; {bias:g}" if bias else ""
            text = f"{'L' if operation == 'linear' else operation}({', '.join(read)}{extra})"
        if k in graph.after or uses.count(k) > 1:
            place = [names[1 + m] for m, v in enumerate(graph.after) if v == k]
            name = f"v{k}" if uses.count(k) > len(place) or not place else None
            if name:
                lines.append(f"{name} = {text}")
                text = name
        texts.append(text)
    return lines + [f"{names[1 + m]} = {texts[v]}" for m, v in enumerate(graph.after) if texts[v] != names[1 + m]]


def _bracketed(text):
    """In brackets if there is an operation outside of all brackets."""
    depth = 0
    for place, mark in enumerate(text):
        depth += (mark == "(") - (mark == ")")
        if depth == 0 and mark in "+-*" and text[place - 1 : place] == " ":
            return f"({text})"
    return text
