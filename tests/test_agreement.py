"""The agreement language against its rules, read off the words alone."""

import re

import numpy as np
import pytest

from lstm_course.tasks import agreement
from lstm_course.tasks.agreement import NOUNS, PRONOUNS, REFLEXIVES, ROLES, VERBS, VOCABULARY

KIND = {noun: kind for kind, nouns in enumerate(NOUNS) for noun in nouns}
SINGULAR, PLURAL = VERBS


def sentences(text, b):
    """Whole sentences of text b, each a list of (word, role, kind, attractors, distance)."""
    rows = zip(*(part[:, b].tolist() for part in text), strict=True)
    said = [(VOCABULARY[token], ROLES[role], *rest) for token, role, *rest in rows]
    found = [[]]
    for row in said:
        found[-1].append(row)
        if row[0] == ".":
            found.append([])
    return found[:-1]


def test_about_sixty_words_all_different():
    assert 55 <= len(VOCABULARY) == len(set(VOCABULARY)) <= 65


def test_every_verb_pronoun_and_reflexive_agrees_with_its_subject(rng):
    text, seen = agreement.draw(rng, 200, 60), set()
    for b in range(200):
        kind = None
        for sentence in sentences(text, b):
            nouns = [KIND[word] for word, role, *_ in sentence if role == "subject"]
            kind = nouns[0] if nouns else kind
            for word, role, labelled, *_ in sentence:
                if role == "verb" or (sentence[0][1] == "pronoun" and word in (*SINGULAR, *PLURAL)):
                    assert word in (PLURAL if kind == 2 else SINGULAR)
                if role in ("pronoun", "reflexive"):
                    assert word == (PRONOUNS if role == "pronoun" else REFLEXIVES)[kind]
                if role in ("verb", "pronoun", "reflexive"):
                    assert labelled == kind
                    seen.add((role, kind))
    assert len(seen) == 9, "each of them with each kind"


def test_verbs_in_relative_clauses_agree_with_the_noun_they_belong_to(rng):
    text, seen = agreement.draw(rng, 300, 60), 0
    for b in range(300):
        for sentence in sentences(text, b):
            words = [word for word, *_ in sentence]
            for k, word in enumerate(words):
                if word == "who":
                    assert words[k + 1] in (PLURAL if KIND[words[k - 1]] == 2 else SINGULAR)
                    seen += 1
                if word == "that":
                    noun = next(j for j in range(k, len(words)) if words[j] in KIND)
                    assert words[noun + 1] in (PLURAL if KIND[words[noun]] == 2 else SINGULAR)
                    seen += 1
    assert seen > 300


def test_a_sentence_has_one_shape(rng):
    the = "the( adjective)? noun"
    attractor = f"(( preposition {the})|( who verb {the}))*( that {the} verb)?"
    shape = re.compile(rf"(({the}{attractor})|pronoun) verb(( adverb)|( {the})|( reflexive))? \.")
    sort = dict.fromkeys((*SINGULAR, *PLURAL), "verb") | dict.fromkeys(KIND, "noun")
    sort |= dict.fromkeys(PRONOUNS, "pronoun") | dict.fromkeys(REFLEXIVES, "reflexive")
    for name in ("ADJECTIVES", "PREPOSITIONS", "ADVERBS"):
        sort |= dict.fromkeys(getattr(agreement, name), name.lower().removesuffix("s"))
    text = agreement.draw(rng, 200, 60)
    for b in range(200):
        for sentence in sentences(text, b):
            assert shape.fullmatch(" ".join(sort.get(word, word) for word, *_ in sentence))


def test_labels_say_who_was_last_and_what_stood_between(rng):
    text = agreement.draw(rng, 100, 50)
    for b in range(100):
        kind, attractors, distance = -1, 0, -1
        for token, role, *labelled in zip(*(part[:, b].tolist() for part in text), strict=True):
            distance += distance >= 0
            if ROLES[role] == "subject":
                kind, attractors, distance = KIND[VOCABULARY[token]], 0, 0
            attractors += ROLES[role] == "attractor"
            assert labelled == [kind, attractors, distance]


def test_the_last_noun_is_the_last_noun(rng):
    text = agreement.draw(rng, 50, 40)
    last = agreement.last_noun(text)
    for b in range(50):
        kind = -1
        for t in range(40):
            kind = KIND.get(VOCABULARY[text.tokens[t, b]], kind)
            assert last[t, b] == kind


@pytest.mark.parametrize("attractors", [0, 1, 3, 8])
def test_a_text_with_a_number_of_attractors_has_so_many_before_every_verb(rng, attractors):
    text = agreement.draw(rng, 50, 80, attractors)
    before = text.attractors[(text.roles == ROLES.index("verb"))]
    assert len(before) > 50
    assert set(before.tolist()) == {attractors}


