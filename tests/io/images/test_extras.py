"""Formats with a package of their own: HEIC, JPEG XL, camera RAW; and AVIF of more than 8 bits."""

from __future__ import annotations

import io
import sys
from importlib.util import find_spec
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Size
from glide_studio.imaging.icc import srgb_profile
from glide_studio.io.images import deep_read, extras
from glide_studio.io.images.decode import decode
from glide_studio.io.images.deep_read import avif_depth
from glide_studio.io.images.export_options import ExportOptions, format_for
from glide_studio.io.images.extras import EXTRAS, MissingExtra
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from tests.io.images.makers import smooth

with_jxl = pytest.mark.skipif(find_spec("pillow_jxl") is None, reason="an extra")
with_raw = pytest.mark.skipif(find_spec("rawpy") is None, reason="an extra")
HEADS = {"heif": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "jxl": ("a.jxl", b"\xff\x0a")}


def write_dng(path: Path, *, orientation: int = 1, byteorder: str = "<") -> None:
    """A small Bayer picture, warm at the left and dark at the right, with a neutral balance."""
    x = np.broadcast_to(np.linspace(9000, 500, 64), (48, 64))
    mosaic = np.array(x, np.uint16)
    mosaic[1::2, 1::2] //= 2  # blue
    tags = [
        (271, "s", 0, "Maker", True),
        (274, "H", 1, orientation, True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, bytes([0, 1, 1, 2]), True),
        (50706, "B", 4, bytes([1, 4, 0, 0]), True),
        (50708, "s", 0, "Maker Model", True),
        (50717, "I", 1, 16383, True),
        (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
        (50778, "H", 1, 21, True),
    ]
    tifffile.imwrite(
        path,
        mosaic,
        photometric=32803,
        extratags=tags,
        metadata=None,
        software=False,
        byteorder=byteorder,
    )


@with_raw
def test_a_raw_file_is_developed_to_16_bits(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng")
    picture = read_image(tmp_path / "a.dng")
    assert (picture.size, picture.depth, picture.format) == (Size(64, 48), 16, "raw")
    assert picture.icc is None
    left, right = (picture.pixels[20:28, columns, :3].mean() for columns in ([8], [56]))
    assert left > 2 * right
    warm = picture.pixels[24, 8]
    assert warm[0] > warm[2]
    assert np.any(picture.pixels % 257), "more tones than 8 bits have"
    assert picture.exif is not None
    assert b"Maker" in picture.exif
    assert "white balance" in picture.notes[0]


@with_raw
def test_a_raw_file_comes_upright(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng", orientation=6)
    picture = read_image(tmp_path / "a.dng")
    assert picture.size == Size(48, 64)
    assert picture.pixels[8, 24, :3].mean() > 2 * picture.pixels[56, 24, :3].mean()


@with_raw
@pytest.mark.parametrize("cut", [0.5, 0.1])
def test_a_damaged_raw_file_is_refused_in_a_sentence(tmp_path: Path, cut: float) -> None:
    write_dng(tmp_path / "a.dng")
    data = (tmp_path / "a.dng").read_bytes()
    (tmp_path / "b.nef").write_bytes(data[: int(cut * 300)] + b"no directory")
    with pytest.raises(GlideError, match=r"'b\.nef' is"):
        read_image(tmp_path / "b.nef")


@with_raw
def test_a_dng_under_another_name_is_developed_too(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.tif")
    assert read_image(tmp_path / "a.tif").format == "raw"


@with_jxl
def test_of_an_animated_jpeg_xl_the_first_picture_is_opened_and_told(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (2, 20, 30, 3), np.uint8)
    (tmp_path / "a.jxl").write_bytes(imagecodecs.jpegxl_encode(pixels, lossless=True))
    picture = read_image(tmp_path / "a.jxl")
    assert np.array_equal(picture.pixels[..., :3], pixels[0])
    assert picture.notes == ("Only the first of 2 pictures in the file was opened.",)


@with_jxl
@pytest.mark.parametrize("alpha", [False, True])
def test_jpeg_xl_opens_with_profile_and_metadata(tmp_path: Path, alpha: bool) -> None:
    pixels = smooth(30, 20)
    pixels[..., 3] //= 2
    pixels = pixels if alpha else pixels[..., :3]
    tags = Image.Exif()
    tags[0x010F] = "Maker"
    image = Image.fromarray(pixels)
    image.save(tmp_path / "a.jxl", lossless=True, exif=tags.tobytes(), icc_profile=srgb_profile())
    picture = read_image(tmp_path / "a.jxl")
    assert (picture.format, picture.depth, picture.has_alpha) == ("jxl", 8, alpha)
    assert np.array_equal(picture.pixels[..., : pixels.shape[2]], pixels)
    assert picture.exif is not None
    assert b"Maker" in picture.exif
    assert picture.icc is not None
    colors = np.random.default_rng(1).integers(0, 256, (9, 9, 3), np.uint8)
    assert np.abs(icc.convert(colors, picture.icc, None).astype(int) - colors).max() <= 1


@with_jxl
def test_jpeg_xl_of_16_bits(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 65536, (20, 30, 3), np.uint16)
    (tmp_path / "a.jxl").write_bytes(imagecodecs.jpegxl_encode(pixels, lossless=True))
    picture = read_image(tmp_path / "a.jxl")
    assert picture.depth == 16
    assert np.array_equal(picture.pixels[..., :3], pixels)


@with_jxl
def test_a_jpeg_xl_is_turned_by_its_decoder_alone(tmp_path: Path) -> None:
    image = Image.fromarray(smooth(30, 20)[..., :3])
    tags = Image.Exif()
    tags[0x0112] = 6
    image.save(tmp_path / "a.jxl", lossless=True, exif=tags.tobytes())
    picture = read_image(tmp_path / "a.jxl")
    assert np.array_equal(picture.pixels[..., :3], np.asarray(image))


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_avif_of_more_than_8_bits_opens_as_16(tmp_path: Path, bits: int, channels: int) -> None:
    top = (1 << bits) - 1
    ramp = np.linspace(0, top, 64 * 48).reshape(48, 64).astype(np.uint16)
    pixels: NDArray[np.uint16] = np.stack([ramp] * channels, -1) if channels > 1 else ramp
    data = imagecodecs.avif_encode(pixels, bitspersample=bits, level=100)
    (tmp_path / "a.avif").write_bytes(data)
    assert avif_depth(data) == bits
    picture = read_image(tmp_path / "a.avif")
    assert picture.depth == 16
    wanted = ramp.astype(int) * 65535 // top
    found = picture.pixels[..., 1].astype(int)
    assert np.abs(found - wanted).max() <= 4 * 65535 // top
    assert len(np.unique(found)) > 600


@pytest.mark.parametrize("form", HEADS)
def test_a_missing_extra_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    name, head = HEADS[form]
    (tmp_path / name).write_bytes(head + bytes(99))
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra) as caught:
        read_image(tmp_path / name)
    package = EXTRAS[form].package  # type: ignore[index]
    assert caught.value.command == f"{sys.executable} -m pip install {package}"
    assert caught.value.command in str(caught.value)
    assert str(caught.value).startswith(f"'{name}' is a ")


def test_a_raw_file_without_the_extra_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dng(tmp_path / "a.cr2")
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match="camera RAW picture, which needs the package 'rawpy'"):
        read_image(tmp_path / "a.cr2")


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_dng_is_known_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    write_dng(tmp_path / "a.tif", byteorder=order)
    with pytest.raises(MissingExtra):
        read_image(tmp_path / "a.tif")
    pixels = smooth(30, 20)[..., :3]
    tifffile.imwrite(tmp_path / "b.tif", pixels, byteorder=order, photometric="rgb")
    assert np.array_equal(read_image(tmp_path / "b.tif").pixels[..., :3], pixels)


def test_a_photo_named_as_a_raw_file_opens_as_what_it_is(tmp_path: Path) -> None:
    Image.fromarray(smooth(20, 30)[..., :3]).save(tmp_path / "a.cr2", "PNG")
    picture = read_image(tmp_path / "a.cr2")
    assert (picture.format, picture.size) == ("png", Size(30, 20))


@pytest.mark.parametrize("name", ["a.heic", "a.dng", "a.nef", "a.jxl"])
def test_what_can_only_be_read_is_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(GlideError, match="format that can be written"):
        format_for(tmp_path / name)
    form = {"heic": "heif", "jxl": "jxl"}.get(name.partition(".")[2], "raw")
    with pytest.raises(GlideError, match="can be opened but not written"):
        write_image(tmp_path / name, Picture(smooth(4, 4)), ExportOptions(form))  # type: ignore[arg-type]


@with_jxl
@pytest.mark.parametrize("alpha", [False, True])
def test_a_gray_jpeg_xl_of_16_bits(tmp_path: Path, alpha: bool) -> None:
    gray = np.random.default_rng(1).integers(0, 65536, (20, 30), np.uint16)
    planes = np.dstack([gray, gray[::-1]]) if alpha else gray
    data = imagecodecs.jpegxl_encode(planes, lossless=True, photometric="gray")
    (tmp_path / "a.jxl").write_bytes(data)
    picture = read_image(tmp_path / "a.jxl")
    assert picture.has_alpha == alpha
    # Its tones are those of a gray profile.
    order = gray.ravel().argsort()
    for channel in range(3):
        tones = picture.pixels[..., channel].ravel()[order].astype(int)
        assert (np.diff(tones) >= 0).all()
        assert tones[-1] - tones[0] > 60_000
    assert np.array_equal(
        picture.pixels[..., 3], gray[::-1] if alpha else np.full_like(gray, 65535)
    )


@with_jxl
def test_the_size_of_a_jpeg_xl_is_known_before_it_is_decoded() -> None:
    seen: list[Size] = []

    def refuse(size: Size, /, **_: int) -> None:
        seen.append(size)
        raise GlideError("too large")

    pixels = np.zeros((20, 30, 3), np.uint8)
    with pytest.raises(GlideError, match="too large"):
        decode("jxl", bytes(imagecodecs.jpegxl_encode(pixels)), refuse)
    assert seen == [Size(30, 20)]


def test_a_turned_avif_of_more_than_8_bits_is_read_in_8_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.BytesIO()
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.fromarray(smooth(20, 30)[..., :3]).save(out, "AVIF", exif=tags, quality=100)
    monkeypatch.setattr(deep_read, "avif_depth", lambda _: 10)
    picture = decode("avif", out.getvalue(), lambda *_, **__: None)
    assert (picture.size, picture.depth) == (Size(20, 30), 8)
    assert picture.notes == (deep_read.TURNED_NOTE,)
