"""The noise-aware classifier's training and files."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch

from glide_studio.glide.classifier import class_names, load
from glide_studio.training.captions import Captions
from glide_studio.training.classify import ClassifierTrainer
from glide_studio.training.labelled import LabelledData
from glide_studio.training.presets import classifier_recipe, mini_classifier


def fresh(folder: Path, words: Path) -> ClassifierTrainer:
    data = LabelledData(folder, Captions(words), 64, objects_only=True)
    config = replace(mini_classifier(), patch=16, multipliers=(1,), attention=(1,))
    return ClassifierTrainer(replace(classifier_recipe(), config=config, batch=8, warm_up=5), data)


def test_it_learns_and_its_file_is_read_with_its_classes(
    folder: Path, words: Path, tmp_path: Path
) -> None:
    trainer = fresh(folder, words)
    with torch.no_grad():
        before = float(trainer.objective())
    list(islice(trainer.steps(), 16))
    trainer.step = trainer.pictures = 0
    with torch.no_grad():
        assert float(trainer.objective()) < 0.9 * before
    path = tmp_path / "classifier.safetensors"
    trainer.export(path)
    assert class_names(path) == ("animal", "cup", "ghost")
    read = load(path)
    x, t = torch.randn(2, 3, 64, 64), torch.tensor([3, 900])
    with torch.no_grad():
        torch.testing.assert_close(read(x, t), trainer.average(x, t), atol=0.02, rtol=0.02)
    other = fresh(folder, words)
    other.adopt(path)
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
