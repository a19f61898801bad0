"""Walk through every window, dialog and menu in one language and list what is wrong with its texts.

`python -m tests.ui.walk LANGUAGE...` prints a line for each text that does not fit, and in Chinese
for each that is still in Latin letters. QT_SCALE_FACTOR sets the size.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QLocale, QRect, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTreeWidget,
    QWidget,
)

from glide_studio.editor.settings import Tool
from glide_studio.ui import dialogs
from glide_studio.ui.command_palette import CommandPalette
from glide_studio.ui.commands import list_commands
from glide_studio.ui.export_dialog import FORMATS, ExportDialog
from glide_studio.ui.guide_menu import GuideDialog
from glide_studio.ui.help_windows import ShortcutSheet
from glide_studio.ui.language import choose_language, list_languages, use_language
from glide_studio.ui.models_dialog import ModelsDialog
from glide_studio.ui.new_dialog import NewDialog
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.preferences_dialog import PreferencesDialog
from glide_studio.ui.size_dialog import CanvasDialog, ExtendDialog, ScaleDialog
from glide_studio.ui.teach_dialog import TeachDialog
from glide_studio.ui.theme import apply_theme
from glide_studio.ui.upscale_dialog import UpscaleDialog
from tests.editor.conftest import photo
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver, delete_now

SIZE = (1024, 700)  # in units of the scale
NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        Alt AVIF BMP CIEDE2000 Ctrl Del EXIF Enter Esc GB GLIDE ICC Ins JPEG Krita Lanczos MB
        OpenRaster PgDown PgUp PNG PySide6 Photoshop PSD Qt RAW RGB Shift TIFF Tab WebP XMP dpi px
        sRGB English photo apple objects safetensors pt pth ckpt bin
        """,
    )
)
"""What is written in Latin letters in every language: names, keys, units, examples of prompts."""
PHRASES = (
    "Glide Studio",
    "GNU Lesser General Public License",
    "Apache License",
    "CC-BY-SA",
    "the apple",
    "a red apple",
    "Alt+Up",
    "Alt+Down",
    "Letter，300",
    "Alt+Left",
    "Alt+Right",
    "Ctrl+Return",
    "Ctrl+Shift+Return",
    "photo.png",
    "teapot",
)

Fault = tuple[str, str, str]
"""(where, widget, text)"""


def find_latin(text: str) -> list[str]:
    """Return the Latin words of a text, but for tags, colors, mnemonics and what is quoted."""
    for phrase in PHRASES:
        text = text.replace(phrase, " ")
    shown = re.sub(r"<[^>]*>|&\w+;|\(&\w\)|#[0-9a-f]{6}|'[^']*'|“[^”]*”", " ", text)
    return [word for word in re.findall(r"\w+", shown) if re.search("[A-Za-z]{2}", word)]


def does_not_fit(widget: QWidget) -> bool:
    """Tell whether a visible widget has too little room for its text."""
    slack = 2
    if isinstance(widget, QLabel):
        text = widget.text()
        if not text or text.endswith("…") or not widget.pixmap().isNull():
            return False
        if widget.wordWrap():
            return widget.heightForWidth(widget.width()) > widget.height() + slack
        if "<" in text:
            document = QTextDocument()
            document.setDefaultFont(widget.font())
            document.setHtml(text)
            return document.idealWidth() > widget.contentsRect().width() + 10
        return widget.fontMetrics().horizontalAdvance(text) > widget.contentsRect().width() + slack
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            widget,
        )
        wanted = widget.fontMetrics().horizontalAdvance(widget.currentText())
        return wanted > field.width() + slack and not widget.toolTip()
    if isinstance(widget, QAbstractButton):
        wanted = widget.sizeHint()
        return bool(widget.text()) and widget.width() + slack < wanted.width()
    if isinstance(widget, QLineEdit):
        wanted = widget.fontMetrics().horizontalAdvance(widget.placeholderText())
        return wanted > widget.contentsRect().width() - 10
    if isinstance(widget, QPlainTextEdit):
        room = widget.viewport().rect().adjusted(4, 4, -4, 0)
        flags = Qt.TextFlag.TextWordWrap
        needed = widget.fontMetrics().boundingRect(
            QRect(0, 0, room.width(), 9999), flags, widget.placeholderText()
        )
        return needed.height() > room.height() + 6 or needed.width() > room.width() + slack
    if isinstance(widget, QListWidget) and widget.property("role") == "choices":
        return widget.sizeHintForColumn(0) > widget.viewport().width() + slack
    return False


def texts_of(widget: QWidget) -> Iterator[str]:
    """Yield everything that a widget says, shown or read aloud."""
    yield widget.toolTip()
    yield widget.accessibleName()
    yield widget.accessibleDescription()
    yield widget.statusTip()
    if widget.isWindow():
        yield widget.windowTitle().replace("[*]", "")
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    if isinstance(widget, QGroupBox | QMenu):
        yield widget.title()
    if isinstance(widget, QComboBox):
        for index in range(widget.count()):
            yield widget.itemText(index)
    if isinstance(widget, QListWidget):
        for index in range(widget.count()):
            yield widget.item(index).text()
    if isinstance(widget, QTreeWidget):
        for index in range(widget.topLevelItemCount()):
            item = widget.topLevelItem(index)
            yield from (item.text(column) for column in range(widget.columnCount()))
    if isinstance(widget, QTabBar):
        for index in range(widget.count()):
            yield widget.tabText(index)
    for action in widget.actions():
        yield action.text().replace("\t", " ")
        yield action.toolTip()


