import pytest
import torch

from lstm_course.schedules import one_cycle


@pytest.mark.parametrize(("steps", "warm"), [(11, 0.3), (40, 0.5), (10, 0.2), (2, 0.3)])
def test_one_cycle_is_torchs(steps, warm):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    torchs = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=steps, pct_start=warm, cycle_momentum=False)
    factor = one_cycle(steps, warm)
    for step in range(steps):
        assert factor(step) == pytest.approx(torchs.get_last_lr()[0], rel=1e-12)
        optimizer.step()
        if step < steps - 1:
            torchs.step()


@pytest.mark.parametrize(("arguments", "name"), [((0,), "steps"), ((10, 0), "warm"), ((10, 1), "warm"), ((10, "half"), "warm")])
def test_one_cycle_names_what_makes_no_sense(arguments, name):
    with pytest.raises(ValueError, match=f"{name}: got"):
        one_cycle(*arguments)
