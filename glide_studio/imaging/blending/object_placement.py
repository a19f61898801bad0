"""Place a cut-out object in a photo: size, light, sharpness, grain and a shadow on the ground.

A network with alpha sees the photo around the hole and draws the object in its light already, so
that light is only corrected where it lies outside of what the surroundings make likely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.blending.feather import alpha_over, feather
from glide_studio.imaging.blending.grain import add_grain, measure_grain
from glide_studio.imaging.blending.shade import lighten_shade
from glide_studio.imaging.filters import LUMA_709, boundary_band, bounding_box, gaussian_blur
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.memory import return_freed_memory
from glide_studio.imaging.noise import BLOCK_PX, enclosing_blocks, noise_variance
from glide_studio.imaging.sharpness import band_noise_gain, detail_energy
from glide_studio.imaging.types import (
    BoolMask,
    CompactImage,
    Float32,
    Image,
    Mask,
    Pixels,
    ReportStage,
    to_linear,
    to_srgb,
    to_unit,
)
from glide_studio.translation import translate

Fit = Literal["contain", "cover", "keep"]
Align = Literal["bottom", "center"]

CONTAIN_MARGIN = 0.08  # of the mask's box, on each side, at most below: room for the shadow
GROUND_MARGIN = 0.025  # of the height of a large mask, below an object that it contains
LOST_SHARE = 0.0005  # of a contained object that may lie outside of the mask
CONTAIN_GRID = 96  # pixels of the longer side of a mask, in which a place is looked for
CONTAIN_STEP, CONTAIN_STEPS = 0.96, 24  # each size over the one before; how many are tried
OBJECT_ALPHA = 0.1  # what is more transparent does not count as part of the object
SOLID_ALPHA = 0.9  # what is at least so opaque shows the object alone
EDGE_ALPHA = (0.2, 0.85)  # is stretched to 0 .. 1: drawn edges are softer than a photo's
RIM_WIDTH, RIM_SHARE = 0.03, 0.85  # over the side of a square as large; part that is replaced
BAND_PX = 48.0  # width of the surroundings that are measured
MIN_PIXELS = 64
STRIP_ROWS = 64  # that are lit at a time
LUMA = np.array(LUMA_709, np.float32)
GRAIN_STRENGTH = 0.35  # of the photo's grain, which textured surroundings make seem stronger

# Exposure, in linear light, by the largest channel, since a saturated red has little luminance. The
# mean of an object is kept within these parts of what a white surface shows in the photo.
WHITE_PERCENTILE = 95.0
OBJECT_RANGE = (0.35, 0.80)
EXPOSURE_SHARE, EXPOSURE_GAIN = 0.85, (0.4, 2.4)
# White balance. Illuminants lie along the line from amber to blue (Judd, MacAdam & Wyszecki 1964);
# a cast across it is more likely the color of a surface.
MINKOWSKI_NORM = 6  # of the shades of gray (Finlayson & Trezzi 2004)
AMBER_BLUE = np.array([1.0, 0.0, -1.0], np.float32) / np.sqrt(2)
BALANCE_SHARE, BALANCE_LIMIT = 0.5, 0.3  # share taken over; largest change of a log gain
CONTRAST_SHARE, CONTRAST_GAIN, TYPICAL_CONTRAST = 0.25, (0.88, 1.12), 0.2
SOFTEN_SIGMA_PX = (0.0, 0.4, 0.6, 0.8, 1.0, 1.3)  # blurs of which the nearest is chosen
BLUR_REACH_PX, DETAIL_REACH_PX = 8, 16  # how far those, and those of `measure_sharpness`, reach
MAX_LIGHT_SAMPLES = 1 << 20  # pixels of the photo that light is measured on, evenly spread
MIN_REACH_PX = 64  # around object and mask; more than the band and the filters need
BLUR_EXTENT = 4  # of a Gaussian, over its standard deviation
FLAT_ENERGY = 2e-5  # variance of detail below which surroundings do not tell how sharp they are

# The ground is seen from above, so that shadows reach a little below an object's lower edge.
SHADOW_FEATHER_PX = 8.0  # at least, over which a shadow fades at the edge of the mask
GRAIN_AT, PLACE_AT, LIGHT_AT, ADD_AT, SHADOW_AT = 0.01, 0.2, 0.4, 0.5, 0.6
"""Shares of the time that have gone when a part of `place_object` begins."""
CONTACT_HEIGHT = 0.22  # of the object's height from its lower edge: the part near the ground
CONTACT_FOLD, CONTACT_DROP = 0.4, 0.012  # its height in the shadow over its own; see `fold`
CONTACT_SOFTNESS = 0.025  # sigma over the object's width
CAST_HEIGHT, CAST_DROP = 0.2, 0.045  # of the object's
CAST_SLANT = 0.5  # of the object's height: how far a shadow from the side reaches
CAST_SOFTNESS = 0.05  # sigma over the object's width
CAST_DARKNESS = 0.6  # of the contact shadow's


@dataclass(frozen=True, slots=True)
class PlacementOptions:
    """How an object is placed; each step can be switched off.

    fit: "contain" scales it into the mask, "cover" fills the mask's box, "keep" leaves it where it
        was drawn. align: "bottom" stands it on the mask's lower edge, "center" puts it in the
        middle; "keep" takes no notice of it.
    shadow: darkness of the shadow, 0 .. 1. shadow_direction: -1 falls to the left, 1 to the right,
        None estimates it from the surroundings. shadow_outside: it may leave the mask.
    seed: of the grain.

    Raises:
        ValueError: if a value is out of its range.
    """

    fit: Fit = "contain"
    align: Align = "bottom"
    exposure: bool = True
    white_balance: bool = True
    shade: bool = True
    contrast: bool = True
    sharpness: bool = True
    grain: bool = True
    shadow: float = 0.75
    shadow_direction: float | None = None
    shadow_outside: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.fit not in ("contain", "cover", "keep"):
            raise ValueError(f"fit is contain, cover or keep, not '{self.fit}'.")
        if self.align not in ("bottom", "center"):
            raise ValueError(f"align is bottom or center, not '{self.align}'.")
        if not 0 <= self.shadow <= 1:
            raise ValueError(f"shadow lies in 0 .. 1; {self.shadow} does not.")
        if self.shadow_direction is not None and not -1 <= self.shadow_direction <= 1:
            raise ValueError(f"shadow_direction lies in -1 .. 1; {self.shadow_direction} does not.")


@dataclass(frozen=True, slots=True, eq=False)
class PlacedObject:
    """An object and its shadow in the photo's place.

    box: the part of the photo that is shown; nothing lies outside of it. pixels: [h, w, 3] sRGB.
    alpha: [h, w] of the object, 0 wherever the mask is 0. shadow: [h, w], darkness of black beneath
    it; 0 wherever the mask is 0, unless it may leave the mask.
    """

    box: Box
    pixels: Image
    alpha: Float32
    shadow: Float32

    def flatten(self) -> tuple[Image, Float32]:
        """Merge object and shadow into one layer: (pixels [h, w, 3], alpha [h, w])."""
        alpha = self.alpha + self.shadow * (1 - self.alpha)
        share = np.divide(self.alpha, alpha, out=np.zeros_like(alpha), where=alpha > 0)
        return self.pixels * share[..., None], alpha

    def over(self, photo: Image) -> Image:
        """Lay object and shadow over `photo` [h, w, 3]; bit-identical to it where neither is."""
        result = photo.copy()
        result[self.box.slices] = alpha_over(photo[self.box.slices], *self.flatten())
        return result


def place_object(
    photo: Image | Pixels,
    cutout: CompactImage,
    mask: Mask | NDArray[np.uint8],
    options: PlacementOptions | None = None,
    known: BoolMask | None = None,
    drawn: Box | None = None,
    report: ReportStage = lambda stage, done: None,
) -> PlacedObject:
    """Place `cutout` into the part of `photo` that `mask` covers.

    photo: [h, w, 3] sRGB, float32 in 0 .. 1 or integers, of which a large photo takes less memory.
    cutout: [H, W, 4], straight alpha, drawn for this place; its colors reach beyond its edge.
    mask: [h, w], 0 .. 1 or uint8, as painted. known: [h, w] bool, pixels of the photo that show
    something; None for all. drawn: the pixels of the photo that `cutout` covers; None for all of
    them. report: is told of each part before it begins, with the share of time that has gone; what
    it raises ends the work. The same input gives the same output.

    Raises:
        ValueError: if shapes do not fit each other.
    """
    whole = Box(0, 0, photo.shape[1], photo.shape[0])
    drawn = whole if drawn is None else drawn
    shape = drawn.height, drawn.width, 4
    if cutout.shape != shape or drawn not in whole or mask.shape != photo.shape[:2]:
        raise ValueError(f"Photo {photo.shape}, cut-out {cutout.shape}, mask {mask.shape}.")
    options = options or PlacementOptions()
    known = np.ones(mask.shape, np.bool_) if known is None else known
    report(translate("ObjectPlacement", "Finding the object's place"), 0.0)
    transform = ObjectTransform.to_mask(cutout[..., 3], mask, options.fit, options.align, drawn)
    box = _working_box(transform, mask, options)
    outside = known & (mask <= 0)
    report(translate("ObjectPlacement", "Measuring grain and focus"), GRAIN_AT)
    mask, known, grain = to_unit(mask[box.slices]), known[box.slices], None
    if options.grain:
        # Calm places of the whole photo: around the mask alone, texture would be taken for grain.
        grain = measure_grain(photo, outside)
    nearby, band = photo[box.slices], boundary_band(mask, known, BAND_PX)
    sharpness = measure_sharpness(nearby, band) if options.sharpness else None
    direction = options.shadow_direction
    if direction is None:
        direction = estimate_shadow_direction(nearby, mask, band)
    del band
    return_freed_memory()
    report(translate("ObjectPlacement", "Placing the object"), PLACE_AT)
    pixels, alpha = transform.apply(cutout, box, drawn, whole.size)
    alpha = np.clip((alpha - EDGE_ALPHA[0]) / (EDGE_ALPHA[1] - EDGE_ALPHA[0]), 0, 1)
    clean_rim(pixels, alpha)
    report(translate("ObjectPlacement", "Matching the light"), LIGHT_AT)
    if options.shade:
        lighten_shade(pixels, alpha)
    pixels = match_light(pixels, alpha, photo, outside, options)
    if sharpness is not None:
        pixels, alpha = match_softness(pixels, alpha, sharpness)
    return_freed_memory()
    report(translate("ObjectPlacement", "Adding grain"), ADD_AT)
    if grain is not None:
        pixels = add_grain(pixels, grain, alpha > 0.5, seed=options.seed, strength=GRAIN_STRENGTH)
    report(translate("ObjectPlacement", "Casting the shadow"), SHADOW_AT)
    shadow = options.shadow * ground_shadow(alpha, direction)
    # A shadow that met the edge of the mask, or of the picture, would end in a line.
    inside = _border_mask(mask.shape) if options.shadow_outside else mask
    fade = max(SHADOW_FEATHER_PX, GROUND_MARGIN * bounding_box(mask > 0).height)
    return PlacedObject(box, pixels, alpha * feather(mask, 2.0), shadow * feather(inside, fade))


def _working_box(
    transform: ObjectTransform, mask: Mask | NDArray[np.uint8], options: PlacementOptions
) -> Box:
    """Return the part of the photo [h, w] that has to be looked at to place an object.

    That around the object and the mask, so far that blurs end as in the whole photo, in whole
    blocks of those in which noise is measured; all of it if the shadow may lie anywhere.
    """
    whole = Box(0, 0, mask.shape[1], mask.shape[0])
    content = bounding_box(mask > 0).union(transform.target).clamp(whole)
    if content.empty or options.shadow_outside:
        return whole
    # What is mirrored at the box's border lies twice as far away.
    reach = math.ceil(BLUR_EXTENT * RIM_WIDTH * max(content.width, content.height) / 2)
    return content.pad(max(MIN_REACH_PX, reach)).snap(BLOCK_PX).clamp(whole)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectTransform:
    """Where a drawn object is put: a scale and a shift of the picture that it was drawn in.

    matrix: [2, 3], from the drawing to the photo, pixel centers at whole numbers; None leaves the
        object where it was drawn. target: the photo's pixels that the object covers.
    """

    matrix: NDArray[np.float64] | None
    target: Box

    @classmethod
    def to_mask(
        cls,
        alpha: CompactImage,
        mask: Mask | NDArray[np.uint8],
        fit: Fit,
        align: Align,
        drawn: Box | None = None,
    ) -> Self:
        """Return the transform of the object of `alpha` [H, W] to the box of `mask` [h, w].

        drawn: the part of the picture that `alpha` is; None for all of it.
        """
        inner, target = bounding_box(alpha > OBJECT_ALPHA), bounding_box(mask > 0)
        source = inner if drawn is None or inner.empty else inner.move(drawn.x, drawn.y)
        if fit == "keep" or source.area == 0 or target.area == 0:
            return cls(None, source)
        if fit == "contain":
            own = alpha[inner.slices].astype(np.float32)
            scale, left, top = _contain(own, to_unit(mask[target.slices]), align)
            left, top = target.x + left, target.y + top
        else:
            scale = max(target.width / source.width, target.height / source.height)
            left = target.x + (target.width - source.width * scale) / 2
            top = target.y + target.height - source.height * scale
            if align == "center":
                top = target.y + (target.height - source.height * scale) / 2
        left, top = left - source.x * scale, top - source.y * scale
        shift = 0.5 * (scale - 1)
        covered = Box.between(
            math.floor(source.x * scale + left),
            math.floor(source.y * scale + top),
            math.ceil(source.right * scale + left),
            math.ceil(source.bottom * scale + top),
        )
        return cls(np.array([[scale, 0, left + shift], [0, scale, top + shift]]), covered)

    def apply(
        self, cutout: CompactImage, box: Box, drawn: Box, size: Size
    ) -> tuple[Image, Float32]:
        """Return the object at the photo's pixels of `box`: (pixels [h, w, 3], alpha [h, w]).

        cutout: [H, W, 4], the part `drawn` of a picture of `size` that is clear around it.
        """
        pixels: Image = np.empty((box.height, box.width, 3), np.float32)
        alpha: Float32 = np.empty((box.height, box.width), np.float32)
        plane = np.zeros((size.height, size.width), np.float32)
        for channel in range(4):  # one at a time: a large picture is some 100 MB
            plane[drawn.slices] = cutout[..., channel]
            result = alpha if channel == 3 else pixels[..., channel]
            border = cv2.BORDER_CONSTANT if channel == 3 else cv2.BORDER_REPLICATE
            np.clip(self._warp(plane, box, border), 0, 1, out=result)
        return pixels, alpha

    def _warp(self, plane: Float32, box: Box, border: int) -> Float32:
        """Return the part `box` of a plane [h, w]. border: how OpenCV goes on beyond its edge."""
        if self.matrix is None:
            return plane[box.slices]
        matrix = self.matrix.copy()
        matrix[:, 2] -= (box.x, box.y)
        how = cv2.INTER_CUBIC if matrix[0, 0] >= 1 else cv2.INTER_AREA
        warped = cv2.warpAffine(
            plane, matrix, (box.width, box.height), flags=how, borderMode=border
        )
        return np.asarray(warped, np.float32)


def contained_height(mask_height: float) -> float:
    """Return how far down an object reaches that a mask contains: its shadow has room below."""
    room = min(mask_height * (1 - GROUND_MARGIN), mask_height - SHADOW_FEATHER_PX)
    return max(mask_height * (1 - CONTAIN_MARGIN), room)


def containing_height(object_height: float) -> float:
    """Return the height of the mask that contains an object of this height, see `_contain`."""
    room = max(object_height / (1 - GROUND_MARGIN), object_height + SHADOW_FEATHER_PX)
    return min(object_height / (1 - CONTAIN_MARGIN), room)


def _contain(alpha: Float32, mask: Mask, align: Align) -> tuple[float, float, float]:
    """Return (scale, left, top) of the largest object that a mask contains.

    alpha [h, w], mask [H, W]: the boxes of both. Of the places where at most `LOST_SHARE` of the
    object lies outside of the mask, that nearest to the middle of the lower edge, or to the middle.
    """
    (height, width), (high, wide) = alpha.shape, mask.shape
    ground = contained_height(high)
    largest = min(wide * (1 - 2 * CONTAIN_MARGIN) / width, ground / height)
    grid = CONTAIN_GRID / max(wide, high)  # pixels of a coarse picture of the mask
    size = max(1, round(wide * grid)), max(1, round(high * grid))
    outside = 1 - cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    for scale in largest * CONTAIN_STEP ** np.arange(CONTAIN_STEPS):
        free = wide - width * scale, ground - height * scale
        goal = free[0] / 2, free[1]
        if align == "center":
            goal = free[0] / 2, (high - height * scale) / 2
        part = max(1, round(width * scale * grid)), max(1, round(height * scale * grid))
        small = cv2.resize(alpha, part, interpolation=cv2.INTER_AREA)
        lost = cv2.matchTemplate(outside, small, cv2.TM_CCORR) / max(float(small.sum()), 1e-6)
        if align == "bottom":
            lost = lost[: max(1, math.floor(free[1] * grid) + 1)]  # room for the shadow
        rows, columns = np.nonzero(lost <= LOST_SHARE)
        if len(rows):
            away = np.hypot(columns / grid - goal[0], rows / grid - goal[1])
            best = int(np.argmin(away))
            if away[best] <= 1 / grid:  # the coarse picture tells no more
                return float(scale), *goal
            return float(scale), columns[best] / grid, rows[best] / grid
    return largest, (wide - width * largest) / 2, ground - height * largest


def fit_to_mask(cutout: Float32, mask: Mask, fit: Fit, align: Align) -> tuple[Image, Float32]:
    """Scale the object [h, w, 4] to the mask's box; return (pixels [h, w, 3], alpha [h, w])."""
    whole, drawn = (Box(0, 0, one.shape[1], one.shape[0]) for one in (mask, cutout))
    transform = ObjectTransform.to_mask(cutout[..., 3], mask, fit, align)
    return transform.apply(cutout, whole, drawn, drawn.size)


