"""The two searches of chapter 8: what they draw, how they train, and that a search goes on where it stood."""

import numpy as np
import pytest
import torch

from lstm_course import studies
from lstm_course.cells import lstm
from lstm_course.cells.architecture import architecture
from lstm_course.cells.graph import GRU, LSTM, Graph, Node, linear
from lstm_course.cells.odyssey import ODYSSEY
from lstm_course.models.network import Network
from lstm_course.studies import evolution, evolved, odyssey, odyssey_importance, symbols
from lstm_course.tasks import IGNORED

optuna = pytest.importorskip("optuna")


def test_every_model_of_a_task_gets_the_same_trials_and_as_many_as_are_claimed():
    assert len(odyssey.UNITS) == len(set(odyssey.UNITS)) == len(ODYSSEY) * sum(odyssey.PASSES.values())
    trials = odyssey.context()["trials"]
    assert max(trials.values()) >= 200
    assert min(trials.values()) >= 50
    assert len(trials) == 3


@pytest.mark.parametrize("task", odyssey.PASSES)
def test_settings_are_drawn_from_the_papers_ranges_and_are_the_same_each_time(task):
    passes = [odyssey.settings(task, k) for k in range(odyssey.PASSES[task])]
    assert passes[1] == odyssey.settings(task, 1)
    drawn = [trial for each in passes for trial in each]
    column = lambda name: np.array([trial[name] for trial in drawn])
    assert len({trial["rate"] for trial in drawn}) == len(drawn)
    for name, low, high in (("hidden", 20, 200), ("rate", 1e-6, 1e-2), ("momentum", 0, 0.99), ("noise", 0, 1)):
        assert low <= column(name).min()
        assert column(name).max() <= high
    for x, low, high in (
        (np.log10(column("rate")), -6, -2),
        (np.log10(1 - column("momentum")), -2, 0),
        (column("noise"), 0, 1),
    ):
        assert x.mean() == pytest.approx((low + high) / 2, abs=0.12 * (high - low)), "evenly on its scale"
        assert x.std() == pytest.approx((high - low) / 12**0.5, rel=0.2)
    widths = np.log10([trials[0]["hidden"] / 20 for trials in passes])
    np.testing.assert_allclose(widths, (np.arange(len(widths)) + 0.5) / len(widths), atol=0.5 / len(widths) + 0.02)
    assert all(len({trial["hidden"] for trial in trials}) == 1 for trials in passes)


def test_importance_tells_the_shares_of_logarithms_and_leaves_out_what_diverged(rng):
    logs = {"rate": rng.uniform(-6, -2, 400), "drag": rng.uniform(-2, 0, 400), "hidden": rng.uniform(0, 1, 400)}
    noise, one = rng.uniform(0, 1, 400), lambda x: (x - x.mean()) / x.std()
    trials = {"rate": 10 ** logs["rate"], "momentum": 1 - 10 ** logs["drag"], "hidden": 20 * 10 ** logs["hidden"]}
    trials["noise"] = noise
    parts = (one(logs["rate"]), one(logs["hidden"]), one(logs["rate"]) * one(noise))
    test = sum(share**0.5 * part for share, part in zip((0.6, 0.2, 0.2), parts, strict=True))
    trials["test"] = np.where(np.arange(400) % 10 == 0, np.nan, test)
    shares = odyssey.importance(trials)
    assert sum(shares.values()) == pytest.approx(1)
    for name, wanted in {"rate": 0.6, "hidden": 0.2, "momentum": 0, "noise": 0, "together": 0.2}.items():
        assert shares[name] == pytest.approx(wanted, abs=0.12), name


@pytest.fixture
def searched(rng, monkeypatch):
    """Results as the odyssey stores them, for two models on one task: the error is the learning rate's alone."""
    drawn = [trial for k in range(7) for trial in odyssey.settings("reber", k)]
    columns = {name: np.tile([trial[name] for trial in drawn], 2) for name in ("hidden", "rate", "momentum", "noise")}
    columns |= {"task": np.repeat("reber", 112), "model": np.repeat(["V", "NP"], 56), "trial": np.tile(np.arange(56), 2)}
    columns["test"] = np.log10(columns["rate"]) ** 2
    monkeypatch.setattr(studies, "load", {"odyssey": columns}.get)
    return columns


