import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_course.tasks import characters


def test_text_has_the_promised_size_and_alphabet():
    text, held_out = characters.read(characters.TRAINING), characters.read(characters.HELD_OUT)
    assert 3e6 < len(text) < 4.5e6
    assert 1e5 < len(held_out) < 2.5e5
    assert set(text) <= set(characters.VOCABULARY)
    assert len(characters.VOCABULARY) == len(set(characters.VOCABULARY)) == 96


def test_no_held_out_module_is_trained_on():
    assert not set(characters.TRAINING) & set(characters.HELD_OUT)
    assert len(set(characters.TRAINING)) == len(characters.TRAINING)


@settings(deadline=None)
@given(st.text())
def test_folding_lands_in_the_vocabulary_and_encoding_comes_back(text):
    folded = characters.fold(text)
    assert characters.decode(characters.encode(folded)) == folded
    assert characters.fold(folded) == folded


def test_windows_join_up_and_begin_anew():
    tokens = np.arange(100)
    window = characters.windows(tokens, batch=3, steps=8)
    inputs, targets = window(0)
    assert inputs.shape == targets.shape == (8, 3)
    np.testing.assert_array_equal(targets, inputs + 1)
    for k in range(3):
        np.testing.assert_array_equal(window(k + 1)[0][0], window(k)[0][-1] + 1)
    np.testing.assert_array_equal(window(4)[0], window(0)[0])


@pytest.mark.parametrize("batch", [1, 3])
def test_what_is_done_to_a_window_stays_there(batch):
    tokens = np.arange(100)
    window = characters.windows(tokens, batch, steps=8)
    want = [part.copy() for part in window(0)]
    for part in window(0):
        part[:] = -1
    np.testing.assert_array_equal(tokens, np.arange(100))
    tokens[:] = -1
    for got, expected in zip(window(0), want, strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: characters.read("heapq"), r"^modules: got 'heapq', expected several names"),
        (lambda: characters.read(None), r"^modules: got None, expected several names"),
        (lambda: characters.read([None]), r"^modules: got None, expected modules whose source"),
        (lambda: characters.fold(None), r"^text: got None, expected a str"),
        (lambda: characters.encode(None), r"^text: got None, expected a str"),
        (lambda: characters.encode(["a"]), r"^text: got \['a'\], expected a str"),
        (lambda: characters.decode([34, -1]), r"^tokens: got \[34, -1\], expected numbers from 0 to 95"),
        (lambda: characters.decode([96]), r"^tokens: got \[96\], expected numbers from 0 to 95"),
        (lambda: characters.decode([1.0]), r"^tokens: got \[1.0\], expected numbers from 0 to 95"),
        (lambda: characters.decode(None), r"^tokens: got None, expected numbers from 0 to 95"),
        (lambda: characters.decode(np.zeros((2, 3), int)), r"^tokens: got array.*, expected numbers from 0 to 95"),
        (lambda: characters.windows(np.arange(9), 2.0, 2), r"^batch: got 2.0, expected an integer"),
        (lambda: characters.windows(np.arange(9), None, 2), r"^batch: got None, expected an integer"),
        (lambda: characters.windows(np.arange(9), 2, "2"), r"^steps: got '2', expected an integer"),
        (lambda: characters.windows(np.arange(9), True, 2), r"^batch: got True, expected an integer"),
        (lambda: characters.windows([1, 2, 3], 1, 1), r"^tokens: got list, expected an int64 array with one axis"),
        (lambda: characters.windows(np.zeros((9, 9), int), 1, 1), r"^tokens: got int64 of shape \(9, 9\), expected"),
        (lambda: characters.windows(np.zeros(9), 1, 1), r"^tokens: got float64 of shape \(9,\), expected an int64 array"),
    ],
)
def test_what_does_not_fit_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"^modules: got 'nosuchmodule', expected modules whose source"):
        characters.read(["nosuchmodule"])
    with pytest.raises(ValueError, match=r"^text: got '\\t', expected only characters of VOCABULARY"):
        characters.encode("a\tb")
    with pytest.raises(ValueError, match=r"^tokens: got 5, expected at least 8"):
        characters.windows(np.arange(5), batch=2, steps=3)
    with pytest.raises(ValueError, match=r"^batch: got 0, expected"):
        characters.windows(np.arange(5), batch=0, steps=3)
