"""The filmstrip of results, by mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot

from glide_studio.api.events import Finished, Patch, Progress
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.editor.jobs import Choice, Job, Mark
from glide_studio.editor.settings import Tool
from glide_studio.editor.state import Severity
from glide_studio.imaging.geometry import Box, Point
from glide_studio.imaging.types import CompactImage
from glide_studio.ui import results_model, theme
from glide_studio.ui.canvas.overlays import NAME_GAP_PX
from glide_studio.ui.canvas.viewport import Viewport
from glide_studio.ui.commands import list_commands
from glide_studio.ui.compare_page import CAPTION_PX
from glide_studio.ui.results_model import (
    BADGE_PX,
    GAP_PX,
    SIDE_PX,
    Filter,
    candidate_pictures,
    crop_to_painted,
)
from glide_studio.ui.results_panel import ResultTitle, describe_seam
from glide_studio.ui.theme_change import change_theme
from glide_studio.ui.widgets import picture_pixmap
from tests.editor import standin
from tests.editor.standin import StandInEngine
from tests.editor.test_drafts import CascadeEngine
from tests.ui.test_theme import contrast
from tests.ui.windows import WindowDriver, run_event_loop, send_pen, tile_place

KEY = Qt.Key


def fill(driver: WindowDriver, prompt: str, count: int = 3) -> str:
    driver.editor.set_generation_settings(prompt=prompt, sampling=Sampling(count=count, steps=2))
    job = driver.editor.generation.generate()
    generation = driver.editor.generation
    driver.wait(
        lambda: (
            generation.candidates.current is not None and generation.candidates.current.id == job.id
        )
    )
    driver.wait(lambda: all(generation.candidates.is_ready(index) for index in range(count)))
    return job.id


@pytest.fixture
def filled(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    """A window with two fills: a cup, then an apple, which is being chosen from."""
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(280, 180), Point(330, 230))
    fill(driver, "a cup", 2)
    fill(driver, "an apple", 3)
    driver.window.results.list.setFocus()
    return driver


def test_a_photo_seen_whole_stays_where_it_is_when_the_panel_comes_and_goes(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.window.resize(1000, 600)  # so that it fills the canvas
    view = driver.canvas.view
    driver.wait(lambda: view.viewport.scale < 1)
    before = view.viewport
    assert before.image_box.width > 0.9 * before.size.width, "nothing is left free yet"
    driver.editor.selection.rectangle(Point(280, 80), Point(330, 130))
    fill(driver, "a cup", 1)
    driver.wait(lambda: view.viewport.size.height < before.size.height)
    seen = view.viewport
    assert (seen.scale, seen.left, seen.top) == (before.scale, before.left, before.top)
    driver.window.results.close_by_user()
    driver.wait(lambda: view.viewport == before)
    driver.window.results.reveal()
    driver.wait(lambda: view.viewport == seen)
    view.fit()
    assert driver.canvas.rect().contains(view.widget_rect(driver.editor.document.box))
    driver.window.results.close_by_user()
    driver.wait(lambda: view.viewport == before)


def fill_in_low_window(driver: WindowDriver, height: int, start: Point, end: Point) -> Viewport:
    """Fill a rectangle of the photo seen whole until the results are there; return the view before."""
    driver.window.resize(1000, height)
    view = driver.canvas.view
    driver.wait(lambda: view.viewport.scale < 1)
    before = view.viewport
    driver.editor.selection.rectangle(start, end)
    fill(driver, "a cup", 1)
    driver.wait(lambda: view.viewport.size.height < before.size.height)
    return before


def test_a_photo_seen_whole_moves_no_further_than_its_fill_is_in_view(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    view = driver.canvas.view
    before = fill_in_low_window(driver, 600, Point(280, 340), Point(330, 390))
    seen = view.viewport
    assert (seen.scale, seen.left) == (before.scale, before.left)
    filled = view.widget_rect(Box(280, 340, 50, 50))
    assert driver.canvas.rect().contains(filled)
    assert 0 < driver.canvas.height() - filled.bottom() < 20
    driver.window.results.close_by_user()
    driver.wait(lambda: view.viewport == before)
    driver.window.resize(1040, 640)
    driver.wait(lambda: view.viewport.scale > before.scale)
    assert driver.canvas.rect().contains(view.widget_rect(driver.editor.document.box))


def test_a_photo_seen_whole_is_fitted_again_if_its_fill_is_too_tall_to_be_in_view(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    view = driver.canvas.view
    before = fill_in_low_window(driver, 580, Point(280, 10), Point(330, 390))
    assert driver.canvas.rect().contains(view.widget_rect(driver.editor.document.box))
    driver.window.results.close_by_user()
    driver.wait(lambda: view.viewport == before)


def test_a_project_with_results_is_seen_whole(
    driver: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    driver.open(photo_file)
    driver.window.resize(1000, 520)
    driver.editor.selection.rectangle(Point(280, 80), Point(330, 130))
    fill(driver, "a cup", 1)
    driver.editor.files.save(tmp_path / "cup.glide")
    driver.open(photo_file)
    driver.wait(lambda: not driver.window.results.isVisible())
    driver.open(tmp_path / "cup.glide")
    driver.wait(driver.window.results.isVisible)
    run_event_loop(50)
    seen = driver.canvas.view.widget_rect(driver.editor.document.box)
    assert driver.canvas.rect().contains(seen)


def test_a_photo_that_was_zoomed_stays_where_it_is_when_the_panel_comes_and_goes(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.2)
    before = driver.canvas.view.viewport
    driver.editor.selection.rectangle(Point(280, 80), Point(330, 130))
    fill(driver, "a cup", 1)
    driver.wait(lambda: driver.canvas.view.viewport.size.height < before.size.height)
    now = driver.canvas.view.viewport
    assert (now.scale, now.left, now.top) == (before.scale, before.left, before.top)
    driver.window.results.close_by_user()
    driver.wait(lambda: driver.canvas.view.viewport == before)


def test_a_fill_below_the_panel_is_moved_into_view_and_back_again(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.9)
    before = driver.canvas.view.viewport
    driver.editor.selection.rectangle(Point(280, 340), Point(330, 390))
    fill(driver, "a cup", 1)
    seen = driver.canvas.view.widget_rect(Box(280, 340, 50, 50))
    assert driver.canvas.rect().contains(seen)
    driver.window.results.close_by_user()
    driver.wait(lambda: driver.canvas.view.viewport == before)


def test_the_verdict_on_the_edge_stands_by_the_name_of_the_result(filled: WindowDriver) -> None:
    panel = filled.window.results
    assert "Edge not visible" in panel.seam.text()
    assert theme.SUCCESS in panel.seam.styleSheet()
    gap = panel.seam.geometry().left() - panel.title.geometry().right()
    assert 0 < gap <= 10
    assert panel.title.width() <= panel.title.sizeHint().width()
    assert panel.search.geometry().left() - panel.seam.geometry().right() > 50
    assert [describe_seam(value)[1] for value in (1, 2, 4)] == [
        theme.SUCCESS,
        theme.SECONDARY,
        theme.WARNING,
    ]


def test_in_a_small_window_the_heading_is_cut_in_its_prompt_alone(
    qtbot: QtBot, photo_file: Path
) -> None:
    driver = WindowDriver(CascadeEngine(30.0))
    try:
        driver.open(photo_file)
        driver.window.resize(1024, 700)
        driver.editor.runner.start()
        driver.wait(lambda: driver.editor.engine is not None, 20)
        driver.editor.selection.rectangle(Point(280, 180), Point(330, 230))
        prompt = "a cup on a small wooden table in the evening sun"
        driver.editor.set_generation_settings(prompt=prompt)
        driver.editor.generation.generate(drafts_first=True)
        driver.wait(lambda: driver.editor.candidates.draft is not None, 20)
        driver.wait(lambda: driver.window.results.search.width() > 0, 20)
        run_event_loop(20)
        title = driver.window.results.title
        assert prompt in title.text()
        seen = title.seen_text
        assert title.fontMetrics().horizontalAdvance(seen) <= title.width()
        assert seen.startswith("“a ")
        assert re.search(r"…, draft, 1 of \d$", seen), seen
        plain = title.grab().toImage()
        title.show_name(seen)
        assert title.grab().toImage() == plain, "that is what is drawn"
    finally:
        driver.close()


@pytest.mark.parametrize("end", [", draft, 1 of 4", "，草稿，1 / 4"])
def test_a_name_with_hardly_any_room_still_says_which_result_it_is(qapp: object, end: str) -> None:
    title = ResultTitle()
    title.show_name(f"“a cup”{end}", "“a cup”")
    width = title.fontMetrics().horizontalAdvance
    title.resize(width(title.text()), 20)
    assert title.seen_text == title.text()
    title.resize(width("…" + end[:-1]), 20)
    assert title.seen_text.startswith("…")
    assert title.seen_text.endswith(end[-3:])
    assert width(title.seen_text) <= title.width()


def test_arrow_keys_show_one_candidate_after_the_other_and_enter_accepts(
    filled: WindowDriver,
) -> None:
    strip, generation = filled.window.results.list, filled.editor.generation
    seen = filled.canvas.grab().toImage()
    QTest.keyClick(strip, KEY.Key_Right)
    assert generation.candidates.selected == 1
    assert generation.candidates.previewed is not None
    assert filled.canvas.grab().toImage() != seen
    QTest.keyClick(strip, KEY.Key_Right)
    QTest.keyClick(strip, KEY.Key_Right)
    assert generation.candidates.current is not None
    assert generation.candidates.current.request.prompt == "a cup", (
        "the strip goes on with the older fill"
    )
    QTest.keyClick(strip, KEY.Key_Left)
    QTest.keyClick(strip, KEY.Key_Return)
    assert [layer.name for layer in filled.editor.document.layers] == ["holiday", "an apple"]
    assert filled.canvas.hasFocus()


def test_keys_are_for_the_tools_while_the_strip_has_the_focus_and_no_result_is_meant(
    filled: WindowDriver,
) -> None:
    strip, candidates = filled.window.results.list, filled.editor.candidates

    def is_kept(key: Qt.Key) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(strip, event)
        return event.isAccepted()

    assert is_kept(KEY.Key_C)
    strip.clearSelection()
    assert is_kept(KEY.Key_C), "the chosen result is shown"
    candidates.put_aside()
    strip.clearSelection()
    assert not is_kept(KEY.Key_C)


@pytest.mark.parametrize("light", [False, True])
def test_the_mark_of_what_was_accepted_stands_out_from_any_picture(
    driver: WindowDriver, photo_file: Path, monkeypatch: pytest.MonkeyPatch, light: bool
) -> None:
    shades = [0.05, 0.5, 0.95]
    driver.open(photo_file)
    for shade in shades:
        monkeypatch.setattr(standin, "color", lambda *_, shade=shade: (shade, shade, shade))
        driver.editor.selection.rectangle(Point(280, 180), Point(330, 230))
        fill(driver, "a cup", 1)
        driver.editor.candidates.accept()
    change_theme(QApplication.instance(), light, "Blue")
    QTest.qWait(20)
    strip = driver.window.results.list
    rects = [strip.visualRect(strip.model().index(row)) for row in range(strip.model().rowCount())]
    image = strip.viewport().grab().toImage()
    change_theme(QApplication.instance(), False, "Blue")
    disc = theme.LIGHT["SUCCESS"] if light else theme.SUCCESS
    assert contrast(disc, theme.LIGHT["FIELD"] if light else theme.FIELD) > 4.5, "the tick on it"
    assert len(rects) == len(shades)
    for rect in rects:
        place = QPoint(rect.right() + 1 - GAP_PX - SIDE_PX, rect.top() + GAP_PX)
        ground = image.pixelColor(place + QPoint(SIDE_PX // 2, SIDE_PX // 2)).name()
        badge = [
            image.pixelColor(place + QPoint(3 + x, 3 + y)).name()
            for x in range(BADGE_PX)
            for y in range(BADGE_PX)
        ]
        stands_out = sum(contrast(one, ground) > 3 for one in badge)
        assert stands_out > 40, "its ring at least"
        assert badge.count(disc) > 100


def test_the_strip_marks_what_was_accepted_until_that_is_undone(filled: WindowDriver) -> None:
    strip, model = filled.window.results.list, filled.window.results.model
    role = Qt.ItemDataRole.AccessibleTextRole
    corner = strip.visualRect(model.index(1)).topLeft()
    QTest.keyClick(strip, KEY.Key_Right)
    assert not filled.editor.results.accepted, "it is only looked at"
    QTest.keyClick(strip, KEY.Key_Return)
    filled.editor.results.mark([model.choices[1]], Mark.FAVORITE)
    told = [model.data(model.index(row), role) for row in range(3)]
    assert told[1].endswith(", favorite, accepted")
    assert not any(text.endswith("accepted") for text in (told[0], told[2]))
    assert "layer" in model.data(model.index(1), Qt.ItemDataRole.ToolTipRole)
    with_badge = strip.grab(QRect(corner, QSize(30, 30))).toImage()
    filled.editor.undo()
    assert model.data(model.index(1), role).endswith(", favorite")
    assert strip.grab(QRect(corner, QSize(30, 30))).toImage() != with_badge


def test_esc_keeps_the_original_and_the_results(filled: WindowDriver) -> None:
    before = len(filled.window.results.model.choices)
    QTest.keyClick(filled.window.results.list, KEY.Key_Escape)
    assert filled.editor.candidates.current is None
    assert filled.editor.shown is filled.editor.document
    assert len(filled.editor.document.layers) == 1
    assert len(filled.window.results.model.choices) == before
    QTest.mouseClick(*tile_place(filled.window.results, 4))
    assert filled.editor.candidates.previewed is not None


def test_favorites_and_rejected_are_marked_by_keys_and_shown_by_the_filter(
    filled: WindowDriver,
) -> None:
    panel = filled.window.results
    first, second = panel.model.choices[:2]
    QTest.keyClick(panel.list, KEY.Key_F)
    assert filled.editor.results.mark_of(first) is Mark.FAVORITE
    QTest.keyClick(panel.list, KEY.Key_Right)
    QTest.keyClick(panel.list, KEY.Key_X)
    assert filled.editor.results.mark_of(second) is Mark.REJECTED
    assert second not in panel.model.choices
    for wanted, expected in ((Filter.FAVORITES, first), (Filter.REJECTED, second)):
        panel.filter.setFocus()
        while panel.filter.currentData() is not wanted:
            QTest.keyClick(panel.filter, KEY.Key_Down)
        assert panel.model.choices == (expected,)


def test_a_rejected_result_gives_way_to_the_nearest_one_that_is_not_rejected(
    filled: WindowDriver,
) -> None:
    panel, candidates = filled.window.results, filled.editor.candidates
    first, second, third = panel.model.choices[:3]
    QTest.mouseClick(*tile_place(panel, 1))
    QTest.keyClick(panel.list, KEY.Key_X)
    assert panel.chosen == candidates.previewed == third
    assert panel.selected == (third,)
    QTest.keyClick(panel.list, KEY.Key_X)
    assert panel.chosen == candidates.previewed == first, "the one before the last"
    QTest.keyClick(panel.list, KEY.Key_Return)
    assert filled.editor.results.accepted == {first}
    assert filled.editor.results.mark_of(second) is Mark.REJECTED


def test_rejecting_the_last_result_keeps_the_original(filled: WindowDriver) -> None:
    panel = filled.window.results
    for _ in range(3):
        QTest.keyClick(panel.list, KEY.Key_X)
    assert panel.chosen is None
    assert not panel.accept.isVisible()
    assert filled.editor.shown is filled.editor.document
    assert len(panel.model.choices) == 2, "those of the older fill are left alone"


def test_rejecting_another_result_than_the_one_in_view_leaves_that_in_view(
    filled: WindowDriver,
) -> None:
    panel = filled.window.results
    shown, other = panel.model.choices[:2]
    panel.list.setCurrentIndex(panel.model.index(1))
    QTest.keyClick(panel.list, KEY.Key_X)
    assert filled.editor.results.mark_of(other) is Mark.REJECTED
    assert panel.chosen == filled.editor.candidates.previewed == shown


def test_the_menu_behind_the_dots_is_for_the_result_that_the_heading_names(
    filled: WindowDriver,
) -> None:
    panel, results = filled.window.results, filled.editor.results
    first, second, third = panel.model.choices[:3]
    QTest.mouseClick(*tile_place(panel, 2))
    strip, _, keys, place = tile_place(panel, 1)
    QTest.mouseClick(strip, Qt.MouseButton.RightButton, keys, place)
    assert "3 of 3" in panel.title.text()
    panel.more.menu().findChild(QAction, "favorite").trigger()
    assert results.mark_of(third) is Mark.FAVORITE
    assert results.mark_of(second) is None
    panel._menu.findChild(QAction, "favorite").trigger()
    assert results.mark_of(second) is Mark.FAVORITE, (
        "the menu of a right click is for what is there"
    )
    QTest.mouseClick(*tile_place(panel, 0))
    QTest.keyClick(panel.list, KEY.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    panel.more.menu().findChild(QAction, "reject").trigger()
    assert {one for one in (first, second, third) if results.mark_of(one) is Mark.REJECTED} == {
        first,
        second,
    }, "with what is selected besides"


def test_several_results_are_deleted_and_taken_back(filled: WindowDriver) -> None:
    panel = filled.window.results
    everything = panel.model.choices
    QTest.keyClick(panel.list, KEY.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert panel.selected == everything[:2]
    QTest.keyClick(panel.list, KEY.Key_Delete)
    assert panel.model.choices == everything[2:]
    assert filled.editor.candidates.current is None
    QTest.mouseClick(panel.undelete, Qt.MouseButton.LeftButton)
    assert set(panel.model.choices) == set(everything)
    assert not panel.undelete.isVisible()


def test_deleting_all_leaves_a_way_back(filled: WindowDriver) -> None:
    panel = filled.window.results
    QTest.keyClick(panel.list, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(panel.list, KEY.Key_Delete)
    assert panel.model.choices == ()
    assert panel.undelete.isVisible()


def test_results_are_searched_by_prompt(filled: WindowDriver) -> None:
    panel = filled.window.results
    panel.search.setFocus()
    QTest.keyClicks(panel.search, "cup")
    assert len(panel.model.choices) == 2
    QTest.keyClicks(panel.search, "zzz")
    assert panel.model.choices == ()
    assert panel.isVisible()
    assert panel.nothing.isVisible()
    panel.search.clear()
    assert len(panel.model.choices) == 5
    assert not panel.nothing.isVisible()
    panel.filter.setFocus()
    QTest.keyClick(panel.filter, KEY.Key_Down)
    assert panel.filter.currentData() is Filter.FAVORITES
    assert panel.nothing.isVisible()


def test_one_more_with_another_seed_appears_first(filled: WindowDriver) -> None:
    panel, generation = filled.window.results, filled.editor.generation
    before = generation.candidates.current
    assert before is not None
    QTest.keyClick(panel.list, KEY.Key_R)
    driver = filled
    driver.wait(lambda: len(generation.jobs.results) == 3)
    driver.wait(
        lambda: (
            generation.candidates.current is not None
            and generation.candidates.current is not before
        )
    )
    assert generation.candidates.current is not None
    assert generation.candidates.current.request.prompt == "an apple"
    assert panel.model.choices[0] == Choice(generation.candidates.current.id, 0)


def test_settings_and_mask_of_an_older_result_are_taken_again(filled: WindowDriver) -> None:
    editor, panel = filled.editor, filled.window.results
    mask = editor.document.selection
    editor.selection.clear()
    editor.set_generation_settings(prompt="")
    QTest.mouseClick(*tile_place(panel, 4))
    panel.more.menu().findChild(QAction, "mask").trigger()
    assert editor.generation_settings.prompt == "a cup"
    assert not editor.generation_settings.new_seed
    assert editor.document.selection.equal_pixels(mask)


def test_the_keys_of_the_strip_do_not_reach_the_menus(filled: WindowDriver) -> None:
    mask = filled.editor.document.selection
    QTest.keyClick(filled.window.results.list, KEY.Key_X)
    assert filled.editor.document.selection == mask, "X inverts the mask elsewhere"


@pytest.mark.parametrize("turned", [0, 90])
def test_the_sides_of_the_wipe_are_named(filled: WindowDriver, turned: int) -> None:
    canvas = filled.canvas
    canvas.view.turn(turned)
    QTest.keyClick(filled.window.results.list, KEY.Key_W)
    filled.wait(lambda: canvas.before_after.wipe is not None and canvas.before_after.wipe.is_ready)
    wipe, room = canvas.before_after.wipe, QRectF(canvas.rect())
    assert wipe is not None

    def names() -> dict[str, QRectF]:
        return dict(wipe.place_names(canvas.view, room, canvas.fontMetrics()))

    line = canvas.view.frame_transform().map(wipe.line(canvas.view.viewport).topLeft())
    before, after = names()["Before"], names()["After"]
    seen = canvas.grab().toImage()
    for rect in (before, after):
        corner = rect.topLeft().toPoint() + QPoint(5, 2)
        assert seen.pixelColor(corner * seen.devicePixelRatio()).name() == theme.RAISED
    if turned:
        assert before.bottom() < line.y() < after.top()
    else:
        assert before.right() < line.x() < after.left()
        assert max(before.bottom(), after.bottom()) < line.y(), "above what is compared"
    canvas.before_after.move(-1)
    assert list(names()) == ["After"]
    canvas.before_after.move(2)
    assert list(names()) == ["Before"]


def test_the_wipe_follows_the_mouse_and_paints_no_mask(filled: WindowDriver) -> None:
    canvas, panel = filled.canvas, filled.window.results
    whole = canvas.grab().toImage()
    QTest.keyClick(panel.list, KEY.Key_W)
    filled.wait(lambda: canvas.before_after.wipe is not None and canvas.before_after.wipe.is_ready)
    wipe = canvas.before_after.wipe
    assert wipe is not None
    assert canvas.grab().toImage() != whole
    mask = filled.editor.document.selection
    filled.drag((300, 200), (325, 200))
    assert wipe.position == pytest.approx(0.9, abs=0.02)
    assert filled.editor.document.selection == mask
    QTest.keyClick(panel.list, KEY.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert wipe.position == pytest.approx(0.8, abs=0.02)
    left, right = filled.at(290, 200), filled.at(326, 200)
    seen = canvas.grab().toImage()
    document = filled.editor.document.layers[0].raster
    assert document is not None
    original = document.read(filled.editor.document.box)
    assert seen.pixelColor(left).getRgb()[:3] == tuple(original[200, 290][:3])
    assert seen.pixelColor(right).getRgb()[:3] != tuple(original[200, 326][:3])
    QTest.keyClick(panel.list, KEY.Key_Escape)
    assert canvas.before_after.wipe is None
    assert filled.editor.candidates.current is not None, "still to be chosen from"
    QTest.keyClick(panel.list, KEY.Key_Escape)
    assert filled.editor.candidates.current is None


def test_side_by_side_shows_all_candidates_with_the_original(filled: WindowDriver) -> None:
    view, generation = filled.window.compare, filled.editor.generation
    QTest.keyClick(filled.window.results.list, KEY.Key_C)
    assert view.isVisible()
    filled.wait(lambda: all(one.has_picture for one in view.pictures.values()))
    job = generation.candidates.current_id
    assert list(view.pictures) == [None, Choice(job, 0), Choice(job, 1), Choice(job, 2)]
    QTest.keyClick(view.focusWidget(), KEY.Key_Right)
    assert generation.candidates.selected == 1
    assert view.pictures[Choice(job, 1)].isChecked()
    QTest.keyClick(view.focusWidget(), KEY.Key_Return)
    assert not view.isVisible()
    assert filled.canvas.isVisible()
    assert filled.editor.document.layers[-1].name == "an apple"


def test_side_by_side_tells_the_original_from_a_photo_with_an_accepted_result(
    filled: WindowDriver,
) -> None:
    view, candidates = filled.window.compare, filled.editor.candidates
    apple, cup = filled.window.results.model.choices[0], filled.window.results.model.choices[3]

    def caption_of(choice: Choice) -> str:
        candidates.choose(choice)
        filled.window.results.compare_requested.emit()
        caption = view.pictures[None].text()
        view.leave()
        return caption

    assert caption_of(apple) == "Original"
    candidates.accept()
    assert caption_of(apple) == "As it is now"
    assert caption_of(cup) == "Original", "without a result of this fill"
    candidates.put_aside()
    filled.editor.undo()
    assert caption_of(apple) == "Original"


def test_side_by_side_is_left_from_any_panel(filled: WindowDriver) -> None:
    view, button = filled.window.compare, filled.window.results.compare
    for leave in (
        lambda: QTest.keyClick(filled.window.results.accept, KEY.Key_Escape),
        lambda: QTest.mouseClick(button, Qt.MouseButton.LeftButton),
        lambda: QTest.keyClick(filled.window.results.list, KEY.Key_C),
    ):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert view.isVisible()
        filled.window.results.accept.setFocus()
        leave()
        assert not view.isVisible()
        assert filled.editor.candidates.current is not None, "still to be chosen from"


def test_escape_closes_an_error_before_it_leaves_side_by_side(filled: WindowDriver) -> None:
    view, notices = filled.window.compare, filled.window.notices
    QTest.mouseClick(filled.window.results.compare, Qt.MouseButton.LeftButton)
    filled.editor.state.notify("The disk is full.", Severity.ERROR)
    QTest.keyClick(filled.window.results.accept, KEY.Key_Escape)
    assert not notices.isVisible()
    assert view.isVisible()
    QTest.keyClick(filled.window.results.accept, KEY.Key_Escape)
    assert not view.isVisible()
    filled.editor.state.notify("The disk is full.", Severity.ERROR)
    filled.canvas.setFocus()
    QTest.keyClick(filled.canvas, KEY.Key_Escape)
    assert not notices.isVisible()
    assert filled.editor.candidates.current is not None, "still to be chosen from"


def test_a_notice_stands_below_the_pictures_that_are_compared(filled: WindowDriver) -> None:
    notices, view, stage = filled.window.notices, filled.window.compare, filled.window._stage

    def notice(text: str) -> None:
        filled.editor.state.notify(text, Severity.ERROR)

    notice("The disk is full; make room on it, then save again.")
    assert notices.card.top() < 40
    QTest.mouseClick(filled.window.results.compare, Qt.MouseButton.LeftButton)

    def covers_a_picture() -> bool:
        rects = [one.geometry() for one in view.pictures.values()]
        return any(notices.card.intersects(rect.adjusted(0, 0, 0, -CAPTION_PX)) for rect in rects)

    assert notices.isVisible()
    assert not covers_a_picture()
    (hint,) = view.findChildren(QLabel)
    assert "Enter accepts" in hint.text()
    assert not notices.card.intersects(hint.geometry())
    notice("The file was changed by another program. " * 4)
    assert stage.rect().contains(notices.card)
    assert not covers_a_picture()
    assert not notices.card.intersects(hint.geometry())
    assert not any(hint.geometry().intersects(one.geometry()) for one in view.pictures.values())
    view.leave()
    assert notices.card.top() < 40


def test_a_notice_stands_beside_the_wipe_or_goes(filled: WindowDriver) -> None:
    notices, canvas, stage = filled.window.notices, filled.canvas, filled.window._stage
    notify, view = filled.editor.state.notify, canvas.view
    box = filled.editor.results.filled_box()
    assert box is not None

    def covers() -> bool:
        rect = view.widget_rect(box).translated(canvas.mapTo(stage, QPoint(0, 0)))
        return notices.card.intersects(rect)

    filled.window.results.wipe.setChecked(True)
    notify("Saved.", Severity.SUCCESS)
    assert notices.card.top() < 40
    view.zoom_to(3.0)
    view.pan(0, -view.widget_rect(box).top())
    assert notices.isVisible()
    assert notices.card.top() > 40
    assert not covers()
    filled.window.results.wipe.setChecked(False)
    assert notices.card.top() < 40
    filled.window.results.wipe.setChecked(True)
    view.zoom_to(12.0)
    middle = view.widget_rect(box).center() - canvas.rect().center()
    view.pan(-middle.x(), -middle.y())
    assert not notices.isVisible(), "no room beside it"
    notify("The disk is full.", Severity.ERROR)
    assert notices.isVisible(), "which has to be read"


def test_c_leaves_side_by_side_instead_of_choosing_the_crop_tool(filled: WindowDriver) -> None:
    view, tool = filled.window.compare, filled.editor.tool_settings.tool
    QTest.mouseClick(filled.window.results.compare, Qt.MouseButton.LeftButton)
    picture = list(view.pictures.values())[1]
    picture.setFocus()
    filled.wait(picture.hasFocus)
    QTest.keyClick(picture, Qt.Key.Key_C)
    assert not view.isVisible()
    assert filled.editor.tool_settings.tool is tool


def test_before_and_after_is_in_the_view_menu(filled: WindowDriver) -> None:
    editor, wipe = filled.editor, filled.window.results.wipe
    actions = {one.path: one.action for one in list_commands(filled.window.menu_bar)}
    split, glimpse = actions["View › Before and after"], actions["View › Picture before"]
    filled.wait(wipe.isEnabled)
    filled.wait(split.isEnabled)
    split.trigger()
    assert filled.canvas.before_after.wipe is not None
    assert split.isChecked()
    wipe.setChecked(False)
    assert not split.isChecked()
    glimpse.trigger()
    assert editor.is_showing_before
    filled.wait(lambda: not editor.is_showing_before)
    editor.keep_original()
    split.trigger()
    assert filled.canvas.before_after.is_of_original, "without results it compares the picture"


def test_keys_of_the_results_work_side_by_side(filled: WindowDriver) -> None:
    view, panel, tool = (
        filled.window.compare,
        filled.window.results,
        filled.editor.tool_settings.tool,
    )
    QTest.mouseClick(panel.compare, Qt.MouseButton.LeftButton)
    picture = list(view.pictures.values())[1]
    picture.setFocus()
    QTest.keyClick(picture, KEY.Key_F)
    assert view.isVisible()
    assert panel.chosen is not None
    assert filled.editor.generation.jobs[panel.chosen.job].marks
    filled.wait(panel.wipe.isEnabled)
    QTest.keyClick(picture, KEY.Key_W)
    assert not view.isVisible()
    assert filled.canvas.before_after.wipe is not None
    filled.canvas.setFocus()
    QTest.keyClick(filled.canvas, KEY.Key_W)
    assert filled.canvas.before_after.wipe is None, "also where the line is dragged"
    assert filled.editor.tool_settings.tool is tool


def test_del_side_by_side_deletes_the_chosen_result_and_goes_on_to_the_next(
    filled: WindowDriver,
) -> None:
    view, panel = filled.window.compare, filled.window.results
    filled.editor.selection.rectangle(Point(5, 5), Point(25, 25))
    first, *others = filled.editor.results.series_of(panel.model.choices[0])
    filled.editor.candidates.choose(first)
    QTest.mouseClick(panel.compare, Qt.MouseButton.LeftButton)
    jobs, states = len(filled.editor.generation.jobs), len(filled.editor.timeline)
    for left in (others, others[1:], others[2:]):
        QTest.keyClick(view.focusWidget(), KEY.Key_Delete)
        assert (len(filled.editor.generation.jobs), len(filled.editor.timeline)) == (
            jobs - (not left),
            states,
        ), "nothing else was begun"
        assert view.isVisible() is bool(left)
        if left:
            assert list(view.pictures) == [None, *left]
            assert panel.chosen == left[0]
    assert first not in panel.model.choices


def test_esc_leaves_side_by_side_and_goes_on_choosing(filled: WindowDriver) -> None:
    view = filled.window.compare
    QTest.mouseClick(filled.window.results.compare, Qt.MouseButton.LeftButton)
    assert view.isVisible()
    QTest.keyClick(view.focusWidget(), KEY.Key_Escape)
    assert filled.canvas.isVisible()
    assert filled.editor.candidates.current is not None


def test_esc_in_the_strip_leaves_side_by_side_before_the_candidates(filled: WindowDriver) -> None:
    view, panel, candidates = filled.window.compare, filled.window.results, filled.editor.candidates
    notices: list[str] = []
    filled.editor.notice.connect(lambda notice: notices.append(notice.text))
    QTest.keyClick(panel.list, KEY.Key_C)
    filled.wait(view.isVisible)
    QTest.mouseClick(*tile_place(panel, 1))
    panel.list.setFocus()
    chosen = panel.chosen
    QTest.keyClick(panel.list, KEY.Key_Escape)
    assert not view.isVisible()
    assert panel.chosen == chosen
    assert not notices
    panel.list.setFocus()
    QTest.keyClick(panel.list, KEY.Key_Escape)
    assert candidates.current is None
    assert notices == ["The results stay in Results; click one there to choose it again."]
    QTest.mouseClick(*tile_place(panel, 1))
    assert panel.chosen == chosen


def test_a_candidate_that_is_not_fitted_yet_cannot_be_accepted(
    filled: WindowDriver,
) -> None:
    panel, jobs = filled.window.results, filled.editor.generation.jobs
    older = panel.model.choices[3]
    jobs.put(replace(jobs[older.job], fitted={}))
    QTest.mouseClick(*tile_place(panel, 3))
    assert panel.chosen == older
    assert not panel.accept.isEnabled()
    assert "Fitting" in panel.seam.text()
    filled.wait(lambda: panel.accept.isEnabled())


def test_the_panel_closes_and_comes_back_with_new_results(filled: WindowDriver) -> None:
    panel = filled.window.results
    panel.close_by_user()
    assert not panel.isVisible()
    fill(filled, "a cup", 1)
    assert panel.isVisible()


def test_a_drag_beside_the_line_of_the_wipe_moves_it_and_paints_nothing(
    filled: WindowDriver,
) -> None:
    canvas, editor = filled.canvas, filled.editor
    QTest.keyClick(filled.window.results.list, KEY.Key_W)
    filled.wait(lambda: canvas.before_after.wipe is not None and canvas.before_after.wipe.is_ready)
    mask, wipe = editor.document.selection, canvas.before_after.wipe
    assert wipe is not None
    assert canvas.cursor().shape() is Qt.CursorShape.SplitHCursor
    filled.drag((270, 150), (320, 150))
    assert wipe.position == pytest.approx(0.85, abs=0.05)
    filled.drag((100, 100), (120, 100))
    assert wipe.position == 0
    send_pen(canvas, QEvent.Type.TabletPress, filled.at(300, 200), 0.5)
    send_pen(canvas, QEvent.Type.TabletRelease, filled.at(310, 200), 0)
    assert editor.document.selection == mask
    assert canvas.before_after.wipe is wipe
    QTest.keyClick(filled.window.results.list, KEY.Key_W)
    filled.drag((100, 100), (120, 100))
    assert editor.document.selection != mask


def test_drafts_are_picked_in_the_strip_and_refined_by_enter(
    qtbot: QtBot, photo_file: Path
) -> None:
    driver = WindowDriver(CascadeEngine())
    generation, panel = driver.editor.generation, driver.window.results
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(250, 150), Point(350, 250))
    driver.editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=3, steps=2))
    before = driver.canvas.grab().toImage()
    QTest.mouseClick(driver.window.prompt.generate, Qt.MouseButton.LeftButton)
    driver.wait(lambda: generation.candidates.draft is not None)
    assert panel.accept.text() == "Refine"
    assert "Enter refines" in panel.list.toolTip()
    assert driver.canvas.grab().toImage() != before, "the draft is seen on the canvas"
    assert not panel.wipe.isEnabled()
    assert "refine the draft first" in panel.wipe.toolTip()
    panel.list.setFocus()
    QTest.keyClick(panel.list, KEY.Key_Right)
    QTest.keyClick(panel.list, KEY.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert panel.accept.text() == "Refine 2"
    QTest.keyClick(panel.list, KEY.Key_Return)
    driver.wait(lambda: len(generation.jobs.results) == 3)
    driver.wait(lambda: generation.candidates.current is not None and panel.accept.isEnabled())
    assert panel.accept.text() == "Accept"
    assert "Enter accepts" in panel.list.toolTip()
    assert panel.wipe.isEnabled()
    assert panel.wipe.toolTip() == "Before and after  (W)"
    refined = [job.id for job in generation.jobs.values() if job.refined_from]
    drafts = generation.jobs[refined[0]].refined_from
    expected = Choice(drafts, 0), Choice(refined[0], 1), Choice(refined[1], 2)
    driver.wait(lambda: panel.model.choices == expected)
    assert panel.title.text() == "“a cup”, 3 of 3"
    assert panel.model.data(panel.model.index(1), Qt.ItemDataRole.DisplayRole) == "“a cup”, 2 of 3"
    driver.close()


def test_side_by_side_shows_what_was_refined_with_the_drafts_that_are_left(
    qtbot: QtBot, photo_file: Path
) -> None:
    driver = WindowDriver(CascadeEngine())
    generation, view = driver.editor.generation, driver.window.compare
    candidates, results = generation.candidates, driver.window.results
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(250, 150), Point(350, 250))
    driver.editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=3, steps=2))
    generation.generate(drafts_first=True)
    driver.wait(lambda: candidates.draft is not None)
    drafts = candidates.current_id
    one, two = generation.refine([Choice(drafts, 1), Choice(drafts, 2)])
    refined = Choice(one.id, 1), Choice(two.id, 2)
    driver.wait(lambda: all(candidates.can_show(choice) for choice in refined))
    assert candidates.current_id == two.id

    QTest.keyClick(results.list, KEY.Key_C)
    pictures = view.pictures
    assert list(pictures) == [None, Choice(drafts, 0), *refined]
    captions = [picture.text() for picture in pictures.values()]
    assert captions == ["Original", "1, draft", "2", "3"]
    assert pictures[refined[1]].isChecked()
    driver.wait(lambda: all(picture.has_picture for picture in pictures.values()))
    shown = [picture.grab().toImage() for picture in pictures.values()]
    assert all(shown[0] != other for other in shown[1:]), "the draft is seen in the photo, too"
    QTest.keyClick(view.focusWidget(), KEY.Key_Left)
    assert results.chosen == refined[0]
    assert "Enter accepts" in view._hint.text()
    assert pictures[refined[0]].hasFocus()
    assert results.title.text() == "“a cup”, 2 of 3"
    QTest.keyClick(view.focusWidget(), KEY.Key_Left)
    assert candidates.draft is not None
    assert view.isVisible()
    assert "Enter refines" in view._hint.text()
    QTest.keyClick(view.focusWidget(), KEY.Key_Return)
    assert not view.isVisible()
    driver.wait(lambda: candidates.current is not None and candidates.current.refined_from != "")
    assert candidates.current_id not in (one.id, two.id), "the draft was refined"

    QTest.keyClick(results.list, KEY.Key_C)
    pictures = view.pictures
    assert [picture.text() for picture in pictures.values()] == ["Original", "1", "2", "3"]
    QTest.keyClick(view.focusWidget(), KEY.Key_Right)
    QTest.keyClick(view.focusWidget(), KEY.Key_Return)
    assert not view.isVisible()
    assert driver.editor.results.accepted == {refined[0]}
    driver.close()


def test_what_is_refined_takes_the_place_of_its_draft_in_side_by_side(
    qtbot: QtBot, photo_file: Path
) -> None:
    driver = WindowDriver(CascadeEngine())
    generation, view = driver.editor.generation, driver.window.compare
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(250, 150), Point(350, 250))
    driver.editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=2, steps=2))
    generation.generate(drafts_first=True)
    driver.wait(lambda: generation.candidates.draft is not None)
    drafts = generation.candidates.current_id
    QTest.keyClick(driver.window.results.list, KEY.Key_C)
    assert list(view.pictures) == [None, Choice(drafts, 0), Choice(drafts, 1)]
    job = generation.jobs[drafts]
    running = Job(
        replace(job.request, id="refined", draft=job.draft(0).image, draft_index=0),
        job.painted,
        refined_from=drafts,
        created=job.created,
        frame=job.frame,
    )
    generation.jobs.put(running.advance(Progress("refined", "Detail", 1, 4)))
    driver.editor.candidates_changed.emit()
    assert list(view.pictures) == [None, Choice(drafts, 0), Choice(drafts, 1)], "not there yet"
    patch = Patch(0, np.zeros((job.request.box.height, job.request.box.width, 3), np.float32))
    generation.restore(running.advance(Finished("refined", (patch,), 0.1)))
    driver.wait(lambda: generation.candidates.current_id == "refined")
    assert list(view.pictures) == [None, Choice("refined", 0), Choice(drafts, 1)]
    assert view.isVisible()
    assert view.pictures[Choice("refined", 0)].isChecked()
    assert view.pictures[Choice("refined", 0)].hasFocus()
    driver.close()


def test_thumbnails_that_are_due_at_once_are_made_in_several_turns(
    filled: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that clicks come between; those that wait are drawn as before, then by themselves."""
    made: list[int] = []

    def make(picture: CompactImage, side: int, ratio: float) -> QPixmap:
        made.append(side)
        return picture_pixmap(picture, side, ratio)

    run_event_loop(50)
    monkeypatch.setattr(results_model, "picture_pixmap", make)
    monkeypatch.setattr(results_model, "MAKING_S", 0.0)
    results = filled.window.results
    model = results.model
    before = [model.pixmap(row, 1.0) for row in range(5)]
    assert not made, "nothing has changed"
    assert None not in before
    turned = [model.pixmap(row, 2.0) for row in range(5)]
    assert len(made) == 1
    assert turned[0].devicePixelRatioF() == 2
    assert [turned[row].cacheKey() for row in range(1, 5)] == [
        before[row].cacheKey() for row in range(1, 5)
    ]
    drawn: list[int] = []
    model.dataChanged.connect(lambda first, last, _: drawn.append(last.row()))
    filled.wait(lambda: bool(drawn))
    assert drawn == [4], "those left are drawn again"
    assert model.pixmap(1, 2.0).devicePixelRatioF() == 2
    assert len(made) >= 2


