"""Large arrays whose memory is used again.

Training asks for the same large arrays at every update. Given back to the operating system and asked for anew, each page of
4 KiB costs a fault, and the faults together can cost as much as the arithmetic. Here memory waits for the next array of its
size.
"""

import math
import weakref

import numpy as np

SMALLEST, MOST = 2**16, 2**28
"""Bytes, of an array that is worth keeping, and of all that is kept for later."""

_free = {}


def empty(shape, dtype):
    """Like numpy.empty, from memory that an earlier array of the same size has left.

    The memory goes back when the array and all of its views are gone.

    >>> first = empty((300, 300), "float64")
    >>> place = first.ctypes.data
    >>> del first
    >>> empty((300, 300), "float64").ctypes.data == place
    True
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    waiting = _free.get(size)
    memory = waiting.pop() if waiting else np.empty(size, np.uint8)
    # Through a memoryview, since views of an array of an array keep only the innermost alive; they must keep this one.
    root = np.frombuffer(memoryview(memory), dtype)
    weakref.finalize(root, _give_back, size, memory).atexit = False
    return root.reshape(shape)


def _give_back(size, memory):
    if sum(n * len(waiting) for n, waiting in _free.items()) + size <= MOST:
        _free.setdefault(size, []).append(memory)
