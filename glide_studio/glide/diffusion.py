"""Gaussian diffusion: the forward process, its posterior, and what a network's output means.

Ho et al. 2020 (arXiv 2006.11239) and Nichol & Dhariwal 2021 (arXiv 2102.09672). Pictures are
[N, C, H, W] in -1 .. 1; t [N] counts the steps of the `Schedule` at hand (after respacing), int64,
or a fraction between two steps where a function says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glide_studio.glide.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction from x_t: its noise eps, its origin x0, and log sigma^2 of the reverse step.

    eps and x0 are one prediction in two forms, x_t = sqrt(abar) x0 + sqrt(1 - abar) eps; wrappers
    that change one derive the other. log_variance is None for networks that learn no variance.
    """

    eps: Tensor
    x0: Tensor
    log_variance: Tensor | None = None


class Denoiser(Protocol):
    """(x_t [N, C, H, W], t [N] steps of the schedule) -> Prediction."""

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Evaluate the denoiser once."""
        ...


def lookup(values: NDArray[np.float64], t: Tensor) -> NDArray[np.float64]:
    """Return values[t], [N] float64; a fractional t interpolates linearly."""
    steps = t.cpu().numpy()
    return np.asarray(np.interp(steps, np.arange(len(values)), values))


def expand_dims_like(values: NDArray[np.float64], like: Tensor) -> Tensor:
    """Return values [N] as [N, 1, 1, 1] on the device and in the dtype of `like`."""
    numbers = torch.from_numpy(values).to(like.dtype).to(like.device)
    return numbers.reshape(-1, *[1] * (like.ndim - 1))


def extract(values: NDArray[np.float64], t: Tensor, like: Tensor) -> Tensor:
    """Return values[t] as [N, 1, 1, 1] like `like`; a fractional t interpolates linearly."""
    return expand_dims_like(lookup(values, t), like)


def original_timesteps(schedule: Schedule, t: Tensor) -> Tensor:
    """Return the timesteps [N] float32 of the training schedule for steps t of a respaced one."""
    return torch.from_numpy(lookup(schedule.timesteps.astype(np.float64), t)).float()


def noise_levels(schedule: Schedule, t: Tensor) -> NDArray[np.float64]:
    """Return sqrt((1 - abar) / abar) at each t, [N]: standard deviations of noise over picture."""
    abar = lookup(schedule.alphas_cumprod, t)
    return np.asarray(np.sqrt((1 - abar) / abar))


def q_step(schedule: Schedule, x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
    """Draw x_t ~ q(x_t | x_{t-1}), one step of noise on x = x_{t-1} (DDPM, eq. 2)."""
    beta = lookup(schedule.betas, t)
    return expand_dims_like(np.sqrt(1 - beta), x) * x + expand_dims_like(np.sqrt(beta), x) * noise


def q_sample(schedule: Schedule, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
    """Return x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) noise (DDPM, eq. 4)."""
    abar = schedule.alphas_cumprod
    return extract(np.sqrt(abar), t, x0) * x0 + extract(np.sqrt(1.0 - abar), t, x0) * noise


def q_posterior(
    schedule: Schedule, x0: Tensor, x: Tensor, t: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean, variance and clipped log variance of q(x_{t-1} | x_t, x_0) (DDPM, eq. 6, 7)."""
    mean = (
        extract(schedule.posterior_mean_x0, t, x) * x0
        + extract(schedule.posterior_mean_xt, t, x) * x
    )
    return (
        mean,
        extract(schedule.posterior_variance, t, x).expand_as(x),
        extract(schedule.posterior_log_variance_clipped, t, x).expand_as(x),
    )


def x0_from_eps(schedule: Schedule, x: Tensor, t: Tensor, eps: Tensor) -> Tensor:
    """Return x_0 = (x_t - sqrt(1 - abar_t) eps) / sqrt(abar_t)."""
    abar = lookup(schedule.alphas_cumprod, t)
    return (
        expand_dims_like(np.sqrt(1.0 / abar), x) * x
        - expand_dims_like(np.sqrt(1.0 / abar - 1.0), x) * eps
    )


def eps_from_x0(schedule: Schedule, x: Tensor, t: Tensor, x0: Tensor) -> Tensor:
    """Return eps = (x_t - sqrt(abar_t) x_0) / sqrt(1 - abar_t)."""
    abar = lookup(schedule.alphas_cumprod, t)
    return (expand_dims_like(np.sqrt(1.0 / abar), x) * x - x0) / expand_dims_like(
        np.sqrt(1.0 / abar - 1.0), x
    )


def learned_log_variance(schedule: Schedule, v: Tensor, t: Tensor) -> Tensor:
    """Return log sigma^2 between log beta~ (v = -1) and log beta (v = 1); Improved DDPM, eq. 15."""
    low = extract(schedule.posterior_log_variance_clipped, t, v)
    high = extract(np.log(schedule.betas), t, v)
    fraction = (v + 1) / 2
    return fraction * high + (1 - fraction) * low


def prediction_from_eps(
    schedule: Schedule, x: Tensor, t: Tensor, eps: Tensor, log_variance: Tensor | None = None
) -> Prediction:
    """Return the prediction whose noise is eps."""
    return Prediction(eps, x0_from_eps(schedule, x, t, eps), log_variance)


def replace_x0(
    schedule: Schedule, x: Tensor, t: Tensor, prediction: Prediction, x0: Tensor
) -> Prediction:
    """Return the prediction with another x0 and the eps that follows from it."""
    return replace(prediction, x0=x0, eps=eps_from_x0(schedule, x, t, x0))


def prediction_from_output(
    schedule: Schedule, x: Tensor, t: Tensor, output: Tensor, predicts: str = "epsilon"
) -> Prediction:
    """Read a network's output [N, C or 2 C, H, W] for x [N, C, H, W]; the second half is v."""
    channels = x.shape[1]
    first, v = output[:, :channels], output[:, channels:]
    log_variance = learned_log_variance(schedule, v, t) if v.shape[1] else None
    if predicts == "x0":
        return Prediction(eps_from_x0(schedule, x, t, first), first, log_variance)
    return prediction_from_eps(schedule, x, t, first, log_variance)


def p_mean_variance(
    schedule: Schedule, x: Tensor, t: Tensor, prediction: Prediction
) -> tuple[Tensor, Tensor]:
    """Return mean and log variance of p(x_{t-1} | x_t): at the predicted x_0 (DDPM, eq. 11)."""
    mean, _, fixed = q_posterior(schedule, prediction.x0, x, t)
    return mean, fixed if prediction.log_variance is None else prediction.log_variance
