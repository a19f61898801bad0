"""The training loop: a generator of `TrainStep`s over exactly resumable state."""

from __future__ import annotations

import copy
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from glide_studio.atomic import atomic_write
from glide_studio.glide import weights
from glide_studio.training.batch_loader import Batch, BatchLoader
from glide_studio.training.muon import Muon, split_params
from glide_studio.training.training_config import OptimizerConfig

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class TrainStep:
    """One optimizer step of a training run.

    loss: exponential mean. seconds: since this run began. pictures: seen in all runs together.
    """

    step: int
    pictures: int
    loss: float
    seconds: float


class Trainer(ABC, Generic[Network]):
    """Train one network; all randomness is a function of (seed, step).

    identity: description of the network, checked against a saved state. decay_range: (first, last)
    step of a linear decay of the learning rate to zero, or None. feed: its samples. mixed: bfloat16
    autocast.
    """

    def __init__(
        self,
        network: Network,
        optimisation: OptimizerConfig,
        identity: str,
        feed: BatchLoader,
        seed: int = 0,
        device: torch.device | str = "cpu",
        mixed: bool = False,
    ) -> None:
        self.device, self.mixed = torch.device(device), mixed
        self.feed = feed
        self.network, self.optimisation = network.to(self.device), optimisation
        self.identity, self.seed = identity, seed
        self.ema = copy.deepcopy(network).requires_grad_(False)
        self.optimizers = build_optimizers(network, optimisation)
        self.step = 0
        self.pictures = 0  # seen in all runs
        self.loss = float("nan")
        self.decay_range: tuple[int, int] | None = None

    @abstractmethod
    def training_loss(self) -> Tensor:
        """Return the scalar loss of the next step's batch."""

    def accepts_state(self, identity: str) -> bool:
        """Return True if a state with this network description can be resumed."""
        return identity == self.identity

    @abstractmethod
    def load_weights(self, path: Path) -> None:
        """Load initial weights from a file.

        Raises:
            WeightsError: if the file is none, or of another kind of network.
        """

    @abstractmethod
    def export(self, path: Path) -> None:
        """Write the EMA weights as half-precision safetensors, atomically."""

    def lr_factor(self) -> float:
        """Return the factor of the learning rates: warm-up, constant, linear decay at the end."""
        factor = min(1.0, (self.step + 1) / self.optimisation.warm_up)
        if self.decay_range is not None:
            first, last = self.decay_range
            factor *= min(1.0, max(0.0, (last - self.step) / max(1, last - first)))
        return factor

    def steps(self) -> Iterator[TrainStep]:
        """Train endlessly; yield after each optimizer step."""
        began = time.monotonic()
        # Gradients and moments of a trained network become denormal, with which a CPU is ten times
        # slower.
        torch.set_flush_denormal(True)
        while True:
            for optimiser in self.optimizers:
                for group in optimiser.param_groups:
                    group["lr"] = optimiser.defaults["lr"] * self.lr_factor()
            torch.manual_seed((self.seed << 40) + (self.step << 10))  # of dropout
            self.network.zero_grad(set_to_none=True)
            loss = self.training_loss()
            loss.backward()  # type: ignore[no-untyped-call]
            norm = self.clip()  # only here is an accelerator waited for
            value = float(loss.detach())
            if np.isfinite(norm):
                for optimiser in self.optimizers:
                    optimiser.step()
            self.step += 1
            self.pictures += self.optimisation.batch
            self.update_ema()
            self.loss = value if np.isnan(self.loss) else 0.99 * self.loss + 0.01 * value
            yield TrainStep(self.step, self.pictures, self.loss, time.monotonic() - began)

    def clip(self) -> float:
        """Clip the gradient norm; return the norm before."""
        weights = list(self.network.parameters())
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        norm: Tensor = nn.utils.get_total_norm(gradients)
        nn.utils.clip_grads_with_norm_(weights, self.optimisation.clip, norm)
        return float(norm)

    def batch(self) -> Batch:
        """Return the samples of the next step, on the device."""
        on_cuda = self.device.type == "cuda"
        batch = self.feed.batch(self.pictures, pinned=on_cuda)
        pictures = batch.pictures.to(self.device, non_blocking=on_cuda)
        return batch._replace(
            pictures=pictures.contiguous(memory_format=torch.channels_last),
            holes=batch.holes.to(self.device, non_blocking=on_cuda),
            scenes=None
            if batch.scenes is None
            else batch.scenes.to(self.device, non_blocking=on_cuda),
        )

    def noise(self, rng: np.random.Generator, *shape: int) -> Tensor:
        """Draw standard normal noise, channels last, on the device."""
        if self.device.type == "cpu":
            drawn = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))
        else:
            generator = torch.Generator(self.device).manual_seed(int(rng.integers(1 << 62)))
            drawn = torch.randn(shape, generator=generator, device=self.device)
        return drawn.contiguous(memory_format=torch.channels_last)

    def autocast(self) -> torch.autocast:
        """Return the context in which mixed precision computes in bfloat16."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed)

    def random(self) -> np.random.Generator:
        """Return the generator of the next step's timesteps and noise."""
        return np.random.Generator(np.random.Philox(key=[self.seed + 1, self.step]))

    @torch.no_grad()
    def update_ema(self) -> None:
        """Move the EMA weights towards the trained ones."""
        decay = min(self.optimisation.ema, (1 + self.step) / (10 + self.step))
        averages: list[Tensor] = list(self.ema.parameters())
        torch._foreach_lerp_(averages, list(self.network.parameters()), 1 - decay)

    def save(self, path: Path) -> None:
        """Write the exact state, atomically.

        Raises:
            GlideError: if it cannot be written.
        """
        state = {
            "network": self.network.state_dict(),
            "average": self.ema.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimizers],
            "step": self.step,
            "pictures": self.pictures,
            "loss": self.loss,
            "config": self.identity,
            "sampling": self.sampling_state(),
        }
        with atomic_write(path) as partial:
            torch.save(state, partial)

    def restore(self, path: Path) -> None:
        """Resume from a saved state.

        Raises:
            ValueError: if the state belongs to another network.
        """
        state = torch.load(path, map_location="cpu", weights_only=True)
        if not self.accepts_state(state["config"]):
            raise ValueError(
                f"{path.name} belongs to another network; choose another state folder."
            )
        self.network.load_state_dict(state["network"])
        self.ema.load_state_dict(state["average"])
        for optimiser, saved in zip(self.optimizers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.pictures, self.loss = state["step"], state["pictures"], state["loss"]
        self.load_sampling_state(state.get("sampling", {}))

    def sampling_state(self) -> dict[str, Tensor]:
        """Return what the choice of timesteps depends on besides seed and step."""
        return {}

    def load_sampling_state(self, state: dict[str, Tensor]) -> None:
        """Go on from what `sampling_state` returned; empty in states of earlier versions."""


def build_optimizers(
    network: nn.Module,
    recipe: OptimizerConfig,
    of: Callable[[str], bool] = lambda name: True,
    share: float = 1.0,
) -> list[torch.optim.Optimizer]:
    """Build AdamW for all weights, or Muon for the inner matrices and AdamW for the rest.

    of: selects weights by name. share: factor of the configured rates.
    """
    named = {name: weight for name, weight in network.named_parameters() if of(name)}
    inner, others = (
        split_params(network, named) if recipe.matrix_rate else ([], list(named.values()))
    )
    adam = torch.optim.AdamW(
        others,
        lr=recipe.rate * share,
        betas=recipe.betas,
        weight_decay=recipe.decay,
        fused=others[0].is_cuda,
    )
    return [Muon(inner, lr=recipe.matrix_rate * share), adam] if inner else [adam]


def draw_stratified(batch: int, rng: np.random.Generator) -> Any:
    """Draw [batch] float64 in 0 .. 1, one in each of `batch` equal parts, to vary less."""
    return (np.arange(batch) + rng.random(batch)) / batch


def draw_guide_timesteps(
    batch: int, length: int, low_noise: float, rng: np.random.Generator
) -> Tensor:
    """Draw [batch] int64 in 0 .. length - 1, a share `low_noise` of them in the first tenth.

    Guides also judge finished pictures, at t = 0.
    """
    levels = draw_stratified(batch, rng)
    levels = np.where(rng.random(batch) < low_noise, levels / 10, levels)
    return torch.from_numpy((levels * length).astype(np.int64))


def merge_embedding_rows(ours: Tensor, mine: Tensor, theirs: Tensor, given: Tensor) -> Tensor:
    """Fill an embedding table with the rows of tokens that another table has.

    ours [K + 1, W] for token ids `mine` [K], given [M + 1, W] for `theirs` [M]; the last rows, for
    unknown tokens, correspond.
    """
    rows = ours.clone()
    place = {token: row for row, token in enumerate(theirs.tolist())}
    for row, token in enumerate(mine.tolist()):
        if token in place:
            rows[row] = given[place[token]]
    rows[-1] = given[-1]
    return rows


def fit_word_table(
    network: nn.Module, given: weights.StateDict, ids: str, table: str
) -> weights.StateDict:
    """Fit the token embedding `table` of `given`, with ids `ids`, to the network's vocabulary."""
    ours = weights.state_dict(network)
    if ids not in given or ids not in ours:
        return dict(given)
    rows = merge_embedding_rows(ours[table], ours[ids], given[ids], given[table])
    return dict(given) | {table: rows, ids: ours[ids]}
