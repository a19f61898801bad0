"""Files that other programs open, or that look sound and are not: each gives what it should."""

import itertools
import struct
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from glide_studio.editor.image_documents import document_from_picture, picture_from_document
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images import exif, jpeg_read, jpeg_segments, png_chunks, png_repair, xmp_iptc
from glide_studio.io.images.decode import decode
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import (
    COMMENT,
    MAX_SEGMENTS,
    UNUSABLE_PROFILE,
    Picture,
    check_dpi,
    check_size,
)
from glide_studio.io.images.pillow_read import COMPLETE
from glide_studio.io.images.read import read_image
from glide_studio.io.images.sniff import is_complete
from glide_studio.io.images.write import write_image
from glide_studio.io.layered.layered_files import read_layers, write_layers
from tests.io.images.makers import noise, smooth

DATA = Path(__file__).parents[1] / "data"
FLAT_FORMATS = ("png", "jpeg", "tiff", "webp", "bmp", "avif")


def open_here(name):
    data = (DATA / name).read_bytes()
    return decode("jpeg" if name.endswith("jpg") else "tiff", data, check_size)


@pytest.mark.parametrize("quality", [1, 50, 89, 90, 92, 94, 95, 100])
def test_a_grainy_photograph_becomes_a_jpeg_at_every_quality(tmp_path, quality):
    picture = Picture(noise(300, 200))
    write_image(tmp_path / "a.jpg", picture, ExportOptions("jpeg", quality))
    assert read_image(tmp_path / "a.jpg").size == picture.size


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 5)])
def test_narrow_pictures_keep_their_pixels_as_png(tmp_path, dtype, size):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (*size, 4)).astype(dtype)
    for alpha in (True, False):
        picture = Picture(
            pixels if alpha else np.where([0, 0, 0, 1], np.iinfo(dtype).max, pixels).astype(dtype),
            alpha,
        )
        write_image(tmp_path / "a.png", picture, ExportOptions("png"))
        assert np.array_equal(read_image(tmp_path / "a.png").pixels, picture.pixels)
        write_image(tmp_path / "a.jpg", picture, ExportOptions("jpeg"))


@pytest.mark.parametrize("name", ["tiff-res-short.tif", "tiff-res-float.tif", "tiff-res-huge.tif"])
def test_odd_resolutions_do_not_stop_a_picture(tmp_path, name):
    picture = open_here(name)
    assert picture.size == Size(60, 40)
    if "huge" in name:
        assert picture.dpi is None
        assert any("resolution" in note for note in picture.notes)
    else:
        assert picture.dpi == (300, 300), "of another type than the standard wants"
    for form in FLAT_FORMATS:
        write_image(tmp_path / f"a.{form}", picture, ExportOptions(form))
    # A project that was saved with such a resolution is exported too.
    wild = Picture(picture.pixels, dpi=(4294967295.0, 4294967295.0))
    for form in FLAT_FORMATS:
        write_image(tmp_path / f"a.{form}", wild, ExportOptions(form))
    write_layers(tmp_path / "a.ora", document_from_picture(wild, "a"))


@pytest.mark.parametrize(
    ("dpi", "kept", "told"),
    [
        ((300.0, 300.0), True, False),
        ((0.0254, 65_535.0), True, False),
        ((2.5e-10, 300.0), False, True),
        ((300.0, 65_536.0), False, True),
        ((0.0, 300.0), False, False),
        ((-300.0, -300.0), False, False),
        ((float("nan"), 300.0), False, False),
        (None, True, False),
    ],
)
def test_a_resolution_is_one_that_every_format_can_say(dpi, kept, told):
    found, note = check_dpi(dpi)
    assert found == (dpi if kept else None)
    assert (note is not None) == told


def test_utf8_in_exif_reaches_every_format(tmp_path):
    picture = open_here("exif-utf8.jpg")
    wanted = {
        tag: value.encode("latin-1")
        for tag, value in exif.parse(picture.exif).items()
        if tag in (270, 315)
    }
    assert len(wanted) == 2
    assert any(max(value) > 127 for value in wanted.values())
    for form in ("png", "jpeg", "tiff", "webp", "avif"):
        path = tmp_path / f"a.{form}"
        write_image(path, picture, ExportOptions(form))
        back = exif.parse(read_image(path).exif)
        assert {tag: back[tag].encode("latin-1") for tag in wanted} == wanted, form


