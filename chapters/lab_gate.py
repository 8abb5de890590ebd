# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The gate lab
#
# **After this page you will be able to**
#
# - turn every number of an LSTM cell and say beforehand what will follow;
# - set the weights of one cell so that it remembers, counts, leaks or forgets;
# - read a sentence with a trained network, see its number unit and its gender unit at work, and change what it says by holding one of its 32 numbers;
# - tell an experiment from a picture: a unit is *used* only if holding it changes what the network says;
# - say where a network looks when it rewrites a date.
#
# ## The question
#
# You have read about gates, and you have seen pictures of them. **What happens if you turn one?** On the website this page has three parts that can be worked with: one cell, a sentence, a date. They compute in the page itself, with the weights that the course has trained; nothing is sent anywhere. In a notebook, on paper and without JavaScript you see what each says at the beginning, and can run the same functions in Python.

# %%
import numpy as np
from matplotlib import pyplot as plt

from lstm_course import drawing, lab
from lstm_course.notebook import COLOURS, figure, glue, style, table
from lstm_course.tasks import dates
from lstm_course.tasks.agreement import NOUNS, PLURAL, PRONOUNS, VERBS, VOCABULARY

style()

# %% [markdown]
# ## The picture
#
# One cell, as on [the page with the step](05_walkthrough.ipynb): boxes are layers with weights, circles are pointwise operations, and on each line stands the number that passes there.

# %% tags=["hide-input"]
first = lab.step(**lab.START)
shown = {name: f"{value:.2f}" for name, value in first.items()}
figure(
    drawing.lstm_module(None, shown),
    alt="The LSTM module with numbers on its lines. From the left come c = 0.80 above and h = 0.50 below, from below x = 1.00. Forget gate 0.73, so that 0.58 is kept; "
    "input gate 0.55 times candidate 0.66, so that 0.37 is written; new memory 0.95; output gate 0.73 times tanh 0.74 gives the output 0.54.",
    name="fig-lab-cell",
    caption="The cell with which the lab begins: the step that the walk-through computes by hand.",
)

# %% [markdown]
# ## The equation
#
# $$
# \begin{aligned}
# c_t &= f_t * c_{t-1} + i_t * g_t \\
# h_t &= o_t * \tanh(c_t)
# \end{aligned}
# $$
#
# Whatever you turn, it acts through these two lines. $f_t$ is a share of the old memory, $i_t$ a share of what is proposed, $o_t$ a share of what is shown. All three come from $\sigma$ of a sum, so none of them is ever quite 0 or 1.
#
# ## The code
#
# `lab.step` is one step of a cell of one unit, in Python. The weights are lists of four, in the order $i, f, g, o$:

# %%
remember = lab.EXAMPLES["remember: forget gate open, input gate shut"]
for start in (lab.START, remember):
    said = lab.step(**start)
    print({name: round(said[name], 2) for name in "figoch"})

# %% [markdown]
# **Your prediction, please**, for the second line: with the forget gate open and the input gate shut, what is $c$ after a *hundred* steps, if it was 0.8?

# %%
state = dict(remember)
for _ in range(100):
    said = lab.step(**state)
    state |= {"h": said["h"], "c": said["c"]}
print(f"after 100 steps c = {said['c']:.2f}, f = {said['f']:.5f}")
assert 0.75 < said["c"] < 0.8

# %% tags=["remove-input"]
glue(hundred=f"{said['c']:.2f}", f_open=f"{said['f']:.5f}")

# %% [markdown]
# It is 0.80<!-- hundred -->, nearly. A bias of 10 leaves the gate at 0.99995<!-- f_open -->: open, but not quite.
#
# ## One cell
#
# On the website, move the sliders; step forward in time; open *Weights and biases* for the rest. Try these, and say first what you expect:
#
# - Start with *remember*. Can *input x* or *last output h* change the new memory now?
# - Start with *count*. What does the output $h$ do while $c$ goes on growing?
# - Start with *no memory*. Step forward once, set *input x* to 0, and step twice more. What is left of the first input?
# - From the first example: set the bias of the forget gate to 10 and step on. Why does the memory not stay what it was? What else has to be shut?

# %% tags=["remove-input"]
lab.show("cell")

# %% [markdown]
# What does *count* do? Here it is, computed.

# %%
counting = dict(lab.EXAMPLES["count: add 0.1 at every step"])
steps = []
for _ in range(40):
    steps.append(lab.step(**counting))
    counting |= {"h": steps[-1]["h"], "c": steps[-1]["c"]}
c, h = (np.array([said[name] for said in steps]) for name in "ch")

