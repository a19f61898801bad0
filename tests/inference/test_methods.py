"""Every method of the core is reached by a request, and does what it promises."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from glide_studio.api.events import (
    Draft,
    Failed,
    Finished,
    Progress,
    SelectionMask,
    Update,
)
from glide_studio.api.request import Request
from glide_studio.api.sampling import SamplerName, Sampling
from glide_studio.glide.clip import ClipGradient
from glide_studio.imaging.geometry import Box, Size
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.gradients import call_after_blocks, clip_scores
from glide_studio.inference.model_cache import run_cancellable
from glide_studio.inference.models.model_set import find_model, read_model, write_model
from glide_studio.inference.pixels import back_project, resize


def noop() -> None:
    pass


def run(engine: LocalEngine, request: Request, **sampling: object) -> list[Update]:
    request = replace(request, sampling=replace(request.sampling, **sampling))
    updates = list(engine.run(request, lambda: False))
    assert isinstance(updates[-1], Finished), updates[-1]
    return updates


def drafts(updates: list[Update]) -> list[np.ndarray]:
    return [update.image for update in updates if isinstance(update, Draft)]


def patches(updates: list[Update]) -> list[np.ndarray]:
    done = updates[-1]
    assert isinstance(done, Finished)
    return [patch.image for patch in done.patches]


def scored(engine: LocalEngine, request: Request, pictures: list[np.ndarray]) -> np.ndarray:
    model = find_model(request.model, engine.folders)
    return np.array(list(clip_scores(pictures, request.prompt, model, engine.cache, noop)))


@pytest.mark.parametrize("sampler", ["ddim", "ancestral"])
def test_clip_guidance_brings_drafts_nearer_to_the_prompt(
    able: LocalEngine, fill: Request, sampler: str
) -> None:
    fill = replace(fill, drafts_only=True)
    usual = drafts(run(able, fill, sampler=sampler, steps=10))
    updates = run(able, fill, sampler=sampler, clip_scale=3.0, steps=10)
    assert [name for name, _ in updates[-1].weights] == [
        "base.safetensors",
        "clip-image.safetensors",
        "clip-text.safetensors",
    ]
    guided = drafts(updates)
    assert (scored(able, fill, guided) > scored(able, fill, usual)).all()


def test_classifier_guidance_makes_its_class_more_likely(able: LocalEngine, fill: Request) -> None:
    fill = replace(fill, drafts_only=True)
    network = able.cache.classifier(
        next(f / "able" / "classifier.safetensors" for f in able.folders)
    )

    def chance(pictures: list[np.ndarray]) -> Tensor:
        x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2) * 2 - 1
        x = torch.nn.functional.interpolate(x, (64, 64), mode="bilinear")
        return network(x, torch.zeros(len(x))).log_softmax(-1)[:, 3]

    usual = drafts(run(able, fill, sampler="ddim"))
    pushed = {"sampler": "ddim", "classifier_scale": 20.0, "classifier_class": 3}
    guided = drafts(run(able, fill, **pushed))
    assert (chance(guided) > chance(usual)).all()


@pytest.mark.parametrize(
    "sampling",
    [
        {"clip_scale": 50.0},
        {"clip_scale": 50.0, "classifier_scale": 50.0, "classifier_class": 0},
        {"context": "hidden"},
        {"context": "plain", "sampler": "plms"},
        {"context": "plain", "resamples": 3, "jump": 2},
        {"strength": 0.5},
        {"guidance_low": 0.2, "guidance_high": 0.7, "rescale": 0.7},
    ],
    ids=str,
)
def test_known_pixels_stay_under_every_method(
    able: LocalEngine, fill: Request, sampling: dict
) -> None:
    fill = replace(fill, sampling=replace(fill.sampling, count=1))
    updates = run(able, fill, **sampling)
    known = fill.mask == 0
    (patch,) = patches(updates)
    np.testing.assert_allclose(patch[known], fill.image[known], atol=2e-6)
    assert not np.allclose(patch, patches(run(able, fill))[0], atol=1e-4)
    steps = [update for update in updates if isinstance(update, Progress)]
    assert [step.done for step in steps] == list(range(1, steps[0].total + 1))


def test_a_hidden_context_does_not_reach_the_network(able: LocalEngine, fill: Request) -> None:
    """One step from pure noise: what the network is told is all that could make a difference."""
    other = replace(fill, image=1 - fill.image)
    inside = np.s_[10:20, 12:22]  # of a draft, inside of the mask

    def draft(request: Request, context: str) -> np.ndarray:
        request = replace(request, drafts_only=True)
        return drafts(run(able, request, steps=1, count=1, context=context))[0][inside]

    assert np.array_equal(draft(fill, "hidden"), draft(other, "hidden"))
    assert not np.array_equal(draft(fill, "shown"), draft(other, "shown"))


def test_a_plain_base_fills_by_replacement(able: LocalEngine, fill: Request) -> None:
    done = run(able, fill, context="plain", count=1)[-1]
    assert isinstance(done, Finished)
    assert [name for name, _ in done.weights] == ["plain.safetensors", "upsampler.safetensors"]
    alone = run(able, replace(fill, model="plain"), count=1)
    whole = np.asarray(drafts(run(able, fill, context="plain", count=1)))
    np.testing.assert_array_equal(drafts(alone), whole)
    assert patches(alone)[0].shape == (128, 128, 3)


def test_a_variation_changes_more_with_its_strength(able: LocalEngine, fill: Request) -> None:
    vary = replace(fill, kind="generate", mask=None)
    changes = [
        float(np.abs(patches(run(able, vary, strength=s, count=1))[0] - vary.image).mean())
        for s in (0.0, 0.25, 0.75)
    ]
    assert changes[0] < 1e-6
    assert changes[0] < changes[1] < changes[2]


def test_the_side_that_a_request_asks_for_is_drawn(
    tiny_models: Path, tmp_path: Path, fill: Request
) -> None:
    shutil.copytree(tiny_models / "tiny", tmp_path / "tiny")
    write_model(replace(read_model(tmp_path / "tiny"), faces_left=True))
    engine = LocalEngine([tmp_path])

    def draw(**changes: object) -> list[np.ndarray]:
        request = replace(fill, model="tiny", drafts_only=True, **changes)
        return drafts(run(engine, request, seed=6, steps=2, count=2))

    turns, left, right = draw(), draw(facing="left"), draw(facing="right")
    for side, candidate in ((left, 0), (right, 1)):
        np.testing.assert_allclose(side[candidate], turns[candidate], atol=1e-5)
        assert np.abs(side[1 - candidate] - turns[1 - candidate]).max() > 0.01
    for one, other in zip(left, draw(prompt=f"{fill.prompt} facing left"), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_cooler_fills_are_more_alike(able: LocalEngine, fill: Request) -> None:
    def spread(temperature: float) -> float:
        updates = run(able, fill, count=3, temperature=temperature, guidance=1.0, sampler="ddim")
        return float(np.std(drafts(updates), axis=0).mean())

    assert spread(0.0) < 1e-6
    assert spread(0.0) < spread(0.5) < spread(1.0)


def test_cooler_tiles_begin_nearer_to_the_picture_below(able: LocalEngine, fill: Request) -> None:
    """Each tile's noise is the same, but less of it: all else is as with the warmest."""
    image = np.tile(fill.image, (2, 3, 1))[:190, :270].copy()
    mask = np.zeros(image.shape[:2], np.float32)
    mask[40:140, 40:220] = 1
    draft, box = resize(image, Size(32, 32)), replace(fill.box, width=270, height=190)
    wide = replace(fill, draft=draft, image=image, mask=mask, box=box)

    def last(temperature: float, longest: int = 2000) -> np.ndarray:
        made = run(able, wide, count=1, temperature=temperature, longest=longest, upsample_steps=4)
        return patches(made)[0]

    # Without tiles, an upscaling draws nothing that the temperature is about.
    assert np.array_equal(last(0.0, longest=0), last(1.0, longest=0))
    cold, cool, warm = (last(temperature) for temperature in (0.0, 0.5, 1.0))
    assert 0 < np.abs(cool - cold).mean() < np.abs(warm - cold).mean()


