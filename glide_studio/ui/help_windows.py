"""Help: the overview of shortcuts, the user guide, and the commands of the terminal."""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QProcess, QProcessEnvironment, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QFontDatabase,
    QImage,
    QImageReader,
    QResizeEvent,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from glide_studio.paths import resources_folder
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui import theme
from glide_studio.ui.commands import Command
from glide_studio.ui.widgets import ScreenDialog, make_label, make_row

COLUMNS = 3
HELP_COLUMNS = 96  # characters of a line of the commands' options
HEADING_GAP_PX, PARAGRAPH_GAP_PX = 18, 8  # in the user guide
CHINESE = r"\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"  # characters, in a regular expression
SHEET_SIZE, GUIDE_SIZE = (900, 560), (820, 600)  # in pixels
BEFORE_KEYS = QT_TRANSLATE_NOOP("HelpWindows", "\\  held")
CANVAS_KEYS = (
    (
        QT_TRANSLATE_NOOP("HelpWindows", "Space"),
        QT_TRANSLATE_NOOP("HelpWindows", "Move the view, as the middle button does"),
    ),
    (QT_TRANSLATE_NOOP("HelpWindows", "Wheel"), QT_TRANSLATE_NOOP("HelpWindows", "Zoom")),
    (QT_TRANSLATE_NOOP("HelpWindows", "[  and  ]"), QT_TRANSLATE_NOOP("HelpWindows", "Brush size")),
    (
        BEFORE_KEYS,
        QT_TRANSLATE_NOOP("HelpWindows", "The picture before"),
    ),
    (
        QT_TRANSLATE_NOOP("HelpWindows", "Shift+R and drag"),
        QT_TRANSLATE_NOOP("HelpWindows", "Turn the view"),
    ),
    (
        QT_TRANSLATE_NOOP("HelpWindows", "Ctrl and drag"),
        QT_TRANSLATE_NOOP("HelpWindows", "Move a guide"),
    ),
    (
        "Alt",
        QT_TRANSLATE_NOOP("HelpWindows", "The opposite: erase, paint, subtract"),
    ),
    (
        "Shift",
        QT_TRANSLATE_NOOP("HelpWindows", "Add to the mask; keep a direction or an angle"),
    ),
    ("Enter", QT_TRANSLATE_NOOP("HelpWindows", "Apply a frame, close a polygon")),
    ("Esc", QT_TRANSLATE_NOOP("HelpWindows", "Drop what is being drawn or moved; stop a fill")),
)
"""What keys do on the canvas besides the shortcuts of the menus."""
RESULT_KEYS = (
    ("C", QT_TRANSLATE_NOOP("HelpWindows", "Side by side")),
    ("W", QT_TRANSLATE_NOOP("HelpWindows", "Before and after")),
    ("F", QT_TRANSLATE_NOOP("HelpWindows", "Favorite")),
    ("X", QT_TRANSLATE_NOOP("HelpWindows", "Reject")),
    ("R", QT_TRANSLATE_NOOP("HelpWindows", "One more with another seed")),
    ("L", QT_TRANSLATE_NOOP("HelpWindows", "More like this")),
    ("Enter", QT_TRANSLATE_NOOP("HelpWindows", "Accept")),
    ("Esc", QT_TRANSLATE_NOOP("HelpWindows", "Keep original")),
    (QT_TRANSLATE_NOOP("HelpWindows", "Del"), QT_TRANSLATE_NOOP("HelpWindows", "Delete")),
)
"""What keys do in the strip of results; all but the last two also side by side."""


def show_once(widget: QWidget, kind: type[QDialog], make: Callable[[QWidget], QDialog]) -> None:
    """Show the one window of a kind that the window of `widget` has; make it if there is none."""
    parent = widget.window()
    window = parent.findChild(kind) or make(parent)
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


class ShortcutSheet(ScreenDialog):
    """All shortcuts at a glance, by menu."""

    def __init__(self, parent: QWidget, commands: list[Command]) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("HelpWindows", "Shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups: list[tuple[str, Sequence[tuple[str, str]]]] = [
            (
                translate("HelpWindows", "On the canvas"),
                [(_name_key(keys), translate("HelpWindows", text)) for keys, text in CANVAS_KEYS],
            ),
            (
                translate("HelpWindows", "In the results"),
                [(_name_key(keys), translate("HelpWindows", text)) for keys, text in RESULT_KEYS],
            ),
        ]
        for menu, members in groupby(commands, lambda one: one.menus[0]):
            entries = [(one.keys, one.name) for one in members if one.keys]
            if entries:
                groups.append((menu, entries))
        columns = [QVBoxLayout() for _ in range(COLUMNS)]
        lengths = [0] * COLUMNS
        for title, rows in groups:
            shortest = lengths.index(min(lengths))
            columns[shortest].addWidget(_make_group(title, rows))
            lengths[shortest] += len(rows) + 2
        inner = QWidget()
        line = make_row(inner, (20, 16, 20, 16), 28)
        for column in columns:
            column.setSpacing(18)
            column.addStretch()
            line.addLayout(column, 1)
        area = QScrollArea()
        area.setAccessibleName(translate("HelpWindows", "Shortcuts"))
        area.setWidgetResizable(True)
        area.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        room = self.screen().availableSize()
        self.resize(min(SHEET_SIZE[0], room.width() - 40), min(SHEET_SIZE[1], room.height() - 80))


def _name_key(keys: str) -> str:
    return translate("HelpWindows", keys)


