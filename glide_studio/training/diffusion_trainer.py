"""Train a diffusion network: the base, the upsampler and their inpainting variants."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glide_studio.atomic import atomic_write
from glide_studio.glide import schedule as schedules
from glide_studio.glide import weights
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.diffusion import Prediction, prediction_from_output, q_sample
from glide_studio.glide.schedule import Schedule
from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.glide.unet import Condition, UNet
from glide_studio.glide.weights import StateDict
from glide_studio.training.batch_loader import BatchLoader
from glide_studio.training.image_folder import check_trainable
from glide_studio.training.inpaint_dataset import InpaintDataset
from glide_studio.training.likelihood import vlb_term
from glide_studio.training.losses import masked_loss, min_snr_weight, variance_loss
from glide_studio.training.object_dataset import ObjectDataset
from glide_studio.training.timestep_sampling import ImportanceSampler
from glide_studio.training.trainer import Trainer, build_optimizers, draw_stratified, fit_word_table
from glide_studio.training.training_config import DiffusionTrainingConfig

LOW_RES_NOISE = 0.06  # standard deviation of the conditioning augmentation, in units of -1 .. 1


class Evaluation(nn.Module):
    """A network with its text encoder as one module, for `torch.compile`."""

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        tokens: Tensor,
        masks: Tensor,
        known: Tensor,
        mask: Tensor,
        low_res: Tensor | None,
    ) -> Tensor:
        """Predict from x [N, C, H, W], t [N], captions [N, L] twice, known, mask and low-res."""
        text = self.network.text(tokens, masks)
        out: Tensor = self.network(x, t, Condition(text, known, mask, low_res))
        return out


class Noised(NamedTuple):
    """Pictures x0 [N, C, H, W], noise, x_t made of both, and t [N] int64."""

    x0: Tensor
    noise: Tensor
    x: Tensor
    t: Tensor


def denoising_loss(
    recipe: DiffusionTrainingConfig,
    schedule: Schedule,
    noised: Noised,
    mask: Tensor,
    pred: Prediction,
) -> Tensor:
    """Return the error of a prediction, and of its variance if it is learned.

    mask: [N, 1, H, W], 1 = generated. With `outside` of 1, no `snr_cap` and a prediction of epsilon
    this is L_hybrid (Improved DDPM, eq. 16): the bound is summed over all steps and lambda is 1 /
    1000, so its term at one random step counts len(schedule) / 1000.
    """
    x0, noise, x, t = noised
    config = recipe.config
    on_x0 = config.predicts == "x0"
    target, predicted = (x0, pred.x0) if on_x0 else (noise, pred.eps)
    weight = x0.new_ones(())
    if recipe.snr_cap is not None:
        weight = min_snr_weight(schedule, t, recipe.snr_cap, x0, config.predicts)
    generated = torch.ones_like(mask) if config.alpha else mask
    loss = masked_loss(target, predicted, generated, weight, recipe.outside)
    if config.learned_variance:
        loss = loss + variance_loss(schedule, x0, x, t, pred).mean() * (len(schedule) / 1000)
    return loss


class DiffusionTrainer(Trainer[UNet]):
    """Train a `UNet` to predict x0 or epsilon from x_t, and the variance if it learns one.

    mixed: see `Trainer`. workers: see `BatchLoader`. compiled: use `torch.compile`.
    """

    def __init__(
        self,
        recipe: DiffusionTrainingConfig,
        data: InpaintDataset | ObjectDataset,
        tokenizer: Tokenizer,
        token_ids: Tensor,
        seed: int = 0,
        device: torch.device | str = "cpu",
        mixed: bool = False,
        workers: int = 0,
        compiled: bool = False,
    ) -> None:
        check_trainable(data.entries_used())
        torch.manual_seed(seed)
        self.recipe, self.data, self.tokenizer = recipe, data, tokenizer
        network = UNet(recipe.config)
        if recipe.config.text.rows is not None:
            network.text.set_vocabulary(token_ids)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        feed = BatchLoader(data, recipe.null_text, recipe.batch, workers)
        super().__init__(network, recipe, recipe.config.to_json(), feed, seed, device, mixed)
        if recipe.trunk != 1.0:
            self.optimizers = build_optimizers(network, recipe, reads_caption)
            if recipe.trunk > 0:
                self.optimizers += build_optimizers(network, recipe, ignores_caption, recipe.trunk)
        for name, weight in network.named_parameters():
            weight.requires_grad_(is_trained(name, recipe))
        self.model: nn.Module = Evaluation(self.network)
        if compiled:
            self.model.compile()
        self.padded: dict[str, tuple[Tensor, Tensor]] = {}
        self.schedule = schedules.named_schedule(recipe.config.schedule)
        self.sampler = ImportanceSampler(len(self.schedule)) if recipe.objective == "vlb" else None

    def training_loss(self) -> Tensor:
        """Return the loss of the next step: see `DiffusionTrainingConfig`."""
        recipe, config = self.recipe, self.recipe.config
        batch, rng = self.batch(), self.random()
        x0, mask = batch.pictures, batch.holes
        captions = self.captions(batch.texts)
        if self.sampler is None:
            levels = draw_stratified(recipe.batch, rng)
            noisy = rng.random(recipe.batch) < recipe.noisy
            levels = np.where(noisy, 1 - recipe.noisiest * (1 - levels), levels)
            t = torch.from_numpy((levels * len(self.schedule)).astype(np.int64))
        else:
            t, importance = self.sampler.draw(recipe.batch, rng)
        noise = self.noise(rng, *x0.shape)
        x = q_sample(self.schedule, x0, t, noise)
        low_res = self.low_res(x0, rng) if config.super_res else None
        known = x0 if batch.scenes is None else batch.scenes
        with self.autocast():
            output = self.model(x, t.to(self.device), *captions, known, 1 - mask, low_res)
        pred = prediction_from_output(self.schedule, x, t, output, config.predicts)
        if self.sampler is not None:
            terms = vlb_term(self.schedule, x0, x, t, pred)
            self.sampler.add(t, terms)
            return (importance.to(terms) * terms).mean()
        return denoising_loss(recipe, self.schedule, Noised(x0, noise, x, t), mask, pred)

    def sampling_state(self) -> dict[str, Tensor]:
        """See `Trainer.sampling_state`."""
        return {} if self.sampler is None else self.sampler.state_dict()

    def load_sampling_state(self, state: dict[str, Tensor]) -> None:
        """See `Trainer.load_sampling_state`."""
        if self.sampler is not None and state:
            self.sampler.load_state_dict(state)

    def captions(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """Return the captions' token ids [N, L] and token masks [N, L]."""
        for text in set(texts) - self.padded.keys():
            ids, mask = self.tokenizer.encode_padded(text, self.recipe.config.text.context)
            self.padded[text] = torch.from_numpy(ids), torch.from_numpy(mask)
        pairs = [self.padded[text] for text in texts]
        tokens, masks = (torch.stack(list(column)) for column in zip(*pairs, strict=True))
        return tokens.to(self.device), masks.to(self.device)

    def low_res(self, x0: Tensor, rng: np.random.Generator) -> Tensor:
        """Downscale by 4, blur and noise a little, as base samples are (GLIDE, section 3).

        Conditioning augmentation (Ho et al. 2021, arXiv 2106.15282) makes the upsampler robust to
        errors of the base network.
        """
        small = F.avg_pool2d(x0, 4)
        if rng.random() < 0.3:
            small = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        sigma = rng.uniform(0, LOW_RES_NOISE, (len(small), 1, 1, 1)).astype(np.float32)
        noise = self.noise(rng, *small.shape)
        return (small + torch.from_numpy(sigma).to(noise) * noise).clamp(-1, 1)

    def accepts_state(self, identity: str) -> bool:
        """Return True if a saved state is of this network; missing fields have their defaults."""
        return UNetConfig.from_json(identity) == self.recipe.config

    def load_weights(self, path: Path) -> None:
        """Load the weights of a file; initialize what the file lacks as for fine-tuning.

        Tokens that its table lacks keep their initial rows, a learned variance starts at v = 0, and
        additional input channels start at zero, so that the first step equals the loaded network's.
        """
        given, config = weights.read(path)
        state = fit_word_table(self.network, given, "token_ids", "token_embedding.weight")
        state = add_variance_outputs(
            add_input_channels(state, config, self.recipe.config), self.recipe.config
        )
        for network in (self.network, self.ema):
            weights.copy_weights(network, state, path.name)

    def export(self, path: Path) -> None:
        """Write the EMA weights as half-precision safetensors, atomically."""
        with atomic_write(path) as partial:
            weights.save(self.ema, partial)


