"""A run that is paused, saved and finished in another process equals the unbroken one to the bit."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch

from glide_studio.glide.diffusion import Denoiser
from glide_studio.glide.guidance import Clipped, KnownPixels, NetworkDenoiser
from glide_studio.glide.samplers import SAMPLERS
from glide_studio.glide.sampling import Step, philox_noise
from glide_studio.glide.schedule import Schedule, named
from tests.glide.test_networks import TINY, inputs, network

STEPS, PAUSE = 8, 4
NAMES = ("plms", "dpm++2m-sde")


def job() -> tuple[Denoiser, Schedule]:
    """A fill by a tiny real network."""
    made = network(replace(TINY, inpaint=True))
    _, _, seen = inputs(made)
    assert seen.known is not None
    assert seen.mask is not None
    schedule = named("squaredcos_cap_v2").respaced([STEPS])
    denoiser: Denoiser = NetworkDenoiser(made, schedule, seen)
    denoiser = KnownPixels(denoiser, schedule, seen.known.clamp(-1, 1), seen.mask)
    return Clipped(denoiser, schedule), schedule


def finish(folder: Path) -> None:
    """What the other process does."""
    torch.set_num_threads(1)
    for name in NAMES:
        left, x, memory = torch.load(folder / f"{name}.paused", weights_only=True)
        walk = SAMPLERS[name](*job(), x, philox_noise(5, range(2), 0), left, tuple(memory))
        torch.save([step.x for step in walk], folder / f"{name}.rest")


def test_a_run_is_finished_in_another_process(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    whole: dict[str, list[Step]] = {}
    for name in NAMES:
        noise = philox_noise(5, range(2), 0)
        x = noise(STEPS, torch.empty(2, 3, 16, 16))
        whole[name] = [*SAMPLERS[name](*job(), x, noise)]
        paused = whole[name][STEPS - PAUSE - 1]
        assert paused.left == PAUSE
        torch.save((paused.left, paused.x, paused.memory), tmp_path / f"{name}.paused")
    torch.set_num_threads(threads)
    code = "import sys, pathlib; from glide.test_resume import finish; finish(pathlib.Path(sys.argv[1]))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, env=env)
    for name in NAMES:
        rest = torch.load(tmp_path / f"{name}.rest", weights_only=True)
        assert len(rest) == PAUSE
        assert all(torch.equal(x, s.x) for x, s in zip(rest, whole[name][-PAUSE:], strict=True))
