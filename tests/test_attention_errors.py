"""Masks, and what attention says to arguments that do not fit."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from test_attention import DQ, DV, KIND, KINDS, MASKS, A, B, Q, S, example

from lstm_course import attention
from lstm_course.attention import attend, attend_backward, attend_record, causal_mask, padding_mask, weights


@pytest.mark.parametrize("lengths", [[1, 3, 2], np.array([1, 3, 2], np.uint8), torch.tensor([1, 3, 2])])
def test_masks_open_up_to_the_end_and_up_to_the_query(lengths):
    padding, causal = padding_mask(lengths, 4), causal_mask(3)
    assert padding.shape == (3, 1, 4)
    assert [[s for s in range(4) if row[0, s]] for row in padding] == [[0], [0, 1, 2], [0, 1]]
    assert [[s for s in range(3) if row[s]] for row in causal] == [[0], [0, 1], [0, 1, 2]]
    assert [sum(row) for row in causal_mask(4, 2)] == [1, 2, 2, 2]
    both = padding_mask(lengths, 3) & causal
    assert [[int(n) for n in rows.sum(-1)] for rows in both] == [[1, 1, 1], [1, 2, 3], [1, 2, 2]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: padding_mask([4, 5], 4), r"^lengths: got 5, expected whole numbers from 1 to 4, one for each sentence$"),
        (lambda: padding_mask(torch.tensor([0, 4]), 4), r"^lengths: got 0, expected whole numbers from 1 to 4"),
        (lambda: padding_mask([[4]], 4), r"^lengths: got shape \(1, 1\), expected whole numbers"),
        (lambda: padding_mask(3, 4), r"^lengths: got shape \(\), expected whole numbers"),
        (lambda: padding_mask([2.0], 4), r"^lengths: got \[2.0\], expected whole numbers"),
        (lambda: padding_mask([1], 0), r"^S: got 0, expected an integer of at least 1"),
        (lambda: causal_mask(0), r"^Q: got 0"),
        (lambda: causal_mask(3, 0), r"^S: got 0"),
        (lambda: KINDS["dot"].init(np.random.default_rng(0), 4, 5), r"^Dk: got 5, expected 4, as Dq: a dot product takes"),
        (lambda: KINDS["additive"].init(np.random.default_rng(0), 4, 5, 0), r"^A: got 0"),
    ],
)
def test_bad_sizes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@KIND
@pytest.mark.parametrize(
    ("arguments", "word"),
    [((None, 4, 4, 3), "rng"), ((np.random.default_rng(0), 0, 4, 3), "Dq"), ((np.random.default_rng(0), 4, 2.5, 3), "Dk")],
)
def test_init_refuses_bad_arguments_by_name(kind, arguments, word):
    with pytest.raises(ValueError, match=rf"^{word}: got .*, expected"):
        kind.init(*arguments)


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (
            np.ones((B, S)),
            r"^mask: got (torch\.)?float64, expected an array of bool.* that broadcasts to \(3, 2, 6\)$",
        ),
        (np.ones((B, S), bool), r"^mask: got shape \(3, 6\), expected an array of bool"),
        (np.ones((B, 1, 1, S), bool), r"^mask: got shape \(3, 1, 1, 6\), expected"),
        (np.ones(S, bool), r"^mask: got shape \(6,\), expected"),
        (np.arange(S) > 9 + np.zeros((Q, 1)), r"^mask: got a query that may look nowhere, expected at least one True"),
        (causal_mask(Q, S) & (np.arange(S) > 0), r"^mask: got a query that may look nowhere, expected at least one True"),
    ],
)
def test_bad_masks_are_named(make, mask, message, rng):
    p, *qkv = example(KINDS["dot"], rng)
    with pytest.raises(ValueError, match=message):
        attend(KINDS["dot"], p, *map(make, qkv), make(mask))
    with pytest.raises(ValueError, match=message):
        weights(make(np.zeros((B, Q, S))), make(mask))


def test_a_list_is_no_mask():
    with pytest.raises(ValueError, match=r"^mask: got list, expected an array of bool"):
        weights(np.zeros((B, 1, 2)), [[True, False]])


def test_compiled_a_query_that_may_look_nowhere_gets_nothing_and_no_nan(monkeypatch):
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    scores = torch.zeros(2, 3, requires_grad=True)
    alpha = weights(scores, torch.tensor([[False] * 3, [True, True, False]]))
    assert alpha.tolist() == [[0, 0, 0], [0.5, 0.5, 0]]
    alpha[:, 0].sum().backward()
    assert scores.grad.tolist() == [[0, 0, 0], [0.25, -0.25, 0]]


@pytest.mark.parametrize("name", ["additive", "general"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, q, k, v: (p, q.astype(int), k, v), r"^q: got numbers of type int64"),
        (lambda p, q, k, v: (p, q.tolist(), k, v), r"^q: got list"),
        (lambda p, q, k, v: (p, q[0, 0], k, v), r"^q: got shape \(4,\), expected \(..., positions, width\)"),
        (lambda p, q, k, v: (p, q, k[:, :0], v), r"^k: got shape \(3, 0, 5\), expected .*none of them empty"),
        (
            lambda p, q, k, v: (p, q, k[0], v[0]),
            r"^k: got shape \(6, 5\), expected \(3, S, Dk\), the axes in front",
        ),
        (lambda p, q, k, v: (p, q, k, v[:, 1:]), r"^v: got shape \(3, 5, 7\), expected \(3, 6, Dv\), the positions of k"),
        (lambda p, q, k, v: (p, q, k, torch.from_numpy(v)), r"^v: got torch torch.float64, expected numpy float64, as in q"),
        (lambda p, q, k, v: (p, q.astype("float32"), k, v), r"^k: got numpy float64, expected numpy float32, as in q"),
        (lambda p, q, k, v: (tuple(p), q, k, v), r"^p: got tuple, expected Params"),
        (lambda p, q, k, v: (p._make(map(torch.tensor, p)), q, k, v), r"^p.W(_q)?: got torch torch.float64, expected numpy"),
        (lambda p, q, k, v: (p, q[..., 1:], k, v), r"^p.W(_q)?: got shape \(4, .\), expected \(3, .\)"),
        (lambda p, q, k, v: (p, q, k[..., 1:], v), r"^p.W(_k)?: got shape .*, expected \(4, .\)"),
        (
            lambda p, q, k, v: (p._make(np.stack([x] * 2) for x in p), q, k, v),
            r"^q: got shape .*begins with \(2,\)",
        ),
    ],
)
def test_bad_arguments_are_named(name, change, message, rng):
    arguments = change(*example(KINDS[name], rng))
    with pytest.raises(ValueError, match=message):
        attend(KINDS[name], *arguments)


def test_a_parameter_without_its_models_is_named(rng):
    p, q, k, v = example(KINDS["additive"], rng, (2, B))
    p = p._replace(W_q=np.stack([p.W_q] * 2))
    with pytest.raises(ValueError, match=rf"^p.W_k: got shape \(5, {A}\), expected \(2, 5, {A}\)"):
        attend(KINDS["additive"], p, q, k, v)


def test_kinds_and_tapes_are_expected(rng):
    p, q, k, v = example(KINDS["dot"], rng)
    with pytest.raises(ValueError, match=r"^kind: got 'dot', expected an object with Params, init, keys, scores"):
        attend("dot", p, q, k, v)
    with pytest.raises(ValueError, match=r"^Dk: got 3, expected 4, as Dq"):
        attend(KINDS["dot"], p, q, k[..., 1:], v)
    with pytest.raises(ValueError, match=r"^scores: got numbers of type int64"):
        weights(np.zeros((2, 3), int))
    context, tape = attend_record(KINDS["dot"], p, q, k, v)
    with pytest.raises(ValueError, match=r"^tape: got ndarray, expected the Tape that `attend_record` returned"):
        attend_backward(KINDS["dot"], p, context, context)
    with pytest.raises(ValueError, match=r"^dcontext: got shape \(3, 2, 6\), expected \(3, 2, 7\)"):
        attend_backward(KINDS["dot"], p, tape, context[..., 1:])
    with pytest.raises(ValueError, match=r"^dalpha: got shape \(3, 2, 7\), expected \(3, 2, 6\)"):
        attend_backward(KINDS["dot"], p, tape, context, context)
    with pytest.raises(ValueError, match=r"^dcontext: got numpy float32, expected numpy float64, as in v"):
        attend_backward(KINDS["dot"], p, tape, context.astype("float32"))


def test_a_position_hidden_from_all_is_blanked_and_no_other(rng):
    k = rng.standard_normal((B, S, DQ))
    for mask in (*MASKS.values(), torch.from_numpy(MASKS["both"])):
        seen = np.ones((B, Q, S), bool) if mask is None else np.broadcast_to(np.asarray(mask), (B, Q, S))
        np.testing.assert_array_equal(attention.blank(k, mask), np.where(seen.any(1)[..., None], k, 0))


def test_the_last_axis_of_the_context_is_that_of_the_values(rng):
    context, alpha = attend(KINDS["dot"], *example(KINDS["dot"], rng))
    assert context.shape == (B, Q, DV)
    assert alpha.shape == (B, Q, S)


def test_it_runs_without_torch():
    code = "import sys\nfrom lstm_course.attention import KINDS, attend, heads\nimport numpy as np\nx = np.ones((2, 3, 4))\n"
    code += "attend(KINDS['dot'], KINDS['dot'].Params(), x, x, x)\n"
    code += "heads.multi_head(heads.init(np.random.default_rng(0), 4, 4), 2, x, x, x); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
