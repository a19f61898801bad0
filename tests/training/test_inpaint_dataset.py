"""What samples are made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from glide_studio.training import hole_masks
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.image_folder import entries
from glide_studio.training.inpaint_dataset import InpaintDataset, UpsampleDataset


@pytest.fixture
def captions(tmp_path: Path) -> CaptionWriter:
    chinese, nouns = tmp_path / "zh.json", tmp_path / "nouns.json"
    chinese.write_text(json.dumps({"dog": "狗"}), "utf-8")
    nouns.write_text(json.dumps({"animal": ["dog"], "cup": ["cup"], "ghost": ["ghost"]}), "utf-8")
    return CaptionWriter(nouns, chinese)


def test_only_the_training_split_is_read(folder: Path, captions: CaptionWriter) -> None:
    data = InpaintDataset(folder, captions, 64)
    assert {entry.label for entry in data.objects} == {"dog", "cup"}
    assert data.scenes.texts == ["a Scene 0", "a Scene 1"]


def test_a_sample_depends_on_its_position_alone(folder: Path, captions: CaptionWriter) -> None:
    one, two = InpaintDataset(folder, captions, 64), InpaintDataset(folder, captions, 64)
    for position in (0, 5, 17):
        one.sample(position + 1, 0.1)  # what was drawn before does not matter
        a, b = one.sample(position, 0.1), two.sample(position, 0.1)
        assert a.text == b.text
        np.testing.assert_array_equal(a.picture, b.picture)
        np.testing.assert_array_equal(a.mask, b.mask)


@pytest.mark.parametrize(("made", "side"), [(InpaintDataset, 64), (UpsampleDataset, 128)])
def test_samples_are_in_range_and_mask_something(
    folder: Path, captions: CaptionWriter, made: type[InpaintDataset], side: int
) -> None:
    data = made(folder, captions, side)
    texts = data.texts() | {""}
    for position in range(60):
        sample = data.sample(position, 0.2)
        assert sample.picture.shape == (side, side, 3)
        assert sample.picture.dtype == np.float32
        assert -1 <= sample.picture.min() <= sample.picture.max() <= 1
        assert sample.mask.shape == (side, side)
        assert set(np.unique(sample.mask)) <= {0.0, 1.0}
        assert sample.mask.any()
        assert sample.text in texts


def test_backgrounds_have_no_caption_and_objects_mostly_do(
    folder: Path, captions: CaptionWriter
) -> None:
    data = InpaintDataset(folder, captions, 64)
    empty = [data.sample(position, 0.0).text == "" for position in range(400)]
    assert 0.10 < np.mean(empty) < 0.20


def objects(data: InpaintDataset) -> list[str]:
    """The labels of what 300 samples draw."""
    generators = (np.random.default_rng(seed) for seed in range(300))
    return [data.objects[data.choose(rng)[0]].label for rng in generators]


def test_a_noun_is_mostly_shown_as_a_rendering(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "nouns.json").write_text(json.dumps({"animal": ["dog cup"]}), "utf-8")
    captions = CaptionWriter(tmp_path / "nouns.json")
    data = InpaintDataset(folder, captions, 64)
    data.nouns, data.chances = [("dog cup", [0, 1])], np.array([1.0])
    assert {entry.kind for entry in data.objects} == {"3d-render", "drawing"}
    share = np.mean([label == "dog" for label in objects(data)])
    assert 0.82 < share < 0.97  # 0.8 and half of the rest
    data.nouns = [("cup", [1])]  # there is no rendering of it
    assert np.mean([label == "cup" for label in objects(data)]) > 0.9


def test_things_are_shown_from_both_sides(folder: Path, captions: CaptionWriter) -> None:
    data = InpaintDataset(folder, captions, 64)
    for cutout in data.cutouts:  # red on the left, blue on the right
        cutout[..., :3], cutout[..., 3] = 0, 255
        cutout[:, : cutout.shape[1] // 2, 0] = cutout[:, cutout.shape[1] // 2 :, 2] = 255
    found = set()
    for seed in range(20):
        sample = data.object(np.random.default_rng(seed), everything=False)
        red = (sample.picture[..., 0] - sample.picture[..., 2]) * sample.mask
        found.add(bool(np.argmax(red.sum(0)) < np.argmin(red.sum(0))))
    assert found == {True, False}


def test_every_caption_that_may_be_chosen_is_known_beforehand(captions: CaptionWriter) -> None:
    rng = np.random.default_rng(0)
    known = captions.all("A Brown Dog", "dog", "3d-render")
    chosen = {captions.choose("A Brown Dog", "dog", "3d-render", rng) for _ in range(300)}
    assert chosen == known
    assert {"狗", "a 3d render of a dog"} <= chosen


def test_an_ellipse_covers_the_box_it_is_made_for() -> None:
    mask = hole_masks.ellipse(64, 16, 20, 48, 44)
    assert mask[20:44, 32].all()
    assert mask[32, 16:48].all()
    assert not mask[0].any()


def test_painted_masks_leave_something_and_take_something() -> None:
    for seed in range(40):
        mask = hole_masks.random_mask(64, np.random.default_rng(seed))
        assert 0.04 < mask.mean() < 0.7


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "a.png", "text": "a"}\n{"x": 1}\n')
    with pytest.raises(ValueError, match="line 2"):
        list(entries(tmp_path))