# %% tags=["hide-input"]
fig, ax = plt.subplots(figsize=(7.2, 3.2))
ax.plot(range(1, 41), c, "o-", markevery=5, label="memory c")
ax.plot(range(1, 41), h, "s--", markevery=5, label="output h")
ax.set(xlabel="step", ylabel="value", ylim=(0, None))
ax.legend()
figure(
    fig,
    alt="Two curves over 40 steps. The memory c, circles, rises in a straight line from 0.1 to almost 4. The output h, squares, rises with it at first, bends at about 0.7 and flattens just below 1.",
    name="fig-lab-count",
    caption="A cell that adds 0.1 at every step. Over these 40 steps the memory meets no ceiling; the output does.",
)

# %% tags=["remove-input"]
assert np.allclose(np.diff(c), 0.1, atol=0.005), "a straight line"
assert h.max() < 1
assert h[-1] - h[-11] < 0.01, "flat at the end"
glue(c_last=f"{c[-1]:.1f}", h_last=f"{h[-1]:.2f}")

# %% [markdown]
# The memory reaches 4.0<!-- c_last -->; the output stands at 1.00<!-- h_last --> and no longer tells 35 from 40. Whoever wants to *see* the count in $h$ must count in small steps. A count that is taken down again need only be seen near zero ([counting to 100,000](04_core_idea.ipynb#the-experiment-counting-to-100000)).
#
# ## The experiment: take a unit by the hand
#
# A network of 32 cells has read 6,000<!-- texts --> texts of the [agreement language](06_what_cells_remember.ipynb). On that page we *found* a cell that tells singular from plural, and one for gender. But a cell may go along with the number without anybody listening to it. So take it by the hand: hold it at the value that it has for the other answer, and watch what the network expects next.
#
# **Your prediction, please.** The text is *the king near the singers sings .* and a pronoun is to follow. What will the network say if the number unit is held at "plural" all the way? If the *gender* unit is held at "feminine"? And if both are?

# %%
_, held = lab.reader()
number, gender = held["number"], held["gender"]
plural = (number["index"], number["answers"]["plural"], 0)
feminine = (gender["index"], gender["answers"]["feminine"], 0)
words = "the king near the singers sings .".split()
rows = {}
for name, hands in {
    "untouched": [],
    "number held at plural": [plural],
    "gender held at feminine": [feminine],
    "both": [plural, feminine],
}.items():
    chances = lab.read(words, hands)["probabilities"][-1]
    rows[name] = [chances[VOCABULARY.index(w)] for w in ("he", "she", "they", "the")]
table(
    ("the text is read with", "he", "she", "they", "the"),
    [(name, *(f"{p:.2f}" for p in row)) for name, row in rows.items()],
)

# %% tags=["remove-input"]
said = {name: PRONOUNS[int(np.argmax(row[:3]))] for name, row in rows.items()}
assert said["untouched"] == "he"
assert said["number held at plural"] == "they"
assert said["gender held at feminine"] == "she"
glue(
    both=said["both"],
    the=f"{rows['both'][3]:.2f}",
    they=f"{rows['number held at plural'][2]:.2f}",
    she=f"{rows['gender held at feminine'][1]:.2f}",
)


# %% [markdown]
# One number of 32 turns *he* into *they* (the chance is 0.65<!-- they -->), another turns it into *she* (0.72<!-- she -->). With both held, the likeliest pronoun is again they<!-- both -->; but *the* is likelier than any (0.54<!-- the -->): the network would rather begin a new sentence.
#
# That was one sentence. Does it hold for every subject, and does the *verb* follow as well? And is there a unit among the other thirty that changes the pronoun? **Your prediction, please.** First all 18 nouns, with every noun of the other number in between; each time the number unit is held at what the subject is not.


# %%
def expected(text, hands, words):
    """Which of some sets of words the network holds likeliest after a text."""
    chances = lab.read(text.split(), hands)["probabilities"][-1]
    return np.argmax(
        [chances[[VOCABULARY.index(w) for w in some]].sum() for some in words]
    )


def follows(text, subject, words):
    """Does the network follow the hand on the number unit, away from the subject?"""
    is_plural = subject in PLURAL
    wrong = number["answers"]["singular" if is_plural else "plural"]
    said = expected(text, [(number["index"], wrong, 0)], words)
    return (said == len(words) - 1) != is_plural


nouns = sum(NOUNS, ())
pairs = [(s, a) for s in nouns for a in nouns if (s in PLURAL) != (a in PLURAL)]
verb = lambda s: "sing" if s in PLURAL else "sings"
pronouns = [[word] for word in PRONOUNS]
followed = {
    "the verb right behind the subject": [follows(f"the {s}", s, VERBS) for s in nouns],
    "the verb behind the other noun": [
        follows(f"the {s} near the {a}", s, VERBS) for s, a in pairs
    ],
    "the pronoun of the next sentence": [
        follows(f"the {s} near the {a} {verb(s)} .", s, pronouns) for s, a in pairs
    ],
}
for what, cases in followed.items():
    print(f"{what}: follows the hand in {sum(cases)} of {len(cases)} texts")

