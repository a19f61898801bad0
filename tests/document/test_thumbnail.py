"""Small pictures of states and layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document import document_thumbnail
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.canvas_edits import crop, rotate, set_depth
from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT, Thumbnailer
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, change_layer
from glide_studio.document.mask_edits import invert_mask
from glide_studio.document.raster import Raster
from glide_studio.document.stroke import Target
from glide_studio.document.transform import flip
from glide_studio.imaging.geometry import Box, Size
from tests.document.edits import an_edit, paint_pixels, paint_stroke
from tests.document.pictures import layer, mask, noise, photo

SIZE = Size(400, 300)


def flat(rgba: tuple[int, int, int, int], size: Size = SIZE, dtype=np.uint8) -> Layer:
    pixels = np.full((size.height, size.width, 4), rgba, dtype)
    return Layer("flat", Raster.from_array(pixels), id="flat")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (Size(6000, 4000), (43, 64)),
        (Size(400, 300), (48, 64)),
        (Size(300, 400), (64, 48)),
        (Size(20, 10), (10, 20)),
        (Size(9000, 3), (1, 64)),
    ],
)
def test_a_thumbnail_fits_its_side_and_never_enlarges(size, expected):
    assert Thumbnailer().render_document(Document(size)).shape == (*expected, 4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_it_shows_what_is_seen(dtype):
    unit = int(np.iinfo(dtype).max) // 255
    shown = flat((200 * unit, 100 * unit, 50 * unit, 255 * unit), dtype=dtype)
    picture = Thumbnailer().render_document(Document(SIZE, 8 if unit == 1 else 16, (shown,)))
    assert (picture == (200, 100, 50, 255)).all()


def test_a_document_smaller_than_it_is_shown_pixel_by_pixel():
    size = Size(40, 30)
    shown = photo(size)
    picture = Thumbnailer().render_document(Document(size, 8, (shown,)))
    assert np.array_equal(picture, shown.raster.read(size.box))


def test_the_painted_mask_tints_it():
    half = Raster.empty(SIZE, 1).write(Box(0, 0, 200, 300), np.full((300, 200, 1), 255, np.uint8))
    picture = Thumbnailer().render_document(
        Document(SIZE, 8, (flat((0, 0, 0, 255)),), selection=half)
    )
    tint = [round(MASK_OPACITY * value) for value in MASK_TINT]
    assert np.abs(picture[:, :30, :3].astype(int) - tint).max() <= 1
    assert (picture[:, 34:, :3] == 0).all()
    empty = Thumbnailer().render_document(Document(SIZE, selection=half))
    assert empty[5, 5, 3] == round(255 * MASK_OPACITY)
    assert empty[5, 60, 3] == 0


POINTS = (StrokePoint(20, 30), StrokePoint(200, 150), StrokePoint(390, 40))
EDITS = (
    an_edit(paint_stroke, Brush(60), POINTS),
    an_edit(paint_stroke, Brush(30), POINTS, Target("pixels", "photo"), color=(1, 0.2, 0)),
    an_edit(add_layer, layer(SIZE, "c", seed=5)),
    an_edit(change_layer, "photo", opacity=0.3),
    an_edit(invert_mask),
    an_edit(crop, Box(40, 30, 300, 250)),
    an_edit(rotate, 1),
    an_edit(set_depth, 16),
)


@settings(max_examples=25)
@given(st.lists(st.sampled_from(EDITS), max_size=6))
def test_made_from_the_one_before_it_is_the_one_made_anew(script):
    document = Document(SIZE, layers=(photo(SIZE),), selection=mask(SIZE, 2))
    maker = Thumbnailer()
    for edit in (None, *script):
        try:
            document = edit(document) if edit else document
        except ValueError:  # a layer of the size or depth before
            continue
        assert np.array_equal(
            maker.render_document(document), Thumbnailer().render_document(document)
        )


def test_only_tiles_that_differ_are_composed(monkeypatch):
    document = Document(Size(3000, 2000), layers=(photo(Size(3000, 2000)),))
    maker = Thumbnailer()
    maker.render_document(document)
    calls = []
    real = document_thumbnail.composite
    monkeypatch.setattr(
        document_thumbnail, "composite", lambda *given: calls.append(given) or real(*given)
    )
    raster = document.layers[0].raster
    painted = raster.write(Box(700, 300, 9, 9), np.zeros((9, 9, 4), np.uint8))
    maker.render_document(paint_pixels(document, "photo", painted))
    assert [box for _, box, _ in calls] == [Box(20, 8, 4, 4)]


def test_a_layer_that_changed_everywhere_is_read_at_once(monkeypatch):
    thumbnailer, raster = Thumbnailer(), Raster.from_array(noise(Size(600, 500)))
    thumbnailer.render_layer("a", raster)
    after = flip(raster, "vertical")
    reads = []
    read = Raster.read
    monkeypatch.setattr(Raster, "read", lambda *given: reads.append(given[1]) or read(*given))
    seen = thumbnailer.render_layer("a", after)
    assert len(reads) == 1
    assert np.array_equal(seen, Thumbnailer().render_layer("a", after))


def test_layers_and_masks_have_pictures_of_their_own():
    maker = Thumbnailer()
    shown = flat((9, 8, 7, 100))
    assert (maker.render_layer("flat", shown.raster) == (9, 8, 7, 100)).all()
    greys = maker.render_layer("its mask", Raster.full(SIZE, 77))
    assert (greys == (77, 77, 77, 255)).all()
    pixels = noise(SIZE)
    after = shown.raster.write(SIZE.box, pixels)
    seen = maker.render_layer("flat", after)
    assert np.array_equal(seen, Thumbnailer().render_layer("x", after))
    maker.forget_except({"flat"})
    assert set(maker._layers) == {"flat"}


def test_a_layer_that_fills_little_of_the_canvas_is_cropped_to_what_it_holds():
    spot = Box(300, 200, 20, 10)
    pixels = np.full((spot.height, spot.width, 4), (200, 10, 10, 255), np.uint8)
    raster = Raster.empty(Size(4000, 3000), 4).write(spot, pixels)
    seen = Thumbnailer().render_layer("spot", raster)
    assert seen.shape[0] < seen.shape[1] <= 64
    assert (seen[..., 3] == 255).mean() > 0.5
    assert (seen[seen.shape[0] // 2, seen.shape[1] // 2] == (200, 10, 10, 255)).all()


def test_a_document_under_a_layer_mask(monkeypatch):
    hidden = replace(photo(SIZE), mask=Raster.empty(SIZE, 1))
    assert (Thumbnailer().render_document(Document(SIZE, layers=(hidden,)))[..., 3] == 0).all()


def test_the_mip_level_is_the_coarsest_that_is_no_smaller_than_the_thumbnail():
    levels = [document_thumbnail._mip_level(Size(px, 10), 64) for px in (63, 127, 128, 255, 256)]
    assert levels == [0, 0, 1, 1, 2]


def test_a_mask_over_nothing_is_half_transparent_and_over_a_picture_half_of_its_tint() -> None:
    thumbnailer = Thumbnailer(64)
    empty = Document(SIZE, 8, (Layer("nothing", Raster.empty(SIZE, 4)),))
    for document, alpha in ((empty, 0), (Document(SIZE, 8, (flat((40, 90, 200, 255)),)), 255)):
        painted = invert_mask(document)
        plain, seen = (
            thumbnailer.render_document(one)[20, 30].astype(float) for one in (document, painted)
        )
        assert plain[3] == alpha
        assert seen[3] == pytest.approx(alpha + 0.5 * (255 - alpha), abs=0.6)
        wanted = plain[:3] + 0.5 * (np.array(MASK_TINT) - plain[:3])
        assert seen[:3] == pytest.approx(wanted, abs=0.6)
