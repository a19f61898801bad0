"""The noise-aware classifier's training and files."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch

from glide_studio.glide.classifier import class_names, load
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.classifier_trainer import ClassifierTrainer
from glide_studio.training.labelled_dataset import LabelledDataset
from glide_studio.training.training_presets import classifier_training_config, mini_classifier


def fresh(folder: Path, words: Path) -> ClassifierTrainer:
    data = LabelledDataset(folder, CaptionWriter(words), 64, objects_only=True)
    config = replace(mini_classifier(), patch=16, multipliers=(1,), attention=(1,))
    return ClassifierTrainer(
        replace(classifier_training_config(), config=config, batch=8, warm_up=5), data
    )


def test_it_learns_and_its_file_is_read_with_its_classes(
    folder: Path, words: Path, tmp_path: Path
) -> None:
    trainer = fresh(folder, words)
    with torch.no_grad():
        before = float(trainer.training_loss())
    list(islice(trainer.steps(), 16))
    trainer.step = trainer.pictures = 0
    with torch.no_grad():
        assert float(trainer.training_loss()) < 0.9 * before
    path = tmp_path / "classifier.safetensors"
    trainer.export(path)
    assert class_names(path) == ("animal", "cup", "ghost")
    read = load(path)
    x, t = torch.randn(2, 3, 64, 64), torch.tensor([3, 900])
    with torch.no_grad():
        torch.testing.assert_close(read(x, t), trainer.ema(x, t), atol=0.02, rtol=0.02)
    other = fresh(folder, words)
    other.load_weights(path)
    with torch.no_grad():
        torch.testing.assert_close(other.network(x, t), read(x, t), atol=1e-5, rtol=1e-5)


def test_a_resumed_run_equals_the_unbroken_one(folder: Path, words: Path, tmp_path: Path) -> None:
    unbroken = fresh(folder, words)
    losses = [step.loss for step in islice(unbroken.steps(), 4)]
    first = fresh(folder, words)
    found = [step.loss for step in islice(first.steps(), 2)]
    first.save(tmp_path / "state.pt")
    second = fresh(folder, words)
    second.restore(tmp_path / "state.pt")
    assert found + [step.loss for step in islice(second.steps(), 2)] == losses


def test_files_without_names_have_none(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "a.pt")
    assert class_names(tmp_path / "a.pt") == ()
