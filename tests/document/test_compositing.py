"""The compositor against a plain one, and what it must never touch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document import compositing
from glide_studio.document.compositing import composite, flatten
from glide_studio.document.document import Document
from glide_studio.document.layer import BLEND_MODES, Layer
from glide_studio.document.raster import Raster, tile_box
from glide_studio.imaging.geometry import Box, Size
from tests.document.pictures import layer, mask, noise, photo, pixels_of
from tests.document.plain import plain_composite

SIZE = Size(150, 140)
SPARSE = Raster.empty(SIZE, 4).write(Box(100, 90, 60, 60), noise(Size(60, 60), 4, np.uint8, 9))


@st.composite
def layers(draw, depth: int = 2, dtype=np.uint8):
    count = draw(st.integers(0, 4))
    result = []
    for number in range(count):
        fields = {
            "name": str(number),
            "opacity": draw(st.sampled_from([1.0, 1.0, 0.0, 0.3, 0.8])),
            "clipping": draw(st.booleans()),
            "visible": draw(st.sampled_from([True, True, True, False])),
            "mask": draw(st.sampled_from([None, None, mask(SIZE, 4), mask(SIZE, 5, np.uint16)])),
        }
        if depth and draw(st.integers(0, 3)) == 0:
            blend = draw(st.sampled_from(["normal", "pass-through", "multiply"]))
            children = draw(layers(depth=depth - 1, dtype=dtype))
            result.append(Layer(children=children, blend=blend, **fields))
            continue
        source = draw(st.integers(0, 3))
        raster = Raster.from_array(noise(SIZE, 4, dtype, source))
        if source == 0 and dtype == np.uint8:
            raster = SPARSE
        if source == 3:
            raster = photo(SIZE, dtype).raster
        result.append(Layer(raster=raster, blend=draw(st.sampled_from(BLEND_MODES[:-1])), **fields))
    return tuple(result)


@settings(max_examples=60)
@given(layers())
def test_8_bit_composites_equal_the_plain_ones(stack):
    document = Document(SIZE, layers=stack)
    apart = np.abs(composite(document, document.box).astype(int) - plain_composite(document))
    assert apart[..., 3].max() <= 1
    # At low alpha a step of alpha is many of color; what is seen differs by a step at most.
    assert (apart[..., :3] <= 1).all() or (apart[..., :3] > 1).mean() < 1e-3


@settings(max_examples=20)
@given(layers(dtype=np.uint16))
def test_16_bit_composites_equal_the_plain_ones(stack):
    document = Document(SIZE, 16, layers=stack)
    apart = np.abs(composite(document, document.box).astype(int) - plain_composite(document))
    # float32 has 24 bits; dodge, burn and the hue modes divide and lose some of them.
    assert (apart > 8).mean() < 1e-3


@settings(max_examples=25)
@given(
    layers(), st.integers(-20, 140), st.integers(-20, 140), st.integers(1, 90), st.integers(1, 90)
)
def test_a_box_is_a_cut_of_the_whole(stack, x, y, width, height):
    document = Document(SIZE, layers=stack)
    box = Box(x, y, width, height)
    whole = Raster.from_array(composite(document, document.box))
    assert np.array_equal(composite(document, box), whole.read(box))


@settings(max_examples=25)
@given(layers())
def test_flattening_shows_the_same(stack):
    document = Document(SIZE, layers=stack)
    flat = flatten(stack, SIZE, document.dtype)
    assert np.array_equal(pixels_of(flat), composite(document, document.box))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("mode", BLEND_MODES[:-1])
def test_the_backdrop_is_copied_where_a_layer_is_transparent(mode, dtype):
    below = layer(SIZE, "below", dtype, 1)
    above = layer(SIZE, "above", dtype, 2, blend=mode, mask=mask(SIZE, 3), opacity=0.7)
    document = Document(SIZE, 8 if dtype == np.uint8 else 16, layers=(below, above))
    result = composite(document, document.box)
    empty = (pixels_of(above.raster)[..., 3] == 0) | (pixels_of(above.mask)[..., 0] == 0)
    assert empty.mean() > 0.3
    assert np.array_equal(result[empty], pixels_of(below.raster)[empty])
    assert not np.array_equal(result[~empty], pixels_of(below.raster)[~empty])


def test_a_single_layer_is_itself_with_color_under_alpha_0():
    pixels = noise(SIZE)
    pixels[..., :3] |= 1
    only = Layer("only", raster=Raster.from_array(pixels))
    document = Document(SIZE, layers=(only,))
    assert np.array_equal(composite(document, document.box), pixels)
    flat = flatten((only,), SIZE, document.dtype)
    assert flat.changed_cells(only.raster) == []


def test_tiles_that_show_one_layer_are_shared_by_flattening():
    below = photo(SIZE)
    above = Layer(
        "dot", raster=Raster.empty(SIZE, 4).write(Box(2, 2, 1, 1), noise(Size(1, 1), seed=5))
    )
    hidden = replace(layer(SIZE), visible=False)
    flat = flatten((below, above, hidden), SIZE, np.dtype(np.uint8))
    assert flat.changed_cells(below.raster) in ([], [(0, 0)])
    assert flat.tile((1, 1)) is below.raster.tile((1, 1))


def test_nothing_visible_is_transparent():
    document = Document(SIZE, layers=(replace(photo(SIZE), visible=False),))
    assert not composite(document, document.box).any()
    assert not composite(Document(SIZE), SIZE.box).any()


def test_a_clipping_layer_shows_only_on_the_layer_below():
    base = Layer("base", raster=SPARSE, opacity=0.5)
    clip = replace(photo(SIZE), clipping=True)
    result = composite(Document(SIZE, layers=(base, clip)), SIZE.box)
    alpha = pixels_of(SPARSE)[..., 3]
    assert np.array_equal(result[..., 3] > 0, alpha > 1)
    full = alpha == 255
    assert np.array_equal(result[full][:, :3], pixels_of(clip.raster)[full][:, :3])
    hidden = replace(base, visible=False)
    assert not composite(Document(SIZE, layers=(hidden, clip)), SIZE.box).any()


def test_an_isolated_group_blends_as_one_and_a_passed_through_one_does_not():
    below, inside = photo(SIZE, seed=1), replace(photo(SIZE, seed=2), id="in", blend="multiply")
    group = Layer("group", children=(inside,))
    isolated = composite(Document(SIZE, layers=(below, group)), SIZE.box)
    through = composite(
        Document(SIZE, layers=(below, replace(group, blend="pass-through"))), SIZE.box
    )
    flat = composite(Document(SIZE, layers=(below, inside)), SIZE.box)
    assert np.array_equal(isolated, pixels_of(inside.raster))
    assert np.array_equal(through, flat)


@pytest.mark.parametrize("level", [1, 2, 5])
def test_a_smaller_picture_is_near_the_mean_of_the_large_one(level):
    smooth = np.zeros((140, 150, 4), np.uint8)
    smooth[..., 0] = np.arange(150)
    smooth[..., 1] = np.arange(140)[:, None]
    smooth[..., 3] = 255
    top = Raster.empty(SIZE, 4).write(Box(0, 0, 64, 64), np.full((64, 64, 4), 128, np.uint8))
    document = Document(
        SIZE, layers=(Layer("photo", raster=Raster.from_array(smooth)), Layer("top", raster=top))
    )
    small = composite(document, document.selection.level_box(level), level)
    step = 1 << level
    whole = composite(document, Box(0, 0, 128, 128)).astype(float)
    means = whole.reshape(128 // step, step, 128 // step, step, 4).mean(axis=(1, 3))
    assert small.shape == (-(-140 // step), -(-150 // step), 4)
    assert np.abs(small[: 128 // step, : 128 // step] - means).max() <= level + 1


def test_only_tiles_in_the_box_are_looked_at():
    class Refuses:
        def load(self, tile_id: int):
            raise AssertionError("a tile outside of the box was loaded")

    below = photo(SIZE)
    for cell, tile in below.raster.tiles():
        if cell != (0, 0):
            tile.spill(Refuses())
    document = Document(SIZE, layers=(below,))
    assert composite(document, Box(0, 0, 128, 128)).shape == (128, 128, 4)
    with pytest.raises(AssertionError, match="outside"):
        composite(document, Box(0, 0, 129, 128))


def test_equal_stacks_of_tiles_are_composited_once(monkeypatch):
    size, tile = Size(256, 256), Size(128, 128)

    def repeat(raster: Raster, cells: list[tuple[int, int]]) -> Raster:
        empty = Raster.empty(size, raster.channels)
        return empty.replace_tiles(dict.fromkeys(cells, raster.tile((0, 0))))

    cells = [(0, 0), (0, 1), (1, 0), (1, 1)]
    below = Layer("below", raster=repeat(layer(tile).raster, cells))
    above = Layer(
        "above",
        raster=repeat(layer(tile, seed=1).raster, cells),
        mask=repeat(mask(tile), cells[:3]),  # it hides the last
        opacity=0.6,
        blend="multiply",
    )
    document = Document(size, layers=(below, above))
    one_by_one = [composite(document, tile_box(cell)) for cell in cells]
    assert (one_by_one[0] != one_by_one[3]).any()
    composited = []
    real = compositing._composite_layers
    monkeypatch.setattr(
        compositing,
        "_composite_layers",
        lambda layers, view, below: composited.append(view.box) or real(layers, view, below),
    )
    whole = composite(document, document.box)
    assert composited == [tile_box(cells[0]), tile_box(cells[3])]
    for cell, pixels in zip(cells, one_by_one, strict=True):
        assert (whole[tile_box(cell).slices] == pixels).all()
    cut = Box(5, 9, 200, 190)
    assert (composite(document, cut) == whole[cut.slices]).all()
    even = Box(64, 64, 128, 128)  # four parts of the same size from other places of their tiles
    assert (composite(document, even) == whole[even.slices]).all()


def test_layers_that_share_all_their_tiles_are_composited_once_as_well(monkeypatch):
    tile = layer(Size(128, 128)).raster.tile((0, 0))
    cells = [(0, 0), (0, 1)]
    raster = Raster.empty(Size(256, 128), 4).replace_tiles(dict.fromkeys(cells, tile))
    document = Document(raster.size, layers=tuple(Layer(str(n), raster) for n in range(3)))
    composited = []
    real = compositing._composite_layers
    monkeypatch.setattr(
        compositing, "_composite_layers", lambda *given: composited.append(given) or real(*given)
    )
    whole = composite(document, document.box)
    assert len(composited) == 1
    assert (whole[:, :128] == whole[:, 128:]).all()


def test_a_stack_known_from_another_box_is_not_composited_again(monkeypatch):
    tile = layer(Size(128, 128)).raster.tile((0, 0))
    raster = Raster.empty(Size(256, 300), 4)
    raster = raster.replace_tiles({(0, 0): tile, (0, 1): tile, (1, 0): tile})
    document = Document(raster.size, layers=(Layer("a", raster), Layer("b", raster, opacity=0.5)))
    whole = composite(document, document.box)
    composited = []
    real = compositing._composite_layers
    monkeypatch.setattr(
        compositing, "_composite_layers", lambda *given: composited.append(given) or real(*given)
    )
    known = {}
    for top in (0, 128, 256):
        band = Box(0, top, 256, min(128, 300 - top))
        assert (composite(document, band, known=known) == whole[band.slices]).all()
    # The stack of two tiles, the empty place beside it and the cut ones below it, each once.
    assert len(known) == len(composited) == 3
    monkeypatch.setattr(compositing, "MAX_KNOWN", 0)
    other = {}
    composite(document, document.box, known=other)
    assert other == {}


def test_pixels_of_a_layer_that_stay_as_they_are_are_not_kept_a_second_time():
    document = Document(Size(128, 128), layers=(layer(Size(128, 128)),))
    known = {}
    composite(document, document.box, known=known)
    assert known == {}


@pytest.mark.parametrize("depth", [8, 16])
def test_one_clear_pixel_makes_a_document_not_opaque(depth):
    dtype = np.uint8 if depth == 8 else np.uint16
    pixels = np.full((200, 150, 4), np.iinfo(dtype).max, dtype)
    size = Size(150, 200)

    def document(*layers):
        return Document(size, depth, layers=layers)

    full = Layer("full", Raster.from_array(pixels))
    assert compositing.is_opaque(document(full))
    pixels[199, 149, 3] -= 1
    holed = Layer("holed", Raster.from_array(pixels))
    assert not compositing.is_opaque(document(holed))
    assert compositing.is_opaque(document(holed, full))
    assert compositing.is_opaque(document(full, holed))
    assert not compositing.is_opaque(document(replace(full, opacity=0.5)))
    assert not compositing.is_opaque(document())


def test_a_faded_group_fades_transparency_and_leaves_colors_under_no_alpha():
    below, above = (np.zeros((128, 128, 4), np.uint8) for _ in range(2))
    below[:] = 10, 20, 30, 0
    below[0, 0] = 200, 100, 50, 128
    above[0, 0] = 0, 0, 0, 255
    group = Layer(
        "group",
        children=(Layer("above", Raster.from_array(above)),),
        blend="pass-through",
        opacity=0.5,
    )
    document = Document(Size(128, 128), layers=(Layer("below", Raster.from_array(below)), group))
    found = composite(document, document.box)
    assert found[0, 0, 3] in (191, 192)  # half way from 128 to 255
    assert abs(int(found[0, 0, 0]) - 200 * 0.25 / 0.75) <= 1
    assert (found[1:] == (10, 20, 30, 0)).all()
