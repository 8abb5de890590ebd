"""Encoder and decoders against torch's own layers, written out step by step."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from lstm_course.attention import KINDS
from lstm_course.cells import gru, lstm, rnn
from lstm_course.models.decoders import Bahdanau, Luong, Plain
from lstm_course.models.seq2seq import Encoder, Seq2Seq, translation, whole
from lstm_course.tasks import END, IGNORED, reversal
from lstm_course.training import fit

K, E, H, B = 8, 3, 4, 5
KIND_NAMES = ["additive", "general", "dot", "scaled_dot"]
LOOKING = [(Looking, kind) for Looking in (Bahdanau, Luong) for kind in KIND_NAMES]
DECODERS = [(Plain, None), *LOOKING]


@pytest.fixture(autouse=True)
def exact():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def build(Decoder, kind, models=None, seed=0, cell=lstm):
    rng = np.random.default_rng(seed)
    encoder = Encoder(cell, K, E, H, models, rng=rng)
    looking = {} if kind is None else {"kind": KINDS[kind], "looks": 2 * H}
    return Seq2Seq(encoder, Decoder(cell, K, E, 2 * H, models, rng=rng, **looking))


def pairs(seed=0, shortest=2, longest=6):
    source, lengths, target, where = reversal.batch(np.random.default_rng(seed), B, shortest, longest, V=K - 1)
    return torch.from_numpy(source), torch.from_numpy(lengths), torch.from_numpy(target), where


def transcription(model, source, target, kind):
    """One sequence without padding: torch's bidirectional LSTM and LSTMCell, and the score of each source step by itself."""
    encoder, decoder = model.encoder, model.decoder
    torch_lstm = torch.nn.LSTM(E, H, bidirectional=True)
    for suffix, layer in (("", encoder.both.ahead), ("_reverse", encoder.both.back)):
        load(torch_lstm, f"_l0{suffix}", layer)
    cell = torch.nn.LSTMCell(decoder.recurrent.input_size, 2 * H)
    load(cell, "", decoder.recurrent)
    hs, (h_n, c_n) = torch_lstm(encoder.embedding[source])
    h, c = torch.cat(list(h_n)), torch.cat(list(c_n))
    said, before, logits, alphas = torch.zeros(2 * H), END, [], []
    for y in target.tolist():
        x = decoder.embedding[before]
        if isinstance(decoder, Bahdanau):
            context, alpha = look(decoder, kind, h, hs)
            x = torch.cat((x, context))
        if isinstance(decoder, Luong):
            x = torch.cat((x, said))
        h, c = (part[0] for part in cell(x[None], (h[None], c[None])))
        if isinstance(decoder, Luong):
            context, alpha = look(decoder, kind, h, hs)
        seen = h if kind is None else torch.cat((h, context))
        said = torch.tanh(seen @ decoder.W_c + decoder.b_c)
        logits.append(said @ decoder.W_y + decoder.b_y)
        alphas.append(None if kind is None else alpha)
        before = y
    return torch.stack(logits), None if kind is None else torch.stack(alphas)


def look(decoder, kind, h, hs):
    p, scores = decoder.score, []
    for k in hs:
        if kind == "additive":
            scores.append(torch.tanh(h @ p.W_q + k @ p.W_k) @ p.v)
        elif kind == "general":
            scores.append(h @ p.W @ k)
        else:
            scores.append(h @ k / (len(k) ** 0.5 if kind == "scaled_dot" else 1))
    alpha = torch.stack(scores).softmax(0)
    return sum(share * k for share, k in zip(alpha, hs, strict=True)), alpha


def load(layer, suffix, ours):
    p = ours.params
    with torch.no_grad():
        getattr(layer, f"weight_ih{suffix}").copy_(p.W_x.T)
        getattr(layer, f"weight_hh{suffix}").copy_(p.W_h.T)
        getattr(layer, f"bias_ih{suffix}").copy_(p.b)
        getattr(layer, f"bias_hh{suffix}").zero_()


@pytest.mark.parametrize(("Decoder", "kind"), DECODERS)
def test_logits_and_weights_are_those_of_the_equations_written_out(Decoder, kind):
    model, (source, lengths, target, _) = build(Decoder, kind), pairs()
    logits, alpha = model(source, lengths, target)
    for b, n in enumerate(lengths.tolist()):
        want, weights = transcription(model, source[:n, b], target[: n + 1, b], kind)
        torch.testing.assert_close(logits[: n + 1, b], want)
        if kind is not None:
            torch.testing.assert_close(alpha[: n + 1, b, :n], weights)
            assert bool((alpha[:, b, n:] == 0).all())
    assert kind is not None or alpha is None


@pytest.mark.parametrize(("Decoder", "kind"), DECODERS)
def test_what_stands_in_the_padding_changes_nothing(Decoder, kind):
    model, (source, lengths, target, _) = build(Decoder, kind), pairs()
    other = source.where(torch.arange(len(source))[:, None] < lengths, 1)
    assert not torch.equal(other, source)
    assert torch.equal(model(source, lengths, target)[0], model(other, lengths, target)[0])


