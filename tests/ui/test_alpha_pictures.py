"""Generated objects with alpha in the window: thumbnails and the live preview."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QApplication

from glide_studio.api.request import Request
from glide_studio.editor.jobs import Job
from glide_studio.imaging.geometry import Box
from glide_studio.ui.canvas.overlays import JobPreview
from glide_studio.ui.widgets import picture_pixmap


def red_with_a_clear_half(channels: int) -> np.ndarray:
    picture = np.zeros((8, 8, channels), np.float32)
    picture[..., 0] = 1
    if channels == 4:
        picture[:, :4, 3] = 1
    return picture


def test_a_thumbnail_shows_where_the_object_is_not(qapp: QApplication) -> None:
    image = picture_pixmap(red_with_a_clear_half(4), 8, 1.0).toImage()
    assert image.pixelColor(1, 4).getRgb() == (255, 0, 0, 255)
    assert image.pixelColor(7, 4).alpha() == 0
    opaque = picture_pixmap(red_with_a_clear_half(3), 8, 1.0).toImage()
    assert opaque.pixelColor(7, 4).getRgb() == (255, 0, 0, 255)


def test_the_live_preview_covers_the_photo_only_under_the_object(qapp: QApplication) -> None:
    painted = np.full((8, 8), 255, np.uint8)
    request = Request("fill", "apple", Box(0, 0, 8, 8))
    for channels, clear in ((4, 0), (3, 255)):
        picture = red_with_a_clear_half(channels)
        pixels = JobPreview(Job(request, painted), picture)._pixels
        assert tuple(pixels[4, 2]) == (0, 0, 255, 255)  # blue, green, red, alpha
        assert pixels[4, -2, 3] == clear
        assert (pixels[..., :3] <= pixels[..., 3:]).all()
