"""Photoshop documents through psd-tools: pixels at full depth, masks, groups, clipping, blend modes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Group, PixelLayer
from psd_tools.api.layers import Layer as PsdLayer
from psd_tools.constants import BlendMode as PsdBlend
from psd_tools.constants import ColorMode, ProtectedFlags, Resource
from psd_tools.psd.image_resources import ImageResource

from glide_studio.base.errors import GlideError
from glide_studio.base.geometry import Box, Size
from glide_studio.document.layer import BlendMode
from glide_studio.files.atomic import atomic_write
from glide_studio.files.images import samples
from glide_studio.files.images.picture import Announce
from glide_studio.files.layered.parts import (
    MAX_LAYERS,
    LayeredPicture,
    LayerPart,
    MaskPart,
)

MAX_SIDE = 30_000  # of a PSD; larger ones are PSB

BLENDS: dict[PsdBlend, BlendMode] = {
    PsdBlend.NORMAL: "normal",
    PsdBlend.MULTIPLY: "multiply",
    PsdBlend.SCREEN: "screen",
    PsdBlend.OVERLAY: "overlay",
    PsdBlend.DARKEN: "darken",
    PsdBlend.LIGHTEN: "lighten",
    PsdBlend.COLOR_DODGE: "color-dodge",
    PsdBlend.COLOR_BURN: "color-burn",
    PsdBlend.HARD_LIGHT: "hard-light",
    PsdBlend.SOFT_LIGHT: "soft-light",
    PsdBlend.DIFFERENCE: "difference",
    PsdBlend.EXCLUSION: "exclusion",
    PsdBlend.HUE: "hue",
    PsdBlend.SATURATION: "saturation",
    PsdBlend.COLOR: "color",
    PsdBlend.LUMINOSITY: "luminosity",
    PsdBlend.PASS_THROUGH: "pass-through",
}
"""Linear dodge, vivid light and the like have no counterpart in W3C compositing."""


def read_psd(data: bytes, announce: Announce) -> LayeredPicture:
    """The layers of a PSD or PSB in RGB or grey, 8 or 16 bits; other modes as one merged layer.

    Raises:
        GlideError: from `announce`.
        Exception: whatever psd-tools says to damaged data.
    """
    file = PSDImage.open(BytesIO(data))
    announce(Size(file.width, file.height))
    reader = _Reader(file)
    return reader.read()


class _Reader:
    def __init__(self, file: PSDImage) -> None:
        self._file = file
        self._deep = file.depth == 16
        self._count = 0
        self._area = 0
        self.notes: dict[str, None] = {}

    def read(self) -> LayeredPicture:
        file = self._file
        size = Size(file.width, file.height)
        resources = file.image_resources
        icc = resources.get_data(Resource.ICC_PROFILE)
        exif, xmp = (
            resources.get_data(one) for one in (Resource.EXIF_DATA_1, Resource.XMP_METADATA)
        )
        if file.color_mode != ColorMode.RGB or file.depth not in (8, 16) or not len(file):
            layers: tuple[LayerPart, ...] = (self._merged(icc),)
            icc = icc if file.color_mode == ColorMode.RGB else None
        else:
            layers = self._children(file)
        return LayeredPicture(
            size,
            16 if self._deep else 8,
            layers,
            icc if isinstance(icc, bytes) else None,
            exif if isinstance(exif, bytes) else None,
            xmp if isinstance(xmp, bytes) else None,
            tuple(self.notes),
        )

    def _merged(self, icc: bytes | None) -> LayerPart:
        """The picture as its program saved it."""
        file = self._file
        self._deep = False
        if len(file):
            self.notes["Only the merged picture was opened, since its layers are not RGB."] = None
        image = file.topil(apply_icc=False)
        if image is None:
            raise ValueError("The file holds no merged picture.")
        if image.mode == "CMYK":
            array: NDArray[Any] = samples.inks_to_rgb(np.asarray(image), icc)
        elif image.mode == "L":
            array = samples.grey_to_rgb(np.asarray(image), icc)
        else:
            array = np.asarray(image.convert("RGBA"))
        pixels, _ = samples.rgba(array)
        return LayerPart("Background", Box(0, 0, file.width, file.height), pixels)

    def _children(self, group: Any) -> tuple[LayerPart, ...]:
        return tuple(self._part(layer) for layer in group)

    def _part(self, layer: PsdLayer) -> LayerPart:
        self._count += 1
        box = Box.between(layer.left, layer.top, layer.right, layer.bottom)
        self._area += 0 if layer.is_group() else box.area
        if self._count > MAX_LAYERS or self._area > 64 * max(
            self._file.width * self._file.height, 1 << 20
        ):
            raise ValueError("The layers have far more pixels than the picture.")
        blend = BLENDS.get(layer.blend_mode)
        if blend is None or (blend == "pass-through" and not layer.is_group()):
            self.notes[
                f"'{layer.name}' blends by '{layer.blend_mode.name.lower()}', which became 'normal'."
            ] = None
            blend = "normal"
        pixels: NDArray[Any] | None = None
        children: tuple[LayerPart, ...] = ()
        if isinstance(layer, Group):
            box, children = Box(0, 0, 0, 0), self._children(layer)
        else:
            box, pixels = self._pixels(layer, box)
        locks = layer.locks
        return LayerPart(
            layer.name,
            box,
            pixels,
            children,
            self._mask(layer),
            layer.opacity / 255,
            blend,
            bool(layer.clipping),
            bool(layer.visible),
            locks is not None and bool(locks.complete),
        )

    def _pixels(self, layer: PsdLayer, box: Box) -> tuple[Box, NDArray[Any]]:
        if layer.kind != "pixel":
            self.notes[f"'{layer.name}' is opened as pixels and can not be edited as before."] = (
                None
            )
        if layer.has_effects():
            self.notes[f"Effects of '{layer.name}' are not shown."] = None
        dtype = np.uint16 if self._deep else np.uint8
        found = None if box.empty else layer.numpy()
        if found is None:
            return Box(0, 0, 0, 0), np.zeros((0, 0, 4), dtype)
        whole = np.rint(found * np.iinfo(dtype).max).astype(dtype)
        return box, samples.rgba(whole)[0]

    def _mask(self, layer: PsdLayer) -> MaskPart | None:
        mask = layer.mask
        if mask is None or mask.disabled:
            return None
        box = Box.between(mask.left, mask.top, mask.right, mask.bottom)
        found = None if box.empty else layer.numpy("mask")
        dtype = np.uint16 if self._deep else np.uint8
        top = int(np.iinfo(dtype).max)
        outside = top if mask.background_color else 0
        if found is None:
            return MaskPart(np.zeros((0, 0), dtype), Box(0, 0, 0, 0), outside)
        return MaskPart(np.rint(found[..., 0] * top).astype(dtype), box, outside)


def write_psd(path: Path, picture: LayeredPicture) -> tuple[str, ...]:
    """Write layers as PSD; returns sentences on what the format could not keep.

    Raises:
        GlideError: if a side is above MAX_SIDE or the file can not be written.
    """
    if max(picture.size.width, picture.size.height) > MAX_SIDE:
        raise GlideError(
            f"A PSD has at most {MAX_SIDE} pixels a side; make the picture smaller"
            " or save it as OpenRaster."
        )
    size = (picture.size.width, picture.size.height)
    file = PSDImage.new("RGB", size, depth=picture.depth)
    notes: dict[str, None] = {}
    for part in picture.layers:
        _add(file, part, notes)
    for resource, block in (
        (Resource.ICC_PROFILE, picture.icc),
        (Resource.EXIF_DATA_1, picture.exif),
        (Resource.XMP_METADATA, picture.xmp),
    ):
        if block is not None:
            file.image_resources[resource] = ImageResource(key=resource.value, data=block)
    with atomic_write(path) as temporary:
        file.save(temporary)
    return tuple(notes)


PSD_BLENDS = {ours: theirs for theirs, ours in BLENDS.items()}


def _add(parent: Any, part: LayerPart, notes: dict[str, None]) -> None:
    layer: PsdLayer
    if part.pixels is None:
        layer = Group.new(parent, part.name)
        for child in part.children:
            _add(layer, child, notes)
    else:
        pixels = part.pixels if part.pixels.size else np.zeros((1, 1, 4), part.pixels.dtype)
        layer = PixelLayer.fromarray(pixels, parent, part.name, part.box.y, part.box.x)
    layer.opacity = round(part.opacity * 255)
    layer.blend_mode = PSD_BLENDS[part.blend]
    layer.visible = part.visible
    if part.clipping:
        layer.clipping = True
    if part.locked:
        # The first call makes the block but does not reach it.
        layer.unlock()
        layer.lock(ProtectedFlags.COMPLETE)
    if part.mask is not None:
        grey = part.mask.pixels
        if grey.dtype == np.uint16:
            notes["Masks were written with 8 bits."] = None
            grey = np.rint(grey / 257).astype(np.uint8)
        layer.create_mask(Image.fromarray(grey), part.mask.box.y, part.mask.box.x)
