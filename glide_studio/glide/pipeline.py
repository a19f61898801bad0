"""The inpainting pipeline: base network (64 px), upsampler (256 px), upsampler over tiles.

GLIDE, section 4 and its released recipes: both networks see the known pixels, which are also
imposed on x0 at each step; the low-resolution picture is rounded to 8 bits before the upsampler
sees it; the upsampler starts from noise of 0.997 and takes no guidance. Each stage is a value,
`SamplingRun`, that is ready to start. Pictures are float32 in -1 .. 1; N counts the samples
that go through a stage together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide import schedule as schedules
from glide_studio.glide.diffusion import Denoiser, noise_levels
from glide_studio.glide.guidance import (
    ClassifierFreeGuidance,
    ClippedDenoiser,
    FixedVariance,
    Gradient,
    KnownPixels,
    MeanShift,
    NetworkDenoiser,
    ScoreShift,
    mirror_rows,
)
from glide_studio.glide.layers import OnBlock, noop
from glide_studio.glide.posterior_mean import PosteriorMean
from glide_studio.glide.samplers import (
    SAMPLERS,
    Noise,
    RePaint,
    Sampler,
    SamplingRun,
    add_noise,
    ddim,
)
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.text import TextStates
from glide_studio.glide.tiling import TiledDenoiser, TileLayout
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.glide.unet import Condition, UNet

BASE_NOISE = 0  # stream of the counter-based noise; the stages after it take the next numbers
UPSAMPLE_TEMPERATURE = 0.997
CACHED_CAPTIONS = 4  # batches: prompt and negative prompt of one network, and the other's

Conditioning = Literal["concat", "replace", "none"]
"""How the network gets known pixels: as input, put back into x_t (`RePaint`), or not at all."""


@dataclass(frozen=True, slots=True)
class InpaintInputs:
    """What a stage fills, N = len(prompts) samples at the stage's size.

    known: [N or 1, 3, H, W]; its unknown part is where a start below full strength begins, which is
        for networks without alpha.
    mask: [N or 1, 1, H, W], 1 = known. noise: of the N samples. start: [N or 1, C, H, W], where a
        start below full strength begins instead of `known`.
    mirrored: of the N samples, those that the base network is to see, and to draw, mirrored; empty
        for none.
    """

    prompts: Sequence[str]
    known: Tensor
    mask: Tensor
    noise: Noise
    start: Tensor | None = None
    mirrored: Sequence[bool] = ()


@dataclass(frozen=True, slots=True)
class BaseSettings:
    """How the base network samples.

    steps: of the whole schedule. sampler: a name in `SAMPLERS`; eta: of "ddim", 0 .. 1.
    variance: of "ancestral": the network's own, beta~ ("small") or beta ("large").
    guidance: classifier-free scale, 1 is unguided; away from `negative_prompt`. guidance_range:
        guide only between these shares of the timesteps, 0 the picture, 1 pure noise. rescale: see
        `ClassifierFreeGuidance`.
    temperature: standard deviation of the noise that samples start from.
    strength: 0 .. 1, denoising strength: below 1 samples start from the noised known picture.
    conditioning: see `Conditioning`. resamples, jump: of `RePaint`.
    mean_below: share of the timesteps below which `PosteriorMean` replaces the sampler, 0 is off.
    """

    steps: int
    sampler: str = "dpm++2m"
    eta: float = 0.0
    variance: Literal["learned", "small", "large"] = "learned"
    guidance: float = 1.0
    negative_prompt: str = ""
    guidance_range: tuple[float, float] = (0.0, 1.0)
    rescale: float = 0.0
    temperature: float = 1.0
    strength: float = 1.0
    conditioning: Conditioning = "concat"
    resamples: int = 1
    jump: int = 1
    mean_below: float = 0.0


@dataclass(slots=True)
class InpaintPipeline:
    """The stages of a fill by two networks.

    base, upsampler: return the network; called once a stage, so that the owner may keep one at a
        time in memory.
    on_block: called between the blocks of a network; an exception that it raises ends the run.
    captions: encoded captions of the latest stages; clear it to free memory.
    """

    base: Callable[[], UNet]
    upsampler: Callable[[], UNet]
    tokenizer: Tokenizer
    on_block: OnBlock = noop
    captions: dict[tuple[str, tuple[str, ...]], TextStates] = field(default_factory=dict)

    @torch.inference_mode()
    def base_stage(
        self, inputs: InpaintInputs, settings: BaseSettings, gradient: Gradient | None = None
    ) -> SamplingRun:
        """Prepare the samples of the base network.

        gradient: of a guiding network (CLIP, classifier), applied in the unknown part.
        """
        network, n = self.base(), len(inputs.prompts)
        schedule = network_schedule(network).evenly_spaced(settings.steps)
        condition = self._condition(network, "base", inputs)
        rows = (
            torch.tensor(inputs.mirrored, device=network.device) if any(inputs.mirrored) else None
        )
        if settings.conditioning != "concat":
            condition = condition.without_known()
        elif rows is not None:
            assert condition.known is not None
            assert condition.mask is not None
            known, mask = (mirror_rows(plane, rows) for plane in (condition.known, condition.mask))
            condition = replace(condition, known=known, mask=mask)
        conditional = NetworkDenoiser(network, schedule, condition, self.on_block, rows)
        denoiser: Denoiser = conditional
        negative = settings.negative_prompt
        if settings.guidance != 1.0 and any(prompt != negative for prompt in inputs.prompts):
            null = replace(condition, text=self._encode(network, "base", [negative] * n))
            denoiser = ClassifierFreeGuidance(
                conditional,
                replace(conditional, condition=null),
                schedule,
                settings.guidance,
                noise_range(network_schedule(network), *settings.guidance_range),
                settings.rescale,
                batched=network.device.type != "cpu" or network.config.patch > 1,
            )
        seen = inputs if settings.conditioning == "concat" else None
        denoiser = clip_x0(network, denoiser, schedule, seen)
        if settings.variance != "learned":
            denoiser = FixedVariance(denoiser, schedule, settings.variance)
        if gradient is not None:
            denoiser = apply_gradient(
                denoiser, schedule, gradient, 1 - inputs.mask, settings.sampler
            )
        sampler: Sampler = SAMPLERS[settings.sampler]
        means: Sampler = PosteriorMean(settings.strength)
        if settings.eta:
            sampler = partial(ddim, eta=settings.eta)
        if settings.conditioning == "replace":
            jump = settings.jump if settings.resamples > 1 else 1
            repaint = partial(RePaint, known=inputs.known, mask=inputs.mask, jump=jump)
            sampler = repaint(sampler, resamples=settings.resamples)
            means = repaint(means)
        below = steps_for_strength(settings.mean_below, len(schedule))
        start = steps_for_strength(settings.strength, len(schedule))
        x = initial_sample(network, schedule, inputs, start, settings.temperature)
        return SamplingRun(
            sampler,
            denoiser,
            schedule,
            to_channels_last(x),
            inputs.noise,
            start,
            ending=(below, means) if below else None,
        )

    @torch.inference_mode()
    def upsample_stage(
        self, inputs: InpaintInputs, low_res: Tensor, steps: int, strength: float = 1.0
    ) -> SamplingRun:
        """Prepare the samples of the upsampler.

        low_res: [N or 1, C, h, w], what is enlarged, by 4 in GLIDE. steps, strength: see
            `BaseSettings`.
        """
        network = self.upsampler()
        schedule = network_schedule(network).evenly_spaced(steps)
        condition = self._condition(network, "upsampler", inputs, low_res)
        denoiser: Denoiser = NetworkDenoiser(network, schedule, condition, self.on_block)
        denoiser = clip_x0(network, denoiser, schedule, inputs)
        start = steps_for_strength(strength, len(schedule))
        x = initial_sample(network, schedule, inputs, start, UPSAMPLE_TEMPERATURE)
        return SamplingRun(ddim, denoiser, schedule, to_channels_last(x), inputs.noise, start)

    @torch.inference_mode()
    def tiled_stage(
        self,
        inputs: InpaintInputs,
        picture: Tensor,
        low_res: Tensor,
        layout: TileLayout,
        *,
        steps: int,
        start: int,
        temperature: float = 1.0,
        batch: int = 1,
    ) -> SamplingRun:
        """Prepare a pass of the upsampler over the tiles of a picture that is larger than its own.

        picture: [1, C, H, W], the picture so far, enlarged; the pass begins at it with noise, so
            that the tiles agree on what they refine.
        low_res: [1, C, h, w], what the network enlarges. steps: of the whole schedule; `start` of
            them are taken. temperature: standard deviation of the noise at the start; a model whose
            base network starts below 1 makes specks in smooth areas here with more. batch: tiles
            evaluated together.
        """
        network = self.upsampler()
        schedule = network_schedule(network).evenly_spaced(steps)
        condition = self._condition(network, "upsampler", inputs, low_res)
        tiles = TiledDenoiser(network, schedule, condition, layout, batch, self.on_block)
        denoiser = clip_x0(network, tiles, schedule, inputs)
        x = add_noise(schedule, picture, start, scale_noise(inputs.noise, temperature))
        return SamplingRun(ddim, denoiser, schedule, to_channels_last(x), inputs.noise, start)

    def _condition(
        self, network: UNet, role: str, inputs: InpaintInputs, low_res: Tensor | None = None
    ) -> Condition:
        n = len(inputs.prompts)
        return Condition(
            self._encode(network, role, inputs.prompts),
            inputs.known.expand(n, -1, -1, -1),
            inputs.mask.expand(n, -1, -1, -1),
            None if low_res is None else round_to_8_bits(low_res).expand(n, -1, -1, -1),
        )

    def _encode(self, network: UNet, role: str, prompts: Sequence[str]) -> TextStates:
        """Encode captions, one a row; equal ones once, and those of the latest stages not again."""
        distinct = tuple(dict.fromkeys(prompts))
        if (role, distinct) not in self.captions:
            while len(self.captions) >= CACHED_CAPTIONS:
                del self.captions[next(iter(self.captions))]
            self.captions[role, distinct] = encode_captions(network, self.tokenizer, distinct)
        states = self.captions[role, distinct]
        if len(distinct) == 1:
            return states.map(lambda one: one.expand(len(prompts), *[-1] * (one.ndim - 1)))
        rows = [distinct.index(prompt) for prompt in prompts]
        return states.map(lambda one: one[rows])


@torch.inference_mode()
def encode_captions(network: UNet, tokenizer: Tokenizer, prompts: Sequence[str]) -> TextStates:
    """Encode captions, one a row, with the keys and values of every attention block."""
    pairs = [tokenizer.encode_padded(prompt, network.config.text.context) for prompt in prompts]
    tokens, masks = (
        torch.from_numpy(np.stack(column)).to(network.device) for column in zip(*pairs, strict=True)
    )
    return network.precompute_keys(network.text(tokens, masks))


def network_schedule(network: UNet) -> Schedule:
    """Return the noise schedule that a network was trained with, all of its steps."""
    return schedules.named_schedule(network.config.schedule)


def clip_x0(
    network: UNet, denoiser: Denoiser, schedule: Schedule, known: InpaintInputs | None
) -> Denoiser:
    """Impose the known pixels of `known`, if given, on x0 and clamp it to the range of pictures.

    A network with alpha paints above the known pixels, so that they are not imposed on its x0.
    """
    if known is not None and not network.config.alpha:
        denoiser = KnownPixels(denoiser, schedule, known.known, known.mask)
    return ClippedDenoiser(denoiser, schedule)


def apply_gradient(
    denoiser: Denoiser, schedule: Schedule, gradient: Gradient, free: Tensor, sampler: str
) -> Denoiser:
    """Move a denoiser along a gradient in the form that the sampler takes.

    free: [N or 1, 1, H, W], 1 where the gradient acts. After the clamp, as in the released code.
    """

    def free_gradient(x: Tensor, timesteps: Tensor) -> Tensor:
        return gradient(x, timesteps) * free

    if sampler == "ancestral":
        return MeanShift(denoiser, free_gradient, schedule)
    # Clamped again: with few steps the noisiest one would move x0 far out of a picture's range.
    return ClippedDenoiser(ScoreShift(denoiser, free_gradient, schedule), schedule)


def steps_for_strength(strength: float, steps: int) -> int:
    """Count the steps that a denoising strength of 0 .. 1 leaves to go; above 0 at least one."""
    return math.ceil(round(strength * steps, 6))


def initial_sample(
    network: UNet,
    schedule: Schedule,
    inputs: InpaintInputs,
    start: int,
    temperature: float,
) -> Tensor:
    """Return x_T [N, C, H, W], or for a start below the top the noised known picture (SDEdit)."""
    n = len(inputs.prompts)
    if start < len(schedule):
        picture = inputs.known if inputs.start is None else inputs.start
        return add_noise(schedule, picture.expand(n, -1, -1, -1), start, inputs.noise)
    shape = n, network.config.picture_channels, *inputs.mask.shape[2:]
    empty = torch.empty(shape, device=network.device)
    return scale_noise(inputs.noise, temperature)(len(schedule), empty)


def scale_noise(noise: Noise, temperature: float) -> Noise:
    """Return `noise` at that standard deviation."""
    return lambda steps_left, like: noise(steps_left, like) * temperature


def noise_range(schedule: Schedule, low: float, high: float) -> tuple[float, float]:
    """Return the noise levels at two shares of the timesteps; 0 and 1 give 0 and infinity."""
    last = len(schedule) - 1
    levels = noise_levels(schedule, torch.tensor([low * last, high * last]))
    return (0.0 if low == 0 else float(levels[0]), math.inf if high == 1 else float(levels[1]))


def round_to_8_bits(x: Tensor) -> Tensor:
    """Round -1 .. 1 to the 256 levels of a stored picture, as in training."""
    return ((x + 1) * 127.5).round() / 127.5 - 1


def to_channels_last(x: Tensor) -> Tensor:
    """Return x in the memory layout in which a CPU samples fastest."""
    return x.contiguous(memory_format=torch.channels_last)
