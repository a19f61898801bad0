"""After a crash: the next start offers what was not saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton

from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver


def crash(photo_file: Path) -> None:
    """A session that painted and whose process is gone."""
    session = Editor(InlineRunner(StandInEngine))
    session.files.open(photo_file)
    session.selection.select_all()
    store = session.files.autosave.store
    assert store is not None
    store.close(discard=False)


def named(editor: WindowDriver, name: str) -> QAbstractButton:
    buttons = editor.window.welcome.findChildren(QAbstractButton)
    return next(one for one in buttons if one.accessibleName() == name)


def test_a_user_takes_up_the_work_of_a_crashed_session(
    editor: WindowDriver, photo_file: Path
) -> None:
    crash(photo_file)
    editor.session.files.find_recoverable(editor.window.welcome.offer)
    editor.wait(editor.window.welcome.lost.isVisible)
    QTest.mouseClick(named(editor, "Recover holiday"), Qt.MouseButton.LeftButton)
    editor.wait(lambda: editor.session.history is not None)
    assert editor.session.document.selection.content_box() == editor.session.document.box
    assert editor.window.isWindowModified()


def test_a_user_throws_lost_work_away(editor: WindowDriver, photo_file: Path) -> None:
    crash(photo_file)
    editor.session.files.find_recoverable(editor.window.welcome.offer)
    editor.wait(editor.window.welcome.lost.isVisible)
    QTest.mouseClick(named(editor, "Delete the unsaved work on holiday"), Qt.MouseButton.LeftButton)
    undo = "Undo deleting the unsaved work on holiday"
    editor.wait(lambda: undo in labels(editor))
    assert editor.session.files.recoverable() == []
    button = next(one for one in editor.window.findChildren(QPushButton) if one.text() == undo)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    editor.wait(lambda: len(editor.session.files.recoverable()) == 1)


def labels(editor: Editor) -> list[str]:
    return [one.text() for one in editor.window.findChildren(QPushButton) if one.isVisible()]
