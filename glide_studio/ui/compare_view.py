"""The candidates of one Generate side by side in the photo, with the original."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice, Job, JobState, box_in
from glide_studio.editor.result_actions import RenderedBox
from glide_studio.imaging.display import make_display_transform
from glide_studio.imaging.geometry import Size
from glide_studio.translation import translate
from glide_studio.ui.canvas.overlays import JobPreview
from glide_studio.ui.canvas.viewport import Viewport
from glide_studio.ui.compare_page import MAX_SIDE_PX, ComparePage, ComparePicture, make_image

CONTEXT = 0.35  # surroundings on each side, over the longer side of what was filled


class CompareView(ComparePage):
    """What is refined meanwhile takes the place of its draft.

    pictures: by candidate, None for the photo as it is.
    """

    KEYS: Mapping[Qt.Key, str] = {
        Qt.Key.Key_C: "compare",
        Qt.Key.Key_W: "wipe",
        Qt.Key.Key_F: "favorite",
        Qt.Key.Key_X: "reject",
        Qt.Key.Key_R: "again",
        Qt.Key.Key_L: "similar",
        Qt.Key.Key_Delete: "delete",
    }
    FIRST = 1  # the original is seen, not chosen

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._series = ""
        editor.candidates_changed.connect(self._follow)
        editor.results.changed.connect(self._follow)

    def open(self) -> bool:
        """Show the candidates that are being chosen from; False if there are none."""
        job, filled = self._editor.candidates.current, self._editor.results.filled_box()
        if job is None or filled is None:
            return False
        self._show_pictures({})
        margin = math.ceil(CONTEXT * max(filled.width, filled.height))
        self._box, self._series = filled.pad(margin).clamp(self._editor.document.box), job.series
        self._follow()
        self._focus_chosen()
        return True

    @property
    def _chosen(self) -> Choice:
        candidates = self._editor.candidates
        return Choice(candidates.current_id, candidates.selected)

    def _draft_job(self, choice: Choice | None) -> Job | None:
        """Return the job of a draft; None for all else."""
        job = None if choice is None else self._editor.generation.jobs.get(choice.job)
        return job if job is not None and job.is_drafts else None

    def _captions(self) -> dict[Choice | None, str]:
        """Return what is to be seen: of what is still being refined, the draft."""
        jobs = self._editor.generation.jobs
        layers = [jobs[one.job] for one in self._editor.results.accepted if one.job in jobs]
        has_one = any(job.series == self._series for job in layers)
        original = (
            translate("CompareView", "As it is now")
            if has_one
            else translate("CompareView", "Original")
        )
        found: dict[Choice | None, str] = {None: original}
        for place, choice in enumerate(self._editor.results.series_of(self._chosen), 1):
            if jobs[choice.job].state is not JobState.FINISHED:
                choice = Choice(jobs[choice.job].refined_from, choice.index)
            if choice.job in jobs:
                is_draft = self._draft_job(choice) is not None
                kind = translate("ResultsModel", ", draft") if is_draft else ""
                found[choice] = f"{place}{kind}"
        return found

    def _describe(self, picture: ComparePicture, choice: Choice | None) -> None:
        caption = picture.text()
        if choice is None:
            picture.setToolTip(
                translate("CompareView", "The photo as it is; click to keep it  (Esc)")
            )
        else:
            text = translate("CompareView", "Candidate {caption}")
            picture.setAccessibleName(text.format(caption=caption))
            tip = (
                translate(
                    "CompareView",
                    "Candidate {caption}: click to choose it, double-click to accept it",
                )
                if self._draft_job(choice) is None
                else translate(
                    "CompareView",
                    "Candidate {caption}: click to choose it, double-click to refine it",
                )
            )
            picture.setToolTip(tip.format(caption=caption))

    def _follow(self) -> None:
        """Show what became ready, and which candidate is chosen."""
        candidates = self._editor.candidates
        if self._box is None:
            return
        if candidates.current is None or candidates.current.series != self._series:
            self.leave()
            return
        self._show_pictures(self._captions())
        self._hint.setText(
            translate(
                "CompareView",
                "Click or use the arrow keys to choose  ·  Enter accepts  ·  Esc returns",
            )
            if candidates.draft is None
            else translate(
                "CompareView",
                "Click or use the arrow keys to choose  ·  Enter refines  ·  Esc returns",
            )
        )
        for choice, picture in self.pictures.items():
            picture.setChecked(choice == self._chosen)
            is_draft = self._draft_job(choice) is not None
            ready = choice is None or is_draft or candidates.can_show(choice)
            job = None if choice is None else self._editor.generation.jobs.get(choice.job)
            if not ready and job is not None:
                picture.awaited = candidates.explain_misplaced(job) or picture.awaited
            if ready and not picture.is_asked_for:
                picture.is_asked_for = True
                self._editor.results.render(
                    None if is_draft else choice, self._box, MAX_SIDE_PX, partial(self._put, choice)
                )

    def _put(self, choice: Choice | None, rendered: RenderedBox) -> None:
        picture = self.pictures.get(choice)
        if picture is None:
            return
        to_display = make_display_transform(rendered.profile, self._screen)
        image = make_image(to_display(rendered.pixels))
        if choice is not None and (job := self._draft_job(choice)) is not None:
            part, document = rendered.box, self._editor.document
            size, scale = Size(part.width, part.height), 1 / (1 << rendered.level)
            placement = self._editor.generation_settings.placement
            painter = QPainter(image)
            box = box_in(document, job)
            JobPreview(job, box, job.draft(choice.index).image, placement).paint(
                painter, Viewport(size, document.size, scale, -part.x, -part.y)
            )
            painter.end()
        picture.put(image)

    def _choose(self, choice: Choice | None) -> None:
        candidates = self._editor.candidates
        if choice is None:
            self._editor.keep_original()
        elif self._editor.attempt(lambda: candidates.choose(choice)):
            self._focus_chosen()

    def _accept(self, choice: Choice | None) -> None:
        """Choose a candidate and make it a layer; a draft is refined."""
        editor = self._editor
        if choice is None:
            self._choose(choice)
        elif self._draft_job(choice) is not None:
            editor.attempt(lambda: editor.generation.refine([choice]))
        elif editor.candidates.can_show(choice):
            self._choose(choice)
            editor.attempt(editor.candidates.accept_selected)
