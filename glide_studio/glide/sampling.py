"""Samplers: generators of steps from noise to picture. Here the one-step ones, DDPM and DDIM.

A sampler is a function of (denoiser, schedule, x, noise) that yields a `Step` after each step down the
schedule. A `Step` is a value: saved, sent elsewhere or copied, it is all that is needed to go on:

    sampler(denoiser, schedule, step.x, noise, step.left, step.memory)

continues to the bit as the unbroken run would have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Denoiser, at, p_mean_variance
from glide_studio.glide.schedule import Schedule

Noise = Callable[[int, Tensor], Tensor]
"""(steps still to go, like) -> standard normal noise of the shape of `like`, the same at each call."""

Memory = tuple[Tensor, ...]
"""What a multistep method keeps of earlier steps, oldest first; one-step methods keep nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """After one step: how many are `left`, the sample x at that noise level, and the believed x0."""

    left: int
    x: Tensor
    x0: Tensor
    memory: Memory = ()


class Sampler(Protocol):
    """(denoiser, schedule, x_start, noise, start, memory) -> steps down to the picture.

    start: how many steps are to go, None for all; x is taken to be at that noise level.
    """

    def __call__(
        self,
        denoiser: Denoiser,
        schedule: Schedule,
        x: Tensor,
        noise: Noise,
        start: int | None = None,
        memory: Memory = (),
    ) -> Iterator[Step]:
        """Walk down."""
        ...


def philox(seed: int, sample: int, stream: int, step: int, shape: tuple[int, ...]) -> Tensor:
    """Standard normal float32 noise of `shape`, a pure function of its four counters.

    Philox 4x64 (Salmon et al. 2011, doi 10.1145/2063384.2063405) on the CPU, so the device, the batch
    and the order of calls do not matter. seed: 0 .. 2**64 - 1; stream tells the uses within one sample
    apart (base, upsampler, ...).
    """
    bits = np.random.Philox(key=[seed, sample], counter=[0, 0, stream, step])
    return torch.from_numpy(np.random.Generator(bits).standard_normal(shape, dtype=np.float32))


def philox_noise(seed: int, samples: range, stream: int) -> Noise:
    """`Noise` for a batch whose rows are `samples`; a row's noise does not depend on the others."""

    def noise(step: int, like: Tensor) -> Tensor:
        shape = tuple(like.shape[1:])
        rows = [philox(seed, sample, stream, step, shape) for sample in samples]
        return torch.stack(rows).to(like.device, like.dtype)

    return noise


def countdown(schedule: Schedule, start: int | None) -> Iterator[int]:
    """The indices of the steps to take, highest first.

    Raises:
        ValueError: if more steps are to go than the schedule has.
    """
    left = len(schedule) if start is None else start
    if not 0 <= left <= len(schedule):
        raise ValueError(f"{left} steps cannot be left of a schedule of {len(schedule)}.")
    return reversed(range(left))


def ancestral(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None = None,
    memory: Memory = (),
) -> Iterator[Step]:
    """x_{t-1} ~ N(mu(x_t), sigma_t^2) with the learned variance, or beta~ without one.

    DDPM, algorithm 2; Improved DDPM, section 3.1. The last step returns its x0.
    """
    for index in countdown(schedule, start):
        t = torch.full((x.shape[0],), index)
        belief = denoiser(x, t)
        mean, log_variance = p_mean_variance(schedule, x, t, belief)
        x = mean if index == 0 else mean + (0.5 * log_variance).exp() * noise(index, x)
        yield Step(index, x, belief.x0)


def ddim(
    denoiser: Denoiser,
    schedule: Schedule,
    x: Tensor,
    noise: Noise,
    start: int | None = None,
    memory: Memory = (),
    *,
    eta: float = 0.0,
) -> Iterator[Step]:
    """Song, Meng & Ermon 2020 (arXiv 2010.02502), eq. 12 and 16: deterministic for eta = 0."""
    for index in countdown(schedule, start):
        t = torch.full((x.shape[0],), index)
        belief = denoiser(x, t)
        # In float32 from here, as the released code: it shows in 1 - abar near the picture.
        abar = at(schedule.alphas_cumprod, t, x)
        prev = at(schedule.alphas_cumprod_prev, t, x)
        # Rounding may leave -1 ulp under either root (cosine schedule, few steps, eta = 1).
        sigma = eta * ((1 - prev) / (1 - abar)).sqrt() * (1 - abar / prev).clamp(min=0).sqrt()
        x = prev.sqrt() * belief.x0 + (1 - prev - sigma**2).clamp(min=0).sqrt() * belief.eps
        if eta > 0 and index > 0:
            x = x + sigma * noise(index, x)
        yield Step(index, x, belief.x0)


def ddim_reverse(
    denoiser: Denoiser, schedule: Schedule, x: Tensor, start: int = 0
) -> Iterator[Step]:
    """From a picture up to its noise, deterministically (DDIM, section 4.3 and appendix F).

    `start` counts the steps already climbed; a yielded `Step.left` is the number climbed so far.
    """
    for index in range(start, len(schedule)):
        t = torch.full((x.shape[0],), index)
        belief = denoiser(x, t)
        abar = at(schedule.alphas_cumprod_next, t, x)
        x = abar.sqrt() * belief.x0 + (1 - abar).sqrt() * belief.eps
        yield Step(index + 1, x, belief.x0)
