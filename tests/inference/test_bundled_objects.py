"""The bundled model that draws objects: what `glide-studio generate` promises of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from glide_studio.api.events import Finished, SelectionMask
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.glide.classifier import class_names
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.glide.weights import read
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.models.model_set import ModelSet, read_model
from glide_studio.io.images.read import read_image
from glide_studio.paths import models_folder, resources_folder

MOST_BYTES = 30e6  # of the base and the upsampler
MOST_GUIDE_BYTES = 7e6  # of CLIP and the classifier


@pytest.fixture(scope="module")
def model() -> ModelSet:
    return read_model(models_folder() / "objects")


def draw(prompt: str, seed: int) -> np.ndarray:
    sampling = Sampling(seed=seed, sampler="ddim", steps=8, upsample_steps=1)
    request = Request("generate", prompt, Box(0, 0, 64, 64), sampling, model="objects")
    *_, last = LocalEngine([models_folder()]).run(request, lambda: False)
    assert isinstance(last, Finished), last
    return last.patches[0].image


def test_it_is_small_and_knows_every_word_of_its_list(model: ModelSet) -> None:
    sizes = {role: path.stat().st_size for role, path in model.files.items()}
    drawing = sizes.pop("base") + sizes.pop("upsampler")
    assert drawing <= MOST_BYTES
    assert sum(sizes.values()) <= MOST_GUIDE_BYTES
    state, config = read(model.base)
    assert config.alpha
    known = set(state["token_ids"].tolist())
    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
    assert len(model.nouns) >= 100
    for noun in model.nouns:
        assert set(tokenizer.encode(noun)) <= known, noun
        assert set(tokenizer.encode(f"a {noun}")) <= known, noun
    assert all(torch.isfinite(values).all() for values in state.values())


@pytest.mark.parametrize(("prompt", "channel"), [("a red apple", 0), ("a red tomato", 0)])
def test_fruit_is_round_opaque_and_of_the_color_asked_for(prompt: str, channel: int) -> None:
    for seed in range(3):
        picture = draw(prompt, seed)
        alpha = picture[..., 3]
        assert alpha[28:36, 28:36].min() > 0.9
        assert max(alpha[0, 0], alpha[0, -1], alpha[-1, 0], alpha[-1, -1]) < 0.1
        color = picture[alpha > 0.9][:, :3].mean(axis=0)
        others = np.delete(color, channel)
        assert color[channel] > 1.5 * others.max()


def test_seeds_differ() -> None:
    one, two = draw("a red apple", 0), draw("a red apple", 1)
    assert np.abs(one - two).mean() > 0.02


def test_its_classifier_knows_every_noun(model: ModelSet) -> None:
    assert set(model.nouns) <= set(class_names(model.files["classifier"]))


def test_most_of_what_it_draws_is_found_by_words() -> None:
    rgb = read_image(resources_folder() / "demo" / "rocket.jpg").pixels[..., :3]
    scene = np.asarray(cv2.resize(rgb, (384, 256), interpolation=cv2.INTER_AREA), np.float32) / 255
    place = np.s_[20:116, 30:126]
    overlaps = []
    for seed in range(3):
        photo, apple = scene.copy(), cv2.resize(draw("a red apple", seed), (96, 96))
        photo[place] = apple[..., :3] * apple[..., 3:] + photo[place] * (1 - apple[..., 3:])
        mask = np.zeros(photo.shape[:2], bool)
        mask[place] = apple[..., 3] > 0.5
        search = Request("select", "the apple", Box(0, 0, 384, 256), image=photo, model="objects")
        events = list(LocalEngine([models_folder()]).run(search, lambda: False))
        (found,) = [event.mask > 0 for event in events if isinstance(event, SelectionMask)]
        overlaps.append((found & mask).sum() / (found | mask).sum())
    assert np.median(overlaps) > 0.5
