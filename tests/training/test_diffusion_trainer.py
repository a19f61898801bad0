"""Paths of the paper: from a plain base to inpainting, from no variance to a learned one."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from glide_studio.glide import weights
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.text import TextStates
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.glide.unet import Condition, UNet
from glide_studio.paths import resources_folder
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.timestep_sampling import HISTORY
from glide_studio.training.trainer_factory import DATASETS, object_dataset, token_ids
from glide_studio.training.training_config import DiffusionTrainingConfig
from glide_studio.training.training_presets import DIFFUSION, paper, recipe
from tests.training.conftest import patched_config, tiny_recipe


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(resources_folder() / "vocabulary" / "glide")


def patched(**changes: Any) -> DiffusionTrainingConfig:
    """An inpainting network behind patches that predicts x0, with some fields changed."""
    config = replace(patched_config(2), **changes)
    return DiffusionTrainingConfig(config, "inpaint", side=16, batch=2, warm_up=2)


def fresh(
    folder: Path, chosen: DiffusionTrainingConfig, tokenizer: Tokenizer, seed: int = 0
) -> DiffusionTrainer:
    if chosen.task == "objects":
        data = object_dataset(chosen, folder)
    else:
        data = DATASETS[chosen.task](folder, CaptionWriter(), chosen.side)
    ids = token_ids(tokenizer, data.texts(), [tokenizer.padding])
    if chosen.config.text.rows is not None:
        text = replace(chosen.config.text, rows=len(ids) + 1)
        chosen = replace(chosen, config=replace(chosen.config, text=text))
    return DiffusionTrainer(chosen, data, tokenizer, ids, seed)


@pytest.mark.parametrize(
    ("preset", "objective"), [*((name, "hybrid") for name in DIFFUSION), ("glide-filtered", "vlb")]
)
def test_a_resumed_run_equals_the_unbroken_one(
    preset: str,
    objective: str,
    folder: Path,
    object_folder: Path,
    tokenizer: Tokenizer,
    tmp_path: Path,
) -> None:
    def made() -> DiffusionTrainer:
        chosen = replace(tiny_recipe(preset, 2), objective=objective)
        pictures = object_folder if chosen.task == "objects" else folder
        return fresh(pictures, chosen, tokenizer)

    unbroken = made()
    losses = [step.loss for step in islice(unbroken.steps(), 3)]
    first = made()
    found = [step.loss for step in islice(first.steps(), 2)]
    first.save(tmp_path / "state.pt")
    torch.manual_seed(9)  # the process that goes on has drawn other numbers
    second = made()
    torch.randn(3)
    second.restore(tmp_path / "state.pt")
    assert found + [step.loss for step in islice(second.steps(), 1)] == losses
    for a, b in zip(unbroken.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(a, b)


def stirred(network: UNet, seed: int = 1) -> UNet:
    """Every weight drawn, since zeros at the end would hide what comes in."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network


def look(network: UNet, condition: Condition) -> tuple[Tensor, Tensor]:
    """(x, what the network says of it) at two timesteps."""
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        return x, network.eval()(x, torch.tensor([10.0, 900.0]), condition)


def shown(network: UNet, low_res: bool) -> Condition:
    generator = torch.Generator().manual_seed(3)
    text = network.config.text
    states = TextStates(
        torch.randn(2, text.width, text.context, generator=generator),
        torch.randn(2, 4 * network.config.channels, generator=generator),
    )
    known = torch.rand(2, 3, 32, 32, generator=generator) * 2 - 1
    mask = (torch.rand(2, 1, 32, 32, generator=generator) < 0.5).float()
    small = torch.rand(2, 3, 8, 8, generator=generator) if low_res else None
    return Condition(states, known, mask, small)


def bare(config: UNetConfig) -> UNet:
    torch.manual_seed(0)
    return stirred(UNet(config))


@pytest.mark.parametrize("preset", ["patched", "glide-filtered", "glide-filtered-upsampler"])
def test_the_first_step_of_the_inpainting_fine_tune_is_the_plain_network(
    preset: str, folder: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    chosen = patched() if preset == "patched" else tiny_recipe(preset, 2)
    trainer = fresh(folder, chosen, tokenizer)
    plain = bare(replace(trainer.recipe.config, inpaint=False))
    if trainer.recipe.config.text.rows is not None:
        plain.text.set_vocabulary(trainer.network.text.token_ids)
    weights.save(plain, tmp_path / "plain.safetensors", torch.float32)
    trainer.load_weights(tmp_path / "plain.safetensors")
    condition = shown(plain, trainer.recipe.config.super_res)
    _, before = look(plain, condition.without_known())
    _, after = look(trainer.network, condition)
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)
    stem = trainer.network.input_blocks[0][0].weight
    list(islice(trainer.steps(), 1))
    area = trainer.recipe.config.patch**2
    assert stem[:, 3 * area : 7 * area].abs().sum() > 0  # and learns to look at the known pixels


