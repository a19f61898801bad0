"""The preferences dialog: what it keeps, and shortcuts that are changed there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton, QStackedWidget

from glide_studio.editor.settings import Tool
from glide_studio.ui import preferences_dialog, theme
from glide_studio.ui.commands import list_commands
from glide_studio.ui.export_dialog import ExportDialog
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.preferences_dialog import PreferencesDialog
from glide_studio.ui.shortcuts import PRESETS, apply_shortcuts, find_conflict, portable
from glide_studio.ui.theme_change import change_theme
from tests.ui.windows import WindowDriver, run_event_loop

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def dialog(
    driver: WindowDriver, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> PreferencesDialog:
    monkeypatch.setattr(preferences_dialog, "find_largest_size", lambda widget: 200)
    driver.open(photo_file)
    driver.canvas.setFocus()
    QTest.keyClick(driver.canvas, Qt.Key.Key_Comma, CTRL)
    driver.wait(lambda: bool(driver.window.findChildren(PreferencesDialog)))
    (found,) = driver.window.findChildren(PreferencesDialog)
    return found


def apart(one: QColor, other: QColor) -> int:
    """The largest difference of two colors in a channel."""
    return max(abs(a - b) for a, b in zip(one.getRgb(), other.getRgb(), strict=True))


def save(dialog: PreferencesDialog) -> None:
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    (button,) = [one for one in buttons.findChildren(QPushButton) if one.text() == "Save"]
    window = dialog.parentWidget().window()
    QTest.mouseClick(button, LEFT)
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)


def test_looks_are_kept_for_the_next_start(dialog: PreferencesDialog) -> None:
    dialog.theme.setFocus()
    QTest.keyClick(dialog.theme, Qt.Key.Key_Down)
    QTest.keyClick(dialog.accent, Qt.Key.Key_Down)
    dialog.size_.setCurrentIndex(dialog.size_.findData(125))
    assert Preferences().theme == "dark", "nothing before Save"
    save(dialog)
    kept = Preferences()
    assert (kept.theme, kept.accent, kept.interface_size) == ("light", "Teal", 125)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_swatches_are_the_accents_of_the_chosen_theme(
    dialog: PreferencesDialog, name: str
) -> None:
    colors = {"dark": theme.DARK_ACCENTS, "light": theme.LIGHT_ACCENTS}[name]
    for one in ("system", name):  # chosen one after the other
        dialog.theme.setCurrentIndex(dialog.theme.findData(one))
    for at in range(dialog.accent.count()):
        swatch = dialog.accent.itemIcon(at).pixmap(14, 14).toImage()
        assert swatch.pixelColor(7, 7).name() == colors[dialog.accent.itemData(at)]


@pytest.mark.parametrize("light", [False, True])
def test_a_drop_down_list_has_one_frame_all_around(
    dialog: PreferencesDialog, qapp: QApplication, light: bool
) -> None:
    change_theme(qapp, light, "Blue")
    dialog.accent.showPopup()
    run_event_loop(20)
    image = dialog.accent.view().parentWidget().grab().toImage()
    dialog.accent.hidePopup()
    ground = QColor(theme.RAISED)
    change_theme(qapp, False, "Blue")
    width, height = image.width(), image.height()
    frame = set()
    for side in (
        [image.pixelColor(width // 2, at) for at in range(6)],
        [image.pixelColor(width // 2, height - 1 - at) for at in range(6)],
        [image.pixelColor(at, height - 7) for at in range(6)],
        [image.pixelColor(width - 1 - at, height - 7) for at in range(6)],
    ):
        assert max(apart(one, ground) for one in side[1:]) < 6, "hardly a bevel"
        assert apart(side[0], ground) > 8
        frame.add(side[0].name())
    assert len(frame) == 1


def test_cancel_keeps_nothing(dialog: PreferencesDialog) -> None:
    dialog.reopen.setChecked(False)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert Preferences().reopens_files


def test_an_export_begins_with_what_was_chosen(
    driver: WindowDriver, dialog: PreferencesDialog
) -> None:
    dialog.quality.slider.setValue(70)
    QTest.keyClick(dialog.prompt, Qt.Key.Key_Space)
    save(dialog)
    driver.window.file_actions.export()
    (export,) = driver.window.findChildren(ExportDialog)
    assert export.quality.slider.value() == 70
    assert not export.prompt.isChecked()
    assert export.metadata.isChecked()
    export.close()


def test_the_value_of_a_slider_stands_beside_it(dialog: PreferencesDialog) -> None:
    pages = dialog.findChildren(QStackedWidget)[0]
    pages.setCurrentWidget(dialog.quality.parentWidget())
    run_event_loop(10)
    slider, value = dialog.quality.slider, dialog.quality._value
    assert dialog.quality.width() > 400
    assert slider.width() == slider.maximumWidth()
    assert 0 < value.geometry().left() - slider.geometry().right() < 12


def test_keys_are_pressed_for_a_command_and_work_at_once(
    driver: WindowDriver, dialog: PreferencesDialog
) -> None:
    shortcuts = dialog.shortcuts
    dialog.sections.setCurrentRow(3)
    QTest.keyClicks(shortcuts.field, "lasso")
    QTest.keyClick(shortcuts.edit, Qt.Key.Key_D)
    shortcuts.edit.editingFinished.emit()
    assert shortcuts.changed == {"Mask › Tools › Lasso": "D"}
    assert shortcuts.preset.currentText() == "Own"
    save(dialog)
    QTest.keyClick(driver.canvas, Qt.Key.Key_D)
    assert driver.editor.tool_settings.tool is Tool.LASSO
    assert "(D)" in driver.window.tools.actions_by_tool[Tool.LASSO].toolTip()
    QTest.keyClick(driver.canvas, Qt.Key.Key_B)
    QTest.keyClick(driver.canvas, Qt.Key.Key_L)
    assert driver.editor.tool_settings.tool is Tool.BRUSH, "the old key is free"


def test_a_key_is_taken_from_the_command_that_had_it(dialog: PreferencesDialog) -> None:
    shortcuts = dialog.shortcuts
    shortcuts.field.setText("lasso")
    QTest.keyClick(shortcuts.edit, Qt.Key.Key_B)
    shortcuts.edit.editingFinished.emit()
    assert shortcuts.changed == {"Mask › Tools › Lasso": "B", "Mask › Tools › Brush": ""}
    assert "Mask › Tools › Brush" in shortcuts.message.text()
    QTest.mouseClick(shortcuts.restore, LEFT)
    assert shortcuts.changed == {"Mask › Tools › Brush": ""}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_name_commands_that_exist_and_give_no_key_twice(
    driver: WindowDriver, name: str
) -> None:
    commands = list_commands(driver.window.menu_bar, lasting=True)
    paths = {one.id for one in commands}
    assert set(PRESETS[name]) <= paths
    apply_shortcuts(driver.window.menu_bar, PRESETS[name])
    keys = {one.id: portable(one) for one in commands}
    for path, wanted in PRESETS[name].items():
        assert keys[path] == wanted
        assert find_conflict(commands, keys, path) is None
    apply_shortcuts(driver.window.menu_bar, {})
    for one in commands:
        assert portable(one) == (one.action.property("own_keys") or "")


def test_a_preset_is_taken_as_a_whole(driver: WindowDriver, dialog: PreferencesDialog) -> None:
    preset = dialog.shortcuts.preset
    preset.setCurrentText("Photoshop")
    preset.activated.emit(preset.currentIndex())
    save(dialog)
    QTest.keyClick(driver.canvas, Qt.Key.Key_B)
    assert driver.editor.tool_settings.tool is Tool.PAINT


def test_damaged_values_count_as_never_set() -> None:
    kept = Preferences()
    for key, value in (
        ("look/theme", "pink"),
        ("look/size", "7"),
        ("export/quality", "900"),
        ("shortcuts/changed", "nonsense"),
    ):
        kept.file.setValue(key, value)
    kept.file.sync()
    again = Preferences()
    assert (again.theme, again.interface_size, again.export_quality) == ("dark", 100, 92)
    assert again.shortcuts == {}


def test_memory_and_disk_have_limits_that_hold_at_once(
    driver: WindowDriver, dialog: PreferencesDialog
) -> None:
    editor = driver.editor
    assert editor.generation.jobs.max_bytes == 256 << 20
    dialog.results.setCurrentIndex(dialog.results.findData(1024))
    dialog.history.setCurrentIndex(dialog.history.findData(640))
    dialog.trash.setCurrentIndex(dialog.trash.findData(7))
    assert dialog.used.text().endswith(("kB", "MB"))
    save(dialog)
    assert editor.generation.jobs.max_bytes == 1024 << 20
    assert editor.timeline.budget == 640 << 20
    assert editor.files.trash_days == 7
    editor.files.open(editor.state.path)
    assert editor.timeline.budget == 640 << 20, "the next document too"
