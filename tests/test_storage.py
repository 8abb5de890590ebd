import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from lstm_course import storage

KILLED = """
import os, sys
import numpy as np
from lstm_course import storage
storage.os.fsync = lambda handle: os._exit(9)  # as sudden as a kill, on every system
storage.save(sys.argv[1], {"x": np.arange(4)})
"""


def test_arrays_come_back_as_they_were(tmp_path):
    record = np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    arrays = {
        "file": np.arange(3),
        "allow_pickle": np.ones((2, 0)),
        "a/b.npy": fortran,
        "": record,
        "text": np.array("h\u00e9"),
    }
    storage.save(tmp_path / "a.npz", {**arrays, "number": 3})
    again = storage.load(tmp_path / "a.npz")
    assert again.pop("number") == 3
    assert list(again) == list(arrays)
    for name, x in arrays.items():
        assert again[name].dtype == x.dtype
        np.testing.assert_array_equal(again[name], x)
    with np.load(tmp_path / "a.npz") as file:
        np.testing.assert_array_equal(file["file"], np.arange(3))


def test_what_is_kept_beside_the_arrays(tmp_path):
    storage.save(tmp_path / "a.npz", {"x": np.ones(3)}, {"size": (1, 2), "eps": np.float32(0.5)})
    arrays, about = storage.load_about(tmp_path / "a.npz", "a test")
    assert list(arrays) == ["x"]
    assert about == {"size": [1, 2], "eps": "np.float32(0.5)"}
    storage.load_about(tmp_path / "a.npz", "a test", want={"size": (1, 2), "eps": np.float32(0.5)})
    with pytest.raises(ValueError, match=r"^path: got {'size': \[1, 2\]}, expected {'size': 3}"):
        storage.load_about(tmp_path / "a.npz", "a test", want={"size": 3, "eps": np.float32(0.5)})
    about = json.dumps({"arrays": {"x": "float64 (3,)", "y": "float64 (3,)"}})
    storage.save(tmp_path / "b.npz", {"x": np.ones(3), "about": about})
    with pytest.raises(ValueError, match=r"^path: got {}, expected {'y': 'float64 \(3,\)'}"):
        storage.load_about(tmp_path / "b.npz", "a test")


def test_an_interrupt_while_writing_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    storage.save(path, {"x": np.arange(3)})

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(storage.np.lib.format, "write_array", interrupted)
    with pytest.raises(KeyboardInterrupt):
        storage.save(path, {"x": np.arange(4)})
    monkeypatch.undo()
    np.testing.assert_array_equal(storage.load(path)["x"], np.arange(3))
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_what_a_kill_leaves_aside_is_removed_by_a_later_save(tmp_path):
    path = tmp_path / "run.npz"
    storage.save(path, {"x": np.arange(3)})
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert killed.returncode == 9
    np.testing.assert_array_equal(storage.load(path)["x"], np.arange(3))
    (aside,) = tmp_path.glob("*.part")
    storage.save(path, {"x": np.arange(5)})
    assert aside.exists(), "it could belong to someone who still writes"
    os.utime(aside, (0, 0))
    storage.save(path, {"x": np.arange(5)})
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask to speak of")
def test_files_get_the_usual_permissions(tmp_path):
    before = os.umask(0o027)
    try:
        storage.save(tmp_path / "a.npz", {"x": np.arange(3)})
    finally:
        os.umask(before)
    assert (tmp_path / "a.npz").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("path", "arrays", "message"),
    [
        ("a.npz", {"x": np.array([{}, 1])}, r"^arrays\['x'\]: got Python objects, expected numbers or text"),
        ("a.npz", {"x": np.zeros(2, [("a", "f8"), ("b", "O")])}, r"^arrays\['x'\]: got Python objects"),
        ("a.npz", {3: 1.0}, r"^arrays: got the name 3, expected text"),
        ("a.npz", {"a\\b": 1.0}, r"^arrays: got the name .*, expected text without backslash and NUL"),
        ("a.bin", {}, r"^path: got 'a.bin', expected a name that ends in .npz"),
        ("none/a.npz", {}, r"^path: got a file in '.*none', expected one in a folder that exists"),
        ("folder.npz", {}, r"^path: got the folder 'folder.npz', expected a file"),
    ],
)
def test_what_cannot_be_saved_is_named(path, arrays, message, tmp_path):
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ValueError, match=message):
        storage.save(tmp_path / path, arrays)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.npz"]


def test_a_file_of_anything_else_is_refused(tmp_path):
    def pickled(path):
        np.savez(path, x=np.array([{}, 1], dtype=object))

    def single(path):
        with path.open("wb") as file:
            np.save(file, np.arange(3))

    def foreign(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", b"no array")

    for write in (pickled, single, foreign, lambda path: path.write_bytes(b"not a zip")):
        write(tmp_path / "a.npz")
        with pytest.raises(ValueError, match=r"^path: got a.npz, expected an .npz file of plain arrays"):
            storage.load(tmp_path / "a.npz")
    with pytest.raises(FileNotFoundError):
        storage.load(tmp_path / "none.npz")


def outcome(path):
    """The arrays of a file, or the message that refuses it."""
    try:
        return storage.load(path)
    except ValueError as error:
        return str(error)


def test_damage_is_refused_or_leaves_what_is_read_as_it_was(tmp_path):
    path, want = tmp_path / "a.npz", {"x": np.arange(5.0), "y": np.arange(4)}
    np.savez_compressed(path, **want)
    compressed = path.read_bytes()
    storage.save(path, want)
    rng, outcomes = np.random.default_rng(0), []
    for whole in (path.read_bytes(), compressed):
        for position in range(len(whole)):
            damaged = bytearray(whole)
            damaged[position] ^= int(rng.integers(1, 256))
            path.write_bytes(damaged)
            outcomes.append(outcome(path))
        for length in range(0, len(whole), 7):
            path.write_bytes(whole[:length])
            outcomes.append(outcome(path))
            assert isinstance(outcomes[-1], str)
    refused = [x for x in outcomes if isinstance(x, str)]
    assert len(refused) > 500
    assert all(x.startswith("path: got a.npz, expected an .npz file of plain arrays") for x in refused)
    for arrays in outcomes:  # a zip file can lose an entry unnoticed (`load_about` would notice), but not change one
        assert isinstance(arrays, str) or all(np.array_equal(x, want[name]) for name, x in arrays.items())
