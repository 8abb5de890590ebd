"""When a run counts as a success: the papers' own stopping rules, for `fit`."""

import numpy as np


def in_a_row(sequences, error, batch):
    """The 1997 rule ST3: the most recent training sequences all correct, and their average error below a bound.

    What the training error is and over what it is averaged the paper leaves open; here it is "error", over the same sequences.

    Args:
        sequences: how many, 2,000 in the paper; rounded up to whole batches.
        error: the bound on the mean of "error".
        batch: sequences in an update.
    Returns:
        A stopping rule that reads "wrong", the number of sequences in the batch that are not correct, and "error".
    """
    last = -(-sequences // batch)

    def rule(history):
        wrong, errors = (history.values[name] for name in ("wrong", "error"))
        full = np.full(wrong.shape[1:], len(wrong) >= last)
        return full & (wrong[-last:].sum(0) == 0) & (errors[-last:].mean(0) < error)

    return rule


class Examined:
    """A stopping rule that rests on fresh sequences: an examination every so many updates, passed once and for all.

    Give `fit` both halves: `watch=examined.watch, stop=examined.stop`.

    Args:
        examine: function (number of updates done, model) to N bools.
        every: updates between two examinations.
        models: N.
    """

    def __init__(self, examine, every, models):
        self.examine, self.every, self.passed = examine, every, np.zeros(models, bool)

    def watch(self, done, model):
        if done % self.every == 0:
            self.passed = self.passed | self.examine(done, model)

    def stop(self, history):
        return self.passed
