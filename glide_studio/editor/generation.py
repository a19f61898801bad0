"""The verbs around a model: generate, cancel, pause, choose among candidates, accept."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.engine_protocol import Engine, Forecast
from glide_studio.api.events import Cancelled, Draft, Failed, Finished, Notice, Progress, Update
from glide_studio.api.facing import say_side
from glide_studio.api.request import (
    Provenance,
    Request,
    clean_prompt,
    counted_things,
    explain_unknown_words,
    is_unfinished,
    new_id,
)
from glide_studio.api.sampling import PlanName, Sampling, apply_model_defaults, apply_plan
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.editor.completion_jobs import STAGE, CompletionResult, fill_candidates
from glide_studio.editor.crop import CropRegion, add_pixels, crop_around
from glide_studio.editor.fit_queue import CLEARING, CUTOUT, PLAIN, FitQueue
from glide_studio.editor.fitting import FittedPatch, compare_outside
from glide_studio.editor.jobs import Choice, Job, JobQueue, JobState, painted_raster
from glide_studio.editor.mask_islands import split_islands
from glide_studio.editor.retouch_actions import COMPLETION, SEED_COUNT, RetouchActions
from glide_studio.editor.runner import EngineRunner
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.result_checks import SeamDifference, UnchangedReport
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.provenance import provenance_to_dict
from glide_studio.signals import Signal
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.version import __version__

DEFAULT_MODEL_SIZE = Size(256, 256)
"""Picture that a model makes, until the engine can say: both GLIDE upsamplers end here."""

LONG_DETAIL_S = 1.0  # of one candidate: from there on drafts are offered first
MAX_NAME_LENGTH = 40  # of a layer
REMOVAL_NAME = QT_TRANSLATE_NOOP("Generation", "Remove")
"""Of layers and history entries without a prompt."""


FindSampling = Callable[[str], Sampling | None]
"""From a model's name to the sampling that it was tuned for, None if there is no such model."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a run would cost. enlargement: crop side over generated side. forecast: None
    until the engine is there. unknown: one sentence if the prompt names nothing that the model
    was trained on, else "". is_drafts: small drafts come first, which the forecast is for. places:
    how many parts of the mask are filled each on its own. wanted: how many things the prompt asks
    for, if the model draws one in each place; else 1.
    """

    enlargement: float
    forecast: Forecast | None
    unknown: str = ""
    is_drafts: bool = False
    places: int = 1
    wanted: int = 1


class Generation:
    """Jobs and their candidates. Only `accept` touches the document.

    jobs: all of the open document; their results stay until they are discarded or the memory that
        results may take is used up. selected: index of the chosen candidate of `current`. proof: of
        the last accept.
    finished: a job has its candidates. current_changed: id of the job whose candidates are being
        chosen from, "" if they were accepted, discarded or put aside.
    """

    def __init__(
        self,
        state: EditorState,
        runner: EngineRunner,
        pool: Worker,
        retouching: RetouchActions,
        find_sampling: FindSampling,
    ) -> None:
        """retouching: says what removal takes, and from where. find_sampling: see `Editor`."""
        self.jobs = JobQueue()
        self.candidates_changed: Signal[()] = Signal()
        self.finished: Signal[Job] = Signal()
        self.current_changed: Signal[str] = Signal()
        self.selected = 0
        self.report: UnchangedReport | None = None
        self._current = ""
        self._previewed: Choice | None = None
        self._filled: Raster | None = None
        self._split: tuple[Raster, list[Raster]] | None = None  # a mask and its islands
        self._state = state
        self._runner = runner
        self._pool = pool
        self._retouching = retouching
        self._find_sampling = cache(find_sampling)
        self._tasks: dict[str, Task] = {}
        self._picked: dict[str, int] = {}  # index of the candidate looked at last, by job
        self._accepted_groups: set[str] = set()
        self._fit_queue = FitQueue(self.jobs, state, pool)
        self._fit_queue.fitted.connect(self._add_fitted)
        self._fit_queue.failed.connect(self._fit_failed)
        self._fit_queue.advanced.connect(self._advance_fitting)
        runner.updated.connect(self._deliver)
        state.settings_changed.connect(self._follow_placement)
        self.jobs.removed.connect(lambda _: self.candidates_changed.emit())

    @property
    def current(self) -> Job | None:
        """The job whose candidates are being chosen from."""
        return self.jobs.get(self._current)

    @property
    def previewed(self) -> Choice | None:
        """The candidate that the canvas shows in place of the document."""
        return self._previewed if self._state.is_previewing else None

    @property
    def draft(self) -> Draft | None:
        """The draft that is being looked at; None if full results or none are."""
        job = self.current
        return job.draft(self.selected) if job is not None and job.is_drafts else None

    @property
    def is_filled(self) -> bool:
        """True while the painted mask is the one that the last accepted result was made for."""
        return self._filled is not None and self._filled == self._state.document.selection

    @property
    def is_being_filled(self) -> bool:
        """True while the running job fills all of the mask as it is painted now."""
        job, shown = self.jobs.active, self._state.shown
        if job is None or shown is None:
            return False
        try:
            asked = self._state.timeline.state(job.request.state).document.selection
        except KeyError:
            return False  # the history has dropped that state
        bounds = asked.content_box()
        return asked is shown.selection and bounds.clamp(job.request.box) == bounds

    @property
    def engine(self) -> Engine | None:
        """The engine once it is built."""
        return self._runner.engine

    @property
    def is_removal(self) -> bool:
        """True if Generate will fill from the photo itself, since there is no prompt."""
        return not clean_prompt(self._state.generation_settings.prompt)

    def use_model(self, name: str) -> None:
        """Choose a model, with the sampling that suits it best."""
        sampling = self._state.generation_settings.sampling
        if (default := self._default_sampling(name)) is not None:
            sampling = apply_model_defaults(sampling, default)
        self._state.set_generation_settings(model=name, sampling=sampling)

    def plan(self, name: PlanName) -> Sampling:
        """Return the present sampling with sampler and steps of a plan of the chosen model."""
        settings = self._state.generation_settings
        planned = apply_plan(name, self._default_sampling(settings.model) or Sampling())
        return replace(
            settings.sampling,
            sampler=planned.sampler,
            steps=planned.steps,
            upsample_steps=planned.upsample_steps,
        )

    def _default_sampling(self, model: str) -> Sampling | None:
        """Return what a model was tuned for; None while that is not known."""
        if self.engine is not None:
            return self.engine.capabilities.default_sampling.get(model, Sampling())
        return self._find_sampling(model)

    def start_engine(self) -> None:
        """Build the engine now rather than at the first Generate."""
        self._runner.start()

    def crop(self) -> CropRegion:
        """Return what the model would look at for the mask as it is painted now.

        Raises:
            GlideError: if no picture is open, nothing is painted or the model is unknown.
        """
        document = self._state.document
        bounds = document.selection.content_box()
        if bounds.empty:
            raise GlideError(
                translate(
                    "Generation", "Nothing is painted yet; paint over what should change first."
                )
            )
        return crop_around(bounds, document.size, self._model_size())

    def preflight(
        self, sampling: Sampling | None = None, *, drafts_first: bool = False
    ) -> Preflight | None:
        """Return what Generate would cost as things are now; None if it cannot be pressed.

        Parts of the mask that lie far apart are counted each. sampling: instead of that of the
        settings. drafts_first: as `generate` is called with.
        """
        try:
            crop = self.crop()
        except GlideError:
            return None
        settings, document = self._state.generation_settings, self._state.document
        sampling = sampling or settings.sampling
        if self.is_removal:
            painted = document.selection.content_box()
            one = self._fit_queue.speed.estimate(painted, CLEARING)
            return Preflight(1.0, Forecast(sampling.count * one, 0, True))
        if self.engine is None:
            return Preflight(crop.enlargement, None)
        parts = [part.content_box() for part in self._islands()]
        requests = [self._make_request(part, sampling, drafts_first)[0] for part in parts]
        engine = [self.engine.forecast(request) for request in requests]
        seconds = sum(one.seconds for one in engine)
        is_drafts = requests[0].drafts_only
        for part in parts:
            if settings.clear_first:
                seconds += self._fit_queue.speed.estimate(part, CLEARING)
            if not is_drafts:
                kind = self._fit_kind(settings.model)
                seconds += self._fit_queue.speed.estimate(part, kind)
        forecast = Forecast(
            seconds,
            max(one.peak_bytes for one in engine),
            all(one.fits for one in engine),
            max(one.enlargement for one in engine),
        )
        unfinished = is_unfinished(self._state.generation_settings.prompt, self._known_nouns())
        unknown = "" if unfinished else self._explain_unknown_words()
        wanted = 1
        if self._fit_kind(settings.model) == CUTOUT:
            wanted = counted_things(clean_prompt(settings.prompt))
        return Preflight(forecast.enlargement, forecast, unknown, is_drafts, len(parts), wanted)

    def _islands(self) -> list[Raster]:
        """Return the parts of the mask that are filled each on its own."""
        mask = self._state.document.selection
        if self._split is None or self._split[0] is not mask:
            self._split = mask, split_islands(mask)
        return self._split[1]

    def _explain_unknown_words(self) -> str:
        """Return a sentence if the model knows nothing that the prompt names, else ""."""
        settings = self._state.generation_settings
        nouns = self._known_nouns()
        return explain_unknown_words(clean_prompt(settings.prompt), nouns, settings.model)

    def _known_nouns(self) -> Sequence[str]:
        """Return the nouns that the chosen model is limited to, none if it is not."""
        model, engine = self._state.generation_settings.model, self.engine
        return () if engine is None else engine.capabilities.nouns.get(model, ())

    # Jobs.

    def generate(self, *, drafts_first: bool = False, by_islands: bool = False) -> Job:
        """Queue a fill of the painted mask with the settings as they are.

        Without a prompt it is filled from the photo itself. Candidates that are being chosen from
        are put aside, see `show_results`.

        drafts_first: make small drafts alone, for `refine`, if the model takes long for the detail
            and the user's settings do not ask for all of it at once.
        by_islands: fill parts of the mask that lie far apart by a job each; `accept` takes them
            together. Returns the job of the first part.

        Raises:
            GlideError: if no picture is open, nothing is painted, the model is unknown, or it knows
                nothing that the prompt names.
        """
        if self.is_removal:
            return self.fill_from_photo()
        self.crop()  # the same sentences whether there are islands or not
        if unknown := self._explain_unknown_words():
            raise GlideError(unknown)
        sampling, mask = self._next_sampling(), self._state.document.selection
        parts = self._islands() if by_islands else [mask]
        group = new_id() if len(parts) > 1 else ""
        self.put_aside()
        clears = self._state.generation_settings.clear_first
        jobs = []
        for part in parts:
            request, enlargement = self._make_request(part.content_box(), sampling, drafts_first)
            painted = _read_mask(part, request.box)
            jobs.append(self._queue(request, painted, enlargement, clears, group))
        return jobs[0]

    def _make_request(
        self, painted: Box, sampling: Sampling, drafts_first: bool
    ) -> tuple[Request, float]:
        """Return the request to fill what is painted in a box, and the enlargement."""
        settings, document = self._state.generation_settings, self._state.document
        crop = crop_around(painted, document.size, self._model_size())
        if self._fit_kind(settings.model) == CUTOUT:
            sampling = replace(sampling, strength=1.0)  # nothing to begin from
        request = Request(
            "fill",
            clean_prompt(settings.prompt),
            crop.box,
            sampling,
            clean_prompt(settings.negative),
            model=settings.model,
            state=self._state.timeline.current.id,
        )
        if drafts_first and settings.drafts_first and self._takes_long_for_detail(request):
            request = replace(request, drafts_only=True)
        return request, crop.enlargement

    def _takes_long_for_detail(self, request: Request) -> bool:
        """Tell whether drafts are there much sooner than what is made of them."""
        count = request.sampling.count
        if self.engine is None or count < 2:
            return False
        whole = self.engine.forecast(request).seconds
        drafts = self.engine.forecast(replace(request, drafts_only=True)).seconds
        return (whole - drafts) / count > LONG_DETAIL_S

    def refine(self, choices: Sequence[Choice]) -> list[Job]:
        """Queue the drafts that were picked, to be made in full detail.

        Raises:
            GlideError: if one is no draft, or the picture has another size by now.
        """
        picked = [(self.jobs[choice.job], choice.index) for choice in choices]
        for job, _ in picked:
            self.check_area(job)
            if not job.is_drafts:
                raise GlideError(
                    translate(
                        "Generation", "This result has all its detail already; choose a draft."
                    )
                )
        queued = []
        for job, index in picked:
            request = replace(
                job.request,
                id=new_id(),
                drafts_only=False,
                draft=job.draft(index).image,
                draft_index=index,
                state=self._state.timeline.current.id,
            )
            assert job.painted is not None
            queued.append(self._queue(request, job.painted, job.enlargement, job.clears, job.group))
        self.put_aside()
        return queued

    def fill_from_photo(self) -> Job:
        """Queue candidates that fill the mask from the photo itself, whatever the prompt is.

        Raises:
            GlideError: if no picture is open or nothing is painted.
        """
        self.crop()  # says what is missing
        hole, sampling = self._retouching.objects.removal_mask(), self._next_sampling()
        size = self._state.document.size
        crop = crop_around(hole.content_box(), size, DEFAULT_MODEL_SIZE)
        request = Request(
            "fill",
            "",
            crop.box,
            sampling,
            model=COMPLETION,
            state=self._state.timeline.current.id,
        )
        self.put_aside()
        return self._queue_completion(request, _read_mask(hole, crop.box), hole)

    def generate_again(self, job_id: str, count: int | None = None) -> Job:
        """Queue a fill of the same area with the same settings but another seed.

        count: how many candidates; by default as many as the job asked for.

        Raises:
            GlideError: if the picture has another size by now.
            KeyError: if there is no such job.
        """
        job = self.jobs[job_id]
        self.check_area(job)
        assert job.painted is not None
        old = job.request
        sampling = replace(
            old.sampling,
            seed=secrets.randbelow(SEED_COUNT),
            count=old.sampling.count if count is None else count,
        )
        request = replace(
            old,
            id=new_id(),
            sampling=sampling,
            state=self._state.timeline.current.id,
        )
        if old.model == COMPLETION:
            hole = painted_raster(self._state.document, job)
            return self._queue_completion(request, job.painted, hole)
        return self._queue(request, job.painted, job.enlargement, job.clears)

    def vary(self, job_id: str, index: int, strength: float, count: int = 4) -> Job:
        """Queue variations of a candidate, for the same area: more like this.

        strength: how far they may go from it, 0 .. 1. count: how many.

        Raises:
            GlideError: if it was filled from the photo, or the picture has another size by now.
            KeyError: if there is no such candidate.
        """
        job = self.jobs[job_id]
        self.check_area(job)
        if job.request.model == COMPLETION or job.painted is None:
            raise GlideError(
                translate(
                    "Generation",
                    "This was filled from the photo itself; only what a model made varies.",
                )
            )
        sampling = replace(
            job.request.sampling, seed=secrets.randbelow(SEED_COUNT), count=count, strength=1.0
        )
        request = replace(
            job.request,
            id=new_id(),
            prompt=self._prompt_of(job.request, index),
            sampling=sampling,
            like=job.patch(index).image,
            like_strength=strength,
            state=self._state.timeline.current.id,
        )
        return self._queue(request, job.painted, job.enlargement, job.clears)

    def _prompt_of(self, request: Request, index: int) -> str:
        """Return the prompt that draws a candidate's object facing the same way again."""
        if self.engine is None or request.model not in self.engine.capabilities.faces_left:
            return request.prompt
        return say_side(request.prompt, request.sampling.seed, index)

    def _queue(
        self,
        request: Request,
        painted: NDArray[np.uint8],
        enlargement: float,
        clears: bool,
        group: str = "",
    ) -> Job:
        """Queue a request; its pixels are cut out when its turn has come."""
        document, bounds = self._state.document, bounding_box(painted > 0)
        estimate = self._fit_queue.speed.estimate
        fit_seconds = estimate(bounds, self._fit_kind(request.model))
        engine_seconds = self.engine.forecast(request).seconds if self.engine else 0.0
        whole = engine_seconds + fit_seconds
        job = Job(
            request,
            painted,
            enlargement,
            fit_seconds=fit_seconds,
            engine_share=engine_seconds / whole if engine_seconds and whole else 1.0,
            clears=clears,
            group=group,
        )
        self.jobs.put(job)
        self._runner.start()
        task = Task()
        if clears:
            self._tasks[job.id] = task
        clear_seconds, stage = estimate(bounds, CLEARING), translate("CompletionJobs", STAGE)

        def report(share: float) -> None:
            remaining = (1 - share) * clear_seconds + engine_seconds
            progress = Progress(job.id, stage, 0, 100, remaining)
            self._pool.post(lambda: self._deliver(progress))

        def cut_out() -> Request:
            """Cut out the pixels; the document is immutable, so this may wait."""
            photo = document
            if clears:
                cleared = self._fit_queue.clear_area(document, job, task, report)
                photo = add_layer(photo, Layer("", cleared))
            return add_pixels(photo, request, painted)

        self._runner.requests.add(request, cut_out)
        return self.jobs[request.id]

    def _fit_kind(self, model: str) -> str:
        return CUTOUT if self.engine and model in self.engine.capabilities.alpha else PLAIN

    def check_area(self, job: Job) -> None:
        """Check that the area of a job is still part of the picture.

        Raises:
            GlideError: if it is not.
        """
        box, whole = job.request.box, self._state.document.box
        if job.painted is None or box.clamp(whole) != box:
            raise GlideError(
                translate(
                    "Generation",
                    "The picture is smaller than when this was made; paint the area again.",
                )
            )

    def _queue_completion(self, request: Request, painted: NDArray[np.uint8], hole: Raster) -> Job:
        document, area = self._state.document, self._retouching.sampling
        job = Job(
            request,
            painted,
            state=JobState.RUNNING,
            stage=translate("CompletionJobs", STAGE),
            total=100,
        )
        self.jobs.put(job)
        self._tasks[job.id] = task = Task()

        def report(share: float) -> None:
            progress = Progress(job.id, translate("CompletionJobs", STAGE), round(100 * share), 100)
            self._pool.post(lambda: self._deliver(progress))

        def fill() -> tuple[CompletionResult, float]:
            began = time.thread_time()
            result = fill_candidates(document, request, hole, area, report, task)
            return result, time.thread_time() - began

        def show(done: tuple[CompletionResult, float]) -> None:
            result, seconds = done
            one = seconds / max(1, len(result.fitted))
            self._fit_queue.speed.record(hole.content_box(), CLEARING, one)
            self._show_completion(result)

        self._pool.run(
            fill,
            show,
            lambda error: self._deliver(Failed(job.id, str(error))),
            task,
        )
        return self.jobs[job.id]

    def _show_completion(self, result: CompletionResult) -> None:
        job = self.jobs[result.finished.request].advance(result.finished)
        for index, fitted in result.fitted.items():
            job = job.add_fitted(index, fitted)
        self.jobs.put(job)
        self.finished.emit(job)
        self.show_results(job.id)
        self.jobs.prune(self._current)

    def cancel(self, job_id: str) -> None:
        """Stop a job; one that is being fitted keeps its candidates."""
        job = self.jobs.get(job_id)
        if job is not None and job.state is JobState.FITTING:
            if self._fit_queue.running is not None and self._fit_queue.running.job == job_id:
                self._fit_queue.stop()
            self.jobs.put(job.stop_fitting())
            self._fit_queue.begin_next()
            return
        if task := self._tasks.pop(job_id, None):
            task.cancel()
        if not self._runner.requests.cancel(job_id):
            self._deliver(Cancelled(job_id))

    def cancel_all(self) -> None:
        """Stop all jobs, those that wait first."""
        for job in reversed(self.jobs.unfinished):
            self.cancel(job.id)

    def move(self, job_id: str, steps: int) -> None:
        """Let a waiting job run sooner (negative) or later, by places among those that wait."""
        self.jobs.move(job_id, steps)
        self._runner.requests.arrange(tuple(self.jobs))

    def pause(self, job_id: str) -> None:
        """Hold a job at the end of its step; one that needs no model goes on."""
        if self.jobs[job_id].request.model == COMPLETION:
            return
        self._runner.requests.pause(job_id, True)
        self.jobs.put(replace(self.jobs[job_id], state=JobState.PAUSED))

    def resume(self, job_id: str) -> None:
        """Let a paused job go on."""
        self._runner.requests.pause(job_id, False)
        self.jobs.put(replace(self.jobs[job_id], state=JobState.RUNNING))

    # Candidates.

    def is_ready(self, index: int) -> bool:
        """Tell whether a candidate of `current` can be shown in the photo as it is now."""
        job = self.current
        return job is not None and index in job.fitted and self._fits(job.fitted[index])

    def seam(self) -> SeamDifference | None:
        """Return how visible the seam of the selected candidate is; None while that is unknown."""
        job = self.current
        fitted = None if job is None else job.fitted.get(self.selected)
        return None if fitted is None else fitted.seam

    def select(self, index: int) -> None:
        """Choose a candidate: it is what `accept` takes, and stays on the canvas.

        One that is not fitted yet is fitted at once and shown then.
        """
        job = self.current
        if job is not None and Choice(job.id, index) in job.choices:
            self.selected = self._picked[job.id] = index
            self.preview(index)
            self.candidates_changed.emit()
            self._fit_queue.view(Choice(job.id, index))

    def preview(self, index: int) -> None:
        """Show a candidate on the canvas, outside of the history."""
        choice = Choice(self._current, index)
        if self.is_ready(index) and self.previewed != choice:
            self._previewed = choice
            self._state.show(self._add_all(self._state.document, choice), is_previewing=True)

    def document_with(self, index: int | None) -> Document | None:
        """Return the document with a candidate of `current` as a layer; None if it is not ready.

        index: None for the document as it is.
        """
        if index is None:
            return self._state.document
        if not self.is_ready(index):
            return None
        return self._add_all(self._state.document, Choice(self._current, index))

    def _islands_beside(self, choice: Choice) -> list[Choice]:
        """Return what was picked for the other islands of the same mask, as far as it is ready."""
        group = self.jobs[choice.job].group
        if not group or group in self._accepted_groups:
            return []
        found: dict[Box, Choice] = {}
        for job in self.jobs.values():
            own = self.jobs[choice.job].request.box
            if job.group == group and job.request.box != own and job.fitted:
                picked = self._picked.get(job.id, min(job.fitted))
                index = picked if picked in job.fitted else min(job.fitted)
                if self._fits(job.fitted[index]):
                    found[job.request.box] = Choice(job.id, index)  # the newest job of an island
        return list(found.values())

    def _add_all(
        self, document: Document, choice: Choice, *, clear_selection: bool = False
    ) -> Document:
        """Add a candidate and what was picked for the other islands of its mask."""
        for other in self._islands_beside(choice):
            document = self._add_layers(document, other)
        return self._add_layers(document, choice, clear_selection=clear_selection)

    def preview_selected(self) -> None:
        """Show the selected candidate again after another one was previewed."""
        self.preview(self.selected)

    def show_results(self, job_id: str, index: int | None = None) -> None:
        """Choose from the candidates of an older job.

        index: the candidate to look at; by default the first that can be shown.

        Raises:
            GlideError: if the job has none any more.
        """
        job = self.jobs.get(job_id)
        if job is None or job.state is not JobState.FINISHED or not job.choices:
            raise GlideError(
                translate(
                    "Generation",
                    "These results are no longer kept; press Generate to make new ones.",
                )
            )
        if index is None:
            index = min(job.fitted or (choice.index for choice in job.choices))
        is_other = self._current != job_id
        self._current, self._previewed = job_id, None
        self.selected = self._picked[job_id] = index
        if is_other:
            self.current_changed.emit(job_id)
        if self.is_ready(index):
            self.preview(index)
        elif self._state.is_previewing:
            self._state.show(None)
        self.candidates_changed.emit()
        self._fit_queue.view(Choice(job_id, index))

    def accept(self, job_id: str | None = None, index: int | None = None) -> UnchangedReport:
        """Make a candidate a layer: one entry of the history, checked to change nothing else.

        job_id, index: by default the current job and the selected candidate.

        Raises:
            GlideError: if there is no such candidate, or it is not ready.
            KeyError: if there is no such job.
        """
        job = self.current if job_id is None else self.jobs[job_id]
        if job is None:
            raise GlideError(
                translate("Generation", "There is no candidate to accept; press Generate first.")
            )
        choice = Choice(job.id, self.selected if index is None else index)
        self._check_acceptable(job, choice)
        before = self._state.document
        clear = not self._state.generation_settings.keep_mask
        steps = [before]
        choices = [*self._islands_beside(choice), choice]
        for one in choices:
            is_last = clear and one == choice
            steps.append(self._add_layers(steps[-1], one, clear_selection=is_last))
        if job.group:
            self._accepted_groups.add(job.group)
        self.put_aside(show=False)
        self._filled = before.selection
        self._state.apply(_name_fill(job), steps[-1])
        reports = [
            self._compare_step(first, second, one)
            for first, second, one in zip(steps, steps[1:], choices, strict=False)
        ]
        self.report = sum(reports[1:], reports[0])
        if not self.report.ok:
            self._state.notify(
                translate(
                    "Generation",
                    "{differing} pixels outside the mask changed; undo and report this.",
                ).format(differing=number(self.report.differing)),
                Severity.ERROR,
            )
        self.candidates_changed.emit()
        return self.report

    def _check_acceptable(self, job: Job, choice: Choice) -> None:
        """Raise GlideError if a candidate cannot become a layer now."""
        if job.is_drafts:
            raise GlideError(
                translate("Generation", "This is a draft; refine it first, then accept the result.")
            )
        if not job.patches:
            raise GlideError(
                translate(
                    "Generation", "This job has no finished candidate yet; wait until it is done."
                )
            )
        fitted = job.fitted.get(choice.index)
        if fitted is None:
            raise GlideError(
                translate(
                    "Generation",
                    "This candidate is still being fitted into the photo; wait a moment.",
                )
            )
        if not self._fits(fitted):
            raise GlideError(
                translate(
                    "Generation",
                    "The picture has another size or depth since this was generated; undo that, or"
                    " generate again.",
                )
            )
        self._check_islands(job)

    def _check_islands(self, job: Job) -> None:
        """Raise GlideError if another island of the mask is still being filled."""
        if job.group in self._accepted_groups:
            return
        others = (one for one in self.jobs.unfinished if job.group and one.group == job.group)
        if next(others, None) is not None:
            raise GlideError(
                translate(
                    "Generation",
                    "The other parts of the mask are still being filled; wait, or cancel them.",
                )
            )

    def _compare_step(self, before: Document, after: Document, choice: Choice) -> UnchangedReport:
        job = self.jobs[choice.job]
        fitted = job.fitted[choice.index]
        return compare_outside(before, after, painted_raster(before, job), fitted)

    def discard(self) -> None:
        """Throw away the results that are being chosen from."""
        job_id = self._current
        self.put_aside()
        self.jobs.remove(job_id)

    def put_aside(self, *, show: bool = True) -> None:
        """End choosing; the results stay. show: let the canvas draw the document again."""
        was_choosing, self._current, self._previewed = self.current is not None, "", None
        self._fit_queue.view(None)
        if was_choosing:
            self.current_changed.emit("")
            if show:
                self._state.show(None)
            self.candidates_changed.emit()

    def leave(self, job_id: str) -> None:
        """Put the candidates of a job aside if they are being chosen from."""
        if self._current == job_id:
            self.put_aside()

    def restore(self, job: Job) -> None:
        """Offer the candidates of a job that was finished before the document was opened."""
        self.jobs.put(replace(job, state=JobState.FITTING))
        self._fit_queue.begin_next()

    def restore_older(self, jobs: list[Job]) -> None:
        """Keep the results of jobs that were finished before the document was opened."""
        self.jobs.put_first([job for job in jobs if job.id not in self.jobs])
        self.jobs.prune(self._current)
        self.candidates_changed.emit()

    def clear(self) -> None:
        """Stop what runs and forget all jobs, as for another document."""
        self.cancel_all()
        self._fit_queue.clear()
        self._current, self._previewed, self.report = "", None, None
        self.jobs.clear()
        self._picked.clear()
        self._accepted_groups.clear()
        self.candidates_changed.emit()

    # The engine.

    def run_until_done(self) -> None:
        """Step the engine in this thread until every job that is not paused has ended."""
        self._runner.run_until_done()

    def free_memory(self) -> None:
        """Unload the model's weights; the next job loads them again."""
        self._runner.free_memory()

    def close(self) -> None:
        """Stop all jobs and the engine's thread."""
        self._fit_queue.stop()
        self._runner.close()

    def _next_sampling(self) -> Sampling:
        settings = self._state.generation_settings
        if settings.new_seed:
            sampling = replace(settings.sampling, seed=secrets.randbelow(SEED_COUNT))
            self._state.set_generation_settings(sampling=sampling)
        return self._state.generation_settings.sampling

    def _model_size(self) -> Size:
        if self.engine is None or self.is_removal:
            return DEFAULT_MODEL_SIZE
        capabilities = self.engine.capabilities
        models = capabilities.frame
        name = self._state.generation_settings.model
        if name not in models:
            known = ", ".join(f"'{one}'" for one in models)
            if not known:
                raise GlideError(
                    translate("Generation", "No model is installed here; add one first.")
                )
            raise GlideError(
                translate(
                    "Generation",
                    "There is no model '{name}' here; the installed models are: {known}.",
                ).format(name=name, known=known)
            )
        return models[name]

    def _deliver(self, update: Update) -> None:
        job = self.jobs.get(update.request)
        if job is None or job.state.final:
            return
        if isinstance(update, Notice):
            self._state.notify(update.message)
        job = job.advance(update)
        if job.state is JobState.FAILED:
            self._state.notify(job.message, Severity.ERROR)
        elif job.state is JobState.CANCELLED:
            self._state.notify(translate("Generation", "Cancelled."))
        if job.state.final or job.state is JobState.FITTING:
            job = replace(job, request=job.request.without_pixels())
        self.jobs.put(job)
        if isinstance(update, Finished) and job.patches:
            self.finished.emit(job)
        elif job.is_drafts:
            self.show_results(job.id)
        if job.state.final or job.state is JobState.FITTING:
            self._fit_queue.begin_next()
        self.jobs.prune(self._current)

    def _follow_placement(self) -> None:
        """Place the candidate in view again if the settings of its placement have changed."""
        choice = Choice(self._current, self.selected)
        if self.current is not None and self._fit_queue.is_stale(choice):
            self._fit_queue.view(choice)

    def _advance_fitting(self, choice: Choice, stage: str, done: float) -> None:
        job = self.jobs.get(choice.job)
        if job is not None and job.state is JobState.FITTING:
            self.jobs.put(job.advance_fitting(stage, done))

    def _add_fitted(self, choice: Choice, fitted: FittedPatch) -> None:
        job = self.jobs.get(choice.job)
        if job is None or choice not in job.choices:
            return
        is_first = job.state is JobState.FITTING
        self.jobs.put(job.add_fitted(choice.index, fitted))
        if is_first:
            self.show_results(choice.job, choice.index)
        elif choice.job == self._current:
            if choice.index == self.selected:
                self._previewed = None
                self.preview(choice.index)
            self.candidates_changed.emit()
        self.jobs.prune(self._current)

    def _fit_failed(self, choice: Choice, error: GlideError) -> None:
        job = self.jobs.get(choice.job)
        if job is not None and job.state is JobState.FITTING:
            self._deliver(Failed(choice.job, str(error)))
        else:
            self._state.notify(str(error), Severity.ERROR)

    def _add_layers(
        self, document: Document, choice: Choice, *, clear_selection: bool = False
    ) -> Document:
        """Add the layers of a candidate: the object, below it its shadow and what it stands on."""
        job = self.jobs[choice.job]
        fitted, name = job.fitted[choice.index], _layer_name(job)
        provenance = provenance_to_dict(
            Provenance(job.request, choice.index, __version__, job.weights)
        )
        if fitted.cleared is not None:
            document = add_layer(
                document, Layer(translate("Generation", REMOVAL_NAME), fitted.cleared)
            )
        if fitted.shadow is not None:
            document = add_layer(
                document,
                Layer(translate("Generation", "{name}: shadow").format(name=name), fitted.shadow),
            )
        layer = Layer(name, fitted.raster, provenance=provenance)
        return add_layer(document, layer, clear_selection=clear_selection)

    def _fits(self, fitted: FittedPatch) -> bool:
        raster, document = fitted.raster, self._state.document
        return (raster.size, raster.dtype) == (document.size, document.dtype)


def _read_mask(mask: Raster, box: Box) -> NDArray[np.uint8]:
    """Return the pixels [h, w] of a mask inside a box, read-only."""
    painted = np.ascontiguousarray(mask.read(box)[..., 0])
    painted.setflags(write=False)
    return painted


def _name_fill(job: Job) -> str:
    if not job.request.prompt:
        return translate("Generation", REMOVAL_NAME)
    return translate("Generation", "Fill: {prompt}").format(prompt=_layer_name(job))


def _layer_name(job: Job) -> str:
    name = job.request.prompt or translate("Generation", REMOVAL_NAME)
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"
