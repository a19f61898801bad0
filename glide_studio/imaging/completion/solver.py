"""Patch-based completion from coarse to fine: nearest-neighbour field, voting, seams, gradients.

The energy is that of Wexler, Shechtman, Irani, "Space-Time Completion of Video" (2007): every patch
over the hole should look like some patch outside. It is minimised as Newson et al. 2014 do for video:
an image pyramid, PatchMatch for the nearest neighbours, weighted voting for the colors, and texture
features beside the colors so that detailed and smooth areas are not mixed up. Patches may differ by
a color offset (Image Melding, Darabi et al. 2012). At the end every pixel is copied from one place
(the mean of several would be blurred) and the copies are joined in the gradient domain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]


class CompletionCancelled(Exception):
    """The caller asked to stop."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a completion is computed; the numbers were chosen on photographs that no test looks at.

    radius: of the patches, pixels (side 2 radius + 1).
    bias: color offset that two patches may differ by, 0 .. 255.
    texture: weight of the texture features in the patch distance; with less, flat areas attract.
    shifts: how many frequent offsets of the picture are tried in the search.
    coarsest: depth of the hole at which the pyramid ends, in patch radii.
    solve_side: longest side, pixels, up to which the whole picture is searched; on larger levels the
        field is carried up and refined near where it points.
    rounds, sweeps: of voting, and of PatchMatch a round, at the finest level; more at coarser ones.
    spread, spread_fine: width of the voting weights over the PERCENTILE of the costs; where it is
        small, patches that fit easily outvote those at the edge, and what the edge cuts stays cut.
    confidence: a patch's vote falls by this factor with every pixel from what is known.
    fidelity: weight of the voted colors where the seams between copies are laid.
    edge: color step, 0 .. 255, from which on a seam is an edge and is not spread out.
    screen: how firmly tones follow the votes in the gradient domain.
    tone, tone_limit: see `settle_tone`.
    """

    radius: int = 3
    bias: float = 4.0
    texture: float = 6.0
    shifts: int = 24
    coarsest: float = 0.5
    solve_side: int = 1000
    rounds: int = 3
    sweeps: int = 5
    spread: float = 30.0
    spread_fine: float = 5.0
    confidence: float = 3.0
    fidelity: float = 0.1
    edge: float = 200.0
    screen: float = 0.003
    tone: float = 0.5
    tone_limit: float = 20.0


@dataclass(slots=True)
class Level:
    """One level of the pyramid: image float32 [H, W, C], hole and source bool [H, W].

    foreign: bool [H, W], known pixels whose tones must not spread into the hole; the finest only.
    """

    image: Floats
    hole: Bools
    source: Bools
    foreign: Bools | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """image: float32 [H, W, C] with the hole completed. ly, lx: int32 [h, w], the source pixel of
    each pixel of the hole, -1 elsewhere, in a box whose corner (row, column) is `origin`. error:
    root mean square difference, 0 .. 255, between the patches over the hole and their sources."""

    image: Floats
    ly: Ints
    lx: Ints
    origin: tuple[int, int]
    error: float


PERCENTILE = 75  # of the costs: the scale of the voting weights (Newson et al. 2014)
TONE_SIGMA = 8.0  # pixels
KNOWN = 0.25  # share of four pixels that must be known for their mean to be

Check = Callable[[float], None]  # told the share done; raises CompletionCancelled


def kernels() -> Any:
    """The compiled loops; imported here because numba takes half a second to come."""
    return import_module("glide_studio.imaging.completion.kernels")


def bounds(where: Bools) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of the True pixels, half-open."""
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def halve(level: Level) -> Level:
    """Half the size: means of the known pixels; what has fewer than KNOWN of its four is hole."""
    pad = ((0, level.hole.shape[0] % 2), (0, level.hole.shape[1] % 2))
    hole = np.pad(level.hole, pad, mode="edge")
    source = np.pad(level.source, pad, mode="edge")
    image = np.pad(level.image, (*pad, (0, 0)), mode="edge")
    size = (image.shape[1] // 2, image.shape[0] // 2)

    def average(plane: Floats) -> Floats:
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)

    known = (~hole).astype(np.float32)
    share = average(known)
    image = average(image * known[..., None]).reshape(size[1], size[0], -1)
    image /= np.maximum(share, 0.25)[..., None]
    return Level(image, share < KNOWN - 0.01, average(source.astype(np.float32)) > KNOWN - 0.01)


