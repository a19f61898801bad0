"""`Sampling`: how candidates are drawn, and the plans: sampler and steps in one word.

The plans were chosen by measurement: see resources/docs/plans.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

SamplerName = Literal["ddim", "ancestral", "plms", "prk", "dpm++2m", "dpm++2m-sde"]
Context = Literal["shown", "hidden", "plain"]
Variance = Literal["learned", "small", "large"]

RANGES = (
    ("steps", 1, 1000),
    ("upsample_steps", 1, 1000),
    ("guidance_low", 0, 1),
    ("guidance_high", 0, 1),
    ("mean_below", 0, 1),
    ("rescale", 0, 1),
    ("eta", 0, 1),
    ("temperature", 0, 1),
    ("classifier_class", -1, 100_000),
    ("strength", 0, 1),
    ("resamples", 1, 100),
    ("jump", 1, 1000),
    ("longest", 0, 16_384),
)
"""Fields of `Sampling` that are bounded on both sides."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Everything that, with the same model and picture, determines the result.

    seed: 0 .. 2**63 - 1; candidate i of a request uses noise stream (seed, i).
    count: number of candidates, 1 or more.
    steps, upsample_steps: denoising steps of the base network and of the upsampler, 1 .. 1000.
    sampler: of the base network. eta: of the sampler "ddim", 0 .. 1, share of fresh noise at each
        step: 0 is deterministic, 1 as much as ancestral sampling draws (DDIM, eq. 16).
    variance: of the sampler "ancestral": "learned" for the network's own (beta~ if it learned
        none), "small" for beta~, "large" for beta (DDPM, section 3.2).
    guidance: classifier-free guidance scale s (GLIDE, eq. 8); 1 is unguided.
    guidance_low, guidance_high: the interval of timesteps in which guidance is applied, as shares:
        0 is the picture, 1 pure noise. rescale: 0 .. 1, how far the standard deviation of the
        guided prediction is restored.
    mean_below: share of the timesteps below which means of predictions are taken instead of
        samples, which leaves no blotches of a network that is not fully trained; 0 is off.
    temperature: 0 .. 1, standard deviation of the initial noise of drafts and tiles (the released
        notebooks use 0.997 for the upsampler). Lower values give calmer, more similar results.
    clip_scale, classifier_scale: gradient scales, 0 is off. classifier_class: number of the class,
        -1 for the one that the prompt names.
    strength: denoising strength, 0 .. 1; below 1 sampling starts from the noised picture (SDEdit).
    context: "shown": known pixels are an input of the network. "hidden": they are not, and replace
        the known part of x_t at each step instead. "plain": as "hidden", with the text-to-image
        network.
    resamples, jump: for "hidden" and "plain": how often each stretch of `jump` steps is sampled
        (RePaint, arXiv 2201.09865).
    longest: pixels of the longer side up to which the picture is made in full detail, in tiles
        beyond the size of the cascade; the rest up to the crop's size is plain enlargement.

    Raises:
        ValueError: if a value is out of its range.
    """

    seed: int = 0
    count: int = 1
    steps: int = 25
    upsample_steps: int = 4
    sampler: SamplerName = "dpm++2m"
    guidance: float = 3.0
    guidance_low: float = 0.0
    guidance_high: float = 1.0
    mean_below: float = 0.0
    rescale: float = 0.0
    clip_scale: float = 0.0
    classifier_scale: float = 0.0
    classifier_class: int = -1
    strength: float = 1.0
    context: Context = "shown"
    resamples: int = 1
    jump: int = 5
    longest: int = 1024
    eta: float = 0.0
    variance: Variance = "learned"
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"The seed must be between 0 and 2^63 - 1, not {self.seed}.")
        if self.count < 1:
            raise ValueError(f"Ask for at least one candidate, not {self.count}.")
        for name, low, high in RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} must be between {low} and {high}, not {value}.")
        for name in ("guidance", "clip_scale", "classifier_scale"):
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be a finite number.")
        for name, allowed in (
            ("sampler", get_args(SamplerName)),
            ("context", get_args(Context)),
            ("variance", get_args(Variance)),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}.")


PlanName = Literal["draft", "good", "best"]

RELEASED_PLANS: Mapping[PlanName, tuple[SamplerName, int, int]] = MappingProxyType(
    {"draft": ("dpm++2m", 10, 3), "good": ("dpm++2m", 25, 4), "best": ("ancestral", 100, 27)}
)
"""Plans of the released networks: (sampler, steps, upsample_steps); "good" is `Sampling`'s."""

STEP_FACTORS: Mapping[PlanName, float] = MappingProxyType({"draft": 0.5, "good": 1.0, "best": 1.5})
"""What other models multiply their own number of steps by."""

MODEL_DEFAULT_FIELDS = (
    "sampler",
    "steps",
    "upsample_steps",
    "guidance",
    "guidance_low",
    "guidance_high",
    "mean_below",
    "temperature",
    "context",
)
"""Fields of `Sampling` that a model may define defaults for."""


def apply_plan(name: PlanName, usual: Sampling) -> Sampling:
    """Return what a plan makes of `usual`, the sampling that a model was tuned for.

    A model that samples as the released networks do gets their plans; another one keeps its sampler
    and the steps of its upsampler, and takes fewer or more steps.
    """
    if (usual.sampler, usual.steps, usual.upsample_steps) == RELEASED_PLANS["good"]:
        sampler, steps, upsample_steps = RELEASED_PLANS[name]
        return replace(usual, sampler=sampler, steps=steps, upsample_steps=upsample_steps)
    return replace(usual, steps=max(1, round(usual.steps * STEP_FACTORS[name])))


def apply_model_defaults(sampling: Sampling, defaults: Sampling) -> Sampling:
    """Return `sampling` with the fields that a model defines taken from its `defaults`."""
    return replace(sampling, **{name: getattr(defaults, name) for name in MODEL_DEFAULT_FIELDS})
