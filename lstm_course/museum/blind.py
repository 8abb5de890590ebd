"""Attention that never looks at what it attends to: the weights come from the decoder alone, a number for each place."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(q, encoded, W):
    """q (B, H), encoded (S, B, H), W (H, H) to alpha (S, B)."""
    scores = (q @ W).T[: len(encoded)]
    e = np.exp(scores)
    return e / e.sum(0)


def mended(q, encoded, W):
    """q (B, H), encoded (S, B, H), W (H, H) to alpha (S, B)."""
    scores = ((q @ W) * encoded).sum(-1)
    e = np.exp(scores)
    return e / e.sum(0)


def draw(rng, S=4, B=3, H=5):
    """q (B, H), encoded (S, B, H), W (H, H)."""
    return tuple(0.7 * rng.standard_normal(shape) for shape in ((B, H), (S, B, H), (H, H)))


def truth(q, encoded, W):
    """By torch: attention with the rows of a unit matrix as values gives its own weights."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention as attend

    q, encoded, W = map(torch.from_numpy, (q, encoded, W))
    keys = encoded.transpose(0, 1)
    unit = torch.eye(len(encoded), dtype=q.dtype).expand(len(q), -1, -1)
    return attend((q @ W)[:, None], keys, unit, scale=1.0)[:, 0].T.numpy()


EXHIBIT = Exhibit(
    title="The decoder with closed eyes",
    broken=broken,
    mended=mended,
    draw=draw,
    reach=((0, 0), (1, 0), (2, 0)),
    batch={0: 0, 1: 1},
    examples=(1,),
    superpose=0,
    total=0,
    truth=truth,
)
