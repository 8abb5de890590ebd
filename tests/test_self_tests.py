"""The self-tests: every question can be answered, every option is explained, every number is computed."""

import re
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import nbformat
import numpy as np
import pytest
import torch
import yaml
from mdit_py_plugins.anchors.index import slugify
from scipy.stats import fisher_exact

from lstm_course import gradcheck, probes, studies, unroll
from lstm_course.attention import KINDS, attend, heads, weights
from lstm_course.cells import coupled, gru, gru_2014, lstm, peephole, rnn
from lstm_course.cells.clockwork import clockwork
from lstm_course.layers import stack_init
from lstm_course.models.captioner import doubly_stochastic
from lstm_course.ops import sigmoid, split
from lstm_course.studies import intervals
from lstm_course.studies.comparisons import holm
from lstm_course.tasks import recall

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "_ext"))
import chapters  # noqa: E402

PAGES = sorted(path.stem for path in (ROOT / "chapters").glob("self_test_*.md"))
each_page = pytest.mark.parametrize("page", PAGES)


class Option(NamedTuple):
    right: bool
    text: str
    why: str


class Question(NamedTuple):
    title: str
    all: bool
    options: list
    where: str
    code: str


def text(page):
    return (ROOT / "chapters" / f"{page}.md").read_text(encoding="utf-8")


def questions(page):
    """The questions of a page, read from its text without the directive."""
    found = []
    for title, body in re.findall(r"^````\{quiz\} (.+?)\n(.*?)^````$", text(page), re.S | re.M):
        items = re.findall(r"^- \[(.)\] (.+?)\n(.*?)(?=^- \[|^\S)", body + "\nend", re.S | re.M)
        code = re.search(r"```python\n(.*?)```", body, re.S)
        options = [Option(mark == "x", offered, why.strip()) for mark, offered, why in items]
        found.append(Question(title, body.startswith(":all:\n"), options, body.split("\n")[-2], code[1] if code else ""))
    return found


ALL = [(page, question) for page in PAGES for question in questions(page)]
each = pytest.mark.parametrize(("page", "question"), ALL, ids=[f"{page}-{question.title}" for page, question in ALL])


@each_page
def test_a_page_has_seven_to_nine_questions_and_says_how_many(page):
    asked = questions(page)
    assert 7 <= len(asked) <= 9
    assert len({question.title for question in asked}) == len(asked) == text(page).count("{quiz}")
    assert f"\n{'Seven Eight Nine'.split()[len(asked) - 7]} questions on" in text(page)
    assert text(page).startswith("# Self-test: ")


@each
def test_a_question_has_one_right_answer_or_asks_for_all(page, question):
    right = sum(option.right for option in question.options)
    assert 3 <= len(question.options) <= 5
    assert 1 <= right < len(question.options)
    assert question.all or right == 1
    assert len({option.text for option in question.options}) == len(question.options)


@each
def test_every_option_is_explained(page, question):
    for option in question.options:
        assert len(option.why.split()) >= 6, option.text
        assert option.why.endswith((".", "?"))
        assert "\n\n- [" not in option.why


@each
def test_every_link_leads_to_a_section(page, question):
    links = re.findall(r"\]\(([\w.]+)(?:#([\w-]+))?\)", question.where)
    assert question.where.startswith("Shown in [")
    assert links
    for file, section in links:
        notebook = nbformat.read(ROOT / "chapters" / file, as_version=4)
        lines = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
        assert section in {slugify(line.lstrip("# ")) for line in lines if re.match("###? ", line)}, f"{file}#{section}"


def test_the_place_of_the_right_answer_and_its_length_give_nothing_away():
    single = [question.options for _, question in ALL if not question.all]
    places = Counter([option.right for option in options].index(True) for options in single)
    assert set(places) == {0, 1, 2, 3}
    assert max(places.values()) <= 0.35 * len(single)
    longest = sum(max(options, key=lambda option: len(option.text)).right for options in single)
    shortest = sum(min(options, key=lambda option: len(option.text)).right for options in single)
    assert longest < len(single) / 2
    assert shortest < len(single) / 2


