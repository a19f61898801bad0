"""Terms of the variational lower bound of a diffusion, in bits per dimension.

Ho et al. 2020 (arXiv 2006.11239), section 2 and 3.3; Nichol & Dhariwal 2021 (arXiv 2102.09672),
section 3.1. Pictures are [N, C, H, W] in -1 .. 1 and hold 256 levels a channel; results are [N]
float32.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from glide_studio.glide.diffusion import Prediction, p_mean_variance, q_posterior
from glide_studio.glide.schedule import Schedule

LEVEL = 1 / 255  # half the distance of two neighboring levels of a picture in -1 .. 1
SMALLEST = 1e-12  # probability whose logarithm is still taken


def normal_kl(
    mean: Tensor, log_variance: Tensor, other: Tensor, other_log_variance: Tensor
) -> Tensor:
    """Compute KL(N(mean, exp log_variance) || N(other, exp other_log_variance)) in nats."""
    return 0.5 * (
        other_log_variance
        - log_variance
        - 1
        + (log_variance - other_log_variance).exp()
        + (mean - other).square() * (-other_log_variance).exp()
    )


def normal_cdf(x: Tensor) -> Tensor:
    """Approximate the standard normal distribution function by tanh, as ADM does."""
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def discretised_log_likelihood(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Compute the log probability of levels x under N(mean, exp(2 log_scale)) (DDPM, eq. 13).

    A level's share of the density reaches half-way to its neighbors; the outermost ones own the
    tails.
    """
    narrow = (-log_scale).exp()
    above = normal_cdf(narrow * (x - mean + LEVEL))
    below = normal_cdf(narrow * (x - mean - LEVEL))
    lowest = above.clamp(min=SMALLEST).log()
    highest = (1 - below).clamp(min=SMALLEST).log()
    inner = (above - below).clamp(min=SMALLEST).log()
    return torch.where(x < -0.999, lowest, torch.where(x > 0.999, highest, inner))


def bits(nats: Tensor) -> Tensor:
    """Convert elementwise nats [N, C, H, W] to bits per dimension [N]."""
    return nats.flatten(1).mean(dim=1) / math.log(2)


def vlb_term(schedule: Schedule, x0: Tensor, x: Tensor, t: Tensor, pred: Prediction) -> Tensor:
    """Compute L_t: KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)), and -log p(x_0 | x_1) at t = 0.

    DDPM, eq. 5; Improved DDPM, eq. 5 to 7.
    """
    true_mean, _, true_log_variance = q_posterior(schedule, x0, x, t)
    mean, log_variance = p_mean_variance(schedule, x, t, pred)
    kl = bits(normal_kl(true_mean, true_log_variance, mean, log_variance))
    nll = bits(-discretised_log_likelihood(x0, mean, 0.5 * log_variance))
    return torch.where((t == 0).to(kl.device), nll, kl)
