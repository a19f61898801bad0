"""The column of tools at the left."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.ui.icons import icon
from glide_studio.ui.widgets import make_icon_button

TOOLS = (
    (Tool.BRUSH, "Brush", "B", "paint the mask; Alt erases"),
    (Tool.ERASER, "Eraser", "E", "erase the mask; Alt paints"),
    (Tool.REMOVE, "Remove", "J", "paint over something; let go and it is gone"),
    (Tool.HEAL, "Heal", "K", "Alt-click a source, then paint: copies its texture, keeps the tone"),
    (Tool.CLONE, "Clone stamp", "S", "Alt-click a source, then paint: copies its pixels"),
    (Tool.OBJECT, "Object select", "A", "drag a box around an object; Alt subtracts it"),
    (Tool.LASSO, "Lasso", "L", "draw around an area; Alt subtracts it"),
    (Tool.POLYGON, "Polygon", "P", "click the corners; Enter or a double click closes it"),
    (Tool.RECTANGLE, "Rectangle", "M", "drag across an area; Alt subtracts it"),
    (Tool.ELLIPSE, "Ellipse", "O", "drag across an area; Alt subtracts it"),
    (Tool.WAND, "Magic wand", "W", "click to select similar colors nearby; Alt subtracts them"),
    (Tool.COLOR, "Color range", "R", "click to select a color everywhere; Alt subtracts it"),
    (Tool.EXTEND, "Extend canvas", "N", "drag the edges outward, then press Enter"),
    (Tool.HAND, "EditorSettings", "H", "drag to move the view; or hold the space bar"),
)
"""(tool, name, key, what it does)"""

BUTTON_SIZE = (38, 29)  # small enough for all tools in a window 640 pixels high


class ToolStrip(QFrame):
    """A button for each tool, the active one checked; below them mask and undo buttons."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.setAccessibleName("Tools")
        self.setFixedWidth(50)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(1)
        self.actions_by_tool: dict[Tool, QAction] = {}
        self._verb_buttons: dict[str, QToolButton] = {}
        group = QActionGroup(self)
        for tool, name, key, tip in TOOLS:
            action = QAction(icon(tool.value), name, group, checkable=True)
            action.setShortcut(key)
            action.setToolTip(f"{name}  ({key}): {tip}")
            action.triggered.connect(lambda _=False, tool=tool: editor.set_tool_settings(tool=tool))
            self.actions_by_tool[tool] = action
            column.addWidget(_make_tool_button(action))
        column.addSpacing(6)
        for name, text, verb, keys in (
            ("invert", "Invert mask", lambda: editor.attempt(editor.selection.invert), "X"),
            ("clear", "Clear mask", lambda: editor.attempt(editor.selection.clear), "Ctrl+D"),
            ("undo", "Undo", lambda: editor.attempt(editor.undo), "Ctrl+Z"),
            ("redo", "Redo", lambda: editor.attempt(editor.redo), "Ctrl+Shift+Z"),
        ):
            if name == "undo":
                column.addStretch()
            verb_button = make_icon_button(name, text, verb, keys)
            verb_button.setFixedSize(*BUTTON_SIZE)
            self._verb_buttons[name] = verb_button
            column.addWidget(verb_button)
        editor.settings_changed.connect(self._show)
        editor.document_changed.connect(lambda *_: self._enable_verbs())
        self._show()
        self._enable_verbs()

    def _enable_verbs(self) -> None:
        history = self._editor.history
        can = {
            "undo": history is not None and history.can_undo,
            "redo": history is not None and history.can_redo,
        }
        for name, verb_button in self._verb_buttons.items():
            verb_button.setEnabled(can.get(name, history is not None))

    def _show(self) -> None:
        self.actions_by_tool[self._editor.tool_settings.tool].setChecked(True)


def _make_tool_button(action: QAction) -> QWidget:
    result = QToolButton()
    result.setDefaultAction(action)
    result.setIconSize(QSize(19, 19))
    result.setFixedSize(*BUTTON_SIZE)
    result.setAccessibleName(action.text())
    return result
