"""Training configurations, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glide_studio.glide.clip import HEAD_WIDTH
from glide_studio.glide.config import UNetConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerConfig:
    """Optimizer settings of any network.

    batch: pictures a step. rate: AdamW's learning rate after `warm_up` steps. betas, decay:
        AdamW's.
    matrix_rate: Muon's rate for the inner matrices, which AdamW then skips; 0 = AdamW for all.
    clip: largest gradient norm. ema: highest decay of the averaged weights.
    """

    batch: int
    rate: float = 1e-3
    warm_up: int = 200
    betas: tuple[float, float] = (0.9, 0.99)
    decay: float = 1e-4
    matrix_rate: float = 0.0
    clip: float = 1.0
    ema: float = 0.9995


@dataclass(frozen=True, slots=True)
class DiffusionTrainingConfig(OptimizerConfig):
    """How a diffusion network is trained.

    The loss is on what the network predicts; a learned variance adds the variational bound's term
    (Nichol & Dhariwal 2021, L_hybrid). With the objective "vlb", for networks that learn the
    variance, it is the bound alone, L_vlb, with importance sampling of the timesteps.

    task: the dataset. side: of a training crop in pixels. null_text: share of captions replaced by
    the null caption. outside: loss weight of known pixels. snr_cap: of the min-SNR weights, None =
    uniform. noisy: share of a batch whose timesteps are drawn from the noisiest part (the share
    `noisiest` of them), where x_t does not show colors and the caption decides. trunk: factor of
    the learning rates of weights that do not read the caption; below 1 to teach words to a trained
    network, 0 to freeze the rest.
    """

    config: UNetConfig
    task: Literal["inpaint", "upsample", "objects"]
    side: int
    null_text: float = 0.05
    outside: float = 0.1
    snr_cap: float | None = 6.0
    noisy: float = 0.0
    noisiest: float = 0.1
    trunk: float = 1.0
    objective: Literal["hybrid", "vlb"] = "hybrid"

    def __post_init__(self) -> None:
        if self.objective == "vlb" and not self.config.learned_variance:
            raise ValueError("The objective vlb needs a network that learns its variance.")


@dataclass(frozen=True, slots=True)
class ClipConfig:
    """Sizes of a noise-aware CLIP (see `glide.clip`); heads are `HEAD_WIDTH` channels wide.

    size: of the pictures, with a fourth channel if `alpha`. patch, width, layers: of the image
    encoder. text_width, text_layers, context: of the caption encoder, whose table has `rows` rows.
    embedding: of the common space.
    """

    rows: int
    size: int = 64
    alpha: bool = True
    patch: int = 8
    width: int = 2 * HEAD_WIDTH
    layers: int = 5
    text_width: int = 2 * HEAD_WIDTH
    text_layers: int = 1
    context: int = 24
    embedding: int = 128
    timesteps: int = 1000


@dataclass(frozen=True, slots=True)
class ClipTrainingConfig(OptimizerConfig):
    """How a noise-aware CLIP is trained.

    schedule: of the base network that it guides. low_noise: see `draw_guide_timesteps`.
    """

    config: ClipConfig
    schedule: str = "squaredcos_cap_v2"
    low_noise: float = 0.3


@dataclass(frozen=True, slots=True)
class ClassifierTrainingConfig(OptimizerConfig):
    """How a noise-aware classifier is trained.

    config: as `glide.classifier` reads it. low_noise: see `draw_guide_timesteps`.
    """

    config: UNetConfig
    low_noise: float = 0.3
