"""Write Photoshop documents: psd-tools makes the container, pixels go into it at full depth.

The merged picture is our own composite: that of psd-tools is slow and differs from the canvas.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Group, PixelLayer
from psd_tools.api.layers import Layer as PsdLayer
from psd_tools.constants import ChannelID, ColorMode, Compression, ProtectedFlags, Resource
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import (
    ImageResource,
    ImageResources,
    ResoulutionInfo,
    VersionInfo,
)
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelInfo,
    LayerRecord,
)

from glide_studio.errors import GlideError
from glide_studio.io.images.exif import clean_exif
from glide_studio.io.images.picture import check_dpi
from glide_studio.io.images.prepare_export import to_depth
from glide_studio.io.images.xmp_iptc import clean_xmp
from glide_studio.io.layered.layered_picture import LayeredPicture, LayerPart, over_white
from glide_studio.io.layered.psd_read import BLENDS
from glide_studio.translation import translate
from glide_studio.version import __version__

MAX_SIDE = 30_000  # of a PSD; larger ones are PSB
MAX_NAME = 255  # UTF-16 units of a layer's name
SAMPLE = 16  # of so many rows one is looked at to tell whether run lengths pay
PER_INCH, INCHES = 1, 1  # codes of the resolution's unit and of the unit that sizes are shown in
PSD_BLENDS = {ours: theirs for theirs, ours in BLENDS.items()}
CHANNELS = (ChannelID.TRANSPARENCY_MASK, *(ChannelID(color) for color in range(3)))


def write_psd_content(path: Path, picture: LayeredPicture) -> tuple[str, ...]:
    """Write layers as PSD; returns sentences on what the format could not keep.

    path: of a temporary file, written in a child process.

    Raises:
        GlideError: if a side is above MAX_SIDE.
        OSError: if the file cannot be written.
    """
    if max(picture.size.width, picture.size.height) > MAX_SIDE:
        raise GlideError(
            translate(
                "PsdWrite",
                "A PSD has at most {max_side} pixels a side; make the picture smaller "
                "or save it as OpenRaster.",
            ).format(max_side=MAX_SIDE)
        )
    assert picture.merged is not None
    merged = over_white(picture.merged)
    header = FileHeader(
        channels=merged.shape[2],
        height=picture.size.height,
        width=picture.size.width,
        depth=picture.depth,
        color_mode=ColorMode.RGB,
    )
    record = PSD(
        header=header, image_resources=_resources(picture), image_data=_merged_image_data(merged)
    )
    file = PSDImage(record)
    notes: dict[str, None] = {}
    for part in picture.layers:
        _add(file, part, notes)
    layers = record.layer_and_mask_information.layer_info
    if merged.shape[2] == 4 and layers is not None:
        # Says that the fourth channel is the merged picture's transparency.
        layers.layer_count = -abs(layers.layer_count)
    with path.open("wb") as out:
        record.write(out)
    return tuple(notes)


def _resources(picture: LayeredPicture) -> ImageResources:
    found = ImageResources()

    def put(resource: Resource, data: Any) -> None:
        found[resource] = ImageResource(key=resource.value, data=data)

    name = f"Glide Studio {__version__}"
    put(Resource.VERSION_INFO, VersionInfo(1, True, name, name, 1))
    dpi = check_dpi(picture.dpi)[0]
    if dpi is not None:
        x, y = (round(value * 65536) for value in dpi)
        info = ResoulutionInfo(x, PER_INCH, INCHES, y, PER_INCH, INCHES)
        put(Resource.RESOLUTION_INFO, info)
    for resource, block in (
        (Resource.ICC_PROFILE, picture.icc),
        (Resource.EXIF_DATA_1, None if picture.exif is None else clean_exif(picture.exif)),
        (Resource.XMP_METADATA, None if picture.xmp is None else clean_xmp(picture.xmp)),
        (Resource.IPTC_NAA, picture.iptc),
    ):
        if block is not None:
            put(resource, block)
    return found


def _merged_image_data(pixels: NDArray[Any]) -> ImageData:
    # The byte order comes last, since numpy gives what it joins its own.
    planes = np.concatenate([pixels[..., one] for one in range(pixels.shape[2])])
    packed = _compress_plane(_to_big_endian(planes))
    return ImageData(packed.compression, packed.data)


def _add(parent: Any, part: LayerPart, notes: dict[str, None]) -> None:
    layer: PsdLayer
    if part.pixels is None:
        layer = Group.new(parent, "group")  # it cannot be made with a name beyond MacRoman
        for child in part.children:
            _add(layer, child, notes)
    else:
        layer = _pixel_layer(parent, part.pixels, part)
    _set_name(layer, part.name)
    layer.opacity = round(part.opacity * 255)
    layer.blend_mode = PSD_BLENDS[part.blend]
    layer.visible = part.visible
    if part.clipping:
        layer.clipping = True
    if part.locked or part.keeps_alpha:
        # The first call makes the block but does not reach it.
        layer.unlock()
        layer.lock(ProtectedFlags.COMPLETE if part.locked else ProtectedFlags.TRANSPARENCY)
    if part.mask is not None:
        grey, box = part.mask.pixels, part.mask.box
        if grey.dtype == np.uint16:
            notes[translate("PsdWrite", "Masks were written with 8 bits.")] = None
            grey = to_depth(grey, 8)
        if not grey.size:
            grey = np.zeros((1, 1), np.uint8)
        layer.create_mask(Image.fromarray(grey), box.y, box.x)


def _set_name(layer: PsdLayer, name: str) -> None:
    """Name a layer as Unicode ("luni"), and in MacRoman for older programs."""
    units = name.encode("utf-16-le", "replace")[: 2 * MAX_NAME]  # no lone surrogates
    whole = units.decode("utf-16-le", "ignore")
    layer.name = whole
    fallback = unicodedata.normalize("NFKD", whole) if not _is_mac_roman(whole) else whole
    fallback = "".join(one for one in fallback if not unicodedata.combining(one))
    layer._record.name = fallback.encode("macroman", "replace").decode("macroman")


def _is_mac_roman(text: str) -> bool:
    try:
        text.encode("macroman")
    except UnicodeEncodeError:
        return False
    return True


def _pixel_layer(parent: Any, pixels: NDArray[Any], part: LayerPart) -> PixelLayer:
    if not pixels.size:
        pixels = np.zeros((1, 1, 4), pixels.dtype)
    height, width, _ = pixels.shape
    record = LayerRecord(
        top=part.box.y,
        left=part.box.x,
        bottom=part.box.y + height,
        right=part.box.x + width,
        channel_info=[],
    )
    channels = ChannelDataList()
    for channel, plane in zip(CHANNELS, (3, 0, 1, 2), strict=True):
        data = _compress_plane(_to_big_endian(pixels[..., plane]))
        record.channel_info.append(ChannelInfo(channel, len(data.data) + 2))
        channels.append(data)
    layer = PixelLayer(parent, record, channels)
    parent.append(layer)
    return layer


def _to_big_endian(samples: NDArray[Any]) -> NDArray[Any]:
    """Return samples [h, w] in the file's byte order."""
    return np.ascontiguousarray(samples, samples.dtype.newbyteorder(">"))


def _compress_plane(plane: NDArray[Any]) -> ChannelData:
    """Compress a plane by run lengths where that makes it shorter."""
    height, width = plane.shape
    depth = plane.dtype.itemsize * 8
    rows = np.ascontiguousarray(plane[:: min(SAMPLE, height)])
    trial = ChannelData(Compression.RLE)
    trial.set_data(rows.tobytes(), width, len(rows), depth)
    if len(trial.data) > 0.8 * rows.nbytes:
        return ChannelData(Compression.RAW, plane.tobytes())
    whole = ChannelData(Compression.RLE)
    whole.set_data(plane.tobytes(), width, height, depth)
    return whole
