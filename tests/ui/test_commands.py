"""The command palette, the overview of shortcuts and the user guide."""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt, QUrl
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenuBar

from glide_studio.cli.main import VERBS
from glide_studio.ui.command_palette import CommandPalette
from glide_studio.ui.commands import OTHER_NAMES, list_commands, plain, search
from glide_studio.ui.help_windows import (
    CommandLineWindow,
    GuideWindow,
    ShortcutSheet,
    guide_path,
    join_lines,
)
from glide_studio.ui.menus import RecentMenu
from tests.ui.windows import WindowDriver, run_event_loop

CTRL = Qt.KeyboardModifier.ControlModifier


def menu_bar(driver: WindowDriver) -> QMenuBar:
    return driver.window.menu_bar


@pytest.fixture
def palette(driver: WindowDriver, photo_file: Path) -> CommandPalette:
    driver.open(photo_file)
    driver.canvas.setFocus()
    QTest.keyClick(driver.canvas, Qt.Key.Key_K, CTRL)
    driver.wait(lambda: bool(driver.window.findChildren(CommandPalette)))
    (found,) = driver.window.findChildren(CommandPalette)
    return found


def rows(palette: CommandPalette) -> list[str]:
    return [palette.list.topLevelItem(at).text(0) for at in range(palette.list.topLevelItemCount())]


def test_a_few_letters_and_enter_run_a_command(
    driver: WindowDriver, palette: CommandPalette
) -> None:
    QTest.keyClicks(palette.field, "select all")
    assert rows(palette)[0].endswith("Select all")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert driver.editor.timeline.current.label == "Select all"
    assert not palette.isVisible()


def test_a_search_without_matches_says_so(driver: WindowDriver, palette: CommandPalette) -> None:
    QTest.keyClicks(palette.field, "qqq")
    assert rows(palette) == ["Nothing found; try another word."]
    assert palette.list.topLevelItem(0).isDisabled()
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.field.clear()
    assert len(rows(palette)) > 100


def test_commands_of_a_menu_that_was_filled_again_are_left_out(
    driver: WindowDriver, palette: CommandPalette
) -> None:
    palette.field.setText("clear this list")
    (gone,) = rows(palette)
    for menu in driver.window.findChildren(RecentMenu):
        menu.parent().aboutToShow.emit()  # as when the File menu is opened
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    palette.show()
    palette.field.setText("clear this")
    assert gone not in rows(palette)
    palette.field.clear()
    assert len(rows(palette)) > 100


def test_extending_has_one_entry_in_the_menus(driver: WindowDriver) -> None:
    found = [one.path for one in list_commands(menu_bar(driver)) if "xtend" in one.path]
    assert {path.split(" › ")[1] for path in found} == {"Extend"}
    assert len(found) == 4


def test_the_arrow_keys_choose_among_matches(driver: WindowDriver, palette: CommandPalette) -> None:
    QTest.keyClicks(palette.field, "rotate")
    assert "Image › Rotate 90° right" in rows(palette)
    second = rows(palette)[1]
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentItem().text(0) == second
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    driver.wait(lambda: driver.editor.timeline.current.label == "Rotate")


def test_what_cannot_be_done_now_is_gray_and_does_nothing(
    driver: WindowDriver, palette: CommandPalette
) -> None:
    QTest.keyClicks(palette.field, "redo")
    item = palette.list.topLevelItem(0)
    assert item.isDisabled()
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_shortcuts_stand_beside_the_commands(palette: CommandPalette) -> None:
    QTest.keyClicks(palette.field, "curves")
    assert rows(palette) == ["Layer › New adjustment › Curves"]
    palette.field.setText("duplicate")
    assert palette.list.topLevelItem(0).text(1) == "Ctrl+J"


def test_no_shortcut_is_taken_twice(driver: WindowDriver) -> None:
    keys: dict[str, str] = {}
    for command in list_commands(menu_bar(driver)):
        for key in command.action.shortcuts():
            name = key.toString(QKeySequence.SequenceFormat.PortableText)
            assert name not in keys, f"{name}: {command.path} and {keys[name]}"
            keys[name] = command.path


def test_every_command_is_listed_once_and_menus_stay_together(driver: WindowDriver) -> None:
    commands = list_commands(menu_bar(driver))
    paths = [command.path for command in commands]
    assert len(set(paths)) == len(paths)
    names = Counter(command.name for command in commands)
    assert max(names.values()) == 1, names.most_common(1)
    menus = [menu for menu, _ in groupby(command.menus[0] for command in commands)]
    assert len(set(menus)) == len(menus)


def test_search_finds_words_in_any_order_and_ranks_names_first(driver: WindowDriver) -> None:
    commands = list_commands(menu_bar(driver))
    assert search(commands, "mask layer add")[0].name == "Add layer mask"
    assert search(commands, "crop")[0].name == "Crop"
    assert search(commands, "no such thing") == []
    assert search(commands, "") == commands
    assert plain("Save &as…") == "Save as"
    assert plain("Black && white") == "Black & white"


def test_a_command_is_found_by_what_other_programs_call_it(driver: WindowDriver) -> None:
    commands = list_commands(menu_bar(driver))
    assert [one.name for one in search(commands, "straighten")] == ["Crop"]
    assert "Crop" in [one.name for one in search(commands, "horizon")]
    found = [one.name for one in search(commands, "rotate")]
    assert found[0].startswith("Rotate")
    assert {"Crop", "Move and transform"} <= set(found)
    assert set(OTHER_NAMES) <= {one.id for one in commands}


