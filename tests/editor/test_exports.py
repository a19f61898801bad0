"""What is told when a file cannot keep all of a document, and when a document counts as saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.editor import exporting, image_documents
from glide_studio.editor.editor import Editor
from glide_studio.editor.exporting import (
    ExportChoices,
    describe_file,
    export_image,
    export_options,
    size_for_width,
)
from glide_studio.editor.image_documents import (
    SOURCE_JPEG,
    document_from_picture,
    picture_from_document,
)
from glide_studio.editor.state import Notification, Severity
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.io.images import band_write
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from glide_studio.io.layered.layered_files import write_layers
from tests.editor.conftest import photo
from tests.editor.test_editor import fill
from tests.io.images.makers import full_picture


@pytest.fixture
def filled(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    editor.set_generation_settings(keep_mask=True)
    editor.candidates.accept(fill(editor), 0)
    return editor


def told(editor: Editor) -> list[str]:
    found: list[str] = []

    def hear(notice: Notification) -> None:
        found.append(notice.text)

    editor.notice.connect(hear)
    return found


@pytest.mark.parametrize("ending", ["jpg", "webp", "avif"])
def test_lossy_formats_say_what_they_lose(filled: Editor, tmp_path: Path, ending: str) -> None:
    before = photo()
    mask = filled.selection.painted_mask(filled.document.box)
    # What goes to the encoder is exact; what comes out of the file is not, and that is said.
    given = picture_from_document(filled.document).pixels[..., :3]
    assert np.array_equal(given[mask == 0], before[mask == 0])
    assert filled.candidates.report is not None
    assert filled.candidates.report.ok
    heard = told(filled)
    filled.files.save(tmp_path / f"out.{ending}")
    found = read_image(tmp_path / f"out.{ending}").pixels[..., :3]
    assert not np.array_equal(found, given)
    assert np.abs(found.astype(int) - given).mean() < 6
    assert len(heard) == 1
    assert "only nearly; PNG and TIFF keep them exactly" in heard[0]


def test_only_what_is_missing_in_the_file_is_a_warning(
    filled: Editor, tmp_path: Path, photo_file: Path
) -> None:
    found: list[Notification] = []
    filled.notice.connect(found.append)
    filled.layers.set_visible(filled.document.layers[0].id, False)
    filled.files.save_later(tmp_path / "a.jpg")
    assert "keeps pixels only nearly" in found[-1].text
    assert "no transparency" in found[-1].text
    assert found[-1].severity is Severity.SUCCESS, "so is every JPEG"
    filled.selection.keep("left")
    filled.files.save_later(tmp_path / "a.ora")
    assert "Kept masks" in found[-1].text
    assert found[-1].severity is Severity.WARNING
    info = PngInfo()
    info.add_text("Title", "Elbe")
    Image.open(photo_file).save(tmp_path / "titled.png", pnginfo=info)
    filled.files.open(tmp_path / "titled.png")
    filled.files.save_later(tmp_path / "b.jpg")
    assert "no place for the text" in found[-1].text
    assert found[-1].severity is Severity.WARNING


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "psd", "ora"])
def test_exact_formats_need_no_such_word(filled: Editor, tmp_path: Path, ending: str) -> None:
    heard = told(filled)
    filled.files.save(tmp_path / f"out.{ending}")
    assert heard == []


def test_without_a_fill_there_is_no_proof_to_speak_of(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    editor.files.open(photo_file)
    heard = told(editor)
    editor.files.save(tmp_path / "out.jpg")
    assert heard == []


def test_lost_depth_and_transparency_are_told(editor: Editor, tmp_path: Path) -> None:
    import tifffile

    deep = np.full((8, 9, 4), 30000, np.uint16)
    bare: dict[str, Any] = {"software": False, "metadata": None}
    tifffile.imwrite(
        tmp_path / "deep.tif", deep, photometric="rgb", extrasamples=["unassalpha"], **bare
    )
    editor.files.open(tmp_path / "deep.tif")
    heard = told(editor)
    editor.files.save(tmp_path / "out.bmp")
    assert ["8 bits" in heard[0], "transparency" in heard[1]] == [True, True]
    editor.files.save(tmp_path / "out.png")
    assert len(heard) == 2


def test_what_a_bmp_has_no_place_for_is_told(editor: Editor, tmp_path: Path) -> None:
    write_image(tmp_path / "in.png", full_picture(np.uint8, has_alpha=False), ExportOptions())
    editor.files.open(tmp_path / "in.png")
    heard = told(editor)
    editor.files.save(tmp_path / "out.bmp")
    assert ["color profile" in heard[0], "metadata" in heard[1]] == [True, True]
    editor.files.save(tmp_path / "bare.bmp", ExportChoices(profile="srgb", metadata=False))
    assert len(heard) == 2
    editor.files.save(tmp_path / "out.tif")
    assert heard[2:] == ["TIFF has no place for the text of the PNG; PNG keeps it."]


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_kept_masks_are_saved_in_a_project_alone(
    editor: Editor, photo_file: Path, tmp_path: Path, ending: str
) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    heard = told(editor)
    editor.files.save(tmp_path / f"out.{ending}")
    assert not editor.modified
    editor.selection.keep("Face")
    editor.files.save(tmp_path / f"out.{ending}")
    assert ["Kept masks" in one for one in heard] == [True]
    assert editor.modified
    editor.files.save(tmp_path / "out.glide")
    assert not editor.modified


def test_notes_of_a_file_are_told_when_it_opens(editor: Editor, tmp_path: Path) -> None:
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(tmp_path / "two.tif", save_all=True, append_images=[second])
    heard = told(editor)
    editor.files.open(tmp_path / "two.tif")
    assert len(heard) == 1
    assert "first of 2" in heard[0]


def test_a_flat_export_of_layers_leaves_something_to_save(filled: Editor, tmp_path: Path) -> None:
    filled.files.save(tmp_path / "flat.png")
    assert filled.modified
    filled.files.save(tmp_path / "whole.glide")
    assert not filled.modified
    filled.undo()
    assert filled.modified
    filled.files.save(tmp_path / "flat.png")
    assert not filled.modified, "one layer is all in a PNG"


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all pictures be large ones, which are never held whole."""
    monkeypatch.setattr(exporting, "LARGE_AREA", 0)
    monkeypatch.setattr(band_write, "BAND_AREA", 1)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp"])
