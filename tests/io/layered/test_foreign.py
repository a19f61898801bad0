"""PSD and OpenRaster against programs that are not ours: what they read, and what they write."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Group, PixelLayer
from psd_tools.constants import BlendMode as PsdBlend
from psd_tools.constants import Resource

from glide_studio.document.document import Document
from glide_studio.document.layer import BLEND_MODES, Layer
from glide_studio.document.raster import Raster
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.images.picture import check_size
from glide_studio.io.layered.layered_files import write_layers
from glide_studio.io.layered.layered_picture import from_document, to_document
from glide_studio.io.layered.ora_read import read_ora
from glide_studio.io.layered.ora_write import write_ora
from glide_studio.io.layered.psd_read import AS_SAVED, read_psd
from glide_studio.io.layered.psd_write import write_psd_content
from tests.io.images.makers import WIDE
from tests.io.layered.test_layered import SIZE, flat, layered, solid
from tests.io.project.makers import noise

MAGICK = shutil.which("convert") and shutil.which("identify")
magick_only = pytest.mark.skipif(not MAGICK, reason="ImageMagick is not installed")


def magick(*arguments: str | Path, data: bytes | None = None) -> bytes:
    command = [str(one) for one in ("convert", *arguments)]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def seen_by_magick(path: Path, index: int, size: Size, depth: int) -> np.ndarray:
    """RGBA [h, w, 4] of picture `index` in a file."""
    raw = magick(f"{path}[{index}]", "-depth", str(depth), "-endian", "LSB", "rgba:-")
    return np.frombuffer(raw, np.uint8 if depth == 8 else "<u2").reshape(size.height, size.width, 4)


def identified(path: Path, form: str) -> list[str]:
    command = ["identify", "-format", f"{form}\n", str(path)]
    # It shows the name for old readers, which has no other alphabet.
    return (
        subprocess.run(command, capture_output=True, check=True)
        .stdout.decode("mac_roman")
        .splitlines()
    )


@magick_only
@pytest.mark.parametrize("depth", [8, 16])
def test_imagemagick_sees_our_layers(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "a.psd"
    document = layered(depth)
    write_layers(path, document)
    merged = seen_by_magick(path, 0, SIZE, depth)
    unit = 1 if depth == 8 else 257
    assert np.abs(merged.astype(int) - flat(document)).max() <= unit
    # The first picture is the merged one; groups are seen as their empty dividers.
    labels = identified(path, "%l|%wx%h%O|%[compose]|%z")[1:]
    layers = {one.split("|")[0]: one.split("|")[1:] for one in labels}
    assert layers["Base"] == ["150x140+0+0", "Over", str(depth)]
    assert layers["Résult"] == ["90x80+20+10", "Over", str(depth)]
    assert layers["Shape"][0] == "50x50+60+60"
    assert layers["Clipped"][0] == "60x60+40+40"
    names = [one.split("|")[0] for one in labels]
    found = seen_by_magick(path, 1 + names.index("Résult"), Size(90, 80), depth)
    result = next(one for one in document.iter_layers() if one.name == "Résult")
    assert result.raster is not None
    assert result.mask is not None
    box = Box(20, 10, 90, 80)
    pixels = result.raster.read(box)
    mask = result.mask.read(box)[..., 0] / 255
    # It multiplies mask and opacity into alpha.
    alpha = pixels[..., 3] * mask * result.opacity
    assert np.abs(found[..., 3] - alpha).max() <= 2 * unit
    assert np.array_equal(found[..., :3], pixels[..., :3])
    below = document.layers[0].raster
    assert below is not None
    base = seen_by_magick(path, 1 + names.index("Base"), SIZE, depth)
    assert np.array_equal(base, below.read(SIZE.box))


COMPOSE = {
    "multiply": "Multiply", "screen": "Screen", "overlay": "Overlay", "darken": "Darken",
    "lighten": "Lighten", "color-dodge": "ColorDodge", "color-burn": "ColorBurn",
    "hard-light": "HardLight", "soft-light": "SoftLight", "difference": "Difference",
    "exclusion": "Exclusion", "hue": "Hue", "saturation": "Saturate", "color": "Colorize",
    "luminosity": "Luminize", "normal": "Over",
}  # fmt: skip


@magick_only
@pytest.mark.parametrize("blend", [mode for mode in BLEND_MODES if mode != "pass-through"])
def test_imagemagick_names_our_blend_modes(tmp_path: Path, blend: Any) -> None:
    small = Size(8, 8)
    layers = [
        Layer(name, Raster.from_array(noise(small.box, seed=number)), blend=mode)
        for number, (name, mode) in enumerate((("below", "normal"), ("above", blend)))
    ]
    write_psd_content(tmp_path / "a.psd", from_document(Document(small, 8, tuple(layers))))
    assert identified(tmp_path / "a.psd", "%l %[compose]")[-1] == f"above {COMPOSE[blend]}"


@pytest.mark.parametrize("depth", [8, 16])
def test_psd_tools_sees_what_the_canvas_shows(tmp_path: Path, depth: int) -> None:
    document = layered(depth)
    write_layers(tmp_path / "a.psd", document)
    file = PSDImage.open(tmp_path / "a.psd")
    assert file.has_preview()
    top = 255 if depth == 8 else 65535
    stored = np.rint(file.numpy("color") * top).astype(int)
    assert np.abs(stored - flat(document)[..., :3]).max() == 0
    # Its own compositing of our layers, masks, clipping and groups.
    shown = np.asarray(file.composite(force=True, apply_icc=False).convert("RGBA")).astype(int)
    assert np.abs(shown - flat(document) / (top / 255)).max() <= 2
    assert file.image_resources.get_data(Resource.ICC_PROFILE) == WIDE


def test_a_clear_picture_is_merged_over_white(tmp_path: Path) -> None:
    document = Document(SIZE, 8, (Layer("Half", solid(Box(10, 10, 60, 50), 1)),))
    write_layers(tmp_path / "a.psd", document)
    file = PSDImage.open(tmp_path / "a.psd")
    planes = [
        np.frombuffer(one, np.uint8)
        for one in file._record.image_data.get_data(file._record.header)
    ]
    red, alpha = (planes[number].reshape(140, 150) for number in (0, 3))
    seen = flat(document)
    share = seen[..., 3] / 255
    assert np.array_equal(alpha, seen[..., 3])
    assert np.abs(red - (seen[..., 0] * share + 255 * (1 - share))).max() <= 0.51
    back = np.asarray(file.topil().convert("RGBA")).astype(int)
    strong = seen[..., 3] > 200
    assert np.abs(back - seen)[strong].max() <= 2


def test_resolution_goes_out_and_comes_in(tmp_path: Path) -> None:
    document = Document(
        SIZE, 8, (Layer("a", solid(SIZE.box, 1)),), metadata={"dpi": b"[300.0, 150.5]"}
    )
    write_layers(tmp_path / "a.psd", document)
    with Image.open(tmp_path / "a.psd") as image:
        assert image.size == (150, 140)
    resolution = PSDImage.open(tmp_path / "a.psd").image_resources.get_data(
        Resource.RESOLUTION_INFO
    )
    assert (resolution.horizontal, resolution.vertical) == (300 << 16, round(150.5 * 65536))
    picture = read_psd((tmp_path / "a.psd").read_bytes(), check_size)
    assert to_document(picture).metadata["dpi"] == b"[300.0, 150.5]"


def plain(
    parent: Any,
    name: str,
    size: tuple[int, int],
    color: tuple[int, ...],
    top: int = 0,
    left: int = 0,
) -> PixelLayer:
    pixels = np.asarray(Image.new("RGBA", size, color))
    return PixelLayer.fromarray(pixels, parent, name, top, left)


def made_by_psd_tools() -> bytes:
    """Layers, a group, masks, clipping, opacity, fill and a mode that W3C compositing has not."""
    file = PSDImage.new("RGB", (60, 40))
    below = plain(file, "below", (60, 40), (200, 100, 50, 255))
    below.opacity = 128
    group = Group.new(file, "group")
    inner = plain(group, "ínner", (20, 10), (10, 220, 30, 255), 5, 8)
    inner.blend_mode = PsdBlend.MULTIPLY
    inner.create_mask(Image.new("L", (20, 8), 255), 5, 8)
    clipped = plain(group, "clipped", (30, 30), (0, 0, 255, 255))
    clipped.clipping = True
    clipped.fill_opacity = 51
    odd = plain(file, "odd", (9, 9), (9, 9, 9, 255), 30, 50)
    odd.blend_mode = PsdBlend.VIVID_LIGHT
    odd.visible = False
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def test_a_psd_that_psd_tools_made() -> None:
    picture = read_psd(made_by_psd_tools(), check_size)
    below, group, odd, whole = picture.layers
    assert (below.name, round(below.opacity, 3)) == ("below", 0.502)
    inner, clipped = group.children
    assert (inner.name, inner.blend, inner.box) == ("ínner", "multiply", Box(8, 5, 20, 10))
    assert inner.pixels is not None
    assert inner.pixels[3, 3].tolist() == [10, 220, 30, 255]
    assert inner.mask is not None
    assert (inner.mask.box, int(inner.mask.pixels[0, 0])) == (Box(8, 5, 20, 8), 255)
    assert clipped.clipping
    assert round(clipped.opacity, 3) == 0.2, "fill counts as opacity"
    assert (odd.blend, odd.visible) == ("normal", False)
    assert (whole.name, whole.visible) == (AS_SAVED, False)
    assert "vivid_light" in picture.notes[0]
    assert AS_SAVED in picture.notes[-1]
    # It shows what we show. (A layer clipped to a half clear one it lays on in a way of its own.)
    file = PSDImage.open(BytesIO(made_by_psd_tools()))
    shown = np.asarray(file.composite(force=True).convert("RGBA")).astype(int)
    seen = flat(to_document(picture))
    assert np.abs(seen[..., 3] - shown[..., 3]).max() <= 1
    assert np.abs(seen - shown)[shown[..., 3] > 100].max() <= 2


@magick_only
@pytest.mark.parametrize(
    ("options", "depth", "wanted", "near"),
    [
        (("-size", "12x9", "xc:#4080c0", "-depth", "8"), 8, (64, 128, 192, 255), 0),
        (("-size", "12x9", "xc:#40004100c0ff", "-depth", "16"), 16, (0x4000, 0x4100, 0xC0FF, 65535), 1),
        (("-size", "12x9", "xc:gray(40%)", "-colorspace", "Gray", "-depth", "8"), 8, (102, 102, 102, 255), 1),
        (("-size", "12x9", "xc:gray(40%)", "-colorspace", "Gray", "-depth", "16"), 16, (26214, 26214, 26214, 65535), 60),
        (("-size", "12x9", "xc:red", "-colorspace", "CMYK", "-depth", "8"), 8, (255, 0, 0, 255), 0),
        (("-size", "12x9", "xc:red", "-colorspace", "CMYK", "-depth", "16"), 16, (65535, 0, 0, 65535), 0),
        (("-size", "12x9", "xc:#11223380", "-depth", "8"), 8, (17, 34, 51, 128), 1),
    ],
)  # fmt: skip
def test_a_psd_that_imagemagick_made(
    tmp_path: Path, options: tuple[str, ...], depth: int, wanted: tuple[int, ...], near: int
) -> None:
    magick(*options, tmp_path / "a.psd")
    picture = read_psd((tmp_path / "a.psd").read_bytes(), check_size)
    document = to_document(picture)
    assert document.depth == depth
    assert np.abs(flat(document)[4, 6] - wanted).max() <= near


@magick_only
def test_layers_that_imagemagick_made(tmp_path: Path) -> None:
    magick(
        "-size", "40x30", "xc:tan", "(", "-size", "40x30", "xc:navy", "-set", "label", "bottom", ")",
        "(", "-size", "10x8", "xc:#ff000080", "-repage", "+5+6", "-set", "label", "top",
        "-compose", "Screen", ")", "-depth", "8", tmp_path / "a.psd",
    )  # fmt: skip
    picture = read_psd((tmp_path / "a.psd").read_bytes(), check_size)
    # ImageMagick saves its first picture as the merged one, which the layers do not give.
    bottom, top, merged = picture.layers
    assert (merged.name, merged.visible) == (AS_SAVED, False)
    assert (bottom.name, top.name, top.box) == ("bottom", "top", Box(5, 6, 10, 8))
    assert top.blend == "screen", "though its key is written backwards"
    assert top.pixels is not None
    assert top.pixels[2, 2].tolist() == [255, 0, 0, 128]


def test_our_openraster_is_composited_by_pillow_to_its_merged_image(tmp_path: Path) -> None:
    """Layers with offset, opacity and alpha, laid over each other by another library."""
    layers = (
        Layer("a", solid(SIZE.box, 1, alpha=255)),
        Layer("b", solid(Box(20, 10, 90, 80), 2), opacity=0.5),
        Layer("hidden", solid(Box(0, 0, 50, 50), 3), visible=False),
        Layer("c", solid(Box(60, 70, 40, 40), 4), opacity=0.25),
    )
    document = Document(SIZE, 8, layers)
    write_ora(tmp_path / "a.ora", document)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        root = ElementTree.fromstring(archive.read("stack.xml"))
        assert (root.get("w"), root.get("h")) == ("150", "140")
        stack = root.find("stack")
        assert stack is not None
        canvas = Image.new("RGBA", (150, 140))
        for element in reversed(list(stack)):
            if element.get("visibility") == "hidden":
                continue
            with Image.open(BytesIO(archive.read(element.get("src", "")))) as image:
                whole = Image.new("RGBA", canvas.size)
                whole.paste(image, (int(element.get("x", "0")), int(element.get("y", "0"))))
            share = float(element.get("opacity", "1"))
            table = [round(value * share) for value in range(256)]
            whole.putalpha(whole.getchannel("A").point(table))
            canvas.alpha_composite(whole)
        with Image.open(BytesIO(archive.read("mergedimage.png"))) as merged:
            shown = np.asarray(merged.convert("RGBA")).astype(int)
    assert np.array_equal(shown, flat(document))
    assert np.abs(shown - np.asarray(canvas)).max() <= 2
    assert [layer.name for layer in read_ora((tmp_path / "a.ora").read_bytes(), check_size).layers] == [
        "a", "b", "hidden", "c",
    ]  # fmt: skip


def multichannel(depth: int, names: tuple[str, ...], inks: tuple[float, ...]) -> bytes:
    """A file of separate inks, each the same everywhere: amounts 0 .. 1."""
    words = b"".join(len(name).to_bytes(4, "big") + name.encode("utf-16-be") for name in names)
    resource = b"8BIM" + (1045).to_bytes(2, "big") + b"\0\0" + len(words).to_bytes(4, "big")
    resources = resource + words + bytes(len(words) % 2) if names else b""
    top = (1 << depth) - 1
    planes = [np.full((9, 12), round(top * (1 - ink)), f">u{depth // 8}") for ink in inks]
    head = b"8BPS\0\1" + bytes(6) + len(inks).to_bytes(2, "big")
    head += (9).to_bytes(4, "big") + (12).to_bytes(4, "big") + depth.to_bytes(2, "big")
    head += (7).to_bytes(2, "big") + bytes(4)
    return (
        head
        + len(resources).to_bytes(4, "big")
        + resources
        + bytes(4)
        + b"\0\0"
        + b"".join(plane.tobytes() for plane in planes)
    )


@pytest.mark.parametrize("depth", [8, 16])
def test_separate_inks_are_shown_over_each_other_by_their_names(depth: int) -> None:
    names = ("Magenta", "Black", "Gold", "Cyan")
    picture = read_psd(multichannel(depth, names, (1.0, 0.0, 0.5, 0.2)), check_size)
    document = to_document(picture)
    assert document.depth == depth
    top = (1 << depth) - 1
    wanted = [round(top * 0.8), 0, round(top * 0.5), top]
    assert np.abs(flat(document)[4, 6] - wanted).max() <= 1
    (note,) = picture.notes
    assert "gold as yellow" in note
    assert "cyan as cyan" in note
    assert "no merged picture" in note


def test_a_fifth_ink_is_told_to_be_missing() -> None:
    picture = read_psd(multichannel(8, (), (0.0, 0.0, 0.0, 0.0, 1.0)), check_size)
    assert flat(to_document(picture))[4, 6].tolist() == [255, 255, 255, 255]
    assert "an ink not at all" in picture.notes[0]


def test_inks_of_a_depth_that_cannot_be_shown_are_refused_by_their_depth() -> None:
    with pytest.raises(GlideError, match="32 bits"):
        read_psd(multichannel(32, (), (0.0, 0.5)), check_size)
