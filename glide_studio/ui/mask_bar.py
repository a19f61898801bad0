"""The bar at the mask: prompt, Generate, Remove, Extend and Clear beside what was painted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Box
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui import theme
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.commands import set_source
from glide_studio.ui.icons import icon
from glide_studio.ui.preferences import BarPlace, Preferences
from glide_studio.ui.prompt_panel import name_submit
from glide_studio.ui.widgets import make_icon_button, make_row
from glide_studio.ui.word_completer import WordCompleter

GAP_PX = 14  # between the mask and the bar, and the edges of the canvas
NOTICE_ROOM_PX = 56  # at the upper edge, where notices come and go
NEAR_PX = 300  # of the mask: a free place off the photo is taken within this distance
PROMPT_WIDTH_PX = 150, 190  # at least, where there is room
HIDING_TOOLS = (Tool.EXTEND, Tool.TRANSFORM, Tool.CROP)  # they have bars of their own

PLACES = (
    (BarPlace.FLOATING, QT_TRANSLATE_NOOP("MaskBar", "&At the mask")),
    (BarPlace.DOCKED, QT_TRANSLATE_NOOP("MaskBar", "&Docked below the canvas")),
    (BarPlace.OFF, QT_TRANSLATE_NOOP("MaskBar", "&Off")),
)


class MaskBar(QFrame):
    """What is done with a mask, beside it: never over it, and in view while the photo moves.

    Signals: `submitted` by Enter or the button; `place_changed`.
    """

    submitted = Signal()
    place_changed = Signal()

    def __init__(
        self,
        editor: Editor,
        canvas: Canvas,
        stage: QWidget,
        preferences: Preferences,
        extend: Callable[[], object],
    ) -> None:
        """stage: the widget above which it floats. extend: asks how far the canvas is extended."""
        super().__init__(stage)
        self._editor, self._canvas, self._stage = editor, canvas, stage
        self._preferences = preferences
        self._filled: object = None  # the mask that Generate was pressed for
        self._alpha: frozenset[str] | None = None  # models that draw objects of their own
        self.setObjectName("maskbar")
        self.setAccessibleName(translate("MaskBar", "Bar at the mask"))
        self.prompt = QLineEdit()
        self.prompt.setAcceptDrops(False)  # it floats where files are dropped
        self.prompt.setPlaceholderText(translate("MaskBar", "What should be there?"))
        self.prompt.setAccessibleName(translate("MaskBar", "Prompt"))
        self.prompt.setToolTip(
            translate("MaskBar", "Describe what the painted area should show, then press Enter")
        )
        self.prompt.setMinimumWidth(PROMPT_WIDTH_PX[0])
        self.completer = WordCompleter(editor, self.prompt)
        self.generate = QPushButton(
            icon("spark", theme.ON_ACCENT), translate("MaskBar", "Generate")
        )
        self.generate.setProperty("role", "primary")
        self.remove = make_icon_button(
            "remove", translate("MaskBar", "Remove what is painted"), self._remove, "Delete"
        )
        self.replace = make_icon_button(
            "replace", translate("PlacementBox", "Replace what is there"), lambda: None
        )
        self.replace.setCheckable(True)
        self.replace.setToolTip(
            translate(
                "MaskBar", "Replace what is there: remove it before Generate draws the object"
            )
        )
        self.replace.toggled.connect(lambda on: editor.set_generation_settings(clear_first=on))
        self.extend = make_icon_button(
            "extend", translate("MaskBar", "Extend the canvas"), extend, "Ctrl+Alt+E"
        )
        self.clear = make_icon_button(
            "clear",
            translate("MaskBar", "Clear the mask"),
            lambda: editor.attempt(editor.selection.clear),
            "Ctrl+D",
        )
        self.more = make_icon_button(
            "more", translate("MaskBar", "Where this bar is shown"), lambda: None
        )
        self.menu = BarPlaceMenu(preferences, self)
        self.menu.chosen.connect(self._change_place)
        self.more.setMenu(self.menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row = make_row(self, (8, 6, 6, 6), 6)
        row.addWidget(self.prompt, 1)
        for widget in (
            self.replace,
            self.generate,
            self.remove,
            self.extend,
            self.clear,
            self.more,
        ):
            row.addWidget(widget)
        self.prompt.textEdited.connect(
            lambda text: editor.set_generation_settings(prompt=self.prompt.text())
        )
        self.prompt.returnPressed.connect(self._submit)
        self.generate.clicked.connect(self._submit)
        editor.document_changed.connect(lambda *_: self._document_changed())
        editor.settings_changed.connect(self._settings_changed)
        editor.engine_changed.connect(self._engine_changed)
        editor.models.changed.connect(self._engine_changed)
        editor.candidates_changed.connect(self._candidates_changed)
        editor.jobs_changed.connect(self._job_changed)
        canvas.viewport_changed.connect(self.follow)
        canvas.gesture_changed.connect(self.follow)
        stage.installEventFilter(self)
        self._settings_changed()
        self.hide()

    def follow(self) -> None:
        """Show, hide and move the bar as the mask, the view and the tools are now."""
        if self._preferences.bar_place is BarPlace.DOCKED:
            self.setVisible(self._editor.history is not None)
            return
        mask = self._mask_on_stage() if self._is_wanted() else None
        if mask is None:
            self.hide()
            return
        size = self.sizeHint()
        least = self.prompt.sizeHint().expandedTo(self.prompt.minimumSize()).width()
        wanted = size.width() - least + PROMPT_WIDTH_PX[1]
        size.setWidth(max(size.width(), min(wanted, self._stage.width() - 2 * GAP_PX)))
        room = self._stage.rect().adjusted(0, NOTICE_ROOM_PX, 0, 0)
        place = place_beside(mask, size, room, photo=self.photo_on_stage)
        self.setGeometry(QRect(place, size))
        self.show()
        self.raise_()

    def focus_prompt(self) -> bool:
        """Give the prompt the focus; False if the bar is hidden."""
        if not self.isVisible():
            return False
        self.prompt.setFocus()
        self.prompt.selectAll()
        return True

    def _is_wanted(self) -> bool:
        editor = self._editor
        return (
            self._preferences.bar_place is BarPlace.FLOATING
            and editor.history is not None
            and self._canvas.isVisible()
            and not self._canvas.is_gesturing
            and editor.candidates.current is None
            and editor.tool_settings.tool not in HIDING_TOOLS
            and editor.document.selection is not self._filled
        )

    @property
    def photo_on_stage(self) -> QRect:
        """Where the photo is on the stage, seen or not."""
        return self.map_to_stage(self._editor.document.box)

    def _mask_on_stage(self) -> QRect | None:
        """Return where the mask is on the stage; None if none is painted or the canvas is gone."""
        bounds = self._editor.document.selection.content_box()
        if bounds.empty:
            return None
        return self.map_to_stage(bounds)

    def map_to_stage(self, box: Box) -> QRect:
        """Find where a box of the document is on the stage."""
        rect = self._canvas.view.widget_rect(box)
        return rect.translated(self._canvas.mapTo(self._stage, QPoint(0, 0)))

    def _settings_changed(self) -> None:
        prompt = self._editor.generation_settings.prompt
        if self.prompt.text() != prompt:
            self.prompt.setText(prompt)
            if not self.prompt.hasFocus():
                self.prompt.setCursorPosition(0)  # so that a long one is read from its begin
        with QSignalBlocker(self.replace):
            self.replace.setChecked(self._editor.generation_settings.clear_first)
        self._name_generate()
        self.follow()

    def _engine_changed(self) -> None:
        engine = self._editor.engine
        self._alpha = None if engine is None else engine.capabilities.alpha
        self._settings_changed()

    def _document_changed(self) -> None:
        self._name_generate()
        self.follow()

    def _name_generate(self) -> None:
        """Name the button as the panel does, by what Enter does with the prompt as it is."""
        name, tip = name_submit(self._editor)
        self.generate.setText(name)
        self.generate.setAccessibleName(name)
        self.generate.setToolTip(f"{tip}  (Enter)")
        # Without a prompt the two buttons would say the same.
        settings = self._editor.generation_settings
        has_prompt = bool(settings.prompt.strip())
        self.remove.setVisible(has_prompt)
        draws_objects = self._alpha is None or settings.model in self._alpha
        self.replace.setVisible(has_prompt and draws_objects)

    def _candidates_changed(self) -> None:
        if self._editor.candidates.current is not None:
            self._filled = None  # the bar comes back once the choice is made
        self.follow()

    def _job_changed(self, job: object) -> None:
        """Step aside while the mask is being filled."""
        generation = self._editor.generation
        if self._editor.history is None:
            return
        chooses = self._editor.candidates.current is not None
        if generation.jobs.unfinished and self._filled is None and not chooses:
            self._filled = self._editor.document.selection
        elif not generation.jobs.unfinished:
            self._filled = None
        self.follow()

    def _submit(self) -> None:
        """Ask for a fill, and stay in the prompt if it was refused."""
        if self.completer.is_open:
            return
        before = set(self._editor.generation.jobs)
        self.submitted.emit()
        if before == set(self._editor.generation.jobs) and self.prompt.text():
            self.focus_prompt()
        else:
            self._canvas.setFocus()

    def _remove(self) -> None:
        self._editor.attempt(self._editor.generation.fill_from_photo)

    def _change_place(self) -> None:
        self.follow()
        self.place_changed.emit()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.follow()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._canvas.setFocus()
        else:
            super().keyPressEvent(event)


class BarPlaceMenu(QMenu):
    """Where the bar is shown. Signal `chosen` once it is another place."""

    chosen = Signal()

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(translate("MaskBar", "&Bar at the mask"), parent)
        set_source(self, translate("MaskBar", "&Bar at the mask"))
        self._preferences = preferences
        self.actions_by_place: dict[BarPlace, QAction] = {}
        group = QActionGroup(self)
        for place, text in PLACES:
            name = translate("MaskBar", text)
            action = set_source(QAction(name, group, checkable=True), name)
            action.triggered.connect(lambda _=False, place=place: self._choose(place))
            self.addAction(action)
            self.actions_by_place[place] = action
        self.aboutToShow.connect(self._show)

    def _choose(self, place: BarPlace) -> None:
        self._preferences.bar_place = place
        self.chosen.emit()

    def _show(self) -> None:
        self.actions_by_place[self._preferences.bar_place].setChecked(True)


class BarDock(QFrame):
    """The row below the canvas that holds the bar while it is docked."""

    def __init__(self, bar: MaskBar, stage: QWidget, preferences: Preferences) -> None:
        super().__init__()
        self._bar, self._stage, self._preferences = bar, stage, preferences
        self.setAccessibleName(translate("MaskBar", "Bar at the mask, docked"))
        self._row = QVBoxLayout(self)
        self._row.setContentsMargins(8, 0, 8, 0)
        bar.place_changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Take the bar in, or let it float."""
        docked = self._preferences.bar_place is BarPlace.DOCKED
        if docked and self._bar.parent() is not self:
            self._row.addWidget(self._bar)
        elif not docked and self._bar.parent() is self:
            self._row.removeWidget(self._bar)
            self._bar.setParent(self._stage)
        self._bar.setProperty("docked", docked)
        self._bar.style().unpolish(self._bar)
        self._bar.style().polish(self._bar)
        self.setVisible(docked)
        self._bar.follow()


