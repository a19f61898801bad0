"""Read Photoshop documents with psd-tools: pixels, masks, groups, clipping, blend modes."""

from __future__ import annotations

import itertools
import re
import struct
import zlib
from dataclasses import replace
from io import BytesIO
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from psd_tools import PSDImage
from psd_tools.api.layers import Group
from psd_tools.api.layers import Layer as PsdLayer
from psd_tools.constants import BlendMode as PsdBlend
from psd_tools.constants import ColorMode, Resource
from psd_tools.psd.image_resources import ResoulutionInfo

from glide_studio.document.compositing import composite
from glide_studio.document.layer import MAX_LAYERS, BlendMode
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.icc import profile_space
from glide_studio.io.images import pixel_layout
from glide_studio.io.images.exif import clean_exif, strip_prefix
from glide_studio.io.images.picture import Announce, check_dpi
from glide_studio.io.images.prepare_export import to_depth
from glide_studio.io.images.xmp_iptc import clean_iptc, clean_xmp
from glide_studio.io.layered.layered_picture import (
    LayeredPicture,
    LayerPart,
    MaskPart,
    check_layers_area,
    over_white,
    sample_layers,
    shorten_notes,
    to_document,
)
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

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

_MIRRORED = re.compile(b"8BIM(" + b"|".join(re.escape(one.value[::-1]) for one in PsdBlend) + b")")


def read_psd(data: bytes, announce: Announce) -> LayeredPicture:
    """Read the layers of a PSD or PSB in RGB or gray at 8 or 16 bits; of others the merged picture.

    Raises:
        GlideError: from `announce`, or if the layers are far larger than the file explains.
        Exception: of any kind from psd-tools, for damaged data.
    """
    try:
        file = PSDImage.open(BytesIO(data))
    except ValueError:
        # ImageMagick 6 wrote the keys of blend modes backwards.
        file = PSDImage.open(BytesIO(_MIRRORED.sub(lambda key: b"8BIM" + key[1][::-1], data)))
    size = Size(file.width, file.height)
    boxes = [
        Box.between(layer.left, layer.top, layer.right, layer.bottom)
        for layer in itertools.islice(file.descendants(), MAX_LAYERS + 1)
        if not layer.is_group()
    ]
    if len(boxes) > MAX_LAYERS:
        raise GlideError(
            translate(
                "PsdRead", "It has more than {max_layers} layers; merge some of them."
            ).format(max_layers=MAX_LAYERS)
        )
    area = sum(box.area for box in boxes)
    check_layers_area(area, size, len(data))
    announce(size, layers_area=area)
    reader = _PsdReader(file)
    return reader.read()


AS_SAVED = QT_TRANSLATE_NOOP("PsdRead", "As saved")
COMPARED_SIDE = 512  # samples along the longer side when layers and merged picture are compared
VISIBLE_DIFFERENCE = 12  # of 255
LEAST_SHARE = 0.002  # of the samples that must differ to be told

INKS = (
    QT_TRANSLATE_NOOP("PsdRead", "cyan"),
    QT_TRANSLATE_NOOP("PsdRead", "magenta"),
    QT_TRANSLATE_NOOP("PsdRead", "yellow"),
    QT_TRANSLATE_NOOP("PsdRead", "black"),
)
PLANES = {ColorMode.RGB: 3, ColorMode.GRAYSCALE: 1, ColorMode.CMYK: 4}
"""Number of color planes, which come before those of transparency."""


