"""Training losses and the terms of the bound agree with the reference numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from glide_studio.glide.config import OFFICIAL
from glide_studio.glide.diffusion import q_sample, replace_x0
from glide_studio.glide.schedule import Schedule
from glide_studio.training.diffusion_trainer import Noised, denoising_loss
from glide_studio.training.likelihood import vlb_term
from glide_studio.training.losses import variance_loss
from glide_studio.training.training_presets import paper
from tests.glide.golden import SINGLE_STEP, close
from tests.glide.test_diffusion_golden import StandIn, case, cases, schedule_of

pytestmark = pytest.mark.golden

Case = tuple[Schedule, dict[str, Tensor]]


@pytest.fixture(params=cases("single_step"), ids=lambda value: f"c{value[1]}")
def golden(request: pytest.FixtureRequest) -> Case:
    path, index = request.param
    assert isinstance(path, Path)
    about, found = case(path, index)
    return schedule_of(about), found


@pytest.mark.parametrize(("kind", "rescaled"), [("MSE", False), ("RESCALED_MSE", True)])
def test_the_parts_of_the_hybrid_loss(golden: Case, kind: str, rescaled: bool) -> None:
    schedule, found = golden
    x0, eps, t = found["in.x_start"], found["in.noise"], found["in.t"]
    x = q_sample(schedule, x0, t, eps)
    pred = StandIn(schedule)(x, t)
    mse = (pred.eps - eps).square().flatten(1).mean(dim=1)
    bound = variance_loss(schedule, x0, x, t, pred) * (len(schedule) / 1000 if rescaled else 1)
    close(mse, found[f"training_losses.{kind}.mse"], SINGLE_STEP)
    close(bound, found[f"training_losses.{kind}.vb"], 2 * SINGLE_STEP)
    close(mse + bound, found[f"training_losses.{kind}.loss"], 2 * SINGLE_STEP)


def test_the_trainer_s_loss_is_the_hybrid_one(golden: Case) -> None:
    schedule, found = golden
    x0, eps, t = found["in.x_start"], found["in.noise"], found["in.t"]
    x = q_sample(schedule, x0, t, eps)
    pred = StandIn(schedule)(x, t)
    everything = torch.ones_like(x0[:, :1])
    recipe = paper(OFFICIAL["base-inpaint"], len(x0), 1e-4)
    loss = denoising_loss(recipe, schedule, Noised(x0, eps, x, t), everything, pred)
    close(loss, found["training_losses.RESCALED_MSE.loss"].mean(), 2 * SINGLE_STEP)


def test_vlb_term_of_a_clipped_belief(golden: Case) -> None:
    schedule, found = golden
    x0, t, x = found["in.x_start"], found["in.t"], found["q_sample"]
    pred = StandIn(schedule)(x, t)
    pred = replace_x0(schedule, x, t, pred, pred.x0.clamp(-1, 1))
    close(vlb_term(schedule, x0, x, t, pred), found["vb_terms_bpd.clip"], 2 * SINGLE_STEP)


def test_the_bound_trains_the_variance_alone(golden: Case) -> None:
    schedule, found = golden
    x0, noise, t = found["in.x_start"], found["in.noise"], found["in.t"]
    x = q_sample(schedule, x0, t, noise)
    pred = StandIn(schedule)(x, t)
    eps = pred.eps.clone().requires_grad_()
    v = pred.log_variance.clone().requires_grad_()
    traced = type(pred)(eps, pred.x0 + 0 * eps, v)
    variance_loss(schedule, x0, x, t, traced).sum().backward()
    assert eps.grad is None
    assert v.grad.abs().sum() > 0
