"""Where regions that differ meet at a hole's rim, and how the boundary between them goes on in it.

Boundaries that enter the hole are followed outward and joined in pairs by a cubic curve, where the
regions on both sides are alike at both ends and are what the rim consists of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from glide_studio.imaging.completion.boundaries import STEP, Boundary, Points, space_evenly
from glide_studio.imaging.completion.expectation import look_at
from glide_studio.imaging.completion.pyramid import Bools, Floats, Level

MOST = 4  # boundaries that are continued
RIM, RIM_WIDTH = 4.0, 10.0  # pixels outside of the hole where it is walked around, and looked at
FINE, COARSE = 1.5, 2.0  # blur, pixels, of looks and of the products of their slopes
APART = 6  # pixels of the rim, and of the hole, that two boundaries are apart
STEEP = 0.35  # cosine of the angle between a boundary and the way into the hole, at least
SEEN, FOLLOWED = 12, 60  # pixels that a boundary is seen at least, and followed at most
FAINT, FADED = 1e-4, 0.3  # strength of no edge, and share of that at the rim, where an edge ends
STRAIGHT, TURN = 0.7, 0.4  # cosine by which it may turn in a pixel, and how much of that it does
END = 8  # pixels that tell the direction of an end
BACK, ASIDE = 10, (2, 7)  # pixels along a boundary, and beside it, where its regions are looked at
FEW, FAR = 10, 40.0  # of these pixels are too few; pixels beside it where they are compared
CONTRAST, EVEN = 0.6, 1.0  # between both regions at least, and that over their own spread
BENDING, SHORT = 0.45, 8.0  # square radians, at most, over so many pixels, at least
INSIDE = 0.9  # of the curve that must lie in the hole, but for its ends
UNLIKE = 0.6  # of the contrast, by which a region may differ between both ends
PURE = 0.7  # share of the rim on each side that is like its region, at least
COST = 0.7  # bending, difference and impure shares of a pair, together, at most


@dataclass(frozen=True, slots=True)
class _Entry:
    """path: from the rim outward, a pixel apart. direction: of length 1, into the hole. sides: the
    looks [2, 4] of the regions to its left and right; contrast: how far these are apart."""

    path: Points
    direction: Points
    sides: Points
    contrast: float


def find_boundaries(level: Level, known: Sequence[Boundary]) -> list[Boundary]:
    """Return the boundaries that go on through the hole and do not meet those that are known."""
    found: list[Boundary] = []
    if min(level.hole.shape) < SEEN:
        return found
    looks = look_at(level.image, level.hole)
    entries = _find_entries(looks, level.hole)
    away = cv2.distanceTransform((~level.hole).astype(np.uint8), cv2.DIST_L2, 5)
    rim = (away > 1) & (away < RIM_WIDTH)
    used: set[int] = set()
    for cost, first, second, curve in sorted(_pair(entries, level.hole), key=lambda one: one[0]):
        others = [other.in_hole() for other in (*known, *found)]
        if len(found) == MOST or used & {first, second} or _meet(curve, others):
            continue
        one, other = entries[first], entries[second]
        boundary = _join(one.path, curve, other.path, float(np.hypot(*rim.shape)))
        sides = (one.sides + other.sides[::-1]) / 2
        shares = _pure_shares(boundary, looks, sides, rim)
        if min(shares) >= PURE and cost + 2 - sum(shares) <= COST:
            found.append(boundary)
            used |= {first, second}
    return found


def _find_entries(looks: Floats, hole: Bools) -> list[_Entry]:
    """Return where boundaries enter the hole."""
    strength, angle = _edges(looks, hole)
    outside = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5)
    inside = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    inward = np.stack(np.gradient(cv2.GaussianBlur(inside - outside, (0, 0), COARSE)), -1)
    rims, _ = cv2.findContours(
        (outside <= RIM).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    last = np.array(hole.shape) - 2
    found = []
    for rim in rims:
        around = rim[:, 0, ::-1]
        along = strength[tuple(around.T)] * ((around > 1) & (around < last)).all(1)
        near = np.max([np.roll(along, by) for by in range(-APART, APART + 1)], 0)
        for y, x in around[(along > FAINT) & (along >= near)].tolist():
            way = inward[y, x] / max(1e-6, float(np.hypot(*inward[y, x])))
            path = _follow_outward(strength, angle, hole, (y, x), way)
            if len(path) <= SEEN:
                continue
            direction = path[0] - path[END - 1]
            direction /= np.hypot(*direction)
            sides = _look_beside(looks, hole, path[0], direction)
            if direction @ way >= STEEP and sides is not None:
                found.append(_Entry(path, direction, *sides))
    return found


def _edges(looks: Floats, hole: Bools) -> tuple[Floats, Floats]:
    """Return [H, W] each: how strong an edge is there, by the structure tensor, and its angle."""
    known = (~hole).astype(np.float32)
    share = np.maximum(cv2.GaussianBlur(known, (0, 0), FINE), 1e-3)[..., None]
    tones = cv2.GaussianBlur(looks[..., :3] * known[..., None], (0, 0), FINE) / share
    dy, dx = np.gradient(tones, axis=(0, 1))
    clear = cv2.erode(known, np.ones((5, 5), np.uint8))
    weight = np.maximum(cv2.GaussianBlur(clear, (0, 0), COARSE), 1e-3)
    yy, xx, xy = (
        cv2.GaussianBlur((one * other).sum(-1) * clear, (0, 0), COARSE) / weight
        for one, other in ((dy, dy), (dx, dx), (dy, dx))
    )
    # the edge runs at right angles to the strongest slope
    return np.hypot(xx - yy, 2 * xy), (np.arctan2(2 * xy, xx - yy) + np.float32(math.pi)) / 2


def _follow_outward(
    strength: Floats, angle: Floats, hole: Bools, start: tuple[int, int], way: Points
) -> Points:
    """Follow an edge from the rim away from the hole; return [N, 2], a pixel apart, about."""
    y, x = map(float, start)
    turn = angle[start]
    dy, dx = math.sin(turn), math.cos(turn)
    if dy * way[0] + dx * way[1] > 0:
        dy, dx = -dy, -dx
    least = FADED * strength[start]
    height, width = strength.shape
    path = [(y, x)]
    for _ in range(FOLLOWED):
        y, x = y + dy, x + dx
        best, found = 0.0, -1.0
        for aside in (0.0, -0.5, 0.5, -1.0, 1.0):
            row, column = round(y + aside * dx), round(x - aside * dy)
            if not (0 < row < height - 1 and 0 < column < width - 1):
                return np.array(path)
            if strength[row, column] > found:
                best, found = aside / 2, strength[row, column]
        y, x = y + best * dx, x - best * dy
        at = round(y), round(x)
        own_y, own_x = math.sin(angle[at]), math.cos(angle[at])
        ahead = own_y * dy + own_x * dx
        if strength[at] < least or hole[at] or abs(ahead) < STRAIGHT:
            break
        by = math.copysign(TURN, ahead)
        dy, dx = (1 - TURN) * dy + by * own_y, (1 - TURN) * dx + by * own_x
        dy, dx = dy / math.hypot(dy, dx), dx / math.hypot(dy, dx)
        path.append((y, x))
    return np.array(path)


def _look_beside(
    looks: Floats, hole: Bools, end: Points, direction: Points
) -> tuple[Points, float] | None:
    """Return the looks [2, 4] on both sides of an end and their contrast; None if it is no edge."""
    back, aside = np.mgrid[0:BACK, slice(*ASIDE)].reshape(2, -1, 1)
    normal = np.array([-direction[1], direction[0]])
    means, spreads = [], []
    for side in (-1, 1):
        at = np.rint(end - back * direction + side * aside * normal).astype(np.int64)
        rows, columns = at[((at >= 0) & (at < hole.shape)).all(1)].T
        known = ~hole[rows, columns]
        if known.sum() < FEW:
            return None
        own = looks[rows[known], columns[known]]
        means.append(own.mean(0))
        spreads.append(own.std(0))
    contrast = float(np.linalg.norm(means[1] - means[0]))
    if contrast <= max(CONTRAST, EVEN * float(np.linalg.norm(np.mean(spreads, 0)))):
        return None
    return np.array(means, np.float64), contrast


def _pair(entries: Sequence[_Entry], hole: Bools) -> Iterator[tuple[float, int, int, Points]]:
    """Yield the cost, two entries whose regions are alike, and a curve through the hole."""
    for second, other in enumerate(entries):
        for first, one in enumerate(entries[:second]):
            apart = np.linalg.norm(one.sides - other.sides[::-1], axis=1).max()
            unlike = float(apart) / min(one.contrast, other.contrast)
            if unlike > UNLIKE or math.dist(one.path[0], other.path[0]) < SHORT:
                continue
            curve, bending = _curve_between(one, other)
            ends = min(len(curve) // 3, round((RIM + COARSE) / STEP))
            rows, columns = np.rint(curve[ends : len(curve) - ends]).astype(int).T
            last = np.array(hole.shape)[:, None] - 1
            covered = hole[tuple(np.clip([rows, columns], 0, last))]
            if bending <= BENDING and covered.mean() >= INSIDE:
                yield bending + unlike, first, second, curve


def _curve_between(one: _Entry, other: _Entry) -> tuple[Points, float]:
    """Return the cubic curve from one end to the other and how much it bends, square radians."""
    chord = other.path[0] - one.path[0]
    length = float(np.hypot(*chord))
    turns = []
    for dy, dx in (one.direction, -other.direction):
        turns.append(math.atan2(chord[0] * dx - chord[1] * dy, chord[0] * dy + chord[1] * dx))
    bending = turns[0] ** 2 + turns[0] * turns[1] + turns[1] ** 2
    s = np.linspace(0, 1, max(8, round(2 * length)))[:, None]
    points = one.path[0] * (1 + 2 * s) * (1 - s) ** 2 + other.path[0] * s**2 * (3 - 2 * s)
    points += length * s * (1 - s) * ((1 - s) * one.direction + s * other.direction)
    return space_evenly(points), bending


def _meet(curve: Points, others: Iterable[Points]) -> bool:
    """Tell whether a curve comes too near to one of the others."""
    gaps = (curve[::4, None] - other[None, ::4] for other in others)
    return any(np.hypot(gap[..., 0], gap[..., 1]).min() < APART for gap in gaps)


def _join(before: Points, curve: Points, after: Points, reach: float) -> Boundary:
    """Return the boundary along two paths and the curve between them, straight on at its ends."""
    parts = [_straight_on(before, reach)[::-1], before[:0:-1], curve, after[1:]]
    points = np.concatenate([*parts, _straight_on(after, reach)])
    along = np.cumsum(np.hypot(*np.diff(points, axis=0).T))
    seen, enters, leaves, lost = (float(along[k - 2]) for k in np.cumsum([len(p) for p in parts]))
    return Boundary(space_evenly(points), (seen, enters, leaves, lost))


def _straight_on(path: Points, reach: float) -> Points:
    heading = (path[-1] - path[-END]) / np.hypot(*(path[-1] - path[-END]))
    return np.asarray(path[-1] + np.arange(1, reach)[:, None] * heading)


def _pure_shares(boundary: Boundary, looks: Floats, sides: Points, rim: Bools) -> list[float]:
    """Return the shares of the rim on the left and on the right that are like their own side."""
    distance = boundary.signed_distance(rim.shape)
    near = rim & (np.abs(distance) < FAR) & (np.abs(distance) > ASIDE[0])
    to_left, to_right = (np.linalg.norm(looks[near] - side, axis=1) for side in sides)
    left = distance[near] < 0
    shares = (to_left < to_right)[left], (to_right < to_left)[~left]
    return [float(share.mean()) if len(share) else 0.0 for share in shares]
