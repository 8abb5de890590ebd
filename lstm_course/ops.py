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


def relu(x):
    """The positive part max(x, 0), elementwise.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    return np.maximum(x, 0) if library(x) is np else x.relu()


def sign(x):
    """-1, 0 or 1, elementwise."""
    return library(x).sign(x)


def softmax(x):
    """Probabilities along the last axis: exp(x) / sum exp(x), shifted by the maximum so that nothing overflows.

    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    if library(x) is not np:
        return x.softmax(-1)
    e = np.exp(x - np.max(x, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def centre(x):
    """The numbers of the last axis less their mean.

    >>> centre(np.array([1.0, 3.0]))
    array([-1.,  1.])
    """
    return x - _mean(x)


def _mean(x):
    """Along the last axis, which stays; as a product, for NumPy a third of the time that `x.mean` takes where it is short."""
    return (x @ _shares(x.shape[-1], x.dtype))[..., None] if library(x) is np else x.mean(-1, keepdim=True)


@lru_cache(maxsize=16)
def _shares(size, dtype):
    return np.full(size, 1 / size, dtype)


def dot(x, y):
    """The sums of x * y along the last axis, which stays.

    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([11.])
    """
    return (np.vecdot(x, y) if library(x) is np else library(x).linalg.vecdot(x, y))[..., None]


def split(x, parts):
    """Cut the last axis into `parts` equal pieces, as views.

    Raises:
        ValueError: when the pieces would not be equal.

    >>> split(np.arange(6), 3)
    [array([0, 1]), array([2, 3]), array([4, 5])]
    """
    width, rest = divmod(x.shape[-1], parts)
    if rest:
        raise ValueError(f"x: got a last axis of {x.shape[-1]}, expected a multiple of {parts}")
    return [x[..., k * width : (k + 1) * width] for k in range(parts)]


def activate(a, *functions):
    """Cut the last axis into as many blocks as there are functions, sigmoid or tanh, and apply to each block its own.

    For NumPy all blocks go through one tanh: sigmoid(x) = (1 + tanh(x / 2)) / 2 differs from it by factors alone.

    Raises:
        ValueError: when the blocks would not be equal, or (for NumPy) a function is neither.

    >>> activate(np.array([0.0, 0.0]), sigmoid, tanh)
    [array([0.5]), array([0.])]
    """
    if library(a) is not np:
        return [f(block) for f, block in zip(functions, split(a, len(functions)), strict=True)]
    # Factors in full save a tenth where they are small; large ones would fill the memory, and are short rows to be repeated.
    scale, shift = _tanh_factors(functions, a.shape if a.size <= 2**16 else a.shape[-1:], a.dtype)
    y = a * scale
    np.tanh(y, out=y)
    y *= scale
    y += shift
    return split(y, len(functions))


@lru_cache(maxsize=16)
def _tanh_factors(functions, shape, dtype):
    """Factors and shifts that make each block's own function of one tanh: 1/2 and 1/2 for a sigmoid, 1 and 0 for a tanh."""
    scale = np.empty(shape, dtype)
    for f, block in zip(functions, split(scale, len(functions)), strict=True):
        if f not in (sigmoid, tanh):
            raise ValueError(f"functions: got {getattr(f, '__name__', repr(f))}, expected sigmoid or tanh for every block")
        block[...] = 0.5 if f is sigmoid else 1.0
    return scale, 1 - scale


def concat(pieces):
    """Join arrays along the last axis: the opposite of `split`."""
    return library(pieces[0]).concatenate(pieces, -1)


def repeat_blocks(x, size):
    """Every number of the last axis `size` times in a row, for what several cells share.

    >>> repeat_blocks(np.array([1, 2]), 2)
    array([1, 1, 2, 2])
    """
    return x if size == 1 else (np.repeat(x, size, -1) if library(x) is np else x.repeat_interleave(size, -1))


def fold_blocks(x, size):
    """The sums of `size` numbers in a row each, along the last axis: what `repeat_blocks` is, backwards.

    >>> fold_blocks(np.array([1, 2, 3, 4]), 2)
    array([3, 7])
    """
    return x if size == 1 else x.reshape(*x.shape[:-1], -1, size).sum(-1)


def zeros(like, shape):
    """Zeros of this shape, in the library, type and place of `like`."""
    return np.zeros(shape, like.dtype) if library(like) is np else like.new_zeros(shape)


def constant(like, values):
    """These values, for instance a mask, in the library, type and place of `like`."""
    return np.asarray(values, like.dtype) if library(like) is np else like.new_tensor(values)


def where(mask, x, other):
    """x where the mask says True, elsewhere the number `other`, whatever stood there; gradients pass through x alone.

    >>> where(np.array([True, False]), np.array([1.0, np.nan]), 0.0)
    array([1., 0.])
    """
    return library(x).where(mask, x, other)


def as_mask(mask, like):
    """A bool array as one of the library and place of `like`: a mask made once, in NumPy, serves torch too."""
    if library(mask) is np:
        mask = np.require(mask, requirements="W")  # torch warns of what is not to be written to
    return library(like).asarray(mask, device=like.device)


def values_known(x):
    """Whether the numbers in x can be looked at: always, but while torch compiles."""
    return library(x) is np or not library(x).compiler.is_compiling()


def transpose(W):
    """Swap the last two axes, whatever stands before them."""
    return W.swapaxes(-1, -2)


def by_columns(W):
    """The same matrix (or matrices), laid out in memory so that its transpose reads straight through."""
    return transpose(np.ascontiguousarray(transpose(W))) if library(W) is np else W


def add_product(a, x, W):
    """a + x W, with one temporary array less where the shapes allow it."""
    y = x @ W
    if y.shape != a.shape:
        return a + y
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
    out = memory.empty((*xs.shape[:-1], W.shape[-1]), np.result_type(xs, W))
    return split_steps(np.matmul(xs, W, out=out), T)


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


def dot_sum(xs, ys):
    """The sum of x * y over steps and batch: (T, ..., B, A), twice, to (..., A)."""
    return library(xs).einsum("...ba,...ba->...a", merge_steps(xs), merge_steps(ys))


def sum_steps(ys):
    """The sum over steps and batch: (T, ..., B, A) to (..., A)."""
    return merge_steps(ys).sum(-2)


def rows(x, W):
    """All the rows that meet one matrix, under each other: as many axes in front stay as W has, for its N models.

    Args:
        x: (..., D), or (N, ..., D) for N models.
        W: (D, A), or (N, D, A).
    Returns:
        (R, D), or (N, R, D), with R the product of the axes between.
    Raises:
        ValueError: when x does not begin with the models of W.

    >>> rows(np.zeros((2, 3, 7, 4)), np.zeros((4, 5))).shape, rows(np.zeros((2, 3, 7, 4)), np.zeros((2, 4, 5))).shape
    ((42, 4), (2, 21, 4))
    """
    models = tuple(W.shape[:-2])
    if tuple(x.shape[: len(models)]) != models:
        raise ValueError(f"x: got shape {tuple(x.shape)}, expected one that begins with {models}, the models of W")
    return x.reshape(*models, -1, x.shape[-1])


def project(x, W):
    """x W, whatever axes stand between the models and the last; for all rows in one product.

    Args and errors as in `rows`.

    Returns:
        Like x, with A in place of D.
    """
    return (rows(x, W) @ W).reshape(*x.shape[:-1], W.shape[-1])


def linear(x, W, b):
    """`project`, plus b. Args and errors as in `project`; b: (A,), or (N, A).

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([5.0]))
    array([[16.]])
    """
    return (rows(x, W) @ W + b[..., None, :]).reshape(*x.shape[:-1], W.shape[-1])


def project_backward(x, W, dy):
    """The way back through y = `project(x, W)`.

        dx = dy W^T            dW = sum x^T dy, over all rows

    Args:
        x, W: as given to `project`.
        dy: the derivative by y.
    Returns:
        dx, dW: like x, W.
    """
    return project(dy, transpose(W)), transpose(rows(x, W)) @ rows(dy, W)


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
