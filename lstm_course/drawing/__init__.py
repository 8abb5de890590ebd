"""Diagrams of recurrent networks, all in one notation and from the same parts, and maps of what their gates did."""

from lstm_course.drawing.alignment import alignment
from lstm_course.drawing.attention import bahdanau_step, bottleneck, luong_step
from lstm_course.drawing.captioner import show_attend_tell_step
from lstm_course.drawing.clockwork import clockwork_modules, clockwork_ticks
from lstm_course.drawing.dependency import dependency
from lstm_course.drawing.family import family_tree
from lstm_course.drawing.graph import architecture_graph
from lstm_course.drawing.heat import heat_map, source_strip, word_strip
from lstm_course.drawing.logo import logo
from lstm_course.drawing.looks import looks
from lstm_course.drawing.lookup import lookup
from lstm_course.drawing.lstm import gate, lstm_backward, lstm_chain, lstm_module
from lstm_course.drawing.mut import mut_module
from lstm_course.drawing.reber import reber_graph
from lstm_course.drawing.rnn import backward_flow, rnn_folded, rnn_module, rnn_unrolled
from lstm_course.drawing.shapes import legend, sequence_shapes
from lstm_course.drawing.strips import gate_strips
from lstm_course.drawing.transformer import transformer_block
from lstm_course.drawing.variants import (
    coupled_module,
    depth_gated_module,
    gru_2014_module,
    gru_module,
    odyssey_module,
    peephole_module,
)

__all__ = [
    "alignment", "architecture_graph", "backward_flow", "bahdanau_step", "bottleneck", "clockwork_modules", "clockwork_ticks",
    "coupled_module", "dependency", "depth_gated_module", "family_tree", "gate", "gate_strips", "gru_2014_module", "gru_module",
    "heat_map", "legend", "logo", "looks", "lookup", "lstm_backward", "lstm_chain", "lstm_module", "luong_step", "mut_module",
    "odyssey_module", "peephole_module", "reber_graph", "rnn_folded", "rnn_module", "rnn_unrolled", "sequence_shapes",
    "show_attend_tell_step", "source_strip", "transformer_block", "word_strip",
]  # fmt: skip