def test_each_self_test_stands_behind_its_chapters_and_on_the_first_page():
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    listed = [entry["file"].removeprefix("chapters/") for part in parts for entry in part["chapters"]]
    intro = (ROOT / "intro.md").read_text(encoding="utf-8")
    for page in PAGES:
        asked_of = {Path(file).stem for file in re.findall(r"\]\((\w+\.ipynb)\)", text(page))}
        assert listed.index(page) == max(map(listed.index, asked_of)) + 1
        assert intro.count(f"](chapters/{page})") == 1


# What the pages say, computed: page to {name: text}, and for code on a page, what is wrong with it.


def solved(name, gap):
    study = studies.load("gap_curve")
    rows = (study["network"] == name) & (study["gap"] == gap)
    assert rows.sum() == 10
    return int((study["updates"][rows] > 0).sum())


def numbers_1():
    size = lambda D, H: sum(array.size for array in rnn.init(np.random.default_rng(0), D, H))
    small, wide = size(2, 3), size(2, 6)
    g = np.array([3.0, 4.0])
    by_norm, by_value = g * min(1, 1 / np.linalg.norm(g)), np.clip(g, -1, 1)
    angle = lambda v: f"{np.degrees(np.arctan2(v[1], v[0])):.0f}"
    names = {"rnn": "RNN", "lstm": "LSTM", "one": "LSTM, forget bias 1", "five": "LSTM, biases 5 and -5"}
    curve = {f"{key}_{gap}": solved(name, gap) for key, name in names.items() for gap in (10, 20, 40)}
    push, factor = probes.noise_margin(np.array([1.5, 3.0])), probes.latch_gradient(np.array([1.5, 3.0]))
    start = stack_init(rnn.init, np.random.default_rng(0), 5, 5, 32)
    assert probes.spectral_radius(start.W_h).max() < 1
    return {
        "small": small, "wide": wide, "doubled": 2 * small, "fourfold": 4 * small, "by_length": 2 * wide,
        "by_norm_x": by_norm[0].round(1), "by_norm_y": by_norm[1].round(1),
        "by_value_length": f"{np.linalg.norm(by_value):.2f}",
        "angle_before": angle(g), "angle_after": angle(by_value), "none_of_ten": round(100 * intervals.wilson(0, 10)[1]),
        "push_low": f"{push[0]:.2f}", "push_high": f"{push[1]:.2f}", "factor_low": f"{factor[0]:.2f}",
        "factor_high": f"{factor[1]:.2f}", "singular": f"{probes.singular_max(start.W_h).mean():.2f}", **curve,
    }  # fmt: skip


def one_step(**held):
    """The walk-through's step with biases held: gates and state."""
    b = {"i": -0.5, "f": 1.2, "g": 0.1, "o": 0.0} | held
    p = lstm.Params(np.array([[0.6, -0.4, 1, 0.5]]), np.array([[0.2, 0.4, -0.6, 1]]), np.array([b[k] for k in "ifgo"]))
    return lstm.step(p, lstm.inputs(p, np.ones((1, 1))), lstm.State(np.array([[0.5]]), np.array([[0.8]])))


def half_a_state(bias):
    """By how many per cent the last output is off when c is not handed on, as on the page on LSTM networks."""
    rng = np.random.default_rng(0)
    xs, p = rng.standard_normal((60, 8, 4)), lstm.init(np.random.default_rng(0), 4, 32, forget_bias=bias)
    whole, _ = unroll.run(lstm, p, xs)
    _, state = unroll.run(lstm, p, xs[:30])
    second, _ = unroll.run(lstm, p, xs[30:], lstm.State(state.h, 0 * state.c))
    return 100 * np.sqrt(((second - whole[30:])[-1] ** 2).mean() / (whole[-1] ** 2).mean())


def numbers_2():
    (h, c), gates = one_step()
    held = {name: one_step(**{gate: bias})[0] for name, gate, bias in (("f", "f", -50), ("i", "i", -50), ("all", "i", 50))}
    agreement = studies.load("agreement")

    def second_network(measure):
        return agreement["value"][(agreement["kind"] == "LSTM") & (agreement["measure"] == measure)][1]

    half = lambda bias: f"{float(probes.half_life(bias)):,.0f}"
    told = {k: f"{getattr(gates, k).item():.3f}" for k in "ifg"} | {"c": f"{c.item():.3f}", "h": f"{h.item():.3f}"}
    return told | {
        "formula": sum(array.size for array in lstm.init(np.random.default_rng(0), 3, 5)),
        "torch": sum(w.numel() for w in torch.nn.LSTM(3, 5).parameters()),
        "shown": f"{np.tanh(2.5):.2f}", "half_5": half(5), "half_55": half(5.5), "half_10": half(10), "half_73": half(7.3),
        "c_held": f"{held['f'].c.item():.3f}", "h_held": f"{held['f'].h.item():.3f}",
        "c_no_input": f"{held['i'].c.item():.3f}", "c_all_input": f"{held['all'].c.item():.3f}",
        "idle": f"{second_network('number unit, held out'):.2f}",
        "idle_far": f"{second_network('1 number flipped, far verb'):.2f}",
        **{f"off_{k}": chapter_says("03_lstm_networks", rf"forget bias {k}: off by .*, (\d+) % after") for k in (0, 1, 5)},
    }  # fmt: skip


