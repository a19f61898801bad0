"""The shadow that a thing casts beside its mask, which a removal takes along.

A shadow is a darker version of the ground: along its edge all channels fall by nearly the same
ratio (log-chromaticity, Finlayson et al.), blue least, and the ground beside it is of one kind and
has nothing as dark (pairs of regions, Guo, Dai and Hoiem 2011). It touches the foot of the thing.
Where in doubt there is none: a dark neighbor would be removed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from glide_studio.imaging.filters import bounding_box, gaussian_blur, masked_blur
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.object_selection import distance_to
from glide_studio.imaging.removal_rim import nearest
from glide_studio.imaging.types import BoolMask, Float32, Pixels, Uint8, to_linear

LOOK_PX = 500  # the picture is reduced to this at most
REACH = 1.5  # of the thing's longer side: how far around it a shadow is looked for
LEAST_THING_PX = 200  # pixels of the reduced mask; smaller ones are spots
FLOOR = 0.01  # of full linear light: below it ratios say nothing
BLUR_PX = 1.2
THRESHOLDS = 16  # levels of darkness that are tried
FOOT = 0.3  # of the thing's height, from below
AT_FOOT = 0.8  # of where a shadow touches the thing
AREA = (0.05, 1.0)  # of the thing's
ALONG_BORDER = 0.3  # of a shadow's outline that may lie along the picture's border, at most
EDGE_WIDTH = 0.25  # of the root of the thing's longer side: a penumbra, between both sides compared
SOLID = 0.6  # of the area of its convex hull, at least
DARKER = (0.35, 3.0)  # log of the ratio of ground to shadow
EVEN = 0.4  # of that log: how much the darkening, and the ground, may vary along the edge
HUE_EVEN = 0.15  # in log-chromaticity: the same for color, for darkening up to
HUE_EVEN_TO = 1.6
REDDER, BLUER = 0.22, 0.5  # in log-chromaticity, the latter for each unit of darkening
GREENER = 0.12, 0.5  # either way, and as a share of blue minus red
AROUND, AS_DARK = 1.0, 0.04  # roots of its area, and the share there that is as dark, at most
GOES_ON = (0.1, 1.0, 0.25)  # of a shadow's area, and of the thing's, see `_goes_on`
HUE_SAME = 0.25  # in log-chromaticity


@dataclass(frozen=True, slots=True)
class _Ground:
    """Log of linear light [h, w, 3], blurred. calm: without the thing; whole: with it.

    edge: half the width of a penumbra, in pixels.
    """

    calm: Float32
    whole: Float32
    thing: BoolMask
    edge: int


def shadow_view(found: Box) -> Box:
    """Return the box around a thing in which its shadow is looked for; it may exceed the picture.

    found: what the mask of the thing covers.
    """
    return found.pad(round(REACH * max(found.width, found.height)))


def find_shadow(
    rgb: Pixels, mask: BoolMask, ends: tuple[bool, bool, bool, bool] = (True,) * 4
) -> BoolMask:
    """Find the shadow [h, w] of what a mask covers, beside the mask; where in doubt there is none.

    rgb: uint8 or uint16 [h, w, 3], sRGB, see `shadow_view`. ends: whether the picture ends at the
    left, top, right and bottom of `rgb`; elsewhere a shadow that reaches the border is none.
    """
    scale = min(1.0, LOOK_PX / max(mask.shape))
    size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
    thing = cv2.resize(_as_gray(mask), size, interpolation=cv2.INTER_AREA) > 0
    none = np.zeros(mask.shape, np.bool_)
    if np.count_nonzero(thing) < LEAST_THING_PX or thing.all():
        return none
    ground = _look_at(rgb, thing)
    accepted = []
    for threshold, shadow in _find_dark_regions(ground, ends):
        score, level = _rate(ground, shadow, threshold)
        if score > 0:
            accepted.append((score, level, shadow))
    taken = np.zeros(thing.shape, np.bool_)
    for _, level, shadow in sorted(accepted, key=lambda one: -one[0]):
        if not (taken & shadow).any():
            taken |= _with_penumbra(ground, shadow, level)
    if not taken.any():
        return none
    whole = cv2.resize(_as_gray(taken), mask.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray((whole > 127) & ~mask)


def _as_gray(region: BoolMask) -> Uint8:
    return region.astype(np.uint8) * np.uint8(255)


def _look_at(rgb: Pixels, thing: BoolMask) -> _Ground:
    image = cv2.resize(rgb, thing.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    linear = to_linear(image / np.float32(np.iinfo(rgb.dtype).max))
    light = np.log(linear + FLOOR).astype(np.float32)
    rows, columns = np.nonzero(thing)
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    return _Ground(
        masked_blur(light, ~thing, BLUR_PX),
        gaussian_blur(light, BLUR_PX),
        thing,
        max(2, round(EDGE_WIDTH * float(np.sqrt(longer)))),
    )


def _find_dark_regions(
    ground: _Ground, ends: tuple[bool, bool, bool, bool]
) -> Iterator[tuple[float, BoolMask]]:
    """Yield thresholds of brightness and what is below them and touches the foot of the thing."""
    thing, bright = ground.thing, ground.calm.mean(-1)
    area, rows = np.count_nonzero(thing), np.flatnonzero(thing.any(1))
    beside = _grow(thing, 1) & ~thing
    foot = np.zeros_like(thing)
    foot[int(rows[-1] - FOOT * (rows[-1] - rows[0] + 1)) :] = True
    if not (beside & foot).any():
        return
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    darkest, brightest = bright[beside & foot].min(), np.quantile(bright[~thing], 0.9)
    for threshold in np.linspace(darkest + 0.05, brightest, THRESHOLDS):
        dark = ((bright < threshold) & ~thing).astype(np.uint8)
        dark = cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
        for label in np.unique(labels[beside & foot & (dark > 0)]):
            size = int(stats[label, cv2.CC_STAT_AREA])
            if not AREA[0] * area <= size <= AREA[1] * area:
                continue
            region = labels == label
            contact = beside & _grow(region, 1)
            at_foot = np.count_nonzero(contact & foot) / np.count_nonzero(contact)
            if at_foot >= AT_FOOT and _keeps_off_borders(region, ends):
                yield float(threshold), _fill_specks(region, thing)


def _keeps_off_borders(region: BoolMask, ends: tuple[bool, bool, bool, bool]) -> bool:
    """Return whether a region reaches only borders at which the picture ends, and not far along."""
    borders = region[:, 0], region[0], region[:, -1], region[-1]
    sides = [np.count_nonzero(border) for border in borders]
    if any(side and not end for side, end in zip(sides, ends, strict=True)):
        return False
    if all(sides[0::2]) or all(sides[1::2]):
        return False  # a band through the picture, a horizon
    outline = np.pad(region, 1) & _grow(~np.pad(region, 1), 1)
    return bool(sum(sides) <= ALONG_BORDER * np.count_nonzero(outline))


def _fill_specks(region: BoolMask, thing: BoolMask) -> BoolMask:
    """Close small bright holes of a region."""
    rest = (~region & ~thing).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < 0.1 * np.count_nonzero(region)
    small[0] = False
    return np.asarray(region | small[labels])


def _rate(ground: _Ground, shadow: BoolMask, threshold: float) -> tuple[float, float]:
    """Return how likely a dark region is a shadow, and the brightness halfway to the ground.

    Both are 0 if something tells that it is none.
    """
    area, edge, everywhere = np.count_nonzero(shadow), ground.edge, shadow
    reach = float(AROUND * np.sqrt(area) + 2 * edge)
    size = Size(shadow.shape[1], shadow.shape[0])
    view = bounding_box(shadow).pad(math.ceil(reach) + 2 * edge).clamp(size.box).slices
    calm, thing, shadow = ground.calm[view], ground.thing[view], shadow[view]
    bright = calm.mean(-1)
    near = _grow(thing, 2 * edge)
    outside = distance_to(shadow | thing)
    inside = distance_to(~(shadow | thing))
    away = distance_to(shadow)
    core = shadow & (inside > edge) & ~near
    dark = core & (inside <= 2 * edge + 1)
    lit = (outside > edge) & (outside <= 2 * edge + 1) & (away <= 2 * edge + 1.5) & ~near
    around = (away > edge) & (away < reach) & ~near
    if np.count_nonzero(dark) < 12 or np.count_nonzero(lit) < 12 or not around.any():
        return 0.0, 0.0
    ratio = calm.reshape(-1, 3)[nearest(dark)[lit]] - calm[lit]
    fall = ratio.mean(1)
    hue = ratio - fall[:, None]
    darker = -float(np.median(fall))
    tint = np.median(calm[core], 0) - np.median(calm[lit], 0)
    red, green, blue = tint - tint.mean()
    if darker < DARKER[0] or -tint.mean() > DARKER[1]:
        return 0.0, 0.0
    ground_hue = calm[lit] - bright[lit][:, None]
    uneven, uneven_ground = _spread(fall), _spread(bright[lit])
    allowed = HUE_EVEN * max(1.0, darker / HUE_EVEN_TO)
    level = float(np.median(bright[dark]) + np.median(bright[lit])) / 2
    if (
        max(uneven, uneven_ground) > EVEN * darker
        or max(_spread(hue), _spread(ground_hue)) > allowed
        or not -REDDER < blue - red < BLUER * max(1.0, darker)
        or abs(green) > max(GREENER[0], GREENER[1] * abs(blue - red))
        or (bright[around] < level).mean() > AS_DARK
        or area < SOLID * _hull_area(shadow)
        or _goes_on(ground, everywhere, calm[dark], threshold)
    ):
        return 0.0, 0.0
    hues = 2 * max(abs(red), abs(blue))
    return darker / (darker + uneven + uneven_ground + hues), level


def _with_penumbra(ground: _Ground, shadow: BoolMask, level: float) -> BoolMask:
    """Return a shadow with its thin ends, which are darker than `level`, and its soft edge."""
    near = distance_to(shadow) <= 4 * ground.edge
    darker = shadow | (near & (ground.calm.mean(-1) < level) & ~ground.thing)
    _, labels = cv2.connectedComponents(darker.astype(np.uint8), connectivity=4)
    whole = np.isin(labels, np.unique(labels[shadow]))
    return np.asarray(distance_to(whole) <= ground.edge + 1)


def _goes_on(ground: _Ground, shadow: BoolMask, colors: Float32, threshold: float) -> bool:
    """Return whether a region goes on below the mask, as what the mask cuts does.

    A dark thing, all of which is like its shadow, does not count, nor does a mask's narrow margin.
    """
    bright = ground.whole.mean(-1)
    own = np.median(colors - colors.mean(1, keepdims=True), 0)
    alike = np.abs(ground.whole - bright[..., None] - own).max(-1) < HUE_SAME
    joined = (ground.thing & (bright < threshold) & alike) | shadow
    _, labels = cv2.connectedComponents(joined.astype(np.uint8), connectivity=4)
    more = np.count_nonzero(np.isin(labels, np.unique(labels[shadow])) & ground.thing)
    of_shadow, of_thing = more / np.count_nonzero(shadow), more / np.count_nonzero(ground.thing)
    return bool(GOES_ON[0] < of_shadow and (of_shadow < GOES_ON[1] or of_thing < GOES_ON[2]))


def _spread(values: Float32) -> float:
    """Return the median distance from the median, of the channel where that is largest."""
    return float(np.median(np.abs(values - np.median(values, 0)).reshape(len(values), -1).max(1)))


def _hull_area(region: BoolMask) -> float:
    outlines, _ = cv2.findContours(
        region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    return float(cv2.contourArea(cv2.convexHull(np.concatenate(outlines))))


def _grow(region: BoolMask, pixels: int) -> BoolMask:
    shape = cv2.MORPH_ELLIPSE if pixels > 1 else cv2.MORPH_RECT
    kernel = cv2.getStructuringElement(shape, (2 * pixels + 1,) * 2)
    return np.asarray(cv2.dilate(region.astype(np.uint8), kernel) > 0)
