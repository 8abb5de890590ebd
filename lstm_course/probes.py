"""Looking inside a network that runs: how much of a state survives the steps that follow, and what a latch costs.

The derivative of one state with respect to an earlier one is a product of step Jacobians, one for every step between:

    d state_t = d state_{t-1} J_t               rows, as everywhere in the course: J_t[i, j] = d state_t[j] / d state_{t-1}[i]
    d state_T = d state_t J_{t+1} ... J_T

Four themes, in this order: the Jacobians of any cell along a run; the forget gate as a product; two bounds on a power of W_h;
the latch, one tanh unit that keeps a bit, and three that solve marked recall with weights set by hand. Everything is float64.
"""

import numpy as np

from lstm_course import expect, unroll
from lstm_course.cells import rnn
from lstm_course.ops import concat, library, sigmoid

# The Jacobians of a run


def jacobians(cell, p, xs, state=None):
    """The derivative of every state with respect to the one before, J_t[i, j] = d state_t[j] / d state_{t-1}[i].

    The state is one vector here, its parts side by side, for the LSTM (h, c). What is not a floating-point number per unit,
    a clock's counter for instance, is left out. The derivatives come from torch's autograd through the cell's own `step`.

    Args:
        cell: any cell, whether or not its backward is derived.
        p: its Params, NumPy or torch, of any floating-point type.
        xs: (T, B, D), or (T, N, B, D) for N models.
        state: where to start; zeros if None.
    Returns:
        (T, ..., B, S, S), S = H or 2H or more: index t holds J_{t+1}, the derivative of the state after xs[t] with respect to
        the one before. Its `singular_max` is the norm of each step.
    Raises:
        ValueError: as in `unroll.run`.

    >>> p = rnn.Params(W_x=np.zeros((1, 2)), W_h=np.array([[0.5, 2.0], [0.0, 0.5]]), b=np.zeros(2))
    >>> jacobians(rnn, p, np.zeros((3, 1, 1)))[0, 0]
    array([[0.5, 2. ],
           [0. , 0.5]])
    """
    _, steps = _linearised(cell, p, xs, state)
    return np.stack(list(steps)[::-1])


def log10_sensitivity(cell, p, xs, state=None, part="h"):
    """How much a part of the last state depends on the same part of every earlier one: log10 of a spectral norm.

    For "h" it is ||dh_T/dh_t||; for "c" of the LSTM ||dc_T/dc_t|| with the ways through every later h. The other parts of the
    state at t are held fixed: what c_t does to h_t, and only that, does not count; it does for the whole state. The logarithm
    is exact far below 1e-308, since the products are rescaled as they grow.

    Args:
        cell, p, xs, state: as in `jacobians`.
        part: a part's name; None for the whole state.
    Returns:
        (T + 1, ..., B): index t is T - t steps from the end, index 0 the start, and the last is log10 1 = 0.
        Where nothing comes through, -inf.
    Raises:
        ValueError: as in `unroll.run`, or when the state has no such part, or the run leaves the finite numbers.

    >>> p = rnn.Params(W_x=np.zeros((1, 1)), W_h=np.array([[0.1]]), b=np.zeros(1))
    >>> log10_sensitivity(rnn, p, np.zeros((1000, 1, 1)))[[0, 500, 1000], 0].round(6)
    array([-1000.,  -500.,     0.])
    """
    start, steps = _linearised(cell, p, xs, state)
    spans = _spans(start)
    expect.that(part is None or part in spans, "part", repr(part), f"None or one of {', '.join(map(repr, spans))}")
    rows = slice(None) if part is None else spans[part]
    lead, S = start[0].shape[:-1], list(spans.values())[-1].stop
    product, log = np.broadcast_to(np.eye(S), (*lead, S, S)), np.zeros(lead)
    norms = [log]
    with np.errstate(divide="ignore"):
        for J in steps:
            product = J @ product
            scale = np.abs(product).max((-2, -1))
            scale[scale == 0] = 1
            product /= scale[..., None, None]
            log = log + np.log10(scale)
            norms.append(log + np.log10(singular_max(product[..., rows, rows])))
    return np.stack(norms[::-1])


