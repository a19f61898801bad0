"""The training loop: a generator of `TrainStep`s over exact, resumable state."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.contract.engine import TrainStep
from glide_studio.glide import schedule as schedules
from glide_studio.glide import weights
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.diffusion import q_sample
from glide_studio.glide.tokenizer import Tokenizer
from glide_studio.glide.unet import Condition, UNet
from glide_studio.train.data import InpaintData, Sample
from glide_studio.train.muon import Muon, divided
from glide_studio.train.objectives import masked_x0_loss, min_snr_weight
from glide_studio.train.presets import Recipe

LOW_RES_NOISE = 0.06  # standard deviation of the conditioning augmentation, in units of -1 .. 1


class DiffusionTrainer:
    """Trains one diffusion network; everything random follows from (seed, step).

    finish: (first step, last step) of a linear decay of the learning rate to zero, or None.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: InpaintData,
        tokenizer: Tokenizer,
        token_ids: Tensor,
        seed: int = 0,
    ) -> None:
        torch.manual_seed(seed)
        self.recipe, self.data, self.tokenizer, self.seed = recipe, data, tokenizer, seed
        network = UNet(recipe.config)
        network.text.know(token_ids)
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.schedule = schedules.named(recipe.config.schedule)
        self.optimisers = optimisers(self.network, recipe)
        self.step = 0
        self.pictures = 0  # seen in all runs
        self.loss = float("nan")
        self.finish: tuple[int, int] | None = None

    def pace(self) -> float:
        """What multiplies the rates in the coming step: warm-up, constant, linear decay at the end."""
        factor = min(1.0, (self.step + 1) / self.recipe.warm_up)
        if self.finish is not None:
            first, last = self.finish
            factor *= min(1.0, max(0.0, (last - self.step) / max(1, last - first)))
        return factor

    def steps(self) -> Iterator[TrainStep]:
        """Train for ever; yields after each optimiser step."""
        began = time.monotonic()
        while True:
            for optimiser in self.optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = optimiser.defaults["lr"] * self.pace()
            loss = self.objective()
            self.network.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
            if torch.isfinite(norm):
                for optimiser in self.optimisers:
                    optimiser.step()
            self.step += 1
            self.pictures += self.recipe.batch
            self.follow()
            value = float(loss.detach())
            self.loss = value if np.isnan(self.loss) else 0.99 * self.loss + 0.01 * value
            yield TrainStep(self.step, self.pictures, self.loss, time.monotonic() - began)

    def objective(self) -> Tensor:
        """The loss of the coming step's batch."""
        recipe = self.recipe
        batch = self.batch()
        rng = np.random.Generator(np.random.Philox(key=[self.seed + 1, self.step]))
        x0 = torch.from_numpy(np.stack([sample.picture for sample in batch])).permute(0, 3, 1, 2)
        x0 = x0.contiguous(memory_format=torch.channels_last)
        mask = torch.from_numpy(np.stack([sample.mask for sample in batch]))[:, None]
        # Stratified over the batch: less variance than independent draws, the same mean.
        levels = (np.arange(len(batch)) + rng.random(len(batch))) / len(batch)
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

    def batch(self) -> list[Sample]:
        """The samples of the coming step."""
        positions = range(self.pictures, self.pictures + self.recipe.batch)
        return [self.data.sample(position, self.recipe.null_text) for position in positions]

    def encode(self, batch: list[Sample]) -> Any:
        """The captions as `TextStates`."""
        context = self.recipe.config.text.context
        pairs = [self.tokenizer.padded(sample.text, context) for sample in batch]
        tokens = torch.from_numpy(np.stack([ids for ids, _ in pairs]))
        return self.network.text(tokens, torch.from_numpy(np.stack([mask for _, mask in pairs])))

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

    @torch.no_grad()
    def follow(self) -> None:
        """Move the averaged weights towards the trained ones."""
        decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
        averages = list(self.average.parameters())
        torch._foreach_lerp_(averages, list(self.network.parameters()), 1 - decay)

    def adopt(self, path: Path) -> None:
        """Begin from the weights of a file; words that its table lacks begin where they stand here.

        Raises:
            WeightsError: if the file is none, or of another kind of network.
        """
        given, _ = weights.read(path)
        ours = weights.state_dict(self.network)
        state = dict(given)
        if "token_ids" in given and "token_ids" in ours:
            rows = ours["token_embedding.weight"].clone()
            mine, theirs = ours["token_ids"].tolist(), given["token_ids"].tolist()
            place = {token: row for row, token in enumerate(theirs)}
            for row, token in enumerate(mine):
                if token in place:
                    rows[row] = given["token_embedding.weight"][place[token]]
            rows[-1] = given["token_embedding.weight"][-1]
            state |= {"token_embedding.weight": rows, "token_ids": ours["token_ids"]}
        for network in (self.network, self.average):
            weights.fill(network, state, path.name)

    def save(self, path: Path) -> None:
        """Write the exact state, atomically."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "pictures": self.pictures,
            "loss": self.loss,
            "config": self.recipe.config.to_json(),
        }
        partial = path.with_name(path.name + ".part")
        with open(partial, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)

    def restore(self, path: Path) -> None:
        """Go on from a saved state.

        Raises:
            ValueError: if the state belongs to another network.
        """
        state = torch.load(path, map_location="cpu", weights_only=True)
        if UNetConfig.from_json(state["config"]) != self.recipe.config:
            raise ValueError(
                f"{path.name} belongs to another network; choose another state folder."
            )
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.pictures, self.loss = state["step"], state["pictures"], state["loss"]


def optimisers(network: UNet, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """AdamW for all weights, or Muon for the inner matrices and AdamW for the rest."""
    inner, others = divided(network) if recipe.matrix_rate else ([], list(network.parameters()))
    adam = torch.optim.AdamW(others, lr=recipe.rate, betas=recipe.betas, weight_decay=recipe.decay)
    return [Muon(inner, lr=recipe.matrix_rate), adam] if inner else [adam]


def export(state: Path, target: Path) -> None:
    """Write the averaged weights of a saved training state as half-precision safetensors, atomically.

    Raises:
        FileNotFoundError: if there is no such state.
    """
    saved = torch.load(state, map_location="cpu", weights_only=True)
    network = UNet(UNetConfig.from_json(saved["config"]))
    network.load_state_dict(saved["average"])
    weights.save(network, target)
