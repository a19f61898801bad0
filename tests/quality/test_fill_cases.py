"""Cases are functions of noun and seed; outside of its mask a case shows the bare scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.errors import GlideError
from tests.quality.fill_cases import Objects, Scenes, case, hole


@pytest.fixture(scope="module")
def places(data: Path) -> Scenes:
    return Scenes(data, "validation")


@pytest.fixture(scope="module")
def objects(data: Path) -> Objects:
    return Objects(data, {"apple": ["Red Apple", "green apple"], "yeti": ["yeti"]}, "train")


def test_a_noun_without_pictures_is_not_among_the_objects(objects: Objects) -> None:
    assert set(objects.paths) == {"apple"}
    assert len(objects.paths["apple"]) == 2


def test_only_the_split_is_used(data: Path) -> None:
    assert [len(Scenes(data, split)) for split in ("train", "validation", "test")] == [2, 2, 1]
    with pytest.raises(GlideError, match="no scenes of the split 'other'"):
        Scenes(data, "other")


def test_a_case_is_fixed_by_noun_and_seed(places: Scenes, objects: Objects) -> None:
    one, again, other = (case("apple", seed, places, objects, 64) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.real, again.real)
    np.testing.assert_array_equal(one.mask, again.mask)
    assert not np.array_equal(one.real, other.real)


def test_both_cutouts_and_both_scenes_occur(places: Scenes, objects: Objects) -> None:
    seen = {case("apple", seed, places, objects, 16).real.tobytes() for seed in range(20)}
    assert len(seen) == 20


class Invisible(Objects):
    """The same cut-outs, transparent all over."""

    def cutout(self, noun: str, number: int) -> np.ndarray:
        rgba = super().cutout(noun, number)
        rgba[..., 3] = 0
        return rgba


@settings(max_examples=30)
@given(seed=st.integers(0, 2**40), side=st.sampled_from([32, 64]))
def test_the_object_lies_inside_the_mask_and_the_scene_outside(
    places: Scenes, data: Path, seed: int, side: int
) -> None:
    labels = {"apple": ["red apple", "green apple"]}
    found = case("apple", seed, places, Objects(data, labels, "train"), side)
    bare = case("apple", seed, places, Invisible(data, labels, "train"), side)
    assert found.real.shape == (side, side, 3)
    assert found.real.dtype == np.float32
    assert 0 <= found.real.min() <= found.real.max() <= 1
    assert set(np.unique(found.mask)) == {0.0, 1.0}
    np.testing.assert_array_equal(found.mask, bare.mask)
    known = found.mask == 0
    np.testing.assert_array_equal(found.real[known], bare.real[known])
    assert np.abs(found.real - bare.real).max() > 0.05


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), share=st.floats(0.1, 0.4))
def test_a_hole_covers_about_its_share(seed: int, share: float) -> None:
    mask = hole(128, share, np.random.default_rng(seed))
    assert set(np.unique(mask)) <= {0.0, 1.0}
    assert share - 0.03 < mask.mean() < share + 0.06
