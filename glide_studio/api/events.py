"""The events of a running request, in order:

    Started, then any number of Progress, Draft, SelectionMask and Notice, then exactly one of
    Finished, Failed or Cancelled.

Pictures are float32 [h, w, C], 0 .. 1, sRGB, read-only. C is 3, or 4 for a model with alpha:
straight alpha, and colors that make sense a few pixels beyond the object.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import CompactImage

TRIM_ALPHA = 0.02  # up to this, nothing is seen
TRIM_MARGIN_PX = 16  # that is kept around an object: resizing and blurs look at it

Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Started:
    """The engine has accepted the request; `device` is the name of the device it runs on."""

    request: str
    device: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the user about a run that goes on."""

    request: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """One sampler step is done.

    stage: name of the stage for the user. done, total: sampler steps of the whole request; steps of
        different stages differ in cost.
    remaining: estimated seconds still to go, None while unknown.
    share: of the work of all steps that is done, 0 .. 1; None while that is unknown.
    previews: the current prediction of x0 of each candidate of the batch, [m, m, C] each.
    """

    request: str
    stage: str
    done: int
    total: int
    remaining: float | None = None
    previews: tuple[Picture, ...] = ()
    share: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Candidate `index` as the base network made it: [m, m, C] with m the base network's side."""

    request: str
    index: int
    image: Picture


@dataclass(frozen=True, slots=True, eq=False)
class SelectionMask:
    """The result of kind "select": [h, w] float32, 0 or 1, at the crop's scale."""

    request: str
    mask: NDArray[np.float32]


def find_object(alpha: CompactImage) -> Box:
    """Return the part of a picture with `alpha` [h, w] in which the object lies, and a margin."""
    content = bounding_box(alpha > TRIM_ALPHA).pad(TRIM_MARGIN_PX)
    return content.clamp(Box(0, 0, alpha.shape[1], alpha.shape[0]))


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One picture at the scale of the crop; `index` is the candidate's.

    pixels: [h, w, C]. box: where they lie in a picture of `size`, which is clear around them; None
    if they are all of it.
    """

    index: int
    pixels: CompactImage
    box: Box | None = None
    size: Size | None = None

    @classmethod
    def trim(cls, index: int, cutout: CompactImage) -> Patch:
        """Return a patch of the part of `cutout` [h, w, 4] in which the object lies."""
        height, width = cutout.shape[:2]
        box = find_object(cutout[..., 3])
        pixels = cutout[box.slices].copy()
        pixels.setflags(write=False)
        return cls(index, pixels, box, Size(width, height))

    @property
    def whole(self) -> CompactImage:
        """The picture [H, W, C], a copy if it was trimmed."""
        if self.box is None or self.size is None:
            return self.pixels
        shape = (self.size.height, self.size.width, self.pixels.shape[2])
        whole = np.zeros(shape, self.pixels.dtype)
        whole[self.box.slices] = self.pixels
        return whole

    @property
    def image(self) -> Picture:
        """The picture [H, W, C] as float32, a copy if it was trimmed or in half precision."""
        return self.whole.astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The request is done. patches: one per candidate, empty when only drafts were asked for.

    weights: file name and first 16 hexadecimal digits of the sha256 of every network used.
    """

    request: str
    patches: tuple[Patch, ...]
    seconds: float
    weights: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The request ended without a result; `message` is one sentence for the user."""

    request: str
    message: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The user cancelled the request."""

    request: str


Update = Started | Progress | Draft | SelectionMask | Notice | Finished | Failed | Cancelled
FINAL = (Finished, Failed, Cancelled)
