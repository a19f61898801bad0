"""Samples for networks that say what a noised picture shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glide_studio.training.guide_dataset import BACKGROUND, GuideDataset


def test_a_sample_is_an_object_alone_or_in_a_photograph_or_a_photograph(
    object_folder: Path,
) -> None:
    data = GuideDataset(object_folder, 64)
    samples = [data.sample(position, 0.0) for position in range(300)]
    empty = [sample for sample in samples if not sample.noun]
    objects = [sample for sample in samples if sample.noun]
    alone = [sample for sample in objects if (sample.picture[..., 3] < -0.99).any()]
    in_scene = [sample for sample in objects if not (sample.picture[..., 3] < -0.99).any()]
    assert all((sample.picture[..., 3] == 1).all() for sample in [*in_scene, *empty])
    assert all(bool(sample.text) == bool(sample.noun) for sample in samples)
    assert abs(len(empty) / len(samples) - BACKGROUND) < 0.06
    assert abs(len(alone) - len(in_scene)) < 60
    for sample in samples:
        assert sample.picture.shape == (64, 64, 4)
        assert np.abs(sample.picture).max() <= 1
        assert (sample.picture[..., :3] <= sample.picture[..., 3:] + 1e-6).all()


def test_only_the_training_split_of_objects_with_many_views_is_read(object_folder: Path) -> None:
    data = GuideDataset(object_folder, 64)
    assert data.labels == ("apple", "cake")
    names = {entry.path.name for entry in data.entries_used()}
    assert {"apple.png", "cake.png"} <= names
    assert "judge.png" not in names


def test_captions_describe_the_pictures_that_they_fit(object_folder: Path) -> None:
    data = GuideDataset(object_folder, 64, by_name=True)
    fits = data.names_of_captions()
    assert fits["a red apple"] == fits["a photo of an apple"] == {"photo: red apple"}
    assert fits["a 3d render of a cake"] == {"render: cake"}
    for position in range(50):
        sample = data.sample(position, 0.0)
        assert not sample.noun or sample.noun in fits[sample.text]