def test_a_draft_is_seen_until_there_is_more_of_it() -> None:
    draft, preview = np.zeros((64, 64, 3), np.float32), np.ones((64, 64, 3), np.float32)
    request = Request("fill", "a cup", Box(0, 0, 64, 64), draft=draft, draft_index=2)
    job = Job(request)
    assert candidate_pictures(job) == {2: draft}
    running = job.advance(Progress(job.id, "Detail", 1, 4, previews=(preview,)))
    assert candidate_pictures(running)[2] is preview
    assert running.visible == (Choice(job.id, 2),)


def test_thumbnails_show_what_was_asked_for_at_any_scale() -> None:
    painted = np.zeros((200, 100), np.uint8)
    painted[150:190, 60:90] = 255
    job = Job(Request("fill", "a cup", Box(0, 0, 100, 200)), painted)
    for scale in (1.0, 0.5):
        picture = np.zeros((round(200 * scale), round(100 * scale), 3), np.float32)
        picture[round(150 * scale) : round(190 * scale), round(60 * scale) : round(90 * scale)] = 1
        part = crop_to_painted(picture, job)
        assert part.shape[0] == pytest.approx(50 * scale, abs=2)
        assert part.sum() == picture.sum(), "all of it is seen"


def test_thumbnails_of_objects_show_the_whole_object() -> None:
    cutout = np.zeros((64, 64, 4), np.float32)
    cutout[10:30, 20:50] = 1
    job = Job(Request("fill", "a cup", Box(0, 0, 200, 200)), np.full((200, 200), 255, np.uint8))
    part = crop_to_painted(cutout, job)
    assert part.sum() == cutout.sum()
    assert max(part.shape[:2]) < 42


