"""Small widgets that several panels use."""

from __future__ import annotations

import re
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QDateTime,
    QEvent,
    QLocale,
    QObject,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAction,
    QBrush,
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QMenu,
    QMenuBar,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.imaging.types import CompactImage
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.commands import set_source
from glide_studio.ui.icons import icon, pixmap
from glide_studio.ui.theme import style_window

Edges = tuple[int, int, int, int]
"""Left, top, right and bottom."""

NO_MARGINS: Edges = (0, 0, 0, 0)
MIN_SLIDER_PX = 52
FIELD_PX = 44  # least width of the field for a slider's value
NUMBER = re.compile(r"[-+]?\d*[.,]?\d+")
GROUP = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # of thousands
THUMBNAIL_SAMPLES = 4  # pixels of a picture for one of its thumbnail's, along each side
NEEDED_MARGIN_PX = 4  # below what is in view of a panel that scrolls


def make_idle_timer(owner: QObject, function: Callable[[], object]) -> QTimer:
    """Return a timer that, once started, calls `function` in the next turn of the event loop.

    `QTimer.singleShot` would keep a method, and with it its window, for ever if that is closed in
    between.
    """
    timer = QTimer(owner, singleShot=True, interval=0)
    timer.timeout.connect(function)
    return timer


def make_label(text: str, role: str = "secondary") -> QLabel:
    """Return a text in one of the roles of the style sheet: title, secondary, hint."""
    result = QLabel(text)
    result.setProperty("role", role)
    return result


class OptionalLabel(QLabel):
    """A text that takes no room while it is empty."""

    def __init__(self, role: str = "secondary") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.hide()

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setVisible(bool(text))


class ElidedLabel(QLabel):
    """A text that ends in an ellipsis if there is too little room; its tooltip is all of it."""

    def __init__(self, role: str = "secondary") -> None:
        super().__init__()
        self._whole = ""
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def whole_width(self) -> int:
        """Pixels that the whole text takes."""
        return self.fontMetrics().horizontalAdvance(self._whole)

    def show_text(self, text: str) -> None:
        """Show a text, as much of it as there is room for."""
        if text == self._whole:
            return
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        mode = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._whole, mode, self.width()))


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Let a screen reader read a text that has just appeared. urgent: at once."""
    QAccessible.updateAccessibility(QAccessibleEvent(widget, QAccessible.Event.Alert))
    said = QAccessibleAnnouncementEvent(widget, text)
    politeness = QAccessible.AnnouncementPoliteness
    said.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    QAccessible.updateAccessibility(said)


def make_dialog_buttons(
    dialog: QDialog, verb: str, accept: Callable[[], object]
) -> QDialogButtonBox:
    """Return the last row of a dialog: a button named by what it does, and Cancel."""
    row = QDialogButtonBox()
    row.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole).setProperty("role", "primary")
    row.addButton(QDialogButtonBox.StandardButton.Cancel)
    row.accepted.connect(accept)
    row.rejected.connect(dialog.reject)
    return row


class ScreenDialog(QDialog):
    """A dialog that is never larger than the screen: where it would be, what it holds scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style_window(self)

    def showEvent(self, event: QShowEvent) -> None:
        room, content = self.screen().availableSize(), self.layout()
        hint = self.sizeHint()
        if content is not None and (hint.width() > room.width() or hint.height() > room.height()):
            _let_scroll(self, content)
        self.setMinimumSize(self.minimumSize().boundedTo(room))
        self.resize(self.size().boundedTo(room))
        super().showEvent(event)


def _let_scroll(dialog: QDialog, content: QLayout) -> None:
    """Move what a dialog holds into an area that scrolls."""
    holder, area = QWidget(), QScrollArea()
    holder.setLayout(content)  # takes it from the dialog, with its widgets
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(holder)
    make_column(dialog).addWidget(area)


class FormDialog(ScreenDialog):
    """A dialog of named fields, deleted once it is closed; it ends with the row of `add_buttons`.

    fields: the form. column: the form and what else stands above or below it.
    """

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fields = QFormLayout()
        self.fields.setSpacing(10)
        self.column = make_column(self, (20, 18, 20, 16), 16)
        self.column.addLayout(self.fields)

    def add_field(self, name: str, widget: QWidget) -> None:
        """Add a field with its name, which a screen reader says too."""
        widget.setAccessibleName(name)
        self.fields.addRow(name, widget)

    def add_buttons(self, verb: str, accept: Callable[[], object]) -> QAbstractButton:
        """Add a button named by what it does, which is returned, and Cancel."""
        row = make_dialog_buttons(self, verb, accept)
        self.column.addWidget(row)
        return next(
            one for one in row.buttons() if row.buttonRole(one) is row.ButtonRole.AcceptRole
        )


