"""What is trained how: one row a network, with the recipe that was measured for it.

The small networks predict x0 behind a 4 x 4 patch stem: at that patch size epsilon can not pass through
a narrow trunk (Salimans & Ho 2022, arXiv 2202.00512, on parameterisations; Li & He 2025, arXiv 2511.13720,
on x-prediction with large patches).
"""

from __future__ import annotations

from glide_studio.glide.config import TextConfig, UNetConfig
from glide_studio.train.recipes import ClassifierRecipe, ClipConfig, ClipRecipe, Recipe


def mini_base(rows: int) -> UNetConfig:
    """The bundled base network: fills and generates at 64 x 64."""
    return UNetConfig(
        size=64,
        channels=64,
        blocks=1,
        multipliers=(1, 2, 3),
        attention=(1, 2, 4),
        head_width=32,
        dropout=0.0,
        inpaint=True,
        patch=4,
        head=8,
        predicts="x0",
        learned_variance=False,
        text=TextConfig(context=32, width=128, layers=3, heads=4, rows=rows),
    )


def mini_upsampler(rows: int) -> UNetConfig:
    """The bundled upsampler: 64 to 256, known pixels and mask as inputs."""
    return UNetConfig(
        size=256,
        channels=48,
        blocks=1,
        multipliers=(1, 2),
        attention=(2,),
        head_width=48,
        dropout=0.0,
        inpaint=True,
        super_res=True,
        patch=4,
        head=8,
        predicts="x0",
        learned_variance=False,
        norm_groups=16,
        schedule="linear",
        text=TextConfig(context=32, width=48, layers=1, heads=1, rows=rows),
    )


def mini_classifier() -> UNetConfig:
    """The bundled noise-aware classifier: the downward half, behind 4 x 4 patches."""
    return UNetConfig(
        size=64,
        channels=64,
        blocks=1,
        multipliers=(1, 1, 2),
        attention=(2, 4),
        dropout=0.0,
        patch=4,
    )


DIFFUSION = ("mini-base", "mini-upsampler")
PRESETS = (*DIFFUSION, "mini-clip", "mini-classifier")


def recipe(preset: str, rows: int) -> Recipe:
    """The recipe of a diffusion preset whose captions use rows - 1 different tokens.

    Raises:
        ValueError: for an unknown preset.
    """
    if preset == "mini-base":
        return Recipe(mini_base(rows), "inpaint", side=64, batch=32, matrix_rate=0.007)
    if preset == "mini-upsampler":
        return Recipe(
            mini_upsampler(rows), "upsample", side=128, batch=16, outside=0.5, matrix_rate=0.007
        )
    raise ValueError(f"Unknown preset '{preset}'; known are {', '.join(DIFFUSION)}.")


def clip_recipe(rows: int) -> ClipRecipe:
    """The recipe of `mini-clip`, whose captions use rows - 1 different tokens."""
    return ClipRecipe(ClipConfig(rows), batch=96, decay=0.01, matrix_rate=0.01, warm_up=100)


def classifier_recipe() -> ClassifierRecipe:
    """The recipe of `mini-classifier`."""
    return ClassifierRecipe(mini_classifier(), batch=64, decay=0.01, matrix_rate=0.01, warm_up=100)