def copied(trainer: DiffusionTrainer) -> dict[str, Tensor]:
    """Every weight as it is now."""
    return {name: weight.clone() for name, weight in trainer.network.named_parameters()}


def changed(trainer: DiffusionTrainer, before: dict[str, Tensor]) -> set[str]:
    """The names of the weights that are others than before."""
    now = trainer.network.named_parameters()
    return {name for name, weight in now if not torch.equal(weight, before[name])}


def test_a_learned_variance_begins_in_the_middle_of_its_range(
    folder: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    trainer = fresh(folder, patched(learned_variance=True), tokenizer)
    plain = bare(replace(trainer.recipe.config, learned_variance=False))
    plain.text.set_vocabulary(trainer.network.text.token_ids)
    weights.save(plain, tmp_path / "base.safetensors", torch.float32)
    trainer.load_weights(tmp_path / "base.safetensors")
    condition = shown(plain, False)
    _, before = look(plain, condition)
    _, after = look(trainer.network, condition)
    torch.testing.assert_close(after[:, :3], before, atol=1e-4, rtol=1e-4)
    assert not after[:, 3:].any()
    list(islice(trainer.steps(), 2))
    assert look(trainer.network, condition)[1][:, 3:].any()


def test_only_the_recipes_of_the_paper_weigh_all_timesteps_alike() -> None:
    for name in DIFFUSION:
        chosen = recipe(name, 40)
        assert (chosen.snr_cap is None) == name.startswith("glide")
    assert paper(recipe("glide-filtered", 40).config, 4, 1e-5).null_text == 0.2


@pytest.mark.parametrize(
    ("preset", "parameters"),
    [("glide-filtered", 385_037_638), ("glide-filtered-upsampler", 398_368_198)],
)
def test_the_paper_s_networks_have_its_numbers_of_parameters(preset: str, parameters: int) -> None:
    with torch.device("meta"):
        network = UNet(recipe(preset, 2).config)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.slow
def test_one_step_of_the_released_size(folder: Path, tokenizer: Tokenizer) -> None:
    chosen = replace(recipe("glide-filtered", 2), batch=1)
    trainer = fresh(folder, chosen, tokenizer)
    last = trainer.network.out[2].weight
    assert not last.any()
    (step,) = islice(trainer.steps(), 1)
    assert 0.5 < step.loss < 2.0  # epsilon's own variance, plus the bound, of a network that says 0
    # The last layer begins at zero, so that it alone has a gradient in the first step.
    assert last.all()


def test_the_bound_is_trained_with_importance_sampling(
    folder: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    trainer = fresh(folder, replace(tiny_recipe("glide-filtered", 2), objective="vlb"), tokenizer)
    assert trainer.sampler is not None
    list(islice(trainer.steps(), 3))
    assert int(trainer.sampler.counts.sum()) == 3 * trainer.recipe.batch
    trainer.sampler.counts.fill_(HISTORY)
    trainer.sampler.losses.fill_(1e-6)
    trainer.sampler.losses[7] = 1.0
    list(islice(trainer.steps(), 1))
    assert int(trainer.sampler.counts[7]) == HISTORY + trainer.recipe.batch
    trainer.save(tmp_path / "state.pt")
    other = fresh(folder, trainer.recipe, tokenizer)
    other.restore(tmp_path / "state.pt")
    assert other.sampler is not None
    assert torch.equal(other.sampler.losses, trainer.sampler.losses)


def test_the_bound_needs_a_learned_variance() -> None:
    with pytest.raises(ValueError, match="learns its variance"):
        replace(patched(), objective="vlb")


def test_the_network_is_shown_what_is_known_and_not_what_is_generated(
    folder: Path, tokenizer: Tokenizer
) -> None:
    trainer = fresh(folder, patched(), tokenizer)
    shown: list[Tensor] = []
    trainer.model.register_forward_pre_hook(lambda _, inputs: shown.append(inputs[5]))
    holes = trainer.batch().holes
    assert 0 < float(holes.mean()) < 1
    trainer.training_loss()
    assert torch.equal(shown[0], 1 - holes)