def test_before_and_after_is_found_by_its_words(driver: WindowDriver) -> None:
    commands = list_commands(menu_bar(driver))
    for words in ("compare", "split", "before"):
        assert "View › Before and after" in [one.path for one in search(commands, words)], words
    keys = {one.path: one.keys for one in commands}
    assert keys["View › Before and after"] == "", "W chooses a tool while there are no results"
    assert keys["View › Picture before"] == "\\  held"


def test_f1_lists_every_shortcut(driver: WindowDriver) -> None:
    QTest.keyClick(driver.window, Qt.Key.Key_F1)
    driver.wait(lambda: bool(driver.window.findChildren(ShortcutSheet)))
    (sheet,) = driver.window.findChildren(ShortcutSheet)
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    for command in list_commands(menu_bar(driver)):
        if command.keys:
            assert command.keys in texts
            assert command.name in texts
    assert "Brush size" in texts
    assert {"C", "W", "F", "R", "L", "Side by side", "Before and after", "Favorite"} <= texts
    QTest.keyClick(driver.window, Qt.Key.Key_F1)
    assert driver.window.findChildren(ShortcutSheet) == [sheet]
    sheet.close()
    driver.wait(lambda: not driver.window.findChildren(ShortcutSheet))


def test_the_guide_in_chinese_has_all_that_the_english_one_has() -> None:
    folder = guide_path().parent

    def read(name: str, pattern: str) -> list[str]:
        text = (folder / name).read_text("utf-8")
        return [" ".join(one.split()) for one in re.findall(pattern, text, re.MULTILINE)]

    for pattern in (
        r"^#+",
        r"!\[.*?\]\((.*?)\)",
        r"[^!]\[.*?\]\((.*?)\)",
        r"^\|",
        r"^- ",
        r"`((?:glide-studio|python) [^`]*)`",
    ):
        english = read("user-guide.md", pattern)
        assert english
        assert read("user-guide.zh_CN.md", pattern) == english


def test_the_guide_is_shown_in_the_language_of_the_window(driver: WindowDriver) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale("zh_CN"))
    try:
        guide = GuideWindow(driver.window)
    finally:
        QLocale.setDefault(before)
    guide.show()
    driver.wait(lambda: guide.browser.toPlainText().startswith("窗口"))
    guide.close()
    QLocale.setDefault(QLocale("de_DE"))
    try:
        assert guide_path().name == "user-guide.md"
    finally:
        QLocale.setDefault(before)


def test_help_shows_the_options_of_every_command(driver: WindowDriver) -> None:
    entries = [one for one in list_commands(menu_bar(driver)) if one.name == "Command line"]
    entries[0].action.trigger()
    (window,) = driver.window.window().findChildren(CommandLineWindow)
    driver.wait(lambda: "--help-all" in window.text.toPlainText())
    text = window.text.toPlainText()
    assert [verb for verb in VERBS if f"usage: glide-studio {verb} " not in text] == []
    window.close()


def test_the_commands_can_be_closed_before_they_answer(
    driver: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: errors.append(error))
    for leave in (CommandLineWindow.reject, CommandLineWindow.close):
        window = CommandLineWindow(driver.window)
        window.show()
        leave(window)
        driver.wait(lambda: not driver.window.findChildren(CommandLineWindow))
    assert not errors


def test_commands_that_give_no_answer_are_told(
    driver: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    window = CommandLineWindow(driver.window)
    driver.wait(lambda: "glide-studio --help" in window.text.toPlainText())
    window.close()


def test_lines_are_joined_without_a_space_in_chinese_alone() -> None:
    assert (
        join_lines("照片的\n其余部分。\n涂抹\n\n- 放置 a\n照")
        == "照片的其余部分。涂抹\n\n- 放置 a\n照"
    )


def test_the_user_guide_opens_with_its_pictures_and_follows_its_links(
    driver: WindowDriver,
) -> None:
    guide = GuideWindow(driver.window)
    guide.show()
    driver.wait(lambda: guide.browser.toPlainText().startswith("The window"))
    names = re.findall(r"!\[.*?\]\((.*?)\)", guide_path().read_text("utf-8"))
    assert names
    for name in names:
        assert (guide_path().parent / name).is_file()
    guide.close()


def test_pictures_of_the_user_guide_come_one_after_the_other(driver: WindowDriver) -> None:
    guide = GuideWindow(driver.window)
    guide.show()
    driver.wait(lambda: guide.browser.toPlainText().startswith("The window"))
    names = re.findall(r"!\[.*?\]\((.*?)\)", guide_path().read_text("utf-8"))

    def count_blank() -> int:
        pictures = [guide.browser.document().resource(2, QUrl(name)) for name in names]
        small = [picture.scaled(16, 16) for picture in pictures]
        return sum(
            len({one.pixel(x, y) for x in range(16) for y in range(16)}) == 1 for one in small
        )

    assert count_blank() > 1, "the window does not wait for them"
    driver.wait(lambda: count_blank() == 0)
    guide.close()


def test_the_user_guide_fits_its_pictures_to_any_width(driver: WindowDriver) -> None:
    guide = GuideWindow(driver.window)
    guide.show()
    bar, document = guide.browser.verticalScrollBar(), guide.browser.document()
    driver.wait(lambda: bar.maximum() > 1000)
    bar.setValue(bar.maximum() // 2)
    for width in (700, 1000, 650, 980, 720, 900) * 2:
        guide.resize(width, 600)
        run_event_loop(30)
        assert document.idealWidth() <= guide.browser.viewport().width()
        assert bar.value() == pytest.approx(bar.maximum() / 2, abs=60)
    guide.close()
