"""The menu bar: every verb with its shortcut."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow

from glide_studio.editor.session import Session
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.dialogs import show_about
from glide_studio.ui.display_profile import DisplayProfile
from glide_studio.ui.documents import Documents
from glide_studio.ui.image_menu import ImageMenu
from glide_studio.ui.layer_menu import LayerMenu
from glide_studio.ui.mask_menu import MaskMenu
from glide_studio.ui.menu_parts import add
from glide_studio.ui.tool_strip import ToolStrip


def fill_menus(
    window: QMainWindow,
    session: Session,
    canvas: Canvas,
    tools: ToolStrip,
    documents: Documents,
    display: DisplayProfile,
    image: ImageMenu,
    layer: LayerMenu,
) -> None:
    """Build the menus of the editor."""
    bar = window.menuBar()
    file = bar.addMenu("&File")
    add(file, "&Open…", documents.open, QKeySequence.StandardKey.Open)
    file.addSeparator()
    add(file, "&Save", documents.save, QKeySequence.StandardKey.Save)
    add(file, "Save &as…", documents.save_as, "Ctrl+Shift+S")
    add(file, "&Export picture…", documents.export, "Ctrl+Shift+E")
    file.addSeparator()
    add(file, "&Quit", window.close, QKeySequence.StandardKey.Quit)

    edit = bar.addMenu("&Edit")
    undo = add(edit, "&Undo", session.undo, QKeySequence.StandardKey.Undo)
    redo = add(edit, "&Redo", session.redo, "Ctrl+Shift+Z")
    redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])

    bar.addMenu(image)
    bar.addMenu(layer)
    mask = bar.addMenu("&Mask")
    MaskMenu(mask, window, session, tools, documents)

    generate = bar.addMenu("&Generate")
    add(generate, "&Generate", session.generate, "Ctrl+Return")
    add(generate, "&Accept candidate", session.accept, "Ctrl+Shift+Return")
    add(generate, "&Discard candidates", session.discard)
    generate.addSeparator()
    add(generate, "&Free memory", session.generation.free_memory)

    view = bar.addMenu("&View")
    add(view, "Zoom &in", lambda: canvas.zoom_step(1), QKeySequence.StandardKey.ZoomIn)
    add(view, "Zoom &out", lambda: canvas.zoom_step(-1), QKeySequence.StandardKey.ZoomOut)
    add(view, "&Fit in window", canvas.fit, "Ctrl+0")
    add(view, "&100 %", lambda: canvas.zoom_to(1.0), "Ctrl+1")
    add(view, "&200 %", lambda: canvas.zoom_to(2.0), "Ctrl+2")

    view.addSeparator()
    shown = add(view, "Show &mask", lambda: canvas.show_mask(shown.isChecked()), "Q")
    shown.setCheckable(True)
    shown.setChecked(True)
    display.fill(view.addMenu("&Display profile"))

    add(bar.addMenu("&Help"), "&About Glide Studio", lambda: show_about(window))

    def show() -> None:
        history = session.history
        undo.setEnabled(history is not None and history.can_undo)
        redo.setEnabled(history is not None and history.can_redo)

    session.document_changed.connect(lambda *_: show())
    show()