def all_bytes(path):
    """A file's bytes, with whatever is compressed in it unpacked beside them."""
    data = path.read_bytes()
    if data.startswith(png_chunks.SIGNATURE):
        data += b"".join(content for _, content in png_chunks.iterate_chunks(data))
    return data


def test_the_old_thumbnail_is_in_no_exported_file(tmp_path):
    original = (DATA / "meta.jpg").read_bytes()
    block = exif.strip_prefix(
        next(content for content in segments(original) if content.startswith(exif.PREFIX))
    )
    start = block.find(exif.JPEG_START)
    thumbnail = block[start : block.find(exif.JPEG_END, start) + 2]
    assert len(thumbnail) > 500
    picture = open_here("meta.jpg")
    # A project of an earlier version still has the block as it was.
    for one in (picture, Picture(picture.pixels, exif=block)):
        for form in FLAT_FORMATS:
            path = tmp_path / f"a.{form}"
            write_image(path, one, ExportOptions(form))
            assert thumbnail[40:] not in all_bytes(path), form
        for form in ("psd", "ora"):
            path = tmp_path / f"a.{form}"
            write_layers(path, document_from_picture(one, "a"))
            assert thumbnail[40:140] not in path.read_bytes()
            assert exif.JPEG_START not in (read_layers(path)[0].metadata["exif"])


def segments(data):
    at = 2
    while data[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 4 : at + 2 + length]
        at += 2 + length


def test_previews_in_maker_notes_and_packets_are_erased_and_the_rest_stays():
    preview = (DATA / "exif-utf8.jpg").read_bytes()
    tags = Image.Exif()
    tags.get_ifd(exif.EXIF_IFD)[0x927C] = b"Nikon\0before" + preview + b"after"
    block = tags.tobytes().removeprefix(exif.PREFIX)
    cleaned = exif.clean_exif(block)
    assert len(cleaned) == len(block)
    assert preview[:60] not in cleaned
    assert b"before" in cleaned
    assert b"after" in cleaned
    packet = (
        b"<x><xmp:Thumbnails><rdf:Alt>/9j/4AAQ</rdf:Alt></xmp:Thumbnails><dc:title>t</dc:title></x>"
    )
    assert xmp_iptc.clean_xmp(packet) == b"<x><dc:title>t</dc:title></x>"
    cut = b"II*\0\x08\0\0\0\0\0" + bytes(4) + b"\xff\xd8\xff\xda\0\x02"
    assert exif.clean_exif(cut) == cut[:14] + bytes(6), "a preview of which only the head is there"


def test_the_preview_in_an_iptc_block_is_erased_and_the_rest_stays():
    def dataset(number, content, record=2):
        return struct.pack(">BBBH", 0x1C, record, number, len(content)) + content

    told = (
        dataset(120, b"caption") + dataset(199, b"x") + dataset(203, b"y") + dataset(200, b"z", 3)
    )
    preview = dataset(200, b"\0\x0b") + dataset(201, b"\0\x01") + dataset(202, b"old" * 9)
    assert xmp_iptc.clean_iptc(preview + told) == told
    assert xmp_iptc.clean_iptc(told + preview) == told
    assert xmp_iptc.clean_iptc(preview) is None
    caption = b"\x1c\x02\x78\x00\x03abc"
    assert xmp_iptc.clean_iptc(caption + b"\x1c\x02\xca\x00\x04\xff\xd8\xff\xe0") == caption


def test_iptc_and_comment_are_kept_or_their_loss_is_told(tmp_path):
    picture = open_here("meta.jpg")
    assert picture.iptc is not None
    assert picture.text[COMMENT]
    document = document_from_picture(picture, "a")
    assert picture_from_document(document).iptc == picture.iptc
    for form in FLAT_FORMATS:
        path = tmp_path / f"a.{form}"
        told = " ".join(
            write_image(path, picture_from_document(document), ExportOptions(form)).notes
        )
        back = read_image(path)
        assert (back.iptc == picture.iptc) != ("IPTC" in told or form == "bmp"), form
        kept = back.text.get(COMMENT) == picture.text[COMMENT]
        assert kept != ("comment" in told or form == "bmp"), form
    for form in ("psd", "ora"):
        told = " ".join(write_layers(tmp_path / f"a.{form}", document))
        back = picture_from_document(read_layers(tmp_path / f"a.{form}")[0])
        assert back.iptc == picture.iptc
        assert (back.text.get(COMMENT) == picture.text[COMMENT]) != ("the comment" in told), form


