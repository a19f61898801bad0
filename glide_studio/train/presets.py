"""What is trained how: one row a network, with the recipe that was measured for it.

The small networks predict x0 behind a 4 x 4 patch stem: at that patch size epsilon can not pass through
a narrow trunk (Salimans & Ho 2022, arXiv 2202.00512, on parameterisations; Li & He 2025, arXiv 2511.13720,
on x-prediction with large patches).
"""

from __future__ import annotations

from dataclasses import dataclass

from glide_studio.glide.config import TextConfig, UNetConfig


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    task: which samples the data set makes. side: of a training crop in pixels. batch: pictures a step.
    rate: AdamW's learning rate after `warm_up` steps. betas, decay: AdamW's. matrix_rate: Muon's rate
    for the inner matrices, which AdamW then leaves alone; 0 = AdamW for all. clip: largest gradient
    norm. ema: highest decay of the averaged weights. null_text: share of captions replaced by the
    null caption. outside: weight of the loss where pixels are known. snr_cap: largest weight
    min(snr + 1, snr_cap) of a timestep. noisy: share of a batch whose timesteps lie in the noisiest
    tenth. Below it x_t shows the colours already (a mean over a region hides little), so that words
    are needed there alone.
    """

    config: UNetConfig
    task: str
    side: int
    batch: int
    rate: float = 1e-3
    warm_up: int = 200
    betas: tuple[float, float] = (0.9, 0.99)
    decay: float = 1e-4
    matrix_rate: float = 0.0
    clip: float = 1.0
    ema: float = 0.9995
    null_text: float = 0.05
    outside: float = 0.1
    snr_cap: float = 6.0
    noisy: float = 0.0


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


PRESETS = ("mini-base", "mini-upsampler")


def recipe(preset: str, rows: int) -> Recipe:
    """The recipe of a preset whose captions use rows - 1 different tokens.

    Raises:
        ValueError: for an unknown preset.
    """
    if preset == "mini-base":
        return Recipe(mini_base(rows), "inpaint", side=64, batch=32, matrix_rate=0.007)
    if preset == "mini-upsampler":
        return Recipe(
            mini_upsampler(rows), "upsample", side=128, batch=16, outside=0.5, matrix_rate=0.007
        )
    raise ValueError(f"Unknown preset '{preset}'; known are {', '.join(PRESETS)}.")
