"""Many fills at once: each with its own picture, mask, prompt and seed, all with one plan.

The same networks, noise and order of wrappers as the engine's cascade, so that a seed gives the picture
that a user would get; only the batch is of different pictures instead of candidates of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glide_studio.api.sampling import Sampling
from glide_studio.glide import schedule as schedules
from glide_studio.glide.diffusion import Denoiser
from glide_studio.glide.guidance import (
    ClassifierFree,
    Clipped,
    Gradient,
    KnownPixels,
    MeanShift,
    NetworkDenoiser,
    ScoreShift,
)
from glide_studio.glide.samplers import SAMPLERS, Noise, philox, sample
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.text import TextStates
from glide_studio.glide.unet import Condition, UNet
from glide_studio.imaging.geometry import Size
from glide_studio.inference.cascade import (
    BASE_NOISE,
    UPSAMPLE_TEMPERATURE,
    UPSAMPLER_NOISE,
    eight_bits,
    evenly,
)
from glide_studio.inference.model_cache import tokenizer
from glide_studio.inference.pixels import known_mask, to_pictures, to_tensor
from tests.quality.guides import Guidance, Guides

USUAL = Sampling()
BATCH = {"cuda": 256}  # fills that are drawn together; else 8

Floats = NDArray[np.float32]
Done = Callable[[int], object]


def nothing(count: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainOptions:
    """One fill. picture: [h, h, 3], 0 .. 1. mask: [h, h], 1 = fill. noun: what the prompt asks for."""

    picture: Floats
    mask: Floats
    prompt: str
    seed: int
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to draw: see `contract.request.Sampling`, whose plan it is if nothing is said."""

    steps: int = USUAL.steps
    sampler: str = USUAL.sampler
    guidance: Guidance = field(default_factory=Guidance)
    upsample_steps: int = USUAL.upsample_steps
    temperature: float = USUAL.temperature


class Painter:
    """Draws batches of orders with a base network, and if given, an upsampler."""

    def __init__(
        self,
        base: UNet,
        upsampler: UNet | None = None,
        guides: Guides | None = None,
        batch: int | None = None,
    ) -> None:
        self.base, self.upsampler = base, upsampler
        self.guides = guides or Guides()
        self.batch = batch or BATCH.get(base.text.positional_embedding.device.type, 8)

    @property
    def side(self) -> int:
        """Pixels of a draft's side."""
        return self.base.config.size

    def drafts(self, orders: Sequence[TrainOptions], plan: Plan, done: Done = nothing) -> Floats:
        """[N, side, side, 3], 0 .. 1: what the base network paints; known pixels are the picture's.

        done: called after each batch with the number of its pictures.
        """
        found: list[Floats] = []
        for start in range(0, len(orders), self.batch):
            part = orders[start : start + self.batch]
            found += self._drafts(part, plan)
            done(len(part))
        return np.stack(found)

    @torch.inference_mode()
    def _drafts(self, orders: Sequence[TrainOptions], plan: Plan) -> list[Floats]:
        network, guidance = self.base, plan.guidance
        schedule = evenly(schedules.named(network.config.schedule), plan.steps)
        known, mask = seen(orders, network)
        condition = Condition(encoded(network, [order.prompt for order in orders]), known, mask)
        denoiser: Denoiser = NetworkDenoiser(network, schedule, condition)
        asked = [(order.prompt, order.noun) for order in orders]
        captioned = any(prompt for prompt, _ in asked)
        if guidance.kind == "classifier-free" and guidance.scale != 1.0 and captioned:
            null = replace(condition, text=encoded(network, [""] * len(orders)))
            unguided = NetworkDenoiser(network, schedule, null)
            denoiser = ClassifierFree(denoiser, unguided, schedule, guidance.scale)
        denoiser = Clipped(KnownPixels(denoiser, schedule, known, mask), schedule)
        if guidance.kind in ("clip", "classifier"):
            push = self.guides.gradient(guidance, asked, schedule)
            denoiser = pushed(
                denoiser, lambda x, t: push(x, t) * (1 - mask), schedule, plan.sampler
            )
        noise = noise_of([order.seed for order in orders], BASE_NOISE)
        return last(plan.sampler, denoiser, schedule, noise, known, plan.temperature)

    def enlarged(
        self, orders: Sequence[TrainOptions], drafts: Floats, plan: Plan, done: Done = nothing
    ) -> Floats:
        """[N, 4 side, 4 side, 3], 0 .. 1: the drafts [N, side, side, 3] finished by the upsampler.

        Raises:
            ValueError: if there is no upsampler.
        """
        found: list[Floats] = []
        for start in range(0, len(orders), self.batch):
            part = slice(start, start + self.batch)
            found += self._enlarged(orders[part], drafts[part], plan)
            done(len(orders[part]))
        return np.stack(found)

    @torch.inference_mode()
    def _enlarged(self, orders: Sequence[TrainOptions], drafts: Floats, plan: Plan) -> list[Floats]:
        network = self.upsampler
        if network is None:
            raise ValueError("This model has no upsampler.")
        schedule = evenly(schedules.named(network.config.schedule), plan.upsample_steps)
        known, mask = seen(orders, network)
        low_res = torch.from_numpy(np.array(drafts)).permute(0, 3, 1, 2).to(known.device) * 2 - 1
        text = encoded(network, [order.prompt for order in orders])
        condition = Condition(text, known, mask, eight_bits(low_res))
        denoiser: Denoiser = NetworkDenoiser(network, schedule, condition)
        denoiser = Clipped(KnownPixels(denoiser, schedule, known, mask), schedule)
        noise = noise_of([order.seed for order in orders], UPSAMPLER_NOISE)
        return last("ddim", denoiser, schedule, noise, known, UPSAMPLE_TEMPERATURE)


