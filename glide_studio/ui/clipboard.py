"""Cut, Copy and Paste through the system's clipboard: PNG with profile, pictures, their files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QColorSpace, QGuiApplication, QImage

from glide_studio.editor.editor import Editor
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.picture import Picture, Samples, check_size
from glide_studio.io.images.prepare_export import to_depth
from glide_studio.io.images.read import decode_in_process, read_image
from glide_studio.translation import translate

PNG = "image/png"


class Clipboard:
    """The actions of the edit menu."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def cut(self) -> None:
        """Copy what is painted of the active layer, and make it transparent there."""
        said = translate("Clipboard", "Cut {size} pixels.")
        self._editor.attempt(
            lambda: self._editor.clipboard.cut_later(_convert, partial(self._put, said=said))
        )

    def copy(self) -> None:
        """Copy the active layer."""
        self._copy(merged=False)

    def copy_merged(self) -> None:
        """Copy what is visible."""
        self._copy(merged=True)

    def paste(self) -> None:
        """Paste a picture as a layer, after a copy that is still being made."""
        self._editor.clipboard.wait_for_copies(lambda: self._editor.attempt(self._paste))

    def _copy(self, *, merged: bool) -> None:
        put = partial(self._put, said=translate("Clipboard", "Copied {size} pixels."))
        self._editor.attempt(
            lambda: self._editor.clipboard.copy_later(_convert, put, merged=merged)
        )

    def _put(self, forms: tuple[bytes, QImage], said: str) -> None:
        png, image = forms
        content = QMimeData()
        # Programs that know PNG get depth, transparency and profile; the others a picture.
        content.setData(PNG, QByteArray(png))
        content.setImageData(image)
        QGuiApplication.clipboard().setMimeData(content)
        size = Size(image.width(), image.height())
        self._editor.state.notify(said.format(size=size))

    def _paste(self) -> None:
        content = QGuiApplication.clipboard().mimeData()
        self._editor.clipboard.paste(find_picture(content))


def _convert(picture: Picture, png: bytes) -> tuple[bytes, QImage]:
    return png, to_image(picture)


def find_picture(content: QMimeData | None) -> Callable[[], Picture]:
    """Return what reads the picture on the clipboard, in the best form that it has there.

    What is returned may be called in another thread; it raises GlideError if the picture cannot be
    read.

    Raises:
        GlideError: if there is none.
    """
    if content is not None:
        if content.hasFormat(PNG):
            png = bytes(content.data(PNG).data())
            return lambda: decode_in_process("png", png, translate("Clipboard", "The picture"))
        files = [Path(url.toLocalFile()) for url in content.urls() if url.isLocalFile()]
        if files:
            return lambda: read_image(files[0])
        if content.hasImage():
            image = QImage(content.imageData())
            return lambda: from_image(image)
    raise GlideError(
        translate("Clipboard", "There is no picture on the clipboard; copy one first.")
    )


def to_image(picture: Picture) -> QImage:
    """Return a copy as a QImage of 8 bits with its color space."""
    pixels = np.ascontiguousarray(to_depth(picture.pixels, 8))
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
    image.setColorSpace(
        QColorSpace(QColorSpace.NamedColorSpace.SRgb)
        if picture.icc is None
        else QColorSpace.fromIccProfile(QByteArray(picture.icc))
    )
    return image


def from_image(image: QImage) -> Picture:
    """Return a copy of a QImage with its transparency and profile.

    Raises:
        GlideError: if it is too large.
    """
    check_size(Size(image.width(), image.height()))
    deep = image.depth() > 32
    form = QImage.Format.Format_RGBA64 if deep else QImage.Format.Format_RGBA8888
    converted = image.convertToFormat(form)
    rows = np.frombuffer(converted.constBits(), np.uint8).reshape(converted.height(), -1)
    samples = rows[:, : converted.width() * (8 if deep else 4)].copy()
    shape = converted.height(), converted.width(), 4
    pixels: Samples = (samples.view(np.uint16) if deep else samples).reshape(shape)
    space = image.colorSpace()
    profile = bytes(space.iccProfile().data()) if space.isValid() else b""
    has_alpha = bool(np.any(pixels[..., 3] != np.iinfo(pixels.dtype).max))
    is_srgb = space == QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    return Picture(pixels, has_alpha, None if is_srgb or not profile else profile)
