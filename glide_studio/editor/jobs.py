"""Jobs: one request each with what has come of it, and the queue that keeps their results."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import (
    Cancelled,
    Draft,
    Failed,
    Finished,
    Patch,
    Picture,
    Progress,
    SelectionMask,
    Started,
    Update,
)
from glide_studio.api.request import Request
from glide_studio.document.document import Document
from glide_studio.document.frame import FIRST, Frame
from glide_studio.document.raster import Raster
from glide_studio.editor.fitting import FittedPatch
from glide_studio.editor.stored_patch import StoredPatch, pixels_in_memory
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.signals import Signal

RESULTS_BUDGET_BYTES = 256 << 20


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FITTING = "fitting"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True if nothing more will come."""
        return self in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)


class Mark(StrEnum):
    """What the user thinks of a candidate."""

    FAVORITE = "favorite"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate of one job."""

    job: str
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A request, its state and its results, as an immutable value.

    painted: [h, w] uint8, the user's mask inside the request's box when Generate was pressed: what
        an accepted candidate may change. None for requests that change nothing.
    taken: the same with the rim that a removal takes along; None if it takes none.
    enlargement: crop side over model side (see `crop`).
    stage, done, total, remaining, previews: of the newest `Progress`. Previews stay until a
        candidate can be shown.
    clear_seconds, engine_seconds, fit_seconds: expected time of the phases until the first
        candidate can be shown: what was there is removed, the engine's steps, the candidate is
        fitted; 0 if there is no such phase, or while it is unknown. cleared, drawn, fit_fraction:
        shares of them that are done, 0 .. 1. reached: `fraction` before the newest message.
    drafts: what left the base network, by order of arrival. patches: the finished candidates, of
        which the pixels may be on the disk alone.
    fitted: candidates as they sit in the photo, by index.
    mask: [h, w] 0 .. 1, the answer to a request of the kind "select".
    message: one sentence for the user once the job has failed.
    clears: what was in the painted area is removed before the object is placed.
    frame: of the document that it was made for, see `Document`. replaces: id of the history's state
        that still shows what the job replaces, else "".
    marks: what the user thinks of the candidates, by index. picked: index of the candidate looked
        at last, None for none; picked_at: when that was. group: shared by the jobs that fill
        islands of one mask, else "". refined_from: id of the job whose draft this one makes in
        full, else "". created, picked_at: seconds since the epoch; of a refined draft, when the
        drafts were asked for.
    """

    request: Request
    painted: NDArray[np.uint8] | None = None
    enlargement: float = 1.0
    state: JobState = JobState.QUEUED
    device: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    remaining: float | None = None
    clear_seconds: float = 0.0
    engine_seconds: float = 0.0
    fit_seconds: float = 0.0
    cleared: float = 0.0
    drawn: float = 0.0
    fit_fraction: float = 0.0
    reached: float = 0.0
    previews: tuple[Picture, ...] = ()
    drafts: tuple[Draft, ...] = ()
    patches: tuple[Patch | StoredPatch, ...] = ()
    fitted: Mapping[int, FittedPatch] = field(default_factory=dict)
    mask: NDArray[np.float32] | None = None
    seconds: float = 0.0
    weights: tuple[tuple[str, str], ...] = ()
    message: str = ""
    clears: bool = False
    taken: NDArray[np.uint8] | None = None
    marks: Mapping[int, Mark] = field(default_factory=dict)
    picked: int | None = None
    picked_at: float = 0.0
    group: str = ""
    refined_from: str = ""
    frame: Frame = FIRST
    replaces: str = ""
    created: float = field(default_factory=time.time)

    @property
    def id(self) -> str:
        """The request's id."""
        return self.request.id

    @property
    def place(self) -> Box:
        """Its area in coordinates that are the same after a crop or an extension."""
        return self.request.box.move(self.frame.x, self.frame.y)

    @property
    def series(self) -> str:
        """The id that all jobs of one Generate share: of its drafts, or its own."""
        return self.refined_from or self.id

    @property
    def fraction(self) -> float:
        """Share of the time until the first candidate can be shown that is over, 0 .. 1.

        It never goes back, although what is expected of the phases changes.
        """
        if not self.engine_seconds:
            return max(self.reached, self.drawn)
        phases = (
            (self.clear_seconds, self.cleared),
            (self.engine_seconds, self.drawn),
            (self.fit_seconds, self.fit_fraction),
        )
        over = sum(seconds * share for seconds, share in phases)
        return max(self.reached, over / sum(seconds for seconds, _ in phases))

    @property
    def is_drafts(self) -> bool:
        """True if it has drafts alone, to be picked from and refined."""
        return self.state is JobState.FINISHED and bool(self.drafts) and not self.patches

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Its finished candidates, or its drafts if it was to make these alone."""
        made = self.drafts if self.is_drafts else self.patches
        return tuple(Choice(self.id, one.index) for one in made)

    @property
    def visible(self) -> tuple[Choice, ...]:
        """Its `choices`; of a job that runs, those that something is seen of, one at least."""
        if self.state.final:
            return self.choices
        first = self.request.draft_index
        seen = {draft.index for draft in self.drafts} | {patch.index for patch in self.patches}
        seen |= set(range(first, first + len(self.previews)))
        return tuple(Choice(self.id, index) for index in sorted(seen or {first}))

    @property
    def changed(self) -> NDArray[np.uint8] | None:
        """Where a result may change the photo: `painted`, and its rim if that is taken along."""
        return self.painted if self.taken is None else self.taken

    @property
    def by_pick(self) -> tuple[Choice, ...]:
        """Its `choices`, that which was looked at last before all others, rejected ones last."""

        def rank(choice: Choice) -> tuple[bool, bool]:
            is_rejected = self.marks.get(choice.index) is Mark.REJECTED
            return is_rejected, choice.index != self.picked

        return tuple(sorted(self.choices, key=rank))

    def draft(self, index: int) -> Draft:
        """Draft `index`.

        Raises:
            KeyError: if it is not there.
        """
        for draft in self.drafts:
            if draft.index == index:
                return draft
        raise KeyError(index)

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels that it holds in memory."""
        arrays: list[NDArray[Any] | None] = [
            self.request.image,
            self.request.mask,
            self.painted,
            self.taken,
            self.mask,
            *self.previews,
        ]
        arrays += [draft.image for draft in self.drafts]
        arrays += [pixels_in_memory(patch) for patch in self.patches]
        held = sum(array.nbytes for array in arrays if array is not None)
        return held + sum(one.nbytes for one in self.fitted.values())

    def patch(self, index: int) -> Patch:
        """Return candidate `index`, read from the disk if its pixels are there alone.

        Raises:
            GlideError: if they cannot be read.
            KeyError: if it is not there.
        """
        patch = self._find_patch(index)
        return patch.load() if isinstance(patch, StoredPatch) else patch

    def has_alpha(self, index: int) -> bool:
        """Tell whether candidate `index` is an object with alpha.

        Raises:
            KeyError: if it is not there.
        """
        channels: int = pixels_in_memory(self._find_patch(index)).shape[2]
        return channels == 4

    def _find_patch(self, index: int) -> Patch | StoredPatch:
        for patch in self.patches:
            if patch.index == index:
                return patch
        raise KeyError(index)

    def advance(self, update: Update) -> Job:
        """Return this job after one message of its run; a final job is left as it is."""
        if self.state.final:
            return self
        match update:
            case Started(device=device):
                return replace(self, state=self._running(), device=device, cleared=1.0)
            case Progress():
                steps = update.done / update.total if update.total else 0.0
                drawn = steps if update.share is None else update.share
                seconds = self.engine_seconds
                if update.remaining is not None and drawn < 1:
                    seconds = update.remaining / (1 - drawn)
                return replace(
                    self,
                    state=self._running(),
                    stage=update.stage,
                    done=update.done,
                    total=update.total,
                    drawn=drawn,
                    engine_seconds=seconds,
                    reached=self.fraction,
                    remaining=_sum_remaining(update.remaining, self.fit_seconds),
                    previews=update.previews or self.previews,
                )
            case Draft():
                return replace(self, drafts=(*self.drafts, update))
            case SelectionMask(mask=mask):
                return replace(self, mask=mask)
            case Finished():
                return replace(
                    self,
                    state=JobState.FITTING if update.patches else JobState.FINISHED,
                    patches=update.patches,
                    seconds=update.seconds,
                    weights=update.weights,
                    remaining=self.fit_seconds or None,
                )
            case Failed(message=message):
                return self._end(JobState.FAILED, message)
            case Cancelled():
                return self._end(JobState.CANCELLED)
            case _:
                return self

    def add_fitted(self, index: int, fitted: FittedPatch) -> Job:
        """Return this job once candidate `index` can be shown; the first one finishes the job."""
        return replace(
            self,
            state=JobState.FINISHED,
            previews=(),
            drafts=(),
            fitted={**self.fitted, index: fitted},
            fit_fraction=1.0,
            remaining=None,
        )

    def advance_clearing(self, stage: str, share: float) -> Job:
        """Return this job while what was there is removed; `share` is done, 0 .. 1."""
        remaining = (1 - share) * self.clear_seconds + self.engine_seconds
        return replace(
            self,
            state=self._running(),
            stage=stage,
            cleared=share,
            remaining=_sum_remaining(remaining, self.fit_seconds),
        )

    def advance_fitting(self, stage: str, fraction: float) -> Job:
        """Return this job while its first candidate is fitted; `fraction` is done, 0 .. 1."""
        return replace(
            self,
            stage=stage,
            fit_fraction=fraction,
            remaining=(1 - fraction) * self.fit_seconds if self.fit_seconds else None,
        )

    def stop_fitting(self) -> Job:
        """Return this job with its candidates kept, to be fitted once they are looked at."""
        return replace(self, state=JobState.FINISHED, previews=(), drafts=(), remaining=None)

    def mark(self, index: int, mark: Mark | None) -> Job:
        """Return this job with candidate `index` marked; None removes its mark."""
        others = {key: one for key, one in self.marks.items() if key != index}
        return replace(self, marks=others if mark is None else {**others, index: mark})

    def without(self, indices: frozenset[int]) -> Job:
        """Return this job without some of its candidates."""
        return replace(
            self,
            patches=tuple(one for one in self.patches if one.index not in indices),
            drafts=tuple(one for one in self.drafts if one.index not in indices),
            fitted={key: one for key, one in self.fitted.items() if key not in indices},
            marks={key: one for key, one in self.marks.items() if key not in indices},
        )

    def load(self, indices: Collection[int]) -> Job:
        """Return this job with the pixels of some of its candidates in memory.

        Raises:
            GlideError: if they cannot be read.
        """
        patches = [
            one.load() if isinstance(one, StoredPatch) and one.index in indices else one
            for one in self.patches
        ]
        return replace(self, patches=tuple(patches))

    def _end(self, state: JobState, message: str = "") -> Job:
        return replace(self, state=state, message=message, previews=(), drafts=(), patches=())

    def _running(self) -> JobState:
        """Return the state of a job that reports: a paused one stays paused."""
        return JobState.PAUSED if self.state is JobState.PAUSED else JobState.RUNNING