def test_passes_are_drawn_whole_and_alike_for_all_models(searched):
    first = odyssey_importance.resampled(searched, ("reber", "NP"), 0)
    np.testing.assert_array_equal(first["rate"], searched["rate"][56:])
    drawn = {
        model: [odyssey_importance.resampled(searched, ("reber", model), draw) for draw in range(1, 9)] for model in ("V", "NP")
    }
    for mine, its in zip(*drawn.values(), strict=True):
        np.testing.assert_array_equal(mine["trial"], its["trial"])
        assert set(its["model"]) == {"NP"}
        assert len(mine["trial"]) == 56
        passes = mine["trial"].reshape(7, odyssey.TRIALS)
        np.testing.assert_array_equal(passes, passes[:, :1] + np.arange(odyssey.TRIALS))
        assert set(passes[:, 0] % odyssey.TRIALS) == {0}
    assert len({tuple(each["trial"]) for each in drawn["V"]}) == 8


def test_the_importance_of_a_unit_is_that_of_its_trials_and_of_draws(searched):
    rows = odyssey_importance.run(("reber", "V"), draws=2)
    assert [row[:3] for row in rows] == [("reber", "V", draw) for draw in range(3)]
    for row in rows:
        shares = dict(zip(odyssey_importance.SHARES, map(float, row[3:]), strict=True))
        assert sum(shares.values()) == pytest.approx(1, abs=0.003)
        assert shares["rate"] > 0.9
    assert rows[1] != rows[2]
    assert tuple((task, model) for task in odyssey.PASSES for model in ODYSSEY) == odyssey_importance.UNITS


def test_momentum_is_torchs_nesterov_with_one_for_each_model():
    start, momenta, gradients = torch.randn(3, 4), [0.0, 0.5, 0.99], torch.randn(5, 3, 4)
    mine = torch.nn.Parameter(start.clone())
    ours = odyssey.Nesterov([mine], 0.1, torch.tensor(momenta))
    theirs = [torch.nn.Parameter(row.clone()) for row in start]
    each = [torch.optim.SGD([p], 0.1, momentum=m, nesterov=m > 0) for p, m in zip(theirs, momenta, strict=True)]
    for gradient in gradients:
        mine.grad = gradient.clone()
        ours.step()
        for p, row, optimizer in zip(theirs, gradient, each, strict=True):
            p.grad = row.clone()
            optimizer.step()
    torch.testing.assert_close(mine.data, torch.stack([p.data for p in theirs]))


@pytest.mark.parametrize("task", odyssey.PASSES)
def test_a_pass_of_the_odyssey_learns_and_is_the_same_each_time(task, monkeypatch):
    monkeypatch.setitem(odyssey.UPDATES, task, 20)
    good = [
        {"hidden": 8, "rate": 1e-2, "momentum": 0.9, "noise": 0.0},
        {"hidden": 8, "rate": 1e-6, "momentum": 0.0, "noise": 1.0},
    ]
    monkeypatch.setattr(odyssey, "TRIALS", 2)
    monkeypatch.setattr(odyssey, "settings", lambda task, k: good)
    rows = odyssey.run(f"{task}, CIFG, 3")
    assert rows == odyssey.run(f"{task}, CIFG, 3")
    assert [row[:4] for row in rows] == [(task, "CIFG", 6, 8), (task, "CIFG", 7, 8)]
    assert len(rows[0]) == len(odyssey.COLUMNS)
    (*_, learnt), (*_, untouched) = ([float(x) for x in row[7:]] for row in rows)
    assert learnt < untouched - 0.05


