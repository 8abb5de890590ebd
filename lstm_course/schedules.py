"""How the learning rate may change in the course of a training: functions of the step number, for `fit`."""

import numpy as np

from lstm_course import expect


def one_cycle(steps, warm=0.3):
    """A schedule: the rate rises from 1/25 to its full height, then falls to next to nothing, both along half a cosine.

    Args:
        steps: number of updates, more than one.
        warm: the share of them in which it rises, between 0 and 1.
    Returns:
        Function of the step number to a factor, for `fit`. As torch.optim.lr_scheduler.OneCycleLR, without its momentum.
    Raises:
        ValueError: when an argument does not fit.
    Source: smith2017.

    >>> [round(one_cycle(11)(step), 2) for step in range(11)]
    [0.04, 0.42, 0.96, 0.98, 0.88, 0.73, 0.53, 0.33, 0.16, 0.04, 0.0]
    """
    expect.positive("steps", steps)
    expect.number("warm", warm)
    expect.that(0 < warm < 1, "warm", warm, "a number between 0 and 1")
    peak, low, last = warm * steps - 1, 1 / 25, 1 / 25e4
    between = lambda start, end, share: end + (start - end) * (1 + np.cos(np.pi * share)) / 2

    def factor(step):
        if step < peak:
            return float(between(low, 1.0, step / peak))
        return float(between(1.0, last, (step - peak) / (steps - 1 - peak)))

    return factor
