"""Read OpenRaster 0.0.6: a ZIP of PNG layers and a stack.xml.

The format has no masks, no clipping and no metadata; how `ora_write` adds them is read here.
"""

from __future__ import annotations

import contextlib
import math
import struct
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from typing import Literal
from xml.etree import ElementTree
from xml.parsers import expat

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.layer import BLEND_MODES, MAX_LAYERS, MAX_NESTING, BlendMode
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels
from glide_studio.io.images import exif, png_chunks, xmp_iptc
from glide_studio.io.images.decode import decode
from glide_studio.io.images.picture import Announce, Picture, check_dpi, check_size
from glide_studio.io.layered.layered_picture import (
    LayeredPicture,
    LayerPart,
    MaskPart,
    check_layers_area,
    convert_depth,
    shorten_notes,
)
from glide_studio.translation import translate

NAMESPACE = "{https://glide-studio.org/ns/openraster/1.0/}"  # what only this program understands
MAX_XML = 16 << 20  # bytes
MAX_OFFSET = 1 << 24  # pixels; layers may begin outside of the canvas
SPARE = 64 << 20  # bytes of a PNG beyond those of its pixels
DAMAGE = (
    KeyError,
    ValueError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
)


def read_ora(data: bytes, announce: Announce) -> LayeredPicture:
    """Read the layers of an OpenRaster file.

    Raises:
        GlideError: from `announce`, or if the layers are far larger than the file explains.
        Exception: of any kind from ZIP, XML and PNG, for damaged data.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        root = _read_stack(archive)
        notes: dict[str, None] = {}
        numbers = _Numbers(notes)
        size = Size(numbers.pixels(root, "w"), numbers.pixels(root, "h"))
        ours = _is_ours(archive, root)
        area, readable = _measure_layers(archive, root, ours)
        check_layers_area(area, size, len(data))
        announce(size, layers_area=area)
        reader = _OraReader(archive, readable, ours, numbers, notes)
        top = root.find("stack")
        if top is None:
            raise ValueError("The file has no stack of layers.")
        layers = reader.children(top, 0, 0, 0)
        depth: Literal[8, 16] = 16 if reader.deep else 8
        # Layers of both depths may meet in one file; a document has one.
        converted: dict[int, NDArray[np.unsignedinteger]] = {}
        layers = tuple(convert_depth(layer, depth, converted) for layer in layers)
        around = _merged_metadata(archive, size)
        dpi, note = check_dpi(around.dpi or _dpi(root, numbers))
        if note is not None:
            notes[note] = None
        return LayeredPicture(
            size,
            depth,
            layers,
            reader.icc,
            around.exif,
            around.xmp,
            dpi,
            notes=shorten_notes(notes),
            text=around.text,
            iptc=around.iptc,
        )


def _dpi(root: ElementTree.Element, numbers: _Numbers) -> tuple[float, float] | None:
    """Return the resolution in the stack, whole pixels an inch."""
    x, y = numbers.number(root, "xres", 0), numbers.number(root, "yres", 0)
    return (x, y) if x > 0 and y > 0 else None


def _merged_metadata(archive: zipfile.ZipFile, size: Size) -> png_chunks.Chunks:
    """Read the metadata in the merged picture: the format has no place of its own for it."""
    bare = png_chunks.Chunks(size)
    try:
        info = archive.getinfo("mergedimage.png")
        if info.file_size > size.area * 8 + SPARE:
            return bare
        chunks = png_chunks.read_chunks(archive.read(info))
    except DAMAGE:
        return bare  # the layers can be whole all the same
    block = None if chunks.exif is None else exif.strip_prefix(chunks.exif)
    return replace(
        chunks,
        exif=None if block is None else exif.clean_exif(block),
        xmp=None if chunks.xmp is None else xmp_iptc.clean_xmp(chunks.xmp),
        iptc=None if chunks.iptc is None else xmp_iptc.clean_iptc(chunks.iptc),
    )


def _measure_layers(
    archive: zipfile.ZipFile, root: ElementTree.Element, ours: bool
) -> tuple[int, set[str]]:
    """Return (pixels of all layers and masks, names of their pictures), by the PNGs' headers."""
    areas: dict[str, int] = {}
    total = count = 0
    for element in root.iter():
        count += element.tag in ("layer", "stack")
        if count > MAX_LAYERS:
            raise GlideError(
                translate(
                    "OraRead", "It has more than {max_layers} layers; merge some of them."
                ).format(max_layers=MAX_LAYERS)
            )
        for name in _sources(element, ours):
            if name not in areas:
                areas[name] = _png_size(archive, name).area
            total += areas[name]
    found = {name for name, area in areas.items() if area}
    if areas and not found:
        raise ValueError("The pictures of all layers are missing.")
    return total, found


