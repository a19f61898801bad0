"""The canvas cropped, turned, flipped, scaled; layers merged."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document import transform
from glide_studio.document.canvas_edits import crop, flip, rotate, scale, set_depth
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, SavedMask
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import flatten_image, merge_down, merge_group
from glide_studio.document.raster import Raster
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from tests.document.pictures import layer, mask, photo, pixels_of, same_pixels

SIZE = Size(300, 200)


def sample() -> Document:
    inside = Layer("c", raster=layer(SIZE, seed=6).raster, mask=mask(SIZE, 2), id="c")
    return Document(
        SIZE,
        layers=(
            photo(SIZE),
            layer(SIZE, "b", seed=5, opacity=0.6),
            Layer("g", children=(inside,), id="g"),
        ),
        selection=mask(SIZE, 8),
        saved_masks=(SavedMask("m", mask(SIZE, 9)),),
    )


def every(before: Document, after: Document, change) -> None:
    """Each raster of `after` is `change` of that of `before`."""
    for old, new in zip(before.rasters(), after.rasters(), strict=True):
        assert np.array_equal(pixels_of(new), change(pixels_of(old)))
        assert all(tile.pixels.any() for _, tile in new.tiles())
        # Nothing may lie beyond the edge, where a later crop would bring it to light.
        assert not new.read(Box(new.size.width, 0, 200, 500)).any()
        for cell, tile in new.tiles():
            part = Box(cell[1] * 128, cell[0] * 128, 128, 128).clamp(new.box)
            assert not tile.pixels[part.height :].any()
            assert not tile.pixels[:, part.width :].any()


@settings(max_examples=25)
@given(
    st.one_of(
        st.builds(
            Box,
            st.integers(-300, 299),
            st.integers(-200, 199),
            st.integers(1, 500),
            st.integers(1, 400),
        ),
        st.sampled_from([Box(128, 0, 172, 200), Box(-128, -128, 600, 500), Box(0, 0, 150, 130)]),
    )
)
def test_cropping_and_extending(box):
    before = sample()
    after = crop(before, box)
    assert after.size == box.size

    def cut(pixels):
        out = np.zeros((box.height, box.width, pixels.shape[2]), pixels.dtype)
        part = box.clamp(SIZE.box)
        if not part.empty:
            out[part.move(-box.x, -box.y).slices] = pixels[part.slices]
        return out

    every(before, after, cut)


def test_extending_by_whole_tiles_shares_them():
    before = Document(SIZE, layers=(photo(SIZE),))
    after = crop(before, Box(-128, 0, 428, 328))
    old, new = before.layers[0].raster, after.layers[0].raster
    assert new.tile((0, 1)) is old.tile((0, 0))
    assert new.tile((1, 2)) is old.tile((1, 1))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("quarters", [-1, 1, 2, 3, 5])
def test_rotating_is_clockwise(quarters, depth):
    before = set_depth(sample(), depth)
    every(before, rotate(before, quarters), lambda pixels: np.rot90(pixels, -quarters))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize(("axis", "dimension"), [("horizontal", 1), ("vertical", 0)])
def test_flipping(axis, dimension, depth):
    before = set_depth(sample(), depth)
    after = flip(before, axis)
    every(before, after, lambda pixels: np.flip(pixels, dimension))
    assert same_pixels(flip(after, axis), before)


def test_full_circles():
    document = sample()
    turned = document
    for _ in range(4):
        turned = rotate(turned, 1)
    assert same_pixels(turned, document)
    assert rotate(document, 4) is document


@pytest.mark.parametrize("size", [Size(150, 100), Size(77, 190), Size(450, 300)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_scaling_keeps_the_mean(size, dtype):
    before = Document(SIZE, 8 if dtype == np.uint8 else 16, layers=(photo(SIZE, dtype),))
    after = scale(before, size)
    assert after.size == size
    old, new = (pixels_of(d.layers[0].raster) / d.max_value for d in (before, after))
    assert np.abs(old.mean(axis=(0, 1)) - new.mean(axis=(0, 1))).max() < 0.01
    assert (new[..., 3] == 1).all()


def test_halving_is_the_box_mean():
    before = Document(SIZE, layers=(photo(SIZE),))
    new = pixels_of(scale(before, Size(150, 100)).layers[0].raster)
    means = pixels_of(before.layers[0].raster).reshape(100, 2, 150, 2, 4).mean(axis=(1, 3))
    assert np.abs(new - means).max() <= 0.5


def test_scaling_does_not_bleed_hidden_color():
    pixels = np.zeros((200, 300, 4), np.uint8)
    pixels[..., :3] = (0, 255, 0)
    pixels[:, :101] = (200, 100, 50, 255)
    before = Document(SIZE, layers=(Layer("a", raster=Raster.from_array(pixels)),))
    new = pixels_of(scale(before, Size(150, 100)).layers[0].raster)
    assert (new[:, :51, :3] == (200, 100, 50)).all()
    assert not new[:, 51:].any()


def test_scaling_nothing_and_to_nothing():
    document = sample()
    assert scale(document, SIZE) is document
    with pytest.raises(ValueError, match="nothing"):
        scale(document, Size(0, 5))
    with pytest.raises(ValueError, match="empty"):
        crop(document, Box(0, 0, 0, 5))
    empty = Raster.empty(SIZE, 4)
    assert transform.scale(empty, Size(10, 10)) == Raster.empty(Size(10, 10), 4)


def test_depth_there_and_back_is_exact():
    before = sample()
    deep = set_depth(before, 16)
    assert (deep.depth, deep.layers[0].raster.dtype) == (16, np.uint16)
    assert np.array_equal(
        pixels_of(deep.layers[0].raster), pixels_of(before.layers[0].raster).astype(int) * 257
    )
    assert deep.selection is before.selection
    assert same_pixels(set_depth(deep, 8), before)
    assert set_depth(before, 8) is before
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    shallow = transform.convert(Raster.from_array(ramp), np.dtype(np.uint8))
    assert np.array_equal(pixels_of(shallow), np.rint(ramp / 257))


def test_merging_down_looks_the_same():
    document = sample()
    document = replace(
        document, layers=(*document.layers[:2], layer(SIZE, "top", seed=7, blend="multiply"))
    )
    opaque = merge_down(document, "b")
    assert [one.id for one in opaque.layers] == ["photo", "top"]
    assert opaque.active == "photo"
    before, after = (composite(d, SIZE.box).astype(int) for d in (document, opaque))
    assert np.abs(before - after).max() <= 1  # the merged layer was rounded


def test_merging_keeps_the_lower_layers_mode_and_name():
    lower = layer(SIZE, "low", seed=2, blend="screen", opacity=0.5, mask=mask(SIZE, 3))
    document = Document(SIZE, layers=(photo(SIZE), lower, layer(SIZE, "up", seed=4)))
    merged = merge_down(document, "up").layer("low")
    assert (merged.name, merged.blend, merged.opacity, merged.mask) == ("low", "screen", 1.0, None)


def test_merging_needs_two_visible_layers():
    document = sample()
    with pytest.raises(GlideError, match="no layer below"):
        merge_down(document, "photo")
    with pytest.raises(GlideError, match="no layer below"):
        merge_down(document, "c")
    hidden = document.with_layer(replace(document.layer("b"), visible=False))
    with pytest.raises(GlideError, match="Show both"):
        merge_down(hidden, "b")


@pytest.mark.parametrize("blend", ["normal", "multiply"])
def test_merging_a_group_looks_the_same(blend):
    document = sample()
    document = document.with_layer(replace(document.layer("g"), blend=blend, opacity=0.8))
    merged = merge_group(document, "g")
    assert not merged.layer("g").is_group
    before, after = (composite(d, SIZE.box).astype(int) for d in (document, merged))
    assert np.abs(before - after).max() <= 1
    with pytest.raises(ValueError, match="not a group"):
        merge_group(document, "b")


def test_flattening_looks_the_same():
    document = sample()
    flat = flatten_image(document, layer_id="flat")
    assert [one.id for one in flat.layers] == ["flat"] == [flat.active]
    assert np.array_equal(composite(flat, SIZE.box), composite(document, SIZE.box))


@pytest.mark.parametrize(
    ("size", "is_mean"),
    [(Size(20, 15), True), (Size(40, 15), True), (Size(80, 15), False), (Size(80, 60), False)],
)
def test_pixels_are_averaged_only_where_no_side_grows(size: Size, is_mean: bool) -> None:
    """Means stay between what was there; the bicubic filter overshoots beside an edge."""
    steps = np.full((30, 40, 1), 60, np.uint8)
    steps[:, 20:], steps[16:] = 200, 130
    found = transform.scale(Raster.from_array(steps), size).read(Box(0, 0, *astuple(size)))
    assert (found.min() >= 60 and found.max() <= 200) == is_mean
    if size == Size(20, 15):
        means = steps.reshape(15, 2, 20, 2).astype(float).mean((1, 3))
        assert np.abs(found[..., 0] - means).max() <= 0.5