def test_texts_of_a_png_are_kept_or_their_loss_is_told(tmp_path):
    picture = Picture(np.zeros((4, 4, 4), np.uint8), text={"Title": "Elbe", "Software": "x"})
    document = document_from_picture(picture, "a")
    for form in FLAT_FORMATS:
        told = write_image(tmp_path / "a", picture, ExportOptions(form)).notes
        assert any("text of the PNG" in one or form == "bmp" for one in told) == (form != "png")
        machine_made = replace(picture, text={"Software": "x", "date:create": "2024"})
        assert "text of" not in " ".join(
            write_image(tmp_path / "a", machine_made, ExportOptions(form)).notes
        )
    assert "text of the PNG" in " ".join(write_layers(tmp_path / "a.psd", document))
    assert write_layers(tmp_path / "a.ora", document) == ()
    back = picture_from_document(read_layers(tmp_path / "a.ora")[0])
    assert back.text["Title"] == "Elbe"


def test_a_jpeg_without_its_end_marker_opens_whole_with_a_notice():
    picture = open_here("jpeg-no-eoi.jpg")
    assert picture.missing is None
    assert any("complete" in note for note in picture.notes)


@pytest.mark.parametrize("name", ["jpeg-cut-with-eoi.jpg", "jpeg-hole.jpg"])
def test_lost_data_is_told_and_selected(name):
    whole = open_here("jpeg-no-eoi.jpg")
    picture = open_here(name)
    assert any("missing" in note for note in picture.notes)
    missing = picture.missing
    rows = np.flatnonzero(missing.any(axis=1))
    assert 0.4 < rows[0] / len(missing) < 0.6
    assert rows[-1] == len(missing) - 1
    sound = missing == 0
    sound[max(0, rows[0] - 1) :] &= False
    assert np.array_equal(picture.pixels[sound], whole.pixels[sound])
    selection = document_from_picture(picture, "a").selection
    assert np.array_equal(selection.read(selection.size.box)[..., 0], missing)


