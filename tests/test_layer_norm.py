"""Layer normalisation against torch's own, and its way back against autograd."""

import numpy as np
import pytest
import torch
from conftest import B, D, T
from torch.nn.functional import layer_norm

from lstm_course.layer_norm import normalise, normalise_backward, product_backward

BOTH = [np.asarray, torch.as_tensor]
A = 6


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_normalise_is_torchs_layer_norm_and_keeps_its_type(make, kind, rng):
    x = (100 + rng.standard_normal((2, 3, A)) * 0.01).astype(kind)
    n, scale = normalise(make(x))
    assert n.dtype == scale.dtype == make(x).dtype
    atol = 5e-3 if kind == "float32" else 1e-11
    np.testing.assert_allclose(n, layer_norm(torch.from_numpy(x.astype(float)), (A,)), atol=atol)
    np.testing.assert_allclose(scale, 1 / np.sqrt(x.astype(float).var(-1, keepdims=True) + 1e-5), rtol=atol)


@pytest.mark.parametrize("make", BOTH)
def test_normalise_backward_equals_autograd(make, rng):
    x, dn = torch.from_numpy(rng.standard_normal((2, 3, A))).requires_grad_(), rng.standard_normal((2, 3, A))
    (want,) = torch.autograd.grad(layer_norm(x, (A,)), x, torch.from_numpy(dn))
    n, scale = normalise(make(x.detach().numpy()))
    dx, m = normalise_backward(make(dn), n)
    np.testing.assert_allclose(dx * scale, want, atol=1e-13)
    np.testing.assert_allclose(m, (dn * np.asarray(n)).mean(-1, keepdims=True), atol=1e-14)


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("lead", [(), (2,), (B,), (T,)])
@pytest.mark.parametrize("D", [1, D, 2 * A])
def test_product_backward_equals_autograd(make, lead, D, rng):
    xs, W, gain, da = (rng.standard_normal(shape) for shape in ((T, *lead, B, D), (*lead, D, A), (*lead, A), (T, *lead, B, A)))
    leaves = [torch.from_numpy(x).requires_grad_() for x in (xs, W, gain)]
    a = layer_norm(leaves[0] @ leaves[1], (A,)) * leaves[2][..., None, :]
    want = torch.autograd.grad(a, leaves, torch.from_numpy(da))
    for mine, theirs in zip(product_backward(*map(make, (xs, W, gain, da))), want, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-11, rtol=1e-11)


def test_an_x_that_the_product_does_not_see_has_a_finite_gradient(rng):
    """Its variance is zero, and rounding must not make it less: (T, B) vectors at right angles to all columns."""
    W = rng.standard_normal((2 * A, A))
    unseen = np.linalg.svd(W)[0][:, A:]
    xs = 1e4 * rng.standard_normal((T, B, A)) @ unseen.T
    grads = product_backward(*(x.astype("float32") for x in (xs, W, np.ones(A), np.ones((T, B, A)))))
    assert all(np.isfinite(x).all() for x in grads)
