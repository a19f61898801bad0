"""The plan of a request: its stages in order, which the forecast counts and a run carries out."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from glide_studio.api.request import Request
from glide_studio.errors import GlideError
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.pipeline import steps_for_strength
from glide_studio.glide.posterior_mean import count_mean_steps
from glide_studio.glide.samplers import num_evaluations
from glide_studio.imaging.geometry import Size
from glide_studio.inference.cost import activation_bytes, clip_flops, flops
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.request_networks import (
    base_conditioning,
    base_config,
    base_strength,
    refine_strength,
    upsampler_config,
)
from glide_studio.inference.sizes import (
    UPSAMPLE_FACTOR,
    aligned_crop,
    count_tiles,
    round_up,
    tile_size,
    tiled_sizes,
    working_size,
)
from glide_studio.inference.stages import (
    BaseStage,
    RequestStage,
    TiledStage,
    UpsampleStage,
    UpscaleStage,
)
from glide_studio.inference.text_selection import plan_selection
from glide_studio.translation import translate

BASE_BATCH = {"cuda": 16}  # candidates that go through the base network together; elsewhere:
DEFAULT_BASE_BATCH = 4
TILE_BATCH = {"cuda": 8}  # tiles evaluated together; elsewhere 1
TILED_STRENGTH = 0.6  # denoising strength of tiled passes, which start from the picture so far
STEP_COST = 1.5e9  # what a step takes whatever its size, in operations
TILED_COPIES = (
    16  # float32 values per pixel that a tiled pass holds: x, its prediction, known pixels, copies
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of a request in order.

    crop: the size that the pictures are scaled to, with sides that all stages can work with.
    output: the part of it that is returned.
    """

    crop: Size
    output: Size
    stages: tuple[RequestStage, ...]

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    @property
    def peak_bytes(self) -> int:
        """Memory of the most demanding stage, networks excluded, and of the crop's pictures."""
        stages = max((stage.peak_bytes for stage in self.stages), default=0)
        return stages + 3 * self.crop.area * 3 * 4

    def cost_after(self, done: int) -> float:
        """Return the operations that remain when `done` steps are done."""
        remaining = 0.0
        for stage in self.stages:
            passed = min(done, stage.steps)
            done -= passed
            remaining += (stage.steps - passed) * (stage.cost + STEP_COST)
        return remaining


def make_plan(
    request: Request, model: ModelSet, device: torch.device, *, low_memory: bool = False
) -> Plan:
    """Plan the stages of a request.

    low_memory: one candidate and one tile at a time.

    Raises:
        GlideError: if an upscale is asked of a model without an upsampler.
        WeightsError: if a weight file is damaged.
    """
    box = request.box.size
    tile_batch = 1 if low_memory else TILE_BATCH.get(device.type, 1)
    if request.kind == "select":
        return Plan(box, box, (plan_selection(request, model),))
    up = upsampler_config(model)
    if request.kind == "upscale":
        return _plan_upscale(request, up, tile_batch)
    if request.drafts_only:
        up = None
    crop = box if up is None else aligned_crop(box, request.sampling.longest, up)
    stages: list[RequestStage] = []
    if request.draft is None:
        batch = 1 if low_memory else BASE_BATCH.get(device.type, DEFAULT_BASE_BATCH)
        stages += _plan_base(request, model, crop, batch)
    if up is not None:
        stages += _plan_upsampling(request, crop, up, tile_batch)
    return Plan(crop, box, tuple(stages))


def _plan_base(request: Request, model: ModelSet, crop: Size, batch: int) -> list[RequestStage]:
    config = base_config(request, model)
    size = working_size(crop, config)
    steps, evaluations = _count_base_steps(request, model)
    cost = _base_cost(request, model, size) * evaluations
    count = request.sampling.count
    groups = [range(first, min(first + batch, count)) for first in range(0, count, batch)]
    return [
        BaseStage(group, steps, cost * len(group), size, activation_bytes(config, size, len(group)))
        for group in groups
    ]


def _base_cost(request: Request, model: ModelSet, size: Size) -> float:
    """Return the operations of one evaluation for one candidate, guidance included."""
    sampling = request.sampling
    evaluation = flops(base_config(request, model), size)
    guided = sampling.guidance != 1.0 and request.prompt != request.negative
    share = max(0.0, sampling.guidance_high - sampling.guidance_low) if guided else 0.0
    total = evaluation * (1 + share)
    if sampling.clip_scale:
        total += 3 * clip_flops(model)  # forward, and twice that backward
    if sampling.classifier_scale and "classifier" in model.files:
        total += 3 * evaluation / 2
    return total


def _count_base_steps(request: Request, model: ModelSet) -> tuple[int, float]:
    """Return the steps that the base network's sampler yields, and the evaluations of each."""
    sampling = request.sampling
    steps = steps_for_strength(base_strength(request), sampling.steps)
    if sampling.resamples > 1 and base_conditioning(request, model) == "replace":
        stretches = -(-steps // sampling.jump)
        return stretches, sampling.resamples * min(sampling.jump, max(1, steps))
    if below := steps_for_strength(sampling.mean_below, sampling.steps):
        taken, evaluations = count_mean_steps(steps, below)
        return taken, evaluations / max(1, taken)
    return steps, num_evaluations(sampling.sampler, steps) / max(1, steps)


def _plan_upsampling(
    request: Request, crop: Size, up: UNetConfig, tile_batch: int
) -> list[RequestStage]:
    sampling, size = request.sampling, working_size(crop, up)
    steps = steps_for_strength(refine_strength(request), sampling.upsample_steps)
    larger = tiled_sizes(crop, sampling.longest, up)
    numbers = range(sampling.count) if request.draft is None else [request.draft_index]
    stages: list[RequestStage] = []
    for number in numbers:
        candidate = range(number, number + 1)
        peak = activation_bytes(up, size, 1)
        stages.append(UpsampleStage(candidate, steps, flops(up, size), size, peak, 1, not larger))
        stages += [
            _plan_tiles(
                TiledStage, request, tiled, up, tile_batch, candidate, level, len(larger) + 1
            )
            for level, tiled in enumerate(larger, 2)
        ]
    return stages


def _plan_upscale(request: Request, up: UNetConfig | None, tile_batch: int) -> Plan:
    if up is None:
        raise GlideError(
            translate(
                "Plan",
                "The model '{model}' has no upsampler; choose another model to enlarge a photo.",
            ).format(model=request.model)
        )
    box = request.box.size
    output = Size(UPSAMPLE_FACTOR * box.width, UPSAMPLE_FACTOR * box.height)
    size = round_up(output, up)
    stage = _plan_tiles(UpscaleStage, request, size, up, tile_batch, range(1), 2, 2)
    return Plan(size, output, (stage,))


def _plan_tiles(
    kind: type[TiledStage],
    request: Request,
    size: Size,
    up: UNetConfig,
    batch: int,
    candidate: range,
    level: int,
    last_level: int,
) -> RequestStage:
    sampling, tile = request.sampling, tile_size(size, up)
    start = steps_for_strength(
        min(TILED_STRENGTH, refine_strength(request)), sampling.upsample_steps
    )
    return kind(
        samples=candidate,
        steps=start,
        cost=flops(up, tile) * count_tiles(request, size, up),
        size=size,
        peak_bytes=activation_bytes(up, tile, batch) + TILED_COPIES * 4 * size.area,
        level=level,
        is_last=level == last_level,
        start=start,
        config=up,
        batch=batch,
    )
