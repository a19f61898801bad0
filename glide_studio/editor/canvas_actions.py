"""The verbs that change the whole picture: crop, extend, scale, turn, mirror, depth."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from glide_studio.api.machine_load import estimate_slowdown
from glide_studio.api.request import COMPLETION, Request
from glide_studio.document import canvas_edits
from glide_studio.document.compositing import composite
from glide_studio.document.document import Depth, Document
from glide_studio.document.history import History, HistoryState
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.document.tile import MAX_LEVEL
from glide_studio.document.transform import Axis
from glide_studio.editor.background_edits import BackgroundEdits
from glide_studio.editor.retouch_actions import RetouchActions
from glide_studio.editor.retouch_patch import (
    RetouchPatch,
    SamplingArea,
    describe_origin,
    paint_patch,
    patch_of,
    read_is_set,
)
from glide_studio.editor.retouch_work import IsCancelled, RetouchWork
from glide_studio.editor.settings import Tool
from glide_studio.editor.state import EditorState
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_extension import Margins, expand
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.provenance import provenance_from_dict
from glide_studio.translation import number, translate

LONGEST = 30_000  # pixels a side
LARGEST = 400_000_000  # pixels
EXTENSION_ROLE = "extension"
EXTENSION_S_PER_SIDE = 9e-3  # processor time, over the square root of the added pixels


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the old picture lies on a new canvas: 0 left or top, 0.5 center, 1 right or bottom."""

    x: float = 0.5
    y: float = 0.5


@dataclass(frozen=True, slots=True)
class _Extension:
    """What was extended, by how much, and from where the new area is taken."""

    start: HistoryState
    margins: Margins
    sampling: SamplingArea


