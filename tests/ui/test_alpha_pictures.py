"""Generated objects with alpha in the window: thumbnails and the live preview."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QApplication

from glide_studio.api.request import Request
from glide_studio.editor.jobs import Job
from glide_studio.imaging.blending.object_placement import PlacementOptions
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
        placement = PlacementOptions(fit="keep")
        pixels = JobPreview(Job(request, painted), request.box, picture, placement)._pixels
        assert tuple(pixels[4, 2]) == (0, 0, 255, 255)  # blue, green, red, alpha
        assert pixels[4, -2, 3] == clear
        assert (pixels[..., :3] <= pixels[..., 3:]).all()


def test_the_live_preview_shows_a_whole_object_inside_the_mask(qapp: QApplication) -> None:
    painted = np.zeros((64, 64), np.uint8)
    painted[20:40, 24:44] = 255
    picture = np.zeros((64, 64, 4), np.float32)
    picture[4:60, 4:60] = (1, 0, 0, 1)
    job = Job(Request("fill", "apple", Box(0, 0, 64, 64)), painted)
    alpha = JobPreview(job, job.request.box, picture, PlacementOptions())._pixels[..., 3]
    side = alpha.shape[0] / 64
    rows, columns = np.nonzero(alpha > 128)
    assert rows.min() >= 20 * side - 1
    assert rows.max() <= 40 * side + 1
    assert columns.min() > 24 * side, "the object ends inside the mask, with the photo around it"
    assert columns.max() < 44 * side - 1


def test_a_live_preview_is_made_anew_only_if_it_would_differ(qapp: QApplication) -> None:
    job = Job(Request("fill", "apple", Box(0, 0, 8, 8)), np.full((8, 8), 255, np.uint8))
    picture, options, box = red_with_a_clear_half(4), PlacementOptions(), job.request.box
    first = JobPreview.of(job, box, picture, options, None)
    assert JobPreview.of(replace(job, stage="Details"), box, picture, options, first) is first
    assert JobPreview.of(job, box, picture.copy(), options, first) is not first
    assert JobPreview.of(job, box, picture, replace(options, fit="keep"), first) is not first
    moved = box.move(4, 0)
    assert JobPreview.of(job, moved, picture, options, first).box == moved


def test_a_thumbnail_of_a_large_picture_is_its_mean_colors(qapp: QApplication) -> None:
    picture = np.zeros((1203, 1600, 3), np.float32)
    picture[:, :800, 0], picture[:, 800:, 2] = 1, 1
    picture[600:, :, 1] = 0.5
    image = picture_pixmap(picture, 24, 1.0).toImage()
    assert image.size().width() == image.size().height() == 24
    assert image.pixelColor(4, 4).getRgb() == (255, 0, 0, 255)
    assert image.pixelColor(20, 20).getRgb() == (0, 128, 255, 255)
