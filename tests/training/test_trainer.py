"""The loop learns, resumes exactly, and its weights are what the engine runs."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from glide_studio.glide import weights
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.paths import resources_folder
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.inpaint_dataset import InpaintDataset
from glide_studio.training.trainer_factory import token_ids
from glide_studio.training.training_config import DiffusionTrainingConfig
from glide_studio.training.training_presets import recipe as preset


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(resources_folder() / "vocabulary" / "glide")


@pytest.fixture
def trainer(
    folder: Path, recipe: DiffusionTrainingConfig, tokenizer: Tokenizer
) -> DiffusionTrainer:
    return fresh(folder, recipe, tokenizer)


def fresh(folder: Path, recipe: DiffusionTrainingConfig, tokenizer: Tokenizer) -> DiffusionTrainer:
    data = InpaintDataset(folder, CaptionWriter(), recipe.side)
    ids = token_ids(tokenizer, data.texts(), [tokenizer.padding])
    known = torch.arange(recipe.config.text.rows - 1, dtype=torch.int32) + 60_000
    known[: len(ids)] = ids
    return DiffusionTrainer(recipe, data, tokenizer, known)


def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit(
    trainer: DiffusionTrainer,
    folder: Path,
    recipe: DiffusionTrainingConfig,
    tokenizer: Tokenizer,
    tmp_path: Path,
) -> None:
    unbroken = [step.loss for step in islice(trainer.steps(), 6)]
    first = fresh(folder, recipe, tokenizer)
    losses = [step.loss for step in islice(first.steps(), 3)]
    first.save(tmp_path / "state.pt")
    second = fresh(folder, recipe, tokenizer)
    second.restore(tmp_path / "state.pt")
    losses += [step.loss for step in islice(second.steps(), 3)]
    assert losses == unbroken
    for a, b in zip(trainer.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(a, b)
    for a, b in zip(trainer.ema.parameters(), second.ema.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_loss_falls(trainer: DiffusionTrainer) -> None:
    with torch.no_grad():
        before = float(trainer.training_loss())
    list(islice(trainer.steps(), 20))
    trainer.step = trainer.pictures = 0  # the same batch again
    with torch.no_grad():
        assert float(trainer.training_loss()) < 0.985 * before


def test_the_rate_warms_up_and_falls_to_zero(trainer: DiffusionTrainer) -> None:
    trainer.decay_range = (10, 20)
    paces = []
    for trainer.step in (0, 1, 5, 15, 20):
        paces.append(trainer.lr_factor())
    assert paces == [0.5, 1.0, 1.0, 0.5, 0.0]


def test_exported_weights_are_the_averaged_ones(trainer: DiffusionTrainer, tmp_path: Path) -> None:
    list(islice(trainer.steps(), 2))
    trainer.export(tmp_path / "base.safetensors")
    network = weights.load(tmp_path / "base.safetensors")
    assert network.config.to_json() == trainer.recipe.config.to_json()
    for a, b in zip(network.parameters(), trainer.ema.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)


def test_a_state_of_another_network_is_refused(
    trainer: DiffusionTrainer, folder: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    trainer.save(tmp_path / "state.pt")
    other = DiffusionTrainer(
        preset("mini-objects", 40), trainer.data, tokenizer, torch.arange(39, dtype=torch.int32)
    )
    with pytest.raises(ValueError, match="another network"):
        other.restore(tmp_path / "state.pt")


@pytest.mark.parametrize("name", ["mini-objects", "mini-objects-upsampler"])
def test_the_bundled_networks_fit_their_budget(name: str) -> None:
    with torch.device("meta"):
        network = weights.UNet(preset(name, 3004).config)
    megabytes = 2 * sum(p.numel() for p in network.parameters()) / 1e6
    assert megabytes < {"mini-objects": 25.0, "mini-objects-upsampler": 5.0}[name]


def test_weights_are_adopted_with_their_words(
    trainer: DiffusionTrainer,
    folder: Path,
    recipe: DiffusionTrainingConfig,
    tokenizer: Tokenizer,
    tmp_path: Path,
) -> None:
    list(islice(trainer.steps(), 2))
    trainer.export(tmp_path / "base.safetensors")
    rows = recipe.config.text.rows + 1
    wider = replace(
        recipe, config=replace(recipe.config, text=replace(recipe.config.text, rows=rows))
    )
    old = trainer.network.text.token_ids
    ids = torch.cat([old[:3], torch.tensor([int(old[2]) + 1], dtype=torch.int32), old[3:]])
    other = DiffusionTrainer(wider, trainer.data, tokenizer, ids)
    other.load_weights(tmp_path / "base.safetensors")
    table, theirs = (
        other.network.text.token_embedding.weight,
        trainer.ema.text.token_embedding.weight,
    )
    torch.testing.assert_close(table[:3], theirs[:3], atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(table[4:], theirs[3:], atol=1e-3, rtol=1e-3)
    stem = other.network.input_blocks[0][0].weight
    torch.testing.assert_close(stem, trainer.ema.input_blocks[0][0].weight, atol=1e-3, rtol=1e-3)


def test_the_average_moves_towards_the_weights_by_its_decay(trainer: DiffusionTrainer) -> None:
    with torch.no_grad():
        for own, average in zip(
            trainer.network.parameters(), trainer.ema.parameters(), strict=True
        ):
            own.fill_(1.0)
            average.fill_(0.0)
    trainer.step = 0
    trainer.update_ema()  # at first by (1 + step) / (10 + step), so that the start is forgotten
    first = next(iter(trainer.ema.parameters())).flatten()[0]
    assert float(first) == pytest.approx(0.9)
    trainer.step = 10_000_000
    trainer.update_ema()
    decay = trainer.optimisation.ema
    assert 0.9 < decay < 1
    assert float(first) == pytest.approx(1 - 0.1 * decay)
