"""Draw a sheet of samples during training, always of the same pictures and noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from glide_studio.glide.guidance import ClassifierFree, Clipped, KnownPixels, NetworkDenoiser
from glide_studio.glide.samplers import ddim, philox_noise, sample
from glide_studio.glide.unet import Condition
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.inpaint_dataset import Sample

FIRST = 1 << 40  # samples behind all that a run will ever see
COUNT = 8
STEPS = 25
GUIDANCE = 3.0


def sheet(trainer: DiffusionTrainer) -> NDArray[np.uint8]:
    """Draw [H, W, 3] uint8 RGB: rows of the known picture, the EMA network's sample, the original."""
    samples = [trainer.data.sample(FIRST + place, 0.0) for place in range(COUNT)]
    x0 = torch.from_numpy(np.stack([sample.picture for sample in samples])).permute(0, 3, 1, 2)
    holes = torch.from_numpy(np.stack([sample.mask for sample in samples]))[:, None]
    made = torch.cat(list(sample_captions(trainer, samples, x0, 1 - holes)))
    rows = [x0 * (1 - holes), made, x0]
    picture = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    return np.asarray(((picture.permute(1, 2, 0).numpy() + 1) * 127.5).round(), dtype=np.uint8)


@torch.no_grad()
def sample_captions(
    trainer: DiffusionTrainer, samples: list[Sample], x0: torch.Tensor, known: torch.Tensor
) -> Iterator[torch.Tensor]:
    """Iterate over the sample of each caption and known part, [1, 3, S, S] in -1 .. 1."""
    network, config = trainer.ema, trainer.recipe.config
    schedule = trainer.schedule.subset(
        np.linspace(0, len(trainer.schedule) - 1, STEPS).round().astype(int).tolist()
    )
    for place, drawn_from in enumerate(samples):
        picture, mask = (
            x0[place : place + 1].to(trainer.device),
            known[place : place + 1].to(trainer.device),
        )
        low_res = None
        if config.super_res:
            low_res = trainer.low_res(picture, np.random.Generator(np.random.Philox(place)))
        noise = philox_noise(0, range(place, place + 1), 0)
        conditions = [
            Condition(network.text(*trainer.captions([said])), picture, mask, low_res)
            for said in (drawn_from.text, "")
        ]
        guided, null = (NetworkDenoiser(network, schedule, seen) for seen in conditions)
        scale = 1.0 if config.super_res else GUIDANCE
        denoiser = Clipped(
            KnownPixels(ClassifierFree(guided, null, schedule, scale), schedule, picture, mask),
            schedule,
        )
        *_, last = sample(ddim, denoiser, schedule, noise(STEPS, picture), noise)
        yield last.x.clamp(-1, 1).cpu()
