"""Means of predictions at the end of a run."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Prediction, lookup, prediction_from_eps
from glide_studio.glide.posterior_mean import (
    LEVELS,
    PosteriorMean,
    count_mean_steps,
)
from glide_studio.glide.samplers import SamplingRun, ancestral, philox_noise
from glide_studio.glide.schedule import named_schedule

SCHEDULE = named_schedule("squaredcos_cap_v2").evenly_spaced(16)
SHAPE = (2, 4, 8, 8)
SHARE = 0.3  # of the noise that a young network takes for the picture


class Blotchy:
    """Predicts the true picture and, as a young network does, a part of the noise that it sees."""

    def __init__(self, picture: Tensor) -> None:
        self.picture, self.seen = picture, []

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        self.seen.append(int(t[0]))
        abar = float(lookup(SCHEDULE.alphas_cumprod, t)[0])
        x0 = self.picture + SHARE * (x - abar**0.5 * self.picture)
        eps = (x - abar**0.5 * x0) / (1 - abar) ** 0.5
        return prediction_from_eps(SCHEDULE, x, t, eps)


def run(denoiser: Blotchy, below: int, start: int | None = None) -> SamplingRun:
    noise = philox_noise(3, range(2), 0)
    ending = (below, PosteriorMean()) if below else None
    left = len(SCHEDULE) if start is None else start
    x = noise(left, torch.zeros(SHAPE))
    return SamplingRun(ancestral, denoiser, SCHEDULE, x, noise, start, ending=ending)


def error(denoiser: Blotchy, below: int) -> float:
    return (run(denoiser, below).run() - denoiser.picture).std().item()


def test_the_mean_of_three_copies_has_less_of_the_noise() -> None:
    picture = torch.linspace(-0.8, 0.8, 8).expand(SHAPE).clone()
    abar = float(lookup(SCHEDULE.alphas_cumprod, torch.tensor([round(LEVELS[1] * 16) - 1]))[0])
    one = SHARE * (1 - abar) ** 0.5
    found = error(Blotchy(picture), 4)
    assert one / 3**0.5 <= found < 0.75 * one  # of the noise in three copies, and some of before


def test_the_chain_goes_on_to_the_last_steps_and_the_means_are_taken_at_their_levels() -> None:
    denoiser = Blotchy(torch.zeros(SHAPE))
    steps = [step.steps_left for step in run(denoiser, 4).steps()]
    assert steps == [*range(15, 3, -1), 1, 0]
    first, second = (round(level * 16) - 1 for level in LEVELS)
    assert denoiser.seen == [*range(15, 3, -1), 3, first, first, first, 0, second, second, second]
    assert count_mean_steps(16, 4) == (len(steps), len(denoiser.seen))


@pytest.mark.parametrize("start", [1, 2, 3, 4, 5, 16])
@pytest.mark.parametrize("below", [1, 2, 4, 16])
def test_steps_and_evaluations_are_counted(start: int, below: int) -> None:
    denoiser = Blotchy(torch.zeros(SHAPE))
    steps = list(run(denoiser, below, start).steps())
    assert count_mean_steps(start, below) == (len(steps), len(denoiser.seen))


def test_a_stopped_run_goes_on_to_the_same_picture() -> None:
    denoiser = Blotchy(torch.zeros(SHAPE))
    whole = run(denoiser, 4)
    steps = list(whole.steps())
    for step in steps[-3:]:
        rest = replace(whole, x=step.x, start=step.steps_left, history=step.history)
        torch.testing.assert_close(rest.run(), steps[-1].x, rtol=0, atol=0)


def test_a_sample_does_not_depend_on_its_batch() -> None:
    denoiser = Blotchy(torch.zeros(SHAPE))
    alone = Blotchy(torch.zeros(1, *SHAPE[1:]))
    both = run(denoiser, 4).run()
    noise = philox_noise(3, range(1, 2), 0)
    x = noise(16, torch.zeros(1, *SHAPE[1:]))
    second = SamplingRun(ancestral, alone, SCHEDULE, x, noise, ending=(4, PosteriorMean())).run()
    torch.testing.assert_close(second[0], both[1], rtol=0, atol=0)


@pytest.mark.parametrize(("highest", "levels"), [(1.0, (8, 6)), (0.45, (7, 6)), (0.2, (3, 3))])
def test_a_picture_is_not_noised_further_than_it_was(
    highest: float, levels: tuple[int, int]
) -> None:
    denoiser = Blotchy(torch.zeros(SHAPE))
    whole = run(denoiser, 4, 3)
    replace(whole, ending=(4, PosteriorMean(highest))).run()
    first, second = (level - 1 for level in levels)
    assert denoiser.seen == [2, first, first, first, 0, second, second, second]


def test_a_schedule_of_one_step_has_means_too() -> None:
    schedule = named_schedule("linear").evenly_spaced(1)
    noise = philox_noise(3, range(2), 0)
    x = noise(1, torch.zeros(SHAPE))

    def steady(x: Tensor, t: Tensor) -> Prediction:
        return prediction_from_eps(schedule, x, t, torch.zeros_like(x))

    found = SamplingRun(ancestral, steady, schedule, x, noise, ending=(1, PosteriorMean())).run()
    assert found.isfinite().all()
