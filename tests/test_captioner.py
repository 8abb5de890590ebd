"""Pictures to captions: eye, decoder, penalties and draws against the equations written out in loops."""

from itertools import product

import numpy as np
import pytest
import torch

from lstm_course import alignment, attention
from lstm_course.attention import KINDS, even
from lstm_course.cells import CELLS, gru, lstm, peephole
from lstm_course.models.captioner import Captioner, captioning, doubly_stochastic, entropy, evaluating, penalised
from lstm_course.models.decoders import Memory
from lstm_course.models.grid import NARROW, WIDE, Grid, Layer, field
from lstm_course.models.hard_attention import HardAttention, hard_captioning, reinforce
from lstm_course.models.seq2seq import before, whole
from lstm_course.models.show_attend_tell import ShowAttendTell
from lstm_course.schedules import one_cycle
from lstm_course.tasks import END, IGNORED, shapes
from lstm_course.training import Carried, fit

K, E, H, D, L, B = 7, 3, 4, 6, 5, 3
SIDE = 8
LAYERS = (Layer(2, 4, 2), Layer(5, 2, 2), Layer(D, 3, 1))
LOOKING = {**KINDS, "even": even}
CAPTIONS = torch.tensor([[3, 1, 6], [2, END, 5], [END, IGNORED, 4], [IGNORED, IGNORED, END]])


@pytest.fixture(autouse=True)
def exact():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def decode(kind="additive", Decoder=ShowAttendTell, models=None, seed=0, cell=lstm, looks=D, hidden=H):
    return Decoder(cell, K, E, hidden, models, kind=LOOKING[kind], looks=looks, rng=np.random.default_rng(seed))


def build(kind="additive", Decoder=ShowAttendTell, seed=0):
    """A small one. A dot product needs a state as wide as an annotation."""
    hidden = D if kind in ("dot", "scaled_dot") else H
    return Captioner(Grid(LAYERS, SIDE, rng=np.random.default_rng(seed)), decode(kind, Decoder, seed=seed, hidden=hidden))


def pictures(seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((B, 3, SIDE, SIDE)))


def memory(seed=0, front=(B,)):
    values = torch.from_numpy(np.random.default_rng(seed).standard_normal((*front, L, D)))
    return Memory(values, torch.ones(front[-1], 1, L, dtype=torch.bool))


# The eye


def convolve(x, W, stride):
    """One picture (C, Y, X), number by number."""
    features, channels, k, _ = W.shape
    side, edge = x.shape[-1] // stride, (k - stride) // 2
    out = torch.zeros(features, side, side)
    for f, i, j, c, u, v in product(range(features), range(side), range(side), range(channels), range(k), range(k)):
        y, z = i * stride + u - edge, j * stride + v - edge
        if 0 <= y < x.shape[-2] and 0 <= z < x.shape[-1]:
            out[f, i, j] += W[f, c, u, v] * x[c, y, z]
    return out


@torch.no_grad()
def seen(grid, images, norms):
    """What the eye makes of pictures; norms gives mean and variance (features,) of what a layer has computed."""
    xs = images - 1
    for convolution, layer in zip(grid.layers, LAYERS, strict=True):
        xs = torch.stack([convolve(x, convolution.W, layer.stride) for x in xs])
        mean, variance = norms(convolution.norm, xs)
        xs = (xs - mean[:, None, None]) / (variance[:, None, None] + 1e-5).sqrt()
        xs = (xs * convolution.norm.weight[:, None, None] + convolution.norm.bias[:, None, None]).clamp(min=0)
    rows = [[x[:, i, j] for i in range(x.shape[1]) for j in range(x.shape[2])] for x in xs]
    return torch.stack([torch.stack(row) for row in rows]) + grid.positions


def of_the_batch(norm, xs):
    numbers = xs.movedim(1, 0).flatten(1)
    return numbers.mean(1), numbers.var(1, unbiased=False)


def remembered(norm, xs):
    return norm.running_mean, norm.running_var


