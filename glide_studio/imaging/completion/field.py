"""The nearest-neighbor field of a level: PatchMatch and voting (Barnes 2009, Wexler 2007)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.pyramid import (
    BAND_PIXELS,
    Bools,
    Floats,
    Ints,
    Level,
    bounds,
    kernels,
    source_centers,
    target_centers,
)

Shorts: TypeAlias = NDArray[np.int16]

PERCENTILE = 75  # of the costs: the scale of the voting weights (Newson et al. 2014)
UNMATCHED = np.float32(1e30)  # the cost of a match that was not looked at
DRAWN_PIXELS = 1_000_000  # of larger levels only every second or third row is drawn from
TARGETS = 20_000  # centers that are worked on between two looks at `check`


def bands(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Return rows (first, end) of a box, in bands that take a small part of a second each."""
    height, width = shape
    step = max(1, TARGETS // max(1, width))
    return [(start, min(height, start + step)) for start in range(0, height, step)]


@dataclass(slots=True)
class Field:
    """Which source center each center over the hole resembles, in a box of the level.

    origin: (row, column) of the box. ny, nx: int32 [h, w], rows and columns of source centers.
    cost: float32 [h, w]. target: bool [h, w], centers that have a match. centers: bool [H, W],
    those that may be matched. rows: int32 [H, 2], the first and the last row of matches, by the row
    of the center. radius: of the patches, pixels.
    """

    origin: NDArray[np.int64]
    ny: Ints
    nx: Ints
    cost: Floats
    target: Bools
    centers: Bools
    rows: Ints
    radius: int


def new_field(level: Level, radius: int, rng: np.random.Generator) -> Field:
    """Return random matches for all targets of a level."""
    centers = source_centers(level.source, radius)
    targets = target_centers(level.hole, radius)
    top, left, bottom, right = bounds(targets)
    target = np.ascontiguousarray(targets[top:bottom, left:right])
    step = max(1, round((centers.size / DRAWN_PIXELS) ** 0.5))
    ys, xs = np.nonzero(centers[::step, ::step])
    if not len(ys):
        ys, xs = np.nonzero(centers)
    else:
        ys, xs = ys * step, xs * step
    rows = level.allowed_rows()
    if level.rows is not None:
        rows = _widen_to(rows, np.unique(ys))
    ny, nx = np.empty(target.shape, np.int32), np.empty(target.shape, np.int32)
    for start, end in bands(target.shape):
        size = (end - start, target.shape[1])
        if level.rows is None:
            drawn = rng.integers(len(ys), size=size)
        else:
            # the drawn ones lie in the order of their rows
            least = np.searchsorted(ys, rows[top + start : top + end, 0])
            most = np.searchsorted(ys, rows[top + start : top + end, 1], side="right")
            drawn = least[:, None] + rng.integers((most - least)[:, None], size=size)
        ny[start:end], nx[start:end] = ys[drawn], xs[drawn]
    cost = np.full(target.shape, UNMATCHED, np.float32)
    return Field(np.array([top, left]), ny, nx, cost, target, centers, rows, radius)


def _widen_to(rows: Ints, used: NDArray[np.int64]) -> Ints:
    """Widen ranges of rows int32 [H, 2] just as far as there is one of `used`, sorted, in each."""
    above = used[np.maximum(np.searchsorted(used, rows[:, 1], side="right") - 1, 0)]
    below = used[np.minimum(np.searchsorted(used, rows[:, 0]), len(used) - 1)]
    empty = (above < rows[:, 0]) | (above > rows[:, 1])
    to_above = (above < rows[:, 0]) & (
        (below < rows[:, 1]) | (rows[:, 0] - above < below - rows[:, 1])
    )
    wider = rows.copy()
    wider[empty & to_above, 0] = above[empty & to_above]
    wider[empty & ~to_above, 1] = below[empty & ~to_above]
    return wider


def carry_up(coarse: Field, fine: Field) -> None:
    """Start a finer level's field from a coarser one; random matches stay where that has none."""
    height, width = fine.target.shape
    xs = np.arange(width) + fine.origin[1]
    cx = np.clip(xs // 2 - coarse.origin[1], 0, coarse.target.shape[1] - 1)
    centers = fine.centers
    for start, end in bands((height, width)):
        ys = np.arange(start, end) + fine.origin[0]
        cy = np.clip(ys // 2 - coarse.origin[0], 0, coarse.target.shape[0] - 1)
        grid = np.ix_(cy, cx)
        moved_y = coarse.ny[grid] * 2 + (ys - 2 * (cy + coarse.origin[0]))[:, None]
        moved_x = coarse.nx[grid] * 2 + (xs - 2 * (cx + coarse.origin[1]))[None]
        inside = (moved_y >= 0) & (moved_x >= 0)
        inside &= (moved_y < centers.shape[0]) & (moved_x < centers.shape[1])
        safe_y = np.clip(moved_y, 0, centers.shape[0] - 1)
        safe_x = np.clip(moved_x, 0, centers.shape[1] - 1)
        good = coarse.target[grid] & inside & centers[safe_y, safe_x]
        fine.ny[start:end][good], fine.nx[start:end][good] = moved_y[good], moved_x[good]
        fine.cost[start:end] = np.where(good, coarse.cost[grid], UNMATCHED)


def patch_means(image: Floats, radius: int, check: Callable[[], None]) -> Shorts:
    """Return int16 [H, W, 3]: the mean color of the patch around each pixel, in `MEAN_STEPS`."""
    means = np.empty((*image.shape[:2], 3), np.int16)
    update_means(means, image, radius, (0, len(image)), check)
    return means


def update_means(
    means: Shorts, image: Floats, radius: int, rows: tuple[int, int], check: Callable[[], None]
) -> None:
    """Compute the rows (first, end) of what `patch_means` returned again."""
    height, width = image.shape[:2]
    largest = np.iinfo(np.int16).max
    side = (2 * radius + 1, 2 * radius + 1)
    step = max(side[0], BAND_PIXELS // width)
    for start in range(*rows, step):
        check()
        first, end = max(0, start - radius), min(rows[1], start + step)
        part = image[first : min(height, end + radius), :, :3]
        blurred = cv2.blur(part, side, borderType=cv2.BORDER_REFLECT)
        blurred *= kernels().MEAN_STEPS
        np.clip(np.rint(blurred, out=blurred), -largest, largest, out=blurred)
        means[start:end] = blurred[start - first : end - first]


def confidence(level: Level, field: Field, base: float) -> Floats:
    """Return [h, w]: base ** -distance to the known pixels: what is known spreads inwards."""
    # the nearest known pixel of each target lies in the box or in its rim of `radius` pixels
    top, left = field.origin
    height, width = field.target.shape
    t, first = max(0, top - field.radius), max(0, left - field.radius)
    part = level.hole[t : top + height + field.radius, first : left + width + field.radius]
    distance = cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5)
    near = distance[top - t : top - t + height, left - first : left - first + width]
    return np.asarray(np.maximum(base**-near, 1e-6), np.float32)


def overuse(field: Field, weight: float) -> Floats:
    """Return [H, W]: what a match costs more for being taken more often than others.

    The occurrence penalty of Kaspar et al., "Self tuning texture optimization" (2015, section 4.2):
    `weight` times the usual cost for every time that a place is used more than all would be on
    average, counted over a patch.
    """
    used = np.zeros(field.centers.shape, np.float32)
    if weight <= 0 or not (field.cost < UNMATCHED).any():
        return used
    matched = field.target & (field.cost < UNMATCHED)
    np.add.at(used, (field.ny[matched], field.nx[matched]), 1)
    side = 2 * field.radius + 1
    share = np.asarray(cv2.blur(used, (side, side), borderType=cv2.BORDER_CONSTANT))
    fair = max(1.0, float(matched.sum()) / max(1, int(field.centers.sum())))
    return np.asarray(np.maximum(share / fair - 1, 0) * (spread_of(field) * weight), np.float32)


def spread_of(field: Field) -> np.float32:
    """Return the scale of the voting weights: twice the variance of Wexler et al."""
    costs = field.cost[field.target]
    return np.float32(max(1.0, float(np.percentile(costs, PERCENTILE))))


def improve(
    level: Level, field: Field, means: Shorts, settings: Settings, weight: Floats, spread: float, sweeps: int,
    reach: int, shifts: Ints, unlike: Floats | None, looks: Floats, state: NDArray[np.uint32],
    check: Callable[[], None],
) -> None:  # fmt: skip
    """Improve once: search better matches, then let them vote for the colors of the hole.

    means: the patch means of the level's image; those over the hole are computed again.
    weight, spread: see `vote`. sweeps: of PatchMatch. reach: pixels of its random search. shifts:
    int32 [N, 2], frequent offsets that are tried too. unlike: [H, W], 0 .. 1, places that cost
    more, or None. looks: [H, W, K], see `expectation.expect`. state: of its random numbers.
    """
    top, below = int(field.origin[0]), int(field.origin[0]) + len(field.target)
    changed = max(0, top - 2 * field.radius), min(len(means), below + 2 * field.radius)
    update_means(means, level.image, field.radius, changed, check)
    check()
    penalty = overuse(field, settings.overuse)
    matched = field.cost[field.target & (field.cost < UNMATCHED)]
    if unlike is not None and len(matched):
        penalty += unlike * np.float32(settings.unlike * np.percentile(matched, PERCENTILE))
    strange = np.float32(0)
    if len(matched):
        strange = np.float32(settings.unexpected * np.percentile(matched, PERCENTILE))
    bias = np.float32(settings.bias)
    every = bands(field.target.shape)
    for rows in every:
        check()
        kernels().refresh_costs(
            level.image, means, field.origin, field.ny, field.nx, field.cost, field.target,
            penalty, looks, strange, field.radius, bias, rows,
        )  # fmt: skip
    for sweep in range(sweeps):
        forward = sweep % 2 == 0
        for rows in every if forward else reversed(every):
            check()
            kernels().search(
                level.image, means, field.origin, field.ny, field.nx, field.cost, field.target,
                field.centers, field.rows, penalty, looks, strange, field.radius, bias, rows,
                forward, reach, shifts, state,
            )  # fmt: skip
    del penalty  # of a large hole some 40 MB
    vote(level, field, means, settings, weight, spread, check)


def vote(
    level: Level, field: Field, means: Shorts, settings: Settings, weight: Floats, spread: float,
    check: Callable[[], None],
) -> None:  # fmt: skip
    """Give each pixel of the hole the weighted mean of what all patches over it propose.

    means: the patch means of the level's image before the vote. weight: float32 [h, w], confidence
    of a center. spread: width of the weights over that of the
    costs (Wexler, Shechtman, Irani 2007, eq. 4 to 6).
    """
    radius, channels = field.radius, level.image.shape[2]
    height, width = field.target.shape
    total = np.zeros((height + 2 * radius, width + 2 * radius, channels + 1), np.float32)
    scale = spread_of(field) * np.float32(spread)
    for rows in bands(field.target.shape):
        check()
        kernels().vote(
            level.image, means, field.origin, field.ny, field.nx, field.cost, field.target,
            level.hole, weight, scale, radius, np.float32(settings.bias), rows, total,
        )  # fmt: skip
    check()
    kernels().take_votes(level.image, field.origin, radius, total)