def test_a_large_object_is_reduced_for_its_thumbnail() -> None:
    cutout = np.zeros((2400, 2000, 4), np.float16)
    cutout[300:1500, 1100:] = 1  # up to the border
    job = Job(Request("fill", "a cup", Box(0, 0, 200, 240)), np.full((240, 200), 255, np.uint8))
    part = crop_to_painted(cutout, job)
    height, width = part.shape[:2]
    assert height == width
    assert 512 <= height < 1024, "little enough to be made while the window waits"
    rows, columns = np.nonzero(part[..., 3])
    seen = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert seen[0] / seen[1] == pytest.approx(1200 / 900, rel=0.01)
    assert rows.mean() == pytest.approx(height / 2, rel=0.01)
    assert columns.mean() == pytest.approx(width / 2, rel=0.01)


@pytest.fixture
def painted(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    """A window with a mask, a prompt, and an engine that takes a moment for a fill."""
    assert isinstance(driver.engine, StandInEngine)
    driver.engine.pace = 0.05
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(280, 180), Point(330, 230))
    sampling = Sampling(count=3, steps=3)
    driver.editor.set_generation_settings(prompt="a cup", sampling=sampling)
    driver.canvas.setFocus()
    return driver


def wait_for_results(driver: WindowDriver) -> None:
    driver.wait(lambda: driver.editor.candidates.current is not None)
    run_event_loop(20)


