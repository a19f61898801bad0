"""Losses against their closed forms."""

import numpy as np
import pytest
import torch

from glide_studio.glide import schedule as schedules
from glide_studio.train.objectives import masked_x0_loss, min_snr_weight


def test_min_snr_weight_is_snr_plus_one_up_to_its_cap() -> None:
    schedule = schedules.named("squaredcos_cap_v2")
    t = torch.tensor([10, 500, 990])
    weight = min_snr_weight(schedule, t, 6.0, torch.zeros(3, 3, 2, 2)).flatten().numpy()
    abar = schedule.alphas_cumprod[t.numpy()]
    np.testing.assert_allclose(weight, np.minimum(abar / (1 - abar) + 1, 6.0), rtol=1e-6)
    assert weight[0] == 6.0
    assert weight[2] < 1.01


def test_the_loss_is_a_mean_over_what_counts() -> None:
    x0, believed = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    mask = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    believed[..., 0, 0] = 2.0  # squared error 4 inside, 1 at three pixels outside
    loss = masked_x0_loss(x0, believed, mask, torch.tensor(3.0), outside=0.1)
    assert float(loss) == pytest.approx(3 * (4 + 0.3) / 1.3)
