"""Greedy and beam search against trying out everything."""

from itertools import product

import numpy as np
import pytest
import torch

from lstm_course.models.decoding import beam, greedy, rows
from lstm_course.tasks import END

K, MOST, B = 4, 4, 3


class Memoryful:
    """A writer whose odds depend on all that it has written: tables drawn at random, one for each beginning."""

    def __init__(self, seed):
        self.seed = seed

    def logits(self, source, written):
        return np.random.default_rng([self.seed, source, *written]).normal(0, 1.5, K)

    def __call__(self, tokens, state):
        source, history = state
        history = torch.cat((history, tokens[:, None]), 1)
        each = zip(source.tolist(), history[:, 1:].tolist(), strict=True)
        return torch.from_numpy(np.stack([self.logits(*pair) for pair in each])), (source, history)

    def start(self):
        return (torch.arange(B), torch.zeros(B, 0, dtype=torch.int64)), torch.full((B,), END)

    def score(self, source, sequence):
        log_p = 0.0
        for k, token in enumerate(sequence):
            logits = self.logits(source, sequence[:k])
            log_p += logits[token] - np.log(np.exp(logits).sum())
        return log_p


def everything():
    """All sequences of at most MOST symbols: those that end with END, and those that are cut off."""
    for n in range(MOST):
        for body in product(range(1, K), repeat=n):
            yield (*body, END)
    yield from product(range(1, K), repeat=MOST)


def sequence(tokens):
    """One column, as far as its END."""
    ends = np.flatnonzero(tokens.numpy() == END)
    return tuple(tokens[: ends[0] + 1 if len(ends) else None].tolist())


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_all_beginnings_finds_the_likeliest_of_all_sequences(seed):
    step = Memoryful(seed)
    state, first = step.start()
    tokens, scores = beam(step, state, first, MOST, width=K**MOST)
    for b in range(B):
        best = max(everything(), key=lambda s: step.score(b, s))
        assert sequence(tokens[:, b]) == best
        assert float(scores[b]) == pytest.approx(step.score(b, best))


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_likeliest_next_symbol_and_a_beam_of_one_is_greedy(seed):
    step = Memoryful(seed)
    state, first = step.start()
    tokens, scores = greedy(step, state, first, MOST)
    for b in range(B):
        written = []
        while len(written) < MOST and written[-1:] != [END]:
            written.append(int(step.logits(b, written).argmax()))
        assert sequence(tokens[:, b]) == tuple(written)
        assert float(scores[b]) == pytest.approx(step.score(b, written))
    narrow = beam(step, state, first, MOST, width=1)
    assert torch.equal(narrow.tokens[: len(tokens)], tokens)
    torch.testing.assert_close(narrow.scores, scores)


def test_a_beam_never_scores_below_greedy_and_its_scores_are_those_of_what_it_wrote():
    better = 0
    for seed in range(40):
        step = Memoryful(seed)
        state, first = step.start()
        simple = greedy(step, state, first, MOST)
        for width in (2, 3):
            tokens, scores = beam(step, state, first, MOST, width)
            assert bool((scores >= simple.scores).all())
            better += int((scores > simple.scores + 1e-9).sum())
            want = [step.score(b, sequence(tokens[:, b])) for b in range(B)]
            np.testing.assert_allclose(scores, want, rtol=1e-12)
    assert better > 20


def test_a_plain_beam_would_lose_the_greedy_sequence_here():
    """Two beginnings that look better push the greedy one out; only afterwards do they turn out badly."""
    odds = {(): [0, 0.4, 0.3, 0.3], (1,): [0, 0.34, 0.33, 0.33], (2,): [0, 0.5, 0.5, 0], (3,): [0.0, 0.5, 0.5, 0]}
    third = {1: [1, 0, 0, 0]}

    def step(tokens, state):
        history = torch.cat((state, tokens[:, None]), 1)
        each = []
        for written in history[:, 1:].tolist():
            if len(written) < 2:
                each.append(odds[tuple(written)])
            else:
                each.append(third.get(written[0], [0.25] * 4))
        return torch.tensor(each, dtype=torch.float64).clamp(min=1e-12).log(), history

    start = torch.zeros(1, 0, dtype=torch.int64), torch.tensor([END])
    tokens, scores = beam(step, *start, 3, width=2)
    simple = greedy(step, *start, 3)
    assert simple.tokens[:, 0].tolist() == [1, 1, END]
    assert tokens[:, 0].tolist() == [1, 1, END]
    assert float(scores[0]) == pytest.approx(np.log(0.4 * 0.34), abs=1e-6)


def test_rows_of_a_state_of_any_form():
    pair = (torch.arange(3), (None, torch.arange(6).view(3, 2)))
    first, (nothing, second) = rows(pair, torch.tensor([2, 2, 0, 1]))
    assert first.tolist() == [2, 2, 0, 1]
    assert nothing is None
    assert second[:, 0].tolist() == [4, 4, 0, 2]


@pytest.mark.parametrize("function", [lambda *a: greedy(*a, 0), lambda *a: beam(*a, 0, 2), lambda *a: beam(*a, 3, 0)])
def test_numbers_that_make_no_sense_are_named(function):
    step = Memoryful(0)
    with pytest.raises(ValueError, match=r"(most|width): got 0, expected an integer of at least 1"):
        function(step, *step.start())
