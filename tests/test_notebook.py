import base64
import io

import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure

from lstm_course import notebook


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as (data, metadata)."""
    seen = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata=None, raw=False: seen.append((data, metadata)))
    return seen


def test_figure_tells_what_is_to_be_seen(shown):
    notebook.figure(Figure(), alt="two  lines\ncross", name="fig-a", caption="Crossing.")
    ((data, metadata),) = shown
    assert data["text/plain"] == "two lines cross"
    assert metadata == {"lstm_course": {"alt": "two lines cross", "name": "fig-a", "caption": "Crossing."}}
    assert data["image/png"].startswith("iVBOR")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alt": " "}, r"^alt: got ' ', expected a sentence"),
        ({"caption": None}, r"^caption: got None, expected a sentence"),
        ({"name": "Figure 1"}, r"^name: got 'Figure 1', expected fig-"),
    ],
)
def test_figure_refuses_silence(shown, change, message):
    with pytest.raises(ValueError, match=message):
        notebook.figure(Figure(), **{"alt": "a", "name": "fig-a", "caption": "c", **change})
    assert not shown


def test_frames_are_one_picture_and_a_sentence_for_each(shown):
    figs = [Figure(figsize=(1, 2), facecolor=colour) for colour in ("red", "blue", "white")]
    notebook.frames(figs, ["It is  red.", "It is\nblue.", "It is white."], alt="Three cards.", name="fig-a", caption="Cards.")
    ((data, metadata),) = shown
    words = ["It is red.", "It is blue.", "It is white."]
    assert data["text/plain"].splitlines() == ["Three cards.", *words]
    about = {"alt": "Three cards.", "name": "fig-a", "caption": "Cards."}
    assert metadata == {"lstm_course": {**about, "frames": words}}
    picture = image.imread(io.BytesIO(base64.b64decode(data["image/png"])))
    one = image.imread(io.BytesIO(base64.b64decode(notebook.png(Figure(figsize=(1, 2), facecolor="white")))))
    assert picture.shape[:2] == (3 * one.shape[0], one.shape[1])
    np.testing.assert_array_equal(picture[-len(one) :, :, :3], one[..., :3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"figs": [Figure()]}, r"^figs: got 1, expected at least two"),
        ({"figs": [Figure(), Figure(figsize=(1, 1))]}, r"^figs: got sizes .*, expected one size"),
        ({"words": ["one"]}, r"^words: got \['one'\], expected 2 sentences"),
        ({"words": ["one", " "]}, r"^words: got \['one', ''\], expected 2 sentences"),
        ({"alt": ""}, r"^alt: got '', expected a sentence"),
    ],
)
def test_frames_refuse_what_does_not_fit(shown, change, message):
    good = {"figs": [Figure(), Figure()], "words": ["one", "two"], "alt": "a", "name": "fig-a", "caption": "c"}
    with pytest.raises(ValueError, match=message):
        notebook.frames(**{**good, **change})
    assert not shown


def test_glue_shows_values_as_they_are_printed(shown):
    notebook.glue(solved=7, loss="0.25")
    notebook.glue(solved=np.int64(7), size=np.uint8(3))
    about = {"lstm_course": {"glued": True}}
    assert shown == [({"text/plain": text}, about) for text in ("solved = 7\nloss = 0.25", "solved = 7\nsize = 3")]


@pytest.mark.parametrize("value", [0.25, np.float64(1), True, np.True_, None])
def test_glue_refuses_what_is_not_formatted(shown, value):
    with pytest.raises(ValueError, match=r"^x: got .*, expected an int or a str"):
        notebook.glue(x=value)


def test_progress_is_silent_where_it_would_be_stored(monkeypatch, capsys):
    monkeypatch.setenv("LSTM_COURSE_PROGRESS", "0")
    assert list(notebook.progress(range(3), "work")) == [0, 1, 2]
    monkeypatch.delenv("LSTM_COURSE_PROGRESS")
    monkeypatch.delenv("PYTEST_VERSION")
    silent = capsys.readouterr().err
    list(notebook.progress(range(3), "work"))
    assert silent == ""
    assert "work" in capsys.readouterr().err


def test_style_never_uses_colour_alone():
    import matplotlib as mpl

    with mpl.rc_context():
        notebook.style()
        cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert len({entry["linestyle"] for entry in cycle}) == len({entry["color"] for entry in cycle}) == len(cycle) == 4


def test_markdown_is_shown_in_a_notebook_and_printed_elsewhere(capsys, monkeypatch):
    notebook.markdown("**a**", plain="a")
    notebook.markdown("**b**")
    assert capsys.readouterr().out == "a\n**b**\n"
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    notebook.markdown("**a**", plain="a", about={"exercise": "x"})
    ((data, options),) = shown
    assert data == {"text/markdown": "**a**", "text/plain": "a"}
    assert options == {"metadata": {"lstm_course": {"exercise": "x"}}, "raw": True}


def test_a_table_is_markdown_that_lines_up(capsys):
    notebook.table(("task", "of ten"), [("adding", 10), ("Reber", "9")])
    assert capsys.readouterr().out == "| task   | of ten |\n| ------ | ------ |\n| adding | 10     |\n| Reber  | 9      |\n"
    with pytest.raises(ValueError, match="rows: got 1 cells"):
        notebook.table(("task", "of ten"), [("adding",)])
