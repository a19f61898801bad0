"""Seconds and peak memory of the full-size networks and of a fill, and the ratio to the released code.

    python tests/benchmarks/core.py [--official CHECKOUT] [--networks base,upsample,fill] [--repeat 3]

Each network gets random weights that follow from the tensors' names alone, so that CHECKOUT (a checkout of
openai/glide-text2im; it needs requests, tqdm and pyyaml) runs the very same network, and its output is
compared. Every measurement is a process of its own; those of the two implementations take turns, and the
processor's seconds are printed beside the clock's for the sake of busy machines.

The fill goes through the engine, weight files included, and through the released inpainting recipe (100 + 27
ancestral steps). It would take most of an hour, so a few steps of each stage are walked and the rest, equal
to them, is computed; `--whole` walks them all.
"""

from __future__ import annotations

import argparse
import itertools
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
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from glide_studio.api.events import Failed, Progress
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.glide.config import OFFICIAL, UNetConfig
from glide_studio.glide.samplers import num_evaluations
from glide_studio.glide.unet import Condition, UNet
from glide_studio.glide.weights import save, state_dict
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.models.model_set import ModelSet, Role, write_model

FILL = ("base-inpaint", "upsample-inpaint")
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
    network = network.to_empty(device="cpu").to_fastest_layout()
    network.requires_grad_(False).eval()
    random_weights(state_dict(network))
    given = inputs(config)
    with torch.inference_mode():
        text = network.precompute_keys(network.text(given["tokens"], given["real"]))
    seen = Condition(
        text,
        given["known"] if config.inpaint else None,
        given["mask"] if config.inpaint else None,
        given["low_res"] if config.super_res else None,
    )
    return lambda: network(given["x"], given["t"], seen)


def released_model(name: str, checkout: Path) -> tuple[Any, Any]:
    """The network of a checkout of the released code with our random weights, and its diffusion."""
    sys.path.insert(0, str(checkout))
    creation = __import__("glide_text2im.model_creation", fromlist=["model_creation"])
    config = OFFICIAL[name]
    if config.super_res:
        options = creation.model_and_diffusion_defaults_upsampler()
    else:
        options = creation.model_and_diffusion_defaults()
    spacing = "fast27" if config.super_res else "100"
    options |= {"use_fp16": False, "inpaint": config.inpaint, "timestep_respacing": spacing}
    model, diffusion = creation.create_model_and_diffusion(**options)
    model.requires_grad_(False).eval()
    random_weights(model.state_dict())
    return model, diffusion


def official(name: str, checkout: Path) -> Forward:
    """The same evaluation by the released code."""
    config, given = OFFICIAL[name], inputs(OFFICIAL[name])
    model, _ = released_model(name, checkout)
    extra = {"tokens": given["tokens"], "mask": given["real"]}
    if config.inpaint:
        extra |= {"inpaint_image": given["known"] * given["mask"], "inpaint_mask": given["mask"]}
    if config.super_res:
        extra |= {"low_res": given["low_res"]}
    return lambda: model(given["x"], given["t"], **extra)


def best_of(forward: Forward, repeat: int, out: Path) -> dict[str, float]:
    """The fastest of several evaluations."""
    found = []
    with torch.inference_mode():
        for _ in range(repeat):
            wall, busy = time.perf_counter(), time.process_time()
            result = forward()
            found.append((time.perf_counter() - wall, time.process_time() - busy))
    torch.save(result, out)
    return {"seconds": min(wall for wall, _ in found), "processor": min(busy for _, busy in found)}


def child(given: argparse.Namespace) -> None:
    """Measure in this process: one line of JSON."""
    if given.child == "fill":
        measured = our_fill(given) if given.official is None else official_fill(given)
    else:
        name, checkout = given.child, given.official
        forward = ours(name) if checkout is None else official(name, checkout)
        measured = best_of(forward, given.repeat, given.out)
    measured["peak"] = peak_bytes()
    print(json.dumps(measured))


def peak_bytes() -> int:
    """The most memory that this process was ever in.

    Linux lets getrusage begin with the peak of whoever started it, so it is asked elsewhere.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(row.split(":", 1) for row in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


class Laps:
    """Seconds by the clock and of the processor between calls, by stage."""

    def __init__(self) -> None:
        self.began = self.last = (time.perf_counter(), time.process_time())
        self.laps: dict[str, list[tuple[float, float]]] = {}

    def step(self, stage: str) -> None:
        """A step of that stage is done."""
        now = (time.perf_counter(), time.process_time())
        self.laps.setdefault(stage, []).append((now[0] - self.last[0], now[1] - self.last[1]))
        self.last = now

    def whole(self, steps: dict[str, int]) -> dict[str, float]:
        """Seconds of everything so far and of the steps still missing, each like its stage's last."""
        totals = [now - then for now, then in zip(self.last, self.began, strict=True)]
        for stage, count in steps.items():
            laps = self.laps[stage]
            for clock in range(2):
                totals[clock] += (count - len(laps)) * laps[-1][clock]
        return {"seconds": totals[0], "processor": totals[1]}


def write_weights(folder: Path) -> None:
    """The two inpainting networks with random weights as a model set `full`."""
    home = folder / "full"
    home.mkdir()
    for name in FILL:
        network = UNet(OFFICIAL[name]).requires_grad_(False)
        random_weights(state_dict(network))
        save(network, home / f"{name}.safetensors", torch.float16)
    files: dict[Role, Path] = {"base": home / f"{FILL[0]}.safetensors"}
    files["upsampler"] = home / f"{FILL[1]}.safetensors"
    write_model(ModelSet("full", "full size", "random", home, files))


