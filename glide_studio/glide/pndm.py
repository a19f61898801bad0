"""Pseudo numerical methods: PRK (Runge-Kutta) and PLMS (linear multistep) for the diffusion ODE.

Liu et al. 2022 (arXiv 2202.09778), second-order convergent. Half steps lie at fractional indices, where
alpha_bar and the network's timestep are interpolated linearly.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from glide_studio.glide.diffusion import Denoiser, at, from_eps
from glide_studio.glide.sampling import Memory, Noise, Step, countdown
from glide_studio.glide.schedule import Schedule


def transfer(schedule: Schedule, x: Tensor, index: float, to: float, eps: Tensor) -> Tensor:
    """phi(x, eps, t, t'): x_t' if eps is the noise in x_t (PNDM, eq. 11); to = -1 is the picture."""
    t = torch.full((x.shape[0],), index)
    x0 = from_eps(schedule, x, t, eps).x0
    if to < 0:
        return x0
    abar = at(schedule.alphas_cumprod, torch.full((x.shape[0],), to), x)
    return abar.sqrt() * x0 + (1 - abar).sqrt() * eps


def runge_kutta(denoiser: Denoiser, schedule: Schedule, x: Tensor, index: int) -> Tensor:
    """eps averaged over the step from t to t - 1 (PNDM, eq. 13): four evaluations."""

    def noise_at(y: Tensor, position: float) -> Tensor:
        return denoiser(y, torch.full((y.shape[0],), position)).eps

    e1 = noise_at(x, index)
    if index == 0:  # Nothing lies between the last noise level and the picture.
        return e1
    e2 = noise_at(transfer(schedule, x, index, index - 0.5, e1), index - 0.5)
    e3 = noise_at(transfer(schedule, x, index, index - 0.5, e2), index - 0.5)
    e4 = noise_at(transfer(schedule, x, index, index - 1, e3), index - 1)
    return (e1 + 2 * e2 + 2 * e3 + e4) / 6


def linear_multistep(eps: Tensor, memory: Memory) -> Tensor:
    """eps averaged over the step, from it and the last three (Adams-Bashforth; PNDM, eq. 12)."""
    third, second, last = memory
    return (55 * eps - 59 * last + 37 * second - 9 * third) / 24


def prk(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None = None,
    memory: Memory = (),
) -> Iterator[Step]:
    """Runge-Kutta at each step; deterministic, four evaluations a step."""
    for index in countdown(schedule, start):
        eps = runge_kutta(denoiser, schedule, x, index)
        x0 = transfer(schedule, x, index, -1, eps)
        x = transfer(schedule, x, index, index - 1, eps)
        yield Step(index, x, x0)


def plms(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None = None,
    memory: Memory = (),
) -> Iterator[Step]:
    """Three Runge-Kutta steps, then one evaluation a step; deterministic. Memory: the last eps."""
    for index in countdown(schedule, start):
        if len(memory) < 3:
            eps = runge_kutta(denoiser, schedule, x, index)
            memory = (*memory, eps)
            x0 = transfer(schedule, x, index, -1, eps)
        else:
            belief = denoiser(x, torch.full((x.shape[0],), index))
            eps = linear_multistep(belief.eps, memory)
            memory = (*memory[1:], belief.eps)
            x0 = belief.x0
        x = transfer(schedule, x, index, index - 1, eps)
        yield Step(index, x, x0, memory)
