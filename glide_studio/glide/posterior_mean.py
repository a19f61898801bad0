"""The end of a sampling run by means of predictions, for networks that are not fully trained."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from glide_studio.glide.samplers import SamplerState, Step, add_noise, noise_stream

LEVELS = 0.5, 0.4  # shares of the timesteps that a picture is noised to for its means
COPIES = 3  # noised ones of a picture
EVALUATIONS = 1 + COPIES  # of a step that takes a mean


@dataclass(frozen=True, slots=True)
class PosteriorMean:
    """The ending of a run: two steps, which take means of predictions of x_0.

    E[x_0 | x_t] is the smoothest picture that agrees with what is decided at t. A young network
    knows shapes, which are decided at high noise, better than surfaces, where it draws blotches at
    low noise. So the picture that is found is noised again, to where shapes are kept and surfaces
    are not, and predicted; the mean over some noised copies is free of the noise of each.

    highest: share of the timesteps that the picture is noised to at most, as when it was to be
        changed a little only.
    """

    highest: float = 1.0

    def __call__(self, state: SamplerState) -> Step:
        """Take the first mean, or the last one from one step left."""
        goal = 1 if state.index > 0 else 0
        x0 = self._predict(state, state.x, state.index)
        level = max(1, round(min(LEVELS[1 - goal], self.highest) * len(state.schedule)))
        copies = [
            self._predict(state, self._add_noise(state, x0, level, number), level - 1)
            for number in range(1, COPIES + 1)
        ]
        x0 = torch.stack(copies).mean(0)
        return Step(goal, self._add_noise(state, x0, goal, 0), x0)

    @staticmethod
    def _predict(state: SamplerState, x: Tensor, index: int) -> Tensor:
        return state.denoiser(x, torch.full((len(x),), index)).x0

    @staticmethod
    def _add_noise(state: SamplerState, x0: Tensor, left: int, number: int) -> Tensor:
        return add_noise(state.schedule, x0, left, noise_stream(state.noise, number))


def count_mean_steps(start: int, below: int) -> tuple[int, int]:
    """Count the steps and the evaluations of a run from `start` steps that ends in means."""
    drawn, means = max(0, start - below), min(start, below, 2)
    return drawn + means, drawn + means * EVALUATIONS
