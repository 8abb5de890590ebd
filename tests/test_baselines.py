from collections import Counter

import numpy as np
import pytest

from lstm_course.models import baselines

K = 4


def slow(training, context, w, order, continued=False):
    """Kneser-Ney for one character, straight from the formula, with strings of the text as keys."""
    if order == 0:
        return 1 / K
    grams = lambda n: [tuple(([0] * (n - 1) + list(training))[k : k + n]) for k in range(len(training))]
    counts = Counter(gram[1:] for gram in set(grams(order + 1))) if continued else Counter(grams(order))
    of_counts = Counter(counts.values())
    discount = of_counts[1] / (of_counts[1] + 2 * of_counts[2]) if of_counts[1] else 0.5
    context = tuple(context)[len(context) - (order - 1) :] if order > 1 else ()
    after = {gram: n for gram, n in counts.items() if gram[:-1] == context}
    shorter = slow(training, context[1:], w, order - 1, True)
    if not after:
        return shorter
    return (max(counts[(*context, w)] - discount, 0) + discount * len(after) * shorter) / sum(after.values())


def test_equals_the_formula_written_out(rng):
    training, text = tuple(rng.integers(0, K, 60).tolist()), tuple(rng.integers(0, K, 15).tolist())
    rows = baselines.kneser_ney(np.array(training), np.array(text), 4, K)
    assert rows.shape == (5, 15)
    for order in range(5):
        for t, w in enumerate(text):
            assert rows[order, t] == pytest.approx(slow(training, (0, 0, 0, *text[:t]), w, order))


def test_probabilities_sum_to_one(rng):
    training, context = rng.integers(0, K, 50), [2, 0, 1]
    last = [baselines.kneser_ney(training, np.array([*context, w]), 4, K)[:, -1] for w in range(K)]
    np.testing.assert_allclose(np.sum(last, 0), 1)


def test_unseen_characters_have_a_probability_too():
    rows = baselines.kneser_ney(np.array([0, 1, 0, 1, 0]), np.array([0, 2, 3]), 3, K)
    assert (rows > 0).all()


def test_bits_of_the_uniform_row():
    rows = baselines.kneser_ney(np.arange(K), np.arange(K), 1, K)
    assert baselines.bits_per_character(rows)[0] == pytest.approx(2)


@pytest.mark.parametrize("name", baselines.COMPRESSORS)
def test_compressors_count_only_what_a_text_adds(name, rng):
    compress = baselines.COMPRESSORS[name]
    text = "".join(rng.choice(list("abcdefgh"), 20_000))
    alone, repeated = baselines.compressed_bits(text, compress), baselines.compressed_bits(text, compress, given=text)
    assert 3 < alone < 3.8, "eight equally likely letters are worth three bits"
    assert repeated < alone
    if name == "xz":
        assert repeated < 0.2


def test_bad_input_is_named():
    some = np.zeros(3, int)
    for arguments, word in (
        ((some[:0], some, 1, K), "training"),
        ((some, some[:0], 1, K), "text"),
        ((some, some, 0, K), "order"),
    ):
        with pytest.raises(ValueError, match=f"^{word}: got"):
            baselines.kneser_ney(*arguments)
    with pytest.raises(ValueError, match=r"^text: got an empty one"):
        baselines.compressed_bits("", bytes)
    with pytest.raises(ValueError, match=r"^text: got other characters, expected ASCII"):
        baselines.compressed_bits("ä", bytes)
