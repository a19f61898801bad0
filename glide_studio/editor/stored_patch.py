"""`StoredPatch`: a candidate whose pixels wait on the disk until somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glide_studio.api.events import Patch, Picture
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import CompactImage

SMALL_PX = 256
"""Longer side of what is kept in memory: enough for a thumbnail on a fine screen."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredPatch:
    """A `Patch` without its pixels, which are read each time that they are asked for.

    small: some of its pixels, for a thumbnail. read: returns all of them, in any thread; raises
    GlideError if they cannot be read.
    """

    index: int
    small: CompactImage
    read: Callable[[], CompactImage]
    box: Box | None = None
    size: Size | None = None

    @property
    def pixels(self) -> CompactImage:
        """See `Patch`."""
        return self.read()

    @property
    def whole(self) -> CompactImage:
        """See `Patch`."""
        return self.load().whole

    @property
    def image(self) -> Picture:
        """See `Patch`."""
        return self.load().image

    def load(self) -> Patch:
        """Read the pixels.

        Raises:
            GlideError: if they cannot be read.
        """
        return Patch(self.index, self.read(), self.box, self.size)


def leave_pixels(patch: Patch, read: Callable[[], CompactImage]) -> Patch | StoredPatch:
    """Return a candidate without its pixels, which `read` returns; a small one keeps them."""
    step = -(-max(patch.pixels.shape[:2]) // SMALL_PX)
    if step <= 1:
        return patch
    small = patch.pixels[::step, ::step].astype(np.float16)
    return StoredPatch(patch.index, small, read, patch.box, patch.size)


def pixels_in_memory(patch: Patch | StoredPatch) -> CompactImage:
    """Return what is seen of a candidate without reading the disk, at any scale."""
    return patch.small if isinstance(patch, StoredPatch) else patch.pixels
