"""Remove, Heal and Clone: strokes that take their pixels from the photo itself.

Nothing here needs a model. Results are ordinary layers and entries of the history.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

import numpy as np

from glide_studio.api.request import COMPLETION
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, change_layer
from glide_studio.document.raster import Raster
from glide_studio.document.stroke import Stroke
from glide_studio.editor.object_actions import ObjectActions
from glide_studio.editor.removal_mask import add_rims
from glide_studio.editor.retouch_patch import (
    RetouchPatch,
    SamplingArea,
    describe_origin,
    heal,
    paint_patch,
    remove,
)
from glide_studio.editor.retouch_work import IsCancelled, RetouchWork
from glide_studio.editor.state import EditorState
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point
from glide_studio.io.provenance import provenance_from_dict
from glide_studio.signals import Signal
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

RetouchKind = Literal["remove", "heal", "clone", "scribble"]

RETOUCH_LAYER = QT_TRANSLATE_NOOP("RetouchActions", "Retouch")
METHODS = (COMPLETION, "heal", "clone")
"""Names of the model in provenances of layers that retouching makes."""
RETOUCH_ROLE = "retouch"
"""`Provenance.role` of the layer that collects the results of Remove, Heal and Clone."""

SEED_COUNT = 2**31
HEAL_MARGIN_PX = 12  # around a healed area, from which its tone is taken


class RetouchActions:
    """What the Remove, Heal and Clone tools do; strokes of the Object tool go to `ObjectActions`.

    changed: the source point or the sampling area is another one. source_point: where Heal and
    Clone take from, in document pixels. sampling: see `SamplingArea`. objects: of the painted mask.
    """

    def __init__(self, state: EditorState, work: RetouchWork, objects: ObjectActions) -> None:
        self.changed: Signal[()] = Signal()
        self.source_point: Point | None = None
        self.sampling = SamplingArea()
        self.objects = objects
        self._state = state
        self._work = work
        self._offset: tuple[int, int] | None = None
        self._stroke: _RetouchStroke | None = None
        work.dropped.connect(self._end_draft)
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
        source = self._take_mask(translate("RetouchActions", "Set sampling area"))
        self._set_sampling(replace(self.sampling, source=source))

    def avoid_mask(self) -> None:
        """Keep removal and extension from taking from the painted mask, and clear the mask.

        Raises:
            GlideError: if nothing is painted.
        """
        avoid = self._take_mask(translate("RetouchActions", "Set excluded area"))
        self._set_sampling(replace(self.sampling, avoid=avoid))

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
        """Lift the brush: remove, heal, clone or select what was painted over.

        Raises:
            GlideError: if all of what should be cloned lies outside of the picture.
        """
        if self._stroke is None:
            return
        stroke, self._stroke = self._stroke, None
        stroke.finish()
        if stroke.mask.content_box().empty:  # beside the picture
            self._state.show(None)
            return
        # cloning is done at once, the rest takes a while and is seen as painted until then
        self._state.show(None if stroke.kind == "clone" else stroke.draft)
        if stroke.kind == "remove":
            self._remove(stroke.mask)
        elif stroke.kind == "scribble":
            self.objects.scribble(stroke.before, stroke.mask, erase=stroke.erase)
        elif stroke.kind == "clone":
            self._put(stroke.copy(), translate("RetouchActions", "Clone"), "clone")
        else:
            self._work.run(
                lambda is_cancelled: heal(stroke.before, stroke.copy(HEAL_MARGIN_PX)),
                lambda patch: self._put(patch, translate("RetouchActions", "Heal"), "heal"),
            )

    def abort_stroke(self) -> None:
        """Drop the stroke: the document is as it was at the press."""
        if self._stroke is not None:
            self._stroke = None
            self._state.show(None)

    def remove_painted(
        self, then: Callable[[], object] = lambda: None, seed: int | None = None
    ) -> None:
        """Remove what the painted mask covers.

        then: called once it is gone. seed: 0 or more, None for a random one.

        Raises:
            GlideError: if no picture is open or nothing is painted.
        """
        mask = self._state.document.selection
        if mask.content_box().empty:
            raise GlideError(
                translate(
                    "RetouchActions",
                    "Nothing is painted yet; paint over what should be removed first.",
                )
            )
        self._remove(mask, then, seed, takes_rim=self._state.tool_settings.takes_rim)

    def _remove(
        self,
        mask: Raster,
        then: Callable[[], object] = lambda: None,
        given_seed: int | None = None,
        *,
        takes_rim: bool = False,
    ) -> None:
        """Remove what `mask` covers, after the removals before it: each sees their results."""
        sampling = self.sampling
        seed = secrets.randbelow(SEED_COUNT) if given_seed is None else given_seed

        def prepare() -> Callable[[IsCancelled], RetouchPatch] | None:
            document = self._state.document
            if mask.size != document.size:
                return None
            return lambda is_cancelled: remove(
                document,
                add_rims(document, mask) if takes_rim else mask,
                sampling,
                seed=seed,
                progress=self._work.report,
                is_cancelled=is_cancelled,
            )

        def finish(patch: RetouchPatch) -> None:
            self._put(patch, translate("RetouchActions", "Remove"), COMPLETION, seed)
            then()

        self._work.run_after(prepare, finish)

    def _end_draft(self) -> None:
        """Show the document again, unless a new stroke is being drawn already."""
        if self._stroke is None and self._state.history is not None:
            self._state.show(None)

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
        state = self._state.timeline.current.id
        provenance = describe_origin(method, patch.box, state, seed, RETOUCH_ROLE)
        after = change_layer(after, layer.id, provenance=provenance)
        self._state.apply(label, after)
        if self._stroke is not None:
            self._state.show(self._stroke.draft)

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

    def _forget_if(self, another_picture: bool) -> None:
        if another_picture:
            self.source_point = self._offset = None
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
        """Return the copied pixels of the whole stroke and of a margin around it, in pixels.

        Raises:
            GlideError: if all of the stroke's source lies outside of the picture.
        """
        patch = self._copy(self.mask.content_box().pad(margin).clamp(self.before.box))
        if not patch.coverage.any():
            raise GlideError(
                translate(
                    "RetouchActions",
                    "The source lies outside of the picture; Alt-click where pixels should be "
                    "taken from, then paint.",
                )
            )
        return patch

    def _show(self, changed: Box) -> None:
        if not self._copies:
            self.draft = self._cover.document
        elif not (patch := self._copy(changed)).box.empty:
            empty = self.draft.layer(self._layer).raster
            assert empty is not None
            pixels = patch.pixels.copy()
            pixels[..., 3] = np.rint(pixels[..., 3] * patch.coverage)
            raster = empty.write(patch.box, pixels)
            self.draft = change_layer(self.draft, self._layer, raster=raster)

    def _copy(self, box: Box) -> RetouchPatch:
        """Copy the part of a box whose source lies in the picture."""
        dx, dy = self._offset
        box = box.clamp(self.before.box.move(-dx, -dy))
        coverage = self.mask.read(box)[..., 0].astype(np.float32) / np.float32(255)
        return RetouchPatch(box, composite(self.before, box.move(dx, dy)), coverage)


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
