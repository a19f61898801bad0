"""OpenRaster 0.0.6: a ZIP of PNG layers and a stack.xml.

The format has no masks and no clipping. On the way out a mask becomes part of the layer's alpha, and
a layer that clips lies with its base in a group of their own, drawn atop of it: what is seen stays.
"""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from glide_studio.base.geometry import Box, Size
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import BLEND_MODES, BlendMode, Layer
from glide_studio.document.raster import Raster
from glide_studio.document.tile import Pixels
from glide_studio.files.atomic import atomic_write
from glide_studio.files.images import png
from glide_studio.files.images.decode import decode
from glide_studio.files.images.encode import encode_png
from glide_studio.files.images.picture import Announce, Picture, check_size
from glide_studio.files.images.prepare import scale, to_depth
from glide_studio.files.layered.parts import (
    MAX_LAYERS,
    LayeredPicture,
    LayerPart,
    at_depth,
    masked,
)

MIMETYPE = b"image/openraster"
PNG_LEVEL = 1  # a layered file is saved often and every layer is encoded
THUMBNAIL = 256  # pixels of the longer side
MAX_XML = 16 << 20  # bytes
MAX_NESTING = 64

MASKS_MERGED = "OpenRaster has no masks, so they were merged into the layers' transparency."


def read_ora(data: bytes, announce: Announce) -> LayeredPicture:
    """The layers of an OpenRaster file.

    Raises:
        GlideError: from `announce`.
        Exception: whatever ZIP, XML and PNG say to damaged data.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        root = _stack(archive)
        size = Size(int(root.get("w", "0")), int(root.get("h", "0")))
        announce(size)
        reader = _Reader(archive, size)
        top = root.find("stack")
        if top is None:
            raise ValueError("The file has no stack of layers.")
        layers = reader.children(top, 0, 0, 0)
        depth: Literal[8, 16] = 16 if reader.deep else 8
        # Layers of both depths may meet in one file; a document has one.
        layers = tuple(at_depth(layer, depth) for layer in layers)
        return LayeredPicture(size, depth, layers, reader.icc, notes=tuple(reader.notes))


def _stack(archive: zipfile.ZipFile) -> ElementTree.Element:
    info = archive.getinfo("stack.xml")
    if info.file_size > MAX_XML:
        raise ValueError("The description of the layers is too long.")
    text = archive.read(info)

    def refuse(*_: object) -> None:
        raise ValueError("A document type could hold entities that grow without end.")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(text, True)
    return ElementTree.fromstring(text)


class _Reader:
    def __init__(self, archive: zipfile.ZipFile, size: Size) -> None:
        self._archive, self._size = archive, size
        self._area = 0
        self._count = 0
        self.deep = False
        self.icc: bytes | None = None
        self.notes: dict[str, None] = {}

    def children(
        self, stack: ElementTree.Element, x: int, y: int, nesting: int
    ) -> tuple[LayerPart, ...]:
        """Layers of a stack, which names the topmost first. (x, y): where the stack lies."""
        if nesting > MAX_NESTING:
            raise ValueError("The layers are nested too deeply.")
        made = []
        for element in reversed(stack):
            self._count += 1
            if self._count > MAX_LAYERS:
                raise ValueError("There are too many layers.")
            left, top = x + int(element.get("x", "0")), y + int(element.get("y", "0"))
            if element.tag == "stack":
                inner = self.children(element, left, top, nesting + 1)
                made.append(self._part(element, Box(0, 0, 0, 0), None, inner))
            elif element.tag == "layer":
                pixels = self._pixels(element.get("src", ""))
                height, width, _ = pixels.shape
                made.append(self._part(element, Box(left, top, width, height), pixels, ()))
            else:
                self.notes[f"A layer of kind '{element.tag}' was left out."] = None
        return tuple(made)

    def _pixels(self, name: str) -> Pixels:
        info = self._archive.getinfo(name)
        with self._archive.open(info) as file:
            head = file.read(33)
        if not head.startswith(png.SIGNATURE):
            raise ValueError("A layer is no PNG.")
        size = Size(*struct.unpack_from(">II", head, 16))
        self._area += size.area
        if self._area > 64 * max(self._size.area, 1 << 20):
            raise ValueError("The layers have far more pixels than the picture.")
        if info.file_size > size.area * 8 + (64 << 20):
            raise ValueError("A layer is longer than its pixels explain.")
        picture = decode("png", self._archive.read(info), check_size)
        self.icc = self.icc or picture.icc
        self.deep = self.deep or picture.depth == 16
        return picture.pixels

    def _part(
        self,
        element: ElementTree.Element,
        box: Box,
        pixels: Pixels | None,
        children: tuple[LayerPart, ...],
    ) -> LayerPart:
        name = element.get("name", "Layer")
        blend: BlendMode = "normal"
        operator = element.get("composite-op", "svg:src-over").removeprefix("svg:")
        found = next((mode for mode in BLEND_MODES if mode == operator), None)
        if found is not None and found != "pass-through":
            blend = found
        elif operator not in ("src-over", "src-atop"):
            self.notes[f"'{name}' blends by '{operator}', which became 'normal'."] = None
        if pixels is None and blend == "normal" and element.get("isolation") != "isolate":
            blend = "pass-through"
        return LayerPart(
            name,
            box,
            pixels,
            children,
            None,
            min(1.0, max(0.0, float(element.get("opacity", "1")))),
            blend,
            operator == "src-atop",
            element.get("visibility", "visible") == "visible",
            element.get("edit-locked", "false") == "true",
        )


def write_ora(path: Path, document: Document) -> tuple[str, ...]:
    """Write a document as OpenRaster; returns sentences on what the format could not keep.

    Raises:
        GlideError: if the file can not be written.
    """
    writer = _Writer(document)
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        writer.write(archive)
    return tuple(writer.notes)


class _Writer:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._files: dict[str, bytes] = {}
        self.notes: dict[str, None] = {}

    def write(self, archive: zipfile.ZipFile) -> None:
        document = self._document
        root = ElementTree.Element(
            "image", version="0.0.6", w=str(document.size.width), h=str(document.size.height)
        )
        stack = ElementTree.SubElement(root, "stack")
        archive.writestr(
            "mimetype", MIMETYPE, zipfile.ZIP_STORED
        )  # first and bare, by the standard
        self._add_all(archive, stack, document.layers, ())
        merged = composite(document, document.box)
        archive.writestr("mergedimage.png", self._png(merged))
        archive.writestr("Thumbnails/thumbnail.png", self._png(_thumbnail(merged)))
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
        operator: str = "src-over" if layer.blend in ("normal", "pass-through") else layer.blend
        if atop:
            if operator == "src-over":
                operator = "src-atop"
            else:
                self.notes[
                    f"OpenRaster can not clip '{layer.name}' while it blends by '{operator}'."
                ] = None
        element.set("composite-op", f"svg:{operator}")
        if layer.mask is not None:
            masks = (*masks, layer.mask)
            self.notes[MASKS_MERGED] = None
        if layer.raster is None:
            element.set("isolation", "auto" if layer.blend == "pass-through" else "isolate")
            self._add_all(archive, element, layer.children, masks)
            return
        box = layer.raster.content_box()
        if box.empty:
            box = Box(0, 0, 1, 1)
        pixels = layer.raster.read(box)
        for mask in masks:
            pixels = masked(pixels, box, mask)
        name = f"data/{len(archive.namelist()):05}.png"
        archive.writestr(name, self._png(pixels))
        element.set("src", name)
        element.set("x", str(box.x))
        element.set("y", str(box.y))

    def _png(self, pixels: Pixels) -> bytes:
        return encode_png(Picture(pixels, True, self._document.icc), PNG_LEVEL)


def _thumbnail(pixels: Pixels) -> Pixels:
    height, width, _ = pixels.shape
    share = min(1.0, THUMBNAIL / max(height, width))
    size = Size(max(1, round(width * share)), max(1, round(height * share)))
    small = to_depth(scale(pixels, size), 8)
    return np.ascontiguousarray(small)
