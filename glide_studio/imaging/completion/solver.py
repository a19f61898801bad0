"""Patch-based completion from coarse to fine: nearest-neighbour field, graph cuts, gradients.

The energy is that of Wexler, Shechtman, Irani, "Space-Time Completion of Video" (2007): every patch
over the hole should look like some patch outside. It is minimised as Newson et al. 2014 do for
video: an image pyramid, PatchMatch for the nearest neighbours, weighted voting for the colors, and
texture features beside the colors so that detailed and smooth areas are not mixed up. Patches may
differ by a color offset (Image Melding, Darabi et al. 2012). At a middle level the result is
replaced by few large copies of the picture with the cheapest seams (`shift_map`), which finer
levels only refine: means of many small patches would be blurred. Lines and boundaries of regions
that the hole interrupts lead these copies (`lines`, `boundary_search`). What looks like nothing
around the hole is avoided (`likeness`), and so is what is far from the tones and the texture that
the rim lets expect at that place (`expectation`). At the end every pixel is copied from one place,
and the copies are joined in the gradient domain, with the tones of smooth surroundings (`tones`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from glide_studio.imaging.completion.boundaries import boundary_of, distances_to
from glide_studio.imaging.completion.boundary_search import find_boundaries
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.expectation import expect
from glide_studio.imaging.completion.field import (
    Field,
    bands,
    carry_up,
    confidence,
    improve,
    new_field,
    patch_means,
    vote,
)
from glide_studio.imaging.completion.likeness import rare_places, unlike_the_rim
from glide_studio.imaging.completion.lines import Gap, interrupted_lines
from glide_studio.imaging.completion.pyramid import (
    Floats,
    Ints,
    Level,
    add_features,
    enlarge_into,
    fill_smoothly,
    frequent_shifts,
    halve,
    kernels,
    pick_radius,
    served_rows,
)
from glide_studio.imaging.completion.shift_map import (
    Labels,
    follow_labels,
    join_copies,
    most_voted,
)
from glide_studio.imaging.completion.tones import spread_tones
from glide_studio.imaging.memory import return_freed_memory

SERVED = 0.9  # of the rows of a hole that must have centers to take from in their allowed rows
SHIFT_SIDE = 400  # pixels of the level on which the picture's shifts are looked for
UNLIKE_SIDE = 200  # pixels of the level on which places are compared with the hole's rim
SEAM_SWEEPS = 4  # in which seams move by single pixels at the end
BOUNDARY = 20.0  # usual costs, that a match costs more at finer levels which moves a boundary
SIDES = 0.5  # what distances from curved boundaries count for at coarse levels
RELAX_SWEEPS, OVERRELAXATION = 40, 1.5  # of the gradient domain's solution
RELAXED_PIXELS = 1_000_000  # between two looks at `check`
RADII = (0, 1, 2, -1)  # added to the patch radius, run by run

Check = Callable[[float], None]  # told the share done; raises CompletionCancelled


class CompletionCancelled(Exception):
    """The caller asked to stop."""


@dataclass(frozen=True, slots=True)
class Solution:
    """image: float32 [H, W, C] with the hole completed. labels: where each pixel was taken from.
    error: what the seams between the copies cost a pixel, root mean square, 0 .. 255."""

    image: Floats
    labels: Labels
    error: float


def solve(base: Level, settings: Settings, seed: int, check: Check) -> Solution:
    """Fill a crop. base.image: [H, W, 3 or 4], 0 .. 255; the content of the hole is not looked at."""
    return _Solver(base, settings, seed, check).solve()


class _Solver:
    """The levels of one hole, the random numbers and the progress."""

    def __init__(self, base: Level, settings: Settings, seed: int, check: Check) -> None:
        self.settings = settings
        self.rng = np.random.Generator(np.random.Philox(key=seed))
        self.state = self.rng.integers(1, 2**32, size=1, dtype=np.uint32)
        self.colors = np.ascontiguousarray(base.image)
        self.levels = _pyramid(base, settings, check)
        sides = [max(level.hole.shape) for level in self.levels]
        self.full = _first(side <= settings.solve_side for side in sides)
        add_features(self.levels[self.full :], settings.texture)
        self.cut = _first(level.hole.sum() <= settings.cut_pixels for level in self.levels)
        # below the finest level at least, or a small spot costs as much as a large one
        self.cut = max(self.cut, min(1, len(self.levels) - 1))
        self.small = _first(side <= SHIFT_SIDE for side in sides)
        least = 2 * settings.radius + 1
        self.shifts = frequent_shifts(self.levels[self.small], settings.shifts, least)
        at = _first(side <= UNLIKE_SIDE for side in sides)
        # what is rare is no object at the border of a hole: the rest of it may be there
        self.unlike = (unlike_the_rim if base.rows is None else rare_places)(self.levels[at])
        self.lines = interrupted_lines(self.levels[self.small], settings.lines)
        height, width = self.levels[self.small].hole.shape
        horizons = [line for line in self.lines if line.horizon]
        self.straight = [boundary_of(line, height + width) for line in horizons[:1]]
        self.curved = find_boundaries(self.levels[self.small], self.straight)
        self.distances = distances_to([*self.straight, *self.curved], (height, width))
        self.looks = expect(self.levels[self.small], self.distances)
        areas = [float(level.hole.sum()) for level in self.levels]
        self.total = sum(areas) + (settings.runs - 1) * sum(areas[self.cut :])
        self.told = check
        self.done = 0.0

    def solve(self) -> Solution:
        settings = self.settings
        level = self.levels[self.cut]
        fields = []
        for run in range(settings.runs):
            radius = settings.radius + RADII[run % len(RADII)]
            field = None
            for depth in range(len(self.levels) - 1, self.cut - 1, -1):
                field = self._solve_level(depth, radius, field)
            assert field is not None
            fields.append(field)
        starts = [most_voted(level, field, self._check) for field in fields]
        lines = self._lines(self.cut)
        labels, best, cost = join_copies(
            level, starts, self._shifts(self.cut), lines, self._unlike(self.cut),
            self._looks(self.cut), settings, self._check,
            [boundary.scale(self._unit(self.cut)) for boundary in self.curved],
        )  # fmt: skip
        field = fields[best]
        follow_labels(level, field, labels)
        for depth in range(self.cut - 1, -1, -1):
            field = self._solve_level(depth, settings.radius, field)
        return self._copy_sharply(field, cost)

    def _check(self) -> None:
        self.told(min(0.95, self.done))

    def _shifts(self, depth: int) -> Ints:
        return np.round(self.shifts * self._unit(depth)).astype(np.int32)

    def _unlike(self, depth: int) -> Floats:
        """Return [H, W], 0 .. 1: places that cost more on a coarse level."""
        height, width = self.levels[depth].hole.shape
        return np.asarray(cv2.resize(self.unlike, (width, height)), np.float32)

    def _unit(self, depth: int) -> float:
        """Return the pixels of a level that one of the level is wide on which lines were looked for."""
        return float(2.0 ** (self.small - depth))

    def _lines(self, depth: int) -> list[Gap]:
        return [gap.scale(self._unit(depth)) for gap in self.lines]

    def _looks(self, depth: int) -> Floats:
        """Return [H, W, 4 + K] for a coarse level: what is seen, and in the hole expected."""
        height, width = self.levels[depth].hole.shape
        looks = np.ascontiguousarray(cv2.resize(self.looks, (width, height)), np.float32)
        if not self.curved:
            return looks
        sides = self._distances(depth)[..., len(self.straight) :] * np.float32(SIDES)
        return np.concatenate([looks, sides], -1)

    def _distances(self, depth: int) -> Floats:
        """Return [H, W, K]: how far boundaries are, in pixels of the level of the search."""
        if not self.distances.size:
            return self.distances
        height, width = self.levels[depth].hole.shape
        # Of a large picture each takes some 60 MB; what coarser levels laid hardly moves there.
        found = self.distances[..., :1] if depth < self.full else self.distances
        planes = cv2.resize(found, (width, height)).reshape(height, width, -1)
        return np.asarray(planes, np.float32)

    def _solve_level(self, depth: int, radius: int, coarse: Field | None) -> Field:
        """Solve one level, from the next coarser one's field if there is one."""
        settings, level = self.settings, self.levels[depth]
        if depth < self.full:
            return_freed_memory()
        field = new_field(level, pick_radius(level.source, radius), self.rng)
        self._check()
        joined = depth < self.cut
        large = depth < self.full
        self._check()
        weight = confidence(level, field, settings.confidence)
        spread = settings.spread if depth else settings.spread_fine
        if coarse is None:
            fill_smoothly(level.image, level.hole)
        else:
            self._check()
            carry_up(coarse, field)
            self._check()
            enlarge_into(level, self.levels[depth + 1].image)
            if joined:
                del self.levels[depth + 1 :]  # large, and not looked at again
        means = patch_means(level.image, field.radius, self._check)
        if coarse is not None:
            vote(level, field, means, settings, weight, spread, self._check)
        rank = max(0, depth - self.full)
        rounds = 1 if large else settings.fine_rounds if joined else settings.rounds + 2 * rank
        sweeps = 2 if large else 2 * min(settings.sweeps, 1 + rank)
        reach = 1 if large else settings.fine_reach if joined else max(level.hole.shape)
        unlike = None if joined else self._unlike(depth)
        looks = self._distances(depth) if joined else self._looks(depth)
        if joined:
            settings = replace(settings, unexpected=BOUNDARY)
        for _ in range(rounds):
            improve(
                level, field, means, settings, weight, spread, sweeps, reach, self._shifts(depth),
                unlike, looks, self.state, self._check,
            )  # fmt: skip
            self.done += float(level.hole.sum()) / self.total / rounds
            self._check()
        return field

    def _copy_sharply(self, field: Field, cost: float) -> Solution:
        """Copy every pixel from one place, then join the copies in the gradient domain."""
        settings, level, colors = self.settings, self.levels[0], self.colors
        k = kernels()
        labels = most_voted(level, field, self._check)
        ly, lx = labels.ly, labels.lx
        voted = np.ascontiguousarray(level.image[..., : colors.shape[2]])
        origin = np.array(labels.origin)
        every = bands(ly.shape)
        for sweep in range(SEAM_SWEEPS):
            forward = sweep % 2 == 0
            for rows in every if forward else reversed(every):
                self.told(0.96)
                k.move_seams(
                    voted, level.source, origin, ly, lx, np.float32(settings.fidelity), rows,
                    forward,
                )  # fmt: skip
        inside = labels.inside
        (top, left), (height, width) = labels.origin, inside.shape
        window = (slice(top, top + height), slice(left, left + width))
        anchor = np.ascontiguousarray(voted[window])
        voted[window][inside] = voted[ly[inside], lx[inside]]
        smooth = np.zeros(inside.shape, np.float32)
        self._blend(voted, labels, anchor, smooth, 0.97)
        # copies whose steps are blended: what is left of edges are those of the picture
        tones, smooth = spread_tones(voted, level.hole, window, lambda: self.told(0.98))
        anchor += smooth[..., None] * (tones - anchor)
        self._blend(voted, labels, anchor, np.ascontiguousarray(smooth), 0.99)
        self.told(1.0)
        return Solution(voted, labels, float(np.sqrt(cost)))

    def _blend(
        self, image: Floats, labels: Labels, anchor: Floats, smooth: Floats, done: float
    ) -> None:
        """Solve the screened Poisson equation of the labels' gradients in the hole of `image`.

        anchor: [h, w, C], tones in the labels' box; smooth: [h, w], 0 .. 1, where these are
        followed firmly and every step is spread; done: share of the whole, for the progress.
        """
        settings, level = self.settings, self.levels[0]
        k = kernels()
        inside, origin = labels.inside, np.array(labels.origin)
        right_side = np.zeros(anchor.shape, np.float32)
        count = np.zeros(inside.shape, np.float32)
        foreign = np.zeros_like(level.hole) if level.foreign is None else level.foreign
        for rows in bands(inside.shape):
            self.told(done)
            k.divergence(
                level.source, foreign, origin, labels.ly, labels.lx, image,
                np.float32(settings.edge**2), smooth, rows, right_side, count,
            )  # fmt: skip
        screen = np.float32(settings.screen) + np.float32(settings.smooth_screen) * smooth
        # an even number at a time, since sweeps alternate their direction
        at_once = 2 * max(1, round(RELAXED_PIXELS / 2 / inside.size))
        for start in range(0, RELAX_SWEEPS, at_once):
            self.told(done)
            k.relax(
                image, origin, inside, right_side, count, anchor, screen,
                np.float32(OVERRELAXATION), min(at_once, RELAX_SWEEPS - start),
            )  # fmt: skip


def _first(conditions: Iterable[Any]) -> int:
    """Return the index of the first that is true, or of the last."""
    known = [bool(condition) for condition in conditions]
    return known.index(True) if True in known else len(known) - 1


def _pyramid(base: Level, settings: Settings, check: Check) -> list[Level]:
    """Halve until the hole is shallow, or too little is left to take patches from."""
    levels = [base]
    while True:
        check(0.0)
        hole = levels[-1].hole
        padded = np.pad(hole, 1, mode="edge").astype(np.uint8)
        depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5).max()
        if depth <= settings.coarsest * settings.radius or min(hole.shape) < 6 * settings.radius:
            return levels
        smaller = halve(levels[-1], lambda: check(0.0))
        is_gone = not smaller.hole.any()  # a strip of one pixel counts as known at half the size
        if is_gone or pick_radius(smaller.source, settings.radius) < settings.radius:
            return levels
        if served_rows(smaller, settings.radius) < SERVED:
            return levels
        levels.append(smaller)