def test_a_large_document_is_exported_without_being_held_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, clear: bool
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (500, 150, 4)).astype(np.uint8)
    pixels[..., 3] = 128 if clear else 255
    below = document_from_picture(Picture(pixels, clear), "a")
    above = replace(below.layers[0], id="above", opacity=0.3, blend="multiply")
    document = replace(below, layers=(*below.layers, above))
    choices = ExportChoices(quality=90)
    whole = tmp_path / f"whole{suffix}"
    wanted = export_options(document, whole, choices)
    notes = write_image(whole, picture_from_document(document), wanted)
    asked: list[int] = []

    def composite(document: Document, box: Box, **known: Any) -> Any:
        asked.append(box.height)
        return real(document, box, **known)

    real = image_documents.composite
    monkeypatch.setattr(image_documents, "composite", composite)
    path = tmp_path / f"a{suffix}"
    assert export_image(path, document, wanted) == notes
    assert max(asked) <= 128
    assert np.array_equal(read_image(path).pixels, read_image(whole).pixels)
    told = describe_file(path, document, choices)
    assert told == describe_file(whole, document, choices)
    assert max(asked) <= 256
    assert told.startswith("All 75,000 pixels") == (suffix != ".jpg")


@pytest.mark.usefixtures("small_limits")
def test_a_large_document_is_scaled_and_keeps_its_blocks_as_a_whole(tmp_path: Path) -> None:
    document = document_from_picture(Picture(np.full((40, 60, 4), 255, np.uint8)), "a")
    path = tmp_path / "a.png"
    choices = ExportChoices(size=Size(30, 20))
    export_image(path, document, export_options(document, path, choices))
    assert read_image(path).size == Size(30, 20)
    assert describe_file(path, document, choices).startswith("All 600 pixels")


@pytest.mark.parametrize("suffix", [".png", ".psd", ".ora"])
def test_every_kind_of_file_is_compared_with_what_was_shown(tmp_path, suffix):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    document = document_from_picture(Picture(pixels), "a")
    other = np.array(pixels)
    other[:5, :, 0] ^= 4
    for shown, same in ((pixels, "All 600 pixels"), (other, "450 of 600 pixels")):
        path = tmp_path / f"a{suffix}"
        if suffix == ".png":
            write_image(path, Picture(shown), ExportOptions("png"))
        else:
            write_layers(path, document_from_picture(Picture(shown), "a"))
        assert describe_file(path, document, ExportChoices()).startswith(same)
    assert "read again" in describe_file(tmp_path / "a.glide", document, ExportChoices())


