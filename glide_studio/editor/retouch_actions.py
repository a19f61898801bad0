"""Removal, healing, cloning, object selection and canvas extension from the photo's own pixels.

Nothing here needs a model. Results are ordinary layers and entries of the history.
"""

from __future__ import annotations

import math
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.machine_load import estimate_slowdown
from glide_studio.api.request import Provenance, Request
from glide_studio.api.sampling import Sampling
from glide_studio.document import canvas_edits
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, change_layer
from glide_studio.document.mask_edits import select
from glide_studio.document.morphology import SELECTED_FROM, grow
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode, combine
from glide_studio.document.stroke import Stroke
from glide_studio.document.transform import crop
from glide_studio.editor.canvas_actions import check_size
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.blending import poisson
from glide_studio.imaging.blending.feather import replace_covered
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.completion.complete import Variant, complete, warm_up
from glide_studio.imaging.completion.solver import CompletionCancelled
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.imaging.object_selection import rim_width, select_by_scribbles, select_in_box
from glide_studio.imaging.types import BoolMask, Pixels
from glide_studio.io.provenance import provenance_from_dict, provenance_to_dict
from glide_studio.signals import Signal
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.version import __version__

RetouchKind = Literal["remove", "heal", "clone", "scribble"]
Result = TypeVar("Result")

RETOUCH_LAYER = QT_TRANSLATE_NOOP("RetouchActions", "Retouch")
COMPLETION = "completion"
"""Name of the model in requests that are filled from the photo itself."""
METHODS = (COMPLETION, "heal", "clone")
"""Names of the model in provenances of layers that retouching makes."""
RETOUCH_ROLE = "retouch"
"""`Provenance.role` of the layer that collects the results of Remove, Heal and Clone."""

SEED_COUNT = 2**31
CONTEXT_PX = 96  # least surroundings of a hole that are looked at
CONTEXT_SHARE = 1.5  # of the longer side of a hole: its surroundings
HEAL_MARGIN_PX = 12  # around a healed area, from which its tone is taken
EXTENSION_S_PER_SIDE = 9e-3  # processor time, over the square root of the added pixels
BOX_CONTEXT = 0.5  # of the longer side of a box around an object


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


