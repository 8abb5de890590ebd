"""The few operations that the cells need, for NumPy arrays and torch tensors alike.

A cell is written once, with `+ * @` and the functions below; what it is given decides what runs. Torch is never
imported here: a tensor can only arrive when its library is loaded already.
"""

import sys
from functools import lru_cache

import numpy as np

from lstm_course import memory


def library(x):
    """The module that computes with `x`: torch for a tensor, numpy for everything else."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(x, torch.Tensor) else np


def sigmoid(x):
    """The logistic function 1 / (1 + exp(-x)), for NumPy as (1 + tanh(x / 2)) / 2, which cannot overflow.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return np.tanh(x * 0.5) * 0.5 + 0.5 if library(x) is np else x.sigmoid()


def tanh(x):
    """The hyperbolic tangent, elementwise."""
    return library(x).tanh(x)


def softmax(x):
    """Probabilities along the last axis: exp(x) / sum exp(x), shifted by the maximum so that nothing overflows.

    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    if library(x) is not np:
        return x.softmax(-1)
    e = np.exp(x - np.max(x, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def split(x, parts):
    """Cut the last axis into `parts` equal pieces, as views.

    >>> split(np.arange(6), 3)
    [array([0, 1]), array([2, 3]), array([4, 5])]
    """
    width = x.shape[-1] // parts
    return [x[..., k * width : (k + 1) * width] for k in range(parts)]


def activate(a, *functions):
    """Cut the last axis into as many blocks as there are functions, sigmoid or tanh, and apply to each block its own.

    For NumPy all blocks go through one tanh: sigmoid(x) = (1 + tanh(x / 2)) / 2 differs from it by factors alone.

    >>> activate(np.array([0.0, 0.0]), sigmoid, tanh)
    [array([0.5]), array([0.])]
    """
    if library(a) is not np:
        return [f(block) for f, block in zip(functions, split(a, len(functions)), strict=True)]
    scale, shift = _tanh_factors(functions, a.shape, a.dtype)
    y = a * scale
    np.tanh(y, out=y)
    y *= scale
    y += shift
    return split(y, len(functions))


@lru_cache(maxsize=16)
def _tanh_factors(functions, shape, dtype):
    """Factors and shifts that make a sigmoid of a tanh, in full: short rows to be repeated would double the cost."""
    is_sigmoid = np.repeat([f is sigmoid for f in functions], shape[-1] // len(functions))
    return tuple(np.broadcast_to(np.where(is_sigmoid, 0.5, x), shape).astype(dtype, order="C") for x in (1.0, 0.0))


def concat(pieces):
    """Join arrays along the last axis: the opposite of `split`."""
    return library(pieces[0]).concatenate(pieces, -1)


def zeros(like, shape):
    """Zeros of this shape, in the library, type and place of `like`."""
    return np.zeros(shape, like.dtype) if library(like) is np else like.new_zeros(shape)


def transpose(W):
    """Swap the last two axes, whatever stands before them."""
    return W.swapaxes(-1, -2)


def by_columns(W):
    """The same matrix (or matrices), laid out in memory so that its transpose reads straight through."""
    return transpose(np.ascontiguousarray(transpose(W))) if library(W) is np else W


def add_product(a, x, W):
    """a + x W, with one temporary array less."""
    y = x @ W
    y += a
    return y


def product(xs, W):
    """x W for all steps in one product (np.matmul by itself would go step by step).

    Args:
        xs: (..., B, D), or (..., N, B, D) for N models.
        W: (D, A), or (N, D, A).
    Returns:
        (..., B, A), or (..., N, B, A).
    """
    if library(xs) is not np or xs.ndim != W.ndim + 1:
        return xs @ W
    xs, T = merge_steps(xs), len(xs)
    return split_steps(np.matmul(xs, W, out=memory.empty((*xs.shape[:-1], W.shape[-1]), xs.dtype)), T)


def affine(xs, W, b):
    """x W + b for every step at once; shapes as in `product`, b (A,) or (N, A)."""
    a = product(xs, W)
    a += b[..., None, :]
    return a


def outer_sum(xs, ys):
    """The sum of x^T y over steps and batch, one product for all: (T, ..., B, D), (T, ..., B, A) to (..., D, A)."""
    xs, ys = merge_steps(xs), merge_steps(ys)
    if library(xs) is not np or xs.ndim == 2:
        return transpose(xs) @ ys
    pieces = range(0, xs.shape[-2], 160)  # many models: pieces that stay in cache
    return sum(transpose(xs[..., k : k + 160, :]) @ ys[..., k : k + 160, :] for k in pieces)


def sum_steps(ys):
    """The sum over steps and batch: (T, ..., B, A) to (..., A)."""
    return merge_steps(ys).sum(-2)


def merge_steps(xs):
    """(T, ..., B, D) to (..., T B, D)."""
    xs = library(xs).moveaxis(xs, 0, -3)
    return xs.reshape(*xs.shape[:-3], -1, xs.shape[-1])


def split_steps(xs, T):
    """(..., T B, D) to (T, ..., B, D): the opposite of `merge_steps`, as a view."""
    return library(xs).moveaxis(xs.reshape(*xs.shape[:-2], T, -1, xs.shape[-1]), -3, 0)


def empty_steps(T, row):
    """Room for T arrays like `row` (..., B, D), as (T, ..., B, D); in memory a model's steps lie together, ready to merge."""
    return np.moveaxis(memory.empty((*row.shape[:-2], T, *row.shape[-2:]), row.dtype), -3, 0)


def unbind(xs):
    """The slices along the first axis. Under autograd, `xs[t]` in a loop costs time quadratic in T; this does not."""
    return xs if library(xs) is np else xs.unbind(0)


def stack(rows):
    """Arrays of one shape, gathered along a new first axis."""
    return library(rows[0]).stack(rows)
