"""Which shift every pixel of the hole is copied with, and few large copies instead of many small.

He and Sun, "Statistics of patch offsets for image completion" (2012): a hole is filled best by a
small number of shifted copies of the picture, whose seams a graph cut lays where they are not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.field import Field, bands, spread_of
from glide_studio.imaging.completion.pyramid import Bools, Ints, Level, bounds, kernels


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
    level: Level, starts: Sequence[Labels], repeats: Ints, settings: Settings,
    check: Callable[[], None],
) -> tuple[Labels, int, float]:  # fmt: skip
    """Find a labelling of few large copies whose seams cost little.

    starts: labellings of the same hole, whose most used shifts are tried beside `repeats`, int32
    [N, 2], those by which the picture repeats itself. The cheapest of them is improved; its index is
    the second of what is returned, the third is the cost per pixel.
    """
    inside = starts[0].inside
    top, left = origin = starts[0].origin
    every = [start.shifts() for start in starts]
    found, index = np.unique(np.concatenate(every), axis=0, return_inverse=True)
    shifts = np.ascontiguousarray(np.concatenate([found, repeats]).astype(np.int32))
    image = np.ascontiguousarray(level.image[..., :3])
    where = np.array(origin)
    seam = np.float32(settings.seam)
    # labels are of pixels, rows of patch centers
    allowed = level.allowed_rows(settings.radius)
    tried: dict[int, None] = {}
    best, first, cost = None, 0, float("inf")
    for number, own in enumerate(np.split(index.reshape(-1), len(starts))):
        values, count = np.unique(own, return_counts=True)
        order = np.argsort(-count, kind="stable")[: settings.cut_shifts]
        tried.update(dict.fromkeys(values[order].tolist()))
        chosen = np.full(inside.shape, -1, np.int32)
        chosen[inside] = own
        its = _cuts().total_cost(
            image, level.source, level.hole, allowed, where, shifts, chosen, seam
        )
        if its < cost:
            best, first, cost = chosen, number, its
    assert best is not None
    tried.update(dict.fromkeys(range(len(found), len(shifts))))

    def expand(alpha: int) -> int:
        check()
        changed: int = _cuts().expand(
            image, level.source, level.hole, allowed, where, shifts, best, alpha, seam
        )
        return changed

    useful = list(tried)
    for _ in range(settings.cut_rounds):
        useful = [alpha for alpha in useful if expand(alpha)]
    cost = _cuts().total_cost(image, level.source, level.hole, allowed, where, shifts, best, seam)
    height, width = level.hole.shape
    ys, xs = np.nonzero(inside)
    ly, lx = (np.full(inside.shape, -1, np.int32) for _ in range(2))
    ly[inside] = np.clip(ys + top + shifts[best[inside], 0], 0, height - 1)
    lx[inside] = np.clip(xs + left + shifts[best[inside], 1], 0, width - 1)
    return Labels(origin, ly, lx), first, cost / max(1, int(inside.sum()))


def follow_labels(level: Level, field: Field, labels: Labels) -> None:
    """Set the colors of the hole and the matches of its centers to what the labels say."""
    ys, xs = np.nonzero(labels.inside)
    sy, sx = labels.ly[ys, xs], labels.lx[ys, xs]
    ys, xs = ys + labels.origin[0], xs + labels.origin[1]
    level.image[ys, xs] = level.image[sy, sx]
    oy, ox = ys - int(field.origin[0]), xs - int(field.origin[1])
    height, width = field.target.shape
    at = (oy >= 0) & (ox >= 0) & (oy < height) & (ox < width) & field.centers[sy, sx]
    field.ny[oy[at], ox[at]], field.nx[oy[at], ox[at]] = sy[at], sx[at]
