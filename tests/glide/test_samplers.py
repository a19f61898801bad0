"""Every sampler against the closed form of a Gaussian, and as a value that can be resumed.

Pictures are N(MEAN, STD^2) in each pixel, so that the best denoiser, the marginals and the
diffusion ODE's flow are known exactly. All samplers are then affine in x_T and in the noise they
draw, so one run of a batch of probes (zero, one in x_T, one in a single noise) gives the exact mean
and variance.
"""

import io
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from glide_studio.glide.diffusion import (
    Prediction,
    expand_dims_like,
    lookup,
    prediction_from_eps,
    q_sample,
    q_step,
)
from glide_studio.glide.guidance import ClippedDenoiser, FixedVariance, KnownPixels
from glide_studio.glide.samplers import (
    SAMPLERS,
    Sampler,
    SamplerState,
    SamplingRun,
    Step,
    ancestral,
    ddim,
    num_evaluations,
    philox,
    philox_noise,
)
from glide_studio.glide.schedule import Schedule, named_schedule

MEAN, STD = 0.3, 0.5
FIELD = (3, 2, 2)


class Gaussian:
    """The exact prediction from x_t: x0 is its conditional mean."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.calls = 0

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        self.calls += 1
        abar = lookup(self.schedule.alphas_cumprod, t)
        gain = STD**2 * np.sqrt(abar) / variance(abar)
        x0 = MEAN + expand_dims_like(gain, x) * (x - expand_dims_like(np.sqrt(abar) * MEAN, x))
        eps = (x - expand_dims_like(np.sqrt(abar), x) * x0) / expand_dims_like(np.sqrt(1 - abar), x)
        return prediction_from_eps(self.schedule, x, t, eps)


def variance(abar: np.ndarray) -> np.ndarray:
    """Of x_t."""
    return abar * STD**2 + 1 - abar


def flow(schedule: Schedule, x: Tensor, index: int, to: int) -> Tensor:
    """Where the diffusion ODE takes x from one index to another."""
    start, end = schedule.alphas_cumprod[[index, to]]
    ratio = float(np.sqrt(variance(end) / variance(start)))
    return float(np.sqrt(end)) * MEAN + ratio * (x - float(np.sqrt(start)) * MEAN)


def spaced(name: str, steps: int) -> Schedule:
    return named_schedule(name).respace([steps])


def ode_error(sampler: Sampler, name: str, steps: int) -> float:
    """Distance to the exact flow from nine tenths of the way up to one tenth.

    At the ends, where abar nears 0 and 1, its roots bend without end: no method has its order
    there.
    """
    schedule = named_schedule(name, steps)
    x = torch.tensor([-1.5, 0.2, 2.0], dtype=torch.float64).reshape(3, 1, 1, 1)
    start, left = steps * 9 // 10, steps // 10
    steps = SamplingRun(sampler, Gaussian(schedule), schedule, x, silent, start).steps()
    last = next(step for step in steps if step.steps_left == left)
    return (last.x - flow(schedule, x, start - 1, left - 1)).abs().max().item()


def silent(steps_left: int, like: Tensor) -> Tensor:
    raise AssertionError("a deterministic sampler draws no noise")


@pytest.mark.parametrize("schedule", ["squaredcos_cap_v2", "linear"])
@pytest.mark.parametrize(("name", "order"), [("ddim", 1), ("prk", 2), ("plms", 2), ("dpm++2m", 2)])
def test_ode_solvers_converge_at_their_order(name: str, order: int, schedule: str) -> None:
    errors = [ode_error(SAMPLERS[name], schedule, steps) for steps in (100, 200, 400)]
    orders = np.log2(errors[:-1]) - np.log2(errors[1:])
    assert errors[-1] < 0.02
    assert (orders > order - 0.2).all(), (errors, orders)


def moments(sampler: Sampler, schedule: Schedule) -> tuple[float, float]:
    """Mean and variance of the picture if x_T has the exact marginal's."""
    n = len(schedule)
    probes = torch.zeros(n + 2, 1, 1, 1, dtype=torch.float64)
    probes[1] = 1.0

    def impulse(steps_left: int, like: Tensor) -> Tensor:
        found = torch.zeros_like(like)
        found[2 + steps_left] = 1.0
        return found

    out = (
        [*SamplingRun(sampler, Gaussian(schedule), schedule, probes, impulse).steps()][-1]
        .x.flatten()
        .numpy()
    )
    offset, gains = out[0], out[1:] - out[0]
    abar = schedule.alphas_cumprod[-1]
    mean = offset + gains[0] * np.sqrt(abar) * MEAN
    return mean, gains[0] ** 2 * variance(abar) + (gains[1:] ** 2).sum()


