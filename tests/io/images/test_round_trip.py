"""What is written is read back: pixels, depth, profile, EXIF, XMP, resolution, text."""

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from glide_studio.api.request import Provenance, Request
from glide_studio.api.sampling import Sampling
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.images.decode import decode
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.prepare_export import flatten, scale
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from glide_studio.io.provenance import provenance_from_json, provenance_to_json
from tests.io.images.makers import WIDE, XMP, exif, full_picture, noise, smooth

SUFFIX = {"png": "png", "jpeg": "jpg", "tiff": "tif", "webp": "webp", "bmp": "bmp", "avif": "avif"}


def through(folder, picture, **options):
    path = folder / f"out.{SUFFIX[options['format']]}"
    write_image(path, picture, ExportOptions(**options))
    return read_image(path)


@pytest.mark.parametrize("has_alpha", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("form", ["png", "tiff"])
def test_png_and_tiff_keep_every_bit_and_all_metadata(tmp_path, form, dtype, has_alpha):
    picture = full_picture(dtype, has_alpha)
    back = through(tmp_path, picture, format=form)
    assert back.pixels.dtype == dtype
    assert np.array_equal(back.pixels, picture.pixels)
    assert (back.has_alpha, back.icc, back.xmp, back.dpi) == (has_alpha, WIDE, XMP, (300.0, 300.0))
    assert back.notes == ()
    found = Image.Exif()
    found.load(b"Exif\0\0" + back.exif)
    assert found[0x010F] == "Maker"
    assert found.get_ifd(0x8769) == {0x9003: "2020:01:02 03:04:05", 0xA002: 53}
    assert found.get_ifd(0x8825) == {1: "N"}


@pytest.mark.parametrize(("form", "most"), [("jpeg", 3), ("avif", 4), ("webp", 0), ("bmp", 0)])
def test_the_other_formats_keep_8_bits(tmp_path, form, most):
    picture = Picture(smooth(40, 60), False, WIDE, exif(), XMP, (300.0, 300.0))
    back = through(tmp_path, picture, format=form, quality=100)
    difference = np.abs(back.pixels.astype(int) - picture.pixels)
    assert difference.max() <= most
    assert back.dpi == (300.0, 300.0)
    if form != "bmp":
        assert (back.icc, back.xmp) == (WIDE, XMP)
        assert b"Maker" in back.exif


@pytest.mark.parametrize("form", ["webp", "avif"])
def test_alpha_survives(tmp_path, form):
    pixels = smooth(32, 32)
    pixels[:16, :, 3] = 0
    pixels[8:16, :, 3] = 128
    back = through(tmp_path, Picture(pixels, True), format=form, quality=100)
    assert back.has_alpha
    assert np.abs(back.pixels[..., 3].astype(int) - pixels[..., 3]).max() <= 2
    if form == "webp":
        assert np.array_equal(back.pixels, pixels), "color under alpha 0 must be kept"


def test_a_16_bit_picture_becomes_8_bit_by_rounding(tmp_path):
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    pixels = np.dstack([values, values, values, np.full_like(values, 65535)])
    back = through(tmp_path, Picture(pixels), format="png", depth=8)
    assert np.array_equal(back.pixels[..., 0], np.rint(values / 257).astype(np.uint8))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_flattened_pixels_are_between_color_and_background_as_alpha_says(dtype):
    top = np.iinfo(dtype).max
    unit = top // 255
    pixels = np.zeros((2, 3, 4), dtype)
    pixels[:, 1] = top
    pixels[:, 2] = 0, 0, 0, 51 * unit  # a fifth
    flat = flatten(pixels, (255, 100, 0))
    assert (flat[:, 0] == (top, 100 * unit, 0, top)).all()
    assert (flat[:, 1] == top).all()
    assert (flat[:, 2] == (204 * unit, 80 * unit, 0, top)).all()


def test_transparent_parts_of_a_jpeg_show_the_background(tmp_path):
    pixels = smooth(16, 16)
    pixels[..., 3] = 0
    back = through(
        tmp_path, Picture(pixels, True), format="jpeg", quality=100, background=(200, 100, 50)
    )
    assert np.abs(back.pixels[..., :3].astype(int) - (200, 100, 50)).max() <= 2
    back = through(tmp_path, Picture(pixels, True), format="jpeg")
    assert (back.pixels == 255).all(), "white where nothing else is asked for"


def test_scaling_weights_color_by_alpha(tmp_path):
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, ::2] = (255, 0, 0, 255)
    pixels[:, 1::2] = (0, 255, 0, 0)
    back = through(tmp_path, Picture(pixels, True), format="png", size=Size(4, 4))
    assert back.size == Size(4, 4)
    assert (back.pixels[..., :3] == (255, 0, 0)).all()
    assert np.abs(back.pixels[..., 3].astype(int) - 128).max() <= 1


