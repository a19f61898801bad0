"""A page of pictures in place of the canvas, one of which is chosen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

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
from glide_studio.imaging.geometry import Box
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.widgets import make_label

MAX_SIDE_PX = 700  # of a picture
GAP_PX = 12
CAPTION_PX = 24
HEAD_PX = 30  # above the pictures, with the hint: clear of a notice, which stands below them
EDGES_PX = 80  # above and below the pictures
FOOT_PX = EDGES_PX - HEAD_PX + GAP_PX + CAPTION_PX  # of the page, where no picture is


class ComparePage(QWidget):
    """One page in place of the canvas: arrow keys choose, Enter accepts, Esc returns.

    pictures: by what they show, as the page says. Signals: `escaped` by the Esc key; `left` once
    the user goes back to the canvas; `pressed_key(name)` by a key of `KEYS`.
    """

    escaped = Signal()
    left = Signal()
    pressed_key = Signal(str)
    KEYS: Mapping[Qt.Key, str] = {Qt.Key.Key_C: "compare"}
    FIRST = 0  # of the pictures that arrow keys choose

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._screen: bytes | None = None
        self._box: Box | None = None  # what the pictures show, in pixels of the document
        self.pictures: dict[Any, ComparePicture] = {}
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
        editor.document_changed.connect(lambda before, after, dirty: self._leave_if(dirty.whole))

    def show_in(self, screen: bytes | None) -> None:
        """Show colors in the profile of a display; None means sRGB."""
        self._screen = screen

    @abstractmethod
    def open(self) -> bool:
        """Show what can be chosen from now; False if there is nothing."""

    @property
    @abstractmethod
    def _chosen(self) -> Any:
        """What is chosen now, one of `pictures`."""

    @abstractmethod
    def _choose(self, key: Any) -> None:
        """Choose what a picture shows."""

    @abstractmethod
    def _accept(self, key: Any) -> None:
        """Choose what a picture shows for good, by Enter or a double click."""

    @abstractmethod
    def _describe(self, picture: ComparePicture, key: Any) -> None:
        """Give a new picture its name and its tooltip."""

    def _focus_chosen(self) -> None:
        if (picture := self.pictures.get(self._chosen)) is not None:
            picture.setFocus()

    def _show_pictures(self, captions: Mapping[Any, str]) -> None:
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

    def _make(self, key: Any, caption: str) -> ComparePicture:
        picture = ComparePicture(caption, self)
        self._describe(picture, key)
        picture.clicked.connect(lambda: self._choose(key))
        picture.double_clicked.connect(lambda: self._accept(key))
        picture.show()
        return picture

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
        """Keep `KEYS` from the tool strip while a picture of this page has the focus."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        return is_plain and event.key() in self.KEYS

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
            case key if self._is_own(event):
                self.pressed_key.emit(self.KEYS[Qt.Key(key)])
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._accept(chosen)
            case key if key in steps:
                to = at + steps[Qt.Key(key)]
                if self.FIRST <= to < len(choices):
                    self._choose(choices[to])
            case _:
                super().keyPressEvent(event)


class ComparePicture(QAbstractButton):
    """One picture with its caption.

    is_asked_for: its pixels are there or on their way. awaited: what stands in their place till
    then.
    """

    double_clicked = Signal()

    def __init__(self, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_asked_for = False
        self.awaited: str = translate("CompareView", "Fitting it into the photo…")
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
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, wrapped, self.awaited)
        if self.isChecked() or self.hasFocus():
            color = theme.ACCENT if self.isChecked() else theme.TEXT
            painter.setPen(QPen(QColor(color), 2.5 if self.isChecked() else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(-1, -1, 1, 1), 4, 4)
        painter.setPen(QColor(theme.TEXT if self.isChecked() else theme.SECONDARY))
        caption = QRectF(place.x(), place.bottom() + 4, place.width(), CAPTION_PX - 4)
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


def make_image(pixels: np.ndarray) -> QImage:
    """Return RGBA [h, w, 4] uint8 as an image of its own."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_RGBA8888
    return QImage(pixels.data, width, height, width * 4, form).copy()
