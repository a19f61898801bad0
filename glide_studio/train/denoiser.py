"""Training of a diffusion network: the base, the upsampler and their inpainting variants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.glide import schedule as schedules
from glide_studio.glide import weights
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.diffusion import q_sample, read_output
from glide_studio.glide.text import TextStates
from glide_studio.glide.tokenizer import Tokenizer
from glide_studio.glide.unet import Condition, UNet
from glide_studio.glide.weights import State
from glide_studio.train.data import InpaintData, Sample
from glide_studio.train.loop import NetworkTrainer, given_words, stratified
from glide_studio.train.objectives import masked_loss, min_snr_weight, variance_loss
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
        if recipe.config.text.rows is not None:
            network.text.know(token_ids)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        super().__init__(network, recipe, recipe.config.to_json(), seed)
        self.schedule = schedules.named(recipe.config.schedule)

    def objective(self) -> Tensor:
        """The loss of the coming step: see `Recipe`."""
        recipe, config = self.recipe, self.recipe.config
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
        low_res = self.low_res(x0, rng) if config.super_res else None
        condition = Condition(self.encode(batch), x0, 1 - mask, low_res)
        output = self.network(x, t, condition)
        belief = read_output(self.schedule, x, t, output, config.predicts)
        on_x0 = config.predicts == "x0"
        target, believed = (x0, belief.x0) if on_x0 else (noise, belief.eps)
        weight = x0.new_ones(())
        if recipe.snr_cap is not None:
            weight = min_snr_weight(self.schedule, t, recipe.snr_cap, x0, config.predicts)
        loss = masked_loss(target, believed, mask, weight, recipe.outside)
        if config.learned_variance:
            bound = variance_loss(self.schedule, x0, x, t, belief).mean()
            loss = loss + bound * (len(self.schedule) / 1000)
        return loss

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
        """Begin from the weights of a file; what they lack begins as a fine-tune should.

        Words that its table lacks begin where they stand here, a learned variance in the middle of its
        range, and the inputs that inpainting adds at zero, so that the first step is the plain network's.
        """
        given, config = weights.read(path)
        state = given_words(self.network, given, "token_ids", "token_embedding.weight")
        state = with_variance(with_inputs(state, config, self.recipe.config), self.recipe.config)
        for network in (self.network, self.average):
            weights.fill(network, state, path.name)

    def export(self, path: Path) -> None:
        """Write the averaged weights as half-precision safetensors, atomically."""
        weights.save(self.average, path)


def with_inputs(state: State, config: UNetConfig, wanted: UNetConfig) -> State:
    """A plain network's tensors with four more input channels of weight zero (GLIDE, section 2.2)."""
    if config.inpaint or not wanted.inpaint:
        return state

    def widened(weight: Tensor, before: int, area: int) -> Tensor:
        """`before` channels stay in front of x's."""
        known = weight.new_zeros(len(weight), 4 * area, *weight.shape[2:])
        return torch.cat([weight[:, : before + 3 * area], known, weight[:, before + 3 * area :]], 1)

    stem, mix = "input_blocks.0.0.weight", "out.2.mix.weight"
    state = state | {stem: widened(state[stem], 0, config.patch**2)}
    return state | {mix: widened(state[mix], config.head, 1)} if config.head else state


def with_variance(state: State, wanted: UNetConfig) -> State:
    """Tensors of a network without a learned variance with three more outputs, v = 0."""
    last = "out.2.last" if wanted.head else "out.2"
    area = 1 if wanted.head else wanted.patch**2
    if not wanted.learned_variance or len(state[last + ".bias"]) == 6 * area:
        return state
    changed = {}
    for name in (last + ".weight", last + ".bias"):
        changed[name] = torch.cat([state[name], torch.zeros_like(state[name])])
    return state | changed
