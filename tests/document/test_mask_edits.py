"""Edits of the painted mask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glide_studio.document import selection, shapes
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.mask_edits import (
    clear_mask,
    delete_mask,
    invert_mask,
    load_mask,
    save_mask,
    select,
    select_all,
    select_layer_alpha,
)
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Point, Size
from tests.document.pictures import layer, mask, photo, pixels_of

SIZE = Size(200, 150)
TRIANGLE = (Point(10, 10), Point(190, 20), Point(60, 140))
DRAWN = shapes.polygon_mask(SIZE, TRIANGLE)


@pytest.fixture
def document() -> Document:
    return Document(
        SIZE,
        layers=(photo(SIZE), layer(SIZE, "b", seed=3), Layer("g", id="g")),
        selection=mask(SIZE, 4),
    )


def check(before: Document, after: Document, expected: Raster) -> None:
    assert np.array_equal(pixels_of(after.selection), pixels_of(expected))
    assert after == replace(before, selection=after.selection)


@pytest.mark.parametrize("mode", ["replace", "union", "subtract", "intersect"])
def test_a_mask_is_combined_in_four_modes(document, mode):
    old = document.selection
    check(document, select(document, DRAWN, mode), selection.combine(old, DRAWN, mode))


def test_a_mask_that_comes_out_as_it_was_changes_nothing(document):
    assert select(document, document.selection) is document
    assert select(document, Raster.empty(SIZE, 1), "union") is document


def test_where_a_layer_has_pixels(document):
    alpha = selection.from_alpha(document.layer("b").raster)
    check(document, select_layer_alpha(document, "b"), alpha)
    check(
        document,
        select_layer_alpha(document, "b", "intersect"),
        selection.combine(document.selection, alpha, "intersect"),
    )
    with pytest.raises(ValueError, match="no pixels of its own"):
        select_layer_alpha(document, "g")
    with pytest.raises(KeyError):
        select_layer_alpha(document, "nobody")


def test_all_none_and_inverse(document):
    check(document, select_all(document), Raster.full(SIZE, 255))
    check(document, clear_mask(document), Raster.empty(SIZE, 1))
    check(document, invert_mask(document), selection.invert(document.selection))
    everything = select_all(document)
    assert select_all(everything) is everything


def test_masks_are_saved_and_loaded(document):
    saved = save_mask(document, "a")
    changed = save_mask(clear_mask(saved), "b")
    assert [one.name for one in changed.saved_masks] == ["a", "b"]
    back = load_mask(changed, "a")
    assert back.selection is document.selection
    assert np.array_equal(
        pixels_of(load_mask(back, "a", "subtract").selection),
        pixels_of(selection.combine(document.selection, document.selection, "subtract")),
    )
    again = save_mask(changed, "a")
    assert [one.name for one in again.saved_masks] == ["b", "a"]
    assert [one.name for one in delete_mask(again, "b").saved_masks] == ["a"]
    with pytest.raises(KeyError):
        load_mask(again, "c")
    with pytest.raises(KeyError):
        delete_mask(again, "c")
