"""Tones of a hole whose surroundings are smooth: a sky, a wall, a blurred background.

Copies of a gradient do not meet; they leave bands and clouds that nothing else in the picture has.
There the known tones are spread into the hole instead, as by heat that does not pass the edges of
what was copied (Perona and Malik 1990, "Scale-space and edge detection using anisotropic
diffusion"). First the slopes are spread, then the tones that have these slopes, so that a gradient
goes on without a fold at the rim. The copies then give only the grain.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from glide_studio.imaging.completion.pyramid import Bools, Floats, kernels

CELLS, LEAST = 2000, 2  # of the hole, about, and pixels that a cell is wide, at least
RIM = 12  # known cells around that are looked at
BLUR = 2.0  # cells over which roughness is averaged
ROUGH = 2.0  # roughness, 0 .. 255, that gives half of the heat
EDGE = 18.0  # step, 0 .. 255 in all channels together, that lets half of the heat pass
OPEN, ROUGHEST = 0.5, 20.0  # a cell between edges on all sides is as rough as this, squared
REACH = 8.0  # cells over which a slope falls to half
NEAR = 6  # cells around, whose darkest and brightest tones are the limits
SHARE, LEVELS = 0.1, 2.0  # of these tones, and 0 .. 255, by which they may be passed
SWEEPS, OVERRELAXATION = 100, 1.9
TINY = 1e-3

Window = tuple[slice, slice]


def spread_tones(
    image: Floats, hole: Bools, window: Window, check: Callable[[], None]
) -> tuple[Floats, Floats]:
    """Return the tones [h, w, C] of a window, and [h, w] how far to follow them, 0 .. 1.

    image: float32 [H, W, C], 0 .. 255, with the hole filled by copies; hole: bool [H, W].
    """
    step = max(LEAST, round((hole[window].sum() / CELLS) ** 0.5))
    around = [slice(max(0, part.start - RIM * step), part.stop + RIM * step) for part in window]
    image, hole = image[around[0], around[1]], hole[around[0], around[1]]
    height, width = hole.shape
    cells = _resize(image, (-(-width // step), -(-height // step)))
    known = _resize((~hole).astype(np.float32), cells.shape[1::-1]) > 0.99
    inner = tuple(
        slice(part.start - outer.start, part.stop - outer.start)
        for part, outer in zip(window, around, strict=True)
    )
    if not known.any():
        return image[inner], np.zeros(hole[inner].shape, np.float32)
    check()
    passes = (_conductance(cells, 0), _conductance(cells, 1))
    # beside an edge a cell mixes both sides
    clear = cv2.erode(np.minimum(*passes), np.ones((3, 3), np.uint8))
    passes[0][-1], passes[1][:, -1] = 0, 0
    seen = tuple(passes[axis] * (known & np.roll(known, -1, axis)) for axis in (0, 1))
    smooth = _smoothness(cells, passes, known)
    share = _spread(smooth[..., None], ~known, passes)[..., 0]
    # rough cells give no heat: their tones are those of single things
    gives = np.where(known, smooth, 1)
    ways = tuple(
        passes[axis] * np.minimum(gives, np.roll(gives, -1, axis)) + TINY * passes[axis]
        for axis in (0, 1)
    )
    slopes = np.concatenate([_slope(cells, axis, seen[axis]) for axis in (0, 1)], -1)
    slopes = _spread(slopes, ~known, ways)
    check()
    away = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3)
    slopes = slopes / (1 + (away / REACH) ** 2)[..., None]
    flow = np.zeros_like(cells)
    for axis, slope in enumerate(np.split(slopes, 2, axis=-1)):
        across = (slope + np.roll(slope, -1, axis)) / 2 * ways[axis][..., None]
        flow += np.roll(across, 1, axis) - across
    tones = _spread(cells, ~known, ways, flow)
    # in the dark beside an edge little heat is a glow, which no copy there has
    near = np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    least = cv2.erode(cells, near) * (1 - SHARE) - LEVELS
    most = cv2.dilate(cells, near) * (1 + SHARE) + LEVELS
    tones = np.clip(tones, least, most)
    follow = share**4 * clear
    return _resize(tones, (width, height))[inner], _resize(follow, (width, height))[inner]


def _resize(plane: Floats, size: tuple[int, ...]) -> Floats:
    how = cv2.INTER_AREA if size[0] < plane.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (size[0], size[1]), interpolation=how), np.float32)


def _step(cells: Floats, axis: int) -> Floats:
    """Return [H, W, C]: the step to the next cell along `axis`, 0 at the last."""
    return np.diff(cells, axis=axis, append=np.take(cells, [-1], axis))


def _conductance(cells: Floats, axis: int) -> Floats:
    """Return [H, W]: how much heat passes from each cell to the next one along `axis`, 0 .. 1."""
    step = np.square(_step(cells, axis)).sum(-1)
    return np.asarray(1 / (1 + (step / EDGE**2) ** 2), np.float32)


def _slope(cells: Floats, axis: int, passes: Floats) -> Floats:
    """Return [H, W, C]: the mean step along `axis` to neighbors on the same side of an edge."""
    step = _step(cells, axis) * passes[..., None]
    weight = passes + np.roll(passes, 1, axis) + TINY
    return np.asarray((step + np.roll(step, 1, axis)) / weight[..., None], np.float32)


def _smoothness(cells: Floats, passes: tuple[Floats, ...], known: Bools) -> Floats:
    """Return [H, W], 0 .. 1: how little the slopes of known cells change, on one side of edges."""
    bend = np.zeros_like(cells)
    weight, open_ways = (np.zeros(known.shape, np.float32) for _ in range(2))
    for axis in (0, 1):
        step = _step(cells, axis)
        both = passes[axis] * np.roll(passes[axis], 1, axis)
        open_ways += both
        both = both * (known & np.roll(known, -1, axis) & np.roll(known, 1, axis))
        weight += both
        bend += (step - np.roll(step, 1, axis)) * both[..., None]
    rough = np.square(bend).max(-1) / np.maximum(2 * weight, TINY) ** 2
    rough = np.where(weight < OPEN, ROUGHEST, rough)
    counted = (known & ((weight >= OPEN) | (open_ways < OPEN))).astype(np.float32)
    share = cv2.GaussianBlur(counted, (0, 0), BLUR)
    mean = cv2.GaussianBlur(rough * counted, (0, 0), BLUR) / np.maximum(share, TINY)
    return np.asarray(1 / (1 + (mean / ROUGH**2) ** 2), np.float32)


def _spread(
    planes: Floats, inside: Bools, passes: tuple[Floats, ...], flow: Floats | None = None
) -> Floats:
    """Return the planes [H, W, C] with the rest of a heat flow where `inside`."""
    spread = np.array(planes, np.float32, order="C")
    supply = np.zeros_like(spread) if flow is None else flow
    kernels().diffuse(spread, inside, *passes, supply, np.float32(OVERRELAXATION), SWEEPS)
    return spread
