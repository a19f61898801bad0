"""The verbs around a model: generate, refine, vary, cancel, pause; what comes of each job."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Cancelled, Failed, Finished, Notice, Progress, Update
from glide_studio.api.facing import choose_side
from glide_studio.api.request import COMPLETION, Facing, Request, clean_prompt, new_id
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.morphology import fill_small_holes
from glide_studio.document.raster import Raster
from glide_studio.editor.candidates import Candidates
from glide_studio.editor.completion_jobs import STAGE, CompletionResult, fill_candidates
from glide_studio.editor.crop import add_pixels, crop_around
from glide_studio.editor.fill_requests import DEFAULT_MODEL_SIZE, FillRequests, FindSampling
from glide_studio.editor.fit_queue import CLEARING, FitQueue, PaintedArea
from glide_studio.editor.fitting import FittedPatch
from glide_studio.editor.jobs import (
    Choice,
    Job,
    JobQueue,
    JobState,
    Mark,
    box_in,
    is_in,
    painted_raster,
)
from glide_studio.editor.removal_mask import add_rims, reach_of_shadows
from glide_studio.editor.replaced_ground import clear_ground
from glide_studio.editor.retouch_actions import SEED_COUNT, RetouchActions
from glide_studio.editor.runner import EngineRunner
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.signals import Signal
from glide_studio.translation import translate

SMALL_HOLE = 0.02  # of the mask's area around it: smaller ones are gaps between strokes


class Generation:
    """The jobs of the open document. Nothing here touches the picture, see `Candidates`.

    jobs: their results stay until they are discarded. candidates: those that are being chosen from.
    requests: what Generate asks for. finished: a job has its candidates. dropped: a job was
    cancelled or has failed.
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
        self.finished: Signal[Job] = Signal()
        self.dropped: Signal[Job] = Signal()
        self._state = state
        self._runner = runner
        self._pool = pool
        self._retouching = retouching
        self._tasks: dict[str, Task] = {}
        self._kept_holes: Raster | None = None  # the mask whose holes were filled last
        self._hole_states = ("", "")  # ids of the states before and after that
        self._fit_queue = FitQueue(self.jobs, state, pool)
        self.candidates = Candidates(state, self.jobs, self._fit_queue, pool)
        self.requests = FillRequests(state, runner, self._fit_queue.speed, find_sampling)
        self._fit_queue.fitted.connect(self._add_fitted)
        self._fit_queue.failed.connect(self._fit_failed)
        self._fit_queue.advanced.connect(self._advance_fitting)
        runner.updated.connect(self._deliver)
        state.document_changed.connect(lambda before, after, _: self._follow_canvas(before, after))
        self.dropped.connect(self._take_back_holes)

    def generate(
        self,
        *,
        drafts_first: bool = False,
        by_islands: bool = False,
        fills_holes: bool = False,
        prompt: str | None = None,
        replaces: str = "",
    ) -> Job:
        """Queue a fill of the painted mask with the settings as they are.

        Without a prompt it is filled from the photo itself. Candidates that are being chosen from
        are put aside, see `show_results`.

        drafts_first: make small drafts alone, for `refine`, if the model takes long for the detail
            and the user's settings do not ask for all of it at once.
        by_islands: fill parts of the mask that lie far apart by a job each; `accept` takes them
            together. Returns the job of the first part.
        fills_holes: paint small holes of the mask over first, which would be holes in the result.
        prompt: in place of that of the settings. replaces: see `Job`.

        Raises:
            GlideError: if no picture is open, nothing is painted, the model is unknown, or it knows
                nothing that the prompt names.
        """
        if prompt is None:
            prompt = self._state.generation_settings.prompt
        if not clean_prompt(prompt):
            return self.fill_from_photo()
        self.requests.crop()  # the same sentences whether there are islands or not
        if unknown := self.requests.explain_words(prompt):
            raise GlideError(unknown)
        if fills_holes:
            self._fill_holes()
        sampling, mask = self.requests.next_sampling(), self._state.document.selection
        parts = self.requests.islands() if by_islands else [mask]
        group = new_id() if len(parts) > 1 else ""
        self.candidates.put_aside()
        clears = self._state.generation_settings.clear_first
        jobs = []
        for number, part in enumerate(parts):
            # Another seed each, or all would be filled with the same objects.
            own = replace(sampling, seed=(sampling.seed + number) % SEED_COUNT)
            box = part.content_box()
            request, enlargement = self.requests.make(box, own, prompt, drafts_first)
            painted = _read_mask(part, request.box)
            jobs.append(
                self._queue(request, painted, enlargement, clears, group, replaces=replaces)
            )
        return jobs[0]

    def _fill_holes(self) -> None:
        """Paint small holes of the mask over and say so; whoever undoes that, keeps them."""
        document = self._state.document
        mask = document.selection
        whole = mask if mask == self._kept_holes else fill_small_holes(mask, SMALL_HOLE)
        if whole is mask:
            return
        before = self._state.timeline.current.id
        self._kept_holes = mask
        self._state.apply(
            translate("Generation", "Fill small holes"), replace(document, selection=whole)
        )
        self._hole_states = before, self._state.timeline.current.id
        self._state.notify(
            translate(
                "Generation",
                "The mask had small holes, which were painted over; undo that and generate again"
                " to keep them.",
            )
        )

    def _take_back_holes(self, dropped: Job) -> None:
        """Undo filling the holes for a fill of which nothing came, if nothing was done since."""
        before, after = self._hole_states
        history = self._state.history
        if history is None or not history.current.id == dropped.request.state == after:
            return
        if self._state.shown is not history.document:
            return  # something is being drawn on that state
        ended = (JobState.CANCELLED, JobState.FAILED)
        if all(one.state in ended for one in self.jobs.values() if one.request.state == after):
            self._kept_holes = None
            self._state.go(lambda history: history.jump(before))

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
            draft = job.draft(index).image
            request = self._renew(job, drafts_only=False, draft=draft, draft_index=index)
            queued.append(self._queue_again(job, request, job.group, refined=job))
        self.candidates.put_aside()
        return queued

    def fill_from_photo(self) -> Job:
        """Queue candidates that fill the mask from the photo itself, whatever the prompt is.

        While that is under way for the picture and the mask as they are, nothing more is queued.

        Raises:
            GlideError: if no picture is open or nothing is painted.
        """
        self.requests.crop()  # says what is missing
        state = self._state.timeline.current.id
        for job in self.jobs.unfinished:
            if job.request.model == COMPLETION and job.request.state == state:
                return job
        document, sampling = self._state.document, self.requests.next_sampling()
        hole, takes_rim = document.selection, self._state.tool_settings.takes_rim
        if takes_rim:
            area = reach_of_shadows(hole)  # which is context enough
            crop = crop_around(area, document.size, DEFAULT_MODEL_SIZE, context_factor=1.0)
        else:
            crop = crop_around(hole.content_box(), document.size, DEFAULT_MODEL_SIZE)
        request = Request("fill", "", crop.box, sampling, model=COMPLETION, state=state)
        self.candidates.put_aside()
        painted = _read_mask(hole, crop.box)
        return self._queue_completion(request, painted, hole, takes_rim=takes_rim)

    def generate_again(self, job_id: str, count: int | None = None) -> Job:
        """Queue a fill of the same area with the same settings but another seed.

        count: how many candidates; by default as many as the job asked for.

        Raises:
            GlideError: if the picture has another size by now.
            KeyError: if there is no such job.
        """
        job = self.jobs[job_id]
        self.check_area(job)
        old = job.request
        sampling = replace(
            old.sampling,
            seed=secrets.randbelow(SEED_COUNT),
            count=old.sampling.count if count is None else count,
        )
        request = self._renew(job, sampling=sampling)
        if old.model == COMPLETION:
            assert job.painted is not None
            hole = painted_raster(self._state.document, job)
            takes_rim = job.taken is not None
            return self._queue_completion(request, job.painted, hole, takes_rim=takes_rim)
        return self._queue_again(job, request, job.group)

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
        request = self._renew(
            job,
            facing=self._facing_of(job.request, index),
            sampling=sampling,
            like=job.patch(index).image,
            like_strength=strength,
        )
        return self._queue_again(job, request, job.group)

    def _renew(self, job: Job, **changes: Any) -> Request:
        """Return the request of a job that asks for something else, in the picture as it is now.

        A replacement still names the state in which the old thing is removed, see `clear_ground`.
        """
        state = job.request.state if job.replaces else self._state.timeline.current.id
        box = box_in(self._state.document, job)
        return replace(job.request, id=new_id(), box=box, state=state, **changes)

    def _facing_of(self, request: Request, index: int) -> Facing:
        """Return which way a candidate's object faces; "" if its model chooses no side."""
        engine = self._runner.engine
        if engine is None or request.model not in engine.capabilities.faces_left:
            return ""
        _, is_right = choose_side(request.prompt, request.sampling.seed, index, request.facing)
        return "right" if is_right else "left"

    def _queue_again(
        self, job: Job, request: Request, group: str = "", refined: Job | None = None
    ) -> Job:
        """Queue a request of `_renew` for the area of the job that it is made of."""
        assert job.painted is not None
        return self._queue(
            request, job.painted, job.enlargement, job.clears, group, refined, job.replaces
        )

    def _queue(
        self,
        request: Request,
        painted: NDArray[np.uint8],
        enlargement: float,
        clears: bool,
        group: str = "",
        refined: Job | None = None,
        replaces: str = "",
    ) -> Job:
        """Queue a request; its pixels are cut out when its turn has come.

        refined: the job of the draft that is made in full, a favorite if its draft is one.
        """
        area, estimate = PaintedArea.of(painted), self._fit_queue.speed.estimate
        kind = self.requests.fit_kind(request.model)
        engine = self._runner.engine
        job = Job(
            request,
            painted,
            enlargement,
            clear_seconds=estimate(area, CLEARING) if clears else 0.0,
            engine_seconds=engine.forecast(request).seconds if engine else 0.0,
            fit_seconds=0.0 if request.drafts_only else estimate(area, kind),
            clears=clears,
            group=group,
            frame=self._state.document.frame,
            replaces=replaces,
        )
        if refined is not None:
            index = request.draft_index
            is_favorite = refined.marks.get(index) is Mark.FAVORITE
            job = replace(
                job,
                refined_from=refined.id,
                created=refined.created,
                marks={index: Mark.FAVORITE} if is_favorite else {},
            )
        self.jobs.put(job)
        self._runner.start()
        document, task = clear_ground(self._state.timeline, job), Task()
        if clears:
            self._tasks[job.id] = task

        def report(share: float) -> None:
            self._pool.post(lambda: self._advance_clearing(job.id, share))

        def cut_out() -> Request:
            """Cut out the pixels; the document is immutable, so this may wait."""
            photo = document
            if clears:
                cleared = self._fit_queue.clear_area(document, job, task, report)
                photo = add_layer(photo, Layer("", cleared))
            return add_pixels(photo, request, painted)

        self._runner.requests.add(request, cut_out)
        return self.jobs[request.id]

    def check_area(self, job: Job, *, mask_alone: bool = False) -> None:
        """Check that the area of a job is still part of the picture.

        mask_alone: any of what was painted is enough, without its surroundings.

        Raises:
            GlideError: if it is not.
        """
        document = self._state.document
        is_whole = mask_alone or box_in(document, job) in document.box
        if not is_whole or not is_in(document, job):
            raise GlideError(
                translate(
                    "Generation",
                    "The picture was cropped, turned, flipped or scaled since this was made; paint"
                    " the area again.",
                )
            )

    def _queue_completion(
        self,
        request: Request,
        painted: NDArray[np.uint8],
        hole: Raster,
        *,
        takes_rim: bool = False,
    ) -> Job:
        document, area = self._state.document, self._retouching.sampling
        job = Job(
            request,
            painted,
            state=JobState.RUNNING,
            stage=translate("CompletionJobs", STAGE),
            total=100,
            frame=document.frame,
        )
        self.jobs.put(job)
        self._tasks[job.id] = task = Task()

        def report(share: float) -> None:
            progress = Progress(job.id, translate("CompletionJobs", STAGE), round(100 * share), 100)
            self._pool.post(lambda: self._deliver(progress))

        def fill() -> tuple[Raster, CompletionResult, float]:
            taken = add_rims(document, hole, request.box) if takes_rim else hole
            began = time.thread_time()
            result = fill_candidates(document, request, taken, area, report, task)
            return taken, result, time.thread_time() - began

        def show(done: tuple[Raster, CompletionResult, float]) -> None:
            taken, result, seconds = done
            if takes_rim and job.id in self.jobs:
                rims = _read_mask(taken, request.box)
                self.jobs.put(replace(self.jobs[job.id], taken=rims))
            one = seconds / max(1, len(result.fitted))
            self._fit_queue.speed.record(PaintedArea.of(taken), CLEARING, one)
            self._show_completion(result)

        self._pool.run(fill, show, lambda error: self._deliver(Failed(job.id, str(error))), task)
        return self.jobs[job.id]

    def _show_completion(self, result: CompletionResult) -> None:
        job = self.jobs[result.finished.request].advance(result.finished)
        for index, fitted in result.fitted.items():
            job = job.add_fitted(index, fitted)
        self.jobs.put(job)
        self.finished.emit(job)
        self.candidates.show_results(job.id)
        self.prune()

    def cancel(self, job_id: str) -> None:
        """Stop a job; one that is being fitted keeps its candidates."""
        job = self.jobs.get(job_id)
        if job is not None and job.state is JobState.FITTING:
            if self._fit_queue.running is not None and self._fit_queue.running.job == job_id:
                self._fit_queue.stop()
            self.jobs.put(job.stop_fitting())
            self.dropped.emit(job)
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

    def restore(self, job: Job) -> None:
        """Offer the candidates of a job that was finished before the document was opened."""
        if job.is_drafts or self.candidates.explain_misplaced(job):
            self.jobs.put(job)
            self.candidates.show_results(job.id)
            return
        self.jobs.put(replace(job, state=JobState.FITTING))
        self._fit_queue.begin_next()

    def restore_older(self, jobs: list[Job]) -> None:
        """Keep the results of jobs that were finished before the document was opened."""
        self.jobs.put_first([job for job in jobs if job.id not in self.jobs])
        self.prune()
        self._fit_queue.begin_next()  # the other islands of what is being chosen from
        self.candidates.changed.emit()

    def prune(self) -> None:
        """Let results that have no room in memory wait on the disk, see `JobQueue.prune`."""
        self.jobs.prune(self.candidates.current_id, self.candidates.accepted_choices)

    def clear(self) -> None:
        """Stop what runs and forget all jobs, as for another document."""
        self.cancel_all()
        self._fit_queue.clear()
        self.jobs.clear()
        self.candidates.forget()

    def close(self) -> None:
        """Stop all jobs and the engine's thread."""
        self._fit_queue.stop()
        self._runner.close()

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
        self._stop_misplaced()
        if isinstance(update, Finished) and job.patches:
            self.finished.emit(job)
        elif job.is_drafts:
            self.finished.emit(job)
            self.candidates.show_results(job.id)
        elif job.state in (JobState.FAILED, JobState.CANCELLED):
            self.dropped.emit(job)
        if job.state.final or job.state is JobState.FITTING:
            self._fit_queue.begin_next()
        self.prune()

    def _follow_canvas(self, before: Document | None, after: Document) -> None:
        """Let results be fitted that have a place again, and no others."""
        if before is None or (before.frame, before.size) == (after.frame, after.size):
            return
        self._stop_misplaced()
        self._fit_queue.begin_next()
        self.candidates.changed.emit()

    def _stop_misplaced(self) -> None:
        """Keep the candidates that cannot be fitted into the picture as it is now for later."""
        if self._state.history is None:
            return
        for job in self.jobs.unfinished:
            if job.state is JobState.FITTING and (why := self.candidates.explain_misplaced(job)):
                self.jobs.put(job.stop_fitting())
                self._state.notify(why)

    def _advance_clearing(self, job_id: str, share: float) -> None:
        job = self.jobs.get(job_id)
        if job is not None and not job.state.final:
            stage = translate("CompletionJobs", STAGE)
            self.jobs.put(job.advance_clearing(stage, share))

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
            self.candidates.show_results(choice.job, choice.index)
        else:
            self.candidates.show_fitted(choice)
        self.prune()

    def _fit_failed(self, choice: Choice, error: GlideError) -> None:
        job = self.jobs.get(choice.job)
        if job is not None and job.state is JobState.FITTING:
            self._deliver(Failed(choice.job, str(error)))
        else:
            self._state.notify(str(error), Severity.ERROR)


def _read_mask(mask: Raster, box: Box) -> NDArray[np.uint8]:
    """Return the pixels [h, w] of a mask inside a box, read-only."""
    painted = np.ascontiguousarray(mask.read(box)[..., 0])
    painted.setflags(write=False)
    return painted
