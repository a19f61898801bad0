"""Named plans: which sampler of the base network in how many steps, and how many of the upsampler.

Chosen by measurement on the bundled model: see resources/docs/plans.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from glide_studio.api.request import SamplerName, Sampling

OWN = ("sampler", "steps", "upsample_steps", "guidance", "temperature")
"""Fields of `Sampling` that a model may have usual values of its own for."""

PlanName = Literal["draft", "good", "best"]

PLANS: Mapping[PlanName, tuple[SamplerName, int, int]] = MappingProxyType(
    {"draft": ("dpm++2m", 10, 3), "good": ("dpm++2m", 25, 4), "best": ("ancestral", 100, 27)}
)
"""(sampler, steps, upsample_steps); "good" is what a `Sampling` has if nothing is said."""


def planned(name: PlanName, sampling: Sampling | None = None) -> Sampling:
    """`sampling`, or the usual one, with the sampler and the steps of that plan."""
    sampler, steps, upsample_steps = PLANS[name]
    usual = sampling or Sampling()
    return replace(usual, sampler=sampler, steps=steps, upsample_steps=upsample_steps)


def advised(sampling: Sampling, usual: Sampling) -> Sampling:
    """`sampling` with what a model's own plan says of it."""
    return replace(sampling, **{name: getattr(usual, name) for name in OWN})
