"""Samples for networks that say what a picture shows."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from glide_studio.training.captions import CaptionWriter
from glide_studio.training.labelled_dataset import LabelledDataset


def test_some_pictures_of_well_shown_nouns_are_kept_back(tmp_path: Path) -> None:
    (tmp_path / "cutouts").mkdir()
    (tmp_path / "scenes").mkdir()
    rows = [{"file_name": f"{i}.png", "text": "dog", "split": "train"} for i in range(100)]
    rows += [{"file_name": f"rare-{i}.png", "text": f"rare {i}"} for i in range(40)]
    for row in rows:
        cv2.imwrite(str(tmp_path / "cutouts" / row["file_name"]), np.zeros((4, 4, 4), np.uint8))
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "cutouts" / "metadata.jsonl").write_text("\n".join(lines))
    cv2.imwrite(str(tmp_path / "scenes" / "s.png"), np.zeros((70, 70, 3), np.uint8))
    scenes = [
        json.dumps({"file_name": "s.png", "text": "s", "split": s}) for s in ("train", "validation")
    ]
    (tmp_path / "scenes" / "metadata.jsonl").write_text("\n".join(scenes))
    (tmp_path / "products").mkdir()
    (tmp_path / "products" / "metadata.jsonl").write_text("")
    (tmp_path / "nouns.json").write_text(json.dumps({"dog": ["dog"], "rare": ["rare 1"]}))
    captions = CaptionWriter(tmp_path / "nouns.json")
    trained = {e.path.name for e in LabelledDataset(tmp_path, captions, 64).objects}
    kept = {
        e.path.name for e in LabelledDataset(tmp_path, captions, 64, split="validation").objects
    }
    assert trained | kept == {row["file_name"] for row in rows}
    assert not trained & kept
    assert 1 <= len(kept) <= 20
    assert not any(name.startswith("rare") for name in kept)


def test_samples_say_their_noun(folder: Path, words: Path) -> None:
    data = LabelledDataset(folder, CaptionWriter(words), 64, objects_only=True)
    nouns = [data.sample(position, 0.0).noun for position in range(60)]
    assert {"animal", "cup"} <= set(nouns) <= {"animal", "cup", ""}
    mixed = LabelledDataset(folder, CaptionWriter(words), 64)
    samples = [mixed.sample(position, 0.0) for position in range(200)]
    assert 0 < sum(sample.text == "" for sample in samples) < 30
    assert 0 < sum(sample.text.startswith("a scene") for sample in samples) < 30
    assert all(sample.text for sample in samples if sample.noun)