WHOLE = [
    ("ddim", ddim, 1, 0.04),
    ("dpm++2m", SAMPLERS["dpm++2m"], 2, 0.01),
    ("ancestral", ancestral, 1, 0.08),
    ("ddim eta 0.5", partial(ddim, eta=0.5), 1, 0.08),
    ("ddim eta 1", partial(ddim, eta=1.0), 1, 0.08),
    ("dpm++2m-sde", SAMPLERS["dpm++2m-sde"], 2, 0.04),
]
"""(name, sampler, order, largest error of the variance after 100 steps, as a share of it)."""


@pytest.mark.parametrize(
    ("sampler", "order", "most"), [row[1:] for row in WHOLE], ids=[row[0] for row in WHOLE]
)
def test_whole_runs_converge_to_mean_and_variance(
    sampler: Sampler, order: int, most: float
) -> None:
    found = [moments(sampler, spaced("squaredcos_cap_v2", steps)) for steps in (25, 50, 100)]
    errors = np.array([abs(variance - STD**2) for _, variance in found])
    orders = np.log2(errors[:-1]) - np.log2(errors[1:])
    assert errors[-1] < most * STD**2
    assert (orders > order - 0.3).all(), (errors, orders)
    assert all(mean == pytest.approx(MEAN, abs=1e-5) for mean, _ in found)


@pytest.mark.parametrize("schedule", ["squaredcos_cap_v2", "linear"])
@pytest.mark.parametrize("name", ["prk", "plms"])
def test_whole_runs_of_pndm_end_at_mean_and_variance(name: str, schedule: str) -> None:
    # Their two single steps, at the ends, are of first order and decide the rest of the error.
    first = moments(ddim, spaced(schedule, 100))[1] - STD**2
    mean, found = moments(SAMPLERS[name], spaced(schedule, 100))
    assert mean == pytest.approx(MEAN, abs=1e-5)
    assert abs(found - STD**2) < abs(first) / 15


def test_second_order_beats_first_order_at_the_same_cost() -> None:
    for fast, slow in (("dpm++2m", "ddim"), ("plms", "ddim")):
        assert ode_error(SAMPLERS[fast], "linear", 50) < ode_error(SAMPLERS[slow], "linear", 50) / 5


@pytest.mark.parametrize("size", ["small", "large"])
def test_fixed_variances_bracket_the_exact_one(size: str) -> None:
    def sampler(state: SamplerState) -> Step:
        fixed = FixedVariance(state.denoiser, state.schedule, size)
        return ancestral(replace(state, denoiser=fixed))

    _, found = moments(sampler, spaced("squaredcos_cap_v2", 50))
    # beta~ is exact for pictures that are one point, beta for pictures that are pure noise.
    assert (found < STD**2) == (size == "small")
    assert found == pytest.approx(STD**2, rel=0.2)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_is_resumed_from_any_step_to_the_bit(name: str) -> None:
    schedule = spaced("squaredcos_cap_v2", 12)
    denoiser, noise = ClippedDenoiser(Gaussian(schedule), schedule), philox_noise(7, range(2), 0)
    x = noise(len(schedule), torch.empty(2, *FIELD))
    whole = [*SamplingRun(SAMPLERS[name], denoiser, schedule, x, noise).steps()]
    assert [step.steps_left for step in whole] == [*reversed(range(12))]
    for i, step in enumerate(whole):
        buffer = io.BytesIO()
        torch.save((step.steps_left, step.x, step.pred_x0, step.history), buffer)
        buffer.seek(0)
        saved = Step(*torch.load(buffer, weights_only=True))
        history = tuple(saved.history)
        rest = [
            *SamplingRun(
                SAMPLERS[name], denoiser, schedule, saved.x, noise, saved.steps_left, history
            ).steps()
        ]
        assert len(rest) == len(whole) - 1 - i
        for ours, theirs in zip(rest, whole[i + 1 :], strict=True):
            assert torch.equal(ours.x, theirs.x)
            assert torch.equal(ours.pred_x0, theirs.pred_x0)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 2, 3, 9])