# %% [markdown]
# Then the other thirty units, each held at whole numbers from -3 to 3, in the text of the table:

# %%
others = {}
for unit in set(range(32)) - {number["index"], gender["index"]}:
    for value in range(-3, 4):
        said = PRONOUNS[expected(" ".join(words), [(unit, value, 0)], pronouns)]
        if said != "he":
            others.setdefault(unit, {}).setdefault(said, []).append(value)
print(others)

# %% tags=["remove-input"]
near, far, later = followed.values()
assert sum(near) == 0
assert all(far)
assert all(later)
assert 1 <= len(others) < 10
glue(changers=len(others))

# %% [markdown]
# The pronoun always follows, and so does the verb behind another noun. The verb *right behind* its subject never does: there the network need not remember, since it has just read the noun. And 4<!-- changers --> other units, held at a value of one's choice, change the pronoun of this text, too.
#
# Now yourself, on the website. Type a sentence, choose the word after which you stop (the arrow keys move from word to word), and hold a unit. From which word on must you hold it? Which of those others makes the surest pronoun?

# %% tags=["remove-input"]
lab.show("sentence")

# %% [markdown]
# ## Where does it look?
#
# The third part is a network with [attention](09_attention.ipynb), smaller than the one there: an encoder of 2 times 16<!-- hidden --> units, a decoder of twice as many. It was trained from ten different starts (the study `date_reader`); of 1,000<!-- tested --> texts with days that none of them had seen, each writes at least 0.99<!-- least --> correctly.

# %% tags=["remove-input"]
from lstm_course import studies

stored, about = studies.load("date_reader"), studies.about("date_reader")["context"]
assert stored["whole"].min() > 0.99
glue(
    least=f"{np.floor(100 * stored['whole'].min()) / 100:.2f}",
    hidden=about["hidden"],
    tested=f"{about['test']:,}",
    texts=f"{studies.about('agreement')['context']['texts']:,}",
)
glue(
    pointing_low=f"{stored['pointing'].min():.2f}",
    pointing_high=f"{stored['pointing'].max():.2f}",
)

# %% tags=["hide-input"]
answer, alpha = lab.write(lab.DATE)
figure(
    drawing.alignment(alpha[:10], list(lab.DATE), list(answer)),
    alt="Ten rows, one for each character written, over the text Fri 3 Sep 2021. The first digit of the year is spread over the year's own digits; the other three are dark at a digit of the year each. The first dash is dark at the last digit of the text. Both digits of the month are darkest at the e of Sep. Both digits of the day are darkest at the 3.",
    name="fig-lab-date",
    caption="Where the small network looks while it writes the date with which the lab begins.",
)
assert "".join(lab.DATE[k] for k in alpha[:10].argmax(-1)) == "22211ee333"
print(lab.DATE, "->", answer)

# %% [markdown]
# Its largest weight lies where the digit can be read in 0.76<!-- pointing_low --> to 0.84<!-- pointing_high --> of the steps, depending on the start, and the dates are right all the same: what the encoder says of a character tells of its neighbours too. **Your prediction, please:** in *1.2.03*, from which characters will it take the four digits of the year? Try it; then write the month in letters.

# %% tags=["remove-input"]
lab.show("attention")

# %% [markdown]
# ## What surprised us
#
# **One hand is enough, where memory is needed.** One unit of 32, held, turns the pronoun and the verb behind another noun, in every text that we tried. Not the verb right behind its subject. And it is not the only unit with a say: that a hand is enough does not mean that nothing else is read.
#
# **A date is right although the network looks beside it.** Attention tells where it looked, and not what it saw there.
#
# ## Common misconceptions
#
# - *"A gate at 0.5 keeps the memory half the time."* It keeps half of the memory, every time.
# - *"The output shows what is in the memory."* It shows $\tanh$ of it, through a gate. A memory of 3 and one of 4 look alike.
# - *"This unit goes along with the number, so the network uses it."* It may. Hold it, and see whether anything changes.
# - *"The network knows what a date is."* Type a date of 2095, or your name: it writes something all the same.
#
# ## Exercises
#
# They work as on the first page: put your answer into a cell of its own and hand it to `check`.

# %%
from lstm_course.exercises import ask, check, hint, progress

# %% tags=["remove-input"]
ask("gate.leak")

# %% tags=["remove-input"]
ask("gate.hold")

# %% tags=["remove-input"]
ask("gate.moved")

# %% tags=["remove-input"]
ask("gate.read")

# %% [markdown]
# ## Sources
#
# The cell: {cite:t}`hochreiter1997` and {cite:t}`gers2000`. Attention: {cite:t}`bahdanau2015`; the order and the dot product of {cite:t}`luong2015`. Holding a unit to see what it does follows {cite:t}`lakretz2019`. Language, dates, networks and lab are our own.
