"""Candidates that fill the painted mask from the photo itself: Generate without a prompt.

The functions are pure and may run in any thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.events import Finished, Patch, Picture
from glide_studio.api.request import COMPLETION, Request
from glide_studio.api.sampling import Sampling
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.editor.fitting import FittedPatch
from glide_studio.editor.retouch_patch import SamplingArea, read_is_set
from glide_studio.editor.workers import Task, WorkCancelled
from glide_studio.imaging import icc
from glide_studio.imaging.blending.result_checks import measure_seam
from glide_studio.imaging.completion.complete import candidates, surroundings
from glide_studio.imaging.completion.solver import CompletionCancelled
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.memory import return_freed_memory
from glide_studio.imaging.types import CompactImage, Pixels
from glide_studio.translation import QT_TRANSLATE_NOOP

STAGE = QT_TRANSLATE_NOOP("CompletionJobs", "Filling from the photo")
MIN_CONTEXT_PX = 256
COMPLETION_CONTEXT = 3  # context on each side over the hole's longer side

Report = Callable[[float], None]
"""Called with the share of the work that is done, 0 .. 1."""


@dataclass(frozen=True, slots=True, eq=False)
class CompletionResult:
    """The last message of a request, and its candidates as they sit in the photo."""

    finished: Finished
    fitted: dict[int, FittedPatch]


@dataclass(frozen=True, slots=True, eq=False)
class _HoleSurroundings:
    """What is looked at to fill a hole: pixels [h, w, 3] of `box`, and three bool masks [h, w]."""

    box: Box
    pixels: Pixels
    hole: NDArray[np.bool_]
    source: NDArray[np.bool_] | None
    avoid: NDArray[np.bool_] | None


def fill_candidates(
    document: Document,
    request: Request,
    hole: Raster,
    area: SamplingArea,
    report: Report = lambda share: None,
    task: Task | None = None,
) -> CompletionResult:
    """Fill `hole` in as many ways as the request asks for, the most likely first.

    The patches show the request's box, around the hole. task: ends the work when it is cancelled.

    Raises:
        GlideError: if nothing is left to take pixels from.
        WorkCancelled: if the task was cancelled.
    """
    began = time.monotonic()
    view = _view(document, hole, area, request.box)
    return_freed_memory()
    task = task or Task()
    try:
        found = candidates(
            view.pixels,
            view.hole,
            count=request.sampling.count,
            source=view.source,
            avoid=view.avoid,
            seed=request.sampling.seed,
            progress=report,
            is_cancelled=lambda: task.is_cancelled,
        )
    except CompletionCancelled as error:
        raise WorkCancelled from error
    inner = request.box.move(-view.box.x, -view.box.y)
    around, inside = view.pixels[inner.slices].copy(), view.hole[inner.slices]
    del view
    patches, fitted = [], {}
    for index, one in enumerate(found):
        filled = around.copy()
        filled[one.box.move(-inner.x, -inner.y).slices] = one.pixels
        picture = icc.to_srgb(filled, document.icc)
        fitted[index] = _make_fitted(document, request.box, filled, picture, inside)
        # Half precision tells 8 bits exactly.
        kept = picture.astype(np.float16) if document.dtype == np.uint8 else picture
        patches.append(Patch(index, kept))
    return_freed_memory()
    return CompletionResult(Finished(request.id, tuple(patches), time.monotonic() - began), fitted)


def clear_area(
    document: Document,
    hole: Raster,
    seed: int,
    task: Task | None = None,
    report: Report = lambda share: None,
) -> Raster:
    """Return a layer's pixels [h, w, 4] that show the photo without what is in `hole`.

    Raises:
        GlideError: if nothing is left to take pixels from.
        WorkCancelled: if the task was cancelled.
    """
    request = Request(
        "fill", "", hole.content_box(), Sampling(seed=seed, count=1), model=COMPLETION
    )
    found = fill_candidates(document, request, hole, SamplingArea(), report, task)
    return found.fitted[0].raster


def place_patch(
    document: Document, box: Box, patch: CompactImage, painted: NDArray[np.uint8]
) -> FittedPatch:
    """Make a stored patch [h, w, 3], sRGB, pixels of a layer where `painted` [h, w] is above 0."""
    patch = patch.astype(np.float32, copy=False)
    own = icc.from_srgb(patch, document.icc)
    pixels: Pixels = np.rint(np.clip(own, 0, 1) * document.max_value).astype(document.dtype)
    return _make_fitted(document, box, pixels, patch, painted > 0)


def _make_fitted(
    document: Document, box: Box, pixels: Pixels, picture: Picture, hole: NDArray[np.bool_]
) -> FittedPatch:
    raster = Raster.empty(document.size, 4, document.dtype).write(box, _rgba(pixels, hole))
    seam = measure_seam(picture, hole.astype(np.float32))
    return FittedPatch(raster, seam, frame=document.frame)


def _rgba(pixels: Pixels, hole: NDArray[np.bool_]) -> Pixels:
    rgba = np.zeros((*hole.shape, 4), pixels.dtype)
    rgba[hole, :3] = pixels[hole, :3]
    rgba[hole, 3] = np.iinfo(pixels.dtype).max
    return rgba


def _view(document: Document, hole: Raster, area: SamplingArea, box: Box) -> _HoleSurroundings:
    """Cut out what is looked at, and `box`: the hole, enough around it, and the sampling area."""
    inner = hole.content_box()
    context = max(MIN_CONTEXT_PX, COMPLETION_CONTEXT * max(inner.width, inner.height))
    view = inner.pad(context).union(box).clamp(document.box)
    if area.source is not None:
        view = view.union(area.source.content_box())
    pixels = composite(document, view)
    # Clear pixels show nothing that could be taken.
    avoid = pixels[..., 3] < document.max_value
    if area.avoid is not None:
        avoid |= read_is_set(area.avoid, view)
    inside = read_is_set(hole, view)
    source = None if area.source is None else read_is_set(area.source, view)
    used = surroundings(pixels, inside, source=source, avoid=avoid)
    used = used.union(box.move(-view.x, -view.y))
    cut = used.slices
    return _HoleSurroundings(
        used.move(view.x, view.y),
        np.ascontiguousarray(pixels[cut][..., :3]),
        inside[cut].copy(),
        None if source is None else source[cut].copy(),
        avoid[cut].copy() if avoid.any() else None,
    )
