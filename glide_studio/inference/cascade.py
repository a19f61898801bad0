"""The levels of the cascade, 64 to 256 and further by tiles, each as a walk of a sampler.

GLIDE, section 4 and its released recipes: known pixels are given to both networks and imposed on x0
at each step; drafts are rounded to 8 bits before the upsampler sees them; the upsampler starts from
noise of 0.997 and takes no guidance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.glide import schedule as schedules
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.diffusion import Denoiser, noise_levels
from glide_studio.glide.guidance import (
    ClassifierFree,
    Clipped,
    FixedVariance,
    Gradient,
    KnownPixels,
    MeanShift,
    NetworkDenoiser,
    ScoreShift,
)
from glide_studio.glide.samplers import (
    SAMPLERS,
    Noise,
    RePaint,
    Sampler,
    Step,
    add_noise,
    ddim,
    philox_noise,
    sample,
)
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.tiling import Layout, Tiled, layout
from glide_studio.glide.unet import Between, Condition, UNet
from glide_studio.imaging.filters import boundary_band
from glide_studio.imaging.sharpness import match_spectrum
from glide_studio.inference.model_input import Canvas, Captions
from glide_studio.inference.pixels import Floats, resized
from glide_studio.inference.plan import (
    FACTOR,
    Sight,
    Stage,
    overlap,
    quantum,
    started,
    tile_size,
    tile_steps,
)

# Streams of the counter-based noise, as the levels are numbered; the passes by tiles use those above.
BASE_NOISE, UPSAMPLER_NOISE = 0, 1
UPSAMPLE_TEMPERATURE = 0.997
RING = 16.0  # low-resolution pixels around a mask by whose sharpness the painted part is measured
MARGIN = 16  # pixels of surroundings that a tile at the edge of a mask sees at least

GradientOf = Callable[[Schedule], Gradient | None]
"""What pushes x_t besides the network, for one schedule."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A level that is ready to be walked from x, `start` steps above the picture."""

    sampler: Sampler
    denoiser: Denoiser
    schedule: Schedule
    noise: Noise
    x: Tensor
    start: int

    @torch.inference_mode()
    def steps(self) -> Iterator[Step]:
        """Run the sampler from x."""
        x = self.x.contiguous(memory_format=torch.channels_last)
        yield from sample(self.sampler, self.denoiser, self.schedule, x, self.noise, self.start, ())


def evenly(schedule: Schedule, steps: int) -> Schedule:
    """`steps` steps of the schedule, the noisiest one among them."""
    if steps == 1:
        return schedule.subset([len(schedule) - 1])
    return schedule.respaced([steps])


def colder(noise: Noise, temperature: float) -> Noise:
    """`noise` at that standard deviation."""
    return lambda step, like: noise(step, like) * temperature


def from_noise(
    schedule: Schedule, view: Canvas, n: int, start: int, noise: Noise, temperature: float = 1.0
) -> Tensor:
    """x_T, or below the top the noised picture (SDEdit), [N, 3, H, W]."""
    if start < len(schedule):
        return add_noise(schedule, view.known.expand(n, -1, -1, -1), start, noise)
    empty = torch.empty(n, 3, view.size.height, view.size.width, device=view.known.device)
    return colder(noise, temperature)(len(schedule), empty)


@torch.inference_mode()
def drafts(
    request: Request,
    stage: Stage,
    network: UNet,
    view: Canvas,
    captions: Captions,
    gradient: GradientOf,
    sight: Sight,
    between: Between,
) -> Walk:
    """The base network's walk; its last x is the drafts [N, 3, h, w] of the stage's samples."""
    sampling, n = request.sampling, len(stage.samples)
    schedule = evenly(schedules.named(network.config.schedule), sampling.steps)
    noise = philox_noise(sampling.seed, stage.samples, stage.level)
    condition = Condition(
        captions.encode(network, "base", request.prompt, n),
        view.known.expand(n, -1, -1, -1),
        view.mask.expand(n, -1, -1, -1),
    )
    if sight != "shown":
        condition = condition.hidden()
    denoiser: Denoiser = NetworkDenoiser(network, schedule, condition, between)
    if sampling.guidance != 1.0 and request.prompt != request.negative:
        null = replace(condition, text=captions.encode(network, "base", request.negative, n))
        denoiser = ClassifierFree(
            denoiser,
            NetworkDenoiser(network, schedule, null, between),
            schedule,
            sampling.guidance,
            interval(request, network),
            sampling.rescale,
            batched=view.known.device.type != "cpu",
        )
    sampler = sampler_of(sampling)
    if sight == "shown":
        denoiser = KnownPixels(denoiser, schedule, view.known, view.mask)
    denoiser = Clipped(denoiser, schedule)
    if sampling.variance != "learned":
        denoiser = FixedVariance(denoiser, schedule, sampling.variance)
    push = gradient(schedule)
    if push is not None:
        # Behind the clamp, as the released code; the known pixels stay what they are.
        def free(x: Tensor, t: Tensor) -> Tensor:
            return push(x, t) * (1 - view.mask)

        if sampling.sampler == "ancestral":
            denoiser = MeanShift(denoiser, free, schedule)
        else:
            # With few steps the noisiest one would throw x0 far out of a picture's range.
            denoiser = Clipped(ScoreShift(denoiser, free, schedule), schedule)
    if sight == "imposed":
        jump = sampling.jump if sampling.resamples > 1 else 1
        sampler = RePaint(sampler, view.known, view.mask, jump, sampling.resamples)
    start = started(sampling.strength, len(schedule))
    x = from_noise(schedule, view, n, start, noise, sampling.temperature)
    return Walk(sampler, denoiser, schedule, noise, x, start)


