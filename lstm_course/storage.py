"""Arrays in a file and back, safely: no pickle, and never half a file."""

import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from lstm_course import expect


def save(path, arrays):
    """Write named arrays to an .npz file: aside first, then renamed, so that a kill leaves the old file or the new one.

    Args:
        path: where to; the folder must exist, the name must end in .npz.
        arrays: dict of name to array (or number, or str).
    Raises:
        ValueError: when the name does not end in .npz, or an array holds Python objects.
    """
    path = _npz(path)
    arrays = {name: np.asarray(x) for name, x in arrays.items()}
    for name, x in arrays.items():
        expect.that(x.dtype.kind != "O", f"arrays[{name!r}]", "Python objects", "numbers or text")
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def load(path):
    """Read what `save` wrote.

    Returns:
        dict of name to array.
    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not an .npz file of plain arrays.
    """
    path = _npz(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise ValueError(f"path: got {path.name}, expected an .npz file of plain arrays ({error})") from error


def _npz(path):
    path = Path(path)
    expect.that(path.suffix == ".npz", "path", repr(path.name), "a name that ends in .npz")
    return path
