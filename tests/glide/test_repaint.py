"""The older ways to fill: replacement, resampling, and a start from the picture.

Pictures here are two correlated pixels of a Gaussian, so the exact denoiser and the exact
conditional mean of one pixel given the other are known.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Prediction, lookup, prediction_from_eps
from glide_studio.glide.guidance import ClippedDenoiser, NetworkDenoiser
from glide_studio.glide.samplers import (
    SAMPLERS,
    RePaint,
    Sampler,
    SamplerState,
    SamplingRun,
    Step,
    add_noise,
    ancestral,
    ddim,
    philox_noise,
)
from glide_studio.glide.schedule import Schedule, named_schedule
from glide_studio.glide.unet import Condition
from tests.glide.test_networks import TINY, inputs, network

RHO = 0.95
COVARIANCE = torch.tensor([[1.0, RHO], [RHO, 1.0]]) * 0.25
SCHEDULE = named_schedule("squaredcos_cap_v2").respace("20")
MASK = torch.tensor([1.0, 0.0]).reshape(1, 1, 1, 2)
ROWS = 2000


class Pair:
    """The exact prediction of two correlated pixels [N, 1, 1, 2]."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.calls = 0

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        self.calls += 1
        abar = float(lookup(self.schedule.alphas_cumprod, t)[0])
        noisy = abar * COVARIANCE + (1 - abar) * torch.eye(2)
        x0 = abar**0.5 * x @ torch.linalg.solve(noisy, COVARIANCE)
        return prediction_from_eps(self.schedule, x, t, (x - abar**0.5 * x0) / (1 - abar) ** 0.5)


def fill(sampler: Sampler, **options: int) -> tuple[Tensor, Pair]:
    """Fill the second pixel beside a first one of 0.5, many times."""
    torch.manual_seed(0)
    draws: dict[int, Tensor] = {}

    def noise(step: int, like: Tensor) -> Tensor:
        # One draw for each number, so that a number used twice would show.
        assert step not in draws
        return draws.setdefault(step, torch.randn_like(like))

    known, denoiser = torch.full((1, 1, 1, 2), 0.5), Pair(SCHEDULE)
    repaint = RePaint(sampler, known, MASK, **options)
    x = torch.randn(ROWS, 1, 1, 2)
    steps = [*SamplingRun(repaint, denoiser, SCHEDULE, x, noise).steps()]
    assert steps[-1].steps_left == 0
    return steps[-1].x, denoiser


@pytest.mark.parametrize("name", SAMPLERS)
def test_known_pixels_come_out_exact(name: str) -> None:
    x, _ = fill(SAMPLERS[name])
    assert (x[..., 0] == 0.5).all()
    assert x[..., 1].isfinite().all()


def test_resampling_brings_the_unknown_to_agree_with_the_known() -> None:
    wanted = RHO * 0.5
    plain, once = fill(ancestral)
    again, more = fill(ancestral, jump=2, resamples=8)
    errors = [abs(x[..., 1].mean().item() - wanted) for x in (plain, again)]
    assert errors[0] > 0.03  # Plain replacement has not heard enough of its neighbour.
    assert errors[1] < errors[0] / 2
    assert once.calls == 20
    assert more.calls == 18 * 8 + 2


def test_repaint_is_resumed_to_the_bit() -> None:
    noise = philox_noise(3, range(2), 0)
    known = torch.full((2, 1, 1, 2), 0.5)
    repaint = RePaint(SAMPLERS["dpm++2m-sde"], known, MASK, jump=3, resamples=2)
    x = noise(20, known)
    whole = [*SamplingRun(repaint, Pair(SCHEDULE), SCHEDULE, x, noise).steps()]
    assert [step.steps_left for step in whole] == [18, 15, 12, 9, 6, 3, 0]
    for i, step in enumerate(whole[:-1]):
        left, history = step.steps_left, step.history
        rest = [
            *SamplingRun(repaint, Pair(SCHEDULE), SCHEDULE, step.x, noise, left, history).steps()
        ]
        assert all(torch.equal(a.x, b.x) for a, b in zip(rest, whole[i + 1 :], strict=True))


def test_a_hidden_context_is_not_seen_and_yet_imposed() -> None:
    made = network(replace(TINY, inpaint=True))
    x, _, condition = inputs(made)
    hidden = condition.without_known()
    assert torch.equal(
        made(x, torch.tensor([5.0, 5.0]), hidden),
        made(x, torch.tensor([5.0, 5.0]), Condition(condition.text)),
    )
    assert condition.known is not None
    assert condition.mask is not None
    schedule, noise = named_schedule("linear").respace("5"), philox_noise(0, range(2), 0)
    repaint = RePaint(ddim, condition.known.clamp(-1, 1), condition.mask)
    denoiser = ClippedDenoiser(NetworkDenoiser(made, schedule, hidden), schedule)
    last = [*SamplingRun(repaint, denoiser, schedule, x, noise).steps()][-1].x
    assert torch.equal(last * condition.mask, condition.known.clamp(-1, 1) * condition.mask)


def test_a_start_from_a_picture_keeps_more_of_it_the_weaker_it_is() -> None:
    picture = torch.tensor([0.9, 0.7]).reshape(1, 1, 1, 2)
    noise = philox_noise(0, range(64), 0)
    pictures = picture.expand(64, -1, -1, -1)
    distances = []
    for start in (0, 5, 10, 15, 20):
        x = add_noise(SCHEDULE, pictures, start, noise)
        steps = [*SamplingRun(ddim, Pair(SCHEDULE), SCHEDULE, x, noise, start).steps()]
        last = steps[-1].x if steps else x
        distances.append((last - pictures).abs().mean().item())
    assert distances[0] == 0.0
    assert distances == sorted(distances)
    assert distances[-1] > 0.5


def test_noised_pictures_have_the_variance_of_their_step() -> None:
    noise: Callable[[int, Tensor], Tensor] = philox_noise(0, range(4000), 0)
    x = add_noise(SCHEDULE, torch.zeros(4000, 1, 1, 2), 7, noise)
    assert x.var().item() == pytest.approx(1 - SCHEDULE.alphas_cumprod[6], rel=0.05)


def test_resampling_climbs_back_over_all_steps_of_a_stretch() -> None:
    seen: dict[int, list[float]] = {}

    def silent(state: SamplerState) -> Step:
        seen.setdefault(state.index, []).append(float(state.x.var()))
        return Step(state.index, torch.zeros_like(state.x), torch.zeros_like(state.x))

    def noise(step: int, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=torch.Generator().manual_seed(step))

    known = torch.zeros(1, 1, 1, 1)
    repaint = RePaint(silent, known, torch.zeros(1, 1, 1, 1), jump=5, resamples=2)
    x = torch.randn(20_000, 1, 1, 1)
    [*SamplingRun(repaint, Pair(SCHEDULE), SCHEDULE, x, noise).steps()]
    for top in (19, 14, 9):
        kept = np.prod(1 - SCHEDULE.betas[top - 4 : top + 1])
        assert len(seen[top]) == 2
        assert seen[top][1] == pytest.approx(1 - kept, rel=0.05)