def make_column(parent: QWidget, margins: Edges = NO_MARGINS, spacing: int = 0) -> QVBoxLayout:
    """Lay the children of `parent` out below each other. margins, spacing: in pixels."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(*margins)
    column.setSpacing(spacing)
    return column


def make_row(parent: QWidget, margins: Edges = NO_MARGINS, spacing: int = 0) -> QHBoxLayout:
    """Lay the children of `parent` out beside each other. margins, spacing: in pixels."""
    row = QHBoxLayout(parent)
    row.setContentsMargins(*margins)
    row.setSpacing(spacing)
    return row


def make_rule() -> QFrame:
    """Return a thin horizontal line."""
    line = QFrame()
    line.setProperty("role", "rule")
    return line


def make_icon_button(
    name: str, text: str, clicked: Callable[[], object], shortcut: str = ""
) -> QToolButton:
    """Return an icon button; `text` is its tooltip and accessible name."""
    result = QToolButton()
    result.setIcon(icon(name))
    result.setIconSize(QSize(18, 18))
    result.setToolTip(f"{text}  ({shortcut})" if shortcut else text)
    result.setAccessibleName(text)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    result.clicked.connect(lambda: clicked())
    return result


def make_floating_card(holder: QWidget) -> QFrame:
    """Return a card that floats above the canvas, with `holder` as its transparent margin."""
    holder.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    holder.setObjectName("holder")
    holder.setStyleSheet("#holder { background: transparent; }")
    card = QFrame()
    card.setObjectName("card")
    card.setStyleSheet(
        f"#card {{ background: {theme.PANEL}; border: 1px solid {theme.BORDER};"
        " border-radius: 10px; }"
    )
    column = QVBoxLayout(holder)
    column.setContentsMargins(14, 14, 14, 14)
    column.addWidget(card)
    card.installEventFilter(_MarginMask(holder))
    return card


class _MarginMask(QObject):
    """Lets clicks on the margin of a floating card through to the canvas."""

    def __init__(self, holder: QWidget) -> None:
        super().__init__(holder)
        self._holder = holder

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        moved = event.type() in (QEvent.Type.Resize, QEvent.Type.Move)
        if moved and isinstance(watched, QWidget):
            self._holder.setMask(QRegion(watched.geometry()))
        return False


class CheckBox(QCheckBox):
    """A check box that is visible on a dark ground."""

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(text + 32, max(22, self.fontMetrics().height() + 6))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(3.5, self.height() / 2 - 7.5, 15, 15)
        on = self.isChecked()
        edge = theme.ACCENT if on or self.hasFocus() else theme.CONTROL_BORDER
        painter.setPen(QPen(QColor(edge), 1))
        painter.setBrush(QColor(theme.ACCENT if on else theme.FIELD))
        painter.drawRoundedRect(box, 4, 4)
        if on:
            painter.drawPixmap(QPointF(5, box.y() + 1.5), pixmap("check", theme.ON_ACCENT, 12))
        painter.setPen(QColor(theme.SECONDARY if self.isEnabled() else theme.DISABLED))
        text_rect = self.rect().adjusted(25, 0, 0, 0)
        painter.drawText(text_rect, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.end()


class Section(QWidget):
    """A titled panel of the right column."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.header = QHBoxLayout()
        self.header.addWidget(make_label(title.upper(), "title"))
        self.header.addStretch()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 8, 16, 6)
        self.body.setSpacing(8)
        self.body.addLayout(self.header)


class WheelGuard(QObject):
    """Let the wheel change a field only while that has the keyboard; else its panel scrolls."""

    def __init__(self, owner: QWidget) -> None:
        """owner: whose fields are guarded, as they are now."""
        super().__init__(owner)
        for kind in (QAbstractSpinBox, QSlider, QComboBox):
            for field in owner.findChildren(kind):
                field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel gives it no keyboard
                field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_wheel = event.type() is QEvent.Type.Wheel
        if is_wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class ScrolledPanel(QScrollArea):
    """A panel as high as it wants to be while there is room; beyond that it scrolls."""

    def __init__(self, panel: QWidget, needed: QWidget, parent: QWidget | None = None) -> None:
        """needed: a widget of the panel that is in view without scrolling in the least height."""
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._panel = panel
        self._needed = needed
        self.setWidget(panel)
        panel.installEventFilter(self)
        needed.installEventFilter(self)

    def sizeHint(self) -> QSize:
        return self._panel.sizeHint()

    def minimumSizeHint(self) -> QSize:
        bottom = self._needed.mapTo(self._panel, self._needed.rect().bottomLeft()).y()
        least = min(self._panel.sizeHint().height(), bottom + NEEDED_MARGIN_PX)
        return QSize(self._panel.minimumSizeHint().width(), least)

    def reveal(self, header: QWidget, content: QWidget) -> None:
        """Scroll, once all is laid out, as far as shows what opened below its header.

        What is higher than this panel is shown from its header on.
        """

        def scroll() -> None:
            top = header.mapTo(self._panel, QPoint(0, 0)).y()
            bottom = content.mapTo(self._panel, content.rect().bottomLeft()).y() + NEEDED_MARGIN_PX
            bar = self.verticalScrollBar()
            bar.setValue(max(bar.value(), min(top, bottom - self.viewport().height())))

        QTimer.singleShot(0, content, scroll)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._needed:
            if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
                self.updateGeometry()
        elif event.type() == QEvent.Type.LayoutRequest:
            # Without this the panel is pressed to its least height in states without wrapped text.
            self._panel.setMinimumHeight(self._panel.sizeHint().height())
            self.updateGeometry()
        return super().eventFilter(watched, event)


