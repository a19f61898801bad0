"""Several documents as tabs: opening, closing, dropping, recent files, the next start."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QEnterEvent, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QPushButton

from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.editor.jobs import Job, JobState
from glide_studio.editor.settings import Tool
from glide_studio.editor.state import Severity
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.ui import studio_window, theme
from glide_studio.ui.icons import icon
from glide_studio.ui.layers_panel import LayersPanel
from glide_studio.ui.new_dialog import NewDialog
from glide_studio.ui.notice_bar import DURATIONS_MS
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.shortcuts import PRESETS
from glide_studio.ui.theme_change import change_theme, finish_change
from tests.editor.standin import StandInEngine
from tests.ui.studio import StudioDriver, drop, press

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_each_file_gets_a_tab_and_an_empty_one_is_used_first(
    studio: StudioDriver, files: list[Path]
) -> None:
    assert not studio.window._tab_row.isVisible(), "one document needs no tabs"
    studio.open(*files)
    assert [page.editor.name for page in studio.window.pages] == [path.name for path in files]
    assert studio.window.tabs.isVisible()
    assert studio.window.tabs.tabText(1) == "two.png"
    studio.open(files[0])
    assert len(studio.window.pages) == 3
    assert studio.editor.name == "one.png", "what is open already is shown"
    assert studio.window.windowTitle().startswith("one.png")


@pytest.mark.parametrize("height", [700, 720, 768])
@pytest.mark.parametrize("tabs", [1, 2])
def test_two_layers_and_a_step_are_whole_in_a_small_window(
    studio: StudioDriver, files: list[Path], tabs: int, height: int
) -> None:
    studio.open(*files[:tabs])
    studio.window.resize(1024, height)
    for _ in range(3):
        studio.editor.layers.add()
    QTest.qWait(50)
    page = studio.window.page
    (panel,) = page.findChildren(LayersPanel)
    view = panel._area.viewport()
    for row in panel.rows[:2]:
        assert view.rect().contains(QRect(row.mapTo(view, QPoint(0, 0)), row.size()))
    tree = page.history.tree
    assert tree.viewport().rect().contains(tree.visualItemRect(tree.currentItem()))


def test_a_file_that_was_opened_has_the_keys_of_the_canvas(
    studio: StudioDriver, files: list[Path]
) -> None:
    for path in files[:2]:  # from the first page, then in another tab
        QTest.keyClick(studio.window, Qt.Key.Key_O, CTRL)
        studio.wait(lambda: bool(studio.window.findChildren(QFileDialog)))
        (dialog,) = studio.window.findChildren(QFileDialog)
        dialog.findChild(QLineEdit).setText(str(path))
        dialog.accept()
        studio.wait(lambda path=path: studio.editor.name == path.name)
        studio.wait(studio.window.page.canvas.hasFocus)
        QTest.keyClick(studio.window.focusWidget(), Qt.Key.Key_L)
        assert studio.editor.tool_settings.tool is Tool.LASSO
        QTest.keyPress(studio.window.focusWidget(), Qt.Key.Key_Space)
        assert studio.window.page.canvas.cursor().shape() is Qt.CursorShape.OpenHandCursor
        QTest.keyRelease(studio.window.focusWidget(), Qt.Key.Key_Space)
        QTest.keyClick(studio.window.focusWidget(), Qt.Key.Key_B)


def test_a_file_that_cannot_be_opened_leaves_no_tab(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.open(files[0])
    (tmp_path / "notes.txt").write_text("apples\n")
    studio.window.open_paths([tmp_path / "notes.txt"])
    assert len(studio.window.pages) == 2
    studio.wait(lambda: len(studio.window.pages) == 1)
    assert studio.editor.name == files[0].name
    notices = studio.window.page.notices
    assert notices.isVisible()
    assert "'notes.txt' is not an image" in notices.text.text()
    for kind in ("JPEG", "HEIC", "RAW", "PSD", "OpenRaster", ".glide"):
        assert kind in notices.text.text()


def test_a_file_that_cannot_be_opened_leaves_the_tab_that_was_in_view(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.window.open_paths(files[:2])
    studio.wait(lambda: all(page.editor.history is not None for page in studio.window.pages))
    studio.window.tabs.setCurrentIndex(0)
    (tmp_path / "notes.txt").write_text("apples\n")
    studio.window.open_paths([tmp_path / "notes.txt"])
    studio.wait(lambda: len(studio.window.pages) == 2)
    assert studio.editor.name == files[0].name
    assert studio.window.page.notices.isVisible()


def test_a_tab_notices_a_project_that_changed_while_another_window_was_active(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.open(files[0])
    studio.editor.files.save(tmp_path / "a.glide")
    studio.editor.selection.select_all()
    studio.editor.show_before(True)
    page, before = studio.window.page, studio.editor.shown
    QApplication.sendEvent(studio.window, QEvent(QEvent.Type.WindowDeactivate))
    assert studio.editor.shown is not before, "the key may be let go elsewhere"
    (tmp_path / "a.glide").write_bytes(b"of another program")
    QApplication.sendEvent(studio.window, QEvent(QEvent.Type.WindowActivate))
    studio.wait(lambda: "changed by another program" in page.notices.text.text())
    assert page.notices.isVisible()


def test_the_desktop_tells_the_end_of_a_long_job_once_and_only_in_the_background(
    studio: StudioDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >>"{told}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    jobs, active = studio.editor.generation.jobs, [False]
    monkeypatch.setattr(studio.window, "isActiveWindow", lambda: active[0])

    def end(prompt: str, seconds: float, state: JobState = JobState.FINISHED) -> None:
        job = Job(Request("fill", prompt, Box(0, 0, 8, 8)), np.ones((8, 8), np.uint8))
        jobs.put(job)
        ended = replace(job, state=state, seconds=seconds)
        jobs.put(ended)
        jobs.put(ended)

    end("quick", 2.0)
    end("failed", 60.0, JobState.FAILED)
    active[0] = True
    end("seen", 60.0)
    active[0] = False
    stored = Job(Request("fill", "old", Box(0, 0, 8, 8)), None, state=JobState.FINISHED, seconds=60)
    jobs.put(stored)
    end("-t; an apple", 60.0)
    studio.wait(told.exists)
    studio.wait(lambda: told.read_text().endswith("ready.|"))
    *options, last = told.read_text().rstrip("|").split("|--|")
    assert len(options) == 1, "one message"
    assert last == "Glide Studio|The results for “-t; an apple” are ready."


def test_an_edit_marks_its_tab_alone_and_tools_go_along(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files[:2])
    QTest.keyClick(studio.window.page.canvas, Qt.Key.Key_L)
    studio.editor.selection.select_all()
    assert studio.window.tabs.tabText(1) == "● two.png"
    assert studio.window.tabs.tabText(0) == "one.png"
    QTest.keyClick(studio.window.page.canvas, Qt.Key.Key_Tab, CTRL)
    assert studio.editor.name == "one.png"
    assert studio.editor.tool_settings.tool is Tool.LASSO
    assert not studio.editor.modified
    QTest.keyClick(studio.window.page.canvas, Qt.Key.Key_Z, CTRL)
    assert studio.window.pages[1].editor.modified, "undo is of the tab in front"


def test_a_tab_is_closed_after_the_question(studio: StudioDriver, files: list[Path]) -> None:
    studio.open(*files[:2])
    studio.editor.selection.select_all()
    QTest.keyClick(studio.window.page.canvas, Qt.Key.Key_W, CTRL)
    press(studio.box(), "Cancel")
    assert len(studio.window.pages) == 2
    QTest.keyClick(studio.window.page.canvas, Qt.Key.Key_W, CTRL)
    press(studio.box(), "Don’t save")
    studio.wait(lambda: len(studio.window.pages) == 1)
    assert studio.editor.name == "one.png"
    studio.menu("File/Close")
    assert studio.window.page.is_empty
    assert studio.window.isVisible()


def edit_all(studio: StudioDriver, count: int) -> list[bool]:
    """Edit the first tabs; returns a list that gets an item once the window has closed."""
    closed: list[bool] = []
    studio.window.closed.connect(lambda: closed.append(True))
    for page in studio.window.pages[:count]:
        page.editor.selection.select_all()
    return closed


def test_closing_the_window_asks_once_about_all_changed_documents(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files)
    closed = edit_all(studio, 2)
    studio.window.close()
    box = studio.box()
    assert "2 documents" in box.text()
    assert "“one.png”" in box.informativeText()
    assert "“two.png”" in box.informativeText()
    assert "large" not in box.informativeText()
    press(box, "Cancel")
    assert not closed
    studio.window.close()
    press(studio.box(), "Don’t save any")
    assert closed == [True]


def test_closing_the_window_can_ask_for_each_changed_document(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files)
    closed = edit_all(studio, 2)
    for last in ("Cancel", "Don’t save"):
        studio.window.close()
        press(studio.box(), "Review each…")
        studio.wait(lambda: studio.editor.name == "one.png")
        press(studio.box(), "Don’t save")
        studio.wait(lambda: studio.editor.name == "two.png")
        assert not closed
        press(studio.box(), last)
    assert closed == [True]


def test_closing_the_window_saves_all_changed_documents(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.open(*files)
    for page in studio.window.pages:
        page.editor.files.save(tmp_path / f"{page.editor.name}.glide")
    closed = edit_all(studio, 3)
    studio.window.close()
    press(studio.box(), "Save all")
    studio.wait(lambda: bool(closed))
    assert not any(page.editor.modified for page in studio.window.pages)


def test_a_window_with_one_changed_document_asks_about_that(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files)
    closed = edit_all(studio, 1)
    studio.window.close()
    assert "“one.png”" in studio.box().text()
    press(studio.box(), "Don’t save")
    assert closed == [True]


def test_the_next_start_opens_what_was_open(studio: StudioDriver, files: list[Path]) -> None:
    studio.open(*files[:2])
    studio.window.close()
    assert Preferences().open_files == files[:2]
    other = StudioDriver(StandInEngine())
    other.window.offer([])
    other.wait(lambda: [page.editor.name for page in other.window.pages] == ["one.png", "two.png"])
    assert other.editor.name == "two.png", "which was in view"
    other.window.tabs.setCurrentIndex(0)
    other.window.close()
    other.close()
    other = StudioDriver(StandInEngine())
    other.window.offer([])
    other.wait(lambda: len(other.window.pages) == 2)
    other.wait(lambda: other.editor.name == "one.png")
    other.close()
    files[1].unlink()
    other = StudioDriver(StandInEngine())
    other.window.offer([])
    other.wait(lambda: other.editor.name == "one.png")
    assert len(other.window.pages) == 1
    other.close()
    Preferences().reopens_files = False
    third = StudioDriver(StandInEngine())
    third.window.offer([])
    assert third.window.page.is_empty
    third.close()


def test_keys_are_of_the_tab_in_view_beside_restored_ones_that_nobody_looked_at(
    studio: StudioDriver, files: list[Path]
) -> None:
    window = studio.window
    Preferences().open_files = files[:2]
    Preferences().shortcuts = dict(PRESETS["Photoshop"])
    window._use_preferences()
    (first,) = window.pages
    first.is_reserved = True  # it lists unsaved work
    window.restore_session()
    first.is_reserved = False
    studio.wait(lambda: [page.editor.name for page in window.pages[1:]] == ["one.png", "two.png"])
    first.load(files[2])
    studio.wait(lambda: studio.editor.name == "large.png")
    keys = ((Qt.Key.Key_C, Tool.CROP), (Qt.Key.Key_B, Tool.PAINT), (Qt.Key.Key_V, Tool.TRANSFORM))
    for key, tool in keys:
        QTest.keyClick(first.canvas, key)
        assert studio.editor.tool_settings.tool is tool
    QTest.keyClick(first.canvas, Qt.Key.Key_B)
    QTest.keyClick(first.canvas, Qt.Key.Key_T, CTRL)
    assert studio.editor.tool_settings.tool is Tool.TRANSFORM
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    QTest.keyClick(first.canvas, Qt.Key.Key_Q, CTRL)
    assert closed == [True]


def way_to(studio: StudioDriver, zone: str) -> tuple[QPoint, QPoint, QPoint]:
    """Where a drag goes that ends on a field: over the menus, over the canvas, on the field."""
    zones, window = studio.window.page.drop_zones, studio.window
    canvas = studio.window.page.canvas
    zones.offer()  # lays out the fields
    end = getattr(zones, zone).geometry().center()
    zones.hide()
    middle = canvas.mapTo(window, canvas.rect().center())
    return QPoint(20, 5), middle, zones.mapTo(window, end)


def test_the_fields_stay_while_files_are_dragged_over_them(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(files[0])
    zones, seen = studio.window.page.drop_zones, list[bool]()
    hover = zones.hover

    def note(place: QPoint) -> None:
        seen.append(zones.isVisible())
        hover(place)

    zones.hover = note  # type: ignore[method-assign]
    middle, end = way_to(studio, "mask_zone")[1:]
    drop(studio.window, [files[1]], middle, middle + QPoint(5, 0), middle + QPoint(9, 3), end)
    assert seen == [True] * 8
    assert not zones.isVisible()


def test_files_are_dropped_on_the_tabs_and_on_the_prompt(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.open(*files[:2])
    Image.new("RGB", (40, 30), "red").save(tmp_path / "card.png")
    tabs = studio.window.tabs
    drop(studio.window, [files[2]], tabs.mapTo(studio.window, tabs.rect().center()))
    studio.wait(lambda: studio.editor.name == "large.png")
    prompt = studio.window.page.prompt.prompt
    drop(
        studio.window,
        [tmp_path / "card.png"],
        prompt.mapTo(studio.window, prompt.rect().center()),
    )
    studio.wait(lambda: studio.editor.name == "card.png")
    assert prompt.toPlainText() == ""


def test_a_dropped_layer_lies_wholly_on_the_canvas(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.open(files[0])
    Image.new("RGB", (40, 30), "red").save(tmp_path / "card.png")
    page = studio.window.page
    corner = page.canvas.view.widget_point(Point(4, 3)).toPoint()
    page.drop_zones.offer()
    page.drop_zones.drop([tmp_path / "card.png"], corner)
    studio.wait(lambda: len(page.editor.document.layers) == 2)
    raster = page.editor.document.layers[1].raster
    assert raster is not None
    assert raster.content_box() == Box(0, 0, 40, 30)


def test_a_picture_is_dropped_as_the_mask(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.open(files[0])
    page = studio.window.page
    mask = Image.new("L", (300, 200))
    mask.paste(255, (40, 50, 90, 100))
    mask.save(tmp_path / "mask.png")
    place = Box(40, 50, 50, 50)
    for path in (tmp_path / "mask.png", files[2]):
        drop(studio.window, [path], *way_to(studio, "mask_zone"))
        studio.wait(lambda: page.editor.document.selection.content_box() == place)
    # one of another size is refused in a sentence
    studio.wait(lambda: "300" in page.notices.text.text())


def test_recent_files_are_in_the_menu_and_on_the_first_page(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(files[0])
    studio.open(files[1])
    assert Preferences().recent_files == [files[1], files[0]]
    studio.window.add_page()
    buttons = studio.window.page.welcome.recent.findChildren(QPushButton)
    assert [one.text() for one in buttons] == ["two.png", "one.png"]
    for page in list(studio.window.pages):
        studio.window.close_page(page)
    studio.menu("File/Open recent/2  one.png")
    studio.wait(lambda: studio.editor.name == "one.png")
    studio.menu("File/Open recent/Clear this list")
    assert Preferences().recent_files == []


def test_files_are_dropped_as_layers_or_opened_in_tabs(
    studio: StudioDriver, files: list[Path]
) -> None:
    drop(studio.window, files[:2], QPoint(600, 400))
    studio.wait(
        lambda: [page.editor.name for page in studio.window.pages] == ["one.png", "two.png"]
    )
    page = studio.window.page
    drop(studio.window, [files[2]], *way_to(studio, "layer_zone"))
    studio.wait(lambda: len(page.editor.document.layers) == 2)
    layer = page.editor.document.layers[1]
    assert layer.name == "large"
    assert layer.raster is not None
    assert layer.raster.content_box().width == page.editor.document.size.width, "scaled to fit"
    drop(studio.window, [files[2]], *way_to(studio, "open_zone"))
    studio.wait(lambda: studio.editor.name == "large.png")
    assert len(studio.window.pages) == 3


def test_an_empty_picture_is_made_in_a_tab_of_its_own(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(files[0])
    studio.menu("File/New…")
    (dialog,) = studio.window.findChildren(NewDialog)
    dialog.width_.setValue(320)
    dialog.height_.setValue(240)
    dialog.accept()
    studio.wait(lambda: len(studio.window.pages) == 2)
    assert studio.editor.document.size == Size(320, 240)
    assert studio.editor.document.layers[0].raster is not None
    assert np.all(studio.editor.document.layers[0].raster.read(studio.editor.document.box) == 255)
    assert studio.window.tabs.tabText(1) == "untitled"


def test_revert_goes_back_to_the_saved_state_and_can_be_undone(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(files[0])
    editor = studio.editor
    editor.selection.rectangle(Point(5, 5), Point(50, 50))
    editor.layers.add()
    edited = editor.document
    studio.menu("File/Revert to saved")
    assert not editor.modified
    assert len(editor.document.layers) == 1
    editor.redo()
    editor.redo()
    assert editor.document is edited


def test_a_dragged_tab_takes_its_page_along(studio: StudioDriver, files: list[Path]) -> None:
    studio.open(*files)
    studio.window.tabs.moveTab(0, 2)
    names = [page.editor.name for page in studio.window.pages]
    assert names == ["two.png", "large.png", "one.png"]
    for at, name in enumerate(names):
        studio.window.tabs.setCurrentIndex(at)
        assert studio.editor.name == name
        assert studio.window._stack.currentWidget() is studio.window.page


def test_one_engine_serves_all_tabs_and_closing_one_leaves_it(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files[:2])
    for page in studio.window.pages:
        page.editor.runner.start()
    studio.wait(lambda: studio.runner.outcome is not None)
    assert all(page.editor.engine is studio.runner.base.engine for page in studio.window.pages)
    first, second = studio.window.pages
    for page in (first, second):
        page.editor.selection.rectangle(Point(20, 20), Point(80, 80))
        page.editor.set_generation_settings(prompt="an apple")
        page.editor.generation.generate()
    studio.window._remove(second)
    studio.wait(lambda: first.editor.candidates.current is not None)
    first.editor.candidates.accept()
    assert len(first.editor.document.layers) == 2


def test_the_brush_of_each_tab_keeps_its_own_size(studio: StudioDriver, files: list[Path]) -> None:
    studio.open(files[0])
    first = studio.window.page
    studio.editor.set_tool_settings(size=120.0, hardness=0.3)
    studio.open(files[2])
    assert studio.window.page is not first
    tools = studio.editor.tool_settings
    assert tools.size == 45, "a twentieth of the new picture"
    assert tools.hardness == 0.3, "all else goes along"
    studio.editor.set_tool_settings(size=9.0, color="#ff0000")
    studio.window.tabs.setCurrentIndex(0)
    assert studio.window.page is first
    tools = studio.editor.tool_settings
    assert (tools.size, tools.color) == (120, "#ff0000")
    studio.window.tabs.setCurrentIndex(1)
    assert studio.editor.tool_settings.size == 9


def test_results_out_of_view_mark_their_tab_until_it_is_looked_at(
    studio: StudioDriver, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(studio_window, "announce", lambda widget, text: said.append(text))
    studio.open(*files[:2])
    first, second = studio.window.pages
    tabs = studio.window.tabs
    for page in (first, second):
        page.editor.selection.rectangle(Point(20, 20), Point(80, 80))
        page.editor.set_generation_settings(prompt="an apple")
        page.editor.generation.generate()
    assert studio.window.page is second
    studio.wait(
        lambda: all(page.editor.candidates.current is not None for page in studio.window.pages)
    )
    assert not tabs.tabIcon(0).isNull()
    assert tabs.tabToolTip(0) == f"Results are ready\n{files[0]}"
    assert tabs.accessibleTabName(0) == "one.png: results are ready"
    assert tabs.tabIcon(1).isNull(), "that tab is in view"
    assert said == ["one.png: results are ready"]
    dark = tabs.tabIcon(0).cacheKey()
    change_theme(QApplication.instance(), True, "Blue")
    finish_change()
    assert tabs.tabIcon(0).cacheKey() != dark, "it follows the theme"
    change_theme(QApplication.instance(), False, "Blue")
    tabs.setCurrentIndex(0)
    assert tabs.tabIcon(0).isNull()
    assert tabs.tabToolTip(0) == str(files[0])
    assert not tabs.accessibleTabName(0)


def test_work_out_of_view_marks_its_tab_until_it_has_ended(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files[:2])
    (first, _), tabs = studio.window.pages, studio.window.tabs
    tabs.setCurrentIndex(0)
    work, gate = first.editor.retouch_work, threading.Event()
    for ends in (True, False):
        gate.clear()
        work.run(lambda _: gate.wait(60), lambda _: None, Margins(left=10))
        assert tabs.tabIcon(0).isNull(), "in view, the panel tells of it"
        tabs.setCurrentIndex(1)
        busy = tabs.tabIcon(0).cacheKey()
        assert busy == icon("busy", theme.SECONDARY).cacheKey()
        assert tabs.accessibleTabName(0) == "one.png: something is being made"
        work.report(0.4)
        place = tabs.tabRect(0).center()
        QApplication.sendEvent(
            tabs, QHelpEvent(QEvent.Type.ToolTip, place, tabs.mapToGlobal(place))
        )
        assert tabs.tabToolTip(0) == f"Extending the canvas  40%\n{files[0]}"
        if not ends:
            work.cancel()
        gate.set()
        studio.wait(lambda: not work.is_running)
        assert tabs.tabIcon(0).isNull() is not ends
        assert tabs.tabToolTip(0).startswith("Results are ready") is ends
        tabs.setCurrentIndex(0)
        assert tabs.tabIcon(0).isNull()
    first.editor.selection.rectangle(Point(20, 20), Point(80, 80))
    first.editor.set_generation_settings(prompt="an apple")
    first.editor.generation.generate()
    tabs.setCurrentIndex(1)
    assert tabs.tabIcon(0).cacheKey() == busy
    assert tabs.tabToolTip(0).startswith("“an apple”: Waiting for the model")
    studio.wait(lambda: tabs.tabToolTip(0).startswith("Results are ready"))
    assert tabs.tabIcon(0).cacheKey() == icon("spark", theme.ACCENT).cacheKey()


def test_several_files_that_cannot_be_opened_are_told_together(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    broken = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in broken:
        path.write_text("not an image")
    studio.window.open_paths([broken[0], files[0], broken[1], files[1]])
    text = "These files could not be read: a.png, b.png."
    studio.wait(lambda: studio.window.page.notices.text.text().startswith(text))
    studio.window.open_paths([broken[1], files[2]])
    studio.wait(lambda: studio.editor.name == files[2].name)
    studio.wait(lambda: studio.window.page.notices.text.text().startswith("'b.png' is not"))


def test_a_notice_under_the_mouse_goes_in_time_though_its_tab_was_left_by_a_key(
    studio: StudioDriver, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.open(*files[:2])
    page, tabs = studio.window.page, studio.window.tabs
    monkeypatch.setitem(DURATIONS_MS, Severity.ERROR, 50)
    page.editor.state.notify("That cannot be done.", Severity.ERROR)
    middle = QPointF(page.notices.rect().center())
    QApplication.sendEvent(page.notices, QEnterEvent(middle, middle, middle))
    QTest.qWait(80)
    assert page.notices.isVisible(), "the mouse is on it"
    tabs.setCurrentIndex(0)
    QTest.qWait(80)
    tabs.setCurrentIndex(1)
    assert not page.notices.isVisible()


def test_a_red_notice_of_a_tool_goes_though_another_was_chosen_in_another_tab(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files[:2])
    page, tabs = studio.window.page, studio.window.tabs
    page.editor.set_tool_settings(tool=Tool.CLONE)
    page.editor.state.notify("The source lies outside of the picture.", Severity.ERROR)
    tabs.setCurrentIndex(0)
    studio.editor.set_tool_settings(tool=Tool.EXTEND)
    tabs.setCurrentIndex(1)
    assert not page.notices.isVisible()


def test_the_status_bar_and_f8_tell_of_work_in_another_tab(
    studio: StudioDriver, engine: StandInEngine, files: list[Path]
) -> None:
    engine.pace = 0.02
    studio.open(*files[:2])
    (first, second), tabs = studio.window.pages, studio.window.tabs
    first.editor.selection.rectangle(Point(20, 20), Point(80, 80))
    first.editor.set_generation_settings(prompt="an apple", sampling=Sampling(count=1, steps=500))
    first.editor.generation.generate()
    tabs.setCurrentIndex(1)
    button = second.status.queue
    assert button.isVisible()
    assert button.text().startswith("one.png: ")
    before = button.text()
    studio.wait(lambda: button.text() != before)
    QTest.keyClick(studio.window.windowHandle(), Qt.Key.Key_F8)
    assert second.notices.isVisible()
    assert "Another tab is at work: one.png: " in second.notices.text.text()
    assert not second.queue.isVisible()
    first.editor.generation.cancel_all()
    studio.wait(button.isHidden)
    QTest.keyClick(studio.window.windowHandle(), Qt.Key.Key_F8)
    assert second.notices.text.text() == "Nothing is being made."
    tabs.setCurrentIndex(0)
    assert not first.status.queue.isVisible()


def test_the_question_about_unsaved_work_says_if_a_file_will_be_asked_for(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    def verb(word: str) -> str:
        box = studio.box()
        (found,) = [
            one.text() for one in box.findChildren(QPushButton) if one.text().startswith(word)
        ]
        press(box, "Cancel")
        studio.wait(lambda: not studio.window.findChildren(QMessageBox))
        return found

    studio.open(*files[:2])
    first, second = studio.window.pages
    edit_all(studio, 2)
    studio.window.close_page(second)
    assert verb("Save") == "Save…"
    studio.window.close()
    assert verb("Save") == "Save all…"
    second.editor.files.save(tmp_path / "two.glide")
    second.editor.selection.clear()
    studio.window.close_page(second)
    assert verb("Save") == "Save"
    studio.window.close()
    assert verb("Save") == "Save all…", "one of them has no file yet"
    first.editor.files.save(tmp_path / "one.glide")
    first.editor.selection.clear()
    studio.window.close()
    assert verb("Save") == "Save all"
