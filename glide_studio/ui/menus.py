"""The menu bar: every action with its shortcut."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.translation import translate
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.clipboard import Clipboard
from glide_studio.ui.command_palette import CommandPalette
from glide_studio.ui.commands import list_commands, set_source
from glide_studio.ui.dialogs import show_about
from glide_studio.ui.display_profile import DisplayProfile
from glide_studio.ui.file_actions import FileActions
from glide_studio.ui.generate_menu import GenerateMenu
from glide_studio.ui.guide_menu import fill_guide_menu
from glide_studio.ui.help_windows import (
    BEFORE_KEYS,
    CommandLineWindow,
    GuideWindow,
    ShortcutSheet,
    show_once,
)
from glide_studio.ui.layer_menu import LayerMenu
from glide_studio.ui.mask_menu import MaskMenu
from glide_studio.ui.mask_tint import MaskTint
from glide_studio.ui.models_dialog import ModelsDialog
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.preferences_dialog import PreferencesDialog
from glide_studio.ui.results_panel import ResultsPanel
from glide_studio.ui.retouch_menu import RetouchMenu
from glide_studio.ui.size_dialog import CanvasDialog, ExtendDialog, ScaleDialog
from glide_studio.ui.teach_dialog import TeachDialog
from glide_studio.ui.tool_strip import ToolStrip
from glide_studio.ui.upscale_dialog import UpscaleDialog
from glide_studio.ui.widgets import add_action, add_menu

VIEW_TURN = 15.0  # degrees
GLIMPSE_MS = 2000  # of the picture before, from the menu


def fill_menus(
    window: QMainWindow,
    editor: Editor,
    canvas: Canvas,
    tools: ToolStrip,
    documents: FileActions,
    display: DisplayProfile,
    tint: MaskTint,
    image: ImageMenu,
    layer: LayerMenu,
    retouch: RetouchMenu,
    generate: GenerateMenu,
    results: ResultsPanel,
    preferences: Preferences,
    preferences_changed: Callable[[], object],
    show_panels: Callable[[bool], object],
    show_rulers: Callable[[bool], object],
) -> None:
    """Build the menus of the editor. show_panels, show_rulers: show or hide them all."""
    bar = window.menuBar()
    _fill_file_menu(add_menu(bar, translate("Menus", "&File")), editor, documents, preferences)
    edit = add_menu(bar, translate("Menus", "&Edit"))
    _fill_edit_menu(edit, editor)

    def ask_preferences() -> None:
        PreferencesDialog(
            window.window(),
            editor,
            preferences,
            list_commands(bar, lasting=True),
            preferences_changed,
        ).open()

    add_action(edit, translate("Menus", "Pre&ferences…"), ask_preferences, "Ctrl+,")
    for menu in (image, layer, retouch):
        bar.addMenu(menu)
    mask = add_menu(bar, translate("Menus", "&Mask"))
    MaskMenu(mask, window, editor, tools, documents, layer.load_pixels)
    bar.addMenu(generate)
    add_action(
        generate,
        translate("Menus", "&Models…"),
        lambda: ModelsDialog(window.window(), editor, preferences).open(),
    )
    add_action(
        generate,
        translate("Menus", "&Teach it your pictures…"),
        lambda: TeachDialog(window.window(), editor).open(),
    )
    view = add_menu(bar, translate("Menus", "&View"))
    _fill_view_menu(view, window, canvas, tools, show_panels)
    _fill_compare_menu(view, editor, canvas, results)
    fill_guide_menu(view, window, editor, canvas, show_rulers)
    view.addSeparator()
    _fill_mask_view_menu(view, canvas, tint, display)
    _fill_help_menu(add_menu(bar, translate("Menus", "&Help")), window, bar)


def _fill_file_menu(
    menu: QMenu, editor: Editor, documents: FileActions, preferences: Preferences
) -> None:
    add_action(menu, translate("Menus", "&New…"), documents.new, QKeySequence.StandardKey.New)
    add_action(menu, translate("Menus", "&Open…"), documents.open, QKeySequence.StandardKey.Open)
    RecentMenu(menu, editor, documents, preferences)
    layers = add_action(
        menu, translate("Menus", "Add as &layers…"), documents.add_layers, "Ctrl+Shift+O"
    )
    menu.addSeparator()
    saving = (
        add_action(
            menu, translate("Menus", "&Save"), documents.save, QKeySequence.StandardKey.Save
        ),
        add_action(menu, translate("Menus", "Save &as…"), documents.save_as, "Ctrl+Shift+S"),
        add_action(menu, translate("Menus", "&Export image…"), documents.export, "Ctrl+Shift+E"),
    )
    revert = add_action(
        menu, translate("Menus", "Re&vert to saved"), lambda: editor.attempt(editor.revert)
    )
    menu.addSeparator()
    add_action(menu, translate("Menus", "New &tab"), lambda: documents.add_tab(), "Ctrl+Shift+T")
    add_action(menu, translate("Menus", "&Close"), lambda: documents.close(), "Ctrl+W")
    add_action(menu, translate("Menus", "&Quit"), lambda: documents.quit(), "Ctrl+Q")

    def show() -> None:
        for action in (layers, *saving):
            action.setEnabled(editor.history is not None)
        revert.setEnabled(editor.state.modified and editor.state.saved_state is not None)

    editor.document_changed.connect(lambda *_: show())
    show()


def _fill_edit_menu(menu: QMenu, editor: Editor) -> None:
    undo = add_action(
        menu,
        translate("Menus", "&Undo"),
        lambda: editor.attempt(editor.undo, finishes=False),
        QKeySequence.StandardKey.Undo,
    )
    redo = add_action(
        menu,
        translate("Menus", "&Redo"),
        lambda: editor.attempt(editor.redo, finishes=False),
        "Ctrl+Shift+Z",
    )
    redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
    menu.addSeparator()
    clipboard = Clipboard(editor)
    cut = add_action(menu, translate("Menus", "Cu&t"), clipboard.cut, QKeySequence.StandardKey.Cut)
    copy = add_action(
        menu, translate("Menus", "&Copy layer"), clipboard.copy, QKeySequence.StandardKey.Copy
    )
    copy_merged = add_action(
        menu, translate("Menus", "Copy &visible"), clipboard.copy_merged, "Ctrl+Shift+C"
    )
    add_action(menu, translate("Menus", "&Paste"), clipboard.paste, QKeySequence.StandardKey.Paste)
    menu.addSeparator()

    def show() -> None:
        history = editor.history
        undo.setEnabled(editor.can_undo)
        redo.setEnabled(editor.can_redo)
        for action in (cut, copy, copy_merged):
            action.setEnabled(history is not None)

    editor.document_changed.connect(lambda *_: show())
    editor.background_edits.changed.connect(show)
    show()


def _fill_view_menu(
    menu: QMenu,
    window: QWidget,
    canvas: Canvas,
    tools: ToolStrip,
    show_panels: Callable[[bool], object],
) -> None:
    menu.addAction(tools.actions_by_tool[Tool.HAND])
    add_action(
        menu,
        translate("Menus", "Zoom &in"),
        lambda: canvas.view.zoom_step(1),
        QKeySequence.StandardKey.ZoomIn,
    )
    add_action(
        menu,
        translate("Menus", "Zoom &out"),
        lambda: canvas.view.zoom_step(-1),
        QKeySequence.StandardKey.ZoomOut,
    )
    add_action(menu, translate("Menus", "&Fit in window"), canvas.view.fit, "Ctrl+0")
    add_action(menu, "&100 %", lambda: canvas.view.zoom_to(1.0), "Ctrl+1")
    add_action(menu, "&200 %", lambda: canvas.view.zoom_to(2.0), "Ctrl+2")

    turning = add_menu(menu, translate("Menus", "&Turn view"))
    add_action(
        turning,
        translate("Menus", "Turn view &left"),
        lambda: canvas.view.turn(canvas.view.angle - VIEW_TURN),
        "4",
    )
    add_action(
        turning,
        translate("Menus", "Turn view &right"),
        lambda: canvas.view.turn(canvas.view.angle + VIEW_TURN),
        "6",
    )
    upright = add_action(
        turning, translate("Menus", "Turn view &upright"), lambda: canvas.view.turn(0), "5"
    )
    upright.setToolTip(translate("Menus", "Or drag with Shift+R held to turn it freely"))
    menu.addSeparator()
    add_action(
        menu, translate("Menus", "F&ull screen"), partial(_toggle_full_screen, window), "F11"
    )
    panels = add_action(
        menu,
        translate("Menus", "Show &panels"),
        lambda: show_panels(panels.isChecked()),
        "Ctrl+Shift+H",
    )
    grid = add_action(
        menu,
        translate("Menus", "Pi&xel grid"),
        lambda: canvas.show_grid(grid.isChecked()),
        "Ctrl+'",
    )
    grid.setToolTip(translate("Menus", "Lines between pixels, from 800 % on"))
    for action in (panels, grid):
        action.setCheckable(True)
        action.setChecked(True)


def _fill_compare_menu(menu: QMenu, editor: Editor, canvas: Canvas, results: ResultsPanel) -> None:
    """Add what compares the picture with what it was. Keys are named, and bound elsewhere."""
    menu.addSeparator()

    def compare() -> None:
        if results.chosen is not None:
            results.press("wipe")
        else:
            canvas.before_after.compare_original(split.isChecked())
            canvas.setFocus()

    name = translate("Menus", "&Before and after")
    split = add_action(menu, name, compare)
    split.setToolTip(
        translate("Menus", "Compare a result, or the picture, with what was there; split by a line")
    )
    split.setCheckable(True)
    end = QTimer(menu, singleShot=True, interval=GLIMPSE_MS)
    end.timeout.connect(lambda: editor.show_before(False))
    glimpse = add_action(
        menu, translate("Menus", "Pi&cture before"), lambda: editor.show_before(True, end.start)
    )
    glimpse.setText(f"{glimpse.text()}\t{translate('HelpWindows', BEFORE_KEYS)}")
    glimpse.setToolTip(translate("Menus", "Hold \\ to see it as long as you like"))

    def show() -> None:
        split.setText(name if results.chosen is None else f"{name}\tW")
        if results.chosen is not None:
            split.setEnabled(results.wipe.isEnabled())
        else:
            split.setEnabled(editor.history is not None and editor.original is not editor.document)
        split.setChecked(canvas.before_after.wipe is not None)
        glimpse.setEnabled(editor.history is not None)

    canvas.before_after.changed.connect(show)
    editor.candidates_changed.connect(show)
    editor.document_changed.connect(lambda *_: show())
    menu.aboutToShow.connect(show)
    show()


def _fill_mask_view_menu(
    menu: QMenu, canvas: Canvas, tint: MaskTint, display: DisplayProfile
) -> None:
    shown = add_action(
        menu, translate("Menus", "Show &mask"), lambda: canvas.show_mask(shown.isChecked()), "Q"
    )
    shown.setCheckable(True)
    shown.setChecked(True)
    tint.add_outline(menu)
    tint.fill(add_menu(menu, translate("Menus", "Mask co&lor")))
    display.fill(add_menu(menu, translate("Menus", "&Display profile")))


def _toggle_full_screen(page: QWidget) -> None:
    """Let the window cover the screen, or be as large as before."""
    window = page.window()
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)


def _fill_help_menu(menu: QMenu, window: QMainWindow, bar: QMenuBar) -> None:
    add_action(
        menu,
        translate("Menus", "&Find a command…"),
        lambda: CommandPalette(window.window(), list_commands(bar)).open(),
        "Ctrl+K",
    )
    add_action(
        menu,
        translate("Menus", "&Shortcuts"),
        lambda: show_once(
            window, ShortcutSheet, lambda one: ShortcutSheet(one, list_commands(bar))
        ),
        "F1",
    )
    add_action(
        menu, translate("Menus", "&User guide"), lambda: show_once(window, GuideWindow, GuideWindow)
    )
    add_action(
        menu,
        translate("Menus", "&Command line"),
        lambda: show_once(window, CommandLineWindow, CommandLineWindow),
    )
    menu.addSeparator()
    add_action(menu, translate("Menus", "&About Glide Studio"), lambda: show_about(window))


class RecentMenu(QMenu):
    """The files that were open last, the newest first."""

    def __init__(
        self, parent: QMenu, editor: Editor, documents: FileActions, preferences: Preferences
    ) -> None:
        super().__init__(translate("Menus", "Open &recent"), parent)
        set_source(self, translate("Menus", "Open &recent"))
        self._editor, self._documents, self._preferences = editor, documents, preferences
        parent.addMenu(self)
        self.setProperty("passing", True)
        parent.aboutToShow.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        self.clear()
        self.menuAction().setEnabled(bool(self._preferences.recent_files))
        for number, path in enumerate(self._preferences.recent_files, 1):
            name = path.name.replace("&", "&&")
            text = f"&{number}  {name}" if number < 10 else name
            action = add_action(self, text, partial(self._documents.open_paths, [path]))
            action.setToolTip(str(path))
            action.setEnabled(path.exists())
        self.addSeparator()
        clear = self._preferences.clear_recent
        add_action(self, translate("Menus", "Clear this list"), lambda: self._editor.attempt(clear))


class ImageMenu(QMenu):
    """Crop, extend, resize, rotate, flip, depth; disabled while nothing is open.

    compare_requested: to see the results of an extension side by side.
    """

    compare_requested = Signal()

    def __init__(self, window: QWidget, editor: Editor, tools: ToolStrip) -> None:
        super().__init__(translate("Menus", "&Image"), window)
        set_source(self, translate("Menus", "&Image"))
        self._editor = editor
        sizing = editor.canvas
        self._window = window
        self._tools = [tools.actions_by_tool[Tool.CROP]]
        self.addActions(self._tools)
        self._add(translate("Menus", "&Crop to mask"), sizing.crop_to_mask)
        extend = add_menu(self, translate("Menus", "&Extend"))
        extend.addAction(tools.actions_by_tool[Tool.EXTEND])
        add_action(
            extend,
            translate("Menus", "To an &aspect ratio or by pixels…"),
            self.ask_extend,
            "Ctrl+Alt+E",
        )
        self._again = add_action(
            extend,
            translate("Menus", "Another &result"),
            lambda: editor.attempt(sizing.extend_again),
        )
        self._compare = add_action(
            extend, translate("Menus", "Results &side by side"), self.compare_requested.emit
        )
        add_action(
            self,
            translate("Menus", "C&anvas size…"),
            lambda: CanvasDialog(window, editor).open(),
            "Ctrl+Alt+C",
        )
        add_action(
            self,
            translate("Menus", "&Scale…"),
            lambda: ScaleDialog(window, editor).open(),
            "Ctrl+Alt+I",
        )
        add_action(
            self,
            translate("Menus", "&Upscale…"),
            lambda: UpscaleDialog(window, editor).open(),
            "Ctrl+Alt+U",
        )
        self.addSeparator()
        self._add(translate("Menus", "Rotate 90° &right"), partial(sizing.rotate, 1))
        self._add(translate("Menus", "Rotate 90° &left"), partial(sizing.rotate, 3))
        self._add(translate("Menus", "Rotate 180°"), partial(sizing.rotate, 2))
        self._add(translate("Menus", "Flip &horizontally"), partial(sizing.flip, "horizontal"))
        self._add(translate("Menus", "Flip &vertically"), partial(sizing.flip, "vertical"))
        self.addSeparator()
        self._depths = {
            8: self._add(translate("Menus", "8 bits per channel"), partial(sizing.set_depth, 8)),
            16: self._add(translate("Menus", "16 bits per channel"), partial(sizing.set_depth, 16)),
        }
        group = QActionGroup(self)
        for action in self._depths.values():
            action.setCheckable(True)
            group.addAction(action)
        editor.document_changed.connect(lambda *_: self._show())
        editor.retouch_work.changed.connect(self._show)
        editor.background_edits.changed.connect(self._show)
        self._show()

    def ask_extend(self) -> None:
        """Ask how far the canvas is to be extended."""
        if self._editor.history is not None:
            ExtendDialog(self._window, self._editor).open()

    def _add(self, text: str, verb: Callable[[], object]) -> QAction:
        return add_action(self, text, lambda: self._editor.attempt(verb, finishes=False))

    def _show(self) -> None:
        history = self._editor.history
        for depth, action in self._depths.items():
            action.setChecked(history is not None and history.document.depth == depth)
        for action in self.actions():
            if action not in self._tools:
                action.setEnabled(self._editor.history is not None)
        self._again.setEnabled(
            self._editor.canvas.can_extend_again and not self._editor.retouch_work.is_running
        )
        self._compare.setEnabled(len(self._editor.canvas.extension_results) > 1)
