"""Which shift every pixel of the hole is copied with, and few large copies instead of many small.

He and Sun, "Statistics of patch offsets for image completion" (2012): a hole is filled best by a
small number of shifted copies of the picture, whose seams a graph cut lays where they are not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.boundaries import Boundary
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.field import Field, bands, spread_of
from glide_studio.imaging.completion.lines import Gap, guide_along
from glide_studio.imaging.completion.pyramid import Bools, Floats, Ints, Level, bounds, kernels

STRIPS = (0.375, 0.5, 0.75, 1.0)  # of a margin: widths that are tried along a border


@dataclass(slots=True)
class Labels:
    """The source pixel of every pixel of the hole, in a box of the level.

    origin: (row, column) of the box. ly, lx: int32 [h, w], rows and columns in the level, -1 where
    there is no hole. The box covers the hole and all targets of the field it comes from.
    """

    origin: tuple[int, int]
    ly: Ints
    lx: Ints

    @property
    def inside(self) -> Bools:
        """bool [h, w], the hole."""
        return np.asarray(self.ly >= 0)

    def shifts(self) -> Ints:
        """Return int32 [N, 2]: (dy, dx) of each pixel of the hole, in the order of `np.nonzero`."""
        ys, xs = np.nonzero(self.inside)
        here = self.inside
        return np.stack(
            [self.ly[here] - ys - self.origin[0], self.lx[here] - xs - self.origin[1]], 1
        ).astype(np.int32)


def _cuts() -> Any:
    return import_module("glide_studio.imaging.completion.seams")


def most_voted(level: Level, field: Field, check: Callable[[], None]) -> Labels:
    """Return for every pixel of the hole the source that most of the patches over it agree on."""
    top, left, bottom, right = bounds(level.hole)
    oy, ox = int(field.origin[0]), int(field.origin[1])
    height, width = field.target.shape
    # the targets' box may lack rows at the picture's border, where no center fits
    t, first = min(top, oy), min(left, ox)
    b, r = max(bottom, oy + height), max(right, ox + width)
    pad = ((oy - t, b - oy - height), (ox - first, r - ox - width))
    ny, nx = np.pad(field.ny, pad), np.pad(field.nx, pad)
    cost, target = np.pad(field.cost, pad), np.pad(field.target, pad)
    ly = np.full(target.shape, -1, np.int32)
    lx = np.full(target.shape, -1, np.int32)
    spread = spread_of(field)
    for rows in bands(target.shape):
        check()
        kernels().most_voted(
            np.array([t, first]), ny, nx, cost, target, level.hole, field.radius,
            spread, rows, ly, lx,
        )  # fmt: skip
    return Labels((t, first), ly, lx)


def join_copies(
    level: Level, starts: Sequence[Labels], repeats: Ints, lines: Sequence[Gap],
    unlike: Floats | None, looks: Floats, settings: Settings, check: Callable[[], None],
    boundaries: Sequence[Boundary] = (),
) -> tuple[Labels, int, float]:  # fmt: skip
    """Find a labelling of few large copies whose seams cost little.

    starts: labellings of the same hole, whose most used shifts are tried beside `repeats`, int32
    [N, 2], those by which the picture repeats itself, and those that continue `lines` and
    `boundaries`. unlike: [H, W], 0 .. 1, places that cost more. looks: [H, W, K], see
    `expectation.expect`. The cheapest of the starts is improved; its index is the second of what is
    returned, the third is the cost per pixel.
    """
    inside = starts[0].inside
    top, left = origin = starts[0].origin
    ys, xs = np.nonzero(inside)
    every = [start.shifts() for start in starts]
    along = [gap.shifts()[gap.which_shift(ys + top, xs + left)] for gap in lines]
    curved = (one.shifts(ys + top, xs + left, level.hole.shape) for one in boundaries)
    along += [shifts for shifts in curved if shifts is not None]
    if level.rows is not None and settings.strips:
        along += strips_inward(level, ys + top, xs + left)
    found, planes = _number_shifts([*every, *along], inside)
    shifts = np.ascontiguousarray(np.concatenate([found, repeats]).astype(np.int32))
    seam = np.float32(settings.seam)
    scene = _describe(level, lines, unlike, looks, settings, origin, shifts)
    tried: dict[int, None] = {}
    for plane in planes:
        values, count = np.unique(plane[inside], return_counts=True)
        order = np.argsort(-count, kind="stable")[: settings.cut_shifts]
        tried.update(dict.fromkeys(values[order].tolist()))
    tried.update(dict.fromkeys(range(len(found), len(shifts))))
    costs = [_cuts().total_cost(*scene, plane, seam) for plane in planes[: len(every)]]
    first = int(np.argmin(costs))
    best = planes[first].copy()

    def fuse(proposed: Ints) -> int:
        check()
        changed: int = _cuts().fuse(*scene, best, proposed, seam)
        return changed

    useful = list(tried)
    for _ in range(settings.cut_rounds):
        for plane in planes:
            fuse(plane)
        useful = [alpha for alpha in useful if fuse(np.where(inside, alpha, -1).astype(np.int32))]
    cost = _cuts().total_cost(*scene, best, seam)
    return _follow_shifts(level, origin, shifts, best), first, cost / max(1, int(inside.sum()))


def strips_inward(level: Level, ys: NDArray[np.integer], xs: NDArray[np.integer]) -> list[Ints]:
    """Return shifts int32 [N, 2] of pixels of margins, which repeat strips along the border.

    One for each of STRIPS, shares of the widest margin that a strip is wide.
    """
    known = ~level.hole
    top, left, bottom, right = bounds(known)
    out_y = np.maximum(top - ys, 0) - np.maximum(ys - bottom + 1, 0)
    out_x = np.maximum(left - xs, 0) - np.maximum(xs - right + 1, 0)
    widest = max(int(np.abs(out_y).max()), int(np.abs(out_x).max()))
    found = []
    for share in STRIPS:
        width = max(1, round(share * widest))
        away = [np.sign(out) * (-(-np.abs(out) // width) * width) for out in (out_y, out_x)]
        found.append(np.stack(away, 1).astype(np.int32))
    return found


def _number_shifts(labellings: Sequence[Ints], inside: Bools) -> tuple[Ints, list[Ints]]:
    """Return all shifts int32 [N, 2] of labellings, and each as indices into them int32 [h, w]."""
    every = np.concatenate(labellings).astype(np.int64)
    span = 2 * int(np.abs(every).max(initial=0)) + 1
    keys, index = np.unique(every[:, 0] * span + every[:, 1], return_inverse=True)
    rows = (2 * keys + span) // (2 * span)
    found = np.stack([rows, keys - rows * span], 1)
    planes = []
    for own in np.split(index.reshape(-1), len(labellings)):
        plane = np.full(inside.shape, -1, np.int32)
        plane[inside] = own
        planes.append(plane)
    return np.ascontiguousarray(found.astype(np.int32)), planes


def _describe(
    level: Level, lines: Sequence[Gap], unlike: Floats | None, looks: Floats, settings: Settings,
    origin: tuple[int, int], shifts: Ints,
) -> tuple[Any, ...]:  # fmt: skip
    """Return what `seams.fuse` is told of a level and its hole."""
    dear = np.zeros(level.hole.shape, np.float32)
    if unlike is not None:
        dear = unlike * np.float32(settings.unlike_seam)
    # labels are of pixels, rows of patch centers
    allowed = level.allowed_rows(settings.radius)
    return (
        np.ascontiguousarray(level.image[..., :3]), level.source, level.hole, allowed,
        guide_along(lines, level.hole), dear, looks, np.float32(settings.unexpected_seam),
        np.array(origin), shifts,
    )  # fmt: skip


def _follow_shifts(level: Level, origin: tuple[int, int], shifts: Ints, chosen: Ints) -> Labels:
    """Return the labels of the shift that is chosen for each pixel, int32 [h, w], -1 outside."""
    height, width = level.hole.shape
    ys, xs = np.nonzero(chosen >= 0)
    ly, lx = (np.full(chosen.shape, -1, np.int32) for _ in range(2))
    moves = shifts[chosen[ys, xs]]
    ly[ys, xs] = np.clip(ys + origin[0] + moves[:, 0], 0, height - 1)
    lx[ys, xs] = np.clip(xs + origin[1] + moves[:, 1], 0, width - 1)
    return Labels(origin, ly, lx)


def follow_labels(level: Level, field: Field, labels: Labels) -> None:
    """Set the colors of the hole and the matches of its centers to what the labels say."""
    ys, xs = np.nonzero(labels.inside)
    sy, sx = labels.ly[ys, xs], labels.lx[ys, xs]
    ys, xs = ys + labels.origin[0], xs + labels.origin[1]
    level.image[ys, xs] = level.image[sy, sx]
    if level.rows is not None:
        sy, sx = _nearest_centers(field.centers, sy, sx, field.radius)
    oy, ox = ys - int(field.origin[0]), xs - int(field.origin[1])
    height, width = field.target.shape
    at = (oy >= 0) & (ox >= 0) & (oy < height) & (ox < width) & field.centers[sy, sx]
    field.ny[oy[at], ox[at]], field.nx[oy[at], ox[at]] = sy[at], sx[at]


def _nearest_centers(centers: Bools, ys: Ints, xs: Ints, radius: int) -> tuple[Ints, Ints]:
    """Return the centers nearest to pixels, and the pixels themselves where none is that near."""
    away, label = cv2.distanceTransformWithLabels(
        (~centers).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(centers)
    order = np.empty(label.max() + 1, np.int64)
    order[label[rows, columns]] = np.arange(len(rows))
    nearest = order[label[ys, xs]]
    is_near = away[ys, xs] <= 2 * radius
    return (
        np.where(is_near, rows[nearest], ys).astype(np.int32),
        np.where(is_near, columns[nearest], xs).astype(np.int32),
    )
