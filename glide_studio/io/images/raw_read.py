"""Read camera RAW files with LibRaw, developed to 16-bit sRGB."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO

import numpy as np

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import pixel_layout
from glide_studio.io.images.picture import Announce
from glide_studio.io.images.pillow_read import PictureParts
from glide_studio.io.images.tiff_read import DESCRIPTIVE, EXIF_IFD, GPS_IFD
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

TIFF_STARTS = (b"II*\0", b"MM\0*")
CLIPPED = 0.0005  # of the pixels that the brightest tone may clip
NOTE = QT_TRANSLATE_NOOP(
    "RawRead",
    "The RAW file was developed with the camera's white balance, to 16 bits a channel in sRGB;"
    " the RAW file itself is never changed.",
)


def decode_raw(data: bytes, announce: Announce) -> PictureParts:
    """Decode a RAW file: demosaiced, with the camera's white balance, upright, in sRGB.

    Raises:
        Exception: of LibRaw, for damaged or unknown files.
    """
    rawpy = import_module("rawpy")
    with rawpy.imread(BytesIO(data)) as raw:
        announce(Size(raw.sizes.iwidth, raw.sizes.iheight))
        rgb = raw.postprocess(
            use_camera_wb=True,
            output_bps=16,
            output_color=rawpy.ColorSpace.sRGB,
            gamma=(2.4, 12.92),
            auto_bright_thr=CLIPPED,
            highlight_mode=rawpy.HighlightMode.Blend,
        )
    parts = PictureParts(exif=_read_exif(data), notes=(translate("RawRead", NOTE),))
    return parts.with_pixels(*pixel_layout.to_rgba(np.asarray(rgb)))


def _read_exif(data: bytes) -> bytes | None:
    """Return camera, time and exposure, which most RAW files hold as TIFF tags, upright."""
    if data[:4] not in TIFF_STARTS:
        return None
    found = exif_block.parse(data)
    made = type(found)()
    for tag in DESCRIPTIVE - {exif_block.ORIENTATION} & found.keys():
        made[tag] = found[tag]
    for directory in (EXIF_IFD, GPS_IFD):
        made.get_ifd(directory).update(found.get_ifd(directory))
    return exif_block.serialize(made) if len(made) else None