def press(driver: WindowDriver, *keys: Qt.Key) -> None:
    """Press keys as the window system sends them: to what has the focus, shortcuts first."""
    for key in keys:
        QTest.keyClick(driver.window.windowHandle(), key)


def check_keys_choose(driver: WindowDriver) -> None:
    """The keys of the strip work on results that have just come."""
    candidates, tool = driver.editor.candidates, driver.editor.tool_settings.tool
    assert driver.window.results.list.hasFocus()
    size = driver.editor.document.size
    press(driver, KEY.Key_Right)
    assert candidates.selected == 1
    driver.wait(lambda: candidates.is_ready(1))
    press(driver, KEY.Key_C)
    assert driver.window.compare.isVisible()
    press(driver, KEY.Key_C)
    assert not driver.window.compare.isVisible()
    assert driver.editor.tool_settings.tool is tool, "C is not Crop here"
    driver.window.results.list.setFocus()
    press(driver, KEY.Key_Return)
    assert driver.editor.document.size == size
    assert len(driver.editor.document.layers) == 2, "Enter accepts"
    assert driver.canvas.hasFocus()


def click_generate(driver: WindowDriver) -> None:
    QTest.mouseClick(driver.window.prompt.generate, Qt.MouseButton.LeftButton)
    assert driver.window.prompt.generate.hasFocus()


