"""The verbs that change the whole picture: crop, canvas, scale, turn, mirror, depth."""

from __future__ import annotations

from dataclasses import dataclass

from glide_studio.document import canvas_edits
from glide_studio.document.document import Depth
from glide_studio.document.transform import Axis
from glide_studio.editor.state import EditorState
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.translation import number, translate

LONGEST = 30_000  # pixels a side
LARGEST = 400_000_000  # pixels


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the old picture lies on a new canvas: 0 left or top, 0.5 center, 1 right or bottom."""

    x: float = 0.5
    y: float = 0.5


class CanvasActions:
    """Each call is one entry of the history; all raise GlideError if no picture is open."""

    def __init__(self, state: EditorState) -> None:
        self._state = state

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
        self._state.apply(
            translate("CanvasActions", "Crop to mask"), canvas_edits.crop(self._state.document, box)
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
        self._state.apply(
            translate("CanvasActions", "Canvas size"), canvas_edits.crop(document, box)
        )

    def scale(self, size: Size) -> None:
        """Resample the picture.

        Raises:
            GlideError: as `resize_canvas`.
        """
        check_size(size)
        self._state.apply(
            translate("CanvasActions", "Scale to {size}").format(size=size),
            canvas_edits.scale(self._state.document, size),
        )

    def rotate(self, quarters: int) -> None:
        """Turn clockwise by `quarters` times 90 degrees."""
        self._state.apply(
            translate("CanvasActions", "Rotate"),
            canvas_edits.rotate(self._state.document, quarters),
        )

    def flip(self, axis: Axis) -> None:
        """Mirror; "horizontal" exchanges left and right."""
        self._state.apply(
            translate("CanvasActions", "Flip"), canvas_edits.flip(self._state.document, axis)
        )

    def set_depth(self, depth: Depth) -> None:
        """Convert to 8 or 16 bits a channel."""
        document = canvas_edits.set_depth(self._state.document, depth)
        self._state.apply(
            translate("CanvasActions", "{depth} bits a channel").format(depth=depth), document
        )


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