class RetouchActions:
    """What the Remove, Heal, Clone and Object tools do, and Extend canvas.

    changed: the source point, the sampling area or the progress is another one. source_point: where
    Heal and Clone take from, in document pixels. sampling: see `SamplingArea`. progress: share done
    of the work that runs, 0 .. 1, None while none runs. extending: by how much the canvas is being
    extended, None while it is not.
    """

    def __init__(self, state: EditorState, worker: Worker) -> None:
        self.changed: Signal[()] = Signal()
        self.source_point: Point | None = None
        self.sampling = SamplingArea()
        self.progress: float | None = None
        self.extending: Margins | None = None
        self._state = state
        self._worker = worker
        self._offset: tuple[int, int] | None = None
        self._stroke: _RetouchStroke | None = None
        self._scribbles: tuple[Raster, Raster] | None = None  # on the object, beside it
        self._objects: Raster | None = None  # what was selected as objects, without the rim
        self._cancelled = threading.Event()
        self._waiting: deque[Callable[[], None]] = deque()
        self._done = 0.0
        state.document_changed.connect(lambda before, after, dirty: self._forget_if(dirty.whole))

    # The source of Heal and Clone, and the sampling area of removal.

    def set_source_point(self, point: Point) -> None:
        """Take from here with the next stroke of Heal or Clone."""
        self.source_point, self._offset = point, None
        self.changed.emit()

    @property
    def source_offset(self) -> tuple[int, int] | None:
        """Offset from a painted pixel to its source, None before the first stroke."""
        return self._offset

    def sample_from_mask(self) -> None:
        """Let removal and extension take only from the painted mask, and clear the mask.

        Raises:
            GlideError: if nothing is painted.
        """
        self._set_sampling(
            replace(
                self.sampling,
                source=self._take_mask(translate("RetouchActions", "Set sampling area")),
            )
        )

    def avoid_mask(self) -> None:
        """Keep removal and extension from taking from the painted mask, and clear the mask.

        Raises:
            GlideError: if nothing is painted.
        """
        self._set_sampling(
            replace(
                self.sampling,
                avoid=self._take_mask(translate("RetouchActions", "Set excluded area")),
            )
        )

    def sample_everywhere(self) -> None:
        """Let removal and extension take from everywhere again."""
        self._set_sampling(SamplingArea())

    # Strokes.

    @property
    def stroking(self) -> bool:
        """True between `begin_stroke` and its end."""
        return self._stroke is not None

    def begin_stroke(self, kind: RetouchKind, point: StrokePoint, *, erase: bool = False) -> None:
        """Put the brush down. erase: for "scribble": this is not the object.

        Raises:
            GlideError: if no picture is open, or Heal or Clone have no source point yet.
        """
        document = self._state.document
        tools = self._state.tool_settings
        brush = Brush(
            tools.size,
            1.0 if kind in ("remove", "scribble") else tools.hardness,
            flow=1.0 if kind in ("remove", "scribble") else max(tools.flow, 0.01),
            spacing=tools.spacing,
            pressure_size=tools.pressure_size,
        )
        if kind in ("heal", "clone"):
            if self.source_point is None:
                raise GlideError(
                    translate(
                        "RetouchActions", "Alt-click where pixels should be taken from, then paint."
                    )
                )
            if self._offset is None:
                self._offset = (
                    round(self.source_point.x - point.x),
                    round(self.source_point.y - point.y),
                )
        self._stroke = _RetouchStroke(document, brush, kind, self._offset or (0, 0), erase)
        self.extend_stroke([point])

    def extend_stroke(self, points: Iterable[StrokePoint]) -> None:
        """Draw on through `points`; without an open stroke this does nothing."""
        if self._stroke is not None:
            self._stroke.extend(points)
            self._state.show(self._stroke.draft)

    def finish_stroke(self) -> None:
        """Lift the brush: remove, heal, clone or select what was painted over."""
        if self._stroke is None:
            return
        stroke, self._stroke = self._stroke, None
        stroke.finish()
        self._state.show(stroke.draft)
        if stroke.kind == "remove":
            self._remove(stroke.mask)
        elif stroke.kind == "scribble":
            self._select_scribbled(stroke)
        elif stroke.kind == "clone":
            self._put(stroke.copy(), translate("RetouchActions", "Clone"), "clone")
        else:
            self._run(
                lambda: heal(stroke.before, stroke.copy(HEAL_MARGIN_PX)),
                lambda patch: self._put(patch, translate("RetouchActions", "Heal"), "heal"),
            )

    def abort_stroke(self) -> None:
        """Drop the stroke: the document is as it was at the press."""
        if self._stroke is not None:
            self._stroke = None
            self._state.show(None)

    # Whole actions.

    def remove_painted(
        self, then: Callable[[], object] = lambda: None, seed: int | None = None
    ) -> None:
        """Remove what the painted mask covers.

        then: called once it is gone. seed: 0 or more, None for a random one.

        Raises:
            GlideError: if no picture is open or nothing is painted.
        """
        mask = self.removal_mask()
        if mask.content_box().empty:
            raise GlideError(
                translate(
                    "RetouchActions",
                    "Nothing is painted yet; paint over what should be removed first.",
                )
            )
        self._remove(mask, then, seed)

    def removal_mask(self) -> Raster:
        """Return what removal takes: the painted mask, with the rim of the objects in it.

        An object that was selected by the Object tool or by words ends at its edge, where its color
        already mixes with what is around. The rim is not added once the user has taken anything
        from the object's mask, or has switched it off.

        Raises:
            GlideError: if no picture is open.
        """
        document, objects = self._state.document, self._objects
        if objects is None or not self._state.tool_settings.takes_rim:
            return document.selection
        if not _covers(document.selection, objects):
            return document.selection
        grown = grow(objects, rim_width(objects.content_box(), document.size))
        return combine(document.selection, grown, "union")

    def note_object(self, found: Raster, mode: CombineMode) -> None:
        """Note that `found`, the mask of an object, was just combined with the painted mask."""
        selection, before = self._state.document.selection, self._objects
        if mode == "union" and before is not None and _covers(selection, before):
            found = combine(before, found, "union")
        self._objects = found if _covers(selection, found) else None

    def select_object(self, a: Point, b: Point, mode: CombineMode | None = None) -> None:
        """Select the object in the box between two corners. mode: the tools' own for None."""
        document = self._state.document
        mode = mode or self._state.tool_settings.mode
        left, right = sorted((round(a.x), round(b.x)))
        top, bottom = sorted((round(a.y), round(b.y)))
        box = Box.between(left, top, right, bottom).clamp(document.box)
        if box.empty:
            return
        region = box.pad(round(BOX_CONTEXT * max(box.width, box.height)) + 16).clamp(document.box)

        def work() -> Raster:
            rgb = np.ascontiguousarray(composite(document, region)[..., :3])
            mask = select_in_box(rgb, box.move(-region.x, -region.y))
            return Raster.empty(document.size, 1).write(region, mask[..., None])

        self._run(work, lambda mask: self._select(mask, mode))

    def forecast_extension(self, margins: Margins) -> float:
        """Return about the seconds that it takes to add margins to the canvas and fill them."""
        old = self._state.document.size
        width = old.width + margins.left + margins.right
        height = old.height + margins.top + margins.bottom
        added = max(0, width * height - old.area)
        return EXTENSION_S_PER_SIDE * math.sqrt(added) * estimate_slowdown()

    def extend(self, margins: Margins) -> None:
        """Add margins to the canvas and fill them from the photo, as one entry of the history.

        They are filled from the sampling area alone, if one is set, and never from the excluded
        one.

        Raises:
            GlideError: if a margin is negative, all are 0, or the canvas would be too large.
        """
        document = self._state.document
        if min(margins) < 0 or not any(margins):
            raise GlideError(
                translate(
                    "RetouchActions", "Drag an edge outward, or enter how many pixels to add."
                )
            )
        old = document.size
        size = Size(
            old.width + margins.left + margins.right, old.height + margins.top + margins.bottom
        )
        check_size(size)
        canvas = Box(-margins.left, -margins.top, size.width, size.height)
        inside = document.box.move(margins.left, margins.top)
        larger = canvas_edits.crop(document, canvas)
        provenance = self._provenance(COMPLETION, larger.box)
        sampling = self.sampling

        def work() -> Document:
            hole = np.ones((size.height, size.width), np.bool_)
            hole[inside.slices] = False
            source, avoid = (
                None if mask is None else _is_set(crop(mask, canvas), larger.box)
                for mask in (sampling.source, sampling.avoid)
            )
            found = complete(
                composite(larger, larger.box),
                hole,
                source=source,
                avoid=avoid,
                progress=self._report,
                is_cancelled=self._cancelled.is_set,
            )
            coverage = found.hole.astype(np.float32)
            patch = RetouchPatch(found.box, found.pixels, coverage)
            layer = Layer(
                translate("RetouchActions", "Extended"),
                Raster.empty(size, 4, larger.dtype),
                provenance=provenance,
            )
            return paint_patch(add_layer(larger, layer), layer.id, patch)

        def put(extended: Document) -> None:
            if self._state.document is not document:
                raise GlideError(
                    translate(
                        "RetouchActions",
                        "The picture has changed in the meantime; extend the canvas again.",
                    )
                )
            self._state.apply(translate("RetouchActions", "Extend canvas"), extended)

        self._run(work, put, margins)

    def warm_up(self) -> None:
        """Load and compile what removal needs, so that the first stroke does not wait for it."""
        self._worker.run(warm_up, lambda _: None, lambda _: None)

    def cancel(self) -> None:
        """Stop what runs and drop what waits; the document stays as it is."""
        self._waiting.clear()
        self._cancelled.set()

    # Work in the background.

    def _remove(
        self,
        mask: Raster,
        then: Callable[[], object] = lambda: None,
        given_seed: int | None = None,
    ) -> None:
        """Remove what `mask` covers, after the removals before it: each sees their results."""
        sampling = self.sampling
        seed = secrets.randbelow(SEED_COUNT) if given_seed is None else given_seed

        def begin() -> None:
            document = self._state.document
            if mask.size != document.size:
                self._begin_next()
                return
            cancelled = self._begin()

            def finish(patch: RetouchPatch) -> None:
                self._put(patch, translate("RetouchActions", "Remove"), COMPLETION, seed)
                then()

            self._submit(
                cancelled,
                lambda: remove(
                    document,
                    mask,
                    sampling,
                    seed=seed,
                    progress=self._report,
                    is_cancelled=cancelled.is_set,
                ),
                finish,
            )

        if self.progress is None:
            begin()
        else:
            self._waiting.append(begin)

    def _begin_next(self) -> None:
        if self._waiting and self.progress is None:
            self._waiting.popleft()()

    def _select_scribbled(self, stroke: _RetouchStroke) -> None:
        document, empty = stroke.before, Raster.empty(stroke.before.size, 1)
        on_object, beside = self._scribbles or (empty, empty)
        if stroke.erase:
            beside = select(replace(document, selection=beside), stroke.mask, "union").selection
        else:
            on_object = select(
                replace(document, selection=on_object), stroke.mask, "union"
            ).selection
        self._scribbles = on_object, beside

        def work() -> Raster:
            box = document.box
            rgb = np.ascontiguousarray(composite(document, box)[..., :3])
            on, off = (raster.read(box)[..., 0] > 127 for raster in (on_object, beside))
            return Raster.from_array(select_by_scribbles(rgb, on, off)[..., None])

        self._run(work, lambda mask: self._select(mask, "replace"))

    def _run(
        self,
        work: Callable[[], Result],
        then: Callable[[Result], object],
        extending: Margins | None = None,
    ) -> None:
        """Run `work` in the background; one at a time, a newer one replaces what still runs."""
        self.cancel()
        self.extending = extending
        self._submit(self._begin(), work, then)

    def _begin(self) -> threading.Event:
        """Show that work begins; the event that cancels it."""
        cancelled = self._cancelled = threading.Event()
        self._set_progress(0.0)
        return cancelled

    def _submit(
        self,
        cancelled: threading.Event,
        work: Callable[[], Result],
        then: Callable[[Result], object],
    ) -> None:
        def run_guarded() -> Result | None:
            try:
                return work()
            except CompletionCancelled:
                return None

        def finish(result: Result | None) -> None:
            if cancelled is self._cancelled:
                self._set_progress(None)
            if result is None or cancelled.is_set():
                self._end_draft()
            else:
                try:
                    then(result)
                except GlideError as error:
                    self._state.notify(str(error), Severity.ERROR)
                    self._end_draft()
            self._begin_next()

        def fail(error: GlideError) -> None:
            if cancelled is self._cancelled:
                self._set_progress(None)
                self._end_draft()
                self._state.notify(str(error), Severity.ERROR)
            self._begin_next()

        self._worker.run(run_guarded, finish, fail)

    def _end_draft(self) -> None:
        """Show the document again, unless a new stroke is being drawn already."""
        if self._stroke is None and self._state.history is not None:
            self._state.show(None)

    def _report(self, share: float) -> None:
        """Take a report from the worker's thread; the window reads `done` on its own clock."""
        self._done = share

    @property
    def done(self) -> float:
        """Share of the running work that is done, 0 .. 1."""
        return self._done

    def _set_progress(self, progress: float | None) -> None:
        self._done = progress or 0.0
        self.progress = progress
        if progress is None:
            self.extending = None
        self.changed.emit()

    def _put(self, patch: RetouchPatch, label: str, method: str, seed: int = 0) -> None:
        document = self._state.document
        if patch.box not in document.box:
            raise GlideError(
                translate("RetouchActions", "The picture has another size now; paint again.")
            )
        layer = document.active_layer
        if layer is None or not _can_retouch(layer):
            layer = Layer(
                translate("RetouchActions", RETOUCH_LAYER),
                Raster.empty(document.size, 4, document.dtype),
            )
            document = add_layer(document, layer)
        after = paint_patch(document, layer.id, patch)
        provenance = self._provenance(method, patch.box, seed, RETOUCH_ROLE)
        after = change_layer(after, layer.id, provenance=provenance)
        self._state.apply(label, after)
        if self._stroke is not None:
            self._state.show(self._stroke.draft)

    def _provenance(self, method: str, box: Box, seed: int = 0, role: str = "") -> dict[str, Any]:
        """Return the provenance of a layer whose pixels come from the photo itself."""
        state = self._state.timeline.current.id
        request = Request("fill", "", box, Sampling(seed=seed), model=method, state=state)
        return provenance_to_dict(Provenance(request, 0, __version__, role=role))

    def _select(self, mask: Raster, mode: CombineMode) -> None:
        if mask.size != self._state.document.size:
            raise GlideError(
                translate(
                    "RetouchActions", "The picture has another size now; select the object again."
                )
            )
        self._state.apply(
            translate("RetouchActions", "Select object"), select(self._state.document, mask, mode)
        )
        self.note_object(mask, mode)

    def _take_mask(self, label: str) -> Raster:
        document = self._state.document
        mask = document.selection
        if mask.content_box().empty:
            raise GlideError(
                translate("RetouchActions", "Nothing is painted yet; paint the area first.")
            )
        self._state.apply(label, replace(document, selection=Raster.empty(document.size, 1)))
        return mask

    def _set_sampling(self, sampling: SamplingArea) -> None:
        self.sampling = sampling
        self.changed.emit()

    def forget_scribbles(self) -> None:
        """Begin a new object with the next scribble."""
        self._scribbles = None

    def _forget_if(self, another_picture: bool) -> None:
        if another_picture:
            self.cancel()
            self.source_point = self._offset = self._scribbles = self._objects = None
            self._set_sampling(SamplingArea())