def test_a_trial_that_diverges_is_told_and_harms_no_other(monkeypatch):
    monkeypatch.setitem(odyssey.UPDATES, "reber", 20)
    wild = [{"hidden": 8, "rate": rate, "momentum": 0.9, "noise": 0.0} for rate in (1e-2, 1e25)]
    monkeypatch.setattr(odyssey, "TRIALS", 2)
    monkeypatch.setattr(odyssey, "settings", lambda task, k: wild)
    steady, lost = odyssey.run("reber, NIAF, 0")
    assert np.isfinite(float(steady[-1]))
    assert not float(lost[-1]) < 10
    monkeypatch.setattr(odyssey, "settings", lambda task, k: wild[:1] * 2)
    assert odyssey.run("reber, NIAF, 0")[0] == steady


@pytest.mark.parametrize("graph", evolution.FOUNDERS)
def test_a_graph_is_one_word_of_text_and_back(graph):
    text = evolution.encode(graph)
    assert " " not in text
    assert evolution.decode(text) == graph
    assert evolution.tidy(graph) == graph


def test_what_nothing_reads_is_left_out():
    nodes = (linear(0, 1), Node("tanh", (1,)), Node("sigmoid", (2,)), Node("*", (4, 1)))
    assert evolution.tidy(Graph(nodes, (5,))) == Graph((linear(0, 1), Node("sigmoid", (2,)), Node("*", (3, 1))), (4,))


@pytest.mark.parametrize(
    ("graph", "why"),
    [
        (Graph((linear(1), Node("tanh", (2,))), (3,)), "x is not read"),
        (Graph((linear(0), Node("tanh", (2,))), (3,)), "the state is not read"),
        (Graph((linear(0, 1),), (1,)), "the state stays as it is"),
        (Graph((linear(0, 1), *(Node("tanh", (k,)) for k in range(2, 30))), (30,)), "too large"),
    ],
)
def test_what_cannot_be_trained_is_thrown_away(graph, why):
    assert evolution.tidy(graph) is None, why


def test_mutations_are_many_and_each_can_be_computed(rng):
    seen, graphs = set(), list(evolution.FOUNDERS)
    for _ in range(400):
        graph = evolution.mutate(graphs[rng.integers(len(graphs))], rng)
        if graph is not None:
            cell = architecture(graph)
            p = cell.init(rng, 3, 4)
            state, _ = cell.step(p, cell.inputs(p, np.ones((2, 3))), cell.initial_state(p, 2))
            assert all(part.shape == (2, 4) for part in state)
            graphs.append(graph)
            seen.add(evolution.encode(graph))
    assert len(seen) > 250
    assert len({graph.after for graph in graphs}) > 5
    operations = {node.operation for graph in graphs for node in graph.nodes}
    assert operations == {"linear", "sigmoid", "tanh", "relu", "+", "-", "*"}


def test_generations_follow_from_what_is_done(monkeypatch):
    monkeypatch.setattr(evolution, "CHILDREN", 4)
    monkeypatch.setattr(evolution, "GENERATIONS", 2)
    monkeypatch.setattr(evolution, "PARENTS", 1)
    done, value = {}, {evolution.encode(LSTM): "0.9"}
    for count in (3, 7, 11):
        todo = [unit for unit in evolution.plan(done) if unit not in done]
        assert len(evolution.plan(done)) == count
        for unit in todo:
            generation, number, parent, bars, graph = unit.split(" ")
            # one parent, so the bar is the best of all: the LSTM's
            assert bars == ("0,0,0" if generation == "0" else "0.9000,0.9000,0.9000")
            accuracies = [value.get(graph, "0.5")] * 3
            done[unit] = {"rows": [[int(generation), int(number), int(parent), graph, "1.0", *accuracies]]}
    assert not studies.missing(evolution, done)
    assert {row["rows"][0][2] for unit, row in done.items() if not unit.startswith("0")} == {1}, "all are children of the best"
    graphs = [unit.split(" ")[-1] for unit in evolution.plan(done)]
    assert len(set(graphs)) == len(graphs), "none is evaluated twice"


