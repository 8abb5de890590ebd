"""Large arrays whose memory is used again.

Training asks for the same large arrays at every update. Given back to the operating system and asked for anew, each page of
4 KiB costs a fault, and the faults together can cost as much as the arithmetic. Here memory waits for the next array of its
size.
"""

import math
import threading
import weakref
from collections import deque

import numpy as np

SMALLEST, MOST = 2**16, 2**28
"""Bytes, of an array that is worth keeping, and of all that is kept for later."""

_lock, _returned = threading.Lock(), deque(maxlen=16)
_free, _kept = {}, 0  # memory by size, the size asked for last at the end; bytes of all of it


def empty(shape, dtype):
    """Like numpy.empty, from memory that an earlier array of the same size has left.

    The memory goes back when the array and all of its views are gone. Threads may share it.

    >>> first = empty((300, 300), "float64")
    >>> place = first.ctypes.data
    >>> del first
    >>> empty((300, 300), "float64").ctypes.data == place
    True
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    memory = _exchange(size)
    if memory is None:
        memory = np.empty(size, np.uint8)
    # Through a memoryview, since views of an array of an array keep only the innermost alive; they must keep this one.
    root = np.frombuffer(memoryview(memory), dtype)
    weakref.finalize(root, _give_back, size, memory).atexit = False
    return root.reshape(shape)


def _give_back(size, memory):
    """A finalizer runs in any thread and amid any line, those of `_exchange` too: it adds to a queue, in one atomic step."""
    _returned.append((size, memory))
    _exchange()


def _exchange(size=None):
    """Sort in what has come back, let go of the sizes asked for longest ago if it is too much, and take one of `size`, or None.

    Nobody waits for the lock: whoever does not get it does without, and whoever holds it sorts in for all.
    """
    global _kept
    if not _lock.acquire(blocking=False):
        return None
    try:
        while _returned:
            back, memory = _returned.popleft()
            if back <= MOST:
                _free.setdefault(back, []).append(memory)
                _kept += back
        while _kept > MOST:
            oldest = next(iter(_free))
            if _free[oldest]:
                _kept -= oldest
                _free[oldest].pop()
            else:
                del _free[oldest]
        if size is None:
            return None
        waiting = _free[size] = _free.pop(size, [])
        if not waiting:
            return None
        _kept -= size
        return waiting.pop()
    finally:
        _lock.release()
