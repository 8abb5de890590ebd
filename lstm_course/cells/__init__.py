"""The recurrent units of the course, one file each; `CELLS` is the only list of them.

A cell is any object with `Params`, `init`, `initial_state`, `inputs` and `step`; a cell whose gradient the course derives
has `local`, `step_backward` and `param_grads` as well. `init(rng, D, H)` decides the shapes of the parameters: a further
argument changes their values, or has no default. Shapes: B batch, D input features, H hidden units; every function accepts
further axes in front, so parameters (N, H, 4H) with states (N, B, H) are N independent models in one pass.
"""

from lstm_course.cells import gru, irnn, lstm, lstm_1997, rnn

CELLS = {"rnn": rnn, "irnn": irnn, "lstm": lstm, "lstm_1997": lstm_1997, "gru": gru}
