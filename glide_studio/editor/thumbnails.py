"""Small pictures of states and layers, made in the background as the document changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.thumbnail import Thumbnail, Thumbnailer
from glide_studio.editor.background import Background
from glide_studio.editor.state import Dirty, State
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.signals import Signal


class Thumbnails:
    """Nothing is made until `begin`: without a window nobody looks at them.

    made: emitted when there are new ones. layers: RGBA [h, w, 4] uint8 in sRGB of the current
    document's layers by id, of their masks by id and "/mask".
    """

    def __init__(
        self, state: State, background: Background, failed: Callable[[GlideError], object]
    ) -> None:
        self.made: Signal[()] = Signal()
        self.layers: Mapping[str, Thumbnail] = {}
        self._state = state
        self._background = background
        self._failed = failed
        self._maker = Thumbnailer()
        self._last: Document | None = None
        self._begun = False

    def begin(self) -> None:
        """From now on every state that is visited gets a picture."""
        if not self._begun:
            self._begun = True
            self._state.document_changed.connect(self._changed)

    def of_state(self, state_id: str) -> Thumbnail | None:
        """A state's picture, RGBA [h, w, 4] uint8 in sRGB; None as long as there is none."""
        return None if self._state.history is None else self._state.history.thumbnail(state_id)

    def _changed(self, before: Document | None, after: Document, dirty: Dirty) -> None:
        history = self._state.history
        if history is None or after is not history.document or after is self._last:
            return  # a draft, or nothing new
        self._last = after
        state_id, wanted = history.current.id, history.thumbnail(history.current.id) is None

        def make() -> tuple[Thumbnail, dict[str, Thumbnail]]:
            rasters = {one.id: one.raster for one in after.walk() if one.raster is not None}
            masks = {f"{one.id}/mask": one.mask for one in after.walk() if one.mask is not None}
            self._maker.keep({*rasters, *masks})
            layers = {
                key: in_srgb(self._maker.layer(key, raster), after.icc)
                for key, raster in rasters.items()
            }
            layers |= {key: self._maker.layer(key, raster) for key, raster in masks.items()}
            return in_srgb(self._maker.document(after), after.icc), layers

        def show(pictures: tuple[Thumbnail, dict[str, Thumbnail]]) -> None:
            if self._state.history is history:
                if wanted:
                    history.set_thumbnail(state_id, pictures[0])
                self.layers = pictures[1]
                self.made.emit()

        self._background.run(make, show, self._failed)


def in_srgb(picture: Thumbnail, profile: bytes | None) -> Thumbnail:
    """A picture [h, w, 4] in a document's profile as the screen's lists show it."""
    if icc.is_srgb(profile):
        return picture
    flat = icc.convert(picture[..., :3], profile, None)
    return np.dstack([flat, picture[..., 3]])
