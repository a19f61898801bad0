"""Fill many cases at once: each has its own picture, mask, prompt and seed; all share one plan.

The engine's pipeline and noise, so that a seed gives the picture that a user would get; only the
batch is of different pictures instead of candidates of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glide_studio.api.sampling import Sampling
from glide_studio.glide.pipeline import (
    BASE_NOISE,
    UPSAMPLER_NOISE,
    BaseSettings,
    InpaintInputs,
    InpaintPipeline,
)
from glide_studio.glide.samplers import Noise, philox
from glide_studio.glide.unet import UNet
from glide_studio.imaging.geometry import Size
from glide_studio.inference.model_cache import tokenizer
from glide_studio.inference.pixels import known_mask, to_pictures, to_tensor
from tests.quality.guides import Guidance, Guides

USUAL = Sampling()
BATCH = {"cuda": 256}  # fills that are sampled together; else 8

Floats = NDArray[np.float32]
Done = Callable[[int], object]


def ignore_progress(count: int) -> None:
    """Do nothing with the number of pictures that a batch has made."""


@dataclass(frozen=True, slots=True, eq=False)
class InpaintCase:
    """One fill. picture: [h, h, 3], 0 .. 1. mask: [h, h], 1 = fill. noun: what the prompt asks for."""

    picture: Floats
    mask: Floats
    prompt: str
    seed: int
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to sample; the defaults are those of `api.sampling.Sampling`."""

    steps: int = USUAL.steps
    sampler: str = USUAL.sampler
    guidance: Guidance = field(default_factory=Guidance)
    upsample_steps: int = USUAL.upsample_steps
    temperature: float = USUAL.temperature


class BatchInpainter:
    """Fills batches of cases with a base network and, if given, an upsampler."""

    def __init__(
        self,
        base: UNet,
        upsampler: UNet | None = None,
        guides: Guides | None = None,
        batch: int | None = None,
    ) -> None:
        self.base, self.upsampler = base, upsampler
        self.guides = guides or Guides()
        self.batch = batch or BATCH.get(base.device.type, 8)
        self.pipeline = InpaintPipeline(lambda: base, self._upsampler, tokenizer())

    @property
    def side(self) -> int:
        """Pixels of a draft's side."""
        return self.base.config.size

    def drafts(
        self, cases: Sequence[InpaintCase], plan: Plan, done: Done = ignore_progress
    ) -> Floats:
        """Return the base network's fills [N, side, side, 3] in 0 .. 1; known pixels are the picture's.

        done: called after each batch with the number of its pictures.
        """
        found: list[Floats] = []
        for start in range(0, len(cases), self.batch):
            part = cases[start : start + self.batch]
            found += self._drafts(part, plan)
            done(len(part))
        return np.stack(found)

    def _drafts(self, cases: Sequence[InpaintCase], plan: Plan) -> list[Floats]:
        guidance, gradient = plan.guidance, None
        if guidance.kind in ("clip", "classifier"):
            asked = [(case.prompt, case.noun) for case in cases]
            gradient = self.guides.gradient(guidance, asked)
        settings = BaseSettings(
            plan.steps,
            plan.sampler,
            guidance=guidance.scale if guidance.kind == "classifier-free" else 1.0,
            temperature=plan.temperature,
        )
        inputs = inputs_of(cases, self.base, BASE_NOISE)
        return to_pictures(self.pipeline.base_stage(inputs, settings, gradient).run())

    def upsample(
        self, cases: Sequence[InpaintCase], drafts: Floats, plan: Plan, done: Done = ignore_progress
    ) -> Floats:
        """Return the drafts [N, side, side, 3] upsampled to [N, 4 side, 4 side, 3], 0 .. 1.

        Raises:
            ValueError: if there is no upsampler.
        """
        found: list[Floats] = []
        for start in range(0, len(cases), self.batch):
            part = slice(start, start + self.batch)
            found += self._upsample(cases[part], drafts[part], plan)
            done(len(cases[part]))
        return np.stack(found)

    def _upsample(self, cases: Sequence[InpaintCase], drafts: Floats, plan: Plan) -> list[Floats]:
        inputs = inputs_of(cases, self._upsampler(), UPSAMPLER_NOISE)
        low_res = torch.from_numpy(np.array(drafts)).permute(0, 3, 1, 2).to(inputs.known.device)
        stage = self.pipeline.upsample_stage(inputs, low_res * 2 - 1, plan.upsample_steps)
        return to_pictures(stage.run())

    def _upsampler(self) -> UNet:
        if self.upsampler is None:
            raise ValueError("This model has no upsampler.")
        return self.upsampler


def inputs_of(cases: Sequence[InpaintCase], network: UNet, stream: int) -> InpaintInputs:
    """Return what a network is given to fill a batch of cases."""
    known, mask = known_and_mask(cases, network)
    noise = noise_of([case.seed for case in cases], stream)
    return InpaintInputs([case.prompt for case in cases], known, mask, noise)


def known_and_mask(cases: Sequence[InpaintCase], network: UNet) -> tuple[Tensor, Tensor]:
    """Return (known [N, 3, S, S] in -1 .. 1, mask [N, 1, S, S], 1 = known) at the network's size."""
    size = Size(network.config.size, network.config.size)
    device = network.device
    known = [to_tensor(case.picture, size, device) for case in cases]
    masks = [known_mask(case.mask, size, device) for case in cases]
    return torch.cat(known), torch.cat(masks)


def noise_of(seeds: Sequence[int], stream: int) -> Noise:
    """Return the noise of candidate 0 of each seed."""

    def noise(step: int, like: Tensor) -> Tensor:
        rows = [philox(seed, 0, stream, step, tuple(like.shape[1:])) for seed in seeds]
        return torch.stack(rows).to(like.device, like.dtype)

    return noise
