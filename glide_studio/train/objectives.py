"""Losses, each a function of what a network said of x_t."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.diffusion import at
from glide_studio.glide.schedule import Schedule


def min_snr_weight(schedule: Schedule, t: Tensor, cap: float, like: Tensor) -> Tensor:
    """min(snr(t) + 1, cap) [N, 1, 1, 1] for a loss on x0, snr = abar / (1 - abar).

    snr + 1 is the weight of a loss on v (Salimans & Ho 2022, arXiv 2202.00512, section 4); the cap
    keeps nearly clean steps from ruling the gradient (Hang et al. 2023, arXiv 2303.09556).
    """
    abar = schedule.alphas_cumprod
    return at(np.minimum(abar / (1 - abar) + 1, cap), t, like)


def masked_x0_loss(
    x0: Tensor, believed: Tensor, mask: Tensor, weight: Tensor, outside: float
) -> Tensor:
    """Mean over the batch of weight * |x0 - believed|^2, normalised by the masked area.

    x0, believed: [N, 3, H, W]. mask: [N, 1, H, W], 1 = generated; elsewhere the error counts `outside`.
    """
    share = mask + outside * (1 - mask)
    error = (weight * share * (believed - x0).square()).sum(dim=(1, 2, 3))
    return torch.mean(error / (x0.shape[1] * share.sum(dim=(1, 2, 3))))
