"""The LSTM with layer normalisation, against the paper's equations written with torch's layer_norm."""

import numpy as np
import pytest
import torch
from conftest import B, D, H, T
from torch.nn.functional import layer_norm

from lstm_course import unroll
from lstm_course.cells import lstm, normalised


def example(rng, lead=()):
    p = normalised.init(rng, D, H)
    p = p._make(rng.standard_normal((*lead, *x.shape)) for x in p)  # gains and shifts that are not 1 and 0
    state = lstm.State(*(rng.standard_normal((*lead, B, H)) for _ in "hc"))
    return p, rng.standard_normal((T, *lead, B, D)), state


def transcription(p, xs, state):
    """(f, i, o, g) = LN(W_h h; alpha_1) + LN(W_x x; alpha_2) + b; c; h = o tanh(LN(c; alpha_3, beta_3)). One model."""
    h, c = state
    hs = []
    for x in xs:
        by_x = layer_norm(x @ p.W_x, (4 * H,), weight=p.gain_x)
        by_h = layer_norm(h @ p.W_h, (4 * H,), weight=p.gain_h)
        i, f, g, o = (by_x + by_h + p.b).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * layer_norm(c, (H,), weight=p.gain_c, bias=p.shift_c).tanh()
        hs.append(h)
    return torch.stack(hs), (h, c)


def to_torch(record):
    return record._make(torch.tensor(x, requires_grad=True) for x in record)


def test_outputs_and_gradients_equal_a_transcription(rng):
    p, xs, state = example(rng)
    numpy_hs, numpy_last = unroll.run(normalised, p, xs, state)
    p, state, xs = to_torch(p), to_torch(state), torch.from_numpy(xs).requires_grad_()
    hs, last = unroll.run(normalised, p, xs, state)
    want, end = transcription(p, xs, state)
    leaves = [xs, *p, *state]
    for outputs in ((hs, *last), (numpy_hs, *numpy_last)):
        for x, y in zip(outputs, (want, *end), strict=True):
            torch.testing.assert_close(torch.as_tensor(x), y, atol=1e-12, rtol=1e-12)
    grads, want = (torch.autograd.grad((x**2).sum(), leaves) for x in (hs, want))
    for x, y in zip(grads, want, strict=True):
        torch.testing.assert_close(x, y, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("models", [2, B, T])
def test_many_models_with_gains_of_their_own(models, rng):
    p, xs, state = example(rng, (models,))
    hs, last = unroll.run(normalised, p, xs, state)
    for n in range(models):
        one = lambda record, n=n: record._make(torch.from_numpy(x[n]) for x in record)
        want, end = transcription(one(p), torch.from_numpy(xs[:, n]), one(state))
        for x, y in zip((hs[:, n], *(x[n] for x in last)), (want, *end), strict=True):
            np.testing.assert_allclose(x, y, atol=1e-12)


def test_it_starts_as_the_lstm_with_gains_of_one():
    p, plain = (cell.init(np.random.default_rng(5), D, H, forget_bias=1.0) for cell in (normalised, lstm))
    for mine, theirs in zip(p, plain, strict=False):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(np.concatenate(p[3:]), [*[1] * 9 * H, *[0] * H])
    assert sum(x.size for x in p) == sum(x.size for x in plain) + 10 * H
    with pytest.raises(ValueError, match=r"^forget_bias: got 'one', expected a finite number"):
        normalised.init(np.random.default_rng(5), D, H, forget_bias="one")


def test_the_size_of_the_weights_does_not_matter(rng):
    p, xs, state = example(rng)
    larger = p._replace(W_x=1000 * p.W_x, W_h=1000 * p.W_h)
    np.testing.assert_allclose(unroll.run(normalised, larger, xs, state)[0], unroll.run(normalised, p, xs, state)[0], atol=1e-3)
