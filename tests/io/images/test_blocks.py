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
