"""Generate > Teach it your pictures: drop, cut out, name, watch, keep or discard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QIcon,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from glide_studio.editor.editor import Editor
from glide_studio.editor.teaching import (
    MIN_PICTURES,
    TeachingProgress,
    TeachingState,
    read_thumbnail,
)
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Uint8
from glide_studio.translation import number, translate
from glide_studio.ui import dialogs, theme
from glide_studio.ui.drop_zones import dropped_paths
from glide_studio.ui.widgets import (
    OptionalLabel,
    ScreenDialog,
    make_column,
    make_label,
    make_row,
    thumbnail_pixmap,
)

SIZE = (860, 600)  # in pixels
MINUTES = (10, 20, 40, 90)
POLL_MS = 1000  # between two looks at what the process says
ICON_PX = (72, 54)
LEAST_BOX_PX = 8  # a shorter drag is a click


@dataclass(slots=True)
class TaughtPicture:
    """A picture that was dropped. pixels: small, RGBA. cutout: None until it is cut out."""

    path: Path
    pixels: Uint8
    cutout: Uint8 | None = None
    fault: str = ""


class TeachDialog(ScreenDialog):
    """Pictures first; then, or if something is being taught already, the progress."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent)
        self._editor, self._teaching = editor, editor.teaching
        self.pictures: list[TaughtPicture] = []
        self.setWindowTitle(translate("TeachDialog", "Teach it your pictures"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._make_pictures())
        self._pages.addWidget(self._make_progress())
        self.message = OptionalLabel()
        self.message.setAccessibleDescription(translate("TeachDialog", "What came of it"))
        self.message.setWordWrap(True)
        column = make_column(self, (16, 16, 16, 12), 10)
        column.addWidget(self._pages, 1)
        column.addWidget(self.message)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._teaching.poll)
        self._timer.start()
        self._disconnect = (
            self._teaching.changed.connect(self._show),
            editor.models.changed.connect(self._show),
            editor.notice.connect(lambda notice: self.message.setText(notice.text)),
        )
        self.finished.connect(lambda _: self._end())
        self._teaching.poll()
        self._show()
        self._show_pictures()
        self.resize(QSize(*SIZE).boundedTo(self.screen().availableSize()))

    # What it is made of.

    def _make_pictures(self) -> QWidget:
        self.list = QListWidget()
        self.list.setAccessibleName(translate("TeachDialog", "Pictures"))
        self.list.setIconSize(QSize(*ICON_PX))
        self.list.setFixedWidth(250)
        self.list.setProperty("role", "choices")
        self.list.currentRowChanged.connect(lambda _: self._show_current())
        self.add = QPushButton(translate("TeachDialog", "Add pictures…"))
        self.add.clicked.connect(self._ask)
        self.remove = QPushButton(translate("TeachDialog", "Remove"))
        self.remove.setToolTip(translate("TeachDialog", "Take this picture out of the list"))
        self.remove.clicked.connect(self._remove)
        self.view = CutOutView()
        self.view.boxed.connect(self._cut_out)
        self.view.clicked.connect(self._ask)
        self.hint = OptionalLabel()
        self.hint.setWordWrap(True)
        self.noun = QLineEdit()
        self.noun.setAccessibleName(translate("TeachDialog", "What they show"))
        self.noun.setPlaceholderText(
            translate("TeachDialog", "What they show, for example: teapot")
        )
        self.noun.setMaxLength(40)
        self.noun.textChanged.connect(lambda _: self._show_hint())
        self.minutes = QComboBox()
        self.minutes.setAccessibleName(translate("TeachDialog", "How long"))
        for minutes in MINUTES:
            self.minutes.addItem(
                translate("TeachDialog", "{minutes} minutes").format(minutes=minutes), minutes
            )
        self.minutes.setCurrentIndex(1)
        self.minutes.setToolTip(
            translate("TeachDialog", "Longer is better, up to an hour or so; it can be paused")
        )
        self.teach = QPushButton(translate("TeachDialog", "Teach"))
        self.teach.setProperty("role", "primary")
        self.teach.clicked.connect(self._start)
        close = QPushButton(translate("TeachDialog", "Close"))
        close.clicked.connect(self.reject)
        adding = QHBoxLayout()
        adding.addWidget(self.add)
        adding.addWidget(self.remove)
        ending = QHBoxLayout()
        ending.addStretch()
        ending.addWidget(self.teach)
        ending.addWidget(close)
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addLayout(adding)
        form = QFormLayout()
        form.addRow(translate("TeachDialog", "Name"), self.noun)
        form.addRow(translate("TeachDialog", "Time"), self.minutes)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self.view, 1)
        right.addLayout(form)
        right.addWidget(self.hint)
        right.addLayout(ending)
        return _make_page(left, right)

    def _make_progress(self) -> QWidget:
        self.title = QLabel()
        self.title.setStyleSheet("font-size: 16px; font-weight: 600;")
        self.sheet = make_label("", "hint")
        self.sheet.setAccessibleName(translate("TeachDialog", "Samples so far"))
        self.sheet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sheet.setMinimumHeight(200)
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.bar.setAccessibleName(translate("TeachDialog", "Progress"))
        self.stage = make_label("", "secondary")
        self.stage.setWordWrap(True)
        self.name = QLineEdit()
        self.name.setAccessibleName(translate("TeachDialog", "Name of the model"))
        self.keep = QPushButton(translate("TeachDialog", "Keep"))
        self.keep.setProperty("role", "primary")
        self.keep.setToolTip(translate("TeachDialog", "Add it to the models under this name"))
        self.keep.clicked.connect(self._keep)
        self.pause = QPushButton(translate("TeachDialog", "Pause"))
        self.pause.clicked.connect(self._pause)
        self.discard = QPushButton(translate("TeachDialog", "Discard…"))
        self.discard.setToolTip(translate("TeachDialog", "Stop, and delete what was learnt"))
        self.discard.clicked.connect(self._ask_discard)
        self.leave = QPushButton(translate("TeachDialog", "Close"))
        self.leave.setToolTip(
            translate("TeachDialog", "It goes on, also when the program is closed")
        )
        self.leave.clicked.connect(self.accept)
        verbs = QHBoxLayout()
        verbs.addWidget(self.name, 1)
        verbs.addStretch()
        for button in (self.keep, self.pause, self.discard, self.leave):
            verbs.addWidget(button)
        page = QWidget()
        column = make_column(page, spacing=12)
        for widget in (self.title, self.sheet, self.bar, self.stage):
            column.addWidget(widget, 1 if widget is self.sheet else 0)
        column.addLayout(verbs)
        return page

    # Pictures.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()) and self._pages.currentIndex() == 0:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add_pictures(dropped_paths(event.mimeData()))

    def add_pictures(self, paths: Sequence[Path]) -> None:
        """Read pictures in the background and list them; those with alpha are cut out already."""
        for path in paths:
            if any(one.path == path for one in self.pictures):
                continue

            def read(path: Path = path) -> TaughtPicture:
                return self._read(path)

            self._editor.run_in_background(read, self._list)

    def _read(self, path: Path) -> TaughtPicture:
        picture = TaughtPicture(path, read_thumbnail(path))
        try:
            picture.cutout = self._teaching.cut_out(path, None)
        except GlideError:
            picture.cutout = None  # it shows its ground: a box will say what the object is
        return picture

    def _list(self, picture: TaughtPicture) -> None:
        self.pictures.append(picture)
        self._show_pictures()
        if self.list.currentRow() < 0 or self.current is None or self.current.cutout is not None:
            self._go_to_next()

    @property
    def current(self) -> TaughtPicture | None:
        """The picture that is shown large."""
        row = self.list.currentRow()
        return self.pictures[row] if 0 <= row < len(self.pictures) else None

    @property
    def cutouts(self) -> list[Uint8]:
        """What was cut out so far."""
        return [one.cutout for one in self.pictures if one.cutout is not None]

    def _ask(self) -> None:
        dialogs.ask_open(
            self, Path.home(), self.add_pictures, translate("TeachDialog", "Add pictures")
        )

    def _remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self.pictures):
            del self.pictures[row]
            self._show_pictures()

    def _cut_out(self, box: Box) -> None:
        """Cut the object in a box out of the current picture, then go to the next."""
        picture = self.current
        if picture is None:
            return
        self.hint.setText(translate("TeachDialog", "Cutting it out…"))

        def work() -> Uint8:
            return self._teaching.cut_out(picture.path, box)

        def show(cutout: Uint8) -> None:
            picture.cutout = cutout
            self._show_pictures()
            self._go_to_next()

        self._editor.run_in_background(work, show)

    def _go_to_next(self) -> None:
        """Show the next picture that is not cut out, if there is one."""
        rest = [row for row, one in enumerate(self.pictures) if one.cutout is None]
        self.list.setCurrentRow(rest[0] if rest else len(self.pictures) - 1)
        self._show_current()

    def _show_pictures(self) -> None:
        row = self.list.currentRow()
        self.list.clear()
        for picture in self.pictures:
            shown = picture.pixels if picture.cutout is None else picture.cutout
            state = (
                translate("TeachDialog", "draw a box")
                if picture.cutout is None
                else translate("TeachDialog", "cut out")
            )
            item = QListWidgetItem(f"{picture.path.stem}\n{state}")
            item.setIcon(QIcon(thumbnail_pixmap(shown, *ICON_PX, self.devicePixelRatioF())))
            item.setToolTip(str(picture.path))
            self.list.addItem(item)
        self.list.setCurrentRow(min(max(row, 0), len(self.pictures) - 1))
        self._show_current()

    def _show_current(self) -> None:
        picture = self.current
        pixels = (None, None) if picture is None else (picture.pixels, picture.cutout)
        self.view.show_picture(*pixels)
        self.remove.setEnabled(picture is not None)
        self._show_hint()

    def _show_hint(self) -> None:
        have, lack = len(self.cutouts), len(self.pictures) - len(self.cutouts)
        self.teach.setEnabled(have >= MIN_PICTURES and bool(self.noun.text().strip()))
        if not self.pictures:
            text = ""  # the view says it
        elif lack:
            text = translate(
                "TeachDialog", "Draw a box around the object. {have} of {pictures} are cut out."
            ).format(have=have, pictures=len(self.pictures))
        elif have < MIN_PICTURES:
            text = translate(
                "TeachDialog", "{have} are cut out; {min_pictures} or more are needed."
            ).format(have=have, min_pictures=MIN_PICTURES)
        else:
            text = translate(
                "TeachDialog",
                "About {minutes} minutes, in the background; you can go on working,"
                " or close the program.",
            ).format(minutes=self.minutes.currentData())
        self.hint.setText(text)

    def _start(self) -> None:
        model, minutes = self._editor.generation_settings.model, self.minutes.currentData()
        noun, cutouts = self.noun.text(), self.cutouts
        self._editor.attempt(lambda: self._teaching.start(noun, model, minutes, cutouts))

    # Progress.

    def _show(self) -> None:
        now = self._teaching.progress
        self._pages.setCurrentIndex(0 if now.state is TeachingState.NONE else 1)
        if now.state is TeachingState.NONE:
            return
        self.title.setText(f"“{now.noun}”")
        self.bar.setValue(round(1000 * now.share))
        self.stage.setText(describe_teaching(now))
        if now.sheet is not None:
            room = QSize(max(400, self.width() - 40), max(200, self.height() - 240))
            picture = QPixmap(str(now.sheet))
            self.sheet.setPixmap(
                picture.scaled(
                    room,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
        else:
            self.sheet.setText(
                translate("TeachDialog", "The first samples appear after a fifth of the time.")
            )
        is_done = now.state is TeachingState.DONE
        if is_done and not self.name.text():
            self.name.setText(
                f"{self._editor.generation_settings.model}-{now.noun}".replace(" ", "-")
            )
        for widget in (self.name, self.keep):
            widget.setVisible(is_done)
        self.keep.setEnabled(self._editor.models.work is None)
        self.pause.setVisible(not is_done)
        names = {
            TeachingState.RUNNING: translate("TeachDialog", "Pause"),
            TeachingState.FAILED: translate("TeachDialog", "Try again"),
        }
        self.pause.setText(names.get(now.state, translate("TeachDialog", "Go on")))

    def _pause(self) -> None:
        if self._teaching.progress.state is TeachingState.RUNNING:
            self.stage.setText(translate("TeachDialog", "Saving…"))
            self._teaching.pause()
        else:
            self._editor.attempt(self._teaching.resume)

    def _keep(self) -> None:
        name = self.name.text().strip()
        self._editor.attempt(lambda: self._teaching.keep(name))

    def _ask_discard(self) -> None:
        noun = self._teaching.progress.noun
        dialogs.ask_yes(
            self,
            translate("TeachDialog", "Discard"),
            translate("TeachDialog", "Delete what was learnt about “{noun}”?").format(noun=noun),
            translate("TeachDialog", "The pictures themselves stay where they are."),
            self._teaching.discard,
        )

    def _end(self) -> None:
        self._timer.stop()
        for disconnect in self._disconnect:
            disconnect()


class CutOutView(QWidget):
    """A picture in which a box is drawn around the object; what was cut out is framed in color.

    Without a picture it says what to do first. Signals: `boxed(Box)` in the picture's pixels;
    `clicked()` while there is no picture.
    """

    boxed = Signal(object)
    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(
            translate("TeachDialog", "The picture; drag a box around the object")
        )
        self.setMinimumSize(320, 240)
        self._image: QImage | None = None
        self._is_cut = False
        self._begin: QPointF | None = None
        self._end = QPointF()
        self.invitation = self._make_invitation()

    def _make_invitation(self) -> QFrame:
        """Make the field that takes the place of a picture."""
        first = translate("TeachDialog", "Drop {count} or more pictures of one thing here").format(
            count=MIN_PICTURES
        )
        example = translate(
            "TeachDialog",
            "For example five photos of your teapot, from several sides.",
        )
        then = translate(
            "TeachDialog",
            "Then draw a box around it in each, and name it. Click to choose files.",
        )
        frame = QFrame()
        frame.setObjectName("invitation")
        frame.setStyleSheet(
            f"#invitation {{ border: 2px dashed {theme.CONTROL_BORDER}; border-radius: 12px; }}"
        )
        frame.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = make_column(frame, (12, 8, 12, 8), 8)
        column.addStretch()
        for text, size in ((first, 16), (example, 13), (then, 13)):
            label = QLabel(text)
            label.setStyleSheet(f"color: {theme.SECONDARY}; font-size: {size}px;")
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        return frame

    def show_picture(self, pixels: Uint8 | None, cutout: Uint8 | None) -> None:
        """Show what is to be cut out, or was. pixels, cutout: RGBA [h, w, 4]."""
        self._is_cut, self._begin = cutout is not None, None
        shown = pixels if cutout is None else cutout
        self.invitation.setVisible(shown is None)
        drawing, choosing = Qt.CursorShape.CrossCursor, Qt.CursorShape.PointingHandCursor
        self.setCursor(choosing if shown is None else drawing)
        if shown is None:
            self._image = None
        else:
            shown = np.ascontiguousarray(shown)
            height, width = shown.shape[:2]
            form = QImage.Format.Format_RGBA8888
            self._image = QImage(shown.data, width, height, 4 * width, form).copy()
        self.update()

    def place(self) -> QRectF:
        """Return where the picture is drawn."""
        if self._image is None:
            return QRectF()
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        size = QRectF(0, 0, self._image.width() * scale, self._image.height() * scale)
        size.moveCenter(QRectF(self.rect()).center())
        return size

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image is not None:
            painter.fillRect(self.rect(), QColor(theme.BACKGROUND))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.place(), self._image)
        if self._begin is not None:
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.drawRect(QRectF(self._begin, self._end).normalized())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._image is None:
            self.clicked.emit()
        elif not self._is_cut:
            self._begin = self._end = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._begin is not None:
            self._end = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._begin is None or self._image is None:
            return
        drawn, self._begin = QRectF(self._begin, event.position()).normalized(), None
        self.update()
        place = self.place()
        drawn = drawn.intersected(place)
        if min(drawn.width(), drawn.height()) < LEAST_BOX_PX:
            return
        scale = self._image.width() / place.width()
        corner = drawn.topLeft() - place.topLeft()
        self.boxed.emit(
            Box(
                round(corner.x() * scale),
                round(corner.y() * scale),
                round(drawn.width() * scale),
                round(drawn.height() * scale),
            )
        )


def describe_teaching(now: TeachingProgress) -> str:
    """Describe in a sentence how far it is."""
    if now.state is TeachingState.DONE:
        return translate("TeachDialog", "It is done. Keep it as a model, or discard it.")
    if now.state is TeachingState.FAILED:
        return translate("TeachDialog", "It ended: {message}").format(message=now.message)
    if now.state is TeachingState.PAUSED:
        return translate("TeachDialog", "Paused. What was learnt so far is saved.")
    if not now.step:
        return translate(
            "TeachDialog", "Drawing pictures of what the model knows, so that it forgets nothing…"
        )
    left = max(1, round(now.minutes - now.seconds / 60))
    text = translate("TeachDialog", "Learning: step {step}, about %n minute(s) left.", None, left)
    return text.format(step=number(now.step))


def _make_page(left: QVBoxLayout, right: QVBoxLayout) -> QWidget:
    page = QWidget()
    row = make_row(page, spacing=16)
    row.addLayout(left)
    row.addLayout(right, 1)
    return page