class Walk:
    """Opens one place after the other; `faults` gathers what is wrong."""

    def __init__(self, language: str, folder: Path) -> None:
        self._is_chinese = language == "zh_CN"
        self.faults: list[Fault] = []
        self._folder = folder
        self._names = {*NAMES, *re.findall(r"\w+", str(folder))}

    def run(self) -> None:
        driver = WindowDriver(StandInEngine())
        window, editor = driver.window, driver.editor
        window.resize(*SIZE)
        QTest.qWait(20)
        self.look("welcome", window)
        path = self._folder / "photo.png"
        Image.fromarray(photo(600, 400)).save(path)
        driver.open(path)
        for tool in Tool:
            editor.set_tool_settings(tool=tool)
            QTest.qWait(10)
            self.look(f"tool {tool.value}", window)
        editor.set_tool_settings(tool=Tool.BRUSH)
        editor.selection.select_all()
        QTest.qWait(20)
        window.prompt.placement.header.setChecked(True)
        self.look("painted", window)
        editor.layers.add()
        for kind in ("levels", "curves", "exposure", "white-balance", "saturation"):
            self._add_adjustment(window, kind)
            self.look(f"adjustment {kind}", window)
        editor.selection.select_all()  # what was painted is the first adjustment's mask
        editor.set_generation_settings(prompt="apple")
        editor.generation.generate()
        driver.wait(
            lambda: editor.generation.jobs.results and not editor.generation.jobs.unfinished
        )
        QTest.qWait(50)
        self.look("results", window)
        for command in list_commands(window.menu_bar):
            self._check_text("menus", "QAction", command.path)
            self._check_text("menus", "QAction", command.action.toolTip())
        preferences = Preferences()
        commands = list_commands(window.menu_bar, lasting=True)
        with self._shown(
            PreferencesDialog(window, editor, preferences, commands, lambda: None)
        ) as (dialog):
            for row in range(dialog.sections.count()):
                dialog.sections.setCurrentRow(row)
                self.look(f"preferences {row}", dialog)
        with self._shown(ExportDialog(window, editor, lambda *_: None)) as dialog:
            for index in range(len(FORMATS)):
                dialog.form.setCurrentIndex(index)
                self.look(f"export {FORMATS[index].suffix}", dialog)
        for made in (
            NewDialog(window, lambda *_: None),
            CanvasDialog(window, editor),
            ScaleDialog(window, editor),
            ExtendDialog(window, editor),
            GuideDialog(window, editor),
            ModelsDialog(window, editor, preferences),
            UpscaleDialog(window, editor),
            TeachDialog(window, editor),
            CommandPalette(window, list_commands(window.menu_bar)),
            ShortcutSheet(window, list_commands(window.menu_bar)),
        ):
            with self._shown(made) as dialog:
                self.look(type(made).__name__, dialog)
        self._look_at_questions(window)
        driver.close()

    def look(self, where: str, root: QWidget) -> None:
        """Check all that is visible in a window."""
        QApplication.processEvents()
        for widget in (root, *root.findChildren(QWidget)):
            if not widget.isVisible() or widget.window() is not root.window():
                continue
            for text in texts_of(widget):
                self._check_text(where, type(widget).__name__, text)
            if does_not_fit(widget):
                text = next((one for one in texts_of(widget) if one), "")
                shown = widget.text() if isinstance(widget, QLabel | QAbstractButton) else text
                self.faults.append((where, f"{type(widget).__name__} does not fit", shown))

    def _check_text(self, where: str, name: str, text: str) -> None:
        words = [word for word in find_latin(text) if word not in self._names]
        if self._is_chinese and words:
            self.faults.append((where, f"{name} is not translated: {' '.join(words)}", text))

    @contextmanager
    def _shown(self, dialog: QDialog) -> Iterator[QDialog]:
        dialog.show()
        QTest.qWait(20)
        yield dialog
        dialog.close()
        delete_now(dialog)

    def _add_adjustment(self, window: QWidget, kind: str) -> None:
        found = [
            one
            for one in list_commands(window.menu_bar, lasting=True)
            if "New adjustment" in one.id and one.id.casefold().endswith(kind.replace("-", " "))
        ]
        found[0].action.trigger()
        QTest.qWait(20)

    def _look_at_questions(self, window: QWidget) -> None:
        def nothing() -> None: ...

        for ask in (
            lambda: dialogs.ask_unsaved(window, "photo", nothing, nothing, has_file=False),
            lambda: dialogs.ask_running(window, lambda: ["“an apple”"], nothing),
            lambda: dialogs.ask_seen_result(window, nothing, nothing),
            lambda: dialogs.ask_changed(window, "photo", nothing, nothing),
            lambda: dialogs.ask_replace(window, "the apple", "teapot", True, nothing, nothing),
            lambda: dialogs.ask_replace(window, "the apple", "teapot", False, nothing, nothing),
            lambda: dialogs.show_about(window),
        ):
            ask()
            QTest.qWait(20)
            for box in window.findChildren(QMessageBox):
                self.look("question", box)
                box.close()
                delete_now(box)


def main(codes: list[str]) -> None:
    application = QApplication([])
    for code in codes:
        use_language(application, choose_language(code, list_languages(), QLocale.c()))
        apply_theme(application)
        with tempfile.TemporaryDirectory() as folder:
            walk = Walk(code, Path(folder))
            walk.run()
        told = {(what, text): where for where, what, text in reversed(walk.faults)}
        for (what, text), where in told.items():
            print(code, where, what, text, sep=" | ")


if __name__ == "__main__":
    main(sys.argv[1:])
