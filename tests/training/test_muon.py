"""Muon: orthogonal steps on the inner matrices, everything else left to AdamW."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from glide_studio.glide.unet import UNet
from glide_studio.training.muon import SMALLEST, Muon, newton_schulz, split_params
from glide_studio.training.trainer import build_optimizers
from glide_studio.training.training_config import DiffusionTrainingConfig
from glide_studio.training.training_presets import recipe as preset


@pytest.mark.parametrize("shape", [(64, 64), (24, 96), (96, 24)])
def test_all_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    u, _, vh = torch.linalg.svd(torch.randn(shape, generator=generator), full_matrices=False)
    values = torch.linspace(0.1, 1.0, len(u.T))
    result = newton_schulz((u * values @ vh)[None])[0]
    inner = u.T @ result @ vh.T  # diagonal, where the singular vectors stay what they were
    torch.testing.assert_close(inner, torch.diag(torch.diagonal(inner)), atol=1e-4, rtol=0.0)
    assert float(inner.diagonal().min()) > 0.6
    assert float(inner.diagonal().max()) < 1.3


@pytest.mark.parametrize("shape", [(32, 32), (64, 16), (16, 64), (16, 8, 3, 3)])
def test_the_length_of_a_step_does_not_depend_on_the_gradient(shape: tuple[int, ...]) -> None:
    lengths = []
    for scale in (1e-6, 1.0, 1e3):
        weight = nn.Parameter(torch.zeros(shape))
        weight.grad = scale * torch.randn(shape, generator=torch.Generator().manual_seed(1))
        Muon([weight], lr=0.1).step()
        lengths.append(float(weight.detach().flatten(1).norm()))
    assert lengths[1] == pytest.approx(lengths[2], rel=1e-3)
    assert lengths[0] == pytest.approx(
        lengths[2], rel=0.2
    )  # the guard against 0 / 0 damps it a little
    rows = shape[0]
    columns = weight[0].numel()
    rank = min(rows, columns)
    expected = 0.1 * rank**0.5 * max(1.0, rows / columns) ** 0.5
    assert lengths[2] == pytest.approx(expected, rel=0.25)


def test_a_least_squares_problem_is_solved() -> None:
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn(128, 16, generator=generator)
    target = inputs @ torch.randn(16, 16, generator=generator)
    weight = nn.Parameter(torch.zeros(16, 16))
    muon = Muon([weight], lr=0.2, decay=0.0)
    for step in range(200):
        muon.param_groups[0]["lr"] = 0.2 * (1 - step / 200)
        loss = (inputs @ weight - target).square().mean()
        muon.zero_grad()
        loss.backward()
        muon.step()
    assert float(loss.detach()) < 1e-2 * float(target.square().mean())


def test_tables_gains_and_thin_layers_are_adams() -> None:
    network = UNet(preset("mini-objects", rows=40).config)
    inner, others = split_params(network, dict(network.named_parameters()))
    assert len(inner) + len(others) == len(list(network.parameters()))
    assert not {id(weight) for weight in inner} & {id(weight) for weight in others}
    names = {id(weight): name for name, weight in network.named_parameters()}
    for weight in inner:
        assert weight.dim() > 1
        assert min(weight.flatten(1).shape) > SMALLEST
        assert "embedding" not in names[id(weight)]
    assert sum(weight.numel() for weight in inner) > 0.8 * sum(
        weight.numel() for weight in network.parameters()
    )


def test_without_a_rate_for_matrices_adam_has_them_all(recipe: DiffusionTrainingConfig) -> None:
    network = UNet(recipe.config)
    (adam,) = build_optimizers(network, replace(recipe, matrix_rate=0.0))
    assert sum(len(group["params"]) for group in adam.param_groups) == len(
        list(network.parameters())
    )
    muon, rest = build_optimizers(network, replace(recipe, matrix_rate=0.01))
    assert isinstance(muon, Muon)
    assert isinstance(rest, torch.optim.AdamW)
