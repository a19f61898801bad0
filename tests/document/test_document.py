"""Documents: what they refuse, how layers are found, what has to be repainted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, SavedMask, changed_boxes, is_same
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import change_layer, move_layer, remove_layer
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box, Size
from tests.document.edits import an_edit
from tests.document.pictures import mask, noise, photo

SIZE = Size(300, 200)


def spot(name: str, x: int, y: int, **fields) -> Layer:
    raster = Raster.empty(SIZE, 4).write(Box(x, y, 30, 30), noise(Size(30, 30), seed=x))
    return Layer(name, raster=raster, id=name, **fields)


def sample() -> Document:
    group = Layer("group", children=(spot("c", 10, 10), spot("d", 140, 20)), id="group")
    return Document(
        SIZE, layers=(photo(SIZE), spot("a", 0, 140), group, spot("b", 270, 150, clipping=True))
    )


def test_a_new_document_is_empty():
    document = Document(SIZE, 16)
    assert document.selection == Raster.empty(SIZE, 1)
    assert (document.dtype, document.max_value, document.active_layer) == (np.uint16, 65535, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"layers": (photo(Size(300, 201)),)},
        {"layers": (photo(SIZE, np.uint16),)},
        {"layers": (replace(photo(SIZE), mask=mask(Size(3, 3))),)},
        {"selection": Raster.empty(SIZE, 4)},
        {"selection": Raster.empty(SIZE, 1, np.uint16)},
        {"saved_masks": (SavedMask("a", Raster.empty(Size(1, 1), 1)),)},
        {"layers": (photo(SIZE), Layer("g", children=(photo(SIZE),)))},
    ],
)
def test_pixels_that_do_not_fit_are_refused(fields):
    with pytest.raises(ValueError, match=r"document|Selections"):
        Document(SIZE, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"raster": Raster.empty(SIZE, 1)},
        {"raster": Raster.empty(SIZE, 4), "children": (Layer("x"),)},
        {"mask": Raster.empty(SIZE, 4)},
        {"opacity": 1.01},
        {"blend": "dissolve"},
        {"raster": Raster.empty(SIZE, 4), "blend": "pass-through"},
    ],
)
def test_half_a_layer_is_refused(fields):
    with pytest.raises(ValueError, match=r"\."):
        Layer("bad", **fields)


def test_layers_are_found_at_any_depth():
    document = sample()
    assert [inner.id for inner in document.iter_layers()] == ["photo", "a", "group", "c", "d", "b"]
    assert document.layer("d").name == "d"
    assert document.parent_id("d") == "group"
    assert document.parent_id("group") is None
    assert document.find_layer("nobody") is None
    with pytest.raises(KeyError):
        document.layer("nobody")
    with pytest.raises(KeyError):
        document.with_layer(Layer("nobody"))


def test_metadata_is_read_only():
    document = Document(SIZE, metadata={"exif": b"x"})
    with pytest.raises(TypeError):
        document.metadata["exif"] = b"y"


def test_provenance_is_kept_as_it_is_and_read_only():
    made = {"request": {"prompt": "a hat"}, "candidate": 1}
    document = Document(SIZE, layers=(replace(photo(SIZE), provenance=made),))
    assert document.layer("photo").provenance == made
    with pytest.raises(TypeError):
        document.layer("photo").provenance["candidate"] = 2
    assert document == Document(SIZE, layers=(replace(document.layers[0], provenance=dict(made)),))


def test_replacing_a_layer_shares_all_others():
    before = sample()
    after = before.with_layer(replace(before.layer("c"), name="new"))
    assert after.layer("c").name == "new"
    assert after.layer("d") is before.layer("d")
    assert after.layer("photo") is before.layer("photo")
    assert not is_same(before, after)
    assert is_same(before, after.with_layer(before.layer("c")))


def changes() -> st.SearchStrategy:
    ids = st.sampled_from(["photo", "a", "group", "c", "d", "b"])
    values = st.sampled_from(
        [
            {"visible": False},
            {"opacity": 0.5},
            {"clipping": True},
            {"clipping": False},
            {"blend": "multiply"},
            {"name": "other"},
            {"mask": mask(SIZE, 7)},
            {"mask": Raster.empty(SIZE, 1).write(Box(0, 0, 40, 40), noise(Size(40, 40), 1))},
        ]
    )
    return st.one_of(
        st.builds(lambda id_, fields: an_edit(change_layer, id_, **fields), ids, values),
        st.builds(partial(an_edit, remove_layer), ids),
        st.builds(
            partial(an_edit, move_layer), ids, st.integers(0, 3), st.sampled_from([None, "group"])
        ),
    )


@settings(max_examples=60)
@given(st.lists(changes(), min_size=1, max_size=3))
def test_outside_of_the_dirty_boxes_nothing_looks_different(edits):
    before = after = sample()
    for edit in edits:
        try:
            after = edit(after)
        except (KeyError, ValueError):
            continue
    differs = (composite(before, SIZE.box) != composite(after, SIZE.box)).any(axis=-1)
    boxes = changed_boxes(before, after)
    for box in boxes:
        differs[box.slices] = False
    assert not differs.any()
    assert all(a.clamp(b).empty for n, a in enumerate(boxes) for b in boxes[:n])


def test_what_changes_in_many_tiles_is_told_in_few_boxes():
    size = Size(700, 600)
    wide = Layer("wide", Raster.empty(size, 4).write(size.box, noise(size, seed=2)))
    before = Document(size, layers=(wide,))
    assert changed_boxes(Document(size), before) == [size.box]
    assert changed_boxes(before, Document(size)) == [size.box]
    ring = wide.raster.write(Box(0, 0, 700, 600), noise(size, seed=1))
    middle = Box(256, 128, 128, 128)
    hole = ring.replace_tiles({(1, 2): wide.raster.tile((1, 2))})
    boxes = changed_boxes(before, before.with_layer(replace(wide, raster=hole)))
    assert len(boxes) == 4
    assert sum(box.area for box in boxes) == size.area - middle.area
    assert all(box.clamp(middle).empty for box in boxes)


def test_a_small_change_is_dirty_in_its_tiles_alone():
    before = sample()
    changed = replace(
        before.layer("c"),
        raster=before.layer("c").raster.write(Box(12, 12, 1, 1), noise(Size(1, 1), seed=4)),
    )
    assert changed_boxes(before, before.with_layer(changed)) == [Box(0, 0, 128, 128)]
    assert changed_boxes(before, replace(before, selection=Raster.full(SIZE, 255))) == []
    assert changed_boxes(before, Document(Size(10, 400))) == [Box(0, 0, 300, 400)]
    named = before.with_layer(replace(before.layer("a"), name="other", locked=True))
    assert changed_boxes(before, named) == []
