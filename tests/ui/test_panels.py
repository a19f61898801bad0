"""Panels draw the editor's state and call its verbs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QShowEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QMessageBox,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from glide_studio.api.engine_protocol import Forecast
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.editor.fill_requests import Preflight
from glide_studio.editor.jobs import Job, JobState
from glide_studio.editor.settings import Tool
from glide_studio.editor.state import Severity
from glide_studio.imaging.blending.result_checks import UnchangedReport
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Box, Point
from glide_studio.ui import icons
from glide_studio.ui.dialogs import show_about
from glide_studio.ui.options_bar import SIZE_STEPS, size_to_slider, slider_to_size
from glide_studio.ui.preferences import PANEL_WIDTHS, Preferences
from glide_studio.ui.prompt_panel import (
    MAX_SEED,
    describe_job,
    describe_preflight,
    describe_remaining,
)
from glide_studio.ui.status_bar import describe_check
from glide_studio.ui.widgets import ScrolledPanel
from glide_studio.ui.window import Columns
from tests.ui.windows import WindowDriver


def turn_wheel(widget: QWidget) -> None:
    """Turn the mouse wheel down by a notch over the middle of a widget."""
    place = widget.rect().center()
    event = QWheelEvent(
        QPointF(place),
        QPointF(widget.mapToGlobal(place)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("step", [0, 1, 57, SIZE_STEPS])
def test_the_size_slider_goes_there_and_back(step: int) -> None:
    assert size_to_slider(slider_to_size(step)) == step


def test_every_icon_can_be_drawn(qapp: object) -> None:
    for name in icons.PATHS:
        image = icons.pixmap(name, "#ffffff").toImage()
        drawn = sum(image.pixelColor(x, y).alpha() > 0 for x in range(40) for y in range(40))
        assert drawn > 20, name


def test_every_button_has_a_name_and_a_tooltip(driver: WindowDriver) -> None:
    hidden_by_qt = ("qt_", "QTabBar")
    for button in driver.window.findChildren(QAbstractButton):
        if button.objectName().startswith(hidden_by_qt):
            continue
        assert button.accessibleName() or button.text(), button
        assert button.toolTip() or button.text(), button


def test_inputs_have_names(driver: WindowDriver) -> None:
    panel = driver.window.prompt
    named: tuple[QWidget, ...] = (
        panel.prompt,
        panel.negative,
        panel.model,
        panel.count,
        panel.steps,
        panel.seed,
        panel.guidance,
        panel.bar,
        driver.canvas,
        driver.window.history.tree,
    )
    assert all(widget.accessibleName() for widget in named)


def test_the_recipe_follows_the_panel_and_the_panel_the_recipe(driver: WindowDriver) -> None:
    panel, editor = driver.window.prompt, driver.editor
    QTest.keyClicks(panel.negative, "blurry")
    panel.guidance.setValue(4.5)
    panel.new_seed.setChecked(False)
    panel.seed.setValue(77)
    recipe = editor.generation_settings
    assert (recipe.negative, recipe.sampling.guidance, recipe.sampling.seed) == ("blurry", 4.5, 77)
    assert not recipe.new_seed
    editor.set_generation_settings(prompt="a cup", new_seed=True)
    assert panel.prompt.toPlainText() == "a cup"
    assert not panel.seed.isEnabled()


def test_the_line_below_generate_is_never_empty_in_a_photo(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    hint = driver.window.prompt._hint
    driver.wait(lambda: hint.text() == "Paint over what should change.")
    driver.editor.selection.rectangle(Point(0, 0), Point(60, 40))
    driver.wait(lambda: "About" in hint.text())


@pytest.mark.parametrize("height", [640, 700, 777, 800, 860, 900])
def test_the_history_shows_whole_rows(driver: WindowDriver, photo_file: Path, height: int) -> None:
    driver.open(photo_file)
    driver.window.resize(1200, height)
    for left in range(12):
        driver.editor.layers.add()
        driver.editor.selection.rectangle(Point(left, 0), Point(60, 40))
    QTest.qWait(50)
    tree = driver.window.history.tree
    row = tree.visualItemRect(tree.currentItem())
    assert tree.viewport().height() % row.height() == 0
    assert row.bottom() == tree.viewport().height() - 1, "the current one is the last in view"
    assert tree.viewport().height() // row.height() >= (4 if height == 900 else 1)


def test_the_border_of_the_history_stays_where_it_was_dragged(driver: WindowDriver) -> None:
    window = driver.window
    (lists,) = [one for one in window.findChildren(QSplitter) if one.widget(1) is window.history]
    handle = lists.handle(1)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(20, 0))
    QTest.mouseMove(handle, QPoint(20, 40))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(20, 40))
    share = lists.sizes()[1] / sum(lists.sizes())
    window.resize(1200, 1000)
    QTest.qWait(20)
    assert lists.sizes()[1] / sum(lists.sizes()) == pytest.approx(share, abs=0.03)
    driver.wait(lambda: Preferences().history_share == round(100 * share))
    lists.setSizes([400, 400])
    lists.showEvent(QShowEvent())  # as another tab comes into view
    assert lists.sizes()[1] / sum(lists.sizes()) == pytest.approx(share, abs=0.03)


def test_the_panels_are_dragged_wider_for_every_window_to_come(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    window = driver.window
    (columns,) = window.findChildren(Columns)
    handle, right = columns.handle(1), columns.widget(1)
    before = right.width()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(0, 200))
    QTest.mouseMove(handle, QPoint(-90, 200))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(-90, 200))
    wide = right.width()
    assert wide == pytest.approx(before + 90, abs=3)
    assert window.layers.width() == wide
    driver.wait(lambda: Preferences().panel_width == wide)
    window.resize(1300, 720)
    QTest.qWait(20)
    assert right.width() == wide, "the canvas gets the rest"
    columns.setSizes([700, 324])
    columns.showEvent(QShowEvent())  # as another tab comes into view
    assert right.width() == wide
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(0, 200))
    QTest.mouseMove(handle, QPoint(400, 200))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    assert right.width() == PANEL_WIDTHS[0], "what is in them has room"


def test_preflight_says_what_it_costs(driver: WindowDriver, photo_file: Path) -> None:
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.editor.set_generation_settings(prompt="a cup")
    driver.editor.selection.rectangle(Point(0, 0), Point(600, 400))
    driver.wait(lambda: "enlarged 2.3×" in driver.window.prompt._hint.text())
    preflight = driver.editor.requests.preflight()
    assert preflight is not None
    assert preflight.forecast is not None
    sampling_seconds = 0.1 * driver.editor.generation_settings.sampling.steps
    assert preflight.forecast.seconds > sampling_seconds, "fitting is counted too"
    assert f"About {round(preflight.forecast.seconds)} s." in driver.window.prompt._hint.text()


def test_a_plan_sets_the_steps_and_says_its_seconds(driver: WindowDriver, photo_file: Path) -> None:
    editor, panel = driver.editor, driver.window.prompt
    driver.engine.usual = Sampling(sampler="ancestral", steps=16, upsample_steps=1)
    editor.runner.start()
    driver.wait(lambda: editor.engine is not None and panel.plan.currentData() == "good")
    driver.open(photo_file)
    editor.set_generation_settings(prompt="a cup")
    editor.selection.rectangle(Point(0, 0), Point(60, 40))
    driver.wait(lambda: panel.plan.currentText() == "Good ≈ 2 s")
    best = editor.requests.preflight(editor.requests.plan("best"))
    assert best is not None
    assert best.forecast is not None
    assert best.forecast.seconds > 2.4
    assert panel.plan.itemText(0) == "Draft ≈ 1 s"
    driver.wait(lambda: panel.plan.itemText(2) == f"Best ≈ {round(best.forecast.seconds)} s")
    for key, steps in ((Qt.Key.Key_Up, 8), (Qt.Key.Key_Down, 16), (Qt.Key.Key_Down, 24)):
        QTest.keyClick(panel.plan, key)
        sampling = editor.generation_settings.sampling
        assert (sampling.steps, sampling.sampler) == (steps, "ancestral")
        assert panel.steps.value() == steps
    panel.steps.setValue(17)
    assert panel.plan.currentText() == "Own"
    QTest.keyClick(panel.plan, Qt.Key.Key_Home)
    QTest.keyClick(panel.plan, Qt.Key.Key_End)
    assert panel.plan.currentData() == "draft", "own steps are set by their number alone"


def test_without_a_prompt_the_button_says_that_it_removes(
    driver: WindowDriver, photo_file: Path
) -> None:
    panel = driver.window.prompt
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(100, 100), Point(140, 140))
    bar = driver.window.bar
    assert panel.generate.text() == bar.generate.text() == bar.generate.accessibleName() == "Remove"
    assert not bar.remove.isVisible(), "one button for one verb"
    driver.wait(lambda: "photo itself" in panel._hint.text())
    driver.editor.set_generation_settings(prompt="a cup")
    assert panel.generate.text() == panel.generate.accessibleName() == "Generate"
    assert bar.generate.text() == "Generate"
    assert bar.remove.isVisible()
    driver.wait(lambda: "photo itself" not in panel._hint.text())


def test_the_longest_seed_is_not_clipped(driver: WindowDriver) -> None:
    seed = driver.window.prompt.seed
    driver.editor.set_generation_settings(sampling=Sampling(seed=MAX_SEED))
    room = seed.lineEdit().width() - 4
    assert seed.fontMetrics().horizontalAdvance(seed.text()) <= room


def test_the_forecast_is_a_sentence() -> None:
    assert describe_preflight(Preflight(1.0, None)) == ""
    assert "fewer candidates" in describe_preflight(Preflight(1.0, Forecast(9.6, 1, False)))
    assert "enlarged 6.2×" in describe_preflight(Preflight(6.2, None))
    two = Preflight(1.0, Forecast(9.6, 1, True), wanted=2)
    assert describe_preflight(two).startswith("One is drawn in each painted place; for 2, paint 2")
    two = Preflight(1.0, Forecast(9.6, 1, True), wanted=2, places=2)
    assert describe_preflight(two) == "About 10 s."
    assert describe_preflight(Preflight(1.0, Forecast(112.0, 1, True))) == "About 2 min."
    drafts = Preflight(1.0, Forecast(0.2, 1, True), is_drafts=True)
    assert describe_preflight(drafts) == "Drafts in about 1 s."


def test_a_prompt_that_the_model_does_not_know_is_told_before_generate(
    driver: WindowDriver, photo_file: Path
) -> None:
    hint = driver.window.prompt._hint
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(0, 0), Point(600, 400))
    driver.editor.set_generation_settings(prompt="a zebra")
    driver.wait(lambda: "does not know 'a zebra'" in hint.text())
    driver.window.prompt.generate.click()
    assert not driver.editor.generation.jobs
    assert "it knows apple, cup" in driver.window.notices.text.text()
    assert hint.text() == "", "the notice says it"
    driver.editor.set_tool_settings(size=30.0)
    driver.wait(lambda: not driver.window.prompt._preflight.isActive())
    assert hint.text() == "", "it stands above the photo still"
    driver.editor.selection.clear()
    driver.editor.selection.rectangle(Point(0, 0), Point(60, 40))
    assert not driver.window.notices.isVisible()
    driver.wait(lambda: "does not know 'a zebra'" in hint.text())
    driver.editor.set_generation_settings(prompt="an apple")
    driver.wait(lambda: "About" in hint.text() and "not know" not in hint.text())


def test_the_forecast_stays_while_the_same_is_asked_for(
    driver: WindowDriver, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [20.0]
    forecast = Forecast(20.0, 0, True)
    monkeypatch.setattr(
        driver.engine, "forecast", lambda request: replace(forecast, seconds=seconds[0])
    )
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(0, 0), Point(60, 40))
    panel = driver.window.prompt

    def told(prompt: str, now: float, steps: int = 9) -> str:
        seconds[0] = now
        sampling = replace(driver.editor.generation_settings.sampling, steps=steps)
        driver.editor.set_generation_settings(prompt=prompt, sampling=sampling)
        driver.wait(lambda: not panel._preflight.isActive())
        return panel._hint.text()

    first = told("an apple", 20.0)
    assert "About 2" in first
    assert told("a red apple", 24.0) == first
    assert told("a red apple", 17.0) == first
    assert told("a red apple", 40.0) != first, "that much longer is told"
    assert told("a red apple", 44.0, steps=10) != told("a red apple", 40.0), "another recipe"


def test_progress_is_a_phrase() -> None:
    job = Job(Request("fill", "", Box(0, 0, 1, 1)), state=JobState.QUEUED)
    assert describe_job(job) == "Waiting for the model"
    running = replace(job, state=JobState.RUNNING, stage="Drafting", drawn=0.1, remaining=75)
    assert describe_job(running) == "Drafting  10%"
    assert describe_remaining(running) == "1 min 15 s left"
    assert describe_job(replace(running, state=JobState.PAUSED)) == "Paused at 10%"


def test_the_check_is_a_sentence() -> None:
    assert describe_check(UnchangedReport()) == "✓  Nothing outside the mask changed"
    assert describe_check(UnchangedReport(9, 2)) == "✕  2 pixels outside the mask changed"
    rim = describe_check(UnchangedReport(rim=1200))
    assert rim == "✓  Only the mask changed, and 1,200 pixels of its soft edge or shadow"


def test_a_narrow_window_shows_both_the_check_and_the_hint(
    driver: WindowDriver, photo_file: Path
) -> None:
    bar = driver.window.status
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(100, 100), Point(140, 140))
    driver.editor.set_generation_settings(prompt="a cup")
    driver.editor.generation.generate()
    driver.wait(lambda: driver.editor.candidates.is_ready(0))
    driver.editor.candidates.accept()
    for width, told in ((1400, "✓  Nothing outside the mask changed"), (1024, "✓  Rest unchanged")):
        driver.window.resize(width, 700)
        driver.wait(lambda told=told: bar.proof.text() == told)
        driver.wait(lambda: bar.hint.text().startswith("Paint"), 10)


@pytest.mark.parametrize(
    ("tool", "word"),
    [
        (Tool.TRANSFORM, "Enter"),
        (Tool.CROP, "Enter"),
        (Tool.EXTEND, "Enter"),
        (Tool.POLYGON, "Enter"),
        (Tool.HEAL, "then paint"),
        (Tool.CLONE, "then paint"),
        (Tool.OBJECT, "Alt subtracts"),
    ],
)
def test_a_small_window_shows_the_words_of_the_hint_that_matter(
    driver: WindowDriver, photo_file: Path, tool: Tool, word: str
) -> None:
    driver.window.resize(1024, 700)
    driver.open(photo_file)
    hint = driver.window.status.hint
    driver.editor.set_tool_settings(tool=tool)
    driver.wait(lambda: word in hint.text(), 10)
    assert hint.toolTip().startswith(hint.text().removesuffix("…")), "the whole of it"


def test_the_wheel_changes_a_field_only_while_it_has_the_keyboard(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    panel = driver.window.prompt
    layers = driver.window.layers
    for field in (panel.guidance, panel.placement.shadow.slider, layers.opacity.slider):
        before = field.value()
        driver.canvas.setFocus()
        turn_wheel(field)
        assert field.value() == before
        assert driver.canvas.hasFocus()
    blend = layers.findChildren(QComboBox)[0]
    before = blend.currentIndex()
    turn_wheel(blend)
    assert blend.currentIndex() == before
    panel.guidance.setFocus()
    before = panel.guidance.value()
    turn_wheel(panel.guidance)
    assert panel.guidance.value() < before


def test_the_wheel_scrolls_a_panel_that_is_too_high(driver: WindowDriver) -> None:
    field, column = QSpinBox(), QWidget()
    layout = QVBoxLayout(column)
    layout.addWidget(field)
    for number in range(30):
        layout.addWidget(QLabel(str(number)))
    panel = ScrolledPanel(column, field)
    panel.resize(200, 300)
    panel.show()
    driver.wait(lambda: panel.verticalScrollBar().maximum() > 0)
    turn_wheel(panel.viewport())
    assert panel.verticalScrollBar().value() > 0
    panel.close()


def test_an_error_stays_longer_and_goes_when_it_is_closed(driver: WindowDriver) -> None:
    bar = driver.window.notices
    driver.editor.state.notify("All is well.")
    assert bar.isVisible()
    brief = bar._timer.remainingTime()
    driver.editor.state.notify("The disk is full.", Severity.ERROR)
    assert bar._timer.remainingTime() > 3 * brief
    assert bar.text.text() == "The disk is full."
    QApplication.sendEvent(bar, QEnterEvent(QPointF(), QPointF(), QPointF()))
    assert not bar._timer.isActive(), "it is being read"
    QApplication.sendEvent(bar, QEvent(QEvent.Type.Leave))
    assert bar._timer.isActive()
    buttons = bar.findChildren(QAbstractButton)
    close = next(one for one in buttons if one.accessibleName() == "Close this notification")
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()


def test_what_only_informs_makes_way_for_a_stroke_and_a_warning_stays(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    bar, state = driver.window.notices, driver.editor.state
    for severity, stays in ((Severity.INFO, False), (Severity.WARNING, True)):
        state.notify("Something happened.", severity)
        assert bar.isVisible()
        driver.drag((200, 200), (240, 220), release=False)
        assert bar.isVisible() == stays
        QTest.mouseRelease(driver.canvas, Qt.MouseButton.LeftButton, pos=driver.at(240, 220))


def test_an_error_goes_with_the_next_edit_and_a_warning_stays(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    bar, state, masking = driver.window.notices, driver.editor.state, driver.editor.selection
    state.notify("Nothing is painted yet.", Severity.ERROR)
    assert bar.isVisible()
    masking.rectangle(Point(10, 10), Point(40, 40))
    assert not bar.isVisible()
    state.notify("The model does not know that.", Severity.ERROR)
    driver.editor.generation.fill_from_photo()
    assert not bar.isVisible(), "it goes with the next job as well"
    state.notify("One layer is hidden.", Severity.WARNING)
    masking.rectangle(Point(50, 50), Point(80, 80))
    assert bar.isVisible()


def test_about_names_the_licences(driver: WindowDriver) -> None:
    show_about(driver.window)
    (box,) = driver.window.findChildren(QMessageBox)
    text = box.informativeText()
    assert "PySide6" in text
    assert "Lesser General Public License" in text
    assert "Apache License 2.0" in text
    box.close()


def test_history_branches_are_indented(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    masking = driver.editor.selection
    masking.select_all()
    masking.invert()
    driver.editor.undo()
    masking.clear()
    tree = driver.window.history.tree
    top = [tree.topLevelItem(row).text(0) for row in range(tree.topLevelItemCount())]
    assert top == ["Open holiday.png", "Select all", "Invert mask"]
    assert tree.topLevelItem(1).child(0).text(0) == "Clear mask"
    assert tree.currentItem().text(0) == "Clear mask"


@pytest.mark.parametrize("rows", [(300, 390), (10, 100)], ids=["low", "high"])
def test_the_results_do_not_cover_what_they_fill(
    driver: WindowDriver, photo_file: Path, rows: tuple[int, int]
) -> None:
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.6)
    driver.editor.selection.rectangle(Point(250, rows[0]), Point(350, rows[1]))
    driver.editor.set_generation_settings(prompt="a cup")
    driver.editor.generation.generate()
    canvas = driver.canvas
    driver.wait(lambda: driver.editor.candidates.current is not None)
    box = driver.editor.results.filled_box()
    assert box == Box.between(250, rows[0], 350, rows[1])
    driver.wait(lambda: canvas.rect().contains(canvas.view.widget_rect(box)))
    panel = driver.window.results
    covers = panel.rect().translated(panel.mapTo(driver.window, panel.rect().topLeft()))
    assert not covers.intersects(
        canvas.rect().translated(canvas.mapTo(driver.window, QPoint(0, 0)))
    )


def test_the_list_of_layers_shows_more_than_a_row_and_scrolls_to_the_active_one(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.window.resize(1024, 700)
    for _ in range(6):
        driver.editor.layers.add()
    panel = driver.window.layers

    def seen(at: int) -> int:
        return panel.rows[at].visibleRegion().boundingRect().height()

    QTest.qWait(50)
    height = panel.rows[0].height()
    assert seen(0) >= height - 1
    assert seen(1) > height / 4, "that there are more is seen"
    driver.editor.layers.activate(driver.editor.document.layers[0].id)
    driver.wait(lambda: seen(6) >= height - 1)


def test_the_margin_of_a_notice_leaves_clicks_to_the_canvas(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.editor.state.notify("Saved.", Severity.SUCCESS)
    notices = driver.window.notices
    QTest.qWait(20)
    stage = notices.parentWidget()
    inside = notices.geometry().center()
    margin = notices.geometry().bottomLeft() + QPoint(20, -4)
    assert notices.isAncestorOf(stage.childAt(inside))
    assert stage.childAt(margin) is driver.canvas


def test_a_retouching_that_takes_long_shows_its_progress_at_generate_too(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    panel, status = driver.window.prompt, driver.window.status
    driver.editor.canvas.extend(Margins(left=200, right=200))
    assert not panel.cancel.isVisible(), "short work shows nothing"
    driver.wait(lambda: panel.cancel.isVisible() and status.working.isVisible())
    assert panel.stage.toolTip().startswith("Extending the canvas")
    assert status.working.text().startswith("Extending the canvas")
    QTest.mouseClick(panel.cancel, Qt.MouseButton.LeftButton)
    driver.wait(lambda: not driver.editor.retouch_work.is_running)
    assert not panel.cancel.isVisible()
    assert not status.working.isVisible()
    assert len(driver.editor.document.layers) == 1
