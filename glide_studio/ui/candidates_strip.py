"""The candidates of the newest fill, below the canvas: hover tries one on, a click picks it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QEnterEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout

from glide_studio.api.events import Picture
from glide_studio.editor.job import Job, JobState
from glide_studio.editor.session import Session
from glide_studio.ui import theme
from glide_studio.ui.icons import icon
from glide_studio.ui.widgets import make_floating_card, make_label, picture_pixmap

SIDE = 84


class CandidatesStrip(QFrame):
    """Hidden while there is nothing to choose from."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._job: Job | None = None
        self.thumbnails: dict[int, Thumbnail] = {}
        self.setAccessibleName("Candidates")
        card = make_floating_card(self)
        row = QHBoxLayout(card)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(10)
        self._title = make_label("", "soft")
        self._title.setFixedWidth(112)
        self._title.setWordWrap(True)
        self.seam = make_label("", "faint")
        self.seam.setAccessibleName("Seam")
        self.seam.setToolTip(
            "Color difference across the mask's edge (CIEDE2000); about 1 is just noticeable"
        )
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addStretch()
        texts.addWidget(self._title)
        texts.addWidget(self.seam)
        texts.addStretch()
        row.addLayout(texts)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        row.addLayout(self._row)
        row.addSpacing(6)
        self.accept = QPushButton(icon("check", theme.ON_ACCENT), "Accept")
        self.accept.setProperty("role", "primary")
        self.accept.setAccessibleName("Accept")
        self.accept.setToolTip("Add the picked candidate as a layer  (Ctrl+Shift+Enter)")
        self.accept.clicked.connect(session.accept)
        self.discard = QPushButton("Discard")
        self.discard.setAccessibleName("Discard")
        self.discard.setToolTip("Throw the candidates away")
        self.discard.clicked.connect(session.discard)
        row.addWidget(self.accept)
        row.addWidget(self.discard)
        session.jobs_changed.connect(self._job_changed)
        session.candidates_changed.connect(self._candidates_changed)
        self.hide()

    def _job_changed(self, job: Job) -> None:
        if job.request.kind == "fill":
            ended = job.state in (JobState.FAILED, JobState.CANCELLED)
            self._job = None if ended else job
            self._show()

    def _candidates_changed(self) -> None:
        self._job = self._session.generation.offered
        self._show()

    def _show(self) -> None:
        job = self._job
        pictures = candidates(job) if job is not None else {}
        self.setVisible(bool(pictures))
        for index in [index for index in self.thumbnails if index not in pictures]:
            thumbnail = self.thumbnails.pop(index)
            thumbnail.hide()
            thumbnail.deleteLater()
        offered = self._session.generation.offered is not None
        for index, picture in pictures.items():
            if index not in self.thumbnails:
                self.thumbnails[index] = Thumbnail(self._session, index)
                self._row.addWidget(self.thumbnails[index])
            thumbnail = self.thumbnails[index]
            thumbnail.show_picture(picture)
            thumbnail.setEnabled(self._session.generation.ready(index))
            thumbnail.setChecked(offered and index == self._session.generation.picked)
        if job is not None and pictures:
            prompt = job.request.prompt
            short = prompt if len(prompt) <= 48 else f"{prompt[:47]}…"
            self._title.setText(f"“{short}”" if prompt else "No prompt")
            self._title.setToolTip(prompt)
        seam = self._session.generation.seams.get(self._session.generation.picked)
        self.seam.setText(f"Seam ΔE {seam.median:.1f}" if offered and seam is not None else "")
        self.accept.setVisible(offered)
        self.discard.setVisible(offered)


class Thumbnail(QToolButton):
    """One candidate."""

    def __init__(self, session: Session, index: int) -> None:
        super().__init__()
        self._session = session
        self._index = index
        self._picture: Picture | None = None
        self.setCheckable(True)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setFixedSize(SIDE + 12, SIDE + 12)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Candidate {index + 1}")
        self.setToolTip(f"Candidate {index + 1}: point to try it on, click to pick it")
        self.clicked.connect(lambda: session.generation.pick(index))

    def show_picture(self, picture: Picture) -> None:
        """Show a picture if it is another one than before."""
        if picture is not self._picture:
            self._picture = picture
            pixmap: QPixmap = picture_pixmap(picture, SIDE, self.devicePixelRatioF())
            self.setIcon(pixmap)

    def enterEvent(self, event: QEnterEvent) -> None:
        if self.isEnabled():
            self._session.generation.try_on(self._index)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._session.generation.try_picked()
        super().leaveEvent(event)


def candidates(job: Job) -> dict[int, Picture]:
    """The best picture there is of each candidate: patch, else draft, else preview."""
    found: dict[int, Picture] = dict(enumerate(job.previews))
    found |= {draft.index: draft.image for draft in job.drafts}
    return found | {patch.index: patch.image for patch in job.patches}