def box_in(document: Document, job: Job) -> Box:
    """Return the area of a job in a document of its frame, cropped or extended since or not."""
    return job.place.move(-document.frame.x, -document.frame.y)


def is_in(document: Document, job: Job) -> bool:
    """Tell whether anything that was painted for a job is part of a document."""
    if job.changed is None or job.frame.name != document.frame.name:
        return False
    box = box_in(document, job)
    if box in document.box:
        return True
    painted = bounding_box(job.changed > 0).move(box.x, box.y)
    return not painted.clamp(document.box).empty


def painted_raster(document: Document, job: Job) -> Raster:
    """Return the mask as it was when the job was made, as far as it is part of a document."""
    assert job.painted is not None
    return Raster.empty(document.size, 1).write(box_in(document, job), job.painted[..., None])


class JobQueue(Mapping[str, Job]):
    """The jobs of the open document by id, oldest first. Belongs to the loop's thread.

    Results are kept until they are removed; beyond `max_bytes` the oldest ones leave the memory and
    wait on the disk.

    changed: a job is new or has another state. removed: ids of jobs that are gone. unfitted: ids of
    jobs whose candidates have to be fitted again. keep_on_disk: returns a job without the pixels
    that can be read from the disk again; as it is if they are not there.
    """

    def __init__(self, max_bytes: int = RESULTS_BUDGET_BYTES) -> None:
        self.changed: Signal[Job] = Signal()
        self.removed: Signal[str] = Signal()
        self.unfitted: Signal[str] = Signal()
        self.keep_on_disk: Callable[[Job], Job] = lambda job: job
        self.max_bytes = max_bytes
        self._jobs: dict[str, Job] = {}

    def __getitem__(self, job_id: str) -> Job:
        return self._jobs[job_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels that all jobs hold in memory."""
        return sum(job.nbytes for job in self._jobs.values())

    @property
    def unfinished(self) -> tuple[Job, ...]:
        """The jobs from which something is still to come, oldest first."""
        return tuple(job for job in self._jobs.values() if not job.state.final)

    @property
    def active(self) -> Job | None:
        """The job that makes progress now, else the first that waits; None if all have ended."""
        waiting = (JobState.QUEUED, JobState.PAUSED)
        return min(self.unfinished, key=lambda job: job.state in waiting, default=None)

    def part_of(self, job: Job) -> tuple[int, int]:
        """Return which part of a mask a job fills, from 1, and how many there are; 1 of 1 is all.

        The parts are counted in the order in which they were asked for.
        """
        asked: dict[Box, float] = {}
        for one in self._jobs.values():
            if job.group and one.group == job.group:
                box = one.place
                asked[box] = min(one.created, asked.get(box, one.created))
        boxes = sorted(asked, key=asked.__getitem__)
        return (boxes.index(job.place) + 1, len(boxes)) if job.group else (1, 1)

    @property
    def results(self) -> tuple[Job, ...]:
        """The jobs with candidates to choose from, oldest first."""
        finished = (job for job in self._jobs.values() if job.state is JobState.FINISHED)
        return tuple(job for job in finished if job.choices)

    def put(self, job: Job) -> None:
        """Add a job, or replace it by its newer state."""
        self._jobs[job.id] = job
        self.changed.emit(job)

    def put_first(self, jobs: list[Job]) -> None:
        """Add jobs that are older than all there are."""
        self._jobs = {job.id: job for job in jobs} | self._jobs
        for job in jobs:
            self.changed.emit(job)

    def remove(self, job_id: str) -> None:
        """Forget a job and its results."""
        if self._jobs.pop(job_id, None) is not None:
            self.removed.emit(job_id)

    def prune(self, keep: str = "", accepted: Collection[Choice] = ()) -> None:
        """Let the oldest results wait on the disk until what is in memory fits `max_bytes`.

        Only jobs of which nothing came are removed. keep: id of the job looked at; all of the same
        Generate or the same mask stay in memory with it. accepted: candidates that are layers, with
        which the document shares what was fitted.
        """
        shared = {choice.job: set[int]() for choice in accepted}
        for choice in accepted:
            shared[choice.job].add(choice.index)
        jobs, none = tuple(self._jobs.values()), set[int]()
        held = {job.id: _own_bytes(job, shared.get(job.id, none)) for job in jobs}
        excess, seen = sum(held.values()) - self.max_bytes, self._jobs.get(keep)
        for job in jobs:
            if excess <= 0:
                break
            if not job.state.final or (seen is not None and _belong_together(job, seen)):
                continue
            if not job.choices:
                excess -= held[job.id]
                self.remove(job.id)
                continue
            indices = shared.get(job.id, none)
            fitted = {index: one for index, one in job.fitted.items() if index in indices}
            lean = replace(self.keep_on_disk(job), fitted=fitted)
            freed = held[job.id] - _own_bytes(lean, indices)
            if freed > 0:
                excess -= freed
                self.put(lean)
                self.unfitted.emit(job.id)

    def move(self, job_id: str, steps: int) -> None:
        """Move a waiting job by `steps` places among those that wait; negative is sooner."""
        waiting = [job.id for job in self.unfinished if job.state is JobState.QUEUED]
        if job_id not in waiting:
            return
        at = waiting.index(job_id)
        to = min(max(at + steps, 0), len(waiting) - 1)
        waiting.insert(to, waiting.pop(at))
        order = iter(waiting)
        places = set(waiting)
        ids = [next(order) if one in places else one for one in self._jobs]
        self._jobs = {one: self._jobs[one] for one in ids}
        self.changed.emit(self._jobs[job_id])

    def clear(self) -> None:
        """Forget all jobs, as for another document; `removed` is not emitted."""
        self._jobs.clear()


def _own_bytes(job: Job, shared: Collection[int]) -> int:
    """Return how many bytes a job holds.

    shared: indices of the candidates of which a layer holds the same.
    """
    return job.nbytes - sum(one.nbytes for index, one in job.fitted.items() if index in shared)


def _belong_together(job: Job, other: Job) -> bool:
    """Tell whether two jobs come of the same Generate, or fill parts of the same mask."""
    return job.series == other.series or (job.group != "" and job.group == other.group)


def _sum_remaining(engine: float | None, fitting: float) -> float | None:
    return None if engine is None else engine + fitting