@pytest.mark.parametrize(("Decoder", "kind"), [(Plain, None), (Bahdanau, "additive"), (Luong, "general"), (Luong, "dot")])
@pytest.mark.parametrize("models", [2, B])
def test_models_side_by_side_are_single_ones(Decoder, kind, models):
    many = build(Decoder, kind, models)
    one = build(Decoder, kind)
    each = [reversal.batch(np.random.default_rng(n), B, 5, 5, V=K - 1) for n in range(models)]
    source, target = (torch.from_numpy(np.stack([pair[k] for pair in each], 1)) for k in (0, 2))
    lengths = each[0].lengths
    logits, alpha = many(source, lengths, target)
    written = many.greedy(source, lengths, 8)
    for n in range(models):
        one.load_state_dict({name: x[n] for name, x in many.state_dict().items()})
        want, weights = one(source[:, n], lengths, target[:, n])
        torch.testing.assert_close(logits[:, n], want)
        if alpha is not None:
            torch.testing.assert_close(alpha[:, n], weights)
        tokens, scores = one.greedy(source[:, n], lengths, 8)
        assert torch.equal(written.tokens[: len(tokens), n], tokens)
        torch.testing.assert_close(written.scores[n], scores)


@pytest.mark.parametrize(("Decoder", "kind"), [(Plain, None), (Bahdanau, "additive"), (Luong, "general")])
def test_what_it_writes_is_the_likeliest_given_what_it_has_written(Decoder, kind):
    model, (source, lengths, _, _) = build(Decoder, kind, seed=3), pairs()
    tokens, scores = model.greedy(source, lengths, 7)
    logits, _ = model(source, lengths, tokens)
    log_p = logits.log_softmax(-1)
    ended = (tokens == END).cumsum(0) - (tokens == END).long() > 0
    assert torch.equal(log_p.argmax(-1).masked_fill(ended, END), tokens)
    torch.testing.assert_close(log_p.amax(-1).masked_fill(ended, 0.0).sum(0), scores)
    wide = model.beam(source, lengths, 7, width=3)
    assert bool((wide.scores >= scores).all())
    given = model(source, lengths, wide.tokens)[0].log_softmax(-1).gather(-1, wide.tokens[..., None])[..., 0]
    ended = (wide.tokens == END).cumsum(0) - (wide.tokens == END).long() > 0
    torch.testing.assert_close(given.masked_fill(ended, 0.0).sum(0), wide.scores)


@pytest.mark.parametrize("cell", [rnn, gru], ids=["rnn", "gru"])
def test_any_cell_will_do(cell):
    model, (source, lengths, target, _) = build(Luong, "dot", cell=cell), pairs()
    logits, _ = model(source, lengths, target)
    cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORED).backward()
    assert all(bool(p.grad.abs().sum() > 0) for p in model.parameters())


@pytest.mark.parametrize(("Decoder", "kind"), DECODERS)
def test_every_parameter_is_trained(Decoder, kind):
    model, batch = build(Decoder, kind), pairs()[:3]
    translation(model, batch)["loss"].backward()
    assert all(bool(p.grad.abs().sum() > 0) for p in model.parameters())


def test_loss_and_accuracy_are_those_of_a_loop_over_what_is_asked():
    model, (source, lengths, target, _) = build(Bahdanau, "general"), pairs()
    measured = translation(model, (source, lengths, target))
    logits, _ = model(source, lengths, target)
    losses, right = [], []
    for b, n in enumerate(lengths.tolist()):
        for t in range(n + 1):
            losses.append(-logits[t, b].log_softmax(-1)[target[t, b]])
            right.append(logits[t, b].argmax() == target[t, b])
    assert measured["loss"].item() == pytest.approx(sum(losses).item() / len(losses))
    assert float(measured["accuracy"]) == pytest.approx(float(sum(right)) / len(right))


def test_whole_sequences_are_right_or_not():
    target = torch.tensor([[3, 2, 5], [4, END, 5], [END, IGNORED, 5], [IGNORED, IGNORED, END]])
    written = torch.tensor([[3, 2, 5], [4, END, 5], [END, END, 5]])
    assert whole(written, target).tolist() == [True, True, True]
    assert whole(written.index_put((torch.tensor(2), torch.tensor(1)), torch.tensor(7)), target).tolist() == [True, False, True]
    assert whole(torch.cat((written, torch.tensor([[END, END, 2]]))), target).tolist() == [True, True, False]


@pytest.mark.slow
def test_with_attention_short_sequences_are_soon_reversed():
    torch.set_default_dtype(torch.float32)
    rng = np.random.default_rng(0)
    decoder = Luong(lstm, 11, 8, 32, kind=KINDS["general"], looks=32, rng=rng)
    model = Seq2Seq(Encoder(lstm, 11, 8, 16, rng=rng), decoder)
    draw = lambda step: tuple(map(torch.from_numpy, reversal.batch_alike(np.random.default_rng([1, step]), 32, 3, 6, V=10)[:3]))
    fit(model, translation, draw, steps=300, lr=1e-2, progress=False)
    source, lengths, target = draw(10**6)
    assert float(whole(model.greedy(source, lengths, 8).tokens, target).double().mean()) > 0.9
