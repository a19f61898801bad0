"""The queue: what runs and what waits, opened from the status bar."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.api.request import COMPLETION
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Job, JobState
from glide_studio.imaging.filters import reduce_mask
from glide_studio.translation import translate
from glide_studio.ui.icons import icon
from glide_studio.ui.prompt_panel import describe_job, describe_remaining
from glide_studio.ui.results_model import (
    candidate_pictures,
    crop_to_painted,
    describe_fill,
    describe_part,
)
from glide_studio.ui.widgets import (
    ElidedLabel,
    draw_progress,
    make_column,
    make_floating_card,
    make_icon_button,
    make_label,
    make_row,
    picture_pixmap,
)

WIDTH_PX, MAX_HEIGHT_PX = 460, 360
THUMBNAIL_PX = 44
MASK_PX = 512  # longer side of a mask that a thumbnail is cut from
ROW_GAP_PX = 2
BUTTON_MIN_PX = 130
ROW_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_Escape)


class QueueButton(QToolButton):
    """What runs, in a few words and a thin bar; opens the queue. Hidden while nothing runs.

    elsewhere: what is being made in another tab, told while nothing runs in this one.
    """

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._fraction = 0.0
        self.elsewhere = ""
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(translate("QueuePanel", "Queue"))
        self.setToolTip(translate("QueuePanel", "Show the queue  (F8)"))
        editor.jobs_changed.connect(lambda job: self._show())
        editor.generation.jobs.removed.connect(lambda job_id: self._show())
        editor.document_changed.connect(lambda *_: self._show())
        self._show()

    def show_elsewhere(self, text: str) -> None:
        """Tell what is being made in another tab, "" for nothing."""
        if text != self.elsewhere:
            self.elsewhere = text
            self._show()

    def _show(self) -> None:
        jobs = self._editor.generation.jobs
        active, count = jobs.active, len(jobs.unfinished)
        self.setVisible(active is not None or bool(self.elsewhere))
        if active is None:
            self._fraction = 0.0
            self.setChecked(False)
            self._show_text(self.elsewhere)
            return
        self._fraction = active.fraction
        parts = [describe_job(active), describe_remaining(active)]
        if count > 1:
            parts.append(translate("QueuePanel", "{count} more").format(count=count - 1))
        self._show_text("  ·  ".join(part for part in parts if part))

    def _show_text(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(translate("QueuePanel", "Queue: {text}").format(text=text))

    def minimumSizeHint(self) -> QSize:
        """Return little: a long text is elided rather than making the window wider."""
        return QSize(BUTTON_MIN_PX, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        draw_progress(painter, self.rect(), self._fraction)
        painter.end()


class QueuePanel(QFrame):
    """A card above the status bar with a row for each job; Esc closes it.

    Signal `closed`: it was closed by the user, or nothing is left to show.
    """

    closed = Signal()

    def __init__(self, editor: Editor, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._stage = parent
        self.rows: dict[str, JobRow] = {}
        self.setAccessibleName(translate("QueuePanel", "Queue"))
        card = make_floating_card(self)
        self.cancel_all = QPushButton(translate("QueuePanel", "Cancel all"))
        self.cancel_all.setToolTip(translate("QueuePanel", "Stop everything that runs and waits"))
        self.cancel_all.clicked.connect(editor.generation.cancel_all)
        header = QHBoxLayout()
        header.addWidget(make_label(translate("QueuePanel", "Queue").upper(), "title"))
        header.addStretch()
        header.addWidget(self.cancel_all)
        header.addWidget(
            make_icon_button(
                "close", translate("QueuePanel", "Close the queue"), self.close_panel, "Esc"
            )
        )
        holder = QWidget()
        self._list = make_column(holder, spacing=ROW_GAP_PX)
        self._list.addStretch()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(holder)
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 8, 8, 10)
        column.addLayout(header)
        column.addWidget(self._scroll)
        parent.installEventFilter(self)
        editor.jobs_changed.connect(lambda job: self._show())
        editor.generation.jobs.removed.connect(lambda job_id: self._show())
        self.hide()

    def open_panel(self) -> None:
        """Show the queue with the focus on its first row."""
        self.show()
        self.raise_()
        self._show()
        first = next(iter(self.rows.values()), None)
        if first is not None:
            first.setFocus()

    def close_panel(self) -> None:
        """Hide the queue."""
        self.hide()
        self.closed.emit()

    def _show(self) -> None:
        if not self.isVisible():
            return
        jobs = {job.id: job for job in self._editor.generation.jobs.unfinished}
        if not jobs:
            self.close_panel()
            return
        for job_id in [one for one in self.rows if one not in jobs]:
            self._remove(job_id)
        for place, job in enumerate(jobs.values()):
            row = self.rows.get(job.id)
            if row is None:
                row = self.rows[job.id] = JobRow(self._editor, job.id)
            if self._list.indexOf(row) != place:
                self._list.insertWidget(place, row)
                row.show()
            row.show_job(job)
        self._place()

    def _remove(self, job_id: str) -> None:
        row = self.rows.pop(job_id)
        focus = QApplication.focusWidget()
        had_focus = focus is row or row.isAncestorOf(focus or self)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()
        if had_focus and self.rows:
            next(iter(self.rows.values())).setFocus()

    def _place(self) -> None:
        """Stand at the lower right corner of the canvas, as high as the rows need."""
        rows = sum(row.sizeHint().height() + ROW_GAP_PX for row in self.rows.values())
        parent = self._stage
        height = min(rows + 90, MAX_HEIGHT_PX, parent.height())
        width = min(WIDTH_PX, parent.width())
        self.setGeometry(parent.width() - width, parent.height() - height, width, height)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)


class JobRow(QFrame):
    """A job: picture, prompt, what it does, and its buttons.

    A drag or Alt+Up and Alt+Down move one that waits, Del stops it.
    """

    def __init__(self, editor: Editor, job_id: str) -> None:
        super().__init__()
        self._generation = generation = editor.generation
        self._job_id = job_id
        self._source: NDArray[Any] | None = None  # of the picture that is shown
        self._dragged_from: float | None = None  # on the screen, while the row is being dragged
        self.setObjectName("row")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(
            translate(
                "QueuePanel", "Drag it, or press Alt+Up and Alt+Down, to move it; Del cancels it"
            )
        )
        self._thumbnail = QLabel()
        self._thumbnail.setFixedSize(THUMBNAIL_PX, THUMBNAIL_PX)
        self._thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name = ElidedLabel("")
        self.state = ElidedLabel("hint")
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.bar.setAccessibleName(translate("QueuePanel", "Progress"))
        texts = QVBoxLayout()
        texts.setSpacing(3)
        self.part: QLabel = make_label("", "hint")
        title = QHBoxLayout()
        title.addWidget(self._name, 1)
        title.addWidget(self.part)
        texts.addLayout(title)
        texts.addWidget(self.state)
        texts.addWidget(self.bar)
        self.up = make_icon_button(
            "up", translate("QueuePanel", "Sooner"), partial(generation.move, job_id, -1), "Alt+Up"
        )
        self.down = make_icon_button(
            "down",
            translate("QueuePanel", "Later"),
            partial(generation.move, job_id, 1),
            "Alt+Down",
        )
        self.pause = make_icon_button("pause", translate("QueuePanel", "Pause"), self._toggle_pause)
        self.cancel = make_icon_button(
            "close", translate("QueuePanel", "Cancel"), self._cancel, "Del"
        )
        line = make_row(self, (6, 5, 4, 5), 10)
        line.addWidget(self._thumbnail)
        line.addLayout(texts, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.up, self.down, self.pause, self.cancel):
            buttons.addWidget(button)
        line.addLayout(buttons)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX - 60, THUMBNAIL_PX + 14)

    def show_job(self, job: Job) -> None:
        """Show a job as it is now."""
        name, part = describe_fill(job), describe_part(self._generation.jobs, job)
        self._name.show_text(name)
        self.part.setText(part)
        self.part.setVisible(bool(part))
        parts = [describe_job(job), describe_remaining(job)]
        state = "  ·  ".join(part for part in parts if part)
        self.state.show_text(state)
        self.setAccessibleName(f"{', '.join(filter(None, (name, part)))}: {state}")
        self.bar.setValue(round(job.fraction * 1000))
        waits = job.state is JobState.QUEUED
        self.up.setEnabled(waits)
        self.down.setEnabled(waits)
        paused = job.state is JobState.PAUSED
        self.pause.setEnabled(job.request.model != COMPLETION and job.state is not JobState.FITTING)
        self.pause.setIcon(icon("play" if paused else "pause"))
        self.pause.setAccessibleName(
            translate("QueuePanel", "Resume") if paused else translate("QueuePanel", "Pause")
        )
        self.pause.setToolTip(
            translate("QueuePanel", "Resume") if paused else translate("QueuePanel", "Pause")
        )
        self._show_picture(job)

    def _show_picture(self, job: Job) -> None:
        """Show the newest preview, or before there is one what will be filled."""
        preview, mask = next(iter(candidate_pictures(job).values()), None), job.painted
        source = mask if preview is None else preview
        if source is None or source is self._source:
            return
        self._source = source
        if preview is None and mask is not None:
            preview = picture_of_mask(mask)
        assert preview is not None
        ratio = self.devicePixelRatioF()
        part = crop_to_painted(preview, job)
        self._thumbnail.setPixmap(picture_pixmap(part, THUMBNAIL_PX, ratio))

    def _toggle_pause(self) -> None:
        job = self._generation.jobs.get(self._job_id)
        if job is not None and job.state is JobState.PAUSED:
            self._generation.resume(job.id)
        elif job is not None:
            self._generation.pause(job.id)

    def _cancel(self) -> None:
        self._generation.cancel(self._job_id)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag a job that waits to another place in the queue."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setFocus()
            self._dragged_from = event.globalPosition().y() if self.up.isEnabled() else None
            if self._dragged_from is not None:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged_from is None:
            return
        step = self.height() + ROW_GAP_PX
        places = int((event.globalPosition().y() - self._dragged_from) / step)
        if places:
            self._dragged_from += places * step
            self._generation.move(self._job_id, places)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged_from = None
        self.unsetCursor()

    def event(self, event: QEvent) -> bool:
        """Keep the keys of a row from the shortcuts of the menus."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
            if event.key() in ((Qt.Key.Key_Up, Qt.Key.Key_Down) if alt else ROW_KEYS):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        match event.key():
            case Qt.Key.Key_Up if alt:
                self._generation.move(self._job_id, -1)
            case Qt.Key.Key_Down if alt:
                self._generation.move(self._job_id, 1)
            case Qt.Key.Key_Delete:
                self._cancel()
            case Qt.Key.Key_Space:
                self._toggle_pause()
            case _:
                super().keyPressEvent(event)


def picture_of_mask(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a mask [h, w] as white on black, [H, W, 3] in 0 .. 1, reduced to MASK_PX at most."""
    scale = min(1.0, MASK_PX / max(mask.shape))
    height, width = (max(1, round(scale * side)) for side in mask.shape)
    small = reduce_mask(mask, width, height)
    return np.repeat(np.divide(small, 255, dtype=np.float32)[..., None], 3, axis=2)
