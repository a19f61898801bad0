"""What removal takes of the photo: the painted mask, its rim, and the shadow of the thing."""

from __future__ import annotations

import math

import numpy as np

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.document.selection import combine
from glide_studio.editor.mask_islands import split_islands
from glide_studio.editor.retouch_patch import read_is_set
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.removal_rim import add_rim, rim_width
from glide_studio.imaging.removal_shadow import find_shadow, shadow_view
from glide_studio.imaging.types import BoolMask, Pixels

SHADOW_SHARE = 0.75  # of a thing's longer side: how far its shadow reaches, as most do
SHADOW_REACH_PX = 600  # at most: results of a large mask are some 100 MB


def reach_of_rims(mask: Raster) -> Box:
    """Return the box in which a mask, not empty, has its rims."""
    covered = mask.content_box()
    return covered.pad(math.ceil(2 * rim_width(covered, mask.size)) + 1).clamp(mask.box)


def reach_of_shadows(mask: Raster) -> Box:
    """Return the box in which a mask, not empty, has its rims and most shadows."""
    covered = mask.content_box()
    reach = min(SHADOW_REACH_PX, round(SHADOW_SHARE * max(covered.width, covered.height)))
    return reach_of_rims(mask).union(covered.pad(reach).clamp(mask.box))


def add_rims(document: Document, mask: Raster, within: Box | None = None) -> Raster:
    """Return a mask with a rim and a shadow beside each of its islands.

    See `add_rim` and `find_shadow`. within: a shadow that leaves this box is not taken. This may
    run in any thread.
    """
    result = mask
    for island in split_islands(mask):
        covered = island.content_box()
        if covered.empty:
            continue
        view, width = reach_of_rims(island), rim_width(covered, island.size)
        grown = add_rim(_read_rgb(document, view), read_is_set(island, view), width)
        taken = _add_set(island, view, grown)
        result = combine(result, taken, "union")
        looked = shadow_view(covered)
        view = looked.clamp(island.box)
        ends = (
            looked.x <= 0,
            looked.y <= 0,
            looked.right >= island.size.width,
            looked.bottom >= island.size.height,
        )
        shadow = find_shadow(_read_rgb(document, view), read_is_set(taken, view), ends)
        found = bounding_box(shadow).move(view.x, view.y)
        if not found.empty and (within is None or found in within):
            result = _add_set(result, view, shadow)
    return result


def _read_rgb(document: Document, view: Box) -> Pixels:
    return np.ascontiguousarray(composite(document, view)[..., :3])


def _add_set(mask: Raster, view: Box, inside: BoolMask) -> Raster:
    """Return a mask that covers all of `inside`, whose pixels lie in `view`, as well."""
    values = np.where(inside, np.uint8(255), np.uint8(0))[..., None]
    return combine(mask, Raster.empty(mask.size, 1).write(view, values), "union")
