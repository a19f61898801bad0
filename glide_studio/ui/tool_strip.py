"""The column of tools at the left."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QToolButton, QVBoxLayout, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool, ToolSettings
from glide_studio.translation import QT_TRANSLATE_NOOP, Text, translate
from glide_studio.ui.commands import set_source
from glide_studio.ui.icons import icon
from glide_studio.ui.widgets import make_icon_button, make_rule

TOOLS = (
    (
        Tool.TRANSFORM,
        QT_TRANSLATE_NOOP("ToolStrip", "Move and transform"),
        "V",
        QT_TRANSLATE_NOOP("ToolStrip", "drag, then Enter; outside turns; Ctrl bends"),
    ),
    (
        Tool.CROP,
        QT_TRANSLATE_NOOP("ToolStrip", "Crop"),
        "C",
        QT_TRANSLATE_NOOP("ToolStrip", "drag, Enter; outside turns; Ctrl levels a line"),
    ),
    (
        Tool.BRUSH,
        QT_TRANSLATE_NOOP("ToolStrip", "Brush"),
        "B",
        QT_TRANSLATE_NOOP("ToolStrip", "paint the mask; Alt erases"),
    ),
    (
        Tool.ERASER,
        QT_TRANSLATE_NOOP("ToolStrip", "Eraser"),
        "E",
        QT_TRANSLATE_NOOP("ToolStrip", "erase the mask; Alt paints"),
    ),
    (
        Tool.REMOVE,
        QT_TRANSLATE_NOOP("ToolStrip", "Remove"),
        "J",
        QT_TRANSLATE_NOOP("ToolStrip", "paint over something, and it is gone"),
    ),
    (
        Tool.HEAL,
        QT_TRANSLATE_NOOP("ToolStrip", "Heal"),
        "K",
        QT_TRANSLATE_NOOP("ToolStrip", "Alt-click a source, then paint; the tone stays"),
    ),
    (
        Tool.CLONE,
        QT_TRANSLATE_NOOP("ToolStrip", "Clone stamp"),
        "S",
        QT_TRANSLATE_NOOP("ToolStrip", "Alt-click a source, then paint a copy"),
    ),
    (
        Tool.OBJECT,
        QT_TRANSLATE_NOOP("ToolStrip", "Object select"),
        "A",
        QT_TRANSLATE_NOOP("ToolStrip", "drag around an object; Alt subtracts"),
    ),
    (
        Tool.LASSO,
        QT_TRANSLATE_NOOP("ToolStrip", "Lasso"),
        "L",
        QT_TRANSLATE_NOOP("ToolStrip", "draw around an area; Alt subtracts it"),
    ),
    (
        Tool.POLYGON,
        QT_TRANSLATE_NOOP("ToolStrip", "Polygon"),
        "P",
        QT_TRANSLATE_NOOP("ToolStrip", "click the corners; Enter closes it"),
    ),
    (
        Tool.RECTANGLE,
        QT_TRANSLATE_NOOP("ToolStrip", "Rectangle"),
        "M",
        QT_TRANSLATE_NOOP("ToolStrip", "drag across an area; Alt subtracts it"),
    ),
    (
        Tool.ELLIPSE,
        QT_TRANSLATE_NOOP("ToolStrip", "Ellipse"),
        "O",
        QT_TRANSLATE_NOOP("ToolStrip", "drag across an area; Alt subtracts it"),
    ),
    (
        Tool.WAND,
        QT_TRANSLATE_NOOP("ToolStrip", "Magic wand"),
        "W",
        QT_TRANSLATE_NOOP("ToolStrip", "select similar colors; Alt subtracts"),
    ),
    (
        Tool.COLOR,
        QT_TRANSLATE_NOOP("ToolStrip", "Color range"),
        "R",
        QT_TRANSLATE_NOOP("ToolStrip", "select a color everywhere; Alt subtracts"),
    ),
    (
        Tool.PAINT,
        QT_TRANSLATE_NOOP("ToolStrip", "Paint"),
        "U",
        QT_TRANSLATE_NOOP("ToolStrip", "paint on the layer; Alt erases"),
    ),
    (
        Tool.ERASE_PIXELS,
        QT_TRANSLATE_NOOP("ToolStrip", "Erase pixels"),
        "Shift+E",
        QT_TRANSLATE_NOOP("ToolStrip", "erase the layer; Alt paints"),
    ),
    (
        Tool.BUCKET,
        QT_TRANSLATE_NOOP("ToolStrip", "Bucket"),
        "F",
        QT_TRANSLATE_NOOP("ToolStrip", "fill similar colors around, or the mask"),
    ),
    (
        Tool.GRADIENT,
        QT_TRANSLATE_NOOP("ToolStrip", "Gradient"),
        "G",
        QT_TRANSLATE_NOOP("ToolStrip", "drag from one point to another"),
    ),
    (
        Tool.SHAPE,
        QT_TRANSLATE_NOOP("ToolStrip", "Shape"),
        "Y",
        QT_TRANSLATE_NOOP("ToolStrip", "draw a rectangle, an ellipse or a line"),
    ),
    (
        Tool.PICKER,
        QT_TRANSLATE_NOOP("ToolStrip", "Color picker"),
        "I",
        QT_TRANSLATE_NOOP("ToolStrip", "take a color; Alt takes the second one"),
    ),
    (
        Tool.EXTEND,
        QT_TRANSLATE_NOOP("ToolStrip", "Extend canvas"),
        "N",
        QT_TRANSLATE_NOOP("ToolStrip", "drag the edges outward, then Enter"),
    ),
    (
        Tool.HAND,
        QT_TRANSLATE_NOOP("ToolStrip", "Hand"),
        "H",
        QT_TRANSLATE_NOOP("ToolStrip", "drag to move the view; or hold Space"),
    ),
)
"""(tool, name, key, what it does)"""

EXTRA_KEYS = {Tool.TRANSFORM: ("Ctrl+T",)}
BUTTON_SIZE = (34, 30)  # small enough for all tools in a window 640 pixels high
COLUMNS = 2


class ToolStrip(QFrame):
    """A button for each tool in two columns, the active one checked; then mask and undo."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.setAccessibleName(translate("ToolStrip", "Tools"))
        self.setFixedWidth(2 * 6 + COLUMNS * BUTTON_SIZE[0] + 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        grid = QGridLayout()
        grid.setSpacing(2)
        column.addLayout(grid)
        self.actions_by_tool: dict[Tool, QAction] = {}
        self._verb_buttons: dict[str, QToolButton] = {}
        group = QActionGroup(self)
        for number, (tool, _, key, _) in enumerate(TOOLS):
            name, tip = describe_tool(tool)
            action = set_source(QAction(icon(tool.value), name, group, checkable=True), name)
            action.setShortcuts([QKeySequence(one) for one in (key, *EXTRA_KEYS.get(tool, ()))])
            action.setToolTip(f"{name}  ({key}): {tip}")
            action.triggered.connect(lambda _=False, tool=tool: editor.set_tool_settings(tool=tool))
            self.actions_by_tool[tool] = action
            grid.addWidget(_make_tool_button(action), *divmod(number, COLUMNS))
        column.addSpacing(4)
        column.addWidget(make_rule())
        column.addSpacing(4)
        verbs = QGridLayout()
        verbs.setSpacing(2)
        for verb_name, text, verb, keys in (
            (
                "invert",
                translate("ToolStrip", "Invert mask"),
                lambda: editor.attempt(editor.selection.invert),
                "X",
            ),
            (
                "clear",
                translate("ToolStrip", "Clear mask"),
                lambda: editor.attempt(editor.selection.clear),
                "Ctrl+D",
            ),
            (
                "undo",
                translate("ToolStrip", "Undo"),
                lambda: editor.attempt(editor.undo, finishes=False),
                "Ctrl+Z",
            ),
            (
                "redo",
                translate("ToolStrip", "Redo"),
                lambda: editor.attempt(editor.redo, finishes=False),
                "Ctrl+Shift+Z",
            ),
        ):
            verb_button = make_icon_button(verb_name, text, verb, keys)
            verb_button.setFixedSize(*BUTTON_SIZE)
            self._verb_buttons[verb_name] = verb_button
            verbs.addWidget(verb_button, *divmod(len(self._verb_buttons) - 1, COLUMNS))
        column.addLayout(verbs)
        column.addStretch()
        editor.settings_changed.connect(self._show)
        editor.document_changed.connect(lambda *_: self._enable_verbs())
        editor.background_edits.changed.connect(self._enable_verbs)
        self._show()
        self._enable_verbs()

    def _enable_verbs(self) -> None:
        history = self._editor.history
        can = {"undo": self._editor.can_undo, "redo": self._editor.can_redo}
        for name, verb_button in self._verb_buttons.items():
            verb_button.setEnabled(can.get(name, history is not None))

    def _show(self) -> None:
        self.actions_by_tool[self._editor.tool_settings.tool].setChecked(True)


def describe_tool(tool: Tool) -> tuple[Text, Text]:
    """Return the name of a tool and what it does."""
    _, name, _, tip = next(entry for entry in TOOLS if entry[0] is tool)
    return translate("ToolStrip", name), translate("ToolStrip", tip)


def describe_use(settings: ToolSettings, masked: str | None = None) -> str:
    """Return a sentence on how the chosen tool is used.

    masked: name of the layer on whose mask brush and eraser work, None for the painted mask.
    """
    if masked is not None and settings.tool is Tool.BRUSH:
        text = translate("ToolStrip", "Mask of '{name}': paint to show; Alt hides")
        return text.format(name=masked)
    if masked is not None and settings.tool is Tool.ERASER:
        text = translate("ToolStrip", "Mask of '{name}': paint to hide; Alt shows")
        return text.format(name=masked)
    tip = describe_tool(settings.tool)[1]
    if settings.tool is Tool.OBJECT and settings.scribble:
        tip = translate("ToolStrip", "paint on the object; with Alt beside it")
    return tip[0].upper() + tip[1:]


def _make_tool_button(action: QAction) -> QWidget:
    result = QToolButton()
    result.setDefaultAction(action)
    result.setIconSize(QSize(19, 19))
    result.setFixedSize(*BUTTON_SIZE)
    result.setAccessibleName(action.text())
    return result
