"""XMP packets: the orientation reset, and our own recipe added (ISO 16684-1)."""

from __future__ import annotations

import re
from html import escape  # xml.sax would load the whole of urllib

NAMESPACE = "https://glide-studio.org/ns/recipe/1.0/"
END = b"</rdf:RDF>"

_ORIENTATION = re.compile(
    rb"""(tiff:Orientation\s*=\s*["']|<tiff:Orientation>\s*)[1-8]""",
)
_RECIPE = re.compile(
    rb'<rdf:Description rdf:about="" xmlns:glide="[^"]*">.*?</rdf:Description>', re.DOTALL
)

EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def upright(packet: bytes) -> bytes:
    """The packet with orientation 1, where it names one."""
    return _ORIENTATION.sub(rb"\g<1>1", packet)


def with_recipe(packet: bytes | None, recipe: str) -> bytes:
    """The packet, or a new one, with `recipe` in our namespace in place of an older one."""
    base = packet if packet is not None and END in packet else EMPTY
    base = _RECIPE.sub(b"", base)
    entry = (
        f'<rdf:Description rdf:about="" xmlns:glide="{NAMESPACE}">'
        f"<glide:recipe>{escape(recipe, quote=False)}</glide:recipe></rdf:Description>"
    ).encode()
    before, _, after = base.rpartition(END)
    return before + entry + END + after
