"""What removal takes of the photo: the painted mask, and a rim beside it."""

from __future__ import annotations

import math

import numpy as np

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.document.selection import combine
from glide_studio.editor.mask_islands import split_islands
from glide_studio.editor.retouch_patch import read_is_set
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.removal_rim import add_rim, rim_width


def reach_of_rims(mask: Raster) -> Box:
    """Return the box in which a mask, not empty, has its rims."""
    covered = mask.content_box()
    return covered.pad(math.ceil(2 * rim_width(covered, mask.size)) + 1).clamp(mask.box)


def add_rims(document: Document, mask: Raster) -> Raster:
    """Return a mask with a rim around each of its islands, see `add_rim`.

    This may run in any thread.
    """
    result = mask
    for island in split_islands(mask):
        if island.content_box().empty:
            continue
        view, width = reach_of_rims(island), rim_width(island.content_box(), island.size)
        rgb = np.ascontiguousarray(composite(document, view)[..., :3])
        grown = add_rim(rgb, read_is_set(island, view), width)
        values = np.where(grown, np.uint8(255), np.uint8(0))[..., None]
        result = combine(result, Raster.empty(mask.size, 1).write(view, values), "union")
    return result
