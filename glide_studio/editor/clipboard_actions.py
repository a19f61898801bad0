"""Cut, copy and paste of pixels with their transparency and color profile."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.pixel_edits import cut_pixels
from glide_studio.document.raster import Raster
from glide_studio.editor.background_edits import BackgroundEdits
from glide_studio.editor.image_documents import document_from_picture
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.prepare_export import to_depth
from glide_studio.io.images.write import encode_png
from glide_studio.translation import translate

T = TypeVar("T")

FAST_PNG = 1  # level of compression: the bytes only pass from one program to another


class ClipboardActions:
    """What Cut, Copy and Paste do with the document; the clipboard itself is the window's."""

    def __init__(
        self,
        state: EditorState,
        workers: Workers,
        edits: BackgroundEdits,
        failed: Callable[[GlideError], object],
        open_document: Callable[[Document, Path], object],
    ) -> None:
        """open_document: replaces the document by one that has no file yet."""
        self._state = state
        self._workers = workers
        self._edits = edits
        self._failed = failed
        self._open_document = open_document
        self._copies = 0  # under way
        self._waiting: list[Callable[[], object]] = []

    def copy_later(
        self,
        prepare: Callable[[Picture, bytes], T],
        then: Callable[[T], object],
        *,
        merged: bool = False,
        empty: str = "",
    ) -> None:
        """Copy in the background: what `prepare` makes of the picture and its PNG goes to `then`.

        prepare: is called in another thread. What is copied is the active layer, or with `merged`
        all visible ones; only what the painted mask covers, if there is a mask. empty: what is said
        if all of that is transparent.

        Raises:
            GlideError: if nothing is open, or no layer with pixels is active.
        """
        empty = empty or translate(
            "ClipboardActions", "There is nothing to copy here: all of it is transparent."
        )
        document = self._state.document
        layer = document.active_layer
        if not merged and (layer is None or layer.raster is None):
            raise GlideError(
                translate(
                    "ClipboardActions", "Choose a layer with pixels, or copy all visible layers."
                )
            )

        def work() -> T:
            picture = copy_pixels(document, merged=merged, empty=empty)
            return prepare(picture, encode_png(picture, FAST_PNG))

        def finish(made: T) -> None:
            self._copies -= 1
            then(made)
            if not self._copies:
                waiting, self._waiting = self._waiting, []
                for one in waiting:
                    one()

        def fail(error: GlideError) -> None:
            self._copies -= 1
            self._waiting = []
            self._failed(error)

        self._copies += 1
        self._workers.pool.run(work, finish, fail)

    def cut_later(
        self, prepare: Callable[[Picture, bytes], T], then: Callable[[T], object]
    ) -> None:
        """Copy what is painted of the active layer, as `copy_later` does, then take it out there.

        Raises:
            GlideError: if nothing is open or painted, or the layer's pixels cannot be changed.
        """
        document = self._state.document
        layer, mask = document.active_layer, document.selection
        if layer is None or layer.raster is None:
            raise GlideError(translate("ClipboardActions", "Choose a layer with pixels to cut."))
        if layer.locked:
            raise GlideError(
                translate("ClipboardActions", "'{name}' is locked; unlock it first.").format(
                    name=layer.name
                )
            )
        if layer.keeps_alpha:
            raise GlideError(
                translate(
                    "ClipboardActions",
                    "The transparency of '{name}' is locked; unlock it in the layer menu to cut.",
                ).format(name=layer.name)
            )
        if mask.content_box().empty:
            raise GlideError(
                translate("ClipboardActions", "Nothing is painted; paint over what to cut first.")
            )

        def cut(now: Document) -> Document:
            if layer not in now.iter_layers():
                raise GlideError(
                    translate(
                        "ClipboardActions",
                        "'{name}' was changed while it was copied; cut it again.",
                    ).format(name=layer.name)
                )
            return cut_pixels(now, layer.id, mask)

        def finish(made: T) -> None:
            then(made)
            self._edits.run(translate("ClipboardActions", "Cut"), cut)

        nothing = translate(
            "ClipboardActions",
            "There is nothing to cut in '{name}': what is painted is transparent there; choose"
            " another layer.",
        )
        self.copy_later(prepare, finish, empty=nothing.format(name=layer.name))

    def wait_for_copies(self, then: Callable[[], object]) -> None:
        """Call `then` once everything is copied: now, or never if a copy under way fails."""
        if self._copies:
            self._waiting.append(then)
        else:
            then()

    def paste(self, read: Callable[[], Picture], name: str = "") -> None:
        """Add a picture as a layer in the middle of the painted mask, or else of the canvas.

        Its colors and depth become those of the document. Without a document, it becomes one.
        read: reads the picture, in another thread.
        """
        name = name or translate("ClipboardActions", "Pasted")
        if self._state.history is None:
            self._workers.pool.run(
                lambda: document_from_picture(read(), name),
                lambda document: self._open_document(document, Path(name)),
                self._failed,
            )
            return
        read = cache(read)
        is_cut = False

        def add(document: Document) -> Document:
            nonlocal is_cut
            picture = read()
            box = _place(picture.size, document)
            is_cut = box.clamp(document.box) != box
            pixels = _fit_colors(picture, document)
            raster = Raster.empty(document.size, 4, document.dtype).write(box, pixels)
            return add_layer(document, Layer(name, raster), above=document.active)

        def tell() -> None:
            if is_cut:
                self._state.notify(
                    translate(
                        "ClipboardActions",
                        "The pasted picture is larger than the canvas, so that its edges were cut;"
                        " extend the canvas first to keep them.",
                    ),
                    Severity.WARNING,
                )

        self._edits.run(translate("ClipboardActions", "Paste"), add, tell)


def copy_pixels(document: Document, *, merged: bool, empty: str) -> Picture:
    """Return what is painted over, or everything, cut to its pixels that are not transparent.

    Raises:
        GlideError: if there is no such pixel, with the message `empty`.
    """
    layer = document.active_layer
    if merged:
        pixels = composite(document, document.box)
    else:
        assert layer is not None
        assert layer.raster is not None
        pixels = layer.raster.read(document.box)
    mask = document.selection.read(document.box)[..., 0]
    if mask.any():
        share = mask.astype(np.float32) / 255
        pixels[..., 3] = np.rint(pixels[..., 3] * share).astype(pixels.dtype)
    if not pixels[..., 3].any():
        raise GlideError(empty)
    y, x = bounding_box(pixels[..., 3] > 0).slices
    pixels = np.ascontiguousarray(pixels[y, x])
    has_alpha = bool((pixels[..., 3] != document.max_value).any())
    return Picture(pixels, has_alpha, document.icc)


def _fit_colors(picture: Picture, document: Document) -> NDArray[Any]:
    pixels = picture.pixels.copy()
    pixels[..., :3] = icc.convert(picture.pixels[..., :3], picture.icc, document.icc)
    return to_depth(pixels, document.depth)


def _place(size: Size, document: Document) -> Box:
    painted = document.selection.content_box()
    target = document.box if painted.empty else painted
    x = target.x + (target.width - size.width) // 2
    y = target.y + (target.height - size.height) // 2
    return Box(x, y, size.width, size.height)
