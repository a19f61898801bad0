"""Seconds and memory of a request before and while it runs.

Cost is counted in floating-point operations from the networks' configs; how many of them this machine
does in a second is learnt from every step that is taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import safetensors
import torch

from glide_studio.contract.engine import Forecast
from glide_studio.contract.request import Request, Sampling
from glide_studio.engine.cost import activation_bytes, flops
from glide_studio.engine.device import RESERVE, free_bytes
from glide_studio.engine.pixels import working_size
from glide_studio.glide.config import OFFICIAL, UNetConfig
from glide_studio.glide.weights import HEADER, WeightsError
from glide_studio.library.modelset import ModelSet

# Floating-point operations a second that are assumed until the first step has been timed.
FIRST_GUESS = {"cuda": 10e12, "mps": 1e12, "cpu": 30e9}
READ_SPEED = 500e6  # bytes a second from disk into a network, conversion to float32 included
LARGEST_BATCH = {"cuda": 16}  # candidates that go through the base network together; else 4


@lru_cache(maxsize=64)
def config_of(path: Path, role: str) -> UNetConfig:
    """The network of a weight file from its header alone; a file without ours is a released one.

    Raises:
        WeightsError: if the file is damaged.
    """
    if path.suffix == ".safetensors":
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                header = (file.metadata() or {}).get(HEADER)
        except safetensors.SafetensorError:
            raise WeightsError(f"{path.name} is damaged; add the model again.") from None
        if header is not None:
            return UNetConfig.from_json(header)
    return OFFICIAL["base-inpaint" if role == "base" else "upsample-inpaint"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Sampler steps of equal cost: how many, and operations each."""

    steps: int
    cost: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of a request in order, and the memory that its largest moment takes."""

    stages: tuple[Stage, ...]
    peak_bytes: int

    @property
    def steps(self) -> int:
        """Sampler steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def cost_after(self, done: int) -> float:
        """Operations still to do when `done` steps are done."""
        left = 0.0
        for stage in self.stages:
            passed = min(done, stage.steps)
            done -= passed
            left += (stage.steps - passed) * stage.cost
        return left


def batches(count: int, device: torch.device) -> list[range]:
    """Candidates in groups that go through the base network together."""
    size = LARGEST_BATCH.get(device.type, 4)
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def plan(request: Request, model: ModelSet, device: torch.device) -> Plan:
    """What a request does: the base network's batches, then one upsampling for each picture."""
    sampling, crop = request.sampling, request.box.size
    stages: list[Stage] = []
    peak = 3 * crop.area * 3 * 4  # the crop, its patch and a copy, float32
    if request.draft is None:
        base = config_of(model.base, "base")
        size = working_size(crop, base.size, base.step)
        guided = sampling.guidance != 1.0 and request.prompt != request.negative
        groups = batches(sampling.count, device)
        one = flops(base, size) * (2 if guided else 1)
        stages += [Stage(sampling.steps, one * len(group)) for group in groups]
        peak += activation_bytes(base, size, len(groups[0]))
    if not request.drafts_only and model.upsampler is not None:
        upsampler = config_of(model.upsampler, "upsampler")
        size = working_size(crop, upsampler.size, upsampler.step)
        count = sampling.count if request.draft is None else 1
        stages.append(Stage(sampling.upsample_steps * count, flops(upsampler, size)))
        peak += activation_bytes(upsampler, size, 1)
    return Plan(tuple(stages), peak)


class Speedometer:
    """Operations a second of one device, learnt from timed steps."""

    def __init__(self, device: torch.device) -> None:
        self.speed = FIRST_GUESS[device.type]
        self.measured = False

    def saw(self, cost: float, seconds: float) -> None:
        """A step of `cost` operations took `seconds`."""
        speed = cost / max(seconds, 1e-6)
        self.speed = 0.8 * self.speed + 0.2 * speed if self.measured else speed
        self.measured = True


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
    """See `contract.engine.Forecast`; networks in `resident` need neither time nor memory to load."""
    whole = plan(request, model, device)
    cold = [p for p in (model.base, model.upsampler) if p is not None and p not in resident]
    cold_bytes = sum(path.stat().st_size for path in cold)
    seconds = whole.cost_after(0) / speedometer.speed + cold_bytes / READ_SPEED
    peak = whole.peak_bytes + 3 * cold_bytes
    free = free_bytes(device) - RESERVE
    side = max(request.box.width, request.box.height)
    enlargement = side / model.side
    if peak <= free:
        return Forecast(seconds, peak, True, None, enlargement)
    cheaper = cheaper_sampling(request, model, device, free - 3 * cold_bytes)
    return Forecast(seconds, peak, False, cheaper, enlargement)


def cheaper_sampling(
    request: Request, model: ModelSet, device: torch.device, free: int
) -> Sampling | None:
    """The same with fewer candidates at once, if that fits."""
    for count in range(request.sampling.count - 1, 0, -1):
        sampling = replace(request.sampling, count=count)
        smaller = replace(request, sampling=sampling)
        if plan(smaller, model, device).peak_bytes <= free:
            return sampling
    return None
