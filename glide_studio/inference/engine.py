"""`LocalEngine`: runs requests on this machine, each as one generator of events."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from glide_studio.api.engine_protocol import Capabilities, Forecast, IsCancelled
from glide_studio.api.events import (
    Cancelled,
    Draft,
    Failed,
    Finished,
    Notice,
    Patch,
    Picture,
    Progress,
    SelectionMask,
    Started,
    Update,
    find_object,
)
from glide_studio.api.request import Request, use_known_nouns
from glide_studio.api.sampling import Sampling
from glide_studio.api.thread_priority import lower_priority
from glide_studio.errors import GlideError
from glide_studio.glide.pipeline import InpaintPipeline
from glide_studio.glide.samplers import Step
from glide_studio.glide.unet import OnBlock
from glide_studio.glide.weights import WeightsError
from glide_studio.imaging.geometry import Size
from glide_studio.imaging.memory import return_freed_memory
from glide_studio.inference.device import (
    best_device,
    describe_device,
)
from glide_studio.inference.forecast import (
    ProgressClock,
    Speedometer,
    fit_time_budget,
    forecast,
    rest_seconds,
)
from glide_studio.inference.model_cache import ModelCache, digest_of, tokenizer
from glide_studio.inference.models.model_set import ModelSet, find_model, find_models, model_folders
from glide_studio.inference.pixels import (
    back_project,
    premultiply,
    resize,
    to_pictures,
    unpremultiply,
)
from glide_studio.inference.plan import make_plan
from glide_studio.inference.request_checks import check_request
from glide_studio.inference.request_networks import (
    base_path,
    has_alpha,
    required_files,
    taught_noun,
)
from glide_studio.inference.stages import RequestStage, Results, StageContext
from glide_studio.translation import translate


class CancelledByUser(Exception):
    """Raised between two blocks of a network when the user has cancelled."""


class LocalEngine:
    """The engine over the model sets in `folders` (by default the user's and the bundled ones).

    precision: dtype of the diffusion networks' large matrices, None for the device's default.
    compiled: run the diffusion networks through torch.compile, which makes the first step of each
    size slow; None for the environment's GLIDE_STUDIO_COMPILE (1 is yes).
    background: give the window's thread precedence over the calling one. One thread at a time may
    use an engine; generators of several requests may be advanced in turns.
    """

    def __init__(
        self,
        folders: Sequence[Path] | None = None,
        background: bool = False,
        precision: torch.dtype | None = None,
        compiled: bool | None = None,
    ) -> None:
        if background:
            lower_priority()
        self.folders = list(model_folders() if folders is None else folders)
        self.device = best_device()
        if compiled is None:
            compiled = os.environ.get("GLIDE_STUDIO_COMPILE") == "1"
        self._described: tuple[Sequence[ModelSet], Capabilities] | None = None
        self.cache = ModelCache(self.device, precision, compiled)
        self.speedometer = Speedometer(self.device)
        if background:
            self.speedometer.calibrate()

    @property
    def capabilities(self) -> Capabilities:
        """See `Engine.capabilities`; looked for at each access, since models may be added."""
        models, known = find_models(self.folders), self._described
        if known is None or known[0] is not models:
            known = self._described = models, describe_models(models)
        return known[1]

    def forecast(self, request: Request) -> Forecast:
        """See `Engine.forecast`; a broken model costs nothing, since `run` will refuse it."""
        try:
            model = find_model(request.model, self.folders)
            loaded = set(self.cache.networks)
            return forecast(request, model, self.device, self.speedometer, loaded)
        except (GlideError, WeightsError, OSError):
            return Forecast(seconds=0.0, peak_bytes=0, fits=True)

    def fit_time_budget(self, request: Request, seconds: float) -> Sampling:
        """See `Engine.fit_time_budget`; two steps are timed if none was before.

        Raises:
            GlideError, WeightsError: if the model is missing or broken.
        """
        model = find_model(request.model, self.folders)
        meter = self.speedometer
        if meter.steps < 2:
            trial = Sampling(steps=2, guidance=1.0)
            blank = Request("generate", "", request.box, trial, drafts_only=True, model=model.name)
            for _ in self.run(blank, lambda: False):
                pass
        rest = meter.rest_factor * rest_seconds(request)
        budget = seconds / meter.slowdown - rest
        return fit_time_budget(request, model, self.device, meter.speed, budget)

    def free_memory(self) -> None:
        """Drop all weights."""
        self.cache.clear()

    def run(self, request: Request, is_cancelled: IsCancelled) -> Iterator[Update]:
        """See `Engine.run` of `api.engine_protocol`."""
        began = time.monotonic()

        def check_cancelled() -> None:
            if is_cancelled():
                raise CancelledByUser

        try:
            check_cancelled()
            model = find_model(request.model, self.folders)
            check_request(request, model)
            yield Started(request.id, describe_device(self.device))
            # What was taught changes no word of other requests.
            taught = model.taught if taught_noun(request, model) else ()
            nouns = (*model.nouns, *taught)
            request = replace(
                request,
                prompt=use_known_nouns(request.prompt, nouns),
                negative=use_known_nouns(request.negative, nouns),
            )
            run = RequestRun(
                request, model, self.cache, self.speedometer, check_cancelled, began=began
            )
            try:
                yield from run.updates()
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                yield run.retry_low_memory()
                yield from run.updates()
        except CancelledByUser:
            yield Cancelled(request.id)
        except (GlideError, WeightsError, FileNotFoundError) as error:
            yield Failed(request.id, str(error))
        except (MemoryError, RuntimeError) as error:
            if is_compile_error(error):
                yield Failed(
                    request.id,
                    translate(
                        "Engine",
                        "torch.compile does not work here, where it needs a C++ compiler, or"
                        " Triton on CUDA; start without GLIDE_STUDIO_COMPILE.",
                    ),
                )
                return
            if not is_out_of_memory(error):
                raise
            self.free_memory()
            yield Failed(
                request.id,
                translate(
                    "Engine",
                    "There is not enough memory for this; close other programs, "
                    "ask for fewer candidates or choose a smaller model.",
                ),
            )
        finally:
            self.cache.exclusive = False
            return_freed_memory()


class RequestRun:
    """A request on its way.

    check_cancelled: called between the blocks of a network; raises to end the run. began: start in
    seconds of `time.monotonic`.
    """

    clock: ProgressClock

    def __init__(
        self,
        request: Request,
        model: ModelSet,
        cache: ModelCache,
        speedometer: Speedometer,
        check_cancelled: OnBlock,
        began: float,
    ) -> None:
        self.request, self.model, self.cache, self.began = request, model, cache, began
        self.speedometer, self.check_cancelled = speedometer, check_cancelled
        self.busy = speedometer.read_clocks()[1]
        self.results = Results()
        self.announced: set[int] = set()  # candidates whose drafts have been yielded
        self.pipeline = InpaintPipeline(
            lambda: cache.unet(base_path(request, model), check_cancelled),
            lambda: cache.unet(model.files["upsampler"], check_cancelled),
            tokenizer(),
            check_cancelled,
        )
        if request.draft is not None:
            draft = request.draft
            draft = premultiply(draft) if draft.shape[2] == 4 else draft
            self.results.drafts[request.draft_index] = draft
            self.announced.add(request.draft_index)
        self._plan(low_memory=False)

    def updates(self) -> Iterator[Update]:
        """Run the stages that are not done yet, yielding events, `Finished` last."""
        request = self.request
        for stage in self.clock.plan.stages:
            if not stage.is_done(self.results):
                prepared = stage.prepare(self._context())
                self.clock.restart()
                last = None
                for last in prepared.steps:
                    yield self._progress(stage, last)
                prepared.store(last)
                del prepared, last
                return_freed_memory()
            yield from self._emit_drafts()
        if self.results.mask is not None:
            yield SelectionMask(request.id, self.results.mask)
        weights = tuple(
            (path.name, digest_of(path, self.check_cancelled))
            for path in required_files(request, self.model)
        )
        patches = self._patches()
        if request.kind in ("fill", "generate"):
            busy = self.speedometer.read_clocks()[1] - self.busy
            self.speedometer.record_rest(self.clock.rest, busy - self.clock.timed)
        yield Finished(request.id, patches, time.monotonic() - self.began, weights)

    def retry_low_memory(self) -> Notice:
        """Continue with less memory: finished stages stay, the one in progress starts again."""
        self.cache.exclusive = True
        self.pipeline.captions.clear()
        self.cache.clear()
        self._plan(low_memory=True)
        return Notice(
            self.request.id,
            translate(
                "Engine",
                "Memory was short, so this goes on with one candidate and one network at a time.",
            ),
        )

    def _plan(self, *, low_memory: bool) -> None:
        """Plan the stages. low_memory: one candidate, one tile and one network at a time."""
        plan = make_plan(self.request, self.model, self.cache.device, low_memory=low_memory)
        self.cache.reserved_bytes = plan.peak_bytes
        self.clock = ProgressClock(plan, self.speedometer, rest_seconds(self.request))
        self.clock.done = sum(stage.steps for stage in plan.stages if stage.is_done(self.results))

    def _context(self) -> StageContext:
        return StageContext(
            self.request,
            self.model,
            self.clock.plan.crop,
            self.cache,
            self.pipeline,
            self.check_cancelled,
            self.results,
        )

    def _progress(self, stage: RequestStage, step: Step | None) -> Progress:
        clock = self.clock
        clock.finish_step()
        previews = () if step is None else to_pictures(step.pred_x0)
        return Progress(
            self.request.id,
            translate("Stages", stage.title),
            clock.done,
            clock.plan.steps,
            clock.remaining,
            tuple(map(to_straight, previews)),
            clock.share,
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
        patches = []
        for index in sorted(pictures):
            # One after the other leaves the results: large candidates are some 100 MB each.
            patches.append(self._make_patch(index, pictures.pop(index)))
            return_freed_memory()
        return tuple(patches)

    def _make_patch(self, index: int, picture: Picture) -> Patch:
        """Return a picture at the scale of the crop; an object of a fill, which is kept, small."""
        plan, picture = self.clock.plan, to_straight(picture)
        height, width = plan.output.height, plan.output.width
        if self.request.kind == "fill" and picture.shape[2] == 4:

            def scale(channel: int) -> NDArray[np.float16]:
                plane = np.ascontiguousarray(picture[..., channel])
                return resize(plane, plan.crop)[:height, :width].astype(np.float16)

            alpha = scale(3)
            box = find_object(alpha)
            half = np.empty((box.height, box.width, 4), np.float16)
            half[..., 3] = alpha[box.slices]
            del alpha
            for channel in range(3):  # one at a time: a large picture is some 100 MB
                half[..., channel] = scale(channel)[box.slices]
            half.setflags(write=False)
            return Patch(index, half, box, plan.output)
        scaled = resize(picture, plan.crop)[:height, :width]
        if self.request.kind == "upscale":
            assert self.request.image is not None
            scaled = back_project(scaled[..., :3], self.request.image)
        patch = np.ascontiguousarray(scaled)
        patch.setflags(write=False)
        return Patch(index, patch)


def to_straight(picture: Picture) -> Picture:
    """Return a picture with straight alpha, read-only; one without alpha as it is."""
    if picture.shape[2] == 3:
        return picture
    straight = unpremultiply(picture)
    straight.setflags(write=False)
    return straight


def is_compile_error(error: BaseException) -> bool:
    """Tell whether torch.compile raised an error; its module is only there if it was used."""
    module = sys.modules.get("torch._dynamo.exc")
    return module is not None and isinstance(error, module.TorchDynamoException)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error is one of the several by which torch reports a lack of memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "can't allocate memory" in str(error) or "not enough memory" in str(error)


def describe_models(models: Sequence[ModelSet]) -> Capabilities:
    """Return what an engine with these models can do."""
    return Capabilities(
        models=tuple(model.name for model in models),
        frame={model.name: Size(model.side, model.side) for model in models},
        nouns={model.name: model.known_nouns for model in models},
        default_sampling={model.name: model.default_sampling for model in models},
        alpha=frozenset(model.name for model in models if has_alpha(model)),
        faces_left=frozenset(model.name for model in models if model.faces_left),
        enlarging={model.name: model.enlarging for model in models if model.enlarging},
    )