class _PsdReader:
    def __init__(self, file: PSDImage) -> None:
        self._file = file
        self._deep = file.depth in (16, 32)
        self._icc: bytes | None = None
        self.notes: dict[str, None] = {}

    def read(self) -> LayeredPicture:
        file = self._file
        size = Size(file.width, file.height)
        resources = file.image_resources
        icc = resources.get_data(Resource.ICC_PROFILE)
        exif, xmp, iptc = (
            data if isinstance(data, bytes) else None
            for data in map(
                resources.get_data,
                (Resource.EXIF_DATA_1, Resource.XMP_METADATA, Resource.IPTC_NAA),
            )
        )
        block = None if exif is None else strip_prefix(exif)
        dpi, note = check_dpi(_dpi(resources.get_data(Resource.RESOLUTION_INFO)))
        if note is not None:
            self.notes[note] = None
        self._icc = icc = icc if isinstance(icc, bytes) else None
        layered = file.color_mode in (ColorMode.RGB, ColorMode.GRAYSCALE) and file.depth in (8, 16)
        if layered and len(file):
            layers = self._children(file)
            has_merged = file.has_preview()
            try:
                if has_merged:
                    self._compare_with_merged(size, layers)
            except (ValueError, zlib.error, struct.error):
                has_merged = False
                self.notes[
                    translate(
                        "PsdRead",
                        "The file is damaged at its end; its layers are whole and were opened.",
                    )
                ] = None
            if self.notes and has_merged:
                # What cannot be shown as layers is at least there to be looked at.
                layers = (
                    *layers,
                    replace(
                        self._merged_layer(), name=translate("PsdRead", AS_SAVED), visible=False
                    ),
                )
                self.notes[
                    translate(
                        "PsdRead",
                        "The hidden layer '{name}' shows the picture as it was saved.",
                    ).format(name=translate("PsdRead", AS_SAVED))
                ] = None
        else:
            if len(file):
                self.notes[
                    translate(
                        "PsdRead",
                        "Only the merged picture was opened: its layers are not RGB or gray.",
                    )
                ] = None
            if file.color_mode == ColorMode.MULTICHANNEL:
                layers = (self._inks_layer(),)
            else:
                layers = (self._merged_layer(),)
        if icc is not None and profile_space(icc) != "RGB ":
            icc = None  # inks and grey were converted to sRGB by theirs
        return LayeredPicture(
            size,
            16 if self._deep else 8,
            layers,
            icc,
            None if block is None else clean_exif(block),
            None if xmp is None else clean_xmp(xmp),
            dpi,
            notes=shorten_notes(self.notes),
            iptc=None if iptc is None else clean_iptc(iptc),
        )

    def _compare_with_merged(self, size: Size, layers: tuple[LayerPart, ...]) -> None:
        """Note how much of the layers' composite differs from the merged picture in the file."""
        stride = max(1, -(-max(size.width, size.height) // COMPARED_SIDE))
        depth: Literal[8, 16] = 16 if self._deep else 8
        small = sample_layers(LayeredPicture(size, depth, layers), stride)
        document = to_document(small)
        ours = over_white(composite(document, document.box))[..., :3]
        header, colors = self._file._record.header, PLANES[self._file.color_mode]
        planes = self._file._record.image_data.get_data(header)[:colors]
        shape = (size.height, size.width)
        theirs = np.stack(
            [
                np.frombuffer(bytes(plane), f">u{depth // 8}").reshape(shape)[::stride, ::stride]
                for plane in planes
            ],
            axis=-1,
        ).astype(f"=u{depth // 8}")
        theirs = pixel_layout.to_rgba(self._rgb(theirs))[0][..., :3]
        difference = np.abs(to_depth(ours, 8).astype(np.int16) - to_depth(theirs, 8))
        share = float(np.mean((difference > VISIBLE_DIFFERENCE).any(axis=2)))
        if share > LEAST_SHARE:
            percent = (
                translate("PsdRead", "less than 1 %") if share < 0.01 else f"{100 * share:.0f} %"
            )
            self.notes[
                translate(
                    "PsdRead",
                    "The layers look different here in {percent} of the picture from how "
                    "the program that saved the file showed them.",
                ).format(percent=percent)
            ] = None

    def _merged_layer(self) -> LayerPart:
        """Return the picture as its program saved it."""
        file = self._file
        colors = PLANES.get(file.color_mode)
        found = None if colors is None or file.depth == 1 else file.numpy()
        if found is None or colors is None:
            # Lab, palettes and bitmaps, which Pillow makes RGB.
            self._deep = False
            image = file.topil(apply_icc=False)
            if image is None:
                raise ValueError("The file holds no merged picture.")
            pixels, _ = pixel_layout.to_rgba(np.asarray(image.convert("RGBA")))
        else:
            whole = self._to_integers(found)
            alpha = whole[..., colors] if whole.shape[2] > colors else None
            pixels, _ = pixel_layout.to_rgba(self._rgb(whole[..., :colors]), alpha)
        return LayerPart(
            translate("PsdRead", "Background"), Box(0, 0, file.width, file.height), pixels
        )

    def _inks_layer(self) -> LayerPart:
        """Return the separate inks of a multichannel file printed over each other.

        Such a file has no merged picture. Inks named as those of CMYK have their colors; others are
        taken in the order cyan, magenta, yellow, black.
        """
        file = self._file
        height, width = file.height, file.width
        planes: list[Any] = list(file._record.image_data.get_data(file._record.header))
        if not planes or file.depth not in (8, 16):
            raise GlideError(
                translate(
                    "PsdRead",
                    "Multichannel files with {depth} bits a channel cannot be opened; "
                    "convert it to 8 or 16 bits or to RGB in the program that made it.",
                ).format(depth=file.depth)
            )
        names = file.image_resources.get_data(Resource.ALPHA_NAMES_UNICODE) or ()
        names = [str(name).strip().lower() for name in names]
        dtype = np.dtype(f">u{file.depth // 8}")
        inks = np.zeros((height, width, len(INKS)), dtype.newbyteorder("="))
        free = [number for number, ink in enumerate(INKS) if ink not in names]
        told = []
        names += [""] * (len(planes) - len(names))
        for plane, name in zip(planes, names, strict=False):
            number = INKS.index(name) if name in INKS else free.pop(0) if free else None
            if number is not None:
                samples = np.frombuffer(bytes(plane), dtype).reshape(height, width)
                inks[..., number] = np.iinfo(dtype).max - samples
                told.append(
                    translate("PsdRead", "{name} as {ink}").format(
                        name=name or translate("PsdRead", "an ink"),
                        ink=translate("PsdRead", INKS[number]),
                    )
                )
            else:
                told.append(
                    translate("PsdRead", "{name} not at all").format(
                        name=name or translate("PsdRead", "an ink")
                    )
                )
        self.notes[
            translate(
                "PsdRead",
                "It holds separate inks and no merged picture, so they are shown "
                "printed over each other ({told}); the program that saved it may show "
                "other colors.",
            ).format(told=", ".join(told))
        ] = None
        pixels, _ = pixel_layout.to_rgba(pixel_layout.cmyk_to_rgb(inks, None))
        return LayerPart(translate("PsdRead", "Inks"), Box(0, 0, width, height), pixels)

    def _to_integers(self, unit: NDArray[np.float32]) -> NDArray[Any]:
        """Convert 0 .. 1 to the document's depth, exactly as stored for 8 and 16 bits."""
        dtype = np.uint16 if self._deep else np.uint8
        return np.rint(np.clip(unit, 0, 1) * np.iinfo(dtype).max).astype(dtype)

    def _rgb(self, whole: NDArray[Any]) -> NDArray[Any]:
        """Convert color planes to RGB [h, w, 3], or gray [h, w] without a profile."""
        match self._file.color_mode:
            case ColorMode.CMYK:
                # Photoshop stores inks inverted.
                return pixel_layout.cmyk_to_rgb(np.iinfo(whole.dtype).max - whole, self._icc)
            case ColorMode.GRAYSCALE:
                return pixel_layout.gray_to_rgb(np.ascontiguousarray(whole[..., 0]), self._icc)
        return whole

    def _children(self, group: Any) -> tuple[LayerPart, ...]:
        return tuple(self._part(layer) for layer in group)

    def _part(self, layer: PsdLayer) -> LayerPart:
        box = Box.between(layer.left, layer.top, layer.right, layer.bottom)
        blend = BLENDS.get(layer.blend_mode)
        if blend is None or (blend == "pass-through" and not layer.is_group()):
            self.notes[
                translate("PsdRead", "'{name}' blends by '{mode}', which became 'normal'.").format(
                    name=layer.name, mode=layer.blend_mode.name.lower()
                )
            ] = None
            blend = "normal"
        pixels: NDArray[Any] | None = None
        children: tuple[LayerPart, ...] = ()
        if layer.kind == "artboard":
            self.notes[
                translate(
                    "PsdRead", "The background of the artboard '{name}' is not shown."
                ).format(name=layer.name)
            ] = None
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
            layer.opacity * layer.fill_opacity / 255**2,
            blend,
            bool(layer.clipping),
            bool(layer.visible),
            locks is not None and bool(locks.complete),
            locks is not None and bool(locks.transparency) and not locks.complete,
        )

    def _pixels(self, layer: PsdLayer, box: Box) -> tuple[Box, NDArray[Any]]:
        if not layer.has_pixels() and layer.kind != "pixel":
            self.notes[
                translate(
                    "PsdRead", "'{name}' adjusts or fills what lies below, which is not shown."
                ).format(name=layer.name)
            ] = None
        elif layer.kind != "pixel":
            self.notes[
                translate(
                    "PsdRead", "'{name}' is opened as pixels and cannot be edited as before."
                ).format(name=layer.name)
            ] = None
        if layer.has_effects():
            self.notes[
                translate("PsdRead", "Effects of '{name}' are not shown.").format(name=layer.name)
            ] = None
        if layer.has_vector_mask() and layer.kind == "pixel":
            self.notes[
                translate("PsdRead", "The vector mask of '{name}' is not shown.").format(
                    name=layer.name
                )
            ] = None
        found = None if box.empty else layer.numpy()
        if found is None:
            return Box(0, 0, 0, 0), np.zeros((0, 0, 4), np.uint16 if self._deep else np.uint8)
        whole, colors = self._to_integers(found), PLANES[self._file.color_mode]
        alpha = whole[..., colors] if whole.shape[2] > colors else None
        return box, pixel_layout.to_rgba(self._rgb(whole[..., :colors]), alpha)[0]

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
        grey, told = found[..., 0], mask.parameters
        if told is not None and told.user_mask_density is not None:
            least = 1 - told.user_mask_density / 255  # what a mask of less density lets through
            grey, outside = least + (1 - least) * grey, round(outside + (top - outside) * least)
        if told is not None and told.user_mask_feather:
            self.notes[
                translate("PsdRead", "The mask of '{name}' is not feathered.").format(
                    name=layer.name
                )
            ] = None
        return MaskPart(np.rint(grey * top).astype(dtype), box, outside)


def _dpi(found: Any) -> tuple[float, float] | None:
    """Return pixels an inch; the unit in the resource is only that of the dialog."""
    if not isinstance(found, ResoulutionInfo) or not (found.horizontal and found.vertical):
        return None
    return found.horizontal / 65536, found.vertical / 65536
