"""The editor window: layout of the panels, drag and drop, title, closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QObject,
    QPoint,
    QPointF,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QGridLayout,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.editor.state import Severity
from glide_studio.editor.word_actions import Replacement
from glide_studio.errors import GlideError
from glide_studio.paths import resources_folder
from glide_studio.translation import translate
from glide_studio.ui.adjustment_card import AdjustmentCard
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.canvas.rulers import RuledCanvas
from glide_studio.ui.compare_extensions import CompareExtensions
from glide_studio.ui.compare_page import FOOT_PX, ComparePage
from glide_studio.ui.compare_view import CompareView
from glide_studio.ui.dialogs import FREE_INTERVAL_MS, ask_replace, open_when_free
from glide_studio.ui.display_profile import DisplayProfile
from glide_studio.ui.drop_zones import DropZones, dropped_paths
from glide_studio.ui.file_actions import FileActions
from glide_studio.ui.first_steps import FirstSteps
from glide_studio.ui.frame_bars import NumberField
from glide_studio.ui.generate_menu import GenerateMenu
from glide_studio.ui.history_panel import HistoryPanel
from glide_studio.ui.layer_menu import LayerMenu
from glide_studio.ui.layers_panel import LayersPanel
from glide_studio.ui.mask_bar import BarDock, MaskBar, place_beside
from glide_studio.ui.mask_tint import MaskTint
from glide_studio.ui.menus import ImageMenu, fill_menus
from glide_studio.ui.models_dialog import ModelsDialog, are_weights
from glide_studio.ui.notice_bar import NoticeBar
from glide_studio.ui.options_bar import OptionsBar
from glide_studio.ui.preferences import HISTORY_SHARES, PANEL_WIDTHS, Preferences
from glide_studio.ui.prompt_panel import PromptPanel, describe_retouching
from glide_studio.ui.queue_panel import QueuePanel
from glide_studio.ui.results_panel import ResultsPanel
from glide_studio.ui.retouch_menu import RetouchMenu
from glide_studio.ui.shortcuts import apply_shortcuts
from glide_studio.ui.status_bar import StatusBar
from glide_studio.ui.theme import style_window
from glide_studio.ui.tool_strip import ToolStrip
from glide_studio.ui.welcome import Welcome
from glide_studio.ui.widgets import ScrolledPanel, WheelGuard, make_column, make_row, make_rule

STORE_MS = 300  # after the border was dragged last
REVEAL_MARGIN_PX = 8  # in document pixels
SAMPLE = "coffee.jpg"  # of the bundled photos
LISTS_HEIGHT_PX = 270  # of layers and history, at least, unless Generate would be cut
LAYERS_HEIGHT_PX, HISTORY_SHARE = 184, 0.45  # at least, and at most
BEFORE_KEY = Qt.Key.Key_Backslash
ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
WRITTEN_IN = (QLineEdit, QPlainTextEdit, QAbstractSpinBox)
LEAVING_KEYS = (*ENTER_KEYS, Qt.Key.Key_Escape)  # of a field for a number
WRITING_EVENTS = frozenset(
    {
        QEvent.Type.FocusIn,
        QEvent.Type.KeyPress,
        QEvent.Type.InputMethod,
        QEvent.Type.MouseButtonPress,
    }
)
RETURN_REASONS = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
INPUT_EVENTS = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.KeyPress,
        QEvent.Type.TabletMove,
    }
)


class EditorWindow(QMainWindow):
    """One document with its panels: a page of `StudioWindow`, or a window of its own.

    `closed` is emitted once the user has agreed to close the window. is_reserved: nothing may be
    opened here although it is empty.
    """

    closed = Signal()

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        """parent: what this is a page of, if it is no window of its own."""
        super().__init__(parent)
        if parent is not None:
            self.setWindowFlags(Qt.WindowType.Widget)
        self.editor = self._editor = editor
        self.is_reserved = False
        self._loading: Path | None = None
        self._recent: Path | None = None
        self._is_writing = False  # somebody is at a prompt since a fill was started from it
        self._close_confirmed = False
        self._preferences = Preferences()
        self.file_actions = FileActions(self, editor)
        self.canvas = Canvas(editor)
        self.tools = ToolStrip(editor)
        self.prompt = PromptPanel(editor)
        self.adjustments = AdjustmentCard(editor)
        self.layer_menu = LayerMenu(self, editor, self.tools, self.adjustments)
        self.image_menu = ImageMenu(self, editor, self.tools)
        self.retouch_menu = RetouchMenu(self, editor, self.tools)
        self.layers = LayersPanel(editor, self.layer_menu)
        self.history = HistoryPanel(editor)
        self.results = ResultsPanel(editor)
        self.compare = CompareView(editor)
        self.compare_extensions = CompareExtensions(editor)
        self.notices = NoticeBar(editor)
        self.welcome = Welcome(editor, self.file_actions, self._preferences)
        self._make_layout()
        self.display = DisplayProfile(self, editor, self.canvas, self._preferences)
        self.tint = MaskTint(self, editor, self.canvas, self._preferences)
        fill_menus(
            self,
            editor,
            self.canvas,
            self.tools,
            self.file_actions,
            self.display,
            self.tint,
            self.image_menu,
            self.layer_menu,
            self.retouch_menu,
            GenerateMenu(
                self,
                editor,
                self.results,
                self.prompt.submit,
                self.bar.menu,
                self._focus_prompt,
                self._toggle_queue,
            ),
            self.results,
            self._preferences,
            lambda: self.preferences_changed(),
            self._show_panels,
            self.ruled.show_rulers,
        )
        self.menu_bar = self.menuBar()  # another window may take it over
        style_window(self.menu_bar)
        style_window(self)
        self.preferences_changed: Callable[[], object] = self.use_preferences
        self.use_preferences()
        self.setAcceptDrops(True)
        self.drop_zones = DropZones(
            self.canvas,
            lambda paths: self.file_actions.open_paths(paths),
            self._add_layers,
            self._take_mask,
        )
        editor.document_changed.connect(lambda *_: self._show_title())
        editor.candidates_changed.connect(self._show_title)
        editor.results.changed.connect(self._show_title)
        for widget in (
            *self._prompts,
            self.prompt.prompt.viewport(),
            self.prompt.negative.viewport(),
        ):
            widget.installEventFilter(self)
        self.prompt.submitting.connect(self._note_submitting)
        editor.files.opening_ended.connect(self._stop_loading)
        self._question: tuple[Replacement, bool] | None = None  # waits until it can be asked
        self._until_free = QTimer(self, interval=FREE_INTERVAL_MS)
        self._until_free.timeout.connect(self._ask_replace)
        editor.words.asked.connect(self._keep_question)
        self._show_title()

    def use_preferences(self) -> None:
        """Give the actions their keys, and memory and disk their limits, as the preferences say."""
        preferences = self._preferences
        apply_shortcuts(self.menu_bar, preferences.shortcuts)
        self._editor.set_budgets(
            results=preferences.results_mb << 20,
            history=preferences.history_mb << 20,
            trash_days=preferences.trash_days,
        )

    def _make_layout(self) -> None:
        """Lay the panels out, from the outside to the inside.

        Qt styles a widget with all that it holds whenever it gets another parent.
        """
        whole = QWidget()
        self.setCentralWidget(whole)
        row = make_row(whole)
        row.addWidget(self.tools)
        columns = Columns(self._preferences, whole)
        row.addWidget(columns, 1)
        middle = QWidget()
        right = RightColumn()
        columns.fill(middle, right)
        options = OptionsBar(self._editor)
        column = make_column(middle)
        column.addWidget(options)
        self._stage = stage = CanvasOverlay(middle)
        column.addWidget(stage, 1)
        self._pages = QStackedWidget(stage)
        self.ruled = RuledCanvas(self.canvas)
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.ruled)
        self._pages.addWidget(self.compare)
        self._pages.addWidget(self.compare_extensions)
        stage.fill(self._pages, self.notices, self.adjustments)
        self.bar = MaskBar(
            self._editor, self.canvas, stage, self._preferences, self.image_menu.ask_extend
        )
        self.bar.submitted.connect(self.prompt.submit)
        self.adjustments.float_on(stage, self.bar.map_to_stage)
        self.bar_dock = BarDock(self.bar, stage, self._preferences)
        self.first_steps = FirstSteps(self._editor, self.canvas, self.bar, self.notices, stage)
        self.welcome.sample.clicked.connect(self._open_sample)
        self.queue = QueuePanel(self._editor, stage)
        self.status = StatusBar(self._editor, self.canvas)
        self.status.queue.clicked.connect(self._toggle_queue)
        self.queue.closed.connect(lambda: self.status.queue.setChecked(False))
        self.adjustments.opened.connect(self.canvas.clear_tint)
        self.results.compare_requested.connect(lambda: self._show_compare(self.compare))
        self.image_menu.compare_requested.connect(
            lambda: self._show_compare(self.compare_extensions)
        )
        self.results.wipe_toggled.connect(self.canvas.before_after.compare_result)
        self.canvas.gesture_changed.connect(
            lambda: self.notices.make_way() if self.canvas.is_gesturing else None
        )
        for signal in (
            self.notices.shown,
            self.canvas.viewport_changed,
            self.results.wipe_toggled,
            self._pages.currentChanged,
        ):
            signal.connect(lambda *_: self._uncover_comparison())
        self._pages.currentChanged.connect(self._note_page)
        self.results.appeared.connect(self._reveal_filled)
        self.results.offered.connect(self._focus_results)
        self.results.wipe_moved.connect(self.canvas.before_after.move)
        self.results.left.connect(self._show_canvas)
        self._editor.candidates.accepted.connect(self._leave_results)
        for page in (self.compare, self.compare_extensions):
            page.escaped.connect(partial(self._end_compare, page))
            page.left.connect(self._show_canvas)
        self.compare.pressed_key.connect(self._press_compared)
        self.compare_extensions.pressed_key.connect(lambda _: self.compare_extensions.leave())
        options.compare_requested.connect(lambda: self._show_compare(self.compare_extensions))
        options.extend_requested.connect(self._extend_canvas)
        options.extend_dialog_requested.connect(self.image_menu.ask_extend)
        for widget in (self.bar_dock, self.results, self.status):
            column.addWidget(widget)
        panel = ScrolledPanel(self.prompt, self.prompt.generate, right)
        lists = Lists(self.layers, self.history, self._preferences, right)
        right.fill(panel, lists)
        placement = self.prompt.placement
        placement.header.toggled.connect(
            lambda on: panel.reveal(placement.header, placement) if on else None
        )
        self._panels = (self.tools, options, right, self.status)
        WheelGuard(whole)

    def _keep_question(self, wish: Replacement, is_found: bool) -> None:
        self._question = wish, is_found
        self._until_free.start()
        self._ask_replace()

    def _ask_replace(self) -> None:
        """Ask whether to replace, beside the mask, once no other dialog and no other tab is open.

        The question is dropped if the picture is gone.
        """
        words = self._editor.words
        if self._question is None or words.pending is not self._question[0]:
            self._question = None
            self._until_free.stop()
            return
        if not self.isVisible() or QApplication.activeModalWidget() is not None:
            return
        (wish, is_found), self._question = self._question, None
        self._until_free.stop()
        box = ask_replace(
            self,
            wish.old,
            wish.new,
            is_found,
            lambda: self._editor.attempt(words.confirm),
            words.decline,
        )
        mask = self.canvas.view.widget_rect(self._editor.document.selection.content_box())
        mask.translate(self.canvas.mapToGlobal(QPoint(0, 0)))
        box.move(place_beside(mask, box.frameGeometry().size(), self.window().geometry()))

    def _open_sample(self) -> None:
        """Open the bundled photo, with hints for the first fill."""
        self.first_steps.begin()
        self.load(resources_folder() / "demo" / SAMPLE)

    def _focus_prompt(self) -> None:
        """Go to the prompt that is nearest to the mask."""
        if not self.bar.focus_prompt():
            self.prompt.prompt.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.bar_dock.follow()  # another page may have moved the bar

    def _show_panels(self, shown: bool) -> None:
        """Show all panels, or the photo alone; the menus and what floats above it stay."""
        for panel in self._panels:
            panel.setVisible(shown)

    @property
    def _prompts(self) -> tuple[QWidget, ...]:
        return self.prompt.prompt, self.prompt.negative, self.bar.prompt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that somebody goes to a prompt, or writes in it."""
        is_return = isinstance(event, QFocusEvent) and event.reason() in RETURN_REASONS
        if event.type() in WRITING_EVENTS and not is_return:
            self._is_writing = True
        return False

    def _note_submitting(self) -> None:
        self._is_writing = False

    def _focus_results(self) -> None:
        """Give new results the keys, unless the user is at something else by now."""
        if self._waits_for_results():
            self.results.list.setFocus()

    def _leave_results(self) -> None:
        """Give the keys to the canvas, unless the user is writing in a field."""
        if not isinstance(self.window().focusWidget(), WRITTEN_IN):
            self._show_canvas()

    def _waits_for_results(self) -> bool:
        """Tell if the focus is where a fill is started, and nothing else is being done."""
        window = self.window()
        if QApplication.activeWindow() not in (None, window) or self.canvas.is_gesturing:
            return False
        if QApplication.activePopupWidget() or QApplication.activeModalWidget():
            return False
        focus = window.focusWidget()
        if focus is self.canvas:
            return not self.canvas.is_held
        if focus in self._prompts:
            return not self._is_writing
        buttons = self.prompt.generate, self.bar.generate, self.bar.remove
        return focus in (None, window, self, *buttons)

    def _toggle_queue(self) -> None:
        if self.queue.isVisible():
            self.queue.close_panel()
            self.canvas.setFocus()
        elif self._editor.generation.jobs.unfinished:
            self.status.queue.setChecked(True)
            self.queue.open_panel()
        elif work := self.status.queue.elsewhere:
            self.status.queue.setChecked(False)
            said = translate("Window", "Another tab is at work: {work}. Go there to stop it.")
            self._editor.state.notify(said.format(work=work))
        elif self._editor.retouch_work.is_pending:
            self._editor.state.notify(describe_retouching(self._editor.retouch_work))
        else:
            self._editor.state.notify(translate("Window", "Nothing is being made."))

    def _show_compare(self, page: ComparePage) -> None:
        before = self._pages.currentWidget()
        if isinstance(before, ComparePage):
            before.leave()
        if before is page:
            return
        page.show_in(self.canvas.frame.screen)
        if page.open():
            self._pages.setCurrentWidget(page)

    def _end_compare(self, page: ComparePage) -> None:
        if not self.notices.dismiss():
            page.leave()

    def _press_compared(self, name: str) -> None:
        """Do what a key stands for while results are side by side."""
        if name in ("compare", "wipe"):
            self.compare.leave()
            self.results.list.setFocus()  # where both keys work again
        if name == "delete":
            self.results.delete_chosen()
        elif name != "compare":
            self.results.press(name)

    def _note_page(self) -> None:
        self.results.list.is_compared = isinstance(self._pages.currentWidget(), ComparePage)

    def _uncover_comparison(self) -> None:
        """Let a notification stand beside what is compared, or if it has no room there, go."""
        compared = QRect()
        if isinstance(self._pages.currentWidget(), ComparePage):
            compared = self._pages.rect().adjusted(0, 0, 0, -FOOT_PX)
        elif (box := self.canvas.before_after.filled_box) is not None:
            compared = self.canvas.view.widget_rect(box)
            compared.translate(self.canvas.mapTo(self._stage, QPoint(0, 0)))
        if not self._stage.keep_clear_of(compared):
            self.notices.make_way(Severity.SUCCESS)

    def _extend_canvas(self) -> None:
        """Extend to the dragged edges; ask how far if none was dragged."""
        if any(self.canvas.dragged_margins):
            self.canvas.finish_gesture()
        elif self._editor.retouch_work.extending is None:
            self.image_menu.ask_extend()

    def _reveal_filled(self) -> None:
        """Keep what the candidates fill in view, now that the canvas is smaller."""
        box, view = self._editor.results.filled_box(), self.canvas.view
        if box is None:
            return
        if view.is_fitted and view.widget_rect(box).height() > self.canvas.height():
            view.fit()
        else:
            view.reveal(box.pad(REVEAL_MARGIN_PX))

    def _show_canvas(self) -> None:
        self._pages.setCurrentWidget(self.ruled)
        self.canvas.setFocus()

    def _show_title(self) -> None:
        if self._editor.shown is None:
            self._pages.setCurrentWidget(self.welcome)
        elif self._pages.currentWidget() is self.welcome:
            self._pages.setCurrentWidget(self.ruled)
        name = self._editor.name
        self.setWindowTitle(
            translate("Window", "{name}[*] – Glide Studio").format(name=name)
            if name
            else translate("Window", "Glide Studio")
        )
        self.setWindowModified(self._editor.modified)
        path = self._editor.state.path
        if path is not None and path != self._recent and path.exists():
            self._recent = path
            self._editor.attempt(partial(self._preferences.add_recent, path.absolute()))
        if self._editor.history is not None:
            self._loading = None

    @property
    def is_empty(self) -> bool:
        """True if nothing is open here and nothing is being opened."""
        return self._editor.history is None and self._loading is None and not self.is_reserved

    def holds(self, path: Path) -> bool:
        """Tell if a file is open here, or is being opened."""
        own = self._loading or self._editor.state.path
        return own is not None and own.absolute() == path.absolute()

    def load(self, path: Path, *, offers_recovery: bool = True) -> None:
        """Open a file on this page. offers_recovery: or unsaved work on it, as the user decides."""
        self._loading = path
        self._editor.files.open_later(path, offers_recovery=offers_recovery)

    def recover(self, path: Path) -> None:
        """Open unsaved work on this page."""
        self._loading = path
        self._editor.files.recover_later(path)

    def _stop_loading(self) -> None:
        self._loading = None

    def closeEvent(self, event: QCloseEvent) -> None:
        asks = self._editor.modified or self.file_actions.running
        if self._close_confirmed or not asks:
            event.accept()
            self.closed.emit()
            return
        event.ignore()
        self.file_actions.confirm_discard(self._force_close)

    def _force_close(self) -> None:
        self._close_confirmed = True
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.notices.dismiss():
            return
        if self.canvas.hasFocus() and self.results.take_key(event.key()):
            return
        is_extending = self._editor.tool_settings.tool is Tool.EXTEND
        if event.key() in ENTER_KEYS and self.canvas.hasFocus() and is_extending:
            self._extend_canvas()
            return
        if event.key() in LEAVING_KEYS and isinstance(self.focusWidget(), NumberField):
            self.canvas.setFocus()  # where Enter applies and Esc drops what was entered
            return
        is_free = self.results.chosen is None and not event.isAutoRepeat()
        if event.key() == Qt.Key.Key_Escape and is_free and self.prompt.stop():
            return
        if event.key() == Qt.Key.Key_Escape and is_free and self.adjustments.isVisible():
            self.adjustments.close_card()
            return
        if event.key() == BEFORE_KEY and not event.isAutoRepeat():
            self._editor.show_before(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == BEFORE_KEY and not event.isAutoRepeat():
            self._editor.show_before(False)
        else:
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, following: bool) -> bool:
        """Give the focus of what was closed or disabled to the canvas, not to the next control."""
        focused = self.focusWidget()
        is_gone = focused is not None and not (focused.isVisible() and focused.isEnabled())
        if is_gone and self.canvas.isVisible():
            self.canvas.setFocus()
            return True
        return super().focusNextPrevChild(following)

    def event(self, event: QEvent) -> bool:
        """Follow the activation of the window, also as a page of one, which hears of no change."""
        if event.type() is QEvent.Type.WindowDeactivate:
            self._editor.show_before(False)  # the key may be let go elsewhere
        elif event.type() is QEvent.Type.WindowActivate:
            self._editor.files.look_for_changes()
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths := dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            if self._editor.history is not None and not are_weights(paths):
                self.drop_zones.offer()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.drop_zones.hover(self._place_in_zones(event.position()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_zones.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        is_offered = self.drop_zones.isVisible()
        self.drop_zones.hide()
        if paths := dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            if are_weights(paths):
                open_when_free(ModelsDialog(self.window(), self._editor, self._preferences, paths))
            elif is_offered:
                self.drop_zones.drop(paths, self._place_in_zones(event.position()))
            else:
                self.file_actions.open_paths(paths)

    def _place_in_zones(self, position: QPointF) -> QPoint:
        return self.drop_zones.mapFrom(self, position.toPoint())

    def _take_mask(self, paths: Sequence[Path]) -> None:
        """Take a dropped image as the mask: white will change."""
        self._editor.attempt(lambda: self._editor.files.load_mask_later(paths[0]))

    def _add_layers(self, paths: Sequence[Path], place: QPoint) -> None:
        """Add dropped images as layers where they were dropped."""
        point = self.canvas.view.document_point(place)
        center = point if point in self._editor.document.box else None
        self._editor.attempt(lambda: self._editor.files.add_layers_later(paths, center))


class RightColumn(QWidget):
    """The prompt's panel above the lists; where there is little room, the lists keep most of it."""

    def __init__(self) -> None:
        super().__init__()
        self._panel: ScrolledPanel | None = None
        self.setMinimumWidth(PANEL_WIDTHS[0])
        self.setMaximumWidth(PANEL_WIDTHS[-1])

    def fill(self, panel: ScrolledPanel, lists: QWidget) -> None:
        """Lay the prompt's panel and the lists out."""
        self._panel = panel
        column = make_column(self)
        column.addWidget(panel)
        column.addWidget(make_rule())
        column.addWidget(lists, 1)

    def event(self, event: QEvent) -> bool:
        is_moved = event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest)
        if is_moved and self._panel is not None:
            room = self.height() - LISTS_HEIGHT_PX
            self._panel.setMaximumHeight(max(room, self._panel.minimumSizeHint().height()))
        return super().event(event)


class Columns(QSplitter):
    """The canvas and its bars beside the right column, which is dragged to a width for all tabs."""

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setHandleWidth(1)
        self._store_soon = QTimer(self, singleShot=True, interval=STORE_MS)
        self._store_soon.timeout.connect(self._store_width)
        self.splitterMoved.connect(lambda *_: self._store_soon.start())

    def fill(self, middle: QWidget, right: QWidget) -> None:
        """Lay the two columns out; the one in the middle takes what is left of the width."""
        self._right = right
        for widget in (middle, right):
            self.addWidget(widget)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        wanted = self._preferences.panel_width
        self.setSizes([self.width() - wanted, wanted])

    def _store_width(self) -> None:
        with suppress(GlideError):  # the width holds until the window is closed
            self._preferences.panel_width = self._right.width()


class Lists(QSplitter):
    """Layers above the history: both get their share of the height, or what the user dragged."""

    def __init__(
        self, layers: QWidget, history: HistoryPanel, preferences: Preferences, parent: QWidget
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._layers, self._history, self._preferences = layers, history, preferences
        self._share = preferences.history_share
        self.setHandleWidth(1)
        self.addWidget(layers)
        self.addWidget(history)
        self.setChildrenCollapsible(False)
        self._store_soon = QTimer(self, singleShot=True, interval=STORE_MS)
        self._store_soon.timeout.connect(self._store_share)
        self.splitterMoved.connect(self._note_drag)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._share = self._preferences.history_share
        self._divide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._divide()

    def _divide(self) -> None:
        height = self.height()
        if self._share:
            lower = round(self._share * height / 100)
        else:
            lower = min(round(HISTORY_SHARE * height), height - LAYERS_HEIGHT_PX)
            room = height - self._layers.minimumSizeHint().height()
            lower = min(self._history.fit_height(lower), room)
        self.setSizes([height - lower, lower])

    def _note_drag(self) -> None:
        upper, lower = self.sizes()
        self._share = min(max(1, round(100 * lower / (upper + lower))), HISTORY_SHARES[-1])
        self._store_soon.start()

    def _store_share(self) -> None:
        with suppress(GlideError):  # it holds until the window is closed
            self._preferences.history_share = self._share


class CanvasOverlay(QWidget):
    """The canvas with widgets that float above it, so that showing one never moves the photo."""

    def fill(self, canvas: QWidget, notices: NoticeBar, card: QWidget) -> None:
        """Lay the layers out.

        canvas: fills this widget. notices: float at its upper edge, centered. card: below them,
        where it places itself.
        """
        self._notices = notices
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(canvas, 0, 0)
        card.setParent(self)
        grid.addWidget(notices, 0, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        notices.raise_()

    def keep_clear_of(self, rect: QRect) -> bool:
        """Put the notice at the lower edge if it covers less of a rectangle there, else at the
        upper one; False if it covers some of it yet."""

        def measure_cover(edge: Qt.AlignmentFlag) -> int:
            self._grid.setAlignment(self._notices, Qt.AlignmentFlag.AlignHCenter | edge)
            self._grid.activate()
            covered = self._notices.card.intersected(rect)
            return covered.width() * covered.height()

        upper, lower = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        return self._notices.isHidden() or not measure_cover(min((upper, lower), key=measure_cover))


class IdleTrigger(QObject):
    """Call `function` once, `milliseconds` after the first paint and the last input."""

    def __init__(self, parent: QObject, milliseconds: int, function: Callable[[], object]) -> None:
        super().__init__(parent)
        self._function = function
        self._timer = QTimer(self, singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._on_idle)
        application = QCoreApplication.instance()
        assert application is not None
        self._application = application
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if (kind is QEvent.Type.Paint and not self._timer.isActive()) or kind in INPUT_EVENTS:
            self._timer.start()
        return False

    def _on_idle(self) -> None:
        self._application.removeEventFilter(self)
        self._function()
