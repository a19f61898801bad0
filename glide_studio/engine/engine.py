"""`LocalEngine`: runs requests on this machine, each as one generator of updates."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import torch

from glide_studio.base.errors import GlideError
from glide_studio.base.geometry import Size
from glide_studio.contract.engine import Capabilities, Forecast, Stop
from glide_studio.contract.request import Kind, Request, SamplerName
from glide_studio.contract.updates import (
    Cancelled,
    Draft,
    Failed,
    Finished,
    Patch,
    Picture,
    Progress,
    Started,
    Update,
)
from glide_studio.engine import cascade
from glide_studio.engine.device import best_device, in_words, lower_priority
from glide_studio.engine.forecast import Speedometer, Stopwatch, batches, forecast, plan
from glide_studio.engine.pixels import resized, to_pictures
from glide_studio.engine.residents import Residents
from glide_studio.glide.sampling import Step
from glide_studio.glide.unet import Between, UNet
from glide_studio.glide.weights import WeightsError
from glide_studio.library.modelset import ModelSet, find_model, find_models, model_folders

KINDS: tuple[Kind, ...] = ("fill", "generate", "expand", "upscale")


class Stopped(Exception):
    """Raised between two blocks of a network when the user has cancelled."""


class LocalEngine:
    """The engine over the model sets in `folders` (by default the user's and the bundled ones).

    background: make the calling thread give way to the window's. One thread at a time may use an
    engine; generators of several requests may be advanced in turns.
    """

    def __init__(self, folders: Sequence[Path] | None = None, background: bool = False) -> None:
        if background:
            lower_priority()
        self.folders = list(model_folders() if folders is None else folders)
        self.device = best_device()
        self.residents = Residents(self.device)
        self.speedometer = Speedometer(self.device)

    @property
    def capabilities(self) -> Capabilities:
        """Read anew each time: the user may have added a model."""
        models = find_models(self.folders)
        return Capabilities(
            models=tuple(model.name for model in models),
            frame={model.name: Size(model.side, model.side) for model in models},
            kinds=KINDS,
            samplers=get_args(SamplerName),
            device=in_words(self.device),
            nouns={model.name: model.nouns for model in models},
        )

    def forecast(self, request: Request) -> Forecast:
        """Seconds and peak memory; a broken model costs nothing, since `run` will refuse it."""
        try:
            model = find_model(request.model, self.folders)
            resident = set(self.residents.networks)
            return forecast(request, model, self.device, self.speedometer, resident)
        except (GlideError, WeightsError, OSError):
            return Forecast(seconds=0.0, peak_bytes=0, fits=True)

    def free_memory(self) -> None:
        """Drop all weights."""
        self.residents.free()

    def run(self, request: Request, stop: Stop) -> Iterator[Update]:
        """See `contract.engine.Engine.run`."""
        began = time.monotonic()

        def between() -> None:
            if stop():
                raise Stopped

        try:
            between()
            model = self.checked(request)
            yield Started(request.id, in_words(self.device))
            yield from self.cascade(request, model, between, began)
        except Stopped:
            yield Cancelled(request.id)
        except (GlideError, WeightsError, FileNotFoundError) as error:
            yield Failed(request.id, str(error))
        except (MemoryError, RuntimeError) as error:
            if not ran_out_of_memory(error):
                raise
            self.free_memory()
            yield Failed(
                request.id,
                "There is not enough memory for this; close other programs, "
                "ask for fewer candidates or choose a smaller model.",
            )

    def checked(self, request: Request) -> ModelSet:
        """The request's model.

        Raises:
            GlideError: if there is no such model, or the request lacks what its kind needs.
        """
        model = find_model(request.model, self.folders)
        if request.kind not in KINDS:
            raise GlideError(f"This engine can not do '{request.kind}'; update Glide Studio.")
        if request.kind == "upscale" and request.draft is None:
            raise GlideError("A draft must be picked before it can be finished.")
        if request.kind in ("fill", "expand"):
            if request.image is None or request.mask is None:
                raise GlideError("A fill needs a picture and a mask.")
            if not (request.mask > 0).any():
                raise GlideError("The mask is empty; paint over what should change.")
        return model

    def cascade(
        self, request: Request, model: ModelSet, between: Between, began: float
    ) -> Iterator[Update]:
        """Drafts, then a patch for each of them or for the picked one."""
        whole = plan(request, model, self.device)
        watch = Stopwatch(whole, self.speedometer)
        used: dict[str, str] = {}

        def network(path: Path) -> UNet:
            resident = self.residents.network(path)
            used[path.name] = resident.digest
            watch.restart()
            return resident.network

        def progress(stage: str, step: Step) -> Progress:
            watch.step()
            previews = tuple(to_pictures(step.x0))
            return Progress(request.id, stage, watch.done, whole.steps, watch.remaining, previews)

        if request.draft is not None:
            chosen: dict[int, Picture] = {request.draft_index: request.draft}
        else:
            chosen = {}
            base = network(model.base)
            for samples in batches(request.sampling.count, self.device):
                for step in cascade.drafts(request, base, samples, between):
                    yield progress("Drafting", step)
                chosen |= zip(samples, to_pictures(step.x), strict=True)
            for index, picture in chosen.items():
                yield Draft(request.id, index, picture)
        patches: list[Patch] = []
        if not request.drafts_only:
            for index, draft in chosen.items():
                picture = draft
                if model.upsampler is not None:
                    upsampler = network(model.upsampler)
                    x = cascade.draft_tensor(draft, self.device)
                    for step in cascade.upsampled(request, upsampler, x, index, between):
                        yield progress("Refining", step)
                    picture = to_pictures(step.x)[0]
                patches.append(Patch(index, frozen(resized(picture, request.box.size))))
        seconds = time.monotonic() - began
        yield Finished(request.id, tuple(patches), seconds, tuple(used.items()))


def frozen(picture: Picture) -> Picture:
    """The picture, read-only."""
    picture.setflags(write=False)
    return picture


def ran_out_of_memory(error: BaseException) -> bool:
    """True for the several ways in which torch says so."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "can't allocate memory" in str(error) or "not enough memory" in str(error)
