"""Select objects: in a box around one, or by scribbles on it and beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.mask_edits import select
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode, combine
from glide_studio.editor.retouch_work import IsCancelled, RetouchWork
from glide_studio.editor.state import EditorState
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.solver import CompletionCancelled
from glide_studio.imaging.geometry import Box, Point
from glide_studio.imaging.object_selection import select_by_scribbles, select_in_box
from glide_studio.translation import translate

BOX_CONTEXT = 0.5  # of the longer side of a box around an object


class ObjectActions:
    """What the Object tool does."""

    def __init__(self, state: EditorState, work: RetouchWork) -> None:
        self._state = state
        self._work = work
        self._scribbles: tuple[Raster, Raster] | None = None  # on the object, beside it
        state.document_changed.connect(lambda before, after, dirty: self._forget_if(dirty.whole))

    def select_in_box(self, a: Point, b: Point, mode: CombineMode | None = None) -> None:
        """Select the object in the box between two corners. mode: the tools' own for None."""
        document = self._state.document
        mode = mode or self._state.tool_settings.mode
        left, right = sorted((round(a.x), round(b.x)))
        top, bottom = sorted((round(a.y), round(b.y)))
        box = Box.between(left, top, right, bottom).clamp(document.box)
        if box.empty:
            return
        region = box.pad(round(BOX_CONTEXT * max(box.width, box.height)) + 16).clamp(document.box)

        def work(is_cancelled: IsCancelled) -> Raster:
            check = _make_check(is_cancelled)
            rgb = np.ascontiguousarray(composite(document, region)[..., :3])
            mask = select_in_box(rgb, box.move(-region.x, -region.y), check)
            return Raster.empty(document.size, 1).write(region, mask[..., None])

        self._work.run(work, lambda mask: self._select(mask, mode), selects=True)

    def scribble(self, document: Document, drawn: Raster, *, erase: bool) -> None:
        """Select the object by a further stroke of `drawn`. erase: this is beside the object."""
        empty = Raster.empty(document.size, 1)
        on_object, beside = self._scribbles or (empty, empty)
        if erase:
            beside = combine(beside, drawn, "union")
        else:
            on_object = combine(on_object, drawn, "union")
        self._scribbles = on_object, beside

        def work(is_cancelled: IsCancelled) -> Raster:
            box, check = document.box, _make_check(is_cancelled)
            rgb = np.ascontiguousarray(composite(document, box)[..., :3])
            on, off = (raster.read(box)[..., 0] > 127 for raster in (on_object, beside))
            return Raster.from_array(select_by_scribbles(rgb, on, off, check)[..., None])

        self._work.run(work, lambda mask: self._select(mask, "replace"), selects=True)

    def forget_scribbles(self) -> None:
        """Begin a new object with the next scribble."""
        self._scribbles = None

    def _select(self, mask: Raster, mode: CombineMode) -> None:
        if mask.size != self._state.document.size:
            raise GlideError(
                translate(
                    "ObjectActions", "The picture has another size now; select the object again."
                )
            )
        self._state.apply(
            translate("ObjectActions", "Object mask"), select(self._state.document, mask, mode)
        )

    def _forget_if(self, another_picture: bool) -> None:
        if another_picture:
            self._scribbles = None


def _make_check(is_cancelled: IsCancelled) -> Callable[[], None]:
    """Return what leaves the work once it is cancelled."""

    def check() -> None:
        if is_cancelled():
            raise CompletionCancelled

    return check
