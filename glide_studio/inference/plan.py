"""What a request does, as data: its stages in their order, their sizes and what each step costs.

The forecast counts a plan, a run walks it; so they cannot disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import safetensors
import torch

from glide_studio.api.request import Request
from glide_studio.glide.config import OFFICIAL, UNetConfig
from glide_studio.glide.pipeline import steps_for_strength
from glide_studio.glide.samplers import num_evaluations
from glide_studio.glide.tiling import starts
from glide_studio.glide.weights import HEADER, WeightsError
from glide_studio.imaging.geometry import Size
from glide_studio.inference.cost import activation_bytes, flops
from glide_studio.inference.glances import glances
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import working_size

LARGEST_BATCH = {"cuda": 16}  # candidates that go through the base network together; else 4
TILE_BATCH = {"cuda": 8}  # tiles that are looked at together; else 1

FACTOR = 4  # by which GLIDE's upsampler enlarges
WORTHWHILE = 1.5  # A pass by tiles for less enlargement shows nothing new.
LARGEST_PASS = 5.0  # One pass may enlarge this much: its low resolution is then enlarged a little.
OVERLAP = 64  # pixels that neighbouring tiles of 256 share
TILE_START = 0.6  # Tiles begin from the noised picture below them: this share of the steps is left.
CONTEXT = 1.75  # Side of a crop over the side of its mask, if the mask is not known yet.


@lru_cache(maxsize=64)
def config_of(path: Path, role: str) -> UNetConfig:
    """The network of a weight file from its header alone; a file without ours is a released one.

    Raises:
        WeightsError: if the file is damaged.
    """
    if path.suffix == ".safetensors":
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                header = (file.metadata() or {}).get(HEADER)
        except safetensors.SafetensorError:
            raise WeightsError(f"{path.name} is damaged; add the model again.") from None
        if header is not None:
            return UNetConfig.from_json(header)
    released = {"plain-base": "base", "base": "base-inpaint", "plain-upsampler": "upsample"}
    return OFFICIAL[released.get(role, "upsample-inpaint")]


@dataclass(frozen=True, slots=True)
class Stage:
    """Sampler steps of equal cost.

    level: 0 the base network, 1 the upsampler, 2 and above its passes by tiles. samples: candidates
    that go through it together. steps: how many. cost: floating-point operations of each.
    size: of the picture that it makes.
    """

    level: int
    samples: range
    steps: int
    cost: float
    size: Size


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of a request in order.

    crop: the request's box, enlarged to sides that all levels can be made of. tile_batch: tiles that
    are looked at together. peak_bytes: memory of the largest moment, networks excluded.
    """

    crop: Size
    stages: tuple[Stage, ...]
    tile_batch: int
    peak_bytes: int

    @property
    def steps(self) -> int:
        """Sampler steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def cost_after(self, done: int) -> float:
        """Operations still to do when `done` steps are done."""
        left = 0.0
        for stage in self.stages:
            passed = min(done, stage.steps)
            done -= passed
            left += (stage.steps - passed) * stage.cost
        return left


def batches(count: int, size: int) -> list[range]:
    """Split candidates 0 .. count - 1 into groups of at most `size` for the base network."""
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def quantum(side: int, config: UNetConfig) -> int:
    """What a side of a large picture must be a multiple of."""
    return math.lcm(FACTOR, config.step if side < config.size else config.patch)


def padded(size: Size, config: UNetConfig) -> Size:
    """`size` with both sides rounded up to their quantum."""

    def up(side: int) -> int:
        step = quantum(side, config)
        return -(-side // step) * step

    return Size(up(size.width), up(size.height))


def passes(crop: Size, start: Size, longest: int, config: UNetConfig) -> list[Size]:
    """The sizes that tiles make after the upsampler's own `start`, each from the one before."""
    side, now = max(crop.width, crop.height), max(start.width, start.height)
    target = min(side, longest)
    if target < WORTHWHILE * now:
        return []
    found: list[Size] = []
    while now * LARGEST_PASS < target:
        now *= FACTOR
        found.append(padded(_scaled(crop, now / side), config))
    last = crop if target == side else padded(_scaled(crop, target / side), config)
    return [*found, last]


def _scaled(size: Size, factor: float) -> Size:
    return Size(max(1, round(size.width * factor)), max(1, round(size.height * factor)))


def tile_size(size: Size, config: UNetConfig) -> Size:
    """The tile with which a picture of `size` is made."""
    return Size(min(size.width, config.size), min(size.height, config.size))


