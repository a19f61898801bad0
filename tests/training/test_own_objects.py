"""A user's own objects: cut-outs or photographs with a mask, among what the network knew before."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.glide.unet import UNet
from glide_studio.paths import resources_folder
from glide_studio.training.object_dataset import ObjectDataset
from glide_studio.training.own_objects import OwnObjectDataset, draw_replay
from glide_studio.training.trainer_factory import TrainOptions, build
from tests.training.conftest import OBJECT_TABLE, disk, patched_config


@pytest.fixture
def mugs(tmp_path: Path) -> Path:
    """A cut-out, and a photograph with its mask."""
    folder = tmp_path / "mugs"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), disk(100, (0, 200, 0)))
    photo = np.full((120, 160, 3), 90, np.uint8)
    cv2.circle(photo, (80, 60), 40, (0, 220, 0), -1)
    cv2.imwrite(str(folder / "b.jpg"), photo)
    mask = np.zeros((120, 160), np.uint8)
    cv2.circle(mask, (80, 60), 40, 255, -1)
    cv2.imwrite(str(folder / "b-mask.png"), mask)
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text("zebroid mug", "utf-8")
    return folder


def test_cut_outs_and_photographs_with_masks_become_objects(mugs: Path) -> None:
    data = OwnObjectDataset(mugs, 64)
    assert [found.entry.path.name for found in data.objects] == ["a.png", "b.jpg"]
    for position in range(30):
        sample = data.sample(position, 0.2)
        rgba = (sample.picture + 1) / 2
        assert rgba.shape == (64, 64, 4)
        solid = rgba[rgba[..., 3] > 0.99]
        assert solid[:, 1].mean() > 2 * solid[:, 0].mean()  # green, without the gray around it
        assert sample.text in {"", *data.texts()}
    assert {"zebroid mug", "a zebroid mug", "a photo of a zebroid mug"} <= data.texts()


def test_a_photograph_without_a_mask_says_how_to_make_one(mugs: Path) -> None:
    (mugs / "b-mask.png").unlink()
    with pytest.raises(GlideError, match=r"b\.jpg has no transparency.*glide-studio select b\.jpg"):
        build(TrainOptions("mini-objects", mugs))
    cv2.imwrite(str(mugs / "b-mask.png"), np.zeros((5, 5), np.uint8))
    with pytest.raises(GlideError, match="not of the size"):
        build(TrainOptions("mini-objects", mugs))
    with pytest.raises(GlideError, match="choose mini-objects"):
        build(TrainOptions("mini-objects-upsampler", mugs))


def test_half_of_the_samples_rehearse_older_pictures(mugs: Path, object_folder: Path) -> None:
    old = ObjectDataset(object_folder, OBJECT_TABLE, 64)
    data = OwnObjectDataset(mugs, 64, old=old)
    own = ["mug" in data.sample(position, 0.0).text for position in range(200)]
    assert 0.4 < np.mean(own) < 0.6
    assert {"a red apple", "a zebroid mug"} <= data.texts()


def test_without_older_pictures_the_network_draws_what_it_knows(mugs: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
    network = UNet(replace(patched_config(40), alpha=True))
    weights.save(network, tmp_path / "base.safetensors")
    nouns = ("apple", "cake", "cup", "dog")
    replay = draw_replay(tmp_path / "base.safetensors", nouns, tokenizer, 3)
    again = draw_replay(tmp_path / "base.safetensors", nouns, tokenizer, 3)
    assert len({found.noun for found in replay}) == 3
    for one, two in zip(replay, again, strict=True):
        np.testing.assert_array_equal(one.levels[0], two.levels[0])
        assert (one.levels[0][..., :3] <= one.levels[0][..., 3:]).all()
    data = OwnObjectDataset(mugs, 64, replay=replay)
    own = ["mug" in data.sample(position, 0.0).text for position in range(200)]
    assert 0.4 < np.mean(own) < 0.6
