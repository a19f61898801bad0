"""Blend modes against two other implementations: Skia, as browsers use it, and `blend-modes`."""

from __future__ import annotations

import blend_modes
import numpy as np
import pytest
import skia

from glide_studio.document.blend_modes import BLEND_FUNCTIONS
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Size

SIZE = Size(96, 64)
FLOATS = skia.ImageInfo.Make(
    SIZE.width, SIZE.height, skia.kRGBA_F32_ColorType, skia.kUnpremul_AlphaType
)

SKIA = {
    "normal": skia.BlendMode.kSrcOver,
    "multiply": skia.BlendMode.kMultiply,
    "screen": skia.BlendMode.kScreen,
    "overlay": skia.BlendMode.kOverlay,
    "darken": skia.BlendMode.kDarken,
    "lighten": skia.BlendMode.kLighten,
    "color-dodge": skia.BlendMode.kColorDodge,
    "color-burn": skia.BlendMode.kColorBurn,
    "hard-light": skia.BlendMode.kHardLight,
    "soft-light": skia.BlendMode.kSoftLight,
    "difference": skia.BlendMode.kDifference,
    "exclusion": skia.BlendMode.kExclusion,
    "hue": skia.BlendMode.kHue,
    "saturation": skia.BlendMode.kSaturation,
    "color": skia.BlendMode.kColor,
    "luminosity": skia.BlendMode.kLuminosity,
}

# The package knows these nine, and source-over only upon an opaque backdrop.
PACKAGE = {
    "normal": blend_modes.normal,
    "multiply": blend_modes.multiply,
    "screen": blend_modes.screen,
    "overlay": blend_modes.overlay,
    "darken": blend_modes.darken_only,
    "lighten": blend_modes.lighten_only,
    "color-dodge": blend_modes.dodge,
    "hard-light": blend_modes.hard_light,
    "difference": blend_modes.difference,
}


def picture(dtype, seed: int, *, opaque: bool = False) -> np.ndarray:
    """Random RGBA with every corner of the range: 0 and full in colors and in alpha."""
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(dtype).max)
    pixels = rng.integers(0, top + 1, (SIZE.height, SIZE.width, 4))
    extreme = rng.integers(0, 8, pixels.shape)
    pixels[extreme == 0] = 0
    pixels[extreme == 1] = top
    if opaque:
        pixels[..., 3] = top
    return pixels.astype(dtype)


def ours(below: np.ndarray, above: np.ndarray, mode: str, opacity: float = 1.0) -> np.ndarray:
    """[h, w, 4], 0 .. 1: what the compositor makes of two layers."""
    layers = (
        Layer("below", Raster.from_array(below)),
        Layer("above", Raster.from_array(above), blend=mode, opacity=opacity),
    )
    depth = 8 if below.dtype == np.uint8 else 16
    document = Document(SIZE, depth, layers)
    return composite(document, SIZE.box) / document.max_value


def by_skia(below: np.ndarray, above: np.ndarray, mode: str, opacity: float) -> np.ndarray:
    """The same by Skia, in floats."""
    surface = skia.Surface.MakeRaster(FLOATS.makeAlphaType(skia.kPremul_AlphaType))
    canvas = surface.getCanvas()
    stride = SIZE.width * 16
    for pixels, blend, alpha in ((below, skia.BlendMode.kSrc, 1.0), (above, SKIA[mode], opacity)):
        unit = (pixels / np.iinfo(pixels.dtype).max).astype(np.float32).tobytes()
        image = skia.Image.MakeRasterCopy(skia.Pixmap(FLOATS, unit, stride))
        paint = skia.Paint(BlendMode=blend, Alphaf=alpha)
        canvas.drawImage(image, 0, 0, skia.SamplingOptions(), paint)
    out = np.zeros((SIZE.height, SIZE.width, 4), np.float32)
    assert surface.readPixels(FLOATS, out, stride, 0, 0)
    return out


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("opacity", [1.0, 0.37])
@pytest.mark.parametrize("mode", SKIA)
def test_skia_blends_the_same(mode, opacity, dtype):
    below, above = picture(dtype, 1), picture(dtype, 2)
    seen, theirs = ours(below, above, mode, opacity), by_skia(below, above, mode, opacity)
    half = 0.5 / np.iinfo(dtype).max + 3e-6  # our one rounding, and their floats
    assert np.abs(seen[..., 3] - theirs[..., 3]).max() <= half
    # Skia's colors are premultiplied: where alpha is next to 0 they have no digits left.
    apart = np.abs(seen[..., :3] - theirs[..., :3]) * theirs[..., 3:]
    assert apart.max() <= half


@pytest.mark.parametrize("opacity", [1.0, 0.37])
@pytest.mark.parametrize("mode", PACKAGE)
def test_the_package_blends_the_same(mode, opacity):
    below, above = picture(np.uint16, 3, opaque=True), picture(np.uint16, 4)
    # Its dodge divides by (1 - Cs) of the whole picture, unguarded.
    below[..., :3] = np.clip(below[..., :3], 600, 64900)
    above[..., :3] = np.clip(above[..., :3], 600, 64900)
    eighths = (pixels / 65535 * 255 for pixels in (below, above))
    theirs = PACKAGE[mode](*eighths, opacity) / 255
    assert np.abs(ours(below, above, mode, opacity) - theirs).max() <= 0.5 / 65535 + 3e-6


def test_every_mode_is_compared():
    assert set(SKIA) == set(BLEND_FUNCTIONS)
