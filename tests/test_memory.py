import gc
import threading
from collections import deque

import numpy as np
import pytest
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


@pytest.fixture
def empty_pool(monkeypatch):
    """Nothing kept yet, and room for three arrays of SHAPE in float64."""
    gc.collect()
    monkeypatch.setattr(memory, "_free", {})
    monkeypatch.setattr(memory, "_kept", 0)
    monkeypatch.setattr(memory, "_returned", deque(maxlen=16))
    monkeypatch.setattr(memory, "MOST", 3 * 8 * 200 * 300)
    yield
    gc.collect()


def kept():
    return sum(size * len(waiting) for size, waiting in memory._free.items())


def test_what_is_kept_is_bounded(empty_pool):
    arrays = [memory.empty(SHAPE, np.float64) for _ in range(5)]
    del arrays
    gc.collect()
    assert kept() == memory._kept == memory.MOST
    too_large = memory.empty((4, *SHAPE), np.float64)
    del too_large
    assert kept() == memory._kept == memory.MOST


def test_a_full_pool_makes_room_for_the_sizes_in_use(empty_pool):
    old = [memory.empty(SHAPE, np.float64) for _ in range(3)]
    del old
    new = memory.empty((100, 300), np.float64)
    place = new.ctypes.data
    del new
    assert memory.empty((100, 300), np.float64).ctypes.data == place
    assert kept() == memory._kept <= memory.MOST
    assert [len(waiting) for waiting in memory._free.values()] == [2, 1]


def test_whoever_finds_the_pool_taken_goes_on_and_loses_nothing(empty_pool):
    first, second = memory.empty(SHAPE, np.float64), memory.empty(SHAPE, np.float64)
    places = {first.ctypes.data, second.ctypes.data}
    with memory._lock:  # as in the middle of an exchange, when garbage collection runs other finalizers
        del first
        assert memory.empty(SHAPE, np.float64).shape == SHAPE
    del second
    assert places <= {x.ctypes.data for x in [memory.empty(SHAPE, np.float64) for _ in range(3)]}


def test_threads_share_the_pool(empty_pool):
    errors = []

    def work(seed):
        rng = np.random.default_rng(seed)
        try:
            for k in range(300):
                x, y = (memory.empty((int(n), 300), np.float64) for n in rng.integers(30, 60, 2))
                x[:], y[:] = k, -k
                assert (x == k).all()
                assert (y == -k).all()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    memory.empty(SHAPE, np.float64)
    assert not errors
    assert kept() == memory._kept <= memory.MOST


def test_small_arrays_are_plain():
    assert memory.empty((3, 4), np.float32).base is None