def test_annotations_are_those_of_convolutions_number_by_number():
    grid, images = Grid(LAYERS, SIDE, rng=np.random.default_rng(0)), pictures()
    with torch.no_grad():
        for n, convolution in enumerate(grid.layers):  # as if trained
            convolution.norm.weight.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(n))
            convolution.norm.bias.uniform_(-0.5, 0.5, generator=torch.Generator().manual_seed(9 + n))
    values = grid(images)
    assert values.shape == (B, 4, D)
    assert (grid.side, grid.width) == (2, D)
    torch.testing.assert_close(values, seen(grid, images, of_the_batch))
    torch.testing.assert_close(grid.eval()(images), seen(grid, images, remembered))


def test_white_is_nothing():
    grid = Grid(LAYERS, SIDE, rng=np.random.default_rng(0)).eval()
    white = grid(torch.ones(2, 3, SIDE, SIDE))
    torch.testing.assert_close(white, grid.positions.expand(2, 4, D))


@pytest.mark.parametrize("layers", [NARROW, WIDE, (Layer(30, 6, 2), Layer(30, 6, 2)), (Layer(30, 3, 1),), (Layer(30, 4, 4),)])
def test_a_place_sees_the_pixels_of_its_field_with_its_cell_in_the_middle_and_no_others(layers):
    grid = Grid(layers, rng=np.random.default_rng(0)).eval()
    size, step, first = field(layers)
    assert first + size - step == -first
    images = torch.from_numpy(np.random.default_rng(1).random((1, 3, 32, 32))).requires_grad_()
    values = grid(images).view(grid.side, grid.side, grid.width)
    for i, j in [(0, 0), (3, 5), (grid.side - 1, 2)]:
        (gradient,) = torch.autograd.grad(values[i, j].sum(), images, retain_graph=True)
        want = torch.zeros(32, 32, dtype=torch.bool)
        want[max(first + step * i, 0) : first + step * i + size, max(first + step * j, 0) : first + step * j + size] = True
        reached = gradient[0].abs().sum(0) > 0
        assert bool((reached <= want).all())
        assert torch.equal(reached.any(0), want.any(0))
        assert torch.equal(reached.any(1), want.any(1))


