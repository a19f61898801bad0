"""OpenRaster 0.0.6 in: a ZIP of PNG layers and a stack.xml.

The format has no masks, no clipping and no metadata; how `ora_out` writes them nevertheless comes back here.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from typing import Literal
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from glide_studio.document.layer import BLEND_MODES, BlendMode
from glide_studio.document.tile import Pixels
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.images import exif, png_chunks, xmp
from glide_studio.io.images.decode import decode
from glide_studio.io.images.picture import Announce, Picture, check_size
from glide_studio.io.layered.layered_picture import (
    MAX_LAYERS,
    LayeredPicture,
    LayerPart,
    MaskPart,
    at_depth,
)

NAMESPACE = "{https://glide-studio.org/ns/openraster/1.0/}"  # what only this program understands
MAX_XML = 16 << 20  # bytes
MAX_NESTING = 64
SPARE = 64 << 20  # bytes of a PNG beyond those of its pixels


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
        reader = _Reader(archive, size, _is_ours(archive, root))
        top = root.find("stack")
        if top is None:
            raise ValueError("The file has no stack of layers.")
        layers = reader.children(top, 0, 0, 0)
        depth: Literal[8, 16] = 16 if reader.deep else 8
        # Layers of both depths may meet in one file; a document has one.
        layers = tuple(at_depth(layer, depth) for layer in layers)
        whole = _dpi(root)
        around = _around(archive, size)
        return LayeredPicture(
            size,
            depth,
            layers,
            reader.icc,
            around.exif,
            around.xmp,
            around.dpi or whole,
            notes=tuple(reader.notes),
            text=around.text,
        )


def _dpi(root: ElementTree.Element) -> tuple[float, float] | None:
    """The resolution in the stack, whole pixels an inch."""
    dpi = (float(root.get("xres", "0")), float(root.get("yres", "0")))
    return dpi if all(0 < value < 1e6 for value in dpi) else None


def _around(archive: zipfile.ZipFile, size: Size) -> png_chunks.Chunks:
    """What stands around the merged picture: the format has no place of its own for metadata."""
    bare = png_chunks.Chunks(size)
    try:
        info = archive.getinfo("mergedimage.png")
        if info.file_size > size.area * 8 + SPARE:
            return bare
        chunks = png_chunks.read_chunks(archive.read(info))
    except (KeyError, ValueError, struct.error, zlib.error, zipfile.BadZipFile):
        return bare  # the layers can be whole all the same
    block = None if chunks.exif is None else exif.bare(chunks.exif)
    return replace(
        chunks,
        exif=None if block is None else exif.upright(block),
        xmp=None if chunks.xmp is None else xmp.upright(chunks.xmp),
    )


def _is_ours(archive: zipfile.ZipFile, root: ElementTree.Element) -> bool:
    """True if no layer with a mask in it was changed since this program wrote the file."""
    return all(
        int(one.get(f"{NAMESPACE}crc", "-1")) == archive.getinfo(one.get("src", "")).CRC
        for one in root.iter("layer")
        if one.get(f"{NAMESPACE}bare") is not None
    )


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
    def __init__(self, archive: zipfile.ZipFile, size: Size, ours: bool) -> None:
        self._archive, self._size, self._ours = archive, size, ours
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
        made: list[LayerPart] = []
        for element in reversed(stack):
            self._count += 1
            if self._count > MAX_LAYERS:
                raise ValueError("There are too many layers.")
            left, top = x + int(element.get("x", "0")), y + int(element.get("y", "0"))
            if element.tag == "stack":
                inner = self.children(element, left, top, nesting + 1)
                if self._ours and element.get(f"{NAMESPACE}clip") == "true":
                    made += inner
                else:
                    made.append(self._part(element, Box(0, 0, 0, 0), None, inner))
            elif element.tag == "layer":
                source = element.get("src", "")
                pixels = self._pixels(
                    element.get(f"{NAMESPACE}bare", source) if self._ours else source
                )
                height, width, _ = pixels.shape
                made.append(self._part(element, Box(left, top, width, height), pixels, ()))
            else:
                self.notes[f"A layer of kind '{element.tag}' was left out."] = None
        return tuple(made)

    def _pixels(self, name: str) -> Pixels:
        picture = self._picture(name)
        self.icc = self.icc or picture.icc
        self.deep = self.deep or picture.depth == 16
        return picture.pixels

    def _picture(self, name: str) -> Picture:
        info = self._archive.getinfo(name)
        with self._archive.open(info) as file:
            head = file.read(33)
        if not head.startswith(png_chunks.SIGNATURE):
            raise ValueError("A layer is no PNG.")
        size = Size(*struct.unpack_from(">II", head, 16))
        self._area += size.area
        if self._area > 64 * max(self._size.area, 1 << 20):
            raise ValueError("The layers have far more pixels than the picture.")
        if info.file_size > size.area * 8 + SPARE:
            raise ValueError("A layer is longer than its pixels explain.")
        return decode("png", self._archive.read(info), check_size)

    def _mask(self, element: ElementTree.Element) -> MaskPart | None:
        name = element.get(f"{NAMESPACE}mask")
        if name is None:
            return None
        grey = np.ascontiguousarray(self._picture(name).pixels[..., 0])
        left, top = (int(element.get(f"{NAMESPACE}mask-{one}", "0")) for one in "xy")
        return MaskPart(grey, Box(left, top, grey.shape[1], grey.shape[0]), 0)

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
            self._mask(element) if self._ours else None,
            min(1.0, max(0.0, float(element.get("opacity", "1")))),
            blend,
            operator == "src-atop"
            or (self._ours and element.get(f"{NAMESPACE}clipping") == "true"),
            element.get("visibility", "visible") == "visible",
            element.get("edit-locked", "false") == "true",
        )