def encoded_png(mode, **settings):
    """(file, as it is decoded) of a picture that does not compress well."""
    pixels = noise(37, 53)
    pixels[..., 3] = noise(37, 53, seed=1)[..., 0]
    image = Image.fromarray(pixels).convert(mode)
    if mode == "I;16":
        image = Image.fromarray(noise(37, 53, np.uint16)[..., 0])
    out = BytesIO()
    image.save(out, "PNG", **settings)
    data = out.getvalue()
    return data, decode("png", data, check_size).pixels


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_without_its_end_opens_whole_and_a_cut_one_as_far_as_it_goes(mode):
    data, whole = encoded_png(mode)
    for end in (12, 20):  # without IEND, and without the end of the pixels' check sum
        picture = decode("png", data[:-end], check_size)
        assert picture.missing is None
        assert picture.notes == (COMPLETE,)
        assert np.array_equal(picture.pixels, whole)
    picture = decode("png", data[: len(data) * 2 // 3], check_size)
    rows = np.flatnonzero(picture.missing.any(axis=1))
    assert 0.4 * 37 < rows[0] < 0.8 * 37
    assert (picture.missing[rows[0] :] == 255).all()
    assert np.array_equal(picture.pixels[: rows[0]], whole[: rows[0]])
    assert f"{100 * rows.size / 37:.0f} % of the picture is missing" in picture.notes[0]
    assert f"between {rows[0]} and 37 of 37" in picture.notes[0]


def split_png(data, size=512):
    """A PNG with its pixel data in chunks of `size` bytes; returns (file, offset of the third one)."""
    kept, pixels = [], b""
    at = 8
    for kind, content in png_chunks.iterate_chunks(data):
        (length,) = struct.unpack_from(">I", data, at)
        if kind == b"IDAT":
            pixels += data[at + 8 : at + 8 + length]
        elif kind != b"IEND":
            kept.append(png_chunks.make_chunk(kind, content))
        at += 12 + length
    parts = [
        png_chunks.make_chunk(b"IDAT", pixels[start : start + size])
        for start in range(0, len(pixels), size)
    ]
    head = png_chunks.SIGNATURE + b"".join(kept)
    return head + b"".join(parts) + png_chunks.make_chunk(b"IEND", b""), len(head) + 2 * (size + 12)


def test_pixels_of_a_png_from_a_damaged_chunk_on_are_missing():
    data, whole = encoded_png("RGB")
    data, third = split_png(data)
    for change in (lambda piece: bytes(100), lambda piece: bytes([piece[0] ^ 1]) + piece[1:]):
        broken = data[: third + 8] + change(data[third + 8 : third + 108]) + data[third + 108 :]
        picture = decode("png", broken, check_size)
        rows = np.flatnonzero(picture.missing.any(axis=1))
        assert 4 < rows[0] <= 1024 / 160  # of 160 bytes a row, two chunks
        assert np.array_equal(picture.pixels[: rows[0]], whole[: rows[0]])
    only_sum = data[: third + 8 + 512] + bytes(4) + data[third + 8 + 516 :]
    picture = decode("png", only_sum, check_size)
    assert picture.missing is None
    assert np.array_equal(picture.pixels, whole)


def interlaced_png(pixels):
    height, width, _ = pixels.shape
    rows = [
        b"\0" + pixels[row, left::step].tobytes()
        for left, top, step, down in png_repair.ADAM7
        if left < width
        for row in range(top, height, down)
    ]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return (
        png_chunks.SIGNATURE
        + png_chunks.make_chunk(b"IHDR", header)
        + png_chunks.make_chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + png_chunks.make_chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(1, 2), (3, 3), (19, 23), (8, 8)])
def test_an_interlaced_png_opens_only_if_all_of_its_passes_are_there(size):
    pixels = np.ascontiguousarray(noise(*size)[..., :3])
    data = interlaced_png(pixels)
    picture = decode("png", data[:-12], check_size)
    assert np.array_equal(picture.pixels[..., :3], pixels)
    with pytest.raises(ValueError, match="Nothing"):
        decode("png", data[:-30], check_size)


def test_a_png_of_which_nothing_is_left_is_refused():
    data, _ = encoded_png("RGB")
    start = data.index(b"IDAT")
    for broken in (data[:20], data[: start + 10], data[:start]):
        with pytest.raises(ValueError):
            decode("png", broken, check_size)


def test_a_color_profile_that_cannot_be_read_is_told():
    data, _ = encoded_png("RGB")
    header = 8 + 25
    for profile in (zlib.compress(bytes(20 << 20)), b"damaged"):
        chunk = png_chunks.make_chunk(b"iCCP", b"icc\0\0" + profile)
        picture = decode("png", data[:header] + chunk + data[header:], check_size)
        assert picture.notes == (UNUSABLE_PROFILE,)
    jpeg = encoded_jpeg()
    parts = b"".join(jpeg_block(0xE2, b"ICC_PROFILE\0" + bytes([n, 3, n])) for n in (1, 3))
    assert decode("jpeg", jpeg[:2] + parts + jpeg[2:], check_size).notes == (UNUSABLE_PROFILE,)


def jpeg_block(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def test_all_comments_of_a_jpeg_are_read_and_more_xmp_is_told():
    jpeg = encoded_jpeg()
    added = jpeg_block(0xFE, b"one") + jpeg_block(0xFE, b"two\0")
    assert decode("jpeg", jpeg[:2] + added + jpeg[2:], check_size).text[COMMENT] == "one\ntwo"
    long = jpeg_block(0xFE, b"a" * 60_000) * 2
    assert decode("jpeg", jpeg[:2] + long + jpeg[2:], check_size).text[COMMENT] == "a" * 60_000
    more = jpeg_block(0xE1, jpeg_segments.MORE_XMP_PREFIX + bytes(40))
    (note,) = decode("jpeg", jpeg[:2] + more + jpeg[2:], check_size).notes
    assert "XMP" in note


def test_a_file_of_countless_small_parts_is_not_read_to_its_end(tmp_path):
    jpeg = encoded_jpeg()
    many = jpeg[:2] + jpeg_block(0xFE, b"") * MAX_SEGMENTS + jpeg[2:]
    with pytest.raises(ValueError, match="segments"):
        decode("jpeg", many, check_size)
    assert not is_complete("jpeg", many)
    with pytest.raises(ValueError, match="between"):
        decode("jpeg", jpeg[:20] + bytes(jpeg_read.MAX_JUNK + 1) + jpeg[20:], check_size)
    data, _ = encoded_png("RGB")
    text = b"".join(png_chunks.make_chunk(b"tEXt", b"k%d\0v" % n) for n in range(3000))
    picture = decode("png", data[:33] + text + data[33:], check_size)
    assert len(picture.text) == png_chunks.MAX_TEXT_ITEMS
    assert picture.notes == (png_chunks.TEXT_LEFT_OUT,)


@pytest.mark.parametrize("form", FLAT_FORMATS)
def test_only_whole_files_of_trusted_formats_are_decoded_in_this_process(tmp_path, form):
    write_image(tmp_path / "a", Picture(smooth(40, 30)), ExportOptions(form))
    data = (tmp_path / "a").read_bytes()
    assert is_complete(form, data) == (form != "tiff")
    assert not is_complete(form, data[:-20])
    for untrusted in ("heif", "jxl", "raw"):
        assert not is_complete(untrusted, data)


def box(length, rest=b"", kind=b"abcd"):
    """A box of an AVIF whose header says `length`."""
    return struct.pack(">I4s", length, kind) + rest


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (box(16, bytes(8)) + box(24, bytes(16)), True),
        (box(16, bytes(8)) + box(25, bytes(16)), False),
        (box(16, bytes(8)) + box(0, bytes(8)), True),
        (box(1, struct.pack(">Q", 24) + bytes(8)), True),
        (box(1, struct.pack(">Q", 25) + bytes(8)), False),
        (box(7, bytes(8)), False),
        (box(8) + box(16, bytes(8)), True),
        (box(16, bytes(8)) + bytes(4), False),
    ],
    ids=["exact", "cut", "to the end", "64 bits", "64 bits, cut", "no box", "empty box", "rest"],
)
def test_an_avif_is_whole_if_its_boxes_fill_it(data, whole):
    assert is_complete("avif", data) == whole


