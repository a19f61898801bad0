"""Rasters against plain arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document.raster import BLOCK_TILES, Raster, tile_box
from glide_studio.document.tile import TILE_PX
from glide_studio.imaging.geometry import Box, Size
from tests.document.pictures import noise, pixels_of

SIZE = Size(300, 270)
SIDE = TILE_PX * BLOCK_TILES

boxes = st.builds(
    Box, st.integers(-60, 320), st.integers(-60, 300), st.integers(0, 200), st.integers(0, 200)
)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(boxes, st.integers(0, 5)), max_size=6),
    boxes,
    st.sampled_from([(1, np.uint8), (4, np.uint8), (1, np.uint16), (4, np.uint16)]),
)
def test_writes_and_reads_equal_a_plain_array(writes, look, kind):
    channels, dtype = kind
    raster = Raster.empty(SIZE, channels, dtype)
    model = np.zeros((SIZE.height, SIZE.width, channels), dtype)
    for box, seed in writes:
        # Seed 0 erases, so that tiles disappear again.
        pixels = noise(box.size, channels, dtype, seed) * dtype(seed > 0)
        raster = raster.write(box, pixels)
        part = box.clamp(SIZE.box)
        model[part.slices] = pixels[part.move(-box.x, -box.y).slices]
    assert np.array_equal(pixels_of(raster), model)
    expected = np.zeros((look.height, look.width, channels), dtype)
    part = look.clamp(SIZE.box)
    expected[part.move(-look.x, -look.y).slices] = model[part.slices]
    assert np.array_equal(raster.read(look), expected)
    assert all(tile.pixels.any() for _, tile in raster.tiles())
    rows, columns = np.nonzero(model[..., -1])
    if rows.size:
        content = Box.between(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert raster.content_box() == content
    else:
        assert raster.content_box().empty


def test_an_array_comes_back_and_is_read_only():
    pixels = noise(SIZE, 4, np.uint16)
    raster = Raster.from_array(pixels)
    assert np.array_equal(pixels_of(raster), pixels)
    pixels[:] = 0
    assert pixels_of(raster).any()
    tile = next(tile for _, tile in raster.tiles())
    with pytest.raises(ValueError, match="read-only"):
        tile.pixels[0, 0] = 1


def test_a_write_copies_only_what_it_touches():
    size = Size(SIDE * 2, SIDE)
    before = Raster.full(size, 9)
    after = before.write(Box(130, 10, 20, 20), np.full((20, 20, 1), 7, np.uint8))
    assert after.changed_cells(before) == [(0, 1)]
    assert after.blocks[0] is not before.blocks[0]
    assert after.blocks[1] is before.blocks[1]
    assert after.tile((5, 5)) is before.tile((5, 5))
    assert pixels_of(before).min() == 9


def test_a_write_that_changes_nothing_returns_the_same_raster():
    raster = Raster.from_array(noise(SIZE))
    box = Box(20, 30, 200, 100)
    assert raster.write(box, raster.read(box)) is raster
    assert Raster.empty(SIZE, 1).write(box, np.zeros((100, 200, 1), np.uint8)) == Raster.empty(
        SIZE, 1
    )


def test_an_emptied_block_is_missing_again():
    raster = Raster.full(SIZE, 1).write(SIZE.box, np.zeros((270, 300, 1), np.uint8))
    assert raster.blocks == (None,)
    assert list(raster.tiles()) == []


def test_a_full_mask_shares_one_tile_and_ends_at_the_edge():
    raster = Raster.full(Size(128 * 5 + 3, 128 * 4), 200)
    assert (pixels_of(raster) == 200).all()
    assert len({tile.id for _, tile in raster.tiles()}) == 1 + 4
    edge = raster.tile((0, 5))
    assert edge is not None
    assert not edge.pixels[:, 3:].any()
    assert Raster.full(SIZE, 0) == Raster.empty(SIZE, 1)


def test_changed_finds_tiles_by_identity():
    a = Raster.full(SIZE, 5)
    b = a.write(Box(0, 0, 1, 1), np.full((1, 1, 1), 6, np.uint8)).write(
        Box(299, 269, 1, 1), np.full((1, 1, 1), 6, np.uint8)
    )
    assert b.changed_cells(a) == [(0, 0), (2, 2)] == a.changed_cells(b)
    assert a.changed_cells(a) == []
    assert len(a.changed_cells(Raster.empty(SIZE, 1))) == 9
    with pytest.raises(ValueError, match="compared"):
        a.changed_cells(Raster.full(Size(3, 3), 5))


@pytest.mark.parametrize("level", [0, 1, 3, 7])
def test_mip_levels_are_box_means(level):
    raster = Raster.from_array(noise(Size(256, 128), 1, np.uint16))
    step = 1 << level
    means = (
        pixels_of(raster)[..., 0].reshape(128 // step, step, 256 // step, step).mean(axis=(1, 3))
    )
    small = raster.read(raster.level_box(level), level)[..., 0]
    assert np.abs(small - means).max() <= 0.55  # rounded once, summed in float32


def test_mip_levels_ignore_color_under_alpha_0():
    pixels = np.zeros((128, 128, 4), np.uint8)
    pixels[:, ::2] = (200, 100, 50, 255)
    pixels[:, 1::2] = (0, 255, 255, 0)
    small = Raster.from_array(pixels).read(Box(0, 0, 64, 64), 1)
    assert (small == (200, 100, 50, 128)).all()


def test_a_level_beyond_the_last_is_refused():
    assert Raster.full(Size(129, 1), 1).level_box(7) == Box(0, 0, 2, 1)
    with pytest.raises(ValueError, match="Mip levels"):
        Raster.full(SIZE, 1).read(Box(0, 0, 1, 1), 8)


@pytest.mark.parametrize(("channels", "dtype"), [(3, np.uint8), (1, np.float32), (4, np.int16)])
def test_only_masks_and_rgba_of_unsigned_integers(channels, dtype):
    with pytest.raises(ValueError, match="1 or 4 channels"):
        Raster.empty(SIZE, channels, dtype)


def test_pixels_must_fit_their_box():
    raster = Raster.empty(SIZE, 1)
    with pytest.raises(ValueError, match="must be uint8"):
        raster.write(Box(0, 0, 2, 2), np.zeros((2, 2, 1), np.uint16))
    with pytest.raises(ValueError, match="must be uint8"):
        raster.write(Box(0, 0, 2, 2), np.zeros((2, 3, 1), np.uint8))


def test_an_empty_picture_has_no_pixels():
    raster = Raster.empty(Size(0, 0), 4)
    assert raster.read(Box(0, 0, 2, 2)).shape == (2, 2, 4)
    assert raster.content_box().empty


def test_cells_and_boxes_agree():
    assert tile_box((2, 3)) == Box(384, 256, 128, 128)
