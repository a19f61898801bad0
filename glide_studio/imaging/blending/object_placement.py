"""Place a cut-out object in a photo: scale, light, grain and a contact shadow, inside the mask.

The illuminant is estimated by shades of gray (Finlayson & Trezzi 2004, "Shades of gray and colour
constancy"), since a gray world is led astray by one large colored area.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from glide_studio.imaging.blending.feather import feather
from glide_studio.imaging.blending.grain import match_grain
from glide_studio.imaging.filters import boundary_band, bounding_box, gaussian_blur
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.sharpness import match_sharpness
from glide_studio.imaging.types import BoolMask, Float32, Image, Mask

Fit = Literal["contain", "cover", "keep"]

CONTAIN_MARGIN = 0.08  # of the mask's box, on each side and below: room for the shadow
OBJECT_ALPHA = 0.1  # what is more transparent does not count as part of the object
BAND_PX = 48.0  # width of the surroundings whose light is measured
MINKOWSKI_NORM = 6  # of the shades of gray
NEUTRAL_LUMINANCE, NEUTRAL_CONTRAST = 0.45, 0.2  # of surroundings that change nothing
EXPOSURE_RANGE, CONTRAST_RANGE, BALANCE_RANGE = (0.6, 1.25), (0.85, 1.15), (0.85, 1.18)
EXPOSURE_POWER, CONTRAST_POWER, BALANCE_POWER = 0.3, 0.3, 0.6  # share of each that is taken over
SHADOW_HEIGHT = 0.16  # of the object's: how far its shadow reaches up behind it
SHADOW_SLANT = 0.35  # of the object's height: how far a shadow from the side reaches
SHADOW_SOFTNESS = 0.05  # of the object's width: sigma of its blur
SHADOW_DROP = 0.05  # of the object's height: how far in front of the object its shadow begins
GRAIN_STRENGTH = 0.35  # of the photo's grain, which textured surroundings make seem stronger
EDGE_ALPHA = (0.2, 0.85)  # is stretched to 0 .. 1: drawn edges are softer than a photo's
MIN_BAND_PIXELS = 64
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True)
class PlacementOptions:
    """How an object is placed; each step can be switched off.

    fit: "contain" scales it to the mask's box, standing on its lower edge; "cover" fills the box;
        "keep" leaves it where it was drawn.
    shadow: darkness of the contact shadow, 0 .. 1. shadow_direction: -1 falls to the left, 1 to the
        right, None estimates it from the surroundings.
    seed: of the grain.

    Raises:
        ValueError: if a value is out of its range.
    """

    fit: Fit = "contain"
    exposure: bool = True
    white_balance: bool = True
    contrast: bool = True
    sharpness: bool = True
    grain: bool = True
    shadow: float = 0.65
    shadow_direction: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.fit not in ("contain", "cover", "keep"):
            raise ValueError(f"fit is contain, cover or keep, not '{self.fit}'.")
        if not 0 <= self.shadow <= 1:
            raise ValueError(f"shadow lies in 0 .. 1; {self.shadow} does not.")
        if self.shadow_direction is not None and not -1 <= self.shadow_direction <= 1:
            raise ValueError(f"shadow_direction lies in -1 .. 1; {self.shadow_direction} does not.")


@dataclass(frozen=True, slots=True, eq=False)
class PlacedObject:
    """An object and its shadow in the photo's place.

    pixels: [h, w, 3] sRGB. alpha: [h, w] of the object. shadow: [h, w], darkness of black beneath
    it. Both are 0 wherever the mask is 0.
    """

    pixels: Image
    alpha: Float32
    shadow: Float32

    def flatten(self) -> tuple[Image, Float32]:
        """Merge object and shadow into one layer: (pixels [h, w, 3], alpha [h, w])."""
        alpha = self.alpha + self.shadow * (1 - self.alpha)
        share = np.divide(self.alpha, alpha, out=np.zeros_like(alpha), where=alpha > 0)
        return self.pixels * share[..., None], alpha


def place_object(
    photo: Image,
    cutout: Float32,
    mask: Mask,
    options: PlacementOptions | None = None,
    known: BoolMask | None = None,
) -> PlacedObject:
    """Place `cutout` into the part of `photo` that `mask` covers.

    photo: [h, w, 3] float32, 0 .. 1, sRGB. cutout: [h, w, 4], straight alpha, drawn for this place;
    its colors reach beyond its edge. mask: [h, w], 0 .. 1, as painted. known: [h, w] bool, pixels
    of the photo that show something; None for all. The same input gives the same output.

    Raises:
        ValueError: if shapes do not fit each other.
    """
    if cutout.shape != (*photo.shape[:2], 4) or mask.shape != photo.shape[:2]:
        raise ValueError(f"Photo {photo.shape}, cut-out {cutout.shape}, mask {mask.shape}.")
    options = options or PlacementOptions()
    known = np.ones(mask.shape, np.bool_) if known is None else known
    pixels, alpha = fit_to_mask(cutout, mask, options.fit)
    alpha = np.clip((alpha - EDGE_ALPHA[0]) / (EDGE_ALPHA[1] - EDGE_ALPHA[0]), 0, 1)
    band = boundary_band(mask, known, BAND_PX)
    pixels = match_light(pixels, photo, band, options)
    if options.sharpness:
        pixels = match_sharpness(pixels, photo, band)
    if options.grain:
        # Calm places of the whole photo: around the mask alone, texture would be taken for grain.
        calm = known & (mask <= 0)
        pixels = match_grain(
            pixels, photo, alpha > 0.5, calm, seed=options.seed, strength=GRAIN_STRENGTH
        )
    allowed = feather(mask, 2.0)
    direction = options.shadow_direction
    if direction is None:
        direction = estimate_shadow_direction(photo, mask, band)
    shadow = options.shadow * contact_shadow(alpha, direction)
    # A shadow that met the mask's edge would end in a line.
    return PlacedObject(pixels, alpha * allowed, shadow * feather(mask, BAND_PX / 4))


def fit_to_mask(cutout: Float32, mask: Mask, fit: Fit) -> tuple[Image, Float32]:
    """Scale the object [h, w, 4] to the mask's box; return (pixels [h, w, 3], alpha [h, w])."""
    alpha = cutout[..., 3]
    source, target = bounding_box(alpha > OBJECT_ALPHA), bounding_box(mask > 0)
    if fit == "keep" or source.area == 0 or target.area == 0:
        return np.clip(cutout[..., :3], 0, 1), np.clip(alpha, 0, 1)
    margin = CONTAIN_MARGIN if fit == "contain" else 0.0
    width, height = target.width * (1 - 2 * margin), target.height * (1 - margin)
    sides = (width / source.width, height / source.height)
    scale = min(sides) if fit == "contain" else max(sides)
    # Centered, and standing near the mask's lower edge.
    left = target.x + (target.width - source.width * scale) / 2 - source.x * scale
    top = target.y + height - (source.y + source.height) * scale
    matrix = np.array([[scale, 0, left + 0.5 * (scale - 1)], [0, scale, top + 0.5 * (scale - 1)]])
    size = (mask.shape[1], mask.shape[0])
    how = cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_AREA
    color = cv2.warpAffine(
        cutout[..., :3], matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    moved = cv2.warpAffine(np.ascontiguousarray(alpha), matrix, size, flags=how)
    return (
        np.clip(np.asarray(color, np.float32), 0, 1),
        np.clip(np.asarray(moved, np.float32), 0, 1),
    )


def match_light(pixels: Image, photo: Image, band: BoolMask, options: PlacementOptions) -> Image:
    """Move exposure, white balance and contrast of `pixels` toward the photo's around the mask."""
    around = photo[band]
    if len(around) < MIN_BAND_PIXELS:
        return pixels
    result = pixels
    luminance = around @ LUMA
    if options.contrast:
        slope = _share(float(luminance.std()), NEUTRAL_CONTRAST, CONTRAST_POWER, CONTRAST_RANGE)
        middle = float((result @ LUMA).mean())
        result = middle + (result - middle) * slope
    if options.exposure:
        brightness = float(np.median(luminance))
        result = result * _share(brightness, NEUTRAL_LUMINANCE, EXPOSURE_POWER, EXPOSURE_RANGE)
    if options.white_balance:
        light = ((photo.reshape(-1, 3) ** MINKOWSKI_NORM).mean(axis=0)) ** (1 / MINKOWSKI_NORM)
        gains = (light / max(float(light.mean()), 1e-3)) ** BALANCE_POWER
        result = result * np.clip(gains, *BALANCE_RANGE)
    clipped: Image = np.clip(result, 0, 1).astype(np.float32)
    return clipped


def estimate_shadow_direction(photo: Image, mask: Mask, band: BoolMask) -> float:
    """Estimate where shadows fall, -1 left .. 1 right: away from the brighter side of the mask."""
    box = bounding_box(mask > 0)
    middle = box.x + box.width / 2
    columns = np.broadcast_to(np.arange(mask.shape[1]) + 0.5, mask.shape)
    left, right = photo[band & (columns < middle)], photo[band & (columns >= middle)]
    if min(len(left), len(right)) < MIN_BAND_PIXELS:
        return 0.0
    difference = float((left @ LUMA).mean() - (right @ LUMA).mean())
    return float(np.clip(4 * difference, -1, 1))


def contact_shadow(alpha: Float32, direction: float) -> Float32:
    """Draw the soft shadow [h, w], 0 .. 1, that an object [h, w] casts on the ground it stands on.

    direction: -1 .. 1, how far to the left or right it falls.
    """
    box: Box = bounding_box(alpha > OBJECT_ALPHA)
    if box.area == 0:
        return np.zeros_like(alpha)
    base = box.y + box.height
    slant = direction * SHADOW_SLANT
    # The silhouette, folded down around the line it stands on.
    matrix = np.array([[1, -slant, slant * base], [0, SHADOW_HEIGHT, base * (1 - SHADOW_HEIGHT)]])
    size = (alpha.shape[1], alpha.shape[0])
    folded = cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR)
    sigma = max(1.0, SHADOW_SOFTNESS * box.width)
    soft = gaussian_blur(np.asarray(folded, np.float32), sigma)
    return np.clip(soft, 0, 1)


def _share(value: float, neutral: float, power: float, limits: tuple[float, float]) -> float:
    """Return the part of value / neutral that is taken over, within limits."""
    return float(np.clip((max(value, 1e-3) / neutral) ** power, *limits))
