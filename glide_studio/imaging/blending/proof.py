"""The untouched-pixel proof: outside of the mask nothing has changed, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Proof:
    """What a comparison found outside of {mask > 0}.

    compared: pixels looked at. differing: those of which any channel differs. largest: the largest
    difference of a channel, in units of the pixels. Proofs of parts of a picture add up with `+`.
    """

    compared: int
    differing: int
    largest: float

    @property
    def holds(self) -> bool:
        """True if not one pixel differs."""
        return self.differing == 0

    def __add__(self, other: Proof) -> Proof:
        return Proof(
            self.compared + other.compared,
            self.differing + other.differing,
            max(self.largest, other.largest),
        )


NOTHING = Proof(0, 0, 0.0)


def proof(before: NDArray[Any], after: NDArray[Any], mask: NDArray[Any]) -> Proof:
    """Compare two pictures [h, w, C] of the same dtype where `mask` [h, w] is 0.

    Raises:
        ValueError: if shapes or dtypes differ.
    """
    if before.shape != after.shape or before.dtype != after.dtype or mask.shape != before.shape[:2]:
        raise ValueError(
            f"Only equal kinds of pictures can be compared: {before.dtype} {before.shape},"
            f" {after.dtype} {after.shape}, mask {mask.shape}."
        )
    kept = mask == 0
    differs = kept & (before != after).any(axis=2)
    largest = 0.0
    if differs.any():
        apart = before[differs].astype(np.float64) - after[differs]
        largest = float(np.abs(apart).max())
    return Proof(int(np.count_nonzero(kept)), int(np.count_nonzero(differs)), largest)
