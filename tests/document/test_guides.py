"""Guides go along when the canvas is cropped, turned, mirrored or scaled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glide_studio.document.canvas_edits import crop, flip, rotate, scale
from glide_studio.document.document import Document
from glide_studio.document.guides import MAX_GUIDES, Guides
from glide_studio.document.transform_edits import straighten
from glide_studio.imaging.geometry import Box, Point, Size
from tests.document.pictures import photo, pixels_of

SIZE = Size(300, 200)


def sample(guides: Guides) -> Document:
    return Document(SIZE, layers=(photo(SIZE),), guides=guides)


def marked(x: int, y: int) -> Document:
    """One pixel of the mask, with guides at its upper left and its lower right corner."""
    document = sample(Guides((y, y + 1), (x, x + 1)))
    spot = document.selection.write(Box(x, y, 1, 1), np.full((1, 1, 1), 255, np.uint8))
    return replace(document, selection=spot)


@pytest.mark.parametrize(
    "edit",
    [
        lambda one: crop(one, Box(20, 30, 100, 60)),
        lambda one: crop(one, Box(-50, -10, 500, 400)),
        lambda one: rotate(one, 1),
        lambda one: rotate(one, 2),
        lambda one: rotate(one, 3),
        lambda one: flip(one, "horizontal"),
        lambda one: flip(one, "vertical"),
        lambda one: straighten(one, Point(70, 60), Size(100, 60), 0.0),
    ],
)
def test_guides_stay_at_the_pixels_they_were_placed_at(edit) -> None:
    after = edit(marked(70, 50))
    rows, columns = np.nonzero(pixels_of(after.selection)[..., 0])
    assert sorted(after.guides.horizontal) == [rows[0], rows[0] + 1]
    assert sorted(after.guides.vertical) == [columns[0], columns[0] + 1]


def test_guides_outside_of_a_crop_are_dropped_and_scaled_ones_keep_their_share() -> None:
    document = sample(Guides((10.0, 150.0), (290.0,)))
    assert crop(document, Box(0, 100, 200, 100)).guides == Guides((50.0,), ())
    assert scale(document, Size(600, 100)).guides == Guides((5.0, 75.0), (580.0,))
    turned = straighten(document, Point(150, 100), Size(50, 50), 7.0)
    assert not turned.guides


def test_a_guide_is_there_once_and_they_are_limited() -> None:
    guides = Guides().add("vertical", 5.0).add("vertical", 5.0).add("horizontal", 5.0)
    assert guides == Guides((5.0,), (5.0,))
    assert guides.remove("vertical", 5.0) == Guides((5.0,), ())
    with pytest.raises(ValueError, match="at most"):
        Guides(tuple(map(float, range(MAX_GUIDES + 1))))
