"""Losses of a diffusion network's predictions."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Prediction, extract
from glide_studio.glide.schedule import Schedule
from glide_studio.training.likelihood import vlb_term


def min_snr_weight(
    schedule: Schedule, t: Tensor, cap: float, like: Tensor, predicts: str = "x0"
) -> Tensor:
    """Return the weight [N, 1, 1, 1] of each timestep; snr = abar / (1 - abar).

    x0: min(snr + 1, cap). snr + 1 is the weight of a loss on v (Salimans & Ho 2022, arXiv
    2202.00512, section 4); the cap keeps nearly clean steps from ruling the gradient (Hang et al.
    2023, arXiv 2303.09556). epsilon: min(snr, cap) / snr (the same, eq. 6 and below).
    """
    abar = schedule.alphas_cumprod
    snr = abar / (1 - abar)
    weight = np.minimum(snr + 1, cap) if predicts == "x0" else np.minimum(snr, cap) / snr
    return extract(weight, t, like)


def masked_loss(
    target: Tensor, predicted: Tensor, mask: Tensor, weight: Tensor, outside: float
) -> Tensor:
    """Average weight * |target - prediction|^2 over the batch, normalized by the masked area.

    target, predicted: [N, 3, H, W], both x0 or both epsilon. mask: [N, 1, H, W], 1 = generated;
    elsewhere the error counts `outside`. With `outside` and `weight` of 1 this is L_simple (DDPM,
    eq. 14).
    """
    share = mask + outside * (1 - mask)
    error = (weight * share * (predicted - target).square()).sum(dim=(1, 2, 3))
    return torch.mean(error / (target.shape[1] * share.sum(dim=(1, 2, 3))))


def variance_loss(schedule: Schedule, x0: Tensor, x: Tensor, t: Tensor, pred: Prediction) -> Tensor:
    """Return the bound's term [N] with the mean detached, which trains the variance alone.

    Improved DDPM, section 3.1.

    Raises:
        ValueError: if the network learns no variance.
    """
    if pred.log_variance is None:
        raise ValueError("The hybrid objective needs a network that learns its variance.")
    frozen = Prediction(pred.eps.detach(), pred.x0.detach(), pred.log_variance)
    return vlb_term(schedule, x0, x, t, frozen)
