"""Every refusal is one sentence, and no file is harmed."""

import os
import struct
import sys
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.export_options import ExportOptions, format_for
from glide_studio.io.images.picture import Picture, check_size
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from tests.io.images.makers import full_picture, noise, smooth


def refusal(path):
    with pytest.raises(GlideError) as caught:
        read_image(path)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_missing_folder_empty_and_foreign(tmp_path):
    assert "no file" in refusal(tmp_path / "a.png")
    (tmp_path / "folder.png").mkdir()
    assert "folder" in refusal(tmp_path / "folder.png")
    (tmp_path / "empty.png").touch()
    assert "empty" in refusal(tmp_path / "empty.png")
    (tmp_path / "page.png").write_text("<html><body>404</body></html>")
    assert "not an image" in refusal(tmp_path / "page.png")
    (tmp_path / "a.psd").write_bytes(b"8BPS" + bytes(60))
    assert "has layers, and a picture is needed" in refusal(tmp_path / "a.psd")


@pytest.mark.skipif(find_spec("pillow_heif") is not None, reason="the extra is installed")
def test_a_disk_that_fails_while_it_is_read_is_one_sentence(tmp_path, monkeypatch):
    write_image(tmp_path / "a.png", Picture(smooth(4, 4)), ExportOptions("png"))
    opened = Path.open
    for good in (0, 1):  # times that the file can be opened
        left = iter(range(good))

        def fail(path, *arguments, left=left):
            if next(left, None) is None:
                raise OSError(5, "Input/output error")
            return opened(path, *arguments)

        monkeypatch.setattr(Path, "open", fail)
        assert "cannot be read" in refusal(tmp_path / "a.png")
        monkeypatch.undo()


@pytest.mark.skipif(find_spec("pillow_heif") is not None, reason="the extra is there")
def test_heif_without_its_extra(tmp_path):
    (tmp_path / "a.heic").write_bytes(
        struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(99)
    )
    assert "pillow-heif" in refusal(tmp_path / "a.heic")
    with pytest.raises(GlideError, match="AVIF"):
        write_image(tmp_path / "b.heic", Picture(smooth(4, 4)), ExportOptions("heif"))


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        (np.zeros((4, 5), np.int16), {}),
        (np.zeros((4, 5), np.complex64), {}),
        (np.zeros((16, 32, 32), np.uint8), {"volumetric": True, "tile": (16, 16, 16)}),
    ],
)
def test_tiffs_that_are_no_pictures_are_called_unsupported(tmp_path, samples, options):
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="minisblack", **options)
    assert "not supported" in refusal(tmp_path / "a.tif")


@pytest.mark.parametrize("form", ["tiff", "webp", "bmp", "avif"])
def test_truncated_files(tmp_path, form):
    whole = tmp_path / "whole"
    write_image(whole, Picture(smooth(64, 64)), ExportOptions(form))
    data = whole.read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(data[: len(data) // 2])
    assert "damaged" in refusal(path)


def bomb_png(width, height):
    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    content = (
        chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + content


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb_png(50_000, 50_000))
    assert "50000 x 50000" in refusal(path)


def test_sizes():
    check_size(Size(17_735, 17_735))
    for size in (Size(0, 5), Size(17_737, 17_737), Size(100_001, 1)):
        with pytest.raises(GlideError):
            check_size(size)


def test_what_a_format_can_not_hold(tmp_path):
    wide = Picture(np.zeros((1, 20_000, 4), np.uint8))
    with pytest.raises(GlideError, match="16383"):
        write_image(tmp_path / "a.webp", wide, ExportOptions("webp"))
    long = Picture(noise(4, 4), xmp=b"x" * 70_000)
    with pytest.raises(GlideError, match="too long"):
        write_image(tmp_path / "a.jpg", long, ExportOptions("jpeg"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(GlideError, match=r"\.gif"):
        format_for(tmp_path / "a.gif")


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail_half_way():
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_unwritable_places(tmp_path, monkeypatch):
    picture = Picture(noise(4, 4))
    with pytest.raises(GlideError, match="too long"):
        write_image(tmp_path / ("x" * 300 + ".png"), picture, ExportOptions())
    with pytest.raises(GlideError, match="folder is gone"):
        write_image(tmp_path / "gone" / "a.png", picture, ExportOptions())
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(GlideError, match="is a folder"):
        write_image(tmp_path / "folder.png", picture, ExportOptions())

    def full(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GlideError, match="disk is full"):
        write_image(path, picture, ExportOptions())
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")
def test_a_pipe_or_device_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "null.png").symlink_to("/dev/null")
    for name in ("a.png", "null.png"):
        with pytest.raises(GlideError, match="device or a pipe"):
            write_image(tmp_path / name, Picture(smooth(4, 4)), ExportOptions("png"))
    assert (tmp_path / "a.png").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "null.png"]


def test_links_and_permissions_are_kept(tmp_path):
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_image(link, full_picture(np.uint8, True), ExportOptions())
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    with Image.open(target) as image:
        assert image.size == (53, 37)