def chapter_says(name, pattern):
    """What a chapter's stored output, which nbval keeps fresh, says."""
    notebook = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    (found,) = [match for each in texts if (match := re.search(pattern, each))]
    return found[1]


def glued(name):
    return chapters.values(nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4))


def two_grus():
    """How far the two GRUs are apart with the same weights; with a diagonal W_n; with an even reset; and with -z."""
    D, H, rng = 3, 4, np.random.default_rng(1)
    p, xs = gru_2014.init(rng, D, H), rng.normal(size=(20, 5, D))

    def apart(p):
        torchs, _ = unroll.run(gru, gru.Params(p.W_x, np.concatenate([p.W_h, p.W_n], axis=1), p.b, np.zeros(H)), xs)
        return abs(torchs - unroll.run(gru_2014, p, xs)[0]).max()

    keep = np.repeat([0, 1, 1], H)
    even = p._replace(W_x=p.W_x * keep, W_h=p.W_h * keep[: 2 * H], b=p.b * keep)
    return apart(p), apart(p._replace(W_n=np.diag(np.diag(p.W_n)))), apart(even)


def best(model):
    study = studies.load("odyssey")
    mine = (study["task"] == "agreement") & (study["model"] == model)
    return study["test"][mine][np.argmin(study["validation"][mine])]


def numbers_3():
    p, wide = np.zeros((1, 4)), np.full(4, 20.0)
    timing = studies.load("precise_timing")

    def count(kind):
        mine = (timing["task"] == "cosine, 25 steps") & (timing["hidden"] == 4) & (timing["cell"] == kind)
        return int((timing["intervals"][mine] == 100).sum())

    free, plain = count("peephole, no tanh"), count("LSTM")
    assert (free, plain) == (10, 4)
    smallest = fisher_exact([[free, 10 - free], [plain, 10 - plain]]).pvalue
    wins = studies.load("evolved")
    second = wins["accuracy"][(wins["contender"] == "place 2") & (wins["task"] == "recall")]
    assert len(second) == 10
    return {
        "lstm": f"{unroll.trace(lstm, lstm.Params(p, p, wide), np.zeros((100, 1, 1))).states.c[-1].item():.0f}",
        "apart": f"{two_grus()[0]:.2f}", "p": f"{smallest:.3f}", "corrected": f"{holm([smallest] + [1] * 15)[0]:.2f}",
        "once": f"{1 / (1 - (1 - smallest) ** 16):.0f}",
        "nog": glued("08_which_variant_wins")["nog"], "best_nog": f"{best('NOG'):.2f}", "best_v": f"{best('V'):.2f}",
        "rate_two": 4**2 / (4**2 + 2**2), "rate_one": f"{4**2 / (4**2 + 1):.2f}", "second": f"{second.mean():.2f}",
    }  # fmt: skip


def penalty(alpha):
    return f"{float(doubly_stochastic(alpha[:, None], torch.ones(len(alpha), 1, dtype=torch.bool))):.1f}"


def largest(d, divisor):
    """The mean of the largest of 20 weights, before anything is learned, as on the page on queries and keys."""
    rng = np.random.default_rng(d)
    q, k = rng.standard_normal((400, 1, d)), rng.standard_normal((400, 20, d))
    return f"{weights((q @ k.swapaxes(1, 2))[:, 0] / divisor).max(-1).mean():.2f}"


