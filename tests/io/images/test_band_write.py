"""A picture written band by band is the one that is written whole."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import band_write
from glide_studio.io.images.band_write import BANDED, write_bands
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.prepare_export import BandedPicture, blank_pixels
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from tests.io.images.makers import WIDE, full_picture, noise

SUFFIX = {"png": "png", "jpeg": "jpg", "tiff": "tif", "bmp": "bmp"}


def banded(picture):
    blank = blank_pixels(picture.size, picture.pixels.dtype)
    return BandedPicture(
        replace(picture, pixels=blank), lambda top, bottom: picture.pixels[top:bottom]
    )


@pytest.fixture
def small_bands(monkeypatch):
    monkeypatch.setattr(band_write, "BAND_AREA", 1)  # bands of one step


def tall(height, width, dtype=np.uint8, clear=False):
    """A picture of three steps and a bit, smooth above and grainy below."""
    pixels = noise(height, width, dtype)
    pixels[: height // 2] = np.sort(pixels[: height // 2], axis=0)
    if not clear:
        pixels[..., 3] = np.iinfo(dtype).max
    return Picture(pixels, clear, WIDE, dpi=(300.0, 150.0))


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("width", [1, 37, 129])
@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("form", BANDED)
def test_every_pixel_is_that_of_the_whole_picture(tmp_path, form, dtype, clear, width):
    picture, options = tall(411, width, dtype, clear), ExportOptions(form, 92)
    path, whole = (tmp_path / f"{name}.{SUFFIX[form]}" for name in ("bands", "whole"))
    assert write_bands(path, banded(picture), options) == write_image(whole, picture, options)
    found, wanted = read_image(path), read_image(whole)
    assert np.array_equal(found.pixels, wanted.pixels)
    assert (found.has_alpha, found.icc, found.depth) == (
        wanted.has_alpha,
        wanted.icc,
        wanted.depth,
    )
    assert found.dpi == wanted.dpi
    assert found.dpi == pytest.approx((300.0, 150.0), abs=0.02)
    assert found.notes == wanted.notes == ()


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("quality", [30, 89, 90, 100])
def test_the_intervals_of_a_jpeg_join_without_a_seam_at_every_quality(tmp_path, quality):
    picture, options = tall(300, 75), ExportOptions("jpeg", quality)
    write_bands(tmp_path / "bands.jpg", banded(picture), options)
    write_image(tmp_path / "whole.jpg", picture, options)
    with Image.open(tmp_path / "bands.jpg") as bands, Image.open(tmp_path / "whole.jpg") as whole:
        assert bands.quantization == whole.quantization
        assert np.array_equal(np.asarray(bands), np.asarray(whole))


@pytest.mark.usefixtures("small_bands")
def test_a_jpeg_too_wide_for_an_interval_of_a_step_gets_shorter_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(band_write, "MAX_INTERVAL", 60)
    picture, options = tall(300, 75), ExportOptions("jpeg", 95)
    write_bands(tmp_path / "bands.jpg", banded(picture), options)
    write_image(tmp_path / "whole.jpg", picture, options)
    data = (tmp_path / "bands.jpg").read_bytes()
    at = data.index(b"\xff\xdd\0\4")
    assert int.from_bytes(data[at + 4 : at + 6]) == 40  # four rows of ten MCUs
    found, wanted = (np.asarray(Image.open(tmp_path / f"{one}.jpg")) for one in ("bands", "whole"))
    assert np.array_equal(found, wanted)


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("form", ["png", "jpeg", "tiff"])
def test_metadata_goes_along(tmp_path, form):
    picture = full_picture(np.uint8, False)
    path, whole = (tmp_path / f"{name}.{SUFFIX[form]}" for name in ("bands", "whole"))
    write_bands(path, banded(picture), ExportOptions(form))
    write_image(whole, picture, ExportOptions(form))
    found, wanted = read_image(path), read_image(whole)
    assert wanted.exif is not None
    for name in ("exif", "xmp", "iptc", "icc", "dpi", "text"):
        assert getattr(found, name) == getattr(wanted, name), name


@pytest.mark.usefixtures("small_bands")
def test_a_photo_is_hardly_longer_than_as_a_whole_png(tmp_path):
    y, x = np.mgrid[0:512, 0:384]
    grain = np.random.default_rng(1).normal(0, 2, (512, 384, 1))
    colors = np.dstack([x / 2, y / 3, 128 + 60 * np.sin((x + y) / 40)]) + grain
    pixels = np.full((512, 384, 4), 255, np.uint8)
    pixels[..., :3] = np.clip(colors, 0, 255)
    picture = Picture(pixels)
    write_bands(tmp_path / "bands.png", banded(picture), ExportOptions("png"))
    write_image(tmp_path / "whole.png", picture, ExportOptions("png"))
    bands, whole = ((tmp_path / f"{one}.png").stat().st_size for one in ("bands", "whole"))
    assert bands < 1.15 * whole


def test_bands_are_never_asked_for_more_than_their_area(tmp_path, monkeypatch):
    monkeypatch.setattr(band_write, "BAND_AREA", 60 * 256)
    picture, asked = tall(700, 60), []

    def read(top, bottom):
        asked.append((top, bottom))
        return picture.pixels[top:bottom]

    source = BandedPicture(replace(picture, pixels=blank_pixels(Size(60, 700), np.uint8)), read)
    for form in BANDED:
        asked.clear()
        write_bands(tmp_path / f"out.{SUFFIX[form]}", source, ExportOptions(form))
        wanted = [(0, 1), (0, 256), (256, 512), (512, 700)]
        assert sorted(asked) == wanted, form
