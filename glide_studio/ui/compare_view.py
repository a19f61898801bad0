"""The candidates of one Generate side by side in the photo, with the original."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QVBoxLayout, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice, Job, JobState
from glide_studio.editor.result_actions import RenderedBox
from glide_studio.imaging.display import make_display_transform
from glide_studio.imaging.geometry import Box, Size
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.canvas.overlays import JobPreview
from glide_studio.ui.canvas.viewport import Viewport
from glide_studio.ui.widgets import make_label

MAX_SIDE_PX = 700  # of a picture
CONTEXT = 0.35  # surroundings on each side, over the longer side of what was filled
GAP_PX = 12
CAPTION_PX = 24
HEAD_PX = 30  # above the pictures, with the hint: clear of a notice, which stands below them
EDGES_PX = 80  # above and below the pictures
FOOT_PX = EDGES_PX - HEAD_PX + GAP_PX + CAPTION_PX  # of the view, where no picture is


class CompareView(QWidget):
    """One page in place of the canvas: arrow keys choose, Enter accepts, Esc returns.

    What is refined meanwhile takes the place of its draft. pictures: by candidate, None for the
    photo as it is. Signals: `escaped` by the Esc key; `left` once the user goes back to
    the canvas.
    """

    escaped = Signal()
    left = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._screen: bytes | None = None
        self._box: Box | None = None
        self._series = ""
        self.pictures: dict[Choice | None, ComparePicture] = {}
        self.setAccessibleName(translate("CompareView", "Results side by side"))
        self.setObjectName("compare")
        self._hint: QLabel = make_label("", "hint")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.addWidget(self._hint)
        column.addStretch()
        # Also while a panel has the keyboard, which may have been used meanwhile.
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.activated.connect(self.escaped)
        editor.candidates_changed.connect(self._follow)
        editor.document_changed.connect(lambda before, after, dirty: self._leave_if(dirty.whole))

    def show_in(self, screen: bytes | None) -> None:
        """Show colors in the profile of a display; None means sRGB."""
        self._screen = screen

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

    def _focus_chosen(self) -> None:
        if (picture := self.pictures.get(self._chosen)) is not None:
            picture.setFocus()

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

    def _show_pictures(self, captions: dict[Choice | None, str]) -> None:
        """Show a picture for each caption; those that are there already stay."""
        if captions == {choice: picture.text() for choice, picture in self.pictures.items()}:
            return
        before, self.pictures = self.pictures, {}
        for choice, caption in captions.items():
            known = before.get(choice)
            same = known is not None and known.text() == caption
            self.pictures[choice] = before.pop(choice) if same else self._make(choice, caption)
        had_focus = any(picture.hasFocus() for picture in before.values())
        for picture in before.values():
            picture.hide()
            picture.deleteLater()
        if had_focus:
            self._focus_chosen()
        self._arrange()

    def _make(self, choice: Choice | None, caption: str) -> ComparePicture:
        picture = ComparePicture(caption, self)
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
        picture.clicked.connect(lambda: self._choose(choice))
        picture.double_clicked.connect(lambda: self._accept(choice))
        picture.show()
        return picture

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
        image = _make_image(to_display(rendered.pixels))
        if choice is not None and (job := self._draft_job(choice)) is not None:
            part, document = rendered.box, self._editor.document
            size, scale = Size(part.width, part.height), 1 / (1 << rendered.level)
            placement = self._editor.generation_settings.placement
            painter = QPainter(image)
            JobPreview(job, job.draft(choice.index).image, placement).paint(
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
            editor.attempt(editor.candidates.accept)

    def leave(self) -> None:
        """Go back to the canvas."""
        self._show_pictures({})
        self._box = None
        self.left.emit()

    def _leave_if(self, another_picture: bool) -> None:
        if another_picture and self._box is not None:
            self.leave()

    # Layout and keys.

    def _columns(self) -> int:
        """Return the number of columns at which the pictures are largest."""
        count, box = len(self.pictures), self._box
        if not count or box is None:
            return 1
        room_width, room_height = max(1, self.width() - 32), max(1, self.height() - EDGES_PX)

        def scale(columns: int) -> float:
            rows = -(-count // columns)
            return min(
                (room_width / columns - GAP_PX) / box.width,
                (room_height / rows - GAP_PX - CAPTION_PX) / box.height,
            )

        return max(range(1, count + 1), key=scale)

    def _arrange(self) -> None:
        columns, count = self._columns(), len(self.pictures)
        if not count:
            return
        rows = -(-count // columns)
        width, height = (self.width() - 32) // columns, (self.height() - EDGES_PX) // rows
        for number, picture in enumerate(self.pictures.values()):
            row, column = divmod(number, columns)
            picture.setGeometry(
                16 + column * width, HEAD_PX + row * height, width - GAP_PX, height - GAP_PX
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Keep C from the tool strip while a picture of this page has the focus."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and _is_c(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        choices, chosen = list(self.pictures), self._chosen
        at = choices.index(chosen) if chosen in choices else 0
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns(),
            Qt.Key.Key_Down: self._columns(),
        }
        match event.key():
            case Qt.Key.Key_C:
                self.leave()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._accept(chosen)
            case key if key in steps:
                to = at + steps[Qt.Key(key)]
                if 0 < to < len(choices):  # the original is seen, not chosen
                    self._choose(choices[to])
            case _:
                super().keyPressEvent(event)


def _is_c(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_C and event.modifiers() == Qt.KeyboardModifier.NoModifier


class ComparePicture(QAbstractButton):
    """One picture with its caption. is_asked_for: its pixels are there or on their way."""

    double_clicked = Signal()

    def __init__(self, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_asked_for = False
        self._image: QImage | None = None
        self.setText(caption)
        self.setAccessibleName(caption)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def has_picture(self) -> bool:
        """True once its pixels are there."""
        return self._image is not None

    def put(self, image: QImage) -> None:
        """Show an image."""
        self._image = image
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 200)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()  # the view moves by arrow keys

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(3, 3, -3, -3 - CAPTION_PX)
        place = room
        if self._image is not None:
            size = self._image.size().scaled(
                room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
            )
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(room.center())
            painter.drawImage(place, self._image)
        else:
            painter.setPen(QColor(theme.HINT))
            painter.drawText(
                room,
                Qt.AlignmentFlag.AlignCenter,
                translate("CompareView", "Fitting it into the photo…"),
            )
        if self.isChecked() or self.hasFocus():
            color = theme.ACCENT if self.isChecked() else theme.TEXT
            painter.setPen(QPen(QColor(color), 2.5 if self.isChecked() else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(-1, -1, 1, 1), 4, 4)
        painter.setPen(QColor(theme.TEXT if self.isChecked() else theme.SECONDARY))
        caption = QRectF(place.x(), place.bottom() + 4, place.width(), CAPTION_PX - 4)
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


def _make_image(pixels: np.ndarray) -> QImage:
    """Return RGBA [h, w, 4] uint8 as an image of its own."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_RGBA8888
    return QImage(pixels.data, width, height, width * 4, form).copy()
