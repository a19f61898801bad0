"""Denoisers: a network seen through a schedule, and wrappers that return another denoiser.

Any wrapper fits around any denoiser, and any sampler takes the result.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from glide_studio.glide.diffusion import (
    Denoiser,
    Prediction,
    from_eps,
    original_timesteps,
    read_output,
    with_x0,
)
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.unet import Between, Condition, UNet, nothing


@dataclass(frozen=True, slots=True)
class NetworkDenoiser:
    """A network under one condition; `between` is called between its blocks (to cancel)."""

    network: UNet
    schedule: Schedule
    condition: Condition
    between: Between = nothing

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """One evaluation of the network."""
        timesteps = original_timesteps(self.schedule, t).to(x.device)
        output = self.network(x, timesteps, self.condition, self.between)
        return read_output(self.schedule, x, t, output, self.network.config.predicts)


@dataclass(frozen=True, slots=True)
class ClassifierFree:
    """eps = eps_null + s (eps_text - eps_null); Ho & Salimans 2021 (arXiv 2207.12598), GLIDE, eq. 8.

    conditional, unconditional: the same network with the caption, and with the null or a negative
    caption. The variance is the conditional one's.
    """

    conditional: Denoiser
    unconditional: Denoiser
    schedule: Schedule
    scale: float

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Two evaluations; one if the scale is 1, where the null caption has no influence."""
        guided = self.conditional(x, t)
        if self.scale == 1.0:
            return guided
        null = self.unconditional(x, t)
        eps = null.eps + self.scale * (guided.eps - null.eps)
        return from_eps(self.schedule, x, t, eps, guided.log_variance)


@dataclass(frozen=True, slots=True)
class Clipped:
    """x0 kept inside -1 .. 1, as pictures are (DDPM's reference sampler)."""

    denoiser: Denoiser
    schedule: Schedule

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """The denoiser's belief with x0 clamped."""
        belief = self.denoiser(x, t)
        return with_x0(self.schedule, x, t, belief, belief.x0.clamp(-1, 1))


@dataclass(frozen=True, slots=True)
class KnownPixels:
    """x0 replaced by the known picture where mask = 1 (GLIDE's inpainting at each step).

    known: [N or 1, 3, H, W]. mask: [N or 1, 1, H, W], 0 .. 1.
    """

    denoiser: Denoiser
    schedule: Schedule
    known: Tensor
    mask: Tensor

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """The denoiser's belief with the known pixels in their place."""
        belief = self.denoiser(x, t)
        x0 = belief.x0 * (1 - self.mask) + self.known * self.mask
        return with_x0(self.schedule, x, t, belief, x0)
