"""A small language in which verbs, pronouns and reflexives must agree with a subject that may stand far back.

    the old king near the queens that the boy sees sings . he likes himself . the girls ...
            ----          ......          ...      =====   ==       =======       -----

A subject (underlined) has a number, and in the singular a gender. Whatever stands marked = must agree with it. In between may
stand other nouns, the attractors, with numbers and genders of their own. A sentence begins with a pronoun, which means the last
subject, or with "the", and then a new subject comes. A relative clause belongs to the noun right before it.

A model of the language reads tokens. What stands in the other arrays of a text is for those who look inside it.
"""

from bisect import bisect
from contextlib import suppress
from itertools import accumulate
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp

from lstm_course import expect

MASCULINE = ("king", "father", "brother", "uncle", "boy", "man")
FEMININE = ("queen", "mother", "sister", "aunt", "girl", "woman")
PLURAL = ("children", "friends", "doctors", "farmers", "cousins", "singers")
NOUNS = (MASCULINE, FEMININE, PLURAL)
PRONOUNS = ("he", "she", "they")
REFLEXIVES = ("himself", "herself", "themselves")
"""Three kinds of subject, in the same order everywhere."""

ADJECTIVES = ("old", "young", "tall", "clever", "quiet", "happy")
PREPOSITIONS = ("near", "behind", "beside", "with")
ADVERBS = ("today", "again")
ALONE = (("sings", "sing"), ("sleeps", "sleep"), ("laughs", "laugh"), ("reads", "read"), ("waits", "wait"))
WITH_OBJECT = (("sees", "see"), ("knows", "know"), ("likes", "like"), ("hears", "hear"))
VERBS = tuple(zip(*ALONE, *WITH_OBJECT, strict=True))
"""All singular forms, and all plural forms."""

VOCABULARY = (
    "the", ".", "who", "that", *sum(NOUNS, ()), *PRONOUNS, *REFLEXIVES, *ADJECTIVES, *PREPOSITIONS, *ADVERBS, *sum(VERBS, ()),
)  # fmt: skip
_NUMBER = {word: k for k, word in enumerate(VOCABULARY)}

ROLES = ("other", "opening", "subject", "attractor", "verb", "pronoun", "reflexive")
"""What a word is. An opening is the "the" that begins a sentence, and with it the first sign of a new subject; a verb is
that of a subject. Verbs right behind a pronoun or in a relative clause, and nouns behind the verb, are "other"."""

ATTRACTORS = (0.45, 0.30, 0.15, 0.10)
"""How often a subject is followed by 0, 1, 2, 3 attractors, unless a text is drawn with a number of its own."""
_UP_TO = tuple(accumulate(ATTRACTORS[:-1]))


class Text(NamedTuple):
    """B texts of T words, each array (T, B) of int64.

    tokens: numbers in VOCABULARY. roles: numbers in ROLES. kind: the last subject's, 0, 1, 2 as in NOUNS, and -1 before the
    first. attractors: how many stood between that subject and here. distance: words since that subject, -1 before the first.
    """

    tokens: Any
    roles: Any
    kind: Any
    attractors: Any
    distance: Any


def draw(rng, B, T=40, attractors=None):
    """Draw texts, each from the start of a sentence on, cut off after T words.

    Args:
        rng: numpy.random.Generator.
        B, T: texts, words.
        attractors: how many stand behind every subject; None for the usual mixture.
    Returns:
        Text.
    Raises:
        ValueError: when rng is no Generator, a size is not a positive integer, or attractors are no number from 0 on.

    >>> text = draw(np.random.default_rng(2), B=2, T=12)
    >>> for tokens in text.tokens.T: print(" ".join(VOCABULARY[k] for k in tokens))
    the quiet king near the clever farmers laughs . he hears the
    the king sings . the quiet brother behind the man waits again
    """
    expect.generator("rng", rng)
    expect.positive("B", B)
    expect.positive("T", T)
    if attractors is not None:
        ok = isinstance(attractors, Integral) and not isinstance(attractors, bool) and attractors >= 0
        expect.that(ok, "attractors", repr(attractors), "0, 1, 2, ...")
    said = [_one(rng, T, attractors) for _ in range(B)]
    return label(*(np.array(part, np.int64).T for part in zip(*said, strict=True)))