def with_more_scans(data, count):
    """The JPEG with its last scan once more, many times."""
    at = data.rfind(b"\xff\xda")
    return data[:-2] + data[at:-2] * count + data[-2:]


@pytest.mark.parametrize(
    ("settings", "count", "trusted"),
    [
        ({"progressive": True}, 40, True),
        ({"progressive": True}, 80, False),
        ({}, 80, True),  # decoders read the first alone
    ],
)
def test_a_jpeg_of_countless_scans_is_decoded_apart(settings, count, trusted):
    data = with_more_scans(encoded_jpeg(**settings), count)
    assert is_complete("jpeg", data) == trusted
    frame = data.find(b"\xff\xc0")
    if frame > 0:
        at = data.find(b"\xff\xda")
        assert not is_complete("jpeg", data[: at + 4] + b"\1" + data[at + 5 :])
        none = data[: frame + 9] + b"\0" + data[frame + 10 : at + 4] + b"\0" + data[at + 5 :]
        assert not is_complete("jpeg", none)
    assert not is_complete("jpeg", data[:-2])
    for end in range(2, 700, 3):
        is_complete("jpeg", data[:end])


def test_fill_bytes_between_the_segments_of_a_jpeg_leave_it_whole():
    jpeg = encoded_jpeg()
    assert is_complete("jpeg", jpeg)
    assert is_complete("jpeg", jpeg[:2] + b"\xff\xff" + jpeg[2:])
    assert not is_complete("jpeg", jpeg[:2] + b"\xfe" + jpeg[2:])


def test_the_chunks_of_a_png_are_counted(monkeypatch):
    data, _ = encoded_png("RGB")
    monkeypatch.setattr(png_chunks, "MAX_CHUNKS", 2)
    with pytest.raises(ValueError, match="chunks"):
        png_chunks.read_chunks(data)


def encoded_jpeg(**settings):
    pixels = smooth(320, 240)[..., :3] // 2 + noise(320, 240)[..., :3] // 8
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=90, **settings)
    return out.getvalue()