class CanvasActions:
    """Each call is one entry of the history; all raise GlideError if no picture is open."""

    def __init__(
        self,
        state: EditorState,
        edits: BackgroundEdits,
        work: RetouchWork,
        retouching: RetouchActions,
    ) -> None:
        """work, retouching: where an extension is computed, and what says where it takes from."""
        self._state = state
        self._edits = edits
        self._work = work
        self._retouching = retouching
        self._sampling: WeakKeyDictionary[History, tuple[str, SamplingArea]] = WeakKeyDictionary()

    def crop_to_mask(self) -> None:
        """Cut the canvas down to what is painted.

        Raises:
            GlideError: if nothing is.
        """
        box = self._state.document.selection.content_box()
        if box.empty:
            raise GlideError(
                translate(
                    "CanvasActions", "Nothing is painted; paint over what to keep, then crop again."
                )
            )
        self._edits.run(
            translate("CanvasActions", "Crop to mask"),
            lambda document: canvas_edits.crop(document, box),
        )

    def resize_canvas(self, size: Size, anchor: Anchor | None = None) -> None:
        """Add transparent margins or cut them off, without scaling the picture.

        Raises:
            GlideError: if the size is nothing, or beyond 30,000 pixels a side or 400 megapixels.
        """
        anchor = anchor or Anchor()
        document = self._state.document
        old = document.size
        check_size(size)
        left = round((old.width - size.width) * anchor.x)
        top = round((old.height - size.height) * anchor.y)
        box = Box(left, top, size.width, size.height)
        self._edits.run(
            translate("CanvasActions", "Canvas size"),
            lambda document: canvas_edits.crop(document, box),
        )

    def forecast_extension(self, margins: Margins) -> float:
        """Return about the seconds that it takes to add margins to the canvas and fill them."""
        old = self._state.document.size
        added = max(0, margins.around(old).area - old.area)
        seconds = EXTENSION_S_PER_SIDE * math.sqrt(added)
        return seconds * estimate_slowdown(seconds)

    def extend(self, margins: Margins) -> None:
        """Add margins to the canvas and fill them from the photo, as one entry of the history.

        They are filled from the sampling area alone, if one is set, and never from the excluded
        one.

        Raises:
            GlideError: if a margin is negative, all are 0, or the canvas would be too large.
        """
        if min(margins) < 0 or not any(margins):
            raise GlideError(
                translate("CanvasActions", "Drag an edge outward, or enter how many pixels to add.")
            )
        history, sampling = self._state.timeline, self._retouching.sampling
        check_size(margins.around(history.document.size).size)
        self._sampling[history] = history.current.id, sampling
        self._fill_margins(_Extension(history.current, margins, sampling), margins)

    @property
    def can_extend_again(self) -> bool:
        """Tell if the picture is one that `extend` or `extend_again` made, whatever is painted."""
        return self._last_extension() is not None

    def extend_again(self) -> None:
        """Fill the margins that were added last in another way, as one entry of the history.

        Raises:
            GlideError: if the picture has been changed since.
        """
        extension = self._last_extension()
        if extension is None:
            raise GlideError(
                translate(
                    "CanvasActions",
                    "Extend the canvas first; while nothing but the mask is changed, the new area"
                    " can be filled in other ways.",
                )
            )
        earlier = [
            request.sampling.seed
            for state in self._state.timeline.states
            for request in _extension_requests(state.document.layers)
            if request.state == extension.start.id
        ]
        self._fill_margins(extension, Margins(), number=1 + max(earlier))

    @property
    def extension_results(self) -> dict[str, int]:
        """The states with a result of the extension in view: id -> number, from 1, as made.

        Empty if the picture is none of them.
        """
        history = self._state.history
        if history is None or self._last_extension() is None:
            return {}
        shown = _request_made(history, _without_mask_edits(history))
        assert shown is not None
        found = {}
        for state in history.states:
            if state.document.size == history.document.size:
                made = _request_made(history, state)
                if made is not None and (made.state, made.box) == (shown.state, shown.box):
                    found[state.id] = made.sampling.seed + 1
        return found

    @property
    def extension_in_view(self) -> str:
        """Id of the one of `extension_results` that is seen, whatever is painted; "" if none is."""
        history = self._state.history
        return "" if history is None else _without_mask_edits(history).id

    def _fill_margins(self, extension: _Extension, drawn: Margins, number: int = 0) -> None:
        """Make a result of an extension.

        drawn: how much the canvas that is seen grows. number: of the way to fill, 0 the first.
        """
        document, margins, shown = extension.start.document, extension.margins, self._state.document
        inside = document.box.move(margins.left, margins.top)
        larger = canvas_edits.crop(document, margins.around(document.size))
        origin = describe_origin(COMPLETION, inside, extension.start.id, number, EXTENSION_ROLE)

        def work(is_cancelled: IsCancelled) -> Document:
            source, avoid = (
                None if mask is None else read_is_set(mask, document.box)
                for mask in (extension.sampling.source, extension.sampling.avoid)
            )
            found = expand(
                composite(larger, inside),
                margins,
                source=source,
                avoid=avoid,
                number=number,
                progress=self._work.report,
                is_cancelled=is_cancelled,
            )
            layer = Layer(
                translate("CanvasActions", "Extended"),
                Raster.empty(larger.size, 4, larger.dtype),
                provenance=origin,
            )
            return _add_extension(larger, layer, patch_of(found), inside)

        def put(extended: Document) -> None:
            if self._state.document is not shown:
                raise GlideError(
                    translate(
                        "CanvasActions",
                        "The picture has changed in the meantime; extend the canvas again.",
                    )
                )
            self._state.apply(
                translate("CanvasActions", "Extend canvas ({number})").format(number=number + 1)
                if number
                else translate("CanvasActions", "Extend canvas"),
                replace(extended, selection=shown.selection) if number else extended,
            )
            if not number and self._state.tool_settings.tool is not Tool.EXTEND:  # it has a button
                self._state.notify(
                    translate(
                        "CanvasActions",
                        "Extended. Image > Extend > Another result fills the new area in another"
                        " way.",
                    )
                )

        self._work.run(work, put, drawn)

    def _last_extension(self) -> _Extension | None:
        """Return the extension whose result is shown, None if anything else is.

        It is read from the history, so that it is known in a project opened again, too.
        """
        history = self._state.history
        if history is None:
            return None
        result = _without_mask_edits(history)
        made = _request_made(history, result)
        if made is None or made.state not in history:
            return None
        start, inside, size = history.state(made.state), made.box, result.document.size
        margins = Margins(
            inside.x, inside.y, size.width - inside.right, size.height - inside.bottom
        )
        if min(margins) < 0 or inside.size != start.document.size:
            return None
        area, sampling = self._sampling.get(history, ("", SamplingArea()))
        return _Extension(start, margins, sampling if area == start.id else SamplingArea())

    def scale(self, size: Size) -> None:
        """Resample the picture.

        Raises:
            GlideError: as `resize_canvas`.
        """
        check_size(size)
        self._edits.run(
            translate("CanvasActions", "Scale to {size}").format(size=size),
            lambda document: canvas_edits.scale(document, size),
        )

    def rotate(self, quarters: int) -> None:
        """Turn clockwise by `quarters` times 90 degrees."""
        self._edits.run(
            translate("CanvasActions", "Rotate"),
            lambda document: canvas_edits.rotate(document, quarters),
        )

    def flip(self, axis: Axis) -> None:
        """Mirror; "horizontal" exchanges left and right."""
        self._edits.run(
            translate("CanvasActions", "Flip"), lambda document: canvas_edits.flip(document, axis)
        )

    def set_depth(self, depth: Depth) -> None:
        """Convert to 8 or 16 bits a channel."""
        self._edits.run(
            translate("CanvasActions", "{depth} bits a channel").format(depth=depth),
            lambda document: canvas_edits.set_depth(document, depth),
        )


