"""Training presets: one network and training configuration a name.

The small networks predict x0 behind a 4 x 4 patch stem: at that patch size epsilon does not fit
through a narrow trunk (Salimans & Ho 2022, arXiv 2202.00512; Li & He 2025, arXiv 2511.13720).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from glide_studio.glide.config import OFFICIAL, TextConfig, UNetConfig
from glide_studio.training.training_config import (
    ClassifierTrainingConfig,
    ClipConfig,
    ClipTrainingConfig,
    DiffusionTrainingConfig,
)


def mini_objects(rows: int) -> UNetConfig:
    """Configure the bundled base network with alpha: draws an object at 64 x 64."""
    return UNetConfig(
        size=64,
        channels=48,
        blocks=1,
        multipliers=(2, 3, 4),
        attention=(2, 4),
        head_width=48,
        dropout=0.0,
        inpaint=True,
        alpha=True,
        patch=4,
        head=8,
        predicts="x0",
        norm_groups=8,
        learned_variance=False,
        text=TextConfig(context=24, width=192, layers=2, heads=4, rows=rows),
    )


def mini_object_upsampler(rows: int) -> UNetConfig:
    """Configure the bundled upsampler with alpha: 64 to 256, objects and photographs."""
    return UNetConfig(
        size=256,
        channels=48,
        blocks=1,
        multipliers=(1, 2),
        attention=(2,),
        head_width=48,
        dropout=0.0,
        super_res=True,
        alpha=True,
        patch=4,
        head=8,
        predicts="x0",
        learned_variance=False,
        norm_groups=6,
        schedule="linear",
        text=TextConfig(context=32, width=48, layers=1, heads=1, rows=rows),
    )


def mini_classifier() -> UNetConfig:
    """Configure the bundled noise-aware classifier: the encoder half, behind 4 x 4 patches."""
    return UNetConfig(
        size=64,
        channels=64,
        blocks=1,
        multipliers=(1, 1, 2),
        attention=(2, 4),
        dropout=0.0,
        alpha=True,
        patch=4,
    )


def paper(config: UNetConfig, batch: int, rate: float, side: int = 64) -> DiffusionTrainingConfig:
    """Return the paper's training configuration: hybrid objective, 20 % null captions."""
    return DiffusionTrainingConfig(
        config,
        "upsample" if config.super_res else "inpaint",
        side=side,
        batch=batch,
        rate=rate,
        betas=(0.9, 0.999),
        decay=0.0,
        ema=0.9999,
        null_text=0.0 if config.super_res else 0.2,
        outside=1.0,
        snr_cap=None,
    )


# Rows of the token table -> configuration. The released sizes are fine-tuned (glide-finetune's
# rate).
DIFFUSION: dict[str, Callable[[int], DiffusionTrainingConfig]] = {
    "mini-objects": lambda rows: DiffusionTrainingConfig(
        mini_objects(rows),
        "objects",
        side=64,
        batch=64,
        matrix_rate=0.01,
        warm_up=100,
        ema=0.999,
        null_text=0.2,
        noisy=0.3,
        noisiest=0.4,
    ),
    "mini-objects-upsampler": lambda rows: DiffusionTrainingConfig(
        mini_object_upsampler(rows), "objects", side=128, batch=16, matrix_rate=0.01, warm_up=100
    ),
    "glide-filtered": lambda rows: paper(OFFICIAL["base-inpaint"], 4, 2e-5),
    "glide-filtered-upsampler": lambda rows: paper(OFFICIAL["upsample-inpaint"], 1, 2e-5, 256),
}
PRESETS = (*DIFFUSION, "mini-clip", "mini-classifier")


def recipe(preset: str, rows: int) -> DiffusionTrainingConfig:
    """Return the training configuration of a diffusion preset with a table of `rows` token rows.

    Raises:
        ValueError: for an unknown preset.
    """
    if preset not in DIFFUSION:
        raise ValueError(f"Unknown preset '{preset}'; known are {', '.join(DIFFUSION)}.")
    return DIFFUSION[preset](rows)


def adapt_to_few_pictures(recipe: DiffusionTrainingConfig) -> DiffusionTrainingConfig:
    """Adapt a small network's configuration to fine-tuning on a few pictures in minutes."""
    return replace(
        recipe, batch=16, rate=3e-4, matrix_rate=recipe.matrix_rate * 0.3, warm_up=20, noisy=0.3
    )


def clip_training_config(rows: int) -> ClipTrainingConfig:
    """Return the configuration of `mini-clip`, whose captions use rows - 1 different tokens."""
    return ClipTrainingConfig(ClipConfig(rows), batch=96, decay=0.01, matrix_rate=0.02, warm_up=100)


def classifier_training_config() -> ClassifierTrainingConfig:
    """Return the configuration of `mini-classifier`."""
    return ClassifierTrainingConfig(
        mini_classifier(), batch=96, decay=0.01, matrix_rate=0.01, warm_up=100
    )
