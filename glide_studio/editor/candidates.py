"""The candidates that are being chosen from: look at them, accept one, put them aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from glide_studio.api.events import Draft
from glide_studio.api.request import Provenance
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, remove_layer
from glide_studio.document.raster import Raster
from glide_studio.editor.fit_queue import FitQueue
from glide_studio.editor.fitting import compare_outside
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
from glide_studio.editor.retouch_patch import read_is_set
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.result_checks import SeamDifference, UnchangedReport
from glide_studio.imaging.geometry import Box
from glide_studio.io.provenance import provenance_to_dict
from glide_studio.signals import Signal
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.version import __version__

MAX_NAME_LENGTH = 40  # of a layer
REMOVAL_NAME = QT_TRANSLATE_NOOP("Candidates", "Remove")
"""Of layers and history entries without a prompt."""


class Candidates:
    """The candidates of one job, shown in the photo. Only `accept` changes the document.

    changed: another job, another candidate, or other results. accepted: one is a layer now.
    picked: a job of which a candidate was chosen to be looked at. current_changed: the new
    `current_id`. current_id: of the job whose candidates are being chosen from, "" if they were
    accepted, discarded or put aside, as by an edit. selected: index of the chosen one. report:
    proof of the last accept.
    """

    def __init__(
        self, state: EditorState, jobs: JobQueue, fit_queue: FitQueue, worker: Worker
    ) -> None:
        """worker: where results that were accepted are checked."""
        self.changed: Signal[()] = Signal()
        self.accepted: Signal[()] = Signal()
        self.picked: Signal[Job] = Signal()
        self.current_changed: Signal[str] = Signal()
        self.selected = 0
        self.report: UnchangedReport | None = None
        self.current_id = ""
        self._previewed: Choice | None = None
        self._accepted: tuple[tuple[Layer, ...], frozenset[Choice]] | None = None
        self._filled: tuple[Raster, frozenset[str]] | None = None  # a mask, ids of its layers
        self._state = state
        self._jobs = jobs
        self._fit_queue = fit_queue
        self._worker = worker
        state.settings_changed.connect(self._follow_placement)
        state.document_changed.connect(lambda *_: self._follow_shown())
        jobs.removed.connect(lambda _: self.changed.emit())

    @property
    def current(self) -> Job | None:
        """The job whose candidates are being chosen from."""
        return self._jobs.get(self.current_id)

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
    def is_seen(self) -> bool:
        """True while the canvas shows a result or a draft that the document has not."""
        is_new = self.previewed is not None and self._state.shown is not self._state.document
        return is_new or self.draft is not None

    @property
    def accepted_choices(self) -> frozenset[Choice]:
        """The candidates that are layers of the document as it is now."""
        history = self._state.history
        if history is None:
            return frozenset()
        document = history.document
        if self._accepted is None or self._accepted[0] is not document.layers:
            self._accepted = document.layers, find_choices(document)
        return self._accepted[1]

    @property
    def is_filled(self) -> bool:
        """True while the painted mask is the one below the layers that were accepted last."""
        if self._filled is None:
            return False
        document, (mask, made) = self._state.document, self._filled
        is_there = any(layer.id in made for layer in document.iter_layers())
        return is_there and mask == document.selection

    @property
    def is_being_filled(self) -> bool:
        """True while the running job fills all of the mask as it is painted now."""
        job, shown = self._jobs.active, self._state.shown
        if job is None or shown is None:
            return False
        try:
            asked = self._state.timeline.state(job.request.state).document.selection
        except KeyError:
            return False  # the history has dropped that state
        bounds = asked.content_box()
        return asked is shown.selection and bounds.clamp(job.request.box) == bounds

    def is_ready(self, index: int) -> bool:
        """Tell whether a candidate of `current` can be shown in the photo as it is now."""
        return self.can_show(Choice(self.current_id, index))

    def can_show(self, choice: Choice) -> bool:
        """Tell whether a candidate of any job can be shown in the photo as it is now."""
        job = self._jobs.get(choice.job)
        return job is not None and choice.index in job.fitted and self._fits(job, choice.index)

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
            self._pick(job, index)
            self.preview(index)
            self.changed.emit()
            self._fit_queue.view(Choice(job.id, index))

    def choose(self, choice: Choice) -> None:
        """Choose a candidate of any job, see `select` and `show_results`.

        Raises:
            GlideError: if it is not kept any more.
        """
        job = self._jobs.get(choice.job)
        if job is not None and (why := self.explain_misplaced(job)):
            self._state.notify(why)
        if self.current_id == choice.job:
            self.select(choice.index)
        else:
            self.show_results(choice.job, choice.index)

    def _pick(self, job: Job, index: int) -> None:
        """Choose a candidate; it is what `accept` takes for its island of the mask from now on."""
        self.selected = index
        job = replace(job, picked=index, picked_at=time.time())
        self._jobs.put(job)
        self.picked.emit(job)

    def preview(self, index: int) -> None:
        """Show a candidate on the canvas, outside of the history."""
        choice = Choice(self.current_id, index)
        if self.is_ready(index) and self.previewed != choice:
            self._previewed = choice
            self._state.show(self._add_all(choice), is_previewing=True)

    def document_with(self, choice: Choice | None) -> Document | None:
        """Return the document with a candidate as a layer; None if it is not ready.

        choice: None for the document as it is.
        """
        if choice is None:
            return self._state.document
        return self._add_all(choice) if self.can_show(choice) else None

    def _islands_beside(self, choice: Choice) -> list[Choice]:
        """Return what was picked for the other islands of the same mask, fitted or soon to be."""
        group, own = self._jobs[choice.job].group, self._jobs[choice.job].place
        if not group or self._is_accepted(group):
            return []
        found: dict[Box, Choice] = {}  # by island: of the job that was looked at last
        for job in sorted(self._jobs.values(), key=lambda job: job.picked_at):
            if job.group == group and job.place != own:
                pick = self._fit_queue.find_pick(job)
                if pick and (pick.index not in job.fitted or self._fits(job, pick.index)):
                    found[job.place] = pick
        return list(found.values())

    def _add_all(self, choice: Choice) -> Document:
        """Add a candidate and what was picked for the other islands, as far as that is ready."""
        document = clear_ground(self._state.timeline, self._jobs[choice.job])
        for other in self._islands_beside(choice):
            if other.index in self._jobs[other.job].fitted:
                document = self._add_layers(*self._take_out_other(document, other), other)
        return self._add_layers(*self._take_out_other(document, choice), choice)

    def show_results(self, job_id: str, index: int | None = None) -> None:
        """Choose from the candidates of an older job.

        index: the candidate to look at; by default that which was looked at last, else the first
            that can be shown.

        Raises:
            GlideError: if the job has none any more.
        """
        job = self._jobs.get(job_id)
        if job is None or job.state is not JobState.FINISHED or not job.choices:
            raise GlideError(
                translate(
                    "Candidates",
                    "These results are no longer kept; press Generate to make new ones.",
                )
            )
        if index is None:
            indices = [choice.index for choice in job.by_pick]
            index = next((one for one in indices if one in job.fitted), indices[0])
        is_other = self.current_id != job_id
        self.current_id, self._previewed = job_id, None
        self._pick(job, index)
        if is_other:
            self.current_changed.emit(job_id)
        if self.is_ready(index):
            self.preview(index)
        elif self._state.is_previewing:
            self._state.show(None)
        self.changed.emit()
        self._fit_queue.view(Choice(job_id, index))

    def accept(self, job_id: str | None = None, index: int | None = None) -> UnchangedReport:
        """Make a candidate a layer: one entry of the history, checked to change nothing else.

        Unless the settings keep it, the mask is cleared, but for parts that were painted apart from
        what is filled. It takes the place of another candidate of the same fill that is a layer,
        and still as it was. One that is a layer itself becomes the active layer instead. What it
        replaces is removed again if it was brought back.

        job_id, index: by default the current job and the selected candidate.

        Raises:
            GlideError: if there is no such candidate, or it is not ready.
            KeyError: if there is no such job.
        """
        compare = self._add(job_id, index)
        return UnchangedReport() if compare is None else self._tell(compare())

    def accept_selected(self) -> None:
        """Do as `accept` with the selected candidate; the check follows in the background.

        Raises:
            GlideError: as `accept`.
        """
        if compare := self._add():
            state = self._state.timeline.current.id
            self.report = None

            def tell(report: UnchangedReport) -> None:
                history = self._state.history
                if history is not None and (history.current.id == state or not report.ok):
                    self._tell(report)

            self._worker.run(compare, tell, lambda error: self._state.notify(str(error)))

    def _add(
        self, job_id: str | None = None, index: int | None = None
    ) -> Callable[[], UnchangedReport] | None:
        """Make a candidate a layer; return what compares, None if it was one already."""
        job = self.current if job_id is None else self._jobs[job_id]
        if job is None:
            raise GlideError(
                translate("Candidates", "There is no candidate to accept; press Generate first.")
            )
        choice = Choice(job.id, self.selected if index is None else index)
        if why := self._explain_not_acceptable(job, choice):
            raise GlideError(why)
        if layer := self._find_layer(self._state.document, choice):
            self.put_aside(show=False)
            self._state.activate_layer(layer.id)
            self._state.notify(
                translate(
                    "Candidates", "This result is a layer already; it is the active layer now."
                )
            )
            self.accepted.emit()
            return None
        before = clear_ground(self._state.timeline, job)
        covers = _covers(before, job)
        clear = covers and not self._state.generation_settings.keep_mask
        after = before
        steps: list[tuple[Document, Document, Choice]] = []
        for one in (*self._islands_beside(choice), choice):
            without, below = self._take_out_other(after, one)
            after = self._add_layers(without, below, one)
            steps.append((without, after, one))
        painted = [painted_raster(before, self._jobs[one.job]) for *_, one in steps]
        if clear:
            after = replace(after, selection=_find_unfilled(before.selection, painted))
        self.put_aside(show=False)
        ids = [{layer.id for layer in one.iter_layers()} for one in (before, after)]
        self._filled = (before.selection, frozenset(ids[1] - ids[0])) if covers else None
        self._state.apply(_name_fill(job), after)
        self.changed.emit()
        self.accepted.emit()

        jobs = [self._jobs[one.job] for *_, one in steps]

        def compare() -> UnchangedReport:
            reports = [
                _compare_step(*step, job, mask)
                for step, job, mask in zip(steps, jobs, painted, strict=True)
            ]
            return sum(reports[1:], reports[0])

        return compare

    def _tell(self, report: UnchangedReport) -> UnchangedReport:
        self.report = report
        if not report.ok:
            self._state.notify(
                translate(
                    "Candidates",
                    "{differing} pixels outside the mask changed; undo and report this.",
                ).format(differing=number(report.differing)),
                Severity.ERROR,
            )
        self.changed.emit()
        return report

    def explain_misplaced(self, job: Job) -> str:
        """Return why results have no place in the picture as it is now, "" if they have one."""
        if is_in(self._state.document, job):
            return ""
        return translate(
            "Candidates",
            "The picture was cropped, turned, flipped or scaled since this was generated; undo"
            " that, or generate again.",
        )

    def _explain_not_acceptable(self, job: Job, choice: Choice) -> str:
        """Return why a candidate cannot become a layer now, "" if it can."""
        if why := self.explain_misplaced(job):
            return why
        if job.is_drafts:
            return translate(
                "Candidates", "This is a draft; refine it first, then accept the result."
            )
        if not job.patches:
            return translate(
                "Candidates", "This job has no finished candidate yet; wait until it is done."
            )
        if job.marks.get(choice.index) is Mark.REJECTED:
            return translate(
                "Candidates", "This result is rejected; take that back with X, then accept it."
            )
        if choice.index not in job.fitted:
            return translate(
                "Candidates", "This candidate is still being fitted into the photo; wait a moment."
            )
        if not self._fits(job, choice.index):
            return translate(
                "Candidates",
                "The picture has another size or depth since this was generated; undo that, or"
                " generate again.",
            )
        if not job.group or self._is_accepted(job.group):
            return ""
        group = [one for one in self._jobs.values() if one.group == job.group]
        made = {one.place for one in group if one.state is JobState.FINISHED and one.patches}
        if any(not one.state.final and one.place not in made for one in group):
            return translate(
                "Candidates",
                "The other parts of the mask are still being filled; wait, or cancel them.",
            )
        beside = self._islands_beside(choice)
        if any(one.index not in self._jobs[one.job].fitted for one in beside):
            return translate(
                "Candidates",
                "The other parts of the mask are still being fitted into the photo; wait a moment.",
            )
        return ""

    def _find_layer(self, document: Document, choice: Choice) -> Layer | None:
        """Return the layer that a candidate has become, if it shows just that still."""
        fitted = self._jobs[choice.job].fitted[choice.index]
        for layer in document.iter_layers():
            made = layer.provenance
            if made is None or Choice(made["request"]["id"], made["candidate"]) != choice:
                continue
            is_plain = layer.mask is None and (layer.opacity, layer.blend) == (1, "normal")
            if layer.visible and is_plain and layer.raster is not None:
                raster = fitted.follow_canvas(document).raster
                if _shows_same(layer.raster, raster):
                    return layer
        return None

    def _is_accepted(self, group: str) -> bool:
        """Tell whether a candidate of a mask's islands is a layer of the document as it is now."""
        ids = {job.id for job in self._jobs.values() if job.group == group}
        return any(
            layer.provenance is not None and layer.provenance["request"]["id"] in ids
            for layer in self._state.document.iter_layers()
        )

    def put_aside(self, *, show: bool = True) -> None:
        """End choosing; the results stay. show: let the canvas draw the document again."""
        was_choosing, self.current_id, self._previewed = self.current is not None, "", None
        self._fit_queue.view(None)
        if was_choosing:
            self.current_changed.emit("")
            if show:
                self._state.show(None)
            self.changed.emit()

    def _follow_shown(self) -> None:
        """End choosing once the canvas shows something else than the candidate: an edit began."""
        if self._previewed is not None and not self._state.is_previewing:
            self.put_aside(show=False)

    def forget(self) -> None:
        """Choose from nothing, as for another document."""
        self.current_id, self._previewed, self.report = "", None, None
        self.changed.emit()

    def show_fitted(self, choice: Choice) -> None:
        """Show a candidate that was fitted again, if it is one of those that are looked at."""
        if (job := self.current) is None:
            return
        if choice in (Choice(job.id, self.selected), *self._islands_beside(Choice(job.id, 0))):
            self._previewed = None
            self.preview(self.selected)
        if self._jobs[choice.job].series == job.series:
            self.changed.emit()

    def follow_marks(self) -> None:
        """Pick others for the other islands of the mask where what was picked is rejected."""
        if self.current is not None and self.current.group:
            self._previewed = None
            self.preview(self.selected)
            self._fit_queue.begin_next()

    def _follow_placement(self) -> None:
        """Place the candidate in view again if the settings of its placement have changed."""
        choice = Choice(self.current_id, self.selected)
        if self.current is not None and self._fit_queue.is_stale(choice):
            self._fit_queue.view(choice)

    def _take_out_other(self, document: Document, choice: Choice) -> tuple[Document, str | None]:
        """Remove what another candidate of the same fill has become, if it shows just that still.

        Returns the document, and the id of the layer that lay below what was removed; None if
        nothing was, or nothing lay there.
        """
        job = self._jobs[choice.job]
        for index, fitted in job.fitted.items():
            layer = self._find_layer(document, Choice(job.id, index))
            if index == choice.index or layer is None or layer.locked:
                continue
            siblings = document.siblings(document.parent_id(layer.id))
            lowest = siblings.index(layer)
            here = fitted.follow_canvas(document)
            made = [raster for raster in (here.shadow, here.cleared) if raster is not None]
            while lowest and (below := siblings[lowest - 1].raster) is not None:
                if not any(_shows_same(below, raster) for raster in made):
                    break
                lowest -= 1
            for one in siblings[lowest : siblings.index(layer) + 1]:
                document = remove_layer(document, one.id)
            return document, siblings[lowest - 1].id if lowest else None
        return document, None

    def _add_layers(self, document: Document, above: str | None, choice: Choice) -> Document:
        """Add the layers of a candidate: the object, below it its shadow and what it stands on.

        above: id of the layer that they lie on; None puts them on top.
        """
        if self._find_layer(document, choice) is not None:
            return document
        job = self._jobs[choice.job]
        fitted, name = job.fitted[choice.index].follow_canvas(document), _layer_name(job)
        provenance = provenance_to_dict(
            Provenance(job.request, choice.index, __version__, job.weights)
        )
        layers = [Layer(name, fitted.raster, provenance=provenance)]
        if fitted.shadow is not None:
            shadow = translate("Candidates", "{name}: shadow").format(name=name)
            layers.insert(0, Layer(shadow, fitted.shadow))
        if fitted.cleared is not None:
            layers.insert(0, Layer(translate("Candidates", REMOVAL_NAME), fitted.cleared))
        for layer in layers:
            document = add_layer(document, layer, above=above)
            above = None if above is None else layer.id
        return document

    def _fits(self, job: Job, index: int) -> bool:
        document = self._state.document
        return job.fitted[index].raster.dtype == document.dtype and is_in(document, job)


