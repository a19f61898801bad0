"""Denoisers: a network on a schedule, and wrappers for guidance, known pixels and clamping.

Any wrapper fits around any denoiser, and any sampler takes the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.diffusion import (
    Denoiser,
    Prediction,
    expand_dims_like,
    extract,
    lookup,
    noise_levels,
    original_timesteps,
    p_mean_variance,
    prediction_from_eps,
    prediction_from_output,
    replace_x0,
)
from glide_studio.glide.layers import OnBlock, noop
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.unet import Condition, UNet

Gradient = Callable[[Tensor, Tensor], Tensor]
"""(x_t, original timesteps [N] float32) -> the gradient of some log p(y | x_t) by x_t."""


@dataclass(frozen=True, slots=True)
class NetworkDenoiser:
    """A network under one condition.

    on_block: called between blocks; may raise to cancel. mirrored: [N] bool, the samples that the
        network sees mirrored and whose output is mirrored back, for networks that have learned
        objects facing one way alone; the pictures of these in the condition must be mirrored
        already.
    """

    network: UNet
    schedule: Schedule
    condition: Condition
    on_block: OnBlock = noop
    mirrored: Tensor | None = None

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Evaluate the network once."""
        timesteps = original_timesteps(self.schedule, t).to(x.device)
        seen = x if self.mirrored is None else mirror_rows(x, self.mirrored)
        output = self.network(seen, timesteps, self.condition, self.on_block)
        if self.mirrored is not None:
            output = mirror_rows(output, self.mirrored)
        return prediction_from_output(self.schedule, x, t, output, self.network.config.predicts)


def mirror_rows(x: Tensor, rows: Tensor) -> Tensor:
    """Mirror those pictures of x [N, C, H, W] left to right that rows [N] names."""
    return torch.where(rows[:, None, None, None], x.flip(3), x)


@dataclass(frozen=True, slots=True)
class ClassifierFreeGuidance:
    """Classifier-free guidance, eps = eps_null + s (eps_text - eps_null).

    Ho & Salimans 2021 (arXiv 2207.12598); GLIDE, eq. 8.

    conditional, unconditional: the same network with the caption, and with the null or a negative
        caption. The variance is the conditional one's.
    interval: guide only where the noise level sqrt((1 - abar) / abar) lies in it (Kynkaanniemi et
        al. 2024, arXiv 2404.07724, eq. 6); elsewhere the null caption is not evaluated.
    rescale: 0 .. 1, how far the guided eps gets back the standard deviation of the conditional one
        (Lin et al. 2023, arXiv 2305.08891, eq. 15 and 16).
    batched: evaluate both in one batch; both must be `NetworkDenoiser`s of one network. Faster on
        an accelerator, and for a single picture on a CPU, where the lowest levels wait for their
        weights.
    """

    conditional: Denoiser
    unconditional: Denoiser
    schedule: Schedule
    scale: float
    interval: tuple[float, float] = (0.0, math.inf)
    rescale: float = 0.0
    batched: bool = False

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Evaluate both conditions, or one where the null caption has no influence."""
        low, high = self.interval
        levels = noise_levels(self.schedule, t)
        inside = (levels > low) & (levels <= high)
        if self.scale == 1.0 or not inside.any():
            return self.conditional(x, t)
        if self.batched:
            both = concat_conditions(self.conditional, self.unconditional)
            guided, null = halve_batch(both(torch.cat([x, x]), torch.cat([t, t])))
        else:
            guided, null = self.conditional(x, t), self.unconditional(x, t)
        scale = expand_dims_like(np.where(inside, self.scale, 1.0), x)
        eps = null.eps + scale * (guided.eps - null.eps)
        if self.rescale:
            dims = tuple(range(1, x.ndim))
            ratio = guided.eps.std(dims, keepdim=True) / eps.std(dims, keepdim=True)
            eps = eps * (1 + self.rescale * (ratio - 1))
            return prediction_from_eps(self.schedule, x, t, eps, guided.log_variance)
        # x0 is as linear as eps; derived from eps it would be lost to rounding where abar is near
        # 0.
        x0 = null.x0 + scale * (guided.x0 - null.x0)
        return Prediction(eps, x0, guided.log_variance)


def concat_conditions(first: Denoiser, second: Denoiser) -> NetworkDenoiser:
    """Return a denoiser for batches of twice the size: one condition in each half.

    Raises:
        TypeError: if they are not `NetworkDenoiser`s of one network.
    """
    if not (
        isinstance(first, NetworkDenoiser)
        and isinstance(second, NetworkDenoiser)
        and first.network is second.network
    ):
        raise TypeError("Only two conditions of one network can be evaluated together.")
    rows = first.mirrored
    return replace(
        first,
        condition=first.condition.concat(second.condition),
        mirrored=None if rows is None else torch.cat([rows, rows]),
    )


def halve_batch(pred: Prediction) -> tuple[Prediction, Prediction]:
    """Return the two halves of a batch."""
    eps, x0 = pred.eps.chunk(2), pred.x0.chunk(2)
    v = (None, None) if pred.log_variance is None else pred.log_variance.chunk(2)
    return Prediction(eps[0], x0[0], v[0]), Prediction(eps[1], x0[1], v[1])


@dataclass(frozen=True, slots=True)
class ScoreShift:
    """A gradient g for DDIM and the ODE solvers: eps - sqrt(1 - abar) g (ADM, algorithm 2)."""

    denoiser: Denoiser
    gradient: Gradient
    schedule: Schedule

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Return the prediction moved along the gradient; x0 follows and is not clamped again."""
        pred = self.denoiser(x, t)
        abar = lookup(self.schedule.alphas_cumprod, t)
        eps = pred.eps - expand_dims_like(np.sqrt(1 - abar), x) * self.gradient(
            x, original_timesteps(self.schedule, t)
        )
        return prediction_from_eps(self.schedule, x, t, eps, pred.log_variance)


