"""The stages of a request: each knows its steps, its cost, and how to run.

A fill runs the base network on batches of candidates, then for each candidate the upsampler, and
then the upsampler over tiles where the crop is larger. An upscale runs the tiles alone, on a photo.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.api.events import Picture
from glide_studio.api.facing import choose_side
from glide_studio.api.request import Request
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.pipeline import (
    BaseSettings,
    InpaintInputs,
    InpaintPipeline,
)
from glide_studio.glide.samplers import SamplingRun, Step, philox_noise
from glide_studio.glide.tiling import TileLayout, plan_tiles
from glide_studio.glide.unet import OnBlock
from glide_studio.imaging.filters import boundary_band
from glide_studio.imaging.geometry import Size
from glide_studio.imaging.sharpness import match_spectrum
from glide_studio.inference.gradients import build_gradient
from glide_studio.inference.model_cache import ModelCache
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import (
    Floats,
    ModelInput,
    build_model_input,
    pad_to,
    premultiply,
    to_pictures,
    to_tensor,
)
from glide_studio.inference.request_networks import (
    base_conditioning,
    base_strength,
    refine_strength,
)
from glide_studio.inference.sizes import UPSAMPLE_FACTOR, size_multiple, tile_overlap, tile_size
from glide_studio.translation import QT_TRANSLATE_NOOP

BAND_PX = 16.0  # low-resolution pixels around a mask whose sharpness the generated part is given
OBJECT_MARGIN_PX = 8  # beyond the edge of an enlarged object that are drawn again
TRACE_ALPHA = 0.02  # below which nothing is seen of an object
MIN_CONTEXT_PX = 16  # pixels of surroundings that a tile at the edge of a mask sees at least


@dataclass(slots=True)
class Results:
    """What a run has made so far.

    drafts, pictures: finished ones by candidate; with alpha they are premultiplied. previous:
        (level, candidate, picture) of the stage that the candidate in progress has finished last.
        mask: of a selection, [h, w].
    """

    drafts: dict[int, Picture] = field(default_factory=dict)
    pictures: dict[int, Picture] = field(default_factory=dict)
    previous: tuple[int, int, Picture] | None = None
    mask: Floats | None = None


@dataclass(frozen=True, slots=True)
class StageContext:
    """What a stage needs to run.

    crop: the request's box, enlarged to sides that all stages can work with. check_cancelled:
    called between the blocks of a network; raises to end the run.
    """

    request: Request
    model: ModelSet
    crop: Size
    cache: ModelCache
    pipeline: InpaintPipeline
    check_cancelled: OnBlock
    results: Results


@dataclass(frozen=True, slots=True)
class PreparedStage:
    """A stage whose networks are loaded.

    steps: takes the steps; None for one that has nothing to show. store: adds what the stage made
    to the results, given the last step, None if there was none.
    """

    steps: Iterable[Step | None]
    store: Callable[[Step | None], None]


@dataclass(frozen=True, slots=True)
class RequestStage(ABC):
    """Steps of equal cost.

    samples: candidates that go through it together. steps: how many. cost: floating-point
    operations of each. size: of the picture that it makes. peak_bytes: memory it needs besides its
    networks. level: of the cascade: 0 the base network, 1 the upsampler, 2 and above its tiled
    passes; also the number of its noise stream.
    """

    title: ClassVar[str]

    samples: range
    steps: int
    cost: float
    size: Size
    peak_bytes: int
    level: int = 0

    @abstractmethod
    def is_done(self, results: Results) -> bool:
        """Tell whether the results of the stage are there."""

    @abstractmethod
    def prepare(self, context: StageContext) -> PreparedStage:
        """Load the networks."""


class DiffusionStage(RequestStage):
    """A stage that runs a sampler."""

    @abstractmethod
    def sampling_run(self, context: StageContext) -> SamplingRun:
        """Load the network and return what is to be sampled."""

    @abstractmethod
    def store(self, pictures: Sequence[Picture], results: Results) -> None:
        """Add the pictures of the last step to the results."""

    def prepare(self, context: StageContext) -> PreparedStage:
        """See `RequestStage.prepare`."""
        run = self.sampling_run(context)

        def store(last: Step | None) -> None:
            self.store(to_pictures(run.x if last is None else last.x), context.results)

        return PreparedStage(torch.inference_mode()(run.steps)(), store)

    def _model_input(self, context: StageContext) -> ModelInput:
        device = context.cache.device
        return build_model_input(context.request, context.crop, self.size, device)

    def _inpaint_inputs(self, context: StageContext, known: Tensor, mask: Tensor) -> InpaintInputs:
        request = context.request
        seed, prompts, mirrored = request.sampling.seed, [request.prompt] * len(self.samples), []
        if context.model.faces_left:
            facing = request.facing
            sides = [choose_side(request.prompt, seed, one, facing) for one in self.samples]
            prompts, mirrored = [rest for rest, _ in sides], [is_right for _, is_right in sides]
        noise = philox_noise(seed, self.samples, self.level)
        return InpaintInputs(prompts, known, mask, noise, mirrored=mirrored)


class BaseStage(DiffusionStage):
    """The base network, on a batch of candidates."""

    title = QT_TRANSLATE_NOOP("Stages", "Drafting")

    def is_done(self, results: Results) -> bool:
        """See `RequestStage.is_done`."""
        return all(sample in results.drafts for sample in self.samples)

    def sampling_run(self, context: StageContext) -> SamplingRun:
        """See `DiffusionStage.sampling_run`."""
        request, sampling = context.request, context.request.sampling
        view = self._model_input(context)
        gradient = build_gradient(
            request, context.model, context.cache, len(self.samples), context.check_cancelled
        )
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
            strength=base_strength(request),
            conditioning=base_conditioning(request, context.model),
            resamples=sampling.resamples,
            jump=sampling.jump,
            mean_below=sampling.mean_below,
        )
        inputs = self._inpaint_inputs(context, view.known, view.mask)
        if request.like is not None:
            inputs = replace(inputs, start=self._start(request.like, context))
        return context.pipeline.base_stage(inputs, settings, gradient)

    def _start(self, like: Picture, context: StageContext) -> Tensor:
        """Return the picture to vary as x0, premultiplied if it has alpha."""
        picture = premultiply(like) if like.shape[2] == 4 else like
        return to_tensor(picture, self.size, context.cache.device)

    def store(self, pictures: Sequence[Picture], results: Results) -> None:
        """See `DiffusionStage.store`."""
        results.drafts |= zip(self.samples, pictures, strict=True)


@dataclass(frozen=True, slots=True)
class UpsampleStage(DiffusionStage):
    """The upsampler, on the draft of one candidate.

    is_last: its picture is the candidate's result.
    """

    title = QT_TRANSLATE_NOOP("Stages", "Refining")

    is_last: bool = True

    def is_done(self, results: Results) -> bool:
        """See `RequestStage.is_done`."""
        candidate, previous = self.samples[0], results.previous
        return candidate in results.pictures or (
            previous is not None and previous[1] == candidate and previous[0] >= self.level
        )

    def sampling_run(self, context: StageContext) -> SamplingRun:
        """See `DiffusionStage.sampling_run`."""
        sampling, view = context.request.sampling, self._model_input(context)
        draft = context.results.drafts[self.samples[0]]
        low_res = picture_tensor(draft, context.cache.device)
        return context.pipeline.upsample_stage(
            self._inpaint_inputs(context, view.known, view.mask),
            low_res,
            sampling.upsample_steps,
            refine_strength(context.request),
        )

    def store(self, pictures: Sequence[Picture], results: Results) -> None:
        """See `DiffusionStage.store`."""
        candidate = self.samples[0]
        if self.is_last:
            results.pictures[candidate], results.previous = pictures[0], None
        else:
            results.previous = self.level, candidate, pictures[0]


@dataclass(frozen=True, slots=True)
class TiledStage(UpsampleStage):
    """The upsampler, over tiles of a picture larger than its own, made from the one before.

    start: steps that are taken of the schedule. config: of the upsampler. batch: tiles evaluated
    together.
    """

    title = QT_TRANSLATE_NOOP("Stages", "Adding detail")

    start: int = 0
    config: UNetConfig = field(default_factory=UNetConfig)
    batch: int = 1

    @torch.inference_mode()
    def sampling_run(self, context: StageContext) -> SamplingRun:
        """See `DiffusionStage.sampling_run`; known pixels are enlarged from the original."""
        view, previous = self._model_input(context), context.results.previous
        assert previous is not None
        picture = to_tensor(previous[2], self.size, context.cache.device)
        if self.config.alpha:
            low_res = F.avg_pool2d(picture, UPSAMPLE_FACTOR)
            return self._tiled_stage(context, view.known, view.mask, picture, low_res)
        picture = picture * (1 - view.mask) + view.known * view.mask
        low_res = sharpen_low_res(F.avg_pool2d(picture, UPSAMPLE_FACTOR), view)
        return self._tiled_stage(context, view.known, view.mask, picture, low_res)

    def _tiled_stage(
        self, context: StageContext, known: Tensor, mask: Tensor, picture: Tensor, low_res: Tensor
    ) -> SamplingRun:
        sampling = context.request.sampling
        covered = clear_pixels(picture) if self.config.alpha else mask
        return context.pipeline.tiled_stage(
            self._inpaint_inputs(context, known, mask),
            picture,
            low_res,
            tile_layout(covered, self.size, self.config),
            steps=sampling.upsample_steps,
            start=self.start,
            temperature=sampling.temperature,
            batch=self.batch,
        )


class UpscaleStage(TiledStage):
    """The upsampler, over tiles of a photo enlarged four times."""

    title = QT_TRANSLATE_NOOP("Stages", "Enlarging")

    @torch.inference_mode()
    def sampling_run(self, context: StageContext) -> SamplingRun:
        """See `DiffusionStage.sampling_run`; nothing is known."""
        image, device, size = context.request.image, context.cache.device, self.size
        assert image is not None
        small = Size(size.width // UPSAMPLE_FACTOR, size.height // UPSAMPLE_FACTOR)
        photo = pad_to(image, small)
        if self.config.alpha:
            photo = np.concatenate([photo, np.ones_like(photo[..., :1])], axis=-1)
        known = torch.zeros(1, 3, 1, 1, device=device).expand(-1, -1, size.height, size.width)
        mask = torch.zeros(1, 1, size.height, size.width, device=device)
        picture, low_res = to_tensor(photo, size, device), picture_tensor(photo, device)
        return self._tiled_stage(context, known, mask, picture, low_res)


def clear_pixels(picture: Tensor) -> Tensor:
    """Return [1, 1, H, W]: 1 where no object [1, 4, H, W] is near, so that no tile is needed."""
    side = 2 * OBJECT_MARGIN_PX + 1
    near = F.max_pool2d(picture[:, 3:], side, stride=1, padding=OBJECT_MARGIN_PX)
    return (near < 2 * TRACE_ALPHA - 1).float()


def sharpen_low_res(low_res: Tensor, view: ModelInput) -> Tensor:
    """Give the generated part before a tiled pass the sharpness of the known part around it.

    low_res: [1, 3, h, w]. The network was trained on pictures that had been reduced and so were
    sharp; the result of an earlier pass is soft, and would be enlarged as the blurred picture that
    it looks like.
    """
    photo, known = (F.avg_pool2d(plane, UPSAMPLE_FACTOR) for plane in (view.known, view.mask))
    hole = known[0, 0].cpu().numpy() < 0.5
    outside = known[0, 0].cpu().numpy() == 1
    patch, around = (
        ((picture[0].permute(1, 2, 0).cpu().numpy() + 1) / 2).astype(np.float32)
        for picture in (low_res, photo)
    )
    near = boundary_band(hole.astype(np.float32), outside, BAND_PX)
    return picture_tensor(match_spectrum(patch, around, hole, near), low_res.device)


def tile_layout(mask: Tensor, size: Size, config: UNetConfig) -> TileLayout:
    """Return the tiles that cover the unknown part of a mask [1, 1, H, W]."""
    tile, multiple = tile_size(size, config), size_multiple(config.size, config)
    return plan_tiles(
        mask, (tile.height, tile.width), tile_overlap(config), multiple, MIN_CONTEXT_PX
    )


def picture_tensor(picture: Floats, device: torch.device) -> Tensor:
    """Convert a picture [h, w, C] in 0 .. 1 to [1, C, h, w] in -1 .. 1."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(device) * 2 - 1
