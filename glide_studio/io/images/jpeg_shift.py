"""Find the place from which a decoded JPEG is shifted in brightness or color.

Coded bytes that are lost or altered may still make sense: decoding goes on without a warning, with
wrong DC coefficients up to the end of the scan or restart interval, since each is coded as the
difference from the one before (ITU T.81, F.1.2.1). Then the picture has one and the same step along
the upper edges of a row's worth of MCUs, which begins at any column. Horizons, frames and other
edges of a picture begin at its sides, or differ from MCU to MCU.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

YCBCR = np.array(
    [[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32
)  # of red, green, blue
LEAST_STEP = 3.0  # levels of 255 by which a picture is shifted
LEAST_SHARE = 0.85  # of the MCUs whose edges have the step's sign
LEAST_MCUS = 12
MARGIN = 4  # MCUs between the place and the sides of the picture
SURE, LIKELY = 28.0, 6.0  # steps by their spread, times the square root of their number
STRIPE = 1.5  # times as sure where a shift ends soon: pictures have stripes that end at their side
MAX_PLACES = 400  # that are looked at closely
NEAR = 8  # MCUs about a place among which the exact one is sought
SEAM, LEAST_SEAM = 3.0, 8.0  # times the usual step of a row; sum of what is above
FLAT = 0.25  # levels that are no step


class _Spans(NamedTuple):
    """For each MCU, if the shift began there: which edges have the step, and which its inverse.

    Edges are numbered like the MCUs that lie below them; each span is [first, last).
    """

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    first_inverse: NDArray[np.intp]
    last_inverse: NDArray[np.intp]

    @property
    def counts(self) -> NDArray[np.intp]:
        """Return how many edges each has."""
        return self.last - self.first + self.last_inverse - self.first_inverse


def find_shift(
    pixels: NDArray[np.uint8], mcu: tuple[int, int], restart_interval: int, *, is_damaged: bool
) -> tuple[int, int] | None:
    """Return the numbers of the MCUs [first, last) that are shifted; None if no shift is seen.

    pixels: [h, w, 3 or more], as stored. mcu: width and height in pixels. restart_interval: in
    MCUs, 0 for none. is_damaged: True if the picture is known to be damaged somewhere.
    """
    steps = _edge_steps(pixels, mcu)
    rows, columns = steps.shape[1:]
    if rows < 3 or columns < 2 * MARGIN:
        return None
    spans = _spans(rows, columns, restart_interval)
    found = [_find_in(channel.ravel(), spans, columns) for channel in steps]
    score, first = max(found)
    least = LIKELY if is_damaged else SURE * (STRIPE if restart_interval else 1)
    if score < least:
        return None
    interval = restart_interval or rows * columns
    return first, min(rows * columns, (first // interval + 1) * interval)


def find_displacement(
    pixels: NDArray[np.uint8], mcu: tuple[int, int], lost: int
) -> tuple[int, int] | None:
    """Return the numbers of the MCUs [first, last) that stand before their place; None if not seen.

    Where MCUs are lost all that follow move up, so that from there on the end of one row and the
    beginning of the next meet in a column that the number of those that are lost tells.

    pixels, mcu: as for `find_shift`. lost: how many MCUs are missing at the end of the picture.
    """
    width, height = mcu
    rows, columns = pixels.shape[0] // height, -(-pixels.shape[1] // width)
    edges = np.arange(width, pixels.shape[1] - 1, width)
    seam = -lost % columns
    if rows < 4 or not 0 < seam <= len(edges):
        return None
    steps = np.stack([_column_steps(pixels, int(edge), height) for edge in edges])
    usual = np.median(steps, axis=0) + 0.5
    excess = steps[seam - 1] / usual - SEAM
    ends = (rows * columns - lost - seam) // columns
    after = np.cumsum(excess[:ends][::-1])[::-1]
    row = int(after.argmax()) if after.size else 0
    is_seam = after.size and after[row] > LEAST_SEAM and np.median(excess[row:ends]) > 0
    if not is_seam or (row and np.median(excess[:row]) > 0):
        return None
    return max(0, (row - 1) * columns + seam), rows * columns


def _column_steps(pixels: NDArray[np.uint8], x: int, height: int) -> NDArray[np.float32]:
    """Return the mean step across the left edge of the column `x` in rows of `height` pixels."""
    rows = pixels.shape[0] // height
    four = pixels[: rows * height, x - 2 : x + 2, :3].astype(np.float32) @ YCBCR[0]
    step = 1.5 * (four[:, 2] - four[:, 1]) + 0.5 * (four[:, 0] - four[:, 3])
    return np.asarray(np.abs(step.reshape(rows, height).mean(axis=1)), np.float32)


def _edge_steps(pixels: NDArray[np.uint8], mcu: tuple[int, int]) -> NDArray[np.float32]:
    """Return [3, rows, columns] float32, the mean step of Y, Cb and Cr over each MCU's upper edge.

    The first row has none, nor has a column that is cut off by the picture's edge.
    """
    (width, height), (across, down) = (pixels.shape[1], pixels.shape[0]), mcu
    steps = np.zeros((3, -(-height // down), -(-width // across)), np.float32)
    edges = np.arange(down, height - 1, down)
    whole = width // across
    if not edges.size or not whole:
        return steps
    means = []
    for offset in (-2, -1, 0, 1):
        lines = pixels[edges + offset][:, : whole * across]
        means_rgb = cv2.resize(lines, (whole, len(edges)), interpolation=cv2.INTER_AREA)
        means.append(means_rgb[..., :3].astype(np.float32) @ YCBCR.T)
    # What goes on smoothly across the edge is no step; color is interpolated over two rows.
    sharp = 1.5 * (means[2] - means[1]) + 0.5 * (means[0] - means[3])
    smooth = (means[2] + means[3] - means[0] - means[1]) / 2
    for number, step in enumerate((sharp, smooth, smooth)):
        steps[number, 1 : 1 + len(edges), :whole] = step[..., number]
    return steps


def _spans(rows: int, columns: int, restart_interval: int) -> _Spans:
    total = rows * columns
    first = np.arange(columns, total)
    end = (
        (first // restart_interval + 1) * restart_interval
        if restart_interval
        else np.full_like(first, total)
    )
    first_inverse = np.minimum(np.maximum(end, first + columns), total)
    last_inverse = np.minimum(np.maximum(end + columns, first_inverse), total)
    return _Spans(
        first, np.minimum(first + columns, end).clip(max=total), first_inverse, last_inverse
    )


def _find_in(steps: NDArray[np.float32], spans: _Spans, columns: int) -> tuple[float, int]:
    """Return (score, number of the MCU) of the likeliest place in one channel, (0, 0) if none."""
    signs = np.where(np.abs(steps) < FLAT, 0, np.sign(steps)).astype(np.int32)
    sums = np.concatenate([[0], np.cumsum(signs)])
    agreeing = sums[spans.last] - sums[spans.first]
    agreeing -= sums[spans.last_inverse] - sums[spans.first_inverse]
    column = spans.first % columns
    share = agreeing / np.maximum(spans.counts, LEAST_MCUS)
    likely = np.abs(share) >= LEAST_SHARE
    likely &= (column >= MARGIN) & (column < columns - MARGIN)
    likely &= ~_is_edge_of_picture(share, columns)
    places = np.flatnonzero(likely)
    strength = np.abs(agreeing[places]) / np.sqrt(spans.counts[places])
    found, middle = (0.0, 0), 0.0
    for place in places[np.argsort(-strength, kind="stable")[:MAX_PLACES]].tolist():
        first, last, first_inverse, last_inverse = (int(span[place]) for span in spans)
        next_row = min(last, (first // columns + 1) * columns)
        spread_over = (
            steps[first:next_row], steps[next_row:last], -steps[first_inverse:last_inverse]
        )  # fmt: skip
        parts = [part for part in spread_over if part.size]
        own = np.concatenate(parts)
        step = float(np.median(own))
        spread = 1.4826 * float(np.median(np.abs(own - step)))
        score = abs(step) / (spread + 0.3) * float(np.sqrt(own.size))
        agree = abs(step) >= LEAST_STEP and len(parts) > 1
        agree = agree and all(np.median(part) / step > 0.5 for part in parts)
        if agree and score > found[0]:
            found, middle = (score, place), step
    if not middle:
        return found
    # Which MCU it is exactly, is told by the edges that have the step and those that have none.
    votes = np.concatenate([[0], np.cumsum(np.where(steps / middle > 0.5, 1, -1))])
    near = np.arange(max(0, found[1] - NEAR), min(spans.first.size, found[1] + NEAR + 1))
    own_votes = votes[spans.last[near]] - votes[spans.first[near]]
    return found[0], int(spans.first[near[own_votes.argmax()]])


def _is_edge_of_picture(share: NDArray[np.float64], columns: int) -> NDArray[np.bool_]:
    """Return True where a step from side to side, of this row or the next, agrees as well."""
    rows = np.zeros(-(-share.size // columns) + 1)
    sides = share[::columns]
    rows[: sides.size] = sides
    row = np.arange(share.size) // columns
    sign = np.sign(share)
    most = np.maximum(rows[row] * sign, rows[row + 1] * sign)
    return np.asarray(most >= 0.9 * np.abs(share))