def test_the_usual_mixture_is_the_one_that_is_told(rng):
    text = agreement.draw(rng, 2000, 20)
    first = [text.attractors[:, b][text.roles[:, b] == ROLES.index("verb")] for b in range(2000)]
    counts = np.bincount([x[0] for x in first if len(x)], minlength=4)
    assert np.abs(counts / counts.sum() - agreement.ATTRACTORS).max() < 0.05


def test_all_nouns_are_alike_as_subjects_and_as_attractors(rng):
    text = agreement.draw(rng, 2000, 40)
    for role in ("subject", "attractor"):
        counts = np.bincount(text.tokens[text.roles == ROLES.index(role)], minlength=len(VOCABULARY))
        shares = counts[[VOCABULARY.index(noun) for noun in KIND]] / counts.sum()
        assert np.abs(shares - 1 / 18).max() < 0.02


def test_an_opening_is_the_first_word_of_a_sentence_with_a_new_subject(rng):
    text = agreement.draw(rng, 100, 50)
    for b in range(100):
        for sentence in sentences(text, b):
            roles = [role for _, role, *_ in sentence]
            assert (roles[0], roles.count("opening"), roles.count("subject"), roles.count("verb")) in (
                ("opening", 1, 1, 1),
                ("pronoun", 0, 0, 0),
            )
            assert sentence[0][0] in ("the", *PRONOUNS)


def test_right_compares_the_summed_odds_of_the_forms(rng):
    text = agreement.draw(rng, 50, 40)
    scores = rng.standard_normal((40, 50, len(VOCABULARY)))
    found = agreement.right(scores, text)
    seen = set()
    for t in range(39):
        for b in range(50):
            odds = dict(zip(VOCABULARY, np.exp(scores[t, b]), strict=True))
            kind, role = text.kind[t + 1, b], ROLES[text.roles[t + 1, b]]
            wanted = dict.fromkeys(found, np.nan)
            if role == "verb":
                plural = sum(odds[word] for word in PLURAL) > sum(odds[word] for word in SINGULAR)
                wanted["verb"] = float(plural == (kind == 2))
            for name, (he, she, they) in (("pronoun", PRONOUNS), ("reflexive", REFLEXIVES)):
                if role == name:
                    wanted[f"{name} number"] = float((odds[they] > odds[he] + odds[she]) == (kind == 2))
                    if kind != 2:
                        wanted[f"{name} gender"] = float((odds[she] > odds[he]) == (kind == 1))
            np.testing.assert_array_equal([x[t, b] for x in found.values()], list(wanted.values()))
            seen |= {name for name, x in wanted.items() if x == x}
    assert seen == set(found)
    with pytest.raises(ValueError, match=r"^scores: "):
        agreement.right(scores[:, :, :5], text)


def test_what_is_drawn_reads_back_with_the_same_labels(rng):
    text = agreement.draw(rng, 300, 50)
    for b in range(300):
        back = agreement.read([VOCABULARY[k] for k in text.tokens[:, b]])
        for mine, theirs in zip(back, text, strict=True):
            np.testing.assert_array_equal(mine[:, 0], theirs[:, b])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^text: got '', expected some words"),
        ("king", r"^text: got 'king' as word 1, expected the$"),
        ("he sings", r"^text: got 'he' as word 1, expected the$"),
        ("the king sing", r"^text: got 'sing' as word 3, expected near, ..., with, who, that, sings, ..., hears"),
        ("the king who see", r"^text: got 'see' as word 4, expected sees, ..., hears"),
        ("the king that the queen knows near", r"^text: got 'near' as word 7, expected sings, ..., hears"),
        ("the king sings . she", r"^text: got 'she' as word 5, expected the, he$"),
        ("the king sees herself", r"^text: got 'herself' as word 4, expected the, himself, \.$"),
        ("the king sings the", r"^text: got 'the' as word 4, expected today, again, \.$"),
        ("the dog", r"^text: got 'dog' as word 2, expected old, ..., happy, king, ..., man, queen"),
    ],
)
def test_what_is_not_of_the_language_is_refused_with_what_may_stand_there(text, message):
    with pytest.raises(ValueError, match=message):
        agreement.read(text)


def test_the_same_generator_draws_the_same_text():
    one, other = (agreement.draw(np.random.default_rng(5), 20, 30) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == np.int64
        assert a.shape == (30, 20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rng": 0}, r"^rng: got 0, expected"),
        ({"B": 0}, r"^B: got 0, expected an integer of at least 1"),
        ({"T": 1.0}, r"^T: got 1.0, expected an integer of at least 1"),
        ({"attractors": -1}, r"^attractors: got -1, expected 0, 1, 2"),
        ({"attractors": 0.5}, r"^attractors: got 0.5, expected 0, 1, 2"),
        ({"attractors": True}, r"^attractors: got True, expected 0, 1, 2"),
    ],
)
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        agreement.draw(**{"rng": np.random.default_rng(0), "B": 2, **change})