@dataclass(frozen=True, slots=True)
class MeanShift:
    """A gradient g for ancestral sampling: mu + sigma^2 g (ADM, algorithm 1).

    The shift of the mean is written as the shift of x0 that causes it.
    """

    denoiser: Denoiser
    gradient: Gradient
    schedule: Schedule

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Return the prediction moved along the gradient."""
        pred = self.denoiser(x, t)
        _, log_variance = p_mean_variance(self.schedule, x, t, pred)
        shift = log_variance.exp() * self.gradient(x, original_timesteps(self.schedule, t))
        x0 = pred.x0 + shift / extract(self.schedule.posterior_mean_x0, t, x)
        return replace_x0(self.schedule, x, t, pred, x0)


def sum_gradients(*gradients: Gradient) -> Gradient:
    """Return the gradient of a product of likelihoods, as of CLIP and a classifier together."""
    return lambda x, t: torch.stack([gradient(x, t) for gradient in gradients]).sum(0)


@dataclass(frozen=True, slots=True)
class FixedVariance:
    """A variance of beta ("large") or beta~ ("small") instead of a learned one (DDPM, 3.2)."""

    denoiser: Denoiser
    schedule: Schedule
    size: Literal["small", "large"]

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Return the prediction with that variance."""
        small = self.schedule.posterior_log_variance_clipped
        # At the last step, t = 0, beta would leave noise in the picture; beta~ does not.
        large = np.log(np.append(np.exp(small[0]), self.schedule.betas[1:]))
        values = large if self.size == "large" else small
        pred = self.denoiser(x, t)
        return replace(pred, log_variance=extract(values, t, x).expand_as(x))


@dataclass(frozen=True, slots=True)
class ClippedDenoiser:
    """x0 clamped to -1 .. 1, as pictures are (DDPM's reference sampler).

    With a fourth channel, alpha, the premultiplied colors are kept at or below it.
    """

    denoiser: Denoiser
    schedule: Schedule

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Return the prediction with x0 clamped."""
        pred = self.denoiser(x, t)
        x0 = pred.x0.clamp(-1, 1)
        if x0.shape[1] == 4:
            x0 = torch.minimum(x0, x0[:, 3:])
        return replace_x0(self.schedule, x, t, pred, x0)


@dataclass(frozen=True, slots=True)
class KnownPixels:
    """x0 replaced by the known picture where mask = 1 (GLIDE's inpainting at each step).

    known: [N or 1, C, H, W]. mask: [N or 1, 1, H, W], 0 .. 1.
    """

    denoiser: Denoiser
    schedule: Schedule
    known: Tensor
    mask: Tensor

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        """Return the prediction with the known pixels in their place."""
        pred = self.denoiser(x, t)
        x0 = pred.x0 * (1 - self.mask) + self.known * self.mask
        return replace_x0(self.schedule, x, t, pred, x0)
