"""The pipeline's stages: known pixels, batches of prompts, starts from the picture, captions."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from glide_studio.glide.config import TextConfig
from glide_studio.glide.pipeline import (
    BASE_NOISE,
    CACHED_CAPTIONS,
    BaseSettings,
    Conditioning,
    InpaintInputs,
    InpaintPipeline,
    SamplingRun,
    noise_range,
)
from glide_studio.glide.samplers import SAMPLERS, philox_noise
from glide_studio.glide.schedule import named_schedule
from glide_studio.glide.text import TextStates
from glide_studio.glide.tiling import plan_tiles
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.glide.unet import UNet
from glide_studio.paths import resources_folder
from tests.glide.test_networks import TINY, network

TOKENIZER = Tokenizer(resources_folder() / "vocabulary" / "glide")
BASE = replace(
    TINY, inpaint=True, text=TextConfig(context=6, width=16, layers=1, heads=2, vocabulary=50_257)
)
UPSAMPLER = replace(BASE, super_res=True, size=32)


@dataclass
class Networks:
    """A base network and an upsampler that count how often each is asked for."""

    base: UNet = field(default_factory=lambda: network(BASE))
    upsampler: UNet = field(default_factory=lambda: network(UPSAMPLER))
    calls: list[str] = field(default_factory=list)

    def get(self, name: str) -> UNet:
        self.calls.append(name)
        made = getattr(self, name)
        assert isinstance(made, UNet)
        return made

    def pipeline(self) -> InpaintPipeline:
        return InpaintPipeline(lambda: self.get("base"), lambda: self.get("upsampler"), TOKENIZER)


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks()


@pytest.fixture
def pipeline(networks: Networks) -> InpaintPipeline:
    networks.calls.clear()
    return networks.pipeline()


def fill(*prompts: str, side: int = 16, first: int = 0, channels: int = 3) -> InpaintInputs:
    """Samples first, first + 1, ... of one seed, all on the same picture with a square hole."""
    draw = torch.Generator().manual_seed(1)
    known = torch.rand(1, channels, side, side, generator=draw) * 2 - 1
    mask = torch.ones(1, 1, side, side)
    mask[..., side // 4 : side // 2, side // 4 : side // 2] = 0
    noise = philox_noise(5, range(first, first + len(prompts)), BASE_NOISE)
    return InpaintInputs(prompts, known, mask, noise)


def kept(stage: SamplingRun, inputs: InpaintInputs) -> Tensor:
    """The largest change of a known value."""
    return ((stage.run() - inputs.known) * inputs.mask).abs().max()


@pytest.mark.parametrize("conditioning", ["concat", "replace"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_base_stage_keeps_known_pixels(
    pipeline: InpaintPipeline, sampler: str, conditioning: Conditioning
) -> None:
    settings = BaseSettings(4, sampler, guidance=3.0, conditioning=conditioning)
    inputs = fill("a cat", "a cat")
    stage = pipeline.base_stage(inputs, settings)
    assert stage.x.shape == (2, 3, 16, 16)
    assert kept(stage, inputs) < 2e-6
    assert not torch.equal(*stage.run().chunk(2))


def test_a_network_without_known_pixels_paints_everywhere(pipeline: InpaintPipeline) -> None:
    inputs = fill("a cat")
    assert kept(pipeline.base_stage(inputs, BaseSettings(3, conditioning="none")), inputs) > 0.1


def test_upsampling_and_tiles_keep_known_pixels(pipeline: InpaintPipeline) -> None:
    small, large = fill("a cat", side=32), fill("a cat", side=64)
    low_res = torch.nn.functional.avg_pool2d(small.known, 4)
    assert kept(pipeline.upsample_stage(small, low_res, 3), small) < 2e-6
    layout = plan_tiles(large.mask, (32, 32), 8, 4)
    low_res = torch.nn.functional.avg_pool2d(large.known, 4)
    stage = pipeline.tiled_stage(large, large.known, low_res, layout, steps=4, start=2)
    assert [step.steps_left for step in stage.steps()] == [1, 0]
    assert kept(stage, large) < 2e-6


def test_a_batch_of_different_prompts_paints_what_each_paints_alone(
    pipeline: InpaintPipeline,
) -> None:
    prompts = ["a cat", "", "a dog", "a cat"]
    settings = BaseSettings(3, guidance=2.0)
    together = pipeline.base_stage(fill(*prompts), settings).run()
    for row, prompt in enumerate(prompts):
        alone = pipeline.base_stage(fill(prompt, first=row), settings).run()
        torch.testing.assert_close(alone[0], together[row], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("conditioning", ["concat", "none"])
def test_a_mirrored_sample_is_the_mirror_image_of_what_the_mirrored_input_gives(
    pipeline: InpaintPipeline, conditioning: Conditioning
) -> None:
    settings = BaseSettings(3, "ancestral", guidance=2.0, conditioning=conditioning)
    inputs = fill("a cat", "a dog")
    flipped = replace(
        inputs,
        known=inputs.known.flip(3),
        mask=inputs.mask.flip(3),
        noise=lambda *key: inputs.noise(*key).flip(3),
    )
    plain, other = (pipeline.base_stage(given, settings).run() for given in (inputs, flipped))
    mixed = pipeline.base_stage(replace(inputs, mirrored=(False, True)), settings).run()
    torch.testing.assert_close(mixed[0], plain[0])
    torch.testing.assert_close(mixed[1], other[1].flip(2))
    assert not torch.allclose(mixed[1], plain[1], atol=1e-2)


def test_a_weaker_start_keeps_more_of_the_picture(pipeline: InpaintPipeline) -> None:
    inputs = fill("a cat")
    changes = []
    for strength in (0.0, 0.3, 1.0):
        stage = pipeline.base_stage(inputs, BaseSettings(10, "ddim", strength=strength))
        assert stage.start == round(10 * strength)
        changes.append((stage.run() - inputs.known).abs().mean().item())
    assert changes[0] == 0
    assert 0 < changes[1] < changes[2]


def test_a_gradient_acts_in_the_hole_alone(pipeline: InpaintPipeline) -> None:
    inputs, settings = fill("a cat"), BaseSettings(4, "ancestral")
    seen: list[Tensor] = []

    def gradient(x: Tensor, timesteps: Tensor) -> Tensor:
        seen.append(timesteps)
        return torch.full_like(x, 3.0)

    plain = pipeline.base_stage(inputs, settings).run()
    guided = pipeline.base_stage(inputs, settings, gradient).run()
    assert ((guided - plain).abs() * inputs.mask).max() < 2e-6
    assert (guided - plain)[inputs.mask.expand_as(plain) == 0].mean() > 0.05
    assert [round(float(t)) for t in seen] == [999, 666, 333, 0]


def test_a_network_with_alpha_paints_four_channels_over_the_known_ones() -> None:
    with_alpha = network(replace(BASE, alpha=True))
    stage = InpaintPipeline(lambda: with_alpha, lambda: with_alpha, TOKENIZER).base_stage(
        fill("a cat", "a dog"), BaseSettings(3, guidance=2.0)
    )
    found = stage.run()
    assert found.shape == (2, 4, 16, 16)
    assert found.abs().max() <= 1


def test_each_network_is_asked_for_once_a_stage(
    pipeline: InpaintPipeline, networks: Networks
) -> None:
    pipeline.base_stage(fill("a cat"), BaseSettings(3, guidance=3.0)).run()
    pipeline.upsample_stage(fill("a cat", side=32), torch.zeros(1, 3, 8, 8), 2).run()
    assert networks.calls == ["base", "upsampler"]


def test_equal_captions_are_encoded_once_and_old_ones_are_dropped(
    pipeline: InpaintPipeline, networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []
    encode = networks.base.text.forward

    def counted(tokens: Tensor, mask: Tensor) -> TextStates:
        rows.append(len(tokens))
        return encode(tokens, mask)

    monkeypatch.setattr(networks.base.text, "forward", counted)
    settings = BaseSettings(2, guidance=3.0)
    for _ in range(2):
        pipeline.base_stage(fill("a cat", "a dog", "a cat"), settings)
    assert rows == [2, 1]
    for number in range(10):
        pipeline.base_stage(fill(f"{number} cats"), settings)
    assert len(pipeline.captions) == CACHED_CAPTIONS


def test_what_is_raised_between_blocks_ends_the_run(networks: Networks) -> None:
    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    pipeline = replace(networks.pipeline(), on_block=stop)
    stage = pipeline.base_stage(fill("a cat"), BaseSettings(2))
    with pytest.raises(Stop):
        stage.run()


def test_shares_of_the_timesteps_become_noise_levels() -> None:
    schedule = named_schedule("linear", 101)
    levels = np.sqrt(1 / schedule.alphas_cumprod - 1)
    assert noise_range(schedule, 0.25, 0.75) == pytest.approx((levels[25], levels[75]))
    assert noise_range(schedule, 0, 1) == (0, math.inf)
    assert noise_range(schedule, 1, 1)[0] == pytest.approx(levels[100])