class LabeledSlider(QWidget):
    """A name, a slider and its value in words; a click on the value lets a number be typed.

    Signals: `moved(value)` while the handle is dragged, `chosen(value)` once it is let go or a key
    was pressed.
    """

    moved = Signal(int)
    chosen = Signal(int)

    def __init__(
        self,
        name: str,
        low: int,
        high: int,
        describe: Callable[[int], str],
        width: int = 110,
        tip: str = "",
    ) -> None:
        """describe: the text for a value. width: of the slider in pixels where there is room."""
        super().__init__()
        self._describe = describe
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(low, high)
        self.slider.setMinimumWidth(MIN_SLIDER_PX)
        self.slider.setMaximumWidth(width)
        self.slider.setAccessibleName(name)
        self.slider.setToolTip(tip or name)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._value = make_label(describe(low), "secondary")
        self._value.setFixedWidth(self._value.fontMetrics().horizontalAdvance(describe(high)) + 6)
        self._value.setToolTip(translate("Widgets", "Click to type a number"))
        self._value.setCursor(Qt.CursorShape.IBeamCursor)
        self._value.installEventFilter(self)
        self._field: QLineEdit | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._name = make_label(name, "hint")
        if not name:
            self._name.hide()  # so that it takes no room
        row.addWidget(self._name)
        row.addWidget(self.slider, 1)
        row.addWidget(self._value)
        row.addStretch(0)  # takes what the slider leaves, so that its value stays beside it
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.slider.valueChanged.connect(self._on_value_changed)
        self.slider.sliderReleased.connect(lambda: self.chosen.emit(self.slider.value()))

    def set_least(self, pixels: int) -> None:
        """Let the slider become as narrow as this where there is little room."""
        self.slider.setMinimumWidth(pixels)
        if (row := self.layout()) is not None:
            row.activate()  # at once, for whoever measures it next

    def align(self, name_width: int, value_width: int) -> None:
        """Give name and value a width in pixels, so that sliders below each other are in line."""
        self._name.setFixedWidth(name_width)
        self._value.setFixedWidth(value_width)

    @property
    def value_width(self) -> int:
        """Pixels that the longest value needs."""
        return self._value.width()

    def show_value(self, value: int) -> None:
        """Show a value without emitting a signal."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(value)
        self._value.setText(self._describe(value))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._value and kind is QEvent.Type.MouseButtonPress and self.isEnabled():
            self._open_field()
            return True
        if watched is self._field and isinstance(event, QKeyEvent):
            leaves = event.key() == Qt.Key.Key_Escape
            if leaves and kind is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if leaves and kind is QEvent.Type.KeyPress:
                self._close_field()
                return True
        return super().eventFilter(watched, event)

    def _open_field(self) -> None:
        found = NUMBER.search(self._value.text())
        if found is None or self._field is not None:
            return
        self._field = field = QLineEdit(found[0], self)
        field.setAccessibleName(self.slider.accessibleName())
        field.setStyleSheet(
            "QLineEdit { padding: 0 3px; min-height: 0; border-radius: 4px; font-size: 12px; }"
        )
        place = self._value.geometry()
        field.setGeometry(place.adjusted(min(0, place.width() - FIELD_PX), 0, 0, 0))
        field.installEventFilter(self)
        field.editingFinished.connect(self._take_field)
        field.show()
        field.selectAll()
        field.setFocus()

    def _take_field(self) -> None:
        if self._field is None:
            return
        typed = read_number(self._field.text())
        self._close_field()
        if typed is not None:
            steps = range(self.slider.minimum(), self.slider.maximum() + 1)
            self.slider.setValue(min(steps, key=lambda step: abs(self._number_at(step) - typed)))

    def _number_at(self, step: int) -> float:
        """Return the number that a position of the slider is called."""
        return read_number(self._describe(step)) or 0.0

    def _close_field(self) -> None:
        field, self._field = self._field, None
        if field is not None:
            if field.hasFocus():
                self.slider.setFocus()
            field.hide()
            field.deleteLater()

    def _on_value_changed(self, value: int) -> None:
        self._value.setText(self._describe(value))
        self.moved.emit(value)
        if not self.slider.isSliderDown():
            self.chosen.emit(value)


def read_number(text: str) -> float | None:
    """Read the first number of a text, with a point or a comma; None if it has none."""
    found = NUMBER.search(GROUP.sub("", text))
    return None if found is None else float(found[0].replace(",", "."))


def read_percent(text: str, whole: float) -> float | None:
    """Read "50%" as that share of `whole`; None if the text is no percentage."""
    number, sign, rest = text.partition("%")
    share = read_number(number) if sign and not rest.strip() else None
    return None if share is None else share / 100 * whole


def draw_progress(painter: QPainter, place: QRect, fraction: float) -> None:
    """Draw a thin bar at the lower edge of a widget of the status bar; fraction: done, 0 .. 1."""
    bar = place.adjusted(6, place.height() - 4, -6, -2)
    painter.fillRect(bar, QColor(theme.CONTROL_BORDER))
    bar.setWidth(round(bar.width() * fraction))
    painter.fillRect(bar, QColor(theme.ACCENT))


def picture_pixmap(picture: CompactImage, side: int, ratio: float) -> QPixmap:
    """Return the middle of a generated picture as a square thumbnail of `side` units.

    picture: [h, w, 3] or [h, w, 4] with straight alpha, 0 .. 1.
    """
    # Reduced first, so that a large picture does not hold up the window.
    step = max(1, int(min(picture.shape[:2]) / (THUMBNAIL_SAMPLES * side * ratio)))
    picture = picture[::step, ::step].astype(np.float32)
    scale = side * ratio / min(picture.shape[:2])
    if scale < 0.5:
        picture = np.asarray(
            cv2.resize(picture, None, None, 2 * scale, 2 * scale, cv2.INTER_AREA), np.float32
        )
    pixels = np.ascontiguousarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8))
    height, width, channels = pixels.shape
    rgb, rgba = QImage.Format.Format_RGB888, QImage.Format.Format_RGBA8888
    form = rgba if channels == 4 else rgb
    image = QImage(pixels.data, width, height, width * channels, form)
    scaled = image.scaled(
        round(side * ratio),
        round(side * ratio),
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    square = QRect(0, 0, round(side * ratio), round(side * ratio))
    square.moveCenter(scaled.rect().center())
    result = QPixmap.fromImage(scaled.copy(square))
    result.setDevicePixelRatio(ratio)
    return result


def thumbnail_pixmap(
    pixels: NDArray[np.uint8], width: int, height: int, ratio: float = 1.0
) -> QPixmap:
    """Return RGBA [h, w, 4] uint8 fitted into `width` x `height` units, on a small checkerboard."""
    pixels = np.ascontiguousarray(pixels)
    rows, columns = pixels.shape[:2]
    image = QImage(pixels.data, columns, rows, columns * 4, QImage.Format.Format_RGBA8888)
    result = QPixmap(QSize(round(width * ratio), round(height * ratio)))
    result.fill(Qt.GlobalColor.transparent)
    share = min(result.width() / columns, result.height() / rows)
    place = QRectF(0, 0, max(1.0, columns * share), max(1.0, rows * share))
    place.moveCenter(QRectF(result.rect()).center())
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillRect(place, QColor(84, 84, 84))
    painter.fillRect(place, QBrush(QColor(110, 110, 110), Qt.BrushStyle.Dense4Pattern))
    painter.drawImage(place, image)
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result


def add_action(
    menu: QMenu, text: str, verb: Callable[[], object], keys: str | QKeySequence.StandardKey = ""
) -> QAction:
    """Add a menu entry that calls `verb`; keys: its shortcut."""
    action = set_source(QAction(text, menu), text)
    if keys:
        action.setShortcut(QKeySequence(keys))
    action.triggered.connect(lambda: verb())
    menu.addAction(action)
    return action


def add_menu(menu: QMenu | QMenuBar, text: str) -> QMenu:
    """Add a menu to another one or to a menu bar."""
    return set_source(menu.addMenu(text), text)


def format_time(seconds: float) -> str:
    """Write the day and the time of day; seconds: since 1970."""
    form = translate("Widgets", "dd MMM, HH:mm", "day and time, in letters of QDateTime")
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)), form)


def format_duration(seconds: float) -> str:
    """Write about how long something takes: at least a second, from 100 seconds on minutes."""
    if seconds < 100:
        return translate("Widgets", "{seconds} s").format(seconds=max(1, round(seconds)))
    return translate("Widgets", "{minutes} min").format(minutes=round(seconds / 60))
