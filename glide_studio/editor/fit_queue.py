"""Fitting candidates into the photo in the background: what the user looks at comes first."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.machine_load import estimate_slowdown
from glide_studio.api.request import COMPLETION
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, changed_boxes
from glide_studio.document.frame import Frame
from glide_studio.document.raster import Raster
from glide_studio.editor.completion_jobs import Report, clear_area, place_patch
from glide_studio.editor.fitting import FittedPatch, ObjectPlacement, fit_patch
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
from glide_studio.editor.replaced_ground import clear_ground
from glide_studio.editor.state import EditorState
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.object_placement import PlacementOptions
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.memory import return_freed_memory
from glide_studio.signals import Signal

PLAIN, CUTOUT, CLEARING = "plain", "cut-out", "clearing"
SECONDS_PER_PIXEL = {PLAIN: 2e-6, CUTOUT: 1.1e-6}
"""Processor time to fit a patch or an object, until one has been timed."""
CLEARING_S = 0.08
CLEARING_S_PER_ROOT, CLEARING_S_PER_PIXEL, CLEARING_S_PER_SIDE = 2.4e-3, 1.7e-6, 4e-4
"""Processor time to fill painted pixels from the photo, until that has been timed: to join copies
on a coarse scale, where edges take several times as long as even areas; over the square root of
their number, since coarse scales have as much work each, and there are more of them; over their
number, at the finest scales; and over width and height of the box around them, since the
surroundings of a long stroke are large."""
LEARNING_RATE = 0.4  # weight of the newest measurement
PlacementKey = tuple[PlacementOptions, bool]
"""Settings that an object was placed with: the options, and whether its shadow is a layer."""

REACH_PX = 16  # surroundings that are looked at besides the painted area


@dataclass(frozen=True, slots=True)
class PaintedArea:
    """What takes the time: the box around a mask, and how many pixels of it are painted."""

    box: Box
    pixels: int

    @classmethod
    def of(cls, mask: Raster | NDArray[np.uint8]) -> Self:
        """Measure a mask, of the document or [h, w]."""
        if isinstance(mask, Raster):
            return cls(mask.content_box(), mask.count_content())
        return cls(bounding_box(mask > 0), int(np.count_nonzero(mask)))

    def grow(self, width: float) -> Self:
        """Return about the area with a rim of so many pixels, as a compact one has it."""
        if self.box.empty:
            return self
        pixels = round((math.sqrt(self.pixels) + 2 * width) ** 2)
        return replace(self, box=self.box.pad(round(width)), pixels=pixels)


class FittingSpeed:
    """How long one candidate takes to be fitted, or filled from the photo, learned from each."""

    def __init__(self) -> None:
        self._factors: dict[str, float] = {}

    def estimate(self, painted: PaintedArea, kind: str) -> float:
        """Return the seconds that one candidate will take."""
        seconds = self._factors.get(kind, 1.0) * _processor_time(painted, kind)
        return seconds * estimate_slowdown(seconds)

    def record(self, painted: PaintedArea, kind: str, seconds: float) -> None:
        """Learn from the processor time of one candidate."""
        now = seconds / _processor_time(painted, kind)
        before = self._factors.get(kind, 1.0)
        self._factors[kind] = before + LEARNING_RATE * (now - before)


def _processor_time(painted: PaintedArea, kind: str) -> float:
    box = painted.box
    if kind != CLEARING:
        return SECONDS_PER_PIXEL[kind] * box.pad(REACH_PX).area
    pixels = max(1, painted.pixels)
    return (
        CLEARING_S
        + CLEARING_S_PER_ROOT * math.sqrt(pixels)
        + CLEARING_S_PER_PIXEL * pixels
        + CLEARING_S_PER_SIDE * (box.width + box.height)
    )


class FitQueue:
    """Fits one candidate at a time, in the pool.

    The order: the candidate in view; then the first candidate of each job that has none to show;
    what was picked for the other islands of the same mask; the other candidates of the Generate in
    view only while the engine is idle, so that they do not slow down what the user waits for. An
    object is placed again when the settings of its placement change. A candidate that comes into
    view interrupts one that is not waited for, but each only once: else none would ever be finished
    while somebody leafs through them.

    fitted, failed: what became of a candidate. advanced: a candidate, the name of the part that
    begins, the share that is done.
    """

    def __init__(self, jobs: JobQueue, state: EditorState, pool: Worker) -> None:
        self.fitted: Signal[Choice, FittedPatch] = Signal()
        self.failed: Signal[Choice, GlideError] = Signal()
        self.advanced: Signal[Choice, str, float] = Signal()
        self.speed = FittingSpeed()
        self._jobs = jobs
        self._state = state
        self._pool = pool
        self._in_view: Choice | None = None
        self._running: Choice | None = None
        self._task = Task()
        # What was interrupted goes on to its next part; two large fits together take too much.
        self._one_at_a_time = threading.Lock()
        self._unfit: set[Choice] = set()
        self._stale: set[Choice] = set()
        self._interrupted: set[Choice] = set()
        self._documents: dict[Choice, Document] = {}  # that each candidate was fitted into
        self._settings: dict[Choice, PlacementKey] = {}  # that each was fitted with
        self._cleared: dict[str, tuple[Frame, Raster]] = {}  # of jobs that remove what was there
        jobs.removed.connect(self._forget)
        jobs.unfitted.connect(self._forget_fits)

    @property
    def running(self) -> Choice | None:
        """The candidate that is being fitted."""
        return self._running

    def view(self, choice: Choice | None) -> None:
        """Fit this candidate before all others; again if the photo around it has changed."""
        self._in_view = choice
        if choice is not None:
            self._unfit.discard(choice)
            if self.is_stale(choice):
                self._stale.add(choice)
            running = self._running
            may_stop = running is None or not (
                self._is_waited_for(running) or running in self._interrupted
            )
            if self._is_unfitted(choice) and choice != running and may_stop:
                if running is not None:
                    self._interrupted.add(running)
                self.stop()
        self.begin_next()

    def is_stale(self, choice: Choice) -> bool:
        """Tell whether the photo around a candidate may have changed since it was fitted."""
        job, before = self._jobs.get(choice.job), self._documents.get(choice)
        if job is None or before is None:
            return False
        if self._settings.get(choice, self._placement_key()) != self._placement_key():
            return True
        now = clear_ground(self._state.timeline, job)
        if before.frame != now.frame:
            return True
        box, changed = box_in(now, job), changed_boxes(before, now)
        return any(not one.clamp(box).empty for one in changed)

    def begin_next(self) -> None:
        """Fit the next candidate, if none is being fitted."""
        choice = self._next()
        if choice is None or self._running is not None:
            return
        self._running = choice
        self._task = task = Task()
        job, key = self._jobs[choice.job], self._placement_key()
        document = clear_ground(self._state.timeline, job)
        painted, kind = job.changed, _kind_of(job, choice.index)
        assert painted is not None

        def add(result: tuple[FittedPatch, float]) -> None:
            fitted, seconds = result
            self._running = None
            self._interrupted.discard(choice)
            if seconds:
                self.speed.record(PaintedArea.of(painted), kind, seconds)
            self._stale.discard(choice)
            if choice.job in self._jobs:
                self._documents[choice] = document
                if kind == CUTOUT:
                    self._settings[choice] = key
                self.fitted.emit(choice, fitted)
            self.begin_next()

        def fail(error: GlideError) -> None:
            self._running = None
            self._unfit.add(choice)
            self._stale.discard(choice)
            self.failed.emit(choice, error)
            self.begin_next()

        self._pool.run(self._prepare_fit(choice, task), add, fail, task)

    def _prepare_fit(self, choice: Choice, task: Task) -> Callable[[], tuple[FittedPatch, float]]:
        """Return what fits a candidate into the photo as it is now, in any thread.

        Its results are the fitted patch and the seconds that it took, 0 if nothing was to be done.
        """
        job = self._jobs[choice.job]
        document = clear_ground(self._state.timeline, job)
        box, painted = box_in(document, job), job.changed
        assert painted is not None
        kind = _kind_of(job, choice.index)
        options, shadow_layer = key = self._placement_key()
        old, before = job.fitted.get(choice.index), self._documents.get(choice)
        same_settings = kind == PLAIN or self._settings.get(choice) == key

        def report(stage: str, done: float) -> None:
            task.check()
            self._pool.post(
                lambda: None if task.is_cancelled else self.advanced.emit(choice, stage, done)
            )

        def fit() -> tuple[FittedPatch, float]:
            if (
                old is not None
                and before is not None
                and same_settings
                and _same_outside(before, document, box, painted)
            ):
                return old, 0.0
            patch = job.patch(choice.index)
            if job.request.model == COMPLETION:
                placed = place_patch(document, box, patch.whole, painted)
                placed.raster.reduce_tiles()
                return placed, 0.0
            clears = job.clears and kind == CUTOUT
            cleared = self.clear_area(document, job, task) if clears else None
            placement = ObjectPlacement(options, shadow_layer, cleared)
            seed, prompt = job.request.sampling.seed, job.request.prompt
            with self._one_at_a_time:
                task.check()
                began = time.thread_time()
                fitted = fit_patch(document, box, patch, painted, seed, prompt, report, placement)
                seconds = time.thread_time() - began
                # The window would wait for each level of a large layer that it draws first.
                for raster in (fitted.raster, fitted.shadow, cleared):
                    if raster is not None:
                        raster.reduce_tiles()
                return_freed_memory()
            return fitted, seconds

        return fit

    def stop(self) -> None:
        """End the fitting that is under way; it begins again when its turn comes."""
        self._task.cancel()
        self._running = None

    def clear(self) -> None:
        """Forget all candidates, as for another document."""
        self.stop()
        self._in_view = None
        self._unfit.clear()
        self._stale.clear()
        self._interrupted.clear()
        self._documents.clear()
        self._settings.clear()
        self._cleared.clear()

    def clear_area(
        self,
        document: Document,
        job: Job,
        task: Task | None = None,
        report: Report = lambda share: None,
    ) -> Raster:
        """Return what a job removes what was painted over by; made once. May run in any thread.

        Raises:
            GlideError: if nothing is left to take pixels from.
        """
        canvas = document.frame, document.size, document.dtype
        frame, found = self._cleared.get(job.id, (None, None))
        if found is None or (frame, found.size, found.dtype) != canvas:
            hole, began = painted_raster(document, job), time.thread_time()
            found = clear_area(document, hole, job.request.sampling.seed, task, report)
            seconds = time.thread_time() - began
            area = PaintedArea.of(hole)
            self._pool.post(lambda: self.speed.record(area, CLEARING, seconds))
            self._cleared[job.id] = document.frame, found
        return found

    def _placement_key(self) -> PlacementKey:
        settings = self._state.generation_settings
        return settings.placement, settings.shadow_layer

    def _forget(self, job_id: str) -> None:
        if self._running is not None and self._running.job == job_id:
            self.stop()
        if self._in_view is not None and self._in_view.job == job_id:
            self._in_view = None
        self._forget_fits(job_id)
        self.begin_next()

    def _forget_fits(self, job_id: str) -> None:
        self._documents = {key: one for key, one in self._documents.items() if key.job != job_id}
        self._settings = {key: one for key, one in self._settings.items() if key.job != job_id}
        self._cleared.pop(job_id, None)

    def _next(self) -> Choice | None:
        if self._in_view is not None and self._is_unfitted(self._in_view):
            return self._in_view
        jobs = list(self._jobs.values())
        waiting = [job for job in jobs if job.state is JobState.FITTING]
        choices = [choice for job in waiting for choice in job.by_pick]
        in_view = None if self._in_view is None else self._jobs.get(self._in_view.job)
        if in_view is not None:
            beside = [job for job in jobs if in_view.group and job.group == in_view.group]
            choices += [pick for job in beside if (pick := self.find_pick(job)) is not None]
            if not any(job.state is JobState.RUNNING for job in jobs):
                choices += in_view.by_pick
                series = [job for job in jobs if job.series == in_view.series]
                choices += [choice for job in series for choice in job.choices]
        return next((choice for choice in choices if self._is_unfitted(choice)), None)

    def find_pick(self, job: Job) -> Choice | None:
        """Return the candidate that was looked at last, else the first, that can be fitted.

        None if all of these are rejected.
        """
        left = (one for one in job.by_pick if job.marks.get(one.index) is not Mark.REJECTED)
        able = (one for one in left if one.index in job.fitted or self._is_unfitted(one))
        return next(able, None)

    def _is_unfitted(self, choice: Choice) -> bool:
        job = self._jobs.get(choice.job)
        if job is None or choice in self._unfit or choice not in job.choices or job.is_drafts:
            return False
        if not is_in(self._state.document, job):
            return False
        return choice.index not in job.fitted or choice in self._stale

    def _is_waited_for(self, choice: Choice) -> bool:
        job = self._jobs.get(choice.job)
        return job is not None and (job.state is JobState.FITTING or choice == self._in_view)


def _kind_of(job: Job, index: int) -> str:
    return CUTOUT if job.has_alpha(index) else PLAIN


def _same_outside(before: Document, after: Document, box: Box, painted: NDArray[np.uint8]) -> bool:
    """Tell whether two documents show the same in `box` of the later one where `painted` is 0."""
    if before.frame.name != after.frame.name:
        return False
    if before.dtype != after.dtype or before.icc != after.icc:
        return False
    seen = box.clamp(after.box)
    dx, dy = after.frame.x - before.frame.x, after.frame.y - before.frame.y
    if seen.move(dx, dy) not in before.box:
        return False  # it was cut off there
    outside = painted[seen.move(-box.x, -box.y).slices] == 0
    was, is_now = composite(before, seen.move(dx, dy)), composite(after, seen)
    return np.array_equal(was[outside], is_now[outside])