@pytest.mark.parametrize("side", [4, 8, 20])
def test_a_side_has_its_places(side):
    grid = Grid(LAYERS, side, rng=np.random.default_rng(0))
    assert grid(torch.rand(2, 3, side, side)).shape == (2, (side // 4) ** 2, D)


# The decoder


def scored(kind, p, h, a):
    if kind == "additive":
        return torch.tanh(h @ p.W_q + a @ p.W_k) @ p.v
    if kind == "general":
        return h @ p.W @ a
    return h @ a / (1 if kind == "dot" else len(a) ** 0.5) if kind != "even" else torch.tensor(0.0)


def transcription(d, kind, values, words, places=None):
    """Logits and alphas of one caption (T,), from annotations (L, D); where places are given, these are seen, not the mean."""
    size = d.recurrent.hidden_size
    cell, zeros = d.recurrent.params, torch.zeros(4 * size)
    mean = sum(values) / len(values)
    first = torch.tanh(mean @ d.W_0 + d.b_0)
    h, c, last, logits, alphas = first[:size], first[size:], END, [], []
    for t, word in enumerate(words.tolist()):
        alpha = torch.stack([scored(kind, d.score, h, a) for a in values]).softmax(0)
        z = sum(alpha[i] * a for i, a in enumerate(values)) if places is None else values[places[t]]
        z = torch.sigmoid(h @ d.W_beta[:, 0] + d.b_beta[0]) * z
        y = d.embedding[last]
        now = torch.cat((y, z))[None], (h[None], c[None])
        h, c = (part[0] for part in torch.lstm_cell(*now, cell.W_x.T, cell.W_h.T, cell.b, zeros))
        logits.append((y + h @ d.L_h + z @ d.L_z) @ d.L_o)
        alphas.append(alpha)
        last = word
    return torch.stack(logits), torch.stack(alphas)


@pytest.mark.parametrize("kind", LOOKING)
def test_logits_and_weights_are_those_of_the_equations_written_out(kind):
    model, images = build(kind), pictures()
    logits, alpha = model(images, CAPTIONS)
    assert logits.shape == (4, B, K)
    assert alpha.shape == (4, B, 4)
    values = model.grid(images)
    for b, n in enumerate([3, 2, 4]):
        want, weights = transcription(model.decoder, kind, values[b], CAPTIONS[:n, b])
        torch.testing.assert_close(logits[:n, b], want)
        torch.testing.assert_close(alpha[:n, b], weights)


@pytest.mark.parametrize("kind", LOOKING)
@pytest.mark.parametrize("cell", [lstm, gru, peephole], ids=["lstm", "gru", "peephole"])
def test_every_parameter_is_trained(kind, cell):
    model = build(kind)
    model.decoder = decode(kind, cell=cell, hidden=D)
    captioning(model, (pictures(), CAPTIONS))["loss"].backward()
    dead = [name for name, p in model.named_parameters() if not bool(p.grad.abs().sum() > 0)]
    assert not dead


@pytest.mark.parametrize("kind", ["additive", "general", "even"])
@pytest.mark.parametrize("models", [2, B])
def test_decoders_side_by_side_are_single_ones(kind, models):
    many, one, look = decode(kind, models=models), decode(kind), memory(front=(models, B))
    tokens = torch.from_numpy(np.random.default_rng(0).integers(0, K, (4, models, B)))
    logits, alpha = many(tokens, many.start(look), many.prepare(look))
    for n in range(models):
        one.load_state_dict({name: x[n] for name, x in many.state_dict().items()})
        mine = Memory(look.values[n], look.mask)
        want, weights = one(tokens[:, n], one.start(mine), one.prepare(mine))
        torch.testing.assert_close(logits[:, n], want)
        torch.testing.assert_close(alpha[:, n], weights)


def test_the_rival_looks_everywhere_whatever_it_thinks():
    model = build("even")
    _, alpha = model(pictures(), CAPTIONS)
    assert torch.equal(alpha, torch.full_like(alpha, 1 / 4))
    d, look = model.decoder, memory()
    for h in (torch.zeros(B, H), torch.randn(B, H)):
        context, alpha = d.look(h, d.prepare(look))
        torch.testing.assert_close(context, look.values.mean(1))
        torch.testing.assert_close(alpha, torch.full_like(alpha, 1 / L))
    assert not [name for name, _ in d.named_parameters() if name.startswith("score")]


def test_what_is_even_is_a_kind_of_attention_with_its_way_back(rng):
    attention.expect_kind(even)
    p, mask = even.init(rng, 4, D), attention.padding_mask([2, 5, 1], L)
    q, k, v = (rng.standard_normal(shape) for shape in ((B, 2, 4), (B, L, D), (B, L, 3)))
    context, tape = attention.attend_record(even, p, q, k, v, mask)
    for b, n in enumerate([2, 5, 1]):
        np.testing.assert_allclose(context[b], v[b, :n].mean(0, keepdims=True).repeat(2, 0))
    dcontext = rng.standard_normal(context.shape)
    dq, dk, dv, dp = attention.attend_backward(even, p, tape, dcontext)
    v = torch.tensor(v, requires_grad=True)
    theirs, _ = attention.attend(even, p, torch.tensor(q), torch.tensor(k), v, mask)
    (theirs * torch.tensor(dcontext)).sum().backward()
    np.testing.assert_allclose(dv, v.grad)
    assert dq.shape == q.shape
    assert dk.shape == k.shape
    assert not dq.any()
    assert not dk.any()
    assert dp == ()


def test_frauds_change_what_an_honest_model_says():
    model, images = build().eval(), pictures()
    honest, alpha = model(images, CAPTIONS)
    for name, fraud in alignment.FRAUDS.items():
        logits, _ = alignment.tampered(model, fraud)(images, CAPTIONS)
        assert bool(((logits - honest).abs() > 1e-9).any(0).any(-1).all()), name
    where = torch.zeros(4, 4, B, dtype=torch.bool).index_fill(1, torch.tensor([2]), True)
    torch.testing.assert_close(alignment.mass(alpha, where), alpha[..., 2].mean())


# Writing


@pytest.mark.parametrize("Decoder", [ShowAttendTell, HardAttention])
def test_what_it_writes_is_the_likeliest_given_what_it_has_written(Decoder):
    model, images = build(Decoder=Decoder, seed=4), pictures()
    model(images, CAPTIONS)  # so that the norms remember something
    tokens, scores = model.greedy(images, 6)
    with evaluating(model):
        log_p = model(images, tokens)[0].log_softmax(-1)
    ended = (tokens == END).cumsum(0) - (tokens == END).long() > 0
    assert torch.equal(log_p.argmax(-1).masked_fill(ended, END), tokens)
    torch.testing.assert_close(log_p.amax(-1).masked_fill(ended, 0.0).sum(0), scores)
    wide = model.beam(images, 6, width=3)
    assert bool((wide.scores >= scores).all())
    one = torch.cat([model.greedy(images[b : b + 1], 6).scores for b in range(B)])
    torch.testing.assert_close(one, scores)  # a picture is not measured by the others


def test_captions_end():
    model = build()
    with torch.no_grad():
        model.decoder.L_o.zero_()
        model.decoder.L_h.zero_()
        model.decoder.L_z.zero_()
        model.decoder.embedding.zero_()
        model.decoder.embedding[:2] = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])  # after END comes 1, after 1 END
        model.decoder.L_o[:, 0] = torch.tensor([5.0, 0.0, 0.0])
        model.decoder.L_o[:, 1] = torch.tensor([0.0, 5.0, 0.0])
    tokens, _ = model.greedy(pictures(), 9)
    assert tokens.tolist() == [[1] * B, [END] * B]
    target = torch.tensor([[1, 1, 2], [END, 3, END]])
    assert whole(tokens, target).tolist() == [True, False, False]


