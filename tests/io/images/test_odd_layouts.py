"""Layouts that other programs write: grey, palette, inks, odd depths, turned, several pictures."""

from importlib import import_module
from importlib.util import find_spec
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps

from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import jpeg_segments, pixel_layout
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.pixel_layout import stretch_to_full_range
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from tests.io.images.makers import WIDE, exif, noise, smooth

GREY = imagecodecs.cms_profile("gray", gamma=1.8)


def saved(folder, image, name, **options):
    path = folder / name
    image.save(path, **options)
    return read_image(path)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "a.jpg", "a.avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once_and_reset(tmp_path, orientation, name):
    image = Image.fromarray(smooth(48, 64)[..., :3])
    block = b"Exif\0\0" + exif(orientation)
    lossless = {"lossless": True} if name == "a.webp" else {}
    picture = saved(tmp_path, image, name, exif=block, **lossless)
    with Image.open(tmp_path / name) as again:
        wanted = np.asarray(ImageOps.exif_transpose(again).convert("RGB"))
    assert np.abs(picture.pixels[..., :3].astype(int) - wanted).max() <= 1
    write_image(tmp_path / "b.png", picture, ExportOptions())
    assert np.array_equal(read_image(tmp_path / "b.png").pixels, picture.pixels)


WRITTEN_BY_PILLOW = [
    *(("a.png", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
    *(("a.tif", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
    *(("a.bmp", mode) for mode in ("1", "L", "P", "RGB", "RGBA")),
]


@pytest.mark.parametrize(("name", "mode"), WRITTEN_BY_PILLOW)
def test_every_mode_is_read_as_pillow_shows_it(tmp_path, name, mode):
    image = Image.fromarray(smooth(20, 30)).convert(mode)
    picture = saved(tmp_path, image, name)
    wanted = np.asarray(image.convert("RGBA"))
    assert np.array_equal(picture.pixels, wanted)
    assert picture.depth == 8
    assert not picture.has_alpha


def test_a_palette_with_transparency(tmp_path):
    image = Image.new("P", (4, 1))
    image.putpalette([1, 2, 3, 4, 5, 6])
    image.putdata([0, 1, 0, 1])
    picture = saved(tmp_path, image, "a.png", transparency=b"\x80\xff")
    assert picture.pixels[0, 0].tolist() == [1, 2, 3, 128]
    assert picture.pixels[0, 1].tolist() == [4, 5, 6, 255]
    assert picture.has_alpha


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_inks_without_a_profile_are_ideal_filters(tmp_path, name):
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    picture = saved(tmp_path, image, name)
    assert np.abs(picture.pixels[4, 4].astype(int) - (0, 255, 255, 255)).max() <= 2
    assert picture.icc is None


def test_a_grey_profile_is_applied_at_16_bits(tmp_path):
    grey = np.linspace(0, 65535, 64).astype(np.uint16)[None].repeat(8, 0)
    tifffile.imwrite(tmp_path / "a.tif", grey, photometric="minisblack", iccprofile=GREY)
    picture = read_image(tmp_path / "a.tif")
    light = (grey / 65535) ** 1.8
    wanted = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 65535
    # Little CMS keeps the slope of a pure power curve finite at black.
    assert np.abs(picture.pixels[..., 1] - wanted)[:, 2:].max() < 65535 * 0.002
    assert picture.icc is None
    assert len(np.unique(picture.pixels[..., 0])) == 64


def test_the_color_profile_of_a_grey_jpeg(tmp_path):
    image = Image.new("L", (16, 16), 100)
    picture = saved(tmp_path, image, "a.jpg", icc_profile=GREY, quality=100)
    light = (100 / 255) ** 1.8
    wanted = (1.055 * light ** (1 / 2.4) - 0.055) * 255
    assert abs(int(picture.pixels[4, 4, 0]) - wanted) <= 1.5


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_png_of_any_channels(tmp_path, channels):
    array = noise(6, 5, np.uint16)[..., :channels]
    array = np.ascontiguousarray(array[..., 0] if channels == 1 else array)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(array))
    picture = read_image(tmp_path / "a.png")
    assert picture.depth == 16
    colors = array[..., : channels - 1 + channels % 2] if channels > 1 else array[..., None]
    assert np.array_equal(picture.pixels[..., :3], np.broadcast_to(colors, (6, 5, 3)))


@pytest.mark.parametrize(
    ("array", "options", "first"),
    [
        (np.full((4, 5), 0, np.uint8), {"photometric": "miniswhite"}, [255, 255, 255, 255]),
        (np.full((3, 4, 5), 9, np.uint16), {"photometric": "rgb", "planarconfig": "separate"}, [9, 9, 9, 65535]),
        (np.full((4, 5, 3), 0.5, np.float32), {"photometric": "rgb"}, [32768, 32768, 32768, 65535]),
        (np.full((4, 5, 3), 1 << 31, np.uint32), {"photometric": "rgb"}, [32768, 32768, 32768, 65535]),
        (np.full((4, 5, 4), 100, np.uint8), {"photometric": "rgb", "extrasamples": ["assocalpha"]}, [255, 255, 255, 100]),
        (np.full((4, 5, 4), 100, np.uint8), {"photometric": "rgb", "extrasamples": ["unspecified"]}, [100, 100, 100, 255]),
        (np.full((4, 5, 4), 65535, np.uint16), {"photometric": "separated"}, [0, 0, 0, 65535]),
    ],
)  # fmt: skip
def test_tiff_layouts(tmp_path, array, options, first):
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    assert read_image(tmp_path / "a.tif").pixels[0, 0].tolist() == first


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_compressed_tiff(tmp_path, compression):
    image = Image.fromarray(smooth(40, 50)[..., :3])
    picture = saved(tmp_path, image, "a.tif", compression=compression)
    assert np.abs(picture.pixels[..., :3].astype(int) - np.asarray(image)).max() <= 12 * (
        compression == "jpeg"
    )


def test_only_the_first_of_several_pictures_is_opened_and_that_is_said(tmp_path):
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    for name in ("a.tif", "a.webp", "a.png"):
        picture = saved(tmp_path, first, name, save_all=True, append_images=[second])
        assert picture.pixels[2, 2, 0] > 240
        assert len(picture.notes) == 1, name


def test_a_broken_profile_is_left_out_and_that_is_said(tmp_path):
    picture = saved(tmp_path, Image.new("RGB", (8, 8)), "a.png", icc_profile=b"nonsense" * 40)
    assert picture.icc is None
    assert "profile" in picture.notes[0]


def test_the_thumbnail_of_an_exif_block_is_unlinked(tmp_path):
    made = Image.Exif()
    made[0x010F] = "Maker"
    made._ifds[1] = {0x0201: 0, 0x0202: 0, 0x0103: 6}
    picture = saved(tmp_path, Image.new("RGB", (8, 8)), "a.png", exif=made)
    back = Image.Exif()
    back.load(b"Exif\0\0" + picture.exif)
    assert back.get_ifd(1) == {}
    assert back[0x010F] == "Maker"


def test_a_jpeg_with_trailing_bytes_of_a_phone(tmp_path):
    out = BytesIO()
    Image.fromarray(smooth(16, 16)[..., :3]).save(out, "JPEG")
    (tmp_path / "a.jpg").write_bytes(out.getvalue() + b"more than the picture")
    assert isinstance(read_image(tmp_path / "a.jpg"), Picture)


@pytest.mark.skipif(find_spec("pillow_heif") is None, reason="an extra: its wheels carry GPL code")
def test_heif_with_its_extra(tmp_path):
    image = Image.fromarray(smooth(64, 48)[..., :3])
    picture = saved(
        tmp_path, image, "a.heic", quality=95, exif=b"Exif\0\0" + exif(6), icc_profile=WIDE
    )
    wanted = np.rot90(np.asarray(image), -1)
    assert np.abs(picture.pixels[..., :3].astype(int) - wanted).max() <= 6
    assert (picture.format, picture.icc) == ("heif", WIDE)
    assert b"Maker" in picture.exif
    write_image(tmp_path / "b.png", picture, ExportOptions())
    assert np.array_equal(read_image(tmp_path / "b.png").pixels, picture.pixels), "turned once"


@pytest.mark.skipif(find_spec("pillow_heif") is None, reason="an extra: its wheels carry GPL code")
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_heif_of_more_than_8_bits_opens_as_16_and_upright(tmp_path, mode):
    heif = import_module("pillow_heif")
    deep = 257 * smooth(64, 48)[..., : len(mode)].astype(np.uint16)
    turned = b"Exif\0\0" + exif(6)
    size = deep.shape[1::-1]
    heif.encode(f"{mode};16", size, deep.tobytes(), tmp_path / "a.heic", quality=95, exif=turned)
    picture = read_image(tmp_path / "a.heic")
    assert picture.pixels.dtype == np.uint16
    wanted = np.rot90(deep, -1)
    off = np.abs(picture.pixels[..., : len(mode)].astype(int) - wanted)
    assert off.max() <= 6 * 257
    assert off.mean() < 2 * 257
    assert len(np.unique(picture.pixels[..., :3])) > 256, "more than 8 bits"
    assert b"Maker" in picture.exif


@pytest.mark.parametrize("bits", [1, 4, 7, 8, 9, 10, 12, 16])
def test_samples_of_few_bits_fill_the_range_of_8_or_16(bits):
    top = (1 << bits) - 1
    samples = np.array([0, top], np.uint8 if bits <= 8 else np.uint16)
    full = pixel_layout.stretch_to_full_range(samples, bits)
    assert full.dtype == (np.uint8 if bits <= 8 else np.uint16)
    assert full.tolist() == [0, np.iinfo(full.dtype).max]


def test_the_orientation_alone_is_changed_in_exif():
    tags = Image.Exif()
    tags[0x0103], tags[0x0128] = 6, 2  # short values before and after its place
    for first in (None, 3):
        if first is not None:
            tags[0x0112] = first
        block = exif_block.set_orientation(tags.tobytes()[6:], 8)
        found = Image.Exif()
        found.load(b"Exif\0\0" + block)
        assert [found[tag] for tag in (0x0103, 0x0112, 0x0128)] == [6, 8, 2]


def test_fill_bytes_before_a_marker_are_no_junk():
    out = BytesIO()
    Image.new("RGB", (20, 30)).save(out, "JPEG")
    data = out.getvalue()
    plain = jpeg_segments.parse(data)
    filled = jpeg_segments.parse(data[:2] + b"\xff" * 3 + data[2:])
    assert (filled.junk, filled.segments, filled.jfif) == (0, plain.segments, plain.jfif)
    assert filled.scans[0].start == plain.scans[0].start + 3


@pytest.mark.parametrize("mode", ["YCbCr", "LAB"])
def test_luma_and_lab_tiffs_are_read_as_pillow_shows_them(tmp_path, mode):
    picture = Image.fromarray(np.ascontiguousarray(smooth(40, 30)[..., :3]))
    if mode == "LAB":
        srgb, lab = (ImageCms.createProfile(space) for space in ("sRGB", "LAB"))
        coded = ImageCms.profileToProfile(picture, srgb, lab, outputMode="LAB")
        shown = ImageCms.profileToProfile(coded, lab, srgb, outputMode="RGB")
    else:
        coded = picture.convert(mode)
        shown = coded.convert("RGB")
    coded.save(tmp_path / "a.tif")
    back = read_image(tmp_path / "a.tif")
    assert np.array_equal(back.pixels[..., :3], np.asarray(shown))
    assert (back.pixels[..., 3] == 255).all()
    assert np.abs(back.pixels[..., :3].astype(int) - np.asarray(picture)).mean() < 3


def test_the_tags_of_a_tiff_that_describe_it_are_its_exif(tmp_path):
    told = {270: "Elbe", 271: "Acme", 272: "X1", 305: "Scan", 306: "2024:01:02 03:04:05",
            315: "Bob", 316: "host", 33432: "c Bob"}  # fmt: skip
    Image.new("RGB", (8, 8)).save(tmp_path / "a.tif", tiffinfo=told)
    picture = read_image(tmp_path / "a.tif")
    found = exif_block.parse(picture.exif)
    assert {tag: found.get(tag) for tag in told} == told


@pytest.mark.parametrize("channels", [3, 4])
def test_a_tiff_of_separate_planes(tmp_path, channels):
    pixels = noise(30, 20)[..., :channels]
    extra = ["unassalpha"] if channels == 4 else None
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.moveaxis(pixels, -1, 0),
        photometric="rgb",
        planarconfig="separate",
        extrasamples=extra,
    )
    assert np.array_equal(read_image(tmp_path / "a.tif").pixels[..., :channels], pixels)


@pytest.mark.parametrize(
    ("written", "unit", "wanted"),
    [
        ((600, 2), "INCH", 300),
        ((400, 3), "INCH", 400 / 3),
        ((236, 2), "CENTIMETER", 118 * 2.54),
        ((300, 1), "NONE", None),
    ],
)
def test_a_resolution_is_a_fraction_by_inch_or_centimeter(tmp_path, written, unit, wanted):
    pixels = noise(6, 5)[..., :3]
    tifffile.imwrite(tmp_path / "a.tif", pixels, resolution=(written, written), resolutionunit=unit)
    dpi = read_image(tmp_path / "a.tif").dpi
    assert dpi is None if wanted is None else dpi == pytest.approx((wanted, wanted))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_shares_of_white(tmp_path, dtype):
    row = np.array([-0.5, 0, 0.25, 0.5, 1, 7, np.nan, np.inf], dtype)
    pixels = np.repeat(row[None, :, None], 3, 2).repeat(8, 0)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    picture = read_image(tmp_path / "a.tif")
    assert picture.depth == 16
    found = picture.pixels[3, :, 1].astype(int)
    wanted = [0, 0, 0.25 * 65535, 0.5 * 65535, 65535, 65535]
    assert np.abs(found[:6] - wanted).max() <= 1
    assert (found[6], found[7]) == (0, 65535)
    assert picture.pixels[..., 3].min() == 65535
    assert picture.notes == (
        "8 pixels have no value and were made black.",
        "16 pixels are brighter than white and were cut.",
    )


def test_floats_that_fit_open_without_a_word(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8))
    assert read_image(tmp_path / "a.tif").notes == ()


@pytest.mark.parametrize(("dtype", "bits"), [(np.uint8, 8), (np.uint16, 12), (np.uint32, 32)])
def test_whole_numbers_of_any_depth_reach_from_black_to_white(dtype, bits):
    top = 2**bits - 1
    array = np.array([[0, top // 4, top // 2, top]], dtype)
    found = stretch_to_full_range(array, bits)
    full = np.iinfo(found.dtype).max
    assert found.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert np.abs(found[0] / full - [0, 0.25, 0.5, 1]).max() < 1.5 / top + 1 / full
    assert (found[0, 0], found[0, 3]) == (0, full)
