"""XMP packets and IPTC blocks: read, cleaned of old previews, and our own recipe added.

XMP: ISO 16684-1. IPTC: the IIM datasets in a Photoshop image resource (IPTC-NAA, 0x0404).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from html import escape  # xml.sax would load the whole of urllib

NAMESPACE = "https://glide-studio.org/ns/recipe/1.0/"
END = b"</rdf:RDF>"
PHOTOSHOP_HEADER = b"Photoshop 3.0\0"  # before the image resources in a JPEG's APP13 segment
IPTC_RESOURCE = 0x0404
PREVIEW_DATASETS = (200, 201, 202)  # of IIM record 2: format, version and data of a preview

_ORIENTATION = re.compile(
    rb"""(tiff:Orientation\s*=\s*["']|<tiff:Orientation>\s*)[1-8]""",
)
_RECIPE = re.compile(
    rb'<rdf:Description rdf:about="" xmlns:glide="[^"]*">.*?</rdf:Description>', re.DOTALL
)
_THUMBNAIL = re.compile(
    rb"<(xmp|xap):Thumbnails\b.*?</\1:Thumbnails>"
    rb"|<(xmpGImg|xapGImg):image>.*?</\2:image>"
    rb"|\b(?:xmpGImg|xapGImg):image\s*=\s*(?:\"[^\"]*\"|'[^']*')",
    re.DOTALL,
)

EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def clean_xmp(packet: bytes) -> bytes:
    """Return the packet with orientation 1, where it names one, and without thumbnails."""
    return _THUMBNAIL.sub(b"", _ORIENTATION.sub(rb"\g<1>1", packet))


def add_recipe(packet: bytes | None, recipe: str) -> bytes:
    """Return the packet, or a new one, with `recipe` in our namespace in place of an older one."""
    base = packet if packet is not None and END in packet else EMPTY
    base = _RECIPE.sub(b"", base)
    entry = (
        f'<rdf:Description rdf:about="" xmlns:glide="{NAMESPACE}">'
        f"<glide:recipe>{escape(recipe, quote=False)}</glide:recipe></rdf:Description>"
    ).encode()
    before, _, after = base.rpartition(END)
    return before + entry + END + after


def find_iptc(resources: bytes) -> bytes | None:
    """Return the IPTC block among Photoshop image resources; None if there is none."""
    for number, content in _image_resources(resources):
        if number == IPTC_RESOURCE:
            return content
    return None


def iptc_resource(block: bytes) -> bytes:
    """Return a Photoshop image resource that holds an IPTC block."""
    padding = b"\0" * (len(block) % 2)
    return b"8BIM" + struct.pack(">HHI", IPTC_RESOURCE, 0, len(block)) + block + padding


def clean_iptc(block: bytes) -> bytes | None:
    """Return the block without previews (IIM 2:200 to 2:202); None if nothing is left."""
    kept, at = [], 0
    while at + 5 <= len(block) and block[at] == 0x1C:
        record, dataset, length = struct.unpack_from(">BBH", block, at + 1)
        start = at + 5
        if length & 0x8000:  # an extended dataset: so many bytes tell the length
            count = length & 0x7FFF
            length = int.from_bytes(block[start : start + count], "big")
            start += count
        if start + length > len(block):
            break
        if (record, dataset) not in [(2, one) for one in PREVIEW_DATASETS]:
            kept.append(block[at : start + length])
        at = start + length
    return b"".join(kept) or None


def _image_resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (number, content) of each image resource (Photoshop file format, image resources)."""
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 12 <= len(data):
        number, name = struct.unpack_from(">HB", data, at + 4)
        at += 6 + (name + 2) // 2 * 2  # a Pascal string, padded to an even length
        if at + 4 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, at)
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + (length + 1) // 2 * 2