def test_writing_changes_nothing_in_the_model():
    model = build(Decoder=HardAttention)
    model.grid.layers[0].eval()  # one part that the user keeps as it is
    modes = [part.training for part in model.modules()]
    state, random = {name: x.clone() for name, x in model.state_dict().items()}, torch.get_rng_state()
    model.greedy(pictures(), 4)
    assert [part.training for part in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random)
    for name, x in model.state_dict().items():
        assert torch.equal(x, state[name]), name
    with pytest.raises(ValueError, match="most"):
        model.greedy(pictures(), 0)
    assert [part.training for part in model.modules()] == modes


# Measures and penalties


def test_loss_and_accuracy_are_those_of_a_loop_over_what_is_said():
    model, images = build(), pictures()
    measured, (logits, _) = captioning(model, (images, CAPTIONS)), model(images, CAPTIONS)
    losses, right, logits = [], [], logits.detach()
    for b, n in enumerate([3, 2, 4]):
        for t in range(n):
            losses.append(-logits[t, b].log_softmax(-1)[CAPTIONS[t, b]])
            right.append(bool(logits[t, b].argmax() == CAPTIONS[t, b]))
    assert measured["loss"].item() == pytest.approx(np.mean(losses))
    assert float(measured["accuracy"]) == pytest.approx(np.mean(right))


@pytest.mark.parametrize("models", [None, 2])
def test_penalties_are_those_of_loops_over_real_steps(models):
    front = () if models is None else (models,)
    alpha = torch.from_numpy(np.random.default_rng(0).dirichlet(np.ones(L), (4, *front, B)))
    said = (CAPTIONS != IGNORED)[:, None].expand(4, models, B) if models else CAPTIONS != IGNORED
    for n in range(models or 1):
        a = alpha[:, n] if models else alpha
        uneven, spread = [], []
        for b, steps in enumerate([3, 2, 4]):
            uneven.append(sum((1 - sum(float(a[t, b, i]) for t in range(steps))) ** 2 for i in range(L)))
            spread += [-sum(float(x) * np.log(float(x)) for x in a[t, b]) for t in range(steps)]
        pick = lambda x, n=n: float(x[n] if models else x)
        assert pick(doubly_stochastic(alpha, said)) == pytest.approx(np.mean(uneven))
        assert pick(entropy(alpha, said)) == pytest.approx(np.mean(spread))


def test_penalties_at_their_ends():
    said, T = torch.ones(L, B, dtype=torch.bool), 3
    once = torch.eye(L)[:, None].expand(L, B, L)
    flat = torch.full((L, B, L), 1 / L)
    for alpha, want in ((once, 0.0), (flat, np.log(L))):
        assert float(doubly_stochastic(alpha, said)) == pytest.approx(0, abs=1e-12)
        assert float(entropy(alpha, said)) == pytest.approx(want)
    assert float(doubly_stochastic(flat[:T], said[:T])) == pytest.approx(L * (1 - T / L) ** 2)


