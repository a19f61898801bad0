"""Pictures and metadata that the tests of this folder share."""

import imagecodecs
import numpy as np
from PIL import Image

from glide_studio.io.images.picture import Picture

WIDE = imagecodecs.cms_profile(
    "rgb",
    whitepoint=[0.3127, 0.3290, 1.0],
    primaries=[0.64, 0.33, 1, 0.21, 0.71, 1, 0.15, 0.06, 1],
    gamma=2.19921875,
)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF></x:xmpmeta>'


def exif(orientation: int = 1) -> bytes:
    """An EXIF block from its TIFF header on, with tags in all three directories."""
    made = Image.Exif()
    made[0x010F] = "Maker"
    made[0x0112] = orientation
    made.get_ifd(0x8769)[0x9003] = "2020:01:02 03:04:05"
    made.get_ifd(0x8769)[0xA002] = 77
    made.get_ifd(0x8825)[1] = "N"
    return made.tobytes()[6:]


def noise(height: int, width: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    """Random RGBA with full alpha."""
    top = np.iinfo(dtype).max
    pixels = np.random.default_rng(seed).integers(0, top + 1, (height, width, 4)).astype(dtype)
    pixels[..., 3] = top
    return pixels


def smooth(height: int, width: int) -> np.ndarray:
    """A gradient, uint8 RGBA, that lossy codecs keep well."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), (x + y) // 2 % 256]
    return np.dstack([*planes, np.full_like(x, 255)]).astype(np.uint8)


def full_picture(dtype: type, has_alpha: bool) -> Picture:
    """A picture with everything around it."""
    pixels = noise(37, 53, dtype)
    if has_alpha:
        pixels[..., 3] = noise(37, 53, dtype, seed=1)[..., 0]
    return Picture(pixels, has_alpha, WIDE, exif(), XMP, (300.0, 300.0), None, {"Title": "häß"})
