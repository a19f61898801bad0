"""The bar at the mask, the words it completes, and the hints for the first fill."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from glide_studio.api.request import COMPLETION
from glide_studio.api.sampling import Sampling
from glide_studio.editor.settings import Tool
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Point
from glide_studio.paths import resources_folder
from glide_studio.ui.first_steps import GuideStep
from glide_studio.ui.mask_bar import place_beside
from glide_studio.ui.preferences import MIN_WINDOW, BarPlace, Preferences
from glide_studio.ui.word_completer import begun_word, find_continuations
from tests.editor.standin import StandInEngine
from tests.editor.test_drafts import CascadeEngine
from tests.ui.windows import WindowDriver

KEY = Qt.Key
ROOM = QRect(0, 0, 800, 500)


@pytest.mark.parametrize(
    ("mask", "side"),
    [
        (QRect(300, 100, 100, 100), "below"),
        (QRect(300, 380, 100, 110), "above"),
        (QRect(-50, -20, 300, 540), "right"),
        (QRect(500, -20, 300, 540), "left"),
    ],
)
def test_the_bar_stands_beside_the_mask_and_never_over_it(mask: QRect, side: str) -> None:
    size = QSize(240, 40)
    place = QRect(place_beside(mask, size, ROOM), size)
    assert ROOM.contains(place)
    assert not place.intersects(mask)
    assert {
        "below": place.top() > mask.bottom(),
        "above": place.bottom() < mask.top(),
        "right": place.left() > mask.right(),
        "left": place.right() < mask.left(),
    }[side]


def test_the_bar_leaves_the_photo_if_there_is_room_near_the_mask() -> None:
    size, photo = QSize(240, 40), QRect(100, 20, 600, 400)
    place = QRect(place_beside(QRect(300, 200, 80, 80), size, ROOM, photo=photo), size)
    assert place.top() > photo.bottom()
    far = QRect(300, 30, 80, 40)
    place = QRect(place_beside(far, size, ROOM, photo=photo), size)
    assert far.bottom() < place.top() < far.bottom() + 30, "beside a mask far from the edge"
    whole = ROOM.adjusted(-50, -50, 50, 50)
    place = QRect(place_beside(far, size, ROOM, photo=whole), size)
    assert far.bottom() < place.top() < far.bottom() + 30, "a photo without edges in view"


def test_a_mask_all_over_the_view_leaves_the_lower_edge() -> None:
    place = QRect(place_beside(QRect(-100, -100, 1200, 900), QSize(240, 40), ROOM), QSize(240, 40))
    assert ROOM.contains(place)
    assert place.bottom() > 460


def test_a_mask_with_room_in_one_corner_alone_leaves_it_to_the_bar() -> None:
    size, mask = QSize(240, 40), QRect(-10, -10, 540, 600)
    other = QRect(550, 0, 250, 440)
    place = QRect(place_beside(mask, size, ROOM, other), size)
    assert ROOM.contains(place)
    assert not place.intersects(mask)
    assert not place.intersects(other)


def test_what_must_not_be_covered_counts_more_than_the_mask() -> None:
    size, avoid = QSize(240, 40), QRect(0, 400, 800, 100)
    place = QRect(place_beside(QRect(-100, -100, 1200, 900), size, ROOM, avoid), size)
    assert ROOM.contains(place)
    assert not place.intersects(avoid)


def test_a_mask_out_of_view_keeps_the_bar_in_view() -> None:
    place = QRect(place_beside(QRect(2000, 100, 50, 50), QSize(240, 40), ROOM), QSize(240, 40))
    assert ROOM.contains(place)


@pytest.fixture
def painted(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.drag((260, 180), (300, 200), (340, 220))
    return driver


def bar_covers_mask(driver: WindowDriver) -> bool:
    bounds = driver.editor.document.selection.content_box()
    mask = driver.canvas.view.widget_rect(bounds)
    bar = driver.window.bar
    return bar.geometry().intersects(mask)


def test_the_bar_appears_after_a_stroke_and_hides_during_the_next(painted: WindowDriver) -> None:
    bar = painted.window.bar
    assert bar.isVisible()
    assert not bar_covers_mask(painted)
    painted.drag((300, 200), (310, 210), release=False)
    assert not bar.isVisible()
    QTest.mouseRelease(painted.canvas, Qt.MouseButton.LeftButton, pos=painted.at(310, 210))
    assert bar.isVisible()


def test_the_bar_follows_zoom_and_pan(painted: WindowDriver) -> None:
    bar, stage = painted.window.bar, painted.window.bar.parentWidget()
    for scale in (0.5, 1.5, 2.0):
        painted.canvas.view.zoom_to(scale)
        assert not bar_covers_mask(painted)
        assert stage.rect().contains(bar.geometry())
    painted.canvas.view.pan(-4000, -4000)
    assert stage.rect().contains(bar.geometry())


def test_a_prompt_and_enter_fill_the_mask(painted: WindowDriver) -> None:
    painted.editor.set_generation_settings(sampling=Sampling(count=1, steps=2))
    bar = painted.window.bar
    QTest.keyClick(painted.window, KEY.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert bar.prompt.hasFocus()
    QTest.keyClicks(bar.prompt, "a green cup")
    assert painted.editor.generation_settings.prompt == "a green cup"
    QTest.keyClick(bar.prompt, KEY.Key_Return)
    assert painted.canvas.hasFocus()
    painted.wait(lambda: painted.editor.candidates.current is not None)
    assert not bar.isVisible(), "the results are chosen from now"
    QTest.mouseClick(painted.window.results.original, Qt.MouseButton.LeftButton)
    assert bar.isVisible()


def test_what_was_refused_is_typed_anew_at_once(
    painted: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise GlideError("It cannot draw a lemon.")

    monkeypatch.setattr(painted.editor.generation, "generate", refuse)
    bar = painted.window.bar
    QTest.keyClick(painted.window, KEY.Key_L, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(bar.prompt, "a lemon")
    QTest.keyClick(bar.prompt, KEY.Key_Return)
    assert bar.prompt.hasFocus()
    QTest.keyClicks(bar.prompt, "an apple")
    assert bar.prompt.text() == "an apple"


def test_what_is_there_is_replaced_by_a_switch_of_the_bar_as_under_placement(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.alpha = True
    editor, bar = driver.editor, driver.window.bar
    editor.runner.start()
    driver.wait(lambda: editor.engine is not None)
    driver.window.resize(*MIN_WINDOW)
    driver.open(photo_file)
    editor.selection.rectangle(Point(250, 150), Point(300, 200))
    assert not bar.replace.isVisible(), "a removal is nothing else"
    editor.set_generation_settings(prompt="an apple")
    assert bar.replace.isVisible()
    assert bar.parentWidget().rect().contains(bar.geometry())
    assert bar.width() >= bar.minimumSizeHint().width()
    box = driver.window.prompt.placement.clear_first
    QTest.mouseClick(bar.replace, Qt.MouseButton.LeftButton)
    assert editor.generation_settings.clear_first
    assert box.isChecked()
    box.click()
    assert not bar.replace.isChecked()
    job = editor.generation.generate()
    assert not job.clears
    editor.set_generation_settings(clear_first=True)
    assert bar.replace.isChecked()


def test_a_model_that_draws_no_objects_offers_no_replacing_in_the_bar(
    painted: WindowDriver,
) -> None:
    painted.editor.set_generation_settings(prompt="an apple")
    assert painted.window.bar.remove.isVisible()
    assert not painted.window.bar.replace.isVisible()


def test_clear_and_remove_do_what_they_say(painted: WindowDriver) -> None:
    bar = painted.window.bar
    painted.editor.set_generation_settings(prompt="a cup")
    QTest.mouseClick(bar.remove, Qt.MouseButton.LeftButton)
    (job,) = painted.editor.generation.jobs.values()
    assert job.request.model == COMPLETION
    painted.editor.generation.cancel_all()
    painted.drag((100, 100), (140, 120))
    QTest.mouseClick(bar.clear, Qt.MouseButton.LeftButton)
    assert painted.editor.document.selection.content_box().empty
    assert not bar.isVisible()


def test_the_bar_is_docked_and_switched_off_and_that_is_kept(painted: WindowDriver) -> None:
    bar, dock = painted.window.bar, painted.window.bar_dock
    bar.menu.actions_by_place[BarPlace.DOCKED].trigger()
    assert bar.parentWidget() is dock
    assert bar.isVisible()
    painted.editor.selection.clear()
    assert bar.isVisible(), "a docked bar does not come and go"
    assert Preferences().bar_place is BarPlace.DOCKED
    bar.menu.actions_by_place[BarPlace.OFF].trigger()
    painted.editor.selection.select_all()
    assert not bar.isVisible()
    bar.menu.actions_by_place[BarPlace.FLOATING].trigger()
    assert bar.isVisible()


def test_a_begun_word_is_completed_by_enter_and_the_next_enter_generates(
    painted: WindowDriver,
) -> None:
    bar = painted.window.bar
    bar.prompt.setFocus()
    QTest.keyClicks(bar.prompt, "a red ap")
    assert bar.completer.is_open
    popup = bar.completer.completer.popup()
    field = bar.prompt.mapToGlobal(bar.prompt.rect().bottomLeft())
    assert popup.geometry().top() > field.y(), "the field's border stays in view"
    assert not popup.verticalScrollBar().isVisible()
    QTest.keyClick(popup, KEY.Key_Return)
    assert bar.prompt.text() == "a red apple"
    assert painted.editor.generation_settings.prompt == "a red apple"
    assert not painted.editor.generation.jobs
    QTest.keyClick(bar.prompt, KEY.Key_Return)
    assert len(painted.editor.generation.jobs) == 1


def test_the_panel_completes_words_too(painted: WindowDriver) -> None:
    prompt = painted.window.prompt.prompt
    prompt.setFocus()
    QTest.keyClicks(prompt, "two cu")
    assert prompt.completer is not None
    assert prompt.completer.is_open
    QTest.keyClick(prompt.completer.completer.popup(), KEY.Key_Return)
    assert prompt.toPlainText() == "two cup"


def test_enter_in_the_panel_generates_and_shift_enter_breaks_the_line(
    painted: WindowDriver,
) -> None:
    prompt = painted.window.prompt.prompt
    prompt.setFocus()
    QTest.keyClicks(prompt, "a red")
    QTest.keyClick(prompt, KEY.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(prompt, "apple ")
    assert not painted.editor.generation.jobs
    QTest.keyClick(prompt, KEY.Key_Return)
    assert prompt.toPlainText() == "a red\napple "
    assert [job.request.prompt for job in painted.editor.generation.jobs.values()] == [
        "a red apple"
    ]


@pytest.mark.parametrize(
    ("text", "noun", "begun"),
    [
        ("a red ap", "apple", "ap"),
        ("fire en", "fire engine", "fire en"),
        ("snap", "apple", ""),
        ("a ", "apple", ""),
        ("An App", "apple", "App"),
    ],
)
def test_a_word_is_continued_from_its_start(text: str, noun: str, begun: str) -> None:
    assert begun_word(text, noun) == begun


def test_whole_words_and_single_letters_offer_nothing() -> None:
    nouns = ("apple", "cup", "cupboard")
    assert find_continuations("a", nouns) == []
    assert find_continuations("a cup", nouns) == []
    assert find_continuations("a cupb", nouns) == ["cupboard"]


def test_the_first_hint_takes_the_brush_that_it_asks_for(driver: WindowDriver) -> None:
    driver.editor.set_tool_settings(tool=Tool.PAINT)
    driver.window.first_steps.begin()
    assert driver.editor.tool_settings.tool is Tool.BRUSH


def test_a_long_prompt_is_read_from_its_begin_in_the_bar(driver: WindowDriver) -> None:
    bar = driver.window.bar
    driver.window.prompt.prompt.setPlainText("replace the apple on the table with a tomato " * 4)
    driver.wait(lambda: bar.prompt.text().startswith("replace"))
    assert bar.prompt.cursorPosition() == 0


def test_a_hint_is_as_wide_as_its_text_however_often_it_is_shown(driver: WindowDriver) -> None:
    steps = driver.window.first_steps
    steps.begin()
    driver.open(resources_folder() / "demo" / "coffee.jpg")
    width = steps.text.width()
    assert width > 150
    for _ in range(3):
        steps._follow()
        assert steps.text.width() == width


def test_the_sample_photo_leads_through_the_first_fill(driver: WindowDriver) -> None:
    steps, editor = driver.window.first_steps, driver.editor
    editor.set_generation_settings(sampling=Sampling(count=2, steps=2))
    QTest.mouseClick(driver.window.welcome.sample, Qt.MouseButton.LeftButton)
    driver.wait(lambda: editor.name == "coffee.jpg")
    assert not driver.window.file_actions._folder().is_relative_to(resources_folder())
    assert steps.isVisible()
    assert steps.step is GuideStep.PAINT
    driver.drag((480, 100), (520, 120), (500, 130))
    assert steps.step is GuideStep.DESCRIBE
    assert not steps.geometry().intersects(driver.window.bar.geometry())
    driver.window.bar.prompt.setFocus()
    QTest.keyClicks(driver.window.bar.prompt, "a red apple")
    QTest.keyClick(driver.window.bar.prompt, KEY.Key_Return)
    driver.wait(lambda: editor.candidates.current is not None)
    assert steps.step is GuideStep.CHOOSE
    assert driver.window.results.list.hasFocus()
    driver.wait(lambda: editor.candidates.is_ready(1))
    QTest.keyClick(driver.window.results.list, KEY.Key_Right)
    assert editor.candidates.selected == 1
    QTest.keyClick(driver.window.results.list, KEY.Key_Return)
    assert len(editor.document.layers) == 2
    assert not steps.isVisible()


def test_the_hints_are_whole_and_never_over_a_notice(driver: WindowDriver) -> None:
    window, steps, editor = driver.window, driver.window.first_steps, driver.editor
    window.resize(1366, 768)
    QTest.mouseClick(window.welcome.sample, Qt.MouseButton.LeftButton)
    driver.wait(lambda: editor.name == "coffee.jpg")
    editor.state.notify("Opened coffee.jpg.")
    driver.wait(window.notices.isVisible)
    QTest.qWait(50)

    def check() -> None:
        text = steps.text
        assert text.height() == text.heightForWidth(text.width()), "no line is cut, none is empty"
        assert steps.rect().contains(steps.childrenRect())
        if window.notices.isVisible():
            assert not steps.geometry().intersects(window.notices.geometry())

    assert steps.step is GuideStep.PAINT
    check()
    assert not steps.geometry().intersects(window.bar.photo_on_stage)
    window.notices.hide()
    check()
    editor.state.notify("Another one.")
    driver.drag((500, 90), (540, 110), (520, 125))
    driver.wait(steps.isVisible)
    assert steps.step is GuideStep.DESCRIBE
    check()


def test_the_last_hint_says_what_enter_does(qtbot: QtBot) -> None:
    driver = WindowDriver(CascadeEngine())
    window, steps, editor = driver.window, driver.window.first_steps, driver.editor
    editor.runner.start()
    driver.wait(lambda: editor.engine is not None)
    QTest.mouseClick(window.welcome.sample, Qt.MouseButton.LeftButton)
    driver.wait(lambda: editor.name == "coffee.jpg")
    editor.selection.rectangle(Point(400, 100), Point(500, 180))
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=3, steps=2))
    window.prompt.submit()
    driver.wait(lambda: editor.candidates.draft is not None)
    assert window.results.accept.text() == "Refine"
    assert "Enter refines it" in steps.text.text()
    driver.canvas.setFocus()
    QTest.keyClick(driver.canvas, KEY.Key_Return)
    driver.wait(lambda: editor.candidates.current is not None and editor.candidates.draft is None)
    assert steps.isVisible()
    assert window.results.accept.text() == "Accept"
    assert "Enter accepts it" in steps.text.text()
    driver.close()


def test_the_hints_can_be_skipped(driver: WindowDriver) -> None:
    QTest.mouseClick(driver.window.welcome.sample, Qt.MouseButton.LeftButton)
    driver.wait(lambda: driver.editor.name == "coffee.jpg")
    driver.window.first_steps.skip()
    driver.editor.selection.rectangle(Point(10, 10), Point(50, 50))
    assert not driver.window.first_steps.isVisible()
    assert driver.window.bar.geometry().topLeft() != QPoint(0, 0)


def test_the_second_press_of_a_double_click_on_the_bar_paints_nothing(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    canvas = driver.canvas
    place = QPointF(driver.at(300, 200))

    def send(kind: QEvent.Type, milliseconds: int) -> None:
        left = Qt.MouseButton.LeftButton
        is_up = kind is QEvent.Type.MouseButtonRelease
        held = Qt.MouseButton.NoButton if is_up else left
        no_key = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, canvas.mapToGlobal(place), left, held, no_key)
        event.setTimestamp(milliseconds)
        QApplication.sendEvent(canvas, event)

    send(QEvent.Type.MouseButtonDblClick, 3_600_000)
    send(QEvent.Type.MouseButtonRelease, 3_600_010)
    assert driver.editor.document.selection.content_box().empty
    driver.editor.set_tool_settings(tool=Tool.RECTANGLE)
    send(QEvent.Type.MouseButtonPress, 3_700_000)
    send(QEvent.Type.MouseButtonRelease, 3_700_010)
    driver.editor.set_tool_settings(tool=Tool.BRUSH)
    send(QEvent.Type.MouseButtonDblClick, 3_700_100)
    send(QEvent.Type.MouseButtonRelease, 3_700_110)
    assert not driver.editor.document.selection.content_box().empty