def rnn_factors(p, hs):
    """The two factors in each step of the tanh network: ||J_t|| is at most their product.

    Args:
        p: rnn.Params, W_h (H, H) or (N, H, H).
        hs: (T, B, H) or (T, N, B, H), from `unroll.run`.
    Returns:
        slope: (T, ..., B), the steepest tanh' = 1 - h^2 among the units.
        sigma: () or (N,), the largest singular value of W_h.

    >>> p = rnn.init(np.random.default_rng(0), 1, 4)
    >>> slope, sigma = rnn_factors(p, np.zeros((7, 3, 4)))
    >>> slope.shape, bool((slope == 1).all())
    ((7, 3), True)
    """
    hs = _array("hs", hs)
    return (1 - hs * hs).max(-1), singular_max(p.W_h)


def _linearised(cell, p, xs, state):
    """The state at the start, as float64 tensors, and the Jacobian of each step, (..., B, S, S), the last step first."""
    import torch

    unroll.check(cell, p, xs, state)
    p, xs = p._make(map(_tensor, p)), _tensor(xs)
    start = unroll.check(cell, p, xs, None if state is None else unroll.remake(state, map(_tensor, state)))
    with torch.no_grad():
        tape, a = unroll.walk(cell, p, xs, start), cell.inputs(p, xs)
    before = lambda t: unroll.remake(tape.states, (x[t] for x in tape.states))
    return start, (_jacobian(cell, p, a[t], before(t)).numpy() for t in reversed(range(len(xs))))


