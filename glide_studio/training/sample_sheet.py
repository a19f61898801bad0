"""Draw a sheet of samples during training, always of the same pictures and noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from glide_studio.glide.pipeline import BASE_NOISE, BaseSettings, InpaintInputs, InpaintPipeline
from glide_studio.glide.samplers import philox_noise
from glide_studio.training.batch_loader import Batch, collate
from glide_studio.training.diffusion_trainer import DiffusionTrainer

FIRST = 1 << 40  # samples behind all that a run will ever see
COUNT = 8
STEPS = 25
GUIDANCE = 3.0


def sheet(trainer: DiffusionTrainer) -> NDArray[np.uint8]:
    """Draw [H, W, 3] uint8 RGB: rows of the known picture, the EMA network's sample, the original.

    Objects with alpha lie on the known picture.
    """
    batch = collate([trainer.data.sample(FIRST + place, 0.0) for place in range(COUNT)])
    scenes = batch.pictures[:, :3] if batch.scenes is None else batch.scenes
    known = 1 - batch.holes
    made = torch.cat(list(sample_captions(trainer, batch, scenes, known)))
    behind = scenes * known
    rows = [behind, composite(made, behind), composite(batch.pictures, behind)]
    picture = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    return np.asarray(((picture.permute(1, 2, 0).numpy() + 1) * 127.5).round(), dtype=np.uint8)


def composite(x: torch.Tensor, behind: torch.Tensor) -> torch.Tensor:
    """Lay objects [N, 4, H, W], premultiplied, over pictures; pictures [N, 3, H, W] cover all."""
    if x.shape[1] == 3:
        return x
    color, alpha = (x[:, :3] + 1) / 2, (x[:, 3:] + 1) / 2
    return (color + (behind + 1) / 2 * (1 - alpha)).clamp(0, 1) * 2 - 1


@torch.no_grad()
def sample_captions(
    trainer: DiffusionTrainer, batch: Batch, scenes: torch.Tensor, known: torch.Tensor
) -> Iterator[torch.Tensor]:
    """Iterate over the sample of each caption and known part, [1, C, S, S] in -1 .. 1."""
    pipeline = InpaintPipeline(lambda: trainer.ema, lambda: trainer.ema, trainer.tokenizer)
    settings = BaseSettings(STEPS, "ddim", guidance=GUIDANCE)
    for number, text in enumerate(batch.texts):
        scene = scenes[number : number + 1].to(trainer.device)
        mask = known[number : number + 1].to(trainer.device)
        noise = philox_noise(0, range(number, number + 1), BASE_NOISE)
        inputs = InpaintInputs([text], scene, mask, noise)
        if trainer.recipe.config.super_res:
            picture = batch.pictures[number : number + 1].to(trainer.device)
            low_res = trainer.low_res(picture, np.random.Generator(np.random.Philox(number)))
            stage = pipeline.upsample_stage(inputs, low_res, STEPS)
        else:
            stage = pipeline.base_stage(inputs, settings)
        yield stage.run().clamp(-1, 1).cpu()