def label(tokens, roles):
    """A Text from its words and what each of them is, (T, B) each."""
    step = np.arange(len(tokens))[:, None]
    since = np.maximum.accumulate(np.where(roles == ROLES.index("subject"), step, -1))  # where the last subject stood
    started = since >= 0
    kind = np.where(started, _KIND[np.take_along_axis(tokens, np.maximum(since, 0), 0)], -1)
    passed = np.cumsum(roles == ROLES.index("attractor"), 0)
    attractors = np.where(started, passed - np.take_along_axis(passed, np.maximum(since, 0), 0), 0)
    return Text(tokens, roles, kind, attractors, np.where(started, step - since, -1))


_KIND = np.full(len(VOCABULARY), -1)
for _kind, _nouns in enumerate(NOUNS):
    _KIND[[_NUMBER[noun] for noun in _nouns]] = _kind


def last_noun(text):
    """The kind of the last noun that was read, whatever it was, (T, B); -1 before the first.

    Where it differs in number from `text.kind`, an attractor or object tempts a reader to agree with it.
    """
    nouns, step = _KIND[text.tokens], np.arange(len(text.tokens))[:, None]
    since = np.maximum.accumulate(np.where(nouns >= 0, step, -1))
    return np.where(since >= 0, np.take_along_axis(nouns, np.maximum(since, 0), 0), -1)


def _chances(rng):
    """Numbers from 0 to 1 without end, drawn many at a time."""
    while True:
        yield from rng.random(256).tolist()


def _one(rng, T, attractors):
    """The words of one text and their roles, T numbers each."""
    said, chance = [], _chances(rng).__next__
    pick = lambda words: words[int(chance() * len(words))]

    def say(word, role="other"):
        said.append((_NUMBER[word], ROLES.index(role)))

    def noun(kind, role):
        """The, perhaps an adjective, and a noun; its kind."""
        say("the", "opening" if role == "subject" else "other")
        if chance() < 0.3:
            say(pick(ADJECTIVES))
        say(pick(NOUNS[kind]), role)
        return kind

    def modify(last, end):
        """An attractor behind a noun of kind `last`: the attractor's kind. What ends in a verb can only be the last."""
        kind, way = pick(range(3)), pick(range(3 if end else 2))
        if way == 0:
            say(pick(PREPOSITIONS))
            return noun(kind, "attractor")
        say(("who", "that")[way - 1])
        if way == 1:
            say(pick(WITH_OBJECT)[last == 2])
            return noun(kind, "attractor")
        noun(kind, "attractor")
        say(pick(WITH_OBJECT)[kind == 2])
        return kind

    def predicate(kind, role):
        """A verb and what follows it, up to the full stop."""
        way = chance()
        say(pick(ALONE if way < 0.5 else WITH_OBJECT)[kind == 2], role)
        if way < 0.5 and chance() < 0.3:
            say(pick(ADVERBS))
        elif 0.5 <= way < 0.75:
            noun(pick(range(3)), "other")
        elif way >= 0.75:
            say(REFLEXIVES[kind], "reflexive")
        say(".")

    while len(said) < T:
        kind = last = noun(pick(range(3)), "subject")
        many = bisect(_UP_TO, chance()) if attractors is None else attractors
        for left in reversed(range(many)):
            last = modify(last, end=left == 0)
        predicate(kind, "verb")
        for _ in range(pick(range(4))):
            say(PRONOUNS[kind], "pronoun")
            predicate(kind, "other")
    return zip(*said[:T], strict=True)


def read(text):
    """The labels of a text that somebody wrote, from the start of a sentence on; it may break off anywhere.

    Args:
        text: str, words of VOCABULARY with spaces between them, or a list of words.
    Returns:
        Text, (T, 1).
    Raises:
        ValueError: when there is no word, or one that cannot stand where it does.

    >>> read("the king near the singers sing")
    Traceback (most recent call last):
        ...
    ValueError: text: got 'sing' as word 6, expected near, ..., with, who, that, sings, ..., hears
    >>> VOCABULARY[read("the king near the singers sings").tokens[-1, 0]]
    'sings'
    """
    words = text.split() if isinstance(text, str) else list(text)
    expect.that(len(words) > 0, "text", repr(text), "some words")
    roles = []
    with suppress(EOFError):
        _sentences(words, roles)
    return label(*(np.array(part, np.int64)[:, None] for part in ([_NUMBER[word] for word in words], roles)))


