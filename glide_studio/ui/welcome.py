"""The page in place of the canvas while no photo is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.io.project.recovery import Recoverable, forget, list_deleted, restore
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.file_actions import FileActions, describe_unsaved
from glide_studio.ui.icons import pixmap
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.widgets import make_icon_button, make_label, make_row, thumbnail_pixmap

PICTURE_SIZE = 54, 36  # of unsaved work
MAX_SHOWN = 4  # recent files, and pieces of unsaved work, the latest ones


class Welcome(QScrollArea):
    """A button to open a photo, recent files, and the unsaved work that a crash left behind.

    It scrolls where it has no room, and so never asks the whole window for more.
    """

    def __init__(self, editor: Editor, documents: FileActions, preferences: Preferences) -> None:
        super().__init__()
        self._editor, self._documents = editor, documents
        self._content = content = QFrame()
        content.setObjectName("welcome")
        content.setStyleSheet(f"#welcome {{ background: {theme.PANEL}; }}")
        mark = QLabel()
        mark.setPixmap(pixmap("spark", theme.ACCENT, 56))
        title = QLabel(translate("Welcome", "Open a photo to begin"))
        title.setStyleSheet("font-size: 20px; font-weight: 600;")
        advice = translate(
            "Welcome",
            "or drop one here. Paint over what should change, then describe what should be there.",
        )
        open_button = QPushButton(translate("Welcome", "Open photo…"))
        open_button.setProperty("role", "primary")
        open_button.setAccessibleName(translate("Welcome", "Open photo"))
        open_button.setToolTip(translate("Welcome", "Choose a photo or a project  (Ctrl+O)"))
        open_button.clicked.connect(lambda: documents.open())
        open_button.setAutoDefault(True)  # Return presses it
        self.setFocusProxy(open_button)
        self.sample = QPushButton(translate("Welcome", "Try it on a sample photo"))
        self.sample.setProperty("role", "link")
        self.sample.setToolTip(
            translate("Welcome", "Open a bundled photo, with three hints for the first fill")
        )
        self.lost = QWidget()
        self.lost.setObjectName("lost")
        self.lost.setStyleSheet("#lost { background: transparent; }")
        self._rows = QVBoxLayout(self.lost)
        self._rows.setSpacing(6)
        self.lost.hide()
        column = QVBoxLayout(content)
        column.setSpacing(12)
        column.addStretch(4)
        self.recent = QWidget()
        self.recent.setObjectName("recent")
        self.recent.setStyleSheet("#recent { background: transparent; }")
        self._fill_recent(documents, preferences)
        buttons = (open_button, self.sample)
        for widget in (mark, title, make_label(advice), *buttons, self.recent, self.lost):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(5)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """Allow less height than the content has, and all of its width."""
        width = self._content.minimumSizeHint().width()
        return QSize(width, super().minimumSizeHint().height())

    def _fill_recent(self, documents: FileActions, preferences: Preferences) -> None:
        """List recent files that are still there."""
        paths = [path for path in preferences.recent_files if path.exists()][:MAX_SHOWN]
        column = QVBoxLayout(self.recent)
        column.setSpacing(2)
        self.recent.setVisible(bool(paths))
        column.addWidget(
            make_label(translate("Welcome", "RECENT"), "title"), 0, Qt.AlignmentFlag.AlignHCenter
        )
        for path in paths:
            button = QPushButton(path.name)
            button.setProperty("role", "link")
            button.setAccessibleName(translate("Welcome", "Open {name}").format(name=path.name))
            button.setToolTip(str(path))
            button.clicked.connect(lambda _=False, path=path: documents.open_paths([path]))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)

    def offer(self, found: list[Recoverable]) -> None:
        """Show unsaved work, the latest first, and what was deleted last of such work."""
        deleted = list_deleted(self._editor.files.autosave.folder)
        while (item := self._rows.takeAt(0)) and (widget := item.widget()):
            widget.hide()
            widget.deleteLater()
        self.lost.setVisible(bool(found or deleted))
        if found:
            self._rows.addWidget(
                make_label(translate("Welcome", "UNSAVED WORK"), "title"),
                0,
                Qt.AlignmentFlag.AlignHCenter,
            )
        for one in found[:MAX_SHOWN]:
            self._rows.addWidget(self._row(one))
        if (left := len(found) - MAX_SHOWN) > 0:
            more = translate("Welcome", "%n more once these are recovered or deleted", None, left)
            self._rows.addWidget(make_label(more, "hint"), 0, Qt.AlignmentFlag.AlignHCenter)
        if len(found) > 1:
            every = QPushButton(translate("Welcome", "Recover all"))
            every.setToolTip(translate("Welcome", "Open each in a tab of its own"))
            every.clicked.connect(
                lambda: self._documents.recover_paths([one.path for one in found])
            )
            self._rows.addWidget(every, 0, Qt.AlignmentFlag.AlignHCenter)
        if deleted:
            title, path = deleted[0]
            undo = QPushButton(
                translate("Welcome", "Undo deleting the unsaved work on {deleted}").format(
                    deleted=title
                )
            )
            undo.clicked.connect(lambda: self._undo_delete(path))
            self._rows.addWidget(undo, 0, Qt.AlignmentFlag.AlignHCenter)

    def _row(self, one: Recoverable) -> QWidget:
        row = QFrame()
        row.setObjectName("row")
        row.setStyleSheet(
            f"#row {{ background: {theme.PANEL}; border: 1px solid {theme.BORDER};"
            " border-radius: 8px; }"
        )
        recover = QPushButton(translate("Welcome", "Recover"))
        recover.setAccessibleName(translate("Welcome", "Recover {title}").format(title=one.title))
        recover.setToolTip(translate("Welcome", "Open it as it was"))
        recover.clicked.connect(lambda: self._documents.recover_paths([one.path]))
        line = make_row(row, (6, 6, 6, 6), 14)
        shown = QLabel()
        shown.setFixedSize(*PICTURE_SIZE)
        if one.picture is not None:
            ratio = self.devicePixelRatioF()
            shown.setPixmap(thumbnail_pixmap(one.picture, *PICTURE_SIZE, ratio))
        line.addWidget(shown)
        line.addWidget(QLabel(one.title))
        line.addWidget(make_label(describe_unsaved(one), "hint"), 1)
        line.addWidget(recover)
        line.addWidget(
            make_icon_button(
                "trash",
                translate("Welcome", "Delete the unsaved work on {title}").format(title=one.title),
                lambda: self._forget(one),
            )
        )
        return row

    def _forget(self, one: Recoverable) -> None:
        self._editor.attempt(lambda: forget(one.path))
        self._editor.files.find_recoverable(self.offer)

    def _undo_delete(self, path: Path) -> None:
        self._editor.attempt(lambda: restore(path))
        self._editor.files.find_recoverable(self.offer)
