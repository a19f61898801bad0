"""The window in other languages: nothing is left in English, nothing is cut off, a file adds one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QStyle, QStyleOptionComboBox

from glide_studio import translation
from glide_studio.document.adjustments import Levels
from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.imaging.blending.result_checks import UnchangedReport
from glide_studio.imaging.geometry import Point
from glide_studio.translation import number, translate
from glide_studio.ui import dialogs
from glide_studio.ui.commands import list_commands, plain, search
from glide_studio.ui.help_windows import guide_path
from glide_studio.ui.language import (
    ENGLISH,
    SYSTEM,
    choose_language,
    list_languages,
    use_language,
    user_folder,
)
from glide_studio.ui.layers_panel import LayersPanel
from glide_studio.ui.preferences import MIN_WINDOW, Preferences
from glide_studio.ui.preferences_dialog import PreferencesDialog
from glide_studio.ui.shortcuts import PRESETS
from glide_studio.ui.status_bar import describe_check
from tests.editor.standin import StandInEngine
from tests.ui import walk
from tests.ui.studio import StudioDriver
from tests.ui.windows import WindowDriver

ROOT = Path(__file__).parents[2]
CHINESE = "zh_CN"


@pytest.fixture
def chinese(qapp: QCoreApplication) -> None:
    use_language(qapp, choose_language(CHINESE, list_languages(), QLocale.c()))
    yield
    use_language(qapp, choose_language(ENGLISH, list_languages(), QLocale.c()))
    QLocale.setDefault(QLocale.c())
    translation.install(None)


@pytest.mark.parametrize("scale", ["1", "2"])
def test_every_text_is_translated_and_fits(scale: str) -> None:
    """All windows, dialogs, menus and tools, in both languages."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.ui.walk", CHINESE, ENGLISH],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=900,  # many times what a loaded machine takes: a walk that hangs fails
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("size", [MIN_WINDOW, (1024, 700), (1280, 620)])
@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
def test_generate_is_whole_in_a_small_window(
    qapp: QCoreApplication, chinese: None, files: list[Path], language: str, size: tuple[int, int]
) -> None:
    use_language(qapp, choose_language(language, list_languages(), QLocale.c()))
    studio = StudioDriver(StandInEngine(), size)
    studio.open(*files[:2])  # whose tabs take a row
    for pointed in (False, True):
        if pointed:
            studio.window.page.editor.set_generation_settings(prompt="an apple")
        QTest.qWait(50)
        button = studio.window.page.prompt.generate
        assert button.visibleRegion().boundingRect() == button.rect()
        area = studio.window.centralWidget()
        assert area.verticalScrollBar().maximum() == area.horizontalScrollBar().maximum() == 0
    studio.close()


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
def test_no_hint_of_a_tool_is_cut_in_a_small_window(
    qapp: QCoreApplication, chinese: None, tmp_path: Path, language: str
) -> None:
    use_language(qapp, choose_language(language, list_languages(), QLocale.c()))
    photo = tmp_path / "photo.png"
    Image.new("RGB", (6000, 4000)).save(photo)
    studio = StudioDriver(StandInEngine(), (1024, 700))
    studio.open(photo)
    editor, status = studio.editor, studio.window.page.status
    studio.window.page.canvas.pointed.emit(Point(5999, 3999))

    def cut() -> list[str]:
        found = []
        for tool in Tool:
            for scribble in (False, True):
                editor.set_tool_settings(tool=tool, scribble=scribble)
                QTest.qWait(1)
                if status.hint.text() != status.hint.toolTip():
                    found.append(status.hint.toolTip())
        return found

    assert cut() == []
    editor.candidates.report = UnchangedReport(compared=24_000_000)
    editor.candidates_changed.emit()
    assert cut() == []
    editor.candidates.report = UnchangedReport(compared=24_000_000, differing=7)
    editor.candidates_changed.emit()
    assert cut()
    assert status.proof.text() == describe_check(editor.candidates.report), "an error is whole"
    editor.candidates.report = None
    editor.layers.add_adjustment(Levels())
    editor.layers.add_mask()
    editor.set_tool_settings(on_layer_mask=True)
    assert editor.selection.masked_layer is not None
    assert cut() == []
    studio.close()


def test_the_walk_sees_what_does_not_fit(qapp: QCoreApplication) -> None:
    label = QLabel("A long text in a narrow place")
    label.resize(60, 20)
    label.show()
    assert walk.does_not_fit(label)
    label.resize(label.sizeHint())
    assert not walk.does_not_fit(label)
    assert walk.find_latin("打开 the file") == ["the", "file"]
    assert walk.find_latin("文件(&F) “photo” GLIDE Studio") == ["GLIDE", "Studio"]
    label.close()