@pytest.mark.parametrize(
    "settings",
    [
        {"subsampling": 2},
        {"subsampling": 0},
        {"progressive": True},
        {"restart_marker_blocks": 1},
        {"restart_marker_rows": 1},
        {"optimize": True},
    ],
    ids=str,
)
def test_sound_jpegs_of_every_kind_are_found_whole_and_cut_ones_are_not(settings):
    data = encoded_jpeg(**settings)
    structure = jpeg_segments.parse(data)
    assert jpeg_read.find_missing(data, structure) is None
    scan = structure.scans[-1]
    cut = data[: scan.start + (scan.end - scan.start) // 2] + jpeg_segments.END_OF_IMAGE
    missing = jpeg_read.find_missing(cut, jpeg_segments.parse(cut))
    assert missing is not None
    assert missing[-1, -1] == 255
    if not settings.get("progressive"):
        assert missing[0, 0] == 0


def damaged_in_the_middle(data, how):
    scan = jpeg_segments.parse(data).scans[0]
    at = (scan.start + scan.end) // 2
    random = np.random.default_rng(5).integers(1, 255, 50, np.uint8).tobytes()
    match how:
        case "lost":
            return data[:at] + data[at + 50 :]
        case "added":
            return data[:at] + random + data[at:]
    return data[:at] + random + data[at + 50 :]


@pytest.mark.parametrize(
    ("how", "settings"),
    [
        *itertools.product(
            ("added", "others"), ({}, {"progressive": True}, {"restart_marker_blocks": 3})
        ),
        # Elsewhere the rest may still fit by chance, and no decoder knows.
        ("lost", {"progressive": True}),
    ],
    ids=str,
)
def test_bytes_lost_or_changed_in_the_middle_are_told(how, settings):
    data = encoded_jpeg(**settings)
    whole = decode("jpeg", data, check_size)
    assert whole.notes == ()
    assert whole.jpeg is not None
    picture = decode("jpeg", damaged_in_the_middle(data, how), check_size)
    assert not np.array_equal(picture.pixels, whole.pixels)
    assert "damaged" in picture.notes[0]
    assert picture.jpeg is None


@pytest.mark.parametrize("padding", [bytes(40), b"\x55" * 7])
def test_padding_before_the_end_marker_is_no_damage(padding):
    data = encoded_jpeg()
    picture = decode("jpeg", data[:-2] + padding + data[-2:], check_size)
    assert picture.notes == ()
    assert picture.missing is None


def bytes_of_other_origin(seed):
    """Text, zeros, or what is left in a block of a disk; no markers."""
    random = np.random.default_rng(seed)
    kinds = (b"trailing text, a log line " * 9, bytes(700), random.integers(0, 255, 400, np.uint8))
    return bytes(500) + b"text" if seed % 4 == 3 else bytes(kinds[seed % 4])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_whole_jpeg_with_other_bytes_in_place_of_its_end_marker_is_whole(seed, mode):
    pixels = noise(90 + seed, 70)[..., :3]
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).convert(mode).save(out, "JPEG", quality=80 + seed)
    data = out.getvalue()
    whole = decode("jpeg", data, check_size)
    picture = decode("jpeg", data[:-2] + bytes_of_other_origin(seed), check_size)
    assert np.array_equal(picture.pixels, whole.pixels)
    assert len(picture.notes) == 1
    assert "the picture is complete" in picture.notes[0]
    assert picture.missing is None
    assert picture.jpeg is None