@pytest.mark.parametrize("penalty", [doubly_stochastic, entropy])
def test_penalties_have_a_gradient_where_a_weight_has_vanished(penalty):
    scores = torch.tensor([[[0.0, 1.0, -2000.0]]], requires_grad=True)
    penalty(scores.softmax(-1), torch.tensor([[True]])).backward()
    assert bool(scores.grad.isfinite().all())
    assert float(scores.grad[0, 0, 2]) == 0
    assert float(scores.grad[0, 0, 0]) != 0


def test_a_penalised_loss_is_the_sum_of_its_parts():
    model, images = build(), pictures()
    values = penalised(lambda alpha, said: 0.3 * entropy(alpha, said))(model, (images, CAPTIONS))
    plain, (_, alpha) = captioning(model, (images, CAPTIONS)), model(images, CAPTIONS)
    more = 0.3 * entropy(alpha, CAPTIONS != IGNORED)
    torch.testing.assert_close(values["loss"], plain["loss"] + more)
    torch.testing.assert_close(values["nats"], plain["loss"])
    torch.testing.assert_close(values["penalty"], more)
    torch.testing.assert_close(values["accuracy"], plain["accuracy"])


# Draws


def planted(model, drawn, places):
    """Makes a hard decoder draw what is given: drawn (B,), places a list of (B,)."""
    decoder, rest = model, iter(places)
    decoder.toss = lambda like: torch.as_tensor(drawn)
    decoder.choose = lambda alpha: torch.as_tensor(next(rest))
    return decoder


def gradients(loss, parameters):
    each = torch.autograd.grad(loss, parameters, allow_unused=True, retain_graph=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, each, strict=True)]


@pytest.mark.parametrize("baseline", [0.0, -1.3])
def test_over_all_draws_the_estimate_is_the_gradient_of_the_expectation(baseline):
    T, places, decoder = 3, 3, decode(Decoder=HardAttention, seed=1)
    look = Memory(2 * memory().values[:1, :places], torch.ones(1, 1, places, dtype=torch.bool))
    words, read = torch.tensor([[3], [2], [END]]), torch.tensor([[END], [3], [2]])
    parameters = list(decoder.parameters())
    expectation, estimate, without = 0, 0, 0
    for draws in product(range(places), repeat=T):
        planted(decoder, [True], [[s] for s in draws])
        logits, alpha, _, _ = decoder.record(read, decoder.start(look), decoder.prepare(look))
        log_p = logits.log_softmax(-1).gather(-1, words[..., None])[..., 0].sum(0)
        log_chosen = sum(alpha[t, :, s].log() for t, s in enumerate(draws))
        p = log_chosen.exp()
        expectation = expectation - p * log_p
        estimate = estimate + p.detach() * reinforce(log_p, log_chosen, baseline)
        without = without - p.detach() * log_p
    want, mine, less = (gradients(loss.sum(), parameters) for loss in (expectation, estimate, without))
    for x, y in zip(mine, want, strict=True):
        torch.testing.assert_close(x, y, atol=1e-12, rtol=1e-9)
    assert max(float((x - y).abs().max()) for x, y in zip(less, want, strict=True)) > 1e-3


@pytest.mark.parametrize("state", [None, (torch.tensor(-7.0, dtype=torch.float64),)])
def test_the_hard_loss_is_that_of_the_equations_written_out(state):
    model, images = build(Decoder=HardAttention), pictures()
    drawn, places = [True, False, True], [[0, 1, 3], [2, 2, 1], [3, 0, 0], [1, 1, 2]]
    planted(model.decoder, drawn, places)
    values, (b_next,) = hard_captioning(0.2)(model, (images, CAPTIONS), state)
    grid, log_ps, log_chosen, spread = model.grid(images), [], [], []
    for b, n in enumerate([3, 2, 4]):
        own = [row[b] for row in places] if drawn[b] else None
        logits, alpha = transcription(model.decoder, "additive", grid[b], CAPTIONS[:n, b], own)
        log_ps.append(sum(logits[t].log_softmax(0)[CAPTIONS[t, b]] for t in range(n)))
        log_chosen.append(sum(alpha[t, own[t]].log() for t in range(n)) if own else torch.tensor(0.0))
        spread += [-(alpha[t] * alpha[t].log()).sum() for t in range(n)]
    mean = sum(log_ps).detach() / B
    baseline = mean if state is None else state[0]
    each = [-p - (p.detach() - baseline) * q for p, q in zip(log_ps, log_chosen, strict=True)]
    loss = sum(each) / B - 0.2 * sum(spread) / len(spread)
    torch.testing.assert_close(values["loss"], loss)
    torch.testing.assert_close(values["nats"], -sum(log_ps) / 9)
    torch.testing.assert_close(values["entropy"], sum(spread) / len(spread))
    torch.testing.assert_close(values["baseline"], baseline)
    torch.testing.assert_close(b_next, 0.9 * baseline + 0.1 * mean)
    parameters = list(model.parameters())
    for x, y in zip(gradients(values["loss"], parameters), gradients(loss, parameters), strict=True):
        torch.testing.assert_close(x, y)


