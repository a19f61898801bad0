"""What is in a document, in words: a line a thing, as `glide-studio info` prints it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from glide_studio.document.adjustments import kind_of
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.imaging.display import is_usable_profile, profile_name
from glide_studio.io.provenance import provenance_from_dict


def describe_document(document: Document, states: int) -> list[str]:
    """Describe a document in lines: size, profile, metadata, history, masks, layers from the top.

    states: how many the history has.
    """
    lines = [
        f"{document.size} pixels, {document.depth} bit",
        f"profile: {_profile(document.icc)}",
    ]
    dpi = json.loads(document.metadata.get("dpi", b"null"))
    if dpi is not None:
        lines.append(f"resolution: {dpi[0]:g} x {dpi[1]:g} pixels an inch")
    others = sorted(document.metadata.items() - {("dpi", document.metadata.get("dpi"))})
    kept = [f"{name} ({len(block):,} bytes)" for name, block in others]
    if kept:
        lines.append(f"metadata: {', '.join(kept)}")
    lines.append(f"history: {states:,} {'state' if states == 1 else 'states'}")
    painted = document.selection.content_box()
    if not painted.empty:
        lines.append(f"mask: painted in {painted.size} pixels at ({painted.x}, {painted.y})")
    lines += [f"kept mask: {saved.name}" for saved in document.saved_masks]
    for layer in reversed(document.layers):
        lines += _layers(layer, "")
    return [_printable(line) for line in lines]


def _printable(line: str) -> str:
    """Make a name safe to print: it may hold what a terminal takes for a command."""
    return "".join(one if one.isprintable() else "\ufffd" for one in line)


def _profile(icc: bytes | None) -> str:
    if icc is None:
        return "sRGB"
    name = profile_name(icc) if is_usable_profile(icc) else "unknown"
    return f"{name}, {len(icc):,} bytes of ICC"


def _kind(layer: Layer) -> str:
    if layer.adjustment is not None:
        return f"adjustment ({kind_of(layer.adjustment)})"
    return "group" if layer.is_group else "layer"


def _layers(layer: Layer, indent: str) -> Iterator[str]:
    found = [f"{indent}{_kind(layer)}: {layer.name}"]
    found.append(f"{layer.blend} {layer.opacity:.0%}")
    found += [
        word
        for word, told in (
            ("hidden", not layer.visible),
            ("locked", layer.locked),
            ("transparency locked", layer.keeps_alpha),
            ("clipped", layer.clipping),
            ("masked", layer.mask is not None),
        )
        if told
    ]
    if layer.provenance is not None:
        request = provenance_from_dict(layer.provenance).request
        found.append(f"'{request.prompt}', seed {request.sampling.seed}, {request.model}")
    yield "  ".join(found)
    for child in reversed(layer.children):
        yield from _layers(child, indent + "  ")
