"""Seconds and peak memory of the full-size networks, and the ratio to another implementation.

    python tests/benchmarks/core.py [--official CHECKOUT] [--networks base,upsample] [--repeat 3]

Each network gets random weights that depend on the tensors' names alone, so that CHECKOUT (a checkout of
openai/glide-text2im) runs the very same network and its output is compared. Every measurement is a
process of its own; those of the two implementations take turns. A fill in full is computed from one
evaluation of each network: it would take most of an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from glide_studio.contract.request import Sampling
from glide_studio.glide.config import OFFICIAL, UNetConfig
from glide_studio.glide.samplers import evaluations
from glide_studio.glide.unet import Condition, UNet
from glide_studio.glide.weights import state_dict

Forward = Callable[[], Tensor]


def random_weights(tensors: dict[str, Tensor]) -> None:
    """Fill each tensor with numbers that follow from its name, of the size of trained ones."""
    for name, tensor in tensors.items():
        draw = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        inward = tensor[0].numel() if tensor.ndim > 1 else 2500
        # Drawn in the order of the indices, whatever the layout in memory.
        numbers = torch.randn(tensor.shape, generator=draw) / inward**0.5
        scales = tensor.ndim == 1 and name.endswith("weight")
        tensor.copy_(numbers + 1 if scales else numbers)


def inputs(config: UNetConfig) -> dict[str, Tensor]:
    """One picture, half of it known, and a caption of nine tokens."""
    draw, side = torch.Generator().manual_seed(0), config.size
    mask = torch.zeros(1, 1, side, side)
    mask[..., : side // 2] = 1.0
    return {
        "x": torch.randn(1, 3, side, side, generator=draw),
        "t": torch.tensor([500.0]),
        "known": torch.rand(1, 3, side, side, generator=draw) * 2 - 1,
        "mask": mask,
        "low_res": torch.rand(1, 3, side // 4, side // 4, generator=draw) * 2 - 1,
        "tokens": torch.randint(config.text.vocabulary, (1, config.text.context), generator=draw),
        "real": torch.arange(config.text.context)[None] < 9,
    }


def ours(name: str) -> Forward:
    """One evaluation as a fill makes it: the caption is encoded before."""
    config = OFFICIAL[name]
    with torch.device("meta"):
        network = UNet(config)
    network = network.to_empty(device="cpu").laid_out()
    network.requires_grad_(False).eval()
    random_weights(state_dict(network))
    given = inputs(config)
    with torch.inference_mode():
        text = network.prepared(network.text(given["tokens"], given["real"]))
    seen = Condition(
        text,
        given["known"] if config.inpaint else None,
        given["mask"] if config.inpaint else None,
        given["low_res"] if config.super_res else None,
    )
    return lambda: network(given["x"], given["t"], seen)


def official(name: str, checkout: Path) -> Forward:
    """The same from a checkout of the released code."""
    sys.path.insert(0, str(checkout))
    creation = __import__("glide_text2im.model_creation", fromlist=["model_creation"])
    config, given = OFFICIAL[name], inputs(OFFICIAL[name])
    if config.super_res:
        options = creation.model_and_diffusion_defaults_upsampler()
    else:
        options = creation.model_and_diffusion_defaults()
    options |= {"use_fp16": False, "inpaint": config.inpaint}
    model, _ = creation.create_model_and_diffusion(**options)
    model.requires_grad_(False).eval()
    random_weights(model.state_dict())
    extra = {"tokens": given["tokens"], "mask": given["real"]}
    if config.inpaint:
        extra |= {"inpaint_image": given["known"] * given["mask"], "inpaint_mask": given["mask"]}
    if config.super_res:
        extra |= {"low_res": given["low_res"]}
    return lambda: model(given["x"], given["t"], **extra)


def child(name: str, checkout: Path | None, repeat: int, out: Path) -> None:
    """Measure in this process: one line of JSON."""
    forward = ours(name) if checkout is None else official(name, checkout)
    seconds = []
    with torch.inference_mode():
        for _ in range(repeat):
            start = time.perf_counter()
            result = forward()
            seconds.append(time.perf_counter() - start)
    torch.save(result, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
    print(json.dumps({"seconds": min(seconds), "peak": peak}))


def measure(name: str, checkout: Path | None, repeat: int, out: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--child",
        name,
        "--out",
        str(out),
        "--repeat",
        str(repeat),
    ]
    if checkout is not None:
        command += ["--official", str(checkout)]
    env = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}  # As the program sets it.
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    return {"seconds": min(r["seconds"] for r in runs), "peak": max(r["peak"] for r in runs)}


def rounds(name: str, checkout: Path | None, repeat: int) -> Iterator[str]:
    """Lines about one network; their numbers also as the fill needs them."""
    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder, "a.pt"), Path(folder, "b.pt")
        mine, theirs = [], []
        for _ in range(2 if checkout else 1):
            mine.append(measure(name, None, repeat, a))
            if checkout is not None:
                theirs.append(measure(name, checkout, repeat, b))
        our = best(mine)
        TIMES[name] = our["seconds"]
        yield f"{name:17} {our['seconds']:7.2f} s  {our['peak'] / 2**20:6.0f} MB"
        if checkout is not None:
            their = best(theirs)
            OFFICIAL_TIMES[name] = their["seconds"]
            gap = (torch.load(a) - torch.load(b)).abs().max()
            yield (
                f"{'  official':17} {their['seconds']:7.2f} s  {their['peak'] / 2**20:6.0f} MB   "
                f"ours is {their['seconds'] / our['seconds']:.2f} times as fast, "
                f"with {our['peak'] / their['peak']:.2f} of the memory; outputs differ by {gap:.1e}"
            )


TIMES: dict[str, float] = {}
OFFICIAL_TIMES: dict[str, float] = {}


def fill_line() -> Iterator[str]:
    """A fill from one evaluation of each network: guidance doubles the base network's."""
    base, up = "base-inpaint", "upsample-inpaint"
    if {base, up} <= TIMES.keys():
        plan = Sampling()
        steps = 2 * evaluations(plan.sampler, plan.steps)
        seconds = steps * TIMES[base] + plan.upsample_steps * TIMES[up]
        yield f"a fill ({plan.sampler}, {plan.steps} + {plan.upsample_steps} steps): {seconds:.0f} s, computed"
        if {base, up} <= OFFICIAL_TIMES.keys():
            theirs = 200 * OFFICIAL_TIMES[base] + 27 * OFFICIAL_TIMES[up]
            yield (
                f"the official recipe (100 + 27 steps): {theirs:.0f} s, computed; "
                f"ours is {theirs / seconds:.1f} times as fast"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--official", type=Path, help="a checkout of openai/glide-text2im")
    parser.add_argument("--networks", default=",".join(OFFICIAL), help="which, separated by commas")
    parser.add_argument("--repeat", type=int, default=3, help="evaluations; the fastest counts")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child, given.official, given.repeat, given.out)
        return
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, {platform.machine()}, "
        f"load {load:.1f}, one picture, float32"
    )
    for name in given.networks.split(","):
        for line in rounds(name, given.official, given.repeat):
            print(line, flush=True)
    for line in fill_line():
        print(line)


if __name__ == "__main__":
    main()