def test_the_desktop_decides_unless_a_language_is_chosen() -> None:
    languages = list_languages()
    china, taiwan, germany = (QLocale(name) for name in ("zh_CN", "zh_TW", "de_DE"))
    assert choose_language(SYSTEM, languages, china).code == CHINESE
    assert choose_language(SYSTEM, languages, QLocale("zh_SG")).code == CHINESE
    assert choose_language(SYSTEM, languages, taiwan).code == ENGLISH
    assert choose_language(SYSTEM, languages, germany).code == ENGLISH
    assert choose_language(ENGLISH, languages, china).code == ENGLISH
    assert choose_language("tlh", languages, china).code == CHINESE


def test_a_file_in_the_users_folder_is_another_language(qapp: QCoreApplication) -> None:
    (bundled,) = (one.file for one in list_languages() if one.code == CHINESE)
    assert bundled is not None
    user_folder().mkdir(parents=True)
    shutil.copy(bundled, user_folder() / "glide-studio_pt_BR.qm")
    (user_folder() / "glide-studio_nothing.qm").write_bytes(b"")
    assert [one.code for one in list_languages()] == [ENGLISH, CHINESE, "pt_BR"]


def test_a_damaged_file_leaves_the_window_in_english(qapp: QCoreApplication) -> None:
    user_folder().mkdir(parents=True)
    (user_folder() / "glide-studio_de.qm").write_bytes(b"no translation")
    use_language(qapp, choose_language("de", list_languages(), QLocale.c()))
    assert translate("MaskMenu", "Add") == "Add"
    QLocale.setDefault(QLocale.c())


def test_commands_are_found_in_both_languages_and_keep_their_shortcuts(
    chinese: None, driver: WindowDriver
) -> None:
    commands = list_commands(driver.window.menu_bar, lasting=True)
    lasso = next(one for one in commands if one.id == "Mask › Tools › Lasso")
    assert lasso.path == "蒙版 › 工具 › 套索"
    assert lasso in search(commands, "套索")
    assert lasso in search(commands, "lasso")
    assert [one.id for one in search(commands, "拉直")] == ["Image › Crop"]
    assert [one.id for one in search(commands, "straighten")] == ["Image › Crop"]
    for preset in PRESETS.values():
        assert set(preset) <= {one.id for one in commands}


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
def test_every_blend_mode_fits_its_box(
    chinese: None, qapp: QCoreApplication, language: str, qtbot: object
) -> None:
    use_language(qapp, choose_language(language, list_languages(), QLocale.c()))
    driver = WindowDriver(StandInEngine())
    (panel,) = driver.window.findChildren(LayersPanel)
    box, option = panel.blend, QStyleOptionComboBox()
    box.initStyleOption(option)
    control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    room = box.style().subControlRect(control, option, field, box).width()
    for row in range(box.count()):
        assert box.fontMetrics().horizontalAdvance(box.itemText(row)) <= room, box.itemText(row)
    driver.close()


def test_the_names_that_the_editor_gives_are_translated(
    chinese: None, driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.editor.layers.add()
    assert driver.editor.document.layers[-1].name == "图层 2"
    assert driver.editor.timeline.current.label == "添加图层"
    driver.editor.layers.group()
    assert driver.editor.document.layers[-1].name == "组"


def test_errors_of_the_sandbox_arrive_translated(
    chinese: None, driver: WindowDriver, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.psd"
    broken.write_bytes(b"8BPS" + bytes(40))
    notices: list[str] = []
    driver.editor.notice.connect(lambda notice: notices.append(notice.text))
    driver.editor.files.open_later(broken)
    driver.wait(lambda: any("broken.psd" in text and "损坏" in text for text in notices))


def test_the_file_dialog_and_the_guide_speak_the_language_as_well(
    chinese: None, driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    dialogs.ask_open(driver.window, photo_file.parent, lambda paths: None)
    (dialog,) = driver.window.findChildren(QFileDialog)
    shown = [label.text() for label in dialog.findChildren(QLabel)]
    shown += [button.text() for button in dialog.findChildren(QPushButton)]
    assert shown
    assert [text for text in shown if re.search("[a-z]{2}", text)] == []
    assert QCoreApplication.translate("QAbstractFileIconProvider", "Folder", "All") == "文件夹"
    dialog.close()
    assert guide_path().name == "user-guide.zh_CN.md"


def test_numbers_follow_the_language(chinese: None) -> None:
    assert number(1234567) == "1,234,567"
    assert translate("DocumentIo", "%n tile(s)", None, 1) == "1 个图块"


def test_mnemonics_in_parentheses_are_no_part_of_a_name() -> None:
    assert plain("文件(&F)") == "文件"
    assert plain("保留为(&K)…") == "保留为"
    assert plain("&Find && replace…") == "Find & replace"


def test_the_language_is_kept_until_the_next_start(
    driver: WindowDriver, qapp: QCoreApplication
) -> None:
    editor: Editor = driver.editor
    dialog = PreferencesDialog(driver.window, editor, Preferences(), [], lambda: None)
    assert [dialog.language.itemText(row) for row in range(3)] == [
        "As the desktop",
        "English",
        "简体中文",
    ]
    dialog.language.setCurrentIndex(dialog.language.findData(CHINESE))
    dialog._store()
    assert Preferences().language == CHINESE
    assert translate("MaskMenu", "Add") == "Add"