def _sources(element: ElementTree.Element, ours: bool) -> list[str]:
    """Return the names of the PNGs that are read for a layer: its pixels and its mask."""
    source = element.get("src", "") if element.tag == "layer" else ""
    if ours:
        source = element.get(f"{NAMESPACE}bare", source)
    mask = element.get(f"{NAMESPACE}mask", "") if ours else ""
    return [name for name in (source, mask) if name]


def _png_size(archive: zipfile.ZipFile, name: str) -> Size:
    """Return the size of a layer's picture, 0 x 0 if it is missing or not a PNG.

    Raises:
        GlideError: if it is too large.
        ValueError: if it is longer than its size explains.
    """
    try:
        info = archive.getinfo(name)
        with archive.open(info) as file:
            head = file.read(33)
    except DAMAGE:
        return Size(0, 0)
    if len(head) < 33 or not head.startswith(png_chunks.SIGNATURE):
        return Size(0, 0)
    size = Size(*struct.unpack_from(">II", head, 16))
    check_size(size)
    if info.file_size > size.area * 8 + SPARE:
        raise ValueError("A layer is longer than its pixels explain.")
    return size


def _is_ours(archive: zipfile.ZipFile, root: ElementTree.Element) -> bool:
    """Return True if no layer with a mask in it was changed since this program wrote the file."""
    sums = {info.filename: info.CRC for info in archive.infolist()}
    return all(
        one.get(f"{NAMESPACE}crc") == str(sums.get(one.get("src", "")))
        for one in root.iter("layer")
        if one.get(f"{NAMESPACE}bare") is not None
    )


def _read_stack(archive: zipfile.ZipFile) -> ElementTree.Element:
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


class _Numbers:
    """Reads numbers in attributes leniently, as other programs write them, and notes it."""

    def __init__(self, notes: dict[str, None]) -> None:
        self._notes = notes

    def number(self, element: ElementTree.Element, name: str, default: float) -> float:
        """Return an attribute, also with a decimal comma; the default for one that is no number."""
        text = element.get(name)
        if text is None:
            return default
        try:
            value = float(text.strip().replace(",", "."))
            if not math.isfinite(value):
                raise ValueError(text)
        except ValueError:
            self._notes[
                translate("OraRead", "The {name} of {title} is no number and was left out.").format(
                    name=name, title=_title(element)
                )
            ] = None
            return default
        if "," in text:
            self._notes[
                translate("OraRead", "The {name} of {title} was read with a decimal comma.").format(
                    name=name, title=_title(element)
                )
            ] = None
        return value

    def opacity(self, element: ElementTree.Element) -> float:
        """Return the opacity of a layer, 0 .. 1."""
        value = self.number(element, "opacity", 1)
        within = min(1.0, max(0.0, value))
        if value != within:
            self._notes[
                translate("OraRead", "The opacity of {title} became {percent} %.").format(
                    title=_title(element), percent=round(100 * within)
                )
            ] = None
        return within

    def pixels(self, element: ElementTree.Element, name: str) -> int:
        """Return an attribute in whole pixels."""
        value = self.number(element, name, 0)
        if abs(value) > MAX_OFFSET:
            raise ValueError("A layer lies too far away.")
        if value != round(value):
            self._notes[
                translate("OraRead", "The {name} of {title} was rounded to whole pixels.").format(
                    name=name, title=_title(element)
                )
            ] = None
        return round(value)


def _title(element: ElementTree.Element) -> str:
    return (
        f"'{element.get('name', 'Layer')}'"
        if element.tag != "image"
        else translate("OraRead", "the picture")
    )


