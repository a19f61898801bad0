"""Estimate seconds and memory of a request before it runs, and what remains of it then.

Cost is counted in floating-point operations from the networks' configs; how many of them this
machine does in a second is learned from every step.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import torch

from glide_studio.api.engine_protocol import Forecast
from glide_studio.api.machine_load import estimate_slowdown
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.inference.device import RESERVE_BYTES, free_bytes
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.plan import Plan, make_plan
from glide_studio.inference.request_networks import required_files

DEFAULT_FLOPS_PER_S = {"cuda": 10e12, "mps": 1e12, "cpu": 30e9}  # until a step has been timed
PIXEL_COST = 5e3  # what a pixel of the crop costs besides the steps, in operations of a network
PROBE_S, PROBE_SHARE = 0.15, 0.6  # time of a probe; a network's speed over that of its convolution
READ_BYTES_PER_S = 500e6  # from disk into a network, conversion to float32 included
LOAD_FACTOR = (
    3  # memory over file size while loading: float32 values of a half-precision file, and the file
)

LESS_DETAIL = (4096, 2048, 1536, 1024, 768, 512, 0)
"""Values of `Sampling.longest` to fall back to; the last is the cascade without tiles."""


class Speedometer:
    """Floating-point operations per second of one device, learned from timed steps.

    seconds_per_pixel: what a candidate takes besides its steps, over the pixels of its crop.
    """

    def __init__(self, device: torch.device) -> None:
        self.speed = DEFAULT_FLOPS_PER_S[device.type]
        self.steps = 0
        self.seconds_per_pixel = PIXEL_COST / self.speed
        self._on_cpu = device.type == "cpu"

    @torch.inference_mode()
    def calibrate(self) -> None:
        """Measure how fast this processor is, and how much of it other programs leave.

        Takes `PROBE_S`, in which a busy machine may stop it once too often or not at all: so it
        counts as much as what the system tells of its load. Nothing is done on other devices, whose
        speed other programs change little.
        """
        if not self._on_cpu or self.steps:
            return
        picture, kernel = torch.ones(4, 64, 32, 32), torch.ones(64, 64, 3, 3)
        cost = 2 * kernel.numel() * picture[:, 0].numel()
        torch.nn.functional.conv2d(picture, kernel, padding=1)  # the first one chooses its kernel
        done, began, busy = 0, time.monotonic(), time.thread_time()
        while time.monotonic() - began < PROBE_S:
            torch.nn.functional.conv2d(picture, kernel, padding=1)
            done += 1
        waited, worked = time.monotonic() - began, time.thread_time() - busy
        seconds = math.sqrt(waited * worked * estimate_slowdown())
        if seconds > 0:
            self.speed = PROBE_SHARE * cost * done / seconds
            self.seconds_per_pixel = PIXEL_COST / self.speed

    def record_rest(self, pixels: int, seconds: float) -> None:
        """Learn from a finished run what its candidates' `pixels` took besides the steps."""
        self.seconds_per_pixel = max(0.0, seconds) / max(1, pixels)

    def record(self, cost: float, seconds: float) -> None:
        """Learn from a step of `cost` operations."""
        speed = cost / max(seconds, 1e-6)
        # The first step takes longer, since memory is allocated and kernels are chosen.
        self.speed = 0.8 * self.speed + 0.2 * speed if self.steps > 1 else speed
        self.steps += 1


class ProgressClock:
    """Progress of one running request: the steps done, and the seconds that remain."""

    def __init__(self, plan: Plan, speedometer: Speedometer) -> None:
        self.plan, self.speedometer = plan, speedometer
        self.done = 0
        self.timed = 0.0  # seconds of the steps
        self.began = time.monotonic()

    def restart(self) -> None:
        """Start to time a step now, since loading is not part of it."""
        self.began = time.monotonic()

    def finish_step(self) -> None:
        """Count and time one more step."""
        now = time.monotonic()
        before = self.plan.cost_after(self.done)
        self.done += 1
        self.speedometer.record(before - self.plan.cost_after(self.done), now - self.began)
        self.timed += now - self.began
        self.began = now

    @property
    def remaining(self) -> float:
        """Estimated seconds still to go."""
        return self.plan.cost_after(self.done) / self.speedometer.speed


def forecast(
    request: Request,
    model: ModelSet,
    device: torch.device,
    speedometer: Speedometer,
    loaded: set[Path],
) -> Forecast:
    """Forecast a request; networks in `loaded` need neither time nor memory to load."""
    plan = make_plan(request, model, device)
    sizes = [path.stat().st_size for path in required_files(request, model) if path not in loaded]
    rest = speedometer.seconds_per_pixel * request.box.area * request.sampling.count
    seconds = plan.cost_after(0) / speedometer.speed + sum(sizes) / READ_BYTES_PER_S + rest
    generated = plan.stages[-1].size if plan.stages else plan.crop
    enlargement = max(plan.output.width, plan.output.height) / max(
        generated.width, generated.height
    )
    free = free_bytes(device) - RESERVE_BYTES
    # If not all networks fit, one at a time is held.
    loads = (LOAD_FACTOR * sum(sizes), LOAD_FACTOR * max(sizes, default=0))
    for load in loads:
        if plan.peak_bytes + load <= free:
            return Forecast(seconds, plan.peak_bytes + load, True, enlargement)
    return Forecast(seconds, plan.peak_bytes + loads[-1], False, enlargement)


def fit_time_budget(
    request: Request, model: ModelSet, device: torch.device, speed: float, seconds: float
) -> Sampling:
    """Return the sampling with the most detail that fits into `seconds`, if none with none.

    speed: floating-point operations per second.
    """
    found = request.sampling
    for longest in (found.longest, *(n for n in LESS_DETAIL if n < found.longest)):
        found = replace(found, longest=longest)
        plan = make_plan(replace(request, sampling=found), model, device)
        if plan.cost_after(0) / speed <= seconds:
            break
    return found
