"""A run that is paused, saved and finished in another process equals the unbroken one to the bit."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from glide.test_networks import TINY, inputs, network

from glide_studio.glide.diffusion import Denoiser
from glide_studio.glide.guidance import Clipped, KnownPixels, NetworkDenoiser
from glide_studio.glide.samplers import SAMPLERS
from glide_studio.glide.sampling import philox_noise
from glide_studio.glide.schedule import Schedule, named

STEPS, PAUSE = 8, 4


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


def finish(name: str, saved: Path, out: Path) -> None:
    """What the other process does."""
    torch.set_num_threads(1)
    left, x, memory = torch.load(saved, weights_only=True)
    walk = SAMPLERS[name](*job(), x, philox_noise(5, range(2), 0), left, tuple(memory))
    torch.save([step.x for step in walk], out)


@pytest.mark.parametrize("name", ["plms", "dpm++2m-sde"])
def test_a_run_is_finished_in_another_process(name: str, tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        noise = philox_noise(5, range(2), 0)
        x = noise(STEPS, torch.empty(2, 3, 16, 16))
        whole = [*SAMPLERS[name](*job(), x, noise)]
    finally:
        torch.set_num_threads(threads)
    paused = whole[STEPS - PAUSE - 1]
    assert paused.left == PAUSE
    torch.save((paused.left, paused.x, paused.memory), tmp_path / "paused.pt")
    code = (
        "import sys, pathlib; from glide.test_resume import finish;"
        "finish(sys.argv[1], *map(pathlib.Path, sys.argv[2:]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, name, tmp_path / "paused.pt", tmp_path / "out.pt"],
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    rest = torch.load(tmp_path / "out.pt", weights_only=True)
    assert len(rest) == PAUSE
    assert all(torch.equal(x, step.x) for x, step in zip(rest, whole[-PAUSE:], strict=True))
