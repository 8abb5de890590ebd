"""The studies of chapter 7, by small runs."""

import numpy as np
import pytest
import torch

from lstm_course.cells import CELLS, lstm, rnn
from lstm_course.cells.depth_gated import depth_gated
from lstm_course.models.network import Network
from lstm_course.studies import depth_gates, precise_timing, variants, waveforms
from lstm_course.tasks import waveform
from lstm_course.training import fit


def test_sizes_count_what_does_something_and_widths_keep_to_the_budget():
    assert waveforms.size(lstm, 10) == 4 * 10 * 10 + 4 * 10 + 10 + 1
    assert waveforms.size(waveforms.CELLS["clockwork"], 64) == 2304 + 64 + 65, "the paper's count, without the input"
    for cell in waveforms.CELLS.values():
        for weights in waveforms.WEIGHTS:
            H = waveforms.hidden(cell, weights)
            assert waveforms.size(cell, H) <= weights < waveforms.size(cell, H + 1)


def test_the_error_of_a_waveform_is_that_of_its_own_network():
    before = waveforms.errors(rnn, 5, (1e-2, 1e-5), (0, 1), 1)
    after = waveforms.errors(rnn, 5, (1e-2, 1e-5), (0, 1), 40)
    assert before.shape == (2, 2)
    assert (after[0] < before[0] - 0.01).all()
    np.testing.assert_allclose(after[1], before[1], rtol=0.05)
    assert before.min() > 0.8 * waveform.baseline()


@pytest.mark.parametrize("name", waveforms.CELLS)
def test_a_unit_of_waveforms_chooses_a_rate_elsewhere_and_reports_ten(name):
    rows = waveforms.run((name, 100), updates=2)
    assert [row[4] for row in rows] == list(waveforms.WAVEFORMS)
    assert {row[3] for row in rows} <= set(waveforms.RATES)
    assert all(row[1] <= 100 for row in rows)
    assert len(rows[0]) == len(waveforms.COLUMNS)
    assert not set(waveforms.CHOICE) & set(waveforms.WAVEFORMS)


def test_the_widened_cell_has_about_as_many_weights_as_the_lstm():
    H = variants.widened(CELLS["coupled"], lstm, 96, 32)
    wanted = variants.weights(lstm, 96, 32)
    assert abs(variants.weights(CELLS["coupled"], 96, H) / wanted - 1) < 0.03
    assert variants.weights(CELLS["coupled"], 96, 32) == pytest.approx(0.75 * wanted)


@pytest.mark.parametrize("name", variants.NAMES)
def test_a_unit_of_variants_runs_for_every_cell(name):
    torch.manual_seed(0)
    rows = variants.run((name, "agreement"), updates=2, seeds=(0, 1))
    assert [row[5] for row in rows] == [0, 1]
    assert len(rows[0]) == len(variants.COLUMNS)
    assert all(0 <= float(row[-1]) <= 1 for row in rows)


@pytest.mark.parametrize("name", depth_gates.STARTS)
def test_a_unit_of_depth_gates_runs_from_every_start(name):
    rows = depth_gates.run((name, 2, "agreement"), updates=2, seeds=(0, 1))
    assert [row[4] for row in rows] == [0, 1]
    assert len(rows[0]) == len(depth_gates.COLUMNS)


def test_a_depth_gate_that_is_shut_is_not_opened_by_training():
    cell, shut = depth_gated(2), depth_gates.STARTS["without"]
    network = Network(cell, 2, 4, 2, rng=np.random.default_rng(0), gradient="autograd", depth_bias=shut)
    xs = torch.randn(20, 8, 2, generator=torch.Generator().manual_seed(0))
    measure = lambda network, batch: {"loss": (network(xs)[0] - xs).square().mean()}
    fit(network, measure, lambda step: None, steps=100, lr=0.01, progress=False)
    torch.testing.assert_close(network.recurrent.b_up.detach()[:, -4:], torch.full((1, 4), shut), rtol=0, atol=1e-3)


@pytest.mark.parametrize("task", precise_timing.TASKS)
def test_a_unit_of_timing_scores_ten_seeds_and_learns(task):
    rows = precise_timing.run((task, "peephole", 2), updates=3)
    assert [row[4] for row in rows] == list(range(10))
    assert all(0 <= float(row[5]) <= precise_timing.TEST for row in rows)
    _, before = precise_timing.outcome(task, "LSTM", 4, (1e-2,), (0, 1), updates=1)
    _, after = precise_timing.outcome(task, "LSTM", 4, (1e-2,), (0, 1), updates=60)
    assert (after < before).all()


def test_streams_of_different_seeds_differ_and_stand_side_by_side():
    stream = precise_timing._streams("measuring", [[0, 1], [1, 1], [0, 1]], 8, 3)
    assert stream.xs.shape[1:] == (3, 8, 1)
    assert torch.equal(stream.targets[:, 0], stream.targets[:, 2])
    assert not torch.equal(stream.targets[:, 0], stream.targets[:, 1])
