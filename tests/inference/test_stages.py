"""What each stage gives to the pipeline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glide_studio.api.events import Finished
from glide_studio.api.request import Request
from glide_studio.glide.pipeline import InpaintPipeline
from glide_studio.glide.unet import UNet
from glide_studio.imaging.geometry import Size
from glide_studio.inference import stages
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.pixels import ModelInput, build_model_input, to_pictures
from glide_studio.inference.stages import picture_tensor, sharpen_low_res

CPU = torch.device("cpu")


@pytest.fixture
def wide(fill: Request) -> Request:
    """A fill that is made by tiles beyond the upsampler's size."""
    image = np.tile(fill.image, (2, 3, 1))[:190, :270].copy()
    mask = np.zeros(image.shape[:2], np.float32)
    mask[40:140, 40:220] = 1
    box = replace(fill.box, width=270, height=190)
    return replace(fill, image=image, mask=mask, box=box, model="tiny")


def detail(picture: np.ndarray) -> float:
    """Mean absolute difference of neighbors."""
    return float(np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean())


def test_the_lightest_stroke_of_a_mask_is_unknown_to_the_network(fill: Request) -> None:
    mask = np.zeros((128, 128), np.float32)
    mask[40:48, 40:48] = 0.01
    view = build_model_input(replace(fill, mask=mask), Size(128, 128), Size(32, 32), CPU)
    assert view.mask[0, 0, 10:12, 10:12].sum() == 0
    assert view.mask.sum() == 32 * 32 - 4


def test_what_tiles_enlarge_is_as_sharp_in_the_hole_as_around_it(fill: Request) -> None:
    rng = np.random.default_rng(0)
    photo = cv2.GaussianBlur(rng.random((256, 256, 3), dtype=np.float32), (0, 0), 1.5)
    mask = np.zeros((256, 256), np.float32)
    mask[80:180, 80:180] = 1
    whole = replace(fill, box=replace(fill.box, width=256, height=256), image=photo, mask=mask)
    size = Size(256, 256)
    view = build_model_input(whole, size, size, CPU)
    low = cv2.resize(photo, (64, 64), interpolation=cv2.INTER_AREA)
    soft = np.where(mask[::4, ::4, None] > 0, cv2.GaussianBlur(low, (0, 0), 1.2), low)
    (found,) = to_pictures(sharpen_low_res(picture_tensor(soft.astype(np.float32), CPU), view))
    inside = np.s_[24:40, 24:40]
    assert detail(soft[inside]) < 0.8 * detail(low[inside])
    assert detail(found[inside]) > 1.2 * detail(soft[inside])


def test_tiles_are_given_the_sharpened_picture(
    tiny_models: Path, wide: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[torch.Tensor] = []
    tiled_stage = InpaintPipeline.tiled_stage

    def watch(self: InpaintPipeline, inputs, picture, low_res, *rest, **more):
        given.append(low_res)
        return tiled_stage(self, inputs, picture, low_res, *rest, **more)

    def sharpen(low_res: torch.Tensor, view: ModelInput) -> torch.Tensor:
        return low_res + 0.25

    monkeypatch.setattr(InpaintPipeline, "tiled_stage", watch)
    plain = run_low_res(tiny_models, wide, given)
    monkeypatch.setattr(stages, "sharpen_low_res", sharpen)
    torch.testing.assert_close(run_low_res(tiny_models, wide, given), plain + 0.25)


def run_low_res(models: Path, wide: Request, given: list[torch.Tensor]) -> torch.Tensor:
    """Run a fill; the low-resolution picture that its tiles were given."""
    given.clear()
    sampling = replace(wide.sampling, count=1, steps=1, upsample_steps=2)
    *_, done = LocalEngine([models]).run(replace(wide, sampling=sampling), lambda: False)
    assert isinstance(done, Finished)
    (low_res,) = given
    return low_res


def test_cancel_is_read_between_the_blocks_of_every_stage(
    tiny_models: Path, wide: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many calls as blocks, or nearly: a stage that does not ask could not be stopped in time."""
    calls = dict.fromkeys(("Drafting", "Refining", "Adding detail"), 0)
    evaluations, asked, stage = 0, 0, ""
    forward = UNet.forward

    def count(self: UNet, *given: object, **more: object) -> torch.Tensor:
        nonlocal evaluations
        evaluations += 1
        return forward(self, *given, **more)

    def is_cancelled() -> bool:
        nonlocal asked
        asked += 1
        return False

    monkeypatch.setattr(UNet, "forward", count)
    sampling = replace(wide.sampling, count=1, steps=2, upsample_steps=2, guidance=1.0)
    before = (0, 0)
    for update in LocalEngine([tiny_models]).run(replace(wide, sampling=sampling), is_cancelled):
        stage = getattr(update, "stage", "")
        if stage:
            calls[stage] = max(calls[stage], (asked - before[1]) // max(1, evaluations - before[0]))
            before = (evaluations, asked)
    assert all(number >= 8 for number in calls.values()), calls


def test_tiles_start_from_noise_of_the_temperature_that_is_asked_for(
    tiny_models: Path, wide: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    tiled_stage = InpaintPipeline.tiled_stage

    def watch(self: InpaintPipeline, *given, temperature: float = 1.0, **more):
        told.append(temperature)
        return tiled_stage(self, *given, temperature=temperature, **more)

    monkeypatch.setattr(InpaintPipeline, "tiled_stage", watch)
    for temperature in (1.0, 0.7):
        sampling = replace(
            wide.sampling, count=1, steps=1, upsample_steps=2, temperature=temperature
        )
        list(LocalEngine([tiny_models]).run(replace(wide, sampling=sampling), lambda: False))
    assert told == [1.0, 0.7]
