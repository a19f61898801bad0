"""The noise-aware classifier's training and files."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch

from glide_studio.glide.classifier import class_names, load
from glide_studio.training.classifier_trainer import ClassifierTrainer
from glide_studio.training.guide_dataset import GuideDataset
from glide_studio.training.training_presets import classifier_training_config, mini_classifier


def fresh(folder: Path) -> ClassifierTrainer:
    data = GuideDataset(folder, 64)
    config = replace(mini_classifier(), patch=16, multipliers=(1,), attention=(1,))
    return ClassifierTrainer(
        replace(classifier_training_config(), config=config, batch=8, warm_up=5), data
    )


def test_it_learns_and_its_file_is_read_with_its_classes(
    object_folder: Path, tmp_path: Path
) -> None:
    trainer = fresh(object_folder)
    with torch.no_grad():
        before = float(trainer.training_loss())
    list(islice(trainer.steps(), 16))
    trainer.step = trainer.pictures = 0
    with torch.no_grad():
        assert float(trainer.training_loss()) < 0.9 * before
    path = tmp_path / "classifier.safetensors"
    trainer.export(path)
    assert class_names(path) == ("apple", "cake", "")
    read = load(path)
    x, t = torch.randn(2, 4, 64, 64), torch.tensor([3, 900])
    with torch.no_grad():
        torch.testing.assert_close(read(x, t), trainer.ema(x, t), atol=0.02, rtol=0.02)
    other = fresh(object_folder)
    other.load_weights(path)
    with torch.no_grad():
        torch.testing.assert_close(other.network(x, t), read(x, t), atol=1e-5, rtol=1e-5)


def test_a_resumed_run_equals_the_unbroken_one(object_folder: Path, tmp_path: Path) -> None:
    unbroken = fresh(object_folder)
    losses = [step.loss for step in islice(unbroken.steps(), 4)]
    first = fresh(object_folder)
    found = [step.loss for step in islice(first.steps(), 2)]
    first.save(tmp_path / "state.pt")
    second = fresh(object_folder)
    second.restore(tmp_path / "state.pt")
    assert found + [step.loss for step in islice(second.steps(), 2)] == losses


def test_files_without_names_have_none(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "a.pt")
    assert class_names(tmp_path / "a.pt") == ()