@pytest.mark.parametrize("model", ["able", "plain"])
def test_selection_by_text_is_a_mask_of_the_crop(
    able: LocalEngine, fill: Request, model: str
) -> None:
    image = np.full((90, 150, 3), 0.2, np.float32)
    image[20:60, 30:80] = (0.9, 0.1, 0.1)
    request = Request("select", "apple", Box(0, 0, 150, 90), image=image, model=model)
    updates = run(able, request)
    (mask,) = [update.mask for update in updates if isinstance(update, SelectionMask)]
    assert mask.shape == (90, 150)
    assert mask.dtype == np.float32
    assert set(np.unique(mask)) <= {0.0, 1.0}
    steps = [update for update in updates if isinstance(update, Progress)]
    assert [step.done for step in steps] == list(range(1, steps[0].total + 1))


@pytest.mark.parametrize("size", [(70, 41), (32, 32), (9, 50)])
def test_an_upscale_is_four_times_the_photo(able: LocalEngine, size: tuple[int, int]) -> None:
    width, height = size
    image = np.random.default_rng(2).random((height, width, 3), dtype=np.float32)
    request = Request("upscale", "", Box(0, 0, width, height), image=image, model="able")
    forecast = able.forecast(request)
    updates = run(able, request, upsample_steps=2)
    (picture,) = patches(updates)
    assert picture.shape == (4 * height, 4 * width, 3)
    steps = [update for update in updates if isinstance(update, Progress)]
    assert {step.stage for step in steps} == {"Enlarging"}
    assert [name for name, _ in updates[-1].weights] == ["upsampler.safetensors"]
    assert forecast.seconds > 0
    assert forecast.enlargement <= 1
    other = replace(request, image=1 - image)
    assert not np.allclose(picture, patches(run(able, other, upsample_steps=2))[0], atol=0.05)