def our_fill(given: argparse.Namespace) -> dict[str, float]:
    """The default fill of a crop of 256 pixels through the engine."""
    plan, some = Sampling(), given.steps
    walked = plan if given.whole else replace(plan, steps=some, upsample_steps=some)
    mask = np.zeros((256, 256), np.float32)
    mask[:, 128:] = 1
    image = np.random.default_rng(0).random((256, 256, 3), np.float32)
    request = Request(
        "fill", "a red apple", Box(0, 0, 256, 256), walked, image=image, mask=mask, model="full"
    )
    laps = Laps()
    for update in LocalEngine([given.out]).run(request, lambda: False):
        if isinstance(update, Failed):
            raise SystemExit(update.message)
        if isinstance(update, Progress):
            laps.step(update.stage)
    calls = num_evaluations(plan.sampler, plan.steps) - num_evaluations(plan.sampler, walked.steps)
    steps = {"Drafting": walked.steps + calls, "Refining": plan.upsample_steps}
    return laps.whole(steps)


def official_fill(given: argparse.Namespace) -> dict[str, float]:
    """The released inpainting recipe: guidance 5, known pixels imposed on x0, both networks resident."""
    released = [released_model(name, given.official) for name in FILL]
    base, up = [inputs(OFFICIAL[name]) for name in FILL]
    laps = Laps()
    with torch.inference_mode():
        for stage, (model, diffusion), seen, side in zip(
            ("base", "upsampler"), released, (base, up), (64, 256), strict=True
        ):
            guided = stage == "base"
            rows = 2 if guided else 1
            known, mask = seen["known"], seen["mask"]
            extra = {
                "tokens": seen["tokens"].expand(rows, -1),
                "mask": torch.cat([seen["real"], torch.zeros_like(seen["real"])][:rows]),
                "inpaint_image": (known * mask).expand(rows, -1, -1, -1),
                "inpaint_mask": mask.expand(rows, -1, -1, -1),
            }
            if not guided:
                extra["low_res"] = seen["low_res"]

            def evaluate(
                x: Tensor, t: Tensor, model=model, guided=guided, **extra: Tensor
            ) -> Tensor:
                if not guided:
                    return model(x, t, **extra)
                out = model(torch.cat([x[:1], x[:1]]), t, **extra)
                eps, rest = out[:, :3], out[:, 3:]
                eps = eps[1:] + 5.0 * (eps[:1] - eps[1:])
                return torch.cat([torch.cat([eps, eps]), rest], dim=1)

            def impose(x0: Tensor, known=known, mask=mask) -> Tensor:
                return x0 * (1 - mask) + known * mask

            walk = diffusion.p_sample_loop_progressive(
                evaluate,
                (rows, 3, side, side),
                device="cpu",
                model_kwargs=extra,
                denoised_fn=impose,
            )
            for _ in itertools.islice(walk, None if given.whole else given.steps):
                laps.step(stage)
    return laps.whole({"base": 100, "upsampler": 27})


def measure(name: str, given: argparse.Namespace, out: Path, theirs: bool) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--child", name, "--out", str(out)]
    command += ["--repeat", str(given.repeat), "--steps", str(given.steps)]
    command += ["--whole"] * given.whole
    if theirs:
        command += ["--official", str(given.official)]
    env = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}  # As the program sets it.
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    """The least time and the largest peak of several processes."""
    least = {key: min(run[key] for run in runs) for key in ("seconds", "processor")}
    return least | {"peak": max(run["peak"] for run in runs)}


def line(name: str, found: dict[str, float]) -> str:
    """One measurement in words."""
    return (
        f"{name:17} {found['seconds']:8.2f} s, of the processor {found['processor']:8.2f} s, "
        f"peak {found['peak'] / 2**20:6.0f} MB"
    )


def rounds(name: str, given: argparse.Namespace) -> Iterator[str]:
    """Lines about one network or the fill."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        a, b = folder / "a.pt", folder / "b.pt"
        if name == "fill":
            write_weights(folder)
            a = folder
        mine, theirs = [], []
        for _ in range(2 if given.official and name != "fill" else 1):
            mine.append(measure(name, given, a, False))
            if given.official:
                theirs.append(measure(name, given, b, True))
        our = best(mine)
        yield line(name, our)
        if not given.official:
            return
        their = best(theirs)
        yield line("  official", their)
        said = (
            f"{'':17} ours is {their['seconds'] / our['seconds']:.2f} times as fast by the clock, "
            f"{their['processor'] / our['processor']:.2f} by the processor, "
            f"with {our['peak'] / their['peak']:.2f} of the memory"
        )
        if name != "fill":
            x, y = torch.load(a), torch.load(b)
            said += f"; outputs differ by {(x - y).abs().max() / y.std():.1e} of their deviation"
        yield said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--official", type=Path, help="a checkout of openai/glide-text2im")
    parser.add_argument("--networks", default=",".join([*OFFICIAL, "fill"]), help="with commas")
    parser.add_argument("--repeat", type=int, default=3, help="evaluations; the fastest counts")
    parser.add_argument("--steps", type=int, default=2, help="of each stage of the fill")
    parser.add_argument("--whole", action="store_true", help="walk every step of the fill")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given)
        return
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, {platform.machine()}, "
        f"load {load:.1f}, one picture, float32"
    )
    for name in given.networks.split(","):
        for said in rounds(name, given):
            print(said, flush=True)


if __name__ == "__main__":
    main()