def test_who_mixes_is_the_soft_decoder():
    hard, soft = build(Decoder=HardAttention, seed=1), build(seed=2)
    hard.load_state_dict(soft.state_dict())
    planted(hard.decoder, [False] * B, [[0] * B] * 4)
    for mine, theirs in zip(hard(pictures(), CAPTIONS), soft(pictures(), CAPTIONS), strict=True):
        torch.testing.assert_close(mine, theirs)
    batch, parameters = (pictures(), CAPTIONS), [list(model.parameters()) for model in (hard, soft)]
    planted(hard.decoder, [False] * B, [[0] * B] * 4)
    loss = hard_captioning(0.0)(hard, batch, None)[0]["loss"]
    theirs = captioning(soft, batch)["loss"] * 9 / B  # of a caption, not of a word
    for x, y in zip(gradients(loss, parameters[0]), gradients(theirs, parameters[1]), strict=True):
        torch.testing.assert_close(x, y)


def test_draws_come_from_alpha_and_half_of_the_captions_draw():
    decoder, n = decode(Decoder=HardAttention), 20_000
    torch.manual_seed(0)
    alpha = torch.tensor([[0.5, 0.3, 0.2, 0.0], [0.05, 0.05, 0.1, 0.8]])
    drawn = decoder.choose(alpha.expand(n, 2, 4))
    for row in range(2):
        shares = torch.bincount(drawn[:, row], minlength=4) / n
        assert bool(((shares - alpha[row]).abs() <= 4.5 * (alpha[row] * (1 - alpha[row]) / n).sqrt()).all())
    assert float(decoder.toss(torch.zeros(n, 1)).double().mean()) == pytest.approx(0.5, abs=4.5 * 0.5 / n**0.5)


def test_what_is_drawn_is_what_is_seen_and_in_eval_mode_nothing_is_drawn():
    decoder, look = decode(Decoder=HardAttention), memory()
    words, prepared = torch.tensor([[3, 1, 6], [2, 4, 5], [1, 1, 4]]), decoder.prepare(look)
    torch.manual_seed(3)
    logits, _, place, drawn = decoder.record(before(words), decoder.start(look), prepared)
    assert 0 < int(drawn.sum()) < B
    for b in range(B):
        want, _ = transcription(decoder, "additive", look.values[b], words[:, b], place[:, b] if drawn[b] else None)
        torch.testing.assert_close(logits[:, b], want)
    decoder.eval()
    record = decoder.record(before(words), decoder.start(look), prepared)
    assert bool(record.drawn.all())
    assert torch.equal(record.place, record.alpha.argmax(-1))


# Training


def few(step):
    images, captions, *_ = shapes.batch(np.random.default_rng([5, step]), B=16)
    return torch.from_numpy(images), torch.from_numpy(captions)


def real(Decoder=ShowAttendTell, seed=0):
    rng = np.random.default_rng(seed)
    grid = Grid(rng=rng)
    return Captioner(grid, Decoder(lstm, len(shapes.VOCABULARY), 24, 32, kind=KINDS["additive"], looks=48, rng=rng))


@pytest.mark.parametrize("kind", ["soft", "hard"])
def test_sixty_updates_lower_the_loss(kind):
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(0)
    model = real(HardAttention if kind == "hard" else ShowAttendTell)
    measure = Carried(hard_captioning(0.01)) if kind == "hard" else penalised(lambda *a: 0.01 * entropy(*a))
    values = fit(model, measure, few, steps=60, lr=4e-3, schedule=one_cycle(60), progress=False).values
    first, last = (values["nats"][k].mean() for k in (slice(3), slice(-5, None)))
    assert last < 0.6 * first
    tokens, _ = model.greedy(few(99)[0], shapes.LENGTH)
    assert len(shapes.words(tokens.numpy())) == 16


