"""The theme changes while the window is open, in all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLabel, QWidget
from shiboken6 import isValid

from glide_studio.imaging.geometry import Point
from glide_studio.ui import theme
from glide_studio.ui.commands import list_commands
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.theme_change import (
    COLOR,
    STYLED,
    change_theme,
    finish_change,
    use_preferred_theme,
)
from tests.ui.studio import StudioDriver
from tests.ui.test_canvas import pixels
from tests.ui.windows import WindowDriver, run_event_loop


@pytest.fixture(autouse=True)
def dark_again(qapp: QApplication) -> Iterator[None]:
    yield
    change_theme(qapp, False, "Blue")
    finish_change()


def image(widget: QWidget) -> QImage:
    run_event_loop(300)
    return widget.grab().toImage()


def differing(one: QImage, other: QImage) -> int:
    """Count pixels that differ by more than a little."""
    assert one.size() == other.size()
    a, b = (pixels(image)[::3, ::3].astype(int) for image in (one, other))
    return int((abs(a - b).max(-1) > 24).sum())


@pytest.mark.parametrize("light", [False, True])
def test_the_colors_of_single_widgets_can_be_told_apart(qapp: QApplication, light: bool) -> None:
    change_theme(qapp, light, "Blue")
    assert len({getattr(theme, name) for name in STYLED}) == len(STYLED)


def test_a_window_that_is_open_looks_like_one_made_in_the_new_theme(
    qapp: QApplication, driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.window.notices.hide()
    dark = image(driver.window)
    change_theme(qapp, True, "Teal")
    changed = image(driver.window)
    assert changed.pixelColor(2, 2) == QColor(theme.PANEL)
    assert differing(dark, changed) > 1000
    other = WindowDriver(driver.engine)
    try:
        other.open(photo_file)
        other.window.notices.hide()
        made_so = image(other.window)
    finally:
        other.close()
    assert differing(changed, made_so) < 40
    change_theme(qapp, False, "Blue")
    back = image(driver.window)
    assert differing(back, dark) < 40


def test_no_widget_keeps_a_color_of_the_old_theme(
    qapp: QApplication, driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    old = {getattr(theme, name) for name in STYLED}
    change_theme(qapp, True, "Rose")
    finish_change()
    for widget in driver.window.findChildren(QWidget):
        left = old.intersection(COLOR.findall(widget.styleSheet()))
        assert not left, f"{widget} keeps {left}"


def test_the_preferences_say_which(qapp: QApplication, driver: WindowDriver) -> None:
    preferences = Preferences()
    preferences.theme, preferences.accent = "light", "Green"
    use_preferred_theme(qapp, preferences)
    assert theme.LIGHT_ACCENTS["Green"] == theme.ACCENT
    assert qapp.palette().window().color() == QColor(theme.LIGHT["PANEL"])


class StyleCount(QObject):
    """How often a widget was styled anew."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.StyleChange
        return False


def test_nothing_is_styled_anew_while_the_theme_stays(
    qapp: QApplication, driver: WindowDriver
) -> None:
    change_theme(qapp, False, "Blue")
    styled = StyleCount(driver.window.tools)
    change_theme(qapp, False, "Blue")
    assert styled.count == 0
    change_theme(qapp, False, "Teal")
    assert styled.count > 0


def is_styled(widget: QWidget) -> bool:
    above: QWidget | None = widget
    while above is not None and above.styleSheet() != theme.make_style_sheet():
        above = above.parentWidget()
    return above is not None


def test_every_dialog_of_the_menus_has_the_style_sheet(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(files[0])
    studio.editor.selection.rectangle(Point(20, 20), Point(80, 80))
    seen = set()
    for command in list_commands(studio.window.page.menu_bar):
        if not command.action.text().endswith("…") or not command.action.isEnabled():
            continue
        command.action.trigger()
        run_event_loop(20)
        for window in QApplication.topLevelWidgets():
            if isValid(window) and window.isVisible():
                assert is_styled(window) or window is studio.window, (command.name, window)
                seen.add(type(window).__name__)
                if isinstance(window, QDialog):
                    window.reject()
                    run_event_loop(20)
    assert {"QFileDialog", "QInputDialog", "ExportDialog", "PreferencesDialog"} <= seen


def test_every_part_of_the_window_has_the_style_sheet(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files)
    kinds = QAbstractButton | QComboBox | QLabel
    named = [one for one in studio.window.findChildren(QWidget) if isinstance(one, kinds)]
    assert len(named) > 300
    assert [one for one in named if not is_styled(one)] == []


def test_pages_of_other_tabs_follow(
    qapp: QApplication, studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files)
    old = theme.make_style_sheet()
    change_theme(qapp, True, "Rose")
    sheets = [page.styleSheet() for page in studio.window.pages]
    assert sheets.count(theme.make_style_sheet()) == 1, "the page in view at once"
    change_theme(qapp, True, "Amber")
    studio.wait(lambda: all(map(is_styled, studio.window.pages)))
    assert old not in [one.styleSheet() for one in qapp.allWidgets()]
    finish_change()
    rose = theme.LIGHT_ACCENTS["Rose"]
    assert not [one for one in qapp.allWidgets() if rose in one.styleSheet()]