def seen(orders: Sequence[TrainOptions], network: UNet) -> tuple[Tensor, Tensor]:
    """(known [N, 3, S, S] in -1 .. 1, mask [N, 1, S, S], 1 = known) at the network's size."""
    size = Size(network.config.size, network.config.size)
    device = network.text.positional_embedding.device
    known = [to_tensor(order.picture, size, device) for order in orders]
    masks = [known_mask(order.mask, size, device) for order in orders]
    return torch.cat(known), torch.cat(masks)


def pushed(denoiser: Denoiser, push: Gradient, schedule: Schedule, sampler: str) -> Denoiser:
    """The denoiser moved along a gradient, in the way that the sampler takes it, as in the engine."""
    if sampler == "ancestral":
        return MeanShift(denoiser, push, schedule)
    return Clipped(ScoreShift(denoiser, push, schedule), schedule)


def encoded(network: UNet, prompts: Sequence[str]) -> TextStates:
    """Prompts, one a row, with every attention block's keys and values of them."""
    device = network.text.positional_embedding.device
    pairs = [tokenizer().padded(prompt, network.config.text.context) for prompt in prompts]
    tokens = torch.from_numpy(np.stack([ids for ids, _ in pairs])).to(device)
    masks = torch.from_numpy(np.stack([mask for _, mask in pairs])).to(device)
    return network.prepared(network.text(tokens, masks))


def noise_of(seeds: Sequence[int], stream: int) -> Noise:
    """The noise of candidate 0 of each seed."""

    def noise(step: int, like: Tensor) -> Tensor:
        rows = [philox(seed, 0, stream, step, tuple(like.shape[1:])) for seed in seeds]
        return torch.stack(rows).to(like.device, like.dtype)

    return noise


def last(
    sampler: str,
    denoiser: Denoiser,
    schedule: Schedule,
    noise: Noise,
    like: Tensor,
    temperature: float = 1.0,
) -> list[Floats]:
    """The pictures at the end of a sampler's walk from noise of the shape of `like`."""
    x = noise(len(schedule), like) * temperature
    x = x.contiguous(memory_format=torch.channels_last)
    for step in sample(SAMPLERS[sampler], denoiser, schedule, x, noise):
        x = step.x
    return to_pictures(x)