def test_a_graph_is_as_fit_as_its_worst_ratio_to_the_gru():
    gru = [0, 0, 0, "g", "1.0", "0.8", "0.5", "0.4"]
    assert evolution.fitness(gru, gru) == 1
    assert evolution.fitness([1, 7, 0, "h", "1.0", "0.8", "0.6", "0.3"], gru) == pytest.approx(0.75)
    assert evolution.fitness([1, 8, 0, "h", "0.5", "", "", ""], gru) == 0


@pytest.mark.parametrize(
    ("passed", "bars", "trained"), [(1.1, "0,0,0", 0), (0, "1.1,0,0", 1), (0, "0,1.1,0", 2), (0, "0,0,0", 3)]
)
def test_a_graph_is_trained_as_long_as_it_reaches_the_bars(passed, bars, trained, monkeypatch):
    monkeypatch.setattr(evolution, "UPDATES", 3)
    monkeypatch.setattr(evolution, "PASSED", passed)
    ((*head, test, recall, agreement, characters),) = evolution.run(f"4 9 7 {bars} {evolution.encode(GRU)}")
    assert head == [4, 9, 7, evolution.encode(GRU)]
    found = [float(x) for x in (test, recall, agreement, characters) if x]
    assert len(found) == 1 + trained
    assert (recall, agreement, characters)[trained:] == ("",) * (3 - trained)
    assert 0 <= min(found) <= max(found) <= 1


def test_who_is_not_trained_further_could_no_longer_become_a_parent(monkeypatch):
    """The bars are the tenth best fitness times the GRU's accuracies."""
    monkeypatch.setattr(evolution, "GENERATIONS", 1)
    monkeypatch.setattr(evolution, "PARENTS", 2)
    rows = [["0.8", "0.5", "0.4"], ["0.6", "0.5", "0.4"], ["0.8", "0.25", "0.4"]]
    done = {unit: {"rows": [[0, 0, 0, "", "1", *row]]} for unit, row in zip(evolution.plan({}), rows, strict=True)}
    founders = [evolution.encode(graph) for graph in evolution.FOUNDERS]
    for each, text in zip(done.values(), founders, strict=True):
        each["rows"][0][3] = text
    (bars,) = {unit.split(" ")[3] for unit in evolution.plan(done)[3:]}
    assert bars == "0.6000,0.3750,0.3000"  # fitness 1, 0.75 and 0.5


def test_what_was_found_is_ranked_without_founders_and_without_who_was_not_trained_on_every_task(monkeypatch):
    rows = [["1.0", "0.5", "0.4"]] * 3 + [["0.9", "0.5", "0.4"], ["1.0", "0.1", ""]]
    rows += [["1.0", "0.5", "0.5"], ["1.0", "0.6", "0.5"], ["", "", ""]]  # of equals the better mean first
    graphs = [evolution.encode(graph) for graph in (GRU, LSTM, LSTM, LSTM, GRU, LSTM, GRU, LSTM)]
    columns = [[0] * 8, range(8), [0] * 8, graphs, ["1.0"] * 8, *zip(*rows, strict=True)]
    stored = {name: np.array(column) for name, column in zip(evolution.COLUMNS, columns, strict=True)}
    assert evolution.ranking(stored) == [6, 5, 3]
    monkeypatch.setattr(studies, "load", {"evolution": stored}.get)
    assert evolved.graph("place 1") == GRU
    assert evolved.graph("place 2") == LSTM