def submit_panel_prompt(driver: WindowDriver) -> None:
    driver.window.prompt.prompt.setFocus()
    QTest.keyClick(driver.window.prompt.prompt, KEY.Key_Return)
    assert driver.window.prompt.prompt.hasFocus()


def submit_bar_prompt(driver: WindowDriver) -> None:
    assert driver.window.bar.focus_prompt()
    QTest.keyClick(driver.window.bar.prompt, KEY.Key_Return)


def start_from_canvas(driver: WindowDriver) -> None:
    QTest.keyClick(driver.canvas, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)


def start_without_focus(driver: WindowDriver) -> None:
    driver.canvas.clearFocus()
    assert QApplication.focusWidget() is None
    driver.editor.generation.generate()


@pytest.mark.parametrize(
    "start",
    [
        click_generate,
        submit_panel_prompt,
        submit_bar_prompt,
        start_from_canvas,
        start_without_focus,
    ],
)
def test_new_results_take_the_keys_from_where_the_fill_was_started(
    painted: WindowDriver, start: Callable[[WindowDriver], None]
) -> None:
    start(painted)
    wait_for_results(painted)
    check_keys_choose(painted)


def test_a_removal_by_the_panels_button_gives_its_results_the_keys(painted: WindowDriver) -> None:
    painted.editor.set_generation_settings(prompt="")
    assert painted.window.prompt.generate.text() == "Remove"
    click_generate(painted)
    wait_for_results(painted)
    assert painted.window.results.list.hasFocus()
    press(painted, KEY.Key_Return)
    assert len(painted.editor.document.layers) == 2


