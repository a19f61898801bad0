"""The verbs around a model: generate, cancel, pause, choose among candidates, accept."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Cancelled, Failed, Notice, Patch, Update
from glide_studio.api.protocol import Engine, Forecast
from glide_studio.api.request import Provenance, Request, clean_prompt
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.editor.background import Background
from glide_studio.editor.framing import Framing, frame
from glide_studio.editor.hosts import EngineHost
from glide_studio.editor.interleave import Interleaver
from glide_studio.editor.job import Job, JobState
from glide_studio.editor.proving import prove
from glide_studio.editor.seating import Seated, seat
from glide_studio.editor.state import Grade, State
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.blending.checks import SeamDifference, UnchangedReport
from glide_studio.imaging.geometry import Size
from glide_studio.io.provenance import provenance_to_dict
from glide_studio.signals import Signal
from glide_studio.version import __version__

FRAME = Size(256, 256)
"""What the cascade makes, as long as no engine is there to say: both GLIDE upsamplers end here."""

SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate of one job."""

    job: str
    index: int


@dataclass(frozen=True, slots=True)
class Preflight:
    """Before a run. enlargement: crop side over generated side. forecast: None until the engine is there."""

    enlargement: float
    forecast: Forecast | None


class Generation:
    """Jobs and their candidates. Only `accept` touches the document.

    offered: the finished job whose candidates are to choose from. picked: index of the chosen one.
    proof: of the last accept. seams: what is left to see of each offered candidate's seam.
    """

    def __init__(
        self,
        state: State,
        host: EngineHost,
        background: Background,
        ready: Callable[[str], object],
    ) -> None:
        self.jobs_changed: Signal[Job] = Signal()
        self.candidates_changed: Signal[()] = Signal()
        self.finished: Signal[Job] = Signal()
        self.chosen: Signal[()] = Signal()  # accepted or discarded
        self.jobs: dict[str, Job] = {}
        self.offered: Job | None = None
        self.picked = 0
        self._tried: Choice | None = None
        self._filled: Raster | None = None
        self._awaited = ""  # id of the job whose candidates shall be offered
        self.proof: UnchangedReport | None = None
        self.seams: dict[int, SeamDifference] = {}
        self._state = state
        self._host = host
        self._background = background
        self._runs = Interleaver()
        self._layers: dict[Choice, Layer] = {}
        host.attach(self._runs, self._deliver, ready)

    @property
    def tried(self) -> Choice | None:
        """The candidate that the canvas shows in place of the document."""
        return self._tried if self._state.trying else None

    @property
    def filled(self) -> bool:
        """True while the painted mask is the one that the last accepted result was made for."""
        return self._filled is not None and self._filled == self._state.document.selection

    @property
    def engine(self) -> Engine | None:
        """The engine once it is built."""
        return self._host.engine

    def start_engine(self) -> None:
        """Build the engine now rather than at the first Generate."""
        self._host.start()

    def framing(self) -> Framing:
        """What the model would look at for the mask as it is painted now.

        Raises:
            GlideError: if no picture is open, nothing is painted or the model is unknown.
        """
        document = self._state.document
        bounds = document.selection.content_box()
        if bounds.empty:
            raise GlideError("Nothing is painted yet; paint over what should change first.")
        return frame(bounds, document.size, self._frame_size())

    def preflight(self) -> Preflight | None:
        """What Generate would do and cost as things are now; None if it cannot be pressed."""
        try:
            framing = self.framing()
        except GlideError:
            return None
        if self.engine is None:
            return Preflight(framing.enlargement, None)
        recipe = self._state.recipe
        request = Request(
            "fill", clean_prompt(recipe.prompt), framing.box, recipe.sampling, model=recipe.model
        )
        forecast = self.engine.forecast(request)
        return Preflight(forecast.enlargement, forecast)

    def generate(self) -> Job:
        """Cut the framed region out of the current document and queue a fill of the mask.

        Raises:
            GlideError: if no picture is open, nothing is painted or the model is unknown.
        """
        framing, recipe = self.framing(), self._state.recipe
        sampling = recipe.sampling
        if recipe.new_seed:
            sampling = replace(sampling, seed=secrets.randbelow(SEEDS))
            self._state.set_recipe(sampling=sampling)
        document, box = self._state.document, framing.box
        request = Request(
            "fill",
            clean_prompt(recipe.prompt),
            box,
            sampling,
            clean_prompt(recipe.negative),
            model=recipe.model,
            state=self._state.timeline.current.id,
        )
        painted = np.ascontiguousarray(document.selection.read(box)[..., 0])
        painted.setflags(write=False)
        self.withdraw()
        self._set(Job(request, painted, framing.enlargement))
        self._host.start()
        # The document never changes, so its pixels may be cut out while the user goes on.
        self._background.run(
            lambda: cut(document, request, painted),
            self._submit,
            lambda error: self._deliver(Failed(request.id, str(error))),
        )
        return self.jobs[request.id]

    def cancel(self, job: str) -> None:
        """Stop a job."""
        if not self._runs.stop(job):
            self._deliver(Cancelled(job))

    def pause(self, job: str) -> None:
        """Hold a job at the end of its step."""
        self._runs.pause(job, True)
        self._set(replace(self.jobs[job], state=JobState.PAUSED))

    def resume(self, job: str) -> None:
        """Let a paused job go on."""
        self._runs.pause(job, False)
        self._set(replace(self.jobs[job], state=JobState.RUNNING))

    def ready(self, index: int) -> bool:
        """True if an offered candidate has been fitted into the photo as it is now."""
        if self.offered is None:
            return False
        layer = self._layers.get(Choice(self.offered.id, index))
        return layer is not None and self._fits(layer)

    def pick(self, index: int) -> None:
        """Choose a candidate: it is what `accept` takes, and stays on the canvas."""
        if self.ready(index):
            self.picked = index
            self.try_on(index)
            self.candidates_changed.emit()

    def try_on(self, index: int) -> None:
        """Show a candidate on the canvas, outside of the history."""
        if self.offered is not None and self.ready(index):
            self._try(Choice(self.offered.id, index))

    def try_picked(self) -> None:
        """Show the chosen candidate again after another one was tried on."""
        self.try_on(self.picked)

    def accept(self, job: str | None = None, index: int | None = None) -> UnchangedReport:
        """Make a candidate a layer: one entry of the history, proven to leave all else alone.

        job, index: by default the offered job and the picked candidate.

        Raises:
            GlideError: if there is no such candidate, or it is not ready.
            KeyError: if there is no such job.
        """
        if job is None and self.offered is None:
            raise GlideError("There is no candidate to accept; press Generate first.")
        chosen = self.jobs[job] if job is not None else self.offered
        assert chosen is not None
        if not chosen.patches:
            raise GlideError("This job has no finished candidate yet; wait until it is done.")
        choice = Choice(chosen.id, self.picked if index is None else index)
        layer = self._layers.get(choice)
        if layer is None:
            raise GlideError("This candidate is still being fitted into the photo; wait a moment.")
        if not self._fits(layer):
            raise GlideError(
                "The picture has another size or depth since this was generated; undo that, or"
                " generate again."
            )
        before = self._state.document
        self.withdraw(show=False)
        self._filled = before.selection
        clear = not self._state.recipe.keep_mask
        self._state.apply(f"Fill: {layer.name}", add_layer(before, layer, clear_selection=clear))
        self.proof = prove(before, self._state.document, _painted(before, chosen))
        self.candidates_changed.emit()
        return self.proof

    def withdraw(self, *, show: bool = True) -> None:
        """No candidates to choose from any more; the jobs keep theirs."""
        had, self.offered, self._tried = self.offered, None, None
        self._awaited = ""
        if had is not None:
            self.chosen.emit()
            if show:
                self._state.show(None)
            self.candidates_changed.emit()

    def clear(self) -> None:
        """Another document: stop what runs and forget all jobs."""
        for job in self.jobs.values():
            if not job.state.final:
                self.cancel(job.id)
        self.offered = self._tried = self.proof = None
        self._layers.clear()
        self.jobs.clear()
        self.candidates_changed.emit()

    def run_until_done(self) -> None:
        """Step the engine in this thread until every job that is not paused has ended."""
        self._host.run_until_done()

    def free_memory(self) -> None:
        """Unload the model's weights; the next job loads them again."""
        self._host.free_memory()

    def close(self) -> None:
        """Stop all jobs and the engine's thread."""
        self._host.close()

    def _frame_size(self) -> Size:
        if self.engine is None:
            return FRAME
        models = self.engine.capabilities.frame
        name = self._state.recipe.model
        if name not in models:
            known = ", ".join(f"'{one}'" for one in models) or "none"
            raise GlideError(f"There is no model '{name}' here; the models at hand are: {known}.")
        return models[name]

    def _submit(self, request: Request) -> None:
        job = self.jobs.get(request.id)
        if job is None or job.state.final:
            return
        self._runs.submit(request)
        self._runs.pause(request.id, job.state is JobState.PAUSED)

    def _deliver(self, update: Update) -> None:
        job = self.jobs.get(update.request)
        if job is None or job.state.final:
            return
        if isinstance(update, Notice):
            self._state.tell(update.message)
        job = job.advance(update)
        if job.state is JobState.FAILED:
            self._state.tell(job.message, Grade.ERROR)
        elif job.state is JobState.CANCELLED:
            self._state.tell("Cancelled.")
        if job.state.final:
            # The pixels have served; what stays is what is stored.
            job = replace(job, request=job.request.without_pixels())
        self._set(job)
        if job.state is JobState.FINISHED and job.patches:
            self.finished.emit(job)
            self._prepare(job)

    def restore(self, job: Job) -> None:
        """Offer the candidates of a job that was finished before the document was opened."""
        self.jobs[job.id] = job
        self._prepare(job)

    def _prepare(self, job: Job) -> None:
        self._awaited = job.id
        for patch in job.patches:
            self._seat(job, patch)

    def _set(self, job: Job) -> None:
        self.jobs[job.id] = job
        self.jobs_changed.emit(job)

    def _seat(self, job: Job, patch: Patch) -> None:
        """Fit a candidate into the photo, in the background: the first one is offered at once."""
        document, box, painted = self._state.document, job.request.box, job.painted
        seed, prompt = job.request.sampling.seed, job.request.prompt
        assert painted is not None
        self._background.run(
            lambda: seat(document, box, patch.image, painted, seed, prompt),
            lambda seated: self._seated(job, patch.index, seated),
            lambda error: self._state.tell(str(error), Grade.ERROR),
        )

    def _seated(self, job: Job, index: int, seated: Seated) -> None:
        if job.id not in self.jobs:
            return
        name = job.request.prompt or "Fill"
        self._layers[Choice(job.id, index)] = Layer(
            name if len(name) <= 40 else f"{name[:39]}…",
            seated.raster,
            provenance=provenance_to_dict(Provenance(job.request, index, __version__, job.weights)),
        )
        if self._awaited != job.id:
            return
        if self.offered is not job:
            self.offered, self.picked, self.seams = job, index, {}
            self.try_on(index)
        self.seams[index] = seated.seam
        self.candidates_changed.emit()

    def _fits(self, layer: Layer) -> bool:
        raster, document = layer.raster, self._state.document
        assert raster is not None
        return (raster.size, raster.dtype) == (document.size, document.dtype)

    def _try(self, choice: Choice) -> None:
        if self.tried == choice:
            return
        self._tried = choice
        self._state.show(add_layer(self._state.document, self._layers[choice]), trying=True)


def cut(document: Document, request: Request, painted: NDArray[np.uint8]) -> Request:
    """`request` with the pixels that its box shows, sRGB, and with what is to be generated.

    painted: [h, w] uint8, the mask inside the box; transparent pixels are unknown as well.
    """
    pixels = composite(document, request.box)
    unknown = 1 - pixels[..., 3] / np.float32(document.top)
    return replace(
        request,
        image=icc.to_srgb(np.ascontiguousarray(pixels[..., :3]), document.icc),
        mask=np.maximum(painted / np.float32(255), unknown).astype(np.float32),
    )


def _painted(document: Document, job: Job) -> Raster:
    """The mask as it was when the job was made: all that its result was allowed to change."""
    assert job.painted is not None
    return Raster.empty(document.size, 1).write(job.request.box, job.painted[..., None])
