"""One running request: runs the stages of its plan and yields events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from glide_studio.api.events import (
    Draft,
    Finished,
    Notice,
    Patch,
    Picture,
    Progress,
    SelectionMask,
    Update,
)
from glide_studio.api.request import Request
from glide_studio.glide.pipeline import InpaintPipeline
from glide_studio.glide.unet import OnBlock, UNet
from glide_studio.inference.forecast import ProgressClock, Speedometer
from glide_studio.inference.model_cache import ModelCache, digest_of, tokenizer
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import premultiply, resize, unpremultiply
from glide_studio.inference.plan import make_plan
from glide_studio.inference.request_networks import base_path, required_files
from glide_studio.inference.stages import RequestStage, Results, StageContext


@dataclass(slots=True)
class RequestRun:
    """A request on its way.

    check_cancelled: called between the blocks of a network; raises to end the run. low_memory: one
    candidate, one tile and one network at a time. began: start in seconds of `time.monotonic`.
    announced: candidates whose drafts have been yielded.
    """

    request: Request
    model: ModelSet
    cache: ModelCache
    speedometer: Speedometer
    check_cancelled: OnBlock
    low_memory: bool = False
    began: float = field(default_factory=time.monotonic)
    results: Results = field(default_factory=Results)
    announced: set[int] = field(default_factory=set)
    pipeline: InpaintPipeline = field(init=False)
    clock: ProgressClock = field(init=False)

    def __post_init__(self) -> None:
        self.pipeline = InpaintPipeline(
            self._load_base, self._load_upsampler, tokenizer(), self.check_cancelled
        )
        if self.request.draft is not None:
            draft = self.request.draft
            self.results.drafts[self.request.draft_index] = (
                premultiply(draft) if draft.shape[2] == 4 else draft
            )
            self.announced.add(self.request.draft_index)
        self._plan()

    def updates(self) -> Iterator[Update]:
        """Run the stages that are not done yet, yielding events, `Finished` last."""
        request = self.request
        for stage in self.clock.plan.stages:
            if not stage.is_done(self.results):
                yield from self._run_stage(stage)
            yield from self._emit_drafts()
        if self.results.mask is not None:
            yield SelectionMask(request.id, self.results.mask)
        weights = tuple(
            (path.name, digest_of(path, self.check_cancelled))
            for path in required_files(request, self.model)
        )
        yield Finished(request.id, self._patches(), time.monotonic() - self.began, weights)

    def retry_low_memory(self) -> Notice:
        """Continue with less memory: finished stages stay, the one in progress starts again."""
        self.low_memory = self.cache.exclusive = True
        self.pipeline.captions.clear()
        self.cache.clear()
        self._plan()
        return Notice(
            self.request.id,
            "Memory was short, so this goes on with one candidate and one network at a time.",
        )

    def _plan(self) -> None:
        plan = make_plan(self.request, self.model, self.cache.device, low_memory=self.low_memory)
        self.cache.reserved_bytes = plan.peak_bytes
        self.clock = ProgressClock(plan, self.speedometer)
        self.clock.done = sum(stage.steps for stage in plan.stages if stage.is_done(self.results))

    def _run_stage(self, stage: RequestStage) -> Iterator[Progress]:
        context = StageContext(
            self.request,
            self.model,
            self.clock.plan.crop,
            self.cache,
            self.pipeline,
            self.check_cancelled,
            self.results,
        )
        steps = stage.prepare(context)
        self.clock.restart()
        for previews in steps:
            yield self._progress(stage, previews)

    def _progress(self, stage: RequestStage, previews: Sequence[Picture]) -> Progress:
        clock = self.clock
        clock.finish_step()
        return Progress(
            self.request.id,
            stage.title,
            clock.done,
            clock.plan.steps,
            clock.remaining,
            tuple(map(to_straight, previews)),
        )

    def _emit_drafts(self) -> Iterator[Draft]:
        """Yield the drafts that are finished and have not been yielded."""
        for index in sorted(self.results.drafts.keys() - self.announced):
            self.announced.add(index)
            yield Draft(self.request.id, index, to_straight(self.results.drafts[index]))

    def _patches(self) -> tuple[Patch, ...]:
        if self.request.drafts_only:
            return ()
        has_upsampler = self.model.upsampler is not None
        pictures = self.results.pictures if has_upsampler else self.results.drafts
        return tuple(Patch(index, self._to_output(pictures[index])) for index in sorted(pictures))

    def _to_output(self, picture: Picture) -> Picture:
        plan = self.clock.plan
        scaled = resize(to_straight(picture), plan.crop)
        scaled = scaled[: plan.output.height, : plan.output.width]
        patch = np.ascontiguousarray(scaled)
        patch.setflags(write=False)
        return patch

    def _load_base(self) -> UNet:
        return self._load(base_path(self.request, self.model))

    def _load_upsampler(self) -> UNet:
        assert self.model.upsampler is not None
        return self._load(self.model.upsampler)

    def _load(self, path: Path) -> UNet:
        return self.cache.unet(path, self.check_cancelled)


def to_straight(picture: Picture) -> Picture:
    """Return a picture with straight alpha, read-only; one without alpha as it is."""
    if picture.shape[2] == 3:
        return picture
    straight = unpremultiply(picture)
    straight.setflags(write=False)
    return straight
