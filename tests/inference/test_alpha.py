"""Objects with alpha, from the network to the patch."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glide_studio.api.events import Draft, Failed, Finished, Progress, SelectionMask
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.glide.diffusion import Prediction
from glide_studio.glide.guidance import ClippedDenoiser
from glide_studio.glide.schedule import named_schedule
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.pixels import premultiply, unpremultiply
from glide_studio.inference.stages import clear_pixels
from tests.guide_networks import add_guides

BOX = Box(0, 0, 128, 128)
SAMPLING = Sampling(seed=3, count=2, steps=3, upsample_steps=2, sampler="ddim")


@pytest.fixture
def engine(alpha_models: Path) -> LocalEngine:
    return LocalEngine([alpha_models])


def run(engine: LocalEngine, request: Request) -> tuple[list[Draft | Progress], Finished]:
    *events, last = engine.run(request, lambda: False)
    assert isinstance(last, Finished), last
    return events, last


def ask(**changes: object) -> Request:
    return replace(Request("generate", "apple", BOX, SAMPLING, model="clear"), **changes)


def test_the_file_says_that_it_has_alpha_and_the_engine_returns_it(engine: LocalEngine) -> None:
    assert engine.capabilities.alpha == {"clear"}
    events, finished = run(engine, ask())
    assert [patch.image.shape for patch in finished.patches] == [(128, 128, 4)] * 2
    drafts = [event.image for event in events if isinstance(event, Draft)]
    assert [draft.shape for draft in drafts] == [(32, 32, 4)] * 2
    previews = [p for event in events if isinstance(event, Progress) for p in event.previews]
    assert {preview.shape[2] for preview in previews} == {4}
    for picture in (*drafts, *(patch.image for patch in finished.patches)):
        assert picture.dtype == np.float32
        assert 0 <= picture.min() <= picture.max() <= 1
        assert not picture.flags.writeable


def test_other_models_return_what_they_did(engine: LocalEngine) -> None:
    _, finished = run(engine, ask(model="tiny"))
    assert finished.patches[0].image.shape == (128, 128, 3)


def test_the_same_seed_draws_the_same_and_another_seed_does_not(engine: LocalEngine) -> None:
    first, again = (run(engine, ask())[1].patches for _ in range(2))
    other = run(engine, ask(sampling=replace(SAMPLING, seed=4)))[1].patches
    for one, two, three in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.image, two.image)
        assert not np.array_equal(one.image, three.image)


def test_a_chosen_draft_is_refined_as_in_the_run_that_made_it(engine: LocalEngine) -> None:
    events, finished = run(engine, ask())
    draft = next(e for e in events if isinstance(e, Draft) and e.index == 1)
    _, later = run(engine, ask(draft=draft.image, draft_index=1))
    difference = np.abs(later.patches[0].image - finished.patches[1].image)[..., 3]
    assert difference.max() < 0.05


def test_a_fill_sees_the_photo_around_the_mask(engine: LocalEngine) -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((128, 128), np.float32)
    mask[30:90, 30:90] = 1
    patches = [
        run(engine, ask(kind="fill", mask=mask, image=image))[1].patches[0]
        for image in (rng.random((128, 128, 3), dtype=np.float32), np.ones((128, 128, 3), "f4"))
    ]
    pictures = [patch.image for patch in patches]
    assert [patch.pixels.dtype for patch in patches] == [np.float16] * 2
    assert [picture.dtype for picture in pictures] == [np.float32] * 2
    assert pictures[0].shape == (128, 128, 4)
    assert not np.array_equal(*pictures)


@pytest.mark.parametrize(
    ("kind", "strength", "sentence"),
    [
        ("select", 1.0, "cannot select by words"),
        ("fill", 0.5, "set the strength to 1"),
    ],
)
def test_what_needs_whole_pictures_is_refused(
    engine: LocalEngine, kind: str, strength: float, sentence: str
) -> None:
    image, mask = np.zeros((128, 128, 3), np.float32), np.ones((128, 128), np.float32)
    sampling = replace(SAMPLING, strength=strength)
    *_, last = engine.run(ask(kind=kind, image=image, mask=mask, sampling=sampling), lambda: False)
    assert isinstance(last, Failed)
    assert sentence in last.message


def test_a_photo_is_enlarged_as_an_opaque_picture(engine: LocalEngine) -> None:
    rng = np.random.default_rng(2)
    image = cv2.GaussianBlur(rng.random((50, 70, 3), dtype=np.float32), (0, 0), 2)
    request = ask(
        kind="upscale", prompt="", box=Box(0, 0, 70, 50), image=image,
        sampling=replace(SAMPLING, count=1),
    )  # fmt: skip
    _, finished = run(engine, request)
    (patch,) = finished.patches
    assert patch.image.shape == (200, 280, 3)
    again = cv2.resize(patch.image, (70, 50), interpolation=cv2.INTER_AREA)
    assert np.abs(again - image).mean() < 0.01  # whatever the network adds, it shows this photo


def test_an_object_larger_than_the_cascade_is_drawn_again_in_tiles(engine: LocalEngine) -> None:
    large = Box(0, 0, 320, 320)
    sampling = replace(SAMPLING, count=1)
    events, finished = run(engine, ask(box=large, sampling=sampling))
    assert finished.patches[0].image.shape == (320, 320, 4)
    stages = {event.stage for event in events if isinstance(event, Progress)}
    assert "Adding detail" in stages
    events, plain = run(engine, ask(box=large, sampling=replace(sampling, longest=128)))
    assert "Adding detail" not in {e.stage for e in events if isinstance(e, Progress)}
    assert not np.array_equal(plain.patches[0].image, finished.patches[0].image)


def test_tiles_lie_where_the_object_is_and_beyond_them_is_nothing() -> None:
    picture = torch.full((1, 4, 96, 96), -1.0)
    picture[..., 30:40, 50:60] = 1.0
    clear = clear_pixels(picture)
    assert clear.shape == (1, 1, 96, 96)
    assert not clear[..., 22:48, 42:68].any()
    assert clear[..., :20, :].all()
    assert clear[..., :40].all()


def test_a_variation_starts_from_its_picture(engine: LocalEngine) -> None:
    y, x = np.mgrid[:64, :64]
    alpha = (np.hypot(x - 32, y - 32) < 20).astype(np.float32)
    like = np.dstack([np.full_like(alpha, 0.8), alpha * 0 + 0.2, alpha * 0 + 0.1, alpha])
    sampling = replace(SAMPLING, count=1, steps=8)

    def drafts(strength: float, seed: int) -> np.ndarray:
        request = ask(
            sampling=replace(sampling, seed=seed), like=like, like_strength=strength,
            drafts_only=True,
        )  # fmt: skip
        (draft,) = (event for event in run(engine, request)[0] if isinstance(event, Draft))
        return premultiply(draft.image)

    small = cv2.resize(premultiply(like), (32, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(drafts(0.0, 1) - small).mean() < 0.01
    assert not np.array_equal(drafts(0.5, 1), drafts(0.0, 1))
    assert not np.array_equal(drafts(0.5, 1), drafts(0.5, 2))
    plain = ask(sampling=replace(sampling, seed=1), drafts_only=True)
    (fresh,) = (event for event in run(engine, plain)[0] if isinstance(event, Draft))
    np.testing.assert_allclose(drafts(1.0, 1), premultiply(fresh.image), atol=1e-5)


def test_what_varies_must_have_the_channels_of_the_model(engine: LocalEngine) -> None:
    opaque = np.zeros((8, 8, 3), np.float32)
    for model, like, sentence in (
        ("clear", opaque, "choose a PNG with transparency"),
        ("tiny", np.zeros((8, 8, 4), np.float32), "flatten this one"),
    ):
        *_, last = engine.run(ask(model=model, like=like), lambda: False)
        assert isinstance(last, Failed)
        assert sentence in last.message


def test_networks_of_different_kinds_are_not_mixed(alpha_models: Path, tmp_path: Path) -> None:
    shutil.copytree(alpha_models / "clear", tmp_path / "clear")
    shutil.copy(alpha_models / "tiny" / "upsampler.safetensors", tmp_path / "clear")
    *_, last = LocalEngine([tmp_path]).run(ask(), lambda: False)
    assert isinstance(last, Failed)
    assert "add an upsampler that fits" in last.message


def test_premultiplied_colors_never_exceed_alpha() -> None:
    torch.manual_seed(0)
    schedule = named_schedule("squaredcos_cap_v2").evenly_spaced(10)

    def denoiser(x: torch.Tensor, t: torch.Tensor) -> Prediction:
        return Prediction(x, 2 * x)

    x, t = torch.randn(2, 4, 8, 8), torch.tensor([3, 3])
    x0 = ClippedDenoiser(denoiser, schedule)(x, t).x0
    assert (x0[:, :3] <= x0[:, 3:]).all()
    assert x0.abs().max() <= 1
    assert ClippedDenoiser(denoiser, schedule)(x[:, :3], t).x0.max() == 1


def test_colors_survive_premultiplication_and_reach_beyond_the_edge() -> None:
    y, x = np.mgrid[:40, :40]
    alpha = np.clip(12 - np.hypot(x - 20, y - 20), 0, 1).astype(np.float32)
    color = np.stack([np.full_like(alpha, 0.8), np.full_like(alpha, 0.3), alpha * 0], axis=-1)
    straight = np.concatenate([color, alpha[..., None]], axis=-1)
    back = unpremultiply(premultiply(straight))
    np.testing.assert_array_equal(back[..., 3], alpha)
    near = np.hypot(x - 20, y - 20) < 14
    np.testing.assert_allclose(back[near][:, :3], color[near], atol=0.02)


def test_a_dark_rim_of_the_network_s_own_making_is_taken_back() -> None:
    alpha = np.tile(np.clip(np.linspace(3.4, -3, 24), 0, 1).astype(np.float32), (24, 1))
    premultiplied = np.stack([0.9 * alpha**2] * 3 + [alpha], axis=-1)  # too dark where alpha < 1
    color = unpremultiply(premultiplied.astype(np.float32))[..., 0]
    edge = (alpha > 0.02) & (alpha < 0.5)
    assert edge.any()
    assert color[edge].min() > 0.5


def guided(folder: Path, source: Path, name: str, *, channels: int) -> LocalEngine:
    """The engine over a copy of the model `name` with a CLIP and a classifier for so many channels."""
    shutil.copytree(source / name, folder / name)
    add_guides(folder / name, ("apple", "cup"), channels)
    return LocalEngine([folder])


@pytest.mark.parametrize("channels", [4, 3])
@pytest.mark.parametrize("guide", ["clip_scale", "classifier_scale"])
def test_a_guide_changes_what_is_drawn_whether_it_sees_alpha_or_not(
    alpha_models: Path, tmp_path: Path, channels: int, guide: str
) -> None:
    engine = guided(tmp_path, alpha_models, "clear", channels=channels)
    sampling = replace(SAMPLING, sampler="ancestral")
    plain = run(engine, ask(sampling=sampling))[1].patches[0].image
    pulled = run(engine, ask(sampling=replace(sampling, **{guide: 50.0})))[1].patches[0].image
    assert pulled.shape == plain.shape
    assert np.isfinite(pulled).all()
    assert np.abs(pulled - plain).max() > 0.002


def test_a_guide_for_alpha_cannot_guide_a_model_without(alpha_models: Path, tmp_path: Path) -> None:
    engine = guided(tmp_path, alpha_models, "tiny", channels=4)
    sampling = replace(SAMPLING, sampler="ancestral", clip_scale=3.0)
    *_, last = engine.run(ask(model="tiny", sampling=sampling), lambda: False)
    assert isinstance(last, Failed)
    assert "judges objects with transparency" in last.message


def test_a_noun_that_the_classifier_knows_can_be_looked_for(
    alpha_models: Path, tmp_path: Path
) -> None:
    engine = guided(tmp_path, alpha_models, "clear", channels=4)
    photo = np.random.default_rng(0).random((90, 120, 3), dtype=np.float32)
    search = Request("select", "the cups", Box(0, 0, 120, 90), image=photo, model="clear")
    *events, last = engine.run(search, lambda: False)
    assert isinstance(last, Finished), last
    (found,) = [event for event in events if isinstance(event, SelectionMask)]
    assert found.mask.shape == (90, 120)
    assert [name for name, _ in last.weights] == ["classifier.safetensors"]
    *_, last = engine.run(replace(search, prompt="the zeppelin"), lambda: False)
    assert isinstance(last, Failed)
    assert "does not know 'the zeppelin'" in last.message
