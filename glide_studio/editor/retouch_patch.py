"""New pixels for a place of the photo, from its own: removed, healed or cloned.

The functions are pure and may run in any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.request import Provenance, Request
from glide_studio.api.sampling import Sampling
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer_edits import change_layer
from glide_studio.document.raster import Raster
from glide_studio.imaging.blending import poisson
from glide_studio.imaging.blending.feather import replace_covered
from glide_studio.imaging.completion.complete import Completion, complete
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import BoolMask, Pixels
from glide_studio.io.provenance import provenance_to_dict
from glide_studio.version import __version__

CONTEXT_PX = 96  # least surroundings of a hole that are looked at
CONTEXT_SHARE = 1.5  # of the longer side of a hole: its surroundings


@dataclass(frozen=True, slots=True)
class SamplingArea:
    """Where removal and extension may take from. source: this mask alone; avoid: never this one."""

    source: Raster | None = None
    avoid: Raster | None = None


@dataclass(frozen=True, slots=True)
class RetouchPatch:
    """New pixels at a place of the document.

    box: the place. pixels: [h, w, 4] straight alpha in the document's dtype. coverage: float32
    [h, w], 0 .. 1, how far they replace what a layer holds there.
    """

    box: Box
    pixels: Pixels
    coverage: NDArray[np.float32]


def remove(
    document: Document,
    mask: Raster,
    sampling: SamplingArea | None = None,
    *,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> RetouchPatch:
    """Fill all pixels with mask > 0 from the rest of what is visible.

    Raises:
        GlideError: if nothing is left to take pixels from.
        CompletionCancelled: as soon as is_cancelled() is true.
    """
    sampling = sampling or SamplingArea()
    box = mask.content_box()
    pad = max(CONTEXT_PX, round(CONTEXT_SHARE * max(box.width, box.height)))
    region = box.pad(pad).clamp(document.box)
    if sampling.source is not None:
        region = region.union(sampling.source.content_box())
    hole, source, avoid = (
        None if raster is None else read_is_set(raster, region)
        for raster in (mask, sampling.source, sampling.avoid)
    )
    assert hole is not None
    found = complete(
        composite(document, region),
        hole,
        source=source,
        avoid=avoid,
        seed=seed,
        progress=progress,
        is_cancelled=is_cancelled,
    )
    return patch_of(found, region.x, region.y)


def patch_of(found: Completion, x: int = 0, y: int = 0) -> RetouchPatch:
    """Return a filled hole as a patch. x, y: where the picture that it is in lies."""
    return RetouchPatch(found.box.move(x, y), found.pixels, found.hole.astype(np.float32))


def heal(document: Document, patch: RetouchPatch) -> RetouchPatch:
    """Give copied pixels the tone of their new surroundings, so that only their texture is copied.

    patch: with a margin of coverage 0 around the painted area, in which the two tones are compared.
    """
    pixels = poisson.heal(patch.pixels, composite(document, patch.box), patch.coverage)
    return replace(patch, pixels=pixels)


def paint_patch(document: Document, layer_id: str, patch: RetouchPatch) -> Document:
    """Put a patch on a layer; pixels with coverage 0 stay as they are, to the byte."""
    raster = document.layer(layer_id).raster
    assert raster is not None
    pixels = replace_covered(raster.read(patch.box), patch.pixels, patch.coverage)
    return change_layer(document, layer_id, raster=raster.write(patch.box, pixels))


def read_is_set(mask: Raster, box: Box) -> BoolMask:
    """Return where a mask is above 0 in a box, bool [h, w]."""
    return np.asarray(mask.read(box)[..., 0] > 0)


def describe_origin(
    method: str, box: Box, state: str, seed: int = 0, role: str = ""
) -> dict[str, Any]:
    """Return the provenance of a layer whose pixels come from the photo itself.

    method: name of the model that stands for how they were made. state: id in the history.
    """
    request = Request("fill", "", box, Sampling(seed=seed), model=method, state=state)
    return provenance_to_dict(Provenance(request, 0, __version__, role=role))
