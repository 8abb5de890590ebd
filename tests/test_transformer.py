"""The block against torch's, and a transformer against what its masks and places promise."""

import numpy as np
import pytest
import torch

from lstm_course.models.seq2seq import before, translation
from lstm_course.models.transformer import Block, Transformer, sinusoids
from lstm_course.tasks import END, IGNORED, reversal

K, D, F, LONGEST = 7, 8, 12, 6


@pytest.fixture(autouse=True)
def exact():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def build(heads=2, models=None, seed=0):
    return Transformer(K, D, F, LONGEST, heads, models, rng=np.random.default_rng(seed))


def pairs(B=4, shortest=2, seed=0):
    return [torch.from_numpy(x) for x in reversal.batch(np.random.default_rng(seed), B, shortest, LONGEST, K - 1)[:3]]


@torch.no_grad()
def theirs(block):
    """Torch's layer with the weights of a block, moved away from where training begins."""
    for p in block.parameters():
        p += 0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel()))
    layer = torch.nn.TransformerEncoderLayer(D, block.heads, F, dropout=0.0, batch_first=True)
    there = layer.self_attn
    there.in_proj_weight.copy_(torch.cat([block.W_q.T, block.W_k.T, block.W_v.T]))
    there.in_proj_bias.copy_(torch.cat([block.b_q, block.b_k, block.b_v]))
    there.out_proj.weight.copy_(block.W_o.T)
    there.out_proj.bias.copy_(block.b_o)
    for linear, k in ((layer.linear1, 1), (layer.linear2, 2)):
        linear.weight.copy_(getattr(block, f"W_{k}").T)
        linear.bias.copy_(getattr(block, f"b_{k}"))
    for norm, k in ((layer.norm1, 1), (layer.norm2, 2)):
        norm.weight.copy_(getattr(block, f"gain_{k}"))
        norm.bias.copy_(getattr(block, f"bias_{k}"))
    return layer


@pytest.mark.parametrize("heads", [1, 2, 4])
@pytest.mark.parametrize("masked", [False, True])
def test_a_block_is_torchs(heads, masked):
    block = Block(D, F, heads, rng=np.random.default_rng(0))
    layer, x = theirs(block), torch.randn(3, 5, D, generator=torch.Generator().manual_seed(0))
    mask = torch.ones(5, 5, dtype=torch.bool).tril() if masked else None
    y, alpha = block(x, x, mask)
    torch.testing.assert_close(y, layer(x, None if mask is None else ~mask), rtol=0, atol=1e-12)
    assert alpha.shape == (3, heads, 5, 5)
    torch.testing.assert_close(alpha.sum(-1), torch.ones(3, heads, 5))


def test_models_side_by_side_are_single_ones():
    many, one, (source, lengths, target) = build(models=3), build(), pairs()
    spread = lambda x: x[:, None].expand(-1, 3, -1)
    logits, alpha = many(spread(source), lengths, spread(target))
    written = many.greedy(spread(source), lengths, LONGEST + 1)
    for n in range(3):
        one.load_state_dict({name: x[n] for name, x in many.state_dict().items()})
        want, weights = one(source, lengths, target)
        torch.testing.assert_close(logits[:, n], want)
        torch.testing.assert_close(alpha[:, n], weights)
        mine = one.greedy(source, lengths, LONGEST + 1)
        torch.testing.assert_close(written.scores[n], mine.scores)


def test_writing_step_by_step_is_writing_all_at_once():
    model, (source, lengths, _) = build(seed=3), pairs()
    tokens, scores = model.greedy(source, lengths, LONGEST + 1)
    log_p = model(source, lengths, tokens)[0].log_softmax(-1)
    ended = (tokens == END).cumsum(0) - (tokens == END).long() > 0
    assert torch.equal(log_p.argmax(-1).masked_fill(ended, END), tokens)
    torch.testing.assert_close(log_p.amax(-1).masked_fill(ended, 0.0).sum(0), scores)


