"""The candidates of the newest fill, floating above the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.api.events import Picture
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Job, JobState
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.ui import theme
from glide_studio.ui.icons import icon
from glide_studio.ui.widgets import make_floating_card, make_label, picture_pixmap

SIDE_PX = 72  # of a candidate's picture
BUTTON_SIDE_PX = SIDE_PX + 8
VISIBLE_BUTTONS = 6  # more are scrolled to
TITLE_WIDTH_PX = 100


class CandidatesStrip(QFrame):
    """The results of the newest fill; hidden while there are none.

    Signal `shown`: the strip has appeared.
    """

    shown = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._job: Job | None = None
        self.thumbnails: dict[int, CandidateButton] = {}
        self.setAccessibleName("Candidates")
        card = make_floating_card(self)
        row = QHBoxLayout(card)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(12)
        self._title = make_label("", "secondary")
        self._title.setFixedWidth(TITLE_WIDTH_PX)
        self._title.setWordWrap(True)
        self.seam = make_label("", "hint")
        self.seam.setAccessibleName("Edge of the result")
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addStretch()
        texts.addWidget(self._title)
        texts.addWidget(self.seam)
        texts.addStretch()
        row.addLayout(texts)
        holder = QWidget()
        self._row = QHBoxLayout(holder)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(holder)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFixedHeight(BUTTON_SIDE_PX + 14)
        row.addWidget(self._scroll)
        self.accept = QPushButton(icon("check", theme.ON_ACCENT), "Accept")
        self.accept.setProperty("role", "primary")
        self.accept.setAccessibleName("Accept")
        self.accept.setToolTip("Add this result as a layer  (Ctrl+Shift+Enter)")
        self.accept.clicked.connect(lambda: editor.attempt(editor.generation.accept))
        self.discard = QPushButton("Discard")
        self.discard.setAccessibleName("Discard")
        self.discard.setToolTip("Discard all of these results")
        self.discard.clicked.connect(lambda: editor.attempt(editor.generation.discard))
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        buttons.addStretch()
        buttons.addWidget(self.accept)
        buttons.addWidget(self.discard)
        buttons.addStretch()
        row.addLayout(buttons)
        editor.jobs_changed.connect(self._job_changed)
        editor.candidates_changed.connect(self._candidates_changed)
        self.hide()

    @property
    def box(self) -> Box | None:
        """The part of the document that the candidates fill, None if there are none."""
        if self._job is None or self._job.painted is None:
            return None
        box = self._job.request.box
        return bounding_box(self._job.painted > 0).move(box.x, box.y)

    def _job_changed(self, job: Job) -> None:
        if job.request.kind == "fill":
            ended = job.state in (JobState.FAILED, JobState.CANCELLED)
            self._job = None if ended else job
            self._show()

    def _candidates_changed(self) -> None:
        self._job = self._editor.generation.current
        self._show()

    def _show(self) -> None:
        job = self._job
        pictures = candidate_pictures(job) if job is not None else {}
        appears = bool(pictures) and not self.isVisible()
        self.setVisible(bool(pictures))
        for index in [index for index in self.thumbnails if index not in pictures]:
            thumbnail = self.thumbnails.pop(index)
            thumbnail.hide()
            thumbnail.deleteLater()
        offered = self._editor.generation.current is not None
        for index, picture in pictures.items():
            if index not in self.thumbnails:
                self.thumbnails[index] = CandidateButton(self._editor, index)
                self._row.addWidget(self.thumbnails[index])
            thumbnail = self.thumbnails[index]
            thumbnail.show_picture(picture)
            thumbnail.setEnabled(self._editor.generation.is_ready(index))
            thumbnail.setChecked(offered and index == self._editor.generation.selected)
        shown = min(len(pictures), VISIBLE_BUTTONS)
        self._scroll.setFixedWidth(max(1, shown * (BUTTON_SIDE_PX + self._row.spacing())))
        if job is not None and pictures:
            prompt = job.request.prompt
            short = prompt if len(prompt) <= 48 else f"{prompt[:47]}…"
            self._title.setText(f"“{short}”" if prompt else "Removal")
            self._title.setToolTip(prompt)
        seam = self._editor.generation.seam()
        if offered and seam is not None:
            self.seam.setText(describe_seam(seam.median))
            self.seam.setToolTip(f"Color difference across the edge: {seam.median:.1f} (CIEDE2000)")
        else:
            self.seam.clear()
        self.accept.setVisible(offered)
        self.discard.setVisible(offered)
        if appears:
            self.shown.emit()


class CandidateButton(QToolButton):
    """One candidate: pointing at it shows it on the canvas, a click picks it."""

    def __init__(self, editor: Editor, index: int) -> None:
        super().__init__()
        self._editor = editor
        self._index = index
        self._picture: Picture | None = None
        self.setCheckable(True)
        self.setIconSize(QSize(SIDE_PX, SIDE_PX))
        self.setFixedSize(BUTTON_SIDE_PX, BUTTON_SIDE_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Candidate {index + 1}")
        self.setToolTip(f"Candidate {index + 1}: point at it to preview it, click to choose it")
        self.clicked.connect(lambda: editor.generation.select(index))

    def show_picture(self, picture: Picture) -> None:
        """Show a picture [h, w, 3] float32 0 .. 1, if it is not the one that is shown."""
        if picture is not self._picture:
            self._picture = picture
            pixmap: QPixmap = picture_pixmap(picture, SIDE_PX, self.devicePixelRatioF())
            self.setIcon(pixmap)

    def enterEvent(self, event: QEnterEvent) -> None:
        if self.isEnabled():
            self._editor.generation.preview(self._index)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._editor.generation.preview_selected()
        super().leaveEvent(event)


def candidate_pictures(job: Job) -> dict[int, Picture]:
    """Return the best picture of each candidate so far, by index: result, else draft, else preview."""
    found: dict[int, Picture] = dict(enumerate(job.previews))
    found |= {draft.index: draft.image for draft in job.drafts}
    return found | {patch.index: patch.image for patch in job.patches}


def describe_seam(difference: float) -> str:
    """Describe how visible the edge of a result is.

    difference: median CIEDE2000 across the edge; about 1 is just noticeable side by side.
    """
    if difference < 1.5:
        return "Blends in"
    return "Edge faintly visible" if difference < 3 else "Edge visible"
