"""The verbs around guides: add, move, delete."""

from __future__ import annotations

from dataclasses import replace

from glide_studio.document.document import Document
from glide_studio.document.guides import MAX_GUIDES, NO_GUIDES
from glide_studio.document.transform import Axis
from glide_studio.editor.state import EditorState
from glide_studio.errors import GlideError
from glide_studio.translation import translate


class GuideActions:
    """Each call but `preview` is an entry of the history; GlideError if nothing is open."""

    def __init__(self, state: EditorState) -> None:
        self._state = state

    def preview(self, direction: Axis, position: float, moved: float | None = None) -> None:
        """Show a guide at a position without an entry, as while it is dragged.

        moved: where it stands in the document, None for a new one.
        """
        self._state.show(self._place(direction, position, moved))

    def stop_preview(self) -> None:
        """Show the guides of the document again."""
        self._state.show(None)

    def add(self, direction: Axis, position: float) -> None:
        """Add a guide; "horizontal" at y, "vertical" at x, in document pixels.

        Raises:
            GlideError: if there are too many.
        """
        self._state.apply(
            translate("GuideActions", "Add guide"), self._place(direction, position, None)
        )

    def move(self, direction: Axis, before: float, after: float) -> None:
        """Move a guide."""
        self._state.apply(
            translate("GuideActions", "Move guide"), self._place(direction, after, before)
        )

    def remove(self, direction: Axis, position: float) -> None:
        """Delete a guide."""
        document = self._state.document
        guides = document.guides.remove(direction, position)
        self._state.apply(
            translate("GuideActions", "Delete guide"), replace(document, guides=guides)
        )

    def clear(self) -> None:
        """Delete all guides."""
        document = self._state.document
        self._state.apply(
            translate("GuideActions", "Delete all guides"), replace(document, guides=NO_GUIDES)
        )

    def _place(self, direction: Axis, position: float, moved: float | None) -> Document:
        document = self._state.document
        guides = document.guides
        if moved is not None:
            guides = guides.remove(direction, moved)
        if len(guides.of(direction)) >= MAX_GUIDES:
            raise GlideError(
                translate(
                    "GuideActions", "There are {count} guides already; delete some first."
                ).format(count=MAX_GUIDES)
            )
        return replace(document, guides=guides.add(direction, position))
