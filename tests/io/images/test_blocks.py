"""EXIF blocks, PNG chunks and XMP packets, by property."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import exif as block
from glide_studio.io.images import png_chunks, xmp_iptc
from tests.io.images.makers import XMP, exif

HEADS = st.sampled_from([b"II*\0", b"MM\0*"])


@given(HEADS, st.binary(max_size=200))
def test_any_block_is_survived_and_keeps_its_length(head, rest):
    data = head + rest
    assert 1 <= block.orientation(data) <= 8
    for changed in (block.clean_exif(data), block.set_size(data, 70_000, 3)):
        assert len(changed) == len(data)


@given(st.binary(max_size=150), st.integers(0, 149))
def test_a_damaged_block_is_survived(noise, at):
    data = bytearray(exif(6))
    data[at : at + len(noise)] = noise
    data[:4] = exif(6)[:4]
    assert block.orientation(block.clean_exif(bytes(data))) == 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_in_both_byte_orders(order, orientation):
    made = Image.Exif()
    made.endian = order
    made[0x0112] = orientation
    data = made.tobytes()[6:]
    assert data[:2] == (b"II" if order == "<" else b"MM")
    assert block.orientation(data) == orientation
    assert block.orientation(block.clean_exif(data)) == 1


def test_only_blocks_are_blocks():
    assert block.strip_prefix(b"Exif\0\0II*\0rest") == b"II*\0rest"
    assert block.strip_prefix(b"II*\0rest") == b"II*\0rest"
    for other in (b"", b"Exif\0\0", b"<x:xmpmeta"):
        assert block.strip_prefix(other) is None


KEYWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=79)
SPECIAL = {png_chunks.XMP_KEYWORD, "Raw profile type exif"}


@given(
    st.dictionaries(KEYWORDS.filter(lambda key: key not in SPECIAL), st.text(), max_size=4),
    st.none() | st.binary(min_size=1, max_size=99),
    st.none() | st.binary(min_size=1, max_size=99),
    st.none() | st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
)
def test_chunks_come_back(text, icc, packet, dpi):
    bare = bytes(imagecodecs.png_encode(np.zeros((2, 3), np.uint16)))
    around = png_chunks.Chunks(
        Size(3, 2), icc, exif(), packet, dpi and (dpi[0] / 4, dpi[1] / 4), text
    )
    data = png_chunks.insert_chunks(bare, around)
    back = png_chunks.read_chunks(data)
    assert (back.size, back.icc, back.exif, back.xmp) == (Size(3, 2), icc, exif(), packet)
    # "\ud800" and the like have no place in a file.
    assert back.text == {
        key: value.encode("utf-8", "replace").decode() for key, value in text.items()
    }
    if dpi:
        assert back.dpi == pytest.approx((dpi[0] / 4, dpi[1] / 4), abs=0.02)
    assert imagecodecs.png_decode(data).shape == (2, 3)
    with pytest.raises(ValueError):
        png_chunks.read_chunks(data[:-1])


def test_text_that_grows_without_end_is_left_out():
    assert png_chunks.inflate(zlib.compress(b"x" * 1000)) == b"x" * 1000
    assert png_chunks.inflate(zlib.compress(bytes(png_chunks.MAX_TEXT + 1))) is None
    assert png_chunks.inflate(b"nonsense") is None


def test_the_orientation_of_a_packet():
    for said in (b'tiff:Orientation="6"', b"<tiff:Orientation>6</tiff:Orientation>"):
        assert b"6" not in xmp_iptc.clean_xmp(said)
        assert b"1" in xmp_iptc.clean_xmp(said)
    assert xmp_iptc.clean_xmp(XMP) == XMP


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_a_recipe_is_escaped_and_replaced(recipe):
    once = xmp_iptc.add_recipe(XMP, recipe)
    assert xmp_iptc.add_recipe(once, recipe) == once
    assert once.count(b"glide:recipe>") == 2
    assert xmp_iptc.add_recipe(None, recipe).count(b"<rdf:RDF") == 1


def test_whole_resolutions_come_back_whole():
    bare = bytes(imagecodecs.png_encode(np.zeros((2, 3), np.uint8)))
    for dpi in range(1, 2401):
        data = png_chunks.insert_chunks(bare, png_chunks.Chunks(Size(3, 2), dpi=(dpi, dpi)))
        assert png_chunks.read_chunks(data).dpi == (dpi, dpi)


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_entry_that_ends_with_its_block_is_read(order):
    start = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, 6, 0)
    whole = start + struct.pack(f"{order}IH", 8, 1) + entry
    assert block.orientation(whole) == 6
    assert block.orientation(whole[:-1]) == 1
    assert block.orientation(whole[:9]) == 1


def dataset(record, number, content):
    return b"\x1c" + struct.pack(">BBH", record, number, len(content)) + content


def test_datasets_of_iptc_are_read_to_the_last_byte():
    caption, long_caption = dataset(2, 120, b"caption"), b"x" * 40_000
    # An extended dataset: four bytes tell the length.
    extended = b"\x1c\x02\x78\x80\x04" + struct.pack(">I", len(long_caption)) + long_caption
    for first in (caption, extended):
        for last in (caption, extended):
            assert xmp_iptc.clean_iptc(first + last) == first + last
            assert xmp_iptc.clean_iptc(first + last[:-1]) == first
            assert xmp_iptc.clean_iptc(first + dataset(2, 202, b"p" * 9) + last) == first + last
    assert xmp_iptc.clean_iptc(dataset(2, 120, b"")) == dataset(2, 120, b"")
    # Only those of record 2 are previews.
    for number in (200, 201, 202):
        assert xmp_iptc.clean_iptc(dataset(2, number, b"p") + caption) == caption
        assert xmp_iptc.clean_iptc(dataset(3, number, b"p")) == dataset(3, number, b"p")
    for number in (199, 203):
        assert xmp_iptc.clean_iptc(dataset(2, number, b"p")) == dataset(2, number, b"p")


@pytest.mark.parametrize("name", [b"", b"a", b"ab", b"abc"])
@pytest.mark.parametrize("before", [b"", b"1", b"22", b"333"])
def test_iptc_is_found_behind_resources_of_any_length(name, before):
    named = struct.pack("B", len(name)) + name + b"\0" * ((len(name) + 1) % 2)
    padded = before + b"\0" * (len(before) % 2)
    other = b"8BIM" + struct.pack(">H", 1005) + named + struct.pack(">I", len(before)) + padded
    whole = other + xmp_iptc.iptc_resource(dataset(2, 120, b"caption"))
    assert xmp_iptc.find_iptc(whole) == dataset(2, 120, b"caption")
    assert xmp_iptc.find_iptc(other) is None
    assert xmp_iptc.find_iptc(b"") is None


def directory(order, entries, link=0):
    body = b"".join(
        struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")
        for tag, kind, count, value in entries
    )
    return struct.pack(f"{order}H", len(entries)) + body + struct.pack(f"{order}I", link)


def with_thumbnail(order, strips):
    """An EXIF block of 300 bytes, 0xAA where nothing is, whose thumbnail has these strips."""
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    second = 8 + 2 + 12 + 4
    first = directory(order, [(0x0112, 3, 1, struct.pack(f"{order}H", 6))], second)
    places, lengths = (
        struct.pack(f"{order}{len(strips)}I", *numbers) for numbers in zip(*strips, strict=True)
    )
    apart = second + 2 + 12 * 2 + 4
    if len(strips) > 1:  # values of more than four bytes lie elsewhere
        values = places + lengths
        places, lengths = (struct.pack(f"{order}I", at) for at in (apart, apart + len(places)))
    else:
        values = b""
    tags = ((0x0111, places), (0x0117, lengths))
    entries = [(tag, 4, len(strips), value) for tag, value in tags]
    return (start + first + directory(order, entries) + values).ljust(300, b"\xaa")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("strips", [[(200, 50)], [(200, 20), (230, 10)], [(250, 50)], [(250, 99)]])
def test_a_thumbnail_is_erased_to_its_last_byte_and_nothing_else(order, strips):
    data = with_thumbnail(order, strips)
    cleaned = block.clean_exif(data)
    erased = {at for place, length in strips for at in range(place, place + length)}
    assert [cleaned[at] for at in range(200, 300)] == [
        0 if at in erased else 0xAA for at in range(200, 300)
    ]
    assert block.orientation(data) == 6
    assert block.orientation(cleaned) == 1
    assert cleaned[8 + 2 + 12 : 8 + 2 + 12 + 4] == bytes(4), "nothing links to it"
    assert not any(cleaned[26:54])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["H", "I"])
def test_the_size_in_a_block_becomes_that_of_the_picture(order, kind):
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    inner = 8 + 2 + 12 + 4
    outer = directory(order, [(0x8769, 4, 1, struct.pack(f"{order}I", inner))])
    code = {"H": 3, "I": 4}[kind]
    sides = [(tag, code, 1, struct.pack(f"{order}{kind}", 7)) for tag in (0xA002, 0xA003)]
    data = start + outer + directory(order, sides)

    def sizes(found):
        places = (inner + 2 + 12 * number + 8 for number in range(2))
        return [struct.unpack_from(f"{order}{kind}", found, at)[0] for at in places]

    assert sizes(block.set_size(data, 65_535, 3)) == [65_535, 3]
    assert sizes(block.set_size(data, 65_536, 3)) == [65_536 if kind == "I" else 7, 3]
    assert len(block.set_size(data, 65_536, 3)) == len(data)


def test_jpegs_in_a_block_are_erased_to_their_ends():
    frame = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xda\x00\x02scan\xff\xd9"
    head = struct.pack("<4sIHI", b"II*\0", 8, 0, 0)
    for around in (b"", b"\xaa", b"\xaa\xaa\xaa"):
        data = head + around + frame + around + frame + around
        wanted = head + around + bytes(len(frame)) + around + bytes(len(frame)) + around
        assert block.clean_exif(data) == wanted
    cut = head + frame[:-2] + b"rest"
    assert block.clean_exif(cut) == head + bytes(len(cut) - len(head))
