"""The recurrent units of the course, one file each; `CELLS` is the only list of them.

A cell is any object with `Params`, `init`, `initial_state`, `inputs` and `step`; a cell whose gradient the course derives
has `local`, `step_backward` and `param_grads` as well, and, where its `inputs` is not x W_x + b, `inputs_backward(p, xs, da)`,
which gives dxs and a dict of the gradients that `param_grads` leaves to it. `init(rng, D, H)` decides the shapes of the
parameters: a further argument changes their values, or has no default. Shapes: B batch, D input features, H hidden units;
every function accepts further axes in front, so parameters (N, H, 4H) with states (N, B, H) are N independent models in one
pass.
"""

from lstm_course.cells import coupled, gru, gru_2014, irnn, lstm, lstm_1997, normalised, peephole, rnn
from lstm_course.cells.clockwork import clockwork
from lstm_course.cells.depth_gated import depth_gated
from lstm_course.cells.mut import mut1, mut2, mut3
from lstm_course.cells.odyssey import ODYSSEY

CELLS = {
    "rnn": rnn,
    "irnn": irnn,
    "clockwork": clockwork((1, 2, 4, 8)),
    "lstm_1997": lstm_1997,
    "lstm": lstm,
    "peephole": peephole,
    "coupled": coupled,
    "lstm_normalised": normalised,
    "depth_gated": depth_gated(2),
    "gru_2014": gru_2014,
    "gru": gru,
    "mut1": mut1,
    "mut2": mut2,
    "mut3": mut3,
} | {name.lower(): cell for name, cell in ODYSSEY.items() if name not in ("V", "NP")}  # those are `peephole` and `lstm`
