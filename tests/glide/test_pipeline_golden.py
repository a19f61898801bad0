"""The released notebooks from prompt to picture, on tiny networks with the real vocabulary."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Denoiser
from glide_studio.glide.guidance import (
    ClassifierFreeGuidance,
    ClippedDenoiser,
    KnownPixels,
    NetworkDenoiser,
)
from glide_studio.glide.samplers import Noise, Sampler, SamplingRun, ancestral, ddim
from glide_studio.glide.schedule import Schedule, named_schedule
from glide_studio.glide.text import TextStates
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.glide.unet import UNet
from glide_studio.paths import resources_folder
from tests.glide.golden import LOOP, close, condition, files, name, numbers, tensors, unet

pytestmark = pytest.mark.golden
PIPELINES = files("*/pipeline/pipeline.json")


def encoded(network: UNet, prompt: str, rows: int) -> TextStates:
    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
    ids, mask = tokenizer.encode_padded(prompt, network.config.text.context)
    return network.text(
        torch.from_numpy(ids).expand(rows, -1), torch.from_numpy(mask).expand(rows, -1)
    )


def recorded(noises: Tensor, rows: int) -> Noise:
    return lambda steps_left, _x: noises[len(noises) - 1 - steps_left, :rows]


def run(
    sampler: Sampler, denoiser: Denoiser, schedule: Schedule, x: Tensor, noise: Noise
) -> Tensor:
    """The sample after each step, [steps, N, C, H, W]."""
    steps = SamplingRun(sampler, ClippedDenoiser(denoiser, schedule), schedule, x, noise).steps()
    return torch.stack([step.x for step in steps])


def u8(pictures: Tensor) -> Tensor:
    return ((pictures + 1) * 127.5).round().clamp(0, 255)


@pytest.mark.parametrize("path", PIPELINES, ids=name)
def test_text_to_image(path: Path) -> None:
    about, io = numbers(path), tensors(path.with_name("io.safetensors"))
    base, up = unet(path.with_name("base.json")), unet(path.with_name("upsample.json"))
    rows, prompt = about["batch"], about["prompt"]
    schedule = named_schedule(base.config.schedule).respace(about["base_respacing"])
    guided = ClassifierFreeGuidance(
        NetworkDenoiser(base, schedule, condition(encoded(base, prompt, rows))),
        NetworkDenoiser(base, schedule, condition(encoded(base, "", rows))),
        schedule,
        about["guidance_scale"],
    )
    noise = recorded(io["in.t2i.step_noise"], rows)
    steps = run(ancestral, guided, schedule, io["in.t2i.x_T"][:rows], noise)
    close(steps, io["out.t2i.base_steps"], LOOP)
    assert (u8(steps[-1]) - io["out.t2i.base_u8"]).abs().max() <= 1

    schedule = named_schedule(up.config.schedule).respace(about["up_respacing"])
    seen = condition(encoded(up, prompt, rows), low_res=io["out.t2i.low_res"])
    x = io["in.t2i.up_z"] * about["upsample_temp"]
    noise = recorded(io["in.t2i.up_step_noise"], rows)
    last = run(ddim, NetworkDenoiser(up, schedule, seen), schedule, x, noise)[-1]
    close(last, io["out.t2i.up_final"], LOOP)
    assert (u8(last) - io["out.t2i.up_u8"]).abs().max() <= 1


@pytest.mark.parametrize("path", PIPELINES, ids=name)
def test_inpainting(path: Path) -> None:
    about, io = numbers(path), tensors(path.with_name("io.safetensors"))
    base = unet(path.with_name("base_inpaint.json"))
    up = unet(path.with_name("upsample_inpaint.json"))
    rows, prompt = about["batch"], about["inpaint_prompt"]
    known, mask = io["in.inp.image16"], io["in.inp.mask16"]
    schedule = named_schedule(base.config.schedule).respace(about["base_respacing"])
    guided = ClassifierFreeGuidance(
        NetworkDenoiser(base, schedule, condition(encoded(base, prompt, rows), known, mask)),
        NetworkDenoiser(base, schedule, condition(encoded(base, "", rows), known, mask)),
        schedule,
        about["inpaint_guidance_scale"],
    )
    noise = recorded(io["in.inp.step_noise"], rows)
    imposed = KnownPixels(guided, schedule, known, mask)
    steps = run(ancestral, imposed, schedule, io["in.inp.x_T"][:rows], noise)
    close(steps, io["out.inp.base_steps"], LOOP)
    assert (u8(steps[-1]) - io["out.inp.base_u8"]).abs().max() <= 1

    known, mask = io["in.inp.image32"], mask.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(mask, io["out.inp.mask32"])
    schedule = named_schedule(up.config.schedule).respace(about["up_respacing"])
    seen = condition(encoded(up, prompt, rows), known, mask, io["out.inp.low_res"])
    imposed = KnownPixels(NetworkDenoiser(up, schedule, seen), schedule, known, mask)
    x = io["in.inp.up_z"] * about["upsample_temp"]
    last = run(ancestral, imposed, schedule, x, recorded(io["in.inp.up_step_noise"], rows))[-1]
    close(last, io["out.inp.up_final"], LOOP)
    assert (u8(last) - io["out.inp.up_u8"]).abs().max() <= 1
    assert torch.equal(last * mask, known.expand_as(last) * mask)  # Known pixels come out exact.
