"""The menu bar: every verb with its shortcut."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from glide_studio.session.session import Session
from glide_studio.session.tools import LARGEST_BRUSH, SMALLEST_BRUSH
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.dialogs import show_about
from glide_studio.ui.display_profile import DisplayProfile
from glide_studio.ui.documents import Documents
from glide_studio.ui.tool_strip import ToolStrip

Verb = Callable[[], object]
BRUSH_STEP = 1.2  # factor of [ and ]


def fill_menus(
    window: QMainWindow,
    session: Session,
    canvas: Canvas,
    tools: ToolStrip,
    documents: Documents,
    display: DisplayProfile,
) -> None:
    """Build the menus of the editor."""
    bar = window.menuBar()
    file = bar.addMenu("&File")
    _add(file, "&Open…", documents.open, QKeySequence.StandardKey.Open)
    file.addSeparator()
    _add(file, "&Save", documents.save, QKeySequence.StandardKey.Save)
    _add(file, "Save &as…", documents.save_as, "Ctrl+Shift+S")
    _add(file, "&Export picture…", documents.export, "Ctrl+Shift+E")
    file.addSeparator()
    _add(file, "&Quit", window.close, QKeySequence.StandardKey.Quit)

    edit = bar.addMenu("&Edit")
    undo = _add(edit, "&Undo", session.undo, QKeySequence.StandardKey.Undo)
    redo = _add(edit, "&Redo", session.redo, "Ctrl+Shift+Z")
    redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])

    mask = bar.addMenu("&Mask")
    for text, name, keys in (
        ("Select &all", "select_all", "Ctrl+A"),
        ("&Clear", "clear", "Ctrl+D"),
        ("&Invert", "invert", "X"),
        ("&Grow", "grow", ""),
        ("&Shrink", "shrink", ""),
        ("&Feather", "feather", "Shift+F6"),
    ):
        _add(mask, text, session.masking_verb(name), keys)
    mask.addSeparator()
    _add(mask, "&Load…", documents.load_mask)
    mask.addSeparator()
    mask.addActions(list(tools.actions_by_tool.values()))
    mask.addSeparator()
    _add(mask, "Smaller brush", lambda: _scale_brush(session, 1 / BRUSH_STEP), "[")
    _add(mask, "Larger brush", lambda: _scale_brush(session, BRUSH_STEP), "]")

    generate = bar.addMenu("&Generate")
    _add(generate, "&Generate", session.generate, "Ctrl+Return")
    _add(generate, "&Accept candidate", session.accept, "Ctrl+Shift+Return")
    _add(generate, "&Discard candidates", session.discard)
    generate.addSeparator()
    _add(generate, "&Free memory", session.generation.free_memory)

    view = bar.addMenu("&View")
    _add(view, "Zoom &in", lambda: canvas.zoom_step(1), QKeySequence.StandardKey.ZoomIn)
    _add(view, "Zoom &out", lambda: canvas.zoom_step(-1), QKeySequence.StandardKey.ZoomOut)
    _add(view, "&Fit in window", canvas.fit, "Ctrl+0")
    _add(view, "&100 %", lambda: canvas.zoom_to(1.0), "Ctrl+1")
    _add(view, "&200 %", lambda: canvas.zoom_to(2.0), "Ctrl+2")

    view.addSeparator()
    shown = _add(view, "Show &mask", lambda: canvas.show_mask(shown.isChecked()), "Q")
    shown.setCheckable(True)
    shown.setChecked(True)
    display.fill(view.addMenu("&Display profile"))

    _add(bar.addMenu("&Help"), "&About Glide Studio", lambda: show_about(window))

    def show() -> None:
        history = session.history
        undo.setEnabled(history is not None and history.can_undo)
        redo.setEnabled(history is not None and history.can_redo)

    session.document_changed.connect(lambda *_: show())
    show()


def _add(menu: QMenu, text: str, verb: Verb, keys: str | QKeySequence.StandardKey = "") -> QAction:
    action = QAction(text, menu)
    if keys:
        action.setShortcut(QKeySequence(keys))
    action.triggered.connect(lambda: verb())
    menu.addAction(action)
    return action


def _scale_brush(session: Session, factor: float) -> None:
    size = session.tools.size * factor
    session.set_tools(size=min(LARGEST_BRUSH, max(SMALLEST_BRUSH, size)))
