from functools import partial

import numpy as np
import pytest
import torch

from lstm_course.cells import lstm, rnn
from lstm_course.models.network import Network, classification
from lstm_course.studies import trials
from lstm_course.tasks import Batch, Steps, recall

DRAW = partial(recall.marked, gap=3)


def batch(models=None, B=6):
    streams = trials.streams(DRAW, (5,) if models is None else range(models), B)(0)
    return streams if models else Batch(streams.xs[:, 0], streams.targets[0], streams.at[0])


@pytest.mark.parametrize("models", [None, 3])
def test_answers_are_read_at_the_step_that_is_asked(models, float64):
    network = Network(lstm, 5, 7, 4, models, rng=np.random.default_rng(0))
    xs, _, at = batch(models)
    every, _ = network(xs)
    asked, _ = network(xs, at)
    for index in np.ndindex(*at.shape):
        torch.testing.assert_close(asked[index], every[(at[index], *index)])


def test_many_networks_equal_one_by_one(float64):
    many, x = Network(rnn, 5, 7, 4, 3, rng=np.random.default_rng(0)), batch(3)
    values = classification(many, x)
    for n in range(3):
        one = Network(rnn, 5, 7, 4, rng=np.random.default_rng(0))
        one.load_state_dict({name: value[n] for name, value in many.state_dict().items()})
        mine = classification(one, Batch(x.xs[:, n], x.targets[n], x.at[n]))
        for name, value in mine.items():
            torch.testing.assert_close(value, values[name][n])


def test_streams_are_fresh_at_every_update_and_each_models_own():
    stream = trials.streams(DRAW, (3, 4), 8)
    for first, again in zip(stream(7), stream(7), strict=True):
        assert torch.equal(first, again)
    assert not torch.equal(stream(7).xs, stream(8).xs)
    assert not torch.equal(stream(7).xs[:, 0], stream(7).xs[:, 1])
    assert torch.equal(stream(7).xs[:, 1], trials.streams(DRAW, (4,), 8)(7).xs[:, 0])


def test_shorter_batches_are_padded_behind(rng):
    short, long = (Steps(np.ones((T, 2, 3)), np.ones((T, 2), int), np.ones((T, 2), bool)) for T in (4, 6))
    xs, targets, asked = trials.stack([short, long])
    assert xs.shape == (6, 2, 2, 3)
    assert targets.shape == asked.shape == (6, 2, 2)
    assert not xs[4:, 0].any()
    assert not asked[4:, 0].any()
    assert asked[:, 1].all()
    assert xs.dtype == torch.get_default_dtype()


def test_the_moment_of_success_and_the_updates_after_it():
    accuracy = np.zeros((100, 3))
    accuracy[20:, 0] = 1.0
    accuracy[95:, 1] = 1.0
    accuracy[:, 2] = 1.0
    np.testing.assert_array_equal(trials.moment(accuracy), [30, -1, 10])
    assert trials.moment(accuracy[:5]).tolist() == [-1, -1, -1]


def test_a_task_that_is_learned_is_seen_to_be_and_one_that_is_not_is_censored():
    network, outcome = trials.train(lstm, partial(recall.marked, gap=1), (0, 1, 2), [1e-2, 1e-2, 1e-7], 400, hidden=16)
    assert network.recurrent.models == 3
    assert outcome.updates[2] == -1
    assert (outcome.updates[:2] > 10).all()
    assert (outcome.accuracy[:2] > 0.97).all()
    assert outcome.accuracy[2] < 0.5


def test_the_best_rate_is_the_fastest(monkeypatch):
    def train(cell, draw, seeds, lr, updates, **init):
        cost = {1e-3: [-1, 90, 90], 3e-3: [50, 60, 70], 1e-2: [10, -1, -1]}
        mine = [cost[rate][list(trials.CHOICE).index(seed)] for rate, seed in zip(lr, seeds, strict=True)]
        return None, trials.Outcome(np.array(mine), np.full(9, 0.5))

    monkeypatch.setattr(trials, "train", train)
    assert trials.best_rate(lstm, DRAW, 100) == 3e-3


def test_between_rates_that_all_fail_accuracy_decides(monkeypatch):
    outcome = trials.Outcome(np.full(9, -1), np.array([0.2, 0.2, 0.2, 0.3, 0.3, 0.3, 0.4, 0.4, 0.4]))
    monkeypatch.setattr(trials, "train", lambda *_, **__: (None, outcome))
    assert trials.best_rate(lstm, DRAW, 100) == 1e-2


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: Network(lstm, 5, 7, 0, rng=np.random.default_rng(0)), r"^outputs: got 0, expected an integer"),
        (lambda: Network(lstm, 0, 7, 4, rng=np.random.default_rng(0)), r"^input_size: got 0, expected an integer"),
        (
            lambda: Network(lstm, 5, 7, 4, rng=np.random.default_rng(0))(batch().xs, torch.zeros(2, dtype=torch.int64)),
            r"^at: got shape \(2,\), expected \(6,\)",
        ),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
