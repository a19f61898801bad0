"""Exporting from the menu: how is asked first, then where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QPushButton

from glide_studio.editor.editor import Editor
from glide_studio.editor.exporting import ExportChoices
from glide_studio.editor.runner import InlineRunner
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.read import read_image
from glide_studio.ui.export_dialog import FORMATS, ExportDialog
from tests.editor.standin import StandInEngine
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver


@pytest.fixture
def dialog(driver: WindowDriver, photo_file: Path) -> ExportDialog:
    driver.open(photo_file)
    bar(driver)["File/Export image…"].trigger()
    (found,) = driver.window.findChildren(ExportDialog)
    return found


def choose(dialog: ExportDialog, ending: str) -> None:
    dialog.form.setCurrentIndex([form.suffix for form in FORMATS].index(ending))


def write(driver: WindowDriver, dialog: ExportDialog, folder: Path) -> Path:
    """Press Export, agree to the proposed name; the file that was written."""
    (box,) = dialog.findChildren(QDialogButtonBox)
    (button,) = [one for one in box.findChildren(QPushButton) if one.text() == "Export…"]
    button.click()
    (ask,) = driver.window.findChildren(QFileDialog)
    path = folder / Path(ask.selectedFiles()[0]).name
    ask.fileSelected.emit(str(path))
    ask.close()
    driver.wait(path.exists)
    return path


def test_every_choice_reaches_the_file(
    driver: WindowDriver, dialog: ExportDialog, tmp_path: Path
) -> None:
    choose(dialog, "png")
    dialog.width_.setValue(300)
    dialog.depth_.setCurrentIndex(1)
    path = write(driver, dialog, tmp_path)
    assert path.name == "holiday-edited.png"
    picture = read_image(path)
    assert (picture.size, picture.depth) == (Size(300, 200), 16)


def test_quality_decides_how_long_a_jpeg_is(
    driver: WindowDriver, dialog: ExportDialog, tmp_path: Path
) -> None:
    choose(dialog, "jpg")
    dialog.quality.slider.setValue(5)
    short = write(driver, dialog, tmp_path)
    with Image.open(short) as image:
        assert (image.format, image.size) == ("JPEG", (600, 400))
        seen = np.asarray(image).astype(int)
    assert np.abs(seen - driver.editor.document.layers[0].raster.read(
        driver.editor.document.box)[..., :3]).mean() > 3  # fmt: skip
    assert short.stat().st_size < 20_000


def test_only_what_a_format_has_is_asked(dialog: ExportDialog) -> None:
    shown = {}
    for form in FORMATS:
        choose(dialog, form.suffix)
        fields = ("quality", "width_", "depth_", "profile", "metadata", "prompt")
        shown[form.suffix] = {name for name in fields if getattr(dialog, name).isVisible()}
    assert shown["png"] == {"width_", "depth_", "profile", "metadata", "prompt"}
    assert shown["jpg"] == {"quality", "width_", "profile", "metadata", "prompt"}
    assert shown["bmp"] == {"width_", "profile"}
    assert shown["psd"] == shown["ora"] == set()


def test_what_does_not_apply_is_not_chosen(dialog: ExportDialog) -> None:
    choose(dialog, "png")
    assert dialog.choices == ExportChoices(depth=8)
    dialog.quality.slider.setValue(7)
    dialog.metadata.setChecked(False)
    dialog.height_.setValue(100)
    assert dialog.width_.value() == 150
    choose(dialog, "png")
    assert dialog.choices == ExportChoices(size=Size(150, 100), depth=8, metadata=False)
    choose(dialog, "ora")
    assert dialog.choices == ExportChoices()


def test_what_a_format_loses_is_said(dialog: ExportDialog) -> None:
    said = {}
    for form in FORMATS:
        choose(dialog, form.suffix)
        said[form.suffix] = dialog._loss.text()
    assert "exactly" in said["png"]
    assert said["png"] == said["tif"]
    assert "approximately" in said["jpg"]
    assert said["jpg"] == said["webp"] == said["avif"]
    assert "profile" in said["bmp"]
    assert "history" in said["psd"]
    choose(dialog, "webp")
    dialog.quality.slider.setValue(100)
    assert "exactly, with 8 bits" in dialog._loss.text()
    choose(dialog, "jpg")
    assert "approximately" in dialog._loss.text()


def test_a_photo_that_is_a_jpeg_keeps_its_own_blocks(driver: WindowDriver, tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (12, 18, 3), np.uint8)
    Image.fromarray(pixels).resize((180, 120)).save(tmp_path / "photo.jpg", quality=70)
    driver.open(tmp_path / "photo.jpg")
    bar(driver)["File/Export image…"].trigger()
    (dialog,) = driver.window.findChildren(ExportDialog)
    choose(dialog, "png")
    assert not dialog.keep.isVisible()
    choose(dialog, "jpg")
    assert dialog.keep.isVisible()
    assert dialog.keep.isChecked()
    assert not dialog.quality.isVisible()
    assert "Only the parts that were edited" in dialog._loss.text()
    assert dialog.choices.quality is None
    dialog.keep.setChecked(False)
    assert dialog.choices.quality == 92
    assert dialog.quality.isVisible()
    dialog.keep.setChecked(True)
    dialog.width_.setValue(90)
    assert not dialog.keep.isVisible()
    assert dialog.choices.quality == 92
    dialog.width_.setValue(180)
    heard: list[str] = []
    driver.editor.notice.connect(lambda notice: heard.append(notice.text))
    path = write(driver, dialog, tmp_path)
    driver.wait(lambda: any("All 21,600 pixels are identical" in one for one in heard))
    assert np.array_equal(read_image(path).pixels, read_image(tmp_path / "photo.jpg").pixels)


def test_nothing_is_asked_while_nothing_is_open(driver: WindowDriver) -> None:
    bar(driver)["File/Export image…"].trigger()
    assert not driver.window.findChildren(ExportDialog)


def jpeg_file(folder: Path, name: str = "photo.jpg") -> Path:
    pixels = np.random.default_rng(2).integers(0, 256, (12, 18, 3), np.uint8)
    Image.fromarray(pixels).resize((180, 120)).save(folder / name, quality=70)
    return folder / name


def open_export(driver: WindowDriver) -> ExportDialog:
    bar(driver)["File/Export image…"].trigger()
    return driver.window.findChildren(ExportDialog)[-1]


def test_the_format_is_that_of_the_opened_file(driver: WindowDriver, tmp_path: Path) -> None:
    driver.open(jpeg_file(tmp_path, "photo.jpeg"))
    dialog = open_export(driver)
    assert FORMATS[dialog.form.currentIndex()].name == "JPEG"
    path = write(driver, dialog, tmp_path)
    assert path.name == "photo-edited.jpg"
    driver.editor.canvas.resize_canvas(Size(200, 120))
    dialog = open_export(driver)
    assert FORMATS[dialog.form.currentIndex()].name == "PNG"  # a JPEG has no transparency
    dialog.close()


def test_another_export_takes_the_name_of_the_last_one(
    driver: WindowDriver, tmp_path: Path
) -> None:
    driver.open(jpeg_file(tmp_path))
    dialog = open_export(driver)
    dialog.accept()
    (ask,) = driver.window.findChildren(QFileDialog)
    ask.fileSelected.emit(str(tmp_path / "final.jpg"))
    ask.close()
    driver.wait((tmp_path / "final.jpg").exists)
    choose(dialog := open_export(driver), "png")
    dialog.accept()
    ask = driver.window.findChildren(QFileDialog)[-1]
    assert Path(ask.selectedFiles()[0]) == tmp_path / "final.png"
    ask.close()


def test_an_extended_photo_is_said_to_be_encoded_again(
    driver: WindowDriver, tmp_path: Path
) -> None:
    driver.open(jpeg_file(tmp_path))
    heard: list[str] = []
    driver.editor.notice.connect(lambda notice: heard.append(notice.text))
    driver.editor.canvas.extend(Margins(right=20))
    driver.wait(lambda: driver.editor.document.size == Size(200, 120))
    dialog = open_export(driver)
    assert FORMATS[dialog.form.currentIndex()].name == "JPEG"
    assert not dialog.keep.isVisible()
    assert dialog.quality.isVisible()
    assert "encoded again, because the picture was cropped" in dialog._loss.text()
    assert dialog.choices.quality == 92
    write(driver, dialog, tmp_path)
    driver.wait(lambda: any("Saved as photo-edited.jpg. JPEG keeps" in one for one in heard))


@pytest.mark.parametrize("is_relative", [False, True])
def test_recovered_work_is_exported_beside_its_photo(
    driver: WindowDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_relative: bool
) -> None:
    photo = jpeg_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    killed = Editor(InlineRunner(StandInEngine), stores=tmp_path / "stores")
    killed.files.open(Path(photo.name) if is_relative else photo)
    killed.selection.select_all()
    store = killed.files.autosave.store
    assert store is not None
    store.close(discard=False)  # as after a crash
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    driver.editor.files.recover_later(store.path)
    driver.wait(lambda: driver.editor.history is not None)
    dialog = open_export(driver)
    dialog.accept()
    (ask,) = driver.window.findChildren(QFileDialog)
    assert Path(ask.selectedFiles()[0]) == tmp_path / f"{photo.stem}-edited.jpg"
    ask.close()


def test_an_untitled_picture_is_not_proposed_for_the_working_directory(
    driver: WindowDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    driver.editor.files.new(Size(40, 30), None)
    suggested = driver.window.file_actions._suggest_path(".glide")
    assert suggested.name == "untitled.glide"
    assert suggested.is_absolute()
    assert suggested.parent != tmp_path