def test_a_jpeg_that_goes_on_in_bytes_of_other_origin_is_not_called_whole():
    """The picture is filled from them, and they are left over as well."""
    data = encoded_jpeg()
    scan = jpeg_segments.parse(data).scans[0]
    half = data[: (scan.start + scan.end) // 2]
    told = []
    for seed in range(12):
        random = np.random.default_rng(seed).integers(0, 255, 2 * len(data), np.uint8).tobytes()
        picture = decode("jpeg", half + random, check_size)
        told.append("complete" not in picture.notes[0])
    assert sum(told) >= 11


def test_of_two_pictures_in_one_file_the_first_opens_as_far_as_it_goes():
    data = encoded_jpeg()
    whole = decode("jpeg", data, check_size)
    for first, missing in ((data[:-2], False), (data[: len(data) * 2 // 3], True)):
        picture = decode("jpeg", first + data, check_size)
        assert (picture.missing is not None) == missing
        sound = np.ones(picture.pixels.shape[:2], np.bool_)
        if missing:
            sound = picture.missing == 0
            sound[np.flatnonzero(picture.missing.any(1))[0] - 1 :] = False
        assert sound.any()
        assert np.array_equal(picture.pixels[sound], whole.pixels[sound])


def test_bytes_lost_between_restart_markers_cost_only_their_part():
    data = encoded_jpeg(restart_marker_rows=1)
    scan = jpeg_segments.parse(data).scans[0]
    third = [
        at
        for at in range(scan.start, scan.end)
        if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7
    ][2]
    broken = data[: third + 40] + data[third + 200 :]
    missing = jpeg_read.find_missing(broken, jpeg_segments.parse(broken))
    assert missing is not None
    rows = np.flatnonzero(missing.any(axis=1))
    assert 40 < rows[0] < 70
    assert rows[-1] < 70


def test_flat_pictures_are_not_taken_for_damaged():
    for value in (0, 128, 255):
        data = imagecodecs.jpeg8_encode(
            np.full((500, 700, 3), value, np.uint8), level=90, optimize=True
        )
        assert jpeg_read.find_missing(bytes(data), jpeg_segments.parse(bytes(data))) is None


def test_kinds_of_jpeg_that_no_decoder_here_knows_are_called_unsupported(tmp_path):
    data = bytearray(encoded_jpeg())
    at = data.find(b"\xff\xc0")
    for marker, precision, first in ((0xC3, 8, 0), (0xF7, 8, 0), (0xC1, 12, 0), (0xC0, 8, 1)):
        data[at + 1], data[at + 4] = marker, precision
        if first:  # the height is told behind the first scan
            data[at + 5 : at + 7] = bytes(2)
        (tmp_path / "a.jpg").write_bytes(data)
        with pytest.raises(GlideError, match="not supported"):
            read_image(tmp_path / "a.jpg")


def text_bomb(chunks, length):
    content = zlib.compress(bytes(length))
    data = png_chunks.SIGNATURE + png_chunks.make_chunk(
        b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    )
    for number in range(chunks):
        data += png_chunks.make_chunk(b"zTXt", b"k%d\0\0" % number + content)
    rows = np.zeros((4, 13), np.uint8).tobytes()
    data += png_chunks.make_chunk(b"IDAT", zlib.compress(rows))
    return data + png_chunks.make_chunk(b"IEND", b"")


@pytest.mark.parametrize("length", [1 << 20, 1 << 24, 1 << 25])
def test_the_text_of_all_chunks_together_is_bounded(length):
    chunks = png_chunks.read_chunks(text_bomb(200, length))
    assert sum(len(value) for value in chunks.text.values()) <= png_chunks.MAX_TEXT
    assert chunks.notes == (png_chunks.TEXT_LEFT_OUT,)
    assert decode("png", text_bomb(200, length), check_size).size == Size(4, 4)


def test_a_bmp_with_rare_bit_fields_is_called_unsupported(tmp_path):
    header = struct.pack("<IiiHHIIiiII", 56, 4, 4, 1, 16, 3, 32, 2835, 2835, 0, 0)
    masks = struct.pack("<IIII", 0x0F00, 0x00F0, 0x000F, 0)
    body = header + masks + bytes(32)
    data = b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 14 + 56) + body
    (tmp_path / "a.bmp").write_bytes(data)
    with pytest.raises(GlideError, match="not supported"):
        read_image(tmp_path / "a.bmp")


@pytest.mark.filterwarnings("ignore::UserWarning")  # of Pillow, about the damage
@pytest.mark.parametrize("cut", [4, 8, 9, 14, 40, 80])
def test_a_damaged_exif_block_stops_no_export(tmp_path, cut):
    block = open_here("exif-utf8.jpg").exif
    for damaged in (block[:cut], block[:cut] + bytes([255]) * 60):
        picture = Picture(smooth(8, 8), exif=damaged, dpi=(72.0, 72.0))
        for form in FLAT_FORMATS:
            write_image(tmp_path / f"a.{form}", picture, ExportOptions(form))
