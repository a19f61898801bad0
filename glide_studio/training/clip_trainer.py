"""Train the noise-aware CLIP: a common space of noised pictures and their captions.

Radford et al. 2021 (arXiv 2103.00020), section 2.3, on x_t with t given to the image encoder
(GLIDE, section 2.4). A caption is a positive of every picture that it describes, as in UniCL (Yang
et al. 2022, arXiv 2204.03610), since a batch holds several pictures of one noun.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from glide_studio.atomic import atomic_write
from glide_studio.glide import schedule as schedules
from glide_studio.glide import weights
from glide_studio.glide.clip import HEAD_WIDTH, CaptionEncoder, ImageEncoder, l2_normalize
from glide_studio.glide.diffusion import q_sample
from glide_studio.glide.tokenizers import ClipTokenizer
from glide_studio.training.batch_loader import BatchLoader
from glide_studio.training.guide_dataset import GuideDataset
from glide_studio.training.image_folder import check_trainable
from glide_studio.training.trainer import Trainer, draw_guide_timesteps, fit_word_table
from glide_studio.training.training_config import ClipConfig, ClipTrainingConfig

FIRST_SCALE = 1 / 0.07  # of the logits (CLIP, section 2.4)
LARGEST_SCALE = 100.0
WORD_DEVIATION = (
    0.3  # of the words' vectors at first, so that the layers' outputs do not drown them
)


class ClipPair(nn.Module):
    """The image and the caption encoder, and the logarithm of the logit scale."""

    def __init__(self, config: ClipConfig, token_ids: Tensor) -> None:
        super().__init__()
        self.images = ImageEncoder(
            size=config.size,
            patch=config.patch,
            timesteps=config.timesteps,
            width=config.width,
            layers=config.layers,
            heads=config.width // HEAD_WIDTH,
            embedding=config.embedding,
            channels=4 if config.alpha else 3,
        )
        self.captions = CaptionEncoder(
            context=config.context,
            width=config.text_width,
            layers=config.text_layers,
            heads=config.text_width // HEAD_WIDTH,
            embedding=config.embedding,
            rows=config.rows,
        )
        words = self.captions.token_embedding
        words.token_ids.copy_(token_ids)
        nn.init.normal_(words.w_voc, std=WORD_DEVIATION)
        nn.init.zeros_(words.w_voc[-1])  # unknown words say nothing
        self.log_scale = nn.Parameter(torch.tensor(math.log(FIRST_SCALE)))

    @property
    def scale(self) -> Tensor:
        """The logit scale, at most `LARGEST_SCALE`."""
        return self.log_scale.clamp(max=math.log(LARGEST_SCALE)).exp()


def positives(
    captions: list[str], names: list[str], described: Mapping[str, Collection[str]]
) -> tuple[list[str], Tensor]:
    """Return (the M different captions, [N, M] float32: 1 where caption and picture match).

    captions, names: of N pictures, "" for none. described: the names that a caption stands for. A
    picture matches its own caption and those that describe its name.
    """
    texts = [text for text in dict.fromkeys(captions) if text]
    matrix = np.zeros((len(captions), len(texts)), np.float32)
    for column, text in enumerate(texts):
        fits = described.get(text, ())
        for row, (own, name) in enumerate(zip(captions, names, strict=True)):
            matrix[row, column] = own == text or name in fits
    return texts, torch.from_numpy(matrix)


def contrastive_loss(logits: Tensor, matches: Tensor) -> Tensor:
    """Average -log p(match) over both directions (UniCL, eq. 3-5); logits, matches: [N, M].

    Pictures without a caption are no queries, but stay as negatives for every caption.
    """

    def one_way(logits: Tensor, matches: Tensor) -> Tensor:
        counts = matches.sum(1)
        gained = (matches * logits.log_softmax(1)).sum(1)[counts > 0]
        return -(gained / counts[counts > 0]).mean()

    return (one_way(logits, matches) + one_way(logits.mT, matches.mT)) / 2


class ClipTrainer(Trainer[ClipPair]):
    """Train both encoders together."""

    def __init__(
        self,
        recipe: ClipTrainingConfig,
        data: GuideDataset,
        tokenizer: ClipTokenizer,
        token_ids: Tensor,
        seed: int = 0,
        device: torch.device | str = "cpu",
        mixed: bool = False,
        workers: int = 0,
    ) -> None:
        check_trainable(data.entries_used())
        torch.manual_seed(seed)
        self.data, self.tokenizer, self.context = data, tokenizer, recipe.config.context
        self.recipe, self.described = recipe, data.names_of_captions()
        network = ClipPair(recipe.config, token_ids)
        identity = json.dumps(asdict(recipe.config), sort_keys=True)
        feed = BatchLoader(data, 0.0, recipe.batch, workers)
        super().__init__(network, recipe, identity, feed, seed, device, mixed)
        self.schedule = schedules.named_schedule(recipe.schedule, recipe.config.timesteps)

    def training_loss(self) -> Tensor:
        """Return the contrastive loss of noised pictures and captions."""
        batch, rng = self.batch(), self.random()
        x0 = batch.pictures
        t = draw_guide_timesteps(len(x0), len(self.schedule), self.recipe.low_noise, rng)
        x = q_sample(self.schedule, x0, t, self.noise(rng, *x0.shape))
        texts, matches = positives(batch.texts, batch.nouns, self.described)
        with self.autocast():
            pictures = self.network.images(x, t.to(self.device)).float()
            captions = encode(self.network.captions, self.tokenizer, texts, self.context).float()
        logits = self.network.scale * l2_normalize(pictures) @ l2_normalize(captions).mT
        return contrastive_loss(logits, matches.to(self.device))

    def load_weights(self, path: Path) -> None:
        """Load the two files that `export` writes for `path`."""
        image, text = image_and_text_files(path)
        for network in (self.network, self.ema):
            weights.copy_weights(network.images, weights.read_tensors(image)[0], image.name)
            given = weights.read_tensors(text)[0]
            name = "blocks.input."
            state = fit_word_table(network.captions, given, name + "token_ids", name + "w_voc")
            weights.copy_weights(network.captions, state, text.name)

    def export(self, path: Path) -> None:
        """Write `<stem>-image` and `<stem>-text` in the released files' format, half precision."""
        header = {"glide_studio_logit_scale": f"{float(self.ema.scale):.3f}"}
        networks = (self.ema.images, self.ema.captions)
        for network, target in zip(networks, image_and_text_files(path), strict=True):
            with atomic_write(target) as partial:
                weights.write_tensors(network.state_dict(), partial, torch.float16, header)


def image_and_text_files(path: Path) -> tuple[Path, Path]:
    """Split clip.safetensors into (clip-image.safetensors, clip-text.safetensors)."""
    return path.with_stem(path.stem + "-image"), path.with_stem(path.stem + "-text")


def encode(
    network: CaptionEncoder, tokenizer: ClipTokenizer, texts: list[str], context: int
) -> Tensor:
    """Encode captions as [M, E], not normalized."""
    pairs = [tokenizer.encode_padded(text, context) for text in texts]
    device = next(network.parameters()).device
    tokens = torch.from_numpy(np.stack([ids for ids, _ in pairs])).to(device)
    found: Tensor = network(tokens, torch.tensor([length for _, length in pairs], device=device))
    return found
