"""The gate lab computes what the package computes: its scripts run in a browser, on inputs drawn anew, beside the package."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from test_browser import browser  # noqa: F401

from lstm_course import lab, studies
from lstm_course.cells import lstm
from lstm_course.studies import date_reader
from lstm_course.tasks import agreement, dates

WIDGETS = Path(__file__).parents[1] / "_extra" / "widgets"
MANY = 100


@pytest.fixture(scope="module")
def page(browser):  # noqa: F811
    page = browser.new_page()
    for name in ("lstm", "lab"):
        page.add_script_tag(path=str(WIDGETS / f"{name}.js"))
    for name in lab.DATA:
        page.evaluate(f"LAB.data.{name} = {json.dumps(lab.data(name))}")
    yield page
    page.close()


def test_one_cell(page, rng):
    for _ in range(MANY):
        D, H = rng.integers(1, 6, 2)
        p = lstm.init(rng, int(D), int(H))
        p = lstm.Params(*(3 * x for x in p))
        x, h, c = rng.standard_normal(D), np.tanh(rng.standard_normal(H)), 2 * rng.standard_normal(H)
        state, gates = lstm.step(p, lstm.inputs(p, x[None]), lstm.State(h[None], c[None]))
        given = [{name: part.tolist() for name, part in p._asdict().items()}, x.tolist(), {"h": h.tolist(), "c": c.tolist()}]
        said = page.evaluate("([p, x, state]) => LSTM.step(p, x, state)", given)
        for name, wanted in {**gates._asdict(), **state._asdict()}.items():
            np.testing.assert_allclose(said[name], wanted[0], atol=1e-12, err_msg=name)


def test_sentences_and_held_units(page, rng):
    for n in range(MANY):
        tokens = agreement.draw(rng, 1, int(rng.integers(1, 30))).tokens[:, 0]
        if n % 2:  # not only what the grammar allows
            tokens = rng.integers(0, len(agreement.VOCABULARY), len(tokens))
        units = rng.choice(32, n % 4, replace=False)
        held = [
            (int(k), float(rng.choice([0, rng.normal(0, 2)])), int(rng.integers(0, len(tokens)))) for k in units
        ]  # 0 is a value
        wanted = lab.read([agreement.VOCABULARY[k] for k in tokens], held)
        given = [tokens.tolist(), [dict(zip(("unit", "value", "since"), one, strict=True)) for one in held]]
        said = page.evaluate("([tokens, held]) => LSTM.read(LAB.data.sentence.weights, tokens, held)", given)
        for name, values in wanted.items():
            np.testing.assert_allclose([step[name] for step in said], values, atol=1e-5, err_msg=f"{n}, {name}")


def test_dates(page, rng):
    pairs = dates.batch(rng, MANY, dates.TEST)
    texts = dates.decode(pairs.source, pairs.lengths)
    assert len(set(texts)) > MANY / 2
    for text in texts:
        tokens = [dates.VOCABULARY.index(c) for c in text]
        said = page.evaluate("tokens => LSTM.rewrite(LAB.data.attention.weights, tokens, 11)", tokens)
        answer, alpha = lab.write(text)
        assert "".join(dates.TARGET_VOCABULARY[step["symbol"]] for step in said).split("$")[0] == answer, text
        np.testing.assert_allclose([step["alpha"] for step in said], alpha, atol=1e-5, err_msg=text)


def test_the_package_reads_as_its_model_does(rng):
    """`lab.read` is a loop of its own, since it changes states; without a change it is the model."""
    model = studies.model("agreement_lstm").pick(0)
    text = agreement.draw(rng, 1, 20)
    logits, _ = model.double()(torch.from_numpy(text.tokens))
    wanted = logits.detach().softmax(-1)[:, 0].numpy()
    said = lab.read([agreement.VOCABULARY[k] for k in text.tokens[:, 0]])
    np.testing.assert_allclose(said["probabilities"], wanted, atol=1e-10)
    held = lab.read([agreement.VOCABULARY[k] for k in text.tokens[:, 0]], [(3, 0.5, 7)])
    assert (held["c"][7:, 3] == 0.5).all()
    np.testing.assert_array_equal(held["c"][:7], said["c"][:7])
    assert np.abs(held["probabilities"][7:] - said["probabilities"][7:]).max() > 0


def test_one_step_is_that_of_the_walk_through():
    said = lab.step(**lab.START)
    assert {name: round(said[name], 3) for name in "figcoh"} == {
        "f": 0.731,
        "i": 0.550,
        "g": 0.664,
        "c": 0.950,
        "o": 0.731,
        "h": 0.541,
    }
    assert said["kept"] + said["written"] == pytest.approx(said["c"])


def test_the_data_are_small_and_can_be_written_down():
    for name in lab.DATA:
        text = json.dumps(lab.data(name))
        assert len(text) <= 200_000, name
        assert json.loads(text)


def test_the_kept_reader_is_the_first_of_its_study():
    rows = studies.load("date_reader")
    assert len(rows["seed"]) == 10
    model = date_reader.load()
    source, lengths, target, _ = date_reader.draw(2**31, date_reader.TEST, dates.TEST, 1)
    tokens = model.greedy(source[:, 0], lengths, dates.T).tokens
    share = float(date_reader.whole(tokens, target[:, 0]).double().mean())
    assert share == pytest.approx(rows["whole"][0], abs=0.002)


def test_holding_a_unit_turns_the_pronoun():
    """What the page promises: the right unit held at the other answer changes the likeliest pronoun."""
    words, held = [*lab.STORY.split()[:7]], lab.reader()[1]
    pronoun = lambda said: max(agreement.PRONOUNS, key=lambda word: said["probabilities"][-1, agreement.VOCABULARY.index(word)])
    assert pronoun(lab.read(words)) == "he"
    number, gender = held["number"], held["gender"]
    assert pronoun(lab.read(words, [(number["index"], number["answers"]["plural"], 0)])) == "they"
    assert pronoun(lab.read(words, [(gender["index"], gender["answers"]["feminine"], 0)])) == "she"


@pytest.mark.parametrize("function", [lab.show, lab.data])
def test_unknown_names(function):
    with pytest.raises(ValueError, match="name: got 'gate', expected one of cell, sentence, attention"):
        function("gate")


def test_the_fallback_has_the_numbers(capsys):
    lab.show("cell")
    assert "| memory c | 0.95 |" in capsys.readouterr().out
    lab.show("sentence")
    assert capsys.readouterr().out.count("\n") == 2 + len(lab.STORY.split())
    lab.show("attention")
    rows = capsys.readouterr().out.splitlines()[4:]
    assert "".join(row.split("|")[1].strip() for row in rows) == dates.solve(lab.DATE) == "2021-09-03"
