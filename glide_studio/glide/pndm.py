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
    """Runge-Kutta at each step but the first and the last; deterministic, four evaluations a step."""
    for step in plms(denoiser, schedule, x, noise, start, memory, warm_up=len(schedule)):
        yield Step(step.left, step.x, step.x0)


def plms(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None = None,
    memory: Memory = (),
    *,
    warm_up: int = 3,
) -> Iterator[Step]:
    """Three Runge-Kutta steps, then one evaluation a step; deterministic. Memory: the last eps.

    Two steps take the eps of one evaluation as it is. From the top of the schedule alpha_bar is all but
    zero, and an averaged eps would give an x0 off by orders of magnitude. The last step ends at the
    believed x0, so that pixels imposed on it come out exact.
    """
    for index in countdown(schedule, start):
        single = index == 0 or (index == len(schedule) - 1 and not memory)
        if len(memory) < warm_up and not single:
            eps = runge_kutta(denoiser, schedule, x, index)
            x0 = transfer(schedule, x, index, -1, eps)
            memory = (*memory, eps)[-3:]
        else:
            belief = denoiser(x, torch.full((x.shape[0],), index))
            x0 = belief.x0
            eps = belief.eps if single else linear_multistep(belief.eps, memory)
            memory = memory if single else (*memory[1:], belief.eps)
        x = x0 if index == 0 else transfer(schedule, x, index, index - 1, eps)
        yield Step(index, x, x0, memory)
