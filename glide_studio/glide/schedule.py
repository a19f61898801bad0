"""Noise schedules in float64, and their respacing.

Ho et al. 2020 (arXiv 2006.11239) for the linear schedule and the posterior; Nichol & Dhariwal 2021
(arXiv 2102.09672), eq. 17 and section 4, for the cosine schedule and respacing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# By a parameter sweep of GLIDE's authors: "10,10,3,2,2" with the last step moved down by two.
FAST27 = (0, 22, 44, 66, 88, 111, 133, 155, 177, 199, 200, 222, 244, 266, 288, 311, 333,
          355, 377, 399, 400, 500, 599, 600, 799, 800, 997)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Schedule:
    """A forward process of N steps: q(x_t | x_{t-1}) = N(sqrt(1 - beta_t) x_{t-1}, beta_t I).

    betas: [N] float64 in (0, 1]. timesteps: [N] int64, increasing: the index that the network was
    trained with for each step (0 .. N-1 before respacing).

    Raises:
        ValueError: if betas leave (0, 1] or the lengths differ.
    """

    betas: Array
    timesteps: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.betas.ndim != 1 or len(self.betas) == 0 or self.betas.shape != self.timesteps.shape:
            raise ValueError("A schedule needs one beta and one timestep for each step.")
        if not ((self.betas > 0) & (self.betas <= 1)).all():
            raise ValueError("Every beta of a schedule lies in (0, 1].")

    @classmethod
    def from_betas(cls, betas: Array) -> Self:
        """Return a schedule before respacing."""
        return cls(betas, np.arange(len(betas)))

    def __len__(self) -> int:
        return len(self.betas)

    @cached_property
    def alphas_cumprod(self) -> Array:
        """alpha_bar_t = prod_{s <= t} (1 - beta_s)."""
        return np.asarray(np.cumprod(1.0 - self.betas))

    @cached_property
    def alphas_cumprod_prev(self) -> Array:
        """alpha_bar_{t-1}, 1 at the first step."""
        return np.append(1.0, self.alphas_cumprod[:-1])

    @cached_property
    def half_log_snr(self) -> Array:
        """lambda_t = log(alpha_t / sigma_t); alpha_t^2 = alpha_bar_t, sigma_t^2 = 1 - alpha_t^2."""
        return np.asarray(
            np.log(np.sqrt(self.alphas_cumprod)) - np.log(np.sqrt(1.0 - self.alphas_cumprod))
        )

    @cached_property
    def posterior_variance(self) -> Array:
        """Variance of q(x_{t-1} | x_t, x_0); DDPM, eq. 7."""
        variance = self.betas * (1.0 - self.alphas_cumprod_prev) / (1.0 - self.alphas_cumprod)
        return np.asarray(variance)

    @cached_property
    def posterior_log_variance_clipped(self) -> Array:
        """Its logarithm; the first entry, log 0, becomes the second (the first beta if alone)."""
        first = self.posterior_variance[1] if len(self) > 1 else self.betas[0]
        return np.asarray(np.log(np.append(first, self.posterior_variance[1:])))

    @cached_property
    def posterior_mean_x0(self) -> Array:
        """Coefficient of x_0 in the mean of q(x_{t-1} | x_t, x_0); DDPM, eq. 7."""
        scaled = self.betas * np.sqrt(self.alphas_cumprod_prev)
        return np.asarray(scaled / (1.0 - self.alphas_cumprod))

    @cached_property
    def posterior_mean_xt(self) -> Array:
        """Coefficient of x_t in the same mean."""
        scaled = (1.0 - self.alphas_cumprod_prev) * np.sqrt(1.0 - self.betas)
        return np.asarray(scaled / (1.0 - self.alphas_cumprod))

    def respace(self, spacing: str | Sequence[int]) -> Schedule:
        """Return the process that visits only some steps, with the same alpha_bar at each of them.

        spacing: as for `space_timesteps`; "" keeps every step.
        """
        return self.subset(space_timesteps(len(self), spacing))

    def evenly_spaced(self, steps: int) -> Schedule:
        """Return the process that visits `steps` evenly spaced steps, the noisiest among them."""
        return self.subset([len(self) - 1]) if steps == 1 else self.respace([steps])

    def subset(self, use: Sequence[int]) -> Schedule:
        """Return the process that visits the indices `use`, in any order, repetitions once."""
        kept = np.array(sorted(set(use)), dtype=np.int64)
        kept_bar = self.alphas_cumprod[kept]
        return Schedule(1.0 - kept_bar / np.append(1.0, kept_bar[:-1]), self.timesteps[kept])


def linear(steps: int = 1000) -> Schedule:
    """Return betas 1e-4 .. 0.02 for 1000 steps (DDPM, section 4), scaled for other counts."""
    scale = 1000 / steps
    return Schedule.from_betas(np.linspace(scale * 1e-4, scale * 0.02, steps, dtype=np.float64))


def squaredcos_cap_v2(steps: int = 1000) -> Schedule:
    """Return the cosine schedule (Improved DDPM, eq. 17) with betas capped at 0.999."""

    def alpha_bar(t: float) -> float:
        return math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = [
        min(1 - alpha_bar((i + 1) / steps) / alpha_bar(i / steps), 0.999) for i in range(steps)
    ]
    return Schedule.from_betas(np.array(betas, dtype=np.float64))


def named_schedule(name: str, steps: int = 1000) -> Schedule:
    """Return the schedule that a network was trained with, by its official name.

    Raises:
        ValueError: for an unknown name.
    """
    known = {"linear": linear, "squaredcos_cap_v2": squaredcos_cap_v2}
    if name not in known:
        raise ValueError(f"Unknown noise schedule '{name}'; known are {', '.join(known)}.")
    return known[name](steps)


def space_timesteps(steps: int, spacing: str | Sequence[int]) -> list[int]:
    """Choose which of `steps` steps to visit, increasing.

    spacing: "" for all; "ddimN" for N steps at one integer stride (DDIM, appendix D.2); "fast27"
    for GLIDE's upsampler; "a,b,c" or a sequence for sections of equal length with a, b, c evenly
    spaced steps each, both ends included.

    Raises:
        ValueError: if no such steps exist.
    """
    if isinstance(spacing, str):
        if spacing == "":
            return list(range(steps))
        if spacing == "fast27":
            if steps != 1000:
                raise ValueError(f"'fast27' is made for 1000 steps, not {steps}.")
            return list(FAST27)
        if spacing.startswith("ddim"):
            return _stride(steps, int(spacing.removeprefix("ddim")))
        spacing = [int(part) for part in spacing.split(",")]
    share, rest = divmod(steps, len(spacing))
    chosen: list[int] = []
    start = 0
    for section, count in enumerate(spacing):
        size = share + (section < rest)
        if not 1 <= count <= size:
            raise ValueError(f"A section of {size} steps cannot be visited in {count}.")
        stride = (size - 1) / (count - 1) if count > 1 else 1.0
        # A running sum, rounded half to even, and not i * stride: the released models were sampled
        # so.
        position = 0.0
        for _ in range(count):
            chosen.append(start + round(position))
            position += stride
        start += size
    return chosen


def _stride(steps: int, count: int) -> list[int]:
    for stride in range(1, steps):
        if len(range(0, steps, stride)) == count:
            return list(range(0, steps, stride))
    raise ValueError(f"No integer stride visits {count} of {steps} steps.")
