"""A tiny imagefolder in the layout of the training data, and a tiny recipe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from glide_studio.glide.config import TextConfig
from glide_studio.training.training_presets import DiffusionTrainingConfig, mini_base


def write(folder: Path, rows: list[dict], pictures: list[np.ndarray]) -> None:
    folder.mkdir(parents=True)
    for row, picture in zip(rows, pictures, strict=True):
        cv2.imwrite(str(folder / row["file_name"]), picture)
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / "metadata.jsonl").write_text(lines + "\n", "utf-8")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)

    def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
        return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)

    scenes = [
        {"file_name": f"scene-{i}.png", "text": f"a Scene {i}", "split": split}
        for i, split in enumerate(["train", "train", "test"])
    ]
    write(root / "scenes", scenes, [noise(160, 200) for _ in scenes])
    cutouts = [
        {
            "file_name": "dog.png",
            "text": "a Dog",
            "label": "dog",
            "kind": "3d-render",
            "split": "train",
        },
        {
            "file_name": "cup.png",
            "text": "cup",
            "label": "cup",
            "kind": "drawing",
            "split": "train",
        },
        {"file_name": "snail.png", "text": "snail", "label": "snail", "split": "heldout"},
    ]
    write(root / "cutouts", cutouts, [noise(90, 60, 4) for _ in cutouts])
    products = [{"file_name": "pear.png", "text": "pear", "split": "train"}]
    write(root / "products", products, [noise(96, 96)])
    return root


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of two nouns that have pictures and one that has none."""
    path = tmp_path_factory.mktemp("words") / "nouns.json"
    path.write_text(json.dumps({"animal": ["dog"], "cup": ["cup"], "ghost": ["ghost"]}), "utf-8")
    return path


@pytest.fixture
def recipe() -> DiffusionTrainingConfig:
    text = TextConfig(context=8, width=16, layers=1, heads=2, rows=40)
    config = replace(
        mini_base(40), channels=16, multipliers=(1, 2), attention=(2,), head_width=16,
        norm_groups=8, head=4, text=text,
    )  # fmt: skip
    return DiffusionTrainingConfig(config, "inpaint", side=32, batch=2, warm_up=2)
