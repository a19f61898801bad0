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
CANDIDATE_S, PIXEL_S = 0.03, 5e-7  # besides the steps: a candidate, and a pixel of its crop
PROBE_S, PROBE_SHARE = 0.15, 0.7  # time of a probe; a network's speed over that of its convolution
PROBE_PICTURE, PROBE_KERNEL = (4, 64, 32, 32), (64, 64, 3, 3)
PROBE_COST = 2.0 * math.prod(PROBE_KERNEL) * 4 * 32 * 32
PROBE_GAIN = 2 / 3  # power of the number of threads: how many times faster they are, at least
LEARNING_RATE = 0.2  # weight of the newest measurement
RECENT_S = 30.0  # how long other programs are taken to leave what they left in a step
LOAD_S, READ_BYTES_PER_S = 0.1, 500e6  # from disk into a network: each, and its bytes
LOAD_FACTOR = (
    3  # memory over file size while loading: float32 values of a half-precision file, and the file
)

LESS_DETAIL = (4096, 2048, 1536, 1024, 768, 512, 0)
"""Values of `Sampling.longest` to fall back to; the last is the cascade without tiles."""


class Speedometer:
    """How fast one device works, learned from timed steps.

    On a CPU the thread's processor time is learned, and apart from it how much longer the clock
    takes, since other programs come and go. speed: operations per second of processor time.
    rest_factor: seconds that a run takes besides its steps, over `rest_seconds`.
    """

    def __init__(self, device: torch.device) -> None:
        self.speed = DEFAULT_FLOPS_PER_S[device.type]
        self.steps = 0
        self.rest_factor = 1.0
        self._on_cpu = device.type == "cpu"
        self._slowdown = 1.0
        self._learned_at = -math.inf

    @property
    def slowdown(self) -> float:
        """Factor by which the clock takes longer than the processor; 1 on other devices.

        What was measured some time ago counts as much as what the system tells.
        """
        if not self._on_cpu or time.monotonic() - self._learned_at < RECENT_S:
            return self._slowdown
        if not self.steps:
            return estimate_slowdown(threads=torch.get_num_threads())
        return math.sqrt(self._slowdown * estimate_slowdown())

    def read_clocks(self) -> tuple[float, float]:
        """Return seconds by the clock, and of this thread's processor time if that is learned."""
        now = time.monotonic()
        return now, time.thread_time() if self._on_cpu else now

    @torch.inference_mode()
    def calibrate(self) -> None:
        """Measure how fast this processor is, for a moment; nothing is done on other devices.

        How much of it other programs leave is not told: while the window loads, it is the busiest.
        What several threads take is mostly waiting then, if one of them has no core. The work of
        one thread is told by its processor time at any load, and several are faster.
        """
        if not self._on_cpu or self.steps:
            return
        threads = torch.get_num_threads()
        together = self._time_convolution()
        torch.set_num_threads(1)
        try:
            alone = self._time_convolution()
        finally:
            torch.set_num_threads(threads)
        quick = min(together, alone / threads**PROBE_GAIN)
        if quick > 0:
            self.speed = PROBE_SHARE * PROBE_COST / quick

    def _time_convolution(self) -> float:
        """Return the processor time of a quick one of those that are done within `PROBE_S`."""
        picture, kernel = torch.ones(PROBE_PICTURE), torch.ones(PROBE_KERNEL)
        torch.nn.functional.conv2d(picture, kernel, padding=1)  # the first one chooses its kernel
        taken: list[float] = []
        began, before = self.read_clocks()
        now = began
        while now - began < PROBE_S:
            torch.nn.functional.conv2d(picture, kernel, padding=1)
            now, busy = self.read_clocks()
            taken.append(busy - before)
            before = busy
        # a clock that ticks slowly tells only their mean
        return sorted(taken)[len(taken) // 4] or sum(taken) / len(taken)

    def record(self, cost: float, seconds: float, busy: float) -> None:
        """Learn from a step of `cost` operations: seconds by the clock and of processor time."""
        seconds, busy = max(seconds, 1e-6), max(busy, 1e-6)
        # The first step takes longer, since memory is allocated and kernels are chosen.
        share = LEARNING_RATE if self.steps > 1 else 1.0
        # Of times, not of speeds: a clock that ticks slowly is right on average.
        self.speed = 1 / ((1 - share) / self.speed + share * busy / cost)
        self._slowdown += share * (max(1.0, seconds / busy) - self._slowdown)
        self._learned_at = time.monotonic()
        self.steps += 1

    def record_rest(self, expected: float, busy: float) -> None:
        """Learn from a finished run what it took besides its steps, in seconds."""
        self.rest_factor += LEARNING_RATE * (max(0.0, busy) / expected - self.rest_factor)


class ProgressClock:
    """Progress of one running request: the steps done, and the seconds that remain.

    rest: seconds that the run takes besides its steps.
    """

    def __init__(self, plan: Plan, speedometer: Speedometer, rest: float = 0.0) -> None:
        self.plan, self.speedometer, self.rest = plan, speedometer, rest
        self.done = 0
        self.timed = 0.0  # processor time of the steps, in seconds
        self.began = speedometer.read_clocks()

    def restart(self) -> None:
        """Start to time a step now, since loading is not part of it."""
        self.began = self.speedometer.read_clocks()

    def finish_step(self) -> None:
        """Count and time one more step."""
        now = self.speedometer.read_clocks()
        before = self.plan.cost_after(self.done)
        self.done += 1
        seconds, busy = now[0] - self.began[0], now[1] - self.began[1]
        self.speedometer.record(before - self.plan.cost_after(self.done), seconds, busy)
        self.timed += busy
        self.began = now

    @property
    def share(self) -> float:
        """Share of the work of all steps that is done, 0 .. 1."""
        return 1 - self.plan.cost_after(self.done) / max(1.0, self.plan.cost_after(0))

    @property
    def remaining(self) -> float:
        """Estimated seconds still to go."""
        meter, cost = self.speedometer, self.plan.cost_after(self.done)
        rest = meter.rest_factor * self.rest * (1 - self.share)
        return meter.slowdown * (cost / meter.speed + rest)


def rest_seconds(request: Request) -> float:
    """Return about what a request takes besides its steps: cutting, showing and scaling."""
    is_one = request.drafts_only or request.draft is not None
    candidates = 1 if is_one else request.sampling.count
    return candidates * (CANDIDATE_S + PIXEL_S * request.box.area)


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
    loading = sum(LOAD_S + size / READ_BYTES_PER_S for size in sizes)
    rest = speedometer.rest_factor * rest_seconds(request)
    seconds = speedometer.slowdown * (plan.cost_after(0) / speedometer.speed + loading + rest)
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

    seconds: for the steps. speed: floating-point operations per second.
    """
    found = request.sampling
    for longest in (found.longest, *(n for n in LESS_DETAIL if n < found.longest)):
        found = replace(found, longest=longest)
        plan = make_plan(replace(request, sampling=found), model, device)
        if plan.cost_after(0) / speed <= seconds:
            break
    return found
