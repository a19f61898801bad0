"""Open the window and its dialogs, and print which of them reach beyond the screen, as JSON.

`python -m tests.ui.small_screen [folder]`; pictures of them are put into the folder.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

from glide_studio.editor.settings import Tool
from glide_studio.paths import resources_folder
from glide_studio.ui.options_bar import OptionsBar
from glide_studio.ui.preferences_dialog import find_largest_size
from tests.editor.standin import StandInEngine
from tests.ui.studio import StudioDriver
from tests.ui.windows import run_event_loop

DIALOGS = (
    "Edit/Preferences…",
    "File/New…",
    "File/Export image…",
    "Image/Extend/To an aspect ratio or by pixels…",
    "Image/Canvas size…",
    "Image/Scale…",
    "Image/Upscale…",
    "Generate/Models…",
    "Generate/Teach it your pictures…",
    "Help/Find a command…",
    "Help/Shortcuts",
    "Help/User guide",
)


def fits(widget: QWidget) -> bool:
    """Tell whether a window is not larger than its screen."""
    room = widget.screen().availableSize()
    return widget.width() <= room.width() and widget.height() <= room.height()


def is_reachable(widget: QWidget) -> bool:
    """Tell whether a widget can be seen in its window, after scrolling to it if need be."""
    holder = widget.parentWidget()
    while holder is not None and not holder.isWindow():
        if isinstance(holder, QScrollArea):
            holder.ensureWidgetVisible(widget)
        holder = holder.parentWidget()
    window = widget.window()
    return window.rect().contains(widget.mapTo(window, QPoint(0, 0))) and window.rect().contains(
        widget.mapTo(window, widget.rect().bottomRight())
    )


def look(studio: StudioDriver, folder: Path | None) -> Iterator[str]:
    """Yield what is wrong with the window and each dialog."""
    window, page = studio.window, studio.window.page
    wait_until_still(window)
    if folder is not None:
        window.grab().save(str(folder / "window.png"))
    if not fits(window):
        yield f"window: {window.size()} on {window.screen().availableSize()}"
    offered = find_largest_size(window)
    if float(os.environ["QT_SCALE_FACTOR"]) * 100 <= offered:
        whole = window.centralWidget()
        if whole.horizontalScrollBar().maximum() or whole.verticalScrollBar().maximum():
            yield "the window scrolls as a whole at a size that is offered"
    (bar,) = page.findChildren(OptionsBar)
    for tool in Tool:
        studio.editor.set_tool_settings(tool=tool)
        QTest.qWait(20)
        yield from (
            f"{tool}: '{label.text()}' is cut"
            for label in bar.findChildren(QLabel)
            if label.isVisible() and label.width() < label.minimumSizeHint().width()
        )
    studio.editor.set_tool_settings(tool=Tool.BRUSH)
    parts = {
        "Generate": page.prompt.generate,
        "the zoom": page.status.zoom,
        "a layer's button": page.layers.findChildren(QToolButton)[0],
        "Undo": page.tools.findChildren(QToolButton)[-1],
    }
    yield from (f"{name} is out of reach" for name, one in parts.items() if not is_reachable(one))
    for path in DIALOGS:
        studio.menu(path)
        studio.wait(lambda: any(is_open(one) for one in QApplication.topLevelWidgets()))
        dialog = next(one for one in QApplication.topLevelWidgets() if is_open(one))
        wait_until_still(dialog)
        if folder is not None:
            dialog.grab().save(str(folder / f"{type(dialog).__name__}.png"))
        if not fits(dialog):
            yield f"{path}: {dialog.size()} on {dialog.screen().availableSize()}"
        for button in dialog.findChildren(QPushButton):
            if button.isVisible() and not is_reachable(button):
                yield f"{path}: '{button.text()}' is out of reach"
        dialog.close()
        QTest.qWait(20)


def wait_until_still(widget: QWidget) -> None:
    """Run the event loop until a window has kept its size for a while."""
    size = None
    while size != (size := widget.size()):
        run_event_loop(50)


def is_open(widget: QWidget) -> bool:
    return isinstance(widget, QDialog) and widget.isVisible()


def main() -> None:
    application = QApplication([])
    studio = StudioDriver(StandInEngine(), size=None)
    studio.open(*(resources_folder() / "demo" / f"{name}.jpg" for name in ("coffee", "rocket")))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(json.dumps(list(look(studio, folder))))
    studio.close()
    application.quit()


if __name__ == "__main__":
    main()
