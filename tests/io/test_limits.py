"""Budgets of readers and writers: what reaches a limit is accepted, one more is not."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from glide_studio.document.history import History
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images import (
    jpeg_keep,
    jpeg_read,
    jpeg_segments,
    picture,
    png_chunks,
    png_repair,
    read,
    sniff,
)
from glide_studio.io.images.decode import decode
from glide_studio.io.images.picture import Picture, check_dpi, check_size
from glide_studio.io.layered import ora_read, psd_write
from glide_studio.io.layered.layered_picture import LayeredPicture, LayerPart
from glide_studio.io.project import document_rows, schema
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.tile_codec import pack_array
from glide_studio.io.project.working_store import WorkingStore
from tests.io.images.makers import smooth
from tests.io.project.makers import rich, stored

Check = Callable[[], object]


def accepts(check: Check) -> bool:
    try:
        return check() is not False
    except (GlideError, ValueError, jpeg_keep.CannotKeepBlocks):
        return False


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        (Size(picture.MAX_SIDE, 1), True),
        (Size(1, picture.MAX_SIDE), True),
        (Size(picture.MAX_SIDE + 1, 1), False),
        (Size(1, picture.MAX_SIDE + 1), False),
        (Size(1 << 10, picture.MAX_PIXELS >> 10), False),  # a side of it
        (Size(1 << 14, picture.MAX_PIXELS >> 14), True),
        (Size(1 << 14, (picture.MAX_PIXELS >> 14) + 1), False),
        (Size(0, 1), False),
    ],
)
def test_sizes(size: Size, fits: bool) -> None:
    assert accepts(lambda: check_size(size)) == fits


@pytest.mark.parametrize("limit", [picture.MIN_DPI, picture.MAX_DPI])
def test_resolutions(limit: float) -> None:
    assert check_dpi((limit, limit)) == ((limit, limit), None)
    beyond = limit * (0.99 if limit == picture.MIN_DPI else 1.01)
    for pair in ((beyond, 100.0), (100.0, beyond)):
        kept, note = check_dpi(pair)
        assert kept is None
        assert note is not None
        assert "makes no sense" in note
    assert check_dpi((0.0, 0.0)) == (None, None)


def png(chunks: int, content: bytes = b"k\0v") -> bytes:
    bare = bytes(imagecodecs.png_encode(np.zeros((2, 3), np.uint8)))
    header = len(png_chunks.SIGNATURE) + 12 + 13
    return bare[:header] + chunks * png_chunks.make_chunk(b"tEXt", content) + bare[header:]


def test_chunks_and_texts_of_a_png(monkeypatch: pytest.MonkeyPatch) -> None:
    around = 3  # IHDR, IDAT, IEND
    monkeypatch.setattr(png_chunks, "MAX_CHUNKS", around + 4)
    assert accepts(lambda: png_chunks.read_chunks(png(4)))
    assert not accepts(lambda: png_chunks.read_chunks(png(5)))
    monkeypatch.undo()
    monkeypatch.setattr(png_chunks, "MAX_TEXT_ITEMS", 4)
    assert png_chunks.read_chunks(png(4)).notes == ()
    assert png_chunks.read_chunks(png(5)).notes == (png_chunks.TEXT_LEFT_OUT,)
    monkeypatch.undo()
    monkeypatch.setattr(png_chunks, "MAX_TEXT", 12)
    exact = png_chunks.read_chunks(png(1, b"k\0" + b"v" * 11))
    assert (exact.text, exact.notes) == ({"k": "v" * 11}, ())
    assert png_chunks.read_chunks(png(2, b"k\0" + b"v" * 12)).notes == (png_chunks.TEXT_LEFT_OUT,)


def test_chunks_of_a_damaged_png(monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(4)
    kinds = [chunk.kind for chunk in png_repair._read_chunks(data)]
    assert kinds == [b"IHDR", *4 * [b"tEXt"], b"IDAT"]
    monkeypatch.setattr(png_repair, "MAX_CHUNKS", 5)
    assert [chunk.kind for chunk in png_repair._read_chunks(data)] == kinds[:5]


def test_a_damaged_png_gives_as_many_rows_as_are_whole() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 30, 3), np.uint8)
    data = bytes(imagecodecs.png_encode(pixels, level=0))
    rows = [
        png_repair.repair_png(data[:cut], lambda *_: None).rows for cut in range(150, len(data))
    ]
    assert rows == sorted(rows)
    assert {1, 2, 5, 8, 9} <= set(rows)
    for cut in (200, 400, 600, 800):
        repaired = png_repair.repair_png(data[:cut], lambda *_: None)
        found = imagecodecs.png_decode(repaired.data)
        assert np.array_equal(found[: repaired.rows], pixels[: repaired.rows])
        assert not found[repaired.rows :].any()


def jpeg(segments: int = 0, junk: int = 0) -> bytes:
    bare = bytes(imagecodecs.jpeg8_encode(smooth(16, 24)[..., :3].copy()))
    return bare[:20] + segments * b"\xff\xfe\0\3x" + junk * b"\0" + bare[20:]  # behind JFIF


def test_segments_of_a_jpeg_and_bytes_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    own = jpeg_segments.parse(jpeg()).segments
    for module in (jpeg_read, jpeg_segments, sniff):
        monkeypatch.setattr(module, "MAX_SEGMENTS", own + 5)
    assert accepts(lambda: decode("jpeg", jpeg(segments=4), check_size))
    assert not accepts(lambda: decode("jpeg", jpeg(segments=5), check_size))
    assert sniff.is_complete("jpeg", jpeg(segments=5))
    assert not sniff.is_complete("jpeg", jpeg(segments=6))
    monkeypatch.setattr(jpeg_read, "MAX_JUNK", 7)
    assert accepts(lambda: decode("jpeg", jpeg(junk=7), check_size))
    assert not accepts(lambda: decode("jpeg", jpeg(junk=8), check_size))


def test_metadata_of_a_jpeg() -> None:
    pixels = smooth(4, 4)
    blocks = {"exif": b"Exif\0\0", "xmp": jpeg_segments.XMP_PREFIX}
    for name, prefix in blocks.items():
        room = jpeg_segments.MAX_CONTENT - len(prefix)
        assert jpeg_segments.fits(Picture(pixels, **{name: bytes(room)}))  # type: ignore[arg-type]
        assert not jpeg_segments.fits(Picture(pixels, **{name: bytes(room + 1)}))  # type: ignore[arg-type]
    room = next(
        n for n in range(65_533, 0, -1) if jpeg_segments.fits(Picture(pixels, iptc=bytes(n)))
    )
    bare = bytes(imagecodecs.jpeg8_encode(pixels[..., :3].copy()))
    bare = (
        bare
        if bare[2:4] == b"\xff\xe0"
        else b"\xff\xd8" + struct.pack(">HH", 0xFFE0, 16) + (b"JFIF\0\1\1\0\0\1\0\1\0\0" + bare[2:])
    )
    whole = jpeg_segments.insert_metadata(
        bare, Picture(pixels, iptc=b"\x1c\2\x78" + bytes(room - 3))
    )
    assert len(jpeg_segments.parse(whole).iptc or b"") == room


def test_scans_of_a_jpeg_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.fromarray(smooth(16, 24)[..., :3]).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    scans = len(jpeg_segments.parse(data).scans)
    assert scans > 1
    monkeypatch.setattr(jpeg_keep, "MAX_SCANS", scans)
    assert accepts(lambda: jpeg_keep._read_source_header(data, Size(24, 16)))
    monkeypatch.setattr(jpeg_keep, "MAX_SCANS", scans - 1)
    assert not accepts(lambda: jpeg_keep._read_source_header(data, Size(24, 16)))


def test_bytes_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(png(0))
    length = (tmp_path / "a.png").stat().st_size
    monkeypatch.setattr(read, "MAX_FILE", length)
    assert accepts(lambda: read.read_image(tmp_path / "a.png"))
    monkeypatch.setattr(read, "MAX_FILE", length - 1)
    assert not accepts(lambda: read.read_image(tmp_path / "a.png"))


def openraster(stack: str, attributes: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", f'<image w="24" h="16" {attributes}>{stack}</image>')
        archive.writestr("data/a.png", bytes(imagecodecs.png_encode(smooth(16, 24))))
    return out.getvalue()


LAYER = '<layer name="a" src="data/a.png" x="{0}" y="{0}"/>'


def test_layers_of_an_openraster_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def opens(stack: str) -> bool:
        return accepts(lambda: ora_read.read_ora(openraster(stack), check_size))

    def nested(deep: int) -> str:
        return deep * "<stack>" + LAYER.format(0) + deep * "</stack>"

    monkeypatch.setattr(ora_read, "MAX_NESTING", 3)
    assert opens(nested(4))  # the outermost is the picture's own
    assert not opens(nested(5))
    monkeypatch.setattr(ora_read, "MAX_LAYERS", 3)  # the stack counts as well
    assert opens(f"<stack>{2 * LAYER.format(0)}</stack>")
    assert not opens(f"<stack>{3 * LAYER.format(0)}</stack>")
    monkeypatch.setattr(ora_read, "MAX_OFFSET", 70)
    assert opens(f"<stack>{LAYER.format(70)}</stack>")
    assert opens(f"<stack>{LAYER.format(-70)}</stack>")
    assert not opens(f"<stack>{LAYER.format(71)}</stack>")
    assert not opens(f"<stack>{LAYER.format(-71)}</stack>")
    stack = f"<stack>{LAYER.format(0)}</stack>"
    length = len(f'<image w="24" h="16" >{stack}</image>')
    monkeypatch.setattr(ora_read, "MAX_XML", length)
    assert opens(stack)
    monkeypatch.setattr(ora_read, "MAX_XML", length - 1)
    assert not opens(stack)


def test_sides_of_a_psd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psd_write, "MAX_SIDE", 24)
    for width, height, fits in ((24, 16, True), (16, 24, True), (25, 16, False), (16, 25, False)):
        pixels = smooth(height, width)
        size = Size(width, height)
        part = LayerPart("a", size.box, pixels)
        made = LayeredPicture(size, 8, (part,), merged=pixels)
        assert accepts(lambda p=made: psd_write.write_psd_content(tmp_path / "a.psd", p)) == fits  # type: ignore[misc]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    store = stored(rich(), tmp_path / "stores")
    store.write_project(tmp_path / "a.glide")
    store.close(discard=True)
    return tmp_path / "a.glide"


def opens(path: Path) -> bool:
    def check() -> None:
        store, _ = open_project(path, folder=path.parent / "opened", claims=False)
        store.close(discard=True)

    return accepts(check)


def counted(path: Path) -> History:
    store, history = open_project(path, folder=path.parent / "opened", claims=False)
    store.close(discard=True)
    return history


def test_layers_and_masks_of_a_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = [state.document for state in counted(project).states]
    layers = [len(list(one.iter_layers())) for one in states]
    masks = sum(len(one.saved_masks) for one in states)
    built = len({id(layer) for one in states for layer in one.iter_layers()})
    assert max(layers) > 2
    assert masks
    limits = {
        "MAX_LAYERS": max(layers),
        "MAX_LAYERS_IN_HISTORY": sum(layers),
        "MAX_MASKS_IN_HISTORY": masks,
        "MAX_NESTING": 2,
        "MAX_LAYERS_BUILT": built - 1,  # that were built before the last
    }
    for name, limit in limits.items():
        monkeypatch.setattr(document_rows, name, limit)
        assert opens(project), name
        monkeypatch.setattr(document_rows, name, limit - 1)
        assert not opens(project), name
        monkeypatch.undo()


def test_bytes_of_profiles_and_metadata(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [state.document for state in counted(project).states]
    blobs = {one for document in documents for one in document.metadata.values()}
    blobs |= {document.icc for document in documents if document.icc is not None}
    total = sum(map(len, blobs))
    monkeypatch.setattr(document_rows, "MAX_BLOBS", total)
    assert opens(project)
    monkeypatch.setattr(document_rows, "MAX_BLOBS", total - 1)
    assert not opens(project)


def test_values_of_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = stored(rich(), tmp_path / "stores")
    value: Any = "x" * 50_000
    store.put("note", "a", value)
    store.write_project(tmp_path / "a.glide")
    lengths = [row[0] for row in store._sql.execute("SELECT length(json) FROM item")]
    store.close(discard=True)
    for name, limit in (("MAX_JSON", max(lengths)), ("MAX_ITEMS", sum(lengths))):
        monkeypatch.setattr(
            schema, name, limit + 200
        )  # what a save itself writes has no fixed length
        assert opens(tmp_path / "a.glide"), name
        monkeypatch.setattr(schema, name, limit - 200)
        assert not opens(tmp_path / "a.glide"), name
        monkeypatch.undo()


def test_bytes_of_stored_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store: WorkingStore = stored(rich(), tmp_path / "stores")
    array = np.arange(1000, dtype=np.float32)
    store.put("result", "a", {}, {"one": pack_array(array), "two": pack_array(array + 1)})
    monkeypatch.setattr("glide_studio.io.project.working_store.MAX_ARRAYS", 2 * array.nbytes)
    for name in ("one", "two"):
        assert store.array("result", "a", name) is not None
    assert store.array("result", "a", "one") is None, "all that was read counts"
    store.close(discard=True)


@pytest.mark.parametrize(
    ("attributes", "dpi"),
    [
        ('xres="300" yres="150"', (300.0, 150.0)),
        ('xres="300"', None),
        ('yres="300"', None),
        ('xres="0" yres="300"', None),
        ('xres="300" yres="-1"', None),
    ],
)
def test_the_resolution_of_an_openraster_file_needs_both_sides(
    attributes: str, dpi: tuple[float, float] | None
) -> None:
    stack = f"<stack>{LAYER.format(0)}</stack>"
    data = openraster(stack, attributes)
    assert ora_read.read_ora(data, check_size).dpi == dpi


def test_scans_of_one_component_are_few_only_in_a_sequential_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gray = Image.fromarray(smooth(16, 24)[..., 0])
    files = {}
    for progressive in (False, True):
        out = io.BytesIO()
        gray.save(out, "JPEG", progressive=progressive)
        files[progressive] = out.getvalue()
    monkeypatch.setattr(sniff, "MAX_SCANS", 1)
    assert sniff.is_complete("jpeg", files[False])
    assert not sniff.is_complete("jpeg", files[True])
    monkeypatch.setattr(sniff, "MAX_SCANS", files[True].count(b"\xff\xda"))
    assert sniff.is_complete("jpeg", files[True])


@pytest.mark.parametrize("form", ["avif", "webp", "bmp", "png", "jpeg"])
def test_a_file_is_whole_to_its_last_byte(form: str) -> None:
    out = io.BytesIO()
    Image.fromarray(smooth(16, 24)[..., :3]).save(out, form.upper())
    data = out.getvalue()
    assert sniff.sniff(data[:64]) == form
    assert sniff.is_complete(form, data)  # type: ignore[arg-type]
    for cut in (1, 2, 9, len(data) // 2):
        assert not sniff.is_complete(form, data[:-cut])  # type: ignore[arg-type]


def box(kind: bytes, content: bytes, *, wide: bool = False, endless: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content
    return struct.pack(">I4s", 0 if endless else 8 + len(content), kind) + content


def test_boxes_of_any_length_are_whole() -> None:
    head = box(b"ftyp", b"avif" + bytes(12))
    for rest in (b"", box(b"mdat", b"x" * 20, wide=True), box(b"mdat", b"x" * 20, endless=True)):
        assert sniff.is_complete("avif", head + rest)
    assert not sniff.is_complete("avif", head + box(b"mdat", b"x" * 20, wide=True)[:-1])
    assert not sniff.is_complete("avif", head + box(b"mdat", b"x" * 20)[:-1])
    assert not sniff.is_complete("avif", head + struct.pack(">I4s", 7, b"mdat") + bytes(20))
    assert sniff.is_complete("avif", head + box(b"free", b"x" * 8))
