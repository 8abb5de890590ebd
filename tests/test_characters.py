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


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"^modules: got 'nosuchmodule', expected modules whose source"):
        characters.read(["nosuchmodule"])
    with pytest.raises(ValueError, match=r"^text: got '\\t', expected only characters of VOCABULARY"):
        characters.encode("a\tb")
    with pytest.raises(ValueError, match=r"^tokens: got 5, expected at least 8"):
        characters.windows(np.arange(5), batch=2, steps=3)
    with pytest.raises(ValueError, match=r"^batch: got 0, expected"):
        characters.windows(np.arange(5), batch=0, steps=3)
