"""When do the cells of a character model appear? Ten small LSTMs, looked into while they learn.

64 cells each, trained like the larger one of `character_cells` for 6,400 updates, and scored on the same pieces of text with
the same questions. About 45 minutes on one core.
"""

import torch

from lstm_course import units
from lstm_course.studies.character_cells import pieces, train, values
from lstm_course.tasks import characters

UNITS = tuple(range(10))
COLUMNS = ("seed", "updates", "measure", "value")
UPDATES = 6400
HALVINGS = 6


def context():
    """The size of the models."""
    return {"hidden": 64, "updates": UPDATES}


def run(seed, updates=UPDATES, hidden=64):
    """Train one model, and look into it after 1/64, 1/32, ... and all of its updates.

    Args:
        seed: of the random start.
        updates: length of training.
        hidden: H.
    Returns:
        Rows (seed, updates, measure, value): for each question the held-out balanced accuracy of the best cell, and behind
        "all: " that of all cells together; and the bits per held-out character.
    """
    held_out = torch.from_numpy(characters.encode(characters.read(characters.HELD_OUT)))
    tokens, questions = pieces()
    rows, moments = [], {updates >> k for k in range(HALVINGS + 1)}

    def look(done, model):
        if done not in moments:
            return
        c = values(model, tokens)
        scores = {name: units.find(c, *question).held_out for name, question in questions.items()}
        scores |= {f"all: {name}": units.linear(c, *question) for name, question in questions.items()}
        scores["bits"] = model.bits(held_out)
        rows.extend((seed, done, measure, f"{value:.3f}") for measure, value in scores.items())

    train(seed, hidden, updates, watch=look)
    return rows
