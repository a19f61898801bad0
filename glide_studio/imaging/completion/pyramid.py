"""The image pyramid of a hole and its surroundings, and what is read from it before the search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.filters import LUMA_601

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]

BAND_PIXELS = 250_000  # that are worked on at a time; in small blocks of memory, which are kept
KNOWN = 0.25  # share of four pixels that must be known for their mean to be


@dataclass(slots=True)
class Level:
    """One level of the pyramid: image float32 [H, W, C], hole and source bool [H, W].

    foreign: bool [H, W], known pixels whose tones must not spread into the hole; the finest only.
    rows: int32 [H, 2], the first and the last row that each row of the hole may take from; None for
    all.
    """

    image: Floats
    hole: Bools
    source: Bools
    foreign: Bools | None = None
    rows: Ints | None = None

    def allowed_rows(self, slack: int = 0) -> Ints:
        """Return int32 [H, 2]: `rows` with `slack` pixels more on both ends; all without `rows`."""
        height = self.hole.shape[0]
        if self.rows is None:
            return np.tile(np.array([0, height - 1], np.int32), (height, 1))
        wider = self.rows + np.array([-slack, slack])
        return np.asarray(np.clip(wider, 0, height - 1), np.int32)


def kernels() -> Any:
    """Return the compiled loops; imported here because numba takes half a second to come."""
    return import_module("glide_studio.imaging.completion.kernels")


def bounds(where: Bools) -> tuple[int, int, int, int]:
    """Return (top, left, bottom, right) of the True pixels, half-open."""
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def halve(level: Level, check: Callable[[], None] = lambda: None) -> Level:
    """Halve the size: means of known pixels; what has fewer than KNOWN of its four is hole.

    check is called before every band of about BAND_PIXELS.
    """
    height, width = level.hole.shape
    size = (-(-height // 2), -(-width // 2))
    image = np.empty((*size, level.image.shape[2]), np.float32)
    known, taken = np.empty(size, np.float32), np.empty(size, np.float32)
    step = max(1, BAND_PIXELS // 2 // width)
    for start in range(0, size[0], step):
        check()
        end = min(size[0], start + step)
        rows = slice(2 * start, min(height, 2 * end))
        pad = ((0, 2 * end - rows.stop), (0, width % 2))
        hole, source = (np.pad(p[rows], pad, "edge") for p in (level.hole, level.source))
        part = level.image[rows] if pad == ((0, 0), (0, 0)) else _pad_image(level.image[rows], pad)
        image[start:end] = _average(part)
        known[start:end] = _average((~hole).astype(np.float32))[..., 0]
        taken[start:end] = _average(source.astype(np.float32))[..., 0]
        if hole.any():
            # only here does a mean differ from that of the known pixels
            _, left, _, right = bounds(hole)
            left, right = left // 2, -(-right // 2)
            here = slice(2 * left, 2 * right)
            mean = _average(part[:, here] * ~hole[:, here, None])
            share = known[start:end, left:right, None]
            image[start:end, left:right] = mean / np.maximum(share, 0.25)
    allowed = None
    if level.rows is not None:
        both = np.pad(level.rows, ((0, height % 2), (0, 0)), mode="edge").reshape(-1, 2, 2)
        first, last = -(-both[:, :, 0].min(1) // 2), both[:, :, 1].max(1) // 2
        allowed = np.stack([first, last], 1).astype(np.int32)
    return Level(image, known < KNOWN - 0.01, taken > KNOWN - 0.01, rows=allowed)


def _pad_image(image: Floats, pad: tuple[tuple[int, int], tuple[int, int]]) -> Floats:
    return np.asarray(np.pad(image, (*pad, (0, 0)), mode="edge"))


def _average(plane: Floats) -> Floats:
    """Return [h / 2, w / 2, C]: the means of two by two pixels of [h, w] or [h, w, C]."""
    half = (plane.shape[1] // 2, plane.shape[0] // 2)
    mean = cv2.resize(plane, half, interpolation=cv2.INTER_AREA)
    return np.asarray(mean, np.float32).reshape(half[1], half[0], -1)


def texture_features(image: Floats, hole: Bools, width: int) -> Floats:
    """Return [H, W, 2]: mean |d/dx| and |d/dy| of the luma over `width` known pixels around."""
    luma = image[..., :3] @ LUMA_601
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
    """Return centers whose whole patch may be taken."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    inner = cv2.erode(
        source.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return np.asarray(inner > 0)