def _add_extension(document: Document, layer: Layer, patch: RetouchPatch, inside: Box) -> Document:
    """Add a layer of filled margins around `inside`.

    It goes below all others and on under their edges, so that no gap opens between them where the
    picture is seen smaller, turned or scaled. If layers change the colors of what lies below them,
    it goes on top: its pixels have these changes already.
    """
    if any(one.clipping for one in document.layers[:1]) or any(
        _changes_below(one) for one in document.layers
    ):
        return paint_patch(add_layer(document, layer), layer.id, patch)
    raster = layer.raster
    assert raster is not None
    for strip in _edges(inside, 1 << MAX_LEVEL):
        pixels = composite(document, strip)
        pixels[pixels[..., 3] < document.max_value] = 0
        raster = raster.write(strip, pixels)
    below = replace(document, layers=(replace(layer, raster=raster), *document.layers))
    return paint_patch(below, layer.id, patch)


def _extension_requests(layers: Iterable[Layer]) -> list[Request]:
    """Return how the layers that an extension made were asked for."""
    origins = [
        provenance_from_dict(layer.provenance)
        for layer in layers
        if layer.provenance is not None and layer.provenance.get("role") == EXTENSION_ROLE
    ]
    return [origin.request for origin in origins]


def _request_made(history: History, state: HistoryState) -> Request | None:
    """Return how the extension was asked for whose result a state is; None if it is none."""
    if state.parent is None:
        return None
    before = history.state(state.parent).document.layers
    known = {layer.id for layer in before}
    added = _extension_requests(one for one in state.document.layers if one.id not in known)
    older = {one.id for one in _extension_requests(before)} if added else set()
    return next((one for one in added if one.id not in older), None)


def _without_mask_edits(history: History) -> HistoryState:
    """Return the state from which the current one differs in its mask alone, the first such."""
    result = history.current
    while result.parent is not None:
        parent = history.state(result.parent)
        if parent.document.layers != result.document.layers:
            break
        result = parent
    return result


def _changes_below(layer: Layer) -> bool:
    """Tell if what a layer shows depends on the layers below it."""
    return any(
        one.adjustment is not None or one.blend not in ("normal", "pass-through")
        for one in layer.iter_layers()
    )


def _edges(box: Box, width: int) -> list[Box]:
    """Return the strips along the four sides of a box, inside of it."""
    across, down = min(width, box.width), min(width, box.height)
    return [
        Box(box.x, box.y, box.width, down),
        Box(box.x, box.bottom - down, box.width, down),
        Box(box.x, box.y, across, box.height),
        Box(box.right - across, box.y, across, box.height),
    ]


def check_size(size: Size) -> None:
    """Refuse a size that no picture can have here.

    Raises:
        GlideError: if it is nothing, or beyond 30,000 pixels a side or 400 megapixels.
    """
    if min(size.width, size.height) < 1:
        raise GlideError(
            translate("CanvasActions", "A picture is at least one pixel wide and high.")
        )
    if max(size.width, size.height) > LONGEST or size.area > LARGEST:
        raise GlideError(
            translate(
                "CanvasActions",
                "{size} is too large; at most {longest} pixels a side and {largest} "
                "megapixels are possible.",
            ).format(size=size, longest=number(LONGEST), largest=LARGEST // 10**6)
        )