def test_the_format_of_the_opened_file_is_offered_where_it_holds_the_picture() -> None:
    pixels = np.full((20, 30, 4), 255, np.uint8)
    opaque = document_from_picture(Picture(pixels), "a")
    clear = document_from_picture(Picture(pixels // 2, True), "a")
    for name, of_opaque, of_clear in (
        ("a.jpg", "jpg", "png"),
        ("a.tif", "tif", "tif"),
        ("a.bmp", "bmp", "png"),
        ("a.png", "png", "png"),
        ("a.psd", "psd", "psd"),
        ("a.heic", "png", "png"),
        ("a.glide", "png", "png"),
        ("a.odd", "png", "png"),
    ):
        assert exporting.choose_suffix(opaque, Path(name)) == of_opaque
        assert exporting.choose_suffix(clear, Path(name)) == of_clear
    assert exporting.choose_suffix(opaque, None) == "png"


def test_a_layer_that_covers_all_is_known_to_be_opaque_without_composing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = np.full((150, 300, 4), 255, np.uint8)
    opaque = document_from_picture(Picture(pixels), "a")
    hole = np.array(pixels)
    hole[140:145, 290:295, 3] = 0
    composed: list[Document] = []
    monkeypatch.setattr(
        exporting, "composite", lambda *given: composed.append(given[0]) or composite(*given)
    )
    assert exporting.choose_suffix(opaque, Path("a.jpg")) == "jpg"
    assert not composed
    layer = opaque.layers[0]
    for clear in (
        document_from_picture(Picture(hole, True), "a"),
        replace(opaque, layers=(replace(layer, opacity=0.5),)),
        replace(opaque, layers=(replace(layer, visible=False),)),
        replace(opaque, layers=(replace(layer, mask=Raster.empty(opaque.size, 1)),)),
    ):
        assert exporting.choose_suffix(clear, Path("a.jpg")) == "png"


def test_why_the_blocks_of_a_jpeg_cannot_be_kept_is_known_beforehand(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (40, 30), (9, 90, 200)).save(path)
    document = document_from_picture(read_image(path), "a")
    assert exporting.explain_jpeg_encoding(document, ExportChoices()) == ""
    scaled = ExportChoices(size=Size(20, 15))
    assert "scaled" in exporting.explain_jpeg_encoding(document, scaled)


def test_a_new_document_is_of_one_color() -> None:
    document = image_documents.new_document(Size(130, 20), "#102030")
    shown = picture_from_document(document)
    assert shown.size == Size(130, 20)
    assert (shown.pixels == (0x10, 0x20, 0x30, 255)).all()
    assert picture_from_document(image_documents.new_document(Size(3, 4), None)).has_alpha


def test_a_width_keeps_the_shape_and_leaves_at_least_a_row() -> None:
    assert size_for_width(Size(300, 200), 150) == Size(150, 100)
    assert size_for_width(Size(3000, 2), 10) == Size(10, 1)
    assert size_for_width(Size(3, 2), 1) == Size(1, 1)
    with pytest.raises(GlideError, match="at least one pixel wide, not 0"):
        size_for_width(Size(3, 2), 0)


def test_a_picture_larger_than_the_canvas_becomes_a_layer_that_fits() -> None:
    canvas = image_documents.new_document(Size(100, 60), "#ffffff")
    for width, height, box in (
        (400, 1, Box(0, 30, 100, 1)),
        (200, 400, Box(35, 0, 30, 60)),
        (20, 10, Box(40, 25, 20, 10)),
    ):
        picture = Picture(np.full((height, width, 4), 255, np.uint8))
        layer = image_documents.layer_from_picture(picture, "a", canvas)
        assert layer.raster is not None
        assert layer.raster.content_box() == box


@pytest.mark.parametrize(
    ("side", "form", "size", "banded"),
    [
        (8300, "png", None, True),
        (8300, "jpeg", None, True),
        (8300, "tiff", Size(8300, 8300), True),
        (8300, "webp", None, False),
        (8300, "png", Size(830, 830), False),
        (8000, "png", None, False),
    ],
)
def test_only_large_pictures_of_their_own_size_are_written_a_band_at_a_time(
    side: int, form: str, size: Size | None, banded: bool
) -> None:
    """From 64 megapixels on; a JPEG that keeps its blocks is held whole."""
    document = Document(Size(side, side), 8, (Layer("a", Raster.empty(Size(side, side), 4)),))
    options = ExportOptions(form, size=size)
    assert exporting._is_banded(document, options) == banded
    if form == "jpeg":
        kept = replace(document, metadata={SOURCE_JPEG: b"its bytes"})
        assert not exporting._is_banded(kept, replace(options, keep_blocks=True))
        assert exporting._is_banded(kept, replace(options, keep_blocks=False))
