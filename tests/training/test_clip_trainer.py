"""The noise-aware CLIP: its loss, its training, its files."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from glide_studio.glide.clip import load_caption_encoder, load_image_encoder
from glide_studio.glide.tokenizers import ClipTokenizer
from glide_studio.paths import resources_folder
from glide_studio.training.clip_trainer import ClipTrainer, contrastive_loss, encode, positives
from glide_studio.training.guide_dataset import GuideDataset
from glide_studio.training.inpaint_dataset import Sample
from glide_studio.training.trainer_factory import token_ids
from glide_studio.training.training_config import ClipConfig, ClipTrainingConfig
from glide_studio.training.training_presets import clip_training_config


@pytest.fixture(scope="module")
def tokenizer() -> ClipTokenizer:
    return ClipTokenizer(resources_folder() / "vocabulary" / "clip")


def fresh(folder: Path, tokenizer: ClipTokenizer, extra: int = 0) -> ClipTrainer:
    data = GuideDataset(folder, 64, by_name=True)
    ids = token_ids(tokenizer, data.texts(), [*tokenizer.encode_padded("", 2)[0], *range(extra)])
    config = ClipConfig(
        len(ids) + 1, patch=16, width=64, layers=1, text_width=64, text_layers=1, context=12,
        embedding=16,
    )  # fmt: skip
    recipe = ClipTrainingConfig(config, batch=8, warm_up=5, matrix_rate=0.01)
    return ClipTrainer(recipe, data, tokenizer, ids)


def picture(text: str, noun: str = "") -> Sample:
    return Sample(np.zeros((1, 1, 3), np.float32), np.ones((1, 1), np.float32), text, noun)


def test_pictures_match_their_caption_and_those_that_describe_them() -> None:
    samples = [picture("a dog", "dog"), picture("poodle", "poodle"), picture("cup", "cup"),
               picture(""), picture("the sea"), picture("the sea")]  # fmt: skip
    texts, matches = positives(
        [sample.text for sample in samples],
        [sample.noun for sample in samples],
        {"a dog": {"dog", "poodle"}, "poodle": {"poodle"}},
    )
    assert texts == ["a dog", "poodle", "cup", "the sea"]
    wanted = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0] * 4, [0, 0, 0, 1], [0, 0, 0, 1]]
    assert matches.tolist() == wanted


def test_with_one_match_each_the_loss_is_clip_s() -> None:
    logits = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(5)
    wanted = (
        torch.nn.functional.cross_entropy(logits, labels)
        + torch.nn.functional.cross_entropy(logits.mT, labels)
    ) / 2
    torch.testing.assert_close(contrastive_loss(logits, torch.eye(5)), wanted)


def test_a_picture_without_a_caption_is_told_from_the_others() -> None:
    logits, matches = torch.zeros(3, 2), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    # Each picture chooses among 2 captions, each caption among 3 pictures.
    torch.testing.assert_close(
        contrastive_loss(logits, matches), torch.tensor((np.log(2) + np.log(3)) / 2).float()
    )
    logits[2] = 5.0  # the background claims all captions
    assert contrastive_loss(logits, matches) > np.log(3)


def test_training_brings_pictures_and_captions_together(
    object_folder: Path, tokenizer: ClipTokenizer
) -> None:
    trainer = fresh(object_folder, tokenizer)
    losses = [step.loss for step in islice(trainer.steps(), 30)]
    assert losses[-1] < 0.95 * losses[0]


def test_a_resumed_run_equals_the_unbroken_one(
    object_folder: Path, tokenizer: ClipTokenizer, tmp_path: Path
) -> None:
    unbroken = fresh(object_folder, tokenizer)
    losses = [step.loss for step in islice(unbroken.steps(), 4)]
    first = fresh(object_folder, tokenizer)
    found = [step.loss for step in islice(first.steps(), 2)]
    first.save(tmp_path / "state.pt")
    second = fresh(object_folder, tokenizer)
    second.restore(tmp_path / "state.pt")
    assert found + [step.loss for step in islice(second.steps(), 2)] == losses
    for a, b in zip(unbroken.ema.parameters(), second.ema.parameters(), strict=True):
        assert torch.equal(a, b)


def test_its_files_are_read_as_the_released_ones_are(
    object_folder: Path, tokenizer: ClipTokenizer, tmp_path: Path
) -> None:
    trainer = fresh(object_folder, tokenizer)
    list(islice(trainer.steps(), 2))
    trainer.export(tmp_path / "clip.safetensors")
    images = load_image_encoder(tmp_path / "clip-image.safetensors")
    captions = load_caption_encoder(tmp_path / "clip-text.safetensors")
    x, t = torch.randn(2, 4, 64, 64), torch.tensor([3, 900])
    close = {"atol": 0.02, "rtol": 0.02}
    with torch.no_grad():
        torch.testing.assert_close(images(x, t), trainer.ema.images(x, t), **close)
        texts = ["an apple", "something unheard of"]
        ours = encode(trainer.ema.captions, tokenizer, texts, 12)
        context = len(captions.token_embedding.w_pos)
        torch.testing.assert_close(encode(captions, tokenizer, texts, context), ours, **close)


def test_its_files_are_adopted_with_their_words(
    object_folder: Path, tokenizer: ClipTokenizer, tmp_path: Path
) -> None:
    trainer = fresh(object_folder, tokenizer)
    trainer.export(tmp_path / "clip.safetensors")
    other = fresh(object_folder, tokenizer, extra=3)
    own = other.network.captions.token_embedding.w_voc.detach().clone()
    other.load_weights(tmp_path / "clip.safetensors")
    adopted = other.network.captions.token_embedding.w_voc
    theirs = trainer.ema.captions.token_embedding.w_voc
    new = {0, 1, 2} - set(trainer.network.captions.token_embedding.token_ids.tolist())
    assert new
    assert torch.equal(adopted[sorted(new)], own[sorted(new)])
    torch.testing.assert_close(adopted[3:], theirs[-len(adopted[3:]) :], atol=1e-3, rtol=1e-3)


def test_the_bundled_one_fits_its_budget() -> None:
    config = clip_training_config(400).config
    blocks = 12 * (config.layers * config.width**2 + config.text_layers * config.text_width**2)
    tables = config.rows * config.text_width + config.timesteps * config.width
    assert 2 * (blocks + tables) < 3.0e6