def test_esc_gives_the_keys_back_to_the_canvas(painted: WindowDriver) -> None:
    click_generate(painted)
    wait_for_results(painted)
    press(painted, KEY.Key_Escape)
    assert painted.canvas.hasFocus()
    assert painted.editor.candidates.current is None
    press(painted, KEY.Key_C)
    assert painted.editor.tool_settings.tool is Tool.CROP


def accept_by_shortcut(driver: WindowDriver) -> None:
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(driver.window.windowHandle(), KEY.Key_Return, keys)


def accept_by_menu(driver: WindowDriver) -> None:
    actions = {one.path: one.action for one in list_commands(driver.window.menu_bar)}
    actions["Generate › Accept result"].trigger()


def accept_by_enter(driver: WindowDriver) -> None:
    press(driver, KEY.Key_Return)


def accept_by_click(driver: WindowDriver) -> None:
    QTest.mouseClick(driver.window.results.accept, Qt.MouseButton.LeftButton)


def accept_side_by_side(driver: WindowDriver) -> None:
    press(driver, KEY.Key_C, KEY.Key_Return)


@pytest.mark.parametrize("was_layer", [False, True])
@pytest.mark.parametrize(
    "accept",
    [accept_by_shortcut, accept_by_menu, accept_by_enter, accept_by_click, accept_side_by_side],
)
def test_once_a_result_is_accepted_keys_are_for_the_tools(
    filled: WindowDriver, accept: Callable[[WindowDriver], None], was_layer: bool
) -> None:
    editor = filled.editor
    if was_layer:
        choice = filled.window.results.chosen
        assert choice is not None
        editor.candidates.accept()
        editor.candidates.choose(choice)
        filled.window.results.list.setFocus()
    accept(filled)
    assert editor.candidates.current is None
    assert filled.canvas.hasFocus()
    press(filled, KEY.Key_X, KEY.Key_F, KEY.Key_C)
    assert editor.tool_settings.tool is Tool.CROP
    assert not any(job.marks for job in editor.generation.jobs.values()), "no result is meant"


