"""Losses, each a function of what a network said of x_t."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Prediction, at
from glide_studio.glide.schedule import Schedule
from glide_studio.train.likelihood import vlb_term


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


def simple_loss(eps: Tensor, belief: Prediction) -> Tensor:
    """L_simple [N]: mean squared error of the noise (DDPM, eq. 14)."""
    return (belief.eps - eps).square().flatten(1).mean(dim=1)


def hybrid_loss(
    schedule: Schedule,
    x0: Tensor,
    x: Tensor,
    t: Tensor,
    eps: Tensor,
    belief: Prediction,
    rescaled: bool = True,
) -> Tensor:
    """L_hybrid [N] = L_simple + lambda L_vlb (Improved DDPM, eq. 16); teaches the variance too.

    The mean is detached in the second term, so that it trains the variance alone. The bound is summed
    over all steps and lambda is 1 / 1000: with one random step that is N / 1000 of its term.
    rescaled: False leaves that factor out, as ADM's plain "MSE" does.

    Raises:
        ValueError: if the network learns no variance.
    """
    if belief.log_variance is None:
        raise ValueError("The hybrid objective needs a network that learns its variance.")
    frozen = Prediction(belief.eps.detach(), belief.x0.detach(), belief.log_variance)
    bound = vlb_term(schedule, x0, x, t, frozen)
    return simple_loss(eps, belief) + bound * (len(schedule) / 1000 if rescaled else 1.0)