def find_choices(document: Document) -> frozenset[Choice]:
    """Return the candidates that are layers of a document."""
    return frozenset(
        Choice(str(one.provenance["request"]["id"]), int(one.provenance["candidate"]))
        for one in document.iter_layers()
        if one.provenance is not None
    )


def _compare_step(
    before: Document, after: Document, choice: Choice, job: Job, mask: Raster
) -> UnchangedReport:
    fitted = job.fitted[choice.index].follow_canvas(after)
    if job.taken is None:
        return compare_outside(before, after, mask, fitted)
    taken = mask.write(box_in(after, job), job.taken[..., None])
    report = compare_outside(before, after, taken, fitted)
    return replace(report, rim=taken.count_content() - mask.count_content())


def _shows_same(one: Raster, other: Raster) -> bool:
    """Tell whether rasters have the same pixels, be their tiles the same or cropped apart."""
    if one == other:
        return True
    box = one.content_box()
    return box == other.content_box() and np.array_equal(one.read(box), other.read(box))


def _covers(document: Document, job: Job) -> bool:
    """Tell whether the mask covers what was painted for a job, as far as that is on the canvas."""
    box = box_in(document, job)
    painted = read_is_set(painted_raster(document, job), box)
    return bool(read_is_set(document.selection, box)[painted].all())


def _find_unfilled(mask: Raster, filled: Sequence[Raster]) -> Raster:
    """Return the parts of a mask that lie apart from all that is filled."""
    box, rest = mask.content_box(), Raster.empty(mask.size, 1)
    values = mask.read(box)
    unfilled = values[..., 0] > 0
    for one in filled:
        unfilled &= ~read_is_set(one, box)
    if not unfilled.any():
        return rest
    _, parts = cv2.connectedComponents((values[..., 0] > 0).astype(np.uint8))
    touched = np.zeros(parts.max(initial=0) + 1, np.bool_)
    for one in filled:
        touched[parts[read_is_set(one, box)]] = True
    apart = (parts > 0) & ~touched[parts]
    return rest.write(box, np.where(apart[..., None], values, 0)) if apart.any() else rest


def _name_fill(job: Job) -> str:
    if not job.request.prompt:
        return translate("Candidates", REMOVAL_NAME)
    return translate("Candidates", "Fill: {prompt}").format(prompt=_layer_name(job))


def _layer_name(job: Job) -> str:
    name = job.request.prompt or translate("Candidates", REMOVAL_NAME)
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"