def numbers_4():
    reversed_ = studies.load("bottleneck")

    def right(name, updates):
        mine = (reversed_["model"] == name) & (reversed_["updates"] == updates) & (reversed_["length"] == 10)
        assert mine.sum() == 10
        return f"{reversed_['whole'][mine].astype(float).mean():.2f}"

    first, second, third = weights(np.array([2.0, 1, 0]))
    eyes = studies.load("fields")
    points = lambda size: f"{eyes['pointing'][eyes['size'].astype(int) == size].astype(float).mean():.2f}"
    frauds = "honest uniform shuffled exchanged".split()
    row = lambda name: re.split(r"\s*\|\s*", chapter_says("09_attention", rf"\| {name} +\| (.*\S) +\|"))
    d, T = 64, 1024
    return {
        "first": f"{first:.2f}", "second": f"{second:.2f}", "third": f"{third:.2f}",
        "doubled": f"{weights(np.array([4.0, 2, 0]))[0]:.2f}", "padded": f"{weights(np.array([2.0, 1, 0, 0]))[2:].sum():.2f}",
        "short": right("none", 1000), "longer": right("none", 3000), "wider": right("none, wider", 1000),
        **{f"a_{fraud}": x for fraud, x in zip(frauds, row("reversal, planted"), strict=True)},
        **{f"b_{fraud}": x for fraud, x in zip(frauds, row("dates"), strict=True)},
        "raw": largest(1024, 1), "scaled": largest(1024, 32), "divided": glued("09b_queries_keys_values")["divided"],
        "turning": next(n for n in range(1, 9999) if 2 * n**2 * d >= 8 * n * d**2),
        "looking": f"{2 * T**2 * d / 1e6:.0f}", "block": f"{(2 * T**2 * d + 8 * T * d**2) / 1e6:.0f}",
        "flat": penalty(torch.full((9, 64), 1 / 64)), "sharp": penalty(torch.eye(9, 64)),
        "single": penalty(torch.eye(1, 64).repeat(9, 1)), "four": points(4), "fourteen": points(14),
    }  # fmt: skip


@each_page
def test_numbers_are_computed(page):
    computed = {name: str(value) for name, value in globals()[f"numbers_{page[-1]}"]().items()}
    quoted = chapters.QUOTED.findall(text(page))
    assert text(page).count("<!-- ") == len(quoted)
    assert {name for _, name in quoted} == set(computed)
    assert [(value, name) for value, name in quoted if value != computed[name]] == []


def code(page, title):
    return next(question.code for question in questions(page) if question.title == title)


def mended(page, title, old, new):
    """The code of a question with its wrong line put right."""
    source = code(page, title)
    assert source.count(old) == 1
    return source, source.replace(old, new)


def agrees(function, x, dx):
    try:
        gradcheck.compare(function, [x], [dx], rng=np.random.default_rng(0))
    except AssertionError:
        return False
    return True


def test_the_wrong_line_of_backpropagation_is_the_only_one():
    rng, T = np.random.default_rng(0), 5
    p, xs, ys = rnn.init(rng, 2, 3), rng.standard_normal((5, 1, 2)), rng.standard_normal((5, 1, 3))
    hs, _ = unroll.run(rnn, p, xs)
    loss = lambda W_h: 0.5 * ((unroll.run(rnn, p._replace(W_h=W_h), xs)[0] - ys) ** 2).sum()
    verdicts = []
    for source in mended("self_test_1", "Which line is wrong?", "dhs[t + 1]", "da[t + 1]"):
        names = {"T": T, "W_h": p.W_h, "hs": hs, "dhs": hs - ys, "da": [None] * T, "np": np}
        exec(source, names | {"h_prev": [np.zeros((1, 3)), *hs[:-1]]}, space := {})
        verdicts.append(agrees(loss, p.W_h, space["dW_h"]))
    assert verdicts == [False, True]


def test_the_wrong_formula_of_the_lstm_is_the_only_one():
    rng = np.random.default_rng(0)
    a, c_prev, dh, later = (rng.standard_normal((2, size)) for size in (12, 3, 3, 3))

    def loss(a, c_prev):
        (h, c), _ = lstm.update(a, c_prev)
        return (dh * h).sum() + (later * c).sum()

    (_, c), gates = lstm.update(a, c_prev)
    dc = later + dh * gates.o * (1 - np.tanh(c) ** 2)
    verdicts = []
    for source in mended("self_test_2", "One wrong formula", "dc * c * f", "dc * c_prev * f"):
        exec(source, {"np": np, "dh": dh, "dc": dc, "c": c, "c_prev": c_prev, **gates._asdict()}, space := {})
        da = np.concatenate([space[f"da_{k}"] for k in "ifgo"], axis=1)
        checks = (lambda x: loss(x, c_prev), a, da), (lambda x: loss(a, x), c_prev, space["dc_prev"])
        verdicts.append([agrees(*check) for check in checks])
    assert verdicts == [[False, True], [True, True]]


