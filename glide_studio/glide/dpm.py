"""DPM-Solver++ of second order, as an ODE and as an SDE solver.

Lu et al. 2022 (arXiv 2211.01095), algorithm 2 and section 5. With alpha = sqrt(abar),
sigma = sqrt(1 - abar) and lambda = log(alpha / sigma), a step from s down to t has h = lambda_t - lambda_s.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Denoiser
from glide_studio.glide.sampling import Memory, Noise, Step, countdown
from glide_studio.glide.schedule import Schedule


def dpmpp_2m(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None = None,
    memory: Memory = (),
) -> Iterator[Step]:
    """DPM-Solver++(2M), deterministic. Memory: the last x0.

    x_t = sigma_t / sigma_s x_s - alpha_t (e^-h - 1) D
    """
    yield from _walk(denoiser, schedule, x, noise, start, memory, stochastic=False)


def dpmpp_2m_sde(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None = None,
    memory: Memory = (),
) -> Iterator[Step]:
    """SDE-DPM-Solver++(2M): the reverse SDE, fresh noise at each step. Memory: the last x0.

    x_t = sigma_t / sigma_s e^-h x_s + alpha_t (1 - e^-2h) D + sigma_t sqrt(1 - e^-2h) z
    """
    yield from _walk(denoiser, schedule, x, noise, start, memory, stochastic=True)


def _walk(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None,
    memory: Memory,
    stochastic: bool,
) -> Iterator[Step]:
    abar = schedule.alphas_cumprod
    alpha, sigma = np.sqrt(abar), np.sqrt(1 - abar)
    lam = np.log(alpha) - np.log(sigma)
    for index in countdown(schedule, start):
        belief = denoiser(x, torch.full((x.shape[0],), index))
        if index == 0:  # The picture has lambda = infinity: all that is left of the step is x0.
            yield Step(0, belief.x0, belief.x0)
            return
        h = lam[index - 1] - lam[index]
        d = belief.x0
        if memory:  # Extrapolated to the middle of the step; r = h_{i-1} / h_i.
            r = (lam[index] - lam[index + 1]) / h
            d = d + (d - memory[0]) / (2 * r)
        if stochastic:
            decay = np.exp(-h)
            x = (
                float(sigma[index - 1] / sigma[index] * decay) * x
                + float(alpha[index - 1] * (1 - decay**2)) * d
                + float(sigma[index - 1] * np.sqrt(1 - decay**2)) * noise(index, x)
            )
        else:
            x = (
                float(sigma[index - 1] / sigma[index]) * x
                - float(alpha[index - 1] * np.expm1(-h)) * d
            )
        memory = (belief.x0,)
        yield Step(index, x, belief.x0, memory)
