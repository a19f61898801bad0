"""What is done with kept results: mark, search, delete, and take their settings or mask again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from glide_studio.api.request import COMPLETION
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.tile import MAX_LEVEL
from glide_studio.editor.candidates import find_choices
from glide_studio.editor.generation import Generation
from glide_studio.editor.jobs import Choice, Job, JobState, Mark, box_in, painted_raster
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Pixels
from glide_studio.signals import Signal
from glide_studio.translation import translate


@dataclass(frozen=True, slots=True, eq=False)
class RenderedBox:
    """A part of the photo as it would be seen.

    box: in pixels of a document that is reduced by 2**level. pixels: RGBA [h, w, 4] in the
    document's depth and profile.
    """

    box: Box
    level: int
    profile: bytes | None
    pixels: Pixels


class ResultActions:
    """Verbs on the results of the open document; the picture itself stays as it is.

    changed: marks were set, or candidates deleted or taken back. stored: a job whose candidates on
    the disk are to be written again. marked: a job whose marks are to be written again.
    """

    def __init__(self, state: EditorState, generation: Generation, pool: Worker) -> None:
        self.changed: Signal[()] = Signal()
        self.stored: Signal[Job] = Signal()
        self.marked: Signal[Job] = Signal()
        self._state = state
        self._generation = generation
        self._jobs, self._candidates = generation.jobs, generation.candidates
        self._pool = pool
        self._deleted: list[Job] = []  # as they were before the last deletion
        self._beside: tuple[tuple[Layer, ...], frozenset[Choice]] | None = None
        state.document_changed.connect(lambda before, after, dirty: self._forget_if(dirty.whole))

    @property
    def can_undelete(self) -> bool:
        """True while what was deleted last can be taken back."""
        return bool(self._deleted)

    def find(self, text: str) -> tuple[Job, ...]:
        """Return the jobs with results whose prompts contain every word of `text`, newest first."""
        words = text.lower().split()
        found = (
            job
            for job in self._jobs.results
            if all(word in job.request.prompt.lower() for word in words)
        )
        return tuple(sorted(found, key=lambda job: job.created, reverse=True))

    def find_series(self, text: str = "") -> tuple[tuple[Choice, ...], ...]:
        """Return the candidates of the jobs that `find` finds, those of a job after each other.

        What was refined stands where its draft stood, with all others of that Generate. Without a
        text, jobs under way are there too.
        """
        jobs = list(self.find(text))
        if not text.strip():
            under_way = (one for one in self._jobs.unfinished if one.state is not JobState.QUEUED)
            jobs = [one for one in under_way if one.request.kind == "fill"] + jobs
        series: dict[str, list[Choice]] = {}
        for job in sorted(jobs, key=lambda job: job.created, reverse=True):
            series.setdefault(job.series, []).extend(job.visible)
        return tuple(self._without_refined(one) for one in series.values())

    def place_of(self, choice: Choice) -> tuple[int, int]:
        """Return the number of a candidate among those of its Generate, from 1, and their count."""
        series = self.series_of(choice)
        same = [one == choice for one in series]
        if not any(same):  # a draft, while it is refined
            same = [one.index == choice.index for one in series]
        return (same.index(True) + 1 if any(same) else 1), len(series)

    def series_of(self, choice: Choice) -> tuple[Choice, ...]:
        """Return the candidates of the Generate that one belongs to, see `find_series`."""
        job = self._jobs.get(choice.job)
        found = (
            one
            for one in self.find_series()
            if job is not None and one and self._jobs[one[0].job].series == job.series
        )
        return next(found, (choice,))

    def _without_refined(self, choices: list[Choice]) -> tuple[Choice, ...]:
        """Return drafts and what was refined from some of them in the order of the drafts."""
        refined = {one.index for one in choices if self._jobs[one.job].refined_from}
        if not refined:
            return tuple(choices)
        left = (
            one for one in choices if self._jobs[one.job].refined_from or one.index not in refined
        )
        return tuple(sorted(left, key=lambda one: one.index))

    def mark(self, choices: Iterable[Choice], mark: Mark | None) -> None:
        """Mark candidates as favorites or rejected; None removes their marks."""
        touched: dict[str, Job] = {}
        for choice in choices:
            job = touched.get(choice.job) or self._jobs.get(choice.job)
            if job is not None and choice in job.choices:
                touched[job.id] = job.mark(choice.index, mark)
        for job in touched.values():
            self._jobs.put(job)
            self.marked.emit(job)
        if touched:
            self._candidates.follow_marks()
            self.changed.emit()

    def toggle(self, choices: Iterable[Choice], mark: Mark) -> None:
        """Mark candidates, or remove the mark if all of them have it."""
        wanted = tuple(choices)
        has_all = all(self.mark_of(choice) is mark for choice in wanted)
        self.mark(wanted, None if has_all else mark)

    def mark_of(self, choice: Choice) -> Mark | None:
        """Return what the user thinks of a candidate; None if nothing was said."""
        job = self._jobs.get(choice.job)
        return None if job is None else job.marks.get(choice.index)

    @property
    def accepted(self) -> frozenset[Choice]:
        """The candidates that are layers of the document as it is now."""
        return self._candidates.accepted_choices

    @property
    def shown_beside(self) -> frozenset[Choice]:
        """What was picked for the other islands of the mask, seen with the candidate in view."""
        shown, previewed = self._state.shown, self._candidates.previewed
        if shown is None or previewed is None:
            return frozenset()
        if self._beside is None or self._beside[0] is not shown.layers:
            found = find_choices(shown) - self.accepted - {previewed}
            self._beside = shown.layers, found
        return self._beside[1]

    def delete(self, choices: Iterable[Choice]) -> None:
        """Throw candidates away; `undelete` takes the last ones back."""
        by_job: dict[str, set[int]] = {}
        jobs = self._jobs
        for choice in choices:
            by_job.setdefault(choice.job, set()).add(choice.index)
            if choice.job in jobs and (drafts := jobs[choice.job].refined_from):
                by_job.setdefault(drafts, set()).add(choice.index)
        found = [jobs[job_id] for job_id in by_job if job_id in jobs]
        if not found:
            return
        self._deleted = [self._load(job, by_job[job.id]) for job in found]
        if self._candidates.selected in by_job.get(self._candidates.current_id, ()):
            self._candidates.put_aside()
        for job in found:
            left = job.without(frozenset(by_job[job.id]))
            if left.choices:
                jobs.put(left)
                self._store(left)
            else:
                if self._candidates.current_id == job.id:
                    self._candidates.put_aside()
                jobs.remove(job.id)
        self.changed.emit()

    def discard(self) -> None:
        """Throw away the results that are being chosen from; `undelete` takes them back."""
        job = self._candidates.current
        if job is not None:
            self.delete(job.choices)

    def undelete(self) -> None:
        """Take back what was deleted last."""
        deleted, self._deleted = self._deleted, []
        for job in deleted:
            if not job.choices:
                continue  # it could not be read any more
            self._jobs.put(job)
            self._store(job)
        self.changed.emit()

    def _load(self, job: Job, indices: set[int]) -> Job:
        """Read candidates before they leave the disk; without what can no longer be read."""
        try:
            return job.load(indices)
        except GlideError as error:
            self._state.notify(str(error), Severity.ERROR)
            return job.without(frozenset(indices))

    def _store(self, job: Job) -> None:
        """Write a job to the disk again."""
        self.stored.emit(job)
        self.marked.emit(job)

    def filled_box(self) -> Box | None:
        """Return what the candidates fill that are being chosen from, or the job that is under way.

        None if there is neither.
        """
        job = self._candidates.current or self._jobs.active
        if job is None or job.painted is None:
            return None
        box = box_in(self._state.document, job)
        return bounding_box(job.painted > 0).move(box.x, box.y)

    def render(
        self, choice: Choice | None, box: Box, max_side: int, show: Callable[[RenderedBox], object]
    ) -> None:
        """Draw `box` of the photo with a candidate in it, in the background.

        choice: None for the photo as it is. max_side: the picture is reduced by powers of two until
        its longer side is below twice that. show: is called with the picture.
        """
        document = self._candidates.document_with(choice)
        if document is not None:
            self.render_document(document, box, max_side, show)

    def render_document(
        self, document: Document, box: Box, max_side: int, show: Callable[[RenderedBox], object]
    ) -> None:
        """Draw `box` of a document in the background; else as `render`."""
        self._pool.run(
            lambda: render_box(document, box, max_side),
            show,
            lambda error: self._state.notify(str(error), Severity.ERROR),
        )

    def use_settings(self, job_id: str) -> None:
        """Set prompt, model and sampling to those of a result, its seed included.

        Raises:
            KeyError: if there is no such job.
        """
        request = self._jobs[job_id].request
        changes = {"prompt": request.prompt, "negative": request.negative, "new_seed": False}
        if request.model != COMPLETION:
            changes["model"] = request.model
        self._state.set_generation_settings(sampling=request.sampling, **changes)

    def edit_mask(self, job_id: str) -> None:
        """Put the mask of a result in place of the painted one, and take its settings again.

        Raises:
            GlideError: if the picture has another size by now.
            KeyError: if there is no such job.
        """
        job = self._jobs[job_id]
        self._generation.check_area(job, mask_alone=True)
        document = self._state.document
        mask: Raster = painted_raster(document, job)
        self._candidates.put_aside()
        self.use_settings(job_id)
        self._state.apply(
            translate("ResultActions", "Mask of a result"), replace(document, selection=mask)
        )

    def _forget_if(self, another_picture: bool) -> None:
        if another_picture:
            self._deleted = []


def render_box(document: Document, box: Box, max_side: int) -> RenderedBox:
    """Draw a part of a document. max_side: see `ResultActions.render`."""
    level, side = 0, max(box.width, box.height)
    while side >> level >= 2 * max_side and level < MAX_LEVEL:
        level += 1
    unit = 1 << level
    part = Box.between(box.x // unit, box.y // unit, -(-box.right // unit), -(-box.bottom // unit))
    return RenderedBox(part, level, document.icc, composite(document, part, level))
