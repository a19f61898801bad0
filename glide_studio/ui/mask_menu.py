"""The mask menu: actions on the painted mask as a whole, and the saved masks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from glide_studio.document.selection import CombineMode
from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import MAX_BRUSH_PX, MIN_BRUSH_PX, Tool
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui import dialogs
from glide_studio.ui.file_actions import FileActions
from glide_studio.ui.tool_strip import ToolStrip
from glide_studio.ui.widgets import add_action, add_menu

BRUSH_STEP = 1.2  # factor of the keys [ and ]
SELECTING_TOOLS = (
    Tool.OBJECT,
    Tool.LASSO,
    Tool.POLYGON,
    Tool.RECTANGLE,
    Tool.ELLIPSE,
    Tool.WAND,
    Tool.COLOR,
)
MODES: tuple[tuple[str, CombineMode], ...] = (
    (QT_TRANSLATE_NOOP("MaskMenu", "Replace"), "replace"),
    (QT_TRANSLATE_NOOP("MaskMenu", "Add"), "union"),
    (QT_TRANSLATE_NOOP("MaskMenu", "Subtract"), "subtract"),
    (QT_TRANSLATE_NOOP("MaskMenu", "Intersect"), "intersect"),
)


class MaskMenu(QObject):
    """Fill a menu and keep its list of saved masks up to date."""

    def __init__(
        self,
        menu: QMenu,
        window: QWidget,
        editor: Editor,
        tools: ToolStrip,
        files: FileActions,
        load_pixels: QAction,
    ) -> None:
        """load_pixels: of the layer menu, which offers it as well."""
        super().__init__(menu)
        self._window, self._editor = window, editor
        masking = editor.selection
        for text, verb, keys in (
            (translate("MaskMenu", "Select &all"), masking.select_all, "Ctrl+A"),
            (translate("MaskMenu", "&Clear"), masking.clear, "Ctrl+D"),
            (translate("MaskMenu", "&Invert"), masking.invert, "X"),
        ):
            add_action(menu, text, partial(self._editor.attempt, verb), keys)
        add_action(menu, translate("MaskMenu", "Select by &words…"), self._ask_words)
        self._fill_modify_menu(add_menu(menu, translate("MaskMenu", "&Modify")))
        _fill_tools_menu(add_menu(menu, translate("MaskMenu", "&Tools")), editor, tools)
        menu.addSeparator()
        add_action(menu, translate("MaskMenu", "&Keep as…"), self._keep, "Ctrl+Alt+M")
        self.saved = add_menu(menu, translate("MaskMenu", "Kept masks"))
        menu.addSeparator()
        menu.addAction(load_pixels)
        add_action(menu, translate("MaskMenu", "&Load from an image…"), files.load_mask)
        add_action(menu, translate("MaskMenu", "Save as an image…"), files.save_mask)
        editor.document_changed.connect(lambda *_: self._show_saved())
        self._names: list[str] | None = None
        self._show_saved()

    def _fill_modify_menu(self, menu: QMenu) -> None:
        masking = self._editor.selection
        grow = translate("MaskMenu", "Grow the mask"), "grow", masking.grow
        shrink = translate("MaskMenu", "Shrink the mask"), "grow", masking.shrink
        feather = translate("MaskMenu", "Feather the mask"), "feather", masking.feather
        smooth = translate("MaskMenu", "Smooth the mask"), "smooth", masking.smooth
        for text, keys, change in (
            (translate("MaskMenu", "&Grow…"), "", grow),
            (translate("MaskMenu", "&Shrink…"), "", shrink),
            (translate("MaskMenu", "&Feather…"), "Shift+F6", feather),
            (translate("MaskMenu", "S&mooth…"), "", smooth),
        ):
            add_action(menu, text, partial(self._ask_pixels, *change), keys)
        add_action(
            menu,
            translate("MaskMenu", "Fill &holes"),
            partial(self._editor.attempt, masking.fill_holes),
        )

    def _ask_pixels(self, title: str, setting: str, verb: Callable[[float], object]) -> None:
        """Ask for a length in pixels and call `verb` with it; the next time it is proposed.

        setting: field of `ToolSettings` that keeps the length.
        """

        def apply(pixels: int) -> None:
            self._editor.set_tool_settings(**{setting: pixels})
            self._editor.attempt(partial(verb, pixels))

        now = getattr(self._editor.tool_settings, setting)
        dialogs.ask_pixels(self._window, title, now, apply)

    def _ask_words(self) -> None:
        if self._editor.history is not None:
            dialogs.ask_text(
                self._window,
                translate("MaskMenu", "Select by words"),
                translate("MaskMenu", "What should be selected, for example: the apple"),
                "",
                lambda words: self._editor.attempt(lambda: self._editor.words.select(words)),
            )

    def _keep(self) -> None:
        if self._editor.history is None:
            return
        number = len(self._editor.document.saved_masks) + 1
        dialogs.ask_text(
            self._window,
            translate("MaskMenu", "Keep the mask"),
            translate("MaskMenu", "Name"),
            translate("MaskMenu", "Mask {number}").format(number=number),
            lambda name: self._editor.attempt(lambda: self._editor.selection.keep(name)),
        )

    def _show_saved(self) -> None:
        history = self._editor.history
        names = [saved.name for saved in history.document.saved_masks] if history else []
        if names == self._names:
            return
        self._names = names
        self.saved.clear()
        self.saved.setEnabled(bool(names))
        masking = self._editor.selection
        for name in names:
            one = self.saved.addMenu(name.replace("&", "&&"))
            for text, mode in MODES:
                add_action(
                    one,
                    translate("MaskMenu", text),
                    partial(self._editor.attempt, partial(masking.take, name, mode)),
                )
            one.addSeparator()
            add_action(
                one,
                translate("MaskMenu", "Delete"),
                partial(self._editor.attempt, partial(masking.forget, name)),
            )


def _fill_tools_menu(menu: QMenu, editor: Editor, tools: ToolStrip) -> None:
    menu.addActions(
        [tools.actions_by_tool[tool] for tool in (Tool.BRUSH, Tool.ERASER, *SELECTING_TOOLS)]
    )
    menu.addSeparator()
    for text, factor, keys in (
        (translate("MaskMenu", "Smaller brush"), 1 / BRUSH_STEP, "["),
        (translate("MaskMenu", "Larger brush"), BRUSH_STEP, "]"),
    ):
        add_action(menu, text, partial(_scale_brush, editor, factor), keys)


def _scale_brush(editor: Editor, factor: float) -> None:
    size = editor.tool_settings.size * factor
    editor.set_tool_settings(size=min(MAX_BRUSH_PX, max(MIN_BRUSH_PX, size)))
