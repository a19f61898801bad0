"""Extend a photograph over its edges: the new area is a hole that reaches the border."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_margins import THIN
from glide_studio.imaging.completion.complete import (
    Completion,
    IsCancelled,
    Progress,
    Variant,
    complete,
)
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import BoolMask, Pixels
from glide_studio.translation import translate


class Margins(NamedTuple):
    """Pixels to add on each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def around(self, size: Size) -> Box:
        """Return the canvas that a picture of a size has with the margins, in its pixels."""
        width, height = size.width + self.left + self.right, size.height + self.top + self.bottom
        return Box(-self.left, -self.top, width, height)

    def pad(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return `image` [h, w] or [h, w, C] with the margins, which are 0."""
        pad = [(self.top, self.bottom), (self.left, self.right), (0, 0)]
        return np.pad(image, pad[: image.ndim])


def margins_for_aspect(size: Size, width: int, height: int) -> Margins:
    """Compute the margins that bring `size` nearest to width : height, none of them negative.

    Opposite ones are equal; an odd pixel goes to the right or the lower one.
    """
    wide = max(size.width, round(size.height * width / height))
    high = max(size.height, round(size.width * height / width))
    if wide > size.width:
        high = size.height
    extra_x, extra_y = wide - size.width, high - size.height
    return Margins(extra_x // 2, extra_y // 2, extra_x - extra_x // 2, extra_y - extra_y // 2)


def expand(
    image: Pixels,
    margins: Margins,
    *,
    source: BoolMask | None = None,
    avoid: BoolMask | None = None,
    seed: int = 0,
    number: int = 0,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Completion:
    """Fill margins around `image` [h, w] or [h, w, C]; the result lies in the larger picture.

    source: bool [h, w], only these pixels of the image may be taken from, and the rules of
    `canvas_margins` do not apply; None for all, by the rules. avoid: bool [h, w], these may not.
    number: 0 for the usual result, 1, 2 and so on for others, which are made in other ways.

    Raises:
        GlideError: if a margin is negative, none is positive, or nothing is left to take from.
        CompletionCancelled: as soon as is_cancelled() is true.
    """
    if min(margins) < 0 or not any(margins):
        raise GlideError(
            translate(
                "CanvasExtension",
                "Nothing is to be added; give at least one side some pixels, none below 0.",
            )
        )
    ways = _ways(margins, source is not None)
    return complete(
        margins.pad(image),
        ~margins.pad(np.ones(image.shape[:2], np.bool_)),
        source=None if source is None else margins.pad(source),
        avoid=None if avoid is None else margins.pad(avoid),
        seed=seed + number // len(ways),
        variant=ways[number % len(ways)],
        progress=progress,
        is_cancelled=is_cancelled,
    )


def _ways(margins: Margins, chosen: bool) -> list[Variant]:
    """Return how results are made, the usual one first. chosen: what they take from is chosen."""
    ways = [Variant.BALANCED, Variant.STRUCTURE, Variant.TEXTURE, Variant.MIRRORED]
    if chosen or margins.top or margins.bottom or max(margins) <= THIN:
        ways.remove(Variant.MIRRORED)
    return ways