def clean_rim(pixels: Image, alpha: Float32) -> None:
    """Move the colors along an object's edge toward those a little further inside, in place.

    A drawn edge has taken on some of what was around it, which shows as a halo elsewhere.
    """
    solid = alpha > SOLID_ALPHA
    width = max(1.0, RIM_WIDTH * float(np.sqrt(np.count_nonzero(solid))))
    depth = cv2.distanceTransform(solid.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inner = np.asarray(np.clip(depth / width - 0.5, 0, 1), np.float32)
    if np.count_nonzero(inner) < MIN_PIXELS:
        return
    del depth, solid
    weight = gaussian_blur(inner, width)
    share = RIM_SHARE * (1 - inner) * (weight > 1e-3)
    np.maximum(weight, 1e-4, out=weight)
    for channel in range(3):  # one at a time: a picture of a large mask is some 100 MB
        moved = gaussian_blur(pixels[..., channel] * inner, width)
        moved /= weight
        moved -= pixels[..., channel]
        moved *= share
        pixels[..., channel] += moved
        del moved


def match_light(
    pixels: Image,
    alpha: Float32,
    photo: Image | Pixels,
    outside: BoolMask,
    options: PlacementOptions,
) -> Image:
    """Move exposure, white balance and contrast of an object toward those of the photo.

    pixels [h, w, 3], alpha [h, w]: the object. outside: of the size of the photo, its pixels that
    are measured, of large ones an even part. Hues that the object has stay apart:
    gains act in linear light on all of it alike.
    """
    solid = alpha > SOLID_ALPHA
    step = math.ceil(math.sqrt(outside.size / MAX_LIGHT_SAMPLES))
    around = to_unit(photo[::step, ::step][outside[::step, ::step]])
    if len(around) < MIN_PIXELS or np.count_nonzero(solid) < MIN_PIXELS:
        return pixels
    scene = to_linear(around)
    gain = np.ones(3, np.float32)
    # a picture of a large mask is some 100 MB
    strips = [slice(top, top + STRIP_ROWS) for top in range(0, len(pixels), STRIP_ROWS)]
    if options.white_balance:
        gain *= balance_gains(scene)
    if options.exposure:
        white = float(np.percentile(scene.max(axis=1), WHITE_PERCENTILE))
        largest = [(to_linear(pixels[rows][solid[rows]]) * gain).max(axis=1) for rows in strips]
        gain *= exposure_gain(float(np.concatenate(largest).mean()), white)
        del largest
    spread = float((around @ LUMA).std())
    del scene, around
    result = np.empty_like(pixels)
    for rows in strips:
        result[rows] = to_srgb(to_linear(pixels[rows]) * gain)
    if options.contrast:
        slope = (max(spread, 1e-3) / TYPICAL_CONTRAST) ** CONTRAST_SHARE
        slope = float(np.clip(slope, *CONTRAST_GAIN))
        # Around the object's own mean, of luminance alone: saturation stays natural.
        luminance = result @ LUMA
        middle = float(luminance[solid].mean())
        for rows in strips:
            wanted = np.clip(middle + (luminance[rows] - middle) * slope, 0, 1)
            result[rows] *= (wanted / np.maximum(luminance[rows], 1e-3))[..., None]
    return np.clip(result, 0, 1, out=result)


def exposure_gain(own: float, white: float) -> float:
    """Return the gain, in linear light, for an object of mean `own` in the light of `white`."""
    low, high = (part * white for part in OBJECT_RANGE)
    target = min(max(own, low), high)
    gain = (target / max(own, 1e-4)) ** EXPOSURE_SHARE
    return float(np.clip(gain, *EXPOSURE_GAIN))


def balance_gains(scene: Image) -> Float32:
    """Return the gains [3], of mean 1 in luminance, that light an object like `scene` [n, 3]."""
    powers = [(channel.astype(np.float64) ** MINKOWSKI_NORM).mean() for channel in scene.T]
    light = np.array(powers) ** (1 / MINKOWSKI_NORM)
    cast = np.log(np.maximum(light, 1e-4))
    cast -= cast.mean()
    along = float(cast @ AMBER_BLUE) * BALANCE_SHARE
    gains = np.exp(np.clip(along, -BALANCE_LIMIT, BALANCE_LIMIT) * AMBER_BLUE)
    return np.asarray(gains / float(gains @ LUMA), np.float32)


def match_softness(pixels: Image, alpha: Float32, sharpness: float) -> tuple[Image, Float32]:
    """Blur an object a little where the photo around it is softer; return (pixels, alpha).

    sharpness: of the photo, see `measure_sharpness`. Nothing is sharpened: that would show as a
    halo.
    """
    solid = (alpha > SOLID_ALPHA).astype(np.uint8)
    inside = np.asarray(cv2.erode(solid, np.ones((5, 5), np.uint8)) > 0)
    if np.count_nonzero(inside) < MIN_PIXELS:
        return pixels, alpha
    part = enclosing_blocks(inside, BLUR_REACH_PX + DETAIL_REACH_PX).slices
    sharp, inside = pixels[part], inside[part]
    own = measure_sharpness(sharp, inside)
    if own is None or own <= sharpness:
        return pixels, alpha
    found = [own] + [
        measure_sharpness(gaussian_blur(sharp, sigma), inside) or 0.0
        for sigma in SOFTEN_SIGMA_PX[1:]
    ]
    best = int(np.argmin([abs(one - sharpness) for one in found]))
    if best == 0:
        return pixels, alpha
    sigma = SOFTEN_SIGMA_PX[best]
    return gaussian_blur(pixels, sigma), gaussian_blur(alpha, sigma)


def measure_sharpness(image: Image | Pixels, where: BoolMask) -> float | None:
    """Return fine over coarse detail, noise left out; None if there is too little of either.

    It tells how sharp an image is, whatever it shows, but for one that is flat. image: [h, w, 3],
    float32 in 0 .. 1 or integers.
    """
    if np.count_nonzero(where) < MIN_PIXELS:
        return None
    part = enclosing_blocks(where, DETAIL_REACH_PX).slices
    image, where = image[part], where[part]
    noise = noise_variance(image, where)
    fine, coarse = (
        detail_energy(image, where, *sigmas) - noise * band_noise_gain(*sigmas)
        for sigmas in ((0.0, 0.8), (1.6, 3.2))
    )
    if coarse < FLAT_ENERGY:
        return None
    return max(fine, 0.0) / coarse


def estimate_shadow_direction(photo: Image | Pixels, mask: Mask, band: BoolMask) -> float:
    """Estimate where shadows fall, -1 left .. 1 right: away from the brighter side of the mask."""
    box = bounding_box(mask > 0)
    middle = box.x + box.width / 2
    columns = np.broadcast_to(np.arange(mask.shape[1]) + 0.5, mask.shape)
    sides = band & (columns < middle), band & (columns >= middle)
    left, right = (to_unit(photo[side]) for side in sides)
    if min(len(left), len(right)) < MIN_PIXELS:
        return 0.0
    difference = float((left @ LUMA).mean() - (right @ LUMA).mean())
    return float(np.clip(4 * difference, -1, 1))


def ground_shadow(alpha: Float32, direction: float) -> Float32:
    """Draw the soft shadow [h, w], 0 .. 1, of an object [h, w] on the ground it stands on.

    A narrow dark one where the object touches the ground, and a wide soft one: its silhouette
    folded down around its lower edge. direction: -1 .. 1, how far to the left or right it falls.
    """
    box = bounding_box(alpha > OBJECT_ALPHA)
    if box.area == 0:
        return np.zeros_like(alpha)
    # What falls outside of the picture still spreads into it.
    margin = math.ceil(BLUR_EXTENT * max(1.0, CAST_SOFTNESS * box.width))
    alpha = np.pad(alpha, margin)
    box = box.move(margin, margin)
    base, size = box.bottom, (alpha.shape[1], alpha.shape[0])

    def fold(part: Float32, height: float, slant: float, drop: float) -> Float32:
        """Flatten a silhouette to `height` of itself around the ground, `drop` below its edge."""
        top = base * (1 - height) + drop * box.height
        matrix = np.array([[1, -slant, slant * base], [0, height, top]])
        return np.asarray(cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR), np.float32)

    foot = alpha.copy()
    foot[: max(0, round(base - CONTACT_HEIGHT * box.height))] = 0
    contact = fold(foot, CONTACT_FOLD, 0.0, CONTACT_DROP)
    del foot
    contact = gaussian_blur(contact, max(0.8, CONTACT_SOFTNESS * box.width))
    inner = (slice(margin, -margin),) * 2
    contact = contact[inner].copy()
    cast = fold(alpha, CAST_HEIGHT, direction * CAST_SLANT, CAST_DROP)
    del alpha
    cast = gaussian_blur(cast, max(1.0, CAST_SOFTNESS * box.width))[inner]
    cast *= -CAST_DARKNESS
    cast += 1
    cast *= 1 - contact
    return np.clip(1 - cast, 0, 1)


def _border_mask(shape: tuple[int, ...]) -> Mask:
    """Return 1 everywhere but at the border of the picture."""
    inner = np.zeros(shape, np.float32)
    inner[1:-1, 1:-1] = 1
    return inner