def _sentences(words, roles):
    """Go through the grammar along the words, and append the role of each. Ends with EOFError after the last."""

    def take(role, *groups):
        """The next word, which must be in one of the groups."""
        if len(roles) == len(words):
            raise EOFError
        word = words[len(roles)]
        short = lambda group: ", ".join(group) if len(group) < 3 else f"{group[0]}, ..., {group[-1]}"
        expected = ", ".join(map(short, groups))
        expect.that(any(word in group for group in groups), "text", f"{word!r} as word {len(roles) + 1}", expected)
        roles.append(ROLES.index(role))
        return word

    def noun(role):
        if take("other", ADJECTIVES, *NOUNS) in ADJECTIVES:
            take("other", *NOUNS)
        roles[-1] = ROLES.index(role)
        return int(_KIND[_NUMBER[words[len(roles) - 1]]])

    def verbs(kind, pairs=(*ALONE, *WITH_OBJECT)):
        return tuple(pair[kind == 2] for pair in pairs)

    kind = None
    while True:
        if take("opening", ("the",), *([] if kind is None else [PRONOUNS[kind : kind + 1]])) == "the":
            kind = last = noun("subject")
            word = take("other", PREPOSITIONS, ("who", "that"), verbs(kind))
            while word in (*PREPOSITIONS, "who"):
                if word == "who":
                    take("other", verbs(last, WITH_OBJECT))
                take("other", ("the",))
                last = noun("attractor")
                word = take("other", PREPOSITIONS, ("who", "that"), verbs(kind))
            if word == "that":
                take("other", ("the",))
                take("other", verbs(noun("attractor"), WITH_OBJECT))
                word = take("other", verbs(kind))
            roles[-1] = ROLES.index("verb")
        else:
            roles[-1] = ROLES.index("pronoun")
            word = take("other", verbs(kind))
        if word in verbs(kind, ALONE):
            end = take("other", ADVERBS, (".",))
        else:
            end = take("other", ("the",), REFLEXIVES[kind : kind + 1], (".",))
        if end == "the":
            noun("other")
        elif end in REFLEXIVES:
            roles[-1] = ROLES.index("reflexive")
        if end != ".":
            take("other", (".",))


def right(scores, text):
    """Whether a model prefers the right form wherever one is asked for.

    Forms are compared by their summed odds: all singular verbs with all plural ones, he and she with they, he with she.

    Args:
        scores: (T, B, K), at each step the logarithms of the odds of the next word, up to a constant.
        text: Text of the same T and B.
    Returns:
        dict of question to (T - 1, B): 1.0 right, 0.0 wrong, nan where the next word is no such question. Questions are the
        "verb", and "number" and "gender" of the "pronoun" and of the "reflexive"; gender in the singular only.
    Raises:
        ValueError: when the shapes do not fit.
    """
    expect.shape("scores", scores, T=len(text.tokens), B=text.tokens.shape[1], K=len(VOCABULARY))
    odds = lambda words: logsumexp(scores[:-1, :, [_NUMBER[word] for word in words]], -1)
    kind, role = text.kind[1:], text.roles[1:]
    answer = lambda says, truth, among: np.where(among, says == truth, np.nan)
    found = {"verb": answer(odds(VERBS[1]) > odds(VERBS[0]), kind == 2, role == ROLES.index("verb"))}
    for name, forms in (("pronoun", PRONOUNS), ("reflexive", REFLEXIVES)):
        asked = role == ROLES.index(name)
        found[f"{name} number"] = answer(odds(forms[2:]) > odds(forms[:2]), kind == 2, asked)
        found[f"{name} gender"] = answer(odds(forms[1:2]) > odds(forms[:1]), kind == 1, asked & (kind != 2))
    return found
