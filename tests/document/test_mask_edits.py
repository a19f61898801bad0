"""Edits of the painted mask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glide_studio.document import morphology, selection, shapes, similar
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.mask_edits import (
    ClearMask,
    CombineMask,
    DeleteMask,
    InvertMask,
    LoadMask,
    MagicWand,
    SaveMask,
    SelectAll,
    SelectAlpha,
    SelectColor,
    SelectPolygon,
    ShapeMask,
)
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Point, Size
from tests.document.pictures import layer, mask, photo, pixels_of

SIZE = Size(200, 150)
TRIANGLE = (Point(10, 10), Point(190, 20), Point(60, 140))
DRAWN = shapes.polygon(SIZE, TRIANGLE)


@pytest.fixture
def document() -> Document:
    return Document(
        SIZE,
        layers=(photo(SIZE), layer(SIZE, "b", seed=3), Layer("g", id="g")),
        selection=mask(SIZE, 4),
    )


def check(document: Document, edit, expected: Raster) -> None:
    after = edit.apply(document)
    assert np.array_equal(pixels_of(after.selection), pixels_of(expected))
    assert after == replace(document, selection=after.selection)
    assert edit.label


def test_every_tool_goes_through_the_four_modes(document):
    old = document.selection
    for mode in ("replace", "union", "subtract", "intersect"):
        check(document, SelectPolygon(TRIANGLE, mode), selection.combine(old, DRAWN, mode))
        check(document, CombineMask(DRAWN, mode), selection.combine(old, DRAWN, mode))


def test_finding_by_color_and_by_alpha(document):
    check(
        document,
        MagicWand(5, 6, 0.3, False, "photo", "replace"),
        similar.wand(document, 5, 6, tolerance=0.3, contiguous=False, layer="photo"),
    )
    check(
        document,
        SelectColor((0.5, 0.5, 0.5), 0.2, 0.1, "photo", "replace"),
        similar.color_range(document, (0.5, 0.5, 0.5), tolerance=0.2, softness=0.1, layer="photo"),
    )
    check(document, SelectAlpha("b"), selection.alpha(document.layer("b").raster))
    with pytest.raises(ValueError, match="no pixels of its own"):
        SelectAlpha("g").apply(document)
    with pytest.raises(KeyError):
        SelectAlpha("nobody").apply(document)


def test_all_none_and_inverse(document):
    check(document, SelectAll(), Raster.full(SIZE, 255))
    check(document, ClearMask(), Raster.empty(SIZE, 1))
    check(document, InvertMask(), selection.invert(document.selection))
    everything = SelectAll().apply(document)
    assert SelectAll().apply(everything) is everything


@pytest.mark.parametrize(
    ("operation", "pixels", "function"),
    [
        ("grow", 5, morphology.grow),
        ("shrink", 5, morphology.shrink),
        ("feather", 5, morphology.feather),
        ("smooth", 5, morphology.smooth),
        ("fill holes", 0, lambda raster, _: morphology.fill_holes(raster)),
    ],
)
def test_shaping(document, operation, pixels, function):
    drawn = replace(document, selection=DRAWN)
    check(drawn, ShapeMask(operation, pixels), function(DRAWN, pixels))


def test_masks_are_put_aside_and_taken_back(document):
    saved = SaveMask("a").apply(document)
    changed = SaveMask("b").apply(ClearMask().apply(saved))
    assert [one.name for one in changed.saved_masks] == ["a", "b"]
    back = LoadMask("a").apply(changed)
    assert back.selection is document.selection
    assert np.array_equal(
        pixels_of(LoadMask("a", "subtract").apply(back).selection),
        pixels_of(selection.combine(document.selection, document.selection, "subtract")),
    )
    again = SaveMask("a").apply(changed)
    assert [one.name for one in again.saved_masks] == ["b", "a"]
    assert [one.name for one in DeleteMask("b").apply(again).saved_masks] == ["a"]
    with pytest.raises(KeyError):
        LoadMask("c").apply(again)
    with pytest.raises(KeyError):
        DeleteMask("c").apply(again)
