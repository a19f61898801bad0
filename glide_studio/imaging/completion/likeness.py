"""How much a place looks like others: those along a border, or those in the rest of the picture."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.completion.pyramid import Bools, Floats, Level, fill_smoothly

SAMPLES = 1000  # pixels along the border that are compared with
FINE, COARSE, COARSE_WEIGHT = 1.0, 3.0, 0.7  # blur, pixels, of the colors that are compared
SLOPE_SIGMA, SLOPE_WEIGHT = 2.0, 1.5
SIDE = 96  # pixels of the longer side at which the surroundings of a hole are compared
RIM, ROW_WEIGHT = 4, 8.0  # cells around the hole; what the whole height counts for, in CIE76
LIKE, UNLIKE = 5.0, 15.0  # CIE76 up to which a place is like the rim, and from which it is not
RARE_SIDE = 64  # pixels of the longer side at which places are compared with each other
ELSEWHERE = 0.1  # of the longer side: places this far apart are two
OTHERS = 4  # places that something must be like to be no single thing
COMMON, RARE = 5.0, 10.0  # CIE76 to these


def distance_to(image: Floats, border: Bools, row_weight: float) -> Floats:
    """Return [h, w]: how far each pixel is from the most similar one of `border`, in CIE76.

    image: float32 [h, w, 3], 0 .. 255, a small one. row_weight: what the whole height counts for.
    """
    height, width = border.shape
    features = _features(image, row_weight)
    samples = features[border.ravel()]
    samples = samples[:: max(1, len(samples) // SAMPLES)]
    nearest = cv2.BFMatcher(cv2.NORM_L2).match(features, samples)
    return np.array([match.distance for match in nearest], np.float32).reshape(height, width)


def _features(image: Floats, row_weight: float) -> Floats:
    """Return [h * w, 9]: tones at two sizes, slopes and the row, in CIE76; see `distance_to`."""
    height, width = image.shape[:2]
    lab = cv2.cvtColor(image / np.float32(255), cv2.COLOR_RGB2LAB)
    padded = np.pad(lab[..., 0], ((0, 1), (0, 1)), mode="edge")
    slopes = np.stack([abs(np.diff(padded[:, :-1], axis=0)), abs(np.diff(padded[:-1]))], -1)
    rows = np.linspace(0, row_weight, height, dtype=np.float32)
    planes = [
        cv2.GaussianBlur(lab, (0, 0), FINE),
        COARSE_WEIGHT * cv2.GaussianBlur(lab, (0, 0), COARSE),
        SLOPE_WEIGHT * cv2.GaussianBlur(slopes, (0, 0), SLOPE_SIGMA),
        np.broadcast_to(rows[:, None, None], (height, width, 1)),
    ]
    return np.concatenate(planes, -1).reshape(height * width, -1).astype(np.float32)


def rare_places(level: Level) -> Floats:
    """Return [h, w], 0 .. 1, of a longer side of RARE_SIDE at most: what is like nothing elsewhere.

    That is a single thing, somebody who walks there or a sign; seen twice it is seen to be a copy.
    """
    small, hole = _reduce(level, RARE_SIDE)
    height, width = hole.shape
    features = _features(small, 0)
    square = np.square(features).sum(1)
    rows, columns = np.divmod(np.arange(height * width), width)
    reach = ELSEWHERE * max(height, width)
    apart = np.empty(height * width, np.float32)
    others = min(OTHERS, height * width) - 1
    for row in range(height):  # not all pairs at once, which are many
        here = rows == row
        gaps = square[here, None] + square - 2 * features[here] @ features.T
        beside = np.abs(columns[here, None] - columns) < reach
        gaps[(beside & (np.abs(rows - row) < reach)) | hole.ravel()] = np.inf
        apart[here] = np.partition(gaps, others, axis=1)[:, others]
    distance = np.sqrt(np.clip(apart, 0, RARE**2)).reshape(height, width)
    return np.asarray(np.clip((distance - COMMON) / (RARE - COMMON), 0, 1), np.float32)


def _reduce(level: Level, side: int) -> tuple[Floats, Bools]:
    """Return the picture with its hole closed, 0 .. 255, and the hole, at most `side` pixels."""
    image: Floats = level.image[..., :3].copy()
    fill_smoothly(image, level.hole)
    scale = min(1.0, side / max(level.hole.shape))
    size = (max(1, round(level.hole.shape[1] * scale)), max(1, round(level.hole.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    hole = cv2.resize(level.hole.astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(small, 0, 255), np.float32), hole > 0


def unlike_the_rim(level: Level) -> Floats:
    """Return [h, w], 0 .. 1, of a longer side of SIDE at most: what looks like nothing at the hole.

    That is an object which the hole does not touch: it has no reason to come again in it.
    """
    small, hole = _reduce(level, SIDE)
    grown = cv2.dilate(hole.astype(np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)) > 0
    rim = (grown & ~hole) if (grown & ~hole).any() else ~hole
    distance = distance_to(small, rim, ROW_WEIGHT)
    return np.asarray(np.clip((distance - LIKE) / (UNLIKE - LIKE), 0, 1), np.float32)
