"""Candidates side by side in the photo, with the original."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
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
from glide_studio.editor.result_actions import RenderedBox
from glide_studio.imaging.display import make_display_transform
from glide_studio.imaging.geometry import Box
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.widgets import make_label

MAX_SIDE_PX = 700  # of a picture
CONTEXT = 0.35  # surroundings on each side, over the longer side of what was filled
GAP_PX = 12
CAPTION_PX = 24
ORIGINAL = -1  # index of the picture without a candidate


class CompareView(QWidget):
    """One page in place of the canvas: arrow keys choose, Enter accepts, Esc returns.

    Signals: `left` once the user goes back to the canvas.
    """

    left = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._screen: bytes | None = None
        self._box: Box | None = None
        self._job = ""
        self.pictures: dict[int, ComparePicture] = {}
        self.setAccessibleName(translate("CompareView", "Results side by side"))
        self.setObjectName("compare")
        self._hint: QLabel = make_label(
            translate(
                "CompareView",
                "Click or use the arrow keys to choose  ·  Enter accepts  ·  Esc returns",
            ),
            "hint",
        )
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.addStretch()
        column.addWidget(self._hint)
        # Also while a panel has the keyboard, which may have been used meanwhile.
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.activated.connect(self.leave)
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
        self._clear()
        margin = math.ceil(CONTEXT * max(filled.width, filled.height))
        self._box, self._job = filled.pad(margin).clamp(self._editor.document.box), job.id
        self._add(ORIGINAL, translate("CompareView", "Original"))
        for number, choice in enumerate(job.choices):
            self._add(choice.index, f"{number + 1}")
        self._arrange()
        self._follow()
        self.pictures[self._editor.candidates.selected].setFocus()
        return True

    def _add(self, index: int, caption: str) -> None:
        picture = ComparePicture(index, caption, self)
        picture.clicked.connect(lambda: self._choose(index))
        picture.double_clicked.connect(lambda: self._accept(index))
        picture.show()
        self.pictures[index] = picture

    def _clear(self) -> None:
        for picture in self.pictures.values():
            picture.hide()
            picture.deleteLater()
        self.pictures = {}

    def _follow(self) -> None:
        """Show what became ready, and which candidate is chosen."""
        candidates = self._editor.candidates
        if self._box is None or not self.pictures:
            return
        if candidates.current is None or candidates.current.id != self._job:
            self.leave()
            return
        for index, picture in self.pictures.items():
            picture.setChecked(index == candidates.selected)
            ready = index == ORIGINAL or candidates.is_ready(index)
            if ready and not picture.is_asked_for:
                picture.is_asked_for = True
                self._editor.results.render(
                    None if index == ORIGINAL else index,
                    self._box,
                    MAX_SIDE_PX,
                    partial(self._put, picture),
                )

    def _put(self, picture: ComparePicture, rendered: RenderedBox) -> None:
        if picture in self.pictures.values():
            to_display = make_display_transform(rendered.profile, self._screen)
            picture.put(to_display(rendered.pixels))

    def _choose(self, index: int) -> None:
        if index == ORIGINAL:
            self._editor.candidates.put_aside()
        else:
            self._editor.candidates.select(index)
            self.pictures[index].setFocus()

    def _accept(self, index: int) -> None:
        if index != ORIGINAL and not self._editor.candidates.is_ready(index):
            return
        self._choose(index)
        if index != ORIGINAL:
            self._editor.attempt(self._editor.candidates.accept)

    def leave(self) -> None:
        """Go back to the canvas."""
        self._clear()
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
        room_width, room_height = max(1, self.width() - 32), max(1, self.height() - 60)

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
        width, height = (self.width() - 32) // columns, (self.height() - 60) // rows
        for number, picture in enumerate(self.pictures.values()):
            row, column = divmod(number, columns)
            picture.setGeometry(
                16 + column * width, 12 + row * height, width - GAP_PX, height - GAP_PX
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        indices = list(self.pictures)
        chosen = self._editor.candidates.selected
        at = indices.index(chosen) if chosen in indices else 0
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
                if 0 < to < len(indices):  # the original is seen, not chosen
                    self._choose(indices[to])
            case _:
                super().keyPressEvent(event)


class ComparePicture(QAbstractButton):
    """One picture with its caption. is_asked_for: its pixels are there or on their way."""

    double_clicked = Signal()

    def __init__(self, index: int, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_asked_for = False
        self._image: QImage | None = None
        self.setText(caption)
        self.setAccessibleName(
            caption
            if index == ORIGINAL
            else translate("CompareView", "Candidate {caption}").format(caption=caption)
        )
        self.setToolTip(
            translate("CompareView", "The photo as it is; click to keep it  (Esc)")
            if index == ORIGINAL
            else translate(
                "CompareView", "Candidate {caption}: click to choose it, double-click to accept it"
            ).format(caption=caption)
        )
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def has_picture(self) -> bool:
        """True once its pixels are there."""
        return self._image is not None

    def put(self, pixels: np.ndarray) -> None:
        """Show RGBA [h, w, 4] uint8."""
        pixels = np.ascontiguousarray(pixels)
        height, width = pixels.shape[:2]
        form = QImage.Format.Format_RGBA8888
        self._image = QImage(pixels.data, width, height, width * 4, form).copy()
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