def test_an_upscale_begins_at_the_photo(able: LocalEngine) -> None:
    image = np.random.default_rng(2).random((40, 60, 3), dtype=np.float32)
    request = Request("upscale", "", Box(0, 0, 60, 40), image=image, model="able")
    (picture,) = patches(run(able, request, strength=0.0))
    expected = back_project(resize(image, Size(240, 160)), image)
    np.testing.assert_allclose(picture, expected, atol=2e-6)


@pytest.mark.parametrize("size", [(200, 96), (64, 300)])
def test_frames_of_any_shape_come_in_batches(able: LocalEngine, size: tuple[int, int]) -> None:
    width, height = size
    request = Request(
        "generate",
        "an apple",
        Box(0, 0, width, height),
        Sampling(count=3, steps=2, upsample_steps=1, clip_scale=1.0),
        model="able",
    )
    assert [patch.shape for patch in patches(run(able, request))] == [(height, width, 3)] * 3


def test_a_prompt_is_encoded_once_a_network(able: LocalEngine, fill: Request) -> None:
    run(able, fill, count=1, steps=1, upsample_steps=1)
    calls: list[str] = []
    for path in list(able.cache.networks):
        network = able.cache.unet(path)
        network.text.register_forward_hook(lambda *_, name=path.name: calls.append(name))
    run(able, fill, count=5, steps=1, upsample_steps=1)  # two batches, five upsamplings
    assert sorted(calls) == ["base.safetensors"] * 2 + ["upsampler.safetensors"]


def test_an_empty_interval_guides_nowhere(able: LocalEngine, fill: Request) -> None:
    fill = replace(fill, drafts_only=True)
    unguided = drafts(run(able, fill, guidance=1.0))
    nowhere = drafts(run(able, fill, guidance_low=0.5, guidance_high=0.5))
    np.testing.assert_array_equal(unguided, nowhere)
    assert not np.array_equal(unguided, drafts(run(able, fill)))


def test_a_negative_prompt_pushes_away_from_itself(able: LocalEngine, fill: Request) -> None:
    fill = replace(fill, drafts_only=True)
    usual = drafts(run(able, fill))
    assert not np.array_equal(usual, drafts(run(able, replace(fill, negative="a blue whale"))))
    # Away from its own prompt there is nowhere to go.
    itself = drafts(run(able, replace(fill, negative=fill.prompt)))
    np.testing.assert_array_equal(itself, drafts(run(able, fill, guidance=1.0)))


def test_only_what_is_guided_is_rescaled(able: LocalEngine, fill: Request) -> None:
    fill = replace(fill, drafts_only=True)
    usual, rescaled = (drafts(run(able, fill, guidance=9.0, rescale=share)) for share in (0, 1))
    assert not np.array_equal(usual, rescaled)
    usual, rescaled = (drafts(run(able, fill, guidance=1.0, rescale=share)) for share in (0, 1))
    np.testing.assert_array_equal(usual, rescaled)


