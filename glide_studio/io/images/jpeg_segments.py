"""Read the structure of a JPEG by its markers (ITU T.81, annex B), and insert metadata."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from glide_studio.imaging.geometry import Size
from glide_studio.io.images.exif import PREFIX as EXIF_PREFIX
from glide_studio.io.images.picture import COMMENT, MAX_SEGMENTS, Picture
from glide_studio.io.images.xmp_iptc import PHOTOSHOP_HEADER, find_iptc, iptc_resource

SOI, EOI, SOS, DRI, COM = 0xD8, 0xD9, 0xDA, 0xDD, 0xFE
APP0, APP1, APP2, APP13, APP14 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE
JFIF_PREFIX, ADOBE_PREFIX = b"JFIF\0", b"Adobe"
JFIF_BYTES = 14  # of its segment without a thumbnail
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
SUPPORTED_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})  # sequential and progressive DCT
STANDALONE = frozenset({0x01, SOI, *range(0xD0, 0xD8)})  # markers without a length
END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)  # no stuffing, filling or restart
END_OF_IMAGE = b"\xff\xd9"
MAX_CONTENT = 65_533  # bytes of one segment
XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
MORE_XMP_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"
ICC_PREFIX = b"ICC_PROFILE\0"
NO_SIZE = Size(0, 0)


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: its components and spectral band, and where its entropy-coded bytes lie.

    components: their numbers in the frame. band: first and last coefficient. low_bit: of the
    coefficients in it, 0 once they are exact. start, end: offsets in the file.
    """

    components: tuple[int, ...]
    band: tuple[int, int]
    low_bit: int
    start: int
    end: int


@dataclass(slots=True)
class JpegStructure:
    """What the markers of a JPEG say.

    frame: marker of the frame header, 0xC0 baseline, 0xC2 progressive. precision: bits a sample.
    sampling: (horizontal, vertical) factors of each component, by its number.
    restart_interval: MCUs between restart markers, 0 for none.
    end: offset behind the last scan. complete: True if an end marker follows it.
    comment: all of them, a line each. has_profile: True if there is a color profile or a part of
        one.
    segments: how many were read. junk: bytes between them. has_more_xmp: True if XMP goes on beyond
        one segment.
    jfif, adobe: what these segments hold; they say which colors the components are.
    """

    size: Size = NO_SIZE
    frame: int = 0
    precision: int = 8
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)
    restart_interval: int = 0
    scans: list[Scan] = field(default_factory=list)
    end: int = 0
    segments: int = 0
    junk: int = 0
    complete: bool = False
    comment: bytes | None = None
    has_profile: bool = False
    has_more_xmp: bool = False
    iptc: bytes | None = None
    jfif: bytes | None = None
    adobe: bytes | None = None

    @property
    def mcu_size(self) -> tuple[int, int]:
        """Width and height in pixels of an MCU: one block if there is one component."""
        factors = [(1, 1), *self.sampling.values()] if len(self.sampling) > 1 else [(1, 1)]
        return 8 * max(x for x, _ in factors), 8 * max(y for _, y in factors)


def parse(data: bytes) -> JpegStructure:
    """Read the markers of a JPEG's first picture, as far as they go.

    Never raises for damaged files: what cannot be read is left as it was.
    """
    found = JpegStructure()
    at = 2
    while at + 4 <= len(data) and found.segments < MAX_SEGMENTS:
        if data[at] != 0xFF:
            # Bytes that belong to nothing, which decoders skip.
            following = data.find(b"\xff", at)
            found.junk += (len(data) if following < 0 else following) - at
            if following < 0:
                break
            at = following
            continue
        marker = data[at + 1]
        if marker == SOI and found.scans:  # of another picture, in a file that was put together
            break
        if marker in (0x00, 0xFF) or marker in STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == EOI:
            found.complete = True
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        content = data[at + 4 : at + 2 + length]
        at += 2 + length
        found.segments += 1
        if marker in FRAMES and not found.frame and len(content) >= 6:
            _read_frame(found, marker, content)
        elif marker == DRI and len(content) >= 2:
            (found.restart_interval,) = struct.unpack_from(">H", content)
        elif marker == COM:
            _add_comment(found, content)
        elif marker == APP1 and content.startswith(MORE_XMP_PREFIX):
            found.has_more_xmp = True
        elif marker == APP2 and content.startswith(ICC_PREFIX):
            found.has_profile = True
        elif marker == APP13 and content.startswith(PHOTOSHOP_HEADER) and found.iptc is None:
            found.iptc = find_iptc(content[len(PHOTOSHOP_HEADER) :])
        elif marker == APP0 and content.startswith(JFIF_PREFIX) and found.jfif is None:
            found.jfif = content
        elif marker == APP14 and content.startswith(ADOBE_PREFIX) and found.adobe is None:
            found.adobe = content
        elif marker == SOS:
            at = _read_scan(found, data, content, at)
    if len(data) >= 2 and data[-2:] == END_OF_IMAGE and found.end == len(data) - 2:
        found.complete = True
    return found


