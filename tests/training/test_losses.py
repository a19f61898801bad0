"""Losses against their closed forms."""

import numpy as np
import pytest
import torch

from glide_studio.glide import schedule as schedules
from glide_studio.glide.diffusion import Prediction, q_sample
from glide_studio.training.losses import (
    masked_loss,
    min_snr_weight,
    variance_loss,
)


def test_min_snr_weight_is_snr_plus_one_up_to_its_cap() -> None:
    schedule = schedules.named_schedule("squaredcos_cap_v2")
    t = torch.tensor([10, 500, 990])
    weight = min_snr_weight(schedule, t, 6.0, torch.zeros(3, 3, 2, 2)).flatten().numpy()
    abar = schedule.alphas_cumprod[t.numpy()]
    np.testing.assert_allclose(weight, np.minimum(abar / (1 - abar) + 1, 6.0), rtol=1e-6)
    assert weight[0] == 6.0
    assert weight[2] < 1.01


def test_min_snr_for_epsilon_is_the_same_loss_on_x0() -> None:
    schedule = schedules.named_schedule("squaredcos_cap_v2")
    t, like = torch.tensor([10, 500, 990]), torch.zeros(3, 3, 2, 2)
    weight = min_snr_weight(schedule, t, 5.0, like, "epsilon").flatten().numpy()
    abar = schedule.alphas_cumprod[t.numpy()]
    snr = abar / (1 - abar)
    # |x0 error|^2 = |eps error|^2 / snr, so that a weight w on x0 is w / snr on epsilon.
    np.testing.assert_allclose(weight * snr, np.minimum(snr, 5.0), rtol=1e-5)


def test_a_loss_on_everything_is_l_simple() -> None:
    generator = torch.Generator().manual_seed(0)
    eps, predicted = torch.randn(2, 4, 3, 8, 8, generator=generator)
    mask = (torch.rand(4, 1, 8, 8, generator=generator) < 0.5).float()
    found = masked_loss(eps, predicted, mask, torch.ones(4, 1, 1, 1), outside=1.0)
    torch.testing.assert_close(found, (eps - predicted).square().mean())


def test_the_variance_is_learnt_only_where_there_is_one() -> None:
    x = torch.zeros(1, 3, 2, 2)
    with pytest.raises(ValueError, match="learns its variance"):
        variance_loss(schedules.named_schedule("linear"), x, x, torch.tensor([3]), Prediction(x, x))


def test_the_loss_is_a_mean_over_what_counts() -> None:
    x0, predicted = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    mask = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    predicted[..., 0, 0] = 2.0  # squared error 4 inside, 1 at three pixels outside
    loss = masked_loss(x0, predicted, mask, torch.tensor(3.0), outside=0.1)
    assert float(loss) == pytest.approx(3 * (4 + 0.3) / 1.3)


def test_the_variance_loss_trains_neither_the_noise_nor_the_picture() -> None:
    schedule = schedules.named_schedule("linear")
    generator = torch.Generator().manual_seed(0)
    x0, noise, eps, picture = torch.randn(4, 2, 3, 4, 4, generator=generator)
    t = torch.tensor([30, 400])
    x = q_sample(schedule, x0, t, noise)
    v = torch.full_like(x, -6.0).requires_grad_()
    pred = Prediction(eps.requires_grad_(), picture.requires_grad_(), v)
    variance_loss(schedule, x0, x, t, pred).sum().backward()
    assert v.grad is not None
    assert v.grad.abs().sum() > 0
    for mean in (eps, picture):
        assert mean.grad is None or not mean.grad.any()