def test_the_stored_search_follows_from_its_own_rules():
    """Every graph is again the one that mutation gives, from generation to generation, and who was trained on what as well."""
    stored = studies.load("evolution")
    rows = list(zip(*(stored[name].tolist() for name in evolution.COLUMNS), strict=True))
    assert len(rows) == evolution.GENERATIONS * evolution.CHILDREN + len(evolution.FOUNDERS)
    done = {}
    while len(done) < len(rows):
        todo = [unit for unit in evolution.plan(done) if unit not in done]
        for unit in todo:
            generation, number, parent, bars, graph = unit.split(" ")
            row = rows[int(number)]
            assert row[:4] == (int(generation), int(number), int(parent), graph)
            test, accuracies = float(row[4]), [float(x) for x in row[5:] if x]
            bars = [float(bar) for bar in bars.split(",")]
            assert (len(accuracies) > 0) == (test >= evolution.PASSED)
            assert all(a >= bar for a, bar in zip(accuracies[:-1], bars, strict=False))
            assert len(accuracies) in (0, 3) or accuracies[-1] < bars[len(accuracies) - 1]
            done[unit] = {"rows": [row]}
    assert not studies.missing(evolution, done)


@pytest.mark.slow
def test_a_stored_graph_is_evaluated_to_the_same_accuracies_again():
    stored = studies.load("evolution")
    best = evolution.ranking(stored)[0]
    graph = evolution.decode(stored["graph"][best])
    found = symbols.accuracy(
        architecture(graph), "characters", symbols.RATES, evolution.SEEDS, evolution.UPDATES, gradient="derived"
    )
    assert found.mean(1).max() == pytest.approx(float(stored["characters"][best]), abs=0.02)


def test_a_rematch_of_one_graph_gives_a_row_for_each_seed():
    rows = evolved.run(("LSTM, forget bias 1", "agreement"), updates=2, seeds=(10, 11))
    assert [row[3] for row in rows] == [10, 11]
    assert len(rows[0]) == len(evolved.COLUMNS)
    assert not set(evolved.SEEDS) & set(evolution.SEEDS)


@pytest.mark.parametrize("task", ["plain", "recall", "agreement", "characters", "reber"])
def test_accuracy_rises_with_training_and_a_rematch_uses_other_seeds(task):
    before = symbols.accuracy(lstm, task, (1e-2,), (0, 1), updates=1, gradient="derived")
    assert before.shape == (1, 2)
    rate, after = symbols.rematch(lstm, task, (5, 6), updates=100, gradient="derived", forget_bias=1.0)
    assert rate in symbols.RATES
    assert after.shape == (2,)
    assert after.mean() > before.mean() - 0.02
    _, again = symbols.rematch(lstm, task, (5, 6), updates=100, gradient="derived", forget_bias=1.0)
    np.testing.assert_array_equal(after, again)


@pytest.mark.parametrize("task", ["plain", "agreement"])
def test_rate_and_result_are_judged_on_different_sequences(task, monkeypatch):
    judged = []
    for name in ("_symbols", "_forms"):
        judge = getattr(symbols, name)
        monkeypatch.setattr(
            symbols, name, lambda n, t, N, rng, judge=judge: judged.append(rng.spawn(1)[0]) or judge(n, t, N, rng)
        )
    symbols.rematch(lstm, task, (0, 1), updates=1)
    choice, result = (rng.integers(10**9) for rng in judged)
    assert choice != result


@pytest.mark.parametrize("task", ["plain", "recall", "agreement", "characters", "reber"])
def test_losses_are_those_of_a_loop_over_what_is_asked(task, rng):
    xs, targets = symbols.draw(task, rng, 3)
    network = Network(lstm, xs.shape[-1], 5, xs.shape[-1], 2, rng=rng)
    batch = torch.from_numpy(xs)[:, None].float().expand(-1, 2, -1, -1), torch.from_numpy(targets)[:, None].expand(-1, 2, -1)
    outputs, _ = network(batch[0])
    odds = outputs.log_softmax(-1)
    each = [[(t, b) for t in range(len(xs)) if targets[t, b] != IGNORED] for b in range(3)]
    for n in range(2):
        sums = [-sum(odds[t, n, b, targets[t, b]] for t, b in places) for places in each]
        summed, mean = (values[n] for values in symbols.losses(network, batch))
        torch.testing.assert_close(summed, sum(sums) / 3)
        torch.testing.assert_close(mean, sum(sums) / sum(map(len, each)))
