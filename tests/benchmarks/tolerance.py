"""How far the same request's pictures lie apart on another thread count, batch or processor; prints, never fails.

    python tests/benchmarks/tolerance.py [--model mini] [--samplers ddim,dpm++2m-sde]

Each variant is a process of its own that fills the bundled photograph with the default plan. Other processors
are played by telling torch and oneDNN to use no newer instructions. Differences to the first run are in levels of
0 .. 255: the largest of any value, and the mean over the whole picture. Noise must be equal to the bit always.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from glide_studio.api.events import Draft, Finished
from glide_studio.api.request import DEFAULT_MODEL, Request
from glide_studio.api.sampling import Sampling
from glide_studio.glide.samplers import philox
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.model_cache import ModelCache
from glide_studio.paths import resources_folder

SIDE, COUNT = 256, 2

# What is different: environment, threads (0: as many as there are cores), candidates together, precision.
VARIANTS: dict[str, tuple[dict[str, str], int, int, str]] = {
    "the same again": ({}, 0, COUNT, "float32"),
    "one thread": ({}, 1, COUNT, "float32"),
    "a batch of one": ({}, 0, 1, "float32"),
    "SSE 4.1 in oneDNN": ({"ONEDNN_MAX_CPU_ISA": "SSE41"}, 0, COUNT, "float32"),
    "SSE 4.1 in oneDNN, no AVX in torch": (
        {"ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default"},
        0,
        COUNT,
        "float32",
    ),
    "weights in bfloat16": ({}, 0, COUNT, "bfloat16"),
}


def order(model: str, sampler: str, count: int) -> Request:
    """A fill of the middle of the bundled photograph."""
    folder = resources_folder() / "demo"
    photo = cv2.cvtColor(cv2.imread(str(folder / "coffee.jpg")), cv2.COLOR_BGR2RGB)
    scale = SIDE / min(photo.shape[:2])
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    image = np.ascontiguousarray(small[:SIDE, :SIDE].astype(np.float32) / 255)
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[64:192, 64:192] = 1
    sampling = replace(Sampling(seed=11, count=count), sampler=sampler)  # type: ignore[arg-type]
    box = Box(0, 0, SIDE, SIDE)
    return Request("fill", "a red apple", box, sampling, image=image, mask=mask, model=model)


def child(given: argparse.Namespace) -> None:
    """Fill, and keep the first candidate's draft and picture, and a digest of the noise."""
    if given.threads:
        torch.set_num_threads(given.threads)
    engine = LocalEngine()
    engine.cache = ModelCache(engine.device, getattr(torch, given.precision))
    found: dict[str, np.ndarray] = {}
    for sampler in given.samplers.split(","):
        updates = list(engine.run(order(given.model, sampler, given.count), lambda: False))
        done = updates[-1]
        assert isinstance(done, Finished), done
        found[f"{sampler} draft"] = next(u.image for u in updates if isinstance(u, Draft))
        found[f"{sampler} picture"] = done.patches[0].image
    noise = philox(11, 0, 0, 30, (3, 64, 64)).numpy().tobytes()
    found["noise"] = np.frombuffer(hashlib.sha256(noise).digest(), np.uint8)
    np.savez(given.out, **found)


def measured(given: argparse.Namespace, variant: str | None, folder: Path) -> dict[str, np.ndarray]:
    """What a process of that variant has made."""
    env, threads, count, precision = VARIANTS[variant or "the same again"]
    out = folder / "found.npz"
    command = [sys.executable, __file__, "--child", "--out", str(out), "--model", given.model]
    command += ["--samplers", given.samplers, "--threads", str(threads), "--count", str(count)]
    command += ["--precision", precision]
    subprocess.run(command, check=True, env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"} | env)
    with np.load(out) as found:
        return dict(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--samplers", default="ddim,dpm++2m-sde")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=COUNT, help=argparse.SUPPRESS)
    parser.add_argument("--precision", default="float32", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given)
        return
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, "
        f"{torch.backends.cpu.get_cpu_capability()}, model {given.model}"
    )
    print("| against the first run | noise | " + " | ".join(columns(given)) + " |")
    print("|---" * (2 + len(columns(given))) + "|")
    with tempfile.TemporaryDirectory() as place:
        first = measured(given, None, Path(place))
        for variant in VARIANTS:
            other = measured(given, variant, Path(place))
            cells = ["equal" if np.array_equal(first["noise"], other["noise"]) else "DIFFERS"]
            for name in columns(given):
                apart = 255 * np.abs(first[name] - other[name])
                equal = np.array_equal(first[name], other[name])
                cells.append("equal" if equal else f"{apart.max():.2g}, mean {apart.mean():.1g}")
            print(f"| {variant} | " + " | ".join(cells) + " |", flush=True)


def columns(given: argparse.Namespace) -> list[str]:
    """What is compared."""
    return [f"{name} {what}" for name in given.samplers.split(",") for what in ("draft", "picture")]


if __name__ == "__main__":
    main()