def test_metadata_and_profile_can_be_left_out(tmp_path):
    picture = full_picture(np.uint16, False)
    back = through(tmp_path, picture, format="png", metadata=False, profile="strip")
    assert (back.icc, back.exif, back.xmp, back.dpi) == (None, None, None, None)
    assert back.text == {}
    assert np.array_equal(back.pixels, picture.pixels)


def test_export_in_srgb_converts_the_pixels(tmp_path):
    pixels = noise(8, 8, np.uint16)
    pixels[..., :3] = (0, 40_000, 0)
    back = through(tmp_path, Picture(pixels, icc=WIDE), format="png", profile="srgb")
    assert back.icc is not None
    assert back.icc != WIDE
    assert back.pixels[0, 0, 0] == 0
    assert back.pixels[0, 0, 1] == pytest.approx(40_000 * 1.0, rel=0.05)
    assert back.pixels[0, 0, 1] != 40_000


def test_the_recipe_is_written_into_xmp_and_text(tmp_path):
    request = Request("fill", 'a <red> "hat" & more', Box(1, 2, 3, 4), Sampling(seed=7))
    provenance = Provenance(request, 2, "glide-studio 0.1.0", (("base.safetensors", "ab" * 8),))
    back = through(tmp_path, Picture(noise(4, 4), xmp=XMP), format="png", provenance=(provenance,))
    assert 'a <red> "hat" & more' in back.text["parameters"]
    assert "Seed: 7" in back.text["parameters"]
    assert b"&lt;red&gt;" in back.xmp
    again = through(tmp_path, back, format="png", provenance=(provenance,))
    assert again.xmp.count(b"glide:recipe>") == 2, "an older recipe is replaced"


def test_provenance_comes_back_exactly():
    request = Request(
        "generate", "ü \U0001f600", Box(1, 2, 3, 4), Sampling(2**62, 3), "no", state="s"
    )
    provenance = Provenance(request, 1, "glide-studio 0.1.0", (("a", "b"),))
    back = provenance_from_json(provenance_to_json(provenance))
    assert provenance_to_json(back) == provenance_to_json(provenance)
    assert back.request.box == request.box
    assert back.request.sampling == request.sampling
    assert (back.request.id, back.request.prompt) == (request.id, request.prompt)
    for broken in ("", "[]", "{}", '{"request": {}}', "null"):
        with pytest.raises(ValueError):
            provenance_from_json(broken)


@pytest.mark.parametrize("pairs", [(8, 2, 12, 1), (16, 1, 6, 2)])
def test_what_shrinks_along_one_side_alone_is_averaged(pairs):
    pixels = noise(16, 12)
    pixels[..., 3] = 255
    rows, _, columns, _ = pairs
    wanted = pixels.reshape(*pairs, 4).mean((1, 3))
    assert np.abs(scale(pixels, Size(columns, rows)) - wanted).max() <= 1


class Stop(Exception):
    """What ends a decoder that announces its size."""


@pytest.mark.parametrize("form", [*SUFFIX, "heif", "jxl"])
def test_every_decoder_announces_the_size_before_it_decodes(tmp_path, form):
    """By that a picture is refused which is too large, and memory is set aside."""
    pixels = smooth(24, 36)
    told = []

    def stop(size, **_):
        told.append(size)
        raise Stop

    if form in SUFFIX:
        path = tmp_path / f"a.{SUFFIX[form]}"
        write_image(path, Picture(pixels, False), ExportOptions(form, quality=100))
        data = path.read_bytes()
    elif form == "jxl":
        data = imagecodecs.jpegxl_encode(np.ascontiguousarray(pixels[..., :3]))
        pytest.importorskip("pillow_jxl")
    else:
        pillow_heif = pytest.importorskip("pillow_heif")
        rgb = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
        pillow_heif.from_pillow(rgb).save(tmp_path / "a.heic")
        data = (tmp_path / "a.heic").read_bytes()
    with pytest.raises(Stop):
        decode(form, data, stop)
    assert told == [Size(36, 24)]