class _RetouchStroke:
    """A stroke of the Remove, Heal, Clone or Object tool while it is drawn.

    before: the document at the press. draft: what the canvas shows meanwhile: the painted area, or
    for Heal and Clone the copied pixels.
    """

    def __init__(
        self,
        before: Document,
        brush: Brush,
        kind: RetouchKind,
        offset: tuple[int, int],
        erase: bool,
    ) -> None:
        self.before, self.kind, self.erase = before, kind, erase
        self._offset = offset
        plain = replace(before, selection=Raster.empty(before.size, 1))
        self._cover = Stroke(plain, brush)
        self._copies = kind in ("heal", "clone")
        layer = Layer(
            translate("RetouchActions", RETOUCH_LAYER), Raster.empty(before.size, 4, before.dtype)
        )
        self._layer = layer.id
        self.draft = add_layer(before, layer) if self._copies else plain

    @property
    def mask(self) -> Raster:
        """What was painted over."""
        return self._cover.document.selection

    def extend(self, points: Iterable[StrokePoint]) -> None:
        self._show(self._cover.extend(points))

    def finish(self) -> None:
        self._show(self._cover.finish())

    def copy(self, margin: int = 0) -> RetouchPatch:
        """Return the copied pixels of the whole stroke and of a margin around it, in pixels."""
        return self._copy(self.mask.content_box().pad(margin).clamp(self.before.box))

    def _show(self, changed: Box) -> None:
        if not self._copies:
            self.draft = self._cover.document
        elif not changed.empty:
            patch = self._copy(changed)
            empty = self.draft.layer(self._layer).raster
            assert empty is not None
            pixels = patch.pixels.copy()
            pixels[..., 3] = np.rint(pixels[..., 3] * patch.coverage)
            raster = empty.write(patch.box, pixels)
            self.draft = change_layer(self.draft, self._layer, raster=raster)

    def _copy(self, box: Box) -> RetouchPatch:
        dx, dy = self._offset
        coverage = self.mask.read(box)[..., 0].astype(np.float32) / np.float32(255)
        return RetouchPatch(box, composite(self.before, box.move(dx, dy)), coverage)


