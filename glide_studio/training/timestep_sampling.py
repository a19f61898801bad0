"""Which timesteps a training step sees: importance sampling for the variational bound."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

HISTORY = 10  # squared losses of each timestep that are averaged
UNIFORM_SHARE = 0.001  # of the probability, spread evenly, so that no timestep is forgotten


class ImportanceSampler:
    """Draw timesteps in proportion to sqrt(E[L_t^2]), so that the bound's estimate varies less.

    Nichol & Dhariwal 2021 (arXiv 2102.09672), section 3.3, eq. 18. Timesteps are drawn uniformly
    until each has `HISTORY` losses.
    """

    def __init__(self, length: int) -> None:
        self.losses = torch.zeros(length, HISTORY, dtype=torch.float64)
        self.counts = torch.zeros(length, dtype=torch.int64)

    def probabilities(self) -> Tensor:
        """Return the probability of each timestep, [T] float64."""
        length = len(self.counts)
        if bool((self.counts < HISTORY).any()):
            return torch.full((length,), 1 / length, dtype=torch.float64)
        roots = self.losses.square().mean(1).sqrt()
        return (1 - UNIFORM_SHARE) * roots / roots.sum() + UNIFORM_SHARE / length

    def draw(self, batch: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Draw (timesteps [batch] int64, weights [batch] float32).

        The mean of weight times loss estimates the mean loss over all timesteps without bias.
        """
        chances = self.probabilities()
        t = torch.from_numpy(rng.choice(len(chances), size=batch, p=chances.numpy()))
        return t, (1 / (len(chances) * chances[t])).float()

    def add(self, t: Tensor, losses: Tensor) -> None:
        """Take note of the losses [N] at timesteps t [N]; the oldest of each are dropped."""
        for place, loss in zip(t.tolist(), losses.detach().double().tolist(), strict=True):
            self.losses[place, int(self.counts[place]) % HISTORY] = loss
            self.counts[place] += 1

    def state_dict(self) -> dict[str, Tensor]:
        """Return what a resumed run needs."""
        return {"losses": self.losses, "counts": self.counts}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from a saved state."""
        self.losses.copy_(state["losses"])
        self.counts.copy_(state["counts"])
