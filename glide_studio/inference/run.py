"""One running request: runs the stages of its plan and yields updates."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import Tensor

from glide_studio.api.events import Draft, Finished, Notice, Patch, Picture, Progress, Update
from glide_studio.api.request import Request
from glide_studio.glide.pipeline import InpaintPipeline, SamplingStage
from glide_studio.glide.samplers import Step
from glide_studio.glide.unet import Between, UNet
from glide_studio.inference import cascade, guides
from glide_studio.inference.forecast import Speedometer, Stopwatch, needed
from glide_studio.inference.model_cache import Residents, digest_of, tokenizer
from glide_studio.inference.model_input import canvas
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import Floats, resized, to_pictures
from glide_studio.inference.plan import Stage, base_of, config_of, plan, sight_of

STAGES = ("Drafting", "Refining", "Adding detail")


@dataclass(slots=True)
class Run:
    """What has come of a request so far.

    drafts, pictures: finished ones by candidate. below: (level, candidate, picture) of the level that
        the candidate under way has last left.
    """

    request: Request
    model: ModelSet
    residents: Residents
    speedometer: Speedometer
    between: Between
    frugal: bool = False
    began: float = field(default_factory=time.monotonic)
    drafts: dict[int, Picture] = field(default_factory=dict)
    pictures: dict[int, Picture] = field(default_factory=dict)
    below: tuple[int, int, Picture] | None = None
    pipeline: InpaintPipeline = field(init=False)
    watch: Stopwatch = field(init=False)

    def __post_init__(self) -> None:
        self.pipeline = InpaintPipeline(self._base, self._upsampler, tokenizer(), self.between)
        if self.request.draft is not None:
            self.drafts[self.request.draft_index] = self.request.draft
        self._plan()

    def updates(self) -> Iterator[Update]:
        """All that is still to do, then `Finished`."""
        told = self.request.draft is not None
        for stage in self.watch.plan.stages:
            if self._done(stage):
                continue
            if stage.level > 0 and not told:
                yield from self._tell()
                told = True
            x = yield from self._walked(stage)
            self._finish(stage, x)
        if not told:
            yield from self._tell()
        weights = {
            path.name: digest_of(path, self.between) for path in needed(self.request, self.model)
        }
        seconds = time.monotonic() - self.began
        yield Finished(self.request.id, self._patches(), seconds, tuple(weights.items()))

    def economise(self) -> Notice:
        """Go on with less memory: what is finished stays, the stage under way begins anew."""
        self.frugal = self.residents.alone = True
        self.pipeline.captions.clear()
        self.residents.free()
        self._plan()
        return Notice(
            self.request.id,
            "Memory was short, so this goes on with one candidate and one network at a time.",
        )

    def _plan(self) -> None:
        whole = plan(self.request, self.model, self.residents.device, frugal=self.frugal)
        self.residents.room = whole.peak_bytes
        self.watch = Stopwatch(whole, self.speedometer)
        self.watch.done = sum(stage.steps for stage in whole.stages if self._done(stage))

    def _done(self, stage: Stage) -> bool:
        if stage.level == 0:
            return all(sample in self.drafts for sample in stage.samples)
        sample = stage.samples[0]
        if sample in self.pictures:
            return True
        return self.below is not None and self.below[1] == sample and self.below[0] >= stage.level

    def _walked(self, stage: Stage) -> Generator[Progress, None, Tensor]:
        """Walk one stage; the generator's value is its last x."""
        ready = self._prepare(stage)
        x = ready.x
        self.watch.restart()
        for step in ready.steps():
            yield self._progress(stage, step)
            x = step.x
        return x

    def _prepare(self, stage: Stage) -> SamplingStage:
        request, device, between = self.request, self.residents.device, self.between
        view = canvas(request, self.watch.plan.crop, stage.size, device)
        if stage.level == 0:
            n = len(stage.samples)
            gradient = guides.gradient(request, self.model, self.residents, n, between)
            sight = sight_of(request, self.model)
            return cascade.base_stage(self.pipeline, request, stage, view, gradient, sight)
        if stage.level == 1:
            draft = self.drafts[stage.samples[0]]
            return cascade.upsample_stage(self.pipeline, request, stage, view, draft)
        assert self.below is not None
        config = config_of(self._upsampler_path, "upsampler")
        return cascade.tiled_stage(
            self.pipeline, request, stage, view, self.below[2], config, self.watch.plan.tile_batch
        )

    def _base(self) -> UNet:
        return self.residents.network(base_of(self.request, self.model), self.between)

    def _upsampler(self) -> UNet:
        return self.residents.network(self._upsampler_path, self.between)

    @property
    def _upsampler_path(self) -> Path:
        assert self.model.upsampler is not None
        return self.model.upsampler

    def _progress(self, stage: Stage, step: Step) -> Progress:
        self.watch.step()
        return Progress(
            self.request.id,
            STAGES[min(stage.level, 2)],
            self.watch.done,
            self.watch.plan.steps,
            self.watch.remaining,
            tuple(to_pictures(step.pred_x0)),
        )

    def _finish(self, stage: Stage, x: Tensor) -> None:
        """Keep what a stage has made."""
        made = to_pictures(x)
        if stage.level == 0:
            self.drafts |= zip(stage.samples, made, strict=True)
            return
        sample = stage.samples[0]
        self.below = stage.level, sample, made[0]
        if stage.level == self.watch.plan.stages[-1].level:
            self.pictures[sample] = made[0]
            self.below = None

    def _tell(self) -> Iterator[Update]:
        """All drafts are there."""
        request = self.request
        for index in sorted(self.drafts):
            yield Draft(request.id, index, self.drafts[index])

    def _patches(self) -> tuple[Patch, ...]:
        if self.request.drafts_only:
            return ()
        made = self.pictures if self.model.upsampler is not None else self.drafts
        box, crop = self.request.box.size, self.watch.plan.crop

        def cut(picture: Floats) -> Floats:
            whole = resized(picture, crop)[: box.height, : box.width]
            return frozen(np.ascontiguousarray(whole))

        return tuple(Patch(index, cut(made[index])) for index in sorted(made))


def frozen(array: Floats) -> Floats:
    """The array, read-only."""
    array.setflags(write=False)
    return array
