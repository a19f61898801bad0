"""Importance sampling of timesteps for the variational bound."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from glide_studio.training.timestep_sampling import HISTORY, UNIFORM_SHARE, ImportanceSampler

LOSSES = torch.tensor([8.0, 1.0, 0.5, 0.25])


def warm() -> ImportanceSampler:
    sampler = ImportanceSampler(len(LOSSES))
    for _ in range(HISTORY):
        sampler.add(torch.arange(len(LOSSES)), LOSSES)
    return sampler


def test_timesteps_are_uniform_until_each_has_its_losses() -> None:
    sampler = ImportanceSampler(4)
    for _ in range(HISTORY):
        sampler.add(torch.arange(3), LOSSES[:3])
    assert sampler.probabilities().tolist() == [0.25] * 4
    _, weights = sampler.draw(100, np.random.default_rng(0))
    assert (weights == 1).all()


def test_then_they_are_drawn_in_proportion_to_the_root_mean_square() -> None:
    wanted = (1 - UNIFORM_SHARE) * LOSSES / LOSSES.sum() + UNIFORM_SHARE / 4
    torch.testing.assert_close(warm().probabilities(), wanted.double())
    t, _ = warm().draw(20_000, np.random.default_rng(0))
    shares = torch.bincount(t, minlength=4) / len(t)
    torch.testing.assert_close(shares, wanted, atol=0.01, rtol=0)


def test_the_weighted_loss_is_unbiased_and_varies_less() -> None:
    t, weights = warm().draw(20_000, np.random.default_rng(1))
    weighted = weights * LOSSES[t]
    assert float(weighted.mean()) == pytest.approx(float(LOSSES.mean()), rel=0.01)
    assert float(weighted.var()) < 0.01 * float(LOSSES.var())


def test_old_losses_are_forgotten() -> None:
    sampler = warm()
    for _ in range(HISTORY):
        sampler.add(torch.tensor([0]), torch.tensor([0.5]))
    assert float(sampler.probabilities()[0]) == pytest.approx(0.5 / 2.25, rel=0.01)
