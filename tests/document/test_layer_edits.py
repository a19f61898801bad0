"""Edits of layers: each one pure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import BLEND_MODES, Layer
from glide_studio.document.layer_edits import (
    activate_layer,
    add_layer,
    change_layer,
    duplicate_layer,
    group_layers,
    merge_layers,
    move_layer,
    remove_layer,
    ungroup_layers,
)
from glide_studio.document.raster import Raster
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from tests.document.edits import an_edit, paint_mask, paint_pixels
from tests.document.pictures import layer, mask, photo

SIZE = Size(20, 10)


def tree(document: Document, layers: tuple[Layer, ...] | None = None) -> str:
    """The layers from bottom to top, groups in brackets."""
    layers = document.layers if layers is None else layers
    return " ".join(
        f"{one.id}[{tree(document, one.children)}]" if one.is_group else one.id for one in layers
    )


@pytest.fixture
def document() -> Document:
    group = Layer("g", id="g", children=(layer(SIZE, "c"), layer(SIZE, "d")))
    return Document(SIZE, layers=(photo(SIZE), group, layer(SIZE, "b")), active="c")


@pytest.mark.parametrize(
    ("edit", "expected", "active"),
    [
        (an_edit(add_layer, layer(SIZE, "n")), "photo g[c d] b n", "n"),
        (an_edit(add_layer, layer(SIZE, "n"), above="photo"), "photo n g[c d] b", "n"),
        (an_edit(add_layer, layer(SIZE, "n"), above="c"), "photo g[c n d] b", "n"),
        (an_edit(add_layer, layer(SIZE, "n"), parent="g"), "photo g[c d n] b", "n"),
        (an_edit(remove_layer, "b"), "photo g[c d]", "c"),
        (an_edit(remove_layer, "c"), "photo g[d] b", "d"),
        (an_edit(remove_layer, "g"), "photo b", "photo"),
        (an_edit(move_layer, "b", 0), "b photo g[c d]", "c"),
        (an_edit(move_layer, "b", 1, "g"), "photo g[c b d]", "c"),
        (an_edit(move_layer, "c", 9), "photo g[d] b c", "c"),
        (an_edit(move_layer, "d", 0, "g"), "photo g[d c] b", "c"),
        (an_edit(activate_layer, "b"), "photo g[c d] b", "b"),
        (an_edit(group_layers, ("b", "photo"), group_id="n"), "g[c d] n[photo b]", "n"),
        (an_edit(group_layers, ("c",), group_id="n"), "photo g[n[c] d] b", "n"),
        (an_edit(ungroup_layers, "g"), "photo c d b", "c"),
        (an_edit(duplicate_layer, "b", copy_id="n"), "photo g[c d] b n", "n"),
        (an_edit(duplicate_layer, "g", copy_id="n"), "photo g[c d] n[n.0 n.1] b", "n"),
    ],
)
def test_where_layers_go(document, edit, expected, active):
    before = document
    after = edit(document)
    assert (tree(after), after.active) == (expected, active)
    assert edit(before) == after
    assert before == document


def test_the_last_layer_leaves_nothing_active():
    document = Document(SIZE, layers=(photo(SIZE),), active="photo")
    assert remove_layer(document, "photo").active is None


def test_the_layer_below_a_removed_one_becomes_active(document):
    assert remove_layer(replace(document, active="b"), "b").active == "g"
    assert remove_layer(replace(document, active="d"), "d").active == "c"


def test_ungrouping_the_active_group_chooses_its_top_layer(document):
    after = ungroup_layers(replace(document, active="g"), "g")
    assert after.active == "d"


@pytest.mark.parametrize(
    "edit",
    [
        an_edit(add_layer, photo(SIZE), above="nobody"),
        an_edit(add_layer, photo(SIZE), parent="nobody"),
        an_edit(remove_layer, "nobody"),
        an_edit(move_layer, "nobody", 0),
        an_edit(move_layer, "b", 0, "nobody"),
        an_edit(change_layer, "nobody", name="x"),
        an_edit(activate_layer, "nobody"),
        an_edit(duplicate_layer, "nobody"),
        an_edit(group_layers, ("b", "nobody")),
        an_edit(ungroup_layers, "nobody"),
        an_edit(paint_pixels, "nobody", Raster.empty(SIZE, 4)),
    ],
)
def test_a_layer_that_is_not_there(document, edit):
    with pytest.raises(KeyError):
        edit(document)


@pytest.mark.parametrize(
    "edit",
    [
        an_edit(move_layer, "g", 0, "g"),
        an_edit(ungroup_layers, "b"),
    ],
)
def test_what_makes_no_tree_is_refused(document, edit):
    with pytest.raises(ValueError, match=r"\."):
        edit(document)


@pytest.mark.parametrize("edit", [group_layers, merge_layers])
def test_layers_of_different_groups_do_not_go_together(document, edit):
    for ids in (("b", "c"), ()):
        with pytest.raises(GlideError, match="different groups"):
            edit(document, ids)


def test_setting_fields(document):
    after = change_layer(document, "c", opacity=0.5, blend="screen", name="sky")
    changed = after.layer("c")
    assert (changed.opacity, changed.blend, changed.name) == (0.5, "screen", "sky")
    assert changed.raster is document.layer("c").raster
    with pytest.raises(ValueError, match="Opacity"):
        change_layer(document, "c", opacity=2.0)


def test_painting(document):
    selection, pixels = mask(SIZE, 3), layer(SIZE, "x", seed=8).raster
    after = paint_pixels(paint_mask(document, selection), "c", pixels)
    assert after.selection is selection
    assert after.layer("c").raster is pixels
    assert after.layer("d") is document.layer("d")


def test_a_duplicate_shares_its_pixels(document):
    after = duplicate_layer(document, "b", copy_id="n")
    assert after.layer("n").raster is document.layer("b").raster
    assert after.layer("n").name == "b copy"


def looks_the_same(before: Document, after: Document, tolerance: int = 0) -> bool:
    seen = [composite(one, SIZE.box).astype(int) for one in (before, after)]
    return bool(np.abs(seen[0] - seen[1]).max() <= tolerance)


@pytest.mark.parametrize("blend", [mode for mode in BLEND_MODES if mode != "pass-through"])
@pytest.mark.parametrize("opacity", [1.0, 0.6])
def test_grouping_a_layer_with_a_blend_mode_does_not_change_the_picture(blend, opacity):
    upper = layer(SIZE, "b", seed=5, blend=blend, opacity=opacity, mask=mask(SIZE, 2))
    document = Document(SIZE, layers=(photo(SIZE), upper, layer(SIZE, "c", seed=6, opacity=0.5)))
    grouped = group_layers(document, ("b",), group_id="g")
    assert grouped.layer("g").blend == "pass-through"
    assert looks_the_same(document, grouped)
    assert looks_the_same(document, group_layers(document, ("b", "c")))
    assert looks_the_same(document, group_layers(document, ("photo", "b", "c")))


@pytest.mark.parametrize("blend", ["normal", "multiply", "difference"])
def test_grouping_a_layer_that_clips_or_is_clipped_to_does_not_change_the_picture(blend):
    base = layer(SIZE, "base", seed=5, blend=blend, opacity=0.7)
    clipped = layer(SIZE, "clipped", seed=6, blend=blend, clipping=True)
    document = Document(SIZE, layers=(photo(SIZE), base, clipped))
    for layer_id in ("base", "clipped"):
        grouped = group_layers(document, (layer_id,), group_id="g")
        assert looks_the_same(document, grouped, tolerance=1)
        ungrouped = ungroup_layers(grouped, "g")
        assert replace(ungrouped, active=None) == document
    assert looks_the_same(document, group_layers(document, ("base", "clipped")))
