"""Ten mistakes: each is found on the broken program by the tests that the page names, and by none on the mended one."""

import numpy as np
import pytest

from lstm_course.museum import CHECKS, EXHIBITS, matrix
from lstm_course.museum.checks import in_torch
from lstm_course.museum.exhibit import source

FINDS = {
    "linear": {"add two inputs", "compare with torch"},
    "blind": {"change an input", "compare with torch"},
    "copied": {"no two alike", "difference quotient", "compare with torch"},
    "seeded": {"no two alike"},
    "swapped": {"a gate by hand", "compare with torch"},
    "twice": {"a gate by hand"},
    "masked": {"more padding", "compare with torch"},
    "carried": {"one example alone", "another order", "compare with torch"},
    "crossed": {"one example alone", "adds up to 1", "compare with torch"},
    "unread": {"change an input", "a gate by hand", "compare with torch"},
}
"""Mistake to the tests that find it, told here once more, by hand."""

every = pytest.mark.parametrize("name", EXHIBITS)


def parts(value):
    return value if isinstance(value, tuple) else (value,)


def found(which, name, seed):
    rng = np.random.default_rng(seed)
    program = getattr(EXHIBITS[name], which)
    return {test for test, check in CHECKS.items() if check(EXHIBITS[name], program, rng) is False}


@every
@pytest.mark.parametrize("seed", range(20))
def test_the_broken_program_is_found_out_by_these_tests_and_no_others(name, seed):
    assert found("broken", name, seed) == FINDS[name]


@every
@pytest.mark.parametrize("seed", range(20))
def test_the_mended_program_passes_everything(name, seed):
    assert found("mended", name, seed) == set()


@every
def test_what_a_test_tries_does_not_depend_on_the_program(name):
    rows = [matrix(which, np.random.default_rng(0))[name] for which in ("broken", "mended")]
    tried = [{test for test, verdict in row.items() if verdict is not None} for row in rows]
    assert tried[0] == tried[1]
    assert {type(verdict) for row in rows for verdict in row.values()} <= {bool, type(None)}


def test_every_test_finds_something_and_no_test_finds_all():
    for test in CHECKS:
        assert 1 <= sum(test in tests for tests in FINDS.values()) < len(EXHIBITS)


@every
def test_both_programs_take_and_give_the_same_kinds_of_thing(name):
    exhibit = EXHIBITS[name]
    shapes = []
    for program in (exhibit.broken, exhibit.mended):
        shapes.append([x.shape for x in parts(program(*exhibit.draw(np.random.default_rng(0))))])
    assert shapes[0] == shapes[1]


def test_the_tenth_changes_a_shape_where_there_are_more_places_than_units():
    exhibit = EXHIBITS["blind"]
    arguments = exhibit.draw(np.random.default_rng(0), S=8, H=5)
    assert exhibit.broken(*arguments).shape == (5, 3)
    assert exhibit.mended(*arguments).shape == (8, 3)


@every
def test_no_program_writes_into_its_arguments(name):
    exhibit = EXHIBITS[name]
    for program in (exhibit.broken, exhibit.mended):
        arguments, same = (exhibit.draw(np.random.default_rng(0)) for _ in range(2))
        program(*arguments)
        for x, y in zip(arguments, same, strict=True):
            assert np.array_equal(x, y)


@every
def test_what_is_shown_is_the_program(name):
    exhibit = EXHIBITS[name]
    for program in (exhibit.broken, exhibit.mended):
        code = source(program, "my_program")
        assert code.startswith("def my_program(")
        assert '"""' not in code
        names = {"np": np}
        exec(code, names)
        arguments = exhibit.draw(np.random.default_rng(1))
        for x, y in zip(parts(program(*arguments)), parts(names["my_program"](*arguments)), strict=True):
            assert np.array_equal(x, y)


@pytest.mark.parametrize("name", ["linear", "swapped", "crossed", "unread"])
def test_the_same_lines_run_on_torch(name):
    import torch

    exhibit = EXHIBITS[name]
    arguments = exhibit.draw(np.random.default_rng(2))
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        value = in_torch(exhibit.mended)(*map(torch.from_numpy, arguments))
    finally:
        torch.set_default_dtype(usual)
    want = exhibit.truth(*arguments)
    for x, y in zip(parts(value), parts(want), strict=True):
        assert np.allclose(x.numpy(), y)


def test_a_difference_quotient_of_one_array_does_not_see_the_copied_line():
    """The page tells it: the weights of the hidden state are right, and the biases are not looked at."""
    exhibit = EXHIBITS["copied"]
    arguments = exhibit.draw(np.random.default_rng(3))
    (dW_x, dW_h, db), (right_x, right_h, right_b) = exhibit.broken(*arguments), exhibit.truth(*arguments)
    assert np.allclose(dW_x, right_x)
    assert np.allclose(dW_h, right_h)
    assert not np.allclose(db, right_b)