def reads_caption(name: str) -> bool:
    """Return True if the weight of that name encodes the caption or projects it into a layer."""
    return name.startswith("text.") or any(
        part in name for part in (".encoder_kv.", ".emb_layers.")
    )


def is_trained(name: str, recipe: DiffusionTrainingConfig) -> bool:
    """Return True if the weight of that name is trained."""
    return recipe.trunk > 0 or reads_caption(name)


def ignores_caption(name: str) -> bool:
    """Return True if the weight of that name does not read the caption."""
    return not reads_caption(name)


def add_input_channels(state: StateDict, config: UNetConfig, wanted: UNetConfig) -> StateDict:
    """Add the four channels of the known picture and its mask, with weight zero.

    GLIDE, section 2.2. A network that has them, or is not to have them, stays as it is.
    """
    if config.inpaint or not wanted.inpaint:
        return dict(state)

    def widen(weight: Tensor, before: int, area: int) -> Tensor:
        """Insert zero channels after `before` leading ones and those of the picture."""
        cut = before + config.picture_channels * area
        fresh = weight.new_zeros(len(weight), 4 * area, *weight.shape[2:])
        return torch.cat([weight[:, :cut], fresh, weight[:, cut:]], dim=1)

    stem, mix = "input_blocks.0.0.weight", "out.2.mix.weight"
    state = dict(state) | {stem: widen(state[stem], 0, config.patch**2)}
    return state | {mix: widen(state[mix], config.head, 1)} if config.head else state


def add_variance_outputs(state: StateDict, wanted: UNetConfig) -> StateDict:
    """Add the three variance outputs, v = 0, to a network that has none."""
    last = "out.2.last" if wanted.head else "out.2"
    area = 1 if wanted.head else wanted.patch**2
    if not wanted.learned_variance or len(state[last + ".bias"]) == 6 * area:
        return state
    changed = {}
    for name in (last + ".weight", last + ".bias"):
        changed[name] = torch.cat([state[name], torch.zeros_like(state[name])])
    return state | changed
