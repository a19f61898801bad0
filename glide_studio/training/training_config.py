"""How networks are trained, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glide_studio.glide.clip import HEAD_WIDTH
from glide_studio.glide.config import UNetConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerConfig:
    """What the loop needs to know of any network.

    batch: pictures a step. rate: AdamW's learning rate after `warm_up` steps. betas, decay: AdamW's.
    matrix_rate: Muon's rate for the inner matrices, which AdamW then leaves alone; 0 = AdamW for all.
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

    The loss is on what the network predicts; a learned variance adds the bound's term (the hybrid
    objective).

    task: which samples the data set makes. side: of a training crop in pixels. null_text: share of
    captions replaced by the null caption. outside: weight of the loss where pixels are known.
    snr_cap: of the min-SNR weights, None = every timestep alike. noisy: share of a batch whose
    timesteps lie in the noisiest tenth. Below it x_t shows the colors already (a mean over a region
    hides little), so that words are needed there alone. trunk: share of the rates for all that does not
    read the caption itself; below 1, a network that paints already learns words; 0: nothing else.
    sketched: weight of the squared error of what a sketch calls to mind against x0, averaged down; unlike
    the rest, it teaches words at every timestep. sketch_alone: nothing but that, without an evaluation of
    the trunk. sketch_kept: the reverse, afterwards: what captions call to mind stays as it is, and the rest
    learns to use it. text_kept: the caption's states stay as they are, so that what else reads them still
    can. sharded: too large for one device.
    """

    config: UNetConfig
    task: Literal["generate", "inpaint", "upsample"]
    side: int
    null_text: float = 0.05
    outside: float = 0.1
    snr_cap: float | None = 6.0
    noisy: float = 0.0
    trunk: float = 1.0
    sketched: float = 0.0
    sketch_alone: bool = False
    sketch_kept: bool = False
    text_kept: bool = False
    sharded: bool = False


@dataclass(frozen=True, slots=True)
class ClipConfig:
    """Sizes of a noise-aware CLIP (see `glide.clip`); heads are `HEAD_WIDTH` channels wide.

    size: of the pictures. patch, width, layers: of the image encoder. text_width, text_layers, context:
    of the caption encoder, whose table has `rows` rows. embedding: of the common space.
    """

    rows: int
    size: int = 64
    patch: int = 8
    width: int = 3 * HEAD_WIDTH
    layers: int = 3
    text_width: int = 2 * HEAD_WIDTH
    text_layers: int = 2
    context: int = 24
    embedding: int = 128
    timesteps: int = 1000


@dataclass(frozen=True, slots=True)
class ClipTrainingConfig(OptimizerConfig):
    """How a noise-aware CLIP is trained: for the schedule of the base network that it guides."""

    config: ClipConfig
    schedule: str = "squaredcos_cap_v2"


@dataclass(frozen=True, slots=True)
class ClassifierTrainingConfig(OptimizerConfig):
    """How a noise-aware classifier is trained; of `config`, what `glide.classifier` reads counts."""

    config: UNetConfig