def target_centers(hole: Bools, radius: int) -> Bools:
    """Return centers of the patches that touch the hole and lie inside of the picture."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    touched = cv2.dilate(hole.astype(np.uint8), kernel) > 0
    inside = np.zeros_like(hole)
    height, width = hole.shape
    inside[radius : height - radius, radius : width - radius] = True
    return np.asarray(touched & inside)


def pick_radius(source: Bools, radius: int) -> int:
    """Return the largest patch radius up to `radius` that leaves some center; -1 if none does."""
    while radius >= 0:
        if min(source.shape) > 2 * radius and source_centers(source, radius).any():
            return radius
        radius -= 1
    return -1


def served_rows(level: Level, radius: int) -> float:
    """Return the share of the hole's rows that have a source center in their allowed rows."""
    if level.rows is None:
        return 1.0
    count = np.concatenate([[0], np.cumsum(source_centers(level.source, radius).any(1))])
    here = level.hole.any(1)
    first, last = level.rows[here].T
    return float((count[last + 1] > count[first]).mean())


def fill_smoothly(image: Floats, hole: Bools) -> None:
    """Fill the hole of `image` [H, W, C] in place: coarse means, relaxed to a membrane."""
    values, weight = image * ~hole[..., None], (~hole).astype(np.float32)
    stack = [(values, weight)]
    while max(stack[-1][1].shape) > 1 and (stack[-1][1] == 0).any():
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
    count = _neighbors(hole.shape)[top:bottom, left:right]
    zero = np.zeros(shape, np.float32)
    kernels().relax(
        image, np.array([top, left]), inside, zero, np.ascontiguousarray(count), zero,
        np.zeros(inside.shape, np.float32), np.float32(1.6), 30,
    )  # fmt: skip


def _neighbors(shape: tuple[int, int]) -> Floats:
    """Return [H, W]: how many of its four neighbors a pixel has."""
    count = np.full(shape, 4, np.float32)
    count[0] -= 1
    count[-1] -= 1
    count[:, 0] -= 1
    count[:, -1] -= 1
    return count


def frequent_shifts(level: Level, number: int, least: int) -> Ints:
    """Return int32 [<= 2 number, 2], (dy, dx): peaks of the autocorrelation, both directions.

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


def enlarge_into(level: Level, coarse: Floats) -> None:
    """Fill a level's hole with the next coarser level's colors, twice as large."""
    top, left, bottom, right = bounds(level.hole)
    t, first = max(0, top // 2 - 2), max(0, left // 2 - 2)
    part = np.ascontiguousarray(coarse[t : bottom // 2 + 3, first : right // 2 + 3])
    twice = cv2.resize(part, (2 * part.shape[1], 2 * part.shape[0]))
    twice = twice[top - 2 * t : bottom - 2 * t, left - 2 * first : right - 2 * first]
    hole = level.hole[top:bottom, left:right]
    level.image[top:bottom, left:right][hole] = twice[hole][:, : level.image.shape[2]]


def add_features(levels: list[Level], weight: float) -> None:
    """Append texture features, times `weight`, to the image of every level, the finest first."""
    if weight <= 0:
        return
    first = levels[0]
    features = texture_features(first.image, first.hole, 9) * np.float32(weight)
    current = Level(features, first.hole, first.source)
    for level in levels:
        level.image = np.ascontiguousarray(np.concatenate([level.image, current.image], -1))
        current = halve(current)
