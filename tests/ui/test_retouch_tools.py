"""Remove, Heal, Clone stamp, Object select and Extend canvas, by mouse, key and menu."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from glide_studio.document.compositing import composite
from glide_studio.editor import canvas_actions, object_actions
from glide_studio.editor.jobs import JobState
from glide_studio.editor.settings import Tool
from glide_studio.imaging import object_selection
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Point, Size
from glide_studio.ui.history_panel import THUMBNAIL_WIDTH_PX, HistoryPanel
from glide_studio.ui.options_bar import OptionsBar
from glide_studio.ui.size_dialog import ExtendDialog
from tests.editor.conftest import encode_photo
from tests.ui.test_menus import bar, labels
from tests.ui.windows import WindowDriver

ALT, LEFT = Qt.KeyboardModifier.AltModifier, Qt.MouseButton.LeftButton


@pytest.fixture
def opened(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    driver.open(photo_file)
    driver.canvas.setFocus()
    driver.editor.set_tool_settings(size=24.0)
    return driver


@pytest.fixture
def small(driver: WindowDriver, tmp_path: Path) -> WindowDriver:
    """A photo of 300 x 200 pixels, which is extended several times within a second."""
    path = tmp_path / "small.png"
    path.write_bytes(encode_photo(300, 200))
    driver.open(path)
    driver.canvas.setFocus()
    return driver


def finish(driver: WindowDriver) -> None:
    driver.wait(lambda: not driver.editor.retouch_work.is_running)


def pixels(driver: WindowDriver) -> np.ndarray:
    return composite(driver.editor.document, driver.editor.document.box)


def test_each_tool_has_a_key_a_button_and_a_tooltip(opened: WindowDriver) -> None:
    for key, tool in (
        ("J", Tool.REMOVE),
        ("K", Tool.HEAL),
        ("S", Tool.CLONE),
        ("A", Tool.OBJECT),
        ("N", Tool.EXTEND),
    ):
        QTest.keyClick(opened.canvas, getattr(Qt.Key, f"Key_{key}"))
        assert opened.editor.tool_settings.tool is tool
        action = opened.window.tools.actions_by_tool[tool]
        menus = {Tool.OBJECT: "Mask/Tools", Tool.EXTEND: "Image/Extend"}
        entry = bar(opened)[f"{menus.get(tool, 'Retouch')}/{action.text()}"]
        assert entry is action
        assert action.isChecked()
        assert f"({key})" in action.toolTip()


def test_the_rim_is_switched_in_the_menu_and_above_the_canvas(opened: WindowDriver) -> None:
    action = bar(opened)["Retouch/Remove with rim and shadow"]
    assert action.isChecked()
    action.trigger()
    assert not opened.editor.tool_settings.takes_rim
    opened.editor.set_tool_settings(takes_rim=True)
    assert action.isChecked()


def test_what_a_tool_was_lacking_is_no_longer_told_at_another_tool(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(tool=Tool.HEAL)
    opened.drag((100, 100))
    notices = opened.window.notices
    assert "Alt-click" in notices.text.text()
    opened.editor.set_tool_settings(hardness=0.5)
    assert notices.isVisible()
    QTest.keyClick(opened.canvas, Qt.Key.Key_J)
    assert not notices.isVisible()


def test_a_stroke_of_remove_is_gone_once_the_button_is_let_go(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(tool=Tool.REMOVE)
    before = pixels(opened)
    opened.drag((200, 150), (220, 160))
    finish(opened)
    assert labels(opened) == ["Remove"]
    after = pixels(opened)
    assert not np.array_equal(after[150:160, 200:220], before[150:160, 200:220])
    assert np.array_equal(after[:120], before[:120])
    QTest.keyClick(opened.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(pixels(opened), before)


def test_escape_drops_a_stroke_of_remove(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(tool=Tool.REMOVE)
    opened.drag((200, 150), (220, 160), release=False)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert not opened.editor.retouch.stroking
    assert labels(opened) == []


@pytest.mark.parametrize(("tool", "label"), [(Tool.CLONE, "Clone"), (Tool.HEAL, "Heal")])
def test_heal_and_clone_take_from_where_alt_was_clicked(
    opened: WindowDriver, tool: Tool, label: str
) -> None:
    opened.editor.set_tool_settings(tool=tool)
    opened.drag((100, 100))
    assert "Alt-click" in opened.window.notices.text.text()
    assert labels(opened) == []
    QTest.mouseClick(opened.canvas, LEFT, ALT, opened.at(300, 200))
    source = opened.editor.retouch.source_point
    assert source is not None
    assert abs(source.x - 300) < 2
    assert opened.canvas._marks().source is not None
    opened.drag((100, 100), (110, 100))
    finish(opened)
    assert labels(opened) == [label]
    offset = opened.editor.retouch.source_offset
    assert offset is not None
    assert abs(offset[0] - 200) < 3


def test_an_object_is_selected_by_a_box_or_by_scribbles(opened: WindowDriver) -> None:
    (options,) = opened.window.findChildren(OptionsBar)
    opened.editor.set_tool_settings(tool=Tool.OBJECT)
    assert options.scribble.isVisible()
    opened.drag((150, 100), (300, 250))
    finish(opened)
    assert labels(opened)[-1:] in (["Object mask"], []), "or nothing there stands out"
    options.scribble.setCurrentIndex(1)
    options.scribble.activated.emit(1)
    assert opened.editor.tool_settings.scribble
    assert options.diameter.isVisible()
    opened.drag((200, 150), (240, 170))
    finish(opened)
    assert labels(opened)[-1] == "Object mask"


def test_the_menu_removes_what_is_painted_and_limits_the_sampling(opened: WindowDriver) -> None:
    menu = bar(opened)
    menu["Retouch/Remove what is painted"].trigger()
    assert "Nothing is painted" in opened.window.notices.text.text()
    opened.editor.selection.rectangle(Point(100, 100), Point(140, 140))
    opened.editor.set_generation_settings(prompt="a dog")
    QTest.keyClick(opened.canvas, Qt.Key.Key_Delete)
    jobs = opened.editor.generation.jobs
    opened.wait(lambda: [job.state for job in jobs.values()] == [JobState.FINISHED])
    assert opened.editor.candidates.is_ready(1), "candidates to choose from, and no dog"
    opened.editor.candidates.accept()
    assert labels(opened)[-1] == "Remove"
    assert not menu["Retouch/Sample from everywhere"].isEnabled()
    opened.editor.selection.rectangle(Point(200, 200), Point(300, 300))
    menu["Retouch/Sample only from the mask"].trigger()
    (options,) = opened.window.findChildren(OptionsBar)
    opened.editor.set_tool_settings(tool=Tool.REMOVE)
    assert options.sampling.text() == "Samples the chosen area only"
    for tool, shown in ((Tool.EXTEND, True), (Tool.HEAL, False), (Tool.REMOVE, True)):
        opened.editor.set_tool_settings(tool=tool)
        assert options.sampling.isVisible() is shown
    assert options.sampling.toolTip() == options.sampling.text()
    menu["Retouch/Sample from everywhere"].trigger()
    assert options.sampling.text() == ""
    assert menu["Retouch/Stop"].isEnabled() is False


def test_edges_are_dragged_outward_and_the_canvas_is_extended(opened: WindowDriver) -> None:
    opened.canvas.view.zoom_to(0.5)
    opened.editor.set_tool_settings(tool=Tool.EXTEND)
    opened.drag((600, 200), (640, 210))
    opened.drag((640, 400), (660, 430))
    opened.drag((0, 200), (50, 200))
    gesture = opened.canvas._gesture
    assert gesture is not None
    assert gesture.margins.left == 0, "an edge does not go inward"
    assert abs(gesture.margins.right - 60) <= 4
    assert abs(gesture.margins.bottom - 30) <= 4
    margins = gesture.margins
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    assert opened.editor.retouch_work.is_running
    assert opened.canvas._gesture is gesture, "the frame stays until the new area is filled"
    opened.drag((0, 200), (-30, 200))
    assert gesture.margins == margins
    finish(opened)
    size = opened.editor.document.size
    assert size == Size(600 + margins.right, 400 + margins.bottom)
    assert labels(opened) == ["Extend canvas"]
    assert pixels(opened)[..., 3].min() == 255
    opened.editor.set_tool_settings(tool=Tool.BRUSH)
    assert opened.canvas._gesture is None


def test_with_the_extend_tool_there_is_room_to_drag_outward(opened: WindowDriver) -> None:
    opened.window.resize(1000, 620)
    opened.canvas.view.fit()
    scale = opened.canvas.view.viewport.scale
    opened.editor.set_tool_settings(tool=Tool.EXTEND)
    box, size = opened.canvas.view.viewport.image_box, opened.canvas.view.viewport.size
    assert min(box.x, size.width - box.right) > 0.1 * min(size.width, size.height)
    opened.editor.set_tool_settings(tool=Tool.BRUSH)
    assert opened.canvas.view.viewport.scale == scale


def test_the_frame_shows_what_the_dialog_extends_by(small: WindowDriver) -> None:
    small.editor.set_tool_settings(tool=Tool.EXTEND)
    small.editor.canvas.extend(Margins(left=30, right=30))
    assert small.canvas._gesture is not None
    assert small.canvas._gesture.outline().boundingRect().width() > 360
    finish(small)
    assert small.editor.document.size == Size(360, 200)
    assert small.editor.retouch_work.extending is None


def test_escape_stops_an_extension_that_runs(opened: WindowDriver) -> None:
    opened.canvas.view.zoom_to(0.5)
    opened.editor.set_tool_settings(tool=Tool.EXTEND)
    opened.drag((600, 200), (640, 210))
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    finish(opened)
    assert labels(opened) == []
    assert opened.canvas._gesture is not None
    assert opened.canvas._gesture.margins.right == 40, "the frame stays, to go on from it"
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    finish(opened)
    assert opened.editor.document.size == Size(640, 400)


def test_escape_puts_dragged_edges_back(opened: WindowDriver) -> None:
    opened.canvas.view.zoom_to(0.5)
    opened.editor.set_tool_settings(tool=Tool.EXTEND)
    opened.drag((600, 200), (640, 210))
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert opened.canvas._gesture is not None
    assert opened.canvas._gesture.margins == Margins()
    assert labels(opened) == []


@pytest.mark.parametrize("by_key", [False, True])
def test_how_far_to_extend_is_asked_if_no_edge_was_dragged(
    opened: WindowDriver, by_key: bool
) -> None:
    opened.canvas.view.zoom_to(0.5)
    opened.editor.set_tool_settings(tool=Tool.EXTEND)
    button = opened.window.findChild(OptionsBar).extend
    if by_key:
        QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    else:
        QTest.mouseClick(button, LEFT)
    (dialog,) = opened.window.findChildren(ExtendDialog)
    dialog.reject()
    dialog.deleteLater()
    QTest.qWait(1)
    opened.drag((600, 200), (640, 210))
    QTest.mouseClick(button, LEFT)
    finish(opened)
    assert not any(one.isVisible() for one in opened.window.findChildren(ExtendDialog))
    assert opened.editor.document.size == Size(640, 400)


def test_another_result_of_an_extension_is_one_press_away(small: WindowDriver) -> None:
    button = small.window.findChild(OptionsBar).extend_again
    entry = bar(small)["Image/Extend/Another result"]
    assert not button.isEnabled()
    assert not entry.isEnabled()
    small.editor.canvas.extend(Margins(left=30, right=30))
    finish(small)
    assert "Another result" in small.window.notices.text.text()
    small.editor.set_tool_settings(tool=Tool.EXTEND)
    first = pixels(small)
    assert entry.isEnabled()
    QTest.mouseClick(button, LEFT)
    assert small.editor.retouch_work.is_running
    assert not button.isEnabled(), "another press would begin anew"
    assert not entry.isEnabled()
    assert small.canvas._gesture is not None
    assert small.canvas._gesture.outline().boundingRect().width() < 400, "nothing is added"
    finish(small)
    second = pixels(small)
    assert second.shape == first.shape
    assert not np.array_equal(second, first)
    assert np.array_equal(second[:, 30:-30], first[:, 30:-30])
    assert labels(small) == ["Extend canvas", "Extend canvas (2)"]
    tree = small.window.findChild(HistoryPanel).tree
    room = tree.columnWidth(0) - THUMBNAIL_WIDTH_PX - 2 * tree.indentation() - 16  # its padding
    width = tree.fontMetrics().horizontalAdvance(tree.currentItem().text(0))
    assert width < room, "the number is not cut off, even on a branch of a branch"
    entry.trigger()
    finish(small)
    assert len(labels(small)) == 3
    small.editor.selection.select_all()
    assert button.isEnabled()
    small.editor.layers.add()
    assert not button.isEnabled()
    assert not entry.isEnabled()
    assert "until a layer is changed" in button.toolTip()


def test_results_of_an_extension_are_chosen_side_by_side(small: WindowDriver) -> None:
    window, editor = small.window, small.editor
    button = window.findChild(OptionsBar).extend_compare
    entry, page = bar(small)["Image/Extend/Results side by side"], window.compare_extensions
    editor.set_tool_settings(tool=Tool.EXTEND)
    editor.canvas.extend(Margins(left=30, right=30))
    finish(small)
    first = editor.timeline.current.id
    assert not button.isEnabled()
    assert not entry.isEnabled()
    assert "once there is another result" in button.toolTip()
    editor.canvas.extend_again()
    finish(small)
    second, picture = editor.timeline.current.id, pixels(small)
    assert entry.isEnabled()
    QTest.mouseClick(button, LEFT)
    assert page.isVisible()
    assert [one.text() for one in page.pictures.values()] == ["1", "2"]
    small.wait(lambda: all(one.has_picture for one in page.pictures.values()))
    one, two = (page.pictures[state].grab().toImage() for state in (first, second))
    assert one != two
    assert page.pictures[second].isChecked()
    QTest.mouseClick(page.pictures[first], LEFT)
    assert editor.timeline.current.id == first
    assert page.pictures[first].isChecked()
    assert page.isVisible(), "to be compared further"
    editor.canvas.extend_again()
    finish(small)
    assert [one.text() for one in page.pictures.values()] == ["1", "2", "3"]
    small.wait(lambda: page.pictures[editor.timeline.current.id].isChecked())
    QTest.keyClick(page.pictures[first], Qt.Key.Key_Left)
    assert editor.timeline.current.id == second
    assert np.array_equal(pixels(small), picture)
    QTest.keyClick(page.focusWidget(), Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert small.canvas.isVisible()
    assert editor.timeline.current.id == second, "what was chosen stays"
    entry.trigger()
    window.results.compare_requested.emit()
    assert not page.isVisible()
    assert not page.pictures, "one comparison at a time"
    entry.trigger()
    assert page.isVisible()
    editor.layers.add()
    assert not page.isVisible(), "it is another picture now"
    assert not button.isEnabled()


def test_with_the_extend_tool_no_notice_covers_the_picture(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(tool=Tool.EXTEND)
    opened.editor.canvas.extend(Margins(left=60))
    finish(opened)
    assert opened.window.findChild(OptionsBar).extend_again.isEnabled()
    assert "Another result" not in opened.window.notices.text.text()


def test_the_extend_dialog_begins_with_the_ratio_used_last(small: WindowDriver) -> None:
    bar(small)["Image/Extend/To an aspect ratio or by pixels…"].trigger()
    (dialog,) = small.window.findChildren(ExtendDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    finish(small)
    size = small.editor.document.size
    assert size.height == 200
    assert size.width / size.height == pytest.approx(16 / 9, abs=0.01)
    second = ExtendDialog(small.window, small.editor)
    assert second.aspect.currentText() == "4:3", "it is 16:9 already"
    assert second.extend.isEnabled()
    second.aspect.setCurrentIndex(second.aspect.findText("Square 1:1"))
    second._follow_aspect()
    second._apply()
    finish(small)
    small.editor.jump(small.editor.timeline.states[0].id)
    third = ExtendDialog(small.window, small.editor)
    assert third.aspect.currentText() == "Square 1:1"
    assert third.margins == Margins(0, 50, 0, 50)


def test_the_extend_dialog_takes_pixels_or_a_shape(
    opened: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_actions, "estimate_slowdown", lambda seconds: 1.0)
    bar(opened)["Image/Extend/To an aspect ratio or by pixels…"].trigger()
    (dialog,) = opened.window.findChildren(ExtendDialog)
    assert dialog.aspect.currentText() == "16:9"
    assert dialog.extend.isEnabled(), "Enter extends at once"
    left, top, right, bottom = dialog.margins
    assert (600 + left + right) / (400 + top + bottom) == pytest.approx(16 / 9, abs=0.01)
    assert re.fullmatch(r"600 × 400 → \d+ × 400 pixels, about \d+ s", dialog._result.text())
    canvas = opened.editor.canvas
    narrow, wide = Margins(0, 0, 10, 0), Margins(0, 0, 160, 0)
    assert canvas.forecast_extension(wide) == pytest.approx(
        4 * canvas.forecast_extension(narrow), rel=0.2
    )
    dialog.aspect.setCurrentIndex(0)
    for side, value in (("left", 0), ("top", 0), ("right", 0), ("bottom", 0)):
        dialog.sides[side].setValue(value)
    assert dialog._result.text() == "600 × 400 → 600 × 400 pixels"
    assert not dialog.extend.isEnabled(), "nothing is added"
    dialog.sides["top"].setValue(20)
    QTest.mouseClick(dialog.extend, LEFT)
    finish(opened)
    assert opened.editor.document.size == Size(600, 420)


def test_where_no_object_stands_out_a_sentence_says_so_and_no_bar_comes(
    opened: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_specks(image: np.ndarray, labels: np.ndarray, *_: object) -> np.ndarray:
        found = np.zeros(labels.shape, np.bool_)
        found[labels.shape[0] // 2, labels.shape[1] // 2] = True
        return found

    monkeypatch.setattr(object_selection, "grab_cut", find_specks)
    opened.editor.set_tool_settings(tool=Tool.OBJECT)
    opened.drag((100, 100), (220, 200))
    finish(opened)
    assert opened.window.notices.text.text().startswith("No object stands out there")
    assert labels(opened) == []
    assert not opened.window.bar.isVisible()


def test_a_search_for_an_object_is_named_and_gone_at_escape(
    opened: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(object_actions, "select_in_box", lambda *_: go_on.wait(60))
    panel, status = opened.window.prompt, opened.window.status
    opened.editor.objects.select_in_box(Point(80, 50), Point(122, 92))
    opened.wait(lambda: panel.cancel.isVisible() and status.working.isVisible())
    assert panel.stage.toolTip() == status.working.text() == "Selecting the object…"
    assert panel.bar.maximum() == 0, "how much is done is not known"
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)  # whose handles nobody has dragged
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert "Cancelled" in opened.window.notices.text.text()
    assert not panel.cancel.isVisible()
    assert not status.working.isVisible()
    go_on.set()
    finish(opened)
    assert labels(opened) == []


@pytest.mark.parametrize("scribbles", [False, True])
def test_escape_ends_the_computing_of_a_search_for_an_object(
    opened: WindowDriver, monkeypatch: pytest.MonkeyPatch, scribbles: bool
) -> None:
    begun, go_on, passes = threading.Event(), threading.Event(), []

    def find_slowly(*arguments: object) -> None:
        passes.append(arguments)
        begun.set()
        go_on.wait(60)

    monkeypatch.setattr(cv2, "grabCut", find_slowly)
    opened.editor.set_tool_settings(tool=Tool.OBJECT, scribble=scribbles)
    opened.drag((80, 50), (122, 92))
    opened.wait(begun.is_set)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    go_on.set()
    finish(opened)
    assert len(passes) == 1
    assert passes[0][5] == 1, "one round, not all of them"
    assert labels(opened) == []
