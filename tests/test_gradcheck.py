from types import SimpleNamespace

import numpy as np
import pytest

from lstm_course import gradcheck
from lstm_course.cells import lstm


def broken(**changes):
    return SimpleNamespace(**{name: getattr(lstm, name) for name in dir(lstm)} | changes)


def test_a_planted_error_is_found_and_both_numbers_are_told():
    without_path_through_h = broken(step_backward=lambda p, local, d: lstm.step_backward(p, local._replace(c=0 * local.c), d))
    with pytest.raises(AssertionError, match=r"argument \d: the gradient says -?[\d.e-]+, finite differences -?[\d.e-]+"):
        gradcheck.cell(without_path_through_h, rng=np.random.default_rng(0))


@pytest.mark.parametrize("part", ["i", "f", "g", "o", "c", "c_prev"])
def test_every_local_derivative_matters(part):
    def local(*args):
        right = lstm.local(*args)
        return right._replace(**{part: 1.01 * getattr(right, part)})

    with pytest.raises(AssertionError):
        gradcheck.cell(broken(local=local), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rng": 0}, r"^rng: got 0, expected a numpy.random.Generator"),
        ({"models": 1.5}, r"^models: got 1.5, expected an integer of at least 1"),
        ({"models": 0}, r"^models: got 0, expected an integer of at least 1"),
        ({"T": 2.5}, r"^T: got 2.5, expected an integer of at least 1"),
        ({"H": 0}, r"^H: got 0, expected an integer of at least 1"),
    ],
)
def test_bad_settings_are_named(change, message, rng):
    with pytest.raises(ValueError, match=message):
        gradcheck.cell(lstm, **{"rng": rng, **change})


@pytest.mark.parametrize("name", ["eps", "tolerance"])
@pytest.mark.parametrize("value", [0, -1e-5, np.nan])
def test_a_difference_has_a_width_and_a_tolerance(name, value, rng):
    with pytest.raises(ValueError, match=rf"^{name}: got {value}, expected a"):
        gradcheck.compare(np.sum, [np.ones(2)], [np.ones(2)], rng=rng, **{name: value})


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
