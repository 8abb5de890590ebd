import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_course import ops

BOTH = [np.asarray, torch.as_tensor]


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_sigmoid_is_stable_and_keeps_its_type(make, kind):
    x = make(np.array([-1000, -30, 0, 30, 1000], kind))
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        y = ops.sigmoid(x)
    assert y.dtype == x.dtype
    np.testing.assert_allclose(y, [0, 1 / (1 + np.exp(30)), 0.5, 1, 1], atol=1e-7 if kind == "float32" else 1e-15)


@pytest.mark.parametrize("make", BOTH)
def test_softmax_is_stable_and_sums_to_one(make, rng):
    x = make(rng.standard_normal((4, 6)) * 1000)
    y = np.asarray(ops.softmax(x))
    assert np.isfinite(y).all()
    np.testing.assert_allclose(y.sum(-1), 1)
    np.testing.assert_allclose(y, torch.softmax(torch.as_tensor(np.asarray(x)), -1))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_activate_equals_each_function_on_its_block(kind, rng):
    a = (3 * rng.standard_normal((2, 3, 20))).astype(kind)
    before = a.copy()
    functions = (ops.sigmoid, ops.sigmoid, ops.tanh, ops.sigmoid)
    got = ops.activate(a, *functions)
    want = [f(torch.from_numpy(block)) for f, block in zip(functions, ops.split(a, 4), strict=True)]
    for mine, theirs in zip(got, want, strict=True):
        assert mine.dtype == a.dtype
        np.testing.assert_allclose(mine, theirs, atol=1e-6 if kind == "float32" else 1e-15)
    np.testing.assert_array_equal(a, before)


