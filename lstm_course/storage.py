"""Arrays in a file and back, safely: no pickle, and never half a file."""

import contextlib
import glob
import json
import os
import secrets
import zipfile
from pathlib import Path

import numpy as np

from lstm_course import expect

STALE = 3600
"""Seconds without a write after which a file that stands aside is taken for one whose writer was killed."""


def save(path, arrays, about=None):
    """Write named arrays to an .npz file: aside first, then renamed, so that a kill leaves the old file or the new one.

    A kill may also leave what was written aside, NAME.npz.*.part; a save to the same place, an hour later, removes it.

    Args:
        path: where to; the folder must exist, the name must end in .npz.
        arrays: dict of name to array (or number, or str).
        about: dict for `load_about` to give back, in JSON; of what JSON cannot hold the repr is kept.
    Raises:
        ValueError: when the name does not end in .npz, the folder is missing, an array holds Python objects, or its name
            is one that a zip file cannot keep.
    """
    path = expect_place("path", path)
    arrays = {name: _plain(name, x) for name, x in arrays.items()}
    if about is not None:
        expect.that("about" not in arrays, "arrays", "one named 'about'", "other names beside an `about`")
        arrays["about"] = np.array(_json({**about, "arrays": form(arrays)}))
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        with aside.open("xb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                for name, x in arrays.items():
                    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, x, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        _remove_stale(path, aside.stat().st_mtime - STALE)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def load(path, name="path"):
    """Read what `save` wrote.

    Args:
        path: of the file.
        name: what an error calls it.
    Returns:
        dict of name to array.
    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not an .npz file of plain arrays.
    """
    path = _npz(name, path)
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return {info.filename.removesuffix(".npy"): _read(archive, info) for info in archive.infolist()}
        except Exception as error:  # what is damaged can fail anywhere in zipfile, its decompressors and NumPy
            raise ValueError(f"{name}: got {path.name}, expected an .npz file of plain arrays ({error})") from error


def load_about(path, kind, name="path", want=None):
    """Read what `save` wrote with an `about`, and see that no array is lost, or changed in type or shape.

    Args:
        path: of the file.
        kind: what it should be, in words.
        name: what an error calls it.
        want: what `about` must be, or None.
    Returns:
        dict of name to array, and `about`.
    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is no file of that kind, or another one than wanted.
    """
    arrays = load(path, name)
    try:
        about = dict(json.loads(str(arrays.pop("about"))))
        listed = dict(about.pop("arrays"))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name}: got a file of {sorted(arrays)}, expected {kind} ({error!r})") from error
    if want is not None:
        expect.same(name, about, json.loads(_json(want)))
    expect.same(name, form(arrays), listed)
    return arrays, about


def form(x):
    """Type and shape of all arrays and tensors in nested dicts, lists and tuples, in what JSON can hold.

    >>> form([np.zeros((2, 3)), {"a": np.arange(4)}])
    ['float64 (2, 3)', {'a': 'int64 (4,)'}]
    """
    if isinstance(x, dict):
        return {str(name): form(part) for name, part in x.items()}
    if isinstance(x, list | tuple):
        return [form(part) for part in x]
    return f"{x.dtype} {tuple(x.shape)}" if hasattr(x, "dtype") else type(x).__name__


def expect_place(name, path):
    """`path` is one that `save` can write to; it is returned as a pathlib.Path."""
    path = _npz(name, path)
    expect.that(path.parent.is_dir(), name, f"a file in {str(path.parent)!r}", "one in a folder that exists")
    return path


def _json(x):
    return json.dumps(x, default=repr)


def _npz(name, path):
    expect.that(isinstance(path, str | os.PathLike), name, repr(path), "a path")
    path = Path(path)
    expect.that(path.suffix == ".npz", name, repr(path.name), "a name that ends in .npz")
    expect.that(not path.is_dir(), name, f"the folder {path.name!r}", "a file")
    return path


def _plain(name, x):
    ok = isinstance(name, str) and not {"\\", "\0"} & set(name)
    expect.that(ok, "arrays", f"the name {name!r}", "text without backslash and NUL")
    x = np.asarray(x)
    expect.that(not x.dtype.hasobject, f"arrays[{name!r}]", "Python objects", "numbers or text")
    return x


def _read(archive, info):
    with archive.open(info) as member:
        x = np.lib.format.read_array(member, allow_pickle=False)
        if member.read(1):  # the checksum is compared at the end: that must be reached
            raise ValueError(f"{info.filename} is longer than its array")
        return x


def _remove_stale(path, before):
    """Remove what killed writers of `path` left aside; whoever is still writing has a younger file."""
    for part in path.parent.glob(f"{glob.escape(path.name)}.{'[0-9a-f]' * 16}.part"):
        with contextlib.suppress(OSError):
            if part.stat().st_mtime < before:
                part.unlink()
