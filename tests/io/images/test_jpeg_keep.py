"""A JPEG that is saved as JPEG keeps what was not edited, coefficient by coefficient."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import jpegio
import numpy as np
import pytest
from PIL import Image

from glide_studio.imaging.geometry import Size
from glide_studio.imaging.icc import srgb_profile
from glide_studio.io.images import jpeg_keep
from glide_studio.io.images.exif import PREFIX, orientation
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.jpeg_blocks import BlockEdit, CannotKeepBlocks, dct_matrix
from glide_studio.io.images.jpeg_keep import KeptBlocks, rewrite_jpeg
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from glide_studio.io.sandbox.parent import write_jpeg_in_child
from tests.io.images.test_odd_layouts import GREY

KEEP = ExportOptions("jpeg", 92, keep_blocks=True)


def smooth(width: int = 96, height: int = 80) -> Image.Image:
    random = np.random.default_rng(3)
    coarse = random.integers(30, 220, (6, 7, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def write_photo(path: Path, image: Image.Image | None = None, **options: Any) -> Picture:
    settings = {"quality": 80, "subsampling": 2} | options
    (smooth() if image is None else image).save(path, "JPEG", **settings)
    return read_image(path)


def with_square(picture: Picture, color: tuple[int, int, int] = (200, 40, 90)) -> Picture:
    pixels = np.array(picture.pixels)
    pixels[20:30, 40:52, :3] = color
    return replace(picture, pixels=pixels)


def test_untouched_blocks_keep_their_coefficients_and_tables(tmp_path: Path) -> None:
    picture = write_photo(tmp_path / "a.jpg")
    written = write_image(tmp_path / "b.jpg", with_square(picture), KEEP)
    before, after = jpegio.read(str(tmp_path / "a.jpg")), jpegio.read(str(tmp_path / "b.jpg"))
    for old, new in zip(before.quant_tables, after.quant_tables, strict=True):
        assert np.array_equal(old, new)
    for number, side in enumerate((8, 16, 16)):
        blocks = before.coef_arrays[number] != after.coef_arrays[number]
        rows, columns = np.nonzero(blocks)
        assert set(rows // 8) <= set(range(20 // side, 29 // side + 1))
        assert set(columns // 8) <= set(range(40 // side, 51 // side + 1))
        assert len(rows) > 0
    assert "are identical to the photo's own JPEG" in written.proof
    assert "only 2 of its 30 blocks" in written.proof


def test_what_was_edited_is_there(tmp_path: Path) -> None:
    picture = write_photo(tmp_path / "a.jpg", quality=95, subsampling=0)
    pixels = np.array(picture.pixels)
    pixels[16:48, 24:64, :3] = np.asarray(smooth(40, 32).rotate(180))
    write_image(tmp_path / "b.jpg", replace(picture, pixels=pixels), KEEP)
    found = read_image(tmp_path / "b.jpg").pixels[..., :3].astype(int)
    assert np.abs(found - pixels[..., :3])[16:48, 24:64].mean() < 1.5
    assert np.abs(found - pixels[..., :3]).max() < 12


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_an_edit_of_one_channel_alone_is_an_edit(tmp_path: Path, channel: int) -> None:
    picture = write_photo(tmp_path / "a.jpg", quality=95, subsampling=0)
    pixels = np.array(picture.pixels)
    pixels[16:48, 24:64, channel] = 255 - pixels[16:48, 24:64, channel]
    write_image(tmp_path / "b.jpg", replace(picture, pixels=pixels), KEEP)
    found = read_image(tmp_path / "b.jpg").pixels.astype(int)
    wanted = pixels[16:48, 24:64, channel]
    assert np.abs(found[16:48, 24:64, channel] - wanted).mean() < 12
    assert np.abs(picture.pixels[16:48, 24:64, channel].astype(int) - wanted).mean() > 40


def test_an_unedited_jpeg_comes_back_identical(tmp_path: Path) -> None:
    picture = write_photo(tmp_path / "a.jpg")
    written = write_image(tmp_path / "b.jpg", picture, KEEP)
    assert written.proof == "All 7,680 pixels are identical to the photo's own JPEG."
    assert np.array_equal(read_image(tmp_path / "b.jpg").pixels, picture.pixels)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_photo_keeps_its_orientation_tag(tmp_path: Path, turn: int) -> None:
    tags = Image.Exif()
    tags[0x0112] = turn
    picture = write_photo(tmp_path / "a.jpg", exif=tags.tobytes())
    assert picture.size == (Size(80, 96) if turn > 4 else Size(96, 80))
    edited = with_square(picture)
    assert write_image(tmp_path / "b.jpg", edited, KEEP).proof
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.getexif()[0x0112] == turn
        assert image.size == (96, 80)
    found = read_image(tmp_path / "b.jpg").pixels.astype(int)
    assert np.abs(found - edited.pixels)[23:27, 43:49].max() < 40
    far = np.ones(found.shape[:2], np.bool_)
    far[:50, 20:] = False
    assert np.array_equal(found[far], picture.pixels[far])


def test_without_metadata_a_turned_photo_still_stands_upright(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = 6, "Maker"
    picture = write_photo(tmp_path / "a.jpg", exif=tags.tobytes())
    write_image(tmp_path / "b.jpg", picture, replace(KEEP, metadata=False))
    with Image.open(tmp_path / "b.jpg") as image:
        assert dict(image.getexif()) == {0x0112: 6}
    assert np.array_equal(read_image(tmp_path / "b.jpg").pixels, picture.pixels)


def test_metadata_is_kept_and_the_old_thumbnail_is_not(tmp_path: Path) -> None:
    out = BytesIO()
    smooth(16, 16).save(out, "JPEG")
    thumbnail = out.getvalue()
    # TIFF header, an empty directory, and one with the thumbnail behind it.
    first = b"\0\1\x01\x12\0\3\0\0\0\1\0\1\0\0" + b"\0\0\0\x1a"
    second = (
        b"\0\2\x02\x01\0\4\0\0\0\1\0\0\0\x38\x02\x02\0\4\0\0\0\1"
        + len(thumbnail).to_bytes(4, "big")
        + bytes(4)
    )
    block = b"MM\0*\0\0\0\x08" + first + second + thumbnail
    picture = write_photo(
        tmp_path / "a.jpg", exif=PREFIX + block, comment=b"dawn", icc_profile=srgb_profile()
    )
    assert thumbnail in (tmp_path / "a.jpg").read_bytes()
    assert write_image(tmp_path / "b.jpg", with_square(picture), KEEP).proof
    made = (tmp_path / "b.jpg").read_bytes()
    assert thumbnail[20:] not in made
    back = read_image(tmp_path / "b.jpg")
    assert (back.icc, dict(back.text)) == (picture.icc, {"Comment": "dawn"})
    assert back.exif is not None
    assert orientation(back.exif) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: replace(one, pixels=one.pixels[:-8]), "cropped, extended or scaled"),
        (lambda one: replace(one, pixels=one.pixels.astype(np.uint16) * 257), "16 bits"),
        (lambda one: replace(one, icc=srgb_profile()), "another color profile"),
        (lambda one: replace(one, jpeg=b"\xff\xd8\xff no JPEG"), "no longer be read"),
    ],
)
def test_where_blocks_cannot_be_kept_the_reason_is_told(
    tmp_path: Path, change: Any, reason: str
) -> None:
    picture = change(write_photo(tmp_path / "a.jpg"))
    written = write_image(tmp_path / "b.jpg", picture, KEEP)
    assert written.proof == ""
    assert reason in written.notes[-1]
    assert "at quality 92" in written.notes[-1]
    assert read_image(tmp_path / "b.jpg").size == picture.size


def test_a_source_of_another_size_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = write_photo(tmp_path / "a.jpg")
    assert picture.jpeg is not None
    huge = bytearray(picture.jpeg)
    at = huge.index(b"\xff\xc0")
    huge[at + 5 : at + 9] = bytes([0x3E, 0x80, 0x3E, 0x80])  # 16,000 x 16,000
    monkeypatch.setattr(jpeg_keep.imagecodecs, "jpeg8_decode", pytest.fail)
    with pytest.raises(CannotKeepBlocks, match="cropped"):
        rewrite_jpeg(tmp_path / "work", replace(picture, jpeg=bytes(huge)), KEEP)
    start = picture.jpeg.index(b"\xff\xda")
    many = picture.jpeg[:-2] + picture.jpeg[start:-2] * 100 + b"\xff\xd9"
    with pytest.raises(CannotKeepBlocks, match="too many parts"):
        rewrite_jpeg(tmp_path / "work", replace(picture, jpeg=many), KEEP)


def test_a_gray_photo_stays_gray_until_it_gets_color(tmp_path: Path) -> None:
    picture = write_photo(tmp_path / "a.jpg", smooth().convert("L"))
    assert write_image(tmp_path / "b.jpg", with_square(picture, (90, 90, 90)), KEEP).proof
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.mode == "L"
    written = write_image(tmp_path / "c.jpg", with_square(picture), KEEP)
    assert "gray and the picture now has color" in written.notes[-1]


def test_inks_gray_profiles_and_damaged_files_are_not_kept(tmp_path: Path) -> None:
    assert write_photo(tmp_path / "inks.jpg", smooth().convert("CMYK")).jpeg is None
    picture = write_photo(tmp_path / "gray.jpg", smooth().convert("L"), icc_profile=GREY)
    assert picture.jpeg is None
    write_photo(tmp_path / "a.jpg")
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) * 3 // 4] + b"\xff\xd9")
    damaged = read_image(tmp_path / "cut.jpg")
    assert damaged.missing is not None
    assert damaged.jpeg is None


def test_a_quality_that_is_asked_for_encodes_the_whole_picture(tmp_path: Path) -> None:
    picture = write_photo(tmp_path / "a.jpg")
    written = write_image(tmp_path / "b.jpg", picture, replace(KEEP, keep_blocks=False))
    assert (written.proof, written.notes) == ("", ())
    assert not np.array_equal(read_image(tmp_path / "b.jpg").pixels, picture.pixels)


def test_pictures_behind_the_first_are_left_out(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg")
    one = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "two.jpg").write_bytes(one + one)
    picture = read_image(tmp_path / "two.jpg")
    assert picture.jpeg == one


def test_a_decoder_that_shows_something_else_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = write_photo(tmp_path / "a.jpg")
    other = write_photo(tmp_path / "b.jpg", smooth().rotate(180))
    monkeypatch.setattr(
        "glide_studio.io.images.jpeg_keep.write_jpeg_in_child", lambda *_: other.jpeg
    )
    with pytest.raises(CannotKeepBlocks, match="kept exactly"):
        rewrite_jpeg(tmp_path / "work", with_square(picture), KEEP)


def test_what_is_no_jpeg_is_refused_by_the_child(tmp_path: Path) -> None:
    rgb, changed = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)
    with pytest.raises(CannotKeepBlocks, match="cannot be read"):
        write_jpeg_in_child(tmp_path / "work", BlockEdit(b"GIF89a", rgb, changed))
    smooth(8, 8).convert("CMYK").save(tmp_path / "inks.jpg")
    inks = (tmp_path / "inks.jpg").read_bytes()
    with pytest.raises(CannotKeepBlocks, match="in inks"):
        write_jpeg_in_child(tmp_path / "work", BlockEdit(inks, rgb, changed))


def test_the_transform_is_orthonormal() -> None:
    matrix = dct_matrix()
    assert np.allclose(matrix @ matrix.T, np.eye(8))
    assert np.allclose(matrix[0], 1 / np.sqrt(8))
    assert np.allclose(matrix[1], np.cos((2 * np.arange(8) + 1) * np.pi / 16) / 2)


def test_the_proof_is_one_sentence() -> None:
    assert KeptBlocks(1_000, 2_000, 3, 40).describe() == (
        "1,000 of 2,000 pixels are identical to the photo's own JPEG:"
        " only 3 of its 40 blocks were encoded again."
    )


def test_blocks_are_kept_only_where_that_is_asked_for(tmp_path: Path) -> None:
    picture = write_photo(tmp_path / "a.jpg")
    written = write_image(tmp_path / "b.jpg", with_square(picture), ExportOptions("jpeg", 30))
    assert written.proof == ""
    before, after = jpegio.read(str(tmp_path / "a.jpg")), jpegio.read(str(tmp_path / "b.jpg"))
    assert not np.array_equal(before.quant_tables[0], after.quant_tables[0])
