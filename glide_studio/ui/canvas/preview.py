"""The live preview: what a running request has so far, shown through the painted mask."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from glide_studio.editor.job import Job
from glide_studio.imaging.geometry import Box
from glide_studio.ui.canvas.viewport import Viewport

SIDE = 256  # pixels of the longer side that a preview is made in


class Preview:
    """The first candidate's newest picture as a premultiplied QImage over the job's box."""

    def __init__(self, job: Job) -> None:
        self.box: Box = job.request.box
        picture = job.previews[0]
        scale = SIDE / max(self.box.width, self.box.height)
        width = max(1, round(self.box.width * scale))
        height = max(1, round(self.box.height * scale))
        smooth = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
        alpha = np.ones((height, width), np.float32)
        if job.painted is not None:
            mask = cv2.resize(job.painted, (width, height), interpolation=cv2.INTER_AREA)
            alpha = np.asarray(mask, np.float32) / np.float32(255)
        argb = np.empty((height, width, 4), np.uint8)
        colors = np.clip(smooth[..., ::-1], 0, 1) * alpha[..., None]
        argb[..., :3] = np.rint(colors * 255)
        argb[..., 3] = np.rint(alpha * 255)
        self._pixels = argb
        form = QImage.Format.Format_ARGB32_Premultiplied
        self._image = QImage(argb.data, width, height, width * 4, form)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw in device coordinates."""
        box = self.box
        target = QRectF(
            viewport.left + box.x * viewport.scale,
            viewport.top + box.y * viewport.scale,
            box.width * viewport.scale,
            box.height * viewport.scale,
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._image)
