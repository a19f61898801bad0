"""Select an object without a model: from a box around it, or from scribbles on and beside it.

GrabCut (Rother, Kolmogorov, Blake 2004) on a reduced picture finds which pixels belong to it; a
guided filter (He, Sun, Tang 2013) on the picture's full size then lays the edge along the picture's
own.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box

Rgb = NDArray[np.uint8] | NDArray[np.uint16]
Mask = NDArray[np.uint8]

SIDE = 640  # pixels of the longer side that GrabCut works at; it takes 0.1 s a pass there
PASSES = 5
AROUND = (
    0.4  # of a box's longer side: how much of the picture around it says what is not the object
)
EDGE = 4  # radius of the guided filter in pixels of the reduced picture
FLATNESS = 1e-3  # the guided filter's epsilon, of 0 .. 1 squared: weaker edges are smoothed over


def select_in_box(rgb: Rgb, box: Box) -> Mask:
    """The object that a box encloses, uint8 [h, w], 255 = object, with a soft edge.

    rgb: uint8 or uint16 [h, w, 3], sRGB.

    Raises:
        GlideError: if the box lies outside of the picture, or nothing in it stands out.
    """
    height, width = rgb.shape[:2]
    inside = box.clamp(Box(0, 0, width, height))
    if inside.empty:
        raise GlideError(
            f"The box lies outside of the picture of {width} x {height} pixels; draw it around the "
            "object."
        )
    view = inside.pad(round(AROUND * max(inside.width, inside.height)) + 8)
    view = view.clamp(Box(0, 0, width, height))
    labels = np.full(rgb.shape[:2], cv2.GC_BGD, np.uint8)
    labels[inside.slices] = cv2.GC_PR_FGD
    if inside.area == view.area:
        raise GlideError(
            "The box covers the whole picture; leave some of what is around the object."
        )
    return _select(rgb, labels, view)


def select_by_scribbles(rgb: Rgb, on_object: NDArray[np.bool_], beside: NDArray[np.bool_]) -> Mask:
    """The object under strokes, uint8 [h, w], 255 = object, with a soft edge.

    on_object, beside: bool [h, w], strokes on it, and on what does not belong to it (may be empty).

    Raises:
        GlideError: if there is no stroke on the object.
    """
    if not on_object.any():
        raise GlideError("There is no stroke on the object; draw one across it.")
    labels = np.full(rgb.shape[:2], cv2.GC_PR_BGD, np.uint8)
    labels[beside] = cv2.GC_BGD
    labels[on_object] = cv2.GC_FGD
    height, width = rgb.shape[:2]
    return _select(rgb, labels, Box(0, 0, width, height))


def _select(rgb: Rgb, labels: NDArray[np.uint8], view: Box) -> Mask:
    """GrabCut inside of `view`, then the edge at full size; labels are OpenCV's GC_ numbers."""
    image = rgb[view.slices]
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    image = np.ascontiguousarray(image)
    marks = labels[view.slices]
    scale = min(1.0, SIDE / max(marks.shape))
    size = (max(1, round(marks.shape[1] * scale)), max(1, round(marks.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    found = _reduced_labels(marks, size)
    sure = (found == cv2.GC_FGD) | (found == cv2.GC_BGD)
    model = np.zeros((2, 65), np.float64)
    if not _has_both(found):
        _guess_background(found)
    cv2.setRNGSeed(0)  # its color clusters start from random ones
    cv2.grabCut(
        cv2.cvtColor(small, cv2.COLOR_RGB2BGR), found, None, model[:1], model[1:], PASSES,
        cv2.GC_INIT_WITH_MASK,
    )  # fmt: skip
    inside = _without_specks((found == cv2.GC_FGD) | (found == cv2.GC_PR_FGD), found)
    if not inside.any():
        raise GlideError(
            "Nothing there stands out from what is around; draw a closer box, or scribble on the "
            "object."
        )
    coverage = _follow_edges(image, inside, sure, scale)
    mask = np.zeros(labels.shape, np.uint8)
    mask[view.slices] = coverage
    mask[labels == cv2.GC_BGD] = 0
    mask[labels == cv2.GC_FGD] = 255
    return mask


def _reduced_labels(marks: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Labels at a smaller size; thin strokes stay, as any pixel of them marks its whole cell."""
    found = cv2.resize(marks, size, interpolation=cv2.INTER_NEAREST)
    for label in (cv2.GC_BGD, cv2.GC_FGD):
        plane = (marks == label).astype(np.float32)
        share = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        limit = 0.5 if label == cv2.GC_BGD and (marks == cv2.GC_PR_FGD).any() else 0.0
        found[share > limit] = label
    return np.asarray(found, np.uint8)


def _has_both(found: NDArray[np.uint8]) -> bool:
    """Whether there is something to learn both color models from."""
    object_ = (found == cv2.GC_FGD) | (found == cv2.GC_PR_FGD)
    return bool(object_.any() and (~object_).any())


def _guess_background(found: NDArray[np.uint8]) -> None:
    """Take the picture's rim for background where all of it is marked as the object."""
    rim = np.ones(found.shape, np.bool_)
    rim[1:-1, 1:-1] = False
    found[rim & (found != cv2.GC_FGD)] = cv2.GC_PR_BGD


def _without_specks(inside: NDArray[np.bool_], found: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Keep parts that a stroke touches; without strokes, those of a tenth of the largest or more."""
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


def _follow_edges(
    image: NDArray[np.uint8], inside: NDArray[np.bool_], sure: NDArray[np.bool_], scale: float
) -> NDArray[np.uint8]:
    """The mask at the image's size, 0 .. 255, its edge drawn to the image's edges.

    The guided filter's linear model is made on the reduced image and applied to the full one (the
    fast guided filter, He and Sun 2015), so that its cost does not grow with the picture.
    """
    height, width = image.shape[:2]
    guide = image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    small = cv2.resize(guide, inside.shape[::-1], interpolation=cv2.INTER_AREA)
    side = (2 * EDGE + 1, 2 * EDGE + 1)
    target = inside.astype(np.float32)
    mean_i, mean_p = cv2.blur(small, side), cv2.blur(target, side)
    slope = cv2.blur(small * target, side) - mean_i * mean_p
    slope /= cv2.blur(small * small, side) - mean_i * mean_i + FLATNESS
    offset = mean_p - slope * mean_i
    slope = cv2.resize(cv2.blur(slope, side), (width, height), interpolation=cv2.INTER_LINEAR)
    offset = cv2.resize(cv2.blur(offset, side), (width, height), interpolation=cv2.INTER_LINEAR)
    soft = slope * guide + offset
    # away from the edge the decision stands; near it the filtered values are steepened to an edge
    distance = _distance_to_edge(inside)
    near = cv2.resize(distance, (width, height), interpolation=cv2.INTER_LINEAR)
    hard = cv2.resize(target, (width, height), interpolation=cv2.INTER_LINEAR)
    steep = np.clip((soft - 0.5) * 3 + 0.5, 0, 1)
    weight = np.clip(1.5 - near / EDGE, 0, 1)
    return np.asarray(np.rint(255 * (weight * steep + (1 - weight) * hard)), np.uint8)


def _distance_to_edge(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixels from the border between inside and outside, on both sides of it."""
    within = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    beyond = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(within + beyond, np.float32)