def test_activate_keeps_nothing_large_and_gives_the_same_for_it(rng):
    a = rng.standard_normal((2**16 // 8 + 1, 8))
    ops._tanh_factors.cache_clear()  # it may be full from other tests
    whole = ops.activate(a, ops.sigmoid, ops.tanh)
    for mine, piece in zip(whole, ops.activate(a[:3], ops.sigmoid, ops.tanh), strict=True):
        np.testing.assert_array_equal(mine[:3], piece)
    assert ops._tanh_factors.cache_info().currsize == 2
    scale, _ = ops._tanh_factors((ops.sigmoid, ops.tanh), a.shape[-1:], a.dtype)
    assert ops._tanh_factors.cache_info().currsize == 2, "it was a short row that was kept"
    np.testing.assert_array_equal(scale, [0.5] * 4 + [1] * 4)


def test_blocks_that_are_not_equal_are_named():
    with pytest.raises(ValueError, match=r"^x: got a last axis of 7, expected a multiple of 3"):
        ops.split(np.zeros((2, 7)), 3)
    for make in BOTH:
        with pytest.raises(ValueError, match=r"^x: got a last axis of 7, expected a multiple of 2"):
            ops.activate(make(np.zeros((2, 7))), ops.sigmoid, ops.tanh)


def test_activate_refuses_a_function_that_it_does_not_know():
    with pytest.raises(ValueError, match=r"^functions: got softmax, expected sigmoid or tanh for every block"):
        ops.activate(np.zeros((2, 6)), ops.sigmoid, ops.softmax)


@pytest.mark.parametrize("kinds", [("float32", "float64"), ("int64", "float64"), ("int64", "float32"), ("float64", "float32")])
def test_products_have_one_type_whatever_the_number_of_steps(kinds):
    xs, W = (
        np.arange(n, dtype=kind).reshape(shape) for n, shape, kind in zip((24, 8), ((3, 2, 4), (4, 2)), kinds, strict=True)
    )
    b = np.ones(2, kinds[1])
    assert ops.affine(xs, W, b).dtype == ops.affine(xs[0], W, b).dtype == np.result_type(*kinds)
    np.testing.assert_allclose(ops.affine(xs, W, b)[1], ops.affine(xs[1], W, b))


@pytest.mark.parametrize("make", BOTH)
def test_add_product_broadcasts_both_ways(make, rng):
    a, x, W = (make(rng.standard_normal(shape)) for shape in ((3, 2, 5), (2, 4), (4, 5)))
    np.testing.assert_allclose(ops.add_product(a, x, W), a + x @ W)
    np.testing.assert_allclose(ops.add_product(a[0, :1], x, W), a[0, :1] + x @ W)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_products_over_all_steps_equal_step_by_step(T, N, B, D, A, many):
    rng = np.random.default_rng(0)
    lead = (N,) if many else ()
    xs, W, b = (rng.standard_normal(shape) for shape in ((T, *lead, B, D), (*lead, D, A), (*lead, A)))
    ys = rng.standard_normal((T, *lead, B, A))
    for make in BOTH:
        args = [make(x) for x in (xs, W, b)]
        np.testing.assert_allclose(ops.affine(*args), [x @ W + b[..., None, :] for x in xs])
        np.testing.assert_allclose(ops.product(*args[:2]), [x @ W for x in xs])
        outer = sum(np.swapaxes(x, -1, -2) @ y for x, y in zip(xs, ys, strict=True))
        np.testing.assert_allclose(ops.outer_sum(make(xs), make(ys)), outer, atol=1e-12)
        np.testing.assert_allclose(ops.sum_steps(make(ys)), ys.sum(0).sum(-2), atol=1e-12)


def test_sums_over_many_steps_lose_no_row(rng):
    xs, ys = rng.standard_normal((90, 2, 4, 3)), rng.standard_normal((90, 2, 4, 5))
    np.testing.assert_allclose(ops.outer_sum(xs, ys), np.einsum("tnbd,tnba->nda", xs, ys))


def test_by_columns_changes_memory_not_numbers(rng):
    W = rng.standard_normal((2, 3, 4))
    np.testing.assert_array_equal(ops.by_columns(W), W)
    assert ops.transpose(ops.by_columns(W)).flags.c_contiguous


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_centre_and_dot_go_along_the_last_axis_and_keep_their_type(make, kind, rng):
    x, y = (rng.standard_normal((2, 3, 6)).astype(kind) for _ in "xy")
    centred, products = ops.centre(make(x)), ops.dot(make(x), make(y))
    assert centred.dtype == products.dtype == make(x).dtype
    np.testing.assert_allclose(centred, x - x.mean(-1, keepdims=True), atol=1e-6 if kind == "float32" else 1e-14)
    np.testing.assert_allclose(products, (x * y).sum(-1, keepdims=True), atol=1e-5 if kind == "float32" else 1e-14)


@pytest.mark.parametrize("make", BOTH)
def test_dot_sum_is_the_sum_of_products_over_steps_and_batch(make, rng):
    xs, ys = (rng.standard_normal((7, 2, 4, 5)) for _ in "xy")
    np.testing.assert_allclose(ops.dot_sum(make(xs), make(ys)), (xs * ys).sum((0, 2)), atol=1e-13)
    np.testing.assert_allclose(ops.dot_sum(make(xs[:, 0]), make(ys[:, 0])), (xs * ys)[:, 0].sum((0, 1)), atol=1e-13)


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("between", [(), (3,), (3, 2)])
def test_project_and_its_way_back_are_one_product_for_each_model(make, between, rng):
    x, W, dy = (rng.standard_normal(shape) for shape in ((2, *between, 6, 4), (2, 4, 5), (2, *between, 6, 5)))
    y, (dx, dW) = ops.project(make(x), make(W)), ops.project_backward(make(x), make(W), make(dy))
    for n in range(2):
        np.testing.assert_allclose(y[n], x[n] @ W[n])
        np.testing.assert_allclose(dx[n], dy[n] @ W[n].T)
        np.testing.assert_allclose(dW[n], np.einsum("rd,ra->da", x[n].reshape(-1, 4), dy[n].reshape(-1, 5)))
        np.testing.assert_array_equal(ops.project(make(x[n]), make(W[n])), y[n])


@pytest.mark.parametrize("make", BOTH)
def test_project_refuses_what_begins_with_something_else_than_the_models(make):
    with pytest.raises(ValueError, match=r"^x: got shape \(4, 2, 3\), expected one that begins with \(2,\), the models of W"):
        ops.project(make(np.zeros((4, 2, 3))), make(np.zeros((2, 3, 5))))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_where_keeps_the_type_and_lets_no_gradient_through_elsewhere(kind):
    x = np.array([1, np.nan, np.inf], kind)
    mask = np.array([True, False, False])
    assert ops.where(mask, x, -np.inf).dtype == x.dtype
    leaf = torch.tensor(x, requires_grad=True)
    y = ops.where(ops.as_mask(mask, leaf), leaf, 0.0)
    assert y.dtype == leaf.dtype
    y.square().sum().backward()
    assert leaf.grad.tolist() == [2, 0, 0]
