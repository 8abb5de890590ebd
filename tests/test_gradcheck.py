from types import SimpleNamespace

import numpy as np
import pytest

from lstm_course import gradcheck
from lstm_course.cells import lstm


def broken(**changes):
    return SimpleNamespace(**{name: getattr(lstm, name) for name in dir(lstm)} | changes)


def test_a_planted_error_is_found_and_both_numbers_are_told():
    without_path_through_h = broken(step_backward=lambda p, local, d: lstm.step_backward(p, local._replace(c=0 * local.c), d))
    with pytest.raises(AssertionError, match=r"argument \d: the gradient says -?[\d.e-]+, the difference -?[\d.e-]+"):
        gradcheck.cell(without_path_through_h, rng=np.random.default_rng(0))


@pytest.mark.parametrize("part", ["i", "f", "g", "o", "c", "c_prev"])
def test_every_local_derivative_matters(part):
    def local(*args):
        right = lstm.local(*args)
        return right._replace(**{part: 1.01 * getattr(right, part)})

    with pytest.raises(AssertionError):
        gradcheck.cell(broken(local=local), rng=np.random.default_rng(0))


def test_bad_arguments_are_named(rng):
    with pytest.raises(ValueError, match=r"^gradients\[0\]: got shape \(3,\), expected \(2,\)"):
        gradcheck.compare(np.sum, [np.ones(2)], [np.ones(3)], rng=rng)
    with pytest.raises(ValueError, match=r"^arguments\[0\]: got float32, expected float64"):
        gradcheck.compare(np.sum, [np.ones(2, "float32")], [np.ones(2)], rng=rng)
    with pytest.raises(ValueError, match=r"^gradients: got 0, expected one for each of 1 arguments"):
        gradcheck.compare(np.sum, [np.ones(2)], [], rng=rng)


def test_a_gradient_that_is_not_a_number_is_wrong(rng):
    with pytest.raises(AssertionError):
        gradcheck.compare(np.sum, [np.ones(2)], [np.array([np.nan, 1.0])], rng=rng)