def test_no_step_looks_ahead():
    model, (source, lengths, target) = build(), pairs()
    logits, _ = model(source, lengths, target)
    for t in range(1, len(target)):
        other = target.clone()
        other[t - 1] = torch.where(target[t - 1] != IGNORED, (target[t - 1] + 1) % K, IGNORED)
        changed = (model(source, lengths, other)[0] - logits).abs().amax((1, 2)) > 1e-9
        assert not changed[:t].any(), f"a step before {t} has seen what was written at {t - 1}"
        assert changed[t]


def test_padding_is_never_looked_at_and_moves_no_place():
    model, (source, lengths, target) = build(), pairs()
    logits, alpha = model(source, lengths, target)
    for b, n in enumerate(lengths.tolist()):
        want, weights = model(source[:n, [b]], lengths[[b]], target[: n + 1, [b]])
        torch.testing.assert_close(logits[: n + 1, b], want[:, 0])
        torch.testing.assert_close(alpha[: n + 1, b, :n], weights[:, 0])
        assert not alpha[:, b, n:].any()


def test_places_are_counted_from_the_sign_to_begin():
    model, (source, lengths, target) = build(), pairs()
    read, written = model.place(source, -lengths), model.place(before(target), 0)
    for b, n in enumerate(lengths.tolist()):
        for s in range(n):
            want = model.embedding[source[s, b]] + model.place_embedding[LONGEST + s - n]
            torch.testing.assert_close(read[b, s], want)
        for t in range(n + 1):
            want = model.embedding[before(target)[t, b]] + model.place_embedding[LONGEST + t]
            torch.testing.assert_close(written[b, t], want)


def test_without_places_it_writes_the_same_whatever_the_order():
    model, (source, _, target) = build(), pairs(shortest=LONGEST)
    model.place_embedding.data.zero_()
    lengths = torch.full((4,), LONGEST)
    torch.testing.assert_close(model(source, lengths, target)[0], model(source.flip(0), lengths, target)[0])


def test_every_parameter_is_trained():
    model = build()
    translation(model, pairs())["loss"].backward()
    dead = [name for name, p in model.named_parameters() if not bool(p.grad.abs().sum() > 0)]
    assert set(dead) <= {"block.b_k"}, "what is added to all keys changes no weight"


def test_sinusoids_know_only_how_far_apart_two_places_are():
    x = sinusoids(9, 16)
    assert x.shape == (19, 16)
    products = x @ x.T
    for k in range(10):
        np.testing.assert_allclose(np.diag(products, k), products[0, k])
    assert products[0, 0] == pytest.approx(8)
    np.testing.assert_allclose(x[9], [0] * 8 + [1] * 8)
    np.testing.assert_allclose(x[10, [7, 15]], [np.sin(1e4 ** (-14 / 16)), np.cos(1e4 ** (-14 / 16))])


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: Block(8, 4, 3, rng=np.random.default_rng(0)), "heads: got 3, expected a divisor of the width, 8"),
        (lambda: Block(8, 0, rng=np.random.default_rng(0)), "hidden: got 0, expected an integer of at least 1"),
        (lambda: Block(8, 4, rng=0), "rng: got 0, expected a numpy.random.Generator"),
        (lambda: Transformer(K, D, F, 0, rng=np.random.default_rng(0)), "longest: got 0"),
        (lambda: Transformer(K, D, F, 3, models=0, rng=np.random.default_rng(0)), "models: got 0"),
        (lambda: build()(torch.ones(7, 2, dtype=torch.int64), [7, 2], torch.ones(2, 2, dtype=torch.int64)), "lengths: got 7"),
        (lambda: build()(*pairs()[:2], torch.ones(9, 4, dtype=torch.int64)), "target: got 9 steps, expected at most 7"),
        (lambda: build().greedy(*pairs()[:2], 0), "most: got 0"),
        (lambda: build().greedy(*pairs()[:2], 8), "most: got 8, expected at most 7"),
        (lambda: sinusoids(3, 5), "width: got 5, expected an even number"),
        (lambda: sinusoids(0, 4), "longest: got 0"),
    ],
)
def test_bad_input_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
