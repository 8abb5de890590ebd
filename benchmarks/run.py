"""Forward and backward of one recurrent layer: the course's code, and others', as ratios to torch.nn.LSTM in the same process.

    make bench

float32, one thread. Every contestant runs in a warm block of its own, between two blocks of the reference at the same sizes;
medians count.
"""

import argparse
import platform
import time
from datetime import date
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from lstm_course import unroll
from lstm_course.cells import CELLS, lstm
from lstm_course.layers import Recurrent

SHAPES = ((100, 32, 64, 128), (50, 64, 128, 256), (100, 16, 32, 32), (784, 32, 1, 128))
README = Path(__file__).with_name("README.md")


def both_ways(layer, xs, dhs):
    """Forward and backward through a torch layer, as one call."""

    def call():
        layer.zero_grad()
        xs.grad = None
        layer(xs)[0].backward(dhs)

    return call


def data(T, B, D, H, models=None):
    lead = () if models is None else (models,)
    generator = torch.Generator().manual_seed(0)
    xs = torch.randn(T, *lead, B, D, generator=generator).requires_grad_()
    return xs, torch.randn(T, *lead, B, H, generator=generator)


def reference(T, B, D, H):
    return both_ways(torch.nn.LSTM(D, H), *data(T, B, D, H))


def numpy_derived(T, B, D, H):
    p = lstm.Params(*(x.astype(np.float32) for x in lstm.init(np.random.default_rng(0), D, H)))
    xs, dhs = (x.detach().numpy() for x in data(T, B, D, H))
    return lambda: unroll.backward(lstm, p, unroll.record(lstm, p, xs)[1], dhs)


def ours(gradient, models=None, cell=lstm):
    """A contestant of ours in torch."""
    make = lambda T, B, D, H: Recurrent(cell, D, H, models, rng=np.random.default_rng(0), gradient=gradient)
    return lambda *sizes: both_ways(make(*sizes), *data(*sizes, models))


class Naive(torch.nn.Module):
    """The LSTM as most tutorials write it: two products for each of four gates at every step."""

    def __init__(self, D, H):
        super().__init__()
        self.x = torch.nn.ModuleList(torch.nn.Linear(D, H) for _ in range(4))
        self.h = torch.nn.ModuleList(torch.nn.Linear(H, H) for _ in range(4))

    def forward(self, xs):
        h = c = xs.new_zeros(xs.shape[1], self.h[0].out_features)
        hs = []
        for x in xs:
            i, f, g, o = (wx(x) + wh(h) for wx, wh in zip(self.x, self.h, strict=True))
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            hs.append(h)
        return torch.stack(hs), (h, c)


def naive(T, B, D, H):
    return both_ways(Naive(D, H), *data(T, B, D, H))


def torchrecurrent(name):
    """A layer of that library."""

    def contestant(T, B, D, H):
        import torchrecurrent

        return both_ways(getattr(torchrecurrent, name)(D, H), *data(T, B, D, H))

    return contestant


CONTESTANTS = {
    "NumPy, derived": (numpy_derived, 1),
    "torch, derived": (ours("derived"), 1),
    "torch, autograd": (ours("autograd"), 1),
    "4 models at once, derived, per model": (ours("derived", 4), 4),
    "10 models at once, derived, per model": (ours("derived", 10), 10),
    "16 models at once, derived, per model": (ours("derived", 16), 16),
    "16 models at once, autograd, per model": (ours("autograd", 16), 16),
    "naive, eight products a step": (naive, 1),
    "torchrecurrent 0.2.5 PeepholeLSTM": (torchrecurrent("PeepholeLSTM"), 1),
}

ONE, MANY = (100, 32, 64, 128), (100, 16, 32, 32)
"""The shapes at which every cell is timed: one model, and 16 models at once."""


def every_cell():
    """Rows of the second table: name, gradient, ratio at ONE, ratio per model at MANY."""
    for name, cell in CELLS.items():
        gradient = "derived" if hasattr(cell, "step_backward") else "autograd"
        yield name, gradient, ratio(ours(gradient, None, cell), 1, ONE), ratio(ours(gradient, 16, cell), 16, MANY)
    for name in ("PeepholeLSTM", "MUT1", "MUT2", "MUT3"):
        yield f"torchrecurrent 0.2.5 {name}", "autograd", *(ratio(torchrecurrent(name), 1, sizes) for sizes in (ONE, MANY))


def median(call, seconds=1.5):
    """Median time of a call, over a warm block of at least 5 calls."""
    times = []
    call()
    call()
    while len(times) < 5 or sum(times) < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def ratio(contestant, models, sizes):
    """Time per model over the reference's, the reference measured just before and just after."""
    before = median(reference(*sizes))
    mine = median(contestant(*sizes))
    after = median(reference(*sizes))
    return mine / models / ((before + after) / 2)


def main():
    parser = argparse.ArgumentParser(description="Time the course's LSTM beside torch.nn.LSTM.")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    parser.add_argument("--only", help="contestants whose name contains this")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    threadpool_limits(1)
    lines = ["| (T, B, D, H) | " + " | ".join(map(str, SHAPES)) + " |", "|---|" + "---|" * len(SHAPES)]
    lines.append("| torch.nn.LSTM, ms | " + " | ".join(f"{1000 * median(reference(*sizes)):.1f}" for sizes in SHAPES) + " |")
    print("\n".join(lines), flush=True)
    for name, (contestant, models) in CONTESTANTS.items():
        if arguments.only and arguments.only not in name:
            continue
        cells = []
        for sizes in SHAPES:
            heavy = models * np.prod(sizes) > 16 * 100 * 16 * 32 * 32  # many models at the large shapes take minutes
            cells.append("" if models > 1 and heavy else f"{ratio(contestant, models, sizes):.2f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    if not arguments.only:
        lines += ["", f"| cell | gradient | {ONE} | {MANY}, 16 at once, per model |", "|---|---|---|---|"]
        for name, gradient, *ratios in every_cell():
            lines.append(f"| {name} | {gradient} | " + " | ".join(f"{x:.2f}" for x in ratios) + " |")
            print(lines[-1], flush=True)
    if arguments.write:
        head, _, _ = README.read_text(encoding="utf-8").partition("<!-- table -->")
        versions = f"Python {platform.python_version()}, NumPy {np.__version__}, torch {torch.__version__}"
        about = f"{date.today()}, {platform.system()} {platform.machine()}, one thread; {versions}."
        README.write_text(head + "<!-- table -->\n\n" + "\n".join(lines) + f"\n\n{about}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
