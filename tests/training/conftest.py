"""A tiny imagefolder in the layout of the training data, and a tiny recipe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from glide_studio.glide.config import TextConfig, UNetConfig
from glide_studio.paths import resources_folder
from glide_studio.training.training_config import DiffusionTrainingConfig
from glide_studio.training.training_presets import recipe as preset_recipe

OBJECT_TABLE = resources_folder() / "vocabulary" / "objects.json"


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


def patched_config(rows: int) -> UNetConfig:
    """An inpainting network behind patches with hardly any layers."""
    return UNetConfig(
        size=64, channels=16, blocks=1, multipliers=(1, 2), attention=(2,), head_width=16,
        dropout=0.0, inpaint=True, patch=4, head=4, predicts="x0", norm_groups=8,
        learned_variance=False, text=TextConfig(context=8, width=16, layers=1, heads=2, rows=rows),
    )  # fmt: skip


@pytest.fixture
def recipe() -> DiffusionTrainingConfig:
    return DiffusionTrainingConfig(patched_config(40), "inpaint", side=32, batch=2, warm_up=2)


def disk(side: int, color: tuple[int, int, int]) -> np.ndarray:
    """BGRA: an opaque disk; what lies under alpha 0 is white, as careless exports have it."""
    y, x = np.mgrid[:side, :side] + 0.5
    inside = (x - side / 2) ** 2 + (y - side / 2) ** 2 < (0.4 * side) ** 2
    picture = np.full((side, side, 4), (255, 255, 255, 0), np.uint8)
    picture[inside] = (*color, 255)
    return picture


@pytest.fixture(scope="session")
def object_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("objects")
    rng = np.random.default_rng(0)
    scenes = [{"file_name": f"{i}.png", "text": "sea", "split": "train"} for i in range(2)]
    noise = [rng.integers(100, 256, (160, 160, 3), dtype=np.uint8) for _ in scenes]
    write(root / "scenes", scenes, noise)
    photos = [
        {"file_name": "apple.png", "text": "a red apple", "label": "apple", "split": "train"},
        {"file_name": "judge.png", "text": "a red apple", "label": "apple", "split": "test"},
    ]
    write(root / "photo-cutouts", photos, [disk(100, (0, 0, 200))] * 2)
    renders = [{"file_name": "cake.png", "text": "a cake", "label": "cake", "split": "train"}]
    write(root / "renders", renders, [disk(120, (200, 0, 0))])
    emoji = {"kind": "3d-render", "source": "fluent-emoji-3d", "split": "train"}
    cutouts = [
        {"file_name": "lion.png", "text": "lion face", "label": "lion face", **emoji},
        {"file_name": "red.png", "text": "red apple", "label": "red apple", **emoji},
        {"file_name": "flat.png", "text": "lion face", "label": "lion face", "kind": "drawing"},
    ]
    write(root / "cutouts", cutouts, [disk(90, (0, 200, 200))] * 3)
    return root


def tiny_recipe(preset: str, rows: int, side: int = 16, batch: int = 2) -> DiffusionTrainingConfig:
    """The preset with its own task, stem, head, objective and inputs, but hardly any layers."""
    whole = preset_recipe(preset, rows)
    text = replace(whole.config.text, context=8, width=16, layers=1, heads=2)
    config = replace(
        whole.config, channels=16, blocks=1, multipliers=(1, 2), attention=(2,), head_width=16,
        norm_groups=8, text=text,
    )  # fmt: skip
    return replace(whole, config=config, side=side, batch=batch, warm_up=2)