@pytest.mark.parametrize("field", ["prompt.prompt", "results.search", "prompt.seed"])
def test_a_field_that_is_written_in_keeps_the_keys_when_a_result_is_accepted(
    filled: WindowDriver, field: str
) -> None:
    filled.editor.set_generation_settings(new_seed=False)
    widget = attrgetter(field)(filled.window)
    widget.setFocus()
    assert widget.hasFocus()
    accept_by_shortcut(filled)
    assert len(filled.editor.document.layers) == 2
    assert widget.hasFocus()


def test_what_was_refined_takes_the_keys_again(qtbot: QtBot, photo_file: Path) -> None:
    driver = WindowDriver(CascadeEngine())
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.open(photo_file)
    driver.editor.selection.rectangle(Point(250, 150), Point(350, 250))
    driver.editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=3, steps=2))
    click_generate(driver)
    driver.wait(lambda: driver.editor.candidates.draft is not None)
    assert driver.window.results.list.hasFocus()
    press(driver, KEY.Key_Return)
    assert driver.canvas.hasFocus()
    candidates = driver.editor.candidates
    driver.wait(lambda: candidates.current is not None and not candidates.current.is_drafts)
    assert driver.window.results.list.hasFocus()
    tool = driver.editor.tool_settings.tool
    press(driver, KEY.Key_C, KEY.Key_C)
    assert driver.editor.tool_settings.tool is tool
    driver.close()


