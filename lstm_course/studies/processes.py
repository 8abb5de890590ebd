"""A process for each core, none of which outlives its parent."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
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