def texture_features(image: Floats, hole: Bools, width: int) -> Floats:
    """[H, W, 2]: mean |d/dx| and |d/dy| of the luma over `width` pixels of known picture around."""
    luma = image[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    known = ~hole
    features = np.empty((*hole.shape, 2), np.float32)
    for axis in (1, 0):
        slope = np.abs(np.diff(luma, axis=axis, append=np.take(luma, [-1], axis)))
        both = known & np.roll(known, -1, axis)
        weight = cv2.blur(both.astype(np.float32), (width, width))
        total = cv2.blur(slope * both, (width, width))
        features[..., 1 - axis] = total / np.maximum(weight, 1e-3)
    return features


def source_centers(source: Bools, radius: int) -> Bools:
    """Centers whose whole patch may be taken."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    inner = cv2.erode(
        source.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return np.asarray(inner > 0)


def target_centers(hole: Bools, radius: int) -> Bools:
    """Centers of the patches that touch the hole and lie inside of the picture."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    touched = cv2.dilate(hole.astype(np.uint8), kernel) > 0
    inside = np.zeros_like(hole)
    height, width = hole.shape
    inside[radius : height - radius, radius : width - radius] = True
    return np.asarray(touched & inside)


def pick_radius(source: Bools, radius: int) -> int:
    """The largest patch radius up to `radius` for which some center is left; -1 if there is none."""
    while radius >= 0:
        if min(source.shape) > 2 * radius and source_centers(source, radius).any():
            return radius
        radius -= 1
    return -1


def fill_smoothly(image: Floats, hole: Bools) -> None:
    """Fill the hole of `image` [H, W, C] in place: coarse means first, then relaxed to a membrane."""
    values, weight = image * ~hole[..., None], (~hole).astype(np.float32)
    stack = [(values, weight)]
    while min(stack[-1][1].shape) > 1 and (stack[-1][1] == 0).any():
        v, w = stack[-1]
        size = (-(-w.shape[1] // 2), -(-w.shape[0] // 2))
        pad = ((0, 2 * size[1] - w.shape[0]), (0, 2 * size[0] - w.shape[1]))
        w2 = np.pad(w, pad).reshape(size[1], 2, size[0], 2).sum((1, 3))
        v2 = np.pad(v * w[..., None], (*pad, (0, 0)))
        v2 = v2.reshape(size[1], 2, size[0], 2, -1).sum((1, 3)) / np.maximum(w2, 1e-6)[..., None]
        stack.append((v2, np.minimum(w2, 1)))
    filled = stack[-1][0]
    for v, w in reversed(stack[:-1]):
        up = cv2.resize(filled, (w.shape[1], w.shape[0]), interpolation=cv2.INTER_LINEAR)
        up = up.reshape(*w.shape, -1)
        filled = np.where((w > 0)[..., None], v, up)
    image[hole] = filled[hole]
    top, left, bottom, right = bounds(hole)
    inside = np.ascontiguousarray(hole[top:bottom, left:right])
    shape = (*inside.shape, image.shape[2])
    count = _neighbours(hole.shape)[top:bottom, left:right]
    zero = np.zeros(shape, np.float32)
    kernels().relax(
        image, np.array([top, left]), inside, zero, np.ascontiguousarray(count), zero,
        np.float32(0), np.float32(1.6), 30,
    )  # fmt: skip


def _neighbours(shape: tuple[int, int]) -> Floats:
    """[H, W]: how many of its four neighbours a pixel has."""
    count = np.full(shape, 4, np.float32)
    count[0] -= 1
    count[-1] -= 1
    count[:, 0] -= 1
    count[:, -1] -= 1
    return count


def frequent_shifts(level: Level, number: int, least: int) -> Ints:
    """int32 [<= 2 number, 2], (dy, dx): peaks of the picture's autocorrelation, both directions.

    What He and Sun 2012 read from the statistics of patch offsets: by which shifts the picture
    repeats itself. At least `least` pixels long.
    """
    none = np.zeros((0, 2), np.int32)
    if number < 1:
        return none
    luma = level.image[..., :3].mean(-1)
    weight = (~level.hole).astype(np.float32)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), 4), 1e-3)
    detail = luma - cv2.GaussianBlur(luma * weight, (0, 0), 4) / share
    known = cv2.erode((~level.hole).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    height, width = luma.shape
    rows, columns = cv2.getOptimalDFTSize(2 * height), cv2.getOptimalDFTSize(2 * width)

    def correlation(plane: Floats) -> Floats:
        spectrum = np.fft.rfft2(plane, (rows, columns))
        return np.fft.irfft2(np.abs(spectrum) ** 2, (rows, columns)).astype(np.float32)

    overlap = correlation(known)
    score = correlation(detail * known) / np.maximum(overlap, max(1.0, 0.1 * float(overlap.max())))
    score = np.fft.fftshift(score)
    cy, cx = rows // 2, columns // 2
    peak = (score >= cv2.dilate(score, np.ones((5, 5), np.uint8))) & (score > 0)
    ys, xs = np.nonzero(peak)
    dy, dx = ys - cy, xs - cx
    far = (np.hypot(dy, dx) >= least) & (np.abs(dy) < height) & (np.abs(dx) < width)
    far &= (dy > 0) | ((dy == 0) & (dx > 0))
    order = np.argsort(-score[ys[far], xs[far]], kind="stable")[:number]
    half = np.stack([dy[far][order], dx[far][order]], 1)
    return np.concatenate([half, -half]).astype(np.int32)


@dataclass(slots=True)
class Field:
    """The nearest-neighbour field in a box: origin (row, column), ny, nx int32, cost, target."""

    origin: NDArray[np.int64]
    ny: Ints
    nx: Ints
    cost: Floats
    target: Bools


def new_field(level: Level, radius: int, rng: np.random.Generator) -> tuple[Field, Bools]:
    """Random matches for all targets of a level, and the centers that may be taken from."""
    centers = source_centers(level.source, radius)
    targets = target_centers(level.hole, radius)
    top, left, bottom, right = bounds(targets)
    target = np.ascontiguousarray(targets[top:bottom, left:right])
    ys, xs = np.nonzero(centers)
    drawn = rng.integers(len(ys), size=target.shape)
    field = Field(
        np.array([top, left]), ys[drawn].astype(np.int32), xs[drawn].astype(np.int32),
        np.full(target.shape, 1e30, np.float32), target,
    )  # fmt: skip
    return field, centers


def carry_up(coarse: Field, fine: Field, centers: Bools) -> None:
    """Start a finer level's field from a coarser one; random matches stay where that has none."""
    height, width = fine.target.shape
    ys = np.arange(height) + fine.origin[0]
    xs = np.arange(width) + fine.origin[1]
    cy = np.clip(ys // 2 - coarse.origin[0], 0, coarse.target.shape[0] - 1)
    cx = np.clip(xs // 2 - coarse.origin[1], 0, coarse.target.shape[1] - 1)
    grid = np.ix_(cy, cx)
    moved_y = coarse.ny[grid] * 2 + (ys - 2 * (cy + coarse.origin[0]))[:, None]
    moved_x = coarse.nx[grid] * 2 + (xs - 2 * (cx + coarse.origin[1]))[None]
    inside = (moved_y >= 0) & (moved_x >= 0)
    inside &= (moved_y < centers.shape[0]) & (moved_x < centers.shape[1])
    safe_y = np.clip(moved_y, 0, centers.shape[0] - 1)
    safe_x = np.clip(moved_x, 0, centers.shape[1] - 1)
    good = coarse.target[grid] & inside & centers[safe_y, safe_x]
    fine.ny[good], fine.nx[good] = moved_y[good], moved_x[good]
    fine.cost[...] = np.where(good, coarse.cost[grid], 1e30)


def enlarge_into(level: Level, coarse: Floats) -> None:
    """Fill a level's hole with the next coarser level's colors, twice as large."""
    height, width = level.hole.shape
    twice = cv2.resize(coarse, (2 * coarse.shape[1], 2 * coarse.shape[0]))
    channels = level.image.shape[2]
    level.image[level.hole] = twice[:height, :width, :channels][level.hole]


def patch_means(image: Floats, radius: int) -> Floats:
    """[H, W, 3]: the mean color of the patch around each pixel."""
    side = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.blur(image[..., :3], side, borderType=cv2.BORDER_REFLECT), np.float32)


def confidence(level: Level, field: Field, base: float) -> Floats:
    """[h, w]: base ** -distance to the known pixels, so that what is known spreads inwards."""
    hole = level.hole.astype(np.uint8)
    distance = cv2.distanceTransform(hole, cv2.DIST_L2, 5)
    top, left = field.origin
    height, width = field.target.shape
    near = distance[top : top + height, left : left + width]
    return np.asarray(np.maximum(base**-near, 1e-6), np.float32)


def spread_of(field: Field) -> np.float32:
    """The scale of the voting weights: twice the variance of Wexler et al., from the costs."""
    costs = field.cost[field.target]
    return np.float32(max(1.0, float(np.percentile(costs, PERCENTILE))))


ROWS = 100_000  # targets that are searched between two looks at `check`


def search_field(
    level: Level, means: Floats, field: Field, centers: Bools, settings: Settings, radius: int,
    reach: int, shifts: Ints, sweeps: int, state: NDArray[np.uint32], check: Callable[[], None],
) -> None:  # fmt: skip
    """Improve the field by some sweeps of PatchMatch."""
    height, width = field.target.shape
    band = max(1, ROWS // max(1, width))
    for sweep in range(sweeps):
        forward = sweep % 2 == 0
        starts = list(range(0, height, band))
        for start in starts if forward else reversed(starts):
            check()
            kernels().search(
                level.image, means, field.origin, field.ny, field.nx, field.cost, field.target,
                centers, radius, np.float32(settings.bias),
                (start, min(height, start + band)), forward, reach, shifts, state,
            )  # fmt: skip


def solve(base: Level, settings: Settings, seed: int, check: Check) -> Solution:
    """Fill a crop. base.image: [H, W, 3 or 4], 0 .. 255; the content of the hole is not looked at."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    state = rng.integers(1, 2**32, size=1, dtype=np.uint32)
    levels = [base]
    while True:
        level = levels[-1]
        depth = cv2.distanceTransform(
            np.pad(level.hole, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5
        ).max()
        smaller = halve(level)
        if (
            depth <= settings.coarsest * settings.radius
            or min(level.hole.shape) < 6 * settings.radius
        ):
            break
        if pick_radius(smaller.source, settings.radius) < settings.radius:
            break
        levels.append(smaller)
    colors = base.image.shape[2]
    _add_features(levels, settings)
    total = sum(float(level.hole.sum()) for level in levels) * settings.rounds
    done = 0.0
    field: Field | None = None
    fits = [n for n, x in enumerate(levels) if max(x.hole.shape) <= 400]
    number = fits[0] if fits else len(levels) - 1
    small = levels[number]
    full = [n for n, x in enumerate(levels) if max(x.hole.shape) <= settings.solve_side]
    first_full = full[0] if full else len(levels) - 1
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        radius = pick_radius(level.source, settings.radius)
        fine, centers = new_field(level, radius, rng)
        share = float(level.hole.sum()) / total

        def tick(step: float = 0.0) -> None:
            nonlocal done
            done += step
            check(min(0.95, done))

        tick()
        large = max(level.hole.shape) > settings.solve_side
        scale = 2.0 ** (number - depth)
        shifts = _shifts(small, settings, scale)
        weight = confidence(level, fine, settings.confidence)
        spread = settings.spread if depth else settings.spread_fine
        if field is None:
            fill_smoothly(level.image, level.hole)
        else:
            carry_up(field, fine, centers)
            enlarge_into(level, levels[depth + 1].image)
            _vote(level, fine, weight, settings, radius, spread)
        rank = max(0, depth - first_full)
        rounds = 1 if large else settings.rounds + 2 * rank
        sweeps = 2 if large else 2 * min(settings.sweeps, 1 + rank)
        reach = max(centers.shape) if not large else 1
        for _ in range(rounds):
            means = patch_means(level.image, radius)
            kernels().refresh_costs(
                level.image,
                means,
                fine.origin,
                fine.ny,
                fine.nx,
                fine.cost,
                fine.target,
                radius,
                np.float32(settings.bias),
            )
            search_field(
                level, means, fine, centers, settings, radius, reach, shifts, sweeps, state, tick
            )
            _vote(level, fine, weight, settings, radius, spread)
            tick(share)
        field = fine
    assert field is not None
    return _copy_sharply(levels[0], base.image[..., :colors], field, settings, radius, check)


def _add_features(levels: list[Level], settings: Settings) -> None:
    """Append texture features to every level that is searched globally."""
    start = next(
        (n for n, x in enumerate(levels) if max(x.hole.shape) <= settings.solve_side), None
    )
    if start is None or settings.texture <= 0:
        return
    level = levels[start]
    features = texture_features(level.image, level.hole, 9) * np.float32(settings.texture)
    current = Level(features, level.hole, level.source)
    for level in levels[start:]:
        level.image = np.ascontiguousarray(np.concatenate([level.image, current.image], -1))
        current = halve(current)


def _shifts(small: Level, settings: Settings, scale: float) -> Ints:
    found = frequent_shifts(small, settings.shifts, 2 * settings.radius + 1)
    return np.round(found * scale).astype(np.int32)


def _vote(
    level: Level, field: Field, weight: Floats, settings: Settings, radius: int, spread: float
) -> None:
    means = patch_means(level.image, radius)
    kernels().vote(
        level.image, means, field.origin, field.ny, field.nx, field.cost, field.target, level.hole,
        weight, spread_of(field) * np.float32(spread), radius, np.float32(settings.bias),
    )  # fmt: skip


def settle_tone(image: Floats, hole: Bools, foreign: Bools, settings: Settings) -> None:
    """Move the tones of what was filled towards those that the surroundings suggest, in place.

    Two guesses of a hole's tones, from patches and from a membrane over it, err independently; their
    mean errs less. Only what is coarser than TONE_SIGMA pixels moves, and not by much, so that texture
    and edges stay.
    """
    top, left, bottom, right = bounds(hole)
    pad = round(3 * TONE_SIGMA)
    here = (slice(max(0, top - pad), bottom + pad), slice(max(0, left - pad), right + pad))
    inside = hole[here]
    smooth = image[here].copy()
    unknown = inside | foreign[here]
    if unknown.all():
        return
    fill_smoothly(smooth, unknown)
    weight = inside.astype(np.float32)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), TONE_SIGMA), 1e-3)[..., None]
    gap = (smooth - image[here]) * weight[..., None]
    gap = cv2.GaussianBlur(gap, (0, 0), TONE_SIGMA).reshape(smooth.shape) / share
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    ramp = np.minimum(1, depth / TONE_SIGMA)[..., None] * np.float32(settings.tone)
    moved = ramp * np.clip(gap, -settings.tone_limit, settings.tone_limit)
    image[here] += np.where(inside[..., None], moved, 0)


def _copy_sharply(
    level: Level, base: Floats, field: Field, settings: Settings, radius: int, check: Check
) -> Solution:
    """Copy every pixel from one place, then join the copies in the gradient domain."""
    k = kernels()
    # the labels' box is that of the hole
    top, left, bottom, right = bounds(level.hole)
    oy, ox = int(field.origin[0]), int(field.origin[1])
    # the targets' box may lack rows at the picture's border, where no center fits
    t, first = min(top, oy), min(left, ox)
    b, r = max(bottom, oy + field.target.shape[0]), max(right, ox + field.target.shape[1])
    pad = ((oy - t, b - oy - field.target.shape[0]), (ox - first, r - ox - field.target.shape[1]))
    ny, nx = np.pad(field.ny, pad), np.pad(field.nx, pad)
    cost, target = np.pad(field.cost, pad), np.pad(field.target, pad)
    origin = np.array([t, first])
    ly = np.full(target.shape, -1, np.int32)
    lx = np.full(target.shape, -1, np.int32)
    spread = spread_of(field)
    k.most_voted(origin, ny, nx, cost, target, level.hole, radius, spread, ly, lx)
    usable = level.source
    colors = np.ascontiguousarray(level.image[..., : base.shape[2]])
    check(0.96)
    k.move_seams(colors, usable, origin, ly, lx, np.float32(settings.fidelity), 4)
    check(0.97)
    inside = ly >= 0
    right_side = np.zeros((*inside.shape, base.shape[2]), np.float32)
    count = np.zeros(inside.shape, np.float32)
    anchor = np.ascontiguousarray(colors[t:b, first:r])
    foreign = np.zeros_like(level.hole) if level.foreign is None else level.foreign
    k.divergence(
        usable, foreign, origin, ly, lx, colors, np.float32(settings.edge**2), right_side, count
    )
    result = colors.copy()
    window = result[t:b, first:r]
    window[inside] = colors[ly[inside], lx[inside]]
    k.relax(
        result,
        origin,
        inside,
        right_side,
        count,
        anchor,
        np.float32(settings.screen),
        np.float32(1.5),
        40,
    )
    if settings.tone > 0:
        settle_tone(result, level.hole, foreign, settings)
    check(1.0)
    side = 2 * radius + 1
    error = float(np.sqrt(cost[target].mean() / (3 * side * side)))
    return Solution(result, ly, lx, (t, first), error)
