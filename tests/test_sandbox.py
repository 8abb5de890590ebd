"""Odd answers: whatever a learner hands in, the notebook lives on and says something helpful."""

import time

import numpy as np
import pytest
import torch

from lstm_course.exercises import EXERCISES
from lstm_course.exercises.sandbox import Paper, Sandbox, compiled

STEP = EXERCISES["rnn.step"]
SUM = "x @ W_x + h_prev @ W_h + b"


def told(body, exercise=STEP, **names):
    """What the exercise says to a function with this body."""
    head = exercise.solution.strip().split("\n")[0]
    function = compiled(head + "\n" + "\n".join(f"    {line}" for line in body.split("\n")), "an odd answer")
    function.__globals__.update(names)
    return exercise.judge(function, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("pass", "The answer is None. Is a `return` missing?"),
        ("return 'tanh'", "The answer is a str; a NumPy array is expected."),
        ("return np.tanh", "A function came back and not its result."),
        (f"return [list(row) for row in np.tanh({SUM})]", "The numbers are right, but the answer is a list;"),
        (f"return np.tanh({SUM}).astype(object)", "The answer holds object and not plain numbers."),
        (f"return np.tanh({SUM}) * np.nan", "The answer contains nan or inf."),
        (f"return 0 * np.tanh({SUM})", "The answer is zero everywhere."),
        (f"return -np.tanh({SUM})", "The answer has the opposite sign."),
        (f"return 2 * np.tanh({SUM})", "The answer is 2 times too large."),
        (f"return np.tanh({SUM}) / 2", "The answer is too small by the factor 0.5."),
        (f"return np.tanh({SUM}).T", "The answer has the shape (4, 3), expected (3, 4): it is transposed."),
        (f"return np.tanh({SUM})[None]", "The answer has the shape (1, 3, 4), expected (3, 4): an axis of size 1"),
        (f"return np.tanh({SUM}).astype('float64')", "The answer has the right numbers but the type float64, where float32"),
        (f"h_prev *= 2\nreturn np.tanh({SUM})", "The function changes its argument h_prev, which the caller still needs."),
        (
            f"return np.tanh({SUM} + c)",
            "The function raises NameError: name 'c' is not defined\n  in my_step, line 2:   return",
        ),
        ("return x @ W_h", "The function raises ValueError: matmul"),
        ("return 1 / 0", "The function raises ZeroDivisionError: division by zero\n  in my_step, line 2:   return 1 / 0"),
        ("raise SystemExit", "The function raises SystemExit"),
        ("raise KeyboardInterrupt", "The function raises KeyboardInterrupt"),
        ("return my_step(x, h_prev, W_x, W_h, b)", "The function raises RecursionError: maximum recursion depth exceeded"),
        (f"return torch.tanh({SUM})", "The function raises TypeError: tanh(): argument 'input' (position 1) must be Tensor"),
        (f"return torch.from_numpy(np.tanh({SUM}))", "The numbers are right, but the answer is a torch.Tensor;"),
        ("return float(input('h? '))", "The function raises EOFError: nobody is there to answer input()"),
        ("hs = [x]\nhs.append(hs)\nreturn hs", "The answer is a list that contains itself."),
        ("yield x", "With `async` or `yield`, a call computes nothing yet."),
    ],
)
def test_odd_answers_are_told_what_is_odd(body, message):
    assert told(body, torch=torch).startswith(message)


def test_shapes_that_do_not_fit_are_named():
    assert "The shapes were x (3, 5), h_prev (3, 4), W_x (5, 4), W_h (4, 4), b (4,)." in told("return x @ W_h")


@pytest.mark.parametrize("thing", [None, 3, "np.tanh", np.zeros(3), [1, 2]])
def test_what_is_no_function_is_told_so(thing):
    assert "not a function. Hand over the function itself" in STEP.judge(thing, np.random.default_rng(0))


def test_other_arguments_are_told_so():
    text = STEP.judge(lambda x, h: x, np.random.default_rng(0))
    assert text == "The function takes (x, h). It is called as my_step(x, h_prev, W_x, W_h, b)."
    assert STEP.judge(lambda *args: STEP.examine, np.random.default_rng(0)).startswith("A function came back")
    assert STEP.judge(dict, np.random.default_rng(0)).startswith("The function raises TypeError")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("rnn.step", "def my_step(x, h, W_x, W_h, b):\n    return np.tanh(W_x @ x + W_h @ h + b[:, None])"),
        ("rnn.step", "def my_step(x, h, W_x, W_h, b):\n    return np.tanh(W_x @ x + W_h @ h + b)"),
        (
            "rnn.unroll",
            "def my_run(xs, h, W_x, W_h, b):\n    hs = []\n    for x in xs:\n        h = np.tanh(W_x @ x + W_h @ h + b)\n"
            "        hs.append(h)\n    return np.stack(hs)",
        ),
        (
            "bptt.total",
            "def my_total(dhs, hs, W_h):\n    total = dhs.copy()\n    for t in reversed(range(len(hs) - 1)):\n"
            "        total[t] += W_h.T @ (total[t + 1] * (1 - hs[t + 1] ** 2))\n    return total",
        ),
    ],
)
def test_columns_are_told_so(key, code):
    message = EXERCISES[key].judge(compiled(code, "columns"), np.random.default_rng(0))
    assert message.startswith("This is right for column vectors, with W x + b.")


def test_the_batch_first_is_told_so():
    code = "def my_run(xs, h, W_x, W_h, b):\n    hs = np.zeros((*xs.shape[:2], h.shape[1]), xs.dtype)\n"
    code += "    for t in range(xs.shape[1]):\n        h = hs[:, t] = np.tanh(xs[:, t] @ W_x + h @ W_h + b)\n    return hs"
    message = EXERCISES["rnn.unroll"].judge(compiled(code, "batch first"), np.random.default_rng(0))
    assert message.startswith("This is right with the batch as the first axis")


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    pass",
        "while True:\n    print('again and again')",
        "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass",
        "return sum(1 for _ in iter(int, 1))",
        "try:\n    while True:\n        pass\nfinally:\n    x = 1",
    ],
)
def test_an_endless_loop_is_stopped(body):
    start = time.monotonic()
    assert told(body).startswith("No answer after 3 s; the function was stopped. Is there a loop that never ends?")
    assert time.monotonic() - start < 5


def test_what_cannot_be_stopped_is_left_alone_and_said():
    start = time.monotonic()
    message = told("time.sleep(8)", time=time)
    assert message.startswith("No answer after 3 s, and the function cannot be stopped: please restart the kernel.")
    assert time.monotonic() - start < 5


def test_a_flood_is_shortened():
    message = told("for k in range(100_000):\n    print(k)")
    assert message.startswith("The answer is None.")
    assert message.endswith("It printed:\n0\n1\n2\n3\n4\n... and 588880 characters more")
    paper = Paper()
    paper.write("x" * 10**6)
    assert len(paper.text()) < 600


def test_a_call_gets_copies_and_its_edits_are_seen():
    given = [np.zeros(3), [np.ones(2)], 5]

    def edit(a, pair, n):
        a[0], pair[0][1] = 1, 7
        return a

    outcome = Sandbox(edit)(*given)
    assert outcome.edited == (0, 1)
    assert given[0][0] == 0
    assert given[1][0][1] == 1


def test_the_notebooks_own_output_comes_back(capsys):
    told("print('inside')")
    print("outside")
    assert capsys.readouterr().out == "outside\n"
