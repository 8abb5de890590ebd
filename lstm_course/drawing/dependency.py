"""A sentence under a chain of networks, and the way that one of its words has to go to the answer."""

from lstm_course import expect
from lstm_course.drawing.rnn import ORANGE
from lstm_course.drawing.scene import OUTPUT, Scene

WIDTH = 1.56
GAP = "..."


def dependency(words="the clouds are in the", source=1, answer="sky"):
    """The network reads a word at each step and answers after the last; the way from one word to the answer stands out.

    Args:
        words: str, separated by blanks; "..." stands for words that are left out.
        source: number of the word that settles the answer.
        answer: str.
    Returns:
        matplotlib Figure. Parts: "A t", "word t", "in t", "next t", "out", "answer". What the way goes through is orange, and
        thicker than the rest.
    Raises:
        ValueError: when there are fewer than two words, or source is none of them.
    """
    words = words.split()
    expect.that(len(words) > 1, "words", " ".join(words), "at least two words")
    expect.that(source in range(len(words)) and words[source] != GAP, "source", source, "the number of one of the words")
    scene, last = Scene(WIDTH * len(words) + 0.2, 4.6), len(words) - 1
    for t, word in enumerate(words):
        x, on = 0.1 + WIDTH * (t + 0.5), {"colour": ORANGE} if t >= source else {}
        if word == GAP:
            scene.text(f"word {t}", (x, 2.25), GAP, 22)
        else:
            scene.card(f"A {t}", (x - 0.52, 1.6), (1.04, 1.0))
            scene.text(f"A {t}", (x, 2.1), "A", 17)
            scene.wire(f"in {t}", [(x, 0.95), (x, 1.6)], **(on if t == source else {}))
            weight = {"weight": "bold", "color": ORANGE} if t == source else {}
            scene.text(f"word {t}", (x, 0.6), word, 15, **weight)
        if t < last:
            start, end = (0.3 if words[k] == GAP else 0.52 for k in (t, t + 1))
            scene.wire(f"next {t}", [(x + start, 2.1), (x + WIDTH - end, 2.1)], **on)
    scene.wire("out", [(x, 2.6), (x, 3.3)], **on)
    scene.bubble("answer", (x, 3.92), "", OUTPUT, radius=0.6)
    scene.text("answer", (x, 3.92), answer, 13)
    for name, artists in scene.parts.items():
        kind, _, t = name.partition(" ")
        if kind == "out" or (kind == "in" and t == str(source)) or (kind == "next" and int(t) >= source):
            for artist in artists:
                artist.set_linewidth(artist.get_linewidth() * 1.6)
    return scene.figure