def _jacobian(cell, p, a, state):
    """The Jacobian of one step, at a (..., B, A) and the state before it.

    S copies of each sequence stand in the batch, and the k-th asks for the derivative of the k-th number of the new state:
    one backward pass, and nothing is asked of the cell but that the sequences of a batch do not see each other.
    """
    import torch

    spans = _spans(state)
    S = list(spans.values())[-1].stop
    moving = lambda state: [x for name, x in zip(_names(state), state, strict=True) if name in spans]
    copies = unroll.remake(state, (x.repeat_interleave(S, -2) if _per_sequence(x, state[0]) else x for x in state))
    with torch.enable_grad():
        before = [x.requires_grad_() for x in moving(copies)]
        after = concat(moving(cell.step(p, a.repeat_interleave(S, -2), copies)[0]))
    asked = torch.eye(S, dtype=after.dtype).repeat(after.shape[-2] // S, 1).expand(after.shape)
    if not after.requires_grad:  # a cell without memory
        return torch.zeros_like(after).unflatten(-2, (-1, S))
    grads = torch.autograd.grad(after, before, asked, allow_unused=True, materialize_grads=True)
    return concat(grads).unflatten(-2, (-1, S)).mT


def _names(state):
    return getattr(state, "_fields", ("h", *map(str, range(1, len(state)))))


def _spans(state):
    """Where each part stands in the state as one vector, by name."""
    spans, start = {}, 0
    for name, x in zip(_names(state), state, strict=True):
        if _per_sequence(x, state[0]) and x.dtype == state[0].dtype:
            spans[name] = slice(start, start + x.shape[-1])
            start += x.shape[-1]
    return spans


def _per_sequence(x, h):
    return getattr(x, "shape", ())[:-1] == h.shape[:-1]


def _tensor(x):
    """Its own copy as a tensor, floating-point numbers as float64; a number that is no array stays as it is."""
    import torch

    if not hasattr(x, "dtype"):
        return x
    x = x.detach().cpu() if library(x) is not np else torch.from_numpy(np.array(x))
    return x.double() if x.is_floating_point() else x


# The forget gate


def forget_products(trace):
    """The share of a cell's content that the forget gates leave, dc_T/dc_t along the cell state alone: f_{t+1} ... f_T.

    Args:
        trace: Trace of an LSTM, from `unroll.trace`.
    Returns:
        (T + 1, ..., B, H), per unit; index t as in `log10_sensitivity`, the last 1. Plain numbers: 0 below 1e-308 or so.
    Raises:
        ValueError: when the gates have no f.

    >>> from lstm_course.cells import lstm
    >>> p = lstm.Params(np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4))
    >>> forget_products(unroll.trace(lstm, p, np.zeros((3, 1, 1))))[:, 0, 0]
    array([0.125, 0.25 , 0.5  , 1.   ])
    """
    gates = getattr(trace, "gates", None)
    expect.that(
        hasattr(gates, "f"),
        "trace",
        type(trace if gates is None else gates).__name__,
        "the trace of a cell with a forget gate f",
    )
    f = _array("trace.gates.f", gates.f)
    return np.concatenate([np.cumprod(f[::-1], 0)[::-1], np.ones_like(f[:1])])


def half_life(b):
    """Steps after which a forget gate of bias b has halved the cell: ln 2 / -ln sigmoid(b). b of any shape; float64 like it.

    >>> half_life([0.0, 1.0, 5.0]).round(1)
    array([  1. ,   2.2, 103.2])
    """
    return np.log(2) / np.logaddexp(0, -_array("b", b))


def time_constant(b):
    """Steps that a forget gate f = sigmoid(b) remembers, each counted by what is left then: 1 + f + f^2 + ... = 1 / (1 - f).
    b of any shape; float64 like it.

    >>> time_constant([0.0, 1.0, 5.0]).round(1)
    array([  2. ,   3.7, 149.4])
    """
    return 1 / sigmoid(-_array("b", b))


# Powers of a matrix

STEEPEST = {"tanh": 1.0, "sigmoid": 0.25}  # the largest derivative of each


def spectral_radius(W):
    """The largest modulus of an eigenvalue: (..., H, H) to (...).

    >>> float(spectral_radius([[0.5, 2.0], [0.0, 0.5]]))
    0.5
    """
    return np.abs(np.linalg.eigvals(_square("W", W))).max(-1)


def singular_max(W):
    """The largest singular value, which is the spectral norm: (..., D, H) to (...).

    >>> float(singular_max([[0.0, 2.0], [0.0, 0.0]]))
    2.0
    """
    W = _array("W", W)
    expect.that(W.ndim >= 2, "W", f"shape {W.shape}", "(..., D, H)")
    return np.linalg.svd(W, compute_uv=False).max(-1)


def log10_singular_bound(W_h, k, slope=STEEPEST["tanh"]):
    """What no gradient exceeds after k steps, log10 of (slope sigma_max)^k: below 0, it must vanish; above, it may explode.

    Args:
        W_h: (..., H, H).
        k: steps, a number or an array.
        slope: the steepest derivative of the activation: 1 for tanh, 1/4 for the logistic function.
    Returns:
        k's shape, then (...).
    Source: pascanu2013, section 2.

    >>> log10_singular_bound(np.eye(3) * 0.1, [1, 2])
    array([-1., -2.])
    """
    slope = _array("slope", slope)
    with np.errstate(divide="ignore"):
        return np.multiply.outer(_array("k", k), np.log10(slope * singular_max(_square("W_h", W_h))))


def log10_spectral_bound(W_h, k):
    """What ||W_h^k|| never falls below, log10 of rho^k: in a linear network also the rate, after many steps, of the gradient.

    Before that it may be far larger: with rho < 1, a matrix whose eigenvectors are not at right angles can grow first.

    Args and shapes as in `log10_singular_bound`.

    Source: pascanu2013, section 2.
    """
    with np.errstate(divide="ignore"):
        return np.multiply.outer(_array("k", k), np.log10(spectral_radius(_square("W_h", W_h))))


def _array(name, value):
    """float64, finite, of NumPy."""
    value = value.detach().cpu().numpy() if library(value) is not np else value
    x = expect.array(name, value, "iuf", "numbers").astype(np.float64)
    expect.that(np.isfinite(x).all(), name, "some that are infinite or not a number", "finite numbers")
    return x


def _square(name, W):
    W = _array(name, W)
    expect.that(W.ndim >= 2 and W.shape[-1] == W.shape[-2], name, f"shape {W.shape}", "(..., H, H)")
    return W


# The latch: h = tanh(w h_prev + u), which is a = w tanh(a_prev) + u seen through a tanh


def fixed_point(w):
    """Where the latch rests without input: the h > 0 with h = tanh(w h), for w > 1, and by symmetry -h. Up to w = 1 it is 0.

    Args:
        w: the unit's weight on itself, at least 0, of any shape.
    Returns:
        float64 like w, by bisection.
    Source: after bengio1994.

    >>> fixed_point([0.5, 1.0, 2.0]).round(4)
    array([0.    , 0.    , 0.9575])
    """
    w = _array("w", w)
    low, high = np.zeros_like(w), np.ones_like(w)
    for _ in range(64):
        h = (low + high) / 2
        rises = np.tanh(w * h) > h
        low, high = np.where(rises, h, low), np.where(rises, high, h)
    return np.where(w > 1, (low + high) / 2, 0.0)[()]


def noise_margin(w):
    """The largest constant input against it that the latch withstands for ever: sqrt(w (w-1)) - ln(sqrt(w) + sqrt(w-1)).

    An input -u moves the resting point to a root of u = w h - artanh(h), and the right side is never more than this, its
    value at h = sqrt(1 - 1/w). Beyond, the point is gone and the state slides over to the other side.

    Args and returns as in `fixed_point`; 0 for w <= 1.

    Source: after bengio1994.

    >>> noise_margin([1.0, 1.1, 3.0]).round(4)
    array([0.    , 0.0205, 1.3033])
    """
    w = np.maximum(_array("w", w), 1.0)
    return np.sqrt(w * (w - 1)) - np.log(np.sqrt(w) + np.sqrt(w - 1))


def latch_gradient(w):
    """By how much a gradient shrinks in each step of a resting latch: w (1 - h^2) at `fixed_point`, always below 1 for w > 1.

    It is another number than `noise_margin`, and they go opposite ways: what holds against more noise forgets its gradient
    faster. That is the dilemma.

    Args and returns as in `fixed_point`; w itself from 0 to 1.

    Source: after bengio1994.

    >>> latch_gradient([1.0, 1.1, 3.0]).round(3)
    array([1.   , 0.822, 0.031])
    """
    w = _array("w", w)
    e = np.exp(-2 * w * fixed_point(w))
    return w * 4 * e / (1 + e) ** 2  # 1 - h^2 = 1 / cosh(w h)^2, without the rounding of an h near 1


def latch_accuracy(w, T, variance, rng, n=1000):
    """How often a latch still holds its bit after T steps of Gaussian noise. It starts at h = 1; its answer is the sign of h.

    Args:
        w: the weight, of any shape.
        T: steps.
        variance: of the noise u in h = tanh(w h_prev + u), drawn anew in each step.
        rng: numpy.random.Generator.
        n: sequences for each w.
    Returns:
        float64 like w: the share that is right, 1/2 being chance.
    Raises:
        ValueError: when rng is no Generator, T or n is not a positive integer, or variance is negative.

    >>> latch_accuracy([0.5, 3.0], T=100, variance=0.2, rng=np.random.default_rng(0), n=1000).round(1)
    array([0.5, 1. ])
    """
    w = _array("w", w)[..., None]
    expect.positive("T", T)
    expect.number("variance", variance)
    expect.that(variance >= 0, "variance", variance, "a number of at least 0")
    expect.generator("rng", rng)
    expect.positive("n", n)
    h, deviation = np.ones((*w.shape[:-1], n)), np.sqrt(variance)
    for _ in range(T):
        h = np.tanh(w * h + deviation * rng.standard_normal(h.shape))
    return (h > 0).mean(-1)


def hand_set_latch():
    """Three tanh units that solve `tasks.recall.marked` with K = 2, whatever the gap: what gradient descent has to find.

        d0 = tanh(8 token_0 + 8 flag - 12)      near 1 where token 0 is marked, otherwise near -1
        d1 = tanh(8 token_1 + 8 flag - 12)      the same for token 1
        m = tanh(3 m_prev + 2 d0_prev - 2 d1_prev)

    Both detectors stay near -1 until the mark, so that what they send to m all but cancels. Then m gets 4 from them, more than
    the 3 with which it holds itself: the mark wins, one step later, in time for every gap of at least 1. m > 0 means token 0.

    Returns:
        rnn.Params: W_x (3, 3), rows token 0, token 1, flag; W_h (3, 3), b (3,), units d0, d1, m.

    >>> xs = np.array([[1, 0, 1], [0, 1, 0], [0, 1, 0]], float)[:, None]
    >>> unroll.run(rnn, hand_set_latch(), xs)[0][:, 0, 2].round(2)
    array([0., 1., 1.])
    """
    return rnn.Params(
        W_x=np.array([[8.0, 0.0, 0.0], [0.0, 8.0, 0.0], [8.0, 8.0, 0.0]]),
        W_h=np.array([[0.0, 0.0, 2.0], [0.0, 0.0, -2.0], [0.0, 0.0, 3.0]]),
        b=np.array([-12.0, -12.0, 0.0]),
    )