def _add_comment(found: JpegStructure, content: bytes) -> None:
    content = content.rstrip(b"\0")
    joined = content if found.comment is None else found.comment + b"\n" + content
    if len(joined) <= MAX_CONTENT:
        found.comment = joined


def _read_frame(found: JpegStructure, marker: int, content: bytes) -> None:
    found.frame = marker
    precision, height, width, count = struct.unpack_from(">BHHB", content)
    found.precision, found.size = precision, Size(width, height)
    for number in range(min(count, (len(content) - 6) // 3)):
        name, factors, _ = content[6 + 3 * number : 9 + 3 * number]
        found.sampling[name] = (factors >> 4) or 1, (factors & 15) or 1


def _read_scan(found: JpegStructure, data: bytes, content: bytes, start: int) -> int:
    """Add the scan whose entropy-coded bytes begin at `start`; returns where they end."""
    marker = END_OF_SCAN.search(data, start)
    end = marker.start() if marker else len(data)
    if content and len(content) >= 4 + 2 * content[0]:
        names = tuple(content[1 : 1 + 2 * content[0] : 2])
        first, last, bits = content[1 + 2 * content[0] : 4 + 2 * content[0]]
        found.scans.append(Scan(names, (first, last), bits & 15, start, end))
    found.end = end
    return end


def fits(picture: Picture) -> bool:
    """Return True if a JPEG has room for the picture's metadata."""
    longest = (
        (picture.exif, len(EXIF_PREFIX)),
        (picture.xmp, len(XMP_PREFIX)),
        (picture.iptc, len(PHOTOSHOP_HEADER) + 13),
    )
    return all(block is None or len(block) + more <= MAX_CONTENT for block, more in longest)


def insert_metadata(encoded: bytes, picture: Picture) -> bytes:
    """Return a JPEG, which begins with a JFIF segment, with the picture's metadata in it.

    Raises:
        ValueError: if `fits` says that it has no room.
    """
    if encoded[2:4] != b"\xff\xe0":
        raise ValueError("The encoder wrote no JFIF segment.")
    (length,) = struct.unpack_from(">H", encoded, 4)
    jfif, rest = _jfif_segment(encoded[6 : 4 + length], picture), encoded[4 + length :]
    return b"".join([encoded[:2], jfif, *_metadata_segments(picture), rest])


def as_first_interval(header: bytes, height: int, interval: int) -> bytes:
    """Turn what comes before the scan of an encoded part of a picture into that of the whole.

    height: of the whole picture. interval: MCUs from one restart marker to the next.
    """
    made, at = bytearray(header), 2
    while made[at + 1] not in FRAMES:
        at += 2 + struct.unpack_from(">H", made, at + 2)[0]
    struct.pack_into(">H", made, at + 5, height)
    made[at:at] = _segment(DRI, struct.pack(">H", interval))
    return bytes(made)


def insert_header(encoded: bytes, structure: JpegStructure, picture: Picture) -> bytes:
    """Return a JPEG without APP segments with those of `structure` and the picture's metadata.

    Raises:
        ValueError: if `fits` says that it has no room.
    """
    before = [] if structure.jfif is None else [_jfif_segment(structure.jfif, picture)]
    after = [] if structure.adobe is None else [_segment(APP14, structure.adobe)]
    return b"".join([encoded[:2], *before, *_metadata_segments(picture), *after, encoded[2:]])


def _jfif_segment(content: bytes, picture: Picture) -> bytes:
    """Return a JFIF segment with the picture's resolution and without a thumbnail."""
    jfif = bytearray(content[:JFIF_BYTES].ljust(JFIF_BYTES, b"\0"))
    jfif[12:14] = bytes(2)
    if picture.dpi is not None:
        x, y = (min(65_535, max(1, round(value))) for value in picture.dpi)
        struct.pack_into(">BHH", jfif, 7, 1, x, y)
    return _segment(APP0, bytes(jfif))


def _metadata_segments(picture: Picture) -> list[bytes]:
    """Return segments with EXIF, XMP, profile, IPTC and comment."""
    added = []
    if picture.exif is not None:
        added.append(_segment(APP1, EXIF_PREFIX + picture.exif))
    if picture.xmp is not None:
        added.append(_segment(APP1, XMP_PREFIX + picture.xmp))
    if picture.icc is not None:
        room = MAX_CONTENT - len(ICC_PREFIX) - 2
        parts = [picture.icc[at : at + room] for at in range(0, len(picture.icc), room)]
        for number, part in enumerate(parts, 1):
            added.append(_segment(APP2, ICC_PREFIX + bytes([number, len(parts)]) + part))
    if picture.iptc is not None:
        added.append(_segment(APP13, PHOTOSHOP_HEADER + iptc_resource(picture.iptc)))
    if COMMENT in picture.text:
        comment = picture.text[COMMENT].encode("utf-8", "replace")[:MAX_CONTENT]
        added.append(_segment(COM, comment))
    return added


def _segment(marker: int, content: bytes) -> bytes:
    if len(content) > MAX_CONTENT:
        raise ValueError(f"A JPEG segment has at most {MAX_CONTENT} bytes.")
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