def test_the_wrong_peephole_is_the_only_one():
    rng = np.random.default_rng(0)
    a, w, c_prev = rng.standard_normal((2, 12)), rng.standard_normal(9), rng.standard_normal((2, 3))
    wanted, _ = peephole.update(a, w, c_prev)
    source = code("self_test_3", "A peephole in the wrong place")
    wrong = next(line for line in source.splitlines() if line.startswith("o ="))
    lines = [line for line in source.splitlines() if line != wrong]
    lines.insert(-1, wrong.replace("c_prev", "c"))
    names = {"np": np, "sigmoid": sigmoid, "c_prev": c_prev}
    names |= dict(zip(("a_i", "a_f", "a_g", "a_o"), split(a, 4), strict=True))
    names |= dict(zip(("w_i", "w_f", "w_o"), np.split(w, 3), strict=True))
    for program, holds in ((source, False), ("\n".join(lines), True)):
        exec(program, dict(names), space := {})
        assert np.allclose(space["h"], wanted.h) is holds
        assert np.allclose(space["c"], wanted.c)


def right(page, title):
    question = next(question for question in questions(page) if question.title == title)
    return [option.right for option in question.options]


def test_without_its_loop_the_last_input_is_all():
    p = rnn.init(np.random.default_rng(0), 2, 3)
    A, B = np.eye(2)
    last = lambda *xs: unroll.run(rnn, p._replace(W_h=0 * p.W_h), np.array(xs)[:, None])[0][-1]
    assert np.allclose(last(A, B), np.stack([last(B)])[0])
    assert not np.allclose(last(A, B), last(A, A, A))
    assert np.allclose(last(A, B), last(A, A, B))
    assert not np.allclose(last(A, B), last(B, A))


def test_windows_keep_the_states_and_change_the_gradient():
    rng = np.random.default_rng(0)
    p, xs = rnn.init(rng, 2, 3), rng.standard_normal((32, 1, 2))
    whole, tape = unroll.record(rnn, p, xs)
    first, early = unroll.record(rnn, p, xs[:16])
    second, late = unroll.record(rnn, p, xs[16:], (first[-1],))
    assert np.allclose(np.concatenate([first, second]), whole)
    pieces = [unroll.backward(rnn, p, *part)[1].W_h for part in ((early, first), (late, second))]
    assert not np.allclose(sum(pieces), unroll.backward(rnn, p, tape, whole)[1].W_h)
    dhs = np.zeros_like(second)
    dhs[0] = 1
    assert unroll.backward(rnn, p, late, dhs)[1].b.any(), "it has a say, but only in its own window"


def test_three_units_can_do_it():
    xs, targets, when = recall.marked(np.random.default_rng(0), 200, gap=50, K=2)
    hs, _ = unroll.run(rnn, probes.hand_set_latch(), xs)
    assert ((hs[when, np.arange(200), 2] > 0) == (targets == 0)).all()


def test_silent_steps_keep_the_cell():
    p = lstm.Params(np.zeros((1, 4)), np.zeros((1, 4)), np.array([-50.0, 50, 0, -50]))
    start = lstm.State(np.zeros((1, 1)), np.full((1, 1), 2.5))
    _, state = unroll.run(lstm, p, np.zeros((100, 1, 1)), start)
    assert state.c.item() == 2.5
    assert abs(state.h.item()) < 1e-20


def test_a_long_memory_remembers_the_mistake():
    off = [half_a_state(bias) for bias in (0.0, 1.0, 5.0)]
    assert off[0] < off[1] < 5 < 30 < off[2]