class _OraReader:
    def __init__(
        self,
        archive: zipfile.ZipFile,
        readable: set[str],
        ours: bool,
        numbers: _Numbers,
        notes: dict[str, None],
    ) -> None:
        self._archive, self._readable, self._ours = archive, readable, ours
        self._numbers, self.notes = numbers, notes
        self._pictures: dict[str, Picture | None] = {}  # layers may share one
        self.deep = False
        self.icc: bytes | None = None

    def children(
        self, stack: ElementTree.Element, x: int, y: int, nesting: int
    ) -> tuple[LayerPart, ...]:
        """Read the layers of a stack, which names the topmost first. (x, y): where it lies."""
        if nesting > MAX_NESTING:
            raise ValueError("The layers are nested too deeply.")
        made: list[LayerPart] = []
        for element in reversed(stack):
            left = x + self._numbers.pixels(element, "x")
            top = y + self._numbers.pixels(element, "y")
            if element.tag == "stack":
                inner = self.children(element, left, top, nesting + 1)
                if self._ours and element.get(f"{NAMESPACE}clip") == "true":
                    made += inner
                else:
                    made.append(self._part(element, Box(0, 0, 0, 0), None, inner))
            elif element.tag == "layer":
                source = element.get("src", "")
                pixels = self._pixels(
                    element.get(f"{NAMESPACE}bare", source) if self._ours else source,
                    _title(element),
                )
                height, width, _ = pixels.shape
                made.append(self._part(element, Box(left, top, width, height), pixels, ()))
            else:
                self.notes[
                    translate("OraRead", "A layer of kind '{tag}' was left out.").format(
                        tag=element.tag
                    )
                ] = None
        return tuple(made)

    def _pixels(self, name: str, title: str) -> Pixels:
        """Return the pixels of a layer; none, and a note, if its picture cannot be read."""
        picture = self._picture(name)
        if picture is None:
            self.notes[
                translate(
                    "OraRead",
                    "The picture of {title} is missing or damaged, so the layer is empty.",
                ).format(title=title)
            ] = None
            return np.zeros((0, 0, 4), np.uint8)
        if picture.missing is not None:
            self.notes[
                translate(
                    "OraRead", "The picture of {title} is damaged, and a part of it is missing."
                ).format(title=title)
            ] = None
        self.icc = self.icc or picture.icc
        self.deep = self.deep or picture.depth == 16
        return picture.pixels

    def _picture(self, name: str) -> Picture | None:
        """Return one of the pictures in the archive; None if it is missing or damaged."""
        if name not in self._pictures:
            self._pictures[name] = None
            if name in self._readable:
                with contextlib.suppress(*DAMAGE, imagecodecs.PngError):
                    self._pictures[name] = decode("png", self._archive.read(name), check_size)
        return self._pictures[name]

    def _mask(self, element: ElementTree.Element) -> MaskPart | None:
        name = element.get(f"{NAMESPACE}mask")
        if name is None:
            return None
        picture = self._picture(name)
        if picture is None:
            self.notes[
                translate(
                    "OraRead", "The mask of {title} is missing or damaged and was left out."
                ).format(title=_title(element))
            ] = None
            return None
        grey = np.ascontiguousarray(picture.pixels[..., 0])
        left, top = (self._numbers.pixels(element, f"{NAMESPACE}mask-{one}") for one in "xy")
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
            self.notes[
                translate(
                    "OraRead", "'{name}' blends by '{operator}', which became 'normal'."
                ).format(name=name, operator=operator)
            ] = None
        if pixels is None and blend == "normal" and element.get("isolation") != "isolate":
            blend = "pass-through"
        return LayerPart(
            name,
            box,
            pixels,
            children,
            self._mask(element) if self._ours else None,
            self._numbers.opacity(element),
            blend,
            operator == "src-atop"
            or (self._ours and element.get(f"{NAMESPACE}clipping") == "true"),
            element.get("visibility", "visible") == "visible",
            element.get("edit-locked", "false") == "true",
            self._ours and element.get(f"{NAMESPACE}keeps-alpha") == "true",
        )
