"""Write OpenRaster: a ZIP of PNG layers and a stack.xml.

For other programs a mask is merged into the layer's alpha, and a clipping layer is in a group with
its base, drawn atop of it, so that the composite looks the same. Masks and clipping themselves are
in our own XML namespace, which the standard lets other programs skip, and `ora_read` reads them.
EXIF, XMP, IPTC, text and the exact resolution are in the merged picture, which is a PNG.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from glide_studio.atomic import atomic_write
from glide_studio.document.compositing import Stack, composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.tile import MAX_LEVEL
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels
from glide_studio.io.images.band_write import LARGE_AREA, write_png
from glide_studio.io.images.picture import Picture, check_dpi, from_metadata
from glide_studio.io.images.prepare_export import (
    BandedPicture,
    blank_pixels,
    clean_metadata,
    scale,
    to_depth,
)
from glide_studio.io.images.write import encode_png, encode_png_pixels
from glide_studio.io.layered.layered_picture import apply_mask, check_layers_area
from glide_studio.io.layered.ora_read import NAMESPACE
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

MIMETYPE = b"image/openraster"
PNG_LEVEL = 1  # a layered file is saved often and every layer is encoded
THUMBNAIL = 256  # pixels of the longer side

MASKS_MERGED = QT_TRANSLATE_NOOP(
    "OraWrite",
    "OpenRaster has no masks, so other programs show them merged into the layers' transparency.",
)

ElementTree.register_namespace("glide", NAMESPACE[1:-1])


def write_ora(path: Path, document: Document) -> tuple[str, ...]:
    """Write a document as OpenRaster; returns sentences on what the format could not keep.

    Raises:
        GlideError: if the file cannot be written.
    """
    writer = _Writer(document)
    with atomic_write(path) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            writer.write(archive)
        # What could not be opened again must not take the place of an older file.
        check_layers_area(writer.area, document.size, temporary.stat().st_size)
    return tuple(writer.notes)


class _Writer:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._stored: dict[tuple[Raster, ...], dict[str, str]] = {}
        self.area = 0  # pixels of all layers and masks, as a reader counts them
        self.notes: dict[str, None] = {}

    def write(self, archive: zipfile.ZipFile) -> None:
        document = self._document
        root = ElementTree.Element(
            "image", version="0.0.6", w=str(document.size.width), h=str(document.size.height)
        )
        dpi = check_dpi(from_metadata(document.metadata)["dpi"])[0]
        if dpi is not None:
            root.set("xres", str(max(1, round(dpi[0]))))
            root.set("yres", str(max(1, round(dpi[1]))))
        stack = ElementTree.SubElement(root, "stack")
        archive.writestr(
            "mimetype", MIMETYPE, zipfile.ZIP_STORED
        )  # first and bare, by the standard
        self._add_all(archive, stack, document.layers, ())
        known: dict[Stack, Pixels] = {}
        fields = from_metadata(document.metadata)
        self._store(
            archive,
            "mergedimage.png",
            document.box,
            lambda box: composite(document, box, known=known),
            **fields,
        )
        thumbnail = encode_png(Picture(_make_thumbnail(document), True, document.icc), PNG_LEVEL)
        archive.writestr("Thumbnails/thumbnail.png", thumbnail)
        text = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        archive.writestr("stack.xml", text, zipfile.ZIP_DEFLATED)

    def _add_all(
        self,
        archive: zipfile.ZipFile,
        stack: ElementTree.Element,
        layers: tuple[Layer, ...],
        masks: tuple[Raster, ...],
    ) -> None:
        """Put layers, bottom to top, into a stack, which names the topmost first."""
        at = 0
        while at < len(layers):
            end = at + 1
            while end < len(layers) and layers[end].clipping:
                end += 1
            if end > at + 1:
                group = ElementTree.Element("stack", name=layers[at].name, isolation="isolate")
                group.set(f"{NAMESPACE}clip", "true")
                stack.insert(0, group)
                self._add(archive, group, layers[at], masks, False)
                for layer in layers[at + 1 : end]:
                    self._add(archive, group, layer, masks, True)
            else:
                self._add(archive, stack, layers[at], masks, False)
            at = end

    def _add(
        self,
        archive: zipfile.ZipFile,
        stack: ElementTree.Element,
        layer: Layer,
        masks: tuple[Raster, ...],
        atop: bool,
    ) -> None:
        element = ElementTree.Element("stack" if layer.is_group else "layer")
        stack.insert(0, element)
        element.set("name", "".join(one for one in layer.name if one.isprintable()))
        element.set("opacity", repr(float(layer.opacity)))
        element.set("visibility", "visible" if layer.visible else "hidden")
        if layer.locked:
            element.set("edit-locked", "true")
        if layer.keeps_alpha:
            element.set(f"{NAMESPACE}keeps-alpha", "true")
        operator: str = "src-over" if layer.blend in ("normal", "pass-through") else layer.blend
        if atop:
            if operator == "src-over":
                operator = "src-atop"
            else:
                element.set(f"{NAMESPACE}clipping", "true")
                self.notes[
                    translate(
                        "OraWrite",
                        "OpenRaster cannot clip '{name}' while it blends by '{operator}', so "
                        "other programs will show it whole.",
                    ).format(name=layer.name, operator=operator)
                ] = None
        element.set("composite-op", f"svg:{operator}")
        if layer.mask is not None:
            masks = (*masks, layer.mask)
            self.notes[translate("OraWrite", MASKS_MERGED)] = None
            self._add_mask(archive, element, layer.mask)
        if layer.raster is None:
            element.set("isolation", "auto" if layer.blend == "pass-through" else "isolate")
            self._add_all(archive, element, layer.children, masks)
            return
        shown = (layer.raster, *masks)
        if shown not in self._stored:  # copies of a layer share its pixels
            self._stored[shown] = self._store_layer(archive, layer.raster, masks)
        element.attrib.update(self._stored[shown])
        self.area += layer.raster.content_box().area

    def _store_layer(
        self, archive: zipfile.ZipFile, raster: Raster, masks: tuple[Raster, ...]
    ) -> dict[str, str]:
        """Store the pixels of a layer; returns the attributes that say where."""
        box = raster.content_box()
        if box.empty:
            box = Box(0, 0, 1, 1)

        def read_masked(part: Box) -> Pixels:
            pixels = raster.read(part)
            for mask in masks:
                pixels = apply_mask(pixels, part, mask)
            return pixels

        name = _next_name(archive)
        self._store(archive, name, box, read_masked)
        found = {"src": name, "x": str(box.x), "y": str(box.y)}
        if masks:
            found[f"{NAMESPACE}bare"] = _next_name(archive)
            self._store(archive, found[f"{NAMESPACE}bare"], box, raster.read)
            # Tells whether another program has painted on it since.
            found[f"{NAMESPACE}crc"] = str(archive.getinfo(name).CRC)
        return found

    def _store(
        self,
        archive: zipfile.ZipFile,
        name: str,
        box: Box,
        read: Callable[[Box], Pixels],
        **fields: Any,
    ) -> None:
        """Store pixels as a PNG.

        read: returns those of a part of `box`. fields: of the picture, its metadata.
        """
        document = self._document
        if box.area <= LARGE_AREA:
            picture = Picture(read(box), True, document.icc, **fields)
            archive.writestr(name, encode_png(picture, PNG_LEVEL))
            return
        blank = blank_pixels(box.size, document.dtype)
        whole = clean_metadata(Picture(blank, True, document.icc, **fields))
        rows = BandedPicture(
            whole, lambda top, bottom: read(Box(box.x, box.y + top, box.width, bottom - top))
        )
        with archive.open(name, "w", force_zip64=True) as out:
            write_png(out, rows, PNG_LEVEL)

    def _add_mask(
        self, archive: zipfile.ZipFile, element: ElementTree.Element, mask: Raster
    ) -> None:
        box = mask.content_box()
        if box.empty:
            box = Box(0, 0, 1, 1)
        self.area += box.area
        gray = np.ascontiguousarray(mask.read(box)[..., 0])
        data = encode_png_pixels(gray, PNG_LEVEL)
        name = _next_name(archive)
        archive.writestr(name, data)
        element.set(f"{NAMESPACE}mask", name)
        element.set(f"{NAMESPACE}mask-x", str(box.x))
        element.set(f"{NAMESPACE}mask-y", str(box.y))


def _next_name(archive: zipfile.ZipFile) -> str:
    return f"data/{len(archive.namelist()):05}.png"


def _make_thumbnail(document: Document) -> Pixels:
    longer = max(document.size.width, document.size.height)
    level = next((one for one in range(MAX_LEVEL, 0, -1) if longer >> one >= THUMBNAIL), 0)
    pixels = composite(document, document.selection.level_box(level), level)
    height, width, _ = pixels.shape
    share = min(1.0, THUMBNAIL / max(height, width))
    size = Size(max(1, round(width * share)), max(1, round(height * share)))
    small = to_depth(scale(pixels, size), 8)
    return np.ascontiguousarray(small)