def test_one_step_hides_two_bugs():
    def no_way(p, local, dstate):
        return lstm.step_backward(p, local._replace(c=0 * local.c), dstate)

    def no_forget(p, local, dstate):
        return lstm.step_backward(p, local._replace(c_prev=np.ones_like(local.f)), dstate)

    def swapped(p, local, dstate):
        return lstm.step_backward(p, local._replace(i=local.f, f=local.i), dstate)

    def not_transposed(p, local, dstate):
        da, prev = lstm.step_backward(p, local, dstate)
        return da, prev._replace(h=sum(x @ W for x, W in zip(split(da, 4), split(p.W_h, 4), strict=True)))

    rng = np.random.default_rng(0)
    p, xs, state = lstm.init(rng, 3, 4), rng.standard_normal((1, 2, 3)), lstm.State(*rng.standard_normal((2, 2, 4)))
    hs, tape = unroll.record(lstm, p, xs, state)
    _, truth, _ = unroll.backward(lstm, p, tape, hs)
    hidden = []
    for bug in (no_forget, swapped, not_transposed, no_way):
        _, dp, _ = unroll.backward(SimpleNamespace(**(vars(lstm) | {"step_backward": bug})), p, tape, hs)
        hidden.append(all(np.allclose(mine, theirs) for mine, theirs in zip(dp, truth, strict=True)))
    assert hidden == right("self_test_2", "Bugs that one step hides")


def test_a_count_goes_down_again_and_a_coupled_cell_does_not_count():
    open_wide, n = np.array([50.0, 50, 0, 50]), 1000
    p = lstm.Params(np.array([[0, 0, 100.0, 0], [0, 0, -100.0, 0]]), np.zeros((1, 4)), open_wide)
    states = unroll.trace(lstm, p, np.repeat(np.eye(2), n, 0)[:, None]).states
    assert states.h[49].item() == states.h[n - 1].item() == 1
    assert [states.c[k].item() for k in (n - 1, -2, -1)] == [n, 1, 0]
    assert states.h[-2].item() > 0.7 > states.h[-1].item() == 0
    rng = np.random.default_rng(0)
    for _ in range(20):
        p = coupled.Params(*(rng.normal(0, 20, shape) for shape in ((2, 3), (1, 3), (3,))))
        assert abs(unroll.trace(coupled, p, np.repeat(np.eye(2), 50, 0)[:, None]).states.c).max() <= 1


def test_which_grus_are_the_same():
    apart, alone, even = two_grus()
    rng, H = np.random.default_rng(0), 4
    p, xs = gru.init(rng, 3, H), rng.normal(size=(9, 2, 3))
    sign = np.repeat([1, -1, 1], H)
    turned = gru.Params(p.W_x * sign, p.W_h * sign, p.b * sign, p.b_n)

    def step(p, a, state):  # z takes the new one
        _, gates = gru.step(p, a, state)
        return gru.State(gates.z * gates.n + (1 - gates.z) * state[0]), gates

    other = SimpleNamespace(**(vars(gru) | {"step": step}))
    same = np.allclose(unroll.run(gru, p, xs)[0], unroll.run(other, turned, xs)[0], rtol=0, atol=1e-12)
    assert [same, apart < 1e-12, alone < 1e-12, even < 1e-12] == right("self_test_3", "The same network, written differently?")


def test_the_mask_is_that_of_the_package():
    W_h = clockwork((1, 2)).init(np.random.default_rng(0), 1, 4).W_h
    rows = ", ".join("".join("01"[int(x != 0)] for x in row) for row in W_h)
    question = next(question for question in questions("self_test_3") if question.title == "Who reads whom?")
    assert [option.text == rows for option in question.options] == [option.right for option in question.options]


def test_what_leaves_the_context_as_it_is():
    q, k, v = np.array([2.0, 1]), np.array([[1.0, 0], [0, 1], [-1, 2]]), np.array([[8.0, 0], [0, 6], [4, 4]])
    assert (k @ q).tolist() == [2, 1, 0]
    dot = KINDS["dot"]
    look = lambda k, v: attend(dot, dot.Params(), q[None], k, v)[0][0]
    scores, order = k @ q, [2, 0, 1]
    changed = [weights(2 * scores) @ v, weights(scores - 5) @ v, look(k, 2 * v), look(k[order], v[order])]
    assert [np.allclose(x, look(k, v)) for x in changed] == right("self_test_4", "What leaves the answer as it is?")


def test_self_attention_knows_no_order():
    rng = np.random.default_rng(0)
    p, x = heads.init(rng, 8, 8), rng.standard_normal((5, 8))
    forth, back = (heads.multi_head(p, 2, rows, rows, rows)[0] for rows in (x, x[::-1]))
    assert np.allclose(back, forth[::-1])
    assert not np.allclose(back, forth)