def test_a_run_taken_up_again_ends_with_the_same_bits(tmp_path):
    batch = lambda step: (pictures(step), CAPTIONS)
    ends = []
    for stops in ([6], [3, 6]):
        torch.manual_seed(0)
        for steps in stops:
            model = build(Decoder=HardAttention)
            path = tmp_path / f"{len(stops)}.npz"
            fit(model, Carried(hard_captioning(0.1)), batch, steps=steps, lr=0.01, checkpoint=path, progress=False)
            torch.rand(5)  # whoever stops does other things in between
        ends.append(model.state_dict())
    for name, x in ends[0].items():
        assert torch.equal(x, ends[1][name]), name


def test_the_seed_settles_the_weights_and_nothing_else_is_drawn():
    random = torch.get_rng_state()
    one, same, other = (real(seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(x, same[name]) for name, x in one.items())
    drawn = [name for name in one if "norm" not in name]
    assert not [name for name in drawn if torch.equal(one[name], other[name])]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: Grid(rng=0), "rng: got 0, expected a numpy.random.Generator"),
        (lambda: Grid([], rng=np.random.default_rng(0)), r"layers: got \[\], expected one or more Layers"),
        (lambda: Grid((3, 5), rng=np.random.default_rng(0)), r"layers: got \(3, 5\), expected one or more Layers"),
        (lambda: field([(4, 2, 1)]), "kernel: got 2, expected 1, the stride, or more by an even number"),
        (lambda: field([(4, 1, 3)]), "kernel: got 1, expected 3, the stride, or more by an even number"),
        (lambda: Grid(LAYERS, 6, rng=np.random.default_rng(0)), "side: got 6, expected a multiple of 4"),
        (lambda: field([(4, 3, 0)]), "stride: got 0, expected an integer of at least 1"),
        (lambda: field([(0, 3, 1)]), "width: got 0"),
        (lambda: Grid(side=0, rng=np.random.default_rng(0)), "side: got 0"),
        (lambda: build().grid(pictures().numpy()), "images: got ndarray, expected a torch tensor"),
        (lambda: build().grid(pictures().long()), "images: got numbers of type torch.int64"),
        (lambda: build()(pictures()[..., :7], CAPTIONS), r"images: got shape \(3, 3, 8, 7\), expected .* X = 8"),
        (lambda: build()(pictures(), CAPTIONS[:, :2]), r"captions: got shape \(4, 2\), expected \(T, B\) with B = 3"),
        (lambda: build()(pictures(), CAPTIONS.double()), "captions: got torch.float64, expected torch.int64"),
        (lambda: build()(pictures(), CAPTIONS.numpy()), "captions: got ndarray, expected a torch tensor"),
        (lambda: decode(cell=CELLS["clockwork"]), "cell: got a state of shapes"),
        (lambda: decode(looks=0), "looks: got 0"),
        (lambda: penalised(0.1), "penalty: got 0.1, expected a function"),
        (lambda: hard_captioning(-1), "spread: got -1, expected a number of at least 0"),
        (lambda: hard_captioning("much"), "spread: got 'much'"),
        (lambda: entropy(torch.ones(2, 3, 4), torch.ones(2, 3)), "said: got torch.float64, expected a torch tensor of bool"),
        (lambda: entropy(torch.ones(2, 3, 4), torch.ones(3, 2) > 0), r"said: got shape \(3, 2\), expected \(2, 3\)"),
        (lambda: doubly_stochastic(torch.ones(2, 3, 4), torch.zeros(2, 3) > 0), "said: got no True"),
        (lambda: doubly_stochastic(np.ones((2, 3, 4)), torch.ones(2, 3) > 0), "alpha: got ndarray"),
        (lambda: even.init(0, 3, 4), "rng: got 0"),
        (lambda: even.init(np.random.default_rng(0), 3, 0), "Dk: got 0"),
    ],
)
def test_what_does_not_fit_is_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()
