"""Small pictures of states and layers, made in the background as the document changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import Thumbnail, Thumbnailer
from glide_studio.document.history import History
from glide_studio.editor.state import DirtyRegion, EditorState
from glide_studio.editor.workers import Worker, let_paint
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.signals import Signal

Pictures = tuple[Thumbnail, dict[str, Thumbnail]]
"""Of a document, and of its layers and masks as in `Thumbnails.layers`."""


class Thumbnails:
    """Nothing is made until `begin`, since only a window shows them.

    made: emitted when there are new ones. layers: RGBA [h, w, 4] uint8 in sRGB of the current
    document's layers by id, of their masks by id and "/mask".
    """

    def __init__(
        self, state: EditorState, pool: Worker, failed: Callable[[GlideError], object]
    ) -> None:
        self.made: Signal[()] = Signal()
        self.layers: Mapping[str, Thumbnail] = {}
        self._state = state
        self._pool = pool
        self._failed = failed
        self._maker = Thumbnailer()
        self._last: Document | None = None
        self._begun = False
        self._waiting: deque[tuple[History, str, Document]] = deque()
        self._busy = False  # the maker's cache is used by one thread at a time

    def begin(self) -> None:
        """Make a picture of every state that is visited from now on."""
        if not self._begun:
            self._begun = True
            self._state.document_changed.connect(self._document_changed)

    def of_state(self, state_id: str) -> Thumbnail | None:
        """Return a state's picture, RGBA [h, w, 4] uint8 in sRGB; None until it is made."""
        return None if self._state.history is None else self._state.history.thumbnail(state_id)

    def _document_changed(
        self, before: Document | None, after: Document, dirty: DirtyRegion
    ) -> None:
        history = self._state.history
        if history is None or after is not history.document or after is self._last:
            return  # a draft, or nothing new
        self._last = after
        self._waiting.append((history, history.current.id, after))
        self._make_next()

    def _make_next(self) -> None:
        if self._busy or not self._waiting:
            return
        self._busy = True
        history, state_id, document = self._waiting.popleft()
        is_newest = not self._waiting

        def show(pictures: Pictures) -> None:
            self._busy = False
            if self._state.history is history:
                if history.thumbnail(state_id) is None:
                    history.set_thumbnail(state_id, pictures[0])
                if is_newest:
                    self.layers = pictures[1]
                self.made.emit()
            self._make_next()

        def fail(error: GlideError) -> None:
            self._busy = False
            self._failed(error)
            self._make_next()

        self._pool.run(lambda: self._make(document), show, fail)

    def _make(self, document: Document) -> Pictures:
        let_paint(document.size)
        rasters = {one.id: one.raster for one in document.iter_layers() if one.raster is not None}
        masks = {
            f"{one.id}/mask": one.mask for one in document.iter_layers() if one.mask is not None
        }
        self._maker.forget_except({*rasters, *masks})
        layers = {
            key: in_srgb(self._maker.render_layer(key, raster), document.icc)
            for key, raster in rasters.items()
        }
        layers |= {key: self._maker.render_layer(key, raster) for key, raster in masks.items()}
        return in_srgb(self._maker.render_document(document), document.icc), layers


def in_srgb(picture: Thumbnail, profile: bytes | None) -> Thumbnail:
    """Return a picture [h, w, 4] in a document's profile as the screen's lists show it."""
    if icc.is_srgb(profile):
        return picture
    flat = icc.convert(picture[..., :3], profile, None)
    return np.dstack([flat, picture[..., 3]])
