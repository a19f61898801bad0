"""A user's own pictures: folders, captions, new words, and old samples among them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glide_studio.errors import GlideError
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.paths import resources_folder
from glide_studio.training import trainer_factory
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.duplicates import near_duplicates, report_duplicates
from glide_studio.training.image_folder import check_trainable, entries
from glide_studio.training.inpaint_dataset import InpaintDataset
from glide_studio.training.trainer_factory import TrainOptions, build, merge_vocabularies, token_ids
from glide_studio.training.training_config import DiffusionTrainingConfig
from glide_studio.training.user_dataset import UserDataset


@pytest.fixture
def mugs(tmp_path: Path) -> Path:
    """A photograph and a cut-out, with captions beside them."""
    folder = tmp_path / "mugs"
    folder.mkdir()
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (80, 100, 3), dtype=np.uint8)
    cutout = np.concatenate([photo, np.where(photo[..., :1] > 99, 255, 0)], -1).astype(np.uint8)
    cv2.imwrite(str(folder / "a.jpg"), photo)
    cv2.imwrite(str(folder / "b.png"), cutout)
    (folder / "a.txt").write_text("My green zebroid mug on a table\n", "utf-8")
    (folder / "b.txt").write_text("zebroid mug", "utf-8")
    return folder


def test_captions_stand_beside_the_pictures(mugs: Path) -> None:
    found = list(entries(mugs))
    assert [(entry.path.name, entry.text) for entry in found] == [
        ("a.jpg", "My green zebroid mug on a table"), ("b.png", "zebroid mug")
    ]  # fmt: skip
    assert {entry.split for entry in found} == {"train"}


def test_what_is_missing_is_named(mugs: Path, tmp_path: Path) -> None:
    (mugs / "b.txt").write_text(" \n")
    with pytest.raises(ValueError, match=r"b.txt is empty"):
        list(entries(mugs))
    (mugs / "b.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"b.png lacks its caption, the file b.txt"):
        list(entries(mugs))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(GlideError, match=r"neither a metadata\.jsonl nor pictures"):
        build(TrainOptions("glide-filtered", tmp_path / "nothing"))


def test_names_come_in_all_their_ways_and_sentences_as_they_are(mugs: Path) -> None:
    data = UserDataset(mugs, 64)
    texts = {data.sample(position, 0.0).text for position in range(60)}
    assert texts == data.texts()
    assert "my green zebroid mug on a table" in texts
    assert {"zebroid mug", "a zebroid mug", "a photo of a zebroid mug"} <= texts


def test_old_samples_are_rehearsed(folder: Path, mugs: Path) -> None:
    data = UserDataset(mugs, 64, old=InpaintDataset(folder, CaptionWriter(), 64))
    own = ["mug" in data.sample(position, 0.0).text for position in range(300)]
    assert 0.3 < np.mean(own) < 0.5
    assert {entry.path.name for entry in data.entries_used()} >= {"a.jpg", "dog.png", "scene-0.png"}


def test_only_some_labels_are_learnt_if_they_are_named(mugs: Path) -> None:
    assert [
        entry.path.name for entry in UserDataset(mugs, 64, only=["zebroid mug"]).entries_used()
    ] == ["b.png"]


def test_an_empty_split_is_said(folder: Path) -> None:
    with pytest.raises(ValueError, match="no pictures to learn from"):
        UserDataset(folder / "scenes", 64, split="heldout")


@pytest.mark.parametrize("split", ["test", "validation"])
def test_what_training_is_judged_by_is_refused(
    split: str, folder: Path, recipe: DiffusionTrainingConfig, tmp_path: Path
) -> None:
    row = {"file_name": "a.png", "text": "a", "split": split}
    (tmp_path / "metadata.jsonl").write_text(json.dumps(row))
    with pytest.raises(ValueError, match=f"belongs to the {split} split"):
        check_trainable(entries(tmp_path))
    if split == "test":
        with pytest.raises(GlideError, match=r"scene-2\.png belongs to the test split"):
            build(TrainOptions("glide-filtered", folder, split="test"))


def test_new_words_get_rows_and_old_ones_keep_theirs(
    folder: Path,
    mugs: Path,
    recipe: DiffusionTrainingConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")

    def sized(rows: int) -> DiffusionTrainingConfig:
        text = replace(recipe.config.text, rows=rows)
        return replace(recipe, config=replace(recipe.config, text=text))

    old_data = InpaintDataset(folder, CaptionWriter(), 64)
    ids = token_ids(tokenizer, old_data.texts(), [tokenizer.padding])
    first = DiffusionTrainer(sized(len(ids) + 1), old_data, tokenizer, ids)
    list(islice(first.steps(), 2))
    first.export(tmp_path / "base.safetensors")

    monkeypatch.setattr(trainer_factory, "recipe", lambda preset, rows: sized(rows))
    taught = build(TrainOptions("glide-filtered", mugs, init=tmp_path / "base.safetensors"))
    assert isinstance(taught, DiffusionTrainer)
    taught.load_weights(tmp_path / "base.safetensors")
    known = taught.network.text.token_ids.tolist()
    assert set(known) > set(ids.tolist())  # nothing of the old is dropped
    assert set(tokenizer.encode("zebroid mug")) <= set(known)
    table, before = (
        taught.network.text.token_embedding.weight,
        first.ema.text.token_embedding.weight,
    )
    rows = [known.index(token) for token in ids.tolist()]
    torch.testing.assert_close(table[rows], before[:-1], atol=2e-3, rtol=1e-3)
    list(islice(taught.steps(), 1))
    taught.save(tmp_path / "state.pt")
    order = TrainOptions("glide-filtered", mugs, init=None, state=tmp_path / "state.pt")
    assert (
        merge_vocabularies(order, ids).tolist() == known
    )  # resumed without the weights it began with


def test_near_duplicates_across_splits_are_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    smooth = [
        cv2.resize(rng.integers(0, 256, (6, 6, 3)).astype(np.uint8), (90, 70)) for _ in range(6)
    ]
    again = cv2.resize(smooth[2], (60, 50))  # another size, and saved with losses
    rows = []
    for place, picture in enumerate([*smooth, again]):
        name = f"{place}.jpg"
        cv2.imwrite(str(tmp_path / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 70])
        rows.append({"file_name": name, "text": "x", "split": "train" if place < 4 else "test"})
    (tmp_path / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    pairs = near_duplicates(list(entries(tmp_path)))
    assert [(one.path.name, two.path.name) for one, two, _ in pairs] == [("2.jpg", "6.jpg")]
    assert report_duplicates(tmp_path, tmp_path / "pairs.csv") == 1
    assert "2.jpg,6.jpg,test" in (tmp_path / "pairs.csv").read_text()