def sampler_of(sampling: Sampling) -> Sampler:
    """The base network's sampler."""
    return partial(ddim, eta=sampling.eta) if sampling.eta else SAMPLERS[sampling.sampler]


def interval(request: Request, network: UNet) -> tuple[float, float]:
    """The noise levels between which a request is guided."""
    whole = schedules.named(network.config.schedule)
    low, high = request.sampling.guidance_low, request.sampling.guidance_high
    last = len(whole) - 1
    levels = noise_levels(whole, torch.tensor([low * last, high * last]))
    return (0.0 if low == 0 else float(levels[0]), math.inf if high == 1 else float(levels[1]))


@torch.inference_mode()
def upsampled(
    request: Request,
    stage: Stage,
    network: UNet,
    view: Canvas,
    captions: Captions,
    draft: Floats,
    between: Between,
) -> Walk:
    """The upsampler's walk for one draft [h, w, 3]; its last x is the picture [1, 3, 4h, 4w]."""
    sampling = request.sampling
    schedule = evenly(schedules.named(network.config.schedule), sampling.upsample_steps)
    noise = philox_noise(sampling.seed, stage.samples, stage.level)
    text = captions.encode(network, "upsampler", request.prompt, 1)
    low_res = eight_bits(draft_tensor(draft, view.known.device))
    condition = Condition(text, view.known, view.mask, low_res)
    denoiser: Denoiser = NetworkDenoiser(network, schedule, condition, between)
    denoiser = KnownPixels(denoiser, schedule, view.known, view.mask)
    denoiser = Clipped(denoiser, schedule)
    start = started(sampling.strength, len(schedule))
    x = from_noise(schedule, view, 1, start, noise, UPSAMPLE_TEMPERATURE)
    return Walk(ddim, denoiser, schedule, noise, x, start)


@torch.inference_mode()
def tiled(
    request: Request,
    stage: Stage,
    network: UNet,
    view: Canvas,
    captions: Captions,
    below: Floats,
    batch: int,
    between: Between,
) -> Walk:
    """The upsampler's walk over tiles of a picture larger than its own, from the one `below` it.

    Where the original is known, its own pixels are enlarged and not the picture's. The walk begins
    at the noised picture below, so that the tiles agree on what they are about to refine. A model that
    paints its drafts from cold noise gets as cold noise here: it would take more of it for specks in a sky.
    """
    sampling, config = request.sampling, network.config
    schedule = evenly(schedules.named(config.schedule), sampling.upsample_steps)
    noise = philox_noise(sampling.seed, stage.samples, stage.level)
    device, size = view.known.device, stage.size
    origin = draft_tensor(resized(below, size), device)
    origin = origin * (1 - view.mask) + view.known * view.mask
    low = F.avg_pool2d(origin, FACTOR)
    text = captions.encode(network, "upsampler", request.prompt, 1)
    condition = Condition(text, view.known, view.mask, eight_bits(crisp(low, view)))
    plan = tiles_of(view, config)
    denoiser: Denoiser = Tiled(network, schedule, condition, plan, batch, between)
    denoiser = KnownPixels(denoiser, schedule, view.known, view.mask)
    denoiser = Clipped(denoiser, schedule)
    start = tile_steps(request)
    x = add_noise(schedule, origin, start, colder(noise, sampling.temperature))
    return Walk(ddim, denoiser, schedule, noise, x, start)


def crisp(low: Tensor, view: Canvas) -> Tensor:
    """What a pass by tiles enlarges, [1, 3, h, w], with the painted part as sharp as the known around it.

    The network was taught with pictures that were reduced, hence sharp; what an earlier pass made is soft,
    and it would be enlarged as the blurred picture that it seems to be.
    """
    photo, known = (F.avg_pool2d(plane, FACTOR) for plane in (view.known, view.mask))
    hole = known[0, 0].cpu().numpy() < 0.5
    outside = known[0, 0].cpu().numpy() == 1
    patch, around = (
        ((picture[0].permute(1, 2, 0).cpu().numpy() + 1) / 2).astype(np.float32)
        for picture in (low, photo)
    )
    near = boundary_band(hole.astype(np.float32), outside, RING)
    return draft_tensor(match_spectrum(patch, around, hole, near), low.device)


def tiles_of(view: Canvas, config: UNetConfig) -> Layout:
    """The tiles over all that is unknown."""
    tile, step = tile_size(view.size, config), quantum(config.size, config)
    return layout(view.mask, (tile.height, tile.width), overlap(config), step, MARGIN)


def eight_bits(x: Tensor) -> Tensor:
    """-1 .. 1 rounded to the 256 levels of a stored picture, as in training."""
    return ((x + 1) * 127.5).round() / 127.5 - 1


def draft_tensor(picture: Floats, device: torch.device) -> Tensor:
    """A picture [h, w, 3] in 0 .. 1 as [1, 3, h, w] in -1 .. 1."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(device) * 2 - 1