def overlap(config: UNetConfig) -> int:
    """Pixels that neighbouring tiles share, in proportion to GLIDE's."""
    return max(quantum(config.size, config), OVERLAP * config.size // 256)


def tile_count(request: Request, size: Size, config: UNetConfig) -> int:
    """About how many tiles cover what is to be generated; a coarse look at the mask."""
    tile, count = tile_size(size, config), 1
    lengths = ((1, size.height, tile.height), (0, size.width, tile.width))
    for axis, length, side in lengths:
        low, high = 0.0, 1.0
        if request.mask is not None:
            coarse = request.mask[::4, ::4] if request.mask.size > 1 << 16 else request.mask
            where = np.flatnonzero(coarse.any(axis))
            if len(where):
                low, high = (
                    where[0] / coarse.shape[1 - axis],
                    (where[-1] + 1) / coarse.shape[1 - axis],
                )
        elif request.kind == "fill":
            low, high = 0.5 - 0.5 / CONTEXT, 0.5 + 0.5 / CONTEXT
        step = quantum(length, config)
        count *= len(
            starts(round(low * length), round(high * length), length, side, overlap(config), step)
        )
    return count


def base_of(request: Request, model: ModelSet) -> Path:
    """The base network that a request asks for."""
    plain = request.sampling.context == "plain"
    return model.files["plain-base"] if plain and "plain-base" in model.files else model.base


Sight = Literal["shown", "imposed", "blind"]
"""How the base network meets known pixels: as its input, put back into x_t, or not at all."""


def sight_of(request: Request, model: ModelSet) -> Sight:
    """As the request and the network's inputs have it."""
    config = config_of(base_of(request, model), "base")
    if config.inpaint and request.sampling.context == "shown":
        return "shown"
    return "blind" if request.kind == "generate" else "imposed"


def base_cost(request: Request, model: ModelSet, size: Size) -> float:
    """Operations of one evaluation for one candidate, guidance included."""
    sampling = request.sampling
    one = flops(config_of(base_of(request, model), "base"), size)
    guided = sampling.guidance != 1.0 and request.prompt != request.negative
    share = max(0.0, sampling.guidance_high - sampling.guidance_low) if guided else 0.0
    total = one * (1 + share)
    if sampling.clip_scale:
        total += 3 * clip_flops(model)  # forwards, and twice that backwards
    if sampling.classifier_scale and "classifier" in model.files:
        total += 3 * one / 2
    return total


def base_steps(request: Request, model: ModelSet) -> tuple[int, float]:
    """(steps that the base network's sampler yields, evaluations of each)."""
    sampling = request.sampling
    left = steps_for_strength(sampling.strength, sampling.steps)
    if sampling.resamples > 1 and sight_of(request, model) == "imposed":
        stretches = -(-left // sampling.jump)
        return stretches, sampling.resamples * min(sampling.jump, max(1, left))
    return left, num_evaluations(sampling.sampler, left) / max(1, left)


def plan(request: Request, model: ModelSet, device: torch.device, *, frugal: bool = False) -> Plan:
    """The base network's batches, then for each picture one upsampling and its passes by tiles.

    frugal: one candidate and one tile at a time.
    """
    sampling = request.sampling
    has_upsampler = model.upsampler is not None and not request.drafts_only
    up = config_of(model.upsampler, "upsampler") if model.upsampler is not None else None
    crop = whole_crop(request, up if has_upsampler else None)
    stages: list[Stage] = []
    peak = 0
    if request.kind == "select":
        return glancing(request, model, crop)
    tile_batch = 1 if frugal else TILE_BATCH.get(device.type, 1)
    if request.draft is None:
        base = config_of(base_of(request, model), "base")
        size = working_size(crop, base.size, base.step)
        steps, each = base_steps(request, model)
        one = base_cost(request, model, size) * each
        groups = batches(sampling.count, 1 if frugal else LARGEST_BATCH.get(device.type, 4))
        stages += [Stage(0, group, steps, one * len(group), size) for group in groups]
        peak = max(activation_bytes(base, size, len(group)) for group in groups)
    if has_upsampler and up is not None:
        size = working_size(crop, up.size, up.step)
        steps = steps_for_strength(sampling.strength, sampling.upsample_steps)
        levels = [(size, steps, flops(up, size))]
        peak = max(peak, activation_bytes(up, size, 1))
        for large in passes(crop, size, sampling.longest, up):
            tile = tile_size(large, up)
            cost = flops(up, tile) * tile_count(request, large, up)
            levels.append((large, tile_steps(request), cost))
            room = 16 * 4 * large.area  # x, its belief, what is known of it, and copies
            peak = max(peak, activation_bytes(up, tile, tile_batch) + room)
        indices = range(sampling.count) if request.draft is None else [request.draft_index]
        for index in indices:
            samples = range(index, index + 1)
            stages += [
                Stage(level, samples, steps, cost, size)
                for level, (size, steps, cost) in enumerate(levels, 1)
            ]
    return Plan(crop, tuple(stages), tile_batch, peak + 3 * crop.area * 3 * 4)


def glancing(request: Request, model: ModelSet, crop: Size) -> Plan:
    """The plan of a selection: one evaluation after the other, and no sampler."""
    by_clip = "clip-image" in model.files
    base = config_of(base_of(request, model), "base")
    size = working_size(crop, base.size, base.step)
    cost = clip_flops(model) if by_clip else flops(base, size)
    # It makes no picture, so that nothing is enlarged.
    stage = Stage(0, range(1), glances(request, by_clip), cost, crop)
    return Plan(crop, (stage,), 1, activation_bytes(base, size, 1) + 3 * crop.area * 3 * 4)


def clip_flops(model: ModelSet) -> float:
    """About what CLIP's image encoder costs: every weight meets every one of 257 tokens."""
    path = model.files.get("clip-image")
    return 0.0 if path is None else 2 * 257 * path.stat().st_size / 4


def whole_crop(request: Request, up: UNetConfig | None) -> Size:
    """The request's crop, its sides rounded up if it will be made by tiles of the upsampler `up`."""
    crop = request.box.size
    if up is None:
        return crop
    start = working_size(crop, up.size, up.step)
    return padded(crop, up) if passes(crop, start, request.sampling.longest, up) else crop


def tile_steps(request: Request) -> int:
    """Steps of a pass by tiles."""
    share = min(TILE_START, request.sampling.strength)
    return steps_for_strength(share, request.sampling.upsample_steps)
