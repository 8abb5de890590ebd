"""Layer normalisation, forwards and backwards: LN(v) = (v - mean(v)) scale, scale = 1 / sqrt(var(v) + 1e-5), of each vector v.

On the way back, with n = LN(v), dv = (dn - mean(dn) - n m) scale, m = mean(dn * n): a change along (1, 1, ...) or along n
itself would be lost in LN, so it is taken out.

Of a product LN(x W) all steps are done at once, in arrays as wide as x, for with C the centred W it is z C:

    z  = x scale                            var(x W) = x C C^T x^T / A, A being the width of W
    dz = dn C^T                             m = z dz^T / A
    dx = (dz - m z C C^T) scale
    dW = centred(sum z^T dn) - (sum m z^T z) C

Source: ba2016.
"""

import numpy as np

from lstm_course.ops import centre, dot, library, merge_steps, outer_sum, product, relu, split_steps, transpose

SAFETY = 1e-5
"""What is added to a variance, which may be zero."""


def normalise(x):
    """LN of the numbers of the last axis: mean 0 and variance 1, all but a small constant for safety.

    Args:
        x: (..., A).
    Returns:
        n: (..., A).
        scale: (..., 1).

    >>> normalise(np.array([1.0, 3.0]))[0].round(3)
    array([-1.,  1.])
    """
    if library(x) is not np:
        n, _, scale = library(x).native_layer_norm(x, x.shape[-1:], None, None, SAFETY)
        return n, scale
    n = centre(x)
    scale = 1 / np.sqrt(dot(n, n) / n.shape[-1] + SAFETY)
    n *= scale
    return n, scale


def normalise_backward(dn, n):
    """Back through `normalise`, but for the factor scale: the caller knows where the numbers to be multiplied are fewest.

    Args:
        dn, n: (..., A).
    Returns:
        dx / scale: (..., A), dn - mean(dn) - n m.
        m: (..., 1), mean(dn * n).
    """
    m = dot(dn, n) / n.shape[-1]
    dx = centre(dn)
    dx -= m * n
    return dx, m


def product_backward(xs, W, gain, da):
    """Back through LN(x W) gain, all steps at once.

    Args:
        xs: (T, ..., B, D). W: (..., D, A). gain: (..., A). da: (T, ..., B, A).
    Returns:
        dxs, dW, dgain: like xs, W and gain.
    """
    C = centre(W)
    square = C @ transpose(C)
    xs = split_steps(merge_steps(xs), len(xs))  # in memory as products lie
    scale = (relu(dot(xs, product(xs, square))) / C.shape[-1] + SAFETY) ** -0.5  # rounding must not give a negative variance
    z = xs * scale
    dz = product(da, transpose(C * gain[..., None, :]))
    mz = dot(z, dz) / C.shape[-1] * z
    dW, dgain = product_grads(z, W, gain, mz, da)
    dz -= product(mz, square)
    dz *= scale
    return dz, dW, dgain


def product_grads(z, W, gain, mz, da):
    """The gradients of W and gain in LN(x W) gain, where the way back to x has been gone already, step by step.

    Args:
        z, mz: (T, ..., B, D), x scale, and m z, with dn = da gain. W, gain, da: as in `product_backward`.
    Returns:
        dW, dgain: like W and gain.
    """
    C, G = centre(W), outer_sum(z, da)
    return centre(G * gain[..., None, :]) - outer_sum(mz, z) @ C, (C * G).sum(-2)
