"""Seconds of a sheet of drafts, an upsampling, a cancel, and the import of torch; prints, never fails.

python -m tests.benchmarks.engine [--model NAME]
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from dataclasses import replace

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np

from glide_studio.api.events import Draft, Progress
from glide_studio.api.request import DEFAULT_MODEL, Request
from glide_studio.api.sampling import Sampling
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine

ROUNDS = 5


def request(model: str) -> Request:
    rng = np.random.default_rng(0)
    image = rng.random((300, 300, 3), dtype=np.float32)
    mask = np.zeros((300, 300), np.float32)
    mask[75:225, 75:225] = 1
    sampling = Sampling(count=4)
    return Request(
        "fill", "a red apple", Box(0, 0, 300, 300), sampling, image=image, mask=mask, model=model
    )


def timed(engine: LocalEngine, wanted: Request) -> tuple[float, list]:
    began = time.perf_counter()
    updates = list(engine.run(wanted, lambda: False))
    return time.perf_counter() - began, updates


def show(what: str, seconds: list[float]) -> None:
    print(
        f"{what}: median {np.median(seconds):.2f} s, range {min(seconds):.2f} .. {max(seconds):.2f}, n = {len(seconds)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name of an installed model")
    model = parser.parse_args().model
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, model {model}")
    engine = LocalEngine()
    fill = replace(request(model), drafts_only=True)
    cold, updates = timed(engine, fill)
    print(f"first sheet of 4 drafts, loading included: {cold:.2f} s")
    show("sheet of 4 drafts", [timed(engine, fill)[0] for _ in range(ROUNDS)])
    draft = next(update for update in updates if isinstance(update, Draft))
    finish = replace(request(model), draft=draft.image, draft_index=0)
    timed(engine, finish)
    show("one upsampling", [timed(engine, finish)[0] for _ in range(ROUNDS)])
    waits = []
    for after in np.linspace(0.05, 1.5, 24):
        due = time.perf_counter() + after
        list(engine.run(fill, lambda due=due: time.perf_counter() > due))
        waits.append(time.perf_counter() - due)
    show("cancel, from the user's click to the end", waits)
    steps = [time.perf_counter()]
    for update in engine.run(fill, lambda: False):
        if isinstance(update, Progress):
            steps.append(time.perf_counter())
    show("one step of the sheet", list(np.diff(steps)))
    forecasts = []
    for _ in range(50):
        began = time.perf_counter()
        engine.forecast(fill)
        forecasts.append(time.perf_counter() - began)
    print(
        f"forecast: median {1000 * np.median(forecasts):.2f} ms, largest {1000 * max(forecasts):.2f} ms"
    )
    print(
        f"peak resident memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


if __name__ == "__main__":
    main()
