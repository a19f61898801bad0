"""A request's levels, 64 to 256 and further by tiles, as stages of the inpainting pipeline."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.api.request import Request
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.guidance import Gradient
from glide_studio.glide.pipeline import (
    BaseSettings,
    Conditioning,
    InpaintInputs,
    InpaintPipeline,
    SamplingStage,
)
from glide_studio.glide.samplers import philox_noise
from glide_studio.glide.tiling import Layout, layout
from glide_studio.imaging.filters import boundary_band
from glide_studio.imaging.sharpness import match_spectrum
from glide_studio.inference.model_input import Canvas
from glide_studio.inference.pixels import Floats, resized
from glide_studio.inference.plan import (
    FACTOR,
    Sight,
    Stage,
    overlap,
    quantum,
    tile_size,
    tile_steps,
)

RING = 16.0  # low-resolution pixels around a mask by whose sharpness the painted part is measured
MARGIN = 16  # pixels of surroundings that a tile at the edge of a mask sees at least

CONDITIONING: dict[Sight, Conditioning] = {
    "shown": "concat",
    "imposed": "replace",
    "blind": "none",
}


def base_stage(
    pipeline: InpaintPipeline,
    request: Request,
    stage: Stage,
    view: Canvas,
    gradient: Gradient | None,
    sight: Sight,
) -> SamplingStage:
    """Prepare the base network's stage; its pictures are the drafts of the stage's samples."""
    sampling = request.sampling
    settings = BaseSettings(
        steps=sampling.steps,
        sampler=sampling.sampler,
        eta=sampling.eta,
        variance=sampling.variance,
        guidance=sampling.guidance,
        negative_prompt=request.negative,
        guidance_range=(sampling.guidance_low, sampling.guidance_high),
        rescale=sampling.rescale,
        temperature=sampling.temperature,
        strength=sampling.strength,
        conditioning=CONDITIONING[sight],
        resamples=sampling.resamples,
        jump=sampling.jump,
    )
    return pipeline.base_stage(inputs_of(request, stage, view), settings, gradient)


def upsample_stage(
    pipeline: InpaintPipeline, request: Request, stage: Stage, view: Canvas, draft: Floats
) -> SamplingStage:
    """Prepare the upsampler's stage for one draft [h, w, 3]; its picture is [1, 3, 4h, 4w]."""
    sampling = request.sampling
    low_res = draft_tensor(draft, view.known.device)
    inputs = inputs_of(request, stage, view)
    return pipeline.upsample_stage(inputs, low_res, sampling.upsample_steps, sampling.strength)


@torch.inference_mode()
def tiled_stage(
    pipeline: InpaintPipeline,
    request: Request,
    stage: Stage,
    view: Canvas,
    below: Floats,
    config: UNetConfig,
    batch: int,
) -> SamplingStage:
    """Prepare the upsampler's stage over tiles of a picture larger than its own, from the one `below` it.

    config: of the upsampler. Where the original is known, its own pixels are enlarged and not the picture's.
    """
    picture = draft_tensor(resized(below, stage.size), view.known.device)
    picture = picture * (1 - view.mask) + view.known * view.mask
    return pipeline.tiled_stage(
        inputs_of(request, stage, view),
        picture,
        crisp(F.avg_pool2d(picture, FACTOR), view),
        tiles_of(view, config),
        steps=request.sampling.upsample_steps,
        start=tile_steps(request),
        temperature=request.sampling.temperature,
        batch=batch,
    )


def inputs_of(request: Request, stage: Stage, view: Canvas) -> InpaintInputs:
    """What the samples of a stage fill, with the noise of their numbers."""
    noise = philox_noise(request.sampling.seed, stage.samples, stage.level)
    return InpaintInputs([request.prompt] * len(stage.samples), view.known, view.mask, noise)


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


def draft_tensor(picture: Floats, device: torch.device) -> Tensor:
    """A picture [h, w, 3] in 0 .. 1 as [1, 3, h, w] in -1 .. 1."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(device) * 2 - 1
