"""Select an object without a model: from a box around it, or from scribbles on and beside it.

GrabCut (Rother, Kolmogorov, Blake 2004) on a reduced picture finds which pixels belong to it; a
guided filter (He, Sun, Tang 2013) on the picture's full size then lays the edge along the picture's
own.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from glide_studio.errors import GlideError
from glide_studio.imaging.filters import LUMA_601
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import BoolMask, Float32, Pixels, Uint8
from glide_studio.translation import translate

GRABCUT_PX = 640  # longer side of the reduced image that GrabCut works on
GRABCUT_PASSES = 5
CONTEXT = 0.4  # of a box's longer side: surroundings from which the background's colors are learned
MIN_SHARE = 0.0025  # of a box that its object covers; less is a grain of the ground, not seen
FILTER_RADIUS_PX = 4  # of the guided filter, in pixels of the reduced image
FILTER_EPSILON = 1e-3  # of the guided filter, 0 .. 1 squared: weaker edges are smoothed over
Check = Callable[[], None]
"""Called between two parts of the work; leaves it by an exception."""


def _go_on() -> None:
    pass


def select_in_box(rgb: Pixels, box: Box, check: Check = _go_on) -> Uint8:
    """Select the object that a box encloses: uint8 [h, w], 255 = object, with a soft edge.

    rgb: uint8 or uint16 [h, w, 3], sRGB. check: see `Check`.

    Raises:
        GlideError: if the box lies outside of the picture, or nothing in it stands out.
    """
    height, width = rgb.shape[:2]
    inside = box.clamp(Box(0, 0, width, height))
    if inside.empty:
        raise GlideError(
            translate(
                "ObjectSelection",
                "The box lies outside of the picture of {width} x {height} pixels; draw"
                " it around the object.",
            ).format(width=width, height=height)
        )
    view = inside.pad(round(CONTEXT * max(inside.width, inside.height)) + 8)
    view = view.clamp(Box(0, 0, width, height))
    labels = np.full(rgb.shape[:2], cv2.GC_BGD, np.uint8)
    labels[inside.slices] = cv2.GC_PR_FGD
    if inside.area == view.area:
        raise GlideError(
            translate(
                "ObjectSelection",
                "The box covers the whole picture; leave some of what is around the object.",
            )
        )
    mask = _select(rgb, labels, view, check)
    parts = cv2.connectedComponentsWithStats((mask > 127).astype(np.uint8))[2]
    if max(parts[1:, cv2.CC_STAT_AREA], default=0) < MIN_SHARE * inside.area:
        raise _make_nothing_found()
    return mask


def select_by_scribbles(
    rgb: Pixels, on_object: BoolMask, beside: BoolMask, check: Check = _go_on
) -> Uint8:
    """Select the object under strokes: uint8 [h, w], 255 = object, with a soft edge.

    on_object, beside: bool [h, w], strokes on it, and on what does not belong to it (may be empty).
    check: see `Check`.

    Raises:
        GlideError: if there is no stroke on the object.
    """
    if not on_object.any():
        raise GlideError(
            translate("ObjectSelection", "There is no stroke on the object; draw one across it.")
        )
    labels = np.full(rgb.shape[:2], cv2.GC_PR_BGD, np.uint8)
    labels[beside] = cv2.GC_BGD
    labels[on_object] = cv2.GC_FGD
    height, width = rgb.shape[:2]
    return _select(rgb, labels, Box(0, 0, width, height), check)


def _select(rgb: Pixels, labels: Uint8, view: Box, check: Check) -> Uint8:
    """Run GrabCut inside of `view`, then refine the edge at full size; labels: OpenCV's GC_."""
    crop = rgb[view.slices]
    image: Uint8 = np.ascontiguousarray(crop if crop.dtype == np.uint8 else crop >> 8, np.uint8)
    marks = labels[view.slices]
    scale = min(1.0, GRABCUT_PX / max(marks.shape))
    size = (max(1, round(marks.shape[1] * scale)), max(1, round(marks.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    found = _reduced_labels(marks, size)
    if not _has_both(found):
        _guess_background(found)
    blue_first = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), np.uint8)
    inside = _without_specks(grab_cut(blue_first, found, GRABCUT_PASSES, check), found)
    if not inside.any():
        raise _make_nothing_found()
    check()
    coverage = follow_edges(image, inside)
    mask = np.zeros(labels.shape, np.uint8)
    mask[view.slices] = coverage
    mask[labels == cv2.GC_BGD] = 0
    mask[labels == cv2.GC_FGD] = 255
    return mask


def _make_nothing_found() -> GlideError:
    return GlideError(
        translate(
            "ObjectSelection",
            "No object stands out there; draw the box closer around it, or paint it.",
        )
    )


def grab_cut(image: Uint8, labels: Uint8, passes: int, check: Check = _go_on) -> BoolMask:
    """Find an object by its colors (GrabCut): bool [h, w].

    image: [h, w, 3]. labels: [h, w], OpenCV's GC_ values, of which the uncertain ones are changed.
    check: see `Check`.
    """
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # the color clusters start at random
    mode = cv2.GC_INIT_WITH_MASK
    for _ in range(passes):
        check()
        cv2.grabCut(image, labels, (0, 0, 0, 0), background, foreground, 1, mode)
        mode = cv2.GC_EVAL  # go on from there
    return _is_object(labels)


def distance_to(inside: BoolMask) -> Float32:
    """Return the distance in pixels of each pixel [h, w] from the nearest one inside."""
    outside = (~inside).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))


