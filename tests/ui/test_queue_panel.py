"""The queue: several fills at a time, paused, moved and cancelled by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from glide_studio.api.sampling import Sampling
from glide_studio.editor.jobs import JobState
from glide_studio.editor.settings import Tool
from glide_studio.editor.state import Severity
from glide_studio.imaging.geometry import Point
from glide_studio.ui.queue_panel import JobRow, picture_of_mask
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver, send_move

KEY, ALT = Qt.Key, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def busy(driver: WindowDriver, engine: StandInEngine, photo_file: Path) -> WindowDriver:
    """Three fills, the first of which runs for as long as the test."""
    engine.pace = 0.005
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(250, 150), Point(350, 250))
    for prompt in ("a cup", "an apple", "a pear"):
        driver.editor.set_generation_settings(prompt=prompt, sampling=Sampling(steps=1000, count=1))
        QTest.mouseClick(driver.window.prompt.generate, Qt.MouseButton.LeftButton)
    jobs = driver.editor.generation.jobs
    driver.wait(lambda: any(job.state is JobState.RUNNING for job in jobs.values()))
    driver.wait(lambda: len(driver.editor.runner.requests._runs) == 3)
    return driver


def test_the_prompt_panel_stands_still_in_a_low_window_when_a_fill_begins(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.005
    driver.window.resize(1024, 700)
    driver.open(photo_file)
    editor, panel = driver.editor, driver.window.prompt
    editor.runner.start()  # as the program does while it is idle
    driver.wait(lambda: editor.engine is not None)
    editor.selection.rectangle(Point(250, 150), Point(350, 250))
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(steps=1000, count=1))
    driver.wait(lambda: "About" in panel._hint.text())
    QTest.qWait(20)
    place, height = panel.generate.mapTo(driver.window, QPoint()), panel.prompt.height()
    QTest.mouseClick(panel.generate, Qt.MouseButton.LeftButton)
    jobs = editor.generation.jobs
    driver.wait(lambda: any(job.state is JobState.RUNNING for job in jobs.values()))
    QTest.qWait(20)
    assert abs(panel.generate.mapTo(driver.window, QPoint()).y() - place.y()) <= 1
    assert panel.prompt.height() == height
    QTest.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    driver.wait(lambda: any(job.state is JobState.PAUSED for job in jobs.values()))


def prompts(driver: WindowDriver) -> list[str]:
    return [job.request.prompt for job in driver.editor.generation.jobs.unfinished]


def test_the_status_bar_says_what_runs_and_opens_the_queue(busy: WindowDriver) -> None:
    button, queue = busy.window.status.queue, busy.window.queue
    busy.wait(lambda: "Drafting" in button.text())
    assert "2 more" in button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert queue.isVisible()
    assert [row._name.text() for row in queue.rows.values()] == [
        "“a cup”",
        "“an apple”",
        "“a pear”",
    ]
    QTest.keyClick(queue.focusWidget(), KEY.Key_Escape)
    assert not queue.isVisible()
    assert not button.isChecked()


def test_rows_tell_which_part_of_the_mask_they_fill(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.005
    driver.open(photo_file)
    editor = driver.editor
    for x, y in ((20, 20), (280, 180), (540, 340)):
        editor.selection.ellipse(Point(x, y), Point(x + 40, y + 40), mode="union")
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(steps=1000, count=1))
    QTest.mouseClick(driver.window.prompt.generate, Qt.MouseButton.LeftButton)
    QTest.keyClick(driver.window, KEY.Key_F8)
    rows = list(driver.window.queue.rows.values())
    parts = ["part 1 of 3", "part 2 of 3", "part 3 of 3"]
    assert [row.part.text() for row in rows] == parts
    assert [part in row.accessibleName() for part, row in zip(parts, rows, strict=True)] == [
        True
    ] * 3
    QTest.mouseClick(rows[2].up, Qt.MouseButton.LeftButton)
    QTest.keyClick(rows[0], KEY.Key_Delete)
    driver.wait(lambda: len(driver.window.queue.rows) == 2)
    texts = [row.part.text() for row in driver.window.queue.rows.values()]
    assert sorted(texts) == parts[1:], "each keeps its number"


def test_every_button_of_a_row_is_in_view(busy: WindowDriver) -> None:
    QTest.keyClick(busy.window, KEY.Key_F8)
    QTest.qWait(20)
    for row in busy.window.queue.rows.values():
        row.state.setText("Drafting  1000 / 1000  ·  12 min 30 s left")
        QTest.qWait(5)
        assert row.cancel.visibleRegion().boundingRect() == row.cancel.rect()


def test_a_large_mask_is_reduced_before_it_becomes_a_picture() -> None:
    mask = np.zeros((1500, 3000), np.uint8)
    mask[:, 1500:] = 255
    picture = picture_of_mask(mask)
    assert (picture.shape, picture.dtype) == ((256, 512, 3), np.float32)
    assert picture[:, :250].max() == 0
    assert picture[:, 262:].min() == 1
    small = picture_of_mask(mask[:40, 1490:1510])
    assert small.shape == (40, 20, 3)


def test_waiting_jobs_change_places_and_the_running_one_stays(busy: WindowDriver) -> None:
    QTest.keyClick(busy.window, KEY.Key_F8)
    cup, apple, pear = busy.window.queue.rows.values()
    assert not cup.down.isEnabled()
    QTest.mouseClick(pear.up, Qt.MouseButton.LeftButton)
    assert prompts(busy) == ["a cup", "a pear", "an apple"]
    QTest.keyClick(apple, KEY.Key_Up, ALT)
    QTest.keyClick(apple, KEY.Key_Up, ALT)
    assert prompts(busy) == ["a cup", "an apple", "a pear"]
    QTest.keyClick(apple, KEY.Key_Down, ALT)
    QTest.keyClick(cup, KEY.Key_Delete)
    busy.wait(lambda: any(r.prompt == "a pear" for r in busy.engine.requests))
    assert [request.prompt for request in busy.engine.requests] == ["a cup", "a pear"]


def test_a_row_is_dragged_to_another_place(busy: WindowDriver) -> None:
    QTest.keyClick(busy.window, KEY.Key_F8)
    cup, apple, pear = busy.window.queue.rows.values()
    QTest.qWait(20)

    def drag(row: JobRow, over: JobRow) -> None:
        middle = row.rect().center()
        QTest.mousePress(row, Qt.MouseButton.LeftButton, pos=middle)
        send_move(row, row.mapFromGlobal(over.mapToGlobal(middle)), Qt.MouseButton.LeftButton)
        QTest.mouseRelease(row, Qt.MouseButton.LeftButton, pos=middle)
        QTest.qWait(20)

    drag(pear, apple)
    assert prompts(busy) == ["a cup", "a pear", "an apple"]
    drag(pear, apple)
    assert prompts(busy) == ["a cup", "an apple", "a pear"]
    drag(cup, pear)
    assert prompts(busy) == ["a cup", "an apple", "a pear"], "what runs stays"


def test_a_job_is_paused_and_goes_on(busy: WindowDriver, engine: StandInEngine) -> None:
    QTest.mouseClick(busy.window.status.queue, Qt.MouseButton.LeftButton)
    cup = next(iter(busy.window.queue.rows.values()))
    QTest.mouseClick(cup.pause, Qt.MouseButton.LeftButton)
    assert cup.state.text().startswith("Paused")
    assert cup.pause.accessibleName() == "Resume"
    busy.wait(lambda: len(engine.requests) == 2)
    QTest.keyClick(cup, KEY.Key_Space)
    busy.wait(lambda: cup.state.text().startswith("Drafting"))


def test_escape_cancels_what_runs_in_view_once_nothing_is_nearer(busy: WindowDriver) -> None:
    canvas, window = busy.canvas, busy.window

    def escape_ends(count: int, widget: QWidget = canvas) -> None:
        widget.setFocus()
        QTest.keyClick(widget, KEY.Key_Escape)
        busy.wait(lambda: len(prompts(busy)) == count)
        QTest.qWait(20)
        assert len(prompts(busy)) == count

    busy.editor.state.notify("The disk is full.", Severity.ERROR)
    escape_ends(3)
    assert not window.notices.isVisible()
    busy.drag((100, 100), (140, 120), release=False)
    assert canvas.is_gesturing
    escape_ends(3)
    assert not canvas.is_gesturing
    for tool, before, after in (
        (Tool.TRANSFORM, (300, 200), (340, 220)),
        (Tool.CROP, (100, 100), (300, 200)),
        (Tool.EXTEND, (600, 200), (640, 200)),
    ):
        busy.editor.set_tool_settings(tool=tool)
        busy.drag(before, after)
        assert canvas._gesture is not None
        assert canvas._gesture.can_abort
        escape_ends(3)
    busy.editor.set_tool_settings(tool=Tool.BRUSH)
    QTest.keyClick(window, KEY.Key_F8)
    escape_ends(3, window.queue.focusWidget())
    escape_ends(2)
    assert prompts(busy) == ["an apple", "a pear"]
    escape_ends(1, window.prompt.prompt)
    held = QKeyEvent(QEvent.Type.KeyPress, KEY.Key_Escape, Qt.KeyboardModifier(0), "", True)
    QApplication.sendEvent(canvas, held)
    QTest.qWait(20)
    assert prompts(busy) == ["a pear"], "a key that is held ends one thing alone"
    escape_ends(0, window.results.list)


def test_escape_keeps_the_original_before_it_cancels_the_next_fill(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    driver.open(photo_file)
    editor = driver.editor
    editor.selection.rectangle(Point(250, 150), Point(350, 250))
    for steps in (2, 1000):
        editor.set_generation_settings(prompt="a cup", sampling=Sampling(steps=steps, count=1))
        QTest.mouseClick(driver.window.prompt.generate, Qt.MouseButton.LeftButton)
    engine.pace = 0.005
    driver.wait(lambda: editor.candidates.current is not None)
    driver.window.prompt.prompt.setFocus()
    for widget in (driver.window.prompt.prompt, driver.window.results.list):
        widget.setFocus()
        QTest.keyClick(widget, KEY.Key_Escape)
        assert len(prompts(driver)) == 1
    assert editor.candidates.current is None
    QTest.keyClick(driver.canvas, KEY.Key_Escape)
    driver.wait(lambda: not prompts(driver))


def test_cancel_all_empties_and_closes_the_queue(busy: WindowDriver) -> None:
    QTest.mouseClick(busy.window.status.queue, Qt.MouseButton.LeftButton)
    QTest.mouseClick(busy.window.queue.cancel_all, Qt.MouseButton.LeftButton)
    busy.wait(lambda: not busy.editor.generation.jobs.unfinished)
    assert not busy.window.queue.isVisible()
    assert not busy.window.status.queue.isVisible()


def test_the_focus_goes_to_the_next_row_when_one_ends(busy: WindowDriver) -> None:
    QTest.mouseClick(busy.window.status.queue, Qt.MouseButton.LeftButton)
    first, second, _ = busy.window.queue.rows.values()
    first.setFocus()
    QTest.keyClick(first, KEY.Key_Delete)
    busy.wait(lambda: len(busy.window.queue.rows) == 2)
    assert second.hasFocus()


def test_the_focus_goes_to_the_canvas_when_the_queue_closes(busy: WindowDriver) -> None:
    busy.window.results.reveal()
    QTest.mouseClick(busy.window.status.queue, Qt.MouseButton.LeftButton)
    row = next(iter(busy.window.queue.rows.values()))
    assert row.hasFocus()
    QTest.keyClick(row, KEY.Key_Escape)
    assert not busy.window.queue.isVisible()
    assert busy.canvas.hasFocus()
