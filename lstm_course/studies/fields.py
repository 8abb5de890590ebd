"""Fields: how much a place of the grid sees, and what becomes of captions and of pointing.

The pictures, the network, the updates and the judging are those of `captions`, with the entropy penalty. The grid is always
8 x 8, its places 4 pixels apart; what differs are the kernels, with them the weights, and how many pixels a side a place sees.

Source: the pictures and all sizes are our own.
"""

import numpy as np

from lstm_course import alignment
from lstm_course.models.grid import NARROW, WIDE, Layer, field
from lstm_course.studies import captions
from lstm_course.tasks import shapes

EYES = {
    4: (Layer(24, 2, 2), Layer(64, 2, 2), Layer(48, 1, 1)),
    6: NARROW,
    8: (Layer(24, 2, 2), Layer(64, 4, 2), Layer(48, 1, 1)),
    10: (Layer(24, 4, 2), Layer(64, 4, 2), Layer(48, 1, 1)),
    14: WIDE,
}
"""The layers by what a place sees, in pixels a side."""

UNITS = tuple((size, seed) for size in EYES for seed in captions.SEEDS)
COLUMNS = ("size", *captions.COLUMNS[1:], "sees")


def context():
    """On what terms."""
    return captions.context()


def run(unit, updates=captions.UPDATES, B=captions.TEST):
    """Train one network, then ask it.

    Args:
        unit: (size, seed).
        updates, B: other numbers of updates and of pictures, for a trial.
    Returns:
        One row of `COLUMNS`, shares to four decimals.
    """
    size, seed = unit
    model = captions.learn(captions.assemble(EYES[size], seed), captions.sharp, seed, updates)
    shares = captions.judge(model, seed, B) | {"sees": f"{sees(model, captions.ask(seed, B)):.4f}"}
    return [(size, seed, *(shares[column] for column in COLUMNS[2:]))]


def sees(model, shown):
    """At words of colour and shape: how often the place with most attention sees at least a pixel of the named box."""
    _, alpha = captions.told(model, shown)
    size = field([convolution.layer for convolution in model.grid.layers]).size
    return float(alignment.pointing(alpha, shapes.where(reaching(shown.boxes, size), shown.names)))


def reaching(boxes, size):
    """Boxes so much larger that they hold the centre of every place that sees at least a pixel of the box, and no other.

    Args:
        boxes: (..., 4), whole pixels: left, top, right, bottom.
        size: pixels a side that a place sees.

    >>> import numpy as np
    >>> reaching(np.array([8, 8, 16, 16]), size=6)
    array([ 5.5,  5.5, 19. , 19. ])
    """
    # the half: a field that ends where the box begins has no pixel in common with it
    return boxes + size / 2 * np.array([-1, -1, 1, 1]) + np.array([0.5, 0.5, 0, 0])
