"""Edits of layers: each one pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from glide_studio.document.document import Document
from glide_studio.document.edits import (
    AddLayer,
    DuplicateLayer,
    GroupLayers,
    MoveLayer,
    PaintMask,
    PaintPixels,
    RemoveLayer,
    SetActive,
    SetLayer,
    UngroupLayers,
)
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Size
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
        (AddLayer(layer(SIZE, "n")), "photo g[c d] b n", "n"),
        (AddLayer(layer(SIZE, "n"), above="photo"), "photo n g[c d] b", "n"),
        (AddLayer(layer(SIZE, "n"), above="c"), "photo g[c n d] b", "n"),
        (AddLayer(layer(SIZE, "n"), parent="g"), "photo g[c d n] b", "n"),
        (RemoveLayer("b"), "photo g[c d]", "c"),
        (RemoveLayer("c"), "photo g[d] b", "d"),
        (RemoveLayer("g"), "photo b", "photo"),
        (MoveLayer("b", 0), "b photo g[c d]", "c"),
        (MoveLayer("b", 1, "g"), "photo g[c b d]", "c"),
        (MoveLayer("c", 9), "photo g[d] b c", "c"),
        (MoveLayer("d", 0, "g"), "photo g[d c] b", "c"),
        (SetActive("b"), "photo g[c d] b", "b"),
        (GroupLayers(("b", "photo"), new="n"), "g[c d] n[photo b]", "n"),
        (GroupLayers(("c",), new="n"), "photo g[n[c] d] b", "n"),
        (UngroupLayers("g"), "photo c d b", "c"),
        (DuplicateLayer("b", new="n"), "photo g[c d] b n", "n"),
        (DuplicateLayer("g", new="n"), "photo g[c d] n[n.0 n.1] b", "n"),
    ],
)
def test_where_layers_go(document, edit, expected, active):
    before = document
    after = edit.apply(document)
    assert (tree(after), after.active) == (expected, active)
    assert edit.apply(before) == after
    assert before == document


def test_the_last_layer_leaves_nothing_active():
    document = Document(SIZE, layers=(photo(SIZE),), active="photo")
    assert RemoveLayer("photo").apply(document).active is None


def test_ungrouping_the_active_group_chooses_its_top_layer(document):
    after = UngroupLayers("g").apply(replace(document, active="g"))
    assert after.active == "d"


@pytest.mark.parametrize(
    "edit",
    [
        AddLayer(photo(SIZE), above="nobody"),
        AddLayer(photo(SIZE), parent="nobody"),
        RemoveLayer("nobody"),
        MoveLayer("nobody", 0),
        MoveLayer("b", 0, "nobody"),
        SetLayer("nobody", {"name": "x"}),
        SetActive("nobody"),
        DuplicateLayer("nobody"),
        GroupLayers(("b", "nobody")),
        UngroupLayers("nobody"),
        PaintPixels("nobody", Raster.empty(SIZE, 4)),
    ],
)
def test_a_layer_that_is_not_there(document, edit):
    with pytest.raises(KeyError):
        edit.apply(document)


@pytest.mark.parametrize(
    "edit", [MoveLayer("g", 0, "g"), GroupLayers(("b", "c")), GroupLayers(()), UngroupLayers("b")]
)
def test_what_makes_no_tree_is_refused(document, edit):
    with pytest.raises(ValueError, match=r"\."):
        edit.apply(document)


def test_setting_fields(document):
    after = SetLayer("c", {"opacity": 0.5, "blend": "screen", "name": "sky"}).apply(document)
    changed = after.layer("c")
    assert (changed.opacity, changed.blend, changed.name) == (0.5, "screen", "sky")
    assert changed.raster is document.layer("c").raster
    with pytest.raises(ValueError, match="Opacity"):
        SetLayer("c", {"opacity": 2.0}).apply(document)


def test_painting(document):
    selection, pixels = mask(SIZE, 3), layer(SIZE, "x", seed=8).raster
    after = PaintPixels("c", pixels).apply(PaintMask(selection).apply(document))
    assert after.selection is selection
    assert after.layer("c").raster is pixels
    assert after.layer("d") is document.layer("d")


@pytest.mark.parametrize("clear", [False, True])
def test_accepting_a_result_may_clear_the_mask_in_the_same_state(document, clear):
    painted = PaintMask(Raster.full(SIZE, 255)).apply(document)
    after = AddLayer(layer(SIZE, "fill"), clear_selection=clear).apply(painted)
    assert after.selection.read(SIZE.box).any() == (not clear)


def test_a_duplicate_shares_its_pixels(document):
    after = DuplicateLayer("b", new="n").apply(document)
    assert after.layer("n").raster is document.layer("b").raster
    assert after.layer("n").name == "b copy"