@pytest.mark.parametrize("sampler", get_args(SamplerName))
def test_every_sampler_fills(able: LocalEngine, fill: Request, sampler: str) -> None:
    (picture, other) = patches(run(able, fill, sampler=sampler))
    assert np.isfinite(picture).all()
    assert not np.array_equal(picture, other)
    known = fill.mask == 0
    np.testing.assert_allclose(picture[known], fill.image[known], atol=2e-6)


def test_eta_and_the_fixed_variances_decide_on_fresh_noise(
    able: LocalEngine, fill: Request
) -> None:
    fill = replace(fill, drafts_only=True)
    still = drafts(run(able, fill, sampler="ddim"))
    some, full = (drafts(run(able, fill, sampler="ddim", eta=eta)) for eta in (0.5, 1.0))
    small = drafts(run(able, fill, sampler="ancestral", variance="small"))
    large = drafts(run(able, fill, sampler="ancestral", variance="large"))
    assert not any(np.array_equal(still, found) for found in (some, full, large))
    assert not np.array_equal(small, large)
    # This network learned no variance, and DDIM's eta = 1 is ancestral sampling with beta~ (DDIM, section 4.1).
    np.testing.assert_array_equal(small, drafts(run(able, fill, sampler="ancestral")))
    np.testing.assert_allclose(small, full, atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "sampling", "sentence"),
    [
        ({"model": "tiny"}, {"clip_scale": 1.0}, "cannot guide by CLIP"),
        ({"model": "tiny"}, {"classifier_scale": 1.0}, "cannot guide by a classifier"),
        ({"model": "tiny"}, {"context": "plain"}, "cannot fill by a text-to-image network"),
        ({"model": "plain"}, {"context": "hidden"}, "cannot hide the context"),
        ({}, {"classifier_scale": 1.0, "classifier_class": 5}, "knows the classes 0 .. 4"),
        ({}, {"classifier_scale": 1.0}, "names no class"),
        ({"kind": "select", "image": None}, {}, "no picture to select in"),
        ({"kind": "select", "prompt": ""}, {}, "type what should be selected"),
        ({"kind": "upscale", "model": "plain"}, {}, "has no upsampler"),
        ({"kind": "generate", "image": None}, {"strength": 0.5}, "Only a picture can be varied"),
        ({"prompt": ""}, {"clip_scale": 1.0}, "compares pictures with a prompt"),
        ({}, {"eta": 0.5, "sampler": "plms"}, "eta works with the sampler ddim only"),
        ({}, {"variance": "large"}, "variance works with the sampler ancestral only"),
    ],
    ids=str,
)
def test_what_a_model_can_not_do_is_said_in_one_sentence(
    able_models, tiny_models, fill: Request, changes: dict, sampling: dict, sentence: str
) -> None:
    engine = LocalEngine([able_models, tiny_models])
    fill = replace(fill, **changes, sampling=replace(fill.sampling, **sampling))
    failed = list(engine.run(fill, lambda: False))[-1]
    assert isinstance(failed, Failed)
    assert sentence in failed.message
    assert failed.message.endswith(".")


def test_a_gradient_is_interrupted_on_its_way_back(able: LocalEngine) -> None:
    (folder,) = able.folders
    images = able.cache.image_encoder(folder / "able" / "clip-image.safetensors")
    caption, x, t = torch.ones(1, 16), torch.zeros(1, 3, 64, 64), torch.tensor([10])
    push = ClipGradient(images, caption)
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    with call_after_blocks(images, count):
        push(x, t)
    assert calls == 4  # attention and MLP of one layer, each way

    def third() -> None:
        count()
        if calls == 7:
            raise InterruptedError

    with pytest.raises(InterruptedError), call_after_blocks(images, third):
        push(x, t)
    push(x, t)
    assert calls == 7  # nothing stays behind in the network


def test_a_long_load_is_interrupted(able: LocalEngine) -> None:
    release = threading.Event()
    asked = 0

    def impatient() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run_cancellable(lambda: release.wait(20), impatient)
    release.set()
    assert run_cancellable(lambda: "done", impatient) == "done"
    with pytest.raises(KeyError, match="broken"):
        run_cancellable(lambda: {}["broken"], impatient)
