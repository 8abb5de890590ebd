"""A small eye: convolutions turn a picture into a grid of vectors, one for each place, which a decoder can look at.

    x = image - 1
    x = relu(norm(x * W))           for each layer; here * is a convolution
    a = x + positions               a_1 ... a_L, the annotation vectors, row by row

White becomes 0, which is also what the convolutions see beyond the edges; without the subtraction, training fails. `norm`
is batch normalisation. In training mode it measures a picture by the others in its batch; in eval mode, by what it saw in
training.

A vector should speak of its own place. What one sees is `field`: with NARROW the 4 x 4 pixels of its own cell and one more on
each side, with WIDE five more. The cell lies in the middle because a layer whose kernel is wider than its stride looks as far
beyond on one side as on the other; a kernel of 3 in steps of 2 could not.

Source: xu2015, where the grid is 14 x 14 and comes from a network trained on photographs; ioffe2015.
"""

from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.functional import conv2d

from lstm_course import expect
from lstm_course.cells.start import uniform
from lstm_course.layers import register
from lstm_course.tasks.shapes import SIDE

CHANNELS = 3


class Layer(NamedTuple):
    """A convolution: how many features it has, over how many pixels a side it looks, in steps of how many.

    The kernel is as wide as the stride, or wider by an even number.
    """

    width: int
    kernel: int
    stride: int


NARROW = (Layer(24, 4, 2), Layer(64, 2, 2), Layer(48, 1, 1))
"""8 x 8 places for a picture of 32 x 32, each sees little more than itself."""

WIDE = (Layer(24, 4, 2), Layer(64, 2, 2), Layer(48, 3, 1))
"""The same with a last layer that looks at the eight places around, too."""


class Field(NamedTuple):
    """Place i of a side sees the pixels from first + i step on, `size` of them; those beyond the edges are 0."""

    size: int
    step: int
    first: int


def field(layers):
    """What one place of the grid sees (its receptive field), in each of the two directions.

    Args:
        layers: Layers.
    Returns:
        Field.
    Raises:
        ValueError: when the layers are none, or a size does not fit.

    >>> field(NARROW), field(WIDE).size
    (Field(size=6, step=4, first=-1), 14)
    """
    size, step, first = 1, 1, 0
    for layer in _expect_layers(layers):
        size, first, step = size + (layer.kernel - 1) * step, first - beyond(layer) * step, step * layer.stride
    return Field(size, step, first)


def beyond(layer):
    """By how many of what it reads a layer looks beyond its own cell on each side: torch's padding."""
    return (layer.kernel - layer.stride) // 2


class Weights(NamedTuple):
    """W (features, channels, kernel, kernel), torch's order. No bias: `norm` would take it away again."""

    W: Any


def init_weights(rng, channels, width, kernel):
    """Uniform in +-1/sqrt(numbers that one feature reads), torch's rule: Weights, a float64 array."""
    return Weights(uniform(rng, channels * kernel**2, width, channels, kernel, kernel))


class Positions(NamedTuple):
    """positions (L, D): a learned vector for every place."""

    positions: Any


class Convolution(nn.Module):
    """relu(norm(x * W)): one layer of the eye.

    Args:
        channels: features of what it reads.
        layer: Layer.
        rng: numpy.random.Generator.
    """

    def __init__(self, channels, layer, *, rng):
        super().__init__()
        self.layer, self.norm = layer, nn.BatchNorm2d(layer.width)
        register(self, init_weights(rng, channels, layer.width, layer.kernel))

    def forward(self, x):
        """(B, channels, Y, X) to (B, width, Y', X'), a stride-th of each side."""
        return self.norm(conv2d(x, self.W, stride=self.layer.stride, padding=beyond(self.layer))).relu()


class Grid(nn.Module):
    """Turn pictures into annotation vectors. One model: the convolutions are torch's, and have no axis N.

    Args:
        layers: Layers, for instance NARROW or WIDE.
        side: pixels a side of a picture, a multiple of the product of the strides.
        rng: numpy.random.Generator.
    Raises:
        ValueError: when an argument is none of the above.

    `grid.side` is the number of places a side, L is its square, and `grid.width` is D.

    >>> import numpy as np, torch
    >>> tuple(Grid(rng=np.random.default_rng(0))(torch.ones(2, 3, 32, 32)).shape)
    (2, 64, 48)
    """

    def __init__(self, layers=NARROW, side=SIDE, *, rng):
        super().__init__()
        layers = _expect_layers(layers)
        expect.positive("side", side)
        expect.generator("rng", rng)
        step = field(layers).step
        expect.that(side % step == 0, "side", side, f"a multiple of {step}, the product of the strides")
        channels = (CHANNELS, *(layer.width for layer in layers))
        self.layers = nn.Sequential(*(Convolution(*pair, rng=rng) for pair in zip(channels, layers, strict=False)))
        self.pixels, self.side, self.width = side, side // step, channels[-1]
        # small beside the features, so that at first the places differ by what they show
        register(self, Positions(0.1 * rng.standard_normal((self.side**2, self.width))))

    def forward(self, images):
        """Look at pictures.

        Args:
            images: (B, 3, side, side), floating-point, from 0 to 1, white on the whole.
        Returns:
            (B, L, D), the places row by row.
        Raises:
            ValueError: when the images have another shape or type.
        """
        expect.that(torch.is_tensor(images), "images", type(images).__name__, "a torch tensor")
        expect.floats("images", images)
        expect.shape("images", images, B=None, C=CHANNELS, Y=self.pixels, X=self.pixels)
        return self.layers(images - 1).flatten(2).mT + self.positions


def _expect_layers(layers):
    """The layers as a tuple of Layers."""
    expected = "one or more Layers of width, kernel, stride"
    ok = isinstance(layers, tuple | list) and len(layers) and all(isinstance(x, tuple) and len(x) == 3 for x in layers)
    expect.that(ok, "layers", repr(layers), expected)
    for layer in layers:
        for name, value in Layer(*layer)._asdict().items():
            expect.positive(name, value)
        _, kernel, stride = layer
        ok = kernel >= stride and (kernel - stride) % 2 == 0
        expect.that(ok, "kernel", kernel, f"{stride}, the stride, or more by an even number")
    return tuple(Layer(*layer) for layer in layers)
