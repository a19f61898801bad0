"""A run that is saved and finished in another process equals the unbroken one to the bit."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch

from glide_studio.glide.diffusion import Denoiser
from glide_studio.glide.guidance import ClippedDenoiser, KnownPixels, NetworkDenoiser
from glide_studio.glide.samplers import SAMPLERS, SamplingRun, Step, philox_noise
from glide_studio.glide.schedule import Schedule, named_schedule
from tests.glide.test_networks import TINY, inputs, network

STEPS, PAUSE = 8, 4
NAMES = ("plms", "dpm++2m-sde")


def job() -> tuple[Denoiser, Schedule]:
    """A fill by a tiny real network."""
    made = network(replace(TINY, inpaint=True))
    _, _, condition = inputs(made)
    assert condition.known is not None
    assert condition.mask is not None
    schedule = named_schedule("squaredcos_cap_v2").respace([STEPS])
    denoiser: Denoiser = NetworkDenoiser(made, schedule, condition)
    denoiser = KnownPixels(denoiser, schedule, condition.known.clamp(-1, 1), condition.mask)
    return ClippedDenoiser(denoiser, schedule), schedule


def finish(folder: Path) -> None:
    """What the other process does."""
    torch.set_num_threads(1)
    for name in NAMES:
        steps_left, x, history = torch.load(folder / f"{name}.paused", weights_only=True)
        noise = philox_noise(5, range(2), 0)
        rest = SamplingRun(SAMPLERS[name], *job(), x, noise, steps_left, tuple(history)).steps()
        torch.save([step.x for step in rest], folder / f"{name}.rest")


def test_a_run_is_finished_in_another_process(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    whole: dict[str, list[Step]] = {}
    for name in NAMES:
        noise = philox_noise(5, range(2), 0)
        x = noise(STEPS, torch.empty(2, 3, 16, 16))
        whole[name] = [*SamplingRun(SAMPLERS[name], *job(), x, noise).steps()]
        paused = whole[name][STEPS - PAUSE - 1]
        assert paused.steps_left == PAUSE
        torch.save((paused.steps_left, paused.x, paused.history), tmp_path / f"{name}.paused")
    torch.set_num_threads(threads)
    code = "import sys, pathlib; from tests.glide.test_resume import finish; "
    code += "finish(pathlib.Path(sys.argv[1]))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, env=env)
    for name in NAMES:
        rest = torch.load(tmp_path / f"{name}.rest", weights_only=True)
        assert len(rest) == PAUSE
        assert all(torch.equal(x, s.x) for x, s in zip(rest, whole[name][-PAUSE:], strict=True))
