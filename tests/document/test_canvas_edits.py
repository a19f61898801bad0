"""The canvas cropped, turned, flipped, scaled; layers shifted and merged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document import transform
from glide_studio.document.canvas_edits import Crop, Flip, Rotate, Scale, SetDepth, ShiftLayer
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, SavedMask
from glide_studio.document.layer import Layer
from glide_studio.document.merge_edits import Flatten, MergeDown, MergeGroup
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
    after = Crop(box).apply(before)
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
    after = Crop(Box(-128, 0, 428, 328)).apply(before)
    old, new = before.layers[0].raster, after.layers[0].raster
    assert new.tile((0, 1)) is old.tile((0, 0))
    assert new.tile((1, 2)) is old.tile((1, 1))


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3, 5])
def test_rotating_is_clockwise(quarters):
    before = sample()
    every(before, Rotate(quarters).apply(before), lambda pixels: np.rot90(pixels, -quarters))


@pytest.mark.parametrize(("axis", "dimension"), [("horizontal", 1), ("vertical", 0)])
def test_flipping(axis, dimension):
    before = sample()
    after = Flip(axis).apply(before)
    every(before, after, lambda pixels: np.flip(pixels, dimension))
    assert same_pixels(Flip(axis).apply(after), before)


def test_full_circles():
    document = sample()
    turned = document
    for _ in range(4):
        turned = Rotate(1).apply(turned)
    assert same_pixels(turned, document)
    assert Rotate(4).apply(document) is document


@pytest.mark.parametrize("size", [Size(150, 100), Size(77, 190), Size(450, 300)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_scaling_keeps_the_mean(size, dtype):
    before = Document(SIZE, 8 if dtype == np.uint8 else 16, layers=(photo(SIZE, dtype),))
    after = Scale(size).apply(before)
    assert after.size == size
    old, new = (pixels_of(d.layers[0].raster) / d.top for d in (before, after))
    assert np.abs(old.mean(axis=(0, 1)) - new.mean(axis=(0, 1))).max() < 0.01
    assert (new[..., 3] == 1).all()


def test_halving_is_the_box_mean():
    before = Document(SIZE, layers=(photo(SIZE),))
    new = pixels_of(Scale(Size(150, 100)).apply(before).layers[0].raster)
    means = pixels_of(before.layers[0].raster).reshape(100, 2, 150, 2, 4).mean(axis=(1, 3))
    assert np.abs(new - means).max() <= 0.5


def test_scaling_does_not_bleed_hidden_color():
    pixels = np.zeros((200, 300, 4), np.uint8)
    pixels[..., :3] = (0, 255, 0)
    pixels[:, :101] = (200, 100, 50, 255)
    before = Document(SIZE, layers=(Layer("a", raster=Raster.from_array(pixels)),))
    new = pixels_of(Scale(Size(150, 100)).apply(before).layers[0].raster)
    assert (new[:, :51, :3] == (200, 100, 50)).all()
    assert not new[:, 51:].any()


def test_scaling_nothing_and_to_nothing():
    document = sample()
    assert Scale(SIZE).apply(document) is document
    with pytest.raises(ValueError, match="nothing"):
        Scale(Size(0, 5)).apply(document)
    with pytest.raises(ValueError, match="empty"):
        Crop(Box(0, 0, 0, 5)).apply(document)
    empty = Raster.empty(SIZE, 4)
    assert transform.scale(empty, Size(10, 10)) == Raster.empty(Size(10, 10), 4)


def test_depth_there_and_back_is_exact():
    before = sample()
    deep = SetDepth(16).apply(before)
    assert (deep.depth, deep.layers[0].raster.dtype) == (16, np.uint16)
    assert np.array_equal(
        pixels_of(deep.layers[0].raster), pixels_of(before.layers[0].raster).astype(int) * 257
    )
    assert deep.selection is before.selection
    assert same_pixels(SetDepth(8).apply(deep), before)
    assert SetDepth(8).apply(before) is before
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    shallow = transform.convert(Raster.from_array(ramp), np.dtype(np.uint8))
    assert np.array_equal(pixels_of(shallow), np.rint(ramp / 257))


@pytest.mark.parametrize(("dx", "dy"), [(13, -7), (-128, 128), (400, 0)])
def test_shifting_a_layer(dx, dy):
    before = sample()
    after = ShiftLayer("g", dx, dy).apply(before)
    for get in (lambda d: d.layer("c").raster, lambda d: d.layer("c").mask):
        old, new = get(before), get(after)
        assert np.array_equal(pixels_of(new), old.read(SIZE.box.move(-dx, -dy)))
    assert after.layer("b") is before.layer("b")


def test_merging_down_looks_the_same():
    document = sample()
    document = replace(
        document, layers=(*document.layers[:2], layer(SIZE, "top", seed=7, blend="multiply"))
    )
    opaque = MergeDown("b").apply(document)
    assert [one.id for one in opaque.layers] == ["photo", "top"]
    assert opaque.active == "photo"
    before, after = (composite(d, SIZE.box).astype(int) for d in (document, opaque))
    assert np.abs(before - after).max() <= 1  # the merged layer was rounded


def test_merging_keeps_the_lower_layers_mode_and_name():
    lower = layer(SIZE, "low", seed=2, blend="screen", opacity=0.5, mask=mask(SIZE, 3))
    document = Document(SIZE, layers=(photo(SIZE), lower, layer(SIZE, "up", seed=4)))
    merged = MergeDown("up").apply(document).layer("low")
    assert (merged.name, merged.blend, merged.opacity, merged.mask) == ("low", "screen", 1.0, None)


def test_merging_needs_two_visible_layers():
    document = sample()
    with pytest.raises(GlideError, match="no layer below"):
        MergeDown("photo").apply(document)
    with pytest.raises(GlideError, match="no layer below"):
        MergeDown("c").apply(document)
    hidden = document.with_layer(replace(document.layer("b"), visible=False))
    with pytest.raises(GlideError, match="Show both"):
        MergeDown("b").apply(hidden)


@pytest.mark.parametrize("blend", ["normal", "multiply"])
def test_merging_a_group_looks_the_same(blend):
    document = sample()
    document = document.with_layer(replace(document.layer("g"), blend=blend, opacity=0.8))
    merged = MergeGroup("g").apply(document)
    assert not merged.layer("g").is_group
    before, after = (composite(d, SIZE.box).astype(int) for d in (document, merged))
    assert np.abs(before - after).max() <= 1
    with pytest.raises(ValueError, match="not a group"):
        MergeGroup("b").apply(document)


def test_flattening_looks_the_same():
    document = sample()
    flat = Flatten(new="flat").apply(document)
    assert [one.id for one in flat.layers] == ["flat"] == [flat.active]
    assert np.array_equal(composite(flat, SIZE.box), composite(document, SIZE.box))
