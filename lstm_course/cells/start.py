"""How parameters and states begin: what the cells share before their equations differ."""

import numpy as np

from lstm_course import expect
from lstm_course.ops import zeros


def uniform(rng, H, *shape):
    """Uniform in +-1/sqrt(H), torch's rule for every weight and bias of a recurrent layer.

    Args:
        rng: numpy.random.Generator.
        H: hidden units, which set the range whatever the shape.
        *shape: sizes of the array.
    Returns:
        float64 array of that shape.
    """
    bound = 1 / np.sqrt(H)
    return rng.uniform(-bound, bound, shape)


def orthogonal(rng, H):
    """A random orthogonal matrix (H, H), every direction as likely as any other.

    It is the Q of a Gaussian matrix's QR decomposition, with R's signs moved over, without which Q would be biased.

    Args:
        rng: numpy.random.Generator.
        H: its size.
    Returns:
        float64 array (H, H).
    """
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return Q * np.sign(np.diag(R))


def sizes(rng, D, H):
    """Check the arguments that every `init` takes.

    Raises:
        ValueError: when rng is no Generator, or D or H is not a positive integer.
    """
    expect.generator("rng", rng)
    expect.positive("D", D)
    expect.positive("H", H)


def zero_state(p, batch):
    """(..., B, H) zeros, in the library and type of p, with a models axis where p has one.

    Raises:
        ValueError: when batch is not a positive integer, or W_h no matrix.
    """
    expect.that(len(p.W_h.shape) > 1, "p.W_h", f"shape {tuple(p.W_h.shape)}", "(H, ...), or (N, H, ...) for N models")
    expect.positive("batch", batch)
    return zeros(p.W_h, (*p.W_h.shape[:-2], batch, p.W_h.shape[-2]))