def test_a_prompt_that_is_written_on_keeps_the_keys(painted: WindowDriver) -> None:
    prompt = painted.window.prompt.prompt
    submit_panel_prompt(painted)
    QTest.keyClick(prompt, KEY.Key_End)
    QTest.keyClicks(prompt, " with")
    wait_for_results(painted)
    assert prompt.hasFocus()
    press(painted, KEY.Key_Space, KEY.Key_C)
    assert prompt.toPlainText() == "a cup with c"


def test_a_prompt_somebody_has_gone_to_keeps_the_keys(painted: WindowDriver) -> None:
    start_from_canvas(painted)
    QTest.keyClick(painted.window.windowHandle(), KEY.Key_L, Qt.KeyboardModifier.ControlModifier)
    prompt = QApplication.focusWidget()
    assert prompt in (painted.window.bar.prompt, painted.window.prompt.prompt)
    QTest.keyClick(painted.window.windowHandle(), KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    wait_for_results(painted)
    assert prompt.hasFocus()
    tool = painted.editor.tool_settings.tool
    press(painted, KEY.Key_B, KEY.Key_E)
    assert painted.editor.tool_settings.tool is tool
    assert painted.editor.generation_settings.prompt == "be"


def test_all_selected_in_the_prompt_that_started_the_fill_keeps_the_keys(
    painted: WindowDriver,
) -> None:
    prompt = painted.window.prompt.prompt
    submit_panel_prompt(painted)
    QTest.keyClick(prompt, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    wait_for_results(painted)
    assert prompt.hasFocus()


@pytest.mark.parametrize("field", ["results.search", "prompt.seed", "history.tree"])
def test_another_control_in_use_keeps_the_keys(painted: WindowDriver, field: str) -> None:
    fill(painted, "a cup")
    painted.editor.candidates.put_aside()
    widget = attrgetter(field)(painted.window)
    painted.editor.set_generation_settings(new_seed=False)
    painted.editor.generation.generate()
    widget.setFocus()
    wait_for_results(painted)
    assert widget.hasFocus()


def test_an_open_menu_and_an_open_dialog_keep_the_keys(painted: WindowDriver) -> None:
    menu = painted.window.bar.menu
    painted.editor.generation.generate()
    menu.popup(painted.window.mapToGlobal(QPoint(50, 50)))
    wait_for_results(painted)
    menu.close()
    assert painted.canvas.hasFocus()
    painted.editor.candidates.put_aside()
    painted.editor.generation.generate()
    dialog = QDialog(painted.window)
    dialog.open()
    wait_for_results(painted)
    assert painted.window.focusWidget() is painted.canvas
    dialog.close()


def test_a_stroke_and_standing_handles_keep_the_keys(painted: WindowDriver) -> None:
    painted.editor.generation.generate()
    painted.drag((60, 60), (90, 90), release=False)
    assert painted.canvas.is_gesturing
    wait_for_results(painted)
    assert painted.canvas.hasFocus()
    painted.editor.candidates.put_aside()
    QTest.mouseRelease(painted.canvas, Qt.MouseButton.LeftButton, pos=painted.at(90, 90))
    painted.editor.generation.generate()
    press(painted, KEY.Key_C)
    wait_for_results(painted)
    assert painted.canvas.hasFocus(), "the arrow keys move the crop frame"


def test_what_is_picked_for_other_islands_is_marked_and_kept_when_passing_by(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    editor, candidates, panel = driver.editor, driver.editor.candidates, driver.window.results
    for x, y in ((20, 20), (280, 180), (540, 340)):
        editor.selection.ellipse(Point(x, y), Point(x + 40, y + 40), mode="union")
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=3, steps=2))
    editor.generation.generate(by_islands=True)
    jobs = editor.generation.jobs
    driver.wait(lambda: len(jobs.results) == 3)
    right, middle, left = (panel.model.choices[at].job for at in (0, 3, 6))

    def told() -> set[Choice]:
        role, end = Qt.ItemDataRole.AccessibleTextRole, "picked for its part of the mask"
        indices = [panel.model.index(row) for row in range(9)]
        tips = [panel.model.data(one, Qt.ItemDataRole.ToolTipRole) for one in indices]
        texts = [panel.model.data(one, role) for one in indices]
        assert ["part of the mask" in tip for tip in tips] == [one.endswith(end) for one in texts]
        return {
            one for one, text in zip(panel.model.choices, texts, strict=True) if text.endswith(end)
        }

    candidates.choose(Choice(middle, 1))
    driver.wait(lambda: told() == {Choice(left, 0), Choice(right, 0)}, 20)
    place = panel.list.visualRect(panel.model.index(4)).adjusted(-2, -2, 2, 2)
    candidates.choose(Choice(right, 2))
    driver.wait(lambda: told() == {Choice(left, 0), Choice(middle, 1)}, 20)
    marked = panel.list.grab(place).toImage()
    panel.list.setFocus()
    press(driver, KEY.Key_Right)
    assert panel.chosen == Choice(middle, 1), "not the first one of that island"
    press(driver, KEY.Key_Right, KEY.Key_Right)
    assert panel.chosen == Choice(left, 0)
    press(driver, KEY.Key_Left)
    assert panel.chosen == Choice(middle, 2), "it was stepped on inside of its island"
    driver.window.canvas.setFocus()
    press(driver, KEY.Key_Left, KEY.Key_Left, KEY.Key_Left)
    assert panel.chosen == Choice(right, 2), "also by the keys of the canvas"
    driver.wait(lambda: told() == {Choice(left, 0), Choice(middle, 0)}, 20)
    assert panel.list.grab(place).toImage() != marked
    assert candidates.accept().ok
    assert editor.results.accepted == {Choice(left, 0), Choice(middle, 0), Choice(right, 2)}
    assert told() == set()


def test_several_picks_that_are_rejected_at_once_give_way_in_each_island(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    editor, candidates, panel = driver.editor, driver.editor.candidates, driver.window.results
    for x, y in ((20, 20), (540, 340)):
        editor.selection.ellipse(Point(x, y), Point(x + 40, y + 40), mode="union")
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=2, steps=2))
    editor.generation.generate(by_islands=True)
    driver.wait(lambda: len(editor.generation.jobs.results) == 2)
    one, two, three, four = panel.model.choices
    strip, button, keys, place = tile_place(panel, 3)
    QTest.mouseClick(strip, button, keys, place)
    strip, button, _, place = tile_place(panel, 0)
    QTest.mouseClick(strip, button, Qt.KeyboardModifier.ControlModifier, place)
    assert panel.selected == (one, four)
    QTest.keyClick(panel.list, KEY.Key_X)
    assert panel.chosen == two
    driver.wait(lambda: editor.results.shown_beside == {three}, 20)
    QTest.keyClick(panel.list, KEY.Key_X)
    assert panel.chosen == three, "the other island is left"
    driver.wait(lambda: candidates.can_show(three), 20)
    assert candidates.accept().ok
    assert editor.results.accepted == {three}


def test_the_picture_before_is_named_while_it_is_shown(filled: WindowDriver) -> None:
    canvas, place = filled.canvas, QPoint(NAME_GAP_PX + 5, NAME_GAP_PX + 2)

    def seen() -> str:
        picture = canvas.grab().toImage()
        return picture.pixelColor(place * picture.devicePixelRatio()).name()

    plain = seen()
    filled.editor.show_before(True)
    assert seen() == theme.RAISED
    filled.editor.show_before(False)
    assert seen() == plain != theme.RAISED
