"""A tiny folder of data, and a bench of the tiny model under a tiny judge."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glide_studio.glide.classifier import Classifier
from glide_studio.glide.clip import CaptionEncoder, ImageEncoder
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.tokenizers import ClipTokenizer
from glide_studio.paths import resources_folder
from tests.quality.guides import Classes, Clip, Guides
from tests.quality.measure_context import Files, MeasureContext, bench
from tests.quality.tiny import tiny_judge

LABELS = {"apple": ["red apple", "green apple"], "dog": ["dog face"], "ghost": ["ghost"]}


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes of three splits, discs and boxes as cut-outs; a snail is kept back."""
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)

    def write(folder: str, rows: list[dict[str, str]], pictures: list[np.ndarray]) -> None:
        (root / folder).mkdir()
        for row, picture in zip(rows, pictures, strict=True):
            cv2.imwrite(str(root / folder / row["file_name"]), picture)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (root / folder / "metadata.jsonl").write_text(lines, "utf-8")

    splits = ["train", "train", "validation", "validation", "test"]
    scenes = [
        {"file_name": f"{i}.png", "text": f"scene {i}", "split": split}
        for i, split in enumerate(splits)
    ]
    smooth = [cv2.resize(rng.integers(0, 256, (9, 11, 3), np.uint8), (198, 162)) for _ in scenes]
    write("scenes", scenes, smooth)
    labels = ["red apple", "green apple", "dog face", "ghost", "brown snail"]
    cutouts = [
        {
            "file_name": f"{label}.png",
            "text": label,
            "label": label,
            "split": "heldout" if "snail" in label else "train",
        }
        for label in labels
    ]
    shapes = []
    for index in range(len(labels)):
        rgba = np.zeros((60 + 10 * index, 70, 4), np.uint8)
        cv2.circle(rgba, (35, 30), 28, (*(int(c) for c in rng.integers(0, 256, 3)), 255), -1)
        shapes.append(rgba)
    write("cutouts", cutouts, shapes)
    return root


@pytest.fixture(scope="session")
def guides() -> Guides:
    """A tiny CLIP and a classifier for pictures of 32 pixels; it knows the apple and the dog."""
    torch.manual_seed(2)
    images = ImageEncoder(size=32, patch=16, width=64, layers=1, heads=1, embedding=8)
    captions = CaptionEncoder(width=64, layers=1, heads=1, embedding=8, context=12)
    config = UNetConfig(
        size=32, channels=16, blocks=1, multipliers=(1, 2), attention=(2,), head_width=16,
        norm_groups=8, dropout=0.0,
    )  # fmt: skip
    network = Classifier(config, 2)
    for module in (images, captions, network):
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
        module.eval().requires_grad_(False)
    tokenizer = ClipTokenizer(resources_folder() / "vocabulary" / "clip")
    return Guides(Clip(images, captions, tokenizer), Classes(network, ("apple", "dog")))


@pytest.fixture(scope="session")
def loaded(data: Path, tiny_models: Path) -> MeasureContext:
    """The tiny model under the tiny judge."""
    home = tiny_models / "tiny"
    files = Files(home / "base.safetensors", home / "upsampler.safetensors")
    made = bench(files, data, judge=tiny_judge())
    return replace(made, nouns=LABELS, classes={"apple": frozenset(range(100))})


@pytest.fixture
def desk(loaded: MeasureContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MeasureContext:
    """The bench; what is kept between runs lies in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return loaded
