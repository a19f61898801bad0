"""Filling with any text-to-image network, and starting from a picture instead of noise.

Replacement: Song et al. 2021 (arXiv 2011.13456), appendix I.2. Resampling: RePaint, Lugmayr et al. 2022
(arXiv 2201.09865), algorithm 1. Start from a picture: SDEdit, Meng et al. 2022 (arXiv 2108.01073).

The fine-tuned networks need none of this, except when they ignore the prompt: then hide the context
(a `Condition` without known pixels) and let `Replacement` impose it (GLIDE, appendix E).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from glide_studio.glide.diffusion import Denoiser, q_sample, q_step
from glide_studio.glide.sampling import Memory, Noise, Sampler, Step
from glide_studio.glide.schedule import Schedule

# The counter-based noise of a step has 64 bits for its number; a schedule uses the lowest few.
_STREAM = 1 << 32


def _stream(noise: Noise, number: int) -> Noise:
    """Noise of its own for another use in the same steps."""
    return lambda left, like: noise(left + number * _STREAM, like)


def noised(schedule: Schedule, x0: Tensor, left: int, noise: Noise) -> Tensor:
    """x0 as it is when `left` steps are to go; for 0 the picture itself."""
    if left == 0:
        return x0
    t = torch.full((x0.shape[0],), left - 1)
    return q_sample(schedule, x0, t, noise(left, x0))


def start_from(schedule: Schedule, x0: Tensor, strength: float, noise: Noise) -> tuple[Tensor, int]:
    """(x, start) for a sampler that changes x0 by `strength`: 0 returns it, 1 keeps next to nothing.

    Raises:
        ValueError: if strength leaves 0 .. 1.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"A strength lies in 0 .. 1; {strength} does not.")
    start = round(strength * len(schedule))
    return noised(schedule, x0, start, noise), start


@dataclass(frozen=True, slots=True)
class Replacement:
    """A sampler around another: after each step, known pixels are put back at that step's noise level.

    known: [N or 1, 3, H, W]. mask: [N or 1, 1, H, W], 1 = known.
    jump, resamples: walk each stretch of `jump` steps `resamples` times, going up again by fresh noise
        in between, so that the unknown part comes to agree with the known one. 1, 1: plain replacement.

    Yields after each stretch; the last step returns the known pixels themselves.
    """

    sampler: Sampler
    known: Tensor
    mask: Tensor
    jump: int = 1
    resamples: int = 1

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
        left = len(schedule) if start is None else start
        while left > 0:
            bottom = (left - 1) // self.jump * self.jump
            # From the picture itself there is no way up: its last stretch is walked once.
            rounds = self.resamples if bottom > 0 else 1
            for again in range(rounds):
                step = Step(left, x, x, memory)
                while step.left > bottom:
                    step = self._step(denoiser, schedule, step, noise, again)
                if again < rounds - 1:
                    x, memory = self._up(schedule, step, left, _stream(noise, 3 * again + 2)), ()
            x, left, memory = step.x, step.left, step.memory
            yield step

    def _step(
        self, denoiser: Denoiser, schedule: Schedule, step: Step, noise: Noise, again: int
    ) -> Step:
        drawn = noise if again == 0 else _stream(noise, 3 * again)
        below = next(self.sampler(denoiser, schedule, step.x, drawn, step.left, step.memory))
        known = self.known.expand_as(below.x)
        level = noised(schedule, known, below.left, _stream(noise, 3 * again + 1))
        x = below.x * (1 - self.mask) + level * self.mask
        return Step(below.left, x, below.x0, below.memory)

    @staticmethod
    def _up(schedule: Schedule, step: Step, left: int, noise: Noise) -> Tensor:
        x = step.x
        for index in range(step.left, left):
            x = q_step(schedule, x, torch.full((x.shape[0],), index), noise(index + 1, x))
        return x
