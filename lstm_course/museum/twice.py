"""One wish, granted twice: PyTorch's LSTM adds two biases, and the wanted forget bias was put into both."""

import numpy as np

from lstm_course.museum.exhibit import Exhibit


def broken(H, forget):
    """Biases b_ih and b_hh, each (4H,), in the order i, f, g, o, for a forget gate that starts at sigmoid(forget)."""
    b_ih, b_hh = np.zeros(4 * H), np.zeros(4 * H)
    for b in (b_ih, b_hh):
        b[H : 2 * H] = forget
    return b_ih, b_hh


def mended(H, forget):
    """Biases b_ih and b_hh, each (4H,), in the order i, f, g, o, for a forget gate that starts at sigmoid(forget)."""
    b_ih, b_hh = np.zeros(4 * H), np.zeros(4 * H)
    b_ih[H : 2 * H] = forget
    return b_ih, b_hh


def draw(rng, H=5):
    """A size, and a wanted bias of the forget gate."""
    return H, float(rng.uniform(0.5, 2))


def forget_gate(b_ih, b_hh):
    """What an LSTM of torch with these biases and no weights keeps of a cell of 1: its forget gate, (H,)."""
    import torch

    H = len(b_ih) // 4
    cell = torch.nn.LSTMCell(1, H, dtype=torch.float64)
    for parameter, value in zip(cell.parameters(), (np.zeros((4 * H, 1)), np.zeros((4 * H, H)), b_ih, b_hh), strict=True):
        parameter.data = torch.from_numpy(np.asarray(value, float))
    zero, one = torch.zeros(1, H, dtype=torch.float64), torch.ones(1, H, dtype=torch.float64)
    return cell(zero[:, :1], (zero, one))[1][0].detach().numpy()


def measured(program):
    """The forget gate that torch arrives at, and the one that was wanted."""
    return forget_gate(*program(5, 1.0)), np.full(5, 1 / (1 + np.exp(-1)))


EXHIBIT = Exhibit(
    title="The wish granted twice",
    broken=broken,
    mended=mended,
    draw=draw,
    by_hand=measured,
)