def remove(
    document: Document,
    mask: Raster,
    sampling: SamplingArea | None = None,
    *,
    seed: int = 0,
    variant: Variant = Variant.BALANCED,
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
        None if raster is None else _is_set(raster, region)
        for raster in (mask, sampling.source, sampling.avoid)
    )
    assert hole is not None
    found = complete(
        composite(document, region),
        hole,
        source=source,
        avoid=avoid,
        seed=seed,
        variant=variant,
        progress=progress,
        is_cancelled=is_cancelled,
    )
    return RetouchPatch(
        found.box.move(region.x, region.y), found.pixels, found.hole.astype(np.float32)
    )


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


def _can_retouch(layer: Layer) -> bool:
    """Tell whether what is made may be painted into a layer."""
    kept = layer.raster is None or layer.locked or layer.keeps_alpha
    return not kept and _takes_retouching(layer)


def _takes_retouching(layer: Layer) -> bool:
    """Tell whether a layer is the one that collects what Remove, Heal and Clone make.

    In projects of earlier versions it has no role; there it is told by how it was made, and its
    name in English or the present language.
    """
    if layer.provenance is None:
        return False
    provenance = provenance_from_dict(layer.provenance)
    if provenance.role:
        return provenance.role == RETOUCH_ROLE
    names = (RETOUCH_LAYER, translate("RetouchActions", RETOUCH_LAYER))
    return provenance.request.model in METHODS and layer.name in names


def _covers(mask: Raster, part: Raster) -> bool:
    """Tell whether a mask selects all of a part, which is not empty."""
    if mask.size != part.size:
        return False
    box = part.content_box()
    inside = part.read(box) >= SELECTED_FROM
    return bool(inside.any() and (mask.read(box)[inside] >= SELECTED_FROM).all())


def _is_set(mask: Raster, box: Box) -> BoolMask:
    return np.asarray(mask.read(box)[..., 0] > 0)