def _make_group(title: str, rows: Sequence[tuple[str, str]]) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(4)
    grid.addWidget(make_label(title.upper(), "title"), 0, 0, 1, 2)
    for row, (keys, name) in enumerate(rows, 1):
        meaning = make_label(name)
        meaning.setWordWrap(True)
        grid.addWidget(meaning, row, 0)
        key = QLabel(keys)
        key.setStyleSheet(f"color: {theme.TEXT}; font-size: 12px;")
        key.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        key.setWordWrap(True)
        grid.addWidget(key, row, 1)
    grid.setColumnStretch(0, 1)
    return box


class GuideWindow(ScreenDialog):
    """The user guide; its links to other pages and to the web open where they belong."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("HelpWindows", "User guide"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.browser = GuideBrowser()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.browser)
        room = self.screen().availableSize()
        self.resize(min(GUIDE_SIZE[0], room.width() - 40), min(GUIDE_SIZE[1], room.height() - 80))


class CommandLineWindow(ScreenDialog):
    """What `glide-studio --help-all` prints: every command, with its options."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("HelpWindows", "Command line"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QPlainTextEdit(translate("HelpWindows", "Asking the commands…"))
        self.text.setAccessibleName(translate("HelpWindows", "Command line"))
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        room = self.screen().availableSize()
        self.resize(min(GUIDE_SIZE[0], room.width() - 40), min(GUIDE_SIZE[1], room.height() - 80))
        self._process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("COLUMNS", str(HELP_COLUMNS))
        environment.insert("PYTHONUTF8", "1")
        self._process.setProcessEnvironment(environment)
        self._process.finished.connect(self._show)
        self._process.errorOccurred.connect(lambda _: self._show())
        self.finished.connect(self._stop)
        self._process.start(sys.executable, ["-m", "glide_studio", "--help-all"])

    def _stop(self) -> None:
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished()

    def _show(self) -> None:
        printed = bytes(self._process.readAllStandardOutput().data()).decode()
        self.text.setPlainText(
            printed
            or translate(
                "HelpWindows",
                "The commands gave no answer; type glide-studio --help in a terminal.",
            )
        )


class GuideBrowser(QTextBrowser):
    """Markdown with pictures as wide as the page, which come one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(translate("HelpWindows", "User guide"))
        self.setOpenLinks(False)
        # One that comes and goes as the page is filled would change its width.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setStyleSheet(
            f"QTextBrowser {{ background: {theme.PANEL}; border: none; padding: 18px 26px; }}"
        )
        self.anchorClicked.connect(self._follow)
        self._path = guide_path()
        # Not while Qt lays out the page for its new width: it ends with a crash.
        self._resized = QTimer(self, singleShot=True, interval=0)
        self._resized.timeout.connect(self._fit)
        self._share = 0.0  # of the guide that lies above what is in view
        self._unread: deque[QUrl] = deque()  # pictures of which only the size is known
        self._reading = QTimer(self, singleShot=True, interval=0)
        self._reading.timeout.connect(self._read_picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum())
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._share = self._share if self._resized.isActive() else share
            self._resized.start()

    def _fit(self) -> None:
        """Draw the pictures as wide as the page is now; the same words stay in view."""
        self._render()
        bar = self.verticalScrollBar()
        bar.setValue(round(self._share * bar.maximum()))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        if kind == QTextDocument.ResourceType.ImageResource.value:
            blank = QImage(self._size_on_page(QUrl(name)), QImage.Format.Format_RGB32)
            blank.fill(QColor(theme.PANEL))
            self._unread.append(QUrl(name))
            self._reading.start()
            return blank
        return super().loadResource(kind, name)

    def _size_on_page(self, name: QUrl) -> QSize:
        size, width = self._reader(name).size(), max(200, self.viewport().width() - 60)
        if size.width() > width:
            return QSize(width, round(size.height() * width / size.width()))
        return size

    def _reader(self, name: QUrl) -> QImageReader:
        return QImageReader(str(self._path.parent / name.toString()))

    def _read_picture(self) -> None:
        """Read one picture; the window answers between two."""
        name = self._unread.popleft()
        reader = self._reader(name)
        # A JPEG is decoded at about this size, which takes far less time.
        reader.setScaledSize(self._size_on_page(name))
        picture = reader.read()
        self.document().addResource(QTextDocument.ResourceType.ImageResource.value, name, picture)
        self.viewport().update()
        if self._unread:
            self._reading.start()

    def _render(self) -> None:
        self._unread.clear()
        self._reading.stop()
        self.document().clear()
        self.setMarkdown(join_lines(self._path.read_text(encoding="utf-8")))
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        block = self.document().begin()
        while block.isValid():
            form = block.blockFormat()
            is_heading = form.headingLevel() > 0
            form.setTopMargin(HEADING_GAP_PX if is_heading else 0)
            form.setBottomMargin(PARAGRAPH_GAP_PX)
            cursor.setPosition(block.position())
            cursor.setBlockFormat(form)
            block = block.next()
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _follow(self, link: QUrl) -> None:
        if link.scheme() in ("http", "https"):
            QDesktopServices.openUrl(link)
        elif link.isRelative():
            target = (self._path.parent / link.path()).resolve()
            if target.suffix == ".md" and target.is_file():
                self._path = target
                self._render()


def guide_path() -> Path:
    """Return where the user guide lies, in the language of the window if there is one."""
    folder = resources_folder() / "docs"
    translated = folder / f"user-guide.{QLocale().name()}.md"
    return translated if translated.is_file() else folder / "user-guide.md"


def join_lines(text: str) -> str:
    """Join the lines of a paragraph between Chinese characters, where a space would be wrong."""
    return re.sub(rf"(?<=[{CHINESE}])\n(?=[{CHINESE}])", "", text)
