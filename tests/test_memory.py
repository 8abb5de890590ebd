import gc

import numpy as np
import torch

from lstm_course import memory

SHAPE = (200, 300)


def test_memory_is_not_handed_out_again_while_any_view_lives():
    first = memory.empty(SHAPE, np.float32)
    first[:] = 1.0
    view = np.moveaxis(first, 0, 1)[3:5]
    tensor = torch.from_numpy(first[7:9])
    del first
    gc.collect()
    others = [memory.empty(SHAPE, np.float32) for _ in range(5)]
    for other in others:
        other[:] = 2.0
    assert (view == 1).all()
    assert (tensor == 1).all()
    assert not any(np.shares_memory(a, b) for k, a in enumerate(others) for b in others[:k])


def test_memory_comes_back_when_the_last_view_is_gone():
    first = memory.empty(SHAPE, np.float64)
    place, tensor = first.ctypes.data, torch.from_numpy(first[1:])
    del first
    assert memory.empty(SHAPE, np.float64).ctypes.data != place
    del tensor
    gc.collect()
    waiting = {x.ctypes.data for x in [memory.empty(SHAPE, np.float64) for _ in range(3)]}
    assert place in waiting


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(memory, "_free", {})
    monkeypatch.setattr(memory, "MOST", 3 * 8 * 200 * 300)
    arrays = [memory.empty(SHAPE, np.float64) for _ in range(5)]
    del arrays
    gc.collect()
    assert sum(len(waiting) for waiting in memory._free.values()) == 3


def test_small_arrays_are_plain():
    assert memory.empty((3, 4), np.float32).base is None
