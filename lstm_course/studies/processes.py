"""A process for each core, none of which outlives its parent; and one thread in each."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait


def pool(workers=None):
    """An executor of processes that are started afresh, which works alike on Linux, macOS and Windows.

    Args:
        workers: how many; one for each core if None.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=follow_parent)


def follow_parent():
    """End this process when its parent does: one that is killed cannot tell its workers to stop."""
    parent = multiprocessing.parent_process()

    def watch():
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def one_thread():
    """Let torch and NumPy compute on one thread: small layers are faster so, by far where other processes are busy as well."""
    import torch
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)
