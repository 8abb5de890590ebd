"""When do the cells of a character model appear? Ten small LSTMs, looked into before and while they learn.

64 cells each, trained like the larger one of `character_cells` for 6,400 updates, on the same text in the same order; only the
first weights differ. Every 200 updates the same pieces of text are read and the same questions asked. About 50 minutes on one
core.
"""

import torch

from lstm_course import units
from lstm_course.studies.character_cells import pieces, train, untrained, values
from lstm_course.tasks import characters

UNITS = tuple(range(10))
COLUMNS = ("seed", "updates", "measure", "value")
UPDATES, EVERY, HIDDEN = 6400, 200, 64


def context():
    """The size of the models, and how often they were looked into."""
    return {"hidden": HIDDEN, "updates": UPDATES, "every": EVERY}


def run(seed, updates=UPDATES, every=EVERY, hidden=HIDDEN):
    """Train one model, and look into it again and again.

    Args:
        seed: of the random start.
        updates: length of training.
        every: updates from one look to the next; the first is before training.
        hidden: H.
    Returns:
        Rows (seed, updates, measure, value): for each question the held-out balanced accuracy of the best cell, the number of
        that cell behind "cell: ", and behind "all: " the accuracy of all cells together; at the end the bits per held-out
        character.
    """
    tokens, questions = pieces()
    rows = []

    def look(done, model):
        if done % every:
            return
        c = values(model, tokens)
        for name, question in questions.items():
            unit = units.find(c, *question)
            scores = {
                name: f"{unit.held_out:.3f}",
                f"cell: {name}": unit.index,
                f"all: {name}": f"{units.linear(c, *question):.3f}",
            }
            rows.extend((seed, done, measure, score) for measure, score in scores.items())

    look(0, untrained(seed, hidden))
    model = train(seed, hidden, updates, watch=look)
    held_out = torch.from_numpy(characters.encode(characters.read(characters.HELD_OUT)))
    return [*rows, (seed, updates, "bits", f"{model.bits(held_out):.3f}")]
