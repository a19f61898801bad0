"""A patch in the document: how far it is a thing of its own."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.api.events import Patch
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.editor.fitting import fit_patch, object_weight
from glide_studio.editor.workers import WorkCancelled
from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.geometry import Box, Size


@pytest.mark.parametrize(
    ("prompt", "side", "thing"),
    [("", 100, 0), (" ", 100, 0), ("a peach", 100, 1), ("a peach", 256, 1), ("a peach", 512, 0.5)],
)
def test_words_ask_for_a_thing_as_far_as_it_was_drawn(prompt: str, side: int, thing: float) -> None:
    assert object_weight(prompt, Size(side, side // 2)) == pytest.approx(thing)


def test_much_enlarged_a_thing_has_no_texture_of_its_own() -> None:
    assert object_weight("a peach", Size(700, 1024)) == 0
    assert object_weight("a peach", Size(4000, 3000)) == 0


def test_a_thing_and_a_continuation_are_fitted_differently() -> None:
    """The prompt reaches the finish: a patch in a color that is rare around borrows less as a thing."""
    rng = np.random.default_rng(0)
    white = rng.standard_normal((120, 120, 3)).astype(np.float32)
    photo = np.clip(0.5 + gaussian_blur(white, 1.0) * 0.3, 0, 1)
    photo[2:16, 30:90, 0] += 0.2
    pixels = np.full((120, 120, 4), 255, np.uint8)
    pixels[..., :3] = (np.clip(photo, 0, 1) * 255).round()
    layer = Layer(
        "photo",
        Raster.empty(Size(120, 120), 4, np.dtype(np.uint8)).write(Box(0, 0, 120, 120), pixels),
    )
    document = Document(Size(120, 120), 8, (layer,), layer.id)
    painted = np.zeros((120, 120), np.uint8)
    painted[40:80, 40:80] = 255
    patch = np.full((120, 120, 3), 0.5, np.float32)
    patch[..., 0] = 0.7
    around = painted[..., None] == 0
    patch = np.where(around, pixels[..., :3] / np.float32(255), patch).astype(np.float32)
    box = Box(0, 0, 120, 120)

    def rough(prompt: str) -> float:
        fitted = fit_patch(document, box, Patch(0, patch), painted, 3, prompt).raster.read(box)[
            45:75, 45:75, :3
        ]
        return float(np.diff(fitted.astype(np.float32), axis=0).std())

    assert rough("a peach") < 0.8 * rough("")


def test_what_is_painted_fully_is_covered_fully() -> None:
    pixels = np.full((80, 80, 4), 255, np.uint8)
    pixels[..., :3] = 120
    layer = Layer("photo", Raster.from_array(pixels))
    document = Document(Size(80, 80), 8, (layer,), layer.id)
    painted = np.zeros((80, 80), np.uint8)
    painted[20:60, 20:60] = 255
    box = Box(0, 0, 80, 80)
    patch = Patch(0, np.full((80, 80, 3), 0.5, np.float32))
    fitted = fit_patch(document, box, patch, painted, 3, "")
    alpha = fitted.raster.read(box)[..., 3]
    assert (alpha[30:50, 30:50] == 255).all()
    assert not alpha[painted == 0].any()
    assert not fitted.may_shade


@pytest.mark.parametrize("channels", [3, 4])
def test_each_part_of_a_fit_is_told_before_it_begins(channels: int) -> None:
    pixels = np.full((80, 80, 4), 255, np.uint8)
    raster = Raster.empty(Size(80, 80), 4, np.dtype(np.uint8)).write(Box(0, 0, 80, 80), pixels)
    layer = Layer("photo", raster)
    document = Document(Size(80, 80), 8, (layer,), layer.id)
    painted = np.zeros((80, 80), np.uint8)
    painted[20:60, 20:60] = 255
    patch = Patch(0, np.full((80, 80, channels), 0.5, np.float32))
    told: list[tuple[str, float]] = []
    fit_patch(document, Box(0, 0, 80, 80), patch, painted, 3, "", lambda *part: told.append(part))
    stages, shares = zip(*told, strict=True)
    assert stages[0] == "Reading the photo"
    assert shares[0] == 0
    assert list(shares) == sorted(shares)
    assert ("Placing the object" in stages) == (channels == 4)
    assert ("Matching colors" in stages) == (channels == 3)
    with pytest.raises(WorkCancelled):
        fit_patch(document, Box(0, 0, 80, 80), patch, painted, 3, "", cancelled)


def cancelled(stage: str, done: float) -> None:
    if done > 0:
        raise WorkCancelled


def test_placing_an_object_is_reported_part_by_part() -> None:
    side = 120
    whole = Raster.from_array(np.full((side, side, 4), 255, np.uint8))
    layer = Layer("photo", whole)
    empty = Raster.empty(Size(side, side), 1)
    document = Document(Size(side, side), 8, (layer,), layer.id, empty)
    cutout = np.full((side, side, 4), 0.5, np.float32)
    cutout[..., 3] = 0
    cutout[40:80, 40:80, 3] = 1
    painted = np.zeros((side, side), np.uint8)
    painted[20:100, 20:100] = 255
    told: list[tuple[str, float]] = []
    box = Box(0, 0, side, side)

    def report(stage: str, done: float) -> None:
        told.append((stage, done))

    fit_patch(document, box, Patch(0, cutout), painted, 1, "a ball", report)
    shares = [done for _, done in told]
    assert shares == sorted(set(shares)), "the bar moves on at each part, and never back"
    assert len(told) >= 7
    assert max(np.diff([*shares, 1.0])) < 0.35, "no part is most of the bar"