def place_beside(
    mask: QRect,
    size: QSize,
    room: QRect,
    avoid: QRect | None = None,
    photo: QRect | None = None,
) -> QPoint:
    """Return the upper left corner of a bar of `size` in `room`, beside `mask` and not over it.

    Off the photo if there is room near the mask, else below the mask, above it, to its right or
    left, or in a corner of the room; if it leaves no room at all, where it covers least of the
    mask. avoid: what it must not cover even then.
    """
    inner = room.adjusted(GAP_PX, GAP_PX, -GAP_PX, -GAP_PX)
    seen = mask.intersected(room)
    if seen.isEmpty():
        seen = QRect(_clamp_point(mask.center(), room), QSize(1, 1))
    middle = QPoint(seen.center().x() - size.width() // 2, seen.center().y() - size.height() // 2)
    whole = room if photo is None else photo.intersected(room)
    places = [
        place
        for rect in (seen, whole)
        for place in (
            QPoint(middle.x(), rect.bottom() + GAP_PX),
            QPoint(middle.x(), rect.top() - GAP_PX - size.height()),
            QPoint(rect.right() + GAP_PX, middle.y()),
            QPoint(rect.left() - GAP_PX - size.width(), middle.y()),
        )
    ]
    near = seen.adjusted(-NEAR_PX, -NEAR_PX, NEAR_PX, NEAR_PX)
    corner = QRect(inner.topLeft(), inner.bottomRight() - QPoint(size.width(), size.height()))
    corners = (corner.bottomLeft(), corner.bottomRight(), corner.topLeft(), corner.topRight())

    def measure_cover(place: QPoint) -> tuple[int, int, bool]:
        bar = QRect(place, size).adjusted(-2, -2, 2, 2)
        avoided = _area(bar.intersected(avoid)) if avoid else 0
        covers = bar.intersects(whole) or not bar.intersects(near)
        return avoided, _area(bar.intersected(mask)), covers

    return min((_clamp_point(place, corner) for place in (*places, *corners)), key=measure_cover)


def _area(rect: QRect) -> int:
    return 0 if rect.isEmpty() else rect.width() * rect.height()


def _clamp_point(point: QPoint, rect: QRect) -> QPoint:
    """Return the point of a rectangle that is nearest to `point`."""
    x = max(rect.left(), min(point.x(), rect.right()))
    y = max(rect.top(), min(point.y(), rect.bottom()))
    return QPoint(x, y)