def _is_object(labels: Uint8) -> BoolMask:
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


def _reduced_labels(marks: Uint8, size: tuple[int, int]) -> Uint8:
    """Reduce labels; thin strokes stay, as any pixel of them marks its whole cell."""
    found = cv2.resize(marks, size, interpolation=cv2.INTER_NEAREST)
    for label in (cv2.GC_BGD, cv2.GC_FGD):
        plane = (marks == label).astype(np.float32)
        share = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        limit = 0.5 if label == cv2.GC_BGD and (marks == cv2.GC_PR_FGD).any() else 0.0
        found[share > limit] = label
    return np.asarray(found, np.uint8)


def _has_both(found: Uint8) -> bool:
    """Return True if there are pixels to learn both color models from."""
    inside = _is_object(found)
    return bool(inside.any() and not inside.all())


def _guess_background(found: Uint8) -> None:
    """Label the rim as background if all of the image is labeled as the object."""
    rim = np.ones(found.shape, np.bool_)
    rim[1:-1, 1:-1] = False
    found[rim & (found != cv2.GC_FGD)] = cv2.GC_PR_BGD


def _without_specks(inside: BoolMask, found: Uint8) -> BoolMask:
    """Keep parts that a stroke touches; without strokes, those over a tenth of the largest."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(
        inside.astype(np.uint8), connectivity=8
    )
    if count <= 1:
        return inside
    strokes = found == cv2.GC_FGD
    if strokes.any():
        kept = np.unique(parts[strokes & inside])
    else:
        areas = stats[1:, cv2.CC_STAT_AREA]
        kept = 1 + np.flatnonzero(areas >= 0.1 * areas.max())
    return np.asarray(np.isin(parts, kept[kept > 0]))


def follow_edges(image: Uint8, inside: BoolMask) -> Uint8:
    """Enlarge the mask to the image's size, 0 .. 255, its edge following the image's edges.

    The guided filter's linear model is made on the reduced image and applied to the full one (the
    fast guided filter, He and Sun 2015), so that its cost does not grow with the picture.
    """
    height, width = image.shape[:2]
    guide = image.astype(np.float32) @ LUMA_601 / 255
    small = cv2.resize(guide, inside.shape[::-1], interpolation=cv2.INTER_AREA)
    side = (2 * FILTER_RADIUS_PX + 1, 2 * FILTER_RADIUS_PX + 1)
    target = inside.astype(np.float32)
    mean_i, mean_p = cv2.blur(small, side), cv2.blur(target, side)
    covariance = cv2.blur(small * target, side) - mean_i * mean_p
    variance = cv2.blur(small * small, side) - mean_i * mean_i
    slope = np.asarray(covariance / (variance + FILTER_EPSILON), np.float32)
    offset = np.asarray(mean_p - slope * mean_i, np.float32)
    full_slope, full_offset = (
        cv2.resize(cv2.blur(plane, side), (width, height), interpolation=cv2.INTER_LINEAR)
        for plane in (slope, offset)
    )
    soft = full_slope * guide + full_offset
    # Away from the edge the decision stands; near it the filtered values are steepened to an edge.
    distance = _distance_to_edge(inside)
    near = cv2.resize(distance, (width, height), interpolation=cv2.INTER_LINEAR)
    hard = cv2.resize(target, (width, height), interpolation=cv2.INTER_LINEAR)
    steep = np.clip((soft - 0.5) * 3 + 0.5, 0, 1)
    weight = np.clip(1.5 - near / FILTER_RADIUS_PX, 0, 1)
    return np.asarray(np.rint(255 * (weight * steep + (1 - weight) * hard)), np.uint8)


def _distance_to_edge(inside: BoolMask) -> Float32:
    """Compute the distance in pixels from the border between inside and outside."""
    within = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    beyond = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(within + beyond, np.float32)
