"""Unsaved work of a crash stays within reach until all of it is recovered or deleted."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.ui.preferences import MIN_WINDOW
from glide_studio.ui.window import EditorWindow
from tests.editor.standin import StandInEngine
from tests.ui.studio import StudioDriver


def crash(paths: list[Path]) -> None:
    """An editor that painted on each photo and whose process is gone."""
    for path in paths:
        editor = Editor(InlineRunner(StandInEngine))
        editor.files.open(path)
        editor.selection.select_all()
        store = editor.files.autosave.store
        assert store is not None
        store.close(discard=False)


def buttons(page: EditorWindow) -> dict[str, QAbstractButton]:
    """The buttons for unsaved work that a page shows, by what a screen reader says."""
    found = page.welcome.lost.findChildren(QAbstractButton)
    return {one.accessibleName() or one.text(): one for one in found if one.isVisible()}


def click(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_was_not_recovered_yet_is_listed_in_a_new_tab(
    studio: StudioDriver, files: list[Path]
) -> None:
    crash(files)
    window = studio.window
    studio.editor.files.find_recoverable(window.offer)
    studio.wait(lambda: "Recover one" in buttons(window.page))
    click(buttons(window.page)["Recover one"])
    studio.wait(lambda: studio.editor.history is not None)
    assert window.page.notices.text.text() == "Recovered one.png."
    window.add_page()
    studio.wait(lambda: "Recover two" in buttons(window.page))
    assert "Recover one" not in buttons(window.page)
    click(buttons(window.page)["Recover two"])
    studio.wait(lambda: studio.editor.history is not None)
    window.add_page()
    studio.wait(lambda: "Recover large" in buttons(window.page))
    assert "Recover all" not in buttons(window.page), "there is one left"
    click(buttons(window.page)["Delete the unsaved work on large"])
    studio.wait(lambda: "Recover large" not in buttons(window.page))
    assert [page.editor.modified for page in window.pages] == [True, True, False]


def test_all_unsaved_work_is_recovered_at_once_into_tabs(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    more = [tmp_path / f"more {n}.png" for n in range(3)]
    for path in more:
        path.write_bytes(files[0].read_bytes())
    crash([*files, *more])
    window = studio.window
    window.resize(*MIN_WINDOW)
    studio.editor.files.find_recoverable(window.offer)
    studio.wait(lambda: "Recover all" in buttons(window.page))
    QTest.qWait(50)
    assert window.centralWidget().verticalScrollBar().maximum() == 0, "only the list scrolls"
    window.page.welcome.ensureWidgetVisible(buttons(window.page)["Recover all"])
    click(buttons(window.page)["Recover all"])
    studio.wait(lambda: len(window.pages) == 6)
    studio.wait(lambda: all(page.editor.history is not None for page in window.pages))
    names = {page.editor.name for page in window.pages}
    assert names == {path.name for path in (*files, *more)}
    assert all(page.editor.modified for page in window.pages)
    told = "6 works were recovered, each in a tab of its own."
    studio.wait(lambda: window.page.notices.text.text() == told)
    tabs = [window.tabs.tabText(at) for at in range(6)]
    assert sorted(tabs) == sorted(f"● {name} (recovered)" for name in names)
    for at in (*range(1, 6), 0):
        window.tabs.setCurrentIndex(at)
        QTest.qWait(50)
        scroll_bar = window.centralWidget().verticalScrollBar()
        assert scroll_bar.maximum() == 0, "neither the list nor a tab out of view asks for room"
    page = window.page
    project = tmp_path / "kept.glide"
    page.editor.files.save_later(project)
    studio.wait(lambda: not page.editor.modified)
    studio.wait(lambda: window.tabs.tabText(window.pages.index(page)) == "kept.glide")
    window.add_page()
    QTest.qWait(50)
    assert not buttons(window.page)


def test_a_start_with_a_file_tells_of_unsaved_work_on_others_and_leads_to_it(
    studio: StudioDriver, files: list[Path]
) -> None:
    crash(files[:1])
    window, notices = studio.window, studio.window.page.notices
    window.open_first([files[1]])
    studio.wait(lambda: notices.action.isVisible())
    assert studio.editor.name == files[1].name
    assert notices.text.text() == "There is unsaved work from the last time."
    click(notices.action)
    assert not notices.isVisible()
    studio.wait(lambda: "Recover one" in buttons(window.page))
    assert [page.editor.name for page in window.pages] == [files[1].name, ""]


def test_a_start_with_a_file_says_nothing_where_nothing_was_lost(
    studio: StudioDriver, files: list[Path]
) -> None:
    found: list[object] = []
    window = studio.window
    tell, window._tell_lost = window._tell_lost, lambda works: (tell(works), found.append(works))
    window.open_first([files[1]])
    studio.wait(lambda: found == [[]])
    assert window.page.notices.text.text() == f"Opened {files[1].name}."
    window.page.editor.state.notify("Something else.")
    assert not window.page.notices.action.isVisible()
