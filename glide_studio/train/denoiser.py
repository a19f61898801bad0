"""Training of a diffusion network: the base, the upsampler and their inpainting variants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.glide import schedule as schedules
from glide_studio.glide import weights
from glide_studio.glide.diffusion import q_sample
from glide_studio.glide.text import TextStates
from glide_studio.glide.tokenizer import Tokenizer
from glide_studio.glide.unet import Condition, UNet
from glide_studio.train.data import InpaintData, Sample
from glide_studio.train.loop import NetworkTrainer, given_words, stratified
from glide_studio.train.objectives import masked_x0_loss, min_snr_weight
from glide_studio.train.recipes import Recipe

LOW_RES_NOISE = 0.06  # standard deviation of the conditioning augmentation, in units of -1 .. 1


class DiffusionTrainer(NetworkTrainer[UNet]):
    """Trains a `UNet` to see what was there before the noise."""

    def __init__(
        self,
        recipe: Recipe,
        data: InpaintData,
        tokenizer: Tokenizer,
        token_ids: Tensor,
        seed: int = 0,
    ) -> None:
        torch.manual_seed(seed)
        self.recipe, self.data, self.tokenizer = recipe, data, tokenizer
        network = UNet(recipe.config)
        network.text.know(token_ids)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        super().__init__(network, recipe, recipe.config.to_json(), seed)
        self.schedule = schedules.named(recipe.config.schedule)

    def objective(self) -> Tensor:
        """Min-SNR-weighted error of x0, of full weight where pixels are to be generated."""
        recipe = self.recipe
        batch = [self.data.sample(position, recipe.null_text) for position in self.positions()]
        rng = self.random()
        x0 = torch.from_numpy(np.stack([sample.picture for sample in batch])).permute(0, 3, 1, 2)
        x0 = x0.contiguous(memory_format=torch.channels_last)
        mask = torch.from_numpy(np.stack([sample.mask for sample in batch]))[:, None]
        levels = stratified(len(batch), rng)
        noisy = rng.random(len(batch)) < recipe.noisy
        levels = np.where(noisy, 0.9 + 0.1 * levels, levels)
        t = torch.from_numpy((levels * len(self.schedule)).astype(np.int64))
        noise = torch.from_numpy(rng.standard_normal(tuple(x0.shape), dtype=np.float32))
        x = q_sample(self.schedule, x0, t, noise)
        low_res = self.low_res(x0, rng) if recipe.config.super_res else None
        condition = Condition(self.encode(batch), x0, 1 - mask, low_res)
        believed = self.network(x, t, condition)
        weight = min_snr_weight(self.schedule, t, recipe.snr_cap, x0)
        return masked_x0_loss(x0, believed, mask, weight, recipe.outside)

    def encode(self, batch: list[Sample]) -> TextStates:
        """The captions as the network's text states."""
        context = self.recipe.config.text.context
        pairs = [self.tokenizer.padded(sample.text, context) for sample in batch]
        tokens = torch.from_numpy(np.stack([ids for ids, _ in pairs]))
        masks = torch.from_numpy(np.stack([mask for _, mask in pairs]))
        states: TextStates = self.network.text(tokens, masks)
        return states

    @staticmethod
    def low_res(x0: Tensor, rng: np.random.Generator) -> Tensor:
        """A quarter of the size, blurred and noised a little as drafts are (GLIDE, section 3).

        Conditioning augmentation (Ho et al. 2021, arXiv 2106.15282) makes the upsampler forgive what a
        base network gets wrong.
        """
        small = F.avg_pool2d(x0, 4)
        if rng.random() < 0.3:
            small = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        sigma = torch.from_numpy(rng.uniform(0, LOW_RES_NOISE, (x0.shape[0], 1, 1, 1)))
        noise = torch.from_numpy(rng.standard_normal(tuple(small.shape), dtype=np.float32))
        return (small + sigma.float() * noise).clamp(-1, 1)

    def adopt(self, path: Path) -> None:
        """Begin from the weights of a file; words that its table lacks begin where they stand here."""
        given, _ = weights.read(path)
        state = given_words(self.network, given, "token_ids", "token_embedding.weight")
        for network in (self.network, self.average):
            weights.fill(network, state, path.name)

    def export(self, path: Path) -> None:
        """Write the averaged weights as half-precision safetensors, atomically."""
        weights.save(self.average, path)
