"""Layers drawn apart from the document while they are moved: at screen resolution, by Qt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QTransform

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import BlendMode, Layer
from glide_studio.document.quad import Quad
from glide_studio.document.tile import MAX_LEVEL
from glide_studio.document.warp import Matrix
from glide_studio.editor.transform_actions import PreviewPart
from glide_studio.imaging.display import DisplayTransform
from glide_studio.imaging.geometry import Box
from glide_studio.ui.canvas.viewport import Viewport

MAX_PREVIEW_AREA = 3_000_000  # pixels of one picture

Mode = QPainter.CompositionMode
MODES: dict[BlendMode, QPainter.CompositionMode] = {
    "multiply": Mode.CompositionMode_Multiply,
    "screen": Mode.CompositionMode_Screen,
    "overlay": Mode.CompositionMode_Overlay,
    "darken": Mode.CompositionMode_Darken,
    "lighten": Mode.CompositionMode_Lighten,
    "color-dodge": Mode.CompositionMode_ColorDodge,
    "color-burn": Mode.CompositionMode_ColorBurn,
    "hard-light": Mode.CompositionMode_HardLight,
    "soft-light": Mode.CompositionMode_SoftLight,
    "difference": Mode.CompositionMode_Difference,
    "exclusion": Mode.CompositionMode_Exclusion,
}
"""Modes that Qt can draw; a layer in another one is shown in normal mode while it moves."""


class LayerPreview:
    """The moved layers and those between and above them, as pictures of a mip level.

    level: of the pictures, in whose pixels they are as fine as the view or 3 megapixels large.
    """

    def __init__(
        self,
        document: Document,
        parts: tuple[PreviewPart, ...],
        level: int,
        display: DisplayTransform,
    ) -> None:
        self.parts, self.wanted_level = parts, level
        self._pictures = [
            _render(document, _plain(part), part.box, level, display) for part in parts
        ]

    def paint(self, painter: QPainter, viewport: Viewport, quad: Quad) -> None:
        """Draw the moved layers at `quad`, and what lies over them, in device coordinates."""
        place = QTransform(viewport.scale, 0, 0, viewport.scale, viewport.left, viewport.top)
        view = place * painter.transform()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        canvas = viewport.image_box
        painter.setClipRect(
            canvas.x, canvas.y, canvas.width, canvas.height, Qt.ClipOperation.IntersectClip
        )
        for part, (where, picture) in zip(self.parts, self._pictures, strict=True):
            one = part.layers[0]
            moved = part.origin and as_qt(quad.matrix @ part.origin.matrix)
            painter.setTransform(moved * view if moved else view)
            painter.setOpacity(one.opacity if len(part.layers) == 1 else 1.0)
            painter.setCompositionMode(MODES.get(one.blend, Mode.CompositionMode_SourceOver))
            painter.drawImage(where, picture)
        painter.restore()


def _plain(part: PreviewPart) -> tuple[Layer, ...]:
    """Return the layers of a part as they are composited; of a single one Qt does the blending."""
    if len(part.layers) > 1:
        return part.layers
    (layer,) = part.layers
    blend: BlendMode = "pass-through" if layer.blend == "pass-through" else "normal"
    return (replace(layer, opacity=1.0, clipping=False, blend=blend),)


def as_qt(matrix: Matrix) -> QTransform:
    """Convert a matrix for columns (x, y, 1) to one of Qt, which is for rows."""
    return QTransform(*(float(value) for value in matrix.T.ravel()))


def _render(
    document: Document, layers: tuple[Layer, ...], box: Box, level: int, display: DisplayTransform
) -> tuple[QRectF, QImage]:
    """Composite layers alone; return where the picture lies in document pixels, and the picture."""
    while level < MAX_LEVEL and (box.width >> level) * (box.height >> level) > MAX_PREVIEW_AREA:
        level += 1
    part = Box.between(
        box.x >> level, box.y >> level, -(-box.right >> level), -(-box.bottom >> level)
    )
    pixels = np.ascontiguousarray(
        display(composite(replace(document, layers=layers, active=None), part, level))
    )
    form = QImage.Format.Format_RGBA8888
    image = QImage(pixels.data, part.width, part.height, part.width * 4, form)
    unit = 1 << level
    place = QRectF(part.x * unit, part.y * unit, part.width * unit, part.height * unit)
    return place, image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
