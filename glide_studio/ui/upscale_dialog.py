"""The dialog that enlarges the picture, with a preview of both methods anywhere in it."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QRadioButton,
    QWidget,
)

from glide_studio.api.engine_protocol import EnlargingMeasure
from glide_studio.api.events import Picture
from glide_studio.document.document_thumbnail import Thumbnail
from glide_studio.editor.editor import Editor
from glide_studio.editor.upscale_actions import Method, UpscaleProgress
from glide_studio.editor.workers import Task
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.translation import number, translate
from glide_studio.ui import theme
from glide_studio.ui.widgets import (
    ScreenDialog,
    make_column,
    make_dialog_buttons,
    make_idle_timer,
    make_label,
    picture_pixmap,
)

PREVIEW_SIDE_PX = 256
OVERVIEW_PX = 160
MOVED_MS = 150  # from the last move to the next preview
KEY_STEP = 0.5  # of the frame, by an arrow key
SCALES = (2, 4)
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Overview(QWidget):
    """The picture, small, with a frame around what is previewed; a click or arrow keys move it.

    Signals: `moved(point)`, the middle of the frame that is wished for, in document pixels.
    """

    moved = Signal(Point)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(OVERVIEW_PX, OVERVIEW_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(translate("UpscaleDialog", "Place of the preview"))
        self.setToolTip(
            translate("UpscaleDialog", "Click or drag to preview another place; arrow keys move it")
        )
        self._picture: QImage | None = None
        self._box, self._size = Box(0, 0, 0, 0), Size(1, 1)

    def show_picture(self, picture: Thumbnail) -> None:
        """Show the picture: [h, w, 4] uint8, straight alpha."""
        height, width = picture.shape[:2]
        pixels = np.ascontiguousarray(picture)
        rgba = QImage.Format.Format_RGBA8888
        self._picture = QImage(pixels.data, width, height, 4 * width, rgba).copy()
        self.update()

    def show_place(self, box: Box, size: Size) -> None:
        """Frame a box of a document of a size, in document pixels."""
        self._box, self._size = box, size
        width, height = (
            max(1, math.ceil(side * self._scale)) for side in (size.width, size.height)
        )
        self.setFixedSize(width, height)
        self.update()

    @property
    def _scale(self) -> float:
        return OVERVIEW_PX / max(self._size.width, self._size.height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._picture is not None:
            painter.drawImage(self.rect(), self._picture)
        box, scale = self._box, self._scale
        frame = QRectF(box.x * scale, box.y * scale, box.width * scale, box.height * scale)
        frame = frame.adjusted(1, 1, -1, -1)
        for color, width in ((QColor("black"), 3), (QColor("white"), 1)):  # seen on any picture
            painter.setPen(QPen(color, width))
            painter.drawRect(frame)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move_to(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = ARROWS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        box, reach = self._box, max(1.0, KEY_STEP * self._box.width)
        middle = Point(box.x + box.width / 2, box.y + box.height / 2)
        self.moved.emit(Point(middle.x + step[0] * reach, middle.y + step[1] * reach))

    def _move_to(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            place = event.position()
            self.moved.emit(Point(place.x() / self._scale, place.y() / self._scale))


class UpscaleDialog(ScreenDialog):
    """Ask for scale and method; stays open with its progress until the picture is enlarged."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent)
        self._editor = editor
        self.setWindowTitle(translate("UpscaleDialog", "Upscale"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.scales = QButtonGroup(self)
        self.methods = QButtonGroup(self)
        self._method_chosen = False
        self._middle: Point | None = None  # of the previewed part, once the user has moved it
        self._drawing: Task | None = None
        column = make_column(self, (20, 18, 20, 16), 12)
        column.addLayout(self._make_scales())
        column.addLayout(self._make_previews())
        self.verdict: QLabel = make_label("", "hint")
        self.verdict.setWordWrap(True)
        column.addWidget(self.verdict)
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.bar.setAccessibleName(translate("UpscaleDialog", "Progress"))
        self.bar.hide()
        column.addWidget(self.bar)
        self.buttons = make_dialog_buttons(self, translate("UpscaleDialog", "Upscale"), self._apply)
        column.addWidget(self.buttons)
        self._disconnect = (
            editor.upscale.progress.connect(self._follow),
            editor.upscale.previewed.connect(partial(self._show_picture, "model")),
            editor.upscale.interpolated.connect(partial(self._show_picture, "lanczos")),
        )
        self.finished.connect(lambda _: self._leave())
        self._show_scale()
        make_idle_timer(self, self._begin).start()
        self._moved = QTimer(self, singleShot=True, interval=MOVED_MS)
        self._moved.timeout.connect(self._preview)
        self.overview.moved.connect(self._move)

    @property
    def scale(self) -> int:
        """The chosen scale."""
        return SCALES[self.scales.checkedId()]

    @property
    def method(self) -> Method:
        """The chosen method."""
        return "model" if self.methods.checkedId() == 0 else "lanczos"

    def _make_scales(self) -> QHBoxLayout:
        row = QHBoxLayout()
        size = self._editor.document.size
        for index, scale in enumerate(SCALES):
            button = QRadioButton(
                translate("UpscaleDialog", "{scale}×   {width} × {height} pixels").format(
                    scale=scale, width=scale * size.width, height=scale * size.height
                )
            )
            button.setAccessibleName(
                translate("UpscaleDialog", "{scale} times").format(scale=scale)
            )
            button.setToolTip(
                translate("UpscaleDialog", "Enlarge the picture {scale} times").format(scale=scale)
            )
            self.scales.addButton(button, index)
            row.addWidget(button)
        row.addStretch()
        self.scales.button(0).setChecked(True)
        self.scales.idClicked.connect(lambda _: self._choose_scale())
        return row

    def _make_previews(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        self.previews: dict[str, QLabel] = {}
        for place, (name, text, tip) in enumerate(
            (
                (
                    "model",
                    translate("UpscaleDialog", "Model"),
                    translate(
                        "UpscaleDialog", "Draw new fine detail with the chosen model, in tiles"
                    ),
                ),
                (
                    "lanczos",
                    translate("UpscaleDialog", "Interpolation"),
                    translate("UpscaleDialog", "By Lanczos: fast, and adds nothing"),
                ),
            )
        ):
            button = QRadioButton(text)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            self.methods.addButton(button, place)
            picture = make_label("…", "hint")
            picture.setFixedSize(PREVIEW_SIDE_PX, PREVIEW_SIDE_PX)
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            picture.setAccessibleName(
                translate("UpscaleDialog", "Preview: {method}").format(method=text)
            )
            self.previews[name] = picture
            grid.addWidget(button, 0, place)
            grid.addWidget(picture, 1, place)
        self.overview = Overview()
        grid.addWidget(make_label(translate("UpscaleDialog", "Place"), "secondary"), 0, 2)
        grid.addWidget(self.overview, 1, 2, Qt.AlignmentFlag.AlignTop)
        self.methods.idClicked.connect(partial(setattr, self, "_method_chosen", True))
        self.methods.button(1).setChecked(True)
        return grid

    def _choose_scale(self) -> None:
        self._show_scale()
        self._preview()

    def _show_scale(self) -> None:
        upscale = self._editor.upscale
        measure = upscale.measure.get(self.scale)
        self.verdict.setText(describe_measure(measure))
        self.verdict.setToolTip(describe_figures(measure))
        if not self._method_chosen:
            best = 0 if upscale.best_method(self.scale) == "model" else 1
            self.methods.button(best).setChecked(True)

    def _begin(self) -> None:
        upscale = self._editor.upscale

        def draw() -> None:
            document = self._editor.document
            self.overview.show_place(upscale.preview_box(), document.size)
            self._drawing = upscale.draw_overview(OVERVIEW_PX, self.overview.show_picture)

        self._editor.attempt(draw)
        self._preview()

    def _move(self, middle: Point) -> None:
        """Preview another place, once the pointer rests on it."""
        self._middle = middle
        upscale = self._editor.upscale
        upscale.cancel_preview()
        self.overview.show_place(upscale.preview_box(middle), self._editor.document.size)
        self._moved.start()

    def _preview(self) -> None:
        self.previews["model"].setText(translate("UpscaleDialog", "Enlarging a part of it…"))
        self._editor.attempt(lambda: self._editor.upscale.preview(self.scale, self._middle))

    def _show_picture(self, name: str, picture: Picture) -> None:
        side = min(PREVIEW_SIDE_PX, *picture.shape[:2])
        self.previews[name].setPixmap(picture_pixmap(picture, side, self.devicePixelRatioF()))

    def _apply(self) -> None:
        self.bar.setValue(0)
        self.bar.show()
        self._set_enabled(False)
        if not self._editor.attempt(lambda: self._editor.upscale.enlarge(self.scale, self.method)):
            self.bar.hide()
            self._set_enabled(True)

    def _follow(self, progress: UpscaleProgress) -> None:
        self.bar.setValue(round(1000 * progress.share))
        if progress.error:
            self.verdict.setText(progress.error)
            self.bar.hide()
            self._set_enabled(True)
        elif progress.done and self.bar.isVisible():
            self.accept()

    def _set_enabled(self, on: bool) -> None:
        for group in (self.scales, self.methods):
            for button in group.buttons():
                button.setEnabled(on)
        for button in self.buttons.buttons():
            if self.buttons.buttonRole(button) is self.buttons.ButtonRole.AcceptRole:
                button.setEnabled(on)
        self.overview.setEnabled(on)

    def _leave(self) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._moved.stop()
        if self._drawing is not None:
            self._drawing.cancel()
        self._editor.upscale.stop()


def describe_measure(measure: EnlargingMeasure | None) -> str:
    """Describe which method looks nearer to the original, by measure."""
    if measure is None:
        return translate(
            "UpscaleDialog",
            "How well this model enlarges photographs was not measured; compare the previews.",
        )
    if measure.model < measure.lanczos:
        return translate(
            "UpscaleDialog",
            "On photographs that were made smaller and enlarged again, the model came nearer to the"
            " original.",
        )
    return translate(
        "UpscaleDialog",
        "On photographs that were made smaller and enlarged again, interpolation came nearer to the"
        " original.",
    )


def describe_figures(measure: EnlargingMeasure | None) -> str:
    """Describe what `describe_measure` is founded on; "" if nothing was measured."""
    if measure is None:
        return ""
    return translate(
        "UpscaleDialog",
        "Distance to the original in features that a network sees, 0 if equal: {model} by the"
        " model, {lanczos} by interpolation",
    ).format(model=number(measure.model, 2), lanczos=number(measure.lanczos, 2))
