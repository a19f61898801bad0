"""Seconds and memory of a request before and while it runs.

Cost is counted in floating-point operations from the networks' configs; how many of them this machine
does in a second is learnt from every step that is taken.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import torch

from glide_studio.api.protocol import Forecast
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.inference.device import RESERVE_BYTES, free_bytes
from glide_studio.inference.models.model_set import ModelSet, Role
from glide_studio.inference.plan import Plan, base_of, plan

# Floating-point operations a second that are assumed until the first step has been timed.
FIRST_GUESS = {"cuda": 10e12, "mps": 1e12, "cpu": 30e9}
READ_SPEED = 500e6  # bytes a second from disk into a network, conversion to float32 included

# Sides in pixels that a plan falls back to, the last one being that of the cascade without tiles.
LESS_DETAIL = (4096, 2048, 1536, 1024, 768, 512, 0)

CLIP: tuple[Role, ...] = ("clip-image", "clip-text")


class Speedometer:
    """Operations a second of one device, learnt from timed steps."""

    def __init__(self, device: torch.device) -> None:
        self.speed = FIRST_GUESS[device.type]
        self.steps = 0

    def saw(self, cost: float, seconds: float) -> None:
        """A step of `cost` operations took `seconds`."""
        speed = cost / max(seconds, 1e-6)
        # The very first step takes longer, since memory is asked for and kernels are chosen.
        self.speed = 0.8 * self.speed + 0.2 * speed if self.steps > 1 else speed
        self.steps += 1


class Stopwatch:
    """Follows one running request: what is left, and how fast this machine is."""

    def __init__(self, plan: Plan, speedometer: Speedometer) -> None:
        self.plan, self.speedometer = plan, speedometer
        self.done = 0
        self.began = time.monotonic()

    def restart(self) -> None:
        """Begin to time a step now: what came before it was not computing."""
        self.began = time.monotonic()

    def step(self) -> None:
        """One more step is done."""
        now = time.monotonic()
        before = self.plan.cost_after(self.done)
        self.done += 1
        self.speedometer.saw(before - self.plan.cost_after(self.done), now - self.began)
        self.began = now

    @property
    def remaining(self) -> float:
        """Seconds still to go."""
        return self.plan.cost_after(self.done) / self.speedometer.speed


def forecast(
    request: Request,
    model: ModelSet,
    device: torch.device,
    speedometer: Speedometer,
    resident: set[Path],
) -> Forecast:
    """See `api.protocol.Forecast`; networks in `resident` need neither time nor memory to load."""
    whole = plan(request, model, device)
    cold = [path.stat().st_size for path in needed(request, model) if path not in resident]
    seconds = whole.cost_after(0) / speedometer.speed + sum(cold) / READ_SPEED
    free = free_bytes(device) - RESERVE_BYTES
    made = whole.stages[-1].size if whole.stages else request.box.size
    side = max(request.box.width, request.box.height)
    enlargement = side / max(made.width, made.height)
    # If not all networks fit, one at a time is held.
    loads = (3 * sum(cold), 3 * max(cold, default=0))
    for load in loads:
        if whole.peak_bytes + load <= free:
            return Forecast(seconds, whole.peak_bytes + load, True, enlargement)
    return Forecast(seconds, whole.peak_bytes + loads[-1], False, enlargement)


def needed(request: Request, model: ModelSet) -> list[Path]:
    """The weight files that a request needs, as far as the model has them."""
    sampling = request.sampling
    clip = [model.files[role] for role in CLIP if role in model.files]
    if request.kind == "select":
        return clip or [base_of(request, model)]
    wanted = [base_of(request, model)] if request.draft is None else []
    if model.upsampler is not None and not request.drafts_only:
        wanted.append(model.upsampler)
    if sampling.clip_scale:
        wanted += clip
    if sampling.classifier_scale and "classifier" in model.files:
        wanted.append(model.files["classifier"])
    return wanted


def quicker_sampling(
    request: Request, model: ModelSet, device: torch.device, speed: float, seconds: float
) -> Sampling:
    """The request's sampling with as much detail as can be computed in `seconds`, or else with none."""
    found = request.sampling
    for longest in (found.longest, *(n for n in LESS_DETAIL if n < found.longest)):
        found = replace(found, longest=longest)
        whole = plan(replace(request, sampling=found), model, device)
        if whole.cost_after(0) / speed <= seconds:
            break
    return found
