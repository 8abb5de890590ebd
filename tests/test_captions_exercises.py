"""What the afterwords and messages of the exercises of chapter 10 say beyond what their checks compute."""

import numpy as np
import pytest

from lstm_course.exercises import EXERCISES
from lstm_course.exercises.chapter_10_show_attend_tell import BOXES, LAYERS
from lstm_course.exercises.sandbox import compiled
from lstm_course.models.grid import field
from lstm_course.tasks import shapes

reference = lambda key: compiled(EXERCISES[key].solution, "a reference")


def test_the_same_layers_in_another_order_see_another_amount():
    first, three, last = LAYERS
    assert field(LAYERS) == (14, 4, -5), "five more on each side of 4"
    assert field((three, first, last)).size == 12
    assert field((first, last, three)).size == 18


def test_the_boxes_could_be_of_the_task():
    (left, top, right, bottom), (after, *_) = BOXES[0]
    assert {right - left, bottom - top} <= set(shapes.SIZES)
    assert after - right >= shapes.GAP
    middles = (BOXES[0, :, 1] + BOXES[0, :, 3]) / 2
    assert abs(middles[0] - middles[1]) < 4
    assert round(shapes.expected_chance(), 2) == 0.10


def test_what_the_blind_reach_with_a_place_for_each_object():
    boxes = shapes.batch(np.random.default_rng(0), 20_000).boxes
    best = shapes.inside(boxes).mean(0).max((1, 2))  # of 20,000, so 0.003 is its scatter
    np.testing.assert_allclose(best, 0.37, atol=0.012)


def penalty(alpha, said, aim):
    """With another number in place of the 1."""
    return ((aim - (alpha * said[..., None]).sum(0)) ** 2).sum(1)


def test_another_aim_moves_the_penalty_by_a_number_that_does_not_depend_on_alpha():
    rng, T, L = np.random.default_rng(0), 4, 6
    said = np.ones((T, 1), bool)
    gaps = []
    for _ in range(3):
        alpha = rng.dirichlet(np.ones(L), (T, 1))
        gaps.append(reference("captions.doubly")(alpha, said) - penalty(alpha, said, T / L))
    np.testing.assert_allclose(gaps, L * (1 - T / L) ** 2)


@pytest.mark.parametrize("baseline", [-3.0, 0.0, 7.0])
def test_over_all_places_the_baseline_drops_out(baseline):
    rng, L = np.random.default_rng(1), 5
    scores, reward = rng.standard_normal((2, L))
    alpha = np.exp(scores) / np.exp(scores).sum()
    each = [reference("captions.reinforce")(scores, np.array([k]), reward[[k]], baseline) for k in range(L)]
    np.testing.assert_allclose(alpha @ each, alpha * (reward - alpha @ reward))
    np.testing.assert_allclose(np.sum(each, 1), 0, atol=1e-12)


def test_where_all_places_are_equally_good_the_right_baseline_leaves_nothing_to_chance():
    estimate = lambda place, b: reference("captions.reinforce")(np.arange(3.0), np.array([place]), np.array([-2.0]), b)
    assert all(not estimate(k, -2.0).any() and estimate(k, 0.0).any() for k in range(3))