def test_few_steps_end_at_a_finite_picture_and_cost_what_is_said(name: str, steps: int) -> None:
    schedule = named_schedule("squaredcos_cap_v2").subset([*range(999, 0, -100)][:steps])
    denoiser = Gaussian(schedule)
    noise = philox_noise(0, range(1), 0)
    x = noise(99, torch.empty(1, *FIELD))
    found = [
        *SamplingRun(
            SAMPLERS[name], ClippedDenoiser(denoiser, schedule), schedule, x, noise
        ).steps()
    ]
    assert len(found) == steps
    assert found[-1].steps_left == 0
    assert found[-1].x.isfinite().all()
    assert denoiser.calls == num_evaluations(name, steps)


@pytest.mark.parametrize("steps", [2, 3, 6, 8, 9])
def test_ddim_with_eta_one_is_finite_on_the_cosine_schedule(steps: int) -> None:
    schedule = spaced("squaredcos_cap_v2", steps)
    noise = philox_noise(0, range(1), 0)
    x = noise(steps, torch.empty(1, *FIELD))
    denoiser = ClippedDenoiser(Gaussian(schedule), schedule)
    for step in SamplingRun(partial(ddim, eta=1.0), denoiser, schedule, x, noise).steps():
        assert step.x.isfinite().all()


@pytest.mark.parametrize("name", SAMPLERS)
def test_known_pixels_come_out_exact_from_every_sampler(name: str) -> None:
    schedule = spaced("linear", 10)
    noise = philox_noise(3, range(2), 0)
    known = noise(100, torch.empty(2, *FIELD)).clamp(-1, 1)
    mask = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).expand(2, 1, 2, 2)
    denoiser = ClippedDenoiser(KnownPixels(Gaussian(schedule), schedule, known, mask), schedule)
    last = [*SamplingRun(SAMPLERS[name], denoiser, schedule, noise(10, known), noise).steps()][-1]
    torch.testing.assert_close(last.x * mask, known * mask, atol=2e-6, rtol=0)
    assert not torch.allclose(last.x, known)


def test_more_steps_than_the_schedule_has_are_refused() -> None:
    schedule = spaced("linear", 10)
    with pytest.raises(ValueError, match="11 steps cannot be left of a schedule of 10"):
        next(
            SamplingRun(
                ddim, Gaussian(schedule), schedule, torch.zeros(1, *FIELD), silent, 11
            ).steps()
        )


def test_one_step_of_noise_after_another_is_the_whole_forward_process() -> None:
    schedule = spaced("linear", 20)
    x0 = torch.full((4096, 1, 1, 1), 0.7, dtype=torch.float64)
    draw = torch.Generator().manual_seed(0)
    x = x0
    for index in range(20):
        noise = torch.randn(x.shape, generator=draw, dtype=x.dtype)
        x = q_step(schedule, x, torch.full((4096,), index), noise)
    abar = schedule.alphas_cumprod[-1]
    assert x.mean().item() == pytest.approx(np.sqrt(abar) * 0.7, abs=0.05)
    assert x.var().item() == pytest.approx(1 - abar, rel=0.05)
    t = torch.full((1,), 3)
    zero = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    one = q_step(schedule, zero, t, zero + 1)
    assert one.item() == pytest.approx(np.sqrt(schedule.betas[3]))
    assert q_sample(schedule, zero + 1, t, zero).item() == pytest.approx(
        np.sqrt(schedule.alphas_cumprod[3])
    )


def test_noise_is_a_function_of_its_counters_alone() -> None:
    one = philox_noise(5, range(4), 1)(9, torch.empty(4, *FIELD))
    two = philox_noise(5, range(2, 3), 1)(9, torch.empty(1, *FIELD))
    assert torch.equal(one[2:3], two)
    others = [philox(*c, FIELD) for c in ((6, 2, 1, 9), (5, 3, 1, 9), (5, 2, 0, 9), (5, 2, 1, 8))]
    assert not any(torch.equal(two[0], other) for other in others)


def test_noise_does_not_change_between_versions() -> None:
    # Recipes are replayed years later: if this fails, numpy draws otherwise than it did.
    found = philox(2**63 - 1, 3, 1, 27, (4,))
    assert found.tolist() == [
        1.2444387674331665,
        0.5125335454940796,
        0.33810481429100037,
        -0.4152596890926361,
    ]


def test_noise_is_standard_normal() -> None:
    draws = torch.cat([philox(0, sample, 0, 1, (64, 64)).flatten() for sample in range(8)])
    assert draws.mean().abs() < 0.02
    assert draws.std().item() == pytest.approx(1.0, abs=0.02)
